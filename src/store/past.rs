//! What was known after a delivery: the store as it was, made of what lies in it now.
//!
//! What this module does not do: know aliases that were taken back since. Those count that stand now and were claimed by
//! then. Nor does it search: the index of names is of today.

use std::collections::HashMap;
use std::sync::Arc;

use redb::{ReadOnlyTable, ReadTransaction, ReadableDatabase};

use super::archive::Revision;
use super::codec::{Head, damaged};
use super::error::StoreError;
use super::order::Order;
use super::standing::{Course, Key, stands};
use super::tables::{DELIVERIES, MARKINGS, META, RECORD_DELIVERIES, SAID};
use super::{Opened, Store, read_deliveries, read_markings, read_schema};
use crate::graph::Snapshot;
use crate::model::{Day, Delivery, MarkingId, MarkingTable};

/// Which statements count.
pub(super) trait Known {
    /// Whether a statement stands.
    fn stands(&self, key: Key, head: &Head) -> Result<bool, StoreError>;

    /// Whether something was said.
    fn is_said(&self, head: &Head) -> bool;
}

/// What is known now.
pub(super) struct Now;

impl Known for Now {
    fn stands(&self, _: Key, head: &Head) -> Result<bool, StoreError> {
        Ok(!head.fallen)
    }

    fn is_said(&self, _: &Head) -> bool {
        true
    }
}

/// What was known after a delivery.
pub(super) struct Then {
    /// The last delivery that had come; none before the first.
    last: Option<u32>,
    /// By marking, what decides which statements of its source stood.
    courses: HashMap<u16, Arc<Course>>,
    said: ReadOnlyTable<(u8, u64, u64, u64), &'static [u8]>,
    record_deliveries: ReadOnlyTable<(u64, u32), ()>,
}

impl Then {
    fn open(
        transaction: &ReadTransaction,
        last: Option<u32>,
        markings: &MarkingTable,
        deliveries: &[(u32, Delivery)],
    ) -> Result<Self, StoreError> {
        let mut of_source: HashMap<&str, Arc<Course>> = HashMap::new();
        let mut courses = HashMap::new();
        for (id, marking) in markings.iter() {
            let course = of_source.entry(&marking.source).or_insert_with(|| {
                let until = last.unwrap_or(0);
                Arc::new(Course::until(&marking.source, deliveries, until))
            });
            courses.insert(id.0, Arc::clone(course));
        }
        Ok(Self {
            last,
            courses,
            said: transaction.open_table(SAID)?,
            record_deliveries: transaction.open_table(RECORD_DELIVERIES)?,
        })
    }
}

impl Known for Then {
    fn stands(&self, key: Key, head: &Head) -> Result<bool, StoreError> {
        let course = self.courses.get(&head.marking);
        let Some(course) = course.filter(|_| self.is_said(head)) else {
            return Ok(false);
        };
        let (said, deliveries) = (&self.said, &self.record_deliveries);
        stands(said, deliveries, course, key, head.delivery)
    }

    fn is_said(&self, head: &Head) -> bool {
        self.last.is_some_and(|last| head.delivery <= last)
    }
}

impl Store {
    /// The last delivery that had come by the end of a day, in UTC; none if none had. Of a day that is not over, and of days
    /// to come, the newest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn last_by(&self, day: Day) -> Result<Option<u32>, StoreError> {
        let deliveries = read_deliveries(&self.database.begin_read()?.open_table(DELIVERIES)?)?;
        let day = day.to_string();
        // Times are RFC 3339 in UTC, so that they are ordered as texts. Clocks are set back now and then, so the first that
        // is later ends what was known.
        let by = deliveries.iter().take_while(|(_, one)| {
            let on = one.loaded_at.get(..day.len()).unwrap_or_default();
            on <= day.as_str()
        });
        Ok(by.last().map(|(number, _)| *number))
    }

    /// Opens the store as it was after a delivery (none: before the first). Reads every statement; time
    /// O(n log n + e log e), memory as the arrays of the graph.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn after(&self, last: Option<u32>) -> Result<Opened, StoreError> {
        let transaction = self.database.begin_read()?;
        let meta = transaction.open_table(META)?;
        let schema = read_schema(&meta, "shown")?;
        let order = Order::between(&read_schema(&meta, "schema")?, &schema)?;
        let markings = read_markings(&transaction.open_table(MARKINGS)?)?;
        let deliveries = read_deliveries(&transaction.open_table(DELIVERIES)?)?;
        let then = Then::open(&transaction, last, &markings, &deliveries)?;
        let number = last.map_or(0, |last| u64::from(last) + 1);
        let database = Arc::clone(&self.database);
        let revision = Revision::open(&transaction, database, order, number)?.at(then);
        let (snapshot, alias_markings) = revision.build()?;
        Ok(Opened {
            snapshot,
            revision,
            schema,
            markings,
            deliveries: number,
            alias_markings,
        })
    }
}

impl Revision {
    /// The arrays of this revision, built anew, and the markings of its aliases.
    fn build(&self) -> Result<(Snapshot, Vec<MarkingId>), StoreError> {
        let (nodes, edges, aliases) = self.rows()?;
        let mut markings: Vec<MarkingId> =
            aliases.iter().map(|one| MarkingId(one.marking)).collect();
        markings.sort_unstable();
        markings.dedup();
        Ok((self.snapshot(nodes, edges, &aliases)?, markings))
    }
}

pub(super) fn no_search() -> StoreError {
    damaged("what was known on a day is not searched")
}
