//! Asking whether others are busy, and what both sides and the coordinator see of it.
//!
//! What is told is decided in [`deconfliction`](crate::case::deconfliction). Here it is asked, kept and put into words.

use std::collections::BTreeSet;

use super::shape::{NodeRequest, PresenceLine};
use super::words::{
    DeconflictionAnswer, DeconflictionLine, DeconflictionList, NoticeList, SideLine, StateAnswer,
    StateRequest, UnmaskingNotice, Words,
};
use super::{Desk, DeskError};
use crate::case::deconfliction::{Answer, Holder, Interest};
use crate::case::{Asking, Case, CaseError, Deed, Entry, Party, Question, Side};
use crate::model::{NodeId, ReceiptId};

/// Most notices and askings in a list.
const LINES_MAX: usize = 500;

impl Desk<'_> {
    /// Asks whether others are busy with a node of an own open case. The same work is done and the same kind of document
    /// kept whatever the outcome.
    ///
    /// # Errors
    /// [`DeskError`]; [`CaseError::TooOften`] past what an account may ask in a day.
    pub fn ask(
        &mut self,
        id: &str,
        request: &NodeRequest,
    ) -> Result<DeconflictionAnswer, DeskError> {
        let (mut case, node) = self.asked_about(id, request)?;
        let settings = &self.engine.settings;
        let asker = Interest {
            units: self.with_session(None, |session| Ok(session.one_with(node)))?,
            ..case.interest()
        };
        let others = self.others(&asker)?;
        let question = Question {
            receipt: ReceiptId::from_bits(self.draw()),
            at: self.now,
            day: self.day,
            by: &self.caller.id,
            case: case.id,
            node,
            deadline: self.day.plus(settings.deadline_days.into()),
            canary: settings.canaries.contains(&node),
        };
        let asking = Asking::new(&question, &asker, &others);
        case.note_deed(Deed::Asked, self.moment())?;
        self.note = Some(record_of(&asking));
        let answer = Words::of(settings).answer(&asking);
        self.entries.push(Entry::Case(Box::new(case)));
        self.entries.push(Entry::Asking(Box::new(asking)));
        Ok(answer)
    }

    /// The own open case that is asked under, and the node of it that is asked about, if the account may ask once more today.
    pub(super) fn asked_about(
        &self,
        id: &str,
        request: &NodeRequest,
    ) -> Result<(Case, NodeId), DeskError> {
        let case = self.mine(id)?;
        if !case.is_in_force(self.day) {
            return Err(CaseError::Over(case.id).into());
        }
        let node = self.with_session(Some(&case), |session| {
            let node = session.resolve(&request.node)?;
            // Named, so that the record of the question names it.
            session.summaries(&BTreeSet::from([node]))?;
            Ok(node)
        })?;
        if !case.nodes.contains(&node) {
            return Err(CaseError::Invalid(
                "`node` is none that the case is about: open a case on it to ask".to_owned(),
            )
            .into());
        }
        let settings = &self.engine.settings;
        if self.book.asked_on(&self.caller.id, self.day) >= settings.asks_per_day {
            return Err(CaseError::TooOften(settings.asks_per_day).into());
        }
        Ok((case, node))
    }

    /// Who else is there: cases that were opened here, and those that sources delivered of other departments.
    fn others(&self, asker: &Interest) -> Result<Vec<Interest>, DeskError> {
        let mut others = self.book.others(asker, self.caller, self.day);
        let delivered = self.current.delivered(self.day)?;
        let of_others = delivered.iter().filter(|interest| {
            let own = interest.organisation == self.caller.organisation
                && interest.department == self.caller.department;
            !own && interest.counts_on(self.day) && interest.meets(asker)
        });
        others.extend(of_others.cloned());
        Ok(others)
    }

    /// What the caller has to know: who else is busy where they asked, and that others asked where they are busy.
    ///
    /// # Errors
    /// [`DeskError`].
    pub fn notices(&self) -> Result<NoticeList, DeskError> {
        let words = Words::of(&self.engine.settings);
        let mut asked: Vec<_> = self.book.askings().collect();
        asked.sort_by_key(|asking| (std::cmp::Reverse(asking.at), asking.receipt));
        let mut notices = Vec::new();
        for asking in asked {
            if self.is_mine(Holder::Case(asking.case)) && asking.asker_knows() {
                let nodes = BTreeSet::from([asking.node]);
                let node = self.named(&nodes)?;
                notices.push(words.to_asker(asking, node));
            }
            let Some(notice) = &asking.notice else {
                continue;
            };
            for party in asking.parties.iter().filter(|party| self.is_theirs(party)) {
                let node = self.named(&self.nodes_of(party))?;
                notices.push(words.to_party(asking, party, notice, node));
            }
        }
        let notice_count = notices.len();
        notices.truncate(LINES_MAX);
        Ok(NoticeList {
            notices,
            notice_count,
            unmaskings: self.unmasking_notices(),
        })
    }

    /// Those that wait for somebody of the team, and those that the caller asked or confirmed, while they are open.
    fn unmasking_notices(&self) -> Vec<UnmaskingNotice> {
        let cases = self.book.cases_of(self.caller);
        let mut notices = Vec::new();
        for case in cases {
            for (one, number) in case.unmaskings.iter().zip(1..) {
                let mine = one.asked_by == self.caller.id
                    || one.confirmed_by.as_ref() == Some(&self.caller.id);
                let state = match one.until {
                    None => "waiting",
                    Some(_) if mine && one.is_open(self.now) => "open",
                    Some(_) => continue,
                };
                notices.push(UnmaskingNotice {
                    case: case.id.to_string(),
                    number,
                    asked_by: one.asked_by.clone(),
                    confirmed_by: one.confirmed_by.clone(),
                    until: one.until.map(|until| until.to_string()),
                    state,
                });
            }
        }
        notices
    }

    /// Everything that was asked where somebody was, or where nobody has reason to ask: for the coordinator.
    ///
    /// # Errors
    /// [`CaseError::Role`] for anybody else.
    pub fn deconflictions(&self) -> Result<DeconflictionList, DeskError> {
        if !self.is_coordinator() {
            return Err(CaseError::Role(self.engine.settings.coordinator_role.clone()).into());
        }
        let mut asked: Vec<_> = self
            .book
            .askings()
            .filter(|asking| asking.is_for_coordinator())
            .collect();
        asked.sort_by_key(|asking| (std::cmp::Reverse(asking.at), asking.receipt));
        let deconfliction_count = asked.len();
        let deconflictions = asked
            .into_iter()
            .take(LINES_MAX)
            .map(|asking| self.line(asking))
            .collect::<Result<_, DeskError>>()?;
        Ok(DeconflictionList {
            deconflictions,
            deconfliction_count,
        })
    }

    fn line(&self, asking: &Asking) -> Result<DeconflictionLine, DeskError> {
        let team = |holder| match holder {
            Holder::Case(id) => self.book.case(id).map_or_else(Vec::new, |case| {
                case.team.iter().cloned().collect::<Vec<String>>()
            }),
            Holder::Delivered(_) => Vec::new(),
        };
        let parties = asking
            .parties
            .iter()
            .map(|party| SideLine::new(party, team(party.holder)));
        Ok(DeconflictionLine {
            receipt: asking.receipt.to_string(),
            asked_on: asking.day.to_string(),
            node: self
                .named(&BTreeSet::from([asking.node]))?
                .into_iter()
                .next(),
            answer: asking.answer.told,
            asker: SideLine::of_asker(asking, team(Holder::Case(asking.case))),
            parties: parties.collect(),
            deadline: asking.deadline.to_string(),
            overdue: asking.is_unsettled() && self.day > asking.deadline,
            canary: asking.canary,
        })
    }

    /// Tells that a side came further: spoke with the other, or agreed.
    ///
    /// # Errors
    /// [`CaseError::UnknownReceipt`] for who is no side; [`CaseError::Invalid`] for an asker who was told of nobody.
    pub fn advance(
        &mut self,
        receipt: &str,
        request: &StateRequest,
    ) -> Result<StateAnswer, DeskError> {
        let state = request.read()?;
        let unknown = || CaseError::UnknownReceipt(receipt.to_owned());
        let id: ReceiptId = receipt.parse().map_err(|_| unknown())?;
        let asking = self.book.asking(id).ok_or_else(unknown)?;
        let mut sides = Vec::new();
        if self.is_coordinator() && asking.is_for_coordinator() {
            sides.push(Side::Coordinator);
        }
        if self.is_mine(Holder::Case(asking.case)) {
            if !asking.asker_knows() && sides.is_empty() {
                return Err(CaseError::Invalid(
                    "this receipt tells of no other side, so there is nothing to settle".to_owned(),
                )
                .into());
            }
            sides.push(Side::Asker);
        }
        let theirs = asking.parties.iter().filter(|party| self.is_theirs(party));
        sides.extend(
            theirs
                .filter(|_| asking.notice.is_some())
                .map(|party| Side::Party(party.holder)),
        );
        if sides.is_empty() {
            return Err(unknown().into());
        }
        let mut asking = Asking::clone(asking);
        for side in sides {
            asking.advance(side, state, &self.caller.id, self.now);
        }
        self.note = Some(format!("receipt {id}: {}", request.state));
        self.entries.push(Entry::Asking(Box::new(asking)));
        Ok(StateAnswer {
            receipt: id.to_string(),
            state,
        })
    }

    pub(super) fn is_coordinator(&self) -> bool {
        self.engine.is_coordinator(self.caller)
    }

    fn is_mine(&self, holder: Holder) -> bool {
        match holder {
            Holder::Case(id) => self
                .book
                .case(id)
                .is_some_and(|case| case.is_of(self.caller)),
            Holder::Delivered(_) => false,
        }
    }

    /// Whether a party is the caller's: a case they work on, or one that their department delivered.
    fn is_theirs(&self, party: &Party) -> bool {
        match party.holder {
            Holder::Case(_) => self.is_mine(party.holder),
            Holder::Delivered(_) => {
                party.organisation == self.caller.organisation
                    && party.department == self.caller.department
            }
        }
    }

    /// What a party's own case is about: what exactly the other asked about is not told.
    fn nodes_of(&self, party: &Party) -> BTreeSet<NodeId> {
        match party.holder {
            Holder::Case(id) => self
                .book
                .case(id)
                .map_or_else(BTreeSet::new, |case| case.nodes.clone()),
            Holder::Delivered(node) => BTreeSet::from([node]),
        }
    }

    pub(super) fn named(
        &self,
        nodes: &BTreeSet<NodeId>,
    ) -> Result<Vec<crate::query::NodeSummary>, DeskError> {
        self.with_session(None, |session| session.summaries(nodes))
    }
}

/// What the record of a question says. It is read by officers alone, so it says who was there.
fn record_of(asking: &Asking) -> String {
    let told = |answer: &Option<Answer>| match answer {
        Some(answer) => answer.told.name(),
        None => "nothing",
    };
    let parties: Vec<String> = asking
        .parties
        .iter()
        .map(|party| {
            let holder = match party.holder {
                Holder::Case(id) => format!("case {id}"),
                Holder::Delivered(node) => format!("delivered case {node}"),
            };
            let owner = format!("{}/{}", party.organisation, party.department);
            let presence = PresenceLine::new(party.presence).answer;
            format!(
                "{holder} of {owner} ({presence}), told {}",
                told(&asking.notice)
            )
        })
        .collect();
    format!(
        "receipt {}: asked about {}; told {}; there {}{}",
        asking.receipt,
        asking.node,
        asking.answer.told.name(),
        if parties.is_empty() {
            "was nobody".to_owned()
        } else {
            format!("was {}", parties.join(", "))
        },
        if asking.canary { "; a canary" } else { "" },
    )
}
