//! Limits: each is told when it is reached, and nothing hidden moves where it falls.

use std::collections::BTreeMap;

use super::read::{Reader, bytes, open_limited};
use super::strip::strip;
use super::world::{About, Key, MARKINGS, Rights, Saying, World, node_id};
use crate::authz::Grant;
use crate::model::{ClassSet, Day, PropertyClass, TimeSpan, Validity, Value};
use crate::query::{
    Answer, ExpandRequest, NetworkRequest, PathRequest, QueryError, ReadLimits, SearchRequest,
    Truncated,
};

/// What the caller sees, and what they do not.
const SEEN: usize = 0;
const HIDDEN: usize = 5;
/// Premises where everyone stays.
const HUB: Key = (1, 0);

fn rights() -> Rights {
    let mut classes = ClassSet::EMPTY;
    PropertyClass::ALL
        .into_iter()
        .for_each(|class| classes.insert(class));
    let mut grants = vec![Grant::default(); MARKINGS];
    grants[SEEN].classes = Some(classes);
    Rights(grants)
}

fn saying(about: About, marking: usize) -> Saying {
    let name = match about {
        About::Node((0, number)) => Some((0, Value::Text(format!("Jansen {number}")))),
        About::Node(_) | About::Edge { .. } => None,
    };
    Saying {
        about,
        marking,
        validity: Validity::ALWAYS,
        properties: BTreeMap::from_iter(name),
        delivery: 0,
        file: 0,
        line: 1,
    }
}

fn edge(label: u8, from: Key, to: Key, parallel: u8, marking: usize) -> Saying {
    let about = About::Edge {
        label,
        from,
        to,
        parallel,
    };
    saying(about, marking)
}

/// Subjects who stay at the hub; every third is hidden, and every fourth stays there by a hidden edge too.
fn crowd(subjects: u16) -> World {
    let mut sayings = vec![saying(About::Node(HUB), SEEN)];
    for number in 0..subjects {
        let subject = (0, number);
        let marking = if number % 3 == 1 { HIDDEN } else { SEEN };
        sayings.push(saying(About::Node(subject), marking));
        sayings.push(edge(0, subject, HUB, 0, marking));
        if number % 4 == 0 {
            sayings.push(edge(1, subject, HUB, 1, HIDDEN));
        }
    }
    world(sayings)
}

/// Subjects who all met each other, and some of them once more in secret.
fn acquainted(subjects: u16) -> World {
    let mut sayings = Vec::new();
    for one in 0..subjects {
        sayings.push(saying(About::Node((0, one)), SEEN));
        for other in 0..one {
            sayings.push(edge(3, (0, one), (0, other), 0, SEEN));
            if (one + other) % 16 == 0 {
                sayings.push(edge(3, (0, other), (0, one), 1, HIDDEN));
            }
        }
    }
    world(sayings)
}

fn world(sayings: Vec<Saying>) -> World {
    World {
        sayings,
        aliases: Vec::new(),
        marking_order: (0..MARKINGS).collect(),
        deliveries_before: 0,
    }
}

fn open(world: &World, limits: ReadLimits) -> Reader {
    let day = Day::from_days(20_000).unwrap();
    let clearance = world.clearance(&rights());
    open_limited(world.load(), clearance, TimeSpan::On(day), limits)
}

/// Reads a world and the same without what is hidden: the answers must be the same bytes. Returns the answer.
fn same<T: serde::Serialize>(
    world: &World,
    limits: ReadLimits,
    read: impl Fn(&Reader) -> Result<Answer<T>, QueryError>,
) -> Answer<T> {
    let whole = read(&open(world, limits));
    let stripped = read(&open(&strip(world, &rights()), limits));
    assert_eq!(bytes(&whole), bytes(&stripped));
    whole.unwrap()
}

fn told(limit: &'static str, max: u64) -> Option<Truncated> {
    Some(Truncated { limit, max })
}

fn id(key: Key) -> String {
    node_id(key).to_string()
}

#[test]
fn a_section_of_a_dossier_has_500_lines_and_tells_of_how_many() {
    let crowd = crowd(780);
    let dossier = same(&crowd, ReadLimits::default(), |reader| {
        reader.session.dossier(&id(HUB))
    });
    let section = &dossier.body.sections[0];
    assert_eq!(section.edge_label, "STAYS_AT");
    assert_eq!((section.now.len(), section.line_count), (500, 520));
    assert_eq!(dossier.truncated, told("lines", 500));
}

#[test]
fn a_dossier_has_200_connections_and_tells_of_how_many() {
    let crowd = crowd(480);
    let dossier = same(&crowd, ReadLimits::default(), |reader| {
        reader.session.dossier(&id((0, 0)))
    });
    let body = &dossier.body;
    assert_eq!((body.connections.len(), body.connection_count), (200, 319));
    assert_eq!(dossier.truncated, told("lines", 200));
}

#[test]
fn a_subgraph_has_50_000_edges_and_tells_that_there_are_more() {
    let acquainted = acquainted(320);
    let request = ExpandRequest {
        start: vec![id((0, 0))],
        ..ExpandRequest::default()
    };
    let subgraph = same(&acquainted, ReadLimits::default(), |reader| {
        reader.session.expand(&request)
    });
    assert_eq!(subgraph.body.nodes.len(), 320);
    assert_eq!(subgraph.body.edges.len(), 50_000);
    assert_eq!(subgraph.truncated, told("edges", 50_000));
}

#[test]
fn a_budget_of_edges_that_is_used_up_is_told_by_every_search() {
    let crowd = crowd(120);
    let limits = ReadLimits {
        edges_examined: 30,
        ..ReadLimits::default()
    };
    let expand = ExpandRequest {
        start: vec![id((0, 0))],
        hops: Some(3),
        ..ExpandRequest::default()
    };
    let subgraph = same(&crowd, limits, |reader| reader.session.expand(&expand));
    assert_eq!(subgraph.truncated, told("edges-examined", 30));
    assert!(subgraph.body.edges_examined <= 30);
    let path = PathRequest {
        from: id((0, 0)),
        to: id((0, 2)),
        count: Some(3),
        ..PathRequest::default()
    };
    let acquainted = acquainted(60);
    let paths = same(&acquainted, limits, |reader| reader.session.paths(&path));
    assert_eq!(paths.truncated, told("edges-examined", 30));
    let network = NetworkRequest {
        nodes: vec![id((0, 0)), id((0, 2)), id((0, 3))],
        ..NetworkRequest::default()
    };
    let network = same(&acquainted, limits, |reader| {
        reader.session.network(&network)
    });
    assert_eq!(network.truncated, told("edges-examined", 30));
    let dossier = same(&crowd, limits, |reader| reader.session.dossier(&id((0, 0))));
    assert_eq!(dossier.truncated, told("edges-examined", 30));
    assert!(dossier.body.connection_count < 80);
}

#[test]
fn a_search_that_examined_what_it_may_is_told_and_goes_on() {
    let crowd = crowd(120);
    let limits = ReadLimits {
        entries_examined: 7,
        ..ReadLimits::default()
    };
    let request = |after| SearchRequest {
        text: "jansen".to_owned(),
        limit: Some(500),
        after,
        ..SearchRequest::default()
    };
    let mut hits = Vec::new();
    let mut after = None;
    let mut pages = 0;
    loop {
        let page = same(&crowd, limits, |reader| {
            reader.session.search(&request(after.clone()))
        });
        assert!(page.body.entries_examined <= 7);
        assert_eq!(page.truncated.is_some(), page.body.next.is_some());
        hits.extend(page.body.hits);
        after = page.body.next;
        pages += 1;
        if after.is_none() {
            break;
        }
        assert_eq!(page.truncated, told("entries-examined", 7));
    }
    assert!(pages > 10);
    let whole = same(&crowd, ReadLimits::default(), |reader| {
        reader.session.search(&request(None))
    });
    assert_eq!(whole.body.hits, hits);
    assert_eq!(hits.len(), 80);
    assert_eq!(whole.truncated, None);
}

#[test]
fn hidden_entries_of_the_index_cost_no_work() {
    let mut world = crowd(60);
    let examined = |world: &World| {
        let answer = same(world, ReadLimits::default(), |reader| {
            reader.session.search(&SearchRequest {
                text: "jansen".to_owned(),
                ..SearchRequest::default()
            })
        });
        answer.body.entries_examined
    };
    let before = examined(&world);
    for number in 1_000..3_000 {
        world.sayings.push(saying(About::Node((0, number)), HIDDEN));
    }
    assert!(before > 0);
    assert_eq!(examined(&world), before);
}
