//! The HTTP API: `/v1`, after the Dutch API Design Rules 2.1, with RFC 9457 problems.
//!
//! Handlers extract, make one session call, and send what it gives. They decide nothing about access.
//!
//! # Invariants
//! * **every read names its purpose**: none is a 400, not a default.
//! * **hidden is 404, as missing**: same body, same headers.
//! * **no page of another site acts for a reader**: a request that a browser sends for one is refused, and where a cookie
//!   is all that names the caller, what changes something needs the token of the session as well.
//! * **no national number in an address**: it would stand in logs and histories of every machine on the way.
//!
//! # Design notes
//! * ETags are digests of the answer's own bytes. The store's revision would move when hidden data does.
//! * The list of routes comes from the router itself ([`routes`]), so that no test can miss one.

mod caller;
mod extract;
mod listen;
mod openapi;
mod problem;
mod request;
mod router;
mod routes;
mod secure;
mod serve;
#[cfg(test)]
mod tests;

pub use listen::ConnectionLimits;
pub use openapi::{document, routes};
pub use problem::Problem;
pub use router::{ApiState, router};
pub use routes::deliveries::{DeliveryAnswer, DeliveryReport};
pub use serve::{ServeError, ServeOptions, TlsFiles, serve};
