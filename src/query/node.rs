//! A node: what it is called and what sources say of it.

use std::collections::BTreeSet;

use super::result::{Answer, NodeAnswer, NodeSummary, StatementLine};
use super::search::{SearchHit, SearchRequest};
use super::session::{QueryError, Session, label_name};
use crate::authz::{AuthorizedView, Disclosure, SeenStatement};
use crate::graph::{NodeIndex, ReadGraph, Slot};
use crate::model::{Level, NodeId, Value};

/// What is told of a node to another system.
pub(crate) struct ToldOf {
    pub(crate) node: NodeSummary,
    pub(crate) level: Level,
    pub(crate) values: Vec<(String, Value)>,
}

impl Session {
    /// Returns a node with everything that sources say of it and the caller may see, on the as-of day.
    ///
    /// Order of statements: by begin of validity, newest first; then source, file and line.
    ///
    /// # Errors
    /// [`QueryError::UnknownNode`] if it is missing or hidden.
    pub fn node(&self, id: &str) -> Result<Answer<NodeAnswer>, QueryError> {
        let node = self.node_at(self.view(), id)?;
        let body = self.describe(self.view(), node)?;
        Ok(self.answer(body, None))
    }

    /// The visible node that an identifier of an answer names, as the store knows it.
    ///
    /// # Errors
    /// [`QueryError::UnknownNode`] if it is missing or hidden.
    pub(crate) fn resolve(&self, id: &str) -> Result<NodeId, QueryError> {
        let node = self.node_at(self.view(), id)?;
        let unknown = || QueryError::UnknownNode(id.to_owned());
        self.view().node_id(node).ok_or_else(unknown)
    }

    /// A node and what it is one with, as far as the caller may see.
    pub(crate) fn one_with(&self, node: NodeId) -> BTreeSet<NodeId> {
        self.view().one_with(node)
    }

    /// The one node that a text finds: the only hit, or the only one that is called so.
    ///
    /// # Errors
    /// [`QueryError::UnknownNode`] if it finds none; [`QueryError::Invalid`] if it finds several.
    pub(crate) fn find_one(&self, text: &str) -> Result<NodeId, QueryError> {
        let request = SearchRequest {
            text: text.to_owned(),
            limit: Some(10),
            ..SearchRequest::default()
        };
        let hits = self.search(&request)?.body.hits;
        let named = |hit: &&SearchHit| hit.node.name.to_lowercase() == text.to_lowercase();
        let exact: Vec<_> = hits.iter().filter(named).collect();
        match (hits.as_slice(), exact.as_slice()) {
            ([], _) => Err(QueryError::UnknownNode(text.to_owned())),
            ([hit], _) => self.resolve(&hit.node.id),
            (_, [hit]) => self.resolve(&hit.node.id),
            (_, _) => Err(QueryError::Invalid(format!(
                "`{text}` finds several: write all of its name or address"
            ))),
        }
    }

    /// Those of some nodes that the caller may see, in order of label and identifier.
    ///
    /// # Errors
    /// [`QueryError::Archive`].
    pub(crate) fn summaries(
        &self,
        nodes: &BTreeSet<NodeId>,
    ) -> Result<Vec<NodeSummary>, QueryError> {
        let view = self.view();
        let seen = self.in_order(view, nodes.iter().filter_map(|&id| view.find(id)));
        seen.into_iter()
            .map(|node| self.summary(view, node))
            .collect()
    }

    /// The identifier that a node leaves under; `None` if it is missing or hidden.
    pub(crate) fn shown_as(&self, id: NodeId) -> Option<String> {
        let view = self.view();
        let shown = self.shown_id(view, view.find(id)?)?;
        self.note_told(view, id);
        Some(shown.to_string())
    }

    /// What sources say of a node in one value per property, and the highest level that anything visible is said of it at;
    /// `None` if it is missing, hidden or masked.
    pub(crate) fn told_of(&self, id: NodeId) -> Result<Option<ToldOf>, QueryError> {
        let view = self.view();
        let Some(node) = view.find(id) else {
            return Ok(None);
        };
        let statements = view.node_statements(node)?;
        let summary = self.name(view, node, &statements);
        if summary.disclosure != Disclosure::Full {
            return Ok(None);
        }
        let label = view.schema().node(view.label(node));
        let facts = view.node_facts(node)?;
        let values = facts.values.into_iter().filter_map(|(property, value)| {
            let definition = label?.properties.get(property.index())?;
            Some((definition.name.clone(), value))
        });
        Ok(Some(ToldOf {
            node: summary,
            level: highest(&statements),
            values: values.collect(),
        }))
    }

    pub(super) fn describe(
        &self,
        view: &AuthorizedView,
        node: NodeIndex,
    ) -> Result<NodeAnswer, QueryError> {
        Ok(self.described(view, node, view.node_statements(node)?))
    }

    pub(super) fn described(
        &self,
        view: &AuthorizedView,
        node: NodeIndex,
        statements: Vec<SeenStatement>,
    ) -> NodeAnswer {
        let summary = self.name(view, node, &statements);
        let definitions = view
            .schema()
            .node(view.label(node))
            .map_or(&[][..], |label| &label.properties);
        NodeAnswer {
            node: summary,
            statements: statements
                .into_iter()
                .map(|statement| StatementLine::new(statement, definitions, self.day()))
                .collect(),
        }
    }

    pub(crate) fn summary(
        &self,
        view: &AuthorizedView,
        node: NodeIndex,
    ) -> Result<NodeSummary, QueryError> {
        Ok(self.name(view, node, &view.node_statements(node)?))
    }

    pub(super) fn edge_lines(
        &self,
        view: &AuthorizedView,
        slot: &Slot,
    ) -> Result<Vec<StatementLine>, QueryError> {
        let definitions = view
            .schema()
            .edge(slot.label)
            .map_or(&[][..], |label| &label.properties);
        Ok(view
            .edge_statements(slot)?
            .into_iter()
            .map(|statement| StatementLine::new(statement, definitions, self.day()))
            .collect())
    }

    /// The first display property that any visible statement has, newest first; a pseudonym where none may be read.
    pub(super) fn name(
        &self,
        view: &AuthorizedView,
        node: NodeIndex,
        statements: &[SeenStatement],
    ) -> NodeSummary {
        let label = view.schema().node(view.label(node));
        let id = view.node_id(node);
        let named = label.and_then(|label| {
            label.display.iter().find_map(|name| {
                let (property, _) = label.property(name)?;
                statements.iter().find_map(|statement| {
                    let mut values = statement.properties.iter();
                    let (_, value) = values.find(|(known, _)| *known == property)?;
                    match value {
                        Value::Text(text) if text.trim().is_empty() => None,
                        other => Some(other.to_string()),
                    }
                })
            })
        });
        let name = named.unwrap_or_else(|| {
            let title = label.map_or("", |label| label.title.nl.as_str());
            let pseudonym = id.map(|id| self.pseudonym(id)).unwrap_or_default();
            format!("{title} {pseudonym}")
        });
        let label = label_name(view, node);
        // The record of the read names the node itself: it is read by officers alone.
        let own = id.map(|id| id.to_string()).unwrap_or_default();
        self.note_shown(&label, &own);
        let id = self.shown_id(view, node);
        let id = id.map(|id| id.to_string()).unwrap_or_default();
        NodeSummary {
            id,
            label,
            name,
            disclosure: match view.disclosure(node) {
                // A visible node is at least masked; `Hidden` cannot be reached here.
                Disclosure::Hidden | Disclosure::Masked => Disclosure::Masked,
                Disclosure::Full => Disclosure::Full,
            },
        }
    }
}

/// The highest level that anything of these is said at.
pub(super) fn highest(statements: &[SeenStatement]) -> Level {
    let levels = statements.iter().map(|statement| statement.level);
    levels.max().unwrap_or(Level::Openbaar)
}

/// The day of its own that a node stands in time by, whenever it was tied to others: what its newest statement with one says.
pub(super) fn own_date(
    view: &AuthorizedView,
    node: NodeIndex,
    statements: &[SeenStatement],
) -> Option<String> {
    let (date, _) = view.schema().node(view.label(node))?.property("date")?;
    let mut said = statements.iter().flat_map(|one| &one.properties);
    let (_, value) = said.find(|(property, _)| *property == date)?;
    Some(value.to_string())
}
