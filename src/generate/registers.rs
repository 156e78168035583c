//! Writes the deliveries of the registers: addresses, companies, owners, permits and vehicles.

use std::path::Path;

use super::GenerateError;
use super::numbers::{BagKind, bag_number, branch_number, kvk_number, licence_plate};
use super::sheet::{ADDRESS_COLUMNS, Sheet, address_fields, holder_fields};
use super::town::{Building, Town, Usage};

/// The name of the town.
pub(crate) const TOWN_NAME: &str = "Verbanddam";

/// Writes centimetres as metres with two decimals.
fn metres(centimetres: u64) -> String {
    format!("{}.{:02}", centimetres / 100, centimetres % 100)
}

/// Writes the outline of a building as well-known text, its first corner again at the end.
fn outline(building: &Building) -> String {
    let corners = building.outline_rd_cm;
    let closed = corners.iter().chain(corners.first());
    let written: Vec<String> = closed
        .map(|&(x, y)| format!("{} {}", metres(x), metres(y)))
        .collect();
    format!("POLYGON(({}))", written.join(","))
}

/// Writes `objects.csv`: one line for each premises.
///
/// # Errors
/// [`GenerateError::Write`] if it cannot be written.
pub(crate) fn write_bag(town: &Town, directory: &Path) -> Result<u64, GenerateError> {
    let header = [
        "vboId",
        "numId",
        "straat",
        "huisnummer",
        "huisletter",
        "toevoeging",
        "postcode",
        "woonplaats",
        "gebruiksdoel",
        "oppervlakte",
        "status",
        "pandId",
        "bouwjaar",
        "x",
        "y",
        "omtrek",
        "begin",
    ];
    let mut sheet = Sheet::begin(directory, "objects.csv", &header)?;
    for position in town.premises.positions() {
        let premises = town.premises.at(position)?;
        let building = town.buildings.at(premises.building)?;
        let begin = building.begin;
        let [postcode, house_number, letter, addition] = address_fields(town, Some(position))?;
        let sequence = position.index() + 1;
        let status = if premises.usage == Usage::Dwelling
            && premises.occupied_since.is_none()
            && !premises.reserved
        {
            "Verblijfsobject gevormd"
        } else {
            "Verblijfsobject in gebruik"
        };
        sheet.row(&[
            &bag_number(BagKind::Object, sequence),
            &bag_number(BagKind::Number, sequence),
            town.street(premises),
            &house_number,
            &letter,
            &addition,
            &postcode,
            TOWN_NAME,
            premises.usage.word(),
            &premises.floor_area_m2.to_string(),
            status,
            &bag_number(BagKind::Building, premises.building.index() + 1),
            &begin.year().to_string(),
            &metres(premises.x_rd_cm),
            &metres(premises.y_rd_cm),
            &outline(building),
            &begin.iso(),
        ])?;
    }
    sheet.end()
}

/// Writes `companies.csv`: one line for each address a company was registered at.
///
/// # Errors
/// [`GenerateError::Write`] if it cannot be written.
pub(crate) fn write_companies(town: &Town, directory: &Path) -> Result<u64, GenerateError> {
    let mut header = vec![
        "kvkNummer",
        "naam",
        "rechtsvorm",
        "sbi",
        "activiteit",
        "werkzamePersonen",
        "aanvang",
        "einde",
        "vestigingsnummer",
    ];
    header.extend(ADDRESS_COLUMNS);
    header.extend(["soortAdres", "adresVan", "adresTot"]);
    let mut sheet = Sheet::begin(directory, "companies.csv", &header)?;
    for position in town.companies.positions() {
        let company = town.companies.at(position)?;
        for seat in &company.seats {
            let [postcode, house_number, letter, addition] =
                address_fields(town, Some(seat.premises))?;
            sheet.row(&[
                &kvk_number(position.index()),
                &company.name,
                company.form.word(),
                company.activity.code,
                company.activity.title,
                &company.employees.to_string(),
                &company.founded.iso(),
                &company.dissolved.map(|day| day.iso()).unwrap_or_default(),
                &branch_number(position.index()),
                &postcode,
                &house_number,
                &letter,
                &addition,
                if seat.post_only {
                    "postadres"
                } else {
                    "bezoekadres"
                },
                &seat.from.iso(),
                &seat.to.map(|day| day.iso()).unwrap_or_default(),
            ])?;
        }
    }
    sheet.end()
}

/// Writes `functionarissen.csv`: one line for each time someone ran or owned a company.
///
/// # Errors
/// [`GenerateError::Write`] if it cannot be written.
pub(crate) fn write_officers(town: &Town, directory: &Path) -> Result<u64, GenerateError> {
    let header = [
        "kvkNummer",
        "bsn",
        "aNummer",
        "functionarisKvk",
        "rol",
        "aandeel",
        "van",
        "tot",
    ];
    let mut sheet = Sheet::begin(directory, "functionarissen.csv", &header)?;
    for position in town.companies.positions() {
        for officer in &town.companies.at(position)?.officers {
            let [bsn, a_number, company] = holder_fields(town, officer.holder)?;
            sheet.row(&[
                &kvk_number(position.index()),
                &bsn,
                &a_number,
                &company,
                officer.role,
                officer.share.unwrap_or_default(),
                &officer.from.iso(),
                &officer.to.map(|day| day.iso()).unwrap_or_default(),
            ])?;
        }
    }
    sheet.end()
}

/// Writes `titles.csv`: one line for each time someone owned an address or a parcel.
///
/// # Errors
/// [`GenerateError::Write`] if it cannot be written.
pub(crate) fn write_titles(town: &Town, directory: &Path) -> Result<u64, GenerateError> {
    let mut header = vec!["bsn", "aNummer", "kvkNummer"];
    header.extend(ADDRESS_COLUMNS);
    header.extend([
        "aanduiding",
        "grootte",
        "recht",
        "aandeel",
        "van",
        "tot",
        "koopsom",
    ]);
    let mut sheet = Sheet::begin(directory, "titles.csv", &header)?;
    for (number, title) in (1..).zip(&town.titles) {
        let [bsn, a_number, company] = holder_fields(town, title.owner)?;
        let [postcode, house_number, letter, addition] = address_fields(town, title.premises)?;
        let designation = title
            .parcel_area_m2
            .map(|_| parcel_designation(number))
            .unwrap_or_default();
        sheet.row(&[
            &bsn,
            &a_number,
            &company,
            &postcode,
            &house_number,
            &letter,
            &addition,
            &designation,
            &title
                .parcel_area_m2
                .map(|area| area.to_string())
                .unwrap_or_default(),
            "eigendom",
            title.share,
            &title.from.iso(),
            &title.to.map(|day| day.iso()).unwrap_or_default(),
            &title
                .price_eur
                .map(|price| price.to_string())
                .unwrap_or_default(),
        ])?;
    }
    sheet.end()
}

/// Writes a cadastral designation: the cadastral municipality, a section and a number.
fn parcel_designation(number: u32) -> String {
    let sections = ["A", "B", "C", "D"];
    let section = sections.get((number % 4) as usize).copied().unwrap_or("A");
    format!("VBD00 {section} {number}")
}

/// Writes `permits.csv`: one line for each permit.
///
/// # Errors
/// [`GenerateError::Write`] if it cannot be written.
pub(crate) fn write_permits(town: &Town, directory: &Path) -> Result<u64, GenerateError> {
    let mut header = vec!["zaaknummer", "soort"];
    header.extend(ADDRESS_COLUMNS);
    header.extend([
        "bsn",
        "aNummer",
        "kvkNummer",
        "aangevraagd",
        "verleend",
        "geldigTot",
        "status",
    ]);
    let mut sheet = Sheet::begin(directory, "permits.csv", &header)?;
    for (number, permit) in (1..).zip(&town.permits) {
        let [postcode, house_number, letter, addition] =
            address_fields(town, Some(permit.premises))?;
        let [bsn, a_number, company] = holder_fields(town, permit.holder)?;
        sheet.row(&[
            &permit_reference(permit.requested.year(), number),
            permit.permit_type,
            &postcode,
            &house_number,
            &letter,
            &addition,
            &bsn,
            &a_number,
            &company,
            &permit.requested.iso(),
            &permit.granted.map(|day| day.iso()).unwrap_or_default(),
            &permit.expires.map(|day| day.iso()).unwrap_or_default(),
            permit.status,
        ])?;
    }
    sheet.end()
}

/// Writes the reference of a permit.
fn permit_reference(year: i16, number: u32) -> String {
    format!("VRG-{year}-{number:06}")
}

/// Writes `vehicles.csv`: one line for each time someone held a vehicle.
///
/// # Errors
/// [`GenerateError::Write`] if it cannot be written.
pub(crate) fn write_vehicles(town: &Town, directory: &Path) -> Result<u64, GenerateError> {
    let header = [
        "kenteken",
        "merk",
        "model",
        "bsn",
        "aNummer",
        "kvkNummer",
        "van",
        "tot",
    ];
    let mut sheet = Sheet::begin(directory, "vehicles.csv", &header)?;
    for (index, vehicle) in (0..).zip(&town.vehicles) {
        let (make, model) = vehicle.make_and_model;
        for (holder, from, to) in &vehicle.holders {
            let [bsn, a_number, company] = holder_fields(town, *holder)?;
            sheet.row(&[
                &licence_plate(index),
                make,
                model,
                &bsn,
                &a_number,
                &company,
                &from.iso(),
                &to.map(|day| day.iso()).unwrap_or_default(),
            ])?;
        }
    }
    sheet.end()
}
