//! Hands the log on to a collector, by the OpenTelemetry protocol (OTLP over HTTP, protobuf).
//!
//! # Invariants
//! * **whole**: every record is sent, none is sampled or left out. What the collector has acknowledged is noted beside the log,
//!   so that a stop, of either side, loses nothing; what was under way then may arrive twice, under the same span identifiers.
//! * **after the log, never in its place**: only what is durable here is sent, and no answer waits for the collector.
//! * **not in the open**: beyond this machine only by TLS.

mod encode;
mod tail;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use serde::{Deserialize, Serialize};

use self::encode::{Encoder, Read, resource_logs, resource_spans};
use self::tail::Position;
use super::log::{Durable, replace};
use super::{AuditError, chain::unreadable};
use crate::trust::{TrustError, is_safe_url, trust};

/// File of how far the log was handed on, in its directory.
const POSITION_FILE: &str = "otlp-position";
/// Lines that are read at once: bounds what is sent again after a failure.
const LINES_MAX: usize = 64;
/// Spans or log records in one request: collectors take some megabytes.
const ITEMS_MAX: usize = 2_000;
/// How long one request may take.
const SEND_TIME_MAX: Duration = Duration::from_secs(10);
/// Longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// Time between two looks whether there is something new, or whether to stop.
const STEP: Duration = Duration::from_millis(200);
/// Longest pause after failures.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Where the log is handed on to: `[audit_export]` in the settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtlpSettings {
    /// Address of the collector, such as `https://collector.example:4318`; `/v1/traces` and `/v1/logs` are put behind it.
    pub endpoint: String,
    /// Whether who was let in, logged in or looked into the log is sent too. These records name employees.
    #[serde(default)]
    pub decisions: bool,
    /// URI of a processing activity in the organisation's register, with `{purpose}` for the purpose's identifier.
    #[serde(default = "default_activities")]
    pub activities: String,
    /// Labels of nodes that are persons the data are about.
    #[serde(default = "default_subjects")]
    pub subjects: Vec<String>,
    /// A file of headers, `name: value` on each line, such as a token of the collector.
    #[serde(default)]
    pub headers: Option<PathBuf>,
    /// Certificates (PEM) that the collector's must descend from; default those of the web.
    #[serde(default)]
    pub certificates: Option<PathBuf>,
}

fn default_activities() -> String {
    "urn:verwerkingsactiviteit:{purpose}".to_owned()
}

fn default_subjects() -> Vec<String> {
    vec!["Person".to_owned()]
}

/// Why the log is not handed on.
#[derive(Debug, thiserror::Error)]
pub enum OtlpError {
    /// The address is none that records may be sent to.
    #[error(
        "`endpoint` of `[audit_export]` is `{0}`: it must be an address with https://, or with http:// on this machine itself"
    )]
    Endpoint(String),
    /// The address of activities has no place for the purpose.
    #[error("`activities` of `[audit_export]` is `{0}`: it must hold `{{purpose}}`")]
    Activities(String),
    /// A file cannot be read.
    #[error("`{file}` cannot be read: {source}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is no header.
    #[error("{file}, line {line}: a header is `name: value`")]
    Header {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// The certificates cannot be used.
    #[error("{file}: {source}")]
    Certificates {
        /// The file.
        file: PathBuf,
        /// Why.
        source: TrustError,
    },
    /// The thread could not be started.
    #[error("handing on the log could not be started: {0}")]
    Thread(std::io::Error),
    /// The log or the note of what was handed on cannot be used.
    #[error(transparent)]
    Log(#[from] AuditError),
}

/// Why a round of sending did not come to its end.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Log(#[from] AuditError),
    #[error("the collector cannot be reached: {0}")]
    Unreachable(#[from] Box<ureq::Error>),
    #[error("the collector answered {0}")]
    Status(u16),
    #[error("the collector's answer cannot be read: {0}")]
    Answer(#[from] prost::DecodeError),
    #[error("how far the log was handed on could not be noted: {0}")]
    Note(std::io::Error),
}

/// What is noted beside the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Noted {
    position: Position,
    /// The read that was met last: what follows may belong to it.
    read: Option<Read>,
}

/// A log that is being handed on, until this is dropped.
#[derive(Debug)]
pub struct OtlpExport {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl OtlpExport {
    /// Begins to hand on the log in a directory, from where it ended last or from the log's beginning. `name` is that of the log.
    ///
    /// # Errors
    /// [`OtlpError`] for settings that cannot be. That the collector cannot be reached is no error: it is tried again.
    pub fn start(
        settings: OtlpSettings,
        name: &str,
        directory: &Path,
        durable: Durable,
    ) -> Result<Self, OtlpError> {
        let sender = Sender::new(settings, name, directory, durable)?;
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new()
            .name("otlp".to_owned())
            .spawn({
                let stop = Arc::clone(&stop);
                move || sender.run(&stop)
            })
            .map_err(OtlpError::Thread)?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for OtlpExport {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

struct Sender {
    settings: OtlpSettings,
    name: String,
    directory: PathBuf,
    durable: Durable,
    agent: ureq::Agent,
    headers: Vec<(String, String)>,
    noted: Noted,
}

impl Sender {
    fn new(
        settings: OtlpSettings,
        name: &str,
        directory: &Path,
        durable: Durable,
    ) -> Result<Self, OtlpError> {
        if !is_safe_url(&settings.endpoint) {
            return Err(OtlpError::Endpoint(settings.endpoint));
        }
        if !settings.activities.contains("{purpose}") {
            return Err(OtlpError::Activities(settings.activities));
        }
        let headers = match &settings.headers {
            Some(file) => read_headers(file)?,
            None => Vec::new(),
        };
        let roots = settings.certificates.as_deref();
        let tls = match roots {
            Some(file) => {
                let roots = read_file(file)?;
                trust(Some(&roots)).map_err(|source| OtlpError::Certificates {
                    file: file.to_owned(),
                    source,
                })?
            }
            None => ureq::tls::TlsConfig::default(),
        };
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(SEND_TIME_MAX))
            .max_redirects(0)
            .http_status_as_error(false)
            .build()
            .into();
        Ok(Self {
            noted: read_noted(directory)?,
            settings,
            name: name.to_owned(),
            directory: directory.to_owned(),
            durable,
            agent,
            headers,
        })
    }

    fn run(mut self, stop: &AtomicBool) {
        let mut pause = STEP;
        loop {
            // Looked at before sending: what was recorded until the stop is still tried once.
            let stops = stop.load(Ordering::Acquire);
            let sent = self.send_new(stop);
            let behind = self.durable.records().saturating_sub(self.noted.position.n);
            #[allow(
                clippy::cast_precision_loss,
                reason = "a measure of some millions at most"
            )]
            metrics::gauge!("verband_audit_export_behind").set(behind as f64);
            match sent {
                Ok(()) => pause = STEP,
                Err(error) => {
                    metrics::counter!("verband_audit_export_failures_total").increment(1);
                    tracing::error!(%error, behind, "the log is not handed on; it is tried again");
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
            if stops {
                return;
            }
            let mut waited = Duration::ZERO;
            while waited < pause && !stop.load(Ordering::Acquire) {
                std::thread::sleep(STEP);
                waited += STEP;
            }
        }
    }

    /// Sends what is new, in rounds, and notes each that was acknowledged. When the program stops, no round more.
    fn send_new(&mut self, stop: &AtomicBool) -> Result<(), SendError> {
        loop {
            let until = self.durable.records();
            let from = &self.noted.position;
            let (lines, position) = tail::read(&self.directory, from, until, LINES_MAX)?;
            if lines.is_empty() {
                return Ok(());
            }
            let mut encoder = Encoder {
                settings: &self.settings,
                read: self.noted.read.clone(),
                spans: Vec::new(),
                logs: Vec::new(),
            };
            lines.iter().for_each(|line| encoder.add(line));
            let Encoder {
                read, spans, logs, ..
            } = encoder;
            for spans in chunks(spans) {
                let request = ExportTraceServiceRequest {
                    resource_spans: vec![resource_spans(&self.name, spans)],
                };
                let answer: ExportTraceServiceResponse = self.post("/v1/traces", &request)?;
                let refused = answer.partial_success.unwrap_or_default();
                tell_refused(refused.rejected_spans, &refused.error_message, &lines);
            }
            for log_records in chunks(logs) {
                let request = ExportLogsServiceRequest {
                    resource_logs: vec![resource_logs(&self.name, log_records)],
                };
                let answer: ExportLogsServiceResponse = self.post("/v1/logs", &request)?;
                let refused = answer.partial_success.unwrap_or_default();
                tell_refused(refused.rejected_log_records, &refused.error_message, &lines);
            }
            self.note(Noted { position, read })?;
            if stop.load(Ordering::Acquire) {
                return Ok(());
            }
        }
    }

    /// Sends one request; the answer is the collector's acknowledgement.
    fn post<T: Message + Default>(
        &self,
        path: &str,
        request: &impl Message,
    ) -> Result<T, SendError> {
        let address = format!("{}{path}", self.settings.endpoint.trim_end_matches('/'));
        let mut call = self
            .agent
            .post(address)
            .header("content-type", "application/x-protobuf");
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        let mut answer = call.send(request.encode_to_vec()).map_err(Box::new)?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(SendError::Status(status));
        }
        let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX);
        let bytes = body.read_to_vec().map_err(Box::new)?;
        Ok(T::decode(bytes.as_slice())?)
    }

    fn note(&mut self, noted: Noted) -> Result<(), SendError> {
        let text = serde_json::to_string(&noted)
            .map_err(|error| SendError::Note(std::io::Error::other(error)))?;
        replace(&self.directory.join(POSITION_FILE), &text).map_err(SendError::Note)?;
        metrics::counter!("verband_audit_export_records_total")
            .increment(noted.position.n - self.noted.position.n);
        self.noted = noted;
        Ok(())
    }
}

/// The protocol forbids to send again what a collector has refused. It is told where it lies: the log itself has it.
fn tell_refused(count: i64, message: &str, lines: &[super::record::Line]) {
    if count == 0 {
        return;
    }
    metrics::counter!("verband_audit_export_refused_total").increment(count.unsigned_abs());
    let [first, last] = [lines.first(), lines.last()].map(|line| line.map_or(0, |line| line.n));
    tracing::error!(
        count,
        message,
        first,
        last,
        "the collector refused records of the log"
    );
}

fn chunks<T>(items: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut items = items.into_iter();
    std::iter::from_fn(move || {
        let chunk: Vec<T> = items.by_ref().take(ITEMS_MAX).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}

fn read_file(file: &Path) -> Result<Vec<u8>, OtlpError> {
    std::fs::read(file).map_err(|source| OtlpError::Unreadable {
        file: file.to_owned(),
        source,
    })
}

fn read_headers(file: &Path) -> Result<Vec<(String, String)>, OtlpError> {
    let bytes = read_file(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut headers = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() {
            continue;
        }
        let wrong = || OtlpError::Header {
            file: file.to_owned(),
            line: number,
        };
        let (name, value) = line.split_once(':').ok_or_else(wrong)?;
        let (name, value) = (name.trim(), value.trim());
        let is_name = ureq::http::HeaderName::from_bytes(name.as_bytes()).is_ok();
        let is_value = ureq::http::HeaderValue::from_str(value).is_ok();
        if !is_name || !is_value {
            return Err(wrong());
        }
        headers.push((name.to_owned(), value.to_owned()));
    }
    Ok(headers)
}

fn read_noted(directory: &Path) -> Result<Noted, OtlpError> {
    let path = directory.join(POSITION_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Noted {
                position: Position::start(),
                read: None,
            });
        }
        Err(error) => return Err(unreadable(&path, "read", &error).into()),
    };
    serde_json::from_str(&text).map_err(|error| {
        AuditError::Broken {
            file: path.display().to_string(),
            line: 1,
            what: format!("{error}: move this file away, and the whole log is handed on again"),
        }
        .into()
    })
}
