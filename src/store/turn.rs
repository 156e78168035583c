//! Whose turn it is to load, and from when on a load writes.
//!
//! # Invariants
//! * **one load at a time**: whoever has the turn finds the store, when it begins to write, as it read it before.
//! * **late**: redb has one writer. A load takes that place only when it has something to write, so that cases and flags can
//!   be changed while a delivery is read.

use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use redb::{Database, Key, Table, TableDefinition, Value, WriteTransaction};

use super::error::StoreError;

/// Whether a load runs, and whether it is being written.
#[derive(Debug, Default)]
pub struct Loading {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    runs: bool,
    writes: bool,
}

impl Loading {
    /// Takes the turn to load; waits while another has it.
    pub fn turn(loading: &Arc<Self>) -> Turn {
        let state = loading.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = loading.changed.wait_while(state, |state| state.runs);
        waited.unwrap_or_else(PoisonError::into_inner).runs = true;
        Turn(Arc::clone(loading))
    }

    /// Waits until no load is being written, at most so long; tells whether none is.
    pub fn is_over(&self, at_most: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .changed
            .wait_timeout_while(state, at_most, |state| state.writes);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !state.writes
    }

    fn set(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
        self.changed.notify_all();
    }
}

/// The turn to load, for as long as this is there.
pub struct Turn(Arc<Loading>);

impl Turn {
    fn writes(&self) {
        self.0.set(State {
            runs: true,
            writes: true,
        });
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.set(State::default());
    }
}

/// The transaction of a load: begun when a table of it is first opened. Dropped, it leaves the store as it was.
pub struct LateTransaction {
    begun: OnceLock<WriteTransaction>,
    database: Arc<Database>,
    /// Last, so that it goes after the transaction.
    turn: Turn,
}

impl LateTransaction {
    pub fn new(database: Arc<Database>, turn: Turn) -> Self {
        Self {
            begun: OnceLock::new(),
            database,
            turn,
        }
    }

    /// The transaction; waits for a change of documents that is being written.
    pub fn begun(&self) -> Result<&WriteTransaction, StoreError> {
        if let Some(begun) = self.begun.get() {
            return Ok(begun);
        }
        self.turn.writes();
        let transaction = self.database.begin_write()?;
        Ok(self.begun.get_or_init(|| transaction))
    }

    pub fn open_table<K: Key + 'static, V: Value + 'static>(
        &self,
        table: TableDefinition<'_, K, V>,
    ) -> Result<Table<'_, K, V>, StoreError> {
        Ok(self.begun()?.open_table(table)?)
    }

    /// Makes all of it durable; nothing is to be made so where nothing was written.
    pub fn commit(mut self) -> Result<(), StoreError> {
        if let Some(transaction) = self.begun.take() {
            transaction.commit()?;
        }
        Ok(())
    }

    pub fn abort(mut self) -> Result<(), StoreError> {
        if let Some(transaction) = self.begun.take() {
            transaction.abort()?;
        }
        Ok(())
    }
}
