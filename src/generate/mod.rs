//! Makes a town that does not exist: Verbanddam, with everything its registers and departments would deliver.
//!
//! `verband generate --persons N --seed S --out DIR` writes data files, a source file for each delivery (see
//! `docs/MAPPING.md`) and `truth.json`, which tells what was planted. The demo, the tests and the benches live on it.
//!
//! What holds:
//! * The same persons, seed and day give the same bytes, on every machine and with every release of `rand`.
//! * No person, company or address is real. A BSN is always of the test range `9999xxxxx`. Only some 9,090 numbers of
//!   that range pass the 11-test: that many persons get one (the planted first, then residents, household by household in
//!   a drawn order), the others have an A-number only. Relatives are linked by BSN, as in the BRP, so whoever has none
//!   has no partner, parent or child in the graph. There is no RSIN: it shares its numbers with the BSN.
//! * Every person, company and address that a delivery names is in the delivery of its register.
//! * Nothing planted can be told by a name, and nothing else in the town looks like what was planted, but for the near
//!   misses that were planted beside it.
//!
//! What it does not do: it does not model the Netherlands. Shares and ages are plausible, no more; no conclusion about
//! people can be drawn from them, and no detection rate measured here says what it would be elsewhere.
//!
//! ```
//! # use verband::generate::{TownOptions, generate};
//! # let directory = std::env::temp_dir().join(format!("verband-town-{}", std::process::id()));
//! # std::fs::create_dir_all(&directory)?;
//! let options = TownOptions { persons: 200, ..TownOptions::default() };
//! let summary = generate(&options, &directory)?;
//! assert_eq!(summary.deliveries.iter().find(|delivery| delivery.source == "brp.toml").map(|brp| brp.records), Some(200));
//! # std::fs::remove_dir_all(&directory)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Design notes
//! A stage has a stream of draws of its own (`chance`), so that a change to one delivery leaves the others as they
//! were. A dwelling is filled from today backwards (`moves`), which keeps two households from ever sharing one by chance.

mod affairs;
mod arena;
mod brp;
mod calendar;
mod chance;
mod companies;
mod departments;
mod evidence;
mod ground;
mod kinship;
mod moves;
mod names;
mod numbers;
mod ownership;
mod people;
mod permits;
mod places;
mod premises;
mod registers;
mod reports;
mod scenes;
mod sheet;
mod signals;
mod situations;
#[cfg(test)]
mod tests;
mod town;
mod truth;

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Serialize;

pub use brp::{BRP_SOURCE, brp_source};
pub use truth::Situation;

use calendar::Day;
use chance::{Chance, Stage};
use companies::Census;
use departments::DEPARTMENTS;
use town::Town;

/// The fewest persons: with fewer the planted situations would be most of the town.
pub const PERSONS_MIN: u32 = 100;

/// The most persons: with more, postcodes and licence plates would run out.
pub const PERSONS_MAX: u32 = 2_000_000;

/// How many deliveries a town is written in.
pub const DELIVERIES_COUNT: usize = 14;

/// How many dwellings are built beyond what the shares say: those of the planted situations, and some for small
/// towns, where chance weighs more than shares.
const DWELLINGS_SPARE: usize = 36;

/// The source files of the registers; those of the departments are made by `reports`.
const BAG_SOURCE: &str = include_str!("sources/bag.toml");
const COMPANIES_SOURCE: &str = include_str!("sources/kvk.toml");
const OFFICERS_SOURCE: &str = include_str!("sources/kvk-functionarissen.toml");
const TITLES_SOURCE: &str = include_str!("sources/brk.toml");
const PERMITS_SOURCE: &str = include_str!("sources/vergunningen.toml");
const VEHICLES_SOURCE: &str = include_str!("sources/voertuigen.toml");

/// What town to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TownOptions {
    /// How many persons the BRP has, those who died or left included; [`PERSONS_MIN`] to [`PERSONS_MAX`].
    pub persons: u32,
    /// What all draws follow from.
    pub seed: u64,
    /// The day on which the deliveries are made: nothing in them is later, but the end of a permit.
    pub as_of: Date,
}

impl Default for TownOptions {
    /// A middling town on the day the demo is set.
    fn default() -> Self {
        Self {
            persons: 11_000,
            seed: 1,
            as_of: jiff::civil::date(2026, 11, 1),
        }
    }
}

/// A delivery that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliverySummary {
    /// The name of its source file, beside its data file.
    pub source: String,
    /// Its title, in Dutch.
    pub title: String,
    /// How many records it has.
    pub records: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TownSummary {
    /// How many persons the BRP has.
    pub persons: u32,
    /// The seed.
    pub seed: u64,
    /// The day of the deliveries, `2026-11-01`.
    pub as_of: String,
    /// The deliveries, in the order in which they are best loaded: addresses first.
    pub deliveries: Vec<DeliverySummary>,
    /// What was planted, as in `truth.json`.
    pub situations: Vec<Situation>,
}

/// Why no town was made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// Fewer or more persons than a town may have.
    #[error("a town of {asked} persons asked, from {PERSONS_MIN} to {PERSONS_MAX} can be made")]
    Persons {
        /// How many were asked.
        asked: u32,
    },
    /// A day too early or late to reckon back from.
    #[error("the day `{asked}` is not between 1990 and 2200")]
    AsOf {
        /// The day that was asked.
        asked: Date,
    },
    /// A file could not be written.
    #[error("`{path}` could not be written")]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The generator broke an invariant of its own.
    #[error("the town does not hold together: {0}")]
    Inconsistent(&'static str),
}

/// Makes a town and writes its deliveries into `directory`, which must exist.
///
/// Files that stand there under the same names are replaced; others are left alone.
///
/// # Errors
/// [`GenerateError::Persons`] and [`GenerateError::AsOf`] if the options are out of bounds, before anything is written;
/// [`GenerateError::Write`] if a file cannot be written: what was written until then stays.
///
/// # Cost
/// Time and space O(persons): some 0.9 kB of memory and of files a person; a town of 11,000 takes a fraction of a second.
pub fn generate(options: &TownOptions, directory: &Path) -> Result<TownSummary, GenerateError> {
    generate_telling(options, directory, &mut |_| {})
}

/// Does what [`generate`] does, and tells each delivery when it is written.
///
/// # Errors
/// As [`generate`].
pub fn generate_telling(
    options: &TownOptions,
    directory: &Path,
    tell: &mut dyn FnMut(&DeliverySummary),
) -> Result<TownSummary, GenerateError> {
    let town = build(options)?;
    let deliveries = write_deliveries(&town, directory, tell)?;
    let summary = TownSummary {
        persons: options.persons,
        seed: options.seed,
        as_of: town.as_of.iso(),
        deliveries,
        situations: town.situations,
    };
    let truth = serde_json::to_string_pretty(&summary).map_err(|failure| GenerateError::Write {
        path: directory.join("truth.json"),
        source: failure.into(),
    })?;
    write_text(directory, "truth.json", &format!("{truth}\n"))?;
    Ok(summary)
}

/// Makes the town.
fn build(options: &TownOptions) -> Result<Town, GenerateError> {
    let TownOptions {
        persons,
        seed,
        as_of,
    } = *options;
    if !(PERSONS_MIN..=PERSONS_MAX).contains(&persons) {
        return Err(GenerateError::Persons { asked: persons });
    }
    if !(1990..=2200).contains(&as_of.year()) {
        return Err(GenerateError::AsOf { asked: as_of });
    }
    let mut town = Town::new(Day::from_date(as_of));
    let stage = |stage| Chance::new(seed, stage);
    let copies = scenes::copies(persons);
    let households = people::make(
        &mut town,
        &mut stage(Stage::People),
        persons - situations::CAST_PERSONS - scenes::persons_of(copies),
    )?;
    let gone = households
        .iter()
        .filter(|household| household.gone.is_some())
        .count();
    // Three in a hundred stand empty. Those who left mostly had a dwelling that others have now; one in eight had not.
    let dwellings = (households.len() - gone) * 103 / 100
        + gone / 8
        + DWELLINGS_SPARE
        + scenes::dwellings_of(copies);
    let sites = premises::build(&mut town, &mut stage(Stage::Premises), dwellings)?;
    let cast = situations::plant(&mut town, &mut stage(Stage::Situations), &sites)?;
    let mut scenes = scenes::settle(&mut town, &mut stage(Stage::SceneHomes), copies)?;
    let mut planted_first = cast.everyone.clone();
    planted_first.extend(&scenes.everyone);
    if town.people.len() != persons {
        return Err(GenerateError::Inconsistent(
            "more or fewer persons than were asked",
        ));
    }
    moves::settle(&mut town, &mut stage(Stage::Moves), &households)?;
    people::number(
        &mut town,
        &mut stage(Stage::Numbers),
        seed,
        &planted_first,
        &households,
    )?;
    let mut census = Census { adults: Vec::new() };
    for adult in households.iter().flat_map(|household| &household.adults) {
        if town.people.at(*adult)?.departure.is_none() {
            census.adults.push(*adult);
        }
    }
    let mut planting = Chance::new(seed.wrapping_add(1), Stage::Situations);
    let pillars = companies::make(&mut town, &mut stage(Stage::Companies), &census, &sites)?;
    let landlord_owns = ownership::make(
        &mut town,
        &mut stage(Stage::Ownership),
        &census,
        &pillars,
        cast.landlord,
    )?;
    permits::make(&mut town, &mut stage(Stage::Permits), &census)?;
    permits::make_vehicles(&mut town, &mut stage(Stage::Vehicles), &census)?;
    signals::make(
        &mut town,
        &mut stage(Stage::Signals),
        &census,
        households.len(),
    )?;
    let mut planted = affairs::plant_companies(&mut town, &mut planting, &census, &sites, &cast)?;
    affairs::plant_titles(
        &mut town,
        &mut planting,
        &sites,
        &cast,
        &pillars,
        &mut planted,
        landlord_owns,
    )?;
    affairs::plant_traces(&mut town, &mut planting, &sites, &cast, &mut planted)?;
    let around = scenes::Surroundings {
        census: &census,
        sites: &sites,
        pillars: &pillars,
    };
    scenes::act(
        &mut town,
        &mut stage(Stage::SceneAffairs),
        &around,
        &mut scenes,
    )?;
    signals::number(&mut town);
    town.situations = evidence::truth(&town, &sites, &cast, &planted)?;
    town.situations.extend(scenes::truth(&town, &scenes)?);
    Ok(town)
}

fn write_deliveries(
    town: &Town,
    directory: &Path,
    tell: &mut dyn FnMut(&DeliverySummary),
) -> Result<Vec<DeliverySummary>, GenerateError> {
    let day = town.as_of.iso();
    let mut deliveries = Vec::new();
    let mut deliver = |name: &str, title: &str, source: &str, records: u64| {
        let source_name = format!("{name}.toml");
        write_text(directory, &source_name, &source.replace("@DELIVERY@", &day))?;
        let delivery = DeliverySummary {
            source: source_name,
            title: title.to_owned(),
            records,
        };
        tell(&delivery);
        deliveries.push(delivery);
        Ok::<(), GenerateError>(())
    };
    let records = registers::write_bag(town, directory)?;
    deliver(
        "bag",
        "Basisregistratie Adressen en Gebouwen",
        BAG_SOURCE,
        records,
    )?;
    let records = brp::write(town, directory)?;
    deliver(
        "brp",
        "Basisregistratie Personen",
        &brp_source("brp.jsonl", &day),
        records,
    )?;
    let records = registers::write_companies(town, directory)?;
    deliver("kvk", "Handelsregister", COMPANIES_SOURCE, records)?;
    let records = registers::write_officers(town, directory)?;
    deliver(
        "kvk-functionarissen",
        "Handelsregister: functionarissen",
        OFFICERS_SOURCE,
        records,
    )?;
    let records = registers::write_titles(town, directory)?;
    deliver("brk", "Basisregistratie Kadaster", TITLES_SOURCE, records)?;
    let records = registers::write_permits(town, directory)?;
    deliver("vergunningen", "Vergunningen", PERMITS_SOURCE, records)?;
    for (position, department) in DEPARTMENTS.iter().enumerate() {
        let records = reports::write_signals(town, directory, position)?;
        deliver(
            department.name,
            department.title,
            &reports::source_text(department),
            records,
        )?;
    }
    let records = registers::write_vehicles(town, directory)?;
    deliver("voertuigen", "Kentekenregister", VEHICLES_SOURCE, records)?;
    Ok(deliveries)
}

fn write_text(directory: &Path, name: &str, text: &str) -> Result<(), GenerateError> {
    let path = directory.join(name);
    std::fs::write(&path, text).map_err(|source| GenerateError::Write { path, source })
}
