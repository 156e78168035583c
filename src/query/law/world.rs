//! Small worlds: what sources say, with markings, before it is loaded.

use std::collections::BTreeMap;

use crate::authz::{Clearance, Grant};
use crate::model::{
    ClassSet, IdSecret, Level, Marking, MarkingTable, NodeId, PropertyClass, PropertyDef, Schema,
    Validity, Value,
};

/// Node labels in [`SCHEMA`].
pub const LABELS: [&str; 4] = ["Subject", "Premises", "Tip", "Street"];
/// Edge labels in [`SCHEMA`].
pub const EDGE_LABELS: [&str; 4] = ["STAYS_AT", "KEEPS", "TELLS_OF", "MET"];
/// A label of nodes and of edges that only hidden deliveries bring.
pub const HIDDEN_LABEL: &str = "Hidden0";
/// Keys of each label in small worlds: few, so that statements meet.
pub const KEYS: u16 = 5;
/// Kinds of markings.
pub const MARKINGS: usize = 8;
/// Deliveries, two of them of files with the same names.
pub const DELIVERIES: u32 = 3;

/// All property classes, all value types, all ways to be found.
pub const SCHEMA: &str = r#"
[[node]]
label = "Subject"
title = { nl = "Persoon", en = "Subject" }
keys = [{ namespace = "bsn" }, { namespace = "text" }]
display = ["full_name", "note", "city"]
properties = [
  { name = "full_name", type = "text", class = "identifying", find = "name", title = { nl = "a", en = "a" } },
  { name = "bsn", type = "text", class = "national_number", find = "number", title = { nl = "b", en = "b" } },
  { name = "income", type = "integer", class = "financial", title = { nl = "c", en = "c" } },
  { name = "record", type = "text", class = "criminal", find = "name", title = { nl = "d", en = "d" } },
  { name = "note", type = "text", class = "free_text", find = "name", title = { nl = "e", en = "e" } },
  { name = "religion", type = "text", class = "protected", find = "name", title = { nl = "f", en = "f" } },
  { name = "city", type = "text", find = "name", title = { nl = "g", en = "g" } },
  { name = "date", type = "date", class = "identifying", title = { nl = "h", en = "h" } },
]
[[node]]
label = "Premises"
title = { nl = "Adres", en = "Premises" }
keys = [{ namespace = "text" }]
display = ["full_address", "keeper"]
properties = [
  { name = "full_address", type = "text", find = "address", title = { nl = "a", en = "a" } },
  { name = "postcode", type = "text", class = "free_text", find = "address", title = { nl = "b", en = "b" } },
  { name = "keeper", type = "text", class = "identifying", find = "name", title = { nl = "c", en = "c" } },
  { name = "debt", type = "integer", class = "financial", find = "number", title = { nl = "d", en = "d" } },
  { name = "vacant", type = "boolean", title = { nl = "e", en = "e" } },
  { name = "shape", type = "text", class = "identifying", find = "place", title = { nl = "f", en = "f" } },
]
[[node]]
label = "Tip"
title = { nl = "Signaal", en = "Tip" }
keys = [{ namespace = "text" }]
display = ["offence", "words", "date"]
properties = [
  { name = "date", type = "date", title = { nl = "a", en = "a" } },
  { name = "words", type = "text", class = "free_text", find = "name", title = { nl = "b", en = "b" } },
  { name = "offence", type = "text", class = "criminal", find = "name", title = { nl = "c", en = "c" } },
]
[[node]]
label = "Street"
title = { nl = "Straat", en = "Street" }
keys = [{ namespace = "text" }]
display = ["name"]
properties = [
  { name = "name", type = "text", find = "name", title = { nl = "Naam", en = "Name" } },
  { name = "length", type = "decimal", class = "financial", title = { nl = "b", en = "b" } },
]
[[edge]]
label = "STAYS_AT"
title = { nl = "woont op", en = "lives at" }
heading_in = { nl = "Bewoners", en = "Residents" }
from = ["Subject"]
to = ["Premises"]
properties = [
  { name = "role", type = "text", title = { nl = "a", en = "a" } },
  { name = "amount", type = "integer", class = "financial", title = { nl = "b", en = "b" } },
]
[[edge]]
label = "KEEPS"
title = { nl = "bezit", en = "owns" }
from = ["Subject"]
to = ["Premises"]
properties = [
  { name = "price", type = "decimal", class = "financial", title = { nl = "a", en = "a" } },
  { name = "remark", type = "text", class = "free_text", title = { nl = "b", en = "b" } },
]
[[edge]]
label = "TELLS_OF"
title = { nl = "gaat over", en = "is about" }
heading_in = { nl = "Signalen", en = "Signals" }
from = ["Tip"]
to = ["Subject"]
properties = [{ name = "suspicion", type = "text", class = "criminal", title = { nl = "a", en = "a" } }]
[[edge]]
label = "MET"
title = { nl = "kent", en = "knows" }
from = ["Subject"]
to = ["Subject"]
"#;

/// A node's key: label and number.
pub type Key = (u8, u16);

/// What a statement is about.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// A node.
    Node(Key),
    /// An edge; `parallel` tells it from others with the same ends.
    Edge {
        label: u8,
        from: Key,
        to: Key,
        parallel: u8,
    },
}

/// A statement as its source makes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Saying {
    pub about: About,
    /// Position in [`marking`].
    pub marking: usize,
    pub validity: Validity,
    pub properties: BTreeMap<u8, Value>,
    pub delivery: u32,
    pub file: u16,
    pub line: u32,
}

/// The kinds of markings that are public: those that aliases may have. A policy may hide them all the same.
pub const OPEN_MARKINGS: [usize; 2] = [0, 7];

/// That one key leads to the node of another.
#[derive(Debug, Clone)]
pub struct Alias {
    /// One of [`OPEN_MARKINGS`].
    pub marking: usize,
    pub label: u8,
    pub from: u16,
    pub to: u16,
    pub validity: Validity,
}

/// Everything that is said, and what the order of arrival would decide.
#[derive(Debug, Clone)]
pub struct World {
    pub sayings: Vec<Saying>,
    pub aliases: Vec<Alias>,
    /// The kinds of markings in order of arrival.
    pub marking_order: Vec<usize>,
    /// Deliveries that were loaded before the first one here.
    pub deliveries_before: u32,
}

/// What one caller may see, by kind of marking.
#[derive(Debug, Clone)]
pub struct Rights(pub Vec<Grant>);

impl Rights {
    pub fn classes(&self, marking: usize) -> Option<ClassSet> {
        self.0[marking].classes
    }
}

pub fn secret() -> IdSecret {
    IdSecret::new([7; 32])
}

pub fn schema() -> Schema {
    let mut schema = Schema {
        nodes: Vec::new(),
        edges: Vec::new(),
    };
    schema.extend_with(SCHEMA).unwrap();
    schema
}

pub fn class_set(classes: &[PropertyClass]) -> ClassSet {
    let mut set = ClassSet::EMPTY;
    classes.iter().for_each(|&class| set.insert(class));
    set
}

/// The kinds of markings. Some share a source, so that only hidden words could tell their statements apart.
pub fn marking(kind: usize) -> Marking {
    let (organisation, department, level, source) = [
        ("stad", "burgerzaken", Level::Openbaar, "brp"),
        ("stad", "wonen", Level::Intern, "bwt"),
        ("stad", "wonen", Level::Vertrouwelijk, "bwt"),
        ("stad", "zorg", Level::Intern, "zorg"),
        ("stad", "zorg", Level::Geheim, "zorg"),
        ("politie", "basis", Level::Confidentieel, "bvh"),
        ("politie", "basis", Level::ZeerGeheim, "bvh"),
        ("belasting", "invordering", Level::Openbaar, "brp"),
    ][kind];
    Marking {
        organisation: organisation.to_owned(),
        department: department.to_owned(),
        level,
        source: source.to_owned(),
        purposes: [["toezicht", "zorg"][kind % 2].to_owned()].into(),
    }
}

/// The key as a source writes it.
pub fn key_text(key: Key) -> String {
    let namespace = if key == (0, key.1 / 2 * 2) {
        "bsn"
    } else {
        "text"
    };
    format!("{namespace}:{}", key.1)
}

pub fn node_id(key: Key) -> NodeId {
    secret().node(LABELS[usize::from(key.0)], &key_text(key))
}

/// Every key that a small world can have, whether anything is said of it or not.
pub fn keys() -> impl Iterator<Item = Key> {
    (0..LABELS.len() as u8).flat_map(|label| (0..KEYS).map(move |number| (label, number)))
}

/// Definitions of the properties of what a statement is about.
pub fn definitions<'a>(schema: &'a Schema, about: &About) -> &'a [PropertyDef] {
    match about {
        About::Node((label, _)) => &schema.nodes[usize::from(*label)].properties,
        About::Edge { label, .. } => &schema.edges[usize::from(*label)].properties,
    }
}

impl World {
    pub fn markings(&self) -> MarkingTable {
        let mut table = MarkingTable::default();
        for &kind in &self.marking_order {
            table.intern(&marking(kind)).unwrap();
        }
        table
    }

    /// The world with those aliases only that a caller may see.
    pub fn with_seen_aliases(&self, rights: &Rights) -> Self {
        let mut world = self.clone();
        world
            .aliases
            .retain(|alias| rights.classes(alias.marking).is_some());
        world
    }

    pub fn clearance(&self, rights: &Rights) -> Clearance {
        let kinds = self.marking_order.iter();
        Clearance::new(kinds.map(|&kind| rights.0[kind].clone()).collect())
    }
}
