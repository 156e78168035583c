//! Follows a log as it grows.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::audit::AuditError;
use crate::audit::chain::{Checkpoint, segment, unreadable};
use crate::audit::record::Line;

/// How far a log was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The last line that was read; 0 for none.
    pub n: u64,
    /// Its hash.
    pub hash: String,
    /// First line of the file that it lies in.
    pub segment: u64,
    /// Bytes of that file that were read.
    pub offset: u64,
}

impl Position {
    /// The beginning of a log.
    pub fn start() -> Self {
        let Checkpoint { n, hash } = Checkpoint::start();
        Self {
            n,
            hash,
            segment: 1,
            offset: 0,
        }
    }
}

/// Reads lines from a position on, up to the line `until`, and at most `lines_max`; tells where it stands then. Each line is
/// checked to follow from those before it.
///
/// # Errors
/// [`AuditError::Broken`] if the log is not the one that was read before, [`AuditError::Unreadable`].
pub fn read(
    directory: &Path,
    from: &Position,
    until: u64,
    lines_max: usize,
) -> Result<(Vec<Line>, Position), AuditError> {
    let mut at = Checkpoint {
        n: from.n,
        hash: from.hash.clone(),
    };
    let (mut first, mut offset) = (from.segment, from.offset);
    let mut lines = Vec::new();
    if at.n >= until {
        return Ok((lines, from.clone()));
    }
    let mut path = segment(directory, first);
    let mut reader = open(&path, offset)?;
    let mut bytes = Vec::new();
    while at.n < until && lines.len() < lines_max {
        bytes.clear();
        let read = reader.read_until(b'\n', &mut bytes);
        let length = read.map_err(|error| unreadable(&path, "read", &error))?;
        if length == 0 && first <= at.n {
            // The file is at its end, and the line is durable: it lies in the next.
            (first, offset) = (at.n + 1, 0);
            path = segment(directory, first);
            reader = open(&path, offset)?;
            continue;
        }
        let broken = |what: &str| AuditError::Broken {
            file: path.display().to_string(),
            line: at.n + 1,
            what: what.to_owned(),
        };
        if bytes.pop() != Some(b'\n') {
            return Err(broken(
                "the log ends before what was read of it: lines were cut off",
            ));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| broken("the line is no text"))?;
        let mut next = at.clone();
        let line = next.follow(text).map_err(|what| broken(&what))?;
        at = next;
        offset += length as u64;
        lines.push(line);
    }
    let position = Position {
        n: at.n,
        hash: at.hash,
        segment: first,
        offset,
    };
    Ok((lines, position))
}

fn open(path: &PathBuf, offset: u64) -> Result<BufReader<File>, AuditError> {
    let opened = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(offset))?;
        Ok(file)
    });
    let file = opened.map_err(|error| unreadable(path, "read", &error))?;
    Ok(BufReader::new(file))
}
