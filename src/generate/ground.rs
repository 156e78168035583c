//! Lays the town out on the map: neighbourhoods of straight streets with houses on both sides.
//!
//! All in whole centimetres of RD New, so that no rounding of floats reaches a file.

use super::GenerateError;
use super::town::{Premises, Town, Usage};

/// The south-west corner of the town, in the water of the IJsselmeer, where no real address can be meant.
const CORNER_CM: (u64, u64) = (15_500_000, 53_000_000);
/// Front of one house number; odd and even ones lie on two sides, so the numbers of a side go by two.
const FRONT_CM: u64 = 600;
/// From the middle of a street to the fronts along it.
const TO_FRONT_CM: u64 = 700;
/// From the middle of one street to that of the next: fronts, houses and gardens of both.
const STREET_PITCH_CM: u64 = 5_600;
/// Open ground between two streets that lie in line.
const END_GAP_CM: u64 = 1_800;
/// Open ground between two neighbourhoods.
const GREEN_CM: u64 = 5_000;
/// Streets side by side in a neighbourhood.
const STREETS_ACROSS: u64 = 8;

/// Along a street and across it, from the corner of its neighbourhood.
struct Along {
    along: u64,
    across: u64,
}

/// How the neighbourhoods lie.
struct Plan {
    street_length: u64,
    /// Streets in line within a neighbourhood.
    in_line: u64,
    /// From one neighbourhood to the next.
    pitch: u64,
    /// Neighbourhoods from west to east.
    columns: u64,
}

impl Plan {
    fn new(town: &Town, last_number: u32) -> Self {
        let street_length = u64::from(last_number.div_ceil(2) + 1) * FRONT_CM + END_GAP_CM;
        let width = STREETS_ACROSS * STREET_PITCH_CM;
        let in_line = (width / street_length).max(1);
        let in_one = STREETS_ACROSS * in_line;
        let count = (town.streets.len() as u64).div_ceil(in_one);
        Self {
            street_length,
            in_line,
            pitch: width.max(in_line * street_length) + GREEN_CM,
            columns: count.isqrt().max(1),
        }
    }

    /// Where a place along a street lies. In every second neighbourhood the streets run the other way.
    fn at(&self, street: u64, place: &Along) -> (u64, u64) {
        let in_one = STREETS_ACROSS * self.in_line;
        let (neighbourhood, nth) = (street / in_one, street % in_one);
        let (column, row) = (neighbourhood % self.columns, neighbourhood / self.columns);
        let across = (nth % STREETS_ACROSS) * STREET_PITCH_CM + place.across;
        let along = (nth / STREETS_ACROSS) * self.street_length + place.along;
        let (x, y) = if (column + row) % 2 == 0 {
            (across, along)
        } else {
            (along, across)
        };
        (
            CORNER_CM.0 + column * self.pitch + x,
            CORNER_CM.1 + row * self.pitch + y,
        )
    }
}

/// Gives each building its outline and each of its premises a place within.
///
/// # Errors
/// [`GenerateError::Inconsistent`] never, of a town whose lists fit each other.
pub(crate) fn lay_out(town: &mut Town) -> Result<(), GenerateError> {
    let mut last_number = 0;
    let mut units = vec![Vec::new(); town.buildings.positions().count()];
    for position in town.premises.positions() {
        let premises = town.premises.at(position)?;
        last_number = last_number.max(premises.house_number);
        if let Some(units) = units.get_mut(premises.building.index() as usize) {
            units.push(position);
        }
    }
    let plan = Plan::new(town, last_number);
    for (building, units) in town.buildings.positions().zip(units) {
        let Some(&first) = units.first() else {
            continue;
        };
        let of_unit = town.premises.at(first)?;
        let street = of_unit.street as u64;
        let is_odd = of_unit.house_number % 2 == 1;
        let depth = depth(of_unit);
        let mut numbers = (of_unit.house_number, of_unit.house_number);
        for &unit in &units {
            let number = town.premises.at(unit)?.house_number;
            numbers = (numbers.0.min(number), numbers.1.max(number));
        }
        let begin = u64::from(numbers.0.div_ceil(2)) * FRONT_CM;
        let length = (u64::from(numbers.1.div_ceil(2)) + 1) * FRONT_CM - begin;
        let middle = STREET_PITCH_CM / 2;
        let (front, back) = if is_odd {
            (middle - TO_FRONT_CM, middle - TO_FRONT_CM - depth)
        } else {
            (middle + TO_FRONT_CM, middle + TO_FRONT_CM + depth)
        };
        let corner = |along, across| plan.at(street, &Along { along, across });
        town.buildings.at_mut(building)?.outline_rd_cm = [
            corner(begin, front),
            corner(begin + length, front),
            corner(begin + length, back),
            corner(begin, back),
        ];
        let count = units.len() as u64;
        for (place, unit) in (1..).zip(units) {
            let along = begin + length * place / (count + 1);
            let (x, y) = corner(along, u64::midpoint(front, back));
            let premises = town.premises.at_mut(unit)?;
            premises.x_rd_cm = x;
            premises.y_rd_cm = y;
        }
    }
    Ok(())
}

/// How deep a building is, by what stands in it; no two in a row quite alike.
fn depth(premises: &Premises) -> u64 {
    let usual = match premises.usage {
        Usage::Dwelling => 800,
        Usage::Shop | Usage::Meeting => 1_000,
        Usage::Office | Usage::Lodging => 1_200,
        Usage::Industry => 1_500,
    };
    usual + u64::from(premises.floor_area_m2 % 5) * 60
}
