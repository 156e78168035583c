//! A view that is narrowed to what lies near some nodes: what a case may look at.
//!
//! The bits are taken away before anything is read, so that a narrowed view is a view as any other: what lies outside is
//! missing, for counts, order, digests and work as well.

use std::collections::BTreeSet;

use super::AuthorizedView;
use crate::graph::{Bits, Direction, NodeIndex, ReadGraph};
use crate::model::NodeId;

/// What a scope goes to and not beyond: they hold thousands of addresses together, and who looks into one premises has no
/// reason to look into all of its street.
pub(crate) const NOT_THROUGH: [&str; 3] = ["Street", "Place", "Municipality"];

/// A set of nodes of one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NodeMask(Bits);

impl AuthorizedView {
    /// The nodes within some steps of others, over edges of this view in either direction, but for those beyond
    /// [`NOT_THROUGH`]. Nodes that are missing or hidden are left out.
    ///
    /// # Cost
    /// Time O(n + m) for the nodes and visible edges within, and one bit per node of the snapshot.
    pub(crate) fn within(
        &self,
        starts: impl IntoIterator<Item = NodeId>,
        steps: usize,
    ) -> NodeMask {
        let not_through: Vec<_> = NOT_THROUGH
            .iter()
            .filter_map(|name| self.schema().node_label(name).map(|(id, _)| id))
            .collect();
        let mut words = vec![0_u64; self.node_bound().div_ceil(64)];
        let mut enter = |node: NodeIndex| match words.get_mut(node.index() / 64) {
            Some(word) if *word >> (node.index() % 64) & 1 == 0 => {
                *word |= 1 << (node.index() % 64);
                true
            }
            Some(_) | None => false,
        };
        let mut level: Vec<NodeIndex> = starts
            .into_iter()
            .filter_map(|id| self.find(id))
            .filter(|&node| enter(node))
            .collect();
        for _ in 0..steps {
            let mut next = Vec::new();
            for &node in &level {
                if not_through.contains(&self.label(node)) {
                    continue;
                }
                next.extend(self.neighbours(node).filter(|&far| enter(far)));
            }
            level = next;
        }
        NodeMask(Bits::from_words(words, self.node_bound()))
    }

    /// A visible node and what it is one with: an address and its building. Who works on the one works on the other.
    pub(crate) fn one_with(&self, node: NodeId) -> BTreeSet<NodeId> {
        let labels = (
            self.schema().edge_label("PART_OF"),
            self.schema().node_label("Building"),
        );
        let mut units = BTreeSet::from([node]);
        if let (Some((part_of, _)), Some((building, _))) = labels
            && let Some(index) = self.find(node)
        {
            let whole = self
                .slots(index)
                .filter(|slot| slot.label == part_of && slot.direction == Direction::Out)
                .filter(|slot| self.label(slot.neighbour) == building);
            units.extend(whole.filter_map(|slot| self.node_id(slot.neighbour)));
        }
        units
    }

    /// The view of the nodes of a mask alone, and the edges among them.
    ///
    /// # Cost
    /// Time O(n + m) for the nodes of the mask and their visible edges, and one bit per node and slot of the snapshot.
    pub(crate) fn narrowed(&self, mask: &NodeMask) -> Self {
        let bound = self.node_bound();
        let mut node_words = vec![0_u64; bound.div_ceil(64)];
        let mut slot_words = vec![0_u64; self.slots.len().div_ceil(64)];
        let set = |words: &mut Vec<u64>, position: usize| {
            if let Some(word) = words.get_mut(position / 64) {
                *word |= 1 << (position % 64);
            }
        };
        for position in mask.0.ones(0, bound).filter(|&node| self.nodes.get(node)) {
            set(&mut node_words, position);
            let (start, end) = self.snapshot.slot_range(NodeIndex(position as u32));
            for slot in self.slots.ones(start, end) {
                if mask.0.get(self.snapshot.slot_neighbour(slot).index()) {
                    set(&mut slot_words, slot);
                }
            }
        }
        Self::with_bits(
            self.source(),
            std::sync::Arc::clone(&self.clearance),
            self.span,
            Bits::from_words(node_words, bound),
            Bits::from_words(slot_words, self.slots.len()),
        )
    }
}
