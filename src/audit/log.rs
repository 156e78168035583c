//! The log on disk: one thread writes for all, so that readers who wait together share one flush. It signs where the log
//! stands every so often, and when it stops.
//!
//! # Design notes
//! * Opening goes on from the last signed checkpoint, so it takes as long for a log of years as for one of a day. What lies
//!   before it is checked by [`verify`](super::verify), at any time and beside the running server.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::chain::{Checkpoint, SEGMENT_BYTES, first_of, segment, segments, unreadable};
use super::merkle::{Frontier, leaf};
use super::read::{Start, walk};
use super::record::EntryText;
use super::signed::{Signer, Standing};
use super::{AuditError, Entry, Receipt, Recorder};

type Signature = oneshot::Sender<Result<(), AuditError>>;
/// The entries of one event, and who waits for them.
type Waiting = (Vec<EntryText>, Signature);

/// Most reads that share one flush: bounds what a failed write refuses.
const BATCH_MAX: usize = 1_024;

/// File of the last signed checkpoint, in the directory of the log.
pub const CHECKPOINT_FILE: &str = "checkpoint";

/// How checkpoints are signed, and where they go.
#[derive(Debug)]
pub struct Signing {
    /// Signs them.
    pub signer: Signer,
    /// Time between two, if there is something new.
    pub every: Duration,
    /// Where copies go, one file each: a place that who can write the log cannot write.
    pub copies: Option<PathBuf>,
}

/// How many records of a log are durable, as it goes on: for who follows it.
#[derive(Debug, Clone, Default)]
pub struct Durable(Arc<AtomicU64>);

impl Durable {
    /// The number of records.
    pub fn records(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self, records: u64) {
        self.0.store(records, Ordering::Release);
    }
}

/// An audit log that is open for writing. One process at a time.
#[derive(Debug)]
pub struct AuditLog {
    directory: PathBuf,
    records: Option<mpsc::Sender<Waiting>>,
    writer: Option<JoinHandle<()>>,
    durable: Durable,
    _lock: File,
}

impl AuditLog {
    /// How many of its records are durable, now and as it goes on.
    pub fn durable(&self) -> Durable {
        self.durable.clone()
    }

    /// Opens the log in a directory, which is made if it is not there. The whole chain is checked. An unfinished last
    /// line, of a write that a crash cut off and nobody was answered for, is taken away.
    ///
    /// # Errors
    /// [`AuditError::Broken`] if the log was changed: then nothing may be added that would hide it.
    /// [`AuditError::Unreadable`] if it cannot be opened, or another process writes it.
    pub fn open(directory: &Path) -> Result<Self, AuditError> {
        Self::start(directory, None)
    }

    /// As [`Self::open`], with checkpoints that are signed. The chain is then checked from the last one on: what lies
    /// before it is [`verify`](super::verify)'s to check.
    ///
    /// # Errors
    /// As [`Self::open`]; [`AuditError::Broken`] too if the last checkpoint is not signed by the key of `signing`.
    pub fn open_signed(directory: &Path, signing: Signing) -> Result<Self, AuditError> {
        Self::start(directory, Some(signing))
    }

    fn start(directory: &Path, signing: Option<Signing>) -> Result<Self, AuditError> {
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
        let standing = signing
            .as_ref()
            .map(|signing| last_signed(directory, signing))
            .transpose()?
            .flatten();
        let signed = standing.as_ref().map_or(0, |standing| standing.chain.n);
        let mut tree = standing
            .as_ref()
            .map_or_else(Frontier::default, |standing| standing.tree.clone());
        let start = standing.as_ref().map_or_else(Start::beginning, Start::from);
        let verified = walk(directory, start, &mut |seen| {
            tree.push(leaf(seen.json));
            Ok(())
        })?;
        let path = match segments(directory)?.pop() {
            Some(path) => path,
            None => segment(directory, 1),
        };
        let first = first_of(&path).ok_or_else(|| AuditError::Unreadable {
            directory: directory.display().to_string(),
            action: "opened",
            why: format!("`{}` is no file of the log", path.display()),
        })?;
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
        let durable = Durable::default();
        durable.set(verified.end.n);
        let writer = Writer {
            directory: directory.to_owned(),
            durable: durable.clone(),
            file,
            length,
            end: verified.end,
            tree: GrowingTree::from(tree).map_err(failed)?,
            segment: first,
            signing,
            signed,
            signed_at: Instant::now(),
            broken: false,
        };
        let (records, waiting) = mpsc::channel();
        let writer = std::thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(failed)?;
        Ok(Self {
            directory: directory.to_owned(),
            records: Some(records),
            writer: Some(writer),
            durable,
            _lock: lock,
        })
    }
}

/// Where the log stood when a checkpoint was signed last.
fn last_signed(directory: &Path, signing: &Signing) -> Result<Option<Standing>, AuditError> {
    let path = directory.join(CHECKPOINT_FILE);
    let note = match std::fs::read_to_string(&path) {
        Ok(note) => note,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(directory, "opened", &error)),
    };
    let standing = signing.signer.public().open(&note);
    standing.map(Some).map_err(|error| AuditError::Broken {
        file: path.display().to_string(),
        line: 1,
        what: format!(
            "{error}: put back the key that signed it, or check the whole log by `verband audit verify` and move this file away"
        ),
    })
}

#[cfg(test)]
impl AuditLog {
    /// A log whose every write fails, as on a full disk.
    pub fn full_for_tests() -> Self {
        let file = || OpenOptions::new().write(true).open("/dev/full").unwrap();
        let writer = Writer {
            directory: PathBuf::new(),
            durable: Durable::default(),
            file: file(),
            length: 0,
            end: Checkpoint::start(),
            tree: GrowingTree::from(Frontier::default()).unwrap(),
            segment: 1,
            signing: None,
            signed: 0,
            signed_at: Instant::now(),
            broken: false,
        };
        let (records, waiting) = mpsc::channel();
        Self {
            directory: PathBuf::new(),
            records: Some(records),
            writer: Some(std::thread::spawn(move || writer.run(&waiting))),
            durable: Durable::default(),
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
        let entries: serde_json::Result<Vec<EntryText>> =
            entries.iter().map(EntryText::of).collect();
        match (entries, &self.records) {
            // If the writer is gone the signature is dropped with the message, and the receipt says so.
            (Ok(entries), Some(records)) => drop(records.send((entries, sign))),
            (Err(error), _) => drop(sign.send(Err(AuditError::NotRecorded(error.to_string())))),
            (Ok(_), None) => {}
        }
        receipt
    }

    fn directory(&self) -> Option<&Path> {
        Some(&self.directory)
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

/// The tree over all records, grown on a thread of its own: only checkpoints need it, so no reader waits for its hashes.
#[derive(Debug)]
struct GrowingTree(mpsc::Sender<TreeStep>);

#[derive(Debug)]
enum TreeStep {
    /// Lines that are durable.
    Grow(String),
    /// Gives the tree over all lines before this.
    Show(mpsc::Sender<Frontier>),
}

impl GrowingTree {
    fn from(mut tree: Frontier) -> std::io::Result<Self> {
        let (steps, asked) = mpsc::channel();
        std::thread::Builder::new()
            .name("audit-tree".to_owned())
            .spawn(move || {
                for step in asked {
                    match step {
                        TreeStep::Grow(lines) => {
                            let records = lines.lines().filter_map(|line| line.split_once(' '));
                            records.for_each(|(_, json)| tree.push(leaf(json)));
                        }
                        // Who no longer waits gets no answer.
                        TreeStep::Show(to) => drop(to.send(tree.clone())),
                    }
                }
            })?;
        Ok(Self(steps))
    }

    /// Takes durable lines.
    fn grow(&self, lines: String) {
        drop(self.0.send(TreeStep::Grow(lines)));
    }

    /// The tree over all lines that were taken; `None` if its thread is gone.
    fn so_far(&self) -> Option<Frontier> {
        let (to, shown) = mpsc::channel();
        self.0.send(TreeStep::Show(to)).ok()?;
        shown.recv().ok()
    }
}

struct Writer {
    directory: PathBuf,
    durable: Durable,
    file: File,
    length: u64,
    end: Checkpoint,
    tree: GrowingTree,
    /// Position of the first record of the open file.
    segment: u64,
    signing: Option<Signing>,
    /// Number of records when a checkpoint was signed last, and when that was.
    signed: u64,
    signed_at: Instant,
    /// A failed write could not be taken back: nothing may follow it.
    broken: bool,
}

impl Writer {
    fn run(mut self, waiting: &mpsc::Receiver<Waiting>) {
        while let Some(first) = self.next(waiting) {
            let rest = std::iter::from_fn(|| waiting.try_recv().ok());
            let (records, signatures): (Vec<Vec<EntryText>>, Vec<Signature>) =
                std::iter::once(first).chain(rest).take(BATCH_MAX).unzip();
            let written = self.write(&records);
            if let Err(error) = &written {
                tracing::error!(%error, "no record, no answer");
            }
            for sign in signatures {
                // Who no longer waits gets no answer.
                drop(sign.send(written.clone()));
            }
            if self.is_due() {
                self.sign();
            }
        }
        self.sign();
        tracing::info!(checkpoint = %self.end, "audit log closed");
    }

    /// The next that waits; `None` once nobody can come any more. Signs when it is time while nobody comes.
    fn next(&mut self, waiting: &mpsc::Receiver<Waiting>) -> Option<Waiting> {
        loop {
            let Some(signing) = &self.signing else {
                return waiting.recv().ok();
            };
            match waiting.recv_timeout(signing.every) {
                Ok(first) => return Some(first),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => self.sign(),
            }
        }
    }

    fn is_due(&self) -> bool {
        self.signing
            .as_ref()
            .is_some_and(|signing| self.signed_at.elapsed() >= signing.every)
    }

    /// Signs where the log stands, if it went on since. The records do not depend on it: a failure is told and that is all.
    fn sign(&mut self) {
        self.signed_at = Instant::now();
        let Some(signing) = &self.signing else { return };
        if self.end.n == self.signed || self.broken {
            return;
        }
        let Some(tree) = self.tree.so_far() else {
            tracing::error!("the checkpoint could not be made: the tree over the records was lost");
            return;
        };
        let note = signing.signer.sign(&Standing {
            chain: self.end.clone(),
            tree,
            segment: self.segment,
            offset: self.length,
        });
        let written = replace(&self.directory.join(CHECKPOINT_FILE), &note);
        match written {
            Ok(()) => self.signed = self.end.n,
            Err(error) => tracing::error!(%error, "the checkpoint could not be written"),
        }
        if let Some(copies) = &signing.copies {
            let copied = replace(
                &copies.join(format!("{:015}.checkpoint", self.end.n)),
                &note,
            );
            if let Err(error) = copied {
                tracing::error!(%error, directory = %copies.display(), "the checkpoint could not be copied");
            }
        }
    }

    /// Writes records and flushes them. After a failure the file is as before, so that a full disk that is emptied
    /// needs no restart.
    fn write(&mut self, records: &[Vec<EntryText>]) -> Result<(), AuditError> {
        let not_recorded =
            |error: &dyn std::fmt::Display| AuditError::NotRecorded(error.to_string());
        if self.broken {
            return Err(not_recorded(
                &"an earlier write failed and could not be taken back: restart the server",
            ));
        }
        let mut end = self.end.clone();
        let entries = records.iter().flatten();
        let mut text = String::with_capacity(entries.map(EntryText::line_bytes).sum());
        let mut line = String::new();
        for record in records {
            let trace = format!("{:032x}", rand::random::<u128>());
            let time = jiff::Timestamp::now().to_string();
            for entry in record {
                let n = end.n + 1;
                line.clear();
                entry.add_line(&mut line, n, &time, &trace);
                let hash = end.next_hash(&line);
                [&hash, " ", &line, "\n"]
                    .iter()
                    .for_each(|part| text.push_str(part));
                end = Checkpoint { n, hash };
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
        self.durable.set(end.n);
        self.end = end;
        self.length += text.len() as u64;
        self.tree.grow(text);
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
            self.segment = self.end.n + 1;
            File::open(&self.directory)?.sync_all()?;
        }
        self.file.write_all(bytes)?;
        self.file.sync_data()
    }
}

/// Puts a text in the place of a file, whole or not at all.
pub(super) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    match path.parent() {
        Some(directory) => File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}
