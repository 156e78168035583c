//! One occurrence of an object in a BAG extract, while it is read: its leaves become fields.

use quick_xml::events::BytesStart;
use serde_json::{Map, Value};

use super::geometry::{Middle, Ring};

/// One occurrence while it is read.
pub(super) struct Object {
    pub kind: String,
    pub line: u32,
    pub depth: usize,
    fields: Map<String, Value>,
    /// Open elements inside the object.
    open: Vec<Open>,
    pub text: String,
    pub in_geometry: bool,
    middle: Middle,
    trouble: Option<String>,
}

struct Open {
    name: String,
    dimension: Option<usize>,
    has_children: bool,
}

impl Object {
    pub fn new(kind: &str, line: u32, depth: usize) -> Self {
        Self {
            kind: kind.to_owned(),
            line,
            depth,
            fields: Map::new(),
            open: Vec::new(),
            text: String::new(),
            in_geometry: false,
            middle: Middle::default(),
            trouble: None,
        }
    }

    pub fn open(&mut self, name: &str, tag: &BytesStart<'_>) {
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
        }
        self.in_geometry |= name == "geometrie";
        let dimension = if self.in_geometry {
            tag.try_get_attribute("srsDimension")
                .ok()
                .flatten()
                .and_then(|attribute| attribute.value.parse().ok())
        } else {
            None
        };
        self.open.push(Open {
            name: name.to_owned(),
            dimension,
            has_children: false,
        });
        self.text.clear();
    }

    pub fn close(&mut self) {
        if let Some(element) = self.open.last()
            && !element.has_children
        {
            if self.in_geometry {
                self.take_geometry();
            } else {
                self.take_field();
            }
        }
        self.text.clear();
        if let Some(element) = self.open.pop()
            && element.name == "geometrie"
        {
            self.in_geometry = false;
        }
    }

    fn take_field(&mut self) {
        let text = self.text.trim();
        let mut inwards = self.open.iter().rev();
        let (Some(leaf), parent) = (inwards.next(), inwards.next()) else {
            return;
        };
        if text.is_empty() {
            return;
        }
        let is_named_by_parent = leaf.name.ends_with("Ref") || leaf.name == "identificatie";
        let name = match parent {
            Some(parent) if is_named_by_parent => &parent.name,
            Some(_) | None => &leaf.name,
        };
        let value = Value::String(text.to_owned());
        match self.fields.get_mut(name) {
            None => {
                self.fields.insert(name.clone(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }

    fn take_geometry(&mut self) {
        let is_hole = self.open.iter().any(|element| element.name == "interior");
        let dimension = self.open.iter().rev().find_map(|element| element.dimension);
        let ring = if is_hole {
            Ring::Interior
        } else {
            Ring::Exterior
        };
        let taken = match self.open.last().map(|element| element.name.as_str()) {
            Some("pos") => self.middle.point(&self.text),
            Some("posList") => self.middle.ring(&self.text, dimension.unwrap_or(2), ring),
            Some(_) | None => Ok(()),
        };
        if let Err(reason) = taken {
            self.trouble.get_or_insert(reason);
        }
    }

    pub fn into_tree(mut self) -> Result<Value, String> {
        if let Some(reason) = self.trouble {
            return Err(format!("the geometry cannot be read: {reason}"));
        }
        if let Some((x, y)) = self.middle.middle() {
            for (name, coordinate) in [("x", x), ("y", y)] {
                let text = Value::String(format!("{coordinate:.3}"));
                self.fields.insert(name.to_owned(), text);
            }
        }
        if let Some(shape) = self.middle.shape() {
            self.fields.insert("shape".to_owned(), Value::String(shape));
        }
        self.fields
            .insert("kind".to_owned(), Value::String(self.kind));
        Ok(Value::Object(self.fields))
    }
}
