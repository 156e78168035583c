//! The law.

use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::requests::{Ask, OPEN, Occasion, of_route, requests, some_requests};
use super::served::{Served, Transcript};
use crate::api::routes;
use crate::api::routes::page;
use crate::model::Day;
use crate::query::law::random::{change, world};
use crate::query::law::real::{Rules, caller};
use crate::query::law::strip::{Change, twin};
use crate::query::law::world::World;

/// Worlds that are tried when `VERBAND_TWIN_WORLDS` does not say how many.
const WORLDS: u32 = 672;

/// Twins of each world.
const TWINS: usize = 3;

pub fn worlds() -> u32 {
    std::env::var("VERBAND_TWIN_WORLDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(WORLDS)
}

pub fn occasion() -> impl Strategy<Value = Occasion> {
    let day = |month: i32| Day::from_days(19_358 + month * 30).unwrap();
    (any::<bool>(), 0..26, 0..26).prop_map(move |(care, one, other)| Occasion {
        purpose: if care { "zorg" } else { "toezicht" },
        days: [day(one), day(other)],
    })
}

/// A world that differs in what the caller of some rules may not see.
pub fn twin_of(world: &World, rules: &Rules, change: &Change, occasion: &Occasion) -> World {
    let mut twin = twin(world, &rules.rights(occasion.purpose), change);
    if !rules.hide_deliveries_before(occasion.purpose) {
        twin.deliveries_before = world.deliveries_before;
    }
    twin
}

/// The first request that two transcripts tell differently.
pub fn difference(one: &Transcript, other: &Transcript) -> Option<String> {
    let mut pairs = one.iter().zip(other);
    let told = pairs.find(|(one, other)| one != other).map(|(one, other)| {
        format!(
            "{}\n--- one\n{}\n--- other\n{} {}",
            one.0, one.1, other.0, other.1
        )
    });
    told.or_else(|| (one.len() != other.len()).then(|| "they differ in number".to_owned()))
}

/// Fails where two transcripts differ.
pub fn alike(one: &Transcript, other: &Transcript) -> Result<(), TestCaseError> {
    match difference(one, other) {
        Some(told) => Err(TestCaseError::fail(told)),
        None => Ok(()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: worlds(), max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn twins_answer_alike_on_every_route(
        world in world(),
        taken in any::<u8>(),
        caller in caller(),
        changes in vec(change(), TWINS),
        occasion in occasion(),
        seed in any::<u64>(),
    ) {
        let rules = Rules::new(taken, caller);
        let asked = some_requests(&occasion, seed);
        let told = |world: &World| Served::new(world, &rules).transcript(&asked);
        let twins: Vec<World> = changes.iter().map(|change| twin_of(&world, &rules, change, &occasion)).collect();
        let (one, others) = thread::scope(|scope| {
            let others: Vec<_> = twins.iter().map(|twin| scope.spawn(|| told(twin))).collect();
            let one = told(&world);
            (one, others.into_iter().map(|other| other.join().unwrap()).collect::<Vec<_>>())
        });
        for other in &others {
            alike(&one, other)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: worlds() / 56, max_shrink_iters: 50, ..ProptestConfig::default() })]

    #[test]
    fn what_others_asked_before_changes_nothing(
        world in world(),
        taken in any::<u8>(),
        caller in caller(),
        other in caller(),
        occasion in occasion(),
    ) {
        let rules = Rules::new(taken, caller);
        let asked = requests(&occasion);
        let alone = Served::new(&world, &rules).transcript(&asked);
        let shared = Served::new(&world, &rules);
        // Reads: that cases and deliveries of others tell nothing are laws of their own, in `cases` and `deliveries`.
        let mut reads = asked.clone();
        let is_deed = |ask: &Ask| ["/v1/cases", "/v1/deliveries", "/v1/mistakes"].iter().any(|path| ask.uri.starts_with(path));
        reads.retain(|ask| !is_deed(ask));
        shared.as_caller(&other).transcript(&reads);
        alike(&alone, &shared.transcript(&asked))?;
    }
}

#[test]
fn every_route_has_requests() {
    let occasion = Occasion {
        purpose: "toezicht",
        days: [Day::from_days(19_800).unwrap(); 2],
    };
    for (method, template) in routes() {
        assert!(!of_route(&method, &template, &occasion).is_empty());
    }
    // Addresses that are not described stand as literals where the router is built.
    let written = [
        include_str!("../router.rs"),
        include_str!("../routes/oidc.rs"),
    ];
    for text in written {
        for literal in text.split('"').skip(1).step_by(2) {
            let is_path = literal.starts_with('/') && !literal.contains(' ');
            let known = OPEN
                .into_iter()
                .chain(page::addresses())
                .any(|open| open.ends_with(literal));
            assert!(
                !is_path || known || literal == "/v1",
                "`{literal}` is served and has no request in OPEN"
            );
        }
    }
}
