//! Checks of the numbers that Dutch registers give out.

use serde::{Deserialize, Serialize};

use super::shape::Shape;

/// A check that a key or property value must pass before it is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Citizen service number: 9 digits, 11-test.
    Bsn,
    /// Legal entity number: 9 digits, the same 11-test.
    Rsin,
    /// Civil registry administration number: 10 digits, two tests modulo 11.
    ANumber,
    /// Trade register number: 8 digits.
    Kvk,
    /// Branch number: 12 digits.
    Branch,
    /// BAG id of an addressable object or house number: 16 digits, type 01, 02, 03 or 20.
    Bag,
    /// BAG id of a building: 16 digits, type 10.
    BagBuilding,
    /// `1234AB`.
    Postcode,
    /// Energy connection: 18 digits, GS1 check digit.
    Ean,
    /// Licence plate without dashes: 6 letters and digits.
    Plate,
    /// Well-known text of a place: see [`super::Shape`].
    Shape,
}

impl Check {
    /// Whether `text` passes. Source: GBA Logisch Ontwerp, KvK and Kadaster format pages, GS1.
    pub fn passes(self, text: &str) -> bool {
        match self {
            Self::Bsn | Self::Rsin => passes_eleven_test(text),
            Self::ANumber => is_a_number(text),
            Self::Kvk => is_digits(text, 8),
            Self::Branch => is_digits(text, 12),
            Self::Bag => {
                is_digits(text, 16) && matches!(text.get(4..6), Some("01" | "02" | "03" | "20"))
            }
            Self::BagBuilding => is_digits(text, 16) && text.get(4..6) == Some("10"),
            Self::Postcode => is_postcode(text),
            Self::Ean => is_ean(text),
            Self::Shape => Shape::parse(text).is_some(),
            Self::Plate => {
                text.len() == 6
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            }
        }
    }

    /// What the value should have been, to complete the sentence 'the value is not ...'.
    pub fn demand(self) -> &'static str {
        match self {
            Self::Bsn => "a citizen service number (9 digits that pass the 11-test)",
            Self::Rsin => "an RSIN (9 digits that pass the 11-test)",
            Self::ANumber => "an A-number (10 digits that pass its check)",
            Self::Kvk => "a trade register number (8 digits)",
            Self::Branch => "a branch number (12 digits)",
            Self::Bag => "a BAG id of an addressable object or house number (16 digits)",
            Self::BagBuilding => "a BAG id of a building (16 digits, type 10)",
            Self::Postcode => "a postcode (1234AB)",
            Self::Ean => "an EAN (18 digits with a check digit)",
            Self::Plate => "a licence plate (6 letters and digits, no dashes)",
            Self::Shape => {
                "a POINT, POLYGON or MULTIPOLYGON in the Netherlands (metres, RD New) or after `SRID=4326;` (degrees)"
            }
        }
    }
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn digit_values(text: &str) -> impl Iterator<Item = i64> {
    text.bytes().map(|byte| i64::from(byte) - i64::from(b'0'))
}

fn passes_eleven_test(text: &str) -> bool {
    if !is_digits(text, 9) || text == "000000000" {
        return false;
    }
    let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    let sum: i64 = digit_values(text).zip(weights).map(|(d, w)| d * w).sum();
    sum % 11 == 0
}

fn is_a_number(text: &str) -> bool {
    if !is_digits(text, 10) || text.starts_with('0') {
        return false;
    }
    let neighbours_differ = text.bytes().zip(text.bytes().skip(1)).all(|(a, b)| a != b);
    let sum: i64 = digit_values(text).sum();
    let weighted: i64 = digit_values(text)
        .zip(0..)
        .map(|(digit, place)| digit << place)
        .sum();
    neighbours_differ && matches!(sum % 11, 0 | 5) && weighted % 11 == 0
}

fn is_postcode(text: &str) -> bool {
    text.len() == 6
        && !text.starts_with('0')
        && text.bytes().take(4).all(|byte| byte.is_ascii_digit())
        && text.bytes().skip(4).all(|byte| byte.is_ascii_uppercase())
}

fn is_ean(text: &str) -> bool {
    if !is_digits(text, 18) {
        return false;
    }
    // GS1: weights 3 and 1 in turn, the digit before the check digit has 3.
    let sum: i64 = digit_values(text)
        .zip([3, 1].into_iter().cycle())
        .take(17)
        .map(|(digit, weight)| digit * weight)
        .sum();
    digit_values(text).last() == Some((10 - sum % 10) % 10)
}

/// Hides a value for a report: its first character and its length, for the finding of a typing error and no more.
pub fn masked(value: &str) -> String {
    let count = value.chars().count();
    match value.chars().next() {
        None => "(empty)".to_owned(),
        Some(first) => format!(
            "{first}{} ({count} characters)",
            "*".repeat(count.min(20) - 1)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_registers_are_told_from_mistyped_ones() {
        let cases = [
            (Check::Bsn, "999993653", true),
            (Check::Bsn, "999993654", false),
            (Check::Bsn, "000000000", false),
            (Check::Bsn, "99999365", false),
            (Check::ANumber, "8940402024", true),
            (Check::ANumber, "8940402025", false),
            (Check::Kvk, "69599084", true),
            (Check::Kvk, "6959908", false),
            (Check::Branch, "000038509504", true),
            (Check::Bag, "0221010000330226", true),
            (Check::Bag, "0221100000312938", false),
            (Check::BagBuilding, "0221100000312938", true),
            (Check::Postcode, "6982CZ", true),
            (Check::Postcode, "0982CZ", false),
            (Check::Postcode, "6982 C", false),
            (Check::Ean, "871685900000000013", false),
            (Check::Ean, "871685920000000001", false),
            (Check::Plate, "AB12CD", true),
            (Check::Plate, "AB-12-C", false),
        ];
        for (check, text, expected) in cases {
            assert_eq!(check.passes(text), expected, "{check:?} {text}");
        }
    }

    #[test]
    fn an_ean_with_its_own_check_digit_passes() {
        let passing = (0..10)
            .map(|digit| format!("87168590000000001{digit}"))
            .filter(|text| Check::Ean.passes(text))
            .count();
        assert_eq!(passing, 1);
    }

    #[test]
    fn a_masked_value_does_not_show_itself() {
        assert_eq!(masked("999993653"), "9******** (9 characters)");
        assert_eq!(masked(""), "(empty)");
        assert_eq!(masked("x"), "x (1 characters)");
    }
}
