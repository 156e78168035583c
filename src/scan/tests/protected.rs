//! No trick names a protected property.

use crate::authz::Grant;
use crate::model::{Day, PropertyClass, TimeSpan};
use crate::model::{Schema, Validity, Value};
use crate::query::law::read::open;
use crate::query::law::world::{About, MARKINGS, Rights, Saying, World, class_set, schema};
use crate::scan::lang::{Declared, compile};
use crate::scan::{QueryRequest, QueryTime, ask};

/// Each with the code of its refusal.
const TRICKS: [(&str, &str); 30] = [
    ("V170", "MATCH (n:Subject) RETURN n.religion"),
    ("V170", "MATCH (n:Subject) RETURN n.`religion`"),
    ("V170", "MATCH (n:Subject {religion: 'x'}) RETURN n"),
    (
        "V170",
        "MATCH (n:Subject) WHERE n.religion IS NOT NULL RETURN n",
    ),
    ("V170", "MATCH (n:Subject) WITH n AS m RETURN m.religion"),
    (
        "V170",
        "MATCH (n:Subject) WITH collect(n) AS all RETURN head(all).religion",
    ),
    (
        "V170",
        "MATCH (n:Subject) WITH collect(n) AS all UNWIND all AS one RETURN one.religion",
    ),
    ("V170", "MATCH (n:Subject) RETURN [x IN [n] | x.religion]"),
    ("V170", "MATCH (n:Subject) RETURN {m: n}.m.religion"),
    (
        "V170",
        "MATCH p = (n:Subject)-->() RETURN nodes(p)[0].religion",
    ),
    ("V170", "MATCH (n:Subject) RETURN count(n.religion)"),
    ("V170", "MATCH (n:Subject) RETURN n ORDER BY n.religion"),
    (
        "V170",
        "MATCH (n) WHERE EXISTS { (n)--(m) WHERE m.religion = 'x' } RETURN n",
    ),
    ("V170", "MATCH (n) RETURN COUNT { (n)--({religion: 'x'}) }"),
    ("V170", "MATCH (n) WHERE (n)--({religion: 'x'}) RETURN n"),
    ("V170", "MATCH (n) RETURN [(n)--(m) | m.religion]"),
    (
        "V170",
        "MATCH (n:Subject) RETURN coalesce(n.city, n.religion)",
    ),
    (
        "V170",
        "MATCH (n:Subject) RETURN CASE n.religion WHEN 'x' THEN 1 END",
    ),
    (
        "V170",
        "MATCH (n:Subject) WHERE any(x IN [n] WHERE x.religion = 'x') RETURN n",
    ),
    ("V170", "MATCH (n:Subject) RETURN n['religion']"),
    ("V170", "MATCH (n)-[r:MET {religion: 1}]->() RETURN n"),
    ("V171", "MATCH (n:Subject) RETURN n['reli' + 'gion']"),
    ("V171", "MATCH (n:Subject) RETURN n[toLower('RELIGION')]"),
    (
        "V171",
        "MATCH (n:Subject) UNWIND ['religion'] AS key RETURN n[key]",
    ),
    (
        "V171",
        "MATCH (n:Subject) RETURN head([n])[head(['religion'])]",
    ),
    ("V172", "MATCH (n:Subject) RETURN properties(n)"),
    ("V172", "MATCH (n:Subject) RETURN keys(n)"),
    ("V172", "MATCH (n:Subject) RETURN properties(head([n]))"),
    ("V172", "MATCH (n:Subject) WITH properties(n) AS p RETURN p"),
    ("V102", "MATCH (n:Subject) RETURN n {.*}"),
];

#[test]
fn every_trick_is_refused_at_compile_time() {
    let schema = schema();
    let declared = Declared {
        complete: vec!["Subject".to_owned()],
        ..Declared::default()
    };
    for (code, text) in TRICKS {
        let messages = compile("trick", text, &schema, &declared).unwrap_err();
        assert_eq!(messages[0].code, code, "{text}: {}", messages[0]);
    }
}

#[test]
fn a_protected_property_of_an_extension_is_refused_whatever_its_name() {
    let mut schema = Schema::municipal().unwrap();
    schema
        .extend_with(
            "[[node]]\nlabel='Person'\ntitle={nl='Persoon',en='Person'}\nkeys=[]\nproperties=[\n\
            {name='group_code',type='text',class='protected',title={nl='x',en='x'}}]\n",
        )
        .unwrap();
    for text in [
        "MATCH (p:Person) RETURN p.group_code",
        "MATCH (p:Person)--(q) RETURN [x IN [q] | x.group_code]",
        "MATCH (p:Person {group_code: '1'}) RETURN p",
    ] {
        let messages = compile("trick", text, &schema, &Declared::default()).unwrap_err();
        assert_eq!(messages[0].code, "V170", "{text}");
    }
}

#[test]
fn a_protected_value_is_in_no_answer() {
    const SECRET: &str = "bijzonder geloof";
    let saying = |number, properties: Vec<(u8, Value)>| Saying {
        about: About::Node((0, number)),
        marking: 0,
        validity: Validity::ALWAYS,
        properties: properties.into_iter().collect(),
        delivery: 0,
        file: 0,
        line: 1,
    };
    let world = World {
        sayings: vec![saying(
            1,
            vec![
                (5, Value::Text(SECRET.to_owned())),
                (6, Value::Text("Bos".to_owned())),
            ],
        )],
        aliases: Vec::new(),
        marking_order: (0..MARKINGS).collect(),
        deliveries_before: 0,
    };
    let all = Grant {
        classes: Some(class_set(&PropertyClass::ALL)),
        rules: vec!["all".to_owned()],
    };
    let reader = open(
        &world,
        &Rights(vec![all; MARKINGS]),
        TimeSpan::On(Day::from_days(20_000).unwrap()),
    );
    // The caller may read the class, in the dossier; a query may not.
    let texts = TRICKS.iter().map(|(_, text)| *text).chain(super::QUERIES);
    for text in texts.chain(["MATCH (n:Subject) RETURN n.city"]) {
        for time in [QueryTime::AsOf, QueryTime::History] {
            let request = QueryRequest {
                text: text.to_owned(),
                time,
                ..QueryRequest::default()
            };
            if let Ok(answer) = ask(&reader.session, &request) {
                let told = serde_json::to_string(&answer).unwrap();
                assert!(!told.contains(SECRET), "{text}: {told}");
            }
        }
    }
    let request = QueryRequest {
        text: "MATCH (n:Subject) RETURN n.city".to_owned(),
        ..QueryRequest::default()
    };
    let rows = ask(&reader.session, &request).unwrap().body.rows;
    assert_eq!(rows, vec![vec![serde_json::json!("Bos")]]);
}
