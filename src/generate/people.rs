//! Makes the persons of the town, household by household; [`super::kinship`] binds households to each other.
//!
//! Where they live is decided afterwards, in [`super::moves`]: a household comes out of here with the day it was formed only.

use super::GenerateError;
use super::arena::Position;
use super::calendar::{Day, Precision, RegisterDate};
use super::chance::Chance;
use super::kinship::{bear, bind, find_parents, part_some_pairs};
use super::names::{FAMILY_NAMES, FamilyName, GIVEN_NAMES_FEMALE, GIVEN_NAMES_MALE};
use super::numbers::{ANumbers, test_bsns};
use super::town::{BondKind, Departure, Person, Sex, Town};

/// The most people in a household that was not planted: below any number that could be taken for overcrowding.
const CHILDREN_MAX: i32 = 4;

/// The youngest age at which someone has a child here.
pub(crate) const PARENT_AGE_MIN: i32 = 18;

/// The oldest age at which a woman has a child here.
pub(crate) const MOTHER_AGE_MAX: i32 = 44;

/// People who live together, or did until one of them left.
#[derive(Debug)]
pub(crate) struct Household {
    /// The grown members; the first is the one whose dwelling it is.
    pub(crate) adults: Vec<Position<Person>>,
    /// The children that live with them, oldest first.
    pub(crate) children: Vec<Position<Person>>,
    /// The day it was formed: from then on they move together.
    pub(crate) formed: Day,
    /// The day all of them had gone; none if someone still lives in the town.
    pub(crate) gone: Option<Day>,
}

impl Household {
    /// Goes through the grown members and then the children.
    pub(crate) fn members(&self) -> impl Iterator<Item = Position<Person>> + '_ {
        self.adults.iter().chain(&self.children).copied()
    }
}

/// Draws a person with a name, born on `birth`; everything else is left empty.
pub(crate) fn draw_person(
    chance: &mut Chance,
    birth: Day,
    sex: Sex,
    family_name: Option<FamilyName>,
) -> Person {
    let names: &[&'static str] = match sex {
        Sex::Male => &GIVEN_NAMES_MALE,
        Sex::Female => &GIVEN_NAMES_FEMALE,
    };
    let mut given_names = chance.word(names).to_owned();
    if chance.percent(25) {
        let second = chance.word(names);
        if second != given_names {
            given_names = format!("{given_names} {second}");
        }
    }
    let drawn_name = chance.pick(&FAMILY_NAMES).copied();
    let family_name = family_name.or(drawn_name).unwrap_or(FamilyName {
        prefix: "",
        name: "",
    });
    // Half a percent of the dates of birth lack the day, half a percent the month too.
    let precision = match chance.below(200) {
        0 => Precision::Month,
        1 => Precision::Year,
        _ => Precision::Day,
    };
    let confidentiality = if chance.permille(12) {
        *chance.pick(&[1, 2, 3, 4, 5, 6, 7]).unwrap_or(&1)
    } else {
        0
    };
    Person {
        given_names,
        family_name,
        sex,
        birth: RegisterDate {
            day: birth,
            precision,
        },
        bsn: None,
        a_number: 0,
        confidentiality,
        parents: Vec::new(),
        children: Vec::new(),
        bonds: Vec::new(),
        residences: Vec::new(),
        departure: None,
    }
}

/// Draws either sex.
pub(crate) fn draw_sex(chance: &mut Chance) -> Sex {
    if chance.percent(50) {
        Sex::Male
    } else {
        Sex::Female
    }
}

/// Makes `count` persons in households.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn make(
    town: &mut Town,
    chance: &mut Chance,
    count: u32,
) -> Result<Vec<Household>, GenerateError> {
    let people_before = town.people.len();
    let mut households = Vec::new();
    loop {
        let left = count.saturating_sub(town.people.len() - people_before);
        if left == 0 {
            break;
        }
        // Weights that give 2.2 persons to a household, and one in twelve records of someone who left.
        let form = chance.weighted(&[330, 270, 270, 65, 35, 150]);
        let household = match form {
            1 if left >= 2 => couple(town, chance, 0)?,
            2 if left >= 2 => {
                let children_max = i32::try_from(left - 2)
                    .unwrap_or(CHILDREN_MAX)
                    .min(CHILDREN_MAX);
                let wanted =
                    1 + i32::try_from(chance.weighted(&[40, 42, 14, 4])).unwrap_or_default();
                couple(town, chance, wanted.min(children_max))?
            }
            3 if left >= 4 => single_parent(town, chance)?,
            4 if left >= 2 => widowed(town, chance)?,
            5 => departed(town, chance)?,
            _ => single(town, chance),
        };
        households.push(household);
    }
    part_some_pairs(town, chance, &households)?;
    find_parents(town, chance, &households)?;
    Ok(households)
}

/// Draws a day on which someone between the two ages was born, young and middle ages more often than very old.
fn birth_for_ages(chance: &mut Chance, as_of: Day, age_min: i32, age_max: i32) -> Day {
    let one = chance.between(age_min, age_max);
    let two = chance.between(age_min, age_max);
    let age = if chance.percent(40) {
        one.min(two)
    } else {
        one
    };
    as_of.plus_years(-age).plus_days(-chance.between(1, 360))
}

/// Draws the day a household was formed: when its younger adult was grown, and not after `latest`.
fn formation(chance: &mut Chance, younger_birth: Day, latest: Day) -> Day {
    let drawn = younger_birth
        .plus_years(chance.between(20, 30))
        .plus_days(chance.between(0, 364));
    drawn
        .min(latest)
        .max(younger_birth.plus_years(PARENT_AGE_MIN))
}

fn single(town: &mut Town, chance: &mut Chance) -> Household {
    let birth = birth_for_ages(chance, town.as_of, 20, 92);
    let sex = draw_sex(chance);
    let person = town.people.push(draw_person(chance, birth, sex, None));
    let formed = formation(chance, birth, town.as_of.plus_days(-60));
    Household {
        adults: vec![person],
        children: Vec::new(),
        formed,
        gone: None,
    }
}

fn couple(town: &mut Town, chance: &mut Chance, children: i32) -> Result<Household, GenerateError> {
    let age_max = if children > 0 { 58 } else { 88 };
    let birth = birth_for_ages(chance, town.as_of, 23, age_max);
    let partner_birth = birth
        .plus_days(chance.between(-5 * 365, 3 * 365))
        .min(town.as_of.plus_years(-21));
    let sex = draw_sex(chance);
    let partner_sex = match sex {
        sex if chance.percent(4) => sex,
        Sex::Male => Sex::Female,
        Sex::Female => Sex::Male,
    };
    let person = town.people.push(draw_person(chance, birth, sex, None));
    let partner = town
        .people
        .push(draw_person(chance, partner_birth, partner_sex, None));
    let formed = formation(chance, birth.max(partner_birth), town.as_of.plus_days(-240));
    if chance.percent(72) {
        let begun = formed
            .plus_days(chance.between(0, 8 * 365))
            .min(town.as_of.plus_days(-3));
        let sort = if chance.percent(90) {
            BondKind::Marriage
        } else {
            BondKind::Partnership
        };
        bind(town, person, partner, sort, begun, None)?;
    }
    let mut household = Household {
        adults: vec![person, partner],
        children: Vec::new(),
        formed,
        gone: None,
    };
    raise_children(town, chance, &mut household, children)?;
    Ok(household)
}

fn single_parent(town: &mut Town, chance: &mut Chance) -> Result<Household, GenerateError> {
    let birth = birth_for_ages(chance, town.as_of, 22, 56);
    let sex = if chance.percent(84) {
        Sex::Female
    } else {
        Sex::Male
    };
    let person = town.people.push(draw_person(chance, birth, sex, None));
    let formed = formation(chance, birth, town.as_of.plus_days(-240));
    let mut household = Household {
        adults: vec![person],
        children: Vec::new(),
        formed,
        gone: None,
    };
    let wanted = 1 + i32::try_from(chance.weighted(&[55, 35, 10])).unwrap_or_default();
    raise_children(town, chance, &mut household, wanted)?;
    Ok(household)
}

/// Makes a household of two of whom one died.
fn widowed(town: &mut Town, chance: &mut Chance) -> Result<Household, GenerateError> {
    let birth = birth_for_ages(chance, town.as_of, 62, 93);
    let late_birth = birth.plus_days(chance.between(-8 * 365, 3 * 365));
    let survivor = town
        .people
        .push(draw_person(chance, birth, Sex::Female, None));
    let late = town
        .people
        .push(draw_person(chance, late_birth, Sex::Male, None));
    let formed = formation(chance, birth.max(late_birth), town.as_of.plus_years(-25));
    let died = town.as_of.plus_days(-chance.between(40, 11 * 365));
    town.people.at_mut(late)?.departure = Some(Departure::Died(died));
    let begun = formed.plus_days(chance.between(0, 4 * 365));
    bind(town, survivor, late, BondKind::Marriage, begun, Some(died))?;
    Ok(Household {
        adults: vec![survivor, late],
        children: Vec::new(),
        formed,
        gone: None,
    })
}

/// Makes someone who lived alone in the town and died or went abroad.
fn departed(town: &mut Town, chance: &mut Chance) -> Result<Household, GenerateError> {
    let gone = town.as_of.plus_days(-chance.between(30, 9 * 365));
    let died = chance.percent(45);
    let age_at_end = if died {
        chance.between(58, 96)
    } else {
        chance.between(23, 60)
    };
    let birth = gone
        .plus_years(-age_at_end)
        .plus_days(-chance.between(1, 360));
    let sex = draw_sex(chance);
    let person = town.people.push(draw_person(chance, birth, sex, None));
    let departure = if died {
        Departure::Died(gone)
    } else {
        Departure::Emigrated(gone)
    };
    town.people.at_mut(person)?.departure = Some(departure);
    let formed = formation(chance, birth, gone.plus_days(-700));
    Ok(Household {
        adults: vec![person],
        children: Vec::new(),
        formed,
        gone: Some(gone),
    })
}

/// Adds as many of the wanted children as the ages of the parents allow.
fn raise_children(
    town: &mut Town,
    chance: &mut Chance,
    household: &mut Household,
    wanted: i32,
) -> Result<(), GenerateError> {
    let mut latest = town.as_of.plus_days(-10);
    let mut family_name = None;
    for parent in &household.adults {
        let found = town.people.at(*parent)?;
        family_name = family_name.or(Some(found.family_name));
        if found.sex == Sex::Female {
            latest = latest.min(found.birth.day.plus_years(MOTHER_AGE_MAX));
        }
    }
    // Older than that they have a household of their own.
    let mut earliest = household
        .formed
        .plus_days(250)
        .max(town.as_of.plus_years(-24));
    for left in (1..=wanted).rev() {
        let width = latest.days_since(earliest) / left;
        if width < 1 {
            break;
        }
        let birth = earliest.plus_days(chance.between(0, width.min(5 * 365)));
        let sex = draw_sex(chance);
        let child = town
            .people
            .push(draw_person(chance, birth, sex, family_name));
        for parent in household.adults.clone() {
            bear(town, parent, child)?;
        }
        household.children.push(child);
        earliest = birth.plus_days(330);
    }
    Ok(())
}

/// Gives everyone an A-number, and a BSN to as many as there are BSNs.
///
/// `first` come first; then the residents, household by household in a drawn order, so that families keep
/// together on one side of the line; then those who left.
pub(crate) fn number(
    town: &mut Town,
    chance: &mut Chance,
    seed: u64,
    first: &[Position<Person>],
    households: &[Household],
) -> Result<(), GenerateError> {
    let mut a_numbers = ANumbers::new(seed);
    for position in town.people.positions() {
        town.people.at_mut(position)?.a_number = a_numbers.next_number();
    }
    let mut bsns = test_bsns();
    chance.shuffle(&mut bsns);
    let mut order: Vec<&Household> = households.iter().collect();
    chance.shuffle(&mut order);
    let mut queue: Vec<Position<Person>> = first.to_vec();
    let mut gone = Vec::new();
    for member in order.into_iter().flat_map(Household::members) {
        if town.people.at(member)?.departure.is_none() {
            queue.push(member)
        } else {
            gone.push(member)
        }
    }
    queue.extend(gone);
    for (person, bsn) in queue.into_iter().zip(bsns) {
        town.people.at_mut(person)?.bsn = Some(bsn);
    }
    Ok(())
}
