//! All cases and all times that was asked, in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::accumulation::Weighing;
use super::asking::Asking;
use super::deconfliction::{Holder, Interest};
use super::limit::MISTAKE_DAYS_DEFAULT;
use super::{Case, CaseError, ChartStamp, Mistake, SavedChart};
use crate::authz::{Principal, Purpose};
use crate::model::{CaseId, Day, NodeId, ReceiptId};
use crate::store::{ReadRecords, RecordChange, RecordKind, StoreError};

/// Documents of cases, by identifier.
pub const CASES: RecordKind = RecordKind("case");
/// Documents of askings, by receipt.
pub const ASKINGS: RecordKind = RecordKind("asking");
/// Documents of weighings, by receipt.
pub const WEIGHINGS: RecordKind = RecordKind("weighing");

/// Documents of reported mistakes, by receipt.
pub const MISTAKES: RecordKind = RecordKind("mistake");

/// Documents of charts, by case, number and version. They are read when they are asked for, and not kept in memory.
pub const CHARTS: RecordKind = RecordKind("chart");

/// All cases and askings as the last change left them. A change makes a new one; who reads keeps theirs.
#[derive(Debug, Clone, Default)]
pub struct Book {
    cases: BTreeMap<CaseId, Arc<Case>>,
    askings: BTreeMap<ReceiptId, Arc<Asking>>,
    by_unit: HashMap<NodeId, BTreeSet<CaseId>>,
    asked_under: HashMap<CaseId, BTreeSet<ReceiptId>>,
    weighings: BTreeMap<ReceiptId, Arc<Weighing>>,
    mistakes: BTreeMap<ReceiptId, Arc<Mistake>>,
}

/// What a change puts down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A case as it is from now on.
    Case(Box<Case>),
    /// An asking as it is from now on.
    Asking(Box<Asking>),
    /// A weighing, which stays as it is.
    Weighing(Box<Weighing>),
    /// A reported mistake as it is from now on.
    Mistake(Box<Mistake>),
    /// A version of a chart, which stays as it is.
    Chart(Box<SavedChart>),
}

/// Cases and reports that are not kept any longer.
#[derive(Debug, Clone, Default)]
pub struct Over {
    cases: BTreeSet<CaseId>,
    askings: BTreeSet<ReceiptId>,
    weighings: BTreeSet<ReceiptId>,
    mistakes: BTreeSet<ReceiptId>,
}

impl Over {
    /// How many cases.
    pub fn cases(&self) -> usize {
        self.cases.len()
    }

    /// How many reports of mistakes.
    pub fn mistakes(&self) -> usize {
        self.mistakes.len()
    }

    /// Takes in the reports about nodes of which nothing is said any more: what they tell of them would be all that stays.
    pub fn add_mistakes_about(&mut self, book: &Book, gone: &BTreeSet<NodeId>) {
        let about = book.mistakes().filter(|one| gone.contains(&one.node));
        self.mistakes.extend(about.map(|one| one.receipt));
    }
}

impl Book {
    /// Reads what is stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(records: &impl ReadRecords) -> Result<Self, StoreError> {
        let mut book = Self::default();
        for (_, case) in records.list::<Case>(CASES, "")? {
            book.apply(Entry::Case(Box::new(case)));
        }
        for (_, asking) in records.list::<Asking>(ASKINGS, "")? {
            book.apply(Entry::Asking(Box::new(asking)));
        }
        for (_, weighing) in records.list::<Weighing>(WEIGHINGS, "")? {
            book.apply(Entry::Weighing(Box::new(weighing)));
        }
        for (_, mistake) in records.list::<Mistake>(MISTAKES, "")? {
            book.apply(Entry::Mistake(Box::new(mistake)));
        }
        Ok(book)
    }

    /// Stores what a change puts down.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn write(entries: &[Entry], change: &mut RecordChange<'_>) -> Result<(), StoreError> {
        for entry in entries {
            match entry {
                Entry::Case(case) => change.put(CASES, &case.id.to_string(), case)?,
                Entry::Asking(asking) => {
                    change.put(ASKINGS, &asking.receipt.to_string(), asking)?;
                }
                Entry::Weighing(weighing) => {
                    change.put(WEIGHINGS, &weighing.receipt.to_string(), weighing)?;
                }
                Entry::Mistake(mistake) => {
                    change.put(MISTAKES, &mistake.receipt.to_string(), mistake)?;
                }
                Entry::Chart(chart) => {
                    let ChartStamp {
                        case,
                        number,
                        version,
                        ..
                    } = chart.stamp;
                    change.put(CHARTS, &ChartStamp::key(case, number, version), chart)?;
                }
            }
        }
        Ok(())
    }

    /// The cases that ended longer ago than their purpose keeps them, with what was asked under them; and mistakes that were
    /// reported or answered last longer ago than that.
    ///
    /// * `retention`: days after the end, by purpose; none: no end.
    pub fn over(&self, day: Day, retention: impl Fn(&str) -> Option<u32>) -> Over {
        let is_over = |case: &&Arc<Case>| {
            let ended = case.closed.unwrap_or(case.end);
            retention(&case.purpose).is_some_and(|days| day.is_past(ended, days))
        };
        let cases: BTreeSet<CaseId> = self
            .cases
            .values()
            .filter(is_over)
            .map(|case| case.id)
            .collect();
        let asked = cases.iter().filter_map(|case| self.asked_under.get(case));
        let askings = asked.flatten().copied().collect();
        let weighed = self.weighings.values();
        let weighings = weighed
            .filter(|weighing| cases.contains(&weighing.case))
            .map(|weighing| weighing.receipt)
            .collect();
        let reported = self.mistakes.values();
        let mistakes = reported
            .filter(|mistake| {
                let days = retention(&mistake.purpose).unwrap_or(MISTAKE_DAYS_DEFAULT);
                day.is_past(mistake.last_day(), days)
            })
            .map(|mistake| mistake.receipt)
            .collect();
        Over {
            cases,
            askings,
            weighings,
            mistakes,
        }
    }

    /// Takes cases out, with what was asked under them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove(over: &Over, change: &mut RecordChange<'_>) -> Result<(), StoreError> {
        for case in &over.cases {
            change.remove(CASES, &case.to_string())?;
            for (key, _) in change.list::<ChartStamp>(CHARTS, &ChartStamp::prefix(*case))? {
                change.remove(CHARTS, &key)?;
            }
        }
        for receipt in &over.askings {
            change.remove(ASKINGS, &receipt.to_string())?;
        }
        for receipt in &over.weighings {
            change.remove(WEIGHINGS, &receipt.to_string())?;
        }
        for receipt in &over.mistakes {
            change.remove(MISTAKES, &receipt.to_string())?;
        }
        Ok(())
    }

    /// Takes what a change puts down.
    pub fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Chart(_) => {}
            Entry::Case(case) => {
                for &unit in &case.units {
                    self.by_unit.entry(unit).or_default().insert(case.id);
                }
                self.cases.insert(case.id, Arc::new(*case));
            }
            Entry::Asking(asking) => {
                let under = self.asked_under.entry(asking.case).or_default();
                under.insert(asking.receipt);
                self.askings.insert(asking.receipt, Arc::new(*asking));
            }
            Entry::Weighing(weighing) => {
                self.weighings.insert(weighing.receipt, Arc::new(*weighing));
            }
            Entry::Mistake(mistake) => {
                self.mistakes.insert(mistake.receipt, Arc::new(*mistake));
            }
        }
    }

    /// The case with this identifier, if a caller may see it for a purpose.
    ///
    /// # Errors
    /// [`CaseError::UnknownCase`], the same for missing and not theirs.
    pub fn seen(
        &self,
        id: &str,
        caller: &Principal,
        purpose: &Purpose,
    ) -> Result<&Arc<Case>, CaseError> {
        let found = id.parse().ok().and_then(|id: CaseId| self.cases.get(&id));
        found
            .filter(|case| case.is_seen_by(caller, purpose))
            .ok_or_else(|| CaseError::UnknownCase(id.to_owned()))
    }

    /// The case with this identifier, if a caller works on it for a purpose.
    ///
    /// # Errors
    /// As [`Self::seen`]; [`CaseError::Role`] for who sees it and does not work on it.
    pub fn worked_on(
        &self,
        id: &str,
        caller: &Principal,
        purpose: &Purpose,
    ) -> Result<&Arc<Case>, CaseError> {
        let case = self.seen(id, caller, purpose)?;
        if !case.is_of(caller) {
            return Err(CaseError::Role("of the team of the case".to_owned()));
        }
        Ok(case)
    }

    /// The cases that a caller may see for a purpose, by identifier.
    pub fn seen_cases<'a>(
        &'a self,
        caller: &'a Principal,
        purpose: &'a Purpose,
    ) -> impl Iterator<Item = &'a Arc<Case>> {
        self.cases
            .values()
            .filter(|case| case.is_seen_by(caller, purpose))
    }

    /// The cases that a caller works on, for whatever purpose, by identifier.
    pub fn cases_of<'a>(&'a self, caller: &'a Principal) -> impl Iterator<Item = &'a Arc<Case>> {
        self.cases.values().filter(|case| case.is_of(caller))
    }

    /// All cases, by identifier: for the program itself, not for answers.
    pub fn cases(&self) -> impl Iterator<Item = &Arc<Case>> {
        self.cases.values()
    }

    /// The case with this identifier, whoever asks: for the program itself, not for answers.
    pub fn case(&self, id: CaseId) -> Option<&Arc<Case>> {
        self.cases.get(&id)
    }

    /// The asking with this receipt, whoever asks: for the program itself, not for answers.
    pub fn asking(&self, receipt: ReceiptId) -> Option<&Arc<Asking>> {
        self.askings.get(&receipt)
    }

    /// All askings, by receipt: for the program itself, not for answers.
    pub fn askings(&self) -> impl Iterator<Item = &Arc<Asking>> {
        self.askings.values()
    }

    /// What was asked under a case.
    pub fn askings_of(&self, case: CaseId) -> impl Iterator<Item = &Arc<Asking>> {
        let of_case = self.asked_under.get(&case).into_iter().flatten();
        of_case.filter_map(|receipt| self.askings.get(receipt))
    }

    /// How often an account asked on a day, of either kind.
    pub fn asked_on(&self, account: &str, day: Day) -> usize {
        let asked = self.askings.values();
        let asked = asked.map(|asking| (asking.day, asking.by.as_str()));
        let weighed = self.weighings.values();
        let weighed = weighed.map(|weighing| (weighing.day, weighing.by.as_str()));
        asked
            .chain(weighed)
            .filter(|&(on, by)| on == day && by == account)
            .count()
    }

    /// All reported mistakes, by receipt: for the program itself, not for answers.
    pub fn mistakes(&self) -> impl Iterator<Item = &Mistake> {
        self.mistakes.values().map(Arc::as_ref)
    }

    /// The mistake with this receipt, whoever asks: for the program itself, not for answers.
    pub fn mistake(&self, receipt: ReceiptId) -> Option<&Mistake> {
        self.mistakes.get(&receipt).map(Arc::as_ref)
    }

    /// How many mistakes an account reported on a day.
    pub fn reported_on(&self, account: &str, day: Day) -> usize {
        let reported = self.mistakes();
        reported
            .filter(|one| one.day == day && one.by == account)
            .count()
    }

    /// All weighings, by receipt: for the program itself, not for answers.
    pub fn weighings(&self) -> impl Iterator<Item = &Arc<Weighing>> {
        self.weighings.values()
    }

    /// What was told last to a department about one thing for a purpose: for the program itself, not for answers.
    pub fn weighed(&self, department: &str, node: NodeId, purpose: &str) -> Option<&Weighing> {
        let weighed = self.weighings.values().map(Arc::as_ref);
        weighed
            .filter(|one| {
                one.department == department && one.node == node && one.purpose == purpose
            })
            .max_by_key(|one| (one.at, one.receipt))
    }

    /// The interests of other cases that meet one on a day, by case. A caller's own cases are no others.
    pub fn others(&self, asker: &Interest, caller: &Principal, day: Day) -> Vec<Interest> {
        let ids: BTreeSet<CaseId> = asker
            .units
            .iter()
            .filter_map(|unit| self.by_unit.get(unit))
            .flatten()
            .copied()
            .collect();
        ids.into_iter()
            .filter_map(|id| self.cases.get(&id))
            .filter(|case| !case.is_of(caller))
            .map(|case| case.interest())
            .filter(|interest| interest.counts_on(day) && interest.meets(asker))
            .collect()
    }
}

impl Case {
    /// What others may know of it.
    pub fn interest(&self) -> Interest {
        Interest {
            holder: Holder::Case(self.id),
            organisation: self.organisation.clone(),
            department: self.department.clone(),
            units: self.units.clone(),
            presence: self.presence,
            from: self.begin,
            // What is closed today no longer counts today.
            until: self
                .closed
                .map_or(self.end, |closed| self.end.min(closed.plus(-1))),
        }
    }
}
