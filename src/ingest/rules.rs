//! The rules of a source file, as its TOML spells them. `mapping` makes them ready to run.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::model::DateFormat;

/// A text, or several.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts(pub Vec<String>);

/// Conditions: each named field has one of the values, or one that stands in a code table.
pub(crate) type When = BTreeMap<String, ConditionToml>;

/// What a field may hold.
#[derive(Debug, Clone)]
pub(crate) enum ConditionToml {
    Values(Texts),
    Table(TableToml),
}

/// One or more ways to get a value; the first that gives one counts.
#[derive(Debug, Clone)]
pub(crate) struct ValueToml(pub Vec<WayToml>);

/// One way to get a value.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WayToml {
    pub field: Option<String>,
    pub template: Option<String>,
    pub text: Option<String>,
    pub join: Option<String>,
    pub map: Option<BTreeMap<String, String>>,
    pub other: Option<String>,
    pub format: Option<DateFormat>,
    pub pad: Option<usize>,
    #[serde(default)]
    pub not: Texts,
    pub min: Option<BoundToml>,
    pub max: Option<BoundToml>,
    pub table: Option<TableToml>,
}

/// A bound of a range: a number, or a date as `2020-05-01`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, expecting = "a number or a date as text")]
pub(crate) enum BoundToml {
    /// A number.
    Number(f64),
    /// A date.
    Date(String),
}

/// A code table: a CSV file with a column of codes and one of what they mean.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableToml {
    /// Its file, relative to the source file.
    pub file: std::path::PathBuf,
    /// Column of the codes; default the first.
    pub code: Option<String>,
    /// Column of what they become; default: the code itself, so that the table only tells which codes there are.
    pub value: Option<String>,
}

/// Validity of a statement.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValidToml {
    pub from: Option<ValueToml>,
    pub to: Option<ValueToml>,
    pub format: Option<DateFormat>,
}

/// A setting of a marking: the text itself, or a value rule.
#[derive(Debug, Clone)]
pub(crate) enum SettingToml {
    Fixed(Texts),
    Rule(Box<WayToml>),
}

/// `[[record.marking]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarkingToml {
    #[serde(default)]
    pub when: When,
    pub organisation: Option<SettingToml>,
    pub department: Option<SettingToml>,
    pub level: Option<SettingToml>,
    pub purposes: Option<SettingToml>,
}

/// `[[record.node]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeToml {
    #[serde(rename = "as")]
    pub name: String,
    pub label: String,
    pub key: Texts,
    #[serde(default)]
    pub mention: bool,
    #[serde(default)]
    pub optional: bool,
    #[serde(default)]
    pub when: When,
    #[serde(default)]
    pub valid: ValidToml,
    #[serde(default)]
    pub properties: BTreeMap<String, ValueToml>,
}

/// `[[record.edge]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EdgeToml {
    pub label: String,
    pub from: String,
    pub to: String,
    pub key: Option<String>,
    #[serde(default)]
    pub when: When,
    #[serde(default)]
    pub valid: ValidToml,
    #[serde(default)]
    pub properties: BTreeMap<String, ValueToml>,
}

/// `[[record.alias]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AliasToml {
    pub label: String,
    pub from: String,
    pub to: String,
    #[serde(default)]
    pub when: When,
    #[serde(default)]
    pub valid: ValidToml,
}

/// `[[record]]`: one rule set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordToml {
    #[serde(default)]
    pub kind: Option<Texts>,
    #[serde(default)]
    pub file: Texts,
    pub each: Option<String>,
    #[serde(default)]
    pub when: When,
    pub set_aside: Option<String>,
    pub identity: Option<String>,
    #[serde(default)]
    pub marking: Vec<MarkingToml>,
    #[serde(default)]
    pub node: Vec<NodeToml>,
    #[serde(default)]
    pub edge: Vec<EdgeToml>,
    #[serde(default)]
    pub alias: Vec<AliasToml>,
}

/// Reads what may be written as a text, a list or a table. Written by hand because serde's untagged enums answer every
/// mistake with 'did not match any variant', without its place.
struct Shapes<T> {
    expecting: &'static str,
    made: PhantomData<T>,
}

impl<T> Shapes<T> {
    fn expecting(expecting: &'static str) -> Self {
        Self {
            expecting,
            made: PhantomData,
        }
    }
}

impl<'de> Visitor<'de> for Shapes<Texts> {
    type Value = Texts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expecting)
    }

    fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element()? {
            texts.push(text);
        }
        Ok(Texts(texts))
    }
}

impl<'de> Visitor<'de> for Shapes<WayToml> {
    type Value = WayToml;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expecting)
    }

    fn visit_str<E>(self, field: &str) -> Result<WayToml, E> {
        Ok(WayToml {
            field: Some(field.to_owned()),
            ..WayToml::default()
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<WayToml, A::Error> {
        WayToml::deserialize(MapAccessDeserializer::new(table))
    }
}

/// An element of a list of ways: a field name or a table.
struct WayElement(WayToml);

impl<'de> Deserialize<'de> for WayElement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shapes = Shapes::<WayToml>::expecting("a field name or a value rule");
        deserializer.deserialize_any(shapes).map(Self)
    }
}

impl<'de> Visitor<'de> for Shapes<ValueToml> {
    type Value = ValueToml;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expecting)
    }

    fn visit_str<E: serde::de::Error>(self, field: &str) -> Result<ValueToml, E> {
        let shapes = Shapes::<WayToml>::expecting(self.expecting);
        Ok(ValueToml(vec![shapes.visit_str(field)?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ValueToml, A::Error> {
        let mut ways = Vec::new();
        while let Some(WayElement(way)) = list.next_element()? {
            ways.push(way);
        }
        Ok(ValueToml(ways))
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<ValueToml, A::Error> {
        let way = WayToml::deserialize(MapAccessDeserializer::new(table))?;
        Ok(ValueToml(vec![way]))
    }
}

impl<'de> Visitor<'de> for Shapes<ConditionToml> {
    type Value = ConditionToml;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expecting)
    }

    fn visit_str<E>(self, text: &str) -> Result<ConditionToml, E> {
        Ok(ConditionToml::Values(Texts(vec![text.to_owned()])))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<ConditionToml, A::Error> {
        let texts = Shapes::<Texts>::expecting(self.expecting).visit_seq(list)?;
        Ok(ConditionToml::Values(texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<ConditionToml, A::Error> {
        TableToml::deserialize(MapAccessDeserializer::new(table)).map(ConditionToml::Table)
    }
}

impl<'de> Deserialize<'de> for ConditionToml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Shapes::<Self>::expecting(
            "a text, a list of texts, or a code table",
        ))
    }
}

impl<'de> Visitor<'de> for Shapes<SettingToml> {
    type Value = SettingToml;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expecting)
    }

    fn visit_str<E>(self, text: &str) -> Result<SettingToml, E> {
        Ok(SettingToml::Fixed(Texts(vec![text.to_owned()])))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<SettingToml, A::Error> {
        let texts = Shapes::<Texts>::expecting(self.expecting).visit_seq(list)?;
        Ok(SettingToml::Fixed(texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<SettingToml, A::Error> {
        WayToml::deserialize(MapAccessDeserializer::new(table))
            .map(|way| SettingToml::Rule(Box::new(way)))
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Shapes::<Self>::expecting("a text or a list of texts"))
    }
}

impl<'de> Deserialize<'de> for ValueToml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Shapes::<Self>::expecting(
            "a field name, a list of them, or a value rule",
        ))
    }
}

impl<'de> Deserialize<'de> for SettingToml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Shapes::<Self>::expecting(
            "a text, a list of texts, or a value rule",
        ))
    }
}
