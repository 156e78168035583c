//! Decides where everyone lived and when.
//!
//! INVARIANT (moves chain): the residences of a person follow each other day by day, each later than the one before;
//! one ends where the next begins. INVARIANT (no accidental crowd): two households never live in the same dwelling at
//! the same time, so that what is crowded was planted. A dwelling is filled from today backwards for that:
//! `occupied_since` is the first day of the earliest household known in it, and an earlier one must have left by then.

use super::GenerateError;
use super::arena::Position;
use super::calendar::{Day, Precision};
use super::chance::Chance;
use super::people::Household;
use super::places::{COUNTRY_CODES, OTHER_TOWNS, STREET_NAMES};
use super::town::{Departure, Elsewhere, Person, Place, Premises, Residence, Town, Usage};

/// The fewest days a household stays; shorter stays are planted.
const STAY_DAYS_MIN: i32 = 300;

/// How often an earlier dwelling in the town is looked for before the household is said to have come from elsewhere.
const TRIES: u32 = 12;

/// The fewest days in which a household moved after it was formed, so that its last move is past.
const LAST_MOVE_DAYS_AGO_MIN: i32 = 15;

/// Gives every household a home and its members the way there.
///
/// # Errors
/// [`GenerateError::Inconsistent`] if there are fewer dwellings than households.
pub(crate) fn settle(
    town: &mut Town,
    chance: &mut Chance,
    households: &[Household],
) -> Result<(), GenerateError> {
    let mut dwellings = Vec::new();
    for premises in town.premises.positions() {
        let found = town.premises.at(premises)?;
        if found.usage == Usage::Dwelling && !found.reserved {
            dwellings.push(premises);
        }
    }
    chance.shuffle(&mut dwellings);
    let stays = homes(town, chance, households, &dwellings)?;
    // The eldest first, so that the way of a child's parents is known when the child is born into it.
    let mut order: Vec<(Day, &Household, &Stay)> = Vec::new();
    for (household, stay) in households.iter().zip(&stays) {
        let mut eldest = household.formed;
        for adult in &household.adults {
            eldest = eldest.min(town.people.at(*adult)?.birth.day);
        }
        order.push((eldest, household, stay));
    }
    order.sort_by_key(|(eldest, _, _)| *eldest);
    for (_, household, stay) in order {
        let Stay { stops, home } = stay;
        let mut way = Way {
            town,
            chance,
            dwellings: &dwellings,
        };
        let joint = way.joint_residences(stops, *home)?;
        for adult in &household.adults {
            let own = way.own_residences(*adult, household.formed)?;
            way.record(
                *adult,
                own.into_iter().chain(joint.iter().copied()).collect(),
                home,
            )?;
        }
        for child in &household.children {
            let birth = way.town.people.at(*child)?.birth.day;
            way.record(*child, clip(&joint, birth, None), home)?;
        }
    }
    Ok(())
}

/// When a household moved, and the dwelling it came to last.
struct Stay {
    stops: Vec<Day>,
    home: Position<Premises>,
}

/// Gives every household its last dwelling, with the days of its moves: those who are still here first, each an empty one,
/// then those who left, where they can a dwelling whose next occupants came after them.
fn homes(
    town: &mut Town,
    chance: &mut Chance,
    households: &[Household],
    dwellings: &[Position<Premises>],
) -> Result<Vec<Stay>, GenerateError> {
    let mut vacant = dwellings.iter().copied();
    let mut placed: Vec<(usize, Stay)> = Vec::new();
    for still_here in [true, false] {
        for (index, household) in households.iter().enumerate() {
            if household.gone.is_none() != still_here {
                continue;
            }
            let stops = shared_stops(chance, household, town.as_of);
            let moved_in = stops.last().copied().unwrap_or(household.formed);
            let mut home = None;
            if let Some(gone) = household.gone {
                home = empty_until(town, chance, dwellings, gone)?;
            }
            let home = home.or_else(|| vacant.next());
            let home = home.ok_or(GenerateError::Inconsistent(
                "more households than dwellings",
            ))?;
            town.premises.at_mut(home)?.occupied_since = Some(moved_in);
            town.exists_on(home, moved_in)?;
            placed.push((index, Stay { stops, home }));
        }
    }
    placed.sort_by_key(|(index, _)| *index);
    Ok(placed.into_iter().map(|(_, stay)| stay).collect())
}

/// Looks for a dwelling whose earliest known occupants came on `day` or later; an empty one has none.
fn empty_until(
    town: &Town,
    chance: &mut Chance,
    dwellings: &[Position<Premises>],
    day: Day,
) -> Result<Option<Position<Premises>>, GenerateError> {
    for _ in 0..TRIES {
        let Some(dwelling) = chance.pick(dwellings).copied() else {
            break;
        };
        if town
            .premises
            .at(dwelling)?
            .occupied_since
            .is_some_and(|since| since >= day)
        {
            return Ok(Some(dwelling));
        }
    }
    Ok(None)
}

/// Draws the days on which a household moved together, the first when it was formed.
fn shared_stops(chance: &mut Chance, household: &Household, as_of: Day) -> Vec<Day> {
    let end = household.gone.unwrap_or(as_of);
    let mut stops = vec![household.formed];
    let mut last = household.formed;
    for _ in 0..chance.weighted(&[30, 40, 22, 8]) {
        let latest = end.plus_days(-LAST_MOVE_DAYS_AGO_MIN);
        let room = latest.days_since(last);
        if room <= STAY_DAYS_MIN {
            break;
        }
        // A stay of up to eighteen years, no longer than there is room for.
        last = last.plus_days(chance.between(STAY_DAYS_MIN, room.min(18 * 365)));
        stops.push(last);
    }
    stops
}

/// Returns the part of a way between two days; what was under way on the first day begins then.
pub(crate) fn clip(way: &[Residence], from: Day, to: Option<Day>) -> Vec<Residence> {
    let mut clipped: Vec<Residence> = Vec::new();
    for residence in way {
        if to.is_some_and(|end| residence.from.day >= end) {
            break;
        }
        if residence.from.day <= from {
            clipped.clear();
        }
        // The days and the places only: a child's own list has its own gaps and doubts.
        clipped.push(Residence::since(
            residence.from.day.max(from),
            residence.place,
        ));
    }
    clipped
}

/// Draws an address in another town.
pub(crate) fn draw_elsewhere(chance: &mut Chance) -> Place {
    let town_count = u32::try_from(OTHER_TOWNS.len()).unwrap_or_default();
    let street_count = u32::try_from(STREET_NAMES.len()).unwrap_or_default();
    Place::Elsewhere(Elsewhere {
        town: chance.below(town_count),
        street: chance.below(street_count),
        house_number: 1 + chance.below(180),
    })
}

/// The making of the way of one household.
struct Way<'town> {
    town: &'town mut Town,
    chance: &'town mut Chance,
    dwellings: &'town [Position<Premises>],
}

impl Way<'_> {
    /// Draws the places of a household before its home.
    fn joint_residences(
        &mut self,
        stops: &[Day],
        home: Position<Premises>,
    ) -> Result<Vec<Residence>, GenerateError> {
        let mut joint = Vec::new();
        for (from, to) in stops.iter().zip(stops.iter().skip(1)) {
            let place = self.earlier_place(*from, *to, 50)?;
            joint.push(Residence::since(*from, place));
        }
        joint.push(Residence::since(
            stops.last().copied().unwrap_or(self.town.as_of),
            Place::Here(home),
        ));
        Ok(joint)
    }

    /// Draws a place for a time that is past: `here_percent` times in a hundred a dwelling of the town, if one was empty.
    fn earlier_place(
        &mut self,
        from: Day,
        to: Day,
        here_percent: u32,
    ) -> Result<Place, GenerateError> {
        if self.chance.percent(here_percent)
            && let Some(dwelling) = empty_until(self.town, self.chance, self.dwellings, to)?
        {
            self.town.premises.at_mut(dwelling)?.occupied_since = Some(from);
            self.town.exists_on(dwelling, from)?;
            return Ok(Place::Here(dwelling));
        }
        if self.chance.percent(10) {
            return Ok(Place::Abroad(self.chance.word(&COUNTRY_CODES)));
        }
        Ok(draw_elsewhere(self.chance))
    }

    /// Draws where a person lived from birth until the household was formed.
    fn own_residences(
        &mut self,
        person: Position<Person>,
        formed: Day,
    ) -> Result<Vec<Residence>, GenerateError> {
        let found = self.town.people.at(person)?;
        let birth = found.birth.day;
        let parents = found.parents.clone();
        let days = formed.days_since(birth);
        let leaves_home = birth.plus_years(self.chance.between(18, 27)).min(formed);
        let with_parents = match parents.first() {
            Some(parent) => clip(
                &self.town.people.at(*parent)?.residences,
                birth,
                Some(leaves_home),
            ),
            None => Vec::new(),
        };
        let mut own = if with_parents.is_empty() {
            let place = self.earlier_place(birth, leaves_home, 15)?;
            vec![Residence::since(birth, place)]
        } else {
            with_parents
        };
        debug_assert!(days > 0, "a household is formed by people who are born");
        if formed.days_since(leaves_home) > 2 * STAY_DAYS_MIN {
            let between = formed.days_since(leaves_home);
            let place = self.earlier_place(leaves_home, formed, 45)?;
            own.push(Residence::since(leaves_home, place));
            if between > 4 * STAY_DAYS_MIN && self.chance.percent(40) {
                let moved = leaves_home
                    .plus_days(self.chance.between(STAY_DAYS_MIN, between - STAY_DAYS_MIN));
                own.push(Residence::since(moved, draw_elsewhere(self.chance)));
            }
        }
        Ok(own)
    }

    /// Writes the way down with the person, cut off where they left.
    fn record(
        &mut self,
        person: Position<Person>,
        mut way: Vec<Residence>,
        home: &Position<Premises>,
    ) -> Result<(), GenerateError> {
        debug_assert!(
            way.is_sorted_by(|one, next| one.from.day < next.from.day),
            "moves chain"
        );
        match self.town.people.at(person)?.departure {
            Some(Departure::Died(day)) => way.retain(|residence| residence.from.day < day),
            Some(Departure::Emigrated(day)) => {
                let country = self.chance.word(&COUNTRY_CODES);
                way.push(Residence::since(day, Place::Abroad(country)));
            }
            None => {}
        }
        // Some only have their post sent there, or are being looked into.
        if let Some(last) = way
            .last_mut()
            .filter(|last| last.place == Place::Here(*home))
        {
            last.letters_only = self.chance.permille(8);
            if self.chance.permille(15) {
                last.in_doubt = Some(if self.chance.percent(70) {
                    "581100"
                } else {
                    "081100"
                });
            }
        }
        blur(self.chance, &mut way);
        self.town.people.at_mut(person)?.residences = way;
        Ok(())
    }
}

/// Makes one date in a hundred partial, where that cannot put it on the wrong side of its neighbours.
fn blur(chance: &mut Chance, way: &mut [Residence]) {
    let years: Vec<i16> = way
        .iter()
        .map(|residence| residence.from.day.year())
        .collect();
    for (index, residence) in way.iter_mut().enumerate() {
        let year = residence.from.day.year();
        let same_year = years.iter().filter(|other| **other == year).count() > 1;
        // The first is the day of birth, which the register knows better.
        if index > 0 && !same_year && chance.permille(10) {
            residence.from.precision = if chance.percent(50) {
                Precision::Month
            } else {
                Precision::Year
            };
        }
    }
}
