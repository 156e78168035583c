//! Writes the BRP, in the form of the official set of test persons: one person to a line, newest first inside.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use super::GenerateError;
use super::arena::Position;
use super::calendar::Day;
use super::names::FamilyName;
use super::numbers::{BagKind, MUNICIPALITY_CODE, bag_number};
use super::places::{OTHER_TOWNS, STREET_NAMES};
use super::registers::TOWN_NAME;
use super::sheet::address_fields;
use super::town::{Bond, BondKind, Departure, Person, Place, Residence, Sex, Town};

/// The source file of a delivery of the BRP, with `@FILE@` and `@DELIVERY@` still to be filled in.
///
/// It also reads the official set of fictitious test persons (RvIG), as far as that is written in the same form.
pub const BRP_SOURCE: &str = include_str!("brp.toml");

/// Returns the source file for one delivery of the BRP.
///
/// * `file`: the data file, relative to where the source file will stand; a glob is allowed.
/// * `delivery`: the name of the delivery.
///
/// ```
/// # use verband::generate::brp_source;
/// let text = brp_source("persons.jsonl", "2026-11-01");
/// assert!(text.contains(r#"files = ["persons.jsonl"]"#));
/// ```
#[must_use]
pub fn brp_source(file: &str, delivery: &str) -> String {
    BRP_SOURCE
        .replace("@FILE@", file)
        .replace("@DELIVERY@", delivery)
}

/// The first day of which residences carry BAG numbers; older ones name postcode and house number only.
const BAG_YEAR_MIN: i16 = 2010;

/// The municipality code of the first of the other towns; the others follow.
const OTHER_TOWN_CODE_MIN: u32 = 9902;

/// A person, with the fields and their order as in the official set.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PersonLine {
    pl: String,
    a_nummer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    burgerservicenummer: Option<String>,
    voornamen: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    voorvoegsel: &'static str,
    geslachtsnaam: &'static str,
    geboortedatum: String,
    geslacht: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    overlijdensdatum: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reden_opschorting: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datum_opschorting: Option<String>,
    geheimhouding: String,
    #[serde(rename = "ouder1_bsn", skip_serializing_if = "Option::is_none")]
    parent_1_bsn: Option<String>,
    #[serde(rename = "ouder2_bsn", skip_serializing_if = "Option::is_none")]
    parent_2_bsn: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    partners: Vec<PartnerItem>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kinderen: Vec<ChildItem>,
    verblijfplaatsen: Vec<ResidenceItem>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartnerItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    burgerservicenummer: Option<String>,
    voornamen: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    voorvoegsel: &'static str,
    geslachtsnaam: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    datum_aangaan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datum_ontbinding: Option<String>,
    soort: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChildItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    burgerservicenummer: Option<String>,
    voornamen: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    voorvoegsel: &'static str,
    geslachtsnaam: &'static str,
    geboortedatum: String,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct ResidenceItem {
    gemeente_van_inschrijving: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    functie_adres: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_onderzoek: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datum_aanvang: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    straat: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    huisnummer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    huisletter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    huisnummertoevoeging: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postcode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    woonplaats: Option<&'static str>,
    #[serde(
        rename = "adresseerbaarObjectIdentificatie",
        skip_serializing_if = "Option::is_none"
    )]
    object_id: Option<String>,
    #[serde(
        rename = "nummeraanduidingIdentificatie",
        skip_serializing_if = "Option::is_none"
    )]
    number_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    land: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datum_aanvang_buitenland: Option<String>,
    aangifte: &'static str,
}

/// Writes `brp.jsonl`.
///
/// # Errors
/// [`GenerateError::Write`] if it cannot be written.
pub(crate) fn write(town: &Town, directory: &Path) -> Result<u64, GenerateError> {
    let path = directory.join("brp.jsonl");
    let refused = |source| GenerateError::Write {
        path: path.clone(),
        source,
    };
    let mut lines = BufWriter::new(File::create(&path).map_err(refused)?);
    for position in town.people.positions() {
        let line = person_line(town, position)?;
        serde_json::to_writer(&mut lines, &line).map_err(|failure| refused(failure.into()))?;
        lines.write_all(b"\n").map_err(refused)?;
    }
    lines.flush().map_err(refused)?;
    Ok(u64::from(town.people.len()))
}

fn person_line(town: &Town, position: Position<Person>) -> Result<PersonLine, GenerateError> {
    let person = town.people.at(position)?;
    let FamilyName { prefix, name } = person.family_name;
    let exact = |day: Day| super::calendar::RegisterDate::exact(day).compact();
    let (died, reason, suspended) = match person.departure {
        Some(Departure::Died(day)) => (Some(exact(day)), Some("O"), Some(exact(day))),
        Some(Departure::Emigrated(day)) => (None, Some("E"), Some(exact(day))),
        None => (None, None, None),
    };
    let mut parent_bsns = Vec::new();
    for parent in &person.parents {
        parent_bsns.extend(bsn_of(town, *parent)?);
    }
    let mut parent_bsns = parent_bsns.into_iter();
    let mut partners = Vec::new();
    for bond in person.bonds.iter().rev() {
        partners.extend(partner_items(town, bond)?);
    }
    let mut children = Vec::new();
    for child in &person.children {
        let found = town.people.at(*child)?;
        children.push(ChildItem {
            burgerservicenummer: bsn_of(town, *child)?,
            voornamen: found.given_names.clone(),
            voorvoegsel: found.family_name.prefix,
            geslachtsnaam: found.family_name.name,
            geboortedatum: found.birth.compact(),
        });
    }
    let mut residences = Vec::new();
    for (index, residence) in person.residences.iter().enumerate().rev() {
        residences.push(residence_item(town, residence, index == 0)?);
    }
    Ok(PersonLine {
        pl: format!("VBD_{}", position.index() + 1),
        a_nummer: person.a_number.to_string(),
        burgerservicenummer: bsn_of(town, position)?,
        voornamen: person.given_names.clone(),
        voorvoegsel: prefix,
        geslachtsnaam: name,
        geboortedatum: person.birth.compact(),
        geslacht: match person.sex {
            Sex::Male => "M",
            Sex::Female => "V",
        },
        overlijdensdatum: died,
        reden_opschorting: reason,
        datum_opschorting: suspended,
        geheimhouding: person.confidentiality.to_string(),
        parent_1_bsn: parent_bsns.next(),
        parent_2_bsn: parent_bsns.next(),
        partners,
        kinderen: children,
        verblijfplaatsen: residences,
    })
}

fn bsn_of(town: &Town, person: Position<Person>) -> Result<Option<String>, GenerateError> {
    Ok(town.people.at(person)?.bsn.map(|bsn| bsn.to_string()))
}

/// Writes a bond: its end, if it ended, is an item before that with its begin.
fn partner_items(town: &Town, bond: &Bond) -> Result<Vec<PartnerItem>, GenerateError> {
    let partner = town.people.at(bond.partner)?;
    let bsn = bsn_of(town, bond.partner)?;
    let exact = |day: Day| super::calendar::RegisterDate::exact(day).compact();
    let item = |begun: Option<String>, ended: Option<String>| PartnerItem {
        burgerservicenummer: bsn.clone(),
        voornamen: partner.given_names.clone(),
        voorvoegsel: partner.family_name.prefix,
        geslachtsnaam: partner.family_name.name,
        datum_aangaan: begun,
        datum_ontbinding: ended,
        soort: match bond.kind {
            BondKind::Marriage => "H",
            BondKind::Partnership => "P",
        },
    };
    let mut items = Vec::new();
    if let Some(ended) = bond.ended {
        items.push(item(None, Some(exact(ended))));
    }
    items.push(item(Some(exact(bond.begun)), None));
    Ok(items)
}

fn residence_item(
    town: &Town,
    residence: &Residence,
    is_first: bool,
) -> Result<ResidenceItem, GenerateError> {
    let function = if residence.letters_only { "B" } else { "W" };
    // Born there, or come on one's own declaration.
    let declared = if is_first { "A" } else { "I" };
    let begun = residence.from.compact();
    match residence.place {
        Place::Here(premises) => {
            let [postcode, house_number, letter, addition] = address_fields(town, Some(premises))?;
            let found = town.premises.at(premises)?;
            let in_bag = residence.from.day.year() >= BAG_YEAR_MIN;
            let number = |kind| in_bag.then(|| bag_number(kind, premises.index() + 1));
            Ok(ResidenceItem {
                gemeente_van_inschrijving: MUNICIPALITY_CODE.to_owned(),
                functie_adres: Some(function),
                in_onderzoek: residence.in_doubt,
                datum_aanvang: Some(begun),
                straat: Some(town.street(found).to_owned()),
                huisnummer: Some(house_number),
                huisletter: Some(letter).filter(|text| !text.is_empty()),
                huisnummertoevoeging: Some(addition).filter(|text| !text.is_empty()),
                postcode: Some(postcode),
                woonplaats: in_bag.then_some(TOWN_NAME),
                object_id: number(BagKind::Object),
                number_id: number(BagKind::Number),
                aangifte: declared,
                ..ResidenceItem::default()
            })
        }
        Place::Elsewhere(elsewhere) => {
            let street = STREET_NAMES
                .get(elsewhere.street as usize)
                .copied()
                .unwrap_or_default();
            // Ranges that no street of the town has: 9930 and up, one number to a town, a pair of letters to a street.
            let letters: String = [elsewhere.street / 12, elsewhere.street % 12]
                .into_iter()
                .filter_map(|index| {
                    ['A', 'B', 'C', 'D', 'E', 'G', 'H', 'J', 'K', 'L', 'M', 'N'].get(index as usize)
                })
                .collect();
            Ok(ResidenceItem {
                gemeente_van_inschrijving: (OTHER_TOWN_CODE_MIN + elsewhere.town).to_string(),
                functie_adres: Some(function),
                datum_aanvang: Some(begun),
                straat: Some(street.to_owned()),
                huisnummer: Some(elsewhere.house_number.to_string()),
                postcode: Some(format!("{}{letters}", 9930 + elsewhere.town)),
                woonplaats: OTHER_TOWNS.get(elsewhere.town as usize).copied(),
                aangifte: declared,
                ..ResidenceItem::default()
            })
        }
        Place::Abroad(country) => Ok(ResidenceItem {
            // Abroad is written on the list of the municipality that someone left or came to.
            gemeente_van_inschrijving: MUNICIPALITY_CODE.to_owned(),
            land: Some(country),
            datum_aanvang_buitenland: Some(begun),
            aangifte: declared,
            ..ResidenceItem::default()
        }),
    }
}
