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

use std::collections::VecDeque;
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
}

fn workload() -> Option<Workload> {
    let store = std::env::var("VERBAND_BENCH_STORE").ok()?;
    let queries = std::env::var("VERBAND_BENCH_QUERIES").ok()?;
    let bench = Bench::open(store.as_ref()).unwrap();
    let queries: serde_json::Value =
        serde_json::from_slice(&std::fs::read(queries).unwrap()).unwrap();
    let node = |id: &serde_json::Value| {
        let key = format!("id:{id}");
        ["Person", "Address", "Company", "Signal"]
            .iter()
            .find_map(|label| bench.position(label, &key))
            .unwrap()
    };
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
        let per_edge = |total: Duration, edges: u64| total.as_nanos() as f64 / edges as f64;
        let total = |read: &mut dyn FnMut(Position)| {
            let begun = Instant::now();
            starts.iter().for_each(|&start| read(start));
            begun.elapsed()
        };
        let through = total(&mut |start| ignore(black_box(view.expand(start, hops))));
        let around = total(&mut |start| ignore(black_box(unfiltered.expand(start, hops))));
        let floor = total(&mut |start| ignore(black_box(bare.expand(start, hops))));
        println!(
            "{hops} hops, ns per visible edge: view {:.2}, unfiltered {:.2}, bare {:.2}; view / unfiltered {:.2}, view / bare {:.2}",
            per_edge(through, edges),
            per_edge(around, edges_all),
            per_edge(floor, edges),
            per_edge(through, edges) / per_edge(around, edges_all),
            through.as_nanos() as f64 / floor.as_nanos() as f64,
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
        group.bench_function("unfiltered", |timer| {
            timer.iter(|| {
                starts
                    .iter()
                    .map(|&start| unfiltered.expand(start, hops).0.len())
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
