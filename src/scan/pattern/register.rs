//! The entry of a pattern in the Dutch algorithm register, publication standard 1.0.0.
//!
//! The fields are those of the standard by their Dutch names, in its order. What the file does not say is left out: a
//! register that is filled with guesses informs nobody.

use serde_json::{Map, Value, json};

use super::Pattern;
use crate::model::Schema;

/// Who publishes: what no pattern file can know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterOffice {
    /// Name of the organisation.
    pub organisation: String,
    /// Address of mail or page that questions go to.
    pub contact: String,
}

/// Most characters of some fields of the standard.
const DESCRIPTION_MAX: usize = 350;
const FIELD_MAX: usize = 2_500;
const TECHNIQUE_MAX: usize = 5_000;

/// What stands for every pattern of this program.
const HUMAN: &str = "Een markering is nooit een besluit. Een medewerker leest de markering met al haar gronden, zoekt uit of zij klopt en \
legt een oordeel vast met een reden (bruikbaar, niet bruikbaar, onjuiste gegevens). Pas daarna kan een zaak worden geopend. \
Delen buiten de eigen organisatie vraagt een tweede persoon.";
const RISK: &str = "Nationaliteit, geboorteland, verblijfstitel, geloof, gezondheid en herkomst van de naam kunnen niet in een patroon staan: dat wordt \
bij het laden en bij het controleren van het patroon geweigerd. Elke markering noemt haar gronden, verloopt vanzelf en kan worden \
weerlegd. Per patroon worden het aandeel bruikbare markeringen en de spreiding over wijken bijgehouden; een patroon dat weinig oplevert \
of scheef verdeelt, wordt buiten gebruik gesteld.";

/// Makes the entry.
pub fn register_entry(pattern: &Pattern, office: &RegisterOffice, schema: &Schema) -> Value {
    let front = &pattern.front;
    let fields = &front.register;
    let mut entry = Map::new();
    let mut put = |name: &str, value: Value| {
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
        };
        if !is_empty {
            entry.insert(name.to_owned(), value);
        }
    };
    put("Schema", json!("1.0.0"));
    put("Taal", json!("nld"));
    put("Naam", json!(front.title.nl));
    put(
        "Omschrijving",
        json!(cut(&front.meaning.nl, DESCRIPTION_MAX)),
    );
    put("Organisatie", json!(office.organisation));
    put("Thema", json!(fields.themes));
    put("Status", json!(front.status.register_word()));
    put("Begindatum", json!(fields.begin));
    put("Einddatum", json!(fields.end));
    put("Contactgegevens", json!(office.contact));
    put("Publicatiecategorie", json!(fields.category));
    put("Doel en impact", json!(cut(&fields.goal, FIELD_MAX)));
    put(
        "Afwegingen",
        json!(cut(&considerations(pattern), FIELD_MAX)),
    );
    put("Menselijke tussenkomst", json!(HUMAN));
    put("Risicobeheer", json!(RISK));
    put(
        "Wettelijke basis",
        json!(cut(&front.legal.basis, FIELD_MAX)),
    );
    put("Link wettelijke basis", json!(front.legal.link));
    put("Impacttoetsen", json!(front.legal.dpia));
    put("Gegevens", json!(cut(&data(pattern, schema), FIELD_MAX)));
    put(
        "Technische werking",
        json!(cut(&technique(pattern), TECHNIQUE_MAX)),
    );
    put("Bron-ID", json!(format!("{} v{}", front.id, front.version)));
    Value::Object(entry)
}

fn considerations(pattern: &Pattern) -> String {
    let known: Vec<String> = pattern
        .front
        .falsepositives
        .iter()
        .map(|one| format!("- {}", one.nl))
        .collect();
    format!(
        "{}\n\nBekende onterechte treffers:\n{}",
        pattern.front.register.considerations,
        known.join("\n")
    )
}

/// The labels and properties that the query can look at, by their Dutch titles.
fn data(pattern: &Pattern, schema: &Schema) -> String {
    let inspects = pattern.compiled.inspects();
    let mut lines = Vec::new();
    for name in &inspects.nodes {
        if let Some((_, label)) = schema.node_label(name) {
            let properties = titles(pattern, name, |property| {
                label
                    .property(property)
                    .map(|(_, found)| found.title.nl.clone())
            });
            lines.push(format!("{}{properties}", label.title.nl));
        }
    }
    for name in &inspects.edges {
        if let Some((_, label)) = schema.edge_label(name) {
            let properties = titles(pattern, name, |property| {
                label
                    .property(property)
                    .map(|(_, found)| found.title.nl.clone())
            });
            lines.push(format!("Verband: {}{properties}", label.title.nl));
        }
    }
    lines.join("\n")
}

fn titles(pattern: &Pattern, label: &str, title: impl Fn(&str) -> Option<String>) -> String {
    let properties = &pattern.compiled.inspects().properties;
    let found: Vec<String> = properties
        .iter()
        .filter(|(of, _)| of == label)
        .filter_map(|(_, property)| title(property))
        .collect();
    if found.is_empty() {
        String::new()
    } else {
        format!(": {}", found.join(", "))
    }
}

fn technique(pattern: &Pattern) -> String {
    let mut text = "Een vaste regel zoekt in het verband van registers en meldingen; er wordt niets geleerd en niets voorspeld. \
De regel geeft per treffer de gronden waaruit die bestaat. Grenzen die de organisatie instelt:\n"
        .to_owned();
    for (name, parameter) in &pattern.front.params {
        text.push_str(&format!(
            "- {} ({name}): {}, van {} tot {}. Bron: {}\n",
            parameter.title.nl, parameter.default, parameter.min, parameter.max, parameter.source
        ));
    }
    text.push_str(&format!(
        "Een markering verloopt na {} dagen.",
        pattern.front.retention_days
    ));
    text
}

/// At most so many characters, cut at the end of a word.
fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let head: String = text.chars().take(max.saturating_sub(1)).collect();
    let kept = head
        .rfind(' ')
        .map_or(head.as_str(), |at| head.get(..at).unwrap_or(&head));
    format!("{kept}…")
}
