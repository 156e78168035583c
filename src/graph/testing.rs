//! A small graph for tests, of which parts can be hidden: kept in its arrays, shown to no reader.

use proptest::prelude::*;

use super::{Direction, EdgeIndex, NodeIndex, ReadGraph, Slot};
use crate::model::{Day, EdgeId, EdgeLabelId, NodeLabelId, PartialDate, Validity};

/// A node of a test: its label, and whether readers do not see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TestNode {
    pub label: u8,
    pub hidden: bool,
}

/// An edge statement of a test.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TestEdge {
    pub from: u32,
    pub to: u32,
    pub label: u8,
    /// Tells parallel edges apart; equal ends, label and discriminator are two statements of one edge.
    pub discriminator: u8,
    pub validity: Validity,
    pub hidden: bool,
}

impl TestEdge {
    pub fn between(from: u32, to: u32) -> Self {
        Self {
            from,
            to,
            label: 0,
            discriminator: 0,
            validity: Validity::ALWAYS,
            hidden: false,
        }
    }

    fn id(self) -> EdgeId {
        // The stripped graph must give the same order, so what orders edges may not be a position.
        EdgeId::from_bits(u64::from(self.discriminator))
    }
}

/// A graph in which hidden parts keep their positions and are shown to nobody, as in a view.
#[derive(Debug, Clone)]
pub(crate) struct TestGraph {
    nodes: Vec<TestNode>,
    edges: Vec<TestEdge>,
    slots: Vec<Vec<Slot>>,
}

/// A graph without its hidden parts, and where its elements were before.
pub(crate) struct Stripped {
    pub graph: TestGraph,
    nodes: Vec<NodeIndex>,
    edges: Vec<EdgeIndex>,
}

impl Stripped {
    pub fn old_node(&self, node: NodeIndex) -> NodeIndex {
        self.nodes[node.index()]
    }

    pub fn old_edge(&self, edge: EdgeIndex) -> EdgeIndex {
        self.edges[edge.index()]
    }

    pub fn old_slot(&self, slot: Slot) -> Slot {
        Slot {
            neighbour: self.old_node(slot.neighbour),
            edge: self.old_edge(slot.edge),
            ..slot
        }
    }

    /// Where a visible node of the old graph is now.
    pub fn new_node(&self, node: NodeIndex) -> Option<NodeIndex> {
        let position = self.nodes.iter().position(|&old| old == node)?;
        Some(NodeIndex(position as u32))
    }
}

impl TestGraph {
    pub fn new(mut nodes: Vec<TestNode>, edges: Vec<TestEdge>) -> Self {
        // INVARIANT (order is identity): nodes are ordered by label first.
        nodes.sort_by_key(|node| node.label);
        let mut slots = vec![Vec::new(); nodes.len()];
        for (position, edge) in edges.iter().enumerate() {
            let slot = |neighbour, direction| Slot {
                neighbour: NodeIndex(neighbour),
                label: EdgeLabelId(edge.label),
                direction,
                edge: EdgeIndex(position as u32),
            };
            slots[edge.from as usize].push(slot(edge.to, Direction::Out));
            slots[edge.to as usize].push(slot(edge.from, Direction::In));
        }
        for row in &mut slots {
            row.sort_by_key(|slot: &Slot| {
                let id = edges[slot.edge.index()].id();
                (slot.label, slot.direction, slot.neighbour, id, slot.edge)
            });
        }
        Self {
            nodes,
            edges,
            slots,
        }
    }

    /// A graph of nodes and edges of one label each, with nothing hidden.
    pub fn plain(node_count: usize, edges: &[(u32, u32)]) -> Self {
        let node = TestNode {
            label: 0,
            hidden: false,
        };
        let edges = edges.iter().map(|&(a, b)| TestEdge::between(a, b));
        Self::new(vec![node; node_count], edges.collect())
    }

    /// The graph from which the hidden parts were deleted.
    pub fn stripped(&self) -> Stripped {
        let nodes: Vec<NodeIndex> = self.nodes().collect();
        let position = |node: u32| nodes.binary_search(&NodeIndex(node)).unwrap() as u32;
        let visible = (0..self.edges.len()).filter(|&edge| self.shows_edge(edge));
        let edges: Vec<EdgeIndex> = visible.map(|edge| EdgeIndex(edge as u32)).collect();
        let kept_edges = edges.iter().map(|edge| {
            let edge = self.edges[edge.index()];
            TestEdge {
                from: position(edge.from),
                to: position(edge.to),
                ..edge
            }
        });
        let kept_nodes = nodes.iter().map(|node| self.nodes[node.index()]);
        Stripped {
            graph: Self::new(kept_nodes.collect(), kept_edges.collect()),
            nodes,
            edges,
        }
    }

    /// All positions, of hidden nodes too.
    pub fn positions(&self) -> impl Iterator<Item = NodeIndex> + use<> {
        (0..self.nodes.len() as u32).map(NodeIndex)
    }

    fn shows_edge(&self, edge: usize) -> bool {
        let TestEdge {
            from, to, hidden, ..
        } = self.edges[edge];
        let shows = |node: u32| !self.nodes[node as usize].hidden;
        !hidden && shows(from) && shows(to)
    }
}

impl ReadGraph for TestGraph {
    fn node_bound(&self) -> usize {
        self.nodes.len()
    }

    fn contains(&self, node: NodeIndex) -> bool {
        self.nodes.get(node.index()).is_some_and(|it| !it.hidden)
    }

    fn nodes(&self) -> impl Iterator<Item = NodeIndex> + '_ {
        self.positions().filter(|&node| self.contains(node))
    }

    fn slots(&self, node: NodeIndex) -> impl Iterator<Item = Slot> + '_ {
        let row = self.slots.get(node.index()).map_or(&[][..], Vec::as_slice);
        let shown = |slot: &Slot| self.shows_edge(slot.edge.index());
        row.iter().copied().filter(shown)
    }

    fn neighbours(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        self.slots(node).map(|slot| slot.neighbour)
    }

    fn label(&self, node: NodeIndex) -> NodeLabelId {
        NodeLabelId(self.nodes[node.index()].label)
    }

    fn edge_id(&self, edge: EdgeIndex) -> EdgeId {
        self.edges[edge.index()].id()
    }

    fn validity(&self, edge: EdgeIndex) -> Validity {
        self.edges[edge.index()].validity
    }
}

/// Runs in a pool of this many threads.
pub(crate) fn with_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(work)
}

pub(crate) fn day(days: i32) -> Day {
    Day::from_days(days).unwrap()
}

/// Cases of a law on small graphs: they cost microseconds, and most of them are dull.
pub(crate) fn many_cases() -> ProptestConfig {
    ProptestConfig::with_cases(4_096)
}

/// Small graphs with parallel edges, loops, three labels of each, short validities and hidden parts.
pub(crate) fn graphs() -> impl Strategy<Value = TestGraph> {
    (1_usize..=9).prop_flat_map(|node_count| {
        let nodes = prop::collection::vec(some_node(), node_count);
        let edges = prop::collection::vec(some_edge(node_count as u32), 0..=32);
        (nodes, edges).prop_map(|(nodes, edges)| TestGraph::new(nodes, edges))
    })
}

fn some_node() -> impl Strategy<Value = TestNode> {
    let hidden = prop::bool::weighted(0.1);
    (0_u8..3, hidden).prop_map(|(label, hidden)| TestNode { label, hidden })
}

fn some_edge(node_count: u32) -> impl Strategy<Value = TestEdge> {
    let ends = (0..node_count, 0..node_count);
    let bound = || {
        prop::option::weighted(
            0.6,
            (0_i32..12).prop_map(|days| PartialDate::day(day(days))),
        )
    };
    (
        ends,
        0_u8..3,
        0_u8..2,
        bound(),
        bound(),
        prop::bool::weighted(0.1),
    )
        .prop_map(|((from, to), label, discriminator, begin, end, hidden)| {
            let validity = Validity {
                from: begin,
                to: end,
            };
            TestEdge {
                from,
                to,
                label,
                discriminator,
                validity,
                hidden,
            }
        })
}
