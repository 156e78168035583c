//! Drafts a source file for a file that nobody has described yet: its format, columns, types, likely keys, and which
//! columns say who a person is.
//!
//! A draft errs on the safe side, since who reads it may not know the data: the level is the highest, text that is not
//! plainly a code counts as identifying, and columns that say something protected are left out and named. It loads as it
//! stands; a person then makes it say what is meant.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{IngestError, Place};
use super::intake::Intake;
use super::mapping::Mapping;
use super::record::{Body, Fields, Record};
use super::report::Report;
use super::source::{Format, SourceFile};
use super::{read_file, unreadable};
use crate::model::{Level, Marking};

mod column;
mod write;

use column::Column;

/// Records that are looked at.
const SAMPLE_RECORDS: usize = 5_000;

/// Kinds of records, and columns of one kind, that a draft has: more are named and left out.
const KINDS_MAX: usize = 40;
const COLUMNS_MAX: usize = 200;

/// Columns of one kind of records, in the order in which they came.
struct Kind {
    name: Option<String>,
    records: usize,
    columns: Vec<Column>,
    /// Columns past the limit.
    left_out: BTreeSet<String>,
}

/// Drafts a source file for a file.
///
/// # Errors
/// [`IngestError`] for a file that cannot be read, or of a format that has a built-in source file; its message says which.
pub fn draft(path: &Path) -> Result<String, IngestError> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let format = format_of(path, &name)?;
    let (kinds, read_as) = sample(path, &name, format)?;
    if kinds.is_empty() {
        return Err(IngestError::Broken {
            place: Place::file(&name),
            message: "no record in it could be read".to_owned(),
        });
    }
    Ok(write::source_file(
        &name,
        format,
        &kinds,
        read_as.as_deref(),
    ))
}

/// Tells the format by what a file holds.
fn format_of(path: &Path, name: &str) -> Result<Format, IngestError> {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(1 << 16).read_to_end(&mut start))
        .map_err(|error| unreadable(path, error))?;
    let built_in = |source: &str| IngestError::Broken {
        place: Place::file(name),
        message: format!(
            "this format has a built-in source file: `verband source show {source}` prints it"
        ),
    };
    if start.starts_with(b"PAR1") {
        return Ok(Format::Parquet);
    }
    if start.starts_with(b"PK") {
        let has = |text: &[u8]| start.windows(text.len()).any(|window| window == text);
        return match has(b"xl/") || has(b"[Content_Types].xml") {
            true => Ok(Format::Excel),
            false => Err(built_in("bag")),
        };
    }
    let encoding = super::formats::dialect::encoding_of(&start);
    let text = super::formats::dialect::decode(&start, encoding).unwrap_or_default();
    let text = text.trim_start();
    match text.chars().next() {
        Some('<') if text.contains("<graphml") => Ok(Format::Graphml),
        Some('<') if text.contains("bagStand") || text.contains("BAG-GWR") => Err(built_in("bag")),
        Some('<') => Ok(Format::Gml),
        Some('{' | '[') => Ok(json_format(text)),
        Some(_) | None => {
            let header = text.lines().next().unwrap_or_default();
            if header.contains("01.01.10") && header.contains("01.01.20") {
                return Err(built_in("brp-lo3"));
            }
            let is_neo4j = header.contains(":ID") || header.contains(":START_ID");
            Ok(if is_neo4j {
                Format::Neo4jCsv
            } else {
                Format::Csv
            })
        }
    }
}

fn json_format(text: &str) -> Format {
    let first = text.lines().next().unwrap_or_default();
    let object: Option<serde_json::Value> = serde_json::from_str(first)
        .ok()
        .filter(serde_json::Value::is_object);
    let is_entity = |object: &serde_json::Value| {
        let has_schema = object
            .get("schema")
            .is_some_and(serde_json::Value::is_string);
        let properties = object.get("properties");
        has_schema && properties.is_some_and(serde_json::Value::is_object)
    };
    match object {
        Some(object) if is_entity(&object) => Format::FollowTheMoney,
        Some(_) => Format::JsonLines,
        None => Format::Json,
    }
}

/// Reads the first records.
fn sample(
    path: &Path,
    name: &str,
    format: Format,
) -> Result<(Vec<Kind>, Option<String>), IngestError> {
    let source = SourceFile::parse(
        &write::head(name, format),
        Path::new(""),
        Some(vec![PathBuf::from(path)]),
    )?;
    let mapping = Mapping {
        fields: Fields::default(),
        marking: Arc::new(Marking {
            organisation: String::new(),
            department: String::new(),
            level: Level::ZeerGeheim,
            source: String::new(),
            purposes: BTreeSet::new(),
        }),
        rule_sets: Vec::new(),
        node_rule_names: Vec::new(),
        node_labels: Vec::new(),
        edge_labels: Vec::new(),
    };
    let mut kinds: Vec<Kind> = Vec::new();
    let mut records = 0;
    let mut watch = |record: &Record<'_>, columns: &[String]| {
        records += 1;
        look(record, columns, &mut kinds);
        records < SAMPLE_RECORDS
    };
    let mut sink = |_| Ok(());
    let mut progress = |_| {};
    let report = Report::default();
    let mut intake = Intake::new(&mapping, report, u64::MAX, &mut progress, &mut sink, 0);
    intake.watch(&mut watch);
    match read_file(&source, &[], path, name, &mut intake) {
        Ok(()) | Err(IngestError::Enough) => {}
        Err(error) => return Err(error),
    }
    let read_as = intake.how_read();
    Ok((kinds, read_as))
}

/// Takes a record into the columns of its kind.
fn look(record: &Record<'_>, header: &[String], kinds: &mut Vec<Kind>) {
    let name = (!record.kinds.is_empty()).then(|| record.kinds.join(";"));
    let position = match kinds.iter().position(|kind| kind.name == name) {
        Some(position) => position,
        None if kinds.len() < KINDS_MAX => {
            kinds.push(Kind {
                name,
                records: 0,
                columns: Vec::new(),
                left_out: BTreeSet::new(),
            });
            kinds.len() - 1
        }
        None => return,
    };
    let Some(kind) = kinds.get_mut(position) else {
        return;
    };
    kind.records += 1;
    match record.body {
        Body::Row(row) => {
            for (name, cell) in header.iter().zip(row) {
                kind.take(name, cell.trim());
            }
        }
        Body::Tree(tree) => {
            let mut leaves = BTreeMap::new();
            flatten("", tree, 0, &mut leaves);
            for (name, text) in leaves {
                kind.take(&name, text.trim());
            }
        }
    }
}

impl Kind {
    fn take(&mut self, name: &str, text: &str) {
        let position = self.columns.iter().position(|column| column.name == name);
        let column = match position {
            Some(position) => self.columns.get_mut(position),
            None if self.columns.len() < COLUMNS_MAX => {
                self.columns.push(Column::new(name));
                self.columns.last_mut()
            }
            None => {
                self.left_out.insert(name.to_owned());
                None
            }
        };
        if let Some(column) = column {
            column.take(text);
        }
    }
}

/// Objects within each other whose leaves are looked at.
const DEPTH_MAX: usize = 4;

/// The plain values of a tree by their paths; of a list of plain values the first.
fn flatten(
    path: &str,
    value: &serde_json::Value,
    depth: usize,
    leaves: &mut BTreeMap<String, String>,
) {
    match value {
        serde_json::Value::Object(fields) if depth < DEPTH_MAX => {
            for (name, inner) in fields {
                // A name with a sign of paths cannot be reached by one.
                if name.is_empty() || name.contains(['.', '[', ']']) {
                    continue;
                }
                let path = match path {
                    "" => name.clone(),
                    outer => format!("{outer}.{name}"),
                };
                flatten(&path, inner, depth + 1, leaves);
            }
        }
        serde_json::Value::Array(values) => {
            if let Some(first) = values.first()
                && !first.is_object()
                && !first.is_array()
            {
                flatten(path, first, depth, leaves);
            }
        }
        serde_json::Value::String(text) => {
            leaves.insert(path.to_owned(), text.clone());
        }
        serde_json::Value::Number(number) => {
            leaves.insert(path.to_owned(), number.to_string());
        }
        serde_json::Value::Bool(flag) => {
            leaves.insert(path.to_owned(), flag.to_string());
        }
        serde_json::Value::Null => {
            leaves.insert(path.to_owned(), String::new());
        }
        serde_json::Value::Object(_) => {}
    }
}
