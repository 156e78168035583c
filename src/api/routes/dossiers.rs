//! Dossiers.

use axum::extract::{Path, State};
use axum::response::Response;

use super::{ReadQuery, json};
use crate::api::extract::{Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, read_flags};
use crate::flag::DossierWithFlags;
use crate::query::Answer;

/// Het dossier van een adres, persoon of bedrijf: wie en wat er is en was, met bron en datum, wat ermee samenhangt, en de markeringen die u mag zien.
#[utoipa::path(get, path = "/dossiers/{id}", tag = "lezen", operation_id = "dossier",
    params(("id" = String, Path, description = "Kenmerk van de knoop"), ReadQuery),
    responses((status = 200, body = Answer<DossierWithFlags>)))]
pub async fn dossier(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Response, Problem> {
    read_flags(
        state,
        caller,
        query.request("dossier"),
        move |session, desk| json(&desk.dossier(session, &id)?),
    )
    .await
}
