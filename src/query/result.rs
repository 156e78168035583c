//! Shapes of answers. They are what the API sends, field by field.

use serde::Serialize;
use utoipa::ToSchema;

use crate::authz::{Disclosure, SeenStatement};
use crate::graph::Direction;
use crate::model::{Day, Level, PropertyDef, TimeSpan};

/// An answer with what it was made under.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Answer<T> {
    /// The day the answer is about.
    #[schema(value_type = String, format = Date)]
    pub as_of: String,
    /// The day whose knowledge it is made of, where another than today's was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub known_at: Option<String>,
    /// The purpose of the read.
    pub purpose: String,
    /// Digest of which nodes and edges the caller may see on that day, and of an answer that tells of earlier days too, up
    /// to it: equal digests, equal sight. What is said of them is in the ETag, not here.
    pub view_digest: String,
    /// Why the answer is not whole; null if it is.
    pub truncated: Option<Truncated>,
    /// The answer itself.
    #[serde(flatten)]
    pub body: T,
}

/// Why an answer is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Truncated {
    /// What there was more of than the limit: `nodes`, `edges`, `lines`, or, where the search itself was cut,
    /// `edges-examined` or `entries-examined`.
    #[schema(value_type = String)]
    pub limit: &'static str,
    /// The limit.
    pub max: u64,
}

/// Whether it was asked, under the case that is read under, if others are busy here, and what was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AskedState {
    /// `not-asked`, `none-filed`, `contact` or `hold`.
    #[schema(value_type = String)]
    pub answer: &'static str,
    /// Number of the receipt.
    pub receipt: Option<String>,
    /// When it was asked.
    #[schema(format = Date)]
    pub asked_on: Option<String>,
    /// How far your side has come, where you were told of another: `open`, `contacted`, `settled`.
    #[schema(value_type = Option<String>)]
    pub state: Option<&'static str>,
}

impl AskedState {
    /// That it was not asked yet.
    pub const NOT_ASKED: Self = Self {
        answer: "not-asked",
        receipt: None,
        asked_on: None,
        state: None,
    };
}

/// A node in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeSummary {
    /// Its identifier.
    pub id: String,
    /// Its label.
    pub label: String,
    /// What it is called: a property that may be read, or a pseudonym.
    pub name: String,
    /// How much of it shows: `masked` or `full`.
    #[schema(value_type = String)]
    pub disclosure: Disclosure,
}

/// Where a statement comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The source.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Who owns what it says, `organisation/department`.
    pub owner: String,
    /// Confidentiality of what it says.
    pub level: String,
    /// The delivery.
    pub delivery: String,
    /// When it was loaded.
    #[schema(value_type = String, format = DateTime)]
    pub loaded_at: String,
    /// File of the delivery.
    pub file: String,
    /// Line in the file.
    pub line: u32,
}

/// What one source says of an element.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatementLine {
    /// Properties that may be read, by name.
    #[schema(value_type = Object)]
    pub properties: serde_json::Map<String, serde_json::Value>,
    /// When it holds.
    pub validity: Interval,
    /// Where it comes from.
    pub source: Source,
    /// How much of it shows: `masked` or `full`.
    #[schema(value_type = String)]
    pub disclosure: Disclosure,
    /// Why it is visible: the rules of the policy that let it through.
    pub visible_by: Vec<String>,
}

/// From a first day up to, but not on, a last. Only the known part of a date is written: `2020`, `2020-05`, `?`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// First day; null is 'always was'.
    pub from: Option<String>,
    /// First day after; null is 'still is'.
    pub to: Option<String>,
    /// Whether it holds on the as-of day: `yes`, `no`, or `maybe` where dates are partly unknown.
    #[schema(value_type = String)]
    pub holds: &'static str,
}

impl Interval {
    /// Writes a validity as seen on a day.
    pub(crate) fn new(validity: crate::model::Validity, day: Day) -> Self {
        let holds = if validity.surely_holds(day) {
            "yes"
        } else if validity.may_hold(TimeSpan::On(day)) {
            "maybe"
        } else {
            "no"
        };
        Self {
            from: validity.from.map(|date| date.to_string()),
            to: validity.to.map(|date| date.to_string()),
            holds,
        }
    }
}

impl StatementLine {
    /// Writes a statement as seen on a day, its properties named as the label's definitions name them.
    pub(crate) fn new(statement: SeenStatement, definitions: &[PropertyDef], day: Day) -> Self {
        let properties = statement
            .properties
            .iter()
            .filter_map(|(property, value)| {
                let definition = definitions.get(property.index())?;
                Some((definition.name.clone(), value.to_json()))
            })
            .collect();
        Self {
            properties,
            validity: Interval::new(statement.validity, day),
            source: Source {
                name: statement.source,
                title: statement.provenance.delivery.title.clone(),
                owner: statement.owner,
                level: statement.level.name().to_owned(),
                delivery: statement.provenance.delivery.name.clone(),
                loaded_at: statement.provenance.delivery.loaded_at.clone(),
                file: statement.provenance.file,
                line: statement.provenance.line,
            },
            disclosure: statement.disclosure,
            visible_by: statement.rules,
        }
    }
}

/// A node with everything that sources say of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeAnswer {
    /// The node.
    pub node: NodeSummary,
    /// What sources say.
    pub statements: Vec<StatementLine>,
}

/// How many neighbours of one kind there are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NeighbourCount {
    /// Label of the edges.
    pub edge_label: String,
    /// Whether they leave (`out`) or enter (`in`) the node.
    #[schema(value_type = String)]
    pub direction: Direction,
    /// Label of the neighbours.
    pub node_label: String,
    /// How many edges.
    pub edges: usize,
    /// How many different neighbours.
    pub nodes: usize,
}

/// What an expansion of a node would bring, before it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NeighbourPreview {
    /// The node.
    pub node: NodeSummary,
    /// Counts, ordered by edge label, direction and node label of the schema.
    pub counts: Vec<NeighbourCount>,
    /// Different neighbours in all.
    pub neighbour_count: usize,
}

/// One edge to a neighbour, with what sources say of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NeighbourLine {
    /// Identifier of the edge.
    pub edge_id: String,
    /// Label of the edge.
    pub edge_label: String,
    /// Whether it leaves (`out`) or enters (`in`) the node.
    #[schema(value_type = String)]
    pub direction: Direction,
    /// The neighbour.
    pub node: NodeSummary,
    /// What sources say of the edge.
    pub statements: Vec<StatementLine>,
}

/// A page of neighbours.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NeighbourPage {
    /// The node.
    pub node: NodeSummary,
    /// Its edges, ordered by edge label, direction and neighbour.
    pub neighbours: Vec<NeighbourLine>,
    /// Where the next page begins; null on the last.
    pub next: Option<String>,
}

/// A node of a subgraph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubgraphNode {
    /// The node.
    #[serde(flatten)]
    pub node: NodeSummary,
    /// Edges from the nearest start.
    pub hops: usize,
    /// When it happened, of what happens on a day, such as a signal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub date: Option<String>,
    /// Highest confidentiality of what shows of it.
    #[schema(value_type = String)]
    pub level: Level,
}

/// An edge of a subgraph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EdgeSummary {
    /// Its identifier.
    pub id: String,
    /// Its label.
    pub label: String,
    /// Identifier of the node it starts at.
    pub from: String,
    /// Identifier of the node it ends at.
    pub to: String,
    /// When it holds, one per different statement.
    pub intervals: Vec<Interval>,
    /// Highest confidentiality of the statements that show it.
    #[schema(value_type = String)]
    pub level: Level,
}

impl EdgeSummary {
    /// Takes in when another visible statement of the same edge holds.
    pub(super) fn also(&mut self, interval: Interval) {
        if !self.intervals.contains(&interval) {
            self.intervals.push(interval);
        }
    }
}

/// Nodes, and every edge among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Subgraph {
    /// The nodes: nearest first, then by label and identifier.
    pub nodes: Vec<SubgraphNode>,
    /// The edges among them.
    pub edges: Vec<EdgeSummary>,
    /// Visible edges examined.
    pub edges_examined: u64,
}
