//! The policy: Cedar rules, checked when read, compiled into a [`Clearance`] per caller and purpose.
//!
//! # Design notes
//! * A Cedar decision takes some tens of microseconds, an edge nanoseconds: rules are evaluated over the few hundred
//!   markings, never over elements.
//! * Rules only permit. A `forbid` rule is refused when the file is read: with it, a rule that fails to load would
//!   open what it was to close. What no rule permits is hidden, and so is what a failed evaluation did not permit.
//! * Reading includes seeing: `read` without `see` gives nothing, whatever the rules say.

use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};
use miette::Diagnostic;

use super::decision::{Clearance, Grant};
use super::{Principal, Purpose};
use crate::model::{ClassSet, Marking, MarkingTable, PropertyClass};

/// Says what is wrong with a policy file.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A rule that is not Cedar, or speaks of what the schema does not have.
    #[error("{file}:{line}:{column}: {message}")]
    Rule {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong, and what to do.
        message: String,
    },
    /// The engine's own schema does not load. A defect of this program.
    #[error("the policy schema that is built in does not load: {0}")]
    Schema(String),
}

/// Why a clearance could not be made. The caller then sees nothing.
#[derive(Debug, thiserror::Error)]
#[error("the policy could not be evaluated: {0}")]
pub struct EvaluationError(String);

/// The rules in force.
#[derive(Debug, Clone)]
pub struct Policy {
    rules: PolicySet,
    schema: Schema,
    digest: String,
}

impl Policy {
    /// Reads and checks a policy text; `file` is named in messages.
    ///
    /// # Errors
    /// [`PolicyError::Rule`] for the first rule that is wrong, with file, line and column.
    pub fn parse(file: &str, text: &str) -> Result<Self, PolicyError> {
        let (schema, _) = Schema::from_cedarschema_str(include_str!("verband.cedarschema"))
            .map_err(|error| PolicyError::Schema(error.to_string()))?;
        let rules = PolicySet::from_str(text)
            .map_err(|error| at(file, text, offset_of(&error), describe(&error)))?;
        for rule in rules.policies() {
            if rule.effect() == Effect::Forbid {
                let offset = text.find("forbid").unwrap_or(0);
                return Err(at(
                    file,
                    text,
                    offset,
                    "rules only permit; take out `forbid` and narrow the rule that permits too much".to_owned(),
                ));
            }
        }
        let result = Validator::new(schema.clone()).validate(&rules, ValidationMode::Strict);
        if let Some(error) = result.validation_errors().next() {
            return Err(at(file, text, offset_of(error), describe(error)));
        }
        Ok(Self {
            rules,
            schema,
            digest: blake3::hash(text.as_bytes())
                .to_hex()
                .as_str()
                .chars()
                .take(16)
                .collect(),
        })
    }

    /// Digest of the policy text, for records of decisions.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Evaluates the rules for one caller and purpose over all markings.
    ///
    /// One decision to see, and one per property class for what may be seen: at most 8 per marking.
    ///
    /// # Errors
    /// [`EvaluationError`] if a request cannot be put to the rules at all; a rule that fails is as if it were not there.
    pub fn clearance(
        &self,
        caller: &Principal,
        purpose: &Purpose,
        markings: &MarkingTable,
    ) -> Result<Clearance, EvaluationError> {
        let asker = uid("Caller", &caller.id)?;
        let caller_entity = Entity::new(
            asker.clone(),
            [
                ("organisation", text(&caller.organisation)),
                ("department", text(&caller.department)),
                ("roles", set(caller.roles.iter())),
                (
                    "clearance",
                    RestrictedExpression::new_long(caller.clearance.rank().into()),
                ),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
            std::collections::HashSet::new(),
        )
        .map_err(failed)?;
        let session = Session {
            policy: self,
            asker,
            purpose,
            see: uid("Action", "see")?,
            read: uid("Action", "read")?,
            authorizer: Authorizer::new(),
        };
        let grants: Result<Vec<Grant>, EvaluationError> = markings
            .iter()
            .map(|(_, marking)| session.grant(&caller_entity, marking))
            .collect();
        grants.map(Clearance::new)
    }
}

/// What stays the same over the decisions for one caller and purpose.
struct Session<'a> {
    policy: &'a Policy,
    asker: EntityUid,
    purpose: &'a Purpose,
    see: EntityUid,
    read: EntityUid,
    authorizer: Authorizer,
}

impl Session<'_> {
    fn grant(&self, caller: &Entity, marking: &Marking) -> Result<Grant, EvaluationError> {
        let resource = uid("Statements", "marked")?;
        let statements = Entity::new(
            resource.clone(),
            [
                ("organisation", text(&marking.organisation)),
                ("department", text(&marking.department)),
                (
                    "level",
                    RestrictedExpression::new_long(marking.level.rank().into()),
                ),
                ("source", text(&marking.source)),
                ("purposes", set(marking.purposes.iter())),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
            std::collections::HashSet::new(),
        )
        .map_err(failed)?;
        let entities =
            Entities::from_entities([caller.clone(), statements], None).map_err(failed)?;
        let Some(rules) = self.decide(&self.see, &resource, None, &entities)? else {
            return Ok(Grant::default());
        };
        let mut classes = ClassSet::EMPTY;
        for class in PropertyClass::ALL {
            if self
                .decide(&self.read, &resource, Some(class), &entities)?
                .is_some()
            {
                classes.insert(class);
            }
        }
        Ok(Grant {
            classes: Some(self.purpose.narrow(classes)),
            rules,
        })
    }

    /// The names of the rules that permit, or `None` if none does.
    fn decide(
        &self,
        action: &EntityUid,
        resource: &EntityUid,
        class: Option<PropertyClass>,
        entities: &Entities,
    ) -> Result<Option<Vec<String>>, EvaluationError> {
        let mut pairs = vec![("purpose".to_owned(), text(&self.purpose.id))];
        if let Some(class) = class {
            pairs.push(("class".to_owned(), text(class.name())));
        }
        let context = Context::from_pairs(pairs).map_err(failed)?;
        let request = Request::new(
            self.asker.clone(),
            action.clone(),
            resource.clone(),
            context,
            Some(&self.policy.schema),
        )
        .map_err(failed)?;
        let response = self
            .authorizer
            .is_authorized(&request, &self.policy.rules, entities);
        match response.decision() {
            Decision::Deny => Ok(None),
            Decision::Allow => {
                let mut rules: Vec<String> = response
                    .diagnostics()
                    .reason()
                    .map(|id| {
                        let name = self.policy.rules.annotation(id, "id");
                        name.map_or_else(|| id.to_string(), str::to_owned)
                    })
                    .collect();
                rules.sort();
                Ok(Some(rules))
            }
        }
    }
}

fn uid(entity_type: &str, id: &str) -> Result<EntityUid, EvaluationError> {
    let name = EntityTypeName::from_str(&format!("Verband::{entity_type}")).map_err(failed)?;
    Ok(EntityUid::from_type_name_and_id(name, EntityId::new(id)))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

fn set<'a>(values: impl Iterator<Item = &'a String>) -> RestrictedExpression {
    RestrictedExpression::new_set(values.map(|value| text(value)))
}

fn failed(error: impl std::fmt::Display) -> EvaluationError {
    EvaluationError(error.to_string())
}

fn offset_of(error: &dyn Diagnostic) -> usize {
    error
        .labels()
        .and_then(|mut labels| labels.next())
        .map_or(0, |label| label.offset())
}

fn describe(error: &dyn Diagnostic) -> String {
    match error.help() {
        Some(help) => format!("{error} ({help})"),
        None => error.to_string(),
    }
}

fn at(file: &str, text: &str, offset: usize, message: String) -> PolicyError {
    let before = text.get(..offset).unwrap_or_default();
    PolicyError::Rule {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before.chars().rev().take_while(|&c| c != '\n').count() + 1,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Level;

    fn message(text: &str) -> String {
        Policy::parse("rules.cedar", text).unwrap_err().to_string()
    }

    fn caller() -> Principal {
        Principal {
            id: "a".into(),
            name: "A".into(),
            organisation: "gemeente".into(),
            department: "wonen".into(),
            roles: Default::default(),
            clearance: Level::Intern,
        }
    }

    fn purpose() -> Purpose {
        Purpose {
            id: "woonfraude".into(),
            ..Purpose::default()
        }
    }

    fn table() -> MarkingTable {
        let mut table = MarkingTable::default();
        for (department, level) in [
            ("wonen", Level::Intern),
            ("wonen", Level::Geheim),
            ("zorg", Level::Intern),
        ] {
            table
                .intern(&Marking {
                    organisation: "gemeente".into(),
                    department: department.into(),
                    level,
                    source: "s".into(),
                    purposes: ["woonfraude".to_owned()].into(),
                })
                .unwrap();
        }
        table
    }

    #[test]
    fn a_typing_error_is_told_with_its_place() {
        let text = "permit (principal, action, resource)\nwhen { resource.levle <= 1 };";
        let told = message(text);
        assert!(told.starts_with("rules.cedar:2:8: "), "{told}");
        assert!(told.contains("levle"), "{told}");
        let broken = message("permit (principal, action, resource\nwhen { true };");
        assert!(broken.starts_with("rules.cedar:2:"), "{broken}");
    }

    #[test]
    fn a_rule_that_forbids_is_refused() {
        let told =
            message("permit (principal, action, resource);\nforbid (principal, action, resource);");
        assert!(
            told.starts_with("rules.cedar:2:1: rules only permit"),
            "{told}"
        );
    }

    #[test]
    fn without_rules_all_is_hidden() {
        let policy = Policy::parse("p", "").unwrap();
        let clearance = policy.clearance(&caller(), &purpose(), &table()).unwrap();
        for (id, _) in table().iter() {
            assert_eq!(clearance.classes(id), None);
        }
    }

    #[test]
    fn rules_are_compiled_per_marking_and_class() {
        let policy = Policy::parse(
            "p",
            "@id(\"own\") permit (principal, action, resource) when {\n\
             resource.department == principal.department && resource.level <= principal.clearance\n\
             && resource.purposes.contains(context.purpose) }\n\
             unless { context has class && context.class == \"national_number\" };",
        );
        // `context has class` differs per action, which strict validation accepts.
        let policy = policy.unwrap();
        let clearance = policy.clearance(&caller(), &purpose(), &table()).unwrap();
        let mut ids = table()
            .iter()
            .map(|(id, _)| id)
            .collect::<Vec<_>>()
            .into_iter();
        let (own, secret, other) = (
            ids.next().unwrap(),
            ids.next().unwrap(),
            ids.next().unwrap(),
        );
        let classes = clearance.classes(own).unwrap();
        assert!(classes.contains(PropertyClass::Identifying));
        assert!(!classes.contains(PropertyClass::NationalNumber));
        assert_eq!(clearance.rules(own), ["own"]);
        assert_eq!(clearance.classes(secret), None);
        assert_eq!(clearance.classes(other), None);
    }

    #[test]
    fn a_purpose_takes_classes_away_and_gives_none() {
        let rule = "permit (principal, action, resource) unless \
                    { context has class && context.class == \"financial\" };";
        let policy = Policy::parse("p", rule).unwrap();
        let needs = |classes: Option<&[PropertyClass]>| {
            let purpose = Purpose {
                classes: classes.map(<[PropertyClass]>::to_vec),
                ..purpose()
            };
            let clearance = policy.clearance(&caller(), &purpose, &table()).unwrap();
            let first = table().iter().next().unwrap().0;
            let classes = clearance.classes(first).unwrap();
            PropertyClass::ALL
                .into_iter()
                .filter(|&class| classes.contains(class))
                .collect::<Vec<_>>()
        };
        let few = [PropertyClass::Ordinary, PropertyClass::Financial];
        assert_eq!(needs(Some(&few)), [PropertyClass::Ordinary]);
        assert_eq!(needs(Some(&[])), []);
        assert_eq!(needs(None).len(), PropertyClass::ALL.len() - 1);
    }

    #[test]
    fn reading_without_seeing_gives_nothing() {
        let policy = Policy::parse(
            "p",
            "permit (principal, action == Verband::Action::\"read\", resource);",
        )
        .unwrap();
        let clearance = policy.clearance(&caller(), &purpose(), &table()).unwrap();
        assert!(
            table()
                .iter()
                .all(|(id, _)| clearance.classes(id).is_none())
        );
    }
}
