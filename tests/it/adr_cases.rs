//! Proves `adr_rules` right with the 26 official cases of the Dutch API Design Rules linter.
//!
//! Each case is a document and what Spectral printed about it. We compare the whole list of code,
//! severity and path; the words of a message are our own, and lines follow from the paths.
//!
//! Cases: github.com/Logius-standaarden/API-Design-Rules, `linter/testcases`, CC-BY 4.0 (Logius).

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::{Value, json};

use crate::adr_rules::{Finding, Severity, findings, is_conformant};

/// How many cases there are; fewer means the folder is damaged, which must not look like success.
const CASE_COUNT: usize = 26;

/// What both sides are reduced to, sorted.
type Line = (String, String, String);

fn cases_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/adr-linter-testcases")
}

/// Reads the findings out of Spectral's text: place, severity, code, message and path.
///
/// Columns are parted by two blanks or more, and a finding on the whole document has no path.
fn expected_lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    for row in text.lines() {
        let columns: Vec<&str> = row
            .split("  ")
            .map(str::trim)
            .filter(|column| !column.is_empty())
            .collect();
        let (place_and_severity, code, rest) = match columns.as_slice() {
            [place, severity, code, rest @ ..] if is_place(place) => (*severity, *code, rest),
            [both, code, rest @ ..]
                if both
                    .split_once(' ')
                    .is_some_and(|(place, _)| is_place(place)) =>
            {
                (*both, *code, rest)
            }
            _ => continue,
        };
        let severity = place_and_severity.rsplit(' ').next().unwrap_or_default();
        let path = rest.get(1).copied().unwrap_or_default();
        lines.push((path.to_owned(), code.to_owned(), severity.to_owned()));
    }
    lines.sort();
    lines
}

fn is_place(text: &str) -> bool {
    text.split_once(':').is_some_and(|(line, column)| {
        [line, column]
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

fn found_lines(document: &Value) -> Vec<Line> {
    let line = |found: Finding| {
        (
            found.path,
            found.code.to_owned(),
            found.severity.to_string(),
        )
    };
    let mut lines: Vec<Line> = findings(document).into_iter().map(line).collect();
    lines.sort();
    lines
}

/// Spectral says how many problems it saw; our reading of its text must come to the same number.
fn announced_count(text: &str) -> usize {
    let summary = text.lines().find_map(|row| row.strip_prefix('✖'));
    let number = summary.and_then(|rest| rest.split_whitespace().next());
    number.and_then(|word| word.parse().ok()).unwrap_or(0)
}

#[test]
fn each_official_case_gives_exactly_the_official_findings() -> Result<(), io::Error> {
    let folder = cases_folder();
    if !folder.is_dir() {
        println!(
            "skipped: the official cases are not at {}",
            folder.display()
        );
        return Ok(());
    }
    let mut differences = Vec::new();
    let mut case_count = 0;
    for entry in fs::read_dir(&folder)? {
        let case = entry?.path();
        if !case.is_dir() {
            continue;
        }
        case_count += 1;
        let document: Value =
            serde_json::from_str(&fs::read_to_string(case.join("openapi.json"))?)?;
        let official = fs::read_to_string(case.join("expected-output.txt"))?;
        let expected = expected_lines(&official);
        assert_eq!(
            expected.len(),
            announced_count(&official),
            "every row of {} is read",
            case.display()
        );
        let found = found_lines(&document);
        if found != expected {
            let missed: Vec<&Line> = expected
                .iter()
                .filter(|line| !found.contains(line))
                .collect();
            let extra: Vec<&Line> = found
                .iter()
                .filter(|line| !expected.contains(line))
                .collect();
            differences.push(format!(
                "{}\n missed {missed:?}\n extra {extra:?}",
                case.display()
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(case_count, CASE_COUNT, "all cases are there");
    Ok(())
}

/// A document that keeps every rule, to break one rule at a time.
fn sound_document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Proef", "version": "1.0.0",
            "contact": { "name": "Beheer", "url": "https://example.com", "email": "a@example.com" }
        },
        "servers": [{ "url": "https://example.com/v1" }],
        "tags": [{ "name": "panden" }],
        "paths": { "/panden/{id}": { "get": {
            "operationId": "toonPand",
            "parameters": [{ "$ref": "#/components/parameters/Id" }],
            "responses": {
                "200": {
                    "description": "Goed",
                    "headers": { "API-Version": { "schema": { "type": "string" } } },
                    "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/Pand" },
                        "example": { "id": 1, "bouwDatum": "1999-12-31" }
                    } }
                },
                "400": { "$ref": "#/components/responses/Problem" }
            }
        } } },
        "components": {
            "parameters": { "Id": {
                "name": "id", "in": "path", "required": true, "schema": { "type": "integer" }
            } },
            "schemas": { "Pand": { "type": "object", "required": ["id"], "properties": {
                "id": { "type": "integer", "minimum": 1, "example": 7 },
                "bouwDatum": { "type": ["string", "null"], "format": "date" },
                "deel": { "$ref": "#/components/schemas/Pand" }
            } } },
            "responses": { "Problem": { "description": "Fout", "content": { "application/problem+json": {
                "schema": { "type": "object", "properties": {
                    "status": { "type": "integer" }, "title": { "type": "string" }, "detail": { "type": "string" }
                } }
            } } } }
        }
    })
}

/// Sets the value at `pointer` in the sound document and checks the findings, as `code at path`.
fn check(pointer: &str, value: Value, expected: &[&str]) {
    let mut document = sound_document();
    let (holder, name) = pointer.rsplit_once('/').unwrap_or_default();
    match document.pointer_mut(holder) {
        Some(Value::Object(members)) => {
            members.insert(name.replace("~1", "/"), value);
        }
        Some(Value::Array(items)) => items.push(value),
        other => assert!(other.is_some(), "`{pointer}` is in the sound document"),
    }
    let found = findings(&document);
    let listed: Vec<String> = found
        .iter()
        .map(|one| format!("{} at {}", one.code, one.path))
        .collect();
    assert_eq!(listed, expected, "after `{pointer}` was changed");
}

#[test]
fn a_sound_document_is_conformant() {
    assert_eq!(is_conformant(&sound_document()), Ok(()));
}

#[test]
fn the_report_names_severity_code_and_place() {
    let told = is_conformant(&json!({ "openapi": "3.1.0" }))
        .err()
        .unwrap_or_default();
    assert!(
        told.contains("error    oas3-api-servers  (the document)"),
        "{told}"
    );
    let warned = findings(&json!({}))
        .into_iter()
        .filter(|found| found.severity == Severity::Warn);
    assert_eq!(
        warned.map(|found| found.code).collect::<Vec<_>>(),
        ["unrecognized-format"]
    );
}

#[test]
fn a_reference_that_leads_nowhere_is_reported() {
    let place = "components.schemas.Pand.properties.deel.$ref";
    let nowhere = json!({ "$ref": "#/components/schemas/Niets" });
    check(
        "/components/schemas/Pand/properties/deel",
        nowhere,
        &[&format!("invalid-ref at {place}")],
    );
    let outside = json!({ "$ref": "https://example.com/x.json" });
    check(
        "/components/schemas/Pand/properties/deel",
        outside,
        &[&format!("invalid-ref at {place}")],
    );
}

#[test]
fn an_example_must_fit_its_schema() {
    let media = "/paths/~1panden~1{id}/get/responses/200/content/application~1json/example";
    let place = "paths./panden/{id}.get.responses[200].content.application/json.example";
    let finding = format!("oas3-valid-media-example at {place}");
    check(media, json!({ "id": "een" }), &[&finding]);
    check(media, json!({ "id": 0 }), &[&finding]);
    check(media, json!({ "bouwDatum": "2000-01-01" }), &[&finding]);
    check(
        media,
        json!({ "id": 1, "bouwDatum": "gisteren" }),
        &[&finding],
    );
    check(
        media,
        json!({ "id": 1, "bouwDatum": null, "deel": { "id": 2 } }),
        &[],
    );
    check(
        "/components/schemas/Pand/properties/id/example",
        json!("zeven"),
        &["oas3-valid-schema-example at components.schemas.Pand.properties.id.example"],
    );
}

#[test]
fn the_structure_is_that_of_the_specification() {
    let member = "/paths/~1panden~1{id}/get/parametres";
    check(
        member,
        json!([]),
        &["oas3-schema at paths./panden/{id}.get.parametres"],
    );
    check(
        "/components/schemas/Pand/type",
        json!("objekt"),
        &["oas3-schema at components.schemas.Pand.type"],
    );
    check(
        "/components/parameters/Id/in",
        json!("padje"),
        &[
            "oas3-schema at components.parameters.Id.in",
            "path-params at paths./panden/{id}.get",
        ],
    );
    check("/info/title", json!(5), &["oas3-schema at info.title"]);
}

#[test]
fn parts_that_must_agree_do() {
    check(
        "/tags/-",
        json!({ "name": "panden" }),
        &["openapi-tags-uniqueness at tags[1].name"],
    );
    check(
        "/servers/-",
        json!({ "url": "https://{host}/v1" }),
        &["oas3-server-variables at servers[1]"],
    );
    let same = json!({ "get": { "operationId": "toonPand", "responses": { "default": { "description": "" } } } });
    check(
        "/paths/~1straten",
        same,
        &["operation-operationId-unique at paths./straten.get.operationId"],
    );
}
