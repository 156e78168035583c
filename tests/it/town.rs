//! A town served by the real program, for the tests of the API.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The program under test.
pub fn verband() -> Command {
    Command::new(env!("CARGO_BIN_EXE_verband"))
}

/// Makes the demo's town in a directory, and serves nothing.
pub fn make(directory: &Path, persons: u32) {
    let made = verband()
        .args([
            "demo",
            "--no-serve",
            "--persons",
            &persons.to_string(),
            "--dir",
        ])
        .arg(directory)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
}

/// A served town. It ends when its standard input closes: when this is dropped, or when the tests end, however they do.
pub struct Town {
    _server: Child,
    pub base: String,
    directory: tempfile::TempDir,
}

impl Town {
    /// Makes and serves a town.
    pub fn start(persons: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (server, base) = start(directory.path(), persons);
        Self {
            _server: server,
            base,
            directory,
        }
    }

    /// Where it lies.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

/// An answer as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Starts `verband demo` in `directory` and waits for its address.
///
/// A shell stands between, as the program itself does not look at its standard input: it stops the program when that
/// closes, so that no server outlives the tests (a static is never dropped).
pub fn start(directory: &Path, persons: u32) -> (Child, String) {
    let mut server = Command::new("sh")
        .args(["-c", r#""$0" "$@" <&- & cat; kill $!; wait $!"#])
        .arg(env!("CARGO_BIN_EXE_verband"))
        .args([
            "demo",
            "--persons",
            &persons.to_string(),
            "--listen",
            "127.0.0.1:0",
            "--dir",
        ])
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        if let Some(at) = line.find("http://") {
            let base = line[at..]
                .split(' ')
                .next()
                .unwrap()
                .trim_end_matches(',')
                .to_owned();
            return (server, base);
        }
    }
    panic!("the server told no address: {:?}", server.wait());
}

/// One town for all tests that only read.
pub static TOWN: LazyLock<Town> = LazyLock::new(|| Town::start(1_200));

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into()
}

pub fn reply(response: ureq::http::Response<ureq::Body>) -> Reply {
    let mut response = response;
    let mut headers: Vec<(String, String)> = response
        .headers()
        .iter()
        // The clock says nothing of what is hidden. Whether a connection is kept depends on when the body of a request
        // arrived that was answered without reading it.
        .filter(|(name, _)| !["date", "connection"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
        .collect();
    headers.sort();
    Reply {
        status: response.status().as_u16(),
        headers,
        body: response.body_mut().read_to_string().unwrap(),
    }
}

pub fn login(user: &str) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(format!("{user}:demo"));
    format!("Basic {text}")
}

/// GET as a user; an empty name is no login.
pub fn get(user: &str, path: &str) -> Reply {
    let mut request = agent().get(format!("{}{path}", TOWN.base));
    if !user.is_empty() {
        request = request.header("authorization", login(user));
    }
    reply(request.call().unwrap())
}

/// GET with one more header.
pub fn get_with(user: &str, path: &str, name: &str, value: &str) -> Reply {
    let request = agent().get(format!("{}{path}", TOWN.base));
    let request = request
        .header("authorization", login(user))
        .header(name, value);
    reply(request.call().unwrap())
}

/// POST of JSON as a user.
pub fn post(user: &str, path: &str, body: &Value) -> Reply {
    let request = agent().post(format!("{}{path}", TOWN.base));
    reply(
        request
            .header("authorization", login(user))
            .send_json(body)
            .unwrap(),
    )
}

/// POST of any bytes with a content type.
pub fn post_raw(user: &str, path: &str, kind: &str, body: &str) -> Reply {
    let request = agent().post(format!("{}{path}", TOWN.base));
    let request = request
        .header("authorization", login(user))
        .header("content-type", kind);
    reply(request.send(body).unwrap())
}

/// POST that declares a body of `length` bytes and waits for the answer before sending any: a server that refuses by
/// the declared length may close while a client still writes, and the client would see a broken pipe.
pub fn post_declaring(user: &str, path: &str, length: usize) -> Reply {
    let host = TOWN.base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: {}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n",
        login(user)
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    });
    Reply {
        status,
        headers: headers.collect(),
        body: body.to_owned(),
    }
}

/// The identifier of the one node that a text finds, if the user may see one.
pub fn find(user: &str, purpose: &str, text: &str, label: &str) -> Option<String> {
    let body = json!({ "text": text, "label": label });
    let page = post(user, &format!("/v1/nodes/_zoek?purpose={purpose}"), &body).json();
    Some(page["hits"].get(0)?["id"].as_str()?.to_owned())
}

/// The audit log beside a store, all its files as one text.
pub fn log_text(directory: &Path) -> String {
    let files = std::fs::read_dir(directory.join("audit")).unwrap();
    files
        .map(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        })
        .collect()
}

/// Waits until something is so.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "waited in vain for: {what}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Serves a router on loopback until the tests end; its address.
pub fn serve_router(router: impl FnOnce(&str) -> axum::Router) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = router(&address);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
    });
    address
}

/// What the program says when it does not start with these settings.
pub fn refused_to_serve(settings: &Path) -> String {
    let output = verband()
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(settings)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{told}");
    told
}
