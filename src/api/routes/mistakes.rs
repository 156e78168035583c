//! Mistakes in what sources say: reported to who owns it, and answered.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{DeskQuery, json};
use crate::api::extract::{Body, Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, act, look};
use crate::engine::desk::{MistakeList, MistakeReplyRequest, MistakeReport, MistakeRequest};

/// Wat u meldde voor dit doel en wat de eigenaar antwoordde; en wat over gegevens van uw eigen dienst gemeld is, als u die beheert.
#[utoipa::path(get, path = "/mistakes", tag = "meldingen", operation_id = "mistakes",
    params(DeskQuery), responses((status = 200, body = MistakeList)))]
pub async fn mistakes(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<DeskQuery>,
) -> Result<Response, Problem> {
    look(state, caller, query.request("mistakes"), |desk| {
        desk.mistakes()
    })
    .await
    .and_then(|list| json(&list))
}

/// Meld aan de eigenaar van een bron dat iets niet klopt. Die leest de bronregel en uw tekst, niet wie u bent, voor welk doel of in welke zaak; uw dienst alleen als u dat aangeeft.
#[utoipa::path(post, path = "/mistakes", tag = "meldingen", operation_id = "reportMistake",
    params(DeskQuery), request_body = MistakeRequest, responses((status = 201, body = MistakeReport)))]
pub async fn report(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<DeskQuery>,
    Body(request): Body<MistakeRequest>,
) -> Result<Response, Problem> {
    let access = query.request("mistake-report");
    let access = match &request.case {
        Some(case) => access.of_case(case),
        None => access,
    };
    let report = act(state, caller, access, move |desk| {
        desk.report_mistake(&request)
    })
    .await?;
    let mut response = json(&report)?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// Antwoord op een melding over gegevens van uw eigen dienst.
#[utoipa::path(post, path = "/mistakes/{id}/replies", tag = "meldingen", operation_id = "replyToMistake",
    params(("id" = String, Path, description = "Ontvangstnummer"), DeskQuery),
    request_body = MistakeReplyRequest, responses((status = 200, body = MistakeReport)))]
pub async fn reply(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
    Body(request): Body<MistakeReplyRequest>,
) -> Result<Response, Problem> {
    act(state, caller, query.request("mistake-reply"), move |desk| {
        desk.reply_to_mistake(&id, &request)
    })
    .await
    .and_then(|report| json(&report))
}
