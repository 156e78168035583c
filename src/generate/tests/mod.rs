//! Looks at a whole town as its deliveries show it: only what was written counts, never what the generator had in mind.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may unwrap"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::numbers::{passes_a_number_test, passes_bsn_test};
use super::{GenerateError, PERSONS_MAX, TownOptions, TownSummary, generate};

mod planted;
mod scenes;
mod sources;

type Row = BTreeMap<String, String>;

/// A town as it was written.
struct Written {
    directory: TempDir,
    summary: TownSummary,
}

impl Written {
    fn rows(&self, name: &str) -> Vec<Row> {
        let mut sheet = csv::ReaderBuilder::new()
            .delimiter(b';')
            .from_path(self.directory.path().join(name))
            .unwrap();
        sheet.deserialize().map(|row| row.unwrap()).collect()
    }

    fn persons(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.directory.path().join("brp.jsonl")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn keys(&self, situation: &str, list: &str) -> BTreeSet<String> {
        let found = self
            .summary
            .situations
            .iter()
            .find(|one| one.id == situation)
            .unwrap();
        found.keys[list].iter().cloned().collect()
    }

    /// Every signal with its department, address key and days before the delivery.
    fn signals(&self) -> Vec<(String, Row)> {
        let object_keys: BTreeMap<String, String> = self
            .rows("objects.csv")
            .into_iter()
            .map(|row| (row["vboId"].clone(), address_key(&row)))
            .collect();
        let mut signals = Vec::new();
        for delivery in &self.summary.deliveries {
            let name = delivery.source.replace(".toml", ".csv");
            if !self.directory.path().join(&name).exists() || name == "bag.csv" {
                continue;
            }
            for mut row in self.rows(&name) {
                let address = if row["vboId"].is_empty() {
                    address_key(&row)
                } else {
                    object_keys[&row["vboId"]].clone()
                };
                row.insert("address".into(), address);
                signals.push((name.clone(), row));
            }
        }
        signals
    }
}

fn town(persons: u32, seed: u64) -> Written {
    let directory = TempDir::new().unwrap();
    let summary = generate(
        &TownOptions {
            persons,
            seed,
            ..TownOptions::default()
        },
        directory.path(),
    )
    .unwrap();
    Written { directory, summary }
}

fn text(value: &Value, field: &str) -> String {
    value
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn list(value: &Value, field: &str) -> Vec<Value> {
    value
        .get(field)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}

fn address_key(row: &Row) -> String {
    let addition = if row["toevoeging"].is_empty() {
        String::new()
    } else {
        format!("-{}", row["toevoeging"])
    };
    format!(
        "postcode:{} {}{}{addition}",
        row["postcode"], row["huisnummer"], row["huisletter"]
    )
}

fn residence_key(residence: &Value) -> String {
    let addition = text(residence, "huisnummertoevoeging");
    let dash = if addition.is_empty() { "" } else { "-" };
    let number = format!(
        "{}{}{dash}{addition}",
        text(residence, "huisnummer"),
        text(residence, "huisletter")
    );
    format!("postcode:{} {number}", text(residence, "postcode"))
}

fn person_key(bsn: &str, a_number: &str) -> String {
    if bsn.is_empty() {
        format!("a_number:{a_number}")
    } else {
        format!("bsn:{bsn}")
    }
}

fn key_of(person: &Value) -> String {
    person_key(
        &text(person, "burgerservicenummer"),
        &text(person, "aNummer"),
    )
}

fn digests(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read(path).unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    let (one, two, other) = (town(900, 5), town(900, 5), town(900, 6));
    let written = digests(one.directory.path());
    assert_eq!(
        written.len(),
        15 + 14,
        "fourteen deliveries of two files each, and the truth"
    );
    assert!(written == digests(two.directory.path()));
    assert!(written != digests(other.directory.path()));
}

#[test]
fn a_town_too_small_or_too_large_is_refused_and_nothing_is_written() {
    for persons in [0, 99, PERSONS_MAX + 1] {
        let directory = TempDir::new().unwrap();
        let options = TownOptions {
            persons,
            ..TownOptions::default()
        };
        let refused = generate(&options, directory.path());
        assert!(matches!(refused, Err(GenerateError::Persons { asked }) if asked == persons));
        assert!(digests(directory.path()).is_empty());
    }
}

#[test]
fn every_small_town_has_as_many_persons_as_asked() {
    for seed in 0..40 {
        let persons = 100 + u32::try_from(seed).unwrap() * 7;
        let written = town(persons, seed);
        assert_eq!(written.persons().len(), persons as usize, "seed {seed}");
    }
}

#[test]
fn every_bsn_is_of_the_test_range_and_every_number_passes_its_check() {
    let written = town(11_000, 1);
    let (mut bsns, mut a_numbers) = (BTreeSet::new(), BTreeSet::new());
    for person in written.persons() {
        let bsn = text(&person, "burgerservicenummer");
        if !bsn.is_empty() {
            assert!(
                bsn.starts_with("9999") && passes_bsn_test(bsn.parse().unwrap()),
                "{bsn}"
            );
            assert!(bsns.insert(bsn), "a BSN comes once");
        }
        let a_number = text(&person, "aNummer");
        assert!(
            passes_a_number_test(a_number.parse().unwrap()),
            "{a_number}"
        );
        assert!(a_numbers.insert(a_number), "an A-number comes once");
    }
    assert!(
        bsns.len() > 9_000,
        "all BSNs there are were given out: {}",
        bsns.len()
    );
    // Wherever nine digits stand in the files, they are those of the BRP.
    for (name, bytes) in digests(written.directory.path()) {
        let content = String::from_utf8(bytes).unwrap();
        for word in content.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.') {
            if word.len() == 9 && word.bytes().all(|byte| byte.is_ascii_digit()) {
                assert!(bsns.contains(word), "{word} in {name}");
            }
        }
    }
}

#[test]
fn moves_chain_and_no_dwelling_was_ever_crowded_by_chance() {
    let written = town(3_000, 2);
    let mut partial = 0;
    // Who came (1) and went (-1) at each address, day by day.
    let mut traffic: BTreeMap<String, BTreeMap<String, i32>> = BTreeMap::new();
    for person in written.persons() {
        let residences = list(&person, "verblijfplaatsen");
        assert!(!residences.is_empty());
        let begins: Vec<String> = residences
            .iter()
            .map(|one| {
                format!(
                    "{}{}",
                    text(one, "datumAanvang"),
                    text(one, "datumAanvangBuitenland")
                )
            })
            .collect();
        partial += begins.iter().filter(|begin| begin.ends_with("00")).count();
        assert!(
            begins.windows(2).all(|pair| pair[0] > pair[1]),
            "newest first: {begins:?}"
        );
        let birth = text(&person, "geboortedatum");
        assert!(
            begins.last().unwrap()[..4] == birth[..4],
            "the first begins with the birth: {begins:?} {birth}"
        );
        assert!(begins[0].as_str() < "20261101");
        let died = text(&person, "overlijdensdatum");
        assert!(died.is_empty() || died > begins[0]);
        let mut until = died;
        for (residence, begin) in residences.iter().zip(&begins) {
            if text(residence, "gemeenteVanInschrijving") == "9901"
                && !text(residence, "straat").is_empty()
            {
                let days = traffic.entry(residence_key(residence)).or_default();
                *days.entry(begin.clone()).or_default() += 1;
                if !until.is_empty() {
                    *days.entry(until).or_default() -= 1;
                }
            }
            until = begin.clone();
        }
    }
    let planted: BTreeSet<String> = ["overbewoning", "bijna-overbewoning"]
        .iter()
        .flat_map(|situation| written.keys(situation, "addresses"))
        .collect();
    for (address, days) in traffic
        .iter()
        .filter(|(address, _)| !planted.contains(*address))
    {
        let mut count = 0;
        for change in days.values() {
            count += change;
            assert!(count <= 8, "{count} at once at {address}");
        }
    }
    assert!(partial > 10, "some dates are partial");
}

#[test]
fn whatever_a_delivery_names_is_in_the_register() {
    let written = town(3_000, 3);
    let objects = written.rows("objects.csv");
    let addresses: BTreeSet<String> = objects.iter().map(address_key).collect();
    assert_eq!(
        addresses.len(),
        objects.len(),
        "postcode and number name one address"
    );
    let object_begins: BTreeMap<String, String> = objects
        .iter()
        .map(|row| (address_key(row), row["begin"].clone()))
        .collect();
    let object_ids: BTreeMap<String, String> = objects
        .iter()
        .map(|row| (row["vboId"].clone(), address_key(row)))
        .collect();
    let companies: BTreeSet<String> = written
        .rows("companies.csv")
        .iter()
        .map(|row| row["kvkNummer"].clone())
        .collect();
    let persons = written.persons();
    let a_number_of_bsn: BTreeMap<String, String> = persons
        .iter()
        .map(|person| (text(person, "burgerservicenummer"), text(person, "aNummer")))
        .collect();
    let a_numbers: BTreeSet<String> = persons
        .iter()
        .map(|person| text(person, "aNummer"))
        .collect();
    for person in &persons {
        for residence in list(person, "verblijfplaatsen") {
            if text(&residence, "gemeenteVanInschrijving") == "9901"
                && !text(&residence, "straat").is_empty()
            {
                let key = residence_key(&residence);
                assert!(addresses.contains(&key), "{key}");
                let object = text(&residence, "adresseerbaarObjectIdentificatie");
                assert!(object.is_empty() || object_ids[&object] == key);
                let begin = object_begins[&key].replace('-', "");
                let moved_in = text(&residence, "datumAanvang").replace("00", "99");
                assert!(
                    begin < moved_in,
                    "{key} was built {begin}, lived in from {moved_in}"
                );
            }
        }
        let mut relatives: Vec<String> =
            vec![text(person, "ouder1_bsn"), text(person, "ouder2_bsn")];
        for item in list(person, "partners")
            .iter()
            .chain(&list(person, "kinderen"))
        {
            relatives.push(text(item, "burgerservicenummer"));
        }
        for bsn in relatives {
            assert!(
                bsn.is_empty() || a_number_of_bsn.contains_key(&bsn),
                "{bsn}"
            );
        }
    }
    let mut named = 0;
    let files = [
        "companies",
        "functionarissen",
        "titles",
        "permits",
        "vehicles",
    ]
    .map(|name| format!("{name}.csv"));
    let mut rows: Vec<Row> = files.iter().flat_map(|name| written.rows(name)).collect();
    rows.extend(written.signals().into_iter().map(|(_, row)| row));
    for row in rows {
        let field = |name: &str| row.get(name).cloned().unwrap_or_default();
        if !field("postcode").is_empty() {
            assert!(addresses.contains(&address_key(&row)), "{row:?}");
            named += 1;
        }
        assert!(field("vboId").is_empty() || object_ids.contains_key(&field("vboId")));
        for company in [field("kvkNummer"), field("functionarisKvk")] {
            assert!(
                company.is_empty() || companies.contains(&company),
                "{row:?}"
            );
        }
        assert!(
            field("bsn").is_empty() || a_number_of_bsn[&field("bsn")] == field("aNummer"),
            "{row:?}"
        );
        assert!(
            field("aNummer").is_empty() || a_numbers.contains(&field("aNummer")),
            "{row:?}"
        );
        for (from, to) in [
            ("van", "tot"),
            ("adresVan", "adresTot"),
            ("aanvang", "einde"),
            ("verleend", "geldigTot"),
        ] {
            assert!(field(to).is_empty() || field(from) < field(to), "{row:?}");
            assert!(field(from).as_str() < "2026-11-01", "{row:?}");
        }
    }
    assert!(named > 3_000);
}

#[test]
fn the_fields_of_a_person_are_those_of_the_official_set() {
    let known: BTreeSet<&str> = [
        "pl",
        "aNummer",
        "burgerservicenummer",
        "voornamen",
        "voorvoegsel",
        "geslachtsnaam",
        "geboortedatum",
        "geslacht",
        "geheimhouding",
        "overlijdensdatum",
        "redenOpschorting",
        "datumOpschorting",
        "ouder1_bsn",
        "ouder2_bsn",
        "partners",
        "kinderen",
        "verblijfplaatsen",
        "datumAangaan",
        "datumOntbinding",
        "soort",
        "gemeenteVanInschrijving",
        "functieAdres",
        "inOnderzoek",
        "datumAanvang",
        "straat",
        "huisnummer",
        "huisletter",
        "huisnummertoevoeging",
        "postcode",
        "woonplaats",
        "adresseerbaarObjectIdentificatie",
        "nummeraanduidingIdentificatie",
        "land",
        "datumAanvangBuitenland",
        "aangifte",
    ]
    .into();
    let mut met = BTreeSet::new();
    for person in town(3_000, 2).persons() {
        let mut open = vec![person];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(fields) => {
                    met.extend(fields.keys().cloned());
                    open.extend(fields.into_values());
                }
                Value::Array(items) => open.extend(items),
                Value::Null | Value::Bool(_) | Value::Number(_) => {
                    unreachable!("the official set has texts only")
                }
                Value::String(_) => {}
            }
        }
    }
    assert_eq!(
        met.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        known
    );
}
