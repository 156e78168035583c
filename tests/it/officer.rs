//! What officers ask, of the running server and at the command line, and what they do not get.

use std::fs;
use std::path::Path;
use std::process::Child;

use serde_json::{Value, json};

use crate::town::{Reply, agent, login, reply, start, verband};

struct Served {
    shell: Child,
    base: String,
    directory: tempfile::TempDir,
}

impl Served {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (shell, base) = start(directory.path(), 300);
        Self {
            shell,
            base,
            directory,
        }
    }

    fn get(&self, user: &str, path: &str) -> Reply {
        let request = agent().get(format!("{}{path}", self.base));
        reply(request.header("authorization", login(user)).call().unwrap())
    }

    fn post(&self, user: &str, path: &str, body: &Value) -> Reply {
        let request = agent().post(format!("{}{path}", self.base));
        let request = request.header("authorization", login(user));
        reply(request.send_json(body).unwrap())
    }

    fn search(&self, user: &str, purpose: &str, text: &str) -> Value {
        let path = format!("/v1/nodes/_zoek?purpose={purpose}");
        self.post(user, &path, &json!({ "text": text })).json()
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Stops the server, so that commands may open what it held.
    fn stop(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().unwrap();
    }

    /// Runs a command in the server's directory.
    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output = verband()
            .current_dir(self.path())
            .args(arguments)
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(told).unwrap())
    }

    fn told(&self, arguments: &[&str]) -> String {
        let (success, told) = self.run(arguments);
        assert!(success, "{arguments:?}: {told}");
        told
    }
}

#[test]
fn an_officer_asks_who_looked_and_sees_nothing_else() {
    let mut served = Served::new();
    let found = served.search("inspecteur", "woonfraude", "Havenstraat 12");
    let id = found["hits"][0]["id"].as_str().unwrap().to_owned();
    let dossier = served.get(
        "inspecteur",
        &format!("/v1/dossiers/{id}?purpose=woonfraude"),
    );
    assert_eq!(dossier.status, 200);

    // The officer has no purpose, so no node either.
    assert_eq!(
        served.get("privacy", "/v1/me").json()["purposes"],
        json!([])
    );
    for purpose in ["woonfraude", "recht-van-inzage", ""] {
        let answer = served.get("privacy", &format!("/v1/nodes/{id}?purpose={purpose}"));
        assert!(
            [400, 403].contains(&answer.status),
            "{purpose}: {}",
            answer.body
        );
    }
    let question = format!("/v1/audit/reads?node={id}");
    for user in ["inspecteur", "analist", "riec"] {
        let refused = served.get(user, &question);
        assert_eq!(refused.status, 403);
        assert_eq!(refused.json()["code"], "not-privacy-officer");
    }
    let answer = served.get("privacy", &question);
    let reads = answer.json();
    let told: Vec<Value> = reads["reads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|read| {
            json!([
                read["principal"],
                read["purpose"],
                read["action"],
                read["request"]["path"]
            ])
        })
        .collect();
    // Scans of the town's set-up looked at the premises too, and say so.
    let expected = json!([
        [
            "mandaat/ondermijning",
            "ondermijning",
            "scan by command line",
            null
        ],
        [
            "mandaat/woonfraude",
            "woonfraude",
            "scan by command line",
            null
        ],
        ["inspecteur", "woonfraude", "search", "/v1/nodes/_zoek"],
        [
            "inspecteur",
            "woonfraude",
            "dossier",
            format!("/v1/dossiers/{id}")
        ],
    ]);
    assert_eq!(Value::from(told), expected);
    assert_eq!(
        reads["reads"][2]["request"]["body"],
        json!({ "text": "Havenstraat 12" })
    );
    assert!(
        !answer.body.contains("revision"),
        "it moves with hidden data"
    );
    // By pages.
    let first = served.get("privacy", &format!("{question}&limit=1")).json();
    let next = first["next"].as_u64().unwrap();
    let second = served
        .get("privacy", &format!("{question}&limit=1&after={next}"))
        .json();
    assert_eq!(
        [&first["reads"][0], &second["reads"][0]],
        [&reads["reads"][0], &reads["reads"][1]]
    );
    let next = second["next"].as_u64().unwrap();
    let rest = served
        .get("privacy", &format!("{question}&after={next}"))
        .json();
    assert_eq!(rest["reads"].as_array().unwrap().len(), 2);
    assert_eq!(rest["next"], Value::Null);

    // Looking into the log stands in the log, refused or not.
    served.stop();
    let log = fs::read_to_string(served.path().join("audit/000000000000001.log")).unwrap();
    let reviews: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line.split_once(' ').unwrap().1).unwrap())
        .filter(|line| line["kind"] == "review")
        .map(|line| json!([line["principal"], line["outcome"]]))
        .collect();
    assert_eq!(reviews.len(), 7);
    assert_eq!(reviews[0], json!(["inspecteur", "denied"]));
    assert_eq!(reviews[6], json!(["privacy", "answered"]));
}

#[test]
fn a_national_number_that_was_asked_for_is_nowhere_in_the_log() {
    let mut served = Served::new();
    for text in ["999993653", "9999.93.653"] {
        served.search("inspecteur", "woonfraude", text);
    }
    served.stop();
    let log = fs::read_to_string(served.path().join("audit/000000000000001.log")).unwrap();
    assert!(!log.contains("999993653") && !log.contains("9999.93.653"));
    assert_eq!(log.matches("[national number ").count(), 2, "{log}");
}

#[test]
fn a_stopped_server_leaves_a_signed_checkpoint_that_proofs_hold_against() {
    let mut served = Served::new();
    served.search("inspecteur", "woonfraude", "Havenstraat 12");
    served.stop();
    // The set-up of the town reads and does things before.
    let log = fs::read_to_string(served.path().join("audit/000000000000001.log")).unwrap();
    let searched = log.lines().find(|line| line.contains("\"search\""));
    let searched = searched.unwrap().split_once(' ').unwrap().1;
    let record = serde_json::from_str::<Value>(searched).unwrap()["n"].to_string();
    let key = served.told(&["audit", "key", "audit.key"]);
    let key = key.trim();
    fs::copy(
        served.path().join("audit/checkpoint"),
        served.path().join("early"),
    )
    .unwrap();
    let told = served.told(&[
        "audit",
        "verify",
        "audit",
        "--checkpoint",
        "early",
        "--key",
        key,
    ]);
    assert!(told.contains("It goes through all 1 checkpoints"), "{told}");

    let proof = served.told(&[
        "audit",
        "prove",
        "audit",
        "--record",
        &record,
        "--checkpoint",
        "early",
        "--key",
        key,
    ]);
    fs::write(served.path().join("proof.json"), &proof).unwrap();
    let check = |file: &str, checkpoint: &str| {
        served.run(&[
            "audit",
            "check",
            file,
            "--checkpoint",
            checkpoint,
            "--checkpoint",
            "early",
            "--key",
            key,
        ])
    };
    let (holds, told) = check("proof.json", "early");
    assert!(
        holds && told.contains(&format!("Record {record} stands in the log")),
        "{told}"
    );
    fs::write(
        served.path().join("forged.json"),
        proof.replace("inspecteur", "burgemeester"),
    )
    .unwrap();
    let (holds, told) = check("forged.json", "early");
    assert!(!holds && told.contains("does not hold"), "{told}");

    // The command line reads too, and signs anew.
    let reader = [
        "search",
        "Havenstraat 12",
        "--config",
        "verband.toml",
        "--as",
        "zorg",
        "--purpose",
        "zorg",
    ];
    served.told(&reader);
    fs::copy(
        served.path().join("audit/checkpoint"),
        served.path().join("late"),
    )
    .unwrap();
    let proof = served.told(&[
        "audit",
        "prove",
        "audit",
        "--earlier",
        "early",
        "--checkpoint",
        "late",
        "--key",
        key,
    ]);
    fs::write(served.path().join("went-on.json"), &proof).unwrap();
    let (holds, told) = check("went-on.json", "late");
    assert!(holds && told.contains("holds all"), "{told}");

    // A log that is cut back to before its checkpoint is found, and not served on.
    let path = served.path().join("audit/000000000000001.log");
    let log = fs::read_to_string(&path).unwrap();
    fs::write(&path, log.lines().next().unwrap().to_owned() + "\n").unwrap();
    let (served_on, told) = served.run(&reader);
    assert!(!served_on && told.contains("cut off"), "{told}");
}

#[test]
fn a_person_gets_all_that_is_held_and_who_looked() {
    let mut served = Served::new();
    let found = served.search("inspecteur", "woonfraude", "Havenstraat 12");
    let premises = found["hits"][0]["id"].as_str().unwrap();
    let path = format!("/v1/dossiers/{premises}?purpose=woonfraude");
    let dossier = served.get("inspecteur", &path).json();
    let sections = dossier["sections"].as_array().unwrap();
    let residents = sections
        .iter()
        .find(|section| section["edgeLabel"] == "LIVES_AT")
        .unwrap();
    let person = residents["now"][0]["node"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for _ in 0..2 {
        let answer = served.get(
            "inspecteur",
            &format!("/v1/nodes/{person}?purpose=woonfraude"),
        );
        assert_eq!(answer.status, 200);
    }
    // A case about the person, and a mistake that was reported in what is said of them.
    let today = jiff::ZonedDateTime::now().date();
    let end = today.checked_add(jiff::Span::new().days(30)).unwrap();
    let case = json!({ "title": "t", "goal": "Klopt de inschrijving?", "nodes": [person], "end": end.to_string() });
    let opened = served.post("inspecteur", "/v1/cases?purpose=woonfraude", &case);
    assert_eq!(opened.status, 201, "{}", opened.json());
    let node = served.get(
        "inspecteur",
        &format!("/v1/nodes/{person}?purpose=woonfraude"),
    );
    let source = node.json()["statements"][0]["source"].clone();
    let mistake = json!({
        "node": person, "delivery": source["delivery"], "file": source["file"], "line": source["line"],
        "text": "De geboortedatum klopt niet.",
    });
    let reported = served.post("inspecteur", "/v1/mistakes?purpose=woonfraude", &mistake);
    assert_eq!(reported.status, 201, "{}", reported.json());
    served.stop();
    let subject = |more: &[&str]| {
        let arguments = [
            &[
                "audit",
                "subject",
                "--node",
                &person,
                "--config",
                "verband.toml",
                "--as",
            ],
            more,
        ]
        .concat();
        served.run(&arguments)
    };
    let (done, told) = subject(&["privacy"]);
    assert!(done, "{told}");
    assert!(told.starts_with("INZAGE (artikel 15 AVG)"), "{told}");
    assert!(
        told.contains("gemeente/toezicht, voor woonfraude (Huisvestingswet 2014"),
        "{told}"
    );
    for held in ["Klopt de inschrijving?", "De geboortedatum klopt niet."] {
        assert!(told.contains(held), "{told}");
    }
    // What the policy keeps from all is theirs to know.
    assert!(told.contains("9999"), "{told}");
    let (_, who) = told.split_once("Wie er heeft gekeken").unwrap();
    assert!(
        !who.contains("inspecteur"),
        "employees are not for the person: {who}"
    );
    let (_, told) = subject(&["privacy", "--officer"]);
    assert!(told.contains("inspecteur: 6 keer"), "{told}");
    let (done, told) = subject(&["inspecteur"]);
    assert!(!done && told.contains("privacy-officer"), "{told}");
    // The reading itself stands in the log.
    let reads = served.told(&["audit", "reads", "audit", "--by", "privacy"]);
    assert_eq!(reads.matches("recht-van-inzage").count(), 2, "{reads}");
}

#[test]
fn a_change_of_policy_is_weighed_before_it_takes_effect() {
    let mut served = Served::new();
    let found = served.search("analist", "ondermijning", "Havenstraat 12");
    let id = found["hits"][0]["id"].as_str().unwrap().to_owned();
    served.stop();
    let policy = fs::read_to_string(served.path().join("policy.cedar")).unwrap();
    let diff = |name: &str, text: &str| {
        fs::write(served.path().join(name), text).unwrap();
        served.told(&[
            "policy",
            "diff",
            "policy.cedar",
            name,
            "--config",
            "verband.toml",
        ])
    };
    let same = diff("same.cedar", &policy);
    assert!(
        same.lines().all(|line| line.ends_with("sees the same")),
        "{same}"
    );
    // Without the rule for the civil registry.
    let without = policy.replace("resource.level <= 4", "resource.level <= 0");
    let fewer = diff("fewer.cedar", &without);
    assert!(fewer.contains("zorg, for zorg: sees the same"), "{fewer}");
    assert!(
        fewer.contains("inspecteur, for woonfraude:\n  nodes "),
        "{fewer}"
    );
    assert!(fewer.contains("  nodes Person: 300 vaguer\n"), "{fewer}");
    assert!(
        fewer.contains("vaguer") && !fewer.contains("gained"),
        "{fewer}"
    );
    let none = diff("none.cedar", "");
    assert!(none.contains("lost") && !none.contains("gained"), "{none}");
    let all = diff("all.cedar", "permit (principal, action, resource);");
    assert!(all.contains("gained") && !all.contains("lost"), "{all}");

    let why = |user: &str, purpose: &str| {
        served.told(&[
            "policy",
            "why",
            &id,
            "--as",
            user,
            "--purpose",
            purpose,
            "--config",
            "verband.toml",
        ])
    };
    let told = why("analist", "ondermijning");
    assert!(told.contains("seen by the rules openbaar"), "{told}");
    let told = why("zorg", "zorg");
    assert!(told.contains("seen by the rules"), "{told}");
}

#[test]
fn walls_are_shown_to_the_officer_as_an_account_meets_them() {
    let served = Served::new();
    let walls = |account: &str, purpose: &str| {
        let path = format!("/v1/audit/walls?account={account}&purpose={purpose}");
        served.get("privacy", &path)
    };
    let of = |account: &str, purpose: &str| -> Vec<Value> {
        let told = walls(account, purpose).json();
        told["walls"].as_array().unwrap().clone()
    };
    let owners = |walls: &[Value], visible: bool| -> Vec<String> {
        let some = walls
            .iter()
            .filter(|one| one["isVisible"] == json!(visible));
        some.map(|one| one["owner"].as_str().unwrap().to_owned())
            .collect()
    };
    // Care sees its own signals and not the civil registry; the wall between is told, with what would open it.
    let care = of("zorg", "zorg");
    assert!(owners(&care, true).contains(&"gemeente/sociaal-domein".to_owned()));
    assert!(owners(&care, false).contains(&"gemeente/burgerzaken".to_owned()));
    let registry = care
        .iter()
        .find(|one| one["owner"] == "gemeente/burgerzaken")
        .unwrap();
    let needed = registry["needed"].to_string();
    assert!(needed.contains("role `inspecteur`"), "{needed}");
    // That the police hold something is not told where the account does not see it.
    let told = walls("inspecteur", "woonfraude").json().to_string();
    assert!(!told.contains("politie/"), "{told}");
    assert!(told.contains("kvk/handelsregister"), "{told}");
    // Accounts of others are as those that are not there; and nobody else asks.
    let unknown = walls("nobody", "opsporing");
    assert_eq!(
        (unknown.status, unknown.json()),
        (404, walls("politie", "opsporing").json())
    );
    assert_eq!(walls("zorg", "woonfraude").json(), unknown.json());
    let accounts = served
        .get("privacy", "/v1/audit/accounts")
        .json()
        .to_string();
    assert!(
        accounts.contains("inspecteur") && !accounts.contains("\"politie\""),
        "{accounts}"
    );
    for path in [
        "/v1/audit/accounts",
        "/v1/audit/walls?account=zorg&purpose=zorg",
    ] {
        assert_eq!(served.get("inspecteur", path).status, 403);
    }
}
