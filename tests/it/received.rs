//! Deliveries into a running server, with the real program on both sides.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::town::{Town, agent, log_text, login, reply, start, until, verband};

/// More signals of the inspectors' department, at the demo's premises.
fn write_signals(directory: &Path, name: &str, count: usize) {
    let head = "kenmerk;soort;omschrijving;datum;status;gewicht;toelichting;strafbaarFeit;bedrag;vboId;postcode;huisnummer;huisletter;toevoeging;bsn;aNummer;kvkNummer\n";
    let premises = premises(directory);
    let lines: String = (0..count)
        .map(|number| {
            format!(
                "NIEUW-{number};overlast;Geluid {number};2026-11-02;open;0.4;;;;{premises};;;;;;;\n"
            )
        })
        .collect();
    fs::write(directory.join(name), format!("{head}{lines}")).unwrap();
    let source = fs::read_to_string(directory.join("town/toezicht.toml")).unwrap();
    let source = source.replace("toezicht.csv", name);
    fs::write(directory.join("more.toml"), source).unwrap();
}

/// The BAG number of an address that has one in the town's own files.
fn premises(directory: &Path) -> String {
    let objects = fs::read_to_string(directory.join("town/objects.csv")).unwrap();
    let mut lines = objects.lines();
    let columns: Vec<&str> = lines.next().unwrap().split([';', ',']).collect();
    let place = columns
        .iter()
        .position(|name| name.to_lowercase().contains("verblijfsobject") || *name == "vboId");
    let row = lines.next().unwrap();
    let cells: Vec<&str> = row.split([';', ',']).collect();
    cells[place.unwrap_or_else(|| panic!("{columns:?}"))].to_owned()
}

fn send(town: &Town, user: &str, arguments: &[&str]) -> Output {
    verband()
        .current_dir(town.directory())
        .env("VERBAND_PASSWORD", "demo")
        .args(["load", "--server", &town.base, "--as", user])
        .args(arguments)
        .output()
        .unwrap()
}

fn get(town: &Town, user: &str, path: &str) -> (u16, Value) {
    let address = format!("{}{path}", town.base);
    let answer = agent()
        .get(&address)
        .header("authorization", login(user))
        .call();
    let reply = reply(answer.unwrap());
    (reply.status, reply.json())
}

/// How many new signals the inspector finds.
fn found(town: &Town) -> usize {
    let body = json!({ "text": "NIEUW-0", "label": "Signal" });
    let answer = agent()
        .post(format!("{}/v1/nodes/_zoek?purpose=woonfraude", town.base))
        .header("authorization", login("inspecteur"))
        .send_json(&body);
    let reply = reply(answer.unwrap());
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()["hits"].as_array().unwrap().len()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_delivery_shows_in_the_running_server_and_can_be_taken_back() {
    let town = Town::start(300);
    write_signals(town.directory(), "nieuw.csv", 3);
    assert_eq!(found(&town), 0);

    let sent = send(&town, "beheer", &["more.toml"]);
    assert!(sent.status.success(), "{}", text(&sent.stderr));
    let told = text(&sent.stdout);
    assert!(
        told.contains("3 records read, 3 loaded, 0 refused"),
        "{told}"
    );
    assert_eq!(found(&town), 1, "without a restart");

    // The same again: nothing is new.
    let again = send(&town, "beheer", &["more.toml"]);
    assert!(
        text(&again.stdout).contains("0 statements new"),
        "{}",
        text(&again.stdout)
    );

    let (_, list) = get(&town, "beheer", "/v1/deliveries");
    let states: Vec<&Value> = list["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["state"])
        .collect();
    assert_eq!(states, ["loaded", "loaded"]);
    let first = list["deliveries"][1]["id"].as_str().unwrap().to_owned();
    assert_eq!(list["sources"].as_array().unwrap().len(), 3);

    // Others deliver nothing, and cannot tell what was delivered from what was not.
    let (_, others) = get(&town, "inspecteur", "/v1/deliveries");
    assert_eq!(
        others,
        json!({ "sources": [], "deliveries": [], "truncated": false })
    );
    let (there, one) = get(&town, "inspecteur", &format!("/v1/deliveries/{first}"));
    let (missing, other) = get(&town, "inspecteur", "/v1/deliveries/0000000000000");
    assert_eq!((there, missing), (404, 404));
    assert_eq!(
        one["detail"]
            .as_str()
            .unwrap()
            .replace(&first, "0000000000000"),
        other["detail"]
    );
    let refused = send(&town, "inspecteur", &["more.toml"]);
    assert!(!refused.status.success());
    assert!(
        text(&refused.stderr).contains("no source `toezicht` that you deliver"),
        "{}",
        text(&refused.stderr)
    );

    // Who delivers reads nothing of the town.
    let (status, _) = get(
        &town,
        "beheer",
        "/v1/nodes/0000000000000?purpose=woonfraude",
    );
    assert_eq!(status, 403);

    let place = format!("{}/v1/deliveries/{first}", town.base);
    let back = agent()
        .delete(&place)
        .header("authorization", login("beheer"))
        .call();
    assert_eq!(reply(back.unwrap()).status, 202);
    until("the delivery to be taken back", || {
        get(&town, "beheer", &format!("/v1/deliveries/{first}")).1["state"] == "withdrawn"
    });
    assert_eq!(found(&town), 0);

    let left = fs::read_dir(town.directory().join("incoming"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "files do not stay");
    let records = log_text(town.directory());
    assert!(records.contains("\"delivery\"") && records.contains("\"delivery-withdrawal\""));
    assert!(
        !records.contains("Geluid 1"),
        "what was delivered does not stand in the log"
    );
}

#[test]
fn what_is_wrong_with_a_delivery_is_told_to_who_sent_it() {
    let town = Town::start(300);
    let directory = town.directory();
    fs::write(directory.join("fout.csv"), "kenmerk;soort\nX;overlast\n").unwrap();
    let source = fs::read_to_string(directory.join("town/toezicht.toml")).unwrap();
    fs::write(
        directory.join("more.toml"),
        source.replace("toezicht.csv", "fout.csv"),
    )
    .unwrap();
    let sent = send(&town, "beheer", &["more.toml"]);
    assert!(!sent.status.success());
    let told = text(&sent.stderr);
    assert!(
        told.contains("fout.csv") && told.contains("no column"),
        "{told}"
    );
    assert!(
        !told.contains("incoming"),
        "where files lie is nobody's matter: {told}"
    );

    let cut = "PK\u{3}\u{4}cut in half";
    fs::write(directory.join("fout.csv"), cut).unwrap();
    let sent = send(&town, "beheer", &["more.toml"]);
    assert!(!sent.status.success(), "{}", text(&sent.stdout));

    let wrong = verband()
        .current_dir(directory)
        .env_remove("VERBAND_PASSWORD")
        .args([
            "load",
            "--server",
            "http://verband.example",
            "--as",
            "beheer",
            "more.toml",
        ])
        .output()
        .unwrap();
    assert!(
        text(&wrong.stderr).contains("https"),
        "a password goes by TLS alone"
    );
    let (status, problem) = get(&town, "nobody", "/v1/deliveries");
    assert_eq!((status, &problem["code"]), (401, &json!("unauthenticated")));
}

#[test]
fn a_delivery_may_be_larger_than_other_requests() {
    let town = Town::start(200);
    let line = "x".repeat(3 * 1024 * 1024);
    assert_eq!(post_file(&town.base, &line).0, 202);
    let body = format!("{{\"text\":\"{line}\"}}");
    for path in [
        "/v1/nodes/_zoek?purpose=woonfraude",
        "/login/oidc",
        "/health/live",
        "/nothing",
    ] {
        let answer = agent()
            .post(format!("{}{path}", town.base))
            .header("authorization", login("inspecteur"))
            .content_type("application/json")
            .send(&body);
        // The server may close the connection while the body is still being sent.
        if let Ok(answer) = answer {
            assert_eq!(reply(answer).status, 413, "{path}");
        }
    }
}

/// Sends a file and does not wait until it is loaded.
fn post_file(base: &str, content: &str) -> (u16, Value) {
    let head =
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"nieuw.csv\"\r\n\r\n";
    let answer = agent()
        .post(format!("{base}/v1/deliveries?source=toezicht"))
        .header("authorization", login("beheer"))
        .header("content-type", "multipart/form-data; boundary=x")
        .send(format!("{head}{content}\r\n--x--\r\n"));
    let reply = reply(answer.unwrap());
    (reply.status, reply.json())
}

#[test]
fn a_server_that_stops_in_the_midst_says_what_is_to_be_sent_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let (mut server, base) = start(path, 200);
    write_signals(path, "nieuw.csv", 20_000);
    let content = fs::read_to_string(path.join("nieuw.csv")).unwrap();
    let (status, sent) = post_file(&base, &content);
    assert_eq!(status, 202);
    drop(server.stdin.take());
    server.wait().unwrap();

    let (server, base) = start(path, 200);
    let place = format!("{base}/v1/deliveries/{}", sent["id"].as_str().unwrap());
    let answer = agent()
        .get(&place)
        .header("authorization", login("beheer"))
        .call();
    let stands = reply(answer.unwrap()).json();
    match stands["state"].as_str().unwrap() {
        "loaded" => {}
        "failed" => {
            let message = stands["message"].as_str().unwrap();
            assert!(message.contains("send it again"), "{message}");
            assert_eq!(post_file(&base, &content).0, 202);
        }
        state => panic!("{state} after a restart"),
    }
    drop(server);
}
