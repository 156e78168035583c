//! Asking whether enough departments hold a signal, and what the coordinator sees of it.
//!
//! What is told is decided in [`accumulation`](crate::case::accumulation). Here it is asked, kept and put into words.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::shape::NodeRequest;
use super::words::Sentence;
use super::{Desk, DeskError};
use crate::case::accumulation::{AccumulationRules, Weighing, WeighingQuestion};
use crate::case::{CaseError, Deed, Entry};
use crate::model::ReceiptId;
use crate::query::NodeSummary;

/// Most weighings in a list.
const LINES_MAX: usize = 500;

/// Whether enough departments hold a signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccumulationAnswer {
    /// `reached`: ask the coordinator; `not-reached`: too few, or none, which does not mean that nothing is going on.
    #[schema(value_type = String)]
    pub answer: &'static str,
    /// Whom to contact; null where it is not reached.
    pub contact_desk: Option<String>,
    /// Number that proves that you asked.
    pub receipt: String,
    /// When you asked.
    #[schema(format = Date)]
    pub asked_on: String,
    /// The day that the answer is of: what was told stands for some time.
    #[schema(format = Date)]
    pub weighed_on: String,
    /// The same in words.
    pub sentence: Sentence,
}

/// One time that was asked, for the coordinator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccumulationLine {
    /// Number of the receipt.
    pub receipt: String,
    /// When it was asked.
    #[schema(format = Date)]
    pub asked_on: String,
    /// The day that the answer is of.
    #[schema(format = Date)]
    pub weighed_on: String,
    /// About what, where the coordinator may see it.
    pub node: Option<NodeSummary>,
    /// What the asker was told: `reached` or `not-reached`.
    #[schema(value_type = String)]
    pub answer: &'static str,
    /// Which department asked.
    pub asker: String,
    /// Which account asked.
    pub asked_by: String,
    /// The case it was asked under.
    pub case: String,
    /// The departments that hold a signal, where the threshold is reached. What they hold is not told.
    pub departments: Vec<String>,
    /// Whether nobody has reason to ask about it.
    pub canary: bool,
}

/// What the coordinator has to bring together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccumulationList {
    /// Newest first.
    pub accumulations: Vec<AccumulationLine>,
    /// How many there are in all; at most 500 are written.
    pub accumulation_count: usize,
}

impl Desk<'_> {
    fn accumulation(&self) -> Result<&AccumulationRules, DeskError> {
        let rules = self.engine.settings.accumulation.as_deref();
        rules.ok_or_else(|| {
            CaseError::Invalid(
                "no departments have agreed here to count signals together".to_owned(),
            )
            .into()
        })
    }

    /// Whether the caller's department has agreed to count signals together for the purpose.
    pub(super) fn may_weigh(&self) -> bool {
        let rules = self.engine.settings.accumulation.as_deref();
        let check =
            rules.map(|rules| rules.check_asker(&self.department(), &self.purpose.id, self.day));
        check.is_some_and(|checked| checked.is_ok())
    }

    /// The caller's own, `organisation/department`.
    pub(super) fn department(&self) -> String {
        format!("{}/{}", self.caller.organisation, self.caller.department)
    }

    /// Asks whether enough other departments hold a signal about a node of an own open case. The same work is done and the
    /// same kind of document kept whatever the outcome.
    ///
    /// # Errors
    /// [`DeskError`]; [`CaseError::TooOften`] past what an account may ask in a day.
    pub fn weigh(
        &mut self,
        id: &str,
        request: &NodeRequest,
    ) -> Result<AccumulationAnswer, DeskError> {
        let rules = self.accumulation()?.clone();
        let (mut case, node) = self.asked_about(id, request)?;
        let department = self.department();
        rules.check_asker(&department, &self.purpose.id, self.day)?;
        let held = self.current.held(self.day)?;
        let question = WeighingQuestion {
            receipt: ReceiptId::from_bits(self.draw()),
            at: self.now,
            day: self.day,
            by: &self.caller.id,
            department: &department,
            case: case.id,
            purpose: &self.purpose.id,
            node,
            canary: self.engine.settings.canaries.contains(&node),
        };
        let before = self.book.weighed(&department, node, &self.purpose.id);
        let about = held.get(&node).map_or(&[][..], Vec::as_slice);
        let weighing = Weighing::new(&rules, &question, about, before);
        case.note_deed(Deed::Weighed, self.moment())?;
        self.note = Some(record_of(&weighing));
        let answer = self.words_for(&weighing);
        self.entries.push(Entry::Case(Box::new(case)));
        self.entries.push(Entry::Weighing(Box::new(weighing)));
        Ok(answer)
    }

    fn words_for(&self, weighing: &Weighing) -> AccumulationAnswer {
        let desk = weighing
            .reached
            .then(|| self.engine.settings.contact.clone());
        let sentence = match &desk {
            Some(desk) => Sentence {
                nl: format!(
                    "Meer diensten hebben hier een signaal over. Vraag het na bij: {desk}."
                ),
                en: format!("Several departments hold a signal about this. Ask: {desk}."),
            },
            None => Sentence {
                nl: "De drempel is niet bereikt. Dat betekent niet dat er niets speelt.".to_owned(),
                en: "The threshold is not reached. That does not mean that nothing is going on."
                    .to_owned(),
            },
        };
        AccumulationAnswer {
            answer: name(weighing),
            contact_desk: desk,
            receipt: weighing.receipt.to_string(),
            asked_on: weighing.day.to_string(),
            weighed_on: weighing.weighed.to_string(),
            sentence,
        }
    }

    /// Everything that was asked where the threshold is reached, or where nobody has reason to ask: for the coordinator.
    ///
    /// # Errors
    /// [`CaseError::Role`] for anybody else.
    pub fn accumulations(&self) -> Result<AccumulationList, DeskError> {
        if !self.is_coordinator() {
            return Err(CaseError::Role(self.engine.settings.coordinator_role.clone()).into());
        }
        let mut asked: Vec<&Arc<Weighing>> = self
            .book
            .weighings()
            .filter(|one| one.is_for_coordinator())
            .collect();
        asked.sort_by_key(|one| (std::cmp::Reverse(one.at), one.receipt));
        let accumulation_count = asked.len();
        let mut accumulations = Vec::new();
        for one in asked.into_iter().take(LINES_MAX) {
            let node = self.named(&BTreeSet::from([one.node]))?.into_iter().next();
            accumulations.push(AccumulationLine {
                receipt: one.receipt.to_string(),
                asked_on: one.day.to_string(),
                weighed_on: one.weighed.to_string(),
                node,
                answer: name(one),
                asker: one.department.clone(),
                asked_by: one.by.clone(),
                case: one.case.to_string(),
                departments: one.departments.iter().cloned().collect(),
                canary: one.canary,
            });
        }
        Ok(AccumulationList {
            accumulations,
            accumulation_count,
        })
    }
}

fn name(weighing: &Weighing) -> &'static str {
    match weighing.reached {
        true => "reached",
        false => "not-reached",
    }
}

/// What the record of a question says. It is read by officers alone.
fn record_of(weighing: &Weighing) -> String {
    let departments: Vec<&str> = weighing.departments.iter().map(String::as_str).collect();
    format!(
        "receipt {}: {} as of {}; departments: {}",
        weighing.receipt,
        name(weighing),
        weighing.weighed,
        departments.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::desk::OpenRequest;
    use crate::engine::{Access, DeskSettings, Outside};
    use crate::flag::tests::world::{POLICY, Tiny, reader};
    use crate::model::Level;

    const PURPOSE: &str = "woonfraude";

    fn agreed() -> AccumulationRules {
        let consents = ["d", "politie", "zorg", "rdw", "belasting", "brandweer"].map(|department| {
            format!(
                "[[consent]]\ndepartment = 'o/{department}'\npurposes = ['{PURPOSE}']\nup_to = 'geheim'\nground = 'g'\nuntil = '2027-01-01'\n"
            )
        });
        let text = format!(
            "threshold = 3\ndays = 365\nagain_days = 7\n{}",
            consents.concat()
        );
        AccumulationRules::parse(&text).unwrap()
    }

    /// An address with signals of some departments, which the asker does not see.
    fn world(departments: &[&str], settings: DeskSettings) -> Tiny {
        let signals = departments.iter().map(|department| {
            format!(
                "Signal s-{department} date=2026-10-01 @{department} !\ns-{department} -ABOUT-> a @{department} !\n"
            )
        });
        let text = format!(
            "Address a use=woonfunctie\nAddress b use=woonfunctie\n{}",
            signals.collect::<String>()
        );
        let as_of = || "2026-11-01".parse().unwrap();
        let outside = Outside {
            now: || "2026-11-01T12:00:00Z".parse().unwrap(),
            draw: Arc::new(|_| 7),
        };
        Tiny::new(&text, PURPOSE, as_of).with_desk(settings, outside)
    }

    fn settings() -> DeskSettings {
        DeskSettings {
            accumulation: Some(Arc::new(agreed())),
            ..DeskSettings::default()
        }
    }

    fn access() -> Access<'static> {
        Access {
            purpose: Some(PURPOSE),
            action: "accumulation",
            ..Access::default()
        }
    }

    /// What is told of a node under a case on it, as bytes.
    fn told(tiny: &Tiny, name: &str) -> Result<String, String> {
        let asker = reader(Level::Vertrouwelijk);
        let node = tiny.id(name);
        let done = tiny.engine.act(&asker, access(), |desk| {
            let case = desk.open(&OpenRequest {
                title: "t".to_owned(),
                goal: "g".to_owned(),
                nodes: vec![node.clone()],
                end: "2026-12-01".to_owned(),
                ..OpenRequest::default()
            })?;
            Ok(case.id)
        });
        let case = done.unwrap().release_blocking().unwrap().unwrap();
        let weighed = tiny.engine.act(&asker, access(), |desk| {
            let answer = desk.weigh(&case, &NodeRequest { node: node.clone() })?;
            Ok(serde_json::to_string(&answer).unwrap())
        });
        let weighed = weighed.unwrap().release_blocking().unwrap();
        weighed.map_err(|error| error.to_string())
    }

    const ALL: [&str; 5] = ["politie", "zorg", "rdw", "belasting", "brandweer"];

    #[test]
    fn all_that_is_told_is_whether_the_threshold_is_reached() {
        let of = |count: usize| told(&world(&ALL[..count], settings()), "a").unwrap();
        let below = [of(0), of(1), of(2)];
        let above = [of(3), of(4), of(5)];
        assert!(below.iter().all(|one| *one == below[0]), "{below:?}");
        assert!(above.iter().all(|one| *one == above[0]), "{above:?}");
        assert!(below[0].contains("\"not-reached\"") && above[0].contains("\"reached\""));
        // Nor are departments that have not agreed counted.
        let others = ["politie", "zorg", "x", "y", "z"];
        assert_eq!(told(&world(&others, settings()), "a").unwrap(), below[0]);
        // Nor what is about another address.
        assert_eq!(told(&world(&ALL, settings()), "b").unwrap(), below[0]);
    }

    #[test]
    fn a_signal_that_comes_is_not_told_of_by_the_next_day() {
        let mut tiny = world(&ALL[..2], settings());
        let first = told(&tiny, "a").unwrap();
        tiny.add(
            "Address a use=woonfunctie\nSignal s3 date=2026-10-01 @rdw !\ns3 -ABOUT-> a @rdw !\n",
            2,
        );
        assert_eq!(told(&tiny, "a").unwrap(), first);
    }

    #[test]
    fn it_is_off_where_nobody_agreed() {
        let tiny = world(&ALL, DeskSettings::default());
        assert!(
            told(&tiny, "a")
                .unwrap_err()
                .contains("no departments have agreed")
        );
    }

    #[test]
    fn the_coordinator_sees_which_departments_and_nobody_else_does() {
        let tiny = world(&ALL[..3], settings());
        tiny.under(POLICY);
        told(&tiny, "a").unwrap();
        let list = |caller: &crate::authz::Principal| {
            let looked = tiny
                .engine
                .look(caller, access(), |desk| desk.accumulations());
            looked.unwrap().release_blocking().unwrap()
        };
        let mut coordinator = reader(Level::Openbaar);
        coordinator.roles.insert("coordinator".to_owned());
        let told = list(&coordinator).unwrap();
        let [line] = told.accumulations.as_slice() else {
            panic!("{told:?}");
        };
        assert_eq!(line.departments, ["o/politie", "o/rdw", "o/zorg"]);
        assert_eq!(
            line.node, None,
            "what the coordinator may not see has no name"
        );
        assert!(list(&reader(Level::ZeerGeheim)).is_err());
    }

    #[test]
    fn asking_is_recorded_and_counts_among_the_questions_of_a_day() {
        let few = DeskSettings {
            asks_per_day: 1,
            ..settings()
        };
        let tiny = world(&ALL, few);
        told(&tiny, "a").unwrap();
        assert!(
            told(&tiny, "b")
                .unwrap_err()
                .contains("as often as one may")
        );
    }
}
