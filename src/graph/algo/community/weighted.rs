//! The graph that communities are found in: undirected, with whole weights, and merged from round to round.

use super::super::column::{add, at, counts_to_offsets, put, row};
use crate::graph::compact::CompactGraph;

/// An undirected graph with whole weights above 0. Self-loops stand apart.
pub(super) struct Weighted {
    offsets: Vec<u32>,
    /// For each node the nodes next to it, each once, ascending, with the weight between them.
    edges: Vec<(u32, i64)>,
    /// Weight of the self-loops of each node, each edge once.
    loops: Vec<i64>,
    /// Weight of all edges at each node, self-loops twice.
    strengths: Vec<i64>,
    /// Sum of the strengths: 2m.
    total: i64,
}

impl Weighted {
    pub fn from_compact(graph: &CompactGraph) -> Self {
        let edges = graph.edges().iter().map(|edge| (edge.from, edge.to, 1));
        Self::new(graph.node_count(), edges)
    }

    /// Adds up what lies between the same two nodes. Each edge comes once, either way.
    fn new(node_count: usize, edges: impl Iterator<Item = (u32, u32, i64)> + Clone) -> Self {
        let mut loops = vec![0; node_count];
        let mut offsets = vec![0_u32; node_count + 1];
        for (one, other, weight) in edges.clone() {
            if one == other {
                add(&mut loops, one as usize, weight);
            } else {
                add(&mut offsets, one as usize, 1);
                add(&mut offsets, other as usize, 1);
            }
        }
        counts_to_offsets(&mut offsets);
        let mut next = offsets.clone();
        let mut loose = vec![(0, 0); at(&offsets, node_count) as usize];
        for (one, other, weight) in edges.filter(|(one, other, _)| one != other) {
            for (here, there) in [(one, other), (other, one)] {
                let place = at(&next, here as usize);
                put(&mut loose, place as usize, (there, weight));
                put(&mut next, here as usize, place + 1);
            }
        }
        let mut summed: Vec<(u32, i64)> = Vec::with_capacity(loose.len());
        let mut starts = Vec::with_capacity(node_count + 1);
        let mut strengths = Vec::with_capacity(node_count);
        for node in 0..node_count {
            starts.push(summed.len() as u32);
            let mut own = row(&offsets, &loose, node).to_vec();
            own.sort_unstable_by_key(|&(other, _)| other);
            let mut strength = 2 * at(&loops, node);
            for run in own.chunk_by(|one, other| one.0 == other.0) {
                let weight = run.iter().map(|(_, weight)| weight).sum();
                strength += weight;
                summed.extend(run.first().map(|&(other, _)| (other, weight)));
            }
            strengths.push(strength);
        }
        starts.push(summed.len() as u32);
        Self {
            offsets: starts,
            edges: summed,
            loops,
            total: strengths.iter().sum(),
            strengths,
        }
    }

    pub fn node_count(&self) -> usize {
        self.loops.len()
    }

    /// Twice the weight of all edges.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// The weighted degree.
    pub fn strength(&self, node: usize) -> i64 {
        at(&self.strengths, node)
    }

    /// The nodes next to a node with the weight between them, ascending; self-loops are not among them.
    pub fn edges(&self, node: usize) -> &[(u32, i64)] {
        row(&self.offsets, &self.edges, node)
    }

    /// The graph in which the nodes of each part are one. Parts are numbered from 0.
    pub fn merged(&self, part_of: &[u32], part_count: usize) -> Self {
        let part = |node: u32| at(part_of, node as usize);
        let between = (0..self.node_count() as u32).flat_map(|node| {
            let edges = self.edges(node as usize).iter();
            let once = edges.filter(move |(other, _)| node < *other);
            let own = (node, node, at(&self.loops, node as usize));
            once.map(move |&(other, weight)| (node, other, weight))
                .chain((own.2 > 0).then_some(own))
        });
        let merged = between.map(|(one, other, weight)| (part(one), part(other), weight));
        Self::new(part_count, merged)
    }

    /// Splits communities into connected pieces, numbered by their smallest node.
    pub fn connected_pieces(&self, of: &[u32]) -> Vec<u32> {
        const NONE: u32 = u32::MAX;
        let mut pieces = vec![NONE; self.node_count()];
        let mut count = 0;
        let mut open = Vec::new();
        for first in 0..self.node_count() {
            if at(&pieces, first) != NONE {
                continue;
            }
            put(&mut pieces, first, count);
            open.push(first);
            while let Some(node) = open.pop() {
                for &(other, _) in self.edges(node) {
                    let other = other as usize;
                    if at(&pieces, other) == NONE && at(of, other) == at(of, node) {
                        put(&mut pieces, other, count);
                        open.push(other);
                    }
                }
            }
            count += 1;
        }
        pieces
    }

    /// Sum over communities of (weight within, both ways) / 2m - (strength / 2m)^2, rounded once, at the end.
    pub fn modularity(&self, of: &[u32]) -> f64 {
        if self.total == 0 {
            return 0.0;
        }
        let mut strengths = vec![0_i64; self.node_count()];
        let mut within = 0_i64;
        for node in 0..self.node_count() {
            let own = at(of, node);
            add(&mut strengths, own as usize, self.strength(node));
            let edges = self.edges(node).iter();
            let inner = edges.filter(|(other, _)| at(of, *other as usize) == own);
            within += inner.map(|(_, weight)| weight).sum::<i64>() + 2 * at(&self.loops, node);
        }
        let total = i128::from(self.total);
        let squares = strengths.iter().map(|&it| i128::from(it) * i128::from(it));
        let expected: i128 = squares.sum();
        (total * i128::from(within) - expected) as f64 / (total * total) as f64
    }
}

/// Numbers groups from 0 by their first member; also returns how many there are. Groups are below the number of members.
pub(super) fn renumbered(groups: &[u32]) -> (Vec<u32>, usize) {
    const NONE: u32 = u32::MAX;
    let bound = groups.iter().max().map_or(0, |&most| most as usize + 1);
    let mut numbers = vec![NONE; bound];
    let mut count = 0;
    let renumbered = groups
        .iter()
        .map(|&group| {
            if at(&numbers, group as usize) == NONE {
                put(&mut numbers, group as usize, count);
                count += 1;
            }
            at(&numbers, group as usize)
        })
        .collect();
    (renumbered, count as usize)
}
