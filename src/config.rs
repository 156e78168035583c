//! Settings of a server, from a file, checked once at start.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::api::{ConnectionLimits, TlsFiles};
use crate::audit::OtlpSettings;
use crate::authz::{Policy, PolicyError, PurposeRegister, RegisterError, UserError, Users};
use crate::case::accumulation::{AccumulationError, AccumulationRules};
use crate::engine::{
    DeliveryRegister, DeliveryRegisterError, DeskSettings, RetentionRules, RetentionRulesError,
    Rules,
};
use crate::handover::{CaseSystem, CaseSystemError, HandoverSettings};
use crate::login::{LoginSettings, Oidc, OidcFiles, OidcSettings, SettingsError, Tls};
use crate::model::Schema;
use crate::scan::pattern::{Library, LibraryError};
use crate::scan::run::{MandateError, Mandates};

/// Why settings were not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The case system cannot be used.
    #[error("`[handover]` in the settings: {0}")]
    CaseSystem(#[source] CaseSystemError),
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
    /// A pattern is wrong. The message begins with file, line and column.
    #[error(transparent)]
    Patterns(#[from] LibraryError),
    /// The mandates are wrong.
    #[error("{file}: {source}")]
    Mandates {
        /// The file.
        file: PathBuf,
        /// Where and what.
        source: MandateError,
    },
    /// The users file is wrong.
    #[error("{file}: {source}")]
    Users {
        /// The file.
        file: PathBuf,
        /// Where and what.
        source: UserError,
    },
    /// The register of sources that are delivered into the server is wrong.
    #[error("{file}: {source}")]
    Deliveries {
        /// The file.
        file: PathBuf,
        /// Where and what.
        source: Box<DeliveryRegisterError>,
    },
    /// The rules of retention are wrong.
    #[error("{file}: {source}")]
    Retention {
        /// The file.
        file: PathBuf,
        /// Where and what.
        source: Box<RetentionRulesError>,
    },
    /// What departments agreed on to count together is wrong.
    #[error("{file}: {source}")]
    Accumulation {
        /// The file.
        file: PathBuf,
        /// Where and what.
        source: Box<AccumulationError>,
    },
    /// The settings name no rules of retention.
    #[error(
        "the settings name no rules of retention: set `retention` to a file of them (docs/RETENTION.md)"
    )]
    NoRetention,
    /// The settings of logging in cannot be.
    #[error(transparent)]
    Login(#[from] SettingsError),
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
    /// The directory of patterns; default those that are built in.
    #[serde(default)]
    pub patterns: Option<PathBuf>,
    /// The mandates of scans; default none, and so no scans and no flags.
    #[serde(default)]
    pub mandates: Option<PathBuf>,
    /// The sources that are delivered into the running server, and by whom; default none.
    #[serde(default)]
    pub deliveries: Option<PathBuf>,
    /// How long what each source says is kept; default: `verband store purge` takes nothing out.
    #[serde(default)]
    pub retention: Option<PathBuf>,
    /// The private key that checkpoints of the log are signed with; made at the first start. Default `audit.key`.
    #[serde(default = "default_audit_key")]
    pub audit_key: PathBuf,
    /// Name of the log, in its checkpoints; default `verband`.
    #[serde(default = "default_audit_name")]
    pub audit_name: String,
    /// A directory for copies of the checkpoints, which who can write the log cannot write; default none.
    #[serde(default)]
    pub audit_copies: Option<PathBuf>,
    /// Where the log is handed on to; default nowhere.
    #[serde(default)]
    pub audit_export: Option<OtlpSettings>,
    /// Seconds between two checkpoints; default 60.
    #[serde(default = "default_checkpoint_seconds")]
    pub checkpoint_seconds: u64,
    /// Address to listen on; default loopback, port 8080.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Address of the measures for Prometheus; default not served.
    #[serde(default)]
    pub metrics: Option<SocketAddr>,
    /// Scheme and host that browsers use, such as `https://verband.gemeente.example`; default: whatever the request names.
    #[serde(default)]
    pub public_url: Option<String>,
    /// Addresses of proxies whose `X-Forwarded-For` is believed; default none.
    #[serde(default)]
    pub trusted_proxies: Vec<IpAddr>,
    /// Certificate and key (PEM); default plain HTTP.
    #[serde(default)]
    pub tls: Option<TlsSettings>,
    /// Limits of connections.
    #[serde(default)]
    pub connections: ConnectionLimits,
    /// A provider of identities; default none.
    #[serde(default)]
    pub oidc: Option<OidcSettings>,
    /// What departments have agreed on to count signals together; default nothing.
    #[serde(default)]
    pub accumulation: Option<PathBuf>,
    /// How this organisation handles cases and what they let others know.
    #[serde(default)]
    pub desk: DeskSettings,
    /// The case system that cases are handed over to; default none.
    #[serde(default)]
    pub handover: Option<HandoverSettings>,
}

/// Files of TLS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The certificate and those it descends from.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

fn default_audit() -> PathBuf {
    PathBuf::from("audit")
}

fn default_audit_key() -> PathBuf {
    PathBuf::from("audit.key")
}

fn default_audit_name() -> String {
    "verband".to_owned()
}

fn default_checkpoint_seconds() -> u64 {
    60
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
            &mut config.audit_key,
        ] {
            *path = directory.join(&*path);
        }
        if let Some(copies) = &mut config.audit_copies {
            *copies = directory.join(&*copies);
        }
        let of_tls = config.tls.iter_mut();
        let of_tls = of_tls.flat_map(|tls| [&mut tls.certificate, &mut tls.key]);
        let of_oidc = config.oidc.iter_mut().flat_map(|oidc| {
            [
                &mut oidc.client_secret,
                &mut oidc.client_key,
                &mut oidc.certificates,
            ]
        });
        let of_scans = [
            &mut config.patterns,
            &mut config.mandates,
            &mut config.deliveries,
            &mut config.retention,
            &mut config.accumulation,
        ];
        let of_scans = of_scans.into_iter().flatten();
        let of_export = config.audit_export.iter_mut();
        let of_export =
            of_export.flat_map(|export| [&mut export.headers, &mut export.certificates]);
        let of_handover = config.handover.iter_mut();
        let of_handover = of_handover
            .flat_map(|handover| [Some(&mut handover.secret), handover.certificates.as_mut()]);
        let others = of_oidc.chain(of_export).flatten();
        let others = others.chain(of_handover.flatten());
        for path in of_tls.chain(others).chain(of_scans) {
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

    /// Reads how cases are handled.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn desk(&self) -> Result<DeskSettings, ConfigError> {
        let mut desk = self.desk.clone();
        if let Some(file) = &self.accumulation {
            let rules = AccumulationRules::parse(&read_text(file)?).map_err(|source| {
                ConfigError::Accumulation {
                    file: file.clone(),
                    source: Box::new(source),
                }
            })?;
            desk.accumulation = Some(Arc::new(rules));
        }
        Ok(desk)
    }

    /// Reads patterns and mandates, against the schema of the store.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn scans(&self, schema: &Schema) -> Result<(Library, Mandates), ConfigError> {
        let library = match &self.patterns {
            Some(directory) => Library::read(directory, schema)?,
            None => Library::built_in(schema)?,
        };
        let Some(file) = &self.mandates else {
            return Ok((library, Mandates::default()));
        };
        let names: Vec<&str> = library.iter().map(|pattern| pattern.id()).collect();
        let mandates =
            Mandates::parse(&read_text(file)?, &names).map_err(|source| ConfigError::Mandates {
                file: file.clone(),
                source,
            })?;
        Ok((library, mandates))
    }

    /// Reads which sources are delivered into the server, and by whom.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn deliveries(&self) -> Result<DeliveryRegister, ConfigError> {
        let Some(file) = &self.deliveries else {
            return Ok(DeliveryRegister::default());
        };
        let base = file.parent().unwrap_or(Path::new(""));
        DeliveryRegister::parse(&read_text(file)?, base).map_err(|source| ConfigError::Deliveries {
            file: file.clone(),
            source: Box::new(source),
        })
    }

    /// Reads how long what each source says is kept.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn retention(&self) -> Result<RetentionRules, ConfigError> {
        let file = self.retention.as_ref().ok_or(ConfigError::NoRetention)?;
        RetentionRules::parse(&read_text(file)?).map_err(|source| ConfigError::Retention {
            file: file.clone(),
            source: Box::new(source),
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

impl Config {
    /// How the server is reached.
    ///
    /// # Errors
    /// [`ConfigError::Login`].
    pub fn login(&self) -> Result<LoginSettings, ConfigError> {
        let proxies = self.trusted_proxies.clone();
        let tls = match self.tls {
            Some(_) => Tls::Here,
            None => Tls::Elsewhere,
        };
        let settings = LoginSettings::new(self.public_url.as_deref(), proxies, tls)?;
        if !settings.is_secure() && !self.listen.ip().is_loopback() {
            tracing::warn!(
                "passwords and answers go unencrypted: serve behind a proxy with TLS and set `public_url` to its https address"
            );
        }
        Ok(settings)
    }

    /// The case system, if the settings have one. It is not asked anything yet.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn case_system(&self) -> Result<Option<CaseSystem>, ConfigError> {
        let Some(settings) = self.handover.clone() else {
            return Ok(None);
        };
        let secret = read_text(&settings.secret)?;
        let certificates = settings
            .certificates
            .as_deref()
            .map(read_bytes)
            .transpose()?;
        let system = CaseSystem::new(settings, &secret, certificates.as_deref());
        Ok(Some(system.map_err(ConfigError::CaseSystem)?))
    }

    /// The provider of identities, if the settings have one. It is not asked anything yet.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn oidc(&self) -> Result<Option<Oidc>, ConfigError> {
        let Some(settings) = self.oidc.clone() else {
            return Ok(None);
        };
        if self.public_url.is_none() {
            let why = "set `public_url` too: the provider sends browsers back to it";
            return Err(SettingsError::Oidc(why.to_owned()).into());
        }
        let bytes = |file: &Option<PathBuf>| file.as_deref().map(read_bytes).transpose();
        let files = OidcFiles {
            secret: settings
                .client_secret
                .as_deref()
                .map(read_text)
                .transpose()?,
            key: bytes(&settings.client_key)?,
            certificates: bytes(&settings.certificates)?,
        };
        Ok(Some(Oidc::new(settings, files, Box::new(rand::random))?))
    }

    /// Certificate and key, if the settings have them.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`].
    pub fn tls(&self) -> Result<Option<TlsFiles>, ConfigError> {
        let read = |tls: &TlsSettings| {
            Ok(TlsFiles {
                certificate: read_bytes(&tls.certificate)?,
                key: read_bytes(&tls.key)?,
            })
        };
        self.tls.as_ref().map(read).transpose()
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

fn read_bytes(file: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(file).map_err(|source| ConfigError::Unreadable {
        file: file.to_owned(),
        source,
    })
}

fn read_text(file: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(file).map_err(|source| ConfigError::Unreadable {
        file: file.to_owned(),
        source,
    })
}
