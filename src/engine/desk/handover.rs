//! Handing a case over: what leaves, and what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::shape::{CaseAnswer, HandoverRequest};
use super::{Desk, DeskError};
use crate::case::{Case, CaseError, Entry};
use crate::handover::{CaseSystem, Message, Sent, Thing, ZaakSettings};
use crate::model::{CaseId, Level};

/// A case that is ready to leave: recorded and kept as begun.
#[derive(Debug)]
pub struct Prepared {
    case: CaseId,
    system: Arc<CaseSystem>,
    kind: ZaakSettings,
    message: Message,
    before: Sent,
}

/// What came of it.
#[derive(Debug)]
pub struct Ended {
    case: CaseId,
    sent: Sent,
}

impl Prepared {
    /// Sends it. Waits for the network, so no lock may be held.
    pub fn send(self) -> Ended {
        let sent = self.system.send(&self.message, &self.kind, self.before);
        Ended {
            case: self.case,
            sent,
        }
    }
}

impl Desk<'_> {
    /// Makes a case ready to be handed over: its nodes and pins as the caller sees them, those that are masked left out.
    ///
    /// * `flags`: identifiers of flags in the case, which the caller may see.
    ///
    /// # Errors
    /// [`DeskError`]; [`CaseError::Role`] without a role for it; [`CaseError::Invalid`] where cases of this organisation or
    /// purpose are not handed over, or what is in it is more confidential than the case system may hold.
    pub fn prepare_handover(
        &mut self,
        id: &str,
        request: &HandoverRequest,
        flags: Vec<String>,
    ) -> Result<Prepared, DeskError> {
        let mut case = self.mine(id)?;
        let (system, kind) = self.case_system(&case)?;
        let explanation = request.explanation()?;
        let (things, level) = self.things(&case)?;
        let max = system.settings().level_max;
        if level > max {
            return Err(CaseError::Invalid(format!(
                "the case holds what is `{}`, and the case system holds at most `{}`",
                level.name(),
                max.name()
            ))
            .into());
        }
        let handover = case.begin_handover(level, self.moment())?;
        let labels: Vec<String> = things
            .iter()
            .map(|thing| format!("{} {}", thing.label, thing.id))
            .collect();
        self.note = Some(format!(
            "case {} handed over to {} as {} ({}): {}; {} flags",
            case.id,
            system.settings().zaken,
            handover.reference,
            level.name(),
            labels.join(", "),
            flags.len()
        ));
        let prepared = Prepared {
            case: case.id,
            system,
            kind,
            message: Message {
                reference: handover.reference.clone(),
                purpose_title: self.purpose.title.clone(),
                explanation,
                level,
                start: self.day,
                things,
                flags,
                user: (self.caller.id.clone(), self.caller.name.clone()),
            },
            before: Sent {
                zaak: handover.zaak,
                taken: handover.taken,
                trouble: None,
            },
        };
        self.entries.push(Entry::Case(Box::new(case)));
        Ok(prepared)
    }

    /// Keeps what came of handing over.
    ///
    /// # Errors
    /// [`DeskError`].
    pub fn end_handover(&mut self, ended: &Ended) -> Result<CaseAnswer, DeskError> {
        let mut case = self.mine(&ended.case.to_string())?;
        let Sent {
            zaak,
            taken,
            trouble,
        } = ended.sent.clone();
        self.note = Some(match &trouble {
            None => format!("case {} was taken over", case.id),
            Some(_) => format!("case {} was not taken over whole", case.id),
        });
        case.end_handover(zaak, taken, trouble, self.moment());
        self.put(case)
    }

    /// Whether the caller may hand this case over.
    pub(super) fn may_hand_over(&self, case: &Case) -> bool {
        let is_done = case
            .handover
            .as_ref()
            .is_some_and(|one| one.finished.is_some());
        case.is_of(self.caller)
            && case.is_in_force(self.day)
            && !is_done
            && self.case_system(case).is_ok()
    }

    fn case_system(&self, case: &Case) -> Result<(Arc<CaseSystem>, ZaakSettings), CaseError> {
        let none = || {
            CaseError::Invalid("cases like this are not handed over to a case system".to_owned())
        };
        let system = self.engine.case_system.as_ref().ok_or_else(none)?;
        let settings = system.settings();
        let kind = settings.purpose.get(&case.purpose);
        let kind = kind
            .filter(|_| settings.organisation == case.organisation)
            .ok_or_else(none)?;
        if !settings
            .roles
            .iter()
            .any(|role| self.caller.roles.contains(role))
        {
            return Err(CaseError::Role(format!(
                "of one of: {}",
                settings.roles.join(", ")
            )));
        }
        Ok((Arc::clone(system), kind.clone()))
    }

    /// What a case is about, as the caller sees it, and the level of the most confidential thing said of it.
    fn things(&self, case: &Case) -> Result<(Vec<Thing>, Level), DeskError> {
        self.with_session(Some(case), |session| {
            let mut level = Level::Openbaar;
            let mut things = Vec::new();
            for &node in case.nodes.union(&case.pins) {
                let Some(told) = session.told_of(node)? else {
                    continue;
                };
                level = level.max(told.level);
                let values: BTreeMap<String, String> = told
                    .values
                    .into_iter()
                    .map(|(name, value)| (name, value.to_string()))
                    .collect();
                things.push(Thing {
                    id: told.node.id,
                    label: told.node.label,
                    values,
                });
            }
            Ok((things, level))
        })
    }
}
