//! Input that is cut, wrong, endless or meant to break things.

use std::io::Write;

use super::*;
use crate::model::mutate::mutated;

#[test]
fn text_that_is_cut_or_wrong_is_told_with_its_line() {
    let csv = signals("csv");
    let json = signals("json");
    let bag = builtin("bag").unwrap();
    let mut latin = b"id,tekst,datum,postcode,nummer\n1,caf".to_vec();
    latin.extend_from_slice(b"\xe9,,,\n2,x,,,\n3,x\n");
    let named = format!("{csv}\n[csv]\nencoding = \"utf-8\"\n");
    let delivery = read_text(&named, &latin).unwrap();
    let refusals: Vec<String> = delivery
        .report
        .refusals
        .iter()
        .map(|refusal| format!("{}: {}", refusal.line, refusal.reason))
        .collect();
    assert_eq!(
        refusals,
        [
            "2: not UTF-8 in field 2, byte 4: if the whole file is in another encoding, name it as `encoding` in `[csv]`",
            "4: the row has 2 fields, the header 5"
        ]
    );
    let deep = format!("[{}1{}]", "[".repeat(500), "]".repeat(500));
    for (source, text, says) in [
        (
            csv.as_str(),
            "".as_bytes(),
            "input.txt, line 1: the file is empty",
        ),
        (
            json.as_str(),
            b"".as_slice(),
            "input.txt, line 1: the file is empty",
        ),
        (
            json.as_str(),
            b"{\n\"id\": [",
            "input.txt, line 2: column 7: EOF",
        ),
        (
            json.as_str(),
            b"{\n\"id\": \"\xff\"}",
            "input.txt, line 2: not UTF-8",
        ),
        (signals("json-lines").as_str(), b"\n\n", "the file is empty"),
        (bag, b"", "the file is empty"),
        (bag, b"id;x\n", "neither XML nor a zip"),
        (
            bag,
            b"<?xml version='1.0'?>\n<bagStand>\n<stand>",
            "line 3: the XML breaks off",
        ),
        (bag, b"<bagStand>\n<a></b></bagStand>", "line 2: not XML"),
        (
            bag,
            b"<!DOCTYPE a [<!ENTITY x 'y'>]>\n<a/>",
            "document type",
        ),
        (bag, b"<bagStand>\n\xff\xfe</bagStand>", "UTF-8"),
        (
            bag,
            b"<?xml version='1.0' encoding='ISO-8859-1'?><bagStand/>",
            "encoding other than UTF-8",
        ),
        (
            bag,
            b"PK\x03\x04 and then nothing",
            "the zip cannot be read",
        ),
        (
            bag,
            "<a>".repeat(100).as_bytes(),
            "depth of elements within each other is more than the limit of 64",
        ),
    ] {
        let message = error_of(source, text);
        assert!(message.contains(says), "{says}: {message}");
    }
    let delivery = read_text(&json, deep.as_bytes()).unwrap();
    assert!(
        delivery.report.refusals[0]
            .reason
            .contains("recursion limit"),
        "{:?}",
        delivery.report
    );
}

#[test]
fn a_record_without_end_is_stopped_at_the_limit() {
    let mut text = b"id,tekst,datum,postcode,nummer\n1,\"".to_vec();
    text.resize(40 << 20, b'x');
    let message = error_of(&signals("csv"), &text);
    assert!(message.contains("length of one record"), "{message}");
    let message = error_of(&signals("json-lines"), &text);
    assert!(message.contains("length of one record"), "{message}");
    let mut xml = b"<bagStand>".to_vec();
    xml.resize(40 << 20, b'x');
    let message = error_of(builtin("bag").unwrap(), &xml);
    assert!(message.contains("length of one record"), "{message}");
    let mut long = b"id,tekst,datum,postcode,nummer\n1,".to_vec();
    long.resize(2 << 20, b'x');
    long.extend_from_slice(b",,,\n");
    let delivery = read_text(&signals("csv"), &long).unwrap();
    assert!(
        delivery.report.refusals[0]
            .reason
            .contains("longer than the limit")
    );
}

fn zip_of(name: &str, content: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer
        .start_file(name, zip::write::SimpleFileOptions::default())
        .unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn zips_are_entered_to_a_depth_and_no_further() {
    let bag = builtin("bag").unwrap();
    let xml = "<bagStand><bagObject><Woonplaats><identificatie>2142</identificatie><naam>A &amp; B</naam>\
        <voorkomen><beginGeldigheid>2009-01-20</beginGeldigheid></voorkomen></Woonplaats></bagObject></bagStand>";
    let mut bytes = zip_of("a\u{1b}.xml", xml.as_bytes());
    for _ in 1..4 {
        bytes = zip_of("inner.whatever", &bytes);
    }
    let delivery = read_text(bag, &bytes).unwrap();
    assert_eq!(
        delivery.lines(),
        ["0:1 openbaar Place bag_place:2142 {name=A & B, bag_place=2142} [2009-01-20, -)"]
    );
    assert_eq!(
        delivery.report.files[0].name,
        "input.txt!inner.whatever!inner.whatever!inner.whatever!a?.xml"
    );
    let message = error_of(bag, &zip_of("inner", &bytes));
    assert!(message.contains("depth of zip files"), "{message}");
    let cut = &bytes[..bytes.len() / 2];
    assert!(error_of(bag, cut).contains("the zip cannot be read"));
    let mut flipped = zip_of("a.xml", "x".repeat(5000).as_bytes());
    flipped = zip_of("inner", &flipped);
    let middle = flipped.len() / 3;
    flipped[middle] ^= 0xff;
    assert!(read_text(bag, &flipped).is_err());
}

#[test]
fn a_header_of_a_million_columns_is_refused() {
    let header = "a,".repeat(1_000_000);
    let message = error_of(&signals("csv"), header.as_bytes());
    assert!(
        message.contains("number of columns is more than the limit"),
        "{message}"
    );
}

#[test]
fn a_field_of_ten_megabytes_refuses_its_row_and_no_other() {
    let mut text = b"id,tekst,datum,postcode,nummer\n1,".to_vec();
    text.resize(10 << 20, b'x');
    text.extend_from_slice(b",,,\n2,y,,,\n");
    let delivery = read_text(&signals("csv"), &text).unwrap();
    assert_eq!(delivery.keys("Signal"), ["signal:2"]);
    assert!(
        delivery.report.refusals[0]
            .reason
            .contains("longer than the limit")
    );
}

#[test]
fn zero_bytes_are_refused_whatever_the_format() {
    let csv =
        b"id,tekst,datum,postcode,nummer\n1,a\0b,,,\n2,c,,,\n3,d,,,\n4,e,,,\n5,f,,,\n6,g,,,\n"
            .to_vec();
    let lines = b"{\"id\":1,\"tekst\":\"a\\u0000b\"}\n{\"id\":2,\"tekst\":\"c\"}\n".to_vec();
    for (format, text) in [("csv", csv), ("json-lines", lines)] {
        let delivery = read_text(&signals(format), &text).unwrap();
        assert_eq!(delivery.report.records_refused(), 1, "{format}");
        assert!(
            delivery.report.refusals[0].reason.contains("zero byte"),
            "{format}"
        );
    }
}

#[test]
fn a_file_of_two_encodings_refuses_the_rows_that_are_not_the_one_it_is() {
    let mut text = "id,tekst,datum,postcode,nummer\n1,caf\u{e9},,,\n2,caf"
        .as_bytes()
        .to_vec();
    text.extend_from_slice(b"\xe9,,,\n3,x,,,\n");
    let delivery = read_text(&signals("csv"), &text).unwrap();
    assert_eq!(delivery.keys("Signal"), ["signal:1", "signal:3"]);
    assert_eq!(delivery.report.refusals[0].line, 3);
    let half = b"\xff\xfei\0d\0\n\0\x00\xd8a\0".to_vec();
    let message = error_of(&signals("csv"), &half);
    assert!(message.contains("cannot be read"), "{message}");
}

#[test]
fn a_zip_that_unpacks_to_more_than_a_workbook_may_is_refused() {
    let source = signals("excel");
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("xl/sharedStrings.xml", options).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..513 {
        writer.write_all(&zeros).unwrap();
    }
    let bomb = writer.finish().unwrap().into_inner();
    assert!(bomb.len() < 2 << 20);
    let message = error_of(&source, &bomb);
    assert!(message.contains("unpacked size of a workbook"), "{message}");
    assert!(error_of(&source, b"PK\x03\x04").contains("not an Excel workbook"));
    assert!(error_of(&source, b"id,tekst\n").contains("not an Excel workbook"));
}

#[test]
fn a_zip_bomb_in_an_extract_stops_at_the_length_of_one_record() {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("a.xml", options).unwrap();
    writer
        .write_all(b"<bagStand><bagObject><Pand><identificatie>")
        .unwrap();
    let digits = vec![b'1'; 1 << 20];
    for _ in 0..64 {
        writer.write_all(&digits).unwrap();
    }
    let bomb = writer.finish().unwrap().into_inner();
    let message = error_of(builtin("bag").unwrap(), &bomb);
    assert!(message.contains("more than the limit"), "{message}");
}

#[test]
fn a_path_out_of_an_archive_leads_nowhere() {
    let outside = std::env::temp_dir().join(format!("verband-outside-{}.xml", std::process::id()));
    let name = format!("../../../../../../..{}", outside.display());
    let xml = b"<bagStand><bagObject><Woonplaats><identificatie>2142</identificatie></Woonplaats></bagObject></bagStand>";
    let delivery = read_text(builtin("bag").unwrap(), &zip_of(&name, xml)).unwrap();
    assert_eq!(delivery.keys("Place"), ["bag_place:2142"]);
    assert!(!outside.exists());
}

#[test]
fn entities_that_grow_are_refused_in_every_xml() {
    let laughs = "<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>";
    for (source, root) in [
        (builtin("bag").unwrap().to_owned(), "bagStand"),
        (builtin("brk-kaart").unwrap().to_owned(), "DKK"),
        (signals("graphml"), "graphml"),
    ] {
        let text = format!("{laughs}<{root}>&c;</{root}>");
        let message = error_of(&source, text.as_bytes());
        assert!(message.contains("document type"), "{message}");
        let message = error_of(&source, format!("<{root}>&c;</{root}>").as_bytes());
        assert!(message.contains("entity"), "{message}");
        let deep = "<a>".repeat(100);
        let message = error_of(&source, format!("<{root}>{deep}").as_bytes());
        assert!(message.contains("depth of elements"), "{message}");
    }
}

#[test]
fn deep_json_is_refused_by_its_record() {
    let deep = format!(
        "{{\"id\":{}1{}}}\n{{\"id\":2}}\n",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let delivery = read_text(&signals("json-lines"), deep.as_bytes()).unwrap();
    assert_eq!(delivery.keys("Signal"), ["signal:2"]);
    assert_eq!(delivery.report.refusals[0].line, 1);
}

#[test]
fn damaged_parquet_is_an_error_and_no_panic() {
    let source = signals("parquet");
    for text in [
        b"".as_slice(),
        b"PAR1",
        b"PAR1PAR1",
        b"PAR1\xff\xff\xff\x7fPAR1",
        b"PAR1\x15\x02\x19\x4c\x48\x08\x00\x00\x00\x08\x00\x00\x00PAR1",
        b"not parquet at all",
    ] {
        assert!(error_of(&source, text).contains("Parquet"));
    }
    let whole = super::formats::parquet_file();
    for place in (4..whole.len()).step_by(7) {
        let mut flipped = whole.clone();
        flipped[place] ^= 0xff;
        account_for(read_text(&source, &flipped));
    }
}

#[test]
fn edges_that_go_in_circles_are_edges_like_others() {
    let text = "{\"id\":\"a\",\"schema\":\"Ownership\",\"properties\":{\"owner\":[\"x\"],\"asset\":[\"x\"]}}\n\
        {\"id\":\"b\",\"schema\":\"Family\",\"properties\":{\"person\":[\"x\",\"y\"],\"relative\":[\"y\",\"x\"]}}\n";
    let delivery = read_text(builtin("ftm").unwrap(), text.as_bytes()).unwrap();
    assert_eq!(delivery.report.edges["SHAREHOLDER_OF"], 1);
    assert_eq!(delivery.report.edges["FAMILY_OF"], 4);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_never_panics(text in "(?s).{0,200}", rows in "([a-z0-9\"\\r\\n ,;-]{0,40}\n){0,8}") {
        let rows = format!("id,tekst,datum,postcode,nummer\n{rows}");
        for format in ["csv", "json", "json-lines", "lo3-csv", "neo4j-csv", "follow-the-money", "graphml", "gml"] {
            for text in [&text, &rows] {
                account_for(read_text(&signals(format), text.as_bytes()));
            }
        }
        account_for(read_text(builtin("bag").unwrap(), text.as_bytes()));
    }

    #[test]
    fn any_keys_of_houses_normalize_once(text in "[0-9]{4} ?[a-zA-Z]{2} ?[0-9]{0,6}[a-zA-Z0-9 -]{0,6}") {
        if let Ok(key) = convert::postcode_key(&text) {
            proptest::prop_assert_eq!(convert::postcode_key(&key), Ok(key));
        }
    }

    #[test]
    fn any_source_file_is_taken_or_told(text in "(?s).{0,200}", name in "[a-z.{}<>^\\[\\]?]{0,12}") {
        let _ = SourceFile::parse(&text, Path::new("."), None);
        let source = signals("json-lines").replace("{id}", &name).replace("\"tekst\"", &format!("'{name}'"));
        account_for(read_text(&source, b"{\"id\": [1, {\"x\": null}]}"));
    }
}

/// Every record is loaded, refused or set aside; an error is an answer too.
fn account_for(outcome: Result<Delivery, IngestError>) {
    if let Ok(delivery) = outcome {
        let report = &delivery.report;
        assert_eq!(
            report.records_read(),
            report.records_loaded() + report.records_refused() + report.records_set_aside()
        );
    }
}

/// Not a measurement, which belongs to `benches/`: it finds a slip that makes each row cost a hundred times as much.
#[test]
fn many_rows_are_read_in_little_time() {
    let mut text = "id,tekst,datum,postcode,nummer\n".to_owned();
    for number in 0..100_000 {
        text.push_str(&format!(
            "{number},melding nummer {number},2020-05-01,1234AB,{}\n",
            number % 300 + 1
        ));
    }
    let begun = std::time::Instant::now();
    let delivery = read_text(&signals("csv"), text.as_bytes()).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    println!("{:.0} rows a second, unoptimized", 100_000.0 / seconds);
    assert_eq!(delivery.report.records_loaded(), 100_000);
}

/// Reads mutations of files as the one file of a source.
fn read_mutated(name: &str, source: &str, seeds: &[&[u8]]) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("input.txt");
    let parsed = SourceFile::parse(source, Path::new("."), Some(vec![path.clone()])).unwrap();
    mutated(name, seeds, |bytes| {
        std::fs::write(&path, bytes).unwrap();
        account_for(read_source(&parsed));
    });
}

const ROWS: &[u8] = b"id,tekst,datum,postcode,nummer\n1,\"a,\nb\",2020-05-01,1234 ab,12\n2,x,,,\n";
const OBJECTS: &[u8] =
    br#"[{"id": "1", "tekst": "a", "datum": "2020-05-01", "postcode": "1234ab", "nummer": 12}]"#;

#[test]
fn no_mutated_table_of_rows_panics() {
    let windows = b"id;tekst;datum;postcode;nummer\n1;caf\xe9;2020-05-01;1234 AB;1\n";
    read_mutated("csv", &signals("csv"), &[ROWS, windows]);
}

#[test]
fn no_mutated_json_panics() {
    read_mutated("json", &signals("json"), &[OBJECTS]);
    read_mutated(
        "json-lines",
        &signals("json-lines"),
        &[&OBJECTS[1..OBJECTS.len() - 1]],
    );
}

#[test]
fn no_mutated_xml_panics() {
    let stand = b"<?xml version='1.0'?>\n<bagStand><stand><bagObject><Nummeraanduiding><identificatie domein='NL.IMBAG'>0003200000136934</identificatie><huisnummer>1</huisnummer><postcode>9901AB</postcode><voorkomen><Voorkomen><voorkomenidentificatie>1</voorkomenidentificatie><beginGeldigheid>2018-05-04</beginGeldigheid></Voorkomen></voorkomen></Nummeraanduiding></bagObject></stand></bagStand>";
    let zipped = zip_of("9999NUM01012020.xml", stand);
    read_mutated("bag", builtin("bag").unwrap(), &[stand, &zipped]);
    let parcels = b"<gml:FeatureCollection xmlns:gml='g'><gml:featureMember><Perceel gml:id='a'><x>1</x></Perceel></gml:featureMember></gml:FeatureCollection>";
    read_mutated("brk-kaart", builtin("brk-kaart").unwrap(), &[parcels]);
    let graph = b"<graphml><key id='d0' for='node' attr.name='id'/><graph><node id='n0'><data key='d0'>Ann &amp; co</data></node><edge source='n0' target='n0'/></graph></graphml>";
    read_mutated("graphml", &signals("graphml"), &[graph]);
}

#[test]
fn no_mutated_list_of_another_register_panics() {
    let persons = "\u{feff};01.01.10;01.01.20;01.02.40;07.70.10;08.10.30;08.11.10;08.H;\nLg01;8940402024;999993653;Moulin;0;20150808;Boterdiep;58;\n;;;;;20131102;Vredesplein;;\n";
    read_mutated(
        "brp-lo3",
        builtin("brp-lo3").unwrap(),
        &[persons.as_bytes()],
    );
    let entities = br#"{"id":"p1","schema":"Person","properties":{"name":["Ann"],"birthDate":["1980"]}}
{"id":"d1","schema":"Directorship","properties":{"director":["p1","p2"],"organization":["c1"],"startDate":["2020-01-01"]}}"#;
    read_mutated("ftm", builtin("ftm").unwrap(), &[entities]);
    let importer = b"id:ID(P),tekst:string[],datum:date,:LABEL\n1,A;B,2020-01-01,Person;Officer\n";
    read_mutated("neo4j-csv", &signals("neo4j-csv"), &[importer]);
}

#[test]
fn no_mutated_workbook_or_column_file_panics() {
    read_mutated("parquet", &signals("parquet"), &[&formats::parquet_file()]);
    let book = formats::workbook(&[(
        "Blad1",
        "<row r='1'><c r='A1' t='inlineStr'><is><t>id</t></is></c></row>",
    )]);
    read_mutated("excel", &signals("excel"), &[&book]);
}

#[test]
fn no_mutated_source_file_panics() {
    let seeds = [
        signals("csv"),
        signals("json"),
        builtin("brp-lo3").unwrap().to_owned(),
    ];
    let seeds: Vec<&[u8]> = seeds.iter().map(|one| one.as_bytes()).collect();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("input.txt");
    std::fs::write(&path, ROWS).unwrap();
    mutated("source", &seeds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(parsed) = SourceFile::parse(&text, Path::new("."), Some(vec![path.clone()])) {
            account_for(read_source(&parsed));
        }
    });
}
