//! That a case was handed over to a case system, and how far that came.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::CaseError;
use super::file::{Case, Deed, Moment};
use crate::model::Level;

/// For so long nobody hands over what somebody is handing over.
const AT_WORK_SECONDS: i64 = 180;

/// A handing over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handover {
    /// Its number at the case system.
    pub reference: String,
    /// The level that it was handed over at.
    pub level: Level,
    /// Which account did so last.
    pub by: String,
    /// When.
    pub at: jiff::Timestamp,
    /// Address at the case system, once it is known.
    pub zaak: Option<String>,
    /// What was taken.
    pub taken: BTreeSet<String>,
    /// When all was taken.
    pub finished: Option<jiff::Timestamp>,
    /// Why it is not finished, where the case system said so.
    pub trouble: Option<String>,
}

impl Case {
    /// Begins to hand over, or goes on where it broke off.
    ///
    /// # Errors
    /// [`CaseError::Over`]; [`CaseError::Invalid`] if it was handed over, or somebody is at it.
    pub fn begin_handover(
        &mut self,
        level: Level,
        moment: Moment<'_>,
    ) -> Result<Handover, CaseError> {
        self.check_open(moment)?;
        let before = match self.handover.clone() {
            None => None,
            Some(Handover {
                finished: Some(_),
                reference,
                ..
            }) => {
                return Err(CaseError::Invalid(format!(
                    "the case was handed over already, as `{reference}`"
                )));
            }
            Some(one)
                if one.trouble.is_none()
                    && moment.at.as_second() - one.at.as_second() < AT_WORK_SECONDS =>
            {
                return Err(CaseError::Invalid(
                    "the case is being handed over now: wait a few minutes".to_owned(),
                ));
            }
            Some(one) => Some(one),
        };
        let handover = Handover {
            reference: format!("VERBAND-{}", self.id),
            level,
            by: moment.by.to_owned(),
            at: moment.at,
            zaak: before.as_ref().and_then(|one| one.zaak.clone()),
            taken: before.map(|one| one.taken).unwrap_or_default(),
            finished: None,
            trouble: None,
        };
        self.handover = Some(handover.clone());
        self.tell(Deed::HandoverBegun, moment);
        Ok(handover)
    }

    /// Keeps what came of it.
    pub fn end_handover(
        &mut self,
        zaak: Option<String>,
        taken: BTreeSet<String>,
        trouble: Option<String>,
        moment: Moment<'_>,
    ) {
        let Some(handover) = &mut self.handover else {
            return;
        };
        let is_done = trouble.is_none();
        handover.zaak = zaak;
        // What it was about need not be kept a second time.
        handover.taken = if is_done { BTreeSet::new() } else { taken };
        handover.finished = is_done.then_some(moment.at);
        handover.trouble = trouble;
        if is_done {
            self.tell(Deed::HandedOver, moment);
        }
    }
}
