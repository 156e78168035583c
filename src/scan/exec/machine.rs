//! One worker: a frame of values, and the operations that run on it.
//!
//! Depth first and pushed: an operation sets its slots and hands on to the next, down to whoever gathers rows. Nothing is
//! allocated for a row before that.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::graph::{Element, Graph, Side};
use super::plan::{Linked, Step};
use super::sink::Gathered;
use super::{Budgets, ExecError, Stopped};
use crate::scan::lang::Arrow;
use crate::scan::lang::ir::{Body, EdgeSpec, Expr, Match, NodeSpec, Op, Part, Sink, Slot, Stage};
use crate::scan::value::{EdgeRef, Key, PathValue, Value};

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    On,
    Stop,
}

/// Who takes a row that is complete.
pub(crate) type Emit<'e, 'a, G> = dyn FnMut(&mut Machine<'a, G>) -> Result<Flow, ExecError> + 'e;

/// What the workers of a run share.
pub(crate) struct Shared<'r> {
    pub budgets: Budgets,
    pub deadline: Instant,
    pub cancel: &'r AtomicBool,
    /// Visible edges looked at by all.
    pub edges: AtomicU64,
    /// Whether to note of which nodes properties go into rows.
    pub notes: bool,
    scans: Mutex<HashMap<Vec<u32>, Arc<Vec<u32>>>>,
}

impl<'r> Shared<'r> {
    pub fn new(budgets: Budgets, cancel: &'r AtomicBool, notes: bool) -> Self {
        Self {
            notes,
            budgets,
            deadline: Instant::now() + budgets.time,
            cancel,
            edges: AtomicU64::new(0),
            scans: Mutex::default(),
        }
    }
}

/// The start that a worker is given for the first scan of a match.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    pub matching: usize,
    pub node: u32,
}

pub(crate) struct Machine<'a, G: Graph> {
    pub graph: &'a G,
    pub linked: &'a Linked<'a, G::Key>,
    pub parameters: &'a [Value],
    pub shared: &'a Shared<'a>,
    /// Nodes that one slot is bound to, where only some are asked for.
    pub anchor: Option<(Slot, &'a [u32])>,
    pub start: Option<Start>,
    frame: Vec<Value>,
    /// Edges looked at from this start, and how many of them the others know of.
    edges: u64,
    told: u64,
    /// Edges that this worker told of in all.
    pub all: u64,
    ticks: u32,
    bytes: u64,
    pub collect_cut: bool,
    chance: u64,
    /// Whether what is evaluated goes into rows, and the nodes that were read for them.
    projecting: bool,
    pub read: BTreeSet<u32>,
}

/// Steps between two looks at the clock.
const TICKS: u32 = 4_096;

impl<'a, G: Graph> Machine<'a, G> {
    pub fn new(
        graph: &'a G,
        linked: &'a Linked<'a, G::Key>,
        parameters: &'a [Value],
        shared: &'a Shared<'a>,
        anchor: Option<(Slot, &'a [u32])>,
    ) -> Self {
        Self {
            graph,
            linked,
            parameters,
            shared,
            anchor,
            start: None,
            frame: vec![Value::Null; linked.program.slots],
            edges: 0,
            told: 0,
            all: 0,
            ticks: 0,
            bytes: 0,
            collect_cut: false,
            chance: 0x9e37_79b9_7f4a_7c15,
            projecting: false,
            read: BTreeSet::new(),
        }
    }

    /// Evaluates what goes into a row.
    pub fn project(&mut self, expr: &Expr) -> Result<Value, ExecError> {
        let before = std::mem::replace(&mut self.projecting, self.shared.notes);
        let value = self.eval(expr);
        self.projecting = before;
        value
    }

    /// Notes that something of an element went into a row.
    pub fn note(&mut self, element: Element) {
        if !self.projecting {
            return;
        }
        match element {
            Element::Node(node) => {
                self.read.insert(node);
            }
            Element::Edge(edge) => self.read.extend([edge.from, edge.to]),
        }
    }

    pub fn get(&self, slot: Slot) -> &Value {
        self.frame.get(slot).unwrap_or(&Value::Null)
    }

    pub fn set(&mut self, slot: Slot, value: Value) {
        if let Some(place) = self.frame.get_mut(slot) {
            *place = value;
        }
    }

    /// Begins a start: what it may use is whole again.
    pub fn begin(&mut self) {
        self.told = 0;
        self.edges = 0;
        self.bytes = 0;
    }

    /// Edges looked at since [`Self::begin`].
    pub fn edges_looked_at(&self) -> u64 {
        self.edges
    }

    /// Tells the others how many edges were looked at since they last knew.
    pub fn tell(&mut self) -> Result<(), ExecError> {
        let more = self.edges - self.told;
        self.told = self.edges;
        self.all += more;
        let all = self.shared.edges.fetch_add(more, Ordering::Relaxed) + more;
        if all > self.shared.budgets.edges {
            return Err(ExecError::Stopped(Stopped::Edges(
                self.shared.budgets.edges,
            )));
        }
        Ok(())
    }

    /// Charges one visible edge.
    fn charge(&mut self) -> Result<(), ExecError> {
        self.edges += 1;
        if self.edges > self.shared.budgets.edges_per_start {
            return Err(ExecError::StartBudget);
        }
        self.tick()
    }

    /// One step of work; now and then looks at the clock and whether to stop.
    pub fn tick(&mut self) -> Result<(), ExecError> {
        self.ticks += 1;
        if self.ticks < TICKS {
            return Ok(());
        }
        self.ticks = 0;
        if self.shared.cancel.load(Ordering::Relaxed) {
            return Err(ExecError::Stopped(Stopped::Cancelled));
        }
        if Instant::now() >= self.shared.deadline {
            return Err(ExecError::Stopped(Stopped::Time));
        }
        self.tell()
    }

    /// Counts what an expression makes: all of it, since nothing says when it is let go. Per start.
    pub fn allocate(&mut self, values: usize) -> Result<(), ExecError> {
        self.bytes += (values * size_of::<Value>()) as u64;
        if self.bytes > self.shared.budgets.bytes {
            return Err(ExecError::Stopped(Stopped::Bytes(
                self.shared.budgets.bytes,
            )));
        }
        Ok(())
    }

    /// A number that looks like chance and is the same each time (SplitMix64, Steele et al. 2014).
    pub fn chance(&mut self) -> f64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.chance;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Runs stages one behind the other, on this worker alone.
    pub fn stages(
        &mut self,
        stages: &[Stage],
        emit: &mut Emit<'_, 'a, G>,
    ) -> Result<Flow, ExecError> {
        let Some((stage, rest)) = stages.split_first() else {
            return emit(self);
        };
        if stage.sink.is_plain() {
            return self.ops(&stage.ops, &mut |machine| {
                if machine.finish_row(&stage.sink)? {
                    machine.stages(rest, emit)
                } else {
                    Ok(Flow::On)
                }
            });
        }
        let mut gathered = Gathered::new(&stage.sink, self)?;
        self.ops(&stage.ops, &mut |machine| {
            gathered.add(machine, &stage.sink)
        })?;
        let rows = gathered.finish(self, &stage.sink)?;
        for row in rows {
            self.load(&stage.sink.keep, &row);
            if self.stages(rest, emit)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::On)
    }

    /// Puts a row back into its slots.
    pub fn load(&mut self, slots: &[Slot], row: &[Value]) {
        for (&slot, value) in slots.iter().zip(row) {
            self.set(slot, value.clone());
        }
    }

    /// Evaluates the items of a sink that gathers nothing, and says whether the row stays.
    pub fn finish_row(&mut self, sink: &Sink) -> Result<bool, ExecError> {
        for (slot, expr) in &sink.items {
            let value = self.project(expr)?;
            self.set(*slot, value);
        }
        match &sink.filter {
            None => Ok(true),
            Some(filter) => Ok(self.truth(filter)? == Some(true)),
        }
    }

    /// How many rows a subquery has, counted up to a limit.
    pub fn subquery(&mut self, body: &Body, limit: Option<u64>) -> Result<u64, ExecError> {
        let mut rows = 0;
        let mut seen = std::collections::HashSet::new();
        for branch in &body.branches {
            let flow = self.stages(&branch.stages, &mut |machine| {
                if body.distinct {
                    let row = branch.columns.iter().map(|&slot| machine.get(slot).clone());
                    if !seen.insert(Key(row.collect())) {
                        return Ok(Flow::On);
                    }
                    machine.allocate(branch.columns.len() + 2)?;
                }
                rows += 1;
                Ok(if limit.is_some_and(|limit| rows >= limit) {
                    Flow::Stop
                } else {
                    Flow::On
                })
            })?;
            if flow == Flow::Stop && limit.is_some() {
                break;
            }
        }
        Ok(rows)
    }

    /// Runs operations row by row.
    pub fn ops(&mut self, ops: &[Op], emit: &mut Emit<'_, 'a, G>) -> Result<Flow, ExecError> {
        let Some((op, rest)) = ops.split_first() else {
            return emit(self);
        };
        match op {
            Op::Match(found) if found.optional => {
                let mut any = false;
                let flow = self.matching(found, &mut |machine| {
                    any = true;
                    machine.ops(rest, emit)
                })?;
                if any || flow == Flow::Stop {
                    return Ok(flow);
                }
                for &slot in &found.fresh {
                    self.set(slot, Value::Null);
                }
                self.ops(rest, emit)
            }
            Op::Match(found) => self.matching(found, &mut |machine| machine.ops(rest, emit)),
            Op::Unwind { list, slot } => {
                let items = match self.eval(list)? {
                    Value::Null => return Ok(Flow::On),
                    Value::List(items) => items,
                    other => Arc::new(vec![other]),
                };
                for item in items.iter() {
                    self.tick()?;
                    self.set(*slot, item.clone());
                    if self.ops(rest, emit)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
                Ok(Flow::On)
            }
            Op::Assign(items) => {
                for (slot, expr) in items {
                    let value = self.project(expr)?;
                    self.set(*slot, value);
                }
                self.ops(rest, emit)
            }
            Op::Filter(filter) => {
                if self.truth(filter)? == Some(true) {
                    self.ops(rest, emit)
                } else {
                    Ok(Flow::On)
                }
            }
        }
    }

    /// Matches patterns, and emits for each way in which they hold.
    pub fn matching(
        &mut self,
        found: &Match,
        emit: &mut Emit<'_, 'a, G>,
    ) -> Result<Flow, ExecError> {
        let linked = self.linked;
        let steps = linked.plans.get(found.id).map_or(&[][..], Vec::as_slice);
        self.steps(found, steps, emit)
    }

    fn steps(
        &mut self,
        found: &Match,
        steps: &[Step],
        emit: &mut Emit<'_, 'a, G>,
    ) -> Result<Flow, ExecError> {
        let Some((step, rest)) = steps.split_first() else {
            self.tick()?;
            return emit(self);
        };
        match step {
            Step::Filter(filter) => {
                let holds = match found.filter.get(*filter) {
                    Some(filter) => self.truth(filter)? == Some(true),
                    None => false,
                };
                if holds {
                    self.steps(found, rest, emit)
                } else {
                    Ok(Flow::On)
                }
            }
            Step::Scan { part, node } => {
                let Some(spec) = node_spec(found, *part, *node) else {
                    return Ok(Flow::On);
                };
                match self.start {
                    Some(start) if start.matching == found.id => {
                        self.start = None;
                        let flow = self.at_node(spec, start.node, found, rest, emit);
                        self.start = Some(start);
                        flow
                    }
                    Some(_) | None => {
                        for &node in self.scan(spec).iter() {
                            self.tick()?;
                            if self.at_node(spec, node, found, rest, emit)? == Flow::Stop {
                                return Ok(Flow::Stop);
                            }
                        }
                        Ok(Flow::On)
                    }
                }
            }
            Step::Find { part, node, id } => {
                let Some(spec) = node_spec(found, *part, *node) else {
                    return Ok(Flow::On);
                };
                let id = self.eval(id)?;
                match self.graph.find(&id) {
                    // By another of its keys it is the same node, and has another identifier.
                    Some(node) if self.graph.id(Element::Node(node)).equals(&id) == Some(true) => {
                        self.at_node(spec, node, found, rest, emit)
                    }
                    Some(_) | None => Ok(Flow::On),
                }
            }
            Step::Bound { part, node } => {
                let Some(spec) = node_spec(found, *part, *node) else {
                    return Ok(Flow::On);
                };
                match *self.get(spec.slot) {
                    Value::Node(node) => self.at_node(spec, node, found, rest, emit),
                    _ => Ok(Flow::On),
                }
            }
            Step::Expand { part, .. } => {
                let Some(part) = found.parts.get(*part) else {
                    return Ok(Flow::On);
                };
                self.expand(found, part, step, rest, emit)
            }
            Step::Ends { part, edge, unlike } => {
                let Some((part, edge_index)) = found.parts.get(*part).zip(Some(*edge)) else {
                    return Ok(Flow::On);
                };
                self.ends(found, part, edge_index, unlike, rest, emit)
            }
            Step::Path { part } => {
                if let Some(part) = found.parts.get(*part)
                    && let Some(slot) = part.path
                {
                    let path = self.path(part);
                    self.set(slot, path);
                }
                self.steps(found, rest, emit)
            }
        }
    }

    /// Binds a node, if its labels pass.
    fn at_node(
        &mut self,
        spec: &NodeSpec,
        node: u32,
        found: &Match,
        rest: &[Step],
        emit: &mut Emit<'_, 'a, G>,
    ) -> Result<Flow, ExecError> {
        if !self.passes(node, &spec.labels) {
            return Ok(Flow::On);
        }
        self.set(spec.slot, Value::Node(node));
        self.steps(found, rest, emit)
    }

    /// The nodes that a scan goes through.
    pub fn scan(&self, spec: &NodeSpec) -> Arc<Vec<u32>> {
        if let Some((slot, nodes)) = self.anchor
            && slot == spec.slot
        {
            return Arc::new(nodes.to_vec());
        }
        let mut labels = Vec::new();
        for &label in &spec.labels.names {
            match self.linked.node_labels.get(label).copied().flatten() {
                Some(label) => labels.push(label),
                // A label that is on no node.
                None if !spec.labels.any => return Arc::default(),
                None => {}
            }
        }
        if spec.labels.any && labels.is_empty() {
            return Arc::default();
        }
        if !spec.labels.any && labels.len() > 1 {
            let fewest = labels
                .iter()
                .copied()
                .min_by_key(|&label| self.graph.node_count(Some(label)));
            labels = fewest.into_iter().collect();
        }
        let mut scans = self
            .shared
            .scans
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(nodes) = scans.get(&labels) {
            return Arc::clone(nodes);
        }
        let mut nodes = match labels.as_slice() {
            [] => self.graph.nodes(None),
            several => several
                .iter()
                .flat_map(|&label| self.graph.nodes(Some(label)))
                .collect(),
        };
        nodes.sort_unstable();
        nodes.dedup();
        let nodes = Arc::new(nodes);
        scans.insert(labels, Arc::clone(&nodes));
        nodes
    }

    fn expand(
        &mut self,
        found: &Match,
        part: &Part,
        step: &Step,
        rest: &[Step],
        emit: &mut Emit<'_, 'a, G>,
    ) -> Result<Flow, ExecError> {
        let Step::Expand {
            edge,
            backward,
            unlike,
            edge_bound,
            node_bound,
            ..
        } = step
        else {
            return Ok(Flow::On);
        };
        let (near, far) = if *backward {
            (edge + 1, *edge)
        } else {
            (*edge, edge + 1)
        };
        let (Some(spec), Some(near), Some(far)) = (
            part.edges.get(*edge),
            part.nodes.get(near),
            part.nodes.get(far),
        ) else {
            return Ok(Flow::On);
        };
        let Value::Node(node) = *self.get(near.slot) else {
            return Ok(Flow::On);
        };
        let along = Along {
            found,
            spec,
            far,
            backward: *backward,
            unlike,
            edge_bound: *edge_bound,
            node_bound: *node_bound,
            side: side(spec.arrow, *backward),
            labels: self.edge_labels(spec),
            rest,
        };
        if spec.range.is_some() {
            return self.walk(&along, node, &mut Vec::new(), emit);
        }
        if *edge_bound {
            let Value::Edge(edge) = *self.get(spec.slot) else {
                return Ok(Flow::On);
            };
            let fits = match along.side {
                Side::Out => edge.from == node,
                Side::In => edge.to == node,
                Side::Both => edge.from == node || edge.to == node,
            };
            if !fits || !along.has_label(edge) {
                return Ok(Flow::On);
            }
            return self.take(&along, edge, node, emit);
        }
        let graph = self.graph;
        let mut flow = Flow::On;
        graph.edges(node, along.side, along.labels.as_deref(), &mut |edge| {
            self.charge()?;
            flow = self.take(&along, edge, node, emit)?;
            Ok(flow == Flow::On)
        })?;
        Ok(flow)
    }

    /// Goes along one edge to its other end.
    fn take(
        &mut self,
        along: &Along<'_>,
        edge: EdgeRef,
        node: u32,
        emit: &mut Emit<'_, 'a, G>,
    ) -> Result<Flow, ExecError> {
        if self.used(along.unlike, edge) {
            return Ok(Flow::On);
        }
        if !self.arrive(along, edge.other(node)) {
            return Ok(Flow::On);
        }
        self.set(along.spec.slot, Value::Edge(edge));
        self.steps(along.found, along.rest, emit)
    }

    /// Binds or tests the node at the far end.
    fn arrive(&mut self, along: &Along<'_>, node: u32) -> bool {
        if along.node_bound {
            let same = matches!(self.get(along.far.slot), Value::Node(bound) if *bound == node);
            return same && self.passes(node, &along.far.labels);
        }
        if !self.passes(node, &along.far.labels) {
            return false;
        }
        self.set(along.far.slot, Value::Node(node));
        true
    }

    /// Whether an edge is in use in the same match.
    fn used(&self, slots: &[Slot], edge: EdgeRef) -> bool {
        slots.iter().any(|&slot| match self.get(slot) {
            Value::Edge(other) => other.edge == edge.edge,
            Value::List(others) => others
                .iter()
                .any(|other| matches!(other, Value::Edge(other) if other.edge == edge.edge)),
            _ => false,
        })
    }

    /// Walks a part of any length, no edge twice.
    fn walk(
        &mut self,
        along: &Along<'_>,
        node: u32,
        trail: &mut Vec<EdgeRef>,
        emit: &mut Emit<'_, 'a, G>,
    ) -> Result<Flow, ExecError> {
        let (min, max) = along.spec.range.unwrap_or((1, 1));
        if trail.len() >= min && self.end_walk(along, node, trail)? {
            let flow = self.steps(along.found, along.rest, emit)?;
            if flow == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        if trail.len() >= max {
            return Ok(Flow::On);
        }
        let graph = self.graph;
        let mut flow = Flow::On;
        graph.edges(node, along.side, along.labels.as_deref(), &mut |edge| {
            self.charge()?;
            let again = trail.iter().any(|other| other.edge == edge.edge);
            if again || self.used(along.unlike, edge) || !self.fits(along.spec, edge)? {
                return Ok(true);
            }
            trail.push(edge);
            flow = self.walk(along, edge.other(node), trail, emit)?;
            trail.pop();
            Ok(flow == Flow::On)
        })?;
        Ok(flow)
    }

    fn end_walk(
        &mut self,
        along: &Along<'_>,
        node: u32,
        trail: &[EdgeRef],
    ) -> Result<bool, ExecError> {
        if !self.arrive(along, node) {
            return Ok(false);
        }
        let edges = trail.iter().copied().map(Value::Edge);
        let list: Vec<Value> = if along.backward {
            edges.rev().collect()
        } else {
            edges.collect()
        };
        let list = Value::list(list);
        if along.edge_bound {
            return Ok(self.get(along.spec.slot).equals(&list) == Some(true));
        }
        self.set(along.spec.slot, list);
        Ok(true)
    }

    /// Whether an edge of a part of any length has the properties that each must have.
    fn fits(&mut self, spec: &EdgeSpec, edge: EdgeRef) -> Result<bool, ExecError> {
        for (key, wanted) in &spec.properties {
            let wanted = self.eval(wanted)?;
            let found = self.read(Element::Edge(edge), *key)?;
            if found.equals(&wanted) != Some(true) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// From an edge that is bound to its ends, one way round or both.
    fn ends(
        &mut self,
        found: &Match,
        part: &Part,
        edge: usize,
        unlike: &[Slot],
        rest: &[Step],
        emit: &mut Emit<'_, 'a, G>,
    ) -> Result<Flow, ExecError> {
        let (Some(spec), Some(left), Some(right)) = (
            part.edges.get(edge),
            part.nodes.get(edge),
            part.nodes.get(edge + 1),
        ) else {
            return Ok(Flow::On);
        };
        let Value::Edge(bound) = *self.get(spec.slot) else {
            return Ok(Flow::On);
        };
        let labels = self.edge_labels(spec);
        if labels.is_some_and(|labels| !labels.contains(&bound.label)) || self.used(unlike, bound) {
            return Ok(Flow::On);
        }
        let (forth, back) = ((bound.from, bound.to), (bound.to, bound.from));
        let ways: &[(u32, u32)] = match spec.arrow {
            Arrow::Right => &[forth],
            Arrow::Left => &[back],
            Arrow::Either if bound.from == bound.to => &[forth],
            Arrow::Either => &[forth, back],
        };
        for &(at_left, at_right) in ways {
            let mut fits =
                self.passes(at_left, &left.labels) && self.passes(at_right, &right.labels);
            fits &= left.slot != right.slot || at_left == at_right;
            for (node, at) in [(left, at_left), (right, at_right)] {
                if found.bound.contains(&node.slot) {
                    fits &= matches!(self.get(node.slot), Value::Node(bound) if *bound == at);
                }
            }
            if !fits {
                continue;
            }
            self.set(left.slot, Value::Node(at_left));
            self.set(right.slot, Value::Node(at_right));
            if self.steps(found, rest, emit)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::On)
    }

    /// Labels to walk over; `None` is any. A label that is on no edge walks over none.
    fn edge_labels(&self, spec: &EdgeSpec) -> Option<Vec<u32>> {
        if spec.types.is_empty() {
            return None;
        }
        let labels = spec.types.iter();
        let mut labels: Vec<u32> = labels
            .filter_map(|&label| self.linked.edge_labels.get(label).copied().flatten())
            .collect();
        labels.sort_unstable();
        labels.dedup();
        Some(labels)
    }

    fn path(&self, part: &Part) -> Value {
        let Some(Value::Node(first)) = part.nodes.first().map(|node| self.get(node.slot)) else {
            return Value::Null;
        };
        let mut path = PathValue {
            nodes: vec![*first],
            edges: Vec::new(),
        };
        let mut at = *first;
        for spec in &part.edges {
            let edges: Vec<EdgeRef> = match self.get(spec.slot) {
                Value::Edge(edge) => vec![*edge],
                Value::List(edges) => edges
                    .iter()
                    .filter_map(|edge| match edge {
                        Value::Edge(edge) => Some(*edge),
                        _ => None,
                    })
                    .collect(),
                _ => Vec::new(),
            };
            for edge in edges {
                at = edge.other(at);
                path.nodes.push(at);
                path.edges.push(edge);
            }
        }
        Value::Path(Arc::new(path))
    }
}

/// One expansion.
struct Along<'m> {
    found: &'m Match,
    spec: &'m EdgeSpec,
    far: &'m NodeSpec,
    backward: bool,
    unlike: &'m [Slot],
    edge_bound: bool,
    node_bound: bool,
    side: Side,
    labels: Option<Vec<u32>>,
    rest: &'m [Step],
}

impl Along<'_> {
    fn has_label(&self, edge: EdgeRef) -> bool {
        self.labels
            .as_ref()
            .is_none_or(|labels| labels.contains(&edge.label))
    }
}

fn side(arrow: Arrow, backward: bool) -> Side {
    match (arrow, backward) {
        (Arrow::Either, _) => Side::Both,
        (Arrow::Right, false) | (Arrow::Left, true) => Side::Out,
        (Arrow::Left, false) | (Arrow::Right, true) => Side::In,
    }
}

fn node_spec(found: &Match, part: usize, node: usize) -> Option<&NodeSpec> {
    found.parts.get(part)?.nodes.get(node)
}
