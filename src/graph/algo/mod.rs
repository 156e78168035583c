//! Algorithms, generic over [`ReadGraph`](super::ReadGraph).

pub mod bfs;
