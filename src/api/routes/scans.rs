//! Scans: for who manages them. What they found is read as flags, by who may see those.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{blocking, json};
use crate::api::extract::{Body, Caller, Query, day};
use crate::api::problem::Problem;
use crate::api::router::ApiState;
use crate::authz::Principal;
use crate::engine::{Engine, ScanError, ScanRequest, Standing};
use crate::flag::{
    PatternDifference, PatternLine, PatternOutcome, PatternParameter, RunRecord, RunState,
    SettingDifference,
};
use crate::scan::run::Mandate;

/// The role that may start, follow and stop scans of mandates of its own organisation.
pub(super) const MANAGER: &str = "scanbeheerder";

/// A scan to be started.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartScan {
    /// The mandate.
    mandate: String,
    /// Patterns; none: all of the mandate that are in use.
    #[serde(default)]
    patterns: Vec<String>,
    /// Parameters in place of the defaults, by pattern and name.
    #[serde(default)]
    #[schema(value_type = Object)]
    parameters: BTreeMap<String, BTreeMap<String, i64>>,
    /// The day to look at; without: today.
    #[schema(format = Date)]
    as_of: Option<String>,
    /// Whether to look everywhere. Without it, where nothing changed since the run before on the same day, what that found
    /// stands; the flags are the same.
    #[serde(default)]
    whole: bool,
    /// Whether to tell what it would do, and do nothing: no flag is raised or ended. The server remembers the last fifty of
    /// these while it runs.
    #[serde(default)]
    dry_run: bool,
}

/// How a scan stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ScanAnswer {
    /// Identifier.
    id: String,
    /// The mandate.
    mandate: String,
    /// The purpose.
    purpose: String,
    /// Who started it.
    by: String,
    /// The day it looks at.
    #[schema(format = Date)]
    as_of: String,
    /// When it began.
    #[schema(format = DateTime)]
    started_at: String,
    /// When it ended.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    /// Whether it only told what it would do.
    dry_run: bool,
    /// How it stands.
    state: RunState,
    /// Patterns done, while it is at work.
    patterns_done: Option<usize>,
    /// Patterns in all, while it is at work.
    patterns_total: Option<usize>,
    /// What became of each pattern.
    patterns: Vec<PatternOutcome>,
}

/// The scans.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ScanList {
    /// The mandates of your organisation.
    mandates: Vec<MandateAnswer>,
    /// Newest first, dry runs among them.
    scans: Vec<ScanAnswer>,
}

/// A mandate that you manage scans of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MandateAnswer {
    /// Its identifier.
    id: String,
    /// What people call it.
    title: String,
    /// The purpose.
    purpose: String,
    /// The patterns that may be run under it.
    patterns: Vec<MandatePattern>,
}

/// A pattern that may be run under a mandate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MandatePattern {
    /// The pattern.
    #[serde(flatten)]
    pattern: PatternLine,
    /// Whether it is run where no pattern is named.
    unasked: bool,
    /// Its thresholds.
    parameters: Vec<PatternParameter>,
}

impl MandateAnswer {
    fn of(engine: &Engine, mandate: &Mandate) -> Self {
        let allowed = engine.library().iter().filter(|one| mandate.allows(one));
        Self {
            id: mandate.id.clone(),
            title: mandate.title.clone(),
            purpose: mandate.purpose.clone(),
            patterns: allowed
                .map(|pattern| MandatePattern {
                    pattern: PatternLine::of(pattern),
                    unasked: mandate.runs_unasked(pattern),
                    parameters: PatternParameter::all(pattern),
                })
                .collect(),
        }
    }
}

/// Most scans in a list, the newest.
const SCANS_MAX: usize = 100;

fn answer(run: RunRecord, progress: Option<Standing>) -> ScanAnswer {
    ScanAnswer {
        id: run.id,
        mandate: run.mandate,
        purpose: run.purpose,
        by: run.by,
        as_of: run.as_of.to_string(),
        started_at: run.started_at,
        finished_at: run.finished_at,
        dry_run: run.dry_run,
        state: run.state,
        patterns_done: progress.map(|[done, _]| done),
        patterns_total: progress.map(|[_, total]| total),
        patterns: run.patterns,
    }
}

/// Whether a caller manages the scans of a mandate; who does not learns nothing of which there are.
fn check_manager(
    engine: &Engine,
    caller: &Principal,
    mandate: Option<&str>,
) -> Result<(), Problem> {
    let is_own = mandate.is_none_or(|id| {
        let found = engine.mandates().get(id);
        found.is_some_and(|mandate| mandate.organisation == caller.organisation)
    });
    if caller.roles.contains(MANAGER) && is_own {
        Ok(())
    } else {
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "not-a-scan-manager",
            format!("scans are for the role `{MANAGER}`, of mandates of its own organisation"),
        ))
    }
}

impl From<ScanError> for Problem {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::UnknownMandate { .. }
            | ScanError::NotMandated { .. }
            | ScanError::Parameter(_) => Self::invalid("invalid-input", error.to_string()),
            ScanError::Running(_) => {
                Self::new(StatusCode::CONFLICT, "scan-running", error.to_string())
            }
            ScanError::Access(cause) => cause.into(),
            ScanError::Store(cause) => Self::internal(&cause),
        }
    }
}

/// Start een scan onder een mandaat.
#[utoipa::path(post, path = "/scans", tag = "scans", operation_id = "startScan",
    request_body = StartScan, responses((status = 201, body = ScanAnswer)))]
pub async fn start(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Body(request): Body<StartScan>,
) -> Result<Response, Problem> {
    blocking(move || {
        check_manager(&state.engine, &caller, Some(&request.mandate))?;
        let asked = ScanRequest {
            mandate: request.mandate,
            patterns: request.patterns,
            parameters: request.parameters,
            as_of: day("asOf", request.as_of.as_deref())?,
            whole: request.whole,
            dry_run: request.dry_run,
            ..ScanRequest::default()
        };
        let id = state.engine.start_scan(asked, &caller.id)?;
        let found = state
            .engine
            .scan_run(&id)
            .map_err(|error| Problem::internal(&error))?;
        // Its record is kept by its own thread, which may not have come to it yet.
        let body = match found {
            Some((run, progress)) => json(&answer(run, progress))?,
            None => json(&serde_json::json!({ "id": id, "state": RunState::Running }))?,
        };
        Ok((StatusCode::CREATED, body).into_response())
    })
    .await
}

/// De scans van uw organisatie, de nieuwste eerst.
#[utoipa::path(get, path = "/scans", tag = "scans", operation_id = "scans",
    responses((status = 200, body = ScanList)))]
pub async fn scans(
    State(state): State<ApiState>,
    Caller(caller): Caller,
) -> Result<Response, Problem> {
    blocking(move || {
        check_manager(&state.engine, &caller, None)?;
        let mut runs = state
            .engine
            .scan_runs()
            .map_err(|error| Problem::internal(&error))?;
        runs.extend(state.engine.dry_runs());
        runs.sort_by(|one, other| other.started_at.cmp(&one.started_at));
        let is_own = |mandate: &str| check_manager(&state.engine, &caller, Some(mandate)).is_ok();
        let own = runs.into_iter().filter(|run| is_own(&run.mandate));
        let mandates = state.engine.mandates().iter();
        json(&ScanList {
            mandates: mandates
                .filter(|mandate| is_own(&mandate.id))
                .map(|mandate| MandateAnswer::of(&state.engine, mandate))
                .collect(),
            scans: own.take(SCANS_MAX).map(|run| answer(run, None)).collect(),
        })
    })
    .await
}

/// Een scan: hoe ver zij is, en wat van elk patroon kwam.
#[utoipa::path(get, path = "/scans/{id}", tag = "scans", operation_id = "scan",
    params(("id" = String, Path, description = "Kenmerk van de scan")),
    responses((status = 200, body = ScanAnswer)))]
pub async fn scan(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    blocking(move || {
        let (run, progress) = managed(&state.engine, &caller, &id)?;
        json(&answer(run, progress))
    })
    .await
}

/// Which scan to compare with.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CompareParams {
    /// Kenmerk van de andere scan, onder hetzelfde mandaat.
    with: String,
}

/// How two scans of a mandate differ.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ScanDifferences {
    /// Per pattern that both ran.
    patterns: Vec<PatternDifferenceAnswer>,
}

/// How two scans differ in one pattern. Flags that are gone by now, as their days had passed, are not counted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PatternDifferenceAnswer {
    /// The pattern.
    pattern: String,
    /// What differs in how it was run, so that the data need not be why flags differ.
    setting: Vec<SettingDifference>,
    /// Why it cannot be compared: one of the scans has no whole outcome of it.
    incomplete: Option<String>,
    /// How many flags only the later scan found.
    added: usize,
    /// How many only the earlier scan found.
    removed: usize,
    /// How many both found.
    both: usize,
    /// How many were found too often since to know whether the earlier scan did.
    unknown: usize,
}

impl From<PatternDifference> for PatternDifferenceAnswer {
    /// Counts alone: who manages scans need not see any flag.
    fn from(told: PatternDifference) -> Self {
        Self {
            pattern: told.pattern,
            setting: told.setting,
            incomplete: told.incomplete,
            added: told.added.len(),
            removed: told.removed.len(),
            both: told.both,
            unknown: told.unknown,
        }
    }
}

/// Welke markeringen van twee scans alleen de ene vond, en wat er anders was.
#[utoipa::path(get, path = "/scans/{id}/differences", tag = "scans", operation_id = "scanDifferences",
    params(("id" = String, Path, description = "Kenmerk van de scan"), CompareParams),
    responses((status = 200, body = ScanDifferences)))]
pub async fn differences(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(asked): Query<CompareParams>,
) -> Result<Response, Problem> {
    blocking(move || {
        managed(&state.engine, &caller, &id)?;
        managed(&state.engine, &caller, &asked.with)?;
        let told = state
            .engine
            .compare_scans(&id, &asked.with)
            .map_err(|error| Problem::internal(&error))?;
        let patterns =
            told.map_err(|error| Problem::invalid("not-to-be-compared", error.to_string()))?;
        let patterns = patterns.into_iter().map(Into::into).collect();
        json(&ScanDifferences { patterns })
    })
    .await
}

/// Stop een scan. Wat patronen daarvoor vonden, telt niet.
#[utoipa::path(delete, path = "/scans/{id}", tag = "scans", operation_id = "stopScan",
    params(("id" = String, Path, description = "Kenmerk van de scan")),
    responses((status = 204, description = "Zij stopt, of was al klaar")))]
pub async fn stop(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    blocking(move || {
        managed(&state.engine, &caller, &id)?;
        state.engine.stop_scan(&id);
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

/// A scan that the caller manages.
fn managed(
    engine: &Engine,
    caller: &Principal,
    id: &str,
) -> Result<(RunRecord, Option<Standing>), Problem> {
    check_manager(engine, caller, None)?;
    let found = engine
        .scan_run(id)
        .map_err(|error| Problem::internal(&error))?;
    let unknown = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "unknown-scan",
            format!("unknown scan `{id}`: it is not there, or not of your organisation"),
        )
    };
    let (run, progress) = found.ok_or_else(unknown)?;
    check_manager(engine, caller, Some(&run.mandate)).map_err(|_| unknown())?;
    Ok((run, progress))
}
