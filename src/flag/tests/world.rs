//! Tiny worlds, one line a statement, and an engine over them.
//!
//! ```text
//! Address a use=woonfunctie floor_area_m2=48      a node
//! Person p1..14                                   fourteen nodes
//! p1..14 -LIVES_AT-> a function=W from=2026-01-01  an edge each
//! Signal s date=2026-10-01 @politie               owned by a department
//! s -ABOUT-> a !                                  hidden from the reader
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::audit::NoRecorder;
use crate::authz::{Policy, Principal, PurposeRegister};
use crate::engine::{Access, DeskSettings, Engine, Outside, Rules, ScanDone, ScanRequest};
use crate::flag::{FlagError, FlagLine, FlagRequest};
use crate::model::{
    DateFormat, Day, Delivery, Level, Marking, NodeLabelId, PartialDate, PropertyDef, PropertyId,
    Schema, Validity, Value, ValueType,
};
use crate::scan::pattern::Library;
use crate::scan::run::{Mandates, Progress};
use crate::store::{Said, Saying, Store};

pub const SECRET: [u8; 32] = [7; 32];

/// Who keeps a level sees it: the mandate all, the reader up to `vertrouwelijk`.
pub const POLICY: &str =
    "permit (principal, action, resource) when { resource.level <= principal.clearance };";

const PURPOSES: &str = "[[purpose]]\nid = 'p'\ntitle = 'P'\nground = 'g'\ndepartments = ['o/*']\n";

fn mandates_text(purpose: &str, clearance: Level) -> String {
    let clearance = serde_json::to_value(clearance).unwrap();
    let clearance = clearance.as_str().unwrap();
    format!(
        "[[mandate]]\nid = 'm'\ntitle = 'M'\npurpose = '{purpose}'\norganisation = 'o'\ndepartment = 'd'\n\
         clearance = '{clearance}'\npatterns = ['*']\nreaders = ['lezer']\njudges = ['lezer']\nwhole_readers = ['lezer']\n"
    )
}

/// A world with an engine over it, and the names of its nodes.
pub struct Tiny {
    pub engine: Arc<Engine>,
    pub names: BTreeMap<String, String>,
    pub purpose: String,
    _directory: tempfile::TempDir,
}

pub fn reader(clearance: Level) -> Principal {
    Principal {
        id: "lezer".to_owned(),
        name: "L".to_owned(),
        organisation: "o".to_owned(),
        department: "d".to_owned(),
        roles: BTreeSet::from(["lezer".to_owned()]),
        clearance,
    }
}

/// One statement of a world's text.
#[derive(Debug)]
struct Line {
    said: Thing,
    properties: Vec<(String, String)>,
    owner: String,
    hidden: bool,
}

#[derive(Debug, Clone)]
enum Thing {
    Node(String, String),
    Edge(String, String, String),
}

/// Words of a line; what stands between single quotes is one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            other => word.push(other),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// `p1..3` is p1, p2, p3.
pub fn range(name: &str) -> Vec<String> {
    let Some((first, last)) = name.split_once("..") else {
        return vec![name.to_owned()];
    };
    let stem = first.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let from: u32 = first[stem.len()..].parse().unwrap();
    (from..=last.parse().unwrap())
        .map(|number| format!("{stem}{number}"))
        .collect()
}

fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = words(line);
        let hidden = words.last().is_some_and(|word| word == "!");
        words.retain(|word| word != "!");
        let owner = words
            .iter()
            .find_map(|word| word.strip_prefix('@'))
            .unwrap_or("wonen")
            .to_owned();
        words.retain(|word| !word.starts_with('@'));
        let properties: Vec<(String, String)> = words
            .iter()
            .filter_map(|word| word.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        words.retain(|word| !word.contains('='));
        let things: Vec<Thing> = match words.as_slice() {
            [label, name] => range(name)
                .into_iter()
                .map(|name| Thing::Node(label.clone(), name))
                .collect(),
            [from, arrow, to] => {
                let label = arrow
                    .trim_start_matches('-')
                    .trim_end_matches("->")
                    .to_owned();
                let ends = range(from)
                    .into_iter()
                    .flat_map(|from| range(to).into_iter().map(move |to| (from.clone(), to)));
                ends.map(|(from, to)| Thing::Edge(from, label.clone(), to))
                    .collect()
            }
            other => panic!("`{line}` is no line of a world: {other:?}"),
        };
        for said in things {
            lines.push(Line {
                said,
                properties: properties.clone(),
                owner: owner.clone(),
                hidden,
            });
        }
    }
    lines
}

fn date(text: &str) -> PartialDate {
    PartialDate::parse(text, DateFormat::Iso).unwrap().unwrap()
}

fn values(definitions: &[PropertyDef], line: &Line) -> Vec<(PropertyId, Value)> {
    let mut values = Vec::new();
    for (name, text) in line
        .properties
        .iter()
        .filter(|(name, _)| name != "from" && name != "to")
    {
        let place = definitions.iter().position(|one| one.name == *name);
        let place = place.unwrap_or_else(|| panic!("no property `{name}`"));
        let value = match definitions[place].value_type {
            ValueType::Text => Value::Text(text.clone()),
            ValueType::Integer => Value::Integer(text.parse().unwrap()),
            ValueType::Decimal => Value::Decimal(text.parse().unwrap()),
            ValueType::Boolean => Value::Boolean(text.parse().unwrap()),
            ValueType::Date => Value::Date(date(text)),
        };
        values.push((PropertyId(place as u8), value));
    }
    values
}

fn validity(line: &Line) -> Validity {
    let bound = |name: &str| {
        let mut found = line.properties.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, text)| date(text))
    };
    Validity {
        from: bound("from"),
        to: bound("to"),
    }
}

impl Tiny {
    /// A world for the built-in patterns; `purpose` is one of theirs.
    pub fn new(text: &str, purpose: &str, as_of: fn() -> Day) -> Self {
        let library = Library::built_in(&Schema::municipal().unwrap());
        Self::with(
            text,
            purpose,
            as_of,
            library.unwrap_or_else(|error| panic!("{error}")),
        )
    }

    pub fn with(text: &str, purpose: &str, as_of: fn() -> Day, library: Library) -> Self {
        Self::cleared(text, purpose, as_of, library, Level::ZeerGeheim)
    }

    /// A world whose mandate is cleared up to a level: below `geheim` it does not see the lines that end in `!`.
    pub fn cleared(
        text: &str,
        purpose: &str,
        as_of: fn() -> Day,
        library: Library,
        clearance: Level,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open_or_create(&directory.path().join("s"), || SECRET).unwrap();
        load(&store, text, 1);
        let rules = rules(POLICY, purpose);
        let names = names(&store, text);
        let ids: Vec<&str> = library.iter().map(|one| one.id()).collect();
        let mandates = Mandates::parse(&mandates_text(purpose, clearance), &ids).unwrap();
        let engine = Engine::open(store, rules, Box::new(NoRecorder), as_of).unwrap();
        Self {
            engine: Arc::new(engine.with_scans(library, mandates).unwrap()),
            names,
            purpose: purpose.to_owned(),
            _directory: directory,
        }
    }

    /// Takes how cases are handled, and what comes from outside.
    pub fn with_desk(self, settings: DeskSettings, outside: Outside) -> Self {
        let engine = Arc::into_inner(self.engine).unwrap();
        Self {
            engine: Arc::new(engine.with_desk(settings).with_outside(outside)),
            ..self
        }
    }

    /// The identifier of the node of a name.
    pub fn id(&self, name: &str) -> String {
        let found = self.names.iter().find(|(_, known)| *known == name);
        found.unwrap().0.clone()
    }

    /// Takes another policy.
    pub fn under(&self, policy: &str) {
        let rules = rules(policy, &self.purpose);
        self.engine.reload(rules, "test").unwrap();
    }

    /// Takes back all that a text said, and takes the new revision.
    pub fn take_back(&self, number: u32) {
        let name = format!("d{number}");
        let store = self.engine.store();
        store.withdraw(&name, None, "2026-11-02T08:00:00Z").unwrap();
        self.engine.refresh().unwrap();
    }

    /// Says more, and takes the new revision.
    pub fn add(&mut self, text: &str, number: u32) {
        load(self.engine.store(), text, number);
        self.names.extend(names(self.engine.store(), text));
        self.engine.refresh().unwrap();
    }

    pub fn scan(&self, patterns: &[&str], as_of: Option<Day>) -> ScanDone {
        let request = ScanRequest {
            mandate: "m".to_owned(),
            patterns: patterns.iter().map(|&one| one.to_owned()).collect(),
            as_of,
            ..ScanRequest::default()
        };
        self.engine
            .scan(&request, "test", &Arc::new(Progress::default()))
            .unwrap()
    }

    /// What a pattern found for the mandate: name and score of each, or why it counts for nothing.
    pub fn found(&self, done: &ScanDone, pattern: &str) -> Vec<String> {
        let outcome = done
            .run
            .patterns
            .iter()
            .find(|one| one.pattern == pattern)
            .unwrap();
        if let Some(why) = &outcome.incomplete {
            return vec![why.clone()];
        }
        let mut told: Vec<String> = done.matches[pattern]
            .iter()
            .map(|one| format!("{} {}", self.names[&one.subject.to_string()], one.score))
            .collect();
        told.sort();
        told
    }

    /// The flags of a pattern as a reader sees them.
    pub fn flags(&self, reader: &Principal, pattern: &str) -> Vec<FlagLine> {
        let request = FlagRequest {
            pattern: Some(pattern.to_owned()),
            ..FlagRequest::default()
        };
        self.read(reader, None, |session, desk| {
            Ok(desk.list(session, &request)?.body.flags)
        })
        .unwrap()
    }

    pub fn read<T>(
        &self,
        reader: &Principal,
        as_of: Option<Day>,
        read: impl FnOnce(&crate::query::Session, &crate::flag::FlagDesk<'_>) -> Result<T, FlagError>,
    ) -> Result<T, FlagError> {
        let access = Access {
            purpose: Some(&self.purpose),
            as_of,
            action: "flags",
            ..Access::default()
        };
        let recorded = self.engine.read_flags(reader, access, read).unwrap();
        recorded.release_blocking().unwrap()
    }

    /// The flags of a pattern, name and score of each.
    pub fn seen(&self, reader: &Principal, pattern: &str) -> Vec<String> {
        let flags = self.flags(reader, pattern);
        let mut told: Vec<String> = flags
            .iter()
            .map(|flag| format!("{} {}", self.names[&flag.subject.id], flag.score))
            .collect();
        told.sort();
        told
    }
}

fn rules(policy: &str, purpose: &str) -> Rules {
    let purposes = PURPOSES.replace("'p'", &format!("'{purpose}'"));
    Rules {
        policy: Policy::parse("p.cedar", policy).unwrap(),
        purposes: PurposeRegister::parse(&purposes).unwrap(),
    }
}

fn names(store: &Store, text: &str) -> BTreeMap<String, String> {
    let nodes = lines(text).into_iter().filter_map(|line| match line.said {
        Thing::Node(label, name) => {
            let id = store.secret().node(&label, &format!("text:{name}"));
            Some((id.to_string(), name))
        }
        Thing::Edge(..) => None,
    });
    nodes.collect()
}

fn load(store: &Store, text: &str, number: u32) {
    let schema = Schema::municipal().unwrap();
    let mut batch = store.begin_load(schema.clone()).unwrap();
    let lines = lines(text);
    // Lines that add edges to nodes of an earlier text name these again.
    let mut labels: BTreeMap<String, NodeLabelId> = BTreeMap::new();
    for line in &lines {
        if let Thing::Node(label, name) = &line.said {
            let (id, _) = schema
                .node_label(label)
                .unwrap_or_else(|| panic!("no label `{label}`"));
            labels.insert(name.clone(), id);
        }
    }
    for (line, at) in lines.iter().zip(1..) {
        let said = match &line.said {
            Thing::Node(label, name) => {
                let (id, label) = schema.node_label(label).unwrap();
                Said::Node {
                    label: id,
                    key: format!("text:{name}"),
                    properties: values(&label.properties, line),
                    validity: Validity::ALWAYS,
                }
            }
            Thing::Edge(from, label, to) => {
                let (id, label) = schema
                    .edge_label(label)
                    .unwrap_or_else(|| panic!("no label `{label}`"));
                let end = |name: &String| {
                    let label = labels
                        .get(name)
                        .unwrap_or_else(|| panic!("no node `{name}`"));
                    (*label, format!("text:{name}"))
                };
                let validity = validity(line);
                Said::Edge {
                    label: id,
                    from: end(from),
                    to: end(to),
                    discriminator: validity
                        .from
                        .map(|from| from.to_string())
                        .unwrap_or_default(),
                    properties: values(&label.properties, line),
                    validity,
                }
            }
        };
        let level = if line.hidden {
            Level::Geheim
        } else {
            Level::Intern
        };
        let marking = Marking {
            organisation: "o".to_owned(),
            department: line.owner.clone(),
            level,
            source: line.owner.clone(),
            purposes: BTreeSet::new(),
        };
        let saying = Saying {
            said,
            marking: Arc::new(marking),
            file: 0,
            line: at,
            record: None,
        };
        batch.add(&saying).unwrap();
    }
    let delivery = Delivery {
        kind: crate::model::DeliveryKind::Addition,
        withdraws: None,
        source: "wonen".to_owned(),
        title: "Source".to_owned(),
        name: format!("d{number}"),
        files: vec!["world.txt".to_owned()],
        loaded_at: "2026-11-01T08:00:00Z".to_owned(),
        outcome: None,
    };
    batch.commit(&delivery).unwrap();
}
