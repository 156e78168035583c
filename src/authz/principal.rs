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

impl Principal {
    /// Whether they act for one of some departments (`organisation/department`; `organisation/*` is all of them), in one of
    /// some roles, or in any where none are named.
    pub fn is_of(&self, departments: &[String], roles: &[String]) -> bool {
        let is_own = |entry: &String| {
            entry
                .split_once('/')
                .is_some_and(|(organisation, department)| {
                    organisation == self.organisation
                        && (department == "*" || department == self.department)
                })
        };
        let role = roles.is_empty() || roles.iter().any(|role| self.roles.contains(role));
        departments.iter().any(is_own) && role
    }
}
