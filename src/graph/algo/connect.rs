//! The network that connects several nodes.

use std::collections::BTreeMap;

use super::path::{NodeMap, PathFilter};
use crate::graph::{Budget, NodeIndex, ReadGraph, Slot, Stop};

/// Nodes that one question may ask to connect at most.
pub const TERMINALS_MAX: usize = 16;

/// What is to be connected, and how.
#[derive(Debug, Clone, Copy)]
pub struct ConnectQuestion<'a> {
    /// The nodes to connect, in any order; of more than [`TERMINALS_MAX`] different ones the smallest are taken.
    pub terminals: &'a [NodeIndex],
    /// Edges between one terminal and the next, at most.
    pub hops_max: u32,
    /// Which edges may be used, and which nodes passed.
    pub filter: PathFilter,
}

/// One edge of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkEdge {
    /// The smaller of the two nodes.
    pub node: NodeIndex,
    /// The first slot of `node` that leads to the other.
    pub slot: Slot,
}

/// Nodes and edges that connect terminals: a tree for each group of them that can be connected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// The terminals and the nodes between them, ascending.
    pub nodes: Vec<NodeIndex>,
    /// One edge for each connection made, by (smaller node, larger node).
    pub edges: Vec<NetworkEdge>,
    /// The terminals that are connected with each other, each group ascending, groups by their smallest node.
    pub groups: Vec<Vec<NodeIndex>>,
    /// The terminals that are connected with no other, the missing and hidden ones among them, ascending.
    pub unreached: Vec<NodeIndex>,
}

/// Connects nodes by as few edges as can be told quickly, reading every edge both ways.
///
/// Two terminals are in one group if one leads to the other by way of terminals with at most
/// [`ConnectQuestion::hops_max`] edges between one and the next. A group of t terminals gets at most 2 (1 - 1/t) times
/// the edges of the smallest tree; for two terminals that is a shortest path.
///
/// Order: stated with each field; where two networks are equally small, the smaller nodes are taken.
///
/// # Errors
/// [`Stop`] when the budget does not suffice; a network in part is not told.
///
/// # Cost and source
/// One search from all terminals at once, each a step in turn, until they are connected: time O(s log s) for s visible
/// slots of the nodes within half of `hops_max` of a terminal. K. Mehlhorn, "A faster approximation algorithm for the
/// Steiner problem in graphs", Information Processing Letters 27, 1988. petgraph's `steiner_tree` needs O(n^3) on
/// the region, follows the order of a hash map, and panics if two terminals are not connected.
pub fn connect<G: ReadGraph>(
    graph: &G,
    question: &ConnectQuestion<'_>,
    budget: &mut Budget,
) -> Result<Network, Stop> {
    let mut asked = question.terminals.to_vec();
    asked.sort_unstable();
    asked.dedup();
    asked.truncate(TERMINALS_MAX);
    let terminals: Vec<NodeIndex> = asked
        .iter()
        .copied()
        .filter(|&node| graph.contains(node))
        .collect();
    let mut regions = Regions::new(graph, question, &terminals);
    while regions.grow(budget)? {}
    regions.network(&asked, budget)
}

/// Where a node stands in the region of the terminal that is nearest to it.
#[derive(Debug, Clone, Copy)]
struct Place {
    owner: NodeIndex,
    /// The node before it on the way from its owner; itself for a terminal.
    parent: NodeIndex,
    depth: u32,
}

/// A way from one region to another: the edges from terminal to terminal over it, and its ends, the smaller first.
/// Ordered by which is taken first.
type Crossing = (u32, NodeIndex, NodeIndex);

struct Regions<'a, G> {
    graph: &'a G,
    question: &'a ConnectQuestion<'a>,
    places: NodeMap<Place>,
    frontier: Vec<NodeIndex>,
    depth: u32,
    /// The best crossing for each two neighbouring regions, the smaller owner first.
    crossings: BTreeMap<(NodeIndex, NodeIndex), Crossing>,
    terminals: &'a [NodeIndex],
}

impl<'a, G: ReadGraph> Regions<'a, G> {
    fn new(graph: &'a G, question: &'a ConnectQuestion<'a>, terminals: &'a [NodeIndex]) -> Self {
        let at_home = |&terminal: &NodeIndex| {
            let place = Place {
                owner: terminal,
                parent: terminal,
                depth: 0,
            };
            (terminal, place)
        };
        Self {
            graph,
            question,
            places: terminals.iter().map(at_home).collect(),
            frontier: terminals.to_vec(),
            depth: 0,
            crossings: BTreeMap::new(),
            terminals,
        }
    }

    /// Takes every region one step on; tells whether another step could connect more.
    ///
    /// INVARIANT (regions are nearest): a node belongs to the nearest terminal, of equally near ones to the smallest,
    /// because the frontier is ordered by owner and node, and the first to come takes the node.
    fn grow(&mut self, budget: &mut Budget) -> Result<bool, Stop> {
        // A crossing found by nodes of this depth is at least this long.
        let shortest_new = 2 * self.depth + 1;
        if shortest_new > self.question.hops_max || self.frontier.is_empty() || self.is_connected()
        {
            return Ok(false);
        }
        let frontier = std::mem::take(&mut self.frontier);
        let mut seen = Vec::new();
        for &node in &frontier {
            let Some(&place) = self.places.get(&node) else {
                continue;
            };
            for slot in self.graph.slots(node) {
                budget.charge_edge()?;
                let next = slot.neighbour;
                if !self.question.filter.allows_edge(slot.label) {
                    continue;
                }
                if self.places.contains_key(&next) {
                    seen.push((node, next));
                    continue;
                }
                if !self.question.filter.allows_inner(self.graph, next) {
                    continue;
                }
                self.places.insert(
                    next,
                    Place {
                        parent: node,
                        depth: place.depth + 1,
                        ..place
                    },
                );
                self.frontier.push(next);
            }
        }
        for (node, next) in seen {
            self.note_crossing(node, next);
        }
        let owner = |node: &NodeIndex| self.places.get(node).map(|place| place.owner);
        let mut frontier = std::mem::take(&mut self.frontier);
        frontier.sort_unstable_by_key(|node| (owner(node), *node));
        self.frontier = frontier;
        self.depth += 1;
        Ok(true)
    }

    fn note_crossing(&mut self, node: NodeIndex, next: NodeIndex) {
        let (Some(here), Some(there)) = (self.places.get(&node), self.places.get(&next)) else {
            return;
        };
        let hops = here.depth + 1 + there.depth;
        if here.owner == there.owner || hops > self.question.hops_max {
            return;
        }
        let owners = (here.owner.min(there.owner), here.owner.max(there.owner));
        let crossing = (hops, node.min(next), node.max(next));
        let best = self.crossings.entry(owners).or_insert(crossing);
        *best = crossing.min(*best);
    }

    fn is_connected(&self) -> bool {
        self.spanning().len() + 1 >= self.terminals.len()
    }

    /// The shortest crossings that connect what can be connected: Kruskal's algorithm over the terminals.
    ///
    /// Complete after each step: a crossing not found yet is longer than every one found, so it would be taken last.
    fn spanning(&self) -> Vec<Crossing> {
        let mut ordered: Vec<_> = self
            .crossings
            .iter()
            .map(|(&owners, &crossing)| (crossing, owners))
            .collect();
        ordered.sort_unstable();
        let mut group: BTreeMap<NodeIndex, NodeIndex> =
            self.terminals.iter().map(|&node| (node, node)).collect();
        let mut taken = Vec::new();
        for (crossing, (one, other)) in ordered {
            let (Some(&kept), Some(&joined)) = (group.get(&one), group.get(&other)) else {
                continue;
            };
            if kept == joined {
                continue;
            }
            for name in group.values_mut().filter(|name| **name == joined) {
                *name = kept;
            }
            taken.push(crossing);
        }
        taken
    }

    fn network(&self, asked: &[NodeIndex], budget: &mut Budget) -> Result<Network, Stop> {
        let mut pairs = Vec::new();
        for (_, one, other) in self.spanning() {
            pairs.push((one, other));
            for end in [one, other] {
                self.push_way_home(end, &mut pairs);
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut edges = Vec::with_capacity(pairs.len());
        for &(node, other) in &pairs {
            edges.extend(self.first_slot(node, other, budget)?);
        }
        let mut nodes: Vec<NodeIndex> = pairs.iter().flat_map(|&(a, b)| [a, b]).collect();
        nodes.extend_from_slice(self.terminals);
        nodes.sort_unstable();
        nodes.dedup();
        let mut groups = self.groups(&pairs);
        let alone = groups.extract_if(.., |group| group.len() < 2).flatten();
        let mut unreached: Vec<NodeIndex> = alone.collect();
        unreached.extend(asked.iter().filter(|node| !self.terminals.contains(node)));
        unreached.sort_unstable();
        Ok(Network {
            nodes,
            edges,
            groups,
            unreached,
        })
    }

    /// Adds the steps from a node to the terminal that it belongs to, the smaller node of each first.
    fn push_way_home(&self, from: NodeIndex, pairs: &mut Vec<(NodeIndex, NodeIndex)>) {
        let mut node = from;
        while let Some(place) = self.places.get(&node)
            && place.parent != node
        {
            pairs.push((node.min(place.parent), node.max(place.parent)));
            node = place.parent;
        }
    }

    fn first_slot(
        &self,
        node: NodeIndex,
        other: NodeIndex,
        budget: &mut Budget,
    ) -> Result<Option<NetworkEdge>, Stop> {
        for slot in self.graph.slots(node) {
            budget.charge_edge()?;
            if slot.neighbour == other && self.question.filter.allows_edge(slot.label) {
                return Ok(Some(NetworkEdge { node, slot }));
            }
        }
        debug_assert!(false, "a step that was made has an edge");
        Ok(None)
    }

    /// The terminals by tree; a terminal of no edge is alone.
    fn groups(&self, pairs: &[(NodeIndex, NodeIndex)]) -> Vec<Vec<NodeIndex>> {
        let mut owners: BTreeMap<NodeIndex, NodeIndex> =
            self.terminals.iter().map(|&node| (node, node)).collect();
        for (one, other) in pairs {
            let (Some(one), Some(other)) = (self.places.get(one), self.places.get(other)) else {
                continue;
            };
            let names = (owners.get(&one.owner), owners.get(&other.owner));
            let (Some(&one), Some(&other)) = names else {
                continue;
            };
            let (kept, joined) = (one.min(other), one.max(other));
            for name in owners.values_mut().filter(|name| **name == joined) {
                *name = kept;
            }
        }
        let mut groups: BTreeMap<NodeIndex, Vec<NodeIndex>> = BTreeMap::new();
        for (terminal, name) in owners {
            groups.entry(name).or_default().push(terminal);
        }
        groups.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::path::{PathQuestion, shortest_path};
    use super::*;
    use crate::graph::testing::{TestGraph, graphs, many_cases};

    fn asked(graph: &TestGraph, terminals: &[NodeIndex], hops_max: u32) -> (Network, u64) {
        let mut budget = Budget::edges(u64::MAX);
        let question = ConnectQuestion {
            terminals,
            hops_max,
            filter: PathFilter::ANY,
        };
        let network = connect(graph, &question, &mut budget).unwrap();
        (network, budget.edges_examined())
    }

    fn distance(graph: &TestGraph, from: NodeIndex, to: NodeIndex) -> Option<usize> {
        let question = PathQuestion {
            from,
            to,
            hops_max: 99,
            filter: PathFilter::ANY,
        };
        let path = shortest_path(graph, &question, &mut Budget::edges(u64::MAX));
        Some(path.unwrap()?.steps.len())
    }

    /// Merges sets that share a node.
    fn merged(pairs: impl Iterator<Item = (NodeIndex, NodeIndex)>) -> Vec<Vec<NodeIndex>> {
        let mut groups: Vec<Vec<NodeIndex>> = Vec::new();
        for (one, other) in pairs {
            let touches =
                |group: &mut Vec<NodeIndex>| group.contains(&one) || group.contains(&other);
            let mut group: Vec<NodeIndex> = groups.extract_if(.., touches).flatten().collect();
            group.extend([one, other]);
            group.sort();
            group.dedup();
            groups.push(group);
        }
        groups.sort();
        groups
    }

    fn reference_groups(
        graph: &TestGraph,
        terminals: &[NodeIndex],
        hops_max: u32,
    ) -> Vec<Vec<NodeIndex>> {
        let near = |a, b| distance(graph, a, b).is_some_and(|hops| hops <= hops_max as usize);
        let pairs = terminals
            .iter()
            .flat_map(|&a| terminals.iter().map(move |&b| (a, b)));
        merged(pairs.filter(|&(a, b)| a < b && near(a, b)))
    }

    /// Edges of the smallest tree over the terminals: tries every set of nodes in which they are connected.
    fn smallest_tree(graph: &TestGraph, terminals: &[NodeIndex]) -> usize {
        let nodes: Vec<NodeIndex> = graph.nodes().collect();
        let mut best = usize::MAX;
        for bits in 0_u32..1 << nodes.len() {
            let taken: Vec<NodeIndex> = (0..nodes.len())
                .filter(|place| bits >> place & 1 == 1)
                .map(|place| nodes[place])
                .collect();
            let steps = taken
                .iter()
                .flat_map(|&a| graph.neighbours(a).map(move |b| (a, b)));
            let groups = merged(steps.filter(|(a, b)| a != b && taken.contains(b)));
            if groups
                .iter()
                .any(|group| terminals.iter().all(|node| group.contains(node)))
            {
                best = best.min(taken.len() - 1);
            }
        }
        best
    }

    fn chosen(graph: &TestGraph, bits: u16) -> Vec<NodeIndex> {
        graph
            .positions()
            .filter(|node| bits >> node.index() & 1 == 1)
            .collect()
    }

    #[test]
    fn three_nodes_meet_in_the_middle() {
        let graph = TestGraph::plain(7, &[(0, 3), (1, 3), (3, 2), (0, 4), (4, 5), (5, 1)]);
        let terminals = [NodeIndex(2), NodeIndex(0), NodeIndex(1), NodeIndex(6)];
        let (network, _) = asked(&graph, &terminals, 4);
        assert_eq!(network.nodes, [0, 1, 2, 3, 6].map(NodeIndex));
        assert_eq!(network.groups, [[0, 1, 2].map(NodeIndex)]);
        assert_eq!(network.unreached, [NodeIndex(6)]);
        assert_eq!(network.edges.len(), 3);
    }

    proptest! {
        #![proptest_config(many_cases())]

        #[test]
        fn it_connects_what_is_near_enough_by_trees(
            graph in graphs(),
            bits in any::<u16>(),
            hops_max in 0_u32..6,
        ) {
            let terminals = chosen(&graph, bits);
            let (network, _) = asked(&graph, &terminals, hops_max);
            prop_assert_eq!(&network.groups, &reference_groups(&graph, &terminals, hops_max));
            let grouped = network.groups.iter().flatten();
            let mut all: Vec<_> = grouped.chain(&network.unreached).copied().collect();
            all.sort();
            prop_assert_eq!(all, terminals.clone());
            // As many trees as groups: edges that are there, no ring, terminals at every end.
            let trees = merged(network.edges.iter().map(|edge| (edge.node, edge.slot.neighbour)));
            prop_assert_eq!(trees.len(), network.groups.len());
            let terminals_of = |tree: &Vec<NodeIndex>| -> Vec<NodeIndex> {
                tree.iter().filter(|node| terminals.contains(node)).copied().collect()
            };
            let mut members: Vec<_> = trees.iter().map(terminals_of).collect();
            members.sort();
            prop_assert_eq!(&members, &network.groups);
            let in_trees: usize = trees.iter().map(Vec::len).sum();
            prop_assert_eq!(network.edges.len() + trees.len(), in_trees);
            for edge in &network.edges {
                let first = graph.slots(edge.node).find(|slot| slot.neighbour == edge.slot.neighbour);
                prop_assert_eq!(first, Some(edge.slot));
            }
            for node in &network.nodes {
                let ends = network.edges.iter().filter(|edge| edge.node == *node || edge.slot.neighbour == *node);
                prop_assert!(ends.count() > 1 || terminals.contains(node));
            }
        }

        #[test]
        fn a_hidden_part_is_a_missing_part(graph in graphs(), bits in any::<u16>(), hops_max in 0_u32..6) {
            let stripped = graph.stripped();
            let terminals: Vec<_> = chosen(&graph, bits).into_iter().filter(|&it| graph.contains(it)).collect();
            let there: Vec<_> = terminals.iter().map(|&it| stripped.new_node(it).unwrap()).collect();
            let (expected, work) = asked(&stripped.graph, &there, hops_max);
            let old = |nodes: Vec<NodeIndex>| nodes.into_iter().map(|it| stripped.old_node(it)).collect::<Vec<_>>();
            let expected = Network {
                nodes: old(expected.nodes),
                edges: expected.edges.iter().map(|edge| NetworkEdge {
                    node: stripped.old_node(edge.node),
                    slot: stripped.old_slot(edge.slot),
                }).collect(),
                groups: expected.groups.into_iter().map(old).collect(),
                unreached: old(expected.unreached),
            };
            prop_assert_eq!(asked(&graph, &terminals, hops_max), (expected, work));
        }
    }

    proptest! {
        #[test]
        fn it_is_at_most_twice_as_large_as_need_be(graph in graphs(), bits in any::<u16>()) {
            let terminals = chosen(&graph, bits & bits.rotate_left(5));
            let (network, _) = asked(&graph, &terminals, 99);
            for group in &network.groups {
                let (network, _) = asked(&graph, group, 99);
                let (found, best) = (network.edges.len(), smallest_tree(&graph, group));
                prop_assert!(found * group.len() <= 2 * (group.len() - 1) * best);
            }
        }
    }
}
