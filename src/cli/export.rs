//! `verband export`, `verband sql` and `verband import-flags`: patterns on engines that hold more than one machine does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Deserialize;
use serde_json::json;

use super::pattern::{named, read_pattern, schema};
use super::scan::{RunArguments, parameters, report, with_progress};
use super::serve::open;
use super::{print_json, today};
use crate::config::Config;
use crate::engine::{ExportRequest, Exported, Imported, Manifest};
use crate::model::{Day, NodeId};
use crate::scan::pattern::Library;
use crate::scan::sql::{Dialect, translate};

/// Writes what patterns of a mandate read as Parquet, with the patterns as SQL and a program that runs them.
#[derive(Debug, Args)]
#[command(
    after_help = "The tables hold what the mandate may see, as far as its patterns read it: handle them as the register itself, and
remove them once the flags are in. Who stands in them finds the export in the log.

Examples:
  verband export --as ondermijning --out uitvoer --config verband.toml
  python3 uitvoer/run.py duckdb
  verband import-flags uitvoer --config verband.toml"
)]
pub struct ExportArguments {
    /// Names of patterns [default: all of the mandate that are in use and can be written as SQL].
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,
    /// The mandate.
    #[arg(long = "as", value_name = "MANDATE")]
    mandate: String,
    /// Directory to make.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    run: RunArguments,
}

pub fn export(arguments: ExportArguments, json: bool) -> anyhow::Result<()> {
    let engine = open(&Config::read(&arguments.run.config)?)?.engine;
    let request = ExportRequest {
        mandate: arguments.mandate,
        patterns: arguments.patterns,
        parameters: parameters(&arguments.run.values)?,
        as_of: arguments.run.as_of,
    };
    let done = engine.export(&request, &arguments.out, "command line")?;
    if json {
        return print_json(&json!({
            "manifest": done.manifest,
            "leftOut": done.left_out.iter().cloned().collect::<BTreeMap<_, _>>(),
        }));
    }
    print!("{}", told(&done, &arguments.out));
    Ok(())
}

fn told(done: &Exported, directory: &Path) -> String {
    let Manifest {
        mandate,
        purpose,
        as_of,
        tables,
        patterns,
        export,
        ..
    } = &done.manifest;
    let directory = directory.display();
    let mut out = format!(
        "Uitvoer {export} onder mandaat {mandate}, doel {purpose}, op {as_of}: {} patronen, {} tabellen in {directory}\n",
        patterns.len(),
        tables.len()
    );
    for table in tables {
        out.push_str(&format!("  {:<40} {:>10} rijen\n", table.name, table.rows));
    }
    for (pattern, why) in &done.left_out {
        out.push_str(&format!("  niet mee: {pattern}: {why}\n"));
    }
    out.push_str(&format!(
        "Hierin staat wat dit mandaat mag zien: bewaar het als het register zelf, en verwijder het na gebruik.\n\
         Wie erin staat, vindt deze uitvoer terug in het logboek.\n\
         Verder:\n  python3 {directory}/run.py duckdb\n  verband import-flags {directory} --config ...\n"
    ));
    out
}

/// Writes a pattern as SQL over the tables of an export.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  verband sql overbewoning --dialect duckdb
  verband sql overbewoning --dialect spark --set overbewoning.m2_per_person=10 --as-of 2026-11-01")]
pub struct SqlArguments {
    /// Name of a pattern, or a pattern file.
    pattern: String,
    /// Which engine it is for.
    #[arg(long, value_parser = dialect())]
    dialect: Dialect,
    /// Day to look at [default: today].
    #[arg(long, value_name = "DAY")]
    as_of: Option<Day>,
    /// A value in place of a default, as `pattern.parameter=value`; may be given more than once.
    #[arg(long = "set", value_name = "VALUE")]
    values: Vec<String>,
    /// A schema file that is laid over the built-in one.
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

fn dialect() -> impl TypedValueParser<Value = Dialect> {
    PossibleValuesParser::new(Dialect::ALL.map(Dialect::name)).try_map(|name| {
        let found = Dialect::ALL.into_iter().find(|one| one.name() == name);
        found.ok_or("no such dialect")
    })
}

pub fn sql(arguments: &SqlArguments, json: bool) -> anyhow::Result<()> {
    let schema = schema(arguments.schema.as_ref())?;
    let name = &arguments.pattern;
    let pattern = match Path::new(name).extension() {
        Some(_) => Arc::new(read_pattern(Path::new(name), &schema)?),
        None => Arc::clone(named(&Library::built_in(&schema)?, name)?),
    };
    let values = parameters(&arguments.values)?;
    let values = values.get(pattern.id()).cloned().unwrap_or_default();
    let as_of = arguments.as_of.unwrap_or_else(today);
    let parameters = pattern.parameters(&values)?;
    let translated = translate(&pattern, &parameters, as_of, &schema, arguments.dialect)?;
    if json {
        let tables: BTreeMap<String, Vec<&str>> = translated
            .tables
            .iter()
            .map(|(table, columns)| {
                let columns = columns.iter().map(|column| column.name());
                (table.name(), columns.collect())
            })
            .collect();
        return print_json(&json!({ "sql": translated.text, "tables": tables }));
    }
    print!("{}", translated.text);
    Ok(())
}

/// Takes in what another engine found of an export. Each subject is looked at again here before it becomes a flag.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  verband import-flags uitvoer --config verband.toml")]
pub struct ImportArguments {
    /// Directory of the export, with its `flags.jsonl`.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Settings file, as for `serve`.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// A line of `flags.jsonl`.
#[derive(Debug, Deserialize)]
struct FlagLine {
    export: Option<String>,
    pattern: Option<String>,
    subject: Option<String>,
    rows: Option<usize>,
    failed: Option<String>,
}

/// What stands in `flags.jsonl`.
#[derive(Debug, Default)]
struct FlagLines {
    export: String,
    found: BTreeMap<String, BTreeSet<NodeId>>,
    failed: BTreeMap<String, String>,
}

pub fn import(arguments: &ImportArguments, json: bool) -> anyhow::Result<()> {
    let lines = read_lines(&arguments.directory.join("flags.jsonl"))?;
    let engine = open(&Config::read(&arguments.config)?)?.engine;
    let imported = with_progress(|progress| {
        engine.import_flags(&lines.export, &lines.found, "import-flags", progress)
    })??;
    if json {
        let missed: BTreeMap<&String, Vec<String>> = imported
            .named
            .iter()
            .map(|(pattern, (_, missed))| {
                (pattern, missed.iter().map(ToString::to_string).collect())
            })
            .collect();
        return print_json(&json!({
            "run": imported.done.run,
            "notFoundHere": missed,
            "failedThere": lines.failed,
        }));
    }
    print!("{}", taken_in(&imported, &lines));
    Ok(())
}

fn taken_in(imported: &Imported, lines: &FlagLines) -> String {
    let mut out = report(&imported.done);
    for (pattern, (named, missed)) in &imported.named {
        if !missed.is_empty() {
            out.push_str(&format!(
                "Let op: van {named} onderwerpen die voor {pattern} gevonden zijn, zijn er hier {} niet gevonden; die tellen niet mee.\n",
                missed.len()
            ));
        }
    }
    for (pattern, why) in &lines.failed {
        out.push_str(&format!(
            "Niet overgenomen: {pattern} liep daar niet goed: {why}\n"
        ));
    }
    out
}

/// Reads what was found; a pattern counts where its last line says how many rows it has, and that is right.
fn read_lines(path: &Path) -> anyhow::Result<FlagLines> {
    let file = File::open(path).with_context(|| {
        format!(
            "`{}` cannot be read: run `run.py` of the export first",
            path.display()
        )
    })?;
    let mut lines = FlagLines::default();
    let mut rows: BTreeMap<String, (usize, BTreeSet<NodeId>)> = BTreeMap::new();
    for (place, line) in BufReader::new(file).lines().enumerate() {
        let place = place + 1;
        let at = || format!("{}, line {place}", path.display());
        let line: FlagLine = serde_json::from_str(&line.with_context(at)?).with_context(at)?;
        if let Some(export) = line.export {
            lines.export = export;
            continue;
        }
        let pattern = line.pattern.with_context(at).context("no pattern")?;
        if let Some(why) = line.failed {
            lines.failed.insert(pattern, why);
        } else if let Some(subject) = line.subject {
            let subject: NodeId = subject.parse().with_context(at)?;
            let (count, subjects) = rows.entry(pattern).or_default();
            *count += 1;
            subjects.insert(subject);
        } else if let Some(expected) = line.rows {
            let (count, subjects) = rows.remove(&pattern).unwrap_or_default();
            if count != expected {
                bail!(
                    "{}: `{pattern}` has {count} rows, not {expected}: part of the file is missing",
                    at()
                );
            }
            lines.found.insert(pattern, subjects);
        }
    }
    if let Some(pattern) = rows.keys().next() {
        bail!(
            "{}: the end of `{pattern}` is missing: run `run.py` again",
            path.display()
        );
    }
    if lines.export.is_empty() {
        bail!("{}: no line names the export", path.display());
    }
    Ok(lines)
}
