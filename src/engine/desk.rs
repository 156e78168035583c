//! Cases and what they let others know: one door for looking, one for doing.
//!
//! # Design notes
//! * **A deed is recorded first, then stored, then answered.** Either order leaves a gap if the machine stops between the
//!   two. Stored first, a case could be changed with nothing in the log to tell by whom, and a log that cannot be written
//!   could not keep it from being done. Recorded first, the log may tell of a deed that was never done: it errs towards
//!   telling too much, and a deed that could not be stored is told in a second record. What a deed would refuse is
//!   refused before, so a record that says `answered` is of a deed that went through all checks.
//! * **One at a time.** Who changes a case holds the turn from reading it until it is stored, so two cannot overwrite each
//!   other's change. Deeds are some per minute; reads never wait for them.

mod accumulation;
mod cases;
mod charts;
mod handover;
mod hidden;
mod mistakes;
mod others;
mod shape;
mod words;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use serde::Deserialize;

use super::{Access, AccessError, Current, Engine, Recorded, Scene};
use crate::audit::{Outcome, ReadRecord, Shown};
use crate::authz::{Principal, Purpose};
use crate::case::accumulation::{AccumulationRules, HeldAbout};
use crate::case::deconfliction::Interest;
use crate::case::{Book, Case, CaseError, Entry, Moment};
use crate::handover::CaseSystem;
use crate::model::{Day, NodeId};
use crate::query::{AskedState, QueryError, Session};
use crate::store::StoreError;

pub use accumulation::{AccumulationAnswer, AccumulationLine, AccumulationList};
pub use mistakes::{MistakeList, MistakeReply, MistakeReplyRequest, MistakeReport, MistakeRequest};
pub use shape::{
    CaseAnswer, CaseEvent, CaseLine, CaseList, CaseNote, ConfirmRequest, HandoverLine,
    HandoverRequest, NodeRequest, NoteRequest, OpenRequest, PinRequest, PresenceLine,
    PresenceRequest, TeamRequest, UnmaskRequest, UnmaskingLine,
};

pub use charts::{
    ChartAnswer, ChartDocument, ChartGroup, ChartLine, ChartList, ChartPlace, ChartVersion,
    SaveChartRequest,
};
pub use words::{
    DeconflictionAnswer, DeconflictionLine, DeconflictionList, Notice, NoticeList, Sentence,
    SideLine, StateAnswer, StateRequest, UnmaskingNotice,
};

/// Why a question at the desk got no answer, or a deed was not done.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// It is not so about the case.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// What was to be read for it was not.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The view was not opened.
    #[error(transparent)]
    Access(#[from] AccessError),
}

/// What comes from outside, so that tests can give it: the time, and chance.
#[derive(Clone)]
pub struct Outside {
    /// The time.
    pub now: fn() -> jiff::Timestamp,
    /// 64 bits that nobody can foresee, drawn for an account. Who it is for matters to tests alone.
    pub draw: Arc<dyn Fn(&str) -> u64 + Send + Sync>,
}

impl Default for Outside {
    fn default() -> Self {
        Self {
            now: jiff::Timestamp::now,
            draw: Arc::new(|_| rand::random()),
        }
    }
}

/// How this organisation handles cases: `[desk]` in the settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeskSettings {
    /// Whom to call: the coordinator's desk.
    pub contact: String,
    /// Role that sees all askings and brings both sides together.
    pub coordinator_role: String,
    /// Roles that may keep a case silent.
    pub silent_roles: Vec<String>,
    /// Role that answers reports of mistakes in what its own department delivers.
    pub steward_role: String,
    /// Within how many days both sides get in touch.
    pub deadline_days: u16,
    /// How often one account may ask in a day.
    pub asks_per_day: usize,
    /// Identifiers of nodes that nobody has reason to ask about: the coordinator is told of who does.
    pub canaries: Vec<crate::model::NodeId>,
    /// What departments have agreed on to count signals together, from a file of its own; default nothing.
    #[serde(skip)]
    pub accumulation: Option<Arc<AccumulationRules>>,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            contact: "de coördinator van uw organisatie".to_owned(),
            coordinator_role: "coordinator".to_owned(),
            silent_roles: Vec::new(),
            steward_role: "gegevensbeheer".to_owned(),
            deadline_days: 3,
            asks_per_day: 20,
            canaries: Vec::new(),
            accumulation: None,
        }
    }
}

/// What one caller may do with cases for one purpose, now.
pub struct Desk<'a> {
    engine: &'a Engine,
    caller: &'a Principal,
    purpose: Purpose,
    current: Arc<Current>,
    book: Arc<Book>,
    day: Day,
    now: jiff::Timestamp,
    shown: RefCell<Shown>,
    entries: Vec<Entry>,
    note: Option<String>,
}

impl Engine {
    /// Takes another clock and chance, for tests.
    pub fn with_outside(mut self, outside: Outside) -> Self {
        self.outside = outside;
        self
    }

    /// Takes how this organisation handles cases.
    pub fn with_desk(mut self, settings: DeskSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Takes where cases are handed over to.
    pub fn with_case_system(mut self, system: Option<CaseSystem>) -> Self {
        self.case_system = system.map(Arc::new);
        self
    }

    /// Whether a caller is the coordinator.
    pub fn is_coordinator(&self, caller: &Principal) -> bool {
        caller.roles.contains(&self.settings.coordinator_role)
    }

    /// Lets a caller look at cases. Recorded as a read is.
    ///
    /// # Errors
    /// [`AccessError`].
    pub fn look<T>(
        &self,
        caller: &Principal,
        access: Access<'_>,
        look: impl FnOnce(&Desk<'_>) -> Result<T, DeskError>,
    ) -> Result<Recorded<Result<T, DeskError>>, AccessError> {
        let desk = self.desk(caller, &access)?;
        let answer = look(&desk);
        let receipt = self.recorder.record(desk.record(&access, answer.is_ok()));
        Ok(Recorded {
            answer,
            receipt: Some(receipt),
        })
    }

    /// Lets a caller do something with cases: recorded, then stored, then answered.
    ///
    /// # Errors
    /// [`AccessError`]; then it was not done.
    pub fn act<T>(
        &self,
        caller: &Principal,
        access: Access<'_>,
        act: impl FnOnce(&mut Desk<'_>) -> Result<T, DeskError>,
    ) -> Result<Recorded<Result<T, DeskError>>, AccessError> {
        self.wait_for_load()?;
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut desk = self.desk(caller, &access)?;
        let answer = act(&mut desk);
        let record = desk.record(&access, answer.is_ok());
        let again = record.clone();
        let receipt = self.recorder.record(record);
        // No record, no deed.
        receipt.durable_blocking()?;
        if answer.is_ok() {
            let entries = std::mem::take(&mut desk.entries);
            if let Err(error) = self.store_entries(entries) {
                let mut failed = again;
                failed.decision.outcome = Outcome::NotDone;
                failed.shown = Shown::new();
                self.recorder.record(failed).durable_blocking()?;
                return Err(AccessError::Store(Arc::new(error)));
            }
        }
        Ok(Recorded {
            answer,
            receipt: None,
        })
    }

    /// What was asked last about each node of a case, as its team was told.
    pub(super) fn asked(&self, case: &Case) -> BTreeMap<NodeId, AskedState> {
        let book = self.book.load();
        let mut asked: BTreeMap<NodeId, AskedState> = case
            .nodes
            .iter()
            .map(|&node| (node, AskedState::NOT_ASKED))
            .collect();
        let mut of_case: Vec<_> = book.askings_of(case.id).collect();
        of_case.sort_by_key(|asking| (asking.at, asking.receipt));
        for asking in of_case {
            let state = AskedState {
                answer: asking.answer.told.name(),
                receipt: Some(asking.receipt.to_string()),
                asked_on: Some(asking.day.to_string()),
                state: asking.asker_knows().then(|| asking.state.name()),
            };
            asked.insert(asking.node, state);
        }
        asked
    }

    fn store_entries(&self, entries: Vec<Entry>) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.store
            .change_records(|change| Book::write(&entries, change))?;
        let mut book = Book::clone(&self.book.load());
        entries.into_iter().for_each(|entry| book.apply(entry));
        self.book.store(Arc::new(book));
        Ok(())
    }

    /// Checks the purpose. That it needs a case is for reads: who opens one has none yet.
    fn desk<'a>(
        &'a self,
        caller: &'a Principal,
        access: &Access<'_>,
    ) -> Result<Desk<'a>, AccessError> {
        let current = self.current.load_full();
        let day = (self.today)();
        let purpose = match current.rules.purposes.grant(caller, access.purpose) {
            Ok(purpose) => purpose.clone(),
            Err(refused) => {
                let scene = Scene {
                    caller,
                    access,
                    day,
                    current: &current,
                };
                return Err(self.refuse(&scene, refused.into())?);
            }
        };
        Ok(Desk {
            engine: self,
            caller,
            purpose,
            current,
            book: self.book.load_full(),
            day,
            now: (self.outside.now)(),
            shown: RefCell::new(Shown::new()),
            entries: Vec::new(),
            note: None,
        })
    }
}

impl Current {
    /// The open cases that sources delivered, on a day; read once per revision and day.
    fn delivered(&self, day: Day) -> Result<Arc<Vec<Interest>>, DeskError> {
        let read = || hidden::delivered(&self.source, day);
        Ok(self.delivered.get(day, read).map_err(QueryError::from)?)
    }

    /// Which departments hold signals about what, on a day; read once per revision and day.
    fn held(&self, day: Day) -> Result<Arc<HeldAbout>, DeskError> {
        let read = || hidden::held(&self.source, day);
        Ok(self.held.get(day, read).map_err(QueryError::from)?)
    }
}

impl Desk<'_> {
    fn record(&self, access: &Access<'_>, answered: bool) -> ReadRecord {
        let scene = Scene {
            caller: self.caller,
            access,
            day: self.day,
            current: &self.current,
        };
        let outcome = if answered {
            Outcome::Answered
        } else {
            Outcome::NotAnswered
        };
        let mut decision = self.engine.decision(&scene, Some(&self.purpose), outcome);
        decision.note = self.note.clone().filter(|_| answered);
        ReadRecord {
            decision,
            shown: self.shown.borrow().clone(),
        }
    }

    /// Reads with a session of the caller: under a case, or without one.
    fn with_session<T>(
        &self,
        case: Option<&Case>,
        read: impl FnOnce(&Session) -> Result<T, QueryError>,
    ) -> Result<T, DeskError> {
        let session = self.engine.session(
            self.caller,
            &self.purpose,
            (self.day, None),
            &self.current,
            case,
        )?;
        let answer = read(&session);
        let mut shown = self.shown.borrow_mut();
        for (label, nodes) in session.shown() {
            shown.entry(label).or_default().extend(nodes);
        }
        Ok(answer?)
    }

    fn moment(&self) -> Moment<'_> {
        Moment {
            by: &self.caller.id,
            at: self.now,
            day: self.day,
        }
    }

    fn draw(&self) -> u64 {
        (self.engine.outside.draw)(&self.caller.id)
    }
}
