//! Whether facts that come to light can take a row away.
//!
//! A query is *monotone* if they cannot: then what is hidden can only make its answer smaller, never wrong. `NOT EXISTS`,
//! `OPTIONAL MATCH ... IS NULL` and upper bounds on counts are not. Every value is followed from where it is made: does it
//! stand still, only grow, only shrink, or do anything?
//!
//! # Design notes
//! * **A sum is taken to grow**, as a count does: what patterns add up are weights, counts and days, none below zero. So is
//!   a product with a parameter or a property. Of a query that adds debts and credits this must not be relied on.
//! * **A value that a source states is taken to stand still.** That it is not stated at all may change: `IS NULL` is an
//!   absence as `NOT EXISTS` is.

use super::ast::{Binary, Compare, Quantifier};
use super::function::Function;
use super::ir::{AggregateKind, Body, Expr, Match, Op, Program, Sink, Stage};

/// How a value moves when facts are added. For truth values, growing is from false to true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moves {
    Still,
    Up,
    Down,
    Anyhow,
}

use Moves::{Anyhow, Down, Still, Up};

impl Moves {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Still, moves) | (moves, Still) => moves,
            (Up, Up) => Up,
            (Down, Down) => Down,
            _ => Anyhow,
        }
    }

    fn reversed(self) -> Self {
        match self {
            Up => Down,
            Down => Up,
            still => still,
        }
    }
}

/// Whether facts that are added can only add rows.
pub(super) fn is_monotone(program: &Program) -> bool {
    let mut follow = Follow {
        slots: vec![Still; program.slots],
    };
    follow.body(&program.body) == Up
}

struct Follow {
    slots: Vec<Moves>,
}

impl Follow {
    fn set(&mut self, slot: usize, moves: Moves) {
        if let Some(known) = self.slots.get_mut(slot) {
            *known = moves;
        }
    }

    /// How the number of rows moves.
    fn body(&mut self, body: &Body) -> Moves {
        body.branches.iter().fold(Up, |moves, branch| {
            branch
                .stages
                .iter()
                .fold(moves, |moves, stage| moves.and(self.stage(stage)))
        })
    }

    fn stage(&mut self, stage: &Stage) -> Moves {
        let mut rows = Up;
        for op in &stage.ops {
            match op {
                Op::Match(found) => {
                    let moves = self.matching(found);
                    if found.optional {
                        // A row without a match is there until there is one: rows stay, what they hold does not.
                        found.fresh.iter().for_each(|&slot| self.set(slot, Anyhow));
                        if moves != Up {
                            rows = Anyhow;
                        }
                    } else {
                        rows = rows.and(moves);
                    }
                }
                Op::Unwind { list, slot } => {
                    let moves = self.expr(list);
                    if !matches!(moves, Still | Up) {
                        rows = Anyhow;
                    }
                    self.set(*slot, Still);
                }
                Op::Assign(items) => {
                    for (slot, expr) in items {
                        let moves = self.expr(expr);
                        self.set(*slot, moves);
                    }
                }
                Op::Filter(filter) => rows = rows.and(self.filter(filter)),
            }
        }
        rows.and(self.sink(&stage.sink))
    }

    fn matching(&mut self, found: &Match) -> Moves {
        let mut rows = Up;
        for filter in &found.filter {
            rows = rows.and(self.filter(filter));
        }
        rows
    }

    /// A condition that may only turn true lets rows only be added.
    fn filter(&mut self, filter: &Expr) -> Moves {
        match self.expr(filter) {
            Still | Up => Up,
            Down | Anyhow => Anyhow,
        }
    }

    fn sink(&mut self, sink: &Sink) -> Moves {
        let mut rows = Up;
        if let Some(group) = &sink.group {
            let mut keys_move = false;
            for (slot, key) in &group.keys {
                let moves = self.expr(key);
                keys_move |= moves != Still;
                self.set(*slot, moves);
            }
            for aggregate in &group.aggregates {
                let argument = aggregate
                    .argument
                    .as_ref()
                    .map_or(Still, |one| self.expr(one));
                let moves = match aggregate.kind {
                    AggregateKind::CountAll => Up,
                    // A value that comes in the place of none is one more.
                    AggregateKind::Count | AggregateKind::Collect => Up,
                    AggregateKind::Sum | AggregateKind::Max
                        if matches!(argument, Still | Up | Anyhow) =>
                    {
                        Up
                    }
                    AggregateKind::Min if matches!(argument, Still | Down | Anyhow) => Down,
                    _ => Anyhow,
                };
                // Groups that change what they share change all that is made of them.
                self.set(aggregate.slot, if keys_move { Anyhow } else { moves });
            }
        }
        for (slot, expr) in &sink.items {
            let moves = self.expr(expr);
            self.set(*slot, moves);
        }
        if sink.skip.is_some() || sink.limit.is_some() {
            rows = Anyhow;
        }
        if let Some(filter) = &sink.filter {
            rows = rows.and(self.filter(filter));
        }
        rows
    }

    fn expr(&mut self, expr: &Expr) -> Moves {
        match expr {
            Expr::Constant(_) | Expr::Parameter(_) => Still,
            Expr::Slot(slot) => self.slots.get(*slot).copied().unwrap_or(Anyhow),
            Expr::Property(inner, _) | Expr::HasLabels(inner, ..) => self.still(&[inner]),
            Expr::Not(inner) | Expr::Negate(inner) => self.expr(inner).reversed(),
            Expr::Same(inner) => self.expr(inner),
            Expr::IsNull(inner) => match inner.as_ref() {
                Expr::Constant(_) | Expr::Parameter(_) => Still,
                _ => Down,
            },
            Expr::IsNotNull(_) => Up,
            Expr::Binary(binary, one, two) => {
                let (left, right) = (self.expr(one), self.expr(two));
                match binary {
                    Binary::And | Binary::Or | Binary::Add | Binary::Multiply => left.and(right),
                    Binary::Subtract => left.and(right.reversed()),
                    Binary::Divide if right == Still => left,
                    Binary::In if left == Still && matches!(right, Still | Up) => right,
                    _ => anyhow_unless_still(left.and(right)),
                }
            }
            Expr::Compare(compare, one, two) => {
                let (left, right) = (self.expr(one), self.expr(two));
                match compare {
                    Compare::Greater | Compare::GreaterEqual => left.and(right.reversed()),
                    Compare::Less | Compare::LessEqual => left.reversed().and(right),
                    Compare::Equal | Compare::Unequal => anyhow_unless_still(left.and(right)),
                }
            }
            Expr::List(items) => {
                let moves = items
                    .iter()
                    .fold(Still, |moves, item| moves.and(self.expr(item)));
                anyhow_unless_still(moves)
            }
            Expr::Map(entries) => {
                let moves = entries
                    .iter()
                    .fold(Still, |moves, (_, value)| moves.and(self.expr(value)));
                anyhow_unless_still(moves)
            }
            Expr::Index(one, two) => self.still(&[one, two]),
            Expr::Slice(list, from, to) => {
                let bounds = [from, to].into_iter().flatten();
                let moves =
                    bounds.fold(self.expr(list), |moves, bound| moves.and(self.expr(bound)));
                anyhow_unless_still(moves)
            }
            Expr::Call(function, arguments) => {
                let moves = arguments
                    .iter()
                    .fold(Still, |moves, argument| moves.and(self.expr(argument)));
                match function {
                    Function::Size
                    | Function::ToInteger
                    | Function::ToFloat
                    | Function::Floor
                    | Function::Ceil
                    | Function::Round
                    | Function::Sqrt => moves,
                    _ => anyhow_unless_still(moves),
                }
            }
            Expr::Case {
                subject,
                arms,
                otherwise,
            } => {
                let mut moves = Still;
                for part in subject.iter().chain(otherwise) {
                    moves = moves.and(self.expr(part));
                }
                for (when, then) in arms {
                    moves = moves.and(self.expr(when)).and(self.expr(then));
                }
                anyhow_unless_still(moves)
            }
            Expr::Comprehension {
                slot,
                list,
                filter,
                map,
            } => {
                let list = self.expr(list);
                self.set(*slot, Still);
                let filter = filter.as_ref().map_or(Still, |filter| self.expr(filter));
                let map = map.as_ref().map_or(Still, |map| self.expr(map));
                if map == Still {
                    list.and(filter)
                } else {
                    Anyhow
                }
            }
            Expr::Quantified {
                quantifier,
                slot,
                list,
                filter,
            } => {
                let list = self.expr(list);
                self.set(*slot, Still);
                let filter = filter.as_ref().map_or(Still, |filter| self.expr(filter));
                match quantifier {
                    Quantifier::Any => list.and(filter),
                    Quantifier::None => list.and(filter).reversed(),
                    Quantifier::All => list.reversed().and(filter),
                    Quantifier::Single => anyhow_unless_still(list.and(filter)),
                }
            }
            Expr::PatternList { found, map } => {
                let rows = self.matching(found);
                let map = self.expr(map);
                if map == Still { rows } else { Anyhow }
            }
            Expr::PatternExists(found) => self.matching(found),
            Expr::Exists(body) | Expr::Count(body) => self.body(body),
        }
    }

    fn still(&mut self, parts: &[&Expr]) -> Moves {
        let moves = parts
            .iter()
            .fold(Still, |moves, part| moves.and(self.expr(part)));
        anyhow_unless_still(moves)
    }
}

fn anyhow_unless_still(moves: Moves) -> Moves {
    if moves == Still { Still } else { Anyhow }
}
