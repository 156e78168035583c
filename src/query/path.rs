//! Paths between two nodes, and the network that connects several.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::limit::HOPS_MAX;
use super::neighbourhood::{edge_name, unknown_label, within};
use super::result::{Answer, EdgeSummary, Interval, NodeSummary, Truncated};
use super::session::{QueryError, Session};
use crate::authz::AuthorizedView;
use crate::graph::algo::{
    ConnectQuestion, PATHS_MAX, Path, PathFilter, PathQuestion, TERMINALS_MAX, connect,
    k_shortest_paths, shortest_path, time_respecting_path,
};
use crate::graph::{Direction, NodeIndex, ReadGraph, Slot, Stop};
use crate::model::Day;

/// Which path to look for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PathKind {
    /// The shortest, and as many more as `count` asks, each as short as can be.
    #[default]
    Shortest,
    /// The one that arrives first if each step is made while its edge holds, and no step goes back in time.
    TimeRespecting,
}

/// Between what, and how.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PathRequest {
    /// Identifier of the first node.
    pub from: String,
    /// Identifier of the last node.
    pub to: String,
    /// Which path.
    #[serde(default)]
    pub kind: PathKind,
    /// How many paths, at most 16. Default 1; a time-respecting path is always one.
    #[serde(default)]
    pub count: Option<usize>,
    /// Most edges of a path, at most 6. Default 6.
    #[serde(default)]
    pub hops: Option<usize>,
    /// Only over edges with these labels; empty: all.
    #[serde(default)]
    pub edge_labels: Vec<String>,
    /// Only through nodes with these labels; empty: all.
    #[serde(default)]
    pub node_labels: Vec<String>,
    /// First day of a time-respecting path, such as `2020-01-01`; without it the earliest there is.
    #[serde(default)]
    #[schema(format = Date)]
    pub start_day: Option<String>,
}

/// One path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PathLine {
    /// The nodes, first to last.
    pub nodes: Vec<NodeSummary>,
    /// The edges between them, in that order.
    pub edges: Vec<EdgeSummary>,
    /// The day of each step of a time-respecting path; empty for others.
    pub days: Vec<String>,
}

/// The paths that were found: none is an answer too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Paths {
    /// Shortest first; of equally short ones, by the nodes they pass.
    pub paths: Vec<PathLine>,
}

/// What to connect.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NetworkRequest {
    /// Identifiers of 2 to 16 nodes.
    pub nodes: Vec<String>,
    /// Most edges between one and the next, at most 6. Default 6.
    #[serde(default)]
    pub hops: Option<usize>,
    /// Only over edges with these labels; empty: all.
    #[serde(default)]
    pub edge_labels: Vec<String>,
    /// Only through nodes with these labels; empty: all.
    #[serde(default)]
    pub node_labels: Vec<String>,
}

/// The network that connects nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectingNetwork {
    /// The nodes asked for and those between, by label and identifier.
    pub nodes: Vec<NodeSummary>,
    /// One edge for each connection made.
    pub edges: Vec<EdgeSummary>,
    /// Which of the nodes asked for hang together, by identifier.
    pub groups: Vec<Vec<String>>,
    /// Those that hang together with no other, by identifier. One that is missing is not told of.
    pub unreached: Vec<String>,
}

impl Session {
    /// Finds paths between two nodes, reading edges both ways. A path that needs a hidden node or edge does not exist here.
    ///
    /// A path between persons often runs over the as-of day only; a time-respecting one is sought over all days up to it.
    ///
    /// # Errors
    /// [`QueryError::UnknownNode`] if an end is missing or hidden; [`QueryError::Invalid`] past a limit;
    /// [`QueryError::Deadline`].
    pub fn paths(&self, request: &PathRequest) -> Result<Answer<Paths>, QueryError> {
        let view = match request.kind {
            PathKind::Shortest => self.view(),
            PathKind::TimeRespecting => self.history(),
        };
        let question = PathQuestion {
            from: self.node_at(view, &request.from)?,
            to: self.node_at(view, &request.to)?,
            hops_max: within(request.hops, HOPS_MAX, HOPS_MAX, "hops")? as u32,
            filter: self.path_filter(&request.edge_labels, &request.node_labels)?,
        };
        let count = within(request.count, 1, PATHS_MAX, "count")?;
        let mut budget = self.budget();
        let found: Result<Vec<(Path, Vec<Day>)>, Stop> = match request.kind {
            PathKind::Shortest if count == 1 => shortest_path(view, &question, &mut budget)
                .map(|path| path.into_iter().map(|path| (path, Vec::new())).collect()),
            PathKind::Shortest => k_shortest_paths(view, &question, count, &mut budget)
                .map(|paths| paths.into_iter().map(|path| (path, Vec::new())).collect()),
            PathKind::TimeRespecting => {
                let start = start_day(request.start_day.as_deref())?;
                time_respecting_path(view, &question, start, &mut budget).map(|path| {
                    path.into_iter()
                        .map(|timed| (timed.path, timed.days))
                        .collect()
                })
            }
        };
        let (found, truncated) = told(found)?;
        let paths = found
            .into_iter()
            .map(|(path, days)| self.path_line(view, &path, &days))
            .collect::<Result<Vec<_>, QueryError>>()?;
        Ok(match request.kind {
            PathKind::Shortest => self.answer(Paths { paths }, truncated),
            PathKind::TimeRespecting => self.answer_over_time(Paths { paths }, truncated),
        })
    }

    /// Connects several nodes by as few edges as can be told quickly.
    ///
    /// # Errors
    /// As [`Self::paths`]; [`QueryError::UnknownNode`] if fewer than two of the nodes are visible.
    pub fn network(
        &self,
        request: &NetworkRequest,
    ) -> Result<Answer<ConnectingNetwork>, QueryError> {
        let view = self.view();
        if !(2..=TERMINALS_MAX).contains(&request.nodes.len()) {
            return Err(QueryError::Invalid(format!(
                "`nodes` names {} nodes, it must be 2 to {TERMINALS_MAX}",
                request.nodes.len()
            )));
        }
        let terminals: Vec<NodeIndex> = request
            .nodes
            .iter()
            .filter_map(|id| self.node_at(view, id).ok())
            .collect();
        if terminals.len() < 2 {
            return Err(QueryError::UnknownNode(request.nodes.join("`, `")));
        }
        let question = ConnectQuestion {
            terminals: &terminals,
            hops_max: within(request.hops, HOPS_MAX, HOPS_MAX, "hops")? as u32,
            filter: self.path_filter(&request.edge_labels, &request.node_labels)?,
        };
        let (network, truncated) = told(connect(view, &question, &mut self.budget()))?;
        let id = |node: &NodeIndex| {
            let id = self.shown_id(view, *node);
            id.map(|id| id.to_string()).unwrap_or_default()
        };
        let in_order = |nodes: &[NodeIndex]| self.in_order(view, nodes.iter().copied());
        let mut groups: Vec<Vec<NodeIndex>> =
            network.groups.iter().map(|group| in_order(group)).collect();
        groups.sort_by_cached_key(|group| group.first().map(|&node| self.order(view, node)));
        let mut edges: Vec<EdgeSummary> = network
            .edges
            .iter()
            .map(|edge| self.step(view, edge.node, &edge.slot))
            .collect();
        edges.sort_by(|one, other| {
            let key = |edge: &EdgeSummary| (edge.from.clone(), edge.to.clone(), edge.id.clone());
            key(one).cmp(&key(other))
        });
        let body = ConnectingNetwork {
            nodes: in_order(&network.nodes)
                .into_iter()
                .map(|node| self.summary(view, node))
                .collect::<Result<_, QueryError>>()?,
            edges,
            groups: groups
                .iter()
                .map(|group| group.iter().map(id).collect())
                .collect(),
            unreached: in_order(&network.unreached).iter().map(id).collect(),
        };
        Ok(self.answer(body, truncated))
    }

    fn path_filter(
        &self,
        edge_labels: &[String],
        node_labels: &[String],
    ) -> Result<PathFilter, QueryError> {
        let mut filter = PathFilter::ANY;
        if !edge_labels.is_empty() {
            let labels = edge_labels
                .iter()
                .map(|name| {
                    self.view()
                        .edge_label(name)
                        .ok_or_else(|| unknown_label(name))
                })
                .collect::<Result<Vec<_>, QueryError>>()?;
            filter = filter.along(labels);
        }
        if !node_labels.is_empty() {
            let labels = node_labels
                .iter()
                .map(|name| {
                    self.view()
                        .node_label(name)
                        .ok_or_else(|| unknown_label(name))
                })
                .collect::<Result<Vec<_>, QueryError>>()?;
            filter = filter.through(labels);
        }
        Ok(filter)
    }

    fn path_line(
        &self,
        view: &AuthorizedView,
        path: &Path,
        days: &[Day],
    ) -> Result<PathLine, QueryError> {
        Ok(PathLine {
            nodes: path
                .nodes
                .iter()
                .map(|&node| self.summary(view, node))
                .collect::<Result<_, QueryError>>()?,
            edges: path
                .nodes
                .iter()
                .zip(&path.steps)
                .map(|(&node, slot)| self.step(view, node, slot))
                .collect(),
            days: days.iter().map(Day::to_string).collect(),
        })
    }

    /// An edge as a step of a path uses it: from start to end, whichever way it was read.
    fn step(&self, view: &AuthorizedView, node: NodeIndex, slot: &Slot) -> EdgeSummary {
        let id = |node| {
            let id = self.shown_id(view, node);
            id.map(|id| id.to_string()).unwrap_or_default()
        };
        let (from, to) = match slot.direction {
            Direction::Out => (node, slot.neighbour),
            Direction::In => (slot.neighbour, node),
        };
        EdgeSummary {
            id: self.shown_edge(view, node, slot).to_string(),
            label: edge_name(view, slot.label),
            from: id(from),
            to: id(to),
            intervals: vec![Interval::new(view.validity(slot.edge), self.day())],
            level: view.edge_level(slot.edge),
        }
    }
}

fn start_day(text: Option<&str>) -> Result<Day, QueryError> {
    match text {
        None => Ok(Day::MIN),
        Some(text) => text.parse().map_err(|_| {
            QueryError::Invalid(format!(
                "`startDay` is `{text}`, it must be a day such as 2020-01-01"
            ))
        }),
    }
}

/// What was found, or nothing with the limit that was reached; a deadline is an error.
fn told<T: Default>(found: Result<T, Stop>) -> Result<(T, Option<Truncated>), QueryError> {
    match found {
        Ok(found) => Ok((found, None)),
        Err(Stop::Edges(max)) => Ok((
            T::default(),
            Some(Truncated {
                limit: "edges-examined",
                max,
            }),
        )),
        Err(Stop::Deadline) => Err(QueryError::Deadline),
    }
}
