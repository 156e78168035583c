//! The rules of a source file, resolved against the schema and ready to run.
//!
//! INVARIANT (rules are resolved): every label, property, namespace and end of an edge that a [`Mapping`] names is in
//! the schema it was made with. `apply` relies on it and looks nothing up by name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::check::Check;
use crate::model::{DateFormat, EdgeLabelId, Level, Marking, NodeLabelId, PropertyId, ValueType};

use super::record::{FieldId, Fields, Path};
use super::template::Template;

/// How a value is got: the first way that gives one.
#[derive(Debug, Clone)]
pub(crate) struct ValueRule {
    pub ways: Vec<Way>,
}

/// Where a value starts from.
#[derive(Debug, Clone)]
pub(crate) enum Start {
    Field(FieldId),
    /// All values of a list, with a text between them.
    Joined(FieldId, String),
    Template(Template),
    Fixed(String),
}

/// One way to get a value.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    pub start: Start,
    pub not: BTreeSet<String>,
    pub map: Option<HashMap<String, String>>,
    pub other: Option<String>,
    pub pad: usize,
    pub format: DateFormat,
    /// Smallest and largest value; dates by their days.
    pub min: Option<f64>,
    pub max: Option<f64>,
}

/// Whether a rule runs: every field has one of its values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions(pub Vec<Condition>);

/// Values that a field may have.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub field: FieldId,
    pub any_filled: bool,
    pub empty: bool,
    pub values: BTreeSet<String>,
}

/// When a statement holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct ValidityRule {
    pub from: Option<ValueRule>,
    pub to: Option<ValueRule>,
}

/// A property and its value.
#[derive(Debug, Clone)]
pub(crate) struct PropertyRule {
    pub id: PropertyId,
    pub value_type: ValueType,
    pub check: Option<Check>,
    pub value: ValueRule,
}

/// A key `namespace:value`.
#[derive(Debug, Clone)]
pub(crate) struct KeyRule {
    pub namespace: String,
    pub check: Option<Check>,
    pub template: Template,
}

/// A node that a record speaks of.
#[derive(Debug, Clone)]
pub(crate) struct NodeRule {
    /// Position among all node rules of the source file, for counting.
    pub number: usize,
    pub label: NodeLabelId,
    pub keys: Vec<KeyRule>,
    pub mention: bool,
    pub optional: bool,
    pub when: Conditions,
    pub validity: ValidityRule,
    pub properties: Vec<PropertyRule>,
}

/// An edge between two nodes of the same rule set.
#[derive(Debug, Clone)]
pub(crate) struct EdgeRule {
    pub label: EdgeLabelId,
    /// Position in [`RuleSet::nodes`].
    pub from: usize,
    pub to: usize,
    pub key: Option<Template>,
    pub when: Conditions,
    pub validity: ValidityRule,
    pub properties: Vec<PropertyRule>,
}

/// Two keys of one thing.
#[derive(Debug, Clone)]
pub(crate) struct AliasRule {
    pub label: NodeLabelId,
    pub from: KeyRule,
    pub to: KeyRule,
    pub when: Conditions,
    pub validity: ValidityRule,
}

/// One setting of a marking.
#[derive(Debug, Clone)]
pub(crate) enum Setting<T> {
    Fixed(T),
    Rule(Way),
}

/// An exception to the marking of the source.
#[derive(Debug, Clone)]
pub(crate) struct MarkingRule {
    pub when: Conditions,
    pub organisation: Option<Setting<String>>,
    pub department: Option<Setting<String>>,
    pub level: Option<Setting<Level>>,
    pub purposes: Option<Setting<BTreeSet<String>>>,
}

/// Rules that run together on a record, or on each item of a list in it.
#[derive(Debug, Clone)]
pub(crate) struct RuleSet {
    pub kinds: Vec<String>,
    /// Files that it runs on, by their names without directories; empty: all.
    pub files: Vec<glob::Pattern>,
    /// Fields that its rules name.
    pub fields: Vec<FieldId>,
    pub each: Option<Path>,
    pub when: Conditions,
    /// Why records that meet `when` are not loaded.
    pub set_aside: Option<String>,
    /// What tells a record from the others of its source, across deliveries.
    pub identity: Option<Template>,
    pub markings: Vec<MarkingRule>,
    pub nodes: Vec<NodeRule>,
    pub edges: Vec<EdgeRule>,
    pub aliases: Vec<AliasRule>,
}

impl RuleSet {
    /// Whether it runs on the records of a file. Of a member of an archive its own name counts.
    pub(crate) fn runs_on_file(&self, name: &str) -> bool {
        let own = name.rsplit(['!', '/']).next().unwrap_or(name);
        self.files.is_empty() || self.files.iter().any(|pattern| pattern.matches(own))
    }

    /// Whether it runs on records of these kinds.
    pub(crate) fn runs_on_kinds(&self, kinds: &[&str]) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|one| kinds.contains(&one.as_str()))
    }
}

/// All rules of a source file.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    pub fields: Fields,
    pub marking: Arc<Marking>,
    pub rule_sets: Vec<RuleSet>,
    /// What reports call each node rule, by [`NodeRule::number`].
    pub node_rule_names: Vec<String>,
    /// Labels by position, for counting.
    pub node_labels: Vec<String>,
    pub edge_labels: Vec<String>,
}

impl Mapping {
    /// The empty count of each label.
    pub(crate) fn named_counts(names: &[String], counts: &[u64]) -> BTreeMap<String, u64> {
        names
            .iter()
            .zip(counts)
            .filter(|&(_, &count)| count > 0)
            .map(|(name, &count)| (name.clone(), count))
            .collect()
    }
}
