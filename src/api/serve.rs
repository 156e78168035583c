//! Listens, serves, measures, and stops in an orderly way.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::{TlsAcceptor, rustls};
use tower_http::timeout::RequestBodyTimeoutLayer;

use super::listen::{ConnectionLimits, Listening, serve_router};
use super::router::{ApiState, router};

/// Why the server did not start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("certificate or key of `tls` cannot be used: {0}")]
    Tls(String),
    /// Serving failed.
    #[error("the server stopped: {0}")]
    Serve(#[from] std::io::Error),
}

/// Where to listen, and how.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Address of the API.
    pub listen: SocketAddr,
    /// Certificate and key; none: plain HTTP, with TLS at a proxy before it.
    pub tls: Option<TlsFiles>,
    /// Limits of connections.
    pub connections: ConnectionLimits,
    /// Address of the measures for Prometheus; none: not served. Apart from the API: they have no login.
    pub metrics: Option<SocketAddr>,
}

/// What TLS is spoken with: the contents of two files.
#[derive(Clone)]
pub struct TlsFiles {
    /// The certificate and those it descends from, PEM.
    pub certificate: Vec<u8>,
    /// Its private key, PEM.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for TlsFiles {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TlsFiles").finish_non_exhaustive()
    }
}

impl TlsFiles {
    /// TLS 1.2 and 1.3, with what the provider of cryptography takes by itself.
    fn acceptor(&self) -> Result<TlsAcceptor, ServeError> {
        let wrong = |error: &dyn std::fmt::Display| ServeError::Tls(error.to_string());
        let chain: Result<Vec<CertificateDer<'_>>, _> =
            CertificateDer::pem_slice_iter(&self.certificate).collect();
        let chain = chain.map_err(|error| wrong(&error))?;
        let chain = chain.into_iter().map(CertificateDer::into_owned).collect();
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| wrong(&error))?;
        // Named here and not taken from the process: there is one provider in the program, and none is chosen by chance.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| wrong(&error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// Serves until `stop` is ready, then finishes what was begun. `listening` is told the address (its port may have been 0).
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    state: ApiState,
    options: ServeOptions,
    listening: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let tls = options.tls.as_ref().map(TlsFiles::acceptor).transpose()?;
    let listener = listen(options.listen).await?;
    if let Some(address) = options.metrics {
        let measures = listen(address).await?;
        if let Ok(handle) = PrometheusBuilder::new().install_recorder() {
            tokio::spawn(async move { axum::serve(measures, measures_router(handle)).await });
        }
    }
    listening(listener.local_addr()?);
    let listening = Listening {
        listener,
        tls,
        limits: options.connections,
        proxies: state.login.settings.proxies().to_vec(),
    };
    let piece = Duration::from_secs(options.connections.body_seconds);
    let router = router(state).layer(RequestBodyTimeoutLayer::new(piece));
    serve_router(listening, router, stop).await;
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Listen { address, source })
}

fn measures_router(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(move || async move { handle.render() }))
}

/// Counts requests and their time by route template, method and status: never by what was asked.
pub async fn measure(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().to_string();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    let labels = [("method", method), ("route", route), ("status", status)];
    metrics::counter!("verband_requests_total", &labels).increment(1);
    metrics::histogram!("verband_request_seconds", &labels).record(begun.elapsed().as_secs_f64());
    response
}
