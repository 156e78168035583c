//! Which nodes hang together: the weakly connected components of a whole graph, in parallel.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::column::at;
use crate::graph::{Budget, NodeIndex, ReadGraph, Stop};

/// Nodes of one piece of work: some hundred pieces on two million nodes, and a look at the deadline each.
const CHUNK: usize = 8_192;
/// Neighbours of each node that the first pass joins. Two suffice to find most of a giant component.
const SAMPLED_NEIGHBOURS: usize = 2;
/// Nodes asked which component is the largest so far.
const SAMPLED_NODES: usize = 1_024;
/// In place of a component where there is no node. No position can be that high: the last one is taken as no node.
const ABSENT: u32 = u32::MAX;

/// The components of a graph. Each is named by its smallest node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    roots: Vec<u32>,
    sizes: Vec<(NodeIndex, u32)>,
}

impl Components {
    /// The component that a node is in, by its smallest node; `None` if the graph does not contain the node.
    pub fn of(&self, node: NodeIndex) -> Option<NodeIndex> {
        let root = self.roots.get(node.index()).copied()?;
        (root != ABSENT).then_some(NodeIndex(root))
    }

    /// Number of nodes in the component of a node; `None` if the graph does not contain the node.
    pub fn size_of(&self, node: NodeIndex) -> Option<u32> {
        let root = self.of(node)?;
        let place = self.sizes.binary_search_by_key(&root, |(root, _)| *root);
        self.sizes.get(place.ok()?).map(|(_, size)| *size)
    }

    /// Every component with its number of nodes, by ascending smallest node.
    pub fn sizes(&self) -> &[(NodeIndex, u32)] {
        &self.sizes
    }
}

/// Finds the weakly connected components: the direction of edges does not count.
///
/// The same for any number of threads: threads race for the order of joins, and the smallest node names what came of it.
///
/// # Errors
/// [`Stop::Deadline`]; edges are not charged, since every one may be needed.
///
/// # Cost and source
/// Time about O(n + m), space 8 bytes for each position below the bound. Afforest: M. Sutton, T. Ben-Nun, A. Barak,
/// "Optimizing parallel graph connectivity computation via subgraph sampling", IPDPS 2018. Joining is lock-free: the
/// larger root is hung under the smaller, so a root is always the smallest node of its tree.
pub fn components<G: ReadGraph>(graph: &G, budget: &Budget) -> Result<Components, Stop> {
    let parents: Vec<AtomicU32> = (0..graph.node_bound() as u32)
        .into_par_iter()
        .map(AtomicU32::new)
        .collect();
    let forest = Forest(&parents);
    for_each_chunk(parents.len(), budget, |node| {
        // A node that is not in the graph has no neighbours.
        for next in graph.neighbours(NodeIndex(node)).take(SAMPLED_NEIGHBOURS) {
            forest.join(node, next.0);
        }
    })?;
    for_each_chunk(parents.len(), budget, |node| forest.flatten(node))?;
    // Whichever root this is, the answer is the same: nodes under it are skipped, because the nodes at the other end of
    // their edges are under it too or join it themselves.
    let giant = forest.frequent_root();
    for_each_chunk(parents.len(), budget, |node| {
        if forest.parent(node) == giant {
            return;
        }
        for next in graph.neighbours(NodeIndex(node)).skip(SAMPLED_NEIGHBOURS) {
            forest.join(node, next.0);
        }
    })?;
    for_each_chunk(parents.len(), budget, |node| {
        forest.flatten(node);
        if !graph.contains(NodeIndex(node)) {
            forest.remove(node);
        }
    })?;
    let roots: Vec<u32> = parents.into_iter().map(AtomicU32::into_inner).collect();
    let sizes = sizes(&roots, budget)?;
    Ok(Components { roots, sizes })
}

fn for_each_chunk(
    node_bound: usize,
    budget: &Budget,
    visit: impl Fn(u32) + Sync,
) -> Result<(), Stop> {
    (0..node_bound.div_ceil(CHUNK))
        .into_par_iter()
        .try_for_each(|chunk| {
            budget.check_deadline()?;
            let end = ((chunk + 1) * CHUNK).min(node_bound);
            for node in chunk * CHUNK..end {
                visit(node as u32);
            }
            Ok(())
        })
}

/// Trees of nodes by parent. A parent is never larger than its child, so there are no rings and roots are smallest.
///
/// Relaxed order suffices: each cell stands for itself, a stale parent is still an ancestor, and between two passes
/// rayon synchronizes.
struct Forest<'a>(&'a [AtomicU32]);

impl Forest<'_> {
    fn parent(&self, node: u32) -> u32 {
        debug_assert!((node as usize) < self.0.len(), "a node within the bound");
        let cell = self.0.get(node as usize);
        cell.map_or(node, |cell| cell.load(Ordering::Relaxed))
    }

    /// Hangs the larger of two roots under the smaller, climbing while others do the same.
    fn join(&self, one: u32, other: u32) {
        let (mut one, mut other) = (self.parent(one), self.parent(other));
        while one != other {
            let (low, high) = (one.min(other), one.max(other));
            let Some(cell) = self.0.get(high as usize) else {
                return;
            };
            let above = cell.load(Ordering::Relaxed);
            if above == low {
                return;
            }
            let hung = above == high
                && cell
                    .compare_exchange(high, low, Ordering::Relaxed, Ordering::Relaxed)
                    .is_ok();
            if hung {
                return;
            }
            one = self.parent(self.parent(high));
            other = self.parent(low);
        }
    }

    /// Hangs a node directly under its root.
    fn flatten(&self, node: u32) {
        let first = self.parent(node);
        let mut root = first;
        loop {
            let above = self.parent(root);
            if above == root {
                break;
            }
            root = above;
        }
        if root != first
            && let Some(cell) = self.0.get(node as usize)
        {
            cell.store(root, Ordering::Relaxed);
        }
    }

    fn remove(&self, node: u32) {
        if let Some(cell) = self.0.get(node as usize) {
            cell.store(ABSENT, Ordering::Relaxed);
        }
    }

    /// The root that is most frequent among evenly spread nodes, the smallest of those that are equally so.
    fn frequent_root(&self) -> u32 {
        let stride = self.0.len().div_ceil(SAMPLED_NODES).max(1);
        let cells = self.0.iter().step_by(stride);
        let mut roots: Vec<u32> = cells.map(|cell| cell.load(Ordering::Relaxed)).collect();
        roots.sort_unstable();
        let runs = roots.chunk_by(|a, b| a == b);
        let longest = runs.rev().max_by_key(|run| run.len());
        longest
            .and_then(|run| run.first().copied())
            .unwrap_or(ABSENT)
    }
}

/// Counts the nodes under each root.
fn sizes(roots: &[u32], budget: &Budget) -> Result<Vec<(NodeIndex, u32)>, Stop> {
    let counts: Vec<AtomicU32> = (0..roots.len())
        .into_par_iter()
        .map(|_| AtomicU32::new(0))
        .collect();
    let add = |root: u32, count: u32| {
        if let Some(cell) = counts.get(root as usize) {
            cell.fetch_add(count, Ordering::Relaxed);
        }
    };
    roots.par_chunks(CHUNK).try_for_each(|chunk| {
        budget.check_deadline()?;
        // Threads would queue for the counter of a giant component, so it is counted apart, once a chunk.
        let mut usual = (ABSENT, 0);
        for &root in chunk {
            if root == usual.0 {
                usual.1 += 1;
            } else if usual.1 == 0 {
                usual = (root, 1);
            } else {
                add(root, 1);
                usual.1 -= 1;
                add(usual.0, 1);
            }
        }
        add(usual.0, usual.1);
        Ok(())
    })?;
    let chunks = (0..roots.len()).into_par_iter().with_min_len(CHUNK);
    let found = chunks.filter(|&node| at(roots, node) == node as u32);
    Ok(found
        .map(|node| {
            let count = counts.get(node).map_or(0, |it| it.load(Ordering::Relaxed));
            (NodeIndex(node as u32), count)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;
    use crate::graph::testing::{TestGraph, graphs, many_cases, with_threads};

    fn asked(graph: &TestGraph) -> Components {
        components(graph, &Budget::edges(0)).unwrap()
    }

    /// The smallest node that can be reached, by spreading the smaller name until nothing changes.
    fn reference(graph: &TestGraph) -> Vec<Option<NodeIndex>> {
        let names = graph
            .positions()
            .map(|node| graph.contains(node).then_some(node));
        let mut names: Vec<_> = names.collect();
        loop {
            let before = names.clone();
            for node in graph.nodes() {
                for next in graph.neighbours(node) {
                    names[node.index()] = names[node.index()].min(names[next.index()]);
                }
            }
            if names == before {
                return names;
            }
        }
    }

    /// Long chains and many small parts, on which threads meet: node `i` is joined with `i * step` and its successors.
    fn large(node_count: u32) -> TestGraph {
        let chains = (0..node_count).map(|node| (node, node.wrapping_mul(7_919) % node_count));
        let edges: Vec<(u32, u32)> = chains.filter(|(a, b)| a % 3 == b % 3).collect();
        TestGraph::plain(node_count as usize, &edges)
    }

    #[test]
    fn threads_make_no_difference() {
        let graph = large(60_000);
        let expected = with_threads(1, || asked(&graph));
        assert!(expected.sizes().len() > 100);
        for _ in 0..8 {
            assert_eq!(with_threads(4, || asked(&graph)), expected);
        }
    }

    #[test]
    fn a_deadline_that_passed_gives_no_answer() {
        let budget = Budget::edges(0).until(Instant::now());
        let answer = components(&TestGraph::plain(2, &[]), &budget);
        assert_eq!(answer, Err(Stop::Deadline));
    }

    #[test]
    fn a_graph_without_nodes_has_no_components() {
        assert_eq!(asked(&TestGraph::plain(0, &[])).sizes(), []);
    }

    proptest! {
        #![proptest_config(many_cases())]

        #[test]
        fn a_component_is_named_by_the_smallest_node_that_can_be_reached(graph in graphs()) {
            let found = asked(&graph);
            let expected = reference(&graph);
            for node in graph.positions() {
                let name = expected[node.index()];
                prop_assert_eq!(found.of(node), name);
                let size = name.map(|_| expected.iter().filter(|&&other| other == name).count());
                prop_assert_eq!(found.size_of(node), size.map(|size| size as u32));
            }
            let mut roots: Vec<_> = expected.iter().flatten().copied().collect();
            roots.sort();
            roots.dedup();
            let listed: Vec<_> = found.sizes().iter().map(|(root, _)| *root).collect();
            prop_assert_eq!(listed, roots);
        }

        #[test]
        fn a_hidden_part_is_a_missing_part(graph in graphs()) {
            let stripped = graph.stripped();
            let (found, expected) = (asked(&graph), asked(&stripped.graph));
            for node in stripped.graph.nodes() {
                let name = expected.of(node).map(|root| stripped.old_node(root));
                prop_assert_eq!(found.of(stripped.old_node(node)), name);
            }
            let in_old = |&(root, size): &(NodeIndex, u32)| (stripped.old_node(root), size);
            let sizes: Vec<_> = expected.sizes().iter().map(in_old).collect();
            prop_assert_eq!(found.sizes(), sizes);
        }
    }
}
