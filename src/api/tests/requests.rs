//! What is asked of each route. The routes come from the router: one that is not known here fails.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use super::cases;
use super::served::MANDATES;
use crate::api::routes;
use crate::api::routes::page;
use crate::model::Day;
use crate::query::law::read::ids;
use crate::query::law::world::{HIDDEN_LABEL, keys, node_id, secret};

/// One request.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: &'static str,
    pub uri: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub anonymous: bool,
}

impl Ask {
    pub fn get(uri: String) -> Self {
        Self {
            method: "GET",
            uri,
            headers: Vec::new(),
            body: None,
            anonymous: false,
        }
    }

    pub fn post(uri: &str, body: &Value) -> Self {
        Self {
            method: "POST",
            body: Some(body.to_string()),
            ..Self::get(uri.to_owned())
        }
    }

    /// Files, each with its name, as a browser sends them.
    pub fn send(uri: &str, files: &[(&str, &str)]) -> Self {
        let parts = files.iter().map(|(name, text)| {
            format!(
                "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{text}\r\n"
            )
        });
        let body = parts.collect::<String>() + "--x--\r\n";
        Self {
            method: "POST",
            body: Some(body),
            ..Self::get(uri.to_owned())
        }
        .with_header("content-type", "multipart/form-data; boundary=x")
    }

    /// The same with a header more.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without a login.
    fn anonymously(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// The same for the next page.
    pub fn after(mut self, cursor: &str) -> Self {
        match &self.body {
            Some(body) => {
                let mut body: Value = serde_json::from_str(body).unwrap();
                body["after"] = json!(cursor);
                self.body = Some(body.to_string());
            }
            None => {
                let plain = self.uri.split("&after=").next().unwrap().to_owned();
                self.uri = format!("{plain}&after={cursor}");
            }
        }
        self
    }
}

/// Who asks, why, and about which days.
#[derive(Debug, Clone)]
pub struct Occasion {
    pub purpose: &'static str,
    pub days: [Day; 2],
}

impl Occasion {
    /// Query of a read: about the one day, the other, today; by what is known and what was; and of each under a case.
    fn query(&self, number: usize) -> String {
        let day = match number % 3 {
            0 => format!("&asOf={}", self.days[0]),
            1 => format!("&asOf={}", self.days[1]),
            _ => String::new(),
        };
        let case = if number % 5 > 2 { "&case={case}" } else { "" };
        // Between the days on which the deliveries of these worlds came.
        let known = match number % 7 {
            2 => "&knownAt=2025-01-15",
            5 => "&knownAt=2025-02-15",
            _ => "",
        };
        format!("purpose={}{day}{known}{case}", self.purpose)
    }

    /// Query of what is about cases.
    pub fn desk(&self) -> String {
        format!("purpose={}", self.purpose)
    }
}

/// Addresses outside the description of the API, as `router.rs` and `routes/oidc.rs` have them. Those of the viewer its own
/// router tells.
pub const OPEN: [&str; 5] = [
    "/v1/openapi.json",
    "/health/live",
    "/health/ready",
    // Without a provider of identities there is nothing at these.
    "/login/oidc",
    "/login/oidc/callback",
];

/// Requests of all routes, and those that go wrong, a group each.
fn groups(occasion: &Occasion) -> Vec<Vec<Ask>> {
    let viewer = page::addresses();
    let open = OPEN.into_iter().chain(viewer);
    // A case comes first, so that there is one to read under.
    let mut groups = vec![
        open.map(|uri| Ask::get(uri.to_owned())).collect(),
        of_route("POST", "/cases", occasion),
    ];
    for (method, template) in routes() {
        groups.push(of_route(&method, &template, occasion));
        groups.push(wrong(&method, &template, occasion));
    }
    let number = format!("/v1/nodes/999993653?{}", occasion.query(2));
    groups.push([number, "/v1/nothing".to_owned()].map(Ask::get).into());
    groups
}

/// Requests of all routes, and those that go wrong.
pub fn requests(occasion: &Occasion) -> Vec<Ask> {
    groups(occasion).concat()
}

/// Some of the requests of each route: one at least, and of the others one in four. A seed gives the same each time.
pub fn some_requests(occasion: &Occasion, seed: u64) -> Vec<Ask> {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut asked = Vec::new();
    for group in groups(occasion) {
        let least = chance.random_range(0..group.len().max(1));
        let numbered = group.into_iter().enumerate();
        asked.extend(
            numbered
                .filter(|&(number, _)| chance.random_ratio(1, 4) || number == least)
                .map(|(_, ask)| ask),
        );
    }
    asked
}

const TEXTS: [&str; 10] = [
    "ja",
    "janssen anna",
    "bo",
    "de boer",
    "123",
    "1234",
    "haven",
    "haven 1",
    "1011ab",
    "x",
];

/// An account of `served`, whose password is `x`.
const ACCOUNT: &str = "wonen-intern-false";

/// The identifier of every session, as the random bytes of `served` are always the same.
fn session_id() -> String {
    URL_SAFE_NO_PAD.encode([9; 32])
}

fn session_cookie() -> String {
    format!("verband={}", session_id())
}

fn csrf_token() -> String {
    URL_SAFE_NO_PAD.encode(blake3::keyed_hash(&[9; 32], session_id().as_bytes()).as_bytes())
}

/// Requests of one route.
pub fn of_route(method: &str, template: &str, occasion: &Occasion) -> Vec<Ask> {
    let ids = ids();
    let uri = |number: usize| format!("/v1{template}?{}", occasion.query(number));
    let posts = |bodies: Vec<Value>| {
        let numbered = bodies.iter().enumerate();
        numbered
            .map(|(number, body)| Ask::post(&uri(number), body))
            .collect::<Vec<Ask>>()
    };
    let of_each_id = |more: &str| {
        ids.iter()
            .enumerate()
            .filter(|(_, id)| !id.is_empty() && !id.contains(' '))
            .map(|(number, id)| Ask::get(uri(number).replace("{id}", id) + more))
            .collect::<Vec<Ask>>()
    };
    match (method, template) {
        ("GET", "/me" | "/schema" | "/login-methods") => vec![Ask::get(format!("/v1{template}"))],
        ("GET", "/audit/reads" | "/audit/odd-look-ups") => {
            let uri = format!("/v1{template}");
            vec![
                Ask::get(uri.clone()),
                Ask::get(format!("{uri}?node={}", ids[0])),
                Ask::get(format!("{uri}?by={ACCOUNT}&limit=1")),
                Ask::get(format!("{uri}?limit=0")),
            ]
        }
        ("GET", "/audit/accounts") => vec![Ask::get(format!("/v1{template}"))],
        ("GET", "/audit/walls") => {
            let uri = format!("/v1{template}");
            vec![
                Ask::get(uri.clone()),
                Ask::get(format!("{uri}?account={ACCOUNT}&purpose=toezicht")),
                Ask::get(format!("{uri}?account=nobody&purpose=toezicht")),
            ]
        }
        ("POST", "/sessions") => {
            let bodies = [
                json!({ "name": ACCOUNT, "password": "x" }),
                json!({ "name": ACCOUNT, "password": "y" }),
                json!({ "name": "nobody", "password": "x" }),
                json!({ "name": ACCOUNT }),
            ];
            let asked = bodies.iter().map(|body| Ask::post("/v1/sessions", body));
            asked.map(Ask::anonymously).collect()
        }
        (method @ ("GET" | "DELETE"), "/sessions/current") => {
            let body = json!({ "name": ACCOUNT, "password": "x" });
            let with_session = || {
                let mut ask = Ask::get("/v1/sessions/current".to_owned()).anonymously();
                ask.method = if method == "GET" { "GET" } else { "DELETE" };
                ask
            };
            vec![
                Ask::post("/v1/sessions", &body).anonymously(),
                with_session().with_header("cookie", &session_cookie()),
                with_session().with_header("cookie", "verband=other"),
                with_session()
                    .with_header("cookie", &session_cookie())
                    .with_header("x-csrf-token", &csrf_token()),
                with_session().with_header("cookie", &session_cookie()),
            ]
        }
        ("GET", "/nodes/{id}" | "/nodes/{id}/neighbour-counts") => {
            let mut asked = of_each_id("");
            for method in ["HEAD", "OPTIONS", "DELETE"] {
                let mut other = asked[1].clone();
                other.method = method;
                asked.push(other);
            }
            asked
        }
        ("GET", "/dossiers/{id}") => {
            let mut asked = of_each_id("");
            let packed = asked[0].clone().with_header("accept-encoding", "gzip");
            asked.push(packed);
            asked
        }
        ("GET", "/nodes/{id}/neighbours") => {
            let mut asked = of_each_id("&limit=2");
            for more in [
                "&edgeLabels=MET,KEEPS",
                "&edgeLabels=NONE",
                &format!("&edgeLabels={HIDDEN_LABEL}"),
            ] {
                asked.extend(of_each_id(more).into_iter().step_by(6));
            }
            // Cursors that no page gave, made of ids that may be hidden.
            for (one, other) in ids.iter().zip(ids.iter().skip(1)).take(18) {
                asked.push(Ask::get(
                    uri(0).replace("{id}", one) + &format!("&after={other}{other}oMET"),
                ));
            }
            asked
        }
        ("GET", "/patterns") => vec![Ask::get(uri(0)), Ask::get(uri(1))],
        ("GET", "/patterns/{id}") => ["tips", "alone", "none"]
            .into_iter()
            .map(|id| Ask::get(uri(2).replace("{id}", id)))
            .collect(),
        ("GET", "/flags") => {
            let mut asked = vec![
                Ask::get(uri(2)),
                Ask::get(uri(0)),
                Ask::get(uri(1) + "&limit=2"),
            ];
            for more in [
                "pattern=tips",
                "state=open",
                "state=useful",
                "state=none",
                "limit=0",
            ] {
                asked.push(Ask::get(format!("{}&{more}", uri(2))));
            }
            let about = ids.iter().step_by(3).filter(|id| !id.contains(' '));
            asked.extend(about.map(|id| Ask::get(format!("{}&subject={id}", uri(2)))));
            asked
        }
        ("GET", "/flags/{id}") => flag_ids()
            .iter()
            .map(|id| Ask::get(uri(2).replace("{id}", id)))
            .collect(),
        ("POST", "/flags/{id}/judgements") => {
            on_flags(&uri(2), &json!({ "verdict": "useful", "reason": "klopt" }))
        }
        ("PUT", "/flags/{id}/assignee") => {
            let mut asked = on_flags(&uri(2), &json!({ "assignee": "wonen" }));
            asked.iter_mut().for_each(|ask| ask.method = "PUT");
            asked
        }
        ("POST", "/flags/{id}/case") => on_flags(&uri(2), &json!({ "caseId": "z1" })),
        ("GET", "/scans") => vec![Ask::get("/v1/scans".to_owned())],
        ("POST", "/scans") => vec![Ask::post("/v1/scans", &json!({ "mandate": "stad" }))],
        // What is sent and loaded has a law of its own, in `deliveries`.
        ("GET", "/deliveries") => vec![Ask::get("/v1/deliveries".to_owned())],
        ("POST", "/deliveries") => {
            let to = |source: &str| format!("/v1/deliveries?source={source}");
            vec![
                Ask::post(&to("tips"), &json!({})),
                Ask::send(&to("tips"), &[]),
                Ask::send(&to("brp"), &[("a.csv", "x")]),
                Ask::send(&to("tips"), &[("../a.csv", "x")]),
                Ask::send(&(to("tips") + "&kind=withdrawal"), &[("a.csv", "x")]),
                Ask::send("/v1/deliveries", &[("a.csv", "x")]),
            ]
        }
        (method @ ("GET" | "DELETE"), "/deliveries/{id}") => {
            let mut asked = Ask::get("/v1/deliveries/0000000000000".to_owned());
            asked.method = if method == "GET" { "GET" } else { "DELETE" };
            vec![asked]
        }
        ("GET", "/scans/{id}/differences") => vec![Ask::get(
            "/v1/scans/20260101t000000000000/differences?with=20260102t000000000000".to_owned(),
        )],
        ("GET" | "DELETE", "/scans/{id}") => {
            let mut asked = Ask::get("/v1/scans/20260101t000000000000".to_owned());
            asked.method = if method == "GET" { "GET" } else { "DELETE" };
            vec![asked]
        }
        ("POST", "/nodes/_zoek") => {
            let of_text = |text: &str| {
                [
                    json!({ "text": text, "limit": 2 }),
                    json!({ "text": text, "label": "Subject" }),
                    json!({ "text": text, "after": format!("2.{}.de", ids[0]) }),
                ]
            };
            let mut bodies: Vec<Value> = TEXTS.into_iter().flat_map(of_text).collect();
            bodies.push(json!({ "text": "ja", "label": HIDDEN_LABEL }));
            bodies.push(json!({ "text": "ja", "after": "9" }));
            posts(bodies)
        }
        ("POST", "/places/_zoek") => {
            let mut bodies = vec![json!({ "nodes": ids }), json!({})];
            for within in [[5.38, 52.15, 5.41, 52.16], [5.386, 52.155, 5.388, 52.156]] {
                bodies.push(json!({ "box": within }));
                bodies.push(json!({ "box": within, "nodeLabels": ["Premises"] }));
                bodies.push(json!({ "box": within, "nodeLabels": [HIDDEN_LABEL] }));
            }
            posts(bodies)
        }
        ("POST", "/places/_ondergrond") => posts(vec![
            json!({ "box": [5.38, 52.15, 5.41, 52.16] }),
            json!({ "box": [5.41, 52.15, 5.38, 52.16] }),
        ]),
        ("POST", "/subgraphs/_expand") => {
            let mut bodies = Vec::new();
            for start in ids.chunks(3) {
                bodies.push(json!({ "start": start, "hops": 2 }));
                bodies.push(json!({ "start": start, "hops": 3, "limit": 4 }));
                bodies.push(json!({ "start": start, "hops": 2, "edgeLabels": ["MET"] }));
            }
            bodies.push(json!({ "start": ids, "hops": 1 }));
            bodies.push(json!({ "start": ids, "hops": 0, "limit": 5000 }));
            for start in ids.chunks(5) {
                for keep in ["newest", "most-connected"] {
                    bodies.push(json!({ "start": start, "keep": keep, "limit": 3, "among": ids }));
                }
            }
            bodies.push(json!({ "start": [ids[0]], "nodeLabels": [HIDDEN_LABEL] }));
            bodies.push(json!({ "start": [ids[0]], "hops": 7 }));
            let mut asked = posts(bodies);
            let lines = asked[0]
                .clone()
                .with_header("accept", "application/x-ndjson");
            asked.push(lines);
            asked
        }
        ("POST", "/paths/_zoek") => {
            let pairs = ids.iter().zip(ids.iter().cycle().skip(6));
            let bodies = pairs.flat_map(|(from, to)| {
                [
                    json!({ "from": from, "to": to, "count": 3 }),
                    json!({ "from": from, "to": to, "kind": "time-respecting" }),
                ]
            });
            posts(bodies.collect())
        }
        ("POST", "/networks/_zoek") => {
            let bodies = ids.chunks(4).map(|nodes| json!({ "nodes": nodes }));
            posts(bodies.collect())
        }
        ("POST", "/clusters/_zoek") => {
            let mut bodies: Vec<Value> = ids
                .iter()
                .step_by(4)
                .map(|node| json!({ "node": node }))
                .collect();
            bodies.push(json!({ "sizeMin": 1 }));
            bodies.push(json!({ "sizeMin": 1, "limit": 1 }));
            posts(bodies)
        }
        ("POST", "/measures/_zoek") => {
            let bodies = ids.chunks(5).map(|start| json!({ "start": start }));
            posts(bodies.collect())
        }
        ("POST", "/queries/_zoek") => posts(queries(&ids)),
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
            cases::of_route(method, path, occasion)
        }
        _ => panic!("the route {method} {template} has no requests here: add some"),
    }
}

/// Identifiers of every flag that a world may raise, and of some that none does.
fn flag_ids() -> Vec<String> {
    let mut found = vec!["none".to_owned()];
    for mandate in MANDATES {
        for pattern in ["tips", "alone"] {
            let nodes = keys().map(node_id);
            found.extend(nodes.map(|node| secret().flag(mandate, pattern, node)));
        }
    }
    found
}

/// The same done to some flags, seen or not.
fn on_flags(uri: &str, body: &Value) -> Vec<Ask> {
    let some = flag_ids().into_iter().step_by(5);
    some.map(|id| Ask::post(&uri.replace("{id}", &id), body))
        .collect()
}

/// Queries that look at all that there is, in many ways, and some that are not right.
fn queries(ids: &[String]) -> Vec<Value> {
    let texts = [
        "MATCH (n) RETURN n",
        "MATCH (n) RETURN count(*)",
        "MATCH (n)-[r]->(m) RETURN n, r, m, type(r), r.valid_from, r.valid_to",
        "MATCH (n:Subject)-[r:MET]-(m) RETURN n, count(DISTINCT m) AS met ORDER BY met DESC, id(n)",
        "MATCH (n:Subject) RETURN n.full_name, n.city, n.income, n.record, n.note, n.bsn, owners(n), sources(n)",
        "MATCH (n:Subject) RETURN n.religion",
        "MATCH (n) WHERE NOT EXISTS { (n)--() } RETURN n",
        "MATCH (n) OPTIONAL MATCH (n)-[:KEEPS]->(p) RETURN n, p, p.debt",
        "MATCH p = (a:Subject)-[*1..3]-(b:Premises) RETURN p, length(p)",
        "MATCH (a)-[r]-(b), (b)-[s]-(c) WHERE id(a) < id(c) RETURN count(*), collect(DISTINCT r.role)",
        "MATCH (n:Tip) RETURN n.words AS words, count(*) AS tips ORDER BY tips DESC LIMIT 3",
        "PROFILE MATCH (n:Subject)-[:STAYS_AT]->(p) RETURN p, collect(n.full_name) AS names",
        "EXPLAIN MATCH (n)-[:TELLS_OF]->(p) RETURN p",
        "MATCH (n:Hidden0) RETURN n",
        "MATCH (n)-[:Hidden0]->() RETURN n",
        "MATCH (n) RETURN n.hidden",
        "MATCH (n) RETRUN n",
        "MATCH (n) SET n.x = 1",
        "MATCH (n) RETURN n.date < $as_of",
    ];
    let mut bodies: Vec<Value> = texts.iter().map(|text| json!({ "text": text })).collect();
    for text in texts {
        bodies.push(json!({ "text": text, "time": "history", "form": "subgraph" }));
    }
    for id in ids.iter().step_by(4) {
        bodies.push(json!({
            "text": "MATCH (n)-[r]-(m) WHERE id(n) = $id RETURN n, r, m, m.city",
            "params": { "id": id },
        }));
    }
    bodies.push(json!({ "text": "RETURN $x", "params": { "x": { "y": 1 } } }));
    bodies
}

/// What goes wrong on any route.
fn wrong(method: &str, template: &str, occasion: &Occasion) -> Vec<Ask> {
    let id = &ids()[0];
    let path = format!("/v1{}", template.replace("{id}", id));
    let queries = [
        String::new(),
        "?purpose=none".to_owned(),
        "?purpose=opsporing".to_owned(),
        format!("?purpose={}&asOf=ooit", occasion.purpose),
        format!("?purpose={}&limit=0", occasion.purpose),
        format!("?purpose={}&unknown=1", occasion.purpose),
    ];
    let read = format!("{path}?{}", occasion.query(2));
    let mut asked = Vec::new();
    let ask = |uri: &str| match method {
        "GET" => Ask::get(uri.to_owned()),
        "PUT" => {
            let mut ask = Ask::post(uri, &json!({ "assignee": null }));
            ask.method = "PUT";
            ask
        }
        "DELETE" => Ask {
            method: "DELETE",
            ..Ask::get(uri.to_owned())
        },
        _ => Ask::post(uri, &json!({ "start": [id], "nodes": [id], "text": "ja" })),
    };
    for query in queries {
        asked.push(ask(&format!("{path}{query}")));
    }
    let mut anonymous = ask(&read);
    anonymous.anonymous = true;
    asked.push(anonymous);
    if method == "POST" {
        asked.push(Ask::get(read.clone()));
        asked.push(ask(&read).with_header("content-type", "text/plain"));
        let mut broken = ask(&read);
        broken.body = Some("{".to_owned());
        asked.push(broken);
        asked.push(ask(&read).with_header("content-length", "2000000"));
    } else {
        asked.push(Ask::post(&read, &json!({})));
    }
    asked
}
