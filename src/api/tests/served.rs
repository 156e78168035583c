//! A world behind the real router, and one caller of it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, header};
use base64::Engine as _;
use tower::ServiceExt;

use super::requests::Ask;
use crate::api::{ApiState, router};
use crate::audit::{NoRecorder, Recorder};
use crate::authz::{Principal, PurposeRegister, Users};
use crate::case::accumulation::AccumulationRules;
use crate::engine::{DeliveryRegister, DeskSettings, Engine, Outside, Rules, ScanRequest};
use crate::handover::{CaseSystem, HandoverSettings};
use crate::login::{Login, LoginSettings};
use crate::model::{Day, Level, NodeId};
use crate::query::law::read::masked;
use crate::query::law::real::{Rules as Policies, load};
use crate::query::law::world::{SCHEMA, World, keys, node_id, schema, secret};
use crate::scan::pattern::Library;
use crate::scan::run::{Mandates, Progress};
use crate::store::Store;

/// What was asked, and all that came back.
pub type Transcript = Vec<(String, String)>;

/// Purposes: two for everyone of the city, one for others.
const PURPOSES: &str = r#"
[[purpose]]
id = "toezicht"
title = "Toezicht"
ground = "wet"
departments = ["stad/*"]
unmask_hours = 8
[[purpose]]
id = "zorg"
title = "Zorg"
ground = "wet"
departments = ["stad/*"]
[[purpose]]
id = "zaak"
title = "Onderzoek"
ground = "wet"
departments = ["stad/*"]
needs_case = true
case_days_max = 30
classes = ["ordinary", "identifying"]
[[purpose]]
id = "opsporing"
title = "Opsporing"
ground = "wet"
departments = ["politie/*"]
"#;

/// The mandates of the laws: one sees much, one is a department's own.
pub const MANDATES: [&str; 2] = ["stad", "wonen"];

const MANDATE_FILE: &str = r#"
[[mandate]]
id = "stad"
title = "Stad"
purpose = "toezicht"
organisation = "stad"
department = "zorg"
roles = ["liaison"]
clearance = "zeer_geheim"
patterns = ["*"]
readers = ["liaison"]
judges = ["liaison"]
[[mandate]]
id = "wonen"
title = "Wonen"
purpose = "zorg"
organisation = "stad"
department = "wonen"
clearance = "intern"
patterns = ["*"]
readers = ["liaison"]
"#;

/// A source that everyone of the city delivers.
const DELIVERIES: &str =
    "bytes_max = 4096\n[[source]]\nfile = 'tips.toml'\ndepartments = ['stad/*']\n";

/// Tips of a source of its own, about subjects that others may have told of or not.
const TIPS: &str = r#"
[source]
name = "tips"
title = "Tips"
format = "csv"
files = ["tips.csv"]
schema = "schema.toml"
[marking]
organisation = "stad"
department = "wonen"
level = "openbaar"
[limits]
refusals_max = 1
[[record]]
identity = "{number}"
[[record.node]]
as = "tip"
label = "Tip"
key = "text:d{number}"
properties = { words = "words", date = "date" }
[[record.node]]
as = "subject"
label = "Subject"
key = ["bsn:{bsn}", "text:{text}"]
mention = true
[[record.node]]
as = "premises"
label = "Premises"
key = "text:{premises}"
mention = true
[[record.edge]]
label = "TELLS_OF"
from = "tip"
to = "subject"
"#;

fn mandates() -> Mandates {
    Mandates::parse(MANDATE_FILE, &["tips", "alone"]).unwrap()
}

/// Patterns over the labels of the laws: one that counts, one that rests on absence.
fn library() -> Library {
    let counts = "MATCH (p:Subject)<-[r:TELLS_OF]-(t:Tip)
        WITH p, count(DISTINCT t) AS tips, collect(DISTINCT t) + collect(DISTINCT r) AS evidence
        WHERE tips >= $least RETURN p AS subject, tips AS score, tips, evidence";
    let alone = "MATCH (p:Subject)-[r:STAYS_AT|KEEPS]->(a:Premises)
        WHERE NOT EXISTS { MATCH (p)-[:MET]-(:Subject) }
        WITH p, count(r) AS tips, collect(a) + collect(r) AS evidence
        WHERE tips >= $least RETURN p AS subject, tips AS score, tips, evidence";
    let file = |id: &str, complete: &str, query: &str| {
        format!(
            r#"/*+++
id = "{id}"
version = 1
status = "in-use"
subject = "Subject"
time = "history"
complete = [{complete}]
purposes = ["toezicht", "zorg"]
retention_days = 300
realert_after_days = 30
title = {{ nl = "T", en = "T" }}
meaning = {{ nl = "M", en = "M" }}
explain = {{ nl = "{{subject}}: {{tips}}", en = "{{subject}}: {{tips}}" }}
lowers = {{ nl = "L", en = "L" }}
falsepositives = [{{ nl = "F", en = "F" }}]
legal = {{ basis = "wet" }}
[params.least]
type = "int"
default = 1
min = 1
max = 9
title = {{ nl = "L", en = "L" }}
source = "s"
[register]
category = "Overige algoritmes"
themes = ["T"]
goal = "G"
considerations = "C"
+++*/
{query}
"#
        )
    };
    let files = [
        ("tips.cypher", file("tips", "", counts)),
        ("alone.cypher", file("alone", "\"MET\"", alone)),
    ];
    let named = files.iter().map(|(name, text)| (*name, text.as_str()));
    Library::of(named, &schema()).unwrap_or_else(|error| panic!("{error}"))
}

/// One account for each principal that the laws make. Shared by all worlds: a password is hashed once per account.
static USERS: LazyLock<Arc<Users>> = LazyLock::new(|| {
    let hash = Users::hash("x").unwrap();
    let mut text = String::new();
    for department in ["wonen", "zorg", "burgerzaken"] {
        for level in Level::ALL {
            for roles in ["", "'liaison'"] {
                let id = account(department, level, !roles.is_empty());
                writeln!(
                    text,
                    "[[user]]\nid = '{id}'\nname = 'A'\norganisation = 'stad'\ndepartment = '{department}'\n\
                     roles = [{roles}]\nclearance = '{}'\npassword_hash = '{hash}'",
                    level.name()
                )
                .unwrap();
            }
        }
    }
    Arc::new(Users::parse(&text, [7; 32]).unwrap())
});

/// The nodes of the laws, by the identifier that the laws know them by where they are masked.
static MASKED: LazyLock<Vec<(String, NodeId)>> = LazyLock::new(|| {
    let nodes = keys().map(node_id);
    nodes.map(|node| (masked(node).to_string(), node)).collect()
});

fn account(department: &str, level: Level, liaison: bool) -> String {
    format!("{department}-{}-{liaison}", level.name())
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
});

/// A world that is served.
pub struct Served {
    pub engine: Arc<Engine>,
    pub router: Router,
    account: String,
    authorization: String,
    directory: Arc<tempfile::TempDir>,
}

impl Served {
    /// Loads a world into a store of its own and serves it under some rules to their caller.
    pub fn new(world: &World, rules: &Policies) -> Self {
        Self::recorded_by(world, rules, Box::new(NoRecorder))
    }

    /// As [`Self::new`], with a recorder of reads.
    pub fn recorded_by(world: &World, rules: &Policies, recorder: Box<dyn Recorder>) -> Self {
        Self::at(world, rules, recorder, || {
            jiff::Timestamp::from_second(1_700_000_000).unwrap()
        })
    }

    /// As [`Self::new`], after the deliveries of the world came: what is delivered now comes after them by the clock too.
    pub fn later(world: &World, rules: &Policies) -> Self {
        Self::at(world, rules, Box::new(NoRecorder), || {
            jiff::Timestamp::from_second(1_750_000_000).unwrap()
        })
    }

    fn at(
        world: &World,
        rules: &Policies,
        recorder: Box<dyn Recorder>,
        now: fn() -> jiff::Timestamp,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let bytes = *secret().bytes();
        let store = Store::open_or_create(&directory.path().join("store"), || bytes).unwrap();
        load(&store, world);
        let rules_in_force = Rules {
            policy: rules.policy.clone(),
            purposes: PurposeRegister::parse(PURPOSES).unwrap(),
        };
        let today = || Day::from_days(19_800).unwrap();
        let engine = Engine::open(store, rules_in_force, recorder, today).unwrap();
        let engine = engine.with_outside(outside(now)).with_desk(desk());
        let engine = engine.with_case_system(Some(case_system()));
        std::fs::write(directory.path().join("tips.toml"), TIPS).unwrap();
        // A world in which nothing is said leaves no schema in the store.
        std::fs::write(directory.path().join("schema.toml"), SCHEMA).unwrap();
        let deliveries = DeliveryRegister::parse(DELIVERIES, directory.path());
        let engine = engine.with_deliveries(deliveries.unwrap()).unwrap();
        let engine = Arc::new(engine.with_scans(library(), mandates()).unwrap());
        for mandate in MANDATES {
            let request = ScanRequest {
                mandate: mandate.to_owned(),
                ..ScanRequest::default()
            };
            // A full disk stops a scan as it stops a read: there are then no flags.
            drop(engine.scan(&request, "test", &Arc::new(Progress::default())));
        }
        let state = ApiState {
            engine: Arc::clone(&engine),
            // The same bytes each time: identifiers of sessions are then the same in a world and its twin.
            login: Arc::new(Login::new(
                Arc::clone(&USERS),
                LoginSettings::default(),
                Box::new(|| [9; 32]),
            )),
        };
        Self {
            engine,
            router: router(state),
            account: account_of(&rules.caller),
            authorization: login(&rules.caller),
            directory: Arc::new(directory),
        }
    }

    /// The same server, asked by another caller.
    pub fn as_caller(&self, caller: &Principal) -> Self {
        Self {
            account: account_of(caller),
            authorization: login(caller),
            ..self.with_router(self.router.clone())
        }
    }

    /// The same store behind another router.
    pub fn with_router(&self, router: Router) -> Self {
        Self {
            engine: Arc::clone(&self.engine),
            router,
            account: self.account.clone(),
            authorization: self.authorization.clone(),
            directory: Arc::clone(&self.directory),
        }
    }

    /// Asks everything, follows every cursor, and asks again for what has an ETag.
    pub fn transcript(&self, asked: &[Ask]) -> Transcript {
        let mut told = Transcript::new();
        // Cases that were opened on the way: later requests name the first and the last.
        let mut cases: Vec<String> = Vec::new();
        let mut receipt: Option<String> = None;
        let mut mistake: Option<String> = None;
        // A statement that was shown, for requests about one.
        let mut said: Option<[String; 4]> = None;
        for ask in asked {
            let nowhere = "0000000000000".to_owned();
            let mut ask = ask.clone();
            ask.uri = ask
                .uri
                .replace("{case}", cases.first().unwrap_or(&nowhere))
                .replace("{last}", cases.last().unwrap_or(&nowhere))
                .replace("{receipt}", receipt.as_ref().unwrap_or(&nowhere))
                .replace("{mistake}", mistake.as_ref().unwrap_or(&nowhere));
            if let Some(body) = &mut ask.body {
                *body = body.replace("{case}", cases.first().unwrap_or(&nowhere));
                let nothing = [
                    nowhere.clone(),
                    String::new(),
                    String::new(),
                    "1".to_owned(),
                ];
                let [node, delivery, file, line] = said.as_ref().unwrap_or(&nothing);
                *body = body
                    .replace("{said.node}", node)
                    .replace("{said.delivery}", delivery)
                    .replace("{said.file}", file)
                    .replace("\"{said.line}\"", line);
            }
            self.put_masks(&mut ask);
            for page in 0.. {
                assert!(page < 200, "the pages of {} do not end", ask.uri);
                let (text, next, etag) = self.answer(&ask);
                let opened = text.strip_prefix("201 Created\n");
                // What else was made, such as a session, is no case.
                if let Some(place) = opened.and_then(|opened| opened.split("/v1/cases/").nth(1)) {
                    cases.push(place.chars().take(13).collect());
                }
                if let Some((_, behind)) = text.split_once("\"receipt\":\"") {
                    let number: String = behind.chars().take(13).collect();
                    if ask.uri.starts_with("/v1/mistakes") {
                        mistake.get_or_insert(number);
                    } else {
                        receipt.get_or_insert(number);
                    }
                }
                if said.is_none() && ask.uri.starts_with("/v1/nodes/") && !ask.uri.contains("case=")
                {
                    said = first_statement(&text);
                }
                told.push((
                    format!("{} {} {:?} page {page}", ask.method, ask.uri, ask.body),
                    text,
                ));
                if let Some(etag) = etag.filter(|_| page == 0) {
                    let again = ask.clone().with_header("if-none-match", &etag);
                    told.push((format!("again: {}", ask.uri), self.answer(&again).0));
                }
                match next {
                    Some(next) => ask = ask.after(&next),
                    None => break,
                }
            }
        }
        told
    }

    /// The laws know masked nodes by the context of their own sessions; here each request has its own.
    fn put_masks(&self, ask: &mut Ask) {
        let after = |mark: &str| {
            let (_, rest) = ask.uri.split_once(mark)?;
            rest.split(['&', '/', '?']).next().map(str::to_owned)
        };
        let case = after("case=").or_else(|| after("/v1/cases/"));
        let context = match case {
            Some(case) => format!("case {case}"),
            None => format!("{}/{}", self.account, after("purpose=").unwrap_or_default()),
        };
        let masks = secret().mask_key(&context);
        let texts = std::iter::once(&mut ask.uri).chain(&mut ask.body);
        for text in texts {
            for (known, node) in MASKED.iter() {
                if text.contains(known) {
                    *text = text.replace(known, &masks.node(*node).to_string());
                }
            }
        }
    }

    /// All of one answer as text, the cursor in it, and its ETag.
    pub(super) fn answer(&self, ask: &Ask) -> (String, Option<String>, Option<String>) {
        let response = RUNTIME.block_on(async {
            let response: Response<Body> = self
                .router
                .clone()
                .oneshot(self.request(ask))
                .await
                .unwrap();
            let (parts, body) = response.into_parts();
            (parts, to_bytes(body, usize::MAX).await.unwrap())
        });
        let (parts, body) = response;
        let mut text = format!("{}\n", parts.status);
        for (name, value) in &parts.headers {
            writeln!(text, "{name}: {}", value.to_str().unwrap()).unwrap();
        }
        match std::str::from_utf8(&body) {
            Ok(body) => text.push_str(body),
            Err(_) => writeln!(text, "{body:?}").unwrap(),
        }
        let json: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let next = json.get("next").and_then(|next| next.as_str());
        let etag = parts.headers.get(header::ETAG);
        (
            text,
            next.map(str::to_owned),
            etag.map(|etag| etag.to_str().unwrap().to_owned()),
        )
    }

    fn request(&self, ask: &Ask) -> Request<Body> {
        let mut request = Request::builder()
            .method(Method::from_bytes(ask.method.as_bytes()).unwrap())
            .uri(&ask.uri);
        if !ask.anonymous {
            request = request.header(header::AUTHORIZATION, &self.authorization);
        }
        if ask.body.is_some() && !ask.headers.iter().any(|(name, _)| name == "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        let body = ask.body.clone().unwrap_or_default();
        request.body(Body::from(body)).unwrap()
    }
}

/// Node, delivery, file and line of the first statement in the answer about a node.
fn first_statement(text: &str) -> Option<[String; 4]> {
    let json: serde_json::Value = serde_json::from_str(text.lines().last()?).ok()?;
    let source = json["statements"].get(0)?.get("source")?;
    let word = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    Some([
        word(&json["node"]["id"])?,
        word(&source["delivery"])?,
        word(&source["file"])?,
        source["line"].to_string(),
    ])
}

/// A clock that stands still, and chance that is another for each account and each time, and the same in each world.
fn outside(now: fn() -> jiff::Timestamp) -> Outside {
    let drawn: Mutex<HashMap<String, u64>> = Mutex::default();
    Outside {
        now,
        draw: Arc::new(move |account| {
            let mut drawn = drawn.lock().unwrap();
            let times = drawn.entry(account.to_owned()).or_default();
            *times += 1;
            let hash = blake3::hash(format!("{account} {times}").as_bytes());
            u64::from_le_bytes(*hash.as_bytes().first_chunk().unwrap())
        }),
    }
}

/// What all departments of the laws have agreed on.
fn agreed() -> AccumulationRules {
    let departments = [
        "stad/burgerzaken",
        "stad/wonen",
        "stad/zorg",
        "politie/basis",
    ];
    let consents = departments.map(|department| {
        format!(
            "[[consent]]\ndepartment = '{department}'\npurposes = ['toezicht', 'zorg', 'overleg']\nup_to = 'zeer_geheim'\n\
             ground = 'g'\nuntil = '2030-01-01'\n"
        )
    });
    let text = format!("threshold = 3\ndays = 730\n{}", consents.concat());
    AccumulationRules::parse(&text).unwrap()
}

/// Everybody with the role of the laws may be silent and answers reports, and is a coordinator in nothing.
fn desk() -> DeskSettings {
    DeskSettings {
        silent_roles: vec!["liaison".to_owned()],
        steward_role: "liaison".to_owned(),
        asks_per_day: 20,
        accumulation: Some(Arc::new(agreed())),
        ..DeskSettings::default()
    }
}

/// A case system that is gone: what leaves is made, and nobody takes it.
fn case_system() -> CaseSystem {
    let purposes = ["toezicht", "zorg", "zaak"].map(|purpose| {
        format!("[purpose.{purpose}]\nzaaktype = 'z'\nstatustype = 's'\nroltype = 'r'\n")
    });
    let text = format!(
        "zaken = 'http://127.0.0.1:9'\nclient_id = 'c'\nsecret = 's'\norganisation = 'stad'\n\
         bronorganisatie = '999993653'\nroles = ['liaison']\nlevel_max = 'geheim'\n{}",
        purposes.concat()
    );
    let settings: HandoverSettings = toml::from_str(&text).unwrap();
    CaseSystem::new(settings, "secret", None).unwrap()
}

fn account_of(caller: &Principal) -> String {
    let liaison = caller.roles.contains("liaison");
    account(&caller.department, caller.clearance, liaison)
}

fn login(caller: &Principal) -> String {
    let id = account_of(caller);
    let text = base64::engine::general_purpose::STANDARD.encode(format!("{id}:x"));
    format!("Basic {text}")
}
