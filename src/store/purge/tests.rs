//! What goes is gone from every table and every byte; what stays is as if the rest had never been said.

use proptest::prelude::*;

use super::super::standing::tests::{
    Fact, SECRET, Step, day_of, delivery, held, load, play, saying, schema, stated, steps, time_of,
};
use super::super::{Said, Saying, check};
use super::*;
use crate::model::{DeliveryKind, PartialDate, PropertyId, Validity, Value};
use crate::store::codec::damaged;

/// Takes out by a rule for the source `s`.
fn purge(store: &Store, rule: Keeping, day: Day, remove: bool) -> Purged {
    let rules = BTreeMap::from([("s".to_owned(), rule)]);
    let nothing = |_: &mut RecordChange<'_>, _: &Purged| Ok::<(), StoreError>(());
    store
        .purge(&rules, day, &time_of(99), remove, nothing)
        .unwrap()
        .0
}

fn all() -> Keeping {
    Keeping {
        said_days: Some(0),
        ..Keeping::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_stays_is_as_if_the_rest_had_never_been_said(steps in steps()) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s.redb");
        let store = Store::open_or_create(&path, || SECRET).unwrap();
        let said = play(&store, &steps);
        drop(store);
        let before = held(&path);
        let store = Store::open(&path).unwrap();
        let found = purge(&store, all(), day_of(99), false);
        drop(store);
        let still = held(&path);
        prop_assert_eq!(&before, &still, "looking changes nothing");

        let store = Store::open(&path).unwrap();
        let went = purge(&store, all(), day_of(99), true);
        prop_assert_eq!(&found, &went);
        let past = store.after(store.last_by(day_of(50)).unwrap()).unwrap();
        let nodes_then = past.snapshot.node_count();
        drop((past, store));
        rewrite(&path, &mut |_| {}).unwrap();
        let checked = check(&path).unwrap();
        prop_assert!(checked.is_whole(), "{:?}", checked);

        let fresh = directory.path().join("fresh.redb");
        let other_store = Store::open_or_create(&fresh, || SECRET).unwrap();
        let other: Vec<Step> = said.get("other").map(|facts| Step::Other(facts.iter().copied().collect())).into_iter().collect();
        play(&other_store, &other);
        prop_assert_eq!(nodes_then, other_store.newest().unwrap().snapshot.node_count());
        drop(other_store);
        let ((_, index, stands), (_, index_fresh, stands_fresh)) = (held(&path), held(&fresh));
        prop_assert_eq!(stands, stands_fresh);
        prop_assert_eq!(index.len(), index_fresh.len());

        let bytes = std::fs::read(&path).unwrap();
        let gone: Vec<String> = said.get("s").into_iter().flatten().filter(|fact| !said.get("other").is_some_and(|other| other.contains(fact))).filter_map(text_of).collect();
        for text in gone {
            prop_assert!(!holds(&bytes, &text), "`{}` lies in the file still", text);
        }
    }
}

fn text_of(fact: &Fact) -> Option<String> {
    match fact {
        Fact::Name(street, name) => Some(format!("Straat{name} {street}")),
        Fact::Tie(..) => None,
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

fn fresh_store(directory: &tempfile::TempDir) -> Store {
    Store::open_or_create(&directory.path().join("s.redb"), || SECRET).unwrap()
}

#[test]
fn each_reason_ends_on_its_day_and_not_before() {
    let directory = tempfile::tempdir().unwrap();
    let store = fresh_store(&directory);
    // On day 0 one street is named, on day 10 renamed; on day 30 another is told of beside it.
    let name = |record, street, name| stated(&[(record, Fact::Name(street, name))]);
    load(
        &store,
        &delivery("s", 0, DeliveryKind::Delta),
        &name(0, 0, 0),
    );
    load(
        &store,
        &delivery("s", 10, DeliveryKind::Delta),
        &name(0, 0, 1),
    );
    load(
        &store,
        &delivery("s", 30, DeliveryKind::Delta),
        &name(1, 1, 0),
    );
    let due = |rule: &Keeping, day: usize| purge(&store, rule.clone(), day_of(day), false);
    let reasons = |purged: &Purged| purged.sources.get("s").cloned().unwrap_or_default();

    let fallen = Keeping {
        fallen_days: Some(5),
        ..Keeping::default()
    };
    assert_eq!(due(&fallen, 14).statements(), 0);
    let one = BTreeMap::from([(PurgeReason::Fallen, 1)]);
    assert_eq!(reasons(&due(&fallen, 15)), one, "the old name alone");
    assert_eq!(reasons(&due(&fallen, 90)), one);
    assert_eq!(
        due(&fallen, 90).node_count,
        0,
        "the street has another name"
    );

    let said = Keeping {
        said_days: Some(7),
        ..Keeping::default()
    };
    assert_eq!(due(&said, 6).statements(), 0);
    assert_eq!(due(&said, 7).statements(), 1);
    assert_eq!(due(&said, 17).statements(), 2);
    assert_eq!(
        (due(&said, 37).statements(), due(&said, 37).node_count),
        (3, 2)
    );

    // What is still said is not past its days.
    load(
        &store,
        &delivery("s", 40, DeliveryKind::Delta),
        &stated(&[(1, Fact::Name(1, 0)), (2, Fact::Name(2, 0))]),
    );
    let due = purge(&store, said, day_of(46), false);
    assert_eq!(reasons(&due), BTreeMap::from([(PurgeReason::Said, 2)]));
}

fn dated(number: u8, date: &str, to: Option<&str>) -> Saying {
    let schema = schema();
    let (signal, definition) = schema.node_label("Signal").unwrap();
    let place = |name: &str| {
        definition
            .properties
            .iter()
            .position(|one| one.name == name)
            .unwrap()
    };
    let date = PartialDate::parse(date, crate::model::DateFormat::default())
        .unwrap()
        .unwrap();
    let mut saying = saying(&schema, None, None, "s");
    saying.said = Said::Node {
        label: signal,
        key: format!("text:s{number}"),
        properties: vec![(PropertyId(place("date") as u8), Value::Date(date))],
        validity: Validity {
            to: to.map(|day| PartialDate::day(day.parse().unwrap())),
            ..Validity::ALWAYS
        },
    };
    saying
}

#[test]
fn dates_and_ends_count_as_they_stand_and_edges_go_with_their_node() {
    let directory = tempfile::tempdir().unwrap();
    let store = fresh_store(&directory);
    let mut batch = store.begin_load(schema()).unwrap();
    let known = batch.schema().clone();
    for saying in [
        dated(0, "2026-01-05", None),
        dated(1, "2026-01", None),
        dated(2, "2026-03-01", Some("2026-02-01")),
        saying(&known, Some(Fact::Name(0, 0)), None, "other"),
        saying(&known, Some(Fact::Tie(0, 0)), None, "s"),
        saying(&known, Some(Fact::Tie(2, 0)), None, "s"),
    ] {
        batch.add(&saying).unwrap();
    }
    batch
        .commit(&delivery("s", 0, DeliveryKind::Addition))
        .unwrap();
    let by_date = Keeping {
        dated: Some(Dated {
            label: "Signal".to_owned(),
            property: "date".to_owned(),
            days: 10,
        }),
        ..Keeping::default()
    };
    let reasons = |rule: &Keeping, day: &str| {
        let purged = purge(&store, rule.clone(), day.parse().unwrap(), false);
        purged.sources.get("s").cloned().unwrap_or_default()
    };
    assert!(reasons(&by_date, "2026-01-14").is_empty());
    let first = BTreeMap::from([(PurgeReason::Dated, 1), (PurgeReason::AtNodeThatWent, 1)]);
    assert_eq!(reasons(&by_date, "2026-01-15"), first);
    // Of a month that is known, its last day counts.
    assert_eq!(reasons(&by_date, "2026-02-09"), first);
    assert_eq!(
        reasons(&by_date, "2026-02-10").get(&PurgeReason::Dated),
        Some(&2)
    );
    let by_end = Keeping {
        ended_days: Some(3),
        ..Keeping::default()
    };
    assert!(reasons(&by_end, "2026-02-03").is_empty());
    assert_eq!(
        reasons(&by_end, "2026-02-04").get(&PurgeReason::Ended),
        Some(&1)
    );

    let went = purge(&store, by_date, "2026-01-15".parse().unwrap(), true);
    assert_eq!((went.node_count, went.edge_count), (1, 1));
    assert_eq!(went.without_rule, ["other"]);
    let proof = store.purges().unwrap();
    assert_eq!((proof.len(), &proof[0].purged.digest), (1, &went.digest));
    assert!(store.is_to_be_rewritten().unwrap());
    let path = store.path().to_owned();
    drop(store);
    rewrite(&path, &mut |_| {}).unwrap();
    let store = Store::open(&path).unwrap();
    assert!(!store.is_to_be_rewritten().unwrap());
    assert_eq!(store.purges().unwrap(), proof);
    drop(store);
    assert!(check(&path).unwrap().is_whole());
}

#[test]
fn where_the_deed_cannot_be_recorded_nothing_goes() {
    let directory = tempfile::tempdir().unwrap();
    let store = fresh_store(&directory);
    load(
        &store,
        &delivery("s", 0, DeliveryKind::Addition),
        &stated(&[(0, Fact::Name(0, 0))]),
    );
    let rules = BTreeMap::from([("s".to_owned(), all())]);
    let told: Result<(Purged, ()), StoreError> =
        store.purge(&rules, day_of(9), &time_of(9), true, |_, _| {
            Err(damaged("the log is full"))
        });
    assert!(told.is_err());
    assert_eq!(store.newest().unwrap().snapshot.node_count(), 1);
    assert!(store.purges().unwrap().is_empty());
}
