//! CSV: a header, then one record a row.
//!
//! Encoding, separator and quoting are those that the source file names; what it does not name is found out (`dialect`)
//! and told in the report.

use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};

use csv::{ByteRecord, ErrorKind, Position, ReaderBuilder, StringRecord};

use super::super::error::{IngestError, Place};
use super::super::input::{BUFFER_BYTES, Bounded, Ends, LineEnds};
use super::super::intake::Intake;
use super::super::record::{Body, Record};
use super::super::source::{CsvSection, TextEncoding};
use super::dialect::{self, Decoding, Form};
use super::{RECORD_LIMIT, empty, read_failed};

/// Most columns: a spreadsheet has 16,384. A header of a million columns is an attack on memory.
pub(crate) const COLUMNS_MAX: usize = 20_000;

/// Bytes that are looked at to tell how rows are written.
const SAMPLE_BYTES: u64 = 1 << 16;

/// A file of rows, opened: its text in UTF-8, and how its rows are written.
pub(super) struct Opened<R> {
    pub text: std::io::Chain<Cursor<Vec<u8>>, Decoding<R>>,
    pub form: Form,
    /// How it is read, for the report.
    pub read_as: String,
}

/// Opens a file of rows: finds out how it is written, as far as `options` do not say.
///
/// # Errors
/// [`IngestError`] for a file that is empty or cannot be read.
pub(super) fn open<R: Read + Seek>(
    mut input: R,
    name: &str,
    options: CsvSection,
) -> Result<Opened<R>, IngestError> {
    let failed = |error| read_failed(name, 1, error);
    let encoding: TextEncoding = match options.encoding {
        Some(named) => named,
        None => {
            let found = dialect::watch(&mut input).map_err(failed)?;
            input.seek(SeekFrom::Start(0)).map_err(failed)?;
            found
        }
    };
    let mut decoding = Decoding::new(input, encoding);
    let mut start = Vec::new();
    decoding
        .by_ref()
        .take(SAMPLE_BYTES + 1)
        .read_to_end(&mut start)
        .map_err(failed)?;
    if start.is_empty() {
        return Err(empty(name));
    }
    let found = match (options.separator, options.quoting) {
        (Some(_), Some(_)) => None,
        _ => Some(dialect::form_of(&String::from_utf8_lossy(&start))),
    };
    let form = Form {
        separator: match (options.separator, found) {
            (Some(named), _) => u8::try_from(named).unwrap_or(b','),
            (None, Some(found)) => found.separator,
            (None, None) => b',',
        },
        quoting: match (options.quoting, options.separator, found) {
            (Some(named), ..) => named,
            // Quoting was found out together with a separator; beside one that is named it says nothing.
            (None, None, Some(found)) => found.quoting,
            (None, ..) => true,
        },
    };
    Ok(Opened {
        text: Cursor::new(start).chain(decoding),
        form,
        read_as: format!("{}, {}", encoding.name(), form.describe()),
    })
}

/// Reads the rows of a file.
///
/// A row with another number of fields than the header, or with invalid UTF-8, is refused by itself.
///
/// # Errors
/// [`IngestError`] for an empty file, a header that lacks a column, or a row past the limit.
pub(crate) fn read(
    input: impl Read + Seek,
    name: &str,
    options: CsvSection,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    let opened = open(input, name, options)?;
    intake.read_as(opened.read_as);
    let mut took_header = false;
    rows(opened.text, name, opened.form, &mut |line, row| match row {
        Row::Header(header) => {
            took_header = true;
            intake.header(header)
        }
        Row::Cells(row) => intake.record(&Record {
            line,
            kinds: &[],
            body: Body::Row(row),
        }),
        Row::Unreadable(reason) => {
            intake.unreadable(line, "", reason);
            Ok(())
        }
    })?;
    debug_assert!(took_header, "rows begin with a header or are an error");
    Ok(())
}

/// A row, or why there is none.
pub(super) enum Row<'a> {
    Header(&'a StringRecord),
    Cells(&'a StringRecord),
    Unreadable(String),
}

/// What is done with each row.
pub(super) type TakeRow<'a> = &'a mut dyn FnMut(u32, Row<'_>) -> Result<(), IngestError>;

/// Goes through the rows of a text, the header first.
///
/// # Errors
/// As [`read`].
pub(super) fn rows(
    text: impl Read,
    name: &str,
    form: Form,
    take: TakeRow<'_>,
) -> Result<(), IngestError> {
    let (bounded, since_row) = Bounded::new(text, RECORD_LIMIT);
    let (noting, line_ends) = LineEnds::new(bounded);
    let mut input = BufReader::with_capacity(BUFFER_BYTES, noting);
    let start = input
        .fill_buf()
        .map_err(|error| read_failed(name, 1, error))?;
    if start.is_empty() {
        return Err(empty(name));
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(form.separator)
        .quoting(form.quoting)
        .flexible(true)
        .from_reader(input);
    let header = reader
        .headers()
        .map_err(|error| broken(name, 1, error))?
        .clone();
    if header.len() > COLUMNS_MAX {
        return Err(IngestError::Limit {
            place: Place::line(name, 1),
            what: "the number of columns",
            limit: COLUMNS_MAX as u64,
        });
    }
    take(1, Row::Header(&header))?;
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
                    "not UTF-8 in field {}, byte {}: if the whole file is in another encoding, name it as `encoding` \
                     in `[csv]`",
                    place.field() + 1,
                    place.valid_up_to() + 1
                );
                take(line, Row::Unreadable(reason))?;
                continue;
            }
        };
        if row.len() == header.len() {
            take(line, Row::Cells(&row))?;
        } else {
            let reason = format!(
                "the row has {} fields, the header {}",
                row.len(),
                header.len()
            );
            take(line, Row::Unreadable(reason))?;
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
