//! Paths, connecting networks, and clusters.

use axum::extract::State;
use axum::response::Response;

use super::{ReadQuery, json};
use crate::api::extract::{Body, Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, read};
use crate::query::{
    Answer, ComponentList, ComponentRequest, ConnectingNetwork, MeasureRequest, Measures,
    NetworkRequest, PathRequest, Paths,
};

/// Zoek paden tussen twee knopen: de kortste, meer korte, of een pad dat in de tijd klopt.
#[utoipa::path(post, path = "/paths/_zoek", tag = "lezen", operation_id = "findPaths",
    params(ReadQuery), request_body = PathRequest, responses((status = 200, body = Answer<Paths>)))]
pub async fn paths(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<ReadQuery>,
    Body(request): Body<PathRequest>,
) -> Result<Response, Problem> {
    read(state, caller, query.request("paths"), move |session| {
        json(&session.paths(&request)?)
    })
    .await
}

/// Zoek het netwerk dat meerdere knopen verbindt.
#[utoipa::path(post, path = "/networks/_zoek", tag = "lezen", operation_id = "findNetwork",
    params(ReadQuery), request_body = NetworkRequest, responses((status = 200, body = Answer<ConnectingNetwork>)))]
pub async fn network(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<ReadQuery>,
    Body(request): Body<NetworkRequest>,
) -> Result<Response, Problem> {
    read(state, caller, query.request("network"), move |session| {
        json(&session.network(&request)?)
    })
    .await
}

/// Zoek de groepen die samenhangen in alles wat de vrager mag zien.
#[utoipa::path(post, path = "/clusters/_zoek", tag = "lezen", operation_id = "findClusters",
    params(ReadQuery), request_body = ComponentRequest, responses((status = 200, body = Answer<ComponentList>)))]
pub async fn clusters(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<ReadQuery>,
    Body(request): Body<ComponentRequest>,
) -> Result<Response, Problem> {
    read(state, caller, query.request("clusters"), move |session| {
        json(&session.components(&request)?)
    })
    .await
}

/// Gemeenschappen rond knopen, en wie ertussen staat. De maten zeggen hoe iets verbonden is, niet wat het is.
#[utoipa::path(post, path = "/measures/_zoek", tag = "lezen", operation_id = "measureSubgraph",
    params(ReadQuery), request_body = MeasureRequest, responses((status = 200, body = Answer<Measures>)))]
pub async fn measures(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<ReadQuery>,
    Body(request): Body<MeasureRequest>,
) -> Result<Response, Problem> {
    read(state, caller, query.request("measures"), move |session| {
        json(&session.measures(&request)?)
    })
    .await
}
