//! An export with the real program: what stands in it, that it is in the log, and that what comes back counts only where it
//! is found here.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Value, json};

use crate::town::{make, verband};

fn told(directory: &Path, arguments: &[&str]) -> Result<Value, String> {
    let done = verband()
        .current_dir(directory)
        .arg("--json")
        .args(arguments)
        .output()
        .unwrap();
    match done.status.success() {
        true => Ok(serde_json::from_slice(&done.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
    }
}

fn export(directory: &Path, out: &str) -> Result<Value, String> {
    let arguments = [
        "export",
        "--as",
        "ondermijning",
        "--out",
        out,
        "--config",
        "verband.toml",
    ];
    told(directory, &arguments)
}

fn import(directory: &Path, from: &str) -> Result<Value, String> {
    told(
        directory,
        &["import-flags", from, "--config", "verband.toml"],
    )
}

/// Columns of a table, and its identifiers.
fn table(path: &Path) -> (Vec<String>, Vec<String>) {
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let columns = schema
        .columns()
        .iter()
        .map(|one| one.name().to_owned())
        .collect();
    let ids = reader.into_iter().map(|row| {
        let row = row.unwrap();
        let mut fields = row.get_column_iter();
        match fields.find(|(name, _)| *name == "_id") {
            Some((_, Field::Str(id))) => id.clone(),
            other => panic!("{other:?}"),
        }
    });
    (columns, ids.collect())
}

/// Writes what another engine found of one pattern.
fn found(directory: &Path, export: &Value, subjects: &[&str]) {
    let mut lines = vec![json!({ "export": export["manifest"]["export"], "engine": "hand" })];
    for subject in subjects {
        lines.push(
            json!({ "pattern": "overbewoning", "subject": subject, "score": 9, "evidence": [] }),
        );
    }
    lines.push(json!({ "pattern": "overbewoning", "rows": subjects.len() }));
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(directory.join("flags.jsonl"), text.join("\n")).unwrap();
}

/// A Python that has a package: that of `VERBAND_PYTHON`, or the one that `make` sets up.
fn python(package: &str) -> Option<OsString> {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/{package}/bin/python"));
    let python = std::env::var_os("VERBAND_PYTHON").unwrap_or_else(|| made.into());
    let asked = Command::new(&python)
        .args(["-c", &format!("import {package}")])
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success()).then_some(python)
}

/// What another engine finds of the export `uit` is, pattern for pattern, what the scan before it found.
fn agrees(directory: &Path, engine: &mut Command) {
    let ran = engine.output().unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let imported = import(directory, "uit").unwrap();
    let patterns = imported["run"]["patterns"].as_array().unwrap();
    assert!(patterns.len() > 20, "{imported}");
    for pattern in patterns {
        assert_eq!(pattern["kept"], pattern["matches"], "{pattern}");
        assert_eq!(pattern["ended"], json!(0), "{pattern}");
    }
    let raised = patterns.iter().filter_map(|one| one["matches"].as_u64());
    assert!(raised.sum::<u64>() > 5, "{imported}");
}

/// Minutes, and all of Spark: `make spark` runs it.
#[test]
fn spark_finds_what_a_scan_finds() {
    if std::env::var_os("VERBAND_SPARK").is_none() {
        eprintln!("skipped: slow, and needs Java 17; `make spark` runs it");
        return;
    }
    let python = python("pyspark").expect("a Python with the package pyspark (`make spark`)");
    let town = tempfile::tempdir().unwrap();
    make(town.path(), 1_200);
    export(town.path(), "uit").unwrap();
    agrees(
        town.path(),
        Command::new(python)
            .arg(town.path().join("uit/run.py"))
            .arg("spark"),
    );
}

#[test]
fn an_export_is_in_the_log_holds_what_patterns_read_and_is_believed_in_nothing() {
    let town = tempfile::tempdir().unwrap();
    let path = town.path();
    make(path, 1_200);

    // Where a slash ends the name, too.
    let exported = export(path, "uit/").unwrap();
    let manifest = exported["manifest"].as_object().unwrap();
    assert!(
        !manifest.contains_key("revision"),
        "it moves when hidden data does"
    );
    assert_eq!(exported["leftOut"], json!({}));
    let out = path.join("uit");
    let again = export(path, "uit").unwrap_err();
    assert!(again.contains("is there already"), "{again}");

    // What no pattern reads does not stand in it: no name, no national number.
    let (columns, persons) = table(&out.join("tables/as_of_node_Person.parquet"));
    assert_eq!(columns, ["_id", "birth_date"]);
    assert!(persons.len() > 1_000, "{}", persons.len());
    assert!(persons.is_sorted());

    // Each of them finds the export in the log.
    for person in [persons.first(), persons.last()] {
        let reads = told(
            path,
            &["audit", "reads", "audit", "--node", person.unwrap()],
        )
        .unwrap();
        let actions = reads.as_array().unwrap().iter();
        let actions: Vec<&str> = actions
            .filter_map(|one| one["decision"]["action"].as_str())
            .collect();
        assert!(actions.contains(&"export by command line"), "{reads}");
    }
    let whole = verband()
        .current_dir(path)
        .args(["audit", "verify", "audit"])
        .status();
    assert!(whole.unwrap().success());

    // A subject that does not match is no flag, whoever says so.
    let (_, addresses) = table(&out.join("tables/as_of_node_Address.parquet"));
    let flagged = told(
        path,
        &[
            "flags",
            "list",
            "--pattern",
            "overbewoning",
            "--as",
            "analist",
            "--purpose",
            "ondermijning",
            "--config",
            "verband.toml",
        ],
    )
    .unwrap();
    let flagged: BTreeSet<&str> = flagged
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|flag| flag["subject"]["id"].as_str())
        .collect();
    assert!(!flagged.is_empty());
    let innocent = addresses
        .iter()
        .find(|id| !flagged.contains(id.as_str()))
        .unwrap();
    let mut named: Vec<&str> = flagged.iter().copied().collect();
    named.push(innocent);
    found(&out, &exported, &named);
    let imported = import(path, "uit").unwrap();
    assert_eq!(imported["notFoundHere"]["overbewoning"], json!([innocent]));
    assert_eq!(imported["run"]["patterns"][0]["kept"], json!(flagged.len()));
    assert_eq!(imported["run"]["patterns"][0]["raised"], json!(0));

    // A file that was cut off changes nothing.
    let text = fs::read_to_string(out.join("flags.jsonl")).unwrap();
    let cut: Vec<&str> = text.lines().collect();
    fs::write(out.join("flags.jsonl"), cut[..cut.len() - 1].join("\n")).unwrap();
    let refused = import(path, "uit").unwrap_err();
    assert!(
        refused.contains("the end of `overbewoning` is missing"),
        "{refused}"
    );
    fs::write(
        out.join("flags.jsonl"),
        text.replace("\"rows\":", "\"rows\":1"),
    )
    .unwrap();
    let refused = import(path, "uit").unwrap_err();
    assert!(refused.contains("part of the file is missing"), "{refused}");

    // The program that goes with it finds what a scan here finds.
    match python("duckdb") {
        Some(python) => agrees(
            path,
            Command::new(python).arg(out.join("run.py")).arg("duckdb"),
        ),
        None => eprintln!("skipped: no Python with the package duckdb"),
    }

    // On another revision nothing is taken in: what was not found might by now be there.
    let rules = "[[source]]\nname = \"toezicht\"\ndated = { label = \"Signal\", property = \"date\", days = 365 }\n";
    fs::write(path.join("retention.toml"), rules).unwrap();
    told(
        path,
        &["store", "purge", "--remove", "--config", "verband.toml"],
    )
    .unwrap();
    found(&out, &exported, &named);
    let refused = import(path, "uit").unwrap_err();
    assert!(
        refused.contains("the store changed since export"),
        "{refused}"
    );
}
