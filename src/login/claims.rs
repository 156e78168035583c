//! From what a provider says of someone to who that is here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::jwt::Claims;
use crate::authz::Principal;
use crate::model::Level;

/// Where each part of an identity comes from. What is not said here, or by the provider, is not granted: without
/// organisation, department, roles and clearance nobody comes in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimSettings {
    /// Stable name of the account; default the claim `sub`.
    #[serde(default = "subject")]
    pub id: ClaimSource,
    /// What people call them; default the claim `name`, and where that is missing the id.
    #[serde(default = "name")]
    pub name: ClaimSource,
    /// Organisation they act for.
    pub organisation: ClaimSource,
    /// Department of it.
    pub department: ClaimSource,
    /// Roles. A list, possibly empty; those that no value translates are left out.
    pub roles: ClaimSource,
    /// Highest level they are cleared for, by the name of the level.
    pub clearance: ClaimSource,
}

/// Where one part comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum ClaimSource {
    /// A claim by its name; with a slash before it a JSON pointer into the claims.
    Claim(String),
    /// The same for all.
    Fixed {
        /// The value, or several.
        value: Said,
    },
    /// A claim whose values are translated. A value that is not in the table is as if it were not said.
    Translated {
        /// As above.
        claim: String,
        /// What the provider says, and what that is here.
        values: BTreeMap<String, String>,
    },
}

/// One value or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Said {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// A part of an identity that the provider does not give.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the provider does not say the {part} of this account, or says one that the settings do not know"
)]
pub struct ClaimError {
    /// Which part.
    pub part: &'static str,
}

fn subject() -> ClaimSource {
    ClaimSource::Claim("sub".to_owned())
}

fn name() -> ClaimSource {
    ClaimSource::Claim("name".to_owned())
}

/// Longest value, in bytes, and most roles: they stand in each record and each key of a cache.
const VALUE_BYTES_MAX: usize = 200;
const ROLES_MAX: usize = 64;

impl ClaimSource {
    /// The values that are said; `None` if the claim is not there or is neither a text nor a list of texts.
    fn values(&self, claims: &Claims) -> Option<Vec<String>> {
        let (claim, table) = match self {
            Self::Fixed { value } => {
                return Some(match value {
                    Said::One(one) => vec![one.clone()],
                    Said::Several(several) => several.clone(),
                });
            }
            Self::Claim(claim) => (claim, None),
            Self::Translated { claim, values } => (claim, Some(values)),
        };
        let said = match claim.strip_prefix('/') {
            None => claims.get(claim)?,
            Some(path) => {
                let mut parts = path.split('/');
                let first = claims.get(parts.next()?)?;
                parts.try_fold(first, |value, part| value.get(part))?
            }
        };
        let texts: Vec<&str> = match said {
            Value::String(one) => vec![one],
            Value::Array(several) => several
                .iter()
                .map(Value::as_str)
                .collect::<Option<Vec<&str>>>()?,
            _ => return None,
        };
        let fits = |text: &&str| !text.is_empty() && text.len() <= VALUE_BYTES_MAX;
        let texts = texts.into_iter().filter(fits);
        Some(match table {
            None => texts.map(str::to_owned).collect(),
            Some(table) => texts.filter_map(|text| table.get(text).cloned()).collect(),
        })
    }

    /// The one value that is said.
    fn one(&self, claims: &Claims, part: &'static str) -> Result<String, ClaimError> {
        match self.values(claims).unwrap_or_default().as_slice() {
            [one] => Ok(one.clone()),
            // Of several departments none is chosen for who has them.
            _ => Err(ClaimError { part }),
        }
    }
}

impl ClaimSettings {
    /// Who the claims are about.
    ///
    /// # Errors
    /// [`ClaimError`] for the first part that is not there.
    pub fn principal(&self, claims: &Claims) -> Result<Principal, ClaimError> {
        let id = self.id.one(claims, "id")?;
        let clearance = self.clearance.one(claims, "clearance")?;
        let level = Level::ALL
            .into_iter()
            .find(|level| level.name() == clearance);
        let roles = self.roles.values(claims);
        let roles: BTreeSet<String> = roles
            .ok_or(ClaimError { part: "roles" })?
            .into_iter()
            .collect();
        if roles.len() > ROLES_MAX {
            return Err(ClaimError { part: "roles" });
        }
        Ok(Principal {
            name: self.name.one(claims, "name").unwrap_or_else(|_| id.clone()),
            organisation: self.organisation.one(claims, "organisation")?,
            department: self.department.one(claims, "department")?,
            clearance: level.ok_or(ClaimError { part: "clearance" })?,
            roles,
            id,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SETTINGS: &str = r#"
organisation = { value = "gemeente" }
department = { claim = "afdeling", values = { "T&H" = "toezicht" } }
roles = { claim = "/realm_access/roles", values = { "verband-inspecteur" = "inspecteur" } }
clearance = "clearance"
"#;

    fn principal(claims: &Value) -> Result<Principal, ClaimError> {
        let settings: ClaimSettings = toml::from_str(SETTINGS).unwrap();
        settings.principal(claims.as_object().unwrap())
    }

    fn claims() -> Value {
        json!({
            "sub": "4f1", "name": "Inge Spanjer", "afdeling": "T&H", "clearance": "intern",
            "realm_access": { "roles": ["offline", "verband-inspecteur"] }
        })
    }

    #[test]
    fn claims_become_an_identity_by_the_settings() {
        let found = principal(&claims()).unwrap();
        let expected = Principal {
            id: "4f1".to_owned(),
            name: "Inge Spanjer".to_owned(),
            organisation: "gemeente".to_owned(),
            department: "toezicht".to_owned(),
            roles: ["inspecteur".to_owned()].into(),
            clearance: Level::Intern,
        };
        assert_eq!(found, expected);
        let mut nameless = claims();
        nameless.as_object_mut().unwrap().remove("name");
        assert_eq!(principal(&nameless).unwrap().name, "4f1");
    }

    #[test]
    fn what_is_missing_or_unknown_keeps_out() {
        for (name, value, part) in [
            ("sub", json!(null), "id"),
            ("sub", json!(""), "id"),
            ("sub", json!(7), "id"),
            ("sub", json!("x".repeat(201)), "id"),
            ("afdeling", json!(null), "department"),
            ("afdeling", json!("toezicht"), "department"),
            ("afdeling", json!(["T&H", "T&H"]), "department"),
            ("clearance", json!(null), "clearance"),
            ("clearance", json!("alles"), "clearance"),
            ("clearance", json!(["intern", "zeer_geheim"]), "clearance"),
            ("realm_access", json!(null), "roles"),
            ("realm_access", json!({ "roles": "x" }), ""),
            ("realm_access", json!({ "roles": [7] }), "roles"),
            ("realm_access", json!([]), "roles"),
        ] {
            let mut claims = claims();
            claims[name] = value.clone();
            match principal(&claims) {
                Err(error) => assert_eq!(error.part, part, "{name} {value}"),
                Ok(found) => assert!(part.is_empty() && found.roles.is_empty(), "{name} {value}"),
            }
        }
    }
}
