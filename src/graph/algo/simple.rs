//! The simple graph under a compact one: undirected, parallel edges once, no self-loops.

use super::column::row;
use crate::graph::compact::CompactGraph;

/// For each node the nodes that share an edge with it, ascending, each once, itself not among them.
#[derive(Debug, Clone)]
pub(super) struct SimpleGraph {
    offsets: Vec<u32>,
    neighbours: Vec<u32>,
}

impl SimpleGraph {
    pub fn new(graph: &CompactGraph) -> Self {
        let mut offsets = Vec::with_capacity(graph.node_count() + 1);
        let mut neighbours = Vec::with_capacity(2 * graph.edges().len());
        let mut own = Vec::new();
        for node in 0..graph.node_count() {
            offsets.push(neighbours.len() as u32);
            own.clear();
            own.extend(graph.leaving(node).iter().map(|edge| edge.to));
            own.extend(graph.entering(node).map(|edge| edge.from));
            own.retain(|&other| other as usize != node);
            own.sort_unstable();
            own.dedup();
            neighbours.extend_from_slice(&own);
        }
        offsets.push(neighbours.len() as u32);
        Self {
            offsets,
            neighbours,
        }
    }

    pub fn node_count(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    pub fn neighbours(&self, node: usize) -> &[u32] {
        row(&self.offsets, &self.neighbours, node)
    }
}
