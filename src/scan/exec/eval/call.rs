//! Functions.

use std::sync::Arc;

use super::super::ExecError;
use super::super::graph::{Element, Graph};
use super::super::machine::Machine;
use super::{LIST_MAX, needs, too_large, too_long, type_error};
use crate::model::{DateFormat, Day, PartialDate, Precision, TimeSpan, Validity};
use crate::scan::lang::Function;
use crate::scan::lang::ir::Expr;
use crate::scan::value::{EdgeRef, Value};

impl<G: Graph> Machine<'_, G> {
    pub(super) fn call(
        &mut self,
        function: Function,
        arguments: &[Expr],
    ) -> Result<Value, ExecError> {
        if function == Function::Coalesce {
            for argument in arguments {
                let value = self.eval(argument)?;
                if !value.is_null() {
                    return Ok(value);
                }
            }
            return Ok(Value::Null);
        }
        if function == Function::Rand {
            return Ok(Value::Decimal(self.chance()));
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.eval(argument)?);
        }
        let first = values.first().cloned().unwrap_or_default();
        let second = values.get(1).cloned().unwrap_or_default();
        let third = values.get(2);
        if first.is_null() {
            return Ok(Value::Null);
        }
        let found = match function {
            Function::Id
            | Function::Labels
            | Function::Type
            | Function::Keys
            | Function::Properties
            | Function::StartNode
            | Function::EndNode
            | Function::Owners
            | Function::Sources
            | Function::Length
            | Function::Nodes
            | Function::Relationships => self.of_element(function, &first),
            Function::ValidAt | Function::Overlaps | Function::OverlapDays => {
                self.of_time(function, &first, &second)
            }
            Function::Range => range(&first, &second, third),
            Function::Size
            | Function::Head
            | Function::Last
            | Function::Tail
            | Function::Reverse => of_list(function, &first),
            Function::Abs
            | Function::Floor
            | Function::Ceil
            | Function::Round
            | Function::Sign
            | Function::Sqrt => of_number(function, &first),
            Function::ToInteger | Function::ToFloat | Function::ToString | Function::ToBoolean => {
                converted(function, &first)
            }
            Function::Date => match &first {
                Value::Date(_) => Ok(first),
                Value::Text(text) => match PartialDate::parse(text, DateFormat::Iso) {
                    Ok(Some(date)) => Ok(Value::Date(date)),
                    Ok(None) => Ok(Value::Null),
                    Err(error) => Err(type_error(
                        format!("`date`: {error}"),
                        format!("`date`: {error}"),
                    )),
                },
                other => Err(type_error(
                    format!("`date` vraagt een tekst, niet {}", other.kind().nl),
                    format!("`date` takes a text, not {}", other.kind().en),
                )),
            },
            Function::DaysBetween => days_between(&first, &second),
            Function::Decay => match (&first, &second) {
                (_, Value::Null) => Ok(Value::Null),
                (Value::Integer(days), Value::Integer(half)) => {
                    Ok(Value::Integer(decay(*days, *half)))
                }
                _ => Err(type_error(
                    "`decay` vraagt twee gehele getallen in dagen",
                    "`decay` takes two whole numbers of days",
                )),
            },
            _ => of_text(function, &first, &second, third),
        }?;
        match &found {
            Value::List(items) => self.allocate(items.len())?,
            Value::Text(text) => self.allocate(text.len() / size_of::<Value>())?,
            _ => {}
        }
        Ok(found)
    }

    fn of_element(&mut self, function: Function, first: &Value) -> Result<Value, ExecError> {
        let element = match first {
            Value::Node(node) => Some(Element::Node(*node)),
            Value::Edge(edge) => Some(Element::Edge(*edge)),
            _ => None,
        };
        if let Some(element) = element {
            self.note(element);
        }
        let texts = |texts: Vec<String>| {
            Value::list(
                texts
                    .into_iter()
                    .map(|text| Value::Text(Arc::from(text)))
                    .collect(),
            )
        };
        Ok(match (function, first) {
            (Function::Id, _) if let Some(element) = element => self.graph.id(element),
            (Function::Owners, _) if let Some(element) = element => {
                texts(self.graph.owners(element)?)
            }
            (Function::Sources, _) if let Some(element) = element => {
                texts(self.graph.sources(element)?)
            }
            (Function::Labels, Value::Node(node)) => {
                let names = self.graph.label_names(*node).into_iter();
                Value::list(names.map(Value::Text).collect())
            }
            (Function::Type, Value::Edge(edge)) => Value::Text(self.graph.type_name(edge)),
            (Function::StartNode, Value::Edge(edge)) => Value::Node(edge.from),
            (Function::EndNode, Value::Edge(edge)) => Value::Node(edge.to),
            (Function::Keys, Value::Map(entries)) => {
                Value::list(entries.keys().cloned().map(Value::Text).collect())
            }
            (Function::Properties, Value::Map(_)) => first.clone(),
            (Function::Keys, _) if let Some(element) = element => {
                let names = self.graph.properties(element)?.into_keys();
                Value::list(names.map(Value::Text).collect())
            }
            (Function::Properties, _) if let Some(element) = element => {
                Value::Map(Arc::new(self.graph.properties(element)?))
            }
            (Function::Length, Value::Path(path)) => Value::Integer(path.edges.len() as i64),
            (Function::Nodes, Value::Path(path)) => {
                Value::list(path.nodes.iter().copied().map(Value::Node).collect())
            }
            (Function::Relationships, Value::Path(path)) => {
                Value::list(path.edges.iter().copied().map(Value::Edge).collect())
            }
            (_, other) => {
                return Err(type_error(
                    format!("deze functie neemt {} niet aan", other.kind().nl),
                    format!("this function does not take {}", other.kind().en),
                ));
            }
        })
    }

    fn of_time(
        &mut self,
        function: Function,
        first: &Value,
        second: &Value,
    ) -> Result<Value, ExecError> {
        let edge = |value: &Value| match value {
            Value::Edge(edge) => Ok(*edge),
            other => Err(needs("een verbinding", "an edge", other)),
        };
        if second.is_null() {
            return Ok(Value::Null);
        }
        let one = edge(first)?;
        self.note(Element::Edge(one));
        if let Value::Edge(two) = second {
            self.note(Element::Edge(*two));
        }
        if function == Function::ValidAt {
            let Value::Date(date) = second else {
                return Err(needs("een datum", "a date", second));
            };
            if date.precision != Precision::Day {
                return Ok(Value::Null);
            }
            let span = TimeSpan::On(date.first);
            let held = self.graph.validities(&one);
            return Ok(Value::Boolean(held.iter().any(|one| one.may_hold(span))));
        }
        let (a, b) = (self.periods(&one), self.periods(&edge(second)?));
        let days = shared_days(&a, &b);
        Ok(match function {
            Function::Overlaps => Value::Boolean(days > 0),
            _ => Value::Integer(days),
        })
    }

    /// When an edge may hold, as half-open runs of days within the days looked at, apart and ascending. What is open ends
    /// with the last day that is looked at: what comes after it is not known.
    fn periods(&self, edge: &EdgeRef) -> Vec<(i64, i64)> {
        let (first, last) = self.graph.days();
        let first = i64::from(first.unwrap_or(Day::MIN).days());
        let after = i64::from(last.days()) + 1;
        let bound = |validity: &Validity| {
            let from = validity
                .from
                .map_or(first, |from| i64::from(from.earliest().days()));
            let to = validity
                .to
                .map_or(after, |to| i64::from(to.latest().days()));
            (from.max(first), to.min(after))
        };
        let mut runs: Vec<(i64, i64)> = self.graph.validities(edge).iter().map(bound).collect();
        runs.retain(|(from, to)| from < to);
        runs.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::new();
        for (from, to) in runs {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                Some(_) | None => joined.push((from, to)),
            }
        }
        joined
    }
}

fn shared_days(one: &[(i64, i64)], two: &[(i64, i64)]) -> i64 {
    let mut days = 0;
    for a in one {
        for b in two {
            days += (a.1.min(b.1) - a.0.max(b.0)).max(0);
        }
    }
    days
}

/// Days from one date to another; `null` where one is partly unknown.
fn days_between(first: &Value, second: &Value) -> Result<Value, ExecError> {
    match (first, second) {
        (_, Value::Null) => Ok(Value::Null),
        (Value::Date(one), Value::Date(two)) => {
            let known = one.precision == Precision::Day && two.precision == Precision::Day;
            let days = i64::from(two.first.days()) - i64::from(one.first.days());
            Ok(if known {
                Value::Integer(days)
            } else {
                Value::Null
            })
        }
        _ => Err(type_error(
            "`days_between` vraagt twee datums",
            "`days_between` takes two dates",
        )),
    }
}

/// Millionths that are left of a weight after some days: half of it after each half-life. 1,000,000 today and before;
/// nothing where the half-life is none. Whole numbers alone, so that every machine finds the same.
pub(crate) fn decay(days: i64, half_life: i64) -> i64 {
    const ONE: u64 = 1_000_000;
    if days <= 0 {
        return ONE as i64;
    }
    if half_life <= 0 {
        return 0;
    }
    let halves = days / half_life;
    if halves >= 40 {
        return 0;
    }
    // 2 to the minus 1/2, 1/4, 1/8, ... in units of 2 to the minus 62.
    const ROOTS: [u64; 24] = [
        3_260_954_456_333_195_553,
        3_877_950_241_171_266_237,
        4_228_934_724_888_366_668,
        4_416_165_660_797_809_419,
        4_512_867_096_753_504_463,
        4_562_008_997_483_360_349,
        4_586_780_255_215_411_731,
        4_599_216_278_082_138_665,
        4_605_446_927_862_164_404,
        4_608_565_417_332_308_035,
        4_610_125_453_837_388_245,
        4_610_905_670_110_601_999,
        4_611_295_827_762_151_833,
        4_611_490_918_967_884_501,
        4_611_588_467_665_893_036,
        4_611_637_242_788_701_951,
        4_611_661_630_543_559_956,
        4_611_673_824_469_352_645,
        4_611_679_921_444_339_948,
        4_611_682_969_934_856_344,
        4_611_684_494_180_870_228,
        4_611_685_256_304_066_092,
        4_611_685_637_365_711_255,
        4_611_685_827_896_545_643,
    ];
    let mut rest = u128::from((days % half_life).unsigned_abs());
    let whole = u128::from(half_life.unsigned_abs());
    let mut left: u128 = 1 << 62;
    for root in ROOTS {
        rest *= 2;
        if rest >= whole {
            rest -= whole;
            left = (left * u128::from(root)) >> 62;
        }
    }
    let scaled = (left * u128::from(ONE)) >> halves;
    let rounded = (scaled + (1 << 61)) >> 62;
    i64::try_from(rounded).unwrap_or(0)
}

fn range(first: &Value, second: &Value, third: Option<&Value>) -> Result<Value, ExecError> {
    let step = third.cloned().unwrap_or(Value::Integer(1));
    let (Value::Integer(from), Value::Integer(to), Value::Integer(step)) = (first, second, &step)
    else {
        return Err(type_error(
            "`range` vraagt gehele getallen",
            "`range` takes whole numbers",
        ));
    };
    if *step == 0 {
        return Err(type_error(
            "de stap van `range` is nul",
            "the step of `range` is zero",
        ));
    }
    let mut list = Vec::new();
    let mut at = *from;
    while (*step > 0 && at <= *to) || (*step < 0 && at >= *to) {
        if list.len() >= LIST_MAX {
            return Err(too_long());
        }
        list.push(Value::Integer(at));
        match at.checked_add(*step) {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(Value::list(list))
}

fn of_list(function: Function, first: &Value) -> Result<Value, ExecError> {
    Ok(match (function, first) {
        (Function::Size, Value::List(items)) => Value::Integer(items.len() as i64),
        (Function::Size, Value::Map(entries)) => Value::Integer(entries.len() as i64),
        (Function::Size, Value::Text(text)) => Value::Integer(text.chars().count() as i64),
        (Function::Head, Value::List(items)) => items.first().cloned().unwrap_or_default(),
        (Function::Last, Value::List(items)) => items.last().cloned().unwrap_or_default(),
        (Function::Tail, Value::List(items)) => Value::list(items.get(1..).unwrap_or(&[]).to_vec()),
        (Function::Reverse, Value::List(items)) => {
            Value::list(items.iter().rev().cloned().collect())
        }
        (Function::Reverse, Value::Text(text)) => {
            Value::text(&text.chars().rev().collect::<String>())
        }
        (_, other) => {
            return Err(needs("een lijst", "a list", other));
        }
    })
}

fn of_number(function: Function, first: &Value) -> Result<Value, ExecError> {
    let Some(number) = first.number() else {
        return Err(needs("een getal", "a number", first));
    };
    Ok(match (function, first) {
        (Function::Abs, Value::Integer(whole)) => {
            Value::Integer(whole.checked_abs().ok_or_else(too_large)?)
        }
        (Function::Abs, _) => Value::Decimal(number.abs()),
        (Function::Floor, _) => Value::Decimal(number.floor()),
        (Function::Ceil, _) => Value::Decimal(number.ceil()),
        // Halves go up, as openCypher has it.
        (Function::Round, _) => Value::Decimal((number + 0.5).floor()),
        (Function::Sign, Value::Integer(whole)) => Value::Integer(whole.signum()),
        (Function::Sign, _) => Value::Integer(if number > 0.0 {
            1
        } else if number < 0.0 {
            -1
        } else {
            0
        }),
        _ => Value::Decimal(number.sqrt()),
    })
}

fn converted(function: Function, first: &Value) -> Result<Value, ExecError> {
    let refused = || {
        Err(type_error(
            format!("{} kan hier niet worden omgezet", first.kind().nl),
            format!("{} cannot be converted here", first.kind().en),
        ))
    };
    Ok(match (function, first) {
        (Function::ToInteger, Value::Integer(_))
        | (Function::ToFloat, Value::Decimal(_))
        | (Function::ToString, Value::Text(_))
        | (Function::ToBoolean, Value::Boolean(_)) => first.clone(),
        (Function::ToInteger, Value::Decimal(number)) => decimal_to_integer(*number),
        (Function::ToInteger, Value::Text(text)) => match text.trim().parse::<i64>() {
            Ok(number) => Value::Integer(number),
            Err(_) => match text.trim().parse::<f64>() {
                Ok(number) if is_number_text(text) => decimal_to_integer(number),
                Ok(_) | Err(_) => Value::Null,
            },
        },
        (Function::ToFloat, Value::Integer(number)) => Value::Decimal(*number as f64),
        (Function::ToFloat, Value::Text(text)) => match text.trim().parse::<f64>() {
            Ok(number) if is_number_text(text) => Value::Decimal(number),
            Ok(_) | Err(_) => Value::Null,
        },
        (Function::ToString, Value::Integer(_) | Value::Decimal(_)) => {
            Value::text(&number_text(first))
        }
        (Function::ToString, Value::Boolean(flag)) => Value::text(&flag.to_string()),
        (Function::ToString, Value::Date(date)) => Value::text(&date.to_string()),
        (Function::ToBoolean, Value::Text(text)) => {
            match text.trim().to_ascii_lowercase().as_str() {
                "true" => Value::Boolean(true),
                "false" => Value::Boolean(false),
                _ => Value::Null,
            }
        }
        _ => return refused(),
    })
}

fn is_number_text(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E' | ' '))
}

fn decimal_to_integer(number: f64) -> Value {
    if number.is_finite() && number.abs() < 9.3e18 {
        Value::Integer(number as i64)
    } else {
        Value::Null
    }
}

/// A number as text: a fraction shows that it is one.
pub(super) fn number_text(number: &Value) -> String {
    match number {
        Value::Integer(whole) => whole.to_string(),
        Value::Decimal(decimal) if decimal.is_nan() => "NaN".to_owned(),
        Value::Decimal(decimal) if decimal.is_infinite() => if *decimal > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned(),
        Value::Decimal(decimal) => {
            let text = format!("{decimal:?}");
            text.replace("e", "E")
        }
        _ => String::new(),
    }
}

fn of_text(
    function: Function,
    first: &Value,
    second: &Value,
    third: Option<&Value>,
) -> Result<Value, ExecError> {
    let Value::Text(text) = first else {
        return Err(needs("een tekst", "a text", first));
    };
    let needs_second = !matches!(
        function,
        Function::ToLower
            | Function::ToUpper
            | Function::Trim
            | Function::LeftTrim
            | Function::RightTrim
    );
    if needs_second && second.is_null() {
        return Ok(Value::Null);
    }
    let count = |value: &Value| match value {
        Value::Integer(number) => usize::try_from(*number).map_err(|_| {
            type_error(
                "een plaats in een tekst is onder nul",
                "a place in a text is below zero",
            )
        }),
        other => Err(type_error(
            format!(
                "een plaats in een tekst is een geheel getal, niet {}",
                other.kind().nl
            ),
            format!(
                "a place in a text is a whole number, not {}",
                other.kind().en
            ),
        )),
    };
    let part = |skip: usize, take: usize| {
        Value::text(&text.chars().skip(skip).take(take).collect::<String>())
    };
    Ok(match function {
        Function::ToLower => Value::text(&text.to_lowercase()),
        Function::ToUpper => Value::text(&text.to_uppercase()),
        Function::Trim => Value::text(text.trim()),
        Function::LeftTrim => Value::text(text.trim_start()),
        Function::RightTrim => Value::text(text.trim_end()),
        Function::Substring => match third {
            Some(Value::Null) => Value::Null,
            Some(length) => part(count(second)?, count(length)?),
            None => part(count(second)?, usize::MAX),
        },
        Function::Left => part(0, count(second)?),
        Function::Right => {
            let length = count(second)?;
            let all = text.chars().count();
            part(all.saturating_sub(length), length)
        }
        Function::Split => {
            let Value::Text(separator) = second else {
                return Err(type_error(
                    "`split` vraagt twee teksten",
                    "`split` takes two texts",
                ));
            };
            let parts: Vec<Value> = if separator.is_empty() {
                text.chars().map(|c| Value::text(&c.to_string())).collect()
            } else {
                text.split(&**separator).map(Value::text).collect()
            };
            Value::list(parts)
        }
        Function::Replace => match (second, third) {
            (_, Some(Value::Null)) => Value::Null,
            (Value::Text(what), Some(Value::Text(by))) => {
                let replaced = text.replace(&**what, by);
                if replaced.len() > LIST_MAX {
                    return Err(type_error(
                        "een tekst werd te lang",
                        "a text became too long",
                    ));
                }
                Value::text(&replaced)
            }
            _ => {
                return Err(type_error(
                    "`replace` vraagt drie teksten",
                    "`replace` takes three texts",
                ));
            }
        },
        _ => {
            return Err(type_error(
                "deze functie is er niet",
                "this function is not there",
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_halved_in_each_half_life() {
        assert_eq!(decay(0, 180), 1_000_000);
        assert_eq!(decay(180, 180), 500_000);
        assert_eq!(decay(360, 180), 250_000);
        assert_eq!(decay(7_200, 180), 0);
        for half in [1, 7, 180, 365, 10_000] {
            for days in [1, 3, 45, 90, 179, 365, 900] {
                let exact = 1e6 * (-(days as f64) / half as f64).exp2();
                let found = decay(days, half) as f64;
                assert!(
                    (found - exact).abs() <= 1.0,
                    "{days} {half}: {found} {exact}"
                );
            }
        }
    }

    #[test]
    fn days_shared_by_periods_are_counted_once() {
        assert_eq!(shared_days(&[(0, 10), (20, 30)], &[(5, 25)]), 10);
        assert_eq!(shared_days(&[(0, 10)], &[(10, 20)]), 0);
    }
}
