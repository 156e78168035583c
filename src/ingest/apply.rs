//! Runs the rules of a source file on one record.
//!
//! INVARIANT (records are atomic): the sayings of a record are all made before any leaves, and one problem is enough
//! for none to leave.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value as Tree;

use crate::model::{Marking, NodeLabelId};

use super::evaluate::{KeyOutcome, holds};
use super::mapping::{AliasRule, EdgeRule, Mapping, NodeRule, RuleSet};
use super::record::{Body, Context, Record};
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
    pub(super) mapping: &'m Mapping,
    /// Column of each field in the file at hand.
    pub columns: Vec<Option<usize>>,
    /// Position of the file at hand.
    pub file: u16,
    /// Rule sets that run on the file at hand, by position.
    pub running: Vec<usize>,
    /// Markings other than that of the source, so that equal ones are one.
    pub(super) markings: HashMap<Marking, Arc<Marking>>,
    /// What the record at hand says.
    pub sayings: Vec<Saying>,
    /// What is wrong with the record at hand.
    pub problems: Vec<Problem>,
    /// Nodes of the record at hand that had no key and need none, by [`NodeRule::number`].
    pub skipped: Vec<usize>,
    ends: Vec<Option<String>>,
    /// Identity of the record at hand, for the rule set at hand.
    identity: Option<Arc<str>>,
}

/// Where a rule stands: the line and what it looks at.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub context: Context<'a>,
    line: u32,
}

impl<'m> Applier<'m> {
    pub(crate) fn new(mapping: &'m Mapping) -> Self {
        Self {
            mapping,
            columns: Vec::new(),
            file: 0,
            running: Vec::new(),
            markings: HashMap::new(),
            sayings: Vec::new(),
            problems: Vec::new(),
            skipped: Vec::new(),
            ends: Vec::new(),
            identity: None,
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
        let running = std::mem::take(&mut self.running);
        let outcome = self.run_rule_sets(record, context, &running);
        self.running = running;
        outcome
    }

    fn run_rule_sets(
        &mut self,
        record: &Record<'_>,
        context: Context<'_>,
        running: &[usize],
    ) -> Outcome {
        let rule_sets = &self.mapping.rule_sets;
        let applying = || {
            running
                .iter()
                .filter_map(|&position| rule_sets.get(position))
                .filter(|rule_set| rule_set.runs_on_kinds(record.kinds))
        };
        for rule_set in applying() {
            if let Some(reason) = &rule_set.set_aside
                && holds(&rule_set.when, &context)
            {
                return Outcome::SetAside(reason.clone());
            }
        }
        let mut has_run = false;
        for rule_set in applying() {
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
        self.identity = None;
        if let Some(template) = &rule_set.identity {
            match template.fill(&at.context) {
                Ok(Some(text)) => self.identity = Some(text.into()),
                Ok(None) => {
                    let reason = "no identity: its fields are empty".to_owned();
                    self.problem(template.first_field(), "", reason);
                    return true;
                }
                Err((field, trouble)) => {
                    self.trouble(field, trouble);
                    return true;
                }
            }
            // A record that says nothing takes back what it said.
            self.say(Said::Nothing, at, &marking);
        }
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
            record: self.identity.clone(),
        });
    }
}
