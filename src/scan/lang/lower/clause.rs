//! Clauses to stages: what runs row by row, and where rows are gathered.

use std::collections::BTreeSet;

use super::super::ast::{Clause, Expr as Tree, Item, Kind, Name, Projection, Query, Single};
use super::super::ir::{Body, Branch, Expr, Group, Op, Sink, Slot, Stage};
use super::super::message::{Fault, Span};
use super::pattern::{Names, wrong_type};
use super::{Gather, Key, Lower, Place, Refuse, Scope, Type};

/// Names that a projection gives, in order, and what becomes of the rows.
struct Projected {
    names: Vec<(String, Slot)>,
    sink: Sink,
    /// Whether rows need not be gathered.
    streams: bool,
}

impl Lower<'_> {
    /// Lowers a query, or a subquery within a scope. Gives the names of its columns.
    pub(super) fn body(
        &mut self,
        query: &Query,
        outer: &Scope,
        outermost: bool,
    ) -> Result<(Body, Vec<String>), Fault> {
        let mut branches = Vec::new();
        let mut columns: Option<Vec<String>> = None;
        for (position, single) in query.parts.iter().enumerate() {
            let (branch, names) = self.single(single, outer)?;
            if let Some(columns) = &columns
                && *columns != names
            {
                let place = position.checked_sub(1).and_then(|at| query.unions.get(at));
                return Err(Fault::new(
                    "V132",
                    place.map_or(single.span, |&(_, span)| span),
                    "de delen van een UNION moeten dezelfde kolommen hebben",
                    "the parts of a UNION must have the same columns",
                ));
            }
            columns = Some(names);
            branches.push(branch);
        }
        let body = Body {
            distinct: query.unions.first().is_some_and(|&(all, _)| !all),
            branches,
        };
        let columns = columns.unwrap_or_default();
        if outermost && columns.is_empty() {
            return Err(Fault::new(
                "V113",
                Span::default(),
                "geen kolommen",
                "no columns",
            ));
        }
        Ok((body, columns))
    }

    fn single(&mut self, single: &Single, outer: &Scope) -> Result<(Branch, Vec<String>), Fault> {
        let mut scope = outer.clone();
        let mut stages = Vec::new();
        let mut stage = Stage::default();
        for clause in &single.clauses {
            match clause {
                Clause::Match(found) => {
                    let filters: Vec<&Tree> = found.filter.iter().collect();
                    let found = self.matching(
                        &found.patterns,
                        &filters,
                        found.optional,
                        &mut scope,
                        Names::Bind,
                    )?;
                    stage.ops.push(Op::Match(found));
                }
                Clause::Unwind { list, name } => {
                    let op = self.unwind(list, name, &mut scope)?;
                    stage.ops.push(op);
                }
                Clause::With(projection) => {
                    self.check_aliases(projection)?;
                    let projected = self.project(projection, &scope)?;
                    scope = Scope {
                        names: projected.names.into_iter().collect(),
                    };
                    let mut sink = projected.sink;
                    if projected.streams {
                        if !sink.items.is_empty() {
                            stage.ops.push(Op::Assign(sink.items));
                        }
                        stage.ops.extend(sink.filter.map(Op::Filter));
                    } else {
                        let kept: BTreeSet<Slot> = scope.names.values().copied().collect();
                        sink.keep = kept.into_iter().collect();
                        stage.sink = sink;
                        stages.push(std::mem::take(&mut stage));
                    }
                }
                Clause::Return(projection) => {
                    let projected = self.project(projection, &scope)?;
                    let (columns, slots): (Vec<String>, Vec<Slot>) =
                        projected.names.into_iter().unzip();
                    stage.sink = projected.sink;
                    let kept: BTreeSet<Slot> = slots.iter().copied().collect();
                    stage.sink.keep = kept.into_iter().collect();
                    stages.push(stage);
                    let branch = Branch {
                        stages,
                        columns: slots,
                    };
                    return Ok((branch, columns));
                }
            }
        }
        stages.push(stage);
        let branch = Branch {
            stages,
            columns: Vec::new(),
        };
        Ok((branch, Vec::new()))
    }

    fn unwind(&mut self, list: &Tree, name: &Name, scope: &mut Scope) -> Result<Op, Fault> {
        if scope.names.contains_key(&name.text) {
            return Err(Fault::new(
                "V125",
                name.span,
                format!("de naam `{}` is al gebruikt", name.text),
                format!("the name `{}` is used already", name.text),
            ));
        }
        let mut place = plain(scope);
        let (expr, _) = self.expression(list, &mut place)?;
        let slot = self.new_slot(self.element_type(list));
        scope.names.insert(name.text.clone(), slot);
        Ok(Op::Unwind { list: expr, slot })
    }

    /// V124: in `WITH`, what is not a name needs one.
    fn check_aliases(&self, projection: &Projection) -> Result<(), Fault> {
        for item in &projection.items {
            if item.alias.is_none() && !matches!(item.expr.kind, Kind::Variable(_)) {
                return Err(Fault::new(
                    "V124",
                    item.expr.span,
                    "deze uitdrukking heeft een naam nodig",
                    "this expression needs a name",
                )
                .hint(
                    format!("schrijf `{} AS naam`", item.written),
                    format!("write `{} AS name`", item.written),
                ));
            }
        }
        Ok(())
    }

    fn project(&mut self, projection: &Projection, scope: &Scope) -> Result<Projected, Fault> {
        let mut names: Vec<(String, Slot)> = Vec::new();
        if projection.star {
            if scope.names.is_empty() {
                return Err(Fault::new(
                    "V123",
                    projection.span,
                    "er zijn hier geen namen waar `*` voor kan staan",
                    "there are no variables here that `*` could stand for",
                ));
            }
            names.extend(scope.names.iter().map(|(name, slot)| (name.clone(), *slot)));
        }
        let gathers = projection
            .items
            .iter()
            .any(|item| has_aggregate(&item.expr));
        let mut sink = Sink::default();
        let mut gather = Gather {
            before: scope.clone(),
            ..Gather::default()
        };
        let mut group = Group::default();
        if gathers {
            for (_, slot) in &names {
                group.keys.push((*slot, Expr::Slot(*slot)));
            }
            for (name, slot) in &names {
                gather.keys.push(Key {
                    written: self.written_name(name),
                    slot: *slot,
                    simple: true,
                });
            }
        }
        // What a group shares must be known before what is made of it.
        let mut made: Vec<Option<Slot>> = vec![None; projection.items.len()];
        for (item, made) in projection.items.iter().zip(&mut made) {
            if gathers && has_aggregate(&item.expr) {
                continue;
            }
            let (slot, expr) = self.item(item, scope)?;
            *made = Some(slot);
            gather.keys.push(Key {
                written: self.written(item.expr.span),
                slot,
                simple: is_simple(&item.expr),
            });
            match (gathers, expr) {
                (true, expr) => group.keys.push((slot, expr.unwrap_or(Expr::Slot(slot)))),
                (false, Some(expr)) => sink.items.push((slot, expr)),
                (false, None) => {}
            }
        }
        for (item, made) in projection.items.iter().zip(&mut made) {
            if made.is_some() {
                continue;
            }
            let mut place = Place {
                scope: scope.clone(),
                patterns: false,
                gather: Some(&mut gather),
                refuse: Refuse::Place,
            };
            let (expr, kind) = self.expression(&item.expr, &mut place)?;
            let slot = self.new_slot(kind);
            *made = Some(slot);
            gather.keys.push(Key {
                written: self.written(item.expr.span),
                slot,
                simple: false,
            });
            sink.items.push((slot, expr));
        }
        for (item, slot) in projection.items.iter().zip(made) {
            let name = column_name(item);
            if names.iter().any(|(known, _)| *known == name) {
                return Err(Fault::new(
                    "V125",
                    item.alias
                        .as_ref()
                        .map_or(item.expr.span, |alias| alias.span),
                    format!("de kolom `{name}` is er al"),
                    format!("there is a column `{name}` already"),
                ));
            }
            names.extend(slot.map(|slot| (name, slot)));
        }
        gather.aliases.names = names.iter().cloned().collect();
        sink.distinct = projection.distinct;
        self.order(projection, scope, gathers, &mut gather, &mut sink)?;
        sink.skip = self.row_count(projection.skip.as_ref())?;
        sink.limit = self.row_count(projection.limit.as_ref())?;
        if let Some(filter) = &projection.filter {
            let (expr, kind) = if gathers || projection.distinct {
                let mut place = closed(&mut gather);
                place.patterns = true;
                self.expression(filter, &mut place)?
            } else {
                let mut place = plain(&overlay(scope, &gather.aliases));
                place.patterns = true;
                self.expression(filter, &mut place)?
            };
            self.expect_boolean(kind, filter.span)?;
            sink.filter = Some(expr);
        }
        let streams = !gathers
            && !sink.distinct
            && sink.order.is_empty()
            && sink.skip.is_none()
            && sink.limit.is_none();
        if gathers {
            group.aggregates = gather.aggregates;
            sink.group = Some(group);
        }
        Ok(Projected {
            names,
            sink,
            streams,
        })
    }

    /// A name keeps its slot; anything else gets a new one, and the expression that fills it.
    fn item(&mut self, item: &Item, scope: &Scope) -> Result<(Slot, Option<Expr>), Fault> {
        let mut place = plain(scope);
        let (expr, kind) = self.expression(&item.expr, &mut place)?;
        if let Expr::Slot(slot) = expr {
            return Ok((slot, None));
        }
        Ok((self.new_slot(kind), Some(expr)))
    }

    fn order(
        &mut self,
        projection: &Projection,
        scope: &Scope,
        gathers: bool,
        gather: &mut Gather,
        sink: &mut Sink,
    ) -> Result<(), Fault> {
        let distinct = projection.distinct;
        for (key, descending) in &projection.order {
            let written = self.written(key.span);
            let whole = gather.keys.iter().find(|known| known.written == written);
            let alias = match &key.kind {
                Kind::Variable(name) => gather.aliases.names.get(name).copied(),
                _ => None,
            };
            let expr = match (alias, whole) {
                (Some(slot), _) => Expr::Slot(slot),
                (None, Some(known)) => Expr::Slot(known.slot),
                (None, None) if gathers || distinct => {
                    let mut place = closed(gather);
                    self.expression(key, &mut place)?.0
                }
                (None, None) => {
                    let scope = overlay(scope, &gather.aliases);
                    self.expression(key, &mut plain(&scope))?.0
                }
            };
            sink.order.push((expr, *descending));
        }
        Ok(())
    }

    /// `SKIP` and `LIMIT`: whole numbers that depend on no row.
    fn row_count(&mut self, count: Option<&Tree>) -> Result<Option<Expr>, Fault> {
        let Some(count) = count else {
            return Ok(None);
        };
        let mut names = false;
        visit_names(count, &mut names);
        if names {
            return Err(Fault::new(
                "V126",
                count.span,
                "SKIP en LIMIT mogen niet van een rij afhangen",
                "SKIP and LIMIT may not depend on a row",
            ));
        }
        let (expr, kind) = self.expression(count, &mut plain(&Scope::default()))?;
        let negative = match &count.kind {
            Kind::Integer(number) => *number < 0,
            Kind::Unary(super::super::ast::Unary::Minus, inner) => {
                matches!(inner.kind, Kind::Integer(number) if number > 0)
            }
            _ => false,
        };
        if negative {
            return Err(Fault::new(
                "V127",
                count.span,
                "dit aantal is kleiner dan nul",
                "this number is below zero",
            ));
        }
        if !kind.may_be(&[Type::Integer]) {
            return Err(wrong_type(
                count.span,
                "een geheel getal",
                "a whole number",
                kind,
            ));
        }
        Ok(Some(expr))
    }

    fn written_name(&self, name: &str) -> Vec<super::super::lexer::Token> {
        use super::super::lexer::Token;
        vec![
            Token::Word {
                text: name.to_owned(),
                quoted: false,
            },
            Token::End,
        ]
    }
}

/// A place where values stand, and no aggregates.
pub(super) fn plain(scope: &Scope) -> Place<'static> {
    Place {
        scope: scope.clone(),
        patterns: false,
        gather: None,
        refuse: Refuse::Place,
    }
}

/// A place behind the items of a projection that gathers rows: only what the items give can be seen.
fn closed(gather: &mut Gather) -> Place<'_> {
    gather.closed = true;
    Place {
        scope: gather.aliases.clone(),
        patterns: false,
        gather: Some(gather),
        refuse: Refuse::Place,
    }
}

/// New names over old ones.
fn overlay(old: &Scope, new: &Scope) -> Scope {
    let mut scope = old.clone();
    scope.names.extend(new.names.clone());
    scope
}

fn column_name(item: &Item) -> String {
    match (&item.alias, &item.expr.kind) {
        (Some(alias), _) => alias.text.clone(),
        (None, Kind::Variable(name)) => name.clone(),
        (None, _) => item.written.clone(),
    }
}

/// A name, or a property of one.
fn is_simple(expr: &Tree) -> bool {
    match &expr.kind {
        Kind::Variable(_) => true,
        Kind::Property(inner, _) => matches!(inner.kind, Kind::Variable(_)),
        _ => false,
    }
}

/// V121.
pub(super) fn misplaced(span: Span) -> Fault {
    Fault::new(
        "V121",
        span,
        "een telling of verzameling kan hier niet",
        "an aggregate cannot stand here",
    )
    .hint(
        "bereken haar in een WITH en gebruik daarna de naam",
        "compute it in a WITH and use its name behind that",
    )
}

/// Calls `visit` with the direct parts of an expression; not into subqueries.
fn parts<'t>(expr: &'t Tree, visit: &mut dyn FnMut(&'t Tree)) {
    let mut optional = |part: &'t Option<Box<Tree>>| part.iter().for_each(|part| visit(part));
    match &expr.kind {
        Kind::Null
        | Kind::Boolean(_)
        | Kind::Integer(_)
        | Kind::Decimal(_)
        | Kind::Text(_)
        | Kind::Parameter(_)
        | Kind::Variable(_)
        | Kind::Exists(_)
        | Kind::Count(_)
        | Kind::Pattern(_) => {}
        Kind::Property(inner, _) | Kind::HasLabels(inner, _) | Kind::Unary(_, inner) => {
            visit(inner);
        }
        Kind::Binary(_, one, two) | Kind::Index(one, two) => {
            visit(one);
            visit(two);
        }
        Kind::Comparison(first, rest) => {
            visit(first);
            rest.iter().for_each(|(_, other)| visit(other));
        }
        Kind::List(items) => items.iter().for_each(visit),
        Kind::Map(entries) => entries.iter().for_each(|(_, value)| visit(value)),
        Kind::Slice(list, from, to) => {
            optional(from);
            optional(to);
            visit(list);
        }
        Kind::Call { arguments, .. } => arguments.iter().for_each(visit),
        Kind::Case {
            subject,
            arms,
            otherwise,
        } => {
            optional(subject);
            optional(otherwise);
            for (when, then) in arms {
                visit(when);
                visit(then);
            }
        }
        Kind::Comprehension {
            list, filter, map, ..
        } => {
            optional(filter);
            optional(map);
            visit(list);
        }
        Kind::PatternComprehension { filter, map, .. } => {
            optional(filter);
            visit(map);
        }
        Kind::Quantified { list, filter, .. } => {
            optional(filter);
            visit(list);
        }
    }
}

/// Whether rows must be gathered for it.
pub(super) fn has_aggregate(expr: &Tree) -> bool {
    if let Kind::Call { name, .. } = &expr.kind
        && super::super::function::aggregate(&name.text).is_some()
    {
        return true;
    }
    let mut found = false;
    parts(expr, &mut |part| found = found || has_aggregate(part));
    found
}

fn visit_names(expr: &Tree, found: &mut bool) {
    match expr.kind {
        Kind::Variable(_) | Kind::Exists(_) | Kind::Count(_) | Kind::Pattern(_) => *found = true,
        _ => parts(expr, &mut |part| visit_names(part, found)),
    }
}
