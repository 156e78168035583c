//! Entity streams of FollowTheMoney: JSON lines, one entity a line.
//!
//! The kind of a record is its `schema`. Schemata that are edges (a directorship, an ownership) name their ends by
//! identifiers in two of their properties, each a list: every pair of them stands in the list `edges` of the record, with
//! `source` and `target`, so that a rule set with `each = "edges"` makes the edges. Properties are at `properties.name`.

use std::io::Read;

use serde_json::{Value, json};

use super::super::error::IngestError;
use super::super::intake::Intake;
use super::super::record::{Body, Record};
use super::json_lines::each_object;

/// Schemata that are edges, with the properties of their ends. Source: the model of FollowTheMoney 4.
const EDGES: [(&str, &str, &str); 15] = [
    ("Associate", "person", "associate"),
    ("ContractAward", "supplier", "contract"),
    ("Debt", "debtor", "creditor"),
    ("Directorship", "director", "organization"),
    ("Employment", "employee", "employer"),
    ("Family", "person", "relative"),
    ("Membership", "member", "organization"),
    ("Occupancy", "holder", "post"),
    ("Ownership", "owner", "asset"),
    ("Payment", "payer", "beneficiary"),
    ("ProjectParticipant", "participant", "project"),
    ("Representation", "agent", "client"),
    ("Similar", "candidate", "match"),
    ("Succession", "predecessor", "successor"),
    ("UnknownLink", "subject", "object"),
];

/// Pairs that one entity may stand for.
const PAIRS_MAX: usize = 10_000;

/// Reads the entities of a stream.
///
/// # Errors
/// [`IngestError`] for an empty file or a line past the limit.
pub(crate) fn read(
    input: impl Read,
    name: &str,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    each_object(input, name, &mut |line, tree| {
        let entity = tree.and_then(|tree| entity(tree).map_err(str::to_owned));
        match entity {
            Ok((tree, schema)) => intake.record(&Record {
                line,
                kinds: &[&schema],
                body: Body::Tree(&tree),
            }),
            Err(reason) => {
                intake.unreadable(line, "", reason);
                Ok(())
            }
        }
    })
}

fn entity(mut tree: Value) -> Result<(Value, String), &'static str> {
    let schema = tree
        .get("schema")
        .and_then(Value::as_str)
        .ok_or("an entity without a `schema`")?
        .to_owned();
    if tree
        .get("id")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        return Err("an entity without an `id`");
    }
    let ends = EDGES.iter().find(|(known, ..)| *known == schema);
    if let Some(&(_, from, to)) = ends {
        let (sources, targets) = (values(&tree, from), values(&tree, to));
        if sources.is_empty() || targets.is_empty() {
            return Err("an edge of which an end is not named");
        }
        if sources.len().saturating_mul(targets.len()) > PAIRS_MAX {
            return Err("an edge between more pairs than the limit of 10000");
        }
        let pairs: Vec<Value> = sources
            .iter()
            .flat_map(|source| {
                targets
                    .iter()
                    .map(move |target| json!({ "source": source, "target": target }))
            })
            .collect();
        if let Some(fields) = tree.as_object_mut() {
            fields.insert("edges".to_owned(), Value::Array(pairs));
        }
    }
    Ok((tree, schema))
}

/// The identifiers in a property; an entity that is written out in place of its identifier counts by its own.
fn values(tree: &Value, property: &str) -> Vec<String> {
    let id = |value: &Value| match value {
        Value::String(id) => Some(id.clone()),
        Value::Object(entity) => entity.get("id").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    match tree
        .get("properties")
        .and_then(|properties| properties.get(property))
    {
        Some(Value::Array(values)) => values.iter().filter_map(id).collect(),
        Some(single) => id(single).into_iter().collect(),
        None => Vec::new(),
    }
}
