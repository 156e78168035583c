//! What a run makes of flags: new ones, those that stood, those that end. All of a pattern in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use super::SIGHTINGS_MAX;
use super::stored::{
    ACTS, Basis, FLAG, FlagRecord, GROUND, GroundRecord, LATEST, LatestRecord, PATTERN_FILE,
    SightMark, Sighting, prior_flags,
};
use crate::model::{Day, EdgeId, IdSecret, NodeId};
use crate::scan::run::{Element, Mandate, Match, Planned};
use crate::store::{ReadRecords, RecordChange, StoreError};

/// The run that settles flags.
#[derive(Clone, Copy)]
pub struct Settled<'a> {
    /// Its identifier.
    pub run: &'a str,
    /// The day it looked at.
    pub as_of: Day,
    /// The revision it read.
    pub revision: u64,
    /// The mandate.
    pub mandate: &'a Mandate,
    /// What the mandate sees.
    pub sight: &'a SightMark,
    /// All keys that lead to a node, for the mandate.
    pub keys: &'a dyn Fn(NodeId) -> Vec<NodeId>,
}

/// How many flags were raised, and so on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Raised {
    /// New.
    pub raised: usize,
    /// Raised again.
    pub again: usize,
    /// Stood already.
    pub kept: usize,
    /// Not found any more.
    pub ended: usize,
}

/// Removes a flag with everything about it.
fn take_out(
    change: &mut RecordChange<'_>,
    secret: &IdSecret,
    flag: &FlagRecord,
) -> Result<(), StoreError> {
    change.remove(FLAG, &flag.id)?;
    change.remove(GROUND, &flag.id)?;
    for key in &flag.keys {
        change.remove(ACTS, &secret.flag(&flag.mandate, &flag.pattern, *key))?;
    }
    Ok(())
}

/// Removes flags that are past their day, or about or resting on nodes and edges that are gone; tells how many.
///
/// # Errors
/// [`StoreError`]; nothing is then changed.
pub fn forget(
    change: &mut RecordChange<'_>,
    secret: &IdSecret,
    day: Day,
    (nodes, edges): (&BTreeSet<NodeId>, &BTreeSet<EdgeId>),
) -> Result<usize, StoreError> {
    let flags: Vec<(String, FlagRecord)> = change.list(FLAG, "")?;
    let mut count = 0;
    for (_, flag) in flags {
        let ground: Option<GroundRecord> = change.get(GROUND, &flag.id)?;
        let evidence = ground.map_or_else(Vec::new, |ground| ground.found.evidence);
        let is_gone = |element: &Element| match element {
            Element::Node { id } => nodes.contains(id),
            Element::Edge { id, .. } => edges.contains(id),
        };
        let about = flag.keys.iter().chain([&flag.subject]);
        let is_about = about.into_iter().any(|node| nodes.contains(node));
        if flag.expires <= day || is_about || evidence.iter().any(is_gone) {
            take_out(change, secret, &flag)?;
            count += 1;
        }
    }
    Ok(count)
}

/// Settles the flags of one pattern after a whole run of it.
///
/// The same match raises no new flag; one that stands longer than the pattern's days for that is raised again. A flag that
/// is not found any more ends, and one that expired is removed with everything about it.
///
/// # Errors
/// [`StoreError`]; nothing is then changed.
pub fn settle(
    change: &mut RecordChange<'_>,
    secret: &IdSecret,
    run: Settled<'_>,
    planned: &Planned,
    matches: &[Match],
) -> Result<Raised, StoreError> {
    let front = &planned.pattern.front;
    let Settled { mandate, as_of, .. } = run;
    let mut told = Raised::default();
    let mut known: BTreeMap<NodeId, FlagRecord> = prior_flags(change, &mandate.id, &front.id)?
        .into_iter()
        .map(|flag| (flag.subject, flag))
        .collect();
    let expires = as_of.plus(i32::try_from(front.retention_days).unwrap_or(i32::MAX));
    for found in matches {
        let sighting = Sighting {
            run: run.run.to_owned(),
            as_of,
        };
        let mut flag = match known.remove(&found.subject) {
            None => {
                told.raised += 1;
                FlagRecord {
                    id: secret.flag(&mandate.id, &front.id, found.subject),
                    mandate: mandate.id.clone(),
                    principal: mandate.principal().id,
                    purpose: mandate.purpose.clone(),
                    pattern: front.id.clone(),
                    version: front.version,
                    hash: String::new(),
                    parameters: BTreeMap::new(),
                    subject: found.subject,
                    keys: Vec::new(),
                    subject_label: front.subject.clone(),
                    raised: as_of,
                    revision: run.revision,
                    sightings: Vec::new(),
                    expires,
                    ended: None,
                }
            }
            Some(mut flag) => {
                let stood = as_of.days() - flag.raised.days();
                if flag.ended.is_some() || stood >= realert(front.realert_after_days) {
                    told.again += 1;
                    flag.raised = as_of;
                    flag.revision = run.revision;
                } else {
                    told.kept += 1;
                }
                flag
            }
        };
        flag.version = front.version;
        flag.keys = (run.keys)(found.subject);
        flag.hash.clone_from(&planned.pattern.hash);
        flag.parameters.clone_from(&planned.parameters);
        flag.expires = expires;
        flag.ended = None;
        flag.sightings.push(sighting);
        let over = flag.sightings.len().saturating_sub(SIGHTINGS_MAX);
        flag.sightings.drain(..over);
        let pattern = &planned.pattern;
        let sentence =
            |sentence| found.sentence(sentence, &planned.parameters, |node| node.to_string());
        let ground = GroundRecord {
            found: found.clone(),
            sentence_nl: sentence(&pattern.sentence_nl),
            sentence_en: sentence(&pattern.sentence_en),
            lowers_nl: front.lowers.nl.clone(),
            lowers_en: front.lowers.en.clone(),
        };
        change.put(GROUND, &flag.id, &ground)?;
        change.put(FLAG, &flag.id, &flag)?;
    }
    for mut flag in known.into_values() {
        if flag.expires <= as_of {
            take_out(change, secret, &flag)?;
        } else if flag.ended.is_none() {
            told.ended += 1;
            flag.ended = Some(as_of);
            change.put(FLAG, &flag.id, &flag)?;
        }
    }
    let latest = LatestRecord {
        run: run.run.to_owned(),
        as_of,
        basis: Some(Basis {
            revision: run.revision,
            hash: planned.pattern.hash.clone(),
            parameters: planned.parameters.clone(),
            sight: run.sight.clone(),
        }),
    };
    change.put(LATEST, &format!("{}/{}", mandate.id, front.id), &latest)?;
    change.put(PATTERN_FILE, &planned.pattern.hash, &planned.pattern.text)?;
    Ok(told)
}

fn realert(days: u32) -> i32 {
    i32::try_from(days).unwrap_or(i32::MAX)
}
