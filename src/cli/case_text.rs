//! Cases, and what others are told, as text for people, in Dutch.

use std::fmt::Write;

use crate::case::Status;
use crate::engine::desk::{
    AccumulationAnswer, AccumulationList, CaseAnswer, CaseList, DeconflictionAnswer,
    DeconflictionList, NoticeList, SideLine,
};

fn status(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Ended => "verlopen",
        Status::Closed => "gesloten",
    }
}

/// A list of cases.
pub fn cases(list: &CaseList) -> String {
    let mut out = String::new();
    for case in &list.cases {
        let _ = writeln!(
            out,
            "{}  {:<9} tot en met {}  {} ({})",
            case.id,
            status(case.status),
            case.end,
            case.title,
            case.owner
        );
    }
    let _ = writeln!(out, "{} zaken", list.case_count);
    out
}

/// A case.
pub fn case(case: &CaseAnswer) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", case.title.to_uppercase());
    let _ = writeln!(
        out,
        "Zaak {} van {}, {}, van {} tot en met {}",
        case.id,
        case.owner,
        status(case.status),
        case.begin,
        case.end
    );
    let _ = writeln!(out, "Doel {}: {}", case.purpose, case.goal);
    let _ = writeln!(out, "Grond {}", case.ground);
    let _ = writeln!(out, "Team {}", case.team.join(", "));
    let told = match case.presence.answer {
        "contact" if case.presence.show_department => "dat u bezig bent, en welke afdeling",
        "contact" => "dat iemand bezig is",
        "hold" => "dat zij eerst de coördinator moeten bellen",
        _ => "niets",
    };
    let _ = writeln!(out, "Wie hetzelfde vraagt hoort {told}");
    for node in &case.nodes {
        let _ = writeln!(
            out,
            "  over {} ({}), {} stappen ver",
            node.name, node.id, case.steps
        );
    }
    for node in &case.pins {
        let _ = writeln!(out, "  vastgeprikt {} ({})", node.name, node.id);
    }
    for note in &case.notes {
        let _ = writeln!(out, "  {} {}: {}", note.at, note.by, note.text);
    }
    out
}

/// What an asker is told.
pub fn deconfliction(answer: &DeconflictionAnswer) -> String {
    format!(
        "{}\nOntvangstnummer {}, gevraagd op {}\n",
        answer.sentence.nl, answer.receipt, answer.asked_on
    )
}

/// Whether enough departments hold a signal.
pub fn accumulation(answer: &AccumulationAnswer) -> String {
    format!(
        "{}\nOntvangstnummer {}, gevraagd op {}, gewogen op {}\n",
        answer.sentence.nl, answer.receipt, answer.asked_on, answer.weighed_on
    )
}

/// What the coordinator has to bring together.
pub fn accumulations(list: &AccumulationList) -> String {
    let mut out = String::new();
    for line in &list.accumulations {
        let node = line.node.as_ref();
        let node = node.map_or("iets dat u niet ziet", |node| &node.name);
        let told = match line.answer {
            "reached" => "drempel bereikt",
            _ => "drempel niet bereikt",
        };
        let _ = writeln!(
            out,
            "{}  {}  {node}  {told}{}\n    gevraagd door {} ({}), zaak {}\n    diensten: {}",
            line.receipt,
            line.asked_on,
            if line.canary { ", lokadres" } else { "" },
            line.asker,
            line.asked_by,
            line.case,
            line.departments.join(", ")
        );
    }
    let _ = writeln!(out, "{} vragen", list.accumulation_count);
    out
}

/// What somebody has to know.
pub fn notices(list: &NoticeList) -> String {
    let mut out = String::new();
    for notice in &list.notices {
        let nodes: Vec<&str> = notice.nodes.iter().map(|node| node.name.as_str()).collect();
        let _ = writeln!(
            out,
            "{}  {}  {}  {}\n    {}",
            notice.receipt,
            notice.asked_on,
            notice.state.name(),
            nodes.join(", "),
            notice.sentence.nl
        );
    }
    let _ = writeln!(out, "{} berichten", list.notice_count);
    out
}

/// What a coordinator has to do.
pub fn deconflictions(list: &DeconflictionList) -> String {
    let side = |side: &SideLine| {
        format!(
            "{} ({}; laat weten: {}; {})",
            side.owner,
            side.accounts.join(", "),
            side.presence.answer,
            side.state.name()
        )
    };
    let mut out = String::new();
    for line in &list.deconflictions {
        let node = line
            .node
            .as_ref()
            .map_or("iets dat u niet ziet", |node| &node.name);
        let parties: Vec<String> = line.parties.iter().map(side).collect();
        let _ = writeln!(
            out,
            "{}  {}  {node}  tot {}{}{}\n    gevraagd door {}, gehoord: {}\n    daar: {}",
            line.receipt,
            line.asked_on,
            line.deadline,
            if line.overdue { ", te laat" } else { "" },
            if line.canary { ", lokadres" } else { "" },
            side(&line.asker),
            line.answer.name(),
            parties.join("; ")
        );
    }
    let _ = writeln!(out, "{} keer gevraagd", list.deconfliction_count);
    out
}
