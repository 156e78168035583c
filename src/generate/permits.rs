//! Makes the permits: of catering businesses, of building and of letting rooms; and the vehicles, whose holders are drawn as freely.

use super::GenerateError;
use super::calendar::Day;
use super::chance::Chance;
use super::companies::Census;
use super::places::VEHICLES;
use super::town::{Company, Holder, LegalForm, Permit, Seat, Town, Usage, Vehicle};

/// Of a hundred grown persons, how many hold a vehicle.
const VEHICLE_PERCENT: u32 = 48;

/// Makes the permits that no situation needs.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn make(
    town: &mut Town,
    chance: &mut Chance,
    census: &Census,
) -> Result<(), GenerateError> {
    for company in town.companies.positions() {
        let found = town.companies.at(company)?;
        if let Some(seat) = catering_seat(found) {
            let dissolved = found.dissolved;
            for permit_type in [
                "exploitatievergunning horeca",
                "alcoholvergunning",
                "terrasvergunning",
            ] {
                if chance.percent(70) {
                    let permit = draw_permit(
                        town.as_of,
                        chance,
                        permit_type,
                        seat,
                        Holder::Company(company),
                        dissolved,
                    );
                    town.permits.push(permit);
                }
            }
        }
    }
    // Titles stand in the order of the premises, so this goes through the town street by street.
    for index in 0..town.titles.len() {
        let Some(title) = town.titles.get(index) else {
            break;
        };
        let (Some(premises), None) = (title.premises, title.to) else {
            continue;
        };
        let (owner, from) = (title.owner, title.from);
        if town.premises.at(premises)?.usage != Usage::Dwelling {
            continue;
        }
        let permit_type = match chance.weighted(&[60, 13, 5, 2, 920]) {
            0 => "omgevingsvergunning bouwen",
            1 => "omzettingsvergunning kamerverhuur",
            2 => "splitsingsvergunning",
            3 => "sloopmelding",
            _ => continue,
        };
        let seat = Seat {
            premises,
            from,
            to: None,
            post_only: false,
        };
        town.permits.push(draw_permit(
            town.as_of,
            chance,
            permit_type,
            seat,
            owner,
            None,
        ));
    }
    for _ in 0..town.people.len() / 400 {
        let holder = census.draw(chance)?;
        if let Some((premises, from)) = town.people.at(holder)?.home() {
            let seat = Seat {
                premises,
                from,
                to: None,
                post_only: false,
            };
            let holder = Holder::Person(holder);
            town.permits.push(draw_permit(
                town.as_of,
                chance,
                "standplaatsvergunning",
                seat,
                holder,
                None,
            ));
        }
    }
    Ok(())
}

fn catering_seat(company: &Company) -> Option<Seat> {
    if company.activity.catering {
        company.seats.last().copied()
    } else {
        None
    }
}

/// Draws what became of a request for a permit, made while `seat` lasted.
fn draw_permit(
    as_of: Day,
    chance: &mut Chance,
    permit_type: &'static str,
    seat: Seat,
    holder: Holder,
    ended: Option<Day>,
) -> Permit {
    let latest = seat.to.unwrap_or(as_of).plus_days(-5).max(seat.from);
    let earliest = seat.from.max(as_of.plus_years(-12)).min(latest);
    let requested = earliest.plus_days(chance.between(0, latest.days_since(earliest).min(300)));
    let decided = requested.plus_days(chance.between(20, 120));
    let mut permit = Permit {
        permit_type,
        premises: seat.premises,
        holder,
        requested,
        granted: None,
        expires: None,
        status: "aangevraagd",
    };
    if decided >= as_of {
        return permit;
    }
    if chance.percent(9) {
        permit.status = "geweigerd";
        return permit;
    }
    permit.granted = Some(decided);
    permit.status = "verleend";
    if chance.percent(60) {
        let expires = decided.plus_years(chance.between(1, 5));
        permit.expires = Some(expires);
        if expires <= as_of {
            permit.status = "verlopen";
        }
    }
    if ended.is_some() {
        permit.status = "ingetrokken";
    }
    permit
}

/// Makes the vehicles.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn make_vehicles(
    town: &mut Town,
    chance: &mut Chance,
    census: &Census,
) -> Result<(), GenerateError> {
    for person in &census.adults {
        if chance.percent(VEHICLE_PERCENT) {
            let grown = town.people.at(*person)?.birth.day.plus_years(18);
            let earliest = grown.max(town.as_of.plus_years(-9));
            let from = draw_day(chance, earliest, town.as_of);
            let former = census.draw(chance)?;
            let former_grown = town.people.at(former)?.birth.day.plus_years(18);
            let mut holders = Vec::new();
            let days = from.days_since(former_grown);
            if former != *person && days > 300 && chance.percent(12) {
                let former_from = from.plus_days(-chance.between(60, days.min(2500)));
                holders.push((Holder::Person(former), former_from, Some(from)));
            }
            holders.push((Holder::Person(*person), from, None));
            town.vehicles.push(Vehicle {
                make_and_model: draw_model(chance),
                holders,
            });
        }
    }
    for company in town.companies.positions() {
        let found = town.companies.at(company)?;
        if found.form != LegalForm::Limited || found.dissolved.is_some() || found.employees == 0 {
            continue;
        }
        let (employees, founded) = (found.employees, found.founded);
        for _ in 0..chance.below(employees / 6 + 1) {
            let from = draw_day(chance, founded.max(town.as_of.plus_years(-9)), town.as_of);
            let holders = vec![(Holder::Company(company), from, None)];
            town.vehicles.push(Vehicle {
                make_and_model: draw_model(chance),
                holders,
            });
        }
    }
    Ok(())
}

/// Draws a day from `earliest` up to the one before `end`.
fn draw_day(chance: &mut Chance, earliest: Day, end: Day) -> Day {
    earliest.plus_days(chance.between(0, end.days_since(earliest) - 1))
}

/// Draws a make and model.
pub(crate) fn draw_model(chance: &mut Chance) -> (&'static str, &'static str) {
    chance.pick(&VEHICLES).copied().unwrap_or_default()
}
