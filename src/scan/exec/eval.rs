//! Expressions, evaluated on one frame of values.

pub(super) mod call;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::ExecError;
use super::graph::{Element, Graph};
use super::machine::{Flow, Machine};
use crate::model::{Day, Precision};
use crate::scan::lang::ir::{Expr, LabelTest};
use crate::scan::lang::{Binary, Compare, Quantifier, Text};
use crate::scan::value::Value;

/// Most elements of a list that an expression makes.
const LIST_MAX: usize = 1 << 20;

/// What is wrong with a value, in Dutch and in English.
pub(super) fn type_error(nl: impl Into<String>, en: impl Into<String>) -> ExecError {
    ExecError::Type(Text::new(nl, en))
}

impl<G: Graph> Machine<'_, G> {
    /// The value of an expression.
    pub fn eval(&mut self, expr: &Expr) -> Result<Value, ExecError> {
        Ok(match expr {
            Expr::Constant(value) => value.clone(),
            Expr::Parameter(parameter) => {
                self.parameters.get(*parameter).cloned().unwrap_or_default()
            }
            Expr::Slot(slot) => self.get(*slot).clone(),
            Expr::Property(inner, key) => {
                let inner = self.eval(inner)?;
                self.property(&inner, *key)?
            }
            Expr::HasLabels(inner, nodes, edges) => {
                let inner = self.eval(inner)?;
                self.has_labels(&inner, nodes, edges)?
            }
            Expr::Not(inner) => match self.truth(inner)? {
                None => Value::Null,
                Some(flag) => Value::Boolean(!flag),
            },
            Expr::Negate(inner) => match self.eval(inner)? {
                Value::Null => Value::Null,
                Value::Integer(number) => {
                    Value::Integer(number.checked_neg().ok_or_else(too_large)?)
                }
                Value::Decimal(number) => Value::Decimal(-number),
                other => {
                    return Err(type_error(
                        format!("`-` vraagt een getal, niet {}", other.kind().nl),
                        format!("`-` takes a number, not {}", other.kind().en),
                    ));
                }
            },
            Expr::Same(inner) => match self.eval(inner)? {
                number @ (Value::Null | Value::Integer(_) | Value::Decimal(_)) => number,
                other => {
                    return Err(type_error(
                        format!("`+` vraagt een getal, niet {}", other.kind().nl),
                        format!("`+` takes a number, not {}", other.kind().en),
                    ));
                }
            },
            Expr::IsNull(inner) => Value::Boolean(self.eval(inner)?.is_null()),
            Expr::IsNotNull(inner) => Value::Boolean(!self.eval(inner)?.is_null()),
            Expr::Binary(binary, one, two) => self.binary(*binary, one, two)?,
            Expr::Compare(compare, one, two) => {
                let (left, right) = (self.eval(one)?, self.eval(two)?);
                truth_value(compared(*compare, &left, &right))
            }
            Expr::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(self.eval(item)?);
                }
                Value::list(list)
            }
            Expr::Map(entries) => {
                let mut map = BTreeMap::new();
                for (name, value) in entries {
                    map.insert(Arc::clone(name), self.eval(value)?);
                }
                Value::Map(Arc::new(map))
            }
            Expr::Index(list, index) => {
                let (list, index) = (self.eval(list)?, self.eval(index)?);
                self.index(&list, &index)?
            }
            Expr::Slice(list, from, to) => self.slice(list, from.as_deref(), to.as_deref())?,
            Expr::Call(function, arguments) => self.call(*function, arguments)?,
            Expr::Case {
                subject,
                arms,
                otherwise,
            } => self.case(subject.as_deref(), arms, otherwise.as_deref())?,
            Expr::Comprehension {
                slot,
                list,
                filter,
                map,
            } => {
                let Some(items) = self.list(list)? else {
                    return Ok(Value::Null);
                };
                let mut kept = Vec::new();
                for item in items.iter() {
                    self.tick()?;
                    self.allocate(1)?;
                    self.set(*slot, item.clone());
                    if let Some(filter) = filter
                        && self.truth(filter)? != Some(true)
                    {
                        continue;
                    }
                    kept.push(match map {
                        Some(map) => self.eval(map)?,
                        None => item.clone(),
                    });
                }
                Value::list(kept)
            }
            Expr::Quantified {
                quantifier,
                slot,
                list,
                filter,
            } => self.quantified(*quantifier, *slot, list, filter.as_deref())?,
            Expr::PatternList { found, map } => {
                let mut items = Vec::new();
                self.matching(found, &mut |machine| {
                    let item = machine.eval(map)?;
                    machine.allocate(1)?;
                    items.push(item);
                    Ok(Flow::On)
                })?;
                Value::list(items)
            }
            Expr::PatternExists(found) => {
                let mut exists = false;
                self.matching(found, &mut |_| {
                    exists = true;
                    Ok(Flow::Stop)
                })?;
                Value::Boolean(exists)
            }
            Expr::Exists(body) => Value::Boolean(self.subquery(body, Some(1))? > 0),
            Expr::Count(body) => {
                let rows = self.subquery(body, None)?;
                Value::Integer(i64::try_from(rows).unwrap_or(i64::MAX))
            }
        })
    }

    /// A truth value; `None` is `null`.
    pub fn truth(&mut self, expr: &Expr) -> Result<Option<bool>, ExecError> {
        match self.eval(expr)? {
            Value::Null => Ok(None),
            Value::Boolean(flag) => Ok(Some(flag)),
            other => Err(type_error(
                format!("een voorwaarde is waar of onwaar, niet {}", other.kind().nl),
                format!("a condition takes a truth value, not {}", other.kind().en),
            )),
        }
    }

    /// A list; `None` is `null`.
    pub fn list(&mut self, expr: &Expr) -> Result<Option<Arc<Vec<Value>>>, ExecError> {
        match self.eval(expr)? {
            Value::Null => Ok(None),
            Value::List(items) => Ok(Some(items)),
            other => Err(needs("een lijst", "a list", &other)),
        }
    }

    /// A property of an element, an entry of a map.
    fn property(&mut self, inner: &Value, key: usize) -> Result<Value, ExecError> {
        match inner {
            Value::Null => Ok(Value::Null),
            Value::Node(node) => self.read(Element::Node(*node), key),
            Value::Edge(edge) => self.read(Element::Edge(*edge), key),
            Value::Map(entries) => {
                let name = self.linked.program.keys.get(key);
                let found = name.and_then(|name| entries.get(name.as_str()));
                Ok(found.cloned().unwrap_or_default())
            }
            other => Err(type_error(
                format!("{} heeft geen eigenschappen", other.kind().nl),
                format!("{} has no properties", other.kind().en),
            )),
        }
    }

    pub(super) fn read(&mut self, element: Element, key: usize) -> Result<Value, ExecError> {
        self.note(element);
        match self.linked.keys.get(key) {
            Some(key) => self.graph.property(element, key),
            None => Ok(Value::Null),
        }
    }

    /// Whether a node's labels pass a test.
    pub fn passes(&self, node: u32, test: &LabelTest) -> bool {
        let has = |label: &usize| {
            let label = self.linked.node_labels.get(*label).copied().flatten();
            label.is_some_and(|label| self.graph.has_label(node, label))
        };
        match test.any {
            true => test.names.iter().any(has),
            false => test.names.iter().all(has),
        }
    }

    fn has_labels(
        &self,
        inner: &Value,
        nodes: &LabelTest,
        edges: &LabelTest,
    ) -> Result<Value, ExecError> {
        match inner {
            Value::Null => Ok(Value::Null),
            Value::Node(node) => Ok(Value::Boolean(self.passes(*node, nodes))),
            Value::Edge(edge) => {
                let has = |label: &usize| {
                    self.linked.edge_labels.get(*label).copied().flatten() == Some(edge.label)
                };
                let passes = match edges.any {
                    true => edges.names.iter().any(has),
                    false => edges.names.iter().all(has),
                };
                Ok(Value::Boolean(passes))
            }
            other => Err(type_error(
                format!("{} heeft geen labels", other.kind().nl),
                format!("{} has no labels", other.kind().en),
            )),
        }
    }

    fn binary(&mut self, binary: Binary, one: &Expr, two: &Expr) -> Result<Value, ExecError> {
        match binary {
            Binary::And => {
                let left = self.truth(one)?;
                if left == Some(false) {
                    return Ok(Value::Boolean(false));
                }
                let right = self.truth(two)?;
                Ok(truth_value(match (left, right) {
                    (_, Some(false)) => Some(false),
                    (Some(true), right) => right,
                    (_, _) => None,
                }))
            }
            Binary::Or => {
                let left = self.truth(one)?;
                if left == Some(true) {
                    return Ok(Value::Boolean(true));
                }
                let right = self.truth(two)?;
                Ok(truth_value(match (left, right) {
                    (_, Some(true)) => Some(true),
                    (Some(false), right) => right,
                    (_, _) => None,
                }))
            }
            Binary::Xor => {
                let (left, right) = (self.truth(one)?, self.truth(two)?);
                Ok(truth_value(
                    left.zip(right).map(|(left, right)| left != right),
                ))
            }
            Binary::In => {
                let left = self.eval(one)?;
                let Some(items) = self.list(two)? else {
                    return Ok(Value::Null);
                };
                let mut unknown = false;
                for item in items.iter() {
                    match left.equals(item) {
                        Some(true) => return Ok(Value::Boolean(true)),
                        Some(false) => {}
                        None => unknown = true,
                    }
                }
                Ok(truth_value((!unknown).then_some(false)))
            }
            Binary::StartsWith | Binary::EndsWith | Binary::Contains => {
                let (left, right) = (self.eval(one)?, self.eval(two)?);
                let (Value::Text(text), Value::Text(part)) = (left, right) else {
                    return Ok(Value::Null);
                };
                Ok(Value::Boolean(match binary {
                    Binary::StartsWith => text.starts_with(&*part),
                    Binary::EndsWith => text.ends_with(&*part),
                    _ => text.contains(&*part),
                }))
            }
            Binary::Add
            | Binary::Subtract
            | Binary::Multiply
            | Binary::Divide
            | Binary::Modulo
            | Binary::Power => {
                let (left, right) = (self.eval(one)?, self.eval(two)?);
                let found = calculate(binary, &left, &right)?;
                match &found {
                    Value::List(items) => self.allocate(items.len())?,
                    Value::Text(text) => self.allocate(text.len() / size_of::<Value>())?,
                    _ => {}
                }
                Ok(found)
            }
        }
    }

    fn index(&mut self, list: &Value, index: &Value) -> Result<Value, ExecError> {
        match (list, index) {
            (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
            (Value::List(items), Value::Integer(at)) => Ok(place(*at, items.len())
                .and_then(|at| items.get(at))
                .cloned()
                .unwrap_or_default()),
            (Value::Map(entries), Value::Text(name)) => {
                Ok(entries.get(name).cloned().unwrap_or_default())
            }
            (Value::Node(node), Value::Text(name)) => self
                .graph
                .property(Element::Node(*node), &self.graph.key(name)),
            (Value::Edge(edge), Value::Text(name)) => self
                .graph
                .property(Element::Edge(*edge), &self.graph.key(name)),
            (Value::List(_), other) => Err(no_place(other)),
            (Value::Map(_) | Value::Node(_) | Value::Edge(_), other) => Err(type_error(
                format!(
                    "de naam van een eigenschap is een tekst, niet {}",
                    other.kind().nl
                ),
                format!("the name of a property is a text, not {}", other.kind().en),
            )),
            (other, _) => Err(type_error(
                format!("{} heeft geen elementen", other.kind().nl),
                format!("{} has no elements", other.kind().en),
            )),
        }
    }

    fn slice(
        &mut self,
        list: &Expr,
        from: Option<&Expr>,
        to: Option<&Expr>,
    ) -> Result<Value, ExecError> {
        let Some(items) = self.list(list)? else {
            return Ok(Value::Null);
        };
        let mut bound = |bound: Option<&Expr>, open: usize| match bound {
            None => Ok(Some(open)),
            Some(bound) => match self.eval(bound)? {
                Value::Null => Ok(None),
                Value::Integer(at) => {
                    let length = items.len() as i64;
                    let at = if at < 0 {
                        at.saturating_add(length)
                    } else {
                        at
                    };
                    Ok(Some(at.clamp(0, length) as usize))
                }
                other => Err(no_place(&other)),
            },
        };
        let (from, to) = (bound(from, 0)?, bound(to, items.len())?);
        let (Some(from), Some(to)) = (from, to) else {
            return Ok(Value::Null);
        };
        let part = items.get(from..to).unwrap_or(&[]).to_vec();
        self.allocate(part.len())?;
        Ok(Value::list(part))
    }

    fn case(
        &mut self,
        subject: Option<&Expr>,
        arms: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
    ) -> Result<Value, ExecError> {
        let subject = match subject {
            None => None,
            Some(subject) => Some(self.eval(subject)?),
        };
        for (when, then) in arms {
            let chosen = match &subject {
                Some(subject) => subject.equals(&self.eval(when)?),
                None => self.truth(when)?,
            };
            if chosen == Some(true) {
                return self.eval(then);
            }
        }
        match otherwise {
            Some(otherwise) => self.eval(otherwise),
            None => Ok(Value::Null),
        }
    }

    fn quantified(
        &mut self,
        quantifier: Quantifier,
        slot: usize,
        list: &Expr,
        filter: Option<&Expr>,
    ) -> Result<Value, ExecError> {
        let Some(items) = self.list(list)? else {
            return Ok(Value::Null);
        };
        let (mut yes, mut no, mut unknown) = (0_usize, 0_usize, 0_usize);
        for item in items.iter() {
            self.tick()?;
            self.set(slot, item.clone());
            let holds = match filter {
                Some(filter) => self.truth(filter)?,
                None => match item {
                    Value::Boolean(flag) => Some(*flag),
                    _ => None,
                },
            };
            match holds {
                Some(true) => yes += 1,
                Some(false) => no += 1,
                None => unknown += 1,
            }
        }
        Ok(truth_value(match quantifier {
            Quantifier::All if no > 0 => Some(false),
            Quantifier::Any if yes > 0 => Some(true),
            Quantifier::None if yes > 0 => Some(false),
            Quantifier::Single if yes > 1 => Some(false),
            _ if unknown > 0 => None,
            Quantifier::All | Quantifier::None => Some(true),
            Quantifier::Any => Some(false),
            Quantifier::Single => Some(yes == 1),
        }))
    }
}

fn truth_value(flag: Option<bool>) -> Value {
    flag.map_or(Value::Null, Value::Boolean)
}

/// That a value of one kind is needed, and there is one of another.
pub(super) fn needs(nl: &str, en: &str, found: &Value) -> ExecError {
    let kind = found.kind();
    type_error(
        format!("hier hoort {nl}, niet {}", kind.nl),
        format!("{en} is needed, not {}", kind.en),
    )
}

fn no_place(found: &Value) -> ExecError {
    let kind = found.kind();
    type_error(
        format!(
            "de plaats in een lijst is een geheel getal, niet {}",
            kind.nl
        ),
        format!("the place in a list is a whole number, not {}", kind.en),
    )
}

fn too_large() -> ExecError {
    type_error(
        "een geheel getal werd te groot",
        "a whole number became too large",
    )
}

pub(super) fn too_long() -> ExecError {
    type_error(
        format!("een lijst werd langer dan {LIST_MAX} elementen"),
        format!("a list became longer than {LIST_MAX} elements"),
    )
}

/// A place from the front, or from the end if negative.
fn place(at: i64, length: usize) -> Option<usize> {
    let at = if at < 0 {
        at.checked_add(i64::try_from(length).ok()?)?
    } else {
        at
    };
    usize::try_from(at).ok()
}

fn compared(compare: Compare, left: &Value, right: &Value) -> Option<bool> {
    let order = || left.compare(right);
    let is_nan = |value: &Value| matches!(value, Value::Decimal(number) if number.is_nan());
    match compare {
        Compare::Equal => left.equals(right),
        Compare::Unequal => left.equals(right).map(|equal| !equal),
        // Not a number is neither below nor above a number.
        _ if (is_nan(left) || is_nan(right))
            && left.number().is_some()
            && right.number().is_some() =>
        {
            Some(false)
        }
        Compare::Less => order().map(Ordering::is_lt),
        Compare::LessEqual => order().map(Ordering::is_le),
        Compare::Greater => order().map(Ordering::is_gt),
        Compare::GreaterEqual => order().map(Ordering::is_ge),
    }
}

fn calculate(binary: Binary, left: &Value, right: &Value) -> Result<Value, ExecError> {
    if binary == Binary::Add {
        match (left, right) {
            (Value::List(one), Value::List(two)) => {
                if one.len() + two.len() > LIST_MAX {
                    return Err(too_long());
                }
                return Ok(Value::list(one.iter().chain(two.iter()).cloned().collect()));
            }
            (Value::Null, _) | (_, Value::Null) => return Ok(Value::Null),
            (Value::List(items), item) => {
                return Ok(Value::list(items.iter().chain([item]).cloned().collect()));
            }
            (item, Value::List(items)) => {
                return Ok(Value::list(
                    [item].into_iter().chain(items.iter()).cloned().collect(),
                ));
            }
            (Value::Text(one), Value::Text(two)) => {
                if one.len() + two.len() > LIST_MAX {
                    return Err(type_error(
                        "een tekst werd te lang",
                        "a text became too long",
                    ));
                }
                return Ok(Value::text(&format!("{one}{two}")));
            }
            (Value::Text(text), number) if number.number().is_some() => {
                return Ok(Value::text(&format!("{text}{}", call::number_text(number))));
            }
            (number, Value::Text(text)) if number.number().is_some() => {
                return Ok(Value::text(&format!("{}{text}", call::number_text(number))));
            }
            _ => {}
        }
    }
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
        (Value::Integer(one), Value::Integer(two)) => whole(binary, *one, *two),
        (Value::Date(date), Value::Integer(days))
            if matches!(binary, Binary::Add | Binary::Subtract) =>
        {
            if date.precision != Precision::Day {
                return Ok(Value::Null);
            }
            let days = if binary == Binary::Add {
                *days
            } else {
                days.saturating_neg()
            };
            let moved = i64::from(date.first.days()).saturating_add(days);
            let day = i32::try_from(moved).ok().and_then(Day::from_days);
            Ok(day.map_or(Value::Null, |day| {
                Value::Date(crate::model::PartialDate::day(day))
            }))
        }
        _ => match (left.number(), right.number()) {
            (Some(one), Some(two)) => Ok(Value::Decimal(match binary {
                Binary::Add => one + two,
                Binary::Subtract => one - two,
                Binary::Multiply => one * two,
                Binary::Divide => one / two,
                Binary::Modulo => one % two,
                _ => one.powf(two),
            })),
            (_, _) => Err(type_error(
                format!(
                    "met {} en {} kan niet worden gerekend",
                    left.kind().nl,
                    right.kind().nl
                ),
                format!(
                    "{} and {} cannot be calculated with",
                    left.kind().en,
                    right.kind().en
                ),
            )),
        },
    }
}

fn whole(binary: Binary, one: i64, two: i64) -> Result<Value, ExecError> {
    let found = match binary {
        Binary::Add => one.checked_add(two),
        Binary::Subtract => one.checked_sub(two),
        Binary::Multiply => one.checked_mul(two),
        Binary::Divide if two == 0 => {
            return Err(type_error("een deling door nul", "a division by zero"));
        }
        Binary::Divide => one.checked_div(two),
        Binary::Modulo if two == 0 => {
            return Err(type_error("een deling door nul", "a division by zero"));
        }
        Binary::Modulo => one.checked_rem(two),
        _ => return Ok(Value::Decimal((one as f64).powf(two as f64))),
    };
    found.map(Value::Integer).ok_or_else(too_large)
}
