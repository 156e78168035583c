//! A case as it is kept.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::CaseError;
use super::deconfliction::Presence;
use super::handover::Handover;
use super::limit::{
    ACCOUNT_CHARS_MAX, CASE_DAYS_DEFAULT, EVENTS_MAX, GOAL_CHARS_MAX, NODES_MAX, NOTE_CHARS_MAX,
    PINS_MAX, STEPS_MAX, TEAM_MAX, TITLE_CHARS_MAX,
};
use crate::authz::{Principal, Purpose};
use crate::model::{CaseId, Day, NodeId};

/// Whether a case can still be worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It can.
    Open,
    /// Its last day is past.
    Ended,
    /// It was closed.
    Closed,
}

/// What is asked for when a case is opened. The nodes are those that the asker may see.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What people call it.
    pub title: String,
    /// What is to be found out.
    pub goal: String,
    /// What it is about.
    pub nodes: BTreeSet<NodeId>,
    /// How far from those.
    pub steps: u8,
    /// First day.
    pub begin: Day,
    /// Last day.
    pub end: Day,
    /// Who works on it besides who opens it.
    pub team: BTreeSet<String>,
    /// What others who ask are told of it.
    pub presence: Presence,
    /// What others must ask about to meet it: the nodes, and what they are one with.
    pub units: BTreeSet<NodeId>,
}

/// A line that somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// When.
    pub at: jiff::Timestamp,
    /// Which account.
    pub by: String,
    /// What.
    pub text: String,
}

/// What was done with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// It was opened.
    Opened,
    /// A note was added.
    NoteAdded,
    /// A node was pinned.
    Pinned,
    /// A pin was taken away.
    Unpinned,
    /// Somebody came into the team or left it.
    TeamChanged,
    /// What others are told of it changed.
    PresenceChanged,
    /// It was asked whether others are busy.
    Asked,
    /// It was asked whether enough departments hold a signal.
    Weighed,
    /// Somebody asked to see who a masked node is.
    UnmaskingAsked,
    /// That was confirmed.
    UnmaskingConfirmed,
    /// A chart was saved.
    ChartSaved,
    /// It is being handed over to a case system.
    HandoverBegun,
    /// It was handed over.
    HandedOver,
    /// It was closed.
    Closed,
}

/// A line in the log of a case. It names no node: its readers may differ in what they see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// When.
    pub at: jiff::Timestamp,
    /// Which account.
    pub by: String,
    /// What.
    pub deed: Deed,
}

/// Who comes into a team and who leaves it.
#[derive(Debug, Clone, Default)]
pub struct TeamChange {
    /// Accounts that come.
    pub add: BTreeSet<String>,
    /// Accounts that leave.
    pub remove: BTreeSet<String>,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// Its identifier.
    pub id: CaseId,
    /// What people call it.
    pub title: String,
    /// What is to be found out.
    pub goal: String,
    /// The purpose it serves, of the register.
    pub purpose: String,
    /// The legal ground, as the register had it when the case was opened.
    pub ground: String,
    /// Organisation that owns it.
    pub organisation: String,
    /// Department of it.
    pub department: String,
    /// Accounts that work on it.
    pub team: BTreeSet<String>,
    /// What it is about.
    pub nodes: BTreeSet<NodeId>,
    /// How far from those it may be looked.
    pub steps: u8,
    /// First day.
    pub begin: Day,
    /// Last day.
    pub end: Day,
    /// The day it was closed.
    pub closed: Option<Day>,
    /// What others who ask are told of it.
    pub presence: Presence,
    /// What others must ask about to meet it.
    pub units: BTreeSet<NodeId>,
    /// Notes, oldest first.
    pub notes: Vec<Note>,
    /// Nodes that were pinned.
    pub pins: BTreeSet<NodeId>,
    /// What happened, oldest first.
    pub log: Vec<Event>,
    /// Masked nodes of which it was asked who they are, oldest first.
    #[serde(default)]
    pub unmaskings: Vec<Unmasking>,
    /// That it was handed over to a case system.
    #[serde(default)]
    pub handover: Option<Handover>,
}

/// That it is asked who a masked node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unmasking {
    /// The node.
    pub node: NodeId,
    /// Why.
    pub reason: String,
    /// Which account asked.
    pub asked_by: String,
    /// When.
    pub asked_at: jiff::Timestamp,
    /// Which account confirmed, where a second person must.
    pub confirmed_by: Option<String>,
    /// Until when it is open; none while it waits for a second person.
    pub until: Option<jiff::Timestamp>,
}

impl Unmasking {
    /// Whether who the node is shows now.
    pub fn is_open(&self, now: jiff::Timestamp) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

/// Who does something, and when.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// Which account.
    pub by: &'a str,
    /// When.
    pub at: jiff::Timestamp,
    /// On which day.
    pub day: Day,
}

impl Case {
    /// Opens a case.
    ///
    /// # Errors
    /// [`CaseError::Invalid`], with what is wrong.
    pub fn open(
        id: CaseId,
        draft: Draft,
        caller: &Principal,
        purpose: &Purpose,
        moment: Moment<'_>,
    ) -> Result<Self, CaseError> {
        check_text("title", &draft.title, TITLE_CHARS_MAX)?;
        check_text("goal", &draft.goal, GOAL_CHARS_MAX)?;
        if !(1..=NODES_MAX).contains(&draft.nodes.len()) {
            return invalid(format!(
                "`nodes` names {} nodes, it must be 1 to {NODES_MAX}",
                draft.nodes.len()
            ));
        }
        if draft.steps > STEPS_MAX {
            return invalid(format!(
                "`steps` is {}, it must be 0 to {STEPS_MAX}",
                draft.steps
            ));
        }
        check_days(&draft, purpose, moment.day)?;
        let mut team = draft.team;
        team.insert(caller.id.clone());
        check_team(&team)?;
        draft.presence.check(moment.day)?;
        let mut case = Self {
            id,
            title: draft.title,
            goal: draft.goal,
            purpose: purpose.id.clone(),
            ground: purpose.ground.clone(),
            organisation: caller.organisation.clone(),
            department: caller.department.clone(),
            team,
            nodes: draft.nodes,
            steps: draft.steps,
            begin: draft.begin,
            end: draft.end,
            closed: None,
            presence: draft.presence,
            units: draft.units,
            notes: Vec::new(),
            pins: BTreeSet::new(),
            log: Vec::new(),
            unmaskings: Vec::new(),
            handover: None,
        };
        case.tell(Deed::Opened, moment);
        Ok(case)
    }

    /// Whether it can still be worked on.
    pub fn status(&self, today: Day) -> Status {
        match self.closed {
            Some(_) => Status::Closed,
            None if today > self.end => Status::Ended,
            None => Status::Open,
        }
    }

    /// Whether things may be read under it: it has begun, and is not over.
    pub fn is_in_force(&self, today: Day) -> bool {
        self.begin <= today && self.status(today) == Status::Open
    }

    /// Whether a caller works on it.
    pub fn is_of(&self, caller: &Principal) -> bool {
        self.team.contains(&caller.id)
    }

    /// Whether a caller may see that it is there, for a purpose: who works on it, and who has a role that oversees the
    /// purpose in the organisation that owns the case.
    pub fn is_seen_by(&self, caller: &Principal, purpose: &Purpose) -> bool {
        let oversees = self.organisation == caller.organisation
            && purpose
                .overseers
                .iter()
                .any(|role| caller.roles.contains(role));
        self.purpose == purpose.id && (self.is_of(caller) || oversees)
    }

    /// Adds a note.
    ///
    /// # Errors
    /// [`CaseError::Over`], [`CaseError::Invalid`].
    pub fn add_note(&mut self, text: &str, moment: Moment<'_>) -> Result<(), CaseError> {
        self.check_open(moment)?;
        check_text("text", text, NOTE_CHARS_MAX)?;
        self.notes.push(Note {
            at: moment.at,
            by: moment.by.to_owned(),
            text: text.to_owned(),
        });
        self.tell(Deed::NoteAdded, moment);
        Ok(())
    }

    /// Pins a node, or takes its pin away.
    ///
    /// # Errors
    /// [`CaseError::Over`], [`CaseError::Invalid`].
    pub fn pin(&mut self, node: NodeId, take: Pin, moment: Moment<'_>) -> Result<(), CaseError> {
        self.check_open(moment)?;
        match take {
            Pin::Put => {
                self.pins.insert(node);
                if self.pins.len() > PINS_MAX {
                    return invalid(format!("a case holds at most {PINS_MAX} pins"));
                }
                self.tell(Deed::Pinned, moment);
            }
            Pin::Take => {
                self.pins.remove(&node);
                self.tell(Deed::Unpinned, moment);
            }
        }
        Ok(())
    }

    /// Changes who works on it. Somebody always does.
    ///
    /// # Errors
    /// [`CaseError::Over`], [`CaseError::Invalid`].
    pub fn change_team(&mut self, change: TeamChange, moment: Moment<'_>) -> Result<(), CaseError> {
        self.check_open(moment)?;
        let mut team = self.team.clone();
        team.extend(change.add);
        team.retain(|account| !change.remove.contains(account));
        check_team(&team)?;
        self.team = team;
        self.tell(Deed::TeamChanged, moment);
        Ok(())
    }

    /// Changes what others who ask are told of it.
    ///
    /// # Errors
    /// [`CaseError::Over`], [`CaseError::Invalid`].
    pub fn change_presence(
        &mut self,
        presence: Presence,
        moment: Moment<'_>,
    ) -> Result<(), CaseError> {
        self.check_open(moment)?;
        presence.check(moment.day)?;
        self.presence = presence;
        self.tell(Deed::PresenceChanged, moment);
        Ok(())
    }

    /// Notes that something was asked under it.
    ///
    /// # Errors
    /// [`CaseError::Over`].
    pub fn note_deed(&mut self, deed: Deed, moment: Moment<'_>) -> Result<(), CaseError> {
        self.check_open(moment)?;
        self.tell(deed, moment);
        Ok(())
    }

    /// Asks who a masked node is. Where the purpose wants a second person, it opens once they confirmed.
    ///
    /// # Errors
    /// [`CaseError::Over`], [`CaseError::Invalid`].
    pub fn ask_unmasking(
        &mut self,
        node: NodeId,
        reason: &str,
        purpose: &Purpose,
        moment: Moment<'_>,
    ) -> Result<(), CaseError> {
        self.check_open(moment)?;
        check_text("reason", reason, GOAL_CHARS_MAX)?;
        let until = end_of_unmasking(purpose, moment)?;
        self.unmaskings.push(Unmasking {
            node,
            reason: reason.to_owned(),
            asked_by: moment.by.to_owned(),
            asked_at: moment.at,
            confirmed_by: None,
            until: (!purpose.four_eyes).then_some(until),
        });
        self.tell(Deed::UnmaskingAsked, moment);
        Ok(())
    }

    /// Confirms, as a second person, that it may be seen who a masked node is. `number` is the place of the asking, from 1.
    ///
    /// # Errors
    /// [`CaseError::Over`], [`CaseError::Invalid`]; who asked cannot confirm.
    pub fn confirm_unmasking(
        &mut self,
        number: usize,
        purpose: &Purpose,
        moment: Moment<'_>,
    ) -> Result<(), CaseError> {
        self.check_open(moment)?;
        let until = end_of_unmasking(purpose, moment)?;
        let place = number.checked_sub(1);
        let unmasking = place.and_then(|place| self.unmaskings.get_mut(place));
        let Some(unmasking) = unmasking.filter(|unmasking| unmasking.until.is_none()) else {
            return invalid(format!("there is no unmasking {number} that waits"));
        };
        if unmasking.asked_by == moment.by {
            return invalid(
                "who asked cannot confirm: a second person of the team must".to_owned(),
            );
        }
        unmasking.confirmed_by = Some(moment.by.to_owned());
        unmasking.until = Some(until);
        self.tell(Deed::UnmaskingConfirmed, moment);
        Ok(())
    }

    /// The nodes of which it shows now who they are.
    pub fn unmasked(&self, now: jiff::Timestamp) -> impl Iterator<Item = NodeId> {
        let open = self.unmaskings.iter().filter(move |one| one.is_open(now));
        open.map(|one| one.node)
    }

    /// Closes it. What is past its last day can be closed too.
    ///
    /// # Errors
    /// [`CaseError::Over`] if it is closed already.
    pub fn close(&mut self, moment: Moment<'_>) -> Result<(), CaseError> {
        if self.closed.is_some() {
            return Err(CaseError::Over(self.id));
        }
        self.closed = Some(moment.day);
        self.tell(Deed::Closed, moment);
        Ok(())
    }

    pub(super) fn check_open(&self, moment: Moment<'_>) -> Result<(), CaseError> {
        if self.status(moment.day) != Status::Open {
            return Err(CaseError::Over(self.id));
        }
        if self.log.len() >= EVENTS_MAX {
            return invalid(format!(
                "the log of a case holds at most {EVENTS_MAX} lines: close it and open a new one"
            ));
        }
        Ok(())
    }

    pub(super) fn tell(&mut self, deed: Deed, moment: Moment<'_>) {
        self.log.push(Event {
            at: moment.at,
            by: moment.by.to_owned(),
            deed,
        });
    }
}

/// Whether a pin is put or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// Put.
    Put,
    /// Taken away.
    Take,
}

fn check_days(draft: &Draft, purpose: &Purpose, today: Day) -> Result<(), CaseError> {
    let days_max = purpose.case_days_max.unwrap_or(CASE_DAYS_DEFAULT);
    let last = draft
        .begin
        .plus(i32::try_from(days_max).unwrap_or(i32::MAX));
    if draft.begin > today {
        return invalid(format!(
            "`begin` is {}, it must not be after today",
            draft.begin
        ));
    }
    if draft.end < today {
        return invalid(format!(
            "`end` is {}, it must not be before today",
            draft.end
        ));
    }
    if draft.end > last {
        return invalid(format!(
            "`end` is {}, the purpose `{}` allows {days_max} days: {last} at the latest",
            draft.end, purpose.id
        ));
    }
    Ok(())
}

fn end_of_unmasking(purpose: &Purpose, moment: Moment<'_>) -> Result<jiff::Timestamp, CaseError> {
    let hours = purpose.unmask_hours.map(i64::from);
    let end = hours.and_then(|hours| {
        moment
            .at
            .checked_add(jiff::SignedDuration::from_hours(hours))
            .ok()
    });
    end.ok_or_else(|| {
        CaseError::Invalid(format!(
            "under the purpose `{}` nobody is unmasked: its `unmask_hours` does not say for how long",
            purpose.id
        ))
    })
}

fn check_team(team: &BTreeSet<String>) -> Result<(), CaseError> {
    if !(1..=TEAM_MAX).contains(&team.len()) {
        return invalid(format!(
            "the team would have {} people, it must be 1 to {TEAM_MAX}",
            team.len()
        ));
    }
    team.iter()
        .try_for_each(|account| check_text("team", account, ACCOUNT_CHARS_MAX))
}

/// A text that says something and is not too long.
pub(super) fn check_text(name: &str, text: &str, chars_max: usize) -> Result<(), CaseError> {
    let chars = text.chars().count();
    if text.trim().is_empty() || chars > chars_max {
        return invalid(format!(
            "`{name}` has {chars} characters, it must be 1 to {chars_max} and not blank"
        ));
    }
    Ok(())
}

fn invalid<T>(what: String) -> Result<T, CaseError> {
    Err(CaseError::Invalid(what))
}
