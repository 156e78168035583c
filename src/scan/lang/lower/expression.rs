//! Expressions.

use std::sync::Arc;

use super::super::ast::{Binary, Compare, Expr as Tree, Kind, Name, Pattern, Query, Unary};
use super::super::function::{self, Function, Known};
use super::super::ir::{Aggregate, AggregateKind, Expr, LabelTest, Slot};
use super::super::message::{Fault, Span, nearest};
use super::clause::{has_aggregate, misplaced, plain};
use super::pattern::{Names, wrong_type};
use super::{Lower, Place, Refuse, Scope, Type};
use crate::model::ValueType;
use crate::scan::value::Value;

impl Lower<'_> {
    /// Lowers an expression, and says what is known of its value.
    pub(super) fn expression(
        &mut self,
        tree: &Tree,
        place: &mut Place<'_>,
    ) -> Result<(Expr, Type), Fault> {
        if let Some(shared) = self.shared(tree, place)? {
            return Ok((Expr::Slot(shared), self.kind(shared)));
        }
        let constant = |value: Value, kind: Type| Ok((Expr::Constant(value), kind));
        match &tree.kind {
            Kind::Null => constant(Value::Null, Type::Null),
            Kind::Boolean(flag) => constant(Value::Boolean(*flag), Type::Boolean),
            Kind::Integer(number) => constant(Value::Integer(*number), Type::Integer),
            Kind::Decimal(number) => constant(Value::Decimal(*number), Type::Decimal),
            Kind::Text(text) => constant(Value::text(text), Type::Text),
            Kind::Parameter(name) => {
                let (parameter, kind) = self.parameter(name, tree.span)?;
                Ok((Expr::Parameter(parameter), kind))
            }
            Kind::Variable(name) => match place.scope.names.get(name) {
                Some(&slot) => Ok((Expr::Slot(slot), self.kind(slot))),
                None => Err(self.undefined(name, tree.span, &place.scope)),
            },
            Kind::Property(inner, name) => self.property(inner, name, place),
            Kind::HasLabels(inner, labels) => {
                let (inner, kind) = self.value(inner, place)?;
                if !kind.may_be(&[Type::Node, Type::Edge]) {
                    return Err(wrong_type(tree.span, "een knoop", "a node", kind));
                }
                let node = kind != Type::Edge;
                let (mut nodes, mut edges) = (LabelTest::default(), LabelTest::default());
                for test in [&mut nodes, &mut edges] {
                    test.any = labels.any;
                }
                for name in &labels.names {
                    if node {
                        nodes.names.push(self.node_label(name)?);
                    }
                    if kind != Type::Node && (kind == Type::Edge || !self.words.is_strict()) {
                        edges.names.push(self.edge_label(name)?);
                    }
                }
                Ok((
                    Expr::HasLabels(Box::new(inner), nodes, edges),
                    Type::Boolean,
                ))
            }
            Kind::Unary(unary, inner) => self.unary(*unary, inner, place),
            Kind::Binary(binary, one, two) => self.binary(*binary, one, two, place),
            Kind::Comparison(first, rest) => self.comparison(first, rest, place),
            Kind::List(items) => {
                let mut lowered = Vec::new();
                for item in items {
                    lowered.push(self.value(item, place)?.0);
                }
                Ok((Expr::List(lowered), Type::List))
            }
            Kind::Map(entries) => {
                let mut lowered: Vec<(Arc<str>, Expr)> = Vec::new();
                for (name, value) in entries {
                    lowered.push((Arc::from(name.text.as_str()), self.value(value, place)?.0));
                }
                Ok((Expr::Map(lowered), Type::Map))
            }
            Kind::Index(list, index) => self.index(list, index, place),
            Kind::Slice(list, from, to) => {
                let (list, _) = self.value(list, place)?;
                let mut bound = |bound: &Option<Box<Tree>>| match bound {
                    None => Ok(None),
                    Some(bound) => self
                        .value(bound, place)
                        .map(|(expr, _)| Some(Box::new(expr))),
                };
                let (from, to) = (bound(from)?, bound(to)?);
                Ok((Expr::Slice(Box::new(list), from, to), Type::List))
            }
            Kind::Call {
                name,
                distinct,
                star,
                arguments,
            } => self.call(name, (*distinct, *star), arguments, tree.span, place),
            Kind::Case {
                subject,
                arms,
                otherwise,
            } => self.case(subject.as_deref(), arms, otherwise.as_deref(), place),
            Kind::Comprehension {
                name,
                list,
                filter,
                map,
            } => {
                let (lowered, kind) = self.value(list, place)?;
                self.expect_list(kind, list.span)?;
                let element = self.element_type(list);
                let local = self.enter(name, element, place);
                let filter = self.inner(filter.as_deref(), true, place)?;
                let map = self.inner(map.as_deref(), false, place)?;
                let slot = leave(name, local, place);
                let expr = Expr::Comprehension {
                    slot,
                    list: Box::new(lowered),
                    filter,
                    map,
                };
                Ok((expr, Type::List))
            }
            Kind::Quantified {
                quantifier,
                name,
                list,
                filter,
            } => {
                let (lowered, kind) = self.value(list, place)?;
                self.expect_list(kind, list.span)?;
                let element = self.element_type(list);
                let local = self.enter(name, element, place);
                let filter = self.inner(filter.as_deref(), true, place)?;
                let slot = leave(name, local, place);
                let expr = Expr::Quantified {
                    quantifier: *quantifier,
                    slot,
                    list: Box::new(lowered),
                    filter,
                };
                Ok((expr, Type::Boolean))
            }
            Kind::PatternComprehension {
                pattern,
                filter,
                map,
            } => {
                let mut scope = steady(place);
                let filters: Vec<&Tree> = filter.iter().map(Box::as_ref).collect();
                let one = std::slice::from_ref(pattern.as_ref());
                let found = self.matching(one, &filters, false, &mut scope, Names::Bind)?;
                let mut inside = plain(&scope);
                inside.refuse = Refuse::Local;
                let (map, _) = self.expression(map, &mut inside)?;
                let expr = Expr::PatternList {
                    found: Box::new(found),
                    map: Box::new(map),
                };
                Ok((expr, Type::List))
            }
            Kind::Exists(query) => self.subquery(query, Expr::Exists, Type::Boolean, place),
            Kind::Count(query) => self.subquery(query, Expr::Count, Type::Integer, place),
            Kind::Pattern(pattern) => {
                if !place.patterns {
                    return Err(Fault::new(
                        "V133",
                        tree.span,
                        "een patroon kan hier niet staan",
                        "a pattern cannot stand here",
                    )
                    .hint(
                        "gebruik EXISTS { ... } of COUNT { ... }",
                        "use EXISTS { ... } or COUNT { ... }",
                    ));
                }
                self.pattern_exists(pattern, place)
            }
        }
    }

    /// An expression that is no condition: patterns do not stand in it for truth values.
    fn value(&mut self, tree: &Tree, place: &mut Place<'_>) -> Result<(Expr, Type), Fault> {
        let patterns = std::mem::replace(&mut place.patterns, false);
        let found = self.expression(tree, place);
        place.patterns = patterns;
        found
    }

    /// What every row of a group shares: only that may stand beside an aggregate.
    fn shared(&self, tree: &Tree, place: &Place<'_>) -> Result<Option<Slot>, Fault> {
        let Some(gather) = &place.gather else {
            return Ok(None);
        };
        let Kind::Variable(name) = &tree.kind else {
            if !matches!(tree.kind, Kind::Property(..)) {
                return Ok(None);
            }
            let written = self.written(tree.span);
            let mut keys = gather.keys.iter().filter(|key| key.simple);
            return Ok(keys.find(|key| key.written == written).map(|key| key.slot));
        };
        if let Some(&slot) = gather.aliases.names.get(name) {
            return Ok(Some(slot));
        }
        let known = place.scope.names.get(name).copied();
        if let Some(slot) = known
            && (gather.locals.contains(&slot)
                || gather.keys.iter().any(|key| key.simple && key.slot == slot))
        {
            return Ok(Some(slot));
        }
        let was_there = !gather.aggregates.is_empty() && gather.before.names.contains_key(name);
        if known.is_some() || was_there {
            return Err(Fault::new(
                "V122",
                tree.span,
                format!("`{name}` is niet gelijk voor alle rijen die hier worden samengenomen"),
                format!("`{name}` is not the same for all rows that are gathered here"),
            )
            .hint(
                "zet het als eigen kolom in een WITH ervoor",
                "make it a column of its own in a WITH before this",
            ));
        }
        Err(self.undefined(name, tree.span, &place.scope))
    }

    /// Brings a name into scope; [`leave`] takes it away.
    fn enter(&mut self, name: &Name, kind: Type, place: &mut Place<'_>) -> Local {
        let slot = self.new_slot(kind);
        if let Some(gather) = &mut place.gather {
            gather.locals.push(slot);
        }
        Local {
            slot,
            hidden: place.scope.names.insert(name.text.clone(), slot),
            alias: place
                .gather
                .as_mut()
                .and_then(|gather| gather.aliases.names.remove(&name.text)),
            refuse: std::mem::replace(&mut place.refuse, Refuse::Local),
        }
    }

    fn inner(
        &mut self,
        tree: Option<&Tree>,
        condition: bool,
        place: &mut Place<'_>,
    ) -> Result<Option<Box<Expr>>, Fault> {
        let Some(tree) = tree else {
            return Ok(None);
        };
        let patterns = std::mem::replace(&mut place.patterns, condition);
        let found = self.expression(tree, place);
        place.patterns = patterns;
        let (expr, kind) = found?;
        if condition {
            self.expect_boolean(kind, tree.span)?;
        }
        Ok(Some(Box::new(expr)))
    }

    fn property(
        &mut self,
        inner: &Tree,
        name: &Name,
        place: &mut Place<'_>,
    ) -> Result<(Expr, Type), Fault> {
        let (inner_expr, kind) = self.value(inner, place)?;
        if !kind.may_be(&[Type::Node, Type::Edge, Type::Map]) {
            return Err(wrong_type(
                inner.span,
                "iets met eigenschappen",
                "something with properties",
                kind,
            ));
        }
        let slot = match &inner_expr {
            Expr::Slot(slot) => Some(*slot),
            _ => None,
        };
        let found = self.property_type(name, slot)?;
        let key = self.key(&name.text);
        Ok((Expr::Property(Box::new(inner_expr), key), found))
    }

    /// Checks that a property may be named, notes it, and says what type its values have.
    pub(super) fn property_type(&mut self, name: &Name, slot: Option<Slot>) -> Result<Type, Fault> {
        self.words.check_protected(name)?;
        let kind = slot.map_or(Type::Any, |slot| self.kind(slot));
        let labels = slot.and_then(|slot| self.labels(slot)).cloned();
        let labels = labels.as_ref();
        let (nodes, edges) = match kind {
            Type::Node => (self.words.node_properties(labels, &name.text), Vec::new()),
            Type::Edge | Type::Edges => {
                (Vec::new(), self.words.edge_properties(labels, &name.text))
            }
            Type::Map => return Ok(Type::Any),
            _ => (
                self.words.node_properties(None, &name.text),
                self.words.edge_properties(None, &name.text),
            ),
        };
        let elements = matches!(kind, Type::Node | Type::Edge | Type::Edges);
        if nodes.is_empty() && edges.is_empty() {
            let unknown = self
                .words
                .unknown_property(name, labels, kind != Type::Node);
            return match unknown {
                Some(fault) if elements => Err(fault),
                Some(_) | None => Ok(Type::Any),
            };
        }
        let mut kinds = nodes.iter().chain(&edges).map(|(_, kind)| type_of(*kind));
        let first = kinds.next().unwrap_or(Type::Any);
        let same = kinds.all(|kind| kind == first) && elements;
        let found = nodes.into_iter().chain(edges);
        self.inspects
            .properties
            .extend(found.map(|(label, _)| (label, name.text.clone())));
        Ok(if same { first } else { Type::Any })
    }

    fn unary(
        &mut self,
        unary: Unary,
        inner: &Tree,
        place: &mut Place<'_>,
    ) -> Result<(Expr, Type), Fault> {
        let (expr, kind) = match unary {
            Unary::Not => self.expression(inner, place)?,
            _ => self.value(inner, place)?,
        };
        let boxed = Box::new(expr);
        Ok(match unary {
            Unary::Not => {
                self.expect_boolean(kind, inner.span)?;
                (Expr::Not(boxed), Type::Boolean)
            }
            Unary::IsNull => (Expr::IsNull(boxed), Type::Boolean),
            Unary::IsNotNull => (Expr::IsNotNull(boxed), Type::Boolean),
            Unary::Minus | Unary::Plus => {
                if !kind.may_be(&[Type::Integer, Type::Decimal]) {
                    return Err(wrong_type(inner.span, "een getal", "a number", kind));
                }
                let expr = match unary {
                    Unary::Minus => Expr::Negate(boxed),
                    _ => Expr::Same(boxed),
                };
                (expr, kind)
            }
        })
    }

    fn binary(
        &mut self,
        binary: Binary,
        one: &Tree,
        two: &Tree,
        place: &mut Place<'_>,
    ) -> Result<(Expr, Type), Fault> {
        let logic = matches!(binary, Binary::And | Binary::Or | Binary::Xor);
        let ((left, left_kind), (right, right_kind)) = if logic {
            (self.expression(one, place)?, self.expression(two, place)?)
        } else {
            (self.value(one, place)?, self.value(two, place)?)
        };
        let kind = match binary {
            Binary::And | Binary::Or | Binary::Xor => {
                self.expect_boolean(left_kind, one.span)?;
                self.expect_boolean(right_kind, two.span)?;
                Type::Boolean
            }
            Binary::In => {
                self.expect_list(right_kind, two.span)?;
                Type::Boolean
            }
            Binary::StartsWith | Binary::EndsWith | Binary::Contains => Type::Boolean,
            Binary::Add => sum_type(left_kind, right_kind),
            Binary::Subtract
            | Binary::Multiply
            | Binary::Divide
            | Binary::Modulo
            | Binary::Power => {
                let date = left_kind == Type::Date && binary == Binary::Subtract;
                for (kind, tree) in [(left_kind, one), (right_kind, two)] {
                    if !kind.may_be(&[Type::Integer, Type::Decimal]) && !date {
                        return Err(wrong_type(tree.span, "een getal", "a number", kind));
                    }
                }
                match (left_kind, right_kind) {
                    (Type::Date, _) => Type::Date,
                    (Type::Integer, Type::Integer) if binary != Binary::Power => Type::Integer,
                    (Type::Decimal, _) | (_, Type::Decimal) => Type::Decimal,
                    _ => Type::Any,
                }
            }
        };
        Ok((Expr::Binary(binary, Box::new(left), Box::new(right)), kind))
    }

    /// `a < b <= c` is `a < b AND b <= c`.
    fn comparison(
        &mut self,
        first: &Tree,
        rest: &[(Compare, Tree)],
        place: &mut Place<'_>,
    ) -> Result<(Expr, Type), Fault> {
        let (mut left, _) = self.value(first, place)?;
        let mut all: Option<Expr> = None;
        for (compare, other) in rest {
            let (right, _) = self.value(other, place)?;
            let one = Expr::Compare(*compare, Box::new(left), Box::new(right.clone()));
            all = Some(match all {
                None => one,
                Some(before) => Expr::Binary(Binary::And, Box::new(before), Box::new(one)),
            });
            left = right;
        }
        Ok((all.unwrap_or(left), Type::Boolean))
    }

    fn index(
        &mut self,
        list: &Tree,
        index: &Tree,
        place: &mut Place<'_>,
    ) -> Result<(Expr, Type), Fault> {
        let (base, kind) = self.value(list, place)?;
        let (at, at_kind) = self.value(index, place)?;
        if let Kind::Text(text) = &index.kind
            && !kind.is_list()
        {
            // A property by another spelling.
            let name = Name {
                text: text.clone(),
                span: index.span,
            };
            let slot = match &base {
                Expr::Slot(slot) => Some(*slot),
                _ => None,
            };
            self.property_type(&name, slot)?;
        } else if self.words.is_strict()
            && !kind.is_list()
            && kind != Type::Map
            && at_kind != Type::Integer
        {
            return Err(Fault::new(
                "V171",
                index.span,
                "welke eigenschap dit is moet vooraf vaststaan",
                "which property this is must be known beforehand",
            )
            .hint("noem haar: `n.naam`", "name it: `n.name`"));
        }
        Ok((Expr::Index(Box::new(base), Box::new(at)), Type::Any))
    }

    fn case(
        &mut self,
        subject: Option<&Tree>,
        arms: &[(Tree, Tree)],
        otherwise: Option<&Tree>,
        place: &mut Place<'_>,
    ) -> Result<(Expr, Type), Fault> {
        let subject = match subject {
            None => None,
            Some(subject) => Some(Box::new(self.value(subject, place)?.0)),
        };
        let mut lowered = Vec::new();
        let mut kinds = Vec::new();
        for (when, then) in arms {
            let patterns = std::mem::replace(&mut place.patterns, subject.is_none());
            let when = self.expression(when, place);
            place.patterns = patterns;
            let (then, kind) = self.value(then, place)?;
            kinds.push(kind);
            lowered.push((when?.0, then));
        }
        let otherwise = match otherwise {
            None => None,
            Some(otherwise) => {
                let (otherwise, kind) = self.value(otherwise, place)?;
                kinds.push(kind);
                Some(Box::new(otherwise))
            }
        };
        let first = kinds.first().copied().unwrap_or(Type::Any);
        let kind = if kinds.iter().all(|kind| *kind == first) {
            first
        } else {
            Type::Any
        };
        let expr = Expr::Case {
            subject,
            arms: lowered,
            otherwise,
        };
        Ok((expr, kind))
    }

    fn subquery(
        &mut self,
        query: &Query,
        make: impl FnOnce(Box<super::super::ir::Body>) -> Expr,
        kind: Type,
        place: &Place<'_>,
    ) -> Result<(Expr, Type), Fault> {
        let (body, _) = self.body(query, &steady(place), false)?;
        Ok((make(Box::new(body)), kind))
    }

    fn pattern_exists(
        &mut self,
        pattern: &Pattern,
        place: &Place<'_>,
    ) -> Result<(Expr, Type), Fault> {
        let mut scope: Scope = steady(place);
        let one = std::slice::from_ref(pattern);
        let found = self.matching(one, &[], false, &mut scope, Names::Use)?;
        Ok((Expr::PatternExists(Box::new(found)), Type::Boolean))
    }

    fn call(
        &mut self,
        name: &Name,
        (distinct, star): (bool, bool),
        arguments: &[Tree],
        span: Span,
        place: &mut Place<'_>,
    ) -> Result<(Expr, Type), Fault> {
        if let Some((kind, takes)) = function::aggregate(&name.text) {
            if star && kind != AggregateKind::Count {
                return Err(arity(name, "value"));
            }
            if !star && arguments.len() != takes {
                return Err(arity(name, "value"));
            }
            let kind = if star { AggregateKind::CountAll } else { kind };
            if let Some(gather) = &place.gather
                && gather.closed
            {
                let written = self.written(span);
                let mut items = gather.keys.iter();
                return match items.find(|item| item.written == written) {
                    Some(item) => Ok((Expr::Slot(item.slot), self.kind(item.slot))),
                    None => Err(misplaced(span)),
                };
            }
            return self.aggregate(kind, distinct, arguments, span, place);
        }
        if self.words.is_strict()
            && let Some((nl, en)) = function::refused(&name.text)
        {
            return Err(Fault::new("V163", name.span, nl, en));
        }
        let Some(known) = function::find(&name.text) else {
            let names = function::FUNCTIONS.iter().map(|known| known.name);
            let fault = Fault::new(
                "V161",
                name.span,
                format!("de functie `{}` is er niet", name.text),
                format!("there is no function `{}`", name.text),
            );
            return Err(match nearest(&name.text, names) {
                Some(near) => fault.hint(
                    format!("bedoelt u {near}?"),
                    format!("did you mean {near}?"),
                ),
                None => fault,
            });
        };
        if star || distinct || arguments.len() < known.least || arguments.len() > known.most {
            return Err(arity(name, known.takes));
        }
        if known.function == Function::Exists
            && let Some(Tree {
                kind: Kind::Pattern(pattern),
                ..
            }) = arguments.first()
        {
            return self.pattern_exists(pattern, place);
        }
        let mut lowered = Vec::new();
        let mut kinds = Vec::new();
        for argument in arguments {
            let (expr, kind) = self.value(argument, place)?;
            lowered.push(expr);
            kinds.push(kind);
        }
        let first = kinds.first().copied().unwrap_or(Type::Any);
        let at = arguments.first().map_or(span, |argument| argument.span);
        self.check_argument(known, first, at)?;
        if known.function == Function::Exists {
            let inner = lowered.pop().unwrap_or(Expr::Constant(Value::Null));
            return Ok((Expr::IsNotNull(Box::new(inner)), Type::Boolean));
        }
        Ok((
            Expr::Call(known.function, lowered),
            result_type(known.function, first),
        ))
    }

    fn check_argument(&self, known: &Known, kind: Type, span: Span) -> Result<(), Fault> {
        let takes: &[Type] = match known.function {
            Function::Keys | Function::Properties if self.words.is_strict() => {
                if kind == Type::Map {
                    return Ok(());
                }
                return Err(Fault::new(
                    "V172",
                    span,
                    format!("`{}` zou ook beschermde gegevens noemen", known.name),
                    format!("`{}` would tell of protected properties too", known.name),
                )
                .hint(
                    "noem de eigenschappen die nodig zijn: `n.naam`",
                    "name the properties that are needed: `n.name`",
                ));
            }
            Function::Keys | Function::Properties => &[Type::Map, Type::Node, Type::Edge],
            Function::Size => &[Type::List, Type::Edges, Type::Text, Type::Map],
            Function::Length | Function::Nodes | Function::Relationships => &[Type::Path],
            Function::Type
            | Function::StartNode
            | Function::EndNode
            | Function::ValidAt
            | Function::Overlaps
            | Function::OverlapDays => &[Type::Edge],
            Function::Labels => &[Type::Node],
            Function::Id | Function::Owners | Function::Sources => &[Type::Node, Type::Edge],
            Function::Head | Function::Last | Function::Tail => &[Type::List, Type::Edges],
            _ => return Ok(()),
        };
        if kind.may_be(takes) {
            return Ok(());
        }
        let words = takes.first().map_or(("", ""), |kind| kind.words());
        Err(wrong_type(span, words.0, words.1, kind))
    }

    fn aggregate(
        &mut self,
        kind: AggregateKind,
        distinct: bool,
        arguments: &[Tree],
        span: Span,
        place: &mut Place<'_>,
    ) -> Result<(Expr, Type), Fault> {
        if place.refuse == Refuse::Nested {
            return Err(Fault::new(
                "V134",
                span,
                "een telling kan niet in een telling staan",
                "an aggregate cannot stand in an aggregate",
            ));
        }
        if place.gather.is_none() || place.refuse == Refuse::Local {
            return Err(misplaced(span));
        }
        let mut inside = plain(&place.scope);
        inside.refuse = Refuse::Nested;
        let mut lowered = Vec::new();
        let mut first = Type::Any;
        for argument in arguments {
            if has_aggregate(argument) {
                inside.refuse = Refuse::Nested;
            }
            if has_chance(argument) {
                return Err(Fault::new(
                    "V126",
                    argument.span,
                    "toeval kan niet in een telling staan",
                    "chance cannot stand in an aggregate",
                ));
            }
            let (expr, kind) = self.expression(argument, &mut inside)?;
            if lowered.is_empty() {
                first = kind;
            }
            lowered.push(expr);
        }
        let found = match kind {
            AggregateKind::CountAll | AggregateKind::Count => Type::Integer,
            AggregateKind::Collect => Type::List,
            AggregateKind::Sum if first == Type::Integer => Type::Integer,
            AggregateKind::Min | AggregateKind::Max => first,
            _ => Type::Any,
        };
        let slot = self.new_slot(found);
        let mut lowered = lowered.into_iter();
        let aggregate = Aggregate {
            kind,
            distinct,
            argument: lowered.next(),
            second: lowered.next(),
            slot,
        };
        if let Some(gather) = &mut place.gather {
            gather.aggregates.push(aggregate);
        }
        Ok((Expr::Slot(slot), found))
    }

    fn expect_list(&self, kind: Type, span: Span) -> Result<(), Fault> {
        if kind.may_be(&[Type::List, Type::Edges]) {
            return Ok(());
        }
        Err(wrong_type(span, "een lijst", "a list", kind))
    }

    /// What the elements of a list are, where it is written out.
    pub(super) fn element_type(&self, list: &Tree) -> Type {
        let Kind::List(items) = &list.kind else {
            return Type::Any;
        };
        let mut kinds = items.iter().filter_map(|item| match &item.kind {
            Kind::Null => None,
            Kind::Boolean(_) => Some(Type::Boolean),
            Kind::Integer(_) => Some(Type::Integer),
            Kind::Decimal(_) => Some(Type::Decimal),
            Kind::Text(_) => Some(Type::Text),
            Kind::List(_) => Some(Type::List),
            Kind::Map(_) => Some(Type::Map),
            _ => Some(Type::Any),
        });
        let first = kinds.next().unwrap_or(Type::Any);
        if kinds.all(|kind| kind == first) {
            first
        } else {
            Type::Any
        }
    }
}

/// The names that a pattern or subquery may use here: where rows are gathered only those that a group shares.
fn steady(place: &Place<'_>) -> Scope {
    let mut scope = place.scope.clone();
    if let Some(gather) = &place.gather {
        scope.names.retain(|_, slot| {
            gather.locals.contains(slot)
                || gather
                    .keys
                    .iter()
                    .any(|key| key.simple && key.slot == *slot)
                || gather.aliases.names.values().any(|alias| alias == slot)
        });
    }
    scope
}

struct Local {
    slot: Slot,
    hidden: Option<Slot>,
    alias: Option<Slot>,
    refuse: Refuse,
}

fn leave(name: &Name, local: Local, place: &mut Place<'_>) -> Slot {
    match local.hidden {
        Some(slot) => place.scope.names.insert(name.text.clone(), slot),
        None => place.scope.names.remove(&name.text),
    };
    if let (Some(gather), Some(alias)) = (&mut place.gather, local.alias) {
        gather.aliases.names.insert(name.text.clone(), alias);
    }
    place.refuse = local.refuse;
    local.slot
}

fn has_chance(tree: &Tree) -> bool {
    matches!(&tree.kind, Kind::Call { name, .. } if name.text.eq_ignore_ascii_case("rand"))
}

fn type_of(kind: ValueType) -> Type {
    match kind {
        ValueType::Text => Type::Text,
        ValueType::Integer => Type::Integer,
        ValueType::Decimal => Type::Decimal,
        ValueType::Boolean => Type::Boolean,
        ValueType::Date => Type::Date,
    }
}

fn sum_type(one: Type, two: Type) -> Type {
    match (one, two) {
        (Type::Integer, Type::Integer) => Type::Integer,
        (Type::Decimal, Type::Integer | Type::Decimal) | (Type::Integer, Type::Decimal) => {
            Type::Decimal
        }
        (Type::Text, Type::Text) => Type::Text,
        (Type::List | Type::Edges, _) | (_, Type::List | Type::Edges) => Type::List,
        (Type::Date, Type::Integer) => Type::Date,
        _ => Type::Any,
    }
}

fn result_type(function: Function, first: Type) -> Type {
    match function {
        Function::Size
        | Function::Length
        | Function::ToInteger
        | Function::Sign
        | Function::DaysBetween
        | Function::Decay
        | Function::OverlapDays => Type::Integer,
        Function::Nodes
        | Function::Relationships
        | Function::Labels
        | Function::Keys
        | Function::Tail
        | Function::Range
        | Function::Split
        | Function::Owners
        | Function::Sources => Type::List,
        Function::Properties => Type::Map,
        Function::Type
        | Function::ToString
        | Function::ToLower
        | Function::ToUpper
        | Function::Trim
        | Function::LeftTrim
        | Function::RightTrim
        | Function::Substring
        | Function::Left
        | Function::Right
        | Function::Replace => Type::Text,
        Function::Floor | Function::Ceil | Function::Round | Function::Sqrt | Function::ToFloat => {
            Type::Decimal
        }
        Function::StartNode | Function::EndNode => Type::Node,
        Function::ToBoolean | Function::Exists | Function::ValidAt | Function::Overlaps => {
            Type::Boolean
        }
        Function::Date => Type::Date,
        Function::Reverse | Function::Abs => first,
        Function::Id | Function::Coalesce | Function::Head | Function::Last | Function::Rand => {
            Type::Any
        }
    }
}

/// V160: the number of arguments.
fn arity(name: &Name, takes: &str) -> Fault {
    Fault::new(
        "V160",
        name.span,
        format!("`{}` neemt ({takes})", name.text),
        format!("`{}` takes ({takes})", name.text),
    )
}
