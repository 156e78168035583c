//! Each format: what it makes of a file, by an example.

use std::sync::Arc;

use super::*;

/// A source of signals in a format, with rules of its own.
fn source(format: &str, rules: &str) -> String {
    format!("{HEAD}format = \"{format}\"\n{MARKING}{rules}")
}

const NODE: &str = r#"
[[record]]
[[record.node]]
as = "signal"
label = "Signal"
key = "signal:{id}"
properties = { summary = "naam", weight = "gewicht", date = "datum" }
"#;

#[test]
fn csv_is_read_whatever_it_is_written_in() {
    let text = "id;naam;gewicht;datum\n1;caf\u{e9};1,5;2020-05-01\n2;\u{20ac} 3;2;\n";
    let utf_16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let marked = format!("\u{feff}{text}");
        marked.encode_utf16().flat_map(bytes).collect()
    };
    let windows = b"id;naam;gewicht;datum\n1;caf\xe9;1,5;2020-05-01\n2;\x80 3;2;\n".to_vec();
    let expected = [
        "0:2 intern Signal signal:1 {summary=caf\u{e9}, date=2020-05-01, weight=1.5} [-, -)",
        "0:3 intern Signal signal:2 {summary=\u{20ac} 3, weight=2} [-, -)",
    ];
    for (bytes, read_as) in [
        (text.as_bytes().to_vec(), "UTF-8, separator `;`"),
        (
            format!("\u{feff}{text}").into_bytes(),
            "UTF-8, separator `;`",
        ),
        (utf_16(u16::to_le_bytes), "UTF-16LE, separator `;`"),
        (utf_16(u16::to_be_bytes), "UTF-16BE, separator `;`"),
        (windows, "Windows-1252, separator `;`"),
        (text.replace(';', "\t").into_bytes(), "UTF-8, separator tab"),
        (text.replace(';', "|").into_bytes(), "UTF-8, separator `|`"),
    ] {
        let delivery = read_text(&source("csv", NODE), &bytes).unwrap();
        assert_eq!(delivery.lines(), expected, "{read_as}");
        assert_eq!(delivery.report.files[0].read_as.as_deref(), Some(read_as));
    }
}

#[test]
fn what_a_source_file_names_is_not_guessed() {
    let named = format!(
        "{}\n[csv]\nseparator = \"|\"\nquoting = false\nencoding = \"windows-1252\"\n",
        source("csv", NODE)
    );
    let text = b"id|naam|gewicht|datum\n1|5\" buis; lang|1|\n2|\xc3\xa9|2|\n";
    let delivery = read_text(&named, text).unwrap();
    assert_eq!(
        delivery.lines(),
        [
            "0:2 intern Signal signal:1 {summary=5\" buis; lang, weight=1} [-, -)",
            "0:3 intern Signal signal:2 {summary=\u{c3}\u{a9}, weight=2} [-, -)",
        ]
    );
}

#[test]
fn rules_run_on_the_files_that_they_name() {
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (
        directory.path().join("one.csv"),
        directory.path().join("two.csv"),
    );
    std::fs::write(&first, "id\n1\n").unwrap();
    std::fs::write(&second, "from,to\n1,1234AB 1\n").unwrap();
    let rules = r#"
[[record]]
file = "one*"
[[record.node]]
as = "signal"
label = "Signal"
key = "signal:{id}"
[[record]]
file = ["two.csv", "three.csv"]
[[record.node]]
as = "signal"
label = "Signal"
key = "signal:{from}"
mention = true
[[record.node]]
as = "address"
label = "Address"
key = "postcode:{to}"
[[record.edge]]
label = "ABOUT"
from = "signal"
to = "address"
"#;
    let files = vec![first.clone(), second.clone()];
    let parsed = SourceFile::parse(&source("csv", rules), Path::new("."), Some(files)).unwrap();
    let delivery = read_source(&parsed).unwrap();
    assert_eq!(delivery.lines().len(), 3);
    // The columns of one file are not asked of the other, but those that its own rules name are.
    let wrong = source("csv", &rules.replace("{to}", "{too}"));
    let parsed = SourceFile::parse(&wrong, Path::new("."), Some(vec![second])).unwrap();
    let message = read_source(&parsed).err().unwrap().to_string();
    assert!(
        message.contains("no column `too`") && message.contains("did you mean `to`"),
        "{message}"
    );
}

#[test]
fn a_schema_may_stand_in_the_source_file() {
    let rules = r#"
[[schema.node]]
label = "Tree"
title = { nl = "Boom", en = "Tree" }
keys = [{ namespace = "tree" }]
properties = [{ name = "height_m", type = "decimal", title = { nl = "Hoogte", en = "Height" } }]
[[record]]
[[record.node]]
as = "tree"
label = "Tree"
key = "tree:{id}"
properties = { height_m = { field = "hoogte", min = 0, max = 150 } }
"#;
    let delivery = read_text(&source("csv", rules), b"id,hoogte\n1,12\n2,200\n3,-1\n").unwrap();
    assert_eq!(delivery.keys("Tree"), ["tree:1"]);
    let reasons: Vec<&str> = delivery
        .report
        .refusals
        .iter()
        .map(|one| one.reason.as_str())
        .collect();
    assert_eq!(reasons, ["outside the range of `min` and `max`"; 2]);
    let dates = NODE.replace(
        "\"datum\"",
        "{ field = \"datum\", min = \"2020-01-01\", max = \"2020-12-31\" }",
    );
    let text = b"id,naam,gewicht,datum\n1,,,2020-05-01\n2,,,2021-01-01\n";
    let delivery = read_text(&source("csv", &dates), text).unwrap();
    assert_eq!(delivery.keys("Signal"), ["signal:1"]);
}

#[test]
fn codes_are_looked_up_in_their_table() {
    let directory = tempfile::tempdir().unwrap();
    let table = directory.path().join("gemeenten.csv");
    std::fs::write(&table, "code;naam\n0599;Rotterdam\n0518;'s-Gravenhage\n").unwrap();
    let rules = format!(
        "[[record]]\n[[record.node]]\nas='s'\nlabel='Signal'\nkey='signal:{{id}}'\n[record.node.properties]\n\
         summary = {{ field = 'g', table = {{ file = '{0}', code = 'code', value = 'naam' }} }}\n\
         [[record]]\nwhen = {{ g = {{ file = '{0}' }} }}\n[[record.node]]\nas='s'\nlabel='Signal'\nkey='signal:known {{id}}'\n",
        table.display()
    );
    let delivery = read_text(&source("csv", &rules), b"id,g\n1,0599\n2,9999\n3,\n").unwrap();
    assert_eq!(
        delivery.lines(),
        [
            "0:2 intern Signal signal:1 {summary=Rotterdam} [-, -)",
            "0:2 intern Signal signal:known 1 {} [-, -)",
            "0:4 intern Signal signal:3 {} [-, -)",
        ]
    );
    assert!(delivery.report.refusals[0].reason.contains("`table`"));
    let missing = source("csv", &rules.replace("gemeenten", "nergens"));
    assert!(error_of(&missing, b"id,g\n").contains("the code table"));
}

const GRAPH: &str = r#"
[[schema.node]]
label = "Person"
title = { nl = "Persoon", en = "Person" }
keys = [{ namespace = "x" }]
[[schema.edge]]
label = "KNOWS"
title = { nl = "kent", en = "knows" }
from = ["Person"]
to = ["Person"]
"#;

#[test]
fn the_importers_csv_tells_kinds_ids_and_lists() {
    let rules = r#"
[[record]]
kind = "Person"
[[record.node]]
as = "person"
label = "Person"
key = "x:{:ID_GROUP?}{:ID}"
properties = { full_name = { field = "namen", join = " / " } }
[[record]]
kind = "KNOWS"
[[record.node]]
as = "from"
label = "Person"
key = "x:{:START_ID}"
mention = true
[[record.node]]
as = "to"
label = "Person"
key = "x:{:END_ID}"
mention = true
[[record.edge]]
label = "KNOWS"
from = "from"
to = "to"
"#;
    let source = source("neo4j-csv", &format!("{GRAPH}{rules}"));
    let nodes =
        b"personId:ID(P),namen:string[],leeftijd:int,:LABEL\n1,A;B,3,Person;Officer\n2,C,,Dog\n";
    let delivery = read_text(&source, nodes).unwrap();
    assert_eq!(
        delivery.lines(),
        ["0:2 intern Person x:P1 {full_name=A / B} [-, -)"]
    );
    assert_eq!(delivery.report.records_set_aside(), 1);
    let edges = b":START_ID,:END_ID,:TYPE\n1,2,KNOWS\n";
    let delivery = read_text(&source, edges).unwrap();
    assert_eq!(delivery.lines(), ["0:2 intern x:1 -KNOWS/-> x:2 {} [-, -)"]);
    for (text, says) in [
        (b":ID,naam:nummer\n1,x\n".as_slice(), "no type `nummer`"),
        (b"naam,:LABEL\nx,Person\n", "a header of the importer"),
        (b":ID,naam,:LABEL\n1,x,Person\n", "no column `namen`"),
    ] {
        let message = error_of(&source, text);
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn entities_of_a_stream_become_nodes_and_edges() {
    let text = r#"{"id":"p1","schema":"Person","caption":"A","properties":{"name":["Ann"],"birthDate":["1980"]}}
{"id":"c1","schema":"Company","properties":{"name":["Acme"],"registrationNumber":["123"]}}
{"id":"d1","schema":"Directorship","properties":{"director":["p1","p2"],"organization":["c1"],"startDate":["2020-01-01"],"role":["bestuurder"]}}
{"id":"o1","schema":"Ownership","properties":{"owner":[{"id":"p1","schema":"Person"}],"asset":["c1"],"percentage":["50"]}}
{"id":"f1","schema":"Family","properties":{"person":["p1"],"relative":["p2"],"relationship":["broer"]}}
{"id":"x1","schema":"Directorship","properties":{"director":["p1"]}}
{"id":"v1","schema":"Vessel","properties":{"name":["Schip"]}}
{"schema":"Person"}
"#;
    let delivery = read_text(builtin("ftm").unwrap(), text.as_bytes()).unwrap();
    assert_eq!(
        delivery.lines(),
        [
            "0:1 vertrouwelijk Person ftm:p1 {full_name=Ann, birth_date=1980} [-, -)",
            "0:2 vertrouwelijk Company ftm:c1 {name=Acme, registration=123} [-, -)",
            "0:3 vertrouwelijk ftm:p1 -DIRECTOR_OF/d1-> ftm:c1 {role=bestuurder} [2020-01-01, -)",
            "0:3 vertrouwelijk ftm:p2 -DIRECTOR_OF/d1-> ftm:c1 {role=bestuurder} [2020-01-01, -)",
            "0:4 vertrouwelijk ftm:p1 -SHAREHOLDER_OF/o1-> ftm:c1 {share=50} [-, -)",
            "0:5 vertrouwelijk ftm:p1 -FAMILY_OF/f1-> ftm:p2 {relation=broer} [-, -)",
        ]
    );
    assert_eq!(
        (
            delivery.report.records_refused(),
            delivery.report.records_set_aside()
        ),
        (2, 1)
    );
}

#[test]
fn graphml_gives_nodes_and_edges_with_their_data() {
    let rules = r#"
[[record]]
kind = "node"
[[record.node]]
as = "person"
label = "Person"
key = "x:{id}"
properties = { full_name = "naam", sex = "soort" }
[[record]]
kind = "edge"
[[record.node]]
as = "from"
label = "Person"
key = "x:{source}"
mention = true
[[record.node]]
as = "to"
label = "Person"
key = "x:{target}"
mention = true
[[record.edge]]
label = "KNOWS"
from = "from"
to = "to"
key = "{gewicht}"
"#;
    let text = r#"<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="d0" for="node" attr.name="naam" attr.type="string"/>
  <key id="d1" for="node" attr.name="soort" attr.type="string"><default>V</default></key>
  <key id="d2" for="edge" attr.name="gewicht" attr.type="int"/>
  <graph edgedefault="undirected">
    <node id="n0"><data key="d0">Ann &amp; co</data></node>
    <node id="n1"><data key="d0"><y:Label xmlns:y="y">Bob</y:Label></data><data key="d1">M</data></node>
    <edge source="n0" target="n1"><data key="d2">3</data></edge>
    <node id="n2"/>
  </graph>
</graphml>"#;
    let source = source("graphml", &format!("{GRAPH}{rules}"));
    let delivery = read_text(&source, text.as_bytes()).unwrap();
    assert_eq!(
        delivery.lines(),
        [
            "0:7 intern Person x:n0 {full_name=Ann & co, sex=V} [-, -)",
            "0:8 intern Person x:n1 {full_name=Bob, sex=M} [-, -)",
            "0:9 intern x:n0 -KNOWS/3-> x:n1 {} [-, -)",
            "0:10 intern Person x:n2 {sex=V} [-, -)",
        ]
    );
    assert!(error_of(&source, b"<a/>").contains("not GraphML"));
    assert!(error_of(&source, b"<graphml><graph><node id='a'>").contains("breaks off"));
    let unknown = b"<graphml><graph><node id='a'><data key='d9'>x</data></node></graph></graphml>";
    assert!(error_of(&source, unknown).contains("a key that the document does not have"));
}

#[test]
fn a_person_list_is_one_record_of_all_its_rows() {
    let text = "\u{feff};01.01.10;01.01.20;01.02.40;07.70.10;08.10.30;08.11.10;08.H;\n\
        Lg01;8940402024;999993653;Moulin;0;20150808;Boterdiep;58;\n\
        ;;;;;20131102;Vredesplein;;\n\
        Lg02;;;Niemand;0;;;;\n";
    let delivery = read_text(builtin("brp-lo3").unwrap(), text.as_bytes()).unwrap();
    let lines = delivery.lines();
    assert_eq!(delivery.report.records_read(), 2);
    assert_eq!(delivery.report.records_refused(), 1);
    assert!(
        lines
            .iter()
            .any(|line| line.contains("-LIVES_AT/2013-11-02->")
                && line.ends_with("[2013-11-02, 2015-08-08)")),
        "{lines:#?}"
    );
    let message = error_of(builtin("brp-lo3").unwrap(), b"naam;x\n1;2\n");
    assert!(message.contains("no column of an LO3 list"), "{message}");
}

/// A workbook, as a spreadsheet program writes it, as small as can be.
pub(super) fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut write = |name: &str, text: &str| {
        writer
            .start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    };
    let namespace = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    write(
        "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
    );
    write(
        "_rels/.rels",
        &format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             <Relationship Id=\"r1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    let names: String = sheets
        .iter()
        .enumerate()
        .map(|(place, (name, _))| {
            format!(
                "<sheet name=\"{name}\" sheetId=\"{0}\" r:id=\"r{0}\"/>",
                place + 1
            )
        })
        .collect();
    write(
        "xl/workbook.xml",
        &format!(
            "<workbook {namespace} xmlns:r=\"{relations}\"><sheets>{names}</sheets></workbook>"
        ),
    );
    let links: String = (1..=sheets.len())
        .map(|number| {
            format!("<Relationship Id=\"r{number}\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>")
        })
        .collect();
    write(
        "xl/_rels/workbook.xml.rels",
        &format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{links}</Relationships>"
        ),
    );
    write(
        "xl/styles.xml",
        &format!(
            "<styleSheet {namespace}><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
        ),
    );
    for ((_, cells), number) in sheets.iter().zip(1..) {
        write(
            &format!("xl/worksheets/sheet{number}.xml"),
            &format!("<worksheet {namespace}><sheetData>{cells}</sheetData></worksheet>"),
        );
    }
    writer.finish().unwrap().into_inner()
}

fn text_cell(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

#[test]
fn sheets_of_a_workbook_are_read_row_by_row() {
    let header = ["id", "naam", "gewicht", "datum"];
    let header: String = header
        .iter()
        .zip(["A2", "B2", "D2", "E2"])
        .map(|(name, place)| text_cell(place, name))
        .collect();
    let rows = format!(
        "<row r=\"2\">{header}</row>\
         <row r=\"3\"><c r=\"A3\"><v>1</v></c>{}<c r=\"D3\"><v>1.5</v></c><c r=\"E3\" s=\"1\"><v>43952</v></c></row>\
         <row r=\"5\"><c r=\"A5\"><v>2</v></c></row>\
         <row r=\"6\"><c r=\"A6\"><v>3</v></c><c r=\"C6\"><v>9</v></c></row>\
         <row r=\"7\"><c r=\"A7\"><v>4</v></c><c r=\"D7\" t=\"e\"><v>#N/A</v></c></row>\
         <row r=\"1048576\"><c r=\"XFD1048576\"><v>9</v></c></row>",
        text_cell("B3", "caf\u{e9}")
    );
    let bytes = workbook(&[
        ("Meldingen", &rows),
        ("Uitleg", "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>"),
    ]);
    let rules = NODE.replacen("[[record]]", "[[record]]\nkind = \"Meldingen\"", 1);
    let delivery = read_text(&source("excel", &rules), &bytes).unwrap();
    assert_eq!(
        delivery.lines(),
        [
            "0:3 intern Signal signal:1 {summary=caf\u{e9}, date=2020-05-01, weight=1.5} [-, -)",
            "0:5 intern Signal signal:2 {} [-, -)",
        ]
    );
    let refused: Vec<(u32, &str)> = delivery
        .report
        .refusals
        .iter()
        .map(|refusal| (refusal.line, refusal.reason.as_str()))
        .collect();
    assert_eq!(refused.len(), 3, "{refused:?}");
    assert_eq!(
        refused.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
        [6, 7, 1_048_576]
    );
    assert_eq!(delivery.report.files[0].name, "input.txt!Meldingen");
    assert_eq!(delivery.report.not_read[0].file, "input.txt!Uitleg");
}

/// Two rows in Parquet.
pub(super) fn parquet_file() -> Vec<u8> {
    use parquet::column::writer::ColumnWriter;
    use parquet::data_type::ByteArray;
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    let schema = "message m { REQUIRED INT64 id; OPTIONAL BYTE_ARRAY naam (UTF8); OPTIONAL DOUBLE gewicht; \
                  OPTIONAL INT32 datum (DATE); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    while let Some(mut column) = group.next_column().unwrap() {
        match column.untyped() {
            ColumnWriter::Int64ColumnWriter(ids) => {
                ids.write_batch(&[1, 2], None, None).unwrap();
            }
            ColumnWriter::ByteArrayColumnWriter(names) => {
                let name = ByteArray::from("caf\u{e9}");
                names.write_batch(&[name], Some(&[1, 0]), None).unwrap();
            }
            ColumnWriter::DoubleColumnWriter(weights) => {
                weights.write_batch(&[1.5], Some(&[1, 0]), None).unwrap();
            }
            ColumnWriter::Int32ColumnWriter(days) => {
                days.write_batch(&[18_383], Some(&[1, 0]), None).unwrap();
            }
            _ => unreachable!("the schema has no other columns"),
        }
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn rows_of_parquet_are_records() {
    let delivery = read_text(&source("parquet", NODE), &parquet_file()).unwrap();
    assert_eq!(
        delivery.lines(),
        [
            "0:1 intern Signal signal:1 {summary=caf\u{e9}, date=2020-05-01, weight=1.5} [-, -)",
            "0:2 intern Signal signal:2 {} [-, -)",
        ]
    );
    let wrong = source("parquet", &NODE.replace("\"naam\"", "\"nam\""));
    assert!(error_of(&wrong, &parquet_file()).contains("did you mean `naam`"));
}
