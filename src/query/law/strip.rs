//! What hidden is, written down once more without the engine; worlds without it, and worlds with other hidden parts.

use std::collections::BTreeSet;

use super::world::{
    About, Alias, Key, MARKINGS, Rights, Saying, World, definitions, node_id, schema,
};
use crate::model::{NodeId, Value};

/// The node that a key leads to: the last claim to begin wins, then the smallest id; too many steps lead nowhere.
pub fn canonical(aliases: &[Alias], key: Key) -> NodeId {
    let mut last = key;
    for _ in 0..4 {
        let claims = aliases
            .iter()
            .filter(|alias| (alias.label, alias.from) == last && alias.from != alias.to);
        let best = claims.max_by_key(|alias| {
            let id = node_id((alias.label, alias.to));
            (alias.validity.pack().0, std::cmp::Reverse(id))
        });
        match best {
            Some(alias) => last = (alias.label, alias.to),
            None => return node_id(last),
        }
    }
    node_id(key)
}

/// The nodes that a caller may see.
pub fn visible_nodes(world: &World, rights: &Rights) -> BTreeSet<NodeId> {
    let world = &world.with_seen_aliases(rights);
    world
        .sayings
        .iter()
        .filter(|saying| rights.classes(saying.marking).is_some())
        .filter_map(|saying| match saying.about {
            About::Node(key) => Some(canonical(&world.aliases, key)),
            About::Edge { .. } => None,
        })
        .collect()
}

/// Whether a caller may see a statement: its marking lets them, and an edge has both ends.
pub fn is_visible(
    world: &World,
    rights: &Rights,
    nodes: &BTreeSet<NodeId>,
    saying: &Saying,
) -> bool {
    let ends = match saying.about {
        About::Node(_) => true,
        About::Edge { from, to, .. } => [from, to]
            .iter()
            .all(|&end| nodes.contains(&canonical(&world.aliases, end))),
    };
    ends && rights.classes(saying.marking).is_some()
}

/// The world without what a caller may not see.
pub fn strip(world: &World, rights: &Rights) -> World {
    let world = &world.with_seen_aliases(rights);
    let schema = schema();
    let nodes = visible_nodes(world, rights);
    let mut stripped = world.clone();
    stripped
        .sayings
        .retain(|saying| is_visible(world, rights, &nodes, saying));
    for saying in &mut stripped.sayings {
        let definitions = definitions(&schema, &saying.about);
        let classes = rights.classes(saying.marking).unwrap();
        saying
            .properties
            .retain(|&property, _| classes.contains(definitions[usize::from(property)].class));
    }
    stripped
}

/// How a twin differs from its world.
#[derive(Debug, Clone)]
pub struct Change {
    /// What becomes of each hidden statement and each unreadable property, in turn.
    pub fates: Vec<u8>,
    /// Hidden statements to add.
    pub more: Vec<Saying>,
    /// Words to put where the caller may not read.
    pub words: Vec<Value>,
    pub marking_order: Vec<usize>,
    pub deliveries_before: u32,
    /// Aliases to add, where their marking is hidden.
    pub more_aliases: Vec<Alias>,
}

/// A world that agrees with another on all that a caller may see, and differs in the rest.
pub fn twin(world: &World, rights: &Rights, change: &Change) -> World {
    let schema = schema();
    let seen = world.with_seen_aliases(rights);
    let nodes = visible_nodes(world, rights);
    let hidden_markings: Vec<usize> = (0..MARKINGS)
        .filter(|&marking| rights.classes(marking).is_none())
        .collect();
    let mut fates = change.fates.iter().copied().cycle();
    let mut fate = move || fates.next().unwrap_or(0);
    let mut words = change.words.iter().cloned().cycle();
    let mut twin = World {
        sayings: Vec::new(),
        marking_order: change.marking_order.clone(),
        deliveries_before: change.deliveries_before,
        ..world.clone()
    };
    let is_hidden = |alias: &Alias| rights.classes(alias.marking).is_none();
    twin.aliases
        .retain(|alias| !is_hidden(alias) || fate() % 2 == 0);
    let more = change.more_aliases.iter().filter(|&alias| is_hidden(alias));
    twin.aliases.extend(more.cloned());
    for saying in &world.sayings {
        let mut saying = saying.clone();
        let visible = is_visible(&seen, rights, &nodes, &saying);
        let definitions = definitions(&schema, &saying.about);
        for (definition, property) in definitions.iter().zip(0..) {
            let classes = rights.classes(saying.marking).filter(|_| visible);
            if classes.is_some_and(|classes| classes.contains(definition.class)) {
                continue;
            }
            match fate() % 4 {
                0 | 1 => {}
                2 => drop(saying.properties.remove(&property)),
                _ => drop(saying.properties.insert(property, words.next().unwrap())),
            }
        }
        let kept = visible || fate() % 3 != 0;
        if !visible && fate() % 3 == 0 && !hidden_markings.is_empty() {
            saying.marking = hidden_markings[usize::from(fate()) % hidden_markings.len()];
        }
        if kept {
            twin.sayings.push(saying);
        }
    }
    for saying in &change.more {
        let mut saying = saying.clone();
        let hangs_loose = matches!(saying.about, About::Edge { .. })
            && !is_visible(&seen, rights, &nodes, &saying);
        if !hangs_loose {
            if hidden_markings.is_empty() {
                continue;
            }
            saying.marking = hidden_markings[saying.marking % hidden_markings.len()];
        }
        // Anywhere among the visible ones: what comes first in a file may be hidden.
        let place = usize::from(fate()) % (twin.sayings.len() + 1);
        twin.sayings.insert(place, saying);
    }
    twin
}
