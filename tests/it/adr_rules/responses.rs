//! Rules about responses: the version header, problem documents, and a 400 for wrong input.

use serde_json::Value;

use super::node::Node;
use super::{Report, Rule};

const VERSION_HEADER: Rule = Rule::error("nlgov:missing-version-header");
const HEADERS: Rule = Rule::error("nlgov:missing-header");
const PROBLEM: Rule = Rule::error("nlgov:use-problem-schema");
const PROBLEM_MEMBERS: Rule = Rule::error("nlgov:problem-schema-members");
const INVALID_INPUT: Rule = Rule::error("nlgov:problem-invalid-input");

/// The spellings the official linter takes.
const VERSION_HEADERS: [&str; 5] = [
    "API-Version",
    "Api-Version",
    "Api-version",
    "api-version",
    "API-version",
];

const PROBLEM_CONTENT_TYPES: [&str; 2] = ["application/problem+json", "application/problem+xml"];

const PROBLEM_FIELDS: [&str; 3] = ["status", "title", "detail"];

/// Checks every response, wherever it stands, and every operation.
pub fn check(root: &Node<'_>, report: &mut Report) {
    for holder in root.everything_as_written() {
        for (status, response) in holder.children_of("responses") {
            if holds_status(&status, ['2', '3']) {
                check_version_header(&response, report);
            }
            if holds_status(&status, ['4', '5']) {
                check_problem(&response, report);
            }
        }
    }
    if let Some(paths) = root.get("paths") {
        check_invalid_input(&paths, report);
    }
}

/// The official filter, `(4|5)\d\d` for one: three such digits anywhere in the name.
fn holds_status(name: &str, firsts: [char; 2]) -> bool {
    name.as_bytes().windows(3).any(|three| match three {
        [first, middle, last] => {
            firsts.contains(&char::from(*first)) && middle.is_ascii_digit() && last.is_ascii_digit()
        }
        _ => false,
    })
}

fn check_version_header(response: &Node<'_>, report: &mut Report) {
    let headers = match response.get("headers") {
        Some(headers) => headers,
        // A response that is a plain value is for `oas3-schema`.
        None if response.is_truthy() && !response.is_object() => return,
        None => response.clone(),
    };
    if !headers.is_truthy() || headers.steps() == response.steps() {
        report.add(
            HEADERS,
            &headers,
            "the response must have headers, with `API-Version`",
        );
        return;
    }
    if headers.is_object()
        && VERSION_HEADERS
            .iter()
            .all(|name| headers.get(name).is_none())
    {
        report.add(
            VERSION_HEADER,
            &headers,
            "the headers must hold `API-Version`",
        );
    }
}

fn check_problem(response: &Node<'_>, report: &mut Report) {
    let Some(content) = response.get("content") else {
        return;
    };
    let problems: Vec<Node<'_>> = PROBLEM_CONTENT_TYPES
        .iter()
        .filter_map(|name| content.get(name))
        .collect();
    if content.is_object() && problems.is_empty() {
        report.add(
            PROBLEM,
            &content,
            "an error must be `application/problem+json` (RFC 9457)",
        );
    }
    for (name, schema) in problems
        .iter()
        .flat_map(|problem| problem.everything_reachable())
    {
        if name == "schema" {
            check_problem_schema(&schema, report);
        }
    }
}

/// A schema without `properties`, made of `allOf` for one, passes: the official linter stops there.
fn check_problem_schema(schema: &Node<'_>, report: &mut Report) {
    let Some(properties) = schema.get("properties") else {
        if !schema.is_object() {
            report.add(
                PROBLEM_MEMBERS,
                schema,
                "the schema of a problem must be an object",
            );
        }
        return;
    };
    let missing: Vec<&str> = PROBLEM_FIELDS
        .into_iter()
        .filter(|field| properties.get(field).is_none())
        .collect();
    if !missing.is_empty() {
        report.add(
            PROBLEM_MEMBERS,
            &properties,
            format!("the problem lacks `{}`", missing.join("`, `")),
        );
    }
}

/// The official filter goes by names that hold `get`, `put` and so on, at any depth below `paths`.
///
/// So a `postcode` in an example there is taken for an operation, and refused when it is a plain
/// value. The official linter does so, therefore so do we: keep such examples in `components`.
fn check_invalid_input(paths: &Node<'_>, report: &mut Report) {
    for (name, operation) in paths.everything_reachable() {
        let may_lack_input = ["get", "delete"].iter().any(|method| name.contains(method));
        let has_input = ["put", "post", "patch"]
            .iter()
            .any(|method| name.contains(method));
        if !(has_input || (may_lack_input && has_parameters(&operation))) {
            continue;
        }
        let place = match operation.get("responses") {
            Some(responses) if responses.get("400").is_none() => responses,
            None if !operation.is_object() => operation,
            Some(_) | None => continue,
        };
        report.add(
            INVALID_INPUT,
            &place,
            "an operation that takes input must be able to answer 400",
        );
    }
}

fn has_parameters(operation: &Node<'_>) -> bool {
    match operation
        .get("parameters")
        .map(|parameters| parameters.value())
    {
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::String(text)) => !text.is_empty(),
        _ => false,
    }
}
