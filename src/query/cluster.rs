//! Clusters inside a view: what hangs together, and who stands between.

use std::collections::{HashMap, HashSet};

use petgraph::algo::articulation_points::articulation_points;
use petgraph::visit::NodeIndexable;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::limit::{HOPS_MAX, NODES_DEFAULT, NODES_MAX, PAGE_DEFAULT, PAGE_MAX};
use super::neighbourhood::within;
use super::result::{Answer, NodeSummary, Truncated};
use super::session::{NodeOrder, QueryError, Session};
use crate::graph::algo::bfs::{Cut, Reach, ordered_neighbourhood};
use crate::graph::algo::{
    Components, PageRankOptions, Scale, betweenness, communities, components, degrees,
    harmonic_closeness, page_rank, triangles,
};
use crate::graph::{CompactGraph, NodeIndex, ReadGraph, Undirected};

/// Which components to list.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentRequest {
    /// Only components with at least this many nodes. Default 2.
    #[serde(default)]
    pub size_min: Option<usize>,
    /// Identifier of a node whose component to tell too.
    #[serde(default)]
    pub node: Option<String>,
    /// Most components, at most 500. Default 50.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// One component: nodes that hang together, whichever way edges point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComponentLine {
    /// Number of nodes.
    pub node_count: u32,
    /// Its first node by label and identifier.
    pub first: NodeSummary,
}

/// The components of everything that the caller may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComponentList {
    /// Largest first, then by first node.
    pub components: Vec<ComponentLine>,
    /// The component of the node asked for; null if none was.
    pub of_node: Option<ComponentLine>,
    /// How many there are in all.
    pub component_count: usize,
    /// How many nodes the caller may see.
    pub node_count: usize,
}

/// Around which nodes to look for communities and measures.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeasureRequest {
    /// Identifiers of the nodes to start from.
    pub start: Vec<String>,
    /// Edges from the starts, at most 6. Default 2.
    #[serde(default)]
    pub hops: Option<usize>,
    /// Most nodes, at most 5000. Default 500.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// How one node stands in the subgraph. Measures say how it is connected, nothing about what it is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeasureLine {
    /// The node.
    #[serde(flatten)]
    pub node: NodeSummary,
    /// Number of its community, from 0.
    pub community: u32,
    /// Edge statements, both ways.
    pub degree: u32,
    /// Share of shortest paths between others that pass it, 0 to 1.
    pub betweenness: f64,
    /// How near it is to all others, 0 to 1.
    pub closeness: f64,
    /// How often a walk comes by; all sum to 1.
    pub page_rank: f64,
    /// Whether the subgraph falls apart without it.
    pub cut_node: bool,
}

/// Communities and measures of a subgraph.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Measures {
    /// The nodes by betweenness, then by label and identifier.
    pub nodes: Vec<MeasureLine>,
    /// Number of nodes in each community.
    pub communities: Vec<u32>,
    /// How much better than chance the communities are, -0.5 to 1.
    pub modularity: f64,
    /// Triples of nodes that are all connected with each other.
    pub triangles: u64,
}

impl Session {
    /// Finds the components of everything that the caller may see.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] past a limit; [`QueryError::Deadline`].
    pub fn components(
        &self,
        request: &ComponentRequest,
    ) -> Result<Answer<ComponentList>, QueryError> {
        let view = self.view();
        let limit = within(request.limit, PAGE_DEFAULT, PAGE_MAX, "limit")?;
        let size_min = request.size_min.unwrap_or(2);
        let found = components(view, &self.budget())?;
        let of_node = match &request.node {
            None => None,
            Some(id) => {
                let node = self.node_at(view, id)?;
                let (first, size) = (found.of(node), found.size_of(node));
                match (first, size) {
                    (Some(first), Some(node_count)) => {
                        let firsts = self.firsts(&found, &[first]);
                        let first = firsts.get(&first).copied().unwrap_or(first);
                        Some(ComponentLine {
                            node_count,
                            first: self.summary(view, first)?,
                        })
                    }
                    (None, _) | (_, None) => None,
                }
            }
        };
        let mut sizes = found.sizes().to_vec();
        let component_count = sizes.len();
        sizes.retain(|&(_, size)| size as usize >= size_min);
        let roots: Vec<NodeIndex> = sizes.iter().map(|(root, _)| *root).collect();
        let firsts = self.firsts(&found, &roots);
        for (first, _) in &mut sizes {
            *first = firsts.get(first).copied().unwrap_or(*first);
        }
        sizes.sort_by_cached_key(|&(first, size)| {
            (std::cmp::Reverse(size), self.order(view, first))
        });
        let truncated = (sizes.len() > limit).then_some(Truncated {
            limit: "lines",
            max: limit as u64,
        });
        sizes.truncate(limit);
        let body = ComponentList {
            components: sizes
                .into_iter()
                .map(|(first, node_count)| {
                    Ok(ComponentLine {
                        node_count,
                        first: self.summary(view, first)?,
                    })
                })
                .collect::<Result<_, QueryError>>()?,
            of_node,
            component_count,
            node_count: view.node_count(),
        };
        Ok(self.answer(body, truncated))
    }

    /// The first node of some components in the order of answers, by the node that names them.
    fn firsts(&self, found: &Components, roots: &[NodeIndex]) -> HashMap<NodeIndex, NodeIndex> {
        let view = self.view();
        let mut firsts: HashMap<NodeIndex, NodeIndex> =
            roots.iter().map(|&root| (root, root)).collect();
        if !view.masks_anything() {
            return firsts;
        }
        let mut keys: HashMap<NodeIndex, NodeOrder> = HashMap::new();
        for node in view.nodes() {
            let Some(root) = found.of(node).filter(|root| firsts.contains_key(root)) else {
                continue;
            };
            let key = self.order(view, node);
            if keys.get(&root).is_none_or(|known| key < *known) {
                keys.insert(root, key);
                firsts.insert(root, node);
            }
        }
        firsts
    }

    /// Finds communities around nodes, and measures who stands between.
    ///
    /// # Errors
    /// [`QueryError::UnknownNode`] if no start is visible; [`QueryError::Invalid`] past a limit; [`QueryError::Deadline`].
    pub fn measures(&self, request: &MeasureRequest) -> Result<Answer<Measures>, QueryError> {
        let view = self.view();
        let reach = Reach {
            hops_max: within(request.hops, 2, HOPS_MAX, "hops")?,
            nodes_max: within(request.limit, NODES_DEFAULT, NODES_MAX, "limit")?,
        };
        let starts: Vec<NodeIndex> = request
            .start
            .iter()
            .filter_map(|id| self.node_at(view, id).ok())
            .collect();
        if starts.is_empty() {
            return Err(QueryError::UnknownNode(request.start.join("`, `")));
        }
        let mut budget = self.budget();
        let order = |node| self.order(view, node);
        let found = ordered_neighbourhood(view, &starts, reach, &mut budget, None, &order)?;
        let truncated = found.cut.map(|cut| match cut {
            Cut::Nodes(max) => Truncated {
                limit: "nodes",
                max: max as u64,
            },
            Cut::Edges(max) => Truncated {
                limit: "edges-examined",
                max,
            },
        });
        let graph = CompactGraph::induced(view, &found.nodes, &mut self.budget())?;
        let body = self.measure(&graph)?;
        Ok(self.answer(body, truncated))
    }

    fn measure(&self, graph: &CompactGraph) -> Result<Measures, QueryError> {
        let view = self.view();
        let budget = self.budget();
        let found = communities(graph, &budget)?;
        let degrees = degrees(graph);
        let between = betweenness(graph, Scale::Normalised, &budget)?;
        let close = harmonic_closeness(graph, Scale::Normalised, &budget)?;
        let rank = page_rank(graph, PageRankOptions::default(), &budget)?;
        let cut: HashSet<usize> = articulation_points(Undirected(graph))
            .into_iter()
            .map(|node| Undirected(graph).to_index(node))
            .collect();
        let nodes = graph
            .originals()
            .iter()
            .enumerate()
            .map(|(local, &node)| {
                let at = |values: &[f64]| values.get(local).copied().unwrap_or(0.0);
                let line = MeasureLine {
                    node: self.summary(view, node)?,
                    community: found.of.get(local).copied().unwrap_or(0),
                    degree: degrees
                        .get(local)
                        .map_or(0, |degree| degree.leaving + degree.entering),
                    betweenness: at(&between),
                    closeness: at(&close),
                    page_rank: at(&rank),
                    cut_node: cut.contains(&local),
                };
                Ok((self.order(view, node), line))
            })
            .collect::<Result<_, QueryError>>()?;
        // Equal measures come in the order of label and identifier.
        let mut nodes: Vec<(NodeOrder, MeasureLine)> = nodes;
        nodes.sort_by(|(one, a), (other, b)| {
            b.betweenness
                .total_cmp(&a.betweenness)
                .then_with(|| one.cmp(other))
        });
        let mut nodes: Vec<MeasureLine> = nodes.into_iter().map(|(_, line)| line).collect();
        // Communities are numbered as they come, since their numbers follow positions.
        let mut numbers: Vec<u32> = Vec::new();
        for line in &mut nodes {
            let known = numbers.iter().position(|&number| number == line.community);
            let place = known.unwrap_or(numbers.len());
            if known.is_none() {
                numbers.push(line.community);
            }
            line.community = u32::try_from(place).unwrap_or(u32::MAX);
        }
        let sizes = numbers
            .iter()
            .map(|&number| found.sizes.get(number as usize));
        Ok(Measures {
            nodes,
            communities: sizes.map(|size| size.copied().unwrap_or(0)).collect(),
            modularity: found.modularity,
            triangles: triangles(graph, &budget)?,
        })
    }
}
