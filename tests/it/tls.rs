//! TLS, and connections that are slow or many, over the real program.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use crate::login::log_in;
use crate::server::Server;
use crate::town::{agent, login, make, refused_to_serve, reply};

/// Reads until the server closes; what came.
fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn the_server_speaks_tls_and_binds_its_cookies_to_it() {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let files = [
        ("verband.crt", made.cert.pem()),
        ("verband.key", made.signing_key.serialize_pem()),
    ];
    let settings = "tls = { certificate = 'verband.crt', key = 'verband.key' }\n";
    let server = Server::start(settings, &files);
    assert!(
        server.base.starts_with("https://127.0.0.1:"),
        "{}",
        server.base
    );

    let root = ureq::tls::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let trusting = |roots: ureq::tls::RootCerts| -> ureq::Agent {
        let tls = ureq::tls::TlsConfig::builder().root_certs(roots).build();
        let config = ureq::Agent::config_builder();
        config
            .http_status_as_error(false)
            .tls_config(tls)
            .build()
            .into()
    };
    let own = trusting(ureq::tls::RootCerts::new_with_certs(&[root]));
    let sessions = format!("{}/v1/sessions", server.base);
    let body = serde_json::json!({ "name": "zorg", "password": "demo" });
    let answer = reply(own.post(&sessions).send_json(&body).unwrap());
    assert_eq!(answer.status, 201, "{}", answer.body);
    let set = answer.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-verband="), "{set}");
    assert!(
        set.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"),
        "{set}"
    );
    let me = own.get(format!("{}/v1/me", server.base));
    let me = me.header("cookie", set.split(';').next().unwrap()).call();
    assert_eq!(reply(me.unwrap()).status, 200);
    // Whoever does not know the certificate does not talk to it, and plain HTTP gets no answer.
    let web = trusting(ureq::tls::RootCerts::WebPki);
    assert!(
        web.get(format!("{}/v1/login-methods", server.base))
            .call()
            .is_err()
    );
    let mut plain = server.connect();
    plain
        .write_all(b"GET /v1/login-methods HTTP/1.1\r\nhost: a\r\n\r\n")
        .unwrap();
    assert!(!rest(plain).contains("HTTP/1.1 200"));
}

#[test]
fn a_key_that_does_not_fit_is_told_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    make(path, 200);
    let made = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
    fs::write(path.join("a.crt"), made.cert.pem()).unwrap();
    fs::write(path.join("a.key"), "no key").unwrap();
    let file = path.join("verband.toml");
    let known = fs::read_to_string(&file).unwrap();
    let settings = "tls = { certificate = 'a.crt', key = 'a.key' }\n".to_owned();
    fs::write(&file, settings + &known).unwrap();
    let told = refused_to_serve(&file);
    assert!(told.contains("certificate or key of `tls`"), "{told}");
}

#[test]
fn who_sends_slowly_is_let_go_and_others_are_served() {
    let settings =
        "[connections]\nat_once = 40\nper_address = 30\nhead_seconds = 2\nbody_seconds = 2\n";
    let server = Server::start(settings, &[]);
    let begun = Instant::now();
    // Nothing, half a head, and half a body.
    let silent: Vec<TcpStream> = (0..10).map(|_| server.connect()).collect();
    let half: Vec<TcpStream> = (0..10)
        .map(|_| {
            let mut stream = server.connect();
            stream
                .write_all(b"GET /v1/me HTTP/1.1\r\nhost: a\r\n")
                .unwrap();
            stream
        })
        .collect();
    let mut slow = server.connect();
    let head = format!(
        "POST /v1/nodes/_zoek?purpose=woonfraude HTTP/1.1\r\nhost: a\r\nauthorization: {}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{\"text\":",
        login("inspecteur")
    );
    slow.write_all(head.as_bytes()).unwrap();
    assert_eq!(log_in(&server.base, "zorg", "demo", &[]).status, 201);
    let told = rest(slow);
    assert!(told.starts_with("HTTP/1.1 40") || told.is_empty(), "{told}");
    for stream in silent.into_iter().chain(half) {
        let told = rest(stream);
        assert!(
            told.is_empty() || told.starts_with("HTTP/1.1 408"),
            "{told}"
        );
    }
    // Each waits for its own two seconds, all of them together: far below one after another.
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}

#[test]
fn ten_thousand_connections_do_not_stop_the_server() {
    let settings =
        "[connections]\nat_once = 600\nper_address = 500\nhead_seconds = 2\nbody_seconds = 2\n";
    let server = Server::start(settings, &[]);
    // Half of the files that this process may have open: the other tests need some too.
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let files = files.and_then(|line| line.split_whitespace().nth(3)?.parse::<usize>().ok());
    let wanted = files.map_or(10_000, |files| (files / 2).min(10_000));
    let mut open = Vec::new();
    let mut refused = 0;
    for _ in 0..wanted {
        match TcpStream::connect(server.address()) {
            Ok(mut stream) => {
                drop(stream.write_all(b"GET /v1/me HTTP/1.1\r\n"));
                open.push(stream);
            }
            Err(_) => refused += 1,
        }
    }
    assert!(
        open.len() > wanted / 2,
        "{refused} of {wanted} were refused before the server saw them"
    );
    drop(open);
    // It serves on as soon as its places are free again, which is a matter of their two seconds.
    let mut tries = 0;
    let answered =
        std::iter::repeat_with(|| agent().get(format!("{}/health/live", server.base)).call())
            .take(10_000)
            .inspect(|_| tries += 1)
            .any(|answer| answer.is_ok_and(|answer| answer.status() == 200));
    assert!(answered, "no answer in {tries} tries");
}
