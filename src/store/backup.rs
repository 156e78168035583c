//! Backups: the newest revision of a store, row by row, in a store file of its own.
//!
//! # Invariants
//! * **a backup is whole or not there**: it is written under another name, made durable, and then named.
//! * **a backup is one revision**: it is read in one transaction, beside a server that goes on loading.
//!
//! A copy of the file of a running server, made with `cp`, is neither: it may hold half a commit.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use redb::{
    Database, DatabaseError, Key, ReadOnlyDatabase, ReadTransaction, ReadableDatabase,
    ReadableTable, TableDefinition, TableError, TableHandle, Value, WriteTransaction,
};

use super::check::{Checked, check};
use super::error::StoreError;
use super::tables::{
    ALIASES, DELIVERIES, EDGE_STATEMENTS, FIND, MARKINGS, META, NODE_KEYS, NODE_STATEMENTS,
    RECORD_DELIVERIES, RECORD_STATEMENTS, RECORDS, SAID, SNAPSHOT,
};
use super::{builder, exists, make_database, make_private, open_database, opening, read_secret};

/// What a backup holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackedUp {
    /// Rows of all tables.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Writes the newest revision of the store `from` to a new file `to`, also while a server has the store. The file can be
/// served as it is. `progress` is told how many rows were written.
///
/// # Errors
/// [`StoreError::Missing`], [`StoreError::Exists`], [`StoreError::UnknownTable`], or what reading and writing gives;
/// `to` is then not there.
pub fn backup(
    from: &Path,
    to: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<BackedUp, StoreError> {
    exists(from)?;
    write_new(to, |unfinished| copy(from, unfinished, progress))
}

/// Writes the newest revision of a store to a new file, and puts that in its place once `edit` is done with it.
///
/// # Errors
/// As [`backup`]; the old file then stands.
pub(super) fn replace(
    path: &Path,
    progress: &mut dyn FnMut(u64),
    edit: impl FnOnce(&Path) -> Result<(), StoreError>,
) -> Result<BackedUp, StoreError> {
    exists(path)?;
    let unfinished = unfinished(path);
    remove(&unfinished)?;
    let written = copy(path, &unfinished, progress).and_then(|rows| {
        edit(&unfinished)?;
        let bytes = std::fs::metadata(&unfinished).map_err(io)?.len();
        std::fs::rename(&unfinished, path).map_err(io)?;
        sync_directory(path)?;
        Ok(BackedUp { rows, bytes })
    });
    remove(&unfinished)?;
    written
}

/// Copies all tables of the newest revision to a new file.
fn copy(from: &Path, to: &Path, progress: &mut dyn FnMut(u64)) -> Result<u64, StoreError> {
    let source = Source::open(from)?;
    let transaction = source.begin_read()?;
    read_secret(&transaction.open_table(META)?)?;
    let mut copy = Copy {
        from: &transaction,
        rows: 0,
        tables: Vec::new(),
        progress,
    };
    make_private(to)?;
    let database = make_database(to)?;
    let written = database.begin_write()?;
    copy.all(&written)?;
    written.commit()?;
    Ok(copy.rows)
}

/// Checks a backup and writes it to a new file `to`.
///
/// # Errors
/// As [`backup`]; [`StoreError::Damaged`] for a backup that is not whole.
pub fn restore(
    from: &Path,
    to: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<(Checked, BackedUp), StoreError> {
    let checked = check(from)?;
    match checked.findings.first() {
        Some(finding) => Err(StoreError::Damaged(format!(
            "{finding}; nothing was restored"
        ))),
        None => Ok((checked, backup(from, to, progress)?)),
    }
}

/// Lets `write` make a file under another name, and names it `to` once all of it is on the disk.
fn write_new(
    to: &Path,
    write: impl FnOnce(&Path) -> Result<u64, StoreError>,
) -> Result<BackedUp, StoreError> {
    if to.exists() {
        return Err(StoreError::Exists(to.to_owned()));
    }
    let unfinished = unfinished(to);
    // What a copy that was broken off left behind.
    remove(&unfinished)?;
    let written = write(&unfinished).and_then(|rows| {
        let bytes = std::fs::metadata(&unfinished).map_err(io)?.len();
        // A hard link fails where a name is taken: a file that came meanwhile is not overwritten, as a rename would.
        std::fs::hard_link(&unfinished, to).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => StoreError::Exists(to.to_owned()),
            _ => io(error),
        })?;
        sync_directory(to)?;
        Ok(BackedUp { rows, bytes })
    });
    remove(&unfinished)?;
    written
}

fn unfinished(to: &Path) -> PathBuf {
    let mut name = OsString::from(to);
    name.push(".unfinished");
    PathBuf::from(name)
}

fn io(error: std::io::Error) -> StoreError {
    StoreError::Storage(error.into())
}

/// A name is durable once its directory is.
fn sync_directory(of: &Path) -> Result<(), StoreError> {
    let directory = of.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = File::open(directory.unwrap_or(Path::new("."))).map_err(io)?;
    directory.sync_all().map_err(io)
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::Storage(error.into()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A store that is read: beside its writer, or alone where it must be recovered first.
enum Source {
    Beside(ReadOnlyDatabase),
    Alone(Database),
}

impl Source {
    fn open(path: &Path) -> Result<Self, StoreError> {
        match builder().open_read_only(path) {
            Ok(database) => Ok(Self::Beside(database)),
            // Its last writer was killed: opening it for writing brings it back to its last commit.
            Err(DatabaseError::RepairAborted) => Ok(Self::Alone(open_database(path)?)),
            Err(error) => Err(opening(path, error)),
        }
    }

    fn begin_read(&self) -> Result<ReadTransaction, StoreError> {
        Ok(match self {
            Self::Beside(database) => database.begin_read()?,
            Self::Alone(database) => database.begin_read()?,
        })
    }
}

/// Rows between two reports of progress.
const ROWS_REPORTED: u64 = 100_000;

struct Copy<'a> {
    from: &'a ReadTransaction,
    rows: u64,
    tables: Vec<String>,
    progress: &'a mut dyn FnMut(u64),
}

impl Copy<'_> {
    fn all(&mut self, to: &WriteTransaction) -> Result<(), StoreError> {
        self.table(to, META)?;
        self.table(to, MARKINGS)?;
        self.table(to, DELIVERIES)?;
        self.table(to, NODE_KEYS)?;
        self.table(to, NODE_STATEMENTS)?;
        self.table(to, EDGE_STATEMENTS)?;
        self.table(to, ALIASES)?;
        self.table(to, SAID)?;
        self.table(to, RECORD_STATEMENTS)?;
        self.table(to, RECORD_DELIVERIES)?;
        self.table(to, FIND)?;
        self.table(to, SNAPSHOT)?;
        self.table(to, RECORDS)?;
        // A table that is not in this list would be lost without a word.
        let unknown = self
            .from
            .list_tables()?
            .find(|table| !self.tables.iter().any(|known| known == table.name()));
        match unknown {
            Some(table) => Err(StoreError::UnknownTable(table.name().to_owned())),
            None => Ok(()),
        }
    }

    fn table<K: Key + 'static, V: Value + 'static>(
        &mut self,
        to: &WriteTransaction,
        definition: TableDefinition<'static, K, V>,
    ) -> Result<(), StoreError> {
        self.tables.push(definition.name().to_owned());
        let from = match self.from.open_table(definition) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let mut to = to.open_table(definition)?;
        for entry in from.iter()? {
            let (key, value) = entry?;
            to.insert(key.value(), value.value())?;
            self.rows += 1;
            if self.rows.is_multiple_of(ROWS_REPORTED) {
                (self.progress)(self.rows);
            }
        }
        Ok(())
    }
}
