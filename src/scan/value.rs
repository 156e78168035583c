//! Values while a query runs, and how they compare.
//!
//! Three comparisons, as openCypher has them: *equality* knows `null` for 'cannot be told'; *equivalence*, for `DISTINCT`
//! and groups, takes `null` for `null`; *order*, for `ORDER BY`, puts values of any types in a row.
//!
//! # Design notes
//! * **Dates of which parts are unknown** compare as what is known of them: 2020 is before 2021-03 whatever the rest is,
//!   and whether it is before 2020-05 cannot be told, which is `null`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::model::{PartialDate, Precision};

/// An edge as it is met: its place, and its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EdgeRef {
    /// Place of the first visible statement about it: one number per edge and view.
    pub edge: u32,
    pub from: u32,
    pub to: u32,
    pub label: u32,
}

impl EdgeRef {
    /// The end that is not `node`.
    pub fn other(&self, node: u32) -> u32 {
        if self.from == node {
            self.to
        } else {
            self.from
        }
    }
}

/// Nodes and the edges between them; one node more than there are edges.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PathValue {
    pub nodes: Vec<u32>,
    pub edges: Vec<EdgeRef>,
}

/// A value.
#[derive(Debug, Clone, Default)]
pub(crate) enum Value {
    #[default]
    Null,
    Boolean(bool),
    Integer(i64),
    Decimal(f64),
    Text(Arc<str>),
    Date(PartialDate),
    List(Arc<Vec<Value>>),
    Map(Arc<BTreeMap<Arc<str>, Value>>),
    Node(u32),
    Edge(EdgeRef),
    Path(Arc<PathValue>),
}

/// The words for a kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Dutch.
    pub nl: &'static str,
    /// English.
    pub en: &'static str,
}

impl Value {
    pub fn text(text: &str) -> Self {
        Self::Text(Arc::from(text))
    }

    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What kind of value it is, in words for messages.
    pub fn kind(&self) -> Kind {
        let (nl, en) = match self {
            Self::Null => ("null", "null"),
            Self::Boolean(_) => ("waar of onwaar", "a truth value"),
            Self::Integer(_) => ("een geheel getal", "a whole number"),
            Self::Decimal(_) => ("een getal", "a number"),
            Self::Text(_) => ("een tekst", "a text"),
            Self::Date(_) => ("een datum", "a date"),
            Self::List(_) => ("een lijst", "a list"),
            Self::Map(_) => ("een verzameling van namen en waarden", "a map"),
            Self::Node(_) => ("een knoop", "a node"),
            Self::Edge(_) => ("een verbinding", "an edge"),
            Self::Path(_) => ("een pad", "a path"),
        };
        Kind { nl, en }
    }

    /// The number, whole or not.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Decimal(number) => Some(*number),
            _ => None,
        }
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> u64 {
        const CELL: u64 = size_of::<Value>() as u64;
        CELL + match self {
            Self::Text(text) => text.len() as u64,
            Self::List(items) => items.iter().map(Self::bytes).sum(),
            Self::Map(entries) => entries
                .iter()
                .map(|(key, value)| key.len() as u64 + value.bytes())
                .sum(),
            Self::Path(path) => (path.nodes.len() * 4 + path.edges.len() * 16) as u64,
            _ => 0,
        }
    }

    /// Equality; `None` is 'cannot be told'.
    pub fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Null, _) | (_, Self::Null) => None,
            (Self::List(one), Self::List(two)) => {
                if one.len() != two.len() {
                    return Some(false);
                }
                all_equal(one.iter().zip(two.iter()))
            }
            (Self::Map(one), Self::Map(two)) => {
                if !one.keys().eq(two.keys()) {
                    return Some(false);
                }
                all_equal(one.values().zip(two.values()))
            }
            (Self::Date(one), Self::Date(two)) => dates_equal(*one, *two),
            (Self::Integer(_) | Self::Decimal(_), Self::Integer(_) | Self::Decimal(_)) => {
                Some(compare_numbers(self, other) == Some(Ordering::Equal))
            }
            _ => Some(self.order(other) == Ordering::Equal),
        }
    }

    /// Order for `<` and its like: only within one type; `None` where it cannot be told or there is none.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(_) | Self::Decimal(_), Self::Integer(_) | Self::Decimal(_)) => {
                compare_numbers(self, other)
            }
            (Self::Text(one), Self::Text(two)) => Some(one.cmp(two)),
            (Self::Boolean(one), Self::Boolean(two)) => Some(one.cmp(two)),
            (Self::Date(one), Self::Date(two)) => compare_dates(*one, *two),
            (Self::List(one), Self::List(two)) => {
                for (a, b) in one.iter().zip(two.iter()) {
                    match a.equals(b) {
                        Some(true) => {}
                        Some(false) => return a.compare(b),
                        None => return None,
                    }
                }
                Some(one.len().cmp(&two.len()))
            }
            _ => None,
        }
    }

    /// Place among all values, for `ORDER BY`.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Map(one), Self::Map(two)) => {
                let keys = one.keys().cmp(two.keys());
                keys.then_with(|| order_all(one.values(), two.values()))
            }
            (Self::Node(one), Self::Node(two)) => one.cmp(two),
            (Self::Edge(one), Self::Edge(two)) => one.edge.cmp(&two.edge),
            (Self::List(one), Self::List(two)) => order_all(one.iter(), two.iter()),
            (Self::Path(one), Self::Path(two)) => one.cmp(two),
            (Self::Date(one), Self::Date(two)) => (one.first, one.latest(), precision(*one))
                .cmp(&(two.first, two.latest(), precision(*two))),
            (Self::Text(one), Self::Text(two)) => one.cmp(two),
            (Self::Boolean(one), Self::Boolean(two)) => one.cmp(two),
            (Self::Integer(_) | Self::Decimal(_), Self::Integer(_) | Self::Decimal(_)) => {
                order_numbers(self, other)
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Map(_) => 0,
            Self::Node(_) => 1,
            Self::Edge(_) => 2,
            Self::List(_) => 3,
            Self::Path(_) => 4,
            Self::Date(_) => 5,
            Self::Text(_) => 6,
            Self::Boolean(_) => 7,
            Self::Integer(_) | Self::Decimal(_) => 8,
            Self::Null => 9,
        }
    }
}

fn precision(date: PartialDate) -> u8 {
    match date.precision {
        Precision::Day => 0,
        Precision::Month => 1,
        Precision::Year => 2,
        Precision::Unknown => 3,
    }
}

fn all_equal<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    let mut known = true;
    for (one, two) in pairs {
        match one.equals(two) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => known = false,
        }
    }
    known.then_some(true)
}

fn order_all<'a>(
    one: impl Iterator<Item = &'a Value>,
    mut two: impl Iterator<Item = &'a Value>,
) -> Ordering {
    for a in one {
        let Some(b) = two.next() else {
            return Ordering::Greater;
        };
        let found = a.order(b);
        if found.is_ne() {
            return found;
        }
    }
    if two.next().is_some() {
        Ordering::Less
    } else {
        Ordering::Equal
    }
}

/// Exact, also where a whole number has no exact fraction beside it. Not a number compares with nothing.
fn compare_numbers(one: &Value, two: &Value) -> Option<Ordering> {
    match (one, two) {
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => a.partial_cmp(b),
        (Value::Integer(a), Value::Decimal(b)) => integer_to_decimal(*a, *b),
        (Value::Decimal(a), Value::Integer(b)) => integer_to_decimal(*b, *a).map(Ordering::reverse),
        _ => None,
    }
}

fn integer_to_decimal(whole: i64, decimal: f64) -> Option<Ordering> {
    if decimal.is_nan() {
        return None;
    }
    // 2 to the 63: above every whole number.
    const PAST: f64 = 9_223_372_036_854_775_808.0;
    if decimal >= PAST {
        return Some(Ordering::Less);
    }
    if decimal < -PAST {
        return Some(Ordering::Greater);
    }
    let floor = decimal.floor();
    let by_floor = whole.cmp(&(floor as i64));
    Some(by_floor.then(if decimal > floor {
        Ordering::Less
    } else {
        Ordering::Equal
    }))
}

/// Not a number stands after all numbers.
fn order_numbers(one: &Value, two: &Value) -> Ordering {
    let is_nan = |value: &Value| matches!(value, Value::Decimal(number) if number.is_nan());
    compare_numbers(one, two).unwrap_or_else(|| is_nan(one).cmp(&is_nan(two)))
}

fn dates_equal(one: PartialDate, two: PartialDate) -> Option<bool> {
    if one.precision == Precision::Day && two.precision == Precision::Day {
        return Some(one.first == two.first);
    }
    let apart = one.latest() < two.earliest() || two.latest() < one.earliest();
    apart.then_some(false)
}

fn compare_dates(one: PartialDate, two: PartialDate) -> Option<Ordering> {
    if one.precision == Precision::Day && two.precision == Precision::Day {
        return Some(one.first.cmp(&two.first));
    }
    if one.latest() < two.earliest() {
        Some(Ordering::Less)
    } else if two.latest() < one.earliest() {
        Some(Ordering::Greater)
    } else {
        None
    }
}

/// A value as a key of groups: equivalent values are one key.
#[derive(Debug, Clone)]
pub(crate) struct Key(pub Vec<Value>);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        order_all(self.0.iter(), other.0.iter()).is_eq()
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for value in &self.0 {
            hash_value(value, state);
        }
    }
}

fn hash_value<H: Hasher>(value: &Value, state: &mut H) {
    value.rank().hash(state);
    match value {
        Value::Null => {}
        Value::Boolean(flag) => flag.hash(state),
        Value::Integer(number) => number.hash(state),
        Value::Decimal(number) => {
            // A fraction that is whole is the same key as that whole number.
            let whole = *number as i64;
            if integer_to_decimal(whole, *number) == Some(Ordering::Equal) {
                whole.hash(state);
            } else if number.is_nan() {
                u64::MAX.hash(state);
            } else {
                number.to_bits().hash(state);
            }
        }
        Value::Text(text) => text.hash(state),
        Value::Date(date) => date.hash(state),
        Value::List(items) => {
            items.len().hash(state);
            for item in items.iter() {
                hash_value(item, state);
            }
        }
        Value::Map(entries) => {
            for (key, value) in entries.iter() {
                key.hash(state);
                hash_value(value, state);
            }
        }
        Value::Node(node) => node.hash(state),
        Value::Edge(edge) => edge.edge.hash(state),
        Value::Path(path) => path.hash(state),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DateFormat;

    fn date(text: &str) -> Value {
        Value::Date(PartialDate::parse(text, DateFormat::Iso).unwrap().unwrap())
    }

    #[test]
    fn a_partly_unknown_date_compares_as_far_as_it_is_known() {
        assert_eq!(date("2020").compare(&date("2021-03")), Some(Ordering::Less));
        assert_eq!(date("2020").compare(&date("2020-05-01")), None);
        assert_eq!(date("2020").equals(&date("2021-05-01")), Some(false));
        assert_eq!(date("2020").equals(&date("2020")), None);
        assert_eq!(date("2020-05-01").equals(&date("2020-05-01")), Some(true));
    }

    #[test]
    fn whole_numbers_and_fractions_compare_exactly() {
        let large = Value::Integer((1 << 53) + 1);
        let near = Value::Decimal((1_u64 << 53) as f64);
        assert_eq!(large.compare(&near), Some(Ordering::Greater));
        assert_eq!(Value::Integer(1).equals(&Value::Decimal(1.0)), Some(true));
        let nan = Value::Decimal(f64::NAN);
        assert_eq!(nan.equals(&nan), Some(false));
        assert_eq!(nan.order(&nan), Ordering::Equal);
        assert_eq!(Value::Integer(i64::MAX).order(&nan), Ordering::Less);
    }

    #[test]
    fn lists_with_unknown_parts_are_unequal_only_where_it_shows() {
        let list = |items: &[Value]| Value::list(items.to_vec());
        let (one, two, null) = (Value::Integer(1), Value::Integer(2), Value::Null);
        assert_eq!(
            list(&[one.clone(), null.clone()]).equals(&list(&[two.clone(), one.clone()])),
            Some(false)
        );
        assert_eq!(
            list(&[one.clone(), null.clone()]).equals(&list(&[one.clone(), two.clone()])),
            None
        );
        assert_eq!(
            list(std::slice::from_ref(&null)).equals(&list(&[null.clone(), one])),
            Some(false)
        );
    }
}
