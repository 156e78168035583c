//! Binds persons as partners, parents and children, within a household and across.

use super::GenerateError;
use super::arena::Position;
use super::calendar::Day;
use super::chance::Chance;
use super::people::{Household, MOTHER_AGE_MAX, PARENT_AGE_MIN};
use super::town::{Bond, BondKind, Person, Sex, Town};

/// Of a hundred grown persons, how many have parents in the register where some fit.
const PARENTS_KNOWN_PERCENT: u32 = 40;

/// Records a marriage or partnership with both.
pub(crate) fn bind(
    town: &mut Town,
    one: Position<Person>,
    other: Position<Person>,
    kind: BondKind,
    begun: Day,
    ended: Option<Day>,
) -> Result<(), GenerateError> {
    town.people.at_mut(one)?.bonds.push(Bond {
        partner: other,
        kind,
        begun,
        ended,
    });
    town.people.at_mut(other)?.bonds.push(Bond {
        partner: one,
        kind,
        begun,
        ended,
    });
    Ok(())
}

/// Records a parent with both.
pub(crate) fn bear(
    town: &mut Town,
    parent: Position<Person>,
    child: Position<Person>,
) -> Result<(), GenerateError> {
    town.people.at_mut(parent)?.children.push(child);
    town.people.at_mut(child)?.parents.push(parent);
    Ok(())
}

/// Makes former couples of some who now live alone.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn part_some_pairs(
    town: &mut Town,
    chance: &mut Chance,
    households: &[Household],
) -> Result<(), GenerateError> {
    let mut waiting: Option<(Position<Person>, Day)> = None;
    for household in households {
        let [person] = household.adults.as_slice() else {
            continue;
        };
        if household.gone.is_some() || !chance.percent(25) {
            continue;
        }
        let Some((other, other_formed)) = waiting.take() else {
            waiting = Some((*person, household.formed));
            continue;
        };
        let (birth, other_birth) = (
            town.people.at(*person)?.birth.day,
            town.people.at(other)?.birth.day,
        );
        let same_sex = town.people.at(*person)?.sex == town.people.at(other)?.sex;
        let ended = household.formed.min(other_formed).plus_days(-20);
        let earliest = birth.max(other_birth).plus_years(PARENT_AGE_MIN);
        let fits =
            birth.days_since(other_birth).abs() < 12 * 365 && ended.days_since(earliest) > 400;
        if fits && !same_sex {
            let begun = ended.plus_days(-chance.between(200, ended.days_since(earliest)));
            bind(town, *person, other, BondKind::Marriage, begun, Some(ended))?;
        }
    }
    Ok(())
}

/// Gives some grown persons parents out of the households of couples.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn find_parents(
    town: &mut Town,
    chance: &mut Chance,
    households: &[Household],
) -> Result<(), GenerateError> {
    // Couples by the year in which their first adult was born.
    let first_year = town.as_of.year().saturating_sub(120);
    let mut couples_by_year: Vec<Vec<usize>> = vec![Vec::new(); 121];
    let year_index =
        |day: Day| usize::try_from(day.year().saturating_sub(first_year)).unwrap_or_default();
    for (index, household) in households.iter().enumerate() {
        if let [first, _] = household.adults.as_slice() {
            let year = year_index(town.people.at(*first)?.birth.day);
            if let Some(couples) = couples_by_year.get_mut(year) {
                couples.push(index);
            }
        }
    }
    for household in households {
        for adult in &household.adults {
            if !chance.percent(PARENTS_KNOWN_PERCENT) {
                continue;
            }
            let birth = town.people.at(*adult)?.birth.day;
            let age_of_parent = usize::try_from(chance.between(22, 34)).unwrap_or_default();
            let year = year_index(birth).saturating_sub(age_of_parent);
            let couples = couples_by_year
                .get(year)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let Some(parents) = chance
                .pick(couples)
                .and_then(|index| households.get(*index))
            else {
                continue;
            };
            if couple_can_bear(town, parents, *adult)? {
                adopt_name_and_parents(town, parents, *adult)?;
            }
        }
    }
    Ok(())
}

/// Tells whether a couple can be the parents of a grown person: ages fit, and the person is not bound to their children.
fn couple_can_bear(
    town: &Town,
    parents: &Household,
    child: Position<Person>,
) -> Result<bool, GenerateError> {
    let birth = town.people.at(child)?.birth.day;
    for parent in &parents.adults {
        let found = town.people.at(*parent)?;
        let age = birth.years_since(found.birth.day);
        let age_max = if found.sex == Sex::Female {
            MOTHER_AGE_MAX
        } else {
            60
        };
        if age < PARENT_AGE_MIN || age > age_max || found.children.len() >= 4 {
            return Ok(false);
        }
        let bound_to_child = |bond: &Bond| found.children.contains(&bond.partner);
        if town.people.at(child)?.bonds.iter().any(bound_to_child) {
            return Ok(false);
        }
    }
    // Nor can someone be bound to a sister or brother: the partner's parents are others.
    for bond in &town.people.at(child)?.bonds {
        let partner_parents = &town.people.at(bond.partner)?.parents;
        if parents
            .adults
            .iter()
            .any(|parent| partner_parents.contains(parent))
        {
            return Ok(false);
        }
    }
    Ok(parents.members().all(|member| member != child))
}

fn adopt_name_and_parents(
    town: &mut Town,
    parents: &Household,
    child: Position<Person>,
) -> Result<(), GenerateError> {
    for (place, parent) in parents.adults.iter().enumerate() {
        bear(town, *parent, child)?;
        if place == 0 {
            let family_name = town.people.at(*parent)?.family_name;
            town.people.at_mut(child)?.family_name = family_name;
        }
    }
    Ok(())
}
