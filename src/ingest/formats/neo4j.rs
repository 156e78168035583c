//! CSV in the form of the Neo4j importer: headers say what a column is (`:ID(Group)`, `:LABEL`, `:START_ID`, `:END_ID`,
//! `:TYPE`, `name:type`).
//!
//! The labels of a node, or the type of an edge, are the kinds of its record; a file without such a column has records
//! without kind, told apart by `file`. Fields are the names of columns without their types; the special columns are called
//! by their signs (`:ID`), with the name before the sign as a second name (`personId:ID`). A group of ids stands in
//! `:ID_GROUP`, `:START_ID_GROUP` and `:END_ID_GROUP`. Values of a type with `[]` are lists. What type a value has says the
//! schema; a type that the importer does not know is an error, as is one that it knows and a rule cannot read.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use csv::StringRecord;
use serde_json::{Map, Value};

use super::super::error::{IngestError, Place};
use super::super::intake::Intake;
use super::super::record::{Body, Record};
use super::super::source::CsvSection;
use super::csv::{Row, open, rows};

/// Signs between the values of a list, and between labels.
const LIST_SEPARATOR: char = ';';

/// Types that the importer knows.
const TYPES: [&str; 16] = [
    "int",
    "long",
    "float",
    "double",
    "boolean",
    "byte",
    "short",
    "char",
    "string",
    "point",
    "date",
    "localtime",
    "time",
    "localdatetime",
    "datetime",
    "duration",
];

/// What a column is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    /// `:ID`, `:START_ID`, `:END_ID`, with a group and a name if it has them.
    Id {
        sign: &'static str,
        name: String,
        group: String,
    },
    /// `:LABEL` or `:TYPE`.
    Kind(&'static str),
    /// A value.
    Value { name: String, is_list: bool },
    /// `:IGNORE`.
    Ignored,
}

/// Reads the rows of a file.
///
/// # Errors
/// [`IngestError`] for an empty file, a header that is not the importer's, or a field that rules name and that is not there.
pub(crate) fn read(
    input: impl Read + Seek,
    name: &str,
    options: CsvSection,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    let opened = open(input, name, options)?;
    intake.read_as(opened.read_as);
    let mut columns = Vec::new();
    let mut known = Vec::new();
    let mut kinds_seen: BTreeSet<String> = BTreeSet::new();
    rows(opened.text, name, opened.form, &mut |line, row| match row {
        Row::Header(header) => {
            columns = read_header(header, name)?;
            known = field_names(&columns);
            Ok(())
        }
        Row::Cells(row) => {
            let (tree, kinds) = tree(row, &columns);
            let kinds: Vec<&str> = kinds
                .split(LIST_SEPARATOR)
                .filter(|one| !one.is_empty())
                .collect();
            // Each set of kinds once: which rules run depends on nothing else.
            if kinds_seen.insert(kinds.join(";")) {
                intake.known_fields(&kinds, &known)?;
            }
            intake.record(&Record {
                line,
                kinds: &kinds,
                body: Body::Tree(&tree),
            })
        }
        Row::Unreadable(reason) => {
            intake.unreadable(line, "", reason);
            Ok(())
        }
    })
}

fn read_header(header: &StringRecord, file: &str) -> Result<Vec<Column>, IngestError> {
    let wrong = |message: String| IngestError::Broken {
        place: Place::line(file, 1),
        message,
    };
    let mut columns = Vec::new();
    for text in header.iter().map(str::trim) {
        let (name, typed) = match text.rsplit_once(':') {
            Some((name, typed)) => (name, Some(typed)),
            None => (text, None),
        };
        // `id:ID(Group){label:Person}`: what stands in braces is for the importer alone.
        let typed = typed.map(|typed| typed.split('{').next().unwrap_or(typed));
        let (sign, group) = match typed.and_then(|typed| typed.split_once('(')) {
            Some((sign, group)) => (Some(sign), group.trim_end_matches(')')),
            None => (typed, ""),
        };
        let id = |sign| Column::Id {
            sign,
            name: name.to_owned(),
            group: group.to_owned(),
        };
        columns.push(match sign {
            Some("ID") => id(":ID"),
            Some("START_ID") => id(":START_ID"),
            Some("END_ID") => id(":END_ID"),
            Some("LABEL") => Column::Kind(":LABEL"),
            Some("TYPE") => Column::Kind(":TYPE"),
            Some("IGNORE") => Column::Ignored,
            Some(typed) => {
                let base = typed.strip_suffix("[]");
                let lower = base.unwrap_or(typed).to_ascii_lowercase();
                if !TYPES.contains(&lower.as_str()) {
                    return Err(wrong(format!(
                        "`{text}`: the importer has no type `{typed}`"
                    )));
                }
                Column::Value {
                    name: name.to_owned(),
                    is_list: base.is_some(),
                }
            }
            None => Column::Value {
                name: name.to_owned(),
                is_list: false,
            },
        });
    }
    let is_id = |wanted: &str| {
        let mut ids = columns.iter();
        ids.any(|column| matches!(column, Column::Id { sign, .. } if *sign == wanted))
    };
    let is_edge = is_id(":START_ID") && is_id(":END_ID");
    if is_edge || is_id(":ID") {
        return Ok(columns);
    }
    let message = "a header of the importer has `:ID`, or `:START_ID` and `:END_ID`";
    Err(wrong(message.to_owned()))
}

/// Names that fields may have in this file.
fn field_names(columns: &[Column]) -> Vec<String> {
    let mut names = Vec::new();
    for column in columns {
        match column {
            Column::Id { sign, name, .. } => {
                names.push((*sign).to_owned());
                names.push(format!("{sign}_GROUP"));
                if !name.is_empty() {
                    names.push(name.clone());
                }
            }
            Column::Kind(sign) => names.push((*sign).to_owned()),
            Column::Value { name, .. } => names.push(name.clone()),
            Column::Ignored => {}
        }
    }
    names
}

/// A row as a tree, with its kinds.
fn tree(row: &StringRecord, columns: &[Column]) -> (Value, String) {
    let mut fields = Map::new();
    let mut kinds = String::new();
    let text = |text: &str| Value::String(text.to_owned());
    for (cell, column) in row.iter().zip(columns) {
        match column {
            Column::Id { sign, name, group } => {
                fields.insert((*sign).to_owned(), text(cell));
                if !group.is_empty() {
                    fields.insert(format!("{sign}_GROUP"), text(group));
                }
                if !name.is_empty() {
                    fields.insert(name.clone(), text(cell));
                }
            }
            Column::Kind(sign) => {
                fields.insert((*sign).to_owned(), text(cell));
                kinds = cell.trim().to_owned();
            }
            Column::Value {
                name,
                is_list: true,
            } => {
                let values = cell.split(LIST_SEPARATOR).filter(|one| !one.is_empty());
                fields.insert(name.clone(), values.map(text).collect());
            }
            Column::Value { name, .. } => {
                fields.insert(name.clone(), text(cell));
            }
            Column::Ignored => {}
        }
    }
    (Value::Object(fields), kinds)
}
