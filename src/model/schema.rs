//! Labels and properties: what a graph may hold.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::check::Check;
use super::marking::PropertyClass;
use super::protected::says_protected;

/// Says what is wrong with a schema file.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Not TOML, or a key that does not belong there. The message names line and column.
    #[error("the schema cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// Something is named twice.
    #[error("`{0}` is named twice")]
    Twice(String),
    /// A redefinition differs from what stands already.
    #[error("`{0}` stands in the schema already, with another definition: choose another name")]
    Redefined(String),
    /// An edge or display list names what does not exist.
    #[error("`{place}` names `{name}`, which is not in the schema")]
    Unknown {
        /// Where it is named.
        place: String,
        /// What is named.
        name: String,
    },
    /// A protected property with another class.
    #[error("`{0}` must have the class `protected`: it may never be input of a pattern")]
    MustBeProtected(String),
    /// A label that says something protected: what it stands on would tell it.
    #[error("`{0}` cannot be a label: it says something protected, and patterns read labels")]
    ProtectedLabel(String),
    /// More than the stored form has room for.
    #[error("more than {max} {what}")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// The limit.
        max: usize,
    },
}

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Dutch.
    pub nl: String,
    /// English.
    pub en: String,
}

/// Type of a property's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ValueType {
    Text,
    Integer,
    Decimal,
    Boolean,
    Date,
}

/// How a property is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindBy {
    /// By the prefix of any of its words.
    Name,
    /// By the whole value.
    Number,
    /// By street or postcode, and house number.
    Address,
    /// By where it lies: the value is a shape, see [`super::Shape`].
    Place,
}

/// One property of a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropertyDef {
    /// Name, `snake_case`.
    pub name: String,
    /// Type of its values.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// Its class.
    #[serde(default)]
    pub class: PropertyClass,
    /// Check that values must pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// How it is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub find: Option<FindBy>,
    /// What people call it.
    pub title: Title,
}

/// A namespace of node keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySpace {
    /// Name before the colon.
    pub namespace: String,
    /// Check that the value must pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}

/// A label of nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeLabel {
    /// The label, `CamelCase`.
    pub label: String,
    /// What people call it.
    pub title: Title,
    /// Namespaces of its keys, strongest first.
    pub keys: Vec<KeySpace>,
    /// Properties that serve as its name on screen, best first.
    #[serde(default)]
    pub display: Vec<String>,
    /// Its properties.
    #[serde(default)]
    pub properties: Vec<PropertyDef>,
}

/// A label of edges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeLabel {
    /// The label, `UPPER_SNAKE_CASE`.
    pub label: String,
    /// What people call it, read from start to end.
    pub title: Title,
    /// What people call those at its start, seen from its end: the heading of a section of a dossier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading_in: Option<Title>,
    /// What people call those at its end, seen from its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading_out: Option<Title>,
    /// Labels of the nodes that it may start at.
    pub from: Vec<String>,
    /// Labels of the nodes that it may end at.
    pub to: Vec<String>,
    /// Its properties.
    #[serde(default)]
    pub properties: Vec<PropertyDef>,
}

/// Position of a node label in its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeLabelId(pub(crate) u8);

/// Position of an edge label in its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EdgeLabelId(pub(crate) u8);

/// Position of a property within its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PropertyId(pub(crate) u8);

impl NodeLabelId {
    /// The position as an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl EdgeLabelId {
    /// The position as an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl PropertyId {
    /// The position as an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Labels and properties of a graph. Definitions are only ever added, so positions stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// Node labels; positions are [`NodeLabelId`]s.
    #[serde(rename = "node", default)]
    pub nodes: Vec<NodeLabel>,
    /// Edge labels; positions are [`EdgeLabelId`]s.
    #[serde(rename = "edge", default)]
    pub edges: Vec<EdgeLabel>,
}

impl Schema {
    /// Most labels of nodes.
    pub const NODE_LABELS_MAX: usize = 255;
    /// Most labels of edges: a slot of the graph keeps label and direction in one byte.
    pub const EDGE_LABELS_MAX: usize = 127;
    /// Most properties of one label.
    pub const PROPERTIES_MAX: usize = 255;

    /// The municipal schema that is built in.
    ///
    /// # Errors
    /// None for the file as shipped; a test reads it.
    pub fn municipal() -> Result<Self, SchemaError> {
        let mut schema = Self {
            nodes: Vec::new(),
            edges: Vec::new(),
        };
        schema.extend_with(include_str!("schema/municipal.toml"))?;
        Ok(schema)
    }

    /// Lays a schema file over this one: new labels, and new properties of labels that stand already.
    ///
    /// # Errors
    /// [`SchemaError`]; this schema is then as it was.
    pub fn extend_with(&mut self, toml_text: &str) -> Result<(), SchemaError> {
        let addition: Self = toml::from_str(toml_text)?;
        self.merge(addition)
    }

    /// Lays another schema over this one, as [`Self::extend_with`] does with a file.
    ///
    /// # Errors
    /// [`SchemaError`]; this schema is then as it was.
    pub fn merge(&mut self, addition: Self) -> Result<(), SchemaError> {
        let mut merged = self.clone();
        for node in addition.nodes {
            match merged
                .nodes
                .iter_mut()
                .find(|known| known.label == node.label)
            {
                None => merged.nodes.push(node),
                Some(known) => {
                    // The municipal schema is public: its words stand. The words of another label stood with whoever
                    // delivered it first, and who may not see that delivery may not read its words either.
                    let says_same = known.title == node.title && known.display == node.display;
                    if !says_same && !Self::is_municipal_node(&node.label) {
                        return Err(SchemaError::Redefined(node.label));
                    }
                    merge_keys(known, &node)?;
                    merge_properties(&node.label, &mut known.properties, node.properties)?;
                }
            }
        }
        for edge in addition.edges {
            match merged
                .edges
                .iter_mut()
                .find(|known| known.label == edge.label)
            {
                None => merged.edges.push(edge),
                Some(known) => {
                    let says_same = known.title == edge.title
                        && known.heading_in == edge.heading_in
                        && known.heading_out == edge.heading_out;
                    if !says_same && !Self::is_municipal_edge(&edge.label) {
                        return Err(SchemaError::Redefined(edge.label));
                    }
                    for (ends, more) in [(&mut known.from, edge.from), (&mut known.to, edge.to)] {
                        for end in more {
                            if !ends.contains(&end) {
                                ends.push(end);
                            }
                        }
                    }
                    merge_properties(&edge.label, &mut known.properties, edge.properties)?;
                }
            }
        }
        merged.validate()?;
        *self = merged;
        Ok(())
    }

    /// Whether the municipal schema has this node label: its name, words and place are public.
    pub(crate) fn is_municipal_node(name: &str) -> bool {
        MUNICIPAL.nodes.iter().any(|node| node.label == name)
    }

    /// Whether the municipal schema has this edge label.
    pub(crate) fn is_municipal_edge(name: &str) -> bool {
        MUNICIPAL.edges.iter().any(|edge| edge.label == name)
    }

    /// This schema in the order in which readers meet it: what the municipal schema has, as it has it, then the rest by
    /// name. The order of arrival would tell of hidden deliveries.
    pub(crate) fn in_shown_order(&self) -> Self {
        let mut shown = self.clone();
        shown.nodes.sort_by_cached_key(|node| {
            let place = MUNICIPAL
                .nodes
                .iter()
                .position(|one| one.label == node.label);
            (place.is_none(), place, node.label.clone())
        });
        shown.edges.sort_by_cached_key(|edge| {
            let place = MUNICIPAL
                .edges
                .iter()
                .position(|one| one.label == edge.label);
            (place.is_none(), place, edge.label.clone())
        });
        for node in &mut shown.nodes {
            let public = MUNICIPAL.node_label(&node.label);
            let public = public.map_or(&[][..], |(_, label)| &label.properties);
            sort_properties(&mut node.properties, public);
        }
        for edge in &mut shown.edges {
            let public = MUNICIPAL.edge_label(&edge.label);
            let public = public.map_or(&[][..], |(_, label)| &label.properties);
            sort_properties(&mut edge.properties, public);
        }
        shown
    }

    /// The node label with this name.
    pub fn node_label(&self, name: &str) -> Option<(NodeLabelId, &NodeLabel)> {
        let position = self.nodes.iter().position(|node| node.label == name)?;
        let label = self.nodes.get(position)?;
        Some((NodeLabelId(position as u8), label))
    }

    /// The edge label with this name.
    pub fn edge_label(&self, name: &str) -> Option<(EdgeLabelId, &EdgeLabel)> {
        let position = self.edges.iter().position(|edge| edge.label == name)?;
        let label = self.edges.get(position)?;
        Some((EdgeLabelId(position as u8), label))
    }

    /// The node label at this position.
    pub fn node(&self, id: NodeLabelId) -> Option<&NodeLabel> {
        self.nodes.get(id.index())
    }

    /// The edge label at this position.
    pub fn edge(&self, id: EdgeLabelId) -> Option<&EdgeLabel> {
        self.edges.get(id.index())
    }

    fn validate(&self) -> Result<(), SchemaError> {
        limit(self.nodes.len(), Self::NODE_LABELS_MAX, "node labels")?;
        limit(self.edges.len(), Self::EDGE_LABELS_MAX, "edge labels")?;
        let mut labels = HashSet::new();
        for node in &self.nodes {
            if !labels.insert(node.label.as_str()) {
                return Err(SchemaError::Twice(node.label.clone()));
            }
            allow_label(&node.label)?;
            validate_properties(&node.label, &node.properties)?;
            for name in &node.display {
                if !node
                    .properties
                    .iter()
                    .any(|property| property.name == *name)
                {
                    return Err(unknown(&format!("display of {}", node.label), name));
                }
            }
        }
        let mut edge_labels = HashSet::new();
        for edge in &self.edges {
            if !edge_labels.insert(edge.label.as_str()) {
                return Err(SchemaError::Twice(edge.label.clone()));
            }
            allow_label(&edge.label)?;
            validate_properties(&edge.label, &edge.properties)?;
            for end in edge.from.iter().chain(&edge.to) {
                if !labels.contains(end.as_str()) {
                    return Err(unknown(&edge.label, end));
                }
            }
        }
        Ok(())
    }
}

/// The municipal schema as its file has it. A test reads the file, so the default is never taken.
static MUNICIPAL: LazyLock<Schema> = LazyLock::new(|| {
    toml::from_str(include_str!("schema/municipal.toml")).unwrap_or(Schema {
        nodes: Vec::new(),
        edges: Vec::new(),
    })
});

fn sort_properties(properties: &mut [PropertyDef], public: &[PropertyDef]) {
    properties.sort_by_cached_key(|property| {
        let place = public.iter().position(|one| one.name == property.name);
        (place.is_none(), place, property.name.clone())
    });
}

/// The property with this name, with its position.
pub(crate) fn find_property<'a>(
    properties: &'a [PropertyDef],
    name: &str,
) -> Option<(PropertyId, &'a PropertyDef)> {
    let position = properties
        .iter()
        .position(|property| property.name == name)?;
    Some((PropertyId(position as u8), properties.get(position)?))
}

impl NodeLabel {
    /// The property with this name.
    pub fn property(&self, name: &str) -> Option<(PropertyId, &PropertyDef)> {
        find_property(&self.properties, name)
    }
}

impl EdgeLabel {
    /// The property with this name.
    pub fn property(&self, name: &str) -> Option<(PropertyId, &PropertyDef)> {
        find_property(&self.properties, name)
    }
}

fn unknown(place: &str, name: &str) -> SchemaError {
    SchemaError::Unknown {
        place: place.to_owned(),
        name: name.to_owned(),
    }
}

fn limit(count: usize, max: usize, what: &'static str) -> Result<(), SchemaError> {
    if count > max {
        return Err(SchemaError::TooMany { what, max });
    }
    Ok(())
}

fn allow_label(label: &str) -> Result<(), SchemaError> {
    if says_protected(label) {
        return Err(SchemaError::ProtectedLabel(label.to_owned()));
    }
    Ok(())
}

fn validate_properties(label: &str, properties: &[PropertyDef]) -> Result<(), SchemaError> {
    limit(
        properties.len(),
        Schema::PROPERTIES_MAX,
        "properties of one label",
    )?;
    let mut names = HashSet::new();
    for property in properties {
        let place = format!("{label}.{}", property.name);
        if !names.insert(property.name.as_str()) {
            return Err(SchemaError::Twice(place));
        }
        if says_protected(&property.name) && property.class != PropertyClass::Protected {
            return Err(SchemaError::MustBeProtected(place));
        }
    }
    Ok(())
}

impl Schema {
    /// The municipal schema: public, whatever is loaded.
    pub(crate) fn public() -> &'static Self {
        &MUNICIPAL
    }
}

fn merge_keys(known: &mut NodeLabel, addition: &NodeLabel) -> Result<(), SchemaError> {
    for key in &addition.keys {
        match known.keys.iter().find(|old| old.namespace == key.namespace) {
            None => known.keys.push(key.clone()),
            Some(old) if old == key => {}
            Some(_) => {
                return Err(SchemaError::Redefined(format!(
                    "{}.{}",
                    known.label, key.namespace
                )));
            }
        }
    }
    Ok(())
}

fn merge_properties(
    label: &str,
    known: &mut Vec<PropertyDef>,
    additions: Vec<PropertyDef>,
) -> Result<(), SchemaError> {
    for property in additions {
        match known.iter().find(|old| old.name == property.name) {
            None => known.push(property),
            Some(old) if *old == property => {}
            Some(_) => return Err(SchemaError::Redefined(format!("{label}.{}", property.name))),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_municipal_schema_is_valid() {
        let schema = Schema::municipal().unwrap();
        assert!(schema.node_label("Address").is_some());
        assert!(schema.edge_label("LIVES_AT").is_some());
    }

    #[test]
    fn the_shown_order_tells_nothing_of_arrival() {
        let label = |name: &str, properties: &str| {
            format!(
                "[[node]]\nlabel='{name}'\ntitle={{nl='x',en='x'}}\nkeys=[]\nproperties=[{properties}]\n"
            )
        };
        let property =
            |name: &str| format!("{{name='{name}',type='text',title={{nl='x',en='x'}}}},");
        let extended = |additions: &[String]| {
            let mut schema = Schema::municipal().unwrap();
            for addition in additions {
                schema.extend_with(addition).unwrap();
            }
            schema.in_shown_order()
        };
        let one = [
            label("Zed", &property("b")),
            label("Aha", ""),
            label("Zed", &property("a")),
            label("Person", &(property("q") + &property("p"))),
        ];
        let mut other = one.clone();
        other.reverse();
        assert_eq!(extended(&one), extended(&other));
        let municipal = Schema::municipal().unwrap();
        assert_eq!(municipal.in_shown_order(), municipal);
    }

    #[test]
    fn a_label_of_an_extension_says_the_same_each_time() {
        let label = |words: &str| format!("[[node]]\nlabel='Crime'\nkeys=[]\n{words}\n");
        let mut schema = Schema::municipal().unwrap();
        schema
            .extend_with(&label("title={nl='Misdrijf',en='Crime'}"))
            .unwrap();
        let error = schema.extend_with(&label("title={nl='Delict',en='Crime'}"));
        assert!(matches!(error, Err(SchemaError::Redefined(name)) if name == "Crime"));
    }

    #[test]
    fn an_extension_adds_and_never_changes() {
        let mut schema = Schema::municipal().unwrap();
        let before = schema.clone();
        schema
            .extend_with(
                "[[node]]\nlabel='Crime'\ntitle={nl='Misdrijf',en='Crime'}\nkeys=[{namespace='id'}]\n",
            )
            .unwrap();
        assert_eq!(schema.nodes.len(), before.nodes.len() + 1);
        let changed = "[[node]]\nlabel='Person'\ntitle={nl='P',en='P'}\nkeys=[]\n\
            properties=[{name='bsn',type='text',title={nl='x',en='x'}}]\n";
        let error = schema.extend_with(changed).unwrap_err();
        assert!(matches!(error, SchemaError::Redefined(place) if place == "Person.bsn"));
    }

    #[test]
    fn a_label_cannot_say_what_is_protected() {
        for text in [
            "[[node]]\nlabel='Nationaliteit'\ntitle={nl='x',en='x'}\nkeys=[]\n",
            "[[edge]]\nlabel='HAS_RELIGION'\ntitle={nl='x',en='x'}\nfrom=['Person']\nto=['Place']\n",
        ] {
            let error = Schema::municipal().unwrap().extend_with(text);
            assert!(matches!(error, Err(SchemaError::ProtectedLabel(_))));
        }
    }

    #[test]
    fn nationality_cannot_be_an_ordinary_property() {
        let mut schema = Schema::municipal().unwrap();
        for name in ["nationality", "Birth_Country", "first_nationaliteit"] {
            let text = format!(
                "[[node]]\nlabel='X'\ntitle={{nl='X',en='X'}}\nkeys=[]\n\
                properties=[{{name='{name}',type='text',title={{nl='x',en='x'}}}}]\n"
            );
            let error = schema.extend_with(&text).unwrap_err();
            assert!(matches!(error, SchemaError::MustBeProtected(_)), "{name}");
        }
    }
}
