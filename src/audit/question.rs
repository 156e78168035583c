//! Asking a log. It reads the files alone, so it works beside a running server and on a copy, and checks them on the way.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::AuditError;
use super::read::{Start, walk};
use super::record::{Decision, Entry, LoginRecord, Outcome, Shown};

/// A login that was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundLogin {
    /// When.
    pub time: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub login: LoginRecord,
}

/// All logins, failed ones and logouts, oldest first. Checks the log on the way.
///
/// # Errors
/// As [`verify`](super::verify).
pub fn logins(directory: &Path) -> Result<Vec<FoundLogin>, AuditError> {
    let mut found = Vec::new();
    walk(directory, Start::beginning(), &mut |seen| {
        if let Entry::Login(login) = &seen.line.entry {
            found.push(FoundLogin {
                time: seen.line.time,
                login: login.clone(),
            });
        }
        Ok(())
    })?;
    Ok(found)
}

/// What an officer asks. All that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Reads that showed this node.
    pub node: Option<String>,
    /// Reads by this account.
    pub principal: Option<String>,
    /// Reads by accounts of this organisation.
    pub organisation: Option<String>,
    /// Reads from this time on.
    pub from: Option<Timestamp>,
    /// Reads before this time.
    pub until: Option<Timestamp>,
    /// Reads after this position of the log.
    pub after: u64,
    /// Most reads that are returned; none: all.
    pub limit: Option<usize>,
}

/// A read that was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// Position of its decision in the log.
    pub n: u64,
    /// When.
    pub time: Timestamp,
    /// Its trace.
    pub trace: String,
    /// Who, for what, under which rules.
    pub decision: Decision,
    /// What was shown.
    pub shown: Shown,
}

impl Found {
    /// Whether it was done by an account of an organisation.
    fn is_of(&self, organisation: &str) -> bool {
        let department = self.decision.department.split_once('/');
        department.is_some_and(|(own, _)| own == organisation)
    }

    /// The node that was asked for by itself, as far as the record tells.
    fn asked(&self) -> Option<&str> {
        let path = self.decision.request.as_ref()?.get("path")?.as_str()?;
        let mut parts = path.trim_start_matches('/').split('/').skip(1);
        match (parts.next()?, parts.next()?) {
            ("nodes" | "dossiers", id) if !id.starts_with('_') => Some(id),
            _ => None,
        }
    }
}

/// Finds reads, oldest first, and checks the log on the way.
///
/// # Errors
/// As [`verify`](super::verify).
///
/// # Cost
/// Time O(bytes of the log), memory O(reads found).
pub fn find(directory: &Path, question: &Question) -> Result<Vec<Found>, AuditError> {
    let mut found: Vec<Found> = Vec::new();
    reads(directory, &mut |read| {
        let Question {
            node,
            principal,
            organisation,
            from,
            until,
            after,
            limit,
        } = question;
        let is_about = |node: &String| read.shown.values().any(|nodes| nodes.contains(node));
        let fits = read.n > *after
            && principal
                .as_ref()
                .is_none_or(|by| *by == read.decision.principal)
            && organisation.as_ref().is_none_or(|one| read.is_of(one))
            && from.is_none_or(|from| read.time >= from)
            && until.is_none_or(|until| read.time < until)
            && node.as_ref().is_none_or(is_about);
        if fits && limit.is_none_or(|limit| found.len() < limit) {
            found.push(read);
        }
    })?;
    Ok(found)
}

/// Walks over all reads, each with what it showed.
fn reads(directory: &Path, visit: &mut dyn FnMut(Found)) -> Result<(), AuditError> {
    // A decision and its processing are written together, so what waits here is one read.
    let mut waiting: Option<Found> = None;
    walk(directory, Start::beginning(), &mut |seen| {
        match &seen.line.entry {
            Entry::Decision(decision) => {
                let next = Found {
                    n: seen.line.n,
                    time: seen.line.time,
                    trace: seen.line.trace.clone(),
                    decision: Decision::clone(decision),
                    shown: Shown::new(),
                };
                if let Some(whole) = waiting.replace(next) {
                    visit(whole);
                }
            }
            Entry::Processing { shown, .. } => {
                if let Some(read) = waiting
                    .as_mut()
                    .filter(|read| read.trace == seen.line.trace)
                {
                    for (label, ids) in shown {
                        let known = read.shown.entry(label.clone()).or_default();
                        known.extend(ids.iter().cloned());
                    }
                }
            }
            Entry::Login(_) | Entry::Review(_) => {}
        }
        Ok(())
    })?;
    if let Some(whole) = waiting {
        visit(whole);
    }
    Ok(())
}

/// What belongs to whom: nodes of the account's own person, household, home and street, by account. Kept by who keeps the
/// accounts, in a file of its own.
pub type Own = BTreeMap<String, BTreeSet<String>>;

/// When many look-ups are odd.
#[derive(Debug, Clone, Copy)]
pub struct OddityLimits {
    /// Different nodes that are asked for by themselves ...
    pub nodes: usize,
    /// ... within so many minutes.
    pub minutes: i64,
}

impl Default for OddityLimits {
    /// A case has some tens of subjects, and reading one dossier takes more than half a minute.
    fn default() -> Self {
        Self {
            nodes: 20,
            minutes: 10,
        }
    }
}

/// Look-ups that someone should ask about. It is no judgement: there may be a good reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Oddity {
    /// Something of the account's own was asked for.
    #[serde(rename_all = "camelCase")]
    Own {
        /// When.
        time: Timestamp,
        /// Position in the log.
        n: u64,
        /// Who.
        principal: String,
        /// Purpose that was named.
        purpose: Option<String>,
        /// What.
        node: String,
    },
    /// Many nodes were asked for, one by one, in a short time.
    #[serde(rename_all = "camelCase")]
    Many {
        /// When it became too many.
        time: Timestamp,
        /// Position in the log then.
        n: u64,
        /// Who.
        principal: String,
        /// How many nodes.
        nodes: usize,
        /// Within so many minutes.
        minutes: i64,
    },
}

/// Finds odd look-ups, oldest first, and checks the log on the way. With an `organisation`: by its accounts alone.
///
/// # Errors
/// As [`verify`](super::verify).
pub fn odd(
    directory: &Path,
    own: &Own,
    limits: OddityLimits,
    organisation: Option<&str>,
) -> Result<Vec<Oddity>, AuditError> {
    let window = SignedDuration::from_mins(limits.minutes);
    let mut lately: HashMap<String, VecDeque<(Timestamp, String)>> = HashMap::new();
    let mut found = Vec::new();
    reads(directory, &mut |read| {
        let Some(node) = read.asked().map(str::to_owned) else {
            return;
        };
        if organisation.is_some_and(|organisation| !read.is_of(organisation)) {
            return;
        }
        let principal = read.decision.principal.clone();
        if own.get(&principal).is_some_and(|own| own.contains(&node)) {
            found.push(Oddity::Own {
                time: read.time,
                n: read.n,
                principal: principal.clone(),
                purpose: read.decision.purpose.clone(),
                node: node.clone(),
            });
        }
        if read.decision.outcome == Outcome::Denied {
            return;
        }
        let queue = lately.entry(principal.clone()).or_default();
        queue.push_back((read.time, node));
        while queue
            .front()
            .is_some_and(|(time, _)| read.time.duration_since(*time) > window)
        {
            queue.pop_front();
        }
        let different: BTreeSet<&String> = queue.iter().map(|(_, node)| node).collect();
        if different.len() > limits.nodes {
            found.push(Oddity::Many {
                time: read.time,
                n: read.n,
                principal,
                nodes: different.len(),
                minutes: limits.minutes,
            });
            // Told once; the next is told when it has become too many again.
            queue.clear();
        }
    })?;
    Ok(found)
}
