//! What becomes of flags over runs, and what people do with them.

use super::world::{POLICY, Tiny, reader};
use crate::engine::{Access, ScanRequest};
use crate::flag::{
    Act, AssigneeRequest, CaseRequest, FlagError, JudgementRequest, RunState, Verdict,
};
use crate::model::{Day, Level};

fn today() -> Day {
    "2026-11-01".parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

const CROWD: &str = "Address a use=woonfunctie floor_area_m2=60
    Person p1..8
    p1..8 -LIVES_AT-> a function=W from=2026-01-01";

fn crowd() -> Tiny {
    Tiny::new(CROWD, "woonfraude", today)
}

const ID: &str = "overbewoning";

fn counts(tiny: &Tiny, as_of: &str) -> [usize; 4] {
    let done = tiny.scan(&[ID], Some(day(as_of)));
    let one = &done.run.patterns[0];
    [one.raised, one.again, one.kept, one.ended]
}

fn judge(tiny: &Tiny, clearance: Level, id: &str, act: Act) -> Result<(), FlagError> {
    let access = Access {
        purpose: Some("woonfraude"),
        action: "flag-judge",
        ..Access::default()
    };
    let done = tiny.engine.act_on_flag(&reader(clearance), access, id, act);
    done.unwrap().map(drop)
}

fn useful() -> Act {
    Act::Judge(JudgementRequest {
        verdict: Verdict::Useful,
        reason: "Er wonen er acht.".to_owned(),
    })
}

#[test]
fn the_same_match_raises_no_new_flag_until_it_stood_for_its_days() {
    let tiny = crowd();
    assert_eq!(counts(&tiny, "2026-07-01"), [1, 0, 0, 0]);
    assert_eq!(counts(&tiny, "2026-08-01"), [0, 0, 1, 0]);
    // Ninety days after it was raised.
    assert_eq!(counts(&tiny, "2026-09-29"), [0, 1, 0, 0]);
    assert_eq!(counts(&tiny, "2026-10-01"), [0, 0, 1, 0]);
    let flags = tiny.flags(&reader(Level::Intern), ID);
    assert_eq!(flags.len(), 1);
    assert_eq!(
        (flags[0].raised_on.as_str(), flags[0].seen_on.as_str()),
        ("2026-07-01", "2026-10-01")
    );
    assert!(flags[0].current);
}

#[test]
fn a_flag_that_is_not_found_any_more_ends_and_one_that_comes_back_is_raised_again() {
    let mut tiny = Tiny::new(
        "Address a use=woonfunctie floor_area_m2=60
         Person p1..8
         p1..7 -LIVES_AT-> a function=W from=2026-01-01
         p8 -LIVES_AT-> a function=W from=2026-01-01 to=2026-09-01",
        "woonfraude",
        today,
    );
    assert_eq!(counts(&tiny, "2026-08-01"), [1, 0, 0, 0]);
    assert_eq!(counts(&tiny, "2026-09-02"), [0, 0, 0, 1]);
    let flags = tiny.flags(&reader(Level::Intern), ID);
    assert!(
        !flags[0].current,
        "it is shown until it expires, as one that ended"
    );
    assert_eq!(flags[0].expires_on, "2027-01-28");
    tiny.add(
        "Address a\nPerson q\nq -LIVES_AT-> a function=W from=2026-09-10",
        2,
    );
    assert_eq!(counts(&tiny, "2026-09-15"), [0, 1, 0, 0]);
}

#[test]
fn a_flag_is_gone_once_it_expired() {
    let tiny = crowd();
    counts(&tiny, "2026-03-01");
    // 180 days later it is not shown, though it stands in the store until a scan settles it.
    assert!(tiny.seen(&reader(Level::Intern), ID).is_empty());
}

#[test]
fn a_reader_of_another_day_sees_the_flags_of_that_day() {
    let tiny = crowd();
    counts(&tiny, "2026-10-01");
    let on = |text: &str| {
        let request = crate::flag::FlagRequest::default();
        let list = tiny.read(&reader(Level::Intern), Some(day(text)), |session, desk| {
            desk.list(session, &request)
        });
        list.unwrap().body.flags.len()
    };
    assert_eq!((on("2026-09-30"), on("2026-10-01")), (0, 1));
}

#[test]
fn who_sees_less_sees_the_flag_as_their_own_view_finds_it() {
    let mut tiny = crowd();
    tiny.add(
        "Address a\nPerson q1..3\nq1..3 -LIVES_AT-> a function=W from=2026-01-01 !",
        2,
    );
    let done = tiny.scan(&[ID], None);
    assert_eq!(tiny.found(&done, ID), ["a 11"]);
    // Eight of eleven: with or without the hidden three, the reader is told the same.
    let told = |clearance| tiny.flags(&reader(clearance), ID).remove(0);
    assert_eq!(told(Level::Geheim).score, 11);
    let less = told(Level::Intern);
    assert_eq!(less.score, 8);
    let without = crowd();
    without.scan(&[ID], None);
    let alone = without.flags(&reader(Level::Intern), ID).remove(0);
    assert_eq!((less.id, less.sentence_nl), (alone.id, alone.sentence_nl));
}

#[test]
fn a_judgement_is_told_to_who_sees_what_it_was_made_on() {
    let mut tiny = crowd();
    tiny.add(
        "Address a\nPerson q1..3\nq1..3 -LIVES_AT-> a function=W from=2026-01-01 !",
        2,
    );
    tiny.scan(&[ID], None);
    let id = tiny.flags(&reader(Level::Intern), ID)[0].id.clone();
    judge(&tiny, Level::Geheim, &id, useful()).unwrap();
    let state = |clearance| tiny.flags(&reader(clearance), ID)[0].state.clone();
    assert_eq!(
        (state(Level::Geheim).as_str(), state(Level::Intern).as_str()),
        ("useful", "open")
    );
    judge(
        &tiny,
        Level::Intern,
        &id,
        Act::Judge(JudgementRequest {
            verdict: Verdict::WrongData,
            reason: "Twee zijn verhuisd.".to_owned(),
        }),
    )
    .unwrap();
    assert_eq!(
        (state(Level::Geheim).as_str(), state(Level::Intern).as_str()),
        ("wrong-data", "wrong-data")
    );
}

#[test]
fn a_flag_is_assigned_taken_back_and_put_into_a_case() {
    let tiny = crowd();
    tiny.scan(&[ID], None);
    let of = || tiny.flags(&reader(Level::Intern), ID).remove(0);
    let id = of().id;
    let assign = |name: Option<&str>| {
        let assignee = name.map(str::to_owned);
        judge(
            &tiny,
            Level::Intern,
            &id,
            Act::Assign(AssigneeRequest { assignee }),
        )
        .unwrap();
    };
    assign(Some("inge"));
    assert_eq!(of().assignee.as_deref(), Some("inge"));
    assign(None);
    assert_eq!(of().assignee, None);
    let case = CaseRequest {
        case_id: "z1".to_owned(),
    };
    judge(&tiny, Level::Intern, &id, Act::Case(case)).unwrap();
    assert_eq!(of().case_id.as_deref(), Some("z1"));
}

#[test]
fn nobody_acts_on_a_flag_that_they_do_not_see_or_without_a_reason() {
    let tiny = crowd();
    tiny.scan(&[ID], None);
    let id = tiny.flags(&reader(Level::Intern), ID)[0].id.clone();
    let told = judge(&tiny, Level::Openbaar, &id, useful()).unwrap_err();
    assert!(matches!(told, FlagError::UnknownFlag(_)), "{told}");
    let empty = Act::Judge(JudgementRequest {
        verdict: Verdict::Useful,
        reason: " ".to_owned(),
    });
    let told = judge(&tiny, Level::Intern, &id, empty).unwrap_err();
    assert!(matches!(told, FlagError::Invalid(_)), "{told}");
    assert_eq!(tiny.flags(&reader(Level::Intern), ID)[0].state, "open");
}

#[test]
fn a_dry_run_keeps_nothing_and_tells_what_would_differ() {
    let tiny = crowd();
    let request = ScanRequest {
        mandate: "m".to_owned(),
        patterns: vec![ID.to_owned()],
        dry_run: true,
        ..ScanRequest::default()
    };
    let dry = || {
        tiny.engine
            .scan(&request, "test", &std::sync::Arc::default())
            .unwrap()
    };
    assert_eq!(dry().differences[ID].added.len(), 1);
    assert!(tiny.seen(&reader(Level::Geheim), ID).is_empty());
    assert!(tiny.engine.scan_runs().unwrap().is_empty());
    tiny.scan(&[ID], None);
    assert_eq!(dry().differences[ID].same, 1);
    let remembered = tiny.engine.dry_runs();
    let told: Vec<_> = remembered
        .iter()
        .map(|run| (run.patterns[0].raised, run.patterns[0].kept, run.state))
        .collect();
    assert_eq!(told, [(1, 0, RunState::Done), (0, 1, RunState::Done)]);
    let (again, _) = tiny.engine.scan_run(&remembered[0].id).unwrap().unwrap();
    assert_eq!(again, remembered[0]);
}

#[test]
fn a_scan_that_was_stopped_raises_nothing() {
    let tiny = crowd();
    let progress = std::sync::Arc::new(crate::scan::run::Progress::default());
    progress
        .cancel
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let request = ScanRequest {
        mandate: "m".to_owned(),
        ..ScanRequest::default()
    };
    let done = tiny.engine.scan(&request, "test", &progress).unwrap();
    assert_eq!(done.run.state, RunState::Cancelled);
    assert!(tiny.seen(&reader(Level::Geheim), ID).is_empty());
}

#[test]
fn a_flag_of_a_pattern_that_rests_on_absence_is_for_named_roles_alone() {
    let tiny = Tiny::new(
        "Person p\nVehicle v1..10\np -HOLDS-> v1..10 from=2026-01-01",
        "ondermijning",
        today,
    );
    tiny.scan(&["katvanger-kenteken"], None);
    let mut other = reader(Level::Geheim);
    assert_eq!(tiny.seen(&other, "katvanger-kenteken"), ["p 10"]);
    other.roles.clear();
    assert!(tiny.seen(&other, "katvanger-kenteken").is_empty());
}

#[test]
fn a_report_tells_how_flags_were_judged_and_how_they_spread() {
    let tiny = Tiny::new(
        "Address a use=woonfunctie floor_area_m2=60 postcode=9901AB
         Address b1..3 use=woonfunctie floor_area_m2=60 postcode=9902AB
         Person p1..8
         p1..8 -LIVES_AT-> a function=W from=2026-01-01",
        "woonfraude",
        today,
    );
    tiny.scan(&[ID], None);
    let id = tiny.flags(&reader(Level::Intern), ID)[0].id.clone();
    judge(&tiny, Level::Intern, &id, useful()).unwrap();
    let report = tiny.engine.flag_report("m").unwrap().unwrap();
    let told = &report.patterns[0];
    assert_eq!(
        (told.hit_rate.flags, told.hit_rate.useful_percent),
        (1, Some(100))
    );
    let lines: Vec<(&str, usize, usize, Option<usize>)> = told
        .districts
        .iter()
        .map(|one| {
            (
                one.district.as_str(),
                one.base,
                one.flags,
                one.ratio_percent,
            )
        })
        .collect();
    assert_eq!(lines, [("9901", 1, 1, Some(400)), ("9902", 3, 0, Some(0))]);
}

#[test]
fn two_scans_of_a_mandate_are_compared_by_what_they_found() {
    use crate::flag::{CompareError, SettingDifference};
    let mut tiny = Tiny::new(
        "Address a use=woonfunctie floor_area_m2=60
         Address b use=woonfunctie floor_area_m2=60
         Person p1..16
         p1..8 -LIVES_AT-> a function=W from=2026-01-01 to=2026-10-20",
        "woonfraude",
        today,
    );
    let first = tiny.scan(&[ID], Some(day("2026-10-01"))).run;
    tiny.add(
        "Address b use=woonfunctie floor_area_m2=60
         Person p9..16
         p9..16 -LIVES_AT-> b function=W from=2026-01-01",
        2,
    );
    let second = tiny.scan(&[ID], Some(day("2026-10-01"))).run;
    let third = tiny.scan(&[ID], Some(day("2026-11-01"))).run;
    let told = |one: &str, other: &str| {
        let told = tiny.engine.compare_scans(one, other).unwrap().unwrap();
        let [told] = told.try_into().unwrap();
        (
            [
                told.added.len(),
                told.removed.len(),
                told.both,
                told.unknown,
            ],
            told.setting,
        )
    };
    assert_eq!(told(&first.id, &second.id), ([1, 0, 1, 0], vec![]));
    // In whatever order they are named.
    assert_eq!(told(&second.id, &first.id), ([1, 0, 1, 0], vec![]));
    let as_of = vec![SettingDifference::AsOf];
    assert_eq!(told(&second.id, &third.id), ([0, 1, 1, 0], as_of.clone()));
    assert_eq!(told(&first.id, &third.id), ([1, 1, 0, 0], as_of));
    let trial = ScanRequest {
        mandate: "m".to_owned(),
        dry_run: true,
        ..ScanRequest::default()
    };
    let trial = tiny.engine.scan(&trial, "test", &Default::default());
    let compare = |one: &str, other: &str| tiny.engine.compare_scans(one, other).unwrap();
    assert_eq!(
        compare(&first.id, "none"),
        Err(CompareError::Unknown("none".to_owned()))
    );
    let trial = trial.unwrap().run.id;
    assert_eq!(
        compare(&first.id, &trial),
        Err(CompareError::Unknown(trial.clone()))
    );
}

#[test]
fn what_a_flag_that_was_found_often_cannot_tell_any_more_is_told() {
    let tiny = crowd();
    let first = tiny.scan(&[ID], Some(day("2026-10-01"))).run;
    let mut last = first.clone();
    for _ in 0..crate::flag::SIGHTINGS_MAX {
        last = tiny.scan(&[ID], Some(day("2026-10-01"))).run;
    }
    let told = tiny.engine.compare_scans(&first.id, &last.id);
    let [told] = told.unwrap().unwrap().try_into().unwrap();
    assert_eq!((told.added.len(), told.both, told.unknown), (0, 0, 1));
}

#[test]
fn what_comes_after_a_scan_shows_no_flag_that_rested_on_what_was_hidden() {
    let seven = "Address a use=woonfunctie floor_area_m2=90\nPerson p1..8\n\
                 p1..7 -LIVES_AT-> a function=W from=2026-01-01\n";
    let hidden = format!("{seven}p8 -LIVES_AT-> a function=W from=2026-01-01 !\n");
    let more = "Address a use=woonfunctie floor_area_m2=90\nPerson p9\n\
                p9 -LIVES_AT-> a function=W from=2026-01-01\n";
    let reader = reader(Level::Vertrouwelijk);
    // Twins for the reader: in one the mandate had a flag before the ninth came, in the other it had none.
    for text in [&hidden, seven] {
        let mut tiny = Tiny::new(text, "woonfraude", super::cases::as_of);
        tiny.scan(&["overbewoning"], None);
        tiny.add(more, 2);
        assert!(tiny.seen(&reader, "overbewoning").is_empty(), "{text}");
        tiny.scan(&["overbewoning"], None);
        assert_eq!(tiny.seen(&reader, "overbewoning"), ["a 8"], "{text}");
    }
}

#[test]
fn a_flag_goes_on_when_more_comes_about_it_and_is_gone_when_it_is_not_so_any_more() {
    let eight = "Address a use=woonfunctie floor_area_m2=90\nPerson p1..8\n\
                 p1..8 -LIVES_AT-> a function=W from=2026-01-01\n";
    let reader = reader(Level::Vertrouwelijk);
    let mut tiny = Tiny::new(eight, "woonfraude", super::cases::as_of);
    tiny.scan(&["overbewoning"], None);
    let ninth = "Address a use=woonfunctie floor_area_m2=90\nPerson p9\n\
                 p9 -LIVES_AT-> a function=W from=2026-01-01\n";
    tiny.add(ninth, 2);
    assert_eq!(tiny.seen(&reader, "overbewoning"), ["a 9"]);
    // The same from the file, without the graph that was kept in memory.
    tiny.under(POLICY);
    assert_eq!(tiny.seen(&reader, "overbewoning"), ["a 9"]);
    tiny.take_back(1);
    assert!(tiny.seen(&reader, "overbewoning").is_empty());
}

#[test]
fn what_a_mandate_came_to_see_after_a_scan_supports_no_flag_of_it() {
    let eight = "Address a use=woonfunctie floor_area_m2=90\nPerson p1..8\n\
                 p1..7 -LIVES_AT-> a function=W from=2026-01-01\n\
                 p8 -LIVES_AT-> a function=W from=2026-01-01 @zorg\n";
    let hidden = format!("{eight}Person p9\np9 -LIVES_AT-> a function=W from=2026-01-01 !\n");
    let walled = POLICY.replace("};", "&& resource.department != \"zorg\" };");
    let reader = reader(Level::Vertrouwelijk);
    for text in [&hidden, eight] {
        let tiny = Tiny::new(text, "woonfraude", super::cases::as_of);
        tiny.under(&walled);
        tiny.scan(&["overbewoning"], None);
        tiny.under(POLICY);
        assert!(tiny.seen(&reader, "overbewoning").is_empty(), "{text}");
        tiny.scan(&["overbewoning"], None);
        assert_eq!(tiny.seen(&reader, "overbewoning"), ["a 8"], "{text}");
    }
}

#[test]
fn what_had_fallen_and_was_said_again_supports_no_flag_of_the_scan_between() {
    let seven = "Address a use=woonfunctie floor_area_m2=90\nPerson p1..7\n\
                 p1..7 -LIVES_AT-> a function=W from=2026-01-01\n";
    let hidden = format!("{seven}Person p9\np9 -LIVES_AT-> a function=W from=2026-01-01 !\n");
    let eighth = "Address a use=woonfunctie floor_area_m2=90\nPerson p8\n\
                  p8 -LIVES_AT-> a function=W from=2026-01-01\n";
    let reader = reader(Level::Vertrouwelijk);
    for text in [&hidden, seven] {
        let mut tiny = Tiny::new(text, "woonfraude", super::cases::as_of);
        tiny.add(eighth, 2);
        tiny.take_back(2);
        tiny.scan(&["overbewoning"], None);
        tiny.add(eighth, 4);
        assert!(tiny.seen(&reader, "overbewoning").is_empty(), "{text}");
        // Nor without the graph that was kept in memory.
        tiny.under(POLICY);
        assert!(tiny.seen(&reader, "overbewoning").is_empty(), "{text}");
    }
}

#[test]
fn what_comes_after_a_scan_elsewhere_leaves_flags_as_they_were() {
    let eight = "Address a use=woonfunctie floor_area_m2=90\nPerson p1..8\nPerson q\n\
                 p1..8 -LIVES_AT-> a function=W from=2026-01-01\n";
    // Joined to the place of what comes by nothing, or by what the reader may not see.
    let joined = format!("{eight}q -LIVES_AT-> a function=W from=2026-01-01 !\n");
    let reader = reader(Level::Vertrouwelijk);
    for text in [eight, &joined] {
        let mut tiny = Tiny::new(text, "woonfraude", super::cases::as_of);
        tiny.scan(&["overbewoning"], None);
        tiny.add(
            "Address b\nPerson q\nq -LIVES_AT-> b function=W from=2026-01-01\n",
            2,
        );
        assert_eq!(tiny.seen(&reader, "overbewoning"), ["a 8"], "{text}");
    }
}
