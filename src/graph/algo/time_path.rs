//! Paths that can be gone in the order of time.

use super::path::{NodeMap, Path, PathQuestion};
use crate::graph::{Budget, EdgeIndex, NodeIndex, ReadGraph, Slot, Stop};
use crate::model::{Day, Validity};

/// A path with the day on which each step is made. Days never go back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedPath {
    /// The nodes and edges.
    pub path: Path,
    /// `days[i]` is the day of `path.steps[i]`: the first on which its edge may hold, once its node is reached.
    pub days: Vec<Day>,
}

/// Finds the path that arrives earliest, if each step can be made on a day on which its edge may hold, no step before
/// the one ahead of it, and none before `start`.
///
/// One may wait at a node. An edge may hold from the earliest day that its beginning can be up to, but not on, the latest
/// day that its end can be: unknown parts of dates count in favour, as in [`Validity::may_hold`]. Edges are read both
/// ways. `None` if there is no such path within [`PathQuestion::hops_max`], or if an end is missing or hidden.
///
/// Order: of the paths that arrive on the earliest day, one with the fewest steps; of those, the smallest sequence of
/// nodes; of the edges between two nodes, the one that can be used first, then the first slot.
///
/// # Errors
/// [`Stop`] when the budget does not suffice.
///
/// # Cost and source
/// Time O(`hops_max` x s) for s visible slots of the nodes that can be reached before the target is, once forward and
/// once back; space O(nodes seen x `hops_max`). Earliest arrival: H. Wu and others, "Path problems in temporal graphs",
/// VLDB 2014. It is run in rounds of one step each, because a path with the fewest steps need not be early at every node.
pub fn time_respecting_path<G: ReadGraph>(
    graph: &G,
    question: &PathQuestion,
    start: Day,
    budget: &mut Budget,
) -> Result<Option<TimedPath>, Stop> {
    let &PathQuestion { from, to, .. } = question;
    if !graph.contains(from) || !graph.contains(to) {
        return Ok(None);
    }
    let search = TimeSearch {
        graph,
        question,
        start,
    };
    let Some(arrival) = search.earliest(budget)? else {
        return Ok(None);
    };
    let latest = search.latest(&arrival, budget)?;
    search.walk(&arrival, &latest, budget).map(Some)
}

/// The days on which an edge may be used: from the first up to, but not on, the second.
#[derive(Debug, Clone, Copy)]
struct Usable {
    from: Day,
    until: Option<Day>,
}

impl Usable {
    fn new(validity: Validity) -> Self {
        Self {
            from: validity.from.map_or(Day::MIN, |from| from.earliest()),
            until: validity.to.map(|to| to.latest()),
        }
    }

    /// The day of use for one who is there on `day`.
    fn day_of_use(self, day: Day) -> Option<Day> {
        let used = day.max(self.from);
        self.until.is_none_or(|until| used < until).then_some(used)
    }

    /// The last day on which one may be there and still use the edge by `deadline`.
    fn last_day_before(self, deadline: Day) -> Option<Day> {
        let last = self
            .until
            .map_or(deadline, |until| until.plus(-1).min(deadline));
        // `plus` stays within the calendar, so an end on its first day is checked again.
        let still = self.until.is_none_or(|until| last < until);
        (still && self.from <= last).then_some(last)
    }
}

/// When the target is reached, and what was seen on the way.
struct Arrival {
    day: Day,
    steps: u32,
    /// The earliest day at each node in any number of steps.
    days: NodeMap<Day>,
}

/// For each node, by number of steps left, the last day from which the target is still reached in time. Both ascend.
type LatestDays = NodeMap<Vec<(u32, Day)>>;

struct TimeSearch<'a, G> {
    graph: &'a G,
    question: &'a PathQuestion,
    start: Day,
}

impl<G: ReadGraph> TimeSearch<'_, G> {
    /// Finds the earliest day at the target and the fewest steps that make it.
    fn earliest(&self, budget: &mut Budget) -> Result<Option<Arrival>, Stop> {
        let &PathQuestion {
            from, to, hops_max, ..
        } = self.question;
        let mut days = NodeMap::from_iter([(from, self.start)]);
        let mut best = (from == to).then_some((self.start, 0));
        let mut frontier = vec![(from, self.start)];
        for steps in 1..=hops_max {
            let mut reached: NodeMap<Day> = NodeMap::default();
            let mut order = Vec::new();
            for &(node, day) in &frontier {
                // Who is as late as the best arrival gets nowhere earlier, and in more steps.
                if best.is_some_and(|(best_day, _)| day >= best_day) {
                    continue;
                }
                self.for_each_step(node, budget, |slot, usable| {
                    let Some(used) = usable.day_of_use(day) else {
                        return;
                    };
                    let next = slot.neighbour;
                    let known = reached.get(&next).or_else(|| days.get(&next));
                    if known.is_some_and(|&known| known <= used) || !self.passes(next) {
                        return;
                    }
                    if reached.insert(next, used).is_none() {
                        order.push(next);
                    }
                })?;
            }
            frontier.clear();
            for node in order {
                if let Some(&day) = reached.get(&node) {
                    days.insert(node, day);
                    frontier.push((node, day));
                }
            }
            if let Some(&day) = reached.get(&to) {
                best = Some((day, steps));
            }
            if frontier.is_empty() {
                break;
            }
        }
        Ok(best.map(|(day, steps)| Arrival { day, steps, days }))
    }

    /// Goes back from the target: until when must one be where, for each number of steps left.
    fn latest(&self, arrival: &Arrival, budget: &mut Budget) -> Result<LatestDays, Stop> {
        let to = self.question.to;
        let mut latest = LatestDays::default();
        latest.insert(to, vec![(0, arrival.day)]);
        let mut frontier = vec![(to, arrival.day)];
        for steps in 1..=arrival.steps {
            let mut reached: NodeMap<Day> = NodeMap::default();
            let mut order = Vec::new();
            for &(node, deadline) in &frontier {
                self.for_each_step(node, budget, |slot, usable| {
                    let Some(last) = usable.last_day_before(deadline) else {
                        return;
                    };
                    let before = slot.neighbour;
                    // Also keeps to the filter: only nodes that may be passed have an earliest day.
                    if arrival.days.get(&before).is_none_or(|&day| day > last) {
                        return;
                    }
                    let in_fewer = latest.get(&before).and_then(|days| days.last());
                    let known = reached.get(&before).or(in_fewer.map(|(_, day)| day));
                    if known.is_some_and(|&known| known >= last) {
                        return;
                    }
                    if reached.insert(before, last).is_none() {
                        order.push(before);
                    }
                })?;
            }
            frontier.clear();
            for node in order {
                if let Some(&day) = reached.get(&node) {
                    latest.entry(node).or_default().push((steps, day));
                    frontier.push((node, day));
                }
            }
        }
        Ok(latest)
    }

    /// Goes from the start by the smallest node from which the target is still reached in time.
    fn walk(
        &self,
        arrival: &Arrival,
        latest: &LatestDays,
        budget: &mut Budget,
    ) -> Result<TimedPath, Stop> {
        let mut node = self.question.from;
        let mut day = self.start;
        let mut nodes = vec![node];
        let mut steps = Vec::new();
        let mut days = Vec::new();
        for steps_left in (0..arrival.steps).rev() {
            let mut best: Option<(NodeIndex, Day, Slot)> = None;
            self.for_each_step(node, budget, |slot, usable| {
                let next = slot.neighbour;
                let in_time = |used: &Day| {
                    let days = latest.get(&next).map_or(&[][..], Vec::as_slice);
                    let last = days.iter().rev().find(|(steps, _)| *steps <= steps_left);
                    last.is_some_and(|(_, last)| used <= last)
                };
                let Some(used) = usable.day_of_use(day).filter(in_time) else {
                    return;
                };
                if best.is_none_or(|(node, day, _)| (next, used) < (node, day)) {
                    best = Some((next, used, slot));
                }
            })?;
            debug_assert!(best.is_some(), "a target that was reached has a path");
            let Some((next, used, slot)) = best else {
                break;
            };
            nodes.push(next);
            steps.push(slot);
            days.push(used);
            node = next;
            day = used;
        }
        Ok(TimedPath {
            path: Path { nodes, steps },
            days,
        })
    }

    fn passes(&self, node: NodeIndex) -> bool {
        let PathQuestion { to, filter, .. } = self.question;
        node == *to || filter.allows_inner(self.graph, node)
    }

    fn for_each_step(
        &self,
        node: NodeIndex,
        budget: &mut Budget,
        mut visit: impl FnMut(Slot, Usable),
    ) -> Result<(), Stop> {
        for slot in self.graph.slots(node) {
            budget.charge_edge()?;
            if self.question.filter.allows_edge(slot.label) {
                visit(slot, self.usable(slot.edge));
            }
        }
        Ok(())
    }

    fn usable(&self, edge: EdgeIndex) -> Usable {
        Usable::new(self.graph.validity(edge))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::path::PathFilter;
    use super::super::path::tests::{all_paths, node, worlds};
    use super::*;
    use crate::graph::testing::{TestEdge, TestGraph, TestNode, day, many_cases};
    use crate::model::PartialDate;

    /// Goes along fixed nodes as early as can be: the days, and the slots that come first of those that are as early.
    fn along(
        graph: &TestGraph,
        filter: &PathFilter,
        nodes: &[NodeIndex],
        start: Day,
    ) -> Option<TimedPath> {
        let mut now = start;
        let (mut steps, mut days) = (Vec::new(), Vec::new());
        for pair in nodes.windows(2) {
            let mut options = Vec::new();
            for (place, slot) in graph.slots(pair[0]).enumerate() {
                let validity = graph.validity(slot.edge);
                let begin = validity.from.map_or(now, |from| from.earliest().max(now));
                let ended = validity.to.is_some_and(|to| to.latest() <= begin);
                if slot.neighbour == pair[1] && filter.allows_edge(slot.label) && !ended {
                    options.push((begin, place, slot.edge, slot));
                }
            }
            let &(used, _, _, slot) = options.iter().min_by_key(|it| (it.0, it.1))?;
            now = used;
            steps.push(slot);
            days.push(used);
        }
        let path = Path {
            nodes: nodes.to_vec(),
            steps,
        };
        Some(TimedPath { path, days })
    }

    fn reference(graph: &TestGraph, question: &PathQuestion, start: Day) -> Option<TimedPath> {
        all_paths(graph, question)
            .iter()
            .filter_map(|nodes| along(graph, &question.filter, nodes, start))
            .min_by_key(|timed| {
                let arrival = timed.days.last().copied().unwrap_or(start);
                (arrival, timed.days.len(), timed.path.nodes.clone())
            })
    }

    fn asked(graph: &TestGraph, question: &PathQuestion, start: Day) -> (Option<TimedPath>, u64) {
        let mut budget = Budget::edges(u64::MAX);
        let path = time_respecting_path(graph, question, start, &mut budget).unwrap();
        (path, budget.edges_examined())
    }

    #[test]
    fn an_edge_that_ended_before_one_arrives_leads_nowhere() {
        let edge = |from, to, first: i32, end: i32| TestEdge {
            validity: Validity {
                from: Some(PartialDate::day(day(first))),
                to: Some(PartialDate::day(day(end))),
            },
            ..TestEdge::between(from, to)
        };
        let nodes = vec![
            TestNode {
                label: 0,
                hidden: false
            };
            3
        ];
        let graph = TestGraph::new(nodes, vec![edge(0, 1, 5, 9), edge(1, 2, 2, 6)]);
        let question = |from, to| PathQuestion {
            from: node(from),
            to: node(to),
            hops_max: 4,
            filter: PathFilter::ANY,
        };
        let (there, _) = asked(&graph, &question(0, 2), day(0));
        assert_eq!(there.unwrap().days, [day(5), day(5)]);
        let (too_late, _) = asked(&graph, &question(0, 2), day(6));
        assert_eq!(too_late, None);
        let (back, _) = asked(&graph, &question(2, 0), day(0));
        assert_eq!(back.unwrap().days, [day(2), day(5)]);
    }

    proptest! {
        #![proptest_config(many_cases())]

        #[test]
        fn it_is_the_best_of_all_paths(
            (graph, question) in worlds(),
            start in 0_i32..8,
        ) {
            let (path, _) = asked(&graph, &question, day(start));
            prop_assert_eq!(path, reference(&graph, &question, day(start)));
        }

        #[test]
        fn a_hidden_part_is_a_missing_part((graph, question) in worlds()) {
            let stripped = graph.stripped();
            let (path, examined) = asked(&graph, &question, day(2));
            let ends = (stripped.new_node(question.from), stripped.new_node(question.to));
            let (Some(from), Some(to)) = ends else {
                prop_assert_eq!((path, examined), (None, 0));
                return Ok(());
            };
            let narrowed = PathQuestion { from, to, ..question };
            let (expected, work) = asked(&stripped.graph, &narrowed, day(2));
            let expected = expected.map(|timed| TimedPath {
                path: Path {
                    nodes: timed.path.nodes.iter().map(|&node| stripped.old_node(node)).collect(),
                    steps: timed.path.steps.iter().map(|&slot| stripped.old_slot(slot)).collect(),
                },
                days: timed.days,
            });
            prop_assert_eq!((path, examined), (expected, work));
        }
    }
}
