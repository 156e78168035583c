//! One time that was asked, as it is kept. It is a document of one form whatever the outcome, so that who is silent
//! costs the asker as much work as who is not there.

use serde::{Deserialize, Serialize};

use super::deconfliction::{Answer, Holder, Interest, Presence, Told, answer, notice};
use crate::model::{CaseId, Day, NodeId, ReceiptId};

/// How far two sides have come. Each side has its own: one that moves tells another nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing was done yet.
    Open,
    /// They spoke.
    Contacted,
    /// They agreed.
    Settled,
}

impl State {
    /// The spelling in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Contacted => "contacted",
            Self::Settled => "settled",
        }
    }
}

/// That a side came further.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateChange {
    /// When.
    pub at: jiff::Timestamp,
    /// Which account.
    pub by: String,
    /// How far.
    pub state: State,
}

/// Somebody who was there when it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// Whose interest it was.
    pub holder: Holder,
    /// Organisation of it.
    pub organisation: String,
    /// Department of it.
    pub department: String,
    /// What it let know on that day.
    pub presence: Presence,
    /// How far it has come.
    pub state: State,
}

/// One time that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asking {
    /// Proves that it was asked.
    pub receipt: ReceiptId,
    /// When.
    pub at: jiff::Timestamp,
    /// The day, by the asker's calendar.
    pub day: Day,
    /// Which account.
    pub by: String,
    /// Under which case.
    pub case: CaseId,
    /// Organisation that asked.
    pub organisation: String,
    /// Department of it.
    pub department: String,
    /// What it was about.
    pub node: NodeId,
    /// What the asker let know of themselves on that day.
    pub presence: Presence,
    /// What the asker was told.
    pub answer: Answer,
    /// What others are told of the asker; none where the asker was silent.
    pub notice: Option<Answer>,
    /// Who was there.
    pub parties: Vec<Party>,
    /// How far the asker has come.
    pub state: State,
    /// Until when both sides have time.
    pub deadline: Day,
    /// Whether nobody has reason to ask about this node.
    pub canary: bool,
    /// What was done since.
    pub log: Vec<StateChange>,
}

/// What an asking is made of, besides what was found.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Number of the receipt.
    pub receipt: ReceiptId,
    /// When.
    pub at: jiff::Timestamp,
    /// The day.
    pub day: Day,
    /// Which account.
    pub by: &'a str,
    /// Under which case.
    pub case: CaseId,
    /// About what.
    pub node: NodeId,
    /// Until when both sides have time.
    pub deadline: Day,
    /// Whether nobody has reason to ask about this node.
    pub canary: bool,
}

impl Asking {
    /// Decides what is told.
    pub fn new(question: &Question<'_>, asker: &Interest, others: &[Interest]) -> Self {
        let day = question.day;
        Self {
            receipt: question.receipt,
            at: question.at,
            day,
            by: question.by.to_owned(),
            case: question.case,
            organisation: asker.organisation.clone(),
            department: asker.department.clone(),
            node: question.node,
            presence: asker.presence.on(day),
            answer: answer(others, day),
            notice: notice(asker, day),
            parties: others
                .iter()
                .map(|other| Party {
                    holder: other.holder,
                    organisation: other.organisation.clone(),
                    department: other.department.clone(),
                    presence: other.presence.on(day),
                    state: State::Open,
                })
                .collect(),
            state: State::Open,
            deadline: question.deadline,
            canary: question.canary,
            log: Vec::new(),
        }
    }

    /// Whether the asker was told of anybody. Who was not has nothing to settle, whoever was there.
    pub fn asker_knows(&self) -> bool {
        self.answer.told != Told::NoneFiled
    }

    /// Whether the coordinator has something to do with it.
    pub fn is_for_coordinator(&self) -> bool {
        self.canary || !self.parties.is_empty()
    }

    /// Whether somebody who knows of another has not settled yet.
    pub fn is_unsettled(&self) -> bool {
        let asker = self.asker_knows() && self.state != State::Settled;
        let told = self.notice.is_some();
        let parties = self.parties.iter();
        asker
            || (told
                && parties
                    .into_iter()
                    .any(|party| party.state != State::Settled))
    }

    /// Brings a side further, never back.
    pub fn advance(&mut self, side: Side, state: State, by: &str, at: jiff::Timestamp) {
        let further = |known: &mut State| *known = (*known).max(state);
        match side {
            Side::Asker => further(&mut self.state),
            Side::Party(holder) => self
                .parties
                .iter_mut()
                .filter(|party| party.holder == holder)
                .for_each(|party| further(&mut party.state)),
            Side::Coordinator => {
                further(&mut self.state);
                self.parties
                    .iter_mut()
                    .for_each(|party| further(&mut party.state));
            }
        }
        self.log.push(StateChange {
            at,
            by: by.to_owned(),
            state,
        });
    }
}

/// Which side comes further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Who asked.
    Asker,
    /// Who was there.
    Party(Holder),
    /// Who brings both together: speaks for all.
    Coordinator,
}
