//! Every read that there is, as text.

use std::sync::Arc;

use super::world::{HIDDEN_LABEL, LABELS, Rights, World, key_text, keys, node_id, secret};
use crate::authz::{AuthorizedView, Clearance, ViewSource};
use crate::graph::{NodeIndex, ReadGraph};
use crate::model::{NodeId, Schema, TimeSpan};
use crate::query::{
    ExpandRequest, GroundRequest, Keep, NeighbourRequest, PlaceRequest, QueryError, ReadLimits,
    SearchRequest, Session, SessionContext,
};

/// What was asked, and the bytes of the answer.
pub type Transcript = Vec<(String, String)>;

/// One caller's session, and its view for reads below it.
pub struct Reader {
    pub session: Session,
    pub view: Arc<AuthorizedView>,
}

/// Opens a session on a world.
pub fn open(world: &World, rights: &Rights, span: TimeSpan) -> Reader {
    // As the engine does: aliases that a caller may not see join nothing for them.
    let world = world.with_seen_aliases(rights);
    open_source(world.load(), world.clearance(rights), span)
}

/// Opens a session on what was loaded.
pub fn open_source(source: ViewSource, clearance: Clearance, span: TimeSpan) -> Reader {
    open_limited(source, clearance, span, ReadLimits::default())
}

/// Opens a session that may examine so much.
pub fn open_limited(
    source: ViewSource,
    clearance: Clearance,
    span: TimeSpan,
    limits: ReadLimits,
) -> Reader {
    let clearance = Arc::new(clearance);
    let compile = move |span| {
        let view = AuthorizedView::compile(source.clone(), Arc::clone(&clearance), span);
        Arc::new(view)
    };
    let view = compile(span);
    Reader {
        session: Session::new(SessionContext {
            view: Arc::clone(&view),
            history: Box::new(move || compile(TimeSpan::Until(span.day()))),
            known_at: None,
            purpose: "toezicht".to_owned(),
            pseudonym_context: CONTEXT.to_owned(),
            secret: secret(),
            limits,
            asked: Default::default(),
        }),
        view,
    }
}

/// All reads on a small world.
pub fn read(world: &World, rights: &Rights, span: TimeSpan) -> Transcript {
    open(world, rights, span).transcript()
}

/// The answer or the error as text. An error is what a caller would see of it.
pub fn bytes<T: serde::Serialize>(answer: &Result<T, QueryError>) -> String {
    match answer {
        Ok(answer) => serde_json::to_string(answer).unwrap(),
        Err(error) => format!("{error:?}: {error}"),
    }
}

const TEXTS: [&str; 17] = [
    "ja",
    "jan",
    "jans",
    "janssen anna",
    "boer",
    "bo",
    "bosman ys",
    "de boer jan",
    "celik",
    "123",
    "1234",
    "haven",
    "haven 1",
    "1011ab",
    "1011 ab 1",
    "x",
    "",
];

/// All places of a world, one cell of them, and no box.
const BOXES: [[f64; 4]; 3] = [
    [5.38, 52.15, 5.41, 52.16],
    [5.386, 52.155, 5.388, 52.156],
    [5.41, 52.15, 5.38, 52.16],
];

/// Most pages of one list: a list that does not end is a fault too.
const PAGES_MAX: usize = 400;

impl Reader {
    /// The identifier that a node is asked for by: its own, or the one that it leaves under where it is masked.
    pub fn shown(&self, id: NodeId) -> String {
        let node = self.view.find(id);
        let shown = node.and_then(|node| self.session.shown_id(&self.view, node));
        shown.unwrap_or(id).to_string()
    }

    pub fn transcript(&self) -> Transcript {
        let mut told = Vec::new();
        self.read_graph(&mut told);
        self.read_nodes(&mut told);
        self.read_expansions(&mut told);
        self.read_searches(&mut told);
        self.read_places(&mut told);
        self.read_forged_cursors(&mut told);
        self.read_paths(&mut told);
        self.read_clusters(&mut told);
        told
    }

    /// What lies below the session: the view itself.
    fn read_graph(&self, told: &mut Transcript) {
        let view = &*self.view;
        told.push(("digest".into(), view.digest().to_owned()));
        told.push(("node count".into(), view.node_count().to_string()));
        let graph = graph_text(view, view.schema(), |node| view.node_id(node));
        told.push(("graph".into(), graph));
    }

    fn read_nodes(&self, told: &mut Transcript) {
        let session = &self.session;
        // Of the other keys too the id that they have where they are masked: each statement must be asked for somewhere.
        let even = keys().filter(|key| key.1 % 2 == 0);
        let even = even.map(|key| masked(node_id(key)).to_string());
        for id in ids().into_iter().chain(even) {
            told.push((format!("node {id}"), bytes(&session.node(&id))));
            told.push((format!("preview {id}"), bytes(&session.preview(&id))));
            told.push((format!("dossier {id}"), bytes(&session.dossier(&id))));
            for limit in [1, 3, 500] {
                self.neighbour_pages(told, &id, &[], limit);
            }
            self.neighbour_pages(told, &id, &["MET", "KEEPS"], 2);
            for unknown in ["NONE", HIDDEN_LABEL] {
                self.neighbour_pages(told, &id, &[unknown], 2);
            }
        }
        for key in keys().chain([(0, 99)]) {
            let (label, text) = (LABELS[usize::from(key.0)], key_text(key));
            let found = session.find_key(label, &text);
            told.push((format!("find {label} {text}"), bytes(&found)));
        }
    }

    /// All pages of a node's neighbours.
    pub fn neighbour_pages(&self, told: &mut Transcript, id: &str, labels: &[&str], limit: usize) {
        let mut after = None;
        for page in 0..PAGES_MAX {
            let request = NeighbourRequest {
                edge_labels: labels.iter().map(|&label| label.to_owned()).collect(),
                limit: Some(limit),
                after,
            };
            let answer = self.session.neighbours(id, &request);
            let asked = format!("neighbours of {id}, {labels:?}, {limit} a page, page {page}");
            told.push((asked, bytes(&answer)));
            after = answer.ok().and_then(|answer| answer.body.next);
            if after.is_none() {
                return;
            }
        }
        panic!("the neighbours of {id} do not end");
    }

    fn read_expansions(&self, told: &mut Transcript) {
        let all = ids();
        let sets = all.chunks(3).map(<[String]>::to_vec).chain([all.clone()]);
        for start in sets {
            for hops in [None, Some(0), Some(2), Some(3), Some(4)] {
                for limit in [None, Some(1), Some(4)] {
                    self.expand(told, &start, hops, limit, [&[], &[]]);
                }
            }
            self.expand(told, &start, Some(3), None, [&["MET", "TELLS_OF"], &[]]);
            self.expand(told, &start, Some(2), Some(5), [&["KEEPS"], &["Subject"]]);
            self.expand(told, &start, Some(2), None, [&[], &["Premises", "Tip"]]);
            self.expand(told, &start, Some(2), None, [&["NONE"], &[]]);
            self.expand_into_sight(told, &start, &all);
        }
    }

    /// Expansions that choose among neighbours, and into what is in sight already.
    fn expand_into_sight(&self, told: &mut Transcript, start: &[String], all: &[String]) {
        for keep in [Keep::First, Keep::Newest, Keep::MostConnected] {
            for (hops, limit) in [(0, 3), (1, 2), (1, 5), (2, 5)] {
                for among in [&[], all] {
                    let request = ExpandRequest {
                        start: start.to_vec(),
                        hops: Some(hops),
                        limit: Some(limit),
                        keep,
                        among: among.to_vec(),
                        edge_labels: if limit == 5 {
                            vec!["MET".to_owned()]
                        } else {
                            Vec::new()
                        },
                        ..ExpandRequest::default()
                    };
                    told.push((
                        format!("{request:?}"),
                        bytes(&self.session.expand(&request)),
                    ));
                }
            }
        }
    }

    fn expand(
        &self,
        told: &mut Transcript,
        start: &[String],
        hops: Option<usize>,
        limit: Option<usize>,
        [edge_labels, node_labels]: [&[&str]; 2],
    ) {
        let owned = |labels: &[&str]| labels.iter().map(|&label| label.to_owned()).collect();
        let request = ExpandRequest {
            start: start.to_vec(),
            hops,
            edge_labels: owned(edge_labels),
            node_labels: owned(node_labels),
            limit,
            ..ExpandRequest::default()
        };
        told.push((
            format!("{request:?}"),
            bytes(&self.session.expand(&request)),
        ));
    }

    fn read_searches(&self, told: &mut Transcript) {
        for text in TEXTS {
            for (limit, label) in [
                (1, None),
                (2, Some("Subject")),
                (500, None),
                (5, Some("None")),
                (5, Some(HIDDEN_LABEL)),
            ] {
                self.search_pages(told, text, label, limit);
            }
        }
    }

    fn read_places(&self, told: &mut Transcript) {
        let mut requests = vec![PlaceRequest {
            nodes: keys().map(|key| self.shown(node_id(key))).collect(),
            ..PlaceRequest::default()
        }];
        for within in BOXES {
            for labels in [&[][..], &["Premises"], &["Subject", "Tip"], &[HIDDEN_LABEL]] {
                requests.push(PlaceRequest {
                    within: Some(within),
                    node_labels: labels.iter().map(|&label| label.to_owned()).collect(),
                    ..PlaceRequest::default()
                });
            }
            let ground = self.session.ground(&GroundRequest { within });
            told.push((format!("ground {within:?}"), bytes(&ground)));
        }
        for request in requests {
            let answer = self.session.places(&request);
            told.push((format!("{request:?}"), bytes(&answer)));
        }
    }

    /// All pages of a search.
    pub fn search_pages(
        &self,
        told: &mut Transcript,
        text: &str,
        label: Option<&str>,
        limit: usize,
    ) {
        let mut after = None;
        for page in 0..PAGES_MAX {
            let request = SearchRequest {
                text: text.to_owned(),
                label: label.map(str::to_owned),
                limit: Some(limit),
                after,
            };
            let answer = self.session.search(&request);
            told.push((format!("{request:?}, page {page}"), bytes(&answer)));
            after = answer.ok().and_then(|answer| answer.body.next);
            if after.is_none() {
                return;
            }
        }
        panic!("the hits of {text} do not end");
    }

    /// Cursors that no page gave: a caller may write what they like.
    fn read_forged_cursors(&self, told: &mut Transcript) {
        let any_id = node_id((0, 0));
        for text in ["jan", "bosman", "1234", "haven 12"] {
            for kind in 0..4 {
                for token in [
                    "", "a", "anna", "bos", "de", "haven 1", "jan", "1234", "zz", "\u{e9}",
                ] {
                    let request = SearchRequest {
                        text: text.to_owned(),
                        after: Some(format!("{kind}.{}.{token}", masked(any_id))),
                        ..SearchRequest::default()
                    };
                    told.push((
                        format!("{request:?}"),
                        bytes(&self.session.search(&request)),
                    ));
                }
            }
        }
        for (id, label) in ids().iter().zip((0..5).cycle()) {
            for (edge, behind) in [
                (any_id.to_string(), "oSTAYS_AT"),
                ("0".repeat(13), "iKEEPS"),
                ("z".repeat(13), "oMET"),
                (any_id.to_string(), "oNONE"),
                (any_id.to_string(), "oHidden0"),
                (any_id.to_string(), ""),
                // Not cut inside a letter.
                ("\u{e9}".repeat(13), "\u{e9}"),
            ] {
                let request = NeighbourRequest {
                    after: Some(format!("{id}{edge}{behind}")),
                    limit: Some(label + 1),
                    ..NeighbourRequest::default()
                };
                let answer = self.session.neighbours(&any_id.to_string(), &request);
                told.push((format!("{request:?}"), bytes(&answer)));
            }
        }
    }
}

/// What pseudonyms of these sessions are made under.
pub const CONTEXT: &str = "case 1";

/// The identifier that a masked node leaves under in these sessions.
pub fn masked(node: NodeId) -> NodeId {
    secret().mask_key(CONTEXT).node(node)
}

/// Ids of all keys, said of or not; of some keys the id that they have where they are masked; and texts that are no id.
pub fn ids() -> Vec<String> {
    let mut ids: Vec<String> = keys().map(|key| node_id(key).to_string()).collect();
    let odd = keys().filter(|key| key.1 % 2 == 1);
    ids.extend(odd.map(|key| masked(node_id(key)).to_string()));
    ids.extend([
        "0000000000000".to_owned(),
        "no id".to_owned(),
        String::new(),
    ]);
    ids
}

/// All nodes and slots of a graph with their ids, in its order.
pub fn graph_text<G: ReadGraph>(
    graph: &G,
    schema: &Schema,
    id: impl Fn(NodeIndex) -> Option<crate::model::NodeId>,
) -> String {
    let mut lines = Vec::new();
    for node in graph.nodes() {
        let label = &schema.node(graph.label(node)).unwrap().label;
        lines.push(format!("{label} {:?} {}", id(node), graph.contains(node)));
        for slot in graph.slots(node) {
            lines.push(format!(
                "  {} {:?} {:?} {} {:?}",
                schema.edge(slot.label).unwrap().label,
                slot.direction,
                id(slot.neighbour),
                graph.edge_id(slot.edge),
                graph.validity(slot.edge),
            ));
        }
        let neighbours: Vec<_> = graph.neighbours(node).map(&id).collect();
        lines.push(format!("  {neighbours:?}"));
    }
    lines.join("\n")
}
