//! The dossier: one page with everything the caller may see around a node.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::limit::{CONNECTIONS_MAX, SECTION_LINES_MAX};
use super::neighbourhood::edge_name;
use super::node::own_date;
use super::result::{Answer, AskedState, NodeAnswer, NodeSummary, StatementLine, Truncated};
use super::session::{QueryError, Session};
use crate::authz::AuthorizedView;
use crate::graph::{Direction, NodeIndex, ReadGraph, Slot, Stop};
use crate::model::{Title, Validity};

/// One line of a section: a neighbour, how it is connected, and what sources say of both.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DossierLine {
    /// The neighbour, with what sources say of it.
    #[serde(flatten)]
    pub about: NodeAnswer,
    /// Identifier of the edge.
    pub edge_id: String,
    /// What sources say of the edge.
    pub connection: Vec<StatementLine>,
    /// The day the line is sorted by: begin of the connection, or the date of a signal.
    pub since: Option<String>,
    /// The day the connection ended, if it did; none where the line is sorted by a date of its own.
    pub until: Option<String>,
}

/// What is connected in one way.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DossierSection {
    /// Heading in Dutch.
    pub title_nl: String,
    /// Heading in English.
    pub title_en: String,
    /// Label of the edges.
    pub edge_label: String,
    /// Whether they leave (`out`) or enter (`in`) the subject.
    #[schema(value_type = String)]
    pub direction: Direction,
    /// What holds, or may hold, on the as-of day; newest first.
    pub now: Vec<DossierLine>,
    /// What held before; newest first.
    pub earlier: Vec<DossierLine>,
    /// How many lines there are in all; at most 500 are written, the newest.
    pub line_count: usize,
}

/// A node at two steps, and over whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DossierConnection {
    /// The node.
    #[serde(flatten)]
    pub node: NodeSummary,
    /// The edge label of the second step and the node between, as `OWNS via Jansen`: in order of the nodes between.
    pub via: Vec<String>,
}

/// Everything around a node.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dossier {
    /// The node that it is about, with what sources say of it.
    pub subject: NodeAnswer,
    /// What is and was connected, in order of the schema.
    pub sections: Vec<DossierSection>,
    /// What hangs together with it over one other node, on the as-of day: most ways first.
    pub connections: Vec<DossierConnection>,
    /// How many of these there are in all; at most 200 are written. Not all, if `truncated` names `edges-examined`.
    pub connection_count: usize,
    /// Sources that this dossier draws on.
    pub sources: Vec<String>,
    /// Whether it was asked if others are busy here: under a case, where the case is about this node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deconfliction: Option<AskedState>,
}

/// What connects too much to say anything: a street or a town holds thousands of addresses together.
const NOT_BETWEEN: [&str; 3] = ["Street", "Place", "Municipality"];

impl Session {
    /// Returns the dossier of a node: who and what is and was there, by section, with source, date and reason on each line;
    /// and what hangs together with it within two steps.
    ///
    /// # Errors
    /// [`QueryError::UnknownNode`] if the node is missing or hidden.
    pub fn dossier(&self, id: &str) -> Result<Answer<Dossier>, QueryError> {
        let history = self.history();
        let node = self.node_at(history, id)?;
        let subject = self.describe(history, node)?;
        let mut truncated = None;
        let sections = self.sections(node, &mut truncated)?;
        let (connections, connection_count) = self.connections(node, &mut truncated)?;
        let mut sources: Vec<String> = subject
            .statements
            .iter()
            .chain(sections.iter().flat_map(|section| {
                let lines = section.now.iter().chain(&section.earlier);
                lines.flat_map(|line| line.connection.iter().chain(&line.about.statements))
            }))
            .map(|line| line.source.name.clone())
            .collect();
        sources.sort();
        sources.dedup();
        let body = Dossier {
            subject,
            sections,
            connections,
            connection_count,
            sources,
            deconfliction: self.asked(self.view().node_id(node)),
        };
        Ok(self.answer_over_time(body, truncated))
    }

    fn sections(
        &self,
        node: NodeIndex,
        truncated: &mut Option<Truncated>,
    ) -> Result<Vec<DossierSection>, QueryError> {
        let history = self.history();
        let mut kinds: BTreeMap<_, Vec<Slot>> = BTreeMap::new();
        for slot in self.slots_in_order(history, node, |_| true) {
            kinds
                .entry((slot.label, slot.direction))
                .or_default()
                .push(slot);
        }
        let mut sections = Vec::new();
        for ((label, direction), slots) in kinds {
            let Some(edge) = self.schema().edge(label) else {
                continue;
            };
            let heading = match direction {
                Direction::In => edge.heading_in.as_ref(),
                Direction::Out => edge.heading_out.as_ref(),
            };
            let Title { nl, en } = heading.unwrap_or(&edge.title).clone();
            let mut section = DossierSection {
                title_nl: nl,
                title_en: en,
                edge_label: edge.label.clone(),
                direction,
                now: Vec::new(),
                earlier: Vec::new(),
                line_count: 0,
            };
            // Statements of one edge are one line: the last interval decides where it stands.
            let mut edges: Vec<(Slot, Validity)> = Vec::new();
            for slot in slots {
                let validity = history.validity(slot.edge);
                let id = history.edge_id(slot.edge);
                match edges.last_mut() {
                    Some((last, known)) if history.edge_id(last.edge) == id => {
                        if later(validity, *known) {
                            *known = validity;
                        }
                    }
                    Some(_) | None => edges.push((slot, validity)),
                }
            }
            edges.sort_by_cached_key(|(slot, validity)| {
                let begin = begin(*validity);
                (
                    std::cmp::Reverse(begin),
                    self.order(history, slot.neighbour),
                )
            });
            section.line_count = edges.len();
            if edges.len() > SECTION_LINES_MAX {
                edges.truncate(SECTION_LINES_MAX);
                *truncated = Some(Truncated {
                    limit: "lines",
                    max: SECTION_LINES_MAX as u64,
                });
            }
            for (slot, validity) in edges {
                let line = self.line(history, node, &slot, validity)?;
                if validity.may_hold(self.view().span()) {
                    section.now.push(line);
                } else {
                    section.earlier.push(line);
                }
            }
            for lines in [&mut section.now, &mut section.earlier] {
                lines.sort_by(|a, b| b.since.cmp(&a.since));
            }
            sections.push(section);
        }
        Ok(sections)
    }

    fn line(
        &self,
        view: &AuthorizedView,
        node: NodeIndex,
        slot: &Slot,
        validity: Validity,
    ) -> Result<DossierLine, QueryError> {
        let statements = view.node_statements(slot.neighbour)?;
        let own_date = own_date(view, slot.neighbour, &statements);
        let about = self.described(view, slot.neighbour, statements);
        let end = validity.to.filter(|_| own_date.is_none());
        Ok(DossierLine {
            edge_id: self.shown_edge(view, node, slot).to_string(),
            connection: self.edge_lines(view, slot)?,
            until: end.map(|to| to.to_string()),
            since: own_date.or_else(|| validity.from.map(|from| from.to_string())),
            about,
        })
    }

    fn connections(
        &self,
        subject: NodeIndex,
        truncated: &mut Option<Truncated>,
    ) -> Result<(Vec<DossierConnection>, usize), QueryError> {
        let view = self.view();
        if !view.contains(subject) {
            return Ok((Vec::new(), 0));
        }
        let between: HashSet<NodeIndex> = view
            .neighbours(subject)
            .filter(|&node| {
                let label = view.schema().node(view.label(node));
                label.is_some_and(|label| !NOT_BETWEEN.contains(&label.label.as_str()))
            })
            .collect();
        let mut budget = self.budget();
        let mut ways: HashMap<NodeIndex, Vec<(NodeIndex, String)>> = HashMap::new();
        'between: for node in self.in_order(view, between.iter().copied()) {
            for slot in view.slots(node) {
                match budget.charge_edge() {
                    Ok(()) => {}
                    Err(Stop::Edges(max)) => {
                        *truncated = Some(Truncated {
                            limit: "edges-examined",
                            max,
                        });
                        break 'between;
                    }
                    Err(Stop::Deadline) => return Err(QueryError::Deadline),
                }
                let far = slot.neighbour;
                if far == subject || between.contains(&far) {
                    continue;
                }
                let way = (node, edge_name(view, slot.label));
                let known = ways.entry(far).or_default();
                if !known.contains(&way) {
                    known.push(way);
                }
            }
        }
        let mut far: Vec<(NodeIndex, Vec<(NodeIndex, String)>)> = ways.into_iter().collect();
        far.sort_by_cached_key(|(node, ways)| {
            (std::cmp::Reverse(ways.len()), self.order(view, *node))
        });
        let found = far.len();
        if far.len() > CONNECTIONS_MAX {
            far.truncate(CONNECTIONS_MAX);
            // A search that was cut short says more than a list that was.
            truncated.get_or_insert(Truncated {
                limit: "lines",
                max: CONNECTIONS_MAX as u64,
            });
        }
        let connections = far
            .into_iter()
            .map(|(node, ways)| {
                let via = ways
                    .into_iter()
                    .map(|(between, label)| {
                        let name = self.summary(view, between)?.name;
                        Ok(format!("{label} via {name}"))
                    })
                    .collect::<Result<Vec<String>, QueryError>>()?;
                Ok(DossierConnection {
                    node: self.summary(view, node)?,
                    via,
                })
            })
            .collect::<Result<Vec<DossierConnection>, QueryError>>()?;
        Ok((connections, found))
    }
}

fn begin(validity: Validity) -> Option<crate::model::Day> {
    validity.from.map(|from| from.earliest())
}

/// Whether one validity ends later than another; of two open ones the one that began later.
fn later(one: Validity, other: Validity) -> bool {
    let end = |validity: Validity| validity.to.map_or(crate::model::Day::MAX, |to| to.latest());
    (end(one), begin(one)) > (end(other), begin(other))
}
