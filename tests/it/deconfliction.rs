//! The inspector and the bug: the script of the demo, run over the real program.

use std::process::Command;

use crate::town::make;

#[test]
fn the_inspector_and_the_police_learn_of_each_other_and_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let town = directory.path().join("town");
    make(&town, 200);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/deconfliction.sh");
    let told = Command::new("sh")
        .arg(script)
        .arg(&town)
        .env("VERBAND", env!("CARGO_BIN_EXE_verband"))
        .output()
        .unwrap();
    let [out, err] = [told.stdout, told.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(told.status.success(), "{out}{err}");
    // Who opened what, who asked what, what was told and who was there: all of it is in the log, which is whole.
    for line in [
        "The log is whole",
        "told hold; there was case",
        "told none-filed; there was case",
        "told none-filed; there was nobody",
    ] {
        assert!(out.contains(line), "{line} is missing from\n{out}");
    }
}
