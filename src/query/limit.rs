//! The limits of reads, in one place. Reaching one is told in the answer.

use std::time::Duration;

/// Most edges from a start.
pub const HOPS_MAX: usize = 6;
/// Nodes in a subgraph when the caller names no number.
pub const NODES_DEFAULT: usize = 500;
/// Most nodes in a subgraph.
pub const NODES_MAX: usize = 5_000;
/// Most starts of one expansion.
pub const EXPAND_STARTS_MAX: usize = 200;
/// Lines on a page when the caller names no number.
pub const PAGE_DEFAULT: usize = 50;
/// Most lines on a page.
pub const PAGE_MAX: usize = 500;
/// What one read may examine at most. The limits are part of what a session is opened with, so that tests can reach them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    /// Visible edges.
    pub edges_examined: u64,
    /// Entries of the index of names that the caller may read.
    pub entries_examined: u64,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            edges_examined: 5_000_000,
            entries_examined: 50_000,
        }
    }
}

/// Most edges in a subgraph answer.
pub const EDGES_MAX: usize = 50_000;
/// Longest that one read may take.
pub const READ_TIME_MAX: Duration = Duration::from_secs(10);
/// Most lines in one section of a dossier.
pub const SECTION_LINES_MAX: usize = 500;
/// Most nodes at two steps that a dossier tells of.
pub const CONNECTIONS_MAX: usize = 200;
/// Longest text to search for, in characters.
pub const SEARCH_TEXT_MAX: usize = 200;
/// Most cells of the index of places that one box touches: some two kilometres each way.
pub const PLACE_CELLS_MAX: usize = 500;
/// Most features of one map.
pub const PLACES_MAX: usize = 5_000;
/// Fewest letters of a prefix: shorter ones would read the whole index.
pub const PREFIX_LETTERS_MIN: usize = 2;
