//! The log handed on by the OpenTelemetry protocol: straight to a receiver, and through a real collector (Rotel, see
//! `make test`). Where the collector is missing that test says that it was skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::Value;
use tower_http::decompression::RequestDecompressionLayer;

use crate::server::Server;
use crate::town::{agent, login, reply, serve_router};

/// What arrived, and how to answer.
#[derive(Default)]
struct Received {
    spans: Vec<Span>,
    /// Numbers of the log's records, and what stands in them.
    records: Vec<(u64, String)>,
    tokens: BTreeSet<String>,
    bytes: Vec<u8>,
    /// Requests that are still refused.
    refuse: usize,
}

type Shared = Arc<Mutex<Received>>;

async fn traces(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut received = shared.lock().unwrap();
    if received.refuse > 0 {
        received.refuse -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let token = headers
        .get("authorization")
        .map(|one| one.to_str().unwrap().to_owned());
    received.tokens.extend(token);
    received.bytes.extend(&body);
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    for resource in request.resource_spans {
        for scope in resource.scope_spans {
            received.spans.extend(scope.spans);
        }
    }
    StatusCode::OK
}

async fn logs(State(shared): State<Shared>, body: Bytes) -> StatusCode {
    let mut received = shared.lock().unwrap();
    let request = ExportLogsServiceRequest::decode(body).unwrap();
    for resource in request.resource_logs {
        for scope in resource.scope_logs {
            for record in scope.log_records {
                let number = attribute(&record.attributes, "verband.record")
                    .parse()
                    .unwrap();
                let Some(Any::StringValue(text)) = record.body.unwrap().value else {
                    panic!("a record is a text");
                };
                received.records.push((number, text));
            }
        }
    }
    StatusCode::OK
}

/// Receives on loopback until the tests end; its address.
fn receiver() -> (Shared, String) {
    let shared = Shared::default();
    let address = serve_router(|_| {
        Router::new()
            .route("/v1/traces", post(traces))
            .route("/v1/logs", post(logs))
            .layer(RequestDecompressionLayer::new())
            .with_state(Arc::clone(&shared))
    });
    (shared, address)
}

fn attribute(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|one| one.key == key);
    match found.and_then(|one| one.value.clone()?.value) {
        Some(Any::StringValue(text)) => text,
        other => panic!("no {key}: {other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The lines of a log.
fn log_lines(directory: &Path) -> Vec<Value> {
    let files = fs::read_dir(directory.join("audit")).unwrap();
    let mut files: Vec<PathBuf> = files.map(|one| one.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|one| one == "log"));
    files.sort();
    let mut lines = Vec::new();
    for file in files {
        for line in fs::read_to_string(file).unwrap().lines() {
            lines.push(serde_json::from_str(line.split_once(' ').unwrap().1).unwrap());
        }
    }
    lines
}

/// What the log gives by the standard: of each trace the action, and the persons below it.
fn expected(lines: &[Value]) -> BTreeMap<String, (String, String, BTreeSet<String>)> {
    let mut traces = BTreeMap::new();
    let mut read = (String::new(), String::new());
    for line in lines {
        let own = line["trace"].as_str().unwrap();
        match line["kind"].as_str().unwrap() {
            "decision" => {
                let caller = line["traceparent"]
                    .as_str()
                    .and_then(|text| text.split('-').nth(1));
                read = (own.to_owned(), caller.unwrap_or(own).to_owned());
                if ["answered", "not-answered"].contains(&line["outcome"].as_str().unwrap())
                    && let Some(purpose) = line["purpose"].as_str()
                {
                    let action = line["action"].as_str().unwrap().to_owned();
                    let activity = format!("https://register.example/{purpose}/1");
                    traces.insert(read.1.clone(), (action, activity, BTreeSet::new()));
                }
            }
            "processing" => {
                assert_eq!(own, read.0);
                let persons = line["shown"]["Person"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                let of_trace: &mut (_, _, BTreeSet<String>) = traces.get_mut(&read.1).unwrap();
                of_trace
                    .2
                    .extend(persons.iter().map(|one| one.as_str().unwrap().to_owned()));
            }
            _ => {}
        }
    }
    traces
}

/// What arrived, in the same form. What came twice must be the same.
fn arrived(spans: &[Span]) -> BTreeMap<String, (String, String, BTreeSet<String>)> {
    let mut by_id: BTreeMap<(String, String), &Span> = BTreeMap::new();
    for span in spans {
        let known = by_id.insert((hex(&span.trace_id), hex(&span.span_id)), span);
        assert!(known.is_none_or(|known| known == span), "{span:?}");
    }
    let mut traces = BTreeMap::new();
    let is_subject = |span: &Span| {
        let mut keys = span.attributes.iter();
        keys.any(|one| one.key == "dpl.core.data_subject_id")
    };
    for ((trace, _), span) in by_id.iter().filter(|(_, span)| !is_subject(span)) {
        let activity = attribute(&span.attributes, "dpl.core.processing_activity_id");
        let known = traces.insert(
            trace.clone(),
            (span.name.clone(), activity, BTreeSet::new()),
        );
        assert!(known.is_none(), "one action a trace");
    }
    for ((trace, _), span) in by_id.iter().filter(|(_, span)| is_subject(span)) {
        let parent = by_id[&(trace.clone(), hex(&span.parent_span_id))];
        assert!(!is_subject(parent));
        assert_eq!(
            attribute(&span.attributes, "dpl.core.data_subject_id_type"),
            "urn:verband:node"
        );
        let (_, activity, subjects) = traces.get_mut(trace).unwrap();
        assert_eq!(
            *activity,
            attribute(&span.attributes, "dpl.core.processing_activity_id")
        );
        subjects.insert(attribute(&span.attributes, "dpl.core.data_subject_id"));
    }
    traces
}

/// Reads of several kinds; how many addresses they found.
fn read_some(server: &Server, trace: Option<&str>) {
    let purpose = "purpose=woonfraude";
    let search = format!("{}/v1/nodes/_zoek?{purpose}", server.base);
    let mut request = agent()
        .post(&search)
        .header("authorization", login("inspecteur"));
    if let Some(trace) = trace {
        request = request.header("traceparent", trace);
    }
    let body = serde_json::json!({ "text": "Havenstraat", "label": "Address", "limit": 5 });
    let found = reply(request.send_json(&body).unwrap());
    assert_eq!(found.status, 200, "{found:?}");
    for hit in found.json()["hits"].as_array().unwrap() {
        let id = hit["id"].as_str().unwrap();
        let dossier = format!("{}/v1/dossiers/{id}?{purpose}", server.base);
        let mut request = agent()
            .get(dossier)
            .header("authorization", login("inspecteur"));
        if let Some(trace) = trace {
            request = request.header("traceparent", trace);
        }
        assert_eq!(reply(request.call().unwrap()).status, 200);
    }
    let missing = format!("{}/v1/nodes/0000000000000000?{purpose}", server.base);
    let request = agent()
        .get(missing)
        .header("authorization", login("inspecteur"));
    assert_ne!(reply(request.call().unwrap()).status, 200);
    let refused = format!("{}/v1/nodes/0000000000000000?purpose=none", server.base);
    let request = agent()
        .get(refused)
        .header("authorization", login("inspecteur"));
    assert_ne!(reply(request.call().unwrap()).status, 200);
}

/// Waits until all that the log holds has arrived.
fn wait_for_all(server: &Server, shared: &Shared) {
    let lines = log_lines(server.directory());
    let spans = expected(&lines);
    let records: BTreeSet<u64> = lines
        .iter()
        .filter(|line| line["kind"] != "processing")
        .map(|line| line["n"].as_u64().unwrap())
        .collect();
    let begun = Instant::now();
    loop {
        let received = shared.lock().unwrap();
        let numbers: BTreeSet<u64> = received.records.iter().map(|(number, _)| *number).collect();
        if arrived_whole(&received.spans, &spans) && numbers == records {
            return;
        }
        drop(received);
        assert!(begun.elapsed() < Duration::from_secs(60), "not all arrived");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Whether all of it is there; what is there and does not belong fails at once.
fn arrived_whole(
    spans: &[Span],
    expected: &BTreeMap<String, (String, String, BTreeSet<String>)>,
) -> bool {
    let actions: BTreeSet<String> = spans.iter().map(|span| hex(&span.trace_id)).collect();
    assert!(actions.iter().all(|trace| expected.contains_key(trace)));
    let subjects: usize = expected
        .values()
        .map(|(_, _, subjects)| subjects.len())
        .sum();
    let ids: BTreeSet<&[u8]> = spans.iter().map(|span| span.span_id.as_slice()).collect();
    ids.len() == subjects + expected.len() && arrived(spans) == *expected
}

fn settings(endpoint: &str) -> String {
    format!(
        "[audit_export]\nendpoint = '{endpoint}'\ndecisions = true\nheaders = 'headers'\n\
         activities = 'https://register.example/{{purpose}}/1'\n"
    )
}

fn headers() -> (&'static str, String) {
    ("headers", "authorization: Bearer geheim\n".to_owned())
}

#[test]
fn what_is_recorded_arrives_whole_and_names_no_employee_where_it_is_about_persons() {
    let (shared, address) = receiver();
    shared.lock().unwrap().refuse = 2;
    let mut server = Server::start(&settings(&address), &[headers()]);
    read_some(&server, None);
    // Each read of the caller's trace would be one trace there, so one read has it.
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let asked = format!(
        "{}/v1/nodes/0000000000000000?purpose=woonfraude",
        server.base
    );
    let request = agent()
        .get(asked)
        .header("authorization", login("inspecteur"));
    assert_eq!(
        reply(request.header("traceparent", trace).call().unwrap()).status,
        404
    );
    wait_for_all(&server, &shared);
    // Killed and started again it goes on where it was.
    read_some(&server, None);
    server.kill();
    server.start_again();
    read_some(&server, None);
    wait_for_all(&server, &shared);

    let received = shared.lock().unwrap();
    let of_caller = received
        .spans
        .iter()
        .find(|span| hex(&span.trace_id) == trace[3..35]);
    assert_eq!(hex(&of_caller.unwrap().parent_span_id), trace[36..52]);
    assert!(
        expected(&log_lines(server.directory()))
            .values()
            .any(|one| one.2.len() > 1)
    );
    let text = String::from_utf8_lossy(&received.bytes);
    assert!(
        !text.contains("inspecteur") && !text.contains("wonen"),
        "an employee"
    );
    assert_eq!(
        received.tokens,
        BTreeSet::from(["Bearer geheim".to_owned()])
    );
    assert!(
        received
            .records
            .iter()
            .any(|(_, text)| text.contains("inspecteur"))
    );
}

#[test]
fn a_collector_in_the_open_or_wrong_settings_are_refused_at_the_start() {
    for (line, what) in [
        (
            "endpoint = 'http://collector.example:4318'",
            "must be an address with https://",
        ),
        (
            "endpoint = 'https://localhost:1'\nactivities = 'x'",
            "must hold `{purpose}`",
        ),
        (
            "endpoint = 'https://localhost:1'\nheaders = 'headers'",
            "a header is `name: value`",
        ),
        (
            "endpoint = 'https://localhost:1'\ncertificates = 'headers'",
            "holds none",
        ),
        (
            "endpoint = 'https://localhost:1'\nsample = 10",
            "unknown field `sample`",
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        crate::town::make(directory.path(), 100);
        fs::write(directory.path().join("headers"), "no header\n").unwrap();
        let file = directory.path().join("verband.toml");
        let known = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{known}\n[audit_export]\n{line}\n")).unwrap();
        let tried = crate::town::verband()
            .args(["serve", "--config"])
            .arg(&file)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&tried.stderr).into_owned();
        assert!(
            !tried.status.success() && told.contains(what),
            "{line}: {told}"
        );
    }
}

/// The collector that `make test` installs.
fn collector() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/rotel/lib");
    let mut found = fs::read_dir(root).ok()?.map(|one| one.unwrap().path());
    let program = found.find_map(|python| {
        let program = python.join("site-packages/rotel/rotel-agent");
        program.exists().then_some(program)
    });
    if program.is_none() {
        eprintln!("skipped: no collector; `make test` installs it where Python is");
    }
    program
}

struct Collector(Child);

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts it on a port, handing on to an address, and waits until it listens.
fn collect(program: &Path, [grpc, http]: [u16; 2], to: &str) -> Collector {
    let process = Command::new(program)
        .args(["start", "--otlp-grpc-endpoint"])
        .arg(format!("127.0.0.1:{grpc}"))
        .arg("--otlp-http-endpoint")
        .arg(format!("127.0.0.1:{http}"))
        .args(["--exporter", "otlp", "--otlp-exporter-protocol", "http"])
        .args(["--batch-timeout", "100ms"])
        .args(["--otlp-exporter-endpoint", to])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let collector = Collector(process);
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", http)).is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "the collector does not listen"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    collector
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[test]
fn a_real_collector_takes_it_and_misses_nothing_that_was_recorded_while_it_was_away() {
    let Some(program) = collector() else { return };
    let (shared, address) = receiver();
    let ports = [free_port(), free_port()];
    let first = collect(&program, ports, &address);
    let server = Server::start(
        &settings(&format!("http://127.0.0.1:{}", ports[1])),
        &[headers()],
    );
    read_some(&server, None);
    wait_for_all(&server, &shared);
    drop(first);
    // Answers go on: the log is here.
    read_some(&server, None);
    let _second = collect(&program, ports, &address);
    wait_for_all(&server, &shared);
}
