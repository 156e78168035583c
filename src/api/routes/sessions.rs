//! How a browser comes in and goes.

use std::time::Instant;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json;
use super::me::Me;
use crate::api::caller::{Attempt, cookie};
use crate::api::extract::{Body, BrowserSession, Peer};
use crate::api::problem::Problem;
use crate::api::router::ApiState;
use crate::audit::{LoginEvent, LoginRecord, LoginWay};
use crate::authz::Principal;
use crate::login::{OpenedSession, SessionOf};

/// The ways in.
#[derive(Serialize, ToSchema)]
struct LoginMethods {
    methods: Vec<LoginMethod>,
}

/// A way in.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum LoginMethod {
    /// Naam en wachtwoord, naar `POST /v1/sessions`.
    Password,
    /// Het account van de eigen organisatie: ga naar `start`.
    Oidc {
        /// Tekst voor de knop.
        title: String,
        /// Adres om naartoe te gaan.
        start: String,
    },
}

/// Hoe kan men inloggen. Staat open voor iedereen en hangt van geen gegevens af.
#[utoipa::path(get, path = "/login-methods", tag = "inloggen", operation_id = "loginMethods", security(()),
    responses((status = 200, body = LoginMethods)))]
pub async fn login_methods(State(state): State<ApiState>) -> Result<Response, Problem> {
    let oidc = state.login.oidc.as_ref().map(|oidc| LoginMethod::Oidc {
        title: oidc.title().to_owned(),
        start: "/login/oidc".to_owned(),
    });
    let password = std::iter::once(LoginMethod::Password);
    json(&LoginMethods {
        methods: password.chain(oidc).collect(),
    })
}

/// Naam en wachtwoord.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    name: String,
    #[schema(format = Password)]
    password: String,
}

/// Wie er is ingelogd in deze browser.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CurrentSession {
    #[serde(flatten)]
    caller: Me,
    /// Moet bij elk verzoek dat iets verandert in de header `X-CSRF-Token`.
    csrf_token: String,
}

/// Log in vanuit een browser. Het antwoord zet een cookie die scripts niet kunnen lezen.
#[utoipa::path(post, path = "/sessions", tag = "inloggen", operation_id = "logIn", security(()),
    request_body = LoginRequest, responses((status = 201, body = CurrentSession)))]
pub async fn log_in(
    State(state): State<ApiState>,
    Peer(peer): Peer,
    headers: HeaderMap,
    Body(request): Body<LoginRequest>,
) -> Result<Response, Problem> {
    let attempt = Attempt {
        name: request.name,
        password: request.password,
        peer,
        way: LoginWay::Password,
    };
    let principal = attempt.verify(&state).await?;
    let record = LoginRecord {
        event: LoginEvent::LoggedIn,
        way: LoginWay::Password,
        principal: Some(principal.id.clone()),
        peer,
    };
    state.engine.note(record).durable().await?;
    let me = Me::new(&state, &principal);
    let opened = open(&state, &headers, principal, SessionOf::Account)?;
    let body = json(&CurrentSession {
        caller: me,
        csrf_token: opened.csrf_token,
    })?;
    let set = set_cookie(&state, &opened.id, "")?;
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, set)], body).into_response())
}

/// Opens a session. The one that this browser had, whoever began it, does not live on beside the new one.
pub fn open(
    state: &ApiState,
    headers: &HeaderMap,
    principal: Principal,
    by: SessionOf,
) -> Result<OpenedSession, Problem> {
    if let Some(before) = cookie(headers, state.login.settings.cookie_name()) {
        state.login.sessions.close(before);
    }
    let opened = state.login.open_session(principal, by, Instant::now());
    opened.ok_or_else(Problem::unauthenticated)
}

/// Wie is er ingelogd in deze browser, en welk token hoort daarbij.
#[utoipa::path(get, path = "/sessions/current", tag = "inloggen", operation_id = "currentSession",
    security(("session" = [])), responses((status = 200, body = CurrentSession)))]
pub async fn current(
    State(state): State<ApiState>,
    session: BrowserSession,
) -> Result<Response, Problem> {
    json(&CurrentSession {
        caller: Me::new(&state, &session.principal),
        csrf_token: state.login.sessions.csrf_token(&session.id),
    })
}

/// Log uit.
#[utoipa::path(delete, path = "/sessions/current", tag = "inloggen", operation_id = "logOut",
    security(("session" = [])), responses((status = 204, description = "Uitgelogd")))]
pub async fn log_out(
    State(state): State<ApiState>,
    Peer(peer): Peer,
    session: BrowserSession,
) -> Result<Response, Problem> {
    // Ended first: whether or not the record can be written, who logs out is out.
    state.login.sessions.close(&session.id);
    let record = LoginRecord {
        event: LoginEvent::LoggedOut,
        way: LoginWay::Password,
        principal: Some(session.principal.id),
        peer,
    };
    state.engine.note(record).durable().await?;
    let set = set_cookie(&state, "", "; Max-Age=0")?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set)]).into_response())
}

/// Sets the cookie of sessions. It has no end of its own: the session has, here.
pub fn set_cookie(state: &ApiState, value: &str, more: &str) -> Result<HeaderValue, Problem> {
    let settings = &state.login.settings;
    let secure = if settings.is_secure() { "; Secure" } else { "" };
    let name = settings.cookie_name();
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}"
    ))
    .map_err(|error| Problem::internal(&error))
}
