//! A tree to a program: names become slots, and what is not known is refused.

mod clause;
mod expression;
mod pattern;

use std::collections::{BTreeMap, BTreeSet};

use super::ast::{Name, Query};
use super::ir::{Aggregate, Body, Program, Slot};
use super::lexer::{Token, tokens};
use super::message::{Fault, Span, nearest};
use super::vocabulary::Vocabulary;
use super::{Declared, Inspects, ParamType, TimeMode};

/// What is known of a value before it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Any,
    Null,
    Boolean,
    Integer,
    Decimal,
    Text,
    Date,
    List,
    Map,
    Node,
    Edge,
    /// The edges of a part of any length.
    Edges,
    Path,
}

impl Type {
    pub fn is_list(self) -> bool {
        matches!(self, Self::List | Self::Edges)
    }

    /// Whether a value of this type may turn out to be of another.
    pub fn may_be(self, others: &[Self]) -> bool {
        matches!(self, Self::Any | Self::Null) || others.contains(&self)
    }

    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Any => ("een waarde", "a value"),
            Self::Null => ("null", "null"),
            Self::Boolean => ("een waarheidswaarde", "a truth value"),
            Self::Integer => ("een geheel getal", "a whole number"),
            Self::Decimal => ("een getal", "a number"),
            Self::Text => ("een tekst", "a text"),
            Self::Date => ("een datum", "a date"),
            Self::List => ("een lijst", "a list"),
            Self::Map => ("een map", "a map"),
            Self::Node => ("een knoop", "a node"),
            Self::Edge => ("een relatie", "an edge"),
            Self::Edges => ("een lijst van relaties", "a list of edges"),
            Self::Path => ("een pad", "a path"),
        }
    }
}

/// What stands in a slot.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub kind: Type,
    /// Labels that it can have; `None` is any.
    pub labels: Option<BTreeSet<String>>,
}

/// Names and their slots.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub names: BTreeMap<String, Slot>,
}

/// Where an expression stands, and so what it may hold.
pub(super) struct Place<'p> {
    pub scope: Scope,
    /// Whether patterns stand for truth values.
    pub patterns: bool,
    /// Where rows are gathered: aggregates, and what every row of a group shares.
    pub gather: Option<&'p mut Gather>,
    /// Why an aggregate may not stand here.
    pub refuse: Refuse,
}

/// Why an aggregate may not stand in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refuse {
    /// In `WHERE`, `UNWIND`, a pattern.
    Place,
    /// In another aggregate.
    Nested,
    /// In a comprehension.
    Local,
}

/// Aggregates in the making.
#[derive(Debug, Default)]
pub(super) struct Gather {
    /// What a group shares, as written, and its slot. Only names and their properties may be parts of larger expressions.
    pub keys: Vec<Key>,
    pub aggregates: Vec<Aggregate>,
    /// Slots bound inside the expression itself.
    pub locals: Vec<Slot>,
    /// Aliases, once they are there.
    pub aliases: Scope,
    /// Set behind the items: what is gathered then must stand among them.
    pub closed: bool,
    /// The names there were before.
    pub before: Scope,
}

#[derive(Debug, Clone)]
pub(super) struct Key {
    pub written: Vec<Token>,
    pub slot: Slot,
    pub simple: bool,
}

pub(super) struct Lower<'a> {
    pub text: &'a str,
    pub words: Vocabulary<'a>,
    pub declared: &'a Declared,
    pub program: Program,
    pub variables: Vec<Variable>,
    pub inspects: Inspects,
}

impl<'a> Lower<'a> {
    pub fn new(text: &'a str, words: Vocabulary<'a>, declared: &'a Declared) -> Self {
        Self {
            text,
            words,
            declared,
            program: Program::default(),
            variables: Vec::new(),
            inspects: Inspects::default(),
        }
    }

    /// Lowers a whole query.
    pub fn query(mut self, query: &Query) -> Result<(Program, Inspects), Fault> {
        let (body, columns) = self.body(query, &Scope::default(), true)?;
        self.program.mode = query.mode;
        self.program.subject = subject(&body, &columns);
        self.program.body = body;
        self.program.columns = columns;
        self.program.slots = self.variables.len();
        Ok((self.program, self.inspects))
    }

    pub(super) fn new_slot(&mut self, kind: Type) -> Slot {
        self.labelled_slot(kind, None)
    }

    pub(super) fn labelled_slot(&mut self, kind: Type, labels: Option<BTreeSet<String>>) -> Slot {
        self.variables.push(Variable { kind, labels });
        self.variables.len() - 1
    }

    pub(super) fn kind(&self, slot: Slot) -> Type {
        self.variables
            .get(slot)
            .map_or(Type::Any, |variable| variable.kind)
    }

    pub(super) fn labels(&self, slot: Slot) -> Option<&BTreeSet<String>> {
        self.variables.get(slot)?.labels.as_ref()
    }

    pub(super) fn node_label(&mut self, name: &Name) -> Result<usize, Fault> {
        self.words.check_node_label(name)?;
        Ok(intern(&mut self.program.node_labels, &name.text))
    }

    pub(super) fn edge_label(&mut self, name: &Name) -> Result<usize, Fault> {
        self.words.check_edge_label(name)?;
        Ok(intern(&mut self.program.edge_labels, &name.text))
    }

    pub(super) fn key(&mut self, name: &str) -> usize {
        intern(&mut self.program.keys, name)
    }

    /// The parameter, if it is there.
    pub(super) fn parameter(&mut self, name: &str, span: Span) -> Result<(usize, Type), Fault> {
        let built_in = match self.declared.time {
            TimeMode::AsOf | TimeMode::History => &["as_of"][..],
            TimeMode::Window => &["as_of", "from", "to"][..],
        };
        let kind = if built_in.contains(&name) {
            Type::Date
        } else {
            match self.declared.params.get(name) {
                Some(ParamType::Int | ParamType::Days | ParamType::Micro) => Type::Integer,
                Some(ParamType::Decimal) => Type::Decimal,
                Some(ParamType::Text) => Type::Text,
                Some(ParamType::Boolean) => Type::Boolean,
                Some(ParamType::Date) => Type::Date,
                Some(ParamType::TextList | ParamType::IntList) => Type::List,
                None if !self.words.is_strict() => Type::Any,
                None => {
                    let known = self.declared.params.keys().map(String::as_str);
                    let near = nearest(name, known.chain(built_in.iter().copied()));
                    let fault = Fault::new(
                        "V150",
                        span,
                        format!("parameter ${name} is niet opgegeven"),
                        format!("parameter ${name} is not declared"),
                    );
                    return Err(match near {
                        Some(near) => fault.hint(
                            format!("bedoelt u ${near}?"),
                            format!("did you mean ${near}?"),
                        ),
                        None => fault.hint(
                            "zet hem in [params] van het patroon, of in `params` van de vraag",
                            "put it into [params] of the pattern, or `params` of the query",
                        ),
                    });
                }
            }
        };
        Ok((intern(&mut self.program.parameters, name), kind))
    }

    /// V120.
    pub(super) fn undefined(&self, name: &str, span: Span, scope: &Scope) -> Fault {
        let fault = Fault::new(
            "V120",
            span,
            format!("de naam `{name}` is hier niet bekend"),
            format!("the variable `{name}` is not defined here"),
        );
        if scope.names.is_empty() {
            return fault;
        }
        const NAMES_MAX: usize = 12;
        let names: Vec<&str> = scope
            .names
            .keys()
            .take(NAMES_MAX)
            .map(String::as_str)
            .collect();
        let list = names.join(", ");
        fault.hint(
            format!("bekend zijn: {list}"),
            format!("defined are: {list}"),
        )
    }

    /// The tokens of a part of the text: two parts are written alike if these are equal.
    pub(super) fn written(&self, span: Span) -> Vec<Token> {
        let part = self
            .text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default();
        let mut found: Vec<Token> = tokens(part)
            .unwrap_or_default()
            .into_iter()
            .map(|placed| placed.token)
            .collect();
        // Brackets around the whole say nothing.
        while let ([Token::Sign("("), .., Token::Sign(")"), Token::End], true) =
            (found.as_slice(), wraps(&found))
        {
            found.remove(0);
            let last = found.len().saturating_sub(2);
            found.remove(last);
        }
        found
    }
}

/// Whether the first bracket is closed by the last.
fn wraps(tokens: &[Token]) -> bool {
    let mut depth = 0_usize;
    let inner = tokens.len().saturating_sub(2);
    for (position, token) in tokens.iter().enumerate().take(inner) {
        match token {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && position < inner {
            return false;
        }
    }
    depth == 1
}

fn intern(names: &mut Vec<String>, name: &str) -> usize {
    match names.iter().position(|known| known == name) {
        Some(position) => position,
        None => {
            names.push(name.to_owned());
            names.len() - 1
        }
    }
}

/// The slot of the first `MATCH` that the column `subject` hands on as it is, through every stage.
fn subject(body: &Body, columns: &[String]) -> Option<Slot> {
    use super::ir::{Expr, Op};
    let [branch] = body.branches.as_slice() else {
        return None;
    };
    let column = columns.iter().position(|column| column == "subject")?;
    let mut slot = *branch.columns.get(column)?;
    for stage in branch.stages.iter().rev() {
        // A part of the groups, or of the first rows, is not to be had from a part of the starts.
        if stage.sink.skip.is_some() || stage.sink.limit.is_some() {
            return None;
        }
        let from = |items: &[(Slot, Expr)], slot: Slot| {
            items
                .iter()
                .find(|(target, _)| *target == slot)
                .map(|(_, expr)| match expr {
                    Expr::Slot(origin) => Some(*origin),
                    _ => None,
                })
        };
        if let Some(origin) = from(&stage.sink.items, slot) {
            slot = origin?;
        }
        if let Some(group) = &stage.sink.group {
            slot = from(&group.keys, slot)??;
        }
        for op in stage.ops.iter().rev() {
            match op {
                Op::Assign(items) => {
                    if let Some(origin) = from(items, slot) {
                        slot = origin?;
                    }
                }
                Op::Match(_) | Op::Filter(_) | Op::Unwind { .. } => {}
            }
        }
    }
    let first = branch.stages.first()?.ops.first()?;
    match first {
        Op::Match(found)
            if !found.optional
                && found
                    .parts
                    .iter()
                    .flat_map(|part| &part.nodes)
                    .any(|node| node.slot == slot) =>
        {
            Some(slot)
        }
        _ => None,
    }
}
