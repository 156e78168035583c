//! Cases that sources delivered, as interests.
//!
//! This reads what the caller may not see, for [`deconfliction`](crate::case::deconfliction) and nothing else: what it
//! gives is who is busy where, and no more leaves that file than it decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::authz::{AuthorizedView, Clearance, Grant, ViewSource};
use crate::case::deconfliction::{Holder, Interest, Presence};
use crate::graph::{ArchiveError, Direction, ReadGraph};
use crate::model::{ClassSet, Day, PropertyClass, TimeSpan, Value};

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
    let mut classes = ClassSet::EMPTY;
    classes.insert(PropertyClass::Ordinary);
    let every = source.markings.iter().map(|_| Grant {
        classes: Some(classes),
        rules: Vec::new(),
    });
    let clearance = Arc::new(Clearance::new(every.collect()));
    let view = AuthorizedView::compile(source.clone(), clearance, TimeSpan::On(day));
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
        let slots = view
            .slots(node)
            .filter(|slot| slot.label == about && slot.direction == Direction::Out);
        let units: BTreeSet<_> = slots
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
