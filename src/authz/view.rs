//! A snapshot as one caller, for one purpose, on one day, may see it.

mod compare;
mod compile;
mod facts;
mod near;
pub(crate) mod scope;

pub use compare::{Change, ViewDifference};

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use rayon::prelude::*;

use self::compile::{compile_nodes, compile_slots};
use super::decision::{Clearance, Disclosure};
use crate::graph::{
    Archive, ArchiveError, Bits, EdgeIndex, IndexQuery, NodeIndex, ReadGraph, Slot, Snapshot,
};
use crate::model::{
    ClassSet, Delivery, DeliveryId, EdgeId, EdgeLabelId, FindBy, Level, MarkingId, MarkingTable,
    NodeId, NodeLabelId, PropertyClass, PropertyDef, PropertyId, Provenance, Schema, Statement,
    TimeSpan, Validity, Value,
};

pub(crate) use facts::Facts;
pub(crate) use near::Near;

/// A statement as the view shows it: what may not be read is not there.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenStatement {
    /// Properties that may be read, in order of the schema.
    pub properties: Vec<(PropertyId, Value)>,
    /// When it holds.
    pub validity: Validity,
    /// The source that made it.
    pub source: String,
    /// Who owns it, `organisation/department`.
    pub owner: String,
    /// Its level.
    pub level: Level,
    /// How much of it shows.
    pub disclosure: Disclosure,
    /// The rules that let it be seen.
    pub rules: Vec<String>,
    /// Where it was said first.
    pub provenance: Provenance,
    /// Delivery, file and line in order of arrival, to tell which of several was first. Never shown.
    pub(crate) arrival: (u32, u16, u32),
}

/// The only door to the graph.
///
/// One bit per node and one per slot. A slot's bit means: its statement may be seen, it may hold within the time span,
/// and both ends may be seen. So the inner loop of any traversal is one bit test, in the order in which slots lie.
///
/// Time to compile O(n + e) over flat arrays, in parallel; size (n + 2e) / 8 bytes.
pub struct AuthorizedView {
    snapshot: Arc<Snapshot>,
    archive: Arc<dyn Archive>,
    schema: Arc<Schema>,
    markings: Arc<MarkingTable>,
    clearance: Arc<Clearance>,
    span: TimeSpan,
    nodes: Bits,
    slots: Bits,
    /// Nodes that were unmasked in the case that this view is of, ascending.
    unmasked: Vec<NodeIndex>,
    digest: OnceLock<String>,
    edge_labels: OnceLock<Vec<u8>>,
    deliveries: Mutex<HashMap<DeliveryId, Arc<Delivery>>>,
    attached: OnceLock<Arc<dyn Any + Send + Sync>>,
}

/// What a view is compiled from, besides the caller's clearance.
#[derive(Clone)]
pub(crate) struct ViewSource {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) archive: Arc<dyn Archive>,
    pub(crate) schema: Arc<Schema>,
    pub(crate) markings: Arc<MarkingTable>,
}

impl std::fmt::Debug for AuthorizedView {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("AuthorizedView")
            .finish_non_exhaustive()
    }
}

impl AuthorizedView {
    /// Compiles the view of one clearance within one time span.
    pub(crate) fn compile(source: ViewSource, clearance: Arc<Clearance>, span: TimeSpan) -> Self {
        let nodes = compile_nodes(&source.snapshot, &clearance);
        let slots = compile_slots(&source.snapshot, &clearance, span, &nodes);
        Self::with_bits(source, clearance, span, nodes, slots)
    }

    fn with_bits(
        source: ViewSource,
        clearance: Arc<Clearance>,
        span: TimeSpan,
        nodes: Bits,
        slots: Bits,
    ) -> Self {
        Self {
            snapshot: source.snapshot,
            archive: source.archive,
            schema: source.schema,
            markings: source.markings,
            clearance,
            span,
            nodes,
            slots,
            unmasked: Vec::new(),
            digest: OnceLock::new(),
            edge_labels: OnceLock::new(),
            deliveries: Mutex::new(HashMap::new()),
            attached: OnceLock::new(),
        }
    }

    fn source(&self) -> ViewSource {
        ViewSource {
            snapshot: Arc::clone(&self.snapshot),
            archive: Arc::clone(&self.archive),
            schema: Arc::clone(&self.schema),
            markings: Arc::clone(&self.markings),
        }
    }

    /// Number of nodes that this view shows.
    pub fn node_count(&self) -> usize {
        self.nodes.count()
    }

    /// What a reader keeps beside this view, as long as the view is kept: made at first use. One kind of thing only.
    pub(crate) fn attached<T: Any + Send + Sync>(
        &self,
        make: impl FnOnce() -> T,
    ) -> Option<Arc<T>> {
        let kept = self.attached.get_or_init(|| Arc::new(make()));
        Arc::clone(kept).downcast().ok()
    }

    /// The time span that this view looks at.
    pub fn span(&self) -> TimeSpan {
        self.span
    }

    /// The labels that data may have. Public: it says nothing of what there is.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Digest of which nodes and edges the view shows, how much of each, and when edges hold. It moves when one of these
    /// does, and only then, so that two answers can be compared; the store's revision would move with hidden data too.
    /// What is said of nodes and edges is not in it: the ETag of an answer is a digest of its words.
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| self.compute_digest())
    }

    /// Bytes that the view holds besides the snapshot that it shares.
    pub fn bytes(&self) -> usize {
        self.nodes.bytes() + self.slots.bytes()
    }

    /// The node with this identifier; `None` if it is missing or hidden.
    pub(crate) fn find(&self, id: NodeId) -> Option<NodeIndex> {
        self.snapshot.find(id).filter(|&node| self.contains(node))
    }

    /// Identifier of a visible node.
    pub(crate) fn node_id(&self, node: NodeIndex) -> Option<NodeId> {
        self.contains(node).then(|| self.snapshot.node_id(node))
    }

    /// Identifiers of all keys that lead to a visible node, its own first; empty for a hidden one. For what a mandate keeps:
    /// a reader who does not see the aliases finds several nodes by them.
    pub(crate) fn keys_of(&self, node: NodeIndex) -> Vec<NodeId> {
        if self.contains(node) {
            self.snapshot.part_ids(node)
        } else {
            Vec::new()
        }
    }

    /// How much of a node shows: the most that any of its statements lets show.
    pub(crate) fn disclosure(&self, node: NodeIndex) -> Disclosure {
        if self.unmasked.contains(&node) && self.reads(node, PropertyClass::Identifying) {
            return Disclosure::Full;
        }
        self.disclosure_by_policy(node)
    }

    /// How much of a node shows, whatever was unmasked: what identifiers follow, so that they stay the same in a case.
    pub(crate) fn disclosure_by_policy(&self, node: NodeIndex) -> Disclosure {
        let markings = self.snapshot.node_markings(node);
        markings
            .iter()
            .map(|&marking| self.clearance.disclosure(MarkingId(marking)))
            .max()
            .unwrap_or(Disclosure::Hidden)
    }

    /// The classes that may be read of what is said of a node under a marking.
    fn classes_of(&self, node: NodeIndex, marking: MarkingId) -> Option<ClassSet> {
        if self.unmasked.contains(&node) {
            self.clearance.unmasked_classes(marking)
        } else {
            self.clearance.classes(marking)
        }
    }

    /// Whether the caller may see that something is there without seeing who it is, of anything.
    pub(crate) fn masks_anything(&self) -> bool {
        let mut markings = self.markings.iter();
        markings.any(|(marking, _)| self.clearance.disclosure(marking) == Disclosure::Masked)
    }

    /// Whether any statement about a node lets properties of this class be read.
    pub(crate) fn reads(&self, node: NodeIndex, class: PropertyClass) -> bool {
        let markings = self.snapshot.node_markings(node).iter();
        markings
            .filter_map(|&marking| self.classes_of(node, MarkingId(marking)))
            .any(|classes| classes.contains(class))
    }

    /// What sources say of a visible node, within the time span; empty for a hidden one.
    pub(crate) fn node_statements(
        &self,
        node: NodeIndex,
    ) -> Result<Vec<SeenStatement>, ArchiveError> {
        if !self.contains(node) {
            return Ok(Vec::new());
        }
        let Some(label) = self.schema.node(self.snapshot.label(node)) else {
            return Ok(Vec::new());
        };
        let mut seen = Vec::new();
        for key in self.snapshot.part_ids(node) {
            for statement in self.archive.node_statements(key)? {
                seen.extend(self.show(
                    self.classes_of(node, statement.marking),
                    statement,
                    &label.properties,
                )?);
            }
        }
        Ok(ordered(seen, &label.properties))
    }

    /// The keys of a visible node, each with what sources say under it; ascending by key.
    pub(crate) fn parts(
        &self,
        node: NodeIndex,
    ) -> Result<Vec<(NodeId, Vec<SeenStatement>)>, ArchiveError> {
        let label = self.schema.node(self.snapshot.label(node));
        let Some(label) = label.filter(|_| self.contains(node)) else {
            return Ok(Vec::new());
        };
        let mut keys = self.snapshot.part_ids(node);
        keys.sort_unstable();
        keys.into_iter()
            .map(|key| {
                let mut seen = Vec::new();
                for statement in self.archive.node_statements(key)? {
                    seen.extend(self.show(
                        self.classes_of(node, statement.marking),
                        statement,
                        &label.properties,
                    )?);
                }
                Ok((key, seen))
            })
            .collect()
    }

    /// The position of a node label, if its name is public (in the municipal schema) or the view shows such a node.
    /// A label that only hidden data brought is as one that is not there.
    pub(crate) fn node_label(&self, name: &str) -> Option<NodeLabelId> {
        let (id, _) = self.schema.node_label(name)?;
        (Schema::is_municipal_node(name) || self.shows_label(id)).then_some(id)
    }

    /// The position of an edge label, as [`Self::node_label`].
    pub(crate) fn edge_label(&self, name: &str) -> Option<EdgeLabelId> {
        let (id, _) = self.schema.edge_label(name)?;
        let shown = self.edge_labels.get_or_init(|| {
            let kinds = &self.snapshot.arrays().slot_kinds;
            let mut shown = Vec::new();
            for position in self.slots.ones(0, self.slots.len()) {
                if let Some(label) = kinds.get(position).map(|kind| kind >> 1)
                    && !shown.contains(&label)
                {
                    shown.push(label);
                }
            }
            shown
        });
        (Schema::is_municipal_edge(name) || shown.contains(&id.0)).then_some(id)
    }

    fn shows_label(&self, label: NodeLabelId) -> bool {
        self.nodes_of(label).next().is_some()
    }

    /// What sources say of a visible edge, within the time span. The slot proves that the edge is visible.
    pub(crate) fn edge_statements(&self, slot: &Slot) -> Result<Vec<SeenStatement>, ArchiveError> {
        let Some(label) = self.schema.edge(slot.label) else {
            return Ok(Vec::new());
        };
        let mut seen = Vec::new();
        for statement in self
            .archive
            .edge_statements(self.snapshot.edge_id(slot.edge))?
        {
            seen.extend(self.show(
                self.clearance.classes(statement.marking),
                statement,
                &label.properties,
            )?);
        }
        Ok(ordered(seen, &label.properties))
    }

    /// Visits visible nodes that the index of names proposes, once per (token, key), in that order. Only entries that
    /// readable properties of visible statements made are read: their number is a function of the view.
    /// A caller must still find the token in what [`Self::node_statements`] shows on the day.
    pub(crate) fn propose(
        &self,
        kind: FindBy,
        prefix: &str,
        from: Option<(&str, NodeId)>,
        visit: &mut dyn FnMut(&str, NodeId, NodeIndex) -> Result<bool, ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let mut readable = Vec::new();
        for (marking, _) in self.markings.iter() {
            let classes = self.clearance.classes(marking).unwrap_or_default();
            let of_marking = PropertyClass::ALL.into_iter();
            readable.extend(
                of_marking
                    .filter(|&class| classes.contains(class))
                    .map(|class| (marking, class)),
            );
        }
        let query = IndexQuery {
            kind,
            prefix,
            from,
            readable: &readable,
        };
        self.archive
            .find(query, &mut |token, key| match self.find(key) {
                Some(node) => visit(token, key, node),
                None => Ok(true),
            })
    }

    /// Drops what may not be seen; `None` where nothing is left to tell of.
    fn show(
        &self,
        classes: Option<ClassSet>,
        statement: Statement,
        properties: &[PropertyDef],
    ) -> Result<Option<SeenStatement>, ArchiveError> {
        let Some(classes) = classes else {
            return Ok(None);
        };
        let Some(marking) = self.markings.get(statement.marking) else {
            return Ok(None);
        };
        if !statement.validity.may_hold(self.span) {
            return Ok(None);
        }
        let delivery = self.delivery(statement.delivery)?;
        let readable = |&(property, _): &(PropertyId, Value)| {
            properties
                .get(property.index())
                .is_some_and(|definition| classes.contains(definition.class))
        };
        Ok(Some(SeenStatement {
            properties: statement.properties.into_iter().filter(readable).collect(),
            validity: statement.validity,
            source: marking.source.clone(),
            owner: format!("{}/{}", marking.organisation, marking.department),
            level: marking.level,
            disclosure: if classes.contains(PropertyClass::Identifying) {
                Disclosure::Full
            } else {
                Disclosure::Masked
            },
            rules: self.clearance.rules(statement.marking).to_vec(),
            arrival: (statement.delivery.0, statement.file, statement.line),
            provenance: Provenance {
                file: delivery
                    .files
                    .get(usize::from(statement.file))
                    .cloned()
                    .unwrap_or_default(),
                line: statement.line,
                delivery,
            },
        }))
    }

    fn delivery(&self, id: DeliveryId) -> Result<Arc<Delivery>, ArchiveError> {
        let mut known = self
            .deliveries
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(delivery) = known.get(&id) {
            return Ok(Arc::clone(delivery));
        }
        let delivery = self.archive.delivery(id)?;
        known.insert(id, Arc::clone(&delivery));
        Ok(delivery)
    }

    fn compute_digest(&self) -> String {
        let node_count = self.snapshot.node_count();
        let arrays = self.snapshot.arrays();
        // Sums do not depend on order, so neither on threads.
        let nodes = (0..node_count)
            .into_par_iter()
            .filter(|&node| self.nodes.get(node))
            .map(|node| {
                let node = NodeIndex(node as u32);
                mix(
                    self.snapshot.node_id(node).bits(),
                    self.disclosure(node) as u64,
                )
            })
            .reduce(|| 0, u64::wrapping_add);
        let edges = (0..self.snapshot.slot_count())
            .into_par_iter()
            .filter(|&position| {
                self.slots.get(position)
                    && arrays
                        .slot_kinds
                        .get(position)
                        .is_some_and(|kind| kind & 1 == 0)
            })
            .filter_map(|position| self.snapshot.slot(position))
            .map(|slot| {
                let (from, to) = self.snapshot.edge_validity(slot.edge).pack();
                let interval = (u64::from(from as u32) << 32) | u64::from(to as u32);
                mix(self.snapshot.edge_id(slot.edge).bits(), interval)
            })
            .reduce(|| 0, u64::wrapping_add);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&nodes.to_be_bytes());
        hasher.update(&edges.to_be_bytes());
        hasher
            .finalize()
            .to_hex()
            .as_str()
            .chars()
            .take(16)
            .collect()
    }
}

/// Newest first, then by source, then by all that is seen. Statements that show the same are one line, that of the first
/// to say it: whether they differ in what may not be read must not show in their number. Nor is any tie left to the order
/// of the archive, which follows digests of hidden properties too.
fn ordered(statements: Vec<SeenStatement>, definitions: &[PropertyDef]) -> Vec<SeenStatement> {
    let mut told: Vec<(String, SeenStatement)> = statements
        .into_iter()
        .map(|statement| {
            let SeenStatement {
                properties,
                validity,
                source,
                owner,
                level,
                disclosure,
                rules,
                provenance: _,
                arrival: _,
            } = &statement;
            // By name: the place of a property moves with properties that hidden deliveries brought.
            let named: Vec<(Option<&str>, &Value)> = properties
                .iter()
                .map(|(property, value)| {
                    let definition = definitions.get(property.index());
                    (definition.map(|one| one.name.as_str()), value)
                })
                .collect();
            let shown = (named, validity, source, owner, level, disclosure, rules);
            (format!("{shown:?}"), statement)
        })
        .collect();
    told.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.arrival.cmp(&other.arrival)));
    told.dedup_by(|later, first| later.0 == first.0);
    let begin = |statement: &SeenStatement| statement.validity.from.map(|from| from.earliest());
    told.sort_by(|(a, one), (b, other)| {
        begin(other)
            .cmp(&begin(one))
            .then_with(|| one.source.cmp(&other.source))
            .then_with(|| a.cmp(b))
    });
    told.into_iter().map(|(_, statement)| statement).collect()
}

/// Mixes two words into one that looks random (the finalizer of SplitMix64, Steele et al. 2014, twice).
fn mix(one: u64, two: u64) -> u64 {
    let finalize = |mut word: u64| {
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    };
    finalize(
        finalize(one)
            .wrapping_add(two)
            .wrapping_add(0x9e37_79b9_7f4a_7c15),
    )
}

impl ReadGraph for AuthorizedView {
    fn node_bound(&self) -> usize {
        self.snapshot.node_count()
    }

    #[inline]
    fn contains(&self, node: NodeIndex) -> bool {
        self.nodes.get(node.index())
    }

    fn nodes(&self) -> impl Iterator<Item = NodeIndex> + '_ {
        self.nodes
            .ones(0, self.nodes.len())
            .map(|position| NodeIndex(position as u32))
    }

    fn slots(&self, node: NodeIndex) -> impl Iterator<Item = Slot> + '_ {
        // INVARIANT (a hidden start is a missing node): its slots' bits are never set, so it has no slots.
        let (start, end) = self.snapshot.slot_range(node);
        self.slots
            .ones(start, end)
            .filter_map(|position| self.snapshot.slot(position))
    }

    #[inline]
    fn neighbours(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        let (start, end) = self.snapshot.slot_range(node);
        self.slots
            .ones(start, end)
            .map(|position| self.snapshot.slot_neighbour(position))
    }

    fn label(&self, node: NodeIndex) -> NodeLabelId {
        self.snapshot.label(node)
    }

    fn edge_id(&self, edge: EdgeIndex) -> EdgeId {
        self.snapshot.edge_id(edge)
    }

    fn validity(&self, edge: EdgeIndex) -> Validity {
        self.snapshot.edge_validity(edge)
    }
}
