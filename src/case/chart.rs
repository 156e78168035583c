//! Charts that are kept with a case: which nodes, and where they lie. What stands at them is read anew for each reader.

use serde::{Deserialize, Serialize};

use super::CaseError;
use super::file::{Moment, check_text};
use super::limit::{CHART_NODES_MAX, CHART_VERSIONS_MAX, CHARTS_MAX, TITLE_CHARS_MAX};
use crate::model::{CaseId, NodeId};

/// One version of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedChart {
    /// Which, and who saved it.
    #[serde(flatten)]
    pub stamp: ChartStamp,
    /// What is on it.
    #[serde(flatten)]
    pub drawing: Drawing,
}

/// Which version of which chart, by whom and when: what lists tell, without reading what is on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChartStamp {
    /// The case.
    pub case: CaseId,
    /// Its number in the case, from 1.
    pub number: u16,
    /// Which version, from 1.
    pub version: u16,
    /// What people call it.
    pub name: String,
    /// Which account saved it.
    pub by: String,
    /// When.
    pub at: jiff::Timestamp,
}

/// What is on a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drawing {
    /// The node that it began with.
    pub centre: Option<NodeId>,
    /// Whether parallel edges are drawn as one.
    pub grouped: bool,
    /// Nodes that are drawn as one, with the kind of group.
    pub groups: Vec<(String, Vec<NodeId>)>,
    /// Where each node lies.
    pub nodes: Vec<SavedPlace>,
}

/// Where a node lies, in tenths of the unit of charts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedPlace {
    /// The node.
    pub node: NodeId,
    /// To the right.
    pub x: i32,
    /// Upwards.
    pub y: i32,
    /// Whether it stays where it is.
    pub pinned: bool,
    /// Whether it was hidden.
    pub hidden: bool,
}

impl SavedChart {
    /// A chart under the number that is its own: that of the chart with its name, as a new version, or a new one.
    ///
    /// * `known`: all charts of the case.
    ///
    /// # Errors
    /// [`CaseError::Invalid`], with what is wrong.
    pub fn new(
        (case, name): (CaseId, &str),
        drawing: Drawing,
        known: &[ChartStamp],
        moment: Moment<'_>,
    ) -> Result<Self, CaseError> {
        check_text("name", name, TITLE_CHARS_MAX)?;
        let count = drawing.nodes.len();
        if !(1..=CHART_NODES_MAX).contains(&count) {
            return Err(CaseError::Invalid(format!(
                "the chart has {count} nodes that can be seen under the case, it must have 1 to {CHART_NODES_MAX}"
            )));
        }
        let versions = known.iter().filter(|one| one.name == name);
        let (number, version) = match versions.max_by_key(|one| one.version) {
            Some(last) => (last.number, last.version + 1),
            None => (known.iter().map(|one| one.number).max().unwrap_or(0) + 1, 1),
        };
        if usize::from(number) > CHARTS_MAX || usize::from(version) > CHART_VERSIONS_MAX {
            return Err(CaseError::Invalid(format!(
                "a case keeps at most {CHARTS_MAX} charts, each in at most {CHART_VERSIONS_MAX} versions"
            )));
        }
        let stamp = ChartStamp {
            case,
            number,
            version,
            name: name.to_owned(),
            by: moment.by.to_owned(),
            at: moment.at,
        };
        Ok(Self { stamp, drawing })
    }
}

impl ChartStamp {
    /// Where a version is kept.
    pub fn key(case: CaseId, number: u16, version: u16) -> String {
        format!("{}{number:03}-{version:03}", Self::prefix(case))
    }

    /// What the keys of all charts of a case begin with.
    pub fn prefix(case: CaseId) -> String {
        format!("{case}-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Day;

    fn chart(name: &str, nodes: usize, known: &[ChartStamp]) -> Result<SavedChart, CaseError> {
        let place = SavedPlace {
            node: NodeId::from_bits(1),
            x: 0,
            y: 0,
            pinned: false,
            hidden: false,
        };
        let drawing = Drawing {
            centre: None,
            grouped: true,
            groups: Vec::new(),
            nodes: vec![place; nodes],
        };
        let moment = Moment {
            by: "a",
            at: jiff::Timestamp::UNIX_EPOCH,
            day: Day::from_days(20_000).unwrap(),
        };
        SavedChart::new((CaseId::from_bits(7), name), drawing, known, moment)
    }

    #[test]
    fn a_name_that_is_known_gets_a_version_and_another_a_number() {
        let mut known: Vec<ChartStamp> = Vec::new();
        for name in ["a", "b", "a", "c", "a"] {
            known.push(chart(name, 1, &known).unwrap().stamp);
        }
        let numbers: Vec<_> = known.iter().map(|one| (one.number, one.version)).collect();
        assert_eq!(numbers, [(1, 1), (2, 1), (1, 2), (3, 1), (1, 3)]);
        let key = |one: &ChartStamp| ChartStamp::key(one.case, one.number, one.version);
        let prefix = ChartStamp::prefix(CaseId::from_bits(7));
        assert!(known.iter().all(|one| key(one).starts_with(&prefix)));
        assert!(key(&known[1]) > key(&known[0]) && key(&known[1]) > key(&known[4]));
        for (name, nodes) in [("a", 0), (" ", 1), ("a", CHART_NODES_MAX + 1)] {
            assert!(chart(name, nodes, &known).is_err());
        }
        let mut full = known;
        while let Ok(saved) = chart("a", 1, &full) {
            full.push(saved.stamp);
        }
        let versions = full.iter().filter(|one| one.name == "a").count();
        assert_eq!(versions, CHART_VERSIONS_MAX);
    }
}
