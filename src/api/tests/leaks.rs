//! Leaks put in on purpose, one of each class: the law finds them.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::requests::requests;
use super::served::Served;
use super::twins::{difference, occasion, twin_of};
use crate::engine::Engine;
use crate::model::NodeId;
use crate::query::law::random::{change, world};
use crate::query::law::real::{Rules, caller};

/// What goes around the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leak {
    /// A count of all nodes.
    Count,
    /// Hidden is not missing but forbidden.
    Status,
    /// The store's revision in a header.
    Header,
    /// An ETag of the store's revision.
    Etag,
    /// A message that names every label.
    Vocabulary,
    /// An order that follows what is stored.
    Order,
    /// A cursor that is an offset.
    Cursor,
    /// A work counter of all edges.
    Work,
}

const LEAKS: [Leak; 8] = [
    Leak::Count,
    Leak::Status,
    Leak::Header,
    Leak::Etag,
    Leak::Vocabulary,
    Leak::Order,
    Leak::Cursor,
    Leak::Work,
];

/// Leaks into an answer what the snapshot tells.
async fn spoil(
    State((leak, engine)): State<(Leak, Arc<Engine>)>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let (mut parts, body) = next.run(request).await.into_parts();
    let mut bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let source = engine.source();
    let snapshot = &source.snapshot;
    let revision = HeaderValue::from_str(&snapshot.revision().to_string()).unwrap();
    let mut told: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    match leak {
        Leak::Count => told["total"] = json!(snapshot.node_count()),
        Leak::Status => {
            let mut ids = path
                .split('/')
                .filter_map(|part| part.parse::<NodeId>().ok());
            if ids.any(|id| snapshot.find(id).is_some()) && parts.status == StatusCode::NOT_FOUND {
                parts.status = StatusCode::FORBIDDEN;
            }
        }
        Leak::Header => drop(parts.headers.insert("x-revision", revision)),
        Leak::Etag => {
            if parts.headers.contains_key(header::ETAG) {
                parts.headers.insert(header::ETAG, revision);
            }
        }
        Leak::Vocabulary => {
            if told["code"] == "invalid-input" {
                let labels: Vec<&String> =
                    source.schema.nodes.iter().map(|one| &one.label).collect();
                told["detail"] = json!(format!("there are {labels:?}"));
            }
        }
        Leak::Order => {
            if let Some(nodes) = told.get_mut("nodes").and_then(Value::as_array_mut)
                && nodes.len() > 1
            {
                let by = snapshot.node_count() % nodes.len();
                nodes.rotate_left(by);
            }
        }
        Leak::Cursor => {
            if told["next"].is_string() {
                told["offset"] = json!(snapshot.slot_count());
            }
        }
        Leak::Work => {
            if told["edgesExamined"].is_number() {
                told["edgesExamined"] = json!(snapshot.slot_count());
            }
        }
    }
    if told.is_object() && !matches!(leak, Leak::Status | Leak::Header | Leak::Etag) {
        bytes = serde_json::to_vec(&told).unwrap();
        parts.headers.remove(header::CONTENT_LENGTH);
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Worlds in which a leak must show.
const WORLDS: usize = 24;

#[test]
fn planted_leaks_are_found() {
    let mut runner = TestRunner::deterministic();
    let mut hidden: Vec<Leak> = LEAKS.to_vec();
    for _ in 0..WORLDS {
        let (world, taken, caller, change, occasion) =
            (world(), any::<u8>(), caller(), change(), occasion())
                .new_tree(&mut runner)
                .unwrap()
                .current();
        let rules = Rules::new(taken, caller);
        let twin = twin_of(&world, &rules, &change, &occasion);
        let asked = requests(&occasion);
        let (one, other) = (Served::new(&world, &rules), Served::new(&twin, &rules));
        hidden.retain(|&leak| {
            let spoiled = |served: &Served| {
                let state = (leak, Arc::clone(&served.engine));
                let router = served.router.clone();
                let router = router.layer(from_fn_with_state(state, spoil));
                served.with_router(router).transcript(&asked)
            };
            difference(&spoiled(&one), &spoiled(&other)).is_none()
        });
        if hidden.is_empty() {
            return;
        }
    }
    panic!("planted and not found: {hidden:?}");
}

#[test]
fn a_rule_that_permits_too_much_is_found() {
    let mut runner = TestRunner::deterministic();
    let found = (0..WORLDS).any(|_| {
        let (world, caller, change, occasion) = (world(), caller(), change(), occasion())
            .new_tree(&mut runner)
            .unwrap()
            .current();
        // The twin is made for a caller who sees by the first rule only; the server lets the second permit too.
        let (meant, wrong) = (Rules::new(0b1, caller.clone()), Rules::new(0b1001, caller));
        let twin = twin_of(&world, &meant, &change, &occasion);
        let asked = requests(&occasion);
        let transcript = |world| Served::new(world, &wrong).transcript(&asked);
        difference(&transcript(&world), &transcript(&twin)).is_some()
    });
    assert!(found);
}
