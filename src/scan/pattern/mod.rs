//! Pattern files: what a pattern means, for whom, under which law, and the query that finds it.
//!
//! A pattern is one file in `queries/`: a query, and before it a comment `/*+++ ... +++*/` that holds TOML. An analyst edits
//! parameters and texts, an engineer the query, a jurist reads `[legal]`; one file, one review, one hash.
//!
//! # Invariants
//! * **A file is right or refused**: [`Pattern::parse`] checks texts, bounds and places of the sentence against the columns
//!   of the query; what is wrong is told with file, line, column and what to do ([`Message`]).
//! * **The hash is the file's**: any change of it, a comment included, is another pattern to whoever stored a flag of it.
//! * **No protected property**: the query is compiled against the schema, which refuses them.
//!
//! What this module does not do: run anything (`scan::exec`, `scan::run`), or keep flags (`flag`).

mod check;
mod explain;
mod front;
mod library;
mod register;

pub use explain::{Filled, Format, Piece, Sentence};
pub use front::{Front, Legal, Parameter, ParameterType, RegisterFields, Status};
pub use library::{Library, LibraryError, read_text};
pub use register::{RegisterOffice, register_entry};

use std::collections::BTreeMap;

use crate::model::Schema;
use crate::scan::lang::{Compiled, Message};

/// Largest pattern file, front matter included: one that is longer is no pattern that a jurist reads.
pub const FILE_BYTES_MAX: usize = 64 * 1024;

/// A pattern that can be run.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// What stands before the query.
    pub front: Front,
    /// The query, compiled.
    pub compiled: Compiled,
    /// BLAKE3 of the file, 64 hexadecimal digits.
    pub hash: String,
    /// The sentence of a flag in Dutch.
    pub sentence_nl: Sentence,
    /// The same in English.
    pub sentence_en: Sentence,
    /// The whole text of the file.
    pub text: String,
}

/// Values for the parameters of one run, by name.
pub type ParameterValues = BTreeMap<String, i64>;

impl Pattern {
    /// Reads and checks a pattern file; `file` is named in messages.
    ///
    /// # Errors
    /// Everything that is wrong, in order of place.
    pub fn parse(file: &str, text: &str, schema: &Schema) -> Result<Self, Vec<Message>> {
        check::parse(file, text, schema)
    }

    /// The identifier.
    pub fn id(&self) -> &str {
        &self.front.id
    }

    /// The values of all parameters: the defaults, and what is asked in place of them.
    ///
    /// # Errors
    /// [`ParameterError`] for a name that is not declared, or a value out of bounds.
    pub fn parameters(&self, asked: &ParameterValues) -> Result<ParameterValues, ParameterError> {
        for (name, &value) in asked {
            let declared = self
                .front
                .params
                .get(name)
                .ok_or_else(|| ParameterError::Unknown {
                    pattern: self.front.id.clone(),
                    name: name.clone(),
                })?;
            if !declared.allows(value) {
                return Err(ParameterError::OutOfBounds {
                    pattern: self.front.id.clone(),
                    name: name.clone(),
                    value,
                    bounds: declared.bounds_text(),
                });
            }
        }
        let defaults = self.front.params.iter();
        Ok(defaults
            .map(|(name, declared)| {
                let value = asked.get(name).copied().unwrap_or(declared.default);
                (name.clone(), value)
            })
            .collect())
    }
}

/// Why parameters were not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// The pattern has no such parameter.
    #[error("pattern `{pattern}` has no parameter `{name}`")]
    Unknown {
        /// The pattern.
        pattern: String,
        /// The name.
        name: String,
    },
    /// The file bounds it.
    #[error("parameter `{name}` of pattern `{pattern}` is {value}, it must be {bounds}")]
    OutOfBounds {
        /// The pattern.
        pattern: String,
        /// The name.
        name: String,
        /// What was asked.
        value: i64,
        /// What may be.
        bounds: String,
    },
}

#[cfg(test)]
mod tests;
