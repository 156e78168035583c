//! A scan after a load looks again only where something changed, and finds what a whole scan finds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::cases::{as_of, worlds};
use super::world::Tiny;
use crate::engine::{ScanDone, ScanRequest};
use crate::model::Schema;
use crate::scan::pattern::Library;
use crate::scan::run::{Match, Progress};

/// Worlds whose names are the same: their nodes are one, and so patterns meet in them.
const GROUPS: usize = 24;
/// Loads in one test.
const LOADS: usize = 5;

/// The lines of all cases of all patterns, each with the names of its nodes made those of its group.
fn lines() -> Vec<Vec<String>> {
    worlds()
        .iter()
        .enumerate()
        .map(|(number, world)| {
            let group = format!("g{}", number % GROUPS);
            let named = |word: &str| {
                word.chars().next().is_some_and(char::is_lowercase) && !word.contains(['=', '\''])
            };
            let lines = world.lines().filter(|line| !line.trim().is_empty());
            lines
                .map(|line| {
                    let words: Vec<String> = line
                        .split(' ')
                        .map(|word| match word {
                            word if named(word) => format!("{group}{word}"),
                            word => word.to_owned(),
                        })
                        .collect();
                    words.join(" ")
                })
                .collect()
        })
        .collect()
}

fn is_node(line: &str) -> bool {
    !line.contains("->")
}

fn scan(tiny: &Tiny, whole: bool) -> ScanDone {
    let request = ScanRequest {
        mandate: "m".to_owned(),
        whole,
        dry_run: whole,
        ..ScanRequest::default()
    };
    let progress = Arc::new(Progress::default());
    tiny.engine.scan(&request, "test", &progress).unwrap()
}

/// What was found, evidence without its order: that is the order of the plan, which follows how many nodes there are.
fn found(done: &ScanDone) -> BTreeMap<&str, Vec<(Match, BTreeSet<String>)>> {
    let matches = done.matches.iter().map(|(pattern, matches)| {
        let mut found: Vec<(Match, BTreeSet<String>)> = matches
            .iter()
            .map(|one| {
                let evidence = one.evidence.iter().map(|element| format!("{element:?}"));
                let evidence = evidence.collect();
                let rest = Match {
                    evidence: Vec::new(),
                    ..one.clone()
                };
                (rest, evidence)
            })
            .collect();
        found.sort_by_key(|(one, _)| one.subject);
        (pattern.as_str(), found)
    });
    matches.collect()
}

/// Loads lines bit by bit, and gives the patterns that looked again only where something changed.
fn run(purpose: &str, order: &[prop::sample::Index]) -> Result<BTreeSet<String>, TestCaseError> {
    let worlds = lines();
    let nodes: String = worlds
        .iter()
        .flatten()
        .filter(|line| is_node(line))
        .map(|line| format!("{line}\n"))
        .collect();
    let mut waiting: Vec<(usize, &String)> = worlds
        .iter()
        .zip(0..)
        .flat_map(|(world, number)| world.iter().map(move |line| (number, line)))
        .filter(|(_, line)| !is_node(line))
        .collect();
    // What comes later, drawn from the first of the order on; the rest is there from the start.
    let later: Vec<(usize, &String)> = order
        .iter()
        .map(|index| waiting.remove(index.index(waiting.len())))
        .collect();
    let all: String = waiting
        .iter()
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    let mut tiny = Tiny::new(&format!("{nodes}{all}"), purpose, as_of);
    scan(&tiny, false);
    let mut again = BTreeSet::new();
    for (load, number) in later.chunks(later.len().div_ceil(LOADS)).zip(2..) {
        // Nodes that edges name are named again: that says nothing new.
        let of_worlds = load.iter().flat_map(|(world, _)| &worlds[*world]);
        let named: String = of_worlds
            .filter(|line| is_node(line))
            .map(|line| format!("{line}\n"))
            .collect();
        let said: String = load.iter().map(|(_, line)| format!("{line}\n")).collect();
        tiny.add(&format!("{named}{said}"), number);
        let part = scan(&tiny, false);
        let whole = scan(&tiny, true);
        for (pattern, told) in &whole.differences {
            let changes = told.added.len() + told.removed.len() + told.changed.len();
            prop_assert_eq!(changes, 0, "{}: {:?}", pattern, told);
        }
        let (one, other) = (found(&part), found(&whole));
        for (pattern, whole) in &other {
            prop_assert_eq!(one.get(pattern), Some(whole), "{}", pattern);
        }
        prop_assert_eq!(one.len(), other.len());
        let told = part.run.patterns.iter();
        let partly = told.filter(|one| one.incomplete.is_none() && one.edges.is_none());
        again.extend(partly.map(|one| one.pattern.clone()));
    }
    Ok(again)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_scan_after_a_load_finds_what_a_whole_scan_finds(
        purpose in prop::sample::select(vec!["ondermijning", "woonfraude"]),
        order in prop::collection::vec(any::<prop::sample::Index>(), 20),
    ) {
        let again = run(purpose, &order)?;
        prop_assert!(!again.is_empty());
    }
}

#[test]
fn every_pattern_of_the_library_looks_again_only_where_something_changed() {
    use proptest::strategy::{Strategy, ValueTree};
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let order = prop::collection::vec(any::<prop::sample::Index>(), 10)
        .new_tree(&mut runner)
        .unwrap()
        .current();
    let library = Library::built_in(&Schema::municipal().unwrap()).unwrap();
    let all: BTreeSet<String> = library.iter().map(|one| one.id().to_owned()).collect();
    assert_eq!(run("ondermijning", &order).unwrap(), all);
}

#[test]
fn another_day_another_parameter_or_an_order_to_do_so_make_a_scan_look_everywhere() {
    let mut tiny = Tiny::new(&worlds().first().unwrap().clone(), "ondermijning", as_of);
    let edges = |done: &ScanDone| -> Vec<Option<u64>> {
        let told = done.run.patterns.iter();
        let counted = told.filter(|one| one.incomplete.is_none());
        counted.map(|one| one.edges).collect()
    };
    let whole = |done: &ScanDone| edges(done).iter().all(Option::is_some);
    assert!(whole(&scan(&tiny, false)));
    assert!(!whole(&scan(&tiny, false)));
    assert!(whole(&scan(&tiny, true)));
    let tomorrow = as_of().plus(1);
    assert!(whole(&tiny.scan(&["overbewoning"], Some(tomorrow))));
    assert!(!whole(&tiny.scan(&["overbewoning"], Some(tomorrow))));
    let request = ScanRequest {
        mandate: "m".to_owned(),
        patterns: vec!["overbewoning".to_owned()],
        parameters: BTreeMap::from([(
            "overbewoning".to_owned(),
            BTreeMap::from([("m2_per_person".to_owned(), 10)]),
        )]),
        as_of: Some(tomorrow),
        ..ScanRequest::default()
    };
    let other = tiny.engine.scan(&request, "test", &Arc::default()).unwrap();
    assert!(whole(&other));
    tiny.add("Address far", 2);
    assert!(!whole(
        &tiny.engine.scan(&request, "test", &Arc::default()).unwrap()
    ));
}
