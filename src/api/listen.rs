//! Takes connections: how many, for how long, and by TLS where the settings have it.
//!
//! # Invariants
//! * **who sends slowly or nothing holds a place for a short time**: the greeting by TLS, the head of a request and each
//!   piece of a body have a time in which they must come.
//! * **one address does not take all places**; proxies of ours are no such address.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::Extensions;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Limits of connections: the settings `[connections]`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectionLimits {
    /// Connections at once; further ones wait until one ends.
    pub at_once: usize,
    /// Of those, from one address; further ones are closed.
    pub per_address: usize,
    /// Seconds in which a greeting by TLS, and the head of each request, must have come.
    pub head_seconds: u64,
    /// Seconds in which each piece of a body must come.
    pub body_seconds: u64,
}

impl Default for ConnectionLimits {
    /// More than the browsers of a municipality open, and fewer than the files that a process may have open.
    fn default() -> Self {
        Self {
            at_once: 2_000,
            per_address: 500,
            head_seconds: 15,
            body_seconds: 15,
        }
    }
}

/// Where a router is served, and how.
pub struct Listening {
    /// Takes connections.
    pub listener: TcpListener,
    /// Greets by TLS; none: plain HTTP.
    pub tls: Option<TlsAcceptor>,
    /// Limits.
    pub limits: ConnectionLimits,
    /// Addresses of our own proxies.
    pub proxies: Vec<IpAddr>,
}

/// Time in which requests that were begun may end once the server is to stop.
const STOP_TIME_MAX: Duration = Duration::from_secs(30);
/// Rest after a connection could not be taken: most often there are no more files, and trying on at once would not help.
const ACCEPT_REST: Duration = Duration::from_millis(100);
/// Longest head of a request. Cookies and tokens fit.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Serves until `stop` is ready, then finishes what was begun.
pub async fn serve_router(listening: Listening, router: Router, stop: impl Future<Output = ()>) {
    let Listening {
        listener,
        tls,
        limits,
        proxies,
    } = listening;
    let places = Arc::new(Semaphore::new(limits.at_once));
    let addresses = Addresses::default();
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(ACCEPT_REST).await;
                continue;
            }
        };
        let ip = address.ip().to_canonical();
        let most = match proxies.contains(&ip) {
            true => usize::MAX,
            false => limits.per_address,
        };
        let Some(counted) = addresses.enter(ip, most) else {
            // Closed by being dropped.
            continue;
        };
        let connection = Connection {
            router: router.clone(),
            address,
            limits,
            watcher: graceful.watcher(),
        };
        let tls = tls.clone();
        tokio::spawn(async move {
            connection.serve(stream, tls).await;
            drop((place, counted));
        });
    }
    drop(listener);
    if tokio::time::timeout(STOP_TIME_MAX, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests were still being answered when the time to stop was over");
    }
}

struct Connection {
    router: Router,
    address: SocketAddr,
    limits: ConnectionLimits,
    watcher: hyper_util::server::graceful::Watcher,
}

impl Connection {
    async fn serve(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Answers are written whole; waiting for more to send with them only costs time.
        drop(stream.set_nodelay(true));
        let Some(tls) = tls else {
            return self.answer(stream).await;
        };
        let time = Duration::from_secs(self.limits.head_seconds);
        match tokio::time::timeout(time, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.answer(stream).await,
            Ok(Err(error)) => tracing::debug!(%error, "no greeting by TLS"),
            Err(_) => tracing::debug!("no greeting by TLS in time"),
        }
    }

    async fn answer(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let address = self.address;
        let service = self.router.map_request(move |mut request: Request<_>| {
            let extensions: &mut Extensions = request.extensions_mut();
            extensions.insert(ConnectInfo(address));
            request
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(self.limits.head_seconds))
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        if let Err(error) = self.watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Addresses {
    /// Counts a connection until what is returned is dropped; `None` if there are enough.
    fn enter(&self, address: IpAddr, most: usize) -> Option<Counted> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Counted {
            addresses: self.clone(),
            address,
        })
    }
}

struct Counted {
    addresses: Addresses,
    address: IpAddr,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let counts = &self.addresses.0;
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_only_so_many_connections_at_once() {
        let addresses = Addresses::default();
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap());
        let held: Vec<Counted> = (0..3).filter_map(|_| addresses.enter(one, 3)).collect();
        assert_eq!(held.len(), 3);
        assert!(addresses.enter(one, 3).is_none());
        assert!(addresses.enter(other, 3).is_some());
        drop(held);
        assert!(addresses.enter(one, 3).is_some());
        assert!(addresses.0.lock().unwrap().is_empty());
    }
}
