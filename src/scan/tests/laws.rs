//! What is hidden has no influence on the answer to any query.

use std::sync::LazyLock;

use proptest::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::QUERIES;
use crate::model::TimeSpan;
use crate::query::ReadLimits;
use crate::query::law::random::{change, rights, span, world};
use crate::query::law::read::{Reader, open, open_limited};
use crate::query::law::strip::{strip, twin};
use crate::query::law::world::{Rights, World};
use crate::scan::{QueryRequest, QueryTime, ask};

/// The answer or the error as bytes, and what would be recorded of it.
fn answer(reader: &Reader, text: &str, time: QueryTime) -> String {
    let request = QueryRequest {
        text: text.to_owned(),
        time,
        ..QueryRequest::default()
    };
    match ask(&reader.session, &request) {
        Ok(answer) => serde_json::to_string(&answer).unwrap(),
        Err(error) => format!("{error:?}: {error}"),
    }
}

fn transcript(reader: &Reader) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for text in QUERIES {
        for time in [QueryTime::AsOf, QueryTime::History] {
            told.push(format!("{text}: {}", answer(reader, text, time)));
        }
    }
    told.push(format!("shown: {:?}", reader.session.shown()));
    told
}

fn read(world: &World, rights: &Rights, span: TimeSpan) -> Vec<String> {
    transcript(&open(world, rights, span))
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
}

static ONE: LazyLock<ThreadPool> = LazyLock::new(|| pool(1));
static MANY: LazyLock<ThreadPool> = LazyLock::new(|| pool(4));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_query_answers_as_on_the_world_without_what_is_hidden(
        world in world(),
        rights in rights(),
        span in span(),
    ) {
        prop_assert_eq!(read(&strip(&world, &rights), &rights, span), read(&world, &rights, span));
    }

    #[test]
    fn twin_worlds_answer_queries_alike(
        world in world(),
        rights in rights(),
        change in change(),
        span in span(),
    ) {
        let twin = twin(&world, &rights, &change);
        prop_assert_eq!(read(&world, &rights, span), read(&twin, &rights, span));
    }

    #[test]
    fn one_thread_and_many_answer_alike(world in world(), rights in rights(), span in span()) {
        let one = ONE.install(|| read(&world, &rights, span));
        let many = MANY.install(|| read(&world, &rights, span));
        prop_assert_eq!(one, many);
    }

    #[test]
    fn a_budget_that_is_used_up_is_told_and_hides_nothing_else(
        world in world(),
        rights in rights(),
        span in span(),
        edges in 0_u64..40,
    ) {
        let limits = ReadLimits { edges_examined: edges, ..ReadLimits::default() };
        let limited = |world: &World| {
            let world = world.with_seen_aliases(&rights);
            open_limited(world.load(), world.clearance(&rights), span, limits)
        };
        let (full, stripped) = (limited(&world), limited(&strip(&world, &rights)));
        prop_assert_eq!(transcript(&full), transcript(&stripped));
        for text in QUERIES {
            let cut = answer(&full, text, QueryTime::AsOf);
            let whole = answer(&open(&world, &rights, span), text, QueryTime::AsOf);
            prop_assert!(cut == whole || cut.contains("\"limit\":\"edges-examined"), "{}: {}", text, cut);
        }
    }
}

#[test]
fn queries_of_these_laws_find_something() {
    // The laws above would hold if every answer were empty.
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut found = vec![0; QUERIES.len()];
    for _ in 0..60 {
        let (world, rights, span) = (world(), rights(), span())
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let reader = open(&world, &rights, span);
        for (text, found) in QUERIES.iter().zip(&mut found) {
            let request = QueryRequest {
                text: (*text).to_owned(),
                ..QueryRequest::default()
            };
            if let Ok(answer) = ask(&reader.session, &request) {
                *found += answer.body.rows.len();
            }
        }
    }
    for (text, found) in QUERIES.iter().zip(found) {
        assert!(
            found > 0 || text.contains("Hidden0"),
            "nothing is ever found by: {text}"
        );
    }
}
