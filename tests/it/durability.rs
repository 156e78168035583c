//! What was acknowledged stays: kill -9 while loading, full disks, backups beside a running server.
//!
//! `VERBAND_KILLS` sets how many loads are killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use verband::store::{Store, StoreError, backup, check, restore};

use crate::town::{start, verband};

/// A made-up town as deliveries, in the order in which they are loaded.
fn deliveries(directory: &Path) -> Vec<PathBuf> {
    let made = verband()
        .args(["--json", "generate", "--persons", "300", "--out"])
        .arg(directory)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let mut sources: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    sources.sort();
    assert!(sources.len() > 5, "{sources:?}");
    sources
}

fn load(source: &Path, store: &Path) -> Command {
    let mut command = verband();
    command.args(["load"]).arg(source).arg("--store").arg(store);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn sources_in(store: &Path) -> Vec<String> {
    let deliveries = Store::open(store).unwrap().deliveries().unwrap();
    deliveries
        .into_iter()
        .map(|delivery| delivery.source)
        .collect()
}

#[test]
fn a_load_that_is_killed_is_there_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let sources = deliveries(&directory.path().join("town"));
    let undisturbed = directory.path().join("undisturbed.redb");
    let mut durations: Vec<Duration> = Vec::new();
    for source in &sources {
        let begun = Instant::now();
        assert!(load(source, &undisturbed).status().unwrap().success());
        durations.push(begun.elapsed());
    }
    // A delivery that says nothing new is acknowledged and not listed.
    let listed = sources_in(&undisturbed);
    let kills: u64 = std::env::var("VERBAND_KILLS").map_or(15, |kills| kills.parse().unwrap());
    let store = directory.path().join("killed.redb");
    let mut acknowledged: Vec<String> = Vec::new();
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut cut_off = 0;
    for number in 0..kills {
        let place = number as usize % sources.len();
        let source = &sources[place];
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let delay = durations[place].mul_f64((random % 1000) as f64 / 1000.0);
        let mut child = load(source, &store).spawn().unwrap();
        let begun = Instant::now();
        // Waits for the end or for the moment of the kill, whichever comes first.
        let ended = loop {
            match child.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if begun.elapsed() >= delay => break None,
                None => std::thread::yield_now(),
            }
        };
        match ended {
            Some(status) => {
                assert!(status.success());
                let name = fs::read_to_string(source).unwrap();
                let name = name.lines().find_map(|line| line.strip_prefix("name = "));
                acknowledged.push(name.unwrap().trim_matches('"').to_owned());
            }
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                cut_off += 1;
            }
        }
        if !store.exists() || fs::metadata(&store).unwrap().len() == 0 {
            continue;
        }
        match check(&store) {
            Ok(checked) => assert!(checked.is_whole(), "kill {number}: {checked:?}"),
            // Killed before the store was made: nothing was acknowledged, and the next load makes it.
            Err(StoreError::Damaged(_)) if acknowledged.is_empty() => {
                fs::remove_file(&store).unwrap();
                continue;
            }
            Err(error) => panic!("kill {number}: {error}"),
        }
        let there = sources_in(&store);
        for source in acknowledged.iter().filter(|source| listed.contains(source)) {
            assert!(there.contains(source), "kill {number}: `{source}` is lost");
        }
    }
    println!("{cut_off} of {kills} loads were cut off");
    assert!(cut_off > 0, "no load was killed");
    for source in &sources {
        assert!(load(source, &store).status().unwrap().success());
    }
    let (whole, again) = (check(&undisturbed).unwrap(), check(&store).unwrap());
    assert_eq!(
        (
            whole.node_statements,
            whole.edge_statements,
            whole.index_entries
        ),
        (
            again.node_statements,
            again.edge_statements,
            again.index_entries
        )
    );
}

#[test]
fn a_disk_that_fills_up_is_told_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let disk = directory.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
        .arg(&disk)
        .output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        println!("skipped: making a small file system takes the right to mount");
        return;
    }
    let sources = deliveries(&directory.path().join("town"));
    let store = disk.join("town.redb");
    let mut loaded = 0;
    let mut told = String::new();
    for source in &sources {
        let output = load(source, &store)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        if output.status.success() {
            loaded += 1;
        } else {
            told = String::from_utf8(output.stderr).unwrap();
            break;
        }
    }
    let state = store.exists().then(|| (check(&store), sources_in(&store)));
    assert!(
        Command::new("umount")
            .arg(&disk)
            .status()
            .unwrap()
            .success()
    );
    assert!(
        told.contains("No space left") && told.contains("nothing of"),
        "{told}"
    );
    assert!(!told.contains("panicked"), "{told}");
    let (checked, there) = state.unwrap();
    assert!(checked.unwrap().is_whole());
    assert_eq!(there.len(), loaded);
}

#[test]
fn a_backup_is_made_beside_a_running_server_and_restored() {
    let directory = tempfile::tempdir().unwrap();
    let (server, _) = start(&directory.path().join("demo"), 300);
    let store = directory.path().join("demo/town.redb");
    assert!(matches!(Store::open(&store), Err(StoreError::InUse(_))));
    assert!(matches!(check(&store), Err(StoreError::InUse(_))));
    let [copy, restored] = ["backup.redb", "restored.redb"].map(|name| directory.path().join(name));
    let told = verband()
        .args(["store", "backup"])
        .args([&store, &copy])
        .output()
        .unwrap();
    assert!(told.status.success(), "{told:?}");
    drop(server);
    let (checked, _) = restore(&copy, &restored, &mut |_| {}).unwrap();
    assert!(
        checked.is_whole() && checked.node_statements > 1_000,
        "{checked:?}"
    );
    assert_eq!(sources_in(&restored), sources_in(&copy));
    // Who can read a backup can read everything.
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o077, 0);
    let again = backup(&copy, &restored, &mut |_| {}).unwrap_err();
    assert!(matches!(again, StoreError::Exists(_)), "{again}");
}

#[test]
fn a_store_that_was_cut_off_is_told_as_damaged() {
    let directory = tempfile::tempdir().unwrap();
    let sources = deliveries(&directory.path().join("town"));
    let store = directory.path().join("town.redb");
    assert!(load(&sources[0], &store).status().unwrap().success());
    let bytes = fs::read(&store).unwrap();
    for part in [
        0,
        1,
        100,
        4_096,
        bytes.len() / 3,
        bytes.len() / 2,
        bytes.len() - 1,
    ] {
        fs::write(&store, &bytes[..part]).unwrap();
        let output = verband()
            .args(["store", "check"])
            .arg(&store)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && told.contains("damaged"),
            "{part}: {told}"
        );
    }
}
