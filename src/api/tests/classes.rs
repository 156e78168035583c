//! The classes of leaks that other products had, each with the documented case as its example. The laws look for all of them in
//! random worlds (`twins`), and find each that is put in on purpose (`leaks`); here they can be read.
//!
//! | class | its case | looked at in |
//! |---|---|---|
//! | counts | OpenCTI #3319, Memgraph #3425 | here |
//! | an edge or a path is there | OpenCTI #11496 | here |
//! | degrees and scores | | here |
//! | search and its ranking | CVE-2021-22135 | here |
//! | references that lead nowhere | OpenCTI #6745 | here |
//! | errors | Gaffer #1313 | here |
//! | work | Neo4j #12533 | here |
//! | history | OpenCTI #6785 | here |
//! | words of the schema | Neo4j `db.labels` | here |
//! | an empty list of rights | Aleph PR #1430 | here |
//! | a denial that fails open | Neo4j's limitations | here |
//! | identifiers and cursors | | `twins` |
//! | a name that is taken | Gaffer #1322 | `deliveries`, which deliver over hidden keys |
//! | two that are one | | `engine`, with aliases of hidden sources |
//! | exports and saved charts | OpenCTI #7348, Aleph PR #1429 | `flag::tests::portable`; a chart holds identifiers and is read again |
//! | alerts and their silence | | `flag::tests::life` |
//! | algorithms with a door of their own | Memgraph #4467 | the compile-fail examples of `authz` |

use serde::Serialize;

use crate::authz::{Policy, Principal};
use crate::engine::Access;
use crate::flag::tests::cases::as_of;
use crate::flag::tests::world::{Tiny, reader};
use crate::model::Level;
use crate::query::{
    Answer, ExpandRequest, MeasureRequest, NeighbourRequest, PathRequest, QueryError,
    SearchRequest, Session,
};

const PURPOSE: &str = "woonfraude";

/// Two worlds: in the second stands what the reader may not see, too.
fn twins(seen: &str, hidden: &str) -> [Tiny; 2] {
    [seen.to_owned(), format!("{seen}\n{hidden}")].map(|text| Tiny::new(&text, PURPOSE, as_of))
}

fn lezer() -> Principal {
    reader(Level::Vertrouwelijk)
}

/// An answer, or why there is none, as its bytes.
fn told<T: Serialize>(
    tiny: &Tiny,
    read: impl Fn(&Session) -> Result<Answer<T>, QueryError>,
) -> String {
    let access = Access {
        purpose: Some(PURPOSE),
        action: "test",
        ..Access::default()
    };
    let answer = tiny.engine.read(&lezer(), access, |session| read(session));
    match answer.unwrap().release_blocking().unwrap() {
        Ok(answer) => serde_json::to_string(&answer).unwrap(),
        Err(error) => error.to_string(),
    }
}

/// The same from both worlds, and gives it.
fn alike<T: Serialize>(
    worlds: &[Tiny; 2],
    read: impl Fn(&Session) -> Result<Answer<T>, QueryError>,
) -> String {
    let [without, with] = worlds.each_ref().map(|tiny| told(tiny, &read));
    assert_eq!(without, with);
    with
}

const HOME: &str =
    "Address a use=woonfunctie\nPerson p1..3\np1..3 -LIVES_AT-> a function=W from=2026-01-01";
const MORE: &str = "Person q1..5 !\nq1..5 -LIVES_AT-> a function=W from=2026-01-01 !";

#[test]
fn counts_are_of_what_can_be_had() {
    let worlds = twins(HOME, MORE);
    let a = worlds[0].id("a");
    let preview = alike(&worlds, |session| session.preview(&a));
    let request = NeighbourRequest::default();
    let neighbours = alike(&worlds, |session| session.neighbours(&a, &request));
    let neighbours: serde_json::Value = serde_json::from_str(&neighbours).unwrap();
    let had = neighbours["neighbours"].as_array().unwrap().len();
    assert_eq!(had, 3);
    assert!(preview.contains("\"neighbourCount\":3"), "{preview}");
}

#[test]
fn an_edge_that_is_hidden_joins_nothing() {
    let worlds = twins("Person p\nCompany c name='Molen'", "p -DIRECTOR_OF-> c !");
    let [p, c] = ["p", "c"].map(|name| worlds[0].id(name));
    alike(&worlds, |session| session.preview(&p));
    let expand = ExpandRequest {
        start: vec![p.clone()],
        ..ExpandRequest::default()
    };
    let seen = alike(&worlds, |session| session.expand(&expand));
    assert!(!seen.contains(&c), "the neighbour of a hidden edge is none");
    let path = PathRequest {
        from: p.clone(),
        to: c.clone(),
        ..PathRequest::default()
    };
    alike(&worlds, |session| session.paths(&path));
    alike(&worlds, |session| session.dossier(&c));
}

#[test]
fn scores_and_work_are_of_the_view() {
    let worlds = twins(HOME, MORE);
    let a = worlds[0].id("a");
    let request = MeasureRequest {
        start: vec![a.clone()],
        ..MeasureRequest::default()
    };
    alike(&worlds, |session| session.measures(&request));
    let expand = ExpandRequest {
        start: vec![a.clone()],
        hops: Some(2),
        ..ExpandRequest::default()
    };
    // Work is counted in what was looked at: it would tell more than the answer does.
    alike(&worlds, |session| session.expand(&expand));
}

#[test]
fn words_of_what_is_hidden_find_nothing_and_rank_nothing() {
    let worlds = twins(
        "Company c1 name='Molen Een'\nCompany c2 name='Molen Twee'",
        "Company d1 name='Molen Geheim' !\nCompany d2 name='Geheim Twee' !",
    );
    for text in ["molen", "geheim", "twee", "mol", "geh"] {
        let request = SearchRequest {
            text: text.to_owned(),
            ..SearchRequest::default()
        };
        let found = alike(&worlds, |session| session.search(&request));
        assert!(!found.to_lowercase().contains("geheim"), "{found}");
    }
}

#[test]
fn no_answer_names_what_cannot_be_had() {
    let worlds = twins(HOME, MORE);
    let hidden: Vec<String> = (1..=5)
        .map(|number| worlds[1].id(&format!("q{number}")))
        .collect();
    for name in ["a", "p1"] {
        let node = worlds[0].id(name);
        let dossier = alike(&worlds, |session| session.dossier(&node));
        let whole = alike(&worlds, |session| session.node(&node));
        for hidden in &hidden {
            assert!(!dossier.contains(hidden) && !whole.contains(hidden));
        }
    }
}

#[test]
fn forbidden_is_as_missing() {
    let worlds = twins(HOME, MORE);
    let hidden = worlds[1].id("q1");
    let refused = alike(&worlds, |session| session.node(&hidden));
    assert!(refused.contains("unknown node"), "{refused}");
    alike(&worlds, |session| session.dossier(&hidden));
    alike(&worlds, |session| session.preview(&hidden));
}

#[test]
fn what_others_say_of_a_thing_leaves_no_trace_in_its_history() {
    let worlds = twins(
        "Company c name='Molen'",
        "Company c name='Dekmantel' @politie !",
    );
    let c = worlds[0].id("c");
    let node = alike(&worlds, |session| session.node(&c));
    assert!(node.contains("Molen") && !node.contains("Dekmantel") && !node.contains("politie"));
    alike(&worlds, |session| session.dossier(&c));
}

#[test]
fn an_unknown_word_is_told_by_words_that_are_seen() {
    let worlds = twins(HOME, "Vehicle v !");
    let request = SearchRequest {
        text: "molen".to_owned(),
        label: Some("Vehicel".to_owned()),
        ..SearchRequest::default()
    };
    alike(&worlds, |session| session.search(&request));
}

#[test]
fn no_rights_are_no_view() {
    let [tiny, _] = twins(HOME, "");
    let a = tiny.id("a");
    tiny.under("");
    let refused = told(&tiny, |session| session.node(&a));
    assert!(refused.contains("unknown node"), "{refused}");
}

#[test]
fn a_rule_that_denies_is_refused_since_it_could_fail_open() {
    let text = "forbid (principal, action, resource) when { resource.level == 7 };";
    let refused = Policy::parse("p.cedar", text).unwrap_err().to_string();
    assert!(refused.contains("rules only permit"), "{refused}");
}
