//! Who calls: by name and password, by a token of the provider of identities, or by the session of a browser.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;

use super::problem::Problem;
use super::router::ApiState;
use crate::audit::{LoginEvent, LoginRecord, LoginWay};
use crate::authz::Principal;
use crate::login::{OidcError, ProviderError, Refused};

/// The caller. What an `Authorization` header says goes before a cookie: it was sent on purpose.
pub struct Caller(pub Principal);

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let mut headers = parts.headers.get_all(header::AUTHORIZATION).into_iter();
        let Some(authorization) = headers.next() else {
            let session = BrowserSession::from_request_parts(parts, state).await?;
            return Ok(Self(session.principal));
        };
        // Of two, a proxy and this server might each believe another.
        if headers.next().is_some() {
            return Err(Problem::unauthenticated());
        }
        let text = authorization
            .to_str()
            .map_err(|_| Problem::unauthenticated())?;
        let (scheme, rest) = text.split_once(' ').ok_or_else(Problem::unauthenticated)?;
        if scheme.eq_ignore_ascii_case("basic") {
            let (name, password) = basic(rest).ok_or_else(Problem::unauthenticated)?;
            let Peer(peer) = Peer::from_request_parts(parts, state).await?;
            let attempt = Attempt {
                name,
                password,
                peer,
                way: LoginWay::Basic,
            };
            return attempt.verify(state).await.map(Self);
        }
        if scheme.eq_ignore_ascii_case("bearer") {
            let token = rest.trim().to_owned();
            let Peer(peer) = Peer::from_request_parts(parts, state).await?;
            return bearer(state, token, peer).await.map(Self);
        }
        Err(Problem::unauthenticated())
    }
}

/// Who shows a token. A failure is recorded before it is told.
async fn bearer(
    state: &ApiState,
    token: String,
    peer: Option<IpAddr>,
) -> Result<Principal, Problem> {
    if let Some(wait) = state.login.token_wait(peer) {
        return Err(Problem::too_many_attempts(wait));
    }
    let login = state.login.clone();
    let verified = tokio::task::spawn_blocking(move || {
        let principal = login.oidc.as_ref()?.bearer(&token);
        Some(principal.map(|principal| (login.is_free(&principal), principal)))
    });
    let verified = verified.await.map_err(|error| Problem::internal(&error))?;
    match verified {
        // No provider, no tokens.
        None => return Err(Problem::unauthenticated()),
        Some(Ok((true, principal))) => return Ok(principal),
        Some(Ok((false, _))) => tracing::warn!("a token names an account of the users file"),
        Some(Err(OidcError::Provider(ProviderError::Unusable(why)))) => {
            tracing::error!(%why, "tokens cannot be checked");
            return Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "no-provider",
                "the provider of identities cannot be reached, so the token cannot be checked",
            ));
        }
        Some(Err(error)) => tracing::warn!(%error, "a token was not taken"),
    }
    state.login.token_failed(peer);
    let record = LoginRecord {
        event: LoginEvent::Failed,
        way: LoginWay::Bearer,
        principal: None,
        peer,
    };
    state.engine.note(record).durable().await?;
    Err(Problem::unauthenticated())
}

fn basic(text: &str) -> Option<(String, String)> {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text.trim())
        .ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// A try to come in by name and password.
pub struct Attempt {
    /// Name of the account.
    pub name: String,
    /// Its password.
    pub password: String,
    /// Where it comes from.
    pub peer: Option<IpAddr>,
    /// How.
    pub way: LoginWay,
}

impl Attempt {
    /// Whose they are. A failure is recorded before it is told.
    pub async fn verify(self, state: &ApiState) -> Result<Principal, Problem> {
        let Self {
            name,
            password,
            peer,
            way,
        } = self;
        match state.login.by_password(name, password, peer).await {
            Ok(principal) => Ok(principal),
            Err(Refused::Later(wait)) => Err(Problem::too_many_attempts(wait)),
            Err(Refused::Wrong { account, locks }) => {
                let event = match locks {
                    true => LoginEvent::FailedAndLocked,
                    false => LoginEvent::Failed,
                };
                let record = LoginRecord {
                    event,
                    way,
                    principal: account,
                    peer,
                };
                state.engine.note(record).durable().await?;
                Err(Problem::unauthenticated())
            }
        }
    }
}

/// Where a request comes from.
pub struct Peer(pub Option<IpAddr>);

impl FromRequestParts<ApiState> for Peer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let forwarded: Vec<&str> = parts
            .headers
            .get_all("x-forwarded-for")
            .into_iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let connected = connected.map(|ConnectInfo(address)| address.ip());
        Ok(Self(state.login.settings.peer(connected, &forwarded)))
    }
}

/// The session of a browser.
pub struct BrowserSession {
    /// Its identifier.
    pub id: String,
    /// Whose it is.
    pub principal: Principal,
}

impl FromRequestParts<ApiState> for BrowserSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let name = state.login.settings.cookie_name();
        let id = cookie(&parts.headers, name).ok_or_else(Problem::unauthenticated)?;
        let sessions = &state.login.sessions;
        let principal = sessions
            .principal(id, Instant::now())
            .ok_or_else(Problem::unauthenticated)?;
        let token = parts.headers.get(CSRF_HEADER);
        let token = token.and_then(|token| token.to_str().ok());
        let is_meant = token.is_some_and(|token| sessions.is_csrf_token(id, token));
        if !parts.method.is_safe() && !is_meant {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "csrf-token",
                "send the `csrfToken` of the session in the header `X-CSRF-Token`; `GET /v1/sessions/current` tells it",
            ));
        }
        Ok(Self {
            id: id.to_owned(),
            principal,
        })
    }
}

/// Header of the token that shows that a request was meant.
const CSRF_HEADER: &str = "x-csrf-token";

/// The one cookie of a name. Of two, one was planted: then none counts.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let texts = headers.get_all(header::COOKIE).into_iter();
    let mut found = texts
        .filter_map(|text| text.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(known, _)| *known == name)
        .map(|(_, value)| value);
    let one = found.next()?;
    found.next().is_none().then_some(one)
}
