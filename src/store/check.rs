//! Proves a store whole: every page by its checksum, every row by what it says, every array by building it anew.
//!
//! What this module does not do: repair. A damaged store is put aside and a backup restored.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use redb::{
    Database, DatabaseError, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable,
};

use super::batch::{read_claims, read_rows};
use super::codec::{
    Head, damaged, marking_words, read_ends, read_find_entry, read_statement, statement_id,
};
use super::error::StoreError;
use super::order::Order;
use super::past::Now;
use super::standing::{About, Course, Key, read_ranges, stands};
use super::tables::{
    ALIASES, DELIVERIES, EDGE_STATEMENTS, FIND, MARKINGS, META, NODE_KEYS, NODE_STATEMENTS,
    RECORD_DELIVERIES, RECORD_STATEMENTS, RECORDS, SAID, SNAPSHOT,
};
use super::{
    arrays, exists, open_database, read_deliveries, read_markings, read_schema, read_secret,
};
use crate::graph::{Snapshot, build};
use crate::model::{Delivery, IdSecret, MarkingTable, NodeId, Schema, Statement};

/// Findings that are told in full; more are counted.
const FINDINGS_MAX: usize = 20;

/// What a check looked at and found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Deliveries.
    pub deliveries: u64,
    /// Statements about nodes.
    pub node_statements: u64,
    /// Statements about edges.
    pub edge_statements: u64,
    /// Entries of the index of names.
    pub index_entries: u64,
    /// Documents that the program keeps.
    pub records: u64,
    /// What is wrong, the first [`FINDINGS_MAX`]; empty for a store that is whole.
    pub findings: Vec<String>,
    /// How many things are wrong.
    pub finding_count: u64,
}

impl Checked {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.finding_count == 0
    }

    fn find(&mut self, finding: impl Into<String>) {
        self.finding_count += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding.into());
        }
    }
}

/// Checks the store at `path`, which no other process may have open.
///
/// Time O(n log n + e log e) for n nodes and e edges, as a load; memory as the arrays of the graph.
///
/// # Errors
/// [`StoreError::Missing`], [`StoreError::InUse`], a format that this program does not read, or
/// [`StoreError::Damaged`] where so much is broken that there is nothing to look at.
pub fn check(path: &Path) -> Result<Checked, StoreError> {
    exists(path)?;
    // Where pages are broken redb may stop by a panic in place of an error; for a check that is a finding as any other.
    std::panic::catch_unwind(|| check_file(path))
        .unwrap_or_else(|_| Err(damaged("its pages are broken")))
}

fn check_file(path: &Path) -> Result<Checked, StoreError> {
    let mut database = open_database(path)?;
    let pages_are_whole = match database.check_integrity() {
        Ok(whole) => whole,
        Err(DatabaseError::Storage(redb::StorageError::Corrupted(what))) => {
            return Err(damaged(&what));
        }
        Err(error) => return Err(StoreError::Storage(error.into())),
    };
    let mut checked = check_rows(&database)?;
    if !pages_are_whole {
        checked.find(
            "pages did not have the checksums that they must have; the last whole state stands",
        );
    }
    Ok(checked)
}

fn check_rows(database: &Database) -> Result<Checked, StoreError> {
    let transaction = database.begin_read()?;
    let meta = transaction.open_table(META).map_err(|error| match error {
        redb::TableError::TableDoesNotExist(_) => damaged("the file is not a store of verband"),
        other => other.into(),
    })?;
    let rows = Rows {
        secret: read_secret(&meta)?,
        schema: read_schema(&meta, "schema")?,
        markings: read_markings(&transaction.open_table(MARKINGS)?)?,
        courses: courses(&transaction)?,
        said: transaction.open_table(SAID)?,
        record_deliveries: transaction.open_table(RECORD_DELIVERIES)?,
        deliveries: deliveries(&transaction)?,
        transaction: &transaction,
    };
    let mut checked = Checked {
        deliveries: rows.deliveries.len() as u64,
        ..Checked::default()
    };
    let keys = rows.check_keys(&mut checked)?;
    rows.check_nodes(&keys, &mut checked)?;
    rows.check_edges(&mut checked)?;
    rows.check_sayings(&mut checked)?;
    rows.check_aliases(&mut checked)?;
    rows.check_index(&keys, &mut checked)?;
    rows.check_arrays(&mut checked)?;
    rows.check_records(&mut checked)?;
    Ok(checked)
}

/// Number of files of each delivery.
fn deliveries(transaction: &ReadTransaction) -> Result<Vec<(u32, usize)>, StoreError> {
    let mut deliveries = Vec::new();
    for entry in transaction.open_table(DELIVERIES)?.iter()? {
        let (id, value) = entry?;
        let delivery: Delivery = serde_json::from_slice(value.value())
            .map_err(|_| damaged("a delivery cannot be read"))?;
        deliveries.push((id.value(), delivery.files.len()));
    }
    Ok(deliveries)
}

fn courses(transaction: &ReadTransaction) -> Result<HashMap<String, Course>, StoreError> {
    let deliveries = read_deliveries(&transaction.open_table(DELIVERIES)?)?;
    let sources = deliveries.iter().map(|(_, one)| one.source.clone());
    Ok(sources
        .map(|source| {
            let course = Course::of(&source, &deliveries);
            (source, course)
        })
        .collect())
}

/// The tables of one revision.
struct Rows<'a> {
    secret: IdSecret,
    schema: Schema,
    markings: MarkingTable,
    deliveries: Vec<(u32, usize)>,
    /// By source, what decides which of its statements stand.
    courses: HashMap<String, Course>,
    said: ReadOnlyTable<(u8, u64, u64, u64), &'static [u8]>,
    record_deliveries: ReadOnlyTable<(u64, u32), ()>,
    transaction: &'a ReadTransaction,
}

impl Rows<'_> {
    /// Each identifier is that of its key.
    fn check_keys(&self, checked: &mut Checked) -> Result<HashSet<u64>, StoreError> {
        let mut keys = HashSet::new();
        for entry in self.transaction.open_table(NODE_KEYS)?.iter()? {
            let (id, value) = entry?;
            let id = id.value();
            keys.insert(id);
            let told = value.value().split_first().and_then(|(&label, key)| {
                let label = self.schema.nodes.get(usize::from(label))?;
                let key = std::str::from_utf8(key).ok()?;
                Some(self.secret.node(&label.label, key).bits())
            });
            if told != Some(id) {
                checked.find(format!(
                    "the key of node {} is not its own",
                    NodeId::from_bits(id)
                ));
            }
        }
        Ok(keys)
    }

    /// Says what is wrong with a statement: `id` is a digest of its words.
    fn wrong(
        &self,
        id: u64,
        bytes: &[u8],
        head: Head,
        properties: &[u8],
        known: Option<usize>,
    ) -> Option<String> {
        let statement: Statement = match read_statement(head, properties) {
            Ok(statement) => statement,
            Err(error) => return Some(error.to_string()),
        };
        let Some(marking) = self.markings.get(statement.marking) else {
            return Some("it has a marking that is not in the store".to_owned());
        };
        let words = marking_words(marking).ok();
        if words.map(|words| statement_id(&words, bytes)) != Some(id) {
            return Some("its words are not those that were loaded".to_owned());
        }
        let Some(property_count) = known else {
            return Some("it has a label that is not in the schema".to_owned());
        };
        if statement
            .properties
            .iter()
            .any(|(property, _)| property.index() >= property_count)
        {
            return Some("it has a property that is not in the schema".to_owned());
        }
        let place = self
            .deliveries
            .binary_search_by_key(&head.delivery, |&(delivery, _)| delivery);
        let files = place
            .ok()
            .and_then(|place| self.deliveries.get(place))
            .map(|&(_, files)| files);
        if files.is_none_or(|files| usize::from(head.file) >= files) {
            return Some("it came with a delivery or file that is not in the store".to_owned());
        }
        None
    }

    fn check_nodes(&self, keys: &HashSet<u64>, checked: &mut Checked) -> Result<(), StoreError> {
        for entry in self.transaction.open_table(NODE_STATEMENTS)?.iter()? {
            let (key, value) = entry?;
            let (node, id) = key.value();
            checked.node_statements += 1;
            let bytes = value.value();
            let wrong = match Head::read(bytes) {
                Ok((head, properties)) => {
                    let label = self.schema.nodes.get(usize::from(head.label));
                    self.wrong(
                        id,
                        bytes,
                        head,
                        properties,
                        label.map(|label| label.properties.len()),
                    )
                    .map_or_else(
                        || self.wrongly_stands((About::Node.byte(), node, id), head),
                        |wrong| Ok(Some(wrong)),
                    )?
                }
                Err(error) => Some(error.to_string()),
            };
            let wrong =
                wrong.or_else(|| (!keys.contains(&node)).then(|| "its node has no key".to_owned()));
            if let Some(wrong) = wrong {
                checked.find(format!(
                    "a statement about node {}: {wrong}",
                    NodeId::from_bits(node)
                ));
            }
        }
        Ok(())
    }

    fn check_edges(&self, checked: &mut Checked) -> Result<(), StoreError> {
        for entry in self.transaction.open_table(EDGE_STATEMENTS)?.iter()? {
            let (key, value) = entry?;
            checked.edge_statements += 1;
            let bytes = value.value();
            let parts = Head::read(bytes).and_then(|(head, rest)| Ok((head, read_ends(rest)?.1)));
            let wrong = match parts {
                Ok((head, properties)) => {
                    let label = self.schema.edges.get(usize::from(head.label));
                    self.wrong(
                        key.value().1,
                        bytes,
                        head,
                        properties,
                        label.map(|label| label.properties.len()),
                    )
                    .map_or_else(
                        || {
                            let (edge, id) = key.value();
                            self.wrongly_stands((About::Edge.byte(), edge, id), head)
                        },
                        |wrong| Ok(Some(wrong)),
                    )?
                }
                Err(error) => Some(error.to_string()),
            };
            if let Some(wrong) = wrong {
                checked.find(format!("a statement about an edge: {wrong}"));
            }
        }
        Ok(())
    }

    /// Says what is wrong with whether a statement stands.
    fn wrongly_stands(&self, key: Key, head: Head) -> Result<Option<String>, StoreError> {
        let marking = self.markings.get(crate::model::MarkingId(head.marking));
        let none = Course::default();
        let course = marking.and_then(|marking| self.courses.get(&marking.source));
        let course = course.unwrap_or(&none);
        let (said, deliveries) = (&self.said, &self.record_deliveries);
        Ok(match stands(said, deliveries, course, key, head.delivery) {
            Ok(stands) if stands != head.fallen => None,
            Ok(_) => Some("whether it stands is not what its deliveries give".to_owned()),
            Err(error) => Some(error.to_string()),
        })
    }

    /// Each saying is of a statement that is there.
    fn check_sayings(&self, checked: &mut Checked) -> Result<(), StoreError> {
        let nodes = self.transaction.open_table(NODE_STATEMENTS)?;
        let edges = self.transaction.open_table(EDGE_STATEMENTS)?;
        let is_there = |about: u8, id, statement| -> Result<bool, StoreError> {
            Ok(match about {
                about if about == About::Node.byte() => nodes.get((id, statement))?.is_some(),
                about if about == About::Edge.byte() => edges.get((id, statement))?.is_some(),
                _ => false,
            })
        };
        for entry in self.said.iter()? {
            let (key, value) = entry?;
            let (about, id, statement, _) = key.value();
            if read_ranges(value.value()).is_err() || !is_there(about, id, statement)? {
                checked.find("which deliveries said a statement cannot be read");
            }
        }
        for entry in self.transaction.open_table(RECORD_STATEMENTS)?.iter()? {
            let (_, about, id, statement) = entry?.0.value();
            if !is_there(about, id, statement)? {
                checked.find("a record says a statement that is not there");
            }
        }
        Ok(())
    }

    fn check_aliases(&self, checked: &mut Checked) -> Result<(), StoreError> {
        for entry in self.transaction.open_table(ALIASES)?.iter()? {
            let (_, value) = entry?;
            let known = |claim: &Head| {
                self.markings
                    .get(crate::model::MarkingId(claim.marking))
                    .is_some()
            };
            match read_claims(value.value()) {
                Ok(claims) if !claims.is_empty() && claims.iter().all(known) => {}
                Ok(_) | Err(_) => {
                    checked.find("what says that two keys are one node cannot be read")
                }
            }
        }
        Ok(())
    }

    fn check_index(&self, keys: &HashSet<u64>, checked: &mut Checked) -> Result<(), StoreError> {
        for entry in self.transaction.open_table(FIND)?.iter()? {
            let (key, _) = entry?;
            checked.index_entries += 1;
            // Kind, marking and class stand before the token.
            match read_find_entry(key.value().get(4..).unwrap_or(&[])) {
                Ok((_, node)) if keys.contains(&node.bits()) => {}
                Ok(_) | Err(_) => checked.find("an entry of the index of names leads nowhere"),
            }
        }
        Ok(())
    }

    /// The stored arrays are those that the statements give.
    fn check_arrays(&self, checked: &mut Checked) -> Result<(), StoreError> {
        let meta = self.transaction.open_table(META)?;
        let stored = match arrays::read(&self.transaction.open_table(SNAPSHOT)?) {
            Ok(stored) => stored,
            Err(error) => {
                checked.find(error.to_string());
                return Ok(());
            }
        };
        // Before the first load there are no arrays.
        if checked.node_statements + checked.edge_statements == 0 {
            if stored.node_ids.is_empty() {
                return Ok(());
            }
            checked.find("there are arrays of a graph, and no statements");
            return Ok(());
        }
        let order = Order::between(&self.schema, &read_schema(&meta, "shown")?)?;
        let rows = read_rows(
            &self.transaction.open_table(NODE_STATEMENTS)?,
            &self.transaction.open_table(EDGE_STATEMENTS)?,
            &self.transaction.open_table(ALIASES)?,
            &order,
            &Now,
        );
        let (nodes, edges, aliases) = match rows {
            Ok(rows) => rows,
            Err(error) => {
                checked.find(error.to_string());
                return Ok(());
            }
        };
        let (built, _) = build(self.schema.nodes.len(), nodes, edges, &aliases)?;
        if built != stored {
            checked.find("the arrays of the graph are not those that the statements give");
        }
        if let Err(array) = Snapshot::new(stored, 0) {
            checked.find(format!("the array `{array}` is not as it must be"));
        }
        Ok(())
    }

    fn check_records(&self, checked: &mut Checked) -> Result<(), StoreError> {
        let table = match self.transaction.open_table(RECORDS) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        for entry in table.iter()? {
            let (key, value) = entry?;
            checked.records += 1;
            if serde_json::from_slice::<serde::de::IgnoredAny>(value.value()).is_err() {
                let (kind, key) = key.value();
                checked.find(format!("the record `{kind}/{key}` cannot be read"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use redb::TableDefinition;

    use super::*;
    use crate::query::law::real::load;
    use crate::query::law::world::{self, About, Saying, World};
    use crate::store::{RecordKind, Store};

    /// Every row of every table.
    fn rows(path: &Path) -> Vec<String> {
        let database = open_database(path).unwrap();
        let transaction = database.begin_read().unwrap();
        let mut rows = Vec::new();
        fn add<K: redb::Key + 'static, V: redb::Value + 'static>(
            transaction: &ReadTransaction,
            definition: TableDefinition<K, V>,
            rows: &mut Vec<String>,
        ) {
            for entry in transaction.open_table(definition).unwrap().iter().unwrap() {
                let (key, value) = entry.unwrap();
                rows.push(format!("{:?} {:?}", key.value(), value.value()));
            }
        }
        add(&transaction, META, &mut rows);
        add(&transaction, MARKINGS, &mut rows);
        add(&transaction, DELIVERIES, &mut rows);
        add(&transaction, NODE_KEYS, &mut rows);
        add(&transaction, NODE_STATEMENTS, &mut rows);
        add(&transaction, EDGE_STATEMENTS, &mut rows);
        add(&transaction, ALIASES, &mut rows);
        add(&transaction, SAID, &mut rows);
        add(&transaction, RECORD_STATEMENTS, &mut rows);
        add(&transaction, RECORD_DELIVERIES, &mut rows);
        add(&transaction, FIND, &mut rows);
        add(&transaction, SNAPSHOT, &mut rows);
        add(&transaction, RECORDS, &mut rows);
        rows
    }

    fn store(path: &Path) {
        let said = |number| Saying {
            about: About::Node((0, number)),
            marking: (number % 3) as usize,
            validity: crate::model::Validity::ALWAYS,
            properties: std::collections::BTreeMap::new(),
            delivery: 0,
            file: 0,
            line: 1,
        };
        let store = Store::open_or_create(path, || [7; 32]).unwrap();
        let world = World {
            sayings: (1..400).map(said).collect(),
            aliases: Vec::new(),
            marking_order: (0..world::MARKINGS).collect(),
            deliveries_before: 0,
        };
        load(&store, &world);
        let kept: Result<(), StoreError> =
            store.change_records(|change| change.put(RecordKind("case"), "1", &"a case"));
        kept.unwrap();
    }

    #[test]
    fn any_flipped_bit_is_found_or_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let [whole, flipped] = ["whole", "flipped"].map(|name| directory.path().join(name));
        store(&whole);
        let checked = check(&whole).unwrap();
        assert!(
            checked.is_whole() && checked.node_statements == 399,
            "{checked:?}"
        );
        let (bytes, expected) = (std::fs::read(&whole).unwrap(), rows(&whole));
        let mut random = 0x2545_F491_4F6C_DD1D_u64;
        let mut found = 0;
        for _ in 0..300 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let bit = random as usize % (bytes.len() * 8);
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&flipped, damaged).unwrap();
            match check(&flipped) {
                Ok(checked) if checked.is_whole() => {
                    assert_eq!(rows(&flipped), expected, "bit {bit}");
                }
                Ok(_) | Err(_) => found += 1,
            }
        }
        assert!(found > 0);
    }

    #[test]
    fn a_statement_that_was_changed_behind_the_program_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        store(&path);
        let database = open_database(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        {
            let mut table = transaction.open_table(NODE_STATEMENTS).unwrap();
            let (key, mut bytes) = {
                let (key, value) = table.first().unwrap().unwrap();
                (key.value(), value.value().to_vec())
            };
            // The begin of its validity.
            bytes[3] ^= 1;
            table.insert(key, bytes.as_slice()).unwrap();
        }
        transaction.commit().unwrap();
        drop(database);
        let checked = check(&path).unwrap();
        assert_eq!(checked.finding_count, 1, "{checked:?}");
        assert!(checked.findings[0].contains("its words are not those that were loaded"));
    }
}
