//! Queries of people: read, run on the caller's view, written as an answer.
//!
//! # Invariants
//! * **the answer notes what it shows**: every node that a row names, and every node of which a property went into a row,
//!   stands in the record of the read. A query that would show more than [`NODES_READ_MAX`] of them is refused.
//! * **words come from the view**: labels that only hidden deliveries brought are unknown, and which properties a delivery
//!   brought is never told: one that is not public reads as `null` where it is not there.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::exec::{Budgets, Cell, EdgeCell, ExecError, Params, Run, Stopped, run_noting};
use super::lang::{Declared, Message, ParamType, TimeMode, Vocabulary, compile_with};
use crate::authz::AuthorizedView;
use crate::graph::ReadGraph;
use crate::model::{NodeId, Schema};
use crate::query::{Answer, NodeSummary, QueryError, Session, Truncated};

/// Most rows of an answer.
pub const ROWS_MAX: usize = 10_000;
/// Most nodes that the rows of an answer name.
pub const NODES_NAMED_MAX: usize = 5_000;
/// Most nodes of which properties go into an answer.
pub const NODES_READ_MAX: usize = 50_000;

/// A query.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QueryRequest {
    /// The query, in the read-only subset of openCypher, at most 16 KiB.
    pub text: String,
    /// Values of its parameters by name, without `$`: numbers, texts, truth values, and lists of texts or whole numbers.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub params: BTreeMap<String, serde_json::Value>,
    /// `asOf`: what holds on the day (default); `history`: what holds on it or held before.
    #[serde(default)]
    pub time: QueryTime,
    /// `rows` (default), or `subgraph`: only the nodes and edges that the rows name.
    #[serde(default)]
    pub form: QueryForm,
}

/// Which days a query looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum QueryTime {
    /// The day of the read.
    #[default]
    AsOf,
    /// That day and all before it.
    History,
}

/// What the answer is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum QueryForm {
    /// Rows, and the nodes and edges that they name.
    #[default]
    Rows,
    /// The nodes and edges alone.
    Subgraph,
}

/// An edge that a row names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueryEdge {
    /// Its identifier.
    pub id: String,
    /// Its label.
    pub label: String,
    /// The node that it starts at.
    pub from: String,
    /// The node that it ends at.
    pub to: String,
}

/// What a query found.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueryAnswer {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows. A node is `{"node": id}`, an edge `{"edge": id}`, a path `{"nodes": [...], "edges": [...]}`.
    #[schema(value_type = Vec<Vec<Object>>)]
    pub rows: Vec<Vec<serde_json::Value>>,
    /// The nodes that the rows name, in order of identifier.
    pub nodes: Vec<NodeSummary>,
    /// The edges that the rows name, in order of identifier.
    pub edges: Vec<QueryEdge>,
    /// Starts that need more edges than one may look at: they are not in the rows.
    pub skipped_starts: Vec<String>,
    /// Visible edges looked at.
    pub edges_examined: u64,
    /// Whether facts that you do not see could only add rows. If not, a row may be there because something is hidden from
    /// you: that it is not there for you does not say that it is not there.
    pub monotone: bool,
    /// How it was found, after `EXPLAIN` or `PROFILE`.
    pub plan: Vec<String>,
}

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The query is not right.
    #[error("{}", first(.0))]
    Query(Vec<Message>),
    /// A parameter or a value in the query is not right, or it asks for too much.
    #[error("{0}")]
    Invalid(String),
    /// As for any read.
    #[error(transparent)]
    Read(#[from] QueryError),
}

fn first(messages: &[Message]) -> String {
    messages.first().map_or_else(String::new, |message| {
        format!("{}{}", message.to_english(), message.to_dutch())
    })
}

/// Answers a query.
///
/// # Errors
/// [`AskError`].
pub fn ask(session: &Session, request: &QueryRequest) -> Result<Answer<QueryAnswer>, AskError> {
    let history = request.time == QueryTime::History;
    let view = if history {
        session.history()
    } else {
        session.view()
    };
    let mut params = Params::new();
    let mut declared = Declared {
        time: if history {
            TimeMode::History
        } else {
            TimeMode::AsOf
        },
        ..Declared::default()
    };
    for (name, value) in &request.params {
        let (cell, kind) = parameter(name, value)?;
        params.insert(name.clone(), cell);
        declared.params.insert(name.clone(), kind);
    }
    if params.contains_key("as_of") {
        return Err(AskError::Invalid(
            "`as_of` is the day of the read: name it as `asOf` beside the purpose".to_owned(),
        ));
    }
    let schema = known_schema(view);
    let words = Vocabulary::OpenProperties(&schema);
    let compiled =
        compile_with("query", &request.text, words, &declared).map_err(AskError::Query)?;
    let limits = session.limits();
    let budgets = Budgets {
        edges: limits.edges_examined,
        edges_per_start: Budgets::INTERACTIVE
            .edges_per_start
            .min(limits.edges_examined),
        rows: ROWS_MAX,
        ..Budgets::INTERACTIVE
    };
    let cancel = AtomicBool::new(false);
    let run = match run_noting(view, &compiled, &params, &budgets, &cancel) {
        Ok(run) => run,
        Err(ExecError::Archive(error)) => return Err(QueryError::from(error).into()),
        Err(error) => return Err(AskError::Invalid(error.to_string())),
    };
    let truncated = truncated(&run, &budgets)?;
    if run.read.len() > NODES_READ_MAX {
        return Err(AskError::Invalid(format!(
            "the answer is made of properties of more than {NODES_READ_MAX} nodes: ask for fewer, or count them"
        )));
    }
    for &id in &run.read {
        session.note_told(view, id);
    }
    let (body, cut) = write(session, view, &run, compiled.columns(), request.form)?;
    let body = QueryAnswer {
        monotone: compiled.is_monotone(),
        ..body
    };
    let truncated = cut.or(truncated);
    Ok(if history {
        session.answer_over_time(body, truncated)
    } else {
        session.answer(body, truncated)
    })
}

/// The words that the caller of a view may know of: the public schema, and labels of what the view shows.
fn known_schema(view: &AuthorizedView) -> Schema {
    let public = Schema::public();
    let mut schema = public.clone();
    for node in &view.schema().nodes {
        if public.node_label(&node.label).is_none() && view.node_label(&node.label).is_some() {
            let mut node = node.clone();
            node.properties.clear();
            node.display.clear();
            schema.nodes.push(node);
        }
    }
    let all: Vec<String> = schema.nodes.iter().map(|node| node.label.clone()).collect();
    // A delivery may have added ends to a public label, and who may not see it may not know.
    for edge in &mut schema.edges {
        (edge.from, edge.to) = (all.clone(), all.clone());
    }
    for edge in &view.schema().edges {
        if public.edge_label(&edge.label).is_none() && view.edge_label(&edge.label).is_some() {
            let mut edge = edge.clone();
            edge.properties.clear();
            (edge.from, edge.to) = (all.clone(), all.clone());
            schema.edges.push(edge);
        }
    }
    schema
}

fn parameter(name: &str, value: &serde_json::Value) -> Result<(Cell, ParamType), AskError> {
    use serde_json::Value as Json;
    let wrong = || {
        AskError::Invalid(format!(
            "parameter `{name}` must be a number, a text, a truth value, or a list of texts or whole numbers"
        ))
    };
    Ok(match value {
        Json::Bool(flag) => (Cell::Boolean(*flag), ParamType::Boolean),
        Json::String(text) => (Cell::Text(Arc::from(text.as_str())), ParamType::Text),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => (Cell::Integer(whole), ParamType::Int),
            (None, Some(decimal)) => (Cell::Decimal(decimal), ParamType::Decimal),
            (None, None) => return Err(wrong()),
        },
        Json::Array(items) => {
            let mut cells = Vec::new();
            let mut kinds = Vec::new();
            for item in items {
                let (cell, kind) = parameter(name, item)?;
                cells.push(cell);
                kinds.push(kind);
            }
            let kind = match kinds.first() {
                Some(ParamType::Int) => ParamType::IntList,
                Some(ParamType::Text) | None => ParamType::TextList,
                Some(_) => return Err(wrong()),
            };
            if kinds.iter().any(|one| Some(one) != kinds.first()) {
                return Err(wrong());
            }
            (Cell::List(cells), kind)
        }
        Json::Null | Json::Object(_) => return Err(wrong()),
    })
}

fn truncated(run: &Run, budgets: &Budgets) -> Result<Option<Truncated>, AskError> {
    let told = |limit, max| Ok(Some(Truncated { limit, max }));
    match run.stopped {
        Some(Stopped::Time | Stopped::Cancelled) => Err(QueryError::Deadline.into()),
        Some(Stopped::Rows(rows)) => told("rows", rows as u64),
        Some(Stopped::Bytes(bytes)) => told("bytes", bytes),
        Some(Stopped::Edges(edges)) => told("edges-examined", edges),
        None if !run.skipped_starts.is_empty() => {
            told("edges-examined-per-start", budgets.edges_per_start)
        }
        None if run.collect_cut => told("collected", budgets.collect as u64),
        None => Ok(None),
    }
}

/// Writes rows, up to the limit of nodes that they name.
fn write(
    session: &Session,
    view: &AuthorizedView,
    run: &Run,
    columns: &[String],
    form: QueryForm,
) -> Result<(QueryAnswer, Option<Truncated>), AskError> {
    let mut named = Named::default();
    let mut cut = None;
    let mut rows = Vec::new();
    for row in &run.rows {
        let mut more = Named::default();
        let cells: Vec<serde_json::Value> = row.iter().map(|cell| more.write(cell)).collect();
        let fresh = more
            .nodes
            .iter()
            .filter(|node| !named.nodes.contains(node))
            .count();
        if named.nodes.len() + fresh > NODES_NAMED_MAX {
            cut = Some(Truncated {
                limit: "nodes",
                max: NODES_NAMED_MAX as u64,
            });
            break;
        }
        named.nodes.extend(more.nodes);
        named.edges.extend(more.edges);
        if form == QueryForm::Rows {
            rows.push(cells);
        }
    }
    let ids: BTreeSet<NodeId> = named.nodes.iter().copied().collect();
    let mut nodes = Vec::new();
    for id in ids {
        if let Some(node) = view.find(id).filter(|&node| view.contains(node)) {
            nodes.push(session.summary(view, node)?);
        }
    }
    let mut skipped = Vec::new();
    for &id in &run.skipped_starts {
        session.note_told(view, id);
        skipped.push(id.to_string());
    }
    let body = QueryAnswer {
        columns: columns.to_vec(),
        rows,
        nodes,
        edges: named.edges.into_iter().collect(),
        skipped_starts: skipped,
        edges_examined: run.work.edges,
        monotone: true,
        plan: run.plan.clone(),
    };
    Ok((body, cut))
}

/// Elements that rows name.
#[derive(Default)]
struct Named {
    nodes: HashSet<NodeId>,
    edges: BTreeSet<QueryEdge>,
}

impl Named {
    fn write(&mut self, cell: &Cell) -> serde_json::Value {
        use serde_json::{Value as Json, json};
        match cell {
            Cell::Null => Json::Null,
            Cell::Boolean(flag) => json!(flag),
            Cell::Integer(number) => json!(number),
            Cell::Decimal(number) => json!(number),
            Cell::Text(text) => json!(&**text),
            Cell::Date(date) => json!(date.to_string()),
            Cell::List(items) => items.iter().map(|item| self.write(item)).collect(),
            Cell::Map(entries) => {
                let entries = entries.iter();
                let told = entries.map(|(key, cell)| (key.clone(), self.write(cell)));
                Json::Object(told.collect())
            }
            Cell::Node(id) => {
                self.nodes.insert(*id);
                json!({ "node": id.to_string() })
            }
            Cell::Edge(edge) => {
                self.edge(edge);
                json!({ "edge": edge.id.to_string() })
            }
            Cell::Path { nodes, edges } => {
                self.nodes.extend(nodes);
                edges.iter().for_each(|edge| self.edge(edge));
                let nodes: Vec<String> = nodes.iter().map(ToString::to_string).collect();
                let edges: Vec<String> = edges.iter().map(|edge| edge.id.to_string()).collect();
                json!({ "nodes": nodes, "edges": edges })
            }
        }
    }

    fn edge(&mut self, edge: &EdgeCell) {
        self.nodes.extend([edge.from, edge.to]);
        self.edges.insert(QueryEdge {
            id: edge.id.to_string(),
            label: edge.label.to_string(),
            from: edge.from.to_string(),
            to: edge.to.to_string(),
        });
    }
}
