//! Whole deliveries: what rules make of records.

mod drafts;
mod formats;
mod hostile;
mod protected;
mod registers;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::model::{Level, Marking, Validity};

/// What came of a delivery, for asking.
struct Delivery {
    schema: Schema,
    sayings: Vec<Saying>,
    report: Report,
}

impl Delivery {
    fn keys(&self, label: &str) -> Vec<String> {
        let (wanted, _) = self.schema.node_label(label).unwrap();
        let mut keys: Vec<String> = self
            .sayings
            .iter()
            .filter_map(|saying| match &saying.said {
                Said::Node { label, key, .. } if *label == wanted => Some(key.clone()),
                _ => None,
            })
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Each saying as a line of text.
    fn lines(&self) -> Vec<String> {
        self.sayings
            .iter()
            .map(|saying| self.line(saying))
            .collect()
    }

    fn line(&self, saying: &Saying) -> String {
        let validity = |validity: &Validity| {
            let bound = |date: Option<crate::model::PartialDate>| {
                date.map_or("-".to_owned(), |date| date.to_string())
            };
            format!("[{}, {})", bound(validity.from), bound(validity.to))
        };
        let text = match &saying.said {
            Said::Node {
                label,
                key,
                properties,
                validity: holds,
            } => {
                let definition = self.schema.node(*label).unwrap();
                let properties: Vec<String> = properties
                    .iter()
                    .map(|(id, value)| {
                        format!("{}={value}", definition.properties[id.index()].name)
                    })
                    .collect();
                format!(
                    "{} {key} {{{}}} {}",
                    definition.label,
                    properties.join(", "),
                    validity(holds)
                )
            }
            Said::Edge {
                label,
                from,
                to,
                discriminator,
                properties,
                validity: holds,
            } => {
                let definition = self.schema.edge(*label).unwrap();
                let properties: Vec<String> = properties
                    .iter()
                    .map(|(id, value)| {
                        format!("{}={value}", definition.properties[id.index()].name)
                    })
                    .collect();
                format!(
                    "{} -{}/{discriminator}-> {} {{{}}} {}",
                    from.1,
                    definition.label,
                    to.1,
                    properties.join(", "),
                    validity(holds)
                )
            }
            Said::Alias {
                from,
                to,
                validity: holds,
                ..
            } => format!("{from} = {to} {}", validity(holds)),
            Said::Nothing => "nothing".to_owned(),
        };
        format!(
            "{}:{} {} {text}",
            saying.file,
            saying.line,
            saying.marking.level.name()
        )
    }
}

fn read_source(source: &SourceFile) -> Result<Delivery, IngestError> {
    let schema = source.schema(Schema::municipal().unwrap())?;
    let mut sayings = Vec::new();
    let report = read_delivery(source, &schema, &mut |_| {}, &mut |saying| {
        sayings.push(saying);
        Ok(())
    })?;
    Ok(Delivery {
        schema,
        sayings,
        report,
    })
}

/// Reads a text as the one file of a source.
fn read_text(source: &str, text: &[u8]) -> Result<Delivery, IngestError> {
    let mut file = tempfile::Builder::new()
        .prefix("input")
        .suffix(".txt")
        .rand_bytes(0)
        .tempfile_in(tempfile::tempdir().unwrap().keep())
        .unwrap();
    file.write_all(text).unwrap();
    let path = file.path().to_owned();
    let parsed = SourceFile::parse(source, Path::new("."), Some(vec![path.clone()]))?;
    let delivery = read_source(&parsed);
    drop(file);
    std::fs::remove_dir(path.parent().unwrap()).unwrap();
    delivery
}

fn error_of(source: &str, text: &[u8]) -> String {
    match read_text(source, text) {
        Ok(delivery) => panic!("no error, but: {}", delivery.report.to_text()),
        Err(error) => error.to_string(),
    }
}

const HEAD: &str = r#"
[source]
name = "test"
title = "Test"
files = ["input.txt"]
"#;

const MARKING: &str = r#"
[marking]
organisation = "gemeente"
department = "wonen"
level = "intern"
"#;

const SIGNAL: &str = r#"
[[record]]
[[record.node]]
as = "signal"
label = "Signal"
key = "signal:{id}"
[record.node.properties]
summary = "tekst"
date = "datum"
[[record.node]]
as = "address"
label = "Address"
key = "postcode:{postcode} {nummer}"
mention = true
optional = true
[[record.edge]]
label = "ABOUT"
from = "signal"
to = "address"
valid = { from = "datum" }
"#;

fn signals(format: &str) -> String {
    format!("{HEAD}format = \"{format}\"\n{MARKING}{SIGNAL}")
}

#[test]
fn a_row_becomes_nodes_and_edges() {
    let text = "id,tekst,datum,postcode,nummer\n1,\"a,\nb\",2020-05-01,1234 ab,12\n\n2,x,,,\n";
    let delivery = read_text(&signals("csv"), text.as_bytes()).unwrap();
    assert_eq!(
        delivery.lines(),
        [
            "0:2 intern Signal signal:1 {summary=a,\nb, date=2020-05-01} [-, -)",
            "0:2 intern signal:1 -ABOUT/2020-05-01-> postcode:1234AB 12 {} [2020-05-01, -)",
            "0:5 intern Signal signal:2 {summary=x} [-, -)",
        ]
    );
    assert_eq!(
        delivery.report.skipped_mentions,
        BTreeMap::from([("record 1, node `address`".to_owned(), 1)])
    );
}

#[test]
fn rows_are_known_by_their_lines_whatever_ends_them() {
    for (text, expected) in [
        ("id,x\n1,a\n2,b\n3,c\n", [2, 3, 4]),
        ("id,x\r\n1,a\r\n2,b\r\n3,c", [2, 3, 4]),
        ("\u{feff}id,x\n\n\n1,a\n\n2,b\n3,c", [4, 6, 7]),
        (
            "\u{feff}id,x\r\n\r\n1,a\r\n\r\n\r\n2,b\r\n3,c\r\n",
            [3, 6, 7],
        ),
        ("id,x\n1,\"a\n\nb\"\n2,\"b\n\"\n3,c", [2, 5, 7]),
        ("id,x\r\n1,\"a\r\nb\"\r\n\r\n2,\"b\"\r\n3,c", [2, 5, 6]),
    ] {
        let rules = "[[record]]\n[[record.node]]\nas='s'\nlabel='Signal'\nkey='signal:{id}'\n";
        let source = format!("{HEAD}format = \"csv\"\n{MARKING}{rules}");
        let delivery = read_text(&source, text.as_bytes()).unwrap();
        let lines: Vec<u32> = delivery.sayings.iter().map(|saying| saying.line).collect();
        assert_eq!(lines, expected, "{text:?}");
    }
}

#[test]
fn a_record_is_atomic_and_its_refusal_tells_all_that_is_wrong() {
    let text = "\u{feff}id,tekst,datum,postcode,nummer\n1,x,2020-02-30,nowhere,12\n,y,,,\n3,z,,,\n";
    let delivery = read_text(&signals("csv"), text.as_bytes()).unwrap();
    assert_eq!(delivery.keys("Signal"), ["signal:3"]);
    let refusals: Vec<String> = delivery
        .report
        .refusals
        .iter()
        .map(|refusal| format!("{refusal:?}"))
        .collect();
    assert_eq!(refusals.len(), 2, "{refusals:?}");
    let first = &delivery.report.refusals[0];
    assert_eq!((first.line, first.column.as_deref()), (2, Some("datum")));
    assert_eq!(first.value, "2********* (10 characters)");
    assert!(
        first.reason.contains("no such day") && first.reason.contains("`postcode`"),
        "{first:?}"
    );
    assert!(!delivery.report.to_text().contains("nowhere"));
    assert_eq!(delivery.report.records_loaded(), 1);
    assert!(
        delivery
            .report
            .to_csv()
            .unwrap()
            .contains("refused,input.txt,2,datum")
    );
    let json: serde_json::Value =
        serde_json::from_str(&delivery.report.to_json().unwrap()).unwrap();
    assert_eq!(json["records_refused"], 2);
}

#[test]
fn more_refusals_than_allowed_refuse_the_delivery_and_the_report_is_whole() {
    let source = format!("{}\n[limits]\nrefusals_max = 2\n", signals("csv"));
    let mut text = "id,tekst,datum,postcode,nummer\n".to_owned();
    for _ in 0..5 {
        text.push_str(",x,,,\n");
    }
    match read_text(&source, text.as_bytes()) {
        Err(IngestError::TooManyRefusals {
            refused,
            max,
            report,
        }) => {
            assert_eq!((refused, max, report.refusals.len()), (5, 2, 5));
        }
        Ok(_) | Err(_) => panic!("the delivery is refused"),
    }
}

#[test]
fn the_cap_on_listed_refusals_is_told() {
    let source = format!("{}\n[limits]\nrefusals_max = 5000\n", signals("csv"));
    let mut text = "id,tekst,datum,postcode,nummer\n".to_owned();
    for _ in 0..LISTED_MAX + 3 {
        text.push_str(",x,,,\n");
    }
    let delivery = read_text(&source, text.as_bytes()).unwrap();
    assert_eq!(delivery.report.refusals.len(), LISTED_MAX);
    assert_eq!(delivery.report.records_refused(), LISTED_MAX as u64 + 3);
    assert!(
        delivery
            .report
            .to_text()
            .contains("first 1000 of 1003 refusals")
    );
    assert!(delivery.report.to_csv().unwrap().contains("3 more"));
}

#[test]
fn a_rule_that_names_what_is_not_there_is_told_with_its_place_and_the_nearest_name() {
    let good = signals("csv");
    for (from, to, place, says) in [
        (
            "label = \"Address\"",
            "label = \"Adress\"",
            "node `address`",
            "did you mean `Address`?",
        ),
        (
            "summary = ",
            "sumary = ",
            "node `signal`",
            "did you mean `summary`?",
        ),
        (
            "signal:{id}",
            "sinal:{id}",
            "node `signal`",
            "did you mean `signal`?",
        ),
        (
            "label = \"ABOUT\"",
            "label = \"ABUOT\"",
            "edge 1",
            "did you mean `ABOUT`?",
        ),
        (
            "label = \"ABOUT\"",
            "label = \"LIVES_AT\"",
            "edge 1",
            "cannot start at a `Signal`, only Person",
        ),
        (
            "to = \"address\"",
            "to = \"adress\"",
            "edge 1",
            "did you mean `address`?",
        ),
        (
            "[[record]]",
            "[[record]]\nkind = \"Pand\"",
            "record 1",
            "has no kinds",
        ),
        (
            "[[record]]",
            "[[record]]\neach = \"x\"",
            "record 1",
            "no lists",
        ),
        (
            "key = \"signal:{id}\"",
            "key = \"signal:{id\"",
            "node `signal`",
            "brace",
        ),
        (
            "summary = \"tekst\"",
            "summary = { field = 'tekst', format = 'iso' }",
            "node `signal`",
            "no date",
        ),
        (
            "summary = \"tekst\"",
            "summary = \"<.tekst\"",
            "line 1",
            "no column `<.tekst`",
        ),
        (
            "summary = \"tekst\"",
            "summary = \"tkst\"",
            "line 1",
            "did you mean `tekst`?",
        ),
    ] {
        let source = good.replacen(from, to, 1);
        let message = error_of(&source, b"id,tekst,datum,postcode,nummer\n");
        assert!(
            message.contains(place) && message.contains(says),
            "{message}"
        );
    }
}

#[test]
fn aliases_are_for_public_sources() {
    let alias = "[[record]]\n[[record.alias]]\nlabel='Address'\nfrom='bag_number:{a}'\nto='bag_object:{b}'\n";
    let source = format!("{HEAD}format = \"csv\"\n{MARKING}{alias}");
    assert!(error_of(&source, b"a,b\n").contains("`openbaar` only"));
    let public = source.replace("intern", "openbaar");
    let delivery = read_text(&public, b"a,b\n0221200000330227,0221010000330226\n").unwrap();
    assert_eq!(delivery.lines().len(), 1);
    let hidden = public.replace(
        "[[record.alias]]",
        "[[record.marking]]\nlevel='geheim'\n[[record.alias]]",
    );
    assert!(error_of(&hidden, b"a,b\n").contains("cannot change the level"));
}

#[test]
fn a_marking_follows_the_row() {
    let exceptions = r#"
[[record.marking]]
when = { afdeling = "*" }
department = { field = "afdeling" }
purposes = { field = "doelen" }
[[record.marking]]
when = { geheim = ["ja"] }
level = "geheim"
[[record.node]]
as = "signal"
label = "Signal"
key = "signal:{id}"
"#;
    let source = format!("{HEAD}format = \"csv\"\n{MARKING}[[record]]\n{exceptions}");
    let text = "id,afdeling,doelen,geheim\n1,,,\n2,zorg,\"a, b\",ja\n3,zorg,\"a, b\",ja\n";
    let delivery = read_text(&source, text.as_bytes()).unwrap();
    let markings: Vec<&Arc<Marking>> = delivery
        .sayings
        .iter()
        .map(|saying| &saying.marking)
        .collect();
    assert_eq!(
        (markings[0].department.as_str(), markings[0].level),
        ("wonen", Level::Intern)
    );
    assert_eq!(
        (markings[1].department.as_str(), markings[1].level),
        ("zorg", Level::Geheim)
    );
    assert_eq!(markings[1].purposes.len(), 2);
    assert!(Arc::ptr_eq(markings[1], markings[2]));
}

#[test]
fn items_of_a_list_see_their_record_and_the_item_before() {
    let rules = r#"
[[record]]
each = "adressen"
[[record.node]]
as = "person"
label = "Person"
key = "bsn:{^.bsn}"
mention = true
[[record.node]]
as = "address"
label = "Address"
key = "text:{straat}"
[[record.edge]]
label = "LIVES_AT"
from = "person"
to = "address"
valid = { from = "van", to = ["<.van", "^.einde"] }
"#;
    let source = format!("{HEAD}format = \"json-lines\"\n{MARKING}{rules}");
    let text = r#"{"bsn":"999993653","einde":"2022","adressen":[{"straat":"A","van":"2020"},{"straat":"B","van":"2010"}]}
{"bsn":"999993653","adressen":{"straat":"C"}}
{"bsn":"999993653"}
[1]
{"bsn":
"#;
    let delivery = read_text(&source, text.as_bytes()).unwrap();
    let edges: Vec<String> = delivery
        .lines()
        .into_iter()
        .filter(|line| line.contains("LIVES_AT"))
        .collect();
    assert_eq!(
        edges,
        [
            "0:1 intern bsn:999993653 -LIVES_AT/2020-> text:A {} [2020, 2022)",
            "0:1 intern bsn:999993653 -LIVES_AT/2010-> text:B {} [2010, 2020)",
            "0:2 intern bsn:999993653 -LIVES_AT/-> text:C {} [-, -)",
        ]
    );
    assert_eq!(delivery.report.records_read(), 5);
    assert_eq!(delivery.report.records_set_aside(), 1);
    let refused: Vec<u32> = delivery
        .report
        .refusals
        .iter()
        .map(|refusal| refusal.line)
        .collect();
    assert_eq!(refused, [4, 5]);
}

#[test]
fn values_are_mapped_padded_joined_and_left_out() {
    let rules = r#"
[[record]]
[[record.node]]
as = "signal"
label = "Signal"
key = "signal:{id}"
[record.node.properties]
status = { field = "status", map = { "1" = "open" } }
signal_type = { field = "soort", map = { "a" = "A" }, other = "overig" }
reference = { field = "nummer", pad = 5 }
summary = { field = "lijst", join = "; " }
note = { field = "noot", not = ["0"] }
offence = { text = "vast" }
"#;
    let source = format!("{HEAD}format = \"json-lines\"\n{MARKING}{rules}");
    let text = r#"{"id":1,"status":"1","soort":"b","nummer":12,"lijst":["x","y"],"noot":0}
{"id":2,"status":"2"}
"#;
    let delivery = read_text(&source, text.as_bytes()).unwrap();
    assert_eq!(
        delivery.lines(),
        [
            "0:1 intern Signal signal:1 {signal_type=overig, summary=x; y, reference=00012, status=open, offence=vast} [-, -)"
        ]
    );
    assert_eq!(
        delivery.report.refusals[0].column.as_deref(),
        Some("status")
    );
}
