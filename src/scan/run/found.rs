//! One pattern over one view: rows become matches.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use crate::authz::AuthorizedView;
use crate::model::{Day, EdgeId, NodeId, PartialDate};
use crate::scan::exec::{self, Budgets, Cell, EdgeCell, ExecError, Params, Row, Run, Work};
use crate::scan::pattern::{Filled, ParameterValues, Pattern, Sentence};

/// Why a pattern gave no matches.
#[derive(Debug, thiserror::Error)]
pub enum FoundError {
    /// It could not be run.
    #[error(transparent)]
    Exec(#[from] ExecError),
    /// A row is not as the contract of patterns has it.
    #[error("pattern `{pattern}` gave a row of which `{column}` is not {wanted}")]
    Row {
        /// The pattern.
        pattern: String,
        /// The column.
        column: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
}

/// A node or an edge that a flag rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Element {
    /// A node.
    Node {
        /// Its identifier.
        id: NodeId,
    },
    /// An edge.
    Edge {
        /// Its identifier.
        id: EdgeId,
        /// Its label.
        label: String,
        /// Where it starts.
        from: NodeId,
        /// Where it ends.
        to: NodeId,
    },
}

/// What a column of a match holds, for the sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Column {
    /// A number.
    Number(i64),
    /// A text or a date.
    Text(String),
    /// A node, by its identifier: its name is the reader's.
    Node(NodeId),
}

/// One match of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// What it is about.
    pub subject: NodeId,
    /// How strong it is, by the pattern's own measure.
    pub score: i64,
    /// What it rests on, in the order of the pattern.
    pub evidence: Vec<Element>,
    /// The other columns.
    pub columns: BTreeMap<String, Column>,
}

impl Match {
    /// Writes the sentence; `name` tells what a node is called.
    pub fn sentence(
        &self,
        sentence: &Sentence,
        parameters: &ParameterValues,
        mut name: impl FnMut(NodeId) -> String,
    ) -> String {
        sentence.fill(
            |column| match (column, self.columns.get(column)) {
                ("subject", _) => Filled::Text(name(self.subject)),
                ("score", _) => Filled::Number(self.score),
                (_, Some(Column::Number(number))) => Filled::Number(*number),
                (_, Some(Column::Text(text))) => Filled::Text(text.clone()),
                (_, Some(Column::Node(node))) => Filled::Text(name(*node)),
                (_, None) => Filled::Unknown,
            },
            |parameter| parameters.get(parameter).copied(),
        )
    }
}

/// What a pattern found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// The matches, in the pattern's order.
    pub matches: Vec<Match>,
    /// Work done, in visible things.
    pub work: Work,
    /// Why they are not all there is, in a word for people; none if they are.
    pub incomplete: Option<String>,
}

/// Runs a pattern over a view; for some subjects only, if any are named.
///
/// Two rows about one subject are one match: the first, in the pattern's order, with the evidence of both.
///
/// # Errors
/// [`FoundError`].
pub fn run_pattern(
    view: &AuthorizedView,
    pattern: &Pattern,
    parameters: &ParameterValues,
    as_of: Day,
    budgets: &Budgets,
    cancel: &AtomicBool,
    subjects: Option<&[NodeId]>,
) -> Result<Found, FoundError> {
    let mut params: Params = parameters
        .iter()
        .map(|(name, value)| (name.clone(), Cell::Integer(*value)))
        .collect();
    params.insert("as_of".to_owned(), Cell::Date(PartialDate::day(as_of)));
    let compiled = &pattern.compiled;
    let run = match subjects {
        None => exec::run(view, compiled, &params, budgets, cancel)?,
        Some(subjects) => exec::run_for(view, compiled, &params, budgets, cancel, subjects)?,
    };
    let incomplete = incomplete(&run);
    let mut matches: Vec<Match> = Vec::new();
    let mut places: BTreeMap<NodeId, usize> = BTreeMap::new();
    for row in run.rows {
        let found = one(pattern, row)?;
        match places
            .get(&found.subject)
            .and_then(|&at| matches.get_mut(at))
        {
            None => {
                places.insert(found.subject, matches.len());
                matches.push(found);
            }
            Some(known) => {
                for element in found.evidence {
                    if !known.evidence.contains(&element) {
                        known.evidence.push(element);
                    }
                }
            }
        }
    }
    Ok(Found {
        matches,
        work: run.work,
        incomplete,
    })
}

fn incomplete(run: &Run) -> Option<String> {
    if let Some(stopped) = run.stopped {
        return Some(stopped.to_string());
    }
    if !run.skipped_starts.is_empty() {
        return Some(format!(
            "{} starts need more edges each than a start may look at",
            run.skipped_starts.len()
        ));
    }
    run.collect_cut
        .then(|| "a list of evidence is longer than it may be".to_owned())
}

fn one(pattern: &Pattern, row: Row) -> Result<Match, FoundError> {
    let wrong = |column, wanted| FoundError::Row {
        pattern: pattern.id().to_owned(),
        column,
        wanted,
    };
    let mut subject = None;
    let mut score = None;
    let mut evidence = None;
    let mut columns = BTreeMap::new();
    for (name, cell) in pattern.compiled.columns().iter().zip(row) {
        match (name.as_str(), cell) {
            ("subject", Cell::Node(node)) => subject = Some(node),
            ("score", Cell::Integer(number)) => score = Some(number),
            ("evidence", Cell::List(cells)) => {
                let mut elements = Vec::new();
                if !flatten(cells, &mut elements) {
                    return Err(wrong("evidence", "a list of nodes and edges"));
                }
                evidence = Some(elements);
            }
            (_, cell) => {
                if let Some(column) = column(cell) {
                    columns.insert(name.clone(), column);
                }
            }
        }
    }
    let mut evidence = evidence.ok_or_else(|| wrong("evidence", "a list of nodes and edges"))?;
    let subject = subject.ok_or_else(|| wrong("subject", "a node"))?;
    // What it is about is part of what it rests on, and comes first.
    let own = Element::Node { id: subject };
    evidence.retain(|element| *element != own);
    evidence.insert(0, own);
    Ok(Match {
        subject,
        score: score.ok_or_else(|| wrong("score", "a whole number"))?,
        evidence,
        columns,
    })
}

/// Adds the elements of a list once each, in order; false if there is anything else in it.
fn flatten(cells: Vec<Cell>, elements: &mut Vec<Element>) -> bool {
    for cell in cells {
        match cell {
            Cell::Null => {}
            Cell::Node(id) => add(elements, Element::Node { id }),
            Cell::Edge(edge) => add(elements, edge_element(&edge)),
            Cell::Path { nodes, edges } => {
                for id in nodes {
                    add(elements, Element::Node { id });
                }
                for edge in &edges {
                    add(elements, edge_element(edge));
                }
            }
            // A list of lists, such as all ways from each of some nodes.
            Cell::List(inner) => {
                if !flatten(inner, elements) {
                    return false;
                }
            }
            Cell::Boolean(_)
            | Cell::Integer(_)
            | Cell::Decimal(_)
            | Cell::Text(_)
            | Cell::Date(_)
            | Cell::Map(_) => return false,
        }
    }
    true
}

fn add(elements: &mut Vec<Element>, element: Element) {
    if !elements.contains(&element) {
        elements.push(element);
    }
}

fn edge_element(edge: &EdgeCell) -> Element {
    Element::Edge {
        id: edge.id,
        label: edge.label.to_string(),
        from: edge.from,
        to: edge.to,
    }
}

/// What a sentence can hold; lists and the like stay out of it.
fn column(cell: Cell) -> Option<Column> {
    match cell {
        Cell::Integer(number) => Some(Column::Number(number)),
        Cell::Decimal(number) => Some(Column::Text(format!("{number:.2}"))),
        Cell::Boolean(yes) => Some(Column::Text(if yes { "ja" } else { "nee" }.to_owned())),
        Cell::Text(text) => Some(Column::Text(text.to_string())),
        Cell::Date(date) => Some(Column::Text(date.to_string())),
        Cell::Node(node) => Some(Column::Node(node)),
        Cell::Null | Cell::Edge(_) | Cell::List(_) | Cell::Map(_) | Cell::Path { .. } => None,
    }
}
