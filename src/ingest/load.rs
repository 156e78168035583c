//! Loads a delivery into a store: reads, checks, writes, in one transaction.

use super::report::WaitingRecord;
use super::{IngestError, Progress, Report, SourceFile, read_delivery};
use crate::model::{Delivery, DeliveryKind, DeliveryOutcome, Schema, SchemaError};
use crate::store::{LoadSummary, Saying, Store, StoreError};

/// Why a delivery was not loaded. The store is then as it was.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The delivery could not be read, or had too many refusals.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The store could not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The schema that is built in does not load. A defect of this program.
    #[error("the schema that is built in does not load: {0}")]
    Schema(#[from] SchemaError),
}

/// What came of a load.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Loaded {
    /// What was read and refused.
    pub report: Report,
    /// What changed in the store.
    pub summary: LoadSummary,
}

/// Statements that go to the store together, and how many such chunks reading may be ahead.
const CHUNK: usize = 1_000;
const CHUNKS_AHEAD: usize = 8;

/// Loads a delivery whole or not at all. `loaded_at` is the time that is noted, RFC 3339 in UTC.
///
/// # Errors
/// [`LoadError`]; nothing is loaded then. Too many refusals come with their report.
pub fn load(
    store: &Store,
    source: &SourceFile,
    loaded_at: &str,
    progress: &mut dyn FnMut(Progress),
) -> Result<Loaded, LoadError> {
    let schema = source.schema(Schema::municipal()?)?;
    let batch = store.begin_load(schema)?;
    let mut batch = batch.with_superseded_share_max(source.superseded_share_max());
    let schema = batch.schema().clone();
    let (read, written) = std::thread::scope(|scope| {
        let (sender, receiver) = std::sync::mpsc::sync_channel::<Vec<Saying>>(CHUNKS_AHEAD);
        // Reading and writing take about as long: they go on beside each other, in the order of the files.
        let writer = scope.spawn(move || {
            for chunk in receiver {
                for saying in chunk {
                    batch.add(&saying)?;
                }
            }
            Ok::<_, StoreError>(batch)
        });
        let mut chunk = Vec::with_capacity(CHUNK);
        let send = |chunk: Vec<Saying>| {
            sender
                .send(chunk)
                .map_err(|_| "the store stopped taking statements".into())
        };
        let read = read_delivery(source, &schema, progress, &mut |saying| {
            chunk.push(saying);
            if chunk.len() < CHUNK {
                return Ok(());
            }
            send(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK)))
        });
        // Where the store stopped, it says why itself.
        drop(send(chunk));
        drop(sender);
        (read, writer.join())
    });
    // A sink can only fail with a boxed error: the store's own goes before it, so that it is told as what it is.
    let batch = written.map_err(|_| StoreError::Fault("writing a delivery"))??;
    let mut report = read?;
    if !source.names_delivery() {
        report.delivery = store.secret().delivery(&report.delivery);
    }
    // What a refused record says is not known to hold no more.
    let kind = match source.kind() {
        DeliveryKind::Full if report.records_refused() > 0 => {
            report.superseded_nothing = true;
            DeliveryKind::Addition
        }
        kind => kind,
    };
    report.kind = kind;
    let delivery = Delivery {
        kind,
        withdraws: None,
        source: source.name().to_owned(),
        title: source.title().to_owned(),
        name: report.delivery.clone(),
        files: report.files.iter().map(|file| file.name.clone()).collect(),
        loaded_at: loaded_at.to_owned(),
        outcome: Some(DeliveryOutcome {
            records_read: report.records_read(),
            records_refused: report.records_refused(),
            records_set_aside: report.records_set_aside(),
            // The store counts what it took.
            ..DeliveryOutcome::default()
        }),
    };
    let summary = batch.commit(&delivery)?;
    report.statements_added = summary.added;
    report.statements_unchanged = summary.unchanged;
    report.statements_superseded = summary.superseded;
    report.statements_restored = summary.restored;
    report.waiting_counts = summary.own_waiting.clone();
    report.waiting = summary
        .own_waiting_listed
        .iter()
        .map(|edge| WaitingRecord {
            file: delivery
                .files
                .get(usize::from(edge.file))
                .cloned()
                .unwrap_or_default(),
            line: edge.line,
            label: edge.label.clone(),
            misses: match (edge.misses_start, edge.misses_end) {
                (true, true) => "both ends",
                (true, false) => "its start",
                (false, _) => "its end",
            }
            .to_owned(),
        })
        .collect();
    Ok(Loaded { report, summary })
}
