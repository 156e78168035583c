//! Kinds of deliveries, by the program itself: what takes the place of what, what is taken back, what is refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use verband::store::{Store, check};

use crate::town::verband;

const SOURCE: &str = r#"
[source]
name = "kamers"
title = "Kamerregister"
format = "csv"
files = ["kamers.csv"]
[marking]
organisation = "gemeente"
department = "wonen"
level = "intern"
[[record]]
when = { soort = "vervallen" }
identity = "{nummer}"
[[record]]
when = { soort = ["nieuw", "gewijzigd"] }
identity = "{nummer}"
[[record.node]]
as = "a"
label = "Address"
key = "text:{adres}"
properties = { full_address = "adres" }
[[record.node]]
as = "p"
label = "Person"
key = "bsn:{bsn}"
properties = { full_name = "naam" }
[[record.edge]]
label = "LIVES_AT"
from = "p"
to = "a"
"#;

const HEADER: &str = "soort,nummer,adres,bsn,naam\n";
const FIRST: &str = "nieuw,1,Kade 1,999990019,Jan Vos\nnieuw,2,Kade 2,999990202,Els Bos\n";

struct Town(tempfile::TempDir);

impl Town {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("kamers.toml"), SOURCE).unwrap();
        Self(directory)
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("town.redb")
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let ran = verband()
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .unwrap();
        let told = [ran.stdout, ran.stderr].concat();
        let told = String::from_utf8_lossy(&told).into_owned();
        (ran.status.code().unwrap_or(-1), told)
    }

    fn load(&self, kind: &str, rows: &str) -> (i32, String) {
        fs::write(self.0.path().join("kamers.csv"), format!("{HEADER}{rows}")).unwrap();
        self.run(&[
            "load",
            "kamers.toml",
            "--store",
            "town.redb",
            "--kind",
            kind,
        ])
    }

    /// Nodes and edges that are there; the store is whole.
    fn counts(&self) -> (usize, usize) {
        let checked = check(&self.store()).unwrap();
        assert!(checked.is_whole(), "{checked:?}");
        // A delivery that says nothing new tells what is there.
        let (code, told) = self.run(&["--json", "load", "kamers.toml", "--store", "town.redb"]);
        assert_eq!(code, 0, "{told}");
        let summary: serde_json::Value = serde_json::from_str(&told).unwrap();
        let count = |name: &str| summary[0]["summary"][name].as_u64().unwrap() as usize;
        (count("nodes"), count("edges"))
    }
}

/// Name of the newest delivery.
fn newest(store: &Path) -> String {
    let deliveries = Store::open(store).unwrap().deliveries().unwrap();
    deliveries.last().unwrap().name.clone()
}

#[test]
fn a_delta_takes_the_place_of_its_own_records_and_is_taken_back() {
    let town = Town::new();
    assert_eq!(town.load("addition", FIRST).0, 0);
    // Who lived in 1 moved to 3; of 2 nothing is said.
    let (code, told) = town.load("delta", "gewijzigd,1,Kade 3,999990019,Jan Vos\n");
    assert_eq!(code, 0, "{told}");
    // The address that only this record named, and the edge to it.
    assert!(told.contains("2 do not stand any more"), "{told}");
    let (code, told) = town.load("delta", "vervallen,2,,,\n");
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("3 do not stand any more"), "{told}");
    let withdrawn = newest(&town.store());
    let (code, told) = town.run(&["store", "withdraw", "town.redb", &withdrawn]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("3 stand again"), "{told}");
    let (_, listed) = town.run(&["store", "deliveries", "town.redb"]);
    assert!(
        listed.contains("(delta, 1 files)") && listed.contains("(taken back)"),
        "{listed}"
    );
    let (code, told) = town.run(&["store", "withdraw", "town.redb", &withdrawn]);
    assert_eq!(code, 1);
    assert!(told.contains("store deliveries"), "{told}");
    assert!(check(&town.store()).unwrap().is_whole());
}

#[test]
fn a_full_delivery_is_all_that_its_source_says_unless_that_is_too_little_or_some_was_refused() {
    let town = Town::new();
    let many: String = (1..=9)
        .map(|number| format!("nieuw,{number},Kade {number},999990019,Jan Vos\n"))
        .collect();
    assert_eq!(town.load("full", &many).0, 0);
    assert_eq!(town.counts(), (10, 9));
    let cut_off = "nieuw,1,Kade 1,999990019,Jan Vos\n";
    let (code, told) = town.load("full", cut_off);
    assert_eq!(code, 1);
    assert!(
        told.contains("superseded_share_max") && told.contains("16 of 19"),
        "{told}"
    );
    // One row less, and one that cannot be read: what that one says is not known.
    let wrong = many.replacen("999990019", "123456789", 1);
    let less: String = wrong
        .lines()
        .take(8)
        .map(|line| format!("{line}\n"))
        .collect();
    let (code, told) = town.load("full", &less);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("took the place of nothing"), "{told}");
    let less: String = many
        .lines()
        .take(8)
        .map(|line| format!("{line}\n"))
        .collect();
    let (code, told) = town.load("full", &less);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("2 do not stand any more"), "{told}");
    assert_eq!(town.counts(), (9, 8));
}

#[test]
fn a_delta_of_records_that_cannot_be_told_apart_is_refused() {
    let town = Town::new();
    let source = SOURCE.replace("identity = \"{nummer}\"\n", "");
    fs::write(town.0.path().join("kamers.toml"), source).unwrap();
    let (code, told) = town.load("delta", FIRST);
    assert_eq!(code, 1);
    assert!(
        told.contains("identity") && told.contains("record 1"),
        "{told}"
    );
    let (code, told) = town.load("withdrawal", FIRST);
    assert_eq!(
        (code, told.contains("addition, full, delta or correction")),
        (2, true),
        "{told}"
    );
    // A record without identity is refused as any other that lacks what it needs.
    fs::write(town.0.path().join("kamers.toml"), SOURCE).unwrap();
    let (_, told) = town.load("delta", "nieuw,,Kade 1,999990019,Jan Vos\n");
    assert!(told.contains("no identity"), "{told}");
}

#[test]
fn a_store_of_the_format_before_is_made_one_of_this_format_with_all_that_is_in_it() {
    let town = Town::new();
    let old = zstd::decode_all(&include_bytes!("format-2.redb.zst")[..]).unwrap();
    fs::write(town.store(), old).unwrap();
    let (code, told) = town.run(&["store", "check", "town.redb"]);
    assert_eq!(code, 1);
    assert!(
        told.contains("format 2") && told.contains("store deliveries"),
        "{told}"
    );
    let (code, told) = town.run(&["store", "deliveries", "town.redb"]);
    assert_eq!((code, told.contains("wonen")), (0, true), "{told}");
    let checked = check(&town.store()).unwrap();
    assert!(checked.is_whole(), "{checked:?}");
    assert_eq!((checked.node_statements, checked.edge_statements), (4, 2));
    // What it said can be taken back as what came later.
    let (code, told) = town.run(&["store", "withdraw", "town.redb", &newest(&town.store())]);
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("6 do not stand any more") && told.contains("0 nodes"),
        "{told}"
    );
    assert!(check(&town.store()).unwrap().is_whole());
}

#[test]
fn a_program_that_is_killed_leaves_all_of_a_delivery_standing_or_none() {
    let town = Town::new();
    let rows = |street: &str| -> String {
        (1..400)
            .map(|number| format!("nieuw,{number},{street} {number},999990019,Jan Vos\n"))
            .collect()
    };
    let source = format!("{SOURCE}[limits]\nsuperseded_share_max = 1.0\n");
    fs::write(town.0.path().join("kamers.toml"), source).unwrap();
    let begun = Instant::now();
    assert_eq!(town.load("full", &rows("Kade")).0, 0);
    let whole = begun.elapsed();
    let kills: u32 = std::env::var("VERBAND_KILLS").map_or(15, |kills| kills.parse().unwrap());
    let mut killed = 0;
    for number in 0..kills {
        let newest = newest(&town.store());
        let arguments = match number % 4 {
            3 => vec!["store", "withdraw", "town.redb", &newest],
            2 => vec![
                "load",
                "kamers.toml",
                "--store",
                "town.redb",
                "--kind",
                "delta",
            ],
            _ => vec![
                "load",
                "kamers.toml",
                "--store",
                "town.redb",
                "--kind",
                "full",
            ],
        };
        let street = if number % 2 == 0 { "Laan" } else { "Kade" };
        let csv = format!("{HEADER}{}", rows(street));
        fs::write(town.0.path().join("kamers.csv"), csv).unwrap();
        let mut child = verband()
            .current_dir(town.0.path())
            .args(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(whole.mul_f64(f64::from(number * 37 % 100) / 100.0));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            killed += 1;
        }
        child.wait().unwrap();
        let checked = check(&town.store()).unwrap();
        assert!(checked.is_whole(), "kill {number}: {checked:?}");
    }
    assert!(killed > 0, "nothing was killed");
}
