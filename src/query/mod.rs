//! What callers may ask: reads on a view, with limits that are told when reached.
//!
//! A [`Session`] is the only door: one caller, one purpose, one as-of day, one view. Every function here takes it, and
//! nothing here can name a snapshot.
//!
//! # Invariants
//! * **hidden is missing**: a hidden node gives [`QueryError::UnknownNode`], as one that never was.
//! * **limits are told**: an answer that is cut says so in `truncated`, and never more than that it was.
//! * **answers are functions of the view**: counts, order, cursors and work are made of visible elements only.

mod cluster;
mod dossier;
mod element;
mod keep;
#[cfg(test)]
pub(crate) mod law;
mod limit;
mod neighbourhood;
mod node;
mod path;
mod place;
mod result;
mod search;
mod session;

pub use cluster::{
    ComponentLine, ComponentList, ComponentRequest, MeasureLine, MeasureRequest, Measures,
};
pub use dossier::{Dossier, DossierConnection, DossierLine, DossierSection};
pub(crate) use element::StatementPlace;
pub use keep::Keep;
pub use limit::{
    EXPAND_STARTS_MAX, HOPS_MAX, NODES_DEFAULT, NODES_MAX, PAGE_DEFAULT, PAGE_MAX, ReadLimits,
};
pub use neighbourhood::{ExpandRequest, NeighbourRequest};
pub use path::{ConnectingNetwork, NetworkRequest, PathKind, PathLine, PathRequest, Paths};
pub use place::{
    Geometry, Ground, GroundCollection, GroundFeature, GroundRequest, PlaceCollection,
    PlaceFeature, PlaceRequest, Placed,
};
pub use result::{
    Answer, AskedState, EdgeSummary, Interval, NeighbourCount, NeighbourLine, NeighbourPage,
    NeighbourPreview, NodeAnswer, NodeSummary, Source, StatementLine, Subgraph, SubgraphNode,
    Truncated,
};
pub use search::{SearchHit, SearchPage, SearchRequest};
pub use session::{QueryError, Session, SessionContext};
