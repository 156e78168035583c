//! Opening, reading and changing cases.

use std::collections::BTreeSet;

use super::shape::{
    CaseAnswer, CaseEvent, CaseLine, CaseList, CaseNote, ConfirmRequest, HandoverLine, NoteRequest,
    OpenRequest, PinRequest, PresenceLine, PresenceRequest, TeamRequest, UnmaskRequest,
    UnmaskingLine,
};
use super::{Desk, DeskError};
use crate::authz::Disclosure;
use crate::case::deconfliction::Presence;
use crate::case::limit::NODES_MAX;
use crate::case::{Case, CaseError, Entry, Pin, Status, TeamChange};
use crate::model::CaseId;

/// Most cases in a list.
const CASES_MAX: usize = 500;

impl Desk<'_> {
    /// The cases that the caller may see for the purpose.
    pub fn cases(&self) -> CaseList {
        let mut seen: Vec<_> = self.book.seen_cases(self.caller, &self.purpose).collect();
        seen.sort_by_key(|case| {
            let over = case.status(self.day) != Status::Open;
            (over, std::cmp::Reverse(case.end), case.id)
        });
        CaseList {
            purpose: self.purpose.id.clone(),
            case_count: seen.len(),
            cases: seen
                .into_iter()
                .take(CASES_MAX)
                .map(|case| CaseLine {
                    id: case.id.to_string(),
                    title: case.title.clone(),
                    owner: format!("{}/{}", case.organisation, case.department),
                    begin: case.begin.to_string(),
                    end: case.end.to_string(),
                    status: case.status(self.day),
                })
                .collect(),
        }
    }

    /// A case.
    ///
    /// # Errors
    /// [`CaseError::UnknownCase`], the same for missing and not the caller's.
    pub fn case(&self, id: &str) -> Result<CaseAnswer, DeskError> {
        let case = self.book.seen(id, self.caller, &self.purpose)?;
        self.show(case)
    }

    /// Opens a case. Each of its nodes must be one that the caller sees under the purpose.
    ///
    /// # Errors
    /// [`DeskError`].
    pub fn open(&mut self, request: &OpenRequest) -> Result<CaseAnswer, DeskError> {
        let mut draft = request.draft(self.day)?;
        self.check_presence(draft.presence)?;
        if request.nodes.len() + request.find.len() > NODES_MAX {
            return Err(
                CaseError::Invalid(format!("a case is about at most {NODES_MAX} nodes")).into(),
            );
        }
        let (nodes, units) = self.with_session(None, |session| {
            let named = request.nodes.iter().map(|id| session.resolve(id));
            let found = request.find.iter().map(|text| session.find_one(text));
            let nodes = named.chain(found).collect::<Result<BTreeSet<_>, _>>()?;
            let units = nodes.iter().flat_map(|&node| session.one_with(node));
            let units = units.collect();
            Ok((nodes, units))
        })?;
        draft.nodes = nodes;
        draft.units = units;
        let id = CaseId::from_bits(self.draw());
        let case = Case::open(id, draft, self.caller, &self.purpose, self.moment())?;
        self.note = Some(format!("opened case {id}"));
        self.put(case)
    }

    /// Adds a note.
    ///
    /// # Errors
    /// [`DeskError`].
    pub fn add_note(&mut self, id: &str, request: &NoteRequest) -> Result<CaseAnswer, DeskError> {
        let mut case = self.mine(id)?;
        case.add_note(&request.text, self.moment())?;
        self.put(case)
    }

    /// Pins a node that the caller sees under the case, or takes its pin away.
    ///
    /// # Errors
    /// [`DeskError`].
    pub fn pin(&mut self, id: &str, request: &PinRequest) -> Result<CaseAnswer, DeskError> {
        let mut case = self.mine(id)?;
        let node = self.with_session(Some(&case), |session| session.resolve(&request.node))?;
        let take = if request.remove { Pin::Take } else { Pin::Put };
        case.pin(node, take, self.moment())?;
        self.put(case)
    }

    /// Changes the team.
    ///
    /// # Errors
    /// [`DeskError`].
    pub fn change_team(
        &mut self,
        id: &str,
        request: &TeamRequest,
    ) -> Result<CaseAnswer, DeskError> {
        let mut case = self.mine(id)?;
        let change = TeamChange {
            add: request.add.iter().cloned().collect(),
            remove: request.remove.iter().cloned().collect(),
        };
        self.note = Some(format!(
            "team of case {}: came {:?}, left {:?}",
            case.id, change.add, change.remove
        ));
        case.change_team(change, self.moment())?;
        self.put(case)
    }

    /// Changes what others who ask are told.
    ///
    /// # Errors
    /// [`DeskError`]; [`CaseError::Role`] for silence without the role.
    pub fn change_presence(
        &mut self,
        id: &str,
        request: &PresenceRequest,
    ) -> Result<CaseAnswer, DeskError> {
        let mut case = self.mine(id)?;
        let presence = request.read()?;
        self.check_presence(presence)?;
        case.change_presence(presence, self.moment())?;
        let line = PresenceLine::new(presence);
        self.note = Some(format!("presence of case {}: {}", case.id, line.answer));
        self.put(case)
    }

    /// Asks who a masked node is that the caller sees under the case.
    ///
    /// # Errors
    /// [`DeskError`]; [`CaseError::Invalid`] for a node that is not masked.
    pub fn unmask(&mut self, id: &str, request: &UnmaskRequest) -> Result<CaseAnswer, DeskError> {
        let mut case = self.mine(id)?;
        let (node, seen) = self.with_session(Some(&case), |session| {
            let node = session.resolve(&request.node)?;
            Ok((node, session.summaries(&BTreeSet::from([node]))?))
        })?;
        if seen
            .iter()
            .all(|node| node.disclosure != Disclosure::Masked)
        {
            return Err(CaseError::Invalid("`node` is not masked".to_owned()).into());
        }
        case.ask_unmasking(node, &request.reason, &self.purpose, self.moment())?;
        self.note = Some(format!(
            "unmasking {} of {node} in case {}: {}",
            case.unmaskings.len(),
            case.id,
            request.reason
        ));
        self.put(case)
    }

    /// Confirms an unmasking as the second person.
    ///
    /// # Errors
    /// [`DeskError`].
    pub fn confirm(&mut self, id: &str, request: &ConfirmRequest) -> Result<CaseAnswer, DeskError> {
        let mut case = self.mine(id)?;
        case.confirm_unmasking(request.number, &self.purpose, self.moment())?;
        self.note = Some(format!(
            "confirmed unmasking {} in case {}",
            request.number, case.id
        ));
        self.put(case)
    }

    /// Closes a case.
    ///
    /// # Errors
    /// [`DeskError`].
    pub fn close(&mut self, id: &str) -> Result<CaseAnswer, DeskError> {
        let mut case = self.mine(id)?;
        case.close(self.moment())?;
        self.note = Some(format!("closed case {}", case.id));
        self.put(case)
    }

    /// A copy of a case that the caller works on.
    pub(super) fn mine(&self, id: &str) -> Result<Case, CaseError> {
        let case = self.book.worked_on(id, self.caller, &self.purpose)?;
        Ok(Case::clone(case))
    }

    /// Silence is for roles that the settings name.
    fn check_presence(&self, presence: Presence) -> Result<(), CaseError> {
        let roles = &self.engine.settings.silent_roles;
        let may = roles.iter().any(|role| self.caller.roles.contains(role));
        match presence {
            Presence::Silent { .. } if !may => {
                Err(CaseError::Role(format!("of one of: {}", roles.join(", "))))
            }
            Presence::Silent { .. } | Presence::Hold | Presence::Contact { .. } => Ok(()),
        }
    }

    /// Notes what is to be stored, and shows it.
    pub(super) fn put(&mut self, case: Case) -> Result<CaseAnswer, DeskError> {
        let answer = self.show(&case)?;
        self.entries.push(Entry::Case(Box::new(case)));
        Ok(answer)
    }

    /// What a reader sees of a case. Its nodes are those of their own view, within the case.
    fn show(&self, case: &Case) -> Result<CaseAnswer, DeskError> {
        let (nodes, pins) = self.with_session(Some(case), |session| {
            Ok((
                session.summaries(&case.nodes)?,
                session.summaries(&case.pins)?,
            ))
        })?;
        Ok(CaseAnswer {
            id: case.id.to_string(),
            title: case.title.clone(),
            goal: case.goal.clone(),
            purpose: case.purpose.clone(),
            ground: case.ground.clone(),
            owner: format!("{}/{}", case.organisation, case.department),
            team: case.team.iter().cloned().collect(),
            nodes,
            steps: case.steps,
            begin: case.begin.to_string(),
            end: case.end.to_string(),
            closed: case.closed.map(|day| day.to_string()),
            status: case.status(self.day),
            presence: PresenceLine::new(case.presence),
            notes: case
                .notes
                .iter()
                .map(|note| CaseNote {
                    at: note.at.to_string(),
                    by: note.by.clone(),
                    text: note.text.clone(),
                })
                .collect(),
            pins,
            log: case
                .log
                .iter()
                .map(|event| CaseEvent {
                    at: event.at.to_string(),
                    by: event.by.clone(),
                    deed: event.deed,
                })
                .collect(),
            unmaskings: self.unmaskings(case)?,
            may_weigh: case.is_in_force(self.day) && self.may_weigh(),
            may_hand_over: self.may_hand_over(case),
            handover: case.handover.as_ref().map(|one| HandoverLine {
                reference: one.reference.clone(),
                level: one.level.name().to_owned(),
                by: one.by.clone(),
                at: one.at.to_string(),
                zaak: one.zaak.clone(),
                finished: one.finished.is_some(),
                trouble: one.trouble.clone(),
            }),
        })
    }

    fn unmaskings(&self, case: &Case) -> Result<Vec<UnmaskingLine>, DeskError> {
        self.with_session(Some(case), |session| {
            let lines = case.unmaskings.iter().zip(1..).map(|(one, number)| {
                let node = session.summaries(&BTreeSet::from([one.node]))?;
                Ok(UnmaskingLine {
                    number,
                    node: node.into_iter().next(),
                    reason: one.reason.clone(),
                    asked_by: one.asked_by.clone(),
                    asked_at: one.asked_at.to_string(),
                    confirmed_by: one.confirmed_by.clone(),
                    until: one.until.map(|until| until.to_string()),
                    state: match one.until {
                        None => "waiting",
                        Some(_) if one.is_open(self.now) => "open",
                        Some(_) => "past",
                    },
                })
            });
            lines.collect()
        })
    }
}
