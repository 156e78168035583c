//! Builds the arrays of a snapshot from statements in any order.

use std::collections::HashMap;

use rayon::iter::Either;
use rayon::prelude::*;

use super::snapshot::SnapshotArrays;

/// That a statement about a node stands in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeRow {
    /// Identifier of the key that the statement names the node by.
    pub id: u64,
    /// Label.
    pub label: u8,
    /// Marking of the statement.
    pub marking: u16,
}

/// An edge statement, its ends by the identifiers of their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeRow {
    /// Identifier of the edge.
    pub id: u64,
    /// Label.
    pub label: u8,
    /// Key of the start.
    pub from: u64,
    /// Key of the end.
    pub to: u64,
    /// Marking of the statement.
    pub marking: u16,
    /// Packed validity.
    pub valid_from: i32,
    /// Packed validity.
    pub valid_to: i32,
}

/// That one key leads to the node of another. Public statements only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AliasRow {
    /// Key that leads on.
    pub from: u64,
    /// Key that it leads to.
    pub to: u64,
    /// Packed begin of the statement: the last to begin wins.
    pub valid_from: i32,
    /// Marking of the statement: who may not see it reads arrays that were built without it.
    pub marking: u16,
}

/// Why arrays could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// More than 32-bit positions allow.
    #[error("more than {max} {what}")]
    TooMany {
        /// What.
        what: &'static str,
        /// The limit.
        max: u64,
    },
}

/// An edge statement that could not take its place in the graph yet: no source has told of an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitingRow {
    /// Identifier of the edge.
    pub id: u64,
    /// Label.
    pub label: u8,
    /// Whether its start is not there.
    pub misses_start: bool,
    /// Whether its end is not there.
    pub misses_end: bool,
}

/// What could not take its place in the graph yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Each edge statement that waits, by identifier.
    pub edges: Vec<WaitingRow>,
}

/// Most nodes and most slots in one snapshot.
const POSITIONS_MAX: u64 = u32::MAX as u64 - 1;

/// Most steps from an alias to its node: house number to premises, postcode to house number, and one to spare.
const ALIAS_STEPS_MAX: usize = 4;

/// Builds the arrays. The result depends on the set of rows only, never on their order.
///
/// Time O(n log n + e log e), parallel sorts; `label_count` is the number of node labels in the schema.
///
/// # Errors
/// [`BuildError::TooMany`].
pub fn build(
    label_count: usize,
    nodes: Vec<NodeRow>,
    edges: Vec<EdgeRow>,
    aliases: &[AliasRow],
) -> Result<(SnapshotArrays, Waiting), BuildError> {
    let canonical = resolve_aliases(aliases);
    let mut arrays = SnapshotArrays::default();
    place_nodes(label_count, nodes, &canonical, &mut arrays)?;
    let mut positions: Vec<(u64, u32)> = arrays
        .node_ids
        .iter()
        .zip(0_u32..)
        .map(|(&id, position)| (id, position))
        .collect();
    positions.par_sort_unstable();
    let find = |id: u64| -> Option<u32> {
        let canonical_id = canonical.get(&id).copied().unwrap_or(id);
        let place = positions
            .binary_search_by_key(&canonical_id, |&(id, _)| id)
            .ok()?;
        positions.get(place).map(|&(_, position)| position)
    };
    let mut alias_pairs: Vec<(u64, u32)> = canonical
        .keys()
        .filter_map(|&alias| find(alias).map(|node| (alias, node)))
        .collect();
    alias_pairs.sort_unstable();
    (arrays.alias_ids, arrays.alias_nodes) = alias_pairs.into_iter().unzip();
    let waiting = place_edges(edges, find, &mut arrays)?;
    Ok((arrays, waiting))
}

/// Follows each alias to its last key. Of several claims the one that began last wins, then the smallest key: a
/// function of the set of claims, not of their order. A claim that would close a circle is left out.
fn resolve_aliases(aliases: &[AliasRow]) -> HashMap<u64, u64> {
    let mut parents: HashMap<u64, (i32, u64)> = HashMap::new();
    for alias in aliases {
        let claim = (alias.valid_from, alias.to);
        let better = |old: &(i32, u64)| claim.0 > old.0 || (claim.0 == old.0 && claim.1 < old.1);
        if alias.from != alias.to && parents.get(&alias.from).is_none_or(better) {
            parents.insert(alias.from, claim);
        }
    }
    parents
        .keys()
        .filter_map(|&alias| {
            let mut last = alias;
            for _ in 0..ALIAS_STEPS_MAX {
                match parents.get(&last) {
                    Some(&(_, parent)) => last = parent,
                    None => return Some((alias, last)),
                }
            }
            None
        })
        .collect()
}

fn place_nodes(
    label_count: usize,
    mut rows: Vec<NodeRow>,
    canonical: &HashMap<u64, u64>,
    arrays: &mut SnapshotArrays,
) -> Result<(), BuildError> {
    for row in &mut rows {
        if let Some(&id) = canonical.get(&row.id) {
            row.id = id;
        }
    }
    rows.par_sort_unstable_by_key(|row| (row.label, row.id, row.marking));
    rows.dedup();
    let mut sets: HashMap<Vec<u16>, u32> = HashMap::new();
    arrays.set_starts.push(0);
    let mut starts = vec![0_u32; label_count + 1];
    for statements in rows.chunk_by(|a, b| (a.label, a.id) == (b.label, b.id)) {
        let Some(first) = statements.first() else {
            continue;
        };
        let markings: Vec<u16> = statements.iter().map(|row| row.marking).collect();
        let next = sets.len() as u32;
        let set = *sets.entry(markings).or_insert_with_key(|markings| {
            arrays.set_markings.extend_from_slice(markings);
            arrays.set_starts.push(arrays.set_markings.len() as u32);
            next
        });
        arrays.node_ids.push(first.id);
        arrays.node_sets.push(set);
        if let Some(start) = starts.get_mut(usize::from(first.label) + 1) {
            *start = arrays.node_ids.len() as u32;
        }
    }
    within("nodes", arrays.node_ids.len())?;
    // A label without nodes starts where the one before it ends.
    let mut last = 0;
    for start in &mut starts {
        last = last.max(*start);
        *start = last;
    }
    arrays.label_starts = starts;
    Ok(())
}

/// An edge statement with both ends in place.
struct PlacedEdge {
    from: u32,
    to: u32,
    row: EdgeRow,
}

fn place_edges(
    rows: Vec<EdgeRow>,
    find: impl Fn(u64) -> Option<u32> + Sync,
    arrays: &mut SnapshotArrays,
) -> Result<Waiting, BuildError> {
    let (mut edges, mut waiting): (Vec<PlacedEdge>, Vec<WaitingRow>) = rows
        .into_par_iter()
        .partition_map(|row| match (find(row.from), find(row.to)) {
            (Some(from), Some(to)) => Either::Left(PlacedEdge { from, to, row }),
            (from, to) => Either::Right(WaitingRow {
                id: row.id,
                label: row.label,
                misses_start: from.is_none(),
                misses_end: to.is_none(),
            }),
        });
    waiting.sort_unstable();
    within("slots", edges.len() * 2)?;
    edges.par_sort_unstable_by_key(|edge| {
        let row = &edge.row;
        let statement = (row.valid_from, row.valid_to, row.marking);
        (edge.from, row.label, edge.to, row.id, statement)
    });
    // Statements that differ in their properties only are one here: properties may be hidden where the edge is not, and
    // their number must not show in counts of slots.
    edges.dedup_by(|a, b| {
        let same = |edge: &PlacedEdge| (edge.from, edge.to, edge.row);
        same(a) == same(b)
    });
    let mut slots: Vec<(u32, u8, u32, u32)> = Vec::with_capacity(edges.len() * 2);
    for (edge, position) in edges.iter().zip(0_u32..) {
        let kind = edge.row.label << 1;
        slots.push((edge.from, kind, edge.to, position));
        slots.push((edge.to, kind | 1, edge.from, position));
    }
    // Slots of one node, kind and neighbour keep the order of edge positions, which is that of edge ids.
    slots.par_sort_unstable();
    let node_count = arrays.node_ids.len();
    let mut starts = vec![0_u32; node_count + 1];
    for &(node, ..) in &slots {
        if let Some(start) = starts.get_mut(node as usize + 1) {
            *start += 1;
        }
    }
    let mut total = 0;
    for start in &mut starts {
        total += *start;
        *start = total;
    }
    arrays.slot_starts = starts;
    arrays.slot_kinds = slots.iter().map(|slot| slot.1).collect();
    arrays.slot_neighbours = slots.iter().map(|slot| slot.2).collect();
    arrays.slot_edges = slots.iter().map(|slot| slot.3).collect();
    drop(slots);
    arrays.edge_ids = edges.iter().map(|edge| edge.row.id).collect();
    arrays.edge_markings = edges.iter().map(|edge| edge.row.marking).collect();
    arrays.edge_froms = edges.iter().map(|edge| edge.row.valid_from).collect();
    arrays.edge_tos = edges.iter().map(|edge| edge.row.valid_to).collect();
    Ok(Waiting { edges: waiting })
}

fn within(what: &'static str, count: usize) -> Result<(), BuildError> {
    if count as u64 > POSITIONS_MAX {
        return Err(BuildError::TooMany {
            what,
            max: POSITIONS_MAX,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::read::ReadGraph;
    use super::super::snapshot::Snapshot;
    use super::*;

    fn node(id: u64, label: u8, marking: u16) -> NodeRow {
        NodeRow { id, label, marking }
    }

    fn edge(id: u64, from: u64, to: u64) -> EdgeRow {
        EdgeRow {
            id,
            label: 1,
            from,
            to,
            marking: 0,
            valid_from: i32::MIN,
            valid_to: i32::MAX,
        }
    }

    fn alias(from: u64, to: u64, valid_from: i32) -> AliasRow {
        AliasRow {
            from,
            to,
            valid_from,
            marking: 0,
        }
    }

    #[test]
    fn an_edge_without_an_end_waits() {
        let (arrays, waiting) = build(
            2,
            vec![node(5, 0, 0), node(3, 1, 0)],
            vec![edge(1, 5, 3), edge(2, 5, 9)],
            &[],
        )
        .unwrap();
        let waits = WaitingRow {
            id: 2,
            label: 1,
            misses_start: false,
            misses_end: true,
        };
        assert_eq!(waiting.edges, [waits]);
        let snapshot = Snapshot::new(arrays, 1).unwrap();
        let lists: Vec<Vec<u32>> = snapshot
            .nodes()
            .map(|node| snapshot.neighbours(node).map(|n| n.0).collect())
            .collect();
        assert_eq!(lists, vec![vec![1], vec![0]]);
    }

    #[test]
    fn aliases_lead_to_one_node_and_the_last_claim_wins() {
        // 30 is a postcode that led to house number 20 and leads to 21 since day 5; both lead to premises.
        let aliases = [
            alias(30, 20, 1),
            alias(30, 21, 5),
            alias(20, 10, 0),
            alias(21, 11, 0),
        ];
        let nodes = vec![
            node(10, 0, 0),
            node(11, 0, 0),
            node(30, 0, 3),
            node(20, 0, 1),
        ];
        let (arrays, _) = build(1, nodes, vec![edge(1, 30, 20)], &aliases).unwrap();
        assert_eq!(arrays.node_ids, vec![10, 11]);
        let snapshot = Snapshot::new(arrays, 1).unwrap();
        let eleven = snapshot.find(crate::model::NodeId::from_bits(30)).unwrap();
        assert_eq!(snapshot.node_id(eleven).bits(), 11);
        assert_eq!(snapshot.node_markings(eleven), &[0, 3]);
        assert_eq!(
            snapshot.neighbours(eleven).map(|n| n.0).collect::<Vec<_>>(),
            vec![0]
        );
    }

    #[test]
    fn a_circle_of_aliases_joins_nothing() {
        let nodes = vec![node(1, 0, 0), node(2, 0, 0)];
        let (arrays, _) = build(1, nodes, vec![], &[alias(1, 2, 0), alias(2, 1, 0)]).unwrap();
        assert_eq!(arrays.node_ids, vec![1, 2]);
    }

    proptest! {
        #[test]
        fn the_order_of_rows_does_not_matter(
            pairs in proptest::collection::vec((0_u64..8, 0_u64..8), 0..30),
            seed in any::<u64>(),
        ) {
            let nodes: Vec<NodeRow> = (0..8).map(|id| node(id, (id % 3) as u8, (id % 2) as u16)).collect();
            let edges: Vec<EdgeRow> = pairs.iter().zip(0..).map(|(&(a, b), id)| edge(id % 5, a, b)).collect();
            let mut other_nodes = nodes.clone();
            let mut other_edges = edges.clone();
            other_nodes.sort_by_key(|row| row.id.wrapping_mul(seed | 1));
            other_edges.sort_by_key(|row| (row.id + row.from * 7 + row.to).wrapping_mul(seed | 1));
            let one = build(3, nodes, edges, &[]).unwrap();
            let two = build(3, other_nodes, other_edges, &[]).unwrap();
            prop_assert!(Snapshot::new(one.0.clone(), 1).is_ok());
            prop_assert_eq!(one, two);
        }
    }
}
