//! What officers ask: of the log, of everything about one person, and of a policy before it takes effect.
//!
//! # Invariants
//! * **looking into the log is logged**: with the question, before the answer leaves.
//! * **nobody sees all silently**: a reading of everything about one node, for who it is about, is a read like any other in
//!   the log, under an activity of its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Access, AccessError, Compiler, Engine, Recorded, Scene};
use crate::audit::{AuditError, Decision, Outcome, ReadRecord, ReviewRecord};
use crate::authz::{
    AuthorizedView, Clearance, EvaluationError, Grant, Policy, Principal, Purpose, ViewDifference,
    ViewSource,
};
use crate::case::MistakeOutcome;
use crate::flag::{FlagAbout, flags_about};
use crate::model::{
    ClassSet, Day, Level, Marking, MarkingId, MarkingTable, NodeId, PropertyClass, TimeSpan,
};
use crate::query::{ReadLimits, Session, SessionContext};

/// The role that may ask the log.
pub const OFFICER_ROLE: &str = "privacy-officer";
/// The processing activity of giving a person what is held about them (GDPR, article 15). Not in the register of purposes:
/// nobody can name it for another read.
pub const RIGHT_OF_ACCESS: &str = "recht-van-inzage";

/// Why a caller does or does not see what one marking holds of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// Who owns it, `organisation/department`.
    pub owner: String,
    /// Its level.
    pub level: String,
    /// Its source.
    pub source: String,
    /// Purposes that it was collected for; none: any.
    #[schema(value_type = Vec<String>)]
    pub purposes: BTreeSet<String>,
    /// Whether the caller sees it.
    pub is_visible: bool,
    /// Classes of properties that the caller reads of it.
    pub classes: Vec<String>,
    /// The rules that let it be seen.
    pub rules: Vec<String>,
    /// Single changes of caller or purpose that would let it be seen, where it is not.
    pub needed: Vec<String>,
}

/// What is kept about a person besides what sources say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptAbout {
    /// What patterns found.
    pub flags: Vec<FlagAbout>,
    /// Cases that are about the person.
    pub cases: Vec<CaseAbout>,
    /// Mistakes that were reported in what sources say of the person.
    pub mistakes: Vec<MistakeAbout>,
}

/// A case about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseAbout {
    /// Its purpose.
    pub purpose: String,
    /// Legal ground.
    pub ground: String,
    /// Whose it is, `organisation/department`.
    pub owner: String,
    /// What is to be found out.
    pub goal: String,
    /// First day.
    pub begin: Day,
    /// Last day.
    pub end: Day,
    /// The day it was closed.
    pub closed: Option<Day>,
    /// What was noted in it.
    pub notes: Vec<String>,
}

/// A mistake that was reported in what a source says of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MistakeAbout {
    /// The purpose that it was read for.
    pub purpose: String,
    /// When.
    pub reported: Day,
    /// The source.
    pub source: String,
    /// What is wrong.
    pub text: String,
    /// What came of it, and why.
    pub replies: Vec<(MistakeOutcome, String)>,
}

/// What could be otherwise: roles and purposes that there are.
#[derive(Debug, Clone, Default)]
pub struct Alternatives {
    /// Roles.
    pub roles: BTreeSet<String>,
    /// Purposes.
    pub purposes: Vec<Purpose>,
}

impl Engine {
    /// Lets an officer ask the log. `question` is what stands in the record of it.
    ///
    /// # Errors
    /// [`AccessError::NotOfficer`], which is recorded too; [`AccessError::Audit`].
    pub fn review<T>(
        &self,
        caller: &Principal,
        question: serde_json::Value,
        ask: impl FnOnce(&Path) -> Result<T, AuditError>,
    ) -> Result<Recorded<T>, AccessError> {
        self.oversee(caller, question, || {
            let directory = self.recorder.directory();
            Ok(ask(directory.ok_or(AuditError::NoLog)?)?)
        })
    }

    /// Lets an officer ask something. `question` is what stands in the record of it.
    ///
    /// # Errors
    /// As [`Self::review`].
    pub fn oversee<T>(
        &self,
        caller: &Principal,
        question: serde_json::Value,
        ask: impl FnOnce() -> Result<T, AccessError>,
    ) -> Result<Recorded<T>, AccessError> {
        let record = |outcome| ReviewRecord {
            principal: caller.id.clone(),
            question,
            outcome,
        };
        if !caller.roles.contains(OFFICER_ROLE) {
            self.note(record(Outcome::Denied)).durable_blocking()?;
            return Err(AccessError::NotOfficer);
        }
        let answer = ask()?;
        let receipt = Some(self.note(record(Outcome::Answered)));
        Ok(Recorded { answer, receipt })
    }

    /// What the walls let an account see for a purpose, by marking: no node and no count. Told is what the officer's own
    /// organisation holds, and what the account sees of others; that others hold more is theirs to tell.
    ///
    /// # Errors
    /// [`EvaluationError`].
    ///
    /// # Cost
    /// Evaluates the policy some thirty times for each marking that is hidden.
    pub fn walls(
        &self,
        officer: &Principal,
        of: &Principal,
        purpose: &Purpose,
        alternatives: &Alternatives,
    ) -> Result<Vec<Why>, EvaluationError> {
        let source = Arc::clone(&self.current.load().source);
        let markings: BTreeSet<&Marking> = source.markings.iter().map(|(_, one)| one).collect();
        let mut walls = Vec::new();
        for marking in markings {
            let is_own = marking.organisation == officer.organisation;
            let why = self.why_marking(of, purpose, marking, alternatives)?;
            if is_own || why.is_visible {
                walls.push(why);
            }
        }
        Ok(walls)
    }

    /// Reads everything that there is, hidden from others or not, for the person it is about. The caller must be an officer;
    /// the read is recorded as [`RIGHT_OF_ACCESS`].
    ///
    /// # Errors
    /// [`AccessError`].
    pub fn read_everything<T, E>(
        &self,
        caller: &Principal,
        access: Access<'_>,
        read: impl FnOnce(&Session) -> Result<T, E>,
    ) -> Result<Recorded<Result<T, E>>, AccessError> {
        let current = self.current.load_full();
        let day = access.as_of.unwrap_or_else(self.today);
        let scene = Scene {
            caller,
            access: &access,
            day,
            current: &current,
        };
        if !caller.roles.contains(OFFICER_ROLE) {
            return Err(self.refuse(&scene, AccessError::NotOfficer)?);
        }
        let clearance = Arc::new(everything(&current.source.markings));
        let compiler = Compiler {
            views: Arc::clone(&self.views),
            source: current.source_for(&clearance)?,
            clearance,
            day,
            scope: None,
        };
        let session = Session::new(SessionContext {
            view: compiler.view(TimeSpan::On(day)),
            history: Box::new(move || compiler.view(TimeSpan::Until(day))),
            purpose: RIGHT_OF_ACCESS.to_owned(),
            known_at: None,
            pseudonym_context: format!("{}/{RIGHT_OF_ACCESS}", caller.id),
            secret: self.store.secret().clone(),
            limits: ReadLimits::default(),
            asked: Default::default(),
        });
        let answer = read(&session);
        let outcome = match answer.is_ok() {
            true => Outcome::Answered,
            false => Outcome::NotAnswered,
        };
        let receipt = self.recorder.record(ReadRecord {
            decision: Decision {
                purpose: Some(RIGHT_OF_ACCESS.to_owned()),
                ..self.decision(&scene, None, outcome)
            },
            shown: session.shown(),
        });
        Ok(Recorded {
            answer,
            receipt: Some(receipt),
        })
    }

    /// What is kept about a person besides what sources say, as far as `tells` lets a purpose be told: for the person, with
    /// [`Self::read_everything`], which stands in the log. The caller must be an officer. Cases that are silent are told where
    /// `with_silent` says so: that they are there is what they keep to themselves.
    ///
    /// * `nodes`: what the person is, all that are one.
    ///
    /// # Errors
    /// [`AccessError::NotOfficer`], [`AccessError::Store`].
    pub fn kept_about(
        &self,
        caller: &Principal,
        nodes: &BTreeSet<NodeId>,
        tells: impl Fn(&str) -> bool,
        with_silent: bool,
    ) -> Result<KeptAbout, AccessError> {
        if !caller.roles.contains(OFFICER_ROLE) {
            return Err(AccessError::NotOfficer);
        }
        let today = (self.today)();
        let records = self.store.records().map_err(Arc::new)?;
        let mut flags = flags_about(&records, nodes).map_err(Arc::new)?;
        flags.retain(|flag| tells(&flag.purpose));
        let book = self.book.load();
        let cases = book.cases().filter(|case| {
            let is_silent = case.presence.is_silent_on(today);
            let is_about = case
                .nodes
                .union(&case.units)
                .any(|node| nodes.contains(node));
            is_about && tells(&case.purpose) && (with_silent || !is_silent)
        });
        let mistakes = book
            .mistakes()
            .filter(|one| nodes.contains(&one.node) && tells(&one.purpose));
        Ok(KeptAbout {
            flags,
            cases: cases
                .map(|case| CaseAbout {
                    purpose: case.purpose.clone(),
                    ground: case.ground.clone(),
                    owner: format!("{}/{}", case.organisation, case.department),
                    goal: case.goal.clone(),
                    begin: case.begin,
                    end: case.end,
                    closed: case.closed,
                    notes: case.notes.iter().map(|note| note.text.clone()).collect(),
                })
                .collect(),
            mistakes: mistakes
                .map(|one| MistakeAbout {
                    purpose: one.purpose.clone(),
                    reported: one.day,
                    source: one.line.title.clone(),
                    text: one.text.clone(),
                    replies: one
                        .replies
                        .iter()
                        .map(|reply| (reply.outcome, reply.text.clone()))
                        .collect(),
                })
                .collect(),
        })
    }

    /// What a caller would gain and lose, for a purpose and today, if the rules of `after` were in force and not those of
    /// `before`. For who keeps the policy, at the machine of the store: it counts what the caller does not see.
    ///
    /// # Errors
    /// [`EvaluationError`].
    pub fn policy_difference(
        &self,
        before: &Policy,
        after: &Policy,
        caller: &Principal,
        purpose: &Purpose,
    ) -> Result<ViewDifference, EvaluationError> {
        let source = Arc::clone(&self.current.load().source);
        let span = TimeSpan::On((self.today)());
        let view = |policy: &Policy| {
            let clearance = policy.clearance(caller, purpose, &source.markings)?;
            let source = ViewSource::clone(&source);
            Ok(AuthorizedView::compile(source, Arc::new(clearance), span))
        };
        Ok(view(before)?.difference(&view(after)?))
    }

    /// Why a caller does or does not see what there is of a node, by marking; `None` if there is no such node. For who keeps
    /// the policy, at the machine of the store: it tells what the caller does not see.
    ///
    /// # Errors
    /// [`EvaluationError`].
    pub fn why(
        &self,
        caller: &Principal,
        purpose: &Purpose,
        node: NodeId,
        alternatives: &Alternatives,
    ) -> Result<Option<Vec<Why>>, EvaluationError> {
        let source = Arc::clone(&self.current.load().source);
        let Some(node) = source.snapshot.find(node) else {
            return Ok(None);
        };
        let markings = source.snapshot.node_markings(node).iter();
        let markings = markings.filter_map(|&id| source.markings.get(MarkingId(id)));
        let why = markings.map(|marking| self.why_marking(caller, purpose, marking, alternatives));
        why.collect::<Result<Vec<Why>, EvaluationError>>().map(Some)
    }

    fn why_marking(
        &self,
        caller: &Principal,
        purpose: &Purpose,
        marking: &Marking,
        alternatives: &Alternatives,
    ) -> Result<Why, EvaluationError> {
        let grant = self.grant(caller, purpose, marking)?;
        let is_visible = grant.classes.is_some();
        let mut needed = Vec::new();
        if !is_visible {
            for (change, caller, purpose) in changes(caller, purpose, marking, alternatives) {
                if self.grant(&caller, &purpose, marking)?.classes.is_some() {
                    needed.push(change);
                }
            }
        }
        let classes = grant.classes.unwrap_or(ClassSet::EMPTY);
        let classes = PropertyClass::ALL
            .into_iter()
            .filter(|&class| classes.contains(class));
        Ok(Why {
            owner: format!("{}/{}", marking.organisation, marking.department),
            level: marking.level.name().to_owned(),
            source: marking.source.clone(),
            purposes: marking.purposes.iter().cloned().collect(),
            is_visible,
            classes: classes.map(|class| class.name().to_owned()).collect(),
            rules: grant.rules,
            needed,
        })
    }

    fn grant(
        &self,
        caller: &Principal,
        purpose: &Purpose,
        marking: &Marking,
    ) -> Result<Grant, EvaluationError> {
        let mut table = MarkingTable::default();
        // A table that is empty takes one marking.
        let Ok(id) = table.intern(marking) else {
            return Ok(Grant::default());
        };
        let rules = Arc::clone(&self.current.load().rules);
        let clearance = rules.policy.clearance(caller, purpose, &table)?;
        Ok(Grant {
            classes: clearance.classes(id),
            rules: clearance.rules(id).to_vec(),
        })
    }
}

/// The clearance of who may see all: for reading everything about one node, and for nothing else.
fn everything(markings: &MarkingTable) -> Clearance {
    let mut classes = ClassSet::EMPTY;
    PropertyClass::ALL
        .into_iter()
        .for_each(|class| classes.insert(class));
    let grant = Grant {
        classes: Some(classes),
        rules: vec![RIGHT_OF_ACCESS.to_owned()],
    };
    Clearance::new(vec![grant; markings.len()])
}

/// Callers and purposes that differ in one thing, and which.
fn changes(
    caller: &Principal,
    purpose: &Purpose,
    marking: &Marking,
    alternatives: &Alternatives,
) -> Vec<(String, Principal, Purpose)> {
    let mut changes = Vec::new();
    for role in alternatives.roles.difference(&caller.roles) {
        let mut other = caller.clone();
        other.roles.insert(role.clone());
        changes.push((format!("role `{role}`"), other, purpose.clone()));
    }
    for other in alternatives
        .purposes
        .iter()
        .filter(|other| other.id != purpose.id)
    {
        changes.push((
            format!("purpose `{}`", other.id),
            caller.clone(),
            other.clone(),
        ));
    }
    let higher = Level::ALL
        .into_iter()
        .filter(|level| *level > caller.clearance);
    for level in higher {
        let other = Principal {
            clearance: level,
            ..caller.clone()
        };
        changes.push((
            format!("clearance `{}`", level.name()),
            other,
            purpose.clone(),
        ));
    }
    let other = Principal {
        organisation: marking.organisation.clone(),
        department: marking.department.clone(),
        ..caller.clone()
    };
    if other != *caller {
        let owner = format!("{}/{}", marking.organisation, marking.department);
        changes.push((format!("department `{owner}`"), other, purpose.clone()));
    }
    changes
}
