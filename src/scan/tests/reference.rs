//! A matcher that tries every assignment, written without the engine, agrees with it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use crate::model::{EdgeId, NodeId, PropertyClass, TimeSpan};
use crate::query::law::random::{rights, span, world};
use crate::query::law::read::open;
use crate::query::law::strip::{canonical, is_visible};
use crate::query::law::world::{About, EDGE_LABELS, LABELS, Rights, World};
use crate::scan::{QueryRequest, ask};

/// What a caller sees, as plain lists.
struct Plain {
    nodes: BTreeMap<NodeId, u8>,
    edges: BTreeMap<EdgeId, (u8, NodeId, NodeId)>,
}

fn plain(world: &World, rights: &Rights, span: TimeSpan) -> Plain {
    let world = &world.with_seen_aliases(rights);
    // What is masked takes no part in a query that a person asks.
    let names = |marking| {
        let classes = rights.classes(marking);
        classes.is_some_and(|classes| classes.contains(PropertyClass::Identifying))
    };
    let said = world.sayings.iter().filter(|saying| names(saying.marking));
    let visible: BTreeSet<NodeId> = said
        .filter_map(|saying| match saying.about {
            About::Node(key) => Some(canonical(&world.aliases, key)),
            About::Edge { .. } => None,
        })
        .collect();
    let (mut nodes, mut edges) = (BTreeMap::new(), BTreeMap::new());
    for saying in &world.sayings {
        if !is_visible(world, rights, &visible, saying) {
            continue;
        }
        match saying.about {
            About::Node(key) => {
                let id = canonical(&world.aliases, key);
                if visible.contains(&id) {
                    nodes.insert(id, key.0);
                }
            }
            About::Edge {
                label, from, to, ..
            } => {
                if saying.validity.may_hold(span) {
                    let ends = [from, to].map(|end| canonical(&world.aliases, end));
                    edges.insert(saying.edge_id().unwrap(), (label, ends[0], ends[1]));
                }
            }
        }
    }
    Plain { nodes, edges }
}

/// One step of a random pattern.
#[derive(Debug, Clone)]
struct Step {
    labels: Vec<u8>,
    /// 0 to the right, 1 to the left, 2 either.
    arrow: u8,
    range: Option<(usize, usize)>,
    /// Label of the node behind it.
    node: Option<u8>,
    /// Whether the node behind it is the first one again.
    back: bool,
}

#[derive(Debug, Clone)]
struct Shape {
    first: Option<u8>,
    steps: Vec<Step>,
}

fn step() -> impl Strategy<Value = Step> {
    (
        vec(0..EDGE_LABELS.len() as u8, 0..3),
        0_u8..3,
        prop::option::weighted(0.25, (0_usize..2, 1_usize..3)),
        prop::option::weighted(0.4, 0..LABELS.len() as u8),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(labels, arrow, range, node, back)| Step {
            labels,
            arrow,
            range: range.map(|(min, more)| (min, min + more - 1)),
            node,
            back,
        })
}

fn shape() -> impl Strategy<Value = Shape> {
    (
        prop::option::weighted(0.4, 0..LABELS.len() as u8),
        vec(step(), 1..4),
    )
        .prop_map(|(first, steps)| Shape { first, steps })
}

impl Shape {
    fn text(&self) -> String {
        let label = |label: Option<u8>| {
            label.map_or(String::new(), |label| {
                format!(":{}", LABELS[usize::from(label)])
            })
        };
        let mut text = format!("MATCH (n0{})", label(self.first));
        let mut columns = vec!["id(n0)".to_owned()];
        for (place, step) in self.steps.iter().enumerate() {
            let labels: Vec<&str> = step
                .labels
                .iter()
                .map(|&one| EDGE_LABELS[usize::from(one)])
                .collect();
            let labels = if labels.is_empty() {
                String::new()
            } else {
                format!(":{}", labels.join("|"))
            };
            let range = step
                .range
                .map_or(String::new(), |(min, max)| format!("*{min}..{max}"));
            let inside = format!("[r{place}{labels}{range}]");
            let node = if step.back {
                "n0".to_owned()
            } else {
                columns.push(format!("id(n{})", place + 1));
                format!("n{}", place + 1)
            };
            columns.push(match step.range {
                Some(_) => format!("[x IN r{place} | id(x)]"),
                None => format!("id(r{place})"),
            });
            let (left, right) = [("-", "->"), ("<-", "-"), ("-", "-")][usize::from(step.arrow)];
            text += &format!("{left}{inside}{right}({node}{})", label(step.node));
        }
        format!("{text} RETURN {}", columns.join(", "))
    }

    /// Whether it names a label that nothing has.
    fn names_unseen(&self, plain: &Plain) -> bool {
        let nodes: BTreeSet<u8> = plain.nodes.values().copied().collect();
        let edges: BTreeSet<u8> = plain.edges.values().map(|(label, ..)| *label).collect();
        let named = self
            .first
            .into_iter()
            .chain(self.steps.iter().filter_map(|step| step.node));
        let mut named_edges = self.steps.iter().flat_map(|step| &step.labels);
        named.into_iter().any(|label| !nodes.contains(&label))
            || named_edges.any(|label| !edges.contains(label))
    }

    /// Every way in which the shape lies in the graph, as rows of text.
    fn matches(&self, plain: &Plain) -> Vec<String> {
        let mut rows = Vec::new();
        for (&node, &label) in &plain.nodes {
            if self.first.is_none_or(|wanted| wanted == label) {
                self.go_on(
                    plain,
                    node,
                    node,
                    0,
                    &mut Vec::new(),
                    format!("{node}"),
                    &mut rows,
                );
            }
        }
        rows
    }

    #[expect(clippy::too_many_arguments, reason = "a plain recursion")]
    fn go_on(
        &self,
        plain: &Plain,
        first: NodeId,
        at: NodeId,
        place: usize,
        used: &mut Vec<EdgeId>,
        row: String,
        rows: &mut Vec<String>,
    ) {
        let Some(step) = self.steps.get(place) else {
            rows.push(row);
            return;
        };
        let (min, max) = step.range.unwrap_or((1, 1));
        for trail in trails(plain, step, at, max, used) {
            if trail.1.len() < min {
                continue;
            }
            let (end, edges) = trail;
            let label = plain.nodes[&end];
            if step.node.is_some_and(|wanted| wanted != label) || (step.back && end != first) {
                continue;
            }
            let mut row = row.clone();
            if !step.back {
                row += &format!(" {end}");
            }
            let ids: Vec<String> = edges.iter().map(ToString::to_string).collect();
            row += &match step.range {
                Some(_) => format!(" [{}]", ids.join(",")),
                None => format!(" {}", ids[0]),
            };
            let before = used.len();
            used.extend(edges);
            self.go_on(plain, first, end, place + 1, used, row, rows);
            used.truncate(before);
        }
    }
}

/// Every trail of up to `max` edges that fit, from a node, without edges in use.
fn trails(
    plain: &Plain,
    step: &Step,
    at: NodeId,
    max: usize,
    used: &[EdgeId],
) -> Vec<(NodeId, Vec<EdgeId>)> {
    let mut all = vec![(at, Vec::new())];
    let mut frontier = all.clone();
    for _ in 0..max {
        let mut next = Vec::new();
        for (end, trail) in &frontier {
            for (&id, &(label, from, to)) in &plain.edges {
                let fits = step.labels.is_empty() || step.labels.contains(&label);
                if !fits || used.contains(&id) || trail.contains(&id) {
                    continue;
                }
                let mut ends = BTreeSet::new();
                if step.arrow != 1 && from == *end {
                    ends.insert(to);
                }
                if step.arrow != 0 && to == *end {
                    ends.insert(from);
                }
                for other in ends {
                    let mut longer = trail.clone();
                    longer.push(id);
                    next.push((other, longer));
                }
            }
        }
        all.extend(next.clone());
        frontier = next;
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn trying_every_assignment_finds_the_same(
        world in world(),
        rights in rights(),
        span in span(),
        shape in shape(),
    ) {
        let reader = open(&world, &rights, span);
        let graph = plain(&world, &rights, span);
        let mut expected = shape.matches(&graph);
        prop_assume!(expected.len() <= crate::scan::ROWS_MAX);
        let request = QueryRequest { text: shape.text(), ..QueryRequest::default() };
        let Ok(answer) = ask(&reader.session, &request) else {
            // A label that nothing visible has is an unknown label.
            prop_assert!(shape.names_unseen(&graph), "{}", shape.text());
            return Ok(());
        };
        let mut found: Vec<String> = answer
            .body
            .rows
            .iter()
            .map(|row| {
                let cells: Vec<String> = row
                    .iter()
                    .map(|cell| cell.to_string().replace('"', ""))
                    .collect();
                cells.join(" ")
            })
            .collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected, "{}", shape.text());
    }
}
