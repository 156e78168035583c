//! petgraph's traits on [`CompactGraph`]: directed as it stands, undirected through [`Undirected`].
//!
//! # Design notes
//! * Every edge weighs 1: how things connect is what is asked of these algorithms. Who needs more looks at the edge.
//! * petgraph's own index types are used, because its visit maps take others only with unsafe code. They do not leave
//!   `graph`.
//! * A self-loop of an undirected graph is met once at its node, as in petgraph's own graphs.
//! * petgraph's `bridges` wants a simple graph: it calls two parallel edges a bridge each, and they are none.

use std::ops::Range;

use petgraph::data::DataMap;
use petgraph::graph::{DiGraph, EdgeIndex as PetEdge, NodeIndex as PetNode};
use petgraph::visit::{
    Data, EdgeCount, EdgeIndexable, EdgeRef, GraphBase, GraphProp, GraphRef, IntoEdgeReferences,
    IntoEdges, IntoEdgesDirected, IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers,
    IntoNodeReferences, NodeCompactIndexable, NodeCount, NodeIndexable, Visitable,
};
use petgraph::{Directed, Direction, Undirected as UndirectedType};

use super::CompactGraph;
use crate::model::NodeLabelId;

/// A local position of a node, as petgraph has it.
pub type LocalNode = PetNode<u32>;
/// A local position of an edge, as petgraph has it.
pub type LocalEdge = PetEdge<u32>;
/// One bit a node: which nodes a search has visited.
pub type VisitBits = <DiGraph<(), ()> as Visitable>::Map;

/// A compact graph of which edges are read both ways.
#[derive(Debug, Clone, Copy)]
pub struct Undirected<'a>(pub &'a CompactGraph);

/// An edge as a search meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompactEdgeRef {
    source: LocalNode,
    target: LocalNode,
    id: LocalEdge,
}

impl CompactEdgeRef {
    fn reversed(self) -> Self {
        Self {
            source: self.target,
            target: self.source,
            id: self.id,
        }
    }
}

impl EdgeRef for CompactEdgeRef {
    type NodeId = LocalNode;
    type EdgeId = LocalEdge;
    type Weight = u32;

    fn source(&self) -> LocalNode {
        self.source
    }

    fn target(&self) -> LocalNode {
        self.target
    }

    fn weight(&self) -> &u32 {
        &WEIGHT
    }

    fn id(&self) -> LocalEdge {
        self.id
    }
}

const WEIGHT: u32 = 1;

/// Which of the ends of an edge stands as its source.
#[derive(Debug, Clone, Copy)]
enum Reading {
    /// The one where the edge starts.
    AsStored,
    /// The node whose edges are read.
    FromHere,
    /// The node at the other end.
    ToHere,
}

/// The edges of a node, or of a graph.
#[derive(Debug, Clone)]
pub struct Incident<'a> {
    graph: &'a CompactGraph,
    leaving: Range<usize>,
    entering: Range<usize>,
    reading: Reading,
}

impl<'a> Incident<'a> {
    fn directed(graph: &'a CompactGraph, node: LocalNode, direction: Direction) -> Self {
        let (leaving, entering) = match direction {
            Direction::Outgoing => (graph.out_range(node.index()), 0..0),
            Direction::Incoming => (0..0, graph.in_range(node.index())),
        };
        Self {
            graph,
            leaving,
            entering,
            reading: Reading::AsStored,
        }
    }

    fn undirected(graph: &'a CompactGraph, node: LocalNode, direction: Direction) -> Self {
        Self {
            graph,
            leaving: graph.out_range(node.index()),
            entering: graph.in_range(node.index()),
            reading: match direction {
                Direction::Outgoing => Reading::FromHere,
                Direction::Incoming => Reading::ToHere,
            },
        }
    }

    fn all(graph: &'a CompactGraph) -> Self {
        Self {
            graph,
            leaving: 0..graph.edges.len(),
            entering: 0..0,
            reading: Reading::AsStored,
        }
    }

    fn edge(&self, position: usize) -> Option<CompactEdgeRef> {
        let edge = self.graph.edges.get(position)?;
        Some(CompactEdgeRef {
            source: LocalNode::new(edge.from as usize),
            target: LocalNode::new(edge.to as usize),
            id: LocalEdge::new(position),
        })
    }
}

impl Iterator for Incident<'_> {
    type Item = CompactEdgeRef;

    fn next(&mut self) -> Option<CompactEdgeRef> {
        if let Some(position) = self.leaving.next() {
            let edge = self.edge(position)?;
            return Some(match self.reading {
                Reading::AsStored | Reading::FromHere => edge,
                Reading::ToHere => edge.reversed(),
            });
        }
        loop {
            let place = self.entering.next()?;
            let position = self.graph.in_edges.get(place).copied()?;
            let edge = self.edge(position as usize)?;
            match self.reading {
                Reading::AsStored => return Some(edge),
                // The self-loop was met among the edges that leave.
                Reading::FromHere | Reading::ToHere if edge.source == edge.target => {}
                Reading::FromHere => return Some(edge.reversed()),
                Reading::ToHere => return Some(edge),
            }
        }
    }
}

/// The nodes one edge away from a node; parallel edges repeat them.
#[derive(Debug, Clone)]
pub struct Neighbours<'a> {
    edges: Incident<'a>,
    end: Direction,
}

impl Iterator for Neighbours<'_> {
    type Item = LocalNode;

    fn next(&mut self) -> Option<LocalNode> {
        let edge = self.edges.next()?;
        Some(match self.end {
            Direction::Outgoing => edge.target,
            Direction::Incoming => edge.source,
        })
    }
}

type Positions = std::iter::Map<Range<usize>, fn(usize) -> LocalNode>;

fn positions(graph: &CompactGraph) -> Positions {
    (0..graph.node_count()).map(LocalNode::new)
}

/// The nodes with their labels.
#[derive(Debug, Clone)]
pub struct NodeReferences<'a>(std::iter::Enumerate<std::slice::Iter<'a, NodeLabelId>>);

impl<'a> Iterator for NodeReferences<'a> {
    type Item = (LocalNode, &'a NodeLabelId);

    fn next(&mut self) -> Option<Self::Item> {
        let (position, label) = self.0.next()?;
        Some((LocalNode::new(position), label))
    }

    // Exact: petgraph sizes its columns by this.
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl GraphBase for CompactGraph {
    type NodeId = LocalNode;
    type EdgeId = LocalEdge;
}

impl Data for CompactGraph {
    type NodeWeight = NodeLabelId;
    type EdgeWeight = u32;
}

impl<'a> IntoNeighbors for &'a CompactGraph {
    type Neighbors = Neighbours<'a>;

    fn neighbors(self, node: LocalNode) -> Neighbours<'a> {
        self.neighbors_directed(node, Direction::Outgoing)
    }
}

impl<'a> IntoNeighborsDirected for &'a CompactGraph {
    type NeighborsDirected = Neighbours<'a>;

    fn neighbors_directed(self, node: LocalNode, direction: Direction) -> Neighbours<'a> {
        Neighbours {
            edges: Incident::directed(self, node, direction),
            end: direction,
        }
    }
}

impl<'a> IntoEdges for &'a CompactGraph {
    type Edges = Incident<'a>;

    fn edges(self, node: LocalNode) -> Incident<'a> {
        Incident::directed(self, node, Direction::Outgoing)
    }
}

impl<'a> IntoEdgesDirected for &'a CompactGraph {
    type EdgesDirected = Incident<'a>;

    fn edges_directed(self, node: LocalNode, direction: Direction) -> Incident<'a> {
        Incident::directed(self, node, direction)
    }
}

impl GraphBase for Undirected<'_> {
    type NodeId = LocalNode;
    type EdgeId = LocalEdge;
}

impl GraphRef for Undirected<'_> {}

impl Data for Undirected<'_> {
    type NodeWeight = NodeLabelId;
    type EdgeWeight = u32;
}

impl<'a> IntoNeighbors for Undirected<'a> {
    type Neighbors = Neighbours<'a>;

    fn neighbors(self, node: LocalNode) -> Neighbours<'a> {
        self.neighbors_directed(node, Direction::Outgoing)
    }
}

impl<'a> IntoNeighborsDirected for Undirected<'a> {
    type NeighborsDirected = Neighbours<'a>;

    fn neighbors_directed(self, node: LocalNode, direction: Direction) -> Neighbours<'a> {
        Neighbours {
            edges: Incident::undirected(self.0, node, direction),
            end: direction,
        }
    }
}

impl<'a> IntoEdges for Undirected<'a> {
    type Edges = Incident<'a>;

    fn edges(self, node: LocalNode) -> Incident<'a> {
        Incident::undirected(self.0, node, Direction::Outgoing)
    }
}

impl<'a> IntoEdgesDirected for Undirected<'a> {
    type EdgesDirected = Incident<'a>;

    fn edges_directed(self, node: LocalNode, direction: Direction) -> Incident<'a> {
        Incident::undirected(self.0, node, direction)
    }
}

impl GraphProp for CompactGraph {
    type EdgeType = Directed;
}

impl GraphProp for Undirected<'_> {
    type EdgeType = UndirectedType;
}

/// What both readings share: sizes, numbering, lists. `$owner` counts and numbers; `$reader` hands out iterators.
macro_rules! same_for_both_readings {
    ($owner:ty, $reader:ty, |$it:ident| $graph:expr) => {
        impl NodeCount for $owner {
            fn node_count(&self) -> usize {
                let $it = self;
                $graph.originals.len()
            }
        }

        impl EdgeCount for $owner {
            fn edge_count(&self) -> usize {
                let $it = self;
                $graph.edges.len()
            }
        }

        impl NodeIndexable for $owner {
            fn node_bound(&self) -> usize {
                NodeCount::node_count(self)
            }

            fn to_index(&self, node: LocalNode) -> usize {
                node.index()
            }

            fn from_index(&self, index: usize) -> LocalNode {
                LocalNode::new(index)
            }
        }

        impl NodeCompactIndexable for $owner {}

        impl EdgeIndexable for $owner {
            fn edge_bound(&self) -> usize {
                EdgeCount::edge_count(self)
            }

            fn to_index(&self, edge: LocalEdge) -> usize {
                edge.index()
            }

            fn from_index(&self, index: usize) -> LocalEdge {
                LocalEdge::new(index)
            }
        }

        impl Visitable for $owner {
            type Map = VisitBits;

            fn visit_map(&self) -> VisitBits {
                VisitBits::with_capacity(NodeCount::node_count(self))
            }

            fn reset_map(&self, map: &mut VisitBits) {
                map.clear();
                map.grow(NodeCount::node_count(self));
            }
        }

        impl DataMap for $owner {
            fn node_weight(&self, node: LocalNode) -> Option<&NodeLabelId> {
                let $it = self;
                $graph.labels.get(node.index())
            }

            fn edge_weight(&self, edge: LocalEdge) -> Option<&u32> {
                (edge.index() < EdgeCount::edge_count(self)).then_some(&WEIGHT)
            }
        }

        impl<'a> IntoNodeIdentifiers for $reader {
            type NodeIdentifiers = Positions;

            fn node_identifiers(self) -> Positions {
                let $it = self;
                positions($graph)
            }
        }

        impl<'a> IntoNodeReferences for $reader {
            type NodeRef = (LocalNode, &'a NodeLabelId);
            type NodeReferences = NodeReferences<'a>;

            fn node_references(self) -> NodeReferences<'a> {
                let $it = self;
                NodeReferences($graph.labels.iter().enumerate())
            }
        }

        impl<'a> IntoEdgeReferences for $reader {
            type EdgeRef = CompactEdgeRef;
            type EdgeReferences = Incident<'a>;

            fn edge_references(self) -> Incident<'a> {
                let $it = self;
                Incident::all($graph)
            }
        }
    };
}

same_for_both_readings!(CompactGraph, &'a CompactGraph, |it| it);
same_for_both_readings!(Undirected<'_>, Undirected<'a>, |it| it.0);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use petgraph::algo::articulation_points::articulation_points;
    use petgraph::algo::bridges::bridges;
    use petgraph::algo::dominators::simple_fast;
    use petgraph::algo::{connected_components, kosaraju_scc, min_spanning_tree};
    use petgraph::data::Element;
    use petgraph::graph::UnGraph;
    use proptest::prelude::*;

    use super::*;
    use crate::graph::testing::{graphs, many_cases};
    use crate::graph::{Budget, ReadGraph};

    /// The same graph by the edges of the source, so that a fault of the compact graph is not copied.
    fn in_petgraph<G: ReadGraph>(source: &G, compact: &CompactGraph) -> DiGraph<(), u32> {
        let mut graph = DiGraph::new();
        let nodes: Vec<_> = source.nodes().collect();
        for _ in &nodes {
            graph.add_node(());
        }
        for (from, &node) in nodes.iter().enumerate() {
            for slot in source.slots(node) {
                if slot.direction == crate::graph::Direction::Out {
                    let to = compact.local(slot.neighbour).unwrap();
                    graph.add_edge(LocalNode::new(from), LocalNode::new(to as usize), 1);
                }
            }
        }
        graph
    }

    fn sorted(mut groups: Vec<Vec<LocalNode>>) -> Vec<Vec<LocalNode>> {
        groups.iter_mut().for_each(|group| group.sort());
        groups.sort();
        groups
    }

    fn ends<E: EdgeRef<NodeId = LocalNode>>(edge: E) -> (LocalNode, LocalNode) {
        let (a, b) = (edge.source(), edge.target());
        (a.min(b), a.max(b))
    }

    proptest! {
        #![proptest_config(many_cases())]

        #[test]
        fn petgraph_answers_as_on_its_own_graph(source in graphs()) {
            let compact = CompactGraph::whole(&source, &mut Budget::edges(u64::MAX)).unwrap();
            let read = Undirected(&compact);
            let theirs = in_petgraph(&source, &compact);
            let theirs_read: UnGraph<(), u32> = theirs.clone().into_edge_type();

            prop_assert_eq!(connected_components(&compact), connected_components(&theirs));
            prop_assert_eq!(connected_components(read), connected_components(&theirs));
            prop_assert_eq!(sorted(kosaraju_scc(&compact)), sorted(kosaraju_scc(&theirs)));
            prop_assert_eq!(
                articulation_points(read).into_iter().collect::<BTreeSet<_>>(),
                articulation_points(&theirs_read).into_iter().collect::<BTreeSet<_>>()
            );
            let mut ours: Vec<_> = bridges(read).map(ends).collect();
            let mut expected: Vec<_> = bridges(&theirs_read).map(ends).collect();
            ours.sort();
            expected.sort();
            prop_assert_eq!(ours, expected);
            let tree_edges = min_spanning_tree(read)
                .filter(|element| matches!(element, Element::Edge { .. }))
                .count();
            prop_assert_eq!(tree_edges, compact.node_count() - connected_components(read));
            for root in theirs.node_indices() {
                let (ours, expected) = (simple_fast(&compact, root), simple_fast(&theirs, root));
                for node in theirs.node_indices() {
                    let found = ours.immediate_dominator(node);
                    prop_assert_eq!(found, expected.immediate_dominator(node));
                }
            }
        }

        #[test]
        fn edges_and_neighbours_are_those_of_petgraph(source in graphs()) {
            let compact = CompactGraph::whole(&source, &mut Budget::edges(u64::MAX)).unwrap();
            let theirs = in_petgraph(&source, &compact);
            let theirs_read: UnGraph<(), u32> = theirs.clone().into_edge_type();
            let read = Undirected(&compact);
            for node in theirs.node_indices() {
                for direction in [Direction::Outgoing, Direction::Incoming] {
                    let mut ours: Vec<_> = (&compact).edges_directed(node, direction).map(|e| (e.source, e.target)).collect();
                    let mut expected: Vec<_> = theirs.edges_directed(node, direction).map(|e| (e.source(), e.target())).collect();
                    ours.sort();
                    expected.sort();
                    prop_assert_eq!(ours, expected);
                    let mut ours: Vec<_> = read.edges_directed(node, direction).map(|e| (e.source, e.target)).collect();
                    let mut expected: Vec<_> = theirs_read.edges_directed(node, direction).map(|e| (e.source(), e.target())).collect();
                    ours.sort();
                    expected.sort();
                    prop_assert_eq!(ours, expected);
                    let mut ours: Vec<_> = read.neighbors_directed(node, direction).collect();
                    let mut expected: Vec<_> = theirs_read.neighbors_directed(node, direction).collect();
                    ours.sort();
                    expected.sort();
                    prop_assert_eq!(ours, expected);
                    let mut ours: Vec<_> = (&compact).neighbors_directed(node, direction).collect();
                    let mut expected: Vec<_> = theirs.neighbors_directed(node, direction).collect();
                    ours.sort();
                    expected.sort();
                    prop_assert_eq!(ours, expected);
                }
            }
        }
    }
}
