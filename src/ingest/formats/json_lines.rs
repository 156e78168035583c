//! JSON lines: one JSON object a line. UTF-8, with or without byte order mark.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

use super::super::error::{IngestError, Place};
use super::super::input::BUFFER_BYTES;
use super::super::intake::Intake;
use super::super::record::{Body, Record};
use super::{RECORD_LIMIT, empty, read_failed};

/// Reads the lines of a file. Blank lines are passed over; a line that is no JSON object is refused by itself.
///
/// # Errors
/// [`IngestError`] for an empty file or a line past the limit.
pub(crate) fn read(
    input: impl Read,
    name: &str,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    each_object(input, name, &mut |line, tree| match tree {
        Ok(tree) => intake.record(&Record {
            line,
            kinds: &[],
            body: Body::Tree(&tree),
        }),
        Err(reason) => {
            intake.unreadable(line, "", reason);
            Ok(())
        }
    })
}

/// What is done with the object on a line, or why there is none.
pub(super) type TakeObject<'a> =
    &'a mut dyn FnMut(u32, Result<Value, String>) -> Result<(), IngestError>;

/// Goes through the lines of a file.
///
/// # Errors
/// As [`read`].
pub(super) fn each_object(
    input: impl Read,
    name: &str,
    take: TakeObject<'_>,
) -> Result<(), IngestError> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    let mut bytes = Vec::new();
    let mut line = 0_u32;
    let mut is_empty = true;
    loop {
        bytes.clear();
        line = line.saturating_add(1);
        let count = input
            .by_ref()
            .take(RECORD_LIMIT.max + 1)
            .read_until(b'\n', &mut bytes)
            .map_err(|error| read_failed(name, line, error))?;
        if count as u64 > RECORD_LIMIT.max {
            return Err(IngestError::Limit {
                place: Place::line(name, line),
                what: RECORD_LIMIT.what,
                limit: RECORD_LIMIT.max,
            });
        }
        if count == 0 {
            break;
        }
        let text = bytes
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&bytes)
            .trim_ascii();
        if text.is_empty() {
            continue;
        }
        is_empty = false;
        take(line, parse(text))?;
    }
    if is_empty {
        return Err(empty(name));
    }
    Ok(())
}

fn parse(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to() + 1))?;
    let tree: Value = serde_json::from_str(text)
        .map_err(|error| format!("not JSON: {}", super::json::without_place(&error)))?;
    if !tree.is_object() {
        return Err("not a JSON object".to_owned());
    }
    Ok(tree)
}
