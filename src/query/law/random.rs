//! Random worlds, callers and changes.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;

use super::strip::Change;
use super::world::{
    About, Alias, DELIVERIES, EDGE_LABELS, KEYS, Key, LABELS, MARKINGS, OPEN_MARKINGS, Rights,
    Saying, World, definitions, schema,
};
use crate::authz::Grant;
use crate::model::{
    ClassSet, Day, FindBy, PartialDate, Precision, PropertyClass, PropertyDef, TimeSpan, Validity,
    Value, ValueType,
};

const NAMES: [&str; 9] = [
    "Jansen",
    "Janssen Anna",
    "Jan de Boer",
    "Bos",
    "Bosman IJsbrand",
    "de Boer",
    "Çelik",
    "Janse",
    " ",
];
const NUMBERS: [&str; 4] = ["123", "1234", "12-34", "999993653"];
const ADDRESSES: [&str; 6] = [
    "Haven 1",
    "Haven 12",
    "Havenstraat 1",
    "1011AB 1",
    "1011 AB",
    "1012AB",
];

const SHAPES: [&str; 4] = [
    "POINT(155000 463000)",
    "POLYGON((155000 463000,155060 463000,155060 463400,155000 463000))",
    "SRID=4326;POINT(5.3999 52.1551)",
    "nowhere",
];

fn day(months: i32, days: i32) -> Day {
    // 2023-01-01 and months of 30 days: any calendar will do.
    Day::from_days(19_358 + months * 30 + days).unwrap()
}

fn partial_date() -> impl Strategy<Value = PartialDate> {
    prop_oneof![
        6 => (0..24, 0..3).prop_map(|(months, days)| PartialDate::day(day(months, days))),
        1 => (2022_i16..2026).prop_map(|year| "-".to_owned() + &year.to_string()).prop_map(|text| parse(&text[1..])),
        1 => (2022_i16..2026, 1..13).prop_map(|(year, month)| parse(&format!("{year}-{month:02}"))),
        1 => Just(PartialDate { first: Day::MIN, precision: Precision::Unknown }),
    ]
}

fn parse(text: &str) -> PartialDate {
    PartialDate::parse(text, crate::model::DateFormat::Iso)
        .unwrap()
        .unwrap()
}

fn validity() -> impl Strategy<Value = Validity> {
    let bound = || option::weighted(0.5, partial_date());
    prop_oneof![
        2 => Just(Validity::ALWAYS),
        3 => (bound(), bound()).prop_map(|(from, to)| {
            let validity = Validity { from, to };
            if validity.is_ordered() { validity } else { Validity { from, to: None } }
        }),
    ]
}

pub fn span() -> impl Strategy<Value = TimeSpan> {
    (any::<bool>(), 0..26).prop_map(|(until, months)| {
        let day = day(months, 1);
        if until {
            TimeSpan::Until(day)
        } else {
            TimeSpan::On(day)
        }
    })
}

/// A value of the property's type, from a small pool.
pub fn value(definition: &PropertyDef, pick: u8) -> Value {
    let of = |pool: &[&str]| Value::Text(pool[usize::from(pick) % pool.len()].to_owned());
    match (definition.value_type, definition.find) {
        (ValueType::Date, _) => Value::Date(PartialDate::day(day(i32::from(pick % 24), 0))),
        (ValueType::Integer, _) => Value::Integer(i64::from(pick % 3) + 1233),
        (ValueType::Decimal, _) => Value::Decimal(f64::from(pick % 3) / 2.0),
        (ValueType::Boolean, _) => Value::Boolean(pick.is_multiple_of(2)),
        (ValueType::Text, Some(FindBy::Number)) => of(&NUMBERS),
        (ValueType::Text, Some(FindBy::Address)) => of(&ADDRESSES),
        (ValueType::Text, Some(FindBy::Place)) => of(&SHAPES),
        (ValueType::Text, _) => of(&NAMES),
    }
}

fn key() -> impl Strategy<Value = Key> {
    (0..LABELS.len() as u8, 0..KEYS)
}

fn about() -> impl Strategy<Value = About> {
    prop_oneof![
        2 => key().prop_map(About::Node),
        3 => (0..EDGE_LABELS.len() as u8, key(), key(), 0_u8..2).prop_map(
            |(label, from, to, parallel)| About::Edge { label, from, to, parallel },
        ),
    ]
}

/// Which properties, and which of the pool's values.
type Picks = Vec<(u8, u8)>;

fn properties(about: &About, picks: Picks) -> BTreeMap<u8, Value> {
    let schema = schema();
    let definitions = definitions(&schema, about);
    let known = picks.into_iter().filter(|_| !definitions.is_empty());
    known
        .map(|(property, pick)| {
            let property = usize::from(property) % definitions.len();
            (property as u8, value(&definitions[property], pick))
        })
        .collect()
}

fn place() -> impl Strategy<Value = (u32, u16, u32)> {
    (0..DELIVERIES, 0_u16..2, 1_u32..4)
}

pub fn saying() -> impl Strategy<Value = Saying> {
    let picks = vec(any::<(u8, u8)>(), 0..4);
    (about(), 0..MARKINGS, validity(), picks, place()).prop_map(
        |(about, marking, validity, picks, (delivery, file, line))| Saying {
            properties: properties(&about, picks),
            about,
            marking,
            validity,
            delivery,
            file,
            line,
        },
    )
}

/// What is said of something once more: elsewhere, with other words, under another marking, or of another time.
type Echo = (
    Index,
    Option<Picks>,
    Option<usize>,
    Option<Validity>,
    (u32, u16, u32),
);

fn echo() -> impl Strategy<Value = Echo> {
    (
        any::<Index>(),
        option::of(vec(any::<(u8, u8)>(), 0..4)),
        option::weighted(0.3, 0..MARKINGS),
        option::weighted(0.3, validity()),
        place(),
    )
}

fn add_echo(sayings: &mut Vec<Saying>, echo: Echo) {
    let (of, picks, marking, validity, (delivery, file, line)) = echo;
    if sayings.is_empty() {
        return;
    }
    let said = of.get(sayings).clone();
    sayings.push(Saying {
        properties: match picks {
            Some(picks) => properties(&said.about, picks),
            None => said.properties,
        },
        marking: marking.unwrap_or(said.marking),
        validity: validity.unwrap_or(said.validity),
        delivery,
        file,
        line,
        ..said
    });
}

fn alias() -> impl Strategy<Value = Alias> {
    let marking = (0..OPEN_MARKINGS.len()).prop_map(|position| OPEN_MARKINGS[position]);
    (marking, 0_u8..2, 0..KEYS, 0..KEYS, validity()).prop_map(
        |(marking, label, from, to, validity)| Alias {
            marking,
            label,
            from,
            to,
            validity,
        },
    )
}

pub fn world() -> impl Strategy<Value = World> {
    (vec(saying(), 0..90), vec(echo(), 0..40), vec(alias(), 0..4)).prop_map(
        |(mut sayings, echoes, aliases)| {
            for echo in echoes {
                add_echo(&mut sayings, echo);
            }
            World {
                sayings,
                aliases,
                marking_order: (0..MARKINGS).collect(),
                deliveries_before: 0,
            }
        },
    )
}

fn classes() -> impl Strategy<Value = ClassSet> {
    let some = |bits: u8| {
        let mut set = ClassSet::EMPTY;
        for (class, bit) in PropertyClass::ALL.into_iter().zip(0..) {
            if bits >> bit & 1 == 1 {
                set.insert(class);
            }
        }
        set
    };
    prop_oneof![Just(127), Just(0), any::<u8>()].prop_map(some)
}

pub fn rights() -> impl Strategy<Value = Rights> {
    vec(option::weighted(0.65, (classes(), 0..3)), MARKINGS).prop_map(|grants| {
        let grant = |grant: Option<(ClassSet, i32)>| match grant {
            None => Grant::default(),
            Some((classes, rule)) => Grant {
                classes: Some(classes),
                rules: vec![format!("rule-{rule}")],
            },
        };
        Rights(grants.into_iter().map(grant).collect())
    })
}

pub fn change() -> impl Strategy<Value = Change> {
    let words = prop_oneof![
        3 => (0..NAMES.len()).prop_map(|name| Value::Text(NAMES[name].to_owned())),
        1 => (0..NUMBERS.len()).prop_map(|number| Value::Text(NUMBERS[number].to_owned())),
    ];
    (
        vec(any::<u8>(), 1..60),
        vec(saying(), 0..40),
        vec(words, 1..9),
        Just((0..MARKINGS).collect::<Vec<usize>>()).prop_shuffle(),
        0_u32..4,
        vec(alias(), 0..4),
    )
        .prop_map(
            |(fates, more, words, marking_order, deliveries_before, more_aliases)| Change {
                more_aliases,
                fates,
                more,
                words,
                marking_order,
                deliveries_before,
            },
        )
}
