//! Tokens to a tree: recursive descent for clauses, precedence climbing for expressions.
//!
//! What reads only is a clause; all else that openCypher has is refused here, by name.

mod clause;
mod expression;
mod pattern;

use super::ast::{Clause, Expr, Kind, Name, Pattern, Query};
use super::lexer::{NESTING_MAX, Placed, Token, tokens, too_deep};
use super::message::{Fault, Span, nearest};

/// Highest tree of an expression.
const HEIGHT_MAX: u16 = 200;
/// Most clauses of a query.
const CLAUSES_MAX: usize = 64;
/// Most nodes and edges in the patterns of a query.
const PATTERN_ELEMENTS_MAX: usize = 128;

/// Words that cannot begin an expression.
const RESERVED: [&str; 22] = [
    "MATCH", "OPTIONAL", "WHERE", "WITH", "RETURN", "UNWIND", "UNION", "ORDER", "SKIP", "LIMIT",
    "AS", "AND", "OR", "XOR", "IN", "IS", "WHEN", "THEN", "ELSE", "STARTS", "ENDS", "CONTAINS",
];

/// Patterns alone, for the writer of test graphs.
#[cfg(test)]
pub fn parse_patterns(text: &str) -> Result<Vec<super::ast::Pattern>, Fault> {
    let mut parser = Parser::new(text)?;
    let found = parser.match_clause(false)?;
    match parser.peek() {
        Token::End => Ok(found.patterns),
        _ => Err(parser.unexpected("het einde", "the end")),
    }
}

/// Reads a query.
pub fn parse(text: &str) -> Result<Query, Fault> {
    let mut parser = Parser::new(text)?;
    let query = parser.query(true)?;
    parser.accept(";");
    match parser.peek() {
        Token::End => Ok(query),
        _ => Err(parser.unexpected("het einde van de vraag", "the end of the query")),
    }
}

/// For each opening bracket, the position of the one that closes it.
fn partners(tokens: &[Placed]) -> Vec<usize> {
    let mut partners = vec![usize::MAX; tokens.len()];
    let mut open = Vec::new();
    for (position, placed) in tokens.iter().enumerate() {
        match placed.token {
            Token::Sign("(" | "[" | "{") => open.push(position),
            Token::Sign(")" | "]" | "}") => {
                if let Some(partner) = open.pop().and_then(|start: usize| partners.get_mut(start)) {
                    *partner = position;
                }
            }
            _ => {}
        }
    }
    partners
}

struct Parser<'a> {
    tokens: Vec<Placed>,
    partners: Vec<usize>,
    text: &'a str,
    at: usize,
    depth: usize,
    clauses: usize,
    elements: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self, Fault> {
        let tokens = tokens(text)?;
        Ok(Self {
            partners: partners(&tokens),
            tokens,
            text,
            at: 0,
            depth: 0,
            clauses: 0,
            elements: 0,
        })
    }
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.ahead(0)
    }

    fn ahead(&self, by: usize) -> &Token {
        self.token_at(self.at + by)
    }

    fn token_at(&self, position: usize) -> &Token {
        self.tokens
            .get(position)
            .map_or(&Token::End, |placed| &placed.token)
    }

    fn span(&self) -> Span {
        self.tokens
            .get(self.at)
            .or(self.tokens.last())
            .map_or(Span::default(), |placed| placed.span)
    }

    fn last_span(&self) -> Span {
        self.at
            .checked_sub(1)
            .and_then(|before| self.tokens.get(before))
            .map_or(self.span(), |placed| placed.span)
    }

    fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    fn is_sign_ahead(&self, by: usize, sign: &str) -> bool {
        matches!(self.ahead(by), Token::Sign(found) if *found == sign)
    }

    fn accept(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, sign: &str) -> Result<Span, Fault> {
        let span = self.span();
        if self.accept(sign) {
            Ok(span)
        } else {
            Err(self.unexpected(&format!("`{sign}`"), &format!("`{sign}`")))
        }
    }

    fn is_word(&self, word: &str) -> bool {
        self.is_word_ahead(0, word)
    }

    fn is_word_ahead(&self, by: usize, word: &str) -> bool {
        matches!(self.ahead(by), Token::Word { text, quoted: false } if text.eq_ignore_ascii_case(word))
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Fault> {
        if self.accept_word(word) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("`{word}`"), &format!("`{word}`")))
        }
    }

    fn name(&mut self, nl: &str, en: &str) -> Result<Name, Fault> {
        match self.peek() {
            Token::Word { text, .. } => {
                let name = Name {
                    text: text.clone(),
                    span: self.span(),
                };
                self.advance();
                Ok(name)
            }
            _ => Err(self.unexpected(nl, en)),
        }
    }

    fn is_reserved(&self) -> bool {
        matches!(self.peek(), Token::Word { text, quoted: false }
            if RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word)))
    }

    /// V102: something else than what belongs here.
    fn unexpected(&self, nl: &str, en: &str) -> Fault {
        let found = self.tokens.get(self.at).map_or("", |placed| {
            self.text
                .get(placed.span.start as usize..placed.span.end as usize)
                .unwrap_or_default()
        });
        let place = self.span();
        if matches!(self.peek(), Token::End) {
            return Fault::new(
                "V102",
                place,
                format!("hier houdt de vraag op; verwacht: {nl}"),
                format!("the query ends here; expected: {en}"),
            );
        }
        let fault = Fault::new(
            "V102",
            place,
            format!("`{found}` hoort hier niet; verwacht: {nl}"),
            format!("`{found}` does not belong here; expected: {en}"),
        );
        if self.is_sign("=~") {
            return Fault::new(
                "V114",
                place,
                "`=~` (reguliere expressies) is er niet",
                "`=~` (regular expressions) is not there",
            )
            .hint(
                "gebruik STARTS WITH, ENDS WITH of CONTAINS",
                "use STARTS WITH, ENDS WITH or CONTAINS",
            );
        }
        fault
    }

    /// Goes a level down; comes back by [`Self::leave`].
    fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > NESTING_MAX * 2 {
            return Err(too_deep(self.span()));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Makes an expression, if it is not too high.
    fn make(&self, kind: Kind, span: Span, below: &[&Expr]) -> Result<Expr, Fault> {
        let highest = below.iter().map(|expr| expr.height).max().unwrap_or(0);
        self.tower(kind, span, highest)
    }

    fn tower(&self, kind: Kind, span: Span, below: u16) -> Result<Expr, Fault> {
        if below >= HEIGHT_MAX {
            return Err(too_deep(span));
        }
        Ok(Expr {
            kind,
            span,
            height: below + 1,
        })
    }

    /// The highest tree in a pattern: what is inside counts as what is beside.
    fn pattern_height(pattern: &Pattern) -> u16 {
        let nodes =
            std::iter::once(&pattern.start).chain(pattern.steps.iter().map(|(_, node)| node));
        let edges = pattern
            .steps
            .iter()
            .flat_map(|(edge, _)| [&edge.properties, &edge.filter]);
        nodes
            .map(|node| &node.properties)
            .chain(edges)
            .flatten()
            .map(|expr| expr.height)
            .max()
            .unwrap_or(0)
    }

    /// The highest tree in a query.
    fn query_height(query: &Query) -> u16 {
        let mut highest = 0;
        let mut see = |height: u16| highest = highest.max(height);
        for clause in query.parts.iter().flat_map(|part| &part.clauses) {
            match clause {
                Clause::Match(found) => {
                    found
                        .patterns
                        .iter()
                        .for_each(|one| see(Self::pattern_height(one)));
                    found.filter.iter().for_each(|one| see(one.height));
                }
                Clause::Unwind { list, .. } => see(list.height),
                Clause::With(projection) | Clause::Return(projection) => {
                    projection
                        .items
                        .iter()
                        .for_each(|item| see(item.expr.height));
                    projection.order.iter().for_each(|(key, _)| see(key.height));
                    let rest = [&projection.skip, &projection.limit, &projection.filter];
                    rest.into_iter().flatten().for_each(|one| see(one.height));
                }
            }
        }
        highest
    }

    /// Counts nodes and edges of patterns.
    fn count_element(&mut self) -> Result<(), Fault> {
        self.elements += 1;
        if self.elements > PATTERN_ELEMENTS_MAX {
            return Err(Fault::new(
                "V201",
                self.span(),
                format!("de patronen hebben meer dan {PATTERN_ELEMENTS_MAX} knopen en relaties"),
                format!("the patterns have more than {PATTERN_ELEMENTS_MAX} nodes and edges"),
            ));
        }
        Ok(())
    }

    fn written(&self, span: Span) -> String {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
            .trim()
            .to_owned()
    }

    /// A word where a clause must begin, and none does.
    fn no_clause(&self) -> Fault {
        const CLAUSES: [&str; 8] = [
            "MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN", "UNION", "WHERE", "ORDER",
        ];
        const WRITES: [&str; 9] = [
            "CREATE", "MERGE", "DELETE", "DETACH", "SET", "REMOVE", "FOREACH", "DROP", "INSERT",
        ];
        let place = self.span();
        let Token::Word {
            text,
            quoted: false,
        } = self.peek()
        else {
            return self.unexpected(
                "een clausule (MATCH, UNWIND, WITH, RETURN)",
                "a clause (MATCH, UNWIND, WITH, RETURN)",
            );
        };
        let upper = text.to_uppercase();
        if WRITES.contains(&upper.as_str()) {
            return Fault::new(
                "V110",
                place,
                format!("`{upper}` schrijft: patronen en vragen lezen alleen"),
                format!("`{upper}` writes: patterns and queries only read"),
            );
        }
        if ["CALL", "LOAD", "USE", "YIELD"].contains(&upper.as_str()) {
            return Fault::new(
                "V111",
                place,
                format!("`{upper}` is er niet: een vraag ziet alleen de graaf"),
                format!("`{upper}` is not there: a query sees the graph alone"),
            );
        }
        let fault = Fault::new(
            "V101",
            place,
            format!("`{text}` is geen clausule"),
            format!("`{text}` is not a clause"),
        );
        match nearest(text, CLAUSES) {
            Some(near) => fault.hint(
                format!("bedoelt u {near}?"),
                format!("did you mean {near}?"),
            ),
            None => fault,
        }
    }
}
