//! No text makes the compiler or a run panic, or take long.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::QUERIES;
use crate::authz::Grant;
use crate::model::mutate::mutated;
use crate::model::{Day, Schema, TimeSpan};
use crate::model::{PropertyClass, Validity};
use crate::query::law::read::{Reader, open};
use crate::query::law::world::{About, MARKINGS, Rights, Saying, World, class_set};
use crate::scan::exec::{Budgets, Params, run};
use crate::scan::lang::{Declared, TimeMode, Vocabulary, compile, compile_with};
use crate::scan::pattern::Library;

/// Pieces that mutations put in.
const PIECES: [&str; 48] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "-",
    "->",
    "<-",
    "*",
    "..",
    "|",
    ":",
    ",",
    "'",
    "\"",
    "`",
    "$x",
    "$as_of",
    "MATCH",
    "OPTIONAL MATCH",
    "WHERE",
    "WITH",
    "RETURN",
    "UNWIND",
    "UNION",
    "DISTINCT",
    "ORDER BY",
    "SKIP",
    "LIMIT",
    "EXISTS {",
    "COUNT {",
    "CASE WHEN",
    "END",
    "IN",
    "IS NULL",
    "NOT",
    "count(*)",
    "collect(",
    "all(x IN",
    "0x",
    "9223372036854775808",
    "1e400",
    "é\u{301}",
    "\u{0}",
    "/*",
    "//",
    "\\u12",
];

fn world() -> World {
    let mut sayings = Vec::new();
    for number in 0..6_u16 {
        let node = About::Node(((number % 3) as u8, number));
        let edge = About::Edge {
            label: (number % 4) as u8,
            from: ((number % 3) as u8, number),
            to: (((number + 1) % 6 % 3) as u8, (number + 1) % 6),
            parallel: 0,
        };
        for about in [node, edge] {
            sayings.push(Saying {
                about,
                marking: 0,
                validity: Validity::ALWAYS,
                properties: std::collections::BTreeMap::new(),
                delivery: 0,
                file: 0,
                line: 1,
            });
        }
    }
    World {
        sayings,
        aliases: Vec::new(),
        marking_order: (0..MARKINGS).collect(),
        deliveries_before: 0,
    }
}

fn reader() -> Reader {
    let all = Grant {
        classes: Some(class_set(&PropertyClass::ALL)),
        rules: Vec::new(),
    };
    open(
        &world(),
        &Rights(vec![all; MARKINGS]),
        TimeSpan::On(Day::from_days(20_000).unwrap()),
    )
}

fn mutate(random: &mut ChaCha8Rng) -> String {
    let mut text: Vec<char> = QUERIES[random.random_range(0..QUERIES.len())]
        .chars()
        .collect();
    for _ in 0..random.random_range(1..5) {
        let at = random.random_range(0..=text.len());
        match random.random_range(0..5) {
            0 if at < text.len() => {
                text.remove(at);
            }
            1 => {
                let other: Vec<char> = QUERIES[random.random_range(0..QUERIES.len())]
                    .chars()
                    .collect();
                let from = random.random_range(0..other.len());
                let to = random.random_range(from..=other.len());
                text.splice(at..at, other[from..to].iter().copied());
            }
            2 => {
                let end = random.random_range(at..=text.len());
                text.drain(at..end);
            }
            3 => {
                let end = random.random_range(at..=text.len());
                let part = text[at..end].to_vec();
                text.splice(at..at, part);
            }
            _ => {
                let piece = PIECES[random.random_range(0..PIECES.len())];
                text.splice(at..at, format!(" {piece} ").chars());
            }
        }
    }
    text.into_iter().collect()
}

#[test]
fn no_mutated_query_panics() {
    let count = std::env::var("VERBAND_MUTATED_QUERIES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(20_000);
    let schema = crate::query::law::world::schema();
    let reader = reader();
    let declared = Declared {
        time: TimeMode::AsOf,
        ..Declared::default()
    };
    let budgets = Budgets {
        time: Duration::from_secs(5),
        edges_per_start: 2_000,
        edges: 20_000,
        rows: 200,
        bytes: 1 << 20,
        collect: 20,
    };
    let cancel = AtomicBool::new(false);
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let (mut compiled_count, mut ran) = (0, 0);
    let mut try_one = |text: &str| {
        for words in [Vocabulary::Any, Vocabulary::OpenProperties(&schema)] {
            if let Ok(compiled) = compile_with("mutated", text, words, &declared) {
                compiled_count += 1;
                ran += usize::from(
                    run(&reader.view, &compiled, &Params::new(), &budgets, &cancel).is_ok(),
                );
            }
        }
    };
    let seeds: Vec<&[u8]> = QUERIES.iter().map(|query| query.as_bytes()).collect();
    mutated("query", &seeds, |bytes| {
        try_one(&String::from_utf8_lossy(bytes));
    });
    for _ in 0..count {
        try_one(&mutate(&mut random));
    }
    println!("{count} mutated queries: {compiled_count} compiled, {ran} ran");
    assert!(ran * 100 > count, "mutations leave too little that runs");
}

#[test]
fn no_mutated_pattern_panics() {
    let schema = Schema::municipal().unwrap();
    let text = include_str!("../../../queries/overbewoning.cypher");
    mutated("pattern", &[text.as_bytes()], |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let _ = Library::of(std::iter::once(("overbewoning.cypher", &*text)), &schema);
    });
}

#[test]
fn what_is_nested_or_long_is_refused_before_it_can_harm() {
    let schema = Schema::municipal().unwrap();
    let refused = |text: String| {
        let messages = compile("long", &text, &schema, &Declared::default()).unwrap_err();
        assert_eq!(messages[0].code, "V201", "{}", messages[0]);
    };
    refused(format!(
        "RETURN {}1{}",
        "(".repeat(5_000),
        ")".repeat(5_000)
    ));
    refused(format!("RETURN {}1{}", "[".repeat(70), "]".repeat(70)));
    refused(format!("RETURN {}1", "NOT ".repeat(3_000)));
    refused(format!("RETURN {}1", "-".repeat(300)));
    refused(format!("RETURN 1{}", " + 1".repeat(3_000)));
    refused(format!("MATCH (a) RETURN a{}", ".b".repeat(3_000)));
    refused(format!("RETURN '{}'", "x".repeat(17_000)));
    refused(format!("MATCH (){} RETURN 1", "--()".repeat(200)));
    refused(format!(
        "{}RETURN 1",
        "UNWIND [1] AS x WITH 1 AS y ".repeat(60)
    ));
}

#[test]
fn a_bracket_that_could_begin_a_pattern_is_read_once() {
    // Trying both readings at each bracket would take 2 to the power of their number.
    let schema = Schema::municipal().unwrap();
    let text = format!("RETURN {}1{}", "({a: ".repeat(30), "})".repeat(30));
    let begun = std::time::Instant::now();
    drop(compile("deep", &text, &schema, &Declared::default()));
    assert!(begun.elapsed() < Duration::from_secs(5));
}
