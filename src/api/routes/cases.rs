//! Cases: opened, read, noted, closed.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::{DeskQuery, json};
use crate::api::extract::{Body, Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, act, look, read_flags};
use crate::engine::desk::{
    CaseAnswer, CaseList, ChartAnswer, ChartList, ConfirmRequest, HandoverRequest, NoteRequest,
    OpenRequest, PinRequest, PresenceRequest, SaveChartRequest, TeamRequest, UnmaskRequest,
};
use crate::flag::FlagDesk;
use crate::query::Session;

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

/// Vraag wie een afgeschermde knoop is, met een reden. Waar het doel dat wil bevestigt een tweede persoon van het team.
#[utoipa::path(post, path = "/cases/{id}/unmaskings", tag = "zaken", operation_id = "askUnmasking",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    request_body = UnmaskRequest, responses((status = 200, body = CaseAnswer)))]
pub async fn unmask(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
    Body(request): Body<UnmaskRequest>,
) -> Result<Response, Problem> {
    let access = query.request("unmasking").of_case(&id);
    act(state, caller, access, move |desk| {
        desk.unmask(&id, &request)
    })
    .await
    .and_then(|case| json(&case))
}

/// Bevestig als tweede persoon dat te zien mag zijn wie een afgeschermde knoop is. Na de uren van het doel sluit het vanzelf.
#[utoipa::path(post, path = "/cases/{id}/unmaskings/_confirm", tag = "zaken", operation_id = "confirmUnmasking",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    request_body = ConfirmRequest, responses((status = 200, body = CaseAnswer)))]
pub async fn confirm(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
    Body(request): Body<ConfirmRequest>,
) -> Result<Response, Problem> {
    let access = query.request("unmasking-confirmed").of_case(&id);
    act(state, caller, access, move |desk| {
        desk.confirm(&id, &request)
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

/// De grafieken die bij de zaak worden bewaard, met hun versies.
#[utoipa::path(get, path = "/cases/{id}/charts", tag = "zaken", operation_id = "caseCharts",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    responses((status = 200, body = ChartList)))]
pub async fn charts(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
) -> Result<Response, Problem> {
    let access = query.request("case-charts").of_case(&id);
    look(state, caller, access, move |desk| desk.charts(&id))
        .await
        .and_then(|list| json(&list))
}

/// Bewaar een grafiek bij de zaak. Een naam die er al is, krijgt een nieuwe versie.
#[utoipa::path(post, path = "/cases/{id}/charts", tag = "zaken", operation_id = "saveCaseChart",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    request_body = SaveChartRequest, responses((status = 200, body = ChartList)))]
pub async fn save_chart(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
    Body(request): Body<SaveChartRequest>,
) -> Result<Response, Problem> {
    let access = query.request("case-chart-save").of_case(&id);
    act(state, caller, access, move |desk| {
        desk.save_chart(&id, &request)
    })
    .await
    .and_then(|list| json(&list))
}

/// Een versie van een grafiek, voor zover u ziet wat erop ligt.
#[utoipa::path(get, path = "/cases/{id}/charts/{number}/{version}", tag = "zaken", operation_id = "caseChart",
    params(("id" = String, Path, description = "Kenmerk van de zaak"),
        ("number" = u16, Path, description = "Nummer van de grafiek"),
        ("version" = u16, Path, description = "Welke versie"), DeskQuery),
    responses((status = 200, body = ChartAnswer)))]
pub async fn chart(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path((id, number, version)): Path<(String, u16, u16)>,
    Query(query): Query<DeskQuery>,
) -> Result<Response, Problem> {
    let access = query.request("case-chart").of_case(&id);
    look(state, caller, access, move |desk| {
        desk.chart(&id, number, version)
    })
    .await
    .and_then(|chart| json(&chart))
}

/// Draag de zaak over aan het zaaksysteem van uw organisatie (ZGW API's): de knopen waar zij over gaat en die zijn
/// vastgeprikt, voor zover u die ongemaskeerd ziet, en haar markeringen. Wat niet werd aangenomen staat in het antwoord; nog
/// eens overdragen gaat daarmee verder.
#[utoipa::path(post, path = "/cases/{id}/handover", tag = "zaken", operation_id = "handOverCase",
    params(("id" = String, Path, description = "Kenmerk van de zaak"), DeskQuery),
    request_body = HandoverRequest, responses((status = 200, body = CaseAnswer)))]
pub async fn hand_over(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeskQuery>,
    Body(request): Body<HandoverRequest>,
) -> Result<Response, Problem> {
    let asked = || query.clone().request("case-handover");
    let under_case = || asked().of_case(&id);
    // Under a case nothing is seen whole, so flags that rest on what is not there do not show: they are looked for without
    // it, unless the purpose wants a case for every read.
    let purposes = state.engine.purposes(&caller);
    let mut purposes = purposes.iter();
    let needs_case = purposes.any(|one| Some(&one.id) == query.purpose.as_ref() && one.needs_case);
    let flags_access = if needs_case { under_case() } else { asked() };
    let of_case = id.clone();
    let in_case =
        move |session: &Session, desk: &FlagDesk<'_>| Ok(desk.of_case(session, &of_case)?);
    let flags = read_flags(state.clone(), caller.clone(), flags_access, in_case).await?;
    let of_case = id.clone();
    let prepared = act(state.clone(), caller.clone(), under_case(), move |desk| {
        desk.prepare_handover(&of_case, &request, flags)
    })
    .await?;
    // What leaves is recorded by now; the network is waited for with no lock held.
    let ended = super::blocking(move || Ok(prepared.send())).await?;
    act(state, caller, under_case(), move |desk| {
        desk.end_handover(&ended)
    })
    .await
    .and_then(|case| json(&case))
}
