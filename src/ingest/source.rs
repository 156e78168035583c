//! The source file: what a delivery consists of.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::model::{DateFormat, DeliveryKind, Level, Schema};
use crate::store::SUPERSEDED_SHARE_MAX;

use super::error::{IngestError, Place};
use super::record::Path as RecordPath;
use super::rules::{RecordToml, Texts};

/// Formats that deliveries come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    Csv,
    Json,
    JsonLines,
    BagExtract,
    Lo3Csv,
    Excel,
    Parquet,
    Neo4jCsv,
    FollowTheMoney,
    Graphml,
    Gml,
}

/// Which kinds of records a format has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kinds {
    /// None.
    None,
    /// These.
    Listed(&'static [&'static str]),
    /// Whatever the files say.
    Any,
}

impl Format {
    pub(crate) fn kinds(self) -> Kinds {
        match self {
            Self::Csv | Self::Json | Self::JsonLines | Self::Lo3Csv | Self::Parquet => Kinds::None,
            Self::BagExtract => Kinds::Listed(&super::formats::bag_extract::KINDS),
            Self::Graphml => Kinds::Listed(&super::formats::graphml::KINDS),
            Self::Excel | Self::Neo4jCsv | Self::FollowTheMoney | Self::Gml => Kinds::Any,
        }
    }

    /// Whether records are rows, so that fields are the names of columns and there are no lists.
    pub(crate) fn has_rows(self) -> bool {
        matches!(self, Self::Csv | Self::Excel)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceSection {
    pub name: String,
    pub title: String,
    pub format: Format,
    pub files: Texts,
    #[serde(default)]
    pub records: Texts,
    pub delivery: Option<String>,
    #[serde(default)]
    pub kind: DeliveryKind,
    pub schema: Option<PathBuf>,
    #[serde(default)]
    pub dates: DateFormat,
}

/// How CSV is written. What is not named is found out, file by file.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CsvSection {
    pub separator: Option<char>,
    pub quoting: Option<bool>,
    pub encoding: Option<TextEncoding>,
}

/// Encodings that text comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum TextEncoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "utf-16le")]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    Utf16Be,
    #[serde(rename = "windows-1252")]
    Windows1252,
}

impl TextEncoding {
    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarkingSection {
    pub organisation: String,
    pub department: String,
    pub level: Level,
    #[serde(default)]
    pub purposes: Texts,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitsSection {
    pub refusals_max: u64,
    pub superseded_share_max: f64,
}

/// Refused records that a delivery may have when its source file does not say.
const REFUSALS_MAX_DEFAULT: u64 = 1000;

impl Default for LimitsSection {
    fn default() -> Self {
        Self {
            refusals_max: REFUSALS_MAX_DEFAULT,
            superseded_share_max: SUPERSEDED_SHARE_MAX,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceToml {
    pub source: SourceSection,
    #[serde(default)]
    pub csv: CsvSection,
    pub marking: MarkingSection,
    #[serde(default)]
    pub limits: LimitsSection,
    /// Labels and properties of this source, laid over the municipal ones.
    pub schema: Option<Schema>,
    #[serde(default, rename = "record")]
    pub records: Vec<Spanned<RecordToml>>,
}

/// A source file: the files of a delivery, their format, who may see what they say, and the rules that read them.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// What errors call the source file.
    place: String,
    text: String,
    base_directory: PathBuf,
    files_override: Option<Vec<PathBuf>>,
    pub(crate) toml: SourceToml,
}

impl SourceFile {
    /// Reads a source file. Names in it are relative to its directory.
    ///
    /// # Errors
    /// [`IngestError::Unreadable`], or what [`Self::parse`] answers.
    pub fn read(path: &Path) -> Result<Self, IngestError> {
        Self::read_with(path, None)
    }

    /// Reads a source file as [`Self::read`] does, with other files than it names.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_with(
        path: &Path,
        files_override: Option<Vec<PathBuf>>,
    ) -> Result<Self, IngestError> {
        let place = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| IngestError::Unreadable {
            place: Place::file(&place),
            source,
        })?;
        let base_directory = path.parent().unwrap_or(Path::new(""));
        Self::parse_named(place, &text, base_directory, files_override)
    }

    /// Takes the text of a source file.
    ///
    /// * `base_directory`: what names in the text are relative to.
    /// * `files_override`: files to read in place of those that the text names, relative to the working directory.
    ///
    /// # Errors
    /// [`IngestError::Syntax`] with line and column.
    pub fn parse(
        text: &str,
        base_directory: &Path,
        files_override: Option<Vec<PathBuf>>,
    ) -> Result<Self, IngestError> {
        Self::parse_named(
            "the source file".to_owned(),
            text,
            base_directory,
            files_override,
        )
    }

    fn parse_named(
        place: String,
        text: &str,
        base_directory: &Path,
        files_override: Option<Vec<PathBuf>>,
    ) -> Result<Self, IngestError> {
        let toml = toml::from_str(text).map_err(|error: toml::de::Error| {
            let start = error.span().map_or(0, |span| span.start);
            let (line, column) = line_and_column(text, start);
            IngestError::Syntax {
                place: place.clone(),
                line,
                column,
                message: error.message().to_owned(),
            }
        })?;
        Ok(Self {
            place,
            text: text.to_owned(),
            base_directory: base_directory.to_owned(),
            files_override,
            toml,
        })
    }

    /// What its deliveries say of what it said before.
    pub fn kind(&self) -> DeliveryKind {
        self.toml.source.kind
    }

    /// The same source file for a delivery of another kind.
    pub fn with_kind(mut self, kind: DeliveryKind) -> Self {
        self.toml.source.kind = kind;
        self
    }

    /// The same source file for files that came in: a delivery of its own, which their contents name.
    pub fn for_received(mut self, files: Vec<PathBuf>) -> Self {
        self.files_override = Some(files);
        self.toml.source.delivery = None;
        self
    }

    /// Of what the source said, how much a full delivery may leave out.
    pub(crate) fn superseded_share_max(&self) -> f64 {
        self.toml.limits.superseded_share_max
    }

    /// Name of the source, as provenance has it.
    pub fn name(&self) -> &str {
        &self.toml.source.name
    }

    /// What people call the source.
    pub fn title(&self) -> &str {
        &self.toml.source.title
    }

    /// What errors call the source file.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The line on which a byte of the source file stands.
    pub(crate) fn line_of(&self, byte: usize) -> usize {
        line_and_column(&self.text, byte).0
    }

    /// Where in a JSON document the records are; none is the document itself.
    ///
    /// # Errors
    /// [`IngestError::Rule`] for a path that cannot be.
    pub(crate) fn record_paths(&self) -> Result<Vec<RecordPath>, IngestError> {
        let mut paths = Vec::new();
        for text in &self.toml.source.records.0 {
            let fault = |message: String| IngestError::Rule {
                place: self.place.clone(),
                rule: "records".to_owned(),
                message,
            };
            let path = RecordPath::parse(text).map_err(fault)?;
            if path.names().is_none() {
                return Err(fault(format!(
                    "`{text}` has a position; a list is read whole"
                )));
            }
            paths.push(path);
        }
        Ok(paths)
    }

    /// The files of the delivery: in the order of the source file, those of one pattern by name, each once.
    ///
    /// # Errors
    /// [`IngestError::NoFile`] names the pattern that matches nothing.
    pub fn files(&self) -> Result<Vec<PathBuf>, IngestError> {
        let mut files: Vec<PathBuf> = Vec::new();
        if let Some(given) = &self.files_override {
            for path in given {
                if !path.is_file() {
                    return Err(self.no_file(path));
                }
                files.push(path.clone());
            }
            return Ok(files);
        }
        for name in &self.toml.source.files.0 {
            let path = self.base_directory.join(name);
            let found = if path.is_file() {
                vec![path.clone()]
            } else {
                self.matching(&path)?
            };
            if found.is_empty() {
                return Err(self.no_file(&path));
            }
            for file in found {
                if !files.contains(&file) {
                    files.push(file);
                }
            }
        }
        if files.is_empty() {
            return Err(self.no_file(Path::new("")));
        }
        Ok(files)
    }

    fn matching(&self, path: &Path) -> Result<Vec<PathBuf>, IngestError> {
        let pattern = path.to_str().ok_or_else(|| self.no_file(path))?;
        let entries = glob::glob(pattern).map_err(|error| IngestError::Rule {
            place: self.place.clone(),
            rule: "files".to_owned(),
            message: format!("`{pattern}` is no pattern: {error}"),
        })?;
        let mut found = Vec::new();
        for entry in entries {
            let file = entry.map_err(|error| IngestError::Unreadable {
                place: Place::file(&error.path().display().to_string()),
                source: error.into(),
            })?;
            if file.is_file() {
                found.push(file);
            }
        }
        found.sort();
        Ok(found)
    }

    fn no_file(&self, path: &Path) -> IngestError {
        IngestError::NoFile {
            place: self.place.clone(),
            pattern: path.display().to_string(),
        }
    }

    /// The base with the schema of this source laid over it: the file that `source.schema` names, then what stands in
    /// the source file itself. The base if it has neither.
    ///
    /// # Errors
    /// [`IngestError::Unreadable`] or [`IngestError::Schema`].
    pub fn schema(&self, base: Schema) -> Result<Schema, IngestError> {
        let mut schema = base;
        if let Some(name) = &self.toml.source.schema {
            let path = self.base_directory.join(name);
            let place = path.display().to_string();
            let text =
                std::fs::read_to_string(&path).map_err(|source| IngestError::Unreadable {
                    place: Place::file(&place),
                    source,
                })?;
            schema
                .extend_with(&text)
                .map_err(|source| IngestError::Schema { place, source })?;
        }
        if let Some(own) = &self.toml.schema {
            schema
                .merge(own.clone())
                .map_err(|source| IngestError::Schema {
                    place: self.place.clone(),
                    source,
                })?;
        }
        Ok(schema)
    }

    /// The directory that names in the source file are relative to.
    pub(crate) fn base_directory(&self) -> &Path {
        &self.base_directory
    }

    /// Whether the source file names this delivery.
    pub fn names_delivery(&self) -> bool {
        self.toml.source.delivery.is_some()
    }

    /// Name of this delivery: as the source file gives it, else the first 16 hexadecimal digits of a BLAKE3 digest of
    /// the contents of its files, in order. Reads the files for it. A digest is for who has the files: a store keeps and
    /// shows it under its secret only.
    ///
    /// # Errors
    /// As [`Self::files`], or [`IngestError::Unreadable`].
    pub fn delivery_name(&self) -> Result<String, IngestError> {
        if let Some(name) = &self.toml.source.delivery {
            return Ok(name.clone());
        }
        let mut digest = blake3::Hasher::new();
        for path in self.files()? {
            let (file_digest, length) = digest_file(&path)?;
            // The length stands between the files, so that a line moved from one file to the next changes the name.
            digest.update(&length.to_be_bytes());
            digest.update(file_digest.as_bytes());
        }
        Ok(digest.finalize().to_hex().chars().take(16).collect())
    }
}

fn digest_file(path: &Path) -> Result<(blake3::Hash, u64), IngestError> {
    let mut buffer = vec![0_u8; 1 << 16];
    let mut hasher = blake3::Hasher::new();
    let mut length = 0;
    let mut hash = || -> io::Result<()> {
        let mut file = File::open(path)?;
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            hasher.update(buffer.get(..count).unwrap_or_default());
            length += count as u64;
        }
    };
    hash().map_err(|source| IngestError::Unreadable {
        place: Place::file(&path.display().to_string()),
        source,
    })?;
    Ok((hasher.finalize(), length))
}

/// Line and column of a byte, both from 1.
fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "[source]\nname='a'\ntitle='A'\nformat='csv'\nfiles=['*.nothing']\n\
        [marking]\norganisation='g'\ndepartment='d'\nlevel='intern'\n";

    #[test]
    fn a_key_that_does_not_belong_is_named_with_its_line_and_column() {
        let text = format!("{HEAD}purpose=['x']\n");
        let error = SourceFile::parse(&text, Path::new("."), None).unwrap_err();
        let message = error.to_string();
        assert!(
            message.starts_with("the source file, line 10, column 1: unknown field `purpose`"),
            "{message}"
        );
    }

    #[test]
    fn a_mistake_deep_in_a_rule_is_named_with_its_line() {
        let text = format!(
            "{HEAD}[[record]]\n[[record.node]]\nas='x'\nlabel='X'\nkey='x:{{a}}'\n\
             [record.node.properties]\nname={{ feld='a' }}\n"
        );
        let message = SourceFile::parse(&text, Path::new("."), None)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("line 16") && message.contains("`feld`"),
            "{message}"
        );
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_named() {
        let source = SourceFile::parse(HEAD, Path::new("/nowhere"), None).unwrap();
        let message = source.files().unwrap_err().to_string();
        assert_eq!(
            message,
            "the source file: no file matches `/nowhere/*.nothing`"
        );
    }

    #[test]
    fn a_delivery_without_a_name_is_called_by_what_its_files_hold() {
        let directory = tempfile::tempdir().unwrap();
        let named = |one: &str, other: &str| {
            let (first, second) = (directory.path().join("1"), directory.path().join("2"));
            std::fs::write(&first, one).unwrap();
            std::fs::write(&second, other).unwrap();
            SourceFile::parse(HEAD, directory.path(), Some(vec![first, second]))
                .unwrap()
                .delivery_name()
                .unwrap()
        };
        let name = named("ab", "c");
        assert_eq!(name.len(), 16);
        assert_eq!(name, named("ab", "c"));
        assert_ne!(name, named("a", "bc"));
    }
}
