//! Why a delivery could not be read.

use std::fmt;
use std::io;

use crate::model::SchemaError;

use super::report::Report;

/// What went wrong, and what that came from unless the message holds it already.
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said = error.to_string();
    for cause in std::iter::successors(error.source(), |cause| cause.source()) {
        let cause = cause.to_string();
        if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// What a sink answers when it cannot take a saying.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Says why a source file or a delivery was not read. A single record that is wrong is no error: it is refused and
/// stands in the [`Report`].
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A file could not be opened or read.
    #[error("{place} cannot be read")]
    Unreadable {
        /// The file.
        place: Place,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The source file is not TOML, or has a key that does not belong there.
    #[error("{place}, line {line}, column {column}: {message}")]
    Syntax {
        /// The source file.
        place: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1, in characters.
        column: usize,
        /// What the reader says.
        message: String,
    },
    /// The source file is TOML and says something that cannot be.
    #[error("{place}, {rule}: {message}")]
    Rule {
        /// The source file.
        place: String,
        /// The rule in it, `record 2, node `address``.
        rule: String,
        /// What is wrong, with the nearest name that would be right.
        message: String,
    },
    /// The schema of the source file does not fit over the base.
    #[error("{place}: its schema cannot be laid over the built-in one")]
    Schema {
        /// The source file.
        place: String,
        /// Why.
        #[source]
        source: SchemaError,
    },
    /// A name or pattern in `files` that matches nothing.
    #[error("{place}: no file matches `{pattern}`")]
    NoFile {
        /// The source file.
        place: String,
        /// The name or pattern, made absolute or relative to the source file's directory.
        pattern: String,
    },
    /// A file that breaks off or is not what its format asks for, so that reading cannot go on.
    #[error("{place}: {message}")]
    Broken {
        /// The file and line.
        place: Place,
        /// What is wrong.
        message: String,
    },
    /// A column that a rule names and the file does not have.
    #[error("{place}: no column `{name}`, which the source file names{hint}")]
    Column {
        /// The file.
        place: Place,
        /// The column.
        name: String,
        /// The nearest column that is there.
        hint: String,
    },
    /// A limit against hostile or runaway input.
    #[error("{place}: {what} is more than the limit of {limit}")]
    Limit {
        /// The file and line.
        place: Place,
        /// What is too much.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// More records refused than the source file allows. Nothing of the delivery may be kept.
    #[error("{refused} records refused, at most {max} allowed: the delivery is refused whole")]
    TooManyRefusals {
        /// How many were refused.
        refused: u64,
        /// How many the source file allows.
        max: u64,
        /// What was read and refused, and why.
        report: Box<Report>,
    },
    /// A draft has seen enough of the file. Never leaves this module.
    #[error("enough of the file was read")]
    Enough,
    /// The sink gave up.
    #[error("what the delivery says could not be taken in")]
    Sink(#[source] SinkError),
}

/// A file, and a line in it where one can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of the file; members of archives as `outer.zip!inner.xml`.
    pub file: String,
    /// Line, from 1.
    pub line: Option<u32>,
}

impl Place {
    /// A whole file.
    pub(crate) fn file(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
        }
    }

    /// A line of a file.
    pub(crate) fn line(file: &str, line: u32) -> Self {
        Self {
            file: file.to_owned(),
            line: Some(line),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}, line {line}", self.file),
            None => formatter.write_str(&self.file),
        }
    }
}

/// Returns `; did you mean `x`?` for the candidate that is nearest to `name`, or nothing if none is near.
pub(crate) fn hint<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let far = (name.chars().count() / 3).max(2);
    candidates
        .into_iter()
        .map(|candidate| {
            (
                distance(&name.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|&(steps, _)| steps <= far)
        .min()
        .map(|(_, candidate)| format!("; did you mean `{candidate}`?"))
        .unwrap_or_default()
}

/// Edit distance: insertions, deletions and replacements. Names are short, so two rows of the table do.
/// Source: V. I. Levenshtein, 1966; R. A. Wagner and M. J. Fischer, 1974.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (place, letter) in one.chars().enumerate() {
        let mut diagonal = place;
        let mut left = place + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, candidate) in row.iter_mut().skip(1).zip(other.chars()) {
            let replaced = diagonal + usize::from(letter != candidate);
            diagonal = *cell;
            *cell = replaced.min(left + 1).min(diagonal + 1);
            left = *cell;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_the_changes_between_two_words() {
        for (one, other, steps) in [
            ("", "", 0),
            ("a", "", 1),
            ("kitten", "sitting", 3),
            ("straat", "straat", 0),
            ("postcode", "postocde", 2),
        ] {
            assert_eq!(distance(one, other), steps, "{one} {other}");
        }
    }

    #[test]
    fn a_hint_names_the_nearest_and_nothing_far() {
        assert_eq!(
            hint("Adress", ["Address", "Person"]),
            "; did you mean `Address`?"
        );
        assert_eq!(hint("Vehicle", ["Address", "Person"]), "");
    }
}
