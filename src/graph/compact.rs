//! A small graph of its own: what a bounded read found, renumbered without holes.

mod petgraph_traits;

use std::ops::Range;

use super::algo::column::{add, at, counts_to_offsets, put, row, row_range};
use super::{Budget, Direction, EdgeIndex, NodeIndex, ReadGraph, Slot, Stop};
use crate::model::{EdgeId, EdgeLabelId, NodeLabelId, Validity};

pub use petgraph_traits::Undirected;

/// One edge statement of a [`CompactGraph`]. Its ends are local positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompactEdge {
    /// Local position of the node where it starts.
    pub from: u32,
    /// Local position of the node where it ends.
    pub to: u32,
    /// Label of the edge.
    pub label: EdgeLabelId,
    /// The edge statement in the graph that this one was taken from.
    pub index: EdgeIndex,
    /// Identifier of the edge.
    pub id: EdgeId,
    /// When the statement holds.
    pub validity: Validity,
}

/// The subgraph that some nodes induce: those nodes, and every edge statement of which both ends are among them.
///
/// Local positions run from 0 to the number of nodes and ascend as positions in the source do, so that a tie goes the
/// same way here as there. Parallel edges are kept; a self-loop stands once in the list of edges, and once among the
/// edges that leave and once among those that enter its node.
///
/// As a [`ReadGraph`], and to petgraph, it knows local positions only: nothing in it tells of what it was cut from.
/// [`Self::original`] and [`CompactEdge::index`] lead back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactGraph {
    originals: Vec<NodeIndex>,
    labels: Vec<NodeLabelId>,
    /// Where the edges that leave a node begin; edges are ordered by (from, label, to, edge id).
    out_offsets: Vec<u32>,
    edges: Vec<CompactEdge>,
    /// Where the edges that enter a node begin in `in_edges`, which orders them by (to, label, from, edge id).
    in_offsets: Vec<u32>,
    in_edges: Vec<u32>,
}

impl CompactGraph {
    /// Takes the subgraph that `nodes` induce.
    ///
    /// Nodes may come in any order and more than once; one that the graph does not contain is left out, as a hidden one
    /// is. Every slot of every node is examined and charged.
    ///
    /// # Errors
    /// [`Stop`] when the budget does not suffice.
    ///
    /// # Cost
    /// Time O(n + s log n) for n nodes with s visible slots; O(n + s) where n is a good part of the graph.
    pub fn induced<G: ReadGraph>(
        graph: &G,
        nodes: &[NodeIndex],
        budget: &mut Budget,
    ) -> Result<Self, Stop> {
        let mut originals: Vec<NodeIndex> = nodes
            .iter()
            .copied()
            .filter(|&node| graph.contains(node))
            .collect();
        originals.sort_unstable();
        originals.dedup();
        let renumbering = Renumbering::new(&originals, graph.node_bound());
        let mut out_offsets = Vec::with_capacity(originals.len() + 1);
        let mut edges = Vec::new();
        for (from, &original) in originals.iter().enumerate() {
            out_offsets.push(edges.len() as u32);
            for slot in graph.slots(original) {
                budget.charge_edge()?;
                if slot.direction == Direction::In {
                    continue;
                }
                if let Some(to) = renumbering.local(slot.neighbour) {
                    edges.push(CompactEdge {
                        from: from as u32,
                        to,
                        label: slot.label,
                        index: slot.edge,
                        id: graph.edge_id(slot.edge),
                        validity: graph.validity(slot.edge),
                    });
                }
            }
        }
        out_offsets.push(edges.len() as u32);
        let labels = originals.iter().map(|&node| graph.label(node)).collect();
        let (in_offsets, in_edges) = entering(&edges, originals.len());
        Ok(Self {
            originals,
            labels,
            out_offsets,
            edges,
            in_offsets,
            in_edges,
        })
    }

    /// Takes the whole graph: every node that it shows.
    ///
    /// # Errors
    /// [`Stop`] when the budget does not suffice.
    pub fn whole<G: ReadGraph>(graph: &G, budget: &mut Budget) -> Result<Self, Stop> {
        let nodes: Vec<NodeIndex> = graph.nodes().collect();
        Self::induced(graph, &nodes, budget)
    }

    /// Number of nodes; local positions are below it.
    pub fn node_count(&self) -> usize {
        self.originals.len()
    }

    /// The nodes as the source numbers them, by local position, ascending.
    pub fn originals(&self) -> &[NodeIndex] {
        &self.originals
    }

    /// The node in the source that a local position stands for; `None` if there is no such position.
    pub fn original(&self, local: usize) -> Option<NodeIndex> {
        self.originals.get(local).copied()
    }

    /// The local position of a node of the source; `None` if it is not among the nodes taken. O(log n).
    pub fn local(&self, original: NodeIndex) -> Option<u32> {
        let position = self.originals.binary_search(&original).ok()?;
        Some(position as u32)
    }

    /// Every edge statement once, by (from, label, to, edge id).
    pub fn edges(&self) -> &[CompactEdge] {
        &self.edges
    }

    /// The edges that leave a node, by (label, to, edge id).
    pub fn leaving(&self, local: usize) -> &[CompactEdge] {
        row(&self.out_offsets, &self.edges, local)
    }

    /// The edges that enter a node, by (label, from, edge id).
    pub fn entering(&self, local: usize) -> impl Iterator<Item = &CompactEdge> + '_ {
        row(&self.in_offsets, &self.in_edges, local)
            .iter()
            .filter_map(|&edge| self.edges.get(edge as usize))
    }

    fn out_range(&self, local: usize) -> Range<usize> {
        if local < self.node_count() {
            row_range(&self.out_offsets, local)
        } else {
            0..0
        }
    }

    fn in_range(&self, local: usize) -> Range<usize> {
        if local < self.node_count() {
            row_range(&self.in_offsets, local)
        } else {
            0..0
        }
    }
}

/// Orders the edges by the node that they enter. Stable, so (from, label, to, id) becomes (to, from, label, id), and
/// sorting each row by label gives the order of slots.
fn entering(edges: &[CompactEdge], node_count: usize) -> (Vec<u32>, Vec<u32>) {
    let mut offsets = vec![0_u32; node_count + 1];
    for edge in edges {
        add(&mut offsets, edge.to as usize, 1);
    }
    counts_to_offsets(&mut offsets);
    let mut next = offsets.clone();
    let mut in_edges = vec![0_u32; edges.len()];
    for (position, edge) in edges.iter().enumerate() {
        let place = at(&next, edge.to as usize);
        put(&mut in_edges, place as usize, position as u32);
        put(&mut next, edge.to as usize, place + 1);
    }
    for node in 0..node_count {
        if let Some(row) = in_edges.get_mut(row_range(&offsets, node)) {
            row.sort_by_key(|&edge| edges.get(edge as usize).map(|edge| edge.label));
        }
    }
    (offsets, in_edges)
}

/// Finds the local position of a node.
enum Renumbering<'a> {
    /// Few nodes of a large graph: searched.
    Sparse(&'a [NodeIndex]),
    /// A good part of the graph: looked up. Chosen by what it costs; the answers are the same.
    Dense(Vec<u32>),
}

/// A table is worth its memory from one node in so many.
const DENSE_FROM: usize = 16;
const NOT_TAKEN: u32 = u32::MAX;

impl<'a> Renumbering<'a> {
    fn new(originals: &'a [NodeIndex], node_bound: usize) -> Self {
        if originals.len().saturating_mul(DENSE_FROM) < node_bound {
            return Self::Sparse(originals);
        }
        let mut table = vec![NOT_TAKEN; node_bound];
        for (local, original) in originals.iter().enumerate() {
            put(&mut table, original.index(), local as u32);
        }
        Self::Dense(table)
    }

    fn local(&self, original: NodeIndex) -> Option<u32> {
        match self {
            Self::Sparse(originals) => originals.binary_search(&original).ok().map(|at| at as u32),
            Self::Dense(table) => {
                let local = table.get(original.index()).copied();
                local.filter(|&local| local != NOT_TAKEN)
            }
        }
    }
}

/// Positions are local ones, of nodes and of edges.
impl ReadGraph for CompactGraph {
    fn node_bound(&self) -> usize {
        self.node_count()
    }

    fn contains(&self, node: NodeIndex) -> bool {
        node.index() < self.node_count()
    }

    fn nodes(&self) -> impl Iterator<Item = NodeIndex> + '_ {
        (0..self.node_count() as u32).map(NodeIndex)
    }

    fn slots(&self, node: NodeIndex) -> impl Iterator<Item = Slot> + '_ {
        Slots {
            graph: self,
            leaving: self.out_range(node.index()),
            entering: self.in_range(node.index()),
        }
    }

    fn neighbours(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        self.slots(node).map(|slot| slot.neighbour)
    }

    fn label(&self, node: NodeIndex) -> NodeLabelId {
        let label = self.labels.get(node.index()).copied();
        label.unwrap_or(NodeLabelId(0))
    }

    fn edge_id(&self, edge: EdgeIndex) -> EdgeId {
        let edge = self.edges.get(edge.index());
        edge.map_or(EdgeId::from_bits(0), |edge| edge.id)
    }

    fn validity(&self, edge: EdgeIndex) -> Validity {
        let edge = self.edges.get(edge.index());
        edge.map_or(Validity::ALWAYS, |edge| edge.validity)
    }
}

/// The slots of a node: its two rows merged by label, leaving before entering.
struct Slots<'a> {
    graph: &'a CompactGraph,
    leaving: Range<usize>,
    entering: Range<usize>,
}

impl Iterator for Slots<'_> {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        let edges = &self.graph.edges;
        let next_out = edges
            .get(self.leaving.start)
            .filter(|_| !self.leaving.is_empty());
        let in_position = self.graph.in_edges.get(self.entering.start).copied();
        let in_position = in_position.filter(|_| !self.entering.is_empty());
        let next_in = in_position.and_then(|at| Some((at, edges.get(at as usize)?)));
        match (next_out, next_in) {
            (Some(edge), other) if other.is_none_or(|(_, into)| edge.label <= into.label) => {
                let position = self.leaving.next()?;
                Some(Slot {
                    neighbour: NodeIndex(edge.to),
                    label: edge.label,
                    direction: Direction::Out,
                    edge: EdgeIndex(position as u32),
                })
            }
            (_, Some((position, edge))) => {
                self.entering.next();
                Some(Slot {
                    neighbour: NodeIndex(edge.from),
                    label: edge.label,
                    direction: Direction::In,
                    edge: EdgeIndex(position),
                })
            }
            (_, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{TestGraph, graphs, many_cases};
    use super::*;

    fn induced(graph: &TestGraph, nodes: &[NodeIndex]) -> CompactGraph {
        CompactGraph::induced(graph, nodes, &mut Budget::edges(u64::MAX)).unwrap()
    }

    #[test]
    fn the_whole_costs_its_visible_slots() {
        let graph = TestGraph::plain(3, &[(0, 1), (1, 2), (2, 2)]);
        let mut budget = Budget::edges(6);
        let compact = CompactGraph::whole(&graph, &mut budget).unwrap();
        assert_eq!(compact.edges().len(), 3);
        let stopped = CompactGraph::whole(&graph, &mut Budget::edges(5));
        assert_eq!(stopped, Err(Stop::Edges(5)));
    }

    proptest! {
        #![proptest_config(many_cases())]

        #[test]
        fn slots_are_those_of_the_source_among_the_nodes(graph in graphs(), chosen in any::<u16>()) {
            let nodes: Vec<NodeIndex> = graph
                .positions()
                .filter(|node| chosen >> node.index() & 1 == 1)
                .collect();
            let compact = induced(&graph, &nodes);
            for node in compact.nodes() {
                let original = compact.original(node.index()).unwrap();
                prop_assert_eq!(compact.label(node), graph.label(original));
                let expected: Vec<Slot> = graph
                    .slots(original)
                    .filter(|slot| compact.local(slot.neighbour).is_some())
                    .collect();
                let found: Vec<Slot> = compact
                    .slots(node)
                    .map(|slot| Slot {
                        neighbour: compact.original(slot.neighbour.index()).unwrap(),
                        edge: compact.edges()[slot.edge.index()].index,
                        ..slot
                    })
                    .collect();
                prop_assert_eq!(found, expected);
            }
        }

        #[test]
        fn a_hidden_part_is_a_missing_part(graph in graphs()) {
            let stripped = graph.stripped();
            let all: Vec<NodeIndex> = graph.positions().collect();
            let mut seen = induced(&graph, &all);
            let mut expected = induced(&stripped.graph, &stripped.graph.nodes().collect::<Vec<_>>());
            for node in &mut expected.originals {
                *node = stripped.old_node(*node);
            }
            for edge in &mut expected.edges {
                edge.index = stripped.old_edge(edge.index);
            }
            prop_assert_eq!(&seen, &expected);
            // Searching and looking up number alike.
            let nodes = seen.originals.clone();
            for node in nodes.iter() {
                let sparse = Renumbering::Sparse(&nodes).local(*node);
                prop_assert_eq!(sparse, Renumbering::new(&nodes, 9).local(*node));
            }
            seen.edges.clear();
        }
    }
}
