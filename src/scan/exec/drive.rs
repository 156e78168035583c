//! Shares the starts of a program out to workers, and merges what they gather in the order of the starts.
//!
//! # Design notes
//! * **Pieces of fixed size, waves of fixed sizes.** Where a piece begins and which pieces are run before it is known
//!   whether more are needed must not depend on how many threads there are: then neither rows, nor sums of fractions, nor
//!   work counted do.
//! * **A start that needs too much is left out whole.** Its piece is run again start by start, each gathered apart, so that
//!   nothing of it remains.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::graph::Graph;
use super::machine::{Flow, Machine, Shared, Start};
use super::plan::{Linked, Step};
use super::sink::Gathered;
use super::{ExecError, Stopped};
use crate::scan::lang::ir::{Branch, Op, Slot, Stage};
use crate::scan::value::{Key, Value};

/// Starts in one piece.
const PIECE: usize = 64;
/// Pieces in the first wave; each wave is four times as large as the one before, up to the last.
const WAVE_FIRST: usize = 4;
const WAVE_LAST: usize = 4_096;

/// What a run is made of.
pub(crate) struct Drive<'a, G: Graph> {
    pub graph: &'a G,
    pub linked: &'a Linked<'a, G::Key>,
    pub parameters: &'a [Value],
    pub shared: &'a Shared<'a>,
    pub anchor: Option<(Slot, &'a [u32])>,
}

/// What came out.
#[derive(Default)]
pub(crate) struct Driven {
    /// Rows, each in the order of the columns.
    pub rows: Vec<Vec<Value>>,
    pub starts: u64,
    pub edges: u64,
    pub skipped: Vec<u32>,
    pub collect_cut: bool,
    pub rows_cut: bool,
    /// Nodes of which properties went into rows.
    pub read: BTreeSet<u32>,
}

/// One piece of work.
#[derive(Clone, Copy)]
enum Unit<'u> {
    /// A node that the first match starts at.
    Node(u32),
    /// A row of the stage before.
    Row(&'u [Value]),
}

struct Piece {
    gathered: Gathered,
    edges: u64,
    skipped: Vec<u32>,
    collect_cut: bool,
    read: BTreeSet<u32>,
}

impl<G: Graph> Drive<'_, G> {
    fn machine(&self) -> Machine<'_, G> {
        Machine::new(
            self.graph,
            self.linked,
            self.parameters,
            self.shared,
            self.anchor,
        )
    }

    /// Runs every branch.
    pub fn run(&self) -> Result<Driven, ExecError> {
        let body = &self.linked.program.body;
        let mut driven = Driven::default();
        let rows_max = self.shared.budgets.rows;
        for branch in &body.branches {
            let rows = self.branch(branch, &mut driven)?;
            driven.rows.extend(rows);
        }
        if body.distinct {
            let mut seen = std::collections::HashSet::new();
            driven.rows.retain(|row| seen.insert(Key(row.clone())));
        }
        driven.rows_cut = driven.rows.len() > rows_max;
        driven.rows.truncate(rows_max);
        Ok(driven)
    }

    fn branch(&self, branch: &Branch, driven: &mut Driven) -> Result<Vec<Vec<Value>>, ExecError> {
        let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
        let mut slots: &[Slot] = &[];
        let last = branch.stages.len().saturating_sub(1);
        for (position, stage) in branch.stages.iter().enumerate() {
            // One more than may be shown: then it is known that there are more.
            let wanted = (position == last).then(|| self.shared.budgets.rows.saturating_add(1));
            rows = self.stage(stage, slots, &rows, position == 0, wanted, driven)?;
            slots = &stage.sink.keep;
        }
        let places: Vec<Option<usize>> = branch
            .columns
            .iter()
            .map(|column| slots.iter().position(|slot| slot == column))
            .collect();
        Ok(rows
            .into_iter()
            .map(|row| {
                let cell = |place: &Option<usize>| {
                    place
                        .and_then(|place| row.get(place))
                        .cloned()
                        .unwrap_or_default()
                };
                places.iter().map(cell).collect()
            })
            .collect())
    }

    fn stage(
        &self,
        stage: &Stage,
        slots: &[Slot],
        rows: &[Vec<Value>],
        first: bool,
        wanted: Option<usize>,
        driven: &mut Driven,
    ) -> Result<Vec<Vec<Value>>, ExecError> {
        let mut machine = self.machine();
        let starts = if first {
            self.starts(stage, &machine)
        } else {
            None
        };
        let matching = starts.as_ref().map(|(matching, _)| *matching);
        let units: Vec<Unit<'_>> = match &starts {
            Some((_, nodes)) => nodes.iter().map(|&node| Unit::Node(node)).collect(),
            None => rows.iter().map(|row| Unit::Row(row)).collect(),
        };
        let job = Job {
            stage,
            slots,
            matching,
            wanted,
        };
        let mut whole = job.gather(&mut machine)?;
        let mut left = units.as_slice();
        let mut wave = WAVE_FIRST;
        while !left.is_empty() && !whole.has_enough() {
            let (now, later) = left.split_at(left.len().min(wave * PIECE));
            left = later;
            wave = (wave * 4).min(WAVE_LAST);
            let pieces: Vec<Result<Piece, ExecError>> = now
                .par_chunks(PIECE)
                .map(|units| self.piece(&job, units))
                .collect();
            // The first error in order of starts, whoever met one first. That it was stopped comes before: which start
            // met the end of the budget depends on the threads.
            let stopped = pieces.iter().find_map(|piece| match piece {
                Err(ExecError::Stopped(stopped)) => Some(*stopped),
                Ok(_) | Err(_) => None,
            });
            if let Some(stopped) = stopped {
                return Err(ExecError::Stopped(stopped));
            }
            for piece in pieces {
                let piece = piece?;
                driven.edges += piece.edges;
                driven.skipped.extend(piece.skipped);
                driven.collect_cut |= piece.collect_cut;
                driven.read.extend(piece.read);
                whole.merge(piece.gathered, &stage.sink)?;
            }
            driven.starts += now.len() as u64;
            let all = self.shared.edges.load(Ordering::Relaxed);
            if all > self.shared.budgets.edges {
                let stopped = Stopped::Edges(self.shared.budgets.edges);
                return Err(ExecError::Stopped(stopped));
            }
        }
        let rows = whole
            .finish(&mut machine, &stage.sink)
            .map_err(|error| match error {
                // A group cannot be left out as a start can: it is made of many.
                ExecError::StartBudget => {
                    ExecError::Stopped(Stopped::Edges(self.shared.budgets.edges_per_start))
                }
                other => other,
            })?;
        driven.edges += machine.all;
        driven.collect_cut |= machine.collect_cut;
        driven.read.extend(machine.read);
        Ok(rows)
    }

    /// The nodes that the first match of a stage starts at, if it scans for them.
    fn starts(&self, stage: &Stage, machine: &Machine<'_, G>) -> Option<(usize, Vec<u32>)> {
        let Op::Match(found) = stage.ops.first()? else {
            return None;
        };
        if found.optional {
            return None;
        }
        let steps = self.linked.plans.get(found.id)?;
        let scan = steps.iter().find(|step| !matches!(step, Step::Filter(_)))?;
        let Step::Scan { part, node } = scan else {
            return None;
        };
        let spec = found.parts.get(*part)?.nodes.get(*node)?;
        Some((found.id, machine.scan(spec).to_vec()))
    }

    fn piece(&self, job: &Job<'_>, units: &[Unit<'_>]) -> Result<Piece, ExecError> {
        match self.try_piece(job, units) {
            Err(ExecError::StartBudget) => self.careful_piece(job, units),
            other => other,
        }
    }

    fn try_piece(&self, job: &Job<'_>, units: &[Unit<'_>]) -> Result<Piece, ExecError> {
        let mut machine = self.machine();
        let mut piece = Piece {
            gathered: job.gather(&mut machine)?,
            edges: 0,
            skipped: Vec::new(),
            collect_cut: false,
            read: BTreeSet::new(),
        };
        for unit in units {
            if piece.gathered.has_enough() {
                break;
            }
            job.run(&mut machine, *unit, &mut piece.gathered)?;
            piece.edges += machine.edges_looked_at();
            machine.tell()?;
        }
        piece.collect_cut = machine.collect_cut;
        piece.read = machine.read;
        Ok(piece)
    }

    fn careful_piece(&self, job: &Job<'_>, units: &[Unit<'_>]) -> Result<Piece, ExecError> {
        let mut machine = self.machine();
        let mut piece = Piece {
            gathered: job.gather(&mut machine)?,
            edges: 0,
            skipped: Vec::new(),
            collect_cut: false,
            read: BTreeSet::new(),
        };
        for unit in units {
            let mut gathered = job.gather(&mut machine)?;
            let ran = job.run(&mut machine, *unit, &mut gathered);
            piece.edges += machine.edges_looked_at();
            machine.tell()?;
            match ran {
                Ok(()) => piece.gathered.merge(gathered, &job.stage.sink)?,
                Err(ExecError::StartBudget) => {
                    piece.skipped.push(match unit {
                        Unit::Node(node) => *node,
                        Unit::Row(row) => row
                            .iter()
                            .find_map(|value| match value {
                                Value::Node(node) => Some(*node),
                                _ => None,
                            })
                            .unwrap_or(u32::MAX),
                    });
                }
                Err(other) => return Err(other),
            }
        }
        piece.collect_cut = machine.collect_cut;
        piece.read = machine.read;
        Ok(piece)
    }
}

/// One stage, and what its rows come from.
struct Job<'j> {
    stage: &'j Stage,
    slots: &'j [Slot],
    matching: Option<usize>,
    wanted: Option<usize>,
}

impl Job<'_> {
    fn gather<G: Graph>(&self, machine: &mut Machine<'_, G>) -> Result<Gathered, ExecError> {
        let mut gathered = Gathered::new(&self.stage.sink, machine)?;
        if let Some(wanted) = self.wanted
            && self.stage.sink.order.is_empty()
        {
            gathered.at_most(wanted);
        }
        Ok(gathered)
    }

    fn run<G: Graph>(
        &self,
        machine: &mut Machine<'_, G>,
        unit: Unit<'_>,
        gathered: &mut Gathered,
    ) -> Result<(), ExecError> {
        machine.begin();
        match unit {
            Unit::Node(node) => {
                machine.start = self.matching.map(|matching| Start { matching, node });
            }
            Unit::Row(row) => machine.load(self.slots, row),
        }
        let sink = &self.stage.sink;
        let flow: Result<Flow, ExecError> =
            machine.ops(&self.stage.ops, &mut |machine| gathered.add(machine, sink));
        flow.map(|_| ())
    }
}
