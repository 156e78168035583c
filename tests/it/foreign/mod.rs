//! Models that nobody foresaw, loaded by the real program with a source file alone and read over HTTP: the known answers of
//! their data come out.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::registers::{data, run, settings};
use crate::town::{agent, reply};

/// A store that is served to one who may see all of it.
struct Served {
    server: Child,
    base: String,
}

impl Drop for Served {
    /// Waits until the server has let go of its store.
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}

impl Served {
    /// Serves the store of a directory. A shell stands between, so that the server ends with the test.
    fn new(directory: &Path) -> Self {
        let mut server = Command::new("sh")
            .args(["-c", r#""$0" "$@" <&- & cat; kill $!; wait $!"#])
            .arg(env!("CARGO_BIN_EXE_verband"))
            .args([
                "serve",
                "--config",
                "verband.toml",
                "--listen",
                "127.0.0.1:0",
            ])
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let told = lines.next().unwrap().unwrap();
        let at = told.find("http://").unwrap();
        let base = told[at..].split(' ').next().unwrap().to_owned();
        Self { server, base }
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        use base64::Engine;
        let login = base64::engine::general_purpose::STANDARD.encode("a:x");
        let request = agent().post(format!("{}/v1{path}?purpose=p", self.base));
        let answer = reply(
            request
                .header("authorization", format!("Basic {login}"))
                .send_json(body)
                .unwrap(),
        );
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    fn get(&self, path: &str) -> Value {
        use base64::Engine;
        let login = base64::engine::general_purpose::STANDARD.encode("a:x");
        let request = agent().get(format!("{}/v1{path}?purpose=p", self.base));
        let answer = reply(
            request
                .header("authorization", format!("Basic {login}"))
                .call()
                .unwrap(),
        );
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    fn find(&self, text: &str, label: &str) -> String {
        let page = self.post("/nodes/_zoek", &json!({ "text": text, "label": label }));
        let hit = &page["hits"][0];
        assert!(hit.is_object(), "nothing found by `{text}`");
        hit["id"].as_str().unwrap().to_owned()
    }

    /// Of the nodes that a text finds, the one with the most edges of a kind, and how many.
    fn busiest(&self, text: &str, label: &str, kind: &str) -> (String, u64) {
        let request = json!({ "text": text, "label": label, "limit": 100 });
        let page = self.post("/nodes/_zoek", &request);
        let hits = page["hits"].as_array().unwrap().iter();
        hits.map(|hit| {
            let id = hit["id"].as_str().unwrap().to_owned();
            let count = self.counts(&id).get(kind).map_or(0, |(edges, _)| *edges);
            (id, count)
        })
        .max_by_key(|(_, count)| *count)
        .unwrap_or_else(|| panic!("nothing found by `{text}`"))
    }

    /// The counts of a node's neighbours: edges and nodes by edge label and direction.
    fn counts(&self, id: &str) -> BTreeMap<String, (u64, u64)> {
        let preview = self.get(&format!("/nodes/{id}/neighbour-counts"));
        let counts = preview["counts"].as_array().unwrap();
        counts
            .iter()
            .map(|count| {
                let name = format!(
                    "{} {}",
                    count["edgeLabel"].as_str().unwrap(),
                    count["direction"].as_str().unwrap()
                );
                let of = |field: &str| count[field].as_u64().unwrap();
                (name, (of("edges"), of("nodes")))
            })
            .collect()
    }

    /// Nodes that are reached over some edge labels, all of them however far.
    fn reached(&self, start: &[String], edge_labels: &[&str]) -> Vec<String> {
        let mut known: Vec<String> = start.to_vec();
        let mut front = known.clone();
        while !front.is_empty() {
            let mut found = Vec::new();
            for part in front.chunks(200) {
                let request = json!({
                    "start": part, "hops": 6, "limit": 5000, "edgeLabels": edge_labels
                });
                let answer = self.post("/subgraphs/_expand", &request);
                for node in answer["nodes"].as_array().unwrap() {
                    found.push(node["id"].as_str().unwrap().to_owned());
                }
            }
            found.sort();
            found.dedup();
            found.retain(|id| known.binary_search(id).is_err());
            known.extend(found.iter().cloned());
            known.sort();
            front = found;
        }
        known
    }

    fn measures(&self, start: &[String]) -> Value {
        let answer = self.post(
            "/measures/_zoek",
            &json!({ "start": start, "hops": 6, "limit": 5000 }),
        );
        assert_eq!(answer["truncated"], Value::Null);
        answer
    }
}

/// Writes a source file with the place of its data, loads it, and gives what the program tells.
fn load(directory: &Path, name: &str, text: &str, data: &Path, files: &[&str]) -> Value {
    let place = fs::canonicalize(data).unwrap().display().to_string();
    let source = format!("{name}.toml");
    fs::write(directory.join(&source), text.replace("DATA", &place)).unwrap();
    let files: Vec<String> = files.iter().map(|file| format!("{place}/{file}")).collect();
    let mut arguments = vec![
        "load",
        "--json",
        &source,
        "--store",
        "town.redb",
        "--report",
        "report.csv",
    ];
    if !files.is_empty() {
        arguments.push("--files");
        arguments.extend(files.iter().map(String::as_str));
    }
    let mut loaded: Value = serde_json::from_str(&run(directory, &arguments)).unwrap();
    loaded[0].take()
}

fn counts(report: &Value, of: &str) -> BTreeMap<String, u64> {
    let counts = report[of].as_object().unwrap();
    counts
        .iter()
        .map(|(label, count)| (label.clone(), count.as_u64().unwrap()))
        .collect()
}

fn expected(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts
        .iter()
        .map(|&(label, count)| (label.to_owned(), count))
        .collect()
}

fn sum(report: &Value, field: &str) -> u64 {
    let files = report["files"].as_array().unwrap();
    files.iter().map(|file| file[field].as_u64().unwrap()).sum()
}

#[test]
fn a_police_model_loads_with_a_mapping_alone() {
    let Some(pole) = data("pole") else { return };
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    settings(directory);
    let text = include_str!("pole.toml");
    let loaded = load(directory, "pole", text, &pole, &[]);
    let report = &loaded["report"];
    assert_eq!(sum(report, "records_read"), 61_521 + 105_840);
    assert_eq!(
        sum(report, "records_refused") + sum(report, "records_set_aside"),
        0
    );
    let nodes = [
        ("Area", 93),
        ("Crime", 28_762),
        ("Email", 328),
        ("Location", 14_904),
        ("Object", 7),
        ("Officer", 1_000),
        ("Person", 369),
        ("Phone", 328),
        ("PhoneCall", 534),
        ("PostCode", 14_196),
        ("Vehicle", 1_000),
    ];
    assert_eq!(counts(report, "nodes"), expected(&nodes));
    let edges = [
        ("CALLED", 534),
        ("CALLER", 534),
        ("CURRENT_ADDRESS", 368),
        ("FAMILY_REL", 155),
        ("HAS_EMAIL", 328),
        ("HAS_PHONE", 328),
        ("HAS_POSTCODE", 14_904),
        ("INVESTIGATED_BY", 28_762),
        ("INVOLVED_IN", 985),
        ("IN_AREA", 14_904 + 14_196),
        ("KNOWS", 586 + 241 + 118 + 80),
        ("OCCURRED_AT", 28_762),
        ("PARTY_TO", 55),
    ];
    assert_eq!(counts(report, "edges"), expected(&edges));
    assert_eq!(loaded["summary"]["nodes"], 61_521);
    assert_eq!(loaded["summary"]["edges"], 105_840);
    assert_eq!(loaded["summary"]["waiting"], 0);

    let town = Served::new(directory);
    // The busiest places, and whose crimes they are.
    let (piccadilly, crimes) = town.busiest("Piccadilly", "Location", "OCCURRED_AT in");
    assert_eq!(crimes, 166);
    let (_, crimes) = town.busiest("Prison", "Location", "OCCURRED_AT in");
    assert_eq!(crimes, 48);
    let larive = town.find("26-5234182", "Officer");
    assert_eq!(town.counts(&larive)["INVESTIGATED_BY in"].1, 37);
    let (_, crimes) = town.busiest("Morse", "Officer", "INVESTIGATED_BY in");
    assert_eq!(crimes, 32);

    // A crime at Piccadilly on the last day of the month.
    let request = json!({ "start": [piccadilly], "edgeLabels": ["OCCURRED_AT"], "limit": 5000 });
    let crimes = town.post("/subgraphs/_expand", &request);
    let on_the_last_day = crimes["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|node| node["label"] == "Crime");
    let days: Vec<String> = on_the_last_day
        .map(|crime| {
            town.get(&format!("/nodes/{}", crime["id"].as_str().unwrap()))
                .to_string()
        })
        .collect();
    assert_eq!(days.len(), 166);
    assert!(days.iter().any(|crime| crime.contains("2017-08-31")));

    // The same again changes nothing.
    drop(town);
    let again = load(directory, "pole", text, &pole, &[]);
    assert_eq!(again["summary"]["added"], 0);
}

#[test]
fn who_knows_whom_in_the_police_model_hangs_together_as_its_readme_says() {
    let Some(pole) = data("pole") else { return };
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    settings(directory);
    let files = [
        "crime-investigation.nodes.Person.csv",
        "crime-investigation.relationships.KNOWS.csv",
    ];
    let loaded = load(directory, "pole", include_str!("pole.toml"), &pole, &files);
    assert_eq!(
        counts(&loaded["report"], "edges"),
        expected(&[("KNOWS", 586)])
    );
    let town = Served::new(directory);
    let clusters = town.post("/clusters/_zoek", &json!({ "sizeMin": 1 }));
    assert_eq!(clusters["componentCount"], 26);
    assert_eq!(clusters["components"][0]["nodeCount"], 342);
    let duncan = town.find("Annie Duncan", "Person");
    let whole = town.reached(&[duncan], &["KNOWS"]);
    assert_eq!(whole.len(), 342);
    let measures = town.measures(&whole);
    assert_eq!(measures["triangles"], 86);
    // Not normalised in the README: every pair of the other 341.
    let pairs = 341.0 * 340.0 / 2.0;
    let first: Vec<String> = (0..4)
        .map(|place| {
            let node = &measures["nodes"][place];
            let between = node["betweenness"].as_f64().unwrap() * pairs;
            format!("{} {between:.1}", node["name"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        first,
        [
            "Annie Duncan 5275.3",
            "Ann Fox 5116.2",
            "Amanda Alexander 4599.9",
            "Bruce Baker 4193.6"
        ]
    );
}

#[test]
fn a_bank_with_dangling_ends_and_parallel_edges_loads_whole() {
    let Some(finbench) = data("finbench") else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    settings(directory);
    let loaded = load(
        directory,
        "finbench",
        include_str!("finbench.toml"),
        &finbench,
        &[],
    );
    let report = &loaded["report"];
    assert_eq!(sum(report, "records_read"), 14_053 + 118_005);
    assert_eq!(
        sum(report, "records_refused") + sum(report, "records_set_aside"),
        0
    );
    let nodes = [
        ("Account", 6_200),
        ("Company", 967),
        ("Loan", 3_465),
        ("Medium", 1_464),
        ("Person", 1_957),
    ];
    assert_eq!(counts(report, "nodes"), expected(&nodes));
    // Ids overlap between labels, and each label keeps its own nodes.
    assert_eq!(loaded["summary"]["nodes"], 14_053);
    assert_eq!(loaded["summary"]["added"], 14_053 + 118_005);
    // The ends that dangle wait and are told, line by line.
    assert_eq!(loaded["summary"]["waiting"], 95 + 78);
    assert_eq!(loaded["summary"]["edges"], 118_005 - 173);
    assert_eq!(
        counts(report, "waiting_counts"),
        expected(&[("HAS_ACCOUNT", 173)])
    );
    let listed = report["waiting"].as_array().unwrap();
    let of = |file: &str| listed.iter().filter(|one| one["file"] == file).count();
    assert_eq!(
        (of("PersonOwnAccount.csv"), of("CompanyOwnAccount.csv")),
        (95, 78)
    );
    assert!(listed.iter().all(|one| one["misses"] == "its start"));
    let csv = fs::read_to_string(directory.join("report.csv")).unwrap();
    assert_eq!(csv.matches("waiting,").count(), 173);

    let town = Served::new(directory);
    // Parallel edges stay apart: 476 transfers and withdrawals of the busiest accounts are counted one by one.
    let busiest = town.find("4758053006316932351", "Account");
    let counted = town.counts(&busiest);
    assert_eq!(counted["TRANSFERS in"].0 + counted["TRANSFERS out"].0, 476);
    assert!(counted["TRANSFERS in"].1 + counted["TRANSFERS out"].1 < 476);
    let medium = town.find("35184372089259", "Medium");
    assert_eq!(town.counts(&medium)["SIGNS_IN out"].0, 18);
    assert!(town.counts(&medium)["SIGNS_IN out"].1 <= 2);
    drop(town);

    // The missing persons come: nothing of the edges is loaded again, and they take their place.
    let quality = run(directory, &["store", "quality", "town.redb", "--json"]);
    let quality: Value = serde_json::from_str(&quality).unwrap();
    assert_eq!(quality["finbench"][0]["edgesWaiting"], 173);
    assert_eq!(quality["finbench"][0]["recordsRead"], 132_058);
}

#[test]
fn transfers_between_accounts_are_one_component() {
    let Some(finbench) = data("finbench") else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    settings(directory);
    let files = ["Account.csv", "AccountTransferAccount.csv"];
    load(
        directory,
        "finbench",
        include_str!("finbench.toml"),
        &finbench,
        &files,
    );
    let town = Served::new(directory);
    let clusters = town.post("/clusters/_zoek", &json!({ "sizeMin": 1 }));
    // All but one account.
    assert_eq!(clusters["components"][0]["nodeCount"], 6_199);
    assert_eq!(clusters["componentCount"], 2);
}

/// A set of covert networks: nodes, edges, triangles, the highest betweenness and the highest degrees.
struct Covert {
    name: &'static str,
    weighted: bool,
    phase: bool,
    nodes: u64,
    edges: u64,
    triangles: u64,
    between: [&'static str; 3],
    degrees: &'static [(&'static str, u64)],
}

#[test]
fn covert_networks_measure_as_their_readme_says() {
    let Some(folder) = data("covert-networks") else {
        return;
    };
    for set in [
        Covert {
            name: "caviar",
            weighted: true,
            phase: true,
            nodes: 110,
            edges: 205,
            triangles: 130,
            between: ["1 0.6375", "12 0.2921", "87 0.1193"],
            degrees: &[("1", 60), ("12", 28), ("3", 27)],
        },
        Covert {
            name: "ciel",
            weighted: true,
            phase: false,
            nodes: 25,
            edges: 35,
            triangles: 9,
            between: ["N2 0.6408", "N1 0.5908", "N13 0.0870"],
            degrees: &[("N2", 12), ("N1", 10), ("N13", 5)],
        },
        Covert {
            name: "siren",
            weighted: false,
            phase: false,
            nodes: 44,
            edges: 103,
            triangles: 142,
            between: ["1 0.7980", "15 0.3109", "11 0.0908"],
            degrees: &[("1", 33), ("15", 15), ("6", 11)],
        },
        Covert {
            name: "london-gang",
            weighted: true,
            phase: false,
            nodes: 54,
            edges: 315,
            triangles: 860,
            between: ["1 0.1087", "7 0.0755", "4 0.0725"],
            degrees: &[("1", 25), ("7", 25), ("12", 25)],
        },
    ] {
        covert(&folder, &set);
    }
}

fn covert(folder: &Path, set: &Covert) {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    settings(directory);
    let text = include_str!("covert.toml")
        .replace("SET", set.name)
        .replace(
            "WHEN",
            if set.phase {
                "when = { phase = \"0\" }\n"
            } else {
                ""
            },
        )
        .replace(
            "WEIGHT",
            if set.weighted {
                "properties = { weight = \"weight\" }\n"
            } else {
                ""
            },
        );
    let loaded = load(directory, set.name, &text, folder, &[]);
    let report = &loaded["report"];
    assert_eq!(
        counts(report, "nodes"),
        expected(&[("Member", set.nodes)]),
        "{}",
        set.name
    );
    assert_eq!(
        counts(report, "edges"),
        expected(&[("TIED_TO", set.edges)]),
        "{}",
        set.name
    );
    assert_eq!(sum(report, "records_refused"), 0);
    let town = Served::new(directory);
    let clusters = town.post("/clusters/_zoek", &json!({}));
    assert_eq!(clusters["componentCount"], 1);
    assert_eq!(clusters["components"][0]["nodeCount"], set.nodes);
    let called = |number: &str| format!("{} {number}", set.name);
    let start = town.find(&called(set.degrees[0].0), "Member");
    let measures = town.measures(std::slice::from_ref(&start));
    assert_eq!(measures["triangles"], set.triangles, "{}", set.name);
    let nodes = measures["nodes"].as_array().unwrap();
    assert_eq!(nodes.len() as u64, set.nodes);
    let between: Vec<String> = nodes
        .iter()
        .take(3)
        .map(|node| {
            format!(
                "{} {:.4}",
                node["name"].as_str().unwrap(),
                node["betweenness"].as_f64().unwrap()
            )
        })
        .collect();
    assert_eq!(between, set.between.map(&called), "{}", set.name);
    for (name, degree) in set.degrees {
        let node = nodes
            .iter()
            .find(|node| node["name"] == called(name))
            .unwrap();
        assert_eq!(node["degree"], *degree, "{} {name}", set.name);
    }
    // The two between whom most runs are tied to each other, or share a tie.
    let second = town.find(&called(set.between[1].split(' ').next().unwrap()), "Member");
    let paths = town.post("/paths/_zoek", &json!({ "from": start, "to": second }));
    let steps = paths["paths"][0]["edges"].as_array().unwrap().len();
    assert!((1..=2).contains(&steps), "{} {steps}", set.name);
}

#[test]
fn a_birthplace_is_refused_where_a_pattern_could_read_it() {
    let Some(folder) = data("covert-networks") else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let place = fs::canonicalize(folder).unwrap().display().to_string();
    let text = include_str!("covert.toml")
        .replace("DATA", &place)
        .replace("SET", "london-gang")
        .replace("WHEN", "")
        .replace("WEIGHT", "")
        .replace("{ template = \"london-gang {id}\" }", "\"birthplace\"");
    fs::write(directory.join("gang.toml"), text).unwrap();
    let output = crate::town::verband()
        .current_dir(directory)
        .args(["load", "gang.toml", "--store", "town.redb"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("`birthplace` says something protected"),
        "{said}"
    );
}
