//! Plants what the persons of the situations own, run and are reported for; [`super::evidence`] tells the truth about it.

use super::GenerateError;
use super::arena::Position;
use super::calendar::Day;
use super::chance::Chance;
use super::companies::{Census, Pillars, draw_activity, draw_company};
use super::departments::{CRIME_TEAM, HOUSING, INSPECTION, POLICE, SOCIAL};
use super::permits::draw_model;
use super::premises::{Site, Sites};
use super::signals::{Report, report};
use super::situations::Cast;
use super::town::{
    Company, Holder, LegalForm, Officer, Permit, Person, Premises, Seat, Title, Town, Vehicle,
};

/// How many companies are registered at the letterbox.
const LETTERBOX_COMPANIES: usize = 24;

/// How many young companies the planted director has.
const DIRECTOR_COMPANIES: usize = 9;

/// How many of them are registered at the letterbox.
const DIRECTOR_AT_LETTERBOX: usize = 3;

/// How many companies the entrepreneur founded over the years.
const ENTREPRENEUR_COMPANIES: i32 = 9;

/// What was planted besides persons.
#[derive(Debug, Default)]
pub(crate) struct Affairs {
    /// The companies at the letterbox.
    pub(crate) letterbox: Vec<Position<Company>>,
    /// The young companies of the director.
    pub(crate) director: Vec<Position<Company>>,
    /// The companies of the entrepreneur.
    pub(crate) entrepreneur: Vec<Position<Company>>,
    /// The signals about the flagship, by their place in the list.
    pub(crate) flagship_signals: Vec<usize>,
    /// The signals of one department, by their place in the list.
    pub(crate) one_department_signals: Vec<usize>,
    /// What the landlord owns.
    pub(crate) landlord_premises: Vec<Position<Premises>>,
}

/// A company to be planted.
struct Foundation {
    premises: Position<Premises>,
    director: Position<Person>,
    founded: Day,
    employees: Option<u32>,
    post_only: bool,
}

fn found_company(
    town: &mut Town,
    chance: &mut Chance,
    foundation: &Foundation,
) -> Result<Position<Company>, GenerateError> {
    let Foundation {
        premises,
        director,
        founded,
        employees,
        post_only,
    } = *foundation;
    let activity = draw_activity(chance);
    let mut company = draw_company(chance, LegalForm::Limited, activity, founded);
    company.employees = employees.unwrap_or(company.employees);
    company.seats.push(Seat {
        premises,
        from: founded,
        to: None,
        post_only,
    });
    let holder = Holder::Person(director);
    company.officers.push(Officer {
        holder,
        role: "bestuurder",
        share: None,
        from: founded,
        to: None,
    });
    company.officers.push(Officer {
        holder,
        role: "aandeelhouder",
        share: Some("100%"),
        from: founded,
        to: None,
    });
    town.exists_on(premises, founded)?;
    Ok(town.companies.push(company))
}

/// Plants the companies.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn plant_companies(
    town: &mut Town,
    chance: &mut Chance,
    census: &Census,
    sites: &Sites,
    cast: &Cast,
) -> Result<Affairs, GenerateError> {
    let (letterbox, flagship) = (sites.only(Site::Letterbox)?, sites.only(Site::Flagship)?);
    let business_centre = sites.only(Site::BusinessCentre)?;
    let mut affairs = Affairs::default();
    for turn in 0..DIRECTOR_COMPANIES {
        // One at his own address, some at the letterbox, the others at a desk in the business centre.
        let premises = match turn {
            0 => flagship,
            1..=DIRECTOR_AT_LETTERBOX => letterbox,
            _ => business_centre,
        };
        let founded = town.as_of.plus_days(-chance.between(25, 400));
        let foundation = Foundation {
            premises,
            director: cast.director,
            founded,
            employees: Some(0),
            post_only: false,
        };
        let company = found_company(town, chance, &foundation)?;
        affairs.director.push(company);
        if premises == letterbox {
            affairs.letterbox.push(company);
        }
    }
    while affairs.letterbox.len() < LETTERBOX_COMPANIES {
        let director = census.draw(chance)?;
        let grown = town.people.at(director)?.birth.day.plus_years(18);
        let founded = town.as_of.plus_days(-chance.between(40, 1100)).max(grown);
        let post_only = chance.percent(50);
        let foundation = Foundation {
            premises: letterbox,
            director,
            founded,
            employees: Some(0),
            post_only,
        };
        affairs
            .letterbox
            .push(found_company(town, chance, &foundation)?);
    }
    for turn in 0..ENTREPRENEUR_COMPANIES {
        let founded = town
            .as_of
            .plus_years(-5 - turn * 3)
            .plus_days(-chance.between(0, 300));
        let employees = Some(4 + chance.below(40));
        let director = cast.entrepreneur;
        let foundation = Foundation {
            premises: business_centre,
            director,
            founded,
            employees,
            post_only: false,
        };
        affairs
            .entrepreneur
            .push(found_company(town, chance, &foundation)?);
    }
    // The business of someone who lived at the flagship before: a trace that ended.
    if let Some(former) = cast.flagship_former.first() {
        let founded = town.as_of.plus_days(-1300);
        let foundation = Foundation {
            premises: flagship,
            director: *former,
            founded,
            employees: Some(1),
            post_only: false,
        };
        let company = found_company(town, chance, &foundation)?;
        let ended = Some(town.as_of.plus_days(-620));
        let found = town.companies.at_mut(company)?;
        found.dissolved = ended;
        found.seats.iter_mut().for_each(|seat| seat.to = ended);
        found
            .officers
            .iter_mut()
            .for_each(|officer| officer.to = ended);
    }
    Ok(affairs)
}

/// Plants the titles to the premises of the situations; `landlord_premises` are those that the landlord got besides.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn plant_titles(
    town: &mut Town,
    chance: &mut Chance,
    sites: &Sites,
    cast: &Cast,
    pillars: &Pillars,
    affairs: &mut Affairs,
    landlord_premises: Vec<Position<Premises>>,
) -> Result<(), GenerateError> {
    let landlord = Holder::Person(cast.landlord);
    let housing = pillars
        .housing
        .first()
        .copied()
        .map_or(landlord, Holder::Company);
    let first_of_family = cast.family.first().copied().map_or(housing, Holder::Person);
    let carousel = sites.all(Site::Carousel);
    let mut owned: Vec<(Position<Premises>, Holder)> = vec![
        (sites.only(Site::Flagship)?, landlord),
        (sites.only(Site::Crowded)?, landlord),
        (sites.only(Site::BelowCrowded)?, landlord),
        (sites.only(Site::Landlord)?, landlord),
        (sites.only(Site::Family)?, first_of_family),
        (sites.only(Site::OneDepartment)?, housing),
        (sites.only(Site::Refuge)?, housing),
        (sites.only(Site::Letterbox)?, housing),
        (
            sites.only(Site::BusinessCentre)?,
            Holder::Person(cast.entrepreneur),
        ),
        (
            sites.only(Site::Entrepreneur)?,
            Holder::Person(cast.entrepreneur),
        ),
    ];
    owned.extend(
        carousel
            .iter()
            .zip([landlord, landlord, housing, housing])
            .map(|(site, owner)| (*site, owner)),
    );
    affairs.landlord_premises = landlord_premises;
    let flagship = sites.only(Site::Flagship)?;
    let flagship_bought = town.as_of.plus_days(-1750);
    for (premises, owner) in owned {
        let from = town.as_of.plus_days(-chance.between(5 * 365, 9 * 365));
        // The flagship changed hands shortly before the trouble began.
        let from = if premises == flagship {
            flagship_bought
        } else {
            from
        };
        let price_eur = Some(town.premises.at(premises)?.floor_area_m2 * 2500);
        town.exists_on(premises, from)?;
        if owner == landlord {
            affairs.landlord_premises.push(premises);
        }
        let premises = Some(premises);
        town.titles.push(Title {
            owner,
            premises,
            parcel_area_m2: None,
            share: "1/1",
            from,
            to: None,
            price_eur,
        });
    }
    let from = town.as_of.plus_years(-17);
    town.exists_on(flagship, from)?;
    town.titles.push(Title {
        owner: Holder::Person(cast.entrepreneur),
        premises: Some(flagship),
        parcel_area_m2: Some(118),
        share: "1/1",
        from,
        to: Some(flagship_bought),
        price_eur: None,
    });
    Ok(())
}

/// Plants permits, a vehicle and the signals.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn plant_traces(
    town: &mut Town,
    chance: &mut Chance,
    sites: &Sites,
    cast: &Cast,
    affairs: &mut Affairs,
) -> Result<(), GenerateError> {
    let flagship = sites.only(Site::Flagship)?;
    let as_of = town.as_of;
    let landlord = Holder::Person(cast.landlord);
    let days_ago = |days: i32| as_of.plus_days(-days);
    town.permits.push(Permit {
        permit_type: "omzettingsvergunning kamerverhuur",
        premises: flagship,
        holder: landlord,
        requested: days_ago(1600),
        granted: Some(days_ago(1520)),
        expires: Some(days_ago(425)),
        status: "verlopen",
    });
    town.permits.push(Permit {
        permit_type: "omgevingsvergunning bouwen",
        premises: flagship,
        holder: landlord,
        requested: days_ago(300),
        granted: None,
        expires: None,
        status: "geweigerd",
    });
    if let Some(company) = affairs.director.first() {
        town.permits.push(Permit {
            permit_type: "exploitatievergunning",
            premises: flagship,
            holder: Holder::Company(*company),
            requested: days_ago(20),
            granted: None,
            expires: None,
            status: "aangevraagd",
        });
    }
    let since = days_ago(310);
    let holders = vec![(Holder::Person(cast.director), since, None)];
    town.vehicles.push(Vehicle {
        make_and_model: draw_model(chance),
        holders,
    });
    let first_resident = cast.flagship_residents.first().copied();
    let company = affairs.director.first().copied();
    // Five small things that five departments each hold for themselves; sorts by their place in the list of the department.
    for (department, kind, days, person, company) in [
        (HOUSING, 3, 290, None, None),
        (INSPECTION, 0, 230, None, None),
        (SOCIAL, 2, 150, first_resident, None),
        (POLICE, 1, 85, None, None),
        (CRIME_TEAM, 1, 40, Some(cast.director), company),
    ] {
        let told = Report {
            department,
            kind,
            day: days_ago(days),
            premises: flagship,
            person,
            company,
        };
        let signal = report(town, chance, told)?;
        // Small ones: none of the departments would act on its own.
        if let Some(found) = town.signals.get_mut(signal) {
            found.weight_percent = 20;
        }
        affairs.flagship_signals.push(signal);
    }
    let premises = sites.only(Site::OneDepartment)?;
    for (kind, days) in [(0, 330), (0, 260), (1, 190), (0, 100), (1, 30)] {
        let told = Report {
            department: HOUSING,
            kind,
            day: days_ago(days),
            premises,
            person: None,
            company: None,
        };
        affairs
            .one_department_signals
            .push(report(town, chance, told)?);
    }
    Ok(())
}
