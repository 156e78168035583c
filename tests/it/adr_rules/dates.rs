//! Rules about dates and times: a date is a `date`, a moment has a zone, a time of day has none.

use super::node::Node;
use super::{Report, Rule};

const WITH_ZONE: Rule = Rule::error("nlgov:date-time-ensure-timezone");
const WITHOUT_ZONE: Rule = Rule::error("nlgov:time-without-timezone");
const FORMAT: Rule = Rule::error("nlgov:specify-format-for-date-and-time");
const DATE_ONLY: Rule = Rule::error("nlgov:use-date-instead-of-datetime");

/// Checks each property of each schema.
pub fn check(root: &Node<'_>, report: &mut Report) {
    for schema in root.everything_as_written() {
        for (name, property) in schema.children_of("properties") {
            if let Some(format) = property.get("format") {
                check_format(&format, report);
            }
            if is_date_name(&name) {
                check_date(&property, report);
            }
        }
    }
}

fn check_format(format: &Node<'_>, report: &mut Report) {
    match format.text() {
        Some("date-time-local") => {
            report.add(WITH_ZONE, format, "a moment needs a zone: use `date-time`")
        }
        Some("time") => report.add(
            WITHOUT_ZONE,
            format,
            "a time of day has no zone: use `time-local`",
        ),
        _ => {}
    }
}

fn check_date(property: &Node<'_>, report: &mut Report) {
    if let Some(place) = place_without_format(property) {
        report.add(
            FORMAT,
            &place,
            "a date must have a `format`, which is `date`",
        );
    }
    for (name, format) in property.everything_reachable() {
        if name == "format" && format.text() == Some("date-time") {
            report.add(
                DATE_ONLY,
                &format,
                "a property named as a date must have the format `date`",
            );
        }
    }
}

/// Finds where a date lacks a format: it needs its own, or one in every part of `allOf`.
///
/// A format within `oneOf` or `anyOf` does not count officially.
fn place_without_format<'doc>(property: &Node<'doc>) -> Option<Node<'doc>> {
    if !property.is_object() || property.get("format").is_some() {
        return None;
    }
    let Some(parts) = property.get("allOf") else {
        return Some(property.clone());
    };
    if !parts.value().is_array() {
        return Some(parts);
    }
    let mut formatless = parts.children().into_iter().map(|(_, part)| part);
    formatless.find(|part| part.is_object() && part.get("format").is_none())
}

/// `date`, `datum`, or the official `((\w+D)|(_[dD]))((ate)|(atum))` anywhere in the name.
fn is_date_name(name: &str) -> bool {
    let is_word = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_';
    let bytes = name.as_bytes();
    let starts_word = |before: &[u8]| match before {
        [.., b'_', b'd' | b'D'] => true,
        [.., letter, b'D'] => is_word(*letter),
        _ => false,
    };
    name == "date"
        || name == "datum"
        || (0..bytes.len()).any(|index| {
            let (before, after) = bytes.split_at(index);
            (after.starts_with(b"ate") || after.starts_with(b"atum")) && starts_word(before)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_known_by_its_name() {
        for date in [
            "date",
            "datum",
            "birthDate",
            "geboorteDatum",
            "start_date",
            "start_Datum",
            "endDates",
        ] {
            assert!(is_date_name(date), "`{date}` names a date");
        }
        for other in [
            "update",
            "Date",
            "datums",
            "mandate",
            "tijdstip",
            "last_update",
            "dateOfBirth",
        ] {
            assert!(!is_date_name(other), "`{other}` does not name a date");
        }
    }
}
