//! Sessions of browsers, over the real program.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::town::{Reply, Town, agent, reply, start, verband};

/// A town of its own: failed logins slow down who comes from the same address.
static TOWN: LazyLock<Town> = LazyLock::new(|| Town::start(250));

/// What a browser keeps, and the token of its page.
#[derive(Debug, Clone)]
pub struct Browser {
    pub base: String,
    pub cookie: String,
    pub token: String,
}

/// The value of the cookie that an answer sets, with its attributes.
pub fn set_cookie(reply: &Reply) -> (String, String) {
    let set = reply.header("set-cookie").unwrap();
    let (pair, attributes) = set.split_once(';').unwrap();
    (pair.to_owned(), attributes.trim().to_owned())
}

/// `POST /v1/sessions`.
pub fn log_in(base: &str, name: &str, password: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = agent().post(format!("{base}/v1/sessions"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = json!({ "name": name, "password": password });
    reply(request.send_json(body).unwrap())
}

impl Browser {
    pub fn logged_in(base: &str, name: &str) -> Self {
        let answer = log_in(base, name, "demo", &[]);
        assert_eq!(answer.status, 201, "{}", answer.body);
        Self {
            base: base.to_owned(),
            cookie: set_cookie(&answer).0,
            token: answer.json()["csrfToken"].as_str().unwrap().to_owned(),
        }
    }

    /// Asks with the cookie; with a body it is a POST.
    pub fn ask(&self, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Reply {
        let address = format!("{}{path}", self.base);
        let answer = match body {
            None => {
                let mut request = agent().get(&address).header("cookie", &self.cookie);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                request.call()
            }
            Some(body) => {
                let mut request = agent().post(&address).header("cookie", &self.cookie);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                request.send_json(body)
            }
        };
        reply(answer.unwrap())
    }

    pub fn log_out(&self, token: &str) -> Reply {
        let request = agent().delete(format!("{}/v1/sessions/current", self.base));
        let request = request
            .header("cookie", &self.cookie)
            .header("x-csrf-token", token);
        reply(request.call().unwrap())
    }
}

#[test]
fn a_browser_comes_in_reads_and_goes() {
    let answer = log_in(&TOWN.base, "inspecteur", "demo", &[]);
    let (_, attributes) = set_cookie(&answer);
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict");
    let browser = Browser::logged_in(&TOWN.base, "inspecteur");
    let current = browser.ask("/v1/sessions/current", None, &[]).json();
    assert_eq!(current["id"], "inspecteur");
    assert_eq!(current["csrfToken"], Value::from(browser.token.clone()));
    let mut me = browser.ask("/v1/me", None, &[]).json();
    me["csrfToken"] = current["csrfToken"].clone();
    assert_eq!(me, current, "a session tells who as `/v1/me` does");
    let search = json!({ "text": "Havenstraat 12", "label": "Address" });
    let path = "/v1/nodes/_zoek?purpose=woonfraude";
    let found = browser.ask(path, Some(&search), &[("x-csrf-token", &browser.token)]);
    assert_eq!(found.status, 200, "{}", found.body);
    let gone = browser.log_out(&browser.token);
    assert_eq!(gone.status, 204);
    assert!(set_cookie(&gone).1.ends_with("; Max-Age=0"));
    for path in ["/v1/me", "/v1/sessions/current"] {
        assert_eq!(browser.ask(path, None, &[]).status, 401);
    }
}

#[test]
fn the_ways_in_are_told_to_everyone() {
    let answer = agent()
        .get(format!("{}/v1/login-methods", TOWN.base))
        .call();
    let told = reply(answer.unwrap()).json();
    assert_eq!(told, json!({ "methods": [{ "kind": "password" }] }));
}

#[test]
fn a_browser_is_not_asked_for_a_password_by_a_window_of_its_own() {
    let asked = |headers: &[(&str, &str)]| {
        let mut request = agent().get(format!("{}/v1/me", TOWN.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = reply(request.call().unwrap());
        let offered = answer.headers.into_iter();
        let offered = offered.filter(|(name, _)| name == "www-authenticate");
        offered.map(|(_, value)| value).collect::<Vec<String>>()
    };
    assert_eq!(asked(&[("sec-fetch-mode", "cors")]), ["Bearer"]);
    let basic = "Basic realm=\"verband\", charset=\"UTF-8\"";
    assert_eq!(asked(&[]), [basic, "Bearer"]);
}

#[test]
fn logins_failures_and_logouts_stand_in_the_log() {
    let town = Town::start(250);
    let browser = Browser::logged_in(&town.base, "analist");
    assert_eq!(log_in(&town.base, "analist", "mis", &[]).status, 401);
    assert_eq!(log_in(&town.base, "hunter2", "analist", &[]).status, 401);
    assert_eq!(browser.log_out(&browser.token).status, 204);
    let log = town.directory().join("audit");
    let output = verband()
        .args(["--json", "audit", "logins"])
        .arg(&log)
        .output()
        .unwrap();
    let logins: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told: Vec<Value> = logins
        .as_array()
        .unwrap()
        .iter()
        .map(|login| {
            json!([
                login["event"],
                login["way"],
                login["principal"],
                login["peer"]
            ])
        })
        .collect();
    let expected = json!([
        ["logged-in", "password", "analist", "127.0.0.1"],
        ["failed", "password", "analist", "127.0.0.1"],
        // What was typed for a name may be a password.
        ["failed", "password", null, "127.0.0.1"],
        ["logged-out", "password", "analist", "127.0.0.1"],
    ]);
    assert_eq!(Value::from(told), expected);
}

#[test]
fn who_guesses_must_wait_and_does_not_learn_which_accounts_exist() {
    let directory = tempfile::tempdir().unwrap();
    let (_server, base) = start(directory.path(), 250);
    let strip = |mut answer: Reply| {
        // Seconds that are left may differ by one.
        assert!(answer.status != 429 || answer.header("retry-after").is_some());
        answer.headers.retain(|(name, _)| name != "retry-after");
        answer.body = answer.body.replace(|c: char| c.is_ascii_digit(), "");
        answer
    };
    let mut statuses = Vec::new();
    for _ in 0..8 {
        let [there, nowhere] =
            ["riec", "nobody"].map(|name| strip(log_in(&base, name, "mis", &[])));
        assert_eq!(there, nowhere);
        statuses.push(there.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 401, 429, 429]);
    // The right password tells nothing either, by whatever way.
    assert_eq!(log_in(&base, "riec", "demo", &[]).status, 429);
    let request = agent().get(format!("{base}/v1/me"));
    let request = request.header("authorization", crate::town::login("riec"));
    assert_eq!(reply(request.call().unwrap()).status, 429);
    assert_eq!(log_in(&base, "zorg", "demo", &[]).status, 201);
}
