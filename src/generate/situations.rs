//! Plants the persons of the situations; [`super::affairs`] plants what they own, run and are reported for.
//!
//! Names and ages come out of the same draws as everyone's: only what they do sets them apart.

use super::GenerateError;
use super::arena::Position;
use super::calendar::Day;
use super::chance::Chance;
use super::kinship::{bear, bind};
use super::moves::{clip, draw_elsewhere};
use super::names::FamilyName;
use super::people::{draw_person, draw_sex};
use super::places::COUNTRY_CODES;
use super::premises::{Site, Sites};
use super::town::{BondKind, Departure, Person, Place, Premises, Residence, Sex, Town};

/// How many people live in the crowded flat.
const CROWDED_PERSONS: i32 = 14;

/// How many people go round the addresses of the carousel.
const CAROUSEL_PERSONS: usize = 6;

/// How many stops each of them made.
const CAROUSEL_STOPS: usize = 6;

/// How many children the large family has.
const FAMILY_CHILDREN: i32 = 9;

/// How many people came to live at the flagship and are still there, the director not counted, and how many have gone.
const FLAGSHIP_RESIDENTS: u32 = 3;

/// How many persons the situations take: the landlord and partner, the director and the entrepreneur make four.
pub(crate) const CAST_PERSONS: u32 = CROWDED_PERSONS.unsigned_abs()
    + CAROUSEL_PERSONS as u32
    + 2
    + FAMILY_CHILDREN.unsigned_abs()
    + 2 * FLAGSHIP_RESIDENTS
    + 4;

/// The persons of the planted situations.
#[derive(Debug)]
pub(crate) struct Cast {
    /// Everyone, in the order they were made.
    pub(crate) everyone: Vec<Position<Person>>,
    /// Who live in the crowded flat.
    pub(crate) crowd: Vec<Position<Person>>,
    /// Parents and children of the large family.
    pub(crate) family: Vec<Position<Person>>,
    /// Who live at the flagship, the director not counted.
    pub(crate) flagship_residents: Vec<Position<Person>>,
    /// Who lived at the flagship before.
    pub(crate) flagship_former: Vec<Position<Person>>,
    /// The director of many young companies, who lives at the flagship.
    pub(crate) director: Position<Person>,
    /// Who go round the addresses of the carousel.
    pub(crate) carousel: Vec<Position<Person>>,
    /// The landlord of the flagship, the crowded flat and many more.
    pub(crate) landlord: Position<Person>,
    /// The landlord's partner.
    pub(crate) landlord_partner: Position<Person>,
    /// The entrepreneur who founded as many companies over a lifetime.
    pub(crate) entrepreneur: Position<Person>,
}

/// Makes the persons of the situations and lets them live where they are to be found.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn plant(
    town: &mut Town,
    chance: &mut Chance,
    sites: &Sites,
) -> Result<Cast, GenerateError> {
    let mut planter = Planter {
        town,
        chance,
        everyone: Vec::new(),
    };
    let crowd = planter.crowd(sites.only(Site::Crowded)?)?;
    let family = planter.family(sites.only(Site::Family)?)?;
    let flagship = sites.only(Site::Flagship)?;
    let director_came = planter.days_ago(430, 520);
    let director = planter.newcomer(&Newcomer {
        home: flagship,
        came: director_came,
        age_min: 24,
        age_max: 45,
    })?;
    let mut flagship_residents = Vec::new();
    for (days_min, days_max) in [(900, 1000), (240, 330), (60, 120)] {
        let came = planter.days_ago(days_min, days_max);
        flagship_residents.push(planter.newcomer(&Newcomer {
            home: flagship,
            came,
            age_min: 20,
            age_max: 50,
        })?);
    }
    let flagship_former = planter.former(flagship, sites.only(Site::Refuge)?)?;
    let carousel = planter.carousel(&sites.all(Site::Carousel))?;
    let landlord_home = sites.only(Site::Landlord)?;
    let came = planter.days_ago(9 * 365, 11 * 365);
    let landlord = planter.newcomer(&Newcomer {
        home: landlord_home,
        came,
        age_min: 50,
        age_max: 60,
    })?;
    let landlord_partner = planter.newcomer(&Newcomer {
        home: landlord_home,
        came,
        age_min: 50,
        age_max: 60,
    })?;
    let married = planter.town.as_of.plus_years(-22);
    bind(
        planter.town,
        landlord,
        landlord_partner,
        BondKind::Marriage,
        married,
        None,
    )?;
    let entrepreneur_home = sites.only(Site::Entrepreneur)?;
    let came = planter.days_ago(15 * 365, 20 * 365);
    let entrepreneur = planter.newcomer(&Newcomer {
        home: entrepreneur_home,
        came,
        age_min: 58,
        age_max: 64,
    })?;
    let everyone = planter.everyone;
    Ok(Cast {
        everyone,
        crowd,
        family,
        flagship_residents,
        flagship_former,
        director,
        carousel,
        landlord,
        landlord_partner,
        entrepreneur,
    })
}

/// Someone who came to live somewhere.
struct Newcomer {
    home: Position<Premises>,
    came: Day,
    age_min: i32,
    age_max: i32,
}

struct Planter<'town> {
    town: &'town mut Town,
    chance: &'town mut Chance,
    everyone: Vec<Position<Person>>,
}

impl Planter<'_> {
    fn days_ago(&mut self, days_min: i32, days_max: i32) -> Day {
        self.town
            .as_of
            .plus_days(-self.chance.between(days_min, days_max))
    }

    fn birth(&mut self, age_min: i32, age_max: i32) -> Day {
        let age = self.chance.between(age_min, age_max);
        self.town
            .as_of
            .plus_years(-age)
            .plus_days(-self.chance.between(1, 300))
    }

    /// Adds a person; what is under secrecy is left to others, so that a situation is not hidden by chance.
    fn add(&mut self, birth: Day, sex: Sex, family_name: Option<FamilyName>) -> Position<Person> {
        let mut drawn = draw_person(self.chance, birth, sex, family_name);
        drawn.confidentiality = 0;
        let person = self.town.people.push(drawn);
        self.everyone.push(person);
        person
    }

    /// Records where a person lived.
    fn lives(
        &mut self,
        person: Position<Person>,
        way: Vec<Residence>,
    ) -> Result<(), GenerateError> {
        debug_assert!(
            way.is_sorted_by(|one, next| one.from.day < next.from.day),
            "moves chain"
        );
        for residence in &way {
            if let Place::Here(premises) = residence.place {
                self.town.exists_on(premises, residence.from.day)?;
            }
        }
        self.town.people.at_mut(person)?.residences = way;
        Ok(())
    }

    /// Makes someone who grew up elsewhere, had a place of their own and then came.
    fn newcomer(&mut self, newcomer: &Newcomer) -> Result<Position<Person>, GenerateError> {
        let birth = self.birth(newcomer.age_min, newcomer.age_max);
        let sex = draw_sex(self.chance);
        let person = self.add(birth, sex, None);
        let way = self.way_to(birth, newcomer.came, newcomer.home);
        self.lives(person, way)?;
        Ok(person)
    }

    fn way_to(&mut self, birth: Day, came: Day, home: Position<Premises>) -> Vec<Residence> {
        let born = if self.chance.percent(40) {
            Place::Abroad(self.chance.word(&COUNTRY_CODES))
        } else {
            draw_elsewhere(self.chance)
        };
        let mut way = vec![Residence::since(birth, born)];
        let grown = birth.plus_years(18);
        let days = came.days_since(grown);
        if days > 600 {
            let left = grown.plus_days(self.chance.between(100, days - 300));
            way.push(Residence::since(left, draw_elsewhere(self.chance)));
        }
        way.push(Residence::since(came, Place::Here(home)));
        way
    }

    fn crowd(&mut self, home: Position<Premises>) -> Result<Vec<Position<Person>>, GenerateError> {
        let mut crowd = Vec::new();
        for turn in 0..CROWDED_PERSONS {
            // One came every month or so, the last a few weeks ago.
            let came = self.days_ago(20 + turn * 30, 45 + turn * 30);
            crowd.push(self.newcomer(&Newcomer {
                home,
                came,
                age_min: 20,
                age_max: 54,
            })?);
        }
        Ok(crowd)
    }

    fn family(&mut self, home: Position<Premises>) -> Result<Vec<Position<Person>>, GenerateError> {
        let married = self
            .town
            .as_of
            .plus_years(-20)
            .plus_days(-self.chance.between(0, 200));
        let mut family = Vec::new();
        for sex in [Sex::Male, Sex::Female] {
            let birth = married.plus_years(-self.chance.between(20, 22));
            let parent = self.add(birth, sex, None);
            let mut way = vec![Residence::since(birth, draw_elsewhere(self.chance))];
            way.push(Residence::since(married, Place::Here(home)));
            self.lives(parent, way)?;
            family.push(parent);
        }
        let parents = family.clone();
        if let [father, mother] = parents.as_slice() {
            bind(
                self.town,
                *father,
                *mother,
                BondKind::Marriage,
                married,
                None,
            )?;
            let family_name = self.town.people.at(*father)?.family_name;
            let way = self.town.people.at(*father)?.residences.clone();
            for turn in 0..FAMILY_CHILDREN {
                // Two years apart, so that the eldest is some nineteen and the youngest two.
                let birth = married.plus_days(400 + turn * 730 + self.chance.between(0, 90));
                let sex = draw_sex(self.chance);
                let child = self.add(birth, sex, Some(family_name));
                bear(self.town, *father, child)?;
                bear(self.town, *mother, child)?;
                self.lives(child, clip(&way, birth, None))?;
                family.push(child);
            }
        }
        Ok(family)
    }

    /// Makes those who lived at the flagship: two who stayed in the town, and one who went abroad.
    fn former(
        &mut self,
        flagship: Position<Premises>,
        refuge: Position<Premises>,
    ) -> Result<Vec<Position<Person>>, GenerateError> {
        let mut former = Vec::new();
        for turn in 0..FLAGSHIP_RESIDENTS.cast_signed() {
            let birth = self.birth(24, 48);
            let sex = draw_sex(self.chance);
            let person = self.add(birth, sex, None);
            let came = self.days_ago(1500 + turn * 200, 1600 + turn * 200);
            let went = self.days_ago(400 + turn * 250, 500 + turn * 250);
            let mut way = self.way_to(birth, came, flagship);
            if turn == 2 {
                way.push(Residence::since(
                    went,
                    Place::Abroad(self.chance.word(&COUNTRY_CODES)),
                ));
                self.town.people.at_mut(person)?.departure = Some(Departure::Emigrated(went));
            } else {
                way.push(Residence::since(went, Place::Here(refuge)));
            }
            self.lives(person, way)?;
            former.push(person);
        }
        Ok(former)
    }

    /// Makes those who go round: every four months or so each moves to the next address.
    fn carousel(
        &mut self,
        addresses: &[Position<Premises>],
    ) -> Result<Vec<Position<Person>>, GenerateError> {
        let mut carousel = Vec::new();
        for turn in 0..CAROUSEL_PERSONS {
            let birth = self.birth(21, 52);
            let sex = draw_sex(self.chance);
            let person = self.add(birth, sex, None);
            let mut moved = self.days_ago(720, 770);
            let mut way = vec![Residence::since(birth, draw_elsewhere(self.chance))];
            // Two start at the same address, so that they are seen to travel together.
            for address in addresses.iter().cycle().skip(turn / 2).take(CAROUSEL_STOPS) {
                way.push(Residence::since(moved, Place::Here(*address)));
                moved = moved.plus_days(self.chance.between(105, 135));
            }
            self.lives(person, way)?;
            carousel.push(person);
        }
        Ok(carousel)
    }
}
