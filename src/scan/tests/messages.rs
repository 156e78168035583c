//! What a query that is not right is told, in both languages.

use crate::model::Schema;
use crate::scan::lang::{Declared, ParamType, compile};

const WRONG: [&str; 33] = [
    "MATCH (p:Person) RETRUN p",
    "MATCH (p:Person) SET p.full_name = 'x' RETURN p",
    "CREATE (p:Person)",
    "CALL db.labels()",
    "MATCH (p:Person) RETURN q",
    "MATCH (p:Person) WHERE count(p) > 1 RETURN p",
    "MATCH (p:Person)-[:LIVES_ON]->(a) RETURN p",
    "MATCH (p:Persoon) RETURN p",
    "MATCH (p:Person) RETURN p.ful_name",
    "MATCH (p:Person)-[r:LIVES_AT]->() RETURN r.valid_form",
    "MATCH (p:Person)-[:PARENT_OF*1..]->(q) RETURN q",
    "MATCH (p:Person)-[:PARENT_OF*1..20]->(q) RETURN q",
    "MATCH (c:Company) WHERE c.employees < $min_scor RETURN c",
    "MATCH (c:Company) RETURN decay(1)",
    "MATCH (c:Company) RETURN lenght(c.name)",
    "MATCH (c:Company) RETURN now()",
    "MATCH (c:Company) WHERE c.name =~ 'a.*' RETURN c",
    "MATCH (c:Company) RETURN c.name + count(*)",
    "MATCH (c:Company) WITH c.name RETURN 1",
    "MATCH (c:Company) RETURN c.name AS a, c.founded AS a",
    "MATCH (c:Company) RETURN c SKIP -1",
    "MATCH (c:Company) RETURN c LIMIT c.employees",
    "MATCH (c:Company)-[c]->() RETURN c",
    "MATCH (c)-[r]->()-[r]->() RETURN c",
    "MATCH (c:Company) RETURN (c)-->()",
    "MATCH (c:Company) RETURN c UNION MATCH (d:Company) RETURN d",
    "MATCH (c:Company) WHERE 'x' RETURN c",
    "MATCH (c:Company)",
    "MATCH (c:Company RETURN c",
    "RETURN 'abc",
    "RETURN 12abc",
    "MATCH (c:Company) WHERE NOT EXISTS { (c)-[:REGISTERED_AT]->() } RETURN c",
    "MATCH p = shortestPath((a:Person)-[*1..4]-(b:Person)) RETURN p",
];

#[test]
fn a_message_names_the_place_and_says_what_to_do() {
    let schema = Schema::municipal().unwrap();
    let mut declared = Declared::default();
    declared
        .params
        .insert("min_score".to_owned(), ParamType::Int);
    let mut told = String::new();
    for text in WRONG {
        let file = format!("/*+++\nid = \"x\"\n+++*/\n{text}\n");
        let messages = compile("queries/x.cypher", &file, &schema, &declared).unwrap_err();
        for message in messages {
            told += &message.to_english();
            told += &message.to_dutch();
        }
        told.push('\n');
    }
    insta::assert_snapshot!(told);
}

#[test]
fn the_example_patterns_of_the_front_page_compile() {
    let schema = Schema::municipal().unwrap();
    let params = [
        ("window_days", ParamType::Days),
        ("half_life_days", ParamType::Days),
        ("min_sources", ParamType::Int),
        ("min_score", ParamType::Micro),
        ("max_gap_days", ParamType::Days),
        ("min_dissolved", ParamType::Int),
        ("min_companies", ParamType::Int),
        ("min_holdings", ParamType::Int),
        ("m2_per_company", ParamType::Int),
    ];
    let declared = |complete: &[&str]| Declared {
        params: params
            .iter()
            .map(|(name, kind)| ((*name).to_owned(), *kind))
            .collect(),
        complete: complete.iter().map(|label| (*label).to_owned()).collect(),
        ..Declared::default()
    };
    let monotone = [
        "MATCH (a:Address)<-[r:ABOUT]-(s:Signal)
         WHERE days_between(r.valid_from, $as_of) <= $window_days
         WITH a, count(DISTINCT head(owners(s))) AS sources, count(s) AS signals,
              sum(s.weight * decay(days_between(r.valid_from, $as_of), $half_life_days)) AS score, collect(s) AS evidence
         WHERE sources >= $min_sources AND score >= $min_score
         RETURN a AS subject, score, signals, sources, evidence ORDER BY score DESC, id(subject)",
        "MATCH (p:Person)-[d1:DIRECTOR_OF]->(old:Company), (p)-[d2:DIRECTOR_OF]->(new:Company)
         WHERE old <> new AND old.dissolved IS NOT NULL
           AND days_between(old.dissolved, new.founded) >= 0 AND days_between(old.dissolved, new.founded) <= $max_gap_days
         WITH p, count(DISTINCT old) AS failed, collect(DISTINCT old) + collect(DISTINCT new) AS evidence
         WHERE failed >= $min_dissolved
         RETURN p AS subject, failed AS score, evidence ORDER BY score DESC, id(p)",
        "MATCH (p:Person)-[d:DIRECTOR_OF]->(c:Company)
         WITH p, collect(DISTINCT c) AS cs, count(DISTINCT c) AS n
         WHERE n >= $min_companies
         MATCH path = (p)-[:LIVES_AT|OWNS|SHAREHOLDER_OF*1..3]-(x:Person)
         WHERE x <> p AND COUNT { (x)-[:SHAREHOLDER_OF]->(:Company) } >= $min_holdings
         WITH p, n, cs, x, min(length(path)) AS hops
         RETURN p AS subject, n AS score, hops, cs + [x] AS evidence ORDER BY score DESC, id(p)",
        "MATCH (a:Address)<-[:REGISTERED_AT]-(c:Company) WITH a, count(c) AS n
         WHERE a.floor_area_m2 < $m2_per_company * n RETURN a AS subject, n AS score",
    ];
    for text in monotone {
        let compiled = compile("pattern", text, &schema, &declared(&[]))
            .unwrap_or_else(|messages| panic!("{}", messages[0]));
        assert!(compiled.is_monotone(), "{text}");
    }
    let not_monotone = [
        "MATCH (a:Address)<-[:REGISTERED_AT]-(c:Company)
         WHERE c.employees = 0 OR c.employees IS NULL
         WITH a, count(DISTINCT c) AS companies, collect(DISTINCT c) AS evidence
         WHERE companies >= $min_companies AND a.floor_area_m2 < $m2_per_company * companies
           AND NOT EXISTS { MATCH (a)<-[:PERMITS]-(o:Permit) WHERE o.permit_type = 'kantoor' }
         RETURN a AS subject, companies AS score, evidence ORDER BY score DESC, id(a)",
        "MATCH (a:Address) OPTIONAL MATCH (a)<-[:PERMITS]-(o) WITH a, o WHERE o IS NULL RETURN a AS subject",
        "MATCH (a:Address)<-[:LIVES_AT]-(p) WITH a, count(p) AS n WHERE n < 2 RETURN a AS subject",
        "MATCH (a:Address) WHERE COUNT { (a)<-[:LIVES_AT]-() } = 0 RETURN a AS subject",
        "MATCH (a:Address) WHERE NOT (a)<-[:LIVES_AT]-() RETURN a AS subject",
        "MATCH (a:Address) WHERE a.status IS NULL RETURN a AS subject",
        "MATCH (a:Address)<-[:LIVES_AT]-(p) RETURN a AS subject, count(p) AS n ORDER BY n DESC LIMIT 5",
        "MATCH (a:Address)<-[:LIVES_AT]-(p) WITH a, avg(p.birth_date) AS n WHERE n > 2 RETURN a AS subject",
    ];
    for text in not_monotone {
        let refused = compile("pattern", text, &schema, &declared(&[])).unwrap_err();
        assert_eq!(refused[0].code, "V141", "{text}");
        let compiled =
            compile("pattern", text, &schema, &declared(&["PERMITS", "Permit"])).unwrap();
        assert!(!compiled.is_monotone(), "{text}");
    }
}
