//! Every read is recorded before its answer leaves.
//!
//! A read gives two records under one trace. The *decision* tells which employee was let in, for what and by which
//! policy; the *processing* tells which nodes were shown, and no employee, so that it can be given to the person it is
//! about (after the Dutch standard for processing logs, LDV). [`AuditLog`] keeps both in a chain of hashes on disk.
//!
//! # Invariants
//! * **no record, no answer**: an answer is held back until its [`Receipt`] says that the record is durable.
//! * **append only**: a line holds the hash of all lines before it, so nothing can be changed, removed, inserted or put in
//!   another order without [`verify`] finding it; what is cut off the end shows against a checkpoint kept elsewhere.
//! * **signed**: every so often, and when it is closed, the log signs where it stands ([`Signer`]). With such a checkpoint and
//!   a [`Proof`] an auditor checks one record, or that a later log holds all of an earlier one, without the log.

mod chain;
mod log;
mod merkle;
mod otlp;
mod prove;
mod question;
mod read;
mod record;
mod request;
mod signed;
mod trace;

pub use chain::{Checkpoint, CheckpointError};
pub use log::{AuditLog, CHECKPOINT_FILE, Durable, Signing};
pub use otlp::{OtlpError, OtlpExport, OtlpSettings};
pub use prove::{Proof, ProofError, prove_consistency, prove_inclusion};
pub use question::{Found, FoundLogin, Oddity, OddityLimits, Own, Question, find, logins, odd};
pub use read::{Verified, verify, verify_signed};
pub use record::{
    Decision, Entry, LoginEvent, LoginRecord, LoginWay, Outcome, ReadRecord, ReviewRecord, Shown,
};
pub use request::without_national_numbers;
pub use signed::{SignedError, Signer, Standing, Verifier};

pub use trace::{TRACEPARENT, TraceParent, traceparent_of};

use std::path::Path;

/// Why a record could not be written, or a log not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuditError {
    /// The record is not durable, so no answer leaves.
    #[error("the read could not be recorded: {0}")]
    NotRecorded(String),
    /// The log is not whole.
    #[error("{file}, line {line}: {what}")]
    Broken {
        /// The file of the log.
        file: String,
        /// The line in it.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// The log cannot be opened or read.
    #[error("the audit log `{directory}` cannot be {action}: {why}")]
    Unreadable {
        /// Where it lies.
        directory: String,
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        why: String,
    },
    /// There is no record in this place.
    #[error("the log has no record {0}")]
    NoRecord(u64),
    /// Records are not kept in a log that can be read.
    #[error("there is no log that can be read")]
    NoLog,
}

/// Tells when a record is durable.
#[derive(Debug)]
pub struct Receipt(tokio::sync::oneshot::Receiver<Result<(), AuditError>>);

impl Receipt {
    /// A receipt, and the end that signs it.
    fn new() -> (tokio::sync::oneshot::Sender<Result<(), AuditError>>, Self) {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        (sender, Self(receiver))
    }

    /// Waits until the record is durable.
    ///
    /// # Errors
    /// [`AuditError::NotRecorded`]; the answer must then not be given.
    pub async fn durable(self) -> Result<(), AuditError> {
        self.0.await.unwrap_or_else(|_| Err(writer_gone()))
    }

    /// As [`Self::durable`], for a thread that may wait.
    ///
    /// # Errors
    /// As [`Self::durable`].
    pub fn durable_blocking(self) -> Result<(), AuditError> {
        self.0
            .blocking_recv()
            .unwrap_or_else(|_| Err(writer_gone()))
    }
}

fn writer_gone() -> AuditError {
    AuditError::NotRecorded("the writer of the log has stopped".to_owned())
}

/// Writes records.
pub trait Recorder: Send + Sync {
    /// Takes the entries of one event, which get one trace; the receipt tells when they are durable.
    fn append(&self, entries: Vec<Entry>) -> Receipt;

    /// Where the log can be read, if it can.
    fn directory(&self) -> Option<&Path> {
        None
    }

    /// Takes the record of a read.
    fn record(&self, record: ReadRecord) -> Receipt {
        self.append(record.entries())
    }
}

/// Keeps no records: for tests that look at answers alone.
#[cfg(test)]
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRecorder;

#[cfg(test)]
impl Recorder for NoRecorder {
    fn append(&self, _: Vec<Entry>) -> Receipt {
        let (sign, receipt) = Receipt::new();
        drop(sign.send(Ok(())));
        receipt
    }
}

#[cfg(test)]
mod tests;
