//! Narrowed views: what a case lets its readers see. A read under a case answers as the world from which everything
//! outside its scope was deleted, and nothing hidden moves how far the scope goes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::check_same;
use super::random::{change, rights, world};
use super::read::{CONTEXT, Reader, Transcript};
use super::strip::{canonical, is_visible, strip, twin, visible_nodes};
use super::world::{About, KEYS, Key, LABELS, Rights, World, node_id, secret};
use crate::authz::AuthorizedView;
use crate::model::{Day, NodeId, TimeSpan};
use crate::query::{ReadLimits, Session, SessionContext};

/// How far a case goes, and from where.
#[derive(Debug, Clone)]
struct Scope {
    starts: Vec<Key>,
    steps: usize,
    day: Day,
}

fn scope() -> impl Strategy<Value = Scope> {
    let key = (0..LABELS.len() as u8, 0..KEYS);
    let starts = proptest::collection::vec(key, 0..4);
    (starts, 0_usize..4, 0..26).prop_map(|(starts, steps, months)| Scope {
        starts,
        steps,
        day: Day::from_days(19_359 + months * 30).unwrap(),
    })
}

/// Reads under a case, as the engine opens it.
fn read(world: &World, rights: &Rights, scope: &Scope) -> Transcript {
    let seen = world.with_seen_aliases(rights);
    let source = seen.load();
    let clearance = Arc::new(seen.clearance(rights));
    let day = scope.day;
    let compile = move |span| AuthorizedView::compile(source.clone(), Arc::clone(&clearance), span);
    let near = compile(TimeSpan::On(day));
    let mask = near.within(scope.starts.iter().map(|&key| node_id(key)), scope.steps);
    let view = Arc::new(near.narrowed(&mask));
    let reader = Reader {
        session: Session::new(SessionContext {
            view: Arc::clone(&view),
            history: Box::new(move || Arc::new(compile(TimeSpan::Until(day)).narrowed(&mask))),
            known_at: None,
            purpose: "toezicht".to_owned(),
            pseudonym_context: CONTEXT.to_owned(),
            secret: secret(),
            limits: ReadLimits::default(),
            asked: Default::default(),
        }),
        view,
    };
    reader.transcript()
}

/// The nodes of a scope, written down once more without the engine.
fn nodes_of(world: &World, rights: &Rights, scope: &Scope) -> BTreeSet<NodeId> {
    let seen = world.with_seen_aliases(rights);
    let visible = visible_nodes(world, rights);
    let mut streets = BTreeSet::new();
    let mut edges: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
    for saying in &world.sayings {
        match saying.about {
            About::Node(key) if LABELS[usize::from(key.0)] == "Street" => {
                streets.insert(canonical(&seen.aliases, key));
            }
            About::Node(_) => {}
            About::Edge { from, to, .. } => {
                let holds = saying.validity.may_hold(TimeSpan::On(scope.day));
                if holds && is_visible(&seen, rights, &visible, saying) {
                    let [from, to] = [from, to].map(|end| canonical(&seen.aliases, end));
                    edges.entry(from).or_default().insert(to);
                    edges.entry(to).or_default().insert(from);
                }
            }
        }
    }
    let starts = scope.starts.iter();
    let mut found: BTreeSet<NodeId> = starts
        .map(|&key| canonical(&seen.aliases, key))
        .filter(|node| visible.contains(node))
        .collect();
    for _ in 0..scope.steps {
        let through = found.iter().filter(|node| !streets.contains(node));
        let next: Vec<NodeId> = through
            .filter_map(|node| edges.get(node))
            .flatten()
            .copied()
            .collect();
        found.extend(next);
    }
    found
}

/// The world without what lies outside of a scope.
fn cut(world: &World, rights: &Rights, scope: &Scope) -> World {
    let nodes = nodes_of(world, rights, scope);
    let aliases = world.with_seen_aliases(rights).aliases;
    let mut cut = strip(world, rights);
    cut.sayings.retain(|saying| {
        let ends = match saying.about {
            About::Node(key) => vec![key],
            About::Edge { from, to, .. } => vec![from, to],
        };
        ends.into_iter()
            .all(|end| nodes.contains(&canonical(&aliases, end)))
    });
    cut
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_case_reads_as_the_world_without_what_lies_outside_its_scope(
        world in world(),
        rights in rights(),
        scope in scope(),
    ) {
        let cut = cut(&world, &rights, &scope);
        let whole = super::read::read(&cut, &rights, TimeSpan::On(scope.day));
        check_same(&whole, &read(&world, &rights, &scope))?;
    }

    #[test]
    fn twins_answer_alike_under_a_case(
        world in world(),
        rights in rights(),
        change in change(),
        scope in scope(),
    ) {
        let twin = twin(&world, &rights, &change);
        check_same(&read(&world, &rights, &scope), &read(&twin, &rights, &scope))?;
    }
}

#[test]
fn scopes_of_random_worlds_leave_something_out_and_something_in() {
    // The laws above would pass if every scope were all or nothing.
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut partial = 0;
    for _ in 0..100 {
        let (world, rights, scope) = (world(), rights(), scope())
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let within = nodes_of(&world, &rights, &scope).len();
        partial += usize::from(within > 1 && within < visible_nodes(&world, &rights).len());
    }
    assert!(partial > 20, "{partial} scopes of 100 are partial");
}
