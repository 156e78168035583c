//! Dry runs: what a scan would do, remembered while the program runs and never stored.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::flag::RunRecord;

/// So many are remembered, the newest.
const TRIALS_MAX: usize = 50;

/// The dry runs that are remembered, oldest first.
#[derive(Debug, Default)]
pub(super) struct Trials(Mutex<VecDeque<RunRecord>>);

impl Trials {
    fn all_of(&self) -> MutexGuard<'_, VecDeque<RunRecord>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers how a dry run stands, in place of what was remembered of it.
    pub(super) fn note(&self, run: &RunRecord) {
        let mut all = self.all_of();
        match all.iter_mut().find(|one| one.id == run.id) {
            Some(known) => known.clone_from(run),
            None => {
                all.push_back(run.clone());
                if all.len() > TRIALS_MAX {
                    all.pop_front();
                }
            }
        }
    }

    /// Changes one, if it is remembered.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut RunRecord)) {
        if let Some(run) = self.all_of().iter_mut().find(|one| one.id == id) {
            change(run);
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<RunRecord> {
        self.all_of().iter().find(|one| one.id == id).cloned()
    }

    pub(super) fn all(&self) -> Vec<RunRecord> {
        self.all_of().iter().cloned().collect()
    }
}
