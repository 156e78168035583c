//! What stands is what a plain replay of the deliveries leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use redb::{ReadableDatabase, ReadableTable};

use super::super::tables::{EDGE_STATEMENTS, FIND, NODE_STATEMENTS};
use super::super::{Opened, Said, Saying, Store, arrays, check};
use super::*;
use crate::graph::Archive;
use crate::model::{Day, EdgeId, Level, Marking, PropertyId, Schema, Validity, Value};
use crate::store::tables::SNAPSHOT;

pub(in crate::store) const SECRET: [u8; 32] = [7; 32];

/// What is said: of a street its name, or that a person has one as neighbour; by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) enum Fact {
    Name(u8, u8),
    Tie(u8, u8),
}

/// A fact, and the record that states it.
pub(in crate::store) type Stated = (Option<u8>, Fact);

#[derive(Debug, Clone)]
pub(in crate::store) enum Step {
    /// A delivery: its kind, what records say, and records that say nothing.
    Deliver(DeliveryKind, Vec<Stated>, Vec<u8>),
    /// Another source says what the first says too.
    Other(Vec<Fact>),
    /// The delivery at this place among those that are there is taken back.
    Withdraw(prop::sample::Index),
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (0..3_u8, 0..2_u8).prop_map(|(street, name)| Fact::Name(street, name)),
        (0..3_u8, 0..3_u8).prop_map(|(from, to)| Fact::Tie(from, to)),
    ]
}

fn deliver(kinds: Vec<DeliveryKind>) -> impl Strategy<Value = Step> {
    let stated = (prop::option::weighted(0.8, 0..3_u8), fact());
    let said = prop::collection::vec(stated, 0..6);
    let nothing = prop::collection::vec(0..3_u8, 0..2);
    (prop::sample::select(kinds), said, nothing)
        .prop_map(|(kind, said, nothing)| Step::Deliver(kind, said, nothing))
}

const ALL: [DeliveryKind; 4] = [
    DeliveryKind::Addition,
    DeliveryKind::Full,
    DeliveryKind::Delta,
    DeliveryKind::Correction,
];

/// Any deliveries; at most one is taken back.
pub(in crate::store) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let other = prop::collection::vec(fact(), 1..3).prop_map(Step::Other);
    let step = prop_oneof![6 => deliver(ALL.to_vec()), 1 => other];
    let steps = prop::collection::vec(step, 1..8);
    let withdrawal = prop::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>()));
    (steps, withdrawal).prop_map(|(mut steps, withdrawal)| {
        if let Some((place, which)) = withdrawal {
            steps.insert(place.index(steps.len()) + 1, Step::Withdraw(which));
        }
        steps
    })
}

/// Deliveries that take the place of others, of which any number is taken back.
fn replacing_steps() -> impl Strategy<Value = Vec<Step>> {
    let kinds = vec![DeliveryKind::Full, DeliveryKind::Full, DeliveryKind::Full];
    let withdraw = any::<prop::sample::Index>().prop_map(Step::Withdraw);
    prop::collection::vec(prop_oneof![3 => deliver(kinds), 1 => withdraw], 1..10)
}

fn marking(source: &str) -> Arc<Marking> {
    Arc::new(Marking {
        organisation: "o".to_owned(),
        department: "d".to_owned(),
        level: Level::Intern,
        source: source.to_owned(),
        purposes: BTreeSet::new(),
    })
}

pub(in crate::store) fn schema() -> Schema {
    Schema::municipal().unwrap()
}

pub(in crate::store) fn saying(
    schema: &Schema,
    fact: Option<Fact>,
    record: Option<u8>,
    source: &str,
) -> Saying {
    let key = |kind: char, number: u8| format!("text:{kind}{number}");
    let (address, definition) = schema.node_label("Address").unwrap();
    let (signal, _) = schema.node_label("Signal").unwrap();
    let place = |name: &str| {
        definition
            .properties
            .iter()
            .position(|one| one.name == name)
    };
    let said = match fact {
        None => Said::Nothing,
        Some(Fact::Name(street, name)) => Said::Node {
            label: address,
            key: key('a', street),
            properties: vec![(
                PropertyId(place("full_address").unwrap() as u8),
                Value::Text(format!("Straat{name} {street}")),
            )],
            validity: Validity::ALWAYS,
        },
        Some(Fact::Tie(from, to)) => Said::Edge {
            label: schema.edge_label("ABOUT").unwrap().0,
            from: (signal, key('s', from)),
            to: (address, key('a', to)),
            discriminator: String::new(),
            properties: Vec::new(),
            validity: Validity::ALWAYS,
        },
    };
    Saying {
        said,
        marking: marking(source),
        file: 0,
        line: 1,
        record: record.map(|record| format!("r{record}").into()),
    }
}

pub(in crate::store) fn time_of(step: usize) -> String {
    format!("{}T12:00:00Z", day_of(step))
}

pub(in crate::store) fn delivery(source: &str, number: usize, kind: DeliveryKind) -> Delivery {
    Delivery {
        source: source.to_owned(),
        title: "S".to_owned(),
        name: format!("d{number}"),
        files: vec!["f".to_owned()],
        loaded_at: time_of(number),
        kind,
        withdraws: None,
        outcome: None,
    }
}

/// Loads facts; tells whether anything changed.
pub(in crate::store) fn load(
    store: &Store,
    delivery: &Delivery,
    stated: &[(Option<u8>, Option<Fact>)],
) -> bool {
    let batch = store.begin_load(schema()).unwrap();
    let mut batch = batch.with_superseded_share_max(1.0);
    let schema = batch.schema().clone();
    for &(record, fact) in stated {
        batch
            .add(&saying(&schema, fact, record, &delivery.source))
            .unwrap();
    }
    let summary = batch.commit(delivery).unwrap();
    summary.added + summary.superseded + summary.restored > 0
}

/// What a delivery that was kept says, for the replay.
#[derive(Debug, Clone)]
struct Kept {
    name: String,
    kind: DeliveryKind,
    said: Vec<Stated>,
    records: BTreeSet<u8>,
}

/// What stands after some deliveries: each record's facts by themselves.
fn replay(kept: &[Kept]) -> BTreeSet<Fact> {
    let mut by_record: BTreeMap<Option<u8>, BTreeSet<Fact>> = BTreeMap::new();
    for one in kept {
        match one.kind {
            DeliveryKind::Full => by_record.clear(),
            DeliveryKind::Delta | DeliveryKind::Correction => {
                for record in &one.records {
                    by_record.remove(&Some(*record));
                }
            }
            DeliveryKind::Addition | DeliveryKind::Withdrawal => {}
        }
        for &(record, fact) in &one.said {
            by_record.entry(record).or_default().insert(fact);
        }
    }
    by_record.into_values().flatten().collect()
}

/// The graph, the index of names, and the statements that stand, as a store holds them.
pub(in crate::store) fn held(path: &Path) -> (String, Vec<Vec<u8>>, BTreeSet<Key>) {
    let store = Store::open(path).unwrap();
    let transaction = store.database.begin_read().unwrap();
    let arrays = arrays::read(&transaction.open_table(SNAPSHOT).unwrap()).unwrap();
    let find = transaction.open_table(FIND).unwrap();
    let index = find.iter().unwrap();
    let index = index.map(|row| row.unwrap().0.value().to_vec()).collect();
    let mut stands = BTreeSet::new();
    for (about, definition) in [(b'n', NODE_STATEMENTS), (b'e', EDGE_STATEMENTS)] {
        for row in transaction.open_table(definition).unwrap().iter().unwrap() {
            let (key, value) = row.unwrap();
            if !Head::read(value.value()).unwrap().0.fallen {
                stands.insert((about, key.value().0, key.value().1));
            }
        }
    }
    (format!("{arrays:?}"), index, stands)
}

/// The graph and every statement, as a revision reads them.
fn seen(opened: &Opened) -> String {
    let arrays = opened.snapshot.arrays();
    let mut told = format!("{arrays:?}");
    for &id in &arrays.node_ids {
        let statements = opened.revision.node_statements(NodeId::from_bits(id));
        told.push_str(&format!("{statements:?}"));
    }
    for &id in &arrays.edge_ids {
        let statements = opened.revision.edge_statements(EdgeId::from_bits(id));
        told.push_str(&format!("{statements:?}"));
    }
    told
}

/// A day for each step.
pub(in crate::store) fn day_of(step: usize) -> Day {
    let first: Day = "2026-01-01".parse().unwrap();
    first.plus(step as i32)
}

/// What the records of a delivery state, some of them nothing.
fn stated_by(said: &[Stated], nothing: &[u8]) -> Vec<(Option<u8>, Option<Fact>)> {
    let facts = said.iter().map(|&(record, fact)| (record, Some(fact)));
    let none = nothing.iter().map(|&record| (Some(record), None));
    facts.chain(none).collect()
}

/// What no record states.
fn stated_plainly<'a>(
    facts: impl IntoIterator<Item = &'a Fact>,
) -> Vec<(Option<u8>, Option<Fact>)> {
    let facts = facts.into_iter();
    facts.map(|&fact| (None, Some(fact))).collect()
}

/// Runs steps on a store, and tells what each source ever said.
pub(in crate::store) fn play(
    store: &Store,
    steps: &[Step],
) -> BTreeMap<&'static str, BTreeSet<Fact>> {
    let mut said: BTreeMap<&'static str, BTreeSet<Fact>> = BTreeMap::new();
    let mut kept: Vec<String> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Deliver(kind, facts, nothing) => {
                let stated = stated_by(facts, nothing);
                if load(store, &delivery("s", number, *kind), &stated) {
                    kept.push(format!("d{number}"));
                }
                let of_source = said.entry("s").or_default();
                of_source.extend(facts.iter().map(|(_, fact)| *fact));
            }
            Step::Other(facts) => {
                let stated = stated_plainly(facts);
                let other = delivery("other", number, DeliveryKind::Addition);
                load(store, &other, &stated);
                said.entry("other").or_default().extend(facts);
            }
            Step::Withdraw(which) if !kept.is_empty() => {
                let name = kept.remove(which.index(kept.len()));
                store.withdraw(&name, None, &time_of(number)).unwrap();
            }
            Step::Withdraw(_) => {}
        }
    }
    said
}

/// Runs steps on a store and on the replay, and compares what is held with a store that was told what stands at once.
fn run(steps: &[Step]) -> Result<(), TestCaseError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.redb");
    let store = Store::open_or_create(&path, || SECRET).unwrap();
    let mut kept: Vec<Kept> = Vec::new();
    let mut other: BTreeSet<Fact> = BTreeSet::new();
    let mut seen_by_day = vec![(day_of(0).plus(-1), seen(&store.newest().unwrap()))];
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Deliver(kind, said, nothing) => {
                let stated = stated_by(said, nothing);
                let changed = load(&store, &delivery("s", number, *kind), &stated);
                let records = stated.iter().filter_map(|(record, _)| *record).collect();
                if changed {
                    kept.push(Kept {
                        name: format!("d{number}"),
                        kind: *kind,
                        said: said.clone(),
                        records,
                    });
                }
            }
            Step::Other(facts) => {
                let stated = stated_plainly(facts);
                load(
                    &store,
                    &delivery("other", number, DeliveryKind::Addition),
                    &stated,
                );
                other.extend(facts);
            }
            Step::Withdraw(which) if !kept.is_empty() => {
                let gone = kept.remove(which.index(kept.len()));
                store.withdraw(&gone.name, None, &time_of(number)).unwrap();
            }
            Step::Withdraw(_) => {}
        }
        seen_by_day.push((day_of(number), seen(&store.newest().unwrap())));
    }
    for (day, told) in seen_by_day {
        let last = store.last_by(day).unwrap();
        // Before the first load there are no arrays, and none are built.
        if last.is_some() {
            prop_assert_eq!(seen(&store.after(last).unwrap()), told, "known on {}", day);
        } else {
            prop_assert_eq!(store.after(None).unwrap().snapshot.node_count(), 0);
        }
    }
    let facts = replay(&kept);
    let now = store.newest().unwrap().revision;
    drop((now, store));
    let fresh = directory.path().join("fresh.redb");
    let other_store = Store::open_or_create(&fresh, || SECRET).unwrap();
    // Markings are numbered in order of arrival: the source that came first comes first.
    let first_is_other = matches!(steps.first(), Some(Step::Other(_)));
    let mut sources = [("s", &facts), ("other", &other)];
    if first_is_other {
        sources.reverse();
    }
    for (source, facts) in sources {
        let stated = stated_plainly(facts);
        load(
            &other_store,
            &delivery(source, 0, DeliveryKind::Addition),
            &stated,
        );
    }
    drop(other_store);
    let (arrays, index, stands) = held(&path);
    let (arrays_fresh, index_fresh, stands_fresh) = held(&fresh);
    prop_assert_eq!(stands, stands_fresh);
    // Where only one source says something its marking may have another number in a store that the other never told.
    if other.is_empty() && !facts.is_empty() {
        prop_assert_eq!(index, index_fresh);
        prop_assert_eq!(arrays, arrays_fresh);
    }
    let checked = check(&path).unwrap();
    prop_assert!(checked.is_whole(), "{:?}", checked);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_stands_is_what_a_replay_leaves(steps in steps()) {
        run(&steps)?;
    }

    #[test]
    fn any_number_of_full_deliveries_can_be_taken_back(steps in replacing_steps()) {
        run(&steps)?;
    }
}

pub(in crate::store) fn stated(facts: &[(u8, Fact)]) -> Vec<(Option<u8>, Option<Fact>)> {
    facts
        .iter()
        .map(|&(record, fact)| (Some(record), Some(fact)))
        .collect()
}

#[test]
fn a_full_delivery_that_leaves_out_too_much_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s.redb");
    let store = Store::open_or_create(&path, || SECRET).unwrap();
    let all: Vec<(u8, Fact)> = (0..10)
        .map(|street| (street, Fact::Name(street, 0)))
        .collect();
    load(&store, &delivery("s", 0, DeliveryKind::Full), &stated(&all));
    let attempt = |facts: &[(u8, Fact)]| {
        let mut batch = store.begin_load(schema()).unwrap();
        let schema = batch.schema().clone();
        for (record, fact) in stated(facts) {
            batch.add(&saying(&schema, fact, record, "s")).unwrap();
        }
        batch.commit(&delivery("s", 1, DeliveryKind::Full))
    };
    let error = attempt(&all[..7]).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::TooMuchSuperseded {
                falls: 3,
                stood: 10,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(store.newest().unwrap().snapshot.node_count(), 10);
    assert_eq!(attempt(&all[..8]).unwrap().superseded, 2);
    assert_eq!(store.newest().unwrap().snapshot.node_count(), 8);
}

#[test]
fn a_delivery_is_taken_back_once_and_by_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open_or_create(&directory.path().join("s.redb"), || SECRET).unwrap();
    load(
        &store,
        &delivery("s", 0, DeliveryKind::Addition),
        &stated(&[(0, Fact::Name(0, 0))]),
    );
    let time = "2026-01-02T00:00:00Z";
    let unknown = |name: &str| {
        let told = store.withdraw(name, None, time);
        assert!(matches!(told, Err(StoreError::NoDelivery(_))), "{told:?}");
    };
    unknown("d1");
    assert_eq!(store.withdraw("d0", None, time).unwrap().superseded, 1);
    unknown("d0");
    let deliveries = store.deliveries().unwrap();
    assert_eq!(deliveries[1].withdraws, Some(0));
    assert_eq!(store.newest().unwrap().snapshot.node_count(), 0);
}

#[test]
fn scans_are_told_where_something_fell() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open_or_create(&directory.path().join("s.redb"), || SECRET).unwrap();
    let first = stated(&[
        (0, Fact::Name(0, 0)),
        (1, Fact::Name(1, 0)),
        (2, Fact::Tie(2, 1)),
    ]);
    load(&store, &delivery("s", 0, DeliveryKind::Delta), &first);
    // Another name: the node stays.
    load(
        &store,
        &delivery("s", 1, DeliveryKind::Delta),
        &stated(&[(0, Fact::Name(0, 1))]),
    );
    let seen = |after: u64| {
        let loads = store.touched(after, after + 1).unwrap().unwrap();
        loads[0].seen(|_| true).map(|nodes| nodes.len())
    };
    assert_eq!(seen(1), Some(1));
    // The last that was said of it: it is gone, and nothing is found from it.
    load(
        &store,
        &delivery("s", 2, DeliveryKind::Delta),
        &[(Some(0), None)],
    );
    assert_eq!(seen(2), None);
}
