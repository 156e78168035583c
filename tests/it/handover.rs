//! A case handed over by the real program to a case system that checks what it gets as the Zaken API 1.5 demands.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::server::Server;
use crate::town::{Reply, agent, log_text, login, make, refused_to_serve, reply, serve_router};

const SECRET: &str = "a secret of sixteen and more";
const RSIN: &str = "999993653";
const CATALOGUE: &str = "https://catalogi.example/catalogi/api/v1";
const LEVELS: [&str; 8] = [
    "openbaar",
    "beperkt_openbaar",
    "intern",
    "zaakvertrouwelijk",
    "vertrouwelijk",
    "confidentieel",
    "geheim",
    "zeer_geheim",
];

/// What the case system holds, and how it misbehaves.
#[derive(Default)]
struct Held {
    base: String,
    zaken: Vec<Map<String, Value>>,
    objects: Vec<Value>,
    roles: Vec<Value>,
    statuses: Vec<Value>,
    users: BTreeSet<String>,
    /// Keeps the next `zaak` and then answers as a proxy whose server is gone.
    loses_answer: bool,
    /// Roles that are still refused.
    refuses: usize,
}

type Shared = Arc<Mutex<Held>>;

/// A refusal by the Dutch API rules.
struct Refusal {
    status: StatusCode,
    name: String,
    reason: &'static str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank", "code": "invalid", "title": "Invalid input.", "status": self.status.as_u16(), "detail": "",
            "invalidParams": [{ "name": self.name, "code": "invalid", "reason": self.reason }],
        });
        (self.status, Json(body)).into_response()
    }
}

fn invalid(name: &str, reason: &'static str) -> Refusal {
    Refusal {
        status: StatusCode::BAD_REQUEST,
        name: name.to_owned(),
        reason,
    }
}

/// Who acts, if the token is one of the client's.
fn user(headers: &HeaderMap) -> Option<String> {
    let token = headers
        .get("authorization")?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")?;
    let (signed, signature) = token.rsplit_once('.')?;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    ring::hmac::verify(
        &key,
        signed.as_bytes(),
        &URL_SAFE_NO_PAD.decode(signature).ok()?,
    )
    .ok()?;
    let (head, claims) = signed.split_once('.')?;
    let part = |text: &str| -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    };
    let claims = part(claims)?;
    let now = jiff::Timestamp::now().as_second();
    let is_whole = part(head)?["alg"] == "HS256"
        && claims["iss"] == "verband"
        && claims["client_id"] == "verband"
        && (now - claims["iat"].as_i64()?).abs() < 60
        && claims["user_representation"].is_string();
    is_whole.then(|| claims["user_id"].as_str().map(str::to_owned))?
}

fn text<'a>(body: &'a Map<String, Value>, name: &str, max: usize) -> Result<&'a str, Refusal> {
    match body.get(name).and_then(Value::as_str) {
        Some(text) if (1..=max).contains(&text.chars().count()) => Ok(text),
        _ => Err(invalid(name, "Dit veld is vereist, of te lang.")),
    }
}

fn only(body: &Map<String, Value>, known: &[&str]) -> Result<(), Refusal> {
    match body.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(invalid(name, "Onbekend veld.")),
        None => Ok(()),
    }
}

fn check_zaak(body: &Map<String, Value>, headers: &HeaderMap) -> Result<(), Refusal> {
    for name in ["accept-crs", "content-crs"] {
        if headers.get(name).is_none_or(|value| value != "EPSG:4326") {
            return Err(Refusal {
                status: StatusCode::PRECONDITION_FAILED,
                name: name.to_owned(),
                reason: "Onbekend.",
            });
        }
    }
    only(
        body,
        &[
            "identificatie",
            "bronorganisatie",
            "verantwoordelijkeOrganisatie",
            "zaaktype",
            "startdatum",
            "omschrijving",
            "toelichting",
            "vertrouwelijkheidaanduiding",
            "kenmerken",
        ],
    )?;
    text(body, "identificatie", 40)?;
    for name in ["bronorganisatie", "verantwoordelijkeOrganisatie"] {
        if text(body, name, 9)? != RSIN {
            return Err(invalid(name, "Onbekende organisatie."));
        }
    }
    if text(body, "zaaktype", 1000)? != format!("{CATALOGUE}/zaaktypen/woonfraude") {
        return Err(invalid("zaaktype", "Onbekend zaaktype."));
    }
    text(body, "startdatum", 10)?
        .parse::<jiff::civil::Date>()
        .map_err(|_| invalid("startdatum", "Geen datum."))?;
    text(body, "omschrijving", 80)?;
    if body["toelichting"]
        .as_str()
        .is_none_or(|text| text.chars().count() > 1000)
    {
        return Err(invalid("toelichting", "Te lang."));
    }
    if !LEVELS.contains(&text(body, "vertrouwelijkheidaanduiding", 20)?) {
        return Err(invalid(
            "vertrouwelijkheidaanduiding",
            "Geen geldige keuze.",
        ));
    }
    for mark in body["kenmerken"].as_array().unwrap_or(&Vec::new()) {
        let mark = mark.as_object().unwrap();
        only(mark, &["kenmerk", "bron"])?;
        text(mark, "kenmerk", 40)?;
        text(mark, "bron", 40)?;
    }
    Ok(())
}

fn check_object(body: &Map<String, Value>) -> Result<(), Refusal> {
    only(
        body,
        &[
            "zaak",
            "objectType",
            "objectTypeOverige",
            "objectIdentificatie",
            "relatieomschrijving",
        ],
    )?;
    text(body, "relatieomschrijving", 80)?;
    let Some(identification) = body.get("objectIdentificatie").and_then(Value::as_object) else {
        return Err(invalid("objectIdentificatie", "Vereist."));
    };
    match text(body, "objectType", 30)? {
        "adres" => {
            only(
                identification,
                &[
                    "identificatie",
                    "wplWoonplaatsNaam",
                    "gorOpenbareRuimteNaam",
                    "huisnummer",
                    "huisletter",
                    "huisnummertoevoeging",
                    "postcode",
                ],
            )?;
            text(identification, "identificatie", 100)?;
            text(identification, "wplWoonplaatsNaam", 80)?;
            text(identification, "gorOpenbareRuimteNaam", 80)?;
            if identification["huisnummer"]
                .as_u64()
                .is_none_or(|number| number > 99_999)
            {
                return Err(invalid("huisnummer", "Geen nummer."));
            }
        }
        "pand" => {
            only(identification, &["identificatie"])?;
            text(identification, "identificatie", 100)?;
        }
        "overige" => {
            let kind = text(body, "objectTypeOverige", 100)?;
            if !kind
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '_')
            {
                return Err(invalid("objectTypeOverige", "Alleen kleine letters."));
            }
            only(identification, &["overigeData"])?;
        }
        _ => return Err(invalid("objectType", "Geen geldige keuze.")),
    }
    Ok(())
}

fn check_role(body: &Map<String, Value>) -> Result<(), Refusal> {
    only(
        body,
        &[
            "zaak",
            "betrokkeneType",
            "roltype",
            "roltoelichting",
            "betrokkeneIdentificatie",
        ],
    )?;
    text(body, "roltoelichting", 1000)?;
    if text(body, "roltype", 1000)? != format!("{CATALOGUE}/roltypen/betrokkene") {
        return Err(invalid("roltype", "Onbekend."));
    }
    let who = body["betrokkeneIdentificatie"].as_object().unwrap();
    match text(body, "betrokkeneType", 30)? {
        "natuurlijk_persoon" => only(
            who,
            &[
                "inpBsn",
                "anpIdentificatie",
                "geslachtsnaam",
                "voorvoegselGeslachtsnaam",
                "voornamen",
                "geboortedatum",
            ],
        ),
        "niet_natuurlijk_persoon" => only(who, &["innNnpId", "annIdentificatie", "statutaireNaam"]),
        "vestiging" => only(who, &["vestigingsNummer", "handelsnaam"]),
        _ => Err(invalid("betrokkeneType", "Geen geldige keuze.")),
    }
}

async fn zaken(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<Map<String, Value>>,
) -> Response {
    let mut held = shared.lock().unwrap();
    let Some(user) = user(&headers) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    held.users.insert(user);
    if let Err(refused) = check_zaak(&body, &headers) {
        return refused.into_response();
    }
    if held
        .zaken
        .iter()
        .any(|one| one["identificatie"] == body["identificatie"])
    {
        return invalid("identificatie", "Bestaat al voor deze bronorganisatie.").into_response();
    }
    let mut zaak = body;
    zaak.insert(
        "url".to_owned(),
        format!("{}/zaken/{}", held.base, held.zaken.len()).into(),
    );
    held.zaken.push(zaak.clone());
    if std::mem::take(&mut held.loses_answer) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    (StatusCode::CREATED, Json(zaak)).into_response()
}

async fn find(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Query(asked): Query<std::collections::BTreeMap<String, String>>,
) -> Response {
    let held = shared.lock().unwrap();
    if user(&headers).is_none() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let found: Vec<_> = held
        .zaken
        .iter()
        .filter(|one| {
            one["identificatie"] == asked["identificatie"]
                && one["bronorganisatie"] == asked["bronorganisatie"]
        })
        .collect();
    Json(json!({ "count": found.len(), "next": null, "previous": null, "results": found }))
        .into_response()
}

async fn below(
    State(shared): State<Shared>,
    Path(resource): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Map<String, Value>>,
) -> Response {
    let mut held = shared.lock().unwrap();
    if user(&headers).is_none() {
        return StatusCode::FORBIDDEN.into_response();
    }
    if held.zaken.iter().all(|zaak| zaak["url"] != body["zaak"]) {
        return invalid("zaak", "De zaak bestaat niet.").into_response();
    }
    let checked = match resource.as_str() {
        "zaakobjecten" => check_object(&body),
        "rollen" if held.refuses > 0 => {
            held.refuses -= 1;
            Err(invalid("betrokkeneIdentificatie", "Vandaag niet."))
        }
        "rollen" => check_role(&body),
        "statussen" => only(
            &body,
            &[
                "zaak",
                "statustype",
                "datumStatusGezet",
                "statustoelichting",
            ],
        )
        .and_then(|()| text(&body, "statustype", 1000).map(drop))
        .and_then(|()| text(&body, "datumStatusGezet", 40).map(drop)),
        _ => Err(invalid("url", "Niet gevonden.")),
    };
    if let Err(refused) = checked {
        return refused.into_response();
    }
    let body = Value::Object(body);
    match resource.as_str() {
        "zaakobjecten" => held.objects.push(body.clone()),
        "rollen" => held.roles.push(body.clone()),
        _ => held.statuses.push(body.clone()),
    }
    (StatusCode::CREATED, Json(body)).into_response()
}

fn case_system() -> Shared {
    let shared = Shared::default();
    serve_router(|address| {
        shared.lock().unwrap().base = format!("{address}/zaken/api/v1");
        Router::new()
            .route("/zaken/api/v1/zaken", post(zaken).get(find))
            .route("/zaken/api/v1/{resource}", post(below))
            .with_state(Arc::clone(&shared))
    });
    shared
}

fn settings(base: &str, level_max: &str) -> String {
    format!(
        "[handover]\nzaken = \"{base}/\"\nclient_id = \"verband\"\nsecret = \"zgw.secret\"\norganisation = \"gemeente\"\n\
         bronorganisatie = \"{RSIN}\"\nroles = [\"inspecteur\"]\nlevel_max = \"{level_max}\"\n[handover.purpose.woonfraude]\n\
         zaaktype = \"{CATALOGUE}/zaaktypen/woonfraude\"\nstatustype = \"{CATALOGUE}/statustypen/nieuw\"\n\
         roltype = \"{CATALOGUE}/roltypen/betrokkene\"\n"
    )
}

fn serve(base: &str, level_max: &str) -> Server {
    Server::start(
        &settings(base, level_max),
        &[("zgw.secret", format!("{SECRET}\n"))],
    )
}

fn ask(server: &Server, user: &str, path: &str, body: Option<&Value>) -> Reply {
    let url = format!("{}/v1{path}", server.base);
    let answer = match body {
        None => agent()
            .get(&url)
            .header("authorization", login(user))
            .call(),
        Some(body) => agent()
            .post(&url)
            .header("authorization", login(user))
            .send_json(body),
    };
    reply(answer.unwrap())
}

/// A case on a premises, with who lives there and what is there pinned.
fn open(server: &Server, user: &str, purpose: &str) -> (String, usize) {
    let day = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(20 * 24);
    let end = day.to_string()[..10].to_owned();
    let body = json!({
        "title": "Jansen aan de haven", "goal": "Nagaan wie er woont", "find": ["Havenstraat 12"], "end": end,
    });
    let opened = ask(
        server,
        user,
        &format!("/cases?purpose={purpose}"),
        Some(&body),
    );
    assert_eq!(opened.status, 201, "{}", opened.body);
    let case = opened.json();
    let id = case["id"].as_str().unwrap().to_owned();
    let start = &case["nodes"][0]["id"];
    let around = ask(
        server,
        user,
        &format!("/subgraphs/_expand?purpose={purpose}&case={id}"),
        Some(&json!({ "start": [start], "hops": 1 })),
    );
    let around = around.json();
    let nodes = around["nodes"].as_array().unwrap();
    for node in nodes.iter().filter(|node| node["id"] != *start) {
        let pinned = ask(
            server,
            user,
            &format!("/cases/{id}/pins?purpose={purpose}"),
            Some(&json!({ "node": node["id"] })),
        );
        assert_eq!(pinned.status, 200, "{}", pinned.body);
    }
    (id, nodes.len())
}

fn hand_over(server: &Server, user: &str, id: &str, body: &Value) -> Reply {
    ask(
        server,
        user,
        &format!("/cases/{id}/handover?purpose=woonfraude"),
        Some(body),
    )
}

#[test]
fn a_case_is_handed_over_whole_once_and_recorded() {
    let system = case_system();
    let base = system.lock().unwrap().base.clone();
    let server = serve(&base, "zeer_geheim");
    let (id, count) = open(&server, "inspecteur", "woonfraude");
    let case = ask(
        &server,
        "inspecteur",
        &format!("/cases/{id}?purpose=woonfraude"),
        None,
    )
    .json();
    assert_eq!(case["mayHandOver"], true);
    assert_eq!(case["handover"], Value::Null);

    // A flag that somebody put into it goes along by its identifier, and no other.
    let flags = ask(&server, "inspecteur", "/flags?purpose=woonfraude", None).json();
    let about = |flag: &&Value| flag["subject"]["id"] == case["nodes"][0]["id"];
    let mut flags = flags["flags"].as_array().unwrap().iter().filter(about);
    let flag = flags.next().expect("a flag about the premises")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let put = json!({ "caseId": id });
    let put = ask(
        &server,
        "inspecteur",
        &format!("/flags/{flag}/case?purpose=woonfraude"),
        Some(&put),
    );
    assert!(put.status < 300, "{}", put.body);

    // First the answer is lost, then a role is refused: each time it goes on, and nothing is sent twice.
    system.lock().unwrap().loses_answer = true;
    system.lock().unwrap().refuses = 1;
    let words = json!({ "explanation": "Graag binnen een week." });
    let lost = hand_over(&server, "inspecteur", &id, &words).json();
    assert_eq!(lost["handover"]["finished"], false);
    assert!(
        lost["handover"]["trouble"]
            .as_str()
            .unwrap()
            .contains("502"),
        "{lost}"
    );
    let refused = hand_over(&server, "inspecteur", &id, &words).json();
    let trouble = refused["handover"]["trouble"].as_str().unwrap();
    assert!(
        trouble.contains("betrokkeneIdentificatie: Vandaag niet."),
        "{trouble}"
    );
    let done = hand_over(&server, "inspecteur", &id, &words).json();
    assert_eq!(done["handover"]["finished"], true, "{done}");
    assert_eq!(done["handover"]["trouble"], Value::Null);
    assert_eq!(done["mayHandOver"], false);

    let held = system.lock().unwrap();
    let [zaak] = held.zaken.as_slice() else {
        panic!("{} zaken", held.zaken.len());
    };
    assert_eq!(zaak["url"], done["handover"]["zaak"]);
    assert_eq!(zaak["identificatie"], format!("VERBAND-{id}"));
    assert_eq!(
        zaak["vertrouwelijkheidaanduiding"],
        done["handover"]["level"]
    );
    assert_ne!(
        zaak["vertrouwelijkheidaanduiding"], "openbaar",
        "it carries the level of what is in it"
    );
    assert!(
        !zaak["omschrijving"].as_str().unwrap().contains("Jansen"),
        "no title of ours: it may name somebody"
    );
    let marks: Vec<&str> = zaak["kenmerken"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kenmerk"].as_str().unwrap())
        .collect();
    assert_eq!(marks, [format!("VERBAND-{id}").as_str(), flag.as_str()]);
    assert_eq!(
        held.objects.len() + held.roles.len(),
        count,
        "each thing once"
    );
    assert_eq!(held.statuses.len(), 1);
    assert_eq!(held.users, BTreeSet::from(["inspecteur".to_owned()]));
    let kinds: BTreeSet<&str> = held
        .objects
        .iter()
        .map(|one| one["objectType"].as_str().unwrap())
        .collect();
    assert!(
        kinds.is_superset(&BTreeSet::from(["adres", "pand"])),
        "{kinds:?}"
    );
    assert!(
        held.roles
            .iter()
            .any(|one| one["betrokkeneType"] == "natuurlijk_persoon")
    );
    drop(held);

    // Once is enough, and it stands in the log with what left.
    let again = hand_over(&server, "inspecteur", &id, &words);
    assert_eq!(again.status, 400, "{}", again.body);
    let log = log_text(server.directory());
    assert!(
        log.contains("case-handover")
            && log.contains(&format!("handed over to {base}/ as VERBAND-{id}")),
        "{log}"
    );
}

#[test]
fn who_may_not_hand_over_does_not_and_what_is_too_confidential_stays() {
    let system = case_system();
    let base = system.lock().unwrap().base.clone();
    let server = serve(&base, "openbaar");
    let (id, _) = open(&server, "inspecteur", "woonfraude");
    let refused = hand_over(&server, "inspecteur", &id, &json!({}));
    assert_eq!(refused.status, 400);
    assert!(
        refused.body.contains("holds at most `openbaar`"),
        "{}",
        refused.body
    );
    let long = hand_over(
        &server,
        "inspecteur",
        &id,
        &json!({ "explanation": "x".repeat(1001) }),
    );
    assert_eq!(long.status, 400);
    // Whose case it is not: as one that never was.
    let other = hand_over(&server, "analist", &id, &json!({}));
    let never = hand_over(&server, "analist", "0000000000000", &json!({}));
    assert_eq!((other.status, never.status), (404, 404));
    assert_eq!(
        other.body.replace(&id, "?"),
        never.body.replace("0000000000000", "?")
    );
    // Whose role it is not, and a purpose that is not handed over.
    let (own, _) = open(&server, "analist", "ondermijning");
    let not_this = ask(
        &server,
        "analist",
        &format!("/cases/{own}/handover?purpose=ondermijning"),
        Some(&json!({})),
    );
    assert_eq!(not_this.status, 400, "{}", not_this.body);
    let case = ask(
        &server,
        "analist",
        &format!("/cases/{own}?purpose=ondermijning"),
        None,
    )
    .json();
    assert_eq!(case["mayHandOver"], false);
    assert!(system.lock().unwrap().zaken.is_empty());
}

#[test]
fn wrong_settings_are_told_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    make(directory.path(), 200);
    fs::write(directory.path().join("zgw.secret"), SECRET).unwrap();
    let file = directory.path().join("verband.toml");
    let known = fs::read_to_string(&file).unwrap();
    for (settings, reason) in [
        (
            settings("http://zaken.example", "intern"),
            "is no address by TLS",
        ),
        (
            settings("https://zaken.example", "intern").replace(RSIN, "123456789"),
            "is no RSIN",
        ),
        (settings("https://zaken.example", "laag"), "unknown variant"),
        (
            settings("https://zaken.example", "intern").replace("zgw.secret", "none"),
            "none",
        ),
    ] {
        fs::write(&file, known.clone() + &settings).unwrap();
        let told = refused_to_serve(&file);
        assert!(told.contains(reason), "{told}");
    }
}
