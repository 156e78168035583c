//! Which statements stand: what deliveries take the place of, and what is taken back.
//!
//! Nothing is overwritten. Beside each statement lies which deliveries said it, and whether it stands follows from that and
//! from the kinds of the deliveries alone, for now as for any delivery before. A flag in its head holds the outcome for
//! now, so that reads need not ask.
//!
//! A statement is said by a *record*, where the source file tells records apart, or by none. A full delivery takes the
//! place of all that its source said before; a delta or a correction of all that its records said before. So a statement
//! stands while something said it that nothing of that kind came after.
//!
//! # Invariants
//! * **of its own source alone**: a delivery takes the place of what its source said, never of what another did.
//! * **while anybody says it, it stands**: a statement of two records falls with the last of them.
//! * **taken back is as never loaded**, with one exception: of a statement that several additions said, the first and the
//!   newest are known, so taking back both lets it fall though one between them said it too.
//! * **index and graph follow** in the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use redb::{ReadableTable, Table, TableDefinition};

use super::batch::{LoadBatch, find_keys, read_claims};
use super::codec::{HEAD_BYTES, Head, damaged, read_ends, read_statement};
use super::error::StoreError;
use super::tables::{
    ALIASES, EDGE_STATEMENTS, FIND, NODE_STATEMENTS, RECORD_DELIVERIES, RECORD_STATEMENTS, SAID,
};
use crate::model::{Delivery, DeliveryKind, MarkingId, NodeId, NodeLabelId};

/// What a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    Node,
    Edge,
}

impl About {
    pub fn byte(self) -> u8 {
        match self {
            Self::Node => b'n',
            Self::Edge => b'e',
        }
    }

    /// The table of statements about it.
    pub fn table(self) -> TableDefinition<'static, (u64, u64), &'static [u8]> {
        match self {
            Self::Node => NODE_STATEMENTS,
            Self::Edge => EDGE_STATEMENTS,
        }
    }

    fn read(byte: u8) -> Result<Self, StoreError> {
        match byte {
            b'n' => Ok(Self::Node),
            b'e' => Ok(Self::Edge),
            _ => Err(damaged("a statement is about neither a node nor an edge")),
        }
    }
}

/// A statement: what it is about, that one's identifier, and its own.
pub(super) type Key = (u8, u64, u64);

/// The record of what no record said.
pub(super) const NO_RECORD: u64 = 0;

/// From which delivery until which a record said a statement: in all of them that take the place of what it said before.
pub(super) type Range = [u32; 2];

pub(super) fn read_ranges(bytes: &[u8]) -> Result<Vec<Range>, StoreError> {
    let (numbers, []) = bytes.as_chunks::<4>() else {
        return Err(damaged("which deliveries said a statement cannot be read"));
    };
    let numbers: Vec<u32> = numbers.iter().map(|&one| u32::from_le_bytes(one)).collect();
    match numbers.as_chunks::<2>() {
        (ranges, []) => Ok(ranges.to_vec()),
        _ => Err(damaged("which deliveries said a statement cannot be read")),
    }
}

fn write_ranges(ranges: &[Range]) -> Vec<u8> {
    ranges
        .iter()
        .flatten()
        .flat_map(|one| one.to_le_bytes())
        .collect()
}

/// Deliveries of one source, as far as they decide what stands.
#[derive(Debug, Clone)]
pub(super) struct Course {
    /// The last delivery that counts: what came after is as if it had not come.
    until: u32,
    /// Full deliveries.
    fulls: BTreeSet<u32>,
    /// Deliveries that were taken back.
    gone: BTreeSet<u32>,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            until: u32::MAX,
            fulls: BTreeSet::new(),
            gone: BTreeSet::new(),
        }
    }
}

impl Course {
    /// Of the deliveries of a source, each with its number.
    pub fn of(source: &str, deliveries: &[(u32, Delivery)]) -> Self {
        Self::until(source, deliveries, u32::MAX)
    }

    /// The same, as far as a delivery.
    pub fn until(source: &str, deliveries: &[(u32, Delivery)], until: u32) -> Self {
        let mut course = Self {
            until,
            ..Self::default()
        };
        let own = deliveries
            .iter()
            .filter(|(number, one)| one.source == source && *number <= until);
        for (number, delivery) in own {
            if delivery.kind == DeliveryKind::Full {
                course.fulls.insert(*number);
            }
            course.gone.extend(delivery.withdraws);
        }
        course
    }

    /// Whether a statement stands for one record: it is said in a range that nothing came after.
    fn stands(&self, ranges: &[Range], of_record: &BTreeSet<u32>) -> bool {
        let counts = |one: &u32| *one <= self.until && !self.gone.contains(one);
        let replacers = || {
            let all = self.fulls.iter().chain(of_record);
            all.copied().filter(counts)
        };
        ranges.iter().any(|&[from, to]| {
            let within = replacers().filter(|one| (from..=to).contains(one));
            let ends = [from, to].into_iter().filter(counts);
            let last = within.chain(ends).max();
            // Within a range nothing that takes the place of others left it out.
            last.is_some_and(|last| to > self.until || replacers().all(|one| one <= last))
        })
    }

    /// Whether any delivery that takes the place of others came between two.
    fn breaks(&self, of_record: &BTreeSet<u32>, [after, before]: Range) -> bool {
        let mut all = self.fulls.iter().chain(of_record);
        all.any(|&one| after < one && one < before)
    }
}

/// Where it is kept which deliveries said what.
pub(super) struct Sayings<'t> {
    said: Table<'t, (u8, u64, u64, u64), &'static [u8]>,
    of_record: Table<'t, (u64, u8, u64, u64), ()>,
    deliveries: Table<'t, (u64, u32), ()>,
    /// What records said that is not in `of_record` yet: statements come in their order, which is not that of records, and
    /// rows that come in order are written many times faster.
    noted: Vec<(u64, u8, u64, u64)>,
}

impl<'t> Sayings<'t> {
    pub fn open(transaction: &'t redb::WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            said: transaction.open_table(SAID)?,
            of_record: transaction.open_table(RECORD_STATEMENTS)?,
            deliveries: transaction.open_table(RECORD_DELIVERIES)?,
            noted: Vec::new(),
        })
    }

    /// Notes that a record, or none, says a statement in a delivery; [`Self::write`] ends it.
    ///
    /// * `known`: the delivery that said it first, of a statement that stood in the store already.
    /// * `alone`: whether no other record says it beside this one, as far as is known now.
    pub fn note(
        &mut self,
        course: &Course,
        (about, id, statement): Key,
        (record, alone): (u64, bool),
        (known, delivery): (Option<u32>, u32),
    ) -> Result<(), StoreError> {
        if known.is_none() {
            // Nobody said it before: there is nothing to be read, and what no record said is known by its head.
            if record != NO_RECORD || !alone {
                let said = write_ranges(&[[delivery, delivery]]);
                self.said
                    .insert((about, id, statement, record), said.as_slice())?;
            }
            if record != NO_RECORD {
                self.noted.push((record, about, id, statement));
            }
            return Ok(());
        }
        let all = (about, id, statement, 0)..=(about, id, statement, u64::MAX);
        let is_by_head = self.said.range(all)?.next().is_none();
        if record == NO_RECORD && is_by_head && alone && known.is_none_or(|first| first == delivery)
        {
            // What no record said, in one delivery, is known by its head.
            return Ok(());
        }
        if let Some(first) = known
            && is_by_head
        {
            let said = write_ranges(&[[first, first]]);
            self.said
                .insert((about, id, statement, NO_RECORD), said.as_slice())?;
        }
        let mut ranges = match self.said.get((about, id, statement, record))? {
            Some(bytes) => read_ranges(bytes.value())?,
            None => Vec::new(),
        };
        let of_record = replacing(&self.deliveries, record)?;
        // A range goes on only where the record's saying stood until now, and nothing came between, taken back or not.
        let stood = course.stands(&ranges, &of_record);
        match ranges.last_mut() {
            Some([_, to]) if *to == delivery => return Ok(()),
            Some([_, to]) if stood && !course.breaks(&of_record, [*to, delivery]) => *to = delivery,
            Some(_) | None => ranges.push([delivery, delivery]),
        }
        let bytes = write_ranges(&ranges);
        self.said
            .insert((about, id, statement, record), bytes.as_slice())?;
        if record != NO_RECORD {
            self.noted.push((record, about, id, statement));
        }
        Ok(())
    }

    /// Writes what was noted of records.
    pub fn write(mut self) -> Result<(), StoreError> {
        self.noted.sort_unstable();
        for row in self.noted {
            self.of_record.insert(row, ())?;
        }
        Ok(())
    }

    /// Statements that a record ever made.
    fn of_record(&self, record: u64) -> Result<Vec<Key>, StoreError> {
        let all = (record, 0, 0, 0)..=(record, u8::MAX, u64::MAX, u64::MAX);
        let rows = self.of_record.range(all)?;
        rows.map(|row| {
            let (_, about, id, statement) = row?.0.value();
            Ok((about, id, statement))
        })
        .collect()
    }

    /// Whether a statement stands. `first`: the delivery that said it first.
    fn stands(
        &self,
        course: &Course,
        (about, id, statement): Key,
        first: u32,
    ) -> Result<bool, StoreError> {
        stands(
            &self.said,
            &self.deliveries,
            course,
            (about, id, statement),
            first,
        )
    }
}

/// Whether a statement stands, by the tables of a transaction that reads or of one that writes.
pub(super) fn stands(
    said: &impl ReadableTable<(u8, u64, u64, u64), &'static [u8]>,
    deliveries: &impl ReadableTable<(u64, u32), ()>,
    course: &Course,
    (about, id, statement): Key,
    first: u32,
) -> Result<bool, StoreError> {
    let all = (about, id, statement, 0)..=(about, id, statement, u64::MAX);
    let mut any = false;
    for row in said.range(all)? {
        any = true;
        let (key, bytes) = row?;
        let of_record = replacing(deliveries, key.value().3)?;
        if course.stands(&read_ranges(bytes.value())?, &of_record) {
            return Ok(true);
        }
    }
    Ok(!any && course.stands(&[[first, first]], &BTreeSet::new()))
}

/// Deliveries that take the place of what a record said before.
pub(super) fn replacing(
    deliveries: &impl ReadableTable<(u64, u32), ()>,
    record: u64,
) -> Result<BTreeSet<u32>, StoreError> {
    if record == NO_RECORD {
        return Ok(BTreeSet::new());
    }
    let rows = deliveries.range((record, 0)..=(record, u32::MAX))?;
    rows.map(|row| Ok(row?.0.value().1)).collect()
}

impl LoadBatch {
    /// Lets fall what this delivery takes the place of.
    pub(super) fn settle(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        let sources = BTreeSet::from([delivery.source.clone()]);
        let mut changes = match delivery.kind {
            DeliveryKind::Addition => BTreeMap::new(),
            DeliveryKind::Full => {
                self.course.fulls.insert(self.delivery);
                let changes = self.of_sources(&sources)?;
                let falls = changes.iter().filter(|(_, falls)| **falls).count() as u64;
                let stood = self.stood.max(1);
                if falls as f64 > self.superseded_share_max * stood as f64 {
                    return Err(StoreError::TooMuchSuperseded {
                        of: delivery.source.clone(),
                        falls,
                        stood,
                    });
                }
                changes
            }
            DeliveryKind::Delta | DeliveryKind::Correction => self.of_records()?,
            DeliveryKind::Withdrawal => {
                self.course.gone.extend(delivery.withdraws);
                if let Some(withdrawn) = delivery.withdraws {
                    self.take_back_aliases(withdrawn)?;
                }
                self.of_sources(&sources)?
            }
        };
        let again = std::mem::take(&mut self.again);
        {
            let sayings = Sayings::open(self.transaction.begun()?)?;
            for key in again {
                let head = self.head(key)?;
                if sayings.stands(&self.course, key, head.delivery)? {
                    changes.insert(key, false);
                }
            }
        }
        self.change(&changes)
    }

    /// Statements of sources that stand and should not (true), or the other way round.
    fn of_sources(
        &mut self,
        sources: &BTreeSet<String>,
    ) -> Result<BTreeMap<Key, bool>, StoreError> {
        let markings: BTreeSet<u16> = self
            .markings
            .iter()
            .filter(|(_, marking)| sources.contains(&marking.source))
            .map(|(id, _)| id.0)
            .collect();
        let sayings = Sayings::open(self.transaction.begun()?)?;
        let mut changes = BTreeMap::new();
        self.stood = 0;
        for about in [About::Node, About::Edge] {
            for entry in self.transaction.open_table(about.table())?.iter()? {
                let (key, value) = entry?;
                let (head, _) = Head::read(value.value())?;
                if !markings.contains(&head.marking) {
                    continue;
                }
                self.stood += u64::from(!head.fallen && head.delivery != self.delivery);
                let (id, statement) = key.value();
                let key = (about.byte(), id, statement);
                let stands = sayings.stands(&self.course, key, head.delivery)?;
                if stands == head.fallen {
                    changes.insert(key, !stands);
                }
            }
        }
        Ok(changes)
    }

    /// Of what the records of this delivery ever said, what stands and should not, or the other way round.
    fn of_records(&mut self) -> Result<BTreeMap<Key, bool>, StoreError> {
        let records: BTreeSet<u64> = std::mem::take(&mut self.records).into_iter().collect();
        let mut sayings = Sayings::open(self.transaction.begun()?)?;
        for &record in &records {
            sayings.deliveries.insert((record, self.delivery), ())?;
        }
        let mut changes = BTreeMap::new();
        for record in records {
            for key in sayings.of_record(record)? {
                let head = self.head(key)?;
                let stands = sayings.stands(&self.course, key, head.delivery)?;
                if stands == head.fallen {
                    changes.insert(key, !stands);
                }
            }
        }
        Ok(changes)
    }

    /// What a delivery claimed goes with it.
    fn take_back_aliases(&mut self, withdrawn: u32) -> Result<(), StoreError> {
        let mut table = self.transaction.open_table(ALIASES)?;
        let mut changed = Vec::new();
        for entry in table.iter()? {
            let (pair, value) = entry?;
            let claims = read_claims(value.value())?;
            if claims.iter().any(|claim| claim.delivery == withdrawn) {
                changed.push((pair.value(), claims));
            }
        }
        for (pair, claims) in changed {
            let mut bytes = Vec::new();
            for claim in claims {
                if claim.delivery == withdrawn {
                    self.summary.superseded += 1;
                    self.touched.add(claim.marking, pair.0);
                    self.touched.add(claim.marking, pair.1);
                } else {
                    claim.write(&mut bytes);
                }
            }
            if bytes.is_empty() {
                table.remove(pair)?;
            } else {
                table.insert(pair, bytes.as_slice())?;
            }
        }
        Ok(())
    }

    /// Lets statements fall (true) or rise, in their heads and in the index of names.
    fn change(&mut self, changes: &BTreeMap<Key, bool>) -> Result<(), StoreError> {
        // Names that statements gave which fall, by node.
        let mut names: BTreeMap<u64, BTreeSet<Vec<u8>>> = BTreeMap::new();
        for (&(about, id, statement), &falls) in changes {
            let about = About::read(about)?;
            let place = (id, statement);
            let bytes = self.row(about, place)?;
            let (mut head, rest) = Head::read(&bytes)?;
            match about {
                About::Node => {
                    self.touched.add(head.marking, id);
                    let gone = if falls {
                        self.names(head, rest, id)?
                    } else {
                        Vec::new()
                    };
                    names.entry(id).or_default().extend(gone);
                }
                About::Edge => {
                    let ((from, to), _) = read_ends(rest)?;
                    self.touched.add(head.marking, from);
                    self.touched.add(head.marking, to);
                }
            }
            match falls {
                true => self.summary.superseded += 1,
                false => self.summary.restored += 1,
            }
            head.fallen = falls;
            let mut written = Vec::with_capacity(bytes.len());
            head.write(&mut written);
            written.extend_from_slice(bytes.get(HEAD_BYTES..).unwrap_or(&[]));
            let mut table = self.transaction.open_table(about.table())?;
            table.insert(place, written.as_slice())?;
        }
        for (node, gone) in names {
            self.follow(node, gone)?;
        }
        Ok(())
    }

    /// Makes the index of names that of the statements about a node which stand.
    pub(super) fn follow(
        &mut self,
        node: u64,
        mut gone: BTreeSet<Vec<u8>>,
    ) -> Result<(), StoreError> {
        let mut stands = false;
        let mut markings = BTreeSet::new();
        let mut index = self.transaction.open_table(FIND)?;
        for entry in self
            .transaction
            .open_table(NODE_STATEMENTS)?
            .range((node, 0)..=(node, u64::MAX))?
        {
            let (_, value) = entry?;
            let (head, properties) = Head::read(value.value())?;
            markings.insert(head.marking);
            if head.fallen {
                continue;
            }
            stands = true;
            for name in self.names(head, properties, node)? {
                gone.remove(&name);
                index.insert(name.as_slice(), ())?;
            }
        }
        for name in gone {
            index.remove(name.as_slice())?;
        }
        if !stands {
            // What lies around a node that is gone cannot be found from it any more.
            for marking in markings {
                self.touched.many(marking);
            }
        }
        Ok(())
    }

    /// The entries of the index that a statement about a node gives.
    pub(super) fn names(
        &self,
        head: Head,
        properties: &[u8],
        node: u64,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let statement = read_statement(head, properties)?;
        Ok(find_keys(
            &self.schema,
            (NodeLabelId(head.label), NodeId::from_bits(node)),
            MarkingId(head.marking),
            &statement.properties,
        ))
    }

    fn head(&self, (about, id, statement): Key) -> Result<Head, StoreError> {
        let bytes = self.row(About::read(about)?, (id, statement))?;
        Ok(Head::read(&bytes)?.0)
    }

    pub(super) fn row(&self, about: About, place: (u64, u64)) -> Result<Vec<u8>, StoreError> {
        let table = self.transaction.open_table(about.table())?;
        let row = table.get(place)?.map(|row| row.value().to_vec());
        row.ok_or_else(|| damaged("a statement that must be there is not"))
    }
}

#[cfg(test)]
pub(super) mod tests;
