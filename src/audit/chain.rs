//! The chain of hashes, and the files it lies in.
//!
//! A line is `HASH JSON`, where `HASH` is SHA-256 in hexadecimal of the hash before it, a space and the JSON text. The
//! hash before the first line is 64 zeros. So an auditor needs no more than `sha256sum` to check a line.
//! Files are named by the position of their first line and are begun anew at [`SEGMENT_BYTES`].

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::AuditError;
use super::record::Line;

/// A file that is longer than this is not appended to.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// Where a chain stands: its last line and that line's hash. Kept elsewhere, it proves that nothing before it changed and
/// nothing was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Position of the last line; 0 for none.
    pub n: u64,
    /// Its hash.
    pub hash: String,
}

/// A text that is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a checkpoint is a number, a colon and 64 hexadecimal digits, as `verband audit checkpoint` prints it"
)]
pub struct CheckpointError;

impl Checkpoint {
    /// The beginning of a log.
    pub fn start() -> Self {
        Self {
            n: 0,
            hash: "0".repeat(64),
        }
    }

    /// The hash of the line that follows with this JSON text.
    pub fn next_hash(&self, json: &str) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.hash.as_bytes());
        hasher.update(b" ");
        hasher.update(json.as_bytes());
        HEXLOWER.encode(&hasher.finalize())
    }

    /// Goes one line on. `text` is the line without its end.
    ///
    /// # Errors
    /// What is wrong with the line.
    pub fn follow(&mut self, text: &str) -> Result<Line, String> {
        let (hash, json) = text
            .split_once(' ')
            .ok_or("the line is not a hash and a record: it was damaged")?;
        if self.next_hash(json) != hash {
            return Err(
                "the hash does not follow from the line and those before it: a line was changed, removed, inserted or moved"
                    .to_owned(),
            );
        }
        let line: Line = serde_json::from_str(json)
            .map_err(|error| format!("the record cannot be read: {error}"))?;
        if line.n != self.n + 1 {
            return Err(format!(
                "the record says it is the {}th, it is the {}th",
                line.n,
                self.n + 1
            ));
        }
        self.n = line.n;
        hash.clone_into(&mut self.hash);
        Ok(line)
    }
}

impl std::fmt::Display for Checkpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.n, self.hash)
    }
}

impl std::str::FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let (n, hash) = text.trim().split_once(':').ok_or(CheckpointError)?;
        let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if hash.len() != 64 || !hash.chars().all(is_digit) {
            return Err(CheckpointError);
        }
        Ok(Self {
            n: n.parse().map_err(|_| CheckpointError)?,
            hash: hash.to_owned(),
        })
    }
}

/// The file whose first line has this position.
pub fn segment(directory: &Path, first: u64) -> PathBuf {
    directory.join(format!("{first:015}.log"))
}

/// The position of the first line of a file, as its name tells it.
pub fn first_of(path: &Path) -> Option<u64> {
    path.file_stem()?.to_str()?.parse().ok()
}

/// The files of a log, first to last.
///
/// # Errors
/// [`AuditError::Unreadable`].
pub fn segments(directory: &Path) -> Result<Vec<PathBuf>, AuditError> {
    let unreadable = |error: std::io::Error| unreadable(directory, "read", &error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

pub fn unreadable(directory: &Path, action: &'static str, error: &std::io::Error) -> AuditError {
    AuditError::Unreadable {
        directory: directory.display().to_string(),
        action,
        why: error.to_string(),
    }
}
