//! Settings of a server, from a file, checked once at start.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::authz::{Policy, PolicyError, PurposeRegister, RegisterError, UserError, Users};
use crate::engine::{DeskSettings, Rules};

/// Why settings were not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("`{file}` cannot be read: {source}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The settings are no TOML, or name what does not belong there.
    #[error("{file}: {source}")]
    Syntax {
        /// The file.
        file: PathBuf,
        /// Where and what.
        source: toml::de::Error,
    },
    /// The policy is wrong. The message begins with file, line and column.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The register of purposes is wrong.
    #[error("{file}: {source}")]
    Purposes {
        /// The file.
        file: PathBuf,
        /// Where and what.
        source: RegisterError,
    },
    /// The users file is wrong.
    #[error("{file}: {source}")]
    Users {
        /// The file.
        file: PathBuf,
        /// Where and what.
        source: UserError,
    },
}

/// Settings of `verband serve`. Paths are relative to the settings file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The store.
    pub store: PathBuf,
    /// The Cedar policy.
    pub policy: PathBuf,
    /// The register of processing activities.
    pub purposes: PathBuf,
    /// The identities.
    pub users: PathBuf,
    /// The directory of the audit log; default `audit`.
    #[serde(default = "default_audit")]
    pub audit: PathBuf,
    /// Address to listen on; default loopback, port 8080.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Address of the measures for Prometheus; default not served.
    #[serde(default)]
    pub metrics: Option<SocketAddr>,
    /// How this organisation handles cases and what they let others know.
    #[serde(default)]
    pub desk: DeskSettings,
}

fn default_audit() -> PathBuf {
    PathBuf::from("audit")
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

impl Config {
    /// Reads settings.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`], [`ConfigError::Syntax`].
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = read_text(file)?;
        let mut config: Self = toml::from_str(&text).map_err(|source| ConfigError::Syntax {
            file: file.to_owned(),
            source,
        })?;
        let directory = file.parent().unwrap_or(Path::new("."));
        for path in [
            &mut config.store,
            &mut config.policy,
            &mut config.purposes,
            &mut config.users,
            &mut config.audit,
        ] {
            *path = directory.join(&*path);
        }
        Ok(config)
    }

    /// Reads policy and purposes.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn rules(&self) -> Result<Rules, ConfigError> {
        Ok(Rules {
            policy: read_policy(&self.policy)?,
            purposes: PurposeRegister::parse(&read_text(&self.purposes)?).map_err(|source| {
                ConfigError::Purposes {
                    file: self.purposes.clone(),
                    source,
                }
            })?,
        })
    }

    /// Reads the identities.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn users(&self) -> Result<Users, ConfigError> {
        Users::parse(&read_text(&self.users)?, rand::random()).map_err(|source| {
            ConfigError::Users {
                file: self.users.clone(),
                source,
            }
        })
    }
}

/// Reads and checks a policy file.
///
/// # Errors
/// [`ConfigError`].
pub fn read_policy(file: &Path) -> Result<Policy, ConfigError> {
    Ok(Policy::parse(
        &file.display().to_string(),
        &read_text(file)?,
    )?)
}

fn read_text(file: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(file).map_err(|source| ConfigError::Unreadable {
        file: file.to_owned(),
        source,
    })
}
