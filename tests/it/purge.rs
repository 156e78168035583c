//! What may not be kept any longer, with the real program: looked at first, gone from every answer and every byte, and
//! whole or not at all when it is killed.
//!
//! `VERBAND_KILLS` sets how many purges are killed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;
use verband::store::check;

use crate::town::{log_text, make, verband};

/// Inspectors' signals go a year after their date, and nothing else does.
const RULES: &str = "[[source]]\nname = \"toezicht\"\ndated = { label = \"Signal\", property = \"date\", days = 365 }\n";

fn town(directory: &Path) {
    make(directory, 400);
    fs::write(directory.join("retention.toml"), RULES).unwrap();
}

fn purge(directory: &Path) -> Command {
    let mut command = verband();
    command
        .current_dir(directory)
        .args(["--json", "store", "purge", "--config", "verband.toml"]);
    command
}

fn json(mut command: Command) -> Value {
    let done = command.output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    serde_json::from_slice(&done.stdout).unwrap()
}

/// Marks of the oldest and the newest signal of the inspectors.
fn marks(directory: &Path) -> [String; 2] {
    let csv = fs::read_to_string(directory.join("town/toezicht.csv")).unwrap();
    let mut dated: Vec<(String, String)> = csv
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(';').collect();
            (cells[3].to_owned(), cells[0].to_owned())
        })
        .collect();
    dated.sort();
    [dated.first(), dated.last()].map(|one| one.unwrap().1.clone())
}

fn holds(path: &Path, text: &str) -> bool {
    let bytes = fs::read(path).unwrap();
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

fn hits(directory: &Path, text: &str) -> usize {
    let done = verband()
        .current_dir(directory)
        .args(["--json", "search", text, "--label", "Signal"])
        .args([
            "--config",
            "verband.toml",
            "--as",
            "inspecteur",
            "--purpose",
            "woonfraude",
        ])
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    told["hits"].as_array().unwrap().len()
}

#[test]
fn what_is_past_its_days_goes_from_every_answer_and_every_byte() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    town(path);
    let store = path.join("town.redb");
    let [old, new] = marks(path);
    assert_eq!((hits(path, &old), hits(path, &new)), (1, 1));

    let looked = json(purge(path));
    assert_eq!(looked["removed"], false);
    let count = looked["sources"]["toezicht"]["dated"].as_u64().unwrap();
    assert!(count > 0, "{looked}");
    assert_eq!(hits(path, &old), 1, "looking changes nothing");

    let mut removing = purge(path);
    removing.arg("--remove");
    let went = json(removing);
    assert_eq!(went["sources"], looked["sources"]);
    assert_eq!(went["digest"], looked["digest"]);
    assert_eq!((hits(path, &old), hits(path, &new)), (0, 1));
    assert!(!holds(&store, &old), "`{old}` lies in the file still");
    assert!(holds(&store, &new));
    assert!(check(&store).unwrap().is_whole());

    let again = json(purge(path));
    assert_eq!(
        (
            again["nodeCount"].as_u64(),
            again["toBeRewritten"].as_bool()
        ),
        (Some(0), Some(false))
    );
    let mut proof = verband();
    proof
        .current_dir(path)
        .args(["--json", "store", "purges", "town.redb"]);
    assert_eq!(json(proof)[0]["purged"]["digest"], went["digest"]);
    let log = log_text(path);
    assert!(log.contains("\"purge\"") && log.contains(went["digest"].as_str().unwrap()));

    // Scans find no flag that rests on it, and those that did are gone.
    let flags = verband()
        .current_dir(path)
        .args(["scan", "--as", "ondermijning", "--config", "verband.toml"])
        .output()
        .unwrap();
    assert!(flags.status.success(), "{flags:?}");
}

#[test]
fn a_purge_that_is_killed_took_out_all_or_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    town(path);
    let store = path.join("town.redb");
    let whole = path.join("whole.redb");
    fs::copy(&store, &whole).unwrap();
    let [old, _] = marks(path);
    let mut removing = purge(path);
    let begun = Instant::now();
    json({
        removing.arg("--remove");
        removing
    });
    let time = begun.elapsed();
    let kills: u32 = std::env::var("VERBAND_KILLS").map_or(8, |kills| kills.parse().unwrap());
    let mut cut_off = 0;
    for number in 0..kills {
        fs::copy(&whole, &store).unwrap();
        let mut child = purge(path)
            .arg("--remove")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(time.mul_f64(f64::from(number + 1) / f64::from(kills + 1)));
        if child.try_wait().unwrap().is_none() {
            cut_off += 1;
        }
        drop(child.kill());
        child.wait().unwrap();
        let checked = check(&store).unwrap();
        assert!(checked.is_whole(), "kill {number}: {checked:?}");
        let found = json(purge(path));
        let left = found["sources"]["toezicht"]["dated"]
            .as_u64()
            .unwrap_or_default();
        let is_there = hits(path, &old) == 1;
        assert_eq!(is_there, left > 0, "kill {number}");
        let mut removing = purge(path);
        removing.arg("--remove");
        json(removing);
        assert!(
            !holds(&store, &old),
            "kill {number}: its bytes are still there"
        );
    }
    assert!(cut_off > 0, "no purge was killed within {time:?}");
}

#[test]
fn rules_that_are_missing_or_wrong_take_nothing_out() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    town(path);
    let told = |path: &Path| {
        let done = purge(path).output().unwrap();
        assert!(!done.status.success());
        String::from_utf8(done.stderr).unwrap()
    };
    fs::write(path.join("retention.toml"), "[[source]]\nname = \"brp\"\n").unwrap();
    assert!(told(path).contains("`brp` sets no days"));
    let settings = fs::read_to_string(path.join("verband.toml")).unwrap();
    let without = settings.replace("retention = \"retention.toml\"\n", "");
    fs::write(path.join("verband.toml"), without).unwrap();
    assert!(told(path).contains("no rules of retention"));
}
