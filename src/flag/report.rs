//! How a pattern does: how its flags were judged, and how they spread against all that could have been flagged.
//!
//! The report of a mandate counts flags that some readers may not see: it is for the office that runs the scans, which has
//! the store, and is in no answer of the API.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::FlagError;
use super::stored::{ACTS, Acts, FLAG, FlagRecord, Verdict};
use crate::authz::AuthorizedView;
use crate::graph::{NodeIndex, ReadGraph};
use crate::model::Value;
use crate::query::QueryError;
use crate::scan::run::Mandate;
use crate::store::ReadRecords;

/// How flags were judged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HitRate {
    /// Flags.
    pub flags: usize,
    /// Of these judged useful.
    pub useful: usize,
    /// Judged right but not useful.
    pub not_useful: usize,
    /// Judged to rest on wrong data.
    pub wrong_data: usize,
    /// Useful ones among a hundred judged; null if none was judged.
    pub useful_percent: Option<usize>,
}

impl HitRate {
    /// Counts a flag and its newest judgement.
    pub(super) fn count(&mut self, verdict: Option<Verdict>) {
        self.flags += 1;
        match verdict {
            None => {}
            Some(Verdict::Useful) => self.useful += 1,
            Some(Verdict::NotUseful) => self.not_useful += 1,
            Some(Verdict::WrongData) => self.wrong_data += 1,
        }
        let judged = self.useful + self.not_useful + self.wrong_data;
        self.useful_percent = (self.useful * 100).checked_div(judged);
    }
}

/// How many flags a district has, against how many nodes could have been flagged there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BiasLine {
    /// The four digits of the postcode; `?` where there is none.
    pub district: String,
    /// Nodes with the label of the pattern's subject.
    pub base: usize,
    /// Flags about them.
    pub flags: usize,
    /// Flags that an even spread would give, in hundredths.
    pub expected_percent: usize,
    /// Flags against that, in hundredths: 100 is even, 300 is three times as many.
    pub ratio_percent: Option<usize>,
}

/// The report of one pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PatternReport {
    /// The pattern.
    pub pattern: String,
    /// How its flags were judged.
    pub hit_rate: HitRate,
    /// How they spread over districts.
    pub districts: Vec<BiasLine>,
}

/// The reports of a mandate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MandateReport {
    /// The mandate.
    pub mandate: String,
    /// Each pattern that has flags, by identifier.
    pub patterns: Vec<PatternReport>,
}

impl MandateReport {
    /// Counts the flags of a mandate that have not ended, over the mandate's own view.
    ///
    /// # Errors
    /// [`FlagError`].
    pub fn of(
        records: &impl ReadRecords,
        mandate: &Mandate,
        view: &AuthorizedView,
    ) -> Result<Self, FlagError> {
        let all: Vec<(String, FlagRecord)> = records.list(FLAG, "")?;
        let mut by_pattern: BTreeMap<String, Vec<FlagRecord>> = BTreeMap::new();
        for (_, flag) in all {
            if flag.mandate == mandate.id && flag.ended.is_none() {
                by_pattern
                    .entry(flag.pattern.clone())
                    .or_default()
                    .push(flag);
            }
        }
        let mut bases: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        let mut patterns = Vec::new();
        for (pattern, flags) in by_pattern {
            let mut hit_rate = HitRate::default();
            let mut flagged: BTreeMap<String, usize> = BTreeMap::new();
            for flag in &flags {
                let acts: Option<Acts> = records.get(ACTS, &flag.id)?;
                let newest = acts.and_then(|acts| acts.judgements.last().map(|one| one.verdict));
                hit_rate.count(newest);
                if let Some(node) = view.find(flag.subject) {
                    *flagged.entry(district(view, node)?).or_default() += 1;
                }
            }
            let Some(label) = flags.first().map(|flag| flag.subject_label.clone()) else {
                continue;
            };
            if !bases.contains_key(&label) {
                bases.insert(label.clone(), base(view, &label)?);
            }
            let empty = BTreeMap::new();
            let base = bases.get(&label).unwrap_or(&empty);
            patterns.push(PatternReport {
                pattern,
                hit_rate,
                districts: spread(base, &flagged),
            });
        }
        Ok(Self {
            mandate: mandate.id.clone(),
            patterns,
        })
    }
}

/// Nodes of a label by district.
fn base(view: &AuthorizedView, label: &str) -> Result<BTreeMap<String, usize>, FlagError> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let Some(label) = view.node_label(label) else {
        return Ok(counts);
    };
    for node in view.nodes().filter(|&node| view.label(node) == label) {
        *counts.entry(district(view, node)?).or_default() += 1;
    }
    Ok(counts)
}

fn spread(base: &BTreeMap<String, usize>, flagged: &BTreeMap<String, usize>) -> Vec<BiasLine> {
    let (all, flags): (usize, usize) = (base.values().sum(), flagged.values().sum());
    base.iter()
        .map(|(district, &count)| {
            let here = flagged.get(district).copied().unwrap_or(0);
            BiasLine {
                district: district.clone(),
                base: count,
                flags: here,
                expected_percent: (flags * count * 100).checked_div(all).unwrap_or(0),
                ratio_percent: (here * all * 100).checked_div(flags * count),
            }
        })
        .collect()
}

/// The district of a node: its own postcode, or that of the first address that it is tied to.
fn district(view: &AuthorizedView, node: NodeIndex) -> Result<String, FlagError> {
    if let Some(found) = postcode(view, node)? {
        return Ok(found);
    }
    for neighbour in view.neighbours(node) {
        if let Some(found) = postcode(view, neighbour)? {
            return Ok(found);
        }
    }
    Ok("?".to_owned())
}

fn postcode(view: &AuthorizedView, node: NodeIndex) -> Result<Option<String>, FlagError> {
    let definition = view.schema().node(view.label(node));
    let Some((property, _)) = definition.and_then(|label| label.property("postcode")) else {
        return Ok(None);
    };
    let statements = view.node_statements(node).map_err(QueryError::from)?;
    let values = statements
        .iter()
        .flat_map(|statement| &statement.properties);
    Ok(values
        .filter(|(known, _)| *known == property)
        .find_map(|(_, value)| match value {
            Value::Text(text) => Some(text.chars().take(4).collect()),
            Value::Integer(_) | Value::Decimal(_) | Value::Boolean(_) | Value::Date(_) => None,
        }))
}
