//! The town as the generator holds it, before any of it is written down.
//!
//! INVARIANT (nothing hangs in the air): whatever stands here refers to persons, premises and companies of the
//! same town by their position, so that no delivery can name a key that no other delivery has.

use super::GenerateError;
use super::arena::{Arena, Position};
use super::calendar::{Day, RegisterDate};
use super::names::FamilyName;
use super::places::Activity;
use super::truth::Situation;

/// What premises are used for, as the BAG has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    /// A dwelling.
    Dwelling,
    /// A shop.
    Shop,
    /// A workshop or warehouse.
    Industry,
    /// A place to meet, catering included.
    Meeting,
    /// An office.
    Office,
    /// A hotel or boarding house.
    Lodging,
}

impl Usage {
    /// Returns the word of the BAG.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Dwelling => "woonfunctie",
            Self::Shop => "winkelfunctie",
            Self::Industry => "industriefunctie",
            Self::Meeting => "bijeenkomstfunctie",
            Self::Office => "kantoorfunctie",
            Self::Lodging => "logiesfunctie",
        }
    }
}

/// A building.
#[derive(Debug)]
pub(crate) struct Building {
    /// The day it came into use. Lowered where someone turns out to have lived in it earlier.
    pub(crate) begin: Day,
    /// Its corners, RD coordinates in centimetres.
    pub(crate) outline_rd_cm: [(u64, u64); 4],
}

/// Premises with an address of their own.
#[derive(Debug)]
pub(crate) struct Premises {
    /// Position of the street in [`Town::streets`].
    pub(crate) street: usize,
    /// The house number.
    pub(crate) house_number: u32,
    /// The letter behind the number.
    pub(crate) letter: Option<char>,
    /// The addition behind the letter: the floor.
    pub(crate) addition: Option<u8>,
    /// The postcode, `9901AB`.
    pub(crate) postcode: String,
    /// What it is used for.
    pub(crate) usage: Usage,
    /// The floor area.
    pub(crate) floor_area_m2: u32,
    /// The building it is part of.
    pub(crate) building: Position<Building>,
    /// RD coordinates, in centimetres, so that no rounding of floats reaches the file.
    pub(crate) x_rd_cm: u64,
    /// See [`Premises::x_rd_cm`].
    pub(crate) y_rd_cm: u64,
    /// Kept for a planted situation: the rest of the generator stays away from it.
    pub(crate) reserved: bool,
    /// Since when it has been lived in without a break until today; moves go back in time from there.
    pub(crate) occupied_since: Option<Day>,
}

/// The sex of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sex {
    /// A man or boy.
    Male,
    /// A woman or girl.
    Female,
}

/// An address in another town, which no delivery but the BRP knows of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Elsewhere {
    /// Position of the town in the list of other towns.
    pub(crate) town: u32,
    /// Position of the street in the list of street names.
    pub(crate) street: u32,
    /// The house number.
    pub(crate) house_number: u32,
}

/// Where someone lived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In this town.
    Here(Position<Premises>),
    /// In another town.
    Elsewhere(Elsewhere),
    /// In the country with this code.
    Abroad(&'static str),
}

/// A time that someone lived somewhere; it ends where the next begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Residence {
    /// The first day.
    pub(crate) from: RegisterDate,
    /// Where.
    pub(crate) place: Place,
    /// Whether it is only a letter address.
    pub(crate) letters_only: bool,
    /// The code of what is under investigation, if anything is.
    pub(crate) in_doubt: Option<&'static str>,
}

impl Residence {
    /// Makes a residence that began on a known day.
    pub(crate) fn since(day: Day, place: Place) -> Self {
        Self {
            from: RegisterDate::exact(day),
            place,
            letters_only: false,
            in_doubt: None,
        }
    }
}

/// What binds two partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BondKind {
    /// A marriage.
    Marriage,
    /// A registered partnership.
    Partnership,
}

/// A marriage or registered partnership.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bond {
    /// The other one.
    pub(crate) partner: Position<Person>,
    /// What sort it is.
    pub(crate) kind: BondKind,
    /// Its first day.
    pub(crate) begun: Day,
    /// The day it ended.
    pub(crate) ended: Option<Day>,
}

/// How someone left the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Departure {
    /// Died that day.
    Died(Day),
    /// Left the country that day.
    Emigrated(Day),
}

/// A person.
#[derive(Debug)]
pub(crate) struct Person {
    /// The given names, parted by blanks.
    pub(crate) given_names: String,
    /// The family name.
    pub(crate) family_name: FamilyName,
    /// The sex.
    pub(crate) sex: Sex,
    /// The day of birth.
    pub(crate) birth: RegisterDate,
    /// The citizen service number, as far as there are any; see [`super::numbers`].
    pub(crate) bsn: Option<u32>,
    /// The administration number; everyone has one.
    pub(crate) a_number: u64,
    /// The code of who may not be told: 0 for no one.
    pub(crate) confidentiality: u8,
    /// The parents that are in the register.
    pub(crate) parents: Vec<Position<Person>>,
    /// The children that are in the register.
    pub(crate) children: Vec<Position<Person>>,
    /// Marriages and partnerships, oldest first.
    pub(crate) bonds: Vec<Bond>,
    /// Where the person lived, oldest first.
    pub(crate) residences: Vec<Residence>,
    /// How the person left the register, if so.
    pub(crate) departure: Option<Departure>,
}

impl Person {
    /// Returns the age in whole years on `day`.
    pub(crate) fn age_on(&self, day: Day) -> i32 {
        day.years_since(self.birth.day)
    }

    /// Returns the premises in this town where the person lives now, and since when; none of someone who left.
    pub(crate) fn home(&self) -> Option<(Position<Premises>, Day)> {
        let last = self.residences.last()?;
        match (last.place, self.departure) {
            (Place::Here(premises), None) => Some((premises, last.from.day)),
            (Place::Here(_) | Place::Elsewhere(_) | Place::Abroad(_), Some(_) | None) => None,
        }
    }

    /// Returns the key that sources name the person by.
    pub(crate) fn key(&self) -> String {
        match self.bsn {
            Some(bsn) => format!("bsn:{bsn}"),
            None => format!("a_number:{}", self.a_number),
        }
    }
}

/// Who holds something: a person or a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// A person.
    Person(Position<Person>),
    /// A company.
    Company(Position<Company>),
}

/// The legal form of a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LegalForm {
    /// One person's business.
    SoleTrader,
    /// A private limited company.
    Limited,
    /// A partnership under a common name.
    Partnership,
    /// A foundation.
    Foundation,
    /// An association.
    Association,
}

impl LegalForm {
    /// Returns the word of the trade register.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::SoleTrader => "Eenmanszaak",
            Self::Limited => "Besloten Vennootschap",
            Self::Partnership => "Vennootschap onder firma",
            Self::Foundation => "Stichting",
            Self::Association => "Vereniging",
        }
    }
}

/// A time that a company was registered somewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    /// Where.
    pub(crate) premises: Position<Premises>,
    /// The first day.
    pub(crate) from: Day,
    /// The first day after.
    pub(crate) to: Option<Day>,
    /// Whether it is only where its post goes.
    pub(crate) post_only: bool,
}

/// A director, owner or shareholder of a company.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Officer {
    /// Who.
    pub(crate) holder: Holder,
    /// As what: `bestuurder`, `eigenaar`, `vennoot`, `aandeelhouder`.
    pub(crate) role: &'static str,
    /// The share, of a shareholder.
    pub(crate) share: Option<&'static str>,
    /// The first day.
    pub(crate) from: Day,
    /// The first day after.
    pub(crate) to: Option<Day>,
}

/// A company with its one branch.
#[derive(Debug)]
pub(crate) struct Company {
    /// Its name.
    pub(crate) name: String,
    /// Its legal form.
    pub(crate) form: LegalForm,
    /// What it does.
    pub(crate) activity: Activity,
    /// How many people work there.
    pub(crate) employees: u32,
    /// The day it began.
    pub(crate) founded: Day,
    /// The day it ended.
    pub(crate) dissolved: Option<Day>,
    /// Where it was registered, oldest first.
    pub(crate) seats: Vec<Seat>,
    /// Who runs and owns it.
    pub(crate) officers: Vec<Officer>,
}

/// A right to premises, or to land that has no address.
#[derive(Debug)]
pub(crate) struct Title {
    /// Who has it.
    pub(crate) owner: Holder,
    /// The premises; none for land without an address.
    pub(crate) premises: Option<Position<Premises>>,
    /// Whether a parcel of its own comes with it.
    pub(crate) parcel_area_m2: Option<u32>,
    /// The share, `1/1` or `1/2`.
    pub(crate) share: &'static str,
    /// The first day.
    pub(crate) from: Day,
    /// The first day after.
    pub(crate) to: Option<Day>,
    /// What was paid.
    pub(crate) price_eur: Option<u32>,
}

/// A permit.
#[derive(Debug)]
pub(crate) struct Permit {
    /// What it permits.
    pub(crate) permit_type: &'static str,
    /// Where.
    pub(crate) premises: Position<Premises>,
    /// To whom.
    pub(crate) holder: Holder,
    /// When it was asked.
    pub(crate) requested: Day,
    /// When it was granted.
    pub(crate) granted: Option<Day>,
    /// When it ends.
    pub(crate) expires: Option<Day>,
    /// `aangevraagd`, `verleend`, `verlopen`, `geweigerd` or `ingetrokken`.
    pub(crate) status: &'static str,
}

/// A vehicle and who held it, oldest first.
#[derive(Debug)]
pub(crate) struct Vehicle {
    /// Make and model.
    pub(crate) make_and_model: (&'static str, &'static str),
    /// Who held it, from when, and until when.
    pub(crate) holders: Vec<(Holder, Day, Option<Day>)>,
}

/// A signal of a department.
#[derive(Debug)]
pub(crate) struct Signal {
    /// Position of the department in [`super::departments::DEPARTMENTS`].
    pub(crate) department: usize,
    /// Its number among the signals of the department.
    pub(crate) number: u32,
    /// What sort of signal it is.
    pub(crate) signal_type: &'static str,
    /// One line about it, without names.
    pub(crate) summary: &'static str,
    /// Free text.
    pub(crate) note: &'static str,
    /// The offence it is about, of departments that record one.
    pub(crate) offence: Option<&'static str>,
    /// The amount it is about, of departments that record one.
    pub(crate) amount_eur: Option<u32>,
    /// When it came in.
    pub(crate) day: Day,
    /// `open`, `in behandeling` or `afgedaan`.
    pub(crate) status: &'static str,
    /// How much it counts, in hundredths.
    pub(crate) weight_percent: u32,
    /// The premises it is about.
    pub(crate) premises: Position<Premises>,
    /// A person it is about.
    pub(crate) person: Option<Position<Person>>,
    /// A company it is about.
    pub(crate) company: Option<Position<Company>>,
}

/// The town.
#[derive(Debug)]
pub(crate) struct Town {
    /// The day on which the deliveries were made.
    pub(crate) as_of: Day,
    /// The names of the streets.
    pub(crate) streets: Vec<String>,
    /// The buildings.
    pub(crate) buildings: Arena<Building>,
    /// The premises.
    pub(crate) premises: Arena<Premises>,
    /// The persons.
    pub(crate) people: Arena<Person>,
    /// The companies.
    pub(crate) companies: Arena<Company>,
    /// Who owns what.
    pub(crate) titles: Vec<Title>,
    /// The permits.
    pub(crate) permits: Vec<Permit>,
    /// The vehicles.
    pub(crate) vehicles: Vec<Vehicle>,
    /// The signals.
    pub(crate) signals: Vec<Signal>,
    /// What was planted.
    pub(crate) situations: Vec<Situation>,
}

impl Town {
    /// Returns an empty town.
    pub(crate) fn new(as_of: Day) -> Self {
        Self {
            as_of,
            streets: Vec::new(),
            buildings: Arena::default(),
            premises: Arena::default(),
            people: Arena::default(),
            companies: Arena::default(),
            titles: Vec::new(),
            permits: Vec::new(),
            vehicles: Vec::new(),
            signals: Vec::new(),
            situations: Vec::new(),
        }
    }

    /// Sees to it that premises exist on `day`: a building is at least as old as what we say of it.
    pub(crate) fn exists_on(
        &mut self,
        premises: Position<Premises>,
        day: Day,
    ) -> Result<(), GenerateError> {
        let building = self.premises.at(premises)?.building;
        let begin = &mut self.buildings.at_mut(building)?.begin;
        // The months between are those that a new building stands empty.
        *begin = (*begin).min(day.plus_days(-90));
        Ok(())
    }

    /// Writes the key of premises by postcode, as `postcode:9901AB 12A-2`.
    pub(crate) fn premises_key(
        &self,
        premises: Position<Premises>,
    ) -> Result<String, GenerateError> {
        let found = self.premises.at(premises)?;
        let letter = found.letter.map(String::from).unwrap_or_default();
        let addition = found
            .addition
            .map(|floor| format!("-{floor}"))
            .unwrap_or_default();
        Ok(format!(
            "postcode:{} {}{letter}{addition}",
            found.postcode, found.house_number
        ))
    }

    /// Returns the street that premises lie on.
    pub(crate) fn street(&self, premises: &Premises) -> &str {
        self.streets
            .get(premises.street)
            .map(String::as_str)
            .unwrap_or_default()
    }
}
