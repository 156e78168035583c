//! The patterns of a directory, all checked before any is run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Pattern;
use crate::model::Schema;
use crate::scan::lang::Message;

/// Why patterns were not read.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A file or directory cannot be read.
    #[error("`{path}` cannot be read")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Files that are wrong: none of the directory is taken.
    #[error("{}", told(.0))]
    Wrong(Vec<Message>),
}

fn told(messages: &[Message]) -> String {
    let lines: Vec<String> = messages.iter().map(|one| one.to_english()).collect();
    lines.join("\n")
}

/// Patterns by identifier.
#[derive(Debug, Clone, Default)]
pub struct Library {
    patterns: BTreeMap<String, Arc<Pattern>>,
}

/// The files of `queries/` that the program has in it.
macro_rules! built_in {
    ($($name:literal),+ $(,)?) => {
        &[$((
            concat!("queries/", $name, ".cypher"),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/", $name, ".cypher")),
        )),+]
    };
}

const BUILT_IN: &[(&str, &str)] = built_in![
    "abc-transactie",
    "adrescarrousel",
    "afwijkende-samenstelling",
    "autoverhuur",
    "briefadressen",
    "brievenbusadres",
    "convergentie",
    "doorstart",
    "drugspand",
    "eigendomskring",
    "horecawissels",
    "kamerverhuur-zonder-vergunning",
    "katvanger",
    "katvanger-kenteken",
    "overbewoning",
    "signal-accumulation",
    "signal-accumulation-linked",
    "spookbewoning",
    "turboliquidaties",
    "uitbuiting-huisvesting",
    "vakantiepark",
    "verhuurder",
];

impl Library {
    /// The patterns that are built in.
    ///
    /// # Errors
    /// None for the files as shipped; a test reads them.
    pub fn built_in(schema: &Schema) -> Result<Self, LibraryError> {
        Self::of(BUILT_IN.iter().copied(), schema)
    }

    /// Reads all `*.cypher` of a directory, in order of name.
    ///
    /// # Errors
    /// [`LibraryError`]: one file that is wrong refuses all, so that no scan runs with half of what is meant to be there.
    pub fn read(directory: &Path, schema: &Schema) -> Result<Self, LibraryError> {
        let unreadable = |source| LibraryError::Unreadable {
            path: directory.to_owned(),
            source,
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(directory).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "cypher")
            {
                files.push(path);
            }
        }
        files.sort();
        let mut texts = Vec::new();
        for path in files {
            let text = read_text(&path)?;
            texts.push((path.display().to_string(), text));
        }
        let named = texts
            .iter()
            .map(|(file, text)| (file.as_str(), text.as_str()));
        Self::of(named, schema)
    }

    /// Takes files by name and text.
    ///
    /// # Errors
    /// [`LibraryError::Wrong`].
    pub fn of<'a>(
        files: impl Iterator<Item = (&'a str, &'a str)>,
        schema: &Schema,
    ) -> Result<Self, LibraryError> {
        let mut patterns = BTreeMap::new();
        let mut wrong = Vec::new();
        for (file, text) in files {
            match Pattern::parse(file, text, schema) {
                // Identifiers are names of files, so no two of a directory are the same.
                Ok(pattern) => drop(patterns.insert(pattern.front.id.clone(), Arc::new(pattern))),
                Err(messages) => wrong.extend(messages),
            }
        }
        if wrong.is_empty() {
            Ok(Self { patterns })
        } else {
            Err(LibraryError::Wrong(wrong))
        }
    }

    /// A pattern by its identifier.
    pub fn get(&self, id: &str) -> Option<&Arc<Pattern>> {
        self.patterns.get(id)
    }

    /// All patterns, by identifier.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Pattern>> {
        self.patterns.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }
}

/// Reads the text of a pattern file.
///
/// # Errors
/// [`LibraryError::Unreadable`].
pub fn read_text(path: &Path) -> Result<String, LibraryError> {
    std::fs::read_to_string(path).map_err(|source| LibraryError::Unreadable {
        path: path.to_owned(),
        source,
    })
}
