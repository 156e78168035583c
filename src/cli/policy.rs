//! `verband policy`.

use std::path::PathBuf;

use clap::Subcommand;

use crate::config::read_policy;

/// Policy files.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Checks a policy file against what policies may speak of.
    #[command(after_help = "Example:\n  verband policy check policy.cedar")]
    Check {
        /// The Cedar file.
        file: PathBuf,
    },
}

pub fn run(command: PolicyCommand) -> anyhow::Result<()> {
    match command {
        PolicyCommand::Check { file } => {
            let policy = read_policy(&file)?;
            println!("{}: in order (digest {})", file.display(), policy.digest());
            Ok(())
        }
    }
}
