//! Loads a world as a store does, into memory: the same statement ids, the same index, the same first-come rule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::world::{About, DELIVERIES, LABELS, Saying, World, definitions, marking, node_id};
use super::world::{EDGE_LABELS, schema, secret};
use crate::authz::ViewSource;
use crate::graph::{
    AliasRow, Archive, ArchiveError, EdgeRow, IndexQuery, NodeRow, Snapshot, SnapshotArrays, build,
};
use crate::model::{
    Delivery, DeliveryId, EdgeId, FindBy, MarkingId, NodeId, PropertyClass, PropertyId, Statement,
    tokens,
};

/// Statements in memory, each list in order of statement ids, as the tables of a store are.
#[derive(Default)]
pub struct Shelf {
    nodes: BTreeMap<(u64, u64), Statement>,
    edges: BTreeMap<(u64, u64), (Statement, [u64; 2], u8)>,
    /// Key of the entry, and who may read it.
    found: BTreeSet<(Vec<u8>, MarkingId, PropertyClass)>,
    deliveries_before: u32,
}

pub fn delivery(number: u32) -> Delivery {
    Delivery {
        kind: crate::model::DeliveryKind::Addition,
        withdraws: None,
        source: "source".to_owned(),
        title: format!("Source {}", number / 2),
        name: format!("delivery {number}"),
        // The first two are the same files, delivered again.
        files: vec![
            format!("first-{}.csv", number / 2),
            format!("second-{}.csv", number / 2),
        ],
        loaded_at: format!("2025-0{}-01T00:00:00Z", number + 1),
        outcome: None,
    }
}

/// Identifier of a statement, of the same things as in a store: what was said, by whom and for whom, not where.
fn statement_id(saying: &Saying) -> u64 {
    let said = (
        marking(saying.marking),
        saying.validity,
        &saying.properties,
        match &saying.about {
            About::Node((label, _)) | About::Edge { label, .. } => label,
        },
    );
    let hash = blake3::hash(format!("{said:?}").as_bytes());
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().unwrap())
}

fn find_prefix(kind: FindBy, prefix: &str) -> Vec<u8> {
    let kind = match kind {
        FindBy::Name => b'n',
        FindBy::Number => b'#',
        FindBy::Address => b'a',
        FindBy::Place => b'p',
    };
    [&[kind], prefix.as_bytes()].concat()
}

fn find_key(kind: FindBy, token: &str, node: u64) -> Vec<u8> {
    let mut key = find_prefix(kind, token);
    key.push(0);
    key.extend_from_slice(&node.to_be_bytes());
    key
}

impl Archive for Shelf {
    fn node_statements(&self, key: NodeId) -> Result<Vec<Statement>, ArchiveError> {
        let range = self.nodes.range((key.bits(), 0)..=(key.bits(), u64::MAX));
        Ok(range.map(|(_, statement)| statement.clone()).collect())
    }

    fn edge_statements(&self, edge: EdgeId) -> Result<Vec<Statement>, ArchiveError> {
        let range = self.edges.range((edge.bits(), 0)..=(edge.bits(), u64::MAX));
        Ok(range
            .map(|(_, (statement, ..))| statement.clone())
            .collect())
    }

    fn delivery(&self, id: DeliveryId) -> Result<Arc<Delivery>, ArchiveError> {
        Ok(Arc::new(delivery(id.0 - self.deliveries_before)))
    }

    fn find(
        &self,
        query: IndexQuery<'_>,
        visit: &mut dyn FnMut(&str, NodeId) -> Result<bool, ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let beginning = find_prefix(query.kind, query.prefix);
        let first = match query.from {
            Some((token, node)) => find_key(query.kind, token, node.bits()).max(beginning.clone()),
            None => beginning.clone(),
        };
        let mut keys: Vec<&[u8]> = self
            .found
            .iter()
            .filter(|(key, marking, class)| {
                key.starts_with(&beginning)
                    && *key >= first
                    && query.readable.contains(&(*marking, *class))
            })
            .map(|(key, ..)| key.as_slice())
            .collect();
        keys.dedup();
        for key in keys {
            let (token, node) = key.split_last_chunk::<8>().unwrap();
            let token = std::str::from_utf8(&token[1..token.len() - 1]).unwrap();
            if !visit(token, NodeId::from_bits(u64::from_be_bytes(*node)))? {
                break;
            }
        }
        Ok(())
    }
}

impl World {
    /// Statements, index and arrays of the world.
    pub fn load(&self) -> ViewSource {
        let schema = schema();
        let markings = self.markings();
        let mut shelf = Shelf {
            deliveries_before: self.deliveries_before,
            ..Shelf::default()
        };
        let mut sayings: Vec<&Saying> = self.sayings.iter().collect();
        sayings.sort_by_key(|saying| (saying.delivery, saying.file, saying.line));
        for saying in sayings {
            assert!(saying.delivery < DELIVERIES);
            let position = self.marking_order.iter().position(|&m| m == saying.marking);
            let statement = Statement {
                properties: saying
                    .properties
                    .iter()
                    .map(|(&property, value)| (PropertyId(property), value.clone()))
                    .collect(),
                validity: saying.validity,
                marking: MarkingId(position.unwrap() as u16),
                delivery: DeliveryId(self.deliveries_before + saying.delivery),
                file: saying.file,
                line: saying.line,
            };
            match &saying.about {
                About::Node(key) => {
                    let id = node_id(*key).bits();
                    for (property, value) in &statement.properties {
                        let definition = &definitions(&schema, &saying.about)[property.index()];
                        let Some(kind) = definition.find else {
                            continue;
                        };
                        for token in tokens(kind, &value.to_string()) {
                            let key = find_key(kind, &token, id);
                            shelf
                                .found
                                .insert((key, statement.marking, definition.class));
                        }
                    }
                    let place = (id, statement_id(saying));
                    shelf.nodes.entry(place).or_insert(statement);
                }
                About::Edge {
                    label, from, to, ..
                } => {
                    let ends = [node_id(*from).bits(), node_id(*to).bits()];
                    let place = (saying.edge_id().unwrap().bits(), statement_id(saying));
                    shelf
                        .edges
                        .entry(place)
                        .or_insert((statement, ends, *label));
                }
            }
        }
        let arrays = self.arrays(&shelf);
        ViewSource {
            // The revision moves with hidden deliveries.
            snapshot: Arc::new(Snapshot::new(arrays, self.deliveries_before.into()).unwrap()),
            archive: Arc::new(shelf),
            schema: Arc::new(schema),
            markings: Arc::new(markings),
        }
    }

    fn arrays(&self, shelf: &Shelf) -> SnapshotArrays {
        let labels: BTreeMap<u64, u8> = self
            .sayings
            .iter()
            .filter_map(|saying| match saying.about {
                About::Node(key) => Some((node_id(key).bits(), key.0)),
                About::Edge { .. } => None,
            })
            .collect();
        let nodes = shelf.nodes.iter().map(|(&(id, _), statement)| NodeRow {
            id,
            label: labels[&id],
            marking: statement.marking.0,
        });
        let edges = shelf
            .edges
            .iter()
            .map(|(&(id, _), (statement, ends, label))| {
                let (valid_from, valid_to) = statement.validity.pack();
                EdgeRow {
                    id,
                    label: *label,
                    from: ends[0],
                    to: ends[1],
                    marking: statement.marking.0,
                    valid_from,
                    valid_to,
                }
            });
        let aliases: Vec<AliasRow> = self
            .aliases
            .iter()
            .map(|alias| AliasRow {
                from: node_id((alias.label, alias.from)).bits(),
                to: node_id((alias.label, alias.to)).bits(),
                valid_from: alias.validity.pack().0,
                marking: alias.marking as u16,
            })
            .collect();
        build(LABELS.len(), nodes.collect(), edges.collect(), &aliases)
            .unwrap()
            .0
    }
}

impl Saying {
    /// The edge that this is about.
    pub fn edge_id(&self) -> Option<EdgeId> {
        match &self.about {
            About::Node(_) => None,
            About::Edge {
                label,
                from,
                to,
                parallel,
            } => Some(secret().edge(
                EDGE_LABELS[usize::from(*label)],
                node_id(*from),
                node_id(*to),
                &parallel.to_string(),
            )),
        }
    }
}
