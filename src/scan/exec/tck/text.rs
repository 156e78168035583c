//! The kit's notation of values: read, and written in one form to compare.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::world::World;
use crate::scan::exec::graph::{Element, Graph};
use crate::scan::value::Value;

/// A value as told.
#[derive(Debug, Clone)]
pub enum Told {
    Plain(Value),
    List(Vec<Told>),
    Map(BTreeMap<String, Told>),
    Node(Vec<String>, BTreeMap<String, Told>),
    Edge(String, BTreeMap<String, Told>),
    /// Nodes and edges in turn; an edge is told with whether it goes against the path.
    Path(Vec<(Told, bool)>),
}

impl Told {
    pub fn new(value: &Value, world: &World) -> Self {
        match value {
            Value::List(items) => {
                Self::List(items.iter().map(|item| Self::new(item, world)).collect())
            }
            Value::Map(entries) => Self::Map(
                entries
                    .iter()
                    .map(|(key, value)| (key.to_string(), Self::new(value, world)))
                    .collect(),
            ),
            Value::Node(node) => {
                let names = world.label_names(*node);
                Self::Node(
                    names.iter().map(ToString::to_string).collect(),
                    properties(world, Element::Node(*node)),
                )
            }
            Value::Edge(edge) => Self::Edge(
                world.type_name(edge).to_string(),
                properties(world, Element::Edge(*edge)),
            ),
            Value::Path(path) => {
                let mut parts = Vec::new();
                for (position, node) in path.nodes.iter().enumerate() {
                    parts.push((Self::new(&Value::Node(*node), world), false));
                    if let Some(edge) = path.edges.get(position) {
                        let against = edge.from != *node;
                        parts.push((Self::new(&Value::Edge(*edge), world), against));
                    }
                }
                Self::Path(parts)
            }
            other => Self::Plain(other.clone()),
        }
    }

    /// The value, for parameters.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Plain(value) => value.clone(),
            Self::List(items) => Value::list(items.iter().map(Self::to_value).collect()),
            Self::Map(entries) => Value::Map(Arc::new(
                entries
                    .iter()
                    .map(|(key, told)| (Arc::from(key.as_str()), told.to_value()))
                    .collect(),
            )),
            Self::Node(..) | Self::Edge(..) | Self::Path(_) => panic!("an element as a parameter"),
        }
    }

    pub fn write(&self, lists_in_any_order: bool) -> String {
        let any = lists_in_any_order;
        let map = |entries: &BTreeMap<String, Self>| {
            let told: Vec<String> = entries
                .iter()
                .map(|(key, told)| format!("{key}: {}", told.write(any)))
                .collect();
            format!("{{{}}}", told.join(", "))
        };
        match self {
            Self::Plain(Value::Null) => "null".to_owned(),
            Self::Plain(Value::Boolean(flag)) => flag.to_string(),
            Self::Plain(Value::Integer(number)) => number.to_string(),
            // As numbers they are equal, and the kit writes one for the other.
            Self::Plain(Value::Decimal(0.0)) => "0.0".to_owned(),
            Self::Plain(Value::Decimal(number)) => format!("{number:?}"),
            Self::Plain(Value::Text(text)) => format!("'{text}'"),
            Self::Plain(other) => format!("{other:?}"),
            Self::List(items) => {
                let mut told: Vec<String> = items.iter().map(|item| item.write(any)).collect();
                if any {
                    told.sort();
                }
                format!("[{}]", told.join(", "))
            }
            Self::Map(entries) => map(entries),
            Self::Node(labels, entries) => {
                let mut labels = labels.clone();
                labels.sort();
                format!(
                    "({}{})",
                    labels
                        .iter()
                        .map(|one| format!(":{one}"))
                        .collect::<String>(),
                    map(entries)
                )
            }
            Self::Edge(label, entries) => format!("[:{label}{}]", map(entries)),
            Self::Path(parts) => {
                let told: Vec<String> = parts
                    .iter()
                    .map(|(part, against)| match (part, against) {
                        (Self::Edge(..), true) => format!("<-{}-", part.write(any)),
                        (Self::Edge(..), false) => format!("-{}->", part.write(any)),
                        _ => part.write(any),
                    })
                    .collect();
                format!("<{}>", told.concat())
            }
        }
    }
}

fn properties(world: &World, element: Element) -> BTreeMap<String, Told> {
    world
        .properties(element)
        .unwrap()
        .iter()
        .map(|(key, value)| (key.to_string(), Told::new(value, world)))
        .collect()
}

/// Reads a cell.
pub fn parse(text: &str) -> Told {
    let characters: Vec<char> = text.chars().collect();
    let mut reader = Reader {
        characters: &characters,
        at: 0,
    };
    let told = reader.value();
    reader.blank();
    assert_eq!(reader.at, characters.len(), "cannot read {text:?}");
    told
}

struct Reader<'a> {
    characters: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> char {
        self.characters.get(self.at).copied().unwrap_or('\0')
    }

    fn blank(&mut self) {
        while self.peek().is_whitespace() {
            self.at += 1;
        }
    }

    fn accept(&mut self, one: char) -> bool {
        self.blank();
        let found = self.peek() == one;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, one: char) {
        assert!(
            self.accept(one),
            "expected {one} in {:?}",
            self.characters.iter().collect::<String>()
        );
    }

    fn word(&mut self) -> String {
        self.blank();
        let mut word = String::new();
        if self.accept('`') {
            while self.peek() != '`' {
                word.push(self.peek());
                self.at += 1;
            }
            self.at += 1;
            return word;
        }
        while self.peek().is_alphanumeric() || self.peek() == '_' {
            word.push(self.peek());
            self.at += 1;
        }
        word
    }

    fn value(&mut self) -> Told {
        self.blank();
        match self.peek() {
            '[' => {
                self.at += 1;
                self.blank();
                if self.peek() == ':' {
                    self.at += 1;
                    let label = self.word();
                    let properties = self.optional_map();
                    self.expect(']');
                    return Told::Edge(label, properties);
                }
                let mut items = Vec::new();
                while !self.accept(']') {
                    items.push(self.value());
                    self.accept(',');
                }
                Told::List(items)
            }
            '{' => Told::Map(self.optional_map()),
            '(' => self.node(),
            '<' => {
                self.at += 1;
                let mut parts = vec![(self.node(), false)];
                loop {
                    if self.accept('>') {
                        return Told::Path(parts);
                    }
                    let against = self.accept('<');
                    self.expect('-');
                    let edge = self.value();
                    self.expect('-');
                    if !against {
                        self.expect('>');
                    }
                    parts.push((edge, against));
                    parts.push((self.node(), false));
                }
            }
            '\'' => {
                self.at += 1;
                let mut text = String::new();
                loop {
                    match self.peek() {
                        '\'' => break,
                        '\\' => {
                            self.at += 1;
                            text.push(match self.peek() {
                                'n' => '\n',
                                't' => '\t',
                                other => other,
                            });
                        }
                        other => text.push(other),
                    }
                    self.at += 1;
                }
                self.at += 1;
                Told::Plain(Value::text(&text))
            }
            _ => {
                let mut word = String::new();
                while self.peek() != '\0' && !",]}| ".contains(self.peek()) {
                    word.push(self.peek());
                    self.at += 1;
                }
                Told::Plain(match word.as_str() {
                    "null" => Value::Null,
                    "true" => Value::Boolean(true),
                    "false" => Value::Boolean(false),
                    "NaN" => Value::Decimal(f64::NAN),
                    "Infinity" => Value::Decimal(f64::INFINITY),
                    "-Infinity" => Value::Decimal(f64::NEG_INFINITY),
                    number => match number.parse::<i64>() {
                        Ok(number) => Value::Integer(number),
                        Err(_) => Value::Decimal(
                            number
                                .parse()
                                .unwrap_or_else(|_| panic!("no value: {number:?}")),
                        ),
                    },
                })
            }
        }
    }

    fn node(&mut self) -> Told {
        self.expect('(');
        let mut labels = Vec::new();
        while self.accept(':') {
            labels.push(self.word());
        }
        let properties = self.optional_map();
        self.expect(')');
        Told::Node(labels, properties)
    }

    fn optional_map(&mut self) -> BTreeMap<String, Told> {
        let mut entries = BTreeMap::new();
        if !self.accept('{') {
            return entries;
        }
        while !self.accept('}') {
            let key = self.word();
            self.expect(':');
            entries.insert(key, self.value());
            self.accept(',');
        }
        entries
    }
}
