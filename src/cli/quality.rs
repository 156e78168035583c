//! `verband store quality`: how the deliveries of each source went over time.

use std::collections::BTreeMap;

use crate::model::{Delivery, DeliveryOutcome};

/// How one delivery of a source went.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QualityLine {
    loaded_at: String,
    delivery: String,
    #[serde(flatten)]
    outcome: Option<DeliveryOutcome>,
    /// Refused per thousand records read.
    refused_per_thousand: Option<f64>,
}

/// How the deliveries of each source went.
pub fn quality(
    deliveries: Vec<Delivery>,
    only: Option<&str>,
) -> BTreeMap<String, Vec<QualityLine>> {
    let mut sources: BTreeMap<String, Vec<QualityLine>> = BTreeMap::new();
    for delivery in deliveries {
        if only.is_some_and(|only| only != delivery.source) {
            continue;
        }
        let share = |outcome: DeliveryOutcome| {
            let share = outcome.records_refused as f64 * 1000.0 / outcome.records_read as f64;
            (outcome.records_read > 0).then_some(share)
        };
        sources
            .entry(delivery.source)
            .or_default()
            .push(QualityLine {
                loaded_at: delivery.loaded_at,
                delivery: delivery.name,
                outcome: delivery.outcome,
                refused_per_thousand: delivery.outcome.and_then(share),
            });
    }
    sources
}

/// The same for people.
pub fn describe(sources: &BTreeMap<String, Vec<QualityLine>>) -> String {
    let mut text = String::new();
    for (source, lines) in sources {
        text.push_str(source);
        text.push('\n');
        for line in lines {
            let told = match (line.outcome, line.refused_per_thousand) {
                (None, _) => "not counted when it was loaded".to_owned(),
                (Some(outcome), share) => format!(
                    "{} read, {} refused ({:.1} per thousand), {} set aside; {} statements new, {} stood already, \
                     {} fell, {} stand again; \
                     {} edges wait",
                    outcome.records_read,
                    outcome.records_refused,
                    share.unwrap_or(0.0),
                    outcome.records_set_aside,
                    outcome.statements_added,
                    outcome.statements_unchanged,
                    outcome.statements_superseded,
                    outcome.statements_restored,
                    outcome.edges_waiting
                ),
            };
            text.push_str(&format!(
                "  {}  {}: {told}\n",
                line.loaded_at, line.delivery
            ));
        }
    }
    text
}
