//! What the values of a column are.

use std::collections::HashSet;

use super::super::convert;
use crate::model::check::Check;
use crate::model::{DateFormat, PartialDate, PropertyClass, ValueType};

/// Different values that are kept to tell whether a column tells records apart.
const DISTINCT_MAX: usize = 5_000;

/// A column with at most this many different values, each there several times, holds codes.
const CODES_MAX: usize = 30;

/// Average characters of a value from which on it is text that people typed.
const FREE_TEXT_CHARS: usize = 60;

/// Share of values, in percent, that must pass a check for the column to be taken for it.
const PASSING_PERCENT: usize = 80;

/// One column while values come by.
pub(super) struct Column {
    pub name: String,
    filled: usize,
    empty: usize,
    distinct: HashSet<String>,
    chars: usize,
    booleans: usize,
    integers: usize,
    decimals: usize,
    /// Values that are a date, by format.
    dates: [usize; 3],
    /// Values that pass a check.
    passing: Vec<(Check, usize)>,
}

const DATE_FORMATS: [DateFormat; 3] = [DateFormat::Iso, DateFormat::Compact, DateFormat::Dmy];

/// Checks with the words that name their columns. Digits of these lengths alone prove nothing, so a word is needed, but for
/// the checks that chance rarely passes.
const CHECKS: [(Check, &[&str], bool); 10] = [
    (Check::Bsn, &["bsn", "burgerservicenummer", "sofi"], true),
    (
        Check::ANumber,
        &["anummer", "anr", "a_nummer", "administratienummer"],
        true,
    ),
    (Check::Rsin, &["rsin", "fiscaalnummer"], false),
    (Check::Kvk, &["kvk", "handelsregister", "chamber"], false),
    (
        Check::Branch,
        &["vestigingsnummer", "vestigingsnr", "branch"],
        false,
    ),
    (Check::BagBuilding, &["pand"], true),
    (
        Check::Bag,
        &[
            "bag",
            "verblijfsobject",
            "nummeraanduiding",
            "adresseerbaarobject",
        ],
        true,
    ),
    (Check::Ean, &["ean"], true),
    (Check::Plate, &["kenteken", "plate"], false),
    (Check::Postcode, &["postcode", "zip"], true),
];

impl Column {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            filled: 0,
            empty: 0,
            distinct: HashSet::new(),
            chars: 0,
            booleans: 0,
            integers: 0,
            decimals: 0,
            dates: [0; 3],
            passing: CHECKS.iter().map(|&(check, ..)| (check, 0)).collect(),
        }
    }

    pub fn take(&mut self, text: &str) {
        if text.is_empty() {
            self.empty += 1;
            return;
        }
        self.filled += 1;
        self.chars += text.chars().count();
        if self.distinct.len() < DISTINCT_MAX {
            self.distinct.insert(text.to_owned());
        }
        let is = |value_type| convert::value(text, value_type, None, DateFormat::Iso).is_ok();
        // A number that begins with a zero is a code.
        let is_code = text.len() > 1 && text.starts_with('0') && !text.contains(['.', ',']);
        self.booleans += usize::from(is(ValueType::Boolean));
        self.integers += usize::from(!is_code && is(ValueType::Integer));
        self.decimals += usize::from(!is_code && is(ValueType::Decimal));
        for (count, format) in self.dates.iter_mut().zip(DATE_FORMATS) {
            *count += usize::from(matches!(PartialDate::parse(text, format), Ok(Some(_))));
        }
        for (check, count) in &mut self.passing {
            *count += usize::from(convert::checked(text, Some(*check)).is_ok());
        }
    }

    /// Words of the name, and the name without anything but letters and digits.
    fn named(&self, words: &[&str]) -> bool {
        let squashed: String = deunicode::deunicode(&self.name)
            .to_lowercase()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        words
            .iter()
            .any(|word| squashed.contains(&word.replace('_', "")))
    }

    /// The check that its values are for.
    pub fn check(&self) -> Option<Check> {
        let found = CHECKS
            .iter()
            .zip(&self.passing)
            .find(|((_, words, alone), (_, passing))| {
                let share = passing * 100 / self.filled.max(1);
                let is_named = self.named(words);
                // What few numbers pass by chance needs no name; what is named needs only to pass mostly.
                (is_named && share >= PASSING_PERCENT)
                    || (*alone && self.filled >= 5 && share >= 99)
            });
        found.map(|(&(check, ..), _)| check)
    }

    /// Values of a hundred that fail the check of the column.
    pub fn failing(&self, check: Check) -> usize {
        let passing = self.passing.iter().find(|(one, _)| *one == check);
        self.filled - passing.map_or(self.filled, |(_, count)| *count)
    }

    /// The type of its values, and how its dates are written.
    pub fn value_type(&self) -> (ValueType, Option<DateFormat>) {
        if self.filled == 0 || self.check().is_some() {
            return (ValueType::Text, None);
        }
        let is_date_name = self.named(&["dat", "date", "begin", "eind", "vanaf", "since", "until"]);
        for (count, format) in self.dates.iter().zip(DATE_FORMATS) {
            // Years and eight digits are numbers too: only a name makes them dates.
            let is_plain_number = self.integers == self.filled;
            if *count == self.filled && (!is_plain_number || is_date_name) {
                return (ValueType::Date, Some(format));
            }
        }
        let all = |count: usize| count == self.filled;
        if all(self.booleans) && (self.distinct.len() == 2 || !all(self.integers)) {
            return (ValueType::Boolean, None);
        }
        if all(self.integers) {
            return (ValueType::Integer, None);
        }
        if all(self.decimals) {
            return (ValueType::Decimal, None);
        }
        (ValueType::Text, None)
    }

    /// The class, on the safe side.
    pub fn class(&self) -> PropertyClass {
        match self.check() {
            Some(Check::Bsn | Check::ANumber | Check::Rsin) => {
                return PropertyClass::NationalNumber;
            }
            Some(
                Check::Kvk
                | Check::Branch
                | Check::Postcode
                | Check::Bag
                | Check::BagBuilding
                | Check::Shape,
            ) => {
                return PropertyClass::Ordinary;
            }
            Some(Check::Plate | Check::Ean) => return PropertyClass::Identifying,
            None => {}
        }
        // A number of the state whose values fail the check is one all the same.
        if self.named(&[
            "bsn",
            "burgerservicenummer",
            "rsin",
            "anummer",
            "nhsno",
            "ssn",
            "sofi",
        ]) {
            return PropertyClass::NationalNumber;
        }
        if self.named(&[
            "delict",
            "strafbaar",
            "verdacht",
            "antecedent",
            "crime",
            "offence",
            "arrest",
            "convict",
            "misdrijf",
        ]) {
            return PropertyClass::Criminal;
        }
        if self.named(&[
            "bedrag", "amount", "prijs", "price", "saldo", "balance", "koopsom", "iban",
            "rekening", "schuld", "inkomen", "income", "salaris", "eur",
        ]) {
            return PropertyClass::Financial;
        }
        let long = self.chars / self.filled.max(1) >= FREE_TEXT_CHARS;
        let free = self.named(&[
            "opmerking",
            "toelichting",
            "notitie",
            "note",
            "comment",
            "remark",
            "verslag",
        ]);
        if long || free {
            return PropertyClass::FreeText;
        }
        if self.named(&[
            "naam",
            "name",
            "geboorte",
            "birth",
            "mail",
            "telefoon",
            "phone",
            "geslacht",
            "sex",
            "gender",
            "adres",
            "address",
            "straat",
            "street",
            "huisnummer",
            "age",
            "leeftijd",
        ]) {
            return PropertyClass::Identifying;
        }
        match self.value_type().0 {
            ValueType::Text if !self.holds_codes() => PropertyClass::Identifying,
            _ => PropertyClass::Ordinary,
        }
    }

    /// Few different values, each there several times.
    fn holds_codes(&self) -> bool {
        self.distinct.len() <= CODES_MAX && self.filled >= self.distinct.len() * 3
    }

    /// How good a key it makes; `None` if it does not tell the records apart.
    pub fn as_key(&self, records: usize) -> Option<u8> {
        let is_whole = self.empty == 0 && self.filled == records;
        let is_unique = self.distinct.len() == records.min(DISTINCT_MAX);
        if !is_whole || !is_unique || records == 0 {
            return None;
        }
        let lower = self.name.to_lowercase();
        let is_id = lower == "id"
            || lower == ":id"
            || lower.ends_with("id")
            || self.named(&[
                "nummer",
                "kenmerk",
                "code",
                "number",
                "identificatie",
                "reference",
            ]);
        let is_kind_of_text = matches!(self.value_type().0, ValueType::Text | ValueType::Integer);
        Some(match (is_id, is_kind_of_text, self.class()) {
            // A number of the state as a key of one's own would stand in every report: a last choice.
            (_, _, PropertyClass::NationalNumber) => 3,
            (true, ..) => 0,
            (false, true, _) => 1,
            (false, false, _) => 2,
        })
    }

    pub fn is_empty(&self) -> bool {
        self.filled == 0
    }
}
