//! The pattern language: a read-only subset of openCypher, checked against a schema.
//!
//! [`compile`] goes from text to program in three steps, each of which refuses what it does not know: `lexer` and `parser`
//! make a tree, `lower` resolves names, labels and types and makes a program over slots, `monotone` follows what facts that
//! come to light would do.
//!
//! # Invariants
//! * **no input overflows the stack or takes long**: length, nesting, height of expressions, clauses and pattern elements
//!   are bounded while parsing, and where two readings are possible the parser looks ahead, it does not try.
//! * **no protected property**: its name is refused wherever a property can be named; what would name properties by other
//!   means (`keys`, `properties`, a computed index) is refused on elements.
//! * **words come from the schema**: a message never tells of data.
//!
//! # Design notes
//! * **A parser of our own.** Those there are were tried on the openCypher test kit: the complete ones are young and give
//!   meaning errors no place; the rest do not read the subset. The subset is small, and a message with an exact place is
//!   half of what an analyst needs. Should the subset grow to all of GQL, weigh again.
//! * **One error at a time.** What follows an error is mostly its consequence.
//!
//! What this module does not do: run anything, or look at data.

mod ast;
mod function;
pub(crate) mod ir;
mod lexer;
mod lower;
mod message;
mod monotone;
mod parser;
mod reach;
#[cfg(test)]
pub(crate) mod testing;
mod vocabulary;

pub(crate) use ast::{Arrow, Binary, Compare, Mode, Quantifier};
pub(crate) use function::Function;
pub(crate) use vocabulary::{VALID_FROM, VALID_TO, Vocabulary};

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use message::Fault;
pub use message::{Message, Span, Text};
pub use reach::Reach;

use crate::model::{Day, Schema, TimeSpan};

/// What a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// A whole number.
    Int,
    /// A number of days.
    Days,
    /// A whole number of millionths.
    Micro,
    /// A number with a fraction.
    Decimal,
    /// Text.
    Text,
    /// Yes or no.
    Boolean,
    /// A date.
    Date,
    /// A list of texts.
    TextList,
    /// A list of whole numbers.
    IntList,
}

/// Which days a pattern looks at: the caller gives it the view of those days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeMode {
    /// What holds on `$as_of`.
    #[default]
    AsOf,
    /// What holds sometime in `[$from, $to)`.
    Window,
    /// What holds on `$as_of` or held before it.
    History,
}

impl TimeMode {
    /// The days that are looked at from one.
    pub fn span(self, as_of: Day) -> TimeSpan {
        match self {
            Self::AsOf => TimeSpan::On(as_of),
            Self::Window | Self::History => TimeSpan::Until(as_of),
        }
    }
}

/// What stands around a query: parameters, time, what must be seen whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Declared {
    /// Parameters that the query may name. `$as_of` (and `$from`, `$to` of a window) are always there.
    pub params: BTreeMap<String, ParamType>,
    /// Which days.
    pub time: TimeMode,
    /// Labels of nodes and edges of which the caller must see all, so that absence is absence.
    pub complete: Vec<String>,
}

/// Labels and properties that a query can look at, by name: a superset of what a run will look at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inspects {
    /// Labels of nodes.
    pub nodes: BTreeSet<String>,
    /// Labels of edges.
    pub edges: BTreeSet<String>,
    /// Label and property.
    pub properties: BTreeSet<(String, String)>,
}

/// A query that passed every check, lowered to a program.
#[derive(Debug, Clone)]
pub struct Compiled {
    program: ir::Program,
    inspects: Inspects,
    monotone: bool,
    reach: Option<Reach>,
}

impl Compiled {
    /// Names of the columns of a row, in order.
    pub fn columns(&self) -> &[String] {
        &self.program.columns
    }

    /// What it can look at.
    pub fn inspects(&self) -> &Inspects {
        &self.inspects
    }

    /// Whether facts that come to light can only add rows, never take one away. A query that is not must be run by who
    /// sees the labels of [`Declared::complete`] whole.
    pub fn is_monotone(&self) -> bool {
        self.monotone
    }

    /// How far from its subject it looks; none where a row about a subject can depend on anything.
    pub fn reach(&self) -> Option<&Reach> {
        self.reach.as_ref()
    }

    /// Parameters that it names, without `$`.
    pub fn parameters(&self) -> &[String] {
        &self.program.parameters
    }

    pub(crate) fn program(&self) -> &ir::Program {
        &self.program
    }
}

/// Reads and checks a query. `text` may be a whole pattern file: a leading comment is skipped, and places are those of
/// the file.
///
/// # Errors
/// What is wrong, in order of place.
pub fn compile(
    file: &str,
    text: &str,
    schema: &Schema,
    declared: &Declared,
) -> Result<Compiled, Vec<Message>> {
    compile_with(file, text, Vocabulary::Closed(schema), declared)
}

/// [`compile`], with other words.
pub(crate) fn compile_with(
    file: &str,
    text: &str,
    words: Vocabulary<'_>,
    declared: &Declared,
) -> Result<Compiled, Vec<Message>> {
    let lowered = parser::parse(text).and_then(|query| {
        let complete = check_complete_names(words, declared);
        let lowered = lower::Lower::new(text, words, declared).query(&query)?;
        complete.map(|()| lowered)
    });
    let (program, inspects) = lowered.map_err(|fault| vec![fault.place(file, text)])?;
    let monotone = monotone::is_monotone(&program);
    if !monotone && declared.complete.is_empty() && matches!(words, Vocabulary::Closed(_)) {
        let fault = message::Fault::new(
            "V141",
            Span::default(),
            "wat verborgen is kan hier het antwoord fout maken (een ontkenning, een bovengrens of een ontbreken)",
            "what is hidden can make the answer wrong here (a negation, an upper bound or an absence)",
        )
        .hint(
            "noem in `complete = [...]` de labels die geheel zichtbaar moeten zijn",
            "name in `complete = [...]` the labels that must be seen whole",
        );
        return Err(vec![fault.place(file, text)]);
    }
    Ok(Compiled {
        reach: reach::reach(&program),
        program,
        inspects,
        monotone,
    })
}

/// V130: a label of `complete` that is not there.
fn check_complete_names(words: Vocabulary<'_>, declared: &Declared) -> Result<(), message::Fault> {
    let Some(schema) = words.schema() else {
        return Ok(());
    };
    for label in &declared.complete {
        if schema.node_label(label).is_none() && schema.edge_label(label).is_none() {
            return Err(message::Fault::new(
                "V130",
                Span::default(),
                format!("onbekend label `{label}` in `complete`"),
                format!("unknown label `{label}` in `complete`"),
            ));
        }
    }
    Ok(())
}
