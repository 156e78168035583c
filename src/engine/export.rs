//! What a mandate may see, written out for another engine, and what that engine found taken back in.
//!
//! # Invariants
//! * **the mandate's view is all there is**: tables are written through it, by the same reads as a scan.
//! * **no more than is needed**: only the labels and properties that the patterns read. No names, no numbers, unless a
//!   pattern reads them.
//! * **recorded before it is written**, with every node that stands in a table: who asks who saw a person finds the export.
//! * **what comes back is a hint**: each subject is looked at again here, and only what is found here becomes a flag.
//!
//! # Design notes
//! * **The manifest has no revision.** It moves when hidden data does. The store keeps it under the export's name, and an
//!   import on another revision is refused: what was not found might by now be there.
//! * **What was not found is believed.** The engine looks at named subjects alone; the laws in `tests` compare both engines
//!   on random worlds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::scans::{ScanDone, ScanError, ScanRequest, note, now, run_name};
use super::{AccessError, Engine};
use crate::audit::{Decision, Shown};
use crate::authz::AuthorizedView;
use crate::model::{Day, NodeId, Schema};
use crate::scan::exec::{ExecError, check_complete};
use crate::scan::lang::TimeMode;
use crate::scan::pattern::ParameterValues;
use crate::scan::run::{Planned, Progress};
use crate::scan::sql::{
    Column, Dialect, NotPortable, Table, Tables, Time, WriteError, nodes_of, translate, write,
};
use crate::store::{ReadRecords, RecordKind};

const EXPORTS: RecordKind = RecordKind("export");

/// The program that runs an export's patterns on either engine; it goes with the tables.
const RUNNER: &str = include_str!("export/run.py");

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// What is asked is not right, or the mandate may not.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// A pattern that was named cannot be said in SQL.
    #[error(transparent)]
    NotPortable(#[from] NotPortable),
    /// No pattern is left.
    #[error("no pattern of mandate `{0}` can be exported")]
    Nothing(String),
    /// A pattern that was named rests on absence, and the mandate does not see everything.
    #[error("`{pattern}`: {why}")]
    NotComplete {
        /// The pattern.
        pattern: String,
        /// What is not seen whole.
        why: ExecError,
    },
    /// The directory is there already.
    #[error("`{0}` is there already: name a directory that is not, or remove it")]
    Exists(PathBuf),
    /// A table was not written.
    #[error("table `{table}`: {why}")]
    Table {
        /// The table.
        table: String,
        /// What went wrong.
        why: WriteError,
    },
    /// The disk.
    #[error("the export cannot be written: {0}")]
    Disk(#[from] io::Error),
}

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No export of this store.
    #[error("this store has made no export `{0}`")]
    Unknown(String),
    /// Something that the export rests on is another by now.
    #[error("{0} changed since export `{1}`: make a new export and run that")]
    Changed(&'static str, String),
    /// A pattern that is not in the export.
    #[error("export `{export}` does not hold the pattern `{pattern}`")]
    NotExported {
        /// The export.
        export: String,
        /// The pattern.
        pattern: String,
    },
    /// The scan was not made.
    #[error(transparent)]
    Scan(#[from] ScanError),
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct ExportRequest {
    /// The mandate.
    pub mandate: String,
    /// Patterns by name; none: all of the mandate that are in use and can be said in SQL.
    pub patterns: Vec<String>,
    /// Parameters in place of the defaults, by pattern.
    pub parameters: BTreeMap<String, ParameterValues>,
    /// The day to look at; today if none.
    pub as_of: Option<Day>,
}

/// What stands in an export: `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Number of this form.
    pub format: u32,
    /// What the store knows it by.
    pub export: String,
    /// The mandate it was made under.
    pub mandate: String,
    /// The purpose that its use is bound to.
    pub purpose: String,
    /// Who made it.
    pub by: String,
    /// When.
    pub made_at: String,
    /// The day looked at.
    pub as_of: Day,
    /// The tables.
    pub tables: Vec<TableEntry>,
    /// The patterns.
    pub patterns: Vec<PatternEntry>,
}

/// A table of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableEntry {
    /// Its name in SQL.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Its rows.
    pub rows: u64,
    /// BLAKE3 of the file.
    pub digest: String,
}

/// A pattern of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PatternEntry {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// BLAKE3 of its file.
    pub hash: String,
    /// All its parameters.
    pub parameters: ParameterValues,
    /// Its text by dialect.
    pub sql: BTreeMap<String, String>,
}

/// An export that was made.
#[derive(Debug, Clone)]
pub struct Exported {
    /// What stands in it.
    pub manifest: Manifest,
    /// Patterns of the mandate that are not in it, and why.
    pub left_out: Vec<(String, String)>,
}

/// What the store keeps of an export.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    manifest: Manifest,
    revision: u64,
    policy: String,
}

/// What was taken in.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The scan that looked again.
    pub done: ScanDone,
    /// By pattern: how many subjects were named, and which of them were not found here.
    pub named: BTreeMap<String, (usize, Vec<NodeId>)>,
}

impl Engine {
    /// Writes what patterns of a mandate read into a directory of its own.
    ///
    /// * `by`: who does it, for the log.
    ///
    /// # Errors
    /// [`ExportError`]; there is then no such directory.
    pub fn export(
        &self,
        request: &ExportRequest,
        directory: &Path,
        by: &str,
    ) -> Result<Exported, ExportError> {
        // Without a slash at the end.
        let directory: PathBuf = directory.components().collect();
        let place = Place::beside(&directory);
        for path in [&directory, &place.0] {
            if path.exists() {
                return Err(ExportError::Exists(path.clone()));
            }
        }
        let mandate = self.mandate(&request.mandate)?;
        let asked = ScanRequest {
            mandate: request.mandate.clone(),
            patterns: request.patterns.clone(),
            parameters: request.parameters.clone(),
            ..ScanRequest::default()
        };
        let plan = self.plan(mandate, &asked)?;
        let as_of = request.as_of.unwrap_or_else(self.today);
        let current = self.current.load_full();
        let (principal, purpose, clearance) =
            self.mandated(mandate, &current).map_err(ScanError::from)?;
        let source = current
            .source_for(&clearance)
            .map_err(|error| ScanError::from(AccessError::from(error)))?;
        let schema = Arc::clone(&source.schema);
        let revision = source.snapshot.revision();
        let views = [TimeMode::AsOf, TimeMode::History].map(|time| {
            let (source, clearance) = (Arc::clone(&source), Arc::clone(&clearance));
            self.whole_view(source, clearance, time.span(as_of))
        });
        let [on_day, until_day] = &views;
        let view_of = |table: &Table| match table.time() {
            Some(Time::AsOf) | None => &**on_day,
            Some(Time::History) => &**until_day,
        };

        let mut tables = Tables::new();
        let mut patterns = Vec::new();
        let mut left_out = Vec::new();
        for planned in &plan {
            let named = request
                .patterns
                .iter()
                .any(|one| one == planned.pattern.id());
            match portable(planned, as_of, &schema, until_day) {
                Ok((texts, read)) => {
                    for (table, columns) in read {
                        tables.entry(table).or_default().extend(columns);
                    }
                    patterns.push((planned, texts));
                }
                Err(error) if named => return Err(error),
                Err(error) => left_out.push((planned.pattern.id().to_owned(), error.to_string())),
            }
        }
        if patterns.is_empty() {
            return Err(ExportError::Nothing(mandate.id.clone()));
        }

        let mut shown = Shown::new();
        for table in tables.keys() {
            let view = view_of(table);
            nodes_of(view, table, &mut |id| note(&mut shown, view, id))
                .map_err(|why| failed(table, why.into()))?;
        }
        let id = run_name();
        let deed = self.deed(
            &principal.id,
            &format!("export by {by}"),
            Some(format!("export {id}")),
        );
        self.mandate_read(
            (&principal, purpose),
            Decision {
                as_of: as_of.to_string(),
                policy: current.rules.policy.digest().to_owned(),
                revision,
                ..deed
            },
            shown,
        )
        .map_err(ScanError::from)?;

        let partial = place.create()?;
        let tables = write_tables(&partial.0, &tables, &schema, &view_of)?;
        let patterns = write_texts(&partial.0, patterns)?;
        let manifest = Manifest {
            format: 1,
            export: id.clone(),
            mandate: mandate.id.clone(),
            purpose: purpose.id.clone(),
            by: by.to_owned(),
            made_at: now(),
            as_of,
            tables,
            patterns,
        };
        let text = serde_json::to_string_pretty(&manifest).map_err(io::Error::from)?;
        fs::write(partial.0.join("manifest.json"), text)?;
        fs::write(partial.0.join("run.py"), RUNNER)?;
        let kept = Kept {
            manifest,
            revision,
            policy: current.rules.policy.digest().to_owned(),
        };
        self.store
            .change_records(|change| change.put(EXPORTS, &id, &kept))
            .map_err(ScanError::from)?;
        partial.keep(&directory)?;
        Ok(Exported {
            manifest: kept.manifest,
            left_out,
        })
    }

    /// Takes in what another engine found of an export: by pattern that was run whole, the subjects. Each is looked at again
    /// here, and flags are settled as after a scan.
    ///
    /// # Errors
    /// [`ImportError`]; nothing is then changed.
    pub fn import_flags(
        &self,
        export: &str,
        found: &BTreeMap<String, BTreeSet<NodeId>>,
        by: &str,
        progress: &Arc<Progress>,
    ) -> Result<Imported, ImportError> {
        let kept: Option<Kept> = {
            let records = self.store.records().map_err(ScanError::from)?;
            records.get(EXPORTS, export).map_err(ScanError::from)?
        };
        let kept = kept.ok_or_else(|| ImportError::Unknown(export.to_owned()))?;
        let current = self.current.load_full();
        let changed = |what| Err(ImportError::Changed(what, export.to_owned()));
        if current.source.snapshot.revision() != kept.revision {
            return changed("the store");
        }
        if current.rules.policy.digest() != kept.policy {
            return changed("the policy");
        }
        let mut request = ScanRequest {
            mandate: kept.manifest.mandate.clone(),
            as_of: Some(kept.manifest.as_of),
            whole: true,
            ..ScanRequest::default()
        };
        for (pattern, subjects) in found {
            let mut exported = kept.manifest.patterns.iter();
            let Some(entry) = exported.find(|one| one.id == *pattern) else {
                return Err(ImportError::NotExported {
                    export: export.to_owned(),
                    pattern: pattern.clone(),
                });
            };
            let here = self.library().get(pattern);
            if here.is_none_or(|here| here.hash != entry.hash) {
                return changed("a pattern");
            }
            request.patterns.push(pattern.clone());
            let parameters = entry.parameters.clone();
            request.parameters.insert(pattern.clone(), parameters);
            let subjects = subjects.iter().copied().collect();
            request.named.insert(pattern.clone(), subjects);
        }
        let done = self.scan(&request, by, progress)?;
        let named = found
            .iter()
            .map(|(pattern, subjects)| {
                let here: BTreeSet<NodeId> = done
                    .matches
                    .get(pattern)
                    .into_iter()
                    .flatten()
                    .map(|one| one.subject)
                    .collect();
                let missed = subjects.difference(&here).copied().collect();
                (pattern.clone(), (subjects.len(), missed))
            })
            .collect();
        Ok(Imported { done, named })
    }
}

/// Texts of a pattern by dialect, and what they read.
type Portable = (Vec<(Dialect, String)>, Tables);

fn portable(
    planned: &Planned,
    as_of: Day,
    schema: &Schema,
    view: &AuthorizedView,
) -> Result<Portable, ExportError> {
    let pattern = &planned.pattern;
    if !pattern.compiled.is_monotone() {
        check_complete(view, &pattern.front.complete).map_err(|why| ExportError::NotComplete {
            pattern: pattern.id().to_owned(),
            why,
        })?;
    }
    let mut texts = Vec::new();
    let mut tables = Tables::new();
    for dialect in Dialect::ALL {
        let translated = translate(pattern, &planned.parameters, as_of, schema, dialect)?;
        texts.push((dialect, translated.text));
        tables = translated.tables;
    }
    Ok((texts, tables))
}

fn failed(table: &Table, why: WriteError) -> ExportError {
    ExportError::Table {
        table: table.name(),
        why,
    }
}

fn write_tables<'v>(
    directory: &Path,
    tables: &Tables,
    schema: &Schema,
    view_of: &dyn Fn(&Table) -> &'v AuthorizedView,
) -> Result<Vec<TableEntry>, ExportError> {
    fs::create_dir(directory.join("tables"))?;
    let mut entries = Vec::new();
    for (table, columns) in tables {
        let columns: Vec<Column> = columns.iter().cloned().collect();
        let file = format!("tables/{}.parquet", table.name());
        let path = directory.join(&file);
        let rows = write(view_of(table), schema, table, &columns, &path)
            .map_err(|why| failed(table, why))?;
        entries.push(TableEntry {
            name: table.name(),
            file,
            rows,
            digest: digest(&path)?,
        });
    }
    Ok(entries)
}

fn write_texts(
    directory: &Path,
    patterns: Vec<(&Planned, Vec<(Dialect, String)>)>,
) -> io::Result<Vec<PatternEntry>> {
    fs::create_dir(directory.join("sql"))?;
    let mut entries = Vec::new();
    for (planned, texts) in patterns {
        let pattern = &planned.pattern;
        let mut sql = BTreeMap::new();
        for (dialect, text) in texts {
            let name = format!("sql/{}.{}.sql", pattern.id(), dialect.name());
            fs::write(directory.join(&name), text)?;
            sql.insert(dialect.name().to_owned(), name);
        }
        entries.push(PatternEntry {
            id: pattern.id().to_owned(),
            version: pattern.front.version,
            hash: pattern.hash.clone(),
            parameters: planned.parameters.clone(),
            sql,
        });
    }
    Ok(entries)
}

fn digest(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs::File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// Where an export is made, beside where it will be: what a broken one leaves is not taken for whole.
struct Place(PathBuf);

/// A directory in the making, which goes unless it is kept. Only its owner may enter.
struct Partial(PathBuf);

impl Place {
    fn beside(directory: &Path) -> Self {
        let mut name = directory.as_os_str().to_owned();
        name.push(".partial");
        Self(PathBuf::from(name))
    }

    fn create(self) -> io::Result<Partial> {
        fs::DirBuilder::new().mode(0o700).create(&self.0)?;
        Ok(Partial(self.0))
    }
}

impl Partial {
    fn keep(self, directory: &Path) -> io::Result<()> {
        fs::rename(&self.0, directory)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // After `keep` there is none.
        if self.0.exists()
            && let Err(error) = fs::remove_dir_all(&self.0)
        {
            tracing::warn!(%error, directory = %self.0.display(), "part of an export is left behind");
        }
    }
}
