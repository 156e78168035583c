//! How far from its subject a query looks.
//!
//! A change of one node can only matter to subjects that the query reaches it from. Where that is so many edges of such
//! labels, a scan after a delivery runs those subjects again and no others.
//!
//! # Invariants
//! * **never too small**: a value of which it is not known how far it lies is taken to lie as far as anything met so far; a
//!   part of a pattern that hangs on nothing, or chance, makes the reach unknown.

use std::collections::BTreeSet;

use super::function::Function;
use super::ir::{Body, Branch, Expr, Match, Op, Part, Program, Slot, Stage};

/// How far from its subject a query looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Most edges between the subject and anything that the query looks at.
    pub hops: usize,
    /// Labels of the edges that lie between; none: any.
    pub edges: Option<BTreeSet<String>>,
}

/// The reach of a program; none where a row about a subject can depend on anything.
pub(super) fn reach(program: &Program) -> Option<Reach> {
    let subject = program.subject?;
    let mut follow = Follow {
        hops: vec![None; program.slots],
        far: 0,
    };
    *follow.hops.get_mut(subject)? = Some(0);
    follow.body(&program.body)?;
    let mut labels = BTreeSet::new();
    let mut any = false;
    program.body.matches(&mut |found| {
        for edge in found.parts.iter().flat_map(|part| &part.edges) {
            any |= edge.types.is_empty();
            let names = edge.types.iter();
            labels.extend(names.filter_map(|&name| program.edge_labels.get(name).cloned()));
        }
    });
    Some(Reach {
        hops: follow.far,
        edges: (!any).then_some(labels),
    })
}

struct Follow {
    /// By slot, most edges from the subject to what it holds.
    hops: Vec<Option<usize>>,
    /// Most edges to anything met so far.
    far: usize,
}

impl Follow {
    fn of(&self, slot: Slot) -> Option<usize> {
        self.hops.get(slot).copied().flatten()
    }

    fn set(&mut self, slot: Slot, hops: usize) {
        if let Some(known) = self.hops.get_mut(slot) {
            *known = Some(hops);
        }
        self.far = self.far.max(hops);
    }

    /// Sets a slot that has no distance yet, or a greater one; tells whether that is news.
    fn lower(&mut self, slot: Slot, hops: usize) -> bool {
        let news = self.of(slot).is_none_or(|known| hops < known);
        if news && let Some(known) = self.hops.get_mut(slot) {
            *known = Some(hops);
        }
        news
    }

    fn body(&mut self, body: &Body) -> Option<()> {
        body.branches.iter().try_for_each(|one| self.branch(one))
    }

    fn branch(&mut self, branch: &Branch) -> Option<()> {
        branch.stages.iter().try_for_each(|one| self.stage(one))
    }

    fn stage(&mut self, stage: &Stage) -> Option<()> {
        for op in &stage.ops {
            match op {
                Op::Match(found) => self.matching(found)?,
                Op::Unwind { list, slot } => {
                    self.expr(list)?;
                    self.set(*slot, self.far);
                }
                Op::Assign(items) => self.items(items)?,
                Op::Filter(filter) => self.expr(filter)?,
            }
        }
        let sink = &stage.sink;
        if let Some(group) = &sink.group {
            self.items(&group.keys)?;
            for aggregate in &group.aggregates {
                for argument in [&aggregate.argument, &aggregate.second] {
                    argument.iter().try_for_each(|one| self.expr(one))?;
                }
                self.set(aggregate.slot, self.far);
            }
        }
        self.items(&sink.items)?;
        sink.order.iter().try_for_each(|(key, _)| self.expr(key))?;
        let rest = [&sink.skip, &sink.limit, &sink.filter];
        let mut rest = rest.into_iter().flatten();
        rest.try_for_each(|one| self.expr(one))
    }

    fn items(&mut self, items: &[(Slot, Expr)]) -> Option<()> {
        for (slot, expr) in items {
            self.expr(expr)?;
            let hops = match expr {
                Expr::Slot(origin) => self.of(*origin),
                _ => None,
            };
            self.set(*slot, hops.unwrap_or(self.far));
        }
        Some(())
    }

    fn matching(&mut self, found: &Match) -> Option<()> {
        // A node that one part is tied to by another gets its distance in a later round.
        while found.parts.iter().filter(|part| self.part(part)).count() > 0 {}
        let nodes = found.parts.iter().flat_map(|part| &part.nodes);
        for node in nodes {
            // What hangs on nothing may be anywhere.
            let hops = self.of(node.slot)?;
            self.far = self.far.max(hops);
        }
        for part in &found.parts {
            for (edge, ends) in part.edges.iter().zip(part.nodes.windows(2)) {
                let Some((_, length)) = edge.range else {
                    continue;
                };
                let ends = ends.iter().filter_map(|node| self.of(node.slot));
                // The farthest of a way between two nodes is where it is as far to either.
                let way = ends.fold(length, usize::saturating_add);
                self.far = self.far.max(way.div_ceil(2));
            }
            let edges = part.edges.iter().map(|edge| edge.slot);
            let made: Vec<Slot> = edges.chain(part.path).collect();
            for slot in made {
                if self.of(slot).is_none() {
                    self.set(slot, self.far);
                }
            }
        }
        let edges = found.parts.iter().flat_map(|part| &part.edges);
        let tests = edges.flat_map(|edge| edge.properties.iter().map(|(_, value)| value));
        let mut all = found.filter.iter().chain(tests);
        all.try_for_each(|one| self.expr(one))
    }

    /// Hands distances on along a part, both ways; tells whether any is news.
    fn part(&mut self, part: &Part) -> bool {
        let mut news = false;
        for (edge, ends) in part.edges.iter().zip(part.nodes.windows(2)) {
            let [left, right] = ends else { continue };
            let length = edge.range.map_or(1, |(_, most)| most);
            // The ends of an edge that came from elsewhere lie no farther than it.
            let by_edge = self.of(edge.slot).filter(|_| edge.range.is_none());
            for (one, other) in [(left, right), (right, left)] {
                let along = self.of(one.slot).map(|hops| hops.saturating_add(length));
                if let Some(hops) = along.into_iter().chain(by_edge).min() {
                    news |= self.lower(other.slot, hops);
                }
            }
        }
        news
    }

    fn expr(&mut self, expr: &Expr) -> Option<()> {
        match expr {
            Expr::Constant(_) | Expr::Parameter(_) | Expr::Slot(_) => Some(()),
            Expr::Property(inner, _)
            | Expr::HasLabels(inner, ..)
            | Expr::Not(inner)
            | Expr::Negate(inner)
            | Expr::Same(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner) => self.expr(inner),
            Expr::Binary(_, one, two) | Expr::Compare(_, one, two) | Expr::Index(one, two) => {
                self.expr(one)?;
                self.expr(two)
            }
            Expr::Call(Function::Rand, _) => None,
            Expr::List(items) | Expr::Call(_, items) => {
                items.iter().try_for_each(|one| self.expr(one))
            }
            Expr::Map(entries) => entries.iter().try_for_each(|(_, value)| self.expr(value)),
            Expr::Slice(list, from, to) => {
                self.expr(list)?;
                let mut bounds = [from, to].into_iter().flatten();
                bounds.try_for_each(|bound| self.expr(bound))
            }
            Expr::Case {
                subject,
                arms,
                otherwise,
            } => {
                let mut ends = subject.iter().chain(otherwise);
                ends.try_for_each(|one| self.expr(one))?;
                arms.iter().try_for_each(|(when, then)| {
                    self.expr(when)?;
                    self.expr(then)
                })
            }
            Expr::Comprehension {
                slot,
                list,
                filter,
                map,
            } => {
                self.expr(list)?;
                self.set(*slot, self.far);
                let mut rest = [filter, map].into_iter().flatten();
                rest.try_for_each(|one| self.expr(one))
            }
            Expr::Quantified {
                slot, list, filter, ..
            } => {
                self.expr(list)?;
                self.set(*slot, self.far);
                filter.iter().try_for_each(|one| self.expr(one))
            }
            Expr::PatternList { found, map } => {
                self.matching(found)?;
                self.expr(map)
            }
            Expr::PatternExists(found) => self.matching(found),
            Expr::Exists(body) | Expr::Count(body) => self.body(body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reach;
    use crate::model::Schema;
    use crate::scan::lang::{Declared, compile};

    fn reach(query: &str) -> Option<Reach> {
        let schema = Schema::municipal().unwrap();
        let declared = Declared {
            complete: vec!["Signal".to_owned()],
            ..Declared::default()
        };
        let compiled = compile("q.cypher", query, &schema, &declared);
        let compiled = compiled.unwrap_or_else(|messages| panic!("{messages:?}"));
        compiled.reach().cloned()
    }

    fn hops(query: &str) -> Option<usize> {
        reach(query).map(|reach| reach.hops)
    }

    #[test]
    fn the_farthest_that_is_looked_at_counts() {
        let near =
            "MATCH (a:Address)<-[:LIVES_AT]-(p:Person) RETURN a AS subject, count(p) AS score";
        assert_eq!(hops(near), Some(1));
        let edges = reach(near).unwrap().edges.unwrap();
        assert_eq!(edges.into_iter().collect::<Vec<_>>(), ["LIVES_AT"]);
        // The subject in the midst; a second match that goes on from what the first found; a test that goes on from that.
        assert_eq!(
            hops(
                "MATCH (s:Signal)-[:ABOUT]->(a:Address)<-[:LIVES_AT]-(p:Person)
                 WITH a, p, count(s) AS n MATCH (p)-[:OWNS]->(b:Address)
                 WHERE EXISTS { MATCH (b)<-[:ABOUT]-(:Signal) } RETURN a AS subject, n AS score"
            ),
            Some(3)
        );
        // What a list holds may lie as far as anything before.
        assert_eq!(
            hops(
                "MATCH (a:Address)<-[:LIVES_AT]-(p:Person) WITH a, collect(p) AS all
                 UNWIND all AS one MATCH (one)-[:OWNS]->(b:Address) RETURN a AS subject, count(b) AS score"
            ),
            Some(2)
        );
    }

    #[test]
    fn a_way_of_many_edges_reaches_as_far_as_it_may_be_long_or_half_of_it_if_it_returns() {
        let open = "MATCH (c:Company)-[:SHAREHOLDER_OF*1..4]->(d:Company) RETURN c AS subject, count(d) AS score";
        assert_eq!(hops(open), Some(4));
        let ring =
            "MATCH (c:Company)-[:SHAREHOLDER_OF*2..5]->(c) RETURN c AS subject, count(*) AS score";
        assert_eq!(hops(ring), Some(3));
    }

    #[test]
    fn where_anything_may_matter_there_is_no_reach() {
        for query in [
            // A node that hangs on nothing.
            "MATCH (a:Address), (b:Address) WHERE a.place = b.place RETURN a AS subject, count(b) AS score",
            // A part of the rows of all subjects.
            "MATCH (a:Address) RETURN a AS subject, 1 AS score LIMIT 3",
            "MATCH (a:Address) WITH a LIMIT 3 RETURN a AS subject, 1 AS score",
            // No subject.
            "MATCH (a:Address) RETURN a, 1 AS score",
        ] {
            assert_eq!(reach(query), None, "{query}");
        }
    }

    #[test]
    fn an_edge_of_any_label_lets_every_label_count() {
        let reach = reach("MATCH (a:Address)--(p:Person) RETURN a AS subject, count(p) AS score");
        assert_eq!(
            reach,
            Some(Reach {
                hops: 1,
                edges: None
            })
        );
    }
}
