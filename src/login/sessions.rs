//! Sessions of browsers.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::Random;
use crate::authz::Principal;

/// When sessions end.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Longest time without a request.
    pub idle: Duration,
    /// Longest time at all.
    pub absolute: Duration,
    /// Most sessions of one account; a further login ends the one that was used longest ago.
    pub per_account: usize,
}

impl Default for SessionLimits {
    /// Half an hour without a request, as the Dutch baseline for information security (BIO) has it for access from
    /// outside; one working day at all; some browsers at once.
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(10 * 60 * 60),
            per_account: 8,
        }
    }
}

/// What a login gives a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedSession {
    /// For the cookie: 256 random bits.
    pub id: String,
    /// For the header of each request that changes something: a page of another site cannot know it.
    pub csrf_token: String,
}

/// The sessions of this process.
pub struct Sessions {
    held: Mutex<HashMap<[u8; 32], Held>>,
    limits: SessionLimits,
    random: Random,
    csrf_key: [u8; 32],
}

struct Held {
    principal: Principal,
    begun: Instant,
    used: Instant,
}

impl Held {
    fn is_over(&self, limits: SessionLimits, now: Instant) -> bool {
        now.saturating_duration_since(self.used) >= limits.idle
            || now.saturating_duration_since(self.begun) >= limits.absolute
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Sessions")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Sessions {
    /// No sessions yet.
    pub fn new(limits: SessionLimits, random: Random) -> Self {
        Self {
            held: Mutex::default(),
            csrf_key: random(),
            limits,
            random,
        }
    }

    /// Opens a session for who has logged in.
    pub fn open(&self, principal: Principal, now: Instant) -> OpenedSession {
        let id = URL_SAFE_NO_PAD.encode((self.random)());
        let mut held = self.held();
        held.retain(|_, session| !session.is_over(self.limits, now));
        let mut own: Vec<([u8; 32], Instant)> = held
            .iter()
            .filter(|(_, session)| session.principal.id == principal.id)
            .map(|(key, session)| (*key, session.used))
            .collect();
        own.sort_by_key(|&(key, used)| (std::cmp::Reverse(used), key));
        for (key, _) in own.iter().skip(self.limits.per_account.saturating_sub(1)) {
            held.remove(key);
        }
        let session = Held {
            principal,
            begun: now,
            used: now,
        };
        held.insert(key_of(&id), session);
        OpenedSession {
            csrf_token: self.csrf_token(&id),
            id,
        }
    }

    /// Whose session this is, if it is one and has not ended. Being used puts off its idle end.
    pub fn principal(&self, id: &str, now: Instant) -> Option<Principal> {
        let key = key_of(id);
        let mut held = self.held();
        let session = held.get_mut(&key)?;
        if session.is_over(self.limits, now) {
            held.remove(&key);
            return None;
        }
        session.used = now;
        Some(session.principal.clone())
    }

    /// Ends a session; whose it was.
    pub fn close(&self, id: &str) -> Option<Principal> {
        self.held()
            .remove(&key_of(id))
            .map(|session| session.principal)
    }

    /// Ends the sessions of those who may not stay; tells how many.
    pub fn end_unless(&self, may_stay: impl Fn(&Principal) -> bool) -> usize {
        let mut held = self.held();
        let before = held.len();
        held.retain(|_, session| may_stay(&session.principal));
        before - held.len()
    }

    /// The token that goes with a session.
    pub fn csrf_token(&self, id: &str) -> String {
        // Made from the identifier, so that it need not be kept beside it.
        let digest = blake3::keyed_hash(&self.csrf_key, id.as_bytes());
        URL_SAFE_NO_PAD.encode(digest.as_bytes())
    }

    /// Whether a token goes with a session. Takes as long for any token of the right length.
    pub fn is_csrf_token(&self, id: &str, token: &str) -> bool {
        self.csrf_token(id)
            .as_bytes()
            .ct_eq(token.as_bytes())
            .into()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<[u8; 32], Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sessions are found by the digest of their identifier: how long a look-up takes tells of the digest, not of it.
fn key_of(id: &str) -> [u8; 32] {
    blake3::hash(id.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;
    use crate::model::Level;

    fn principal(id: &str) -> Principal {
        Principal {
            id: id.to_owned(),
            name: id.to_owned(),
            organisation: "gemeente".to_owned(),
            department: "wonen".to_owned(),
            roles: std::collections::BTreeSet::new(),
            clearance: Level::Intern,
        }
    }

    fn sessions() -> Sessions {
        let count = AtomicU8::new(0);
        let random = move || [count.fetch_add(1, Ordering::Relaxed); 32];
        Sessions::new(SessionLimits::default(), Box::new(random))
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_session_ends_when_it_is_not_used() {
        let (sessions, start) = (sessions(), Instant::now());
        let id = sessions.open(principal("a"), start).id;
        let at = |minutes: u32| sessions.principal(&id, start + MINUTE * minutes);
        assert!(at(29).is_some());
        assert!(at(58).is_some());
        assert!(at(88).is_none());
        assert!(at(58).is_none(), "what has ended does not come back");
    }

    #[test]
    fn a_session_ends_after_a_working_day_however_much_it_is_used() {
        let (sessions, start) = (sessions(), Instant::now());
        let id = sessions.open(principal("a"), start).id;
        let ended = (0..100).find(|step| {
            let now = start + MINUTE * 20 * *step;
            sessions.principal(&id, now).is_none()
        });
        assert_eq!(ended, Some(30));
    }

    #[test]
    fn a_session_that_is_closed_opens_nothing() {
        let (sessions, now) = (sessions(), Instant::now());
        let id = sessions.open(principal("a"), now).id;
        assert_eq!(sessions.close(&id).unwrap().id, "a");
        assert_eq!(sessions.principal(&id, now), None);
        assert_eq!(sessions.close(&id), None);
    }

    #[test]
    fn one_login_too_many_ends_the_session_that_was_used_longest_ago() {
        let (sessions, start) = (sessions(), Instant::now());
        let other = sessions.open(principal("b"), start).id;
        let ids: Vec<String> = (0..8)
            .map(|number| {
                let now = start + Duration::from_secs(number);
                sessions.open(principal("a"), now).id
            })
            .collect();
        let now = start + MINUTE;
        assert!(sessions.principal(&ids[0], now).is_some());
        sessions.open(principal("a"), now);
        let open: Vec<bool> = ids
            .iter()
            .map(|id| sessions.principal(id, now).is_some())
            .collect();
        let second_ended = [true, false, true, true, true, true, true, true];
        assert_eq!(open, second_ended);
        assert!(sessions.principal(&other, now).is_some());
    }

    #[test]
    fn a_token_goes_with_its_own_session_alone() {
        let (sessions, now) = (sessions(), Instant::now());
        let [one, other] = ["a", "b"].map(|name| sessions.open(principal(name), now));
        assert_ne!(one.id, other.id);
        assert!(sessions.is_csrf_token(&one.id, &one.csrf_token));
        for wrong in [other.csrf_token.as_str(), one.id.as_str(), ""] {
            assert!(!sessions.is_csrf_token(&one.id, wrong));
        }
    }
}
