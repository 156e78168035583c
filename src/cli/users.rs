//! `verband users`.

use std::io::BufRead;

use anyhow::Context;
use clap::Subcommand;

use crate::authz::Users;

/// Makes password hashes for a users file.
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// Reads a password from standard input and prints its argon2id hash.
    #[command(after_help = "Example:\n  echo 'a long password' | verband users hash")]
    Hash,
}

pub fn run(command: UsersCommand) -> anyhow::Result<()> {
    match command {
        UsersCommand::Hash => {
            let mut password = String::new();
            std::io::stdin()
                .lock()
                .read_line(&mut password)
                .context("reading the password from standard input")?;
            let password = password.trim_end_matches(['\r', '\n']);
            anyhow::ensure!(!password.is_empty(), "no password on standard input");
            println!("{}", Users::hash(password)?);
            Ok(())
        }
    }
}
