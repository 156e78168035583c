//! The store: one redb file that holds every statement and the arrays of the newest snapshot.
//!
//! Only this module names redb. `tables.rs` documents the file byte by byte.
//!
//! # What is assumed
//! * redb: copy-on-write pages with checksums; a commit is atomic and durable (fsync) when it returns; readers keep the
//!   revision they opened; one process at a time writes the file, others may read it
//!   beside it.
//! * The disk: what fsync acknowledged is there after a power cut; a torn write is found by the checksums.
//!
//! # Invariants
//! * **a load is one transaction**: its statements, its markings, the schema and the arrays of the new revision are
//!   committed together or not at all.
//! * **nothing is overwritten**: a statement keeps its words; that it does not stand any more is a flag beside them. What may
//!   not be kept any longer is taken out whole (`purge`).
//!
//! What this module does not do: decide who sees what, or read source formats.

mod archive;
mod arrays;
mod backup;
mod batch;
mod check;
mod codec;
mod error;
mod order;
mod past;
mod purge;
mod records;
mod standing;
mod tables;
mod touched;
mod turn;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable};

pub use archive::Revision;
pub use backup::{BackedUp, backup, restore};
pub use batch::{
    LoadBatch, LoadSummary, SUPERSEDED_SHARE_MAX, Said, Saying, WAITING_LISTED_MAX, WaitingEdge,
};
pub use check::{Checked, check};
pub use error::StoreError;
pub use purge::{Dated, Keeping, PurgeReason, PurgeRecord, Purged, rewrite};
pub use records::{ReadRecords, RecordChange, RecordKind, RecordReader};
pub(crate) use touched::Touched;

use self::codec::{damaged, read_u64};
use self::order::Order;
use self::tables::{
    ALIASES, DELIVERIES, EDGE_STATEMENTS, FIND, FORMAT, FORMAT_UPGRADED, MARKINGS, META, NODE_KEYS,
    NODE_STATEMENTS, RECORD_DELIVERIES, RECORD_STATEMENTS, SAID, SNAPSHOT,
};
use self::turn::{LateTransaction, Loading};
use crate::graph::Snapshot;
use crate::model::{
    Delivery, DeliveryKind, DeliveryOutcome, IdSecret, MarkingId, MarkingTable, Schema,
};

/// Bytes of pages that redb keeps in memory.
const CACHE_BYTES: usize = 256 * 1024 * 1024;

/// An open store.
pub struct Store {
    database: Arc<Database>,
    secret: IdSecret,
    path: PathBuf,
    loading: Arc<Loading>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Store")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Everything of one revision that reads need.
pub struct Opened {
    /// The arrays.
    pub(crate) snapshot: Snapshot,
    /// Statements and names.
    pub(crate) revision: Revision,
    /// The schema in force, in the order in which readers meet it.
    pub(crate) schema: Schema,
    /// The markings.
    pub(crate) markings: MarkingTable,
    /// How many deliveries are in it.
    pub(crate) deliveries: u64,
    /// The markings of aliases, ascending: who may not see one of them may not see what it joins.
    pub(crate) alias_markings: Vec<MarkingId>,
}

impl Store {
    /// Opens the store at `path`.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::InUse`], [`StoreError::NewerFormat`], [`StoreError::Damaged`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        exists(path)?;
        Self::open_with(path, None)
    }

    /// Opens the store at `path`, making an empty one if there is none. `secret` gives 32 random bytes.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_or_create(
        path: &Path,
        secret: impl FnOnce() -> [u8; 32],
    ) -> Result<Self, StoreError> {
        Self::open_with(path, Some(secret()))
    }

    fn open_with(path: &Path, new_secret: Option<[u8; 32]>) -> Result<Self, StoreError> {
        let database = match new_secret {
            Some(_) => make_private(path).and_then(|()| make_database(path))?,
            None => open_database(path)?,
        };
        let stored = {
            match database.begin_read()?.open_table(META) {
                Ok(meta) => {
                    if read_format(&meta)? == FORMAT_UPGRADED {
                        upgrade(&database)?;
                    }
                    Some(read_secret(&database.begin_read()?.open_table(META)?)?)
                }
                Err(redb::TableError::TableDoesNotExist(_)) => None,
                Err(error) => return Err(error.into()),
            }
        };
        let secret = match (stored, new_secret) {
            (Some(secret), _) => secret,
            (None, Some(secret)) => initialize(&database, secret)?,
            (None, None) => return Err(damaged("the file is not a store of verband")),
        };
        Ok(Self {
            database: Arc::new(database),
            secret,
            path: path.to_owned(),
            loading: Arc::default(),
        })
    }

    /// Where the store lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The secret that keys become identifiers under.
    pub fn secret(&self) -> &IdSecret {
        &self.secret
    }

    /// Begins a load; waits while another one runs. Documents can be changed until it begins to write.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn begin_load(&self, schema: Schema) -> Result<LoadBatch, StoreError> {
        let turn = Loading::turn(&self.loading);
        let read = self.database.begin_read()?;
        let transaction = LateTransaction::new(Arc::clone(&self.database), turn);
        LoadBatch::begin(&read, transaction, self.secret.clone(), schema)
    }

    /// Waits until no load is being written, at most so long; tells whether none is. What changes documents asks this
    /// first, so that it does not wait for a load of minutes while others wait for it.
    pub fn load_is_over(&self, at_most: Duration) -> bool {
        self.loading.is_over(at_most)
    }

    /// Opens the newest revision.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn newest(&self) -> Result<Opened, StoreError> {
        let transaction = self.database.begin_read()?;
        let meta = transaction.open_table(META)?;
        let revision = meta
            .get("revision")?
            .map_or(Ok(0), |bytes| read_u64(bytes.value()))?;
        let arrays = arrays::read(&transaction.open_table(SNAPSHOT)?)?;
        let schema = read_schema(&meta, "shown")?;
        let order = Order::between(&read_schema(&meta, "schema")?, &schema)?;
        let database = Arc::clone(&self.database);
        Ok(Opened {
            snapshot: Snapshot::new(arrays, revision)
                .map_err(|array| damaged(&format!("the array `{array}` is not as it must be")))?,
            revision: Revision::open(&transaction, database, order, revision)?,
            schema,
            markings: read_markings(&transaction.open_table(MARKINGS)?)?,
            deliveries: count_deliveries(&transaction.open_table(DELIVERIES)?)?,
            alias_markings: read_alias_markings(&meta)?,
        })
    }

    /// The deliveries that were loaded, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn deliveries(&self) -> Result<Vec<Delivery>, StoreError> {
        let deliveries = read_deliveries(&self.database.begin_read()?.open_table(DELIVERIES)?)?;
        Ok(deliveries.into_iter().map(|(_, one)| one).collect())
    }

    /// Takes a delivery back, by its name: what it alone said does not stand any more, and what it took the place of stands
    /// again. Nothing is removed: that it was said, and until when it stood, is kept.
    ///
    /// * `source`: the source that it must be of; none: any.
    /// * `withdrawn_at`: the time that is noted, RFC 3339 in UTC.
    ///
    /// # Errors
    /// [`StoreError::NoDelivery`], [`StoreError`]; nothing is then changed.
    pub fn withdraw(
        &self,
        name: &str,
        source: Option<&str>,
        withdrawn_at: &str,
    ) -> Result<LoadSummary, StoreError> {
        let batch = self.begin_load(Schema::municipal()?)?;
        let (number, delivery) = batch.withdrawable(name, source)?;
        batch.commit(&Delivery {
            kind: DeliveryKind::Withdrawal,
            withdraws: Some(number),
            files: Vec::new(),
            loaded_at: withdrawn_at.to_owned(),
            outcome: Some(DeliveryOutcome::default()),
            ..delivery
        })
    }
}

/// The deliveries, with their numbers, in order of arrival.
/// How many deliveries were loaded: their numbers go up by one.
fn count_deliveries(table: &impl ReadableTable<u32, &'static [u8]>) -> Result<u64, StoreError> {
    let last = table.last()?.map(|(number, _)| number.value());
    Ok(last.map_or(0, |last| u64::from(last) + 1))
}

fn read_deliveries(
    table: &impl ReadableTable<u32, &'static [u8]>,
) -> Result<Vec<(u32, Delivery)>, StoreError> {
    let mut deliveries = Vec::new();
    for entry in table.iter()? {
        let (number, value) = entry?;
        let delivery = serde_json::from_slice(value.value())
            .map_err(|_| damaged("a delivery cannot be read"))?;
        deliveries.push((number.value(), delivery));
    }
    Ok(deliveries)
}

/// Makes a store of the format before one of this format.
fn upgrade(database: &Database) -> Result<(), StoreError> {
    let transaction = database.begin_write()?;
    let mut meta = transaction.open_table(META)?;
    meta.insert("format", FORMAT.to_le_bytes().as_slice())?;
    drop(meta);
    open_standing(&transaction)?;
    transaction.commit()?;
    Ok(())
}

/// Makes the tables that came with format 3.
fn open_standing(transaction: &redb::WriteTransaction) -> Result<(), StoreError> {
    transaction.open_table(SAID)?;
    transaction.open_table(RECORD_STATEMENTS)?;
    transaction.open_table(RECORD_DELIVERIES)?;
    Ok(())
}

fn exists(path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        Ok(())
    } else {
        Err(StoreError::Missing(path.to_owned()))
    }
}

/// Makes an empty file that only its owner may read, unless there is one: whoever reads the file reads everything.
fn make_private(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Storage(error.into())),
    }
}

/// One process writes; others may read beside it, to back it up.
fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_concurrency_mode(redb::ConcurrencyMode::SingleWriter);
    builder.set_cache_size(CACHE_BYTES);
    builder
}

fn open_database(path: &Path) -> Result<Database, StoreError> {
    let opened = builder().open(path);
    opened.map_err(|error| opening(path, error))
}

/// Opens a database, or makes one of an empty file.
fn make_database(path: &Path) -> Result<Database, StoreError> {
    let opened = builder().create(path);
    opened.map_err(|error| opening(path, error))
}

fn opening(path: &Path, error: DatabaseError) -> StoreError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse(path.to_owned()),
        DatabaseError::Storage(redb::StorageError::Corrupted(what)) => damaged(&what),
        DatabaseError::Storage(redb::StorageError::Io(error))
            if error.kind() == std::io::ErrorKind::InvalidData =>
        {
            damaged("the file is not a store")
        }
        DatabaseError::Storage(redb::StorageError::Io(error))
            if error.kind() == std::io::ErrorKind::UnexpectedEof =>
        {
            damaged("the file ends too early")
        }
        other => StoreError::Storage(other.into()),
    }
}

fn initialize(database: &Database, secret: [u8; 32]) -> Result<IdSecret, StoreError> {
    let transaction = database.begin_write()?;
    {
        let mut meta = transaction.open_table(META)?;
        meta.insert("format", FORMAT.to_le_bytes().as_slice())?;
        meta.insert("revision", 0_u64.to_le_bytes().as_slice())?;
        meta.insert("secret", secret.as_slice())?;
        let schema = serde_json::to_vec(&Schema::municipal()?)
            .map_err(|error| damaged(&error.to_string()))?;
        meta.insert("schema", schema.as_slice())?;
        meta.insert("shown", schema.as_slice())?;
        transaction.open_table(MARKINGS)?;
        transaction.open_table(DELIVERIES)?;
        transaction.open_table(NODE_KEYS)?;
        transaction.open_table(NODE_STATEMENTS)?;
        transaction.open_table(EDGE_STATEMENTS)?;
        transaction.open_table(ALIASES)?;
        transaction.open_table(FIND)?;
        transaction.open_table(SNAPSHOT)?;
        open_standing(&transaction)?;
    }
    transaction.commit()?;
    Ok(IdSecret::new(secret))
}

fn read_format(meta: &impl ReadableTable<&'static str, &'static [u8]>) -> Result<u64, StoreError> {
    match meta.get("format")? {
        Some(bytes) => read_u64(bytes.value()),
        None => Err(damaged("it names no format")),
    }
}

fn read_secret(
    meta: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<IdSecret, StoreError> {
    let format = read_format(meta)?;
    if format > FORMAT {
        return Err(StoreError::NewerFormat {
            found: format,
            known: FORMAT,
        });
    }
    if format < FORMAT {
        return Err(StoreError::OlderFormat {
            found: format,
            known: FORMAT,
        });
    }
    let secret = meta
        .get("secret")?
        .ok_or_else(|| damaged("it holds no secret"))?;
    let bytes: [u8; 32] = secret
        .value()
        .try_into()
        .map_err(|_| damaged("its secret has another length than 32 bytes"))?;
    Ok(IdSecret::new(bytes))
}

/// Reads the markings of aliases; none were written before the first load.
fn read_alias_markings(
    meta: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<Vec<MarkingId>, StoreError> {
    let Some(bytes) = meta.get("alias_markings")? else {
        return Ok(Vec::new());
    };
    let (pairs, _) = bytes.value().as_chunks::<2>();
    let markings = pairs
        .iter()
        .map(|&pair| MarkingId(u16::from_le_bytes(pair)));
    Ok(markings.collect())
}

fn read_schema(
    meta: &impl ReadableTable<&'static str, &'static [u8]>,
    name: &str,
) -> Result<Schema, StoreError> {
    let schema = meta
        .get(name)?
        .ok_or_else(|| damaged("it holds no schema"))?;
    serde_json::from_slice(schema.value()).map_err(|_| damaged("its schema cannot be read"))
}

fn read_markings(
    table: &impl ReadableTable<u16, &'static [u8]>,
) -> Result<MarkingTable, StoreError> {
    let mut markings = MarkingTable::default();
    for entry in table.iter()? {
        let (id, value) = entry?;
        let marking = serde_json::from_slice(value.value())
            .map_err(|_| damaged("a marking cannot be read"))?;
        if markings.intern(&marking)?.index() != usize::from(id.value()) {
            return Err(damaged("the markings are not in order"));
        }
    }
    Ok(markings)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Level, Marking, NodeLabelId, Validity};

    fn open(path: &Path) -> Result<Store, StoreError> {
        Store::open_or_create(path, || [7; 32])
    }

    fn saying(number: u64) -> Saying {
        Saying {
            said: Said::Node {
                label: NodeLabelId(0),
                key: format!("text:{number}"),
                properties: Vec::new(),
                validity: Validity::ALWAYS,
            },
            marking: Arc::new(Marking {
                organisation: "o".to_owned(),
                department: "d".to_owned(),
                level: Level::Intern,
                source: "s".to_owned(),
                purposes: std::collections::BTreeSet::new(),
            }),
            file: 0,
            line: 1,
            record: None,
        }
    }

    fn delivery() -> Delivery {
        Delivery {
            source: "s".to_owned(),
            title: "S".to_owned(),
            name: "d".to_owned(),
            files: vec!["f".to_owned()],
            loaded_at: "2026-01-01T00:00:00Z".to_owned(),
            kind: DeliveryKind::Addition,
            withdraws: None,
            outcome: None,
        }
    }

    #[test]
    fn a_store_of_a_newer_format_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s.redb");
        let store = open(&path).unwrap();
        let transaction = store.database.begin_write().unwrap();
        let newer = (FORMAT + 1).to_le_bytes();
        transaction
            .open_table(META)
            .unwrap()
            .insert("format", newer.as_slice())
            .unwrap();
        transaction.commit().unwrap();
        drop(store);
        let error = open(&path).unwrap_err();
        assert!(matches!(error, StoreError::NewerFormat { found, known } if found == known + 1));
    }

    #[test]
    fn a_load_that_is_dropped_leaves_the_store_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let store = open(&directory.path().join("s.redb")).unwrap();
        let schema = || Schema::municipal().unwrap();
        let mut batch = store.begin_load(schema()).unwrap();
        batch.add(&saying(1)).unwrap();
        drop(batch);
        assert_eq!(store.newest().unwrap().snapshot.node_count(), 0);
        let mut batch = store.begin_load(schema()).unwrap();
        batch.add(&saying(1)).unwrap();
        assert_eq!(batch.commit(&delivery()).unwrap().added, 1);
        let newest = store.newest().unwrap();
        assert_eq!(
            (newest.snapshot.node_count(), newest.snapshot.revision()),
            (1, 1)
        );
        assert_eq!(store.deliveries().unwrap(), [delivery()]);
    }

    #[test]
    fn documents_are_changed_while_a_load_gathers_and_the_next_load_waits_for_its_turn() {
        let directory = tempfile::tempdir().unwrap();
        let store = open(&directory.path().join("s.redb")).unwrap();
        let schema = || Schema::municipal().unwrap();
        let mut first = store.begin_load(schema()).unwrap();
        first.add(&saying(1)).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                let mut batch = store.begin_load(schema()).unwrap();
                batch.add(&saying(2)).unwrap();
                batch.commit(&delivery()).unwrap()
            });
            assert!(store.load_is_over(Duration::ZERO));
            let put: Result<(), StoreError> = store
                .change_records(|change| change.put(RecordKind("note"), "a", &"while it is read"));
            put.unwrap();
            assert_eq!(first.commit(&delivery()).unwrap().nodes, 1);
            assert_eq!(second.join().unwrap().nodes, 2);
        });
        let notes: Vec<(String, String)> = store
            .records()
            .unwrap()
            .list(RecordKind("note"), "")
            .unwrap();
        assert_eq!(notes.len(), 1);
        assert_eq!(store.newest().unwrap().snapshot.revision(), 2);
    }

    #[test]
    fn a_reader_keeps_its_revision_while_the_next_is_loaded() {
        let directory = tempfile::tempdir().unwrap();
        let store = open(&directory.path().join("s.redb")).unwrap();
        let load = |number| {
            let mut batch = store.begin_load(Schema::municipal().unwrap()).unwrap();
            batch.add(&saying(number)).unwrap();
            batch.commit(&delivery()).unwrap();
        };
        load(1);
        let before = store.newest().unwrap();
        load(2);
        assert_eq!(before.snapshot.node_count(), 1);
        let second = store.secret().node("Address", "text:2");
        assert!(
            crate::graph::Archive::node_statements(&before.revision, second)
                .unwrap()
                .is_empty()
        );
        assert_eq!(store.newest().unwrap().snapshot.node_count(), 2);
    }
}
