//! The digest of an answer moves with what its caller may see of the days that it tells of. That hidden parts do not move
//! it is part of every transcript of the other laws.

use std::collections::BTreeMap;

use super::read::{masked, open};
use super::world::{About, MARKINGS, Rights, Saying, World, node_id};
use crate::authz::Grant;
use crate::model::{ClassSet, Day, PartialDate, TimeSpan, Validity};
use crate::query::{PathKind, PathRequest};

fn day(number: i32) -> Day {
    Day::from_days(number).unwrap()
}

fn world(met: &[(i32, i32)]) -> World {
    let said = |about, validity| Saying {
        about,
        marking: 0,
        validity,
        properties: BTreeMap::new(),
        delivery: 0,
        file: 0,
        line: 1,
    };
    let mut sayings: Vec<Saying> = (0..2)
        .map(|number| said(About::Node((0, number)), Validity::ALWAYS))
        .collect();
    sayings.extend(met.iter().zip(0..).map(|(&(from, to), parallel)| {
        let about = About::Edge {
            label: 3,
            from: (0, 0),
            to: (0, 1),
            parallel,
        };
        let validity = Validity {
            from: Some(PartialDate::day(day(from))),
            to: Some(PartialDate::day(day(to))),
        };
        said(about, validity)
    }));
    World {
        sayings,
        aliases: Vec::new(),
        marking_order: (0..MARKINGS).collect(),
        deliveries_before: 0,
    }
}

/// Digests on day 100: of the node, of its dossier, and of a path through time.
fn digests(world: &World) -> [String; 3] {
    let mut grants = vec![Grant::default(); MARKINGS];
    grants[0].classes = Some(ClassSet::EMPTY);
    let session = open(world, &Rights(grants), TimeSpan::On(day(100))).session;
    let id = masked(node_id((0, 0))).to_string();
    let path = PathRequest {
        from: id.clone(),
        to: masked(node_id((0, 1))).to_string(),
        kind: PathKind::TimeRespecting,
        ..PathRequest::default()
    };
    [
        session.node(&id).unwrap().view_digest,
        session.dossier(&id).unwrap().view_digest,
        session.paths(&path).unwrap().view_digest,
    ]
}

#[test]
fn an_answer_about_earlier_days_has_a_digest_of_them() {
    let [node, dossier, path] = digests(&world(&[]));
    let [node_before, dossier_before, path_before] = digests(&world(&[(10, 20)]));
    assert_eq!(node, node_before, "what ended does not show on the day");
    assert_ne!(dossier, dossier_before);
    assert_ne!(path, path_before);
    let now = digests(&world(&[(10, 200)]));
    assert!(now[0] != node && now[1] != dossier_before && now[2] != path_before);
    assert_eq!(
        digests(&world(&[(300, 400)])),
        [node, dossier, path],
        "no one sees the days to come"
    );
}
