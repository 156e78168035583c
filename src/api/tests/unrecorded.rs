//! No answer without its record.

use proptest::prelude::*;

use super::requests::{OPEN, requests};
use super::served::Served;
use super::twins::occasion;
use crate::api::routes::page;
use crate::audit::{AuditLog, Recorder};
use crate::query::law::random::world;
use crate::query::law::real::{Rules, caller};

/// A log that can write no more: its file was opened, and then its disk is full.
fn full() -> Box<dyn Recorder> {
    Box::new(AuditLog::full_for_tests())
}

/// Addresses that read nothing about anyone: who the caller is, the viewer's files, and what is public.
fn is_no_read(uri: &str) -> bool {
    let others = [
        "/v1/me",
        "/v1/schema",
        "/v1/login-methods",
        "/v1/sessions/current",
    ];
    page::addresses().any(|address| address == uri)
        || OPEN.contains(&uri)
        || others.iter().any(|other| uri.starts_with(other))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn where_no_record_can_be_written_no_answer_leaves(
        world in world(),
        taken in any::<u8>(),
        caller in caller(),
        occasion in occasion(),
    ) {
        let rules = Rules::new(taken, caller);
        let open = Served::new(&world, &rules);
        let unrecorded = Served::recorded_by(&world, &rules, full());
        for ask in requests(&occasion).into_iter().filter(|ask| !is_no_read(&ask.uri)) {
            let first = |served: &Served| served.transcript(std::slice::from_ref(&ask))[0].1.clone();
            let told = first(&unrecorded);
            prop_assert!(!told.starts_with("20"), "{} {}: {}", ask.method, ask.uri, told);
            if first(&open).starts_with("20") {
                prop_assert!(told.starts_with("503"), "{told}");
            }
        }
    }
}
