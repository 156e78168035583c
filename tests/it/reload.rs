//! Rules that change while the server runs: all of them or none, recorded, and never half.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::town::{agent, log_text, login, make, reply, until, verband};

/// A server that ends with its test.
struct Server {
    child: Child,
    base: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    fn start(directory: &Path) -> Self {
        make(directory, 300);
        let mut child = verband()
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(directory.join("verband.toml"))
            .stdout(Stdio::piped())
            .stderr(File::create(directory.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let base = line.split(' ').find(|word| word.starts_with("http://"));
        let base = base.unwrap().to_owned();
        Self { child, base }
    }

    fn hang_up(&self) {
        let told = Command::new("kill")
            .args(["-HUP", &self.child.id().to_string()])
            .status();
        assert!(told.unwrap().success());
    }

    fn ask(&self, path: &str, body: Option<&Value>) -> Value {
        let url = format!("{}{path}", self.base);
        let answer = match body {
            Some(body) => agent()
                .post(&url)
                .header("authorization", login("inspecteur"))
                .content_type("application/json")
                .send(body.to_string()),
            None => agent()
                .get(&url)
                .header("authorization", login("inspecteur"))
                .call(),
        };
        let reply = reply(answer.unwrap());
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    }

    /// The rule by which the residents of an address show.
    fn reason(&self, id: &str) -> String {
        let dossier = self.ask(&format!("/v1/dossiers/{id}?purpose=woonfraude"), None);
        let mut sections = dossier["sections"].as_array().unwrap().iter();
        let residents = sections.find(|section| section["edgeLabel"] == "LIVES_AT");
        let rule = &residents.unwrap()["now"][0]["connection"][0]["visibleBy"][0];
        rule.as_str().unwrap().to_owned()
    }
}

#[test]
fn rules_are_read_anew_while_the_server_runs_and_wrong_ones_change_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path());
    let found = server.ask(
        "/v1/nodes/_zoek?purpose=woonfraude",
        Some(&json!({ "text": "Havenstraat 12", "label": "Address" })),
    );
    let id = found["hits"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(server.reason(&id), "brp");

    let path = directory.path().join("policy.cedar");
    let policy = fs::read_to_string(&path).unwrap();
    let from = policy.find("@id(\"brp\")").unwrap();
    let to = policy.find("// Persons who asked for secrecy").unwrap();
    let narrower = format!("{}{}", &policy[..from], &policy[to..]);
    fs::write(&path, &narrower).unwrap();
    assert_eq!(server.reason(&id), "brp", "nobody asked for it yet");
    server.hang_up();
    // Another rule shows them now: that there are some, not who.
    until("the narrower rules", || {
        server.reason(&id) == "brp-geheimhouding"
    });

    // A rule that grants more, and a mistake behind it: neither counts.
    fs::write(
        &path,
        format!("{policy}\npermit (principal, action resource);"),
    )
    .unwrap();
    server.hang_up();
    let log = || fs::read_to_string(directory.path().join("log")).unwrap();
    until("a word about the mistake", || {
        log().contains("policy.cedar")
    });
    assert!(log().contains("stay so"), "{}", log());
    assert_eq!(server.reason(&id), "brp-geheimhouding");

    fs::write(&path, &policy).unwrap();
    server.hang_up();
    until("the first rules again", || server.reason(&id) == "brp");

    drop(server);
    let records = log_text(directory.path());
    assert_eq!(records.matches("rules-reloaded").count(), 2);
    let verified = verband()
        .args(["audit", "verify"])
        .arg(directory.path().join("audit"))
        .output()
        .unwrap();
    assert!(verified.status.success(), "{verified:?}");
}

/// Logs in as a browser does; the cookie.
fn session(server: &Server, name: &str) -> String {
    let body = json!({ "name": name, "password": "demo" });
    let answer = agent()
        .post(format!("{}/v1/sessions", server.base))
        .send_json(&body);
    let reply = reply(answer.unwrap());
    assert_eq!(reply.status, 201, "{}", reply.body);
    let cookie = reply.header("set-cookie").unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

fn status(server: &Server, header: (&str, &str)) -> u16 {
    let answer = agent()
        .get(format!("{}/v1/me", server.base))
        .header(header.0, header.1)
        .call();
    reply(answer.unwrap()).status
}

#[test]
fn an_account_that_is_taken_away_is_out_at_once_and_others_stay() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path());
    let (inspector, analyst) = (session(&server, "inspecteur"), session(&server, "analist"));
    let basic = login("inspecteur");
    assert_eq!(status(&server, ("cookie", &inspector)), 200);
    assert_eq!(status(&server, ("authorization", &basic)), 200);

    let path = directory.path().join("users.toml");
    let users = fs::read_to_string(&path).unwrap();
    let from = users.find("[[user]]\nid = \"inspecteur\"").unwrap();
    let to = users[from + 1..].find("[[user]]").unwrap() + from + 1;
    let without = format!("{}{}", &users[..from], &users[to..]);
    // A mistake in the register beside it: then neither counts.
    let purposes = directory.path().join("purposes.toml");
    let register = fs::read_to_string(&purposes).unwrap();
    fs::write(&path, &without).unwrap();
    fs::write(&purposes, "[[purpose]]\nid = 1\n").unwrap();
    server.hang_up();
    let log = || fs::read_to_string(directory.path().join("log")).unwrap();
    until("a word about the mistake", || {
        log().contains("purposes.toml")
    });
    assert_eq!(status(&server, ("cookie", &inspector)), 200);

    fs::write(&purposes, register).unwrap();
    server.hang_up();
    until("the inspector to be out", || {
        status(&server, ("cookie", &inspector)) == 401
    });
    assert_eq!(status(&server, ("authorization", &basic)), 401);
    assert_eq!(status(&server, ("cookie", &analyst)), 200);
}
