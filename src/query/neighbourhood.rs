//! Neighbours, previews and expansions.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;
use utoipa::ToSchema;

use super::keep::{Keep, Weighed};
use super::limit::{
    EDGES_MAX, EXPAND_STARTS_MAX, HOPS_MAX, NODES_DEFAULT, NODES_MAX, PAGE_DEFAULT, PAGE_MAX,
};
use super::node::{highest, own_date};
use super::result::{
    Answer, EdgeSummary, Interval, NeighbourCount, NeighbourLine, NeighbourPage, NeighbourPreview,
    Subgraph, SubgraphNode, Truncated,
};
use super::session::{NodeOrder, QueryError, Session};
use crate::authz::AuthorizedView;
use crate::graph::algo::bfs::{
    Cut, Neighbourhood, Reach, filtered_neighbourhood, neighbourhood, ordered_neighbourhood,
};
use crate::graph::{Direction, NodeIndex, ReadGraph, Slot};
use crate::model::{EdgeLabelId, ID_LENGTH};

/// Which neighbours to list.
#[derive(Debug, Clone, Default)]
pub struct NeighbourRequest {
    /// Only edges with these labels; empty: all.
    pub edge_labels: Vec<String>,
    /// Most lines on the page.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// What to expand.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpandRequest {
    /// Identifiers of the nodes to start from, at most 200, with 0 hops 5000. Those that are missing are left out.
    pub start: Vec<String>,
    /// Edges from the starts, at most 6; 0 gives the starts and every edge among them. Default 1.
    #[serde(default)]
    pub hops: Option<usize>,
    /// Only over edges with these labels; empty: all.
    #[serde(default)]
    pub edge_labels: Vec<String>,
    /// Only over edges to nodes with these labels; empty: all.
    #[serde(default)]
    pub node_labels: Vec<String>,
    /// Most nodes, at most 5000. Default 500.
    #[serde(default)]
    pub limit: Option<usize>,
    /// Which neighbours to keep where there are more than `limit`; others than `first` with 1 hop only.
    #[serde(default)]
    pub keep: Keep,
    /// Identifiers of nodes that the reader has in sight, at most 5000: the edges between them and what is found are told
    /// too. With them `edgeLabels` narrows what is followed, not what is told. Those that are missing are left out.
    #[serde(default)]
    pub among: Vec<String>,
}

impl Session {
    /// Counts the neighbours of a node per edge label, direction and node label, before any is fetched.
    ///
    /// # Errors
    /// [`QueryError::UnknownNode`] if the node is missing or hidden.
    pub fn preview(&self, id: &str) -> Result<Answer<NeighbourPreview>, QueryError> {
        let view = self.view();
        let node = self.node_at(view, id)?;
        let mut kinds: BTreeMap<_, (HashSet<_>, HashSet<NodeIndex>)> = BTreeMap::new();
        let mut neighbours = HashSet::new();
        for slot in view.slots(node) {
            let kind = (slot.label, slot.direction, view.label(slot.neighbour));
            let (edges, nodes) = kinds.entry(kind).or_default();
            edges.insert(view.edge_id(slot.edge));
            nodes.insert(slot.neighbour);
            neighbours.insert(slot.neighbour);
        }
        let schema = self.schema();
        let counts = kinds
            .into_iter()
            .map(
                |((edge_label, direction, node_label), (edges, nodes))| NeighbourCount {
                    edge_label: schema
                        .edge(edge_label)
                        .map_or_else(String::new, |edge| edge.label.clone()),
                    direction,
                    node_label: schema
                        .node(node_label)
                        .map_or_else(String::new, |node| node.label.clone()),
                    edges: edges.len(),
                    nodes: nodes.len(),
                },
            )
            .collect();
        let body = NeighbourPreview {
            node: self.summary(view, node)?,
            counts,
            neighbour_count: neighbours.len(),
        };
        Ok(self.answer(body, None))
    }

    /// Lists the edges of a node, with what sources say of each.
    ///
    /// # Errors
    /// [`QueryError::UnknownNode`]; [`QueryError::Invalid`] for a label that is not in the schema or a cursor that is none.
    pub fn neighbours(
        &self,
        id: &str,
        request: &NeighbourRequest,
    ) -> Result<Answer<NeighbourPage>, QueryError> {
        let view = self.view();
        let node = self.node_at(view, id)?;
        let labels = self.edge_labels(&request.edge_labels)?;
        let limit = within(request.limit, PAGE_DEFAULT, PAGE_MAX, "limit")?;
        // A cursor is the key of the last line, so a line that comes or goes elsewhere does not shift the page.
        let after = request
            .after
            .as_deref()
            .map(|cursor| self.cursor(cursor))
            .transpose()?;
        let mut lines = Vec::new();
        let mut next = None;
        let mut last_key = None;
        for slot in self.slots_in_order(view, node, |_| true) {
            let key = (
                slot.label.0,
                slot.direction,
                self.order(view, slot.neighbour),
                self.shown_edge(view, node, &slot),
            );
            if last_key == Some(key)
                || after.is_some_and(|after| key <= after)
                || !labels.is_none_or(|labels| labels.contains(slot.label))
            {
                continue;
            }
            if lines.len() == limit {
                next = last_key.and_then(|key| self.write_cursor(key));
                break;
            }
            last_key = Some(key);
            lines.push(self.neighbour_line(view, node, &slot)?);
        }
        let body = NeighbourPage {
            node: self.summary(view, node)?,
            neighbours: lines,
            next,
        };
        Ok(self.answer(body, None))
    }

    pub(super) fn neighbour_line(
        &self,
        view: &AuthorizedView,
        node: NodeIndex,
        slot: &Slot,
    ) -> Result<NeighbourLine, QueryError> {
        Ok(NeighbourLine {
            edge_id: self.shown_edge(view, node, slot).to_string(),
            edge_label: edge_name(view, slot.label),
            direction: slot.direction,
            node: self.summary(view, slot.neighbour)?,
            statements: self.edge_lines(view, slot)?,
        })
    }

    /// Expands from one or many nodes: everything within `hops` edges, and every edge among it.
    ///
    /// Nodes come nearest first, then by label and identifier; a cut keeps the first.
    ///
    /// # Errors
    /// [`QueryError::UnknownNode`] if no start is visible; [`QueryError::Invalid`] for a request past the limits or a label
    /// that is not in the schema; [`QueryError::Deadline`].
    pub fn expand(&self, request: &ExpandRequest) -> Result<Answer<Subgraph>, QueryError> {
        let view = self.view();
        let hops_max = match request.hops {
            Some(0) => 0,
            hops => within(hops, 1, HOPS_MAX, "hops")?,
        };
        // Without hops nothing is added: a reader who opens a chart again names all of it.
        let starts_max = if hops_max == 0 {
            NODES_MAX
        } else {
            EXPAND_STARTS_MAX
        };
        at_most("start", &request.start, starts_max)?;
        at_most("among", &request.among, NODES_MAX)?;
        if request.keep != Keep::First && hops_max != 1 {
            return Err(QueryError::Invalid(
                "`keep` chooses among neighbours: ask for 1 hop".to_owned(),
            ));
        }
        let nodes_max = within(request.limit, NODES_DEFAULT, NODES_MAX, "limit")?;
        let edge_labels = self.edge_labels(&request.edge_labels)?;
        let node_labels = self.node_labels(&request.node_labels)?;
        let visible = |ids: &[String]| -> Vec<NodeIndex> {
            let found = ids.iter().filter_map(|id| self.node_at(view, id).ok());
            found.collect()
        };
        let starts = visible(&request.start);
        if starts.is_empty() {
            return Err(QueryError::UnknownNode(request.start.join("`, `")));
        }
        let mut budget = self.budget();
        let reach = Reach {
            hops_max,
            nodes_max: match request.keep {
                Keep::First => nodes_max,
                // All are weighed before some are kept; the budget of edges bounds them.
                Keep::Newest | Keep::MostConnected => usize::MAX,
            },
        };
        let passes = |slot: &Slot| {
            edge_labels.is_none_or(|labels| labels.contains(slot.label))
                && node_labels.is_none_or(|labels| labels.contains_node(view, slot.neighbour))
        };
        let any = edge_labels.is_none() && node_labels.is_none();
        let order = |node| self.order(view, node);
        let mut found = match (view.masks_anything(), any) {
            // Where nothing is masked, positions are in the order of answers.
            (false, true) => neighbourhood(view, &starts, reach, &mut budget)?,
            (false, false) => filtered_neighbourhood(view, &starts, reach, &mut budget, &passes)?,
            (true, any) => {
                let passes: Option<&(dyn Fn(&Slot) -> bool + Sync)> = (!any).then_some(&passes);
                ordered_neighbourhood(view, &starts, reach, &mut budget, passes, &order)?
            }
        };
        let weighed = Weighed {
            nodes_max,
            passes: &passes,
            order: &order,
        };
        request
            .keep
            .apply(view, &mut found, &weighed, &mut budget)?;
        found.order_levels(order);
        let picture = Picture {
            found: &found,
            among: visible(&request.among),
            edge_labels: edge_labels.filter(|_| request.among.is_empty()),
        };
        let (body, cut) = self.subgraph(view, &picture, budget.edges_examined())?;
        Ok(self.answer(body, cut))
    }

    fn subgraph(
        &self,
        view: &AuthorizedView,
        picture: &Picture<'_>,
        edges_examined: u64,
    ) -> Result<(Subgraph, Option<Truncated>), QueryError> {
        let found = picture.found;
        let mut truncated = found.cut.map(|cut| match cut {
            Cut::Nodes(max) => Truncated {
                limit: "nodes",
                max: max as u64,
            },
            Cut::Edges(max) => Truncated {
                limit: "edges-examined",
                max,
            },
        });
        let mut nodes = Vec::with_capacity(found.nodes.len());
        for level in 0..found.levels() {
            for &node in found.level(level) {
                let statements = view.node_statements(node)?;
                nodes.push(SubgraphNode {
                    node: self.name(view, node, &statements),
                    hops: level,
                    date: own_date(view, node, &statements),
                    level: highest(&statements),
                });
            }
        }
        let (edges, edges_cut) = self.edges_of(view, picture);
        truncated = truncated.or(edges_cut);
        let body = Subgraph {
            nodes,
            edges,
            edges_examined,
        };
        Ok((body, truncated))
    }

    /// Every edge among what was found, and between it and what the reader has in sight.
    fn edges_of(
        &self,
        view: &AuthorizedView,
        picture: &Picture<'_>,
    ) -> (Vec<EdgeSummary>, Option<Truncated>) {
        let nodes = &picture.found.nodes;
        if picture.among.is_empty() {
            return self.edges_among(view, nodes, picture.edge_labels);
        }
        let found: HashSet<NodeIndex> = nodes.iter().copied().collect();
        let mut all = picture.among.clone();
        all.extend(nodes);
        let (edges, cut) = self.edges_between(view, &all, |node, slot| {
            let is_new = found.contains(&node) || found.contains(&slot.neighbour);
            if is_new {
                for end in [node, slot.neighbour] {
                    if !found.contains(&end) {
                        self.note_node(view, end);
                    }
                }
            }
            is_new
        });
        (edges, cut)
    }

    /// An edge names its ends: those that the answer describes nowhere else are noted for the record here.
    fn note_node(&self, view: &AuthorizedView, node: NodeIndex) {
        let label = view.schema().node(view.label(node));
        if let (Some(label), Some(id)) = (label, view.node_id(node)) {
            self.note_shown(&label.label, &id.to_string());
        }
    }

    /// Every edge among some nodes, by start, label, end and identifier.
    pub(super) fn edges_among(
        &self,
        view: &AuthorizedView,
        nodes: &[NodeIndex],
        labels: Option<LabelSet>,
    ) -> (Vec<EdgeSummary>, Option<Truncated>) {
        self.edges_between(view, nodes, |_, slot| {
            labels.is_none_or(|labels| labels.contains(slot.label))
        })
    }

    fn edges_between(
        &self,
        view: &AuthorizedView,
        nodes: &[NodeIndex],
        wanted: impl Fn(NodeIndex, &Slot) -> bool,
    ) -> (Vec<EdgeSummary>, Option<Truncated>) {
        let mut sorted = nodes.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let in_order = self.in_order(view, sorted.iter().copied());
        let mut edges: Vec<EdgeSummary> = Vec::new();
        let mut positions = HashMap::new();
        let text = |node| {
            let id = self.shown_id(view, node);
            id.map(|id| id.to_string()).unwrap_or_default()
        };
        for &node in &in_order {
            let among = |slot: &Slot| {
                slot.direction == Direction::Out
                    && sorted.binary_search(&slot.neighbour).is_ok()
                    && wanted(node, slot)
            };
            for slot in self.slots_in_order(view, node, among) {
                let interval = Interval::new(view.validity(slot.edge), self.day());
                let id = view.edge_id(slot.edge);
                let place = *positions.entry(id).or_insert(edges.len());
                if let Some(known) = edges.get_mut(place) {
                    known.also(interval);
                    continue;
                }
                if edges.len() == EDGES_MAX {
                    let cut = Truncated {
                        limit: "edges",
                        max: EDGES_MAX as u64,
                    };
                    return (edges, Some(cut));
                }
                edges.push(EdgeSummary {
                    id: self.shown_edge(view, node, &slot).to_string(),
                    label: edge_name(view, slot.label),
                    from: text(node),
                    to: text(slot.neighbour),
                    intervals: vec![interval],
                    level: view.edge_level(slot.edge),
                });
            }
        }
        (edges, None)
    }

    /// The set of edge labels with these names; `None` for no names, which is all.
    pub(super) fn edge_labels(&self, names: &[String]) -> Result<Option<LabelSet>, QueryError> {
        self.labels(names, |name| self.view().edge_label(name).map(|id| id.0))
    }

    pub(super) fn node_labels(&self, names: &[String]) -> Result<Option<LabelSet>, QueryError> {
        self.labels(names, |name| self.view().node_label(name).map(|id| id.0))
    }

    fn labels(
        &self,
        names: &[String],
        find: impl Fn(&str) -> Option<u8>,
    ) -> Result<Option<LabelSet>, QueryError> {
        if names.is_empty() {
            return Ok(None);
        }
        let mut set = LabelSet::default();
        for name in names {
            let position = find(name).ok_or_else(|| unknown_label(name))?;
            set.insert(position);
        }
        Ok(Some(set))
    }

    /// A cursor names the line it follows: neighbour, edge, direction and label, all of which the caller has seen. The
    /// label by its name: its position would tell how many labels hidden deliveries brought before it.
    fn write_cursor(&self, key: CursorKey) -> Option<String> {
        let (label, direction, neighbour, edge) = key;
        let side = match direction {
            Direction::Out => 'o',
            Direction::In => 'i',
        };
        let (_, neighbour) = neighbour;
        let neighbour = neighbour?;
        let label = edge_name(self.view(), EdgeLabelId(label));
        Some(format!("{neighbour}{edge}{side}{label}"))
    }

    fn cursor(&self, text: &str) -> Result<CursorKey, QueryError> {
        self.read_cursor(text)
            .ok_or_else(|| QueryError::Invalid("`after` is not the `next` of a page".to_owned()))
    }

    fn read_cursor(&self, text: &str) -> Option<CursorKey> {
        let (neighbour, rest) = text.split_at_checked(ID_LENGTH)?;
        let (edge, rest) = rest.split_at_checked(ID_LENGTH)?;
        let (direction, label) = match rest.split_at_checked(1)? {
            ("o", label) => (Direction::Out, label),
            ("i", label) => (Direction::In, label),
            _ => return None,
        };
        Some((
            self.view().edge_label(label)?.0,
            direction,
            self.order(self.view(), self.node_at(self.view(), neighbour).ok()?),
            edge.parse().ok()?,
        ))
    }
}

/// What an answer shows edges of.
struct Picture<'a> {
    found: &'a Neighbourhood,
    among: Vec<NodeIndex>,
    edge_labels: Option<LabelSet>,
}

fn at_most(name: &str, ids: &[String], max: usize) -> Result<(), QueryError> {
    if ids.len() <= max {
        return Ok(());
    }
    Err(QueryError::Invalid(format!(
        "`{name}` names {} nodes, at most {max} are allowed",
        ids.len()
    )))
}

type CursorKey = (u8, Direction, NodeOrder, crate::model::EdgeId);

/// A set of labels.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LabelSet([u64; 4]);

impl LabelSet {
    fn insert(&mut self, label: u8) {
        if let Some(word) = self.0.get_mut(usize::from(label / 64)) {
            *word |= 1 << (label % 64);
        }
    }

    fn has(self, label: u8) -> bool {
        self.0
            .get(usize::from(label / 64))
            .is_some_and(|word| word >> (label % 64) & 1 == 1)
    }

    pub(super) fn contains(self, label: EdgeLabelId) -> bool {
        self.has(label.0)
    }

    pub(super) fn contains_node(self, view: &AuthorizedView, node: NodeIndex) -> bool {
        self.has(view.label(node).0)
    }
}

pub(super) fn edge_name(view: &AuthorizedView, label: EdgeLabelId) -> String {
    view.schema()
        .edge(label)
        .map_or_else(String::new, |edge| edge.label.clone())
}

/// A label that is not there, or that only hidden data brought: the same.
pub(super) fn unknown_label(name: &str) -> QueryError {
    QueryError::Invalid(format!(
        "there is no label `{name}`: `/v1/schema` lists those that are built in"
    ))
}

/// A number within its limits.
pub(super) fn within(
    asked: Option<usize>,
    default: usize,
    max: usize,
    name: &str,
) -> Result<usize, QueryError> {
    match asked {
        None => Ok(default),
        Some(number) if (1..=max).contains(&number) => Ok(number),
        Some(number) => Err(QueryError::Invalid(format!(
            "`{name}` is {number}, it must be 1 to {max}"
        ))),
    }
}
