//! What benches need beside the public interface: a store opened with and without a view. Only with the feature `bench`;
//! the program that is served is built without it.

use std::path::Path;
use std::sync::Arc;

use crate::authz::{AuthorizedView, Clearance, Grant, ViewSource};
use crate::graph::algo::bfs::{Reach, neighbourhood};
use crate::graph::algo::{PathFilter, PathQuestion, components, shortest_path};
use crate::graph::{Budget, Direction, NodeIndex, ReadGraph, Snapshot, SnapshotSize};
use crate::model::{ClassSet, Day, NodeId, PropertyClass, TimeSpan};
use crate::store::{Store, StoreError};

/// A store opened for measuring.
pub struct Bench {
    source: ViewSource,
    secret: crate::model::IdSecret,
}

/// A position that benches hold on to.
pub type Position = u32;

impl Bench {
    /// Opens a store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let store = Store::open(path)?;
        let opened = store.newest()?;
        Ok(Self {
            secret: store.secret().clone(),
            source: ViewSource {
                snapshot: Arc::new(opened.snapshot),
                archive: Arc::new(opened.revision),
                schema: Arc::new(opened.schema),
                markings: Arc::new(opened.markings),
            },
        })
    }

    /// Position of the node with this label and key.
    pub fn position(&self, label: &str, key: &str) -> Option<Position> {
        let id: NodeId = self.secret.node(label, key);
        self.source.snapshot.find(id).map(|node| node.0)
    }

    /// Bytes held.
    pub fn size(&self) -> SnapshotSize {
        self.source.snapshot.size()
    }

    /// The graph without a view.
    pub fn unfiltered(&self) -> Unfiltered {
        Unfiltered(Arc::clone(&self.source.snapshot))
    }

    /// The graph that holds only what a view shows: the same answers and the same edges examined, without a bit test.
    pub fn stripped(&self, view: &View) -> Option<Unfiltered> {
        let mut arrays = self.source.snapshot.arrays().clone();
        let (mut starts, mut neighbours) = (vec![0], Vec::new());
        let (mut kinds, mut edges) = (Vec::new(), Vec::new());
        for node in 0..self.source.snapshot.node_count() as u32 {
            for slot in view.0.slots(NodeIndex(node)) {
                neighbours.push(slot.neighbour.0);
                kinds.push(slot.label.0 << 1 | u8::from(slot.direction == Direction::In));
                edges.push(slot.edge.0);
            }
            starts.push(neighbours.len() as u32);
        }
        arrays.slot_starts = starts;
        arrays.slot_neighbours = neighbours;
        arrays.slot_kinds = kinds;
        arrays.slot_edges = edges;
        Snapshot::new(arrays, 0)
            .ok()
            .map(|snapshot| Unfiltered(Arc::new(snapshot)))
    }

    /// Compiles the view of who may see the markings that `sees` lets through (organisation, department, level rank).
    pub fn view(&self, day: Day, sees: impl Fn(&str, &str, u8) -> bool) -> View {
        let mut all = ClassSet::EMPTY;
        PropertyClass::ALL
            .into_iter()
            .for_each(|class| all.insert(class));
        let grants = self
            .source
            .markings
            .iter()
            .map(|(_, marking)| Grant {
                classes: sees(
                    &marking.organisation,
                    &marking.department,
                    marking.level.rank(),
                )
                .then_some(all),
                rules: Vec::new(),
            })
            .collect();
        let clearance = Arc::new(Clearance::new(grants));
        let view = AuthorizedView::compile(self.source.clone(), clearance, TimeSpan::Until(day));
        View(view, Arc::clone(&self.source.snapshot))
    }
}

/// A graph read without a view.
pub struct Unfiltered(Arc<Snapshot>);

/// The graph through a view.
pub struct View(AuthorizedView, Arc<Snapshot>);

/// Reads to measure: the same for both.
pub trait Reads {
    /// Nodes within `hops` edges of a start; the edges examined come second.
    fn expand(&self, start: Position, hops: usize) -> (Vec<Position>, u64);
    /// Length of a shortest path of at most `hops_max` edges.
    fn path(&self, from: Position, to: Position, hops_max: u32) -> Option<usize>;
    /// Number of components, and the sum of the squares of their sizes: equal for equal partitions, nearly surely.
    fn components(&self) -> (usize, u64);
    /// Slots of a node that this reader looks at, whether it may see them or not.
    fn slots_tested(&self, node: Position) -> usize;
    /// Visible neighbours, for a bare loop over arrays of its own.
    fn adjacency(&self) -> Vec<Vec<Position>>;
    /// Bytes that this reader holds besides the snapshot.
    fn bytes(&self) -> usize;
}

/// More edges than any read of a bench examines.
const EDGES_MAX: u64 = u64::MAX / 2;

fn expand(graph: &impl ReadGraph, start: Position, hops: usize) -> (Vec<Position>, u64) {
    let reach = Reach {
        hops_max: hops,
        nodes_max: usize::MAX,
    };
    let mut budget = Budget::edges(EDGES_MAX);
    let found = neighbourhood(graph, &[NodeIndex(start)], reach, &mut budget);
    let nodes = found.map_or_else(|_| Vec::new(), |found| found.nodes);
    (
        nodes.into_iter().map(|node| node.0).collect(),
        budget.edges_examined(),
    )
}

fn path(graph: &impl ReadGraph, from: Position, to: Position, hops_max: u32) -> Option<usize> {
    let question = PathQuestion {
        from: NodeIndex(from),
        to: NodeIndex(to),
        hops_max,
        filter: PathFilter::ANY,
    };
    let found = shortest_path(graph, &question, &mut Budget::edges(EDGES_MAX)).ok()??;
    Some(found.steps.len())
}

fn partition(graph: &impl ReadGraph) -> (usize, u64) {
    match components(graph, &Budget::edges(EDGES_MAX)) {
        Ok(found) => {
            let squares = found
                .sizes()
                .iter()
                .map(|&(_, size)| u64::from(size).pow(2));
            (found.sizes().len(), squares.sum())
        }
        Err(_) => (0, 0),
    }
}

fn degree(snapshot: &Snapshot, node: Position) -> usize {
    let (start, end) = snapshot.slot_range(NodeIndex(node));
    end - start
}

fn adjacency(graph: &impl ReadGraph) -> Vec<Vec<Position>> {
    (0..graph.node_bound() as u32)
        .map(|node| {
            graph
                .neighbours(NodeIndex(node))
                .map(|other| other.0)
                .collect()
        })
        .collect()
}

impl Reads for Unfiltered {
    fn expand(&self, start: Position, hops: usize) -> (Vec<Position>, u64) {
        expand(&*self.0, start, hops)
    }

    fn path(&self, from: Position, to: Position, hops_max: u32) -> Option<usize> {
        path(&*self.0, from, to, hops_max)
    }

    fn components(&self) -> (usize, u64) {
        partition(&*self.0)
    }

    fn slots_tested(&self, node: Position) -> usize {
        degree(&self.0, node)
    }

    fn adjacency(&self) -> Vec<Vec<Position>> {
        adjacency(&*self.0)
    }

    fn bytes(&self) -> usize {
        0
    }
}

impl Reads for View {
    fn expand(&self, start: Position, hops: usize) -> (Vec<Position>, u64) {
        expand(&self.0, start, hops)
    }

    fn path(&self, from: Position, to: Position, hops_max: u32) -> Option<usize> {
        path(&self.0, from, to, hops_max)
    }

    fn components(&self) -> (usize, u64) {
        partition(&self.0)
    }

    fn slots_tested(&self, node: Position) -> usize {
        degree(&self.1, node)
    }

    fn adjacency(&self) -> Vec<Vec<Position>> {
        adjacency(&self.0)
    }

    fn bytes(&self) -> usize {
        self.0.bytes()
    }
}
