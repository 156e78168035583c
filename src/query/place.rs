//! Where nodes lie: features for a map.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::limit::{PLACE_CELLS_MAX, PLACES_MAX};
use super::neighbourhood::LabelSet;
use super::result::{Answer, NodeSummary, Truncated};
use super::session::{QueryError, Session};
use crate::authz::AuthorizedView;
use crate::graph::{NodeIndex, ReadGraph};
use crate::model::{DegreeBox, Degrees, FindBy, Rings, Shape, Value, cells, lies_in};

/// What is to be put on the map: given nodes, or what lies in a box. One of both.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlaceRequest {
    /// Identifiers of nodes, at most 2000. Those that are unknown, or lie nowhere, are left out.
    #[serde(default)]
    pub nodes: Vec<String>,
    /// West, south, east and north, in degrees. At most some two kilometres each way.
    #[serde(default, rename = "box")]
    #[schema(value_type = Option<Vec<f64>>, min_items = 4, max_items = 4)]
    pub within: Option<DegreeBox>,
    /// Only nodes with these labels, of a box. Empty: all.
    #[serde(default)]
    pub node_labels: Vec<String>,
}

/// Where the ground of a map is wanted.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroundRequest {
    /// West, south, east and north, in degrees. At most some two kilometres each way.
    #[serde(rename = "box")]
    #[schema(value_type = Vec<f64>, min_items = 4, max_items = 4)]
    pub within: DegreeBox,
}

/// Nodes on a map: a collection of features as RFC 7946 (GeoJSON) has it, longitude and latitude on WGS 84.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlaceCollection {
    /// `FeatureCollection`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// The nodes, in order of label and identifier.
    pub features: Vec<PlaceFeature>,
}

/// A node on a map.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlaceFeature {
    /// `Feature`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// Where it lies.
    #[schema(value_type = Object)]
    pub geometry: Geometry,
    /// What it is.
    pub properties: Placed,
}

/// The ground of a map, in the same form.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GroundCollection {
    /// `FeatureCollection`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// Outlines, in an order of their own.
    pub features: Vec<GroundFeature>,
}

/// An outline of the ground.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GroundFeature {
    /// `Feature`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// Where it lies.
    #[schema(value_type = Object)]
    pub geometry: Geometry,
    /// Nothing: a map on paper has no names on its houses.
    pub properties: Ground,
}

/// A geometry of GeoJSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", content = "coordinates")]
pub enum Geometry {
    /// A place without an outline.
    Point(Degrees),
    /// An outline and its holes.
    Polygon(Rings),
    /// Several of these.
    MultiPolygon(Vec<Rings>),
}

/// A node on the map.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Placed {
    /// The node.
    #[serde(flatten)]
    pub node: NodeSummary,
    /// Longitude and latitude of its middle.
    #[schema(value_type = Vec<f64>)]
    pub middle: Degrees,
}

/// What the ground says of a feature: nothing. A map on paper has no names on its houses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ground {}

const COLLECTION: &str = "FeatureCollection";
const FEATURE: &str = "Feature";

/// Most nodes that places are asked for at once: as many as lie on a chart.
const NODES_ASKED_MAX: usize = 2_000;

/// Nodes, and where they lie.
type Lying = Vec<(NodeIndex, Shape)>;

impl Session {
    /// Returns where nodes lie, with what they are called. Of several shapes that sources say of one node the one that began
    /// last counts, as in patterns.
    ///
    /// Cost: O(nodes) for given nodes; for a box, the entries of the index that lie in its cells.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] where neither nodes nor a box are named, or both, or too many; for what is no box, or one too
    /// large; for an unknown label; and for a box with another day's knowledge, since the index is of today.
    pub fn places(&self, request: &PlaceRequest) -> Result<Answer<PlaceCollection>, QueryError> {
        let view = self.view();
        let labels = self.node_labels(&request.node_labels)?;
        let (found, truncated) = match request.within {
            Some(within) if request.nodes.is_empty() => self.lying_in(within, labels)?,
            None if !request.nodes.is_empty() => (self.lying(&request.nodes)?, None),
            Some(_) | None => {
                return Err(QueryError::Invalid(
                    "name either `nodes` or a `box`".to_owned(),
                ));
            }
        };
        let features = found
            .into_iter()
            .map(|(node, shape)| {
                let properties = Placed {
                    node: self.summary(view, node)?,
                    middle: shape.middle,
                };
                Ok(PlaceFeature {
                    kind: FEATURE,
                    geometry: geometry(shape),
                    properties,
                })
            })
            .collect::<Result<Vec<_>, QueryError>>()?;
        let body = PlaceCollection {
            kind: COLLECTION,
            features,
        };
        Ok(self.answer(body, truncated))
    }

    /// Returns the outlines of buildings in a box, and not which buildings they are: the ground that a map is drawn on. It
    /// names no node, so the record of the read names none.
    ///
    /// # Errors
    /// As [`Self::places`] of a box.
    pub fn ground(&self, request: &GroundRequest) -> Result<Answer<GroundCollection>, QueryError> {
        let buildings = self.node_labels(&["Building".to_owned()])?;
        let (found, truncated) = self.lying_in(request.within, buildings)?;
        let mut features: Vec<_> = found
            .into_iter()
            .filter(|(_, shape)| !shape.polygons.is_empty())
            .map(|(_, shape)| GroundFeature {
                kind: FEATURE,
                geometry: geometry(shape),
                properties: Ground {},
            })
            .collect();
        // By what they are: the order of identifiers would tell which is which.
        features.sort_by_cached_key(|one| serde_json::to_string(&one.geometry).unwrap_or_default());
        let body = GroundCollection {
            kind: COLLECTION,
            features,
        };
        Ok(self.answer(body, truncated))
    }

    fn lying(&self, ids: &[String]) -> Result<Lying, QueryError> {
        if ids.len() > NODES_ASKED_MAX {
            return Err(QueryError::Invalid(format!(
                "at most {NODES_ASKED_MAX} nodes at once"
            )));
        }
        let view = self.view();
        let named = ids.iter().filter_map(|id| self.node_at(view, id).ok());
        let nodes = self.in_order(view, named);
        let mut found = Vec::new();
        for node in nodes {
            if let Some(shape) = shape_of(view, node)? {
                found.push((node, shape));
            }
        }
        Ok(found)
    }

    /// Visible nodes whose middle lies in a box. More than [`PLACES_MAX`] are none at all: a map with holes would lie.
    fn lying_in(
        &self,
        within: DegreeBox,
        labels: Option<LabelSet>,
    ) -> Result<(Lying, Option<Truncated>), QueryError> {
        if self.known_at().is_some() {
            let reason = "a box is looked through as it is known today: ask without `knownAt`, or name nodes";
            return Err(QueryError::Invalid(reason.to_owned()));
        }
        let cells = cells(within, PLACE_CELLS_MAX).ok_or_else(|| {
            QueryError::Invalid(format!(
                "`box` is west, south, east and north in degrees, and touches at most {PLACE_CELLS_MAX} cells of 0.002 by 0.001 degrees"
            ))
        })?;
        let view = self.view();
        let budget = self.budget();
        let mut nodes = Vec::new();
        for cell in &cells {
            budget.check_deadline()?;
            view.propose(FindBy::Place, cell, None, &mut |_, _, node| {
                if labels.is_none_or(|labels| labels.contains_node(view, node)) {
                    nodes.push(node);
                }
                Ok(true)
            })?;
        }
        let mut found = Vec::new();
        for node in self.in_order(view, nodes) {
            budget.check_deadline()?;
            let shape = shape_of(view, node)?.filter(|shape| lies_in(shape.middle, within));
            found.extend(shape.map(|shape| (node, shape)));
            if found.len() > PLACES_MAX {
                let truncated = Truncated {
                    limit: "nodes",
                    max: PLACES_MAX as u64,
                };
                return Ok((Vec::new(), Some(truncated)));
            }
        }
        Ok((found, None))
    }
}

/// Where a node lies: what its property that is found by place says.
fn shape_of(view: &AuthorizedView, node: NodeIndex) -> Result<Option<Shape>, QueryError> {
    let Some(label) = view.schema().node(view.label(node)) else {
        return Ok(None);
    };
    if !label
        .properties
        .iter()
        .any(|one| one.find == Some(FindBy::Place))
    {
        return Ok(None);
    }
    let facts = view.node_facts(node)?;
    Ok(facts.values.iter().find_map(|(property, value)| {
        let definition = label.properties.get(property.index())?;
        match value {
            Value::Text(text) if definition.find == Some(FindBy::Place) => Shape::parse(text),
            _ => None,
        }
    }))
}

fn geometry(shape: Shape) -> Geometry {
    let Shape {
        mut polygons,
        middle,
    } = shape;
    match (polygons.pop(), polygons.is_empty()) {
        (None, _) => Geometry::Point(middle),
        (Some(only), true) => Geometry::Polygon(only),
        (Some(last), false) => {
            polygons.push(last);
            Geometry::MultiPolygon(polygons)
        }
    }
}
