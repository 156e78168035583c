//! Flags: matches of patterns that were kept, who sees them, and what people say of them.
//!
//! # Invariants
//! * **A flag is a question**: it names its pattern, version, parameters, day, mandate and evidence in order, says in one
//!   sentence what was found and what would undo it, expires, and decides nothing.
//! * **Shown is found again**: a reader sees a flag as the pattern finds it *in what both the reader and the mandate may see*,
//!   on the day of the run. Sentence, score, evidence and the day it was raised are made of that; what the mandate saw
//!   beyond it changes nothing, neither what is shown nor whether anything is. Were a flag shown to who sees all of its
//!   evidence and withheld from others, one more hidden signal would make it vanish, and the vanishing would tell.
//! * **A flag rests on what was there at its run**: one whose evidence holds a statement that was loaded later waits for the
//!   next run. It may match by now out of what the reader sees, and that it was a flag before would tell of what was
//!   hidden. Judged by the evidence that the reader sees, so what is hidden has no part in it; what a pattern counted and
//!   did not hand on as evidence is not looked at.
//! * **Absence needs a decision**: a flag of a pattern that rests on what is not there is shown to roles that the mandate
//!   names for it, and never worked out from data.
//! * **A judgement is of what its judge saw**: it is shown to whoever sees all of the evidence that it was made on.
//! * **Names are the reader's**: what is stored holds identifiers and numbers; names and pseudonyms are written per reader.
//!
//! What this module does not do: run scans (`scan::run`), open views (`engine`), or decide about people (people do).
//!
//! # Design notes
//! Showing a flag by finding it again costs a run of the pattern for the flagged subjects, kept per view and scan. The
//! other way, to store who may see a flag, was weighed: it is a copy of the policy that is wrong the day after.

mod act;
mod answer;
mod compare;
mod desk;
mod raise;
mod read;
mod report;
mod stored;
#[cfg(test)]
pub(crate) mod tests;

pub use act::{Act, ActDone, AssigneeRequest, CaseRequest, JudgementRequest, PreparedAct};
pub use answer::{
    DossierWithFlags, FlagAnswer, FlagElement, FlagLine, FlagPage, FlagSection, JudgementLine,
    ParameterLine, PatternAnswer, PatternLine, PatternList, PatternParameter,
};
pub use compare::{CompareError, PatternDifference, SettingDifference, compare_runs};
pub use desk::{FlagDesk, FoundCache, Sight};
pub use raise::{Raised, Settled, forget, settle};
pub use read::FlagRequest;
pub use report::{BiasLine, HitRate, MandateReport, PatternReport};
pub use stored::{
    Acts, Basis, Case, Differences, FlagAbout, FlagRecord, GroundRecord, Judgement, LatestRecord,
    PatternOutcome, RunRecord, RunState, SightMark, Verdict, flags_about, keep_run, latest_run,
    latest_runs, prior_flags, prior_matches, run_record, runs,
};

use crate::query::QueryError;
use crate::scan::run::FoundError;
use crate::store::StoreError;

/// Most flags on a page.
pub const PAGE_MAX: usize = 200;
/// Flags on a page when the caller names no number.
pub const PAGE_DEFAULT: usize = 50;
/// Longest reason of a judgement, in characters.
pub const REASON_MAX: usize = 2_000;
/// Longest name of an assignee or a case.
pub const NAME_MAX: usize = 100;
/// Runs that a flag remembers, the newest: days on which a reader's own view is asked.
pub const SIGHTINGS_MAX: usize = 64;

/// Why there is no answer about flags.
#[derive(Debug, thiserror::Error)]
pub enum FlagError {
    /// Missing or hidden, which is the same.
    #[error("unknown flag `{0}`: it is not there, or not for you and this purpose")]
    UnknownFlag(String),
    /// No such pattern.
    #[error("unknown pattern `{0}`")]
    UnknownPattern(String),
    /// A request that nobody could be answered.
    #[error("{0}")]
    Invalid(String),
    /// Who sees the flag has no role to act on it.
    #[error("your roles may see this flag, and not judge, assign or put it into a case")]
    NotJudge,
    /// A read failed.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A pattern could not be run again.
    #[error(transparent)]
    Found(#[from] FoundError),
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No view could be made.
    #[error("the view could not be made: {0}")]
    View(String),
}
