//! `verband search`, `dossier` and `expand`: reads on a store file, as one of its identities.
//!
//! Who may read the file and the settings may act as any identity in them; the record says so.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::serve::open;
use super::{print_json, text};
use crate::api::ApiState;
use crate::authz::Principal;
use crate::config::Config;
use crate::engine::{Access, AccessError};
use crate::flag::{FlagDesk, FlagError};
use crate::model::Day;
use crate::query::{ExpandRequest, SearchRequest, Session};

/// Who reads, why, and on which day.
#[derive(Debug, Args)]
pub struct ReadArguments {
    /// Settings file, as for `serve`.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Who reads: an identity of the users file.
    #[arg(long = "as", value_name = "USER")]
    identity: String,
    /// Why: a purpose of the register of processing activities.
    #[arg(long)]
    purpose: String,
    /// Case to read under: only what lies within its scope shows.
    #[arg(long, value_name = "CASE")]
    case: Option<String>,
    /// Day to look at, such as 2024-05-01 [default: today].
    #[arg(long, value_name = "DAY")]
    as_of: Option<Day>,
    /// Day whose knowledge counts: what became known, was corrected or taken back later does not [default: today's]. With
    /// identifiers of nodes: texts are searched in what is known today.
    #[arg(long, value_name = "DAY")]
    known_at: Option<Day>,
}

impl ReadArguments {
    /// Reads, and waits until that is recorded: only then may the answer be printed.
    pub(super) fn read<T>(
        &self,
        action: &str,
        read: impl FnOnce(&Session) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.read_flags(action, |session, _| read(session))
    }

    /// As [`Self::read`], with the desk of flags beside the session.
    pub fn read_flags<T, E: From<FlagError> + Into<anyhow::Error>>(
        &self,
        action: &str,
        read: impl FnOnce(&Session, &FlagDesk<'_>) -> Result<T, E>,
    ) -> anyhow::Result<T> {
        let (state, caller) = open_as(&self.config, &self.identity)?;
        let caller = &caller;
        let access = Access {
            purpose: Some(&self.purpose),
            case: self.case.as_deref(),
            as_of: self.as_of,
            known_at: self.known_at,
            action,
            request: None,
        };
        let recorded = state
            .engine
            .read_flags(caller, access, read)
            .map_err(|error| {
                let purposes = state.engine.purposes(caller);
                let open: Vec<&str> = purposes.iter().map(|purpose| purpose.id.as_str()).collect();
                match error {
                    AccessError::Purpose(error) => {
                        anyhow::anyhow!("{error}; open to `{}` are: {}", caller.id, open.join(", "))
                    }
                    other => other.into(),
                }
            })?;
        recorded.release_blocking()?.map_err(Into::into)
    }
}

/// Opens what the settings name, and finds an identity of its users file.
pub(super) fn open_as(config: &Path, identity: &str) -> anyhow::Result<(ApiState, Principal)> {
    let state = open(&Config::read(config)?)?;
    let users = state.login.users();
    let principals = users.principals();
    let names: Vec<&str> = principals
        .iter()
        .map(|principal| principal.id.as_str())
        .collect();
    let caller = principals
        .iter()
        .find(|principal| principal.id == identity)
        .with_context(|| {
            format!(
                "no user `{identity}`; the users file has: {}",
                names.join(", ")
            )
        })?;
    let caller = Principal::clone(caller);
    Ok((state, caller))
}

/// Finds nodes by name, number or address.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  verband search 'havenstraat 12' --config verband.toml --as inspecteur --purpose woonfraude"
)]
pub struct SearchArguments {
    /// A name or its beginning, a number, or an address.
    text: String,
    /// Only nodes with this label.
    #[arg(long)]
    label: Option<String>,
    #[command(flatten)]
    read: ReadArguments,
}

pub fn search(arguments: SearchArguments, json: bool) -> anyhow::Result<()> {
    let request = SearchRequest {
        text: arguments.text,
        label: arguments.label,
        ..SearchRequest::default()
    };
    let answer = arguments
        .read
        .read("search", |session| Ok(session.search(&request)?))?;
    if json {
        return print_json(&answer);
    }
    print!("{}", text::search(&answer));
    Ok(())
}

/// Prints the dossier of an address, person or company.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  verband dossier 'havenstraat 12' --config verband.toml --as inspecteur --purpose woonfraude"
)]
pub struct DossierArguments {
    /// Identifier of the node, or a text that finds one node.
    node: String,
    #[command(flatten)]
    read: ReadArguments,
}

pub fn dossier(arguments: DossierArguments, json: bool) -> anyhow::Result<()> {
    let answer = arguments.read.read_flags("dossier", |session, desk| {
        let id = find_one(session, &arguments.node)?;
        Ok::<_, anyhow::Error>(desk.dossier(session, &id)?)
    })?;
    if json {
        return print_json(&answer);
    }
    print!("{}", text::dossier(&answer));
    Ok(())
}

/// Expands from one or many nodes.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  verband expand 'havenstraat 12' --hops 2 --config verband.toml --as analist --purpose ondermijning"
)]
pub struct ExpandArguments {
    /// Identifiers of nodes, or texts that find one node each.
    #[arg(required = true)]
    nodes: Vec<String>,
    /// How many edges to go from the starts, 1 to 6.
    #[arg(long, default_value_t = 1)]
    hops: usize,
    /// Only over edges with this label; may be given more than once.
    #[arg(long = "over", value_name = "LABEL")]
    edge_labels: Vec<String>,
    /// Most nodes to list, up to 5000 [default: 500].
    #[arg(long)]
    limit: Option<usize>,
    #[command(flatten)]
    read: ReadArguments,
}

pub fn expand(arguments: ExpandArguments, json: bool) -> anyhow::Result<()> {
    let answer = arguments.read.read("expand", |session| {
        let start = arguments
            .nodes
            .iter()
            .map(|node| find_one(session, node))
            .collect::<anyhow::Result<Vec<String>>>()?;
        let request = ExpandRequest {
            start,
            hops: Some(arguments.hops),
            edge_labels: arguments.edge_labels.clone(),
            limit: arguments.limit,
            ..ExpandRequest::default()
        };
        Ok(session.expand(&request)?)
    })?;
    if json {
        return print_json(&answer);
    }
    print!("{}", text::subgraph(&answer));
    Ok(())
}

/// The one node that a text names: an identifier, or a search with one hit.
fn find_one(session: &Session, node: &str) -> anyhow::Result<String> {
    if session.node(node).is_ok() {
        return Ok(node.to_owned());
    }
    let answer = session.search(&SearchRequest {
        text: node.to_owned(),
        limit: Some(10),
        ..SearchRequest::default()
    })?;
    let hits = answer.body.hits;
    // The whole address or name comes before those that only begin with it.
    let exact: Vec<_> = hits
        .iter()
        .filter(|hit| hit.node.name.to_lowercase() == node.to_lowercase())
        .collect();
    match (hits.as_slice(), exact.as_slice()) {
        ([], _) => anyhow::bail!("nothing that you may see is found by `{node}`"),
        ([hit], _) => Ok(hit.node.id.clone()),
        (_, [hit]) => Ok(hit.node.id.clone()),
        (several, _) => {
            let list: Vec<String> = several
                .iter()
                .map(|hit| format!("  {}  {} ({})", hit.node.id, hit.node.name, hit.node.label))
                .collect();
            anyhow::bail!(
                "`{node}` finds several; name one by its identifier:\n{}",
                list.join("\n")
            )
        }
    }
}
