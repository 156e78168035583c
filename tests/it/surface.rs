//! The whole outer surface as snapshots, to be read by people: the body of each route, each help text, the description of
//! the API. Accept a change with `INSTA_UPDATE=always cargo test --test it surface`, after reading it.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::fixed::FixedTown;
use crate::town::verband;

static TOWN: LazyLock<FixedTown> = LazyLock::new(FixedTown::new);

/// The address of a flag that the inspector sees.
fn flag_path(more: &str) -> String {
    let list = "/v1/flags?purpose=woonfraude&asOf=2026-11-01&pattern=overbewoning";
    let page = TOWN.ask("inspecteur", list, None, &[]).json();
    let id = page["flags"][0]["id"].as_str().unwrap().to_owned();
    format!("/v1/flags/{id}{more}?purpose=woonfraude&asOf=2026-11-01")
}

/// Requests of a route, as user and purpose: short ones, so that the answers can be read.
fn asked(method: &str, template: &str) -> Vec<(&'static str, &'static str, String, Option<Value>)> {
    let premises = TOWN.find("inspecteur", "woonfraude", "Havenstraat 12", "Address");
    let owns = json!({ "start": [premises], "edgeLabels": ["OWNS"] });
    let expand = "/v1/subgraphs/_expand?purpose=woonfraude";
    let owners = TOWN.ask("inspecteur", expand, Some(&owns), &[]).json();
    let other = owners["nodes"][1]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1{}", template.replace("{id}", &premises));
    let get = |query: &str| (format!("{path}?{query}"), None);
    let post = |query: &str, body: Value| (format!("{path}?{query}"), Some(body));
    let housing = "purpose=woonfraude&asOf=2026-11-01";
    let care = "purpose=zorg&asOf=2026-11-01";
    let of = |user: &'static str, name: &'static str, (path, body)| (user, name, path, body);
    match (method, template) {
        ("GET", "/me") => vec![("inspecteur", "me", path, None)],
        ("GET", "/schema") => vec![("inspecteur", "schema", path, None)],
        ("GET", "/audit/reads") => {
            let nobody = format!("{path}?node=0000000000000");
            vec![
                ("privacy", "audit reads", nobody.clone(), None),
                ("inspecteur", "audit reads as another", nobody, None),
            ]
        }
        ("GET", "/audit/odd-look-ups") => vec![("zorg", "odd look-ups as another", path, None)],
        ("GET", "/audit/accounts") => vec![
            ("privacy", "accounts", path.clone(), None),
            ("zorg", "accounts as another", path, None),
        ],
        ("GET", "/audit/walls") => {
            let of = |account: &str| format!("{path}?account={account}&purpose=zorg");
            vec![
                ("privacy", "walls", of("zorg"), None),
                (
                    "privacy",
                    "walls of another organisation",
                    of("politie"),
                    None,
                ),
                ("zorg", "walls as another", of("zorg"), None),
            ]
        }
        ("GET", "/login-methods") => vec![("inspecteur", "login methods", path, None)],
        ("POST", "/sessions") => {
            let login = json!({ "name": "zorg", "password": "demo" });
            let wrong = json!({ "name": "zorg", "password": "geheim" });
            vec![
                ("zorg", "log in", path.clone(), Some(login)),
                ("zorg", "log in with a wrong password", path, Some(wrong)),
            ]
        }
        // Without a session; `login.rs` has those with one.
        ("GET", "/sessions/current") => vec![("zorg", "no session", path, None)],
        ("DELETE", "/sessions/current") => vec![],
        ("GET", "/nodes/{id}") => vec![
            of("inspecteur", "node", get(housing)),
            of("zorg", "node as another", get(care)),
            of("inspecteur", "node without purpose", get("")),
            of(
                "inspecteur",
                "node of another day",
                get("purpose=woonfraude&asOf=ooit"),
            ),
        ],
        ("GET", "/nodes/{id}/neighbours") => vec![
            of(
                "inspecteur",
                "neighbours",
                get(&format!("{housing}&limit=2")),
            ),
            of(
                "inspecteur",
                "neighbours with a wrong cursor",
                get(&format!("{housing}&after=x")),
            ),
        ],
        ("GET", "/nodes/{id}/neighbour-counts") => {
            vec![of("inspecteur", "neighbour-counts", get(housing))]
        }
        ("GET", "/dossiers/{id}") => vec![
            of("zorg", "dossier", get(care)),
            of(
                "inspecteur",
                "dossier of a missing node",
                (format!("/v1/dossiers/0000000000000?{housing}"), None),
            ),
        ],
        ("POST", "/nodes/_zoek") => vec![
            of(
                "inspecteur",
                "search",
                post(housing, json!({ "text": "havenstraat", "limit": 3 })),
            ),
            of(
                "inspecteur",
                "search for nothing",
                post(housing, json!({ "text": "x" })),
            ),
        ],
        ("POST", "/subgraphs/_expand") => vec![
            of(
                "inspecteur",
                "expand",
                post(
                    housing,
                    json!({ "start": [premises], "edgeLabels": ["PART_OF", "OWNS"] }),
                ),
            ),
            of(
                "inspecteur",
                "expand too far",
                post(housing, json!({ "start": [premises], "hops": 7 })),
            ),
        ],
        ("POST", "/places/_zoek") => vec![
            of(
                "inspecteur",
                "places",
                post(housing, json!({ "nodes": [premises, other] })),
            ),
            of("inspecteur", "places of nothing", post(housing, json!({}))),
        ],
        ("POST", "/places/_ondergrond") => vec![of(
            "inspecteur",
            "ground",
            post(housing, json!({ "box": [5.3876, 52.7576, 5.388, 52.7577] })),
        )],
        ("POST", "/paths/_zoek") => vec![of(
            "inspecteur",
            "paths",
            post(housing, json!({ "from": premises, "to": other })),
        )],
        ("POST", "/networks/_zoek") => vec![of(
            "inspecteur",
            "network",
            post(housing, json!({ "nodes": [premises, other] })),
        )],
        ("POST", "/clusters/_zoek") => {
            vec![of("zorg", "clusters", post(care, json!({ "limit": 2 })))]
        }
        ("POST", "/queries/_zoek") => vec![
            of(
                "inspecteur",
                "query of an owner",
                post(
                    housing,
                    json!({
                        "text": "MATCH (a:Address)<-[r:OWNS]-(o) WHERE id(a) = $id RETURN a, r, o, o.full_name",
                        "params": { "id": premises },
                    }),
                ),
            ),
            of(
                "inspecteur",
                "query",
                post(
                    housing,
                    json!({ "text": "MATCH (a:Address)-[:PART_OF]->(b:Building) RETURN count(DISTINCT a) AS addresses" }),
                ),
            ),
            of(
                "inspecteur",
                "query with a mistake",
                post(housing, json!({ "text": "MATCH (a:Adress) RETURN a" })),
            ),
        ],
        ("GET", "/patterns") => vec![of("inspecteur", "patterns", get(housing))],
        ("GET", "/patterns/{id}") => vec![of(
            "analist",
            "pattern",
            (format!("/v1/patterns/overbewoning?{housing}"), None),
        )],
        ("GET", "/flags") => vec![
            of("analist", "flags", get(&format!("{housing}&limit=2"))),
            of("zorg", "flags as another", get(care)),
            of(
                "analist",
                "flags in no state",
                get(&format!("{housing}&state=done")),
            ),
        ],
        ("GET", "/flags/{id}") => vec![
            of("inspecteur", "flag", (flag_path(""), None)),
            of(
                "zorg",
                "flag as another",
                (flag_path("").replace(housing, care), None),
            ),
        ],
        ("POST", "/flags/{id}/judgements") => vec![of(
            "inspecteur",
            "flag judged without a reason",
            (
                flag_path("/judgements"),
                Some(json!({ "verdict": "useful", "reason": "" })),
            ),
        )],
        // PUT and DELETE are asked in the tests of the API itself.
        ("PUT", "/flags/{id}/assignee") | ("DELETE", "/scans/{id}") => Vec::new(),
        ("POST", "/flags/{id}/case") => vec![of(
            "zorg",
            "flag put into a case by another",
            (
                flag_path("/case").replace(housing, care),
                Some(json!({ "caseId": "z1" })),
            ),
        )],
        ("GET", "/scans") => vec![("analist", "scans", "/v1/scans".to_owned(), None)],
        ("POST", "/scans") => vec![(
            "analist",
            "scan by another",
            "/v1/scans".to_owned(),
            Some(json!({ "mandate": "ondermijning" })),
        )],
        ("GET", "/scans/{id}") => vec![(
            "analist",
            "scan",
            "/v1/scans/20261101t080000000000".to_owned(),
            None,
        )],
        ("GET", "/deliveries") => vec![
            ("beheer", "deliveries", path.clone(), None),
            ("inspecteur", "deliveries as another", path, None),
        ],
        ("GET", "/deliveries/{id}") => vec![(
            "beheer",
            "delivery that is not there",
            "/v1/deliveries/0000000000000".to_owned(),
            None,
        )],
        ("POST", "/deliveries") => vec![(
            "beheer",
            "delivery of no files",
            format!("{path}?source=kvk"),
            Some(json!({})),
        )],
        // DELETE is asked in the tests of what is received.
        ("DELETE", "/deliveries/{id}") => Vec::new(),
        ("GET", "/scans/{id}/differences") => vec![(
            "analist",
            "difference of two scans",
            "/v1/scans/20261101t080000000000/differences?with=20261102t080000000000".to_owned(),
            None,
        )],
        ("POST", "/measures/_zoek") => {
            vec![of(
                "zorg",
                "measures",
                post(care, json!({ "start": [premises], "hops": 1 })),
            )]
        }
        (_, path)
            if [
                "/cases",
                "/notices",
                "/deconflictions",
                "/accumulations",
                "/mistakes",
            ]
            .iter()
            .any(|known| path.starts_with(known)) =>
        {
            of_cases(method, path, &premises)
        }
        _ => panic!("the route {method} {template} has no snapshot: add one"),
    }
}

/// A case that stays as it is.
static CASE: LazyLock<(String, String)> = LazyLock::new(|| {
    let premises = TOWN.find("inspecteur", "woonfraude", "Havenstraat 12", "Address");
    let path = "/v1/cases?purpose=woonfraude";
    let case = TOWN
        .ask("inspecteur", path, Some(&case_on(&premises)), &[])
        .json();
    let case = case["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/cases/{case}/deconfliction?purpose=woonfraude");
    let asked = TOWN.ask("inspecteur", &path, Some(&json!({ "node": premises })), &[]);
    let receipt = asked.json()["receipt"].as_str().unwrap().to_owned();
    (case, receipt)
});

fn case_on(premises: &str) -> Value {
    let soon = jiff_today_plus(30);
    json!({ "title": "Overbewoning", "goal": "Klopt de bewoning?", "nodes": [premises], "end": soon })
}

/// A day near the clock of the program: cases are about today.
fn jiff_today_plus(days: i32) -> String {
    let today = jiff::ZonedDateTime::now().date();
    today
        .checked_add(jiff::Span::new().days(days))
        .unwrap()
        .to_string()
}

/// Requests about cases: what is not there, and one of each that is.
fn of_cases(
    method: &str,
    template: &str,
    premises: &str,
) -> Vec<(&'static str, &'static str, String, Option<Value>)> {
    let (case, receipt) = &*CASE;
    let path = |id: &str| format!("/v1{}?purpose=woonfraude", template.replace("{id}", id));
    let of = |name, path, body| vec![("inspecteur", name, path, body)];
    match (method, template) {
        ("GET", "/cases") => of("cases", path(""), None),
        ("POST", "/cases") => of("case opened", path(""), Some(case_on(premises))),
        ("GET", "/cases/{id}") => vec![
            ("inspecteur", "case", path(case), None),
            ("analist", "case of others", path(case), None),
        ],
        ("POST", "/cases/{id}/notes") => {
            of("case noted", path(case), Some(json!({ "text": "Gezien." })))
        }
        ("POST", "/cases/{id}/pins") => {
            of("case pinned", path(case), Some(json!({ "node": premises })))
        }
        ("POST", "/cases/{id}/unmaskings") => of(
            "case unmasking of who is not masked",
            path(case),
            Some(json!({ "node": premises, "reason": "Wie woont daar?" })),
        ),
        ("POST", "/cases/{id}/unmaskings/_confirm") => of(
            "case unmasking confirmed that is not there",
            path(case),
            Some(json!({ "number": 1 })),
        ),
        ("POST", "/cases/{id}/team") => {
            of("case team", path(case), Some(json!({ "add": ["analist"] })))
        }
        ("POST", "/cases/{id}/presence") => of(
            "case silent without the role",
            path(case),
            Some(json!({ "answer": "silent", "until": jiff_today_plus(5) })),
        ),
        ("GET", "/cases/{id}/charts") => of("charts of a case", path(case), None),
        ("POST", "/cases/{id}/charts") => of(
            "chart saved in a case",
            path(case),
            Some(json!({ "name": "Haven", "document": {
                "format": "verband-chart", "version": 1, "centre": premises, "grouped": true,
                "nodes": [{ "id": premises, "x": 0, "y": 0 }, { "id": "0000000000000", "x": 1, "y": 1 }],
            } })),
        ),
        ("GET", "/cases/{id}/charts/{number}/{version}") => of(
            "chart of a case",
            path(case)
                .replace("{number}", "1")
                .replace("{version}", "1"),
            None,
        ),
        ("POST", "/cases/{id}/handover") => of(
            "case handed over that is not there",
            path("0000000000000"),
            Some(json!({})),
        ),
        ("POST", "/cases/{id}/close") => of(
            "case closed that is not there",
            path("0000000000000"),
            Some(json!({})),
        ),
        ("POST", "/cases/{id}/deconfliction") => of(
            "deconfliction",
            path(case),
            Some(json!({ "node": premises })),
        ),
        ("POST", "/cases/{id}/accumulation") => of(
            "accumulation",
            path(case),
            Some(json!({ "node": premises })),
        ),
        ("GET", "/accumulations") => {
            let desk = path("").replace("woonfraude", "afstemming");
            vec![
                ("coordinator", "accumulations", desk, None),
                ("inspecteur", "accumulations of others", path(""), None),
            ]
        }
        ("GET", "/notices") => of("notices", path(""), None),
        ("GET", "/mistakes") => of("mistakes", path(""), None),
        ("POST", "/mistakes") => {
            let node = format!("/v1/nodes/{premises}?purpose=woonfraude");
            let node = TOWN.ask("inspecteur", &node, None, &[]).json();
            let source = &node["statements"][0]["source"];
            let mut said = json!({
                "node": premises, "delivery": source["delivery"], "file": source["file"], "line": source["line"],
                "text": "Het is een winkel.", "named": true,
            });
            let there = (
                "inspecteur",
                "mistake reported",
                path(""),
                Some(said.clone()),
            );
            said["line"] = json!(0);
            vec![
                there,
                (
                    "inspecteur",
                    "mistake where nothing is said",
                    path(""),
                    Some(said),
                ),
            ]
        }
        ("POST", "/mistakes/{id}/replies") => of(
            "mistake answered that is not there",
            path("0000000000000"),
            Some(json!({ "outcome": "right", "text": "Nagegaan." })),
        ),
        ("GET", "/deconflictions") => {
            let desk = path("").replace("woonfraude", "afstemming");
            vec![
                ("coordinator", "deconflictions", desk, None),
                ("inspecteur", "deconflictions of others", path(""), None),
            ]
        }
        ("POST", "/deconflictions/{id}/state") => of(
            "deconfliction settled with nobody",
            path(receipt),
            Some(json!({ "state": "settled" })),
        ),
        _ => panic!("the route {method} {template} has no snapshot: add one"),
    }
}

/// What differs from run to run in answers about cases: numbers drawn at random, and times.
fn steady(name: &str, told: String) -> String {
    let drawn = [
        "case",
        "chart",
        "deconfliction",
        "accumulation",
        "notices",
        "mistake",
    ];
    if !drawn.iter().any(|begin| name.starts_with(begin)) {
        return told;
    }
    let (case, receipt) = &*CASE;
    let told = told.replace(case, "CASE").replace(receipt, "RECEIPT");
    let mut steady = String::new();
    for line in told.lines() {
        let random = ["\"id\": \"", "\"receipt\": \""];
        let times = [
            "\"at\": \"",
            "\"begin\"",
            "\"end\"",
            "\"askedOn\"",
            "\"weighedOn\"",
            "\"reportedOn\"",
            "\"until\"",
        ];
        let is_case_id =
            line.starts_with("  \"id\"") || (name == "cases" && line.trim().starts_with(random[0]));
        let is_time = times.iter().any(|time| line.trim().starts_with(time));
        let is_receipt = line.trim().starts_with(random[1]);
        if is_case_id || is_time || is_receipt {
            let (field, _) = line.split_once(": ").unwrap();
            steady.push_str(&format!("{field}: (as drawn)\n"));
        } else if line.starts_with('{') && line.contains("20") {
            steady.push_str("(body)\n");
        } else {
            steady.push_str(line);
            steady.push('\n');
        }
    }
    steady
}

#[test]
fn bodies_of_every_route() {
    for (method, template) in verband::api::routes() {
        for (user, name, path, body) in asked(&method, &template) {
            let reply = TOWN.ask(user, &path, body.as_ref(), &[]);
            let told = format!(
                "{method} {path}\n{}as {user}\n\n{} {}\n{}",
                body.map(|body| format!("{body}\n")).unwrap_or_default(),
                reply.status,
                reply.header("content-type").unwrap_or_default(),
                serde_json::to_string_pretty(&reply.json()).unwrap()
            );
            let token = (r#""csrfToken": "[^"]{43}""#, r#""csrfToken": "[random]""#);
            insta::with_settings!({ filters => [token] }, {
                insta::assert_snapshot!(format!("http {name}").replace(' ', "_"), steady(name, told));
            });
        }
    }
}

#[test]
fn the_description_of_the_api() {
    let reply = TOWN.ask("inspecteur", "/v1/openapi.json", None, &[]);
    insta::assert_snapshot!(
        "openapi",
        serde_json::to_string_pretty(&reply.json()).unwrap()
    );
}

#[test]
fn what_people_read_on_the_command_line() {
    let directory = crate::bad_input::town();
    let rest = ["--config", "verband.toml", "--as-of", "2026-11-01"];
    let inspector = ["--as", "inspecteur", "--purpose", "woonfraude"];
    let carer = ["--as", "zorg", "--purpose", "zorg"];
    for (name, arguments, caller) in [
        ("search", &["search", "havenstraat 1"][..], inspector),
        ("dossier", &["dossier", "Havenstraat 12"], inspector),
        ("dossier as another", &["dossier", "Havenstraat 12"], carer),
        (
            "expand",
            &["expand", "Havenstraat 12", "--over", "OWNS"],
            inspector,
        ),
        ("find several", &["dossier", "havenstraat"], inspector),
        ("find nothing", &["dossier", "nergens"], inspector),
    ] {
        let output = verband()
            .current_dir(directory.path())
            .args(arguments)
            .args(caller)
            .args(rest)
            .output()
            .unwrap();
        let [out, err] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        let told = format!("exit code {}\n{out}{err}", output.status.code().unwrap());
        insta::assert_snapshot!(format!("cli {name}").replace(' ', "_"), told);
    }
}

/// Help texts of a command and of all below it.
fn helps(command: &[String], out: &mut Vec<(String, String)>) {
    let output = verband().args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "{command:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let listed = text.split("\nCommands:\n").nth(1).unwrap_or_default();
    let below: Vec<String> = listed
        .lines()
        .take_while(|line| line.starts_with("  "))
        // What is further in goes on with the line before.
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect();
    out.push((command.join("_"), text));
    for name in below {
        helps(&[command, &[name]].concat(), out);
    }
}

#[test]
fn every_help_text() {
    let mut texts = Vec::new();
    helps(&[], &mut texts);
    assert!(texts.len() > 12);
    for (name, text) in texts {
        insta::assert_snapshot!(format!("help_{name}"), text);
    }
}
