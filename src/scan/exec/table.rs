//! A label of a view as columns, row by row in order of identifier: what a query would read of each node or edge.

use rayon::prelude::*;

use super::ExecError;
use super::graph::{Element, Graph, Side, ViewGraph, ViewKey};
use crate::authz::AuthorizedView;
use crate::model::NodeId;
use crate::scan::value::Value;

pub(crate) use super::eval::call::decay;

/// A column of a table, beside the identifiers that each has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// A property; `valid_from` and `valid_to` too.
    Property(String),
    /// The first of who own what is said.
    Owner,
    /// The first of the sources that say something.
    Source,
}

/// The nodes or the edges of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label<'a> {
    Nodes(&'a str),
    Edges(&'a str),
}

/// One node or edge.
#[derive(Debug)]
pub(crate) struct TableRow {
    pub id: String,
    /// The ends of an edge.
    pub ends: Option<[NodeId; 2]>,
    pub values: Vec<Value>,
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
    columns: &[Column],
    take: &mut dyn FnMut(Vec<TableRow>) -> Result<(), E>,
) -> Result<(), E> {
    let graph = ViewGraph::new(view);
    let places: Vec<_> = columns
        .iter()
        .map(|column| match column {
            Column::Property(name) => Place::Property(graph.key(name)),
            Column::Owner => Place::Owner,
            Column::Source => Place::Source,
        })
        .collect();
    let mut elements = elements(&graph, label)?;
    elements.par_sort_by_cached_key(|element| name(&graph, *element));
    for chunk in elements.chunks(CHUNK) {
        let rows: Result<Vec<TableRow>, ExecError> = chunk
            .par_iter()
            .map(|&element| {
                Ok(TableRow {
                    id: name(&graph, element),
                    ends: ends(&graph, element),
                    values: values(&graph, element, &places)?,
                })
            })
            .collect();
        take(rows?)?;
    }
    Ok(())
}

/// Tells of every node that stands in the rows of a label, in any order, and of some more than once.
///
/// # Errors
/// [`ExecError::Archive`].
pub(crate) fn nodes(
    view: &AuthorizedView,
    label: Label<'_>,
    note: &mut dyn FnMut(NodeId),
) -> Result<(), ExecError> {
    let graph = ViewGraph::new(view);
    for element in elements(&graph, label)? {
        match element {
            Element::Node(node) => graph.node_id(node).into_iter().for_each(&mut *note),
            Element::Edge(_) => ends(&graph, element)
                .into_iter()
                .flatten()
                .for_each(&mut *note),
        }
    }
    Ok(())
}

/// Where a column is read.
enum Place {
    Property(ViewKey),
    Owner,
    Source,
}

fn values(
    graph: &ViewGraph<'_>,
    element: Element,
    places: &[Place],
) -> Result<Vec<Value>, ExecError> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let known = graph.read_once(element)?;
    let first = |all: &[String]| all.first().map_or(Value::Null, |one| Value::text(one));
    let values = places.iter().map(|place| match place {
        Place::Property(key) => graph.property_of(element, key, &known),
        Place::Owner => first(&known.owners),
        Place::Source => first(&known.sources),
    });
    Ok(values.collect())
}

fn ends(graph: &ViewGraph<'_>, element: Element) -> Option<[NodeId; 2]> {
    match element {
        Element::Node(_) => None,
        Element::Edge(edge) => {
            let ends = graph.node_id(edge.from).zip(graph.node_id(edge.to));
            ends.map(|(from, to)| [from, to])
        }
    }
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
