//! Where nodes lie, for a map.

use axum::extract::State;
use axum::response::Response;

use super::{ReadQuery, json};
use crate::api::extract::{Body, Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, read};
use crate::query::{Answer, GroundCollection, GroundRequest, PlaceCollection, PlaceRequest};

/// Waar knopen liggen, of welke knopen in een rechthoek liggen: als GeoJSON (RFC 7946, WGS 84).
#[utoipa::path(post, path = "/places/_zoek", tag = "lezen", operation_id = "findPlaces",
    params(ReadQuery), request_body = PlaceRequest,
    responses((status = 200, body = Answer<PlaceCollection>)))]
pub async fn places(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<ReadQuery>,
    Body(request): Body<PlaceRequest>,
) -> Result<Response, Problem> {
    read(state, caller, query.request("places"), move |session| {
        json(&session.places(&request)?)
    })
    .await
}

/// De ondergrond van een kaart: omtrekken van panden in een rechthoek, zonder te zeggen welke panden het zijn.
#[utoipa::path(post, path = "/places/_ondergrond", tag = "lezen", operation_id = "findGround",
    params(ReadQuery), request_body = GroundRequest,
    responses((status = 200, body = Answer<GroundCollection>)))]
pub async fn ground(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<ReadQuery>,
    Body(request): Body<GroundRequest>,
) -> Result<Response, Problem> {
    read(state, caller, query.request("ground"), move |session| {
        json(&session.ground(&request)?)
    })
    .await
}
