//! Agreement: what is listed is permitted when asked for singly, and counts are those of the lists.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value as Json;

use super::random::{rights, span, world};
use super::read::{Reader, ids, masked, open};
use super::strip::{canonical, visible_nodes};
use super::world::{About, LABELS, key_text, keys, node_id};
use crate::authz::Disclosure;
use crate::graph::ReadGraph;
use crate::model::{PropertyClass, lies_in};
use crate::query::{NeighbourLine, NeighbourRequest, PlaceRequest, SearchRequest};

/// Texts that every world's names, numbers and addresses are found by.
const TEXTS: [&str; 6] = ["ja", "bo", "de", "123", "haven", "1011ab"];

/// Every text in an answer that is the id of a node that a world can have.
fn listed_ids(told: &Json, known: &BTreeSet<String>, out: &mut BTreeSet<String>) {
    match told {
        Json::String(text) if known.contains(text) => drop(out.insert(text.clone())),
        Json::Array(parts) => parts.iter().for_each(|part| listed_ids(part, known, out)),
        Json::Object(parts) => parts.values().for_each(|part| listed_ids(part, known, out)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn all_neighbours(reader: &Reader, id: &str, limit: usize) -> Vec<NeighbourLine> {
    let mut lines = Vec::new();
    let mut after = None;
    loop {
        let request = NeighbourRequest {
            limit: Some(limit),
            after,
            ..NeighbourRequest::default()
        };
        let page = reader.session.neighbours(id, &request).unwrap().body;
        assert!(page.neighbours.len() <= limit);
        assert!(page.next.is_none() || page.neighbours.len() == limit);
        lines.extend(page.neighbours);
        after = page.next;
        if after.is_none() {
            return lines;
        }
    }
}

fn all_hits(reader: &Reader, text: &str, limit: usize) -> Vec<(String, &'static str)> {
    let mut hits = Vec::new();
    let mut after = None;
    loop {
        let request = SearchRequest {
            text: text.to_owned(),
            limit: Some(limit),
            after,
            ..SearchRequest::default()
        };
        let page = reader.session.search(&request).unwrap().body;
        assert!(
            !page.hits.is_empty() || hits.is_empty(),
            "a page after the last"
        );
        hits.extend(page.hits.into_iter().map(|hit| (hit.node.id, hit.found_by)));
        after = page.next;
        if after.is_none() {
            return hits;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_listed_is_permitted(world in world(), rights in rights(), span in span()) {
        let reader = open(&world, &rights, span);
        let visible: BTreeSet<String> = visible_nodes(&world, &rights)
            .iter()
            .map(|&id| reader.shown(id))
            .collect();
        let mut known: BTreeSet<String> = ids().into_iter().filter(|id| id.len() == 13).collect();
        known.extend(keys().map(|key| masked(node_id(key)).to_string()));
        let mut listed = BTreeSet::new();
        for (_, answer) in reader.transcript() {
            if let Ok(json) = serde_json::from_str(&answer) {
                listed_ids(&json, &known, &mut listed);
            }
        }
        for key in keys() {
            let node = reader.view.find(node_id(key));
            let is_open = node.is_some_and(|node| reader.view.disclosure(node) == Disclosure::Full);
            let is_masked = node.is_some() && !is_open;
            let [own, mask] = [node_id(key), masked(node_id(key))];
            prop_assert_eq!(reader.session.node(&own.to_string()).is_ok(), is_open);
            prop_assert_eq!(reader.session.node(&mask.to_string()).is_ok(), is_masked);
        }
        // `find` answers aliases too, by the id of the key that they lead to.
        for id in listed {
            let node = reader.session.node(&id);
            prop_assert!(node.is_ok(), "{} is listed and not permitted", id);
            prop_assert!(visible.contains(&node.unwrap().body.node.id));
        }
    }

    #[test]
    fn a_preview_counts_what_the_pages_list(world in world(), rights in rights(), span in span()) {
        let reader = open(&world, &rights, span);
        for id in visible_nodes(&world, &rights) {
            let id = reader.shown(id);
            let lines = all_neighbours(&reader, &id, 2);
            prop_assert_eq!(&lines, &all_neighbours(&reader, &id, 500));
            let mut counts: BTreeMap<_, (BTreeSet<_>, BTreeSet<_>)> = BTreeMap::new();
            for line in &lines {
                let kind = (line.edge_label.clone(), line.direction, line.node.label.clone());
                let (edges, nodes) = counts.entry(kind).or_default();
                prop_assert!(edges.insert(&line.edge_id), "an edge is listed twice");
                nodes.insert(&line.node.id);
                prop_assert!(!line.statements.is_empty(), "an edge is listed of which nothing is said");
            }
            let preview = reader.session.preview(&id).unwrap().body;
            let neighbours: BTreeSet<_> = lines.iter().map(|line| &line.node.id).collect();
            prop_assert_eq!(preview.neighbour_count, neighbours.len());
            prop_assert_eq!(preview.counts.len(), counts.len());
            for count in preview.counts {
                let (edges, nodes) = &counts[&(count.edge_label, count.direction, count.node_label)];
                prop_assert_eq!((count.edges, count.nodes), (edges.len(), nodes.len()));
            }
        }
    }

    #[test]
    fn small_pages_of_hits_are_the_large_one_in_parts(
        world in world(),
        rights in rights(),
        span in span(),
    ) {
        let reader = open(&world, &rights, span);
        for text in TEXTS {
            let whole = all_hits(&reader, text, 500);
            let nodes: BTreeSet<_> = whole.iter().map(|(id, _)| id).collect();
            prop_assert_eq!(nodes.len(), whole.len(), "a node is a hit twice");
            for limit in [1, 2, 3] {
                prop_assert_eq!(&whole, &all_hits(&reader, text, limit), "{}, {} a page", text, limit);
            }
        }
    }

    #[test]
    fn a_box_holds_what_lies_in_it_by_its_own_word(
        world in world(),
        rights in rights(),
        span in span(),
        [west, east] in [0..4_usize, 0..4],
    ) {
        let reader = open(&world, &rights, span);
        let seen: Vec<String> = visible_nodes(&world, &rights).into_iter().map(|id| reader.shown(id)).collect();
        let asked = |request: PlaceRequest| reader.session.places(&request).unwrap().body.features;
        let all = match seen.is_empty() {
            true => Vec::new(),
            false => asked(PlaceRequest { nodes: seen, ..PlaceRequest::default() }),
        };
        let stops = [5.38, 5.3872, 5.3873, 5.41];
        let within = [stops[west.min(east)], 52.15, stops[west.max(east)], 52.16];
        let expected: Vec<_> = all.into_iter().filter(|one| lies_in(one.properties.middle, within)).collect();
        let found = asked(PlaceRequest { within: Some(within), ..PlaceRequest::default() });
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_key_is_confirmed_only_to_who_may_read_such_keys(
        world in world(),
        rights in rights(),
        span in span(),
    ) {
        let reader = open(&world, &rights, span);
        let world = world.with_seen_aliases(&rights);
        for key in keys() {
            let id = canonical(&world.aliases, key);
            let granted = |class| {
                world.sayings.iter().any(|saying| {
                    let about = match saying.about {
                        About::Node(key) => canonical(&world.aliases, key) == id,
                        About::Edge { .. } => false,
                    };
                    let classes = rights.classes(saying.marking);
                    about && classes.is_some_and(|classes| classes.contains(class))
                })
            };
            let text = key_text(key);
            let expected = granted(PropertyClass::Identifying)
                && (!text.starts_with("bsn:") || granted(PropertyClass::NationalNumber));
            let found = reader.session.find_key(LABELS[usize::from(key.0)], &text);
            prop_assert_eq!(found.ok(), expected.then_some(id), "{}", text);
        }
    }

    #[test]
    fn what_sources_say_holds_in_the_span_that_was_asked_for(
        world in world(),
        rights in rights(),
        span in span(),
    ) {
        let reader = open(&world, &rights, span);
        for node in reader.view.nodes() {
            let mut seen = reader.view.node_statements(node).unwrap();
            for slot in reader.view.slots(node) {
                seen.extend(reader.view.edge_statements(&slot).unwrap());
            }
            for statement in seen {
                prop_assert!(statement.validity.may_hold(span), "{:?}", statement.validity);
            }
        }
    }
}
