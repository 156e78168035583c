//! What reads of flags work with: patterns, mandates, what is kept, and the views that a reader shares with mandates.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use moka::sync::Cache;

use super::FlagError;
use super::stored::{Basis, FLAG, FlagRecord, PATTERN_FILE, RUN, RunRecord, Sighting, latest_run};
use crate::authz::{AuthorizedView, Principal};
use crate::graph::{ArchiveError, ReadGraph};
use crate::model::{Day, DeliveryId, IdSecret, NodeId, Schema, TimeSpan};
use crate::query::QueryError;
use crate::scan::exec::{Budgets, check_complete};
use crate::scan::pattern::{Library, ParameterValues, Pattern};
use crate::scan::run::{Element, Mandate, Mandates, Match, run_pattern};
use crate::store::{ReadRecords, RecordReader, StoreError};

/// What was found again: by sight, revision of the store, run, newest run and pattern.
pub type FoundKey = ([u8; 32], u64, String, String, String);

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

impl FoundCache {
    /// Drops everything.
    pub(crate) fn forget(&self) {
        self.0.invalidate_all();
    }
}

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

/// Makes the view that a reader and a mandate share: now or, given what a run rested on, of what was known and seen then.
pub type SightMaker<'a> = &'a dyn Fn(&Mandate, TimeSpan, Option<&Basis>) -> Result<Sight, String>;

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
        let Some(latest) = latest_run(self.records, &mandate.id, pattern.id())? else {
            return Ok(Arc::default());
        };
        let span = pattern.front.time.span(sighting.as_of);
        let sight = |then| (self.sight)(mandate, span, then).map_err(FlagError::View);
        let now = sight(None)?;
        let key = (
            now.fingerprint,
            now.revision,
            sighting.run.clone(),
            latest.run.clone(),
            pattern.id().to_owned(),
        );
        if let Some(known) = self.cache.0.get(&key) {
            return Ok(known);
        }
        let then = match &latest.basis {
            Some(basis) => Some(sight(Some(basis))?),
            None => None,
        };
        let keys: BTreeSet<NodeId> = all
            .iter()
            .filter(|flag| flag.mandate == mandate.id && flag.pattern == pattern.id())
            .filter(|flag| flag.sightings.contains(sighting))
            .flat_map(|flag| flag.keys.iter().copied())
            .collect();
        let find = |view: &AuthorizedView, among: &BTreeMap<NodeId, NodeId>| {
            let subjects: BTreeSet<NodeId> = among.values().copied().collect();
            find_about(
                view,
                used,
                sighting.as_of,
                &subjects.into_iter().collect::<Vec<_>>(),
            )
        };
        let found = match then {
            // The decision that a role sees labels whole is checked as well: a wrong one must not show absence that is none.
            Some(then)
                if [&then, &now]
                    .iter()
                    .all(|sight| is_monotone || is_whole(sight, pattern)) =>
            {
                // What the newest run could find of what this reader sees: without that, what came since would make a flag
                // show where the mandate had one for other reasons, and none where it had none.
                let subjects = nodes_of(&then.view, &keys);
                let mut matches = find(&then.view, &subjects)?;
                if sighting.run != latest.run {
                    let deliveries = (self.deliveries_by)(used.revision)?;
                    let mut new = BTreeSet::new();
                    for found in matches.values() {
                        if !was_there(&then.view, found, deliveries).map_err(QueryError::from)? {
                            new.insert(found.subject);
                        }
                    }
                    matches.retain(|subject, _| !new.contains(subject));
                }
                if (then.fingerprint, then.revision) == (now.fingerprint, now.revision) {
                    FoundAgain { matches, subjects }
                } else {
                    // Told is what is known by now: what does not match any more is gone at once.
                    let mut found: BTreeSet<NodeId> = keys;
                    found.retain(|key| {
                        let subject = subjects.get(key);
                        subject.is_some_and(|subject| matches.contains_key(subject))
                    });
                    let subjects = nodes_of(&now.view, &found);
                    let matches = find(&now.view, &subjects)?;
                    FoundAgain { matches, subjects }
                }
            }
            Some(_) | None => FoundAgain::default(),
        };
        let found = Arc::new(found);
        self.cache.0.insert(key, Arc::clone(&found));
        Ok(found)
    }
}

fn is_whole(sight: &Sight, pattern: &Pattern) -> bool {
    check_complete(&sight.view, &pattern.front.complete).is_ok()
}

/// The nodes that keys lead to in a view.
fn nodes_of(view: &AuthorizedView, keys: &BTreeSet<NodeId>) -> BTreeMap<NodeId, NodeId> {
    let nodes = keys.iter().filter_map(|&key| {
        let node = view.find(key)?;
        Some((key, view.node_id(node)?))
    });
    nodes.collect()
}

/// What a pattern finds about some subjects, by subject.
fn find_about(
    view: &AuthorizedView,
    used: &Used,
    as_of: Day,
    subjects: &[NodeId],
) -> Result<BTreeMap<NodeId, Match>, FlagError> {
    let found = run_pattern(
        view,
        &used.pattern,
        &used.parameters,
        as_of,
        &BUDGETS,
        &AtomicBool::new(false),
        Some(subjects),
    )?;
    if let Some(reason) = found.incomplete {
        return Err(FlagError::Invalid(format!(
            "flags of `{}` could not be shown: {reason}",
            used.pattern.id()
        )));
    }
    let matches = found.matches.into_iter();
    Ok(matches.map(|found| (found.subject, found)).collect())
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
