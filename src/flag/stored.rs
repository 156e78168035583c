//! What is kept: flags, what they rest on, what people did with them, and runs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{Day, NodeId};
use crate::scan::pattern::ParameterValues;
use crate::scan::run::{Element, Match};
use crate::store::{ReadRecords, RecordChange, RecordKind, StoreError};

/// Flags, by identifier: the part that lists need.
pub(super) const FLAG: RecordKind = RecordKind("flag");
/// What each flag rests on, as the mandate saw it last; by identifier of the flag.
pub(super) const GROUND: RecordKind = RecordKind("flag-ground");
/// What people did with a flag; by its identifier.
pub(super) const ACTS: RecordKind = RecordKind("flag-acts");
/// Runs, by identifier: a time, so that their order is that of time.
pub(super) const RUN: RecordKind = RecordKind("scan-run");
/// The newest whole run of a pattern under a mandate, by `mandate/pattern`.
pub(super) const LATEST: RecordKind = RecordKind("scan-latest");
/// Texts of pattern files that runs used, by hash.
pub(super) const PATTERN_FILE: RecordKind = RecordKind("pattern-file");

/// A flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagRecord {
    /// Identifier: the same for a subject, pattern and mandate, whatever was found first.
    pub id: String,
    /// The mandate that it was raised under.
    pub mandate: String,
    /// The principal of the mandate.
    pub principal: String,
    /// Its purpose.
    pub purpose: String,
    /// The pattern.
    pub pattern: String,
    /// Version of the pattern in the newest sighting.
    pub version: u32,
    /// Hash of its file in the newest sighting.
    pub hash: String,
    /// Parameters of the newest sighting.
    pub parameters: ParameterValues,
    /// What it is about.
    pub subject: NodeId,
    /// All keys that lead to it for the mandate, its own first. To a reader who does not see that they are one node, each
    /// may be the subject of a flag.
    pub keys: Vec<NodeId>,
    /// Label of the subject.
    pub subject_label: String,
    /// Day of the run that raised it, or raised it again.
    pub raised: Day,
    /// Revision that it was raised on. Never shown: it moves when hidden data does.
    pub revision: u64,
    /// Runs that found it, oldest first; at most [`super::SIGHTINGS_MAX`], the newest.
    pub sightings: Vec<Sighting>,
    /// First day on which it is gone.
    pub expires: Day,
    /// Day of the first whole run that did not find it any more.
    pub ended: Option<Day>,
}

/// A run that found a flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The run.
    pub run: String,
    /// The day it looked at.
    pub as_of: Day,
}

/// What a flag rests on, as the mandate saw it last: for the mandate's own office and for proof, never for readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroundRecord {
    /// The match.
    pub found: Match,
    /// The sentence in Dutch, with identifiers where names belong.
    pub sentence_nl: String,
    /// The same in English.
    pub sentence_en: String,
    /// What would lower or undo it, in Dutch.
    pub lowers_nl: String,
    /// The same in English.
    pub lowers_en: String,
}

/// What a person says of a flag.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It helped.
    Useful,
    /// It is right and says nothing.
    NotUseful,
    /// The data it rests on are wrong; their source must hear of it.
    WrongData,
}

/// A judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// What was said.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Who said it.
    pub by: String,
    /// Which day.
    pub on: String,
    /// What the judge saw of the evidence.
    pub seen: Vec<Element>,
}

/// Who works on a flag, or the case it was put into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The name: a person's account, or a case.
    pub name: String,
    /// Who decided it.
    pub by: String,
    /// Which day.
    pub on: String,
    /// What they saw of the evidence.
    pub seen: Vec<Element>,
}

/// Everything that people did with a flag, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acts {
    /// Judgements.
    pub judgements: Vec<Judgement>,
    /// To whom it was given.
    pub assignees: Vec<Case>,
    /// Cases it was put into.
    pub cases: Vec<Case>,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// At work.
    Running,
    /// All patterns were run whole.
    Done,
    /// Some patterns gave nothing that counts: each says why.
    Incomplete,
    /// Stopped by a person.
    Cancelled,
    /// It went wrong, or the program ended in its midst.
    Failed,
}

/// A run of patterns under a mandate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Identifier: the time it began.
    pub id: String,
    /// The mandate.
    pub mandate: String,
    /// The purpose.
    pub purpose: String,
    /// Who started it: an account, or `schedule`.
    pub by: String,
    /// The day it looked at.
    pub as_of: Day,
    /// The revision it read.
    pub revision: u64,
    /// Digest of the policy.
    pub policy: String,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// How it stands.
    pub state: RunState,
    /// Whether it kept nothing.
    pub dry_run: bool,
    /// Each pattern.
    pub patterns: Vec<PatternOutcome>,
}

/// What became of one pattern in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PatternOutcome {
    /// The pattern.
    pub pattern: String,
    /// Its version.
    pub version: u32,
    /// Hash of its file.
    pub hash: String,
    /// The parameters it was run with.
    #[schema(value_type = Object)]
    pub parameters: BTreeMap<String, i64>,
    /// Why it gave nothing that counts; null if it was run whole.
    pub incomplete: Option<String>,
    /// Matches.
    pub matches: usize,
    /// New flags.
    pub raised: usize,
    /// Flags that were raised again, as they stood for so long.
    pub again: usize,
    /// Flags that stood already.
    pub kept: usize,
    /// Flags that it does not find any more.
    pub ended: usize,
    /// Edges looked at; null of a run that looked again only where something changed.
    pub edges: Option<u64>,
}

/// The newest whole run of a pattern under a mandate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestRecord {
    /// The run.
    pub run: String,
    /// The day it looked at.
    pub as_of: Day,
    /// What it rested on; none of runs from before that was kept.
    #[serde(default)]
    pub basis: Option<Basis>,
}

/// What a run of a pattern rested on: where a later run rests on the same, it need only look where something changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The revision it read.
    pub revision: u64,
    /// Hash of the pattern's file.
    pub hash: String,
    /// All of its parameters.
    pub parameters: ParameterValues,
    /// What the mandate saw.
    pub sight: SightMark,
}

/// What a mandate saw at the time of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SightMark {
    /// For each marking that there was, the classes of properties that it let through, as bits; none if it hid its
    /// statements. Of runs from before this was kept: none.
    #[serde(default)]
    pub classes: Vec<Option<u8>>,
    /// Digest of what was decided for them.
    pub digest: String,
}

/// How two runs of one pattern differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Differences {
    /// Subjects that only the second finds.
    pub added: Vec<NodeId>,
    /// Subjects that only the first finds.
    pub removed: Vec<NodeId>,
    /// Subjects that both find, with another score or evidence.
    pub changed: Vec<NodeId>,
    /// How many both find the same.
    pub same: usize,
}

impl Differences {
    /// Compares what two runs found. The order of evidence is no difference: it follows how a run went about it.
    pub fn between(one: &[Match], other: &[Match]) -> Self {
        let of = |matches: &[Match]| -> BTreeMap<NodeId, Match> {
            matches
                .iter()
                .map(|found| {
                    let mut found = found.clone();
                    found.evidence.sort();
                    (found.subject, found)
                })
                .collect()
        };
        let (one, other) = (of(one), of(other));
        let mut told = Self::default();
        for (subject, found) in &other {
            match one.get(subject) {
                None => told.added.push(*subject),
                Some(known) if known == found => told.same += 1,
                Some(_) => told.changed.push(*subject),
            }
        }
        let gone = one.keys().filter(|subject| !other.contains_key(subject));
        told.removed.extend(gone);
        told
    }
}

/// A flag about somebody, with its sentence and what people said of it: for the person themselves, never for readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlagAbout {
    /// Its purpose.
    pub purpose: String,
    /// The pattern.
    pub pattern: String,
    /// When it was raised.
    pub raised: Day,
    /// First day on which it is gone.
    pub expires: Day,
    /// Day of the first whole run that did not find it any more.
    pub ended: Option<Day>,
    /// The sentence in Dutch, with identifiers where names belong.
    pub sentence: String,
    /// What would lower or undo it, in Dutch.
    pub lowers: String,
    /// What people said of it, and why.
    pub judgements: Vec<(Verdict, String)>,
}

/// The flags about some nodes that are one, whoever may see them.
///
/// # Errors
/// [`StoreError`].
pub fn flags_about(
    records: &impl ReadRecords,
    nodes: &BTreeSet<NodeId>,
) -> Result<Vec<FlagAbout>, StoreError> {
    let mut about = Vec::new();
    for (id, flag) in records.list::<FlagRecord>(FLAG, "")? {
        if !nodes.contains(&flag.subject) && !flag.keys.iter().any(|key| nodes.contains(key)) {
            continue;
        }
        let ground: Option<GroundRecord> = records.get(GROUND, &id)?;
        let acts: Acts = records.get(ACTS, &id)?.unwrap_or_default();
        let (sentence, lowers) = ground
            .map(|ground| (ground.sentence_nl, ground.lowers_nl))
            .unwrap_or_default();
        let judgements = acts.judgements.into_iter();
        about.push(FlagAbout {
            purpose: flag.purpose,
            pattern: flag.pattern,
            raised: flag.raised,
            expires: flag.expires,
            ended: flag.ended,
            sentence,
            lowers,
            judgements: judgements.map(|one| (one.verdict, one.reason)).collect(),
        });
    }
    Ok(about)
}

/// The flags of a mandate and a pattern.
///
/// # Errors
/// [`StoreError`].
pub fn prior_flags(
    records: &impl ReadRecords,
    mandate: &str,
    pattern: &str,
) -> Result<Vec<FlagRecord>, StoreError> {
    let all: Vec<(String, FlagRecord)> = records.list(FLAG, "")?;
    Ok(all
        .into_iter()
        .map(|(_, flag)| flag)
        .filter(|flag| flag.mandate == mandate && flag.pattern == pattern)
        .collect())
}

/// What the standing flags of a mandate and a pattern rest on.
///
/// # Errors
/// [`StoreError`].
pub fn prior_matches(
    records: &impl ReadRecords,
    mandate: &str,
    pattern: &str,
) -> Result<Vec<Match>, StoreError> {
    let mut matches = Vec::new();
    for flag in prior_flags(records, mandate, pattern)? {
        if flag.ended.is_none()
            && let Some(ground) = records.get::<GroundRecord>(GROUND, &flag.id)?
        {
            matches.push(ground.found);
        }
    }
    Ok(matches)
}

/// A run by its identifier.
///
/// # Errors
/// [`StoreError`].
pub fn run_record(records: &impl ReadRecords, id: &str) -> Result<Option<RunRecord>, StoreError> {
    records.get(RUN, id)
}

/// All runs, oldest first.
///
/// # Errors
/// [`StoreError`].
pub fn runs(records: &impl ReadRecords) -> Result<Vec<RunRecord>, StoreError> {
    let all: Vec<(String, RunRecord)> = records.list(RUN, "")?;
    Ok(all.into_iter().map(|(_, run)| run).collect())
}

/// The newest whole run of a pattern under a mandate.
///
/// # Errors
/// [`StoreError`].
pub fn latest_run(
    records: &impl ReadRecords,
    mandate: &str,
    pattern: &str,
) -> Result<Option<LatestRecord>, StoreError> {
    records.get(LATEST, &format!("{mandate}/{pattern}"))
}

/// The newest whole runs of all patterns under all mandates.
///
/// # Errors
/// [`StoreError`].
pub fn latest_runs(records: &impl ReadRecords) -> Result<Vec<LatestRecord>, StoreError> {
    let all: Vec<(String, LatestRecord)> = records.list(LATEST, "")?;
    Ok(all.into_iter().map(|(_, latest)| latest).collect())
}

/// Keeps the record of a run.
///
/// # Errors
/// [`StoreError`].
pub fn keep_run(change: &mut RecordChange<'_>, run: &RunRecord) -> Result<(), StoreError> {
    change.put(RUN, &run.id, run)
}
