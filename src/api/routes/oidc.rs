//! Logging in by the provider of identities: off to it, and back.

use std::time::Instant;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::sessions::{open, set_cookie};
use crate::api::caller::{Peer, cookie};
use crate::api::problem::Problem;
use crate::api::router::ApiState;
use crate::audit::{LoginEvent, LoginRecord, LoginWay};
use crate::authz::Principal;
use crate::login::{LOGIN_TIME_MAX, Oidc, OidcError, ProviderError, Return, SessionOf};

/// Routes for browsers, outside the described API: they answer with where to go.
pub fn router() -> Router<ApiState> {
    Router::new()
        .route("/login/oidc", get(depart))
        .route("/login/oidc/callback", get(arrive))
}

/// Sends a browser to the provider.
async fn depart(State(state): State<ApiState>) -> Result<Response, Problem> {
    let redirect = redirect(&state)?;
    let login = state.login.clone();
    let departure = tokio::task::spawn_blocking(move || {
        let oidc = login.oidc.as_ref()?;
        Some(oidc.begin(&redirect, Instant::now()))
    });
    let departure = departure.await.map_err(|error| Problem::internal(&error))?;
    match departure.ok_or_else(no_provider)? {
        Ok(departure) => {
            let seconds = LOGIN_TIME_MAX.as_secs();
            let set = binding_cookie(&state, &departure.binding, seconds)?;
            Ok(go(&departure.location, &[set])?)
        }
        Err(error) => Ok(failed(&error)),
    }
}

/// Takes a browser that comes back.
async fn arrive(
    State(state): State<ApiState>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Query(back): Query<Return>,
) -> Result<Response, Problem> {
    let redirect = redirect(&state)?;
    let binding = cookie(&headers, binding_name(&state)).map(str::to_owned);
    let login = state.login.clone();
    let found = tokio::task::spawn_blocking(move || {
        let oidc: &Oidc = login.oidc.as_ref()?;
        let principal = oidc.finish(&back, binding.as_deref(), &redirect, Instant::now());
        Some(principal.map(|principal| (login.is_free(&principal), principal)))
    });
    let found = found.await.map_err(|error| Problem::internal(&error))?;
    let record = |event, principal: Option<&Principal>| LoginRecord {
        event,
        way: LoginWay::Oidc,
        principal: principal.map(|principal| principal.id.clone()),
        peer,
    };
    let error = match found.ok_or_else(no_provider)? {
        Ok((true, principal)) => {
            let record = record(LoginEvent::LoggedIn, Some(&principal));
            state.engine.note(record).durable().await?;
            let opened = open(&state, &headers, principal, SessionOf::Provider)?;
            let cookies = [
                set_cookie(&state, &opened.id, "")?,
                binding_cookie(&state, "", 0)?,
            ];
            return go("/", &cookies);
        }
        Ok((false, _)) => {
            OidcError::Refused("the account has the name of one in the users file".to_owned())
        }
        Err(error) => error,
    };
    state
        .engine
        .note(record(LoginEvent::Failed, None))
        .durable()
        .await?;
    Ok(failed(&error))
}

/// Where the provider sends browsers back to. Never made from what a request says of its host: it would be sent where an
/// attacker likes.
fn redirect(state: &ApiState) -> Result<String, Problem> {
    let origin = state.login.settings.origin().ok_or_else(no_provider)?;
    Ok(format!("{origin}/login/oidc/callback"))
}

fn no_provider() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown-path",
        "there is nothing at this address",
    )
}

fn binding_name(state: &ApiState) -> &'static str {
    match state.login.settings.is_secure() {
        true => "__Host-verband-login",
        false => "verband-login",
    }
}

/// Lax, not Strict: the way back from the provider begins on its pages.
fn binding_cookie(state: &ApiState, value: &str, seconds: u64) -> Result<HeaderValue, Problem> {
    let secure = match state.login.settings.is_secure() {
        true => "; Secure",
        false => "",
    };
    let name = binding_name(state);
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"
    ))
    .map_err(|error| Problem::internal(&error))
}

fn go(location: &str, cookies: &[HeaderValue]) -> Result<Response, Problem> {
    let location = HeaderValue::from_str(location).map_err(|error| Problem::internal(&error))?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    for cookie in cookies {
        response
            .headers_mut()
            .append(header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

/// A page for people. What exactly went wrong stands in the server's log: it may help who tries.
fn failed(error: &OidcError) -> Response {
    tracing::warn!(%error, "a login by the provider of identities failed");
    let (status, dutch, english) = match error {
        OidcError::Provider(ProviderError::Unusable(_)) => (
            StatusCode::BAD_GATEWAY,
            "Inloggen met uw organisatieaccount lukt nu niet. Probeer het later opnieuw.",
            "Logging in with your organisation's account does not work now. Try again later.",
        ),
        OidcError::Claims(_) => (
            StatusCode::FORBIDDEN,
            "Uw account heeft nog geen toegang tot Verband. Vraag de beheerder van uw organisatie om hulp.",
            "Your account has no access to Verband yet. Ask your organisation's administrator for help.",
        ),
        OidcError::Provider(ProviderError::Token(_))
        | OidcError::NotBegun
        | OidcError::Refused(_)
        | OidcError::Nonce
        | OidcError::TooWeak
        | OidcError::NoAudience => (
            StatusCode::FORBIDDEN,
            "Inloggen is niet gelukt. Begin opnieuw.",
            "Logging in failed. Begin again.",
        ),
    };
    let page = format!(
        "<!doctype html><html lang=\"nl\"><meta charset=\"utf-8\"><title>Inloggen</title>\
         <p role=\"alert\">{dutch}</p><p lang=\"en\">{english}</p><p><a href=\"/\">Verband</a></p></html>"
    );
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (status, kind, page).into_response()
}
