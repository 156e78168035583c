//! Mandates: as whom, why and with which patterns scans are made, and who reads what they raise.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::authz::Principal;
use crate::model::Level;
use crate::scan::pattern::{Pattern, Status};

/// Says what is wrong with a mandates file.
#[derive(Debug, thiserror::Error)]
pub enum MandateError {
    /// Not TOML, or a key that does not belong there. The message names line and column.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// Two entries with one id.
    #[error("mandate `{0}` is named twice")]
    Twice(String),
    /// A pattern that is not in the library.
    #[error(
        "mandate `{mandate}` names the pattern `{pattern}`, which is not there; there are: {known}"
    )]
    UnknownPattern {
        /// The mandate.
        mandate: String,
        /// The name.
        pattern: String,
        /// The names that are there.
        known: String,
    },
}

/// One mandate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mandate {
    /// What scans name it by.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// The purpose of the register that its reads are for.
    pub purpose: String,
    /// Organisation that it acts for.
    pub organisation: String,
    /// Department of it.
    pub department: String,
    /// Roles that it acts in.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Highest level that it is cleared for.
    pub clearance: Level,
    /// Patterns that it may run; `*` is all that are for its purpose.
    pub patterns: Vec<String>,
    /// Roles that may see the flags it raises, as far as their own view shows what a flag rests on.
    pub readers: Vec<String>,
    /// Roles among these that may judge, assign and put flags into cases.
    #[serde(default)]
    pub judges: Vec<String>,
    /// Roles among the readers that see, by policy, everything that patterns resting on absence must see whole. Others do
    /// not see flags of such patterns. A role stands here by decision of who keeps the policy: were it worked out from
    /// the data, a flag that vanishes would tell that something hidden came.
    #[serde(default)]
    pub whole_readers: Vec<String>,
    /// Whether a server runs it after each new revision.
    #[serde(default)]
    pub after_load: bool,
    /// Hours between two runs of a server; none: by hand.
    #[serde(default)]
    pub every_hours: Option<u32>,
}

impl Mandate {
    /// The principal that its scans are made as.
    pub fn principal(&self) -> Principal {
        Principal {
            id: format!("mandaat/{}", self.id),
            name: self.title.clone(),
            organisation: self.organisation.clone(),
            department: self.department.clone(),
            roles: self.roles.iter().cloned().collect(),
            clearance: self.clearance,
        }
    }

    /// Whether it may run a pattern at all.
    pub fn allows(&self, pattern: &Pattern) -> bool {
        let listed = self
            .patterns
            .iter()
            .any(|name| name == "*" || name == pattern.id());
        listed && pattern.front.purposes.contains(&self.purpose)
    }

    /// Whether a scan that names no patterns runs this one.
    pub fn runs_unasked(&self, pattern: &Pattern) -> bool {
        self.allows(pattern) && pattern.front.status == Status::InUse
    }

    /// Whether a reader has a role that may see its flags.
    pub fn shows_to(&self, reader: &Principal) -> bool {
        has_role(reader, &self.readers)
    }

    /// Whether a reader has a role that may judge its flags.
    pub fn is_judged_by(&self, reader: &Principal) -> bool {
        has_role(reader, &self.judges)
    }

    /// Whether a reader may see its flags that rest on absence.
    pub fn shows_absence_to(&self, reader: &Principal) -> bool {
        has_role(reader, &self.whole_readers)
    }
}

fn has_role(reader: &Principal, roles: &[String]) -> bool {
    roles.iter().any(|role| reader.roles.contains(role))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MandateFile {
    #[serde(default)]
    mandate: Vec<Mandate>,
}

/// The mandates of a file.
#[derive(Debug, Clone, Default)]
pub struct Mandates {
    mandates: BTreeMap<String, Arc<Mandate>>,
}

impl Mandates {
    /// Reads a mandates file (TOML, a list of `[[mandate]]`) and checks it against the names of patterns.
    ///
    /// # Errors
    /// [`MandateError`].
    pub fn parse(text: &str, patterns: &[&str]) -> Result<Self, MandateError> {
        let file: MandateFile = toml::from_str(text)?;
        let mut mandates = BTreeMap::new();
        for mandate in file.mandate {
            for name in &mandate.patterns {
                if name != "*" && !patterns.contains(&name.as_str()) {
                    return Err(MandateError::UnknownPattern {
                        mandate: mandate.id,
                        pattern: name.clone(),
                        known: patterns.join(", "),
                    });
                }
            }
            let id = mandate.id.clone();
            if mandates.insert(id.clone(), Arc::new(mandate)).is_some() {
                return Err(MandateError::Twice(id));
            }
        }
        Ok(Self { mandates })
    }

    /// A mandate by its identifier.
    pub fn get(&self, id: &str) -> Option<&Arc<Mandate>> {
        self.mandates.get(id)
    }

    /// All of them, by identifier.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Mandate>> {
        self.mandates.values()
    }
}
