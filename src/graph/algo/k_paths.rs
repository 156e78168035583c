//! The shortest paths between two nodes, several of them.

use std::collections::BTreeMap;

use super::path::{NodeSet, Path, PathQuestion, Search, with_steps};
use crate::graph::{Budget, NodeIndex, ReadGraph, Stop};

/// Paths that one question may ask for at most.
pub const PATHS_MAX: usize = 16;

/// Candidates by length, then by nodes: the order of the answer. With each, where it left the path it was made from.
type Candidates = BTreeMap<(usize, Vec<NodeIndex>), usize>;

/// Finds the `path_count` shortest paths that pass no node twice, reading every edge both ways.
///
/// Two paths differ if their nodes do; parallel edges make no further path, and each step takes the first of them. Fewer
/// are returned if there are no more within [`PathQuestion::hops_max`], and [`PATHS_MAX`] at most.
///
/// Order: by length, then by sequence of nodes. Every path left out comes after all that are returned.
///
/// # Errors
/// [`Stop`] when the budget does not suffice for all of them; those found by then are not told.
///
/// # Cost and source
/// At most `path_count` x length searches as [`shortest_path`](super::shortest_path) makes them. J. Y. Yen, "Finding the
/// K shortest loopless paths in a network", Management Science 17, 1971; each path is taken up only from where it left
/// its parent: E. L. Lawler, "A procedure for computing the K best solutions", Management Science 18, 1972.
pub fn k_shortest_paths<G: ReadGraph>(
    graph: &G,
    question: &PathQuestion,
    path_count: usize,
    budget: &mut Budget,
) -> Result<Vec<Path>, Stop> {
    let path_count = path_count.min(PATHS_MAX);
    let mut accepted: Vec<Vec<NodeIndex>> = Vec::new();
    let mut candidates = Candidates::new();
    let first = Search {
        graph,
        question,
        banned_nodes: &NodeSet::default(),
        banned_first: &[],
    };
    if let Some(nodes) = first.nodes(budget)? {
        candidates.insert((nodes.len(), nodes), 0);
    }
    while accepted.len() < path_count
        && let Some(((_, nodes), left_at)) = candidates.pop_first()
    {
        accepted.push(nodes);
        if accepted.len() < path_count {
            add_candidates(graph, question, &accepted, left_at, &mut candidates, budget)?;
        }
    }
    let filter = &question.filter;
    accepted
        .into_iter()
        .map(|nodes| with_steps(graph, filter, nodes, budget))
        .collect()
}

/// Splits what the path accepted last stood for: for each of its nodes from `left_at` on, the best path that is the same
/// up to that node and goes on otherwise than every accepted one.
fn add_candidates<G: ReadGraph>(
    graph: &G,
    question: &PathQuestion,
    accepted: &[Vec<NodeIndex>],
    left_at: usize,
    candidates: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Stop> {
    let Some(path) = accepted.last() else {
        return Ok(());
    };
    for spur_at in left_at..path.len().saturating_sub(1) {
        let Some((prefix, spur)) = path.get(..spur_at).zip(path.get(spur_at).copied()) else {
            continue;
        };
        let root = path.get(..=spur_at);
        let banned_first: Vec<NodeIndex> = accepted
            .iter()
            .filter(|other| other.get(..=spur_at) == root)
            .filter_map(|other| other.get(spur_at + 1).copied())
            .collect();
        let rest = PathQuestion {
            from: spur,
            hops_max: question.hops_max - spur_at as u32,
            ..*question
        };
        let search = Search {
            graph,
            question: &rest,
            banned_nodes: &prefix.iter().copied().collect(),
            banned_first: &banned_first,
        };
        if let Some(tail) = search.nodes(budget)? {
            let nodes = [prefix, &tail].concat();
            candidates.insert((nodes.len(), nodes), spur_at);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::path::tests::{all_paths, first_slots, worlds};
    use super::*;
    use crate::graph::testing::{TestGraph, many_cases};

    fn asked(graph: &TestGraph, question: &PathQuestion, path_count: usize) -> (Vec<Path>, u64) {
        let mut budget = Budget::edges(u64::MAX);
        let paths = k_shortest_paths(graph, question, path_count, &mut budget).unwrap();
        (paths, budget.edges_examined())
    }

    proptest! {
        #![proptest_config(many_cases())]

        #[test]
        fn they_are_the_first_of_all_paths(
            (graph, question) in worlds(),
            path_count in 0..=PATHS_MAX,
        ) {
            let mut expected = all_paths(&graph, &question);
            expected.truncate(path_count);
            let (paths, _) = asked(&graph, &question, path_count);
            for path in &paths {
                let steps = first_slots(&graph, &question.filter, &path.nodes);
                prop_assert_eq!(&path.steps, &steps);
            }
            let found: Vec<_> = paths.into_iter().map(|path| path.nodes).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_hidden_part_is_a_missing_part((graph, question) in worlds()) {
            let stripped = graph.stripped();
            let (paths, examined) = asked(&graph, &question, 5);
            let ends = (stripped.new_node(question.from), stripped.new_node(question.to));
            let (Some(from), Some(to)) = ends else {
                prop_assert_eq!((paths, examined), (Vec::new(), 0));
                return Ok(());
            };
            let narrowed = PathQuestion { from, to, ..question };
            let (expected, work) = asked(&stripped.graph, &narrowed, 5);
            let in_old = |path: Path| Path {
                nodes: path.nodes.iter().map(|&node| stripped.old_node(node)).collect(),
                steps: path.steps.iter().map(|&slot| stripped.old_slot(slot)).collect(),
            };
            let expected: Vec<Path> = expected.into_iter().map(in_old).collect();
            prop_assert_eq!((paths, examined), (expected, work));
        }
    }
}
