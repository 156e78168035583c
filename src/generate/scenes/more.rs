//! More scenes: of signals, permits and companies that only together say something.

use super::{Activity, Actor, Pattern, Planter, Scene};
use crate::generate::GenerateError;
use crate::generate::arena::Position;
use crate::generate::departments::{CRIME_TEAM, HOUSING, INSPECTION, POLICE};
use crate::generate::signals::{Report, report};
use crate::generate::town::{Company, Holder, Officer, Permit, Person, Premises, Usage};

/// The persons of one copy: those of [`Planter::more_homes`].
pub(super) const PERSONS: u32 = 2 + 4 + 4 + 4 * 5 + 2;

/// The premises that one copy keeps.
pub(super) const PREMISES: u32 = 17;

/// A letting of workers, which no other company of the town does.
const AGENCY: Activity = Activity {
    code: "78201",
    title: "Uitzendbureaus",
    catering: false,
};

/// A cafe.
const CAFE: Activity = Activity {
    code: "5630",
    title: "Cafes",
    catering: true,
};

const GHOST: Pattern = Pattern {
    id: "spookbewoning",
    title: "Ingeschreven, maar er lijkt niemand te wonen",
};
const ROOMS: Pattern = Pattern {
    id: "kamerverhuur-zonder-vergunning",
    title: "Kamerverhuur zonder vergunning",
};
const AGENCY_HOUSES: Pattern = Pattern {
    id: "uitbuiting-huisvesting",
    title: "Uitzendbureau met overvolle woningen",
};
const DRUGS: Pattern = Pattern {
    id: "drugspand",
    title: "Verschillende aanwijzingen voor drugs op een adres",
};
const OPERATORS: Pattern = Pattern {
    id: "horecawissels",
    title: "Steeds een andere uitbater in een horecapand",
};
const RESTART: Pattern = Pattern {
    id: "doorstart",
    title: "Nieuw bedrijf na een opheffing met een wissel van bestuurder",
};
const LINKED: Pattern = Pattern {
    id: "signal-accumulation-linked",
    title: "Stapeling van signalen rond een adres",
};

/// What one copy keeps: of each pair the first is for the hit, the second for the near miss.
#[derive(Debug)]
pub(super) struct Homes {
    ghost: [Position<Premises>; 2],
    rooms: [Position<Premises>; 2],
    crowded: [Position<Premises>; 2],
    roomy: [Position<Premises>; 2],
    drugs: [Position<Premises>; 2],
    cafe: [Position<Premises>; 2],
    office: [Position<Premises>; 2],
    linked: [Position<Premises>; 2],
    elsewhere: Position<Premises>,
    ghosts: Vec<Position<Person>>,
    lodgers: [Vec<Position<Person>>; 2],
    workers: [Vec<Position<Person>>; 2],
    residents: Vec<Position<Person>>,
}

impl Planter<'_> {
    fn pair(
        &mut self,
        usage: Usage,
        areas_m2: [u32; 2],
    ) -> Result<[Position<Premises>; 2], GenerateError> {
        let [one, other] = areas_m2;
        Ok([self.premises(usage, one)?, self.premises(usage, other)?])
    }

    fn newcomers(
        &mut self,
        homes: &[Position<Premises>],
        each: i32,
        days: i32,
    ) -> Result<Vec<Position<Person>>, GenerateError> {
        let mut people = Vec::new();
        for home in homes {
            for turn in 0..each {
                people.push(self.newcomer(*home, days + turn * 21, false)?);
            }
        }
        Ok(people)
    }

    /// Keeps the premises of one copy, and plants who lives there.
    pub(super) fn more_homes(&mut self) -> Result<Homes, GenerateError> {
        let dwelling = Usage::Dwelling;
        let ghost = self.pair(dwelling, [72, 72])?;
        let rooms = self.pair(dwelling, [118, 118])?;
        let crowded = self.pair(dwelling, [50, 52])?;
        let roomy = self.pair(dwelling, [124, 126])?;
        let drugs = self.pair(dwelling, [78, 78])?;
        let cafe = self.pair(Usage::Meeting, [110, 110])?;
        let office = self.pair(Usage::Office, [60, 60])?;
        let linked = self.pair(dwelling, [82, 82])?;
        let elsewhere = self.premises(Usage::Office, 90)?;
        let [near_rooms, far_rooms] = rooms;
        let [haunted, _] = ghost;
        Ok(Homes {
            ghosts: self.newcomers(&[haunted], 2, 900)?,
            lodgers: [
                self.newcomers(&[near_rooms], 4, 260)?,
                self.newcomers(&[far_rooms], 4, 260)?,
            ],
            workers: [
                self.newcomers(&crowded, 5, 120)?,
                self.newcomers(&roomy, 5, 120)?,
            ],
            residents: self.newcomers(&linked, 1, 700)?,
            ghost,
            rooms,
            crowded,
            roomy,
            drugs,
            cafe,
            office,
            linked,
            elsewhere,
        })
    }
}

/// A signal to be planted.
struct Told {
    department: usize,
    kind: usize,
    days: i32,
    premises: Position<Premises>,
    person: Option<Position<Person>>,
    company: Option<Position<Company>>,
}

impl Actor<'_> {
    /// Plants what the homes of one copy are for.
    pub(super) fn more(
        &mut self,
        copy: u32,
        homes: Homes,
        owner: Option<Holder>,
    ) -> Result<(), GenerateError> {
        let Homes {
            ghost,
            rooms,
            crowded,
            roomy,
            drugs,
            cafe,
            office,
            linked,
            elsewhere,
            ghosts,
            lodgers,
            workers,
            residents,
        } = homes;
        for premises in [ghost, rooms, drugs, cafe, office, linked]
            .into_iter()
            .flatten()
            .chain([elsewhere])
        {
            let from = self.drawn_days_ago((3000, 3600));
            self.town.exists_on(premises, from)?;
            if let Some(owner) = owner {
                self.town
                    .titles
                    .push(super::title(owner, premises, from, None, None));
            }
        }
        self.ghosts(copy, ghost, ghosts)?;
        self.rooms(copy, rooms, lodgers)?;
        self.agencies(copy, [crowded, roomy], workers)?;
        self.drugs(copy, drugs)?;
        self.operators(copy, cafe)?;
        self.restarts(copy, office)?;
        self.linked(copy, linked, elsewhere, &residents)
    }

    fn tell(&mut self, told: &Told) -> Result<(), GenerateError> {
        let Told {
            department,
            kind,
            days,
            premises,
            person,
            company,
        } = *told;
        let day = self.days_ago(days);
        let told = Report {
            department,
            kind,
            day,
            premises,
            person,
            company,
        };
        let signal = report(self.town, self.chance, told)?;
        if let Some(found) = self.town.signals.get_mut(signal) {
            found.weight_percent = 20;
            // Closed, so that no scene is a convergence of services by chance.
            found.status = "afgedaan";
        }
        Ok(())
    }

    fn tell_of(
        &mut self,
        premises: Position<Premises>,
        signals: &[(usize, usize, i32)],
    ) -> Result<(), GenerateError> {
        for &(department, kind, days) in signals {
            self.tell(&Told {
                department,
                kind,
                days,
                premises,
                person: None,
                company: None,
            })?;
        }
        Ok(())
    }

    fn plant(&mut self, scene: Scene) {
        self.scenes.list.push(scene);
    }

    /// Two registered where nobody seems to live; beside it the same reports of a dwelling where nobody is registered.
    fn ghosts(
        &mut self,
        copy: u32,
        homes: [Position<Premises>; 2],
        people: Vec<Position<Person>>,
    ) -> Result<(), GenerateError> {
        let [haunted, empty] = homes;
        for (home, near_miss, people, planted) in [
            (
                haunted,
                false,
                people,
                "Twee ingeschrevenen op een woning die volgens twee meldingen leeg lijkt.",
            ),
            (
                empty,
                true,
                Vec::new(),
                "Een woning zonder ingeschrevenen die volgens twee meldingen leeg lijkt.",
            ),
        ] {
            self.tell_of(home, &[(HOUSING, 4, 50), (HOUSING, 4, 200)])?;
            self.plant(Scene {
                premises: vec![home],
                people,
                ..Scene::of(GHOST, near_miss, copy, planted)
            });
        }
        Ok(())
    }

    /// Rooms that are let without a permit; beside them rooms with one.
    fn rooms(
        &mut self,
        copy: u32,
        homes: [Position<Premises>; 2],
        lodgers: [Vec<Position<Person>>; 2],
    ) -> Result<(), GenerateError> {
        let planted = [
            "Vier huurders, een melding en geen vergunning.",
            "Vier huurders, een melding en een geldige vergunning.",
        ];
        for (((home, people), near_miss), planted) in homes
            .into_iter()
            .zip(lodgers)
            .zip([false, true])
            .zip(planted)
        {
            self.tell_of(home, &[(HOUSING, 3, 100)])?;
            if near_miss {
                let holder = Holder::Person(self.resident()?);
                self.town.permits.push(Permit {
                    permit_type: "omzettingsvergunning kamerverhuur",
                    premises: home,
                    holder,
                    requested: self.days_ago(760),
                    granted: Some(self.days_ago(700)),
                    expires: None,
                    status: "verleend",
                });
            }
            self.plant(Scene {
                premises: vec![home],
                people,
                ..Scene::of(ROOMS, near_miss, copy, planted)
            });
        }
        Ok(())
    }

    /// An agency with two full dwellings; beside it one with two roomy ones.
    fn agencies(
        &mut self,
        copy: u32,
        homes: [[Position<Premises>; 2]; 2],
        workers: [Vec<Position<Person>>; 2],
    ) -> Result<(), GenerateError> {
        let planted = [
            "Een uitzendbureau met twee woningen van 50 m2 en vijf bewoners elk.",
            "Een uitzendbureau met twee woningen van 124 m2 en vijf bewoners elk.",
        ];
        for (((homes, people), near_miss), planted) in homes
            .into_iter()
            .zip(workers)
            .zip([false, true])
            .zip(planted)
        {
            let director = Holder::Person(self.resident()?);
            let founded = self.days_ago(1900);
            let officers = [(director, "bestuurder"), (director, "aandeelhouder")];
            let company = self.company(AGENCY, self.business_centre, founded, None, &officers)?;
            for home in homes {
                let from = self.days_ago(1400);
                self.town.exists_on(home, from)?;
                let title = super::title(Holder::Company(company), home, from, None, None);
                self.town.titles.push(title);
            }
            self.plant(Scene {
                premises: homes.to_vec(),
                people,
                companies: vec![company],
                ..Scene::of(AGENCY_HOUSES, near_miss, copy, planted)
            });
        }
        Ok(())
    }

    /// Drugs and nuisance by two services; beside it two reports of one service.
    fn drugs(&mut self, copy: u32, homes: [Position<Premises>; 2]) -> Result<(), GenerateError> {
        let reports = [
            [(POLICE, 0, 120), (HOUSING, 0, 60)],
            [(POLICE, 0, 120), (POLICE, 3, 60)],
        ];
        let planted = [
            "Henneplucht bij de politie en geluid bij wonen.",
            "Henneplucht en overlast, beide bij de politie.",
        ];
        for (((home, reports), near_miss), planted) in homes
            .into_iter()
            .zip(reports)
            .zip([false, true])
            .zip(planted)
        {
            self.tell_of(home, &reports)?;
            self.plant(Scene {
                premises: vec![home],
                ..Scene::of(DRUGS, near_miss, copy, planted)
            });
        }
        Ok(())
    }

    /// Three operators of a cafe in three years; beside it three in eight.
    fn operators(
        &mut self,
        copy: u32,
        premises: [Position<Premises>; 2],
    ) -> Result<(), GenerateError> {
        let times = [
            [(1000, 640), (640, 250), (250, 0)],
            [(3000, 2000), (2000, 900), (900, 0)],
        ];
        let planted = [
            "Drie uitbaters van een cafe in drie jaar.",
            "Drie uitbaters van een cafe in acht jaar.",
        ];
        for (((premises, times), near_miss), planted) in premises
            .into_iter()
            .zip(times)
            .zip([false, true])
            .zip(planted)
        {
            let mut companies = Vec::new();
            let mut people = Vec::new();
            for (from, to) in times {
                let person = self.resident()?;
                let officers = [
                    (Holder::Person(person), "bestuurder"),
                    (Holder::Person(person), "aandeelhouder"),
                ];
                let ended = (to > 0).then(|| self.days_ago(to));
                companies.push(self.company(
                    CAFE,
                    premises,
                    self.days_ago(from),
                    ended,
                    &officers,
                )?);
                people.push(person);
            }
            self.plant(Scene {
                premises: vec![premises],
                people,
                companies,
                ..Scene::of(OPERATORS, near_miss, copy, planted)
            });
        }
        Ok(())
    }

    /// A director who left before the end and began anew at once; beside it one who began half a year later.
    fn restarts(
        &mut self,
        copy: u32,
        premises: [Position<Premises>; 2],
    ) -> Result<(), GenerateError> {
        let planted = [
            "Weg als bestuurder voor de opheffing, en na 40 dagen een nieuw bedrijf op hetzelfde adres.",
            "Weg als bestuurder voor de opheffing, en na 160 dagen een nieuw bedrijf op hetzelfde adres.",
        ];
        for (((premises, gap), near_miss), planted) in premises
            .into_iter()
            .zip([40, 160])
            .zip([false, true])
            .zip(planted)
        {
            let (person, successor) = (self.resident()?, self.resident()?);
            let (ended, changed) = (self.days_ago(240), self.days_ago(330));
            let officers = [(Holder::Person(person), "bestuurder")];
            let old = self.company(
                super::HOLDING,
                premises,
                self.days_ago(2000),
                Some(ended),
                &officers,
            )?;
            let found = self.town.companies.at_mut(old)?;
            found
                .officers
                .iter_mut()
                .for_each(|officer| officer.to = Some(changed));
            found.officers.push(Officer {
                holder: Holder::Person(successor),
                role: "bestuurder",
                share: None,
                from: changed,
                to: Some(ended),
            });
            let new = self.company(
                super::HOLDING,
                premises,
                self.days_ago(240 - gap),
                None,
                &officers,
            )?;
            self.plant(Scene {
                premises: vec![premises],
                people: vec![person],
                companies: vec![old, new],
                ..Scene::of(RESTART, near_miss, copy, planted)
            });
        }
        Ok(())
    }

    /// Signals of three departments about an address, who lives there and what is registered there; beside it of two.
    fn linked(
        &mut self,
        copy: u32,
        homes: [Position<Premises>; 2],
        elsewhere: Position<Premises>,
        residents: &[Position<Person>],
    ) -> Result<(), GenerateError> {
        let planted = [
            "Een melding over de woning, een over de bewoner en een over het bedrijf, van drie afdelingen.",
            "Een melding over de woning en twee over de bewoner, van twee afdelingen.",
        ];
        for (((home, resident), near_miss), planted) in homes
            .into_iter()
            .zip(residents)
            .zip([false, true])
            .zip(planted)
        {
            let officers = [
                (Holder::Person(*resident), "bestuurder"),
                (Holder::Person(*resident), "aandeelhouder"),
            ];
            let company =
                self.company(super::HOLDING, home, self.days_ago(600), None, &officers)?;
            self.tell_of(home, &[(HOUSING, 0, 200)])?;
            let third = if near_miss {
                (CRIME_TEAM, None)
            } else {
                (INSPECTION, Some(company))
            };
            let of_resident = Some(*resident);
            self.tell(&Told {
                department: CRIME_TEAM,
                kind: 1,
                days: 150,
                premises: elsewhere,
                person: of_resident,
                company: None,
            })?;
            let (department, company_told) = third;
            self.tell(&Told {
                department,
                kind: 0,
                days: 110,
                premises: elsewhere,
                person: of_resident.filter(|_| near_miss),
                company: company_told,
            })?;
            self.plant(Scene {
                premises: vec![home],
                people: vec![*resident],
                companies: vec![company],
                ..Scene::of(LINKED, near_miss, copy, planted)
            });
        }
        Ok(())
    }
}
