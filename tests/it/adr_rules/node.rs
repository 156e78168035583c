//! A value of the document together with the place it stands.
//!
//! The rules look at the document with its references followed, and name the place where a value
//! is truly written. A [`Node`] does both: stepping into a `$ref` moves it to the target.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Report, Rule};

const INVALID_REF: Rule = Rule::error("invalid-ref");

/// How many references may follow on each other; more is a circle. Real documents need one or two.
const REFERENCE_HOPS_MAX: usize = 32;

/// A value and its place; cheap to copy, never owns the document.
#[derive(Clone, Debug)]
pub struct Node<'doc> {
    root: &'doc Value,
    value: &'doc Value,
    steps: Vec<String>,
}

impl<'doc> Node<'doc> {
    /// Returns the node of the whole document.
    pub fn root(document: &'doc Value) -> Self {
        Node {
            root: document,
            value: document,
            steps: Vec::new(),
        }
    }

    /// Returns the value itself.
    pub fn value(&self) -> &'doc Value {
        self.value
    }

    /// Returns the value if it is a text.
    pub fn text(&self) -> Option<&'doc str> {
        self.value.as_str()
    }

    /// Tells whether the value counts as true in JavaScript, as the official `truthy` asks.
    pub fn is_truthy(&self) -> bool {
        match self.value {
            Value::Null => false,
            Value::Bool(flag) => *flag,
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::String(text) => !text.is_empty(),
            Value::Array(_) | Value::Object(_) => true,
        }
    }

    /// Tells whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.value.is_object()
    }

    /// Returns the names of the members that lead to this node, outermost first.
    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    /// Returns the member or item `name`, references followed.
    pub fn get(&self, name: &str) -> Option<Node<'doc>> {
        Some(self.get_as_written(name)?.followed())
    }

    /// Returns the node at the end of `names`, references followed at each step.
    pub fn at(&self, names: &[&str]) -> Option<Node<'doc>> {
        names
            .iter()
            .try_fold(self.clone(), |node, name| node.get(name))
    }

    /// Returns members or items in the order of the document, references followed.
    pub fn children(&self) -> Vec<(String, Node<'doc>)> {
        let as_written = self.children_as_written();
        as_written
            .into_iter()
            .map(|(name, child)| (name, child.followed()))
            .collect()
    }

    /// Returns the children of the member `name`, or none if it is missing.
    pub fn children_of(&self, name: &str) -> Vec<(String, Node<'doc>)> {
        self.get(name)
            .map(|member| member.children())
            .unwrap_or_default()
    }

    /// Returns members or items in the order of the document; a reference is its own object.
    pub fn children_as_written(&self) -> Vec<(String, Node<'doc>)> {
        let step = |(name, value): (String, &'doc Value)| (name.clone(), self.child(name, value));
        match self.value {
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), value))
                .map(step)
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, value)| (index.to_string(), value))
                .map(step)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the target if this node is a reference.
    pub fn reference(&self) -> Option<&'doc str> {
        self.value.as_object()?.get("$ref")?.as_str()
    }

    /// Returns every object and array from here down, each once, references not followed.
    ///
    /// What stands beside a `$ref` is left out, as the official linter reads past it.
    pub fn everything_as_written(&self) -> Vec<Node<'doc>> {
        let mut found = Vec::new();
        let mut open = vec![self.clone()];
        while let Some(node) = open.pop() {
            if node.reference().is_none() {
                open.extend(
                    node.children_as_written()
                        .into_iter()
                        .map(|(_, child)| child),
                );
            }
            if node.value.is_object() || node.value.is_array() {
                found.push(node);
            }
        }
        found
    }

    /// Returns every child below this node with its name, references followed.
    ///
    /// A place is entered once, so circles end and the cost is linear in the document.
    pub fn everything_reachable(&self) -> Vec<(String, Node<'doc>)> {
        let mut found = Vec::new();
        let mut entered = BTreeSet::new();
        let mut open = vec![self.clone()];
        while let Some(node) = open.pop() {
            if entered.insert(node.steps.clone()) {
                let children = node.children();
                open.extend(children.iter().map(|(_, child)| child.clone()));
                found.extend(children);
            }
        }
        found
    }

    /// Returns the path as Spectral prints it: dots, and brackets around numbers and odd names.
    pub fn printed_path(&self) -> String {
        let mut path = String::new();
        for step in &self.steps {
            let is_number = step.parse::<f64>().is_ok_and(f64::is_finite);
            if step.is_empty() || step.contains(char::is_whitespace) {
                path.push_str(&format!("['{step}']"));
            } else if is_number {
                path.push_str(&format!("[{step}]"));
            } else {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(step);
            }
        }
        path
    }

    fn get_as_written(&self, name: &str) -> Option<Node<'doc>> {
        let value = match self.value {
            Value::Object(members) => members.get(name)?,
            Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
            _ => return None,
        };
        Some(self.child(name.to_owned(), value))
    }

    fn child(&self, name: String, value: &'doc Value) -> Node<'doc> {
        let mut steps = self.steps.clone();
        steps.push(name);
        Node {
            root: self.root,
            value,
            steps,
        }
    }

    /// Follows references to the value; one that leads nowhere stays as it is written.
    fn followed(self) -> Node<'doc> {
        self.clone().target().unwrap_or(self)
    }

    fn target(self) -> Option<Node<'doc>> {
        let mut node = self;
        for _ in 0..REFERENCE_HOPS_MAX {
            let Some(reference) = node.reference() else {
                return Some(node);
            };
            let pointer = reference.strip_prefix('#')?;
            let mut target = Node::root(node.root);
            for step in pointer.split('/').skip(1) {
                target = target.get_as_written(&unescaped(step))?;
            }
            node = target;
        }
        None
    }
}

/// Reports every reference that leads nowhere, in a circle, or out of the document.
pub fn check_references(root: &Node<'_>, report: &mut Report) {
    for node in root.everything_as_written() {
        let place = node.get_as_written("$ref");
        let (Some(reference), Some(place)) = (node.reference(), place) else {
            continue;
        };
        if !reference.starts_with('#') {
            report.add(
                INVALID_REF,
                &place,
                format!("`{reference}` is outside this document"),
            );
        } else if node.target().is_none() {
            report.add(INVALID_REF, &place, format!("`{reference}` leads nowhere"));
        }
    }
}

/// Undoes the escapes of a JSON pointer in a URI fragment (RFC 6901, sections 3 and 6).
fn unescaped(step: &str) -> String {
    let mut bytes = Vec::with_capacity(step.len());
    let mut rest = step.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match tail {
            [high, low, ..] if *first == b'%' => hex_pair(*high, *low),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() {
            tail.get(2..).unwrap_or_default()
        } else {
            tail
        };
    }
    String::from_utf8_lossy(&bytes)
        .replace("~1", "/")
        .replace("~0", "~")
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}
