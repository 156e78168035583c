//! Settings and requests that were changed a little: no panic, and no answer that says the program is at fault.

use super::requests::{Ask, Occasion, requests};
use super::served::Served;
use crate::authz::{Policy, PurposeRegister, Users};
use crate::case::accumulation::AccumulationRules;
use crate::engine::{DeliveryRegister, RetentionRules};
use crate::model::Day;
use crate::model::mutate::mutated;
use crate::query::law::random::world;
use crate::query::law::real::{Rules, caller};
use crate::scan::run::Mandates;

/// Mutations of one of the demo's files.
fn of_file(name: &str, text: &str, read: impl Fn(&str)) {
    mutated(name, &[text.as_bytes()], |bytes| {
        read(&String::from_utf8_lossy(bytes))
    });
}

#[test]
fn no_mutated_policy_panics() {
    of_file(
        "policy",
        include_str!("../../../demo/policy.cedar"),
        |text| {
            let _ = Policy::parse("policy.cedar", text);
        },
    );
}

#[test]
fn no_mutated_register_panics() {
    of_file(
        "purposes",
        include_str!("../../../demo/purposes.toml"),
        |text| {
            let _ = PurposeRegister::parse(text);
        },
    );
    of_file(
        "mandates",
        include_str!("../../../demo/mandates.toml"),
        |text| {
            let _ = Mandates::parse(text, &["overbewoning", "drugspand"]);
        },
    );
    of_file(
        "retention",
        include_str!("../../../demo/retention.toml"),
        |text| {
            let _ = RetentionRules::parse(text);
        },
    );
    of_file(
        "deliveries",
        include_str!("../../../demo/deliveries.toml"),
        |text| {
            let _ = DeliveryRegister::parse(text, std::path::Path::new("/nowhere"));
        },
    );
    of_file(
        "accumulation",
        include_str!("../../../demo/accumulation.toml"),
        |text| {
            let _ = AccumulationRules::parse(text);
        },
    );
    of_file("users", include_str!("../../../demo/users.toml"), |text| {
        let _ = Users::parse(text, [1; 32]);
    });
}

/// A value of a strategy, the same each time.
fn one<T>(strategy: impl proptest::strategy::Strategy<Value = T>) -> T {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    strategy.new_tree(&mut runner).unwrap().current()
}

#[test]
fn no_mutated_request_is_the_programs_fault() {
    let served = Served::new(&one(world()), &Rules::new(163, one(caller())));
    let occasion = Occasion {
        purpose: "toezicht",
        days: [Day::from_days(19_800).unwrap(); 2],
    };
    let asked = requests(&occasion);
    let seeds: Vec<String> = asked
        .iter()
        .filter(|ask| !ask.anonymous)
        .map(|ask| {
            format!(
                "{}\n{}\n{}",
                ask.method,
                ask.uri,
                ask.body.clone().unwrap_or_default()
            )
        })
        .collect();
    let seeds: Vec<&[u8]> = seeds.iter().map(|seed| seed.as_bytes()).collect();
    mutated("request", &seeds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let mut parts = text.splitn(3, '\n');
        let (method, uri) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let method = ["GET", "POST", "PUT", "DELETE"]
            .into_iter()
            .find(|one| *one == method);
        // What is no address at all does not come past the server's own parser.
        let (Some(method), true) = (method, uri.parse::<axum::http::Uri>().is_ok()) else {
            return;
        };
        let ask = Ask {
            body: parts.next().map(str::to_owned),
            method,
            ..Ask::get(uri.to_owned())
        };
        let (told, _, _) = served.answer(&ask);
        assert!(!told.starts_with('5'), "{ask:?}: {told}");
    });
}
