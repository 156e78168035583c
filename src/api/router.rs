//! The router: routes, and what stands around them.

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use super::openapi::document;
use super::problem::Problem;
use super::{request, secure};
use crate::audit::AuditError;
use crate::authz::Principal;
use crate::engine::desk::{Desk, DeskError};
use crate::engine::{Access, AccessError, Engine, Recorded};
use crate::flag::{Act, ActDone, FlagDesk};
use crate::login::Login;
use crate::query::Session;

/// What handlers share.
#[derive(Clone)]
pub struct ApiState {
    /// The engine.
    pub engine: Arc<Engine>,
    /// The ways in.
    pub login: Arc<Login>,
}

/// Largest body of a request.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Longest that a request may take, its waiting included.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);
/// Longest that sending the files of a delivery may take.
const UPLOAD_TIME_MAX: Duration = Duration::from_secs(3600);
/// Requests that are worked on at once; further ones wait.
const REQUESTS_AT_ONCE: usize = 256;

/// The description, written once: it is the same over each engine.
static DESCRIPTION: LazyLock<Vec<u8>> =
    LazyLock::new(|| serde_json::to_vec(&document()).unwrap_or_default());

/// Builds the router over an engine.
pub fn router(state: ApiState) -> Router {
    let open = Router::new().route(
        "/openapi.json",
        get(|| async {
            let headers = [(header::CONTENT_TYPE, "application/json")];
            (headers, DESCRIPTION.as_slice()).into_response()
        }),
    );
    let uploads = Router::new()
        .nest("/v1", Router::from(super::routes::uploads()))
        .with_state(state.clone())
        .layer(DefaultBodyLimit::disable())
        .layer(time_limit(UPLOAD_TIME_MAX));
    let others = Router::new()
        .nest("/v1", Router::from(super::routes::all()).merge(open))
        .route(
            "/health/live",
            get(|| async { Json(serde_json::json!({ "status": "ok" })) }),
        )
        .route("/health/ready", get(ready))
        .merge(super::routes::oidc::router())
        .with_state(state.clone())
        .merge(super::routes::page::router())
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(time_limit(REQUEST_TIME_MAX));
    // In this order: where there is nothing, the limits of the others hold.
    uploads
        .merge(others)
        .layer(middleware::from_fn(request::keep))
        .layer(middleware::from_fn(secure::tag))
        .layer(middleware::from_fn(secure::refuse_national_numbers))
        .layer(middleware::from_fn_with_state(
            state,
            secure::refuse_other_sites,
        ))
        .layer(GlobalConcurrencyLimitLayer::new(REQUESTS_AT_ONCE))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(secure::finish))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(super::serve::measure))
        .layer(
            TraceLayer::new_for_http().make_span_with(|request: &axum::extract::Request| {
                // The path and query may name nodes; the template of the route does not.
                let route = request.extensions().get::<axum::extract::MatchedPath>();
                tracing::info_span!(
                    "request",
                    method = %request.method(),
                    route = route.map_or("", axum::extract::MatchedPath::as_str),
                )
            }),
        )
}

fn time_limit(most: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, most)
}

/// Ready when the store answers; the engine exists only once a revision is open.
async fn ready(State(state): State<ApiState>) -> Response {
    match state.engine.deliveries() {
        Ok(_) => Json(serde_json::json!({ "status": "ok" })).into_response(),
        Err(error) => {
            tracing::error!(error = %error, "not ready");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not-ready",
                "the store cannot be read",
            )
            .into_response()
        }
    }
}

/// Runs one read, away from the workers that serve connections; the answer is written to bytes there too, and leaves once
/// its record is durable.
pub async fn read<T, F>(
    state: ApiState,
    caller: Principal,
    request: ReadRequest,
    call: F,
) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce(&Session) -> Result<T, Problem> + Send + 'static,
{
    recorded(state, request, move |engine, access| {
        engine.read(&caller, access, call)
    })
    .await
}

/// As [`read`], with the desk of flags beside the session.
pub async fn read_flags<T, F>(
    state: ApiState,
    caller: Principal,
    request: ReadRequest,
    call: F,
) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce(&Session, &FlagDesk<'_>) -> Result<T, Problem> + Send + 'static,
{
    recorded(state, request, move |engine, access| {
        engine.read_flags(&caller, access, call)
    })
    .await
}

/// The one way of reads: away from the workers that serve connections, with the request for its record, and closed until
/// that is durable.
async fn recorded<T, F>(state: ApiState, request: ReadRequest, run: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce(&Engine, Access<'_>) -> Result<Recorded<Result<T, Problem>>, AccessError>
        + Send
        + 'static,
{
    let as_of = super::extract::day("asOf", request.as_of.as_deref())?;
    let known_at = super::extract::day("knownAt", request.known_at.as_deref())?;
    let asked = request::asked();
    let recorded = tokio::task::spawn_blocking(move || {
        let access = Access {
            as_of,
            known_at,
            ..request.access(asked.as_ref())
        };
        run(&state.engine, access)
    })
    .await
    .map_err(|error| Problem::internal(&error))??;
    recorded.release().await.map_err(AccessError::from)?
}

/// Does something with a flag: it is stored once the read that it rests on is recorded.
pub async fn act_on_flag(
    state: ApiState,
    caller: Principal,
    request: ReadRequest,
    id: String,
    act: Act,
) -> Result<ActDone, Problem> {
    let as_of = super::extract::day("asOf", request.as_of.as_deref())?;
    // Reasons are kept with the flag, and forgotten with it.
    let asked = request::asked_without_body();
    let done = tokio::task::spawn_blocking(move || {
        let access = Access {
            as_of,
            ..request.access(asked.as_ref())
        };
        state.engine.act_on_flag(&caller, access, &id, act)
    })
    .await
    .map_err(|error| Problem::internal(&error))??;
    Ok(done?)
}

/// Runs one question of an officer to the log, as [`read`] runs a read.
pub async fn review<T, F>(
    state: ApiState,
    caller: Principal,
    question: serde_json::Value,
    ask: F,
) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce(&Path) -> Result<T, AuditError> + Send + 'static,
{
    reviewed(move || state.engine.review(&caller, question, ask)).await
}

/// Runs one question of an officer that is not to the log, as [`read`] runs a read.
pub async fn oversee<T, F>(
    state: ApiState,
    caller: Principal,
    question: serde_json::Value,
    ask: F,
) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce(&ApiState, &Principal) -> Result<T, AccessError> + Send + 'static,
{
    reviewed(move || {
        let ask = || ask(&state, &caller);
        state.engine.oversee(&caller, question, ask)
    })
    .await
}

/// The one way of an officer's questions: away from the workers that serve connections, and closed until the record is durable.
async fn reviewed<T, F>(ask: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce() -> Result<Recorded<T>, AccessError> + Send + 'static,
{
    let recorded = tokio::task::spawn_blocking(ask)
        .await
        .map_err(|error| Problem::internal(&error))??;
    Ok(recorded.release().await.map_err(AccessError::from)?)
}

/// Runs one look at cases, as [`read`] runs a read.
pub async fn look<T, F>(
    state: ApiState,
    caller: Principal,
    request: ReadRequest,
    call: F,
) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce(&Desk<'_>) -> Result<T, DeskError> + Send + 'static,
{
    let asked = request::asked_without_body();
    let recorded = tokio::task::spawn_blocking(move || {
        state
            .engine
            .look(&caller, request.access(asked.as_ref()), call)
    })
    .await
    .map_err(|error| Problem::internal(&error))??;
    Ok(recorded.release().await.map_err(AccessError::from)??)
}

/// Does one thing with cases: recorded, stored, answered.
pub async fn act<T, F>(
    state: ApiState,
    caller: Principal,
    request: ReadRequest,
    call: F,
) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce(&mut Desk<'_>) -> Result<T, DeskError> + Send + 'static,
{
    let asked = request::asked_without_body();
    let recorded = tokio::task::spawn_blocking(move || {
        state
            .engine
            .act(&caller, request.access(asked.as_ref()), call)
    })
    .await
    .map_err(|error| Problem::internal(&error))??;
    Ok(recorded.release().await.map_err(AccessError::from)??)
}

impl ReadRequest {
    /// The same about a case.
    pub fn of_case(mut self, id: &str) -> Self {
        self.case = Some(id.to_owned());
        self
    }

    fn access<'a>(&'a self, asked: Option<&'a serde_json::Value>) -> Access<'a> {
        Access {
            purpose: self.purpose.as_deref(),
            case: self.case.as_deref(),
            as_of: None,
            known_at: None,
            action: self.action,
            request: asked,
        }
    }
}

/// What a read is opened with.
pub struct ReadRequest {
    /// `purpose` of the query.
    pub purpose: Option<String>,
    /// `case` of the query.
    pub case: Option<String>,
    /// `asOf` of the query.
    pub as_of: Option<String>,
    /// `knownAt` of the query.
    pub known_at: Option<String>,
    /// Name of the read in records.
    pub action: &'static str,
}
