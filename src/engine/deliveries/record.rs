//! What is kept of a delivery that a server received.

use serde::{Deserialize, Serialize};

use crate::ingest::Report;
use crate::model::DeliveryKind;
use crate::store::{ReadRecords, RecordChange, RecordKind, StoreError};

const RECEIVED: RecordKind = RecordKind("received");

/// Deliveries that are remembered. The oldest go first: what they said stays in the store.
const RECEIVED_MAX: usize = 1_000;

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// Its files are here; others are before it.
    Waiting,
    /// It is being loaded.
    Loading,
    /// It is loaded, durably, and shows.
    Loaded,
    /// It was refused whole; the report or the message says why. Nothing of it was loaded.
    Refused,
    /// It could not be loaded, and not for what is in it. Nothing of it was loaded.
    Failed,
    /// It is loaded, and is being taken back.
    Withdrawing,
    /// It was loaded, and is taken back.
    Withdrawn,
}

/// A delivery that a server received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// Identifier.
    pub id: String,
    /// Name of the source.
    pub source: String,
    /// What people call the source.
    pub title: String,
    /// What it says of what its source said before.
    pub kind: DeliveryKind,
    /// The account that sent it.
    pub by: String,
    /// When it was whole, RFC 3339 in UTC.
    pub received_at: String,
    /// When it was loaded or refused.
    pub finished_at: Option<String>,
    /// How it stands.
    pub state: DeliveryState,
    /// Why, where something is to be said of it.
    pub message: Option<String>,
    /// What came of it, without what waits: that depends on what others deliver.
    pub report: Option<Report>,
}

impl Received {
    /// Stores it.
    pub(super) fn keep(&self, change: &mut RecordChange<'_>) -> Result<(), StoreError> {
        change.put(RECEIVED, &self.id, self)?;
        let mut all: Vec<(String, Self)> = change.list(RECEIVED, "")?;
        let surplus = all.len().saturating_sub(RECEIVED_MAX);
        if surplus > 0 {
            all.sort_by(|(_, one), (_, other)| one.received_at.cmp(&other.received_at));
            for (key, _) in all.iter().take(surplus) {
                change.remove(RECEIVED, key)?;
            }
        }
        Ok(())
    }

    /// One by its identifier.
    pub(super) fn get(records: &impl ReadRecords, id: &str) -> Result<Option<Self>, StoreError> {
        records.get(RECEIVED, id)
    }

    /// All, by identifier.
    pub(super) fn all(records: &impl ReadRecords) -> Result<Vec<Self>, StoreError> {
        let all: Vec<(String, Self)> = records.list(RECEIVED, "")?;
        Ok(all.into_iter().map(|(_, one)| one).collect())
    }

    /// Puts the newest first.
    pub(super) fn newest_first(all: &mut [Self]) {
        all.sort_by(|one, other| (&other.received_at, &other.id).cmp(&(&one.received_at, &one.id)));
    }

    /// Whether it is loaded and said nothing new.
    pub fn changed_nothing(&self) -> bool {
        self.report.as_ref().is_some_and(|report| {
            report.statements_added + report.statements_superseded + report.statements_restored == 0
        })
    }

    /// How it stands after the program ended before it was dealt with.
    pub(super) fn broken_off(mut self) -> Self {
        self.state = DeliveryState::Failed;
        self.message = Some(
            "the server stopped before it said that this was loaded: send it again (what stands already changes nothing)"
                .to_owned(),
        );
        self
    }
}
