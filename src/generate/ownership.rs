//! Decides who owns the premises of the town: residents, housing associations, and landlords of whom a few have much.

use super::GenerateError;
use super::arena::Position;
use super::calendar::Day;
use super::chance::Chance;
use super::companies::{Census, Pillars};
use super::town::{Holder, Person, Premises, Title, Town, Usage};

/// How many grown persons in a thousand let dwellings.
const LANDLORDS_PERMILLE: usize = 60;

/// The youngest age at which someone becomes a landlord.
const LANDLORD_AGE_MIN: i32 = 24;

/// How far back titles go, in years.
const TITLE_YEARS_MAX: i32 = 40;

/// The most dwellings that the planted landlord has besides the planted ones; fewer in a small town.
const PLANTED_DWELLINGS_MAX: u32 = 24;

/// Lists who lives in each premises of the town today and is grown, by the position of the premises.
pub(crate) fn residents_by_premises(
    town: &Town,
    people: &[Position<Person>],
) -> Result<Vec<Vec<Position<Person>>>, GenerateError> {
    let mut residents = Vec::new();
    residents.resize_with(town.premises.len() as usize, Vec::new);
    for person in people {
        if let Some((home, _)) = town.people.at(*person)?.home()
            && let Some(list) = residents.get_mut(home.index() as usize)
        {
            list.push(*person);
        }
    }
    Ok(residents)
}

/// Makes the titles to all premises that are not kept for a situation, some of them to the planted landlord.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn make(
    town: &mut Town,
    chance: &mut Chance,
    census: &Census,
    pillars: &Pillars,
    planted_landlord: Position<Person>,
) -> Result<Vec<Position<Premises>>, GenerateError> {
    let residents = residents_by_premises(town, &census.adults)?;
    let mut landlords = Vec::new();
    for _ in 0..(census.adults.len() * LANDLORDS_PERMILLE / 1000).max(3) {
        let drawn = census.draw(chance)?;
        if town.people.at(drawn)?.age_on(town.as_of) >= LANDLORD_AGE_MIN + 3 {
            landlords.push(drawn);
        }
    }
    let mut planted_left = (town.premises.len() / 60).clamp(4, PLANTED_DWELLINGS_MAX);
    let mut planted_owned = Vec::new();
    for premises in town.premises.positions() {
        let found = town.premises.at(premises)?;
        if found.reserved {
            continue;
        }
        let usage = found.usage;
        let begin = town.buildings.at(found.building)?.begin;
        let here = residents
            .get(premises.index() as usize)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let draw = if usage == Usage::Dwelling {
            chance.below(100)
        } else {
            90
        };
        let mut deal = Deal {
            town,
            chance,
            premises,
            earliest: begin,
            landlords: &landlords,
        };
        if draw < 56 && !here.is_empty() {
            deal.sell_to_residents(here)?;
        } else if draw < 86 && usage == Usage::Dwelling {
            let association = deal.chance.pick(&pillars.housing).copied();
            deal.sell_to_company(association)?;
        } else if usage == Usage::Dwelling && planted_left > 0 && deal.chance.percent(25) {
            planted_left -= 1;
            planted_owned.push(premises);
            deal.sell_to_landlord(Some(planted_landlord))?;
        } else if deal
            .chance
            .percent(if usage == Usage::Dwelling { 80 } else { 40 })
        {
            deal.sell_to_landlord(None)?;
        } else {
            let index = deal.chance.below(deal.town.companies.len());
            let company = deal.town.companies.nth(index);
            deal.sell_to_company(company)?;
        }
    }
    own_some_land(town, chance, census)?;
    Ok(planted_owned)
}

/// One set of premises changing hands.
struct Deal<'town> {
    town: &'town mut Town,
    chance: &'town mut Chance,
    premises: Position<Premises>,
    earliest: Day,
    landlords: &'town [Position<Person>],
}

impl Deal<'_> {
    fn sell_to_residents(&mut self, residents: &[Position<Person>]) -> Result<(), GenerateError> {
        let share = if residents.len() > 1 { "1/2" } else { "1/1" };
        let mut since = self.town.as_of;
        for resident in residents {
            since = self
                .town
                .people
                .at(*resident)?
                .home()
                .map_or(since, |(_, moved_in)| since.min(moved_in));
        }
        let price_eur = self.price()?;
        for resident in residents.iter().take(2) {
            self.write(
                Holder::Person(*resident),
                share,
                since,
                None,
                Some(price_eur),
            )?;
        }
        self.before(since)
    }

    fn sell_to_company(
        &mut self,
        company: Option<Position<super::town::Company>>,
    ) -> Result<(), GenerateError> {
        let Some(company) = company else {
            return Ok(());
        };
        let founded = self.town.companies.at(company)?.founded;
        let dissolved = self.town.companies.at(company)?.dissolved;
        // A company that has ended, or has only just begun, leaves its property to a landlord.
        if dissolved.is_some() || founded > self.town.as_of.plus_days(-90) {
            return self.sell_to_landlord(None);
        }
        let from = self.day_after(founded);
        let price_eur = self.price()?;
        self.write(Holder::Company(company), "1/1", from, None, Some(price_eur))?;
        self.before(from)
    }

    fn sell_to_landlord(&mut self, planted: Option<Position<Person>>) -> Result<(), GenerateError> {
        let count = u32::try_from(self.landlords.len()).unwrap_or_default();
        // The first in the list have most: that is the skew of real landlords.
        let drawn = self
            .landlords
            .get(self.chance.harmonic_below(count) as usize)
            .copied();
        let Some(landlord) = planted.or(drawn) else {
            return Ok(());
        };
        let grown = self
            .town
            .people
            .at(landlord)?
            .birth
            .day
            .plus_years(LANDLORD_AGE_MIN);
        let from = self.day_after(grown);
        let price_eur = self.price()?;
        self.write(Holder::Person(landlord), "1/1", from, None, Some(price_eur))?;
        self.before(from)
    }

    /// Writes down, for one in four, who had it until then.
    fn before(&mut self, until: Day) -> Result<(), GenerateError> {
        let Some(former) = self.chance.pick(self.landlords).copied() else {
            return Ok(());
        };
        let grown = self
            .town
            .people
            .at(former)?
            .birth
            .day
            .plus_years(LANDLORD_AGE_MIN);
        let earliest = self.earliest.max(grown);
        let days = until.days_since(earliest);
        if days > 400 && self.chance.percent(25) {
            let from = until.plus_days(-self.chance.between(300, days.min(20 * 365)));
            self.write(Holder::Person(former), "1/1", from, Some(until), None)?;
        }
        Ok(())
    }

    fn day_after(&mut self, day: Day) -> Day {
        let latest = self.town.as_of.plus_days(-60);
        let earliest = day
            .max(self.earliest)
            .max(self.town.as_of.plus_years(-TITLE_YEARS_MAX))
            .min(latest);
        earliest.plus_days(self.chance.between(0, latest.days_since(earliest)))
    }

    fn price(&mut self) -> Result<u32, GenerateError> {
        let area = self.town.premises.at(self.premises)?.floor_area_m2;
        let per_m2 = self.chance.between(14, 44).unsigned_abs() * 100;
        Ok(area * per_m2 / 500 * 500)
    }

    fn write(
        &mut self,
        owner: Holder,
        share: &'static str,
        from: Day,
        to: Option<Day>,
        price_eur: Option<u32>,
    ) -> Result<(), GenerateError> {
        self.town.exists_on(self.premises, from)?;
        let parcel_area_m2 = if self.chance.percent(8) {
            Some(self.chance.between(90, 700).unsigned_abs())
        } else {
            None
        };
        let premises = Some(self.premises);
        self.town.titles.push(Title {
            owner,
            premises,
            parcel_area_m2,
            share,
            from,
            to,
            price_eur,
        });
        Ok(())
    }
}

/// Makes titles to land that has no address: gardens, garages, fields.
fn own_some_land(
    town: &mut Town,
    chance: &mut Chance,
    census: &Census,
) -> Result<(), GenerateError> {
    for _ in 0..town.people.len() / 150 {
        let owner = census.draw(chance)?;
        let from = town.as_of.plus_days(-chance.between(100, 15 * 365));
        let from = from.max(town.people.at(owner)?.birth.day.plus_years(18));
        town.titles.push(Title {
            owner: Holder::Person(owner),
            premises: None,
            parcel_area_m2: Some(chance.between(40, 9000).unsigned_abs()),
            share: "1/1",
            from,
            to: None,
            price_eur: Some(chance.between(4, 200).unsigned_abs() * 1000),
        });
    }
    Ok(())
}
