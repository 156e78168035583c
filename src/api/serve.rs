//! Listens, serves, measures, and stops in an orderly way.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

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
    /// Serving failed.
    #[error("the server stopped: {0}")]
    Serve(#[from] std::io::Error),
}

/// Where to listen.
#[derive(Debug, Clone, Copy)]
pub struct ServeOptions {
    /// Address of the API. Plain HTTP: TLS ends at a proxy before it.
    pub listen: SocketAddr,
    /// Address of the measures for Prometheus; none: not served. Apart from the API: they have no login.
    pub metrics: Option<SocketAddr>,
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
    let listener = listen(options.listen).await?;
    if let Some(address) = options.metrics {
        let measures = listen(address).await?;
        if let Ok(handle) = PrometheusBuilder::new().install_recorder() {
            tokio::spawn(async move { axum::serve(measures, measures_router(handle)).await });
        }
    }
    listening(listener.local_addr()?);
    axum::serve(listener, router(state))
        .with_graceful_shutdown(stop)
        .await?;
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
