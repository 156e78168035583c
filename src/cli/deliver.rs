//! `verband load --server`: sends the files of deliveries to a running server, and waits until they are loaded.
//!
//! The server reads them by its own source files: the one given here says which files, and of which source.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use base64::Engine as _;
use clap::Args;
use ureq::unversioned::multipart::Form;

use super::print_json;
use super::progress::LoadBar;
use crate::api::{DeliveryAnswer, DeliveryReport};
use crate::engine::DeliveryState;
use crate::ingest::{Progress, SourceFile};
use crate::model::DeliveryKind;
use crate::trust::{is_safe_url, trust};

/// A server, and who sends.
#[derive(Debug, Args)]
pub struct ServerArguments {
    /// Sends the files to a running server in place of loading them here. The server reads them by its own source file of
    /// that name.
    #[arg(long, value_name = "URL", conflicts_with_all = ["store", "report"])]
    server: Option<String>,
    /// Who sends: an account of the server. Its password stands in the environment, in VERBAND_PASSWORD; without an
    /// account, an access token in VERBAND_TOKEN.
    #[arg(long = "as", value_name = "USER", requires = "server")]
    account: Option<String>,
    /// Certificates (PEM) that the server's must descend from [default: those of the web].
    #[arg(long, value_name = "FILE", requires = "server")]
    certificates: Option<PathBuf>,
}

/// Time before the first question how far a load is, and longest time between two: each is recorded.
const ASK_AFTER: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(5)];
/// Longest wait for an answer, the sending of files apart.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(60);

/// Sends deliveries one after the other, each once the one before is loaded.
pub fn deliver(
    arguments: &ServerArguments,
    sources: &[SourceFile],
    kind: Option<DeliveryKind>,
    json: bool,
) -> anyhow::Result<()> {
    let server = Server::new(arguments)?;
    let mut all = Vec::new();
    for source in sources {
        let done = server.deliver(source, kind)?;
        if !json {
            print!("{}", describe(&done));
        }
        let is_loaded = done.state == DeliveryState::Loaded;
        let message = done.message.clone().unwrap_or_default();
        all.push(done);
        if !is_loaded {
            if json {
                print_json(&all)?;
            }
            bail!("nothing of `{}` was loaded: {message}", source.name());
        }
    }
    if json {
        print_json(&all)?;
    }
    Ok(())
}

struct Server {
    base: String,
    agent: ureq::Agent,
    authorization: String,
}

impl Server {
    fn new(arguments: &ServerArguments) -> anyhow::Result<Self> {
        let base = arguments.server.as_deref().unwrap_or_default();
        let base = base.trim_end_matches('/').to_owned();
        if !is_safe_url(&base) {
            bail!("`{base}`: a server is reached by https, or by http on this machine");
        }
        let secret = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let authorization = match &arguments.account {
            Some(account) => {
                let password = secret("VERBAND_PASSWORD")
                    .context("put the password of the account into VERBAND_PASSWORD")?;
                let pair = format!("{account}:{password}");
                let pair = base64::engine::general_purpose::STANDARD.encode(pair);
                format!("Basic {pair}")
            }
            None => {
                let token = secret("VERBAND_TOKEN").context(
                    "say who sends: --as USER, with the password in VERBAND_PASSWORD, or a token in VERBAND_TOKEN",
                )?;
                format!("Bearer {token}")
            }
        };
        let certificates = arguments.certificates.as_ref();
        let certificates = certificates
            .map(|path| std::fs::read(path).with_context(|| format!("reading {}", path.display())))
            .transpose()?;
        let agent = ureq::Agent::config_builder()
            .tls_config(trust(certificates.as_deref())?)
            .timeout_connect(Some(ANSWER_TIME_MAX))
            .timeout_recv_response(Some(ANSWER_TIME_MAX))
            .max_redirects(0)
            .http_status_as_error(false)
            .build()
            .into();
        Ok(Self {
            base,
            agent,
            authorization,
        })
    }

    fn deliver(
        &self,
        source: &SourceFile,
        kind: Option<DeliveryKind>,
    ) -> anyhow::Result<DeliveryAnswer> {
        let mut form = Form::new();
        for path in source.files()? {
            let opened = form.file("file", &path);
            form = opened.with_context(|| format!("reading {}", path.display()))?;
        }
        let mut request = self
            .agent
            .post(format!("{}/v1/deliveries", self.base))
            .query("source", source.name())
            .header("authorization", &self.authorization);
        if let Some(kind) = kind {
            request = request.query("kind", kind.name());
        }
        let bar = LoadBar::new(&format!("sending {}", source.title()));
        let answer = request.send(form);
        let mut done = self.read(answer)?;
        let place = format!("{}/v1/deliveries/{}", self.base, done.id);
        let bar = bar.renamed(source.title());
        let [mut wait, longest] = ASK_AFTER;
        while matches!(
            done.state,
            DeliveryState::Waiting | DeliveryState::Loading | DeliveryState::Withdrawing
        ) {
            std::thread::sleep(wait);
            wait = (wait * 2).min(longest);
            let request = self.agent.get(&place);
            done = self.read(request.header("authorization", &self.authorization).call())?;
            if let Some(progress) = &done.progress {
                bar.show(Progress {
                    bytes_read: progress.bytes_read,
                    bytes_total: progress.bytes_total,
                    records_read: progress.records_read,
                    records_refused: progress.records_refused,
                });
            }
        }
        bar.done();
        Ok(done)
    }

    fn read(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> anyhow::Result<DeliveryAnswer> {
        let mut answer = answer.with_context(|| format!("asking {}", self.base))?;
        let status = answer.status();
        let text = answer.body_mut().read_to_string()?;
        if !status.is_success() {
            let problem: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            let detail = problem.get("detail").and_then(serde_json::Value::as_str);
            bail!(
                "the server answers {status}: {}",
                detail.unwrap_or_default()
            );
        }
        serde_json::from_str(&text).context("the server answers something else than a delivery")
    }
}

fn describe(done: &DeliveryAnswer) -> String {
    let mut text = format!("{} ({})\n", done.title, done.id);
    if let Some(report) = &done.report {
        text.push_str(&describe_report(report));
    }
    if let Some(message) = &done.message {
        text.push_str(&format!("  {message}\n"));
    }
    text
}

fn describe_report(report: &DeliveryReport) -> String {
    let mut text = format!(
        "  {} records read, {} loaded, {} refused, {} set aside\n  {} statements new, {} stood already, {} do not stand any \
         more, {} stand again\n",
        report.records_read,
        report.records_loaded,
        report.records_refused,
        report.records_set_aside,
        report.statements_added,
        report.statements_unchanged,
        report.statements_superseded,
        report.statements_restored,
    );
    if report.superseded_nothing {
        text.push_str(
            "  some records were refused, so that this full delivery took the place of nothing\n",
        );
    }
    for refusal in &report.refusals {
        let column = refusal.column.as_deref();
        let column = column.map_or_else(String::new, |column| format!(", `{column}`"));
        text.push_str(&format!(
            "  refused: {}, line {}{column} {}: {}\n",
            refusal.file, refusal.line, refusal.value, refusal.reason
        ));
    }
    let listed = report.refusals.len() as u64;
    if report.records_refused > listed {
        let more = report.records_refused - listed;
        text.push_str(&format!("  and {more} more\n"));
    }
    for (reason, count) in &report.set_aside {
        text.push_str(&format!("  set aside: {count} records: {reason}\n"));
    }
    for file in &report.not_read {
        text.push_str(&format!("  not read: {}: {}\n", file.file, file.reason));
    }
    text
}
