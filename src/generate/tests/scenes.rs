//! Looks for the scenes as their patterns would, and for anything else that looks like them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;

use super::{Row, Written, address_key, key_of, list, person_key, residence_key, text, town};

/// The keys of one list of all situations of a pattern: of the hits, or of the near misses.
fn told(written: &Written, pattern: &str, near_miss: bool, list: &str) -> BTreeSet<String> {
    let of_pattern = written
        .summary
        .situations
        .iter()
        .filter(|one| one.pattern == pattern && one.near_miss == near_miss);
    of_pattern
        .flat_map(|one| one.keys.get(list).cloned().unwrap_or_default())
        .collect()
}

/// Groups by key and keeps the keys with at least `least` items.
fn frequent(keys: impl Iterator<Item = String>, least: usize) -> BTreeSet<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts.retain(|_, count| *count >= least);
    counts.into_keys().collect()
}

fn holder(row: &Row) -> String {
    person_key(&row["bsn"], &row["aNummer"])
}

fn odd_households(persons: &[Value]) -> BTreeSet<String> {
    let mut homes: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for person in persons {
        let latest = &list(person, "verblijfplaatsen")[0];
        let grown = text(person, "geboortedatum").as_str() < "20081101";
        let here = text(latest, "gemeenteVanInschrijving") == "9901"
            && text(latest, "functieAdres") == "W";
        if grown && here && text(person, "redenOpschorting").is_empty() {
            homes.entry(residence_key(latest)).or_default().push(person);
        }
    }
    let unbound = |residents: &Vec<&Value>| {
        let bsns: BTreeSet<String> = residents
            .iter()
            .map(|one| text(one, "burgerservicenummer"))
            .collect();
        residents.iter().all(|one| {
            let mut relatives = vec![text(one, "ouder1_bsn"), text(one, "ouder2_bsn")];
            relatives.extend(
                list(one, "partners")
                    .iter()
                    .map(|item| text(item, "burgerservicenummer")),
            );
            relatives.iter().all(|bsn| !bsns.contains(bsn))
        })
    };
    homes.retain(|_, residents| residents.len() >= 4 && unbound(residents));
    homes.into_keys().collect()
}

fn quick_resales(titles: &[Row]) -> BTreeSet<String> {
    let mut sales: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in titles.iter().filter(|row| !row["postcode"].is_empty()) {
        sales.entry(address_key(row)).or_default().push(row);
    }
    let day = |text: &str| text.parse::<Date>().unwrap();
    let price = |row: &Row| row["koopsom"].parse::<f64>().unwrap_or(0.0);
    sales.retain(|_, rows| {
        rows.iter().any(|one| {
            !one["tot"].is_empty()
                && (day(&one["tot"]) - day(&one["van"])).get_days() <= 183
                && rows
                    .iter()
                    .any(|next| next["van"] == one["tot"] && price(next) >= 1.2 * price(one))
        })
    });
    sales.into_keys().collect()
}

fn in_a_ring(officers: &[Row]) -> BTreeSet<String> {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in officers.iter().filter(|row| row["rol"] == "aandeelhouder") {
        if !row["functionarisKvk"].is_empty() && row["tot"].is_empty() {
            let of_company = owners.entry(&row["kvkNummer"]).or_default();
            of_company.push(&row["functionarisKvk"]);
        }
    }
    let returns = |start: &str| {
        let mut above: BTreeSet<&str> = owners.get(start).into_iter().flatten().copied().collect();
        for _ in 0..6 {
            if above.contains(start) {
                return true;
            }
            above = above
                .iter()
                .flat_map(|one| owners.get(one).into_iter().flatten().copied())
                .collect();
        }
        false
    };
    let ringed = owners.keys().filter(|company| returns(company));
    ringed.map(|company| format!("kvk:{company}")).collect()
}

fn check_people(written: &Written) {
    let persons = written.persons();
    let mut odd = told(written, "afwijkende-samenstelling", false, "addresses");
    // Their residents are no family either.
    odd.extend(written.keys("signaalstapel", "addresses"));
    odd.extend(written.keys("overbewoning", "addresses"));
    for pattern in ["kamerverhuur-zonder-vergunning", "uitbuiting-huisvesting"] {
        for near_miss in [false, true] {
            odd.extend(told(written, pattern, near_miss, "addresses"));
        }
    }
    assert_eq!(odd_households(&persons), odd);

    let uses: BTreeMap<String, String> = written
        .rows("objects.csv")
        .iter()
        .map(|row| (address_key(row), row["gebruiksdoel"].clone()))
        .collect();
    let mut letters = Vec::new();
    let mut lodgers = BTreeSet::new();
    for person in &persons {
        let latest = &list(person, "verblijfplaatsen")[0];
        let key = residence_key(latest);
        if text(latest, "functieAdres") == "B" {
            letters.push(key.clone());
        }
        let since = text(latest, "datumAanvang");
        if uses.get(&key).is_some_and(|usage| usage == "logiesfunctie")
            && since.as_str() < "20260701"
        {
            lodgers.insert(key_of(person));
        }
    }
    assert_eq!(
        frequent(letters.into_iter(), 5),
        told(written, "briefadressen", false, "addresses")
    );
    assert_eq!(lodgers, told(written, "vakantiepark", false, "persons"));
}

fn check_companies(written: &Written) {
    let companies = written.rows("companies.csv");
    let officers = written.rows("functionarissen.csv");
    let of: BTreeMap<&str, &Row> = companies
        .iter()
        .map(|row| (row["kvkNummer"].as_str(), row))
        .collect();
    let ended = officers.iter().filter(|row| {
        let company = of[row["kvkNummer"].as_str()];
        row["rol"] == "bestuurder"
            && row["functionarisKvk"].is_empty()
            && company["einde"].as_str() >= "2024-11-01"
            && company["werkzamePersonen"] == "0"
            && company["rechtsvorm"] == "Besloten Vennootschap"
    });
    assert_eq!(
        frequent(ended.map(holder), 3),
        told(written, "turboliquidaties", false, "persons")
    );
    assert_eq!(
        in_a_ring(&officers),
        told(written, "eigendomskring", false, "companies")
    );
    assert_eq!(
        quick_resales(&written.rows("titles.csv")),
        told(written, "abc-transactie", false, "addresses")
    );
    let dwellings: BTreeSet<String> = written
        .rows("objects.csv")
        .iter()
        .filter(|row| row["gebruiksdoel"] == "woonfunctie")
        .map(address_key)
        .collect();
    let rentals = companies
        .iter()
        .filter(|row| row["sbi"].starts_with("7711") && dwellings.contains(&address_key(row)));
    assert_eq!(
        rentals
            .map(|row| format!("kvk:{}", row["kvkNummer"]))
            .collect::<BTreeSet<_>>(),
        told(written, "autoverhuur", false, "companies")
    );
    let traders: BTreeSet<String> = officers
        .iter()
        .filter(|row| of[row["kvkNummer"].as_str()]["sbi"] == "45112")
        .map(holder)
        .collect();
    let vehicles = written.rows("vehicles.csv");
    let held = vehicles
        .iter()
        .filter(|row| row["tot"].is_empty() && row["kvkNummer"].is_empty());
    let many = frequent(held.map(holder), 10);
    let (in_trade, strawmen): (BTreeSet<String>, BTreeSet<String>) =
        many.into_iter().partition(|one| traders.contains(one));
    assert_eq!(
        in_trade,
        told(written, "katvanger-kenteken", true, "persons")
    );
    assert_eq!(
        strawmen,
        told(written, "katvanger-kenteken", false, "persons")
    );
}

#[test]
fn scenes_are_in_the_files_and_nothing_else_looks_like_them() {
    for (persons, seed) in [(500, 1), (1_500, 4), (8_000, 2)] {
        let written = town(persons, seed);
        check_people(&written);
        check_companies(&written);
    }
    check_companies(&town(60_000, 3));
}

#[test]
fn a_larger_town_has_more_of_each_scene_and_each_has_a_near_miss() {
    for (persons, expected) in [(499, 0), (500, 1), (60_000, 3)] {
        let written = town(persons, 1);
        let mut counts: BTreeMap<(&str, bool), usize> = BTreeMap::new();
        for one in &written.summary.situations {
            if one.id.ends_with(|letter: char| letter.is_ascii_digit()) {
                *counts.entry((one.pattern, one.near_miss)).or_default() += 1;
            }
        }
        let kinds = if expected == 0 { 0 } else { 30 };
        assert_eq!(
            counts.len(),
            kinds,
            "fifteen patterns, each with near misses"
        );
        assert!(counts.values().all(|count| *count == expected));
    }
}
