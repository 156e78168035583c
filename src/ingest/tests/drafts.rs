//! Drafts of source files: they load as they stand, and err on the safe side.

use super::*;

/// Drafts a source file for some bytes, and reads them by it.
fn drafted(name: &str, bytes: &[u8]) -> (String, Delivery) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let text = draft(&path).unwrap();
    let source = SourceFile::parse(&text, directory.path(), None)
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    let schema = source
        .schema(Schema::municipal().unwrap())
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut sayings = Vec::new();
    let report = read_delivery(&source, &schema, &mut |_| {}, &mut |saying| {
        sayings.push(saying);
        Ok(())
    })
    .unwrap_or_else(|error| panic!("{error}\n{text}"));
    let delivery = Delivery {
        schema,
        sayings,
        report,
    };
    (text, delivery)
}

#[test]
fn a_draft_knows_keys_types_and_what_says_who_a_person_is() {
    let mut text = "Zaaknummer;BSN;Naam melder;Soort;Bedrag;Datum melding;Nationaliteit;Toelichting;Postcode;KvK-nummer;Open\n".to_owned();
    for (number, bsn) in [
        "999993653",
        "999990639",
        "999991425",
        "999994803",
        "999993239",
        "999992387",
    ]
    .iter()
    .enumerate()
    {
        text.push_str(&format!(
            "Z{number};{bsn};Jan {number};{};{number},50;2020-05-0{};0057;geluid;1234 ab;69599084;{}\n",
            if number % 2 == 0 { "geluid" } else { "stank" },
            number + 1,
            if number % 2 == 0 { "ja" } else { "nee" },
        ));
    }
    let (draft, delivery) = drafted("Meldingen 2020.csv", text.as_bytes());
    for expected in [
        "# Read as UTF-8, separator `;`.",
        "level = \"zeer_geheim\"",
        "label = \"Meldingen2020\"",
        "key = \"draft:Meldingen2020 {Zaaknummer}\"",
        "name = \"bsn\", type = \"text\", class = \"national_number\", check = \"bsn\"",
        "name = \"naam_melder\", type = \"text\", class = \"identifying\"",
        "name = \"bedrag\", type = \"decimal\", class = \"financial\"",
        "name = \"datum_melding\", type = \"date\"",
        "name = \"toelichting\", type = \"text\", class = \"free_text\"",
        "name = \"postcode\", type = \"text\", check = \"postcode\"",
        "name = \"open\", type = \"boolean\"",
        "name = \"soort\", type = \"text\", title",
        "# Left out: Nationaliteit (it says something protected",
        "key = \"bsn:{BSN}\"",
        "key = \"kvk:{KvK-nummer}\"",
        "label = \"NAMES\"",
    ] {
        assert!(draft.contains(expected), "{expected}\n{draft}");
    }
    assert_eq!(
        delivery.report.records_loaded(),
        6,
        "{}",
        delivery.report.to_text()
    );
    assert_eq!(delivery.report.edges["NAMES"], 12);
    assert!(!draft.contains("= \"Nationaliteit\""));
}

#[test]
fn every_format_can_be_drafted() {
    for (name, bytes, label) in [
        ("a.json", br#"[{"id":1,"a":{"b":"x"}},{"id":2,"a":{"b":"y"}}]"#.to_vec(), "A"),
        ("lijst.jsonl", b"{\"id\":1,\"n\":null}\n{\"id\":2}\n".to_vec(), "Lijst"),
        (
            "s.json",
            b"{\"id\":\"p\",\"schema\":\"Person\",\"properties\":{\"name\":[\"A\"]}}\n".to_vec(),
            "DraftedPerson",
        ),
        ("n.csv", b":ID,naam:string,:LABEL\n1,x,Dog\n2,y,Dog\n".to_vec(), "Dog"),
        (
            "g.graphml",
            b"<graphml><graph><node id='a'/><node id='b'/><edge source='a' target='b'/></graph></graphml>".to_vec(),
            "Node",
        ),
        ("p.parquet", super::formats::parquet_file(), "P"),
        ("empty columns.csv", b"a,b\n,\n".to_vec(), "EmptyColumns"),
    ] {
        let (text, delivery) = drafted(name, &bytes);
        assert!(text.contains(&format!("label = \"{label}\"")), "{name}\n{text}");
        let report = &delivery.report;
        assert!(report.records_read() > 0, "{name}");
        if name != "empty columns.csv" {
            assert_eq!(report.records_refused(), 0, "{name}\n{text}\n{}", report.to_text());
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.xml");
    std::fs::write(&path, "<bagStand/>").unwrap();
    let message = draft(&path).unwrap_err().to_string();
    assert!(message.contains("verband source show bag"), "{message}");
}

proptest::proptest! {
    #[test]
    fn any_table_can_be_drafted_and_the_draft_compiles(
        header in proptest::collection::vec("[a-zA-Z0-9 _.?{}:-]{0,12}|nationaliteit|BSN", 1..6),
        cells in proptest::collection::vec("[a-z0-9]{0,9}|[0-9]{9}|2020-01-0[1-9]", 1..30),
    ) {
        let width = header.len();
        let mut seen = std::collections::HashSet::new();
        let header: Vec<String> = header.into_iter().enumerate().map(|(place, name)| {
            let name = name.trim().to_owned();
            if seen.insert(name.clone()) { name } else { format!("{name}x{place}") }
        }).collect();
        let mut text = format!("begin;{}\n", header.join(";"));
        for row in cells.chunks(width) {
            let mut row = row.to_vec();
            row.resize(width, String::new());
            text.push_str(&format!("1;{}\n", row.join(";")));
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.csv");
        std::fs::write(&path, &text).unwrap();
        if let Ok(made) = draft(&path) {
            let source = SourceFile::parse(&made, directory.path(), None).unwrap();
            let schema = source.schema(Schema::municipal().unwrap()).unwrap();
            proptest::prop_assert!(compile::compile(&source, &schema).is_ok(), "{}", made);
        }
    }
}
