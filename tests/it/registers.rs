//! The official test data of the registers, loaded by the real program and read through a view.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::town::verband;

/// The folder of test data, or a line that says why its tests are skipped.
pub fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: the test data `{folder}` is not beside the project");
    None
}

pub fn run(directory: &Path, arguments: &[&str]) -> String {
    let output = verband()
        .current_dir(directory)
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

const POLICY: &str = "@id(\"all\") permit (principal, action, resource);";
const PURPOSES: &str = "[[purpose]]\nid='p'\ntitle='P'\nground='g'\ndepartments=['o/*']\n";
const CONFIG: &str =
    "store='town.redb'\npolicy='policy.cedar'\npurposes='purposes.toml'\nusers='users.toml'\n";

pub fn settings(directory: &Path) {
    let hash = verband::authz::Users::hash("x").unwrap();
    let users = format!(
        "[[user]]\nid='a'\nname='A'\norganisation='o'\ndepartment='d'\nclearance='zeer_geheim'\npassword_hash='{hash}'\n"
    );
    for (name, text) in [
        ("policy.cedar", POLICY),
        ("purposes.toml", PURPOSES),
        ("verband.toml", CONFIG),
        ("users.toml", &users),
    ] {
        fs::write(directory.join(name), text).unwrap();
    }
}

const AS: [&str; 6] = ["--config", "verband.toml", "--as", "a", "--purpose", "p"];

fn read(directory: &Path, command: &[&str]) -> Value {
    let mut arguments = command.to_vec();
    arguments.extend(AS);
    arguments.push("--json");
    serde_json::from_str(&run(directory, &arguments)).unwrap()
}

#[test]
fn the_registers_come_together_at_an_address() {
    let (Some(bag), Some(brp), Some(bewoning), Some(kvk)) =
        (data("bag"), data("brp"), data("brp-bewoning"), data("kvk"))
    else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    settings(directory);
    let load = |builtin: &str, files: Vec<PathBuf>| {
        let mut arguments = vec![
            "load",
            "--json",
            "--builtin",
            builtin,
            "--store",
            "town.redb",
            "--files",
        ];
        let files: Vec<String> = files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        arguments.extend(files.iter().map(String::as_str));
        let loaded: Value = serde_json::from_str(&run(directory, &arguments)).unwrap();
        let sum = |field: &str| -> u64 {
            let files = loaded[0]["report"]["files"].as_array().unwrap();
            files.iter().map(|file| file[field].as_u64().unwrap()).sum()
        };
        (
            sum("records_read"),
            sum("records_refused"),
            sum("records_set_aside"),
        )
    };
    let answers = fs::read_dir(kvk.join("api-responses"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(
        load("bag", vec![bag.join("0221PND15092020.zip")]),
        (13_098, 0, 0)
    );
    assert_eq!(
        load("brp", vec![brp.join("testpersonen.jsonl")]),
        (687, 13, 0)
    );
    assert_eq!(
        load(
            "brp-bewoning",
            vec![bewoning.join("bewoning-test-data.json")]
        ),
        (1_757, 12, 14)
    );
    assert_eq!(load("kvk", answers), (15, 1, 10));

    // The README of the data: 21 persons at this address today.
    let found = read(
        directory,
        &["search", "1810010010001001", "--label", "Address"],
    );
    let id = found["hits"][0]["id"].as_str().unwrap();
    let dossier = read(directory, &["dossier", id]);
    let residents = dossier["sections"]
        .as_array()
        .unwrap()
        .iter()
        .find(|section| section["edgeLabel"] == "LIVES_AT")
        .unwrap();
    let persons = residents["now"].as_array().unwrap();
    assert_eq!(persons.len(), 21);

    // A person who moved: another address on an earlier day.
    let found = read(directory, &["search", "999993653", "--label", "Person"]);
    let person = found["hits"][0]["id"].as_str().unwrap();
    let lived = |day: &str| {
        let answer = read(
            directory,
            &["expand", person, "--over", "LIVES_AT", "--as-of", day],
        );
        let nodes = answer["nodes"].as_array().unwrap();
        nodes
            .iter()
            .filter(|node| node["label"] == "Address")
            .map(|node| node["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (then, now) = (lived("2014-06-01"), lived("2020-06-01"));
    assert_eq!((then.len(), now.len()), (1, 1));
    assert!(then[0].contains("Vredesplein"), "{then:?}");
    assert!(now[0].contains("Boterdiep"), "{now:?}");

    let company = read(directory, &["search", "69599084"]);
    assert_eq!(company["hits"][0]["name"], "Test EMZ Dagobert");
}
