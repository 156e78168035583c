//! GraphML: nodes and edges with named data.
//!
//! Records are of the kind `node` or `edge`. Their fields are the attributes of the element (`id`, `source`, `target`,
//! `labels`) and the data by the name of its key (`attr.name`; the key's `id` if it has none). Defaults of keys are filled
//! in. Graphs within nodes are read along; hyperedges and ports are not part of what is read.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};

use quick_xml::events::BytesStart;
use serde_json::{Map, Value};

use super::super::error::{IngestError, Place};
use super::super::input::BUFFER_BYTES;
use super::super::intake::Intake;
use super::super::record::{Body, Record};
use super::empty;
use super::xml::{self, At, Handler};

/// Kinds of records.
pub(crate) const KINDS: [&str; 2] = ["node", "edge"];

/// Keys that a document may have.
const KEYS_MAX: usize = 10_000;

/// Reads the nodes and edges of a document.
///
/// # Errors
/// [`IngestError`] for what is no GraphML, breaks off or is past a limit.
pub(crate) fn read(
    input: impl Read,
    name: &str,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    let mut document = Document {
        intake,
        keys: BTreeMap::new(),
        open_key: None,
        open: Vec::new(),
        data: None,
        text: String::new(),
        has_root: false,
    };
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    xml::walk(&mut input, name, &mut document)?;
    if !document.has_root {
        return Err(empty(name));
    }
    Ok(())
}

/// A key: the name of its data, and what is there without any.
struct Key {
    name: String,
    domain: String,
    default: Option<String>,
}

/// A node or edge while it is read.
struct Element {
    kind: &'static str,
    line: u32,
    depth: usize,
    fields: Map<String, Value>,
}

struct Document<'a, 'b> {
    intake: &'a mut Intake<'b>,
    keys: BTreeMap<String, Key>,
    open_key: Option<String>,
    /// Open nodes and edges; nodes may hold graphs.
    open: Vec<Element>,
    /// The key of the data at hand, and the depth of its element.
    data: Option<(String, usize)>,
    text: String,
    has_root: bool,
}

impl Document<'_, '_> {
    fn element(
        &mut self,
        kind: &'static str,
        tag: &BytesStart<'_>,
        at: At<'_>,
    ) -> Result<(), IngestError> {
        let mut fields = Map::new();
        for (name, value) in attributes(tag, at)? {
            fields.insert(name, Value::String(value));
        }
        for key in self.keys.values() {
            if let Some(default) = &key.default
                && (key.domain == kind || key.domain == "all")
            {
                fields.insert(key.name.clone(), Value::String(default.clone()));
            }
        }
        self.open.push(Element {
            kind,
            line: at.line,
            depth: at.depth,
            fields,
        });
        Ok(())
    }

    fn key(&mut self, tag: &BytesStart<'_>, at: At<'_>) -> Result<(), IngestError> {
        let mut attributes = attributes(tag, at)?;
        let Some(id) = attributes.remove("id") else {
            return Err(at.broken("a key without an id"));
        };
        if self.keys.len() >= KEYS_MAX {
            return Err(IngestError::Limit {
                place: Place::line(at.file, at.line),
                what: "the number of keys",
                limit: KEYS_MAX as u64,
            });
        }
        let key = Key {
            name: attributes.remove("attr.name").unwrap_or_else(|| id.clone()),
            domain: attributes.remove("for").unwrap_or_else(|| "all".to_owned()),
            default: None,
        };
        self.open_key = Some(id.clone());
        self.keys.insert(id, key);
        Ok(())
    }
}

impl Handler for Document<'_, '_> {
    fn start(&mut self, tag: &BytesStart<'_>, at: At<'_>) -> Result<(), IngestError> {
        let name = tag.local_name().into_inner();
        // Programs that draw write elements into data; the texts in them are the data then.
        if self.data.is_none() {
            self.text.clear();
        }
        if at.depth == 1 {
            if name != "graphml" {
                return Err(at.broken("not GraphML: the root is another element than `graphml`"));
            }
            self.has_root = true;
            return Ok(());
        }
        match name {
            "key" => self.key(tag, at),
            "node" if self.data.is_none() => self.element("node", tag, at),
            "edge" if self.data.is_none() => self.element("edge", tag, at),
            "data" if self.data.is_none() && !self.open.is_empty() => {
                let key = attributes(tag, at)?.remove("key");
                self.data = key.map(|key| (key, at.depth));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn text(&mut self, text: &str, at: At<'_>) -> Result<(), IngestError> {
        self.text.push_str(text);
        at.field(&self.text)
    }

    fn end(&mut self, at: At<'_>) -> Result<(), IngestError> {
        // The element that ends is known by what was begun last: a default inside a key, data inside a node.
        if let Some((key, depth)) = &self.data {
            if *depth != at.depth {
                return Ok(());
            }
            let Some(known) = self.keys.get(key) else {
                return Err(at.broken("data of a key that the document does not have"));
            };
            if let Some(element) = self.open.last_mut() {
                let text = std::mem::take(&mut self.text);
                element
                    .fields
                    .insert(known.name.clone(), Value::String(text));
            }
            self.data = None;
            return Ok(());
        }
        if let Some(id) = &self.open_key {
            // First the default ends, if there is one, then the key, which stands directly in the root.
            if at.depth == 2 {
                self.open_key = None;
            } else if let Some(key) = self.keys.get_mut(id) {
                key.default = Some(std::mem::take(&mut self.text));
            }
            return Ok(());
        }
        self.end_element(at)
    }

    fn in_record(&self) -> bool {
        !self.open.is_empty()
    }
}

impl Document<'_, '_> {
    fn end_element(&mut self, at: At<'_>) -> Result<(), IngestError> {
        match self.open.pop_if(|element| element.depth == at.depth) {
            Some(element) => self.intake.record(&Record {
                line: element.line,
                kinds: &[element.kind],
                body: Body::Tree(&Value::Object(element.fields)),
            }),
            None => Ok(()),
        }
    }
}

/// The attributes of an element, by their local names.
fn attributes(tag: &BytesStart<'_>, at: At<'_>) -> Result<BTreeMap<String, String>, IngestError> {
    let mut found = BTreeMap::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|_| at.broken("an attribute that is not XML"))?;
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|_| at.broken("the value of an attribute is not XML"))?;
        at.field(&value)?;
        found.insert(
            attribute.key.local_name().into_inner().to_owned(),
            value.into_owned(),
        );
    }
    Ok(found)
}
