//! Records as OpenTelemetry has them.
//!
//! What was processed becomes spans, by the Dutch standard for processing logs (Logboek Dataverwerkingen, LDV 1.x): one for the
//! action, and below it one for each person whose data were shown. No employee stands in them. Who was let in, logged in or
//! looked into the log becomes log records.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::OtlpSettings;
use crate::audit::record::{Decision, Entry, Line, Outcome};
use crate::audit::trace::{TraceParent, hex};

/// What the standard calls the kind of identifier that persons have in these records: this program's own pseudonyms, which only
/// the holder of the store's secret can tell from another's.
const SUBJECT_TYPE: &str = "urn:verband:node";

/// The read that the lines of processing which follow belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    trace: String,
    action: String,
    caller: Option<TraceParent>,
}

/// Turns lines into spans and log records, in order.
pub struct Encoder<'a> {
    pub settings: &'a OtlpSettings,
    /// The read that was met last.
    pub read: Option<Read>,
    pub spans: Vec<Span>,
    pub logs: Vec<LogRecord>,
}

impl Encoder<'_> {
    pub fn add(&mut self, line: &Line) {
        match &line.entry {
            Entry::Decision(decision) => {
                let read = Read {
                    trace: line.trace.clone(),
                    action: decision.action.clone(),
                    caller: decision.traceparent,
                };
                self.add_action(line, decision, &read);
                self.read = Some(read);
            }
            Entry::Processing { activity, shown } => {
                // A line of processing follows its decision; of another trace it would belong to none that is known.
                let read = self.read.clone().filter(|read| read.trace == line.trace);
                let subjects = self.settings.subjects.iter();
                for subject in subjects.filter_map(|label| shown.get(label)).flatten() {
                    let mut span = self.span(line, read.as_ref(), subject);
                    span.parent_span_id = span_id(&line.trace, "");
                    span.attributes = vec![
                        self.activity(activity),
                        text("dpl.core.data_subject_id", subject),
                        text("dpl.core.data_subject_id_type", SUBJECT_TYPE),
                    ];
                    span.status = Some(status(StatusCode::Ok));
                    self.spans.push(span);
                }
            }
            Entry::Login(_) | Entry::Review(_) => {}
        }
        if self.settings.decisions {
            self.logs.extend(log_record(line));
        }
    }

    /// The span of an action. What was refused processed nothing.
    fn add_action(&mut self, line: &Line, decision: &Decision, read: &Read) {
        let code = match decision.outcome {
            Outcome::Answered => StatusCode::Ok,
            // The standard keeps `Error` for faults of the program.
            Outcome::NotAnswered => StatusCode::Unset,
            Outcome::Denied | Outcome::NotDone => return,
        };
        let Some(purpose) = &decision.purpose else {
            return;
        };
        let mut span = self.span(line, Some(read), "");
        if let Some(caller) = read.caller {
            span.parent_span_id = caller.span.to_vec();
        }
        span.attributes = vec![self.activity(purpose)];
        span.status = Some(status(code));
        self.spans.push(span);
    }

    fn span(&self, line: &Line, read: Option<&Read>, part: &str) -> Span {
        let trace = match read.and_then(|read| read.caller) {
            Some(caller) => caller.trace,
            None => hex(&line.trace).unwrap_or_default(),
        };
        let time = nanoseconds(line);
        Span {
            trace_id: trace.to_vec(),
            span_id: span_id(&line.trace, part),
            name: read.map_or_else(|| "processing".to_owned(), |read| read.action.clone()),
            kind: span::SpanKind::Internal.into(),
            start_time_unix_nano: time,
            end_time_unix_nano: time,
            ..Span::default()
        }
    }

    fn activity(&self, purpose: &str) -> KeyValue {
        let activity = self.settings.activities.replace("{purpose}", purpose);
        text("dpl.core.processing_activity_id", &activity)
    }
}

fn log_record(line: &Line) -> Option<LogRecord> {
    let (kind, refused) = match &line.entry {
        Entry::Decision(decision) => ("decision", decision.outcome == Outcome::Denied),
        Entry::Login(_) => ("login", false),
        Entry::Review(review) => ("review", review.outcome == Outcome::Denied),
        Entry::Processing { .. } => return None,
    };
    let (number, name) = match refused {
        false => (SeverityNumber::Info, "INFO"),
        true => (SeverityNumber::Warn, "WARN"),
    };
    let body = serde_json::to_string(&line.entry).ok()?;
    let time = nanoseconds(line);
    Some(LogRecord {
        time_unix_nano: time,
        observed_time_unix_nano: time,
        severity_number: number.into(),
        severity_text: name.to_owned(),
        body: Some(any(body)),
        attributes: vec![
            text("verband.record", &line.n.to_string()),
            text("verband.kind", kind),
        ],
        trace_id: hex::<16>(&line.trace).unwrap_or_default().to_vec(),
        ..LogRecord::default()
    })
}

/// The same for the same part of the same read, so that what is sent twice is known as sent twice.
fn span_id(trace: &str, part: &str) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(trace.as_bytes());
    hasher.update(b" ");
    hasher.update(part.as_bytes());
    hasher.finalize().iter().take(8).copied().collect()
}

fn nanoseconds(line: &Line) -> u64 {
    u64::try_from(line.time.as_nanosecond()).unwrap_or_default()
}

fn status(code: StatusCode) -> Status {
    Status {
        code: code.into(),
        message: String::new(),
    }
}

fn any(value: String) -> AnyValue {
    AnyValue {
        value: Some(Any::StringValue(value)),
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(any(value.to_owned())),
        ..KeyValue::default()
    }
}

fn resource(name: &str) -> Resource {
    Resource {
        attributes: vec![
            text("service.name", "verband"),
            text("service.version", env!("CARGO_PKG_VERSION")),
            text("service.instance.id", name),
        ],
        ..Resource::default()
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "verband.audit".to_owned(),
        ..InstrumentationScope::default()
    }
}

/// Spans of the program of this name.
pub fn resource_spans(name: &str, spans: Vec<Span>) -> ResourceSpans {
    ResourceSpans {
        resource: Some(resource(name)),
        scope_spans: vec![ScopeSpans {
            scope: Some(scope()),
            spans,
            ..ScopeSpans::default()
        }],
        ..ResourceSpans::default()
    }
}

/// Log records of the program of this name.
pub fn resource_logs(name: &str, log_records: Vec<LogRecord>) -> ResourceLogs {
    ResourceLogs {
        resource: Some(resource(name)),
        scope_logs: vec![ScopeLogs {
            scope: Some(scope()),
            log_records,
            ..ScopeLogs::default()
        }],
        ..ResourceLogs::default()
    }
}
