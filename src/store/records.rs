//! Documents that the program itself keeps, apart from what sources say: cases, interests, flags, ...
//!
//! # Invariants
//! * **a change is one transaction**: what one call puts and removes is committed together, durably, or not at all.
//! * **no revision moves**: what sources said, and so every view, is untouched by a record.
//!
//! What this module does not do: know what a document means, or decide who may read it. Who calls does both.

use redb::{ReadableDatabase, ReadableTable, Table, TableError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Store;
use super::codec::damaged;
use super::error::StoreError;
use super::tables::RECORDS;

/// A kind of document: a name that never changes once something is stored under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordKind(pub &'static str);

/// What reads documents: the state of the last committed change, or of a change in progress.
pub trait ReadRecords {
    /// The document with this key.
    ///
    /// # Errors
    /// [`StoreError`]; a document that is not as its type has it is [`StoreError::Damaged`].
    fn get<T: DeserializeOwned>(
        &self,
        kind: RecordKind,
        key: &str,
    ) -> Result<Option<T>, StoreError>;

    /// The documents whose keys begin with `prefix` (empty: all), ascending by key.
    ///
    /// # Errors
    /// As [`Self::get`].
    fn list<T: DeserializeOwned>(
        &self,
        kind: RecordKind,
        prefix: &str,
    ) -> Result<Vec<(String, T)>, StoreError>;
}

/// The documents as the last committed change left them.
pub struct RecordReader(Option<redb::ReadOnlyTable<(&'static str, &'static str), &'static [u8]>>);

/// A change in progress: it reads what it wrote.
pub struct RecordChange<'a>(Table<'a, (&'static str, &'static str), &'static [u8]>);

impl Store {
    /// The documents as they stand now; later changes do not show in it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn records(&self) -> Result<RecordReader, StoreError> {
        match self.database.begin_read()?.open_table(RECORDS) {
            Ok(table) => Ok(RecordReader(Some(table))),
            // A store that holds none yet.
            Err(TableError::TableDoesNotExist(_)) => Ok(RecordReader(None)),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes documents in one transaction: durable when this returns, and nothing at all where `change` fails.
    /// Waits while another change or a load is being written.
    ///
    /// # Errors
    /// What `change` says, or [`StoreError`].
    pub fn change_records<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&mut RecordChange<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = self.database.begin_write().map_err(StoreError::from)?;
        let changed = {
            let table = transaction.open_table(RECORDS).map_err(StoreError::from)?;
            change(&mut RecordChange(table))?
        };
        transaction.commit().map_err(StoreError::from)?;
        Ok(changed)
    }
}

impl<'a> RecordChange<'a> {
    /// A change that is part of a greater transaction.
    pub(super) fn of(table: Table<'a, (&'static str, &'static str), &'static [u8]>) -> Self {
        Self(table)
    }

    /// Stores a document, in place of the one that has its key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put<T: Serialize>(
        &mut self,
        kind: RecordKind,
        key: &str,
        document: &T,
    ) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(document)
            .map_err(|error| damaged(&format!("a record cannot be written: {error}")))?;
        self.0.insert((kind.0, key), bytes.as_slice())?;
        Ok(())
    }

    /// Removes a document; tells whether there was one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove(&mut self, kind: RecordKind, key: &str) -> Result<bool, StoreError> {
        Ok(self.0.remove((kind.0, key))?.is_some())
    }
}

impl ReadRecords for RecordReader {
    fn get<T: DeserializeOwned>(
        &self,
        kind: RecordKind,
        key: &str,
    ) -> Result<Option<T>, StoreError> {
        self.0
            .as_ref()
            .map_or(Ok(None), |table| get(table, kind, key))
    }

    fn list<T: DeserializeOwned>(
        &self,
        kind: RecordKind,
        prefix: &str,
    ) -> Result<Vec<(String, T)>, StoreError> {
        self.0
            .as_ref()
            .map_or(Ok(Vec::new()), |table| list(table, kind, prefix))
    }
}

impl ReadRecords for RecordChange<'_> {
    fn get<T: DeserializeOwned>(
        &self,
        kind: RecordKind,
        key: &str,
    ) -> Result<Option<T>, StoreError> {
        get(&self.0, kind, key)
    }

    fn list<T: DeserializeOwned>(
        &self,
        kind: RecordKind,
        prefix: &str,
    ) -> Result<Vec<(String, T)>, StoreError> {
        list(&self.0, kind, prefix)
    }
}

fn get<T: DeserializeOwned>(
    table: &impl ReadableTable<(&'static str, &'static str), &'static [u8]>,
    kind: RecordKind,
    key: &str,
) -> Result<Option<T>, StoreError> {
    let found = table.get((kind.0, key))?;
    found
        .map(|bytes| read(kind, key, bytes.value()))
        .transpose()
}

fn list<T: DeserializeOwned>(
    table: &impl ReadableTable<(&'static str, &'static str), &'static [u8]>,
    kind: RecordKind,
    prefix: &str,
) -> Result<Vec<(String, T)>, StoreError> {
    let mut found = Vec::new();
    for entry in table.range((kind.0, prefix)..)? {
        let (place, bytes) = entry?;
        let (of_kind, key) = place.value();
        if of_kind != kind.0 || !key.starts_with(prefix) {
            break;
        }
        found.push((key.to_owned(), read(kind, key, bytes.value())?));
    }
    Ok(found)
}

fn read<T: DeserializeOwned>(kind: RecordKind, key: &str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| {
        damaged(&format!(
            "the record `{}/{key}` cannot be read: {error}",
            kind.0
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRUIT: RecordKind = RecordKind("fruit");

    fn store(directory: &tempfile::TempDir) -> Store {
        Store::open_or_create(&directory.path().join("s.redb"), || [7; 32]).unwrap()
    }

    fn put(store: &Store, kind: RecordKind, key: &str, document: &str) {
        store
            .change_records(|change| change.put(kind, key, &document))
            .unwrap();
    }

    #[test]
    fn documents_are_listed_by_kind_and_prefix_in_order_of_their_keys() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        assert!(
            store
                .records()
                .unwrap()
                .list::<String>(FRUIT, "")
                .unwrap()
                .is_empty()
        );
        for key in ["b/2", "a/1", "b/1", "c"] {
            put(&store, FRUIT, key, key);
        }
        put(&store, RecordKind("fruits"), "b/0", "of another kind");
        put(&store, RecordKind("frui"), "b/3", "of another kind");
        let reader = store.records().unwrap();
        let keys = |prefix| {
            let found: Vec<(String, String)> = reader.list(FRUIT, prefix).unwrap();
            found
                .into_iter()
                .map(|(key, _)| key)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            (keys("").as_str(), keys("b/").as_str(), keys("d").as_str()),
            ("a/1 b/1 b/2 c", "b/1 b/2", "")
        );
    }

    #[test]
    fn a_change_that_fails_leaves_nothing_and_one_that_is_done_stays() {
        let directory = tempfile::tempdir().unwrap();
        let open = store(&directory);
        put(&open, FRUIT, "a", "apple");
        let failed: Result<(), StoreError> = open.change_records(|change| {
            change.put(FRUIT, "a", &"acorn")?;
            change.put(FRUIT, "b", &"berry")?;
            assert_eq!(change.get::<String>(FRUIT, "b")?.as_deref(), Some("berry"));
            Err(damaged("the caller changed its mind"))
        });
        assert!(failed.is_err());
        drop(open);
        let again = store(&directory);
        let kept: Vec<(String, String)> = again.records().unwrap().list(FRUIT, "").unwrap();
        assert_eq!(kept, [("a".to_owned(), "apple".to_owned())]);
        let gone: Result<bool, StoreError> =
            again.change_records(|change| change.remove(FRUIT, "a"));
        assert!(gone.unwrap());
        assert_eq!(
            again.records().unwrap().get::<String>(FRUIT, "a").unwrap(),
            None
        );
    }

    #[test]
    fn a_document_of_another_form_is_told_as_damage() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        put(&store, FRUIT, "a", "apple");
        let error = store.records().unwrap().get::<u64>(FRUIT, "a").unwrap_err();
        assert!(error.to_string().contains("fruit/a"), "{error}");
    }
}
