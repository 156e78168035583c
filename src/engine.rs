//! Owns the store, the current revision, the policy and the recorder; opens sessions.
//!
//! # Invariants
//! * **readers never wait and never see half**: a new revision is built beside the running one and swapped in whole; a
//!   session keeps the revision that it was opened on.
//! * **no record, no answer**: there is no way to a session but [`Engine::read`], and what it gives stays closed until its
//!   record is durable.

use std::sync::Arc;

use arc_swap::ArcSwap;
use moka::sync::Cache;

use crate::audit::{AuditError, Decision, Entry, Outcome, ReadRecord, Receipt, Recorder, Shown};
use crate::authz::{
    AuthorizedView, Clearance, EvaluationError, Policy, Principal, Purpose, PurposeError,
    PurposeRegister, ViewSource,
};
use crate::model::{Day, Delivery, MarkingId, TimeSpan};
use crate::query::{ReadLimits, Session, SessionContext};
use crate::store::{Revision, Store, StoreError};

/// Why a session was not opened.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The purpose is missing, unknown or not the caller's.
    #[error(transparent)]
    Purpose(#[from] PurposeError),
    /// The policy could not be evaluated: nothing may be seen.
    #[error(transparent)]
    Policy(#[from] EvaluationError),
    /// The record of the read could not be written: no answer is given.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
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
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// The purpose named in the request.
    pub purpose: Option<&'a str>,
    /// The day to look at; today if none.
    pub as_of: Option<Day>,
    /// Which read it is for, in records.
    pub action: &'a str,
}

/// An answer that may leave once its record is durable.
#[derive(Debug)]
#[must_use = "an answer that is not released is lost"]
pub struct Recorded<T> {
    answer: T,
    receipt: Receipt,
}

impl<T> Recorded<T> {
    /// Waits for the record, without holding a thread.
    ///
    /// # Errors
    /// [`AuditError`]: the read could not be recorded, and the answer is gone.
    pub async fn release(self) -> Result<T, AuditError> {
        self.receipt.durable().await?;
        Ok(self.answer)
    }

    /// Waits for the record.
    ///
    /// # Errors
    /// As [`Self::release`].
    pub fn release_blocking(self) -> Result<T, AuditError> {
        self.receipt.durable_blocking()?;
        Ok(self.answer)
    }
}

/// Bytes of compiled views that are kept.
const VIEWS_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Clearances that are kept; one is some kilobytes.
const CLEARANCES_MAX: u64 = 1_000;

/// Graphs of one revision that are kept besides the whole one: see [`Current::source_for`].
const SOURCES_MAX: u64 = 4;

type ClearanceKey = (Principal, String, u64);
type ViewKey = ([u8; 32], TimeSpan, u64);

/// The engine: one per open store.
pub struct Engine {
    store: Store,
    rules: Rules,
    current: ArcSwap<Current>,
    clearances: Cache<ClearanceKey, Arc<Clearance>>,
    views: Arc<Cache<ViewKey, Arc<AuthorizedView>>>,
    recorder: Box<dyn Recorder>,
    today: fn() -> Day,
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
        let current = newest(&store)?;
        Ok(Self {
            store,
            rules,
            current: ArcSwap::from_pointee(current),
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
        self.current.store(Arc::new(newest(&self.store)?));
        // What was compiled for older revisions would keep them in memory.
        self.views.invalidate_all();
        self.clearances.invalidate_all();
        Ok(())
    }

    /// The store, for loads.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The purposes that a caller may name.
    pub fn purposes<'a>(&'a self, caller: &'a Principal) -> impl Iterator<Item = &'a Purpose> {
        self.rules.purposes.open_to(caller)
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
        let current = self.current.load_full();
        let day = access.as_of.unwrap_or_else(self.today);
        let decision = |purpose: Option<&Purpose>, outcome| Decision {
            principal: caller.id.clone(),
            department: format!("{}/{}", caller.organisation, caller.department),
            purpose: purpose.map(|purpose| purpose.id.clone()),
            action: access.action.to_owned(),
            as_of: day.to_string(),
            policy: self.rules.policy.digest().to_owned(),
            revision: current.source.snapshot.revision(),
            outcome,
        };
        let purpose = match self.rules.purposes.grant(caller, access.purpose) {
            Ok(purpose) => purpose,
            Err(refused) => {
                let receipt = self.recorder.record(ReadRecord {
                    decision: decision(None, Outcome::Denied),
                    shown: Shown::new(),
                });
                receipt.durable_blocking()?;
                return Err(refused.into());
            }
        };
        let session = self.session(caller, purpose, day, &current)?;
        let answer = read(&session);
        let outcome = if answer.is_ok() {
            Outcome::Answered
        } else {
            Outcome::NotAnswered
        };
        let receipt = self.recorder.record(ReadRecord {
            decision: decision(Some(purpose), outcome),
            shown: session.shown(),
        });
        Ok(Recorded { answer, receipt })
    }

    fn session(
        &self,
        caller: &Principal,
        purpose: &Purpose,
        day: Day,
        current: &Current,
    ) -> Result<Session, AccessError> {
        let clearance = self.clearance(caller, purpose, &current.source)?;
        let source = current.source_for(&clearance)?;
        let view = compile(&self.views, &source, &clearance, TimeSpan::On(day));
        let views = Arc::clone(&self.views);
        Ok(Session::new(SessionContext {
            view,
            history: Box::new(move || compile(&views, &source, &clearance, TimeSpan::Until(day))),
            purpose: purpose.id.clone(),
            pseudonym_context: format!("{}/{}", caller.id, purpose.id),
            secret: self.store.secret().clone(),
            limits: ReadLimits::default(),
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
        source: &ViewSource,
    ) -> Result<Arc<Clearance>, AccessError> {
        let key = (
            caller.clone(),
            purpose.id.clone(),
            source.snapshot.revision(),
        );
        if let Some(clearance) = self.clearances.get(&key) {
            return Ok(clearance);
        }
        let policy = &self.rules.policy;
        let clearance = Arc::new(policy.clearance(caller, purpose, &source.markings)?);
        self.clearances.insert(key, Arc::clone(&clearance));
        Ok(clearance)
    }
}

/// Equal clearances share a view, whoever they were made for.
fn compile(
    views: &Cache<ViewKey, Arc<AuthorizedView>>,
    source: &Arc<ViewSource>,
    clearance: &Arc<Clearance>,
    span: TimeSpan,
) -> Arc<AuthorizedView> {
    let key = (clearance.fingerprint(), span, source.snapshot.revision());
    views.get_with(key, || {
        Arc::new(AuthorizedView::compile(
            ViewSource::clone(source),
            Arc::clone(clearance),
            span,
        ))
    })
}

/// The revision that sessions are opened on.
struct Current {
    source: Arc<ViewSource>,
    revision: Arc<Revision>,
    alias_markings: Vec<MarkingId>,
    /// Graphs without what some aliases join, by the markings of those.
    narrowed: Cache<Vec<MarkingId>, Arc<ViewSource>>,
}

impl Current {
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

fn newest(store: &Store) -> Result<Current, StoreError> {
    let opened = store.newest()?;
    let revision = Arc::new(opened.revision);
    Ok(Current {
        source: Arc::new(ViewSource {
            snapshot: Arc::new(opened.snapshot),
            archive: revision.clone(),
            schema: Arc::new(opened.schema),
            markings: Arc::new(opened.markings),
        }),
        revision,
        alias_markings: opened.alias_markings,
        narrowed: Cache::new(SOURCES_MAX),
    })
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
            as_of: None,
            action: "node",
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
