//! Shapes of answers about flags and patterns. They are what the API sends, field by field.

use serde::Serialize;
use utoipa::ToSchema;

use super::stored::Verdict;
use crate::query::{Dossier, EdgeSummary, NodeSummary};
use crate::scan::pattern::{Pattern, Status};

/// A flag in a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlagLine {
    /// Its identifier.
    pub id: String,
    /// The pattern.
    pub pattern: String,
    /// Its version.
    pub pattern_version: u32,
    /// What the pattern is called, in Dutch.
    pub title_nl: String,
    /// The same in English.
    pub title_en: String,
    /// What the flag is about.
    pub subject: NodeSummary,
    /// How strong it is, by the pattern's own measure.
    pub score: i64,
    /// What was found, in one Dutch sentence.
    pub sentence_nl: String,
    /// The same in English.
    pub sentence_en: String,
    /// Day of the first scan that found what you see.
    #[schema(format = Date)]
    pub raised_on: String,
    /// Day of the newest scan that found what you see.
    #[schema(format = Date)]
    pub seen_on: String,
    /// First day on which the flag is gone.
    #[schema(format = Date)]
    pub expires_on: String,
    /// Whether the newest scan still finds it.
    pub current: bool,
    /// `open`, or the newest judgement: `useful`, `not-useful`, `wrong-data`.
    pub state: String,
    /// To whom it was given.
    pub assignee: Option<String>,
    /// The case that it was put into.
    pub case_id: Option<String>,
}

/// A page of flags.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlagPage {
    /// The flags, by identifier.
    pub flags: Vec<FlagLine>,
    /// Where the next page begins; null on the last.
    pub next: Option<String>,
}

/// A flag with everything that it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlagAnswer {
    /// The flag.
    #[serde(flatten)]
    pub flag: FlagLine,
    /// What it means, in Dutch.
    pub meaning_nl: String,
    /// The same in English.
    pub meaning_en: String,
    /// What would lower or undo it, in Dutch.
    pub lowers_nl: String,
    /// The same in English.
    pub lowers_en: String,
    /// What looks like it and is not, in Dutch.
    pub falsepositives_nl: Vec<String>,
    /// The same in English.
    pub falsepositives_en: Vec<String>,
    /// Legal ground.
    pub legal_basis: String,
    /// The mandate of the scan.
    pub mandate: String,
    /// Hash of the pattern's file.
    pub pattern_hash: String,
    /// Thresholds of the scan.
    pub parameters: Vec<ParameterLine>,
    /// What it rests on, in order.
    pub evidence: Vec<FlagElement>,
    /// What people said of it, oldest first.
    pub judgements: Vec<JudgementLine>,
    /// What a flag is and is not.
    pub notice_nl: String,
}

/// A threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParameterLine {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: i64,
    /// What it is for, in Dutch.
    pub title_nl: String,
    /// Where it comes from.
    pub source: String,
}

/// A node or an edge that a flag rests on: one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlagElement {
    /// The node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeSummary>,
    /// The edge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edge: Option<EdgeSummary>,
}

/// A judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JudgementLine {
    /// What was said.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Who said it.
    pub by: String,
    /// Which day.
    #[schema(format = Date)]
    pub on: String,
}

/// The flags of a dossier's subject.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlagSection {
    /// Heading in Dutch.
    pub title_nl: String,
    /// Heading in English.
    pub title_en: String,
    /// The flags, strongest first within a pattern.
    pub flags: Vec<FlagLine>,
}

/// A dossier, and the flags about its subject.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DossierWithFlags {
    /// The dossier.
    #[serde(flatten)]
    pub dossier: Dossier,
    /// The flags that the caller may see.
    pub flag_section: FlagSection,
}

/// A pattern in a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PatternLine {
    /// Its identifier.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// `test`, `in-use` or `retired`.
    pub status: String,
    /// What it is called, in Dutch.
    pub title_nl: String,
    /// The same in English.
    pub title_en: String,
    /// Label of the node that its flags are about.
    pub subject: String,
    /// Purposes that it may be run for.
    pub purposes: Vec<String>,
}

/// The patterns.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PatternList {
    /// By identifier.
    pub patterns: Vec<PatternLine>,
}

/// A pattern with all that its file says.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PatternAnswer {
    /// The pattern.
    #[serde(flatten)]
    pub pattern: PatternLine,
    /// What it means, in Dutch.
    pub meaning_nl: String,
    /// The same in English.
    pub meaning_en: String,
    /// What would lower or undo a flag, in Dutch.
    pub lowers_nl: String,
    /// What looks like it and is not, in Dutch.
    pub falsepositives_nl: Vec<String>,
    /// Legal ground.
    pub legal_basis: String,
    /// Days after which a flag expires.
    pub retention_days: u32,
    /// Days after which the same match raises anew.
    pub realert_after_days: u32,
    /// Thresholds.
    pub parameters: Vec<PatternParameter>,
    /// Whether it rests only on what is there.
    pub monotone: bool,
    /// Labels that a scan must see whole.
    pub complete: Vec<String>,
    /// Hash of its file.
    pub hash: String,
    /// Its file.
    pub text: String,
    /// How its flags that you may see were judged.
    pub hit_rate: super::HitRate,
}

/// A threshold of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PatternParameter {
    /// Its name.
    pub name: String,
    /// What it is for, in Dutch.
    pub title_nl: String,
    /// What it measures.
    pub kind: String,
    /// What it is if nobody says otherwise.
    pub default: i64,
    /// Least.
    pub min: i64,
    /// Most.
    pub max: i64,
    /// Where the default comes from.
    pub source: String,
}

impl PatternLine {
    /// How a pattern stands in a list.
    pub fn of(pattern: &Pattern) -> Self {
        let front = &pattern.front;
        Self {
            id: front.id.clone(),
            version: front.version,
            status: match front.status {
                Status::Test => "test",
                Status::InUse => "in-use",
                Status::Retired => "retired",
            }
            .to_owned(),
            title_nl: front.title.nl.clone(),
            title_en: front.title.en.clone(),
            subject: front.subject.clone(),
            purposes: front.purposes.clone(),
        }
    }
}

impl PatternParameter {
    /// The parameters of a pattern, by name.
    pub fn all(pattern: &Pattern) -> Vec<Self> {
        let parameters = pattern.front.params.iter();
        parameters
            .map(|(name, parameter)| Self {
                name: name.clone(),
                title_nl: parameter.title.nl.clone(),
                kind: format!("{:?}", parameter.kind).to_lowercase(),
                default: parameter.default,
                min: parameter.min,
                max: parameter.max,
                source: parameter.source.clone(),
            })
            .collect()
    }
}
