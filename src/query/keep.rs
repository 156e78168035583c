//! Which neighbours of a large node to keep.
//!
//! A chart has room for some hundred nodes; an address or company may have thousands of neighbours. Choosing here, not in
//! the browser, spares sending what is thrown away at once: nobody's name leaves for a picture that it is not in.
//!
//! INVARIANT: what is kept is a function of the view. Degrees and days count visible edges only, and ties go by label and
//! identifier.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use utoipa::ToSchema;

use super::session::QueryError;
use crate::authz::AuthorizedView;
use crate::graph::algo::bfs::{Cut, Neighbourhood};
use crate::graph::{Budget, NodeIndex, ReadGraph, Slot};

/// Which neighbours to keep where there are more than asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// The first by label and identifier.
    #[default]
    First,
    /// Those whose connection began last.
    Newest,
    /// Those with the most neighbours of their own.
    MostConnected,
}

impl Keep {
    /// Cuts the first level of a neighbourhood to what is kept.
    pub(super) fn apply(
        self,
        view: &AuthorizedView,
        found: &mut Neighbourhood,
        nodes_max: usize,
        passes: &impl Fn(&Slot) -> bool,
        budget: &mut Budget,
    ) -> Result<(), QueryError> {
        if self == Self::First || found.nodes.len() <= nodes_max {
            return Ok(());
        }
        let mut starts = found.level(0).to_vec();
        let mut neighbours = found.level(1).to_vec();
        starts.truncate(nodes_max);
        let weights: HashMap<NodeIndex, i64> = match self {
            Self::First => HashMap::new(),
            Self::Newest => last_begun(view, &starts, passes),
            Self::MostConnected => degrees(view, &neighbours, budget)?,
        };
        neighbours.sort_unstable_by_key(|node| (Reverse(weights.get(node).copied()), *node));
        neighbours.truncate(nodes_max - starts.len());
        found.cut = Some(Cut::Nodes(nodes_max));
        found.level_starts = vec![0, starts.len()];
        found.nodes = starts;
        if !neighbours.is_empty() {
            found.nodes.extend(neighbours);
            found.level_starts.push(found.nodes.len());
        }
        Ok(())
    }
}

/// The last day on which a connection with a start began, per neighbour. Connections without a first day come last.
fn last_begun(
    view: &AuthorizedView,
    starts: &[NodeIndex],
    passes: &impl Fn(&Slot) -> bool,
) -> HashMap<NodeIndex, i64> {
    let mut days = HashMap::new();
    for slot in starts.iter().flat_map(|&start| view.slots(start)) {
        if !passes(&slot) {
            continue;
        }
        let begun = view.validity(slot.edge).from;
        let day = begun.map_or(i64::MIN, |date| i64::from(date.earliest().days()));
        let last = days.entry(slot.neighbour).or_insert(day);
        *last = day.max(*last);
    }
    days
}

fn degrees(
    view: &AuthorizedView,
    nodes: &[NodeIndex],
    budget: &mut Budget,
) -> Result<HashMap<NodeIndex, i64>, QueryError> {
    let mut degrees = HashMap::with_capacity(nodes.len());
    for &node in nodes {
        let mut examined = 0;
        let others: HashSet<NodeIndex> = view.neighbours(node).inspect(|_| examined += 1).collect();
        budget.charge(examined)?;
        degrees.insert(node, others.len() as i64);
    }
    Ok(degrees)
}
