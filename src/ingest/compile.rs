//! From the rules as spelled to the rules as run: every name is looked up here, once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::protected::{is_protected_lo3, says_protected};
use crate::model::{
    DateFormat, Day, DeliveryKind, Level, Marking, NodeLabel, PropertyClass, PropertyDef,
    PropertyId, Schema, ValueType,
};

use super::code_table;
use super::error::{IngestError, hint};
use super::formats::bag_extract;
use super::mapping::{
    AliasRule, Condition, Conditions, EdgeRule, KeyRule, Mapping, MarkingRule, NodeRule,
    PropertyRule, RuleSet, Setting, Start, ValidityRule, ValueRule, Way,
};
use super::record::{FieldId, Fields, Lookup, Path};
use super::rules::{
    AliasToml, BoundToml, ConditionToml, EdgeToml, MarkingToml, NodeToml, RecordToml, SettingToml,
    TableToml, Texts, ValidToml, ValueToml, WayToml, When,
};
use super::source::{Format, Kinds, SourceFile};
use super::template::Template;

/// Resolves the rules of a source file.
///
/// # Errors
/// [`IngestError::Rule`] for the first rule that names what is not there, with its place and the nearest right name.
pub(crate) fn compile(source: &SourceFile, schema: &Schema) -> Result<Mapping, IngestError> {
    let section = &source.toml.source;
    let fault = |rule: String, message: String| IngestError::Rule {
        place: source.place().to_owned(),
        rule,
        message,
    };
    if section.format != Format::Json && !section.records.0.is_empty() {
        let message = "only the format `json` has `records`".to_owned();
        return Err(fault("source".to_owned(), message));
    }
    if source.toml.csv.separator.is_some_and(|one| !one.is_ascii()) {
        let message = "the separator must be an ASCII character".to_owned();
        return Err(fault("csv".to_owned(), message));
    }
    let mut compiler = Compiler {
        schema,
        format: section.format,
        dates: section.dates,
        level: source.toml.marking.level,
        fields: Fields::default(),
        node_rule_names: Vec::new(),
        lookup: Lookup::Record,
        each: String::new(),
        used: BTreeSet::new(),
        feeds_protected: false,
        base_directory: source.base_directory().to_owned(),
        tables: HashMap::new(),
        place: String::new(),
    };
    let mut rule_sets = Vec::new();
    for (position, record) in source.toml.records.iter().enumerate() {
        let line = source.line_of(record.span().start);
        compiler.place = format!("record {} (line {line})", position + 1);
        let rule_set = compiler
            .rule_set(record.get_ref(), position + 1)
            .map_err(|message| fault(compiler.place.clone(), message))?;
        rule_sets.push(rule_set);
    }
    if rule_sets.is_empty() {
        let message = "a source file needs at least one `[[record]]`".to_owned();
        return Err(fault("record".to_owned(), message));
    }
    check_kind(source, &rule_sets).map_err(|(place, message)| fault(place, message))?;
    let marking = &source.toml.marking;
    Ok(Mapping {
        fields: compiler.fields,
        marking: Arc::new(Marking {
            organisation: marking.organisation.clone(),
            department: marking.department.clone(),
            level: marking.level,
            source: section.name.clone(),
            purposes: marking.purposes.0.iter().cloned().collect(),
        }),
        rule_sets,
        node_rule_names: compiler.node_rule_names,
        node_labels: schema.nodes.iter().map(|node| node.label.clone()).collect(),
        edge_labels: schema.edges.iter().map(|edge| edge.label.clone()).collect(),
    })
}

/// Whether the rules have what the kind of the delivery needs.
fn check_kind(source: &SourceFile, rule_sets: &[RuleSet]) -> Result<(), (String, String)> {
    let share = source.superseded_share_max();
    if !(0.0..=1.0).contains(&share) {
        let message = format!("{share} is no share: write a number from 0 to 1");
        return Err(("superseded_share_max".to_owned(), message));
    }
    match source.kind() {
        DeliveryKind::Addition | DeliveryKind::Full => Ok(()),
        DeliveryKind::Delta | DeliveryKind::Correction => {
            let mut rules = rule_sets.iter().zip(1..);
            let lacking = rules.find(|(one, _)| one.identity.is_none() && one.set_aside.is_none());
            match lacking {
                None => Ok(()),
                Some((_, number)) => Err((
                    format!("record {number}"),
                    "a delta or correction takes the place of what its records said before, so it must be known which \
                     record is which: add `identity`, such as `identity = \"{number}\"`"
                        .to_owned(),
                )),
            }
        }
        DeliveryKind::Withdrawal => Err((
            "kind".to_owned(),
            "a delivery is taken back by `verband store withdraw`, not by loading one".to_owned(),
        )),
    }
}

struct Compiler<'s> {
    schema: &'s Schema,
    format: Format,
    dates: DateFormat,
    level: Level,
    fields: Fields,
    node_rule_names: Vec<String>,
    /// What the rule set at hand runs on.
    lookup: Lookup,
    /// The list whose items it runs on, as the rule spells it.
    each: String,
    /// Fields that it names.
    used: BTreeSet<FieldId>,
    /// Whether the value at hand is for a property of the class `protected`.
    feeds_protected: bool,
    base_directory: PathBuf,
    /// Code tables that were read, by file and columns.
    tables: HashMap<String, HashMap<String, String>>,
    /// Where the compiler is, for errors.
    place: String,
}

impl Compiler<'_> {
    fn rule_set(&mut self, record: &RecordToml, number: usize) -> Result<RuleSet, String> {
        let kinds = self.kinds(record.kind.as_ref())?;
        let files = patterns(&record.file)?;
        self.lookup = match (self.format.has_rows(), &record.each) {
            (true, _) => Lookup::Column,
            (false, None) => Lookup::Record,
            (false, Some(_)) => Lookup::Item,
        };
        self.used.clear();
        self.each = record.each.clone().unwrap_or_default();
        let each = match &record.each {
            Some(_) if self.format.has_rows() => {
                return Err("rows have no lists for `each`".to_owned());
            }
            Some(path) => {
                self.allow(path)?;
                Some(Path::parse(path)?)
            }
            None => None,
        };
        let when = self.conditions(&record.when)?;
        if record.set_aside.is_some() {
            let has_rules =
                !(record.node.is_empty() && record.edge.is_empty() && record.alias.is_empty());
            if has_rules || record.each.is_some() || record.identity.is_some() {
                return Err("`set_aside` goes with `kind` and `when` alone".to_owned());
            }
        }
        let identity = match &record.identity {
            Some(text) => Some(self.template(text)?),
            None => None,
        };
        let base = self.place.clone();
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let mut nodes = Vec::new();
        for (position, node) in record.node.iter().enumerate() {
            self.place = format!("{base}, node `{}`", node.name);
            if names.insert(node.name.clone(), position).is_some() {
                return Err(format!("another node of this rule set is `{}`", node.name));
            }
            self.node_rule_names
                .push(format!("record {number}, node `{}`", node.name));
            nodes.push(self.node(node)?);
        }
        let mut edges = Vec::new();
        for (position, edge) in record.edge.iter().enumerate() {
            self.place = format!("{base}, edge {} `{}`", position + 1, edge.label);
            edges.push(self.edge(edge, &names, &nodes)?);
        }
        let mut aliases = Vec::new();
        for (position, alias) in record.alias.iter().enumerate() {
            self.place = format!("{base}, alias {} `{}`", position + 1, alias.label);
            aliases.push(self.alias(alias)?);
        }
        let mut markings = Vec::new();
        for (position, marking) in record.marking.iter().enumerate() {
            self.place = format!("{base}, marking {}", position + 1);
            if marking.level.is_some() && !aliases.is_empty() {
                // A merge that only hidden records prove would itself tell of them.
                return Err("a rule set with aliases cannot change the level".to_owned());
            }
            markings.push(self.marking(marking)?);
        }
        self.place = base;
        Ok(RuleSet {
            kinds,
            files,
            fields: self.used.iter().copied().collect(),
            each,
            when,
            set_aside: record.set_aside.clone(),
            identity,
            markings,
            nodes,
            edges,
            aliases,
        })
    }

    fn kinds(&self, kinds: Option<&Texts>) -> Result<Vec<String>, String> {
        let Some(kinds) = kinds else {
            return Ok(Vec::new());
        };
        for kind in &kinds.0 {
            match self.format.kinds() {
                Kinds::None => return Err("this format has no kinds".to_owned()),
                Kinds::Listed(known) if !known.contains(&kind.as_str()) => {
                    let nearest = hint(kind, known.iter().copied());
                    return Err(format!("this format has no kind `{kind}`{nearest}"));
                }
                Kinds::Listed(_) | Kinds::Any => {}
            }
        }
        Ok(kinds.0.clone())
    }

    fn node(&mut self, node: &NodeToml) -> Result<NodeRule, String> {
        let schema = self.schema;
        let (label, definition) = schema
            .node_label(&node.label)
            .ok_or_else(|| unknown_node_label(schema, &node.label))?;
        if node.key.0.is_empty() {
            return Err("a node needs a key".to_owned());
        }
        let mut keys = Vec::new();
        for key in &node.key.0 {
            keys.push(self.key(key, definition)?);
        }
        let says_something =
            !node.properties.is_empty() || node.valid.from.is_some() || node.valid.to.is_some();
        if node.mention && says_something {
            return Err("a mention says nothing: it has no properties and no validity".to_owned());
        }
        Ok(NodeRule {
            number: self.node_rule_names.len() - 1,
            label,
            keys,
            mention: node.mention,
            optional: node.optional,
            when: self.conditions(&node.when)?,
            validity: self.validity(&node.valid)?,
            properties: self.properties(&node.properties, &definition.properties, &node.label)?,
        })
    }

    fn key(&mut self, text: &str, definition: &NodeLabel) -> Result<KeyRule, String> {
        let label = &definition.label;
        let (namespace, value) = text
            .split_once(':')
            .ok_or_else(|| format!("the key `{text}` has no namespace (`namespace:value`)"))?;
        let space = definition
            .keys
            .iter()
            .find(|space| space.namespace == namespace)
            .ok_or_else(|| {
                let names = definition.keys.iter().map(|space| space.namespace.as_str());
                format!(
                    "`{label}` has no keys in a namespace `{namespace}`{}",
                    hint(namespace, names)
                )
            })?;
        Ok(KeyRule {
            namespace: space.namespace.clone(),
            check: space.check,
            template: self.template(value)?,
        })
    }

    fn edge(
        &mut self,
        edge: &EdgeToml,
        names: &BTreeMap<String, usize>,
        nodes: &[NodeRule],
    ) -> Result<EdgeRule, String> {
        let schema = self.schema;
        let (label, definition) = schema.edge_label(&edge.label).ok_or_else(|| {
            let labels = schema.edges.iter().map(|known| known.label.as_str());
            let nearest = hint(&edge.label, labels);
            format!("the schema has no edge label `{}`{nearest}", edge.label)
        })?;
        let end = |name: &str, side: &str, allowed: &[String]| -> Result<usize, String> {
            let position = *names.get(name).ok_or_else(|| {
                let nearest = hint(name, names.keys().map(String::as_str));
                format!("no node of this rule set is `{name}`{nearest}")
            })?;
            let node_label = nodes
                .get(position)
                .and_then(|node| schema.node(node.label))
                .map_or("", |node| node.label.as_str());
            if allowed.iter().any(|one| one == node_label) {
                return Ok(position);
            }
            Err(format!(
                "`{}` cannot {side} a `{node_label}`, only {}",
                edge.label,
                allowed.join(", ")
            ))
        };
        let from = end(&edge.from, "start at", &definition.from)?;
        let to = end(&edge.to, "end at", &definition.to)?;
        Ok(EdgeRule {
            label,
            from,
            to,
            key: edge
                .key
                .as_deref()
                .map(|key| self.template(key))
                .transpose()?,
            when: self.conditions(&edge.when)?,
            validity: self.validity(&edge.valid)?,
            properties: self.properties(&edge.properties, &definition.properties, &edge.label)?,
        })
    }

    fn alias(&mut self, alias: &AliasToml) -> Result<AliasRule, String> {
        if self.level != Level::Openbaar {
            return Err(format!(
                "aliases are accepted of sources of level `openbaar` only, this is `{}`",
                self.level.name()
            ));
        }
        let schema = self.schema;
        let (label, definition) = schema
            .node_label(&alias.label)
            .ok_or_else(|| unknown_node_label(schema, &alias.label))?;
        Ok(AliasRule {
            label,
            from: self.key(&alias.from, definition)?,
            to: self.key(&alias.to, definition)?,
            when: self.conditions(&alias.when)?,
            validity: self.validity(&alias.valid)?,
        })
    }

    fn properties(
        &mut self,
        rules: &BTreeMap<String, ValueToml>,
        definitions: &[PropertyDef],
        label: &str,
    ) -> Result<Vec<PropertyRule>, String> {
        let mut properties = Vec::new();
        for (name, value) in rules {
            let position = definitions
                .iter()
                .position(|property| property.name == *name);
            let Some((position, definition)) =
                position.and_then(|position| Some((position, definitions.get(position)?)))
            else {
                let nearest = hint(name, definitions.iter().map(|known| known.name.as_str()));
                return Err(format!("`{label}` has no property `{name}`{nearest}"));
            };
            let is_date = definition.value_type == ValueType::Date;
            if !is_date && value.0.iter().any(|way| way.format.is_some()) {
                return Err(format!("`{name}` is no date, so it has no `format`"));
            }
            self.feeds_protected = definition.class == PropertyClass::Protected;
            let value = self.value(value, None);
            self.feeds_protected = false;
            properties.push(PropertyRule {
                id: PropertyId(position as u8),
                value_type: definition.value_type,
                check: definition.check,
                value: value.map_err(|error| format!("property `{name}`: {error}"))?,
            });
        }
        properties.sort_by_key(|property| property.id);
        Ok(properties)
    }

    fn validity(&mut self, valid: &ValidToml) -> Result<ValidityRule, String> {
        let mut bound = |value: &Option<ValueToml>| match value {
            Some(value) => self.value(value, valid.format).map(Some),
            None => Ok(None),
        };
        Ok(ValidityRule {
            from: bound(&valid.from)?,
            to: bound(&valid.to)?,
        })
    }

    fn value(
        &mut self,
        value: &ValueToml,
        format: Option<DateFormat>,
    ) -> Result<ValueRule, String> {
        if value.0.is_empty() {
            return Err("a value rule names nothing".to_owned());
        }
        let mut ways = Vec::new();
        for way in &value.0 {
            ways.push(self.way(way, format)?);
        }
        Ok(ValueRule { ways })
    }

    fn way(&mut self, way: &WayToml, format: Option<DateFormat>) -> Result<Way, String> {
        let start = match (&way.field, &way.template, &way.text, &way.join) {
            (Some(field), None, None, None) => Start::Field(self.field(field)?),
            (Some(field), None, None, Some(between)) => {
                Start::Joined(self.field(field)?, between.clone())
            }
            (None, Some(template), None, None) => Start::Template(self.template(template)?),
            (None, None, Some(text), None) => Start::Fixed(text.clone()),
            _ => {
                let demand = "a value rule has exactly one of `field`, `template` and `text`; `join` goes with `field`";
                return Err(demand.to_owned());
            }
        };
        if way.other.is_some() && way.map.is_none() && way.table.is_none() {
            return Err("`other` goes with `map` or `table`".to_owned());
        }
        let map = match (&way.map, &way.table) {
            (Some(_), Some(_)) => {
                return Err("a value rule has a `map` or a `table`, not both".to_owned());
            }
            (Some(map), None) => Some(map.clone().into_iter().collect()),
            (None, Some(table)) => Some(self.table(table)?),
            (None, None) => None,
        };
        Ok(Way {
            start,
            not: way.not.0.iter().cloned().collect(),
            map,
            other: way.other.clone(),
            pad: way.pad.unwrap_or(0).min(PAD_MAX),
            format: way.format.or(format).unwrap_or(self.dates),
            min: way.min.as_ref().map(bound).transpose()?,
            max: way.max.as_ref().map(bound).transpose()?,
        })
    }

    /// Reads a code table, each once.
    fn table(&mut self, table: &TableToml) -> Result<HashMap<String, String>, String> {
        for column in [&table.code, &table.value].into_iter().flatten() {
            if says_protected(column) && !self.feeds_protected {
                return Err(protected(column));
            }
        }
        let path = self.base_directory.join(&table.file);
        let name = format!("{} {:?} {:?}", path.display(), table.code, table.value);
        if let Some(known) = self.tables.get(&name) {
            return Ok(known.clone());
        }
        let read = code_table::read(&path, table.code.as_deref(), table.value.as_deref())?;
        self.tables.insert(name, read.clone());
        Ok(read)
    }

    /// Refuses a field that says something protected, unless it is for a property that no pattern reads.
    fn allow(&self, field: &str) -> Result<(), String> {
        if self.feeds_protected {
            return Ok(());
        }
        let is_protected = match self.format {
            Format::Lo3Csv => {
                let inside = field.strip_prefix("<.").unwrap_or(field);
                let whole = match (self.lookup, field.strip_prefix("^.")) {
                    (_, Some(outside)) => outside.to_owned(),
                    (Lookup::Item, None) if field != self.each => format!("{}.{inside}", self.each),
                    _ => field.to_owned(),
                };
                is_protected_lo3(&whole)
            }
            _ => false,
        };
        if is_protected || says_protected(field) {
            return Err(protected(field));
        }
        Ok(())
    }

    fn conditions(&mut self, when: &When) -> Result<Conditions, String> {
        let mut conditions = Vec::new();
        for (field, condition) in when {
            let field = self.field(field)?;
            let values = match condition {
                ConditionToml::Values(Texts(values)) => values,
                ConditionToml::Table(table) => {
                    let codes = self.table(table)?.into_keys();
                    conditions.push(Condition {
                        field,
                        any_filled: false,
                        empty: false,
                        values: codes.collect(),
                    });
                    continue;
                }
            };
            conditions.push(Condition {
                field,
                any_filled: values.iter().any(|value| value == "*"),
                empty: values.iter().any(String::is_empty),
                values: values
                    .iter()
                    .filter(|value| !value.is_empty() && *value != "*")
                    .cloned()
                    .collect(),
            });
        }
        Ok(Conditions(conditions))
    }

    fn marking(&mut self, marking: &MarkingToml) -> Result<MarkingRule, String> {
        Ok(MarkingRule {
            when: self.conditions(&marking.when)?,
            organisation: self.setting(marking.organisation.as_ref(), one_text)?,
            department: self.setting(marking.department.as_ref(), one_text)?,
            level: self.setting(marking.level.as_ref(), |texts| {
                let name = one_text(texts)?;
                Level::parse(&name).ok_or_else(|| {
                    let nearest = hint(&name, Level::ALL.map(Level::name));
                    format!("`{name}` is no level{nearest}")
                })
            })?,
            purposes: self.setting(marking.purposes.as_ref(), |texts| {
                Ok(texts.0.iter().cloned().collect::<BTreeSet<_>>())
            })?,
        })
    }

    fn setting<T>(
        &mut self,
        setting: Option<&SettingToml>,
        fixed: impl Fn(&Texts) -> Result<T, String>,
    ) -> Result<Option<Setting<T>>, String> {
        match setting {
            None => Ok(None),
            Some(SettingToml::Fixed(texts)) => fixed(texts).map(|made| Some(Setting::Fixed(made))),
            Some(SettingToml::Rule(way)) => Ok(Some(Setting::Rule(self.way(way, None)?))),
        }
    }

    fn field(&mut self, name: &str) -> Result<FieldId, String> {
        self.allow(name)?;
        if self.format == Format::BagExtract && self.lookup == Lookup::Record {
            let path = Path::parse(name)?;
            let first = path.first_name().unwrap_or_default();
            if !bag_extract::FIELDS.contains(&first) {
                let nearest = hint(name, bag_extract::FIELDS);
                return Err(format!("a BAG extract has no field `{name}`{nearest}"));
            }
        }
        let id = self.fields.intern(name, self.lookup)?;
        self.used.insert(id);
        Ok(id)
    }

    fn template(&mut self, text: &str) -> Result<Template, String> {
        Template::parse(text, &mut |name| self.field(name))
    }
}

/// Longest number that `pad` makes: more digits than any register's.
const PAD_MAX: usize = 64;

fn protected(field: &str) -> String {
    format!(
        "`{field}` says something protected (nationality, birth country, residence title, religion, health, origin): it \
         may only fill a property of the class `protected`, which no pattern reads, and decide nothing else. Leave it out"
    )
}

/// A bound as a number: of a date its days since 1970-01-01.
fn bound(bound: &BoundToml) -> Result<f64, String> {
    match bound {
        BoundToml::Number(number) => Ok(*number),
        BoundToml::Date(text) => text
            .parse::<Day>()
            .map(|day| f64::from(day.days()))
            .map_err(|_| format!("`{text}` is no day (yyyy-mm-dd)")),
    }
}

fn patterns(texts: &Texts) -> Result<Vec<glob::Pattern>, String> {
    let pattern = |text: &String| {
        glob::Pattern::new(text).map_err(|error| format!("`{text}` is no pattern: {error}"))
    };
    texts.0.iter().map(pattern).collect()
}

fn one_text(texts: &Texts) -> Result<String, String> {
    match texts.0.as_slice() {
        [text] => Ok(text.clone()),
        _ => Err("one text is needed here, not a list".to_owned()),
    }
}

fn unknown_node_label(schema: &Schema, label: &str) -> String {
    let labels = schema.nodes.iter().map(|known| known.label.as_str());
    let nearest = hint(label, labels);
    format!("the schema has no node label `{label}`{nearest}")
}
