//! Nodes and edges by identifier, for what is kept about them: flags name their evidence.

use super::neighbourhood::edge_name;
use super::result::{EdgeSummary, Interval, NodeSummary, StatementLine};
use super::session::{QueryError, Session};
use crate::graph::{Direction, ReadGraph};
use crate::model::{EdgeId, NodeId};

/// Where a statement stands, as answers tell it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StatementPlace<'a> {
    /// Identifier of the node that it is said of, or that the edge is at.
    pub(crate) node: &'a str,
    /// Identifier of the edge, where it is said of one.
    pub(crate) edge: Option<&'a str>,
    /// The delivery.
    pub(crate) delivery: &'a str,
    /// File of the delivery.
    pub(crate) file: &'a str,
    /// Line in the file.
    pub(crate) line: u32,
}

impl Session {
    /// A visible statement, on the as-of day or before, and the node that it is said of or that its edge is at.
    ///
    /// # Errors
    /// [`QueryError::UnknownNode`] if the node is missing or hidden; [`QueryError::Invalid`] if nothing visible stands there.
    pub(crate) fn statement_at(
        &self,
        place: &StatementPlace<'_>,
    ) -> Result<(NodeId, StatementLine), QueryError> {
        let view = self.history();
        let node = self.node_at(view, place.node)?;
        let said = match place.edge {
            None => self.describe(view, node)?.statements,
            Some(edge) => {
                let edge: Option<EdgeId> = edge.parse().ok();
                let mut slots = view.slots(node);
                let slot = slots.find(|slot| Some(self.shown_edge(view, node, slot)) == edge);
                slot.map(|slot| self.edge_lines(view, &slot))
                    .transpose()?
                    .unwrap_or_default()
            }
        };
        let stands_there = |said: &StatementLine| {
            said.source.delivery == place.delivery
                && said.source.file == place.file
                && said.source.line == place.line
        };
        let found = said.into_iter().find(stands_there);
        let id = view.node_id(node);
        id.zip(found).ok_or_else(|| {
            QueryError::Invalid(
                "nothing that you see is said there: take node, edge, delivery, file and line from one statement".to_owned(),
            )
        })
    }

    /// What a node is called, on the as-of day or before; `None` if it is missing or hidden.
    pub(crate) fn summary_over_time(&self, id: NodeId) -> Result<Option<NodeSummary>, QueryError> {
        let view = self.history();
        view.find(id)
            .map(|node| self.summary(view, node))
            .transpose()
    }

    /// Whether a text names the same visible node as an identifier.
    pub(crate) fn is_same_node(&self, text: &str, id: NodeId) -> bool {
        let view = self.history();
        self.node_at(view, text)
            .is_ok_and(|named| view.find(id) == Some(named))
    }

    /// Whether the caller may see a node.
    pub(crate) fn sees_node(&self, id: NodeId) -> bool {
        self.history().find(id).is_some()
    }

    /// An edge by the node it starts at and its identifier; `None` if it is missing or hidden. It and its ends leave under
    /// the identifiers that the session shows them by.
    pub(crate) fn edge_by_id(&self, from: NodeId, id: EdgeId) -> Option<EdgeSummary> {
        let view = self.history();
        let node = view.find(from)?;
        let mut found: Option<EdgeSummary> = None;
        let slots = view
            .slots(node)
            .filter(|slot| slot.direction == Direction::Out && view.edge_id(slot.edge) == id);
        for slot in slots {
            let interval = Interval::new(view.validity(slot.edge), self.day());
            let shown = |node| {
                self.shown_id(view, node)
                    .map_or_else(String::new, |id| id.to_string())
            };
            let edge = found.get_or_insert_with(|| EdgeSummary {
                id: self.shown_edge(view, node, &slot).to_string(),
                label: edge_name(view, slot.label),
                from: shown(node),
                to: shown(slot.neighbour),
                intervals: Vec::new(),
                level: view.edge_level(slot.edge),
            });
            edge.also(interval);
        }
        if let Some(edge) = &mut found {
            edge.intervals.sort();
        }
        found
    }
}
