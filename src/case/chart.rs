//! Charts that are kept with a case: which nodes, and where they lie. What stands at them is read anew for each reader.

use serde::{Deserialize, Serialize};

use super::CaseError;
use super::file::check_text;
use super::limit::{CHART_NODES_MAX, CHART_VERSIONS_MAX, CHARTS_MAX, TITLE_CHARS_MAX};
use crate::model::{CaseId, NodeId};

/// One version of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedChart {
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
    /// Where it is kept.
    pub fn key(&self) -> String {
        format!(
            "{}{:03}-{:03}",
            Self::prefix(self.case),
            self.number,
            self.version
        )
    }

    /// What the keys of all charts of a case begin with.
    pub fn prefix(case: CaseId) -> String {
        format!("{case}-")
    }

    /// Gives it its number: that of the chart with its name, as a new version, or a new one.
    ///
    /// * `known`: all charts of the case.
    ///
    /// # Errors
    /// [`CaseError::Invalid`], with what is wrong.
    pub fn number_among(mut self, known: &[Self]) -> Result<Self, CaseError> {
        check_text("name", &self.name, TITLE_CHARS_MAX)?;
        if self.nodes.is_empty() || self.nodes.len() > CHART_NODES_MAX {
            return Err(CaseError::Invalid(format!(
                "the chart has {} nodes that can be seen under the case, it must have 1 to {CHART_NODES_MAX}",
                self.nodes.len()
            )));
        }
        let versions = known.iter().filter(|one| one.name == self.name);
        let last = versions.max_by_key(|one| one.version);
        (self.number, self.version) = match last {
            Some(last) => (last.number, last.version + 1),
            None => (known.iter().map(|one| one.number).max().unwrap_or(0) + 1, 1),
        };
        if usize::from(self.number) > CHARTS_MAX || usize::from(self.version) > CHART_VERSIONS_MAX {
            return Err(CaseError::Invalid(format!(
                "a case keeps at most {CHARTS_MAX} charts, each in at most {CHART_VERSIONS_MAX} versions"
            )));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(name: &str, nodes: usize) -> SavedChart {
        let place = SavedPlace {
            node: NodeId::from_bits(1),
            x: 0,
            y: 0,
            pinned: false,
            hidden: false,
        };
        SavedChart {
            case: CaseId::from_bits(7),
            number: 0,
            version: 0,
            name: name.to_owned(),
            by: "a".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            centre: None,
            grouped: true,
            groups: Vec::new(),
            nodes: vec![place; nodes],
        }
    }

    #[test]
    fn a_name_that_is_known_gets_a_version_and_another_a_number() {
        let mut known: Vec<SavedChart> = Vec::new();
        let mut keys = Vec::new();
        for name in ["a", "b", "a", "c", "a"] {
            let saved = chart(name, 1).number_among(&known).unwrap();
            keys.push((saved.number, saved.version));
            known.push(saved);
        }
        assert_eq!(keys, [(1, 1), (2, 1), (1, 2), (3, 1), (1, 3)]);
        assert!(
            known
                .iter()
                .all(|one| one.key().starts_with(&SavedChart::prefix(one.case)))
        );
        assert!(known[1].key() > known[0].key() && known[1].key() > known[4].key());
        for wrong in [
            chart("a", 0),
            chart(" ", 1),
            chart("a", CHART_NODES_MAX + 1),
        ] {
            assert!(wrong.number_among(&known).is_err());
        }
        let mut full = known;
        while let Ok(saved) = chart("a", 1).number_among(&full) {
            full.push(saved);
        }
        let versions = full.iter().filter(|one| one.name == "a").count();
        assert_eq!(versions, CHART_VERSIONS_MAX);
    }
}
