//! What must never decide about people does not come in as something that patterns read.

use super::*;

fn refused(format: &str, rules: &str) -> String {
    let source = format!("{HEAD}format = \"{format}\"\n{MARKING}{rules}");
    let parsed = SourceFile::parse(&source, Path::new("."), None).unwrap();
    let schema = parsed.schema(Schema::municipal().unwrap()).unwrap();
    compile::compile(&parsed, &schema).unwrap_err().to_string()
}

#[test]
fn a_protected_column_feeds_no_property_key_condition_or_marking() {
    let node = |properties: &str, more: &str| {
        format!(
            "[[record]]\n{more}[[record.node]]\nas='p'\nlabel='Signal'\nkey='signal:{{id}}'\n{properties}\n"
        )
    };
    for rules in [
        node("properties={ summary='nationaliteit' }", ""),
        node(
            "properties={ summary={ template='{naam} {geboorteland}' } }",
            "",
        ),
        node(
            "properties={ summary={ field='verblijfstitel', map={}, other='x' } }",
            "",
        ),
        node("properties={ summary=['naam', 'birth country'] }", ""),
        node("valid={ from='Religie' }", ""),
        node("when={ gezondheid='slecht' }", ""),
        node("", "when={ nationality='0057' }\n"),
        node(
            "",
            "[[record.marking]]\nwhen={ etniciteit='*' }\nlevel='geheim'\n",
        ),
        node("", "").replace("{id}", "{geloof}"),
    ] {
        let message = refused("csv", &rules);
        assert!(
            message.contains("says something protected"),
            "{rules}\n{message}"
        );
    }
    for (format, rules) in [
        ("lo3-csv", node("properties={ summary='04[0].05.10' }", "")),
        ("lo3-csv", node("properties={ summary='01[0].03.30' }", "")),
        ("lo3-csv", node("", "each='10'\n")),
        (
            "lo3-csv",
            node("properties={ summary='03.20' }", "each='09'\n"),
        ),
        (
            "json-lines",
            node("properties={ summary='geboorte.landVanGeboorte' }", ""),
        ),
        (
            "follow-the-money",
            node("properties={ summary='properties.nationality' }", ""),
        ),
    ] {
        let message = refused(format, &rules);
        assert!(
            message.contains("says something protected"),
            "{rules}\n{message}"
        );
    }
}

#[test]
fn a_property_of_the_class_protected_may_be_fed_by_a_protected_column() {
    let rules = r#"
[[schema.node]]
label = "Signal"
title = { nl = "Signaal", en = "Signal" }
keys = []
properties = [{ name = "nationality", type = "text", class = "protected", title = { nl = "x", en = "x" } }]
[[record]]
[[record.node]]
as = "signal"
label = "Signal"
key = "signal:{id}"
properties = { nationality = "nationaliteit" }
"#;
    let source = format!("{HEAD}format = \"csv\"\n{MARKING}{rules}");
    let delivery = read_text(&source, b"id,nationaliteit\n1,0057\n").unwrap();
    assert_eq!(
        delivery.lines(),
        ["0:2 intern Signal signal:1 {nationality=0057} [-, -)"]
    );
    // An ordinary one of that name the schema refuses.
    let ordinary = source.replace("class = \"protected\", ", "");
    let message = error_of(&ordinary, b"id,nationaliteit\n");
    assert!(message.contains("schema"), "{message}");
}

#[test]
fn the_built_in_source_files_load_nothing_protected() {
    for name in builtin_names() {
        let text = builtin(name).unwrap();
        assert!(!text.contains("protected\""), "{name}");
    }
}
