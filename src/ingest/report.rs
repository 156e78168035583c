//! What came of a delivery: what was read, what was refused and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::model::DeliveryKind;

/// Entries of each list that a report keeps. All are counted.
pub const LISTED_MAX: usize = 1000;

/// A record that was not loaded because something in it is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Name of the file.
    pub file: String,
    /// Line on which the record begins, from 1.
    pub line: u32,
    /// The field, as the source file names it.
    pub column: Option<String>,
    /// The offending value, masked; empty if there is none to show.
    pub value: String,
    /// What is wrong.
    pub reason: String,
}

/// A record that was not loaded because it is not meant to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// Name of the file.
    pub file: String,
    /// Line on which the record begins, from 1.
    pub line: u32,
    /// Why.
    pub reason: String,
}

/// A file, or a member of an archive, that was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotRead {
    /// Name of the file.
    pub file: String,
    /// Why.
    pub reason: String,
    /// How many records are in it, where they were counted.
    pub record_count: Option<u64>,
}

/// A record of which an edge waits: no source has told of one of its ends yet. It is loaded, and takes its place when the
/// node comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingRecord {
    /// Name of the file.
    pub file: String,
    /// Line on which the record begins, from 1.
    pub line: u32,
    /// Label of the edge.
    pub label: String,
    /// What is missing.
    pub misses: String,
}

/// What came of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// Name of the file; members of archives as `outer.zip!inner.xml`.
    pub name: String,
    /// How it is written, where that was found out: encoding, separator, quoting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_as: Option<String>,
    /// Records in it.
    pub records_read: u64,
    /// Those that were refused.
    pub records_refused: u64,
    /// Those that were set aside.
    pub records_set_aside: u64,
}

/// What came of a delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Name of the source.
    pub source: String,
    /// What people call the source.
    pub title: String,
    /// Name of the delivery.
    pub delivery: String,
    /// Each file that was read; positions are those of [`super::Saying::file`].
    pub files: Vec<FileReport>,
    /// Node statements by label.
    pub nodes: BTreeMap<String, u64>,
    /// Edge statements by label.
    pub edges: BTreeMap<String, u64>,
    /// Aliases by label.
    pub aliases: BTreeMap<String, u64>,
    /// Nodes that had no key where the rule needs none, by rule.
    pub skipped_mentions: BTreeMap<String, u64>,
    /// Records set aside, by reason.
    pub set_aside_counts: BTreeMap<String, u64>,
    /// The first [`LISTED_MAX`] refusals.
    pub refusals: Vec<Refusal>,
    /// The first [`LISTED_MAX`] records set aside.
    pub set_aside: Vec<SetAside>,
    /// Files that were not read.
    pub not_read: Vec<NotRead>,
    /// Statements that were not in the store before; 0 until the store took them.
    pub statements_added: u64,
    /// Statements that stood in the store already, word for word.
    pub statements_unchanged: u64,
    /// What it says of what its source said before.
    pub kind: DeliveryKind,
    /// Whether it was to say all, and took the place of nothing as some of its records were refused.
    pub superseded_nothing: bool,
    /// Statements that do not stand any more since it.
    pub statements_superseded: u64,
    /// Statements that had fallen and stand again since it.
    pub statements_restored: u64,
    /// Edge statements of this delivery that wait for a node, by label.
    pub waiting_counts: BTreeMap<String, u64>,
    /// The first of them.
    pub waiting: Vec<WaitingRecord>,
}

impl Report {
    /// Records in all files: refused ones and those set aside included.
    pub fn records_read(&self) -> u64 {
        self.files.iter().map(|file| file.records_read).sum()
    }

    /// Records that were refused.
    pub fn records_refused(&self) -> u64 {
        self.files.iter().map(|file| file.records_refused).sum()
    }

    /// Records that were set aside.
    pub fn records_set_aside(&self) -> u64 {
        self.files.iter().map(|file| file.records_set_aside).sum()
    }

    /// Records whose statements went to the sink.
    pub fn records_loaded(&self) -> u64 {
        self.records_read() - self.records_refused() - self.records_set_aside()
    }

    /// The report for people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail, so the results below are not looked at.
        let _ = writeln!(
            text,
            "{} ({}), delivery {}",
            self.title, self.source, self.delivery
        );
        let _ = writeln!(
            text,
            "{} records read: {} loaded, {} refused, {} set aside",
            self.records_read(),
            self.records_loaded(),
            self.records_refused(),
            self.records_set_aside()
        );
        if self.superseded_nothing {
            text.push_str(
                "It was to say all that its source says. As records were refused, it took the place of nothing: what they \
                 say is not known. Correct them and load it again.\n",
            );
        }
        for file in &self.files {
            let _ = writeln!(
                text,
                "  {}: {} read, {} refused, {} set aside{}",
                file.name,
                file.records_read,
                file.records_refused,
                file.records_set_aside,
                match &file.read_as {
                    Some(how) => format!(" (read as {how})"),
                    None => String::new(),
                }
            );
        }
        for (title, counts) in [
            ("Node statements", &self.nodes),
            ("Edge statements", &self.edges),
            ("Aliases", &self.aliases),
            ("No key and none needed", &self.skipped_mentions),
            ("Set aside", &self.set_aside_counts),
            ("Edges that wait for a node", &self.waiting_counts),
        ] {
            if !counts.is_empty() {
                let _ = writeln!(text, "{title}:");
            }
            for (name, count) in counts {
                let _ = writeln!(text, "  {name}: {count}");
            }
        }
        if !self.not_read.is_empty() {
            text.push_str("Files not read:\n");
        }
        for file in &self.not_read {
            let counted = file
                .record_count
                .map(|count| format!(" ({count} records)"))
                .unwrap_or_default();
            let _ = writeln!(text, "  {}: {}{counted}", file.file, file.reason);
        }
        if !self.refusals.is_empty() {
            text.push_str("Refused:\n");
        }
        for refusal in &self.refusals {
            let _ = writeln!(text, "  {}", refusal.to_text());
        }
        if !self.waiting.is_empty() {
            text.push_str("Waiting:\n");
        }
        for record in self.waiting.iter().take(WAITING_SHOWN) {
            let _ = writeln!(text, "  {}", record.to_text());
        }
        if self.waiting.len() > WAITING_SHOWN {
            text.push_str("  and more: the report as CSV or JSON lists them\n");
        }
        self.tell_cap(&mut text);
        text
    }

    fn tell_cap(&self, text: &mut String) {
        for (what, counted, listed) in [
            ("refusals", self.records_refused(), self.refusals.len()),
            (
                "records set aside",
                self.records_set_aside(),
                self.set_aside.len(),
            ),
            (
                "waiting edges",
                self.waiting_counts.values().sum(),
                self.waiting.len(),
            ),
        ] {
            if counted > listed as u64 {
                let _ = writeln!(
                    text,
                    "Only the first {listed} of {counted} {what} are listed."
                );
            }
        }
    }

    /// The report as JSON, with the sums and whether its lists are complete.
    ///
    /// # Errors
    /// None that a report can cause; the writer's own.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        #[derive(Serialize)]
        struct Whole<'a> {
            records_read: u64,
            records_loaded: u64,
            records_refused: u64,
            records_set_aside: u64,
            listed_max: usize,
            #[serde(flatten)]
            report: &'a Report,
        }
        serde_json::to_string_pretty(&Whole {
            records_read: self.records_read(),
            records_loaded: self.records_loaded(),
            records_refused: self.records_refused(),
            records_set_aside: self.records_set_aside(),
            listed_max: LISTED_MAX,
            report: self,
        })
    }

    /// What was refused, set aside, waits or was not read, as CSV: outcome, file, line, column, value, reason.
    ///
    /// # Errors
    /// None that a report can cause; the writer's own.
    pub fn to_csv(&self) -> Result<String, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["outcome", "file", "line", "column", "value", "reason"])?;
        for refusal in &self.refusals {
            writer.write_record([
                "refused",
                &refusal.file,
                &refusal.line.to_string(),
                refusal.column.as_deref().unwrap_or_default(),
                &inert(&refusal.value),
                &refusal.reason,
            ])?;
        }
        for aside in &self.set_aside {
            let line = aside.line.to_string();
            writer.write_record(["set aside", &aside.file, &line, "", "", &aside.reason])?;
        }
        for record in &self.waiting {
            let line = record.line.to_string();
            let reason = format!("{} waits for {}", record.label, record.misses);
            writer.write_record(["waiting", &record.file, &line, "", "", &reason])?;
        }
        for file in &self.not_read {
            writer.write_record(["not read", &file.file, "", "", "", &file.reason])?;
        }
        let waiting: u64 = self.waiting_counts.values().sum();
        let listed = self.refusals.len() + self.set_aside.len() + self.waiting.len();
        let unlisted = (self.records_refused() + self.records_set_aside() + waiting)
            .saturating_sub(listed as u64);
        if unlisted > 0 {
            let reason = format!("{unlisted} more, past the limit of {LISTED_MAX} of each");
            writer.write_record(["not listed", "", "", "", "", &reason])?;
        }
        let bytes = writer
            .into_inner()
            .map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A masked value keeps its first character, and a spreadsheet would run what begins with one of these.
fn inert(value: &str) -> String {
    if value.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{value}");
    }
    value.to_owned()
}

/// Waiting records that the text lists: on the screen they would push the refusals away.
const WAITING_SHOWN: usize = 10;

impl WaitingRecord {
    fn to_text(&self) -> String {
        format!(
            "{}, line {}: {} waits for {}",
            self.file, self.line, self.label, self.misses
        )
    }
}

impl Refusal {
    fn to_text(&self) -> String {
        let mut text = format!("{}, line {}", self.file, self.line);
        if let Some(column) = &self.column {
            let _ = write!(text, ", `{column}`");
        }
        if !self.value.is_empty() {
            let _ = write!(text, " {}", self.value);
        }
        let _ = write!(text, ": {}", self.reason);
        text
    }
}
