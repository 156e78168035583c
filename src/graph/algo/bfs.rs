//! Breadth-first search: who is how near.

use std::cell::RefCell;

use rayon::prelude::*;

use crate::graph::{Budget, NodeIndex, ReadGraph, Slot, Stop};

/// What a search reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Neighbourhood {
    /// The nodes: breadth first, within a level ascending. Starts are level 0.
    pub nodes: Vec<NodeIndex>,
    /// First node of each level, and the number of nodes last.
    pub level_starts: Vec<usize>,
    /// Why the search stopped early.
    pub cut: Option<Cut>,
}

/// Why a neighbourhood is smaller than asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The last level had more nodes than allowed: its first are kept.
    Nodes(usize),
    /// A level had more edges than allowed: it is left out whole.
    Edges(u64),
}

impl Neighbourhood {
    /// Number of levels, the starts' among them.
    pub fn levels(&self) -> usize {
        self.level_starts.len().saturating_sub(1)
    }

    /// The nodes of one level.
    pub fn level(&self, level: usize) -> &[NodeIndex] {
        match (
            self.level_starts.get(level),
            self.level_starts.get(level + 1),
        ) {
            (Some(&start), Some(&end)) => self.nodes.get(start..end).unwrap_or(&[]),
            (None, _) | (_, None) => &[],
        }
    }
}

/// Which nodes a search has met: stamps of the search, so that a new search costs nothing to begin.
#[derive(Default)]
struct Marks {
    stamps: Vec<u32>,
    stamp: u32,
}

impl Marks {
    fn begin(&mut self, bound: usize) {
        if self.stamps.len() < bound {
            self.stamps.resize(bound, 0);
        }
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.stamps.fill(0);
            self.stamp = 1;
        }
    }

    /// Marks a node; true if it was not marked yet.
    #[inline]
    fn mark(&mut self, node: NodeIndex) -> bool {
        match self.stamps.get_mut(node.index()) {
            Some(stamp) if *stamp != self.stamp => {
                *stamp = self.stamp;
                true
            }
            Some(_) | None => false,
        }
    }
}

thread_local! {
    // One per thread that searches: reads run on the engine's own pool, so there are as many as cores. A search takes it
    // and puts it back, since a thread that waits for its parallel part may begin another search meanwhile.
    static MARKS: RefCell<Marks> = RefCell::new(Marks::default());
}

/// Frontiers from this size on are expanded in parallel: below it handing out costs more than it saves.
const PARALLEL_FROM: usize = 2_048;

/// What a search may reach, and over which edges.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// Edges from the starts, 0 gives the starts alone.
    pub hops_max: usize,
    /// Most nodes, the starts among them.
    pub nodes_max: usize,
}

/// Returns the nodes at most `reach.hops_max` edges from any start, over every edge in either direction.
///
/// A hidden node is not stepped through: a path that needs one does not exist here. Starts that are not in the graph
/// are left out.
///
/// # Errors
/// [`Stop::Deadline`]. The edge budget is no error: [`Neighbourhood::cut`] tells of it.
///
/// # Cost and source
/// Time O(n + m + n log n) for the n nodes and m visible edges examined, nothing per node of the graph.
/// Breadth-first search: E. F. Moore, "The shortest path through a maze", 1959.
pub fn neighbourhood<G: ReadGraph>(
    graph: &G,
    starts: &[NodeIndex],
    reach: Reach,
    budget: &mut Budget,
) -> Result<Neighbourhood, Stop> {
    search(
        graph,
        starts,
        reach,
        budget,
        &|node, out: &mut Vec<NodeIndex>| {
            out.extend(graph.neighbours(node));
        },
    )
}

/// As [`neighbourhood`], over the edges that `passes` lets through. Only those are charged.
///
/// # Errors
/// As [`neighbourhood`].
pub fn filtered_neighbourhood<G: ReadGraph>(
    graph: &G,
    starts: &[NodeIndex],
    reach: Reach,
    budget: &mut Budget,
    passes: &(impl Fn(&Slot) -> bool + Sync),
) -> Result<Neighbourhood, Stop> {
    search(
        graph,
        starts,
        reach,
        budget,
        &|node, out: &mut Vec<NodeIndex>| {
            out.extend(
                graph
                    .slots(node)
                    .filter(|slot| passes(slot))
                    .map(|slot| slot.neighbour),
            );
        },
    )
}

fn search<G: ReadGraph>(
    graph: &G,
    starts: &[NodeIndex],
    reach: Reach,
    budget: &mut Budget,
    expand: &(impl Fn(NodeIndex, &mut Vec<NodeIndex>) + Sync),
) -> Result<Neighbourhood, Stop> {
    let mut marks = MARKS.take();
    marks.begin(graph.node_bound());
    let found = search_marked(graph, starts, reach, budget, expand, &mut marks);
    MARKS.set(marks);
    found
}

fn search_marked<G: ReadGraph>(
    graph: &G,
    starts: &[NodeIndex],
    reach: Reach,
    budget: &mut Budget,
    expand: &(impl Fn(NodeIndex, &mut Vec<NodeIndex>) + Sync),
    marks: &mut Marks,
) -> Result<Neighbourhood, Stop> {
    {
        let mut found = Neighbourhood::default();
        found.level_starts.push(0);
        found.nodes.extend(
            starts
                .iter()
                .copied()
                .filter(|&start| graph.contains(start) && marks.mark(start)),
        );
        close_level(&mut found, 0, reach.nodes_max);
        let mut met = Vec::new();
        for _ in 0..reach.hops_max {
            if found.cut.is_some() {
                break;
            }
            let level = found.levels() - 1;
            let begun = found.nodes.len();
            if begun - found.level_starts.get(level).copied().unwrap_or(begun) >= PARALLEL_FROM {
                met = found
                    .level(level)
                    .par_chunks(256)
                    .map(|chunk| {
                        let mut out = Vec::new();
                        chunk.iter().for_each(|&node| expand(node, &mut out));
                        out
                    })
                    .flatten_iter()
                    .collect();
            } else {
                met.clear();
                for &node in found.level(level) {
                    expand(node, &mut met);
                }
            }
            if let Err(stop) = budget.charge(met.len() as u64) {
                match stop {
                    Stop::Edges(edges_max) => found.cut = Some(Cut::Edges(edges_max)),
                    Stop::Deadline => return Err(stop),
                }
                break;
            }
            found
                .nodes
                .extend(met.iter().copied().filter(|&node| marks.mark(node)));
            if found.nodes.len() == begun {
                break;
            }
            close_level(&mut found, begun, reach.nodes_max);
        }
        Ok(found)
    }
}

fn close_level(found: &mut Neighbourhood, begun: usize, nodes_max: usize) {
    if let Some(level) = found.nodes.get_mut(begun..) {
        level.sort_unstable();
    }
    if found.nodes.len() > nodes_max {
        found.nodes.truncate(nodes_max);
        found.cut = Some(Cut::Nodes(nodes_max));
    }
    found.level_starts.push(found.nodes.len());
}
