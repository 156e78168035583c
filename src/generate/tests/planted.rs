//! Looks for what was planted as a pattern would, and for anything else that looks like it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Written, address_key, key_of, list, person_key, residence_key, text, town};

/// Counts per key and returns the keys counted at least `least` times.
fn frequent(keys: impl Iterator<Item = String>, least: usize) -> BTreeSet<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
        .into_iter()
        .filter(|(_, count)| *count >= least)
        .map(|(key, _)| key)
        .collect()
}

fn check_planted(written: &Written) {
    let union = |one: &BTreeSet<String>, two: &BTreeSet<String>| one | two;
    let persons = written.persons();
    let present = |person: &&Value| text(person, "redenOpschorting").is_empty();
    let home = |person: &Value| residence_key(&list(person, "verblijfplaatsen")[0]);

    // Ten or more present residents: the crowded flat, and the large family as its near miss.
    let crowded = frequent(persons.iter().filter(present).map(home), 10);
    let expected = union(
        &written.keys("overbewoning", "addresses"),
        &written.keys("bijna-overbewoning", "addresses"),
    );
    assert_eq!(crowded, expected);
    let crowd_at = written.keys("overbewoning", "addresses");
    let crowd: BTreeSet<String> = persons
        .iter()
        .filter(|person| crowd_at.contains(&home(person)))
        .map(key_of)
        .collect();
    assert_eq!(crowd, written.keys("overbewoning", "persons"));
    assert_eq!(crowd.len(), 14);

    // Many companies in a small room.
    let areas: BTreeMap<String, u32> = written
        .rows("objects.csv")
        .iter()
        .map(|row| (address_key(row), row["oppervlakte"].parse().unwrap()))
        .collect();
    let companies = written.rows("companies.csv");
    let seated = companies
        .iter()
        .filter(|row| row["adresTot"].is_empty() && row["einde"].is_empty());
    let small: BTreeSet<String> = frequent(seated.clone().map(address_key), 10)
        .into_iter()
        .filter(|key| areas[key] < 50)
        .collect();
    assert_eq!(small, written.keys("brievenbusadres", "addresses"));
    let in_box: BTreeSet<String> = seated
        .filter(|row| small.contains(&address_key(row)))
        .map(|row| format!("kvk:{}", row["kvkNummer"]))
        .collect();
    assert_eq!(in_box, written.keys("brievenbusadres", "companies"));
    assert_eq!(in_box.len(), 24);

    // Four or more departments within a year, and five signals of one.
    let signals = written.signals();
    let recent = signals
        .iter()
        .filter(|(_, row)| row["datum"].as_str() >= "2025-11-01");
    let by_department: BTreeSet<(String, String)> = recent
        .map(|(department, row)| (department.clone(), row["address"].clone()))
        .collect();
    let piled = frequent(by_department.into_iter().map(|(_, address)| address), 4);
    assert_eq!(piled, written.keys("signaalstapel", "addresses"));
    assert_eq!(
        piled.into_iter().collect::<Vec<_>>(),
        ["postcode:9901AB 12"]
    );
    for situation in ["signaalstapel", "bijna-signaalstapel"] {
        let at = written.keys(situation, "addresses");
        let about = signals
            .iter()
            .filter(|(_, row)| at.contains(&row["address"]));
        let about: BTreeSet<String> = about
            .map(|(_, row)| format!("signal:{}", row["kenmerk"]))
            .collect();
        assert_eq!(about, written.keys(situation, "signals"));
        assert_eq!(about.len(), 5);
    }

    // Directors of many young companies.
    let founded: BTreeMap<String, String> = companies
        .iter()
        .map(|row| (row["kvkNummer"].clone(), row["aanvang"].clone()))
        .collect();
    let officers = written.rows("functionarissen.csv");
    let directors = officers
        .iter()
        .filter(|row| row["rol"] == "bestuurder" && row["tot"].is_empty());
    let young = directors
        .clone()
        .filter(|row| founded[&row["kvkNummer"]].as_str() >= "2025-06-01");
    let strawmen = frequent(young.map(|row| person_key(&row["bsn"], &row["aNummer"])), 6);
    assert_eq!(strawmen, written.keys("katvanger", "persons"));
    for situation in ["katvanger", "bijna-katvanger"] {
        let who = written.keys(situation, "persons");
        let directs = directors
            .clone()
            .filter(|row| who.contains(&person_key(&row["bsn"], &row["aNummer"])));
        let directs: BTreeSet<String> = directs
            .map(|row| format!("kvk:{}", row["kvkNummer"]))
            .collect();
        assert_eq!(directs, written.keys(situation, "companies"));
        assert_eq!(directs.len(), 9);
    }
    let strawman = persons
        .iter()
        .find(|person| strawmen.contains(&key_of(person)))
        .unwrap();
    assert_eq!(home(strawman), "postcode:9901AB 12");

    // Many moves in little time.
    let moved_often = persons.iter().filter(|person| {
        let stays = list(person, "verblijfplaatsen");
        stays
            .iter()
            .filter(|stay| text(stay, "datumAanvang").as_str() >= "20240901")
            .count()
            >= 5
    });
    assert_eq!(
        moved_often.map(key_of).collect::<BTreeSet<_>>(),
        written.keys("adrescarrousel", "persons")
    );

    // What the landlord owns.
    let landlord = written.keys("verhuurder", "persons");
    let owned = written.rows("titles.csv").into_iter().filter(|row| {
        row["tot"].is_empty()
            && !row["postcode"].is_empty()
            && landlord.contains(&person_key(&row["bsn"], &row["aNummer"]))
    });
    assert_eq!(
        owned.map(|row| address_key(&row)).collect::<BTreeSet<_>>(),
        written.keys("verhuurder", "addresses")
    );
}

#[test]
fn what_was_planted_is_in_the_files_and_nothing_else_looks_like_it() {
    for (persons, seed) in [(100, 1), (1_500, 4), (11_000, 1), (11_000, 9)] {
        check_planted(&town(persons, seed));
    }
}

#[test]
fn a_hundred_thousand_persons_can_be_made() {
    let written = town(100_000, 1);
    assert_eq!(
        written
            .summary
            .deliveries
            .iter()
            .find(|one| one.source == "brp.toml")
            .unwrap()
            .records,
        100_000
    );
    check_planted(&written);
}
