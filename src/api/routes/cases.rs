//! Cases: opened, read, noted, closed.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::{DeskQuery, json};
use crate::api::extract::{Body, Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, act, look};
use crate::engine::desk::{
    CaseAnswer, CaseList, NoteRequest, OpenRequest, PinRequest, PresenceRequest, TeamRequest,
};

/// De zaken waar u aan werkt voor een doel, of die u uit hoofde van uw rol ziet.
#[utoipa::path(get, path = "/cases", tag = "zaken", operation_id = "cases",
    params(DeskQuery), responses((status = 200, body = CaseList)))]
pub async fn cases(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<DeskQuery>,
) -> Result<Response, Problem> {
    look(state, caller, query.request("cases"), |desk| {
        Ok(desk.cases())
    })
    .await
    .and_then(|list| json(&list))
}

/// Open een zaak op knopen die u onder dit doel kunt zien. Wie een zaak opent, laat anderen die hetzelfde vragen weten dat er iets speelt, zoals `presence` zegt.
#[utoipa::path(post, path = "/cases", tag = "zaken", operation_id = "openCase",
    params(DeskQuery), request_body = OpenRequest, responses((status = 201, body = CaseAnswer)))]
pub async fn open(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<DeskQuery>,
    Body(request): Body<OpenRequest>,
) -> Result<Response, Problem> {
    let case = act(state, caller, query.request("case-open"), move |desk| {
        desk.open(&request)
    })
    .await?;
    let mut response = json(&case)?;
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(place) = HeaderValue::from_str(&format!("/v1/cases/{}", case.id)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// Een zaak. Wie er niet aan werkt en er geen rol bij heeft, vindt hier niets.
#[utoipa::path(get, path = "/cases/{id}", tag = "zaken", operation_id = "case",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    responses((status = 200, body = CaseAnswer)))]
pub async fn case(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
) -> Result<Response, Problem> {
    let request = query.request("case").of_case(&id);
    look(state, caller, request, move |desk| desk.case(&id))
        .await
        .and_then(|case| json(&case))
}

/// Voeg een notitie toe.
#[utoipa::path(post, path = "/cases/{id}/notes", tag = "zaken", operation_id = "addNote",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    request_body = NoteRequest, responses((status = 200, body = CaseAnswer)))]
pub async fn notes(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
    Body(request): Body<NoteRequest>,
) -> Result<Response, Problem> {
    let access = query.request("case-note").of_case(&id);
    act(state, caller, access, move |desk| {
        desk.add_note(&id, &request)
    })
    .await
    .and_then(|case| json(&case))
}

/// Prik een knoop vast die u onder de zaak ziet, of haal de prikker weg.
#[utoipa::path(post, path = "/cases/{id}/pins", tag = "zaken", operation_id = "pinNode",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    request_body = PinRequest, responses((status = 200, body = CaseAnswer)))]
pub async fn pins(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
    Body(request): Body<PinRequest>,
) -> Result<Response, Problem> {
    let access = query.request("case-pin").of_case(&id);
    act(state, caller, access, move |desk| desk.pin(&id, &request))
        .await
        .and_then(|case| json(&case))
}

/// Wijzig wie eraan werkt.
#[utoipa::path(post, path = "/cases/{id}/team", tag = "zaken", operation_id = "changeTeam",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    request_body = TeamRequest, responses((status = 200, body = CaseAnswer)))]
pub async fn team(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
    Body(request): Body<TeamRequest>,
) -> Result<Response, Problem> {
    let access = query.request("case-team").of_case(&id);
    act(state, caller, access, move |desk| {
        desk.change_team(&id, &request)
    })
    .await
    .and_then(|case| json(&case))
}

/// Kies wat anderen die hetzelfde vragen te horen krijgen.
#[utoipa::path(post, path = "/cases/{id}/presence", tag = "zaken", operation_id = "changePresence",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    request_body = PresenceRequest, responses((status = 200, body = CaseAnswer)))]
pub async fn presence(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
    Body(request): Body<PresenceRequest>,
) -> Result<Response, Problem> {
    let access = query.request("case-presence").of_case(&id);
    act(state, caller, access, move |desk| {
        desk.change_presence(&id, &request)
    })
    .await
    .and_then(|case| json(&case))
}

/// Sluit een zaak. Daarna is er niets meer onder te lezen.
#[utoipa::path(post, path = "/cases/{id}/close", tag = "zaken", operation_id = "closeCase",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    responses((status = 200, body = CaseAnswer)))]
pub async fn close(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
) -> Result<Response, Problem> {
    let access = query.request("case-close").of_case(&id);
    act(state, caller, access, move |desk| desk.close(&id))
        .await
        .and_then(|case| json(&case))
}
