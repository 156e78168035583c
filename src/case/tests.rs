//! A case from its beginning to its end.

use std::collections::BTreeSet;

use super::deconfliction::Presence;
use super::*;
use crate::authz::{Principal, Purpose};
use crate::model::{CaseId, Day, Level, NodeId, ReceiptId};
use crate::store::{ReadRecords, Store};

const NODE: u64 = 7;

fn day(number: i32) -> Day {
    Day::from_days(20_000 + number).unwrap()
}

fn moment(by: &'static str, hours: i64) -> Moment<'static> {
    Moment {
        by,
        at: jiff::Timestamp::from_second(1_728_000_000 + hours * 3_600).unwrap(),
        day: day(i32::try_from(hours / 24).unwrap()),
    }
}

fn purpose() -> Purpose {
    Purpose {
        id: "p".to_owned(),
        case_days_max: Some(30),
        overseers: vec!["officer".to_owned()],
        unmask_hours: Some(8),
        four_eyes: true,
        ..Purpose::default()
    }
}

fn principal(id: &str, roles: &[&str]) -> Principal {
    Principal {
        id: id.to_owned(),
        name: id.to_owned(),
        organisation: "o".to_owned(),
        department: "d".to_owned(),
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
        clearance: Level::Intern,
    }
}

fn opened(end: Day) -> Result<Case, CaseError> {
    let draft = Draft {
        title: "t".to_owned(),
        goal: "g".to_owned(),
        nodes: [NodeId::from_bits(NODE)].into(),
        steps: 2,
        begin: day(0),
        end,
        team: ["b".to_owned()].into(),
        presence: Presence::default(),
        units: BTreeSet::new(),
    };
    let id = CaseId::from_bits(1);
    Case::open(id, draft, &principal("a", &[]), &purpose(), moment("a", 0))
}

#[test]
fn a_case_ends_when_its_purpose_says_and_is_read_no_more() {
    assert!(opened(day(31)).is_err());
    let mut case = opened(day(30)).unwrap();
    assert!(case.is_in_force(day(30)) && !case.is_in_force(day(31)));
    assert_eq!(case.status(day(31)), Status::Ended);
    assert!(case.add_note("te laat", moment("a", 31 * 24)).is_err());
    case.close(moment("a", 24)).unwrap();
    assert!(!case.is_in_force(day(1)) && !case.interest().counts_on(day(1)));
    assert!(case.interest().counts_on(day(0)));
}

#[test]
fn a_case_is_there_for_its_team_and_its_overseers() {
    let case = opened(day(30)).unwrap();
    let sees = |id, roles: &[&str]| case.is_seen_by(&principal(id, roles), &purpose());
    assert!(sees("a", &[]) && sees("b", &[]) && sees("c", &["officer"]));
    assert!(!sees("c", &[]) && !sees("c", &["coordinator"]));
    let other = Purpose {
        id: "q".to_owned(),
        ..purpose()
    };
    assert!(!case.is_seen_by(&principal("a", &[]), &other));
    let elsewhere = Principal {
        organisation: "x".to_owned(),
        ..principal("c", &["officer"])
    };
    assert!(!case.is_seen_by(&elsewhere, &purpose()));
}

#[test]
fn a_team_is_never_empty() {
    let mut case = opened(day(30)).unwrap();
    let all = TeamChange {
        remove: case.team.clone(),
        ..TeamChange::default()
    };
    assert!(case.change_team(all, moment("a", 0)).is_err());
    assert_eq!(case.team.len(), 2);
}

#[test]
fn an_unmasking_takes_two_and_closes_by_itself() {
    let mut case = opened(day(30)).unwrap();
    let node = NodeId::from_bits(NODE);
    let shows = |case: &Case, hours| case.unmasked(moment("a", hours).at).count();
    assert!(
        case.ask_unmasking(node, " ", &purpose(), moment("a", 1))
            .is_err()
    );
    case.ask_unmasking(node, "nodig", &purpose(), moment("a", 1))
        .unwrap();
    assert_eq!(shows(&case, 2), 0);
    assert!(
        case.confirm_unmasking(1, &purpose(), moment("a", 2))
            .is_err()
    );
    assert!(
        case.confirm_unmasking(2, &purpose(), moment("b", 2))
            .is_err()
    );
    case.confirm_unmasking(1, &purpose(), moment("b", 2))
        .unwrap();
    assert!(
        case.confirm_unmasking(1, &purpose(), moment("b", 3))
            .is_err()
    );
    assert_eq!((shows(&case, 9), shows(&case, 10)), (1, 0));
    let never = Purpose {
        unmask_hours: None,
        ..purpose()
    };
    assert!(
        case.ask_unmasking(node, "nodig", &never, moment("a", 3))
            .is_err()
    );
}

#[test]
fn reports_of_mistakes_go_after_their_days_and_with_what_they_are_about() {
    let report = |receipt: u64, node: u64, purpose: &str| Mistake {
        receipt: ReceiptId::from_bits(receipt),
        at: jiff::Timestamp::UNIX_EPOCH,
        day: day(0),
        by: "a".to_owned(),
        department: "o/d".to_owned(),
        named: false,
        purpose: purpose.to_owned(),
        node: NodeId::from_bits(node),
        property: None,
        line: MistakeLine {
            title: "t".to_owned(),
            owner: "o/d".to_owned(),
            level: Level::Intern,
            file: "f".to_owned(),
            line: 1,
        },
        text: "x".to_owned(),
        replies: Vec::new(),
    };
    let mut book = Book::default();
    let mut answered = report(3, 9, "short");
    answered
        .reply(MistakeOutcome::Right, "y", moment("b", 24 * 8))
        .unwrap();
    for one in [report(1, 7, "short"), report(2, 8, "none"), answered] {
        book.apply(Entry::Mistake(Box::new(one)));
    }
    let days = |purpose: &str| (purpose == "short").then_some(10);
    let over = |on: i32| book.over(day(on), days).mistakes();
    assert_eq!([over(9), over(10), over(17), over(18)], [0, 1, 1, 2]);
    assert_eq!(
        [over(729), over(730)],
        [2, 3],
        "where the purpose sets no days"
    );
    let mut gone = book.over(day(0), days);
    gone.add_mistakes_about(&book, &[NodeId::from_bits(8)].into());
    assert_eq!(gone.mistakes(), 1);
}

#[test]
fn with_a_case_that_is_not_kept_go_its_charts_and_no_others() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open_or_create(&directory.path().join("store"), || [7; 32]).unwrap();
    let chart = |case: u64, version: u16| SavedChart {
        stamp: ChartStamp {
            case: CaseId::from_bits(case),
            number: 1,
            version,
            name: "n".to_owned(),
            by: "a".to_owned(),
            at: moment("a", 0).at,
        },
        drawing: Drawing {
            centre: None,
            grouped: true,
            groups: Vec::new(),
            nodes: Vec::new(),
        },
    };
    let mut entries = vec![Entry::Case(Box::new(opened(day(5)).unwrap()))];
    let charts = [chart(1, 1), chart(1, 2), chart(2, 1)];
    entries.extend(charts.map(|chart| Entry::Chart(Box::new(chart))));
    store
        .change_records(|change| Book::write(&entries, change))
        .unwrap();
    let mut book = Book::default();
    entries.into_iter().for_each(|entry| book.apply(entry));
    let over = book.over(day(40), |_| Some(10));
    assert_eq!(over.cases(), 1);
    store
        .change_records(|change| Book::remove(&over, change))
        .unwrap();
    let records = store.records().unwrap();
    let left: Vec<(String, SavedChart)> = records.list(CHARTS, "").unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].1, chart(2, 1));
    assert!(records.list::<Case>(CASES, "").unwrap().is_empty());
}

#[test]
fn a_case_is_handed_over_once_and_not_by_two_at_a_time() {
    let mut case = opened(day(5)).unwrap();
    let begun = case.begin_handover(Level::Intern, moment("a", 1)).unwrap();
    assert_eq!(begun.reference, format!("VERBAND-{}", case.id));
    assert!(case.begin_handover(Level::Intern, moment("b", 1)).is_err());
    let taken: BTreeSet<String> = ["x".to_owned()].into();
    let trouble = Some("no".to_owned());
    case.end_handover(Some("u".to_owned()), taken.clone(), trouble, moment("a", 1));
    let again = case.begin_handover(Level::Geheim, moment("b", 1)).unwrap();
    assert_eq!(
        (again.zaak.as_deref(), &again.taken),
        (Some("u"), &taken),
        "it goes on"
    );
    case.end_handover(Some("u".to_owned()), taken, None, moment("b", 2));
    let done = case.handover.clone().unwrap();
    assert!(done.finished.is_some() && done.taken.is_empty());
    assert!(case.begin_handover(Level::Intern, moment("a", 30)).is_err());
    // Who was at it and never came back does not hold it up for good.
    let mut left = opened(day(5)).unwrap();
    left.begin_handover(Level::Intern, moment("a", 1)).unwrap();
    assert!(left.begin_handover(Level::Intern, moment("b", 2)).is_ok());
}
