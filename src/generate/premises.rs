//! Builds the streets: houses, flats, shops with a dwelling above, workshops and offices, and the sites of the planted situations.

use super::GenerateError;
use super::arena::Position;
use super::calendar::Day;
use super::chance::Chance;
use super::ground;
use super::numbers::postcode_letters;
use super::places::{STREET_NAMES, STREET_PREFIXES};
use super::town::{Building, Premises, Town, Usage};

/// The fewest streets: those that a planted situation needs, and some more to look at.
const STREETS_MIN: usize = 16;

/// How many dwellings a street has before the town is given another one, while there are names.
const DWELLINGS_PER_STREET: usize = 44;

/// The fewest addresses one postcode stands for. A large town has more to one, since postcodes run out.
const ADDRESSES_PER_POSTCODE_MIN: usize = 36;

/// The postcodes the town may hand out for side streets beyond the first stretch of each side: what the range of
/// twenty numbers and 397 letter pairs leaves when 1,100 streets have had two each.
const POSTCODES_TO_SHARE: usize = 5_500;

/// The numbers of the postcodes of the town: 9901 to 9919, and 9900 last.
const POSTCODE_NUMBERS: usize = 20;

/// The place of a planted situation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Site {
    /// Where signals of many departments pile up.
    Flagship,
    /// The dwelling below the crowded flat.
    BelowCrowded,
    /// The flat with too many residents.
    Crowded,
    /// The house of the large family.
    Family,
    /// The small office with too many companies.
    Letterbox,
    /// The business centre with as many companies, and room for them.
    BusinessCentre,
    /// Where as many signals come from one department.
    OneDepartment,
    /// Where the landlord lives.
    Landlord,
    /// One of the addresses of the carousel.
    Carousel,
    /// Where the long-standing entrepreneur lives.
    Entrepreneur,
    /// Where former residents of the flagship went.
    Refuge,
}

/// A site that is built whatever the chances say.
struct PlannedSite {
    site: Site,
    street: &'static str,
    house_number: u32,
    addition: Option<u8>,
    usage: Usage,
    floor_area_m2: u32,
}

/// Makes a planned dwelling.
const fn dwelling(
    site: Site,
    street: &'static str,
    house_number: u32,
    floor_area_m2: u32,
) -> PlannedSite {
    PlannedSite {
        site,
        street,
        house_number,
        addition: None,
        usage: Usage::Dwelling,
        floor_area_m2,
    }
}

/// The sites of the planted situations, all on the first streets, which every town has.
const PLANNED_SITES: [PlannedSite; 14] = [
    dwelling(Site::Flagship, "Havenstraat", 12, 142),
    dwelling(Site::BelowCrowded, "Visserskade", 21, 61),
    PlannedSite {
        addition: Some(2),
        ..dwelling(Site::Crowded, "Visserskade", 21, 48)
    },
    dwelling(Site::Family, "Molenwal", 7, 168),
    PlannedSite {
        usage: Usage::Office,
        ..dwelling(Site::Letterbox, "Handelskade", 5, 34)
    },
    PlannedSite {
        usage: Usage::Office,
        ..dwelling(Site::BusinessCentre, "Handelskade", 20, 2640)
    },
    dwelling(Site::OneDepartment, "Kaasmarkt", 9, 74),
    dwelling(Site::Landlord, "Singelgracht", 2, 210),
    dwelling(Site::Carousel, "Dorpsdam", 4, 66),
    dwelling(Site::Carousel, "Kerkpad", 11, 71),
    dwelling(Site::Carousel, "Lindelaan", 3, 58),
    dwelling(Site::Carousel, "Beukenhof", 16, 63),
    dwelling(Site::Entrepreneur, "Esdoornlaan", 5, 155),
    dwelling(Site::Refuge, "Kastanjeplein", 8, 82),
];

/// Where the planted situations are, found again by what they are for.
#[derive(Debug, Default)]
pub(crate) struct Sites {
    built: Vec<(Site, Position<Premises>)>,
}

impl Sites {
    /// Returns the premises of a site.
    ///
    /// # Errors
    /// [`GenerateError::Inconsistent`] if it was not built: a mistake of the list of sites.
    pub(crate) fn only(&self, wanted: Site) -> Result<Position<Premises>, GenerateError> {
        self.all(wanted)
            .first()
            .copied()
            .ok_or(GenerateError::Inconsistent("a planned site was not built"))
    }

    /// Returns all premises of a site, in the order of the list.
    pub(crate) fn all(&self, wanted: Site) -> Vec<Position<Premises>> {
        self.built
            .iter()
            .filter(|(site, _)| *site == wanted)
            .map(|(_, premises)| *premises)
            .collect()
    }
}

/// Builds the streets of a town with at least `dwellings` dwellings to live in.
///
/// # Errors
/// [`GenerateError::Inconsistent`] if the postcodes run out, which the limit on persons prevents.
pub(crate) fn build(
    town: &mut Town,
    chance: &mut Chance,
    dwellings: usize,
) -> Result<Sites, GenerateError> {
    let names_count = STREET_NAMES.len() * (1 + STREET_PREFIXES.len());
    let streets_count = (dwellings / DWELLINGS_PER_STREET).clamp(STREETS_MIN, names_count);
    town.streets = street_names(streets_count);
    let mut builder = Builder {
        chance,
        sites: Sites::default(),
        postcode_pairs: postcode_letters(),
        postcodes_given: streets_count * 2,
        addresses_per_postcode: (dwellings / POSTCODES_TO_SHARE * 2)
            .max(ADDRESSES_PER_POSTCODE_MIN),
        dwellings_wanted: 0,
        dwellings_built: 0,
    };
    for street in 0..streets_count {
        for (half, side) in [Side::Odd, Side::Even].into_iter().enumerate() {
            // Counted from the start of the town, so that what one side has too many the next has fewer.
            builder.dwellings_wanted = dwellings * (street * 2 + half + 1) / (streets_count * 2);
            builder.build_side(town, street, side)?;
        }
    }
    ground::lay_out(town)?;
    Ok(builder.sites)
}

/// Lists street names: the plain ones first, then the same with a word before them.
fn street_names(count: usize) -> Vec<String> {
    let plain = STREET_NAMES.iter().map(|name| (*name).to_owned());
    let extended = STREET_PREFIXES.iter().flat_map(|prefix| {
        STREET_NAMES
            .iter()
            .map(move |name| format!("{prefix} {name}"))
    });
    plain.chain(extended).take(count).collect()
}

/// A side of a street.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Odd,
    Even,
}

/// Where on its side of the street the builder stands.
struct Plot {
    street: usize,
    house_number: u32,
    postcode: String,
    addresses_in_postcode: usize,
}

/// One set of premises to be built.
struct Unit {
    letter: Option<char>,
    addition: Option<u8>,
    usage: Usage,
    floor_area_m2: u32,
}

struct Builder<'chance> {
    chance: &'chance mut Chance,
    sites: Sites,
    postcode_pairs: Vec<String>,
    postcodes_given: usize,
    addresses_per_postcode: usize,
    /// How many dwellings there are to be at the end of the side being built, and how many there are.
    dwellings_wanted: usize,
    dwellings_built: usize,
}

impl Builder<'_> {
    fn build_side(
        &mut self,
        town: &mut Town,
        street: usize,
        side: Side,
    ) -> Result<(), GenerateError> {
        let name = town.streets.get(street).cloned().unwrap_or_default();
        let (first_number, first_postcode) = match side {
            Side::Odd => (1, street * 2),
            Side::Even => (2, street * 2 + 1),
        };
        let planned: Vec<u32> = PLANNED_SITES
            .iter()
            .filter(|site| site.street == name && site.house_number % 2 == first_number % 2)
            .map(|site| site.house_number)
            .collect();
        let last_planned = planned.iter().copied().max().unwrap_or_default();
        let mut plot = Plot {
            street,
            house_number: first_number,
            postcode: self.postcode(first_postcode)?,
            addresses_in_postcode: 0,
        };
        while self.dwellings_built < self.dwellings_wanted || plot.house_number <= last_planned {
            if plot.addresses_in_postcode >= self.addresses_per_postcode {
                plot.postcode = self.postcode(self.postcodes_given)?;
                self.postcodes_given += 1;
                plot.addresses_in_postcode = 0;
            }
            if planned.contains(&plot.house_number) {
                self.build_planned(town, &mut plot, &name)?;
            } else {
                // A block of flats takes many numbers; it must not take one that a site needs.
                let room = planned.iter().all(|number| *number < plot.house_number);
                self.build_drawn(town, &mut plot, room)?;
            }
        }
        Ok(())
    }

    /// Returns the postcode at `index`; 9900 comes last, since the centre of the town is to have 9901.
    fn postcode(&self, index: usize) -> Result<String, GenerateError> {
        let pairs_count = self.postcode_pairs.len();
        let number = 9900 + (index / pairs_count + 1) % POSTCODE_NUMBERS;
        match self.postcode_pairs.get(index % pairs_count) {
            Some(pair) if index / pairs_count < POSTCODE_NUMBERS => Ok(format!("{number}{pair}")),
            Some(_) | None => Err(GenerateError::Inconsistent("the postcodes have run out")),
        }
    }

    fn build_planned(
        &mut self,
        town: &mut Town,
        plot: &mut Plot,
        name: &str,
    ) -> Result<(), GenerateError> {
        let building = town.buildings.push(Building {
            begin: self.begin_of_building(town.as_of),
            outline_rd_cm: Default::default(),
        });
        let number = plot.house_number;
        for site in PLANNED_SITES
            .iter()
            .filter(|site| site.street == name && site.house_number == number)
        {
            let unit = Unit {
                letter: None,
                addition: site.addition,
                usage: site.usage,
                floor_area_m2: site.floor_area_m2,
            };
            let premises = self.build_unit(town, plot, building, &unit);
            town.premises.at_mut(premises)?.reserved = true;
            self.sites.built.push((site.site, premises));
        }
        plot.house_number += 2;
        Ok(())
    }

    fn build_drawn(
        &mut self,
        town: &mut Town,
        plot: &mut Plot,
        room: bool,
    ) -> Result<(), GenerateError> {
        let building = town.buildings.push(Building {
            begin: self.begin_of_building(town.as_of),
            outline_rd_cm: Default::default(),
        });
        // Shares of a middling Dutch town: mostly houses in a row, some flats, few shops and workshops.
        let form =
            self.chance
                .weighted(&[640, 90, 70, if room { 22 } else { 0 }, 80, 30, 32, 30, 6]);
        if form == 3 {
            for _ in 0..self.chance.between(8, 24) {
                let flat = self.unit(Usage::Dwelling, 45, 95);
                self.build_unit(town, plot, building, &flat);
                plot.house_number += 2;
            }
            return Ok(());
        }
        let mut units = Vec::new();
        match form {
            1 => {
                units.push(self.unit(Usage::Dwelling, 55, 85));
                units.push(Unit {
                    addition: Some(2),
                    ..self.unit(Usage::Dwelling, 38, 72)
                });
            }
            2 => {
                for letter in ['A', 'B', 'C', 'D']
                    .into_iter()
                    .take(if self.chance.percent(60) { 2 } else { 4 })
                {
                    units.push(Unit {
                        letter: Some(letter),
                        ..self.unit(Usage::Dwelling, 40, 80)
                    });
                }
            }
            4 => {
                units.push(self.unit(Usage::Shop, 40, 220));
                units.push(Unit {
                    letter: Some('A'),
                    ..self.unit(Usage::Dwelling, 45, 90)
                });
            }
            5 => units.push(self.unit(Usage::Meeting, 60, 300)),
            6 => units.push(self.unit(Usage::Industry, 150, 2000)),
            7 => units.push(self.unit(Usage::Office, 30, 800)),
            8 => units.push(self.unit(Usage::Lodging, 200, 1500)),
            // Zero, the house in a row; the weights have no tenth place.
            _ => units.push(self.unit(Usage::Dwelling, 75, 165)),
        }
        for unit in &units {
            self.build_unit(town, plot, building, unit);
        }
        plot.house_number += 2;
        Ok(())
    }

    fn unit(&mut self, usage: Usage, area_min_m2: i32, area_max_m2: i32) -> Unit {
        let floor_area_m2 = self.chance.between(area_min_m2, area_max_m2).unsigned_abs();
        Unit {
            letter: None,
            addition: None,
            usage,
            floor_area_m2,
        }
    }

    fn build_unit(
        &mut self,
        town: &mut Town,
        plot: &mut Plot,
        building: Position<Building>,
        unit: &Unit,
    ) -> Position<Premises> {
        if unit.usage == Usage::Dwelling {
            self.dwellings_built += 1;
        }
        plot.addresses_in_postcode += 1;
        town.premises.push(premises(plot, building, unit))
    }

    /// Draws when a building came into use: half of them after the war, some a century and more ago.
    fn begin_of_building(&mut self, as_of: Day) -> Day {
        let years = match self.chance.weighted(&[15, 25, 45, 15]) {
            0 => self.chance.between(100, 140),
            1 => self.chance.between(70, 99),
            2 => self.chance.between(30, 69),
            _ => self.chance.between(4, 29),
        };
        as_of
            .plus_years(-years)
            .plus_days(self.chance.between(0, 364))
    }
}

/// The premises of a unit; where they lie on the map is found out when all streets are known.
fn premises(plot: &Plot, building: Position<Building>, unit: &Unit) -> Premises {
    Premises {
        street: plot.street,
        house_number: plot.house_number,
        letter: unit.letter,
        addition: unit.addition,
        postcode: plot.postcode.clone(),
        usage: unit.usage,
        floor_area_m2: unit.floor_area_m2,
        building,
        x_rd_cm: 0,
        y_rd_cm: 0,
        reserved: false,
        occupied_since: None,
    }
}
