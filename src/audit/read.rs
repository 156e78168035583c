//! Checking a log, and asking it. Both read the files alone, so they work beside a running server and on a copy.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::AuditError;
use super::chain::{Checkpoint, segments, unreadable};
use super::record::{Decision, Entry, Line, LoginRecord, Shown};

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
    let mut seen = 0;
    let verified = walk(directory, &mut |line, at| {
        for checkpoint in kept.iter().filter(|checkpoint| checkpoint.n == line.n) {
            if checkpoint != at {
                return Err(
                    "the line is not the one of the checkpoint: the log was rewritten".to_owned(),
                );
            }
            seen += 1;
        }
        Ok(())
    })?;
    let beginnings = kept.iter().filter(|checkpoint| checkpoint.n == 0);
    if seen + beginnings.count() < kept.len() {
        return Err(AuditError::Broken {
            file: directory.display().to_string(),
            line: verified.end.n,
            what: "the log ends before the checkpoint: lines were cut off".to_owned(),
        });
    }
    Ok(verified)
}

/// Walks a log from its beginning.
pub(super) fn walk(
    directory: &Path,
    visit: &mut dyn FnMut(&Line, &Checkpoint) -> Result<(), String>,
) -> Result<Verified, AuditError> {
    let mut at = Checkpoint::start();
    let mut unfinished = false;
    let files = segments(directory)?;
    let last = files.len().saturating_sub(1);
    for (place, file) in files.iter().enumerate() {
        let broken = |line, what: String| AuditError::Broken {
            file: file.display().to_string(),
            line,
            what,
        };
        let mut reader =
            BufReader::new(File::open(file).map_err(|error| unreadable(file, "read", &error))?);
        let mut bytes = Vec::new();
        for number in 1.. {
            bytes.clear();
            let read = reader.read_until(b'\n', &mut bytes);
            if read.map_err(|error| unreadable(file, "read", &error))? == 0 {
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
            visit(&line, &at).map_err(|what| broken(number, what))?;
        }
    }
    Ok(Verified {
        end: at,
        unfinished,
    })
}

/// A login that was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundLogin {
    /// When.
    pub time: jiff::Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub login: LoginRecord,
}

/// All logins, failed ones and logouts, oldest first. Checks the log on the way.
///
/// # Errors
/// As [`verify`].
pub fn logins(directory: &Path) -> Result<Vec<FoundLogin>, AuditError> {
    let mut found = Vec::new();
    walk(directory, &mut |line, _| {
        if let Entry::Login(login) = &line.entry {
            found.push(FoundLogin {
                time: line.time,
                login: login.clone(),
            });
        }
        Ok(())
    })?;
    Ok(found)
}

/// What an officer asks. All that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Reads that showed this node.
    pub node: Option<String>,
    /// Reads by this account.
    pub principal: Option<String>,
}

/// A read that was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// When.
    pub time: jiff::Timestamp,
    /// Its trace.
    pub trace: String,
    /// Who, for what, under which rules.
    pub decision: Decision,
    /// What was shown.
    pub shown: Shown,
}

/// Finds reads, oldest first, and checks the log on the way.
///
/// # Errors
/// As [`verify`].
///
/// # Cost
/// Time O(bytes of the log), memory O(reads found).
pub fn find(directory: &Path, question: &Question) -> Result<Vec<Found>, AuditError> {
    // A decision and its processing are written together, so what waits here is small.
    let mut found: Vec<Found> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    walk(directory, &mut |line, _| {
        match &line.entry {
            Entry::Decision(decision) => {
                let by = question.principal.as_ref();
                if by.is_none_or(|by| *by == decision.principal) {
                    places.insert(line.trace.clone(), found.len());
                    found.push(Found {
                        time: line.time,
                        trace: line.trace.clone(),
                        decision: decision.clone(),
                        shown: Shown::new(),
                    });
                }
            }
            Entry::Processing { shown, .. } => {
                if let Some(read) = places
                    .get(&line.trace)
                    .and_then(|&place| found.get_mut(place))
                {
                    read.shown.clone_from(shown);
                }
            }
            Entry::Login(_) => {}
        }
        Ok(())
    })?;
    if let Some(node) = &question.node {
        found.retain(|read| read.shown.values().any(|nodes| nodes.contains(node)));
    }
    Ok(found)
}
