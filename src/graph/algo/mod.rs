//! Algorithms, generic over [`ReadGraph`](super::ReadGraph).
//!
//! # Invariants
//! * **same bytes**: no answer depends on the number of threads, on the order of a hash map, or on
//!   [`node_bound`](super::ReadGraph::node_bound), in which hidden nodes count. Ties go to the smallest
//!   [`NodeIndex`](super::NodeIndex).
//! * **bounded reads are charged**: path and connection searches charge every visible slot that they examine. Work on a
//!   whole graph looks at the deadline once a chunk instead.
//! * **no recursion**: depth is that of the data, and the stack is not.
//!
//! # Design notes
//! What petgraph has and is safe runs on [`CompactGraph`](super::CompactGraph). What is here is here because petgraph
//! has none (communities), gives lengths instead of paths (`k_shortest_path`), counts hidden nodes
//! (`connected_components` on a filtered graph), is quadratic (`page_rank`), or indexes by hash order and panics on what
//! is not connected (`steiner_tree`).

pub mod bfs;
mod centrality;
pub(crate) mod column;
mod community;
mod component;
mod connect;
mod k_paths;
mod path;
mod simple;
mod time_path;

pub use centrality::{
    PageRankOptions, Scale, betweenness, degrees, harmonic_closeness, page_rank, triangles,
};
pub use community::communities;
pub use component::{Components, components};
pub use connect::{ConnectQuestion, TERMINALS_MAX, connect};
pub use k_paths::{PATHS_MAX, k_shortest_paths};
pub use path::{Path, PathFilter, PathQuestion, shortest_path};
pub use time_path::time_respecting_path;
