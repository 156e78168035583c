//! What reads of flags work with: patterns, mandates, what is kept, and the views that a reader shares with mandates.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use moka::sync::Cache;

use super::FlagError;
use super::stored::{FLAG, FlagRecord, PATTERN_FILE, RUN, RunRecord, Sighting};
use crate::authz::{AuthorizedView, Principal};
use crate::graph::{ArchiveError, ReadGraph};
use crate::model::{DeliveryId, IdSecret, NodeId, Schema, TimeSpan};
use crate::query::QueryError;
use crate::scan::exec::{Budgets, check_complete};
use crate::scan::pattern::{Library, ParameterValues, Pattern};
use crate::scan::run::{Element, Mandate, Mandates, Match, run_pattern};
use crate::store::{ReadRecords, RecordReader, StoreError};

/// What was found again: by sight, revision of the store, run and pattern.
pub type FoundKey = ([u8; 32], u64, String, String);

/// What one sight finds again of one run and pattern.
#[derive(Debug, Default)]
pub struct FoundAgain {
    /// Matches, by subject.
    pub(super) matches: BTreeMap<NodeId, Match>,
    /// The node that each key of a flagged subject leads to, in this sight.
    pub(super) subjects: BTreeMap<NodeId, NodeId>,
}

/// Finds that are kept.
const FINDS_MAX: u64 = 512;

/// What was found again lately. Its keys hold the sight, so that nobody meets what another sight found.
#[derive(Debug, Clone)]
pub struct FoundCache(Cache<FoundKey, Arc<FoundAgain>>);

impl Default for FoundCache {
    fn default() -> Self {
        Self(Cache::new(FINDS_MAX))
    }
}

/// A view, and what it is kept under.
pub struct Sight {
    /// What both may see, within a time span.
    pub view: Arc<AuthorizedView>,
    /// Fingerprint of that sight.
    pub fingerprint: [u8; 32],
    /// Revision of the store.
    pub revision: u64,
}

/// Makes the view that a reader and a mandate share.
pub type SightMaker<'a> = &'a dyn Fn(&Mandate, TimeSpan) -> Result<Sight, String>;

/// Tells how many deliveries had been loaded at a revision.
pub(crate) type DeliveriesBy<'a> = &'a dyn Fn(u64) -> Result<u64, StoreError>;

/// What reads of flags work with.
pub struct FlagDesk<'a> {
    /// Who reads.
    pub reader: &'a Principal,
    /// The patterns.
    pub library: &'a Library,
    /// The mandates.
    pub mandates: &'a Mandates,
    /// What is kept.
    pub records: &'a RecordReader,
    /// Secret that identifiers of flags are made under.
    pub secret: &'a IdSecret,
    /// The schema that patterns are compiled against.
    pub schema: &'a Schema,
    /// What was found again lately.
    pub cache: &'a FoundCache,
    /// Makes views.
    pub sight: SightMaker<'a>,
    /// What had been loaded at a run.
    pub(crate) deliveries_by: DeliveriesBy<'a>,
}

/// A pattern as a run used it.
pub(super) struct Used {
    pub(super) pattern: Arc<Pattern>,
    pub(super) parameters: ParameterValues,
    /// The revision that the run read.
    pub(super) revision: u64,
}

impl FlagDesk<'_> {
    /// All flags, by identifier, hidden ones too: for this module alone.
    pub(super) fn all(&self) -> Result<Vec<FlagRecord>, FlagError> {
        let all: Vec<(String, FlagRecord)> = self.records.list(FLAG, "")?;
        Ok(all.into_iter().map(|(_, flag)| flag).collect())
    }

    /// The mandate of a flag, if it shows its flags to this reader for this purpose.
    pub(super) fn mandate_for(&self, flag: &FlagRecord, purpose: &str) -> Option<&Arc<Mandate>> {
        self.mandates
            .get(&flag.mandate)
            .filter(|mandate| mandate.shows_to(self.reader) && mandate.purpose == purpose)
    }

    /// The pattern that a run used, though its file may have changed since.
    pub(super) fn used(
        &self,
        sighting: &Sighting,
        pattern: &str,
    ) -> Result<Option<Used>, FlagError> {
        let Some(run) = self.records.get::<RunRecord>(RUN, &sighting.run)? else {
            return Ok(None);
        };
        let revision = run.revision;
        let Some(outcome) = run.patterns.into_iter().find(|one| one.pattern == pattern) else {
            return Ok(None);
        };
        let known = self.library.get(pattern);
        let pattern = match known.filter(|known| known.hash == outcome.hash) {
            Some(known) => Arc::clone(known),
            None => {
                let Some(text) = self.records.get::<String>(PATTERN_FILE, &outcome.hash)? else {
                    return Ok(None);
                };
                // Compiled when it was run; what was valid may be refused by a newer program, and is then not shown.
                let file = format!("{pattern}.cypher");
                match Pattern::parse(&file, &text, self.schema) {
                    Ok(pattern) => Arc::new(pattern),
                    Err(_) => return Ok(None),
                }
            }
        };
        Ok(Some(Used {
            pattern,
            parameters: outcome.parameters,
            revision,
        }))
    }

    /// What the pattern of a run finds, for the subjects that it flagged, in what the reader and the mandate may both see.
    pub(super) fn found_again(
        &self,
        mandate: &Mandate,
        sighting: &Sighting,
        used: &Used,
        all: &[FlagRecord],
    ) -> Result<Arc<FoundAgain>, FlagError> {
        let pattern = &used.pattern;
        let is_monotone = pattern.compiled.is_monotone();
        if !is_monotone && !mandate.shows_absence_to(self.reader) {
            return Ok(Arc::default());
        }
        let span = pattern.front.time.span(sighting.as_of);
        let sight = (self.sight)(mandate, span).map_err(FlagError::View)?;
        let key = (
            sight.fingerprint,
            sight.revision,
            sighting.run.clone(),
            pattern.id().to_owned(),
        );
        if let Some(known) = self.cache.0.get(&key) {
            return Ok(known);
        }
        // The decision that a role sees labels whole is checked as well: a wrong one must not show absence that is none.
        let is_whole = is_monotone || check_complete(&sight.view, &pattern.front.complete).is_ok();
        let found = if is_whole {
            let mut nodes: BTreeMap<NodeId, NodeId> = BTreeMap::new();
            let flagged = all
                .iter()
                .filter(|flag| flag.mandate == mandate.id && flag.pattern == pattern.id())
                .filter(|flag| flag.sightings.contains(sighting));
            for &key in flagged.flat_map(|flag| &flag.keys) {
                let node = sight.view.find(key);
                if let Some(id) = node.and_then(|node| sight.view.node_id(node)) {
                    nodes.insert(key, id);
                }
            }
            let mut subjects: Vec<NodeId> = nodes.values().copied().collect();
            subjects.sort_unstable();
            subjects.dedup();
            let found = run_pattern(
                &sight.view,
                pattern,
                &used.parameters,
                sighting.as_of,
                &BUDGETS,
                &AtomicBool::new(false),
                Some(&subjects),
            )?;
            if let Some(reason) = found.incomplete {
                return Err(FlagError::Invalid(format!(
                    "flags of `{}` could not be shown: {reason}",
                    pattern.id()
                )));
            }
            let deliveries = (self.deliveries_by)(used.revision)?;
            let mut matches = BTreeMap::new();
            for found in found.matches {
                if was_there(&sight.view, &found, deliveries).map_err(QueryError::from)? {
                    matches.insert(found.subject, found);
                }
            }
            Arc::new(FoundAgain {
                matches,
                subjects: nodes,
            })
        } else {
            Arc::default()
        };
        self.cache.0.insert(key, Arc::clone(&found));
        Ok(found)
    }
}

/// Whether everything that is seen of the evidence of a match had come with the first so many deliveries.
fn was_there(view: &AuthorizedView, found: &Match, deliveries: u64) -> Result<bool, ArchiveError> {
    for element in &found.evidence {
        let newest = match element {
            Element::Node { id } => match view.find(*id) {
                Some(node) => view.node_facts(node)?.newest,
                None => None,
            },
            Element::Edge { id, from, .. } => {
                let slots = view.find(*from).map(|node| view.slots(node));
                let slot =
                    slots.and_then(|mut slots| slots.find(|one| view.edge_id(one.edge) == *id));
                match slot {
                    Some(slot) => view.edge_facts(slot.edge, slot.label)?.newest,
                    None => None,
                }
            }
        };
        if newest.is_some_and(|DeliveryId(newest)| u64::from(newest) >= deliveries) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// For a reader who waits: what a scan may use, but for the time.
const BUDGETS: Budgets = Budgets {
    time: Duration::from_secs(10),
    ..Budgets::SCAN
};
