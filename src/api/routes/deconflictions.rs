//! What those who work on the same are told of each other.

use axum::extract::{Path, State};
use axum::response::Response;

use super::{DeskQuery, json};
use crate::api::extract::{Body, Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, act, look};
use crate::engine::desk::{
    AccumulationAnswer, AccumulationList, DeconflictionAnswer, DeconflictionList, NodeRequest,
    NoticeList, StateAnswer, StateRequest,
};

/// Vraag of anderen bezig zijn met een knoop van uw open zaak. U krijgt een ontvangstnummer; de andere kant en de coördinator krijgen bericht. Eén knoop per keer.
#[utoipa::path(post, path = "/cases/{id}/deconfliction", tag = "zaken", operation_id = "askDeconfliction",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    request_body = NodeRequest, responses((status = 200, body = DeconflictionAnswer)))]
pub async fn ask(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
    Body(request): Body<NodeRequest>,
) -> Result<Response, Problem> {
    let access = query.request("deconfliction").of_case(&id);
    act(state, caller, access, move |desk| desk.ask(&id, &request))
        .await
        .and_then(|answer| json(&answer))
}

/// Vraag of genoeg diensten een signaal hebben over een knoop van uw open zaak. Alleen als diensten dat hebben afgesproken; u hoort of de drempel bereikt is, niet wie en niet hoeveel.
#[utoipa::path(post, path = "/cases/{id}/accumulation", tag = "zaken", operation_id = "askAccumulation",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    request_body = NodeRequest, responses((status = 200, body = AccumulationAnswer)))]
pub async fn weigh(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
    Body(request): Body<NodeRequest>,
) -> Result<Response, Problem> {
    let access = query.request("accumulation").of_case(&id);
    act(state, caller, access, move |desk| desk.weigh(&id, &request))
        .await
        .and_then(|answer| json(&answer))
}

/// Alles wat gevraagd is waar de drempel bereikt is: het bureau van de coördinator.
#[utoipa::path(get, path = "/accumulations", tag = "zaken", operation_id = "accumulations",
    params(DeskQuery), responses((status = 200, body = AccumulationList)))]
pub async fn accumulations(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<DeskQuery>,
) -> Result<Response, Problem> {
    look(state, caller, query.request("accumulations"), |desk| {
        desk.accumulations()
    })
    .await
    .and_then(|list| json(&list))
}

/// Berichten aan u: wie er nog meer bezig is waar u naar vroeg, en dat anderen vroegen waar u bezig bent.
#[utoipa::path(get, path = "/notices", tag = "zaken", operation_id = "notices",
    params(DeskQuery), responses((status = 200, body = NoticeList)))]
pub async fn notices(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<DeskQuery>,
) -> Result<Response, Problem> {
    look(state, caller, query.request("notices"), |desk| {
        desk.notices()
    })
    .await
    .and_then(|list| json(&list))
}

/// Alles wat gevraagd is waar een ander bezig was: het bureau van de coördinator.
#[utoipa::path(get, path = "/deconflictions", tag = "zaken", operation_id = "deconflictions",
    params(DeskQuery), responses((status = 200, body = DeconflictionList)))]
pub async fn deconflictions(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<DeskQuery>,
) -> Result<Response, Problem> {
    look(state, caller, query.request("deconflictions"), |desk| {
        desk.deconflictions()
    })
    .await
    .and_then(|list| json(&list))
}

/// Meld hoe ver u bent met de andere kant: gesproken, of eens geworden.
#[utoipa::path(post, path = "/deconflictions/{id}/state", tag = "zaken", operation_id = "settleDeconfliction",
    params(("id" = String, Path, description = "Ontvangstnummer"), DeskQuery),
    request_body = StateRequest, responses((status = 200, body = StateAnswer)))]
pub async fn advance(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
    Body(request): Body<StateRequest>,
) -> Result<Response, Problem> {
    act(
        state,
        caller,
        query.request("deconfliction-state"),
        move |desk| desk.advance(&id, &request),
    )
    .await
    .and_then(|answer| json(&answer))
}
