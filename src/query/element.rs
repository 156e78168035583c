//! Nodes and edges by identifier, for what is kept about them: flags name their evidence.

use super::neighbourhood::edge_name;
use super::result::{EdgeSummary, Interval, NodeSummary};
use super::session::{QueryError, Session};
use crate::graph::{Direction, ReadGraph};
use crate::model::{EdgeId, NodeId};

impl Session {
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
        let named = text.parse().ok().and_then(|named| view.find(named));
        named.is_some() && named == view.find(id)
    }

    /// Whether the caller may see a node.
    pub(crate) fn sees_node(&self, id: NodeId) -> bool {
        self.history().find(id).is_some()
    }

    /// An edge by the node it starts at and its identifier; `None` if it is missing or hidden.
    pub(crate) fn edge_by_id(&self, from: NodeId, id: EdgeId) -> Option<EdgeSummary> {
        let view = self.history();
        let node = view.find(from)?;
        let mut found: Option<EdgeSummary> = None;
        let slots = view
            .slots(node)
            .filter(|slot| slot.direction == Direction::Out && view.edge_id(slot.edge) == id);
        for slot in slots {
            let interval = Interval::new(view.validity(slot.edge), self.day());
            let edge = found.get_or_insert_with(|| EdgeSummary {
                id: id.to_string(),
                label: edge_name(view, slot.label),
                from: from.to_string(),
                to: view
                    .node_id(slot.neighbour)
                    .map(|id| id.to_string())
                    .unwrap_or_default(),
                intervals: Vec::new(),
            });
            if !edge.intervals.contains(&interval) {
                edge.intervals.push(interval);
            }
        }
        if let Some(edge) = &mut found {
            edge.intervals.sort();
        }
        found
    }
}
