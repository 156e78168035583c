//! What slows down who guesses passwords.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many guesses, and how long to wait.
#[derive(Debug, Clone, Copy)]
pub struct AttemptLimits {
    /// Failures of one account that cost nothing: people mistype.
    pub account_free: u32,
    /// Lock after one failure more; it doubles with each further one.
    pub account_wait: Duration,
    /// Longest lock of an account.
    pub account_wait_max: Duration,
    /// Failures from one address, whatever the account, within [`peer_window`](Self::peer_window). A whole town hall may
    /// come from one address.
    pub peer_failures: u32,
    /// Time over which those are counted.
    pub peer_window: Duration,
    /// After this time without a failure an account's failures are forgotten.
    pub forgotten_after: Duration,
}

impl Default for AttemptLimits {
    /// Some hundred guesses a day on one account: a password of the least allowed strength outlives its owner.
    fn default() -> Self {
        Self {
            account_free: 5,
            account_wait: Duration::from_secs(30),
            account_wait_max: Duration::from_secs(15 * 60),
            peer_failures: 60,
            peer_window: Duration::from_secs(10 * 60),
            forgotten_after: Duration::from_secs(2 * 60 * 60),
        }
    }
}

/// Most accounts and most addresses whose failures are kept. Past it the oldest are forgotten; who would fill it with
/// made-up names is stopped by the limit on addresses.
const KEPT_MAX: usize = 20_000;

/// Failed logins.
pub struct Attempts {
    limits: AttemptLimits,
    failures: Mutex<Failures>,
    /// Names are kept as keyed digests: people type passwords where names belong.
    key: [u8; 32],
}

#[derive(Default)]
struct Failures {
    accounts: HashMap<[u8; 32], Count>,
    peers: HashMap<IpAddr, Count>,
}

/// Failures: how many, the first and the last.
#[derive(Clone, Copy)]
struct Count {
    failures: u32,
    first: Instant,
    last: Instant,
}

impl std::fmt::Debug for Attempts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Attempts")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Attempts {
    /// No failures yet. `key` is random.
    pub fn new(limits: AttemptLimits, key: [u8; 32]) -> Self {
        Self {
            limits,
            failures: Mutex::default(),
            key,
        }
    }

    /// How long an account or an address must wait; `None`: it may try.
    pub fn wait(&self, account: &str, peer: Option<IpAddr>, now: Instant) -> Option<Duration> {
        let failures = self.failures();
        let account = failures.accounts.get(&self.key_of(account));
        let account = account.map(|count| self.account_end(*count));
        let peer = peer.and_then(|peer| failures.peers.get(&network(peer)));
        let peer = peer.and_then(|count| self.peer_end(*count));
        let until = account.max(peer)?;
        let wait = until.saturating_duration_since(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// Counts a failure; how long the account must now wait, if it must.
    pub fn failed(&self, account: &str, peer: Option<IpAddr>, now: Instant) -> Option<Duration> {
        let mut failures = self.failures();
        let key = self.key_of(account);
        let forgotten_after = self.limits.forgotten_after;
        let of_account = count_failure(&mut failures.accounts, key, now, |count| {
            now.saturating_duration_since(count.last) >= forgotten_after
        });
        self.count_peer(&mut failures, peer, now);
        let wait = self.account_end(of_account).saturating_duration_since(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// How long an address must wait, whatever the account; `None`: it may try.
    pub fn peer_wait(&self, peer: Option<IpAddr>, now: Instant) -> Option<Duration> {
        let failures = self.failures();
        let count = failures.peers.get(&network(peer?))?;
        let wait = self.peer_end(*count)?.saturating_duration_since(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// Counts a failure of an address that names no account.
    pub fn peer_failed(&self, peer: Option<IpAddr>, now: Instant) {
        self.count_peer(&mut self.failures(), peer, now);
    }

    /// Forgets an account's failures: its owner came in. The address keeps its own, else who has one account could guess
    /// on without end at others.
    pub fn succeeded(&self, account: &str) {
        self.failures().accounts.remove(&self.key_of(account));
    }

    fn account_end(&self, count: Count) -> Instant {
        match count.failures.checked_sub(self.limits.account_free + 1) {
            None => count.last,
            Some(past) => {
                let wait = self.limits.account_wait.saturating_mul(1 << past.min(16));
                count.last + wait.min(self.limits.account_wait_max)
            }
        }
    }

    fn peer_end(&self, count: Count) -> Option<Instant> {
        let is_over = count.failures >= self.limits.peer_failures;
        is_over.then(|| count.first + self.limits.peer_window)
    }

    fn count_peer(&self, failures: &mut Failures, peer: Option<IpAddr>, now: Instant) {
        if let Some(peer) = peer {
            let window = self.limits.peer_window;
            count_failure(&mut failures.peers, network(peer), now, |count| {
                now.saturating_duration_since(count.first) >= window
            });
        }
    }

    fn key_of(&self, account: &str) -> [u8; 32] {
        blake3::keyed_hash(&self.key, account.as_bytes()).into()
    }

    fn failures(&self) -> MutexGuard<'_, Failures> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count_failure<K: Hash + Eq + Copy>(
    kept: &mut HashMap<K, Count>,
    key: K,
    now: Instant,
    is_old: impl Fn(&Count) -> bool,
) -> Count {
    if kept.len() >= KEPT_MAX && !kept.contains_key(&key) {
        kept.retain(|_, count| !is_old(count));
        if kept.len() >= KEPT_MAX {
            let oldest = kept.iter().min_by_key(|(_, count)| count.last);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                kept.remove(&oldest);
            }
        }
    }
    let fresh = Count {
        failures: 0,
        first: now,
        last: now,
    };
    let count = kept.entry(key).or_insert(fresh);
    if is_old(count) {
        *count = fresh;
    }
    count.failures = count.failures.saturating_add(1);
    count.last = now;
    *count
}

/// Who has one IPv6 address has a whole network of them.
fn network(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts() -> Attempts {
        Attempts::new(AttemptLimits::default(), [1; 32])
    }

    fn peer(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn an_account_is_locked_after_some_failures_and_longer_each_time() {
        let (attempts, mut now) = (attempts(), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..13 {
            let wait = attempts.failed("a", None, now);
            assert_eq!(attempts.wait("a", None, now), wait);
            assert_eq!(attempts.wait("b", None, now), None);
            waits.push(wait.map_or(0, |wait| wait.as_secs()));
            now += wait.unwrap_or_default();
            assert_eq!(attempts.wait("a", None, now), None);
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
    }

    #[test]
    fn coming_in_and_time_forget_failures_of_an_account() {
        let (attempts, now) = (attempts(), Instant::now());
        let fail = |now| {
            (0..6)
                .filter_map(|_| attempts.failed("a", None, now))
                .count()
        };
        assert_eq!(fail(now), 1);
        attempts.succeeded("a");
        assert_eq!(attempts.wait("a", None, now), None);
        assert_eq!(fail(now), 1);
        let later = now + AttemptLimits::default().forgotten_after;
        assert_eq!(attempts.wait("a", None, later), None);
        assert_eq!(fail(later), 1);
    }

    #[test]
    fn an_address_that_tries_many_accounts_must_wait_for_all_of_them() {
        let (attempts, now) = (attempts(), Instant::now());
        for number in 0..60 {
            let account = format!("account-{number}");
            assert_eq!(attempts.wait(&account, peer("192.0.2.1"), now), None);
            attempts.failed(&account, peer("192.0.2.1"), now);
        }
        let wait = attempts.wait("owner", peer("192.0.2.1"), now);
        assert_eq!(wait, Some(Duration::from_secs(600)));
        assert_eq!(attempts.wait("owner", peer("192.0.2.2"), now), None);
        let later = now + Duration::from_secs(600);
        assert_eq!(attempts.wait("owner", peer("192.0.2.1"), later), None);
    }

    #[test]
    fn a_network_of_addresses_counts_as_one() {
        let (attempts, now) = (attempts(), Instant::now());
        for number in 0..60 {
            attempts.failed("a", peer(&format!("2001:db8::{number:x}")), now);
        }
        assert!(attempts.wait("b", peer("2001:db8::ffff"), now).is_some());
        assert!(attempts.wait("b", peer("2001:db8:0:1::1"), now).is_none());
    }

    #[test]
    fn what_is_kept_of_failures_is_bounded() {
        let (attempts, now) = (attempts(), Instant::now());
        for number in 0..KEPT_MAX + 10 {
            attempts.failed(&number.to_string(), None, now);
        }
        assert_eq!(attempts.failures().accounts.len(), KEPT_MAX);
    }
}
