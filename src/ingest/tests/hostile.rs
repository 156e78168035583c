//! Input that is cut, wrong, endless or meant to break things.

use std::io::Write;

use super::*;

#[test]
fn text_that_is_cut_or_wrong_is_told_with_its_line() {
    let csv = signals("csv");
    let json = signals("json");
    let bag = builtin("bag").unwrap();
    let mut latin = b"id,tekst,datum,postcode,nummer\n1,caf".to_vec();
    latin.extend_from_slice(b"\xe9,,,\n2,x,,,\n3,x\n");
    let delivery = read_text(&csv, &latin).unwrap();
    let refusals: Vec<String> = delivery
        .report
        .refusals
        .iter()
        .map(|refusal| format!("{}: {}", refusal.line, refusal.reason))
        .collect();
    assert_eq!(
        refusals,
        [
            "2: not UTF-8 in field 2, byte 4",
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

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_never_panics(text in "(?s).{0,200}", rows in "([a-z0-9\"\\r\\n ,;-]{0,40}\n){0,8}") {
        let rows = format!("id,tekst,datum,postcode,nummer\n{rows}");
        for format in ["csv", "json", "json-lines"] {
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
