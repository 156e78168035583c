//! What is handed over, in the shapes of the Zaken API.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::settings::{HandoverSettings, ZaakSettings};
use crate::model::{Day, Level};

/// What leaves.
#[derive(Debug, Clone)]
pub struct Message {
    /// `identificatie` of the `zaak`.
    pub reference: String,
    /// What people call the purpose of the case.
    pub purpose_title: String,
    /// What the one who hands over says to who receives it.
    pub explanation: String,
    /// The level of the most confidential thing in it.
    pub level: Level,
    /// The first day of the `zaak`.
    pub start: Day,
    /// What it is about.
    pub things: Vec<Thing>,
    /// Identifiers of flags.
    pub flags: Vec<String>,
    /// The account that hands over, and its name.
    pub user: (String, String),
}

/// A node, as the one who hands over sees it.
#[derive(Debug, Clone)]
pub struct Thing {
    /// Its identifier.
    pub id: String,
    /// Its label.
    pub label: String,
    /// What sources say of it, by property, as far as it may be read.
    pub values: BTreeMap<String, String>,
}

/// Longest texts, in characters, as the API has them.
const OMSCHRIJVING_MAX: usize = 80;
const TOELICHTING_MAX: usize = 1_000;
const KENMERK_MAX: usize = 40;
const NAME_MAX: usize = 80;
const IDENTIFICATION_MAX: usize = 17;

fn cut(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}

impl Message {
    /// The `zaak`.
    pub(super) fn zaak(&self, settings: &HandoverSettings, zaak: &ZaakSettings) -> Json {
        let responsible = settings.verantwoordelijke_organisatie.as_ref();
        let flags = self.flags.iter().map(|flag| ("Verband, markering", flag));
        let marks: Vec<Json> = [("Verband, zaak", &self.reference)]
            .into_iter()
            .chain(flags)
            .map(|(source, mark)| json!({ "kenmerk": cut(mark, KENMERK_MAX), "bron": source }))
            .collect();
        json!({
            "identificatie": self.reference,
            "bronorganisatie": settings.bronorganisatie,
            "verantwoordelijkeOrganisatie": responsible.unwrap_or(&settings.bronorganisatie),
            "zaaktype": zaak.zaaktype,
            "startdatum": self.start.to_string(),
            "omschrijving": cut(&format!("Overgedragen uit Verband: {}", self.purpose_title), OMSCHRIJVING_MAX),
            "toelichting": cut(&self.explanation, TOELICHTING_MAX),
            "vertrouwelijkheidaanduiding": self.level.name(),
            "kenmerken": marks,
        })
    }
}

impl Thing {
    /// Where a thing is sent to, below the address of the API, and its body.
    pub(super) fn body(&self, zaak: &str, settings: &ZaakSettings) -> (&'static str, Json) {
        match self.role() {
            Some((kind, identification)) => (
                "rollen",
                json!({
                    "zaak": zaak,
                    "betrokkeneType": kind,
                    "roltype": settings.roltype,
                    "roltoelichting": "Komt voor in de overgedragen zaak",
                    "betrokkeneIdentificatie": identification,
                }),
            ),
            None => ("zaakobjecten", self.object(zaak)),
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name).map(|value| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// Fields of those that are known, cut to what fits.
    fn fields(&self, fields: &[(&str, &str, usize)]) -> Map<String, Json> {
        fields
            .iter()
            .filter_map(|&(field, property, max)| {
                Some((field.to_owned(), cut(self.value(property)?, max).into()))
            })
            .collect()
    }

    fn role(&self) -> Option<(&'static str, Map<String, Json>)> {
        let (kind, mut fields) = match self.label.as_str() {
            "Person" => (
                "natuurlijk_persoon",
                self.fields(&[
                    ("inpBsn", "bsn", 9),
                    ("geslachtsnaam", "family_name", 200),
                    ("voorvoegselGeslachtsnaam", "name_prefix", NAME_MAX),
                    ("voornamen", "given_names", 200),
                    ("geboortedatum", "birth_date", 18),
                ]),
            ),
            "Company" => (
                "niet_natuurlijk_persoon",
                self.fields(&[
                    ("innNnpId", "rsin", 9),
                    ("annIdentificatie", "kvk_number", IDENTIFICATION_MAX),
                    ("statutaireNaam", "name", 500),
                ]),
            ),
            "Branch" => {
                let mut fields = self.fields(&[("vestigingsNummer", "branch_number", 24)]);
                if let Some(name) = self.value("name") {
                    fields.insert("handelsnaam".to_owned(), json!([cut(name, 625)]));
                }
                ("vestiging", fields)
            }
            _ => return None,
        };
        if kind == "natuurlijk_persoon" && !fields.contains_key("inpBsn") {
            // The number by which it can be found again where it came from.
            let id = cut(&self.id, IDENTIFICATION_MAX);
            fields.insert("anpIdentificatie".to_owned(), id.into());
        }
        Some((kind, fields))
    }

    fn object(&self, zaak: &str) -> Json {
        let known = match self.label.as_str() {
            "Address" => self.address().map(|fields| ("adres", fields)),
            "Building" => self
                .value("bag_building")
                .map(|id| ("pand", json!({ "identificatie": id }))),
            "Parcel" => self.value("designation").map(|designation| {
                let id = json!({ "kadastraleIdentificatie": cut(&self.id, 40), "kadastraleAanduiding": cut(designation, 1_000) });
                ("kadastrale_onroerende_zaak", id)
            }),
            _ => None,
        };
        match known {
            Some((kind, identification)) => json!({
                "zaak": zaak, "objectType": kind, "objectIdentificatie": identification,
                "relatieomschrijving": "Komt voor in de overgedragen zaak",
            }),
            None => json!({
                "zaak": zaak, "objectType": "overige", "objectTypeOverige": other_type(&self.label),
                "objectIdentificatie": { "overigeData": { "kenmerk": self.id } },
                "relatieomschrijving": "Komt voor in de overgedragen zaak",
            }),
        }
    }

    /// An address, where all that the API demands of one is known.
    fn address(&self) -> Option<Json> {
        let id = self.value("bag_number").or(self.value("bag_object"))?;
        let number: u32 = self.value("house_number")?.parse().ok()?;
        let mut fields = self.fields(&[
            ("wplWoonplaatsNaam", "place", NAME_MAX),
            ("gorOpenbareRuimteNaam", "street", NAME_MAX),
            ("huisletter", "house_letter", 1),
            ("huisnummertoevoeging", "house_addition", 4),
            ("postcode", "postcode", 7),
        ]);
        let demanded = ["wplWoonplaatsNaam", "gorOpenbareRuimteNaam"];
        if number > 99_999 || !demanded.iter().all(|field| fields.contains_key(*field)) {
            return None;
        }
        fields.insert("identificatie".to_owned(), id.into());
        fields.insert("huisnummer".to_owned(), number.into());
        Some(Json::Object(fields))
    }
}

/// The name of another kind of thing: small letters and underscores.
fn other_type(label: &str) -> String {
    let mut name = String::new();
    for letter in label.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        if letter.is_ascii_alphabetic() {
            name.push(letter.to_ascii_lowercase());
        }
    }
    if name.is_empty() {
        "overige".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(label: &str, values: &[(&str, &str)]) -> Thing {
        let values = values
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()));
        Thing {
            id: "7xq7j378be64v".to_owned(),
            label: label.to_owned(),
            values: values.collect(),
        }
    }

    fn zaak() -> ZaakSettings {
        ZaakSettings {
            zaaktype: "https://catalogi.example/zaaktypen/1".to_owned(),
            statustype: "https://catalogi.example/statustypen/1".to_owned(),
            roltype: "https://catalogi.example/roltypen/1".to_owned(),
        }
    }

    #[test]
    fn an_address_needs_what_the_standard_demands_and_is_another_thing_without() {
        let whole = [
            ("bag_number", "9901200000000025"),
            ("place", "Verbanddam"),
            ("street", "Havenstraat"),
            ("house_number", "12"),
            ("house_addition", "hoog en breed"),
        ];
        let (path, body) = thing("Address", &whole).body("z", &zaak());
        assert_eq!(path, "zaakobjecten");
        assert_eq!(body["objectType"], "adres");
        let address = &body["objectIdentificatie"];
        assert_eq!(address["huisnummer"], 12);
        assert_eq!(address["huisnummertoevoeging"], "hoog");
        for gone in 0..4 {
            let mut part = whole.to_vec();
            part.remove(gone);
            let (_, body) = thing("Address", &part).body("z", &zaak());
            assert_eq!(body["objectType"], "overige", "{part:?}");
            assert_eq!(body["objectTypeOverige"], "address");
        }
    }

    #[test]
    fn who_may_not_read_a_number_hands_none_over() {
        let (path, body) = thing("Person", &[("family_name", "Vrijhof")]).body("z", &zaak());
        assert_eq!(path, "rollen");
        let person = &body["betrokkeneIdentificatie"];
        assert_eq!(person["anpIdentificatie"], "7xq7j378be64v");
        assert_eq!(person.get("inpBsn"), None);
        let (_, body) = thing("Person", &[("bsn", "999993653")]).body("z", &zaak());
        assert_eq!(
            body["betrokkeneIdentificatie"],
            json!({ "inpBsn": "999993653" })
        );
        let (_, body) = thing(
            "Branch",
            &[("branch_number", "000038509504"), ("name", "Bar")],
        )
        .body("z", &zaak());
        assert_eq!(body["betrokkeneType"], "vestiging");
        assert_eq!(other_type("EnergyConnection2"), "energy_connection");
    }
}
