//! The provider of identities: where it is reached, and its keys.
//!
//! # Design notes
//! * One synchronous HTTP client for some requests per login, on threads that may wait: an asynchronous one would bring a
//!   second stack of HTTP into the program. What was weighed and left: `openidconnect`, which brings that client and an
//!   RSA implementation with a known weakness besides.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::jwt::{Claims, Expected, Keys, TokenError};
use crate::trust::{client, is_safe_url};

/// Why a provider did not help.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    /// It cannot be reached, or does not answer as it must.
    #[error("the provider of identities cannot be used: {0}")]
    Unusable(String),
    /// Its token is not taken.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// Longest wait for one answer of the provider.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Largest answer of the provider.
const ANSWER_BYTES_MAX: u64 = 256 * 1024;
/// How long what it says of itself, and its keys, are taken for true. Keys that it takes back are known here no longer.
const KEPT: Duration = Duration::from_secs(10 * 60);
/// Look-ups of keys that are asked for before that, in [`LOOKUP_WINDOW`]: a token may name any key, and each name that is
/// not known would be asked for.
const LOOKUPS_MAX: u32 = 5;
const LOOKUP_WINDOW: Duration = Duration::from_secs(60);

/// What a provider says of itself.
#[derive(Debug, Clone, Deserialize)]
pub struct Metadata {
    /// Its name.
    pub issuer: String,
    /// Where browsers are sent.
    pub authorization_endpoint: String,
    /// Where codes become tokens.
    pub token_endpoint: String,
    /// Its keys.
    pub jwks_uri: String,
    /// How the code may be bound to who asked for it.
    #[serde(default)]
    pub code_challenge_methods_supported: Vec<String>,
}

/// A provider.
pub struct Provider {
    issuer: String,
    agent: ureq::Agent,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    metadata: Option<(Arc<Metadata>, Instant)>,
    keys: Option<(Arc<Keys>, Instant)>,
    lookups: u32,
    window: Option<Instant>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Provider")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// A provider by its name, which is its address. `roots`: certificates (PEM) that its certificate must descend from;
    /// none: those of the web.
    ///
    /// # Errors
    /// [`ProviderError::Unusable`] if the certificates cannot be read.
    pub fn new(issuer: &str, roots: Option<&[u8]>) -> Result<Self, ProviderError> {
        let agent = client(roots, ANSWER_TIME_MAX).map_err(|error| unusable(&error))?;
        Ok(Self {
            issuer: issuer.to_owned(),
            agent,
            known: Mutex::default(),
        })
    }

    /// What it says of itself. Waits for the network where that is not known.
    ///
    /// # Errors
    /// [`ProviderError::Unusable`].
    pub fn metadata(&self) -> Result<Arc<Metadata>, ProviderError> {
        if let Some((metadata, since)) = &self.known().metadata
            && since.elapsed() < KEPT
        {
            return Ok(Arc::clone(metadata));
        }
        let base = self.issuer.trim_end_matches('/');
        let metadata: Metadata = self.get(&format!("{base}/.well-known/openid-configuration"))?;
        if metadata.issuer != self.issuer {
            return Err(unusable(&format!("it calls itself `{}`", metadata.issuer)));
        }
        let addresses = [
            &metadata.authorization_endpoint,
            &metadata.token_endpoint,
            &metadata.jwks_uri,
        ];
        if let Some(unsafe_url) = addresses.into_iter().find(|url| !is_safe_url(url)) {
            return Err(unusable(&format!("`{unsafe_url}` is not by TLS")));
        }
        let methods = &metadata.code_challenge_methods_supported;
        if !methods.is_empty() && !methods.iter().any(|method| method == "S256") {
            return Err(unusable(&"it does not know PKCE by S256"));
        }
        let metadata = Arc::new(metadata);
        self.known().metadata = Some((Arc::clone(&metadata), Instant::now()));
        Ok(metadata)
    }

    /// Checks a token by the provider's keys, which are asked for anew when it names one that is not known: keys are
    /// changed at any time. Waits for the network then.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub fn verify(&self, token: &str, expected: &Expected<'_>) -> Result<Claims, ProviderError> {
        let kept = {
            let known = self.known();
            let fresh = known
                .keys
                .as_ref()
                .filter(|(_, since)| since.elapsed() < KEPT);
            fresh.map(|(keys, _)| Arc::clone(keys))
        };
        if let Some(keys) = &kept {
            match keys.verify(token, expected) {
                Err(TokenError::UnknownKey) if self.may_look_up() => {}
                verified => return Ok(verified?),
            }
        }
        Ok(self.fetch_keys()?.verify(token, expected)?)
    }

    fn fetch_keys(&self) -> Result<Arc<Keys>, ProviderError> {
        let address = self.metadata()?.jwks_uri.clone();
        let text = self.get_bytes(&address)?;
        let keys = Arc::new(Keys::parse(&text).map_err(|error| unusable(&error))?);
        self.known().keys = Some((Arc::clone(&keys), Instant::now()));
        Ok(keys)
    }

    fn may_look_up(&self) -> bool {
        let mut known = self.known();
        let is_over = known
            .window
            .is_none_or(|since| since.elapsed() >= LOOKUP_WINDOW);
        if is_over {
            known.window = Some(Instant::now());
            known.lookups = 0;
        }
        known.lookups += 1;
        known.lookups <= LOOKUPS_MAX
    }

    /// Sends a form; what the provider answers.
    ///
    /// # Errors
    /// [`ProviderError::Unusable`].
    pub fn post<T: DeserializeOwned>(
        &self,
        url: &str,
        form: &[(&str, &str)],
        authorization: Option<&str>,
    ) -> Result<T, ProviderError> {
        let mut request = self.agent.post(url).header("accept", "application/json");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let response = request.send_form(form.iter().copied());
        read(url, response).and_then(|bytes| from_json(url, &bytes))
    }

    fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, ProviderError> {
        from_json(url, &self.get_bytes(url)?)
    }

    fn get_bytes(&self, url: &str) -> Result<Vec<u8>, ProviderError> {
        read(url, self.agent.get(url).call())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(
    url: &str,
    response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Vec<u8>, ProviderError> {
    let mut response = response.map_err(|error| unusable(&format!("{url}: {error}")))?;
    let status = response.status();
    let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX);
    let bytes = body
        .read_to_vec()
        .map_err(|error| unusable(&format!("{url}: {error}")))?;
    if status.is_success() {
        return Ok(bytes);
    }
    // The code of the error is from a short list; its description may name anyone.
    let told: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let code = told.get("error").and_then(serde_json::Value::as_str);
    let code: String = code.unwrap_or_default().chars().take(100).collect();
    Err(unusable(&format!("{url} answers {status} {code}")))
}

fn from_json<T: DeserializeOwned>(url: &str, bytes: &[u8]) -> Result<T, ProviderError> {
    serde_json::from_slice(bytes).map_err(|error| unusable(&format!("{url}: {error}")))
}

fn unusable(error: &dyn std::fmt::Display) -> ProviderError {
    ProviderError::Unusable(error.to_string())
}
