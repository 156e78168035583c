//! Nodes, their neighbours, and search.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ReadQuery, json};
use crate::api::extract::{Body, Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, ReadRequest, read};
use crate::query::{
    Answer, NeighbourPage, NeighbourPreview, NeighbourRequest, NodeAnswer, SearchPage,
    SearchRequest,
};

/// Zoek op naam, nummer of adres. De zoektekst staat in de body, nooit in het adres.
#[utoipa::path(post, path = "/nodes/_zoek", tag = "lezen", operation_id = "searchNodes",
    params(ReadQuery), request_body = SearchRequest, responses((status = 200, body = Answer<SearchPage>)))]
pub async fn search(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<ReadQuery>,
    Body(request): Body<SearchRequest>,
) -> Result<Response, Problem> {
    read(state, caller, query.request("search"), move |session| {
        json(&session.search(&request)?)
    })
    .await
}

/// Alles wat bronnen over een knoop zeggen, met bron, datum en waarom het zichtbaar is.
#[utoipa::path(get, path = "/nodes/{id}", tag = "lezen", operation_id = "node",
    params(("id" = String, Path, description = "Kenmerk van de knoop"), ReadQuery),
    responses((status = 200, body = Answer<NodeAnswer>)))]
pub async fn node(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Response, Problem> {
    read(state, caller, query.request("node"), move |session| {
        json(&session.node(&id)?)
    })
    .await
}

/// Query of a page of neighbours.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NeighbourQuery {
    /// Doel van de lezing.
    #[param(required = true)]
    purpose: Option<String>,
    /// Zaak waaronder gelezen wordt.
    case: Option<String>,
    /// Peildatum; zonder: vandaag.
    #[param(value_type = Option<String>, format = Date)]
    as_of: Option<String>,
    /// Dag waarvan de kennis telt; zonder: wat nu bekend is.
    #[param(value_type = Option<String>, format = Date)]
    known_at: Option<String>,
    /// Alleen verbindingen met deze labels, gescheiden door komma's.
    edge_labels: Option<String>,
    /// Hoeveel per bladzijde: 1 tot 500, zonder: 50.
    limit: Option<usize>,
    /// `next` van de vorige bladzijde.
    after: Option<String>,
}

/// De verbindingen van een knoop, per bladzijde.
#[utoipa::path(get, path = "/nodes/{id}/neighbours", tag = "lezen", operation_id = "neighbours",
    params(("id" = String, Path, description = "Kenmerk van de knoop"), NeighbourQuery),
    responses((status = 200, body = Answer<NeighbourPage>)))]
pub async fn neighbours(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<NeighbourQuery>,
) -> Result<Response, Problem> {
    let access = ReadRequest {
        purpose: query.purpose,
        case: query.case,
        as_of: query.as_of,
        known_at: query.known_at,
        action: "neighbours",
    };
    let labels = query.edge_labels.unwrap_or_default();
    let request = NeighbourRequest {
        edge_labels: labels
            .split(',')
            .filter(|label| !label.is_empty())
            .map(str::to_owned)
            .collect(),
        limit: query.limit,
        after: query.after,
    };
    read(state, caller, access, move |session| {
        json(&session.neighbours(&id, &request)?)
    })
    .await
}

/// Hoeveel buren van elke soort een knoop heeft, voordat er iets wordt opgehaald.
#[utoipa::path(get, path = "/nodes/{id}/neighbour-counts", tag = "lezen", operation_id = "neighbourCounts",
    params(("id" = String, Path, description = "Kenmerk van de knoop"), ReadQuery),
    responses((status = 200, body = Answer<NeighbourPreview>)))]
pub async fn neighbour_counts(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Response, Problem> {
    read(
        state,
        caller,
        query.request("neighbour-counts"),
        move |session| json(&session.preview(&id)?),
    )
    .await
}
