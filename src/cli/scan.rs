//! `verband scan` and `verband flags`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::pattern::read_pattern;
use super::progress::ScanBar;
use super::read::ReadArguments;
use super::serve::open;
use super::{print_json, text};
use crate::config::Config;
use crate::engine::{Engine, ScanDone, ScanRequest};
use crate::flag::{FlagRequest, PatternDifference, SettingDifference};
use crate::model::{Day, NodeId};
use crate::scan::run::Progress;

/// Over what patterns are run, and with which thresholds.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Settings file, as for `serve`.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Day to look at, such as 2024-05-01 [default: today].
    #[arg(long, value_name = "DAY")]
    pub as_of: Option<Day>,
    /// A value in place of a default, as `pattern.parameter=value`; may be given more than once.
    #[arg(long = "set", value_name = "VALUE")]
    pub values: Vec<String>,
}

/// Runs patterns under a mandate, and keeps what they find as flags.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  verband scan --as ondermijning --config verband.toml
  verband scan overbewoning --as ondermijning --set overbewoning.m2_per_person=10 --dry-run --config verband.toml
  verband scan --draft overbewoning.cypher --as ondermijning --config verband.toml")]
pub struct ScanArguments {
    /// Names of patterns [default: all of the mandate that are in use].
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,
    /// The mandate that the scan is made under.
    #[arg(long = "as", value_name = "MANDATE")]
    mandate: String,
    #[command(flatten)]
    run: RunArguments,
    /// A pattern file that is not in use yet; what it finds is told beside what stands, and nothing is kept.
    #[arg(long = "draft", value_name = "FILE")]
    drafts: Vec<PathBuf>,
    /// Keeps nothing: tells what would be raised, kept and ended.
    #[arg(long)]
    dry_run: bool,
    /// Looks everywhere; without it, where nothing changed since the run before on the same day, what that found stands.
    #[arg(long)]
    whole: bool,
}

pub fn run(arguments: ScanArguments, json: bool) -> anyhow::Result<()> {
    let config = Config::read(&arguments.run.config)?;
    let engine = open(&config)?.engine;
    let mut drafts = Vec::new();
    for file in &arguments.drafts {
        drafts.push(Arc::new(read_pattern(file, &engine.schema())?));
    }
    let request = ScanRequest {
        mandate: arguments.mandate,
        patterns: arguments.patterns,
        drafts,
        parameters: parameters(&arguments.run.values)?,
        as_of: arguments.run.as_of,
        dry_run: arguments.dry_run,
        whole: arguments.whole,
        ..ScanRequest::default()
    };
    let done = with_bar(&engine, &request)?;
    if json {
        let differences = done.run.dry_run.then_some(&done.differences);
        return print_json(&json!({ "run": done.run, "differences": differences }));
    }
    print!("{}", report(&done));
    Ok(())
}

/// Scans with a bar.
pub fn with_bar(engine: &Arc<Engine>, request: &ScanRequest) -> anyhow::Result<ScanDone> {
    Ok(with_progress(|progress| {
        engine.scan(request, "command line", progress)
    })??)
}

/// Does work with a bar.
pub fn with_progress<T: Send>(work: impl FnOnce(&Arc<Progress>) -> T + Send) -> anyhow::Result<T> {
    let progress = Arc::new(Progress::default());
    let bar = ScanBar::new();
    let done = std::thread::scope(|scope| {
        let work = scope.spawn(|| work(&progress));
        while !work.is_finished() {
            bar.show(
                progress.done.load(Ordering::Relaxed),
                progress.total.load(Ordering::Relaxed),
            );
            std::thread::park_timeout(Duration::from_millis(50));
        }
        work.join()
    });
    bar.done();
    match done {
        Ok(done) => Ok(done),
        Err(_) => bail!("the scan ended in a fault of the program"),
    }
}

/// Values of parameters by pattern, as they are given on the command line.
pub fn parameters(values: &[String]) -> anyhow::Result<BTreeMap<String, BTreeMap<String, i64>>> {
    let mut parameters: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for value in values {
        let parts = value
            .split_once('=')
            .and_then(|(name, value)| Some((name.split_once('.')?, value.parse().ok()?)));
        let ((pattern, name), number) = parts
            .with_context(|| format!("`--set {value}`: write `pattern.parameter=whole number`"))?;
        let of_pattern = parameters.entry(pattern.to_owned()).or_default();
        of_pattern.insert(name.to_owned(), number);
    }
    Ok(parameters)
}

/// A scan as text for people.
pub fn report(done: &ScanDone) -> String {
    let run = &done.run;
    let mut out = format!(
        "Scan {} onder mandaat {}, doel {}, op {}: {}\n",
        run.id,
        run.mandate,
        run.purpose,
        run.as_of,
        match run.state {
            crate::flag::RunState::Done => "klaar",
            crate::flag::RunState::Incomplete => "niet volledig",
            crate::flag::RunState::Cancelled => "gestopt",
            crate::flag::RunState::Failed => "mislukt",
            crate::flag::RunState::Running => "bezig",
        }
    );
    for pattern in &run.patterns {
        out.push_str(&format!("  {:<28} ", pattern.pattern));
        if let Some(why) = &pattern.incomplete {
            out.push_str(&format!("telt niet mee: {why}\n"));
            continue;
        }
        match done
            .differences
            .get(&pattern.pattern)
            .filter(|_| run.dry_run)
        {
            Some(told) => out.push_str(&format!(
                "{:>4} gevonden: {} erbij, {} weg, {} anders, {} gelijk\n",
                pattern.matches,
                told.added.len(),
                told.removed.len(),
                told.changed.len(),
                told.same
            )),
            None => out.push_str(&format!(
                "{:>4} gevonden: {} nieuw, {} opnieuw, {} stond al, {} vervallen\n",
                pattern.matches, pattern.raised, pattern.again, pattern.kept, pattern.ended
            )),
        }
        for subject in done
            .differences
            .get(&pattern.pattern)
            .filter(|_| run.dry_run)
            .into_iter()
            .flat_map(|told| marks(&told.added, '+').chain(marks(&told.removed, '-')))
        {
            out.push_str(&subject);
        }
    }
    if run.dry_run {
        out.push_str("Proef: er is niets bewaard.\n");
    }
    out
}

/// How two scans differ, as text for people.
fn differences(told: &[PatternDifference]) -> String {
    let mut out = String::new();
    for one in told {
        out.push_str(&format!("{:<28} ", one.pattern));
        match &one.incomplete {
            Some(why) => out.push_str(&format!("niet te vergelijken: {why}\n")),
            None => {
                out.push_str(&format!(
                    "{:>4} erbij, {} weg, {} in beide",
                    one.added.len(),
                    one.removed.len(),
                    one.both
                ));
                if one.unknown > 0 {
                    out.push_str(&format!(", {} niet meer na te gaan", one.unknown));
                }
                let settings = one.setting.iter().map(|setting| match setting {
                    SettingDifference::Pattern => "ander patroon",
                    SettingDifference::Parameters => "andere drempels",
                    SettingDifference::AsOf => "andere dag",
                    SettingDifference::Policy => "ander beleid",
                });
                let settings: Vec<&str> = settings.collect();
                if !settings.is_empty() {
                    out.push_str(&format!(" ({})", settings.join(", ")));
                }
                out.push('\n');
                let flags = |ids: &[String], mark: char| -> String {
                    ids.iter()
                        .map(|id| format!("      {mark} {id}\n"))
                        .collect()
                };
                out.push_str(&flags(&one.added, '+'));
                out.push_str(&flags(&one.removed, '-'));
            }
        }
    }
    out.push_str("Markeringen waarvan de bewaartermijn om is, tellen niet meer mee.\n");
    out
}

fn marks(subjects: &[NodeId], mark: char) -> impl Iterator<Item = String> {
    subjects
        .iter()
        .map(move |id| format!("      {mark} {id}\n"))
}

/// Reads flags, and tells how patterns do.
#[derive(Debug, Subcommand)]
pub enum FlagsCommand {
    /// Lists the flags that an identity may see.
    #[command(
        after_help = "Example:\n  verband flags list --config verband.toml --as analist --purpose ondermijning"
    )]
    List {
        /// Only of this pattern.
        #[arg(long)]
        pattern: Option<String>,
        /// Only in this state: open, useful, not-useful, wrong-data.
        #[arg(long)]
        state: Option<String>,
        #[command(flatten)]
        read: ReadArguments,
    },
    /// Shows a flag with everything that it rests on.
    Show {
        /// Identifier of the flag.
        id: String,
        #[command(flatten)]
        read: ReadArguments,
    },
    /// Tells of a mandate's patterns how their flags were judged, and how they spread over districts.
    #[command(
        after_help = "Example:\n  verband flags report --mandate ondermijning --config verband.toml"
    )]
    Report {
        /// The mandate.
        #[arg(long)]
        mandate: String,
        /// Settings file, as for `serve`.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Tells which flags only one of two scans of a mandate found, and what differs in how they were run.
    #[command(
        after_help = "Example (identifiers stand in `verband flags scans`):\n  verband flags compare 20261101t080000000000 20261102t080000000000 --config verband.toml"
    )]
    Compare {
        /// One scan.
        one: String,
        /// The other.
        other: String,
        /// Settings file, as for `serve`.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Lists the scans that were made, newest first.
    Scans {
        /// Settings file, as for `serve`.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

pub fn flags(command: FlagsCommand, json: bool) -> anyhow::Result<()> {
    match command {
        FlagsCommand::List {
            pattern,
            state,
            read,
        } => {
            let mut all = Vec::new();
            let mut after = None;
            loop {
                let request = FlagRequest {
                    pattern: pattern.clone(),
                    state: state.clone(),
                    limit: Some(crate::flag::PAGE_MAX),
                    after,
                    ..FlagRequest::default()
                };
                let answer =
                    read.read_flags("flags", |session, desk| desk.list(session, &request))?;
                all.extend(answer.body.flags);
                after = answer.body.next;
                if after.is_none() {
                    break;
                }
            }
            if json {
                return print_json(&all);
            }
            print!("{}", text::flags(&all));
            Ok(())
        }
        FlagsCommand::Show { id, read } => {
            let answer = read.read_flags("flag", |session, desk| desk.flag(session, &id))?;
            if json {
                return print_json(&answer);
            }
            print!("{}", text::flag(&answer.body));
            Ok(())
        }
        FlagsCommand::Report { mandate, config } => {
            let engine = open(&Config::read(&config)?)?.engine;
            let report = engine.flag_report(&mandate)??;
            if json {
                return print_json(&report);
            }
            print!("{}", text::mandate_report(&report));
            Ok(())
        }
        FlagsCommand::Compare { one, other, config } => {
            let engine = open(&Config::read(&config)?)?.engine;
            let told = engine.compare_scans(&one, &other)??;
            if json {
                return print_json(&told);
            }
            print!("{}", differences(&told));
            Ok(())
        }
        FlagsCommand::Scans { config } => {
            let engine = open(&Config::read(&config)?)?.engine;
            let runs = engine.scan_runs()?;
            if json {
                return print_json(&runs);
            }
            for run in runs.iter().rev() {
                let raised: usize = run.patterns.iter().map(|one| one.raised).sum();
                println!(
                    "{}  {:<20} {}  door {}: {} patronen, {raised} nieuwe markeringen",
                    run.id,
                    run.mandate,
                    run.as_of,
                    run.by,
                    run.patterns.len()
                );
            }
            Ok(())
        }
    }
}
