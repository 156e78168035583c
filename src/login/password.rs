//! Names and passwords.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard};

use super::Login;
use crate::authz::{Credentials, Principal};

/// Longest name and longest password, in bytes. A longer one is wrong.
const CREDENTIAL_BYTES_MAX: usize = 1_024;

/// Why a name and password did not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// They are wrong.
    Wrong {
        /// The account, if there is one of that name: what else was typed is not to be written down.
        account: Option<String>,
        /// Whether further attempts must now wait.
        locks: bool,
    },
    /// There were too many wrong ones; nothing was looked at.
    Later(Duration),
}

/// Takes turns: of one account one password is checked at a time, so that no more guesses get through at once than the
/// lock allows. Accounts share turns by their digest, whether they exist or not.
#[derive(Debug)]
pub struct Turns(Vec<Mutex<()>>);

/// Turns at once. Two accounts that share one wait some milliseconds for each other.
const TURNS: usize = 64;

impl Default for Turns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Mutex::new(())).collect())
    }
}

impl Turns {
    async fn of(&self, account: &str) -> Option<MutexGuard<'_, ()>> {
        let first = blake3::hash(account.as_bytes()).as_bytes().first().copied();
        let turn = self.0.get(usize::from(first?) % TURNS)?;
        Some(turn.lock().await)
    }
}

impl Login {
    /// Whose name and password these are.
    ///
    /// # Errors
    /// [`Refused`], with nothing that tells an account that is there from one that is not, but for the records.
    pub async fn by_password(
        self: &Arc<Self>,
        name: String,
        password: String,
        peer: Option<IpAddr>,
    ) -> Result<Principal, Refused> {
        if let Some(wait) = self.attempts.wait(&name, peer, Instant::now()) {
            return Err(Refused::Later(wait));
        }
        let users = self.users();
        let proved = users.proved(&Credentials {
            name: &name,
            password: &password,
        });
        if let Some(principal) = proved {
            self.attempts.succeeded(&name);
            return Ok(principal);
        }
        let _turn = self.turns.of(&name).await;
        // Others may have failed while this one waited.
        if let Some(wait) = self.attempts.wait(&name, peer, Instant::now()) {
            return Err(Refused::Later(wait));
        }
        let verified = tokio::task::spawn_blocking(move || {
            let is_long = name.len().max(password.len()) > CREDENTIAL_BYTES_MAX;
            let credentials = Credentials {
                name: &name,
                password: if is_long { "" } else { &password },
            };
            (users.verify(&credentials), users.has(&name), name)
        });
        // The task does not panic and is not cancelled; if it were, nobody came in.
        let Ok((verified, is_there, name)) = verified.await else {
            let (account, locks) = (None, false);
            return Err(Refused::Wrong { account, locks });
        };
        match verified {
            Some(principal) => {
                self.attempts.succeeded(&name);
                Ok(principal)
            }
            None => Err(Refused::Wrong {
                locks: self.attempts.failed(&name, peer, Instant::now()).is_some(),
                account: is_there.then_some(name),
            }),
        }
    }
}
