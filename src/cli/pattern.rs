//! `verband pattern`: checks and lists pattern files, and writes entries for the algorithm register.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use serde_json::json;

use super::print_json;
use crate::model::Schema;
use crate::scan::pattern::{Library, Pattern, RegisterOffice, read_text, register_entry};

/// Checks, lists and publishes patterns.
#[derive(Debug, Subcommand)]
pub enum PatternCommand {
    /// Checks pattern files: front matter, query, sentence. What is wrong is told with line and column.
    #[command(after_help = "Example:\n  verband pattern check queries/overbewoning.cypher")]
    Check {
        /// Pattern files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Tells what is wrong in English.
        #[arg(long)]
        english: bool,
        /// A schema file that is laid over the built-in one.
        #[arg(long, value_name = "FILE")]
        schema: Option<PathBuf>,
    },
    /// Lists the patterns that are built in, or those of a directory.
    #[command(after_help = "Example:\n  verband pattern list")]
    List {
        /// Directory of pattern files.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Writes a pattern's entry for the Dutch algorithm register (publication standard 1.0.0) as JSON.
    #[command(
        after_help = "Example:\n  verband pattern register overbewoning --organisation 'Gemeente Verbanddam' --contact algoritmes@verbanddam.example"
    )]
    Register {
        /// Name of the pattern.
        id: String,
        /// Directory of pattern files, in place of those that are built in.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Name of the organisation that publishes.
        #[arg(long)]
        organisation: String,
        /// Address of mail or page for questions.
        #[arg(long)]
        contact: String,
    },
}

pub fn run(command: PatternCommand, json: bool) -> anyhow::Result<()> {
    match command {
        PatternCommand::Check {
            files,
            english,
            schema,
        } => check(&files, english, schema.as_ref(), json),
        PatternCommand::List { dir } => list(dir.as_ref(), json),
        PatternCommand::Register {
            id,
            dir,
            organisation,
            contact,
        } => {
            let schema = Schema::municipal()?;
            let library = library(dir.as_ref(), &schema)?;
            let pattern = named(&library, &id)?;
            let office = RegisterOffice {
                organisation,
                contact,
            };
            print_json(&register_entry(pattern, &office, &schema))
        }
    }
}

fn library(dir: Option<&PathBuf>, schema: &Schema) -> anyhow::Result<Library> {
    Ok(match dir {
        Some(dir) => Library::read(dir, schema)?,
        None => Library::built_in(schema)?,
    })
}

/// The pattern of a library with this name.
pub fn named<'l>(library: &'l Library, id: &str) -> anyhow::Result<&'l Arc<Pattern>> {
    library.get(id).with_context(|| {
        let known: Vec<&str> = library.iter().map(|one| one.id()).collect();
        format!("no pattern `{id}`; there are: {}", known.join(", "))
    })
}

/// Reads a pattern file; what is wrong with it is told in Dutch.
pub fn read_pattern(file: &Path, schema: &Schema) -> anyhow::Result<Pattern> {
    let name = file.display().to_string();
    Pattern::parse(&name, &read_text(file)?, schema).map_err(|messages| {
        let told: Vec<String> = messages.iter().map(|one| one.to_dutch()).collect();
        anyhow!("{}", told.join(""))
    })
}

/// The built-in schema, with a file laid over it.
pub fn schema(file: Option<&PathBuf>) -> anyhow::Result<Schema> {
    let mut schema = Schema::municipal()?;
    if let Some(file) = file {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        schema.extend_with(&text)?;
    }
    Ok(schema)
}

fn check(
    files: &[PathBuf],
    english: bool,
    schema_file: Option<&PathBuf>,
    json: bool,
) -> anyhow::Result<()> {
    let schema = schema(schema_file)?;
    let mut wrong = Vec::new();
    let mut right = Vec::new();
    for file in files {
        let name = file.display().to_string();
        match Pattern::parse(&name, &read_text(file)?, &schema) {
            Ok(pattern) => right.push((name, pattern)),
            Err(messages) => wrong.extend(messages),
        }
    }
    if json {
        let right: Vec<_> = right
            .iter()
            .map(|(file, pattern)| {
                json!({ "file": file, "id": pattern.id(), "version": pattern.front.version, "hash": pattern.hash,
                    "monotone": pattern.compiled.is_monotone() })
            })
            .collect();
        print_json(&json!({ "inOrder": right, "messages": wrong }))?;
    } else {
        for (file, pattern) in &right {
            let digest: String = pattern.hash.chars().take(12).collect();
            println!(
                "{file}: in order ({} version {}, {digest})",
                pattern.id(),
                pattern.front.version
            );
        }
        for message in &wrong {
            let text = if english {
                message.to_english()
            } else {
                message.to_dutch()
            };
            print!("{text}");
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        bail!("{} mistakes", wrong.len())
    }
}

fn list(dir: Option<&PathBuf>, json: bool) -> anyhow::Result<()> {
    let library = library(dir, &Schema::municipal()?)?;
    if json {
        let all: Vec<_> = library
            .iter()
            .map(|pattern| json!({ "front": pattern.front, "hash": pattern.hash }))
            .collect();
        return print_json(&all);
    }
    for pattern in library.iter() {
        let front = &pattern.front;
        println!(
            "{:<28} v{:<3} {:<8} {:<62} {}",
            front.id,
            front.version,
            front.subject,
            front.title.nl,
            front.purposes.join(", ")
        );
    }
    Ok(())
}
