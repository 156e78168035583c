//! A label of a view as columns, row by row in order of identifier: what a query would read of each node or edge.

use rayon::prelude::*;

use super::ExecError;
use super::graph::{Element, Graph, Side, ViewGraph};
use crate::authz::AuthorizedView;
use crate::model::{NodeId, PartialDate, Precision};
use crate::scan::value::Value;

pub(crate) use super::eval::call::decay;

/// What a column is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin<'a> {
    /// A property.
    Property(&'a str),
    /// The first owner of what is said.
    Owner,
    /// The first source.
    Source,
}

/// The nodes or the edges of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label<'a> {
    Nodes(&'a str),
    Edges(&'a str),
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Field {
    Null,
    Text(String),
    Whole(i64),
    Decimal(f64),
    Truth(bool),
    /// A date of which every part is known, in days since 1970.
    Day(i32),
}

/// One node or edge.
#[derive(Debug)]
pub(crate) struct TableRow {
    pub id: String,
    /// The ends of an edge.
    pub ends: Option<[NodeId; 2]>,
    pub node: Option<NodeId>,
    pub fields: Vec<Field>,
}

/// Rows handed on at once.
const CHUNK: usize = 65_536;

/// Reads the rows of a label, and hands them on in chunks, in order of identifier.
///
/// # Errors
/// [`ExecError::Archive`], and what `take` gives.
pub(crate) fn read<E: From<ExecError>>(
    view: &AuthorizedView,
    label: Label<'_>,
    columns: &[Origin<'_>],
    take: &mut dyn FnMut(Vec<TableRow>) -> Result<(), E>,
) -> Result<(), E> {
    let graph = ViewGraph::new(view);
    let keys: Vec<_> = columns
        .iter()
        .map(|column| match column {
            Origin::Property(name) => Some(graph.key(name)),
            Origin::Owner | Origin::Source => None,
        })
        .collect();
    let mut elements = elements(&graph, label)?;
    elements.par_sort_by_cached_key(|element| name(&graph, *element));
    for chunk in elements.chunks(CHUNK) {
        let rows: Result<Vec<TableRow>, ExecError> = chunk
            .par_iter()
            .map(|&element| {
                let fields = if columns.is_empty() {
                    Vec::new()
                } else {
                    let known = graph.read_once(element)?;
                    let fields = columns.iter().zip(&keys).map(|(column, key)| {
                        let first = |all: &[String]| {
                            all.first()
                                .map_or(Field::Null, |one| Field::Text(one.clone()))
                        };
                        match (column, key) {
                            (Origin::Owner, _) => first(&known.owners),
                            (Origin::Source, _) => first(&known.sources),
                            (Origin::Property(_), Some(key)) => {
                                field(graph.property_of(element, key, &known))
                            }
                            (Origin::Property(_), None) => Field::Null,
                        }
                    });
                    fields.collect()
                };
                let (node, ends) = match element {
                    Element::Node(node) => (graph.node_id(node), None),
                    Element::Edge(edge) => {
                        let ends = graph.node_id(edge.from).zip(graph.node_id(edge.to));
                        (None, ends.map(|(from, to)| [from, to]))
                    }
                };
                Ok(TableRow {
                    id: name(&graph, element),
                    ends,
                    node,
                    fields,
                })
            })
            .collect();
        take(rows?)?;
    }
    Ok(())
}

fn elements(graph: &ViewGraph<'_>, label: Label<'_>) -> Result<Vec<Element>, ExecError> {
    match label {
        Label::Nodes(label) => Ok(graph.node_label(label).map_or_else(Vec::new, |label| {
            let nodes = graph.nodes(Some(label)).into_iter();
            nodes.map(Element::Node).collect()
        })),
        Label::Edges(label) => {
            let mut found = Vec::new();
            if let Some(label) = graph.edge_label(label) {
                for node in graph.nodes(None) {
                    graph.edges(node, Side::Out, Some(&[label]), &mut |edge| {
                        found.push(Element::Edge(edge));
                        Ok(true)
                    })?;
                }
            }
            Ok(found)
        }
    }
}

fn name(graph: &ViewGraph<'_>, element: Element) -> String {
    match graph.id(element) {
        Value::Text(id) => id.to_string(),
        _ => String::new(),
    }
}

fn field(value: Value) -> Field {
    match value {
        Value::Text(text) => Field::Text(text.to_string()),
        Value::Integer(number) => Field::Whole(number),
        Value::Decimal(number) => Field::Decimal(number),
        Value::Boolean(flag) => Field::Truth(flag),
        Value::Date(PartialDate {
            first,
            precision: Precision::Day,
            ..
        }) => Field::Day(first.days()),
        _ => Field::Null,
    }
}
