//! Which nodes lie near others, for whoever must look at them again.

use std::collections::HashSet;

use super::AuthorizedView;
use crate::graph::{NodeIndex, ReadGraph};
use crate::model::{EdgeLabelId, NodeId, NodeLabelId};

/// What is looked for near changed nodes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near<'a> {
    /// Most edges between.
    pub hops: usize,
    /// Labels of the edges between; none: any.
    pub edges: Option<&'a [EdgeLabelId]>,
    /// Label of the nodes that are looked for.
    pub label: NodeLabelId,
    /// Nodes to meet before it is given up.
    pub met_max: usize,
}

impl AuthorizedView {
    /// The visible nodes with a label that lie near some others, ascending; none where more nodes were met than may be.
    /// Nodes that are not there are near nothing.
    ///
    /// Edges and nodes that the view does not show are walked too, as what is gone from it changed what is near it. So the
    /// outcome is never told; it says which nodes to look at again, through the view.
    pub(crate) fn near(&self, nodes: &[NodeId], near: Near<'_>) -> Option<Vec<NodeId>> {
        let found = nodes.iter().filter_map(|&id| self.snapshot.find(id));
        let mut met: HashSet<NodeIndex> = found.collect();
        let mut last: Vec<NodeIndex> = met.iter().copied().collect();
        for _ in 0..near.hops {
            if last.is_empty() {
                break;
            }
            let mut next = Vec::new();
            for &node in &last {
                let (start, end) = self.snapshot.slot_range(node);
                for slot in (start..end).filter_map(|position| self.snapshot.slot(position)) {
                    let walked = near.edges.is_none_or(|edges| edges.contains(&slot.label));
                    if walked && met.insert(slot.neighbour) {
                        next.push(slot.neighbour);
                    }
                }
                if met.len() > near.met_max {
                    return None;
                }
            }
            last = next;
        }
        let mut found: Vec<NodeIndex> = met
            .into_iter()
            .filter(|&node| self.contains(node) && self.snapshot.label(node) == near.label)
            .collect();
        found.sort_unstable();
        Some(
            found
                .into_iter()
                .map(|node| self.snapshot.node_id(node))
                .collect(),
        )
    }
}
