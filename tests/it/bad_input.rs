//! Bad input over the real program: the message says where, what and what to do, the exit code says that it is not done,
//! and nothing is half done.

use std::fs;
use std::path::Path;

use crate::fixed;
use crate::town::verband;

/// Runs the program in a directory; what it says on standard error, which must come with this exit code.
fn refused(directory: &Path, code: i32, arguments: &[&str]) -> String {
    let output = verband()
        .current_dir(directory)
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{told}");
    told
}

/// A town that is loaded and not served.
pub fn town() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let sources = fixed::write(directory.path());
    fixed::load_all(directory.path(), &sources, |_| {
        "2026-11-01T08:00:00Z".to_owned()
    });
    directory
}

fn set_format(store: &Path, format: u64) {
    let meta: redb::TableDefinition<&str, &[u8]> = redb::TableDefinition::new("meta");
    let database = redb::Database::create(store).unwrap();
    let transaction = database.begin_write().unwrap();
    let bytes = format.to_le_bytes();
    transaction
        .open_table(meta)
        .unwrap()
        .insert("format", bytes.as_slice())
        .unwrap();
    transaction.commit().unwrap();
}

#[test]
fn a_store_of_another_format_is_told_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("town.redb");
    fixed::load_all(directory.path(), &[], |_| String::new());
    for (format, advice) in [
        (99, "use a newer version of verband"),
        (1, "into a new store"),
    ] {
        set_format(&store, format);
        for arguments in [
            &["store", "deliveries", "town.redb"][..],
            &[
                "load",
                "--builtin",
                "brp",
                "--files",
                "none.jsonl",
                "--store",
                "town.redb",
            ][..],
        ] {
            let told = refused(directory.path(), 1, arguments);
            assert!(
                told.contains(&format!("format {format}")) && told.contains(advice),
                "{told}"
            );
        }
    }
}

#[test]
fn a_server_does_not_start_on_settings_that_are_wrong() {
    let directory = town();
    let serve = [
        "serve",
        "--config",
        "verband.toml",
        "--listen",
        "127.0.0.1:0",
    ];
    for (file, text, places) in [
        (
            "policy.cedar",
            "permit (principal, action, resource)\nwhen { resource.levle == 0 };\n",
            ["policy.cedar:2:", "levle"],
        ),
        (
            "purposes.toml",
            "[[purpose]]\nid = 'a'\ntitel = 'x'\n",
            ["purposes.toml", "titel"],
        ),
        ("users.toml", "[[user]]\nid = 'a'\n", ["users.toml", "name"]),
        (
            "verband.toml",
            "store = 'town.redb'\npolis = 'x'\n",
            ["verband.toml", "polis"],
        ),
    ] {
        let path = directory.path().join(file);
        let before = fs::read(&path).unwrap();
        fs::write(&path, text).unwrap();
        let told = refused(directory.path(), 1, &serve);
        assert!(
            places.iter().all(|place| told.contains(place)),
            "{file}: {told}"
        );
        fs::write(&path, before).unwrap();
    }
    fs::remove_file(directory.path().join("policy.cedar")).unwrap();
    let told = refused(directory.path(), 1, &serve);
    assert!(
        told.contains("policy.cedar") && told.contains("cannot be read"),
        "{told}"
    );
}

#[test]
fn a_read_that_cannot_be_is_told_with_what_to_do() {
    let directory = town();
    let read = |command: &str, what: &[&str], purpose: &str| {
        let mut arguments = vec![command, "Havenstraat 12"];
        arguments.extend(what);
        arguments.extend([
            "--config",
            "verband.toml",
            "--as",
            "inspecteur",
            "--purpose",
            purpose,
        ]);
        refused(directory.path(), 1, &arguments)
    };
    let unknown = read("dossier", &[], "plezier");
    assert!(
        unknown.contains("`plezier`") && unknown.contains("vergunningverlening, woonfraude"),
        "{unknown}"
    );
    let others = read("dossier", &[], "zorg");
    assert!(others.contains("`zorg`"), "{others}");
    let hops = read("expand", &["--hops", "7"], "woonfraude");
    assert!(hops.contains("`hops` is 7, it must be 1 to 6"), "{hops}");
    let label = read("expand", &["--over", "LIVES_ON"], "woonfraude");
    assert!(label.contains("no label `LIVES_ON`"), "{label}");
    // Wrong arguments are another exit code: nothing was tried.
    let day = [
        "dossier",
        "x",
        "--config",
        "verband.toml",
        "--as",
        "a",
        "--purpose",
        "b",
        "--as-of",
        "ooit",
    ];
    let told = refused(directory.path(), 2, &day);
    assert!(told.contains("--as-of") && told.contains("ooit"), "{told}");
}

#[test]
fn a_hidden_node_is_as_one_that_is_missing_on_the_command_line_too() {
    let directory = town();
    let ask = |user: &str, purpose: &str, node: &str, code: i32| {
        let arguments = [
            "dossier",
            node,
            "--config",
            "verband.toml",
            "--as",
            user,
            "--purpose",
            purpose,
            "--json",
        ];
        let output = verband()
            .current_dir(directory.path())
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(code),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output
    };
    let dossier = ask("zorg", "zorg", "Havenstraat 12", 0).stdout;
    let dossier: serde_json::Value = serde_json::from_slice(&dossier).unwrap();
    let sections = dossier["sections"].as_array().unwrap();
    let about = sections
        .iter()
        .find(|section| section["edgeLabel"] == "ABOUT")
        .unwrap();
    let signal = about["now"][0]["node"]["id"].as_str().unwrap();
    let told = |node: &str| {
        let told = ask("inspecteur", "woonfraude", node, 1).stderr;
        String::from_utf8(told).unwrap().replace(node, "ID")
    };
    assert_eq!(told(signal), told("0000000000000"));
}

#[test]
fn xml_cut_in_half_leaves_the_store_as_it_was() {
    let directory = town();
    let deliveries = || {
        let output = verband()
            .current_dir(directory.path())
            .args(["store", "deliveries", "town.redb"])
            .output()
            .unwrap();
        output.stdout
    };
    let before = deliveries();
    let xml =
        "<?xml version=\"1.0\"?>\n<a>\n<stand>\n<bagObject><Objecten:Pand xmlns:Objecten=\"x\">";
    fs::write(directory.path().join("cut.xml"), xml).unwrap();
    let load = [
        "load",
        "--builtin",
        "bag",
        "--files",
        "cut.xml",
        "--store",
        "town.redb",
    ];
    let told = refused(directory.path(), 1, &load);
    assert!(
        told.contains("cut.xml") && told.contains("line 4"),
        "{told}"
    );
    assert_eq!(deliveries(), before);
}
