//! Scans: patterns run under a mandate, over the mandate's view.
//!
//! # Invariants
//! * **A scan has a mandate**: a principal, a purpose and a list of patterns, named in a file that a policy officer reads. It
//!   sees what the policy lets that principal see, and nothing more; there is no way to scan the graph itself.
//! * **Never half**: a pattern that reaches a budget, or of which a start was left out, is `incomplete`, says why, and raises
//!   nothing.
//! * **Absence is absence**: a pattern that rests on what is not there runs only where the mandate sees those labels whole.
//!
//! What this module does not do: keep flags or decide who reads them (`flag`), or make views (`engine`).

mod found;
mod mandate;
mod scan;

pub use found::{Column, Element, Found, FoundError, Match, run_pattern};
pub use mandate::{Mandate, MandateError, Mandates};
pub use scan::{Again, Planned, Progress, Ran, Why, scan};
