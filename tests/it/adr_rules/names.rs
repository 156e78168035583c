//! Rules about names: paths, query keys, schemas, properties and methods.

use super::node::Node;
use super::{Report, Rule};

const KEBAB_CASE: Rule = Rule::error("nlgov:paths-kebab-case");
const QUERY_KEYS: Rule = Rule::error("nlgov:query-keys-camel-case");
const SCHEMA_NAMES: Rule = Rule::warn("nlgov:schema-camel-case");
const PROPERTY_CASING: Rule = Rule::warn("nlgov:property-casing");
const HTTP_METHODS: Rule = Rule::error("nlgov:http-methods");
const NO_TRAILING_SLASH: Rule = Rule::error("nlgov:paths-no-trailing-slash");

/// Checks every name the ruleset has an opinion on.
pub fn check(root: &Node<'_>, report: &mut Report) {
    for (name, item) in root.children_of("paths") {
        check_path(
            Path {
                name: &name,
                item: &item,
            },
            report,
        );
    }
    check_query_keys(root, report);
    check_schema_names(root, report);
}

struct Path<'a, 'doc> {
    name: &'a str,
    item: &'a Node<'doc>,
}

fn check_path(path: Path<'_, '_>, report: &mut Report) {
    let Path { name, item } = path;
    let is_description = name.contains("/openapi.json") || name.contains("yaml");
    if !is_description && !is_kebab_case(name) {
        report.add(KEBAB_CASE, item, format!("`{name}` is not kebab-case"));
    }
    // The official expression asks for a blank before the slash, so it hardly ever finds a thing.
    if name.len() > 2 && name.ends_with(" /") {
        report.add(NO_TRAILING_SLASH, item, "a path must not end with a slash");
    }
    // Only paths that speak of a description or summary are looked at: the official filter.
    let lower = name.to_lowercase();
    if lower.contains("description") || lower.contains("summary") {
        for (method, operation) in item.children() {
            let known = ["post", "put", "get", "delete", "patch", "parameters"];
            if !known.iter().any(|word| method.contains(word)) {
                report.add(
                    HTTP_METHODS,
                    &operation,
                    format!("`{method}` is not a standard method"),
                );
            }
        }
    }
}

fn check_query_keys(root: &Node<'_>, report: &mut Report) {
    let path_items = root.children_of("paths");
    let members = path_items.iter().flat_map(|(_, item)| item.children());
    let parameters = members.flat_map(|(_, operation)| operation.children_of("parameters"));
    let components = root.get("components");
    let schemes = components
        .map(|node| node.children_of("securitySchemes"))
        .unwrap_or_default();
    for (_, parameter) in parameters.chain(schemes) {
        let is_query = parameter
            .get("in")
            .is_some_and(|place| place.text() == Some("query"));
        let Some(name) = parameter.get("name").filter(|_| is_query) else {
            continue;
        };
        if let Some(text) = name.text().filter(|text| !is_query_key(text)) {
            report.add(
                QUERY_KEYS,
                &name,
                format!("`{text}` is not lower camelCase"),
            );
        }
    }
}

fn check_schema_names(root: &Node<'_>, report: &mut Report) {
    let Some(schemas) = root.at(&["components", "schemas"]).filter(Node::is_object) else {
        return;
    };
    for (name, schema) in schemas.children() {
        if !is_pascal_case(&name) {
            report.add(
                SCHEMA_NAMES,
                &schema,
                format!("`{name}` is not UpperCamelCase"),
            );
        }
        // Officially only a property called `_links` is looked at, and of it the keywords.
        let properties = schema.children_of("properties").into_iter();
        let links = properties.filter(|(property, _)| property.to_lowercase().contains("_links"));
        for (keyword, value) in links.flat_map(|(_, property)| property.children()) {
            if !is_camel_case(&keyword) {
                report.add(
                    PROPERTY_CASING,
                    &value,
                    format!("`{keyword}` is not lowerCamelCase"),
                );
            }
        }
    }
}

/// The official expression for paths: segments in kebab-case or braces, the last one may be `_verb`.
///
/// A slash at the end passes, for another rule finds it. Dots pass after the first segment.
fn is_kebab_case(path: &str) -> bool {
    let Some(after_slash) = path.strip_prefix('/') else {
        return false;
    };
    let bare = after_slash.strip_suffix('/').unwrap_or(after_slash);
    let mut segments: Vec<&str> = split_segments(bare).collect();
    if after_slash.is_empty() {
        return true;
    }
    let last_verb = segments
        .pop_if(|last| last.starts_with('_'))
        .and_then(|last| last.strip_prefix('_'));
    // Digits pass in a verb that stands alone, and only there.
    let digits_allowed = segments.is_empty();
    let is_in_verb =
        |next: char| next.is_ascii_lowercase() || (digits_allowed && next.is_ascii_digit());
    last_verb.is_none_or(|verb| !verb.is_empty() && verb.chars().all(is_in_verb))
        && segments
            .iter()
            .enumerate()
            .all(|(index, segment)| is_kebab_segment(segment, index))
}

fn is_kebab_segment(segment: &str, index: usize) -> bool {
    if let Some(name) = segment
        .strip_prefix('{')
        .and_then(|inner| inner.strip_suffix('}'))
    {
        return !name.is_empty() && !name.contains('}');
    }
    let is_plain = |next: char| {
        next.is_ascii_lowercase()
            || next.is_ascii_digit()
            || next == '-'
            || (next == '.' && index > 0)
    };
    !segment.is_empty() && segment.chars().all(is_plain)
}

/// Splits at slashes, but not inside braces, where the official expression lets them stand.
fn split_segments(path: &str) -> impl Iterator<Item = &str> {
    let mut in_braces = false;
    path.split(move |next: char| {
        in_braces = (in_braces || next == '{') && next != '}';
        next == '/' && !in_braces
    })
}

/// The official `^\$?[a-z][a-z\d]*([A-Z][a-z\d]*)*$`.
fn is_query_key(name: &str) -> bool {
    let bare = name.strip_prefix('$').unwrap_or(name);
    bare.starts_with(|first: char| first.is_ascii_lowercase()) && is_alphanumeric(bare)
}

/// Spectral's `pascal`: a capital first, and two capitals together only at the very start or end.
fn is_pascal_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase()) && has_camel_humps(name)
}

fn is_camel_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase()) && has_camel_humps(name)
}

/// After the first character, a capital is followed by a small letter or digit, or by nothing.
fn has_camel_humps(name: &str) -> bool {
    let pairs = name.as_bytes().windows(2).skip(1);
    let has_two_capitals = pairs
        .into_iter()
        .any(|pair| pair.iter().all(|letter| letter.is_ascii_uppercase()));
    is_alphanumeric(name) && !has_two_capitals
}

fn is_alphanumeric(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_the_official_expressions_read_them() {
        for good in [
            "/",
            "/a-b/{id}",
            "/_zoek",
            "/a/_zoek",
            "/a/b.json",
            "/a/",
            "/{a/b}/c",
            "/{naamVan}",
        ] {
            assert!(is_kebab_case(good), "`{good}` passes");
        }
        for bad in [
            "",
            "a",
            "//",
            "/aB",
            "/a_b",
            "/a.json",
            "/a/_zoek/b",
            "/{}",
            "/a//b",
            "/{a}b",
            "/a/_z9",
        ] {
            assert!(!is_kebab_case(bad), "`{bad}` does not pass");
        }
        assert!(is_query_key("pageSize") && is_query_key("$filter") && !is_query_key("page_size"));
        assert!(is_pascal_case("Abc") && is_pascal_case("ABc") && is_pascal_case("ScanV2"));
        assert!(!is_pascal_case("HTTPError") && !is_pascal_case("abc") && !is_pascal_case("A_b"));
    }
}
