//! Reads one revision of a store for snapshots.

use std::sync::Arc;

use redb::{Database, ReadOnlyTable, ReadTransaction};

use super::codec::{Head, find_key, find_prefix, read_ends, read_find_key, read_statement};
use super::error::StoreError;
use super::tables::{DELIVERIES, EDGE_STATEMENTS, FIND, NODE_STATEMENTS};
use crate::graph::{Archive, ArchiveError};
use crate::model::{Delivery, DeliveryId, EdgeId, FindBy, NodeId, Statement};

/// A revision of a store: its tables as they were when the transaction began, whatever is written since.
pub struct Revision {
    nodes: ReadOnlyTable<(u64, u64), &'static [u8]>,
    edges: ReadOnlyTable<(u64, u64), &'static [u8]>,
    deliveries: ReadOnlyTable<u32, &'static [u8]>,
    found: ReadOnlyTable<&'static [u8], ()>,
    /// Tables can be read only while the database is open: a session may outlive the engine that opened it.
    _database: Arc<Database>,
}

impl Revision {
    pub(super) fn open(
        transaction: &ReadTransaction,
        database: Arc<Database>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            nodes: transaction.open_table(NODE_STATEMENTS)?,
            edges: transaction.open_table(EDGE_STATEMENTS)?,
            deliveries: transaction.open_table(DELIVERIES)?,
            found: transaction.open_table(FIND)?,
            _database: database,
        })
    }

    fn read_all(
        table: &ReadOnlyTable<(u64, u64), &'static [u8]>,
        id: u64,
        has_ends: bool,
    ) -> Result<Vec<Statement>, StoreError> {
        let mut statements = Vec::new();
        for entry in table.range((id, 0)..=(id, u64::MAX))? {
            let (_, value) = entry?;
            let (head, mut rest) = Head::read(value.value())?;
            if has_ends {
                (_, rest) = read_ends(rest)?;
            }
            statements.push(read_statement(head, rest)?);
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
        Self::read_all(&self.nodes, key.bits(), false).map_err(failed)
    }

    fn edge_statements(&self, edge: EdgeId) -> Result<Vec<Statement>, ArchiveError> {
        Self::read_all(&self.edges, edge.bits(), true).map_err(failed)
    }

    fn delivery(&self, id: DeliveryId) -> Result<Arc<Delivery>, ArchiveError> {
        self.read_delivery(id).map_err(failed)
    }

    fn find(
        &self,
        kind: FindBy,
        prefix: &str,
        from: Option<(&str, NodeId)>,
        visit: &mut dyn FnMut(&str, NodeId) -> Result<bool, ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let beginning = find_prefix(kind, prefix);
        // A cursor that lies before the prefix starts at it: what stands between may be hidden.
        let first = match from {
            Some((token, node)) => find_key(kind, token, node).max(beginning.clone()),
            None => beginning.clone(),
        };
        for entry in self.found.range(first.as_slice()..).map_err(failed)? {
            let (key, _) = entry.map_err(failed)?;
            if !key.value().starts_with(&beginning) {
                break;
            }
            let (token, node) = read_find_key(key.value()).map_err(failed)?;
            if !visit(token, node)? {
                break;
            }
        }
        Ok(())
    }
}
