//! Twin worlds over the real program: two stores that differ only in what three callers may not see. The law with random
//! worlds stands in `src/api/tests`; this is the same over a socket, with the demo's town and policy.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::fixed::{FixedTown, MANDATES, SECRET, load_all, write};

/// Who asks, and why. None of them may see what the police keeps.
const CALLERS: [(&str, &str); 3] = [
    ("inspecteur", "woonfraude"),
    ("analist", "ondermijning"),
    ("zorg", "zorg"),
];

/// A hidden source: it bridges what is visible, names visible things otherwise, and brings labels and properties.
const HIDDEN: &str = r#"
[source]
name = "recherche@NUMBER@"
title = "Recherche @NUMBER@"
format = "csv"
files = ["hidden@NUMBER@.csv"]
schema = "hidden.toml"
[marking]
organisation = "politie"
department = "recherche"
level = "zeer_geheim"
[[record]]
[[record.node]]
as = "signal"
label = "Signal"
key = "signal:{kenmerk}"
properties = { summary = "tekst", reference = "kenmerk" }
[[record.node]]
as = "place"
label = "AaHidden"
key = "hidden:{kenmerk}"
properties = { words = "tekst" }
[[record.node]]
as = "person"
label = "Person"
key = "bsn:{bsn}"
properties = { full_name = "tekst", a_hidden_word = "tekst" }
[[record.node]]
as = "other"
label = "Person"
key = "bsn:{ander}"
mention = true
[[record.edge]]
label = "ABOUT"
from = "signal"
to = "person"
[[record.edge]]
label = "AA_HIDDEN"
from = "person"
to = "other"
[[record.edge]]
label = "AA_HIDDEN"
from = "place"
to = "person"
"#;

const HIDDEN_SCHEMA: &str = r#"
[[node]]
label = "AaHidden"
title = { nl = "Verborgen", en = "Hidden" }
keys = [{ namespace = "hidden" }]
properties = [{ name = "words", type = "text", find = "name", title = { nl = "Woorden", en = "Words" } }]
[[node]]
label = "Person"
title = { nl = "Persoon", en = "Person" }
keys = []
properties = [{ name = "a_hidden_word", type = "text", find = "name", title = { nl = "Woord", en = "Word" } }]
[[edge]]
label = "AA_HIDDEN"
title = { nl = "verborgen", en = "hidden" }
from = ["Person", "AaHidden"]
to = ["Person"]
"#;

/// Two deliveries of the police about persons of the town, and where they are loaded among those of the town.
fn write_hidden(directory: &Path, sources: &mut Vec<String>) {
    let persons = fs::read_to_string(directory.join("town/brp.jsonl")).unwrap();
    let numbers: Vec<String> = persons
        .lines()
        .filter_map(|line| {
            let person: Value = serde_json::from_str(line).unwrap();
            Some(person["burgerservicenummer"].as_str()?.to_owned())
        })
        .collect();
    fs::write(directory.join("hidden.toml"), HIDDEN_SCHEMA).unwrap();
    for (number, place) in [(0, 0), (1, sources.len() + 1)] {
        let mut csv = "kenmerk,tekst,bsn,ander\n".to_owned();
        for (line, pair) in numbers.chunks(2).skip(number).enumerate() {
            if let [one, other] = pair {
                csv += &format!("R{number}-{line},Jansen havenstraat {line},{one},{other}\n");
            }
        }
        fs::write(directory.join(format!("hidden{number}.csv")), csv).unwrap();
        let name = format!("hidden{number}-source.toml");
        let text = HIDDEN.replace("@NUMBER@", &number.to_string());
        fs::write(directory.join(&name), text).unwrap();
        sources.insert(place, name);
    }
}

fn served(with_hidden: bool) -> FixedTown {
    let directory = tempfile::tempdir().unwrap();
    let mut sources = write(directory.path());
    if with_hidden {
        write_hidden(directory.path(), &mut sources);
    }
    load_all(directory.path(), &sources, |source| {
        match source.contains("hidden") {
            true => "2026-11-02T09:00:00Z".to_owned(),
            false => "2026-11-01T08:00:00Z".to_owned(),
        }
    });
    FixedTown::serve(directory)
}

/// Requests of one route.
fn asked(method: &str, template: &str, ids: &[String]) -> Vec<(String, Option<Value>)> {
    let each_id = || {
        let paths = ids.iter().map(|id| template.replace("{id}", id));
        paths.map(|path| (path, None)).collect()
    };
    let posts = |bodies: Vec<Value>| {
        let bodies = bodies.into_iter();
        bodies
            .map(|body| (template.to_owned(), Some(body)))
            .collect()
    };
    match (method, template) {
        (
            "GET",
            "/me"
            | "/schema"
            | "/login-methods"
            | "/sessions/current"
            | "/audit/reads"
            | "/audit/odd-look-ups"
            | "/audit/accounts"
            | "/audit/walls",
        ) => {
            vec![(template.to_owned(), None)]
        }
        // What succeeds holds random bytes: `src/api/tests` compares those. Ending a session is asked there too.
        ("POST", "/sessions") => posts(vec![json!({ "name": "zorg" })]),
        ("DELETE", "/sessions/current") => vec![],
        (
            "GET",
            "/nodes/{id}"
            | "/nodes/{id}/neighbours"
            | "/nodes/{id}/neighbour-counts"
            | "/dossiers/{id}",
        ) => each_id(),
        ("POST", "/nodes/_zoek") => posts(vec![
            json!({ "text": "jan", "limit": 3 }),
            json!({ "text": "havenstraat" }),
            json!({ "text": "R0" }),
            json!({ "text": "ver", "label": "AaHidden" }),
        ]),
        ("POST", "/subgraphs/_expand") => posts(vec![
            json!({ "start": ids, "hops": 3 }),
            json!({ "start": ids, "hops": 3, "limit": 20 }),
            json!({ "start": ids, "edgeLabels": ["AA_HIDDEN"] }),
        ]),
        ("POST", "/places/_zoek") => posts(vec![
            json!({ "nodes": ids }),
            json!({ "box": [5.387, 52.757, 5.397, 52.767] }),
            json!({ "box": [5.387, 52.757, 5.397, 52.767], "nodeLabels": ["AaHidden"] }),
        ]),
        ("POST", "/places/_ondergrond") => {
            posts(vec![json!({ "box": [5.387, 52.757, 5.397, 52.767] })])
        }
        ("POST", "/paths/_zoek") => posts(vec![
            json!({ "from": ids[0], "to": ids[1], "count": 3 }),
            json!({ "from": ids[0], "to": ids[2], "kind": "time-respecting" }),
        ]),
        ("POST", "/networks/_zoek") => posts(vec![json!({ "nodes": ids })]),
        ("POST", "/clusters/_zoek") => {
            posts(vec![json!({ "node": ids[0] }), json!({ "sizeMin": 1 })])
        }
        ("POST", "/queries/_zoek") => posts(vec![
            json!({ "text": "MATCH (n)-[r]-(m) RETURN count(*) AS ways" }),
            json!({ "text": "MATCH (n:AaHidden) RETURN n" }),
        ]),
        ("GET", "/patterns" | "/flags") => vec![(template.to_owned(), None)],
        ("GET", "/patterns/{id}") => vec![("/patterns/overbewoning".to_owned(), None)],
        ("GET", "/flags/{id}") => flag_paths(template),
        ("POST", "/flags/{id}/judgements") => {
            let body = json!({ "verdict": "useful", "reason": "klopt" });
            let paths = flag_paths(template).into_iter();
            paths.map(|(path, _)| (path, Some(body.clone()))).collect()
        }
        ("POST", "/flags/{id}/case") => {
            let paths = flag_paths(template).into_iter();
            paths
                .map(|(path, _)| (path, Some(json!({ "caseId": "z1" }))))
                .collect()
        }
        ("GET", "/scans" | "/deliveries") => vec![(template.to_owned(), None)],
        ("GET", "/deliveries/{id}") => vec![("/deliveries/0000000000000".to_owned(), None)],
        ("POST", "/deliveries") => posts(vec![json!({})]),
        ("GET", "/scans/{id}") => vec![("/scans/20261101t080000000000".to_owned(), None)],
        ("GET", "/scans/{id}/differences") => vec![(
            "/scans/20261101t080000000000/differences?with=20261102t080000000000".to_owned(),
            None,
        )],
        ("POST", "/scans") => posts(vec![json!({ "mandate": "ondermijning" })]),
        // Asked in the laws of the API, over random worlds.
        ("PUT", "/flags/{id}/assignee") | ("DELETE", "/scans/{id}" | "/deliveries/{id}") => {
            Vec::new()
        }
        ("POST", "/measures/_zoek") => posts(vec![json!({ "start": ids, "hops": 2 })]),
        // What is done with cases has random numbers in it: here those who have none are told alike. The law with
        // cases that are there stands in `src/api/tests`.
        ("GET", "/cases" | "/notices" | "/deconflictions" | "/accumulations" | "/mistakes") => {
            vec![(template.to_owned(), None)]
        }
        ("POST", "/cases") => {
            let hidden = ids.last().unwrap();
            posts(vec![
                json!({ "title": "t", "goal": "g", "nodes": [hidden], "end": "2026-12-01" }),
            ])
        }
        ("GET", "/cases/{id}") => each_id(),
        ("GET", "/cases/{id}/charts" | "/cases/{id}/charts/{number}/{version}") => {
            let path = template.replace("{id}", "0000000000000");
            let path = path.replace("{number}", "1").replace("{version}", "1");
            vec![(path, None)]
        }
        ("POST", "/mistakes") => {
            let about = |node| json!({ "node": node, "delivery": "x", "file": "signals.csv", "line": 2, "text": "t" });
            posts(ids.iter().map(about).collect())
        }
        ("POST", "/mistakes/{id}/replies") => vec![(
            "/mistakes/0000000000000/replies".to_owned(),
            Some(json!({ "outcome": "right", "text": "t" })),
        )],
        ("POST", path) if path.starts_with("/cases/") || path.starts_with("/deconflictions/") => {
            let path = path.replace("{id}", "0000000000000");
            let body = json!({ "text": "t", "node": ids[0], "answer": "hold", "state": "settled" });
            vec![(path, Some(body))]
        }
        _ => panic!("the route {method} {template} has no twin request here: add some"),
    }
}

/// Paths of flags that both towns have, or would have.
fn flag_paths(template: &str) -> Vec<(String, Option<Value>)> {
    let secret = verband::model::IdSecret::new(SECRET);
    let crowded = secret.node("Address", "bag_object:9901010000000002");
    let mut ids = vec!["none".to_owned()];
    for mandate in MANDATES {
        for pattern in ["overbewoning", "signal-accumulation"] {
            ids.push(secret.flag(mandate, pattern, crowded));
        }
    }
    let paths = ids.into_iter().map(|id| template.replace("{id}", &id));
    paths.map(|path| (path, None)).collect()
}

#[test]
fn a_town_and_its_twin_answer_alike_on_every_route() {
    let (one, other) = (served(false), served(true));
    let mut told = 0;
    for (user, purpose) in CALLERS {
        let mut ids = vec![
            one.find(user, purpose, "Havenstraat 12", "Address"),
            one.find(user, purpose, "Havenstraat 1", "Address"),
        ];
        // A node that is not there for this caller, and one that is not there at all.
        let expand = json!({ "start": [ids[0]], "hops": 2, "limit": 30 });
        let path = "/v1/subgraphs/_expand?purpose=ondermijning";
        let found = one.ask("analist", path, Some(&expand), &[]).json();
        let nodes = found["nodes"].as_array().unwrap();
        ids.push(nodes.last().unwrap()["id"].as_str().unwrap().to_owned());
        ids.push("0000000000000".to_owned());
        // Nodes that only the twin has, and hides.
        let secret = verband::model::IdSecret::new(SECRET);
        for (label, key) in [("AaHidden", "hidden:R0-0"), ("Signal", "signal:R1-0")] {
            ids.push(secret.node(label, key).to_string());
        }
        for (method, template) in verband::api::routes() {
            for (path, body) in asked(&method, &template, &ids) {
                for day in ["&asOf=2023-06-01", "", "&asOf=ooit", "&after=x", "&limit=0"] {
                    let path = match template.as_str() {
                        "/me" | "/schema" | "/login-methods" => format!("/v1{path}"),
                        _ => format!("/v1{path}?purpose={purpose}{day}"),
                    };
                    let replies =
                        [&one, &other].map(|town| town.ask(user, &path, body.as_ref(), &[]));
                    assert_eq!(replies[0], replies[1], "{user} {path} {body:?}");
                    told += 1;
                    if let Some(etag) = replies[0].header("etag") {
                        let again = other.ask(user, &path, None, &[("if-none-match", etag)]);
                        assert_eq!(again.status, 304, "{user} {path}");
                    }
                }
            }
        }
    }
    assert!(told > 100, "{told} requests only");
}

#[test]
fn a_delivery_without_a_name_gets_one_that_no_guess_confirms() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("persons.csv"), "kenmerk,tekst\n1,geluid\n").unwrap();
    let source = "[source]\nname = 'a'\ntitle = 'A'\nformat = 'csv'\nfiles = ['persons.csv']\n\
        [marking]\norganisation = 'o'\ndepartment = 'd'\nlevel = 'intern'\n\
        [[record]]\n[[record.node]]\nas = 'a'\nlabel = 'Signal'\nkey = 'signal:{kenmerk}'\n\
        properties = { summary = 'tekst' }\n";
    fs::write(path("a.toml"), source).unwrap();
    let source = verband::ingest::SourceFile::read(&path("a.toml")).unwrap();
    let name_under = |store: &str, secret: [u8; 32]| {
        let store = verband::store::Store::open_or_create(&path(store), || secret).unwrap();
        let loaded =
            verband::ingest::load(&store, &source, "2026-11-01T08:00:00Z", &mut |_| {}).unwrap();
        let name = store.deliveries().unwrap().remove(0).name;
        assert_eq!(
            loaded.report.delivery, name,
            "the report names what the store names"
        );
        name
    };
    let name = name_under("one", [1; 32]);
    assert_eq!(name, name_under("same", [1; 32]));
    assert_ne!(name, name_under("other", [2; 32]));
    assert_ne!(name, source.delivery_name().unwrap());
}

#[test]
fn the_twin_is_another_town_to_those_who_load() {
    // Else the test above would compare a town with itself.
    let deliveries = |with_hidden| {
        let directory = tempfile::tempdir().unwrap();
        let mut sources = write(directory.path());
        if with_hidden {
            write_hidden(directory.path(), &mut sources);
        }
        load_all(directory.path(), &sources, |_| {
            "2026-11-01T08:00:00Z".to_owned()
        });
        let store = directory.path().join("town.redb");
        let store = verband::store::Store::open(&store).unwrap();
        let deliveries = store.deliveries().unwrap();
        deliveries
            .into_iter()
            .map(|one| one.source)
            .collect::<Vec<_>>()
    };
    let (one, other) = (deliveries(false), deliveries(true));
    assert_eq!(one.len() + 2, other.len());
    assert_eq!(
        (other[0].as_str(), other[other.len() - 1].as_str()),
        ("recherche0", "recherche1")
    );
}
