//! Why a read is made: the register of processing activities.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Principal;
use crate::model::{ClassSet, PropertyClass};

/// Why a purpose was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PurposeError {
    /// The request names none.
    #[error("no purpose: every read names one from the register")]
    Missing,
    /// The register has no such purpose.
    #[error("unknown purpose `{0}`")]
    Unknown(String),
    /// The register does not give it to this caller's department or roles.
    #[error("purpose `{0}` is not open to your department and roles")]
    NotYours(String),
}

/// Says what is wrong with a register file.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Not TOML, or a key that does not belong there. The message names line and column.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// Two entries with one id.
    #[error("purpose `{0}` is named twice")]
    Twice(String),
}

/// One processing activity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// What requests name it by.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Legal ground.
    pub ground: String,
    /// Departments that may act for it, as `organisation/department`; `organisation/*` is all of them.
    pub departments: Vec<String>,
    /// Roles that may; empty: any role of those departments.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Whether each read names an open case, and sees its scope alone.
    #[serde(default)]
    pub needs_case: bool,
    /// Longest that a case may last, in days.
    pub case_days_max: Option<u32>,
    /// Roles that see every case of the purpose of their own organisation, without working on it.
    #[serde(default)]
    pub overseers: Vec<String>,
    /// Classes of properties that the purpose needs. What the policy lets through beyond these is not read; without it
    /// the policy alone decides.
    pub classes: Option<Vec<PropertyClass>>,
    /// For how many hours a masked node may be unmasked in a case; without it never.
    pub unmask_hours: Option<u32>,
    /// Whether a second person of the team confirms an unmasking.
    #[serde(default)]
    pub four_eyes: bool,
    /// How long what was made for the purpose is kept after it ended, in days.
    pub retention_days: Option<u32>,
    /// Whether a person is not told that they were looked up for it, as the law has it for some investigations.
    #[serde(default)]
    pub confidential: bool,
}

/// The register.
#[derive(Debug, Clone, Default)]
pub struct PurposeRegister {
    purposes: BTreeMap<String, Purpose>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegisterFile {
    #[serde(default)]
    purpose: Vec<Purpose>,
}

impl PurposeRegister {
    /// Reads a register file (TOML, a list of `[[purpose]]`).
    ///
    /// # Errors
    /// [`RegisterError`], with line and column.
    pub fn parse(text: &str) -> Result<Self, RegisterError> {
        let file: RegisterFile = toml::from_str(text)?;
        let mut purposes = BTreeMap::new();
        for purpose in file.purpose {
            let id = purpose.id.clone();
            if purposes.insert(id.clone(), purpose).is_some() {
                return Err(RegisterError::Twice(id));
            }
        }
        Ok(Self { purposes })
    }

    /// Returns the purpose that a caller names, if it is theirs to name.
    ///
    /// # Errors
    /// [`PurposeError`]. The register is no secret: unknown and not-yours are told apart.
    pub fn grant(&self, caller: &Principal, id: Option<&str>) -> Result<&Purpose, PurposeError> {
        let id = id
            .filter(|id| !id.is_empty())
            .ok_or(PurposeError::Missing)?;
        let purpose = self
            .purposes
            .get(id)
            .ok_or_else(|| PurposeError::Unknown(id.to_owned()))?;
        if purpose.is_open_to(caller) {
            Ok(purpose)
        } else {
            Err(PurposeError::NotYours(id.to_owned()))
        }
    }

    /// All purposes, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Purpose> {
        self.purposes.values()
    }

    /// The purposes open to a caller, by id.
    pub fn open_to<'a>(&'a self, caller: &'a Principal) -> impl Iterator<Item = &'a Purpose> {
        self.purposes
            .values()
            .filter(|purpose| purpose.is_open_to(caller))
    }
}

impl Purpose {
    /// Of some classes those that the purpose needs.
    pub(super) fn narrow(&self, classes: ClassSet) -> ClassSet {
        let Some(needed) = &self.classes else {
            return classes;
        };
        let mut narrowed = ClassSet::EMPTY;
        for &class in needed {
            if classes.contains(class) {
                narrowed.insert(class);
            }
        }
        narrowed
    }

    fn is_open_to(&self, caller: &Principal) -> bool {
        caller.is_of(&self.departments, &self.roles)
    }
}
