//! Runs a compiled query over a view.
//!
//! [`run`] looks the program's names up in the view, plans each match from visible counts (`plan`), shares its starts out
//! (`drive`) to workers (`machine`) that push rows depth first into sinks (`sink`), and merges these in order of starts.
//!
//! # Invariants
//! * **a function of the view**: rows, order, errors, work counted and limits reached are made of visible things.
//! * **one thread or many give the same bytes**, sums of fractions included.
//! * **no silent limit**: what was left out, cut or stopped is told in the [`Run`].
//! * **each edge once in a match** (a trail), as openCypher has it.
//!
//! # What is a property of an element
//! Sources make statements; a query reads one value: of the visible statements within the time looked at, the one that
//! states the property and began last; of those that began together that of the first source by name, then the first value.
//! `r.valid_from` and `r.valid_to` are the first begin and the last end of the visible statements about an edge, `null`
//! where one is open; `valid_at`, `overlaps` and `overlap_days` look at each statement.
//!
//! Facts of a node or edge are read from the store when they are first asked for, some ten microseconds each, and kept with
//! the view for the next run: some 250 bytes each, at most four million in all.
//!
//! What this module does not do: check who may run what; keep what was found; name nodes (a caller notes what it shows).

mod drive;
mod eval;
mod graph;
mod machine;
mod plan;
mod sink;
pub(crate) mod table;
#[cfg(test)]
mod tck;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use self::drive::{Drive, Driven};
use self::graph::{Graph, ViewGraph};
use self::machine::Shared;
use self::plan::{describe, link};
use super::lang::ir::{Op, Slot};
use super::lang::{Compiled, Mode, Text};
use super::value::{EdgeRef, Value};
use crate::authz::AuthorizedView;
use crate::graph::ArchiveError;
use crate::model::{EdgeId, NodeId, PartialDate};

/// What a run may use. Reaching a budget is told in the [`Run`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// Longest time. A run that reaches it has no rows: which ones would depend on the machine.
    pub time: Duration,
    /// Visible edges looked at from one start; a start that needs more is left out and listed.
    pub edges_per_start: u64,
    /// Visible edges looked at in all.
    pub edges: u64,
    /// Rows of the answer.
    pub rows: usize,
    /// Bytes of rows, groups and lists, about.
    pub bytes: u64,
    /// Elements that `collect` keeps.
    pub collect: usize,
}

impl Budgets {
    /// For a person who waits.
    pub const INTERACTIVE: Self = Self {
        time: Duration::from_secs(10),
        edges_per_start: 1_000_000,
        edges: 50_000_000,
        rows: 100_000,
        bytes: 512 * 1024 * 1024,
        collect: 1_000,
    };
    /// For a scan.
    pub const SCAN: Self = Self {
        time: Duration::from_secs(600),
        edges_per_start: 1_000_000,
        edges: 5_000_000_000,
        rows: 5_000,
        bytes: 2 * 1024 * 1024 * 1024,
        collect: 1_000,
    };
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// Text.
    Text(Arc<str>),
    /// A date, of which parts may be unknown.
    Date(PartialDate),
    /// A list.
    List(Vec<Cell>),
    /// Values by name.
    Map(BTreeMap<String, Cell>),
    /// A node.
    Node(NodeId),
    /// An edge.
    Edge(EdgeCell),
    /// Nodes and the edges between them, in order.
    Path {
        /// One more than there are edges.
        nodes: Vec<NodeId>,
        /// The edges.
        edges: Vec<EdgeCell>,
    },
}

/// An edge in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeCell {
    /// Its identifier.
    pub id: EdgeId,
    /// Its label.
    pub label: Arc<str>,
    /// Its start.
    pub from: NodeId,
    /// Its end.
    pub to: NodeId,
}

/// One row, its cells in order of [`Compiled::columns`].
pub type Row = Vec<Cell>;

/// Values of parameters by name, without `$`.
pub type Params = BTreeMap<String, Cell>;

/// Why a run stopped before its end. Messages of a run are in English and, after a stroke, in Dutch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// R301.
    #[error("R301 the run took longer than it may / het duurde langer dan mag")]
    Time,
    /// R302: the first rows are there.
    #[error("R302 the answer has more than {0} rows / het antwoord heeft meer dan {0} rijen")]
    Rows(usize),
    /// R303.
    #[error("R303 the run needs more than {0} bytes / er is meer dan {0} bytes geheugen nodig")]
    Bytes(u64),
    /// R304.
    #[error(
        "R304 the run looked at the {0} edges it may / er zijn zoveel verbindingen bekeken als mag: {0}"
    )]
    Edges(u64),
    /// R305.
    #[error("R305 the run was cancelled / het is gestopt")]
    Cancelled,
}

/// Work done, in visible things alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Starts that were run.
    pub starts: u64,
    /// Edges looked at.
    pub edges: u64,
}

/// What a run gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// Work done.
    pub work: Work,
    /// Starts left out because each needs more edges than [`Budgets::edges_per_start`].
    pub skipped_starts: Vec<NodeId>,
    /// Whether a `collect` left out what is past [`Budgets::collect`].
    pub collect_cut: bool,
    /// Nodes of which properties went into rows, where it was asked to note them.
    pub read: Vec<NodeId>,
    /// How the answer was found, if the query asks for it by `EXPLAIN` or `PROFILE`.
    pub plan: Vec<String>,
    /// Why it stopped before its end. Rows are then empty, but for [`Stopped::Rows`]: part of the groups or of their
    /// elements is no answer.
    pub stopped: Option<Stopped>,
}

/// Why a run gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// A parameter that the query names has no value.
    #[error("V151 parameter `${0}` has no value / parameter `${0}` heeft geen waarde")]
    MissingParameter(String),
    /// A parameter of a kind that no query takes.
    #[error(
        "V152 parameter `${0}` must be a number, a text, a date, a truth value, or a list of these / parameter `${0}` is een getal, tekst, datum, waar of onwaar, of een lijst daarvan"
    )]
    Parameter(String),
    /// A value of another type than an operation takes.
    #[error("R310 {} / {}", .0.en, .0.nl)]
    Type(Text),
    /// A budget is used up. A [`Run`] tells it; it does not leave this module as an error.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A start needs more edges than it may look at. Such a start is left out and listed.
    #[error("a start needs more edges than it may look at")]
    StartBudget,
    /// The caller does not see a label whole on which absence depends. No number is told.
    #[error(
        "V214 `{0}` must be seen whole for this pattern, and part of it is hidden from you / van `{0}` moet u voor dit patroon alles zien, en een deel is voor u verborgen"
    )]
    NotComplete(String),
    /// The store could not be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// Runs a query over a view.
///
/// # Errors
/// [`ExecError`].
pub fn run(
    view: &AuthorizedView,
    compiled: &Compiled,
    params: &Params,
    budgets: &Budgets,
    cancel: &AtomicBool,
) -> Result<Run, ExecError> {
    run_view(view, compiled, params, budgets, cancel, None, false)
}

/// [`run`], noting in [`Run::read`] of which nodes properties went into rows.
pub(crate) fn run_noting(
    view: &AuthorizedView,
    compiled: &Compiled,
    params: &Params,
    budgets: &Budgets,
    cancel: &AtomicBool,
) -> Result<Run, ExecError> {
    run_view(view, compiled, params, budgets, cancel, None, true)
}

/// Runs a query for some subjects only: the rows of [`run`] whose column `subject` is one of these nodes, in the same order.
/// Cheap where the query names its subject in its first `MATCH` and hands it on as it is; else all is run and rows are
/// left out.
///
/// # Errors
/// [`ExecError`].
pub fn run_for(
    view: &AuthorizedView,
    compiled: &Compiled,
    params: &Params,
    budgets: &Budgets,
    cancel: &AtomicBool,
    subjects: &[NodeId],
) -> Result<Run, ExecError> {
    run_view(
        view,
        compiled,
        params,
        budgets,
        cancel,
        Some(subjects),
        false,
    )
}

fn run_view(
    view: &AuthorizedView,
    compiled: &Compiled,
    params: &Params,
    budgets: &Budgets,
    cancel: &AtomicBool,
    subjects: Option<&[NodeId]>,
    notes: bool,
) -> Result<Run, ExecError> {
    let graph = ViewGraph::new(view);
    let parameters = parameters(&graph, compiled, params)?;
    let nodes = subjects.map(|subjects| {
        let found = subjects.iter().filter_map(|&id| {
            let node = view.find(id)?;
            Some(node.0)
        });
        let mut nodes: Vec<u32> = found.collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    });
    let anchor = compiled.program().subject.zip(nodes.as_deref());
    let (outcome, plan) = execute(
        &graph,
        compiled,
        &parameters,
        (budgets, cancel),
        anchor,
        notes,
    );
    let mut run = Run {
        plan,
        ..Run::default()
    };
    match outcome {
        Ok(driven) => {
            let column = compiled.columns().iter().position(|name| name == "subject");
            let wanted = |row: &Vec<Value>| match (&nodes, column) {
                (Some(nodes), Some(column)) => match row.get(column) {
                    Some(Value::Node(node)) => nodes.binary_search(node).is_ok(),
                    Some(_) | None => false,
                },
                (Some(_), None) | (None, _) => true,
            };
            if driven.rows_cut {
                run.stopped = Some(Stopped::Rows(budgets.rows));
            }
            let rows = driven.rows.into_iter().filter(wanted);
            run.rows = rows
                .map(|row| row.iter().map(|value| cell(&graph, value)).collect())
                .collect();
            run.work = Work {
                starts: driven.starts,
                edges: driven.edges,
            };
            run.skipped_starts = driven
                .skipped
                .iter()
                .filter_map(|&node| graph.node_id(node))
                .collect();
            run.collect_cut = driven.collect_cut;
            run.read = driven
                .read
                .iter()
                .filter_map(|&node| graph.node_id(node))
                .collect();
        }
        Err(ExecError::Stopped(stopped)) => run.stopped = Some(stopped),
        Err(other) => return Err(other),
    }
    Ok(run)
}

/// Links, plans and runs; beside what came out the plan, where it was asked for.
fn execute<G: Graph>(
    graph: &G,
    compiled: &Compiled,
    parameters: &[Value],
    (budgets, cancel): (&Budgets, &AtomicBool),
    anchor: Option<(Slot, &[u32])>,
    notes: bool,
) -> (Result<Driven, ExecError>, Vec<String>) {
    let program = compiled.program();
    let linked = link(program, graph, anchor.map(|(slot, _)| slot));
    let mut plan = Vec::new();
    if program.mode != Mode::Run {
        for stage in program
            .body
            .branches
            .iter()
            .flat_map(|branch| &branch.stages)
        {
            for op in &stage.ops {
                match op {
                    Op::Match(found) => {
                        if found.optional {
                            plan.push("optional".to_owned());
                        }
                        plan.extend(describe(&linked, found));
                    }
                    Op::Unwind { .. } => plan.push("unwind".to_owned()),
                    Op::Assign(_) => plan.push("compute".to_owned()),
                    Op::Filter(_) => plan.push("filter".to_owned()),
                }
            }
            let sink = &stage.sink;
            let gathers = [
                (sink.group.is_some(), "group"),
                (sink.distinct, "distinct"),
                (!sink.order.is_empty(), "sort"),
                (sink.limit.is_some(), "limit"),
            ];
            let told = gathers.iter().filter(|(does, _)| *does);
            plan.extend(told.map(|(_, word)| (*word).to_owned()));
        }
    }
    if program.mode == Mode::Explain {
        return (Ok(Driven::default()), plan);
    }
    let shared = Shared::new(*budgets, cancel, notes);
    let drive = Drive {
        graph,
        linked: &linked,
        parameters,
        shared: &shared,
        anchor,
    };
    (drive.run(), plan)
}

/// Values of the parameters that a program names, in its order.
fn parameters<G: Graph>(
    graph: &G,
    compiled: &Compiled,
    params: &Params,
) -> Result<Vec<Value>, ExecError> {
    let (first, last) = graph.days();
    let names = compiled.parameters().iter();
    names
        .map(|name| {
            if let Some(cell) = params.get(name) {
                return value(cell).ok_or_else(|| ExecError::Parameter(name.clone()));
            }
            let day = match name.as_str() {
                "as_of" => Some(last),
                "from" => first,
                "to" => first.map(|_| last.plus(1)),
                _ => None,
            };
            day.map(|day| Value::Date(PartialDate::day(day)))
                .ok_or_else(|| ExecError::MissingParameter(name.clone()))
        })
        .collect()
}

/// A cell as a value; elements are no parameters.
fn value(cell: &Cell) -> Option<Value> {
    Some(match cell {
        Cell::Null => Value::Null,
        Cell::Boolean(flag) => Value::Boolean(*flag),
        Cell::Integer(number) => Value::Integer(*number),
        Cell::Decimal(number) => Value::Decimal(*number),
        Cell::Text(text) => Value::Text(Arc::clone(text)),
        Cell::Date(date) => Value::Date(*date),
        Cell::List(items) => Value::list(items.iter().map(value).collect::<Option<Vec<_>>>()?),
        Cell::Map(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, cell)| Some((Arc::from(key.as_str()), value(cell)?)));
            Value::Map(Arc::new(entries.collect::<Option<BTreeMap<_, _>>>()?))
        }
        Cell::Node(_) | Cell::Edge(_) | Cell::Path { .. } => return None,
    })
}

fn cell(graph: &ViewGraph<'_>, value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Boolean(flag) => Cell::Boolean(*flag),
        Value::Integer(number) => Cell::Integer(*number),
        Value::Decimal(number) => Cell::Decimal(*number),
        Value::Text(text) => Cell::Text(Arc::clone(text)),
        Value::Date(date) => Cell::Date(*date),
        Value::List(items) => Cell::List(items.iter().map(|item| cell(graph, item)).collect()),
        Value::Map(entries) => Cell::Map(
            entries
                .iter()
                .map(|(key, value)| (key.to_string(), cell(graph, value)))
                .collect(),
        ),
        Value::Node(node) => graph.node_id(*node).map_or(Cell::Null, Cell::Node),
        Value::Edge(edge) => edge_cell(graph, edge).map_or(Cell::Null, Cell::Edge),
        Value::Path(path) => Cell::Path {
            nodes: path
                .nodes
                .iter()
                .filter_map(|&node| graph.node_id(node))
                .collect(),
            edges: path
                .edges
                .iter()
                .filter_map(|edge| edge_cell(graph, edge))
                .collect(),
        },
    }
}

fn edge_cell(graph: &ViewGraph<'_>, edge: &EdgeRef) -> Option<EdgeCell> {
    Some(EdgeCell {
        id: graph.edge_id(edge),
        label: graph.type_name(edge),
        from: graph.node_id(edge.from)?,
        to: graph.node_id(edge.to)?,
    })
}

/// Checks that the caller of a view sees every statement of some labels, of nodes or edges, so that what is not there for
/// them is not there.
///
/// That it fails tells that something with the label is hidden, though not how much. It is for the mandates of scans, which
/// are told what they may rely on; queries of people are not checked, since to them nothing may be told.
///
/// # Errors
/// [`ExecError::NotComplete`], V214, with the first label of which part is hidden.
pub fn check_complete(view: &AuthorizedView, labels: &[String]) -> Result<(), ExecError> {
    match labels.iter().find(|label| !view.sees_whole(label)) {
        Some(label) => Err(ExecError::NotComplete(label.clone())),
        None => Ok(()),
    }
}
