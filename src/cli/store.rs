//! `verband store`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::load::fallen;
use super::print_json;
use super::progress::RowCount;
use super::purge::{self, PurgeArguments};
use super::quality;
use crate::model::DeliveryKind;
use crate::store::{Checked, Store, StoreError, backup, check, restore};

/// Looks after a store file: what is in it, whether it is whole, backups.
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
    /// Proves a store whole: every page by its checksum, every statement by its digest, the graph by building it anew.
    ///
    /// Needs the store for itself. While a server has it, check a backup: `verband store backup` reads it beside the server.
    #[command(after_help = "Example:\n  verband store check town.redb")]
    Check {
        /// The store.
        store: PathBuf,
    },
    /// Writes the newest revision to a new file, also while a server has the store. A copy made with `cp` may be half.
    #[command(
        after_help = "Example:\n  verband store backup town.redb /backups/town-2026-11-25.redb"
    )]
    Backup {
        /// The store.
        store: PathBuf,
        /// The backup; must not be there yet. Whoever can read it can read everything: keep it as the store itself.
        to: PathBuf,
    },
    /// Takes a delivery back: what it alone said does not stand any more, what it took the place of stands again.
    ///
    /// Nothing is removed: that it was said is kept, as is when it was taken back. `verband store deliveries` tells the names.
    #[command(after_help = "Example:\n  verband store withdraw town.redb kvk-2026-11")]
    Withdraw {
        /// The store.
        store: PathBuf,
        /// Name of the delivery.
        delivery: String,
    },
    Purge(PurgeArguments),
    /// Lists what was taken out by `verband store purge`: when, how much, by which reasons, with its digest.
    #[command(after_help = "Example:\n  verband store purges town.redb --json")]
    Purges {
        /// The store.
        store: PathBuf,
    },
    /// Checks a backup and writes it to a new store file.
    #[command(
        after_help = "Example:\n  verband store restore /backups/town-2026-11-25.redb town.redb"
    )]
    Restore {
        /// The backup.
        backup: PathBuf,
        /// The store; must not be there yet.
        to: PathBuf,
    },
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
                    "{}  {}  {} ({})",
                    delivery.loaded_at,
                    delivery.source,
                    delivery.name,
                    match delivery.kind {
                        DeliveryKind::Addition => format!("{} files", delivery.files.len()),
                        kind @ (DeliveryKind::Full
                        | DeliveryKind::Delta
                        | DeliveryKind::Correction) => {
                            format!("{}, {} files", kind.name(), delivery.files.len())
                        }
                        DeliveryKind::Withdrawal => "taken back".to_owned(),
                    }
                );
            }
            Ok(())
        }
        StoreCommand::Withdraw { store, delivery } => {
            let opened = Store::open(&store).context("opening the store")?;
            let now = jiff::Timestamp::now();
            let now = now.round(jiff::Unit::Second).unwrap_or(now).to_string();
            let summary = opened.withdraw(&delivery, None, &now)?;
            if json {
                return print_json(&summary);
            }
            println!(
                "{delivery} is taken back{}. The store has {} nodes and {} edges.",
                fallen(&summary),
                summary.nodes,
                summary.edges
            );
            Ok(())
        }
        StoreCommand::Quality { store, source } => {
            let opened = Store::open(&store).context("opening the store")?;
            let sources = quality::quality(opened.deliveries()?, source.as_deref());
            if sources.is_empty() {
                match source {
                    Some(source) => bail!("no delivery of a source `{source}` is in the store"),
                    None => bail!("the store has no deliveries"),
                }
            }
            if json {
                return print_json(&sources);
            }
            print!("{}", quality::describe(&sources));
            Ok(())
        }
        StoreCommand::Check { store } => {
            let checked = check(&store).map_err(|error| match error {
                StoreError::InUse(_) => anyhow::Error::from(error).context(
                    "a store is checked while no server has it; check a backup of it instead",
                ),
                other => anyhow::Error::from(other).context("checking the store"),
            })?;
            if json {
                print_json(&checked)?;
            } else {
                print!("{}", describe(&checked));
            }
            if checked.is_whole() {
                return Ok(());
            }
            bail!(
                "the store `{}` is not whole: put it aside and restore a backup (`verband store restore`)",
                store.display()
            )
        }
        StoreCommand::Purge(arguments) => purge::run(&arguments, json),
        StoreCommand::Purges { store } => purge::list(&store, json),
        StoreCommand::Backup { store, to } => {
            let bar = RowCount::new("writing the backup");
            let written = backup(&store, &to, &mut |rows| bar.show(rows))?;
            bar.done();
            if json {
                return print_json(&written);
            }
            println!(
                "{}: {} rows, {} bytes",
                to.display(),
                written.rows,
                written.bytes
            );
            Ok(())
        }
        StoreCommand::Restore { backup, to } => {
            let bar = RowCount::new("writing the store");
            let (checked, written) = restore(&backup, &to, &mut |rows| bar.show(rows))?;
            bar.done();
            if json {
                return print_json(&written);
            }
            print!("{}", describe(&checked));
            println!("{}: restored, {} rows", to.display(), written.rows);
            Ok(())
        }
    }
}

fn describe(checked: &Checked) -> String {
    let mut text = format!(
        "{} deliveries, {} statements about nodes, {} about edges, {} entries of the index of names, {} records\n",
        checked.deliveries,
        checked.node_statements,
        checked.edge_statements,
        checked.index_entries,
        checked.records,
    );
    for finding in &checked.findings {
        text.push_str(&format!("  wrong: {finding}\n"));
    }
    let told = checked.findings.len() as u64;
    if checked.finding_count > told {
        text.push_str(&format!("  and {} more\n", checked.finding_count - told));
    }
    if checked.is_whole() {
        text.push_str("The store is whole.\n");
    }
    text
}
