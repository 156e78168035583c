//! The front matter: what a pattern file says of itself, as TOML.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::model::Title;
use crate::scan::lang::TimeMode;

/// Whether a pattern is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Being tried: a scan that names no patterns leaves it out.
    Test,
    /// In use.
    InUse,
    /// No longer run; what it raised stays until it expires.
    Retired,
}

impl Status {
    /// The word of the Dutch algorithm register.
    pub fn register_word(self) -> &'static str {
        match self {
            Self::Test => "In ontwikkeling",
            Self::InUse => "In gebruik",
            Self::Retired => "Buiten gebruik",
        }
    }
}

/// What a parameter measures. All are whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParameterType {
    /// A number.
    Int,
    /// Days.
    Days,
    /// Hundredths.
    Percent,
    /// Millionths: scores.
    Micro,
    /// Square metres.
    M2,
}

/// A threshold that an organisation sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// What it measures.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// What it is if nobody says otherwise.
    pub default: i64,
    /// Least.
    pub min: i64,
    /// Most.
    pub max: i64,
    /// What it is for.
    pub title: Title,
    /// Where the default comes from: a law, a publication, or that the municipality must choose.
    pub source: String,
}

impl Parameter {
    /// Whether a value is within the bounds.
    pub fn allows(&self, value: i64) -> bool {
        (self.min..=self.max).contains(&value)
    }

    pub(super) fn bounds_text(&self) -> String {
        format!("from {} to {}", self.min, self.max)
    }
}

/// The ground that a pattern may be run on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Legal {
    /// Article of law.
    pub basis: String,
    /// Where it can be read.
    #[serde(default)]
    pub link: Option<String>,
    /// The impact assessment that covers it, if there is one.
    #[serde(default)]
    pub dpia: Option<String>,
}

/// What the algorithm register asks beyond what the rest of the file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterFields {
    /// Category of publication.
    pub category: String,
    /// Themes, of the register's list.
    pub themes: Vec<String>,
    /// Month in which it was put to use, `2026-11`.
    #[serde(default)]
    pub begin: Option<String>,
    /// Month in which its use ended.
    #[serde(default)]
    pub end: Option<String>,
    /// What it is for, and what it does to people.
    pub goal: String,
    /// Why it is proportionate, and what else was weighed.
    pub considerations: String,
}

/// Front matter, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Front {
    /// Short name; the file's name too.
    pub id: String,
    /// Number, raised with each change of what it finds.
    pub version: u32,
    /// Whether it is in use.
    pub status: Status,
    /// What people call it.
    pub title: Title,
    /// What it means that it was found, at language level B1.
    pub meaning: Title,
    /// Label of the node that a flag is about.
    pub subject: String,
    /// Which days it looks at.
    #[serde(skip)]
    pub time: TimeMode,
    /// Labels of which nothing may be hidden from a run.
    pub complete: Vec<String>,
    /// Purposes that it may be run for.
    pub purposes: Vec<String>,
    /// Legal ground.
    pub legal: Legal,
    /// Thresholds, by name.
    pub params: BTreeMap<String, Parameter>,
    /// What looks like it and is not.
    pub falsepositives: Vec<Title>,
    /// What would lower or undo a flag.
    pub lowers: Title,
    /// Days after which a flag expires.
    pub retention_days: u32,
    /// Days after which the same match raises anew.
    pub realert_after_days: u32,
    /// For the algorithm register.
    pub register: RegisterFields,
}

/// Front matter as it stands in the file, with places.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FrontFile {
    pub(super) id: Spanned<String>,
    pub(super) version: Spanned<u32>,
    pub(super) status: Status,
    pub(super) title: Spanned<Title>,
    pub(super) meaning: Spanned<Title>,
    pub(super) subject: Spanned<String>,
    #[serde(default)]
    pub(super) time: TimeWord,
    #[serde(default)]
    pub(super) complete: Vec<Spanned<String>>,
    pub(super) purposes: Spanned<Vec<String>>,
    pub(super) legal: Spanned<Legal>,
    pub(super) explain: ExplainFile,
    pub(super) lowers: Spanned<Title>,
    pub(super) falsepositives: Spanned<Vec<Title>>,
    pub(super) retention_days: Spanned<u32>,
    pub(super) realert_after_days: Spanned<u32>,
    #[serde(default)]
    pub(super) params: BTreeMap<String, Spanned<Parameter>>,
    pub(super) register: Spanned<RegisterFields>,
}

/// The sentence of a flag, with places.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplainFile {
    pub(super) nl: Spanned<String>,
    pub(super) en: Spanned<String>,
}

/// Which days a pattern looks at.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TimeWord {
    /// What may hold on the day of the run.
    #[default]
    AsOf,
    /// What held up to the day of the run.
    History,
}
