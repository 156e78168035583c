//! `verband policy`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;

use super::print_json;
use super::serve::open;
use crate::authz::{Change, ViewDifference};
use crate::config::{Config, read_policy};
use crate::engine::Alternatives;

/// Checks policy files, and tells what they let whom see.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Checks a policy file: its grammar, and that it speaks only of what there is.
    #[command(after_help = "Example:\n  verband policy check policy.cedar")]
    Check {
        /// The Cedar file.
        file: PathBuf,
    },
    /// Tells what each identity would gain and lose if another policy were in force.
    ///
    /// Elements are counted as of today, for each purpose that is open to the identity. The counts tell of data that the
    /// identity does not see: they are for who keeps the policy.
    #[command(
        after_help = "Example:\n  verband policy diff policy.cedar new.cedar --config verband.toml"
    )]
    Diff {
        /// The policy in force.
        old: PathBuf,
        /// The policy that would be.
        new: PathBuf,
        /// Settings file, as for `serve`: its store and identities.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Tells which rules let an identity see a node, and what would be needed where none does.
    ///
    /// It tells what the identity does not see: it is for who keeps the policy.
    #[command(
        after_help = "Example:\n  verband policy why 0rynyvgs9x9jn --as zorg --purpose zorg --config verband.toml"
    )]
    Why(WhyArguments),
}

/// Who, for what, and which node.
#[derive(Debug, Args)]
pub struct WhyArguments {
    /// Identifier of the node.
    node: String,
    /// Settings file, as for `serve`.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// An identity of the users file.
    #[arg(long = "as", value_name = "USER")]
    identity: String,
    /// A purpose of the register.
    #[arg(long)]
    purpose: String,
}

pub fn run(command: PolicyCommand, json: bool) -> anyhow::Result<()> {
    match command {
        PolicyCommand::Check { file } => {
            let policy = read_policy(&file)?;
            if json {
                return print_json(&json!({ "file": file, "digest": policy.digest() }));
            }
            println!("{}: in order (digest {})", file.display(), policy.digest());
            Ok(())
        }
        PolicyCommand::Diff { old, new, config } => {
            let (old, new) = (read_policy(&old)?, read_policy(&new)?);
            let state = open(&Config::read(&config)?)?;
            let mut told = Vec::new();
            for caller in state.login.users().principals() {
                for purpose in &state.engine.purposes(caller) {
                    let difference = state
                        .engine
                        .policy_difference(&old, &new, caller, purpose)?;
                    told.push((caller.id.clone(), purpose.id.clone(), difference));
                }
            }
            if json {
                let told: Vec<_> = told
                    .iter()
                    .map(|(identity, purpose, difference)| {
                        json!({ "identity": identity, "purpose": purpose, "difference": difference })
                    })
                    .collect();
                return print_json(&told);
            }
            for (identity, purpose, difference) in &told {
                print!("{}", written(identity, purpose, difference));
            }
            Ok(())
        }
        PolicyCommand::Why(arguments) => why(&arguments, json),
    }
}

fn written(identity: &str, purpose: &str, difference: &ViewDifference) -> String {
    let mut out = format!("{identity}, for {purpose}:");
    if difference.is_empty() {
        out.push_str(" sees the same\n");
        return out;
    }
    out.push('\n');
    let mut write = |elements: &BTreeMap<String, Change>, what: &str| {
        for (label, change) in elements {
            let counts = [
                ("gained", change.gained),
                ("lost", change.lost),
                ("clearer", change.clearer),
                ("vaguer", change.vaguer),
            ];
            let counts: Vec<String> = counts
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .map(|(name, count)| format!("{count} {name}"))
                .collect();
            out.push_str(&format!("  {what} {label}: {}\n", counts.join(", ")));
        }
    };
    write(&difference.nodes, "nodes");
    write(&difference.edges, "edges");
    out
}

fn why(arguments: &WhyArguments, json: bool) -> anyhow::Result<()> {
    let config = Config::read(&arguments.config)?;
    let state = open(&config)?;
    let register = config.rules()?.purposes;
    let users = state.login.users();
    let principals = users.principals();
    let caller = principals
        .iter()
        .find(|principal| principal.id == arguments.identity)
        .with_context(|| format!("no user `{}` in the users file", arguments.identity))?;
    let purpose = register.grant(caller, Some(&arguments.purpose))?;
    let node = arguments
        .node
        .parse()
        .context("the identifier of the node")?;
    let alternatives = Alternatives {
        roles: principals
            .iter()
            .flat_map(|principal| principal.roles.iter().cloned())
            .collect(),
        purposes: register.iter().cloned().collect(),
    };
    let found = state.engine.why(caller, purpose, node, &alternatives)?;
    let found = found.with_context(|| format!("there is no node `{}`", arguments.node))?;
    if json {
        return print_json(&found);
    }
    for one in &found {
        let purposes: Vec<&str> = one.purposes.iter().map(String::as_str).collect();
        println!(
            "{} of {}, {}, collected for {}",
            one.source,
            one.owner,
            one.level,
            if purposes.is_empty() {
                "any purpose".to_owned()
            } else {
                purposes.join(", ")
            }
        );
        if one.is_visible {
            println!(
                "  seen by the rules {}: {}",
                one.rules.join(", "),
                one.classes.join(", ")
            );
        } else if one.needed.is_empty() {
            println!(
                "  not seen; no single change of role, purpose, clearance or department would do"
            );
        } else {
            println!(
                "  not seen; one of these would do: {}",
                one.needed.join(", ")
            );
        }
    }
    Ok(())
}
