//! Clauses.

use super::super::ast::{Clause, Item, Match, Mode, Projection, Query, Single};
use super::super::lexer::Token;
use super::super::message::{Fault, Span};
use super::{CLAUSES_MAX, Parser};

impl Parser<'_> {
    /// `outermost`: it must end with `RETURN`; a subquery may end with `MATCH`.
    pub(super) fn query(&mut self, outermost: bool) -> Result<Query, Fault> {
        let mode = if outermost && self.accept_word("EXPLAIN") {
            Mode::Explain
        } else if outermost && self.accept_word("PROFILE") {
            Mode::Profile
        } else {
            Mode::Run
        };
        let mut parts = vec![self.single(outermost)?];
        let mut unions: Vec<(bool, Span)> = Vec::new();
        while self.is_word("UNION") {
            let place = self.span();
            self.advance();
            let all = self.accept_word("ALL");
            if unions.first().is_some_and(|&(first, _)| first != all) {
                return Err(Fault::new(
                    "V113",
                    place,
                    "UNION en UNION ALL gaan niet samen",
                    "UNION and UNION ALL do not go together",
                ));
            }
            unions.push((all, place));
            parts.push(self.single(outermost)?);
        }
        Ok(Query {
            parts,
            unions,
            mode,
        })
    }

    fn single(&mut self, outermost: bool) -> Result<Single, Fault> {
        let start = self.span();
        let mut clauses: Vec<Clause> = Vec::new();
        loop {
            self.clauses += 1;
            if self.clauses > CLAUSES_MAX {
                return Err(Fault::new(
                    "V201",
                    self.span(),
                    format!("meer dan {CLAUSES_MAX} clausules"),
                    format!("more than {CLAUSES_MAX} clauses"),
                ));
            }
            let ends =
                matches!(self.peek(), Token::End | Token::Sign(";" | "}")) || self.is_word("UNION");
            match (ends, clauses.last()) {
                (true, Some(Clause::Return(_))) => break,
                (true, Some(Clause::Match(_))) if !outermost => break,
                (true, Some(_)) => {
                    return Err(Fault::new(
                        "V113",
                        self.last_span(),
                        "een vraag eindigt met RETURN",
                        "a query ends with RETURN",
                    ));
                }
                (false, Some(Clause::Return(_))) => {
                    return Err(if self.begins_clause() {
                        Fault::new(
                            "V113",
                            self.span(),
                            "na RETURN komt niets meer",
                            "nothing comes after RETURN",
                        )
                    } else {
                        self.unexpected("het einde van de vraag", "the end of the query")
                    });
                }
                (true, None) | (false, _) => {}
            }
            clauses.push(self.clause()?);
        }
        Ok(Single {
            clauses,
            span: start.to(self.last_span()),
        })
    }

    fn begins_clause(&self) -> bool {
        ["MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN"]
            .iter()
            .any(|word| self.is_word(word))
    }

    fn clause(&mut self) -> Result<Clause, Fault> {
        if self.is_word("OPTIONAL") && self.is_word_ahead(1, "MATCH") {
            self.advance();
            self.advance();
            return Ok(Clause::Match(self.match_clause(true)?));
        }
        if self.accept_word("MATCH") {
            return Ok(Clause::Match(self.match_clause(false)?));
        }
        if self.accept_word("UNWIND") {
            let list = self.expression()?;
            self.expect_word("AS")?;
            let name = self.name("een naam", "a name")?;
            return Ok(Clause::Unwind { list, name });
        }
        if self.accept_word("WITH") {
            let mut projection = self.projection()?;
            if self.accept_word("WHERE") {
                projection.filter = Some(self.expression()?);
            }
            return Ok(Clause::With(projection));
        }
        if self.accept_word("RETURN") {
            return Ok(Clause::Return(self.projection()?));
        }
        Err(self.no_clause())
    }

    pub(super) fn match_clause(&mut self, optional: bool) -> Result<Match, Fault> {
        let mut patterns = vec![self.pattern()?];
        while self.accept(",") {
            patterns.push(self.pattern()?);
        }
        let filter = if self.accept_word("WHERE") {
            Some(self.expression()?)
        } else {
            None
        };
        Ok(Match {
            optional,
            patterns,
            filter,
        })
    }

    fn projection(&mut self) -> Result<Projection, Fault> {
        let start = self.last_span();
        let distinct = self.accept_word("DISTINCT");
        let star = self.accept("*");
        let mut items = Vec::new();
        if !star || self.accept(",") {
            items.push(self.item()?);
            while self.accept(",") {
                items.push(self.item()?);
            }
        }
        let mut order = Vec::new();
        if self.accept_word("ORDER") {
            self.expect_word("BY")?;
            loop {
                let key = self.expression()?;
                let descending = self.accept_word("DESC") || self.accept_word("DESCENDING");
                if !descending && !self.accept_word("ASC") {
                    self.accept_word("ASCENDING");
                }
                order.push((key, descending));
                if !self.accept(",") {
                    break;
                }
            }
        }
        let mut bound = |word: &str| {
            if self.accept_word(word) {
                self.expression().map(Some)
            } else {
                Ok(None)
            }
        };
        let skip = bound("SKIP")?;
        let limit = bound("LIMIT")?;
        Ok(Projection {
            span: start.to(self.last_span()),
            distinct,
            star,
            items,
            order,
            skip,
            limit,
            filter: None,
        })
    }

    fn item(&mut self) -> Result<Item, Fault> {
        let expr = self.expression()?;
        let alias = if self.accept_word("AS") {
            Some(self.name("een naam", "a name")?)
        } else {
            None
        };
        Ok(Item {
            written: self.written(expr.span),
            expr,
            alias,
        })
    }
}
