//! Finds most of a giant component quickly, if there is one.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::CHUNK;
use crate::graph::{Budget, NodeIndex, ReadGraph, Stop};

/// Nodes asked how many neighbours they have; the search starts at the one with the most.
const SEEDS_ASKED: usize = 64;
/// The search goes from node to neighbours until it has reached one node in so many.
const FORWARD_UNTIL: usize = 32;
/// Steps from node to neighbours at most; a graph of longer ways is left to the sweeps.
const FORWARD_STEPS_MAX: u32 = 32;
/// Nodes of the frontier that a thread takes at least.
const FRONTIER_MIN: usize = 256;
/// Sweeps over the nodes that are not reached; ends earlier once one finds fewer than one node in `SWEEP_WORTH`.
const SWEEPS_MAX: u32 = 6;
const SWEEP_WORTH: usize = 64;

const WORD: usize = u64::BITS as usize;

/// Nodes that hang together: one bit for each position below the bound.
///
/// INVARIANT (reached nodes are connected): a node is marked only as the seed or next to a marked node. Which nodes are
/// marked depends on how threads meet, and no answer may depend on more than that they are connected.
pub(super) struct Reached(Vec<AtomicU64>);

impl Reached {
    /// Whether a node is marked.
    #[inline]
    pub fn contains(&self, node: u32) -> bool {
        let word = self.0.get(node as usize / WORD);
        word.is_some_and(|word| word.load(Ordering::Relaxed) >> (node as usize % WORD) & 1 == 1)
    }

    /// The smallest marked node.
    pub fn first(&self) -> Option<u32> {
        self.0.iter().enumerate().find_map(|(place, word)| {
            let bits = word.load(Ordering::Relaxed);
            (bits != 0).then(|| (place * WORD) as u32 + bits.trailing_zeros())
        })
    }

    /// Marks a node; tells whether it was not marked before.
    fn mark(&self, node: u32) -> bool {
        let bit = 1_u64 << (node as usize % WORD);
        let word = self.0.get(node as usize / WORD);
        word.is_some_and(|word| word.fetch_or(bit, Ordering::Relaxed) & bit == 0)
    }
}

/// Marks nodes that hang together with one of many neighbours: most of a giant component, or little if there is none.
///
/// # Errors
/// [`Stop::Deadline`].
///
/// # Cost and source
/// Time O(n + m), with early exits that make it less; one bit a node, which fits the cache where a column would not.
/// First from nodes to neighbours, then from nodes that are not reached back: S. Beamer, K. Asanović, D. Patterson,
/// "Direction-optimizing breadth-first search", SC 2012. Levels are not kept apart in the sweeps: connection is all that
/// is asked.
pub(super) fn reach<G: ReadGraph>(graph: &G, budget: &Budget) -> Result<Reached, Stop> {
    let node_bound = graph.node_bound();
    let words = (0..node_bound.div_ceil(WORD)).map(|_| AtomicU64::new(0));
    let reached = Reached(words.collect());
    let degree = |node: u32| graph.neighbours(NodeIndex(node)).count();
    let stride = node_bound.div_ceil(SEEDS_ASKED).max(1);
    let asked = (0..node_bound).step_by(stride).map(|node| node as u32);
    let Some(seed) = asked.max_by_key(|&node| degree(node)) else {
        return Ok(reached);
    };
    if degree(seed) == 0 || !go_forward(graph, &reached, seed, budget)? {
        return Ok(reached);
    }
    for _ in 0..SWEEPS_MAX {
        if sweep(graph, &reached, budget)? < node_bound / SWEEP_WORTH {
            break;
        }
    }
    Ok(reached)
}

/// Goes from the seed to neighbours and theirs; tells whether there is more to find.
fn go_forward<G: ReadGraph>(
    graph: &G,
    reached: &Reached,
    seed: u32,
    budget: &Budget,
) -> Result<bool, Stop> {
    reached.mark(seed);
    let mut frontier = vec![seed];
    let mut count = 1;
    for _ in 0..FORWARD_STEPS_MAX {
        budget.check_deadline()?;
        frontier = frontier
            .par_iter()
            .with_min_len(FRONTIER_MIN)
            .flat_map_iter(|&node| {
                let next = graph.neighbours(NodeIndex(node)).map(|next| next.0);
                next.filter(|&next| reached.mark(next))
            })
            .collect();
        count += frontier.len();
        if frontier.is_empty() || count > graph.node_bound() / FORWARD_UNTIL {
            break;
        }
    }
    Ok(!frontier.is_empty())
}

/// Marks every node that has a marked neighbour by the time it is looked at; returns how many.
fn sweep<G: ReadGraph>(graph: &G, reached: &Reached, budget: &Budget) -> Result<usize, Stop> {
    let found = AtomicUsize::new(0);
    let chunks = reached.0.par_chunks(CHUNK / WORD).enumerate();
    chunks.try_for_each(|(chunk, words)| {
        budget.check_deadline()?;
        let mut count = 0;
        for (place, word) in words.iter().enumerate() {
            let first = (chunk * CHUNK + place * WORD) as u32;
            let mut open = !word.load(Ordering::Relaxed);
            let mut fresh = 0_u64;
            while open != 0 {
                let bit = open.trailing_zeros();
                open &= open - 1;
                // Past the bound, as for a node that is not in the graph, there are no neighbours.
                let mut neighbours = graph.neighbours(NodeIndex(first + bit));
                if neighbours.any(|next| reached.contains(next.0)) {
                    fresh |= 1 << bit;
                }
            }
            if fresh != 0 {
                word.fetch_or(fresh, Ordering::Relaxed);
                count += fresh.count_ones() as usize;
            }
        }
        found.fetch_add(count, Ordering::Relaxed);
        Ok(())
    })?;
    Ok(found.into_inner())
}
