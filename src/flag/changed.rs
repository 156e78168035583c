//! Which subjects loads since a run can matter to: what a pattern finds about any other is what it found then.

use crate::authz::{AuthorizedView, Clearance, Near};
use crate::model::{EdgeLabelId, NodeId};
use crate::scan::pattern::Pattern;
use crate::store::Touched;

/// One in so many of all nodes may be met before it counts as all: walking to them costs about as much.
const SHARE: usize = 4;

/// The subjects that loads since a run can matter to; none where that may be all.
pub(crate) fn changed_subjects(
    pattern: &Pattern,
    loads: Option<Vec<Touched>>,
    clearance: &Clearance,
    view: &AuthorizedView,
) -> Option<Vec<NodeId>> {
    let schema = view.schema();
    let reach = pattern.compiled.reach()?;
    let (label, _) = schema.node_label(&pattern.front.subject)?;
    let mut changed = Vec::new();
    for load in loads? {
        changed.extend(load.seen(|marking| clearance.classes(marking).is_some())?);
    }
    let edges: Option<Vec<EdgeLabelId>> = reach.edges.as_ref().map(|names| {
        let ids = names.iter().filter_map(|name| schema.edge_label(name));
        ids.map(|(id, _)| id).collect()
    });
    let near = Near {
        hops: reach.hops,
        edges: edges.as_deref(),
        label,
        met_max: view.node_count() / SHARE,
    };
    view.near(&changed, near)
}
