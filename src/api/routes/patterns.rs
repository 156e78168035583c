//! Patterns: what is looked for, why, and how it does.

use axum::extract::{Path, State};
use axum::response::Response;

use super::{ReadQuery, json};
use crate::api::extract::{Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, read_flags};
use crate::flag::{PatternAnswer, PatternList};
use crate::query::Answer;

/// De patronen waarmee wordt gezocht.
#[utoipa::path(get, path = "/patterns", tag = "markeringen", operation_id = "patterns",
    params(ReadQuery), responses((status = 200, body = Answer<PatternList>)))]
pub async fn patterns(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<ReadQuery>,
) -> Result<Response, Problem> {
    read_flags(
        state,
        caller,
        query.request_now("patterns")?,
        |session, desk| json(&desk.patterns(session)),
    )
    .await
}

/// Een patroon: wat het betekent, op welke grond, met welke grenzen, en hoe de markeringen die u mag zien zijn beoordeeld.
#[utoipa::path(get, path = "/patterns/{id}", tag = "markeringen", operation_id = "pattern",
    params(("id" = String, Path, description = "Naam van het patroon"), ReadQuery),
    responses((status = 200, body = Answer<PatternAnswer>)))]
pub async fn pattern(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Response, Problem> {
    read_flags(
        state,
        caller,
        query.request_now("pattern")?,
        move |session, desk| json(&desk.pattern(session, &id)?),
    )
    .await
}
