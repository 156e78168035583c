//! Patterns: `(a:A {x: 1})-[r:R*1..2]->(b)`.

use super::super::ast::{Arrow, EdgePattern, Expr, Labels, Name, NodePattern, Pattern, Range};
use super::super::lexer::Token;
use super::super::message::Fault;
use super::Parser;

impl Parser<'_> {
    /// A pattern, with a name for its path or without.
    pub(super) fn pattern(&mut self) -> Result<Pattern, Fault> {
        let start = self.span();
        let named = matches!(self.peek(), Token::Word { .. }) && self.is_sign_ahead(1, "=");
        let name = if named {
            let name = self.name("een naam", "a name")?;
            self.advance();
            Some(name)
        } else {
            None
        };
        let mut pattern = self.path()?;
        pattern.name = name;
        pattern.span = start.to(self.last_span());
        Ok(pattern)
    }

    /// Nodes and the edges between them.
    pub(super) fn path(&mut self) -> Result<Pattern, Fault> {
        let from = self.span();
        if let Token::Word { text, .. } = self.peek()
            && ["shortestPath", "allShortestPaths", "SHORTEST"]
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word))
        {
            return Err(Fault::new(
                "V115",
                from,
                format!("`{text}` is er niet"),
                format!("`{text}` is not there"),
            )
            .hint(
                "gebruik `*1..4` en `min(length(p))`, of de paden van de API",
                "use `*1..4` and `min(length(p))`, or the paths of the API",
            ));
        }
        let start = self.node()?;
        let mut steps = Vec::new();
        while self.is_sign("-") || (self.is_sign("<") && self.is_sign_ahead(1, "-")) {
            let edge = self.edge()?;
            steps.push((edge, self.node()?));
        }
        Ok(Pattern {
            name: None,
            start,
            steps,
            span: from.to(self.last_span()),
        })
    }

    fn node(&mut self) -> Result<NodePattern, Fault> {
        self.count_element()?;
        self.expect("(")?;
        let name = self.optional_name()?;
        let labels = self.labels()?;
        let properties = self.property_map()?;
        self.expect(")")?;
        Ok(NodePattern {
            name,
            labels,
            properties,
        })
    }

    fn optional_name(&mut self) -> Result<Option<Name>, Fault> {
        match self.peek() {
            Token::Word { .. } => self.name("een naam", "a name").map(Some),
            _ => Ok(None),
        }
    }

    /// `:A:B` or `:A|B`.
    pub(super) fn labels(&mut self) -> Result<Labels, Fault> {
        let mut labels = Labels::default();
        if !self.accept(":") {
            return Ok(labels);
        }
        labels.names.push(self.name("een label", "a label")?);
        loop {
            let place = self.span();
            let any = self.is_sign("|");
            if !any && !self.is_sign(":") && !self.is_sign("&") {
                return Ok(labels);
            }
            self.advance();
            if any {
                self.accept(":");
            }
            if labels.names.len() > 1 && labels.any != any {
                return Err(Fault::new(
                    "V102",
                    place,
                    "`:` en `|` gaan hier niet samen",
                    "`:` and `|` do not go together here",
                ));
            }
            labels.any = any;
            labels.names.push(self.name("een label", "a label")?);
        }
    }

    fn property_map(&mut self) -> Result<Option<Expr>, Fault> {
        match self.peek() {
            Token::Sign("{") => self.map().map(Some),
            Token::Parameter(_) => Err(Fault::new(
                "V108",
                self.span(),
                "een parameter kan hier niet: noem de eigenschappen",
                "a parameter cannot stand here: name the properties",
            )
            .hint("schrijf `{naam: $waarde}`", "write `{name: $value}`")),
            _ => Ok(None),
        }
    }

    fn edge(&mut self) -> Result<EdgePattern, Fault> {
        self.count_element()?;
        let start = self.span();
        let left = self.accept("<");
        self.expect("-")?;
        let mut edge = EdgePattern {
            name: None,
            types: Vec::new(),
            arrow: Arrow::Either,
            range: None,
            properties: None,
            filter: None,
            span: start,
        };
        if self.accept("[") {
            edge.name = self.optional_name()?;
            if self.accept(":") {
                edge.types
                    .push(self.name("een relatielabel", "an edge label")?);
                while self.accept("|") {
                    self.accept(":");
                    edge.types
                        .push(self.name("een relatielabel", "an edge label")?);
                }
            }
            edge.range = self.range()?;
            edge.properties = self.property_map()?;
            if self.accept_word("WHERE") {
                edge.filter = Some(self.expression()?);
            }
            self.expect("]")?;
        }
        self.expect("-")?;
        let right = self.accept(">");
        edge.arrow = match (left, right) {
            (true, false) => Arrow::Left,
            (false, true) => Arrow::Right,
            (true, true) | (false, false) => Arrow::Either,
        };
        edge.span = start.to(self.last_span());
        Ok(edge)
    }

    fn range(&mut self) -> Result<Option<Range>, Fault> {
        let start = self.span();
        if !self.accept("*") {
            return Ok(None);
        }
        let min = self.bound();
        let (min, max) = if self.accept("..") {
            (min, self.bound())
        } else {
            (min, min)
        };
        Ok(Some(Range {
            min,
            max,
            span: start.to(self.last_span()),
        }))
    }

    fn bound(&mut self) -> Option<u64> {
        match self.peek() {
            Token::Integer(digits) => {
                let bound = digits.0;
                self.advance();
                Some(bound)
            }
            _ => None,
        }
    }

    /// Whether a pattern begins at the `(` here: a node, and behind it an edge. Decided by looking ahead, never by trying:
    /// trying both at each bracket would take time exponential in the nesting.
    pub(super) fn pattern_begins(&self, by: usize) -> bool {
        let open = self.at + by;
        if !matches!(self.token_at(open), Token::Sign("(")) {
            return false;
        }
        let Some(&close) = self.partners.get(open) else {
            return false;
        };
        let sign = |position: usize, sign: &str| matches!(self.token_at(position), Token::Sign(found) if *found == sign);
        if close == usize::MAX {
            return false;
        }
        let edge = match self.token_at(close + 1) {
            Token::Sign("-") => sign(close + 2, "-") || sign(close + 2, "["),
            Token::Sign("<") => {
                sign(close + 2, "-") && (sign(close + 3, "-") || sign(close + 3, "["))
            }
            _ => false,
        };
        let mut inside = open + 1;
        if matches!(self.token_at(inside), Token::Word { .. }) {
            inside += 1;
        }
        edge && (inside == close || sign(inside, ":") || sign(inside, "{"))
    }
}
