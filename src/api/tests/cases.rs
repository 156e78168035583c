//! Cases: what is asked of each of their routes, and worlds that differ in the cases of others.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::requests::{Ask, Occasion, requests};
use super::served::{Served, Transcript};
use super::twins::{alike, difference, occasion, worlds};
use crate::authz::Principal;
use crate::query::law::random::world;
use crate::query::law::read::ids;
use crate::query::law::real::{Rules, caller};
use crate::query::law::world::World;

/// Requests of one route. `{case}` is the first case that was opened on the way, `{last}` the last.
pub fn of_route(method: &str, template: &str, occasion: &Occasion) -> Vec<Ask> {
    let ids = ids();
    let query = occasion.desk();
    let path = |id: &str| format!("/v1{}?{query}", template.replace("{id}", id));
    let posts = |id: &str, bodies: Vec<Value>| -> Vec<Ask> {
        let bodies = bodies.iter();
        bodies.map(|body| Ask::post(&path(id), body)).collect()
    };
    match (method, template) {
        ("GET", "/cases") => vec![Ask::get(path(""))],
        ("POST", "/cases") => {
            let open = |nodes: &[String]| {
                json!({
                    "title": "t", "goal": "g", "nodes": nodes, "end": "2024-04-01", "steps": nodes.len() % 3,
                })
            };
            let mut bodies: Vec<Value> = ids.chunks(1).map(open).collect();
            bodies.push(open(&[]));
            bodies.push(open(&ids[..2]));
            for (name, wrong) in [
                ("end", json!("2099-01-01")),
                ("begin", json!("2099-01-01")),
                ("steps", json!(9)),
                ("title", json!(" ")),
                (
                    "presence",
                    json!({ "answer": "silent", "until": "2024-03-20" }),
                ),
                ("presence", json!({ "answer": "hold" })),
                ("presence", json!({ "answer": "none" })),
            ] {
                let mut body = open(&ids[..1]);
                body[name] = wrong;
                bodies.push(body);
            }
            posts("", bodies)
        }
        ("GET", "/cases/{id}") => {
            let known = ["{case}", "{last}", "0000000000000", "zaak", &ids[0]];
            known.into_iter().map(|id| Ask::get(path(id))).collect()
        }
        ("POST", "/cases/{id}/notes") => {
            let note = json!({ "text": "gezien" });
            let mut asked = posts("{case}", vec![note.clone(), json!({ "text": "" })]);
            asked.extend(posts("0000000000000", vec![note]));
            asked
        }
        ("POST", "/cases/{id}/pins") => {
            let pins = ids.iter().map(|node| json!({ "node": node }));
            let mut asked = posts("{case}", pins.collect());
            asked.extend(posts(
                "{case}",
                vec![json!({ "node": ids[0], "remove": true })],
            ));
            asked.extend(posts("0000000000000", vec![json!({ "node": ids[0] })]));
            asked
        }
        ("POST", "/cases/{id}/unmaskings") => {
            let bodies = ids
                .iter()
                .map(|node| json!({ "node": node, "reason": "waarom" }));
            let mut asked = posts("{case}", bodies.collect());
            asked.extend(posts(
                "0000000000000",
                vec![json!({ "node": ids[0], "reason": "" })],
            ));
            asked
        }
        ("POST", "/cases/{id}/unmaskings/_confirm") => {
            let mut asked = posts(
                "{case}",
                vec![json!({ "number": 1 }), json!({ "number": 0 })],
            );
            asked.extend(posts("0000000000000", vec![json!({ "number": 1 })]));
            asked
        }
        ("POST", "/cases/{id}/team") => {
            let add = json!({ "add": ["b"] });
            let nobody = json!({ "remove": ["b"], "add": [""] });
            let mut asked = posts("{case}", vec![add.clone(), nobody]);
            asked.extend(posts("0000000000000", vec![add]));
            asked
        }
        ("POST", "/cases/{id}/presence") => {
            let hold = json!({ "answer": "hold" });
            let silent = json!({ "answer": "silent", "until": "2024-03-20" });
            let named = json!({ "answer": "contact", "showDepartment": true });
            let mut asked = posts("{case}", vec![silent, named, hold.clone()]);
            asked.extend(posts("0000000000000", vec![hold]));
            asked
        }
        ("GET", "/cases/{id}/charts") => ["{case}", "0000000000000"]
            .map(|id| Ask::get(path(id)))
            .to_vec(),
        ("POST", "/cases/{id}/charts") => {
            let place = |id: &String| json!({ "id": id, "x": 1.25, "y": -3, "pinned": true });
            let chart = |name: &str| {
                json!({ "name": name, "document": {
                    "format": "verband-chart", "version": 1, "centre": ids[0], "grouped": true,
                    "groups": [{ "kind": "chosen", "members": ids }],
                    "nodes": ids.iter().map(place).collect::<Vec<_>>(),
                } })
            };
            let mut asked = posts("{case}", vec![chart("a"), chart("a"), chart("")]);
            asked.extend(posts("0000000000000", vec![chart("a")]));
            asked
        }
        ("GET", "/cases/{id}/charts/{number}/{version}") => {
            let known = [("{case}", "1"), ("{case}", "9"), ("0000000000000", "1")];
            let filled = known.map(|(id, version)| {
                let numbered = path(id).replace("{number}", "1");
                Ask::get(numbered.replace("{version}", version))
            });
            filled.to_vec()
        }
        ("POST", "/cases/{id}/handover") => {
            let words = json!({ "explanation": "ja" });
            let mut asked = posts("{case}", vec![words.clone(), words.clone()]);
            asked.extend(posts("{last}", vec![words.clone()]));
            asked.extend(posts("0000000000000", vec![words]));
            asked
        }
        ("POST", "/cases/{id}/close") => {
            let close = |id: &str| {
                let mut ask = Ask::post(&path(id), &json!({}));
                ask.body = None;
                ask
            };
            vec![close("{last}"), close("{last}"), close("0000000000000")]
        }
        ("POST", "/cases/{id}/deconfliction" | "/cases/{id}/accumulation") => {
            let bodies: Vec<Value> = ids.iter().map(|node| json!({ "node": node })).collect();
            let mut asked = posts("{case}", bodies);
            asked.extend(posts("{last}", vec![json!({ "node": ids[0] })]));
            asked.extend(posts("0000000000000", vec![json!({ "node": ids[0] })]));
            asked
        }
        ("GET", "/notices" | "/deconflictions" | "/accumulations") => vec![Ask::get(path(""))],
        ("POST", "/deconflictions/{id}/state") => {
            let mut asked = Vec::new();
            for id in ["0000000000000", "x", "{receipt}"] {
                let states = ["contacted", "settled", "open"];
                let bodies = states.map(|state| json!({ "state": state }));
                asked.extend(posts(id, bodies.to_vec()));
            }
            asked
        }
        ("GET", "/mistakes") => vec![Ask::get(path(""))],
        ("POST", "/mistakes") => {
            let said = json!({
                "node": "{said.node}", "delivery": "{said.delivery}", "file": "{said.file}", "line": "{said.line}",
                "text": "klopt niet",
            });
            let mut bodies = vec![said.clone()];
            for (name, value) in [
                ("named", json!(true)),
                ("property", json!("name")),
                ("property", json!("no such thing")),
                ("edge", json!("0000000000000")),
                ("case", json!("{case}")),
                ("case", json!("0000000000000")),
                ("text", json!(" ")),
            ] {
                let mut body = said.clone();
                body[name] = value;
                bodies.push(body);
            }
            // What stands there of others shows no more than what does not.
            for node in &ids {
                let mut body = said.clone();
                body["node"] = json!(node);
                bodies.push(body);
            }
            posts("", bodies)
        }
        ("POST", "/mistakes/{id}/replies") => {
            let bodies = [("corrected", "hersteld"), ("right", ""), ("x", "y")];
            let bodies = bodies.map(|(outcome, text)| json!({ "outcome": outcome, "text": text }));
            let mut asked = posts("{mistake}", bodies.to_vec());
            asked.extend(posts("0000000000000", bodies.to_vec()));
            asked
        }
        _ => panic!("the route {method} {template} has no requests here: add some"),
    }
}

/// What another account does: a case on each node that they see, told of in one way, and a question about each.
fn of_others(occasion: &Occasion, presence: &Value) -> Vec<Ask> {
    let query = occasion.desk();
    let mut asked = Vec::new();
    for node in ids() {
        let body = json!({
            "title": "verborgen", "goal": "g", "nodes": [node], "end": "2024-04-01", "presence": presence,
        });
        asked.push(Ask::post(&format!("/v1/cases?{query}"), &body));
        for action in ["deconfliction", "pins"] {
            let uri = format!("/v1/cases/{{last}}/{action}?{query}");
            asked.push(Ask::post(&uri, &json!({ "node": node })));
        }
    }
    asked
}

/// The one route on which the cases of others may be told of, and the notices that come of it.
fn is_opening(ask: &Ask) -> bool {
    ["/deconfliction?", "/notices?", "/deconflictions"]
        .iter()
        .any(|path| ask.uri.contains(path))
}

/// Transcripts of a caller who is alone, and of one beside whom somebody else works.
fn alone_and_beside(
    world: &World,
    rules: &Rules,
    other: &Principal,
    presence: &Value,
    occasion: &Occasion,
    asked: &[Ask],
) -> [Transcript; 2] {
    let alone = Served::new(world, rules).transcript(asked);
    let shared = Served::new(world, rules);
    shared
        .as_caller(other)
        .transcript(&of_others(occasion, presence));
    [alone, shared.transcript(asked)]
}

/// Another account than the caller's, with the role that may be silent.
fn beside(caller: &Principal, mut other: Principal) -> Principal {
    other.roles = ["liaison".to_owned()].into();
    if other.department == caller.department {
        other.department = if caller.department == "zorg" {
            "wonen"
        } else {
            "zorg"
        }
        .to_owned();
    }
    other
}

proptest! {
    #![proptest_config(ProptestConfig { cases: worlds() / 56, max_shrink_iters: 30, ..ProptestConfig::default() })]

    #[test]
    fn cases_of_others_change_nothing_but_what_is_told_of_them(
        world in world(),
        taken in any::<u8>(),
        caller in caller(),
        other in caller(),
        hold in any::<bool>(),
        occasion in occasion(),
    ) {
        let other = beside(&caller, other);
        let rules = Rules::new(taken, caller);
        let presence = if hold {
            json!({ "answer": "hold" })
        } else {
            json!({ "answer": "contact", "showDepartment": true })
        };
        let mut asked = requests(&occasion);
        asked.retain(|ask| !is_opening(ask));
        let [alone, beside] = alone_and_beside(&world, &rules, &other, &presence, &occasion, &asked);
        alike(&alone, &beside)?;
    }

    #[test]
    fn who_is_silent_is_as_who_is_not_there_on_every_route(
        world in world(),
        taken in any::<u8>(),
        caller in caller(),
        other in caller(),
        occasion in occasion(),
    ) {
        let other = beside(&caller, other);
        let rules = Rules::new(taken, caller);
        let presence = json!({ "answer": "silent", "until": "2024-03-20" });
        let asked = requests(&occasion);
        let [alone, beside] = alone_and_beside(&world, &rules, &other, &presence, &occasion, &asked);
        alike(&alone, &beside)?;
    }
}

#[test]
fn who_is_not_silent_is_told_of() {
    // The laws above would pass if nobody were ever there.
    let mut runner = TestRunner::deterministic();
    let mut told_of = 0;
    for _ in 0..12 {
        let (world, caller, other, occasion) = (world(), caller(), caller(), occasion())
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let other = beside(&caller, other);
        let rules = Rules::new(0b1, caller);
        let mut asked = requests(&occasion);
        asked.retain(|ask| ask.uri.starts_with("/v1/cases?") || is_opening(ask));
        let hold = json!({ "answer": "hold" });
        let [alone, beside] = alone_and_beside(&world, &rules, &other, &hold, &occasion, &asked);
        let differs = difference(&alone, &beside);
        told_of += usize::from(differs.is_some_and(|told| told.contains("\"answer\":\"hold\"")));
    }
    assert!(told_of > 4, "told of in {told_of} worlds of 12");
}
