//! What the parser makes: names and places, nothing resolved yet.

use super::message::Span;

/// A word and its place.
#[derive(Debug, Clone)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Query {
    pub parts: Vec<Single>,
    /// For each `UNION`, whether it is `UNION ALL`, and its place.
    pub unions: Vec<(bool, Span)>,
    /// Set by `EXPLAIN` or `PROFILE` before the query.
    pub mode: Mode,
}

/// What is asked for: the answer, or how it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The answer.
    #[default]
    Run,
    /// `EXPLAIN`: the plan.
    Explain,
    /// `PROFILE`: the plan, with the work done.
    Profile,
}

#[derive(Debug, Clone)]
pub struct Single {
    pub clauses: Vec<Clause>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum Clause {
    Match(Match),
    Unwind { list: Expr, name: Name },
    With(Projection),
    Return(Projection),
}

#[derive(Debug, Clone)]
pub struct Match {
    pub optional: bool,
    pub patterns: Vec<Pattern>,
    pub filter: Option<Expr>,
}

#[derive(Debug, Clone)]
pub struct Projection {
    pub span: Span,
    pub distinct: bool,
    pub star: bool,
    pub items: Vec<Item>,
    pub order: Vec<(Expr, bool)>,
    pub skip: Option<Expr>,
    pub limit: Option<Expr>,
    pub filter: Option<Expr>,
}

#[derive(Debug, Clone)]
pub struct Item {
    pub expr: Expr,
    pub alias: Option<Name>,
    /// The expression as written: the name of its column.
    pub written: String,
}

/// `path = (a)-[r]->(b)`
#[derive(Debug, Clone)]
pub struct Pattern {
    pub name: Option<Name>,
    pub start: NodePattern,
    pub steps: Vec<(EdgePattern, NodePattern)>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct NodePattern {
    pub name: Option<Name>,
    pub labels: Labels,
    pub properties: Option<Expr>,
}

/// `:A:B`, which is all of them, or `:A|B`, which is any of them.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    pub names: Vec<Name>,
    pub any: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrow {
    Right,
    Left,
    Either,
}

#[derive(Debug, Clone)]
pub struct EdgePattern {
    pub name: Option<Name>,
    pub types: Vec<Name>,
    pub arrow: Arrow,
    pub range: Option<Range>,
    pub properties: Option<Expr>,
    /// `[r:T WHERE ...]`
    pub filter: Option<Expr>,
    pub span: Span,
}

/// `*min..max`
#[derive(Debug, Clone, Copy)]
pub struct Range {
    pub min: Option<u64>,
    pub max: Option<u64>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Expr {
    pub kind: Kind,
    pub span: Span,
    /// Levels of expressions below: bounded while parsing, so that no walk of the tree overflows the stack.
    pub height: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    Or,
    Xor,
    And,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    In,
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    Not,
    Minus,
    Plus,
    IsNull,
    IsNotNull,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    All,
    Any,
    None,
    Single,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Null,
    Boolean(bool),
    Integer(i64),
    Decimal(f64),
    Text(String),
    Parameter(String),
    Variable(String),
    Property(Box<Expr>, Name),
    /// `n:A:B`
    HasLabels(Box<Expr>, Labels),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `a < b <= c`
    Comparison(Box<Expr>, Vec<(Compare, Expr)>),
    List(Vec<Expr>),
    Map(Vec<(Name, Expr)>),
    Index(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    Call {
        name: Name,
        distinct: bool,
        /// `count(*)`
        star: bool,
        arguments: Vec<Expr>,
    },
    Case {
        subject: Option<Box<Expr>>,
        arms: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Comprehension {
        name: Name,
        list: Box<Expr>,
        filter: Option<Box<Expr>>,
        map: Option<Box<Expr>>,
    },
    PatternComprehension {
        pattern: Box<Pattern>,
        filter: Option<Box<Expr>>,
        map: Box<Expr>,
    },
    Quantified {
        quantifier: Quantifier,
        name: Name,
        list: Box<Expr>,
        filter: Option<Box<Expr>>,
    },
    /// `EXISTS { ... }`
    Exists(Box<Query>),
    /// `COUNT { ... }`
    Count(Box<Query>),
    /// `(a)-[:T]->(b)` where a truth value stands.
    Pattern(Box<Pattern>),
}
