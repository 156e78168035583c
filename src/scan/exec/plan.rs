//! In which order the parts of a pattern are matched.
//!
//! Planned once per run, from counts of visible nodes alone: from a name that is bound already, else from the label with
//! the fewest nodes, and from there edge by edge. Each condition is tested at the first step after which it can be.

use std::collections::BTreeSet;

use super::graph::Graph;
use crate::scan::lang::ir::{Expr, Match, Program, Slot};
use crate::scan::lang::{Arrow, Compare, Function};

/// One step of a match.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Every node of a label in turn.
    Scan { part: usize, node: usize },
    /// The node with an identifier.
    Find { part: usize, node: usize, id: Expr },
    /// A node that is bound already.
    Bound { part: usize, node: usize },
    /// Along an edge to the node at its other end.
    Expand {
        part: usize,
        edge: usize,
        /// From the right end to the left.
        backward: bool,
        /// Slots of edges that it must differ from.
        unlike: Vec<Slot>,
        /// Whether edge and node are bound already.
        edge_bound: bool,
        node_bound: bool,
    },
    /// An edge that is bound: its ends follow.
    Ends {
        part: usize,
        edge: usize,
        unlike: Vec<Slot>,
    },
    /// A condition.
    Filter(usize),
    /// The path of a part.
    Path { part: usize },
}

/// A program with its names looked up in one graph.
pub(crate) struct Linked<'p, K> {
    pub program: &'p Program,
    pub node_labels: Vec<Option<u32>>,
    pub edge_labels: Vec<Option<u32>>,
    pub keys: Vec<K>,
    /// By [`Match::id`].
    pub plans: Vec<Vec<Step>>,
}

/// Looks names up and plans every match. `anchored`: a slot whose nodes are given, few.
pub(crate) fn link<'p, G: Graph>(
    program: &'p Program,
    graph: &G,
    anchored: Option<Slot>,
) -> Linked<'p, G::Key> {
    let mut linked = Linked {
        program,
        node_labels: program
            .node_labels
            .iter()
            .map(|name| graph.node_label(name))
            .collect(),
        edge_labels: program
            .edge_labels
            .iter()
            .map(|name| graph.edge_label(name))
            .collect(),
        keys: program.keys.iter().map(|name| graph.key(name)).collect(),
        plans: vec![Vec::new(); program.matches],
    };
    let mut counts = Vec::new();
    for label in &linked.node_labels {
        counts.push(label.map_or(0, |label| graph.node_count(Some(label))));
    }
    let all = graph.node_count(None);
    let mut plans = Vec::new();
    program.body.matches(&mut |found| {
        let planner = Planner {
            found,
            counts: &counts,
            all,
            anchored,
        };
        plans.push((found.id, planner.plan()));
    });
    for (id, plan) in plans {
        if let Some(place) = linked.plans.get_mut(id) {
            *place = plan;
        }
    }
    linked
}

struct Planner<'a> {
    found: &'a Match,
    counts: &'a [u64],
    all: u64,
    anchored: Option<Slot>,
}

impl Planner<'_> {
    fn plan(&self) -> Vec<Step> {
        let mut bound: BTreeSet<Slot> = self.found.bound.iter().copied().collect();
        let mut steps = Vec::new();
        let mut waiting: Vec<(usize, BTreeSet<Slot>)> = Vec::new();
        let fresh: BTreeSet<Slot> = self.found.fresh.iter().copied().collect();
        for (position, filter) in self.found.filter.iter().enumerate() {
            let mut needs = BTreeSet::new();
            filter.walk(&mut |expr| {
                if let Expr::Slot(slot) = expr
                    && fresh.contains(slot)
                {
                    needs.insert(*slot);
                }
            });
            waiting.push((position, self.own(needs)));
        }
        self.test(&mut waiting, &bound, &mut steps);
        let mut done: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.found.parts.len()];
        let mut left: BTreeSet<usize> = (0..self.found.parts.len()).collect();
        let mut walked: Vec<Slot> = Vec::new();
        while let Some((part, node)) = self.next_start(&left, &bound) {
            left.remove(&part);
            self.part(
                part,
                node,
                &mut bound,
                &mut done,
                &mut walked,
                &mut waiting,
                &mut steps,
            );
        }
        steps
    }

    /// Of the slots that a filter needs, those that the pattern binds: not those of its own comprehensions and subqueries.
    fn own(&self, needs: BTreeSet<Slot>) -> BTreeSet<Slot> {
        let mut mine = BTreeSet::new();
        for part in &self.found.parts {
            mine.extend(part.path);
            mine.extend(part.nodes.iter().map(|node| node.slot));
            mine.extend(part.edges.iter().map(|edge| edge.slot));
        }
        needs.intersection(&mine).copied().collect()
    }

    /// The part to match next, and the node to start it at.
    fn next_start(&self, left: &BTreeSet<usize>, bound: &BTreeSet<Slot>) -> Option<(usize, usize)> {
        let mut best: Option<(u64, usize, usize)> = None;
        for &part in left {
            let nodes = self
                .found
                .parts
                .get(part)
                .map_or(&[][..], |part| &part.nodes);
            for (position, node) in nodes.iter().enumerate() {
                let cost = if bound.contains(&node.slot) {
                    0
                } else if self.by_id(node.slot, bound).is_some() || self.anchored == Some(node.slot)
                {
                    1
                } else {
                    let counts = node
                        .labels
                        .names
                        .iter()
                        .map(|&label| self.counts.get(label).copied().unwrap_or(0));
                    let count = if node.labels.names.is_empty() {
                        self.all
                    } else if node.labels.any {
                        counts.sum()
                    } else {
                        counts.min().unwrap_or(self.all)
                    };
                    2 + count
                };
                if best.is_none_or(|(least, ..)| cost < least) {
                    best = Some((cost, part, position));
                }
            }
        }
        best.map(|(_, part, node)| (part, node))
    }

    /// `id(n) = ...`, where the other side is known.
    fn by_id(&self, slot: Slot, bound: &BTreeSet<Slot>) -> Option<Expr> {
        self.found.filter.iter().find_map(|filter| {
            let Expr::Compare(Compare::Equal, one, two) = filter else {
                return None;
            };
            for (call, other) in [(one, two), (two, one)] {
                let Expr::Call(Function::Id, arguments) = call.as_ref() else {
                    continue;
                };
                let names_it =
                    matches!(arguments.as_slice(), [Expr::Slot(named)] if *named == slot);
                let mut known = true;
                other.walk(&mut |expr| match expr {
                    Expr::Slot(needed) => known = known && bound.contains(needed),
                    Expr::Constant(_) | Expr::Parameter(_) => {}
                    _ => known = false,
                });
                if names_it && known {
                    return Some(other.as_ref().clone());
                }
            }
            None
        })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the state of one plan in the making"
    )]
    fn part(
        &self,
        part: usize,
        start: usize,
        bound: &mut BTreeSet<Slot>,
        done: &mut [BTreeSet<usize>],
        walked: &mut Vec<Slot>,
        waiting: &mut Vec<(usize, BTreeSet<Slot>)>,
        steps: &mut Vec<Step>,
    ) {
        let Some(spec) = self.found.parts.get(part) else {
            return;
        };
        let edge_count = spec.edges.len();
        let is_bound_edge = |bound: &BTreeSet<Slot>, edge: usize| {
            let edge = spec.edges.get(edge);
            edge.is_some_and(|edge| edge.range.is_none() && bound.contains(&edge.slot))
        };
        let slot = spec.nodes.get(start).map_or(usize::MAX, |node| node.slot);
        let by_edge = (0..edge_count).find(|&edge| is_bound_edge(bound, edge));
        let (mut low, mut high);
        match by_edge.filter(|_| !bound.contains(&slot)) {
            Some(edge) => {
                steps.push(Step::Ends {
                    part,
                    edge,
                    unlike: walked.clone(),
                });
                self.walk_edge(spec.edges.get(edge).map(|edge| edge.slot), walked);
                if let Some(done) = done.get_mut(part) {
                    done.insert(edge);
                }
                (low, high) = (edge, edge + 1);
                let ends = spec.nodes.get(low..=high).unwrap_or(&[]);
                bound.extend(ends.iter().map(|node| node.slot));
            }
            None => {
                steps.push(if bound.contains(&slot) {
                    Step::Bound { part, node: start }
                } else if let Some(id) = self.by_id(slot, bound) {
                    Step::Find {
                        part,
                        node: start,
                        id,
                    }
                } else {
                    Step::Scan { part, node: start }
                });
                bound.insert(slot);
                (low, high) = (start, start);
            }
        }
        self.test(waiting, bound, steps);
        while low > 0 || high < edge_count {
            // Where an end is bound already, the edge is a test: do it first.
            let is_bound = |node: usize| {
                spec.nodes
                    .get(node)
                    .is_some_and(|node| bound.contains(&node.slot))
            };
            let backward = if high == edge_count {
                true
            } else if low == 0 {
                false
            } else {
                is_bound(low - 1) && !is_bound(high + 1)
            };
            let (edge, node) = if backward {
                (low - 1, low - 1)
            } else {
                (high, high + 1)
            };
            let edge_slot = spec.edges.get(edge).map(|edge| edge.slot);
            steps.push(Step::Expand {
                part,
                edge,
                backward,
                unlike: walked.clone(),
                edge_bound: edge_slot.is_some_and(|slot| bound.contains(&slot)),
                node_bound: is_bound(node),
            });
            self.walk_edge(edge_slot, walked);
            bound.extend(edge_slot);
            bound.extend(spec.nodes.get(node).map(|node| node.slot));
            if backward {
                low -= 1;
            } else {
                high += 1;
            }
            self.test(waiting, bound, steps);
        }
        if let Some(path) = spec.path {
            steps.push(Step::Path { part });
            bound.insert(path);
            self.test(waiting, bound, steps);
        }
    }

    fn walk_edge(&self, slot: Option<Slot>, walked: &mut Vec<Slot>) {
        walked.extend(slot);
    }

    fn test(
        &self,
        waiting: &mut Vec<(usize, BTreeSet<Slot>)>,
        bound: &BTreeSet<Slot>,
        steps: &mut Vec<Step>,
    ) {
        waiting.retain(|(filter, needs)| {
            let ready = needs.is_subset(bound);
            if ready {
                steps.push(Step::Filter(*filter));
            }
            !ready
        });
    }
}

/// A plan as people read it.
pub(crate) fn describe<K>(linked: &Linked<'_, K>, found: &Match) -> Vec<String> {
    let program = linked.program;
    let label = |part: usize, node: usize| {
        let spec = found.parts.get(part).and_then(|part| part.nodes.get(node));
        let names = spec.map_or(&[][..], |spec| &spec.labels.names);
        let names: Vec<&str> = names
            .iter()
            .filter_map(|&label| program.node_labels.get(label))
            .map(String::as_str)
            .collect();
        if names.is_empty() {
            "any node".to_owned()
        } else {
            names.join("|")
        }
    };
    let steps = linked.plans.get(found.id).map_or(&[][..], Vec::as_slice);
    steps
        .iter()
        .map(|step| match step {
            Step::Scan { part, node } => format!("scan {}", label(*part, *node)),
            Step::Find { part, node, .. } => format!("find {} by id", label(*part, *node)),
            Step::Bound { part, node } => format!("from {} that is bound", label(*part, *node)),
            Step::Expand {
                part,
                edge,
                backward,
                node_bound,
                ..
            } => {
                let spec = found
                    .parts
                    .get(*part)
                    .and_then(|part| part.edges.get(*edge));
                let types: Vec<&str> = spec
                    .map_or(&[][..], |spec| &spec.types)
                    .iter()
                    .filter_map(|&label| program.edge_labels.get(label))
                    .map(String::as_str)
                    .collect();
                let types = if types.is_empty() {
                    "any edge".to_owned()
                } else {
                    types.join("|")
                };
                let arrow = match (spec.map_or(Arrow::Either, |spec| spec.arrow), backward) {
                    (Arrow::Either, _) => "--",
                    (Arrow::Right, false) | (Arrow::Left, true) => "->",
                    (Arrow::Left, false) | (Arrow::Right, true) => "<-",
                };
                let node = if *backward { *edge } else { edge + 1 };
                let verb = if *node_bound { "join" } else { "expand" };
                format!("{verb} -{types}{arrow} {}", label(*part, node))
            }
            Step::Ends { .. } => "ends of an edge that is bound".to_owned(),
            Step::Filter(_) => "filter".to_owned(),
            Step::Path { .. } => "path".to_owned(),
        })
        .collect()
}
