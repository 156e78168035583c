//! The laws of queries.
//!
//! * `laws`: what is hidden has no influence; one thread or many; limits are told;
//! * `reference`: a matcher that tries every assignment agrees;
//! * `protected`: no trick names a protected property;
//! * `hostile`: no text makes the compiler or a run panic;
//! * `messages`: what a query that is not right is told.

mod hostile;
mod laws;
mod messages;
mod protected;
mod reference;

/// Queries over the labels of the small worlds of `query::law`.
pub(super) const QUERIES: [&str; 30] = [
    "MATCH (n) RETURN n",
    "MATCH (n) RETURN count(*)",
    "MATCH (n)-[r]->(m) RETURN n, r, m, type(r), r.valid_from, r.valid_to",
    "MATCH (n:Subject)-[r:MET]-(m) RETURN n, count(DISTINCT m) AS met ORDER BY met DESC, id(n)",
    "MATCH (n:Subject) RETURN n.full_name, n.city, n.income, n.record, n.note, n.bsn, n.date",
    "MATCH (n) RETURN labels(n), owners(n), sources(n), id(n)",
    "MATCH (n) WHERE NOT EXISTS { (n)--() } RETURN n",
    "MATCH (n) WHERE COUNT { (n)-[:MET]-() } < 2 RETURN n, COUNT { (n)--() } AS degree",
    "MATCH (n) OPTIONAL MATCH (n)-[:KEEPS]->(p) RETURN n, p, p.debt",
    "MATCH p = (a:Subject)-[*1..3]-(b:Premises) RETURN p, length(p)",
    "MATCH (a)-[r]-(b), (b)-[s]-(c) WHERE id(a) < id(c) RETURN count(*), collect(DISTINCT r.role)",
    "MATCH (a:Subject)-[:MET]->(b)-[:MET]->(c)-[:MET]->(a) RETURN a, b, c",
    "MATCH (a)-[r:MET]->(a) RETURN a, r",
    "MATCH (n:Tip) RETURN n.words AS words, count(*) AS tips ORDER BY tips DESC LIMIT 3",
    "MATCH (n:Subject)-[:STAYS_AT]->(p) RETURN p, collect(n.full_name) AS names",
    "MATCH (a)-[r]->(b)<-[s]-(c) RETURN id(r), id(s), overlaps(r, s), overlap_days(r, s)",
    "MATCH ()-[r]->() RETURN id(r), valid_at(r, $as_of), valid_at(r, date('2023-05-01'))",
    "MATCH (n:Subject) WHERE n.date < date('2023-09-01') RETURN n, days_between(n.date, $as_of)",
    "MATCH (n:Street) RETURN sum(n.length), avg(n.length), min(n.length), max(n.name)",
    "MATCH (a:Subject), (b:Premises) WHERE a.city = b.keeper RETURN a, b",
    "MATCH (n:Subject) WITH n.city AS city, collect(n) AS group WHERE size(group) > 1 RETURN city, [x IN group | x.income]",
    "MATCH (n:Subject) WHERE all(x IN [(n)-[:MET]-(m) | m.city] WHERE x <> 'Bos') RETURN n",
    "MATCH (n) RETURN n SKIP 1 LIMIT 2",
    "MATCH (n:Subject) RETURN n.city AS x UNION MATCH (n:Premises) RETURN n.keeper AS x",
    "MATCH (n)-[r*2..2]->(m) RETURN n, m, [x IN r | type(x)]",
    "MATCH (n:Subject) WITH n ORDER BY n.income DESC, id(n) LIMIT 3 MATCH (n)-[r]-(m) RETURN n, r, m",
    "PROFILE MATCH (n:Subject)-[:STAYS_AT]->(p:Premises) RETURN n, p",
    "MATCH (n:Subject) RETURN CASE WHEN n.city IS NULL THEN 'none' ELSE toUpper(n.city) END AS city, count(*)",
    "MATCH (n) WHERE n.city STARTS WITH 'J' OR n.vacant RETURN n",
    "MATCH (n:Hidden0) RETURN n",
];
