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
mod stage;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use self::relation::{Of, kind_of};
use self::slots::Need;
use super::lang::TimeMode;
use super::lang::ir::{Program, Slot};
use super::pattern::{ParameterValues, Pattern};
use super::value::Value;
use crate::model::{Day, Schema, ValueType};

pub use super::exec::table::Column;
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
pub(super) fn quoted(text: &str, dialect: Dialect) -> Result<String, Refused> {
    // Spark reads one as the beginning of an escape, DuckDB as itself.
    if text.contains('\\') {
        return Err("a text with a backslash".into());
    }
    let quote = match dialect {
        Dialect::DuckDb => "''",
        Dialect::Spark => "\\'",
    };
    Ok(format!("'{}'", text.replace('\'', quote)))
}

pub(super) fn constant(value: &Value, dialect: Dialect) -> Result<Term, Refused> {
    let (sql, kind) = match value {
        Value::Null => ("NULL".to_owned(), Kind::Null),
        Value::Boolean(flag) => (flag.to_string(), Kind::Truth),
        Value::Integer(number) => (number.to_string(), Kind::Whole),
        Value::Text(text) => (quoted(text, dialect)?, Kind::Text),
        _ => return Err(format!("{} as a constant", value.kind().en).into()),
    };
    Ok(Term { sql, kind })
}
