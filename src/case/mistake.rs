//! A mistake in what a source says, reported to who owns it: the third and last opening between walls.
//!
//! Municipalities must report doubts about base registers to their keepers (Wet BRP 2.34, Wet BAG 37), and a person's file
//! must be right (GDPR 5.1.d). A report crosses a wall, so it carries what the reporter chose to say and no more: the line of
//! the source, the text, and the reporter's department only if it may be named. Nothing else of the reporter leaves: no
//! account, purpose, case, or what else is seen.

use serde::{Deserialize, Serialize};

use super::CaseError;
use super::file::{Moment, check_text};
use super::limit::NOTE_CHARS_MAX;
use crate::authz::Principal;
use crate::model::{Day, Level, NodeId, ReceiptId};

/// What came of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was wrong, and is corrected at the source.
    Corrected,
    /// It was looked into, and is right.
    Right,
    /// The source has it from elsewhere, and reported it there.
    PassedOn,
}

impl Outcome {
    /// The spelling in requests and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Corrected => "corrected",
            Self::Right => "right",
            Self::PassedOn => "passed-on",
        }
    }

    /// Reads the spelling of requests.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Corrected, Self::Right, Self::PassedOn];
        all.into_iter().find(|one| one.name() == name)
    }
}

/// The line of a source that is said to be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// What people call the source.
    pub title: String,
    /// Who owns what it says, `organisation/department`.
    pub owner: String,
    /// Confidentiality of what it says.
    pub level: Level,
    /// File of the delivery.
    pub file: String,
    /// Line in the file.
    pub line: u32,
}

/// What the owner answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// When.
    pub at: jiff::Timestamp,
    /// On which day.
    pub day: Day,
    /// Which account. Not told to the reporter: the owner speaks as a department.
    pub by: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why.
    pub text: String,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mistake {
    /// Proves that it was reported.
    pub receipt: ReceiptId,
    /// When.
    pub at: jiff::Timestamp,
    /// On which day.
    pub day: Day,
    /// Which account.
    pub by: String,
    /// The reporter's own, `organisation/department`.
    pub department: String,
    /// Whether the owner may know it.
    pub named: bool,
    /// For which purpose it was read.
    pub purpose: String,
    /// What it is about.
    pub node: NodeId,
    /// Which property; none for all that the line says.
    pub property: Option<String>,
    /// Where it stands.
    pub line: Line,
    /// What is wrong.
    pub text: String,
    /// What the owner answered, the newest last.
    pub replies: Vec<Reply>,
}

impl Mistake {
    /// Checks what people wrote.
    ///
    /// # Errors
    /// [`CaseError::Invalid`].
    pub fn check(&self) -> Result<(), CaseError> {
        check_text("text", &self.text, NOTE_CHARS_MAX)
    }

    /// Whether a caller reported it, for a purpose.
    pub fn is_reported_by(&self, caller: &Principal, purpose: &str) -> bool {
        self.by == caller.id && self.purpose == purpose
    }

    /// Whether a caller answers it: looks after what their own department delivers, up to their clearance.
    pub fn is_answered_by(&self, caller: &Principal, steward_role: &str) -> bool {
        caller.roles.contains(steward_role)
            && self.line.owner == format!("{}/{}", caller.organisation, caller.department)
            && self.line.level <= caller.clearance
    }

    /// Adds the owner's answer.
    ///
    /// # Errors
    /// [`CaseError::Invalid`].
    pub fn reply(
        &mut self,
        outcome: Outcome,
        text: &str,
        moment: Moment<'_>,
    ) -> Result<(), CaseError> {
        check_text("text", text, NOTE_CHARS_MAX)?;
        self.replies.push(Reply {
            at: moment.at,
            day: moment.day,
            by: moment.by.to_owned(),
            outcome,
            text: text.to_owned(),
        });
        Ok(())
    }

    /// The day of the last thing that happened with it.
    pub fn last_day(&self) -> Day {
        self.replies.last().map_or(self.day, |reply| reply.day)
    }
}
