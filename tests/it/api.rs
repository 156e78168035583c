//! The API over the real program: what callers get, and what they do not.

use serde_json::{Value, json};

use crate::adr_rules::is_conformant;
use crate::town::{TOWN, find, get, get_with, post, post_declaring, post_raw};

const PREMISES: &str = "Havenstraat 12";

fn premises() -> String {
    find("inspecteur", "woonfraude", PREMISES, "Address").unwrap()
}

fn dossier(user: &str, purpose: &str) -> Value {
    let reply = get(
        user,
        &format!("/v1/dossiers/{}?purpose={purpose}", premises()),
    );
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

fn section<'a>(dossier: &'a Value, label: &str) -> Option<&'a Value> {
    dossier["sections"]
        .as_array()?
        .iter()
        .find(|section| section["edgeLabel"] == label)
}

#[test]
fn the_dossier_tells_who_is_and_was_there_with_source_date_and_reason() {
    let dossier = dossier("inspecteur", "woonfraude");
    let residents = section(&dossier, "LIVES_AT").unwrap();
    assert_eq!(residents["titleNl"], "Bewoners");
    assert_eq!(residents["now"].as_array().unwrap().len(), 4);
    assert_eq!(residents["earlier"].as_array().unwrap().len(), 3);
    let line = &residents["now"][0]["connection"][0];
    assert_eq!(line["source"]["title"], "Basisregistratie Personen");
    assert!(line["source"]["line"].as_u64().unwrap() > 0);
    assert!(line["validity"]["from"].is_string());
    assert_eq!(line["visibleBy"][0], "brp");
    for label in ["OWNS", "REGISTERED_AT", "PERMITS", "PART_OF", "ABOUT"] {
        assert!(section(&dossier, label).is_some(), "no section {label}");
    }
    assert!(!dossier["connections"].as_array().unwrap().is_empty());
}

#[test]
fn a_second_identity_behind_a_wall_gets_a_smaller_answer() {
    let inspector = dossier("inspecteur", "woonfraude");
    let carer = dossier("zorg", "zorg");
    assert!(section(&carer, "LIVES_AT").is_none());
    let signals = |dossier: &Value| {
        let now = section(dossier, "ABOUT").unwrap()["now"]
            .as_array()
            .unwrap()
            .clone();
        now.iter()
            .map(|line| line["node"]["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (of_inspector, of_carer) = (signals(&inspector), signals(&carer));
    assert_eq!(of_carer.len(), 1);
    assert!(
        !of_inspector.contains(&of_carer[0]),
        "the carer's signal stays behind its wall"
    );
    assert!(carer.to_string().len() < inspector.to_string().len());
}

#[test]
fn an_expansion_answers_as_json_and_by_line() {
    let request = json!({ "start": [premises()], "hops": 2 });
    let path = "/v1/subgraphs/_expand?purpose=ondermijning";
    let whole = post("analist", path, &request).json();
    let nodes = whole["nodes"].as_array().unwrap();
    assert!(nodes.len() > 20, "{}", nodes.len());
    assert_eq!(nodes[0]["hops"], 0);
    let ids: Vec<&str> = nodes
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect();
    for edge in whole["edges"].as_array().unwrap() {
        assert!(
            ids.contains(&edge["from"].as_str().unwrap()),
            "an edge without its end"
        );
        assert!(
            ids.contains(&edge["to"].as_str().unwrap()),
            "an edge without its end"
        );
    }
    let cut = post(
        "analist",
        path,
        &json!({ "start": [premises()], "hops": 2, "limit": 5 }),
    )
    .json();
    assert_eq!(cut["nodes"].as_array().unwrap().len(), 5);
    assert_eq!(cut["truncated"], json!({ "limit": "nodes", "max": 5 }));
    assert_eq!(whole["truncated"], Value::Null);
}

#[test]
fn an_expansion_keeps_the_newest_or_the_most_connected_and_finds_edges_to_what_is_in_sight() {
    let path = "/v1/subgraphs/_expand?purpose=ondermijning";
    let expand = |more: Value| {
        let mut request = json!({ "start": [premises()] });
        for (name, value) in more.as_object().unwrap() {
            request[name] = value.clone();
        }
        let reply = post("analist", path, &request);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    };
    let ids = |answer: &Value| -> Vec<String> {
        let nodes = answer["nodes"].as_array().unwrap().iter();
        let found = nodes.filter(|node| node["hops"] == 1);
        found
            .map(|node| node["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = expand(json!({}));
    let begun = |id: &String| -> String {
        let edges = all["edges"].as_array().unwrap().iter();
        let to_it = edges.filter(|edge| {
            let ends = [edge["from"].as_str(), edge["to"].as_str()];
            ends.contains(&Some(id)) && ends.contains(&Some(&premises()))
        });
        let days = to_it.flat_map(|edge| edge["intervals"].as_array().unwrap());
        days.filter_map(|one| one["from"].as_str())
            .max()
            .unwrap_or_default()
            .to_owned()
    };
    let newest = expand(json!({ "keep": "newest", "limit": 4 }));
    assert_eq!(newest["truncated"]["limit"], "nodes");
    let kept = ids(&newest);
    assert_eq!(kept.len(), 3);
    let oldest_kept = kept.iter().map(&begun).min().unwrap();
    for id in ids(&all).iter().filter(|id| !kept.contains(id)) {
        assert!(begun(id) <= oldest_kept, "{id} began after what was kept");
    }

    let degree = |id: &String| {
        let preview = get(
            "analist",
            &format!("/v1/nodes/{id}/neighbour-counts?purpose=ondermijning"),
        );
        preview.json()["neighbourCount"].as_u64().unwrap()
    };
    let connected = ids(&expand(json!({ "keep": "most-connected", "limit": 4 })));
    let least_kept = connected.iter().map(&degree).min().unwrap();
    for id in ids(&all).iter().filter(|id| !connected.contains(id)) {
        assert!(degree(id) <= least_kept, "{id} has more neighbours");
    }

    // What is in sight stays out of the nodes; its edges to what is found are told, whatever is followed.
    let resident = &ids(&expand(json!({ "edgeLabels": ["LIVES_AT"] })))[0];
    let none = expand(json!({ "start": [resident], "hops": 0 }));
    assert_eq!(none["edges"], json!([]));
    let seen =
        expand(json!({ "start": [resident], "hops": 0, "among": [premises(), "0000000000000"] }));
    assert_eq!(seen["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(seen["edges"][0]["label"], "LIVES_AT");
    let refused = json!({ "start": [resident], "hops": 2, "keep": "newest" });
    assert_eq!(post("analist", path, &refused).status, 400);
}

#[test]
fn an_earlier_day_shows_who_lived_there_then() {
    let id = premises();
    let at = |day: &str| {
        let path =
            format!("/v1/nodes/{id}/neighbours?purpose=woonfraude&edgeLabels=LIVES_AT&asOf={day}");
        let page = get("inspecteur", &path).json();
        let lines = page["neighbours"].as_array().unwrap().clone();
        lines
            .iter()
            .map(|line| line["node"]["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (then, now) = (at("2023-06-01"), at("2026-11-01"));
    assert_eq!(then.len(), 3);
    assert_eq!(now.len(), 4);
    assert!(then.iter().all(|person| !now.contains(person)));
}

#[test]
fn previews_count_what_pages_then_hold() {
    let id = premises();
    let counts = get(
        "inspecteur",
        &format!("/v1/nodes/{id}/neighbour-counts?purpose=woonfraude"),
    )
    .json();
    let edges: u64 = counts["counts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|count| count["edges"].as_u64().unwrap())
        .sum();
    let mut listed = 0;
    let mut after = String::new();
    loop {
        let path = format!("/v1/nodes/{id}/neighbours?purpose=woonfraude&limit=3{after}");
        let page = get("inspecteur", &path).json();
        listed += page["neighbours"].as_array().unwrap().len() as u64;
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(listed, edges);
}

#[test]
fn paths_networks_and_clusters_stay_inside_the_view() {
    let id = premises();
    let subgraph = post(
        "analist",
        "/v1/subgraphs/_expand?purpose=ondermijning",
        &json!({ "start": [id], "hops": 2 }),
    )
    .json();
    let far: Vec<String> = subgraph["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|node| node["hops"] == 2)
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect();
    let request = json!({ "from": id, "to": far[0], "count": 3 });
    let paths = post("analist", "/v1/paths/_zoek?purpose=ondermijning", &request).json();
    assert_eq!(paths["paths"][0]["edges"].as_array().unwrap().len(), 2);
    // The carer does not see what lies between.
    let behind_the_wall = post("zorg", "/v1/paths/_zoek?purpose=zorg", &request);
    assert!(
        behind_the_wall.status == 404
            || behind_the_wall.json()["paths"]
                .as_array()
                .unwrap()
                .is_empty()
    );
    let network = post(
        "analist",
        "/v1/networks/_zoek?purpose=ondermijning",
        &json!({ "nodes": [id, far[0], far[1]] }),
    )
    .json();
    assert_eq!(network["groups"].as_array().unwrap().len(), 1);
    let clusters = post(
        "analist",
        "/v1/clusters/_zoek?purpose=ondermijning",
        &json!({}),
    )
    .json();
    assert!(clusters["components"][0]["nodeCount"].as_u64().unwrap() > 100);
    let measures = post(
        "analist",
        "/v1/measures/_zoek?purpose=ondermijning",
        &json!({ "start": [id], "hops": 1 }),
    )
    .json();
    assert_eq!(
        measures["nodes"][0]["id"],
        Value::from(id),
        "the premises stands between its neighbours"
    );
}

#[test]
fn a_hidden_node_is_byte_for_byte_a_missing_one() {
    let dossier = dossier("zorg", "zorg");
    let signal = section(&dossier, "ABOUT").unwrap()["now"][0]["node"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let missing = "0000000000000";
    for path in [
        "/v1/nodes/ID",
        "/v1/nodes/ID/neighbours",
        "/v1/nodes/ID/neighbour-counts",
        "/v1/dossiers/ID",
    ] {
        let ask = |id: &str| {
            let mut reply = get(
                "inspecteur",
                &format!("{}?purpose=woonfraude", path.replace("ID", id)),
            );
            reply.body = reply.body.replace(id, "ID");
            reply
        };
        let (hidden, absent) = (ask(&signal), ask(missing));
        assert_eq!(hidden.status, 404);
        assert_eq!(hidden, absent, "{path}");
        assert_eq!(
            get(
                "zorg",
                &format!("{}?purpose=zorg", path.replace("ID", &signal))
            )
            .status,
            200
        );
    }
}

#[test]
fn what_is_wrong_is_told_with_a_code_and_what_to_do() {
    let id = premises();
    let check = |reply: crate::town::Reply, status: u16, code: &str| {
        assert_eq!(reply.status, status, "{code}: {}", reply.body);
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json"),
            "{code}"
        );
        assert_eq!(reply.header("api-version"), Some("1.0.0"), "{code}");
        let problem = reply.json();
        assert_eq!(problem["code"], code);
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["detail"].is_string());
    };
    check(get("", "/v1/me"), 401, "unauthenticated");
    check(get("nobody", "/v1/me"), 401, "unauthenticated");
    check(
        get("inspecteur", &format!("/v1/dossiers/{id}")),
        400,
        "purpose-missing",
    );
    check(
        get("inspecteur", &format!("/v1/dossiers/{id}?purpose=plezier")),
        400,
        "purpose-unknown",
    );
    check(
        get("inspecteur", &format!("/v1/dossiers/{id}?purpose=zorg")),
        403,
        "purpose-not-yours",
    );
    check(
        get(
            "inspecteur",
            &format!("/v1/dossiers/{id}?purpose=woonfraude&asOf=gisteren"),
        ),
        400,
        "invalid-query",
    );
    check(
        get(
            "inspecteur",
            &format!("/v1/dossiers/{id}?purpose=woonfraude&as_of=2026-01-01"),
        ),
        400,
        "invalid-query",
    );
    check(
        get("inspecteur", "/v1/nodes/999993653?purpose=woonfraude"),
        400,
        "national-number-in-url",
    );
    check(get("inspecteur", "/v1/me/"), 404, "unknown-path");
    check(get("inspecteur", "/v1/nothing"), 404, "unknown-path");
    let expand = "/v1/subgraphs/_expand?purpose=woonfraude";
    check(
        post("inspecteur", expand, &json!({ "start": [id], "hops": 7 })),
        400,
        "invalid-input",
    );
    check(
        post("inspecteur", expand, &json!({ "start": [id], "hop": 1 })),
        400,
        "invalid-body",
    );
    check(
        post(
            "inspecteur",
            expand,
            &json!({ "start": [id], "edgeLabels": ["LIVES_ON"] }),
        ),
        400,
        "invalid-input",
    );
    check(
        post_raw("inspecteur", expand, "application/json", "{"),
        400,
        "invalid-body",
    );
    check(
        post_raw("inspecteur", expand, "text/plain", "{}"),
        415,
        "unsupported-media-type",
    );
    check(
        post_declaring("inspecteur", expand, 2 << 20),
        413,
        "body-too-large",
    );
    let wrong_method = get("inspecteur", expand);
    assert_eq!(wrong_method.header("allow"), Some("POST"));
    check(wrong_method, 405, "method-not-allowed");
}

#[test]
fn a_national_number_is_found_in_a_body_by_who_may_read_it_and_by_no_one_else() {
    let search = |user: &str, purpose: &str, text: &str| {
        let page = post(
            user,
            &format!("/v1/nodes/_zoek?purpose={purpose}"),
            &json!({ "text": text }),
        )
        .json();
        page["hits"].as_array().unwrap().len()
    };
    // The demo's policy keeps national numbers from all four, so a BSN finds no one.
    let directory = tempfile::tempdir().unwrap();
    let options = verband::generate::TownOptions {
        persons: 1_200,
        ..Default::default()
    };
    verband::generate::generate(&options, directory.path()).unwrap();
    let persons = std::fs::read_to_string(directory.path().join("brp.jsonl")).unwrap();
    let person: Value = serde_json::from_str(persons.lines().last().unwrap()).unwrap();
    let bsn = person["burgerservicenummer"].as_str().unwrap();
    assert_eq!(search("inspecteur", "woonfraude", bsn), 0);
    assert_eq!(search("zorg", "zorg", bsn), 0);
    let name = person["geslachtsnaam"].as_str().unwrap();
    assert!(search("inspecteur", "woonfraude", name) > 0);
    assert_eq!(search("zorg", "zorg", name), 0);
}

#[test]
fn an_answer_that_is_known_is_not_sent_again() {
    let path = format!("/v1/nodes/{}?purpose=woonfraude", premises());
    let first = get("inspecteur", &path);
    let etag = first.header("etag").unwrap();
    assert_eq!(
        get_with("inspecteur", &path, "if-none-match", etag).status,
        304
    );
    assert_eq!(first.header("cache-control"), Some("no-store"));
    assert_eq!(first.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(first.header("x-frame-options"), Some("DENY"));
}

#[test]
fn the_description_meets_the_design_rules() {
    let reply = get("", "/v1/openapi.json");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    let document = reply.json();
    is_conformant(&document).unwrap_or_else(|findings| panic!("{findings}"));
    let served: Vec<(String, String)> = verband::api::routes();
    assert!(served.len() >= 12, "{served:?}");
}

#[test]
fn the_page_and_the_health_of_the_server_are_served() {
    let page = get("", "/");
    assert!(page.body.contains("<html lang=\"nl\">"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    // What the page names is there; names hold a digest, so browsers may keep what they stand for.
    for address in page
        .body
        .split('"')
        .filter(|text| text.starts_with("/assets/"))
    {
        let file = get("", address);
        assert_eq!(file.status, 200, "{address}");
        assert!(file.header("cache-control").unwrap().contains("immutable"));
    }
    assert_eq!(get("", "/health/live").status, 200);
    assert_eq!(get("", "/health/ready").status, 200);
    assert!(TOWN.base.starts_with("http://127.0.0.1:"));
}

#[test]
fn what_was_known_before_anything_was_delivered_is_nothing() {
    let id = premises();
    let at = |id: &str, day: &str| {
        let path = format!("/v1/dossiers/{id}?purpose=woonfraude&knownAt={day}");
        get("inspecteur", &path)
    };
    let before = at(&id, "2020-01-01");
    let missing = at("0000000000000", "2020-01-01");
    assert_eq!(
        (before.status, missing.status),
        (404, 404),
        "{}",
        before.body
    );
    let told = before.body.replace(&id, "0000000000000");
    assert_eq!(told, missing.body);
    // Of a day that is not over what is known now is known.
    let now = at(&id, "2999-01-01").json();
    assert_eq!(now["knownAt"], "2999-01-01");
    let present = dossier("inspecteur", "woonfraude");
    assert!(present.get("knownAt").is_none());
    assert_eq!(now["sections"], present["sections"]);
    let search = post(
        "inspecteur",
        "/v1/nodes/_zoek?purpose=woonfraude&knownAt=2020-01-01",
        &json!({ "text": PREMISES }),
    );
    assert_eq!(search.status, 400);
    assert!(search.body.contains("knownAt"), "{}", search.body);
}
