//! Scans under mandates.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::rescan::sight_mark;
use super::trials::Trials;
use super::{AccessError, Compiler, Engine};
use crate::audit::{Decision, ReadRecord, Shown};
use crate::authz::{AuthorizedView, Clearance, Principal, Purpose, ViewSource};
use crate::flag::{
    CompareError, Differences, FoundCache, PatternDifference, PatternOutcome, RunRecord, RunState,
    Settled, compare_runs, keep_run, latest_runs, prior_matches, run_record, runs, settle,
};
use crate::graph::ReadGraph;
use crate::model::{Day, NodeId, TimeSpan};
use crate::scan::exec::Budgets;
use crate::scan::lang::TimeMode;
use crate::scan::pattern::{Library, ParameterError, ParameterValues, Pattern};
use crate::scan::run::{Again, Mandate, Mandates, Match, Planned, Progress, Ran, scan};
use crate::store::StoreError;

/// Why a scan was not made.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// No such mandate.
    #[error("unknown mandate `{asked}`; there are: {known}")]
    UnknownMandate {
        /// What was asked.
        asked: String,
        /// The names that are there.
        known: String,
    },
    /// No such pattern, or not for this mandate.
    #[error("mandate `{mandate}` does not run `{pattern}`; it runs: {known}")]
    NotMandated {
        /// The mandate.
        mandate: String,
        /// The pattern.
        pattern: String,
        /// The names that it runs.
        known: String,
    },
    /// A parameter was not taken.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Another one is at work.
    #[error("scan `{0}` is at work; wait for it or stop it")]
    Running(String),
    /// The mandate may not read.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What scan is asked for.
#[derive(Debug, Clone, Default)]
pub struct ScanRequest {
    /// The mandate.
    pub mandate: String,
    /// Patterns by name; none: all of the mandate that are in use.
    pub patterns: Vec<String>,
    /// Patterns in place of those of the library: drafts, for a dry run.
    pub drafts: Vec<Arc<Pattern>>,
    /// Parameters in place of the defaults, by pattern.
    pub parameters: BTreeMap<String, ParameterValues>,
    /// The day to look at; today if none.
    pub as_of: Option<Day>,
    /// Whether nothing is kept.
    pub dry_run: bool,
    /// Whether to look everywhere, even where nothing changed since the run before.
    pub whole: bool,
    /// By pattern, the only subjects that can match: another engine looked at all.
    pub named: BTreeMap<String, Vec<NodeId>>,
}

/// How far a scan at work is: patterns done, and in all.
pub type Standing = [usize; 2];

/// What a scan gave.
#[derive(Debug, Clone)]
pub struct ScanDone {
    /// Its record.
    pub run: RunRecord,
    /// What each pattern found that was run whole.
    pub matches: BTreeMap<String, Vec<Match>>,
    /// How that differs from what stood before.
    pub differences: BTreeMap<String, Differences>,
}

/// Patterns and mandates in force, and the scan at work.
#[derive(Debug, Default)]
pub struct ScanOffice {
    pub(super) library: Library,
    pub(super) mandates: Mandates,
    pub(super) finds: FoundCache,
    running: Mutex<Option<(String, Arc<Progress>)>>,
    trials: Trials,
}

impl ScanOffice {
    /// Drops what was found again for older revisions and rules.
    pub(super) fn forget(&self) {
        self.finds.forget();
    }

    fn running(&self) -> MutexGuard<'_, Option<(String, Arc<Progress>)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the place of the scan at work free, however the scan ends.
struct AtWork<'a>(&'a ScanOffice);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        *self.0.running() = None;
    }
}

impl Engine {
    /// Takes patterns and mandates. A scan that was at work when the program ended is marked as failed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn with_scans(mut self, library: Library, mandates: Mandates) -> Result<Self, StoreError> {
        let mut broken = runs(&self.store.records()?)?;
        broken.retain(|run| run.state == RunState::Running);
        if !broken.is_empty() {
            self.store.change_records(|change| {
                for run in &mut broken {
                    run.state = RunState::Failed;
                    keep_run(change, run)?;
                }
                Ok::<(), StoreError>(())
            })?;
        }
        self.scans = ScanOffice {
            trials: Trials::default(),
            library,
            mandates,
            ..ScanOffice::default()
        };
        Ok(self)
    }

    /// The schema of the revision in use: what patterns may name.
    pub fn schema(&self) -> Arc<crate::model::Schema> {
        Arc::clone(&self.current.load().source.schema)
    }

    /// The patterns in force.
    pub fn library(&self) -> &Library {
        &self.scans.library
    }

    /// The mandates in force.
    pub fn mandates(&self) -> &Mandates {
        &self.scans.mandates
    }

    /// Whether the newest run of some pattern read what was known after so many deliveries.
    pub(super) fn scans_rest_on(&self, deliveries: u64) -> Result<bool, StoreError> {
        for latest in latest_runs(&self.store.records()?)? {
            let Some(basis) = latest.basis else { continue };
            if self.store.deliveries_by(basis.revision)? == deliveries {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The principal of a mandate, its purpose, and what it may see.
    pub(super) fn mandated<'c>(
        &self,
        mandate: &Mandate,
        current: &'c super::Current,
    ) -> Result<(Principal, &'c Purpose, Arc<Clearance>), AccessError> {
        let principal = mandate.principal();
        let purposes = &current.rules.purposes;
        let purpose = purposes.grant(&principal, Some(&mandate.purpose))?;
        // A purpose that needs a case is no ground for looking at everything.
        if purpose.needs_case {
            return Err(AccessError::CaseMissing(purpose.id.clone()));
        }
        let clearance = self.clearance(&principal, purpose, current)?;
        Ok((principal, purpose, clearance))
    }

    /// A view that no case narrows.
    pub(super) fn whole_view(
        &self,
        source: Arc<ViewSource>,
        clearance: Arc<Clearance>,
        span: TimeSpan,
    ) -> Arc<AuthorizedView> {
        let compiler = Compiler {
            views: Arc::clone(&self.views),
            source,
            clearance,
            day: span.day(),
            scope: None,
        };
        compiler.view(span)
    }

    pub(super) fn mandate(&self, id: &str) -> Result<&Arc<Mandate>, ScanError> {
        let mandates = &self.scans.mandates;
        mandates.get(id).ok_or_else(|| {
            let known: Vec<&str> = mandates.iter().map(|one| one.id.as_str()).collect();
            ScanError::UnknownMandate {
                asked: id.to_owned(),
                known: known.join(", "),
            }
        })
    }

    pub(super) fn plan(
        &self,
        mandate: &Mandate,
        request: &ScanRequest,
    ) -> Result<Vec<Planned>, ScanError> {
        let library = &self.scans.library;
        let mut patterns: Vec<Arc<Pattern>> = Vec::new();
        for name in &request.patterns {
            let known = library.get(name).filter(|one| mandate.allows(one));
            let draft = request.drafts.iter().find(|draft| draft.id() == name);
            match (draft, known) {
                (Some(_), _) => {}
                (None, Some(pattern)) => patterns.push(Arc::clone(pattern)),
                (None, None) => {
                    let runs = library.iter().filter(|one| mandate.allows(one));
                    let known: Vec<&str> = runs.map(|one| one.id()).collect();
                    return Err(ScanError::NotMandated {
                        mandate: mandate.id.clone(),
                        pattern: name.clone(),
                        known: known.join(", "),
                    });
                }
            }
        }
        if request.patterns.is_empty() && request.drafts.is_empty() {
            let in_use = library.iter().filter(|one| mandate.runs_unasked(one));
            patterns.extend(in_use.cloned());
        }
        // A draft is run for the mandate's purpose or not at all, and never kept.
        let drafts = request.drafts.iter().filter(|draft| mandate.allows(draft));
        patterns.extend(drafts.cloned());
        patterns
            .into_iter()
            .map(|pattern| {
                let none = ParameterValues::new();
                let asked = request.parameters.get(pattern.id()).unwrap_or(&none);
                Ok(Planned {
                    parameters: pattern.parameters(asked)?,
                    pattern,
                    again: None,
                })
            })
            .collect()
    }

    /// Scans, and settles the flags, unless it is a dry run. Blocks until it is done.
    ///
    /// # Errors
    /// [`ScanError`]. What went wrong with one pattern stands in the record of the run.
    pub fn scan(
        &self,
        request: &ScanRequest,
        by: &str,
        progress: &Arc<Progress>,
    ) -> Result<ScanDone, ScanError> {
        let id = self.claim(progress)?;
        self.scan_claimed(request, by, &id, progress)
    }

    /// Starts a scan in a thread of its own, and gives its identifier. What is wrong with the request is told at once.
    ///
    /// # Errors
    /// [`ScanError`].
    pub fn start_scan(
        self: &Arc<Self>,
        request: ScanRequest,
        by: &str,
    ) -> Result<String, ScanError> {
        self.plan(self.mandate(&request.mandate)?, &request)?;
        let progress = Arc::new(Progress::default());
        let id = self.claim(&progress)?;
        let (engine, by, name) = (Arc::clone(self), by.to_owned(), id.clone());
        std::thread::spawn(move || {
            if let Err(error) = engine.scan_claimed(&request, &by, &name, &progress) {
                tracing::error!(%error, "a scan failed");
                engine.scans.trials.change(&name, |run| {
                    run.state = RunState::Failed;
                    run.finished_at = Some(now());
                });
            }
        });
        Ok(id)
    }

    /// Takes the one place for scans, and gives the name of the run.
    fn claim(&self, progress: &Arc<Progress>) -> Result<String, ScanError> {
        let mut running = self.scans.running();
        if let Some((other, _)) = &*running {
            return Err(ScanError::Running(other.clone()));
        }
        let id = run_name();
        *running = Some((id.clone(), Arc::clone(progress)));
        Ok(id)
    }

    fn scan_claimed(
        &self,
        request: &ScanRequest,
        by: &str,
        id: &str,
        progress: &Progress,
    ) -> Result<ScanDone, ScanError> {
        let _at_work = AtWork(&self.scans);
        let mandate = self.mandate(&request.mandate)?;
        let mut plan = self.plan(mandate, request)?;
        let dry_run = request.dry_run || !request.drafts.is_empty();
        let as_of = request.as_of.unwrap_or_else(self.today);
        let current = self.current.load_full();
        let (principal, purpose, clearance) = self.mandated(mandate, &current)?;
        let source = current.source_for(&clearance).map_err(AccessError::from)?;
        let mut run = RunRecord {
            id: id.to_owned(),
            mandate: mandate.id.clone(),
            purpose: mandate.purpose.clone(),
            by: by.to_owned(),
            as_of,
            revision: source.snapshot.revision(),
            policy: current.rules.policy.digest().to_owned(),
            started_at: now(),
            finished_at: None,
            state: RunState::Running,
            dry_run,
            patterns: Vec::new(),
        };
        if dry_run {
            self.scans.trials.note(&run);
        } else {
            self.store.change_records(|change| keep_run(change, &run))?;
        }
        let view = |time: TimeMode| {
            let (source, clearance) = (Arc::clone(&source), Arc::clone(&clearance));
            Ok(self.whole_view(source, clearance, time.span(as_of)))
        };
        for planned in &mut plan {
            let named = request.named.get(planned.pattern.id());
            planned.again = named.map(|subjects| Again {
                subjects: subjects.clone(),
                stands: Vec::new(),
            });
        }
        if !request.whole {
            self.look_again(mandate, as_of, &clearance, &mut plan, (run.revision, &view))?;
        }
        let ran = scan(plan, as_of, &Budgets::SCAN, progress, &view);
        let until = TimeSpan::Until(as_of);
        let everything = self.whole_view(Arc::clone(&source), Arc::clone(&clearance), until);
        self.mandate_read(
            (&principal, purpose),
            Decision {
                as_of: as_of.to_string(),
                policy: run.policy.clone(),
                revision: run.revision,
                ..self.deed(&principal.id, &format!("scan by {by}"), None)
            },
            shown(&everything, &ran),
        )?;
        self.settle_all(
            run_of(&mut run, &ran),
            mandate,
            (&everything, &clearance),
            ran,
        )
    }

    /// Records, durably, what was read under a mandate.
    pub(super) fn mandate_read(
        &self,
        (principal, purpose): (&Principal, &Purpose),
        deed: Decision,
        shown: Shown,
    ) -> Result<(), AccessError> {
        let receipt = self.recorder.record(ReadRecord {
            decision: Decision {
                department: format!("{}/{}", principal.organisation, principal.department),
                purpose: Some(purpose.id.clone()),
                ..deed
            },
            shown,
        });
        Ok(receipt.durable_blocking()?)
    }

    /// Settles the flags of all patterns that were run whole, and keeps the record, in one transaction.
    fn settle_all(
        &self,
        mut run: RunRecord,
        mandate: &Mandate,
        (view, clearance): (&AuthorizedView, &Clearance),
        ran: Vec<Ran>,
    ) -> Result<ScanDone, ScanError> {
        let mut matches = BTreeMap::new();
        let mut differences = BTreeMap::new();
        let records = self.store.records()?;
        for one in &ran {
            if let Ok(found) = &one.found {
                let pattern = one.planned.pattern.id();
                let before = prior_matches(&records, &mandate.id, pattern)?;
                differences.insert(
                    pattern.to_owned(),
                    Differences::between(&before, &found.matches),
                );
                matches.insert(pattern.to_owned(), found.matches.clone());
            }
        }
        drop(records);
        let keys = |id| {
            view.find(id)
                .map_or_else(Vec::new, |node| view.keys_of(node))
        };
        run.finished_at = Some(now());
        let sight = sight_mark(clearance);
        if run.dry_run {
            for outcome in &mut run.patterns {
                if let Some(would) = differences.get(&outcome.pattern) {
                    outcome.raised = would.added.len();
                    outcome.kept = would.same;
                    outcome.ended = would.removed.len();
                }
            }
            self.scans.trials.note(&run);
        } else {
            self.store.change_records(|change| {
                for (one, outcome) in ran.iter().zip(&mut run.patterns) {
                    let Ok(found) = &one.found else { continue };
                    let settled = Settled {
                        run: &run.id,
                        as_of: run.as_of,
                        revision: run.revision,
                        mandate,
                        sight: &sight,
                        keys: &keys,
                    };
                    let secret = self.store.secret();
                    let raised = settle(change, secret, settled, &one.planned, &found.matches)?;
                    outcome.raised = raised.raised;
                    outcome.again = raised.again;
                    outcome.kept = raised.kept;
                    outcome.ended = raised.ended;
                }
                keep_run(change, &run)
            })?;
            // What the runs before rested on is not asked for any more.
            self.past.invalidate_all();
        }
        Ok(ScanDone {
            run,
            matches,
            differences,
        })
    }

    /// A run by its identifier, with how far it is if it is at work.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn scan_run(&self, id: &str) -> Result<Option<(RunRecord, Option<Standing>)>, StoreError> {
        let record = match self.scans.trials.get(id) {
            Some(trial) => Some(trial),
            None => run_record(&self.store.records()?, id)?,
        };
        let running = self.scans.running();
        let progress = running
            .as_ref()
            .filter(|(name, _)| name == id)
            .map(|(_, progress)| {
                [&progress.done, &progress.total].map(|count| count.load(Ordering::Relaxed))
            });
        Ok(record.map(|record| (record, progress)))
    }

    /// All runs that were kept, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn scan_runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        runs(&self.store.records()?)
    }

    /// The dry runs since the program began, oldest first: the last fifty.
    pub fn dry_runs(&self) -> Vec<RunRecord> {
        self.scans.trials.all()
    }

    /// How two runs of a mandate differ in what they found.
    ///
    /// # Errors
    /// [`StoreError`]; the inner error says why they cannot be compared.
    pub fn compare_scans(
        &self,
        one: &str,
        other: &str,
    ) -> Result<Result<Vec<PatternDifference>, CompareError>, StoreError> {
        let records = self.store.records()?;
        let unknown = |id: &str| Ok(Err(CompareError::Unknown(id.to_owned())));
        match (run_record(&records, one)?, run_record(&records, other)?) {
            (Some(one), Some(other)) => compare_runs(&records, &one, &other),
            (None, _) => unknown(one),
            (_, None) => unknown(other),
        }
    }

    /// Stops a scan; tells whether it was at work.
    pub fn stop_scan(&self, id: &str) -> bool {
        match &*self.scans.running() {
            Some((name, progress)) if name == id => {
                progress.cancel.store(true, Ordering::Relaxed);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Revision that new sessions read, for schedules.
    pub(super) fn newest_revision(&self) -> u64 {
        self.current.load().source.snapshot.revision()
    }
}

/// Fills in how each pattern ended, and the run with them.
fn run_of(run: &mut RunRecord, ran: &[Ran]) -> RunRecord {
    use crate::scan::run::Why;
    run.state = RunState::Done;
    for one in ran {
        let Planned {
            pattern,
            parameters,
            again,
        } = &one.planned;
        let (matches, edges, incomplete) = match &one.found {
            Ok(found) => {
                let edges = again.is_none().then_some(found.work.edges);
                (found.matches.len(), edges, None)
            }
            Err(why) => (0, None, Some(why.to_string())),
        };
        match &one.found {
            Err(Why::Cancelled) => run.state = RunState::Cancelled,
            Err(Why::NotComplete(_) | Why::Incomplete(_) | Why::Failed(_))
                if run.state == RunState::Done =>
            {
                run.state = RunState::Incomplete;
            }
            Ok(_) | Err(_) => {}
        }
        run.patterns.push(PatternOutcome {
            pattern: pattern.id().to_owned(),
            version: pattern.front.version,
            hash: pattern.hash.clone(),
            parameters: parameters.clone(),
            incomplete,
            matches,
            raised: 0,
            again: 0,
            kept: 0,
            ended: 0,
            edges,
        });
    }
    run.clone()
}

/// The nodes that matches rest on, by label, for the record of the scan.
fn shown(view: &AuthorizedView, ran: &[Ran]) -> Shown {
    use crate::scan::run::Element;
    let mut shown = Shown::new();
    let found = ran.iter().filter_map(|one| one.found.as_ref().ok());
    for element in found
        .flat_map(|found| &found.matches)
        .flat_map(|one| &one.evidence)
    {
        let Element::Node { id } = element else {
            continue;
        };
        note(&mut shown, view, *id);
    }
    shown
}

/// Notes a node, by its label.
pub(super) fn note(shown: &mut Shown, view: &AuthorizedView, id: NodeId) {
    let label = view
        .find(id)
        .and_then(|node| view.schema().node(view.label(node)));
    if let Some(label) = label {
        let nodes = shown.entry(label.label.clone()).or_default();
        nodes.insert(id.to_string());
    }
}

/// A name by the clock.
pub(super) fn run_name() -> String {
    let now = jiff::Timestamp::now();
    now.strftime("%Y%m%dt%H%M%S%6f").to_string()
}

pub(super) fn now() -> String {
    let now = jiff::Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now).to_string()
}
