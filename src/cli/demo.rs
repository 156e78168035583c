//! `verband demo`: the embedded town, made and loaded once, served with requests to paste.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::load::{load_one, open_or_create};
use super::read::open_as;
use super::scan::with_bar;
use super::serve::{open, open_to_serve, serve};
use crate::api::ServeOptions;
use crate::config::Config;
use crate::engine::desk::{OpenRequest, PresenceRequest};
use crate::engine::{Access, ScanRequest};
use crate::generate::{TownOptions, TownSummary, generate};
use crate::ingest::SourceFile;

/// Makes a town that does not exist, loads it, and serves it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  verband demo --dir demo-town --listen 127.0.0.1:8080")]
pub struct DemoArguments {
    /// Directory of the town; made once, then used again.
    #[arg(long, value_name = "DIR", default_value = "verband-demo")]
    dir: PathBuf,
    /// Persons in the civil registry of the town.
    #[arg(long, default_value_t = TownOptions::default().persons)]
    persons: u32,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Makes and loads the town, and does not serve it.
    #[arg(long)]
    no_serve: bool,
}

/// Settings, rules and identities of the demo, written beside its store so that they can be read and changed.
const FILES: [(&str, &str); 8] = [
    ("verband.toml", include_str!("../../demo/verband.toml")),
    ("policy.cedar", include_str!("../../demo/policy.cedar")),
    ("purposes.toml", include_str!("../../demo/purposes.toml")),
    ("users.toml", include_str!("../../demo/users.toml")),
    ("mandates.toml", include_str!("../../demo/mandates.toml")),
    (
        "deliveries.toml",
        include_str!("../../demo/deliveries.toml"),
    ),
    ("retention.toml", include_str!("../../demo/retention.toml")),
    (
        "accumulation.toml",
        include_str!("../../demo/accumulation.toml"),
    ),
];

/// Where the demo's situations come together.
const PREMISES: &str = "Havenstraat 12";

pub fn run(arguments: DemoArguments) -> anyhow::Result<()> {
    let directory = &arguments.dir;
    let store = directory.join("town.redb");
    if !store.exists() {
        make(directory, arguments.persons)?;
    }
    if arguments.no_serve {
        return Ok(());
    }
    let config = Config::read(&directory.join("verband.toml"))?;
    let options = ServeOptions {
        listen: arguments.listen,
        tls: None,
        connections: config.connections,
        metrics: None,
    };
    let served = open_to_serve(&config)?;
    serve(served, config.clone(), options, |address| {
        print!("{}", welcome(address, directory));
    })
}

fn make(directory: &Path, persons: u32) -> anyhow::Result<()> {
    let town = directory.join("town");
    std::fs::create_dir_all(&town).with_context(|| format!("making {}", town.display()))?;
    for (name, text) in FILES {
        let path = directory.join(name);
        if !path.exists() {
            std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        }
    }
    let options = TownOptions {
        persons,
        ..TownOptions::default()
    };
    println!("Making a town of {persons} persons who do not exist ...");
    let summary = generate(&options, &town)?;
    // Loaded under another name and renamed at the end, so that a town that was broken off is made anew.
    let unfinished = directory.join("town.redb.unfinished");
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).context("removing an unfinished store")?;
    }
    let store = open_or_create(&unfinished)?;
    for delivery in &summary.deliveries {
        let source = SourceFile::read(&town.join(&delivery.source))?;
        let loaded =
            load_one(&store, &source).with_context(|| format!("loading `{}`", delivery.source))?;
        println!(
            "  {:<44} {:>7} records, {} refused",
            delivery.title,
            loaded.report.records_read(),
            loaded.report.records_refused()
        );
    }
    drop(store);
    std::fs::rename(&unfinished, directory.join("town.redb")).context("naming the store")?;
    scan(directory, &summary)?;
    plant_case(directory)
}

/// Runs every mandate once, on the day of the town, so that there are flags to read.
fn scan(directory: &Path, summary: &TownSummary) -> anyhow::Result<()> {
    let engine = open(&Config::read(&directory.join("verband.toml"))?)?.engine;
    let mandates: Vec<String> = engine.mandates().iter().map(|one| one.id.clone()).collect();
    for mandate in mandates {
        let request = ScanRequest {
            mandate,
            as_of: Some(summary.as_of.parse()?),
            ..ScanRequest::default()
        };
        let done = with_bar(&engine, &request)?;
        let raised: usize = done.run.patterns.iter().map(|one| one.raised).sum();
        println!(
            "  scan {:<39} {:>7} flags of {} patterns",
            done.run.mandate,
            raised,
            done.run.patterns.len()
        );
    }
    Ok(())
}

/// Days that the planted case lasts.
const CASE_DAYS: i32 = 90;

/// Opens a case of the police at the premises, as they would: so that somebody is there for who asks.
fn plant_case(directory: &Path) -> anyhow::Result<()> {
    let (state, caller) = open_as(&directory.join("verband.toml"), "politie")?;
    let access = Access {
        purpose: Some("opsporing"),
        action: "case-open",
        ..Access::default()
    };
    let request = OpenRequest {
        title: "Onderzoek Boei".to_owned(),
        goal: "Handel vanuit een woning".to_owned(),
        find: vec![PREMISES.to_owned()],
        end: super::today().plus(CASE_DAYS).to_string(),
        presence: Some(PresenceRequest {
            answer: "hold".to_owned(),
            ..PresenceRequest::default()
        }),
        ..OpenRequest::default()
    };
    let opened = state
        .engine
        .act(&caller, access, |desk| desk.open(&request))?;
    opened
        .release_blocking()?
        .context("opening the case of the police")?;
    Ok(())
}

fn welcome(address: SocketAddr, directory: &Path) -> String {
    let base = format!("http://{address}");
    format!(
        r#"
Verband serves a town that does not exist, at {base} (stop with Ctrl-C).

Who can log in (password: demo; see {users}):
  inspecteur   gemeente, toezicht          purposes woonfraude, vergunningverlening
  analist      gemeente, ondermijning      purposes woonfraude, ondermijning
  zorg         gemeente, sociaal-domein    purpose  zorg
  riec         riec, analyse               purpose  ondermijning
  politie      politie, recherche          purpose  opsporing (under a case)
  coordinator  gemeente, veiligheid        purpose  afstemming
  burgerzaken  gemeente, burgerzaken       purpose  bijhouding; answers reports of mistakes
  privacy      gemeente, privacy           reads nothing; asks the audit log: {base}/v1/audit/reads
  beheer       gemeente, gegevensbeheer    reads nothing; delivers files: {base}/v1/deliveries

First requests to paste (curl and jq):
  # find the premises
  ID=$(curl -s -u inspecteur:demo '{base}/v1/nodes/_zoek?purpose=woonfraude' \
    -H 'Content-Type: application/json' -d '{{"text":"{PREMISES}","label":"Address"}}' | jq -r '.hits[0].id')
  # its dossier: every line with source, date and why it is visible
  curl -s -u inspecteur:demo "{base}/v1/dossiers/$ID?purpose=woonfraude" | jq
  # expand from it, two steps
  curl -s -u inspecteur:demo '{base}/v1/subgraphs/_expand?purpose=woonfraude' \
    -H 'Content-Type: application/json' -d "{{\"start\":[\"$ID\"],\"hops\":2}}" | jq
  # the same premises behind a wall: another, smaller answer
  curl -s -u zorg:demo "{base}/v1/dossiers/$ID?purpose=zorg" | jq
  # what scans found that this analyst may see
  curl -s -u analist:demo '{base}/v1/flags?purpose=ondermijning' | jq '.flags[] | .titleNl + ": " + .subject.name'
  # open a case at the door, and ask whether others are busy there
  CASE=$(curl -s -u inspecteur:demo '{base}/v1/cases?purpose=woonfraude' -H 'Content-Type: application/json' \
    -d "{{\"title\":\"Overbewoning\",\"goal\":\"Klopt de bewoning?\",\"nodes\":[\"$ID\"],\"end\":\"{end}\"}}" | jq -r .id)
  curl -s -u inspecteur:demo "{base}/v1/cases/$CASE/deconfliction?purpose=woonfraude" \
    -H 'Content-Type: application/json' -d "{{\"node\":\"$ID\"}}" | jq
Or without curl, once it has stopped:
  verband dossier '{PREMISES}' --config {config} --as analist --purpose ondermijning

"#,
        users = directory.join("users.toml").display(),
        config = directory.join("verband.toml").display(),
        end = super::today().plus(30),
    )
}
