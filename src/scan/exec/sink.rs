//! Where rows are gathered: groups, distinct rows, sorted rows, the first few.
//!
//! Each worker gathers its own part; parts are merged in order of their starts, so the whole does not depend on who did
//! which part.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::eval::{needs, type_error};
use super::graph::Graph;
use super::machine::{Flow, Machine};
use super::{ExecError, Stopped};
use crate::scan::lang::ir::{Aggregate, AggregateKind, Sink};
use crate::scan::value::{Key, Value};

/// A row: what the sink keeps, and what it is ordered by.
#[derive(Debug, Clone)]
struct Row {
    kept: Vec<Value>,
    order: Vec<Value>,
}

/// Rows in the making.
pub(crate) struct Gathered {
    rows: Vec<Row>,
    seen: HashSet<Key>,
    groups: Groups,
    bytes: u64,
    /// Rows that are enough, where the first few are wanted as they come.
    enough: Option<usize>,
    grouping: bool,
    collect: usize,
    bytes_max: u64,
    pub cut: bool,
}

#[derive(Default)]
struct Groups {
    places: HashMap<Key, usize>,
    groups: Vec<(Vec<Value>, Vec<State>)>,
}

/// An aggregate in the making.
#[derive(Debug)]
struct State {
    kind: AggregateKind,
    count: i64,
    whole: i64,
    decimal: f64,
    is_decimal: bool,
    best: Option<Value>,
    values: Vec<Value>,
    /// Set where each value counts once.
    seen: Option<HashSet<Key>>,
    percentile: Option<f64>,
}

impl Sink {
    /// Whether rows go through one by one.
    pub(crate) fn is_plain(&self) -> bool {
        self.group.is_none()
            && !self.distinct
            && self.order.is_empty()
            && self.skip.is_none()
            && self.limit.is_none()
    }
}

impl Gathered {
    pub fn new<G: Graph>(sink: &Sink, machine: &mut Machine<'_, G>) -> Result<Self, ExecError> {
        let skip = row_count(sink.skip.as_ref(), machine)?;
        let limit = row_count(sink.limit.as_ref(), machine)?;
        let as_they_come = sink.group.is_none() && sink.order.is_empty();
        Ok(Self {
            rows: Vec::new(),
            seen: HashSet::new(),
            groups: Groups::default(),
            bytes: 0,
            enough: limit
                .filter(|_| as_they_come)
                .map(|limit| limit.saturating_add(skip.unwrap_or(0))),
            grouping: sink.group.is_some(),
            collect: machine.shared.budgets.collect,
            bytes_max: machine.shared.budgets.bytes,
            cut: false,
        })
    }

    /// Stops at this many rows, where they are wanted as they come.
    pub fn at_most(&mut self, rows: usize) {
        if !self.grouping {
            self.enough = Some(self.enough.map_or(rows, |enough| enough.min(rows)));
        }
    }

    /// Whether more rows would change nothing.
    pub fn has_enough(&self) -> bool {
        self.enough.is_some_and(|enough| self.rows.len() >= enough)
    }

    /// Takes the row in the frame.
    pub fn add<G: Graph>(
        &mut self,
        machine: &mut Machine<'_, G>,
        sink: &Sink,
    ) -> Result<Flow, ExecError> {
        if self.has_enough() {
            return Ok(Flow::Stop);
        }
        let Some(group) = &sink.group else {
            let keep = self.make_row(machine, sink, true)?;
            if let Some(row) = keep {
                self.push(row)?;
            }
            return Ok(if self.has_enough() {
                Flow::Stop
            } else {
                Flow::On
            });
        };
        let mut keys = Vec::with_capacity(group.keys.len());
        for (_, key) in &group.keys {
            keys.push(machine.project(key)?);
        }
        let mut inputs = Vec::with_capacity(group.aggregates.len());
        for aggregate in &group.aggregates {
            let mut input = |expr: &Option<crate::scan::lang::ir::Expr>| match expr {
                None => Ok(Value::Null),
                Some(expr) => machine.project(expr),
            };
            inputs.push((input(&aggregate.argument)?, input(&aggregate.second)?));
        }
        let place = self.group(keys, &group.aggregates)?;
        let collect = self.collect;
        let Some((_, states)) = self.groups.groups.get_mut(place) else {
            return Ok(Flow::On);
        };
        for (state, (value, second)) in states.iter_mut().zip(inputs) {
            self.bytes += state.add(value, &second, collect, &mut self.cut)?;
        }
        self.check_bytes()?;
        Ok(Flow::On)
    }

    fn group(&mut self, keys: Vec<Value>, aggregates: &[Aggregate]) -> Result<usize, ExecError> {
        let key = Key(keys);
        if let Some(&place) = self.groups.places.get(&key) {
            return Ok(place);
        }
        let place = self.groups.groups.len();
        let states: Vec<State> = aggregates.iter().map(State::new).collect();
        let size = key.0.iter().map(Value::bytes).sum::<u64>();
        self.bytes += 2 * size + (states.len() * size_of::<State>()) as u64;
        self.groups.groups.push((key.0.clone(), states));
        self.groups.places.insert(key, place);
        self.check_bytes()?;
        Ok(place)
    }

    fn check_bytes(&self) -> Result<(), ExecError> {
        if self.bytes > self.bytes_max {
            return Err(ExecError::Stopped(Stopped::Bytes(self.bytes_max)));
        }
        Ok(())
    }

    /// Makes a row of the frame; `None` if it was there already and rows are distinct.
    fn make_row<G: Graph>(
        &mut self,
        machine: &mut Machine<'_, G>,
        sink: &Sink,
        filter_now: bool,
    ) -> Result<Option<Row>, ExecError> {
        for (slot, expr) in &sink.items {
            let value = machine.project(expr)?;
            machine.set(*slot, value);
        }
        // A condition is tested last, after `LIMIT`; where there is none it may as well be tested now, when what the
        // projection drops can still be seen.
        let early = filter_now && sink.skip.is_none() && sink.limit.is_none();
        if early
            && let Some(filter) = &sink.filter
            && machine.truth(filter)? != Some(true)
        {
            return Ok(None);
        }
        let kept: Vec<Value> = sink
            .keep
            .iter()
            .map(|&slot| machine.get(slot).clone())
            .collect();
        if sink.distinct {
            let key = Key(kept.clone());
            self.bytes += key.0.iter().map(Value::bytes).sum::<u64>();
            if !self.seen.insert(key) {
                return Ok(None);
            }
        }
        let mut order = Vec::with_capacity(sink.order.len());
        for (key, _) in &sink.order {
            order.push(machine.project(key)?);
        }
        Ok(Some(Row { kept, order }))
    }

    fn push(&mut self, row: Row) -> Result<(), ExecError> {
        self.bytes += row
            .kept
            .iter()
            .chain(&row.order)
            .map(Value::bytes)
            .sum::<u64>();
        self.rows.push(row);
        self.check_bytes()
    }

    /// Takes what another gathered from later starts.
    pub fn merge(&mut self, other: Self, sink: &Sink) -> Result<(), ExecError> {
        self.cut |= other.cut;
        for row in other.rows {
            if self.has_enough() {
                return Ok(());
            }
            if sink.distinct && !self.seen.insert(Key(row.kept.clone())) {
                continue;
            }
            self.push(row)?;
        }
        let Some(group) = &sink.group else {
            return Ok(());
        };
        for (keys, states) in other.groups.groups {
            let place = self.group(keys, &group.aggregates)?;
            let collect = self.collect;
            let Some((_, mine)) = self.groups.groups.get_mut(place) else {
                continue;
            };
            for (state, theirs) in mine.iter_mut().zip(states) {
                self.bytes += state.merge(theirs, collect, &mut self.cut)?;
            }
            self.check_bytes()?;
        }
        Ok(())
    }

    /// The rows, in order.
    pub fn finish<G: Graph>(
        mut self,
        machine: &mut Machine<'_, G>,
        sink: &Sink,
    ) -> Result<Vec<Vec<Value>>, ExecError> {
        machine.collect_cut |= self.cut;
        if let Some(group) = &sink.group {
            let groups = std::mem::take(&mut self.groups).groups;
            let none = groups.is_empty() && group.keys.is_empty();
            let nothing = none.then(|| {
                let states = group.aggregates.iter().map(State::new);
                (Vec::new(), states.collect())
            });
            for (keys, states) in groups.into_iter().chain(nothing) {
                // What is looked at for a group is bounded as for a start.
                machine.begin();
                for ((slot, _), key) in group.keys.iter().zip(keys) {
                    machine.set(*slot, key);
                }
                for (aggregate, state) in group.aggregates.iter().zip(states) {
                    let value = state.finish()?;
                    machine.set(aggregate.slot, value);
                }
                if let Some(row) = self.make_row(machine, sink, true)? {
                    self.push(row)?;
                }
                machine.tell()?;
            }
        }
        if !sink.order.is_empty() {
            let descending: Vec<bool> = sink
                .order
                .iter()
                .map(|(_, descending)| *descending)
                .collect();
            // Stable: rows that are equal stay in the order of their starts.
            self.rows.sort_by(|one, two| ordered(one, two, &descending));
        }
        let skip = row_count(sink.skip.as_ref(), machine)?.unwrap_or(0);
        let limit = row_count(sink.limit.as_ref(), machine)?.unwrap_or(usize::MAX);
        let late = sink.skip.is_some() || sink.limit.is_some();
        let mut rows = Vec::new();
        for row in self.rows.into_iter().skip(skip).take(limit) {
            if let Some(filter) = sink.filter.as_ref().filter(|_| late) {
                machine.load(&sink.keep, &row.kept);
                if machine.truth(filter)? != Some(true) {
                    continue;
                }
            }
            rows.push(row.kept);
        }
        Ok(rows)
    }
}

fn ordered(one: &Row, two: &Row, descending: &[bool]) -> Ordering {
    for ((a, b), descending) in one.order.iter().zip(&two.order).zip(descending) {
        let found = a.order(b);
        if found.is_ne() {
            return if *descending { found.reverse() } else { found };
        }
    }
    Ordering::Equal
}

fn row_count<G: Graph>(
    expr: Option<&crate::scan::lang::ir::Expr>,
    machine: &mut Machine<'_, G>,
) -> Result<Option<usize>, ExecError> {
    let Some(expr) = expr else {
        return Ok(None);
    };
    match machine.eval(expr)? {
        Value::Integer(number) if number >= 0 => {
            Ok(Some(usize::try_from(number).unwrap_or(usize::MAX)))
        }
        Value::Integer(_) => Err(type_error(
            "SKIP en LIMIT vragen geen getal onder nul",
            "SKIP and LIMIT take no number below zero",
        )),
        other => Err(type_error(
            format!(
                "SKIP en LIMIT vragen een geheel getal, niet {}",
                other.kind().nl
            ),
            format!(
                "SKIP and LIMIT take a whole number, not {}",
                other.kind().en
            ),
        )),
    }
}

impl State {
    fn new(aggregate: &Aggregate) -> Self {
        Self {
            kind: aggregate.kind,
            count: 0,
            whole: 0,
            decimal: 0.0,
            is_decimal: false,
            best: None,
            values: Vec::new(),
            seen: aggregate.distinct.then(HashSet::new),
            percentile: None,
        }
    }

    /// Takes a value; gives the bytes that it holds now on top.
    fn add(
        &mut self,
        value: Value,
        second: &Value,
        collect: usize,
        cut: &mut bool,
    ) -> Result<u64, ExecError> {
        if matches!(
            self.kind,
            AggregateKind::PercentileDisc | AggregateKind::PercentileCont
        ) {
            match second.number() {
                Some(number) if (0.0..=1.0).contains(&number) => self.percentile = Some(number),
                Some(_) | None => {
                    return Err(type_error(
                        "een percentiel ligt van 0.0 tot 1.0",
                        "a percentile is from 0.0 to 1.0",
                    ));
                }
            }
        }
        if self.kind == AggregateKind::CountAll {
            self.count += 1;
            return Ok(0);
        }
        if value.is_null() {
            return Ok(0);
        }
        let size = value.bytes();
        let mut bytes = 0;
        if let Some(seen) = &mut self.seen {
            if !seen.insert(Key(vec![value.clone()])) {
                return Ok(0);
            }
            bytes += 2 * size;
            // Kept in order, to be merged: values that two parts have count once.
            self.values.push(value);
            return Ok(bytes);
        }
        self.take(value, collect, cut)?;
        if matches!(
            self.kind,
            AggregateKind::Collect
                | AggregateKind::PercentileDisc
                | AggregateKind::PercentileCont
                | AggregateKind::Deviation
                | AggregateKind::DeviationOfAll
        ) {
            bytes += size;
        }
        Ok(bytes)
    }

    fn take(&mut self, value: Value, collect: usize, cut: &mut bool) -> Result<(), ExecError> {
        match self.kind {
            AggregateKind::CountAll | AggregateKind::Count => self.count += 1,
            AggregateKind::Sum | AggregateKind::Average => {
                self.count += 1;
                match value {
                    Value::Integer(number) => self.add_whole(number)?,
                    Value::Decimal(number) => {
                        self.is_decimal = true;
                        self.decimal += number;
                    }
                    other => {
                        return Err(type_error(
                            format!("{} kan niet worden opgeteld", other.kind().nl),
                            format!("{} cannot be added up", other.kind().en),
                        ));
                    }
                }
            }
            AggregateKind::Min | AggregateKind::Max => {
                let better = self.best.as_ref().is_none_or(|best| {
                    let order = value.order(best);
                    match self.kind {
                        AggregateKind::Min => order.is_lt(),
                        _ => order.is_gt(),
                    }
                });
                if better {
                    self.best = Some(value);
                }
            }
            AggregateKind::Collect => {
                if self.values.len() < collect {
                    self.values.push(value);
                } else {
                    *cut = true;
                }
            }
            AggregateKind::PercentileDisc
            | AggregateKind::PercentileCont
            | AggregateKind::Deviation
            | AggregateKind::DeviationOfAll => {
                if value.number().is_none() {
                    return Err(needs("een getal", "a number", &value));
                }
                self.values.push(value);
            }
        }
        Ok(())
    }

    fn add_whole(&mut self, number: i64) -> Result<(), ExecError> {
        self.whole = self.whole.checked_add(number).ok_or_else(|| {
            type_error(
                "een som van gehele getallen werd te groot",
                "a sum of whole numbers became too large",
            )
        })?;
        Ok(())
    }

    fn merge(&mut self, other: Self, collect: usize, cut: &mut bool) -> Result<u64, ExecError> {
        let mut bytes = 0;
        self.percentile = self.percentile.or(other.percentile);
        if let Some(seen) = &mut self.seen {
            for value in other.values {
                if seen.insert(Key(vec![value.clone()])) {
                    bytes += 2 * value.bytes();
                    self.values.push(value);
                }
            }
            self.count += other.count;
            return Ok(bytes);
        }
        self.count += other.count;
        self.add_whole(other.whole)?;
        self.is_decimal |= other.is_decimal;
        self.decimal += other.decimal;
        if let Some(value) = other.best {
            self.take(value, collect, cut)?;
        }
        for value in other.values {
            bytes += value.bytes();
            self.take(value, collect, cut)?;
        }
        Ok(bytes)
    }

    fn finish(mut self) -> Result<Value, ExecError> {
        if self.seen.take().is_some() {
            let mut cut = false;
            for value in std::mem::take(&mut self.values) {
                self.take(value, usize::MAX, &mut cut)?;
            }
        }
        let sum = |state: &Self| {
            if state.is_decimal {
                Value::Decimal(state.whole as f64 + state.decimal)
            } else {
                Value::Integer(state.whole)
            }
        };
        Ok(match self.kind {
            AggregateKind::CountAll | AggregateKind::Count => Value::Integer(self.count),
            AggregateKind::Sum => sum(&self),
            AggregateKind::Average if self.count == 0 => Value::Null,
            AggregateKind::Average => {
                Value::Decimal((self.whole as f64 + self.decimal) / self.count as f64)
            }
            AggregateKind::Min | AggregateKind::Max => self.best.unwrap_or_default(),
            AggregateKind::Collect => Value::list(self.values),
            AggregateKind::PercentileDisc | AggregateKind::PercentileCont => self.at_percentile(),
            AggregateKind::Deviation | AggregateKind::DeviationOfAll => self.deviation(),
        })
    }

    fn at_percentile(mut self) -> Value {
        self.values.sort_by(Value::order);
        let Some(share) = self.percentile.filter(|_| !self.values.is_empty()) else {
            return Value::Null;
        };
        let last = self.values.len() - 1;
        let at = |place: usize| {
            self.values
                .get(place.min(last))
                .cloned()
                .unwrap_or_default()
        };
        if self.kind == AggregateKind::PercentileDisc {
            let rank = (share * self.values.len() as f64).ceil() as usize;
            return at(rank.saturating_sub(1));
        }
        let rank = share * last as f64;
        let low = at(rank.floor() as usize).number().unwrap_or(0.0);
        let high = at(rank.ceil() as usize).number().unwrap_or(0.0);
        Value::Decimal(low + (high - low) * rank.fract())
    }

    fn deviation(self) -> Value {
        let numbers: Vec<f64> = self.values.iter().filter_map(Value::number).collect();
        let count = numbers.len() as f64;
        let below = if self.kind == AggregateKind::Deviation {
            count - 1.0
        } else {
            count
        };
        if below <= 0.0 {
            return Value::Decimal(0.0);
        }
        let mean = numbers.iter().sum::<f64>() / count;
        let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
        Value::Decimal((squares / below).sqrt())
    }
}
