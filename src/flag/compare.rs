//! How two runs of a mandate differ in what they found.

use serde::Serialize;
use utoipa::ToSchema;

use super::SIGHTINGS_MAX;
use super::stored::{FlagRecord, PatternOutcome, RunRecord, prior_flags};
use crate::store::{ReadRecords, StoreError};

/// Why two runs cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// No such run.
    #[error("unknown scan `{0}`; of trials nothing is kept")]
    Unknown(String),
    /// They saw different things.
    #[error(
        "the scans are of the mandates `{0}` and `{1}`, which may see different things; compare two of one mandate"
    )]
    Mandates(String, String),
}

/// How two runs of one pattern differ. Flags that are gone by now, as their days had passed, are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PatternDifference {
    /// The pattern.
    pub pattern: String,
    /// What differs in how it was run, so that the data need not be why flags differ.
    pub setting: Vec<SettingDifference>,
    /// Why it cannot be compared: one of the runs has no whole outcome of it.
    pub incomplete: Option<String>,
    /// Flags that only the later run found.
    pub added: Vec<String>,
    /// Flags that only the earlier run found.
    pub removed: Vec<String>,
    /// How many both found.
    pub both: usize,
    /// How many were found too often since to know whether the earlier run did.
    pub unknown: usize,
}

/// What differs in how a pattern was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SettingDifference {
    /// The file of the pattern.
    Pattern,
    /// Its parameters.
    Parameters,
    /// The day that was looked at.
    AsOf,
    /// The rules for what the mandate may see.
    Policy,
}

/// Compares two runs, in any order.
///
/// # Errors
/// [`StoreError`]; the inner error says why they cannot be compared.
pub fn compare_runs(
    records: &impl ReadRecords,
    one: &RunRecord,
    other: &RunRecord,
) -> Result<Result<Vec<PatternDifference>, CompareError>, StoreError> {
    if one.mandate != other.mandate {
        let mandates = (one.mandate.clone(), other.mandate.clone());
        return Ok(Err(CompareError::Mandates(mandates.0, mandates.1)));
    }
    // Identifiers of runs are times.
    let (earlier, later) = if one.id <= other.id {
        (one, other)
    } else {
        (other, one)
    };
    let mut told = Vec::new();
    for after in &later.patterns {
        let mut before = earlier.patterns.iter();
        let before = before.find(|known| known.pattern == after.pattern);
        let Some(before) = before else { continue };
        let flags = prior_flags(records, &one.mandate, &after.pattern)?;
        told.push(compare((earlier, before), (later, after), &flags));
    }
    Ok(Ok(told))
}

fn compare(
    (earlier, before): (&RunRecord, &PatternOutcome),
    (later, after): (&RunRecord, &PatternOutcome),
    flags: &[FlagRecord],
) -> PatternDifference {
    let settings = [
        (before.hash != after.hash, SettingDifference::Pattern),
        (
            before.parameters != after.parameters,
            SettingDifference::Parameters,
        ),
        (earlier.as_of != later.as_of, SettingDifference::AsOf),
        (earlier.policy != later.policy, SettingDifference::Policy),
    ];
    let mut told = PatternDifference {
        pattern: after.pattern.clone(),
        setting: settings
            .into_iter()
            .filter_map(|(differs, setting)| differs.then_some(setting))
            .collect(),
        incomplete: before.incomplete.clone().or(after.incomplete.clone()),
        added: Vec::new(),
        removed: Vec::new(),
        both: 0,
        unknown: 0,
    };
    if told.incomplete.is_some() {
        return told;
    }
    for flag in flags {
        let seen_by = |run: &RunRecord| flag.sightings.iter().any(|one| one.run == run.id);
        // The oldest sightings of a flag that was found often are not kept.
        let forgotten = flag.sightings.len() >= SIGHTINGS_MAX
            && flag
                .sightings
                .first()
                .is_some_and(|first| first.run > earlier.id);
        match (seen_by(earlier), seen_by(later)) {
            (true, true) => told.both += 1,
            (true, false) => told.removed.push(flag.id.clone()),
            (false, true) if forgotten => told.unknown += 1,
            (false, true) => told.added.push(flag.id.clone()),
            (false, false) => {}
        }
    }
    told
}
