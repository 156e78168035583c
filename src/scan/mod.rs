//! Patterns: their language, and how one is run over a view.
//!
//! * [`lang`] reads the read-only openCypher subset, checks it against a schema and lowers it to a program;
//! * [`pattern`] reads pattern files: front matter and query, and the library of them;
//! * [`ask`] answers a query of a person;
//! * [`exec`] runs a program over an [`AuthorizedView`](crate::authz::AuthorizedView), within budgets that are told when reached.
//!
//! # Invariants
//! * **deny by default**: what the lowering does not know is refused; nothing is passed on untouched.
//! * **the view is all there is**: a program sees a graph through one trait, and the view implements it; the answer, the
//!   work counted, the order and every error are functions of the view.
//! * **no protected property**: none can be named in any form, and none can be read where a name slipped through.
//! * **one thread or many give the same bytes**: starts are shared out in pieces of fixed size and merged in their order.
//!
//! What this module does not do: decide who sees what (`authz`), or keep what was found.

mod door;
pub mod exec;
pub mod lang;
pub mod pattern;
pub mod run;
pub mod sql;
#[cfg(test)]
mod tests;
mod value;

pub use door::{
    AskError, NODES_NAMED_MAX, NODES_READ_MAX, QueryAnswer, QueryEdge, QueryForm, QueryRequest,
    QueryTime, ROWS_MAX, ask,
};
