//! CSV: a header, then one record a row. UTF-8, with or without byte order mark.

use std::io::{BufRead, BufReader, Read};

use csv::{ErrorKind, Position, ReaderBuilder, StringRecord};

use super::super::error::{IngestError, Place};
use super::super::input::{BUFFER_BYTES, Bounded};
use super::super::intake::Intake;
use super::super::record::{Body, Record};
use super::super::source::CsvSection;
use super::{RECORD_LIMIT, empty, read_failed};

/// Reads the rows of a file.
///
/// A row with another number of fields than the header, or with invalid UTF-8, is refused by itself.
///
/// # Errors
/// [`IngestError`] for an empty file, a header that lacks a column, or a row past the limit.
pub(crate) fn read(
    input: impl Read,
    name: &str,
    options: CsvSection,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    let (bounded, since_row) = Bounded::new(input, RECORD_LIMIT);
    let mut input = BufReader::with_capacity(BUFFER_BYTES, bounded);
    let start = input
        .fill_buf()
        .map_err(|error| read_failed(name, 1, error))?;
    if start.is_empty() {
        return Err(empty(name));
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(u8::try_from(options.separator).unwrap_or(b','))
        .quoting(options.quoting)
        .flexible(true)
        .from_reader(input);
    let header = reader
        .headers()
        .map_err(|error| broken(name, 1, error))?
        .clone();
    intake.header(&header)?;
    let mut row = StringRecord::new();
    loop {
        since_row.reset();
        let line = reader.position().line();
        match reader.read_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let line = line_of(row.position(), line);
                if row.len() == header.len() {
                    intake.record(&Record {
                        line,
                        kind: None,
                        body: Body::Row(&row),
                    })?;
                } else {
                    let reason = format!(
                        "the row has {} fields, the header {}",
                        row.len(),
                        header.len()
                    );
                    intake.unreadable(line, "", reason);
                }
            }
            Err(error) => match error.kind() {
                ErrorKind::Utf8 { pos, err } => {
                    let reason = format!(
                        "not UTF-8 in field {}, byte {}",
                        err.field() + 1,
                        err.valid_up_to() + 1
                    );
                    intake.unreadable(line_of(pos.as_ref(), line), "", reason);
                }
                _ => return Err(broken(name, narrow(line), error)),
            },
        }
    }
}

fn line_of(position: Option<&Position>, before: u64) -> u32 {
    narrow(position.map_or(before, Position::line))
}

fn narrow(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

fn broken(name: &str, line: u32, error: csv::Error) -> IngestError {
    let message = error.to_string();
    match error.into_kind() {
        ErrorKind::Io(cause) => read_failed(name, line, cause),
        ErrorKind::Utf8 { .. } => IngestError::Broken {
            place: Place::line(name, line),
            message: "the header is not UTF-8".to_owned(),
        },
        _ => IngestError::Broken {
            place: Place::line(name, line),
            message,
        },
    }
}
