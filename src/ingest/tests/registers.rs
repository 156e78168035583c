//! The registers' own test data, counted against what its READMEs say.

use super::*;

/// The project's test data; `None`, told on the terminal, where it is not at hand.
fn test_data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(name);
    if !path.exists() {
        println!("skipped: the test data `{name}` is not beside the project");
        return None;
    }
    Some(path)
}

fn read_builtin(name: &str, files: Vec<PathBuf>) -> Delivery {
    let source = SourceFile::parse(builtin(name).unwrap(), Path::new("."), Some(files)).unwrap();
    read_source(&source).unwrap()
}

#[test]
fn the_test_extract_of_the_bag_is_read_whole() {
    let Some(folder) = test_data("bag/doesburg-0221-small") else {
        return;
    };
    let expected = [
        ("VBO", 5),
        ("NUM", 15),
        ("PND", 6),
        ("OPR", 201),
        ("WPL", 1),
        ("LIG", 2),
        ("STA", 2),
    ];
    let files = expected
        .iter()
        .map(|(name, _)| folder.join(format!("0221{name}15092020-000001.xml")))
        .collect();
    let delivery = read_builtin("bag", files);
    let counts: Vec<u64> = delivery
        .report
        .files
        .iter()
        .map(|file| file.records_read)
        .collect();
    assert_eq!(counts, expected.map(|(_, count)| count));
    assert_eq!(
        delivery.report.records_loaded(),
        232,
        "{}",
        delivery.report.to_text()
    );
    assert_eq!(delivery.keys("Building").len(), 2);
    assert_eq!(delivery.keys("Street").len(), 198);
    let lines = delivery.lines();
    for expected in [
        "0:35 openbaar Address bag_object:0221010000330226 {bag_object=0221010000330226, object_type=Verblijfsobject, \
         use=woonfunctie, floor_area_m2=306, status=Verblijfsobject in gebruik, x_rd_m=206335.699, y_rd_m=447529.842, shape=POINT(206335.699 447529.842)} \
         [2011-09-06, 2019-01-15)",
        "0:35 openbaar bag_number:0221200000330227 = bag_object:0221010000330226 [2011-09-06, 2019-01-15)",
        "0:35 openbaar bag_object:0221010000330226 -PART_OF/-> bag_building:0221100000312938 {} [2011-09-06, 2019-01-15)",
    ] {
        assert!(
            lines.iter().any(|line| line == expected),
            "{expected}\n{:#?}",
            &lines[..8]
        );
    }
    let postcode = "postcode:6982CZ 2 = bag_number:0221200000330151";
    assert!(lines.iter().any(|line| line.contains(postcode)));
}

#[test]
fn all_buildings_of_doesburg_are_read() {
    let Some(file) = test_data("bag/0221PND15092020.zip") else {
        return;
    };
    let begun = std::time::Instant::now();
    let delivery = read_builtin("bag", vec![file]);
    println!("13,098 occurrences in {:?}", begun.elapsed());
    assert_eq!(delivery.report.records_read(), 13_098);
    assert_eq!(
        delivery.report.records_loaded(),
        13_098,
        "{}",
        delivery.report.to_text()
    );
    println!("{} buildings", delivery.keys("Building").len());
    let last = delivery.sayings.last().unwrap();
    assert_eq!(last.file, 1);
}

#[test]
fn a_nested_delivery_of_the_bag_is_read_and_what_is_not_read_is_named() {
    let Some(file) = test_data("bag/BAGNLDL-15092020-small.zip") else {
        return;
    };
    let delivery = read_builtin("bag", vec![file]);
    let text = delivery.report.to_text();
    let of = |part: &str| -> u64 {
        let files = delivery.report.files.iter();
        files
            .filter(|file| file.name.contains(part))
            .map(|file| file.records_read)
            .sum()
    };
    let counts = [
        "!0221VBO",
        "!0221NUM",
        "!0221PND",
        "!0221OPR",
        "!0221WPL",
        "!0221LIG",
        "!0221STA",
        "!GEM",
        "!0221NBNUM",
    ];
    assert_eq!(counts.map(of), [5, 14, 6, 201, 1, 2, 2, 8504, 1], "{text}");
    assert_eq!(
        delivery.report.set_aside_counts["taken out of the BAG (tijdstipNietBagLV)"],
        1
    );
    // Doubts: read, and those that were taken back told.
    assert_eq!(of("!0221IO"), 31_534, "{text}");
    let loaded_doubts = delivery
        .sayings
        .iter()
        .filter(|saying| delivery.line(saying).contains("{in_doubt="));
    let taken_back =
        delivery.report.set_aside_counts["a doubt that is no longer one (inOnderzoek N)"];
    assert_eq!(loaded_doubts.count() as u64 + taken_back, 31_534, "{text}");
    assert!(text.contains(".DS_Store: neither XML nor a zip"), "{text}");
    assert_eq!(delivery.report.records_refused(), 0, "{text}");
}

#[test]
fn the_sample_of_municipalities_and_places_is_read() {
    let Some(file) = test_data("bag/GEM-WPL-RELATIE-15092020-000001.xml") else {
        return;
    };
    let delivery = read_builtin("bag", vec![file]);
    assert_eq!(delivery.report.records_read(), 35);
    assert_eq!(delivery.report.edges["PART_OF"], 23);
    assert_eq!(delivery.report.records_set_aside(), 12);
}

#[test]
fn the_test_persons_of_the_brp_are_read_or_refused_with_a_reason() {
    let Some(file) = test_data("brp/testpersonen.jsonl") else {
        return;
    };
    let addresses_in_file: usize = std::fs::read_to_string(&file)
        .unwrap()
        .lines()
        .map(|line| {
            let person: serde_json::Value = serde_json::from_str(line).unwrap();
            person["verblijfplaatsen"].as_array().unwrap().len()
        })
        .sum();
    assert_eq!(addresses_in_file, 1744);
    let delivery = read_builtin("brp", vec![file]);
    let report = &delivery.report;
    let text = report.to_text();
    assert_eq!(report.records_read(), 687, "{text}");
    // Ids of an object that does not exist (9), numbers of the wrong length, days that are none: all real.
    assert_eq!(report.records_refused(), 13, "{text}");
    assert!(
        report
            .refusals
            .iter()
            .all(|refusal| refusal.column.is_some()),
        "{text}"
    );
    assert_eq!(report.nodes["Person"], 674, "{text}");
    assert_eq!(report.edges["LIVES_AT"], 1712, "{text}");
    assert_eq!(
        report.skipped_mentions["record 2, node `address`"], 6,
        "{text}"
    );
    // Two persons have no BSN and are known by their A-number.
    let keys = delivery.keys("Person");
    assert_eq!(
        keys.iter()
            .filter(|key| key.starts_with("a_number:"))
            .count(),
        2
    );
    let shielded = delivery.sayings.iter().filter(|saying| {
        matches!(&saying.said, Said::Node { properties, .. } if properties.len() > 1)
            && saying.marking.level == Level::Geheim
    });
    assert!(shielded.count() > 40);
    let present = delivery
        .lines()
        .into_iter()
        .filter(|line| line.contains("-> bag_object:1810010010001001") && line.ends_with(", -)"));
    assert_eq!(present.count(), 21);
}

#[test]
fn the_ends_of_addresses_agree_with_those_of_the_bewoning() {
    let (Some(persons), Some(registrations)) = (
        test_data("brp/testpersonen.jsonl"),
        test_data("brp-bewoning/bewoning-test-data.json"),
    ) else {
        return;
    };
    // The same persons in two sources: at objects that both name, both must tell the same time of residence.
    let residences = |delivery: &Delivery| -> std::collections::BTreeSet<String> {
        let lines = delivery.lines().into_iter();
        lines
            .filter(|line| line.contains("-> bag_object:"))
            .map(|line| {
                let (head, validity) = line.rsplit_once("} ").unwrap();
                let edge = head.split(' ').nth(2).unwrap();
                format!("{edge} {validity}")
            })
            .collect()
    };
    let told = residences(&read_builtin("brp", vec![persons]));
    let registered = residences(&read_builtin("brp-bewoning", vec![registrations]));
    // What only the occupancy tells is of persons whose list was refused, or open where the list ends it on the day the
    // person left the register.
    let refused = |residence: &str| {
        let person = residence.split(' ').next().unwrap();
        !told.iter().any(|other| other.starts_with(person))
    };
    let differing = registered
        .difference(&told)
        .filter(|residence| !residence.ends_with(", -)") && !refused(residence));
    // A slip in the occupancy data: a residence of the person on list Lg01_639, who has no BSN.
    assert_eq!(
        differing.collect::<Vec<_>>(),
        ["bsn:999994992 [?, 1990-05-17)"]
    );
    assert!(registered.intersection(&told).count() >= 635);
}

#[test]
fn the_registrations_of_the_bewoning_are_read_refused_or_set_aside() {
    let Some(file) = test_data("brp-bewoning/bewoning-test-data.json") else {
        return;
    };
    let delivery = read_builtin("brp-bewoning", vec![file]);
    let report = &delivery.report;
    let text = report.to_text();
    assert_eq!(report.records_read(), 1757, "{text}");
    assert_eq!(
        report.set_aside_counts["a registration without a residence"], 14,
        "{text}"
    );
    assert_eq!(report.records_refused(), 12, "{text}");
    assert_eq!(report.edges["LIVES_AT"], 1707, "{text}");
    assert_eq!(
        report.skipped_mentions["record 2, node `address`"], 24,
        "{text}"
    );
}

#[test]
fn raw_person_lists_say_what_the_json_lines_made_of_them_say() {
    let (Some(lists), Some(persons)) = (
        test_data("brp/20220502_Testset_persoonslijsten_proefomgeving_GBA-V.csv"),
        test_data("brp/testpersonen.jsonl"),
    ) else {
        return;
    };
    let raw = read_builtin("brp-lo3", vec![lists]);
    let report = &raw.report;
    let text = report.to_text();
    assert_eq!(report.records_read(), 687, "{text}");
    assert_eq!(
        report.records_loaded() + report.records_refused() + report.records_set_aside(),
        687
    );
    assert!(
        report
            .refusals
            .iter()
            .all(|refusal| refusal.column.is_some()),
        "{text}"
    );
    let made = read_builtin("brp", vec![persons]);
    let persons_of = |delivery: &Delivery| delivery.keys("Person");
    assert_eq!(persons_of(&raw), persons_of(&made), "{text}");
    // Lines of files differ; what is said does not, but for occurrences that are marked as wrong, which the raw lists know.
    let said = |delivery: &Delivery| -> std::collections::BTreeSet<String> {
        let lines = delivery.lines().into_iter();
        lines
            .filter_map(|line| line.split_once(' ').map(|(_, said)| said.to_owned()))
            .collect()
    };
    let (raw_said, made_said) = (said(&raw), said(&made));
    let only_raw: Vec<&String> = raw_said.difference(&made_said).collect();
    let only_made: Vec<&String> = made_said.difference(&raw_said).collect();
    println!("{} only raw, {} only made", only_raw.len(), only_made.len());
    let shared = raw_said.intersection(&made_said).count();
    assert!(
        shared * 100 >= made_said.len() * 98,
        "{only_raw:#?}\n{only_made:#?}"
    );
    // Not one word of what is protected.
    for protected in ["Nederlandse", "0057", "5002 "] {
        assert!(
            raw_said
                .iter()
                .all(|line| !line.contains(&format!("={protected}")))
        );
    }
}

#[test]
fn the_recorded_answers_of_the_brp_are_read_or_told() {
    let Some(folder) = test_data("brp/api-responses") else {
        return;
    };
    let source = SourceFile::parse(builtin("brp-personen").unwrap(), &folder, None).unwrap();
    let delivery = read_source(&source).unwrap();
    let report = &delivery.report;
    let text = report.to_text();
    assert_eq!(report.files.len(), 15, "{text}");
    assert_eq!(report.records_refused(), 0, "{text}");
    // Two answers are empty lists; of six only relations were asked for.
    let told = &report.set_aside_counts;
    let set_aside: u64 = told.values().sum();
    assert_eq!(
        report.records_read(),
        report.records_loaded() + set_aside,
        "{text}"
    );
    assert_eq!(
        delivery.keys("Person").len(),
        8,
        "{:?} {text}",
        delivery.keys("Person")
    );
    assert_eq!(delivery.keys("Address"), ["postcode:2597LD 58"], "{text}");
}

#[test]
fn the_recorded_answers_of_the_land_registry_are_read_or_told() {
    let Some(folder) = test_data("brk/api-responses") else {
        return;
    };
    let source = SourceFile::parse(builtin("brk").unwrap(), &folder, None).unwrap();
    let delivery = read_source(&source).unwrap();
    let report = &delivery.report;
    let text = report.to_text();
    assert_eq!(report.files.len(), 13, "{text}");
    assert_eq!(
        (report.records_read(), report.records_refused()),
        (13, 0),
        "{text}"
    );
    assert_eq!(delivery.keys("Parcel"), ["parcel:76870482570000"], "{text}");
    assert_eq!(delivery.keys("Company"), ["kadaster:71291440"], "{text}");
    assert_eq!(
        delivery.keys("Person"),
        ["bsn:999991905", "kadaster:71303564"],
        "{text}"
    );
    let lines = delivery.lines();
    for expected in [
        "bsn:999991905 -OWNS/20170718-> parcel:76870482570000 {right=erfpachter, share=1/2} [2018-10-11, -)",
        "bag_number:0200200000003730 -PART_OF/-> parcel:76870482570000 {} [-, -)",
        "Parcel parcel:76870482570000 {designation=Beekbergen K 4825, parcel_type=perceel, area_m2=350} [-, -)",
    ] {
        assert!(
            lines.iter().any(|line| line.ends_with(expected)),
            "{expected}\n{lines:#?}"
        );
    }
}

#[test]
fn the_parcels_of_the_cadastral_map_are_read_and_its_borders_told() {
    let Some(folder) = test_data("brk/kadastralekaart-v5") else {
        return;
    };
    let source = SourceFile::parse(builtin("brk-kaart").unwrap(), &folder, None).unwrap();
    let delivery = read_source(&source).unwrap();
    let report = &delivery.report;
    let text = report.to_text();
    assert_eq!(report.records_refused(), 0, "{text}");
    let parcels = std::fs::read_to_string(folder.join("kadastralekaart_perceel.gml")).unwrap();
    let borders =
        std::fs::read_to_string(folder.join("kadastralekaart_kadastralegrens.gml")).unwrap();
    let expected = parcels.matches("<oz:Perceel ").count() as u64;
    assert_eq!(report.nodes["Parcel"], expected, "{text}");
    assert_eq!(
        report.set_aside_counts["a border of a parcel"],
        borders.matches("<oz:KadastraleGrens ").count() as u64,
        "{text}"
    );
    let line = "openbaar Parcel parcel:84920229870000 {designation=Otterlo B 2298, parcel_type=perceel, area_m2=222, \
                x_rd_m=181202.04, y_rd_m=456706.351, shape=POLYGON((181182.346 456712.174,\
                181196.546 456703.704,181203.71 456699.711,181208.183 456707.26,181186.952 456719.878,\
                181182.346 456712.174))} [2000-11-20, -)";
    let lines = delivery.lines();
    assert!(lines.iter().any(|one| one.ends_with(line)), "{lines:#?}");
}

/// A CSV of the test data by rules of its own: how many nodes of a label there are, and how many records.
fn read_table(file: &str, label: &str, rules: &str) -> Option<(usize, u64, u64)> {
    let file = test_data(file)?;
    let source = format!(
        "{HEAD}format = \"csv\"\n{}{rules}",
        MARKING.replace("intern", "openbaar")
    );
    let source = SourceFile::parse(&source, Path::new("."), Some(vec![file])).unwrap();
    let delivery = read_source(&source).unwrap();
    let report = &delivery.report;
    assert_eq!(report.records_refused(), 0, "{}", report.to_text());
    Some((
        delivery.keys(label).len(),
        report.records_read(),
        report.records_loaded(),
    ))
}

#[test]
fn the_plain_tables_of_the_test_data_are_read_whole() {
    let municipalities = r#"
[[record]]
[[record.node]]
as = "municipality"
label = "Municipality"
key = "code:{gemeentecode}"
valid = { from = "begindatum", to = "einddatum" }
properties = { name = "gemeentenaam", code = "gemeentecode", province = "provincienaam" }
"#;
    if let Some(counts) = read_table(
        "bag/gemeentelijke-indeling.csv",
        "Municipality",
        municipalities,
    ) {
        assert_eq!((counts.1, counts.2), (789, 789));
    }
    let addresses = r#"
[[record]]
[[record.node]]
as = "address"
label = "Address"
key = "bag_number:{nummeraanduiding}"
[record.node.properties]
full_address = { template = "{openbareruimte} {huisnummer}{huisletter?}[-{huisnummertoevoeging}], {postcode} {woonplaats}" }
use = "verblijfsobjectgebruiksdoel"
floor_area_m2 = { field = "oppervlakteadresseerbaarobject", min = 1, max = 999999 }
x_rd_m = "x"
y_rd_m = "y"
[[record.node]]
as = "building"
label = "Building"
key = "bag_building:{pandid}"
optional = true
properties = { build_year = { field = "pandbouwjaar", not = ["1005", "9999"] }, status = "pandstatus" }
[[record.edge]]
label = "PART_OF"
from = "address"
to = "building"
key = ""
"#;
    if let Some(counts) = read_table("bag/bagadres-full-voorbeeld.csv", "Address", addresses) {
        assert_eq!((counts.1, counts.2), (99, 99));
    }
    let activities = r#"
[[schema.node]]
label = "Activity"
title = { nl = "Bedrijfsactiviteit", en = "Activity" }
keys = [{ namespace = "sbi2008" }]
properties = [{ name = "name", type = "text", title = { nl = "Naam", en = "Name" } }]
[[record]]
[[record.node]]
as = "activity"
label = "Activity"
key = "sbi2008:{sbi_code}"
properties = { name = "omschrijving" }
"#;
    if let Some(counts) = read_table("sbi/sbi2008_codes.csv", "Activity", activities) {
        assert_eq!(counts, (1350, 1350, 1350));
    }
    // The tables of the BRP serve as code tables.
    if let Some(table) = test_data("brp/tabellen/tabel33-gemeenten.csv") {
        let codes = code_table::read(&table, None, None).unwrap();
        assert_eq!(codes.len(), 1478);
        assert!(codes.contains_key("0599"));
    }
}

#[test]
fn the_recorded_answers_of_the_kvk_are_read() {
    let Some(folder) = test_data("kvk/api-responses") else {
        return;
    };
    let source = SourceFile::parse(builtin("kvk").unwrap(), &folder, None).unwrap();
    let delivery = read_source(&source).unwrap();
    let report = &delivery.report;
    let text = report.to_text();
    assert_eq!(report.files.len(), 15, "{text}");
    assert_eq!(report.records_read(), 15, "{text}");
    assert_eq!(
        report.set_aside_counts["a search result, not a profile"], 4,
        "{text}"
    );
    assert_eq!(
        report.set_aside_counts["an answer that nothing was found"], 6,
        "{text}"
    );
    // One fixture has an RSIN that fails its test.
    assert_eq!(report.records_refused(), 1, "{text}");
    assert_eq!(report.refusals[0].file, "basisprofiel_response_vve.json");
    assert_eq!(delivery.keys("Company"), ["kvk:69599084", "kvk:90000749"]);
    assert_eq!(delivery.keys("Branch"), ["branch:000038509504"]);
    assert_eq!(
        delivery.keys("Address"),
        [
            "postcode:1034WL 17",
            "postcode:1034WL 17M",
            "postcode:3328XD 163"
        ]
    );
    assert_eq!(report.aliases["Company"], 1);
}

#[test]
fn a_body_that_is_a_text_is_read_as_the_answer_it_is() {
    let body = r#"{"kvkNummer": "69599084", "naam": "Test"}"#;
    let answer = serde_json::json!({ "request": {"uri": "x"}, "status": 200, "body": body });
    let delivery = read_text(builtin("kvk").unwrap(), answer.to_string().as_bytes()).unwrap();
    assert_eq!(delivery.keys("Company"), ["kvk:69599084"]);
}

#[test]
fn a_shielded_address_is_secret() {
    let text = r#"{"kvkNummer": "69599084", "vestigingsnummer": "000038509504", "adressen": [
        {"type": "bezoekadres", "indAfgeschermd": "Ja", "straatnaam": "A", "huisnummer": 1, "postcode": "1034WL"}]}"#;
    let delivery = read_text(builtin("kvk").unwrap(), text.as_bytes()).unwrap();
    for line in delivery.lines() {
        let is_secret = line.contains("geheim");
        assert_eq!(is_secret, line.contains("1034WL"), "{line}");
    }
}

#[test]
fn every_built_in_source_file_fits_the_built_in_schema() {
    for name in builtin_names() {
        let source = SourceFile::parse(builtin(name).unwrap(), Path::new("."), None).unwrap();
        let schema = source.schema(Schema::municipal().unwrap()).unwrap();
        compile::compile(&source, &schema).unwrap();
        assert_eq!(source.name(), name);
    }
    assert_eq!(builtin("no such"), None);
}
