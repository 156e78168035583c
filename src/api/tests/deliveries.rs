//! What is sent into a server, and what its sender is told.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::requests::{Ask, Occasion, requests};
use super::served::{Served, Transcript};
use super::twins::{alike, occasion, twin_of, worlds};
use crate::query::law::random::{change, world};
use crate::query::law::real::{Rules, caller};
use crate::query::law::world::{key_text, schema};

/// Tips about every subject that the worlds may tell of, and about some that none does.
fn tips(last: u16) -> String {
    let mut csv = "number,words,date,bsn,text,premises\n".to_owned();
    for number in 0..last {
        let key = key_text((0, number));
        let columns = match key.split_once(':') {
            Some(("bsn", value)) => format!("{value},"),
            _ => format!(",{number}"),
        };
        csv += &format!("{number},gezien,2024-01-02,{columns},{number}\n");
    }
    csv
}

/// Sends files, waits until they are dealt with, and tells all that was answered.
fn deliver(served: &Served, uri: &str, csv: &str) -> (Transcript, Option<String>) {
    let mut told = served.transcript(&[Ask::send(uri, &[("tips.csv", csv)])]);
    let place = told[0]
        .1
        .lines()
        .find_map(|line| line.strip_prefix("location: "));
    let Some(place) = place.map(str::to_owned) else {
        return (told, None);
    };
    told.extend(settled(served, &place));
    (told, Some(place))
}

/// How a delivery stands once nothing is to be done with it.
fn settled(served: &Served, place: &str) -> Transcript {
    let begun = Instant::now();
    loop {
        let told = served.transcript(&[Ask::get(place.to_owned())]);
        let is_at_work = ["waiting", "loading", "withdrawing"]
            .iter()
            .any(|state| told[0].1.contains(&format!("\"state\":\"{state}\"")));
        if !is_at_work {
            return told;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{told:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Everything that a caller is told who delivers, has some refused, takes one back, and reads.
fn told(served: &Served, occasion: &Occasion) -> Transcript {
    let uri = "/v1/deliveries?source=tips";
    let (mut told, place) = deliver(served, uri, &tips(8));
    let is_loaded = |(_, text): &(String, String)| text.contains("\"state\":\"loaded\"");
    assert!(told.iter().any(is_loaded), "{told:?}");
    told.extend(deliver(served, uri, &tips(8)).0);
    let wrong = tips(2) + "8,x,ooit,,1,1\n";
    told.extend(deliver(served, uri, &wrong).0);
    told.extend(deliver(served, uri, &(wrong + "9,x,nooit,,1,1\n")).0);
    told.extend(deliver(served, uri, "number\n1\n").0);
    let (large, place_of_large) = deliver(served, uri, &"x".repeat(5000));
    assert!(
        large[0].1.starts_with("413") && place_of_large.is_none(),
        "{large:?}"
    );
    told.extend(large);
    told.extend(deliver(served, &format!("{uri}&kind=delta"), &tips(3)).0);
    told.extend(deliver(served, &format!("{uri}&kind=full"), &tips(7)).0);
    told.extend(deliver(served, &format!("{uri}&kind=full"), &tips(1)).0);
    told.extend(served.transcript(&requests(occasion)));
    let mut back = Ask::get(place.unwrap());
    back.method = "DELETE";
    let place = back.uri.clone();
    told.extend(served.transcript(&[back]));
    told.extend(settled(served, &place));
    told.extend(served.transcript(&[Ask::get("/v1/deliveries".to_owned())]));
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: worlds() / 56, max_shrink_iters: 50, ..ProptestConfig::default() })]

    #[test]
    fn who_delivers_learns_nothing_of_what_others_delivered(
        world in world(),
        taken in any::<u8>(),
        caller in caller(),
        change in change(),
        occasion in occasion(),
    ) {
        let rules = Rules::new(taken, caller);
        let twin = twin_of(&world, &rules, &change, &occasion);
        let one = told(&Served::later(&world, &rules), &occasion);
        let other = told(&Served::later(&twin, &rules), &occasion);
        alike(&one, &other)?;
    }
}

#[test]
fn while_a_load_is_written_reads_go_on_and_changes_are_told_to_wait() {
    let mut runner = TestRunner::deterministic();
    let world = world().new_tree(&mut runner).unwrap().current();
    let rules = Rules::new(0, caller().new_tree(&mut runner).unwrap().current());
    let served = Served::new(&world, &rules);
    let case = json!({ "title": "t", "goal": "g", "nodes": [], "end": "2024-03-01" });
    let open = Ask::post("/v1/cases?purpose=toezicht", &case);
    let ask = |ask: &Ask| served.transcript(std::slice::from_ref(ask))[0].1.clone();
    let before = ask(&open);
    let mut batch = served.engine.store().begin_load(schema()).unwrap();
    // While it is read and checked nothing waits for it.
    assert_eq!(ask(&open).lines().next(), before.lines().next());
    batch.flush().unwrap();
    let told = ask(&open);
    assert!(
        told.starts_with("503") && told.contains("\"code\":\"loading\""),
        "{told}"
    );
    assert!(told.contains("retry-after: 5"), "{told}");
    let read = ask(&Ask::get("/v1/flags?purpose=toezicht".to_owned()));
    assert!(read.starts_with("200"), "{read}");
    // A delivery waits its turn: its sender is not kept, and finds it.
    let sent = ask(&Ask::send(
        "/v1/deliveries?source=tips",
        &[("tips.csv", &tips(3))],
    ));
    assert!(sent.starts_with("202"), "{sent}");
    let place = sent
        .lines()
        .find_map(|line| line.strip_prefix("location: "))
        .unwrap();
    let stands = ask(&Ask::get(place.to_owned()));
    assert!(
        stands.contains("\"state\":\"loading\"") || stands.contains("\"state\":\"waiting\""),
        "{stands}"
    );
    let list = ask(&Ask::get("/v1/deliveries".to_owned()));
    assert!(list.contains(place.rsplit('/').next().unwrap()), "{list}");
    drop(batch);
    assert!(
        settled(&served, place)[0]
            .1
            .contains("\"state\":\"loaded\"")
    );
    assert_eq!(ask(&open).lines().next(), before.lines().next());
}
