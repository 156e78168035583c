//! Charts that are kept with cases.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Desk, DeskError};
use crate::case::{
    CHARTS, Case, CaseError, ChartStamp, Deed, Drawing, Entry, SavedChart, SavedPlace,
};
use crate::engine::AccessError;
use crate::model::NodeId;
use crate::query::Session;
use crate::store::{ReadRecords, RecordReader, StoreError};

/// A chart: which nodes, and where they lie. The form in which viewers save it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChartDocument {
    /// `verband-chart`.
    pub format: String,
    /// 1.
    pub version: u32,
    /// The node that it began with.
    pub centre: Option<String>,
    /// Whether parallel edges are drawn as one.
    pub grouped: bool,
    /// Nodes that are drawn as one.
    #[serde(default)]
    pub groups: Vec<ChartGroup>,
    /// The nodes, at most 2,000.
    pub nodes: Vec<ChartPlace>,
}

/// Nodes that are drawn as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChartGroup {
    /// `household`, `building`, `company` or `chosen`.
    pub kind: String,
    /// Identifiers of nodes.
    pub members: Vec<String>,
}

/// Where a node lies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChartPlace {
    /// Its identifier.
    pub id: String,
    /// To the right.
    pub x: f64,
    /// Upwards.
    pub y: f64,
    /// Whether it stays where it is.
    #[serde(default, skip_serializing_if = "is_not")]
    pub pinned: bool,
    /// Whether it was hidden.
    #[serde(default, skip_serializing_if = "is_not")]
    pub hidden: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_not(flag: &bool) -> bool {
    !flag
}

/// A chart to keep.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SaveChartRequest {
    /// What people call it, at most 200 characters. A name that is there already gets a new version.
    pub name: String,
    /// The chart. Nodes that you do not see under the case are left out.
    pub document: ChartDocument,
}

/// The charts of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChartList {
    /// By number. What is in them is not told here: readers differ in what they see of it.
    pub charts: Vec<ChartLine>,
}

/// A chart of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChartLine {
    /// Its number.
    pub number: u16,
    /// What people call it.
    pub name: String,
    /// Its versions, newest first.
    pub versions: Vec<ChartVersion>,
}

/// A version of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChartVersion {
    /// Which.
    pub version: u16,
    /// Which account saved it.
    pub by: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
}

/// A version of a chart, as far as the reader sees what is in it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChartAnswer {
    /// What people call it.
    pub name: String,
    /// The chart.
    pub document: ChartDocument,
}

const FORMAT: &str = "verband-chart";
const GROUP_KINDS: [&str; 4] = ["household", "building", "company", "chosen"];
/// Farthest from the middle that a node lies.
const PLACE_MAX: f64 = 1e6;
/// Places are kept in tenths.
const TENTHS: f64 = 10.0;

impl Desk<'_> {
    /// The charts of a case.
    ///
    /// # Errors
    /// [`CaseError::UnknownCase`].
    pub fn charts(&self, id: &str) -> Result<ChartList, DeskError> {
        let case = self.book.seen(id, self.caller, &self.purpose)?;
        Ok(list(&self.saved(case)?))
    }

    /// A version of a chart. A node that the reader does not see under the case is not in it.
    ///
    /// # Errors
    /// [`CaseError::UnknownCase`]; [`CaseError::Invalid`] if there is no such version.
    pub fn chart(&self, id: &str, number: u16, version: u16) -> Result<ChartAnswer, DeskError> {
        let case = self.book.seen(id, self.caller, &self.purpose)?;
        let key = ChartStamp::key(case.id, number, version);
        let found = self.stored(|records| records.get::<SavedChart>(CHARTS, &key))?;
        let chart = found.ok_or_else(|| {
            CaseError::Invalid(format!(
                "the case has no chart {number} in version {version}"
            ))
        })?;
        let document =
            self.with_session(Some(case), |session| Ok(shown(&chart.drawing, session)))?;
        Ok(ChartAnswer {
            name: chart.stamp.name,
            document,
        })
    }

    /// Keeps a chart.
    ///
    /// # Errors
    /// [`DeskError`].
    pub fn save_chart(
        &mut self,
        id: &str,
        request: &SaveChartRequest,
    ) -> Result<ChartList, DeskError> {
        let mut case = self.mine(id)?;
        check(&request.document)?;
        let drawing = self.with_session(Some(&case), |session| {
            Ok(resolved(&request.document, session))
        })?;
        let mut known = self.saved(&case)?;
        let name = request.name.trim();
        let chart = SavedChart::new((case.id, name), drawing, &known, self.moment())?;
        case.note_deed(Deed::ChartSaved, self.moment())?;
        known.push(chart.stamp.clone());
        self.entries.push(Entry::Case(Box::new(case)));
        self.entries.push(Entry::Chart(Box::new(chart)));
        Ok(list(&known))
    }

    fn saved(&self, case: &Case) -> Result<Vec<ChartStamp>, DeskError> {
        let prefix = ChartStamp::prefix(case.id);
        let saved = self.stored(|records| records.list::<ChartStamp>(CHARTS, &prefix))?;
        Ok(saved.into_iter().map(|(_, stamp)| stamp).collect())
    }

    fn stored<T>(
        &self,
        read: impl FnOnce(&RecordReader) -> Result<T, StoreError>,
    ) -> Result<T, AccessError> {
        let records = self.engine.store.records();
        let stored = records.and_then(|records| read(&records));
        stored.map_err(|error| AccessError::from(Arc::new(error)))
    }
}

fn list(saved: &[ChartStamp]) -> ChartList {
    let mut charts: BTreeMap<u16, ChartLine> = BTreeMap::new();
    // Newest first: they come by number, then version.
    for one in saved.iter().rev() {
        let line = charts.entry(one.number).or_insert_with(|| ChartLine {
            number: one.number,
            name: one.name.clone(),
            versions: Vec::new(),
        });
        line.versions.push(ChartVersion {
            version: one.version,
            by: one.by.clone(),
            at: one.at.to_string(),
        });
    }
    ChartList {
        charts: charts.into_values().collect(),
    }
}

fn check(document: &ChartDocument) -> Result<(), CaseError> {
    let invalid = |text: &str| Err(CaseError::Invalid(text.to_owned()));
    if document.format != FORMAT || document.version != 1 {
        return invalid("`document` is no chart of version 1");
    }
    let kinds = document.groups.iter().map(|group| group.kind.as_str());
    if kinds.into_iter().any(|kind| !GROUP_KINDS.contains(&kind)) {
        return invalid("a group of `document` is of an unknown kind");
    }
    let lies = |place: f64| place.is_finite() && place.abs() < PLACE_MAX;
    if !document
        .nodes
        .iter()
        .all(|node| lies(node.x) && lies(node.y))
    {
        return invalid("a node of `document` lies nowhere");
    }
    Ok(())
}

/// What of a document the caller sees, by the identifiers of the store.
fn resolved(document: &ChartDocument, session: &Session) -> Drawing {
    let seen = |id: &String| session.resolve(id).ok();
    let tenths = |place: f64| (place * TENTHS).round() as i32;
    let nodes = document.nodes.iter().filter_map(|place| {
        Some(SavedPlace {
            node: seen(&place.id)?,
            x: tenths(place.x),
            y: tenths(place.y),
            pinned: place.pinned,
            hidden: place.hidden,
        })
    });
    let groups = document.groups.iter().map(|group| {
        let members = group.members.iter().filter_map(seen).collect();
        (group.kind.clone(), members)
    });
    Drawing {
        centre: document.centre.as_ref().and_then(seen),
        grouped: document.grouped,
        groups: groups.collect(),
        nodes: nodes.collect(),
    }
}

/// What of a chart a reader sees.
fn shown(drawing: &Drawing, session: &Session) -> ChartDocument {
    let seen = |node: &NodeId| session.shown_as(*node);
    let nodes = drawing.nodes.iter().filter_map(|place| {
        Some(ChartPlace {
            id: seen(&place.node)?,
            x: f64::from(place.x) / TENTHS,
            y: f64::from(place.y) / TENTHS,
            pinned: place.pinned,
            hidden: place.hidden,
        })
    });
    let groups = drawing.groups.iter().filter_map(|(kind, members)| {
        let members: Vec<String> = members.iter().filter_map(seen).collect();
        // One alone is no group, and would tell that others are not seen.
        (members.len() > 1).then(|| ChartGroup {
            kind: kind.clone(),
            members,
        })
    });
    ChartDocument {
        format: FORMAT.to_owned(),
        version: 1,
        centre: drawing.centre.as_ref().and_then(seen),
        grouped: drawing.grouped,
        groups: groups.collect(),
        nodes: nodes.collect(),
    }
}
