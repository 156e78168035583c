//! The shortest path between two nodes, and what all path searches share.

use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};

use crate::graph::{Budget, NodeIndex, ReadGraph, Slot, Stop};
use crate::model::{EdgeLabelId, NodeLabelId};

/// A map by node for searches that touch few of many nodes. Never iterated: its order is not ours.
pub(super) type NodeMap<T> = HashMap<NodeIndex, T, foldhash::fast::FixedState>;
pub(super) type NodeSet = HashSet<NodeIndex, foldhash::fast::FixedState>;

/// Which edges a path may use and which nodes it may pass; all, unless narrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PathFilter {
    edge_labels: Option<LabelBits>,
    inner_labels: Option<LabelBits>,
}

/// One bit for each of the 256 labels there can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct LabelBits([u64; 4]);

impl LabelBits {
    fn of(labels: impl Iterator<Item = usize>) -> Self {
        let mut bits = Self::default();
        for label in labels {
            if let Some(word) = bits.0.get_mut(label / 64) {
                *word |= 1 << (label % 64);
            }
        }
        bits
    }

    fn contains(self, label: usize) -> bool {
        let word = self.0.get(label / 64).copied().unwrap_or(0);
        word >> (label % 64) & 1 == 1
    }
}

impl PathFilter {
    /// Any edge, any node.
    pub const ANY: Self = Self {
        edge_labels: None,
        inner_labels: None,
    };

    /// Uses edges of these labels only.
    pub fn along(mut self, labels: impl IntoIterator<Item = EdgeLabelId>) -> Self {
        let labels = labels.into_iter().map(EdgeLabelId::index);
        self.edge_labels = Some(LabelBits::of(labels));
        self
    }

    /// Passes nodes of these labels only. The two ends were named by the asker and may have any.
    pub fn through(mut self, labels: impl IntoIterator<Item = NodeLabelId>) -> Self {
        let labels = labels.into_iter().map(NodeLabelId::index);
        self.inner_labels = Some(LabelBits::of(labels));
        self
    }

    pub(super) fn allows_edge(&self, label: EdgeLabelId) -> bool {
        self.edge_labels
            .is_none_or(|bits| bits.contains(label.index()))
    }

    pub(super) fn allows_inner<G: ReadGraph>(&self, graph: &G, node: NodeIndex) -> bool {
        self.inner_labels
            .is_none_or(|bits| bits.contains(graph.label(node).index()))
    }
}

/// What a path is asked between.
#[derive(Debug, Clone, Copy)]
pub struct PathQuestion {
    /// First node.
    pub from: NodeIndex,
    /// Last node.
    pub to: NodeIndex,
    /// Edges that the path may have at most; 0 lets only a node reach itself.
    pub hops_max: u32,
    /// What the path may consist of.
    pub filter: PathFilter,
}

/// A path: its nodes, and between each two the edge that it takes. One node more than steps; no node twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The nodes from first to last.
    pub nodes: Vec<NodeIndex>,
    /// `steps[i]` is the slot of `nodes[i]` that leads to `nodes[i + 1]`.
    pub steps: Vec<Slot>,
}

/// Finds a shortest path, reading every edge both ways.
///
/// `None` if there is none within [`PathQuestion::hops_max`], or if an end is missing or hidden.
///
/// Order: of all shortest paths, the one whose sequence of nodes is smallest, compared from the first node on; of
/// parallel edges that the filter allows, the first slot of the node that the step leaves.
///
/// # Errors
/// [`Stop`] when the budget does not suffice; a path found in part is not told.
///
/// # Cost and source
/// Time O(s log s) for s visible slots of the nodes within half the distance of either end, space O(nodes seen).
/// Bidirectional search, the smaller side first: I. Pohl, "Bi-directional search", Machine Intelligence 6, 1971.
pub fn shortest_path<G: ReadGraph>(
    graph: &G,
    question: &PathQuestion,
    budget: &mut Budget,
) -> Result<Option<Path>, Stop> {
    let search = Search {
        graph,
        question,
        banned_nodes: &NodeSet::default(),
        banned_first: &[],
    };
    match search.nodes(budget)? {
        Some(nodes) => with_steps(graph, &question.filter, nodes, budget).map(Some),
        None => Ok(None),
    }
}

/// Chooses the edge of each step: the first slot that the filter allows.
pub(super) fn with_steps<G: ReadGraph>(
    graph: &G,
    filter: &PathFilter,
    nodes: Vec<NodeIndex>,
    budget: &mut Budget,
) -> Result<Path, Stop> {
    let mut steps = Vec::with_capacity(nodes.len().saturating_sub(1));
    for (&node, &next) in nodes.iter().zip(nodes.iter().skip(1)) {
        for slot in graph.slots(node) {
            budget.charge_edge()?;
            if slot.neighbour == next && filter.allows_edge(slot.label) {
                steps.push(slot);
                break;
            }
        }
    }
    debug_assert_eq!(steps.len() + 1, nodes.len(), "each step has an edge");
    Ok(Path { nodes, steps })
}

/// A search for one shortest sequence of nodes. [`super::k_shortest_paths`] bans what it has already found.
pub(super) struct Search<'a, G> {
    pub graph: &'a G,
    pub question: &'a PathQuestion,
    /// Nodes that the path may not pass.
    pub banned_nodes: &'a NodeSet,
    /// Nodes that may not be second, whichever way the step to them is read.
    pub banned_first: &'a [NodeIndex],
}

/// The half of the search that starts at the first node. Its frontier is ordered by the smallest sequence of nodes that
/// leads to each of its nodes, so the first of two that do equally well is the better one.
struct Forward {
    depth: u32,
    frontier: Vec<NodeIndex>,
    parents: NodeMap<NodeIndex>,
}

/// The half that starts at the last node, and only needs distances.
struct Backward {
    depth: u32,
    frontier: Vec<NodeIndex>,
    depths: NodeMap<u32>,
}

/// A map with room for what most searches see, so that it does not grow by doubling while they run.
fn starting_at<T>(node: NodeIndex, value: T) -> NodeMap<T> {
    let mut map = NodeMap::with_capacity_and_hasher(1_000, Default::default());
    map.insert(node, value);
    map
}

impl<G: ReadGraph> Search<'_, G> {
    /// Returns the smallest of the shortest sequences of nodes.
    pub fn nodes(&self, budget: &mut Budget) -> Result<Option<Vec<NodeIndex>>, Stop> {
        let &PathQuestion { from, to, .. } = self.question;
        if !self.graph.contains(from) || !self.graph.contains(to) {
            return Ok(None);
        }
        if from == to {
            return Ok(Some(vec![from]));
        }
        let mut forward = Forward {
            depth: 0,
            frontier: vec![from],
            parents: starting_at(from, from),
        };
        let mut backward = Backward {
            depth: 0,
            frontier: vec![to],
            depths: starting_at(to, 0),
        };
        // INVARIANT (levels are whole): before each turn the two halves hold every node within their depth and share
        // none, so the distance is above the sum of the depths; a node that both reach in this turn is on a shortest path.
        while forward.depth + backward.depth < self.question.hops_max
            && !forward.frontier.is_empty()
            && !backward.frontier.is_empty()
        {
            let meeting = if forward.frontier.len() <= backward.frontier.len() {
                self.grow_forward(&mut forward, &backward, budget)?
            } else {
                self.grow_backward(&forward, &mut backward, budget)?
            };
            if let Some(meeting) = meeting {
                return self.join(meeting, &forward, &backward, budget).map(Some);
            }
        }
        Ok(None)
    }

    /// Takes the forward half one level on; returns the best node at which the halves meet.
    fn grow_forward(
        &self,
        forward: &mut Forward,
        backward: &Backward,
        budget: &mut Budget,
    ) -> Result<Option<NodeIndex>, Stop> {
        let frontier = std::mem::take(&mut forward.frontier);
        forward.depth += 1;
        let mut fresh = Vec::new();
        for node in frontier {
            fresh.clear();
            self.for_each_step(node, budget, |next| {
                if !forward.parents.contains_key(&next) && self.allows(node, next) {
                    fresh.push(next);
                }
            })?;
            fresh.sort_unstable();
            fresh.dedup();
            for &next in &fresh {
                forward.parents.insert(next, node);
                if backward.depths.contains_key(&next) {
                    return Ok(Some(next));
                }
                forward.frontier.push(next);
            }
        }
        Ok(None)
    }

    /// Takes the backward half one level on; returns the best node at which the halves meet.
    fn grow_backward(
        &self,
        forward: &Forward,
        backward: &mut Backward,
        budget: &mut Budget,
    ) -> Result<Option<NodeIndex>, Stop> {
        let frontier = std::mem::take(&mut backward.frontier);
        backward.depth += 1;
        for node in frontier {
            self.for_each_step(node, budget, |next| {
                if let Entry::Vacant(entry) = backward.depths.entry(next)
                    && self.allows(next, node)
                {
                    entry.insert(backward.depth);
                    backward.frontier.push(next);
                }
            })?;
        }
        let met = |node: &&NodeIndex| backward.depths.contains_key(*node);
        Ok(forward.frontier.iter().find(met).copied())
    }

    /// Goes back from the meeting to the first node, and on to the last by the smallest node that comes nearer.
    fn join(
        &self,
        meeting: NodeIndex,
        forward: &Forward,
        backward: &Backward,
        budget: &mut Budget,
    ) -> Result<Vec<NodeIndex>, Stop> {
        let mut nodes = vec![meeting];
        let mut node = meeting;
        while let Some(&parent) = forward.parents.get(&node)
            && parent != node
        {
            nodes.push(parent);
            node = parent;
        }
        nodes.reverse();
        node = meeting;
        while let Some(&depth) = backward.depths.get(&node)
            && depth > 0
        {
            let mut best: Option<NodeIndex> = None;
            self.for_each_step(node, budget, |next| {
                let nearer = backward.depths.get(&next) == Some(&(depth - 1));
                if nearer && best.is_none_or(|best| next < best) && self.allows(node, next) {
                    best = Some(next);
                }
            })?;
            debug_assert!(best.is_some(), "a node that was reached has a way back");
            let Some(next) = best else { break };
            nodes.push(next);
            node = next;
        }
        Ok(nodes)
    }

    /// Whether nothing is filtered or banned, as for most questions.
    #[inline]
    fn passes_everything(&self) -> bool {
        self.question.filter.inner_labels.is_none()
            && self.banned_nodes.is_empty()
            && self.banned_first.is_empty()
    }

    /// Whether a path may go from `node` on to `next`.
    #[inline]
    fn allows(&self, node: NodeIndex, next: NodeIndex) -> bool {
        if self.passes_everything() {
            return true;
        }
        let PathQuestion {
            from, to, filter, ..
        } = self.question;
        if node == *from && self.banned_first.contains(&next) {
            return false;
        }
        let passes = |inner: NodeIndex| {
            inner == *from
                || inner == *to
                || (!self.banned_nodes.contains(&inner) && filter.allows_inner(self.graph, inner))
        };
        passes(node) && passes(next)
    }

    /// Visits the node at the other end of each slot that the filter allows; every visible slot is charged.
    fn for_each_step(
        &self,
        node: NodeIndex,
        budget: &mut Budget,
        mut visit: impl FnMut(NodeIndex),
    ) -> Result<(), Stop> {
        let filter = &self.question.filter;
        if filter.edge_labels.is_none() {
            let mut examined = 0;
            self.graph.neighbours(node).for_each(|next| {
                examined += 1;
                visit(next);
            });
            return budget.charge(examined);
        }
        for slot in self.graph.slots(node) {
            budget.charge_edge()?;
            if filter.allows_edge(slot.label) {
                visit(slot.neighbour);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::graph::testing::{TestGraph, graphs, many_cases};

    pub fn node(index: u32) -> NodeIndex {
        NodeIndex(index)
    }

    /// Every loopless path of at most `hops_max` edges by its nodes, shortest and smallest first.
    pub fn all_paths(graph: &TestGraph, question: &PathQuestion) -> Vec<Vec<NodeIndex>> {
        let &PathQuestion {
            from, to, filter, ..
        } = question;
        let mut found = Vec::new();
        let mut open = Vec::new();
        if graph.contains(from) && graph.contains(to) {
            open.push(vec![from]);
        }
        while let Some(path) = open.pop() {
            let last = *path.last().unwrap();
            if last == to {
                found.push(path);
                continue;
            }
            if path.len() as u32 > question.hops_max {
                continue;
            }
            let mut nexts: Vec<_> = graph
                .slots(last)
                .filter(|slot| filter.allows_edge(slot.label))
                .map(|slot| slot.neighbour)
                .collect();
            nexts.sort();
            nexts.dedup();
            for next in nexts {
                let passes = next == to || filter.allows_inner(graph, next);
                if passes && !path.contains(&next) {
                    open.push([path.clone(), vec![next]].concat());
                }
            }
        }
        found.sort_by_key(|path| (path.len(), path.clone()));
        found
    }

    /// The first slot that makes each step.
    pub fn first_slots(graph: &TestGraph, filter: &PathFilter, nodes: &[NodeIndex]) -> Vec<Slot> {
        let first = |pair: &[NodeIndex]| {
            let mut slots = graph.slots(pair[0]);
            slots.find(|slot| slot.neighbour == pair[1] && filter.allows_edge(slot.label))
        };
        nodes.windows(2).map(|pair| first(pair).unwrap()).collect()
    }

    /// Graphs with a question whose ends are positions in them, hidden ones too.
    pub fn worlds() -> impl Strategy<Value = (TestGraph, PathQuestion)> {
        (graphs(), questions()).prop_map(|(graph, mut question)| {
            let node_count = graph.positions().count() as u32;
            question.from.0 %= node_count;
            question.to.0 %= node_count;
            (graph, question)
        })
    }

    fn questions() -> impl Strategy<Value = PathQuestion> {
        let edge_labels = prop::option::weighted(0.3, prop::collection::vec(0_u8..3, 1..3));
        let inner_labels = prop::option::weighted(0.3, prop::collection::vec(0_u8..3, 1..3));
        let parts = (0_u32..9, 0_u32..9, 0_u32..8, edge_labels, inner_labels);
        parts.prop_map(|(from, to, hops_max, edge_labels, inner_labels)| {
            let mut filter = PathFilter::ANY;
            if let Some(labels) = edge_labels {
                filter = filter.along(labels.into_iter().map(EdgeLabelId));
            }
            if let Some(labels) = inner_labels {
                filter = filter.through(labels.into_iter().map(NodeLabelId));
            }
            PathQuestion {
                from: node(from),
                to: node(to),
                hops_max,
                filter,
            }
        })
    }

    fn asked(graph: &TestGraph, question: &PathQuestion) -> (Option<Path>, u64) {
        let mut budget = Budget::edges(u64::MAX);
        let path = shortest_path(graph, question, &mut budget).unwrap();
        (path, budget.edges_examined())
    }

    fn any_path(from: u32, to: u32) -> PathQuestion {
        PathQuestion {
            from: node(from),
            to: node(to),
            hops_max: 9,
            filter: PathFilter::ANY,
        }
    }

    #[test]
    fn a_node_reaches_itself_without_a_step() {
        let graph = TestGraph::plain(2, &[(0, 0), (0, 1)]);
        let (path, examined) = asked(&graph, &any_path(0, 0));
        assert_eq!(path.unwrap().nodes, [node(0)]);
        assert_eq!(examined, 0);
    }

    #[test]
    fn a_used_up_budget_is_an_error_and_no_missing_path() {
        let graph = TestGraph::plain(4, &[(0, 1), (1, 2), (2, 3)]);
        let mut budget = Budget::edges(3);
        let answer = shortest_path(&graph, &any_path(0, 3), &mut budget);
        assert_eq!(answer, Err(Stop::Edges(3)));
    }

    proptest! {
        #![proptest_config(many_cases())]

        #[test]
        fn it_is_the_first_of_all_paths((graph, question) in worlds()) {
            let expected = all_paths(&graph, &question).into_iter().next();
            let (path, _) = asked(&graph, &question);
            prop_assert_eq!(path.as_ref().map(|path| path.nodes.clone()), expected);
            if let Some(path) = path {
                prop_assert_eq!(path.steps, first_slots(&graph, &question.filter, &path.nodes));
            }
        }

        #[test]
        fn a_hidden_part_is_a_missing_part((graph, question) in worlds()) {
            let stripped = graph.stripped();
            let (path, examined) = asked(&graph, &question);
            let ends = (stripped.new_node(question.from), stripped.new_node(question.to));
            let (Some(from), Some(to)) = ends else {
                prop_assert_eq!((path, examined), (None, 0));
                return Ok(());
            };
            let (expected, work) = asked(&stripped.graph, &PathQuestion { from, to, ..question });
            let expected = expected.map(|path| Path {
                nodes: path.nodes.iter().map(|&node| stripped.old_node(node)).collect(),
                steps: path.steps.iter().map(|&slot| stripped.old_slot(slot)).collect(),
            });
            prop_assert_eq!((path, examined), (expected, work));
        }
    }
}
