//! `verband serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use clap::Args;

use super::today;
use crate::api::{ApiState, ServeOptions};
use crate::audit::AuditLog;
use crate::config::Config;
use crate::engine::Engine;
use crate::login::Login;
use crate::store::Store;

/// Serves the API and the page over a store.
#[derive(Debug, Args)]
#[command(after_help = "Example of verband.toml (paths are relative to it):
  store = \"town.redb\"
  policy = \"policy.cedar\"
  purposes = \"purposes.toml\"
  users = \"users.toml\"
  audit = \"audit\"
  mandates = \"mandates.toml\"
  patterns = \"queries\"
  listen = \"127.0.0.1:8080\"
  metrics = \"127.0.0.1:9464\"
  public_url = \"https://verband.example\"   # what browsers use, when a proxy with TLS stands before it
  trusted_proxies = [\"10.0.0.1\"]           # whose X-Forwarded-For is believed
  tls = { certificate = \"verband.crt\", key = \"verband.key\" }
  [desk]                                      # cases, and what they let others know; all of it may be left out
  contact = \"the coordinator, 14 0117\"       # whom to call
  coordinator_role = \"coordinator\"           # who sees all askings
  silent_roles = [\"recherche\"]               # who may keep a case silent
  deadline_days = 3
  asks_per_day = 20
  canaries = []                               # identifiers of nodes that nobody has reason to ask about
docs/LOGIN.md has `[oidc]` and `[connections]`.")]
pub struct ServeArguments {
    /// Settings file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Address to listen on, in place of the one in the settings.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

pub fn run(arguments: ServeArguments) -> anyhow::Result<()> {
    let mut config = Config::read(&arguments.config)?;
    config.listen = arguments.listen.unwrap_or(config.listen);
    let options = ServeOptions {
        listen: config.listen,
        tls: config.tls()?,
        connections: config.connections,
        metrics: config.metrics,
    };
    let scheme = match options.tls {
        Some(_) => "https",
        None => "http",
    };
    serve(open(&config)?, options, |address| {
        println!("Verband serves at {scheme}://{address} (stop with Ctrl-C)");
    })
}

/// Opens everything that a server needs.
pub fn open(config: &Config) -> anyhow::Result<ApiState> {
    let rules = config.rules()?;
    let users = Arc::new(config.users()?);
    let mut login = Login::new(Arc::clone(&users), config.login()?, Box::new(rand::random));
    if let Some(oidc) = config.oidc()? {
        login = login.with_oidc(oidc);
    }
    let store = Store::open(&config.store).context("opening the store")?;
    let log = AuditLog::open(&config.audit)?;
    let engine =
        Engine::open(store, rules, Box::new(log), today).context("reading the newest revision")?;
    let (library, mandates) = config.scans(&engine.schema())?;
    let engine = engine
        .with_desk(config.desk.clone())
        .with_scans(library, mandates)
        .context("reading the scans that were made")?;
    Ok(ApiState {
        engine: Arc::new(engine),
        users,
        login: Arc::new(login),
    })
}

/// Threads for reads: each keeps the marks of its searches, so not many more than cores.
const READ_THREADS_MAX: usize = 16;

/// Serves until Ctrl-C or a request to terminate.
pub fn serve(
    state: ApiState,
    options: ServeOptions,
    listening: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(READ_THREADS_MAX)
        .build()
        .context("starting the runtime")?;
    // Scans work on threads of their own: a request never waits for one, and one never for a request.
    let stop = Arc::new(AtomicBool::new(false));
    let schedule = std::thread::spawn({
        let (engine, stop) = (Arc::clone(&state.engine), Arc::clone(&stop));
        move || engine.keep_schedule(&stop)
    });
    let served = runtime.block_on(crate::api::serve(state, options, listening, stopped()));
    stop.store(true, Ordering::Relaxed);
    if schedule.join().is_err() {
        tracing::error!("the schedule of scans ended in a fault");
    }
    Ok(served?)
}

async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut stream) => {
                stream.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "cannot listen for SIGTERM");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
    tracing::info!("stopping: finishing what was begun");
}
