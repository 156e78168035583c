//! The only door: one caller, one purpose, one day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use super::limit::{READ_TIME_MAX, ReadLimits};
use super::result::{Answer, AskedState, Truncated};
use crate::authz::{AuthorizedView, Disclosure};
use crate::graph::{ArchiveError, Budget, NodeIndex, ReadGraph, Slot, Stop};
use crate::model::{Day, EdgeId, IdSecret, MaskKey, NodeId, NodeLabelId, PropertyClass, Schema};

/// Why a query gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Missing or hidden. One variant for both: two would tell which hidden nodes exist.
    #[error("unknown node `{0}`: it is not there, or not for you and this purpose")]
    UnknownNode(String),
    /// A request that cannot be met by anyone.
    #[error("{0}")]
    Invalid(String),
    /// It took longer than a read may; a part of the answer would depend on the machine, so there is none.
    #[error("the read took longer than the {} seconds it may: ask for less", READ_TIME_MAX.as_secs())]
    Deadline,
    /// The store could not be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// Makes the view of this session's caller over everything up to the as-of day.
type HistoryMaker = Box<dyn Fn() -> Arc<AuthorizedView> + Send + Sync>;

/// What a session is opened with.
pub struct SessionContext {
    /// The caller's view on the as-of day.
    pub view: Arc<AuthorizedView>,
    /// Makes the same caller's view up to the as-of day, when it is first needed.
    pub history: HistoryMaker,
    /// Name of the purpose.
    pub purpose: String,
    /// The day whose knowledge it is; today's if none.
    pub known_at: Option<Day>,
    /// What pseudonyms are made under: the same within it, different across.
    pub pseudonym_context: String,
    /// The store's secret.
    pub secret: IdSecret,
    /// What one read may examine.
    pub limits: ReadLimits,
    /// The nodes that the case of the read is about, each with what was asked about it. Empty without a case.
    pub asked: BTreeMap<NodeId, AskedState>,
}

/// Reads for one caller, purpose and day.
pub struct Session {
    context: SessionContext,
    history: OnceLock<Arc<AuthorizedView>>,
    shown: Mutex<BTreeMap<String, BTreeSet<String>>>,
    masks: MaskKey,
}

/// See [`Session::order`].
pub(super) type NodeOrder = (NodeLabelId, Option<NodeId>);

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Session")
            .field("purpose", &self.context.purpose)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Opens a session.
    pub fn new(context: SessionContext) -> Self {
        Self {
            masks: context.secret.mask_key(&context.pseudonym_context),
            context,
            history: OnceLock::new(),
            shown: Mutex::default(),
        }
    }

    /// The nodes that answers of this session named so far, by label: for the record of the read.
    pub fn shown(&self) -> BTreeMap<String, BTreeSet<String>> {
        let shown = self.shown.lock();
        shown.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that an answer names a node. Every answer gets its nodes from one place, which calls this.
    pub(super) fn note_shown(&self, label: &str, id: &str) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        match shown.get_mut(label) {
            Some(nodes) => {
                nodes.insert(id.to_owned());
            }
            None => {
                shown.insert(label.to_owned(), BTreeSet::from([id.to_owned()]));
            }
        }
    }

    /// Notes that an answer tells something of a node, where it does not name it.
    pub(crate) fn note_told(&self, view: &AuthorizedView, id: NodeId) {
        if let Some(node) = view.find(id) {
            self.note_shown(&label_name(view, node), &id.to_string());
        }
    }

    /// The view on the as-of day.
    pub(crate) fn view(&self) -> &AuthorizedView {
        &self.context.view
    }

    /// The view of all that holds on the as-of day or held before it.
    pub(crate) fn history(&self) -> &AuthorizedView {
        self.history.get_or_init(|| (self.context.history)())
    }

    /// The purpose of the reads.
    pub fn purpose(&self) -> &str {
        &self.context.purpose
    }

    /// The day whose knowledge is read; today's if none.
    pub fn known_at(&self) -> Option<Day> {
        self.context.known_at
    }

    /// The as-of day.
    pub fn day(&self) -> Day {
        self.view().span().day()
    }

    pub(super) fn schema(&self) -> &Schema {
        self.view().schema()
    }

    /// What was asked under the case of this session about a node that it is about.
    pub(super) fn asked(&self, node: Option<NodeId>) -> Option<AskedState> {
        self.context.asked.get(&node?).cloned()
    }

    pub(crate) fn limits(&self) -> ReadLimits {
        self.context.limits
    }

    pub(super) fn budget(&self) -> Budget {
        Budget::edges(self.limits().edges_examined).until(Instant::now() + READ_TIME_MAX)
    }

    /// Whether a node leaves under a mask: it is there, and who it is may not be read.
    fn is_masked(&self, view: &AuthorizedView, node: NodeIndex) -> bool {
        view.disclosure_by_policy(node) < Disclosure::Full
    }

    /// The identifier that a visible node leaves under.
    pub(super) fn shown_id(&self, view: &AuthorizedView, node: NodeIndex) -> Option<NodeId> {
        let id = view.node_id(node)?;
        Some(if self.is_masked(view, node) {
            self.masks.node(id)
        } else {
            id
        })
    }

    /// The identifier that a visible edge leaves under. That of an edge is made of its ends, so it is masked with either.
    pub(super) fn shown_edge(&self, view: &AuthorizedView, node: NodeIndex, slot: &Slot) -> EdgeId {
        let id = view.edge_id(slot.edge);
        if self.is_masked(view, node) || self.is_masked(view, slot.neighbour) {
            self.masks.edge(id)
        } else {
            id
        }
    }

    /// The order of nodes in answers: by label, then by the identifier that is shown. The order of positions would tell
    /// of the identifiers behind masks.
    pub(super) fn order(&self, view: &AuthorizedView, node: NodeIndex) -> NodeOrder {
        let id = self.shown_id(view, node);
        (view.label(node), id)
    }

    /// Nodes in the order of answers, each once.
    pub(super) fn in_order(
        &self,
        view: &AuthorizedView,
        nodes: impl IntoIterator<Item = NodeIndex>,
    ) -> Vec<NodeIndex> {
        let mut nodes: Vec<NodeIndex> = nodes.into_iter().collect();
        nodes.sort_by_cached_key(|&node| self.order(view, node));
        nodes.dedup();
        nodes
    }

    /// Those slots of a node that are wanted, in the order of answers: by edge label, direction, neighbour and edge.
    pub(super) fn slots_in_order(
        &self,
        view: &AuthorizedView,
        node: NodeIndex,
        wanted: impl Fn(&Slot) -> bool,
    ) -> Vec<Slot> {
        let mut slots: Vec<Slot> = view.slots(node).filter(wanted).collect();
        if !view.masks_anything() {
            // They lie in that order already.
            return slots;
        }
        slots.sort_by_cached_key(|slot| {
            (
                slot.label.0,
                slot.direction,
                self.order(view, slot.neighbour),
                self.shown_edge(view, node, slot),
            )
        });
        slots
    }

    pub(super) fn masks(&self) -> &MaskKey {
        &self.masks
    }

    pub(super) fn pseudonym(&self, node: NodeId) -> String {
        self.context
            .secret
            .pseudonym(&self.context.pseudonym_context, node)
            .to_uppercase()
    }

    /// The visible node with this identifier: its own, or for a masked one that of this context.
    pub(super) fn node_at(&self, view: &AuthorizedView, id: &str) -> Result<NodeIndex, QueryError> {
        let find = |id: NodeId| {
            let open = view.find(id).filter(|&node| !self.is_masked(view, node));
            let masked = view
                .find(self.masks.node_of(id))
                .filter(|&node| self.is_masked(view, node));
            open.or(masked)
        };
        id.parse()
            .ok()
            .and_then(find)
            .ok_or_else(|| QueryError::UnknownNode(id.to_owned()))
    }

    /// Wraps an answer about the as-of day in what it was made under.
    pub(crate) fn answer<T>(&self, body: T, truncated: Option<Truncated>) -> Answer<T> {
        self.answer_under(self.view().digest().to_owned(), body, truncated)
    }

    /// Wraps an answer that tells of days before the as-of day too: its digest covers both views.
    pub(crate) fn answer_over_time<T>(&self, body: T, truncated: Option<Truncated>) -> Answer<T> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.view().digest().as_bytes());
        hasher.update(self.history().digest().as_bytes());
        let digest = hasher.finalize().to_hex();
        self.answer_under(digest.chars().take(16).collect(), body, truncated)
    }

    fn answer_under<T>(
        &self,
        view_digest: String,
        body: T,
        truncated: Option<Truncated>,
    ) -> Answer<T> {
        Answer {
            as_of: self.day().to_string(),
            known_at: self.context.known_at.map(|day| day.to_string()),
            purpose: self.context.purpose.clone(),
            view_digest,
            truncated,
            body,
        }
    }

    /// The identifier of a node by its key, if the caller may see it. For keys in request bodies: a national number
    /// never stands in an address.
    ///
    /// # Errors
    /// [`QueryError::UnknownNode`], the same for missing and hidden, without the key in it. A key of a class that the
    /// caller may not read on that node gives it too: else a BSN could be tried out on masked nodes.
    pub fn find_key(&self, label: &str, key: &str) -> Result<NodeId, QueryError> {
        let unknown = || QueryError::UnknownNode(label.to_owned());
        let id = self.context.secret.node(label, key);
        let node = self.view().find(id).ok_or_else(unknown)?;
        // The class of a key is that of the property with the name of its namespace.
        let class = self
            .schema()
            .node_label(label)
            .zip(key.split_once(':'))
            .and_then(|((_, label), (namespace, _))| label.property(namespace))
            .map_or(PropertyClass::Identifying, |(_, property)| property.class);
        if self.view().disclosure(node) < Disclosure::Full || !self.view().reads(node, class) {
            return Err(unknown());
        }
        self.view().node_id(node).ok_or_else(unknown)
    }
}

impl From<Stop> for QueryError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Deadline => Self::Deadline,
            // A budget of edges is told as a limit where it is reached; what still arrives here is a request too large.
            Stop::Edges(max) => Self::Invalid(format!(
                "the request examines more than {max} edges: ask for fewer hops or name edge labels"
            )),
        }
    }
}

/// Label of a node as text.
pub(super) fn label_name(view: &AuthorizedView, node: NodeIndex) -> String {
    view.schema()
        .node(view.label(node))
        .map_or_else(String::new, |label| label.label.clone())
}
