//! Typed values of properties.

use serde::{Deserialize, Serialize};

use super::time::PartialDate;

/// One value of a property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction. Finite: the parsers refuse the rest.
    Decimal(f64),
    /// Yes or no.
    Boolean(bool),
    /// A date, of which parts may be unknown.
    Date(PartialDate),
}

impl Value {
    /// The JSON form: text, number or boolean; a date as text with only its known parts.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Integer(number) => (*number).into(),
            Self::Decimal(number) => (*number).into(),
            Self::Boolean(flag) => (*flag).into(),
            Self::Date(date) => date.to_string().into(),
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::Decimal(number) => write!(formatter, "{number}"),
            Self::Boolean(flag) => write!(formatter, "{flag}"),
            Self::Date(date) => write!(formatter, "{date}"),
        }
    }
}
