//! What a checked query is lowered to: a program over slots.
//!
//! Every variable has a slot of its own; a row in the making is one frame of values. Names of labels, properties and
//! parameters are positions in the tables of the [`Program`]; a run looks them up in its graph once.

use std::sync::Arc;

use super::ast::{Arrow, Binary, Compare, Mode, Quantifier};
use super::function::Function;
use crate::scan::value::Value;

pub(crate) type Slot = usize;

/// A whole query.
#[derive(Debug, Clone, Default)]
pub(crate) struct Program {
    pub body: Body,
    pub columns: Vec<String>,
    pub slots: usize,
    pub parameters: Vec<String>,
    pub node_labels: Vec<String>,
    pub edge_labels: Vec<String>,
    pub keys: Vec<String>,
    pub matches: usize,
    pub mode: Mode,
    /// The slot of the first `MATCH` that column `subject` hands on unchanged.
    pub subject: Option<Slot>,
}

/// Branches of a union.
#[derive(Debug, Clone, Default)]
pub(crate) struct Body {
    pub branches: Vec<Branch>,
    /// Whether equal rows of the branches are one.
    pub distinct: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Branch {
    pub stages: Vec<Stage>,
    /// The slots of the columns, after the last stage.
    pub columns: Vec<Slot>,
}

/// Operations that run row by row, and the sink that gathers their rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stage {
    pub ops: Vec<Op>,
    pub sink: Sink,
}

#[derive(Debug, Clone)]
pub(crate) enum Op {
    Match(Match),
    Unwind { list: Expr, slot: Slot },
    Assign(Vec<(Slot, Expr)>),
    Filter(Expr),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Sink {
    /// Set where rows are gathered into groups.
    pub group: Option<Group>,
    /// Evaluated on each row, or on each group.
    pub items: Vec<(Slot, Expr)>,
    pub distinct: bool,
    pub order: Vec<(Expr, bool)>,
    pub skip: Option<Expr>,
    pub limit: Option<Expr>,
    /// Evaluated last, on what is left.
    pub filter: Option<Expr>,
    /// What a row keeps.
    pub keep: Vec<Slot>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    pub keys: Vec<(Slot, Expr)>,
    pub aggregates: Vec<Aggregate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AggregateKind {
    CountAll,
    Count,
    Sum,
    Min,
    Max,
    Average,
    Collect,
    PercentileDisc,
    PercentileCont,
    Deviation,
    DeviationOfAll,
}

#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    pub kind: AggregateKind,
    pub distinct: bool,
    pub argument: Option<Expr>,
    /// The percentile.
    pub second: Option<Expr>,
    pub slot: Slot,
}

#[derive(Debug, Clone)]
pub(crate) struct Match {
    /// Position of its plan.
    pub id: usize,
    pub optional: bool,
    pub parts: Vec<Part>,
    /// All must hold.
    pub filter: Vec<Expr>,
    /// Slots bound before it.
    pub bound: Vec<Slot>,
    /// Slots that it binds.
    pub fresh: Vec<Slot>,
}

#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub path: Option<Slot>,
    pub nodes: Vec<NodeSpec>,
    pub edges: Vec<EdgeSpec>,
}

#[derive(Debug, Clone)]
pub(crate) struct NodeSpec {
    pub slot: Slot,
    pub labels: LabelTest,
}

/// Which labels; no names: any.
#[derive(Debug, Clone, Default)]
pub(crate) struct LabelTest {
    pub names: Vec<usize>,
    /// One of them is enough.
    pub any: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct EdgeSpec {
    pub slot: Slot,
    pub types: Vec<usize>,
    pub arrow: Arrow,
    /// Fewest and most edges of a part of any length.
    pub range: Option<(usize, usize)>,
    /// What every edge of a part of any length must have.
    pub properties: Vec<(usize, Expr)>,
}

#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Constant(Value),
    Parameter(usize),
    Slot(Slot),
    Property(Box<Expr>, usize),
    HasLabels(Box<Expr>, LabelTest, LabelTest),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Same(Box<Expr>),
    IsNull(Box<Expr>),
    IsNotNull(Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    Compare(Compare, Box<Expr>, Box<Expr>),
    List(Vec<Expr>),
    Map(Vec<(Arc<str>, Expr)>),
    Index(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    Call(Function, Vec<Expr>),
    Case {
        subject: Option<Box<Expr>>,
        arms: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Comprehension {
        slot: Slot,
        list: Box<Expr>,
        filter: Option<Box<Expr>>,
        map: Option<Box<Expr>>,
    },
    Quantified {
        quantifier: Quantifier,
        slot: Slot,
        list: Box<Expr>,
        filter: Option<Box<Expr>>,
    },
    PatternList {
        found: Box<Match>,
        map: Box<Expr>,
    },
    PatternExists(Box<Match>),
    Exists(Box<Body>),
    Count(Box<Body>),
}

impl Expr {
    /// Calls `visit` with every expression below, itself first.
    pub fn walk(&self, visit: &mut dyn FnMut(&Self)) {
        visit(self);
        let mut each = |parts: &[&Self]| parts.iter().for_each(|part| part.walk(visit));
        match self {
            Self::Constant(_) | Self::Parameter(_) | Self::Slot(_) => {}
            Self::Property(inner, _)
            | Self::HasLabels(inner, ..)
            | Self::Not(inner)
            | Self::Negate(inner)
            | Self::Same(inner)
            | Self::IsNull(inner)
            | Self::IsNotNull(inner) => each(&[inner]),
            Self::Binary(_, one, two) | Self::Compare(_, one, two) | Self::Index(one, two) => {
                each(&[one, two]);
            }
            Self::List(items) | Self::Call(_, items) => {
                items.iter().for_each(|item| each(&[item]));
            }
            Self::Map(entries) => entries.iter().for_each(|(_, value)| each(&[value])),
            Self::Slice(list, from, to) => {
                each(&[list]);
                [from, to]
                    .into_iter()
                    .flatten()
                    .for_each(|bound| each(&[bound]));
            }
            Self::Case {
                subject,
                arms,
                otherwise,
            } => {
                subject.iter().for_each(|subject| each(&[subject]));
                arms.iter().for_each(|(when, then)| each(&[when, then]));
                otherwise.iter().for_each(|otherwise| each(&[otherwise]));
            }
            Self::Comprehension {
                list, filter, map, ..
            } => {
                each(&[list]);
                [filter, map]
                    .into_iter()
                    .flatten()
                    .for_each(|part| each(&[part]));
            }
            Self::Quantified { list, filter, .. } => {
                each(&[list]);
                filter.iter().for_each(|filter| each(&[filter]));
            }
            Self::PatternList { found, map } => {
                each(&[map]);
                found.walk(visit);
            }
            Self::PatternExists(found) => found.walk(visit),
            Self::Exists(body) | Self::Count(body) => body.walk(visit),
        }
    }
}

impl Match {
    pub fn walk(&self, visit: &mut dyn FnMut(&Expr)) {
        self.filter.iter().for_each(|filter| filter.walk(visit));
        for part in &self.parts {
            // The nodes and edges that are bound outside count as read.
            for node in &part.nodes {
                visit(&Expr::Slot(node.slot));
            }
            for edge in &part.edges {
                visit(&Expr::Slot(edge.slot));
                edge.properties
                    .iter()
                    .for_each(|(_, value)| value.walk(visit));
            }
        }
    }
}

impl Body {
    pub fn walk(&self, visit: &mut dyn FnMut(&Expr)) {
        for stage in self.branches.iter().flat_map(|branch| &branch.stages) {
            for op in &stage.ops {
                match op {
                    Op::Match(found) => found.walk(visit),
                    Op::Unwind { list, .. } => list.walk(visit),
                    Op::Assign(items) => items.iter().for_each(|(_, expr)| expr.walk(visit)),
                    Op::Filter(filter) => filter.walk(visit),
                }
            }
            let sink = &stage.sink;
            if let Some(group) = &sink.group {
                group.keys.iter().for_each(|(_, key)| key.walk(visit));
                for aggregate in &group.aggregates {
                    let arguments = [&aggregate.argument, &aggregate.second];
                    arguments
                        .into_iter()
                        .flatten()
                        .for_each(|one| one.walk(visit));
                }
            }
            sink.items.iter().for_each(|(_, item)| item.walk(visit));
            sink.order.iter().for_each(|(key, _)| key.walk(visit));
            let rest = [&sink.skip, &sink.limit, &sink.filter];
            rest.into_iter().flatten().for_each(|one| one.walk(visit));
        }
    }

    /// Calls `visit` with every `MATCH` in it, in subqueries too.
    pub fn matches(&self, visit: &mut dyn FnMut(&Match)) {
        for stage in self.branches.iter().flat_map(|branch| &branch.stages) {
            for op in &stage.ops {
                if let Op::Match(found) = op {
                    visit(found);
                }
            }
        }
        self.walk(&mut |expr| match expr {
            Expr::PatternList { found, .. } | Expr::PatternExists(found) => visit(found),
            Expr::Exists(body) | Expr::Count(body) => {
                for stage in body.branches.iter().flat_map(|branch| &branch.stages) {
                    for op in &stage.ops {
                        if let Op::Match(found) = op {
                            visit(found);
                        }
                    }
                }
            }
            _ => {}
        });
    }
}
