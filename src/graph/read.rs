//! What algorithms may ask of a graph: the one trait that snapshots, views and compact subgraphs share.

use crate::model::{EdgeId, EdgeLabelId, NodeLabelId, Validity};

/// Position of a node in one snapshot. Ascending positions are ascending (label, node id), whatever was loaded when, so
/// an order by position tells nothing about what is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeIndex(pub(crate) u32);

impl NodeIndex {
    /// The position as an index of columns.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Position of an edge statement in one snapshot. Two sources that tell of the same edge make two positions with one
/// [`EdgeId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EdgeIndex(pub(crate) u32);

impl EdgeIndex {
    /// The position as an index of columns.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The side of an edge that a node is on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The edge starts here.
    Out,
    /// The edge ends here.
    In,
}

/// One half of an edge statement, as its node has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The node at the other end.
    pub neighbour: NodeIndex,
    /// Label of the edge.
    pub label: EdgeLabelId,
    /// Whether the edge leaves or enters this node.
    pub direction: Direction,
    /// The edge statement.
    pub edge: EdgeIndex,
}

/// A directed multigraph with validity, read-only. Everything an implementation returns is visible to its reader.
///
/// Slots of a node come ordered by (edge label, direction, neighbour, edge id). Every edge has both ends in the graph.
/// A self-loop has two slots.
pub trait ReadGraph: Sync {
    /// All positions are below this. It may exceed the number of nodes and is for sizing arrays only, never an answer.
    fn node_bound(&self) -> usize;

    /// Whether this node is in the graph.
    fn contains(&self, node: NodeIndex) -> bool;

    /// The nodes, ascending.
    fn nodes(&self) -> impl Iterator<Item = NodeIndex> + '_;

    /// The slots of a node; none if the node is not in the graph.
    fn slots(&self, node: NodeIndex) -> impl Iterator<Item = Slot> + '_;

    /// The node at the other end of each slot, in the order of [`Self::slots`]; parallel edges repeat it.
    /// The inner loop of traversals: implementations read nothing but the adjacency and one bit.
    fn neighbours(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_;

    /// Label of a node.
    fn label(&self, node: NodeIndex) -> NodeLabelId;

    /// Identifier of the edge that a statement is about.
    fn edge_id(&self, edge: EdgeIndex) -> EdgeId;

    /// When an edge statement holds.
    fn validity(&self, edge: EdgeIndex) -> Validity;
}
