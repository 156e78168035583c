//! `verband serve`.

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use super::today;
use crate::api::{ApiState, ServeOptions};
use crate::audit::{AuditLog, Durable, OtlpExport, Signer, Signing};
use crate::config::Config;
use crate::engine::{DeliveryRegister, Engine};
use crate::login::Login;
use crate::store::Store;

/// Serves the API and the page over a store.
///
/// SIGHUP reads policy, purposes and accounts anew (`kill -HUP PID`): all of it or, where a file is wrong, nothing.
#[derive(Debug, Args)]
#[command(after_help = "Example of verband.toml (paths are relative to it):
  store = \"town.redb\"
  policy = \"policy.cedar\"
  purposes = \"purposes.toml\"
  users = \"users.toml\"
  audit = \"audit\"
  mandates = \"mandates.toml\"
  patterns = \"queries\"
  deliveries = \"deliveries.toml\"          # sources that are delivered into the server, and by whom (docs/DELIVERIES.md)
  retention = \"retention.toml\"            # how long what sources say is kept (docs/RETENTION.md)
  accumulation = \"accumulation.toml\"      # signals that departments agreed to count together (docs/DECONFLICTION.md)
  audit_key = \"audit.key\"                # signs where the log stands; made at the first start
  audit_export = { endpoint = \"https://collector.example:4318\" }   # hands the log on (docs/AUDIT.md)
  audit_copies = \"/mnt/elsewhere\"        # copies of what is signed
  listen = \"127.0.0.1:8080\"
  metrics = \"127.0.0.1:9464\"
  public_url = \"https://verband.example\"   # what browsers use, when a proxy with TLS stands before it
  trusted_proxies = [\"10.0.0.1\"]           # whose X-Forwarded-For is believed
  tls = { certificate = \"verband.crt\", key = \"verband.key\" }
  [desk]                                      # cases, and what they let others know; all of it may be left out
  contact = \"the coordinator, 14 0117\"       # whom to call
  coordinator_role = \"coordinator\"           # who sees all askings
  silent_roles = [\"recherche\"]               # who may keep a case silent
  steward_role = \"gegevensbeheer\"           # who answers reports of mistakes in what their department delivers
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
    let served = open_to_serve(&config)?;
    serve(served, config, options, |address| {
        println!("Verband serves at {scheme}://{address} (stop with Ctrl-C)");
    })
}

/// Opens everything that reads need.
pub fn open(config: &Config) -> anyhow::Result<ApiState> {
    Ok(open_with(config, DeliveryRegister::default())?.0)
}

/// What a server serves, and what it does beside.
pub struct Served {
    /// What reads need.
    pub state: ApiState,
    /// Hands the log on, where the settings say so.
    export: Option<OtlpExport>,
}

/// Opens everything that a server needs: deliveries come into it too, and the log is handed on.
pub fn open_to_serve(config: &Config) -> anyhow::Result<Served> {
    let (state, durable) = open_with(config, config.deliveries()?)?;
    let export = config
        .audit_export
        .clone()
        .map(|settings| OtlpExport::start(settings, &config.audit_name, &config.audit, durable));
    Ok(Served {
        state,
        export: export.transpose()?,
    })
}

fn open_with(config: &Config, deliveries: DeliveryRegister) -> anyhow::Result<(ApiState, Durable)> {
    let rules = config.rules()?;
    let users = Arc::new(config.users()?);
    let mut login = Login::new(users, config.login()?, Box::new(rand::random));
    if let Some(oidc) = config.oidc()? {
        login = login.with_oidc(oidc);
    }
    let store = Store::open(&config.store).context("opening the store")?;
    let log = AuditLog::open_signed(&config.audit, signing(config)?)?;
    let durable = log.durable();
    let engine =
        Engine::open(store, rules, Box::new(log), today).context("reading the newest revision")?;
    let (library, mandates) = config.scans(&engine.schema())?;
    let engine = engine
        .with_desk(config.desk()?)
        .with_case_system(config.case_system()?)
        .with_scans(library, mandates)
        .context("reading the scans that were made")?
        .with_deliveries(deliveries)
        .context("making room for deliveries")?;
    let state = ApiState {
        engine: Arc::new(engine),
        login: Arc::new(login),
    };
    Ok((state, durable))
}

/// How the log signs where it stands. The key is made where there is none.
fn signing(config: &Config) -> anyhow::Result<Signing> {
    let path = &config.audit_key;
    let key = match std::fs::read(path) {
        Ok(key) => key,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = Signer::new_key()?;
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .with_context(|| format!("making {}", path.display()))?;
            file.write_all(&key)?;
            file.sync_all()?;
            tracing::info!(key = %path.display(), "a key for the checkpoints of the log was made");
            key
        }
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    if let Some(copies) = &config.audit_copies {
        std::fs::create_dir_all(copies).with_context(|| format!("making {}", copies.display()))?;
    }
    Ok(Signing {
        signer: Signer::new(&key, &config.audit_name)
            .with_context(|| format!("reading {}", path.display()))?,
        every: Duration::from_secs(config.checkpoint_seconds.max(1)),
        copies: config.audit_copies.clone(),
    })
}

/// Threads for reads: each keeps the marks of its searches, so not many more than cores.
const READ_THREADS_MAX: usize = 16;

/// Serves until Ctrl-C or a request to terminate.
pub fn serve(
    served: Served,
    config: Config,
    options: ServeOptions,
    listening: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    let Served { state, export } = served;
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
    runtime.spawn(reload_when_asked(state.clone(), Arc::new(config)));
    let served = runtime.block_on(crate::api::serve(state, options, listening, stopped()));
    stop.store(true, Ordering::Relaxed);
    if schedule.join().is_err() {
        tracing::error!("the schedule of scans ended in a fault");
    }
    // What was recorded until now is handed on, or the next start does.
    drop(export);
    Ok(served?)
}

/// Reads policy, purposes and accounts anew at each SIGHUP: all of them or, where a file is wrong, none. What is wrong is told
/// in the log.
async fn reload_when_asked(state: ApiState, config: Arc<Config>) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut asked = match signal(SignalKind::hangup()) {
        Ok(asked) => asked,
        Err(error) => {
            tracing::warn!(%error, "cannot listen for SIGHUP: rules are read at the start alone");
            return;
        }
    };
    while asked.recv().await.is_some() {
        let (state, config) = (state.clone(), Arc::clone(&config));
        let reloaded = tokio::task::spawn_blocking(move || {
            let rules = config.rules().map_err(|error| error.to_string())?;
            let users = config.users().map_err(|error| error.to_string())?;
            let digest = rules.policy.digest().to_owned();
            let count = users.count();
            let done = state.engine.reload(rules, "SIGHUP");
            done.map_err(|error| error.to_string())?;
            Ok::<_, String>((digest, count, state.login.replace_users(users)))
        });
        match reloaded.await {
            Ok(Ok((policy, accounts, ended))) => tracing::info!(
                policy,
                accounts,
                ended,
                "policy, purposes and accounts are read anew; sessions of accounts that changed ended"
            ),
            Ok(Err(error)) => {
                tracing::error!(error, "the rules and accounts that were in force stay so");
            }
            Err(_) => tracing::error!("reading the rules ended in a fault of the program"),
        }
    }
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
