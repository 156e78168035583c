//! Statements that are not to be kept any longer: taken out of every table, for good.
//!
//! This is the one exception to 'nothing is overwritten'. What is taken out stands in no answer, of today or of a day
//! before, and cannot be brought back by taking a later delivery back.
//!
//! # Invariants
//! * **by the rules of its own source**: what another source says of the same node stays, as long as that one's rules say.
//! * **closed over what is derived**: with a statement go who said it, its names in the index, the key of a node that
//!   nothing is said of any more, edges of the same source at a node of which that source says nothing any more, and the
//!   arrays are built anew.
//! * **one transaction**: what others keep about it (flags, cases) goes in the same, or nothing goes.
//! * **proof**: what went is counted by source and reason, with a digest of all identifiers.
//!
//! The pages that held it are free then, not empty: [`rewrite`] leaves them behind.

mod due;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use redb::{ReadableTable, ReadableTableMetadata};
use serde::{Deserialize, Serialize};

use super::backup::{BackedUp, replace};
use super::batch::{LoadBatch, read_claims};
use super::codec::Head;
use super::error::StoreError;
use super::records::{ReadRecords, RecordChange, RecordKind};
use super::standing::{About, Key, Range, read_ranges};
use super::tables::{
    ALIASES, EDGE_STATEMENTS, FIND, NODE_KEYS, NODE_STATEMENTS, RECORD_DELIVERIES,
    RECORD_STATEMENTS, RECORDS, SAID,
};
use super::{Store, open_database};
use crate::model::{Day, EdgeId, NodeId, Schema};

/// Purges that were made, by revision; and that the file is to be rewritten.
const PURGES: RecordKind = RecordKind("purge");
const TO_BE_REWRITTEN: &str = "to-be-rewritten";

/// How long what a source says is kept. Each is a number of days; what is not named sets no end. What any of them ends, goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keeping {
    /// After it ceased to hold.
    pub ended_days: Option<u32>,
    /// After it fell: since another delivery took its place, or its own was taken back.
    pub fallen_days: Option<u32>,
    /// After the last delivery that said it.
    pub said_days: Option<u32>,
    /// After a date in it.
    pub dated: Option<Dated>,
}

/// Days after a date that a statement has as property.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dated {
    /// Label of the node or edge.
    pub label: String,
    /// The property.
    pub property: String,
    /// Days after it.
    pub days: u32,
}

/// Why a statement goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PurgeReason {
    /// It ceased to hold long enough ago.
    Ended,
    /// It fell long enough ago.
    Fallen,
    /// It was said last long enough ago.
    Said,
    /// Its date is long enough ago.
    Dated,
    /// It is about an edge at a node of which its source says nothing any more.
    AtNodeThatWent,
}

/// What a purge takes out, or took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Purged {
    /// The day that the rules were applied on.
    pub day: String,
    /// Statements that go, by source and reason.
    pub sources: BTreeMap<String, BTreeMap<PurgeReason, u64>>,
    /// Statements that stay, by source; those of sources without a rule too.
    pub kept: BTreeMap<String, u64>,
    /// Sources of which something stays and that have no rule.
    pub without_rule: Vec<String>,
    /// Nodes of which nothing is said any more.
    pub node_count: u64,
    /// Edges of which nothing is said any more.
    pub edge_count: u64,
    /// Names that leave the index.
    pub index_entries: u64,
    /// BLAKE3, keyed, over the identifiers of all statements that go, in order.
    pub digest: String,
    /// The nodes.
    #[serde(skip)]
    pub nodes: BTreeSet<NodeId>,
    /// The edges.
    #[serde(skip)]
    pub edges: BTreeSet<EdgeId>,
}

impl Purged {
    /// How many statements go.
    pub fn statements(&self) -> u64 {
        self.sources.values().flat_map(BTreeMap::values).sum()
    }
}

/// A purge that was made: what is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PurgeRecord {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// The revision that it made.
    pub revision: u64,
    /// What it took out.
    pub purged: Purged,
}

impl Store {
    /// Takes out what rules by source do not let be kept on a day. Without `remove` all of it is found and nothing changes.
    ///
    /// * `also`: takes out, in the same transaction, what documents hold about it, and records the deed: it is called when
    ///   all is found, before anything is durable.
    ///
    /// Reads every statement; memory grows with what goes.
    ///
    /// # Errors
    /// [`StoreError`], or what `also` says; nothing is then changed.
    pub fn purge<T, E: From<StoreError>>(
        &self,
        rules: &BTreeMap<String, Keeping>,
        day: Day,
        at: &str,
        remove: bool,
        also: impl FnOnce(&mut RecordChange<'_>, &Purged) -> Result<T, E>,
    ) -> Result<(Purged, T), E> {
        let batch = self.begin_load(Schema::municipal().map_err(StoreError::from)?)?;
        batch.purge(rules, (day, at), remove, also)
    }

    /// The purges that were made, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn purges(&self) -> Result<Vec<PurgeRecord>, StoreError> {
        let records = self.records()?;
        let all: Vec<(String, PurgeRecord)> = records.list(PURGES, "0")?;
        Ok(all.into_iter().map(|(_, one)| one).collect())
    }

    /// How many deliveries had been loaded at a revision: each made one, and so did each purge.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn deliveries_by(&self, revision: u64) -> Result<u64, StoreError> {
        let purges = self.purges()?.into_iter();
        let before = purges.filter(|purge| purge.revision <= revision).count();
        Ok(revision.saturating_sub(before as u64))
    }

    /// Whether the file holds bytes of what was taken out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn is_to_be_rewritten(&self) -> Result<bool, StoreError> {
        let marked: Option<bool> = self.records()?.get(PURGES, TO_BE_REWRITTEN)?;
        Ok(marked.is_some())
    }
}

/// Writes the store at `path`, which no process may have open, to a new file in its place: what was taken out lies in no
/// page of it. The blocks of the old file are the file system's then.
///
/// # Errors
/// [`StoreError`]; the old file then stands.
pub fn rewrite(path: &Path, progress: &mut dyn FnMut(u64)) -> Result<BackedUp, StoreError> {
    // Opened once for writing, so that no other process has it and its last commit stands.
    drop(Store::open(path)?);
    replace(path, progress, |copy| {
        let transaction = open_database(copy)?.begin_write()?;
        let mut records = RecordChange::of(transaction.open_table(RECORDS)?);
        records.remove(PURGES, TO_BE_REWRITTEN)?;
        drop(records);
        transaction.commit()?;
        Ok(())
    })
}

impl LoadBatch {
    fn purge<T, E: From<StoreError>>(
        mut self,
        rules: &BTreeMap<String, Keeping>,
        (day, at): (Day, &str),
        remove: bool,
        also: impl FnOnce(&mut RecordChange<'_>, &Purged) -> Result<T, E>,
    ) -> Result<(Purged, T), E> {
        let entries_before = self.index_entries()?;
        let (due, mut purged) = self.find_due(rules, day)?;
        for key in &due {
            self.take_out(*key)?;
        }
        self.take_out_nodes(&due, &mut purged)?;
        purged.index_entries = entries_before.saturating_sub(self.index_entries()?);
        self.drop_deliveries_of_records()?;
        // Everything may look otherwise from where something went.
        for (id, _) in self.markings.iter() {
            self.touched.many(id.0);
        }
        let done = {
            let mut records = RecordChange::of(self.transaction.open_table(RECORDS)?);
            if !due.is_empty() {
                let record = PurgeRecord {
                    at: at.to_owned(),
                    revision: self.next_revision,
                    purged: purged.clone(),
                };
                let key = format!("{:020}", self.next_revision);
                records.put(PURGES, &key, &record)?;
            }
            records.put(PURGES, TO_BE_REWRITTEN, &true)?;
            also(&mut records, &purged)?
        };
        if !remove {
            self.transaction.abort()?;
        } else if due.is_empty() {
            self.transaction.commit()?;
        } else {
            self.write_revision(None)?;
        }
        Ok((purged, done))
    }

    /// The records that said a statement, and when.
    fn sayers(&self, (about, id, statement): Key) -> Result<Vec<(u64, Vec<Range>)>, StoreError> {
        let table = self.transaction.open_table(SAID)?;
        let rows = table.range((about, id, statement, 0)..=(about, id, statement, u64::MAX))?;
        rows.map(|row| {
            let (key, bytes) = row?;
            Ok((key.value().3, read_ranges(bytes.value())?))
        })
        .collect()
    }

    /// Takes a statement out of its table, and who said it.
    fn take_out(&mut self, key: Key) -> Result<(), StoreError> {
        let (about, id, statement) = key;
        let sayers = self.sayers(key)?;
        let mut said = self.transaction.open_table(SAID)?;
        let mut of_record = self.transaction.open_table(RECORD_STATEMENTS)?;
        for (record, _) in sayers {
            said.remove((about, id, statement, record))?;
            of_record.remove((record, about, id, statement))?;
        }
        if about == About::Edge.byte() {
            let mut table = self.transaction.open_table(EDGE_STATEMENTS)?;
            table.remove((id, statement))?;
            return Ok(());
        }
        // Names are those of its words: what others give too is put back by `take_out_nodes`.
        let bytes = self.row(About::Node, (id, statement))?;
        let (head, properties) = Head::read(&bytes)?;
        let names = self.names(head, properties, id)?;
        let mut index = self.transaction.open_table(FIND)?;
        for name in names {
            index.remove(name.as_slice())?;
        }
        let mut table = self.transaction.open_table(NODE_STATEMENTS)?;
        table.remove((id, statement))?;
        Ok(())
    }

    /// Makes index, keys and aliases those of what is left.
    fn take_out_nodes(
        &mut self,
        due: &BTreeSet<Key>,
        purged: &mut Purged,
    ) -> Result<(), StoreError> {
        let node = About::Node.byte();
        let nodes: BTreeSet<u64> = due
            .iter()
            .filter(|key| key.0 == node)
            .map(|key| key.1)
            .collect();
        let edges: BTreeSet<u64> = due
            .iter()
            .filter(|key| key.0 != node)
            .map(|key| key.1)
            .collect();
        for &id in &nodes {
            // What stands gives its names again.
            self.follow(id, BTreeSet::new())?;
            if self.is_spoken_of(About::Node, id)? {
                continue;
            }
            self.transaction.open_table(NODE_KEYS)?.remove(id)?;
            purged.nodes.insert(NodeId::from_bits(id));
        }
        for id in edges {
            if !self.is_spoken_of(About::Edge, id)? {
                purged.edges.insert(EdgeId::from_bits(id));
            }
        }
        purged.node_count = purged.nodes.len() as u64;
        purged.edge_count = purged.edges.len() as u64;
        self.take_out_aliases(&nodes)
    }

    fn index_entries(&self) -> Result<u64, StoreError> {
        Ok(self.transaction.open_table(FIND)?.len()?)
    }

    fn is_spoken_of(&self, about: About, id: u64) -> Result<bool, StoreError> {
        let table = self.transaction.open_table(about.table())?;
        let mut rows = table.range((id, 0)..=(id, u64::MAX))?;
        Ok(rows.next().transpose()?.is_some())
    }

    /// An alias of which an end went, and nothing is said of the other, joins nothing.
    fn take_out_aliases(&mut self, went: &BTreeSet<u64>) -> Result<(), StoreError> {
        let mut gone = Vec::new();
        for entry in self.transaction.open_table(ALIASES)?.iter()? {
            let (pair, value) = entry?;
            let (from, to) = pair.value();
            if !went.contains(&from) && !went.contains(&to) {
                continue;
            }
            if !self.is_spoken_of(About::Node, from)? && !self.is_spoken_of(About::Node, to)? {
                // What cannot be read is told as damage, here as elsewhere.
                read_claims(value.value())?;
                gone.push((from, to));
            }
        }
        let mut table = self.transaction.open_table(ALIASES)?;
        for pair in gone {
            table.remove(pair)?;
        }
        Ok(())
    }

    /// Which deliveries replaced what a record said matters while it says something.
    fn drop_deliveries_of_records(&mut self) -> Result<(), StoreError> {
        let mut idle = Vec::new();
        let said = self.transaction.open_table(RECORD_STATEMENTS)?;
        let mut last = None;
        for entry in self.transaction.open_table(RECORD_DELIVERIES)?.iter()? {
            let (record, delivery) = entry?.0.value();
            let is_idle = match last {
                Some((known, is_idle)) if known == record => is_idle,
                _ => {
                    let all = (record, 0, 0, 0)..=(record, u8::MAX, u64::MAX, u64::MAX);
                    said.range(all)?.next().is_none()
                }
            };
            last = Some((record, is_idle));
            if is_idle {
                idle.push((record, delivery));
            }
        }
        let mut table = self.transaction.open_table(RECORD_DELIVERIES)?;
        for pair in idle {
            table.remove(pair)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
