//! One file per resource.

pub mod audit;
pub mod cases;
pub mod deconflictions;
pub mod deliveries;
pub mod dossiers;
pub mod flags;
pub mod me;
pub mod mistakes;
pub mod nodes;
pub mod oidc;
pub mod page;
pub mod paths;
pub mod patterns;
pub mod places;
pub mod queries;
pub mod scans;
pub mod sessions;
pub mod subgraphs;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::router::{ApiState, ReadRequest};

/// All routes below `/v1` but [`uploads`].
pub fn all() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(me::me))
        .routes(routes!(me::schema))
        .routes(routes!(audit::reads))
        .routes(routes!(audit::odd_look_ups))
        .routes(routes!(audit::accounts))
        .routes(routes!(audit::walls))
        .routes(routes!(sessions::login_methods))
        .routes(routes!(sessions::log_in))
        .routes(routes!(sessions::current, sessions::log_out))
        .routes(routes!(nodes::search))
        .routes(routes!(nodes::node))
        .routes(routes!(nodes::neighbours))
        .routes(routes!(nodes::neighbour_counts))
        .routes(routes!(subgraphs::expand))
        .routes(routes!(dossiers::dossier))
        .routes(routes!(paths::paths))
        .routes(routes!(paths::network))
        .routes(routes!(paths::clusters))
        .routes(routes!(paths::measures))
        .routes(routes!(places::places))
        .routes(routes!(places::ground))
        .routes(routes!(patterns::patterns))
        .routes(routes!(patterns::pattern))
        .routes(routes!(flags::flags))
        .routes(routes!(flags::flag))
        .routes(routes!(flags::judge))
        .routes(routes!(flags::assign))
        .routes(routes!(flags::put_into_case))
        .routes(routes!(scans::scans, scans::start))
        .routes(routes!(scans::scan, scans::stop))
        .routes(routes!(scans::differences))
        .routes(routes!(queries::query))
        .routes(routes!(cases::cases, cases::open))
        .routes(routes!(cases::case))
        .routes(routes!(cases::notes))
        .routes(routes!(cases::pins))
        .routes(routes!(cases::team))
        .routes(routes!(cases::presence))
        .routes(routes!(cases::unmask))
        .routes(routes!(cases::confirm))
        .routes(routes!(cases::charts, cases::save_chart))
        .routes(routes!(cases::chart))
        .routes(routes!(cases::hand_over))
        .routes(routes!(cases::close))
        .routes(routes!(deconflictions::ask))
        .routes(routes!(deconflictions::notices))
        .routes(routes!(deconflictions::deconflictions))
        .routes(routes!(deconflictions::advance))
        .routes(routes!(deconflictions::weigh))
        .routes(routes!(deconflictions::accumulations))
        .routes(routes!(mistakes::mistakes, mistakes::report))
        .routes(routes!(mistakes::reply))
        .routes(routes!(deliveries::deliveries))
        .routes(routes!(deliveries::delivery, deliveries::withdraw))
}

/// Routes that take whole files: with limits of their own.
pub fn uploads() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(deliveries::send))
}

/// What every read has in its query.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadQuery {
    /// Doel van de lezing, uit het register: `/v1/me` noemt de doelen die voor u openstaan.
    #[param(required = true)]
    purpose: Option<String>,
    /// Zaak waaronder gelezen wordt: alleen wat binnen haar bereik ligt is dan te zien. Sommige doelen eisen er een.
    case: Option<String>,
    /// Peildatum; zonder: vandaag.
    #[param(value_type = Option<String>, format = Date)]
    as_of: Option<String>,
    /// Dag waarvan de kennis telt: wat daarna pas bekend, verbeterd of ingetrokken werd, telt niet. Zonder: wat nu bekend
    /// is. Niet bij zoeken en markeringen: die zijn van vandaag.
    #[param(value_type = Option<String>, format = Date)]
    known_at: Option<String>,
}

impl ReadQuery {
    fn request(self, action: &'static str) -> ReadRequest {
        ReadRequest {
            purpose: self.purpose,
            case: self.case,
            as_of: self.as_of,
            known_at: self.known_at,
            action,
        }
    }

    /// The same for what is of today alone.
    fn request_now(self, action: &'static str) -> Result<ReadRequest, Problem> {
        match &self.known_at {
            None => Ok(self.request(action)),
            Some(_) => Err(Problem::invalid(
                "invalid-query",
                "patterns and flags are of today: ask without `knownAt`".to_owned(),
            )),
        }
    }
}

/// What everything about cases has in its query. It is about today.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeskQuery {
    /// Doel, uit het register: `/v1/me` noemt de doelen die voor u openstaan.
    #[param(required = true)]
    purpose: Option<String>,
}

impl DeskQuery {
    fn request(self, action: &'static str) -> ReadRequest {
        ReadRequest {
            purpose: self.purpose,
            case: None,
            as_of: None,
            known_at: None,
            action,
        }
    }
}

/// A JSON answer.
fn json(body: &impl serde::Serialize) -> Result<Response, Problem> {
    let bytes = serde_json::to_vec(body).map_err(|error| Problem::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// Runs what may wait for the disk away from the workers that serve connections.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Problem::internal(&error))?
}
