//! Who may see what: principals, purposes, the policy, and the view that it compiles to.
//!
//! # Invariants
//! * **the view is the only door**: nothing above this module reads a snapshot but through [`AuthorizedView`], whose
//!   fields are private and which has no way back.
//! * **deny by default**: no rule, no purpose, an unknown marking, a failed evaluation: hidden.
//! * **existence is a grant**: what may not be seen is the same, byte for byte, as what is not there.
//!
//! What this module does not do: log in (that ends in a [`Principal`]), or write records (`audit`).
//!
//! The snapshot cannot be reached from outside:
//!
//! ```compile_fail,E0616
//! fn steal(view: &verband::authz::AuthorizedView) {
//!     let _ = &view.snapshot;
//! }
//! ```
//! ```compile_fail,E0603
//! use verband::graph::Snapshot;
//! ```
//! while what the view offers can:
//! ```
//! fn look(view: &verband::authz::AuthorizedView) -> usize {
//!     view.node_count()
//! }
//! ```

mod decision;
mod policy;
mod principal;
mod purpose;
mod users;
mod view;

pub use decision::{Clearance, Disclosure, Grant};
pub use policy::{EvaluationError, Policy, PolicyError};
pub use principal::Principal;
pub use purpose::{Purpose, PurposeError, PurposeRegister, RegisterError};
pub use users::{Credentials, UserError, Users};
pub use view::{AuthorizedView, Change, SeenStatement, ViewDifference};
pub(crate) use view::{Facts, Near, ViewSource};
