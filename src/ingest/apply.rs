//! Runs the rules of a source file on one record.
//!
//! INVARIANT (records are atomic): the sayings of a record are all made before any leaves, and one problem is enough
//! for none to leave.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value as Tree;

use crate::model::check::masked;
use crate::model::{Level, Marking, NodeLabelId, PartialDate, PropertyId, Validity, Value};

use super::convert;
use super::mapping::{
    AliasRule, Conditions, EdgeRule, KeyRule, Mapping, MarkingRule, NodeRule, PropertyRule,
    RuleSet, Setting, Start, ValidityRule, ValueRule, Way,
};
use super::record::{Body, Context, FieldId, FieldTrouble, Record};
use super::{Said, Saying};

/// Sayings that one record may make. A register's record makes a few dozen; a list without end in one record is an
/// attack on memory.
pub(crate) const SAYINGS_PER_RECORD_MAX: usize = 100_000;

/// One thing that is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The field, as the rule spells it.
    pub field: Option<String>,
    /// The offending value, masked; empty if there is none.
    pub value: String,
    /// What is wrong.
    pub reason: String,
}

/// What came of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its sayings stand ready.
    Said,
    /// A rule says that it is not to be loaded, or no rule applies.
    SetAside(String),
    /// It is wrong.
    Refused,
}

/// The state of running rules, used again for each record.
pub(crate) struct Applier<'m> {
    mapping: &'m Mapping,
    /// Column of each field in the file at hand.
    pub columns: Vec<Option<usize>>,
    /// Position of the file at hand.
    pub file: u16,
    markings: HashMap<Marking, Arc<Marking>>,
    /// What the record at hand says.
    pub sayings: Vec<Saying>,
    /// What is wrong with the record at hand.
    pub problems: Vec<Problem>,
    /// Nodes of the record at hand that had no key and need none, by [`NodeRule::number`].
    pub skipped: Vec<usize>,
    ends: Vec<Option<String>>,
}

/// Where a rule stands: the line and what it looks at.
#[derive(Clone, Copy)]
struct At<'a> {
    context: Context<'a>,
    line: u32,
}

impl<'m> Applier<'m> {
    pub(crate) fn new(mapping: &'m Mapping) -> Self {
        Self {
            mapping,
            columns: Vec::new(),
            file: 0,
            markings: HashMap::new(),
            sayings: Vec::new(),
            problems: Vec::new(),
            skipped: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Runs all rules on a record. What it says stands in `sayings` then, what is wrong in `problems`.
    pub(crate) fn apply(&mut self, record: &Record<'_>) -> Outcome {
        self.sayings.clear();
        self.problems.clear();
        self.skipped.clear();
        let columns = std::mem::take(&mut self.columns);
        let outcome = self.run(record, &columns);
        self.columns = columns;
        outcome
    }

    fn run(&mut self, record: &Record<'_>, columns: &[Option<usize>]) -> Outcome {
        let mapping = self.mapping;
        let context = Context {
            fields: &mapping.fields,
            columns,
            body: record.body,
            item: None,
            item_before: None,
        };
        let applies = |rule_set: &&RuleSet| {
            rule_set.kinds.is_empty()
                || record
                    .kind
                    .is_some_and(|kind| rule_set.kinds.iter().any(|one| one == kind))
        };
        for rule_set in mapping.rule_sets.iter().filter(applies) {
            if let Some(reason) = &rule_set.set_aside
                && holds(&rule_set.when, &context)
            {
                return Outcome::SetAside(reason.clone());
            }
        }
        let mut has_run = false;
        for rule_set in mapping.rule_sets.iter().filter(applies) {
            if rule_set.set_aside.is_none() {
                has_run |= self.run_rule_set(rule_set, record, context);
            }
        }
        if !self.problems.is_empty() {
            return Outcome::Refused;
        }
        if !has_run {
            return Outcome::SetAside("no rule of the source file applies to it".to_owned());
        }
        Outcome::Said
    }

    /// Runs a rule set on the record or on the items of its list; says whether it applied.
    fn run_rule_set(
        &mut self,
        rule_set: &RuleSet,
        record: &Record<'_>,
        context: Context<'_>,
    ) -> bool {
        let Some(path) = &rule_set.each else {
            let at = At {
                context,
                line: record.line,
            };
            return self.run_once(rule_set, at);
        };
        let Body::Tree(tree) = record.body else {
            return false;
        };
        let items: &[Tree] = match path.find(tree) {
            None | Some(Tree::Null) => return false,
            Some(Tree::Array(items)) => items,
            // What is written as a list when there are two is often no list when there is one.
            Some(single) => std::slice::from_ref(single),
        };
        let mut has_run = false;
        let mut item_before = None;
        for item in items {
            let at = At {
                context: Context {
                    item: Some(item),
                    item_before,
                    ..context
                },
                line: record.line,
            };
            has_run |= self.run_once(rule_set, at);
            item_before = Some(item);
        }
        has_run
    }

    fn run_once(&mut self, rule_set: &RuleSet, at: At<'_>) -> bool {
        if !holds(&rule_set.when, &at.context) {
            return false;
        }
        if self.sayings.len() > SAYINGS_PER_RECORD_MAX {
            self.problem(
                None,
                "",
                format!("says more than the limit of {SAYINGS_PER_RECORD_MAX}"),
            );
            return true;
        }
        let Some(marking) = self.marking(&rule_set.markings, at) else {
            return true;
        };
        self.ends.clear();
        for node in &rule_set.nodes {
            let end = self.node(node, at, &marking);
            self.ends.push(end);
        }
        for edge in &rule_set.edges {
            self.edge(edge, rule_set, at, &marking);
        }
        for alias in &rule_set.aliases {
            self.alias(alias, at, &marking);
        }
        true
    }

    /// Makes the saying of a node, and returns its key for the edges; `None` if there is no node here.
    fn node(&mut self, rule: &NodeRule, at: At<'_>, marking: &Arc<Marking>) -> Option<String> {
        if !holds(&rule.when, &at.context) {
            return None;
        }
        let mut key = None;
        for key_rule in &rule.keys {
            match self.key(key_rule, at) {
                KeyOutcome::Made(text) => {
                    key = Some(text);
                    break;
                }
                KeyOutcome::Empty => {}
                KeyOutcome::Wrong => return None,
            }
        }
        let Some(key) = key else {
            if rule.optional {
                self.skipped.push(rule.number);
            } else {
                let name = self.mapping.node_rule_names.get(rule.number);
                let reason = format!(
                    "no key: the fields of all its keys are empty ({})",
                    name.map_or("", String::as_str)
                );
                let first = rule.keys.first().and_then(|key| key.template.first_field());
                self.problem(first, "", reason);
            }
            return None;
        };
        if !rule.mention {
            let properties = self.properties(&rule.properties, at);
            let validity = self.validity(&rule.validity, at);
            self.say(
                Said::Node {
                    label: rule.label,
                    key: key.clone(),
                    properties,
                    validity,
                },
                at,
                marking,
            );
        }
        Some(key)
    }

    fn edge(&mut self, rule: &EdgeRule, rule_set: &RuleSet, at: At<'_>, marking: &Arc<Marking>) {
        if !holds(&rule.when, &at.context) {
            return;
        }
        let (Some(from), Some(to)) = (self.end(rule.from, rule_set), self.end(rule.to, rule_set))
        else {
            return;
        };
        let validity = self.validity(&rule.validity, at);
        let discriminator = match &rule.key {
            Some(template) => match template.fill(&at.context) {
                Ok(text) => text.unwrap_or_default(),
                Err((field, trouble)) => {
                    self.trouble(field, trouble);
                    return;
                }
            },
            None => validity
                .from
                .map(|from| from.to_string())
                .unwrap_or_default(),
        };
        let properties = self.properties(&rule.properties, at);
        self.say(
            Said::Edge {
                label: rule.label,
                from,
                to,
                discriminator,
                properties,
                validity,
            },
            at,
            marking,
        );
    }

    fn end(&self, position: usize, rule_set: &RuleSet) -> Option<(NodeLabelId, String)> {
        let label = rule_set.nodes.get(position)?.label;
        Some((label, self.ends.get(position)?.clone()?))
    }

    fn alias(&mut self, rule: &AliasRule, at: At<'_>, marking: &Arc<Marking>) {
        if !holds(&rule.when, &at.context) {
            return;
        }
        let KeyOutcome::Made(from) = self.key(&rule.from, at) else {
            return;
        };
        let KeyOutcome::Made(to) = self.key(&rule.to, at) else {
            return;
        };
        if from == to {
            return;
        }
        let validity = self.validity(&rule.validity, at);
        self.say(
            Said::Alias {
                label: rule.label,
                from,
                to,
                validity,
            },
            at,
            marking,
        );
    }

    fn say(&mut self, said: Said, at: At<'_>, marking: &Arc<Marking>) {
        self.sayings.push(Saying {
            said,
            marking: Arc::clone(marking),
            file: self.file,
            line: at.line,
        });
    }

    fn key(&mut self, rule: &KeyRule, at: At<'_>) -> KeyOutcome {
        let text = match rule.template.fill(&at.context) {
            Ok(Some(text)) => text,
            Ok(None) => return KeyOutcome::Empty,
            Err((field, trouble)) => {
                self.trouble(field, trouble);
                return KeyOutcome::Wrong;
            }
        };
        // All sources must come to the same key for one house, whatever they write it like.
        let checked = match rule.namespace.as_str() {
            "postcode" => convert::postcode_key(&text),
            _ => convert::checked(&text, rule.check),
        };
        match checked {
            Ok(value) => KeyOutcome::Made(format!("{}:{value}", rule.namespace)),
            Err(reason) => {
                self.problem(rule.template.first_field(), &text, reason);
                KeyOutcome::Wrong
            }
        }
    }

    fn properties(&mut self, rules: &[PropertyRule], at: At<'_>) -> Vec<(PropertyId, Value)> {
        let mut properties = Vec::with_capacity(rules.len());
        for rule in rules {
            let Some((text, way)) = self.value(&rule.value, at) else {
                continue;
            };
            match convert::value(&text, rule.value_type, rule.check, way.format) {
                Ok(Some(value)) => properties.push((rule.id, value)),
                Ok(None) => {}
                Err(reason) => self.problem(way.field(), &text, reason),
            }
        }
        properties
    }

    fn validity(&mut self, rule: &ValidityRule, at: At<'_>) -> Validity {
        let validity = Validity {
            from: self.date(rule.from.as_ref(), at),
            to: self.date(rule.to.as_ref(), at),
        };
        if !validity.is_ordered() {
            let field = rule
                .to
                .as_ref()
                .and_then(|to| to.ways.first())
                .and_then(Way::field);
            self.problem(field, "", "the end lies before the beginning".to_owned());
        }
        validity
    }

    fn date(&mut self, rule: Option<&ValueRule>, at: At<'_>) -> Option<PartialDate> {
        let (text, way) = self.value(rule?, at)?;
        match PartialDate::parse(&text, way.format) {
            Ok(date) => date,
            Err(error) => {
                self.problem(way.field(), &text, error.to_string());
                None
            }
        }
    }

    /// The value of the first way that gives one, with that way.
    fn value<'r, 'a>(&mut self, rule: &'r ValueRule, at: At<'a>) -> Option<(Cow<'a, str>, &'r Way)>
    where
        'r: 'a,
    {
        rule.ways
            .iter()
            .find_map(|way| self.way(way, at).map(|text| (text, way)))
    }

    fn way<'a>(&mut self, way: &'a Way, at: At<'a>) -> Option<Cow<'a, str>> {
        let start = match &way.start {
            Start::Field(field) => at.context.text(*field).map_err(|trouble| (*field, trouble)),
            Start::Joined(field, between) => at
                .context
                .texts(*field)
                .map(|texts| (!texts.is_empty()).then(|| Cow::Owned(texts.join(between))))
                .map_err(|trouble| (*field, trouble)),
            Start::Template(template) => {
                template.fill(&at.context).map(|text| text.map(Cow::Owned))
            }
            Start::Fixed(text) => Ok(Some(Cow::Borrowed(text.as_str()))),
        };
        let text = match start {
            Ok(text) => text?,
            Err((field, trouble)) => {
                self.trouble(field, trouble);
                return None;
            }
        };
        if way.not.contains(text.as_ref()) {
            return None;
        }
        let text = match &way.map {
            None => text,
            Some(map) => match map.get(text.as_ref()).or(way.other.as_ref()) {
                Some(mapped) => Cow::Borrowed(mapped.as_str()),
                None => {
                    self.problem(
                        way.field(),
                        &text,
                        "not one of the values in `map`".to_owned(),
                    );
                    return None;
                }
            },
        };
        let length = text.chars().count();
        if length < way.pad {
            return Some(Cow::Owned(format!(
                "{}{text}",
                "0".repeat(way.pad - length)
            )));
        }
        Some(text)
    }

    /// The marking under which a rule set speaks: that of the source, with the exceptions that hold laid over it.
    fn marking(&mut self, rules: &[MarkingRule], at: At<'_>) -> Option<Arc<Marking>> {
        let mut marking = Cow::Borrowed(self.mapping.marking.as_ref());
        for rule in rules {
            if !holds(&rule.when, &at.context) {
                continue;
            }
            let changed = marking.to_mut();
            // A setting whose field is empty leaves the marking as it was.
            if let Some(setting) = &rule.organisation
                && let Some(organisation) = self.setting(setting, at, Ok)?
            {
                changed.organisation = organisation;
            }
            if let Some(setting) = &rule.department
                && let Some(department) = self.setting(setting, at, Ok)?
            {
                changed.department = department;
            }
            if let Some(setting) = &rule.level
                && let Some(level) = self.setting(setting, at, |name| {
                    Level::parse(&name).ok_or_else(|| "not a level of confidentiality".to_owned())
                })?
            {
                changed.level = level;
            }
            if let Some(setting) = &rule.purposes
                && let Some(purposes) =
                    self.setting(setting, at, |list| Ok(comma_separated(&list)))?
            {
                changed.purposes = purposes;
            }
        }
        let changed = match marking {
            Cow::Borrowed(_) => return Some(Arc::clone(&self.mapping.marking)),
            Cow::Owned(changed) => changed,
        };
        if let Some(known) = self.markings.get(&changed) {
            return Some(Arc::clone(known));
        }
        let shared = Arc::new(changed.clone());
        self.markings.insert(changed, Arc::clone(&shared));
        Some(shared)
    }

    /// A setting of a marking; the outer `None` is a problem, the inner one an empty field.
    fn setting<T: Clone>(
        &mut self,
        setting: &Setting<T>,
        at: At<'_>,
        read: impl Fn(String) -> Result<T, String>,
    ) -> Option<Option<T>> {
        let way = match setting {
            Setting::Fixed(made) => return Some(Some(made.clone())),
            Setting::Rule(way) => way,
        };
        let problems_before = self.problems.len();
        let at_way = At {
            context: at.context,
            line: at.line,
        };
        let Some(text) = self.setting_text(way, at_way) else {
            return (self.problems.len() == problems_before).then_some(None);
        };
        match read(text.clone()) {
            Ok(made) => Some(Some(made)),
            Err(reason) => {
                self.problem(way.field(), &text, reason);
                None
            }
        }
    }

    fn setting_text(&mut self, way: &Way, at: At<'_>) -> Option<String> {
        self.way(way, at).map(Cow::into_owned)
    }

    fn trouble(&mut self, field: FieldId, trouble: FieldTrouble) {
        self.problem(Some(field), "", trouble.reason());
    }

    fn problem(&mut self, field: Option<FieldId>, value: &str, reason: String) {
        self.problems.push(Problem {
            field: field.map(|id| self.mapping.fields.name(id).to_owned()),
            value: if value.is_empty() {
                String::new()
            } else {
                masked(value)
            },
            reason,
        });
    }
}

/// What came of a key.
enum KeyOutcome {
    Made(String),
    Empty,
    Wrong,
}

impl Way {
    /// The field that a report names for this way.
    fn field(&self) -> Option<FieldId> {
        match &self.start {
            Start::Field(field) | Start::Joined(field, _) => Some(*field),
            Start::Template(template) => template.first_field(),
            Start::Fixed(_) => None,
        }
    }
}

fn comma_separated(list: &str) -> BTreeSet<String> {
    list.split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether all conditions hold. A field that cannot be read as a text counts as filled and has no value.
fn holds(conditions: &Conditions, context: &Context<'_>) -> bool {
    conditions.0.iter().all(|condition| {
        let is_filled = context.is_filled(condition.field);
        if !is_filled {
            return condition.empty;
        }
        if condition.any_filled {
            return true;
        }
        match context.text(condition.field) {
            Ok(Some(text)) => condition.values.contains(text.as_ref()),
            Ok(None) => condition.empty,
            Err(_) => false,
        }
    })
}
