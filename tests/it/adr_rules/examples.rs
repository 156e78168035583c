//! `oas3-valid-media-example` and `oas3-valid-schema-example`: examples and defaults fit their schema.

use super::node::Node;
use super::validate::{Dialect, Direction, misfit};
use super::{Report, Rule};

const MEDIA_EXAMPLE: Rule = Rule::error("oas3-valid-media-example");
const SCHEMA_EXAMPLE: Rule = Rule::error("oas3-valid-schema-example");

/// Checks every example in schemas, content, headers and parameters.
pub fn check(root: &Node<'_>, report: &mut Report) {
    let version = root
        .get("openapi")
        .and_then(|node| node.text())
        .unwrap_or_default();
    let dialect = if version.starts_with("3.0") {
        Dialect::V30
    } else {
        Dialect::V31
    };
    for node in root.everything_as_written() {
        let is_media_place = ["content", "headers", "parameters"]
            .iter()
            .any(|name| is_below(&node, name));
        let is_schema_place = is_media_place
            || node
                .steps()
                .starts_with(&["components".into(), "schemas".into()]);
        if is_media_place {
            check_media(
                Checked {
                    node: &node,
                    dialect,
                },
                report,
            );
        }
        if is_schema_place && node.steps().last().is_some_and(|name| name != "properties") {
            check_schema(
                Checked {
                    node: &node,
                    dialect,
                },
                report,
            );
        }
    }
}

struct Checked<'a, 'doc> {
    node: &'a Node<'doc>,
    dialect: Dialect,
}

fn is_below(node: &Node<'_>, name: &str) -> bool {
    let steps = node.steps();
    steps
        .split_last()
        .is_some_and(|(_, above)| above.iter().any(|step| step == name))
}

/// An `example` is the one looked at; only without it are `examples`, as in the official linter.
fn check_media(checked: Checked<'_, '_>, report: &mut Report) {
    let Checked { node, dialect } = checked;
    let Some(schema) = node.get("schema") else {
        return;
    };
    let examples: Vec<Node<'_>> = match node.get("example") {
        Some(example) => vec![example],
        None => {
            let named = node.get("examples").filter(Node::is_object);
            let listed = named
                .map(|examples| examples.children())
                .unwrap_or_default();
            listed
                .iter()
                .filter_map(|(_, example)| example.get("value"))
                .collect()
        }
    };
    for example in examples {
        if let Some(why) = misfit(example.value(), &schema, dialect, direction_of(node)) {
            report.add(MEDIA_EXAMPLE, &example, why);
        }
    }
}

/// What only one side may send is not required of the other side.
fn direction_of(node: &Node<'_>) -> Direction {
    let names: Vec<&str> = node.steps().iter().map(String::as_str).collect();
    match names.as_slice() {
        ["components", "requestBodies", ..] | ["paths", _, _, "requestBody", ..] => {
            Direction::Request
        }
        ["components", "responses", ..] | ["paths", _, _, "responses", ..] => Direction::Response,
        _ => Direction::Neither,
    }
}

fn check_schema(checked: Checked<'_, '_>, report: &mut Report) {
    let Checked { node, dialect } = checked;
    let marks = ["enum", "type", "format", "properties", "items"];
    if node.reference().is_some() || marks.iter().all(|name| node.get(name).is_none()) {
        return;
    }
    for given in ["example", "default"]
        .iter()
        .filter_map(|name| node.get(name))
    {
        if let Some(why) = misfit(given.value(), node, dialect, Direction::Neither) {
            report.add(SCHEMA_EXAMPLE, &given, why);
        }
    }
}
