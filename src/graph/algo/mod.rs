//! Algorithms, generic over [`ReadGraph`](super::ReadGraph).
