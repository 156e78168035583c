//! What can go wrong with a store.

use std::path::PathBuf;

use crate::graph::BuildError;
use crate::model::{MarkingTableError, SchemaError};

/// Why a store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No file there.
    #[error("there is no store at `{0}`: load a delivery into it first")]
    Missing(PathBuf),
    /// Another process has it open.
    #[error(
        "the store `{0}` is in use by another process: stop that process, or send the work to its server"
    )]
    InUse(PathBuf),
    /// Written by a newer program.
    #[error(
        "the store has format {found}, this program reads up to {known}: use a newer version of verband"
    )]
    NewerFormat {
        /// Format of the file.
        found: u64,
        /// Newest format of this program.
        known: u64,
    },
    /// Written by an older program, in a format that is no longer read.
    #[error(
        "the store has format {found}, this program reads format {known}: {}",
        if *found == super::tables::FORMAT_UPGRADED {
            "open it for writing once, as `verband store deliveries` does, which makes it one of the new format"
        } else {
            "load its deliveries into a new store"
        }
    )]
    OlderFormat {
        /// Format of the file.
        found: u64,
        /// Format of this program.
        known: u64,
    },
    /// A file that is no store, or one that is damaged. Stop and restore a backup; do not retry.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// A file that would be overwritten.
    #[error("`{0}` is there already: name a file that is not")]
    Exists(PathBuf),
    /// A store that holds what this program does not know.
    #[error(
        "the store holds a table `{0}` that this program does not know: use a newer version of verband"
    )]
    UnknownTable(String),
    /// A delivery that says all leaves out more than it may.
    #[error(
        "the full delivery of `{of}` leaves out {falls} of {stood} statements that stand; nothing was loaded. Is it whole? \
         If it is, raise `superseded_share_max` in its source file, or load it as a delta"
    )]
    TooMuchSuperseded {
        /// The source.
        of: String,
        /// Statements that would fall.
        falls: u64,
        /// Statements of the source that stand.
        stood: u64,
    },
    /// No such delivery, or one that was taken back.
    #[error(
        "there is no delivery `{0}` that can be withdrawn; `verband store deliveries` lists them"
    )]
    NoDelivery(String),
    /// Two keys have one identifier.
    #[error(
        "two keys of nodes have the same identifier; nothing was loaded: load into a new store, which has another secret"
    )]
    IdCollision,
    /// An alias from a source that is not public.
    #[error("only a source with level `openbaar` may say that two keys are one node")]
    AliasNotPublic,
    /// A defect of this program.
    #[error("{0} ended in a fault of the program; nothing was changed")]
    Fault(&'static str),
    /// Too many markings.
    #[error(transparent)]
    Markings(#[from] MarkingTableError),
    /// Too many deliveries, files or lines.
    #[error("more than {max} {what}")]
    TooMany {
        /// What.
        what: &'static str,
        /// The limit.
        max: u64,
    },
    /// The schema of the delivery does not fit the schema of the store.
    #[error("the schema of the delivery does not fit that of the store: {0}")]
    Schema(#[from] SchemaError),
    /// Too many nodes or edges.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The disk, or redb.
    #[error("the store could not be read or written: {0}")]
    Storage(#[from] redb::Error),
}

macro_rules! from_redb {
    ($($error:ty),+) => {$(
        impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                Self::Storage(error.into())
            }
        }
    )+};
}

from_redb!(
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::CompactionError
);
