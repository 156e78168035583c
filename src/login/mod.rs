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
pub use provider::{ProviderError, is_safe_url, trust};
pub use sessions::{OpenedSession, SessionLimits, Sessions};
pub use settings::{LoginSettings, SettingsError, Tls};

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::authz::{Principal, Users};

/// Where random bytes come from.
pub type Random = Box<dyn Fn() -> [u8; 32] + Send + Sync>;

/// All ways in.
#[derive(Debug)]
pub struct Login {
    /// How the server is reached.
    pub settings: LoginSettings,
    /// Sessions of browsers.
    pub sessions: Sessions,
    /// A provider of identities, if there is one.
    pub oidc: Option<Oidc>,
    users: Arc<Users>,
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
            users,
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

    /// Whether an identity of a provider may come in: not under the name of an account of the users file, which would
    /// then be two persons.
    pub fn is_free(&self, principal: &Principal) -> bool {
        !self.users.has(&principal.id)
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
