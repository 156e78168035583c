//! Reads that look further than neighbours: paths, networks, components, measures.

use super::read::{Reader, Transcript, bytes, ids};
use crate::query::{
    ComponentRequest, MeasureRequest, NetworkRequest, PathKind, PathRequest, Session,
};

fn owned(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|&label| label.to_owned()).collect()
}

impl Reader {
    pub fn read_paths(&self, told: &mut Transcript) {
        let all = ids();
        let pairs = all.iter().zip(all.iter().cycle().skip(7));
        for ((from, to), turn) in pairs.zip(0..) {
            for (kind, count) in [
                (PathKind::Shortest, None),
                (PathKind::Shortest, Some(4)),
                (PathKind::TimeRespecting, None),
            ] {
                let labels: [&[&str]; 2] = match turn % 4 {
                    0 | 1 => [&[], &[]],
                    2 => [&["MET", "KEEPS"], &[]],
                    _ => [&[], &["Subject", "Premises"]],
                };
                let request = PathRequest {
                    from: from.clone(),
                    to: to.clone(),
                    kind,
                    count,
                    hops: [None, Some(2), Some(4)][turn % 3],
                    edge_labels: owned(labels[0]),
                    node_labels: owned(labels[1]),
                    start_day: (turn % 5 == 0).then(|| "2023-06-01".to_owned()),
                };
                told.push((format!("{request:?}"), bytes(&self.session.paths(&request))));
            }
        }
        for (nodes, hops) in all
            .chunks(5)
            .zip([None, Some(1), Some(3)].into_iter().cycle())
        {
            let request = NetworkRequest {
                nodes: nodes.to_vec(),
                hops,
                ..NetworkRequest::default()
            };
            told.push((
                format!("{request:?}"),
                bytes(&self.session.network(&request)),
            ));
        }
    }

    pub fn read_clusters(&self, told: &mut Transcript) {
        for (node, turn) in ids().into_iter().zip(0..) {
            let request = ComponentRequest {
                size_min: Some(turn % 3),
                node: (turn > 0).then_some(node.clone()),
                limit: [None, Some(1)][turn % 2],
            };
            let answer = self.session.components(&request);
            told.push((format!("{request:?}"), bytes(&answer)));
            measures(
                &self.session,
                told,
                vec![node],
                [None, Some(1), Some(3)][turn % 3],
                None,
            );
        }
        measures(&self.session, told, ids(), None, None);
        measures(&self.session, told, ids(), Some(1), Some(6));
    }
}

/// Communities and measures around nodes.
pub fn measures(
    session: &Session,
    told: &mut Transcript,
    start: Vec<String>,
    hops: Option<usize>,
    limit: Option<usize>,
) {
    let request = MeasureRequest { start, hops, limit };
    told.push((format!("{request:?}"), bytes(&session.measures(&request))));
}
