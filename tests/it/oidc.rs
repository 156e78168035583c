//! Logging in by OpenID Connect, and bearer tokens, against a real provider (npm `oidc-provider`, see `tests/oidc`).
//!
//! Where node or the provider is missing these tests say so and prove nothing: `make test` puts it there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use verband::generate::TownOptions;

use crate::town::{Reply, agent, reply, verband};

/// A provider that runs.
struct Provider {
    process: Child,
    commands: ChildStdin,
    answers: std::io::Lines<BufReader<ChildStdout>>,
    issuer: String,
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Provider {
    /// Starts one; `None` where it cannot be.
    fn start(redirect: &str, client_jwk: Option<&Value>) -> Option<Self> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
        if !directory.join("node_modules/oidc-provider").exists() {
            eprintln!(
                "skipped: no provider; put it there with `make test` or `npm ci --prefix tests/oidc`"
            );
            return None;
        }
        let mut command = Command::new("node");
        command
            .arg("provider.mjs")
            .arg(redirect)
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(jwk) = client_jwk {
            command.env("VERBAND_CLIENT_JWK", jwk.to_string());
        }
        let mut process = match command.spawn() {
            Ok(process) => process,
            Err(error) => {
                eprintln!("skipped: node cannot be run: {error}");
                return None;
            }
        };
        let commands = process.stdin.take().unwrap();
        let mut answers = BufReader::new(process.stdout.take().unwrap()).lines();
        let issuer = answers
            .by_ref()
            .map(Result::unwrap)
            .find(|line| line.starts_with("http://"))
            .expect("the provider tells its address");
        Some(Self {
            process,
            commands,
            answers,
            issuer,
        })
    }

    /// Gives a command and returns the answer. What the provider prints besides has blanks in it.
    fn tell(&mut self, command: &str) -> String {
        writeln!(self.commands, "{command}").unwrap();
        let mut lines = self.answers.by_ref().map(Result::unwrap);
        lines.find(|line| !line.contains(' ')).unwrap()
    }
}

/// A server with a provider, in a directory of its own.
struct Setting {
    provider: Provider,
    server: Child,
    base: String,
    directory: tempfile::TempDir,
}

impl Drop for Setting {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

const CLAIMS: &str = r#"
[oidc.claims]
organisation = { value = "gemeente" }
department = { claim = "afdeling", values = { "T&H" = "toezicht" } }
roles = { claim = "roles", values = { "verband-inspecteur" = "inspecteur" } }
clearance = "clearance"
"#;

/// How our server proves to the provider who it is.
enum Proof {
    Secret,
    Key,
}

fn setting(proof: Proof) -> Option<Setting> {
    // The provider must know where the server will be before it is there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let (client, jwk) = match proof {
        Proof::Secret => {
            fs::write(path.join("oidc.secret"), "geheim van de test: +/%\n").unwrap();
            ("client_secret = 'oidc.secret'", None)
        }
        Proof::Key => {
            let pair = rcgen::KeyPair::generate().unwrap();
            fs::write(path.join("oidc.pem"), pair.serialize_pem()).unwrap();
            let point = pair.public_key_raw();
            let encode = |bytes: &[u8]| {
                use base64::Engine;
                base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
            };
            let jwk = json!({ "kty": "EC", "crv": "P-256", "kid": "ours", "use": "sig", "alg": "ES256",
                "x": encode(&point[1..33]), "y": encode(&point[33..]) });
            ("client_key = 'oidc.pem'\nclient_key_id = 'ours'", Some(jwk))
        }
    };
    let provider = Provider::start(&format!("{base}/login/oidc/callback"), jwk.as_ref())?;
    crate::fixed::write(path);
    let demo = verband()
        .args(["demo", "--no-serve", "--persons"])
        .arg(TownOptions::default().persons.min(200).to_string())
        .arg("--dir")
        .arg(path)
        .output()
        .unwrap();
    assert!(demo.status.success());
    let mut settings = fs::read_to_string(path.join("verband.toml")).unwrap();
    settings += &format!(
        "public_url = '{base}'\n[oidc]\nissuer = '{}'\ntitle = 'Gemeenteaccount'\nclient_id = 'verband'\n{client}\n\
         audience = 'https://verband.example'\n{CLAIMS}",
        provider.issuer
    );
    fs::write(path.join("verband.toml"), settings).unwrap();
    let mut server = verband()
        .args(["serve", "--config"])
        .arg(path.join("verband.toml"))
        .args(["--listen", base.trim_start_matches("http://")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = told.next().unwrap().unwrap();
    assert!(line.contains(&base), "{line}");
    Some(Setting {
        provider,
        server,
        base,
        directory,
    })
}

/// A browser: it keeps the cookies of each server, and goes where it is told only when asked to.
#[derive(Default)]
struct Browser {
    cookies: BTreeMap<(String, String), String>,
}

fn server_of(address: &str) -> String {
    address.split('/').take(3).collect::<Vec<_>>().join("/")
}

impl Browser {
    fn visit(&mut self, address: &str, form: Option<&[(&str, &str)]>) -> Reply {
        let server = server_of(address);
        let cookies = self.cookies.iter().filter(|((of, _), _)| *of == server);
        let cookies: Vec<String> = cookies
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .into();
        let answer = match form {
            None => agent.get(address).header("cookie", &cookies).call(),
            Some(form) => agent
                .post(address)
                .header("cookie", &cookies)
                .send_form(form.iter().copied()),
        };
        let answer = reply(answer.unwrap());
        for (_, set) in answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
        {
            let pair = set.split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let key = (server.clone(), name.to_owned());
            self.cookies.insert(key, value.to_owned());
        }
        answer
    }

    /// Goes where an answer leads, as long as it stays at the provider; the address at which it leaves it.
    fn follow(&mut self, from: &str, answer: &Reply, until: &str) -> String {
        let mut at = from.to_owned();
        let mut answer = answer.clone();
        for _ in 0..20 {
            if let Some(to) = answer.header("location") {
                at = match to.starts_with('/') {
                    true => format!("{}{to}", server_of(&at)),
                    false => to.to_owned(),
                };
                if at.starts_with(until) {
                    return at;
                }
                answer = self.visit(&at, None);
            } else {
                // The provider's own page: the form to log in.
                assert_eq!(answer.status, 200, "{at}: {}", answer.body);
                let form = [("prompt", "login"), ("login", "inge"), ("password", "x")];
                answer = self.visit(&at, Some(&form));
            }
        }
        panic!("the provider does not send back: {at}");
    }

    /// Logs in at the provider; the address that it sends back to, not visited yet.
    fn log_in(&mut self, setting: &Setting) -> String {
        let start = format!("{}/login/oidc", setting.base);
        let answer = self.visit(&start, None);
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.follow(&start, &answer, &setting.base)
    }

    fn me(&mut self, setting: &Setting) -> Reply {
        self.visit(&format!("{}/v1/me", setting.base), None)
    }
}

#[test]
fn a_browser_comes_in_by_the_provider() {
    for proof in [Proof::Secret, Proof::Key] {
        let Some(mut setting) = setting(proof) else {
            return;
        };
        let methods = format!("{}/v1/login-methods", setting.base);
        let methods = reply(agent().get(methods).call().unwrap()).json();
        let oidc = json!({ "kind": "oidc", "title": "Gemeenteaccount", "start": "/login/oidc" });
        assert_eq!(methods["methods"][1], oidc);

        let mut browser = Browser::default();
        let back = browser.log_in(&setting);
        let answer = browser.visit(&back, None);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
        let sets = answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie");
        assert!(sets.clone().any(|(_, set)| set.contains("SameSite=Strict")));
        let me = browser.me(&setting).json();
        assert_eq!(
            json!([
                me["id"],
                me["name"],
                me["organisation"],
                me["department"],
                me["roles"],
                me["clearance"]
            ]),
            json!([
                "inge",
                "Inge Spanjer",
                "gemeente",
                "toezicht",
                ["inspecteur"],
                "zaakvertrouwelijk"
            ]),
        );
        // Replayed: in the same browser, and stolen into another.
        let again = browser.visit(&back, None);
        assert_eq!((again.status, again.header("location")), (403, None));

        // Another browser cannot end a login that it did not begin, and does not end it for the one that did.
        let (mut victim, mut thief) = (Browser::default(), Browser::default());
        let back = victim.log_in(&setting);
        assert_eq!(thief.visit(&back, None).status, 403);
        assert_eq!(thief.me(&setting).status, 401);
        assert_eq!(victim.visit(&back, None).status, 303);

        // The provider takes new keys; who comes after still comes in.
        setting.provider.tell("rotate");
        let mut later = Browser::default();
        let back = later.log_in(&setting);
        assert_eq!(later.visit(&back, None).status, 303);

        let output = verband()
            .args(["--json", "audit", "logins"])
            .arg(setting.directory.path().join("audit"))
            .output()
            .unwrap();
        let logins: Value = serde_json::from_slice(&output.stdout).unwrap();
        let told: Vec<&str> = logins
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["event"].as_str().unwrap())
            .collect();
        assert_eq!(
            told,
            ["logged-in", "failed", "failed", "logged-in", "logged-in"]
        );
    }
}

#[test]
fn an_identity_token_that_is_not_right_opens_nothing() {
    let Some(mut setting) = setting(Proof::Secret) else {
        return;
    };
    for mode in [
        "wrong-nonce",
        "no-nonce",
        "wrong-audience",
        "wrong-issuer",
        "expired",
        "none",
        "forged",
    ] {
        setting.provider.tell(&format!("mode {mode}"));
        let mut browser = Browser::default();
        let back = browser.log_in(&setting);
        let answer = browser.visit(&back, None);
        assert_eq!(answer.status, 403, "{mode}: {}", answer.body);
        assert!(answer.body.contains("Inloggen is niet gelukt"), "{mode}");
        assert_eq!(browser.me(&setting).status, 401, "{mode}");
    }
    setting.provider.tell("mode right");
    let mut browser = Browser::default();
    let back = browser.log_in(&setting);
    for wrong in [
        format!("{}/login/oidc/callback", setting.base),
        format!("{}/login/oidc/callback?code=x&state=y", setting.base),
        back.replace("state=", "state=x"),
    ] {
        assert_eq!(browser.visit(&wrong, None).status, 403, "{wrong}");
    }
    // An answer in the name of another provider ends this login.
    let foreign = format!("{}&iss=x", back.split("&iss=").next().unwrap());
    assert_eq!(browser.visit(&foreign, None).status, 403);
    assert_eq!(browser.visit(&back, None).status, 403);
}

#[test]
fn a_machine_comes_in_by_a_token_that_is_right_and_by_no_other() {
    let Some(mut setting) = setting(Proof::Secret) else {
        return;
    };
    let base = setting.base.clone();
    let me = |token: &str| {
        let request = agent().get(format!("{base}/v1/me"));
        reply(
            request
                .header("authorization", format!("Bearer {token}"))
                .call()
                .unwrap(),
        )
    };
    // As a machine gets it from the provider itself.
    let form = [
        ("grant_type", "client_credentials"),
        ("resource", "https://verband.example"),
    ];
    let authorization = {
        use base64::Engine;
        let text = "machine:geheim%20van%20de%20machine";
        format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(text)
        )
    };
    let request = agent().post(format!("{}/token", setting.provider.issuer));
    let request = request.header("authorization", authorization);
    let tokens = reply(request.send_form(form).unwrap()).json();
    let answer = me(tokens["access_token"].as_str().unwrap());
    assert_eq!(answer.status, 200, "{tokens} {}", answer.body);
    assert_eq!(answer.json()["id"], "machine");
    assert_eq!(answer.json()["roles"], json!(["inspecteur"]));

    for good in ["good", "es256"] {
        let token = setting.provider.tell(&format!("token {good}"));
        assert_eq!(me(&token).status, 200, "{good}");
    }
    let refused = [
        "ps256",
        "expired",
        "not-yet",
        "too-long",
        "wrong-audience",
        "wrong-issuer",
        "identity",
        "forged",
        "brings-its-key",
        "no-department",
        "local-name",
        "none",
        "hs256",
    ];
    for bad in refused {
        let token = setting.provider.tell(&format!("token {bad}"));
        let answer = me(&token);
        assert_eq!(answer.status, 401, "{bad}: {}", answer.body);
        assert_eq!(answer.json()["code"], "unauthenticated", "{bad}");
    }
    // A token needs no further token to change something: no browser sends it by itself.
    let old = setting.provider.tell("token good");
    let search = agent().post(format!("{base}/v1/nodes/_zoek?purpose=woonfraude"));
    let search = search.header("authorization", format!("Bearer {old}"));
    let found = reply(
        search
            .send_json(json!({ "text": "Havenstraat 12" }))
            .unwrap(),
    );
    assert_eq!(found.status, 200, "{}", found.body);

    setting.provider.tell("rotate");
    let new = setting.provider.tell("token good");
    assert_eq!(me(&new).status, 200, "a key that is new is looked up");
    assert_eq!(me(&old).status, 401, "a key that was taken back is none");
    // An address that shows many wrong ones must wait, with a right one too.
    let statuses: Vec<u16> = (0..60).map(|_| me("a.b.c").status).collect();
    assert_eq!(statuses.last(), Some(&429));
    assert_eq!(me(&new).status, 429);
}
