//! `verband audit`: what an officer for privacy asks of the log. It reads files alone, beside a running server or on a copy.
//!
//! Who can read the files can read them without a record of it. Over the API each question is recorded: `/v1/audit`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Deserialize;

use super::{print_json, subject};
use crate::audit::{
    Checkpoint, Found, FoundLogin, LoginEvent, LoginWay, Oddity, OddityLimits, Own, Proof,
    Question, Signer, Standing, Verifier, find, logins, odd, prove_consistency, prove_inclusion,
    verify, verify_signed,
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
  verband audit verify audit --checkpoint copies/000000000004211.checkpoint --key verband+9f2c...+AR...
  verband audit verify audit --checkpoint 4211:9f2c... (as `verband audit checkpoint` printed it earlier)")]
    Verify {
        /// Directory of the log.
        log: PathBuf,
        /// Where the log stood at an earlier time, kept elsewhere: a signed file or `N:HASH`; may be given more than once.
        #[arg(long, value_name = "FILE or N:HASH")]
        checkpoint: Vec<String>,
        /// Public key of signed checkpoints, as `verband audit key` prints it.
        #[arg(long)]
        key: Option<Verifier>,
    },
    /// Prints where the log stands.
    ///
    /// Kept elsewhere, it proves later that nothing was cut off or rewritten.
    Checkpoint {
        /// Directory of the log.
        log: PathBuf,
    },
    /// Prints the public key that goes with the key of a log.
    Key {
        /// The private key, `audit_key` in the settings.
        file: PathBuf,
        /// Name of the log, `audit_name` in the settings.
        #[arg(long, default_value = "verband")]
        name: String,
    },
    /// Proves one record, or that a later log holds an earlier one, to who has signed checkpoints and not the log.
    #[command(after_help = "Examples:
  verband audit prove audit --record 17 --checkpoint new.checkpoint --key verband+9f2c...+AR... > proof.json
  verband audit prove audit --earlier old.checkpoint --checkpoint new.checkpoint --key verband+9f2c...+AR... > proof.json
  verband audit check proof.json --checkpoint new.checkpoint --key verband+9f2c...+AR...")]
    Prove(ProveArguments),
    /// Checks a proof against signed checkpoints, without the log.
    Check {
        /// The proof.
        proof: PathBuf,
        /// Signed checkpoints.
        #[arg(long, value_name = "FILE", required = true)]
        checkpoint: Vec<PathBuf>,
        /// Their public key.
        #[arg(long)]
        key: Verifier,
    },
    /// Lists reads: who, when, for what.
    ///
    /// The log is checked on the way.
    #[command(after_help = "Examples:
  verband audit reads audit --node 0rynyvgs9x9jn    who saw this premises or person
  verband audit reads audit --by inspecteur         what this user did")]
    Reads(ReadsArguments),
    /// Lists look-ups that someone should ask about: many nodes in a short time, and what is of the account's own.
    #[command(after_help = "Example:
  verband audit odd audit --own own.toml

own.toml lists, by account, the nodes of the employee's own person, household, home and street:
  inspecteur = [\"0rynyvgs9x9jn\", \"c7ra7pprc4gq8\"]")]
    Odd {
        /// Directory of the log.
        log: PathBuf,
        /// What belongs to whom.
        #[arg(long, value_name = "FILE")]
        own: Option<PathBuf>,
        /// Different nodes within those minutes that are no longer ordinary.
        #[arg(long, default_value_t = OddityLimits::default().nodes)]
        nodes: usize,
        /// See `--nodes`.
        #[arg(long, default_value_t = OddityLimits::default().minutes)]
        minutes: i64,
    },
    Subject(subject::SubjectArguments),
    /// Lists logins, failed ones and logouts: who, when, from where.
    ///
    /// Where a name was given that no account has, none is told: people type passwords where names belong.
    Logins {
        /// Directory of the log.
        log: PathBuf,
    },
}

/// What to prove.
#[derive(Debug, Args)]
pub struct ProveArguments {
    /// Directory of the log.
    log: PathBuf,
    /// Position of the record to prove.
    #[arg(long, value_name = "N", required_unless_present = "earlier")]
    record: Option<u64>,
    /// The earlier checkpoint to prove that the log went on from.
    #[arg(long, value_name = "FILE", conflicts_with = "record")]
    earlier: Option<PathBuf>,
    /// The signed checkpoint to prove against.
    #[arg(long, value_name = "FILE")]
    checkpoint: PathBuf,
    /// Its public key.
    #[arg(long)]
    key: Verifier,
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
    /// Only reads from this time on, such as 2026-11-01T08:00:00Z.
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only reads before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

pub fn run(command: AuditCommand, json: bool) -> anyhow::Result<()> {
    match command {
        AuditCommand::Verify {
            log,
            checkpoint,
            key,
        } => check(&log, &checkpoint, key.as_ref(), json),
        AuditCommand::Checkpoint { log } => {
            println!("{}", verify(&log, &[])?.end);
            Ok(())
        }
        AuditCommand::Key { file, name } => {
            let key =
                std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            println!("{}", Signer::new(&key, &name)?.public());
            Ok(())
        }
        AuditCommand::Prove(arguments) => prove(&arguments),
        AuditCommand::Check {
            proof,
            checkpoint,
            key,
        } => check_proof(&proof, &checkpoint, &key),
        AuditCommand::Reads(arguments) => reads(&arguments, json),
        AuditCommand::Odd {
            log,
            own,
            nodes,
            minutes,
        } => list_odd(&log, own.as_deref(), OddityLimits { nodes, minutes }, json),
        AuditCommand::Subject(arguments) => subject::run(&arguments, json),
        AuditCommand::Logins { log } => list_logins(&log, json),
    }
}

/// Reads a signed checkpoint.
fn signed(file: &Path, key: &Verifier) -> anyhow::Result<Standing> {
    let note =
        std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    key.open(&note).with_context(|| file.display().to_string())
}

fn check(log: &Path, kept: &[String], key: Option<&Verifier>, json: bool) -> anyhow::Result<()> {
    let (mut plain, mut notes) = (Vec::new(), Vec::new());
    for text in kept {
        match (text.parse::<Checkpoint>(), key) {
            (Ok(checkpoint), _) => plain.push(checkpoint),
            (Err(_), Some(key)) => notes.push(signed(Path::new(text), key)?),
            (Err(error), None) => {
                return Err(error).with_context(|| {
                    format!("`{text}`: for a file with a signed checkpoint give its `--key` too")
                });
            }
        }
    }
    let verified = verify_signed(log, &plain, &notes)?;
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

fn prove(arguments: &ProveArguments) -> anyhow::Result<()> {
    let ProveArguments {
        log,
        record,
        earlier,
        checkpoint,
        key,
    } = arguments;
    let size = signed(checkpoint, key)?.chain.n;
    let proof = match (record, earlier) {
        (Some(record), _) => prove_inclusion(log, *record, size)?,
        (None, Some(earlier)) => prove_consistency(log, signed(earlier, key)?.chain.n, size)?,
        (None, None) => anyhow::bail!("name what to prove: `--record` or `--earlier`"),
    };
    print_json(&proof)
}

fn check_proof(file: &Path, checkpoints: &[PathBuf], key: &Verifier) -> anyhow::Result<()> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let proof: Proof = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    let trees: anyhow::Result<Vec<_>> = checkpoints
        .iter()
        .map(|file| Ok(signed(file, key)?.tree()))
        .collect();
    proof.check(&trees?)?;
    match proof {
        Proof::Inclusion {
            n, size, record, ..
        } => {
            println!("Record {n} stands in the log of {size} records:\n{record}");
        }
        Proof::Consistency { old, new, .. } => {
            println!(
                "The log of {new} records holds all {old} of the earlier one, in their places."
            );
        }
    }
    Ok(())
}

fn reads(arguments: &ReadsArguments, json: bool) -> anyhow::Result<()> {
    let question = Question {
        node: arguments.node.clone(),
        principal: arguments.by.clone(),
        from: arguments.from,
        until: arguments.until,
        ..Question::default()
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

/// Accounts, and the nodes of each.
#[derive(Deserialize)]
#[serde(transparent)]
struct OwnFile(Own);

fn list_odd(
    log: &Path,
    own: Option<&Path>,
    limits: OddityLimits,
    json: bool,
) -> anyhow::Result<()> {
    let own = match own {
        None => Own::new(),
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("reading {}", file.display()))?;
            let OwnFile(own) = toml::from_str(&text).with_context(|| file.display().to_string())?;
            own
        }
    };
    let found = odd(log, &own, limits, None)?;
    if json {
        return print_json(&found);
    }
    for oddity in &found {
        match oddity {
            Oddity::Own {
                time,
                principal,
                purpose,
                node,
                ..
            } => println!(
                "{time:.0}  {principal}  asked for {node}, which is of their own, for {}",
                purpose.as_deref().unwrap_or("no purpose")
            ),
            Oddity::Many {
                time,
                principal,
                nodes,
                minutes,
                ..
            } => {
                println!("{time:.0}  {principal}  asked for {nodes} nodes within {minutes} minutes")
            }
        }
    }
    println!(
        "{} look-ups to ask about; there may be a good reason for each",
        found.len()
    );
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
