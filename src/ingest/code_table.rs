//! Code tables: which codes there are, and what they mean.

use std::collections::HashMap;
use std::path::Path;

use csv::ReaderBuilder;

use super::error::hint;
use super::formats::dialect;

/// Most bytes of a code table: the largest of the BRP, that of municipalities, has 60 kB.
const TABLE_BYTES_MAX: u64 = 16 << 20;

/// Reads a code table, a CSV file.
///
/// * `code`: column of the codes, the first if not named.
/// * `value`: column of what they become, the code itself if not named.
///
/// # Errors
/// What is wrong with it, with its name.
pub(super) fn read(
    path: &Path,
    code: Option<&str>,
    value: Option<&str>,
) -> Result<HashMap<String, String>, String> {
    let place = path.display();
    let length = std::fs::metadata(path)
        .map_err(|error| format!("the code table {place} cannot be read: {error}"))?
        .len();
    if length > TABLE_BYTES_MAX {
        return Err(format!(
            "the code table {place} is longer than the limit of {TABLE_BYTES_MAX} bytes"
        ));
    }
    let bytes = std::fs::read(path)
        .map_err(|error| format!("the code table {place} cannot be read: {error}"))?;
    let encoding = dialect::encoding_of(&bytes);
    let text = dialect::decode(&bytes, encoding)
        .map_err(|error| format!("the code table {place}: {error}"))?;
    let form = dialect::form_of(&text);
    let mut reader = ReaderBuilder::new()
        .delimiter(form.separator)
        .quoting(form.quoting)
        .flexible(true)
        .from_reader(text.as_bytes());
    let wrong = |error: csv::Error| format!("the code table {place}: {error}");
    let header = reader.headers().map_err(wrong)?.clone();
    let column = |name: Option<&str>| match name {
        None => Ok(0),
        Some(name) => header
            .iter()
            .position(|one| one.trim() == name)
            .ok_or_else(|| {
                let nearest = hint(name, header.iter());
                format!("the code table {place} has no column `{name}`{nearest}")
            }),
    };
    let code_column = column(code)?;
    let value_column = match value {
        None => code_column,
        named => column(named)?,
    };
    let mut table = HashMap::new();
    for row in reader.records() {
        let row = row.map_err(wrong)?;
        if let (Some(code), Some(value)) = (row.get(code_column), row.get(value_column)) {
            table.insert(code.trim().to_owned(), value.trim().to_owned());
        }
    }
    if table.is_empty() {
        return Err(format!("the code table {place} is empty"));
    }
    Ok(table)
}
