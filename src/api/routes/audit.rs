//! What an officer for privacy asks of the log.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::json as json_answer;
use crate::api::extract::{Caller, Query};
use crate::api::problem::Problem;
use crate::api::router::{ApiState, oversee, review};
use crate::audit::{Found, Oddity, OddityLimits, Own, Question, find, odd};
use crate::authz::Principal;
use crate::engine::{Alternatives, Why};

/// Query of reads.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadsQuery {
    /// Alleen lezingen die deze knoop toonden.
    node: Option<String>,
    /// Alleen lezingen door dit account.
    by: Option<String>,
    /// Alleen lezingen vanaf dit tijdstip.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// Alleen lezingen voor dit tijdstip.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
    /// Hoeveel per bladzijde: 1 tot 1000, zonder: 100.
    limit: Option<usize>,
    /// `next` van de vorige bladzijde.
    after: Option<u64>,
}

/// Lezingen, oudste eerst.
#[derive(Serialize, ToSchema)]
struct Reads {
    reads: Vec<ReadLine>,
    /// Voor de volgende bladzijde; null als er geen is.
    next: Option<u64>,
}

/// Een lezing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReadLine {
    /// Plaats in het logboek.
    n: u64,
    time: String,
    trace: String,
    principal: String,
    department: String,
    purpose: Option<String>,
    action: String,
    /// De zaak waaronder gelezen is.
    case: Option<String>,
    as_of: String,
    /// De dag waarvan de kennis gevraagd werd; zonder: die van toen.
    known_at: Option<String>,
    /// `answered`, `not-answered` of `denied`.
    #[schema(value_type = String)]
    outcome: crate::audit::Outcome,
    /// De vraag zelf; burgerservicenummers staan er niet in.
    #[schema(value_type = Option<Object>)]
    request: Option<serde_json::Value>,
    /// Kenmerken van wat getoond is, per label.
    #[schema(value_type = Object)]
    shown: crate::audit::Shown,
}

impl From<Found> for ReadLine {
    /// Without the revision of the store, which moves with data that an officer is not shown, and without notes, which tell
    /// what others were told of a case.
    fn from(found: Found) -> Self {
        let decision = found.decision;
        Self {
            n: found.n,
            time: found.time.to_string(),
            trace: found.trace,
            principal: decision.principal,
            department: decision.department,
            purpose: decision.purpose,
            action: decision.action,
            case: decision.case,
            as_of: decision.as_of,
            known_at: decision.known_at,
            outcome: decision.outcome,
            request: decision.request,
            shown: found.shown,
        }
    }
}

const PAGE: usize = 100;
const PAGE_MAX: usize = 1_000;

/// Wie zag deze knoop, en wat zag deze gebruiker. Alleen voor de functionaris gegevensbescherming (`privacy-officer`); de vraag wordt zelf ook vastgelegd.
#[utoipa::path(get, path = "/audit/reads", tag = "toezicht", operation_id = "auditReads",
    params(ReadsQuery), responses((status = 200, body = Reads)))]
pub async fn reads(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<ReadsQuery>,
) -> Result<Response, Problem> {
    let limit = query.limit.unwrap_or(PAGE);
    if limit == 0 || limit > PAGE_MAX {
        return Err(Problem::invalid(
            "invalid-query",
            format!("`limit` is {limit}, it must be 1 to {PAGE_MAX}"),
        ));
    }
    let asked = json!({
        "reads": { "node": query.node, "by": query.by, "from": query.from, "until": query.until, "after": query.after },
    });
    let question = Question {
        from: time("from", query.from.as_deref())?,
        until: time("until", query.until.as_deref())?,
        node: query.node,
        principal: query.by,
        // Of other organisations an officer oversees nothing: that they looked may be what they keep to themselves.
        organisation: Some(caller.organisation.clone()),
        after: query.after.unwrap_or_default(),
        // One more than is shown tells whether there is another page.
        limit: Some(limit + 1),
    };
    let mut found = review(state, caller, asked, move |log| find(log, &question)).await?;
    let is_last = found.len() <= limit;
    found.truncate(limit);
    json_answer(&Reads {
        next: found.last().filter(|_| !is_last).map(|read| read.n),
        reads: found.into_iter().map(ReadLine::from).collect(),
    })
}

/// Opvallende lezingen, oudste eerst.
#[derive(Serialize, ToSchema)]
struct OddLookUps {
    /// Geen oordeel: er kan een goede reden zijn.
    #[schema(value_type = Vec<Object>)]
    odd: Vec<Oddity>,
}

/// Opvallende lezingen: veel knopen na elkaar in korte tijd. Alleen voor de functionaris gegevensbescherming (`privacy-officer`).
#[utoipa::path(get, path = "/audit/odd-look-ups", tag = "toezicht", operation_id = "oddLookUps",
    responses((status = 200, body = OddLookUps)))]
pub async fn odd_look_ups(
    State(state): State<ApiState>,
    Caller(caller): Caller,
) -> Result<Response, Problem> {
    // What belongs to employees themselves is kept outside this server: `verband audit odd --own` takes it.
    let asked = json!({ "odd": {} });
    let limits = OddityLimits::default();
    let organisation = caller.organisation.clone();
    let odd = review(state, caller, asked, move |log| {
        odd(log, &Own::new(), limits, Some(&organisation))
    })
    .await?;
    json_answer(&OddLookUps { odd })
}

/// Wie er kan inloggen.
#[derive(Serialize, ToSchema)]
struct Accounts {
    accounts: Vec<Account>,
}

/// Een account van de eigen organisatie. Wie via een aanbieder van identiteiten komt, staat hier niet.
#[derive(Serialize, ToSchema)]
struct Account {
    id: String,
    name: String,
    department: String,
    roles: Vec<String>,
    clearance: String,
    /// Doelen die voor dit account openstaan.
    purposes: Vec<AccountPurpose>,
}

#[derive(Serialize, ToSchema)]
struct AccountPurpose {
    id: String,
    title: String,
}

/// Accounts of an officer's own organisation, by name: of others an officer oversees nothing.
fn own_accounts(state: &ApiState, officer: &Principal) -> Vec<Principal> {
    let users = state.login.users();
    let accounts = users.principals().into_iter();
    let own = accounts.filter(|one| one.organisation == officer.organisation);
    own.cloned().collect()
}

/// Accounts van de eigen organisatie, en voor welke doelen zij lezen. Alleen voor de functionaris gegevensbescherming (`privacy-officer`); de vraag wordt vastgelegd.
#[utoipa::path(get, path = "/audit/accounts", tag = "toezicht", operation_id = "accounts",
    responses((status = 200, body = Accounts)))]
pub async fn accounts(
    State(state): State<ApiState>,
    Caller(caller): Caller,
) -> Result<Response, Problem> {
    let asked = json!({ "accounts": {} });
    let accounts = oversee(state, caller, asked, |state, officer| {
        Ok(own_accounts(state, officer)
            .iter()
            .map(|one| Account {
                id: one.id.clone(),
                name: one.name.clone(),
                department: one.department.clone(),
                roles: one.roles.iter().cloned().collect(),
                clearance: one.clearance.name().to_owned(),
                purposes: state
                    .engine
                    .purposes(one)
                    .into_iter()
                    .map(|purpose| AccountPurpose {
                        id: purpose.id,
                        title: purpose.title,
                    })
                    .collect(),
            })
            .collect())
    })
    .await?;
    json_answer(&Accounts { accounts })
}

/// Query of walls.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WallsQuery {
    /// Account van de eigen organisatie.
    account: String,
    /// Doel dat voor dat account openstaat.
    purpose: String,
}

/// Wat de regels een account voor een doel laten zien, per bron en niveau.
#[derive(Serialize, ToSchema)]
struct Walls {
    account: String,
    purpose: String,
    walls: Vec<Why>,
}

/// Kijk als een ander: wat laten de muren dit account voor dit doel zien, door welke regel, en wat zou er nodig zijn waar niets te zien is. Geen knopen en geen aantallen; van andere organisaties alleen wat het account ziet. Alleen voor de functionaris gegevensbescherming (`privacy-officer`); de vraag wordt vastgelegd.
#[utoipa::path(get, path = "/audit/walls", tag = "toezicht", operation_id = "walls",
    params(WallsQuery), responses((status = 200, body = Walls)))]
pub async fn walls(
    State(state): State<ApiState>,
    Caller(caller): Caller,
    Query(query): Query<WallsQuery>,
) -> Result<Response, Problem> {
    let asked = json!({ "walls": { "account": query.account, "purpose": query.purpose } });
    let (account, purpose) = (query.account.clone(), query.purpose.clone());
    let walls = oversee(state, caller, asked, move |state, officer| {
        let own = own_accounts(state, officer);
        let Some(of) = own.iter().find(|one| one.id == account) else {
            return Ok(None);
        };
        let purposes = state.engine.purposes(of);
        let Some(named) = purposes.iter().find(|one| one.id == purpose) else {
            return Ok(None);
        };
        let alternatives = Alternatives {
            roles: own
                .iter()
                .flat_map(|one| one.roles.iter().cloned())
                .collect(),
            purposes: purposes.clone(),
        };
        Ok(Some(state.engine.walls(
            officer,
            of,
            named,
            &alternatives,
        )?))
    })
    .await?;
    let walls = walls.ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "unknown-account",
            "no such account of your organisation, or the purpose is not open to it",
        )
    })?;
    json_answer(&Walls {
        account: query.account,
        purpose: query.purpose,
        walls,
    })
}

fn time(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    text.map(|text| {
        text.parse().map_err(|_| {
            Problem::invalid(
                "invalid-query",
                format!("`{name}` must be a time such as 2026-11-01T08:00:00Z"),
            )
        })
    })
    .transpose()
}
