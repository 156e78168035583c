//! Plants the situations of more patterns, each with a near miss beside it, as often as the size of the town asks.
//!
//! Who is planted comes first ([`settle`]), before the others move in; what they run, own and hold comes when the town
//! has its companies ([`act`]). A town of fewer than [`PERSONS_FOR_SCENES`] persons has none: they would be most of it.
//!
//! INVARIANT (nothing else looks like it): premises of a scene are kept from the rest of the generator, and what makes
//! a hit (lines of business, vehicles by the dozen, companies without personnel that end) is drawn nowhere else.

mod more;

use super::GenerateError;
use super::arena::Position;
use super::calendar::Day;
use super::chance::Chance;
use super::companies::{Census, Pillars, draw_company};
use super::kinship::{bear, bind};
use super::moves::draw_elsewhere;
use super::names::FamilyName;
use super::numbers::{kvk_number, licence_plate};
use super::people::{draw_person, draw_sex};
use super::permits::draw_model;
use super::places::Activity;
use super::premises::{Site, Sites};
use super::town::{
    BondKind, Company, Holder, LegalForm, Officer, Person, Place, Premises, Residence, Seat, Sex,
    Title, Town, Usage, Vehicle,
};
use super::truth::Situation;

/// The fewest persons of a town that has scenes.
const PERSONS_FOR_SCENES: u32 = 500;

/// One more of each scene for so many persons.
const PERSONS_PER_COPY: u32 = 25_000;

/// The persons of one copy: those of [`Planter::homes`].
const PERSONS_OF_COPY: u32 = 5 + 4 + 7 + 4 + 2 + 2 + more::PERSONS;

/// The dwellings that one copy keeps: six to live in, one for a car rental, two that are sold, and more.
const DWELLINGS_OF_COPY: u32 = 6 + 1 + 2 + more::PREMISES;

/// A letting of cars, which no other company of the town does.
const CAR_RENTAL: Activity = Activity {
    code: "77111",
    title: "Verhuur van personenauto's",
    catering: false,
};

/// A trade in cars.
const CAR_TRADE: Activity = Activity {
    code: "45112",
    title: "Handel in en reparatie van personenauto's",
    catering: false,
};

/// A company that only holds shares.
const HOLDING: Activity = Activity {
    code: "6420",
    title: "Financiele holdings",
    catering: false,
};

/// A pattern of which scenes are planted.
#[derive(Debug, Clone, Copy)]
struct Pattern {
    id: &'static str,
    title: &'static str,
}

const ODD_HOUSEHOLD: Pattern = Pattern {
    id: "afwijkende-samenstelling",
    title: "Volwassenen zonder familieband in een woning",
};
const LETTER_HUB: Pattern = Pattern {
    id: "briefadressen",
    title: "Veel briefadressen op een adres",
};
const PLATE_STRAWMAN: Pattern = Pattern {
    id: "katvanger-kenteken",
    title: "Houder van veel voertuigen",
};
const ABC: Pattern = Pattern {
    id: "abc-transactie",
    title: "Doorverkoop binnen een half jaar met winst",
};
const LOOP: Pattern = Pattern {
    id: "eigendomskring",
    title: "Vennootschappen die elkaar in een kring bezitten",
};
const LIQUIDATIONS: Pattern = Pattern {
    id: "turboliquidaties",
    title: "Reeks opgeheven vennootschappen van een bestuurder",
};
const RENTAL: Pattern = Pattern {
    id: "autoverhuur",
    title: "Autoverhuur vanuit een woning",
};
const HOLIDAY: Pattern = Pattern {
    id: "vakantiepark",
    title: "Bewoning van een logiesverblijf",
};

/// One planted scene.
#[derive(Debug)]
struct Scene {
    pattern: Pattern,
    near_miss: bool,
    copy: u32,
    planted: &'static str,
    premises: Vec<Position<Premises>>,
    people: Vec<Position<Person>>,
    companies: Vec<Position<Company>>,
    /// Positions in the list of vehicles.
    vehicles: Vec<u32>,
}

impl Scene {
    /// Makes a scene of which only its kind is known yet.
    fn of(pattern: Pattern, near_miss: bool, copy: u32, planted: &'static str) -> Self {
        Self {
            pattern,
            near_miss,
            copy,
            planted,
            premises: Vec::new(),
            people: Vec::new(),
            companies: Vec::new(),
            vehicles: Vec::new(),
        }
    }
}

/// The scenes of a town while they are planted.
#[derive(Debug, Default)]
pub(crate) struct Scenes {
    list: Vec<Scene>,
    /// Who was planted for them, in the order they were made.
    pub(crate) everyone: Vec<Position<Person>>,
    /// Dwellings kept for what is registered at them.
    workplaces: Vec<Position<Premises>>,
    /// Dwellings kept to be sold.
    for_sale: Vec<Position<Premises>>,
    /// What is kept for more scenes, one of each copy.
    more: Vec<more::Homes>,
}

/// Returns how often each scene is planted in a town of so many persons.
pub(crate) fn copies(persons: u32) -> u32 {
    if persons < PERSONS_FOR_SCENES {
        0
    } else {
        1 + persons / PERSONS_PER_COPY
    }
}

/// Returns how many persons so many copies take.
pub(crate) fn persons_of(copies: u32) -> u32 {
    copies * PERSONS_OF_COPY
}

/// Returns how many dwellings so many copies keep.
pub(crate) fn dwellings_of(copies: u32) -> usize {
    (copies * DWELLINGS_OF_COPY) as usize
}

/// Plants the persons of the scenes and keeps their premises.
///
/// # Errors
/// [`GenerateError::Inconsistent`] if the town has too few dwellings, which [`dwellings_of`] prevents.
pub(crate) fn settle(
    town: &mut Town,
    chance: &mut Chance,
    copies: u32,
) -> Result<Scenes, GenerateError> {
    let mut free = Vec::new();
    if copies > 0 {
        for premises in town.premises.positions() {
            let found = town.premises.at(premises)?;
            if found.usage == Usage::Dwelling && !found.reserved {
                free.push(premises);
            }
        }
        chance.shuffle(&mut free);
    }
    let mut planter = Planter {
        town,
        chance,
        free: free.into_iter(),
        scenes: Scenes::default(),
    };
    for copy in 1..=copies {
        planter.homes(copy)?;
        let workplace = planter.premises(Usage::Dwelling, 84)?;
        planter.scenes.workplaces.push(workplace);
        for floor_area_m2 in [102, 88] {
            let premises = planter.premises(Usage::Dwelling, floor_area_m2)?;
            planter.scenes.for_sale.push(premises);
        }
        let homes = planter.more_homes()?;
        planter.scenes.more.push(homes);
    }
    Ok(planter.scenes)
}

struct Planter<'town> {
    town: &'town mut Town,
    chance: &'town mut Chance,
    free: std::vec::IntoIter<Position<Premises>>,
    scenes: Scenes,
}

impl Planter<'_> {
    /// Keeps premises for a scene.
    fn premises(
        &mut self,
        usage: Usage,
        floor_area_m2: u32,
    ) -> Result<Position<Premises>, GenerateError> {
        let premises = self
            .free
            .next()
            .ok_or(GenerateError::Inconsistent("too few dwellings for scenes"))?;
        let found = self.town.premises.at_mut(premises)?;
        found.reserved = true;
        found.usage = usage;
        found.floor_area_m2 = floor_area_m2;
        Ok(premises)
    }

    /// Makes someone who came to live at `home`, from another town, `days` ago or a little more.
    fn newcomer(
        &mut self,
        home: Position<Premises>,
        days: i32,
        letters_only: bool,
    ) -> Result<Position<Person>, GenerateError> {
        let birth = self
            .town
            .as_of
            .plus_years(-self.chance.between(25, 55))
            .plus_days(-self.chance.between(1, 300));
        let sex = draw_sex(self.chance);
        let came = self
            .town
            .as_of
            .plus_days(-days - self.chance.between(0, 20));
        self.lives(birth, sex, None, home, came, letters_only)
    }

    fn lives(
        &mut self,
        birth: Day,
        sex: Sex,
        family_name: Option<FamilyName>,
        home: Position<Premises>,
        came: Day,
        letters_only: bool,
    ) -> Result<Position<Person>, GenerateError> {
        let mut drawn = draw_person(self.chance, birth, sex, family_name);
        drawn.confidentiality = 0;
        drawn.residences = vec![
            Residence::since(birth, draw_elsewhere(self.chance)),
            Residence {
                letters_only,
                ..Residence::since(came, Place::Here(home))
            },
        ];
        self.town.exists_on(home, came)?;
        let person = self.town.people.push(drawn);
        self.scenes.everyone.push(person);
        Ok(person)
    }

    /// Plants the scenes that are made of people and where they live.
    fn homes(&mut self, copy: u32) -> Result<(), GenerateError> {
        let together = [
            (
                ODD_HOUSEHOLD,
                false,
                Usage::Dwelling,
                96,
                5,
                150,
                false,
                "Vijf volwassenen zonder familieband op een woning van 96 m2.",
            ),
            (
                LETTER_HUB,
                false,
                Usage::Dwelling,
                80,
                7,
                90,
                true,
                "Zeven personen met een briefadres op een woning.",
            ),
            (
                LETTER_HUB,
                true,
                Usage::Dwelling,
                80,
                4,
                90,
                true,
                "Vier personen met een briefadres: onder de grens van vijf.",
            ),
            (
                HOLIDAY,
                false,
                Usage::Lodging,
                55,
                2,
                200,
                false,
                "Twee personen die al een half jaar op een logiesverblijf staan ingeschreven.",
            ),
            (
                HOLIDAY,
                true,
                Usage::Lodging,
                55,
                2,
                35,
                false,
                "Twee personen die kort op een logiesverblijf staan ingeschreven.",
            ),
        ];
        for (pattern, near_miss, usage, area_m2, persons, days, letters_only, planted) in together {
            let home = self.premises(usage, area_m2)?;
            let mut people = Vec::new();
            for turn in 0..persons {
                people.push(self.newcomer(home, days + turn * 21, letters_only)?);
            }
            self.scenes.list.push(Scene {
                premises: vec![home],
                people,
                ..Scene::of(pattern, near_miss, copy, planted)
            });
        }
        self.grown_family(copy)
    }

    /// Plants parents with two grown children: as many adults as an odd household, bound by family.
    fn grown_family(&mut self, copy: u32) -> Result<(), GenerateError> {
        let home = self.premises(Usage::Dwelling, 110)?;
        let as_of = self.town.as_of;
        let married = as_of.plus_years(-26);
        let mut people = Vec::new();
        for sex in [Sex::Male, Sex::Female] {
            let birth = as_of
                .plus_years(-52)
                .plus_days(-self.chance.between(0, 900));
            people.push(self.lives(birth, sex, None, home, married, false)?);
        }
        if let [father, mother] = *people.as_slice() {
            bind(self.town, father, mother, BondKind::Marriage, married, None)?;
            let family_name = self.town.people.at(father)?.family_name;
            for age in [23, 20] {
                let birth = as_of
                    .plus_years(-age)
                    .plus_days(-self.chance.between(1, 300));
                let sex = draw_sex(self.chance);
                let child = self.lives(
                    birth,
                    sex,
                    Some(family_name),
                    home,
                    birth.plus_days(1),
                    false,
                )?;
                // Born into the home of the parents.
                self.town.people.at_mut(child)?.residences =
                    vec![Residence::since(birth, Place::Here(home))];
                bear(self.town, father, child)?;
                bear(self.town, mother, child)?;
                people.push(child);
            }
        }
        let planted = "Ouders met twee volwassen kinderen.";
        self.scenes.list.push(Scene {
            premises: vec![home],
            people,
            ..Scene::of(ODD_HOUSEHOLD, true, copy, planted)
        });
        Ok(())
    }
}

/// What of the town the later scenes are planted among.
pub(crate) struct Surroundings<'town> {
    /// Who lives in the town.
    pub(crate) census: &'town Census,
    /// Where the business centre is.
    pub(crate) sites: &'town Sites,
    /// Who owns the premises of scenes.
    pub(crate) pillars: &'town Pillars,
}

/// Plants what the persons of the scenes run, own and hold; these are residents, a different one for each scene.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn act(
    town: &mut Town,
    chance: &mut Chance,
    around: &Surroundings<'_>,
    scenes: &mut Scenes,
) -> Result<(), GenerateError> {
    let workplaces = std::mem::take(&mut scenes.workplaces);
    let for_sale = std::mem::take(&mut scenes.for_sale);
    let more = std::mem::take(&mut scenes.more);
    let mut kept: Vec<Position<Premises>> = workplaces.clone();
    kept.extend(scenes.list.iter().flat_map(|scene| &scene.premises));
    let owner = around.pillars.housing.first().copied().map(Holder::Company);
    for (premises, owner) in kept.into_iter().zip(owner.into_iter().cycle()) {
        let from = town.as_of.plus_days(-chance.between(2000, 3000));
        town.exists_on(premises, from)?;
        town.titles.push(title(owner, premises, from, None, None));
    }
    let business_centre = around.sites.only(Site::BusinessCentre)?;
    let mut actor = Actor {
        town,
        chance,
        census: around.census,
        business_centre,
        for_sale: for_sale.into_iter(),
        taken: Vec::new(),
        scenes,
    };
    for ((copy, workplace), homes) in (1..).zip(workplaces).zip(more) {
        actor.plates(copy)?;
        actor.sales(copy)?;
        actor.loops(copy)?;
        actor.liquidations(copy)?;
        actor.rentals(copy, workplace)?;
        actor.more(copy, homes, owner)?;
    }
    Ok(())
}

fn title(
    owner: Holder,
    premises: Position<Premises>,
    from: Day,
    to: Option<Day>,
    price_eur: Option<u32>,
) -> Title {
    Title {
        owner,
        premises: Some(premises),
        parcel_area_m2: None,
        share: "1/1",
        from,
        to,
        price_eur,
    }
}

struct Actor<'town> {
    town: &'town mut Town,
    chance: &'town mut Chance,
    census: &'town Census,
    business_centre: Position<Premises>,
    for_sale: std::vec::IntoIter<Position<Premises>>,
    taken: Vec<Position<Person>>,
    scenes: &'town mut Scenes,
}

impl Actor<'_> {
    fn days_ago(&self, days: i32) -> Day {
        self.town.as_of.plus_days(-days)
    }

    fn drawn_days_ago(&mut self, (days_min, days_max): (i32, i32)) -> Day {
        let days = self.chance.between(days_min, days_max);
        self.days_ago(days)
    }

    /// Draws a resident of thirty or older who is in no other scene and under no secrecy.
    fn resident(&mut self) -> Result<Position<Person>, GenerateError> {
        for _ in 0..10_000 {
            let drawn = self.census.draw(self.chance)?;
            let found = self.town.people.at(drawn)?;
            if found.age_on(self.town.as_of) >= 30
                && found.confidentiality == 0
                && !self.taken.contains(&drawn)
            {
                self.taken.push(drawn);
                return Ok(drawn);
            }
        }
        Err(GenerateError::Inconsistent("too few residents for scenes"))
    }

    fn company(
        &mut self,
        activity: Activity,
        premises: Position<Premises>,
        founded: Day,
        dissolved: Option<Day>,
        officers: &[(Holder, &'static str)],
    ) -> Result<Position<Company>, GenerateError> {
        let mut company = draw_company(self.chance, LegalForm::Limited, activity, founded);
        company.employees = 0;
        company.dissolved = dissolved;
        company.seats.push(Seat {
            premises,
            from: founded,
            to: dissolved,
            post_only: false,
        });
        for (holder, role) in officers {
            company.officers.push(Officer {
                holder: *holder,
                role,
                share: (*role == "aandeelhouder").then_some("100%"),
                from: founded,
                to: dissolved,
            });
        }
        self.town.exists_on(premises, founded)?;
        Ok(self.town.companies.push(company))
    }

    fn hold_vehicles(&mut self, holder: Holder, count: u32) -> Vec<u32> {
        let mut held = Vec::new();
        for _ in 0..count {
            let since = self.drawn_days_ago((10, 300));
            held.push(u32::try_from(self.town.vehicles.len()).unwrap_or(u32::MAX));
            self.town.vehicles.push(Vehicle {
                make_and_model: draw_model(self.chance),
                holders: vec![(holder, since, None)],
            });
        }
        held
    }

    /// Someone who holds a dozen vehicles; beside it someone who trades in them.
    fn plates(&mut self, copy: u32) -> Result<(), GenerateError> {
        for near_miss in [false, true] {
            let person = self.resident()?;
            let holder = Holder::Person(person);
            let mut companies = Vec::new();
            if near_miss {
                let founded = self.days_ago(2200);
                let officers = [(holder, "bestuurder"), (holder, "aandeelhouder")];
                companies.push(self.company(
                    CAR_TRADE,
                    self.business_centre,
                    founded,
                    None,
                    &officers,
                )?);
            }
            let vehicles = self.hold_vehicles(holder, 12);
            let planted = if near_miss {
                "Een autohandelaar met twaalf voertuigen op naam."
            } else {
                "Een persoon zonder autohandel met twaalf voertuigen op naam."
            };
            self.scenes.list.push(Scene {
                people: vec![person],
                companies,
                vehicles,
                ..Scene::of(PLATE_STRAWMAN, near_miss, copy, planted)
            });
        }
        Ok(())
    }

    /// Premises sold twice within half a year with profit; beside them premises sold twice with more than a year between.
    fn sales(&mut self, copy: u32) -> Result<(), GenerateError> {
        for (near_miss, days_between, planted) in [
            (
                false,
                110,
                "Twee overdrachten binnen vier maanden, de tweede voor 38 procent meer.",
            ),
            (
                true,
                430,
                "Twee overdrachten met veertien maanden ertussen, de tweede voor 38 procent meer.",
            ),
        ] {
            let (first, second, third) = (self.resident()?, self.resident()?, self.resident()?);
            let premises = self.sold_premises()?;
            let resold = self.drawn_days_ago((60, 200));
            let sold = resold.plus_days(-days_between);
            let bought = sold.plus_days(-2000);
            self.town.exists_on(premises, bought)?;
            let paid = self.town.premises.at(premises)?.floor_area_m2 * 2600;
            for (owner, from, to, price) in [
                (first, bought, Some(sold), paid * 8 / 10),
                (second, sold, Some(resold), paid),
                (third, resold, None, paid * 138 / 100),
            ] {
                let owner = Holder::Person(owner);
                self.town
                    .titles
                    .push(title(owner, premises, from, to, Some(price)));
            }
            self.scenes.list.push(Scene {
                premises: vec![premises],
                people: vec![first, second, third],
                ..Scene::of(ABC, near_miss, copy, planted)
            });
        }
        Ok(())
    }

    fn sold_premises(&mut self) -> Result<Position<Premises>, GenerateError> {
        self.for_sale.next().ok_or(GenerateError::Inconsistent(
            "too few premises to be sold in scenes",
        ))
    }

    /// Three companies that own each other in a ring; beside them three in a chain.
    fn loops(&mut self, copy: u32) -> Result<(), GenerateError> {
        for (near_miss, planted) in [
            (
                false,
                "Drie houdstermaatschappijen die elkaar in een kring bezitten.",
            ),
            (
                true,
                "Drie houdstermaatschappijen in een keten die bij een persoon eindigt.",
            ),
        ] {
            let person = self.resident()?;
            let director = Holder::Person(person);
            let founded = self.drawn_days_ago((900, 1500));
            let mut companies: Vec<Position<Company>> = Vec::new();
            for _ in 0..3 {
                let mut officers = vec![(director, "bestuurder")];
                if let Some(above) = companies.last() {
                    officers.push((Holder::Company(*above), "aandeelhouder"));
                } else if near_miss {
                    officers.push((director, "aandeelhouder"));
                }
                let premises = self.business_centre;
                companies.push(self.company(HOLDING, premises, founded, None, &officers)?);
            }
            if let (false, Some(top), Some(bottom)) =
                (near_miss, companies.first(), companies.last())
            {
                self.town.companies.at_mut(*top)?.officers.push(Officer {
                    holder: Holder::Company(*bottom),
                    role: "aandeelhouder",
                    share: Some("100%"),
                    from: founded,
                    to: None,
                });
            }
            self.scenes.list.push(Scene {
                people: vec![person],
                companies,
                ..Scene::of(LOOP, near_miss, copy, planted)
            });
        }
        Ok(())
    }

    /// A director of whom four companies without personnel ended within two years; beside it as many over nine years.
    fn liquidations(&mut self, copy: u32) -> Result<(), GenerateError> {
        for (near_miss, days_apart, planted) in [
            (
                false,
                150,
                "Vier vennootschappen zonder personeel, opgeheven binnen twee jaar.",
            ),
            (
                true,
                830,
                "Vier vennootschappen zonder personeel, opgeheven over meer dan zes jaar.",
            ),
        ] {
            let person = self.resident()?;
            let director = Holder::Person(person);
            let officers = [(director, "bestuurder"), (director, "aandeelhouder")];
            let mut companies = Vec::new();
            for turn in 0..4 {
                let ended = self.days_ago(40 + turn * days_apart);
                let founded = ended.plus_days(-self.chance.between(200, 500));
                let premises = self.business_centre;
                companies.push(self.company(HOLDING, premises, founded, Some(ended), &officers)?);
            }
            self.scenes.list.push(Scene {
                people: vec![person],
                companies,
                ..Scene::of(LIQUIDATIONS, near_miss, copy, planted)
            });
        }
        Ok(())
    }

    /// A car rental in a dwelling; beside it one in the business centre.
    fn rentals(&mut self, copy: u32, workplace: Position<Premises>) -> Result<(), GenerateError> {
        for (near_miss, premises, planted) in [
            (
                false,
                workplace,
                "Autoverhuur met zes voertuigen, gevestigd in een woning.",
            ),
            (
                true,
                self.business_centre,
                "Autoverhuur met zes voertuigen, gevestigd in een bedrijfsverzamelgebouw.",
            ),
        ] {
            let person = self.resident()?;
            let director = Holder::Person(person);
            let officers = [(director, "bestuurder"), (director, "aandeelhouder")];
            let founded = self.drawn_days_ago((400, 700));
            let company = self.company(CAR_RENTAL, premises, founded, None, &officers)?;
            let vehicles = self.hold_vehicles(Holder::Company(company), 6);
            self.scenes.list.push(Scene {
                premises: vec![premises],
                people: vec![person],
                companies: vec![company],
                vehicles,
                ..Scene::of(RENTAL, near_miss, copy, planted)
            });
        }
        Ok(())
    }
}

/// Lists what the scenes are made of, in the keys that the deliveries use.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn truth(town: &Town, scenes: &Scenes) -> Result<Vec<Situation>, GenerateError> {
    let mut situations = Vec::new();
    for scene in &scenes.list {
        let addresses = scene
            .premises
            .iter()
            .map(|one| town.premises_key(*one))
            .collect::<Result<Vec<_>, _>>()?;
        let mut persons = Vec::new();
        for person in &scene.people {
            persons.push(town.people.at(*person)?.key());
        }
        let companies = scene
            .companies
            .iter()
            .map(|one| format!("kvk:{}", kvk_number(one.index())));
        let vehicles = scene
            .vehicles
            .iter()
            .map(|index| format!("plate:{}", licence_plate(*index)));
        let lists = [
            ("addresses", addresses),
            ("persons", persons),
            ("companies", companies.collect()),
            ("vehicles", vehicles.collect()),
        ];
        let Pattern { id, title } = scene.pattern;
        let prefix = if scene.near_miss { "bijna-" } else { "" };
        situations.push(Situation {
            id: format!("{prefix}{id}-{}", scene.copy),
            pattern: id,
            title,
            near_miss: scene.near_miss,
            planted: scene.planted.to_owned(),
            keys: lists
                .into_iter()
                .filter(|(_, keys)| !keys.is_empty())
                .collect(),
        });
    }
    Ok(situations)
}
