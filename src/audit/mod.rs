//! The place where every read is recorded before its answer leaves.
//!
//! For now a record is a log line without personal data. The append-only log (hash chain, signed checkpoints, durable
//! before the first byte) takes the place of [`LogRecorder`] without a change above.

/// That a caller read something, for a purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRecord<'a> {
    /// Who asked: the account.
    pub principal: &'a str,
    /// For which purpose.
    pub purpose: &'a str,
    /// Which read.
    pub action: &'a str,
    /// The policy in force, by its digest.
    pub policy: &'a str,
    /// Revision of the store that was read. Stays here: in an answer it would tell of hidden data.
    pub revision: u64,
    /// The as-of day.
    pub as_of: String,
}

/// Why a record could not be written. No answer leaves then.
#[derive(Debug, thiserror::Error)]
#[error("the read could not be recorded: {0}")]
pub struct AuditError(pub String);

/// Writes records.
pub trait Recorder: Send + Sync {
    /// Records a read.
    ///
    /// # Errors
    /// [`AuditError`]; the answer must then not be given.
    fn record(&self, record: &ReadRecord<'_>) -> Result<(), AuditError>;
}

/// Writes records to the program's log.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogRecorder;

impl Recorder for LogRecorder {
    fn record(&self, record: &ReadRecord<'_>) -> Result<(), AuditError> {
        tracing::info!(
            target: "verband::audit",
            principal = record.principal,
            purpose = record.purpose,
            action = record.action,
            policy = record.policy,
            revision = record.revision,
            as_of = record.as_of,
            "read"
        );
        Ok(())
    }
}
