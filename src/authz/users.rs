//! The users file: identities with argon2id hashes, for who does not come by OpenID Connect.

use std::collections::HashMap;
use std::sync::Mutex;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use serde::Deserialize;

use super::Principal;
use crate::model::Level;

/// Says what is wrong with a users file.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// Not TOML, or a key that does not belong there. The message names line and column.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// Two entries with one name.
    #[error("user `{0}` is named twice")]
    Twice(String),
    /// A hash that is not argon2id's own form.
    #[error("the hash of user `{0}` cannot be read: make one with `verband users hash`")]
    Hash(String),
    /// Hashing failed.
    #[error("the password could not be hashed: {0}")]
    Hashing(String),
}

/// A name and a password, as a caller sends them.
pub struct Credentials<'a> {
    /// Name of the account.
    pub name: &'a str,
    /// Its password.
    pub password: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserFile {
    #[serde(default)]
    user: Vec<UserEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserEntry {
    id: String,
    name: String,
    organisation: String,
    department: String,
    #[serde(default)]
    roles: Vec<String>,
    clearance: Level,
    password_hash: String,
}

struct User {
    principal: Principal,
    hash: String,
}

/// The identities of a users file.
pub struct Users {
    users: HashMap<String, User>,
    /// Proofs of passwords that were right, so that argon2 runs once per password and process, not per request.
    /// Keyed by a secret of this process; holds no password.
    proved: Mutex<HashMap<[u8; 32], ()>>,
    proof_key: [u8; 32],
    /// Checked for names that are not there, so that an unknown name takes as long as a wrong password.
    decoy: String,
}

impl std::fmt::Debug for Users {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Users")
            .field("users", &self.users.len())
            .finish_non_exhaustive()
    }
}

/// Most proofs kept; past it all are forgotten and made anew.
const PROOFS_MAX: usize = 10_000;

/// OWASP's second recommendation for argon2id (19 MiB, 2 passes, 1 lane).
fn hasher() -> Result<Argon2<'static>, UserError> {
    let params =
        Params::new(19_456, 2, 1, None).map_err(|error| UserError::Hashing(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

impl Users {
    /// Reads a users file (TOML, a list of `[[user]]`). `proof_key` is 32 random bytes.
    ///
    /// # Errors
    /// [`UserError`], with line and column where there are.
    pub fn parse(text: &str, proof_key: [u8; 32]) -> Result<Self, UserError> {
        let file: UserFile = toml::from_str(text)?;
        let mut users = HashMap::new();
        for entry in file.user {
            if PasswordHash::new(&entry.password_hash).is_err() {
                return Err(UserError::Hash(entry.id));
            }
            let user = User {
                principal: Principal {
                    id: entry.id.clone(),
                    name: entry.name,
                    organisation: entry.organisation,
                    department: entry.department,
                    roles: entry.roles.into_iter().collect(),
                    clearance: entry.clearance,
                },
                hash: entry.password_hash,
            };
            if users.insert(entry.id.clone(), user).is_some() {
                return Err(UserError::Twice(entry.id));
            }
        }
        Ok(Self {
            users,
            proved: Mutex::new(HashMap::new()),
            decoy: Self::hash("no password has this hash")?,
            proof_key,
        })
    }

    /// Makes the hash of a password, for a users file.
    ///
    /// # Errors
    /// [`UserError::Hashing`].
    pub fn hash(password: &str) -> Result<String, UserError> {
        let hash: PasswordHash = hasher()?
            .hash_password(password.as_bytes())
            .map_err(|error| UserError::Hashing(error.to_string()))?;
        Ok(hash.to_string())
    }

    /// The identity whose name and password these are. Takes tens of milliseconds the first time: not for an async
    /// worker.
    pub fn verify(&self, credentials: &Credentials<'_>) -> Option<Principal> {
        if let Some(proved) = self.proved(credentials) {
            return Some(proved);
        }
        let (user, hash) = self.find(credentials.name);
        let parsed = PasswordHash::new(hash).ok()?;
        let password = credentials.password.as_bytes();
        hasher().ok()?.verify_password(password, &parsed).ok()?;
        let mut proofs = self.proofs();
        if proofs.len() >= PROOFS_MAX {
            proofs.clear();
        }
        proofs.insert(self.proof(credentials, hash), ());
        user.map(|user| user.principal.clone())
    }

    /// As [`Self::verify`] where that was done before with the same name and password: at once. `None` says nothing.
    pub fn proved(&self, credentials: &Credentials<'_>) -> Option<Principal> {
        let (user, hash) = self.find(credentials.name);
        let proof = self.proof(credentials, hash);
        let is_proved = self.proofs().contains_key(&proof);
        user.filter(|_| is_proved)
            .map(|user| user.principal.clone())
    }

    /// Whether there is an account of this name. For records alone: an answer must not tell it.
    pub fn has(&self, name: &str) -> bool {
        self.users.contains_key(name)
    }

    /// The identity of an account, if there is one of this name.
    pub fn principal(&self, name: &str) -> Option<&Principal> {
        self.users.get(name).map(|user| &user.principal)
    }

    /// Whether an account is the same here and there: identity and password.
    pub fn has_same(&self, other: &Self, name: &str) -> bool {
        match (self.users.get(name), other.users.get(name)) {
            (Some(one), Some(other)) => one.principal == other.principal && one.hash == other.hash,
            _ => false,
        }
    }

    /// How many accounts there are.
    pub fn count(&self) -> usize {
        self.users.len()
    }

    /// An account and the hash of its password; of a name that is not there, the decoy.
    fn find(&self, name: &str) -> (Option<&User>, &str) {
        let user = self.users.get(name);
        let hash = user.map_or(self.decoy.as_str(), |user| user.hash.as_str());
        (user, hash)
    }

    fn proof(&self, credentials: &Credentials<'_>, hash: &str) -> [u8; 32] {
        let mut proof = blake3::Hasher::new_keyed(&self.proof_key);
        for part in [credentials.name, credentials.password, hash] {
            proof.update(&(part.len() as u64).to_le_bytes());
            proof.update(part.as_bytes());
        }
        proof.finalize().into()
    }

    /// The identities, by name.
    pub fn principals(&self) -> Vec<&Principal> {
        let mut principals: Vec<&Principal> =
            self.users.values().map(|user| &user.principal).collect();
        principals.sort_by(|a, b| a.id.cmp(&b.id));
        principals
    }

    fn proofs(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], ()>> {
        self.proved
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_name_and_password_give_an_identity() {
        let hash = Users::hash("geheim").unwrap();
        let text = format!(
            "[[user]]\nid='a'\nname='A'\norganisation='o'\ndepartment='d'\nclearance='intern'\npassword_hash='{hash}'\n"
        );
        let users = Users::parse(&text, [7; 32]).unwrap();
        let verify = |name, password| users.verify(&Credentials { name, password });
        for _ in 0..2 {
            assert_eq!(verify("a", "geheim").unwrap().id, "a");
            assert_eq!(verify("a", "gehein"), None);
            assert_eq!(verify("b", "geheim"), None);
            assert_eq!(verify("b", "no password has this hash"), None);
        }
    }
}
