//! The graph in memory: snapshots, how they are built, and the algorithms that read them.
//!
//! Crate-private. Nothing above `authz` may name [`Snapshot`]; it is read through a view.
//!
//! # Invariants
//! * **edges have ends**: an edge statement stands in a snapshot only if both of its ends do.
//! * **order is identity**: nodes are ordered by (label, id) and slots by (edge label, direction, neighbour, edge id), so no order
//!   depends on what was loaded first or on what is hidden.

pub mod algo;
mod archive;
mod bits;
mod budget;
mod builder;
mod compact;
mod read;
mod snapshot;
#[cfg(test)]
pub(crate) mod testing;

pub use archive::{Archive, ArchiveError, IndexQuery};
pub use bits::Bits;
pub use budget::{Budget, Stop};
pub use builder::{AliasRow, BuildError, EdgeRow, NodeRow, Waiting, build};
#[cfg(test)]
pub use compact::CompactEdge;
pub use compact::{CompactGraph, Undirected};
pub use read::{Direction, EdgeIndex, NodeIndex, ReadGraph, Slot};
#[cfg(feature = "bench")]
pub use snapshot::SnapshotSize;
pub use snapshot::{Snapshot, SnapshotArrays};
