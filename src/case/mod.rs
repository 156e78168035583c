//! Cases: why somebody looks into a premises, person or company, how far, until when, and with whom; and what cases let
//! others know of each other.
//!
//! # Invariants
//! * **a case that is not yours is not there**: it is seen by its team, and by the roles that its purpose names; for
//!   everybody else it is as one that never was.
//! * **a case ends**: it has a last day, at most as far away as its purpose allows. After it nothing is read under it.
//! * **what others may know is decided in two places**, [`deconfliction`] and [`accumulation`]: the only code in which what a
//!   caller may not see has influence on what they are told.
//! * **what is said to others goes one way**: a [`Mistake`] carries to the owner of a source what its reporter chose to say.
//!
//! # Design notes
//! * A case narrows what is seen and never widens it: who is in the team still sees only what their own department,
//!   roles and purpose let them.
//! * Documents hold identifiers of nodes, never names. What a case shows of a node is read anew for each reader, through
//!   the reader's own view.
//! * Nothing here has a clock or draws a number: both are given, so that all of it can be repeated.
//!
//! What this module does not do: open views or write records (`engine`), or know HTTP.

pub mod accumulation;
mod asking;
mod book;
mod chart;
pub mod deconfliction;
mod error;
mod file;
mod handover;
pub mod limit;
mod mistake;

pub use asking::{Asking, Party, Question, Side, State, StateChange};
pub use book::{ASKINGS, Book, CASES, CHARTS, Entry, MISTAKES, WEIGHINGS};
pub use chart::{ChartStamp, Drawing, SavedChart, SavedPlace};
pub use error::CaseError;
pub use file::{Case, Deed, Draft, Event, Moment, Note, Pin, Status, TeamChange, Unmasking};
pub use handover::Handover;
pub use mistake::{Line as MistakeLine, Mistake, Outcome as MistakeOutcome, Reply as MistakeReply};

#[cfg(test)]
mod tests;
