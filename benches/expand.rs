//! What does a read cost through a view, without one, and in a bare loop over arrays?
//!
//! `VERBAND_BENCH_STORE` names a store with the workload of `docs/BENCHMARKS.md`, `VERBAND_BENCH_QUERIES` its
//! `queries.json`. Every answer is checked against the bare loop before anything is timed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a bench may stop where it stands"
)]

use std::collections::{HashMap, VecDeque};
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use verband::bench_support::{Bench, Position, Reads};
use verband::model::Day;

/// Clearance of the workload's caller per department.
const CLEAR: [i32; 8] = [3, 2, 2, 1, 1, 1, 0, -1];

struct Workload {
    bench: Bench,
    starts: Vec<Position>,
    pairs: Vec<(Position, Position)>,
    /// The number of each node in the rows.
    names: HashMap<Position, u64>,
}

fn workload() -> Option<Workload> {
    let store = std::env::var("VERBAND_BENCH_STORE").ok()?;
    let queries = std::env::var("VERBAND_BENCH_QUERIES").ok()?;
    let bench = Bench::open(store.as_ref()).unwrap();
    let queries: serde_json::Value =
        serde_json::from_slice(&std::fs::read(queries).unwrap()).unwrap();
    let labels = ["Person", "Address", "Company", "Signal"];
    let mut names = HashMap::new();
    let mut positions = HashMap::new();
    for label in labels {
        let first = queries["base"][label.to_lowercase()].as_u64().unwrap();
        let count = queries["count"][label.to_lowercase()].as_u64().unwrap();
        for id in first..first + count {
            let position = bench.position(label, &format!("id:{id}")).unwrap();
            names.insert(position, id);
            positions.insert(id, position);
        }
    }
    let node = |id: &serde_json::Value| positions[&id.as_u64().unwrap()];
    let starts = queries["start"]
        .as_array()
        .unwrap()
        .iter()
        .map(node)
        .collect();
    let pairs = queries["pairs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (node(&pair[0]), node(&pair[1])))
        .collect();
    Some(Workload {
        bench,
        starts,
        pairs,
        names,
    })
}

/// The bare loop: compressed rows of its own, stamps, nothing else.
struct Bare {
    offsets: Vec<u32>,
    neighbours: Vec<u32>,
    stamps: Vec<u32>,
    stamp: u32,
}

impl Bare {
    fn new(adjacency: Vec<Vec<Position>>) -> Self {
        let mut offsets = vec![0];
        let mut neighbours = Vec::new();
        for row in adjacency {
            neighbours.extend(row);
            offsets.push(neighbours.len() as u32);
        }
        let stamps = vec![0; offsets.len()];
        Self {
            offsets,
            neighbours,
            stamps,
            stamp: 0,
        }
    }

    fn row(&self, node: u32) -> &[u32] {
        &self.neighbours
            [self.offsets[node as usize] as usize..self.offsets[node as usize + 1] as usize]
    }

    fn expand(&mut self, start: u32, hops: usize) -> Vec<u32> {
        self.stamp += 1;
        let mut found = vec![start];
        self.stamps[start as usize] = self.stamp;
        let mut begun = 0;
        for _ in 0..hops {
            let end = found.len();
            for place in begun..end {
                let node = found[place] as usize;
                for slot in self.offsets[node]..self.offsets[node + 1] {
                    let other = self.neighbours[slot as usize];
                    if self.stamps[other as usize] != self.stamp {
                        self.stamps[other as usize] = self.stamp;
                        found.push(other);
                    }
                }
            }
            begun = end;
        }
        found
    }

    fn path(&self, from: u32, to: u32, hops_max: usize) -> Option<usize> {
        let mut seen = std::collections::HashMap::from([(from, 0)]);
        let mut queue = VecDeque::from([from]);
        while let Some(node) = queue.pop_front() {
            let hops = seen[&node];
            if node == to {
                return Some(hops);
            }
            if hops < hops_max {
                for &other in self.row(node) {
                    seen.entry(other).or_insert_with(|| {
                        queue.push_back(other);
                        hops + 1
                    });
                }
            }
        }
        None
    }
}

/// The price of authorization: the same code and starts, with and without a view. An edge counts as examined when its slot
/// was looked at, seen or not. Both run in turn, and the fastest pass of each counts, so that a busy machine does not show.
fn price(name: &str, with: &impl Reads, without: &impl Reads, starts: &[Position], hops: usize) {
    fn pass(reads: &impl Reads, starts: &[Position], hops: usize) -> Duration {
        let begun = Instant::now();
        let expand = |&start| ignore(black_box(reads.expand(start, hops)));
        starts.iter().for_each(expand);
        begun.elapsed()
    }
    fn examined(reads: &impl Reads, starts: &[Position], hops: usize) -> usize {
        let within = |&start: &Position| reads.expand(start, hops - 1).0;
        let tested = |node| reads.slots_tested(node);
        starts.iter().flat_map(within).map(tested).sum()
    }
    let (mut fastest, mut floor) = (Duration::MAX, Duration::MAX);
    for _ in 0..50 {
        fastest = fastest.min(pass(with, starts, hops));
        floor = floor.min(pass(without, starts, hops));
    }
    let per_edge = |time: Duration, edges: usize| time.as_nanos() as f64 / edges as f64;
    let seen = per_edge(fastest, examined(with, starts, hops));
    let loose = per_edge(floor, examined(without, starts, hops));
    println!(
        "{hops} hops, {name}: {seen:.2} and {loose:.2} ns per edge examined, ratio {:.2}; {fastest:?} and {floor:?} in all, ratio {:.2}",
        seen / loose,
        fastest.as_nanos() as f64 / floor.as_nanos() as f64,
    );
}

/// Number of ids and the wrapping sum of their SplitMix64: what `benches/peers` compares (Steele, Lea, Flood 2014).
fn mixed(ids: impl Iterator<Item = u64>) -> (usize, u64) {
    ids.fold((0, 0_u64), |(count, sum), id| {
        let z = id.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (count + 1, sum.wrapping_add(z ^ (z >> 31)))
    })
}

/// Writes what other engines must answer too.
fn write_answers(
    path: &std::path::Path,
    view: &impl Reads,
    unfiltered: &impl Reads,
    starts: &[Position],
    pairs: &[(Position, Position)],
    names: &HashMap<Position, u64>,
) {
    fn expand(
        reads: &impl Reads,
        starts: &[Position],
        hops: usize,
        names: &HashMap<Position, u64>,
    ) -> Vec<(usize, u64)> {
        let found = starts.iter().map(|&start| reads.expand(start, hops).0);
        found
            .map(|nodes| mixed(nodes.iter().map(|node| names[node])))
            .collect()
    }
    let paths: Vec<_> = pairs
        .iter()
        .map(|&(from, to)| unfiltered.path(from, to, 6))
        .collect();
    let answers = serde_json::json!({
        "view-2": expand(view, starts, 2, names), "view-3": expand(view, starts, 3, names),
        "unfiltered-2": expand(unfiltered, starts, 2, names),
        "unfiltered-3": expand(unfiltered, starts, 3, names),
        "path": paths, "components": unfiltered.components(),
    });
    std::fs::write(path, answers.to_string()).unwrap();
}

/// Takes an answer that was made only to be timed.
fn ignore<T>(_: T) {}

/// Median and 99th percentile of single answers, after one pass to warm up.
fn spread(count: usize, mut answer: impl FnMut(usize)) -> (Duration, Duration) {
    (0..count).for_each(&mut answer);
    let mut times: Vec<Duration> = (0..count)
        .map(|query| {
            let begun = Instant::now();
            answer(query);
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    (times[count / 2], times[count * 99 / 100])
}

fn main() {
    let Some(Workload {
        bench,
        starts,
        pairs,
        names,
    }) = workload()
    else {
        println!("skipped: set VERBAND_BENCH_STORE and VERBAND_BENCH_QUERIES (docs/BENCHMARKS.md)");
        return;
    };
    let size = bench.size();
    println!(
        "{} nodes, {} edges: {:.1} bytes a node; {:.1} bytes an edge in traversals, {:.1} in all",
        size.nodes,
        size.edges,
        size.node_bytes as f64 / size.nodes as f64,
        size.adjacency_bytes as f64 / size.edges as f64,
        size.edge_bytes as f64 / size.edges as f64,
    );
    let sees = |_: &str, department: &str, level: u8| {
        CLEAR
            .get(department.parse::<usize>().unwrap())
            .is_some_and(|&clear| i32::from(level) <= clear)
    };
    let begun = Instant::now();
    let view = bench.view(Day::MAX, sees);
    println!(
        "a new caller: view compiled in {:?}, {} bytes",
        begun.elapsed(),
        view.bytes()
    );
    let unfiltered = bench.unfiltered();
    let stripped = bench.stripped(&view).unwrap();
    let everything = bench.view(Day::MAX, |_, _, _| true);
    if let Ok(path) = std::env::var("VERBAND_BENCH_ANSWERS") {
        write_answers(path.as_ref(), &view, &unfiltered, &starts, &pairs, &names);
    }

    let mut bare = Bare::new(view.adjacency());
    let mut bare_all = Bare::new(unfiltered.adjacency());
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    for hops in [2, 3] {
        let (mut nodes, mut edges, mut edges_all) = (0, 0, 0);
        for &start in &starts {
            for (found, expected) in [
                (view.expand(start, hops), bare.expand(start, hops)),
                (unfiltered.expand(start, hops), bare_all.expand(start, hops)),
            ] {
                let (mut one, mut other) = (found.0, expected);
                one.sort_unstable();
                other.sort_unstable();
                assert_eq!(one, other, "a wrong answer from {start}");
            }
            let (found, examined) = view.expand(start, hops);
            nodes += found.len();
            edges += examined;
            edges_all += unfiltered.expand(start, hops).1;
        }
        let count = starts.len();
        let seen = spread(count, |query| {
            ignore(black_box(view.expand(starts[query], hops)))
        });
        let loose = spread(count, |query| {
            ignore(black_box(unfiltered.expand(starts[query], hops)))
        });
        let floor = spread(count, |query| {
            ignore(black_box(bare.expand(starts[query], hops)))
        });
        println!(
            "{hops} hops: {:.1} nodes and {:.1} edges on average; view p50 {:?} p99 {:?}; unfiltered p50 {:?} p99 {:?} ({:.1} edges); bare p50 {:?} p99 {:?}",
            nodes as f64 / count as f64,
            edges as f64 / count as f64,
            seen.0,
            seen.1,
            loose.0,
            loose.1,
            edges_all as f64 / count as f64,
            floor.0,
            floor.1
        );
        let seen = "17 of 32 markings seen";
        price(
            &format!("{seen}, against no view"),
            &view,
            &unfiltered,
            &starts,
            hops,
        );
        price(
            "everything seen, against no view",
            &everything,
            &unfiltered,
            &starts,
            hops,
        );
        price(
            &format!("{seen}, against a graph of only these"),
            &view,
            &stripped,
            &starts,
            hops,
        );
        let mut group = criterion.benchmark_group(format!("expand {hops} hops, all starts"));
        group.bench_function("view", |timer| {
            timer.iter(|| {
                starts
                    .iter()
                    .map(|&start| view.expand(start, hops).0.len())
                    .sum::<usize>()
            })
        });
        group.bench_function("bare loop", |timer| {
            timer.iter(|| {
                starts
                    .iter()
                    .map(|&start| bare.expand(start, hops).len())
                    .sum::<usize>()
            })
        });
        group.finish();
    }

    for &(from, to) in &pairs {
        assert_eq!(
            unfiltered.path(from, to, 6),
            bare_all.path(from, to, 6),
            "a wrong path"
        );
    }
    let seen = spread(pairs.len(), |query| {
        ignore(black_box(view.path(pairs[query].0, pairs[query].1, 6)))
    });
    let loose = spread(pairs.len(), |query| {
        ignore(black_box(unfiltered.path(
            pairs[query].0,
            pairs[query].1,
            6,
        )))
    });
    println!(
        "path of at most 6: view p50 {:?} p99 {:?}; unfiltered p50 {:?} p99 {:?}",
        seen.0, seen.1, loose.0, loose.1
    );

    let (count, _) = unfiltered.components();
    let whole = spread(10, |_| ignore(black_box(unfiltered.components())));
    let through = spread(10, |_| ignore(black_box(view.components())));
    println!(
        "components: {count}; view {:?}, unfiltered {:?}",
        through.0, whole.0
    );
    criterion.final_summary();
}
