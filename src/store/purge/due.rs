//! Which statements are past their days, and why.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use redb::ReadableTable;

use super::{Dated, Keeping, PurgeReason, Purged};
use crate::model::{
    Day, Delivery, DeliveryKind, EdgeLabelId, NodeLabelId, PropertyId, Schema, Validity, Value,
};
use crate::store::batch::LoadBatch;
use crate::store::codec::{Head, read_ends, read_statement};
use crate::store::error::StoreError;
use crate::store::standing::{About, Key, replacing};
use crate::store::tables::RECORD_DELIVERIES;

/// Decides which statements go.
struct Judge<'a> {
    day: Day,
    schema: &'a Schema,
    /// Rule and source of each marking that has one.
    by_marking: HashMap<u16, (&'a Keeping, &'a str)>,
    /// Days on which deliveries were loaded.
    loaded: HashMap<u32, Day>,
    /// Full deliveries and withdrawals of each source, ascending.
    replacers: HashMap<&'a str, Vec<u32>>,
}

impl Judge<'_> {
    fn is_over(&self, since: Option<Day>, days: Option<u32>) -> bool {
        let both = since.zip(days);
        both.is_some_and(|(since, days)| self.day.is_past(since, days))
    }

    fn reason(
        &self,
        about: About,
        head: Head,
        properties: &[u8],
        said: &Said,
    ) -> Result<Option<PurgeReason>, StoreError> {
        let Some((rule, source)) = self.by_marking.get(&head.marking) else {
            return Ok(None);
        };
        let ended = Validity::unpack(head.from, head.to).to;
        if self.is_over(ended.map(|to| to.latest()), rule.ended_days) {
            return Ok(Some(PurgeReason::Ended));
        }
        let last = self.loaded.get(&said.last).copied();
        if head.fallen {
            let of_source = self.replacers.get(source).into_iter().flatten();
            let after = of_source
                .chain(&said.replacers)
                .filter(|one| **one > said.last);
            let fell = after.min().and_then(|one| self.loaded.get(one)).copied();
            if self.is_over(fell.or(last), rule.fallen_days) {
                return Ok(Some(PurgeReason::Fallen));
            }
        }
        if self.is_over(last, rule.said_days) {
            return Ok(Some(PurgeReason::Said));
        }
        if let Some(dated) = &rule.dated
            && self.is_over(
                self.date_of(about, dated, head, properties)?,
                Some(dated.days),
            )
        {
            return Ok(Some(PurgeReason::Dated));
        }
        Ok(None)
    }

    fn date_of(
        &self,
        about: About,
        dated: &Dated,
        head: Head,
        properties: &[u8],
    ) -> Result<Option<Day>, StoreError> {
        let label = match about {
            About::Node => {
                let label = self.schema.node(NodeLabelId(head.label));
                label.map(|label| (&label.label, &label.properties))
            }
            About::Edge => {
                let label = self.schema.edge(EdgeLabelId(head.label));
                label.map(|label| (&label.label, &label.properties))
            }
        };
        let Some((_, definitions)) = label.filter(|(name, _)| **name == dated.label) else {
            return Ok(None);
        };
        let position = definitions
            .iter()
            .position(|one| one.name == dated.property);
        let statement = read_statement(head, properties)?;
        let value = statement.properties.into_iter().find(|(id, _)| {
            let PropertyId(id) = *id;
            position == Some(usize::from(id))
        });
        Ok(match value {
            Some((_, Value::Date(date))) => Some(date.latest()),
            _ => None,
        })
    }
}

/// When a statement was said.
struct Said {
    /// The last delivery that said it.
    last: u32,
    /// Deltas and corrections of the records that said it.
    replacers: Vec<u32>,
}

/// A node or edge, and a source that speaks of it.
type Spoken<'a> = (u64, &'a str);

impl LoadBatch {
    /// The statements that go, and what is to be told of them.
    pub(super) fn find_due(
        &self,
        rules: &BTreeMap<String, Keeping>,
        day: Day,
    ) -> Result<(BTreeSet<Key>, Purged), StoreError> {
        let sources: HashMap<u16, &str> = self
            .markings
            .iter()
            .map(|(id, marking)| (id.0, marking.source.as_str()))
            .collect();
        let judge = self.judge(rules, day, &sources);
        let mut purged = Purged {
            day: day.to_string(),
            ..Purged::default()
        };
        let mut due = BTreeSet::new();
        // Nodes by source: with statements that go, and with some that stay.
        let mut left: HashSet<Spoken<'_>> = HashSet::new();
        let mut stays: HashSet<Spoken<'_>> = HashSet::new();
        let mut edges: Vec<(u64, u64, Head, [u64; 2])> = Vec::new();
        for about in [About::Node, About::Edge] {
            for entry in self.transaction.open_table(about.table())?.iter()? {
                let (key, value) = entry?;
                let (id, statement) = key.value();
                let (head, rest) = Head::read(value.value())?;
                let source = sources.get(&head.marking).copied().unwrap_or_default();
                let (ends, properties) = match about {
                    About::Node => (None, rest),
                    About::Edge => {
                        let (ends, properties) = read_ends(rest)?;
                        (Some(ends), properties)
                    }
                };
                let key = (about.byte(), id, statement);
                let reason = match judge.by_marking.contains_key(&head.marking) {
                    true => judge.reason(about, head, properties, &self.said(key, head)?)?,
                    false => None,
                };
                match (reason, ends) {
                    (Some(reason), ends) => {
                        due.insert(key);
                        purged.count(source, reason);
                        if ends.is_none() {
                            left.insert((id, source));
                        }
                    }
                    (None, None) => {
                        stays.insert((id, source));
                        *purged.kept.entry(source.to_owned()).or_default() += 1;
                    }
                    (None, Some((from, to))) => edges.push((id, statement, head, [from, to])),
                }
            }
        }
        for (id, statement, head, ends) in edges {
            let source = sources.get(&head.marking).copied().unwrap_or_default();
            let went = |node: &u64| {
                let spoken = (*node, source);
                left.contains(&spoken) && !stays.contains(&spoken)
            };
            if ends.iter().any(went) {
                due.insert((About::Edge.byte(), id, statement));
                purged.count(source, PurgeReason::AtNodeThatWent);
            } else {
                *purged.kept.entry(source.to_owned()).or_default() += 1;
            }
        }
        let without = purged
            .kept
            .keys()
            .filter(|source| !rules.contains_key(*source));
        purged.without_rule = without.cloned().collect();
        let identifiers = due.iter().flat_map(|&(about, id, statement)| {
            let words = [id, statement].map(u64::to_le_bytes);
            std::iter::once(about).chain(words.into_iter().flatten())
        });
        purged.digest = self.secret.digest(&identifiers.collect::<Vec<u8>>());
        Ok((due, purged))
    }

    fn judge<'a>(
        &'a self,
        rules: &'a BTreeMap<String, Keeping>,
        day: Day,
        sources: &HashMap<u16, &'a str>,
    ) -> Judge<'a> {
        let by_marking = sources.iter().filter_map(|(&marking, &source)| {
            let rule = rules.get(source)?;
            Some((marking, (rule, source)))
        });
        let day_of = |delivery: &Delivery| {
            let text = delivery.loaded_at.get(..10)?;
            text.parse::<Day>().ok()
        };
        let mut replacers: HashMap<&str, Vec<u32>> = HashMap::new();
        for (number, delivery) in &self.known_deliveries {
            if matches!(delivery.kind, DeliveryKind::Full | DeliveryKind::Withdrawal) {
                let of_source = replacers.entry(&delivery.source).or_default();
                of_source.push(*number);
            }
        }
        let loaded = self.known_deliveries.iter();
        Judge {
            day,
            schema: &self.schema,
            by_marking: by_marking.collect(),
            loaded: loaded
                .filter_map(|(number, one)| Some((*number, day_of(one)?)))
                .collect(),
            replacers,
        }
    }

    fn said(&self, key: Key, head: Head) -> Result<Said, StoreError> {
        let mut last = None;
        let mut replacers = Vec::new();
        for (record, ranges) in self.sayers(key)? {
            last = last.max(ranges.iter().map(|[_, to]| *to).max());
            if head.fallen {
                let deliveries = self.transaction.open_table(RECORD_DELIVERIES)?;
                replacers.extend(replacing(&deliveries, record)?);
            }
        }
        Ok(Said {
            last: last.unwrap_or(head.delivery),
            replacers,
        })
    }
}

impl Purged {
    fn count(&mut self, source: &str, reason: PurgeReason) {
        let of_source = self.sources.entry(source.to_owned()).or_default();
        *of_source.entry(reason).or_default() += 1;
    }
}
