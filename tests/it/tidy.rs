//! The repository keeps its own rules: module arrows go one way, every test file is joined.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Who may name whom. A module may name itself and those listed.
const ARROWS: [(&str, &[&str]); 19] = [
    ("model", &[]),
    ("trust", &[]),
    ("generate", &[]),
    ("graph", &["model"]),
    ("store", &["model", "graph"]),
    ("ingest", &["model", "store"]),
    ("audit", &["model", "trust"]),
    ("authz", &["model", "graph"]),
    ("query", &["model", "graph", "authz"]),
    ("scan", &["model", "graph", "authz", "query"]),
    (
        "flag",
        &["model", "graph", "store", "authz", "query", "scan"],
    ),
    ("case", &["model", "store", "authz"]),
    ("handover", &["model", "trust"]),
    (
        "engine",
        &[
            "model", "graph", "store", "ingest", "audit", "authz", "query", "case", "scan", "flag",
            "handover",
        ],
    ),
    (
        "config",
        &[
            "model", "audit", "authz", "case", "engine", "scan", "login", "api", "handover",
        ],
    ),
    (
        "api",
        &[
            "model", "audit", "authz", "engine", "query", "case", "scan", "flag", "login",
        ],
    ),
    ("login", &["model", "trust", "authz"]),
    (
        "cli",
        &[
            "model", "generate", "store", "ingest", "audit", "authz", "config", "engine", "query",
            "case", "scan", "flag", "login", "api", "trust",
        ],
    ),
    ("bench_support", &["model", "graph", "store", "authz"]),
];

/// The test-only part of a file does not count: laws are tested across modules.
fn production_part(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

fn is_test_file(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.contains("/law/")
        || text.contains("/tests")
        || text.ends_with("_tests.rs")
        || text.ends_with("testing.rs")
}

fn module_of(path: &Path) -> String {
    let relative = path.strip_prefix(root().join("src")).unwrap();
    let first = relative
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules that a text names by `crate::`.
fn named(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .filter(|name: &String| !name.is_empty())
        .collect()
}

#[test]
fn module_arrows_go_one_way() {
    let mut wrong = Vec::new();
    for path in rust_files(&root().join("src")) {
        let module = module_of(&path);
        if module == "lib" || module == "main" || is_test_file(&path) {
            continue;
        }
        let allowed = ARROWS
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("the module `{module}` is not in the list of arrows"))
            .1;
        let text = fs::read_to_string(&path).unwrap();
        for name in named(production_part(&text)) {
            if name != module && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{} names crate::{name}", path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that are not listed:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn only_the_engine_and_the_store_name_the_snapshot_above_the_view() {
    for path in rust_files(&root().join("src")) {
        let module = module_of(&path);
        if ["graph", "authz", "store", "bench_support"].contains(&module.as_str())
            || is_test_file(&path)
        {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        let names_it = code.contains("Snapshot::")
            || code.contains("Snapshot>")
            || code.contains("graph::Snapshot");
        assert!(!names_it, "{} names the snapshot", path.display());
    }
}

#[test]
fn only_the_store_names_redb() {
    for path in rust_files(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let names_it = text.contains("use redb") || text.contains("redb::");
        assert!(
            !names_it || module_of(&path) == "store",
            "{} names redb",
            path.display()
        );
    }
}

#[test]
fn every_test_file_is_joined() {
    let main = fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for entry in fs::read_dir(root().join("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let is_code = path.is_dir() || path.extension().is_some_and(|extension| extension == "rs");
        if name != "main" && is_code && name != "snapshots" {
            assert!(
                main.contains(&format!("mod {name};")),
                "tests/it/{name} is not joined"
            );
        }
    }
}

#[test]
fn no_test_is_ignored() {
    for directory in ["src", "tests"] {
        for path in rust_files(&root().join(directory)) {
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                !text.contains(concat!("#[", "ignore")),
                "{} ignores a test",
                path.display()
            );
        }
    }
}
