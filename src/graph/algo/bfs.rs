//! Breadth-first search: who is how near.

use std::cell::RefCell;

use rayon::prelude::*;

use crate::graph::{Budget, NodeIndex, ReadGraph, Slot, Stop};

/// What a search reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Neighbourhood {
    /// The nodes: breadth first, within a level as they were met ([`Self::order_levels`]). Starts are level 0.
    pub nodes: Vec<NodeIndex>,
    /// First node of each level, and the number of nodes last.
    pub level_starts: Vec<usize>,
    /// Why the search stopped early.
    pub cut: Option<Cut>,
}

/// Why a neighbourhood is smaller than asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The last level had more nodes than allowed: its first in ascending order are kept.
    Nodes(usize),
    /// A level had more edges than allowed: it is left out whole.
    Edges(u64),
}

impl Neighbourhood {
    /// Number of levels, the starts' among them.
    pub fn levels(&self) -> usize {
        self.level_starts.len().saturating_sub(1)
    }

    /// Puts the nodes of each level in an order, for an answer that people read.
    pub fn order_levels<K: Ord>(&mut self, order: impl Fn(NodeIndex) -> K) {
        for level in self.level_starts.windows(2) {
            if let &[start, end] = level
                && let Some(nodes) = self.nodes.get_mut(start..end)
            {
                nodes.sort_by_cached_key(|&node| order(node));
            }
        }
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
/// Time O(n + m) for the n nodes and m visible edges examined, and O(c log c) for a last level of c nodes that is cut;
/// nothing per node of the graph.
/// Breadth-first search: E. F. Moore, "The shortest path through a maze", 1959.
pub fn neighbourhood<G: ReadGraph>(
    graph: &G,
    starts: &[NodeIndex],
    reach: Reach,
    budget: &mut Budget,
) -> Result<Neighbourhood, Stop> {
    search(graph, starts, reach, budget, &EveryEdge(graph), &|node| {
        node
    })
}

/// As [`filtered_neighbourhood`], with an order of its own: of a last level that is cut, its first in that order are kept.
///
/// # Errors
/// As [`neighbourhood`].
pub fn ordered_neighbourhood<G: ReadGraph, K: Ord>(
    graph: &G,
    starts: &[NodeIndex],
    reach: Reach,
    budget: &mut Budget,
    passes: Option<&(dyn Fn(&Slot) -> bool + Sync)>,
    order: &impl Fn(NodeIndex) -> K,
) -> Result<Neighbourhood, Stop> {
    match passes {
        Some(passes) => {
            let edges = SomeEdges(graph, &|slot: &Slot| passes(slot));
            search(graph, starts, reach, budget, &edges, order)
        }
        None => search(graph, starts, reach, budget, &EveryEdge(graph), order),
    }
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
    let edges = SomeEdges(graph, passes);
    search(graph, starts, reach, budget, &edges, &|node| node)
}

/// Which edges a search follows.
trait Follow: Sync {
    /// The node at the other end of each, in the order of slots.
    fn follow(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex>;
}

struct EveryEdge<'a, G>(&'a G);

impl<G: ReadGraph> Follow for EveryEdge<'_, G> {
    #[inline]
    fn follow(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> {
        self.0.neighbours(node)
    }
}

struct SomeEdges<'a, G, P>(&'a G, &'a P);

impl<G: ReadGraph, P: Fn(&Slot) -> bool + Sync> Follow for SomeEdges<'_, G, P> {
    fn follow(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> {
        let slots = self.0.slots(node).filter(|slot| (self.1)(slot));
        slots.map(|slot| slot.neighbour)
    }
}

fn search<G: ReadGraph, K: Ord>(
    graph: &G,
    starts: &[NodeIndex],
    reach: Reach,
    budget: &mut Budget,
    edges: &impl Follow,
    order: &impl Fn(NodeIndex) -> K,
) -> Result<Neighbourhood, Stop> {
    let mut marks = MARKS.take();
    marks.begin(graph.node_bound());
    let found = search_marked(graph, starts, reach, budget, edges, order, &mut marks);
    MARKS.set(marks);
    found
}

fn search_marked<G: ReadGraph, K: Ord>(
    graph: &G,
    starts: &[NodeIndex],
    reach: Reach,
    budget: &mut Budget,
    edges: &impl Follow,
    order: &impl Fn(NodeIndex) -> K,
    marks: &mut Marks,
) -> Result<Neighbourhood, Stop> {
    let mut found = Neighbourhood {
        nodes: Vec::with_capacity(64),
        level_starts: Vec::with_capacity(8),
        cut: None,
    };
    found.level_starts.push(0);
    let visible = starts.iter().filter(|&&start| graph.contains(start));
    found
        .nodes
        .extend(visible.filter(|&&start| marks.mark(start)));
    close_level(&mut found, 0, reach.nodes_max, order);
    let mut begun = 0;
    for _ in 0..reach.hops_max {
        let end = found.nodes.len();
        if found.cut.is_some() || begun == end {
            break;
        }
        let examined = if end - begun >= PARALLEL_FROM {
            widen_in_parallel(&mut found.nodes, begun, edges, marks)
        } else {
            widen(&mut found.nodes, begun, edges, marks, budget.edges_left())
        };
        match budget.charge(examined) {
            Ok(()) => {}
            Err(Stop::Deadline) => return Err(Stop::Deadline),
            Err(Stop::Edges(edges_max)) => {
                found.nodes.truncate(end);
                found.cut = Some(Cut::Edges(edges_max));
                break;
            }
        }
        if found.nodes.len() > end {
            close_level(&mut found, end, reach.nodes_max, order);
        }
        begun = end;
    }
    Ok(found)
}

/// Adds the unmarked neighbours of the nodes from `begun` on; returns the edges examined, which may stop past `edges_max`.
fn widen(
    nodes: &mut Vec<NodeIndex>,
    begun: usize,
    edges: &impl Follow,
    marks: &mut Marks,
    edges_max: u64,
) -> u64 {
    let mut examined = 0;
    for place in begun..nodes.len() {
        let Some(&node) = nodes.get(place) else { break };
        edges.follow(node).for_each(|other| {
            examined += 1;
            if marks.mark(other) {
                nodes.push(other);
            }
        });
        if examined > edges_max {
            break;
        }
    }
    examined
}

/// As [`widen`], in the same order: neighbours are gathered in parallel and marked one after the other.
fn widen_in_parallel(
    nodes: &mut Vec<NodeIndex>,
    begun: usize,
    edges: &impl Follow,
    marks: &mut Marks,
) -> u64 {
    let level = nodes.get(begun..).unwrap_or(&[]);
    let gathered: Vec<Vec<NodeIndex>> = level
        .par_chunks(256)
        .map(|chunk| {
            let mut met = Vec::new();
            chunk
                .iter()
                .for_each(|&node| met.extend(edges.follow(node)));
            met
        })
        .collect();
    for met in &gathered {
        nodes.extend(met.iter().filter(|&&other| marks.mark(other)));
    }
    gathered.iter().map(|met| met.len() as u64).sum()
}

fn close_level<K: Ord>(
    found: &mut Neighbourhood,
    begun: usize,
    nodes_max: usize,
    order: &impl Fn(NodeIndex) -> K,
) {
    if found.nodes.len() > nodes_max {
        if let Some(level) = found.nodes.get_mut(begun..) {
            level.sort_by_cached_key(|&node| order(node));
        }
        found.nodes.truncate(nodes_max);
        found.cut = Some(Cut::Nodes(nodes_max));
    }
    found.level_starts.push(found.nodes.len());
}
