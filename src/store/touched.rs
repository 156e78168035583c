//! Which nodes a load said something new of, so that scans need not look at everything again.
//!
//! Kept as records beside the data, one per revision, for the newest [`KEPT_MAX`] revisions. What is not known is told as
//! not known: then everything may have changed.
//!
//! # Invariants
//! * **by marking**: who may not see a statement is not told by it that a node changed.
//! * **both ends**: an edge touches both its nodes; an alias both its keys, and all that its key led to before.

use std::collections::BTreeMap;

use redb::WriteTransaction;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::records::{ReadRecords, RecordChange, RecordKind};
use super::tables::RECORDS;
use super::{Store, records};
use crate::model::{MarkingId, NodeId};

/// Touched nodes, by revision.
const TOUCHED: RecordKind = RecordKind("touched");
/// Revisions of which it is kept.
const KEPT_MAX: u64 = 64;
/// Nodes that one marking may touch in one load before it is only kept that there were many: some 400 kB.
const NODES_MAX: usize = 20_000;

/// Nodes that something new was said of, by the marking of what was said; none where they are too many to be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Touched(BTreeMap<u16, Option<Vec<u64>>>);

impl Touched {
    /// Adds a node.
    pub fn add(&mut self, marking: u16, node: u64) {
        let nodes = self.0.entry(marking).or_insert_with(|| Some(Vec::new()));
        let Some(known) = nodes else { return };
        known.push(node);
        if known.len() > 2 * NODES_MAX {
            known.sort_unstable();
            known.dedup();
            if known.len() > NODES_MAX {
                *nodes = None;
            }
        }
    }

    /// Adds that so much changed that everything must be looked at.
    pub fn many(&mut self, marking: u16) {
        self.0.insert(marking, None);
    }

    fn settled(mut self) -> Self {
        for nodes in self.0.values_mut() {
            if let Some(known) = nodes {
                known.sort_unstable();
                known.dedup();
                if known.len() > NODES_MAX {
                    *nodes = None;
                }
            }
        }
        self
    }

    /// The nodes that were touched by what may be seen; none where they are not known.
    pub fn seen(&self, may_see: impl Fn(MarkingId) -> bool) -> Option<Vec<NodeId>> {
        let seen = self
            .0
            .iter()
            .filter(|(marking, _)| may_see(MarkingId(**marking)));
        let mut all = Vec::new();
        for (_, nodes) in seen {
            all.extend(nodes.as_ref()?.iter().copied().map(NodeId::from_bits));
        }
        Some(all)
    }

    /// Keeps what a revision touched, in the transaction that makes it, and drops what is too old.
    pub fn keep(self, transaction: &WriteTransaction, revision: u64) -> Result<(), StoreError> {
        let mut change = RecordChange::of(transaction.open_table(RECORDS)?);
        change.put(TOUCHED, &key(revision), &self.settled())?;
        if let Some(old) = revision.checked_sub(KEPT_MAX) {
            change.remove(TOUCHED, &key(old))?;
        }
        Ok(())
    }
}

impl Store {
    /// What was touched after a revision, up to another; none where it is not known of all of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn touched(
        &self,
        after: u64,
        until: u64,
    ) -> Result<Option<Vec<Touched>>, StoreError> {
        if until
            .checked_sub(after)
            .is_none_or(|count| count > KEPT_MAX)
        {
            return Ok(None);
        }
        let records: records::RecordReader = self.records()?;
        (after + 1..=until)
            .map(|revision| records.get(TOUCHED, &key(revision)))
            .collect()
    }
}

/// Revisions in order of their keys.
fn key(revision: u64) -> String {
    format!("{revision:020}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(directory: &tempfile::TempDir) -> Store {
        Store::open_or_create(&directory.path().join("s.redb"), || [7; 32]).unwrap()
    }

    fn keep(store: &Store, revision: u64, said: &[(u16, u64)]) {
        let mut touched = Touched::default();
        said.iter()
            .for_each(|&(marking, node)| touched.add(marking, node));
        let transaction = store.database.begin_write().unwrap();
        touched.keep(&transaction, revision).unwrap();
        transaction.commit().unwrap();
    }

    fn bits(nodes: Option<Vec<NodeId>>) -> Option<Vec<u64>> {
        nodes.map(|nodes| nodes.into_iter().map(NodeId::bits).collect())
    }

    #[test]
    fn who_may_not_see_what_was_said_is_not_told_that_a_node_was_touched() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        keep(&store, 1, &[(0, 5), (1, 6), (0, 5), (0, 4)]);
        let [load] = store.touched(0, 1).unwrap().unwrap().try_into().unwrap();
        assert_eq!(bits(load.seen(|marking| marking.0 == 0)), Some(vec![4, 5]));
        assert_eq!(bits(load.seen(|_| true)), Some(vec![4, 5, 6]));
        assert_eq!(bits(load.seen(|_| false)), Some(vec![]));
    }

    #[test]
    fn too_many_nodes_are_told_as_not_known_to_those_alone_who_may_see_them() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let mut said: Vec<(u16, u64)> = (0..=NODES_MAX as u64).map(|node| (1, node)).collect();
        said.push((0, 3));
        keep(&store, 1, &said);
        let [load] = store.touched(0, 1).unwrap().unwrap().try_into().unwrap();
        assert_eq!(bits(load.seen(|_| true)), None);
        assert_eq!(bits(load.seen(|marking| marking.0 == 0)), Some(vec![3]));
        // Named often, few all the same.
        let often: Vec<(u16, u64)> = (0..5 * NODES_MAX as u64)
            .map(|node| (1, node % 3))
            .collect();
        keep(&store, 2, &often);
        let [load] = store.touched(1, 2).unwrap().unwrap().try_into().unwrap();
        assert_eq!(bits(load.seen(|_| true)), Some(vec![0, 1, 2]));
    }

    #[test]
    fn revisions_that_are_not_known_are_told_and_old_ones_go() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        assert_eq!(store.touched(0, 0).unwrap(), Some(vec![]));
        assert_eq!(store.touched(0, 1).unwrap(), None);
        for revision in 1..=KEPT_MAX + 3 {
            keep(&store, revision, &[(0, revision)]);
        }
        let kept: Vec<(String, Touched)> = store.records().unwrap().list(TOUCHED, "").unwrap();
        assert_eq!(kept.len() as u64, KEPT_MAX);
        assert!(store.touched(3, KEPT_MAX + 3).unwrap().is_some());
        assert_eq!(store.touched(2, KEPT_MAX + 3).unwrap(), None);
        assert_eq!(store.touched(9, 8).unwrap(), None);
    }
}
