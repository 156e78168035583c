//! Owns the store, the current revision, the policy and the recorder; opens sessions.
//!
//! # Invariants
//! * **readers never wait and never see half**: a new revision is built beside the running one and swapped in whole; a
//!   session keeps the revision that it was opened on.
//! * **no record, no answer**: there is no way to a session but [`Engine::read`], [`Engine::look`] and [`Engine::act`],
//!   and what they give stays closed until its record is durable.
//! * **no record, no deed**: what changes a case is recorded, durably, before it is stored ([`desk`]).
//! * **a case narrows before anything is read**: a read that names one has a view of its scope alone.
//! * **a scan is a read**: of its mandate, recorded as any other, before its flags are stored.

mod deliveries;
pub mod desk;
mod export;
mod flags;
mod of_day;
mod officer;
mod rescan;
mod retention;
mod scans;
mod schedule;
mod trials;

use of_day::OfDay;
pub use officer::{
    Alternatives, CaseAbout, KeptAbout, MistakeAbout, OFFICER_ROLE, RIGHT_OF_ACCESS, Why,
};
pub use retention::{RetentionError, RetentionReport, RetentionRules, RetentionRulesError};

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use moka::sync::Cache;

use crate::audit::{
    AuditError, Decision, Entry, Outcome, ReadRecord, Receipt, Recorder, Shown, traceparent_of,
    without_national_numbers,
};
use crate::authz::{
    AuthorizedView, Clearance, EvaluationError, Policy, Principal, Purpose, PurposeError,
    PurposeRegister, ViewSource,
};
use crate::case::accumulation::HeldAbout;
use crate::case::deconfliction::Interest;
use crate::case::{Book, Case, CaseError};
use crate::handover::CaseSystem;
use crate::model::{CaseId, Day, Delivery, MarkingId, NodeId, TimeSpan};
use crate::query::{ReadLimits, Session, SessionContext};
use crate::store::{Opened, Revision, Store, StoreError};

pub use deliveries::{
    Deliverable, DeliveryError, DeliveryRegister, DeliveryRegisterError, DeliveryState, Incoming,
    Received,
};
pub use desk::{DeskSettings, Outside};
pub use export::{
    ExportError, ExportRequest, Exported, ImportError, Imported, Manifest, PatternEntry, TableEntry,
};
pub use scans::{ScanDone, ScanError, ScanOffice, ScanRequest, Standing};

/// Why a session was not opened.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The purpose is missing, unknown or not the caller's.
    #[error(transparent)]
    Purpose(#[from] PurposeError),
    /// The purpose needs a case and the request names none.
    #[error("the purpose `{0}` needs a case: name an open one of yours with `case`")]
    CaseMissing(String),
    /// The case is missing, or not the caller's.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The policy could not be evaluated: nothing may be seen.
    #[error(transparent)]
    Policy(#[from] EvaluationError),
    /// Only an officer for privacy may ask this.
    #[error("only the role `privacy-officer` may ask this")]
    NotOfficer,
    /// The record of the read could not be written: no answer is given.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
    /// A load is being written, and what was asked for changes something.
    #[error("a delivery is being written; nothing was changed: try again in a moment")]
    Loading,
}

/// Who may see what, in force until it is replaced whole.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The policy.
    pub policy: Policy,
    /// The register of processing activities.
    pub purposes: PurposeRegister,
}

/// What a session is asked for with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Access<'a> {
    /// The purpose named in the request.
    pub purpose: Option<&'a str>,
    /// The case named in the request: the read sees its scope alone.
    pub case: Option<&'a str>,
    /// The day to look at; today if none.
    pub as_of: Option<Day>,
    /// The day whose knowledge is asked for; today's if none. What became known later is then not there.
    pub known_at: Option<Day>,
    /// Which read it is for, in records.
    pub action: &'a str,
    /// The request itself, for the record: national numbers are taken out of it there.
    pub request: Option<&'a serde_json::Value>,
}

/// An answer that may leave once its record is durable.
#[derive(Debug)]
#[must_use = "an answer that is not released is lost"]
pub struct Recorded<T> {
    answer: T,
    /// None where the record is durable already.
    receipt: Option<Receipt>,
}

impl<T> Recorded<T> {
    /// Waits for the record, without holding a thread.
    ///
    /// # Errors
    /// [`AuditError`]: the read could not be recorded, and the answer is gone.
    pub async fn release(self) -> Result<T, AuditError> {
        if let Some(receipt) = self.receipt {
            receipt.durable().await?;
        }
        Ok(self.answer)
    }

    /// Waits for the record.
    ///
    /// # Errors
    /// As [`Self::release`].
    pub fn release_blocking(self) -> Result<T, AuditError> {
        if let Some(receipt) = self.receipt {
            receipt.durable_blocking()?;
        }
        Ok(self.answer)
    }
}

/// Bytes of compiled views that are kept.
const VIEWS_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Clearances that are kept; one is some kilobytes.
const CLEARANCES_MAX: u64 = 1_000;

/// Graphs of one revision that are kept besides the whole one: see [`Current::source_for`].
const SOURCES_MAX: u64 = 4;

/// Graphs of what was known before that are kept: each is as large as the newest, and takes seconds to build.
const PAST_MAX: u64 = 2;

/// How long what changes something waits for a load that is being written.
const LOAD_WAIT_MAX: Duration = Duration::from_secs(2);

/// Principal, purpose, revision, and which rules decided.
type ClearanceKey = (Principal, String, u64, u64);
/// Clearance, span, revision, and scope where it is narrowed.
type ViewKey = ([u8; 32], TimeSpan, u64, Option<[u8; 32]>);

/// The engine: one per open store.
pub struct Engine {
    store: Store,
    /// Data and rules are swapped as one, so that no read meets the one with the other.
    current: ArcSwap<Current>,
    /// What was known after earlier deliveries, by their numbers and the rules.
    past: Cache<(u64, u64), Arc<Current>>,
    clearances: Cache<ClearanceKey, Arc<Clearance>>,
    views: Arc<Cache<ViewKey, Arc<AuthorizedView>>>,
    recorder: Box<dyn Recorder>,
    today: fn() -> Day,
    outside: Outside,
    settings: DeskSettings,
    /// Where cases are handed over to.
    case_system: Option<Arc<CaseSystem>>,
    book: ArcSwap<Book>,
    /// Held by who changes a case, from reading it until it is stored.
    turn: Mutex<()>,
    /// Held by who swaps the current revision or rules.
    swap: Mutex<()>,
    scans: ScanOffice,
    deliveries: deliveries::DeliveryOffice,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Engine")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens the newest revision of a store under some rules. `today` is the clock: the as-of day of reads that name none.
    ///
    /// # Errors
    /// [`StoreError`] if the revision cannot be read.
    pub fn open(
        store: Store,
        rules: Rules,
        recorder: Box<dyn Recorder>,
        today: fn() -> Day,
    ) -> Result<Self, StoreError> {
        let current = Current::new(store.newest()?, Arc::new(rules), 0);
        let book = Book::read(&store.records()?)?;
        Ok(Self {
            outside: Outside::default(),
            settings: DeskSettings::default(),
            case_system: None,
            book: ArcSwap::from_pointee(book),
            turn: Mutex::new(()),
            swap: Mutex::new(()),
            scans: ScanOffice::default(),
            deliveries: deliveries::DeliveryOffice::default(),
            store,
            current: ArcSwap::from_pointee(current),
            past: Cache::new(PAST_MAX),
            clearances: Cache::new(CLEARANCES_MAX),
            views: Arc::new(
                Cache::builder()
                    .max_capacity(VIEWS_BYTES_MAX)
                    .weigher(|_, view: &Arc<AuthorizedView>| {
                        u32::try_from(view.bytes()).unwrap_or(u32::MAX)
                    })
                    .build(),
            ),
            recorder,
            today,
        })
    }

    /// Takes the newest revision of the store for all sessions opened from now on.
    ///
    /// # Errors
    /// [`StoreError`]; the revision that was current stays so.
    pub fn refresh(&self) -> Result<(), StoreError> {
        let _turn = self.swap.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = self.store.newest()?;
        let old = self.current.load_full();
        let new = Current::new(opened, Arc::clone(&old.rules), old.generation);
        let is_asked_for = new.only_adds_to(&old) && self.scans_rest_on(old.deliveries)?;
        self.current.store(Arc::new(new));
        self.forget();
        if is_asked_for {
            self.past.insert((old.deliveries, old.generation), old);
        }
        Ok(())
    }

    /// Takes other rules for all sessions opened from now on; what was opened goes on under the old ones. Recorded, durably,
    /// before it is done.
    ///
    /// # Errors
    /// [`AuditError`]; the rules that were in force stay so.
    pub fn reload(&self, rules: Rules, by: &str) -> Result<(), AuditError> {
        let _turn = self.swap.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.current.load_full();
        let note = format!("policy {} until now", old.rules.policy.digest());
        self.recorded(Decision {
            policy: rules.policy.digest().to_owned(),
            ..self.deed(by, "rules-reloaded", Some(note))
        })?;
        self.current.store(Arc::new(old.under(rules)));
        self.forget();
        Ok(())
    }

    /// What was done that is no read, by an account or by the program, for the log.
    fn deed(&self, by: &str, action: &str, note: Option<String>) -> Decision {
        let current = self.current.load();
        Decision {
            principal: by.to_owned(),
            department: String::new(),
            purpose: None,
            action: action.to_owned(),
            case: None,
            note,
            as_of: (self.today)().to_string(),
            known_at: None,
            policy: current.rules.policy.digest().to_owned(),
            revision: current.source.snapshot.revision(),
            outcome: Outcome::Answered,
            traceparent: None,
            request: None,
        }
    }

    /// Records, durably.
    fn recorded(&self, decision: Decision) -> Result<(), AuditError> {
        self.note(Entry::Decision(Box::new(decision)))
            .durable_blocking()
    }

    /// Lets a load that is being written end, for a moment: what changes something must not wait for one of minutes.
    fn wait_for_load(&self) -> Result<(), AccessError> {
        match self.store.load_is_over(LOAD_WAIT_MAX) {
            true => Ok(()),
            false => Err(AccessError::Loading),
        }
    }

    /// Drops what was compiled for older revisions and rules: it would keep them in memory.
    fn forget(&self) {
        self.past.invalidate_all();
        self.views.invalidate_all();
        self.clearances.invalidate_all();
        self.scans.forget();
    }

    /// The store, for loads.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The purposes that a caller may name.
    pub fn purposes(&self, caller: &Principal) -> Vec<Purpose> {
        let current = self.current.load();
        current.rules.purposes.open_to(caller).cloned().collect()
    }

    /// The deliveries in the store, oldest first. For those who load them, not for readers: which sources deliver what
    /// tells of hidden data.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn deliveries(&self) -> Result<Vec<Delivery>, StoreError> {
        self.store.deliveries()
    }

    /// Records what happened besides a read, such as a login. What it is about may go on once the receipt says so.
    pub fn note(&self, entry: impl Into<Entry>) -> Receipt {
        self.recorder.append(vec![entry.into()])
    }

    /// Lets a caller read: checks the purpose, compiles or finds the view, runs `read` on it, and records what it showed.
    /// The answer stays closed until the record is durable: see [`Recorded`].
    ///
    /// # Errors
    /// [`AccessError`]. That a purpose was refused is recorded too.
    pub fn read<T, E>(
        &self,
        caller: &Principal,
        access: Access<'_>,
        read: impl FnOnce(&Session) -> Result<T, E>,
    ) -> Result<Recorded<Result<T, E>>, AccessError> {
        self.read_with(caller, access, |session, _| read(session))
    }

    /// As [`Self::read`], for reads that need more of the caller's sight than the session has.
    fn read_with<T, E>(
        &self,
        caller: &Principal,
        access: Access<'_>,
        read: impl FnOnce(&Session, Reading<'_>) -> Result<T, E>,
    ) -> Result<Recorded<Result<T, E>>, AccessError> {
        let current = self.known(access.known_at)?;
        let day = access.as_of.unwrap_or_else(self.today);
        let scene = Scene {
            caller,
            access: &access,
            day,
            current: &current,
        };
        let (purpose, case) = match self.let_in(&current.rules, caller, &access) {
            Ok(granted) => granted,
            Err(refused) => return Err(self.refuse(&scene, refused)?),
        };
        let days = (day, access.known_at);
        let session = self.session(caller, purpose, days, &current, case.as_deref())?;
        let clearance = self.clearance(caller, purpose, &current)?;
        let reading = Reading {
            current: &current,
            clearance: &clearance,
            day,
            case: case.as_deref(),
        };
        let answer = read(&session, reading);
        let outcome = if answer.is_ok() {
            Outcome::Answered
        } else {
            Outcome::NotAnswered
        };
        let receipt = self.recorder.record(ReadRecord {
            decision: self.decision(&scene, Some(purpose), outcome),
            shown: session.shown(),
        });
        Ok(Recorded {
            answer,
            receipt: Some(receipt),
        })
    }

    /// What is known, or was on a day. Who asks first for a day waits until its graph is built.
    fn known(&self, at: Option<Day>) -> Result<Arc<Current>, AccessError> {
        let current = self.current.load_full();
        let Some(day) = at else {
            return Ok(current);
        };
        let last = self.store.last_by(day).map_err(Arc::new)?;
        let deliveries = last.map_or(0, |last| u64::from(last) + 1);
        self.known_after(deliveries, &current)
    }

    /// What was known after so many deliveries, under the rules of `current`: what may be seen is not of then.
    fn known_after(
        &self,
        deliveries: u64,
        current: &Arc<Current>,
    ) -> Result<Arc<Current>, AccessError> {
        let generation = current.generation;
        for known in [current, &self.current.load_full()] {
            if (known.deliveries, known.generation) == (deliveries, generation) {
                return Ok(Arc::clone(known));
            }
        }
        let built = self.past.try_get_with((deliveries, generation), || {
            let last = u32::try_from(deliveries).unwrap_or(u32::MAX).checked_sub(1);
            let opened = self.store.after(last)?;
            let rules = Arc::clone(&current.rules);
            Ok::<_, StoreError>(Arc::new(Current::new(opened, rules, generation)))
        });
        Ok(built?)
    }

    /// Checks the purpose of a read, and its case.
    fn let_in<'a>(
        &self,
        rules: &'a Rules,
        caller: &Principal,
        access: &Access<'_>,
    ) -> Result<(&'a Purpose, Option<Arc<Case>>), AccessError> {
        let purpose = rules.purposes.grant(caller, access.purpose)?;
        let case = match access.case {
            None if purpose.needs_case => {
                return Err(AccessError::CaseMissing(purpose.id.clone()));
            }
            None => None,
            // Who oversees a case sees that it is there; only who works on it reads under it.
            Some(id) => {
                let book = self.book.load();
                let case = book.worked_on(id, caller, purpose)?;
                Some(Arc::clone(case))
            }
        };
        Ok((purpose, case))
    }

    /// Records that somebody was not let in, and gives back why. An error is that it could not be recorded.
    fn refuse(&self, scene: &Scene<'_>, refused: AccessError) -> Result<AccessError, AuditError> {
        let purposes = &scene.current.rules.purposes;
        let purpose = purposes.grant(scene.caller, scene.access.purpose).ok();
        let receipt = self.recorder.record(ReadRecord {
            decision: self.decision(scene, purpose, Outcome::Denied),
            shown: Shown::new(),
        });
        receipt.durable_blocking()?;
        Ok(refused)
    }

    fn decision(&self, scene: &Scene<'_>, purpose: Option<&Purpose>, outcome: Outcome) -> Decision {
        let caller = scene.caller;
        // What is no identifier may hold anything, so it is not written down.
        let case = scene.access.case.filter(|id| id.parse::<CaseId>().is_ok());
        Decision {
            principal: caller.id.clone(),
            department: format!("{}/{}", caller.organisation, caller.department),
            purpose: purpose.map(|purpose| purpose.id.clone()),
            action: scene.access.action.to_owned(),
            case: case.map(str::to_owned),
            note: None,
            as_of: scene.day.to_string(),
            known_at: scene.access.known_at.map(|day| day.to_string()),
            policy: scene.current.rules.policy.digest().to_owned(),
            revision: scene.current.source.snapshot.revision(),
            outcome,
            traceparent: traceparent_of(scene.access.request),
            request: scene
                .access
                .request
                .map(|request| without_national_numbers(request, self.store.secret())),
        }
    }

    fn session(
        &self,
        caller: &Principal,
        purpose: &Purpose,
        (day, known_at): (Day, Option<Day>),
        current: &Current,
        case: Option<&Case>,
    ) -> Result<Session, AccessError> {
        let clearance = self.clearance(caller, purpose, current)?;
        let compiler = Compiler {
            views: Arc::clone(&self.views),
            source: current.source_for(&clearance)?,
            clearance,
            day,
            scope: case.map(|case| Scope::new(case, (self.today)(), (self.outside.now)())),
        };
        Ok(Session::new(SessionContext {
            view: compiler.view(TimeSpan::On(day)),
            history: Box::new(move || compiler.view(TimeSpan::Until(day))),
            purpose: purpose.id.clone(),
            known_at,
            pseudonym_context: match case {
                Some(case) => format!("case {}", case.id),
                None => format!("{}/{}", caller.id, purpose.id),
            },
            secret: self.store.secret().clone(),
            limits: ReadLimits::default(),
            asked: case.map_or_else(Default::default, |case| self.asked(case)),
        }))
    }

    /// The revision in use, for tests that plant leaks.
    #[cfg(test)]
    pub(crate) fn source(&self) -> Arc<ViewSource> {
        Arc::clone(&self.current.load().source)
    }

    fn clearance(
        &self,
        caller: &Principal,
        purpose: &Purpose,
        current: &Current,
    ) -> Result<Arc<Clearance>, AccessError> {
        let source = &current.source;
        let key = (
            caller.clone(),
            purpose.id.clone(),
            source.snapshot.revision(),
            current.generation,
        );
        if let Some(clearance) = self.clearances.get(&key) {
            return Ok(clearance);
        }
        let policy = &current.rules.policy;
        let clearance = Arc::new(policy.clearance(caller, purpose, &source.markings)?);
        self.clearances.insert(key, Arc::clone(&clearance));
        Ok(clearance)
    }
}

/// What a session was opened with.
#[derive(Clone, Copy)]
struct Reading<'a> {
    current: &'a Arc<Current>,
    clearance: &'a Clearance,
    day: Day,
    case: Option<&'a Case>,
}

/// Who asks what, for records.
struct Scene<'a> {
    caller: &'a Principal,
    access: &'a Access<'a>,
    day: Day,
    current: &'a Current,
}

/// What a case lets its readers see: some nodes and what lies near them; nothing where it is not in force.
struct Scope {
    nodes: BTreeSet<NodeId>,
    steps: usize,
    /// Masked nodes of which it shows now who they are.
    unmasked: BTreeSet<NodeId>,
}

impl Scope {
    fn new(case: &Case, today: Day, now: jiff::Timestamp) -> Self {
        let in_force = case.is_in_force(today);
        Self {
            nodes: case.nodes.iter().copied().filter(|_| in_force).collect(),
            steps: usize::from(case.steps),
            unmasked: case.unmasked(now).collect(),
        }
    }

    /// Equal for equal scopes, whichever case they are of.
    fn digest(&self, day: Day) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&day.days().to_le_bytes());
        hasher.update(&(self.steps as u64).to_le_bytes());
        for nodes in [&self.nodes, &self.unmasked] {
            // Numbers go before what they count, so that no two scopes give the same bytes.
            hasher.update(&(nodes.len() as u64).to_le_bytes());
            for node in nodes {
                hasher.update(&node.bits().to_le_bytes());
            }
        }
        hasher.finalize().into()
    }
}

/// Makes the views of one session. Equal clearances share them, whoever they were made for.
struct Compiler {
    views: Arc<Cache<ViewKey, Arc<AuthorizedView>>>,
    source: Arc<ViewSource>,
    clearance: Arc<Clearance>,
    day: Day,
    scope: Option<Scope>,
}

impl Compiler {
    /// The view within a time span. How far a scope goes is decided by the as-of day, for earlier days too: what was near
    /// before and is not now is seen by asking about that day.
    fn view(&self, span: TimeSpan) -> Arc<AuthorizedView> {
        let whole = self.whole(span);
        let Some(scope) = &self.scope else {
            return whole;
        };
        let near = self.whole(TimeSpan::On(self.day));
        let key = self.key(span, Some(scope.digest(self.day)));
        self.views.get_with(key, || {
            let mask = near.within(scope.nodes.iter().copied(), scope.steps);
            let narrowed = whole.narrowed(&mask);
            Arc::new(narrowed.with_unmasked(scope.unmasked.iter().copied()))
        })
    }

    fn whole(&self, span: TimeSpan) -> Arc<AuthorizedView> {
        self.views.get_with(self.key(span, None), || {
            Arc::new(AuthorizedView::compile(
                ViewSource::clone(&self.source),
                Arc::clone(&self.clearance),
                span,
            ))
        })
    }

    fn key(&self, span: TimeSpan, scope: Option<[u8; 32]>) -> ViewKey {
        let revision = self.source.snapshot.revision();
        (self.clearance.fingerprint(), span, revision, scope)
    }
}

/// The revision and the rules that sessions are opened on.
struct Current {
    source: Arc<ViewSource>,
    rules: Arc<Rules>,
    /// How often the rules were replaced before these.
    generation: u64,
    revision: Arc<Revision>,
    /// How many deliveries are in it.
    deliveries: u64,
    alias_markings: Vec<MarkingId>,
    /// Graphs without what some aliases join, by the markings of those.
    narrowed: Cache<Vec<MarkingId>, Arc<ViewSource>>,
    /// Open cases that sources delivered, on the day they were last asked for.
    delivered: OfDay<Vec<Interest>>,
    /// Which departments hold signals about what, on the day it was last asked for.
    held: OfDay<HeldAbout>,
}

impl Current {
    fn new(opened: Opened, rules: Arc<Rules>, generation: u64) -> Self {
        let revision = Arc::new(opened.revision);
        Self {
            source: Arc::new(ViewSource {
                snapshot: Arc::new(opened.snapshot),
                archive: revision.clone(),
                schema: Arc::new(opened.schema),
                markings: Arc::new(opened.markings),
            }),
            rules,
            generation,
            revision,
            deliveries: opened.deliveries,
            alias_markings: opened.alias_markings,
            narrowed: Cache::new(SOURCES_MAX),
            delivered: OfDay::empty(),
            held: OfDay::empty(),
        }
    }

    /// The same revision under other rules.
    fn under(&self, rules: Rules) -> Self {
        Self {
            source: Arc::clone(&self.source),
            rules: Arc::new(rules),
            generation: self.generation + 1,
            revision: Arc::clone(&self.revision),
            deliveries: self.deliveries,
            alias_markings: self.alias_markings.clone(),
            narrowed: self.narrowed.clone(),
            delivered: OfDay::empty(),
            held: OfDay::empty(),
        }
    }

    /// Whether this is what another became by deliveries alone: each makes a revision, and so does each purge, after which
    /// nothing older is kept.
    fn only_adds_to(&self, old: &Self) -> bool {
        let revisions = |one: &Self| one.source.snapshot.revision();
        let came = self.deliveries.checked_sub(old.deliveries);
        came.is_some_and(|came| came > 0) && came == revisions(self).checked_sub(revisions(old))
    }

    /// The graph that a clearance is compiled over.
    ///
    /// Two keys are one node because a public source says so. A policy may hide public sources too: for such a caller the
    /// graph is built as if those aliases had not been said, since a view can take nodes away but not take them apart.
    /// The first session after a load waits for it.
    fn source_for(&self, clearance: &Clearance) -> Result<Arc<ViewSource>, Arc<StoreError>> {
        let hidden: Vec<MarkingId> = self
            .alias_markings
            .iter()
            .copied()
            .filter(|&marking| clearance.classes(marking).is_none())
            .collect();
        if hidden.is_empty() {
            return Ok(Arc::clone(&self.source));
        }
        // One builds it, and who comes meanwhile waits: each copy is as large as the graph.
        self.narrowed.try_get_with_by_ref(&hidden, || {
            Ok(Arc::new(ViewSource {
                snapshot: Arc::new(self.revision.without_aliases(&hidden)?),
                ..ViewSource::clone(&self.source)
            }))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::audit::NoRecorder;
    use crate::model::{Level, Validity};
    use crate::query::QueryError;
    use crate::query::law::real::load;
    use crate::query::law::world::{About, Alias, MARKINGS, Saying, World, node_id, secret};

    /// Two keys that a public source of the tax office says are one; the registry's statements are public too.
    fn world() -> World {
        let said = |number| Saying {
            about: About::Node((0, number)),
            marking: 0,
            validity: Validity::ALWAYS,
            properties: BTreeMap::new(),
            delivery: 0,
            file: 0,
            line: 1,
        };
        World {
            sayings: vec![said(1), said(2)],
            aliases: vec![Alias {
                marking: 7,
                label: 0,
                from: 1,
                to: 2,
                validity: Validity::ALWAYS,
            }],
            marking_order: (0..MARKINGS).collect(),
            deliveries_before: 0,
        }
    }

    /// What a caller finds by each of the two keys, under a rule.
    fn found(rule: &str) -> [String; 2] {
        let directory = tempfile::tempdir().unwrap();
        let bytes = *secret().bytes();
        let store = Store::open_or_create(&directory.path().join("store"), || bytes).unwrap();
        load(&store, &world());
        let register = "[[purpose]]\nid = 'p'\ntitle = 'P'\nground = 'g'\ndepartments = ['o/d']\n";
        let rules = Rules {
            policy: Policy::parse("rules.cedar", rule).unwrap(),
            purposes: PurposeRegister::parse(register).unwrap(),
        };
        let today = || Day::from_days(20_000).unwrap();
        let engine = Engine::open(store, rules, Box::new(NoRecorder), today).unwrap();
        let caller = Principal {
            id: "a".to_owned(),
            name: "A".to_owned(),
            organisation: "o".to_owned(),
            department: "d".to_owned(),
            roles: std::collections::BTreeSet::new(),
            clearance: Level::Openbaar,
        };
        let access = Access {
            purpose: Some("p"),
            action: "node",
            ..Access::default()
        };
        let read = engine.read(&caller, access, |session| {
            let [one, two] = [1, 2].map(|number| session.node(&node_id((0, number)).to_string()));
            Ok::<_, QueryError>([one?, two?].map(|answer| answer.body.node.id))
        });
        read.unwrap().release_blocking().unwrap().unwrap()
    }

    #[test]
    fn what_a_hidden_source_joins_stays_apart_though_the_source_is_public() {
        let [one, two] = [1, 2].map(|number| node_id((0, number)).to_string());
        let all = "permit (principal, action, resource) when { resource.level == 0 };";
        assert_eq!(found(all), [two.clone(), two.clone()]);
        let registry =
            "permit (principal, action, resource) when { resource.organisation == \"stad\" };";
        assert_eq!(found(registry), [one, two]);
    }
}
