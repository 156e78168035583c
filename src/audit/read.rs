//! Checking a log. It reads the files alone, so it works beside a running server and on a copy.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use super::AuditError;
use super::chain::{Checkpoint, first_of, segments, unreadable};
use super::merkle::{Frontier, Tree, leaf};
use super::record::Line;
use super::signed::Standing;

/// A log that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Where it ends.
    pub end: Checkpoint,
    /// Whether an unfinished line follows: of a write that was cut off, never acknowledged. It is no fault.
    pub unfinished: bool,
}

/// Checks every line of a log, and that it goes through the checkpoints that were kept elsewhere.
///
/// # Errors
/// [`AuditError::Broken`] for the first line that is changed, removed, inserted or moved, or where the log ends before or
/// differs from a checkpoint; [`AuditError::Unreadable`].
///
/// # Cost
/// Time O(bytes), memory O(longest line).
pub fn verify(directory: &Path, kept: &[Checkpoint]) -> Result<Verified, AuditError> {
    verify_signed(directory, kept, &[])
}

/// As [`verify`], with signed checkpoints too.
///
/// # Errors
/// As [`verify`].
pub fn verify_signed(
    directory: &Path,
    kept: &[Checkpoint],
    signed: &[Standing],
) -> Result<Verified, AuditError> {
    let chains = kept
        .iter()
        .chain(signed.iter().map(|standing| &standing.chain));
    let chains: Vec<&Checkpoint> = chains.collect();
    let mut tree = Frontier::default();
    let mut met = 0;
    let verified = walk(directory, Start::beginning(), &mut |seen| {
        tree.push(leaf(seen.json));
        let here = || {
            chains
                .iter()
                .filter(|checkpoint| checkpoint.n == seen.line.n)
        };
        let trees = signed.iter().map(Standing::tree);
        let mut trees = trees.filter(|tree| tree.size == seen.line.n).peekable();
        if trees.peek().is_none() && here().next().is_none() {
            return Ok(());
        }
        let root = Tree {
            size: tree.size(),
            root: tree.root(),
        };
        if here().any(|checkpoint| *checkpoint != seen.at) || trees.any(|tree| tree != root) {
            return Err(
                "the line is not the one of the checkpoint: the log was rewritten".to_owned(),
            );
        }
        met += here().count();
        Ok(())
    })?;
    let beginnings = chains.iter().filter(|checkpoint| checkpoint.n == 0);
    if met + beginnings.count() < chains.len() {
        return Err(AuditError::Broken {
            file: directory.display().to_string(),
            line: verified.end.n,
            what: "the log ends before the checkpoint: lines were cut off".to_owned(),
        });
    }
    Ok(verified)
}

/// Where a walk begins.
pub(super) struct Start {
    at: Checkpoint,
    segment: u64,
    offset: u64,
}

impl Start {
    pub(super) fn beginning() -> Self {
        Self {
            at: Checkpoint::start(),
            segment: 1,
            offset: 0,
        }
    }
}

impl From<&Standing> for Start {
    fn from(standing: &Standing) -> Self {
        Self {
            at: standing.chain.clone(),
            segment: standing.segment,
            offset: standing.offset,
        }
    }
}

/// A line on the way.
pub(super) struct Seen<'a> {
    pub(super) line: &'a Line,
    /// Where the log stands with it.
    pub(super) at: &'a Checkpoint,
    /// Its JSON text.
    pub(super) json: &'a str,
}

/// Walks a log.
pub(super) fn walk(
    directory: &Path,
    start: Start,
    visit: &mut dyn FnMut(&Seen<'_>) -> Result<(), String>,
) -> Result<Verified, AuditError> {
    let Start {
        mut at,
        segment,
        offset,
    } = start;
    let mut unfinished = false;
    let mut files = segments(directory)?;
    files.retain(|file| first_of(file).is_some_and(|first| first >= segment));
    let is_there = files
        .first()
        .is_some_and(|file| first_of(file) == Some(segment));
    if at.n > 0 && !is_there {
        return Err(cut_off(directory, at.n));
    }
    let last = files.len().saturating_sub(1);
    for (place, path) in files.iter().enumerate() {
        let broken = |line, what: String| AuditError::Broken {
            file: path.display().to_string(),
            line,
            what,
        };
        let failed = |error: std::io::Error| unreadable(path, "read", &error);
        let mut file = File::open(path).map_err(failed)?;
        // Lines are counted from where the walk begins: in the first file that need not be its beginning.
        if place == 0 && offset > 0 {
            if file.metadata().map_err(failed)?.len() < offset {
                return Err(cut_off(directory, at.n));
            }
            file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        }
        let mut reader = BufReader::new(file);
        let mut bytes = Vec::new();
        for number in 1.. {
            bytes.clear();
            let read = reader.read_until(b'\n', &mut bytes);
            if read.map_err(failed)? == 0 {
                break;
            }
            if bytes.pop() != Some(b'\n') {
                if place < last {
                    return Err(broken(
                        number,
                        "the line has no end: the file was cut".to_owned(),
                    ));
                }
                unfinished = true;
                break;
            }
            let text = std::str::from_utf8(&bytes)
                .map_err(|_| broken(number, "the line is no text: it was damaged".to_owned()))?;
            let line = at.follow(text).map_err(|what| broken(number, what))?;
            let seen = Seen {
                line: &line,
                at: &at,
                json: text.split_once(' ').map_or("", |(_, json)| json),
            };
            visit(&seen).map_err(|what| broken(number, what))?;
        }
    }
    Ok(Verified {
        end: at,
        unfinished,
    })
}

fn cut_off(directory: &Path, line: u64) -> AuditError {
    AuditError::Broken {
        file: directory.display().to_string(),
        line,
        what: "the log ends before its own signed checkpoint: lines were cut off".to_owned(),
    }
}
