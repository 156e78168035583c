//! Writes the signals of the departments, and the source file of each.

use std::path::Path;

use super::GenerateError;
use super::departments::{DEPARTMENTS, Department};
use super::numbers::{BagKind, bag_number};
use super::sheet::{ADDRESS_COLUMNS, Sheet, address_fields, company_field, person_fields};
use super::signals::reference;
use super::town::{Signal, Town};

/// The source file of every department; what differs is filled in.
const SIGNALS_SOURCE: &str = include_str!("sources/signals.toml");

/// Returns the source file of a department, the day of delivery still to be filled in.
pub(crate) fn source_text(department: &Department) -> String {
    let purposes: Vec<String> = department
        .purposes
        .iter()
        .map(|purpose| format!("\"{purpose}\""))
        .collect();
    SIGNALS_SOURCE
        .replace("@NAME@", department.name)
        .replace("@TITLE@", department.title)
        .replace("@FILE@", &format!("{}.csv", department.name))
        .replace("@ORGANISATION@", department.organisation)
        .replace("@DEPARTMENT@", department.department)
        .replace("@LEVEL@", department.level)
        .replace("\"@PURPOSES@\"", &purposes.join(", "))
}

/// Writes the signals of the department at `position` of [`DEPARTMENTS`], in the order of their numbers.
///
/// # Errors
/// [`GenerateError::Write`] if they cannot be written.
pub(crate) fn write_signals(
    town: &Town,
    directory: &Path,
    position: usize,
) -> Result<u64, GenerateError> {
    let department = DEPARTMENTS
        .get(position)
        .ok_or(GenerateError::Inconsistent("an unknown department"))?;
    let mut header = vec![
        "kenmerk",
        "soort",
        "omschrijving",
        "datum",
        "status",
        "gewicht",
        "toelichting",
    ];
    header.extend(["strafbaarFeit", "bedrag", "vboId"]);
    header.extend(ADDRESS_COLUMNS);
    header.extend(["bsn", "aNummer", "kvkNummer"]);
    let mut sheet = Sheet::begin(directory, &format!("{}.csv", department.name), &header)?;
    let mut signals: Vec<&Signal> = town
        .signals
        .iter()
        .filter(|signal| signal.department == position)
        .collect();
    signals.sort_by_key(|signal| signal.number);
    for signal in signals {
        // Some departments look the address up in the BAG, others write it as they heard it: every third by its number.
        let by_object = signal.number % 3 == 0;
        let object = if by_object {
            bag_number(BagKind::Object, signal.premises.index() + 1)
        } else {
            String::new()
        };
        let [postcode, house_number, letter, addition] =
            address_fields(town, (!by_object).then_some(signal.premises))?;
        let [bsn, a_number] = person_fields(town, signal.person)?;
        sheet.row(&[
            &reference(signal)?,
            signal.signal_type,
            signal.summary,
            &signal.day.iso(),
            signal.status,
            &format!("0.{:02}", signal.weight_percent),
            signal.note,
            signal.offence.unwrap_or_default(),
            &signal
                .amount_eur
                .map(|amount| amount.to_string())
                .unwrap_or_default(),
            &object,
            &postcode,
            &house_number,
            &letter,
            &addition,
            &bsn,
            &a_number,
            &company_field(signal.company),
        ])?;
    }
    sheet.end()
}
