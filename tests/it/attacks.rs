//! Attacks that were tried on the running program, and what they got.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::login::{Browser, log_in, set_cookie};
use crate::town::{Reply, Town, agent, login, reply};

static TOWN: LazyLock<Town> = LazyLock::new(|| Town::start(250));

const SEARCH: &str = "/v1/nodes/_zoek?purpose=woonfraude";

fn search() -> Value {
    json!({ "text": "Havenstraat 12", "label": "Address" })
}

fn code(answer: &Reply) -> String {
    answer.json()["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_request_that_changes_something_needs_the_token_of_its_session() {
    let browser = Browser::logged_in(&TOWN.base, "inspecteur");
    let other = Browser::logged_in(&TOWN.base, "inspecteur");
    let session_id = browser.cookie.split_once('=').unwrap().1;
    for headers in [
        &[][..],
        &[("x-csrf-token", "")],
        &[("x-csrf-token", other.token.as_str())],
        &[("x-csrf-token", session_id)],
    ] {
        let answer = browser.ask(SEARCH, Some(&search()), headers);
        assert_eq!((answer.status, code(&answer).as_str()), (403, "csrf-token"));
    }
    assert_eq!(browser.log_out("").status, 403);
    assert_eq!(browser.ask("/v1/me", None, &[]).status, 200, "still there");
}

#[test]
fn a_page_of_another_site_gets_nothing_done_in_the_name_of_a_reader() {
    let browser = Browser::logged_in(&TOWN.base, "inspecteur");
    let token = ("x-csrf-token", browser.token.as_str());
    let own = TOWN.base.as_str();
    let search = search();
    let own_page = [token, ("origin", own), ("sec-fetch-site", "same-origin")];
    assert_eq!(browser.ask(SEARCH, Some(&search), &own_page).status, 200);
    for foreign in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for (path, body) in [(SEARCH, Some(&search)), ("/v1/me", None)] {
            let answer = browser.ask(path, body, &[token, foreign]);
            assert_eq!((answer.status, code(&answer).as_str()), (403, "other-site"));
        }
        // Nor is anyone logged in as another by one.
        let planted = log_in(own, "zorg", "demo", &[foreign]);
        assert_eq!(planted.status, 403, "{foreign:?}");
        assert_eq!(planted.header("set-cookie"), None);
        // Nor does a password that a browser has kept open anything.
        let request = agent().get(format!("{own}/v1/me"));
        let request = request
            .header("authorization", login("inspecteur"))
            .header(foreign.0, foreign.1);
        assert_eq!(reply(request.call().unwrap()).status, 403);
    }
}

#[test]
fn a_form_of_another_site_cannot_send_what_is_taken() {
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = agent().post(format!("{}/v1/sessions", TOWN.base));
        let request = request.header("content-type", kind);
        let body = json!({ "name": "zorg", "password": "demo" }).to_string();
        assert_eq!(reply(request.send(body).unwrap()).status, 415, "{kind}");
    }
}

#[test]
fn a_session_that_was_planted_before_the_login_opens_nothing() {
    let planted = "verband=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let answer = log_in(&TOWN.base, "inspecteur", "demo", &[("cookie", planted)]);
    let (cookie, _) = set_cookie(&answer);
    assert_ne!(cookie, planted);
    let with = |cookie: &str| {
        let request = agent().get(format!("{}/v1/me", TOWN.base));
        reply(request.header("cookie", cookie).call().unwrap()).status
    };
    assert_eq!((with(planted), with(&cookie)), (401, 200));
    // A session of the attacker, planted in the browser of a victim, ends when the victim logs in.
    let attacker = Browser::logged_in(&TOWN.base, "zorg");
    let headers = [("cookie", attacker.cookie.as_str())];
    let victim = log_in(&TOWN.base, "inspecteur", "demo", &headers);
    assert_eq!(with(&attacker.cookie), 401);
    // Of two cookies one was planted.
    let (own, _) = set_cookie(&victim);
    assert_eq!(with(&format!("{own}; {planted}")), 401);
    assert_eq!(with(&format!("{planted}; {own}")), 401);
    assert_eq!(with(&own), 200);
}

#[test]
fn two_logins_in_one_request_are_none() {
    let request = agent().get(format!("{}/v1/me", TOWN.base));
    let request = request
        .header("authorization", login("zorg"))
        .header("authorization", login("inspecteur"));
    assert_eq!(reply(request.call().unwrap()).status, 401);
}

#[test]
fn guessed_identifiers_tell_nothing() {
    let request = |id: &str| {
        let path = format!("{}/v1/nodes/{id}?purpose=woonfraude", TOWN.base);
        let request = agent().get(path);
        let mut answer = reply(
            request
                .header("authorization", login("inspecteur"))
                .call()
                .unwrap(),
        );
        answer.body = answer.body.replace(id, "ID");
        answer
    };
    let missing = request("0000000000000");
    assert_eq!(missing.status, 404);
    for id in [
        "0000000000001",
        "zzzzzzzzzzzzz",
        "1",
        "-1",
        "18446744073709551615",
        "AAAAAAAAAAAAA",
        "0000000000000%00",
        "%2e%2e",
        "a'or'1'='1",
    ] {
        let answer = request(id);
        assert!([400, 404].contains(&answer.status), "{id}: {}", answer.body);
    }
    assert_eq!(request("0123456789abc"), missing);
}

/// What is measured and told, not promised: how long the same 404 takes for what is hidden and for what is not there. What it
/// was when it was measured stands in ARCHITECTURE.md.
#[test]
fn the_time_that_hidden_and_missing_take_is_reported() {
    const TIMES: usize = 300;
    let asked = |path: &str, body: &Value| {
        let request = agent().post(format!("{}/v1{path}", TOWN.base));
        let request = request.header("authorization", login("analist"));
        reply(request.send_json(body).unwrap()).json()
    };
    let found = asked("/nodes/_zoek?purpose=ondermijning", &search());
    let start = json!({ "start": [found["hits"][0]["id"]], "hops": 2 });
    let around = asked("/subgraphs/_expand?purpose=ondermijning", &start);
    let agent = agent();
    let ask = |id: &str| {
        let path = format!("{}/v1/nodes/{id}?purpose=zorg", TOWN.base);
        let request = agent.get(path).header("authorization", login("zorg"));
        let begun = Instant::now();
        let answer = reply(request.call().unwrap());
        (answer, begun.elapsed())
    };
    let nodes = around["nodes"].as_array().unwrap().iter();
    let mut ids = nodes.map(|node| node["id"].as_str().unwrap());
    let hidden = ids.find(|id| ask(id).0.status == 404).unwrap().to_owned();
    let missing = "0000000000000";
    let mut taken = [Vec::new(), Vec::new()];
    for _ in 0..TIMES {
        for (id, taken) in [hidden.as_str(), missing].into_iter().zip(&mut taken) {
            let (mut answer, time) = ask(id);
            answer.body = answer.body.replace(id, "ID");
            assert_eq!(
                (answer.status, code(&answer)),
                (404, "unknown-node".to_owned())
            );
            taken.push(time);
        }
    }
    let [hidden, missing] = taken.map(|mut taken| {
        taken.sort();
        let at = |share: usize| taken[taken.len() * share / 100].as_micros();
        format!(
            "{} µs (a quarter below {}, a quarter above {})",
            at(50),
            at(25),
            at(75)
        )
    });
    println!("time of a 404, {TIMES} times each in turns: hidden {hidden}, missing {missing}");
}

/// A connection on which nothing has come for so long is one that the server keeps for a further request.
const QUIET: Duration = Duration::from_secs(3);

/// Sends bytes as they are and reads what comes until the server closes, or waits for more.
fn raw(bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(TOWN.base.trim_start_matches("http://")).unwrap();
    // A server that refuses early may close while this still writes.
    stream.set_read_timeout(Some(QUIET)).unwrap();
    drop(stream.write_all(bytes));
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

fn statuses(answer: &str) -> Vec<&str> {
    let heads = answer.split("HTTP/1.1 ").skip(1);
    heads
        .map(|head| head.get(..3).unwrap_or_default())
        .collect()
}

#[test]
fn paths_lead_nowhere_else() {
    let authorization = login("inspecteur");
    for path in [
        "/v1/../v1/me",
        "/v1//me",
        "//v1/me",
        "/V1/me",
        "/v1/me%2f..%2fschema",
        "/v1/me/.",
        "/v1/%6de%00",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/verband.css/../../Cargo.toml",
        "/v1\\me",
        "/v1/me;a=b",
    ] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: {authorization}\r\nconnection: close\r\n\r\n"
        );
        let answer = raw(request.as_bytes());
        let status = *statuses(&answer).first().unwrap_or(&"none");
        assert!(["400", "404"].contains(&status), "{path}: {answer}");
        assert!(!answer.contains("inspecteur") && !answer.contains("root:"));
    }
}

#[test]
fn one_request_cannot_carry_another_inside_it() {
    let authorization = login("inspecteur");
    let inner = format!("GET /v1/me HTTP/1.1\r\nhost: a\r\nauthorization: {authorization}\r\n\r\n");
    for framing in [
        "content-length: 0\r\ncontent-length: 5\r\n",
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding : chunked\r\n",
        "content-length: +0\r\n",
        "content-length: -1\r\n",
        "content-length: 0x0\r\n",
        "a: b\r\n content-length: 0\r\n",
        "content-length: 99999999999999999999\r\n",
    ] {
        let request =
            format!("POST /v1/sessions HTTP/1.1\r\nhost: a\r\n{framing}\r\n0\r\n\r\n{inner}");
        let answer = raw(request.as_bytes());
        assert!(!answer.contains("Inge Spanjer"), "{framing}: {answer}");
    }
    // A header cannot be ended from inside an address.
    let request = "GET /v1/me HTTP/1.1\r\nhost: a\r\n\r\n".replace("/v1/me", "/v1/me\rx: y");
    assert_eq!(statuses(&raw(request.as_bytes())), ["400"]);
}

#[test]
fn bodies_that_are_too_large_or_too_deep_are_refused() {
    let send = |body: &str| {
        let request = format!(
            "POST {SEARCH} HTTP/1.1\r\nhost: a\r\nauthorization: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            login("inspecteur"),
            body.len()
        );
        let answer = raw(request.as_bytes());
        statuses(&answer).first().map(|status| (*status).to_owned())
    };
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(send(&deep).as_deref(), Some("400"));
    let nested = format!(
        "{{\"text\":{}1{}}}",
        "{\"a\":".repeat(100_000),
        "}".repeat(100_000)
    );
    assert_eq!(send(&nested).as_deref(), Some("400"));
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 16, "x".repeat(1 << 16));
    let request = format!(
        "POST {SEARCH} HTTP/1.1\r\nhost: a\r\nauthorization: {}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n\r\n{}0\r\n\r\n",
        login("inspecteur"),
        chunk.repeat(20)
    );
    let answer = raw(request.as_bytes());
    // Where the server closed while this still wrote, the answer may be lost on the way.
    assert!(matches!(statuses(&answer)[..], [] | ["413"]), "{answer}");
    let me = agent().get(format!("{}/v1/me", TOWN.base));
    let me = me.header("authorization", login("inspecteur")).call();
    assert_eq!(reply(me.unwrap()).status, 200, "it serves on");
}

#[test]
fn a_cookie_of_millions_of_letters_or_none_opens_nothing() {
    let long = "x".repeat(30_000);
    for cookie in ["verband=", "verband", "=;=;=", "verband=\u{fe}", &long] {
        let request = format!(
            "GET /v1/me HTTP/1.1\r\nhost: a\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n"
        );
        let answer = raw(request.as_bytes());
        assert!(
            matches!(statuses(&answer)[..], ["401" | "431" | "400"]),
            "{answer}"
        );
    }
}
