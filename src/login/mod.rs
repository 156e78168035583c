//! Who comes in: sessions of browsers, a provider of identities, bearer tokens, and what slows down who guesses.
//!
//! Every way in ends in a [`Principal`](crate::authz::Principal); what that one may see is no matter of this module.
//!
//! # Invariants
//! * **a session is new at each login**: an identifier that was there before, whoever planted it, opens nothing.
//! * **nothing that opens is kept**: of session identifiers only their digests are in memory, and nothing is on disk. A
//!   restart ends all sessions.
//! * **an account that is not there answers as one that is**: the same work, the same words, the same lock.
//!
//! What this module does not do: speak HTTP (`api`), or write records (`audit`).
//!
//! # Design notes
//! * Sessions are in the memory of the one process that serves. Tokens that carry themselves were weighed: they cannot
//!   be ended before their time, and a session must end when someone logs out.
//! * A locked account is locked for the right password too, else the lock would tell when a guess was right. So who knows
//!   a name can lock it for some minutes; machines that must not be stopped so do not use passwords.

mod attempts;
mod claims;
mod jwt;
mod oidc;
mod password;
mod provider;
mod sessions;
mod settings;

pub use attempts::{AttemptLimits, Attempts};
pub use oidc::{Departure, LOGIN_TIME_MAX, Oidc, OidcError, OidcFiles, OidcSettings, Return};
pub use password::Refused;
pub use provider::ProviderError;
pub use sessions::{OpenedSession, SessionLimits, Sessions};
pub use settings::{LoginSettings, SettingsError, Tls};

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use crate::authz::{Principal, Users};

/// Where random bytes come from.
pub type Random = Box<dyn Fn() -> [u8; 32] + Send + Sync>;

/// Whose session is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionOf {
    /// Of an account of the users file.
    Account,
    /// Of an identity of the provider.
    Provider,
}

/// All ways in.
#[derive(Debug)]
pub struct Login {
    /// How the server is reached.
    pub settings: LoginSettings,
    /// Sessions of browsers.
    pub sessions: Sessions,
    /// A provider of identities, if there is one.
    pub oidc: Option<Oidc>,
    users: ArcSwap<Users>,
    attempts: Attempts,
    turns: password::Turns,
}

impl Login {
    /// The ways in to some identities. `random` must not be guessable; tests pass one that repeats.
    pub fn new(users: Arc<Users>, settings: LoginSettings, random: Random) -> Self {
        Self {
            attempts: Attempts::new(AttemptLimits::default(), random()),
            sessions: Sessions::new(SessionLimits::default(), random),
            turns: password::Turns::default(),
            oidc: None,
            settings,
            users: ArcSwap::new(users),
        }
    }

    /// The same with a provider of identities.
    #[must_use]
    pub fn with_oidc(self, oidc: Oidc) -> Self {
        Self {
            oidc: Some(oidc),
            ..self
        }
    }

    /// The accounts of the users file, as they are now.
    pub fn users(&self) -> Arc<Users> {
        self.users.load_full()
    }

    /// Takes other accounts in place of those there were. Sessions of an account that is gone, or has another password,
    /// department, role or clearance, end; tells how many.
    pub fn replace_users(&self, users: Users) -> usize {
        let users = Arc::new(users);
        // First the accounts, then the sessions: who comes in between is looked at again in `open_session`.
        let before = self.users.swap(Arc::clone(&users));
        self.sessions
            .end_unless(|principal| match before.has(&principal.id) {
                true => users.has_same(&before, &principal.id),
                false => !users.has(&principal.id),
            })
    }

    /// Opens a session for who has logged in; none if the accounts were replaced meanwhile and this is not one of them.
    pub fn open_session(
        &self,
        principal: Principal,
        by: SessionOf,
        now: Instant,
    ) -> Option<OpenedSession> {
        let opened = self.sessions.open(principal.clone(), now);
        let users = self.users();
        let is_current = match by {
            SessionOf::Account => users.principal(&principal.id) == Some(&principal),
            SessionOf::Provider => !users.has(&principal.id),
        };
        if is_current {
            return Some(opened);
        }
        self.sessions.close(&opened.id);
        None
    }

    /// Whether an identity of a provider may come in: not under the name of an account of the users file, which would
    /// then be two persons.
    pub fn is_free(&self, principal: &Principal) -> bool {
        !self.users().has(&principal.id)
    }

    /// How long an address that showed too many tokens that are not taken must wait; `None`: it may show one.
    pub fn token_wait(&self, peer: Option<IpAddr>) -> Option<Duration> {
        self.attempts.peer_wait(peer, Instant::now())
    }

    /// Counts a token that was not taken.
    pub fn token_failed(&self, peer: Option<IpAddr>) {
        self.attempts.peer_failed(peer, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Level;

    fn users(entries: &[(&str, &str, &str)]) -> Users {
        let text: String = entries
            .iter()
            .map(|(id, department, hash)| {
                format!(
                    "[[user]]\nid = '{id}'\nname = 'N'\norganisation = 'o'\ndepartment = '{department}'\n\
                     clearance = 'intern'\npassword_hash = '{hash}'\n"
                )
            })
            .collect();
        Users::parse(&text, [7; 32]).unwrap()
    }

    fn principal(id: &str, department: &str) -> Principal {
        Principal {
            id: id.to_owned(),
            name: "N".to_owned(),
            organisation: "o".to_owned(),
            department: department.to_owned(),
            roles: std::collections::BTreeSet::new(),
            clearance: Level::Intern,
        }
    }

    #[test]
    fn sessions_of_accounts_that_are_not_the_same_any_more_end_and_others_go_on() {
        let hashes = ["x", "y"].map(|password| Users::hash(password).unwrap());
        let [one, other] = hashes.each_ref().map(String::as_str);
        let before = users(&[
            ("same", "d", one),
            ("moved", "d", one),
            ("gone", "d", one),
            ("changed", "d", one),
        ]);
        let draws = std::sync::atomic::AtomicU8::new(0);
        let random = move || [draws.fetch_add(1, std::sync::atomic::Ordering::Relaxed); 32];
        let login = Login::new(Arc::new(before), LoginSettings::default(), Box::new(random));
        let now = Instant::now();
        let open = |id: &str, by| login.open_session(principal(id, "d"), by, now).unwrap().id;
        let ids = ["same", "moved", "gone", "changed"].map(|id| open(id, SessionOf::Account));
        let of_provider = ["guest", "taken"].map(|id| open(id, SessionOf::Provider));
        let after = users(&[
            ("same", "d", one),
            ("moved", "e", one),
            ("changed", "d", other),
            ("taken", "d", one),
        ]);
        assert_eq!(login.replace_users(after), 4);
        let stays = |id: &String| login.sessions.principal(id, now).is_some();
        assert_eq!(ids.each_ref().map(stays), [true, false, false, false]);
        assert_eq!(of_provider.each_ref().map(stays), [true, false]);
        // Who was let in under the accounts of before, and comes too late.
        for (id, by) in [
            ("gone", SessionOf::Account),
            ("moved", SessionOf::Account),
            ("taken", SessionOf::Provider),
        ] {
            assert_eq!(
                login.open_session(principal(id, "d"), by, now),
                None,
                "{id}"
            );
        }
    }
}
