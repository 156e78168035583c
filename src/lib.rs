//! Verband: graph-based link analysis that shows everything you may see, and nothing more.

pub(crate) mod graph;
pub mod ingest;
pub mod model;
