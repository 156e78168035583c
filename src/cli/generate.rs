//! `verband generate`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use indicatif::ProgressBar;

use super::print_json;
use crate::generate::{DELIVERIES_COUNT, TownOptions, generate_telling};

/// Writes a made-up municipality as deliveries, with what was planted in it beside.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  verband generate --persons 20000 --seed 7 --out town
  verband load town/*.toml --store town.redb")]
pub struct GenerateArguments {
    /// Persons in the civil registry.
    #[arg(long, default_value_t = TownOptions::default().persons)]
    persons: u32,
    /// What all draws follow from: the same seed, the same bytes.
    #[arg(long, default_value_t = TownOptions::default().seed)]
    seed: u64,
    /// Directory to write to; made if it is not there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub fn run(arguments: GenerateArguments, json: bool) -> anyhow::Result<()> {
    std::fs::create_dir_all(&arguments.out)
        .with_context(|| format!("making {}", arguments.out.display()))?;
    let options = TownOptions {
        persons: arguments.persons,
        seed: arguments.seed,
        ..TownOptions::default()
    };
    // Shown on a terminal only. Half of the time is spent before the first delivery is written.
    let bar = ProgressBar::new(DELIVERIES_COUNT as u64);
    let summary = generate_telling(&options, &arguments.out, &mut |delivery| {
        bar.set_message(delivery.title.clone());
        bar.inc(1);
    })?;
    bar.finish_and_clear();
    if json {
        return print_json(&summary);
    }
    for delivery in &summary.deliveries {
        println!(
            "{:<28} {:>8} records  {}",
            delivery.source, delivery.records, delivery.title
        );
    }
    println!(
        "{} situations planted; truth.json tells which. Load the town with:\n  verband load {}/*.toml --store town.redb",
        summary.situations.len(),
        arguments.out.display()
    );
    Ok(())
}
