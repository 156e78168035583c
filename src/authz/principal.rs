//! Who asks.

use std::collections::BTreeSet;

use crate::model::Level;

/// A caller whose identity has been established. Login, by whatever means, ends in one of these.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal {
    /// Stable name of the account; stands in records of who looked.
    pub id: String,
    /// What people call them.
    pub name: String,
    /// Organisation they act for.
    pub organisation: String,
    /// Department of it.
    pub department: String,
    /// Roles, from the organisation's own administration.
    pub roles: BTreeSet<String>,
    /// Highest level they are cleared for.
    pub clearance: Level,
}
