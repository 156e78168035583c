//! Sending: one request after the other, so that it is known what was taken.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::message::Message;
use super::settings::{HandoverSettings, ZaakSettings};
use crate::trust::{TrustError, client, is_safe_url};

/// Longest that one request may take.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(15);
/// Most bytes of one answer.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// Longest that is told of what the case system says, in characters.
const TOLD_CHARS_MAX: usize = 400;
/// Longest address, as the API has them.
const URL_CHARS_MAX: usize = 1_000;
/// The key of the status among what was taken.
const STATUS: &str = "status";

/// Why a case system cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CaseSystemError {
    /// A wrong address.
    #[error("`{0}` is no address by TLS, nor on this machine")]
    Address(String),
    /// A wrong number.
    #[error("`{0}` is no RSIN: 9 digits that pass the 11-test")]
    Rsin(String),
    /// No secret.
    #[error("the secret is empty")]
    Secret,
    /// Certificates that cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

/// A case system.
#[derive(Debug)]
pub struct CaseSystem {
    settings: HandoverSettings,
    key: ring::hmac::Key,
    agent: ureq::Agent,
}

/// What came of sending.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// Address of the `zaak`, once it is known.
    pub zaak: Option<String>,
    /// What was taken: identifiers of things, and `status`.
    pub taken: BTreeSet<String>,
    /// Why it ended early; none: all was taken.
    pub trouble: Option<String>,
}

impl CaseSystem {
    /// Takes settings with the contents of the files that they name.
    ///
    /// # Errors
    /// [`CaseSystemError`].
    pub fn new(
        settings: HandoverSettings,
        secret: &str,
        certificates: Option<&[u8]>,
    ) -> Result<Self, CaseSystemError> {
        if !is_safe_url(&settings.zaken) {
            return Err(CaseSystemError::Address(settings.zaken));
        }
        let rsins = [
            Some(&settings.bronorganisatie),
            settings.verantwoordelijke_organisatie.as_ref(),
        ];
        if let Some(wrong) = rsins
            .into_iter()
            .flatten()
            .find(|rsin| !crate::model::check::Check::Rsin.passes(rsin))
        {
            return Err(CaseSystemError::Rsin(wrong.clone()));
        }
        let secret = secret.trim();
        if secret.is_empty() {
            return Err(CaseSystemError::Secret);
        }
        Ok(Self {
            key: ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes()),
            settings,
            agent: client(certificates, ANSWER_TIME_MAX)?,
        })
    }

    /// What it was set up with.
    pub fn settings(&self) -> &HandoverSettings {
        &self.settings
    }

    /// Sends what was not taken yet. Waits for the network.
    ///
    /// * `before`: what came of sending the same before.
    pub fn send(&self, message: &Message, kind: &ZaakSettings, before: Sent) -> Sent {
        let mut sent = Sent {
            trouble: None,
            ..before
        };
        sent.trouble = self.send_all(message, kind, &mut sent).err();
        sent
    }

    fn send_all(
        &self,
        message: &Message,
        kind: &ZaakSettings,
        sent: &mut Sent,
    ) -> Result<(), String> {
        let token = self.token(&message.user);
        let zaak = match &sent.zaak {
            Some(zaak) => zaak.clone(),
            None => self.make(message, kind, &token)?,
        };
        sent.zaak = Some(zaak.clone());
        for thing in &message.things {
            if !sent.taken.contains(&thing.id) {
                let (path, body) = thing.body(&zaak, kind);
                self.post(path, &body, &token)?;
                sent.taken.insert(thing.id.clone());
            }
        }
        if !sent.taken.contains(STATUS) {
            let status = json!({
                "zaak": zaak, "statustype": kind.statustype,
                "datumStatusGezet": jiff::Timestamp::now().to_string(),
                "statustoelichting": "Overgedragen uit Verband",
            });
            self.post("statussen", &status, &token)?;
            sent.taken.insert(STATUS.to_owned());
        }
        Ok(())
    }

    /// The address of the `zaak`: of one with its number, which an answer that was lost left behind, or of a new one.
    fn make(&self, message: &Message, kind: &ZaakSettings, token: &str) -> Result<String, String> {
        let found = self.ask("zaken", |agent, url| {
            let request = agent
                .get(url)
                .query("identificatie", &message.reference)
                .query("bronorganisatie", &self.settings.bronorganisatie);
            with_head(request, token).call()
        })?;
        let known = found.pointer("/results/0/url").cloned();
        let made = match known {
            Some(url) => url,
            None => {
                let made = self.post("zaken", &message.zaak(&self.settings, kind), token)?;
                made.get("url").cloned().unwrap_or_default()
            }
        };
        let url = made.as_str().unwrap_or_default();
        let base = self.settings.zaken.trim_end_matches('/');
        let below = url
            .strip_prefix(base)
            .is_some_and(|rest| rest.starts_with('/'));
        if below && url.len() <= URL_CHARS_MAX {
            Ok(url.to_owned())
        } else {
            Err("the case system gave no address of a `zaak` below its own".to_owned())
        }
    }

    fn post(&self, path: &str, body: &Json, token: &str) -> Result<Json, String> {
        self.ask(path, |agent, url| {
            with_head(agent.post(url), token).send_json(body)
        })
    }

    fn ask(
        &self,
        path: &str,
        call: impl FnOnce(&ureq::Agent, &str) -> Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Json, String> {
        let url = format!("{}/{path}", self.settings.zaken.trim_end_matches('/'));
        let mut answer = call(&self.agent, &url)
            .map_err(|error| format!("the case system could not be asked for `{path}`: {error}"))?;
        let told = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX);
        let body: Option<Json> = told.read_json().ok();
        let status = answer.status();
        if status.is_success() {
            return body
                .ok_or_else(|| format!("what the case system answered to `{path}` is no JSON"));
        }
        Err(format!(
            "the case system refused `{path}` ({}){}",
            status.as_u16(),
            reasons(body.as_ref())
        ))
    }

    /// A token for one handing over, as the ZGW APIs have them: who this program is, and who acts.
    fn token(&self, (user, name): &(String, String)) -> String {
        let part = |value: &Json| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(&json!({ "typ": "JWT", "alg": "HS256" }));
        let claims = part(&json!({
            "iss": self.settings.client_id, "client_id": self.settings.client_id,
            "iat": jiff::Timestamp::now().as_second(),
            "user_id": user, "user_representation": name,
        }));
        let signed = format!("{head}.{claims}");
        let signature = ring::hmac::sign(&self.key, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn with_head<B>(request: ureq::RequestBuilder<B>, token: &str) -> ureq::RequestBuilder<B> {
    request
        .header("Authorization", format!("Bearer {token}"))
        .header("Accept-Crs", "EPSG:4326")
        .header("Content-Crs", "EPSG:4326")
}

/// What the case system says is wrong: the fields and why, as the Dutch API rules have it.
fn reasons(body: Option<&Json>) -> String {
    let Some(body) = body else {
        return String::new();
    };
    let text = |value: &Json, name: &str| {
        value
            .get(name)
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let fields = body.get("invalidParams").and_then(Json::as_array);
    let fields: Vec<String> = fields
        .into_iter()
        .flatten()
        .map(|one| format!("{}: {}", text(one, "name"), text(one, "reason")))
        .collect();
    let told = if fields.is_empty() {
        [text(body, "title"), text(body, "detail")].join(" ")
    } else {
        fields.join("; ")
    };
    let told: String = told.trim().chars().take(TOLD_CHARS_MAX).collect();
    if told.is_empty() {
        told
    } else {
        format!(": {told}")
    }
}
