//! `verband audit`: what an officer for privacy asks of the log. It reads files alone, beside a running server or on a copy.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::print_json;
use crate::audit::{
    Checkpoint, Found, FoundLogin, LoginEvent, LoginWay, Question, find, logins, verify,
};

/// Checks and reads the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Checks every record of the log.
    ///
    /// Finds the first that was changed, removed, inserted or moved, and, against a checkpoint that was kept elsewhere,
    /// whether records were cut off the end or the whole log was rewritten.
    #[command(after_help = "Examples:
  verband audit verify audit
  verband audit verify audit --checkpoint 4211:9f2c... (as `verband audit checkpoint` printed it earlier)")]
    Verify {
        /// Directory of the log.
        log: PathBuf,
        /// Where the log stood at an earlier time, kept elsewhere; may be given more than once.
        #[arg(long, value_name = "N:HASH")]
        checkpoint: Vec<Checkpoint>,
    },
    /// Prints where the log stands.
    ///
    /// Kept elsewhere, it proves later that nothing was cut off or rewritten.
    Checkpoint {
        /// Directory of the log.
        log: PathBuf,
    },
    /// Lists reads: who, when, for what.
    ///
    /// The log is checked on the way.
    #[command(after_help = "Examples:
  verband audit reads audit --node 0rynyvgs9x9jn    who saw this premises or person
  verband audit reads audit --by inspecteur         what this user did")]
    Reads(ReadsArguments),
    /// Lists logins, failed ones and logouts: who, when, from where.
    ///
    /// Where a name was given that no account has, none is told: people type passwords where names belong.
    Logins {
        /// Directory of the log.
        log: PathBuf,
    },
}

/// Which reads.
#[derive(Debug, Args)]
pub struct ReadsArguments {
    /// Directory of the log.
    log: PathBuf,
    /// Only reads that showed this node.
    #[arg(long, value_name = "ID")]
    node: Option<String>,
    /// Only reads by this account.
    #[arg(long, value_name = "USER")]
    by: Option<String>,
}

pub fn run(command: AuditCommand, json: bool) -> anyhow::Result<()> {
    match command {
        AuditCommand::Verify { log, checkpoint } => check(&log, &checkpoint, json),
        AuditCommand::Checkpoint { log } => {
            println!("{}", verify(&log, &[])?.end);
            Ok(())
        }
        AuditCommand::Reads(arguments) => reads(&arguments, json),
        AuditCommand::Logins { log } => list_logins(&log, json),
    }
}

fn check(log: &Path, kept: &[Checkpoint], json: bool) -> anyhow::Result<()> {
    let verified = verify(log, kept)?;
    if json {
        return print_json(&serde_json::json!({
            "whole": true,
            "records": verified.end.n,
            "checkpoint": verified.end.to_string(),
            "checkpointsMet": kept.len(),
            "unfinishedRecord": verified.unfinished,
        }));
    }
    println!("The log is whole: {} records.", verified.end.n);
    match kept.len() {
        0 => println!(
            "Without a checkpoint that was kept elsewhere, records cut off the end do not show (`--checkpoint`)."
        ),
        met => println!("It goes through all {met} checkpoints that were given."),
    }
    if verified.unfinished {
        println!(
            "An unfinished record follows, of a read that got no answer. The next start of the server takes it away."
        );
    }
    println!("Checkpoint: {}", verified.end);
    Ok(())
}

fn reads(arguments: &ReadsArguments, json: bool) -> anyhow::Result<()> {
    let question = Question {
        node: arguments.node.clone(),
        principal: arguments.by.clone(),
    };
    let found = find(&arguments.log, &question)?;
    if json {
        return print_json(&found);
    }
    for read in &found {
        println!("{}", line(read));
    }
    println!("{} reads", found.len());
    Ok(())
}

fn list_logins(log: &Path, json: bool) -> anyhow::Result<()> {
    let found = logins(log)?;
    if json {
        return print_json(&found);
    }
    for FoundLogin { time, login } in &found {
        let event = match login.event {
            LoginEvent::LoggedIn => "logged in",
            LoginEvent::Failed => "failed",
            LoginEvent::FailedAndLocked => "failed, must wait",
            LoginEvent::LoggedOut => "logged out",
        };
        let way = match login.way {
            LoginWay::Password => "password",
            LoginWay::Basic => "password with a request",
            LoginWay::Oidc => "OpenID Connect",
            LoginWay::Bearer => "token",
        };
        let peer = login
            .peer
            .map_or_else(|| "an unknown address".to_owned(), |peer| peer.to_string());
        let who = login.principal.as_deref().unwrap_or("no account");
        println!("{time:.0}  {who}  {event}  by {way}, from {peer}");
    }
    println!("{} logins", found.len());
    Ok(())
}

fn line(read: &Found) -> String {
    let decision = &read.decision;
    let shown: Vec<String> = read
        .shown
        .iter()
        .map(|(label, nodes)| format!("{} {label}", nodes.len()))
        .collect();
    let shown = match (decision.outcome, shown.is_empty()) {
        (crate::audit::Outcome::Denied, _) => "denied".to_owned(),
        (crate::audit::Outcome::NotAnswered, _) => "no answer".to_owned(),
        (crate::audit::Outcome::NotDone, _) => "could not be stored: not done".to_owned(),
        (crate::audit::Outcome::Answered, true) => "nothing shown".to_owned(),
        (crate::audit::Outcome::Answered, false) => format!("shown: {}", shown.join(", ")),
    };
    let case = decision.case.as_ref();
    let case = case.map_or_else(String::new, |case| format!(", case {case}"));
    let note = decision.note.as_ref();
    let note = note.map_or_else(String::new, |note| format!("  {note}"));
    format!(
        "{:.0}  {} ({})  {}{case}  {}, as of {}  {shown}{note}",
        read.time,
        decision.principal,
        decision.department,
        decision.purpose.as_deref().unwrap_or("no purpose"),
        decision.action,
        decision.as_of,
    )
}
