//! Whether a value fits a JSON Schema, for the keywords an API description uses.
//!
//! Not judged, so always passing: `pattern`, `not`, `if`, `contains`, `unevaluatedProperties`,
//! `patternProperties`, `multipleOf`, `uniqueItems`, and each `format` but the five below.

use serde_json::Value;

use super::node::Node;

/// How deep a schema may lead into itself; a value in a document is never this deep.
const DEPTH_MAX: usize = 64;

/// Which JSON Schema the document speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAPI 3.0: with `nullable`, and exclusive bounds as flags.
    V30,
    /// OpenAPI 3.1: JSON Schema 2020-12.
    V31,
}

/// Which way the value travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the server: a `readOnly` property is not required.
    Request,
    /// From the server: a `writeOnly` property is not required.
    Response,
    /// Not known: everything required is.
    Neither,
}

/// Tells why `value` does not fit `schema`, or `None` if it fits as far as we can judge.
pub fn misfit(
    value: &Value,
    schema: &Node<'_>,
    dialect: Dialect,
    direction: Direction,
) -> Option<String> {
    Judge {
        dialect,
        direction,
        depth: 0,
    }
    .misfit(value, schema)
}

#[derive(Clone, Copy)]
struct Judge {
    dialect: Dialect,
    direction: Direction,
    depth: usize,
}

impl Judge {
    fn misfit(self, value: &Value, schema: &Node<'_>) -> Option<String> {
        if self.depth > DEPTH_MAX {
            return Some(format!(
                "the schema leads into itself more than {DEPTH_MAX} times"
            ));
        }
        let inner = Judge {
            depth: self.depth + 1,
            ..self
        };
        if schema.value() == &Value::Bool(false) {
            return Some(format!("{value} may not be here"));
        }
        let flag = |name: &str| {
            schema
                .get(name)
                .is_some_and(|node| node.value() == &Value::Bool(true))
        };
        if value.is_null() && self.dialect == Dialect::V30 && flag("nullable") {
            return None;
        }
        misfit_type(value, schema)
            .or_else(|| misfit_choice(value, schema))
            .or_else(|| inner.misfit_bounds(value, schema))
            .or_else(|| misfit_format(value, schema))
            .or_else(|| inner.misfit_object(value, schema))
            .or_else(|| inner.misfit_items(value, schema))
            .or_else(|| inner.misfit_parts(value, schema))
    }

    fn misfit_bounds(self, value: &Value, schema: &Node<'_>) -> Option<String> {
        let bound = |name: &str| schema.get(name).and_then(|node| node.value().as_f64());
        let flag = |name: &str| {
            schema
                .get(name)
                .is_some_and(|node| node.value() == &Value::Bool(true))
        };
        let size = measure(value)?;
        let (least_name, most_name) = match value {
            Value::String(_) => ("minLength", "maxLength"),
            Value::Array(_) => ("minItems", "maxItems"),
            Value::Object(_) => ("minProperties", "maxProperties"),
            _ => ("minimum", "maximum"),
        };
        let is_number = value.is_number();
        let too_small = bound(least_name).is_some_and(|least| {
            size < least
                || (is_number && flag("exclusiveMinimum") && size.total_cmp(&least).is_eq())
        });
        let too_great = bound(most_name).is_some_and(|most| {
            size > most || (is_number && flag("exclusiveMaximum") && size.total_cmp(&most).is_eq())
        });
        let on_edge = is_number
            && (bound("exclusiveMinimum").is_some_and(|least| size <= least)
                || bound("exclusiveMaximum").is_some_and(|most| size >= most));
        (too_small || too_great || on_edge)
            .then(|| format!("{value} is outside `{least_name}` and `{most_name}`"))
    }

    fn misfit_object(self, value: &Value, schema: &Node<'_>) -> Option<String> {
        let members = value.as_object()?;
        let properties = schema.get("properties");
        for (_, required) in schema.children_of("required") {
            let Some(name) = required.text() else {
                continue;
            };
            let property = properties.as_ref().and_then(|known| known.get(name));
            if !members.contains_key(name)
                && !property.is_some_and(|node| self.is_other_side(&node))
            {
                return Some(format!("`{name}` is missing"));
            }
        }
        let additional = schema.get("additionalProperties");
        // Names that a `patternProperties` may take are not judged, for lack of expressions.
        let open = schema.get("patternProperties").is_some();
        for (name, member) in members {
            let known = properties.as_ref().and_then(|node| node.get(name));
            let Some(rule) = known.or(additional.clone().filter(|_| !open)) else {
                continue;
            };
            if let Some(why) = self.misfit(member, &rule) {
                return Some(format!("`{name}`: {why}"));
            }
        }
        None
    }

    fn is_other_side(self, property: &Node<'_>) -> bool {
        let flag = match self.direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
            Direction::Neither => return false,
        };
        property
            .get(flag)
            .is_some_and(|node| node.value() == &Value::Bool(true))
    }

    fn misfit_items(self, value: &Value, schema: &Node<'_>) -> Option<String> {
        let items = value.as_array()?;
        let first_schemas = schema.children_of("prefixItems");
        let rest_schema = schema.get("items");
        items.iter().enumerate().find_map(|(index, item)| {
            let item_schema = first_schemas
                .get(index)
                .map(|(_, node)| node)
                .or(rest_schema.as_ref())?;
            self.misfit(item, item_schema)
                .map(|why| format!("item {index}: {why}"))
        })
    }

    fn misfit_parts(self, value: &Value, schema: &Node<'_>) -> Option<String> {
        for (_, part) in schema.children_of("allOf") {
            if let Some(why) = self.misfit(value, &part) {
                return Some(why);
            }
        }
        let fitting = |name: &str| {
            let parts = schema.children_of(name);
            let fits = parts
                .iter()
                .filter(|(_, part)| self.misfit(value, part).is_none())
                .count();
            (parts.len(), fits)
        };
        let (any_count, any_fits) = fitting("anyOf");
        if any_count > 0 && any_fits == 0 {
            return Some(format!("{value} fits nothing in `anyOf`"));
        }
        let (one_count, one_fits) = fitting("oneOf");
        (one_count > 0 && one_fits != 1)
            .then(|| format!("{value} fits {one_fits} of `oneOf`, where it must be one"))
    }
}

fn misfit_type(value: &Value, schema: &Node<'_>) -> Option<String> {
    let declared = schema.get("type")?;
    let listed: Vec<&str> = match declared.value() {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let is_whole = value
        .as_f64()
        .is_some_and(|number| number.fract().total_cmp(&0.0).is_eq());
    let fits = |name: &&str| match *name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64() || is_whole,
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    };
    (!listed.iter().any(fits))
        .then(|| format!("{value} is not of type `{}`", listed.join("` or `")))
}

fn misfit_choice(value: &Value, schema: &Node<'_>) -> Option<String> {
    let allowed = schema.get("enum").and_then(|node| node.value().as_array());
    let is_not_listed = allowed.is_some_and(|values| !values.contains(value));
    let is_not_the_one = schema
        .get("const")
        .is_some_and(|node| node.value() != value);
    (is_not_listed || is_not_the_one).then(|| format!("{value} is not one of the allowed values"))
}

/// Returns what the bounds of a schema are about: a number itself, else a length or count.
fn measure(value: &Value) -> Option<f64> {
    let count = match value {
        Value::Number(number) => return number.as_f64(),
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        Value::Null | Value::Bool(_) => return None,
    };
    u32::try_from(count).ok().map(f64::from)
}

fn misfit_format(value: &Value, schema: &Node<'_>) -> Option<String> {
    let text = value.as_str()?;
    let format = schema.get("format")?;
    let name = format.text()?;
    let fits = match name {
        "date" => fits_date(text),
        "date-time" => fits_date_time(text),
        "uuid" => fits_picture(text.strip_prefix("urn:uuid:").unwrap_or(text), UUID),
        "email" => is_email(text),
        "uri" => is_uri(text),
        _ => true,
    };
    (!fits).then(|| format!("{value} is not a `{name}`"))
}

/// Tells whether the text looks like a mail address: a name, an at sign, a domain with a point.
pub fn is_email(text: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && !part.contains([' ', '@']);
    text.split_once('@').is_some_and(|(name, domain)| {
        is_plain(name)
            && is_plain(domain)
            && domain.split('.').count() > 1
            && domain.split('.').all(is_plain)
    })
}

/// Tells whether the text looks like an absolute URI: a scheme, a colon, and no blanks.
pub fn is_uri(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|next| next.is_ascii_alphanumeric() || "+-.".contains(next))
    };
    !text.contains(char::is_whitespace)
        && text
            .split_once(':')
            .is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty())
}

/// Pictures: `9` for a digit, `f` for a hexadecimal digit, anything else for itself.
const DATE: &str = "9999-99-99";
const TIME: &str = "99:99:99";
const UUID: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// The ways an offset from UTC may be written.
const OFFSETS: [&str; 3] = ["99:99", "9999", "99"];

fn fits_picture(text: &str, picture: &str) -> bool {
    text.len() == picture.len()
        && text
            .bytes()
            .zip(picture.bytes())
            .all(|(byte, sign)| match sign {
                b'9' => byte.is_ascii_digit(),
                b'f' => byte.is_ascii_hexdigit(),
                _ => byte == sign,
            })
}

fn numbers(text: &str, mark: char) -> Vec<u32> {
    text.split(mark)
        .filter_map(|part| part.parse().ok())
        .collect()
}

fn fits_date(text: &str) -> bool {
    let [year, month, day] = numbers(text, '-')[..] else {
        return false;
    };
    let is_leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let day_count = match month {
        2 if is_leap_year => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    fits_picture(text, DATE) && (1..=12).contains(&month) && (1..=day_count).contains(&day)
}

fn fits_time(text: &str) -> bool {
    let [hour, minute, second] = numbers(text, ':')[..] else {
        return false;
    };
    let is_leap_second = (hour, minute, second) == (23, 59, 60);
    fits_picture(text, TIME) && ((hour < 24 && minute < 60 && second < 60) || is_leap_second)
}

/// A missing zone passes: the official linter lets it, and the case `cor-api` counts on that.
fn fits_date_time(text: &str) -> bool {
    let Some((date, time_and_zone)) = text.split_once(['T', 't', ' ']) else {
        return false;
    };
    let zone_at = time_and_zone
        .find(['Z', 'z', '+', '-'])
        .unwrap_or(time_and_zone.len());
    let (time_and_fraction, zone) = time_and_zone.split_at(zone_at);
    let (time, fraction) = time_and_fraction
        .split_once('.')
        .unwrap_or((time_and_fraction, "0"));
    let zone_fits = match zone.strip_prefix(['+', '-']) {
        Some(offset) => OFFSETS.iter().any(|picture| fits_picture(offset, picture)),
        None => zone.is_empty() || zone.eq_ignore_ascii_case("z"),
    };
    let fraction_fits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    fits_date(date) && fits_time(time) && fraction_fits && zone_fits
}
