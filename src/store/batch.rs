//! One load: everything a delivery says, in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, Table};

use super::codec::{
    HEAD_BYTES, Head, Scope, damaged, find_key, marking_words, read_ends, statement_id,
    write_properties,
};
use super::error::StoreError;
use super::order::Order;
use super::past::{Known, Now};
use super::standing::{About, Course, Key, NO_RECORD, Sayings};
use super::tables::{
    ALIASES, DELIVERIES, EDGE_STATEMENTS, FIND, FORMAT, MARKINGS, META, NODE_KEYS, NODE_STATEMENTS,
    SNAPSHOT,
};
use super::touched::Touched;
use super::turn::LateTransaction;
use super::{arrays, read_deliveries, read_markings, read_schema};
use crate::graph::{AliasRow, EdgeRow, NodeRow, Snapshot, Waiting, build};
use crate::model::{
    Delivery, DeliveryKind, EdgeLabelId, IdSecret, Level, Marking, MarkingId, MarkingTable, NodeId,
    NodeLabelId, PropertyDef, PropertyId, Schema, Validity, Value, tokens,
};

/// What a statement says, with the keys that its source uses.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// Of a node.
    Node {
        /// Its label.
        label: NodeLabelId,
        /// `namespace:value`.
        key: String,
        /// Its properties.
        properties: Vec<(PropertyId, Value)>,
        /// When it holds.
        validity: Validity,
    },
    /// Of an edge.
    Edge {
        /// Its label.
        label: EdgeLabelId,
        /// Start.
        from: (NodeLabelId, String),
        /// End.
        to: (NodeLabelId, String),
        /// Tells it from parallel edges.
        discriminator: String,
        /// Its properties.
        properties: Vec<(PropertyId, Value)>,
        /// When it holds.
        validity: Validity,
    },
    /// That a key leads to the node of another.
    Alias {
        /// Label of both.
        label: NodeLabelId,
        /// Key that leads on.
        from: String,
        /// Key that it leads to.
        to: String,
        /// When it holds.
        validity: Validity,
    },
    /// Nothing: a record of which nothing holds any more.
    Nothing,
}

/// A statement with who may see it and where it was said.
#[derive(Debug, Clone, PartialEq)]
pub struct Saying {
    /// What is said.
    pub said: Said,
    /// Who may see it.
    pub marking: Arc<Marking>,
    /// Position in the delivery's files.
    pub file: u16,
    /// Line in it, from 1.
    pub line: u32,
    /// What tells the record that says it from others of its source; none where the source file does not say.
    pub record: Option<Arc<str>>,
}

/// What a load changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadSummary {
    /// Statements that were not there before.
    pub added: u64,
    /// Statements that stood already, word for word.
    pub unchanged: u64,
    /// Statements that do not stand any more.
    pub superseded: u64,
    /// Statements that had fallen and stand again.
    pub restored: u64,
    /// Edges of which an end is not known yet, in the whole store.
    pub waiting: u64,
    /// Nodes in the whole store.
    pub nodes: u64,
    /// Edge statements with both ends, in the whole store.
    pub edges: u64,
    /// Edge statements of this delivery that wait, by label.
    #[serde(skip)]
    pub own_waiting: BTreeMap<String, u64>,
    /// The first [`WAITING_LISTED_MAX`] of them.
    #[serde(skip)]
    pub own_waiting_listed: Vec<WaitingEdge>,
}

/// An edge statement of a delivery that waits for a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingEdge {
    /// Label of the edge.
    pub label: String,
    /// Position in the delivery's files.
    pub file: u16,
    /// Line in it, from 1.
    pub line: u32,
    /// Whether no source has told of its start.
    pub misses_start: bool,
    /// Whether no source has told of its end.
    pub misses_end: bool,
}

/// Waiting edges of a delivery that are listed. All are counted.
pub const WAITING_LISTED_MAX: usize = 1000;

/// Rows gathered before they are sorted and written: sorted writes fill pages in order, and each write goes over all of the
/// tree. Some 200 MB.
const ROWS_GATHERED: usize = 1_000_000;

/// So many rows are passed over in the time that one is looked up.
const WALK_FACTOR: u64 = 8;

type StatementRow = ((u64, u64), Vec<u8>);

/// A statement and the record that says it.
type SayerRow = ((u64, u64), u64);

/// Of what a source said, how much a full delivery may leave out when its source file does not say: a file that was cut
/// off must not empty a register.
pub const SUPERSEDED_SHARE_MAX: f64 = 0.2;

/// A load in progress. Dropped without [`Self::commit`] it leaves the store as it was.
pub struct LoadBatch {
    pub(super) transaction: LateTransaction,
    pub(super) secret: IdSecret,
    pub(super) schema: Schema,
    pub(super) markings: MarkingTable,
    /// The marking of the statement before: sources have few, and give them row after row.
    last_marking: Option<(Arc<Marking>, MarkingId, Arc<[u8]>)>,
    pub(super) delivery: u32,
    nodes: Vec<StatementRow>,
    edges: Vec<StatementRow>,
    keys: Vec<(u64, Vec<u8>)>,
    found: Vec<Vec<u8>>,
    aliases: Vec<((u64, u64), Head)>,
    pub(super) summary: LoadSummary,
    pub(super) touched: Touched,
    /// Deliveries of the source that this load is of, as soon as it says something.
    pub(super) course: Course,
    course_of: Option<String>,
    pub(super) known_deliveries: Vec<(u32, Delivery)>,
    /// Identities of the records that say something, in order of arrival.
    pub(super) records: Vec<u64>,
    node_records: Vec<SayerRow>,
    edge_records: Vec<SayerRow>,
    /// Statements that had fallen and are said again.
    pub(super) again: BTreeSet<Key>,
    /// Statements of the source that stood before.
    pub(super) stood: u64,
    pub(super) superseded_share_max: f64,
    pub(super) next_revision: u64,
}

impl LoadBatch {
    /// Begins a load: the store's schema is extended by `schema`.
    pub(super) fn begin(
        read: &ReadTransaction,
        transaction: LateTransaction,
        secret: IdSecret,
        schema: Schema,
    ) -> Result<Self, StoreError> {
        let meta = read.open_table(META)?;
        let mut merged = read_schema(&meta, "schema")?;
        merged.merge(schema)?;
        let revision = match meta.get("revision")? {
            Some(bytes) => super::codec::read_u64(bytes.value())?,
            None => 0,
        };
        let markings = read_markings(&read.open_table(MARKINGS)?)?;
        let known_deliveries = read_deliveries(&read.open_table(DELIVERIES)?)?;
        let delivery = match known_deliveries.last() {
            Some((last, _)) => last.checked_add(1).ok_or(StoreError::TooMany {
                what: "deliveries",
                max: u32::MAX.into(),
            })?,
            None => 0,
        };
        Ok(Self {
            transaction,
            secret,
            schema: merged,
            markings,
            last_marking: None,
            delivery,
            nodes: Vec::new(),
            edges: Vec::new(),
            keys: Vec::new(),
            found: Vec::new(),
            aliases: Vec::new(),
            summary: LoadSummary::default(),
            touched: Touched::default(),
            course: Course::default(),
            course_of: None,
            known_deliveries,
            records: Vec::new(),
            node_records: Vec::new(),
            edge_records: Vec::new(),
            again: BTreeSet::new(),
            stood: 0,
            superseded_share_max: SUPERSEDED_SHARE_MAX,
            next_revision: revision + 1,
        })
    }

    /// The schema in force: label and property positions in [`Said`] are positions in it.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Sets how much of what its source said a full delivery may leave out, from 0 to 1.
    pub fn with_superseded_share_max(mut self, share: f64) -> Self {
        self.superseded_share_max = share;
        self
    }

    /// The newest delivery with a name, of a source if one is given, that was not taken back, with its number.
    pub(super) fn withdrawable(
        &self,
        name: &str,
        source: Option<&str>,
    ) -> Result<(u32, Delivery), StoreError> {
        let deliveries = &self.known_deliveries;
        let gone: BTreeSet<u32> = deliveries
            .iter()
            .filter_map(|(_, one)| one.withdraws)
            .collect();
        let found = deliveries.iter().rev().find(|(number, one)| {
            one.name == name
                && source.is_none_or(|source| one.source == source)
                && one.kind != DeliveryKind::Withdrawal
                && !gone.contains(number)
        });
        let (number, delivery) = found.ok_or_else(|| StoreError::NoDelivery(name.to_owned()))?;
        Ok((*number, delivery.clone()))
    }

    /// Adds a statement.
    ///
    /// # Errors
    /// [`StoreError`]; the load must then be dropped.
    pub fn add(&mut self, saying: &Saying) -> Result<(), StoreError> {
        let source = &saying.marking.source;
        if self.course_of.as_ref() != Some(source) {
            self.course = Course::of(source, &self.known_deliveries);
            self.course_of = Some(source.clone());
        }
        let identity = saying.record.as_deref();
        let record = identity.map_or(NO_RECORD, |identity| self.secret.record(source, identity));
        if record != NO_RECORD && self.records.last() != Some(&record) {
            self.records.push(record);
        }
        if saying.said == Said::Nothing {
            return Ok(());
        }
        let (marking, words) = self.marking(&saying.marking)?;
        let (label, validity) = match &saying.said {
            Said::Node {
                label, validity, ..
            }
            | Said::Alias {
                label, validity, ..
            } => (label.0, *validity),
            Said::Edge {
                label, validity, ..
            } => (label.0, *validity),
            Said::Nothing => return Ok(()),
        };
        let (from, to) = validity.pack();
        let head = Head {
            label,
            marking: marking.0,
            from,
            to,
            delivery: self.delivery,
            file: saying.file,
            line: saying.line,
            fallen: false,
        };
        match &saying.said {
            Said::Node {
                label,
                key,
                properties,
                ..
            } => self.add_node((*label, key, properties), head, &words, record)?,
            Said::Edge {
                label,
                from,
                to,
                discriminator,
                properties,
                ..
            } => {
                let ends = (self.node_id(from.0, &from.1)?, self.node_id(to.0, &to.1)?);
                let name = self.schema.edge(*label).map(|edge| edge.label.clone());
                let name = name.ok_or_else(|| damaged("an edge label is not in the schema"))?;
                let id = self.secret.edge(&name, ends.0, ends.1, discriminator);
                let mut bytes = Vec::with_capacity(64);
                head.write(&mut bytes);
                bytes.extend_from_slice(&ends.0.bits().to_le_bytes());
                bytes.extend_from_slice(&ends.1.bits().to_le_bytes());
                write_properties(properties, &mut bytes)?;
                let statement = statement_id(&words, &bytes);
                self.edges.push(((id.bits(), statement), bytes));
                self.edge_records.push(((id.bits(), statement), record));
            }
            Said::Alias {
                label, from, to, ..
            } => {
                if saying.marking.level != Level::Openbaar {
                    return Err(StoreError::AliasNotPublic);
                }
                let pair = (self.node_id(*label, from)?, self.node_id(*label, to)?);
                self.aliases.push(((pair.0.bits(), pair.1.bits()), head));
            }
            Said::Nothing => {}
        }
        if self.nodes.len() + self.edges.len() + self.aliases.len() >= ROWS_GATHERED {
            self.flush()?;
        }
        Ok(())
    }

    fn add_node(
        &mut self,
        (label, key, properties): (NodeLabelId, &str, &[(PropertyId, Value)]),
        head: Head,
        marking_words: &[u8],
        record: u64,
    ) -> Result<(), StoreError> {
        let id = self.node_id(label, key)?;
        let mut bytes = Vec::with_capacity(96);
        head.write(&mut bytes);
        write_properties(properties, &mut bytes)?;
        let statement = statement_id(marking_words, &bytes);
        self.nodes.push(((id.bits(), statement), bytes));
        self.node_records.push(((id.bits(), statement), record));
        let mut key_bytes = vec![label.0];
        key_bytes.extend_from_slice(key.as_bytes());
        self.keys.push((id.bits(), key_bytes));
        let names = find_keys(
            &self.schema,
            (label, id),
            MarkingId(head.marking),
            properties,
        );
        self.found.extend(names);
        Ok(())
    }

    /// Each marking keeps its own claims, of each delivery the last to begin: one that a caller may not see takes no other's
    /// place, and one that comes later not that of what was known before.
    fn write_aliases(&mut self) -> Result<(), StoreError> {
        let mut table = self.transaction.open_table(ALIASES)?;
        for (pair, head) in self.aliases.drain(..) {
            let mut claims = match table.get(pair)? {
                Some(old) => read_claims(old.value())?,
                None => Vec::new(),
            };
            let of_marking = claims
                .iter_mut()
                .filter(|known| known.marking == head.marking);
            match of_marking.max_by_key(|known| known.from) {
                Some(known) if known.from >= head.from => {
                    self.summary.unchanged += 1;
                    continue;
                }
                Some(known) if known.delivery == head.delivery => *known = head,
                Some(_) | None => claims.push(head),
            }
            let mut bytes = Vec::with_capacity(claims.len() * HEAD_BYTES);
            claims.iter().for_each(|claim| claim.write(&mut bytes));
            table.insert(pair, bytes.as_slice())?;
            self.summary.added += 1;
            self.touched.add(head.marking, pair.0);
            for entry in table.range((pair.0, 0)..=(pair.0, u64::MAX))? {
                self.touched.add(head.marking, entry?.0.value().1);
            }
        }
        Ok(())
    }

    /// Writes what is left, builds the arrays of the new revision, and commits all of it or nothing. A load that says
    /// nothing new leaves the store as it is, its revision too.
    ///
    /// # Errors
    /// [`StoreError`]; the store is then as it was before the load.
    pub fn commit(mut self, delivery: &Delivery) -> Result<LoadSummary, StoreError> {
        self.flush()?;
        if self.course_of.as_ref() != Some(&delivery.source) {
            self.course = Course::of(&delivery.source, &self.known_deliveries);
        }
        self.settle(delivery)?;
        let changed = self.summary.added + self.summary.superseded + self.summary.restored;
        if changed == 0 && delivery.kind != DeliveryKind::Withdrawal {
            let arrays = arrays::read(&self.transaction.open_table(SNAPSHOT)?)?;
            self.summary.nodes = arrays.node_ids.len() as u64;
            self.summary.edges = arrays.edge_ids.len() as u64;
            if let Some(bytes) = self.transaction.open_table(META)?.get("waiting")? {
                self.summary.waiting = super::codec::read_u64(bytes.value())?;
            }
            self.transaction.abort()?;
            return Ok(self.summary);
        }
        self.write_revision(Some(delivery))
    }

    /// Builds the arrays of the new revision and commits all of it; with the delivery that made it, if one did.
    pub(super) fn write_revision(
        mut self,
        delivery: Option<&Delivery>,
    ) -> Result<LoadSummary, StoreError> {
        let shown = self.schema.in_shown_order();
        let order = Order::between(&self.schema, &shown)?;
        let (arrays, waiting) = {
            let (nodes, edges, aliases) = read_rows(
                &self.transaction.open_table(NODE_STATEMENTS)?,
                &self.transaction.open_table(EDGE_STATEMENTS)?,
                &self.transaction.open_table(ALIASES)?,
                &order,
                &Now,
            )?;
            self.write_shown(&shown, &aliases)?;
            build(self.schema.nodes.len(), nodes, edges, &aliases)?
        };
        self.summary.waiting = waiting.edges.len() as u64;
        if delivery.is_some() {
            self.list_own_waiting(&waiting, &shown)?;
        }
        self.summary.nodes = arrays.node_ids.len() as u64;
        self.summary.edges = arrays.edge_ids.len() as u64;
        arrays::write(&mut self.transaction.open_table(SNAPSHOT)?, &arrays)?;
        // What cannot be opened again is not written: the arrays are checked as opening checks them.
        Snapshot::new(arrays, self.next_revision)
            .map_err(|array| damaged(&format!("the array `{array}` was built wrong")))?;
        self.write_tables(delivery)?;
        let touched = std::mem::take(&mut self.touched);
        touched.keep(self.transaction.begun()?, self.next_revision)?;
        self.transaction.commit()?;
        Ok(self.summary)
    }

    /// Finds which of the waiting statements are of this delivery.
    fn list_own_waiting(&mut self, waiting: &Waiting, shown: &Schema) -> Result<(), StoreError> {
        let mut own = Vec::new();
        {
            let table = self.transaction.open_table(EDGE_STATEMENTS)?;
            let mut last = None;
            for row in &waiting.edges {
                // Several statements of one edge wait together.
                if last.replace(row.id) == Some(row.id) {
                    continue;
                }
                let label = shown.edge(EdgeLabelId(row.label));
                for entry in table.range((row.id, 0)..=(row.id, u64::MAX))? {
                    let (_, value) = entry?;
                    let (head, _) = Head::read(value.value())?;
                    if head.delivery == self.delivery && !head.fallen {
                        own.push(WaitingEdge {
                            label: label.map_or_else(String::new, |label| label.label.clone()),
                            file: head.file,
                            line: head.line,
                            misses_start: row.misses_start,
                            misses_end: row.misses_end,
                        });
                    }
                }
            }
        }
        for edge in &own {
            *self
                .summary
                .own_waiting
                .entry(edge.label.clone())
                .or_default() += 1;
        }
        own.sort_by(|a, b| (a.file, a.line, &a.label).cmp(&(b.file, b.line, &b.label)));
        own.truncate(WAITING_LISTED_MAX);
        self.summary.own_waiting_listed = own;
        Ok(())
    }

    fn write_shown(&self, shown: &Schema, aliases: &[AliasRow]) -> Result<(), StoreError> {
        let mut meta = self.transaction.open_table(META)?;
        let json = serde_json::to_vec(shown).map_err(|error| damaged(&error.to_string()))?;
        meta.insert("shown", json.as_slice())?;
        let markings: BTreeSet<u16> = aliases.iter().map(|alias| alias.marking).collect();
        let bytes: Vec<u8> = markings.into_iter().flat_map(u16::to_le_bytes).collect();
        meta.insert("alias_markings", bytes.as_slice())?;
        Ok(())
    }

    fn write_tables(&self, delivery: Option<&Delivery>) -> Result<(), StoreError> {
        if let Some(delivery) = delivery {
            self.write_delivery(delivery)?;
        }
        let mut markings = self.transaction.open_table(MARKINGS)?;
        for (id, marking) in self.markings.iter() {
            let json = serde_json::to_vec(marking).map_err(|error| damaged(&error.to_string()))?;
            markings.insert(id.0, json.as_slice())?;
        }
        let mut meta = self.transaction.open_table(META)?;
        let schema =
            serde_json::to_vec(&self.schema).map_err(|error| damaged(&error.to_string()))?;
        meta.insert("schema", schema.as_slice())?;
        meta.insert("revision", self.next_revision.to_le_bytes().as_slice())?;
        meta.insert("waiting", self.summary.waiting.to_le_bytes().as_slice())?;
        meta.insert("format", FORMAT.to_le_bytes().as_slice())?;
        Ok(())
    }

    fn write_delivery(&self, delivery: &Delivery) -> Result<(), StoreError> {
        if delivery.files.len() > usize::from(u16::MAX) {
            return Err(StoreError::TooMany {
                what: "files in one delivery",
                max: u16::MAX.into(),
            });
        }
        let mut delivery = delivery.clone();
        if let Some(outcome) = &mut delivery.outcome {
            outcome.statements_added = self.summary.added;
            outcome.statements_unchanged = self.summary.unchanged;
            outcome.statements_superseded = self.summary.superseded;
            outcome.statements_restored = self.summary.restored;
            outcome.edges_waiting = self.summary.own_waiting.values().sum();
        }
        let json = serde_json::to_vec(&delivery).map_err(|error| damaged(&error.to_string()))?;
        let mut deliveries = self.transaction.open_table(DELIVERIES)?;
        deliveries.insert(self.delivery, json.as_slice())?;
        Ok(())
    }

    fn node_id(&self, label: NodeLabelId, key: &str) -> Result<NodeId, StoreError> {
        let label = self
            .schema
            .node(label)
            .ok_or_else(|| damaged("a node label is not in the schema"))?;
        Ok(self.secret.node(&label.label, key))
    }

    /// The number of a marking, and its words for the digests of statements.
    fn marking(&mut self, marking: &Arc<Marking>) -> Result<(MarkingId, Arc<[u8]>), StoreError> {
        if let Some((last, id, words)) = &self.last_marking
            && (Arc::ptr_eq(last, marking) || last == marking)
        {
            return Ok((*id, Arc::clone(words)));
        }
        let id = self.markings.intern(marking)?;
        let words: Arc<[u8]> = marking_words(marking)?.into();
        self.last_marking = Some((Arc::clone(marking), id, Arc::clone(&words)));
        Ok((id, words))
    }

    /// Writes the statements gathered about nodes or edges, and who says them.
    fn write_rows(&mut self, about: About) -> Result<(), StoreError> {
        let (rows, records) = match about {
            About::Node => (&mut self.nodes, &mut self.node_records),
            About::Edge => (&mut self.edges, &mut self.edge_records),
        };
        let (mut rows, mut records) = (std::mem::take(rows), std::mem::take(records));
        // Stable: of two rows with the same words the first in the files is kept, so that it gives the provenance.
        rows.sort_by_key(|row| row.0);
        let stated = rows.len();
        rows.dedup_by_key(|row| row.0);
        self.summary.unchanged += (stated - rows.len()) as u64;
        let mut table = self.transaction.open_table(about.table())?;
        let keys: Vec<(u64, u64)> = rows.iter().map(|row| row.0).collect();
        let known: HashMap<(u64, u64), Head> =
            look_up(&table, &keys, |bytes| Ok(Head::read(bytes)?.0))?;
        for (key, bytes) in rows {
            if let Some(head) = known.get(&key) {
                if head.fallen {
                    self.again.insert((about.byte(), key.0, key.1));
                } else {
                    self.summary.unchanged += 1;
                }
                continue;
            }
            table.insert(key, bytes.as_slice())?;
            self.summary.added += 1;
            let (head, rest) = Head::read(&bytes)?;
            match about {
                About::Node => self.touched.add(head.marking, key.0),
                About::Edge => {
                    let ((from, to), _) = read_ends(rest)?;
                    self.touched.add(head.marking, from);
                    self.touched.add(head.marking, to);
                }
            }
        }
        records.sort_unstable();
        records.dedup();
        let mut sayings = Sayings::open(self.transaction.begun()?)?;
        let mut records = records.into_iter().peekable();
        while let Some((key, record)) = records.next() {
            let alone = records.peek().is_none_or(|(next, _)| *next != key);
            let first = known.get(&key).map(|head| head.delivery);
            let key = (about.byte(), key.0, key.1);
            sayings.note(&self.course, key, (record, alone), (first, self.delivery))?;
        }
        sayings.write()
    }

    /// Writes what was gathered. From then on until its end the load is the one that writes.
    pub(crate) fn flush(&mut self) -> Result<(), StoreError> {
        self.write_aliases()?;
        self.write_rows(About::Node)?;
        self.write_rows(About::Edge)?;
        self.keys.sort_unstable();
        self.keys.dedup();
        let mut table = self.transaction.open_table(NODE_KEYS)?;
        let ids: Vec<u64> = self.keys.iter().map(|(id, _)| *id).collect();
        let known = look_up(&table, &ids, |key| Ok(key.to_vec()))?;
        for (id, key) in self.keys.drain(..) {
            match known.get(&id) {
                Some(old) if *old != key => return Err(StoreError::IdCollision),
                Some(_) => {}
                None => {
                    // Two keys of this delivery may share an identifier too.
                    if let Some(old) = table.insert(id, key.as_slice())?
                        && old.value() != key.as_slice()
                    {
                        return Err(StoreError::IdCollision);
                    }
                }
            }
        }
        drop(table);
        self.found.sort_unstable();
        self.found.dedup();
        let mut table = self.transaction.open_table(FIND)?;
        for key in self.found.drain(..) {
            table.insert(key.as_slice(), ())?;
        }
        Ok(())
    }
}

/// What a table holds at keys, which go up. Of a table that is not much longer than they are, rows are read in order.
fn look_up<K, T>(
    table: &Table<'_, K, &'static [u8]>,
    keys: &[K],
    read: impl Fn(&[u8]) -> Result<T, StoreError>,
) -> Result<HashMap<K, T>, StoreError>
where
    K: redb::Key + for<'a> redb::Value<SelfType<'a> = K> + Copy + Ord + Hash + 'static,
{
    let mut found = HashMap::new();
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else {
        return Ok(found);
    };
    if table.len()? / WALK_FACTOR > keys.len() as u64 {
        for key in keys {
            if let Some(value) = table.get(*key)? {
                found.insert(*key, read(value.value())?);
            }
        }
        return Ok(found);
    }
    let mut wanted = keys.iter().peekable();
    for entry in table.range(*first..=*last)? {
        let (key, value) = entry?;
        let key = key.value();
        while wanted.next_if(|wanted| **wanted < key).is_some() {}
        if wanted.peek() == Some(&&key) {
            found.insert(key, read(value.value())?);
        }
    }
    Ok(found)
}

/// The entries of the index that the properties of a statement about a node give.
pub(super) fn find_keys(
    schema: &Schema,
    (label, node): (NodeLabelId, NodeId),
    marking: MarkingId,
    properties: &[(PropertyId, Value)],
) -> Vec<Vec<u8>> {
    let definitions: &[PropertyDef] = match schema.node(label) {
        Some(label) => &label.properties,
        None => &[],
    };
    let mut keys = Vec::new();
    for (property, value) in properties {
        let Some(definition) = definitions.get(property.index()) else {
            continue;
        };
        let Some(kind) = definition.find else {
            continue;
        };
        let scope = Scope {
            kind,
            marking,
            class: definition.class,
        };
        for token in tokens(kind, &value.to_string()) {
            keys.push(find_key(scope, &token, node));
        }
    }
    keys
}

pub(super) type Rows = (Vec<NodeRow>, Vec<EdgeRow>, Vec<AliasRow>);

/// Rows of statements, by the tables of a transaction that reads or of one that writes.
pub(super) fn read_rows(
    node_statements: &impl ReadableTable<(u64, u64), &'static [u8]>,
    edge_statements: &impl ReadableTable<(u64, u64), &'static [u8]>,
    alias_claims: &impl ReadableTable<(u64, u64), &'static [u8]>,
    order: &Order,
    known: &impl Known,
) -> Result<Rows, StoreError> {
    let mut nodes = Vec::new();
    for entry in node_statements.iter()? {
        let (key, value) = entry?;
        let (head, _) = Head::read(value.value())?;
        let (node, statement) = key.value();
        if !known.stands((About::Node.byte(), node, statement), &head)? {
            continue;
        }
        nodes.push(NodeRow {
            id: key.value().0,
            label: order.node(head.label)?,
            marking: head.marking,
        });
    }
    let mut edges = Vec::new();
    for entry in edge_statements.iter()? {
        let (key, value) = entry?;
        let (head, rest) = Head::read(value.value())?;
        let (edge, statement) = key.value();
        if !known.stands((About::Edge.byte(), edge, statement), &head)? {
            continue;
        }
        let ((from, to), _) = read_ends(rest)?;
        edges.push(EdgeRow {
            id: key.value().0,
            label: order.edge(head.label)?,
            from,
            to,
            marking: head.marking,
            valid_from: head.from,
            valid_to: head.to,
        });
    }
    let mut aliases = Vec::new();
    for entry in alias_claims.iter()? {
        let (key, value) = entry?;
        let (from, to) = key.value();
        let claims = read_claims(value.value())?;
        let claims = claims.iter().filter(|claim| known.is_said(claim));
        aliases.extend(claims.map(|claim| AliasRow {
            from,
            to,
            valid_from: claim.from,
            marking: claim.marking,
        }));
    }
    Ok((nodes, edges, aliases))
}

pub(super) fn read_claims(mut bytes: &[u8]) -> Result<Vec<Head>, StoreError> {
    let mut claims = Vec::new();
    while !bytes.is_empty() {
        let (claim, rest) = Head::read(bytes)?;
        claims.push(claim);
        bytes = rest;
    }
    Ok(claims)
}
