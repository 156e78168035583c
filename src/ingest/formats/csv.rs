//! CSV: a header, then one record a row. UTF-8, with or without byte order mark.

use std::io::{BufRead, BufReader, Read};

use csv::{ByteRecord, ErrorKind, Position, ReaderBuilder, StringRecord};

use super::super::error::{IngestError, Place};
use super::super::input::{BUFFER_BYTES, Bounded, Ends, LineEnds};
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
    let (noting, line_ends) = LineEnds::new(bounded);
    let mut input = BufReader::with_capacity(BUFFER_BYTES, noting);
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
    let mut bytes = ByteRecord::new();
    loop {
        since_row.reset();
        let is_row = reader
            .read_byte_record(&mut bytes)
            .map_err(|error| broken(name, narrow(reader.position().line()), error))?;
        if !is_row {
            return Ok(());
        }
        let line = line_of(&bytes, reader.position(), &line_ends);
        let row = match StringRecord::from_byte_record(std::mem::take(&mut bytes)) {
            Ok(row) => row,
            Err(error) => {
                let place = error.utf8_error();
                let reason = format!(
                    "not UTF-8 in field {}, byte {}",
                    place.field() + 1,
                    place.valid_up_to() + 1
                );
                intake.unreadable(line, "", reason);
                continue;
            }
        };
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
        bytes = row.into_byte_record();
    }
}

/// The line on which a row begins, which the reader does not tell: the place it gives lies before the empty lines that
/// it passes over. So it is counted back from where the row ends.
fn line_of(row: &ByteRecord, end: &Position, line_ends: &Ends) -> u32 {
    let inside = row.as_slice().iter().filter(|&&byte| byte == b'\n').count() as u64;
    // Of `\r\n` the reader leaves the second for the next row, and the last row may have neither.
    let behind = u64::from(line_ends.one_before(end.byte()));
    narrow(end.line().saturating_sub(inside + behind).max(1))
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
