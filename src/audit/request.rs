//! Requests as they stand in records: whole, so that a decision can be repeated, and without national numbers.

use serde_json::Value;

use super::TRACEPARENT;
use crate::model::IdSecret;
use crate::model::check::Check;

/// Longest request that is kept, in bytes of JSON. Of a longer one its digest is.
const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// A request with each national number in it replaced by a digest under the store's secret: who has the store can tell
/// whether a number was asked for, who has the log cannot read one. The trace of its caller is kept apart.
pub fn without_national_numbers(request: &Value, secret: &IdSecret) -> Value {
    let mut kept = replaced(request, secret);
    if let Some(parts) = kept.as_object_mut() {
        parts.shift_remove(TRACEPARENT);
    }
    let text = kept.to_string();
    if text.len() <= REQUEST_BYTES_MAX {
        return kept;
    }
    let digest = blake3::hash(text.as_bytes()).to_hex();
    serde_json::json!({ "bytes": text.len(), "blake3": digest.as_str() })
}

fn replaced(value: &Value, secret: &IdSecret) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        Value::Number(number) => match in_text(&number.to_string(), secret) {
            text if text == number.to_string() => value.clone(),
            text => Value::String(text),
        },
        Value::String(text) => Value::String(in_text(text, secret)),
        Value::Array(values) => values.iter().map(|value| replaced(value, secret)).collect(),
        Value::Object(parts) => {
            let parts = parts.iter();
            let parts = parts.map(|(name, value)| (in_text(name, secret), replaced(value, secret)));
            Value::Object(parts.collect())
        }
    }
}

/// Replaces runs of digits that are a citizen service number or A-number, with or without points and blanks in them.
fn in_text(text: &str, secret: &IdSecret) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, run) = rest.split_at(begin);
        out.push_str(before);
        let is_of_run = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ' ' | '-');
        let end = run.find(|letter| !is_of_run(letter)).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        out.push_str(&in_run(run, secret));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn in_run(run: &str, secret: &IdSecret) -> String {
    // Several numbers with blanks between them, or one number with blanks in it: of neither a digit may stay.
    let mut found = false;
    let words: Vec<String> = run
        .split(' ')
        .map(|word| match number(word) {
            Some(digits) => {
                found = true;
                digest(&digits, secret)
            }
            None => word.to_owned(),
        })
        .collect();
    if found {
        return words.join(" ");
    }
    let end = run.trim_end_matches([' ', '.', '-']).len();
    let (whole, after) = run.split_at(end);
    match number(whole) {
        Some(digits) => digest(&digits, secret) + after,
        None => run.to_owned(),
    }
}

fn number(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (Check::Bsn.passes(&digits) || Check::ANumber.passes(&digits)).then_some(digits)
}

fn digest(digits: &str, secret: &IdSecret) -> String {
    format!(
        "[national number {}]",
        secret.node("national number", digits)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_national_number_stays_in_a_request() {
        let secret = IdSecret::new([5; 32]);
        let kept = |value: &Value| without_national_numbers(value, &secret).to_string();
        for text in [
            "999993653",
            "9999.93.653",
            "999 993 653",
            "999-993-653",
            "bsn 999993653, jan",
            "999993653 999993653",
            "999993653.",
            "8940402024",
        ] {
            let told = kept(&json!({ "text": text, "more": [text] }));
            let digits: String = told.chars().filter(char::is_ascii_digit).collect();
            assert!(
                !digits.contains("999993653") && !digits.contains("8940402024"),
                "{told}"
            );
            assert!(told.contains("[national number "), "{told}");
        }
        assert!(!kept(&json!({ "number": 999_993_653 })).contains("999993653"));
        assert!(!kept(&json!({ "999993653": 1 })).contains("999993653"));
        // The same number is the same digest; another secret gives another.
        let asked = json!("999993653");
        assert_eq!(kept(&asked), kept(&json!("9999.93.653")));
        let other = without_national_numbers(&asked, &IdSecret::new([6; 32]));
        assert_ne!(kept(&asked), other.to_string());
    }

    #[test]
    fn everything_else_stays_as_it_was_asked() {
        let secret = IdSecret::new([5; 32]);
        let asked = json!({
            "text": "Havenstraat 12, 1011 AB", "asOf": "2026-11-01", "hops": 2, "start": ["c7ra7pprc4gq8"], "x": null,
            "number": "999993654",
        });
        assert_eq!(without_national_numbers(&asked, &secret), asked);
        let long = json!({ "text": "x".repeat(REQUEST_BYTES_MAX) });
        assert!(without_national_numbers(&long, &secret)["blake3"].is_string());
    }
}
