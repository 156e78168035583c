//! Leaks put in on purpose: the laws can fail, and do.

use proptest::prelude::*;

use super::first_difference;
use super::random::{rights, span, world};
use super::read::{Reader, graph_text, open, read};
use super::strip::strip;
use super::world::{MARKINGS, Rights, Saying, World};
use crate::authz::{AuthorizedView, Grant};
use crate::graph::algo::bfs::{Reach, neighbourhood};
use crate::graph::{Budget, EdgeIndex, NodeIndex, ReadGraph, Slot, Snapshot};
use crate::model::{ClassSet, EdgeId, NodeLabelId, PropertyClass, TimeSpan, Validity};

/// A view of which one bit is wrong: it shows a slot that is hidden.
struct Leaky<'a> {
    view: &'a AuthorizedView,
    owner: NodeIndex,
    leaked: Slot,
}

impl ReadGraph for Leaky<'_> {
    fn node_bound(&self) -> usize {
        self.view.node_bound()
    }

    fn contains(&self, node: NodeIndex) -> bool {
        self.view.contains(node)
    }

    fn nodes(&self) -> impl Iterator<Item = NodeIndex> + '_ {
        self.view.nodes()
    }

    fn slots(&self, node: NodeIndex) -> impl Iterator<Item = Slot> + '_ {
        let leaked = (node == self.owner).then_some(self.leaked);
        self.view.slots(node).chain(leaked)
    }

    fn neighbours(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        self.slots(node).map(|slot| slot.neighbour)
    }

    fn label(&self, node: NodeIndex) -> NodeLabelId {
        self.view.label(node)
    }

    fn edge_id(&self, edge: EdgeIndex) -> EdgeId {
        self.view.edge_id(edge)
    }

    fn validity(&self, edge: EdgeIndex) -> Validity {
        self.view.validity(edge)
    }
}

/// What a search of one hop examines, and what it meets.
fn one_hop<G: ReadGraph>(graph: &G, start: NodeIndex) -> (u64, usize) {
    let mut budget = Budget::edges(u64::MAX);
    let reach = Reach {
        hops_max: 1,
        nodes_max: usize::MAX,
    };
    let found = neighbourhood(graph, &[start], reach, &mut budget).unwrap();
    (budget.edges_examined(), found.nodes.len())
}

fn hidden_slots(snapshot: &Snapshot, view: &AuthorizedView, node: NodeIndex) -> Vec<Slot> {
    let shown: Vec<Slot> = view.slots(node).collect();
    snapshot
        .slots(node)
        .filter(|slot| !shown.contains(slot))
        .collect()
}

/// The rights with one marking more, or with one class more of a marking.
fn more(rights: &Rights, marking: usize, class: PropertyClass) -> Rights {
    let mut more = rights.clone();
    let grant: &mut Grant = &mut more.0[marking];
    match &mut grant.classes {
        None => grant.classes = Some(ClassSet::EMPTY),
        Some(classes) => classes.insert(class),
    }
    more
}

/// Statements that count on the day, as one caller may read them.
fn seen(world: &World, rights: &Rights, span: TimeSpan) -> Vec<Saying> {
    let mut sayings = strip(world, rights).sayings;
    sayings.retain(|saying| saying.validity.may_hold(span));
    sayings
}

fn class() -> impl Strategy<Value = PropertyClass> {
    (0..PropertyClass::ALL.len()).prop_map(|position| PropertyClass::ALL[position])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_hidden_slot_whose_bit_is_set_is_found(
        world in world(),
        rights in rights(),
        span in span(),
    ) {
        let stripped = open(&strip(&world, &rights), &rights, span).view;
        let expected = graph_text(&*stripped, stripped.schema(), |node| stripped.node_id(node));
        let snapshot = world.with_seen_aliases(&rights).load().snapshot;
        let Reader { view, .. } = open(&world, &rights, span);
        for owner in view.nodes() {
            for leaked in hidden_slots(&snapshot, &view, owner) {
                let leaky = Leaky { view: &view, owner, leaked };
                prop_assert_ne!(&expected, &graph_text(&leaky, view.schema(), |node| view.node_id(node)));
                prop_assert_ne!(one_hop(&*view, owner), one_hop(&leaky, owner));
            }
        }
    }

    #[test]
    fn a_clearance_that_grants_one_thing_more_is_found(
        world in world(),
        rights in rights(),
        span in span(),
        marking in 0..MARKINGS,
        class in class(),
    ) {
        let wrong = more(&rights, marking, class);
        let differ = seen(&world, &rights, span) != seen(&world, &wrong, span);
        let stripped = read(&strip(&world, &rights), &rights, span);
        let leaked = read(&world, &wrong, span);
        if differ {
            prop_assert!(first_difference(&stripped, &leaked).is_some());
        }
    }
}

#[test]
fn leaks_are_not_rare_in_random_worlds() {
    // The tests above would pass if there were nothing to leak.
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut slots, mut statements) = (0, 0);
    for _ in 0..100 {
        let (world, rights, span) = (world(), rights(), span())
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let snapshot = world.with_seen_aliases(&rights).load().snapshot;
        let view = open(&world, &rights, span).view;
        let hidden = |node| hidden_slots(&snapshot, &view, node).len();
        slots += view.nodes().map(hidden).sum::<usize>();
        statements += usize::from((0..MARKINGS).any(|marking| {
            let wrong = more(&rights, marking, PropertyClass::Identifying);
            seen(&world, &rights, span) != seen(&world, &wrong, span)
        }));
    }
    assert!(
        slots > 1_000,
        "{slots} hidden slots at visible nodes in 100 worlds"
    );
    assert!(
        statements > 60,
        "{statements} worlds of 100 have something to leak"
    );
}
