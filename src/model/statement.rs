//! What a source says, and where it said it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::marking::MarkingId;
use super::schema::PropertyId;
use super::time::Validity;
use super::value::Value;

/// A delivery, interned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeliveryId(pub(crate) u32);

/// What a delivery says of what its source said before.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryKind {
    /// Nothing: what it says stands beside it.
    #[default]
    Addition,
    /// That it holds no more: this is all that the source says.
    Full,
    /// That of its records only this holds now: something changed.
    Delta,
    /// That of its records only this holds: what was said was wrong.
    Correction,
    /// That one delivery is taken back.
    Withdrawal,
}

impl DeliveryKind {
    /// Its name, as source files and requests have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Addition => "addition",
            Self::Full => "full",
            Self::Delta => "delta",
            Self::Correction => "correction",
            Self::Withdrawal => "withdrawal",
        }
    }
}

/// One transfer of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Name of the source.
    pub source: String,
    /// What people call the source.
    pub title: String,
    /// Name of the delivery: given, or made of a digest of its files under the store's secret.
    pub name: String,
    /// Its files, in order; [`Statement::file`] is a position here.
    pub files: Vec<String>,
    /// When it was loaded, RFC 3339 in UTC.
    pub loaded_at: String,
    /// What it says of what its source said before.
    #[serde(default)]
    pub kind: DeliveryKind,
    /// The delivery that it takes back, by its number in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdraws: Option<u32>,
    /// What came of it; not there for deliveries of before it was kept.
    #[serde(default)]
    pub outcome: Option<DeliveryOutcome>,
}

/// What came of a delivery, in numbers: for whoever looks after a source, never for readers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryOutcome {
    /// Records in its files.
    pub records_read: u64,
    /// Those that were refused.
    pub records_refused: u64,
    /// Those that were set aside.
    pub records_set_aside: u64,
    /// Statements that were not there before.
    pub statements_added: u64,
    /// Statements that stood already.
    pub statements_unchanged: u64,
    /// Statements that do not stand any more since it.
    #[serde(default)]
    pub statements_superseded: u64,
    /// Statements that stand again since it.
    #[serde(default)]
    pub statements_restored: u64,
    /// Edge statements that waited for a node when it was loaded.
    pub edges_waiting: u64,
}

/// What one source row says of one node or edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Properties with their values, in order of [`PropertyId`].
    pub properties: Vec<(PropertyId, Value)>,
    /// When it holds.
    pub validity: Validity,
    /// Who may see it.
    pub marking: MarkingId,
    /// The delivery it came with.
    pub delivery: DeliveryId,
    /// Position in [`Delivery::files`].
    pub file: u16,
    /// Line in that file (for XML and JSON documents: the line on which the record begins), from 1.
    pub line: u32,
}

/// Where a statement came from, spelled out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The delivery.
    pub delivery: Arc<Delivery>,
    /// Name of the file.
    pub file: String,
    /// Line in the file, from 1.
    pub line: u32,
}
