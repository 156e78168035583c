//! What is not kept any longer: statements by the rules of their source, flags past their day, cases past the retention of
//! their purpose, and what of them speaks of what goes.
//!
//! # Invariants
//! * **looked at first**: without `remove` nothing changes, and all is told that would.
//! * **no record, no deed**: what goes, and by which rules, stands in the log before it is gone.
//! * **one transaction**: statements, index, graph, flags and cases go together or not at all.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};

use super::{Engine, StoreError};
use crate::audit::{AuditError, Decision, Outcome};
use crate::case::Book;
use crate::flag::forget;
use crate::model::Day;
use crate::store::{Dated, Keeping, Purged};

/// Why nothing was taken out.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It could not be recorded.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

/// Why rules of retention were not taken.
#[derive(Debug, thiserror::Error)]
pub enum RetentionRulesError {
    /// No TOML, or a key that does not belong there.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// Two rules for one source.
    #[error("the source `{0}` has two rules")]
    Twice(String),
    /// A rule that ends nothing.
    #[error(
        "the rule of `{0}` sets no days: name `ended_days`, `fallen_days`, `said_days` or `dated`"
    )]
    Endless(String),
}

/// How long what each source says is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RetentionRules {
    by_source: BTreeMap<String, Keeping>,
    digest: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    #[serde(default)]
    source: Vec<RuleFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    name: String,
    ended_days: Option<u32>,
    fallen_days: Option<u32>,
    said_days: Option<u32>,
    dated: Option<Dated>,
}

impl RetentionRules {
    /// Takes the text of a file of rules.
    ///
    /// # Errors
    /// [`RetentionRulesError`].
    pub fn parse(text: &str) -> Result<Self, RetentionRulesError> {
        let file: RulesFile = toml::from_str(text)?;
        let mut by_source = BTreeMap::new();
        for rule in file.source {
            let keeping = Keeping {
                ended_days: rule.ended_days,
                fallen_days: rule.fallen_days,
                said_days: rule.said_days,
                dated: rule.dated,
            };
            if keeping == Keeping::default() {
                return Err(RetentionRulesError::Endless(rule.name));
            }
            if by_source.insert(rule.name.clone(), keeping).is_some() {
                return Err(RetentionRulesError::Twice(rule.name));
            }
        }
        Ok(Self {
            by_source,
            digest: blake3::hash(text.as_bytes()).to_hex().to_string(),
        })
    }
}

/// What went, or would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RetentionReport {
    /// Whether it went.
    pub removed: bool,
    /// Statements and what is derived of them.
    #[serde(flatten)]
    pub purged: Purged,
    /// Flags: past their day, or resting on what goes.
    pub flags: usize,
    /// Cases that ended longer ago than their purpose keeps them, with what was asked under them.
    pub cases: usize,
    /// Reports of mistakes that are as old, or about what goes.
    pub mistakes: usize,
    /// Whether the file still holds bytes of what went before.
    pub to_be_rewritten: bool,
}

/// What it is called in the log.
const PURGE: &str = "purge";

impl Engine {
    /// Finds what is not kept any longer on a day, and takes it out if `remove`.
    ///
    /// * `by`: who does it, for the log.
    ///
    /// # Errors
    /// [`RetentionError`]; nothing is then gone.
    pub fn retire(
        &self,
        rules: &RetentionRules,
        day: Day,
        by: &str,
        remove: bool,
    ) -> Result<RetentionReport, RetentionError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current.load_full();
        let book = self.book.load_full();
        let retention = |purpose: &str| {
            let mut purposes = current.rules.purposes.iter();
            purposes.find(|one| one.id == purpose)?.retention_days
        };
        let mut due = book.over(day, retention);
        let at = self.time();
        let sources = &rules.by_source;
        let done = self
            .store
            .purge(sources, day, &at, remove, |records, purged| {
                let gone = (&purged.nodes, &purged.edges);
                let flags = forget(records, self.store.secret(), day, gone)?;
                due.add_mistakes_about(&book, &purged.nodes);
                Book::remove(&due, records)?;
                if remove {
                    let note = format!(
                        "by rules {}: {} statements (digest {}), {flags} flags, {} cases, {} reports of mistakes",
                        rules.digest,
                        purged.statements(),
                        purged.digest,
                        due.cases(),
                        due.mistakes()
                    );
                    self.recorded(self.deed(by, PURGE, Some(note)))?;
                }
                Ok::<usize, RetentionError>(flags)
            });
        let (purged, flags) = match done {
            // It may stand in the log as done.
            Err(error) if remove => {
                let note = "nothing was taken out".to_owned();
                self.recorded(Decision {
                    outcome: Outcome::NotDone,
                    ..self.deed(by, PURGE, Some(note))
                })?;
                return Err(error);
            }
            done => done?,
        };
        if remove {
            let book = Book::read(&self.store.records()?)?;
            self.book.store(Arc::new(book));
            self.refresh()?;
        }
        Ok(RetentionReport {
            removed: remove,
            flags,
            cases: due.cases(),
            mistakes: due.mistakes(),
            to_be_rewritten: self.store.is_to_be_rewritten()?,
            purged,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_mean_nothing_are_refused() {
        let told = |text: &str| RetentionRules::parse(text).unwrap_err().to_string();
        assert!(told("[[source]]\nname = 'a'").contains("sets no days"));
        let twice = "[[source]]\nname = 'a'\nsaid_days = 1\n".repeat(2);
        assert!(told(&twice).contains("two rules"));
        assert!(told("[[source]]\nname = 'a'\nsayd_days = 1").contains("sayd_days"));
        let rules =
            "[[source]]\nname = 'a'\ndated = { label = 'Signal', property = 'date', days = 9 }";
        assert!(RetentionRules::parse(rules).is_ok());
    }
}
