//! Runs a compiled query over a view.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::lang::Compiled;
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
    /// Rows of the answer, and rows kept between two clauses times 100.
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

/// Why a run stopped before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// R301.
    #[error("R301 the run took longer than it may")]
    Time,
    /// R302: the first rows are there.
    #[error("R302 the answer has more than {0} rows")]
    Rows(usize),
    /// R303.
    #[error("R303 the run needs more than {0} bytes")]
    Bytes(u64),
    /// R304.
    #[error("R304 the run looked at the {0} edges it may")]
    Edges(u64),
    /// R305.
    #[error("R305 the run was cancelled")]
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
    /// Why it stopped before its end. Rows are then empty, but for [`Stopped::Rows`]: part of the groups or of their
    /// elements is no answer.
    pub stopped: Option<Stopped>,
}

/// Why a run gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// A parameter that the query names has no value.
    #[error("V151 parameter `${0}` has no value")]
    MissingParameter(String),
    /// A value of another type than an operation takes.
    #[error("R310 {0}")]
    Type(String),
    /// The caller does not see a label whole on which absence depends. No number is told.
    #[error("V214 `{0}` must be seen whole for this pattern, and part of it is hidden from you")]
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
    _view: &AuthorizedView,
    _compiled: &Compiled,
    _params: &Params,
    _budgets: &Budgets,
    _cancel: &AtomicBool,
) -> Result<Run, ExecError> {
    Ok(Run::default())
}

/// Runs a query for some subjects only: the rows of [`run`] whose column `subject` is one of these nodes, in the same order.
/// Cheap where the query names its subject in its first `MATCH` and hands it on as it is; else all is run and rows are
/// left out.
///
/// # Errors
/// [`ExecError`].
pub fn run_for(
    _view: &AuthorizedView,
    _compiled: &Compiled,
    _params: &Params,
    _budgets: &Budgets,
    _cancel: &AtomicBool,
    _subjects: &[NodeId],
) -> Result<Run, ExecError> {
    Ok(Run::default())
}

/// Checks that the caller of a view sees every statement of some labels, of nodes or edges, so that what is not there for
/// them is not there.
///
/// # Errors
/// [`ExecError::NotComplete`], V214, with the first label of which part is hidden.
pub fn check_complete(_view: &AuthorizedView, labels: &[String]) -> Result<(), ExecError> {
    match labels.first() {
        Some(label) => Err(ExecError::NotComplete(label.clone())),
        None => Ok(()),
    }
}
