//! `verband audit subject`: what a person may ask of who holds data about them (GDPR, article 15), in one command.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::serve::open;
use super::{print_json, text};
use crate::audit::{Found, Outcome, Question, find};
use crate::authz::{Purpose, PurposeRegister};
use crate::case::MistakeOutcome;
use crate::config::Config;
use crate::engine::{Access, KeptAbout, OFFICER_ROLE};
use crate::flag::Verdict;
use crate::query::{Answer, Dossier, QueryError};

/// Everything about one person: what sources say, and who looked.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  verband audit subject --node 0rynyvgs9x9jn --config verband.toml --as privacy

The person is told what sources say, what patterns found and what people said of it, which cases are about them, which
mistakes were reported, and which departments looked on what ground; not for activities that the register calls
confidential, nor silent cases. Those, and which employees looked, are for the officer alone (--officer).
The reading itself stands in the log. The server must not run meanwhile.")]
pub struct SubjectArguments {
    /// Identifier of the node that the person is.
    #[arg(long, value_name = "ID")]
    node: String,
    /// Settings file, as for `serve`.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The officer: an identity with the role `privacy-officer`.
    #[arg(long = "as", value_name = "USER")]
    identity: String,
    /// Tells confidential activities, and employees, too: not to be given to the person.
    #[arg(long)]
    officer: bool,
}

/// The document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    /// Everything that sources say, and what is connected.
    held: Answer<Dossier>,
    /// What is kept besides.
    #[serde(flatten)]
    kept: KeptAbout,
    /// Who looked.
    looks: Vec<Look>,
}

/// Looks of one department for one activity.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Look {
    department: String,
    activity: String,
    /// Legal ground, as the register of processing activities has it now; none if it no longer has the activity.
    ground: Option<String>,
    times: usize,
    first: jiff::Timestamp,
    last: jiff::Timestamp,
    /// How often each employee did. For the officer alone.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    employees: BTreeMap<String, usize>,
}

pub fn run(arguments: &SubjectArguments, json: bool) -> anyhow::Result<()> {
    let config = Config::read(&arguments.config)?;
    let state = open(&config)?;
    let users = state.login.users();
    let principals = users.principals();
    let officer = principals
        .iter()
        .find(|principal| principal.id == arguments.identity)
        .with_context(|| format!("no user `{}` in the users file", arguments.identity))?;
    anyhow::ensure!(
        officer.roles.contains(OFFICER_ROLE),
        "`{}` has not the role `{OFFICER_ROLE}`",
        officer.id
    );
    let access = Access {
        action: "right-of-access",
        ..Access::default()
    };
    let recorded = state.engine.read_everything(officer, access, |session| {
        let node = session.resolve(&arguments.node)?;
        Ok::<_, QueryError>((session.dossier(&arguments.node)?, session.one_with(node)))
    })?;
    let (held, nodes) = recorded.release_blocking()??;
    let about = Question {
        node: Some(arguments.node.clone()),
        ..Question::default()
    };
    let found = find(&config.audit, &about)?;
    let register = config.rules()?.purposes;
    let confidential: BTreeSet<&str> = register
        .iter()
        .filter(|purpose| purpose.confidential)
        .map(|purpose| purpose.id.as_str())
        .collect();
    let tells = |purpose: &str| arguments.officer || !confidential.contains(purpose);
    let document = Document {
        held,
        kept: state
            .engine
            .kept_about(officer, &nodes, tells, arguments.officer)?,
        looks: looks(&found, &register, arguments.officer),
    };
    if json {
        return print_json(&document);
    }
    print!("{}", written(&document));
    Ok(())
}

fn looks(found: &[Found], register: &PurposeRegister, for_officer: bool) -> Vec<Look> {
    let purposes: BTreeMap<&str, &Purpose> = register
        .iter()
        .map(|purpose| (purpose.id.as_str(), purpose))
        .collect();
    let mut looks: BTreeMap<(String, String), Look> = BTreeMap::new();
    for read in found
        .iter()
        .filter(|read| read.decision.outcome == Outcome::Answered)
    {
        let decision = &read.decision;
        let activity = decision.purpose.clone().unwrap_or_default();
        let purpose = purposes.get(activity.as_str());
        if purpose.is_some_and(|purpose| purpose.confidential) && !for_officer {
            continue;
        }
        let look = looks
            .entry((decision.department.clone(), activity.clone()))
            .or_insert_with(|| Look {
                department: decision.department.clone(),
                ground: purpose.map(|purpose| purpose.ground.clone()),
                activity,
                times: 0,
                first: read.time,
                last: read.time,
                employees: BTreeMap::new(),
            });
        look.times += 1;
        look.last = read.time;
        if for_officer {
            *look
                .employees
                .entry(decision.principal.clone())
                .or_default() += 1;
        }
    }
    looks.into_values().collect()
}

fn written(document: &Document) -> String {
    let mut out = String::from(
        "INZAGE (artikel 15 AVG)\n\n\
         Let op: er staan ook gegevens van anderen in. Haal die weg, en wat om een onderzoek nog geheim moet blijven\n\
         (artikel 41 UAVG), voordat u dit meegeeft.\n\nWat er is vastgelegd, per bron\n\n",
    );
    out.push_str(&text::dossier_alone(&document.held));
    out.push_str(&kept_text(&document.kept));
    out.push_str("\nWie er heeft gekeken\n");
    if document.looks.is_empty() {
        out.push_str("  niemand\n");
    }
    for look in &document.looks {
        let ground = look
            .ground
            .as_deref()
            .map_or_else(String::new, |ground| format!(" ({ground})"));
        // Writing to a text does not fail.
        let _ = writeln!(
            out,
            "  {}, voor {}{ground}: {} keer, van {:.0} tot {:.0}",
            look.department, look.activity, look.times, look.first, look.last
        );
        for (employee, times) in &look.employees {
            let _ = writeln!(out, "    {employee}: {times} keer");
        }
    }
    out
}

fn kept_text(kept: &KeptAbout) -> String {
    let mut out = String::from("\nWat patronen vonden\n");
    // Writing to a text does not fail.
    for flag in &kept.flags {
        let until = flag.ended.map_or_else(
            || format!("vervalt op {}", flag.expires),
            |ended| format!("niet meer gevonden op {ended}"),
        );
        let _ = writeln!(
            out,
            "  {}, {} voor {}, {until}",
            flag.raised, flag.pattern, flag.purpose
        );
        let _ = writeln!(
            out,
            "    {}\n    Wat het zwakker maakt: {}",
            flag.sentence, flag.lowers
        );
        for (verdict, reason) in &flag.judgements {
            let verdict = match verdict {
                Verdict::Useful => "nuttig",
                Verdict::NotUseful => "niet nuttig",
                Verdict::WrongData => "gegevens kloppen niet",
            };
            let _ = writeln!(out, "    Beoordeeld als {verdict}: {reason}");
        }
    }
    if kept.flags.is_empty() {
        out.push_str("  niets\n");
    }
    out.push_str("\nZaken\n");
    for case in &kept.cases {
        let last = case.closed.unwrap_or(case.end);
        let _ = writeln!(
            out,
            "  {} tot {last}, {}, voor {} ({}): {}",
            case.begin, case.owner, case.purpose, case.ground, case.goal
        );
        for note in &case.notes {
            let _ = writeln!(out, "    Notitie: {note}");
        }
    }
    if kept.cases.is_empty() {
        out.push_str("  geen\n");
    }
    out.push_str("\nFouten die gemeld zijn\n");
    for mistake in &kept.mistakes {
        let _ = writeln!(
            out,
            "  {}, {}: {}",
            mistake.reported, mistake.source, mistake.text
        );
        for (outcome, why) in &mistake.replies {
            let outcome = match outcome {
                MistakeOutcome::Corrected => "hersteld",
                MistakeOutcome::Right => "nagegaan, het klopt",
                MistakeOutcome::PassedOn => "doorgegeven",
            };
            let _ = writeln!(out, "    {outcome}: {why}");
        }
    }
    if kept.mistakes.is_empty() {
        out.push_str("  geen\n");
    }
    out
}
