//! Takes records from the formats, runs the rules on them, and keeps the report.

use std::collections::BTreeSet;

use csv::StringRecord;

use crate::model::check::masked;

use super::apply::{Applier, Outcome};
use super::error::{IngestError, Place, hint};
use super::input::Count;
use super::mapping::Mapping;
use super::record::{FieldId, Record};
use super::report::{FileReport, LISTED_MAX, NotRead, Refusal, Report, SetAside};
use super::{Progress, Said, Saying, SinkError};

/// Records between two calls of the progress function.
const PROGRESS_RECORDS: u64 = 1000;

/// Files that are listed as not read. More are counted under one last entry.
const NOT_READ_MAX: usize = 10_000;

/// What formats give their records to.
pub(crate) struct Intake<'a> {
    mapping: &'a Mapping,
    applier: Applier<'a>,
    report: Report,
    refusals_max: u64,
    refused: u64,
    read: u64,
    node_counts: Vec<u64>,
    edge_counts: Vec<u64>,
    alias_counts: Vec<u64>,
    skipped_counts: Vec<u64>,
    progress: &'a mut dyn FnMut(Progress),
    sink: &'a mut dyn FnMut(Saying) -> Result<(), SinkError>,
    bytes_read: Count,
    bytes_total: u64,
    /// Looks at records in place of the rules, for drafts.
    watcher: Option<Watcher<'a>>,
    header: Vec<String>,
}

/// Takes a record with the columns of its file; says whether to go on.
pub(crate) type Watcher<'a> = &'a mut dyn FnMut(&Record<'_>, &[String]) -> bool;

impl<'a> Intake<'a> {
    pub(crate) fn new(
        mapping: &'a Mapping,
        report: Report,
        refusals_max: u64,
        progress: &'a mut dyn FnMut(Progress),
        sink: &'a mut dyn FnMut(Saying) -> Result<(), SinkError>,
        bytes_total: u64,
    ) -> Self {
        Self {
            mapping,
            applier: Applier::new(mapping),
            report,
            refusals_max,
            refused: 0,
            read: 0,
            node_counts: vec![0; mapping.node_labels.len()],
            edge_counts: vec![0; mapping.edge_labels.len()],
            alias_counts: vec![0; mapping.node_labels.len()],
            skipped_counts: vec![0; mapping.node_rule_names.len()],
            progress,
            sink,
            bytes_read: Count::default(),
            bytes_total,
            watcher: None,
            header: Vec::new(),
        }
    }

    /// From here on gives records to a watcher, and to no rules.
    pub(crate) fn watch(&mut self, watcher: Watcher<'a>) {
        self.watcher = Some(watcher);
    }

    /// How the last file was read, where that was found out.
    pub(crate) fn how_read(&self) -> Option<String> {
        self.report.files.last()?.read_as.clone()
    }

    /// The count that readers of files add their bytes to.
    pub(crate) fn bytes_read(&self) -> Count {
        self.bytes_read.clone()
    }

    /// Begins a file, or a member of an archive. Records that follow are its records.
    pub(crate) fn begin_file(&mut self, name: &str) -> Result<(), IngestError> {
        let position = self.report.files.len();
        self.applier.file = u16::try_from(position).map_err(|_| IngestError::Limit {
            place: Place::file(name),
            what: "the number of files of one delivery",
            limit: u64::from(u16::MAX) + 1,
        })?;
        self.report.files.push(FileReport {
            name: name.to_owned(),
            ..FileReport::default()
        });
        self.applier.columns.clear();
        self.applier.running = (0..self.mapping.rule_sets.len())
            .filter(|&position| {
                let rule_set = self.mapping.rule_sets.get(position);
                rule_set.is_some_and(|rule_set| rule_set.runs_on_file(name))
            })
            .collect();
        Ok(())
    }

    /// Notes how the file at hand is written, where that was found out.
    pub(crate) fn read_as(&mut self, how: String) {
        if let Some(file) = self.report.files.last_mut() {
            file.read_as = Some(how);
        }
    }

    /// Fields that rules name for records of these kinds in the file at hand.
    fn named_fields(&self, kinds: Option<&[&str]>) -> BTreeSet<FieldId> {
        let running = self.applier.running.iter();
        running
            .filter_map(|&position| self.mapping.rule_sets.get(position))
            .filter(|rule_set| kinds.is_none_or(|kinds| rule_set.runs_on_kinds(kinds)))
            .flat_map(|rule_set| rule_set.fields.iter().copied())
            .collect()
    }

    /// Whether any rule set runs on records of this kind.
    pub(crate) fn reads_kind(&self, kind: &str) -> bool {
        let mut rule_sets = self.mapping.rule_sets.iter();
        self.watcher.is_some() || rule_sets.any(|rule_set| rule_set.runs_on_kinds(&[kind]))
    }

    /// Checks that records of these kinds have what rules name of them, for formats that tell their fields beforehand.
    ///
    /// # Errors
    /// [`IngestError::Column`] for a field that rules name and the file does not have.
    pub(crate) fn known_fields(&self, kinds: &[&str], known: &[String]) -> Result<(), IngestError> {
        for id in self.named_fields(Some(kinds)) {
            let Some(name) = self.mapping.fields.name_in_record(id) else {
                continue;
            };
            if !known.iter().any(|one| one == name) {
                return Err(IngestError::Column {
                    place: Place::line(&self.file_name(), 1),
                    name: name.to_owned(),
                    hint: hint(name, known.iter().map(String::as_str)),
                });
            }
        }
        Ok(())
    }

    /// Tells the columns of the file at hand.
    ///
    /// # Errors
    /// [`IngestError::Column`] for a column that rules name and the file does not have, or has twice.
    pub(crate) fn header(&mut self, header: &StringRecord) -> Result<(), IngestError> {
        self.columns(header.iter().map(str::trim).collect(), None)
    }

    /// Tells the columns of a part of the file at hand that has records of one kind, such as a sheet.
    ///
    /// # Errors
    /// As [`Self::header`].
    pub(crate) fn header_of(&mut self, kind: &str, columns: &[String]) -> Result<(), IngestError> {
        self.columns(columns.iter().map(String::as_str).collect(), Some(&[kind]))
    }

    fn columns(&mut self, columns: Vec<&str>, kinds: Option<&[&str]>) -> Result<(), IngestError> {
        if self.watcher.is_some() {
            self.header = columns.iter().map(|&column| column.to_owned()).collect();
        }
        let mut positions = vec![None; self.mapping.fields.len()];
        for id in self.named_fields(kinds) {
            let name = self.mapping.fields.name(id);
            let mut places = columns
                .iter()
                .enumerate()
                .filter(|(_, column)| **column == name);
            let (first, second) = (places.next(), places.next());
            let fault = |hint: String| IngestError::Column {
                place: Place::line(&self.file_name(), 1),
                name: name.to_owned(),
                hint,
            };
            match (first, second) {
                (Some((place, _)), None) => {
                    if let Some(position) = positions.get_mut(id.index()) {
                        *position = Some(place);
                    }
                }
                (Some(_), Some(_)) => return Err(fault(": it has two of them".to_owned())),
                (None, _) => return Err(fault(hint(name, columns.iter().copied()))),
            }
        }
        self.applier.columns = positions;
        Ok(())
    }

    /// Takes a record: its sayings go to the sink, or it is refused or set aside.
    ///
    /// # Errors
    /// [`IngestError::Sink`].
    pub(crate) fn record(&mut self, record: &Record<'_>) -> Result<(), IngestError> {
        self.count_read();
        if let Some(watcher) = &mut self.watcher {
            return match watcher(record, &self.header) {
                true => Ok(()),
                false => Err(IngestError::Enough),
            };
        }
        match self.applier.apply(record) {
            Outcome::Said => self.say(),
            Outcome::SetAside(reason) => {
                self.note_set_aside(record.line, reason);
                Ok(())
            }
            Outcome::Refused => {
                let refusal = self.refusal(record.line);
                self.refuse(refusal);
                Ok(())
            }
        }
    }

    /// Takes a record that its format could not read.
    ///
    /// * `value`: what it was, shown masked.
    pub(crate) fn unreadable(&mut self, line: u32, value: &str, reason: String) {
        self.count_read();
        let value = match value {
            "" => String::new(),
            value => masked(value),
        };
        let file = self.file_name();
        self.refuse(Refusal {
            file,
            line,
            column: None,
            value,
            reason,
        });
    }

    /// Takes a record that its format does not load.
    pub(crate) fn set_aside(&mut self, line: u32, reason: &str) {
        self.count_read();
        self.note_set_aside(line, reason.to_owned());
    }

    /// Notes a file, or a member of an archive, that is not read.
    pub(crate) fn not_read(&mut self, name: &str, reason: &str, record_count: Option<u64>) {
        if self.report.not_read.len() < NOT_READ_MAX {
            self.report.not_read.push(NotRead {
                file: name.to_owned(),
                reason: reason.to_owned(),
                record_count,
            });
        } else if let Some(last) = self.report.not_read.last_mut() {
            last.file = format!("(more than {NOT_READ_MAX} files)");
            last.reason = "not listed one by one".to_owned();
        }
    }

    /// Ends the delivery.
    ///
    /// # Errors
    /// [`IngestError::TooManyRefusals`] with the report.
    pub(crate) fn finish(mut self) -> Result<Report, IngestError> {
        self.tell_progress();
        let mapping = self.mapping;
        let mut report = self.report;
        report.nodes = Mapping::named_counts(&mapping.node_labels, &self.node_counts);
        report.edges = Mapping::named_counts(&mapping.edge_labels, &self.edge_counts);
        report.aliases = Mapping::named_counts(&mapping.node_labels, &self.alias_counts);
        report.skipped_mentions =
            Mapping::named_counts(&mapping.node_rule_names, &self.skipped_counts);
        if self.refused > self.refusals_max {
            return Err(IngestError::TooManyRefusals {
                refused: self.refused,
                max: self.refusals_max,
                report: Box::new(report),
            });
        }
        Ok(report)
    }

    fn say(&mut self) -> Result<(), IngestError> {
        if self.refused > self.refusals_max {
            // The delivery is refused by now. Reading goes on, so that the report is whole.
            return Ok(());
        }
        for &number in &self.applier.skipped {
            add_one(&mut self.skipped_counts, number);
        }
        for saying in self.applier.sayings.drain(..) {
            match &saying.said {
                Said::Node { label, .. } => add_one(&mut self.node_counts, label.index()),
                Said::Edge { label, .. } => add_one(&mut self.edge_counts, label.index()),
                Said::Alias { label, .. } => add_one(&mut self.alias_counts, label.index()),
                Said::Nothing => {}
            }
            (self.sink)(saying).map_err(IngestError::Sink)?;
        }
        Ok(())
    }

    /// One refusal of all that is wrong with the record at hand: the first problem whole, the others as text.
    fn refusal(&mut self, line: u32) -> Refusal {
        let file = self.file_name();
        let mut problems = self.applier.problems.drain(..);
        let first = problems.next();
        let mut refusal = Refusal {
            file,
            line,
            column: None,
            value: String::new(),
            reason: String::new(),
        };
        if let Some(problem) = first {
            refusal.column = problem.field;
            refusal.value = problem.value;
            refusal.reason = problem.reason;
        }
        let mut further = 0;
        for problem in problems {
            further += 1;
            if further <= REASONS_MAX {
                let field = problem.field.unwrap_or_default();
                refusal
                    .reason
                    .push_str(&format!("; `{field}`: {}", problem.reason));
            }
        }
        if further > REASONS_MAX {
            let more = further - REASONS_MAX;
            refusal.reason.push_str(&format!("; and {more} more"));
        }
        refusal
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.refused += 1;
        if let Some(file) = self.report.files.last_mut() {
            file.records_refused += 1;
        }
        if self.report.refusals.len() < LISTED_MAX {
            self.report.refusals.push(refusal);
        }
    }

    fn note_set_aside(&mut self, line: u32, reason: String) {
        if let Some(file) = self.report.files.last_mut() {
            file.records_set_aside += 1;
        }
        *self
            .report
            .set_aside_counts
            .entry(reason.clone())
            .or_default() += 1;
        if self.report.set_aside.len() < LISTED_MAX {
            let file = self.file_name();
            self.report.set_aside.push(SetAside { file, line, reason });
        }
    }

    fn count_read(&mut self) {
        self.read += 1;
        if let Some(file) = self.report.files.last_mut() {
            file.records_read += 1;
        }
        if self.read.is_multiple_of(PROGRESS_RECORDS) {
            self.tell_progress();
        }
    }

    fn tell_progress(&mut self) {
        (self.progress)(Progress {
            bytes_read: self.bytes_read.get().min(self.bytes_total),
            bytes_total: self.bytes_total,
            records_read: self.read,
            records_refused: self.refused,
        });
    }

    fn file_name(&self) -> String {
        self.report
            .files
            .last()
            .map(|file| file.name.clone())
            .unwrap_or_default()
    }
}

/// Further problems of one record that its refusal spells out.
const REASONS_MAX: usize = 10;

fn add_one(counts: &mut [u64], position: usize) {
    if let Some(count) = counts.get_mut(position) {
        *count += 1;
    }
}
