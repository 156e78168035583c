//! `verband load`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::deliver::{ServerArguments, deliver};
use super::print_json;
use super::progress::LoadBar;
use crate::ingest::{
    IngestError, LoadError, Loaded, Report, SourceFile, builtin, builtin_names, load,
};
use crate::model::DeliveryKind;
use crate::store::{LoadSummary, Store};

/// Loads deliveries into a store, each whole or not at all.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  verband load bag.toml brp.toml --store town.redb
  verband load --builtin bag --files 0221PND15092020.zip --store town.redb
  verband load overlast.toml --store town.redb --report refused.csv
  verband load kvk.toml --store town.redb --kind full
  VERBAND_PASSWORD=... verband load kvk.toml --server https://verband.gemeente.example --as gegevensbeheer")]
pub struct LoadArguments {
    /// Source files: each describes a delivery (see docs/MAPPING.md).
    #[arg(required_unless_present = "builtin")]
    sources: Vec<PathBuf>,
    /// A source description that is built in; `verband source show` lists them.
    #[arg(
        long,
        value_name = "NAME",
        requires = "files",
        conflicts_with = "sources"
    )]
    builtin: Option<String>,
    /// Files of the delivery, in place of those that the source file names.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    files: Option<Vec<PathBuf>>,
    /// The store; made if it is not there.
    #[arg(long, value_name = "FILE", required_unless_present = "server")]
    store: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArguments,
    /// What the delivery says of what its source said before, in place of `kind` in the source file: addition (nothing),
    /// full (this is all), delta (of these records this holds now), correction (the same; what was said was wrong).
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<DeliveryKind>,
    /// Writes what was refused, with file, line, column and reason, as CSV (or JSON if the name ends so).
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub fn run(arguments: LoadArguments, json: bool) -> anyhow::Result<()> {
    let sources = sources(&arguments)?;
    let Some(store) = &arguments.store else {
        return deliver(&arguments.server, &sources, arguments.kind, json);
    };
    let store = open_or_create(store)?;
    let mut all = Vec::new();
    for source in sources {
        let source = match arguments.kind {
            Some(kind) => source.with_kind(kind),
            None => source,
        };
        match load_one(&store, &source) {
            Ok(loaded) => {
                if let Some(path) = &arguments.report {
                    write_report(path, &loaded.report)?;
                }
                if !json {
                    print!("{}", describe(&loaded));
                }
                all.push(loaded);
            }
            Err(LoadError::Ingest(IngestError::TooManyRefusals {
                refused,
                max,
                report,
            })) => {
                if let Some(path) = &arguments.report {
                    write_report(path, &report)?;
                }
                if json {
                    print_json(&report)?;
                } else {
                    print!("{}", report.to_text());
                }
                bail!(
                    "`{}`: {refused} records refused, at most {max} allowed; nothing of this delivery was loaded. \
                     Correct the delivery, or raise `refusals_max` in its source file",
                    source.name()
                );
            }
            Err(error) => {
                return Err(anyhow::Error::from(error)
                    .context(format!("nothing of `{}` was loaded", source.name())));
            }
        }
    }
    if json {
        print_json(&all)?;
    }
    Ok(())
}

fn kind(text: &str) -> Result<DeliveryKind, String> {
    let kinds = [
        DeliveryKind::Addition,
        DeliveryKind::Full,
        DeliveryKind::Delta,
        DeliveryKind::Correction,
    ];
    let found = kinds.into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| "addition, full, delta or correction".to_owned())
}

fn sources(arguments: &LoadArguments) -> anyhow::Result<Vec<SourceFile>> {
    if let Some(name) = &arguments.builtin {
        let text = builtin(name).with_context(|| {
            let known: Vec<&str> = builtin_names().collect();
            format!(
                "no built-in source `{name}`; there are: {}",
                known.join(", ")
            )
        })?;
        return Ok(vec![SourceFile::parse(
            text,
            Path::new(""),
            arguments.files.clone(),
        )?]);
    }
    if arguments.files.is_some() && arguments.sources.len() > 1 {
        bail!("--files replaces the files of one source: name one source");
    }
    arguments
        .sources
        .iter()
        .map(|path| Ok(SourceFile::read_with(path, arguments.files.clone())?))
        .collect()
}

/// Opens a store, making it with a secret of its own if it is not there.
pub fn open_or_create(path: &Path) -> anyhow::Result<Store> {
    Store::open_or_create(path, rand::random).context("opening the store")
}

/// Loads one delivery with a bar.
pub fn load_one(store: &Store, source: &SourceFile) -> Result<Loaded, LoadError> {
    let bar = LoadBar::new(source.title());
    let now = jiff::Timestamp::now();
    let loaded_at = now.round(jiff::Unit::Second).unwrap_or(now).to_string();
    let loaded = load(store, source, &loaded_at, &mut |progress| {
        bar.show(progress)
    });
    bar.done();
    loaded
}

fn describe(loaded: &Loaded) -> String {
    let summary = &loaded.summary;
    format!(
        "{}  {} statements new, {} stood already{}; {} edges wait for a node. The store has {} nodes and {} edges.\n",
        loaded.report.to_text(),
        summary.added,
        summary.unchanged,
        fallen(summary),
        summary.waiting,
        summary.nodes,
        summary.edges
    )
}

/// What fell and rose, if anything did.
pub fn fallen(summary: &LoadSummary) -> String {
    let counts = [
        (summary.superseded, "do not stand any more"),
        (summary.restored, "stand again"),
    ];
    counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!(", {count} {what}"))
        .collect()
}

fn write_report(path: &Path, report: &Report) -> anyhow::Result<()> {
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    let text = if is_json {
        report.to_json()?
    } else {
        report.to_csv()?
    };
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}
