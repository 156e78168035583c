//! Labels and properties that a query may name.

use std::collections::BTreeSet;

use super::ast::Name;
use super::message::{Fault, nearest};
use crate::model::{PropertyClass, PropertyDef, Schema, ValueType};

/// Which words a query may use.
#[derive(Clone, Copy)]
pub(crate) enum Vocabulary<'a> {
    /// All that is in the schema, and nothing else.
    Closed(&'a Schema),
    /// Labels of the schema, and any property: which properties there are beyond the public ones may be hidden. One that is
    /// not there reads as `null`, as one that may not be read.
    OpenProperties(&'a Schema),
    /// Any word: the tests of the openCypher project have no schema.
    #[cfg(test)]
    Any,
}

/// Properties of edges that every edge has.
pub(crate) const VALID_FROM: &str = "valid_from";
pub(crate) const VALID_TO: &str = "valid_to";

impl<'a> Vocabulary<'a> {
    pub fn schema(self) -> Option<&'a Schema> {
        match self {
            Self::Closed(schema) | Self::OpenProperties(schema) => Some(schema),
            #[cfg(test)]
            Self::Any => None,
        }
    }

    /// Whether the rules of patterns hold: bounds of paths, known labels, no way to name a property but by its name.
    pub fn is_strict(self) -> bool {
        self.schema().is_some()
    }

    pub fn check_node_label(self, name: &Name) -> Result<(), Fault> {
        let Some(schema) = self.schema() else {
            return Ok(());
        };
        if schema.node_label(&name.text).is_some() {
            return Ok(());
        }
        let known = schema.nodes.iter().map(|node| node.label.as_str());
        Err(unknown_label(name, "label", nearest(&name.text, known)))
    }

    pub fn check_edge_label(self, name: &Name) -> Result<(), Fault> {
        let Some(schema) = self.schema() else {
            return Ok(());
        };
        if schema.edge_label(&name.text).is_some() {
            return Ok(());
        }
        let known = schema.edges.iter().map(|edge| edge.label.as_str());
        let nl = "relatielabel";
        Err(unknown_label(name, nl, nearest(&name.text, known)))
    }

    /// Refuses the name of a protected property, on whatever it stands: an alias, an element of a list and a map that was
    /// made of one look alike.
    pub fn check_protected(self, name: &Name) -> Result<(), Fault> {
        let Some(schema) = self.schema() else {
            return Ok(());
        };
        let properties = schema
            .nodes
            .iter()
            .flat_map(|node| &node.properties)
            .chain(schema.edges.iter().flat_map(|edge| &edge.properties));
        let mut same = properties.filter(|property| property.name == name.text);
        let marked = same.any(|property| property.class == PropertyClass::Protected);
        if marked || Schema::says_protected(&name.text) {
            return Err(protected(name));
        }
        Ok(())
    }

    /// The properties with this name on some labels of nodes.
    pub fn node_properties(
        self,
        labels: Option<&BTreeSet<String>>,
        property: &str,
    ) -> Vec<(String, ValueType)> {
        let nodes = self.schema().map_or(&[][..], |schema| &schema.nodes);
        nodes
            .iter()
            .filter(|node| labels.is_none_or(|labels| labels.contains(&node.label)))
            .filter_map(|node| {
                let (_, found) = node.property(property)?;
                Some((node.label.clone(), found.value_type))
            })
            .collect()
    }

    /// The properties with this name on some labels of edges.
    pub fn edge_properties(
        self,
        labels: Option<&BTreeSet<String>>,
        property: &str,
    ) -> Vec<(String, ValueType)> {
        let edges = self.schema().map_or(&[][..], |schema| &schema.edges);
        edges
            .iter()
            .filter(|edge| labels.is_none_or(|labels| labels.contains(&edge.label)))
            .filter_map(|edge| {
                let built_in = [VALID_FROM, VALID_TO].contains(&property);
                match edge.property(property) {
                    Some((_, found)) => Some((edge.label.clone(), found.value_type)),
                    None => built_in.then(|| (edge.label.clone(), ValueType::Date)),
                }
            })
            .collect()
    }

    /// V131: none of the labels has the property.
    pub fn unknown_property(
        self,
        name: &Name,
        labels: Option<&BTreeSet<String>>,
        of_edge: bool,
    ) -> Option<Fault> {
        let Self::Closed(schema) = self else {
            return None;
        };
        let has = |label: &str| labels.is_none_or(|labels| labels.contains(label));
        let names = |properties: &'a [PropertyDef]| {
            properties
                .iter()
                .filter(|one| one.class != PropertyClass::Protected)
                .map(|one| one.name.as_str())
        };
        let mut known: Vec<&str> = if of_edge {
            let edges = schema.edges.iter().filter(|edge| has(&edge.label));
            edges
                .flat_map(|edge| names(&edge.properties))
                .chain([VALID_FROM, VALID_TO])
                .collect()
        } else {
            let nodes = schema.nodes.iter().filter(|node| has(&node.label));
            nodes.flat_map(|node| names(&node.properties)).collect()
        };
        known.sort_unstable();
        known.dedup();
        let fault = Fault::new(
            "V131",
            name.span,
            format!("de eigenschap `{}` is er hier niet", name.text),
            format!("there is no property `{}` here", name.text),
        );
        Some(match nearest(&name.text, known.iter().copied()) {
            Some(near) => fault.hint(
                format!("bedoelt u {near}?"),
                format!("did you mean {near}?"),
            ),
            None => {
                let list = known.join(", ");
                fault.hint(format!("er zijn: {list}"), format!("there are: {list}"))
            }
        })
    }
}

/// V170.
fn protected(name: &Name) -> Fault {
    Fault::new(
        "V170",
        name.span,
        format!(
            "`{}` is een beschermd gegeven: het mag geen invoer van een patroon zijn",
            name.text
        ),
        format!(
            "`{}` is a protected property: it may not be input of a pattern",
            name.text
        ),
    )
}

fn unknown_label(name: &Name, nl: &str, near: Option<&str>) -> Fault {
    let en = if nl == "label" { "label" } else { "edge label" };
    let fault = Fault::new(
        "V130",
        name.span,
        format!("onbekend {nl} `{}`", name.text),
        format!("unknown {en} `{}`", name.text),
    );
    match near {
        Some(near) => fault.hint(
            format!("bedoelt u {near}?"),
            format!("did you mean {near}?"),
        ),
        None => fault.hint(
            "labels komen uit het schema: `/v1/schema` noemt die er zijn",
            "labels come from the schema: `/v1/schema` lists those that there are",
        ),
    }
}
