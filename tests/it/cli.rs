//! The command line: what a person reads when something is wrong, and that nothing is half done then.

use std::fs;
use std::path::Path;

use crate::town::verband;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn run(directory: &Path, arguments: &[&str]) -> Ran {
    let output = verband()
        .current_dir(directory)
        .args(arguments)
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

const SOURCE: &str = r#"
[source]
name = "overlast"
title = "Meldingen"
format = "csv"
files = ["overlast.csv"]
[marking]
organisation = "gemeente"
department = "wonen"
level = "intern"
[limits]
refusals_max = 1
[[record]]
[[record.node]]
as = "address"
label = "Address"
key = "bag_object:{vbo}"
[record.node.properties]
floor_area_m2 = "oppervlakte"
"#;

/// A directory with a source file and its delivery.
fn delivery(csv: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("overlast.toml"), SOURCE).unwrap();
    fs::write(directory.path().join("overlast.csv"), csv).unwrap();
    directory
}

const LOAD: [&str; 4] = ["load", "overlast.toml", "--store", "town.redb"];

#[test]
fn loading_twice_changes_nothing() {
    let directory = delivery("vbo,oppervlakte\n0221010000330226,30\n");
    let first = run(directory.path(), &LOAD);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(
        first.out.contains("1 statements new, 0 stood already"),
        "{}",
        first.out
    );
    let second = run(directory.path(), &LOAD);
    assert!(
        second.out.contains("0 statements new, 1 stood already"),
        "{}",
        second.out
    );
    let deliveries = run(directory.path(), &["store", "deliveries", "town.redb"]);
    assert_eq!(deliveries.out.lines().count(), 1, "{}", deliveries.out);
}

#[test]
fn refused_records_are_told_with_file_line_column_and_reason() {
    let directory = delivery("vbo,oppervlakte\n0221010000330226,30\n0221010000330227,groot\n");
    let mut arguments = LOAD.to_vec();
    arguments.extend(["--report", "refused.csv"]);
    let ran = run(directory.path(), &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report = fs::read_to_string(directory.path().join("refused.csv")).unwrap();
    assert!(
        report.contains("overlast.csv") && report.contains("oppervlakte"),
        "{report}"
    );
    assert!(!report.contains("groot"), "the value is masked: {report}");
}

#[test]
fn too_many_refusals_refuse_the_delivery_whole() {
    let directory = delivery("vbo,oppervlakte\n0221010000330226,30\n1,2\n3,4\n");
    let ran = run(directory.path(), &LOAD);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err
            .contains("2 records refused, at most 1 allowed; nothing of this delivery was loaded"),
        "{}",
        ran.err
    );
    let deliveries = run(directory.path(), &["store", "deliveries", "town.redb"]);
    assert_eq!(deliveries.out, "");
}

#[test]
fn a_mapping_that_names_a_missing_column_says_which() {
    let directory = delivery("vbo,opp\n0221010000330226,30\n");
    let ran = run(directory.path(), &LOAD);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("no column `oppervlakte`"), "{}", ran.err);
    let source = SOURCE.replace("floor_area_m2", "floor_area");
    fs::write(directory.path().join("overlast.toml"), source).unwrap();
    let ran = run(directory.path(), &LOAD);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("floor_area") && ran.err.contains("floor_area_m2"),
        "{}",
        ran.err
    );
}

#[test]
fn xml_cut_in_half_loads_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let whole = r#"<?xml version="1.0"?><a><stand><bagObject><Objecten:Pand xmlns:Objecten="x">"#;
    fs::write(directory.path().join("cut.xml"), whole).unwrap();
    let ran = run(
        directory.path(),
        &[
            "load",
            "--builtin",
            "bag",
            "--files",
            "cut.xml",
            "--store",
            "town.redb",
        ],
    );
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("cut.xml") && ran.err.contains("nothing of `bag` was loaded"),
        "{}",
        ran.err
    );
}

#[test]
fn a_policy_with_a_typing_error_is_told_with_file_line_and_column() {
    let directory = tempfile::tempdir().unwrap();
    let text = "permit (principal, action, resource)\nwhen { resource.levle == 0 };\n";
    fs::write(directory.path().join("p.cedar"), text).unwrap();
    let ran = run(directory.path(), &["policy", "check", "p.cedar"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("p.cedar:2:8: ") && ran.err.contains("levle"),
        "{}",
        ran.err
    );
}

#[test]
fn a_second_process_on_one_store_is_told_so() {
    let directory = tempfile::tempdir().unwrap();
    let (mut server, _) = crate::town::start(directory.path(), 200);
    let ran = run(directory.path(), &["store", "deliveries", "town.redb"]);
    // Waiting closes its standard input, which stops it.
    let _ = server.wait();
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("is in use by another process"),
        "{}",
        ran.err
    );
}

#[test]
fn a_store_that_is_none_or_missing_is_told_so() {
    let directory = tempfile::tempdir().unwrap();
    let ran = run(directory.path(), &["store", "deliveries", "none.redb"]);
    assert!(
        ran.code == 1 && ran.err.contains("there is no store at"),
        "{}",
        ran.err
    );
    fs::write(directory.path().join("text.redb"), "no store").unwrap();
    let ran = run(directory.path(), &["store", "deliveries", "text.redb"]);
    assert!(ran.code == 1 && ran.err.contains("store"), "{}", ran.err);
    assert_eq!(
        fs::read_to_string(directory.path().join("text.redb")).unwrap(),
        "no store"
    );
}

#[test]
fn wrong_arguments_exit_with_two_and_help_has_examples() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(run(directory.path(), &["lood"]).code, 2);
    for command in [
        "demo", "load", "serve", "search", "dossier", "expand", "generate",
    ] {
        let help = run(directory.path(), &[command, "--help"]);
        assert_eq!(help.code, 0);
        assert!(
            help.out.contains("Example"),
            "{command} has no example:\n{}",
            help.out
        );
    }
}

#[test]
fn a_dossier_reads_as_text_and_as_json() {
    let directory = tempfile::tempdir().unwrap();
    let made = run(
        directory.path(),
        &["demo", "--persons", "300", "--no-serve", "--dir", "d"],
    );
    assert_eq!(made.code, 0, "{}", made.err);
    let dossier = |extra: &[&str]| {
        let mut arguments = vec![
            "dossier",
            "Havenstraat 12",
            "--config",
            "d/verband.toml",
            "--as",
            "inspecteur",
            "--purpose",
            "woonfraude",
        ];
        arguments.extend(extra);
        run(directory.path(), &arguments)
    };
    let text = dossier(&[]);
    assert_eq!(text.code, 0, "{}", text.err);
    assert!(
        text.out.starts_with("HAVENSTRAAT 12\n") && text.out.contains("\nBewoners\n"),
        "{}",
        text.out
    );
    let json: serde_json::Value = serde_json::from_str(&dossier(&["--json"]).out).unwrap();
    assert_eq!(json["purpose"], "woonfraude");
    let unknown = run(
        directory.path(),
        &[
            "search",
            "x1",
            "--config",
            "d/verband.toml",
            "--as",
            "niemand",
            "--purpose",
            "zorg",
        ],
    );
    assert!(
        unknown.code == 1
            && unknown
                .err
                .contains("analist, beheer, burgerzaken, coordinator, inspecteur, politie, privacy, riec, zorg"),
        "{}",
        unknown.err
    );
}
