//! Expressions.

use super::slots::read_of;
use super::{Dialect, Kind, Refused, Scope, Term, Writer, bound, constant, quoted};
use crate::scan::lang::ir::{Expr, Op};
use crate::scan::lang::{Binary, Compare, Function};
use crate::scan::value::Value;

impl Writer<'_> {
    /// A condition.
    pub(super) fn truth(
        &mut self,
        expr: &Expr,
        scope: &Scope,
        joins: &mut Vec<String>,
    ) -> Result<String, Refused> {
        let term = self.expr(expr, scope, joins)?;
        match term.kind {
            Kind::Truth | Kind::Null => Ok(term.sql),
            _ => Err("a condition that is no truth value".into()),
        }
    }

    /// An expression over what is in scope. What must be joined to the rows for it is added to `joins`.
    pub(super) fn expr(
        &mut self,
        expr: &Expr,
        scope: &Scope,
        joins: &mut Vec<String>,
    ) -> Result<Term, Refused> {
        if let Some((slot, column)) = read_of(expr, &self.program.keys) {
            let known = bound(scope, slot)?.columns.get(&column).cloned();
            return known.ok_or_else(|| "a property of what was not matched".into());
        }
        let truth = |sql: String| {
            Ok(Term {
                sql,
                kind: Kind::Truth,
            })
        };
        match expr {
            Expr::Constant(value) => constant(value, self.dialect),
            Expr::Parameter(place) => {
                let value = self.parameters.get(*place).cloned().flatten();
                value.ok_or_else(|| "a parameter that has no value".into())
            }
            Expr::Slot(slot) => {
                let known = bound(scope, *slot)?;
                Ok(match &known.path {
                    // What a path is as evidence.
                    Some((edges, _)) => Term {
                        sql: self.joined(&[known.sql.clone(), edges.clone()]),
                        kind: Kind::Path,
                    },
                    None => Term {
                        sql: known.sql.clone(),
                        kind: known.kind.clone(),
                    },
                })
            }
            Expr::Not(inner) => truth(format!("(NOT {})", self.truth(inner, scope, joins)?)),
            Expr::Negate(inner) | Expr::Same(inner) => {
                let term = self.expr(inner, scope, joins)?;
                if !term.kind.is_number() {
                    return Err("a sign before what is no number".into());
                }
                let sign = if matches!(expr, Expr::Negate(_)) {
                    "-"
                } else {
                    ""
                };
                Ok(Term {
                    sql: format!("({sign}{})", term.sql),
                    kind: term.kind,
                })
            }
            Expr::IsNull(inner) | Expr::IsNotNull(inner) => {
                let term = self.expr(inner, scope, joins)?;
                if term.kind == Kind::Day {
                    return Err("whether a date is there: one of which parts are unknown is not in the tables".into());
                }
                let not = if matches!(expr, Expr::IsNotNull(_)) {
                    "NOT "
                } else {
                    ""
                };
                truth(format!("({} IS {not}NULL)", term.sql))
            }
            Expr::Binary(binary, one, two) => self.binary(*binary, one, two, scope, joins),
            Expr::Compare(compare, one, two) => {
                let one = self.expr(one, scope, joins)?;
                let two = self.expr(two, scope, joins)?;
                let alike = match (&one.kind, &two.kind) {
                    (Kind::Null, _) | (_, Kind::Null) => true,
                    (Kind::Day, _) | (_, Kind::Day) => {
                        return Err("a comparison of dates by anything but `days_between`".into());
                    }
                    (Kind::Node(_) | Kind::Element, Kind::Node(_) | Kind::Element)
                    | (Kind::Edge(_) | Kind::Element, Kind::Edge(_)) => {
                        matches!(compare, Compare::Equal | Compare::Unequal)
                    }
                    (one, two) if one.is_number() && two.is_number() => true,
                    (one, two) => one == two && matches!(one, Kind::Text | Kind::Truth),
                };
                if !alike {
                    return Err("a comparison of values of different kinds".into());
                }
                let sign = match compare {
                    Compare::Equal => "=",
                    Compare::Unequal => "<>",
                    Compare::Less => "<",
                    Compare::LessEqual => "<=",
                    Compare::Greater => ">",
                    Compare::GreaterEqual => ">=",
                };
                truth(format!("({} {sign} {})", one.sql, two.sql))
            }
            Expr::List(items) => {
                let mut listed = Vec::new();
                for item in items {
                    let term = self.expr(item, scope, joins)?;
                    if !term.kind.is_element() {
                        return Err("a list of anything but nodes and edges".into());
                    }
                    listed.push(term.sql);
                }
                Ok(Term {
                    sql: self.list(&listed),
                    kind: Kind::Elements,
                })
            }
            Expr::Case {
                subject: None,
                arms,
                otherwise,
            } => {
                let mut sql = "(CASE".to_owned();
                let mut kind = Kind::Null;
                let mut made = Vec::new();
                for (when, then) in arms {
                    let when = self.truth(when, scope, joins)?;
                    made.push((Some(when), self.expr(then, scope, joins)?));
                }
                if let Some(otherwise) = otherwise {
                    made.push((None, self.expr(otherwise, scope, joins)?));
                }
                for (when, then) in made {
                    if kind == Kind::Null {
                        kind = then.kind.clone();
                    } else if then.kind != kind && then.kind != Kind::Null {
                        return Err("a CASE of values of different kinds".into());
                    }
                    match when {
                        Some(when) => sql.push_str(&format!(" WHEN {when} THEN {}", then.sql)),
                        None => sql.push_str(&format!(" ELSE {}", then.sql)),
                    }
                }
                sql.push_str(" END)");
                Ok(Term { sql, kind })
            }
            Expr::Call(function, arguments) => self.call(*function, arguments, scope, joins),
            Expr::PatternExists(found) => {
                let inner = self.subquery(found, &mut scope.clone())?;
                truth(format!("EXISTS (SELECT 1 FROM {inner})"))
            }
            Expr::Exists(body) | Expr::Count(body) => {
                let stage = Self::only_matches(body)?;
                let [Op::Match(found), rest @ ..] = stage.ops.as_slice() else {
                    return Err("a subquery that does not begin with MATCH".into());
                };
                if !rest.is_empty() {
                    return Err("a subquery of more than one MATCH".into());
                }
                let inner = self.subquery(found, &mut scope.clone())?;
                if matches!(expr, Expr::Exists(_)) {
                    truth(format!("EXISTS (SELECT 1 FROM {inner})"))
                } else {
                    Ok(Term {
                        sql: format!("(SELECT count(*) FROM {inner})"),
                        kind: Kind::Whole,
                    })
                }
            }
            Expr::Property(..) => Err("a property of what is no variable".into()),
            Expr::HasLabels(..) => Err("a test of a label outside MATCH".into()),
            Expr::Case { .. } => Err("a CASE with a subject".into()),
            Expr::Map(_) => Err("a map".into()),
            Expr::Index(..) | Expr::Slice(..) => Err("a place in a list".into()),
            Expr::Comprehension { .. } | Expr::PatternList { .. } => {
                Err("a list comprehension".into())
            }
            Expr::Quantified { .. } => Err("a condition on each element of a list".into()),
        }
    }

    fn binary(
        &mut self,
        binary: Binary,
        one: &Expr,
        two: &Expr,
        scope: &Scope,
        joins: &mut Vec<String>,
    ) -> Result<Term, Refused> {
        let truth = |sql: String| {
            Ok(Term {
                sql,
                kind: Kind::Truth,
            })
        };
        match binary {
            Binary::And | Binary::Or => {
                let sign = if binary == Binary::And { "AND" } else { "OR" };
                let one = self.truth(one, scope, joins)?;
                let two = self.truth(two, scope, joins)?;
                truth(format!("({one} {sign} {two})"))
            }
            Binary::Xor => {
                let one = self.truth(one, scope, joins)?;
                let two = self.truth(two, scope, joins)?;
                truth(format!("({one} <> {two})"))
            }
            Binary::In => {
                let one = self.expr(one, scope, joins)?;
                let items: Vec<Term> = match two {
                    Expr::List(items) => {
                        let mut terms = Vec::new();
                        for item in items {
                            terms.push(self.expr(item, scope, joins)?);
                        }
                        terms
                    }
                    Expr::Constant(Value::List(items)) => {
                        let terms = items.iter().map(|item| constant(item, self.dialect));
                        terms.collect::<Result<_, _>>()?
                    }
                    _ => return Err("IN a list that is not written out".into()),
                };
                let fits = |item: &Term| {
                    let numbers = item.kind.is_number() && one.kind.is_number();
                    numbers || item.kind == one.kind || item.kind == Kind::Null
                };
                let is_plain = one.kind.is_number() || one.kind == Kind::Text;
                if items.is_empty() || !is_plain || !items.iter().all(fits) {
                    return Err("IN a list of values of another kind".into());
                }
                let items: Vec<String> = items.into_iter().map(|item| item.sql).collect();
                truth(format!("({} IN ({}))", one.sql, items.join(", ")))
            }
            Binary::StartsWith | Binary::EndsWith | Binary::Contains => {
                let one = self.expr(one, scope, joins)?;
                let Expr::Constant(Value::Text(part)) = two else {
                    return Err("a part of a text that is not written out".into());
                };
                if one.kind != Kind::Text || part.is_empty() {
                    return Err("such a part of a text".into());
                }
                let length = part.chars().count();
                let (text, part) = (one.sql, quoted(part, self.dialect)?);
                truth(match binary {
                    Binary::StartsWith => format!("(substring({text}, 1, {length}) = {part})"),
                    Binary::EndsWith => format!("(right({text}, {length}) = {part})"),
                    _ => format!("(instr({text}, {part}) > 0)"),
                })
            }
            Binary::Add
            | Binary::Subtract
            | Binary::Multiply
            | Binary::Divide
            | Binary::Modulo
            | Binary::Power => {
                let one = self.expr(one, scope, joins)?;
                let two = self.expr(two, scope, joins)?;
                let lists = [&one.kind, &two.kind];
                if binary == Binary::Add && lists == [&Kind::Elements; 2] {
                    return Ok(Term {
                        sql: self.joined(&[one.sql, two.sql]),
                        kind: Kind::Elements,
                    });
                }
                self.calculate(binary, one, two)
            }
        }
    }

    fn calculate(&self, binary: Binary, one: Term, two: Term) -> Result<Term, Refused> {
        if !one.kind.is_number() || !two.kind.is_number() {
            return Err("a calculation with what is no number".into());
        }
        let kind = match one.kind == two.kind {
            true => one.kind,
            false => Kind::Decimal,
        };
        let (one, two) = (one.sql, two.sql);
        let sql = match (binary, &kind) {
            (Binary::Add, _) => format!("({one} + {two})"),
            (Binary::Subtract, _) => format!("({one} - {two})"),
            (Binary::Multiply, _) => format!("({one} * {two})"),
            // A division by zero ends the run, there as here.
            (Binary::Divide, Kind::Whole) => match self.dialect {
                Dialect::DuckDb => format!(
                    "(CASE WHEN {two} = 0 THEN error('a division by zero') ELSE {one} // {two} END)"
                ),
                Dialect::Spark => format!("({one} div {two})"),
            },
            _ => return Err("such a calculation".into()),
        };
        Ok(Term { sql, kind })
    }

    fn call(
        &mut self,
        function: Function,
        arguments: &[Expr],
        scope: &Scope,
        joins: &mut Vec<String>,
    ) -> Result<Term, Refused> {
        // Parts of a path are known by its name alone.
        if let (Function::Nodes | Function::Relationships | Function::Length, [Expr::Slot(slot)]) =
            (function, arguments)
        {
            let known = bound(scope, *slot)?;
            let Some((edges, length)) = &known.path else {
                return Err("a part of what is no path".into());
            };
            let (sql, kind) = match function {
                Function::Nodes => (&known.sql, Kind::Elements),
                Function::Relationships => (edges, Kind::Elements),
                _ => (length, Kind::Whole),
            };
            return Ok(Term {
                sql: sql.clone(),
                kind,
            });
        }
        let mut terms = Vec::new();
        for argument in arguments {
            terms.push(self.expr(argument, scope, joins)?);
        }
        let whole = |sql: String| {
            Ok(Term {
                sql,
                kind: Kind::Whole,
            })
        };
        match (function, terms.as_slice()) {
            (Function::Id, [one]) if one.kind.is_element() => Ok(Term {
                sql: one.sql.clone(),
                kind: Kind::Text,
            }),
            (Function::DaysBetween, [one, two])
                if one.kind == Kind::Day && two.kind == Kind::Day =>
            {
                whole(format!("({} - {})", two.sql, one.sql))
            }
            (Function::Decay, [days, half_life]) if days.kind == Kind::Whole => {
                let half_life = half_life.sql.parse::<i64>();
                let Ok(half_life) = half_life else {
                    return Err("a half-life that is not a parameter".into());
                };
                self.decay(&days.sql, half_life, joins)
            }
            (Function::ToInteger, [one]) if one.kind == Kind::Whole => whole(one.sql.clone()),
            (Function::ToInteger, [one]) if one.kind == Kind::Decimal => {
                let number = &one.sql;
                whole(format!(
                    "CAST(CASE WHEN {number} < 0 THEN ceil({number}) ELSE floor({number}) END AS BIGINT)"
                ))
            }
            (Function::Coalesce, [first, rest @ ..]) => {
                let same = rest.iter().all(|one| one.kind == first.kind);
                if !same || first.kind == Kind::Day {
                    return Err("a `coalesce` of values of different kinds".into());
                }
                let listed: Vec<&str> = terms.iter().map(|term| term.sql.as_str()).collect();
                Ok(Term {
                    sql: format!("coalesce({})", listed.join(", ")),
                    kind: first.kind.clone(),
                })
            }
            (Function::Head | Function::Last | Function::Tail, _) => {
                Err("the order of a list".into())
            }
            _ => Err("a function that SQL has not, or not for this kind of value".into()),
        }
    }
}
