//! Who am I, what may I ask for, and what is there to ask.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::json;
use crate::api::extract::Caller;
use crate::api::problem::Problem;
use crate::api::router::ApiState;
use crate::authz::Principal;
use crate::model::Schema;

/// The caller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    id: String,
    name: String,
    organisation: String,
    department: String,
    roles: Vec<String>,
    clearance: String,
    purposes: Vec<MyPurpose>,
    /// Whether the caller is the coordinator: sees what was asked, and brings both sides together.
    is_coordinator: bool,
    /// Whether the caller delivers sources into this server.
    delivers: bool,
    /// Whether the caller manages the scans of mandates of its organisation.
    manages_scans: bool,
}

/// A purpose that the caller may name.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MyPurpose {
    id: String,
    title: String,
    ground: String,
}

/// Wie ben ik, en welke doelen staan voor mij open.
#[utoipa::path(get, path = "/me", tag = "beheer", operation_id = "me", responses((status = 200, body = Me)))]
pub async fn me(
    State(state): State<ApiState>,
    Caller(caller): Caller,
) -> Result<Response, Problem> {
    json(&Me::new(&state, &caller))
}

impl Me {
    /// Describes a caller.
    pub fn new(state: &ApiState, caller: &Principal) -> Self {
        let purposes = state
            .engine
            .purposes(caller)
            .into_iter()
            .map(|purpose| MyPurpose {
                id: purpose.id.clone(),
                title: purpose.title.clone(),
                ground: purpose.ground.clone(),
            });
        Self {
            purposes: purposes.collect(),
            id: caller.id.clone(),
            name: caller.name.clone(),
            organisation: caller.organisation.clone(),
            department: caller.department.clone(),
            roles: caller.roles.iter().cloned().collect(),
            clearance: caller.clearance.name().to_owned(),
            is_coordinator: state.engine.is_coordinator(caller),
            delivers: !state.engine.deliverable(caller).is_empty(),
            manages_scans: caller.roles.contains(super::scans::MANAGER),
        }
    }
}

/// A label of nodes or edges.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LabelInfo {
    label: String,
    title_nl: String,
    title_en: String,
    properties: Vec<PropertyInfo>,
}

/// A property of a label.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PropertyInfo {
    name: String,
    title_nl: String,
    title_en: String,
    class: String,
}

/// The labels that are built in. Those that deliveries bring are not told: they would tell what was delivered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SchemaInfo {
    nodes: Vec<LabelInfo>,
    edges: Vec<LabelInfo>,
}

/// De labels en eigenschappen van het gemeentelijke schema.
#[utoipa::path(get, path = "/schema", tag = "beheer", operation_id = "schema", responses((status = 200, body = SchemaInfo)))]
pub async fn schema(_: State<ApiState>, _: Caller) -> Result<Response, Problem> {
    let schema = Schema::municipal().map_err(|error| Problem::internal(&error))?;
    let properties = |definitions: &[crate::model::PropertyDef]| {
        let infos = definitions.iter().map(|definition| PropertyInfo {
            name: definition.name.clone(),
            title_nl: definition.title.nl.clone(),
            title_en: definition.title.en.clone(),
            class: definition.class.name().to_owned(),
        });
        infos.collect()
    };
    json(&SchemaInfo {
        nodes: schema
            .nodes
            .iter()
            .map(|node| LabelInfo {
                label: node.label.clone(),
                title_nl: node.title.nl.clone(),
                title_en: node.title.en.clone(),
                properties: properties(&node.properties),
            })
            .collect(),
        edges: schema
            .edges
            .iter()
            .map(|edge| LabelInfo {
                label: edge.label.clone(),
                title_nl: edge.title.nl.clone(),
                title_en: edge.title.en.clone(),
                properties: properties(&edge.properties),
            })
            .collect(),
    })
}
