//! Which nodes hang together: the weakly connected components of a whole graph, in parallel.

mod reach;

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use crate::graph::{Budget, NodeIndex, ReadGraph, Stop};
use reach::reach;

/// Nodes of one piece of work: some hundred pieces on two million nodes, and a look at the deadline each.
const CHUNK: usize = 8_192;
/// Neighbours of each node that may become its first parent. The smallest of two gives flat trees, for little reading.
const FIRST_PARENTS: usize = 2;
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
/// Time about O(n + m), space some 4 bytes for each position below the bound. Most of a giant component is found by
/// [`reach`], and only the other nodes are joined, as in Afforest: M. Sutton, T. Ben-Nun, A. Barak, "Optimizing
/// parallel graph connectivity computation via subgraph sampling", IPDPS 2018. Joining is lock-free, with first parents
/// and halving of paths after J. Jaiganesh, M. Burtscher, "A high-performance connected components implementation for
/// GPUs", HPDC 2018: the larger root is hung under the smaller, so a root is always the smallest node of its tree.
pub fn components<G: ReadGraph>(graph: &G, budget: &Budget) -> Result<Components, Stop> {
    let node_bound = graph.node_bound();
    let reached = reach(graph, budget)?;
    let giant = reached.first().unwrap_or(ABSENT);
    // A node that is not in the graph has no neighbours and is its own parent until it is removed.
    let first_parent = |node: u32| {
        if reached.contains(node) {
            return giant;
        }
        let neighbours = graph.neighbours(NodeIndex(node)).take(FIRST_PARENTS);
        neighbours.fold(node, |least, next| least.min(next.0))
    };
    let parents: Vec<AtomicU32> = (0..node_bound as u32)
        .into_par_iter()
        .with_min_len(CHUNK)
        .map(|node| AtomicU32::new(first_parent(node)))
        .collect();
    let forest = Forest(&parents);
    for_each_chunk(node_bound, budget, |node| {
        // An edge between two reached nodes joins nothing, and one from them to others is met from its other end.
        if !reached.contains(node) {
            for next in graph.neighbours(NodeIndex(node)) {
                forest.join(node, next.0);
            }
        }
    })?;
    for_each_chunk(node_bound, budget, |node| {
        forest.flatten(node);
        if !graph.contains(NodeIndex(node)) {
            forest.remove(node);
        }
    })?;
    let roots: Vec<u32> = parents.into_iter().map(AtomicU32::into_inner).collect();
    budget.check_deadline()?;
    let sizes = sizes(&roots, giant);
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
/// Relaxed order suffices: each cell stands for itself, a stale parent is still an ancestor, and rayon synchronizes
/// between two passes.
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
            one = self.halve(high);
            other = self.halve(low);
        }
    }

    /// Returns the grandparent of a node, and hangs the node under it. What another thread did in between may be undone;
    /// an ancestor stays an ancestor.
    fn halve(&self, node: u32) -> u32 {
        let parent = self.parent(node);
        let above = self.parent(parent);
        if above != parent
            && let Some(cell) = self.0.get(node as usize)
        {
            cell.store(above, Ordering::Relaxed);
        }
        above
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
}

/// Counts the nodes under each root. The nodes of the giant component are counted, those of others sorted first: they
/// are few, or nearly in order.
fn sizes(roots: &[u32], in_giant: u32) -> Vec<(NodeIndex, u32)> {
    let giant = roots.get(in_giant as usize).copied().unwrap_or(ABSENT);
    let all = || roots.par_iter().with_min_len(CHUNK).copied();
    let giant_size = all().filter(|&root| root == giant).count() as u32;
    let mut others: Vec<u32> = all()
        .filter(|&root| root != giant && root != ABSENT)
        .collect();
    others.par_sort_unstable();
    let runs = others.chunk_by(|one, other| one == other);
    let mut sizes: Vec<(NodeIndex, u32)> = runs
        .filter_map(|run| Some((NodeIndex(*run.first()?), run.len() as u32)))
        .collect();
    if giant != ABSENT {
        let place = sizes.partition_point(|(root, _)| root.0 < giant);
        sizes.insert(place, (NodeIndex(giant), giant_size));
    }
    sizes
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

    /// One giant component whose smallest node is not among those searched from, its chain, and many small ones.
    fn giant(node_count: u32) -> TestGraph {
        let half = node_count / 2;
        let spokes = (2..half).map(|node| (node, 2 + node.wrapping_mul(node) % (half - 2)));
        let chain = (2..half / 4).map(|node| (node, node + 1));
        let pairs = (half..node_count - 1)
            .step_by(3)
            .map(|node| (node, node + 1));
        let ends = [(0, half - 1), (1, node_count - 1)];
        let edges: Vec<(u32, u32)> = spokes.chain(chain).chain(pairs).chain(ends).collect();
        TestGraph::plain(node_count as usize, &edges)
    }

    #[test]
    fn a_giant_component_is_named_by_its_smallest_node() {
        let graph = giant(40_000);
        let expected = with_threads(1, || asked(&graph));
        for node in graph.positions() {
            for next in graph.neighbours(node) {
                assert_eq!(expected.of(node), expected.of(next));
            }
        }
        assert_eq!(expected.of(NodeIndex(19_999)), Some(NodeIndex(0)));
        assert!(expected.size_of(NodeIndex(0)).unwrap() > 5_000);
        let total: u32 = expected.sizes().iter().map(|(_, size)| size).sum();
        assert_eq!(total, 40_000);
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
