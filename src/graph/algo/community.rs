//! Communities: groups of nodes with more edges within than their degrees let expect.
//!
//! # Design notes
//! * Leiden rather than Louvain, which may return communities that do not hang together.
//! * Leiden chooses at random where a node is merged; here the best place is taken, of equal ones the smallest, so that
//!   the same view gives the same communities. The guarantees on how well connected they are do not need the chance.
//! * Modularity is compared multiplied out by (2m)^2, in integers: no rounding decides where a node belongs.

mod weighted;

use std::collections::VecDeque;

use super::column::{add, at, put};
use crate::graph::compact::CompactGraph;
use crate::graph::{Budget, Stop};
use weighted::{Weighted, renumbered};

/// Turns of the whole algorithm, each from the communities of the one before. Most graphs need two or three.
const TURNS_MAX: u32 = 8;
/// Nodes looked at between two looks at the clock.
const CLOCK_EVERY: u32 = 4_096;

/// The communities of a compact graph, numbered from 0 by their smallest node.
#[derive(Debug, Clone, PartialEq)]
pub struct Communities {
    /// The community of each node, by local position.
    pub of: Vec<u32>,
    /// Number of nodes in each community.
    pub sizes: Vec<u32>,
    /// How much better than chance they are, from -0.5 to 1; 0 in a graph without edges.
    pub modularity: f64,
}

/// Finds communities by modularity. Each hangs together.
///
/// Read as undirected: every edge statement weighs 1, so parallel edges add up, and a self-loop counts twice to the degree
/// of its node. A node without edges is a community of its own.
///
/// # Errors
/// [`Stop::Deadline`].
///
/// # Cost and source
/// Time about O(m log n), space O(n + m); one thread. V. A. Traag, L. Waltman, N. J. van Eck, "From Louvain to Leiden:
/// guaranteeing well-connected communities", Scientific Reports 9, 2019. Modularity: M. E. J. Newman, M. Girvan,
/// "Finding and evaluating community structure in networks", Physical Review E 69, 2004.
pub fn communities(graph: &CompactGraph, budget: &Budget) -> Result<Communities, Stop> {
    let base = Weighted::from_compact(graph);
    let mut of: Vec<u32> = (0..base.node_count() as u32).collect();
    for _ in 0..TURNS_MAX {
        let before = of.clone();
        of = turn(&base, &before, budget)?;
        if of == before {
            break;
        }
    }
    let mut sizes = Vec::new();
    for &community in &of {
        if community as usize == sizes.len() {
            sizes.push(0);
        }
        add(&mut sizes, community as usize, 1);
    }
    let modularity = base.modularity(&of);
    Ok(Communities {
        of,
        sizes,
        modularity,
    })
}

/// Moves, refines and merges until nothing can be merged. Takes and returns communities numbered by smallest node.
fn turn(base: &Weighted, start: &[u32], budget: &Budget) -> Result<Vec<u32>, Stop> {
    // For each node of the base the node that it is part of now.
    let mut part_of: Vec<u32> = (0..base.node_count() as u32).collect();
    let mut merged: Option<Weighted> = None;
    let mut partition = start.to_vec();
    loop {
        let graph = merged.as_ref().unwrap_or(base);
        move_nodes(graph, &mut partition, budget)?;
        let refined = refine(graph, &partition, budget)?;
        let (refined, count) = renumbered(&refined);
        if count == graph.node_count() {
            break;
        }
        // A merged node starts where its parts were; a community is named by its first merged node.
        let mut places = vec![0; count];
        for (&community, &node) in partition.iter().zip(&refined) {
            put(&mut places, node as usize, community);
        }
        partition = renumbered(&places).0;
        let next = graph.merged(&refined, count);
        for node in &mut part_of {
            *node = at(&refined, *node as usize);
        }
        merged = Some(next);
    }
    let of: Vec<u32> = part_of
        .iter()
        .map(|&node| at(&partition, node as usize))
        .collect();
    // What moves last may leave a community in pieces. Taking it apart never costs modularity.
    Ok(base.connected_pieces(&of))
}

/// Moves single nodes to where modularity grows most, until no move is left. Numbers of communities are below the number
/// of nodes before and after.
fn move_nodes(graph: &Weighted, partition: &mut [u32], budget: &Budget) -> Result<(), Stop> {
    let node_count = graph.node_count();
    let total = i128::from(graph.total());
    let mut strengths = vec![0_i64; node_count];
    let mut sizes = vec![0_u32; node_count];
    for (node, &community) in partition.iter().enumerate() {
        add(&mut strengths, community as usize, graph.strength(node));
        add(&mut sizes, community as usize, 1);
    }
    let mut empty: Vec<u32> = (0..node_count as u32)
        .rev()
        .filter(|&community| at(&sizes, community as usize) == 0)
        .collect();
    let mut queue: VecDeque<u32> = (0..node_count as u32).collect();
    let mut queued = vec![true; node_count];
    let mut weights = Tally::new(node_count);
    let mut until_clock = 0;
    while let Some(node) = queue.pop_front() {
        check_clock(&mut until_clock, budget)?;
        let place = node as usize;
        put(&mut queued, place, false);
        let own = at(partition, place);
        for &(other, weight) in graph.edges(place) {
            weights.add(at(partition, other as usize), weight);
        }
        let strength = graph.strength(place);
        add(&mut strengths, own as usize, -strength);
        let gain = |community: u32, weight: i64| {
            let pull = i128::from(strength) * i128::from(at(&strengths, community as usize));
            total * i128::from(weight) - pull
        };
        let stay = gain(own, weights.of(own));
        // Being alone gains nothing and costs nothing.
        let mut best = (stay, own);
        if stay < 0 && at(&sizes, own as usize) > 1 {
            best = (0, empty.last().copied().unwrap_or(own));
        }
        for (community, weight) in weights.drain() {
            let gained = gain(community, weight);
            let is_tie = gained == best.0 && best.1 != own && community < best.1;
            if gained > best.0 || is_tie {
                best = (gained, community);
            }
        }
        let to = best.1;
        add(&mut strengths, to as usize, strength);
        if to == own {
            continue;
        }
        if empty.last() == Some(&to) {
            empty.pop();
        }
        let left = at(&sizes, own as usize) - 1;
        put(&mut sizes, own as usize, left);
        add(&mut sizes, to as usize, 1);
        if left == 0 {
            empty.push(own);
        }
        put(partition, place, to);
        for &(other, _) in graph.edges(place) {
            let waits = at(&queued, other as usize);
            if !waits && at(partition, other as usize) != to {
                put(&mut queued, other as usize, true);
                queue.push_back(other);
            }
        }
    }
    Ok(())
}

/// Splits each community into well connected parts: merges single nodes with the part of their own community to which
/// modularity draws them most. Every part hangs together, since a node joins only what it has an edge to.
fn refine(graph: &Weighted, partition: &[u32], budget: &Budget) -> Result<Vec<u32>, Stop> {
    let node_count = graph.node_count();
    let total = i128::from(graph.total());
    let mut community_strengths = vec![0_i64; node_count];
    for (node, &community) in partition.iter().enumerate() {
        add(
            &mut community_strengths,
            community as usize,
            graph.strength(node),
        );
    }
    let mut refined: Vec<u32> = (0..node_count as u32).collect();
    let mut strengths: Vec<i64> = (0..node_count).map(|node| graph.strength(node)).collect();
    let mut sizes = vec![1_u32; node_count];
    let within = |node: usize, other: u32| at(partition, other as usize) == at(partition, node);
    // Weight between each part and the rest of its community.
    let mut outward: Vec<i64> = (0..node_count)
        .map(|node| {
            let edges = graph.edges(node).iter();
            let inner = edges.filter(|(other, _)| within(node, *other));
            inner.map(|(_, weight)| weight).sum()
        })
        .collect();
    let mut weights = Tally::new(node_count);
    let mut until_clock = 0;
    for node in 0..node_count {
        check_clock(&mut until_clock, budget)?;
        let own = at(&refined, node) as usize;
        let around = at(&community_strengths, at(partition, node) as usize);
        // A part is well connected if it has at least the weight to the rest that chance would give it.
        let well_connected = |part: usize, strengths: &[i64], outward: &[i64]| {
            let strength = at(strengths, part);
            let rest = i128::from(strength) * i128::from(around - strength);
            total * i128::from(at(outward, part)) >= rest
        };
        if at(&sizes, own) != 1 || !well_connected(own, &strengths, &outward) {
            continue;
        }
        let mut inner = 0;
        for &(other, weight) in graph.edges(node) {
            if within(node, other) {
                weights.add(at(&refined, other as usize), weight);
                inner += weight;
            }
        }
        let strength = graph.strength(node);
        let mut best: Option<(i128, u32, i64)> = None;
        for (part, weight) in weights.drain() {
            if !well_connected(part as usize, &strengths, &outward) {
                continue;
            }
            let pull = i128::from(strength) * i128::from(at(&strengths, part as usize));
            let gained = total * i128::from(weight) - pull;
            let is_better = best
                .is_none_or(|(most, first, _)| gained > most || (gained == most && part < first));
            if gained >= 0 && is_better {
                best = Some((gained, part, weight));
            }
        }
        if let Some((_, part, weight)) = best {
            let to = part as usize;
            put(&mut refined, node, part);
            put(&mut sizes, own, 0);
            add(&mut sizes, to, 1);
            put(&mut strengths, own, 0);
            add(&mut strengths, to, strength);
            put(&mut outward, own, 0);
            add(&mut outward, to, inner - 2 * weight);
        }
    }
    Ok(refined)
}

fn check_clock(until_clock: &mut u32, budget: &Budget) -> Result<(), Stop> {
    if *until_clock == 0 {
        *until_clock = CLOCK_EVERY;
        budget.check_deadline()?;
    }
    *until_clock -= 1;
    Ok(())
}

/// Sums of weight by community, in the order in which communities were first met.
struct Tally {
    weights: Vec<i64>,
    met: Vec<u32>,
}

impl Tally {
    fn new(node_count: usize) -> Self {
        Self {
            weights: vec![0; node_count],
            met: Vec::new(),
        }
    }

    /// Weights are above 0, so 0 is 'not met'.
    fn add(&mut self, community: u32, weight: i64) {
        if self.of(community) == 0 {
            self.met.push(community);
        }
        add(&mut self.weights, community as usize, weight);
    }

    fn of(&self, community: u32) -> i64 {
        at(&self.weights, community as usize)
    }

    /// Hands out what was added and starts anew.
    fn drain(&mut self) -> impl Iterator<Item = (u32, i64)> + '_ {
        let weights = &mut self.weights;
        self.met.drain(..).map(move |community| {
            let weight = at(weights, community as usize);
            put(weights, community as usize, 0);
            (community, weight)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::super::components;
    use super::*;
    use crate::graph::testing::{TestGraph, graphs, many_cases};

    fn compact(graph: &TestGraph) -> CompactGraph {
        CompactGraph::whole(graph, &mut Budget::edges(u64::MAX)).unwrap()
    }

    fn asked(graph: &CompactGraph) -> Communities {
        communities(graph, &Budget::edges(0)).unwrap()
    }

    /// Modularity from its definition: over all pairs of nodes, edges less what chance gives.
    fn slow_modularity(graph: &CompactGraph, of: &[u32]) -> f64 {
        let node_count = graph.node_count();
        let mut weight = vec![vec![0.0; node_count]; node_count];
        for edge in graph.edges() {
            weight[edge.from as usize][edge.to as usize] += 1.0;
            weight[edge.to as usize][edge.from as usize] += 1.0;
        }
        let degree: Vec<f64> = weight.iter().map(|row| row.iter().sum()).collect();
        let total: f64 = degree.iter().sum();
        let pairs = (0..node_count).flat_map(|a| (0..node_count).map(move |b| (a, b)));
        let inner = pairs.filter(|&(a, b)| of[a] == of[b]);
        let sum: f64 = inner
            .map(|(a, b)| weight[a][b] - degree[a] * degree[b] / total)
            .sum();
        if total == 0.0 { 0.0 } else { sum / total }
    }

    /// The best modularity there is, over all ways to part the nodes.
    fn best_modularity(graph: &CompactGraph) -> f64 {
        let mut best = f64::MIN;
        let mut open = vec![Vec::new()];
        while let Some(of) = open.pop() {
            if of.len() == graph.node_count() {
                best = best.max(slow_modularity(graph, &of));
                continue;
            }
            let fresh = of.iter().max().map_or(0, |most| most + 1);
            open.extend((0..=fresh).map(|next| [of.clone(), vec![next]].concat()));
        }
        best
    }

    /// The club of W. W. Zachary, "An information flow model for conflict and fission in small groups", 1977.
    const KARATE_CLUB: [&[u32]; 34] = [
        &[1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31],
        &[2, 3, 7, 13, 17, 19, 21, 30],
        &[3, 7, 8, 9, 13, 27, 28, 32],
        &[7, 12, 13],
        &[6, 10],
        &[6, 10, 16],
        &[16],
        &[],
        &[30, 32, 33],
        &[33],
        &[],
        &[],
        &[],
        &[33],
        &[32, 33],
        &[32, 33],
        &[],
        &[],
        &[32, 33],
        &[33],
        &[32, 33],
        &[],
        &[32, 33],
        &[25, 27, 29, 32, 33],
        &[25, 27, 31],
        &[31],
        &[29, 33],
        &[33],
        &[31, 33],
        &[32, 33],
        &[32, 33],
        &[32, 33],
        &[33],
        &[],
    ];

    #[test]
    fn the_karate_club_falls_into_its_four_known_groups() {
        let from_rows = KARATE_CLUB.iter().enumerate();
        let edges: Vec<(u32, u32)> = from_rows
            .flat_map(|(a, row)| row.iter().map(move |&b| (a as u32, b)))
            .collect();
        assert_eq!(edges.len(), 78);
        let found = asked(&compact(&TestGraph::plain(34, &edges)));
        // The optimum is 0.4198 with four groups: U. Brandes and others, "On modularity clustering", 2008.
        assert!((found.modularity - 0.4198).abs() < 5e-5, "{found:?}");
        assert_eq!(found.sizes.len(), 4);
    }

    #[test]
    fn a_ring_of_cliques_falls_into_cliques() {
        let (cliques, members) = (12_u32, 5_u32);
        let mut edges = Vec::new();
        for clique in 0..cliques {
            let first = clique * members;
            edges.extend((0..members).flat_map(|a| (0..a).map(move |b| (first + a, first + b))));
            edges.push((first, (first + members) % (cliques * members)));
        }
        let found = asked(&compact(&TestGraph::plain(60, &edges)));
        let expected: Vec<u32> = (0..60).map(|node| node / members).collect();
        assert_eq!(found.of, expected);
    }

    #[test]
    fn a_deadline_that_passed_gives_no_answer() {
        let late = Budget::edges(0).until(Instant::now());
        let answer = communities(&compact(&TestGraph::plain(2, &[(0, 1)])), &late);
        assert_eq!(answer, Err(Stop::Deadline));
    }

    proptest! {
        #![proptest_config(many_cases())]

        #[test]
        fn communities_hang_together_and_are_numbered_by_their_smallest_node(source in graphs()) {
            let graph = compact(&source);
            let found = asked(&graph);
            let mut next = 0;
            for &community in &found.of {
                prop_assert!(community <= next);
                next = next.max(community + 1);
            }
            prop_assert_eq!(next as usize, found.sizes.len());
            for (community, &size) in found.sizes.iter().enumerate() {
                let members: Vec<_> = (0..found.of.len())
                    .filter(|&node| found.of[node] as usize == community)
                    .map(|node| graph.original(node).unwrap())
                    .collect();
                prop_assert_eq!(members.len() as u32, size);
                let part = CompactGraph::induced(&source, &members, &mut Budget::edges(u64::MAX)).unwrap();
                let parts = components(&part, &Budget::edges(0)).unwrap();
                prop_assert_eq!(parts.sizes().len(), 1);
            }
            let expected = slow_modularity(&graph, &found.of);
            prop_assert!((found.modularity - expected).abs() < 1e-12);
        }

        #[test]
        fn a_hidden_part_is_a_missing_part(source in graphs()) {
            let found = asked(&compact(&source));
            prop_assert_eq!(found, asked(&compact(&source.stripped().graph)));
        }

        #[test]
        fn no_node_would_rather_be_elsewhere(source in graphs()) {
            let graph = compact(&source);
            let found = asked(&graph);
            for node in 0..graph.node_count() {
                for community in 0..=found.sizes.len() as u32 {
                    let mut moved = found.of.clone();
                    moved[node] = community;
                    prop_assert!(slow_modularity(&graph, &moved) < found.modularity + 1e-9);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn modularity_is_never_above_the_best(source in graphs()) {
            let graph = compact(&source);
            prop_assume!(graph.node_count() <= 7);
            prop_assert!(asked(&graph).modularity <= best_modularity(&graph) + 1e-12);
        }
    }

    #[test]
    fn modularity_comes_near_the_best_over_many_graphs() {
        // One small graph may end in a local optimum (Leiden promises no more than that no single move is better); over
        // many the loss is small.
        use proptest::strategy::{Strategy, ValueTree};
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let (mut found, mut best) = (0.0, 0.0);
        for _ in 0..300 {
            let graph = compact(&graphs().new_tree(&mut runner).unwrap().current());
            if graph.node_count() <= 7 {
                found += asked(&graph).modularity;
                best += best_modularity(&graph);
            }
        }
        assert!(best > 10.0 && found >= 0.95 * best, "{found} of {best}");
    }
}
