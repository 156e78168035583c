//! Holds the source files against the schema and the data files.

use std::collections::{BTreeMap, BTreeSet};

use super::super::brp_source;
use super::{Written, town};

/// The schema that the source files speak of.
const SCHEMA: &str = include_str!("../../model/schema/municipal.toml");

#[test]
fn a_source_file_names_only_what_the_schema_has_and_the_data_file_carries() {
    let schema: toml::Table = SCHEMA.parse().unwrap();
    let entry = |list: &str, label: &str| {
        let entries = schema[list].as_array().unwrap();
        entries
            .iter()
            .find(|one| one["label"].as_str() == Some(label))
            .unwrap_or_else(|| unreachable!("{label}"))
            .clone()
    };
    let names = |value: &toml::Value, list: &str, field: &str| -> BTreeSet<String> {
        let items = value
            .get(list)
            .and_then(toml::Value::as_array)
            .cloned()
            .unwrap_or_default();
        items
            .iter()
            .map(|item| item[field].as_str().unwrap().to_owned())
            .collect()
    };
    let written = town(300, 1);
    assert_eq!(written.summary.deliveries.len(), 14);
    for delivery in &written.summary.deliveries {
        let source_text =
            std::fs::read_to_string(written.directory.path().join(&delivery.source)).unwrap();
        assert!(
            !source_text.contains('@'),
            "{} has something left to fill in",
            delivery.source
        );
        let source: toml::Table = source_text.parse().unwrap();
        let data_file = source["source"]["files"][0].as_str().unwrap();
        assert!(
            written.directory.path().join(data_file).exists(),
            "{data_file}"
        );
        for record in source["record"].as_array().unwrap() {
            let mut labels = BTreeMap::new();
            for node in record["node"].as_array().unwrap() {
                let label = node["label"].as_str().unwrap();
                let known = entry("node", label);
                labels.insert(node["as"].as_str().unwrap().to_owned(), label.to_owned());
                for key in node["key"].as_array().unwrap() {
                    let namespace = key.as_str().unwrap().split(':').next().unwrap();
                    assert!(
                        names(&known, "keys", "namespace").contains(namespace),
                        "{namespace} of {label}"
                    );
                }
                for property in node
                    .get("properties")
                    .and_then(toml::Value::as_table)
                    .into_iter()
                    .flat_map(|map| map.keys())
                {
                    assert!(
                        names(&known, "properties", "name").contains(property),
                        "{property} of {label}"
                    );
                }
            }
            for edge in record
                .get("edge")
                .and_then(toml::Value::as_array)
                .into_iter()
                .flatten()
            {
                let label = edge["label"].as_str().unwrap();
                let known = entry("edge", label);
                for end in ["from", "to"] {
                    let node_label = &labels[edge[end].as_str().unwrap()];
                    let allowed = known[end].as_array().unwrap();
                    assert!(
                        allowed.iter().any(|one| one.as_str() == Some(node_label)),
                        "{label} {end} {node_label}"
                    );
                }
                for property in edge
                    .get("properties")
                    .and_then(toml::Value::as_table)
                    .into_iter()
                    .flat_map(|map| map.keys())
                {
                    assert!(
                        names(&known, "properties", "name").contains(property),
                        "{property} of {label}"
                    );
                }
            }
        }
        if source["source"]["format"].as_str() == Some("csv") {
            check_columns(&written, data_file, &source_text);
        }
    }
    assert!(brp_source("x/*.jsonl", "today").contains(r#"files = ["x/*.jsonl"]"#));
}

/// Sees to it that each field in a template is a column.
fn check_columns(written: &Written, data_file: &str, source_text: &str) {
    let bytes = std::fs::read_to_string(written.directory.path().join(data_file)).unwrap();
    let columns: BTreeSet<&str> = bytes.lines().next().unwrap().split(';').collect();
    let rules = source_text.split("[[record]]").skip(1).collect::<String>();
    for part in rules.split('{').skip(1) {
        let Some((field, _)) = part.split_once('}') else {
            continue;
        };
        if !field.contains([' ', '=', '"']) {
            assert!(
                columns.contains(field.trim_end_matches('?')),
                "{field} in {data_file}"
            );
        }
    }
}
