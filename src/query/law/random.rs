//! Random worlds, callers and changes.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::strip::Change;
use super::world::{
    About, Alias, DELIVERIES, EDGE_LABELS, KEYS, Key, LABELS, MARKINGS, Rights, Saying, World,
    definitions, schema,
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

pub fn saying() -> impl Strategy<Value = Saying> {
    let place = (0..DELIVERIES, 0_u16..2, 1_u32..4);
    (
        about(),
        0..MARKINGS,
        validity(),
        vec(any::<(u8, u8)>(), 0..4),
        place,
    )
        .prop_map(
            |(about, marking, validity, picks, (delivery, file, line))| {
                let schema = schema();
                let definitions = definitions(&schema, &about);
                let mut properties = BTreeMap::new();
                for (property, pick) in picks {
                    if !definitions.is_empty() {
                        let property = usize::from(property) % definitions.len();
                        properties.insert(property as u8, value(&definitions[property], pick));
                    }
                }
                Saying {
                    about,
                    marking,
                    validity,
                    properties,
                    delivery,
                    file,
                    line,
                }
            },
        )
}

fn alias() -> impl Strategy<Value = Alias> {
    (0_u8..2, 0..KEYS, 0..KEYS, validity()).prop_map(|(label, from, to, validity)| Alias {
        label,
        from,
        to,
        validity,
    })
}

pub fn world() -> impl Strategy<Value = World> {
    (vec(saying(), 0..110), vec(alias(), 0..4)).prop_map(|(sayings, aliases)| World {
        sayings,
        aliases,
        marking_order: (0..MARKINGS).collect(),
        deliveries_before: 0,
    })
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
        0_u32..3,
    )
        .prop_map(
            |(fates, more, words, marking_order, deliveries_before)| Change {
                fates,
                more,
                words,
                marking_order,
                deliveries_before,
            },
        )
}
