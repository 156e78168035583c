//! `verband source`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;

use crate::ingest::{SourceFile, builtin, builtin_names, draft, read_delivery};
use crate::model::Schema;

/// Checks and shows source files, which describe deliveries.
#[derive(Debug, Subcommand)]
pub enum SourceCommand {
    /// Reads a delivery and tells what would be loaded and refused, without loading it.
    #[command(after_help = "Example:\n  verband source check overlast.toml")]
    Check {
        /// The source file.
        file: PathBuf,
    },
    /// Drafts a source file for a file that nobody has described yet: its columns, types, likely keys and classes.
    ///
    /// The draft errs on the safe side: the highest level, and columns that say something protected left out.
    #[command(after_help = "Example:\n  verband source draft meldingen.csv > meldingen.toml")]
    Draft {
        /// The file: CSV, Excel, Parquet, JSON, JSON lines, GraphML, GML, or a Neo4j or FollowTheMoney export.
        file: PathBuf,
    },
    /// Lists the built-in source files, or prints one, to begin your own with.
    #[command(after_help = "Example:\n  verband source show bag > my-bag.toml")]
    Show {
        /// Name of a built-in source file.
        name: Option<String>,
    },
}

pub fn run(command: SourceCommand, json: bool) -> anyhow::Result<()> {
    match command {
        SourceCommand::Check { file } => check(&file, json),
        SourceCommand::Draft { file } => {
            print!("{}", draft(&file)?);
            Ok(())
        }
        SourceCommand::Show { name: None } => {
            builtin_names().for_each(|name| println!("{name}"));
            Ok(())
        }
        SourceCommand::Show { name: Some(name) } => {
            let text = builtin(&name).with_context(|| format!("no built-in source `{name}`"))?;
            print!("{text}");
            Ok(())
        }
    }
}

fn check(file: &Path, json: bool) -> anyhow::Result<()> {
    let source = SourceFile::read(file)?;
    let schema = source.schema(Schema::municipal()?)?;
    let report = read_delivery(&source, &schema, &mut |_| {}, &mut |_| Ok(()))?;
    if json {
        println!("{}", report.to_json()?);
    } else {
        print!("{}", report.to_text());
    }
    Ok(())
}
