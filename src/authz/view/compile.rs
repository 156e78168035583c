//! Compiles the bits of a view: which nodes and which slots it shows.

use crate::authz::Clearance;
use crate::graph::{Bits, Snapshot};
use crate::model::{MarkingId, TimeSpan, Validity};

/// One bit per node: whether anything that may be seen is said of it.
pub(super) fn compile_nodes(snapshot: &Snapshot, clearance: &Clearance) -> Bits {
    let arrays = snapshot.arrays();
    let sets = arrays.set_starts.len().saturating_sub(1);
    let visible_sets: Vec<bool> = (0..sets)
        .map(|set| {
            snapshot
                .set(set as u32)
                .iter()
                .any(|&marking| clearance.classes(MarkingId(marking)).is_some())
        })
        .collect();
    Bits::fill(snapshot.node_count(), |base| {
        let sets = arrays.node_sets.iter().skip(base).take(64);
        sets.zip(0..).fold(0, |word, (&set, bit)| {
            let visible = visible_sets.get(set as usize).copied().unwrap_or(false);
            word | u64::from(visible) << bit
        })
    })
}

/// One bit per slot: whether its statement may be seen, may hold within the span, and has both ends.
pub(super) fn compile_slots(
    snapshot: &Snapshot,
    clearance: &Clearance,
    span: TimeSpan,
    nodes: &Bits,
) -> Bits {
    let arrays = snapshot.arrays();
    let markings_end = arrays
        .edge_markings
        .iter()
        .max()
        .map_or(0, |&last| usize::from(last) + 1);
    let visible_markings: Vec<bool> = (0..markings_end)
        .map(|marking| clearance.classes(MarkingId(marking as u16)).is_some())
        .collect();
    let edges = Bits::fill(arrays.edge_ids.len(), |base| {
        let end = (base + 64).min(arrays.edge_ids.len());
        let columns = (
            arrays.edge_markings.get(base..end).unwrap_or(&[]),
            arrays.edge_froms.get(base..end).unwrap_or(&[]),
            arrays.edge_tos.get(base..end).unwrap_or(&[]),
        );
        let mut word = 0;
        for (((&marking, &from), &to), bit) in
            columns.0.iter().zip(columns.1).zip(columns.2).zip(0..)
        {
            let visible = visible_markings
                .get(usize::from(marking))
                .copied()
                .unwrap_or(false)
                && Validity::unpack(from, to).may_hold(span);
            word |= u64::from(visible) << bit;
        }
        word
    });
    Bits::fill(snapshot.slot_count(), |base| {
        let end = (base + 64).min(snapshot.slot_count());
        // The node that the first slot of this word belongs to: the last that starts at or before it.
        let mut owner = arrays
            .slot_starts
            .partition_point(|&start| start as usize <= base)
            .saturating_sub(1);
        let mut owner_end = arrays
            .slot_starts
            .get(owner + 1)
            .map_or(end, |&after| after as usize);
        let mut owner_visible = nodes.get(owner);
        let columns = (
            arrays.slot_neighbours.get(base..end).unwrap_or(&[]),
            arrays.slot_edges.get(base..end).unwrap_or(&[]),
        );
        let mut word = 0;
        for ((&neighbour, &edge), bit) in columns.0.iter().zip(columns.1).zip(0..) {
            while base + bit >= owner_end {
                owner += 1;
                owner_end = arrays
                    .slot_starts
                    .get(owner + 1)
                    .map_or(usize::MAX, |&after| after as usize);
                owner_visible = nodes.get(owner);
            }
            let visible =
                owner_visible && edges.get(edge as usize) && nodes.get(neighbour as usize);
            word |= u64::from(visible) << bit;
        }
        word
    })
}
