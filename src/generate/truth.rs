//! What was planted in the town, for whoever checks whether it was found.

use std::collections::BTreeMap;

use serde::Serialize;

/// A planted situation, or a near miss of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Situation {
    /// A short name that stays the same for every seed; the number behind it, if any, counts those of one pattern.
    pub id: String,
    /// The name of the pattern that it is an example of, or a near miss of.
    pub pattern: &'static str,
    /// Its title, in Dutch.
    pub title: &'static str,
    /// Whether it only looks like the situation of the same name: what looks for that one must pass this one by.
    pub near_miss: bool,
    /// What was planted, in Dutch.
    pub planted: String,
    /// The keys of the nodes it is made of (`addresses`, `persons`, `companies`, `signals`), as the sources write them.
    pub keys: BTreeMap<&'static str, Vec<String>>,
}
