//! Stages as table expressions: operations row by row, groups, order.

use std::collections::BTreeSet;

use super::{Bound, Dialect, Kind, Refused, Scope, Term, Writer, bound, is_plain};
use crate::scan::lang::ir::{AggregateKind, Body, Branch, Expr, Op, Sink, Slot, Stage};

impl Writer<'_> {
    pub(super) fn query(&mut self) -> Result<String, Refused> {
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

    pub(super) fn step(&mut self, scope: &mut Scope, from: &str, rest: &str) {
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

    pub(super) fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("x{}", self.aliases)
    }

    /// A subquery: its one `MATCH`, with conditions.
    pub(super) fn only_matches(body: &Body) -> Result<&Stage, Refused> {
        match body.branches.as_slice() {
            [branch] => match branch.stages.as_slice() {
                [stage] if stage.sink.is_plain() && stage.sink.filter.is_none() => Ok(stage),
                _ => Err("a subquery with WITH, DISTINCT or LIMIT".into()),
            },
            _ => Err("a union in a subquery".into()),
        }
    }
}
