//! Flags: what scans raised and the caller may see, and what people do with them.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ReadQuery, json};
use crate::api::extract::{Body, Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, ReadRequest, act_on_flag, read_flags};
use crate::flag::{
    Act, ActDone, AssigneeRequest, CaseRequest, FlagAnswer, FlagPage, FlagRequest, JudgementRequest,
};
use crate::query::Answer;

/// Query of a page of flags.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FlagQuery {
    /// Doel van de lezing.
    #[param(required = true)]
    purpose: Option<String>,
    /// Zaak waaronder gelezen wordt: alleen wat binnen haar bereik ligt is dan te zien.
    case: Option<String>,
    /// Peildatum; zonder: vandaag.
    #[param(value_type = Option<String>, format = Date)]
    as_of: Option<String>,
    /// Alleen van dit patroon.
    pattern: Option<String>,
    /// Alleen in deze staat: `open`, `useful`, `not-useful` of `wrong-data`.
    state: Option<String>,
    /// Alleen over deze knoop.
    subject: Option<String>,
    /// Hoeveel per bladzijde: 1 tot 200, zonder: 50.
    limit: Option<usize>,
    /// `next` van de vorige bladzijde.
    after: Option<String>,
}

/// De markeringen die u mag zien, per bladzijde.
#[utoipa::path(get, path = "/flags", tag = "markeringen", operation_id = "flags",
    params(FlagQuery), responses((status = 200, body = Answer<FlagPage>)))]
pub async fn flags(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<FlagQuery>,
) -> Result<Response, Problem> {
    let access = ReadRequest {
        purpose: query.purpose,
        case: query.case,
        as_of: query.as_of,
        known_at: None,
        action: "flags",
    };
    let request = FlagRequest {
        pattern: query.pattern,
        state: query.state,
        subject: query.subject,
        limit: query.limit,
        after: query.after,
    };
    read_flags(state, caller, access, move |session, desk| {
        json(&desk.list(session, &request)?)
    })
    .await
}

/// Een markering met alles waarop zij rust.
#[utoipa::path(get, path = "/flags/{id}", tag = "markeringen", operation_id = "flag",
    params(("id" = String, Path, description = "Kenmerk van de markering"), ReadQuery),
    responses((status = 200, body = Answer<FlagAnswer>)))]
pub async fn flag(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Response, Problem> {
    read_flags(
        state,
        caller,
        query.request_now("flag")?,
        move |session, desk| json(&desk.flag(session, &id)?),
    )
    .await
}

/// Oordeel over een markering: bruikbaar, niet bruikbaar of onjuiste gegevens, met een reden.
#[utoipa::path(post, path = "/flags/{id}/judgements", tag = "markeringen", operation_id = "judgeFlag",
    params(("id" = String, Path, description = "Kenmerk van de markering"), ReadQuery),
    request_body = JudgementRequest, responses((status = 201, body = ActDone)))]
pub async fn judge(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<ReadQuery>,
    Body(request): Body<JudgementRequest>,
) -> Result<Response, Problem> {
    let access = query.request_now("flag-judge")?;
    let done = act_on_flag(state, caller, access, id, Act::Judge(request)).await?;
    Ok((StatusCode::CREATED, json(&done)?).into_response())
}

/// Geef een markering aan iemand, of neem haar terug.
#[utoipa::path(put, path = "/flags/{id}/assignee", tag = "markeringen", operation_id = "assignFlag",
    params(("id" = String, Path, description = "Kenmerk van de markering"), ReadQuery),
    request_body = AssigneeRequest, responses((status = 200, body = ActDone)))]
pub async fn assign(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<ReadQuery>,
    Body(request): Body<AssigneeRequest>,
) -> Result<Response, Problem> {
    let access = query.request_now("flag-assign")?;
    json(&act_on_flag(state, caller, access, id, Act::Assign(request)).await?)
}

/// Neem een markering op in een zaak.
#[utoipa::path(post, path = "/flags/{id}/case", tag = "markeringen", operation_id = "putFlagIntoCase",
    params(("id" = String, Path, description = "Kenmerk van de markering"), ReadQuery),
    request_body = CaseRequest, responses((status = 201, body = ActDone)))]
pub async fn put_into_case(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<ReadQuery>,
    Body(request): Body<CaseRequest>,
) -> Result<Response, Problem> {
    let access = query.request_now("flag-case")?;
    let done = act_on_flag(state, caller, access, id, Act::Case(request)).await?;
    Ok((StatusCode::CREATED, json(&done)?).into_response())
}
