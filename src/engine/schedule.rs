//! Scans without a hand: after each new revision, or every so many hours, as each mandate says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Engine, ScanError, ScanRequest};
use crate::flag::{RunRecord, RunState};
use crate::scan::run::{Mandate, Progress};

/// Time between two looks whether a scan is due.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Time between two looks whether to stop.
const STEP: Duration = Duration::from_millis(500);

/// Whether a mandate's scan is due. `newest` is its newest run that kept flags.
pub(super) fn is_due(
    mandate: &Mandate,
    newest: Option<&RunRecord>,
    revision: u64,
    now: jiff::Timestamp,
) -> bool {
    let Some(newest) = newest else {
        return mandate.after_load || mandate.every_hours.is_some();
    };
    if mandate.after_load && newest.revision != revision {
        return true;
    }
    let begun: Option<jiff::Timestamp> = newest.started_at.parse().ok();
    match (mandate.every_hours, begun) {
        (Some(hours), Some(begun)) => {
            now.as_second() - begun.as_second() >= i64::from(hours) * 3600
        }
        // A time that cannot be read is no reason to scan without end.
        (Some(_), None) | (None, _) => false,
    }
}

impl Engine {
    /// Runs what is due, one mandate after the other, until `stop` is set. For a thread of its own.
    pub fn keep_schedule(self: &Arc<Self>, stop: &AtomicBool) {
        let mut waited = LOOK_EVERY;
        while !stop.load(Ordering::Relaxed) {
            if waited < LOOK_EVERY {
                std::thread::sleep(STEP);
                waited += STEP;
                continue;
            }
            waited = Duration::ZERO;
            if let Err(error) = self.run_due() {
                tracing::error!(%error, "a scheduled scan was not made");
            }
        }
    }

    /// Runs what is due now.
    ///
    /// # Errors
    /// [`ScanError`]; that another scan is at work is none: the next look finds it due still.
    pub fn run_due(self: &Arc<Self>) -> Result<(), ScanError> {
        let runs = self.scan_runs()?;
        let mandates: Vec<Arc<Mandate>> = self.mandates().iter().cloned().collect();
        for mandate in mandates {
            let of_mandate = runs.iter().rev().filter(|run| run.mandate == mandate.id);
            let newest = of_mandate.clone().find(|run| {
                !run.dry_run && matches!(run.state, RunState::Done | RunState::Incomplete)
            });
            if !is_due(
                &mandate,
                newest,
                self.newest_revision(),
                jiff::Timestamp::now(),
            ) {
                continue;
            }
            let request = ScanRequest {
                mandate: mandate.id.clone(),
                ..ScanRequest::default()
            };
            match self.scan(&request, "schedule", &Arc::new(Progress::default())) {
                Ok(done) => tracing::info!(mandate = mandate.id, run = done.run.id, "scanned"),
                Err(ScanError::Running(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Day, Level};

    fn mandate(after_load: bool, every_hours: Option<u32>) -> Mandate {
        Mandate {
            id: "m".to_owned(),
            title: "M".to_owned(),
            purpose: "p".to_owned(),
            organisation: "o".to_owned(),
            department: "d".to_owned(),
            roles: vec![],
            clearance: Level::Openbaar,
            patterns: vec!["*".to_owned()],
            readers: vec![],
            judges: vec![],
            whole_readers: vec![],
            after_load,
            every_hours,
        }
    }

    fn run(revision: u64, started_at: &str) -> RunRecord {
        RunRecord {
            id: "r".to_owned(),
            mandate: "m".to_owned(),
            purpose: "p".to_owned(),
            by: "b".to_owned(),
            as_of: Day::MIN,
            revision,
            policy: String::new(),
            started_at: started_at.to_owned(),
            finished_at: None,
            state: RunState::Done,
            dry_run: false,
            patterns: vec![],
        }
    }

    #[test]
    fn a_scan_is_due_after_a_load_and_after_its_hours_and_never_without_either() {
        let now: jiff::Timestamp = "2026-11-02T12:00:00Z".parse().unwrap();
        let due = |mandate: &Mandate, newest: Option<&RunRecord>| is_due(mandate, newest, 7, now);
        let (old, fresh) = (
            run(6, "2026-11-01T12:00:00Z"),
            run(7, "2026-11-02T11:00:00Z"),
        );
        let by_hand = mandate(false, None);
        assert!(
            [None, Some(&old), Some(&fresh)]
                .iter()
                .all(|newest| !due(&by_hand, *newest))
        );
        let after_load = mandate(true, None);
        assert!(due(&after_load, None) && due(&after_load, Some(&old)));
        assert!(!due(&after_load, Some(&fresh)));
        let daily = mandate(false, Some(24));
        assert!(due(&daily, None) && due(&daily, Some(&old)));
        assert!(!due(&daily, Some(&fresh)));
    }
}
