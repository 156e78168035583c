//! Texts to typed values, and keys in the one form that all sources share.

use crate::model::check::Check;
use crate::model::{DateFormat, PartialDate, Value, ValueType};

/// Reads a text as a value.
///
/// * `check`: what the value must pass; the text is first brought to the form of [`tidied`].
/// * `format`: how dates are written.
///
/// Returns `None` where the text says 'no value' (an open date).
///
/// # Errors
/// What is wrong, to stand behind 'the value is'.
pub(crate) fn value(
    text: &str,
    value_type: ValueType,
    check: Option<Check>,
    format: DateFormat,
) -> Result<Option<Value>, String> {
    match value_type {
        ValueType::Text => checked(text, check).map(|text| Some(Value::Text(text))),
        ValueType::Integer => text
            .parse()
            .map(|number| Some(Value::Integer(number)))
            .map_err(|_| "not a whole number".to_owned()),
        ValueType::Decimal => decimal(text).map(|number| Some(Value::Decimal(number))),
        ValueType::Boolean => boolean(text).map(|flag| Some(Value::Boolean(flag))),
        ValueType::Date => PartialDate::parse(text, format)
            .map(|date| date.map(Value::Date))
            .map_err(|error| error.to_string()),
    }
}

/// Brings a text to the form that its check asks for, and checks it.
///
/// # Errors
/// What the text should have been.
pub(crate) fn checked(text: &str, check: Option<Check>) -> Result<String, String> {
    let Some(check) = check else {
        return Ok(text.to_owned());
    };
    let tidy = tidied(text, check);
    if check.passes(&tidy) {
        return Ok(tidy);
    }
    Err(format!("not {}", check.demand()))
}

/// Undoes what spreadsheets and typists do to numbers: a lost leading zero, blanks in a postcode, dashes in a plate,
/// small letters. Nothing is added that the check would not catch if it were wrong.
fn tidied(text: &str, check: Check) -> String {
    match check {
        // Eight digits are nine that lost their zero; the 11-test then tells (STANDARDS 6).
        Check::Bsn | Check::Rsin if text.len() == 8 => format!("0{text}"),
        Check::Postcode => text
            .chars()
            .filter(|letter| !letter.is_whitespace())
            .flat_map(char::to_uppercase)
            .collect(),
        Check::Plate => text
            .chars()
            .filter(|letter| !letter.is_whitespace() && *letter != '-')
            .flat_map(char::to_uppercase)
            .collect(),
        Check::Bsn
        | Check::Rsin
        | Check::ANumber
        | Check::Kvk
        | Check::Branch
        | Check::Bag
        | Check::BagBuilding
        | Check::Ean
        | Check::Shape => text.to_owned(),
    }
}

fn decimal(text: &str) -> Result<f64, String> {
    // One comma and no point is how Dutch spreadsheets write a fraction.
    let number: f64 = match (text.matches(',').count(), text.contains('.')) {
        (1, false) => text.replace(',', ".").parse(),
        _ => text.parse(),
    }
    .map_err(|_| "not a number".to_owned())?;
    if !number.is_finite() {
        return Err("not a finite number".to_owned());
    }
    Ok(number)
}

fn boolean(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "true" | "1" | "j" | "ja" | "y" | "yes" | "waar" => Ok(true),
        "false" | "0" | "n" | "nee" | "no" | "onwaar" => Ok(false),
        _ => Err("neither yes nor no".to_owned()),
    }
}

/// Brings a postcode with house number to its one form, `1234AB 12A-BIS`.
///
/// A single letter behind the number is the house letter, the rest the addition; what follows a dash is always the
/// addition, so that `12-A` (addition A) and `12A` (letter A) stay two addresses.
///
/// # Errors
/// What the text should have been.
pub(crate) fn postcode_key(text: &str) -> Result<String, String> {
    let demand = || "not a postcode and house number (1234AB 12A-BIS)".to_owned();
    let upper = text.to_uppercase();
    let mut rest = upper.chars();
    let postcode: String = rest
        .by_ref()
        .filter(|letter| !letter.is_whitespace())
        .take(6)
        .collect();
    if !Check::Postcode.passes(&postcode) {
        return Err(demand());
    }
    let behind = rest.as_str().trim_start();
    let digits_end = behind
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(behind.len());
    let (digits, suffix) = behind.split_at(digits_end);
    let number = digits.trim_start_matches('0');
    let (letter, addition) = letter_and_addition(suffix.trim_start());
    let is_right = (1..=5).contains(&number.len())
        && addition.len() <= ADDITION_BYTES_MAX
        && addition.chars().all(char::is_alphanumeric);
    if !is_right {
        return Err(demand());
    }
    let dash = if addition.is_empty() { "" } else { "-" };
    Ok(format!("{postcode} {number}{letter}{dash}{addition}"))
}

/// The BAG allows four characters in an addition; the BRP of before it has longer ones.
const ADDITION_BYTES_MAX: usize = 16;

/// Splits what stands behind the number: a letter alone, the rest the addition.
fn letter_and_addition(suffix: &str) -> (String, String) {
    let mut letters = suffix.chars().filter(|sign| !sign.is_whitespace());
    let (first, second) = (letters.next(), letters.next());
    let has_letter = first.is_some_and(char::is_alphabetic)
        // `12BIS` has no letter, `12A-BIS`, `12A BIS` and `12A1` have one.
        && (!second.is_some_and(char::is_alphabetic)
            || suffix.chars().nth(1).is_some_and(char::is_whitespace));
    let addition = suffix
        .chars()
        .skip(usize::from(has_letter))
        .filter(|sign| !sign.is_whitespace() && *sign != '-')
        .collect();
    let letter = first.filter(|_| has_letter).map(String::from);
    (letter.unwrap_or_default(), addition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcode_keys_of_all_spellings_agree() {
        for (text, expected) in [
            ("1234AB 12", "1234AB 12"),
            ("1234 ab 12", "1234AB 12"),
            ("1234AB 12a", "1234AB 12A"),
            ("1234AB 12 A", "1234AB 12A"),
            ("1234AB 12a-bis", "1234AB 12A-BIS"),
            ("1234ab12A bis", "1234AB 12A-BIS"),
            ("1234AB 12-bis", "1234AB 12-BIS"),
            ("1234AB 12bis", "1234AB 12-BIS"),
            ("1234AB 12-A", "1234AB 12-A"),
            ("1234AB 12-2", "1234AB 12-2"),
            ("1234AB 12 2", "1234AB 12-2"),
            ("1234 AB 12 2", "1234AB 12-2"),
            ("1234AB 12A2", "1234AB 12A-2"),
            ("1234AB 0012", "1234AB 12"),
        ] {
            assert_eq!(postcode_key(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_postcode_and_number_is_refused() {
        for text in [
            "",
            "1234AB",
            "1234AB A",
            "0234AB 1",
            "1234AB 0",
            "1234AB 123456",
            "1234AB 1/2",
            "1234 1 A",
        ] {
            assert!(postcode_key(text).is_err(), "{text}");
        }
    }

    #[test]
    fn texts_become_typed_values() {
        let read = |text: &str, value_type| value(text, value_type, None, DateFormat::Iso);
        for (text, value_type, expected) in [
            ("12", ValueType::Integer, Some(Value::Integer(12))),
            ("-1", ValueType::Integer, Some(Value::Integer(-1))),
            ("1.5", ValueType::Decimal, Some(Value::Decimal(1.5))),
            ("1,5", ValueType::Decimal, Some(Value::Decimal(1.5))),
            ("Ja", ValueType::Boolean, Some(Value::Boolean(true))),
            ("nee", ValueType::Boolean, Some(Value::Boolean(false))),
            ("x", ValueType::Text, Some(Value::Text("x".to_owned()))),
        ] {
            assert_eq!(read(text, value_type), Ok(expected), "{text}");
        }
        for (text, value_type) in [
            ("1.5", ValueType::Integer),
            ("99999999999999999999", ValueType::Integer),
            ("1.234,5", ValueType::Decimal),
            ("inf", ValueType::Decimal),
            ("NaN", ValueType::Decimal),
            ("maybe", ValueType::Boolean),
            ("2020-02-30", ValueType::Date),
        ] {
            assert!(read(text, value_type).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_are_read_in_each_format() {
        for (text, format, expected) in [
            ("2020-05-01", DateFormat::Iso, Some("2020-05-01")),
            (
                "2020-05-01T10:00:00.000",
                DateFormat::Iso,
                Some("2020-05-01"),
            ),
            ("2020-05", DateFormat::Iso, Some("2020-05")),
            ("2020", DateFormat::Iso, Some("2020")),
            ("20200501", DateFormat::Compact, Some("2020-05-01")),
            ("20200500", DateFormat::Compact, Some("2020-05")),
            ("20200000", DateFormat::Compact, Some("2020")),
            ("00000000", DateFormat::Compact, Some("?")),
            ("1/08/2017", DateFormat::Dmy, Some("2017-08-01")),
            ("1-8-2017", DateFormat::Dmy, Some("2017-08-01")),
            ("18262", DateFormat::Days, Some("2020-01-01")),
            ("99999", DateFormat::Days, None),
        ] {
            let read = value(text, ValueType::Date, None, format).unwrap();
            assert_eq!(
                read.map(|date| date.to_string()).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn numbers_are_tidied_before_their_check() {
        for (text, check, expected) in [
            ("10008579", Check::Bsn, None),
            ("10008573", Check::Bsn, Some("010008573")),
            ("999993653", Check::Bsn, Some("999993653")),
            ("6982 cz", Check::Postcode, Some("6982CZ")),
            ("ab-12-cd", Check::Plate, Some("AB12CD")),
            ("6959908", Check::Kvk, None),
        ] {
            assert_eq!(
                checked(text, Some(check)).ok().as_deref(),
                expected,
                "{text}"
            );
        }
        let zero_lost = (10_000_000..10_000_100)
            .map(|number| number.to_string())
            .filter(|text| checked(text, Some(Check::Bsn)).is_ok())
            .count();
        assert_eq!(zero_lost, 9, "one in eleven passes the test");
    }
}
