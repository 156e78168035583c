//! How many records a second are durable before their answers leave: with one caller, so with one flush a record, and with many
//! who share flushes. Both in turns in one run; what counts is the ratio of the medians.
//!
//! `VERBAND_BENCH_DIR` names a directory on the disk to measure (default `target`): a file system in memory flushes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench may stop where it stands"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use verband::audit::{AuditLog, Decision, Outcome, ReadRecord, Recorder, Shown, verify};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 7;
const CALLERS: [usize; 4] = [1, 8, 64, 256];
/// How long each round is measured.
const ROUND: Duration = Duration::from_secs(1);

/// A dossier that shows forty nodes.
fn record(number: usize) -> ReadRecord {
    let nodes = (0..40).map(|node| format!("{:013}", number * 40 + node));
    ReadRecord {
        decision: Decision {
            principal: "inspecteur".to_owned(),
            department: "gemeente/toezicht".to_owned(),
            purpose: Some("woonfraude".to_owned()),
            action: "dossier".to_owned(),
            case: None,
            note: None,
            as_of: "2026-11-01".to_owned(),
            known_at: None,
            policy: "0".repeat(64),
            revision: 7,
            outcome: Outcome::Answered,
            traceparent: None,
            request: Some(
                serde_json::json!({ "method": "GET", "path": "/v1/dossiers/0000000000000" }),
            ),
        },
        shown: Shown::from([("Person".to_owned(), nodes.collect())]),
    }
}

/// Records a second, all of them durable: callers are tasks, as in the server.
fn rate(runtime: &Runtime, log: &Arc<AuditLog>, callers: usize) -> f64 {
    let begun = Instant::now();
    let callers: Vec<_> = (0..callers)
        .map(|caller| {
            let (log, record) = (Arc::clone(log), record(caller));
            runtime.spawn(async move {
                let mut done = 0;
                while begun.elapsed() < ROUND {
                    log.record(record.clone()).durable().await.unwrap();
                    done += 1;
                }
                done
            })
        })
        .collect();
    let done: usize = callers
        .into_iter()
        .map(|one| runtime.block_on(one).unwrap())
        .sum();
    done as f64 / begun.elapsed().as_secs_f64()
}

fn main() {
    let directory = std::env::var_os("VERBAND_BENCH_DIR")
        .map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let directory = tempfile::tempdir_in(directory).unwrap();
    let log = Arc::new(AuditLog::open(directory.path()).unwrap());
    let runtime = Runtime::new().unwrap();
    let mut rates = CALLERS.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (callers, rates) in CALLERS.iter().zip(&mut rates) {
            rates.push(rate(&runtime, &log, *callers));
        }
    }
    drop(runtime);
    drop(log);
    let medians = rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    println!("callers  records/s  times one caller");
    for (callers, median) in CALLERS.iter().zip(medians) {
        println!("{callers:7}  {median:9.0}  {:.1}", median / medians[0]);
    }
    let whole = verify(directory.path(), &[]).unwrap();
    println!("{} lines, whole", whole.end.n);
}
