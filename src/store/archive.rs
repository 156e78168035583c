//! Reads one revision of a store for snapshots.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use redb::{Database, ReadOnlyTable, ReadTransaction};

use super::batch::{Rows, read_rows};
use super::codec::{Head, Scope, damaged, find_entry, read_ends, read_find_entry, read_statement};
use super::error::StoreError;
use super::order::Order;
use super::past::{Known, Now, Then, no_search};
use super::standing::{About, Key};
use super::tables::{ALIASES, DELIVERIES, EDGE_STATEMENTS, FIND, NODE_STATEMENTS};
use crate::graph::{
    AliasRow, Archive, ArchiveError, EdgeRow, IndexQuery, NodeRow, Snapshot, build,
};
use crate::model::{Delivery, DeliveryId, EdgeId, MarkingId, NodeId, Statement};

/// A revision of a store: its tables as they were when the transaction began, whatever is written since.
pub struct Revision {
    nodes: ReadOnlyTable<(u64, u64), &'static [u8]>,
    edges: ReadOnlyTable<(u64, u64), &'static [u8]>,
    deliveries: ReadOnlyTable<u32, &'static [u8]>,
    found: ReadOnlyTable<&'static [u8], ()>,
    aliases: ReadOnlyTable<(u64, u64), &'static [u8]>,
    order: Order,
    number: u64,
    /// What was known then, of a revision that was; none of the newest.
    then: Option<Then>,
    /// Tables can be read only while the database is open: a session may outlive the engine that opened it.
    _database: Arc<Database>,
}

impl Revision {
    pub(super) fn open(
        transaction: &ReadTransaction,
        database: Arc<Database>,
        order: Order,
        number: u64,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            nodes: transaction.open_table(NODE_STATEMENTS)?,
            edges: transaction.open_table(EDGE_STATEMENTS)?,
            deliveries: transaction.open_table(DELIVERIES)?,
            found: transaction.open_table(FIND)?,
            aliases: transaction.open_table(ALIASES)?,
            order,
            number,
            then: None,
            _database: database,
        })
    }

    /// The same as it was known at another time.
    pub(super) fn at(mut self, then: Then) -> Self {
        self.then = Some(then);
        self
    }

    fn stands(&self, key: Key, head: &Head) -> Result<bool, StoreError> {
        match &self.then {
            Some(then) => then.stands(key, head),
            None => Now.stands(key, head),
        }
    }

    /// What statements and aliases give the graph.
    pub(super) fn rows(&self) -> Result<Rows, StoreError> {
        let (nodes, edges, aliases) = (&self.nodes, &self.edges, &self.aliases);
        match &self.then {
            Some(then) => read_rows(nodes, edges, aliases, &self.order, then),
            None => read_rows(nodes, edges, aliases, &self.order, &Now),
        }
    }

    pub(super) fn snapshot(
        &self,
        nodes: Vec<NodeRow>,
        edges: Vec<EdgeRow>,
        aliases: &[AliasRow],
    ) -> Result<Snapshot, StoreError> {
        let (arrays, _) = build(self.order.node_label_count(), nodes, edges, aliases)?;
        Snapshot::new(arrays, self.number)
            .map_err(|array| damaged(&format!("the array `{array}` was built wrong")))
    }

    /// Builds the arrays of this revision as if what aliases with these markings say had not been said: for callers who
    /// may not see it. Reads every statement; time O(n log n + e log e).
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn without_aliases(&self, hidden: &[MarkingId]) -> Result<Snapshot, StoreError> {
        let (nodes, edges, mut aliases) = self.rows()?;
        aliases.retain(|alias| !hidden.contains(&MarkingId(alias.marking)));
        self.snapshot(nodes, edges, &aliases)
    }

    fn read_node(&self, id: u64) -> Result<Vec<Statement>, StoreError> {
        let mut statements = Vec::new();
        for entry in self.nodes.range((id, 0)..=(id, u64::MAX))? {
            let (key, value) = entry?;
            let (head, properties) = Head::read(value.value())?;
            if !self.stands((About::Node.byte(), id, key.value().1), &head)? {
                continue;
            }
            let mut statement = read_statement(head, properties)?;
            self.order.arrange_node(head.label, &mut statement)?;
            statements.push(statement);
        }
        Ok(statements)
    }

    fn read_edge(&self, id: u64) -> Result<Vec<Statement>, StoreError> {
        let mut statements = Vec::new();
        for entry in self.edges.range((id, 0)..=(id, u64::MAX))? {
            let (key, value) = entry?;
            let (head, rest) = Head::read(value.value())?;
            if !self.stands((About::Edge.byte(), id, key.value().1), &head)? {
                continue;
            }
            let (_, properties) = read_ends(rest)?;
            let mut statement = read_statement(head, properties)?;
            self.order.arrange_edge(head.label, &mut statement)?;
            statements.push(statement);
        }
        Ok(statements)
    }

    fn read_delivery(&self, id: DeliveryId) -> Result<Arc<Delivery>, StoreError> {
        let wrong = || StoreError::Damaged("a delivery is not there or cannot be read".to_owned());
        let bytes = self.deliveries.get(id.0)?.ok_or_else(wrong)?;
        let delivery = serde_json::from_slice(bytes.value()).map_err(|_| wrong())?;
        Ok(Arc::new(delivery))
    }
}

fn failed(error: impl Into<StoreError>) -> ArchiveError {
    ArchiveError(Box::new(error.into()))
}

impl Archive for Revision {
    fn node_statements(&self, key: NodeId) -> Result<Vec<Statement>, ArchiveError> {
        self.read_node(key.bits()).map_err(failed)
    }

    fn edge_statements(&self, edge: EdgeId) -> Result<Vec<Statement>, ArchiveError> {
        self.read_edge(edge.bits()).map_err(failed)
    }

    fn delivery(&self, id: DeliveryId) -> Result<Arc<Delivery>, ArchiveError> {
        self.read_delivery(id).map_err(failed)
    }

    fn find(
        &self,
        query: IndexQuery<'_>,
        visit: &mut dyn FnMut(&str, NodeId) -> Result<bool, ArchiveError>,
    ) -> Result<(), ArchiveError> {
        if self.then.is_some() {
            return Err(failed(no_search()));
        }
        let first = match query.from {
            // A cursor that lies before the prefix starts at it.
            Some((token, node)) => find_entry(token, node).max(query.prefix.as_bytes().to_vec()),
            None => query.prefix.as_bytes().to_vec(),
        };
        let mut runs = Vec::new();
        for &(marking, class) in query.readable {
            let scope = Scope {
                kind: query.kind,
                marking,
                class,
            };
            let begin = [&scope.bytes(), first.as_slice()].concat();
            let entries = self.found.range(begin.as_slice()..).map_err(failed)?;
            runs.push(Run {
                scope: scope.bytes(),
                prefix: query.prefix,
                entries,
            });
        }
        let mut next = BinaryHeap::new();
        for (run, position) in runs.iter_mut().zip(0_usize..) {
            if let Some(entry) = run.next().map_err(failed)? {
                next.push(Reverse((entry, position)));
            }
        }
        let mut last = Vec::new();
        while let Some(Reverse((entry, position))) = next.pop() {
            if let Some(run) = runs.get_mut(position)
                && let Some(after) = run.next().map_err(failed)?
            {
                next.push(Reverse((after, position)));
            }
            // Several markings may say the same.
            if entry == last {
                continue;
            }
            let (token, node) = read_find_entry(&entry).map_err(failed)?;
            if !visit(token, node)? {
                break;
            }
            last = entry;
        }
        Ok(())
    }
}

/// The entries of one scope whose tokens begin with a prefix.
struct Run<'a> {
    scope: [u8; 4],
    prefix: &'a str,
    entries: redb::Range<'a, &'static [u8], ()>,
}

impl Run<'_> {
    /// The next entry, its scope left off.
    fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(entry) = self.entries.next() else {
            return Ok(None);
        };
        let (key, _) = entry?;
        let entry = key.value().strip_prefix(&self.scope);
        let entry = entry.filter(|entry| entry.starts_with(self.prefix.as_bytes()));
        Ok(entry.map(<[u8]>::to_vec))
    }
}
