//! What sources say that a caller may not see, for the two openings that are decided elsewhere.
//!
//! What this reads goes to [`deconfliction`](crate::case::deconfliction) (open cases that sources delivered) and to
//! [`accumulation`](crate::case::accumulation) (which departments hold signals) and nowhere else; no more leaves those files
//! than they decide.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::authz::{AuthorizedView, Clearance, Grant, ViewSource};
use crate::case::accumulation::{Held, HeldAbout};
use crate::case::deconfliction::{Holder, Interest, Presence};
use crate::graph::{ArchiveError, Direction, ReadGraph};
use crate::model::{ClassSet, Day, Marking, PropertyClass, TimeSpan, Value};

/// Words by which sources say that a case is over. Any other word, or none, is an open case.
const OVER: [&str; 7] = [
    "afgesloten",
    "afgehandeld",
    "beëindigd",
    "closed",
    "gesloten",
    "ingetrokken",
    "settled",
];

/// The open cases that sources delivered, on a day.
///
/// # Errors
/// [`ArchiveError`].
///
/// # Cost
/// Compiles a view of everything: once per revision and day, not per question.
pub(super) fn delivered(source: &ViewSource, day: Day) -> Result<Vec<Interest>, ArchiveError> {
    let view = everything(source, TimeSpan::On(day));
    let labels = (
        view.schema().node_label("Case"),
        view.schema().edge_label("ABOUT"),
    );
    let (Some((case, label)), Some((about, _))) = labels else {
        return Ok(Vec::new());
    };
    let property = |name| label.property(name).map(|(property, _)| property);
    let (status, opened) = (property("status"), property("opened"));
    let mut interests = Vec::new();
    for node in view.nodes().filter(|&node| view.label(node) == case) {
        let statements = view.node_statements(node)?;
        let said = |wanted| {
            let properties = statements.iter().flat_map(|one| &one.properties);
            let mut values = properties.filter(move |(known, _)| Some(*known) == wanted);
            values.next().map(|(_, value)| value)
        };
        let is_over = said(status).is_some_and(|value| {
            let word = value.to_string().trim().to_lowercase();
            OVER.contains(&word.as_str())
        });
        let Some((first, id)) = statements
            .first()
            .zip(view.node_id(node))
            .filter(|_| !is_over)
        else {
            continue;
        };
        let (organisation, department) = first.owner.split_once('/').unwrap_or((&first.owner, ""));
        let begin = match said(opened) {
            Some(Value::Date(date)) => Some(*date),
            Some(_) | None => first.validity.from,
        };
        let units: BTreeSet<_> = view
            .slots(node)
            .filter(|slot| slot.label == about && slot.direction == Direction::Out)
            .filter_map(|slot| view.node_id(slot.neighbour))
            .flat_map(|node| view.one_with(node))
            .collect();
        interests.push(Interest {
            holder: Holder::Delivered(id),
            organisation: organisation.to_owned(),
            department: department.to_owned(),
            units,
            presence: Presence::default(),
            from: begin.map_or(day, |date| date.earliest().min(day)),
            until: Day::MAX,
        });
    }
    Ok(interests)
}

/// All that is not identifying, financial and so on, of whomever.
fn everything(source: &ViewSource, span: TimeSpan) -> AuthorizedView {
    let mut classes = ClassSet::EMPTY;
    classes.insert(PropertyClass::Ordinary);
    let every = source.markings.iter().map(|_| Grant {
        classes: Some(classes),
        rules: Vec::new(),
    });
    let clearance = Arc::new(Clearance::new(every.collect()));
    AuthorizedView::compile(source.clone(), clearance, span)
}

/// Which departments hold signals about what, up to a day. A signal without a day counts for nothing.
///
/// # Errors
/// [`ArchiveError`].
///
/// # Cost
/// Compiles a view of everything and reads all signals: once per revision and day, not per question.
pub(super) fn held(source: &ViewSource, day: Day) -> Result<HeldAbout, ArchiveError> {
    let span = TimeSpan::Until(day);
    let view = everything(source, span);
    let labels = (
        view.schema().node_label("Signal"),
        view.schema().edge_label("ABOUT"),
    );
    let (Some((signal, label)), Some((about, _))) = labels else {
        return Ok(HeldAbout::new());
    };
    let date = label.property("date").map(|(property, _)| property);
    // Each statement as it is, not as lines that show the same: what they were collected for may differ.
    let mut found = HeldAbout::new();
    for node in view.nodes().filter(|&node| view.label(node) == signal) {
        let mut said: Vec<(&Marking, Day)> = Vec::new();
        for key in view.keys_of(node) {
            for statement in source.archive.node_statements(key)? {
                let mut values = statement.properties.iter();
                let value = values.find(|(known, _)| Some(*known) == date);
                let marking = source.markings.get(statement.marking);
                if let (Some((_, Value::Date(date))), Some(marking)) = (value, marking) {
                    said.push((marking, date.earliest()));
                }
            }
        }
        for slot in view.slots(node) {
            if slot.label != about || slot.direction != Direction::Out {
                continue;
            }
            let mut held = Vec::new();
            for statement in source.archive.edge_statements(view.edge_id(slot.edge))? {
                let marking = source.markings.get(statement.marking);
                let marking = marking.filter(|_| statement.validity.may_hold(span));
                held.extend(marking.into_iter().flat_map(|of_edge| {
                    let own = said.iter().filter(|(of_node, _)| {
                        (&of_node.organisation, &of_node.department)
                            == (&of_edge.organisation, &of_edge.department)
                    });
                    own.map(|(of_node, day)| Held {
                        department: format!("{}/{}", of_edge.organisation, of_edge.department),
                        level: of_edge.level.max(of_node.level),
                        purposes: [of_edge.purposes.clone(), of_node.purposes.clone()],
                        day: *day,
                    })
                }));
            }
            for key in view.keys_of(slot.neighbour) {
                found.entry(key).or_default().extend(held.iter().cloned());
            }
        }
    }
    Ok(found)
}
