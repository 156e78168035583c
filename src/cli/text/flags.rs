//! Flags as text for people, in Dutch.

use std::fmt::Write;

use crate::flag::{FlagAnswer, FlagLine, MandateReport, Verdict};

/// A list of flags.
pub fn flags(flags: &[FlagLine]) -> String {
    let mut out = String::new();
    for flag in flags {
        line(&mut out, flag);
    }
    let _ = match flags.len() {
        0 => writeln!(out, "Geen markeringen die u mag zien."),
        1 => writeln!(
            out,
            "1 markering. Een markering is een vraag, geen besluit."
        ),
        many => writeln!(
            out,
            "{many} markeringen. Een markering is een vraag, geen besluit."
        ),
    };
    out
}

/// One flag of a list.
pub fn line(out: &mut String, flag: &FlagLine) {
    let _ = writeln!(
        out,
        "{}  {}: {}\n    {}\n    {}, sinds {}, verloopt {}{}",
        flag.id,
        flag.title_nl,
        flag.subject.name,
        flag.sentence_nl,
        state(&flag.state),
        flag.raised_on,
        flag.expires_on,
        if flag.current {
            ""
        } else {
            "; de laatste scan vond dit niet meer"
        }
    );
}

/// One flag in a dossier.
pub fn short(out: &mut String, flag: &FlagLine) {
    let _ = writeln!(
        out,
        "  - {}: {} [{}, sinds {}, {}]",
        flag.title_nl,
        flag.sentence_nl,
        state(&flag.state),
        flag.raised_on,
        flag.id
    );
}

fn state(state: &str) -> &str {
    match state {
        "useful" => "bruikbaar",
        "not-useful" => "niet bruikbaar",
        "wrong-data" => "onjuiste gegevens",
        other => other,
    }
}

/// A flag with everything that it rests on.
pub fn flag(flag: &FlagAnswer) -> String {
    let mut out = String::new();
    line(&mut out, &flag.flag);
    let _ = writeln!(out, "\nBetekenis\n  {}", flag.meaning_nl);
    let _ = writeln!(out, "Grondslag\n  {}", flag.legal_basis);
    let _ = writeln!(out, "Rust op");
    for element in &flag.evidence {
        if let Some(node) = &element.node {
            let _ = writeln!(out, "  {} {} ({})", node.id, node.name, node.label);
        }
        if let Some(edge) = &element.edge {
            let _ = writeln!(out, "      {} -{}-> {}", edge.from, edge.label, edge.to);
        }
    }
    let _ = writeln!(out, "Wat dit lager maakt of wegneemt\n  {}", flag.lowers_nl);
    let _ = writeln!(out, "Lijkt erop, en is het niet");
    for text in &flag.falsepositives_nl {
        let _ = writeln!(out, "  {text}");
    }
    let _ = writeln!(out, "Grenzen");
    for parameter in &flag.parameters {
        let _ = writeln!(
            out,
            "  {}: {} ({})",
            parameter.title_nl, parameter.value, parameter.source
        );
    }
    for judgement in &flag.judgements {
        let verdict = match judgement.verdict {
            Verdict::Useful => "bruikbaar",
            Verdict::NotUseful => "niet bruikbaar",
            Verdict::WrongData => "onjuiste gegevens",
        };
        let _ = writeln!(
            out,
            "Oordeel van {} op {}: {verdict}. {}",
            judgement.by, judgement.on, judgement.reason
        );
    }
    let _ = writeln!(out, "{}", flag.notice_nl);
    out
}

/// How the patterns of a mandate do.
pub fn mandate_report(report: &MandateReport) -> String {
    let mut out = String::new();
    for pattern in &report.patterns {
        let rate = &pattern.hit_rate;
        let useful = rate.useful_percent.map_or_else(
            || "nog geen oordelen".to_owned(),
            |one| format!("{one} % bruikbaar"),
        );
        let _ = writeln!(
            out,
            "{}: {} markeringen, {useful} ({} bruikbaar, {} niet, {} onjuiste gegevens)",
            pattern.pattern, rate.flags, rate.useful, rate.not_useful, rate.wrong_data
        );
        for line in &pattern.districts {
            let ratio = line.ratio_percent.map_or_else(
                || "-".to_owned(),
                |one| format!("{},{:02}", one / 100, one % 100),
            );
            let _ = writeln!(
                out,
                "  wijk {:<5} {:>7} mogelijk, {:>4} gemarkeerd, {ratio} keer een gelijke verdeling",
                line.district, line.base, line.flags
            );
        }
    }
    if report.patterns.is_empty() {
        out.push_str("Er zijn geen markeringen van dit mandaat.\n");
    }
    out
}
