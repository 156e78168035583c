//! Subgraphs: expansions from one or many nodes.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{ReadQuery, json as json_answer};
use crate::api::extract::{Body, Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, read};
use crate::query::{Answer, ExpandRequest, Subgraph};

/// Vouw uit vanaf een of meer knopen. Met `Accept: application/x-ndjson` staat elk element op een eigen regel.
#[utoipa::path(post, path = "/subgraphs/_expand", tag = "lezen", operation_id = "expandSubgraph",
    params(ReadQuery), request_body = ExpandRequest,
    responses((status = 200, content(
        (Answer<Subgraph> = "application/json"), (String = "application/x-ndjson")))))]
pub async fn expand(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<ReadQuery>,
    headers: HeaderMap,
    Body(request): Body<ExpandRequest>,
) -> Result<Response, Problem> {
    let by_line = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().starts_with(b"application/x-ndjson"));
    read(state, caller, query.request("expand"), move |session| {
        let answer = session.expand(&request)?;
        if by_line {
            lines(&answer)
        } else {
            json_answer(&answer)
        }
    })
    .await
}

/// One line for the frame of the answer, one per node, one per edge.
fn lines(answer: &Answer<Subgraph>) -> Result<Response, Problem> {
    let mut bytes = Vec::new();
    let mut write = |value: serde_json::Value| {
        bytes.extend_from_slice(value.to_string().as_bytes());
        bytes.push(b'\n');
    };
    write(json!({ "answer": {
        "asOf": answer.as_of, "purpose": answer.purpose, "viewDigest": answer.view_digest,
        "truncated": answer.truncated, "nodeCount": answer.body.nodes.len(), "edgeCount": answer.body.edges.len(),
        "edgesExamined": answer.body.edges_examined,
    } }));
    for node in &answer.body.nodes {
        write(json!({ "node": node }));
    }
    for edge in &answer.body.edges {
        write(json!({ "edge": edge }));
    }
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], bytes).into_response())
}
