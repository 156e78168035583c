//! `verband case`: cases on a store file, as one of its identities, and what cases let others know.
//!
//! Who may read the file and the settings may act as any identity in them; the record says so. A server holds the file, so
//! these commands are for a store that is not served.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::read::open_as;
use super::{case_text as text, print_json};
use crate::engine::Access;
use crate::engine::desk::{
    Desk, DeskError, NodeRequest, NoteRequest, OpenRequest, PresenceRequest, StateRequest,
};

/// Opens, reads and closes cases, and asks who else is busy.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  verband case open 'Overbewoning' --goal 'Klopt de bewoning?' --on 'Havenstraat 12' --end 2027-02-01 \\
    --config verband.toml --as inspecteur --purpose woonfraude
  verband case ask 0rynyvgs9x9jn --config verband.toml --as inspecteur --purpose woonfraude")]
pub enum CaseCommand {
    /// Lists the cases that the identity may see for the purpose.
    List(Caller),
    /// Opens a case.
    Open(OpenArguments),
    /// Shows a case.
    Show(OfCase),
    /// Adds a note.
    Note {
        #[command(flatten)]
        of: OfCase,
        /// The note.
        #[arg(long)]
        text: String,
    },
    /// Chooses what others who ask about the same are told.
    Presence {
        #[command(flatten)]
        of: OfCase,
        #[command(flatten)]
        presence: PresenceArguments,
    },
    /// Asks whether others are busy with a node of the case.
    ///
    /// The other side and the coordinator are told that you asked.
    Ask {
        #[command(flatten)]
        of: OfCase,
        /// Which of its nodes; may be left out where there is one.
        #[arg(long, value_name = "ID")]
        node: Option<String>,
    },
    /// Asks whether enough other departments hold a signal about a node of the case.
    ///
    /// Only where departments have agreed to it; what is told is whether the threshold is reached, and nothing else.
    Weigh {
        #[command(flatten)]
        of: OfCase,
        /// Which of its nodes; may be left out where there is one.
        #[arg(long, value_name = "ID")]
        node: Option<String>,
    },
    /// Closes a case.
    Close(OfCase),
    /// Lists what the identity has to know of others.
    Notices(Caller),
    /// Lists everything that was asked where another was busy: for the coordinator.
    Deconflictions(Caller),
    /// Lists everything that was asked where the threshold of departments is reached: for the coordinator.
    Accumulations(Caller),
    /// Tells how far the identity's side has come.
    Settle {
        /// Number of the receipt.
        receipt: String,
        /// `contacted` or `settled`.
        #[arg(long)]
        state: String,
        #[command(flatten)]
        caller: Caller,
    },
}

/// Who does it, and why.
#[derive(Debug, Args)]
pub struct Caller {
    /// Settings file, as for `serve`.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Who does it: an identity of the users file.
    #[arg(long = "as", value_name = "USER")]
    identity: String,
    /// Why: a purpose of the register of processing activities.
    #[arg(long)]
    purpose: String,
}

/// Which case.
#[derive(Debug, Args)]
pub struct OfCase {
    /// Identifier of the case.
    case: String,
    #[command(flatten)]
    caller: Caller,
}

/// What others who ask are told.
#[derive(Debug, Args)]
pub struct PresenceArguments {
    /// `contact`, `hold` or `silent`.
    #[arg(long = "answer", value_name = "ANSWER")]
    answer: Option<String>,
    /// Lets `contact` tell which department.
    #[arg(long)]
    show_department: bool,
    /// Last day of `silent`.
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
}

impl PresenceArguments {
    fn request(self) -> Option<PresenceRequest> {
        Some(PresenceRequest {
            answer: self.answer?,
            show_department: self.show_department.then_some(true),
            until: self.until,
        })
    }
}

/// A case to open.
#[derive(Debug, Args)]
pub struct OpenArguments {
    /// What people call it.
    title: String,
    /// What is to be found out.
    #[arg(long)]
    goal: String,
    /// Identifier of a node that it is about, or a text that finds one; may be given more than once.
    #[arg(long = "on", value_name = "NODE", required = true)]
    on: Vec<String>,
    /// How many steps from there may be looked, at most 3 [default: 2].
    #[arg(long)]
    steps: Option<u8>,
    /// Last day.
    #[arg(long, value_name = "DAY")]
    end: String,
    /// Account that works on it too; may be given more than once.
    #[arg(long, value_name = "USER")]
    team: Vec<String>,
    #[command(flatten)]
    presence: PresenceArguments,
    #[command(flatten)]
    caller: Caller,
}

impl Caller {
    fn act<T>(
        &self,
        action: &str,
        case: Option<&str>,
        act: impl FnOnce(&mut Desk<'_>) -> Result<T, DeskError>,
    ) -> anyhow::Result<T> {
        let (state, caller) = open_as(&self.config, &self.identity)?;
        let access = Access {
            purpose: Some(&self.purpose),
            case,
            action,
            ..Access::default()
        };
        let recorded = state.engine.act(&caller, access, act)?;
        Ok(recorded.release_blocking()??)
    }
}

pub fn run(command: CaseCommand, json: bool) -> anyhow::Result<()> {
    match command {
        CaseCommand::List(caller) => {
            let list = caller.act("cases", None, |desk| Ok(desk.cases()))?;
            tell(json, &list, text::cases)
        }
        CaseCommand::Open(arguments) => open(arguments, json),
        CaseCommand::Show(of) => of.act(json, "case", |desk, id| desk.case(id)),
        CaseCommand::Note { of, text } => of.act(json, "case-note", |desk, id| {
            desk.add_note(id, &NoteRequest { text })
        }),
        CaseCommand::Presence { of, presence } => {
            let request = presence
                .request()
                .context("name what others are told: --answer")?;
            of.act(json, "case-presence", |desk, id| {
                desk.change_presence(id, &request)
            })
        }
        CaseCommand::Ask { of, node } => {
            let answer = of.caller.act("deconfliction", Some(&of.case), |desk| {
                let request = about(desk, &of.case, node)?;
                desk.ask(&of.case, &request)
            })?;
            tell(json, &answer, text::deconfliction)
        }
        CaseCommand::Weigh { of, node } => {
            let answer = of.caller.act("accumulation", Some(&of.case), |desk| {
                let request = about(desk, &of.case, node)?;
                desk.weigh(&of.case, &request)
            })?;
            tell(json, &answer, text::accumulation)
        }
        CaseCommand::Close(of) => of.act(json, "case-close", |desk, id| desk.close(id)),
        CaseCommand::Notices(caller) => {
            let list = caller.act("notices", None, |desk| desk.notices())?;
            tell(json, &list, text::notices)
        }
        CaseCommand::Accumulations(caller) => {
            let list = caller.act("accumulations", None, |desk| desk.accumulations())?;
            tell(json, &list, text::accumulations)
        }
        CaseCommand::Deconflictions(caller) => {
            let list = caller.act("deconflictions", None, |desk| desk.deconflictions())?;
            tell(json, &list, text::deconflictions)
        }
        CaseCommand::Settle {
            receipt,
            state,
            caller,
        } => {
            let request = StateRequest { state };
            let answer = caller.act("deconfliction-state", None, |desk| {
                desk.advance(&receipt, &request)
            })?;
            tell(json, &answer, |answer| {
                format!("{}: {}\n", answer.receipt, answer.state.name())
            })
        }
    }
}

impl OfCase {
    fn act(
        &self,
        json: bool,
        action: &str,
        act: impl FnOnce(&mut Desk<'_>, &str) -> Result<crate::engine::desk::CaseAnswer, DeskError>,
    ) -> anyhow::Result<()> {
        let case = self
            .caller
            .act(action, Some(&self.case), |desk| act(desk, &self.case))?;
        tell(json, &case, text::case)
    }
}

fn open(arguments: OpenArguments, json: bool) -> anyhow::Result<()> {
    let (nodes, find): (Vec<String>, Vec<String>) = arguments
        .on
        .into_iter()
        .partition(|on| on.parse::<crate::model::NodeId>().is_ok());
    let request = OpenRequest {
        title: arguments.title,
        goal: arguments.goal,
        nodes,
        find,
        steps: arguments.steps,
        begin: None,
        end: arguments.end,
        team: arguments.team,
        presence: arguments.presence.request(),
    };
    let case = arguments
        .caller
        .act("case-open", None, |desk| desk.open(&request))?;
    tell(json, &case, text::case)
}

/// The node that is asked about: the one that was named, or the only one of the case.
fn about(desk: &Desk<'_>, case: &str, node: Option<String>) -> Result<NodeRequest, DeskError> {
    if let Some(node) = node {
        return Ok(NodeRequest { node });
    }
    match desk.case(case)?.nodes.as_slice() {
        [node] => Ok(NodeRequest {
            node: node.id.clone(),
        }),
        _ => Err(crate::case::CaseError::Invalid(
            "the case is about several nodes, or you see none of them: name one with --node"
                .to_owned(),
        )
        .into()),
    }
}

fn tell<T: serde::Serialize>(
    json: bool,
    answer: &T,
    write: impl FnOnce(&T) -> String,
) -> anyhow::Result<()> {
    if json {
        return print_json(answer);
    }
    print!("{}", write(answer));
    Ok(())
}
