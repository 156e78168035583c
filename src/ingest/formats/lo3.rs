//! Person lists of the BRP as the GBA-V gives them out: LO3, in CSV.
//!
//! A row has a column for each element (`01.01.20`: category, group, element), and one `08.H` for each category. A row
//! with a name in the first column begins a person list; the rows behind it hold further occurrences of its categories:
//! older ones, and further relations. Each list is one record, its categories lists of occurrences in the order of the
//! rows:
//!
//! ```json
//! {"lijst": "Lg01_716", "01": [{"01": {"20": "999993653"}}], "08": [{"11": {"10": "Boterdiep"}}, {"historie": "J"}]}
//! ```
//!
//! so that `01[0].01.20` is the BSN, and `each = "08"` runs over addresses, of which `11.10` is the street. `H` tells which
//! category the next row has: 50 more (`58`) means that it is an older form of this occurrence, which then has
//! `historie = "J"`.
//!
//! Nationality (category 04), residence title (10) and countries and places of birth (group 03) are in these files. Rules
//! that name them are refused (`model::protected`).

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use csv::StringRecord;
use serde_json::{Map, Value};

use super::super::error::{IngestError, Place};
use super::super::intake::Intake;
use super::super::record::{Body, Record};
use super::super::source::CsvSection;
use super::csv::{Row, open, rows};

/// Rows that one person list may have. The longest of the test set has a few dozen.
const ROWS_PER_LIST_MAX: usize = 10_000;

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    /// The name of the list.
    List,
    /// An element of a category.
    Element {
        category: String,
        group: String,
        element: String,
    },
    /// What the next row of this category is.
    Next(String),
    /// A column without a name.
    Nothing,
}

/// Reads the person lists of a file.
///
/// # Errors
/// [`IngestError`] for an empty file, or one whose header is not that of LO3.
pub(crate) fn read(
    input: impl Read + Seek,
    name: &str,
    options: CsvSection,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    let opened = open(input, name, options)?;
    intake.read_as(opened.read_as);
    let mut columns = Vec::new();
    let mut list: Option<List> = None;
    rows(opened.text, name, opened.form, &mut |line, row| {
        match row {
            Row::Header(header) => columns = read_header(header, name)?,
            Row::Cells(row) => {
                let list_name = row.get(0).unwrap_or_default().trim();
                if !list_name.is_empty()
                    && let Some(whole) = list.replace(List::new(list_name, line))
                {
                    whole.give(intake)?;
                }
                match &mut list {
                    Some(list) => list.add(row, &columns),
                    None => {
                        intake.unreadable(
                            line,
                            "",
                            "a row before the first person list".to_owned(),
                        );
                    }
                }
            }
            // Which occurrences the row held is not known, so the whole list is not.
            Row::Unreadable(reason) => match &mut list {
                Some(list) => list.trouble = Some(format!("its row on line {line}: {reason}")),
                None => intake.unreadable(line, "", reason),
            },
        }
        Ok(())
    })?;
    match list {
        Some(last) => last.give(intake),
        None => Ok(()),
    }
}

fn read_header(header: &StringRecord, name: &str) -> Result<Vec<Column>, IngestError> {
    let is_number = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut columns = Vec::new();
    for (position, text) in header.iter().map(str::trim).enumerate() {
        let parts: Vec<&str> = text.split('.').collect();
        columns.push(match parts.as_slice() {
            [""] if position == 0 => Column::List,
            [""] => Column::Nothing,
            [category, "H"] if is_number(category) => Column::Next((*category).to_owned()),
            [category, group, element] if [category, group, element].into_iter().all(is_number) => {
                Column::Element {
                    category: (*category).to_owned(),
                    group: (*group).to_owned(),
                    element: (*element).to_owned(),
                }
            }
            _ => {
                return Err(IngestError::Broken {
                    place: Place::line(name, 1),
                    message: format!(
                        "`{text}` is no column of an LO3 list (`01.01.20`: category, group, element)"
                    ),
                });
            }
        });
    }
    if columns.first() != Some(&Column::List) {
        return Err(IngestError::Broken {
            place: Place::line(name, 1),
            message: "the first column of an LO3 list, that of its names, has no heading"
                .to_owned(),
        });
    }
    Ok(columns)
}

/// One person list while it is read.
struct List {
    name: String,
    line: u32,
    rows: usize,
    categories: Map<String, Value>,
    /// Categories of which the next row is an older form.
    older: BTreeMap<String, bool>,
    trouble: Option<String>,
}

impl List {
    fn new(name: &str, line: u32) -> Self {
        Self {
            name: name.to_owned(),
            line,
            rows: 0,
            categories: Map::new(),
            older: BTreeMap::new(),
            trouble: None,
        }
    }

    fn add(&mut self, row: &StringRecord, columns: &[Column]) {
        self.rows += 1;
        if self.rows > ROWS_PER_LIST_MAX {
            self.trouble = Some(format!("more than the limit of {ROWS_PER_LIST_MAX} rows"));
            return;
        }
        let mut occurrences: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        let mut older = BTreeMap::new();
        for (text, column) in row.iter().map(str::trim).zip(columns) {
            if text.is_empty() {
                continue;
            }
            match column {
                Column::List | Column::Nothing => {}
                Column::Next(category) => {
                    older.insert(category.clone(), text.starts_with(['5', '6']));
                }
                Column::Element {
                    category,
                    group,
                    element,
                } => {
                    let groups = occurrences.entry(category).or_default();
                    let group = groups
                        .entry(group.clone())
                        .or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(elements) = group {
                        // A column that stands there twice: the first that is filled counts.
                        elements
                            .entry(element.clone())
                            .or_insert_with(|| Value::String(text.to_owned()));
                    }
                }
            }
        }
        for (category, mut groups) in occurrences {
            if self.older.get(category) == Some(&true) {
                groups.insert("historie".to_owned(), Value::String("J".to_owned()));
            }
            let list = self
                .categories
                .entry(category)
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                list.push(Value::Object(groups));
            }
        }
        self.older.extend(older);
    }

    fn give(mut self, intake: &mut Intake<'_>) -> Result<(), IngestError> {
        if let Some(reason) = self.trouble {
            intake.unreadable(self.line, "", reason);
            return Ok(());
        }
        self.categories
            .insert("lijst".to_owned(), Value::String(self.name));
        intake.record(&Record {
            line: self.line,
            kinds: &[],
            body: Body::Tree(&Value::Object(self.categories)),
        })
    }
}
