//! The log on disk: one thread writes for all, so that readers who wait together share one flush.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::chain::{Checkpoint, SEGMENT_BYTES, segment, segments, unreadable};
use super::read::walk;
use super::record::Line;
use super::{AuditError, Entry, Receipt, Recorder};

type Signature = oneshot::Sender<Result<(), AuditError>>;
/// The entries of one event, and who waits for them.
type Waiting = (Vec<Entry>, Signature);

/// Most reads that share one flush: bounds what a failed write refuses.
const BATCH_MAX: usize = 1_024;

/// An audit log that is open for writing. One process at a time.
#[derive(Debug)]
pub struct AuditLog {
    records: Option<mpsc::Sender<Waiting>>,
    writer: Option<JoinHandle<()>>,
    _lock: File,
}

impl AuditLog {
    /// Opens the log in a directory, which is made if it is not there. The whole chain is checked. An unfinished last
    /// line, of a write that a crash cut off and nobody was answered for, is taken away.
    ///
    /// # Errors
    /// [`AuditError::Broken`] if the log was changed: then nothing may be added that would hide it.
    /// [`AuditError::Unreadable`] if it cannot be opened, or another process writes it.
    pub fn open(directory: &Path) -> Result<Self, AuditError> {
        let failed = |error: std::io::Error| unreadable(directory, "opened", &error);
        std::fs::create_dir_all(directory).map_err(failed)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(directory.join("lock"))
            .map_err(failed)?;
        lock.try_lock().map_err(|_| AuditError::Unreadable {
            directory: directory.display().to_string(),
            action: "opened",
            why: "another process writes it: stop that server first".to_owned(),
        })?;
        let mut length = 0;
        let verified = walk(directory, &mut |_, _| Ok(()))?;
        let path = match segments(directory)?.pop() {
            Some(path) => path,
            None => segment(directory, 1),
        };
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        if verified.unfinished {
            length = whole_length(&path).map_err(failed)?;
            file.set_len(length).map_err(failed)?;
            tracing::warn!(file = %path.display(), "an unfinished record was taken away: its answer never left");
        }
        length = file.seek(SeekFrom::End(0)).map_err(failed)?.max(length);
        file.sync_all().map_err(failed)?;
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(failed)?;
        tracing::info!(checkpoint = %verified.end, "audit log opened");
        let writer = Writer {
            directory: directory.to_owned(),
            file,
            length,
            end: verified.end,
            broken: false,
        };
        let (records, waiting) = mpsc::channel();
        let writer = std::thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(failed)?;
        Ok(Self {
            records: Some(records),
            writer: Some(writer),
            _lock: lock,
        })
    }
}

#[cfg(test)]
impl AuditLog {
    /// A log whose every write fails, as on a full disk.
    pub fn full_for_tests() -> Self {
        let file = || OpenOptions::new().write(true).open("/dev/full").unwrap();
        let writer = Writer {
            directory: PathBuf::new(),
            file: file(),
            length: 0,
            end: Checkpoint::start(),
            broken: false,
        };
        let (records, waiting) = mpsc::channel();
        Self {
            records: Some(records),
            writer: Some(std::thread::spawn(move || writer.run(&waiting))),
            _lock: file(),
        }
    }
}

/// Length of a file up to the end of its last whole line.
fn whole_length(path: &Path) -> std::io::Result<u64> {
    let bytes = std::fs::read(path)?;
    Ok(bytes
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end as u64 + 1))
}

impl Recorder for AuditLog {
    fn append(&self, entries: Vec<Entry>) -> Receipt {
        let (sign, receipt) = Receipt::new();
        if let Some(records) = &self.records {
            // If the writer is gone the signature is dropped with the message, and the receipt says so.
            drop(records.send((entries, sign)));
        }
        receipt
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        self.records = None;
        if let Some(writer) = self.writer.take() {
            drop(writer.join());
        }
    }
}

struct Writer {
    directory: PathBuf,
    file: File,
    length: u64,
    end: Checkpoint,
    /// A failed write could not be taken back: nothing may follow it.
    broken: bool,
}

impl Writer {
    fn run(mut self, waiting: &mpsc::Receiver<Waiting>) {
        while let Ok(first) = waiting.recv() {
            let rest = std::iter::from_fn(|| waiting.try_recv().ok());
            let (records, signatures): (Vec<Vec<Entry>>, Vec<Signature>) =
                std::iter::once(first).chain(rest).take(BATCH_MAX).unzip();
            let written = self.write(records);
            if let Err(error) = &written {
                tracing::error!(%error, "no record, no answer");
            }
            for sign in signatures {
                // Who no longer waits gets no answer.
                drop(sign.send(written.clone()));
            }
        }
        tracing::info!(checkpoint = %self.end, "audit log closed");
    }

    /// Writes records and flushes them. After a failure the file is as before, so that a full disk that is emptied
    /// needs no restart.
    fn write(&mut self, records: Vec<Vec<Entry>>) -> Result<(), AuditError> {
        let not_recorded =
            |error: &dyn std::fmt::Display| AuditError::NotRecorded(error.to_string());
        if self.broken {
            return Err(not_recorded(
                &"an earlier write failed and could not be taken back: restart the server",
            ));
        }
        let mut end = self.end.clone();
        let mut text = String::new();
        for record in records {
            let trace = format!("{:032x}", rand::random::<u128>());
            for entry in record {
                let line = Line {
                    n: end.n + 1,
                    time: jiff::Timestamp::now(),
                    trace: trace.clone(),
                    entry,
                };
                let json = serde_json::to_string(&line).map_err(|error| not_recorded(&error))?;
                let hash = end.next_hash(&json);
                text.push_str(&hash);
                text.push(' ');
                text.push_str(&json);
                text.push('\n');
                end = Checkpoint { n: line.n, hash };
            }
        }
        let written = self.append(text.as_bytes());
        if let Err(error) = written {
            // What was written in part would break the chain for what follows.
            let restored = self
                .file
                .set_len(self.length)
                .and_then(|()| self.file.seek(SeekFrom::Start(self.length)));
            self.broken = restored.is_err();
            return Err(not_recorded(&error));
        }
        self.end = end;
        self.length += text.len() as u64;
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if self.length >= SEGMENT_BYTES {
            self.file = OpenOptions::new()
                .create_new(true)
                .read(true)
                .write(true)
                .open(segment(&self.directory, self.end.n + 1))?;
            self.length = 0;
            File::open(&self.directory)?.sync_all()?;
        }
        self.file.write_all(bytes)?;
        self.file.sync_data()
    }
}
