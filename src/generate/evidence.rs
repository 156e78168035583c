//! Tells what was planted, in the keys that the deliveries use.

use std::collections::BTreeMap;

use super::GenerateError;
use super::affairs::Affairs;
use super::arena::Position;
use super::numbers::kvk_number;
use super::premises::{Site, Sites};
use super::signals::reference;
use super::situations::Cast;
use super::town::{Company, Person, Premises, Town};
use super::truth::Situation;

/// The lists of keys that a situation is made of, while they are gathered.
struct Evidence<'town> {
    town: &'town Town,
    keys: BTreeMap<&'static str, Vec<String>>,
}

impl<'town> Evidence<'town> {
    fn of(town: &'town Town) -> Self {
        Self {
            town,
            keys: BTreeMap::new(),
        }
    }

    fn addresses(mut self, premises: &[Position<Premises>]) -> Result<Self, GenerateError> {
        let keys = premises
            .iter()
            .map(|one| self.town.premises_key(*one))
            .collect::<Result<_, _>>()?;
        self.keys.insert("addresses", keys);
        Ok(self)
    }

    fn persons(mut self, people: &[Position<Person>]) -> Result<Self, GenerateError> {
        let keys = people
            .iter()
            .map(|one| Ok(self.town.people.at(*one)?.key()))
            .collect::<Result<_, GenerateError>>()?;
        self.keys.insert("persons", keys);
        Ok(self)
    }

    fn companies(mut self, companies: &[Position<Company>]) -> Self {
        let keys = companies
            .iter()
            .map(|one| format!("kvk:{}", kvk_number(one.index())))
            .collect();
        self.keys.insert("companies", keys);
        self
    }

    fn signals(mut self, signals: &[usize]) -> Result<Self, GenerateError> {
        let mut keys = Vec::new();
        for signal in signals {
            let found = self
                .town
                .signals
                .get(*signal)
                .ok_or(GenerateError::Inconsistent("a signal that is not there"))?;
            keys.push(format!("signal:{}", reference(found)?));
        }
        self.keys.insert("signals", keys);
        Ok(self)
    }

    fn tells(self, id: &'static str, title: &'static str, planted: &str) -> Situation {
        Situation {
            id: id.to_owned(),
            pattern: id.trim_start_matches("bijna-"),
            title,
            near_miss: id.starts_with("bijna-"),
            planted: planted.to_owned(),
            keys: self.keys,
        }
    }
}

/// Lists what was planted, once everything has its number.
///
/// # Errors
/// [`GenerateError::Inconsistent`] only by a mistake in here.
pub(crate) fn truth(
    town: &Town,
    sites: &Sites,
    cast: &Cast,
    affairs: &Affairs,
) -> Result<Vec<Situation>, GenerateError> {
    let site = |wanted: Site| sites.only(wanted).map(|premises| [premises]);
    let mut at_flagship = vec![cast.director, cast.landlord];
    at_flagship.extend(cast.flagship_residents.iter().chain(&cast.flagship_former));
    let flagship_company = affairs.director.get(..1).unwrap_or_default();
    Ok(vec![
        Evidence::of(town)
            .addresses(&site(Site::Flagship)?)?
            .persons(&at_flagship)?
            .companies(flagship_company)
            .signals(&affairs.flagship_signals)?
            .tells(
                "signaalstapel",
                "Stapeling van kleine signalen op een adres",
                "Havenstraat 12: vijf kleine signalen van vijf afdelingen (wonen, toezicht, \
             sociaal domein, politie, hic) binnen een jaar; geen afdeling ziet ze alle \
             vijf. De eigenaar is een verhuurder met veel panden, de katvanger woont er.",
            ),
        Evidence::of(town)
            .addresses(&site(Site::Crowded)?)?
            .persons(&cast.crowd)?
            .tells(
                "overbewoning",
                "Overbewoning van een bovenwoning",
                "Visserskade 21-2: veertien personen zonder familieband ingeschreven op 48 m2.",
            ),
        Evidence::of(town)
            .addresses(&site(Site::Letterbox)?)?
            .companies(&affairs.letterbox)
            .tells(
                "brievenbusadres",
                "Adres met brievenbusfirma's",
                "Handelskade 5: 24 ondernemingen zonder personeel in een kantoor van 34 m2.",
            ),
        Evidence::of(town)
            .addresses(&site(Site::Flagship)?)?
            .persons(&[cast.director])?
            .companies(&affairs.director)
            .tells(
                "katvanger",
                "Bestuurder van veel jonge ondernemingen",
                "Een bestuurder van negen ondernemingen die alle in de laatste dertien maanden \
             zijn opgericht, zonder personeel.",
            ),
        Evidence::of(town)
            .addresses(&sites.all(Site::Carousel))?
            .persons(&cast.carousel)?
            .tells(
                "adrescarrousel",
                "Adrescarrousel",
                "Zes personen die om de vier maanden doorschuiven langs dezelfde vier adressen.",
            ),
        Evidence::of(town)
            .addresses(&affairs.landlord_premises)?
            .persons(&[cast.landlord, cast.landlord_partner])?
            .tells(
                "verhuurder",
                "Verhuurder met veel panden",
                "Een eigenaar van veel woningen, waaronder Havenstraat 12, Visserskade 21-2 en \
             twee adressen van de carrousel.",
            ),
        Evidence::of(town)
            .addresses(&site(Site::Family)?)?
            .persons(&cast.family)?
            .tells(
                "bijna-overbewoning",
                "Groot gezin (geen overbewoning)",
                "Molenwal 7: ouders met negen kinderen op 168 m2.",
            ),
        Evidence::of(town)
            .addresses(&site(Site::OneDepartment)?)?
            .signals(&affairs.one_department_signals)?
            .tells(
                "bijna-signaalstapel",
                "Veel signalen van een afdeling (geen stapeling)",
                "Kaasmarkt 9: vijf meldingen van geluid en afval binnen een jaar, alle bij wonen.",
            ),
        Evidence::of(town)
            .addresses(&site(Site::BusinessCentre)?)?
            .tells(
                "bijna-brievenbusadres",
                "Bedrijfsverzamelgebouw (geen brievenbusadres)",
                "Handelskade 20: veel ondernemingen met personeel in een kantoor van 2640 m2.",
            ),
        Evidence::of(town)
            .addresses(&site(Site::Entrepreneur)?)?
            .persons(&[cast.entrepreneur])?
            .companies(&affairs.entrepreneur)
            .tells(
                "bijna-katvanger",
                "Ondernemer met veel ondernemingen (geen katvanger)",
                "Een bestuurder van negen ondernemingen met personeel, opgericht over meer dan \
             twintig jaar.",
            ),
    ])
}
