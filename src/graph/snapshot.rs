//! The graph of one revision, as flat arrays.

use super::read::{Direction, EdgeIndex, NodeIndex, ReadGraph, Slot};
use crate::model::{EdgeId, EdgeLabelId, NodeId, NodeLabelId, Validity};

/// The arrays of a snapshot: what is persisted, block by block, and read back as it is.
///
/// For `n` nodes, `e` edge statements with both ends, `2e` slots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnapshotArrays {
    /// First node of each label, and `n` last.
    pub label_starts: Vec<u32>,
    /// Identifier of each node (of its canonical key).
    pub node_ids: Vec<u64>,
    /// Which set of markings its statements have; a position in `set_starts`.
    pub node_sets: Vec<u32>,
    /// First entry of each set in `set_markings`, and its length last.
    pub set_starts: Vec<u32>,
    /// The markings of the sets.
    pub set_markings: Vec<u16>,
    /// Identifiers of keys that are aliases of another node's key, ascending, beside the node that they lead to.
    pub alias_ids: Vec<u64>,
    /// The node of each alias.
    pub alias_nodes: Vec<u32>,
    /// First slot of each node, and `2e` last.
    pub slot_starts: Vec<u32>,
    /// The node at the other end of each slot.
    pub slot_neighbours: Vec<u32>,
    /// Edge label times 2, plus 1 for a slot on the incoming side.
    pub slot_kinds: Vec<u8>,
    /// The edge statement of each slot.
    pub slot_edges: Vec<u32>,
    /// Identifier of each edge statement's edge.
    pub edge_ids: Vec<u64>,
    /// Marking of each edge statement.
    pub edge_markings: Vec<u16>,
    /// Packed begin of each edge statement's validity.
    pub edge_froms: Vec<i32>,
    /// Packed end of each edge statement's validity.
    pub edge_tos: Vec<i32>,
}

/// The graph of one revision, unchanging. Read it through a view.
#[derive(Debug, Default)]
pub struct Snapshot {
    arrays: SnapshotArrays,
    /// The aliases again, ordered by node.
    aliases_by_node: Vec<(u32, u64)>,
    revision: u64,
}

/// Bytes that a snapshot holds, for the page that publishes them.
#[cfg(feature = "bench")]
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct SnapshotSize {
    /// Nodes.
    pub nodes: usize,
    /// Edge statements.
    pub edges: usize,
    /// Bytes of node columns and offsets.
    pub node_bytes: usize,
    /// Bytes that a traversal touches per edge: neighbours and kinds, both directions.
    pub adjacency_bytes: usize,
    /// Bytes of all slot and edge columns.
    pub edge_bytes: usize,
}

impl Snapshot {
    /// Takes arrays that [`build`](super::build) made or that a store held, for a revision.
    ///
    /// The arrays are checked for lengths and bounds, so that no later read can leave them.
    ///
    /// # Errors
    /// The name of the array that is not as it must be: the store is damaged.
    pub fn new(arrays: SnapshotArrays, revision: u64) -> Result<Self, &'static str> {
        check(&arrays)?;
        let nodes = arrays.alias_nodes.iter().copied();
        let mut aliases_by_node: Vec<(u32, u64)> =
            nodes.zip(arrays.alias_ids.iter().copied()).collect();
        aliases_by_node.sort_unstable();
        Ok(Self {
            arrays,
            aliases_by_node,
            revision,
        })
    }

    /// The revision.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The arrays, for the store and for the compilation of views.
    pub fn arrays(&self) -> &SnapshotArrays {
        &self.arrays
    }

    /// Number of nodes, hidden ones included.
    pub fn node_count(&self) -> usize {
        self.arrays.node_ids.len()
    }

    /// Number of slots, hidden ones included.
    pub fn slot_count(&self) -> usize {
        self.arrays.slot_neighbours.len()
    }

    /// The node with this identifier, its own or an alias. Binary search in each label's run.
    pub fn find(&self, id: NodeId) -> Option<NodeIndex> {
        let arrays = &self.arrays;
        let bits = id.bits();
        for label in arrays.label_starts.windows(2) {
            let &[start, end] = label else { continue };
            let run = arrays.node_ids.get(start as usize..end as usize)?;
            if let Ok(place) = run.binary_search(&bits) {
                return Some(NodeIndex(start + place as u32));
            }
        }
        let place = arrays.alias_ids.binary_search(&bits).ok()?;
        arrays.alias_nodes.get(place).copied().map(NodeIndex)
    }

    /// Identifier of a node.
    pub fn node_id(&self, node: NodeIndex) -> NodeId {
        NodeId::from_bits(self.arrays.node_ids.get(node.index()).copied().unwrap_or(0))
    }

    /// Identifiers of the keys whose statements are about a node: its own, then its aliases.
    pub fn part_ids(&self, node: NodeIndex) -> Vec<NodeId> {
        let start = self
            .aliases_by_node
            .partition_point(|&(owner, _)| owner < node.0);
        let aliases = self.aliases_by_node.iter().skip(start);
        std::iter::once(self.node_id(node))
            .chain(
                aliases
                    .take_while(|&&(owner, _)| owner == node.0)
                    .map(|&(_, id)| NodeId::from_bits(id)),
            )
            .collect()
    }

    /// First slot of a node and first slot after.
    #[inline]
    pub fn slot_range(&self, node: NodeIndex) -> (usize, usize) {
        let starts = &self.arrays.slot_starts;
        match starts.get(node.index()..node.index() + 2) {
            Some(&[start, end]) => (start as usize, end as usize),
            Some(_) | None => (0, 0),
        }
    }

    /// The neighbour in a slot.
    #[inline]
    pub fn slot_neighbour(&self, position: usize) -> NodeIndex {
        NodeIndex(
            self.arrays
                .slot_neighbours
                .get(position)
                .copied()
                .unwrap_or(u32::MAX),
        )
    }

    /// A slot.
    #[inline]
    pub fn slot(&self, position: usize) -> Option<Slot> {
        let kind = *self.arrays.slot_kinds.get(position)?;
        Some(Slot {
            neighbour: NodeIndex(*self.arrays.slot_neighbours.get(position)?),
            label: EdgeLabelId(kind >> 1),
            direction: if kind & 1 == 0 {
                Direction::Out
            } else {
                Direction::In
            },
            edge: EdgeIndex(*self.arrays.slot_edges.get(position)?),
        })
    }

    /// Label of a node.
    pub fn label(&self, node: NodeIndex) -> NodeLabelId {
        let after = self
            .arrays
            .label_starts
            .partition_point(|&start| start <= node.0);
        NodeLabelId(after.saturating_sub(1) as u8)
    }

    /// Identifier of an edge statement's edge.
    pub fn edge_id(&self, edge: EdgeIndex) -> EdgeId {
        EdgeId::from_bits(self.arrays.edge_ids.get(edge.index()).copied().unwrap_or(0))
    }

    /// Validity of an edge statement.
    pub fn edge_validity(&self, edge: EdgeIndex) -> Validity {
        let arrays = &self.arrays;
        match (
            arrays.edge_froms.get(edge.index()),
            arrays.edge_tos.get(edge.index()),
        ) {
            (Some(&from), Some(&to)) => Validity::unpack(from, to),
            (None, _) | (_, None) => Validity::ALWAYS,
        }
    }

    /// The markings of a node's statements.
    pub fn node_markings(&self, node: NodeIndex) -> &[u16] {
        let arrays = &self.arrays;
        arrays
            .node_sets
            .get(node.index())
            .map_or(&[][..], |&set| self.set(set))
    }

    /// The markings of a set.
    pub fn set(&self, set: u32) -> &[u16] {
        let starts = &self.arrays.set_starts;
        match (starts.get(set as usize), starts.get(set as usize + 1)) {
            (Some(&start), Some(&end)) => self
                .arrays
                .set_markings
                .get(start as usize..end as usize)
                .unwrap_or(&[]),
            (None, _) | (_, None) => &[],
        }
    }

    /// Bytes held.
    #[cfg(feature = "bench")]
    pub fn size(&self) -> SnapshotSize {
        let arrays = &self.arrays;
        let (nodes, edges, slots) = (self.node_count(), arrays.edge_ids.len(), self.slot_count());
        SnapshotSize {
            nodes,
            edges,
            node_bytes: nodes * 16 + arrays.alias_ids.len() * 28 + arrays.set_markings.len() * 2,
            adjacency_bytes: slots * 5,
            edge_bytes: slots * 9 + edges * 18,
        }
    }
}

fn check(arrays: &SnapshotArrays) -> Result<(), &'static str> {
    let (nodes, edges) = (arrays.node_ids.len(), arrays.edge_ids.len());
    let slots = arrays.slot_neighbours.len();
    let ascending = |starts: &[u32], end: usize| {
        starts.is_sorted() && starts.last().map_or(end == 0, |&last| last as usize == end)
    };
    let below = |values: &[u32], bound: usize| values.iter().all(|&value| (value as usize) < bound);
    let sets = arrays.set_starts.len().saturating_sub(1);
    let checks = [
        ("label_starts", ascending(&arrays.label_starts, nodes)),
        (
            "node_sets",
            arrays.node_sets.len() == nodes && below(&arrays.node_sets, sets),
        ),
        (
            "set_starts",
            ascending(&arrays.set_starts, arrays.set_markings.len()),
        ),
        (
            "alias_ids",
            arrays.alias_ids.is_sorted()
                && arrays.alias_ids.len() == arrays.alias_nodes.len()
                && below(&arrays.alias_nodes, nodes),
        ),
        (
            "slot_starts",
            ascending(&arrays.slot_starts, slots)
                && (arrays.slot_starts.len() == nodes + 1 || (nodes == 0 && slots == 0)),
        ),
        ("slot_neighbours", below(&arrays.slot_neighbours, nodes)),
        ("slot_kinds", arrays.slot_kinds.len() == slots),
        (
            "slot_edges",
            arrays.slot_edges.len() == slots && below(&arrays.slot_edges, edges),
        ),
        ("edge_markings", arrays.edge_markings.len() == edges),
        ("edge_froms", arrays.edge_froms.len() == edges),
        ("edge_tos", arrays.edge_tos.len() == edges),
    ];
    match checks.iter().find(|(_, holds)| !holds) {
        Some((name, _)) => Err(name),
        None => Ok(()),
    }
}

/// The whole graph, hidden parts included: for oracles in tests and for the price of authorization in benches.
impl ReadGraph for Snapshot {
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
        let (start, end) = self.slot_range(node);
        (start..end).filter_map(|position| self.slot(position))
    }

    #[inline]
    fn neighbours(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        let (start, end) = self.slot_range(node);
        self.arrays
            .slot_neighbours
            .get(start..end)
            .unwrap_or(&[])
            .iter()
            .map(|&neighbour| NodeIndex(neighbour))
    }

    fn label(&self, node: NodeIndex) -> NodeLabelId {
        self.label(node)
    }

    fn edge_id(&self, edge: EdgeIndex) -> EdgeId {
        self.edge_id(edge)
    }

    fn validity(&self, edge: EdgeIndex) -> Validity {
        self.edge_validity(edge)
    }
}
