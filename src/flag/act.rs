//! What people do with flags: judge, assign, put into a case. Each only on what they see, and kept beside what they saw.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::desk::FlagDesk;
use super::stored::{ACTS, Acts, Case, Judgement, Verdict};
use super::{FlagError, NAME_MAX, REASON_MAX};
use crate::query::Session;
use crate::scan::run::Element;
use crate::store::{ReadRecords, Store, StoreError};

/// A judgement to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JudgementRequest {
    /// `useful`, `not-useful` or `wrong-data`.
    pub verdict: Verdict,
    /// Why, in at most 2000 characters.
    pub reason: String,
}

/// To whom a flag is given.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssigneeRequest {
    /// An account; null takes it back.
    pub assignee: Option<String>,
}

/// The case that a flag is put into.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseRequest {
    /// Identifier of the case.
    pub case_id: String,
}

/// What is to be done with a flag.
#[derive(Debug, Clone)]
pub enum Act {
    /// Judge it.
    Judge(JudgementRequest),
    /// Give it to someone.
    Assign(AssigneeRequest),
    /// Put it into a case.
    Case(CaseRequest),
}

/// An act that may be done: it was checked, and waits until the read that it rests on is recorded.
#[derive(Debug)]
pub struct PreparedAct {
    flag: String,
    act: Act,
    seen: Vec<Element>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActDone {
    /// The flag.
    pub flag_id: String,
    /// Who did it.
    pub by: String,
    /// Which day.
    #[schema(format = Date)]
    pub on: String,
    /// The judgement, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// To whom it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// The case it was put into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_id: Option<String>,
}

impl FlagDesk<'_> {
    /// Checks an act on a flag.
    ///
    /// # Errors
    /// [`FlagError::UnknownFlag`] where the flag is missing or hidden, before anything else; [`FlagError::NotJudge`],
    /// [`FlagError::Invalid`].
    pub fn prepare(&self, session: &Session, id: &str, act: Act) -> Result<PreparedAct, FlagError> {
        let seen = self.one(session, id)?;
        if !seen.mandate.is_judged_by(self.reader) {
            return Err(FlagError::NotJudge);
        }
        match &act {
            Act::Judge(request) => text("reason", &request.reason, REASON_MAX)?,
            Act::Assign(AssigneeRequest { assignee: None }) => {}
            Act::Assign(AssigneeRequest {
                assignee: Some(name),
            }) => text("assignee", name, NAME_MAX)?,
            Act::Case(request) => text("caseId", &request.case_id, NAME_MAX)?,
        }
        Ok(PreparedAct {
            flag: id.to_owned(),
            act,
            seen: seen.found.evidence,
        })
    }
}

fn text(name: &str, text: &str, max: usize) -> Result<(), FlagError> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > max {
        return Err(FlagError::Invalid(format!(
            "`{name}` has {length} characters, it must have 1 to {max} and not be blank"
        )));
    }
    Ok(())
}

impl PreparedAct {
    /// Does it, durably.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is then changed.
    pub fn apply(self, store: &Store, by: &str, on: &str) -> Result<ActDone, StoreError> {
        let Self { flag, act, seen } = self;
        let mut done = ActDone {
            flag_id: flag.clone(),
            by: by.to_owned(),
            on: on.to_owned(),
            verdict: None,
            assignee: None,
            case_id: None,
        };
        store.change_records(|change| {
            let mut acts: Acts = change.get(ACTS, &flag)?.unwrap_or_default();
            let named = |name: String| Case {
                name,
                by: by.to_owned(),
                on: on.to_owned(),
                seen: seen.clone(),
            };
            match act {
                Act::Judge(JudgementRequest { verdict, reason }) => {
                    done.verdict = Some(verdict);
                    acts.judgements.push(Judgement {
                        verdict,
                        reason,
                        by: by.to_owned(),
                        on: on.to_owned(),
                        seen: seen.clone(),
                    });
                }
                Act::Assign(AssigneeRequest { assignee }) => {
                    done.assignee.clone_from(&assignee);
                    acts.assignees.push(named(assignee.unwrap_or_default()));
                }
                Act::Case(CaseRequest { case_id }) => {
                    done.case_id = Some(case_id.clone());
                    acts.cases.push(named(case_id));
                }
            }
            change.put(ACTS, &flag, &acts)
        })?;
        Ok(done)
    }
}
