//! Expressions, by precedence climbing.

use super::super::ast::{
    Binary, Clause, Compare, Expr, Kind, Match, Mode, Name, Quantifier, Query, Single, Unary,
};
use super::super::lexer::{Token, too_large};
use super::super::message::{Fault, Span};
use super::Parser;

/// Levels of precedence, weakest first.
mod level {
    pub const OR: u8 = 0;
    pub const XOR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const COMPARE: u8 = 4;
    pub const PREDICATE: u8 = 5;
    pub const ADD: u8 = 6;
    pub const MULTIPLY: u8 = 7;
    pub const POWER: u8 = 8;
}

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Result<Expr, Fault> {
        self.climb(level::OR)
    }

    fn climb(&mut self, weakest: u8) -> Result<Expr, Fault> {
        self.enter()?;
        let expr = self.climb_inside(weakest)?;
        self.leave();
        Ok(expr)
    }

    fn climb_inside(&mut self, weakest: u8) -> Result<Expr, Fault> {
        let start = self.span();
        let mut left = if self.is_word("NOT") && weakest <= level::NOT {
            self.advance();
            let inner = self.climb(level::NOT)?;
            self.make_unary(Unary::Not, inner, start)?
        } else {
            self.signed()?
        };
        loop {
            let Some((operator, strength)) = self.operator() else {
                return Ok(left);
            };
            if strength < weakest {
                return Ok(left);
            }
            match operator {
                Operator::Compare(_) => left = self.comparison(left, start)?,
                Operator::Null => {
                    self.advance();
                    let not = self.accept_word("NOT");
                    self.expect_word("NULL")?;
                    let unary = if not { Unary::IsNotNull } else { Unary::IsNull };
                    left = self.make_unary(unary, left, start)?;
                }
                Operator::Binary(binary) => {
                    self.advance();
                    if matches!(binary, Binary::StartsWith | Binary::EndsWith) {
                        self.expect_word("WITH")?;
                    }
                    let right = self.climb(strength + 1)?;
                    let below = left.height.max(right.height);
                    let kind = Kind::Binary(binary, Box::new(left), Box::new(right));
                    left = self.tower(kind, start.to(self.last_span()), below)?;
                }
            }
        }
    }

    fn make_unary(&self, unary: Unary, inner: Expr, start: Span) -> Result<Expr, Fault> {
        let below = inner.height;
        let kind = Kind::Unary(unary, Box::new(inner));
        self.tower(kind, start.to(self.last_span()), below)
    }

    fn comparison(&mut self, first: Expr, start: Span) -> Result<Expr, Fault> {
        let mut rest = Vec::new();
        let mut below = first.height;
        while let Some((Operator::Compare(compare), _)) = self.operator() {
            self.advance();
            let right = self.climb(level::PREDICATE)?;
            below = below.max(right.height);
            rest.push((compare, right));
        }
        let kind = Kind::Comparison(Box::new(first), rest);
        self.tower(kind, start.to(self.last_span()), below)
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        use Operator::{Binary as B, Compare as C};
        Some(match self.peek() {
            Token::Sign(sign) => match *sign {
                "=" => (C(Compare::Equal), level::COMPARE),
                "<>" => (C(Compare::Unequal), level::COMPARE),
                "<" => (C(Compare::Less), level::COMPARE),
                "<=" => (C(Compare::LessEqual), level::COMPARE),
                ">" => (C(Compare::Greater), level::COMPARE),
                ">=" => (C(Compare::GreaterEqual), level::COMPARE),
                "+" => (B(Binary::Add), level::ADD),
                "-" => (B(Binary::Subtract), level::ADD),
                "*" => (B(Binary::Multiply), level::MULTIPLY),
                "/" => (B(Binary::Divide), level::MULTIPLY),
                "%" => (B(Binary::Modulo), level::MULTIPLY),
                "^" => (B(Binary::Power), level::POWER),
                _ => return None,
            },
            Token::Word {
                text,
                quoted: false,
            } => match text.to_ascii_uppercase().as_str() {
                "OR" => (B(Binary::Or), level::OR),
                "XOR" => (B(Binary::Xor), level::XOR),
                "AND" => (B(Binary::And), level::AND),
                "IN" => (B(Binary::In), level::PREDICATE),
                "STARTS" => (B(Binary::StartsWith), level::PREDICATE),
                "ENDS" => (B(Binary::EndsWith), level::PREDICATE),
                "CONTAINS" => (B(Binary::Contains), level::PREDICATE),
                "IS" => (Operator::Null, level::PREDICATE),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Signs before a value. A minus and the digits behind it are one number, so that the smallest can be written.
    fn signed(&mut self) -> Result<Expr, Fault> {
        let start = self.span();
        let minus = self.is_sign("-");
        if !minus && !self.is_sign("+") {
            return self.postfix();
        }
        self.advance();
        if minus
            && let Token::Integer(digits) = self.peek()
            && digits.0 == i64::MIN.unsigned_abs()
        {
            self.advance();
            return self.make(Kind::Integer(i64::MIN), start.to(self.last_span()), &[]);
        }
        self.enter()?;
        let inner = self.signed()?;
        self.leave();
        let unary = if minus { Unary::Minus } else { Unary::Plus };
        self.make_unary(unary, inner, start)
    }

    fn postfix(&mut self) -> Result<Expr, Fault> {
        let start = self.span();
        let mut expr = self.atom()?;
        loop {
            let below = expr.height;
            let kind = if self.accept(".") {
                let name = self.name("de naam van een eigenschap", "the name of a property")?;
                Kind::Property(Box::new(expr), name)
            } else if self.is_sign("[") {
                self.advance();
                self.subscript(expr)?
            } else if self.is_sign(":") && matches!(self.ahead(1), Token::Word { .. }) {
                Kind::HasLabels(Box::new(expr), self.labels()?)
            } else {
                return Ok(expr);
            };
            let higher = match &kind {
                Kind::Index(_, index) => below.max(index.height),
                Kind::Slice(_, from, to) => [from, to]
                    .into_iter()
                    .flatten()
                    .fold(below, |highest, bound| highest.max(bound.height)),
                _ => below,
            };
            expr = self.tower(kind, start.to(self.last_span()), higher)?;
            if self.is_sign("(") {
                return Err(self.namespaced(&expr));
            }
        }
    }

    /// `date.truncate(...)`: functions have no namespaces here.
    fn namespaced(&self, expr: &Expr) -> Fault {
        let written = self.written(expr.span);
        Fault::new(
            "V161",
            expr.span,
            format!("de functie `{written}` is er niet"),
            format!("there is no function `{written}`"),
        )
    }

    fn subscript(&mut self, list: Expr) -> Result<Kind, Fault> {
        let list = Box::new(list);
        if self.accept("..") {
            let to = self.slice_end()?;
            return Ok(Kind::Slice(list, None, to));
        }
        let first = Box::new(self.expression()?);
        if self.accept("..") {
            let to = self.slice_end()?;
            return Ok(Kind::Slice(list, Some(first), to));
        }
        self.expect("]")?;
        Ok(Kind::Index(list, first))
    }

    fn slice_end(&mut self) -> Result<Option<Box<Expr>>, Fault> {
        if self.accept("]") {
            return Ok(None);
        }
        let to = self.expression()?;
        self.expect("]")?;
        Ok(Some(Box::new(to)))
    }

    fn atom(&mut self) -> Result<Expr, Fault> {
        let span = self.span();
        let kind = match self.peek().clone() {
            Token::Integer(digits) => {
                self.advance();
                Kind::Integer(i64::try_from(digits.0).map_err(|_| too_large(span))?)
            }
            Token::Decimal(number) => {
                self.advance();
                Kind::Decimal(number)
            }
            Token::Text(text) => {
                self.advance();
                Kind::Text(text)
            }
            Token::Parameter(name) => {
                self.advance();
                Kind::Parameter(name)
            }
            Token::Sign("(") if self.pattern_begins(0) => {
                let pattern = self.path()?;
                let below = Self::pattern_height(&pattern) + 1;
                return self.tower(
                    Kind::Pattern(Box::new(pattern)),
                    span.to(self.last_span()),
                    below,
                );
            }
            Token::Sign("(") => {
                self.advance();
                let mut inner = self.expression()?;
                self.expect(")")?;
                inner.span = span.to(self.last_span());
                return Ok(inner);
            }
            Token::Sign("[") => return self.list(),
            Token::Sign("{") => return self.map(),
            Token::Word { text, quoted } => return self.word_atom(&text, quoted),
            _ => return Err(self.unexpected("een waarde", "a value")),
        };
        self.make(kind, span, &[])
    }

    fn word_atom(&mut self, text: &str, quoted: bool) -> Result<Expr, Fault> {
        let span = self.span();
        if !quoted {
            let literal = match text.to_ascii_lowercase().as_str() {
                "null" => Some(Kind::Null),
                "true" => Some(Kind::Boolean(true)),
                "false" => Some(Kind::Boolean(false)),
                _ => None,
            };
            if let Some(kind) = literal {
                self.advance();
                return self.make(kind, span, &[]);
            }
            if self.is_word("CASE") && !self.is_sign_ahead(1, ".") {
                return self.case();
            }
            let braces = self.is_sign_ahead(1, "{");
            if braces && self.is_word("EXISTS") {
                return self.subquery(Kind::Exists);
            }
            if braces && self.is_word("COUNT") {
                return self.subquery(Kind::Count);
            }
        }
        if self.is_sign_ahead(1, "(") {
            return self.call();
        }
        if !quoted && self.is_reserved() {
            return Err(self.unexpected("een waarde", "a value"));
        }
        let name = self.name("een waarde", "a value")?;
        self.make(Kind::Variable(name.text), span, &[])
    }

    fn list(&mut self) -> Result<Expr, Fault> {
        let start = self.span();
        let comprehends =
            matches!(self.ahead(1), Token::Word { .. }) && self.is_word_ahead(2, "IN");
        self.advance();
        if comprehends {
            return self.comprehension(start);
        }
        let named = matches!(self.peek(), Token::Word { .. })
            && self.is_sign_ahead(1, "=")
            && self.pattern_begins(2);
        if named || self.pattern_begins(0) {
            let back = self.at;
            let elements = self.elements;
            let pattern = self.pattern()?;
            if self.is_sign("|") || self.is_word("WHERE") {
                return self.pattern_comprehension(pattern, start);
            }
            (self.at, self.elements) = (back, elements);
        }
        let mut items = Vec::new();
        let mut below = 0;
        if !self.accept("]") {
            loop {
                let item = self.expression()?;
                below = below.max(item.height);
                items.push(item);
                if !self.accept(",") {
                    break;
                }
            }
            self.expect("]")?;
        }
        self.tower(Kind::List(items), start.to(self.last_span()), below)
    }

    fn comprehension(&mut self, start: Span) -> Result<Expr, Fault> {
        let name = self.name("een naam", "a name")?;
        self.expect_word("IN")?;
        let list = Box::new(self.expression()?);
        let mut below = list.height;
        let filter = self.optional_after(|parser| parser.accept_word("WHERE"))?;
        let map = self.optional_after(|parser| parser.accept("|"))?;
        self.expect("]")?;
        for part in [&filter, &map].into_iter().flatten() {
            below = below.max(part.height);
        }
        let kind = Kind::Comprehension {
            name,
            list,
            filter,
            map,
        };
        self.tower(kind, start.to(self.last_span()), below)
    }

    fn optional_after(
        &mut self,
        accept: impl FnOnce(&mut Self) -> bool,
    ) -> Result<Option<Box<Expr>>, Fault> {
        if accept(self) {
            Ok(Some(Box::new(self.expression()?)))
        } else {
            Ok(None)
        }
    }

    fn pattern_comprehension(
        &mut self,
        pattern: super::super::ast::Pattern,
        start: Span,
    ) -> Result<Expr, Fault> {
        let filter = self.optional_after(|parser| parser.accept_word("WHERE"))?;
        self.expect("|")?;
        let map = Box::new(self.expression()?);
        self.expect("]")?;
        let below = filter
            .as_ref()
            .map_or(map.height, |filter| filter.height.max(map.height))
            .max(Self::pattern_height(&pattern));
        let kind = Kind::PatternComprehension {
            pattern: Box::new(pattern),
            filter,
            map,
        };
        self.tower(kind, start.to(self.last_span()), below + 1)
    }

    /// `{name: value, ...}`
    pub(super) fn map(&mut self) -> Result<Expr, Fault> {
        let start = self.expect("{")?;
        let mut entries = Vec::new();
        let mut below = 0;
        if !self.accept("}") {
            loop {
                let name = self.name("een naam", "a name")?;
                self.expect(":")?;
                let value = self.expression()?;
                below = below.max(value.height);
                entries.push((name, value));
                if !self.accept(",") {
                    break;
                }
            }
            self.expect("}")?;
        }
        self.tower(Kind::Map(entries), start.to(self.last_span()), below)
    }

    fn case(&mut self) -> Result<Expr, Fault> {
        let start = self.span();
        self.advance();
        let subject = if self.is_word("WHEN") {
            None
        } else {
            Some(Box::new(self.expression()?))
        };
        let mut below = subject.as_ref().map_or(0, |subject| subject.height);
        let mut arms = Vec::new();
        while self.accept_word("WHEN") {
            let when = self.expression()?;
            self.expect_word("THEN")?;
            let then = self.expression()?;
            below = below.max(when.height).max(then.height);
            arms.push((when, then));
        }
        if arms.is_empty() {
            return Err(self.unexpected("`WHEN`", "`WHEN`"));
        }
        let otherwise = self.optional_after(|parser| parser.accept_word("ELSE"))?;
        self.expect_word("END")?;
        below = otherwise
            .as_ref()
            .map_or(below, |otherwise| below.max(otherwise.height));
        let kind = Kind::Case {
            subject,
            arms,
            otherwise,
        };
        self.tower(kind, start.to(self.last_span()), below)
    }

    fn subquery(&mut self, kind: impl FnOnce(Box<Query>) -> Kind) -> Result<Expr, Fault> {
        let start = self.span();
        self.advance();
        self.enter()?;
        self.expect("{")?;
        let pattern = self.is_sign("(")
            || (matches!(self.peek(), Token::Word { .. }) && self.is_sign_ahead(1, "="));
        let query = if pattern {
            let inner = self.span();
            let found: Match = self.match_clause(false)?;
            Query {
                parts: vec![Single {
                    clauses: vec![Clause::Match(found)],
                    span: inner.to(self.last_span()),
                }],
                unions: Vec::new(),
                mode: Mode::Run,
            }
        } else {
            self.query(false)?
        };
        self.expect("}")?;
        self.leave();
        let below = Self::query_height(&query) + 3;
        self.tower(kind(Box::new(query)), start.to(self.last_span()), below)
    }

    fn call(&mut self) -> Result<Expr, Fault> {
        let start = self.span();
        let name = self.name("een functie", "a function")?;
        self.expect("(")?;
        let quantifier = match name.text.to_ascii_lowercase().as_str() {
            "all" => Some(Quantifier::All),
            "any" => Some(Quantifier::Any),
            "none" => Some(Quantifier::None),
            "single" => Some(Quantifier::Single),
            _ => None,
        };
        if let Some(quantifier) = quantifier
            && matches!(self.peek(), Token::Word { .. })
            && self.is_word_ahead(1, "IN")
        {
            return self.quantified(quantifier, start);
        }
        if self.is_sign("*") && self.is_sign_ahead(1, ")") {
            self.advance();
            self.advance();
            return self.finish_call(name, start, false, true, Vec::new());
        }
        let distinct = self.accept_word("DISTINCT");
        let mut arguments = Vec::new();
        if !self.accept(")") {
            loop {
                arguments.push(self.expression()?);
                if !self.accept(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        self.finish_call(name, start, distinct, false, arguments)
    }

    fn finish_call(
        &mut self,
        name: Name,
        start: Span,
        distinct: bool,
        star: bool,
        arguments: Vec<Expr>,
    ) -> Result<Expr, Fault> {
        let below = arguments.iter().map(|one| one.height).max().unwrap_or(0);
        let kind = Kind::Call {
            name,
            distinct,
            star,
            arguments,
        };
        self.tower(kind, start.to(self.last_span()), below)
    }

    fn quantified(&mut self, quantifier: Quantifier, start: Span) -> Result<Expr, Fault> {
        let name = self.name("een naam", "a name")?;
        self.expect_word("IN")?;
        let list = Box::new(self.expression()?);
        let filter = self.optional_after(|parser| parser.accept_word("WHERE"))?;
        self.expect(")")?;
        let below = filter
            .as_ref()
            .map_or(list.height, |filter| filter.height.max(list.height));
        let kind = Kind::Quantified {
            quantifier,
            name,
            list,
            filter,
        };
        self.tower(kind, start.to(self.last_span()), below)
    }
}

enum Operator {
    Compare(Compare),
    Binary(Binary),
    /// `IS NULL`, `IS NOT NULL`
    Null,
}
