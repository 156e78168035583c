//! Many patterns, one after the other; each is parallel in itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::found::{Found, Match, run_pattern};
use crate::authz::AuthorizedView;
use crate::model::{Day, NodeId};
use crate::scan::exec::{Budgets, check_complete};
use crate::scan::lang::TimeMode;
use crate::scan::pattern::{ParameterValues, Pattern};

/// A pattern with the parameters it is run with.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The pattern.
    pub pattern: Arc<Pattern>,
    /// All of its parameters.
    pub parameters: ParameterValues,
    /// Where to look again; none: everywhere.
    pub again: Option<Again>,
}

/// Which subjects may give other matches than a run before, on the same day, with the same sight and parameters.
#[derive(Debug, Clone)]
pub struct Again {
    /// Subjects to run the pattern for.
    pub subjects: Vec<NodeId>,
    /// What the run before found of all others.
    pub stands: Vec<Match>,
}

/// How far a scan is, and whether it is to stop. Shared with whoever watches.
#[derive(Debug, Default)]
pub struct Progress {
    /// Patterns to run.
    pub total: AtomicUsize,
    /// Patterns done.
    pub done: AtomicUsize,
    /// Set to stop it.
    pub cancel: AtomicBool,
}

/// What became of one pattern.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The pattern.
    pub planned: Planned,
    /// What it found, or why it found nothing that counts.
    pub found: Result<Found, Why>,
}

/// Why a pattern of a scan gave nothing that counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It rests on absence, and the mandate does not see the labels whole.
    #[error("{0}")]
    NotComplete(String),
    /// A budget was reached.
    #[error("{0}")]
    Incomplete(String),
    /// It was stopped by a person.
    #[error("stopped")]
    Cancelled,
    /// It went wrong.
    #[error("{0}")]
    Failed(String),
}

/// Runs patterns. `view` gives the mandate's view for a pattern's time, or why there is none.
pub fn scan(
    plan: Vec<Planned>,
    as_of: Day,
    budgets: &Budgets,
    progress: &Progress,
    view: &dyn Fn(TimeMode) -> Result<Arc<AuthorizedView>, String>,
) -> Vec<Ran> {
    progress.total.store(plan.len(), Ordering::Relaxed);
    plan.into_iter()
        .map(|planned| {
            let found = one(&planned, as_of, budgets, progress, view);
            progress.done.fetch_add(1, Ordering::Relaxed);
            Ran { planned, found }
        })
        .collect()
}

fn one(
    planned: &Planned,
    as_of: Day,
    budgets: &Budgets,
    progress: &Progress,
    view: &dyn Fn(TimeMode) -> Result<Arc<AuthorizedView>, String>,
) -> Result<Found, Why> {
    if progress.cancel.load(Ordering::Relaxed) {
        return Err(Why::Cancelled);
    }
    let Planned {
        pattern,
        parameters,
        again,
    } = planned;
    let view = view(pattern.front.time).map_err(Why::Failed)?;
    if !pattern.compiled.is_monotone() {
        check_complete(&view, &pattern.front.complete)
            .map_err(|error| Why::NotComplete(error.to_string()))?;
    }
    let mut found = run_pattern(
        &view,
        pattern,
        parameters,
        as_of,
        budgets,
        &progress.cancel,
        again.as_ref().map(|again| again.subjects.as_slice()),
    )
    .map_err(|error| Why::Failed(error.to_string()))?;
    if progress.cancel.load(Ordering::Relaxed) {
        return Err(Why::Cancelled);
    }
    if let Some(again) = again {
        found.matches.extend(again.stands.iter().cloned());
    }
    match found.incomplete {
        Some(reason) => Err(Why::Incomplete(reason)),
        None => Ok(found),
    }
}
