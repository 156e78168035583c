//! Whether enough departments hold a signal about one thing that somebody should bring them together.
//!
//! Beside [`deconfliction`](super::deconfliction) this is the only code in which what a caller may not see has influence on
//! what they are told: one bit, whether a threshold is reached. It is off unless the organisation names rules, and counts
//! only departments that have agreed to it in writing. It decides, and does nothing else: it reads no store, opens no view and
//! writes nothing.
//!
//! # Rules
//! 1. **By agreement.** A department's signals count only while its [`Consent`] holds, for the purposes that it names, up to
//!    the level that it names. Who has not agreed counts for nothing and may not ask (reciprocity).
//! 2. **Of others.** The asker's own department does not count: it knows what it holds, and could tell from the answer what one
//!    other holds.
//! 3. **Never fewer than [`THRESHOLD_MIN`].** Of less than that many others the answer would tell of one of them.
//! 4. **One bit.** No source, no department, no number, no date. The coordinator sees which departments they are; what they
//!    hold, nobody.
//! 5. **Not a bell.** What was told of a thing is told again to the same department for [`AccumulationRules::again_days`]:
//!    who asks every day does not learn on which day something came.
//! 6. **Under an own open case on it**, recorded, and together with the other questions of an account within its number for a
//!    day.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::CaseError;
use crate::model::{CaseId, Day, Level, NodeId, ReceiptId};

/// Fewest other departments that a threshold may name.
pub const THRESHOLD_MIN: usize = 3;
/// Longest that a signal counts, in days.
pub const DAYS_MAX: u32 = 730;
/// Longest that what was told stands, in days.
pub const AGAIN_DAYS_MAX: u32 = 365;

/// What departments have agreed on: a file of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccumulationRules {
    /// How many other departments must hold a signal.
    threshold: usize,
    /// Of how many days signals count.
    days: u32,
    /// For how many days what was told of a thing is told again.
    #[serde(default = "default_again_days")]
    again_days: u32,
    /// Who has agreed.
    consent: Vec<Consent>,
}

fn default_again_days() -> u32 {
    30
}

/// That a department has agreed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Which, as `organisation/department`.
    department: String,
    /// For questions of which purposes its signals count, and it may ask itself.
    purposes: BTreeSet<String>,
    /// Signals above this level do not count.
    up_to: Level,
    /// The agreement: document and article.
    ground: String,
    /// The last day.
    #[serde(deserialize_with = "day")]
    until: Day,
}

fn day<'de, D: Deserializer<'de>>(read: D) -> Result<Day, D::Error> {
    let text = String::deserialize(read)?;
    let day = text.parse();
    day.map_err(|_| D::Error::custom(format!("`{text}` is no day: write it as 2027-12-31")))
}

/// Why rules were not taken.
#[derive(Debug, thiserror::Error)]
pub enum AccumulationError {
    /// They are no TOML, or name what does not belong there.
    #[error(transparent)]
    Syntax(#[from] toml::de::Error),
    /// They cannot be.
    #[error("{0}")]
    Invalid(String),
}

impl AccumulationRules {
    /// Takes the text of a file of rules.
    ///
    /// # Errors
    /// [`AccumulationError`].
    pub fn parse(text: &str) -> Result<Self, AccumulationError> {
        let rules: Self = toml::from_str(text)?;
        let invalid = |what: String| Err(AccumulationError::Invalid(what));
        if rules.threshold < THRESHOLD_MIN {
            return invalid(format!(
                "`threshold` is {}: below {THRESHOLD_MIN} the answer would tell of single departments",
                rules.threshold
            ));
        }
        if rules.days == 0 || rules.days > DAYS_MAX {
            return invalid(format!(
                "`days` is {}, it must be from 1 to {DAYS_MAX}",
                rules.days
            ));
        }
        if rules.again_days == 0 || rules.again_days > AGAIN_DAYS_MAX {
            return invalid(format!(
                "`again_days` is {}, it must be from 1 to {AGAIN_DAYS_MAX}",
                rules.again_days
            ));
        }
        let mut departments = BTreeSet::new();
        for consent in &rules.consent {
            if !departments.insert(&consent.department) {
                return invalid(format!("`{}` agrees twice", consent.department));
            }
            if !consent.department.contains('/') {
                return invalid(format!(
                    "`{}` is no department: write `organisation/department`",
                    consent.department
                ));
            }
            if consent.ground.trim().is_empty() || consent.purposes.is_empty() {
                return invalid(format!(
                    "`{}` agrees to nothing: name `purposes`, and the agreement in `ground`",
                    consent.department
                ));
            }
        }
        if departments.len() <= rules.threshold {
            return invalid(format!(
                "{} departments agree: a threshold of {} others is never reached",
                departments.len(),
                rules.threshold
            ));
        }
        Ok(rules)
    }

    fn consent(&self, department: &str, purpose: &str, day: Day) -> Option<&Consent> {
        let mut consents = self.consent.iter();
        let consent = consents.find(|one| one.department == department)?;
        (day <= consent.until && consent.purposes.contains(purpose)).then_some(consent)
    }

    /// Whether a department may ask for a purpose on a day.
    ///
    /// # Errors
    /// [`CaseError::Invalid`] for one that has not agreed.
    pub fn check_asker(&self, department: &str, purpose: &str, day: Day) -> Result<(), CaseError> {
        match self.consent(department, purpose, day) {
            Some(_) => Ok(()),
            None => Err(CaseError::Invalid(format!(
                "`{department}` has not agreed to count signals for `{purpose}`: who does not let its own count may not ask"
            ))),
        }
    }

    /// The other departments that count and hold a signal.
    ///
    /// * `held`: the signals about one thing, of whomever.
    fn departments(&self, asker: &str, purpose: &str, day: Day, held: &[Held]) -> BTreeSet<String> {
        let days = i32::try_from(self.days).unwrap_or(i32::MAX);
        let first = day.plus(days.saturating_neg());
        let counts = held.iter().filter(|one| {
            let consent = self.consent(&one.department, purpose, day);
            consent.is_some_and(|consent| one.level <= consent.up_to)
                && one.department != asker
                && one
                    .purposes
                    .iter()
                    .all(|purposes| purposes.is_empty() || purposes.contains(purpose))
                && first < one.day
                && one.day <= day
        });
        counts.map(|one| one.department.clone()).collect()
    }
}

/// That a department holds a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which, as `organisation/department`.
    pub department: String,
    /// The signal's level.
    pub level: Level,
    /// The purposes that the signal, and what it is about, were said for; none: any.
    pub purposes: [BTreeSet<String>; 2],
    /// Its day.
    pub day: Day,
}

/// Who holds signals about what, on a day: for [`Weighing::new`] and nothing else.
pub type HeldAbout = BTreeMap<NodeId, Vec<Held>>;

/// One time that was asked, as it is kept. It is a document of one form whatever the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Weighing {
    /// Proves that it was asked.
    pub receipt: ReceiptId,
    /// When.
    pub at: jiff::Timestamp,
    /// The day, by the asker's calendar.
    pub day: Day,
    /// Which account.
    pub by: String,
    /// Under which case.
    pub case: CaseId,
    /// Department that asked, as `organisation/department`.
    pub department: String,
    /// For which purpose.
    pub purpose: String,
    /// What it was about.
    pub node: NodeId,
    /// The day on which it was weighed: what was told then is told again for some time.
    pub weighed: Day,
    /// Whether the threshold is reached.
    pub reached: bool,
    /// Which departments hold a signal: for the coordinator, where it is reached.
    pub departments: BTreeSet<String>,
    /// Whether nobody has reason to ask about this node.
    pub canary: bool,
}

/// What a weighing is made of, besides what was found.
#[derive(Debug, Clone)]
pub struct WeighingQuestion<'a> {
    /// Number of the receipt.
    pub receipt: ReceiptId,
    /// When.
    pub at: jiff::Timestamp,
    /// The day.
    pub day: Day,
    /// Which account.
    pub by: &'a str,
    /// Its department, as `organisation/department`.
    pub department: &'a str,
    /// Under which case.
    pub case: CaseId,
    /// For which purpose.
    pub purpose: &'a str,
    /// About what.
    pub node: NodeId,
    /// Whether nobody has reason to ask about this node.
    pub canary: bool,
}

impl Weighing {
    /// Decides what is told.
    ///
    /// * `held`: the signals about the thing.
    /// * `before`: what was told to the same department of the same thing for the same purpose, last.
    pub fn new(
        rules: &AccumulationRules,
        question: &WeighingQuestion<'_>,
        held: &[Held],
        before: Option<&Self>,
    ) -> Self {
        let &WeighingQuestion {
            receipt,
            at,
            day,
            by,
            department,
            case,
            purpose,
            node,
            canary,
        } = question;
        // Weighed whether it counts or not: the work is the same.
        let mut departments = rules.departments(department, purpose, day, held);
        let mut reached = departments.len() >= rules.threshold;
        let mut weighed = day;
        let again = i32::try_from(rules.again_days).unwrap_or(i32::MAX);
        if let Some(before) = before.filter(|before| day < before.weighed.plus(again)) {
            reached = before.reached;
            departments.clone_from(&before.departments);
            weighed = before.weighed;
        }
        if !reached {
            departments.clear();
        }
        Self {
            receipt,
            at,
            day,
            by: by.to_owned(),
            case,
            department: department.to_owned(),
            purpose: purpose.to_owned(),
            node,
            weighed,
            reached,
            departments,
            canary,
        }
    }

    /// Whether the coordinator is told.
    pub fn is_for_coordinator(&self) -> bool {
        self.reached || self.canary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i32) -> Day {
        Day::from_days(20_000 + number).unwrap()
    }

    fn text(threshold: usize, departments: &[&str]) -> String {
        let consents = departments.iter().map(|department| {
            format!(
                "[[consent]]\ndepartment = 'o/{department}'\npurposes = ['p']\nup_to = 'geheim'\nground = 'g'\nuntil = '{}'\n",
                day(1_000)
            )
        });
        format!(
            "threshold = {threshold}\ndays = 100\n{}",
            consents.collect::<String>()
        )
    }

    fn rules() -> AccumulationRules {
        AccumulationRules::parse(&text(3, &["a", "b", "c", "d", "e"])).unwrap()
    }

    fn held(department: &str) -> Held {
        Held {
            department: format!("o/{department}"),
            level: Level::Geheim,
            purposes: Default::default(),
            day: day(-10),
        }
    }

    fn weigh_on(on: i32, held: &[Held], before: Option<&Weighing>) -> Weighing {
        let question = WeighingQuestion {
            receipt: ReceiptId::from_bits(1),
            at: jiff::Timestamp::UNIX_EPOCH,
            day: day(on),
            by: "x",
            department: "o/a",
            case: CaseId::from_bits(1),
            purpose: "p",
            node: NodeId::from_bits(1),
            canary: false,
        };
        Weighing::new(&rules(), &question, held, before)
    }

    fn reached(held: &[Held]) -> bool {
        weigh_on(0, held, None).reached
    }

    #[test]
    fn three_other_departments_that_agreed_reach_a_threshold_of_three() {
        let three = [held("b"), held("c"), held("d")];
        assert!(reached(&three));
        assert!(!reached(&three[..2]));
        // Not the asker's own, not many of one, not one that has not agreed.
        for other in [held("a"), held("b"), held("z")] {
            assert!(!reached(&[held("b"), held("c"), other]));
        }
    }

    #[test]
    fn what_was_not_agreed_on_does_not_count() {
        let too_high = Held {
            level: Level::ZeerGeheim,
            ..held("d")
        };
        let for_else = Held {
            purposes: [BTreeSet::new(), BTreeSet::from(["q".to_owned()])],
            ..held("d")
        };
        let too_old = Held {
            day: day(-100),
            ..held("d")
        };
        let to_come = Held {
            day: day(1),
            ..held("d")
        };
        for other in [too_high, for_else, too_old, to_come] {
            assert!(
                !reached(&[held("b"), held("c"), other.clone()]),
                "{other:?}"
            );
        }
        let for_this = Held {
            purposes: [BTreeSet::from(["p".to_owned()]), BTreeSet::new()],
            ..held("d")
        };
        assert!(reached(&[held("b"), held("c"), for_this]));
    }

    #[test]
    fn what_was_told_is_told_again_for_some_time() {
        let first = weigh_on(0, &[held("b"), held("c")], None);
        let three = [held("b"), held("c"), held("d")];
        let second = weigh_on(20, &three, Some(&first));
        let third = weigh_on(29, &three, Some(&second));
        let last = weigh_on(30, &three, Some(&third));
        assert_eq!(
            [&first, &second, &third, &last].map(|one| one.reached),
            [false, false, false, true]
        );
        assert_eq!(last.departments.len(), 3);
        assert!(third.departments.is_empty());
    }

    #[test]
    fn consents_end_and_who_has_not_agreed_may_not_ask() {
        let rules = rules();
        assert_eq!(rules.check_asker("o/a", "p", day(1_000)), Ok(()));
        for (department, purpose, on) in [("o/a", "p", 1_001), ("o/a", "q", 0), ("o/z", "p", 0)] {
            assert!(rules.check_asker(department, purpose, day(on)).is_err());
        }
    }

    #[test]
    fn rules_that_would_tell_of_single_departments_are_refused() {
        for (text, what) in [
            (text(2, &["a", "b", "c", "d"]), "below 3"),
            (text(3, &["a", "b", "c"]), "never reached"),
            (text(3, &["a", "b", "c", "c"]), "agrees twice"),
            (
                text(3, &["a", "b", "c", "d"]).replace("'g'", "' '"),
                "agrees to nothing",
            ),
            (
                text(3, &["a", "b", "c", "d"]).replace("100", "0"),
                "`days` is 0",
            ),
            (
                text(3, &["a", "b", "c", "d"]).replace("'o/a'", "'a'"),
                "is no department",
            ),
        ] {
            let told = AccumulationRules::parse(&text).unwrap_err().to_string();
            assert!(told.contains(what), "{told}");
        }
    }
}
