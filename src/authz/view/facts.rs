//! What patterns read of a view: one value per property, slots by label, whether a label is seen whole.

use std::collections::BTreeSet;

use super::AuthorizedView;
use crate::graph::{ArchiveError, Direction, EdgeIndex, NodeIndex, ReadGraph, Slot};
use crate::model::{
    DeliveryId, EdgeLabelId, Level, MarkingId, NodeLabelId, PropertyClass, PropertyDef, PropertyId,
    Statement, Validity, Value,
};

/// What sources say of an element, in one value per property: of several visible statements within the time span the one
/// that states the property and began last; of those that began together the one of the first source by name, then of the
/// first value in order. All of that is visible, so hidden statements decide nothing. Protected properties are never in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Facts {
    /// Properties that may be read.
    pub values: Vec<(PropertyId, Value)>,
    /// Owners of the statements, `organisation/department`, ascending.
    pub owners: Vec<String>,
    /// Sources of the statements, ascending.
    pub sources: Vec<String>,
    /// The last delivery that brought one of them.
    pub newest: Option<DeliveryId>,
}

impl AuthorizedView {
    /// What sources say of a visible node, in one value per property: see [`Facts`].
    pub(crate) fn node_facts(&self, node: NodeIndex) -> Result<Facts, ArchiveError> {
        let label = self.schema.node(self.snapshot.label(node));
        let Some(label) = label.filter(|_| self.contains(node)) else {
            return Ok(Facts::default());
        };
        let mut statements = Vec::new();
        for key in self.snapshot.part_ids(node) {
            statements.extend(self.archive.node_statements(key)?);
        }
        Ok(self.facts(statements, &label.properties))
    }

    /// What sources say of an edge that a visible slot named, as [`Self::node_facts`].
    pub(crate) fn edge_facts(
        &self,
        edge: EdgeIndex,
        label: EdgeLabelId,
    ) -> Result<Facts, ArchiveError> {
        let Some(label) = self.schema.edge(label) else {
            return Ok(Facts::default());
        };
        let statements = self.archive.edge_statements(self.snapshot.edge_id(edge))?;
        Ok(self.facts(statements, &label.properties))
    }

    fn facts(&self, statements: Vec<Statement>, definitions: &[PropertyDef]) -> Facts {
        let mut best: Vec<(PropertyId, Value, Option<i32>, &str)> = Vec::new();
        let (mut owners, mut sources) = (BTreeSet::new(), BTreeSet::new());
        let mut newest = None;
        for statement in statements {
            let shown = self
                .clearance
                .classes(statement.marking)
                .zip(self.markings.get(statement.marking))
                .filter(|_| statement.validity.may_hold(self.span));
            let Some((classes, marking)) = shown else {
                continue;
            };
            newest = newest.max(Some(statement.delivery));
            owners.insert(format!("{}/{}", marking.organisation, marking.department));
            sources.insert(marking.source.clone());
            let begin = statement.validity.from.map(|from| from.earliest().days());
            for (property, value) in statement.properties {
                let readable = definitions.get(property.index()).is_some_and(|definition| {
                    definition.class != PropertyClass::Protected
                        && classes.contains(definition.class)
                });
                if !readable {
                    continue;
                }
                match best.iter_mut().find(|(known, ..)| *known == property) {
                    None => best.push((property, value, begin, &marking.source)),
                    Some(known) => {
                        // Last to begin, then by source, then by value: all of it visible.
                        let rank = (known.2, std::cmp::Reverse(known.3), &known.1);
                        let wins = (begin, std::cmp::Reverse(marking.source.as_str()))
                            .cmp(&(rank.0, rank.1))
                            .then_with(|| format!("{:?}", rank.2).cmp(&format!("{value:?}")));
                        if wins.is_gt() {
                            *known = (property, value, begin, &marking.source);
                        }
                    }
                }
            }
        }
        Facts {
            values: best
                .into_iter()
                .map(|(property, value, ..)| (property, value))
                .collect(),
            owners: owners.into_iter().collect(),
            sources: sources.into_iter().collect(),
            newest,
        }
    }

    /// When the visible statements about an edge hold, in their order. `edge` is the place of any of them.
    pub(crate) fn edge_validities(&self, edge: EdgeIndex) -> Vec<Validity> {
        let seen = self.statements_beside(edge);
        seen.map(|(_, validity)| validity).collect()
    }

    /// The highest level that a visible statement about an edge is said at. `edge` is the place of any of them: which one
    /// that is follows the order in which markings came, and may not show.
    pub(crate) fn edge_level(&self, edge: EdgeIndex) -> Level {
        let seen = self.statements_beside(edge);
        let levels = seen.filter_map(|(marking, _)| self.markings.get(marking));
        let highest = levels.map(|marking| marking.level).max();
        highest.unwrap_or(Level::ZeerGeheim)
    }

    /// The visible statements about an edge within the time span, by marking and validity.
    fn statements_beside(
        &self,
        edge: EdgeIndex,
    ) -> impl Iterator<Item = (MarkingId, Validity)> + '_ {
        let arrays = self.snapshot.arrays();
        let id = arrays.edge_ids.get(edge.index());
        // INVARIANT (order is identity): statements about one edge lie side by side.
        let same = move |place: &usize| arrays.edge_ids.get(*place) == id && id.is_some();
        let before = (0..edge.index()).rev().take_while(same).count();
        (edge.index() - before..)
            .take_while(same)
            .filter_map(|place| {
                let marking = MarkingId(*arrays.edge_markings.get(place)?);
                self.clearance.classes(marking)?;
                let validity = self.snapshot.edge_validity(EdgeIndex(place as u32));
                validity.may_hold(self.span).then_some((marking, validity))
            })
    }

    /// Visible slots of a node over one edge label in one direction, by neighbour. Found by bisection, so that a hub's
    /// other edges are not walked.
    pub(crate) fn slots_over(
        &self,
        node: NodeIndex,
        label: EdgeLabelId,
        direction: Direction,
    ) -> impl Iterator<Item = Slot> + '_ {
        let (start, end) = self.snapshot.slot_range(node);
        let kind = label.0 << 1 | u8::from(direction == Direction::In);
        let kinds = self.snapshot.arrays().slot_kinds.get(start..end);
        let kinds = kinds.unwrap_or(&[]);
        let first = start + kinds.partition_point(|&one| one < kind);
        let after = start + kinds.partition_point(|&one| one <= kind);
        self.slots
            .ones(first, after)
            .filter_map(|position| self.snapshot.slot(position))
    }

    /// Whether every statement about nodes or edges with this label may be seen, whatever its day. The view of a case, which
    /// is narrowed to what lies near its node, sees nothing whole unless its scope holds it all.
    pub(crate) fn sees_whole(&self, label: &str) -> bool {
        let arrays = self.snapshot.arrays();
        let outside = |node: &NodeIndex| !self.contains(*node);
        let hidden = |marking: u16| self.clearance.classes(MarkingId(marking)).is_none();
        if let Some((id, _)) = self.schema.node_label(label) {
            let starts = &arrays.label_starts;
            let run = match (starts.get(id.index()), starts.get(id.index() + 1)) {
                (Some(&start), Some(&end)) => start..end,
                (None, _) | (_, None) => 0..0,
            };
            let mut nodes = run.map(NodeIndex);
            if nodes.any(|node| {
                let mut markings = self.snapshot.node_markings(node).iter();
                outside(&node) || markings.any(|&marking| hidden(marking))
            }) {
                return false;
            }
        }
        let Some((id, _)) = self.schema.edge_label(label) else {
            return true;
        };
        let slots = arrays.slot_kinds.iter().zip(&arrays.slot_edges);
        // An edge with a hidden end is hidden, whatever its own marking.
        !slots
            .zip(&arrays.slot_neighbours)
            .filter(|((kind, _), _)| **kind >> 1 == id.0)
            .any(|((_, &edge), &neighbour)| {
                let marking = arrays.edge_markings.get(edge as usize);
                outside(&NodeIndex(neighbour)) || marking.is_none_or(|&marking| hidden(marking))
            })
    }

    /// The visible nodes with a label, ascending.
    pub(crate) fn nodes_of(&self, label: NodeLabelId) -> impl Iterator<Item = NodeIndex> + '_ {
        let starts = &self.snapshot.arrays().label_starts;
        let (start, end) = match (starts.get(label.index()), starts.get(label.index() + 1)) {
            (Some(&start), Some(&end)) => (start as usize, end as usize),
            (None, _) | (_, None) => (0, 0),
        };
        self.nodes
            .ones(start, end)
            .map(|position| NodeIndex(position as u32))
    }
}
