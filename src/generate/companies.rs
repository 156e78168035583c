//! Makes the companies of the town, where they are registered, and who runs and owns them.

use super::GenerateError;
use super::arena::Position;
use super::calendar::Day;
use super::chance::Chance;
use super::places::{ACTIVITIES, Activity, COMPANY_TRADES, COMPANY_WORDS};
use super::premises::{Site, Sites};
use super::town::{Company, Holder, LegalForm, Officer, Person, Premises, Seat, Town, Usage};

/// How many companies there are to a hundred persons.
const COMPANIES_PERCENT: u32 = 12;

/// The most companies that the business centre takes in.
const BUSINESS_CENTRE_MAX: u32 = 60;

/// How many grown persons in a thousand found one company after another.
const SERIAL_PERMILLE: usize = 20;

/// A company of someone who founds one after another is older than this: many young ones are planted.
const SERIAL_AGE_YEARS_MIN: i32 = 4;

/// The grown persons that live in the town and were not planted.
#[derive(Debug)]
pub(crate) struct Census {
    /// Everyone, in the order they were made.
    pub(crate) adults: Vec<Position<Person>>,
}

impl Census {
    /// Draws one of them.
    ///
    /// # Errors
    /// [`GenerateError::Inconsistent`] if there are none, which the least number of persons prevents.
    pub(crate) fn draw(&self, chance: &mut Chance) -> Result<Position<Person>, GenerateError> {
        chance
            .pick(&self.adults)
            .copied()
            .ok_or(GenerateError::Inconsistent("a town without grown persons"))
    }
}

/// The companies that other parts of the town need by name.
#[derive(Debug)]
pub(crate) struct Pillars {
    /// The housing associations, which own a third of the dwellings.
    pub(crate) housing: Vec<Position<Company>>,
}

/// Draws a company without seats and officers.
pub(crate) fn draw_company(
    chance: &mut Chance,
    form: LegalForm,
    activity: Activity,
    founded: Day,
) -> Company {
    let first = chance.word(&COMPANY_WORDS);
    let trade = chance.word(&COMPANY_TRADES);
    let second = chance.word(&COMPANY_WORDS);
    let stem = if chance.percent(50) || first == second {
        format!("{first} {trade}")
    } else {
        format!("{first} & {second} {trade}")
    };
    let name = match form {
        LegalForm::SoleTrader => stem,
        LegalForm::Limited => format!("{stem} B.V."),
        LegalForm::Partnership => format!("V.O.F. {stem}"),
        LegalForm::Foundation => format!("Stichting {first} {second}"),
        LegalForm::Association => format!("Vereniging {first} {second}"),
    };
    let employees = match form {
        LegalForm::SoleTrader => 1 + chance.skewed_below(4),
        LegalForm::Partnership => 2 + chance.skewed_below(8),
        LegalForm::Limited => 1 + chance.skewed_below(60),
        LegalForm::Foundation | LegalForm::Association => chance.skewed_below(20),
    };
    Company {
        name,
        form,
        activity,
        employees,
        founded,
        dissolved: None,
        seats: Vec::new(),
        officers: Vec::new(),
    }
}

/// Draws a line of business.
pub(crate) fn draw_activity(chance: &mut Chance) -> Activity {
    chance.pick(&ACTIVITIES).copied().unwrap_or(Activity {
        code: "",
        title: "",
        catering: false,
    })
}

/// Makes the companies that no situation needs.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn make(
    town: &mut Town,
    chance: &mut Chance,
    census: &Census,
    sites: &Sites,
) -> Result<Pillars, GenerateError> {
    let mut rooms = Rooms::find(town, sites)?;
    let mut housing = Vec::new();
    for name in ["Woningstichting Verbanddam", "Woningstichting De Ringvaart"] {
        let founded = town
            .as_of
            .plus_years(-90)
            .plus_days(chance.between(0, 3000));
        let landlord = Activity {
            code: "68201",
            title: "Woningbouwverenigingen en -corporaties",
            catering: false,
        };
        let mut company = draw_company(chance, LegalForm::Foundation, landlord, founded);
        name.clone_into(&mut company.name);
        company.employees = 20 + chance.below(60);
        let premises = rooms.draw(chance, landlord);
        company.seats.push(Seat {
            premises,
            from: founded,
            to: None,
            post_only: false,
        });
        town.exists_on(premises, founded)?;
        add_board(town, chance, census, &mut company)?;
        housing.push(town.companies.push(company));
    }
    let serial_count = (census.adults.len() * SERIAL_PERMILLE / 1000).max(1);
    let mut serial = Vec::new();
    for _ in 0..serial_count {
        serial.push(census.draw(chance)?);
    }
    let mut limited: Vec<Position<Company>> = Vec::new();
    for _ in 0..town.people.len() * COMPANIES_PERCENT / 100 {
        let form = match chance.weighted(&[55, 25, 10, 6, 4]) {
            0 => LegalForm::SoleTrader,
            1 => LegalForm::Limited,
            2 => LegalForm::Partnership,
            3 => LegalForm::Foundation,
            _ => LegalForm::Association,
        };
        let company = draw_whole(town, chance, census, &serial, &mut rooms, &limited, form)?;
        let position = town.companies.push(company);
        if form == LegalForm::Limited {
            limited.push(position);
        }
    }
    Ok(Pillars { housing })
}

fn draw_whole(
    town: &mut Town,
    chance: &mut Chance,
    census: &Census,
    serial: &[Position<Person>],
    rooms: &mut Rooms,
    limited: &[Position<Company>],
    form: LegalForm,
) -> Result<Company, GenerateError> {
    let mut founder = census.draw(chance)?;
    let mut latest = town.as_of.plus_days(-30);
    if form == LegalForm::Limited && chance.percent(30) {
        let drawn = chance.pick(serial).copied().unwrap_or(founder);
        // Too young to have founded companies long ago: an ordinary founder takes the place.
        if town.people.at(drawn)?.age_on(town.as_of) >= 20 + SERIAL_AGE_YEARS_MIN {
            founder = drawn;
            latest = town.as_of.plus_years(-SERIAL_AGE_YEARS_MIN);
        }
    }
    let found = town.people.at(founder)?;
    let grown = found.birth.day.plus_years(19).min(latest.plus_days(-1));
    let home = found.home();
    let activity = draw_activity(chance);
    let home_percent = if form == LegalForm::SoleTrader {
        75
    } else {
        20
    };
    let at_home = match home {
        Some((premises, since)) if !activity.catering && chance.percent(home_percent) => {
            let from = since.max(grown);
            (from < latest).then_some((premises, from))
        }
        Some(_) | None => None,
    };
    let earliest = match at_home {
        Some((_, from)) => from,
        None => grown.max(town.as_of.plus_years(-35)),
    };
    // The later of two draws: most companies are young.
    let days = latest.days_since(earliest).max(1);
    let founded = earliest.plus_days(chance.between(0, days).max(chance.between(0, days)));
    let mut company = draw_company(chance, form, activity, founded);
    let lasted = town.as_of.plus_days(-5).days_since(founded);
    if lasted > 400 && chance.percent(18) {
        company.dissolved = Some(founded.plus_days(chance.between(200, lasted)));
    }
    let end = company.dissolved;
    let premises = match at_home {
        Some((premises, _)) => premises,
        None => rooms.draw(chance, activity),
    };
    let mut from = founded;
    let days_in_business = end.unwrap_or(town.as_of).days_since(founded);
    if days_in_business > 500 && chance.percent(15) {
        from = founded.plus_days(chance.between(150, days_in_business - 100));
        let earlier = rooms.draw(chance, activity);
        if earlier == premises {
            from = founded;
        } else {
            company.seats.push(Seat {
                premises: earlier,
                from: founded,
                to: Some(from),
                post_only: false,
            });
        }
    }
    company.seats.push(Seat {
        premises,
        from,
        to: end,
        post_only: false,
    });
    for seat in &company.seats {
        town.exists_on(seat.premises, seat.from)?;
    }
    appoint(town, chance, census, &mut company, founder, limited)?;
    Ok(company)
}

/// Gives a company the officers its legal form asks for.
fn appoint(
    town: &Town,
    chance: &mut Chance,
    census: &Census,
    company: &mut Company,
    founder: Position<Person>,
    limited: &[Position<Company>],
) -> Result<(), GenerateError> {
    let (from, to) = (company.founded, company.dissolved);
    let officer = |holder, role| Officer {
        holder,
        role,
        share: None,
        from,
        to,
    };
    let person = Holder::Person(founder);
    match company.form {
        LegalForm::SoleTrader => company.officers.push(officer(person, "eigenaar")),
        LegalForm::Partnership => {
            company.officers.push(officer(person, "vennoot"));
            let partner = census.draw(chance)?;
            if partner != founder {
                company
                    .officers
                    .push(officer(Holder::Person(partner), "vennoot"));
            }
        }
        LegalForm::Foundation | LegalForm::Association => {
            company.officers.push(officer(person, "bestuurder"));
            add_board(town, chance, census, company)?;
        }
        LegalForm::Limited => {
            let lasted = to.unwrap_or(town.as_of).days_since(from);
            let former = census.draw(chance)?;
            if lasted > 500 && former != founder && chance.percent(15) {
                let change = from.plus_days(chance.between(100, lasted - 100));
                let before = Officer {
                    to: Some(change),
                    ..officer(Holder::Person(former), "bestuurder")
                };
                company.officers.push(before);
                company.officers.push(Officer {
                    from: change,
                    ..officer(person, "bestuurder")
                });
            } else {
                company.officers.push(officer(person, "bestuurder"));
            }
            let mut owners = vec![(person, "100%")];
            match chance.weighted(&[70, 20, 10]) {
                1 => {
                    if let Some(holding) = chance.pick(limited) {
                        owners = vec![(Holder::Company(*holding), "100%")];
                    }
                }
                2 if former != founder => {
                    owners = vec![(person, "50%"), (Holder::Person(former), "50%")]
                }
                _ => {}
            }
            for (owner, share) in owners {
                company.officers.push(Officer {
                    share: Some(share),
                    ..officer(owner, "aandeelhouder")
                });
            }
        }
    }
    Ok(())
}

/// Adds two board members who came within the last years.
fn add_board(
    town: &Town,
    chance: &mut Chance,
    census: &Census,
    company: &mut Company,
) -> Result<(), GenerateError> {
    for _ in 0..2 {
        let member = Holder::Person(census.draw(chance)?);
        let until = company.dissolved.unwrap_or(town.as_of);
        let days = until.days_since(company.founded).clamp(1, 6 * 365);
        let from = until.plus_days(-chance.between(1, days));
        if company
            .officers
            .iter()
            .all(|officer| officer.holder != member)
        {
            let to = company.dissolved;
            company.officers.push(Officer {
                holder: member,
                role: "bestuurder",
                share: None,
                from,
                to,
            });
        }
    }
    Ok(())
}

/// The premises where companies can be registered.
#[derive(Debug)]
struct Rooms {
    catering: Vec<Position<Premises>>,
    other: Vec<Position<Premises>>,
    business_centre: Position<Premises>,
    in_business_centre: u32,
}

impl Rooms {
    fn find(town: &Town, sites: &Sites) -> Result<Self, GenerateError> {
        let business_centre = sites.only(Site::BusinessCentre)?;
        let mut rooms = Self {
            catering: Vec::new(),
            other: Vec::new(),
            business_centre,
            in_business_centre: 0,
        };
        for premises in town.premises.positions() {
            let found = town.premises.at(premises)?;
            if found.reserved {
                continue;
            }
            match found.usage {
                Usage::Meeting | Usage::Lodging => rooms.catering.push(premises),
                Usage::Shop => {
                    rooms.catering.push(premises);
                    rooms.other.push(premises);
                }
                Usage::Industry | Usage::Office => rooms.other.push(premises),
                Usage::Dwelling => {}
            }
        }
        Ok(rooms)
    }

    /// Draws premises for a company, now and then a desk in the business centre; where the town has none that fit, always.
    fn draw(&mut self, chance: &mut Chance, activity: Activity) -> Position<Premises> {
        let fitting = if activity.catering {
            &self.catering
        } else {
            &self.other
        };
        let drawn = chance.pick(fitting).copied();
        let desk = !activity.catering
            && self.in_business_centre < BUSINESS_CENTRE_MAX
            && chance.percent(12);
        match drawn {
            Some(premises) if !desk => premises,
            Some(_) | None => {
                self.in_business_centre += 1;
                self.business_centre
            }
        }
    }
}
