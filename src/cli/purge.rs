//! `verband store purge`: what may not be kept any longer.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::progress::RowCount;
use super::serve::open;
use super::{print_json, today};
use crate::config::Config;
use crate::engine::RetentionReport;
use crate::model::Day;
use crate::store::{PurgeReason, Store, rewrite};

/// Tells what is not kept any longer, by the rules of each source and the register of purposes, and takes it out with
/// `--remove`: for good, from statements, index, graph, flags, cases and reports of mistakes, and from the bytes of the
/// file.
///
/// Needs the store for itself: stop the server. Backups made before still hold what is taken out.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  verband store purge --config verband.toml                       what would go today
  verband store purge --config verband.toml --as-of 2027-01-01    what would go then
  verband store purge --config verband.toml --remove              take it out")]
pub struct PurgeArguments {
    /// Settings file, as for `serve`; its `retention` names the rules.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Day to apply the rules on [default: today].
    #[arg(long, value_name = "DAY", conflicts_with = "remove")]
    as_of: Option<Day>,
    /// Takes it out. Without this nothing changes.
    #[arg(long)]
    remove: bool,
}

pub fn run(arguments: &PurgeArguments, json: bool) -> anyhow::Result<()> {
    let config = Config::read(&arguments.config)?;
    let rules = config.retention()?;
    let state = open(&config)?;
    let day = arguments.as_of.unwrap_or_else(today);
    let mut report = state
        .engine
        .retire(&rules, day, "verband store purge", arguments.remove)
        .context("nothing was taken out")?;
    let path = state.engine.store().path().to_owned();
    drop(state);
    if arguments.remove && report.to_be_rewritten {
        let bar = RowCount::new("writing the store anew");
        rewrite(&path, &mut |rows| bar.show(rows)).context(
            "what was taken out is in no answer, and its bytes are still in the file: run this again",
        )?;
        bar.done();
        report.to_be_rewritten = false;
    }
    if json {
        return print_json(&report);
    }
    print!("{}", describe(&report));
    Ok(())
}

fn describe(report: &RetentionReport) -> String {
    let purged = &report.purged;
    let verb = match report.removed {
        true => "went",
        false => "would go",
    };
    let mut text = format!("On {}, by the rules:\n", purged.day);
    for (source, reasons) in &purged.sources {
        for (reason, count) in reasons {
            text.push_str(&format!(
                "  {source}: {count} statements {verb}: {}\n",
                why(*reason)
            ));
        }
    }
    if purged.sources.is_empty() {
        text.push_str("  no statement is past its days\n");
    }
    text.push_str(&format!(
        "With them {verb} all that was known of {} nodes and {} edges, {} names in the index, {} flags; and {} cases and {} reports of mistakes.\n",
        purged.node_count, purged.edge_count, purged.index_entries, report.flags, report.cases, report.mistakes
    ));
    let kept: u64 = purged.kept.values().sum();
    text.push_str(&format!("{kept} statements stay.\n"));
    if !purged.without_rule.is_empty() {
        text.push_str(&format!(
            "Without a rule, so that all of it stays: {}.\n",
            purged.without_rule.join(", ")
        ));
    }
    match report.removed {
        true => text.push_str(&format!(
            "Proof: {} (verband store purges). Backups made before still hold what went.\n",
            purged.digest
        )),
        false => text.push_str("Nothing was changed. Take it out with --remove.\n"),
    }
    if report.to_be_rewritten && !report.removed {
        text.push_str("A purge before this was broken off: bytes of what it took out are still in the file until --remove is run.\n");
    }
    text
}

fn why(reason: PurgeReason) -> &'static str {
    match reason {
        PurgeReason::Ended => "they ceased to hold long enough ago (ended_days)",
        PurgeReason::Fallen => "they do not stand any more, long enough (fallen_days)",
        PurgeReason::Said => "they were said last long enough ago (said_days)",
        PurgeReason::Dated => "their date is long enough ago (dated)",
        PurgeReason::AtNodeThatWent => "edges at a node of which the source says nothing any more",
    }
}

/// Lists the purges that were made.
pub fn list(store: &std::path::Path, json: bool) -> anyhow::Result<()> {
    let purges = Store::open(store).context("opening the store")?.purges()?;
    if json {
        return print_json(&purges);
    }
    if purges.is_empty() {
        println!("Nothing was taken out of this store.");
    }
    for one in purges {
        println!(
            "{}  {} statements about what was due on {}, digest {}",
            one.at,
            one.purged.statements(),
            one.purged.day,
            one.purged.digest
        );
    }
    Ok(())
}
