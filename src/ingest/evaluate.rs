//! What rules ask of a record: conditions, keys, values, validity and marking.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::check::masked;
use crate::model::{Level, Marking, PartialDate, PropertyId, Validity, Value};

use super::apply::{Applier, At, Problem};
use super::convert;
use super::mapping::{
    Conditions, KeyRule, MarkingRule, PropertyRule, Setting, Start, ValidityRule, ValueRule, Way,
};
use super::record::{Context, FieldId, FieldTrouble};

impl Applier<'_> {
    pub(super) fn key(&mut self, rule: &KeyRule, at: At<'_>) -> KeyOutcome {
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

    pub(super) fn properties(
        &mut self,
        rules: &[PropertyRule],
        at: At<'_>,
    ) -> Vec<(PropertyId, Value)> {
        let mut properties = Vec::with_capacity(rules.len());
        for rule in rules {
            let Some((text, way)) = self.value(&rule.value, at) else {
                continue;
            };
            let value = convert::value(&text, rule.value_type, rule.check, way.format)
                .and_then(|value| way.within(value));
            match value {
                Ok(Some(value)) => properties.push((rule.id, value)),
                Ok(None) => {}
                Err(reason) => self.problem(way.field(), &text, reason),
            }
        }
        properties
    }

    pub(super) fn validity(&mut self, rule: &ValidityRule, at: At<'_>) -> Validity {
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
                        "not one of the values in `map` or `table`".to_owned(),
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
    pub(super) fn marking(&mut self, rules: &[MarkingRule], at: At<'_>) -> Option<Arc<Marking>> {
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
        let Some(text) = self.way(way, at).map(Cow::into_owned) else {
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

    pub(super) fn trouble(&mut self, field: FieldId, trouble: FieldTrouble) {
        self.problem(Some(field), "", trouble.reason());
    }

    pub(super) fn problem(&mut self, field: Option<FieldId>, value: &str, reason: String) {
        let problem = Problem {
            field: field.map(|id| self.mapping.fields.name(id).to_owned()),
            value: if value.is_empty() {
                String::new()
            } else {
                masked(value)
            },
            reason,
        };
        // A field that is both a key and a property is wrong once.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// What came of a key.
pub(super) enum KeyOutcome {
    Made(String),
    Empty,
    Wrong,
}

impl Way {
    /// Checks a value against the bounds of the rule.
    fn within(&self, value: Option<Value>) -> Result<Option<Value>, String> {
        if self.min.is_none() && self.max.is_none() {
            return Ok(value);
        }
        let number = match &value {
            None => return Ok(None),
            Some(Value::Integer(number)) => *number as f64,
            Some(Value::Decimal(number)) => *number,
            Some(Value::Date(date)) => f64::from(date.first.days()),
            Some(Value::Text(text)) => match text.parse() {
                Ok(number) => number,
                Err(_) => return Err("not a number, so it cannot be in a range".to_owned()),
            },
            Some(Value::Boolean(_)) => return Ok(value),
        };
        if self.min.is_some_and(|min| number < min) || self.max.is_some_and(|max| number > max) {
            return Err("outside the range of `min` and `max`".to_owned());
        }
        Ok(value)
    }

    /// The field that a report names for this way.
    pub(super) fn field(&self) -> Option<FieldId> {
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
pub(super) fn holds(conditions: &Conditions, context: &Context<'_>) -> bool {
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
