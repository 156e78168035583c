//! Deliveries to statements: reads what a source says, by the rules of its source file.
//!
//! A *source file* ([`SourceFile`], TOML, `docs/MAPPING.md`) describes one delivery: its files, their format, who may
//! see what they say, and which columns become which nodes, edges and properties. [`read_delivery`] checks it against
//! the schema, reads the files record by record, and gives what each record says to a sink.
//!
//! ```text
//! formats/*  finds records      record.rs   looks up fields       intake.rs   counts, refuses, hands on
//! rules.rs   rules as spelled   compile.rs  resolves them once    apply.rs and evaluate.rs    run them on each record
//! ```
//!
//! # Invariants
//! * **Records are atomic** (`apply`): all sayings of a record reach the sink, or none and one refusal stands in the
//!   [`Report`].
//! * **Rules are resolved** (`mapping`): a rule that names what the schema does not have is an error before the first
//!   record is read.
//! * **Every record is accounted for**: read is loaded, refused or set aside, each with its reason. Files that are not
//!   read are named.
//! * **Refusals show no data**: the offending value is masked.
//! * **Memory is bounded by the mapping, not by the file**: one record at a time. JSON documents are the exception, and
//!   have a limit.
//!
//! ```
//! use std::path::Path;
//! use verband::ingest::{SourceFile, read_delivery};
//! use verband::model::Schema;
//!
//! let file = std::env::temp_dir().join(format!("meldingen-{}.csv", std::process::id()));
//! std::fs::write(&file, "nummer,tekst\n1,geluid\n,leeg\n")?;
//! let source = SourceFile::parse(
//!     r#"
//!     [source]
//!     name = "overlast"
//!     title = "Meldingen"
//!     format = "csv"
//!     files = ["meldingen.csv"]
//!     [marking]
//!     organisation = "gemeente"
//!     department = "wonen"
//!     level = "intern"
//!     [[record]]
//!     [[record.node]]
//!     as = "melding"
//!     label = "Signal"
//!     key = "signal:{nummer}"
//!     properties = { summary = "tekst" }
//!     "#,
//!     Path::new("."),
//!     Some(vec![file.clone()]),
//! )?;
//! let mut sayings = Vec::new();
//! let report = read_delivery(&source, &Schema::municipal()?, &mut |_| {}, &mut |saying| {
//!     sayings.push(saying);
//!     Ok(())
//! })?;
//! std::fs::remove_file(file)?;
//! assert_eq!(sayings.len(), 1);
//! assert_eq!(report.refusals[0].line, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What this module does not do: keep anything (the sink does), decide what two keys are one node beyond the aliases
//! that public registers state, or change a letter in silence: how a file
//! was read is told.
//!
//! # Design notes
//! * **Formats give trees or rows, and rules run on both.** A model of each register in Rust types was weighed: it finds
//!   more mistakes at compile time, and every municipality's own spreadsheet would need a new build.
//! * **A file that breaks off is an error; a record that is wrong is not.** Behind a break nothing is known, so the
//!   delivery is not what was sent. A wrong record is the sender's daily life.
//! * **Zips are entered by content, not by name.** Deliveries pass through hands and tools that rename.

mod apply;
mod builtin;
mod code_table;
mod compile;
mod convert;
mod draft;
mod error;
mod evaluate;
mod formats;
mod input;
mod intake;
mod load;
mod mapping;
mod record;
mod report;
mod rules;
mod source;
mod template;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::model::Schema;

pub use crate::store::{Said, Saying};
pub use builtin::{builtin, builtin_names};
pub use draft::draft;
pub use error::{IngestError, Place, SinkError, with_causes};
pub use load::{LoadError, Loaded, load};
pub use report::{FileReport, LISTED_MAX, NotRead, Refusal, Report, SetAside, WaitingRecord};
pub use source::SourceFile;

use input::Counting;
use intake::Intake;
use source::Format;

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the files read, as they lie on disk.
    pub bytes_read: u64,
    /// Bytes of all files.
    pub bytes_total: u64,
    /// Records found.
    pub records_read: u64,
    /// Records refused.
    pub records_refused: u64,
}

/// Checks the rules of a source against the schema that its deliveries will be read with: the base with its own laid over
/// it. What is wrong with them is better told before the first delivery comes.
///
/// # Errors
/// [`IngestError::Rule`], [`IngestError::Schema`], [`IngestError::Unreadable`].
pub fn check_rules(source: &SourceFile, base: Schema) -> Result<(), IngestError> {
    source.record_paths()?;
    compile::compile(source, &source.schema(base)?).map(drop)
}

/// Reads a whole delivery, giving what each record says to `sink` in the order of files and lines.
///
/// * `progress`: called every thousand records and at the end.
///
/// # Errors
/// [`IngestError`]; whatever the sink was given is then to be thrown away. [`IngestError::TooManyRefusals`] carries the
/// report: from the first record too many on nothing more went to the sink.
///
/// # Cost
/// Files are read twice if the delivery has no name (the first time for its digest). Memory: one record, and of a JSON
/// document its bytes.
pub fn read_delivery(
    source: &SourceFile,
    schema: &Schema,
    progress: &mut dyn FnMut(Progress),
    sink: &mut dyn FnMut(Saying) -> Result<(), SinkError>,
) -> Result<Report, IngestError> {
    let mapping = compile::compile(source, schema)?;
    let record_paths = source.record_paths()?;
    let files = source.files()?;
    let mut bytes_total = 0;
    for path in &files {
        let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, error))?;
        bytes_total += metadata.len();
    }
    let report = Report {
        source: source.name().to_owned(),
        title: source.title().to_owned(),
        delivery: source.delivery_name()?,
        ..Report::default()
    };
    let refusals_max = source.toml.limits.refusals_max;
    let mut intake = Intake::new(&mapping, report, refusals_max, progress, sink, bytes_total);
    for (path, name) in files.iter().zip(short_names(&files)) {
        read_file(source, &record_paths, path, &name, &mut intake)?;
    }
    intake.finish()
}

fn read_file(
    source: &SourceFile,
    record_paths: &[record::Path],
    path: &Path,
    name: &str,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    let input = Counting::new(file, intake.bytes_read());
    let csv = source.toml.csv;
    let format = source.toml.source.format;
    // Files that hold others begin those, not themselves.
    if !matches!(format, Format::BagExtract | Format::Excel) {
        intake.begin_file(name)?;
    }
    match format {
        Format::Csv => formats::csv::read(input, name, csv, intake),
        Format::Lo3Csv => formats::lo3::read(input, name, csv, intake),
        Format::Neo4jCsv => formats::neo4j::read(input, name, csv, intake),
        Format::Json => formats::json::read(input, name, record_paths, intake),
        Format::JsonLines => formats::json_lines::read(input, name, intake),
        Format::FollowTheMoney => formats::follow_the_money::read(input, name, intake),
        Format::Graphml => formats::graphml::read(input, name, intake),
        Format::Gml => formats::gml::read(input, name, intake),
        Format::Excel => formats::excel::read(input, name, intake),
        Format::Parquet => formats::parquet::read(path, name, intake),
        Format::BagExtract => formats::bag_extract::read(input, name, intake),
    }
}

/// Names of the files without their directories, where that still tells them apart. Reports and provenance are shown to
/// people who need not know where the files lay.
fn short_names(files: &[PathBuf]) -> Vec<String> {
    let short = |path: &Path| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let mut counts: HashMap<String, usize> = HashMap::new();
    for path in files {
        *counts.entry(short(path)).or_default() += 1;
    }
    files
        .iter()
        .map(|path| {
            let name = short(path);
            match counts.get(&name) {
                Some(1) => name,
                Some(_) | None => path.display().to_string(),
            }
        })
        .collect()
}

fn unreadable(path: &Path, source: std::io::Error) -> IngestError {
    IngestError::Unreadable {
        place: Place::file(&path.display().to_string()),
        source,
    }
}
