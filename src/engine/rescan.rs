//! Scans after a delivery: which subjects must be looked at again.
//!
//! A pattern's matches about a subject rest on what lies within the pattern's reach of it. Where nothing in reach changed
//! since the newest whole run, on the same day, with the same pattern, parameters and sight, the run would find the same:
//! what it found stands.
//!
//! # Invariants
//! * **the same flags as a whole run**: where it is not certain, everything is looked at.
//! * **what is hidden decides nothing that is told**: changes count by the markings that the mandate sees; how much was
//!   looked at again is told to nobody.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Engine;
use crate::authz::{AuthorizedView, Clearance, Near};
use crate::flag::{SightMark, latest_run, prior_matches};
use crate::model::{Day, EdgeLabelId, NodeId};
use crate::scan::lang::TimeMode;
use crate::scan::run::{Again, Mandate, Planned};
use crate::store::{StoreError, Touched};

/// One in so many of all nodes may be met before everything is looked at: walking to them costs about as much.
const SHARE: usize = 4;

/// What a mandate sees, in short.
pub(super) fn sight_mark(clearance: &Clearance) -> SightMark {
    mark_of(clearance, clearance.markings())
}

fn mark_of(clearance: &Clearance, markings: usize) -> SightMark {
    let digest = blake3::Hash::from_bytes(clearance.fingerprint_of(markings));
    SightMark {
        classes: clearance.table(markings),
        digest: digest.to_hex().to_string(),
    }
}

/// Gives the mandate's view for a pattern's time.
type ViewOf<'a> = dyn Fn(TimeMode) -> Result<Arc<AuthorizedView>, String> + 'a;

impl Engine {
    /// Finds for each pattern of a plan where it must look again, if what it found before says enough.
    pub(super) fn look_again(
        &self,
        mandate: &Mandate,
        as_of: Day,
        clearance: &Clearance,
        plan: &mut [Planned],
        (revision, view): (u64, &ViewOf<'_>),
    ) -> Result<(), StoreError> {
        let records = self.store.records()?;
        for planned in plan {
            let pattern = &planned.pattern;
            let latest = latest_run(&records, &mandate.id, pattern.id())?;
            let latest = latest.filter(|latest| latest.as_of == as_of);
            let basis = latest.and_then(|latest| latest.basis).filter(|basis| {
                basis.hash == pattern.hash
                    && basis.parameters == planned.parameters
                    && basis.sight == mark_of(clearance, basis.sight.classes.len())
            });
            let (Some(basis), Ok(view)) = (basis, view(pattern.front.time)) else {
                continue;
            };
            let loads = self.store.touched(basis.revision, revision)?;
            let Some(subjects) = changed_subjects(planned, loads, clearance, &view) else {
                continue;
            };
            let again: BTreeSet<NodeId> = subjects.iter().copied().collect();
            let mut stands = prior_matches(&records, &mandate.id, pattern.id())?;
            stands.retain(|found| {
                let node = view.find(found.subject).and_then(|node| view.node_id(node));
                node.is_some_and(|node| !again.contains(&node))
            });
            planned.again = Some(Again { subjects, stands });
        }
        Ok(())
    }
}

/// The subjects that loads since a run can matter to; none where that may be all.
fn changed_subjects(
    planned: &Planned,
    loads: Option<Vec<Touched>>,
    clearance: &Clearance,
    view: &AuthorizedView,
) -> Option<Vec<NodeId>> {
    let pattern = &planned.pattern;
    let schema = view.schema();
    let reach = pattern.compiled.reach()?;
    let (label, _) = schema.node_label(&pattern.front.subject)?;
    let mut changed = Vec::new();
    for load in loads? {
        changed.extend(load.seen(|marking| clearance.classes(marking).is_some())?);
    }
    let edges: Option<Vec<EdgeLabelId>> = reach.edges.as_ref().map(|names| {
        let ids = names.iter().filter_map(|name| schema.edge_label(name));
        ids.map(|(id, _)| id).collect()
    });
    let near = Near {
        hops: reach.hops,
        edges: edges.as_deref(),
        label,
        met_max: view.node_count() / SHARE,
    };
    view.near(&changed, near)
}
