//! The description of the API, generated from the handlers.

use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::problem::Problem;
use super::router::ApiState;
use super::secure::API_VERSION;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Verband",
        version = "1.0.0",
        description = "Verbanden rond een adres, persoon of bedrijf: alles wat de vrager mag zien, en niets meer. Elke lezing noemt haar doel.",
        contact(
            name = "Verband",
            url = "https://verband.example/contact",
            email = "contact@verband.example"
        ),
        license(name = "EUPL-1.2", identifier = "EUPL-1.2")
    ),
    servers((url = "https://verband.example/v1", description = "Uw eigen server")),
    components(schemas(Problem)),
    tags(
        (name = "lezen", description = "Lezen binnen wat de vrager mag zien"),
        (name = "markeringen", description = "Wat patronen vonden, voor wie het zelf mag zien, en wat mensen ermee deden"),
        (name = "scans", description = "Patronen over het hele verband draaien, onder een mandaat"),
        (name = "leveringen", description = "Bestanden van een bron leveren, en wat ervan kwam"),
        (name = "zaken", description = "Zaken, en wat anderen daarvan mogen weten"),
        (name = "meldingen", description = "Fouten in gegevens melden aan wie ze levert, en daarop antwoorden"),
        (name = "beheer", description = "Wie ben ik, en wat is er te vragen"),
        (name = "toezicht", description = "Vragen van de functionaris gegevensbescherming aan het logboek"),
        (name = "inloggen", description = "Hoe een browser binnenkomt, en weer weggaat")
    )
)]
struct Description;

/// All routes of the API with their description.
pub fn described_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(super::routes::all())
        .merge(super::routes::uploads())
}

/// The description as JSON: what `/v1/openapi.json` sends.
pub fn document() -> Value {
    let description = described_routes().into_openapi();
    // Names of generic schemas come with an underscore; the Design Rules ask for UpperCamelCase.
    let text = serde_json::to_string(&description)
        .unwrap_or_default()
        .replace("Answer_", "Answer");
    let mut document: Value = serde_json::from_str(&text).unwrap_or_default();
    if let Some(parts) = document.as_object_mut() {
        parts.insert(
            "security".to_owned(),
            json!([{ "basic": [] }, { "bearer": [] }, { "session": [] }]),
        );
    }
    if let Some(components) = document
        .get_mut("components")
        .and_then(Value::as_object_mut)
    {
        components.insert(
            "securitySchemes".to_owned(),
            json!({
                "basic": { "type": "http", "scheme": "basic", "description": "Naam en wachtwoord" },
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "Toegangstoken van de eigen identiteitsprovider, voor systemen" },
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-verband",
                    "description": "Sessie van een browser, na `POST /v1/sessions`. Wat iets verandert, heeft ook de header `X-CSRF-Token` nodig" },
            }),
        );
    }
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        let paths = paths.values_mut().filter_map(Value::as_object_mut);
        for (method, operation) in paths.flat_map(|path| path.iter_mut()) {
            complete(method, operation);
        }
    }
    document
}

/// Path templates and methods of the API, as the router has them, below `/v1`.
pub fn routes() -> Vec<(String, String)> {
    let document = document();
    let Some(paths) = document.get("paths").and_then(Value::as_object) else {
        return Vec::new();
    };
    paths
        .iter()
        .flat_map(|(path, operations)| {
            let methods = operations
                .as_object()
                .into_iter()
                .flat_map(|map| map.keys());
            methods.map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect()
}

/// Adds what every operation has: the version header, and the problems that it may answer with.
fn complete(method: &str, operation: &mut Value) {
    let changes = method != "get";
    let has_body = operation.get("requestBody").is_some();
    let reads = operation.get("parameters").is_some();
    let Some(responses) = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let problems = [
        (
            reads || has_body,
            "400",
            "De vraag klopt niet: `detail` zegt wat er mis is",
        ),
        (true, "401", "Niet ingelogd"),
        (
            reads || changes,
            "403",
            "Het doel staat niet open voor deze vrager, of het verzoek komt niet van onze eigen bladzijde",
        ),
        (
            reads,
            "404",
            "Bestaat niet, of is niet zichtbaar: dat is hetzelfde",
        ),
        (has_body, "413", "De body is groter dan 1 MiB"),
        (has_body, "415", "De body is geen `application/json`"),
        (
            true,
            "429",
            "Te veel mislukte pogingen om in te loggen: `Retry-After` zegt hoe lang wachten",
        ),
        (true, "500", "De server kon niet antwoorden"),
        (
            true,
            "503",
            "De lezing kon niet worden vastgelegd of duurde te lang",
        ),
    ];
    for (_, status, description) in problems.into_iter().filter(|problem| problem.0) {
        responses.entry(status).or_insert_with(|| {
            json!({
                "description": description,
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
            })
        });
    }
    for response in responses.values_mut().filter_map(Value::as_object_mut) {
        let description = response.entry("description").or_insert(Value::Null);
        if description.as_str().is_none_or(str::is_empty) {
            *description = json!("Het antwoord");
        }
        response.insert(
            "headers".to_owned(),
            json!({ "API-Version": {
                "description": "Versie van de API",
                "schema": { "type": "string", "example": API_VERSION }
            } }),
        );
    }
    responses.sort_keys();
}
