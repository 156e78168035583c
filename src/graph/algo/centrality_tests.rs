//! Centrality against slow references, the stripping law, and published networks.

use std::path::Path;
use std::time::Instant;

use proptest::prelude::*;

use super::super::components;
use super::*;
use crate::graph::testing::{TestGraph, graphs, with_threads};
use crate::graph::{NodeIndex, ReadGraph};

const FREE: fn() -> Budget = || Budget::edges(u64::MAX);

fn compact(graph: &TestGraph) -> CompactGraph {
    CompactGraph::whole(graph, &mut FREE()).unwrap()
}

/// Distances between all nodes of a compact graph by trying every node as a stop on the way.
fn distances(graph: &CompactGraph) -> Vec<Vec<Option<u32>>> {
    let node_count = graph.node_count();
    let mut hops = vec![vec![None; node_count]; node_count];
    for edge in graph.edges() {
        hops[edge.from as usize][edge.to as usize] = Some(1);
        hops[edge.to as usize][edge.from as usize] = Some(1);
    }
    (0..node_count).for_each(|node| hops[node][node] = Some(0));
    for stop in 0..node_count {
        for from in 0..node_count {
            for to in 0..node_count {
                let by_way = hops[from][stop].zip(hops[stop][to]).map(|(a, b)| a + b);
                let direct = hops[from][to];
                hops[from][to] = direct.into_iter().chain(by_way).min();
            }
        }
    }
    hops
}

/// Number of shortest paths between two nodes of the simple graph, by taking the last step off.
fn path_count(graph: &SimpleGraph, hops: &[Vec<Option<u32>>], from: usize, to: usize) -> f64 {
    match hops[from][to] {
        None => 0.0,
        Some(0) => 1.0,
        Some(distance) => graph
            .neighbours(to)
            .iter()
            .filter(|&&before| hops[from][before as usize] == Some(distance - 1))
            .map(|&before| path_count(graph, hops, from, before as usize))
            .sum(),
    }
}

fn slow_betweenness(graph: &CompactGraph) -> Vec<f64> {
    let (simple, hops) = (SimpleGraph::new(graph), distances(graph));
    let count = |from, to| path_count(&simple, &hops, from, to);
    let nodes = 0..graph.node_count();
    let share = |node: usize, from: usize, to: usize| {
        let by_way = hops[from][node].zip(hops[node][to]).map(|(a, b)| a + b);
        if by_way.is_some() && by_way == hops[from][to] && node != from && node != to {
            count(from, node) * count(node, to) / count(from, to)
        } else {
            0.0
        }
    };
    let total = |node| {
        let pairs = nodes.clone().flat_map(|a| (0..a).map(move |b| (a, b)));
        pairs.map(|(from, to)| share(node, from, to)).sum()
    };
    nodes.clone().map(total).collect()
}

fn close(found: &[f64], expected: &[f64]) -> bool {
    let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
    found.len() == expected.len() && found.iter().zip(expected).all(near)
}

/// Everything that is measured, as bits.
fn all_bits(graph: &CompactGraph) -> Vec<Vec<u64>> {
    let mut answers = vec![
        betweenness(graph, Scale::Counted, &FREE()).unwrap(),
        betweenness(graph, Scale::Normalised, &FREE()).unwrap(),
        harmonic_closeness(graph, Scale::Normalised, &FREE()).unwrap(),
    ];
    for direction in [None, Some(Direction::Out), Some(Direction::In)] {
        let options = PageRankOptions {
            direction,
            ..PageRankOptions::default()
        };
        answers.push(page_rank(graph, options, &FREE()).unwrap());
    }
    let bits = |answer: Vec<f64>| answer.into_iter().map(f64::to_bits).collect();
    answers.into_iter().map(bits).collect()
}

#[test]
fn threads_make_no_difference() {
    let node_count = 1_500_u32;
    let edges: Vec<(u32, u32)> = (0..4 * node_count)
        .map(|it| (it % node_count, it.wrapping_mul(it ^ 0x9e37) % node_count))
        .collect();
    let graph = compact(&TestGraph::plain(node_count as usize, &edges));
    let expected = with_threads(1, || all_bits(&graph));
    assert_eq!(with_threads(4, || all_bits(&graph)), expected);
    assert_eq!(with_threads(3, || all_bits(&graph)), expected);
}

#[test]
fn a_deadline_that_passed_gives_no_answer() {
    let graph = compact(&TestGraph::plain(3, &[(0, 1), (1, 2)]));
    let late = FREE().until(Instant::now());
    let (scale, options) = (Scale::Counted, PageRankOptions::default());
    assert_eq!(betweenness(&graph, scale, &late), Err(Stop::Deadline));
    assert_eq!(
        harmonic_closeness(&graph, scale, &late),
        Err(Stop::Deadline)
    );
    assert_eq!(page_rank(&graph, options, &late), Err(Stop::Deadline));
    assert_eq!(triangles(&graph, &late), Err(Stop::Deadline));
}

proptest! {
    #[test]
    fn measures_agree_with_their_definitions(source in graphs()) {
        let graph = compact(&source);
        let node_count = graph.node_count();
        let found = betweenness(&graph, Scale::Counted, &FREE()).unwrap();
        prop_assert!(close(&found, &slow_betweenness(&graph)), "{found:?}");

        let hops = distances(&graph);
        let inverse = |row: &Vec<Option<u32>>| -> f64 {
            row.iter().flatten().filter(|&&it| it > 0).map(|&it| 1.0 / f64::from(it)).sum()
        };
        let expected: Vec<f64> = hops.iter().map(inverse).collect();
        let found = harmonic_closeness(&graph, Scale::Counted, &FREE()).unwrap();
        prop_assert!(close(&found, &expected), "{found:?}");

        let next_to = |a: usize, b: usize| hops[a][b] == Some(1);
        let all = 0..node_count;
        let threes = all.clone().flat_map(|a| (0..a).flat_map(move |b| (0..b).map(move |c| (a, b, c))));
        let expected = threes.filter(|&(a, b, c)| next_to(a, b) && next_to(b, c) && next_to(a, c)).count();
        prop_assert_eq!(triangles(&graph, &FREE()).unwrap(), expected as u64);

        for (node, degree) in degrees(&graph).into_iter().enumerate() {
            let ends = |end: fn(&crate::graph::CompactEdge) -> u32| {
                graph.edges().iter().filter(|&edge| end(edge) as usize == node).count() as u32
            };
            let expected = Degree {
                leaving: ends(|edge| edge.from),
                entering: ends(|edge| edge.to),
                neighbours: all.clone().filter(|&other| next_to(node, other)).count() as u32,
            };
            prop_assert_eq!(degree, expected);
        }
    }

    #[test]
    fn page_rank_is_what_one_more_round_leaves_alone(source in graphs()) {
        let graph = compact(&source);
        let node_count = graph.node_count();
        for direction in [None, Some(Direction::Out), Some(Direction::In)] {
            let options = PageRankOptions { direction, rounds_max: 400, tolerance: 1e-13, ..Default::default() };
            let ranks = page_rank(&graph, options, &FREE()).unwrap();
            let mut flows = Vec::new();
            for edge in graph.edges() {
                if direction != Some(Direction::In) {
                    flows.push((edge.from as usize, edge.to as usize));
                }
                if direction != Some(Direction::Out) {
                    flows.push((edge.to as usize, edge.from as usize));
                }
            }
            let mut again = vec![0.15 / node_count as f64; node_count];
            for (node, rank) in ranks.iter().enumerate() {
                let targets: Vec<usize> = flows.iter().filter(|flow| flow.0 == node).map(|flow| flow.1).collect();
                let targets = if targets.is_empty() { (0..node_count).collect() } else { targets };
                for &target in &targets {
                    again[target] += 0.85 * rank / targets.len() as f64;
                }
            }
            prop_assert!(close(&ranks, &again), "{ranks:?} {again:?}");
        }
    }

    #[test]
    fn a_hidden_part_is_a_missing_part(source in graphs()) {
        let (graph, stripped) = (compact(&source), compact(&source.stripped().graph));
        prop_assert_eq!(all_bits(&graph), all_bits(&stripped));
        prop_assert_eq!(degrees(&graph), degrees(&stripped));
    }
}

/// What is known of a network from police files (README of the data): made with networkx 3.
struct Known {
    file: &'static str,
    phase: Option<&'static str>,
    triangles: u64,
    betweenness: [(&'static str, f64); 3],
    neighbours: [(&'static str, u32); 3],
}

/// Reads `source,target` from columns of these names; the first column of the CAVIAR file is a phase.
fn read_network(path: &Path, phase: Option<&str>) -> (Vec<String>, CompactGraph) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name);
    let (source, target) = (column("source").unwrap(), column("target").unwrap());
    let mut names: Vec<String> = Vec::new();
    let mut edges = Vec::new();
    let mut position = |name: &str| match names.iter().position(|known| known == name) {
        Some(place) => place as u32,
        None => {
            names.push(name.to_owned());
            names.len() as u32 - 1
        }
    };
    for record in reader.records() {
        let record = record.unwrap();
        if phase.is_none_or(|phase| &record[column("phase").unwrap()] == phase) {
            edges.push((position(&record[source]), position(&record[target])));
        }
    }
    let graph = compact(&TestGraph::plain(names.len(), &edges));
    (names, graph)
}

#[test]
fn published_networks_have_their_known_measures() {
    let folder = Path::new("/work/shared/data/covert-networks");
    if !folder.exists() {
        println!("skipped: {} is not there", folder.display());
        return;
    }
    let all = [
        Known {
            file: "caviar",
            phase: Some("0"),
            triangles: 130,
            betweenness: [("1", 0.6375), ("12", 0.2921), ("87", 0.1193)],
            neighbours: [("1", 60), ("12", 28), ("3", 27)],
        },
        Known {
            file: "ciel",
            phase: None,
            triangles: 9,
            betweenness: [("N2", 0.6408), ("N1", 0.5908), ("N13", 0.0870)],
            neighbours: [("N2", 12), ("N1", 10), ("N13", 5)],
        },
        Known {
            file: "siren",
            phase: None,
            triangles: 142,
            betweenness: [("1", 0.7980), ("15", 0.3109), ("11", 0.0908)],
            neighbours: [("1", 33), ("15", 15), ("6", 11)],
        },
        Known {
            file: "london-gang",
            phase: None,
            triangles: 860,
            betweenness: [("1", 0.1087), ("7", 0.0755), ("4", 0.0725)],
            neighbours: [("1", 25), ("7", 25), ("12", 25)],
        },
    ];
    for known in all {
        let path = folder.join(format!("{}.edges.csv", known.file));
        let (names, graph) = read_network(&path, known.phase);
        assert_eq!(triangles(&graph, &FREE()), Ok(known.triangles));
        assert_eq!(components(&graph, &FREE()).unwrap().sizes().len(), 1);
        let scores = betweenness(&graph, Scale::Normalised, &FREE()).unwrap();
        let degrees = degrees(&graph);
        let mut by_score: Vec<usize> = (0..names.len()).collect();
        by_score.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        for (&place, (name, score)) in by_score.iter().zip(known.betweenness) {
            assert_eq!(names[place], name, "{}", known.file);
            assert!((scores[place] - score).abs() < 5.1e-5, "{}", scores[place]);
        }
        let largest = degrees.iter().map(|degree| degree.neighbours).max();
        assert_eq!(largest, Some(known.neighbours[0].1));
        for (name, count) in known.neighbours {
            let place = names.iter().position(|known| known == name).unwrap();
            assert_eq!(degrees[place].neighbours, count, "{name}");
        }
        assert!(graph.contains(NodeIndex(0)));
    }
}
