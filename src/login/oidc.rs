//! Logging in by a provider of identities: OpenID Connect, the authorization code flow with PKCE.
//!
//! After the Dutch profile (OIDC NLGov): code flow only, PKCE by S256, state and nonce of 256 bits, a client that proves
//! itself by a key (`private_key_jwt`) or a secret, discovery, and tokens signed with a public key.
//!
//! # Invariants
//! * **a login is begun and ended by one browser**: what it began with is bound to it by a cookie, is known here alone,
//!   and counts once.
//! * **deny by default**: a claim that is missing, or one that the settings do not know, keeps out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PSS_SHA256, RsaKeyPair};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::claims::{ClaimError, ClaimSettings};
use super::jwt::{Expected, Use};
use super::provider::{Provider, ProviderError};
use super::{Random, SettingsError};
use crate::authz::Principal;
use crate::trust::is_safe_url;

/// Why nobody came in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OidcError {
    /// The provider did not help.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The browser did not begin this login, or not lately, or has ended it already.
    #[error("this login was not begun in this browser, took too long, or was ended already")]
    NotBegun,
    /// The provider says no.
    #[error("the provider refuses: {0}")]
    Refused(String),
    /// The token is not the one that was asked for.
    #[error("the claim `nonce` is not that of this login")]
    Nonce,
    /// The login is weaker than the settings ask.
    #[error("the claim `acr` is none that the settings take")]
    TooWeak,
    /// Who it is does not follow from what the provider says.
    #[error(transparent)]
    Claims(#[from] ClaimError),
    /// Tokens are not taken by these settings.
    #[error("bearer tokens are not taken: set `audience` in `[oidc]`")]
    NoAudience,
}

/// The settings `[oidc]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcSettings {
    /// The provider's name, which is its address.
    pub issuer: String,
    /// What the button to it says.
    #[serde(default = "default_title")]
    pub title: String,
    /// Our name at the provider.
    pub client_id: String,
    /// File with our secret at the provider.
    #[serde(default)]
    pub client_secret: Option<std::path::PathBuf>,
    /// File with our private key (PKCS#8, PEM; P-256 or RSA), in place of a secret.
    #[serde(default)]
    pub client_key: Option<std::path::PathBuf>,
    /// The name by which the provider knows that key.
    #[serde(default)]
    pub client_key_id: Option<String>,
    /// File with the certificates (PEM) that the provider's descends from; default those of the web.
    #[serde(default)]
    pub certificates: Option<std::path::PathBuf>,
    /// What is asked for besides `openid`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Levels of assurance (`acr`) that are taken; empty: any.
    #[serde(default)]
    pub acr_values: Vec<String>,
    /// The name by which bearer tokens are for us; none: they are not taken.
    #[serde(default)]
    pub audience: Option<String>,
    /// From claims to identities.
    pub claims: ClaimSettings,
}

fn default_title() -> String {
    "Organisatieaccount".to_owned()
}

/// What files of the settings hold.
#[derive(Default)]
pub struct OidcFiles {
    /// Of `client_secret`.
    pub secret: Option<String>,
    /// Of `client_key`.
    pub key: Option<Vec<u8>>,
    /// Of `certificates`.
    pub certificates: Option<Vec<u8>>,
}

/// How this server proves to the provider who it is.
enum Proof {
    Secret(String),
    Key { pair: Box<Pair>, id: Option<String> },
}

enum Pair {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// A login by a provider.
pub struct Oidc {
    settings: OidcSettings,
    provider: Provider,
    proof: Proof,
    begun: Mutex<HashMap<[u8; 32], Begun>>,
    random: Random,
}

/// What is kept of a login until the browser comes back.
struct Begun {
    nonce: String,
    verifier: String,
    binding: String,
    since: Instant,
}

/// What a browser is sent off with.
#[derive(Debug)]
pub struct Departure {
    /// Where to.
    pub location: String,
    /// What it keeps to show that it began.
    pub binding: String,
}

/// What a browser comes back with.
#[derive(Debug, Default, Deserialize)]
pub struct Return {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Time to log in at the provider.
pub const LOGIN_TIME_MAX: Duration = Duration::from_secs(10 * 60);
/// Logins under way. Past it the oldest are forgotten.
const BEGUN_MAX: usize = 10_000;
/// Longest life of an identity token, in seconds. The profile recommends five minutes; providers have up to an hour.
const IDENTITY_LIFE_MAX: i64 = 3_600;
/// Longest life of an access token, in seconds, by the Dutch profile.
const ACCESS_LIFE_MAX: i64 = 3_600;

impl std::fmt::Debug for Oidc {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Oidc")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

impl Oidc {
    /// A login by the provider of the settings. The provider is not asked anything yet: the server starts without it.
    ///
    /// # Errors
    /// [`SettingsError::Oidc`].
    pub fn new(
        settings: OidcSettings,
        files: OidcFiles,
        random: Random,
    ) -> Result<Self, SettingsError> {
        let wrong = |what: &str| SettingsError::Oidc(what.to_owned());
        if !is_safe_url(&settings.issuer) {
            return Err(wrong("`issuer` must begin with https://"));
        }
        let proof = match (files.secret, files.key) {
            (Some(secret), None) => Proof::Secret(secret.trim().to_owned()),
            (None, Some(key)) => Proof::Key {
                pair: read_key(&key)
                    .map(Box::new)
                    .ok_or_else(|| wrong("`client_key` is no PKCS#8 key of P-256 or RSA in PEM"))?,
                id: settings.client_key_id.clone(),
            },
            _ => return Err(wrong("name one of `client_secret` and `client_key`")),
        };
        let provider = Provider::new(&settings.issuer, files.certificates.as_deref())
            .map_err(|error| wrong(&error.to_string()))?;
        Ok(Self {
            settings,
            provider,
            proof,
            begun: Mutex::default(),
            random,
        })
    }

    /// What the button to the provider says.
    pub fn title(&self) -> &str {
        &self.settings.title
    }

    /// Begins a login. `redirect` is where the provider sends the browser back to. Waits for the network at times.
    ///
    /// # Errors
    /// [`OidcError::Provider`].
    pub fn begin(&self, redirect: &str, now: Instant) -> Result<Departure, OidcError> {
        let metadata = self.provider.metadata()?;
        let [state, nonce, verifier, binding] =
            std::array::from_fn(|_| URL_SAFE_NO_PAD.encode((self.random)()));
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let scopes: Vec<&str> = std::iter::once("openid")
            .chain(self.settings.scopes.iter().map(String::as_str))
            .collect();
        let scopes = scopes.join(" ");
        let acr = self.settings.acr_values.join(" ");
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", self.settings.client_id.as_str()),
            ("redirect_uri", redirect),
            ("scope", scopes.as_str()),
            ("state", state.as_str()),
            ("nonce", nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        if !acr.is_empty() {
            pairs.push(("acr_values", acr.as_str()));
        }
        let endpoint = &metadata.authorization_endpoint;
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        let query: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", percent_encode(value)))
            .collect();
        let location = format!("{endpoint}{joint}{}", query.join("&"));
        let begun = Begun {
            nonce,
            verifier,
            binding: binding.clone(),
            since: now,
        };
        let mut all = self.begun();
        if all.len() >= BEGUN_MAX {
            all.retain(|_, one| now.saturating_duration_since(one.since) < LOGIN_TIME_MAX);
        }
        if all.len() >= BEGUN_MAX {
            let oldest = all.iter().min_by_key(|(_, one)| one.since);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                all.remove(&oldest);
            }
        }
        all.insert(blake3::hash(state.as_bytes()).into(), begun);
        Ok(Departure { location, binding })
    }

    /// Ends a login: who came back. `binding` is what the browser kept. Waits for the network.
    ///
    /// # Errors
    /// [`OidcError`].
    pub fn finish(
        &self,
        back: &Return,
        binding: Option<&str>,
        redirect: &str,
        now: Instant,
    ) -> Result<Principal, OidcError> {
        let state = back.state.as_deref().ok_or(OidcError::NotBegun)?;
        let binding = binding.ok_or(OidcError::NotBegun)?;
        let begun = self.take(state, binding, now)?;
        // A provider that names itself must be ours: else a code of one could be shown to another.
        if back
            .iss
            .as_ref()
            .is_some_and(|iss| *iss != self.settings.issuer)
        {
            return Err(OidcError::Refused("another provider answers".to_owned()));
        }
        if let Some(error) = &back.error {
            return Err(OidcError::Refused(error.chars().take(100).collect()));
        }
        let code = back.code.as_deref().ok_or(OidcError::NotBegun)?;
        let token = self.identity_token(code, &begun.verifier, redirect)?;
        let claims = self.provider.verify(
            &token,
            &Expected {
                used_for: Use::Identity,
                issuer: &self.settings.issuer,
                audience: &self.settings.client_id,
                now: jiff::Timestamp::now().as_second(),
                life_max: IDENTITY_LIFE_MAX,
            },
        )?;
        let claim = |name: &str| claims.get(name).and_then(serde_json::Value::as_str);
        let nonce = claim("nonce").unwrap_or_default();
        if !bool::from(nonce.as_bytes().ct_eq(begun.nonce.as_bytes())) {
            return Err(OidcError::Nonce);
        }
        let taken = &self.settings.acr_values;
        let is_taken = |acr: &str| taken.iter().any(|one| one == acr);
        if !taken.is_empty() && !claim("acr").is_some_and(is_taken) {
            return Err(OidcError::TooWeak);
        }
        Ok(self.settings.claims.principal(&claims)?)
    }

    /// Takes what a login began with, so that it counts once.
    fn take(&self, state: &str, binding: &str, now: Instant) -> Result<Begun, OidcError> {
        let key: [u8; 32] = blake3::hash(state.as_bytes()).into();
        let mut all = self.begun();
        let is_of_browser = all
            .get(&key)
            .is_some_and(|begun| begun.binding.as_bytes().ct_eq(binding.as_bytes()).into());
        // Another browser's return does not end the login of the one that began it.
        if !is_of_browser {
            return Err(OidcError::NotBegun);
        }
        all.remove(&key)
            .filter(|begun| now.saturating_duration_since(begun.since) < LOGIN_TIME_MAX)
            .ok_or(OidcError::NotBegun)
    }

    fn identity_token(
        &self,
        code: &str,
        verifier: &str,
        redirect: &str,
    ) -> Result<String, OidcError> {
        #[derive(Deserialize)]
        struct Tokens {
            id_token: String,
        }
        let metadata = self.provider.metadata()?;
        let endpoint = &metadata.token_endpoint;
        let client = &self.settings.client_id;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ];
        let assertion;
        let mut authorization = None;
        match &self.proof {
            Proof::Secret(secret) => {
                // Each is encoded as in a form before they are joined (RFC 6749, 2.3.1).
                let both = format!("{}:{}", percent_encode(client), percent_encode(secret));
                authorization = Some(format!("Basic {}", STANDARD.encode(both)));
            }
            Proof::Key { pair, id } => {
                assertion = self
                    .assertion(pair, id.as_deref())
                    .ok_or_else(|| ProviderError::Unusable("our key does not sign".to_owned()))?;
                form.push(("client_id", client));
                form.push((
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ));
                form.push(("client_assertion", &assertion));
            }
        }
        let tokens: Tokens = self
            .provider
            .post(endpoint, &form, authorization.as_deref())?;
        Ok(tokens.id_token)
    }

    /// A token of our own that proves that we have our key (RFC 7523). For one minute and one use.
    fn assertion(&self, pair: &Pair, id: Option<&str>) -> Option<String> {
        let now = jiff::Timestamp::now().as_second();
        let alg = match pair {
            Pair::P256(_) => "ES256",
            Pair::Rsa(_) => "PS256",
        };
        let mut header = json!({ "alg": alg, "typ": "JWT" });
        if let (Some(id), Some(parts)) = (id, header.as_object_mut()) {
            parts.insert("kid".to_owned(), json!(id));
        }
        let client = &self.settings.client_id;
        let claims = json!({
            "iss": client, "sub": client, "aud": self.settings.issuer, "iat": now, "exp": now + 60,
            "jti": URL_SAFE_NO_PAD.encode((self.random)()),
        });
        let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let random = SystemRandom::new();
        let signature = match pair {
            Pair::P256(pair) => pair
                .sign(&random, signed.as_bytes())
                .ok()?
                .as_ref()
                .to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PSS_SHA256, &random, signed.as_bytes(), &mut signature)
                    .ok()?;
                signature
            }
        };
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Who shows an access token. Waits for the network at times.
    ///
    /// # Errors
    /// [`OidcError`].
    pub fn bearer(&self, token: &str) -> Result<Principal, OidcError> {
        let audience = self.settings.audience.as_deref();
        let claims = self.provider.verify(
            token,
            &Expected {
                used_for: Use::Access,
                issuer: &self.settings.issuer,
                audience: audience.ok_or(OidcError::NoAudience)?,
                now: jiff::Timestamp::now().as_second(),
                life_max: ACCESS_LIFE_MAX,
            },
        )?;
        Ok(self.settings.claims.principal(&claims)?)
    }

    fn begun(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Begun>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_key(pem: &[u8]) -> Option<Pair> {
    use rustls_pki_types::PrivatePkcs8KeyDer;
    use rustls_pki_types::pem::PemObject;
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem).ok()?;
    let der = der.secret_pkcs8_der();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    match EcdsaKeyPair::from_pkcs8(algorithm, der, &SystemRandom::new()) {
        Ok(pair) => Some(Pair::P256(pair)),
        Err(_) => RsaKeyPair::from_pkcs8(der).ok().map(Pair::Rsa),
    }
}

/// As in a query: letters, digits and `-._~` stay.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
