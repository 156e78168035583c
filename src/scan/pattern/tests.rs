//! Pattern files: what is right, and what is told of what is wrong.

use super::*;
use crate::model::Schema;

fn schema() -> Schema {
    Schema::municipal().unwrap()
}

/// A pattern that is right.
const RIGHT: &str = r#"/*+++
id = "many"
version = 1
status = "in-use"
subject = "Address"
purposes = ["p"]
retention_days = 30
realert_after_days = 10
title = { nl = "Veel", en = "Many" }
meaning = { nl = "Er is veel.", en = "There is much." }
explain = { nl = "{residents} van {$min_residents}; {score:micro}.", en = "{residents} of {$min_residents}; {score:micro}." }
lowers = { nl = "Minder.", en = "Less." }
falsepositives = [{ nl = "Een feest.", en = "A party." }]
legal = { basis = "Een wet, artikel 1" }
[params.min_residents]
type = "int"
default = 3
min = 2
max = 9
title = { nl = "Minste", en = "Fewest" }
source = "Keuze"
[register]
category = "Overige algoritmes"
themes = ["Economie"]
begin = "2026-11"
goal = "Doel."
considerations = "Afweging."
+++*/
MATCH (a:Address)<-[:LIVES_AT]-(p:Person)
WITH a, count(DISTINCT p) AS residents, collect(DISTINCT p) AS evidence
WHERE residents >= $min_residents
RETURN a AS subject, residents AS score, residents, evidence
"#;

/// The messages about a text, in which one part was put in place of another.
fn told(from: &str, to: &str) -> Vec<String> {
    assert!(RIGHT.contains(from), "{from}");
    let text = RIGHT.replacen(from, to, 1);
    match Pattern::parse("many.cypher", &text, &schema()) {
        Ok(_) => Vec::new(),
        Err(messages) => messages
            .iter()
            .map(|one| format!("{}:{}:{}", one.code, one.line, one.column))
            .collect(),
    }
}

#[test]
fn a_right_file_is_taken_and_its_hash_is_that_of_its_bytes() {
    let pattern = Pattern::parse("queries/many.cypher", RIGHT, &schema()).unwrap();
    assert_eq!(pattern.id(), "many");
    assert_eq!(
        pattern.hash,
        blake3::hash(RIGHT.as_bytes()).to_hex().to_string()
    );
    assert!(pattern.compiled.is_monotone());
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (from, to, expected) in [
        ("id = \"many\"", "id = \"few\"", "P105:2:6"),
        ("version = 1", "version = 0", "P105:3:11"),
        ("status = \"in-use\"", "status = \"on\"", "P102:4:10"),
        ("subject = \"Address\"", "subject = \"House\"", "P106:5:11"),
        ("purposes = [\"p\"]", "purposes = []", "P107:14:9"),
        ("retention_days = 30", "retention_days = 3000", "P108:7:18"),
        (
            "realert_after_days = 10",
            "realert_after_days = 31",
            "P108:8:22",
        ),
        ("nl = \"Veel\"", "nl = \" \"", "P103:9:9"),
        (
            "[{ nl = \"Een feest.\", en = \"A party.\" }]",
            "[]",
            "P103:13:18",
        ),
        ("Een wet, artikel 1", "", "P107:14:9"),
        ("default = 3", "default = 1", "P110:15:1"),
        ("source = \"Keuze\"", "source = \"\"", "P110:15:1"),
        ("Overige algoritmes", "Iets", "P109:22:1"),
        ("begin = \"2026-11\"", "begin = \"2026-13\"", "P109:22:1"),
        ("{residents} van", "{people} van", "P114:11:18"),
        ("{score:micro}.\", en", "{score:euro}.\", en", "P113:11:18"),
        ("{score:micro}.\", en", "{score:micro.\", en", "P113:11:18"),
        ("residents AS score, residents,", "residents,", "P112:32:1"),
        ("/*+++\n", "/*\n", "P101:1:1"),
        ("themes", "themas", "P102:24:1"),
    ] {
        let messages = told(from, to);
        assert!(
            messages.contains(&expected.to_owned()),
            "{to}: {messages:?}, not {expected}"
        );
    }
}

#[test]
fn a_parameter_that_the_query_does_not_name_is_told() {
    let messages = told("residents >= $min_residents", "residents >= 3");
    assert!(
        messages.iter().any(|one| one.starts_with("P111:15")),
        "{messages:?}"
    );
}

#[test]
fn a_mistake_in_the_query_is_told_with_the_place_in_the_file() {
    let messages = told("MATCH (a:Address)", "MATCH (a:Adress)");
    assert!(
        messages.iter().any(|one| one.starts_with("V130:29:")),
        "{messages:?}"
    );
}

#[test]
fn parameters_are_taken_within_their_bounds_alone() {
    let pattern = Pattern::parse("many.cypher", RIGHT, &schema()).unwrap();
    let asked = |name: &str, value| pattern.parameters(&[(name.to_owned(), value)].into());
    assert_eq!(asked("min_residents", 5).unwrap()["min_residents"], 5);
    assert!(matches!(
        asked("min_residents", 10),
        Err(ParameterError::OutOfBounds { .. })
    ));
    assert!(matches!(
        asked("most", 1),
        Err(ParameterError::Unknown { .. })
    ));
}

#[test]
fn a_sentence_writes_numbers_as_its_language_does() {
    let pattern = Pattern::parse("many.cypher", RIGHT, &schema()).unwrap();
    let fill = |sentence: &Sentence| {
        sentence.fill(
            |column| match column {
                "residents" => Filled::Number(4),
                _ => Filled::Number(2_345_678),
            },
            |_| Some(3),
        )
    };
    assert_eq!(fill(&pattern.sentence_nl), "4 van 3; 2,35.");
    assert_eq!(fill(&pattern.sentence_en), "4 of 3; 2.35.");
}

#[test]
fn the_built_in_library_is_in_order_and_is_the_directory() {
    let library = Library::built_in(&schema()).unwrap_or_else(|error| panic!("{error}"));
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let read = Library::read(&directory, &schema()).unwrap_or_else(|error| panic!("{error}"));
    let hashes = |library: &Library| -> Vec<(String, String)> {
        let patterns = library.iter();
        patterns
            .map(|one| (one.id().to_owned(), one.hash.clone()))
            .collect()
    };
    assert_eq!(hashes(&library), hashes(&read));
    assert!(library.len() >= 20);
}

#[test]
fn the_entry_of_the_register_has_what_the_standard_demands_and_fits_its_fields() {
    let library = Library::built_in(&schema()).unwrap_or_else(|error| panic!("{error}"));
    let office = RegisterOffice {
        organisation: "Gemeente Verbanddam".to_owned(),
        contact: "algoritmes@verbanddam.example".to_owned(),
    };
    for pattern in library.iter() {
        let entry = register_entry(pattern, &office, &schema());
        for name in [
            "Naam",
            "Omschrijving",
            "Organisatie",
            "Status",
            "Contactgegevens",
            "Publicatiecategorie",
            "Taal",
            "Schema",
            "Gegevens",
            "Wettelijke basis",
        ] {
            let text = entry[name].as_str().unwrap_or("");
            assert!(!text.is_empty(), "{}: {name}", pattern.id());
        }
        let length = |name: &str| entry[name].as_str().unwrap_or("").chars().count();
        assert!(length("Naam") <= 100 && length("Omschrijving") <= 350);
        assert!(length("Doel en impact") <= 2_500 && length("Technische werking") <= 5_000);
    }
}
