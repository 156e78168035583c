//! How much work one read may do.

use std::time::Instant;

/// Why a read stopped before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The edges that may be examined are used up. Counted over visible edges only, so the same for equal views.
    #[error("the read examined the {0} edges it may")]
    Edges(u64),
    /// The clock ran out. A partial answer would depend on the machine, so there is none.
    #[error("the read took longer than it may")]
    Deadline,
}

/// A budget of visible edges to examine, and a deadline.
#[derive(Debug, Clone)]
pub struct Budget {
    edges_max: u64,
    edges_left: u64,
    deadline: Option<Instant>,
    until_clock: u64,
}

/// Edges examined between two looks at the clock.
const CLOCK_EVERY: u64 = 4_096;

impl Budget {
    /// Allows this many edges; no deadline.
    pub fn edges(edges_max: u64) -> Self {
        Self {
            edges_max,
            edges_left: edges_max,
            deadline: None,
            until_clock: CLOCK_EVERY,
        }
    }

    /// Adds a deadline.
    pub fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Charges one visible edge.
    ///
    /// Charged after the view has filtered. Charging for hidden edges would show, by how early the answer stops, how
    /// many there are. Wasted work is bounded by the deadline instead.
    ///
    /// # Errors
    /// [`Stop`] when nothing is left, or the deadline has passed.
    #[inline]
    pub fn charge_edge(&mut self) -> Result<(), Stop> {
        self.charge(1)
    }

    /// Charges visible edges, as [`Self::charge_edge`] does one.
    ///
    /// # Errors
    /// [`Stop`] when fewer are left, or the deadline has passed.
    #[inline]
    pub fn charge(&mut self, edges: u64) -> Result<(), Stop> {
        self.edges_left = self
            .edges_left
            .checked_sub(edges)
            .ok_or(Stop::Edges(self.edges_max))?;
        self.until_clock = self.until_clock.saturating_sub(edges);
        if self.until_clock == 0 {
            self.until_clock = CLOCK_EVERY;
            self.check_deadline()?;
        }
        Ok(())
    }

    /// Looks at the clock, for work that examines few edges.
    ///
    /// # Errors
    /// [`Stop::Deadline`] when it has passed.
    pub fn check_deadline(&self) -> Result<(), Stop> {
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Stop::Deadline),
            Some(_) | None => Ok(()),
        }
    }

    /// Edges that may still be examined.
    pub fn edges_left(&self) -> u64 {
        self.edges_left
    }

    /// Edges examined so far: the work counter.
    pub fn edges_examined(&self) -> u64 {
        self.edges_max - self.edges_left
    }
}
