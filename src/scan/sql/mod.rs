//! Patterns as SQL, for engines that hold more than one machine does.
//!
//! [`translate`] writes a pattern as one SQL text over the tables of an export, and says which tables and columns it reads:
//! an export holds these and nothing else. The same meaning or none: what cannot be said exactly is refused (V401), never
//! approximated.
//!
//! # The text
//! One common table expression per operation, its columns named by slot: `s3` is the identifier of a node or an edge, or a
//! value; `s3_floor_area_m2` a property of it; `s3_n`, `s3_e` and `s3_l` the nodes, the edges and the length of a path.
//! Joins, unions, groups and correlated `EXISTS` alone; paths of any length are unrolled. Dates are whole days since 1970,
//! and null where parts of them are unknown: they are compared through `days_between` alone, which is null then too.
//!
//! # Design notes
//! * **Lists of evidence are arrays.** The two dialects agree on all but the names of a few functions of lists, so that these
//!   alone differ ([`Dialect`]); evidence as rows of its own would need a second text per pattern.
//! * **Order of lists is not kept**: neither engine has one. Patterns that need it (`head` of a list) are refused.
//!
//! What this module does not do: write the tables, run the text, or trust what comes back: the engine finds each flag again
//! by itself before it counts.

mod expression;
mod matching;
mod relation;
mod slots;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use self::relation::{Of, kind_of};
use self::slots::Need;
use super::lang::TimeMode;
use super::lang::ir::{AggregateKind, Body, Branch, Expr, Op, Program, Sink, Slot, Stage};
use super::pattern::{ParameterValues, Pattern};
use super::value::Value;
use crate::model::{Day, Schema, ValueType};

pub use write::WriteError;
pub(crate) use write::{nodes_of, write};

/// Which engine the text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// DuckDB 1.3 and later.
    DuckDb,
    /// Apache Spark 4 and later, ANSI mode.
    Spark,
}

impl Dialect {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::DuckDb, Self::Spark];

    /// Its name, as on the command line and in names of files.
    pub fn name(self) -> &'static str {
        match self {
            Self::DuckDb => "duckdb",
            Self::Spark => "spark",
        }
    }
}

/// V401: a pattern that cannot be said in SQL with the same meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("V401 `{pattern}` cannot be written as SQL with the same meaning: {what}")]
pub struct NotPortable {
    /// The pattern.
    pub pattern: String,
    /// What stands in the way.
    pub what: String,
}

/// A table that a text reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Nodes of a label.
    Nodes(Time, String),
    /// Edges of a label.
    Edges(Time, String),
    /// Millionths left after days, with this half-life.
    Decay(i64),
}

/// Which days a table is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Time {
    /// What may hold on the day of the export.
    AsOf,
    /// What held up to it.
    History,
}

impl Time {
    /// That of a pattern.
    pub fn of(mode: TimeMode) -> Self {
        match mode {
            TimeMode::AsOf => Self::AsOf,
            TimeMode::Window | TimeMode::History => Self::History,
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::AsOf => "as_of",
            Self::History => "history",
        }
    }
}

impl Table {
    /// Its name in SQL, and that of its file.
    pub fn name(&self) -> String {
        match self {
            Self::Nodes(time, label) => format!("{}_node_{label}", time.prefix()),
            Self::Edges(time, label) => format!("{}_edge_{label}", time.prefix()),
            Self::Decay(half_life) => format!("decay_{half_life}"),
        }
    }

    /// Which days it is of; a table of numbers is of none.
    pub fn time(&self) -> Option<Time> {
        match self {
            Self::Nodes(time, _) | Self::Edges(time, _) => Some(*time),
            Self::Decay(_) => None,
        }
    }

    /// What a column of it holds.
    fn kind(&self, schema: &Schema, column: &Column) -> Option<Kind> {
        match self {
            Self::Nodes(_, label) => kind_of(schema, Of::Nodes, label, column),
            Self::Edges(_, label) => kind_of(schema, Of::Edges, label, column),
            Self::Decay(_) => Some(Kind::Whole),
        }
    }
}

/// A column of a table, beside the identifiers that each has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// A property; `valid_from` and `valid_to` too.
    Property(String),
    /// The first of who own what is said.
    Owner,
    /// The first of the sources that say something.
    Source,
}

impl Column {
    /// Its name in SQL. No property begins with `_`.
    pub fn name(&self) -> &str {
        match self {
            Self::Property(name) => name,
            Self::Owner => "_owner",
            Self::Source => "_source",
        }
    }
}

/// Tables and their columns.
pub type Tables = BTreeMap<Table, BTreeSet<Column>>;

/// A pattern as SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// One statement, its columns those of the pattern.
    pub text: String,
    /// What it reads.
    pub tables: Tables,
}

/// What a value is, as far as SQL needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A node, and labels of which it has one; none are known of it.
    Node(Option<BTreeSet<String>>),
    /// An edge, and labels of which it has one.
    Edge(BTreeSet<String>),
    Path,
    /// Nodes and edges.
    Elements,
    /// One of [`Kind::Elements`].
    Element,
    Whole,
    Decimal,
    Text,
    Truth,
    /// Whole days since 1970.
    Day,
    Null,
}

impl Kind {
    pub(super) fn of(value_type: ValueType) -> Self {
        match value_type {
            ValueType::Text => Self::Text,
            ValueType::Integer => Self::Whole,
            ValueType::Decimal => Self::Decimal,
            ValueType::Boolean => Self::Truth,
            ValueType::Date => Self::Day,
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Whole | Self::Decimal)
    }

    pub(super) fn is_element(&self) -> bool {
        matches!(self, Self::Node(_) | Self::Edge(_) | Self::Element)
    }

    /// The word of both dialects.
    pub(super) fn sql_type(&self) -> &'static str {
        match self {
            Self::Whole | Self::Day => "BIGINT",
            Self::Decimal => "DOUBLE",
            Self::Truth => "BOOLEAN",
            _ => "STRING",
        }
    }
}

/// An expression in SQL, and what it is.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub sql: String,
    pub kind: Kind,
}

/// A variable in scope.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub sql: String,
    pub kind: Kind,
    /// Properties that are read of it later.
    pub columns: BTreeMap<Column, Term>,
    /// Edges and length, of a path whose nodes are `sql`.
    pub path: Option<(String, String)>,
}

pub(super) type Scope = BTreeMap<Slot, Bound>;

/// Writes a pattern as SQL, with the values of its parameters in it.
///
/// # Errors
/// [`NotPortable`].
pub fn translate(
    pattern: &Pattern,
    parameters: &ParameterValues,
    as_of: Day,
    schema: &Schema,
    dialect: Dialect,
) -> Result<Translated, NotPortable> {
    let program = pattern.compiled.program();
    let values = program
        .parameters
        .iter()
        .map(|name| match parameters.get(name) {
            Some(number) => Some(Term {
                sql: number.to_string(),
                kind: Kind::Whole,
            }),
            None => (name == "as_of").then(|| Term {
                sql: as_of.days().to_string(),
                kind: Kind::Day,
            }),
        });
    let mut writer = Writer {
        program,
        schema,
        dialect,
        time: Time::of(pattern.front.time),
        parameters: values.collect(),
        needs: slots::needs(program),
        tables: Tables::new(),
        steps: Vec::new(),
        aliases: 0,
    };
    let text = writer.query().map_err(|what| NotPortable {
        pattern: pattern.id().to_owned(),
        what: what.to_string(),
    })?;
    Ok(Translated {
        text: format!(
            "-- {} version {}, {}\n{text}",
            pattern.id(),
            pattern.front.version,
            dialect.name()
        ),
        tables: writer.tables,
    })
}

/// What stands in the way, in words.
pub(super) type Refused = std::borrow::Cow<'static, str>;

pub(super) struct Writer<'a> {
    program: &'a Program,
    schema: &'a Schema,
    dialect: Dialect,
    time: Time,
    parameters: Vec<Option<Term>>,
    needs: Need,
    tables: Tables,
    /// Common table expressions, in order.
    steps: Vec<String>,
    aliases: usize,
}

impl Writer<'_> {
    fn query(&mut self) -> Result<String, Refused> {
        let [branch] = self.program.body.branches.as_slice() else {
            return Err("a union".into());
        };
        let (scope, order) = self.branch(branch)?;
        let columns: Result<Vec<String>, Refused> = self
            .program
            .columns
            .iter()
            .zip(&branch.columns)
            .map(|(name, slot)| {
                if !is_plain(name) {
                    return Err(format!("the name of column `{name}`").into());
                }
                Ok(format!("{} AS {name}", bound(&scope, *slot)?.sql))
            })
            .collect();
        Ok(format!(
            "WITH {}\nSELECT {}\nFROM t{} p{order};\n",
            self.steps.join(",\n"),
            columns?.join(", "),
            self.steps.len(),
        ))
    }

    /// Writes stages; gives what is in scope after them, and the order of the last.
    fn branch(&mut self, branch: &Branch) -> Result<(Scope, String), Refused> {
        let mut scope = Scope::new();
        let mut order = String::new();
        for (place, stage) in branch.stages.iter().enumerate() {
            let is_last = place + 1 == branch.stages.len();
            let sink = &stage.sink;
            if sink.skip.is_some() || sink.limit.is_some() || (!sink.order.is_empty() && !is_last) {
                return Err("SKIP, LIMIT, or an order before the end".into());
            }
            self.ops(stage, &mut scope)?;
            self.sink(sink, &mut scope)?;
            if let Some(filter) = &sink.filter {
                self.filter(filter, &mut scope)?;
            }
            if is_last {
                order = self.order(sink, &scope)?;
            }
        }
        Ok((scope, order))
    }

    fn ops(&mut self, stage: &Stage, scope: &mut Scope) -> Result<(), Refused> {
        for op in &stage.ops {
            match op {
                Op::Match(found) => self.matching(found, scope)?,
                Op::Filter(filter) => self.filter(filter, scope)?,
                Op::Assign(items) => {
                    let mut joins = Vec::new();
                    for (slot, expr) in items {
                        let made = self.item(*slot, expr, scope, &mut joins)?;
                        scope.insert(*slot, made);
                    }
                    self.step(scope, &self.from(&joins), "");
                }
                Op::Unwind { list, slot } => {
                    let mut joins = Vec::new();
                    let list = self.expr(list, scope, &mut joins)?;
                    if list.kind != Kind::Elements {
                        return Err("UNWIND of anything but nodes and edges".into());
                    }
                    let unnest = match self.dialect {
                        Dialect::DuckDb => "unnest",
                        Dialect::Spark => "explode",
                    };
                    scope.insert(
                        *slot,
                        Bound::plain(format!("{unnest}({})", list.sql), Kind::Element),
                    );
                    self.step(scope, &self.from(&joins), "");
                }
            }
        }
        Ok(())
    }

    fn filter(&mut self, filter: &Expr, scope: &mut Scope) -> Result<(), Refused> {
        let mut joins = Vec::new();
        let condition = self.truth(filter, scope, &mut joins)?;
        self.step(scope, &self.from(&joins), &format!(" WHERE {condition}"));
        Ok(())
    }

    /// Writes what gathers rows.
    fn sink(&mut self, sink: &Sink, scope: &mut Scope) -> Result<(), Refused> {
        if let Some(group) = &sink.group {
            let mut joins = Vec::new();
            let mut after = Scope::new();
            for (slot, key) in &group.keys {
                let made = self.item(*slot, key, scope, &mut joins)?;
                after.insert(*slot, made);
            }
            let keys: Vec<String> = after
                .values()
                .flat_map(Bound::parts)
                .map(str::to_owned)
                .collect();
            for aggregate in &group.aggregates {
                if aggregate.second.is_some() {
                    return Err("a percentile".into());
                }
                let argument = match &aggregate.argument {
                    Some(argument) => Some(self.expr(argument, scope, &mut joins)?),
                    None => None,
                };
                let made = self.aggregate(aggregate.kind, aggregate.distinct, argument)?;
                after.insert(aggregate.slot, Bound::plain(made.sql, made.kind));
            }
            let grouping = if keys.is_empty() {
                String::new()
            } else {
                format!(" GROUP BY {}", keys.join(", "))
            };
            *scope = after;
            self.step(scope, &self.from(&joins), &grouping);
        }
        let mut joins = Vec::new();
        let mut made = Vec::new();
        for (slot, expr) in &sink.items {
            made.push((*slot, self.item(*slot, expr, scope, &mut joins)?));
        }
        scope.extend(made);
        // What the order names may be kept by nothing else.
        let mut named = BTreeSet::new();
        let ordered = sink.order.iter().map(|(expr, _)| expr);
        for expr in ordered.chain(&sink.filter) {
            expr.walk(&mut |one| {
                if let Expr::Slot(slot) = one {
                    named.insert(*slot);
                }
            });
        }
        scope.retain(|slot, _| sink.keep.contains(slot) || named.contains(slot));
        let distinct = if sink.distinct { "DISTINCT " } else { "" };
        self.step_as(scope, distinct, &self.from(&joins), "");
        Ok(())
    }

    fn order(&mut self, sink: &Sink, scope: &Scope) -> Result<String, Refused> {
        if sink.order.is_empty() {
            return Ok(String::new());
        }
        let mut keys = Vec::new();
        for (expr, descending) in &sink.order {
            let mut joins = Vec::new();
            let key = self.expr(expr, scope, &mut joins)?;
            if !joins.is_empty() {
                return Err("an order by `decay`".into());
            }
            // Null is the largest, as in openCypher.
            let direction = match descending {
                true => "DESC NULLS FIRST",
                false => "ASC NULLS LAST",
            };
            keys.push(format!("{} {direction}", key.sql));
        }
        Ok(format!("\nORDER BY {}", keys.join(", ")))
    }

    /// What a slot holds from now on.
    fn item(
        &mut self,
        slot: Slot,
        expr: &Expr,
        scope: &Scope,
        joins: &mut Vec<String>,
    ) -> Result<Bound, Refused> {
        if let Expr::Slot(old) = expr {
            let mut known = bound(scope, *old)?.clone();
            let needed = self.needs.of(slot);
            known.columns.retain(|column, _| needed.contains(column));
            return Ok(known);
        }
        let term = self.expr(expr, scope, joins)?;
        Ok(Bound::plain(term.sql, term.kind))
    }

    fn aggregate(
        &self,
        kind: AggregateKind,
        distinct: bool,
        argument: Option<Term>,
    ) -> Result<Term, Refused> {
        let once = if distinct { "DISTINCT " } else { "" };
        let Some(Term { sql, kind: of }) = argument else {
            return Ok(Term {
                sql: "count(*)".to_owned(),
                kind: Kind::Whole,
            });
        };
        let term = |sql: String, kind: Kind| Ok(Term { sql, kind });
        match kind {
            AggregateKind::CountAll => term("count(*)".to_owned(), Kind::Whole),
            AggregateKind::Count if of != Kind::Elements && of != Kind::Path => {
                term(format!("count({once}{sql})"), Kind::Whole)
            }
            AggregateKind::Sum if of == Kind::Whole => term(
                format!("CAST(coalesce(sum({once}{sql}), 0) AS BIGINT)"),
                Kind::Whole,
            ),
            AggregateKind::Min if of.is_number() || of == Kind::Text => {
                term(format!("min({sql})"), of)
            }
            AggregateKind::Max if of.is_number() || of == Kind::Text => {
                term(format!("max({sql})"), of)
            }
            AggregateKind::Collect if of.is_element() => {
                let list = match (self.dialect, distinct) {
                    (Dialect::DuckDb, _) => {
                        format!("list({once}{sql}) FILTER (WHERE {sql} IS NOT NULL)")
                    }
                    (Dialect::Spark, true) => format!("collect_set({sql})"),
                    (Dialect::Spark, false) => format!("collect_list({sql})"),
                };
                // Of nothing there is an empty list.
                let list = match self.dialect {
                    Dialect::DuckDb => format!("coalesce({list}, [])"),
                    Dialect::Spark => list,
                };
                term(list, Kind::Elements)
            }
            AggregateKind::Collect if of == Kind::Elements || of == Kind::Path => {
                let list = match self.dialect {
                    Dialect::DuckDb => format!("coalesce(flatten(list({sql})), [])"),
                    Dialect::Spark => format!("flatten(collect_list({sql}))"),
                };
                term(list, Kind::Elements)
            }
            _ => Err("an aggregate of this kind of value".into()),
        }
    }

    /// The step before, and what is joined to it.
    fn from(&self, joins: &[String]) -> String {
        match self.steps.len() {
            // Before the first there is one row of nothing.
            0 => "(SELECT 1 AS one) p".to_owned(),
            last => format!("t{last} p{}", joins.concat()),
        }
    }

    fn step(&mut self, scope: &mut Scope, from: &str, rest: &str) {
        self.step_as(scope, "", from, rest);
    }

    /// Ends a step: what is in scope becomes columns of a table expression, and is read from there afterwards.
    fn step_as(&mut self, scope: &mut Scope, distinct: &str, from: &str, rest: &str) {
        let mut columns = Vec::new();
        for (slot, bound) in scope.iter_mut() {
            let mut column = |sql: &mut String, name: String| {
                columns.push(format!("{sql} AS {name}"));
                *sql = format!("p.{name}");
            };
            match &mut bound.path {
                Some((edges, length)) => {
                    column(&mut bound.sql, format!("s{slot}_n"));
                    column(edges, format!("s{slot}_e"));
                    column(length, format!("s{slot}_l"));
                }
                None => column(&mut bound.sql, format!("s{slot}")),
            }
            for (property, term) in &mut bound.columns {
                let name = property.name();
                column(
                    &mut term.sql,
                    format!("s{slot}_{}", name.trim_start_matches('_')),
                );
            }
        }
        if columns.is_empty() {
            columns.push("1 AS one".to_owned());
        }
        self.steps.push(format!(
            "t{} AS (\n  SELECT {distinct}{}\n  FROM {from}{rest}\n)",
            self.steps.len() + 1,
            columns.join(", ")
        ));
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("x{}", self.aliases)
    }

    /// A subquery: its one `MATCH`, with conditions.
    fn only_matches(body: &Body) -> Result<&Stage, Refused> {
        match body.branches.as_slice() {
            [branch] => match branch.stages.as_slice() {
                [stage] if stage.sink.is_plain() && stage.sink.filter.is_none() => Ok(stage),
                _ => Err("a subquery with WITH, DISTINCT or LIMIT".into()),
            },
            _ => Err("a union in a subquery".into()),
        }
    }
}

impl Bound {
    pub(super) fn plain(sql: String, kind: Kind) -> Self {
        Self {
            sql,
            kind,
            columns: BTreeMap::new(),
            path: None,
        }
    }

    /// All expressions that it is made of.
    fn parts(&self) -> impl Iterator<Item = &str> {
        let path = self.path.iter().flat_map(|(edges, length)| [edges, length]);
        std::iter::once(&self.sql)
            .chain(path)
            .chain(self.columns.values().map(|term| &term.sql))
            .map(String::as_str)
    }
}

pub(super) fn bound(scope: &Scope, slot: Slot) -> Result<&Bound, Refused> {
    let known = scope.get(&slot);
    known.ok_or_else(|| "a value that is not a column".into())
}

/// Whether a name needs no quotes in either dialect.
pub(super) fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || one == '_')
}

/// A text in quotes.
pub(super) fn quoted(text: &str, dialect: Dialect) -> String {
    let text = text.replace('\'', "''");
    match dialect {
        Dialect::DuckDb => format!("'{text}'"),
        // Spark reads a backslash as the beginning of an escape, and does not double quotes.
        Dialect::Spark => format!("'{}'", text.replace("''", "\\'")),
    }
}

pub(super) fn constant(value: &Value, dialect: Dialect) -> Result<Term, Refused> {
    let (sql, kind) = match value {
        Value::Null => ("NULL".to_owned(), Kind::Null),
        Value::Boolean(flag) => (flag.to_string(), Kind::Truth),
        Value::Integer(number) => (number.to_string(), Kind::Whole),
        Value::Text(text) => {
            if text.contains('\\') {
                return Err("a text with a backslash".into());
            }
            (quoted(text, dialect), Kind::Text)
        }
        _ => return Err(format!("{} as a constant", value.kind()).into()),
    };
    Ok(Term { sql, kind })
}
