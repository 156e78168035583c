//! The laws through the real things: clearances out of Cedar rules, statements out of a store on disk.

use std::sync::Arc;

use proptest::prelude::*;

use super::archive::delivery;
use super::check_same;
use super::random::{change, rights, span, world};
use super::read::{Transcript, open_source};
use super::strip::{strip, twin};
use super::world::{
    About, DELIVERIES, EDGE_LABELS, HIDDEN_LABEL, Key, LABELS, MARKINGS, Rights, Saying, World,
    definitions, key_text, marking, schema, secret,
};
use crate::authz::{Clearance, Grant, Policy, Principal, Purpose, ViewSource};
use crate::model::{
    EdgeLabelId, Level, Marking, MarkingTable, NodeLabelId, PropertyDef, PropertyId, Schema,
    TimeSpan, Validity, Value,
};
use crate::store::{Said, Saying as StoreSaying, Store};

/// Rules of which a random policy takes some.
const RULES: [&str; 7] = [
    "@id(\"open\") permit (principal, action, resource) when { resource.level <= 1 };",
    "@id(\"own\") permit (principal, action == Verband::Action::\"see\", resource) \
     when { resource.department == principal.department };",
    "@id(\"own-read\") permit (principal, action == Verband::Action::\"read\", resource) \
     when { resource.department == principal.department && context.class != \"national_number\" };",
    "@id(\"cleared\") permit (principal, action == Verband::Action::\"see\", resource) \
     when { resource.level <= principal.clearance };",
    "@id(\"purpose\") permit (principal, action == Verband::Action::\"read\", resource) \
     when { resource.purposes.contains(context.purpose) && context.class == \"identifying\" };",
    "@id(\"police\") permit (principal, action, resource) \
     when { resource.source == \"bvh\" && principal.roles.contains(\"liaison\") };",
    "@id(\"words\") permit (principal, action == Verband::Action::\"read\", resource) \
     when { context.class == \"free_text\" || context.class == \"ordinary\" };",
];

pub fn caller() -> impl Strategy<Value = Principal> {
    (0_usize..3, 0..Level::ALL.len(), any::<bool>()).prop_map(|(department, level, liaison)| {
        Principal {
            id: "a".to_owned(),
            name: "A".to_owned(),
            organisation: "stad".to_owned(),
            department: ["wonen", "zorg", "burgerzaken"][department].to_owned(),
            roles: liaison.then(|| "liaison".to_owned()).into_iter().collect(),
            clearance: Level::ALL[level],
        }
    })
}

/// The rights that the rules give, and the same decisions for the table of any world.
pub struct Rules {
    pub policy: Policy,
    pub caller: Principal,
}

impl Rules {
    pub fn new(taken: u8, caller: Principal) -> Self {
        let text: Vec<&str> = RULES
            .into_iter()
            .zip(0..)
            .filter(|&(_, bit)| taken >> bit & 1 == 1)
            .map(|(rule, _)| rule)
            .collect();
        let policy = Policy::parse("rules.cedar", &text.join("\n")).unwrap();
        Self { policy, caller }
    }

    fn clearance(&self, table: &MarkingTable, purpose: &str) -> Clearance {
        let purpose = Purpose {
            id: purpose.to_owned(),
            ..Purpose::default()
        };
        self.policy
            .clearance(&self.caller, &purpose, table)
            .unwrap()
    }

    /// Whether the rules hide what [`World::deliveries_before`] counts.
    pub fn hide_deliveries_before(&self, purpose: &str) -> bool {
        let mut table = MarkingTable::default();
        let id = table.intern(&hidden_marking(0)).unwrap();
        self.clearance(&table, purpose).classes(id).is_none()
    }

    /// What the rules let the caller see for a purpose.
    pub fn rights(&self, purpose: &str) -> Rights {
        let mut table = MarkingTable::default();
        let ids: Vec<_> = (0..MARKINGS)
            .map(|kind| table.intern(&marking(kind)).unwrap())
            .collect();
        let clearance = self.clearance(&table, purpose);
        let grants = ids.into_iter().map(|id| Grant {
            classes: clearance.classes(id),
            rules: clearance.rules(id).to_vec(),
        });
        Rights(grants.collect())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rules_of_a_policy_keep_the_laws(
        world in world(),
        taken in any::<u8>(),
        caller in caller(),
        change in change(),
        span in span(),
    ) {
        let rules = Rules::new(taken, caller);
        let rights = rules.rights("toezicht");
        let read = |world: &World| {
            let source = world.with_seen_aliases(&rights).load();
            let clearance = rules.clearance(&source.markings, "toezicht");
            open_source(source, clearance, span).transcript()
        };
        let full = read(&world);
        check_same(&read(&strip(&world, &rights)), &full)?;
        check_same(&full, &read(&twin(&world, &rights, &change)))?;
    }
}

/// The positions of a world's labels and properties in the schema of a store.
struct Positions<'a>(&'a Schema);

impl Positions<'_> {
    fn node(&self, key: Key) -> (NodeLabelId, String) {
        let label = self.0.node_label(LABELS[usize::from(key.0)]).unwrap().0;
        (label, key_text(key))
    }

    fn properties(&self, saying: &Saying) -> Vec<(PropertyId, Value)> {
        let small = schema();
        let properties = saying.properties.iter().map(|(&property, value)| {
            let name = &definitions(&small, &saying.about)[usize::from(property)].name;
            let place = match saying.about {
                About::Node(key) => self.0.node(self.node(key).0).unwrap().property(name),
                About::Edge { label, .. } => self.0.edge(self.edge(label)).unwrap().property(name),
            };
            (place.unwrap().0, value.clone())
        });
        properties.collect()
    }

    fn edge(&self, label: u8) -> EdgeLabelId {
        self.0
            .edge_label(EDGE_LABELS[usize::from(label)])
            .unwrap()
            .0
    }

    fn said(&self, saying: &Saying) -> Said {
        let properties = self.properties(saying);
        match saying.about {
            About::Node(key) => {
                let (label, key) = self.node(key);
                Said::Node {
                    label,
                    key,
                    properties,
                    validity: saying.validity,
                }
            }
            About::Edge {
                label,
                from,
                to,
                parallel,
            } => Said::Edge {
                label: self.edge(label),
                from: self.node(from),
                to: self.node(to),
                discriminator: parallel.to_string(),
                properties,
                validity: saying.validity,
            },
        }
    }
}

/// The schema of a hidden delivery: a label that no visible delivery brings, and before it, of every second one, what
/// visible deliveries bring too, in another order and with one property more.
fn hidden_schema(number: u32) -> Schema {
    let mut hidden = Schema {
        nodes: Vec::new(),
        edges: Vec::new(),
    };
    if number % 2 == 1 {
        hidden.merge(schema()).unwrap();
        hidden.nodes.reverse();
        hidden.edges.reverse();
        for node in &mut hidden.nodes {
            let property = node.properties[0].clone();
            let name = format!("a_hidden_{number}");
            node.properties.push(PropertyDef { name, ..property });
            node.properties.reverse();
        }
        hidden
            .edges
            .iter_mut()
            .for_each(|edge| edge.properties.reverse());
    }
    let label = HIDDEN_LABEL.replace('0', &number.to_string());
    let title = "title = { nl = 'x', en = 'x' }";
    let text = format!(
        "[[node]]\nlabel = '{label}'\n{title}\nkeys = []\n\
         [[edge]]\nlabel = '{label}'\n{title}\nfrom = ['{label}']\nto = ['{label}']\n"
    );
    hidden.extend_with(&text).unwrap();
    hidden
}

/// The marking of a hidden delivery. Rules may let callers of the highest clearance see even that.
fn hidden_marking(number: u32) -> Marking {
    Marking {
        organisation: format!("elders {number}"),
        source: "elders".to_owned(),
        ..marking(6)
    }
}

/// Loads a delivery that nobody may see: labels of its own, a marking of its own, a node that hangs on itself.
fn load_hidden(store: &Store, number: u32) {
    let mut batch = store.begin_load(hidden_schema(number)).unwrap();
    let last = batch.schema().clone();
    let label = HIDDEN_LABEL.replace('0', &number.to_string());
    let node = last.node_label(&label).unwrap().0;
    let key = "text:0".to_owned();
    let hidden = Arc::new(hidden_marking(number));
    let about_node = Said::Node {
        label: node,
        key: key.clone(),
        properties: Vec::new(),
        validity: Validity::ALWAYS,
    };
    let about_edge = Said::Edge {
        label: last.edge_label(&label).unwrap().0,
        from: (node, key.clone()),
        to: (node, key),
        discriminator: String::new(),
        properties: Vec::new(),
        validity: Validity::ALWAYS,
    };
    for said in [about_node, about_edge] {
        let saying = StoreSaying {
            said,
            marking: Arc::clone(&hidden),
            file: 0,
            line: 1,
            record: None,
        };
        batch.add(&saying).unwrap();
    }
    batch.commit(&delivery(0)).unwrap();
}

/// Loads a world as its deliveries would.
pub fn load(store: &Store, world: &World) {
    for number in 0..world.deliveries_before {
        load_hidden(store, number);
    }
    for number in 0..DELIVERIES {
        let mut batch = store.begin_load(schema()).unwrap();
        let merged = batch.schema().clone();
        let positions = Positions(&merged);
        for alias in world.aliases.iter().filter(|_| number == 0) {
            let (label, from) = positions.node((alias.label, alias.from));
            let saying = StoreSaying {
                said: Said::Alias {
                    label,
                    from,
                    to: key_text((alias.label, alias.to)),
                    validity: alias.validity,
                },
                marking: Arc::new(marking(alias.marking)),
                file: 0,
                line: 1,
                record: None,
            };
            batch.add(&saying).unwrap();
        }
        let mut sayings: Vec<&Saying> = world.sayings.iter().collect();
        sayings.retain(|saying| saying.delivery == number);
        sayings.sort_by_key(|saying| (saying.file, saying.line));
        for saying in sayings {
            let saying = StoreSaying {
                said: positions.said(saying),
                marking: Arc::new(marking(saying.marking)),
                file: saying.file,
                line: saying.line,
                record: None,
            };
            batch.add(&saying).unwrap();
        }
        batch.commit(&delivery(number)).unwrap();
    }
}

fn read_stored(world: &World, rights: &Rights, span: TimeSpan) -> Transcript {
    let directory = tempfile::tempdir().unwrap();
    let secret_bytes = *secret().bytes();
    let store = Store::open_or_create(&directory.path().join("store"), || secret_bytes).unwrap();
    load(&store, world);
    let opened = store.newest().unwrap();
    let kinds = opened.markings.iter().map(|(_, known)| {
        let kind = (0..MARKINGS).find(|&kind| marking(kind) == *known);
        kind.map_or_else(Grant::default, |kind| rights.0[kind].clone())
    });
    let clearance = Clearance::new(kinds.collect());
    let mut hidden = opened.alias_markings.clone();
    hidden.retain(|&marking| clearance.classes(marking).is_none());
    let source = ViewSource {
        snapshot: Arc::new(opened.revision.without_aliases(&hidden).unwrap()),
        archive: Arc::new(opened.revision),
        schema: Arc::new(opened.schema),
        markings: Arc::new(opened.markings),
    };
    open_source(source, clearance, span).transcript()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_store_on_disk_keeps_the_laws(
        world in world(),
        rights in rights(),
        change in change(),
        span in span(),
    ) {
        let full = read_stored(&world, &rights, span);
        check_same(&read_stored(&strip(&world, &rights), &rights, span), &full)?;
        check_same(&full, &read_stored(&twin(&world, &rights, &change), &rights, span))?;
    }
}
