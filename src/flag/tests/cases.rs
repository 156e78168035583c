//! The cases of `queries/tests/`: each pattern of the library has a hit, a near miss, and a hit that the reader may not see.

use std::path::PathBuf;

use serde::Deserialize;

use super::world::{Tiny, reader};
use crate::model::{Day, Level, Schema};
use crate::scan::pattern::Library;

/// The cases of one pattern. All are looked at on 2026-11-01.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    /// A world in which the pattern finds something.
    hit: String,
    /// What it finds: name of the subject and score, in order of name.
    flags: Vec<String>,
    /// A world that only looks like it.
    near_miss: String,
    /// A world in which the mandate finds something and the reader, who does not see the lines that end in `!`, nothing.
    hidden: String,
}

pub fn as_of() -> Day {
    "2026-11-01".parse().unwrap()
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("queries/tests")
}

/// The worlds of all cases, in order of pattern.
pub fn worlds() -> Vec<String> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            let cases: Cases = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            [cases.hit, cases.near_miss, cases.hidden]
        })
        .collect()
}

#[test]
fn every_pattern_has_a_hit_a_near_miss_and_one_that_is_hidden_from_the_asker() {
    let library =
        Library::built_in(&Schema::municipal().unwrap()).unwrap_or_else(|error| panic!("{error}"));
    let mut wrong = Vec::new();
    for pattern in library.iter() {
        let id = pattern.id();
        let path = directory().join(format!("{id}.toml"));
        let Ok(text) = std::fs::read_to_string(&path) else {
            wrong.push(format!("{id}: no {}", path.display()));
            continue;
        };
        let cases: Cases = toml::from_str(&text).unwrap_or_else(|error| panic!("{id}: {error}"));
        let purpose = &pattern.front.purposes[0];
        let reader = reader(Level::Vertrouwelijk);
        let check = |case: &str, told: Vec<String>, expected: &[String]| {
            (told != expected).then(|| format!("{id}, {case}: {told:?}, not {expected:?}"))
        };
        let hit = Tiny::new(&cases.hit, purpose, as_of);
        let found = hit.found(&hit.scan(&[id], None), id);
        wrong.extend(check("hit", found, &cases.flags));
        wrong.extend(check(
            "hit as seen by the reader",
            hit.seen(&reader, id),
            &cases.flags,
        ));
        let near = Tiny::new(&cases.near_miss, purpose, as_of);
        wrong.extend(check(
            "near miss",
            near.found(&near.scan(&[id], None), id),
            &[],
        ));
        let hidden = Tiny::new(&cases.hidden, purpose, as_of);
        let found = hidden.found(&hidden.scan(&[id], None), id);
        if found.is_empty() || found.iter().any(|one| one.starts_with('V')) {
            wrong.push(format!("{id}, hidden: the mandate finds {found:?}"));
        }
        wrong.extend(check("hidden", hidden.seen(&reader, id), &[]));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_case_is_of_a_pattern() {
    let library =
        Library::built_in(&Schema::municipal().unwrap()).unwrap_or_else(|error| panic!("{error}"));
    for entry in std::fs::read_dir(directory()).unwrap() {
        let path = entry.unwrap().path();
        let id = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(library.get(&id).is_some(), "{id}");
    }
}
