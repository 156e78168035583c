//! What those who work on the same premises, person or company are told of each other.
//!
//! Everything else in this program answers from what the caller may see. This file is one of two exceptions (the other is
//! [`accumulation`](super::accumulation)): here a case that the caller may not see has influence on an answer. It is kept apart and short so that it can be read whole by who has
//! to judge it. It decides, and does nothing else: it reads no store, opens no view and writes nothing.
//!
//! # Rules
//! 1. **An interest is never filed by hand.** An open case is one, from its first day to its last, and at most for
//!    [`INTEREST_DAYS`]. So is a case that a source delivered.
//! 2. **Who asks has an own open case there** ([`Book`](super::Book) refuses others). So asking is filing.
//! 3. **There are four outcomes**: nothing is filed; others are busy: get in touch; do nothing before you called the
//!    coordinator; and, where the owner of the other case is silent, the asker is told exactly what they would be told if
//!    that case did not exist.
//! 4. **Who is told of whom follows from what each side chose for itself** ([`Presence`]). The asker is told what the
//!    others chose, an other is told what the asker chose. Nobody is told how many there are, and a department only if
//!    that department lets it be told.
//! 5. **What is asked about is coarse**: an address and its building are one, so that asking from door to door does not
//!    tell which door it is.
//! 6. Interests are input to nothing else.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::CaseError;
use super::limit::{INTEREST_DAYS, SILENT_DAYS_MAX};
use crate::model::{CaseId, Day, NodeId};

/// What the owner of a case lets others know of it who ask about the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "answer")]
pub enum Presence {
    /// That others are busy, and whom to contact.
    #[serde(rename_all = "camelCase")]
    Contact {
        /// Whether to tell which department.
        show_department: bool,
    },
    /// To do nothing before the coordinator was called.
    Hold,
    /// Nothing, up to and on a day; from then on [`Self::Hold`]. For a named role only.
    Silent {
        /// The last day.
        until: Day,
    },
}

impl Default for Presence {
    fn default() -> Self {
        Self::Contact {
            show_department: false,
        }
    }
}

impl Presence {
    /// Whether others are told nothing on a day.
    pub fn is_silent_on(self, day: Day) -> bool {
        matches!(self.on(day), Self::Silent { .. })
    }

    /// The choice as it counts on a day: silence that has expired is a hold.
    pub fn on(self, day: Day) -> Self {
        match self {
            Self::Silent { until } if until < day => Self::Hold,
            Self::Silent { .. } | Self::Hold | Self::Contact { .. } => self,
        }
    }

    /// Whether a choice may be made on a day.
    ///
    /// # Errors
    /// [`CaseError::Invalid`] for a silence that has no near end.
    pub fn check(self, today: Day) -> Result<(), CaseError> {
        match self {
            Self::Silent { until } if until < today || until > today.plus(SILENT_DAYS_MAX) => {
                Err(CaseError::Invalid(format!(
                    "`until` is {until}, a case is silent for at most {SILENT_DAYS_MAX} days: {} at the latest",
                    today.plus(SILENT_DAYS_MAX)
                )))
            }
            Self::Silent { .. } | Self::Hold | Self::Contact { .. } => Ok(()),
        }
    }
}

/// Whose interest it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// A case that was opened here.
    Case(CaseId),
    /// A case that a source delivered.
    Delivered(NodeId),
}

/// That somebody works on something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interest {
    /// Whose it is.
    pub holder: Holder,
    /// Organisation of it.
    pub organisation: String,
    /// Department of it.
    pub department: String,
    /// What it is about, and what that is one with.
    pub units: BTreeSet<NodeId>,
    /// What others may know.
    pub presence: Presence,
    /// First day.
    pub from: Day,
    /// Last day; it expires after two years all the same.
    pub until: Day,
}

impl Interest {
    /// Whether it counts on a day.
    pub fn counts_on(&self, day: Day) -> bool {
        self.from <= day && day <= self.until.min(self.from.plus(INTEREST_DAYS))
    }

    /// Whether it is about what another is about.
    pub fn meets(&self, other: &Self) -> bool {
        self.holder != other.holder && !self.units.is_disjoint(&other.units)
    }
}

/// What a side is told. Ordered: of several the last counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// That nothing is filed. It does not mean that nothing is going on.
    NoneFiled,
    /// That others are busy, and whom to contact.
    Contact,
    /// To do nothing before the coordinator was called.
    Hold,
}

impl Told {
    /// The spelling in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoneFiled => "none-filed",
            Self::Contact => "contact",
            Self::Hold => "hold",
        }
    }
}

/// What a side is told, and of which departments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// What.
    pub told: Told,
    /// Departments that let themselves be told, ascending. None where the coordinator is to be called: they tell.
    pub departments: BTreeSet<String>,
}

impl Answer {
    /// That nothing is filed.
    pub fn none() -> Self {
        Self {
            told: Told::NoneFiled,
            departments: BTreeSet::new(),
        }
    }

    /// Adds what one side chose to let know. What is silent changes nothing, and that is all there is to silence.
    fn add(&mut self, side: &Interest, day: Day) {
        match side.presence.on(day) {
            Presence::Silent { .. } => {}
            Presence::Hold => self.told = Told::Hold,
            Presence::Contact { show_department } => {
                self.told = self.told.max(Told::Contact);
                if show_department {
                    let name = format!("{}/{}", side.organisation, side.department);
                    self.departments.insert(name);
                }
            }
        }
        if self.told == Told::Hold {
            self.departments.clear();
        }
    }
}

/// What an asker is told of the others who are there on a day.
pub fn answer(others: &[Interest], day: Day) -> Answer {
    let mut answer = Answer::none();
    for other in others {
        answer.add(other, day);
    }
    answer
}

/// What another is told of who asked; none where the asker is silent: then only the coordinator knows.
pub fn notice(asker: &Interest, day: Day) -> Option<Answer> {
    let mut answer = Answer::none();
    answer.add(asker, day);
    (answer.told != Told::NoneFiled).then_some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i32) -> Day {
        Day::from_days(20_000 + number).unwrap()
    }

    fn interest(presence: Presence) -> Interest {
        Interest {
            holder: Holder::Case(CaseId::from_bits(7)),
            organisation: "politie".to_owned(),
            department: "recherche".to_owned(),
            units: BTreeSet::new(),
            presence,
            from: day(0),
            until: day(100),
        }
    }

    const NAMED: Presence = Presence::Contact {
        show_department: true,
    };

    #[test]
    fn who_is_silent_is_as_who_is_not_there() {
        let silent = interest(Presence::Silent { until: day(10) });
        for others in [
            vec![],
            vec![interest(NAMED)],
            vec![interest(Presence::Hold)],
        ] {
            let with_silent = [others.clone(), vec![silent.clone()]].concat();
            assert_eq!(answer(&others, day(10)), answer(&with_silent, day(10)));
        }
        assert_eq!(notice(&silent, day(10)), None);
    }

    #[test]
    fn silence_that_expired_is_a_hold() {
        let silent = interest(Presence::Silent { until: day(10) });
        assert_eq!(answer(&[silent], day(11)).told, Told::Hold);
    }

    #[test]
    fn one_hold_among_many_is_a_hold_and_names_nobody() {
        let hold = interest(Presence::Hold);
        for others in [
            vec![hold.clone(), interest(NAMED)],
            vec![interest(NAMED), hold],
        ] {
            let told = answer(&others, day(1));
            assert_eq!((told.told, told.departments.len()), (Told::Hold, 0));
        }
    }

    #[test]
    fn a_department_is_named_only_where_it_lets_itself_be_named() {
        let told = answer(&[interest(Presence::default())], day(1));
        assert_eq!((told.told, told.departments.len()), (Told::Contact, 0));
        let named = answer(&[interest(NAMED), interest(NAMED)], day(1));
        assert_eq!(named.departments, ["politie/recherche".to_owned()].into());
    }

    #[test]
    fn an_interest_expires_after_two_years() {
        let mut long = interest(NAMED);
        long.until = Day::MAX;
        assert!(long.counts_on(day(INTEREST_DAYS)) && !long.counts_on(day(INTEREST_DAYS + 1)));
        assert!(!long.counts_on(day(-1)));
    }

    #[test]
    fn silence_has_a_near_end() {
        let until = |days| Presence::Silent { until: day(days) }.check(day(0));
        assert!(until(0).is_ok() && until(SILENT_DAYS_MAX).is_ok());
        assert!(until(-1).is_err() && until(SILENT_DAYS_MAX + 1).is_err());
    }
}
