//! Queries in the pattern language.

use axum::extract::State;
use axum::response::Response;

use super::{ReadQuery, json};
use crate::api::extract::{Body, Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, read};
use crate::query::Answer;
use crate::scan::{AskError, QueryAnswer, QueryRequest, ask};

/// Stel een vraag in de patroontaal (een deel van openCypher dat alleen leest). U krijgt rijen, of een deel van de graaf.
#[utoipa::path(post, path = "/queries/_zoek", tag = "lezen", operation_id = "query",
    params(ReadQuery), request_body = QueryRequest,
    responses((status = 200, body = Answer<QueryAnswer>)))]
pub async fn query(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<ReadQuery>,
    Body(request): Body<QueryRequest>,
) -> Result<Response, Problem> {
    read(state, caller, query.request("query"), move |session| {
        json(&ask(session, &request)?)
    })
    .await
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Query(_) => Self::invalid("invalid-query-text", error.to_string()),
            AskError::Invalid(detail) => Self::invalid("invalid-input", detail),
            AskError::Read(error) => error.into(),
        }
    }
}
