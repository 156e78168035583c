//! Deliveries: for who delivers a source into this server.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use utoipa::{IntoParams, ToSchema};

use super::json;
use crate::api::extract::{Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::ApiState;
use crate::engine::{DeliveryError, DeliveryState, Incoming, Received};
use crate::model::DeliveryKind;

/// What is sent.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SendParams {
    /// Naam van de bron, zoals `GET /v1/deliveries` haar noemt.
    source: String,
    /// Wat de levering zegt van wat de bron eerder zei: `addition` (niets), `full` (dit is alles), `delta` (van deze records
    /// geldt nu dit) of `correction` (hetzelfde; het was fout). Zonder: wat het bronbestand van de server zegt.
    #[param(value_type = Option<String>)]
    kind: Option<DeliveryKind>,
}

/// The files of a delivery, each as a part with its name.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "it describes the body, which is read as a stream")]
pub struct DeliveryFiles {
    /// A file.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<String>,
}

/// A source that the caller delivers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SourceAnswer {
    /// Name.
    name: String,
    /// What people call it.
    title: String,
    /// In how many days at most it is to be delivered again; null where nothing is agreed.
    every_days: Option<u32>,
    /// When this server loaded the last delivery of it.
    #[schema(format = DateTime)]
    last_loaded_at: Option<String>,
}

/// Deliveries and their sources.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeliveryList {
    /// The sources that you deliver.
    sources: Vec<SourceAnswer>,
    /// What this server received of them, the newest first.
    deliveries: Vec<DeliveryAnswer>,
    /// Whether older ones are left out.
    truncated: bool,
}

/// Most deliveries in a list.
const LIST_MAX: usize = 100;

/// How far a load is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryProgress {
    /// Bytes read.
    pub bytes_read: u64,
    /// Bytes in all.
    pub bytes_total: u64,
    /// Records read.
    pub records_read: u64,
    /// Records refused.
    pub records_refused: u64,
}

/// A delivery.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryAnswer {
    /// Identifier.
    pub id: String,
    /// Name of the source.
    pub source: String,
    /// What people call the source.
    pub title: String,
    /// What it says of what its source said before.
    #[schema(value_type = String)]
    pub kind: DeliveryKind,
    /// The account that sent it.
    pub by: String,
    /// When it was whole here.
    #[schema(format = DateTime)]
    pub received_at: String,
    /// When it was loaded, refused or taken back.
    #[schema(format = DateTime)]
    pub finished_at: Option<String>,
    /// How it stands.
    pub state: DeliveryState,
    /// Why, where something is to be said of it.
    pub message: Option<String>,
    /// How far it is, while it is being loaded.
    pub progress: Option<DeliveryProgress>,
    /// What came of it, once that is known. In the list: without its refusals.
    pub report: Option<DeliveryReport>,
}

/// What came of a delivery. Which of its edges wait for a node, and what else the store holds, is not told: it depends on
/// what others deliver.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryReport {
    /// Name of the delivery.
    pub name: String,
    /// Records in its files.
    pub records_read: u64,
    /// Records that were loaded.
    pub records_loaded: u64,
    /// Records that were refused.
    pub records_refused: u64,
    /// Records that were set aside.
    pub records_set_aside: u64,
    /// Statements that were not there before.
    pub statements_added: u64,
    /// Statements that stood already.
    pub statements_unchanged: u64,
    /// Statements that do not stand any more since it.
    pub statements_superseded: u64,
    /// Statements that had fallen and stand again since it.
    pub statements_restored: u64,
    /// Whether it was to say all, and took the place of nothing as some of its records were refused.
    pub superseded_nothing: bool,
    /// The first refusals.
    pub refusals: Vec<RefusalAnswer>,
    /// Why records were set aside, and how many.
    #[schema(value_type = Object)]
    pub set_aside: std::collections::BTreeMap<String, u64>,
    /// Files that were not read.
    pub not_read: Vec<NotReadAnswer>,
}

/// A record that was refused.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusalAnswer {
    /// Name of the file.
    pub file: String,
    /// Line on which the record begins, from 1.
    pub line: u32,
    /// The field, as the source file of the server names it.
    pub column: Option<String>,
    /// The offending value, masked.
    pub value: String,
    /// What is wrong.
    pub reason: String,
}

/// A file that was not read.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotReadAnswer {
    /// Name of the file.
    pub file: String,
    /// Why.
    pub reason: String,
}

impl DeliveryReport {
    fn of(received: &Received) -> Option<Self> {
        let report = received.report.as_ref()?;
        Some(Self {
            name: report.delivery.clone(),
            records_read: report.records_read(),
            records_loaded: report.records_loaded(),
            records_refused: report.records_refused(),
            records_set_aside: report.records_set_aside(),
            statements_added: report.statements_added,
            statements_unchanged: report.statements_unchanged,
            statements_superseded: report.statements_superseded,
            statements_restored: report.statements_restored,
            superseded_nothing: report.superseded_nothing,
            refusals: report
                .refusals
                .iter()
                .map(|refusal| RefusalAnswer {
                    file: refusal.file.clone(),
                    line: refusal.line,
                    column: refusal.column.clone(),
                    value: refusal.value.clone(),
                    reason: refusal.reason.clone(),
                })
                .collect(),
            set_aside: report.set_aside_counts.clone(),
            not_read: report
                .not_read
                .iter()
                .map(|file| NotReadAnswer {
                    file: file.file.clone(),
                    reason: file.reason.clone(),
                })
                .collect(),
        })
    }
}

fn answer(received: Received, progress: Option<DeliveryProgress>) -> DeliveryAnswer {
    let report = DeliveryReport::of(&received);
    DeliveryAnswer {
        id: received.id,
        source: received.source,
        title: received.title,
        kind: received.kind,
        by: received.by,
        received_at: received.received_at,
        finished_at: received.finished_at,
        state: received.state,
        message: received.message,
        progress,
        report,
    }
}

fn accepted(received: Received) -> Result<Response, Problem> {
    let place = format!("/v1/deliveries/{}", received.id);
    let body = json(&answer(received, None))?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, place)], body).into_response())
}

impl From<DeliveryError> for Problem {
    fn from(error: DeliveryError) -> Self {
        let (status, code) = match error {
            DeliveryError::UnknownSource { .. } => (StatusCode::NOT_FOUND, "unknown-source"),
            DeliveryError::Unknown(_) => (StatusCode::NOT_FOUND, "unknown-delivery"),
            DeliveryError::Name(_) | DeliveryError::Empty | DeliveryError::TooManyFiles => {
                (StatusCode::BAD_REQUEST, "invalid-body")
            }
            DeliveryError::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "body-too-large"),
            DeliveryError::TooManyWaiting => {
                (StatusCode::SERVICE_UNAVAILABLE, "too-many-deliveries")
            }
            DeliveryError::NotLoaded(_) => (StatusCode::CONFLICT, "not-loaded"),
            DeliveryError::Disk(cause) => return no_room(&cause),
            DeliveryError::Rules(cause) => return Self::internal(&cause),
            DeliveryError::Access(cause) => return cause.into(),
        };
        Self::new(status, code, error.to_string())
    }
}

fn no_room(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "files of a delivery could not be kept");
    Problem::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "no-room",
        "the server could not keep the files; nothing was loaded. Its log tells why",
    )
}

/// What is wrong with the form of a body.
fn malformed(error: &MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
            "the delivery is larger than it may be",
        ),
        _ => Problem::invalid(
            "invalid-body",
            format!("the files did not come in whole: {}", error.body_text()),
        ),
    }
}

/// Lever bestanden van een bron die u levert: elk bestand een deel van `multipart/form-data`, met zijn naam. Het antwoord
/// komt als alle bestanden er zijn; laden gaat daarna, op volgorde van binnenkomst. `GET /v1/deliveries/{id}` zegt hoe het
/// staat: pas bij `loaded` is de levering blijvend geladen.
#[utoipa::path(post, path = "/deliveries", tag = "leveringen", operation_id = "sendDelivery",
    params(SendParams),
    request_body(content = DeliveryFiles, content_type = "multipart/form-data"),
    responses((status = 202, body = DeliveryAnswer),
        (status = 413, description = "De levering is groter dan zij mag zijn", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "De body is geen `multipart/form-data`", body = Problem, content_type = "application/problem+json"),
        (status = 507, description = "De server kon de bestanden niet bewaren; er is niets geladen", body = Problem, content_type = "application/problem+json")))]
pub async fn send(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(asked): Query<SendParams>,
    files: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response, Problem> {
    if asked.kind == Some(DeliveryKind::Withdrawal) {
        return Err(Problem::invalid(
            "invalid-query",
            "take a delivery back with `DELETE /v1/deliveries/{id}`",
        ));
    }
    let mut files = files.map_err(|_| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "send the files as `multipart/form-data`, such as with `curl -F file=@meldingen.csv`",
        )
    })?;
    let engine = state.engine.clone();
    let mut incoming =
        super::blocking(move || Ok(engine.receive(&caller, &asked.source, asked.kind)?)).await?;
    while let Some(field) = files
        .next_field()
        .await
        .map_err(|error| malformed(&error))?
    {
        take_in(field, &mut incoming).await?;
    }
    let received = super::blocking(move || Ok(state.engine.accept(incoming)?)).await?;
    accepted(received)
}

async fn take_in(mut field: Field<'_>, incoming: &mut Incoming) -> Result<(), Problem> {
    let Some(name) = field.file_name().map(str::to_owned) else {
        return Err(Problem::invalid(
            "invalid-body",
            "each part is a file, with its name",
        ));
    };
    let path = incoming.file(&name)?;
    let mut file = tokio::fs::File::create_new(path)
        .await
        .map_err(|error| no_room(&error))?;
    while let Some(piece) = field.chunk().await.map_err(|error| malformed(&error))? {
        incoming.count(piece.len())?;
        file.write_all(&piece)
            .await
            .map_err(|error| no_room(&error))?;
    }
    file.flush().await.map_err(|error| no_room(&error))
}

/// De bronnen die u levert, en wat daarvan binnenkwam.
#[utoipa::path(get, path = "/deliveries", tag = "leveringen", operation_id = "deliveries",
    responses((status = 200, body = DeliveryList)))]
pub async fn deliveries(
    State(state): State<ApiState>,
    Caller(caller): Caller,
) -> Result<Response, Problem> {
    super::blocking(move || {
        let received = state.engine.received(&caller)?;
        let last = |source: &str| {
            let mut loaded = received
                .iter()
                .filter(|one| one.source == source && one.state == DeliveryState::Loaded);
            loaded.next().and_then(|one| one.finished_at.clone())
        };
        let sources = state.engine.deliverable(&caller).into_iter();
        let sources = sources.map(|source| SourceAnswer {
            last_loaded_at: last(&source.name),
            name: source.name,
            title: source.title,
            every_days: source.every_days,
        });
        let sources: Vec<SourceAnswer> = sources.collect();
        let truncated = received.len() > LIST_MAX;
        let listed = received.into_iter().take(LIST_MAX).map(|one| {
            let mut answer = answer(one, None);
            if let Some(report) = &mut answer.report {
                report.refusals.clear();
                report.not_read.clear();
            }
            answer
        });
        json(&DeliveryList {
            sources,
            deliveries: listed.collect(),
            truncated,
        })
    })
    .await
}

/// Een levering: hoe ver zij is, en wat ervan kwam.
#[utoipa::path(get, path = "/deliveries/{id}", tag = "leveringen", operation_id = "delivery",
    params(("id" = String, Path, description = "Kenmerk van de levering")),
    responses((status = 200, body = DeliveryAnswer)))]
pub async fn delivery(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    super::blocking(move || {
        let (received, progress) = state.engine.received_one(&caller, &id)?;
        let progress = progress.map(|progress| DeliveryProgress {
            bytes_read: progress.bytes_read,
            bytes_total: progress.bytes_total,
            records_read: progress.records_read,
            records_refused: progress.records_refused,
        });
        json(&answer(received, progress))
    })
    .await
}

/// Trek een geladen levering in: wat alleen zij zei, geldt niet meer, en wat zij verving, geldt weer. Dat het gezegd werd,
/// blijft bewaard.
#[utoipa::path(delete, path = "/deliveries/{id}", tag = "leveringen", operation_id = "withdrawDelivery",
    params(("id" = String, Path, description = "Kenmerk van de levering")),
    responses((status = 202, body = DeliveryAnswer),
        (status = 409, description = "De levering staat niet, of zei niets nieuws", body = Problem, content_type = "application/problem+json")))]
pub async fn withdraw(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    super::blocking(move || accepted(state.engine.withdraw_received(&caller, &id)?)).await
}
