//! `verband store`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;

use super::print_json;
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
    }
}
