//! The formats that deliveries come in, one file each.
//!
//! Each format finds the records of a file and the line on which they begin; it knows nothing of rules. A record that
//! cannot be read is refused and reading goes on; a file that breaks off is an error, because what is behind the break
//! is not known.

pub(crate) mod archive;
pub(crate) mod bag_extract;
mod bag_object;
pub(crate) mod csv;
pub(crate) mod dialect;
pub(crate) mod excel;
pub(crate) mod follow_the_money;
mod geometry;
pub(crate) mod gml;
pub(crate) mod graphml;
pub(crate) mod json;
pub(crate) mod json_lines;
pub(crate) mod lo3;
pub(crate) mod neo4j;
pub(crate) mod parquet;
mod xml;

use std::io;

use super::error::{IngestError, Place};
use super::input::ReadLimit;

/// Most bytes that one record may take in a file that is read record by record. Read buffers count along, so a record
/// that is shorter by one buffer always passes.
pub(crate) const RECORD_LIMIT: ReadLimit = ReadLimit {
    what: "the length of one record in bytes",
    max: 16 << 20,
};

/// The error for a file that holds nothing.
pub(crate) fn empty(file: &str) -> IngestError {
    IngestError::Broken {
        place: Place::line(file, 1),
        message: "the file is empty".to_owned(),
    }
}

/// The error for a read that failed in the middle of a file.
pub(crate) fn read_failed(file: &str, line: u32, error: io::Error) -> IngestError {
    let place = Place::line(file, line);
    match ReadLimit::behind(&error) {
        Some(limit) => IngestError::Limit {
            place,
            what: limit.what,
            limit: limit.max,
        },
        None => IngestError::Unreadable {
            place,
            source: error,
        },
    }
}
