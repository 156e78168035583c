//! One thread or many: the same bytes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::analyse::measures;
use super::check_same;
use super::random::{rights, span, value, world};
use super::read::{Transcript, bytes, graph_text, open, read};
use super::world::{About, MARKINGS, Rights, Saying, World, class_set, node_id, schema};
use crate::authz::Grant;
use crate::model::{Day, PropertyClass, TimeSpan, Validity};
use crate::query::ExpandRequest;

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
}

static ONE: LazyLock<ThreadPool> = LazyLock::new(|| pool(1));
static MANY: LazyLock<ThreadPool> = LazyLock::new(|| pool(4));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn small_worlds_read_alike_by_one_thread_and_by_many(
        world in world(),
        rights in rights(),
        span in span(),
    ) {
        let one = ONE.install(|| read(&world, &rights, span));
        let many = MANY.install(|| read(&world, &rights, span));
        check_same(&one, &many)?;
    }
}

/// Large enough that views are compiled by several tasks and frontiers are shared out: a hub and what knows it, and edges
/// among them.
fn large_world(seed: u64) -> World {
    const NODES: u64 = 6_000;
    let mut state = seed;
    let mut random = move |bound: u64| {
        // Knuth's multiplier of MMIX; the high bits are good enough for a test.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let definition = &schema().nodes[0].properties[0];
    let saying = |about: About, marking: u64, pick: u64| Saying {
        about: about.clone(),
        marking: marking as usize,
        validity: Validity::ALWAYS,
        properties: match about {
            About::Node(_) => BTreeMap::from([(0, value(definition, pick as u8))]),
            About::Edge { .. } => BTreeMap::new(),
        },
        delivery: 0,
        file: 0,
        line: 1,
    };
    let mut sayings = Vec::new();
    for number in 0..NODES {
        let about = About::Node((0, number as u16));
        sayings.push(saying(about, random(MARKINGS as u64), random(8)));
    }
    for number in 0..40_000 {
        let from = if number < NODES { 0 } else { random(NODES) };
        let about = About::Edge {
            label: random(4) as u8,
            from: (0, from as u16),
            to: (
                0,
                if number < NODES {
                    number
                } else {
                    random(NODES)
                } as u16,
            ),
            parallel: 0,
        };
        sayings.push(saying(about, random(MARKINGS as u64), 0));
    }
    World {
        sayings,
        aliases: Vec::new(),
        marking_order: (0..MARKINGS).collect(),
        deliveries_before: 0,
    }
}

fn read_large(world: &World, rights: &Rights) -> Transcript {
    let day = Day::from_days(20_000).unwrap();
    let reader = open(world, rights, TimeSpan::On(day));
    let view = &*reader.view;
    let hub = node_id((0, 0)).to_string();
    let mut told = vec![
        ("digest".to_owned(), view.digest().to_owned()),
        (
            "graph".to_owned(),
            graph_text(view, view.schema(), |node| view.node_id(node)),
        ),
        ("preview".to_owned(), bytes(&reader.session.preview(&hub))),
        ("dossier".to_owned(), bytes(&reader.session.dossier(&hub))),
    ];
    reader.neighbour_pages(&mut told, &hub, &[], 500);
    reader.read_clusters(&mut told);
    measures(
        &reader.session,
        &mut told,
        vec![hub.clone()],
        Some(1),
        Some(700),
    );
    for (hops, edge_labels) in [(1, vec![]), (3, vec![]), (3, vec!["MET".to_owned()])] {
        let request = ExpandRequest {
            start: vec![hub.clone()],
            hops: Some(hops),
            edge_labels,
            limit: Some(5_000),
            ..ExpandRequest::default()
        };
        told.push((
            format!("{request:?}"),
            bytes(&reader.session.expand(&request)),
        ));
    }
    told
}

#[test]
fn a_large_world_reads_alike_by_one_thread_and_by_many() {
    let granted = Grant {
        classes: Some(class_set(&[PropertyClass::Identifying])),
        rules: vec!["some".to_owned()],
    };
    let mut rights = Rights(vec![granted; MARKINGS]);
    rights.0[7] = Grant::default();
    let mut world = large_world(5);
    // The hub itself may be seen, and so may most that knows it: more than one task's share of a frontier.
    world.sayings[0].marking = 0;
    let one = ONE.install(|| read_large(&world, &rights));
    let many = MANY.install(|| read_large(&world, &rights));
    check_same(&one, &many).unwrap();
    let (_, expanded) = one.last().unwrap();
    assert!(
        expanded.len() > 2_048 * 100,
        "the world is too small to share out"
    );
}
