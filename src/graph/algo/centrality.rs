//! How central nodes are within a compact graph. Every answer has one value a node, by local position.
//!
//! # Design notes
//! * Sums of fractions depend on their order, so work is cut into pieces of fixed size, whatever the number of threads,
//!   and the pieces are added up in their order.
//! * A measure says where a node lies in what the asker may see. It is no score of a person, and it moves when more of
//!   the graph is shown.

use rayon::prelude::*;

use super::column::{add, at, put};
use super::simple::SimpleGraph;
use crate::graph::compact::CompactGraph;
use crate::graph::{Budget, Direction, Stop};

/// How many edges and neighbours a node has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Degree {
    /// Edge statements that leave the node; a self-loop leaves it once.
    pub leaving: u32,
    /// Edge statements that enter the node; a self-loop enters it once.
    pub entering: u32,
    /// Different nodes at the other end, itself not counted.
    pub neighbours: u32,
}

/// Counts the edges and neighbours of each node.
///
/// # Cost
/// Time O(n + m log m).
pub fn degrees(graph: &CompactGraph) -> Vec<Degree> {
    let simple = SimpleGraph::new(graph);
    (0..graph.node_count())
        .map(|node| Degree {
            leaving: graph.leaving(node).len() as u32,
            entering: graph.entering(node).count() as u32,
            neighbours: simple.neighbours(node).len() as u32,
        })
        .collect()
}

/// Counts the triangles of the simple graph: sets of three nodes with an edge between each two.
///
/// # Errors
/// [`Stop::Deadline`].
///
/// # Cost and source
/// Time O(m^1.5). Each triangle is found once, from its node of the fewest neighbours: N. Chiba, T. Nishizeki,
/// "Arboricity and subgraph listing algorithms", SIAM Journal on Computing 14, 1985.
pub fn triangles(graph: &CompactGraph, budget: &Budget) -> Result<u64, Stop> {
    let simple = SimpleGraph::new(graph);
    let rank = |node: u32| (simple.neighbours(node as usize).len(), node);
    let above: Vec<Vec<u32>> = (0..simple.node_count() as u32)
        .into_par_iter()
        .map(|node| {
            let others = simple.neighbours(node as usize).iter().copied();
            others.filter(|&other| rank(other) > rank(node)).collect()
        })
        .collect();
    above
        .par_iter()
        .map(|mine| {
            budget.check_deadline()?;
            let theirs = mine.iter().filter_map(|&other| above.get(other as usize));
            Ok(theirs.map(|theirs| shared(mine, theirs)).sum::<u64>())
        })
        .try_reduce(|| 0, |one, other| Ok(one + other))
}

/// How many numbers two ascending lists share.
fn shared(one: &[u32], other: &[u32]) -> u64 {
    let mut others = other.iter().copied().peekable();
    let mut count = 0;
    for &number in one {
        while others.next_if(|&next| next < number).is_some() {}
        if others.peek() == Some(&number) {
            count += 1;
        }
    }
    count
}

/// Whether a measure is as counted, or divided by the largest that a graph of this size can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "published answers of known networks are counted; callers get normalised"
        )
    )]
    /// As counted: pairs of nodes, or sums of inverse distances.
    Counted,
    /// From 0 to 1, to compare graphs of different size. All 0 where the largest is 0.
    Normalised,
}

/// Sources whose shares are added up by one thread before they meet those of others.
const SOURCES_PER_PIECE: usize = 16;
/// Pieces in memory at a time, each with a number a node.
const PIECES_AT_A_TIME: usize = 32;

/// Measures on how many shortest paths between other nodes each node lies.
///
/// A pair of nodes counts once and gives each node the share of its shortest paths that pass the node, its ends nothing.
/// Read on the simple graph: undirected, parallel edges once. Normalised by (n - 1)(n - 2) / 2.
///
/// The bytes are the same for any number of threads.
///
/// # Errors
/// [`Stop::Deadline`].
///
/// # Cost and source
/// Time O(n m), in parallel over sources; space O(n) for each of 32 pieces. U. Brandes, "A faster algorithm for
/// betweenness centrality", Journal of Mathematical Sociology 25, 2001.
pub fn betweenness(graph: &CompactGraph, scale: Scale, budget: &Budget) -> Result<Vec<f64>, Stop> {
    let simple = SimpleGraph::new(graph);
    let node_count = simple.node_count();
    let mut totals = vec![0.0; node_count];
    let sources: Vec<usize> = (0..node_count).collect();
    for wave in sources.chunks(SOURCES_PER_PIECE * PIECES_AT_A_TIME) {
        let pieces: Vec<Vec<f64>> = wave
            .par_chunks(SOURCES_PER_PIECE)
            .map(|piece| {
                let mut search = BrandesSearch::new(&simple);
                for &source in piece {
                    budget.check_deadline()?;
                    search.add_shares_of(source);
                }
                Ok(search.shares)
            })
            .collect::<Result<_, Stop>>()?;
        for piece in pieces {
            for (total, share) in totals.iter_mut().zip(piece) {
                *total += share;
            }
        }
    }
    // Every pair was met from both of its ends.
    let pairs = (node_count as f64 - 1.0) * (node_count as f64 - 2.0) / 2.0;
    let divisor = match scale {
        Scale::Counted => 2.0,
        Scale::Normalised => 2.0 * pairs.max(1.0),
    };
    totals.iter_mut().for_each(|total| *total /= divisor);
    Ok(totals)
}

const UNSEEN: u32 = u32::MAX;

/// One search after another from different sources, with the columns that they share.
struct BrandesSearch<'a> {
    graph: &'a SimpleGraph,
    distances: Vec<u32>,
    /// Number of shortest paths from the source. Floating, because it outgrows every integer; exact up to 2^53.
    path_counts: Vec<f64>,
    dependencies: Vec<f64>,
    /// Nodes in the order in which they were reached.
    order: Vec<u32>,
    shares: Vec<f64>,
}

impl<'a> BrandesSearch<'a> {
    fn new(graph: &'a SimpleGraph) -> Self {
        let node_count = graph.node_count();
        Self {
            graph,
            distances: vec![UNSEEN; node_count],
            path_counts: vec![0.0; node_count],
            dependencies: vec![0.0; node_count],
            order: Vec::with_capacity(node_count),
            shares: vec![0.0; node_count],
        }
    }

    fn add_shares_of(&mut self, source: usize) {
        self.reach_all(source);
        for &node in self.order.iter().rev() {
            let node = node as usize;
            let distance = at(&self.distances, node);
            let dependency = at(&self.dependencies, node);
            let per_path = (1.0 + dependency) / at(&self.path_counts, node);
            for &other in self.graph.neighbours(node) {
                let other = other as usize;
                if at(&self.distances, other) + 1 == distance {
                    let share = at(&self.path_counts, other) * per_path;
                    add(&mut self.dependencies, other, share);
                }
            }
            if node != source {
                add(&mut self.shares, node, dependency);
            }
        }
        for &node in &self.order {
            put(&mut self.distances, node as usize, UNSEEN);
            put(&mut self.path_counts, node as usize, 0.0);
            put(&mut self.dependencies, node as usize, 0.0);
        }
        self.order.clear();
    }

    fn reach_all(&mut self, source: usize) {
        put(&mut self.distances, source, 0);
        put(&mut self.path_counts, source, 1.0);
        self.order.push(source as u32);
        let mut next = 0;
        while let Some(&node) = self.order.get(next) {
            next += 1;
            let farther = at(&self.distances, node as usize) + 1;
            let count = at(&self.path_counts, node as usize);
            for &other in self.graph.neighbours(node as usize) {
                if at(&self.distances, other as usize) == UNSEEN {
                    put(&mut self.distances, other as usize, farther);
                    self.order.push(other);
                }
                if at(&self.distances, other as usize) == farther {
                    add(&mut self.path_counts, other as usize, count);
                }
            }
        }
    }
}

/// Measures how near each node is to all others: the sum of 1 / distance, nothing for a node that cannot be reached.
///
/// Distances are in edges of the simple graph. Normalised by n - 1.
///
/// The bytes are the same for any number of threads: the nodes at each distance are counted first.
///
/// # Errors
/// [`Stop::Deadline`].
///
/// # Cost and source
/// Time O(n m), in parallel over nodes. Harmonic centrality: M. Marchiori, V. Latora, "Harmony in the small-world",
/// Physica A 285, 2000; P. Boldi, S. Vigna, "Axioms for centrality", Internet Mathematics 10, 2014.
pub fn harmonic_closeness(
    graph: &CompactGraph,
    scale: Scale,
    budget: &Budget,
) -> Result<Vec<f64>, Stop> {
    let simple = SimpleGraph::new(graph);
    let node_count = simple.node_count();
    let divisor = match scale {
        Scale::Counted => 1.0,
        Scale::Normalised => (node_count as f64 - 1.0).max(1.0),
    };
    (0..node_count)
        .into_par_iter()
        .map_init(
            || (vec![UNSEEN; node_count], Vec::new()),
            |(seen_from, frontier), node| {
                budget.check_deadline()?;
                let mut sum = 0.0;
                let mut distance = 1.0;
                put(seen_from, node, node as u32);
                frontier.clear();
                frontier.push(node as u32);
                loop {
                    let mut next = Vec::new();
                    for &here in frontier.iter() {
                        for &other in simple.neighbours(here as usize) {
                            if at(seen_from, other as usize) != node as u32 {
                                put(seen_from, other as usize, node as u32);
                                next.push(other);
                            }
                        }
                    }
                    if next.is_empty() {
                        return Ok(sum / divisor);
                    }
                    sum += next.len() as f64 / distance;
                    distance += 1.0;
                    *frontier = next;
                }
            },
        )
        .collect()
}

/// How [`page_rank`] reads edges and when it ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageRankOptions {
    /// Share of its rank that a node passes on, from 0 to 1; usually 0.85.
    pub damping: f64,
    /// Rounds at most.
    pub rounds_max: u32,
    /// Ends when the ranks of all nodes together move by less than this in a round.
    pub tolerance: f64,
    /// `Some(Out)` passes rank from the start of an edge to its end, `Some(In)` back; `None` both ways.
    pub direction: Option<Direction>,
}

impl Default for PageRankOptions {
    fn default() -> Self {
        Self {
            damping: 0.85,
            rounds_max: 100,
            tolerance: 1e-9,
            direction: None,
        }
    }
}

/// Nodes whose ranks one piece of work computes, and whose rests are added up together.
const NODES_PER_PIECE: usize = 4_096;

/// Ranks nodes by how often a walk along edges comes by, if it starts anew now and then. All ranks sum to 1.
///
/// A node passes its rank on in equal parts, one for each edge statement, so parallel edges count. A self-loop passes
/// rank to its own node, twice where edges are read both ways. The rank of nodes that pass nothing on is spread over all.
///
/// The bytes are the same for any number of threads: each node pulls in the order of its slots, and sums over nodes are
/// made in pieces of fixed size.
///
/// # Errors
/// [`Stop::Deadline`].
///
/// # Cost and source
/// Time O(rounds x (n + m)), in parallel over nodes. L. Page, S. Brin, R. Motwani, T. Winograd, "The PageRank citation
/// ranking", Stanford InfoLab 1999-66.
pub fn page_rank(
    graph: &CompactGraph,
    options: PageRankOptions,
    budget: &Budget,
) -> Result<Vec<f64>, Stop> {
    let node_count = graph.node_count();
    if node_count == 0 {
        return Ok(Vec::new());
    }
    let even = 1.0 / node_count as f64;
    let (forth, back) = match options.direction {
        Some(Direction::Out) => (true, false),
        Some(Direction::In) => (false, true),
        None => (true, true),
    };
    let parts: Vec<u32> = (0..node_count)
        .map(|node| {
            let leaving = if forth { graph.leaving(node).len() } else { 0 };
            let entering = if back {
                graph.entering(node).count()
            } else {
                0
            };
            (leaving + entering) as u32
        })
        .collect();
    let mut ranks = vec![even; node_count];
    let mut passed = vec![0.0; node_count];
    for _ in 0..options.rounds_max {
        budget.check_deadline()?;
        let kept = piecewise_sum(node_count, |node| match at(&parts, node) {
            0 => at(&ranks, node),
            _ => 0.0,
        });
        for ((passed, &rank), &parts) in passed.iter_mut().zip(&ranks).zip(&parts) {
            *passed = if parts == 0 {
                0.0
            } else {
                rank / f64::from(parts)
            };
        }
        let base = (1.0 - options.damping) * even + options.damping * kept * even;
        let pulled = |node: usize| {
            let mut sum = 0.0;
            if forth {
                for edge in graph.entering(node) {
                    sum += at(&passed, edge.from as usize);
                }
            }
            if back {
                for edge in graph.leaving(node) {
                    sum += at(&passed, edge.to as usize);
                }
            }
            base + options.damping * sum
        };
        let next: Vec<f64> = (0..node_count)
            .into_par_iter()
            .with_min_len(NODES_PER_PIECE)
            .map(pulled)
            .collect();
        let moved = piecewise_sum(node_count, |node| {
            (at(&next, node) - at(&ranks, node)).abs()
        });
        ranks = next;
        if moved < options.tolerance {
            break;
        }
    }
    Ok(ranks)
}

/// Sums over nodes in pieces of fixed size, and the pieces in their order.
fn piecewise_sum(node_count: usize, value: impl Fn(usize) -> f64 + Sync) -> f64 {
    let pieces: Vec<f64> = (0..node_count.div_ceil(NODES_PER_PIECE))
        .into_par_iter()
        .map(|piece| {
            let end = ((piece + 1) * NODES_PER_PIECE).min(node_count);
            (piece * NODES_PER_PIECE..end).map(&value).sum()
        })
        .collect();
    pieces.iter().sum()
}

#[cfg(test)]
#[path = "centrality_tests.rs"]
mod tests;
