//! Patterns as SQL: on random worlds DuckDB finds over the tables of an export what the engine finds, and an export tells
//! nothing of what its mandate may not see.
//!
//! `VERBAND_PORTABLE_WORLDS` sets how many worlds. DuckDB is asked through the program that goes with every export; where
//! there is no Python with the package `duckdb` (`make test` makes one, `VERBAND_PYTHON` names another) that part is skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use super::cases::{as_of, worlds};
use super::world::Tiny;
use crate::engine::{ExportRequest, ScanDone, ScanRequest};
use crate::model::{Level, Schema};
use crate::scan::pattern::{Library, ParameterValues};
use crate::scan::run::{Column, Element, Progress};

const PURPOSE: &str = "ondermijning";

/// Labels of nodes by name, in a world's text without ranges.
fn nodes(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.contains("->"));
    let words = lines.map(str::split_whitespace);
    words
        .filter_map(|mut words| Some((words.next()?, words.next()?)))
        .map(|(label, name)| (name.to_owned(), label.to_owned()))
        .collect()
}

/// A line for each name of its ranges.
fn without_ranges(line: &str) -> Vec<String> {
    let Some(word) = line.split(' ').find(|word| word.contains("..")) else {
        return vec![line.to_owned()];
    };
    let names = super::world::range(word).into_iter();
    names
        .flat_map(|name| without_ranges(&line.replacen(word, &name, 1)))
        .collect()
}

fn day(random: &mut StdRng) -> String {
    let year = random.random_range(2023..=2026);
    let month = random.random_range(1..=10);
    match random.random_range(0..12) {
        0 => year.to_string(),
        1 => format!("{year}-{month:02}"),
        _ => format!("{year}-{month:02}-{:02}", random.random_range(1..=28)),
    }
}

fn one<'a>(random: &mut StdRng, of: &[&'a str]) -> &'a str {
    of[random.random_range(0..of.len())]
}

/// A node of a label with values that patterns look at.
fn node(random: &mut StdRng, label: &str, name: &str) -> String {
    let mut line = format!("{label} {name}");
    let mut add =
        |chance: f64, random: &mut StdRng, value: &mut dyn FnMut(&mut StdRng) -> String| {
            if random.random_bool(chance) {
                let value = value(random);
                line.push_str(&format!(" {value}"));
            }
        };
    match label {
        "Address" => {
            add(0.9, random, &mut |random| {
                let uses = [
                    "woonfunctie",
                    "logiesfunctie",
                    "bijeenkomstfunctie",
                    "'woonfunctie, kantoorfunctie'",
                ];
                format!("use={}", one(random, &uses))
            });
            add(0.8, random, &mut |random| {
                format!("floor_area_m2={}", random.random_range(8..160))
            });
        }
        "Person" => add(0.7, random, &mut |random| {
            format!(
                "birth_date={}-05-0{}",
                random.random_range(1950..=2015),
                random.random_range(1..=9)
            )
        }),
        "Company" => {
            add(0.9, random, &mut |random| {
                format!(
                    "sbi_code={}",
                    one(random, &["7711", "5610", "78201", "45112", "6420"])
                )
            });
            add(0.7, random, &mut |random| {
                format!("employees={}", random.random_range(0..3))
            });
            add(0.6, random, &mut |_| {
                "legal_form='Besloten Vennootschap'".to_owned()
            });
            add(0.8, random, &mut |random| {
                format!("founded={}", day(random))
            });
            add(0.5, random, &mut |random| {
                format!("dissolved={}", day(random))
            });
        }
        "Signal" => {
            add(0.9, random, &mut |random| {
                let kinds = [
                    "drugs",
                    "heling",
                    "overlast",
                    "woonoverlast",
                    "illegale_verhuur",
                    "leegstand",
                ];
                format!("signal_type={}", one(random, &kinds))
            });
            add(0.95, random, &mut |random| format!("date={}", day(random)));
            add(0.9, random, &mut |random| {
                format!("weight=0.{}", random.random_range(1..10))
            });
            add(0.8, random, &mut |random| {
                format!("status={}", one(random, &["open", "gesloten"]))
            });
            add(1.0, random, &mut |random| {
                format!("@{}", one(random, &["politie", "wonen", "zorg"]))
            });
        }
        _ => {}
    }
    line
}

/// An edge that the schema allows between two nodes.
fn edge(random: &mut StdRng, nodes: &BTreeMap<String, String>) -> Option<String> {
    let names: Vec<(&String, &String)> = nodes.iter().collect();
    let (from, of) = names[random.random_range(0..names.len())];
    let (to, at) = names[random.random_range(0..names.len())];
    let schema = Schema::municipal().unwrap();
    let fitting: Vec<&str> = schema
        .edges
        .iter()
        .filter(|edge| edge.from.contains(of) && edge.to.contains(at))
        .map(|edge| edge.label.as_str())
        .collect();
    if fitting.is_empty() {
        return None;
    }
    let label = one(random, &fitting);
    let mut line = format!("{from} -{label}-> {to}");
    if random.random_bool(0.7) {
        line.push_str(&format!(" from={}", day(random)));
    }
    if random.random_bool(0.3) {
        line.push_str(&format!(" to={}", day(random)));
    }
    match label {
        "LIVES_AT" => line.push_str(&format!(" function={}", one(random, &["W", "W", "B"]))),
        "OWNS" => line.push_str(&format!(
            " price_eur={}",
            random.random_range(0..4) * 100_000
        )),
        _ => {}
    }
    Some(line)
}

/// A case of the library with nodes and edges of chance around it; some of what is said is hidden.
fn world(seed: u64) -> String {
    let random = &mut StdRng::seed_from_u64(seed);
    let cases = worlds();
    // Two worlds around each: first the hits, which stand before a near miss and a hidden one.
    let place = (seed as usize / 2) * 3;
    let mut lines: Vec<String> = cases[(place + place / cases.len()) % cases.len()]
        .lines()
        .filter(|line| !line.trim().is_empty())
        .flat_map(|line| without_ranges(line.trim_end_matches(" !")))
        .collect();
    for place in 0..random.random_range(2..9) {
        let label = one(
            random,
            &[
                "Address", "Person", "Person", "Company", "Company", "Signal", "Signal", "Vehicle",
            ],
        );
        lines.push(node(random, label, &format!("z{place}")));
    }
    let nodes = nodes(&lines.join("\n"));
    // Mostly few: what rests on absence seldom outlives many.
    let edges = random.random_range(0..8_usize);
    for _ in 0..edges * edges {
        lines.extend(edge(random, &nodes));
    }
    let mut seen = BTreeSet::new();
    // Two lines about one edge and day are one statement or a refused one: each is said once.
    lines.retain(|line| seen.insert(line.split(" function=").next().unwrap_or(line).to_owned()));
    for line in &mut lines {
        if random.random_bool(0.1) {
            line.push_str(" !");
        }
    }
    lines.join("\n")
}

/// The world without what is hidden.
fn pruned(text: &str) -> String {
    let hidden: Vec<&str> = text.lines().filter(|line| line.ends_with(" !")).collect();
    let gone = nodes(&hidden.join("\n"));
    let stays = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at_gone = match words.as_slice() {
            [from, arrow, to, ..] if arrow.ends_with("->") => {
                gone.contains_key(*from) || gone.contains_key(*to)
            }
            _ => false,
        };
        !line.ends_with(" !") && !at_gone
    };
    text.lines().filter(stays).collect::<Vec<_>>().join("\n")
}

/// Thresholds at their loosest, so that small worlds reach them.
fn loose(library: &Library) -> BTreeMap<String, ParameterValues> {
    library
        .iter()
        .map(|pattern| {
            let loosest = pattern.front.params.iter().map(|(name, one)| {
                let value = match name.split('_').next() {
                    Some("min") => one.min,
                    Some("max" | "m2") => one.max,
                    _ => one.default,
                };
                (name.clone(), value)
            });
            (pattern.id().to_owned(), loosest.collect())
        })
        .collect()
}

fn library() -> Library {
    Library::built_in(&Schema::municipal().unwrap()).unwrap_or_else(|error| panic!("{error}"))
}

/// Patterns that a mandate may run that sees everything, or not: what rests on absence is refused to the other.
fn runnable(clearance: Level) -> Vec<String> {
    let sees_all = clearance == Level::ZeerGeheim;
    let library = library();
    let runs = library
        .iter()
        .filter(|one| sees_all || one.compiled.is_monotone());
    runs.map(|one| one.id().to_owned()).collect()
}

fn scan(tiny: &Tiny, clearance: Level) -> ScanDone {
    let request = ScanRequest {
        mandate: "m".to_owned(),
        patterns: runnable(clearance),
        parameters: loose(&library()),
        dry_run: true,
        whole: true,
        ..ScanRequest::default()
    };
    let progress = Arc::new(Progress::default());
    tiny.engine.scan(&request, "test", &progress).unwrap()
}

fn export(tiny: &Tiny, clearance: Level, directory: &Path) {
    let request = ExportRequest {
        mandate: "m".to_owned(),
        patterns: runnable(clearance),
        parameters: loose(&library()),
        ..ExportRequest::default()
    };
    tiny.engine.export(&request, directory, "test").unwrap();
}

/// A match in a form that both engines have.
#[derive(Debug, PartialEq, Eq)]
struct Plain {
    score: i64,
    evidence: BTreeSet<String>,
    columns: BTreeMap<String, String>,
}

type ByPattern = BTreeMap<String, BTreeMap<String, Plain>>;

fn of_engine(done: &ScanDone) -> ByPattern {
    let plain = |one: &crate::scan::run::Match| {
        let evidence = one.evidence.iter().map(|element| match element {
            Element::Node { id } => id.to_string(),
            Element::Edge { id, .. } => id.to_string(),
        });
        let columns = one.columns.iter().map(|(name, column)| {
            let told = match column {
                Column::Number(number) => number.to_string(),
                Column::Text(text) => text.clone(),
                Column::Node(id) => id.to_string(),
            };
            (name.clone(), told)
        });
        let plain = Plain {
            score: one.score,
            evidence: evidence.collect(),
            columns: columns.collect(),
        };
        (one.subject.to_string(), plain)
    };
    done.matches
        .iter()
        .map(|(pattern, matches)| (pattern.clone(), matches.iter().map(plain).collect()))
        .collect()
}

fn of_sql(directory: &Path) -> ByPattern {
    let mut found = ByPattern::new();
    for line in std::fs::read_to_string(directory.join("flags.jsonl"))
        .unwrap()
        .lines()
    {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line.get("failed").is_none(), "{line}");
        let Some(pattern) = line["pattern"].as_str() else {
            continue;
        };
        let of_pattern = found.entry(pattern.to_owned()).or_default();
        let Some(subject) = line["subject"].as_str() else {
            continue;
        };
        let evidence = line["evidence"].as_array().unwrap().iter();
        let mut evidence: BTreeSet<String> = evidence
            .map(|one| one.as_str().unwrap().to_owned())
            .collect();
        evidence.insert(subject.to_owned());
        let columns = line
            .as_object()
            .unwrap()
            .iter()
            .filter_map(|(name, value)| {
                let told = match value {
                    _ if ["pattern", "subject", "score", "evidence"].contains(&name.as_str()) => {
                        return None;
                    }
                    Value::Null => return None,
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                Some((name.clone(), told))
            });
        let plain = Plain {
            score: line["score"].as_i64().unwrap(),
            evidence,
            columns: columns.collect(),
        };
        // As in the engine: the first row of a subject, with the evidence of all.
        match of_pattern.get_mut(subject) {
            Some(known) => known.evidence.extend(plain.evidence),
            None => {
                of_pattern.insert(subject.to_owned(), plain);
            }
        }
    }
    found
}

/// A Python that has DuckDB.
fn python() -> Option<PathBuf> {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/duckdb/bin/python");
    let python = std::env::var_os("VERBAND_PYTHON").map_or(made, PathBuf::from);
    let asked = Command::new(&python).args(["-c", "import duckdb"]).status();
    asked.is_ok_and(|status| status.success()).then_some(python)
}

/// Runs the program of each export, in one Python.
const RUN_ALL: &str = "
import runpy, sys
sys.dont_write_bytecode = True
directories, sys.argv = sys.argv[1:], ['run.py', 'duckdb']
for directory in directories:
    try:
        runpy.run_path(directory + '/run.py')
    except SystemExit as end:
        if end.code:
            sys.exit(directory + ': ' + str(end.code))
";

#[test]
fn duckdb_finds_over_an_export_what_the_engine_finds_and_what_is_hidden_changes_no_byte() {
    let count = std::env::var("VERBAND_PORTABLE_WORLDS").map_or(88, |count| count.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let mut made = Vec::new();
    let mut hits: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..count {
        let text = world(seed);
        // Half of the mandates see everything, and run what rests on absence too.
        let clearance = if seed % 2 == 0 {
            Level::ZeerGeheim
        } else {
            Level::Vertrouwelijk
        };
        let open = |text: &str| Tiny::cleared(text, PURPOSE, as_of, library(), clearance);
        let tiny = open(&text);
        let done = scan(&tiny, clearance);
        for outcome in &done.run.patterns {
            // A ring of many ways reaches the limit of evidence, and then counts for nothing.
            let why = outcome.incomplete.as_deref();
            let is_limit = why.is_none_or(|why| why.contains("a list of evidence"));
            assert!(
                is_limit,
                "seed {seed}, {}: {why:?}\n{text}",
                outcome.pattern
            );
        }
        for (pattern, matches) in &done.matches {
            *hits.entry(pattern.clone()).or_default() += matches.len();
        }
        let path = directory.path().join(seed.to_string());
        export(&tiny, clearance, &path);
        if clearance == Level::Vertrouwelijk {
            let twin = open(&pruned(&text));
            assert_eq!(
                of_engine(&scan(&twin, clearance)),
                of_engine(&done),
                "seed {seed}\n{text}"
            );
            let other = directory.path().join(format!("{seed}-twin"));
            export(&twin, clearance, &other);
            for part in ["tables", "sql"] {
                assert_eq!(
                    bytes(&other.join(part)),
                    bytes(&path.join(part)),
                    "seed {seed}\n{text}"
                );
            }
        }
        made.push((seed, text, path, of_engine(&done)));
    }
    let never: Vec<String> = library()
        .iter()
        .map(|one| one.id().to_owned())
        .filter(|id| hits.get(id).is_none_or(|hits| *hits == 0))
        .collect();
    assert!(
        count < 88 || never.is_empty(),
        "nothing is ever found by {never:?}"
    );

    let Some(python) = python() else {
        eprintln!("skipped: no Python with the package duckdb");
        return;
    };
    let mut all = Command::new(python);
    all.args(["-c", RUN_ALL])
        .args(made.iter().map(|(_, _, path, _)| path));
    let done = all.output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let mut compared = 0;
    for (seed, text, path, expected) in made {
        let found = of_sql(&path);
        for (pattern, matches) in found {
            if let Some(expected) = expected.get(&pattern) {
                assert_eq!(matches, *expected, "seed {seed}, {pattern}\n{text}");
                compared += 1;
            }
        }
    }
    assert!(compared > 15 * count, "{compared} comparisons");
}

/// The files of a directory.
fn bytes(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

#[test]
fn every_pattern_of_the_library_can_be_written_as_sql() {
    use crate::scan::sql::{Dialect, translate};
    let schema = Schema::municipal().unwrap();
    for pattern in library().iter() {
        for dialect in Dialect::ALL {
            let parameters = pattern.parameters(&ParameterValues::new()).unwrap();
            let translated = translate(pattern, &parameters, as_of(), &schema, dialect);
            let translated = translated.unwrap_or_else(|error| panic!("{error}"));
            // What it reads is what the compiler says it can look at.
            let inspects = pattern.compiled.inspects();
            for (table, columns) in translated.tables {
                let name = table.name();
                let label = name.rsplit("_node_").next().unwrap();
                for column in columns {
                    let read = (label.to_owned(), column.name().to_owned());
                    assert!(
                        !name.contains("_node_")
                            || column.name().starts_with('_')
                            || inspects.properties.contains(&read),
                        "{}: {read:?}",
                        pattern.id()
                    );
                }
            }
        }
    }
}
