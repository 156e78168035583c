//! What two views show differently: for who weighs a change of the policy.

use std::collections::BTreeMap;

use super::AuthorizedView;
use crate::graph::{NodeIndex, ReadGraph};
use crate::model::{ClassSet, EdgeLabelId, MarkingId};

/// Elements of one label that two views show differently.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// Shown by the second view alone.
    pub gained: usize,
    /// Shown by the first view alone.
    pub lost: usize,
    /// Shown by both, the second with classes of properties that the first does not show.
    pub clearer: usize,
    /// Shown by both, the second without classes of properties that the first shows.
    pub vaguer: usize,
}

/// What two views show differently, by label. Labels without a difference are not named.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ViewDifference {
    /// Nodes.
    pub nodes: BTreeMap<String, Change>,
    /// Edges.
    pub edges: BTreeMap<String, Change>,
}

impl ViewDifference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.edges.is_empty()
    }
}

impl Change {
    fn count(&mut self, before: Option<ClassSet>, after: Option<ClassSet>) -> bool {
        match (before, after) {
            (None, None) => return false,
            (None, Some(_)) => self.gained += 1,
            (Some(_), None) => self.lost += 1,
            (Some(before), Some(after)) => {
                let (before, after) = (before.bits(), after.bits());
                let (more, less) = (after & !before != 0, before & !after != 0);
                self.clearer += usize::from(more);
                self.vaguer += usize::from(less);
                return more || less;
            }
        }
        true
    }
}

impl AuthorizedView {
    /// What `after` shows differently. Both must be views of one snapshot.
    ///
    /// Time O(n + e).
    pub(crate) fn difference(&self, after: &Self) -> ViewDifference {
        let mut told = ViewDifference::default();
        let arrays = self.snapshot.arrays();
        for number in 0..self.snapshot.node_count() {
            let Ok(number) = u32::try_from(number) else {
                break;
            };
            let node = NodeIndex(number);
            let (before, now) = (self.node_classes(node), after.node_classes(node));
            let mut change = Change::default();
            if change.count(before, now) {
                let label = self.schema.node(self.snapshot.label(node));
                let name = label.map_or("?", |label| label.label.as_str());
                add(told.nodes.entry(name.to_owned()).or_default(), change);
            }
        }
        let kinds = arrays.slot_kinds.iter().zip(&arrays.slot_edges);
        for (position, (kind, edge)) in kinds.enumerate() {
            // Each edge has a slot at both its ends: only the one at its beginning counts.
            if kind & 1 == 1 {
                continue;
            }
            let marking = arrays.edge_markings.get(*edge as usize).copied();
            let classes = |view: &Self| {
                let marking = marking.filter(|_| view.slots.get(position))?;
                view.clearance.classes(MarkingId(marking))
            };
            let mut change = Change::default();
            if change.count(classes(self), classes(after)) {
                let label = self.schema.edge(EdgeLabelId(kind >> 1));
                let name = label.map_or("?", |label| label.label.as_str());
                add(told.edges.entry(name.to_owned()).or_default(), change);
            }
        }
        told
    }

    /// Classes of properties that some statement about a visible node lets be read.
    fn node_classes(&self, node: NodeIndex) -> Option<ClassSet> {
        if !self.contains(node) {
            return None;
        }
        let mut all = ClassSet::EMPTY;
        for &marking in self.snapshot.node_markings(node) {
            if let Some(classes) = self.clearance.classes(MarkingId(marking)) {
                crate::model::PropertyClass::ALL
                    .into_iter()
                    .filter(|&class| classes.contains(class))
                    .for_each(|class| all.insert(class));
            }
        }
        Some(all)
    }
}

fn add(all: &mut Change, one: Change) {
    all.gained += one.gained;
    all.lost += one.lost;
    all.clearer += one.clearer;
    all.vaguer += one.vaguer;
}
