//! Makes the signals of the departments, most of them about few addresses.
//!
//! INVARIANT (no accidental pile): an address that draws many signals draws them from two departments at most, and an
//! ordinary one has few, so that signals of five departments in a year are planted.

use super::GenerateError;
use super::arena::Position;
use super::calendar::Day;
use super::chance::Chance;
use super::companies::Census;
use super::departments::{DEPARTMENTS, Department, SignalKind};
use super::ownership::residents_by_premises;
use super::town::{Company, Person, Premises, Signal, Town};

/// Signals for a hundred households.
const SIGNALS_PER_HUNDRED_HOUSEHOLDS: usize = 35;

/// How many of a hundred signals are about one of the few addresses that draw many.
const HOT_PERCENT: u32 = 35;

/// How many premises in a thousand draw many.
const HOT_PERMILLE: u32 = 25;

/// How many signals an ordinary address has at most.
const ORDINARY_MAX: u8 = 2;

/// How far back signals go, in days: departments keep them for four years.
const KEPT_DAYS: i32 = 4 * 365;

/// What a signal is about, and what it says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    /// Position of the department.
    pub(crate) department: usize,
    /// Position of the sort among those of the department.
    pub(crate) kind: usize,
    /// When it came in.
    pub(crate) day: Day,
    /// The premises it is about.
    pub(crate) premises: Position<Premises>,
    /// A person it is about.
    pub(crate) person: Option<Position<Person>>,
    /// A company it is about.
    pub(crate) company: Option<Position<Company>>,
}

/// Returns a department by its position.
///
/// # Errors
/// [`GenerateError::Inconsistent`] if there is none.
pub(crate) fn department(position: usize) -> Result<&'static Department, GenerateError> {
    DEPARTMENTS
        .get(position)
        .ok_or(GenerateError::Inconsistent("an unknown department"))
}

/// Writes a signal down, with the next number of its department.
///
/// # Errors
/// [`GenerateError::Inconsistent`] if the department or the sort is unknown.
pub(crate) fn report(
    town: &mut Town,
    chance: &mut Chance,
    report: Report,
) -> Result<usize, GenerateError> {
    let of = department(report.department)?;
    let kind: &SignalKind = of
        .kinds
        .get(report.kind)
        .ok_or(GenerateError::Inconsistent("an unknown sort of signal"))?;
    let amount_eur = if of.states_amount {
        Some(chance.between(2, 180).unsigned_abs() * 500)
    } else {
        None
    };
    let status = match chance.weighted(&[35, 25, 40]) {
        0 => "open",
        1 => "in behandeling",
        _ => "afgedaan",
    };
    town.signals.push(Signal {
        department: report.department,
        number: 0,
        signal_type: kind.signal_type,
        summary: kind.summary,
        note: kind.note,
        offence: kind.offence,
        amount_eur,
        day: report.day,
        status,
        weight_percent: 10 + chance.below(60),
        premises: report.premises,
        person: report.person,
        company: report.company,
    });
    Ok(town.signals.len() - 1)
}

/// Makes the signals that no situation needs.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn make(
    town: &mut Town,
    chance: &mut Chance,
    census: &Census,
    households: usize,
) -> Result<(), GenerateError> {
    let residents = residents_by_premises(town, &census.adults)?;
    let companies = companies_by_premises(town)?;
    let shares: Vec<u32> = DEPARTMENTS
        .iter()
        .map(|department| department.share_percent)
        .collect();
    let mut open = Vec::new();
    for premises in town.premises.positions() {
        if !town.premises.at(premises)?.reserved {
            open.push(premises);
        }
    }
    let mut hot = Vec::new();
    let mut is_hot = vec![false; town.premises.len() as usize];
    for premises in &open {
        if chance.permille(HOT_PERMILLE) {
            hot.push((
                *premises,
                chance.weighted(&shares),
                chance.weighted(&shares),
            ));
            if let Some(slot) = is_hot.get_mut(premises.index() as usize) {
                *slot = true;
            }
        }
    }
    let mut counts = vec![0_u8; town.premises.len() as usize];
    for _ in 0..households * SIGNALS_PER_HUNDRED_HOUSEHOLDS / 100 {
        let hot_count = u32::try_from(hot.len()).unwrap_or_default();
        let hot_drawn = if chance.percent(HOT_PERCENT) {
            hot.get(chance.skewed_below(hot_count) as usize)
        } else {
            None
        };
        let (premises, department_position) = match hot_drawn {
            Some((premises, one, other)) => {
                (*premises, if chance.percent(65) { *one } else { *other })
            }
            None => {
                let Some(premises) = chance.pick(&open).copied() else {
                    break;
                };
                let index = premises.index() as usize;
                let Some(count) = counts.get_mut(index) else {
                    continue;
                };
                if is_hot.get(index) == Some(&true) || *count >= ORDINARY_MAX {
                    continue;
                }
                *count += 1;
                (premises, chance.weighted(&shares))
            }
        };
        let of = department(department_position)?;
        let here = residents
            .get(premises.index() as usize)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let person = if chance.percent(of.names_person_percent) {
            chance.pick(here).copied()
        } else {
            None
        };
        let firms = companies
            .get(premises.index() as usize)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let company = if chance.percent(30) {
            chance.pick(firms).copied()
        } else {
            None
        };
        let kind_count = u32::try_from(of.kinds.len()).unwrap_or_default();
        let kind = chance.below(kind_count) as usize;
        let day = town.as_of.plus_days(-chance.between(1, KEPT_DAYS));
        report(
            town,
            chance,
            Report {
                department: department_position,
                kind,
                day,
                premises,
                person,
                company,
            },
        )?;
    }
    Ok(())
}

/// Lists the companies registered in each premises today, by the position of the premises.
fn companies_by_premises(town: &Town) -> Result<Vec<Vec<Position<Company>>>, GenerateError> {
    let mut companies = Vec::new();
    companies.resize_with(town.premises.len() as usize, Vec::new);
    for company in town.companies.positions() {
        for seat in &town.companies.at(company)?.seats {
            let list: Option<&mut Vec<Position<Company>>> =
                companies.get_mut(seat.premises.index() as usize);
            if let (Some(list), None) = (list, seat.to) {
                list.push(company);
            }
        }
    }
    Ok(companies)
}

/// Numbers the signals of each department by the day they came in, as a department does.
pub(crate) fn number(town: &mut Town) {
    for department_position in 0..DEPARTMENTS.len() {
        let mut of_department: Vec<&mut Signal> = town
            .signals
            .iter_mut()
            .filter(|signal| signal.department == department_position)
            .collect();
        // A stable sort: of one day, the first made comes first.
        of_department.sort_by_key(|signal| signal.day);
        for (number, signal) in (1..).zip(of_department) {
            signal.number = number;
        }
    }
}

/// Writes the reference of a signal, `WON-2026-000012`.
///
/// # Errors
/// [`GenerateError::Inconsistent`] if its department is unknown.
pub(crate) fn reference(signal: &Signal) -> Result<String, GenerateError> {
    Ok(format!(
        "{}-{}-{:06}",
        department(signal.department)?.prefix,
        signal.day.year(),
        signal.number
    ))
}
