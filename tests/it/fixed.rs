//! A town that is the same on every run, ids and times of loading included: a store with a fixed secret, loaded at a fixed
//! time, served by the real program.

use std::fs;
use std::path::Path;
use std::process::Child;

use serde_json::Value;
use verband::generate::{TownOptions, generate};
use verband::ingest::{SourceFile, load};
use verband::store::Store;

use crate::town::{Reply, agent, login, reply, start, verband};

/// A served town with a fixed secret.
pub struct FixedTown {
    _server: Child,
    base: String,
    _directory: tempfile::TempDir,
}

/// The secret of its store.
pub const SECRET: [u8; 32] = [7; 32];

/// The mandates that scan it.
pub const MANDATES: [&str; 2] = ["ondermijning", "woonfraude"];

/// Persons in it: as few as there may be, so that answers can be read.
pub const PERSONS: u32 = 200;

/// Writes the town's deliveries and the demo's settings.
pub fn write(directory: &Path) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
    for name in [
        "verband.toml",
        "policy.cedar",
        "purposes.toml",
        "users.toml",
        "mandates.toml",
        "deliveries.toml",
        "retention.toml",
        "accumulation.toml",
    ] {
        fs::copy(root.join(name), directory.join(name)).unwrap();
    }
    let options = TownOptions {
        persons: PERSONS,
        ..TownOptions::default()
    };
    let town = directory.join("town");
    fs::create_dir_all(&town).unwrap();
    let summary = generate(&options, &town).unwrap();
    let sources = summary.deliveries.iter();
    sources
        .map(|delivery| format!("town/{}", delivery.source))
        .collect()
}

/// Loads deliveries into the store that `verband demo` serves. Each is loaded at the time that `loaded_at` gives it.
pub fn load_all(directory: &Path, sources: &[String], loaded_at: impl Fn(&str) -> String) {
    let store = Store::open_or_create(&directory.join("town.redb"), || SECRET).unwrap();
    for source in sources {
        let file = SourceFile::read(&directory.join(source)).unwrap();
        load(&store, &file, &loaded_at(source), &mut |_| {}).unwrap();
    }
}

impl FixedTown {
    /// Scans and serves what stands in a directory.
    pub fn serve(directory: tempfile::TempDir) -> Self {
        for mandate in MANDATES {
            let scanned = verband()
                .current_dir(directory.path())
                .args(["scan", "--as", mandate, "--config", "verband.toml"])
                .args(["--as-of", "2026-11-01"])
                .output()
                .unwrap();
            assert!(scanned.status.success(), "{scanned:?}");
        }
        let (server, base) = start(directory.path(), PERSONS);
        Self {
            _server: server,
            base,
            _directory: directory,
        }
    }

    /// Makes, loads and serves the town.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let sources = write(directory.path());
        load_all(directory.path(), &sources, |_| {
            "2026-11-01T08:00:00Z".to_owned()
        });
        Self::serve(directory)
    }

    /// Asks as a user; with a body it is a POST.
    pub fn ask(
        &self,
        user: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let address = format!("{}{path}", self.base);
        match body {
            Some(body) => {
                let mut request = agent().post(&address).header("authorization", login(user));
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                reply(request.send_json(body).unwrap())
            }
            None => {
                let mut request = agent().get(&address).header("authorization", login(user));
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                reply(request.call().unwrap())
            }
        }
    }

    /// The identifier of the first node that a text finds.
    pub fn find(&self, user: &str, purpose: &str, text: &str, label: &str) -> String {
        let body = serde_json::json!({ "text": text, "label": label });
        let path = format!("/v1/nodes/_zoek?purpose={purpose}");
        let page = self.ask(user, &path, Some(&body), &[]).json();
        page["hits"][0]["id"].as_str().unwrap().to_owned()
    }
}
