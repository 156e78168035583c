//! `verband store`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::print_json;
use crate::model::{Delivery, DeliveryOutcome};
use crate::store::Store;

/// Tells what is in a store file.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Lists the deliveries in a store, oldest first.
    #[command(after_help = "Example:\n  verband store deliveries town.redb")]
    Deliveries {
        /// The store.
        store: PathBuf,
    },
    /// Tells per source how its deliveries went, oldest first: read, refused, new, waiting.
    #[command(after_help = "Example:\n  verband store quality town.redb --source kvk")]
    Quality {
        /// The store.
        store: PathBuf,
        /// Only this source.
        #[arg(long, value_name = "NAME")]
        source: Option<String>,
    },
}

/// How one delivery of a source went.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct QualityLine {
    loaded_at: String,
    delivery: String,
    #[serde(flatten)]
    outcome: Option<DeliveryOutcome>,
    /// Refused per thousand records read.
    refused_per_thousand: Option<f64>,
}

fn quality(deliveries: Vec<Delivery>, only: Option<&str>) -> BTreeMap<String, Vec<QualityLine>> {
    let mut sources: BTreeMap<String, Vec<QualityLine>> = BTreeMap::new();
    for delivery in deliveries {
        if only.is_some_and(|only| only != delivery.source) {
            continue;
        }
        let share = |outcome: DeliveryOutcome| {
            let share = outcome.records_refused as f64 * 1000.0 / outcome.records_read as f64;
            (outcome.records_read > 0).then_some(share)
        };
        sources
            .entry(delivery.source)
            .or_default()
            .push(QualityLine {
                loaded_at: delivery.loaded_at,
                delivery: delivery.name,
                outcome: delivery.outcome,
                refused_per_thousand: delivery.outcome.and_then(share),
            });
    }
    sources
}

fn describe(sources: &BTreeMap<String, Vec<QualityLine>>) -> String {
    let mut text = String::new();
    for (source, lines) in sources {
        text.push_str(source);
        text.push('\n');
        for line in lines {
            let told = match (line.outcome, line.refused_per_thousand) {
                (None, _) => "not counted when it was loaded".to_owned(),
                (Some(outcome), share) => format!(
                    "{} read, {} refused ({:.1} per thousand), {} set aside; {} statements new, {} stood already; \
                     {} edges wait",
                    outcome.records_read,
                    outcome.records_refused,
                    share.unwrap_or(0.0),
                    outcome.records_set_aside,
                    outcome.statements_added,
                    outcome.statements_unchanged,
                    outcome.edges_waiting
                ),
            };
            text.push_str(&format!(
                "  {}  {}: {told}\n",
                line.loaded_at, line.delivery
            ));
        }
    }
    text
}

pub fn run(command: StoreCommand, json: bool) -> anyhow::Result<()> {
    match command {
        StoreCommand::Deliveries { store } => {
            let opened = Store::open(&store).context("opening the store")?;
            let deliveries = opened.deliveries()?;
            if json {
                return print_json(&deliveries);
            }
            for delivery in deliveries {
                println!(
                    "{}  {}  {} ({} files)",
                    delivery.loaded_at,
                    delivery.source,
                    delivery.name,
                    delivery.files.len()
                );
            }
            Ok(())
        }
        StoreCommand::Quality { store, source } => {
            let opened = Store::open(&store).context("opening the store")?;
            let sources = quality(opened.deliveries()?, source.as_deref());
            if sources.is_empty() {
                match source {
                    Some(source) => bail!("no delivery of a source `{source}` is in the store"),
                    None => bail!("the store has no deliveries"),
                }
            }
            if json {
                return print_json(&sources);
            }
            print!("{}", describe(&sources));
            Ok(())
        }
    }
}
