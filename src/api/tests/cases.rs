//! Cases: what is asked of each of their routes.

use serde_json::{Value, json};

use super::requests::{Ask, Occasion};
use crate::query::law::read::ids;

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
        ("POST", "/cases/{id}/close") => {
            let close = |id: &str| {
                let mut ask = Ask::post(&path(id), &json!({}));
                ask.body = None;
                ask
            };
            vec![close("{last}"), close("{last}"), close("0000000000000")]
        }
        ("POST", "/cases/{id}/deconfliction") => {
            let bodies: Vec<Value> = ids.iter().map(|node| json!({ "node": node })).collect();
            let mut asked = posts("{case}", bodies);
            asked.extend(posts("{last}", vec![json!({ "node": ids[0] })]));
            asked.extend(posts("0000000000000", vec![json!({ "node": ids[0] })]));
            asked
        }
        ("GET", "/notices" | "/deconflictions") => vec![Ask::get(path(""))],
        ("POST", "/deconflictions/{id}/state") => {
            let mut asked = Vec::new();
            for id in ["0000000000000", "x", "{receipt}"] {
                let states = ["contacted", "settled", "open"];
                let bodies = states.map(|state| json!({ "state": state }));
                asked.extend(posts(id, bodies.to_vec()));
            }
            asked
        }
        _ => panic!("the route {method} {template} has no requests here: add some"),
    }
}
