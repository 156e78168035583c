//! `oas3-schema`: whether the document is built as OpenAPI 3.0 or 3.1 says.
//!
//! Each object of the specification is a [`Kind`]: its members, which are required, and what each
//! holds. A reference is not followed: what it points at is checked where it stands.

use serde_json::Value;

use super::node::Node;
use super::validate::{is_email, is_uri};
use super::{Report, Rule};
use Shape::{Any, Email, Flag, Listed, Mapped, Of, OneOf, Schema, Text, Uri};

mod kinds;
mod security;

const STRUCTURE: Rule = Rule::error("oas3-schema");

/// Which members may be there, apart from those a kind names.
#[derive(Clone, Copy)]
enum Others {
    /// None but extensions (`x-...`).
    Extensions,
    /// Paths, which start with a slash.
    Paths(&'static Shape),
    /// Statuses such as `200` and `4XX`, at least one or `default`.
    Statuses(&'static Shape),
    /// Any name.
    All(&'static Shape),
}

/// What a member holds.
#[derive(Clone, Copy)]
enum Shape {
    Any,
    Text,
    /// An absolute address; OpenAPI 3.0 lets it be relative.
    Uri,
    Email,
    Flag,
    OneOf(&'static [&'static str]),
    Listed(&'static Shape),
    Mapped(&'static Shape),
    Of(&'static Kind),
    /// A JSON Schema; its own members are looked at only as far as `check_schema` says.
    Schema,
}

/// An object of the specification.
struct Kind {
    name: &'static str,
    required: &'static [&'static str],
    members: &'static [(&'static str, Shape)],
    others: Others,
}

/// The two versions a document may have; 3.2 is read as 3.1.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    V30,
    V31,
}

struct Checker<'a> {
    version: Version,
    report: &'a mut Report,
}

/// Checks the whole document.
pub fn check(root: &Node<'_>, report: &mut Report) {
    let text = root
        .get("openapi")
        .and_then(|node| node.text())
        .unwrap_or_default();
    let version = if text.starts_with("3.0") {
        Version::V30
    } else {
        Version::V31
    };
    if !is_full_version(text) {
        let place = root.get("openapi");
        report.add(
            STRUCTURE,
            place.as_ref().unwrap_or(root),
            "`openapi` must be as in `3.1.0`",
        );
    }
    let has_content = match version {
        Version::V30 => root.get("paths").is_some(),
        Version::V31 => ["paths", "components", "webhooks"]
            .iter()
            .any(|name| root.get(name).is_some()),
    };
    if !has_content {
        report.add(STRUCTURE, root, "the document must have `paths`");
    }
    Checker { version, report }.check_kind(root, &kinds::DOCUMENT);
}

fn is_full_version(text: &str) -> bool {
    let numbers = text.split_once('-').map_or(text, |(before, _)| before);
    let parts: Vec<&str> = numbers.split('.').collect();
    parts.len() == 3
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Checker<'_> {
    fn fault(&mut self, place: &Node<'_>, message: impl Into<String>) {
        self.report.add(STRUCTURE, place, message);
    }

    fn check_shape(&mut self, node: &Node<'_>, shape: &Shape) {
        let value = node.value();
        match shape {
            Any => {}
            Uri if self.version == Version::V31 && !node.text().is_some_and(is_uri) => {
                self.fault(
                    node,
                    "this must be an address with its scheme, as in `https://...`",
                );
            }
            Email if !node.text().is_some_and(is_email) => {
                self.fault(node, "this must be a mail address")
            }
            Text | Uri if !value.is_string() => self.fault(node, "this must be a text"),
            Flag if !value.is_boolean() => self.fault(node, "this must be `true` or `false`"),
            OneOf(allowed) if !node.text().is_some_and(|text| allowed.contains(&text)) => {
                self.fault(
                    node,
                    format!("this must be one of `{}`", allowed.join("`, `")),
                );
            }
            Text | Uri | Email | Flag | OneOf(_) => {}
            Listed(_) if !value.is_array() => self.fault(node, "this must be a list"),
            Mapped(_) if !value.is_object() => self.fault(node, "this must be an object"),
            Listed(inner) | Mapped(inner) => {
                for (_, child) in node.children_as_written() {
                    self.check_shape(&child, inner);
                }
            }
            Of(kind) => self.check_kind(node, kind),
            Schema => self.check_schema(node),
        }
    }

    fn check_kind(&mut self, node: &Node<'_>, kind: &'static Kind) {
        if node.reference().is_some() && kinds::may_be_reference(kind) {
            return;
        }
        if !node.is_object() {
            self.fault(node, format!("{} must be an object", kind.name));
            return;
        }
        let members = node.children_as_written();
        let has = |name: &str| members.iter().any(|(known, _)| known == name);
        let optional_now = |name: &str| {
            self.version == Version::V31
                && std::ptr::eq(kind, &kinds::OPERATION)
                && name == "responses"
        };
        let missing: Vec<&str> = kind
            .required
            .iter()
            .copied()
            .filter(|name| !has(name) && !optional_now(name))
            .collect();
        if !missing.is_empty() {
            self.fault(
                node,
                format!("{} must have `{}`", kind.name, missing.join("`, `")),
            );
        }
        for (name, member) in &members {
            self.check_member(name, member, kind);
        }
        self.check_combination(node, kind);
        self.check_parameters(node);
    }

    fn check_member(&mut self, name: &str, member: &Node<'_>, kind: &'static Kind) {
        let only_later = self.version == Version::V30 && kinds::is_only_in_31(kind, name);
        let known = kind
            .members
            .iter()
            .find(|(known, _)| *known == name && !only_later);
        let is_extension = name.starts_with("x-");
        let shape = match (known, kind.others) {
            (Some((_, shape)), _) => shape,
            (None, Others::All(shape))
                if !(is_extension && std::ptr::eq(kind, &kinds::CALLBACK)) =>
            {
                shape
            }
            (None, Others::Paths(shape)) if name.starts_with('/') => shape,
            (None, Others::Statuses(shape)) if is_status(name) => shape,
            _ if is_extension => return,
            _ => {
                self.fault(member, format!("`{name}` does not belong in {}", kind.name));
                return;
            }
        };
        self.check_shape(member, shape);
    }

    /// OpenAPI 3.0 alone refuses the very same parameter twice here; `path-params` knows more.
    fn check_parameters(&mut self, holder: &Node<'_>) {
        let Some(list) = holder.get("parameters") else {
            return;
        };
        let Some(items) = list
            .value()
            .as_array()
            .filter(|_| self.version == Version::V30)
        else {
            return;
        };
        let is_repeated = |(index, item): (usize, &Value)| {
            items.iter().take(index).any(|earlier| earlier == item)
        };
        if items.iter().enumerate().any(is_repeated) {
            self.fault(&list, "a parameter is given twice");
        }
    }

    /// What a list of members cannot say.
    fn check_combination(&mut self, node: &Node<'_>, kind: &'static Kind) {
        let has = |name: &str| node.get(name).is_some();
        let is = |name: &str, text: &str| {
            node.get(name)
                .is_some_and(|member| member.text() == Some(text))
        };
        if matches!(kind.others, Others::Statuses(_))
            && !node
                .children_as_written()
                .iter()
                .any(|(name, _)| name == "default" || is_status(name))
        {
            self.fault(node, "there must be a response");
        }
        let holds_schema =
            std::ptr::eq(kind, &kinds::PARAMETER) || std::ptr::eq(kind, &kinds::HEADER);
        if holds_schema && has("schema") == has("content") {
            self.fault(
                node,
                format!("{} must have either `schema` or `content`", kind.name),
            );
        }
        if has("example")
            && has("examples")
            && (holds_schema || std::ptr::eq(kind, &kinds::MEDIA_TYPE))
        {
            self.fault(node, "there must be either `example` or `examples`");
        }
        if std::ptr::eq(kind, &kinds::PARAMETER) && is("in", "path") {
            let required = node.get("required");
            if required.as_ref().map(Node::value) != Some(&Value::Bool(true)) {
                self.fault(
                    required.as_ref().unwrap_or(node),
                    "a path parameter must have `required: true`",
                );
            }
        }
        if std::ptr::eq(kind, &security::SECURITY_SCHEME) {
            let needed: &[&str] = match node.get("type").and_then(|member| member.text()) {
                Some("apiKey") => &["name", "in"],
                Some("http") => &["scheme"],
                Some("oauth2") => &["flows"],
                Some("openIdConnect") => &["openIdConnectUrl"],
                _ => &[],
            };
            for name in needed.iter().filter(|name| !has(name)) {
                self.fault(node, format!("this security scheme must have `{name}`"));
            }
        }
    }

    /// Looks at the members of a schema that hold schemas, the type, `required` and `enum`.
    fn check_schema(&mut self, node: &Node<'_>) {
        if node.reference().is_some() || (self.version == Version::V31 && node.value().is_boolean())
        {
            return;
        }
        if !node.is_object() {
            self.fault(node, "a schema must be an object");
            return;
        }
        for (name, member) in node.children_as_written() {
            match name.as_str() {
                "type" => self.check_type(&member),
                "additionalProperties" if member.value().is_boolean() => {}
                "items" | "not" | "additionalProperties" => self.check_schema(&member),
                "allOf" | "anyOf" | "oneOf" => self.check_shape(&member, &Listed(&Schema)),
                "properties" => self.check_shape(&member, &Mapped(&Schema)),
                "required" => self.check_shape(&member, &Listed(&Text)),
                "enum" => self.check_shape(&member, &Listed(&Any)),
                "maxLength" | "minLength" | "maxItems" | "minItems" | "maxProperties"
                | "minProperties"
                    if !member.value().is_u64() =>
                {
                    self.fault(&member, "this must be a count");
                }
                "maximum" | "minimum" | "multipleOf" if !member.value().is_number() => {
                    self.fault(&member, "this must be a number");
                }
                "format" | "title" | "description" | "pattern" => self.check_shape(&member, &Text),
                "readOnly" | "writeOnly" | "nullable" | "deprecated" | "uniqueItems" => {
                    self.check_shape(&member, &Flag);
                }
                _ if self.version == Version::V30 && !kinds::is_schema_keyword_30(&name) => {
                    self.fault(
                        &member,
                        format!("`{name}` does not belong in a schema of OpenAPI 3.0"),
                    );
                }
                _ => {}
            }
        }
    }

    fn check_type(&mut self, node: &Node<'_>) {
        const TYPES: [&str; 7] = [
            "array", "boolean", "integer", "number", "object", "string", "null",
        ];
        let is_type = |value: &Value| value.as_str().is_some_and(|text| TYPES.contains(&text));
        let is_good = match (self.version, node.value()) {
            (Version::V30, value) => is_type(value) && value != "null",
            (Version::V31, Value::Array(types)) => !types.is_empty() && types.iter().all(is_type),
            (Version::V31, value) => is_type(value),
        };
        if !is_good {
            self.fault(
                node,
                format!("this type must be one of `{}`", TYPES.join("`, `")),
            );
        }
    }
}

fn is_status(name: &str) -> bool {
    match name.as_bytes() {
        [b'1'..=b'5', b'X', b'X'] => true,
        [b'1'..=b'5', tens, ones] => tens.is_ascii_digit() && ones.is_ascii_digit(),
        _ => false,
    }
}
