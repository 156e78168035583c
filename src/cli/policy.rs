//! `verband policy`.

use std::path::PathBuf;

use clap::Subcommand;

use super::print_json;
use crate::config::read_policy;

/// Checks policy files.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Checks a policy file: its grammar, and that it speaks only of what there is.
    #[command(after_help = "Example:\n  verband policy check policy.cedar")]
    Check {
        /// The Cedar file.
        file: PathBuf,
    },
}

pub fn run(command: PolicyCommand, json: bool) -> anyhow::Result<()> {
    match command {
        PolicyCommand::Check { file } => {
            let policy = read_policy(&file)?;
            if json {
                return print_json(&serde_json::json!({ "file": file, "digest": policy.digest() }));
            }
            println!("{}: in order (digest {})", file.display(), policy.digest());
            Ok(())
        }
    }
}
