//! Masks: who is masked leaves under an identifier of the context. Nothing of an answer tells of their own: not a text,
//! not an order.

use proptest::prelude::*;

use super::random::{rights, world};
use super::read::{Reader, ids, open};
use super::world::{EDGE_LABELS, Rights, World, keys, node_id, secret};
use crate::authz::Disclosure;
use crate::graph::ReadGraph;
use crate::model::{Day, TimeSpan};
use crate::query::ExpandRequest;

fn on() -> TimeSpan {
    TimeSpan::On(Day::from_days(19_500).unwrap())
}

/// Own identifiers of the nodes that a reader sees masked, and of edges at them.
fn behind_masks(reader: &Reader) -> Vec<String> {
    let view = &reader.view;
    let is_masked = |node| view.disclosure(node) == Disclosure::Masked;
    let mut own: Vec<String> = keys()
        .map(node_id)
        .filter(|&id| view.find(id).is_some_and(is_masked))
        .map(|id| id.to_string())
        .collect();
    for node in view.nodes() {
        let slots = view.slots(node);
        let at_masked = slots.filter(|slot| is_masked(node) || is_masked(slot.neighbour));
        own.extend(at_masked.map(|slot| view.edge_id(slot.edge).to_string()));
    }
    own
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_answer_holds_what_is_behind_a_mask(world in world(), rights in rights()) {
        let reader = open(&world, &rights, on());
        let own = behind_masks(&reader);
        for (asked, told) in reader.transcript() {
            // The graph below the session is no answer; a request that names an own identifier gets it back as unknown.
            if asked == "graph" || told.starts_with("UnknownNode") {
                continue;
            }
            for id in &own {
                prop_assert!(!told.contains(id.as_str()), "{} tells {}: {}", asked, id, told);
            }
        }
    }

    #[test]
    fn nodes_and_edges_come_in_the_order_of_what_is_shown(world in world(), rights in rights()) {
        let reader = open(&world, &rights, on());
        let request = ExpandRequest { start: ids(), hops: Some(2), ..ExpandRequest::default() };
        let Ok(answer) = reader.session.expand(&request) else { return Ok(()) };
        let told = answer.body;
        let label = |name: &str| reader.view.schema().node_label(name).unwrap().0;
        let keys: Vec<_> = told
            .nodes
            .iter()
            .map(|node| (node.hops, label(&node.node.label), node.node.id.clone()))
            .collect();
        prop_assert!(keys.is_sorted(), "{keys:?}");
        let label_of = |id: &str| label(&told.nodes.iter().find(|node| node.node.id == id).unwrap().node.label);
        let place = |name: &str| EDGE_LABELS.iter().position(|known| *known == name);
        let keys: Vec<_> = told
            .edges
            .iter()
            .map(|edge| (label_of(&edge.from), &edge.from, place(&edge.label), label_of(&edge.to), &edge.to, &edge.id))
            .collect();
        prop_assert!(keys.is_sorted(), "{keys:?}");
    }

    #[test]
    fn an_identifier_of_one_context_is_unknown_in_another(world in world(), rights in rights()) {
        let reader = open(&world, &rights, on());
        let other = secret().mask_key("case 2");
        for key in keys() {
            let shown = other.node(node_id(key)).to_string();
            prop_assert!(reader.session.node(&shown).is_err());
        }
    }
}

#[test]
fn masked_nodes_are_not_rare_in_random_worlds() {
    // The laws above would pass if nothing were masked.
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut masked = 0;
    for _ in 0..100 {
        let (world, rights): (World, Rights) =
            (world(), rights()).new_tree(&mut runner).unwrap().current();
        masked += usize::from(behind_masks(&open(&world, &rights, on())).len() > 3);
    }
    assert!(masked > 30, "{masked} worlds of 100 have something masked");
}
