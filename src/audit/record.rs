//! What is recorded of a read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::TraceParent;

/// Nodes that one line of the log names at most.
const NODES_PER_LINE: usize = 10_000;

/// The nodes that an answer showed, by label.
pub type Shown = BTreeMap<String, BTreeSet<String>>;

/// How a read ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// An answer was given.
    Answered,
    /// The caller was let in, and the question could not be answered: nothing there for this caller, past a limit, wrong.
    NotAnswered,
    /// The caller may not read for this purpose.
    Denied,
    /// It was recorded as done, as it must be before it is done, and then could not be stored: it was not done.
    NotDone,
}

/// Who was let in, or not, for what, under which rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The account.
    pub principal: String,
    /// Its organisation and department.
    pub department: String,
    /// The purpose that was named; none if it is not in the register, since free text may hold anything.
    pub purpose: Option<String>,
    /// Which read.
    pub action: String,
    /// The case it was done under, where one was named that can be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// What was done, in the program's own words: for what changes something or is told of others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The day looked at.
    pub as_of: String,
    /// The day whose knowledge was asked for, where it was not today's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<String>,
    /// The policy in force, by its digest.
    pub policy: String,
    /// Revision of the store that was read. Stays here: in an answer it would tell of hidden data.
    pub revision: u64,
    /// How the read ended.
    pub outcome: Outcome,
    /// The trace that the caller's own program named (W3C Trace Context), for who joins the logs of several programs. It
    /// joins nothing here: a caller could name another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<TraceParent>,
    /// The request itself, so that the decision can be repeated. National numbers stand in it as keyed digests. None in
    /// records of versions that did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<serde_json::Value>,
}

/// A read: its decision, and what it showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRecord {
    /// Who was let in.
    pub decision: Decision,
    /// What was shown.
    pub shown: Shown,
}

/// Someone came in, did not, or left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginRecord {
    /// What happened.
    pub event: LoginEvent,
    /// By which way.
    pub way: LoginWay,
    /// The account; none if there is none of the name that was given: people type passwords where names belong.
    pub principal: Option<String>,
    /// The address it came from, as far as that is known.
    pub peer: Option<std::net::IpAddr>,
}

/// What happened at a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginEvent {
    /// Someone came in.
    LoggedIn,
    /// What was shown did not open.
    Failed,
    /// As failed, and for some time further attempts are refused unseen.
    FailedAndLocked,
    /// A session was ended by its owner.
    LoggedOut,
}

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginWay {
    /// Name and password, for a session.
    Password,
    /// Name and password with each request.
    Basic,
    /// A provider of identities, by OpenID Connect.
    Oidc,
    /// A token with each request.
    Bearer,
}

/// A line of the log, without its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Position in the log, from 1 on.
    pub n: u64,
    /// When.
    pub time: jiff::Timestamp,
    /// Joins the lines of one read: 32 hexadecimal digits, as a W3C trace.
    pub trace: String,
    /// What it tells.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What a line tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry {
    /// Who was let in.
    Decision(Box<Decision>),
    /// What was processed, for which activity. No employee stands here.
    Processing {
        /// The processing activity: the purpose.
        activity: String,
        /// The nodes that were shown.
        shown: Shown,
    },
    /// Who came in, did not, or left.
    Login(LoginRecord),
    /// Who looked into the log itself, for what.
    Review(ReviewRecord),
}

/// A look into the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewRecord {
    /// The account.
    pub principal: String,
    /// What was asked.
    pub question: serde_json::Value,
    /// Whether it was answered.
    pub outcome: Outcome,
}

/// An entry as the JSON text that ends its line: written where it comes up, so that the one writer of the log has less to do.
#[derive(Debug)]
pub(super) struct EntryText(String);

impl EntryText {
    /// The text of an entry.
    ///
    /// # Errors
    /// Those of writing JSON.
    pub(super) fn of(entry: &Entry) -> serde_json::Result<Self> {
        serde_json::to_string(entry).map(Self)
    }

    /// Adds the JSON text of the whole [`Line`] to a text.
    pub(super) fn add_line(&self, to: &mut String, n: u64, time: &str, trace: &str) {
        // An entry is an object with its kind in it, so it is never empty.
        let fields = self.0.strip_prefix('{').unwrap_or(&self.0);
        let number = n.to_string();
        let parts = [
            r#"{"n":"#,
            &number,
            r#","time":""#,
            time,
            r#"","trace":""#,
            trace,
            "\",",
            fields,
        ];
        parts.iter().for_each(|part| to.push_str(part));
    }

    /// Bytes of its line, about.
    pub(super) fn line_bytes(&self) -> usize {
        self.0.len() + 256
    }
}

impl From<ReviewRecord> for Entry {
    fn from(record: ReviewRecord) -> Self {
        Self::Review(record)
    }
}

impl From<LoginRecord> for Entry {
    fn from(record: LoginRecord) -> Self {
        Self::Login(record)
    }
}

impl ReadRecord {
    /// The lines of this read: the decision, and the processing if anything was shown, in lines that stay short.
    pub(super) fn entries(self) -> Vec<Entry> {
        let Self { decision, shown } = self;
        let activity = decision.purpose.clone();
        let mut entries = vec![Entry::Decision(Box::new(decision))];
        let Some(activity) = activity else {
            return entries;
        };
        let mut line = Shown::new();
        let mut nodes = 0;
        let node_count: usize = shown.values().map(BTreeSet::len).sum();
        if node_count <= NODES_PER_LINE {
            // So nearly always: nothing has to be taken apart.
            if node_count > 0 {
                entries.push(Entry::Processing { activity, shown });
            }
            return entries;
        }
        for (label, ids) in shown {
            for id in ids {
                if nodes == NODES_PER_LINE {
                    nodes = 0;
                    entries.push(Entry::Processing {
                        activity: activity.clone(),
                        shown: std::mem::take(&mut line),
                    });
                }
                nodes += 1;
                line.entry(label.clone()).or_default().insert(id);
            }
        }
        if !line.is_empty() {
            entries.push(Entry::Processing {
                activity,
                shown: line,
            });
        }
        entries
    }
}
