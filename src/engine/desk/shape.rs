//! What is asked at the desk and what it answers, field by field.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::case::deconfliction::Presence;
use crate::case::limit::STEPS_DEFAULT;
use crate::case::{CaseError, Deed, Draft, Status};
use crate::model::Day;
use crate::query::NodeSummary;

/// A case to open.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenRequest {
    /// What people call it, at most 200 characters.
    pub title: String,
    /// What is to be found out, at most 2,000 characters.
    pub goal: String,
    /// Identifiers of the nodes that it is about, 1 to 20 with those of `find`. You must see them under the purpose.
    #[serde(default)]
    pub nodes: Vec<String>,
    /// Texts that find one node each, for purposes under which nothing can be looked up without a case.
    #[serde(default)]
    pub find: Vec<String>,
    /// How many steps from them may be looked, at most 3. Default 2.
    #[serde(default)]
    pub steps: Option<u8>,
    /// First day, not after today. Default today.
    #[serde(default)]
    #[schema(format = Date)]
    pub begin: Option<String>,
    /// Last day. The purpose says how far away it may be.
    #[schema(format = Date)]
    pub end: String,
    /// Accounts that work on it besides yours.
    #[serde(default)]
    pub team: Vec<String>,
    /// What others who ask about the same are told. Default: that you are busy, not which department.
    #[serde(default)]
    pub presence: Option<PresenceRequest>,
}

impl OpenRequest {
    /// Reads all but the nodes.
    pub(super) fn draft(&self, today: Day) -> Result<Draft, CaseError> {
        Ok(Draft {
            title: self.title.clone(),
            goal: self.goal.clone(),
            nodes: Default::default(),
            steps: self.steps.unwrap_or(STEPS_DEFAULT),
            begin: match &self.begin {
                Some(text) => day("begin", text)?,
                None => today,
            },
            end: day("end", &self.end)?,
            team: self.team.iter().cloned().collect(),
            presence: match &self.presence {
                Some(presence) => presence.read()?,
                None => Presence::default(),
            },
            units: Default::default(),
        })
    }
}

/// What others who ask about the same are told.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PresenceRequest {
    /// `contact`: that you are busy, and whom to contact; `hold`: to do nothing before the coordinator was called;
    /// `silent`: nothing, for a named role only.
    pub answer: String,
    /// Whether `contact` tells which department. Default: no.
    #[serde(default)]
    pub show_department: Option<bool>,
    /// Last day of `silent`, at most 90 days away; from then on it is `hold`.
    #[serde(default)]
    #[schema(format = Date)]
    pub until: Option<String>,
}

impl PresenceRequest {
    pub(super) fn read(&self) -> Result<Presence, CaseError> {
        let until = self.until.as_deref();
        match (self.answer.as_str(), until, self.show_department) {
            ("contact", None, show) => Ok(Presence::Contact {
                show_department: show.unwrap_or(false),
            }),
            ("hold", None, None) => Ok(Presence::Hold),
            ("silent", Some(until), None) => Ok(Presence::Silent {
                until: day("until", until)?,
            }),
            _ => Err(CaseError::Invalid(
                "`presence` is one of: `contact`, with `showDepartment` or without; `hold`; `silent` with `until`"
                    .to_owned(),
            )),
        }
    }
}

/// A note to add.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteRequest {
    /// At most 4,000 characters.
    pub text: String,
}

/// A node that something is asked about.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeRequest {
    /// Its identifier, as answers under the case name it.
    pub node: String,
}

/// A node to pin.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PinRequest {
    /// Its identifier, as answers under the case name it.
    pub node: String,
    /// Whether to take the pin away. Default: no.
    #[serde(default)]
    pub remove: bool,
}

/// A masked node of which it is asked who it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnmaskRequest {
    /// Its identifier, as answers under the case name it.
    pub node: String,
    /// Why, at most 2,000 characters.
    pub reason: String,
}

/// An unmasking to confirm.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfirmRequest {
    /// Its number in the case, from 1.
    pub number: usize,
}

/// That it was asked who a masked node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnmaskingLine {
    /// Its number in the case, from 1.
    pub number: usize,
    /// The node, where you may see it.
    pub node: Option<NodeSummary>,
    /// Why.
    pub reason: String,
    /// Which account asked.
    pub asked_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: String,
    /// Which account confirmed.
    pub confirmed_by: Option<String>,
    /// Until when it shows who it is.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<String>,
    /// `waiting` for a second person, `open`, or `past`.
    #[schema(value_type = String)]
    pub state: &'static str,
}

/// Who comes into a team and who leaves it.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TeamRequest {
    /// Accounts that come.
    #[serde(default)]
    pub add: Vec<String>,
    /// Accounts that leave.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseLine {
    /// Its identifier.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Who owns it, `organisation/department`.
    pub owner: String,
    /// First day.
    #[schema(format = Date)]
    pub begin: String,
    /// Last day.
    #[schema(format = Date)]
    pub end: String,
    /// `open`, `ended` (its last day is past) or `closed`.
    #[schema(value_type = String)]
    pub status: Status,
}

/// Cases that the caller may see for a purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseList {
    /// The purpose.
    pub purpose: String,
    /// Open ones first, then those that end last; then by identifier.
    pub cases: Vec<CaseLine>,
    /// How many there are in all; at most 500 are written.
    pub case_count: usize,
}

/// What others who ask about the same are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresenceLine {
    /// `contact`, `hold` or `silent`.
    #[schema(value_type = String)]
    pub answer: &'static str,
    /// Whether `contact` tells which department.
    pub show_department: bool,
    /// Last day of `silent`.
    #[schema(format = Date)]
    pub until: Option<String>,
}

impl PresenceLine {
    pub(super) fn new(presence: Presence) -> Self {
        let (answer, show_department, until) = match presence {
            Presence::Contact { show_department } => ("contact", show_department, None),
            Presence::Hold => ("hold", false, None),
            Presence::Silent { until } => ("silent", false, Some(until.to_string())),
        };
        Self {
            answer,
            show_department,
            until,
        }
    }
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseNote {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: String,
    /// Which account.
    pub by: String,
    /// What.
    pub text: String,
}

/// A line in the log of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseEvent {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: String,
    /// Which account.
    pub by: String,
    /// What was done.
    #[schema(value_type = String)]
    pub deed: Deed,
}

/// A case, as its reader may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseAnswer {
    /// Its identifier.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// What is to be found out.
    pub goal: String,
    /// The purpose it serves.
    pub purpose: String,
    /// The legal ground, as the register had it when the case was opened.
    pub ground: String,
    /// Who owns it, `organisation/department`.
    pub owner: String,
    /// Accounts that work on it.
    pub team: Vec<String>,
    /// What it is about, as far as you may see it; nothing once it is over.
    pub nodes: Vec<NodeSummary>,
    /// How many steps from those may be looked.
    pub steps: u8,
    /// First day.
    #[schema(format = Date)]
    pub begin: String,
    /// Last day.
    #[schema(format = Date)]
    pub end: String,
    /// The day it was closed.
    #[schema(format = Date)]
    pub closed: Option<String>,
    /// `open`, `ended` (its last day is past) or `closed`.
    #[schema(value_type = String)]
    pub status: Status,
    /// What others who ask about the same are told.
    pub presence: PresenceLine,
    /// Notes, oldest first.
    pub notes: Vec<CaseNote>,
    /// Nodes that were pinned, as far as you may see them; nothing once it is over.
    pub pins: Vec<NodeSummary>,
    /// What happened, oldest first.
    pub log: Vec<CaseEvent>,
    /// Masked nodes of which it was asked who they are, oldest first.
    pub unmaskings: Vec<UnmaskingLine>,
    /// Whether you may ask if enough departments hold a signal: they, and yours, have agreed to count together.
    pub may_weigh: bool,
    /// Whether you may hand it over to a case system.
    pub may_hand_over: bool,
    /// That it was handed over, or that this was begun.
    pub handover: Option<HandoverLine>,
}

/// A case to be handed over to the case system of the organisation.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandoverRequest {
    /// What you say to who receives it, at most 1,000 characters. It is shown to all who may see the case there.
    #[serde(default)]
    pub explanation: String,
}

impl HandoverRequest {
    pub(super) fn explanation(&self) -> Result<String, CaseError> {
        let text = self.explanation.trim();
        if text.chars().count() > 1_000 {
            return Err(CaseError::Invalid(
                "`explanation` is longer than 1000 characters".to_owned(),
            ));
        }
        Ok(text.to_owned())
    }
}

/// That a case was handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HandoverLine {
    /// Its number at the case system.
    pub reference: String,
    /// The level that it was handed over at.
    pub level: String,
    /// Which account did so.
    pub by: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Address at the case system.
    pub zaak: Option<String>,
    /// Whether all was taken. Handing over again goes on with the rest.
    pub finished: bool,
    /// What the case system said, where it did not take all.
    pub trouble: Option<String>,
}

/// Reads a day of a request.
pub(super) fn day(name: &str, text: &str) -> Result<Day, CaseError> {
    text.parse().map_err(|_| {
        CaseError::Invalid(format!(
            "`{name}` is `{text}`, it must be a day such as 2026-11-01"
        ))
    })
}
