//! Words that tell of what must never decide about people: nationality, birth country, residence title, religion,
//! health, name origin, and what else the GDPR (article 9) sets apart.
//!
//! INVARIANT (protected facts are no pattern input, DESIGN P5): a property that says one of these by its name has the class
//! `protected`, and a column that says one of these may feed such a property only. The list is here and nowhere else.
//! It errs on the side of refusing: who means something else chooses another name.

/// Parts of names, sought in the name without blanks, dashes, case and diacritics: `geboorteland`, `Birth_Country` and
/// `country-of-birth` are all found.
const STEMS: [&str; 44] = [
    // Nationality and birth country.
    "nationalit",
    "staatsburgerschap",
    "citizenship",
    "geboorteland",
    "landvangeboorte",
    "geboorteplaats",
    "birthcountry",
    "countryofbirth",
    "birthplace",
    "placeofbirth",
    "migratieachtergrond",
    "migrationbackground",
    "allochtoon",
    // Residence title.
    "residencetitle",
    "residencepermit",
    "residencestatus",
    "verblijfstitel",
    "verblijfsvergunning",
    "verblijfsstatus",
    "asielstatus",
    "asylumstatus",
    // Religion and conviction.
    "religi",
    "godsdienst",
    "kerkgenootschap",
    "geloofsovertuiging",
    "levensovertuiging",
    "politiekevoorkeur",
    "politicalopinion",
    "vakbondslid",
    "tradeunion",
    // Origin.
    "etnici",
    "etnisch",
    "ethnic",
    "huidskleur",
    "skincolo",
    "nameorigin",
    "originofname",
    "naamherkomst",
    "herkomstnaam",
    "herkomstvannaam",
    // Health and private life.
    "gezondheidstoestand",
    "medischdossier",
    "seksuelegeaardheid",
    "sexualorientation",
];

/// Whole words of a name; as parts of other words they would be found everywhere.
const WORDS: [&str; 27] = [
    "afkomst",
    "beperkingen",
    "biometrie",
    "biometric",
    "diagnose",
    "diagnosis",
    "disability",
    "geaardheid",
    "geloof",
    "genetic",
    "genetisch",
    "gezondheid",
    "handicap",
    "health",
    "illness",
    "kerk",
    "medical",
    "medisch",
    "medische",
    "medicatie",
    "medication",
    "race",
    "ras",
    "stoornis",
    "verslaving",
    "ziekte",
    "ziektebeeld",
];

/// Elements of the BRP by their numbers in LO3: nationality (category 04), residence title (10), and the places and
/// countries of birth in any category (03.20, 03.30).
const LO3_CATEGORIES: [&str; 2] = ["04", "10"];
const LO3_ELEMENTS: [&str; 2] = ["03.20", "03.30"];

/// Whether a name of a property, column, field or label says something that is protected.
pub fn says_protected(name: &str) -> bool {
    let plain = deunicode::deunicode(name);
    let squashed: String = plain
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    if STEMS.iter().any(|stem| squashed.contains(stem)) {
        return true;
    }
    words(&plain)
        .iter()
        .any(|word| WORDS.contains(&word.as_str()))
}

/// Whether a field of an LO3 list, `01.03.30` or a path to one, is protected.
pub fn is_protected_lo3(field: &str) -> bool {
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = field
        .split(|sign: char| !sign.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let numbered: Vec<&str> = parts.iter().copied().filter(|part| digits(part)).collect();
    match numbered.as_slice() {
        [category, ..] if LO3_CATEGORIES.contains(category) => true,
        [.., group, element] => LO3_ELEMENTS.contains(&format!("{group}.{element}").as_str()),
        _ => false,
    }
}

/// The words of a name: parted by signs, and where small letters turn into capitals.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_is_small = false;
    for letter in name.chars() {
        let parts =
            !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && before_is_small);
        if parts {
            words.push(String::new());
        }
        before_is_small = letter.is_ascii_lowercase();
        if letter.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protected_facts_are_known_by_their_names_in_both_languages() {
        for name in [
            "nationality",
            "Nationaliteiten",
            "first_nationaliteit",
            "geboortelandCode",
            "Birth_Country",
            "country of birth",
            "birthplace",
            "verblijfstitel",
            "residence-title",
            "religieuze_stroming",
            "godsdienst",
            "HAS_HEALTH",
            "healthStatus",
            "etniciteit",
            "étnicité ethnic",
            "name_origin",
            "naamHerkomst",
            "ras",
            "medische gegevens",
        ] {
            assert!(says_protected(name), "{name}");
        }
    }

    #[test]
    fn other_names_are_left_alone() {
        for name in [
            "birth_date",
            "geboortedatum",
            "country",
            "land",
            "straat",
            "terras",
            "status",
            "gezondheidszorgfunctie",
            "international",
            "trace",
            "origin",
            "nhs_no",
            "verblijfplaats",
        ] {
            assert!(!says_protected(name), "{name}");
        }
    }

    #[test]
    fn protected_elements_of_the_brp_are_known_by_their_numbers() {
        for field in [
            "04.05.10",
            "10.39.10",
            "01.03.30",
            "09[0].03.20",
            "05.03.30",
        ] {
            assert!(is_protected_lo3(field), "{field}");
        }
        for field in ["01.03.10", "08.10.30", "01.01.20", "08.11.10", "naam", ""] {
            assert!(!is_protected_lo3(field), "{field}");
        }
    }
}
