//! Answers as text for people, in Dutch.

mod flags;

pub use flags::{flag, flags, mandate_report};

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::LazyLock;

use crate::flag::{DossierWithFlags, FlagSection};
use crate::model::{Schema, Shape};
use crate::query::{
    Answer, Dossier, DossierLine, NodeSummary, SearchPage, StatementLine, Subgraph, Truncated,
};

/// Longest list of connections that is written out.
const CONNECTIONS_SHOWN: usize = 25;

/// A page of hits.
pub fn search(answer: &Answer<SearchPage>) -> String {
    let mut out = String::new();
    if answer.body.hits.is_empty() {
        out.push_str("Niets gevonden dat u mag zien.\n");
    }
    for hit in &answer.body.hits {
        let _ = writeln!(
            out,
            "{}  {:<10}  {}",
            hit.node.id, hit.node.label, hit.node.name
        );
    }
    if answer.body.next.is_some() {
        out.push_str("Er is meer; maak de zoektekst langer.\n");
    }
    out
}

/// A dossier: subject, sections, connections.
pub fn dossier(answer: &Answer<DossierWithFlags>) -> String {
    let body = &answer.body;
    written(answer, &body.dossier, Some(&body.flag_section))
}

/// A dossier without the section of flags.
pub fn dossier_alone(answer: &Answer<Dossier>) -> String {
    written(answer, &answer.body, None)
}

fn written<T>(answer: &Answer<T>, dossier: &Dossier, flags: Option<&FlagSection>) -> String {
    let mut out = String::new();
    let subject = &dossier.subject.node;
    let _ = writeln!(out, "{}", subject.name.to_uppercase());
    let _ = writeln!(
        out,
        "{} {}, op {}, doel {}",
        label_title(&subject.label),
        subject.id,
        answer.as_of,
        answer.purpose
    );
    for statement in &dossier.subject.statements {
        let _ = writeln!(out, "  {}", statement_text(statement));
    }
    if let Some(section) = flags.filter(|section| !section.flags.is_empty()) {
        let _ = writeln!(out, "\n{}", section.title_nl);
        for flag in &section.flags {
            flags::short(&mut out, flag);
        }
    }
    for section in &dossier.sections {
        let written = section.now.len() + section.earlier.len();
        let of_all = if written < section.line_count {
            format!(" ({written} van {})", section.line_count)
        } else {
            String::new()
        };
        let _ = writeln!(out, "\n{}{of_all}", section.title_nl);
        section
            .now
            .iter()
            .for_each(|line| write_line(&mut out, line));
        if !section.earlier.is_empty() {
            out.push_str("  eerder:\n");
            section
                .earlier
                .iter()
                .for_each(|line| write_line(&mut out, line));
        }
    }
    if !dossier.connections.is_empty() {
        out.push_str("\nHangt ermee samen (twee stappen)\n");
        for connection in dossier.connections.iter().take(CONNECTIONS_SHOWN) {
            let via: Vec<String> = connection.via.iter().map(|way| way_text(way)).collect();
            let via = via.join("; ");
            let _ = writeln!(out, "  {}: {via}", title(&connection.node));
        }
        let more = dossier.connection_count.saturating_sub(CONNECTIONS_SHOWN);
        if more > 0 {
            let _ = writeln!(out, "  en nog {more}; met --json zijn het er hooguit 200");
        }
    }
    let _ = writeln!(out, "\nBronnen: {}", dossier.sources.join(", "));
    write_truncated(&mut out, answer.truncated);
    out
}

/// A subgraph: nodes by distance, edges.
pub fn subgraph(answer: &Answer<Subgraph>) -> String {
    let mut out = String::new();
    for node in &answer.body.nodes {
        let _ = writeln!(out, "{} {}  {}", node.hops, node.node.id, title(&node.node));
    }
    for edge in &answer.body.edges {
        let _ = writeln!(out, "{} -{}-> {}", edge.from, edge.label, edge.to);
    }
    let _ = writeln!(
        out,
        "{} knopen, {} verbindingen",
        answer.body.nodes.len(),
        answer.body.edges.len()
    );
    write_truncated(&mut out, answer.truncated);
    out
}

fn title(node: &NodeSummary) -> String {
    format!(
        "{} ({})",
        node.name,
        label_title(&node.label).to_lowercase()
    )
}

/// What people call a label of nodes or edges; the label itself where the municipal schema does not have it.
fn label_title(label: &str) -> String {
    static TITLES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        let Ok(schema) = Schema::municipal() else {
            return HashMap::new();
        };
        let nodes = schema
            .nodes
            .into_iter()
            .map(|one| (one.label, one.title.nl));
        let edges = schema
            .edges
            .into_iter()
            .map(|one| (one.label, one.title.nl));
        nodes.chain(edges).collect()
    });
    TITLES
        .get(label)
        .cloned()
        .unwrap_or_else(|| label.to_owned())
}

/// A way of a connection, `OWNS via Jansen`, with the edge as people call it.
fn way_text(way: &str) -> String {
    match way.split_once(" via ") {
        Some((label, name)) => format!("{} (via {name})", label_title(label).to_lowercase()),
        None => way.to_owned(),
    }
}

fn write_line(out: &mut String, line: &DossierLine) {
    let _ = writeln!(
        out,
        "  - {}{}{}",
        title(&line.about.node),
        line.since
            .as_ref()
            .map(|since| format!(", {since}"))
            .unwrap_or_default(),
        line.until
            .as_ref()
            .map(|until| format!(" tot {until}"))
            .unwrap_or_default()
    );
    for statement in line.connection.iter().chain(&line.about.statements) {
        let _ = writeln!(out, "      {}", statement_text(statement));
    }
}

/// What people call a property; its own name where the municipal schema does not have it.
fn property_title(name: &str) -> String {
    static TITLES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        let Ok(schema) = Schema::municipal() else {
            return HashMap::new();
        };
        let nodes = schema.nodes.into_iter().flat_map(|label| label.properties);
        let edges = schema.edges.into_iter().flat_map(|label| label.properties);
        nodes
            .chain(edges)
            .map(|property| (property.name, property.title.nl))
            .collect()
    });
    TITLES
        .get(name)
        .map_or_else(|| name.to_owned(), |title| title.to_lowercase())
}

/// What is said, when it holds, by whom, and why it is visible.
fn statement_text(statement: &StatementLine) -> String {
    let properties: Vec<String> = statement
        .properties
        .iter()
        .map(|(name, value)| {
            let name = property_title(name);
            match value {
                // Corners are for a map; here x and y say enough.
                serde_json::Value::String(text) if Shape::parse(text).is_some() => {
                    format!("{name} op de kaart")
                }
                serde_json::Value::String(text) => format!("{name} {text}"),
                serde_json::Value::Bool(true) => format!("{name} ja"),
                serde_json::Value::Bool(false) => format!("{name} nee"),
                other => format!("{name} {other}"),
            }
        })
        .collect();
    let interval = &statement.validity;
    let period = match (&interval.from, &interval.to) {
        (None, None) => String::new(),
        (Some(from), None) => format!(" sinds {from}"),
        (None, Some(to)) => format!(" tot {to}"),
        (Some(from), Some(to)) => format!(" van {from} tot {to}"),
    };
    let said = format!("{}{period}", properties.join(", "));
    let said = match said.trim() {
        "" => "zonder datum",
        said => said,
    };
    let source = &statement.source;
    format!(
        "{said} [{}, {}:{}; zichtbaar door {}]",
        source.title,
        source.file,
        source.line,
        statement.visible_by.join(", ")
    )
}

fn write_truncated(out: &mut String, truncated: Option<Truncated>) {
    if let Some(Truncated { limit, max }) = truncated {
        let _ = writeln!(
            out,
            "Niet alles staat hier: de grens van {max} ({limit}) is bereikt."
        );
    }
}
