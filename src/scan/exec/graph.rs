//! The graph that a program sees: one trait, which the view implements.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::ExecError;
use crate::authz::{AuthorizedView, Facts};
use crate::graph::{ArchiveError, Direction, EdgeIndex, NodeIndex, ReadGraph, Slot};
use crate::model::{
    Day, EdgeId, EdgeLabelId, NodeId, NodeLabelId, PartialDate, PropertyId, Validity,
};
use crate::scan::lang::{VALID_FROM, VALID_TO};
use crate::scan::value::{EdgeRef, Value};

/// Which side of edges to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Out,
    In,
    Both,
}

/// A node or an edge.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Element {
    Node(u32),
    Edge(EdgeRef),
}

/// What a program may ask of a graph. Everything that it answers is visible to whom the program runs for.
pub(crate) trait Graph: Sync {
    /// A property's name, looked up once.
    type Key: Send + Sync;

    /// Looks up a label of nodes; `None` is on no node.
    fn node_label(&self, name: &str) -> Option<u32>;
    /// Looks up a label of edges.
    fn edge_label(&self, name: &str) -> Option<u32>;
    /// Looks up a property.
    fn key(&self, name: &str) -> Self::Key;
    /// Nodes, ascending; of one label if one is given.
    fn nodes(&self, label: Option<u32>) -> Vec<u32>;
    /// How many there are.
    fn node_count(&self, label: Option<u32>) -> u64;
    fn has_label(&self, node: u32, label: u32) -> bool;
    /// Labels of a node, by name.
    fn label_names(&self, node: u32) -> Vec<Arc<str>>;
    /// Label of an edge, by name.
    fn type_name(&self, edge: &EdgeRef) -> Arc<str>;
    /// Visits the edges of a node, each once, in a stable order; of some labels if some are given. A loop is one edge.
    fn edges(
        &self,
        node: u32,
        side: Side,
        labels: Option<&[u32]>,
        visit: &mut dyn FnMut(EdgeRef) -> Result<bool, ExecError>,
    ) -> Result<bool, ExecError>;
    /// The value of a property; `null` if there is none or it may not be read.
    fn property(&self, element: Element, key: &Self::Key) -> Result<Value, ExecError>;
    /// All properties. Only graphs without a schema give them.
    fn properties(&self, element: Element) -> Result<BTreeMap<Arc<str>, Value>, ExecError>;
    /// The identifier of an element, as queries write it.
    fn id(&self, element: Element) -> Value;
    /// The node with an identifier.
    fn find(&self, id: &Value) -> Option<u32>;
    /// When an edge holds: each visible statement.
    fn validities(&self, edge: &EdgeRef) -> Vec<Validity>;
    /// Who owns what is said of an element.
    fn owners(&self, element: Element) -> Result<Vec<String>, ExecError>;
    /// Which sources say something of it.
    fn sources(&self, element: Element) -> Result<Vec<String>, ExecError>;
    /// The last day looked at, and the first where there is one.
    fn days(&self) -> (Option<Day>, Day);
}

/// What is known of elements that runs on a view met: each is read from the store once, and kept with the view. Shards, so
/// that threads seldom wait.
struct FactCache {
    shards: Vec<Mutex<HashMap<u64, Arc<Known>>>>,
}

/// Facts as values.
pub(crate) struct Known {
    values: Vec<(PropertyId, Value)>,
    pub owners: Vec<String>,
    pub sources: Vec<String>,
}

/// Where a property stands: among the facts, or in when an edge holds.
enum Place {
    Stated(PropertyId),
    Bound(Value),
    None,
}

const SHARDS: usize = 64;
/// Elements that are kept in all, of all views: some 250 bytes each, so about a gigabyte. Past it each is read anew.
const KEPT_MAX: u64 = 4_000_000;
static KEPT: AtomicU64 = AtomicU64::new(0);

impl Drop for FactCache {
    fn drop(&mut self) {
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            KEPT.fetch_sub(shard.len() as u64, Ordering::Relaxed);
        }
    }
}

impl FactCache {
    fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    fn get(
        &self,
        place: u64,
        read: impl FnOnce() -> Result<Facts, ArchiveError>,
    ) -> Result<Arc<Known>, ExecError> {
        let shard = self.shards.get((place / 2) as usize % SHARDS);
        let Some(shard) = shard else {
            return Ok(Arc::new(Known::new(read()?)));
        };
        let lock = || shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&place) {
            return Ok(Arc::clone(known));
        }
        // Read without the lock: two may read the same, and find the same.
        let known = Arc::new(Known::new(read()?));
        let mut shard = lock();
        if KEPT.load(Ordering::Relaxed) < KEPT_MAX
            && shard.insert(place, Arc::clone(&known)).is_none()
        {
            KEPT.fetch_add(1, Ordering::Relaxed);
        }
        Ok(known)
    }
}

impl Known {
    fn value(&self, place: PropertyId) -> Value {
        let mut values = self.values.iter();
        let found = values.find(|(property, _)| *property == place);
        found.map_or(Value::Null, |(_, value)| value.clone())
    }

    fn new(facts: Facts) -> Self {
        Self {
            values: facts
                .values
                .into_iter()
                .map(|(property, value)| (property, from_model(value)))
                .collect(),
            owners: facts.owners,
            sources: facts.sources,
        }
    }
}

fn from_model(value: crate::model::Value) -> Value {
    use crate::model::Value as Stated;
    match value {
        Stated::Text(text) => Value::Text(Arc::from(text)),
        Stated::Integer(number) => Value::Integer(number),
        Stated::Decimal(number) => Value::Decimal(number),
        Stated::Boolean(flag) => Value::Boolean(flag),
        Stated::Date(date) => Value::Date(date),
    }
}

/// A view as a program sees it.
pub(crate) struct ViewGraph<'v> {
    view: &'v AuthorizedView,
    facts: Arc<FactCache>,
    labels: Vec<Arc<str>>,
    types: Vec<Arc<str>>,
}

/// A property's place under each label.
pub(crate) struct ViewKey {
    nodes: Vec<Option<PropertyId>>,
    edges: Vec<Option<PropertyId>>,
    /// `valid_from` or `valid_to`, where the label has no such property of its own.
    bound: Option<Bound>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    From,
    To,
}

impl<'v> ViewGraph<'v> {
    pub fn new(view: &'v AuthorizedView) -> Self {
        let schema = view.schema();
        Self {
            view,
            facts: view
                .attached(FactCache::new)
                .unwrap_or_else(|| Arc::new(FactCache::new())),
            labels: schema
                .nodes
                .iter()
                .map(|one| Arc::from(one.label.as_str()))
                .collect(),
            types: schema
                .edges
                .iter()
                .map(|one| Arc::from(one.label.as_str()))
                .collect(),
        }
    }

    pub fn node_id(&self, node: u32) -> Option<NodeId> {
        self.view.node_id(NodeIndex(node))
    }

    pub fn edge_id(&self, edge: &EdgeRef) -> EdgeId {
        self.view.edge_id(EdgeIndex(edge.edge))
    }

    fn known(&self, element: Element) -> Result<Arc<Known>, ExecError> {
        let place = match element {
            Element::Node(node) => u64::from(node) * 2,
            Element::Edge(edge) => u64::from(edge.edge) * 2 + 1,
        };
        self.facts.get(place, || self.read(element))
    }

    fn read(&self, element: Element) -> Result<Facts, ArchiveError> {
        match element {
            Element::Node(node) => self.view.node_facts(NodeIndex(node)),
            Element::Edge(edge) => self
                .view
                .edge_facts(EdgeIndex(edge.edge), EdgeLabelId(edge.label as u8)),
        }
    }

    /// What is known of an element, read anew and not kept: for who looks at each once.
    pub fn read_once(&self, element: Element) -> Result<Known, ExecError> {
        Ok(Known::new(self.read(element)?))
    }

    /// As [`Graph::property`], of what is known already.
    pub fn property_of(&self, element: Element, key: &ViewKey, known: &Known) -> Value {
        match self.place(element, key) {
            Place::Stated(place) => known.value(place),
            Place::Bound(bound) => bound,
            Place::None => Value::Null,
        }
    }

    /// Where a property of an element stands.
    fn place(&self, element: Element, key: &ViewKey) -> Place {
        let stated = match element {
            Element::Node(node) => {
                let label = self.view.label(NodeIndex(node)).index();
                key.nodes.get(label).copied().flatten()
            }
            Element::Edge(edge) => {
                let place = key.edges.get(edge.label as usize).copied().flatten();
                if let (None, Some(bound)) = (place, key.bound) {
                    return Place::Bound(hull(&self.validities(&edge), bound));
                }
                place
            }
        };
        stated.map_or(Place::None, Place::Stated)
    }

    /// Walks slots; several statements about one edge are one edge.
    fn walk(
        &self,
        node: u32,
        slots: impl Iterator<Item = Slot>,
        skip_loops: bool,
        visit: &mut dyn FnMut(EdgeRef) -> Result<bool, ExecError>,
    ) -> Result<bool, ExecError> {
        let mut last = None;
        for slot in slots {
            let here = (slot.direction, self.view.edge_id(slot.edge));
            if last == Some(here) {
                continue;
            }
            last = Some(here);
            let inward = slot.direction == Direction::In;
            if skip_loops && inward && slot.neighbour.0 == node {
                continue;
            }
            let (from, to) = if inward {
                (slot.neighbour.0, node)
            } else {
                (node, slot.neighbour.0)
            };
            let edge = EdgeRef {
                edge: slot.edge.0,
                from,
                to,
                label: u32::from(slot.label.0),
            };
            if !visit(edge)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Graph for ViewGraph<'_> {
    type Key = ViewKey;

    fn node_label(&self, name: &str) -> Option<u32> {
        self.view.node_label(name).map(|label| u32::from(label.0))
    }

    fn edge_label(&self, name: &str) -> Option<u32> {
        self.view.edge_label(name).map(|label| u32::from(label.0))
    }

    fn key(&self, name: &str) -> ViewKey {
        let schema = self.view.schema();
        let nodes = schema.nodes.iter();
        let edges = schema.edges.iter();
        ViewKey {
            nodes: nodes
                .map(|node| node.property(name).map(|(id, _)| id))
                .collect(),
            edges: edges
                .map(|edge| edge.property(name).map(|(id, _)| id))
                .collect(),
            bound: match name {
                VALID_FROM => Some(Bound::From),
                VALID_TO => Some(Bound::To),
                _ => None,
            },
        }
    }

    fn nodes(&self, label: Option<u32>) -> Vec<u32> {
        match label {
            None => self.view.nodes().map(|node| node.0).collect(),
            Some(label) => self
                .view
                .nodes_of(NodeLabelId(label as u8))
                .map(|node| node.0)
                .collect(),
        }
    }

    fn node_count(&self, label: Option<u32>) -> u64 {
        match label {
            None => self.view.node_count() as u64,
            Some(label) => self.view.nodes_of(NodeLabelId(label as u8)).count() as u64,
        }
    }

    fn has_label(&self, node: u32, label: u32) -> bool {
        u32::from(self.view.label(NodeIndex(node)).0) == label
    }

    fn label_names(&self, node: u32) -> Vec<Arc<str>> {
        let label = self.view.label(NodeIndex(node)).index();
        self.labels.get(label).cloned().into_iter().collect()
    }

    fn type_name(&self, edge: &EdgeRef) -> Arc<str> {
        let name = self.types.get(edge.label as usize);
        name.cloned().unwrap_or_else(|| Arc::from(""))
    }

    fn edges(
        &self,
        node: u32,
        side: Side,
        labels: Option<&[u32]>,
        visit: &mut dyn FnMut(EdgeRef) -> Result<bool, ExecError>,
    ) -> Result<bool, ExecError> {
        let directions: &[Direction] = match side {
            Side::Out => &[Direction::Out],
            Side::In => &[Direction::In],
            Side::Both => &[Direction::Out, Direction::In],
        };
        let both = side == Side::Both;
        let index = NodeIndex(node);
        let Some(labels) = labels else {
            let slots = self.view.slots(index);
            let slots = slots.filter(|slot| directions.contains(&slot.direction));
            return self.walk(node, slots, both, visit);
        };
        for &label in labels {
            for &direction in directions {
                let slots = self
                    .view
                    .slots_over(index, EdgeLabelId(label as u8), direction);
                if !self.walk(node, slots, both, visit)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn property(&self, element: Element, key: &ViewKey) -> Result<Value, ExecError> {
        Ok(match self.place(element, key) {
            Place::Stated(place) => self.known(element)?.value(place),
            Place::Bound(bound) => bound,
            Place::None => Value::Null,
        })
    }

    fn properties(&self, _: Element) -> Result<BTreeMap<Arc<str>, Value>, ExecError> {
        // The language refuses it; where it slipped through there is nothing to tell.
        Ok(BTreeMap::new())
    }

    fn id(&self, element: Element) -> Value {
        match element {
            Element::Node(node) => self
                .node_id(node)
                .map_or(Value::Null, |id| Value::text(&id.to_string())),
            Element::Edge(edge) => Value::text(&self.edge_id(&edge).to_string()),
        }
    }

    fn find(&self, id: &Value) -> Option<u32> {
        match id {
            Value::Text(text) => self.view.find(text.parse().ok()?).map(|node| node.0),
            _ => None,
        }
    }

    fn validities(&self, edge: &EdgeRef) -> Vec<Validity> {
        self.view.edge_validities(EdgeIndex(edge.edge))
    }

    fn owners(&self, element: Element) -> Result<Vec<String>, ExecError> {
        Ok(self.known(element)?.owners.clone())
    }

    fn sources(&self, element: Element) -> Result<Vec<String>, ExecError> {
        Ok(self.known(element)?.sources.clone())
    }

    fn days(&self) -> (Option<Day>, Day) {
        use crate::model::TimeSpan;
        match self.view.span() {
            TimeSpan::On(day) | TimeSpan::Until(day) => (None, day),
            TimeSpan::Within { from, last } => (Some(from), last),
        }
    }
}

/// From the first begin to the last end of what is said of an edge; open where any of it is.
fn hull(validities: &[Validity], bound: Bound) -> Value {
    let date = |date: Option<PartialDate>| date.map_or(Value::Null, Value::Date);
    match bound {
        Bound::From => {
            let open = validities.iter().any(|one| one.from.is_none());
            let first = validities
                .iter()
                .filter_map(|one| one.from)
                .min_by_key(|from| (from.earliest(), from.latest()));
            date(first.filter(|_| !open))
        }
        Bound::To => {
            let open = validities.iter().any(|one| one.to.is_none());
            let last = validities
                .iter()
                .filter_map(|one| one.to)
                .max_by_key(|to| (to.latest(), to.earliest()));
            date(last.filter(|_| !open))
        }
    }
}
