//! A second oracle: petgraph over the whole graph, its nodes and edges filtered by what the caller may see.

use std::collections::{BTreeMap, HashMap};

use petgraph::graph::{NodeIndex as PetNode, UnGraph};
use petgraph::visit::{EdgeFiltered, NodeFiltered};
use proptest::prelude::*;

use super::random::{rights, span, world};
use super::read::open;
use super::strip::{canonical, visible_nodes};
use super::world::{About, World};
use crate::graph::algo::bfs::{Reach, neighbourhood};
use crate::graph::{Budget, ReadGraph};
use crate::model::NodeId;
use crate::query::PathRequest;

/// Everything that is said, hidden or not; an edge carries the position of its statement.
fn whole_graph(world: &World) -> (UnGraph<NodeId, usize>, HashMap<NodeId, PetNode>) {
    let mut graph = UnGraph::new_undirected();
    let mut places = HashMap::new();
    for saying in &world.sayings {
        if let About::Node(key) = saying.about {
            let id = canonical(&world.aliases, key);
            places.entry(id).or_insert_with(|| graph.add_node(id));
        }
    }
    for (position, saying) in world.sayings.iter().enumerate() {
        let About::Edge { from, to, .. } = saying.about else {
            continue;
        };
        let ends = [from, to].map(|end| places.get(&canonical(&world.aliases, end)));
        if let [Some(&from), Some(&to)] = ends {
            graph.add_edge(from, to, position);
        }
    }
    (graph, places)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn petgraph_reaches_what_the_view_reaches(
        world in world(),
        rights in rights(),
        span in span(),
        hops_max in 0_usize..6,
    ) {
        let (graph, places) = whole_graph(&world.with_seen_aliases(&rights));
        let visible = visible_nodes(&world, &rights);
        let edges = EdgeFiltered::from_fn(&graph, |edge| {
            let saying = &world.sayings[*edge.weight()];
            rights.classes(saying.marking).is_some() && saying.validity.may_hold(span)
        });
        let filtered = NodeFiltered::from_fn(&edges, |node| visible.contains(&graph[node]));
        let reader = open(&world, &rights, span);
        let view = &reader.view;
        for (&id, &place) in &places {
            let expected: BTreeMap<NodeId, usize> = if visible.contains(&id) {
                petgraph::algo::dijkstra(&filtered, place, None, |_| 1_usize)
                    .into_iter()
                    .filter(|&(_, hops)| hops <= hops_max)
                    .map(|(node, hops)| (graph[node], hops))
                    .collect()
            } else {
                BTreeMap::new()
            };
            let start = view.find(id);
            prop_assert_eq!(start.is_some(), visible.contains(&id));
            let starts: Vec<_> = start.into_iter().collect();
            let reach = Reach { hops_max, nodes_max: usize::MAX };
            let found = neighbourhood(&**view, &starts, reach, &mut Budget::edges(u64::MAX)).unwrap();
            let mut reached = BTreeMap::new();
            for level in 0..found.levels() {
                for &node in found.level(level) {
                    prop_assert!(view.contains(node));
                    reached.insert(view.node_id(node).unwrap(), level);
                }
            }
            prop_assert_eq!(reached.len(), found.nodes.len());
            prop_assert_eq!(reached, expected);
        }
        for (&id, &place) in places.iter().filter(|_| hops_max > 0) {
            let Some(&from) = visible.first().filter(|_| visible.contains(&id)) else { continue };
            let hops = petgraph::algo::dijkstra(&filtered, places[&from], None, |_| 1_usize);
            let request = PathRequest {
                from: reader.shown(from),
                to: reader.shown(id),
                hops: Some(hops_max),
                ..PathRequest::default()
            };
            let found = reader.session.paths(&request).unwrap().body.paths;
            let expected = hops.get(&place).copied().filter(|&hops| hops <= hops_max);
            prop_assert_eq!(found.first().map(|path| path.edges.len()), expected);
        }
        prop_assert_eq!(view.nodes().count(), visible.len());
        prop_assert_eq!(view.node_count(), visible.len());
    }
}
