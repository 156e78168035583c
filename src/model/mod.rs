//! Shared values: identifiers, labels, properties, dates, markings, provenance.
//!
//! Everything here is a plain value: no I/O, no locks, no clock. What leaves a parser in this module is proved:
//! a [`Day`] is a real day, a [`Marking`] has a level, a BSN passed its check.
//!
//! # Design notes
//! * **A node's id is a keyed hash of its key, not a number in order of arrival.** Hidden data that arrives may not
//!   change an id that a caller sees, and a BSN may not be guessed from one. The price is 8 bytes a node and a
//!   collision check at load. Ids of order (row numbers, encrypted ones too) were weighed: they move with what is
//!   loaded before them, hidden or not.
//! * **The property class is not part of the [`Marking`].** A statement carries properties of several classes under one
//!   marking; the clearance is a table marking x class instead, so statements need not be split by class.
//!
//! What this module does not do: decide who sees what (`authz`), or know where values are kept (`store`).

pub mod check;
mod id;
mod marking;
mod mask;
#[cfg(test)]
pub(crate) mod mutate;
pub mod protected;
mod schema;
mod shape;
mod statement;
mod time;
mod token;
mod value;

pub use id::{CaseId, EdgeId, ID_LENGTH, IdError, IdSecret, NodeId, NodeKey, ReceiptId};
pub use marking::{
    ClassSet, Level, Marking, MarkingId, MarkingTable, MarkingTableError, PropertyClass,
};
pub use mask::MaskKey;
pub use schema::{
    EdgeLabel, EdgeLabelId, FindBy, KeySpace, NodeLabel, NodeLabelId, PropertyDef, PropertyId,
    Schema, SchemaError, Title, ValueType,
};
pub use shape::{DegreeBox, Degrees, Rings, SHAPE_POSITIONS_MAX, Shape, cells, lies_in};
pub use statement::{Delivery, DeliveryId, DeliveryKind, DeliveryOutcome, Provenance, Statement};
pub use time::{DateError, DateFormat, Day, PartialDate, Precision, TimeSpan, Validity};
pub use token::{TOKEN_BYTES_MAX, fold, tokens};
pub use value::Value;
