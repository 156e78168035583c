//! Writes a draft as TOML.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::super::source::Format;
use super::Kind;
use super::column::Column;
use crate::model::check::Check;
use crate::model::protected::says_protected;
use crate::model::{DateFormat, PropertyClass, Schema, ValueType};

/// The name of a format in a source file.
pub(super) fn format_name(format: Format) -> &'static str {
    match format {
        Format::Csv => "csv",
        Format::Json => "json",
        Format::JsonLines => "json-lines",
        Format::BagExtract => "bag-extract",
        Format::Lo3Csv => "lo3-csv",
        Format::Excel => "excel",
        Format::Parquet => "parquet",
        Format::Neo4jCsv => "neo4j-csv",
        Format::FollowTheMoney => "follow-the-money",
        Format::Graphml => "graphml",
        Format::Gml => "gml",
    }
}

/// The beginning of a source file.
pub(super) fn head(file: &str, format: Format) -> String {
    let stem = file.split('.').next().unwrap_or(file);
    let name = match snake(stem).as_str() {
        "" => "source".to_owned(),
        name => name.replace('_', "-"),
    };
    format!(
        "[source]\nname = {}\ntitle = {}\nformat = {}\nfiles = [{}]\n\n[marking]\n\
         organisation = \"gemeente\"  # who owns what it says\n\
         department = \"onbekend\"\n\
         level = \"zeer_geheim\"  # the safe side: lower it when it is known who may see this\n\
         purposes = []  # what it was collected for\n",
        quoted(&name),
        quoted(stem),
        quoted(format_name(format)),
        quoted(file),
    )
}

/// The whole source file.
pub(super) fn source_file(
    file: &str,
    format: Format,
    kinds: &[Kind],
    read_as: Option<&str>,
) -> String {
    let mut text = format!(
        "# A draft, made of the first records of {}. Read it before you load: labels, classes and keys are guesses.\n",
        comment(file)
    );
    if let Some(read_as) = read_as {
        let _ = writeln!(text, "# Read as {}.", comment(read_as));
    }
    text.push('\n');
    text.push_str(&head(file, format));
    let mut labels = HashSet::new();
    let mut schema = String::new();
    let mut rules = String::new();
    let mut named: Vec<&'static str> = Vec::new();
    let mut own_labels = Vec::new();
    for kind in kinds {
        let stem = kind
            .name
            .as_deref()
            .unwrap_or_else(|| file.split('.').next().unwrap_or(file));
        let label = unique(&camel(stem), &mut labels);
        let made = Made::new(kind, &label);
        schema.push_str(&made.schema);
        rules.push_str(&made.rules);
        for one in made.named {
            if !named.contains(&one) {
                named.push(one);
            }
        }
        own_labels.push(quoted(&label));
    }
    text.push_str(&schema);
    if !named.is_empty() {
        let ends: Vec<String> = named.iter().map(|label| quoted(label)).collect();
        let _ = write!(
            text,
            "\n# What a record names by a number that other sources use too.\n[[schema.edge]]\nlabel = \"NAMES\"\n\
             title = {{ nl = \"noemt\", en = \"names\" }}\nfrom = [{}]\nto = [{}]\n",
            own_labels.join(", "),
            ends.join(", ")
        );
    }
    text.push_str(&rules);
    text
}

/// A kind of records, written.
struct Made {
    schema: String,
    rules: String,
    named: Vec<&'static str>,
}

impl Made {
    fn new(kind: &Kind, label: &str) -> Self {
        let mut schema = format!(
            "\n[[schema.node]]\nlabel = {}\ntitle = {{ nl = {}, en = {} }}\nkeys = [{{ namespace = \"draft\" }}]\n",
            quoted(label),
            quoted(label),
            quoted(label)
        );
        let mut rules = String::from("\n[[record]]\n");
        if let Some(name) = &kind.name {
            let names: Vec<String> = name.split(';').map(quoted).collect();
            let _ = writeln!(rules, "kind = [{}]", names.join(", "));
        }
        let usable = |column: &&Column| !says_protected(&column.name) && is_field(&column.name);
        let left_out: Vec<&str> = kind
            .columns
            .iter()
            .filter(|column| !usable(column))
            .map(|column| column.name.as_str())
            .collect();
        for name in &left_out {
            let why = match says_protected(name) {
                true => "it says something protected, which may never decide about people",
                false => "its name cannot stand in a rule",
            };
            let _ = writeln!(rules, "# Left out: {} ({why}).", comment(name));
        }
        for name in &kind.left_out {
            let _ = writeln!(
                rules,
                "# Left out: {} (more columns than a draft has).",
                comment(name)
            );
        }
        let columns: Vec<&Column> = kind.columns.iter().filter(usable).collect();
        let keys = columns
            .iter()
            .filter_map(|column| column.as_key(kind.records).map(|rank| (rank, *column)));
        let key = keys.min_by_key(|(rank, _)| *rank).map(|(_, column)| column);
        rules.push_str("[[record.node]]\nas = \"record\"\n");
        let _ = writeln!(rules, "label = {}", quoted(label));
        match key {
            Some(column) => {
                let _ = writeln!(
                    rules,
                    "key = {}",
                    quoted(&format!("draft:{label} {{{}}}", column.name))
                );
            }
            None => {
                let all: Vec<String> = columns
                    .iter()
                    .map(|column| format!("{{{}?}}", column.name))
                    .collect();
                rules.push_str("# No column tells the records apart: all of them together do.\n");
                let _ = writeln!(
                    rules,
                    "key = {}",
                    quoted(&format!("draft:{label} {}", all.join(" ")))
                );
            }
        }
        let (definitions, values) = properties(&columns);
        if !definitions.is_empty() {
            let _ = write!(schema, "properties = [\n{definitions}]\n");
            let _ = write!(rules, "[record.node.properties]\n{values}");
        }
        let named = mentions(&columns, &mut rules);
        Self {
            schema,
            rules,
            named,
        }
    }
}

fn properties(columns: &[&Column]) -> (String, String) {
    let mut names = HashSet::new();
    let (mut definitions, mut values) = (String::new(), String::new());
    for column in columns {
        if column.is_empty() {
            let _ = writeln!(
                values,
                "# {}: empty in all records that were looked at",
                comment(&column.name)
            );
            continue;
        }
        let name = unique(&property_name(&column.name), &mut names);
        let (value_type, format) = column.value_type();
        let check = column.check();
        let mut definition = format!(
            "  {{ name = {}, type = {}",
            quoted(&name),
            quoted(type_name(value_type))
        );
        let class = column.class();
        if class != PropertyClass::Ordinary {
            let _ = write!(definition, ", class = {}", quoted(class.name()));
        }
        if let Some(check) = check {
            let _ = write!(
                definition,
                ", check = {}, find = \"number\"",
                quoted(check_name(check))
            );
        }
        let title = quoted(&column.name);
        let _ = writeln!(
            definitions,
            "{definition}, title = {{ nl = {title}, en = {title} }} }},"
        );
        let value = match format {
            Some(DateFormat::Compact) => format!("{{ field = {title}, format = \"compact\" }}"),
            Some(DateFormat::Dmy) => format!("{{ field = {title}, format = \"dmy\" }}"),
            Some(_) | None => title,
        };
        if let Some(check) = check
            && column.failing(check) > 0
        {
            let _ = writeln!(
                values,
                "# {} of the values that were looked at are not {}: their records will be refused",
                column.failing(check),
                check.demand()
            );
        }
        let _ = writeln!(values, "{name} = {value}");
    }
    (definitions, values)
}

/// Nodes of the municipal schema that a record names by numbers that other sources use too.
fn mentions(columns: &[&Column], rules: &mut String) -> Vec<&'static str> {
    let mut named = Vec::new();
    for column in columns {
        let (label, namespace, name) = match column.check() {
            Some(Check::Bsn) => ("Person", "bsn", "person"),
            Some(Check::Kvk) => ("Company", "kvk", "company"),
            Some(Check::Branch) => ("Branch", "branch", "branch"),
            Some(Check::Plate) => ("Vehicle", "plate", "vehicle"),
            // Ids of house numbers and of premises look alike but for two digits; the name tells which a column holds.
            Some(Check::Bag) if column.name.to_lowercase().contains("nummeraanduiding") => {
                ("Address", "bag_number", "address")
            }
            Some(Check::Bag) => ("Address", "bag_object", "address"),
            Some(Check::BagBuilding) => ("Building", "bag_building", "building"),
            Some(Check::ANumber | Check::Rsin | Check::Postcode | Check::Ean | Check::Shape)
            | None => continue,
        };
        // One of each: which of two the record is about a draft cannot tell.
        if named.contains(&label) {
            continue;
        }
        named.push(label);
        let key = quoted(&format!("{namespace}:{{{}}}", column.name));
        let _ = write!(
            rules,
            "[[record.node]]\nas = \"{name}\"\nlabel = \"{label}\"\nkey = {key}\nmention = true\noptional = true\n"
        );
    }
    for label in &named {
        let name = label.to_lowercase();
        let _ = write!(
            rules,
            "[[record.edge]]\nlabel = \"NAMES\"\nfrom = \"record\"\nto = \"{name}\"\n"
        );
    }
    named
}

/// Whether a name can stand in a template.
fn is_field(name: &str) -> bool {
    !name.is_empty() && !name.ends_with('?') && !name.contains(['{', '}', '\n', '\r'])
}

fn type_name(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::Text => "text",
        ValueType::Integer => "integer",
        ValueType::Decimal => "decimal",
        ValueType::Boolean => "boolean",
        ValueType::Date => "date",
    }
}

fn check_name(check: Check) -> &'static str {
    match check {
        Check::Bsn => "bsn",
        Check::Rsin => "rsin",
        Check::ANumber => "a_number",
        Check::Kvk => "kvk",
        Check::Branch => "branch",
        Check::Bag => "bag",
        Check::BagBuilding => "bag_building",
        Check::Postcode => "postcode",
        Check::Ean => "ean",
        Check::Plate => "plate",
        Check::Shape => "shape",
    }
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A text that stays on its line.
fn comment(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { '?' } else { letter })
        .collect()
}

fn snake(text: &str) -> String {
    let mut name = String::new();
    let mut before_is_small = false;
    for letter in deunicode::deunicode(text).chars() {
        if letter.is_ascii_alphanumeric() {
            if letter.is_ascii_uppercase() && before_is_small {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        before_is_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
    }
    name.trim_end_matches('_').to_owned()
}

fn property_name(column: &str) -> String {
    match snake(column).as_str() {
        "" => "column".to_owned(),
        name if name.starts_with(|first: char| first.is_ascii_digit()) => format!("column_{name}"),
        // A name that is protected only without the signs of its column would be refused by the schema.
        name if says_protected(name) => "column".to_owned(),
        name => name.to_owned(),
    }
}

/// A label: that of no municipal one, and saying nothing protected.
fn camel(text: &str) -> String {
    let label: String = snake(text)
        .split('_')
        .map(|word| {
            let mut letters = word.chars();
            match letters.next() {
                Some(first) => first.to_ascii_uppercase().to_string() + letters.as_str(),
                None => String::new(),
            }
        })
        .collect();
    let is_taken = Schema::municipal().is_ok_and(|schema| schema.node_label(&label).is_some());
    match label.as_str() {
        "" => "Record".to_owned(),
        name if says_protected(name) => "Record".to_owned(),
        name if name.starts_with(|first: char| first.is_ascii_digit()) => format!("Record{name}"),
        name if is_taken => format!("Drafted{name}"),
        name => name.to_owned(),
    }
}

fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name}_{number}");
        number += 1;
    }
    candidate
}
