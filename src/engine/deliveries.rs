//! Deliveries into a running server.
//!
//! # Invariants
//! * **only registered sources, only by who may**: rules and markings are those of the server's own source files. Who sends
//!   files cannot say who may see them.
//! * **no record, no deed**: that someone delivers is recorded, durably, before the first byte is taken; that someone asks
//!   how a delivery stands, before the answer leaves.
//! * **in order of arrival, one at a time**: a delta after a delta.
//! * **an answer tells of what was sent alone**: not which edges wait for a node, nor how much the store holds. Both would
//!   tell of what others delivered.
//! * **acknowledged is loaded**: the state is `loaded` once the revision is durable and shows. A server that stops before
//!   forgets the files and says so: a ticket beside them outlives it.

mod incoming;
mod record;
mod register;

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::incoming::{FILES_MAX, Kept, NAME_BYTES_MAX, make_private};
use super::{AccessError, Engine};
use crate::audit::{Decision, Outcome};
use crate::authz::Principal;
use crate::ingest::{IngestError, LoadError, Progress, SourceFile, check_rules, load, with_causes};
use crate::model::{CaseId, DeliveryKind};
use crate::store::StoreError;

pub use incoming::Incoming;
pub use record::{DeliveryState, Received};
pub use register::{Deliverable, DeliveryRegister, DeliveryRegisterError};

/// Deliveries that wait at once. Each holds its files on the disk.
const WAITING_MAX: usize = 100;

/// Why a delivery was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// No such source, or not for this caller: the same.
    #[error("there is no source `{asked}` that you deliver; you deliver: {known}")]
    UnknownSource {
        /// What was asked.
        asked: String,
        /// The sources of the caller.
        known: String,
    },
    /// No such delivery, or not for this caller: the same.
    #[error("there is no delivery `{0}`")]
    Unknown(String),
    /// A name that no file may have here.
    #[error(
        "`{0}` is no name that a file may have here: at most {NAME_BYTES_MAX} bytes, no path, not beginning with a dot, each once"
    )]
    Name(String),
    /// No file in it.
    #[error("the delivery has no files")]
    Empty,
    /// Too many files.
    #[error("a delivery has at most {FILES_MAX} files")]
    TooManyFiles,
    /// Too many bytes.
    #[error("the delivery is larger than the {0} bytes it may be")]
    TooLarge(u64),
    /// Too many wait.
    #[error("{WAITING_MAX} deliveries wait already: try again later")]
    TooManyWaiting,
    /// Only what is loaded can be taken back.
    #[error("the delivery `{0}` changed nothing, or does not stand: there is nothing to take back")]
    NotLoaded(String),
    /// The files could not be kept.
    #[error("the files could not be kept: {0}")]
    Disk(#[from] io::Error),
    /// A source file cannot be used.
    #[error(transparent)]
    Rules(IngestError),
    /// Not recorded, or the store could not be read or written.
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl From<StoreError> for DeliveryError {
    fn from(error: StoreError) -> Self {
        Self::Access(Arc::new(error).into())
    }
}

/// Which sources are delivered, what waits, and what is at work.
#[derive(Debug, Default)]
pub(super) struct DeliveryOffice {
    register: DeliveryRegister,
    line: Mutex<Line>,
}

#[derive(Debug, Default)]
struct Line {
    waiting: VecDeque<Job>,
    /// The delivery at work, and how far it is.
    working: Option<(Received, Option<Progress>)>,
    has_worker: bool,
}

impl Line {
    /// What is to be done or at work. It stands here and not in the store, which a load of minutes may hold.
    fn at_work(&self) -> Vec<(Received, Option<Progress>)> {
        let waiting = self.waiting.iter().map(|job| (job.received.clone(), None));
        self.working.iter().cloned().chain(waiting).collect()
    }
}

#[derive(Debug)]
struct Job {
    received: Received,
    what: Work,
}

#[derive(Debug)]
enum Work {
    Load(Box<SourceFile>, Kept),
    Withdraw,
}

impl DeliveryOffice {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Takes which sources are delivered into it. What was at work when the program ended is marked, and its files are
    /// removed.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub fn with_deliveries(mut self, register: DeliveryRegister) -> Result<Self, DeliveryError> {
        if !register.is_empty() {
            let directory = register.directory();
            if directory.exists() {
                for ticket in tickets(directory)? {
                    self.keep(&ticket.broken_off())?;
                }
                fs::remove_dir_all(directory)?;
            }
            make_private(directory)?;
        }
        for source in register.sources() {
            let base = self.current.load().source.schema.as_ref().clone();
            check_rules(source, base).map_err(DeliveryError::Rules)?;
        }
        self.deliveries = DeliveryOffice {
            register,
            ..DeliveryOffice::default()
        };
        Ok(self)
    }

    /// The sources that a caller may deliver.
    pub fn deliverable(&self, caller: &Principal) -> Vec<Deliverable> {
        self.deliveries.register.deliverable(caller)
    }

    /// Lets a caller send a delivery, once that is recorded.
    ///
    /// * `kind`: in place of the one in the source file.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub fn receive(
        &self,
        caller: &Principal,
        source: &str,
        kind: Option<DeliveryKind>,
    ) -> Result<Incoming, DeliveryError> {
        let source = self.may_deliver(caller, source)?.clone();
        let source = match kind {
            Some(kind) => source.with_kind(kind),
            None => source,
        };
        let received = Received {
            id: CaseId::from_bits((self.outside.draw)(&caller.id)).to_string(),
            source: source.name().to_owned(),
            title: source.title().to_owned(),
            kind: source.kind(),
            by: caller.id.clone(),
            received_at: self.time(),
            finished_at: None,
            state: DeliveryState::Waiting,
            message: None,
            report: None,
        };
        self.note_delivery(caller, "delivery", &received)?;
        let directory = self.deliveries.register.directory().join(&received.id);
        make_private(&directory)?;
        Ok(Incoming {
            received,
            source,
            kept: Kept(directory),
            files: Vec::new(),
            bytes: 0,
            bytes_max: self.deliveries.register.bytes_max(),
        })
    }

    /// Puts a delivery that is whole into the line.
    ///
    /// # Errors
    /// [`DeliveryError`]; nothing of it is then kept.
    pub fn accept(self: &Arc<Self>, incoming: Incoming) -> Result<Received, DeliveryError> {
        if incoming.files.is_empty() {
            return Err(DeliveryError::Empty);
        }
        let mut received = incoming.received;
        // To the microsecond: it is the order of arrival too.
        received.received_at = (self.outside.now)()
            .strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
            .to_string();
        let source = Box::new(incoming.source.for_received(incoming.files));
        self.enqueue(received, Work::Load(source, incoming.kept))
    }

    /// Takes back a delivery that was received here.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub fn withdraw_received(
        self: &Arc<Self>,
        caller: &Principal,
        id: &str,
    ) -> Result<Received, DeliveryError> {
        let (mut received, _) = self.find_received(caller, id)?;
        if received.state != DeliveryState::Loaded || received.changed_nothing() {
            return Err(DeliveryError::NotLoaded(id.to_owned()));
        }
        self.note_delivery(caller, "delivery-withdrawal", &received)?;
        received.state = DeliveryState::Withdrawing;
        received.message = None;
        self.enqueue(received, Work::Withdraw)
    }

    /// What was received of the sources of a caller, the newest first.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub fn received(&self, caller: &Principal) -> Result<Vec<Received>, DeliveryError> {
        self.recorded(self.delivery_deed(caller, "deliveries", None))
            .map_err(AccessError::from)?;
        // First the line, then the store: what left the line meanwhile is stored.
        let line = self.deliveries.line().at_work();
        let mut all: Vec<Received> = line.into_iter().map(|(one, _)| one).collect();
        for stored in Received::all(&self.store.records()?)? {
            if all.iter().all(|one| one.id != stored.id) {
                all.push(stored);
            }
        }
        all.retain(|one| self.is_theirs(caller, one));
        Received::newest_first(&mut all);
        Ok(all)
    }

    /// One delivery of a source of a caller, with how far it is if it is being loaded.
    ///
    /// # Errors
    /// [`DeliveryError::Unknown`], [`DeliveryError::Access`].
    pub fn received_one(
        &self,
        caller: &Principal,
        id: &str,
    ) -> Result<(Received, Option<Progress>), DeliveryError> {
        let (received, progress) = self.find_received(caller, id)?;
        self.note_delivery(caller, "delivery-read", &received)?;
        Ok((received, progress))
    }

    fn find_received(
        &self,
        caller: &Principal,
        id: &str,
    ) -> Result<(Received, Option<Progress>), DeliveryError> {
        let mut line = self.deliveries.line().at_work().into_iter();
        let found = match line.find(|(one, _)| one.id == id) {
            Some(found) => Some(found),
            None => Received::get(&self.store.records()?, id)?.map(|one| (one, None)),
        };
        let found = found.filter(|(one, _)| self.is_theirs(caller, one));
        found.ok_or_else(|| DeliveryError::Unknown(id.to_owned()))
    }

    fn is_theirs(&self, caller: &Principal, received: &Received) -> bool {
        let register = &self.deliveries.register;
        register.find(caller, &received.source).is_some()
    }

    fn may_deliver(&self, caller: &Principal, name: &str) -> Result<&SourceFile, DeliveryError> {
        let register = &self.deliveries.register;
        if let Some(source) = register.find(caller, name) {
            return Ok(source);
        }
        let denied = Decision {
            outcome: Outcome::Denied,
            ..self.delivery_deed(caller, "delivery", None)
        };
        self.recorded(denied).map_err(AccessError::from)?;
        let open = register.deliverable(caller);
        let known: Vec<&str> = open.iter().map(|one| one.name.as_str()).collect();
        Err(DeliveryError::UnknownSource {
            asked: name.chars().take(NAME_BYTES_MAX).collect(),
            known: match known.as_slice() {
                [] => "none".to_owned(),
                known => known.join(", "),
            },
        })
    }

    fn enqueue(
        self: &Arc<Self>,
        received: Received,
        what: Work,
    ) -> Result<Received, DeliveryError> {
        let mut line = self.deliveries.line();
        if line.waiting.len() >= WAITING_MAX {
            return Err(DeliveryError::TooManyWaiting);
        }
        if let Work::Load(..) = what {
            let ticket = serde_json::to_vec(&received).map_err(io::Error::from)?;
            fs::write(self.ticket(&received), ticket)?;
        }
        let job = Job {
            received: received.clone(),
            what,
        };
        line.waiting.push_back(job);
        if !line.has_worker {
            line.has_worker = true;
            let engine = Arc::clone(self);
            std::thread::spawn(move || engine.work());
        }
        Ok(received)
    }

    /// Does what waits, until nothing does.
    fn work(&self) {
        loop {
            let job = {
                let mut line = self.deliveries.line();
                let Some(job) = line.waiting.pop_front() else {
                    line.has_worker = false;
                    return;
                };
                let mut working = job.received.clone();
                if working.state == DeliveryState::Waiting {
                    working.state = DeliveryState::Loading;
                }
                line.working = Some((working, None));
                job
            };
            let mut received = job.received;
            let work = std::panic::AssertUnwindSafe(|| self.do_work(&mut received, job.what));
            if std::panic::catch_unwind(work).is_err() {
                received.state = DeliveryState::Failed;
                received.message = Some(FAULT.to_owned());
            }
            received.finished_at = Some(self.time());
            match self.keep(&received) {
                // Of one that was taken back there is none.
                Ok(()) => drop(fs::remove_file(self.ticket(&received))),
                Err(error) => {
                    tracing::error!(%error, "what came of a delivery could not be stored");
                }
            }
            self.deliveries.line().working = None;
        }
    }

    fn do_work(&self, received: &mut Received, what: Work) {
        let done = match what {
            Work::Load(source, kept) => {
                let loaded = self.load_received(received, &source);
                loaded.map_err(|error| told(&error, &kept.0, received))
            }
            Work::Withdraw => self.take_back(received).map_err(|error| {
                tracing::error!(%error, "a delivery could not be taken back");
                (DeliveryState::Loaded, FAULT.to_owned())
            }),
        };
        let (state, message) = match done {
            Ok(state) => (state, None),
            Err((state, message)) => (state, Some(message)),
        };
        received.state = state;
        received.message = message;
        let shown = match state {
            DeliveryState::Loaded | DeliveryState::Withdrawn => self.refresh(),
            _ => Ok(()),
        };
        if let Err(error) = shown {
            tracing::error!(%error, "what was loaded does not show");
            received.message =
                Some("it is loaded, and the server could not show it; a restart does".to_owned());
        }
        tracing::info!(
            id = received.id,
            source = received.source,
            ?state,
            "a delivery was dealt with"
        );
    }

    fn load_received(
        &self,
        received: &mut Received,
        source: &SourceFile,
    ) -> Result<DeliveryState, LoadError> {
        let loaded = load(&self.store, source, &self.time(), &mut |progress| {
            if let Some((_, shown)) = &mut self.deliveries.line().working {
                *shown = Some(progress);
            }
        })?;
        let mut report = loaded.report;
        // What waits tells which nodes others have told of.
        report.waiting.clear();
        report.waiting_counts.clear();
        received.report = Some(report);
        Ok(DeliveryState::Loaded)
    }

    fn take_back(&self, received: &Received) -> Result<DeliveryState, StoreError> {
        let Some(report) = &received.report else {
            return Ok(DeliveryState::Withdrawn);
        };
        let source = Some(received.source.as_str());
        match self.store.withdraw(&report.delivery, source, &self.time()) {
            // Taken back already, beside this server.
            Ok(_) | Err(StoreError::NoDelivery(_)) => Ok(DeliveryState::Withdrawn),
            Err(error) => Err(error),
        }
    }

    /// Tells, while a delivery waits or is loaded, that it is there.
    fn ticket(&self, received: &Received) -> PathBuf {
        let directory = self.deliveries.register.directory();
        directory.join(format!("{}.json", received.id))
    }

    fn keep(&self, received: &Received) -> Result<(), StoreError> {
        self.store.change_records(|change| received.keep(change))
    }

    /// The time, for what is kept.
    pub(super) fn time(&self) -> String {
        let now = (self.outside.now)();
        now.round(jiff::Unit::Second).unwrap_or(now).to_string()
    }

    fn note_delivery(
        &self,
        caller: &Principal,
        action: &str,
        received: &Received,
    ) -> Result<(), AccessError> {
        let note = format!("delivery {} of `{}`", received.id, received.source);
        Ok(self.recorded(self.delivery_deed(caller, action, Some(note)))?)
    }

    fn delivery_deed(&self, caller: &Principal, action: &str, note: Option<String>) -> Decision {
        Decision {
            department: format!("{}/{}", caller.organisation, caller.department),
            ..self.deed(&caller.id, action, note)
        }
    }
}

/// Said where the reason tells of more than the delivery.
const FAULT: &str = "the server could not do it, and not for what is in the files: its log tells who manages it why";

/// What is told of a delivery that was not loaded: of its own files all, of the rest of the store nothing.
fn told(error: &LoadError, directory: &Path, received: &mut Received) -> (DeliveryState, String) {
    match error {
        LoadError::Ingest(IngestError::TooManyRefusals { report, .. }) => {
            received.report = Some(report.as_ref().clone());
            (DeliveryState::Refused, error.to_string())
        }
        LoadError::Store(StoreError::TooMuchSuperseded { .. }) => {
            (DeliveryState::Refused, error.to_string())
        }
        LoadError::Ingest(
            IngestError::Rule { .. } | IngestError::Syntax { .. } | IngestError::Schema { .. },
        )
        | LoadError::Store(_)
        | LoadError::Schema(_) => {
            tracing::error!(%error, id = received.id, "a delivery could not be loaded");
            (DeliveryState::Failed, FAULT.to_owned())
        }
        LoadError::Ingest(_) => {
            let place = format!("{}/", directory.display());
            (
                DeliveryState::Refused,
                with_causes(error).replace(&place, ""),
            )
        }
    }
}

/// The tickets of deliveries that a server did not come to the end of.
fn tickets(directory: &Path) -> io::Result<Vec<Received>> {
    let mut tickets = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            match serde_json::from_slice(&fs::read(&path)?) {
                Ok(ticket) => tickets.push(ticket),
                // Cut off as it was written: its sender was told nothing.
                Err(error) => tracing::warn!(%error, "a ticket of a delivery cannot be read"),
            }
        }
    }
    Ok(tickets)
}
