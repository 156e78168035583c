//! Which sources are delivered into a running server, and by whom.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::authz::Principal;
use crate::ingest::{IngestError, SourceFile, builtin, builtin_names};

/// Why a register of deliverable sources was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryRegisterError {
    /// No TOML, or a key that does not belong there.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// An entry that names no source file, or two.
    #[error("entry {0}: name either `file` or `builtin`")]
    OneOf(usize),
    /// No such source is built in.
    #[error("no built-in source `{0}`; there are: {1}")]
    NoBuiltin(String, String),
    /// A source file is wrong.
    #[error(transparent)]
    Source(#[from] IngestError),
    /// Two entries of one source.
    #[error("the source `{0}` is named twice")]
    Twice(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegisterFile {
    #[serde(default = "default_directory")]
    directory: PathBuf,
    #[serde(default = "default_bytes_max")]
    bytes_max: u64,
    #[serde(default)]
    source: Vec<EntryFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryFile {
    file: Option<PathBuf>,
    builtin: Option<String>,
    departments: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
    every_days: Option<u32>,
}

fn default_directory() -> PathBuf {
    PathBuf::from("incoming")
}

fn default_bytes_max() -> u64 {
    4 * 1024 * 1024 * 1024
}

/// The sources that may be delivered. The default has none.
#[derive(Debug, Clone, Default)]
pub struct DeliveryRegister {
    directory: PathBuf,
    bytes_max: u64,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    source: SourceFile,
    departments: Vec<String>,
    roles: Vec<String>,
    every_days: Option<u32>,
}

/// A source that a caller may deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliverable {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// In how many days at most it is to be delivered again, where that is agreed.
    pub every_days: Option<u32>,
}

impl DeliveryRegister {
    /// Takes the text of a register. Names in it are relative to `base`.
    ///
    /// # Errors
    /// [`DeliveryRegisterError`].
    pub fn parse(text: &str, base: &Path) -> Result<Self, DeliveryRegisterError> {
        let file: RegisterFile = toml::from_str(text)?;
        let mut names = BTreeSet::new();
        let mut entries = Vec::new();
        for (number, entry) in (1..).zip(file.source) {
            let source = match (&entry.file, &entry.builtin) {
                (Some(file), None) => SourceFile::read(&base.join(file))?,
                (None, Some(name)) => {
                    let text = builtin(name).ok_or_else(|| {
                        let known: Vec<&str> = builtin_names().collect();
                        DeliveryRegisterError::NoBuiltin(name.clone(), known.join(", "))
                    })?;
                    SourceFile::parse(text, base, None)?
                }
                _ => return Err(DeliveryRegisterError::OneOf(number)),
            };
            if !names.insert(source.name().to_owned()) {
                return Err(DeliveryRegisterError::Twice(source.name().to_owned()));
            }
            entries.push(Entry {
                source,
                departments: entry.departments,
                roles: entry.roles,
                every_days: entry.every_days,
            });
        }
        Ok(Self {
            directory: base.join(file.directory),
            bytes_max: file.bytes_max,
            entries,
        })
    }

    /// All sources.
    pub(super) fn sources(&self) -> impl Iterator<Item = &SourceFile> {
        self.entries.iter().map(|entry| &entry.source)
    }

    /// Whether there is any source that may be delivered.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Where files wait until they are loaded.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Most bytes of one delivery.
    pub fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    /// The sources that a caller may deliver.
    pub(super) fn deliverable(&self, caller: &Principal) -> Vec<Deliverable> {
        let own = self.entries.iter().filter(|entry| entry.is_open_to(caller));
        own.map(|entry| Deliverable {
            name: entry.source.name().to_owned(),
            title: entry.source.title().to_owned(),
            every_days: entry.every_days,
        })
        .collect()
    }

    /// A source that a caller may deliver. One that is not there and one that is not theirs are the same.
    pub(super) fn find(&self, caller: &Principal, name: &str) -> Option<&SourceFile> {
        let mut entries = self.entries.iter();
        entries
            .find(|entry| entry.source.name() == name && entry.is_open_to(caller))
            .map(|entry| &entry.source)
    }
}

impl Entry {
    fn is_open_to(&self, caller: &Principal) -> bool {
        caller.is_of(&self.departments, &self.roles)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Level;

    fn caller(department: &str, roles: &[&str]) -> Principal {
        Principal {
            id: "a".to_owned(),
            name: "A".to_owned(),
            organisation: "gemeente".to_owned(),
            department: department.to_owned(),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
            clearance: Level::Openbaar,
        }
    }

    #[test]
    fn a_source_is_open_to_its_departments_and_roles_and_to_nobody_else() {
        let text = "[[source]]\nbuiltin = 'kvk'\ndepartments = ['gemeente/gegevens']\nroles = ['beheer']\n\
                    [[source]]\nbuiltin = 'brp'\ndepartments = ['gemeente/*']\n";
        let register = DeliveryRegister::parse(text, Path::new("")).unwrap();
        let names = |department, roles: &[&str]| {
            let caller = caller(department, roles);
            let open = register.deliverable(&caller);
            let open: Vec<&str> = open.iter().map(|one| one.name.as_str()).collect();
            open.join(" ")
        };
        assert_eq!(names("gegevens", &["beheer"]), "kvk brp");
        assert_eq!(names("gegevens", &[]), "brp");
        assert_eq!(names("wonen", &["beheer"]), "brp");
        let nobody = DeliveryRegister::default();
        assert!(
            nobody
                .find(&caller("gegevens", &["beheer"]), "kvk")
                .is_none()
        );
    }

    #[test]
    fn what_is_wrong_with_a_register_is_told() {
        let wrong = |text: &str| {
            let parsed = DeliveryRegister::parse(text, Path::new("/nowhere"));
            parsed.unwrap_err().to_string()
        };
        let twice = "[[source]]\nbuiltin = 'kvk'\ndepartments = []\n".repeat(2);
        for (text, told) in [
            ("[[source]]\ndepartments = []", "entry 1"),
            ("[[source]]\nbuiltin = 'kvk'", "departments"),
            ("[[source]]\nbuiltin = 'x'\ndepartments = []", "`x`"),
            ("[[source]]\nfile = 'x.toml'\ndepartments = []", "x.toml"),
            (&twice, "`kvk` is named twice"),
            ("sources = 1", "sources"),
        ] {
            let message = wrong(text);
            assert!(message.contains(told), "{text}: {message}");
        }
    }
}
