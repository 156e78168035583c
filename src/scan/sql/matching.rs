//! `MATCH` as joins.

use std::collections::{BTreeMap, BTreeSet};

use super::relation::Of;
use super::{Bound, Kind, Refused, Scope, Term, Writer};
use crate::scan::lang::ir::{EdgeSpec, LabelTest, Match, NodeSpec, Slot};

/// A match in the making: what is joined, and what must hold.
#[derive(Default)]
struct Joined {
    from: Vec<String>,
    conditions: Vec<String>,
    /// Edges of one hop: the identifier of each, and its labels. No two may be the same edge.
    edges: Vec<(String, BTreeSet<String>)>,
    /// Labels of edges in parts of any length.
    ways: Vec<BTreeSet<String>>,
}

impl Writer<'_> {
    /// Writes a match as a step.
    pub(super) fn matching(&mut self, found: &Match, scope: &mut Scope) -> Result<(), Refused> {
        let mut joins = Vec::new();
        let joined = self.join(found, scope, &mut joins)?;
        let before = self.steps.len();
        let mut from = joined.from;
        if before > 0 {
            from.insert(0, format!("t{before} p"));
        }
        let from = format!("{}{}", from.join("\n  CROSS JOIN "), joins.concat());
        self.step(scope, &from, &held(&joined.conditions));
        Ok(())
    }

    /// A match within an expression: a subquery over what is in scope. Gives what stands behind `FROM`.
    pub(super) fn subquery(&mut self, found: &Match, scope: &mut Scope) -> Result<String, Refused> {
        let mut joins = Vec::new();
        let joined = self.join(found, scope, &mut joins)?;
        if !joins.is_empty() {
            return Err("`decay` in a subquery".into());
        }
        if joined.from.is_empty() {
            return Err("a subquery that matches nothing new".into());
        }
        Ok(format!(
            "{}{}",
            joined.from.join(" CROSS JOIN "),
            held(&joined.conditions)
        ))
    }

    fn join(
        &mut self,
        found: &Match,
        scope: &mut Scope,
        joins: &mut Vec<String>,
    ) -> Result<Joined, Refused> {
        if found.optional {
            return Err("OPTIONAL MATCH".into());
        }
        let mut joined = Joined::default();
        let labels = self.labels_of(found, scope)?;
        for part in &found.parts {
            let mut hops = Vec::new();
            for edge in &part.edges {
                hops.push(self.hop(edge, &mut joined, scope)?);
            }
            for (place, node) in part.nodes.iter().enumerate() {
                let left = place.checked_sub(1).and_then(|before| hops.get(before));
                let right = hops.get(place);
                let ends = [
                    left.map(|alias| format!("{alias}.b")),
                    right.map(|alias| format!("{alias}.a")),
                ];
                self.node(node, &labels, ends, &mut joined, scope)?;
            }
            if let Some(path) = part.path {
                let mut nodes: Vec<String> = Vec::new();
                let mut edges = Vec::new();
                let mut length = Vec::new();
                for (edge, alias) in part.edges.iter().zip(&hops) {
                    let is_first = nodes.is_empty();
                    if edge.range.is_some() {
                        if !is_first {
                            return Err("a path of which a later part may have any length".into());
                        }
                        nodes.push(format!("{alias}.n"));
                        edges.push(format!("{alias}.e"));
                        length.push(format!("{alias}.l"));
                    } else {
                        let ends = [format!("{alias}.a"), format!("{alias}.b")];
                        nodes.push(self.list(ends.get(usize::from(!is_first)..).unwrap_or(&[])));
                        edges.push(self.list(&[format!("{alias}._id")]));
                        length.push("1".to_owned());
                    }
                }
                if nodes.is_empty() {
                    return Err("a path without an edge".into());
                }
                let made = Bound {
                    path: Some((self.joined(&edges), format!("({})", length.join(" + ")))),
                    ..Bound::plain(self.joined(&nodes), Kind::Path)
                };
                scope.insert(path, made);
            }
        }
        trail(&mut joined)?;
        for filter in &found.filter {
            let condition = self.truth(filter, scope, joins)?;
            joined.conditions.push(condition);
        }
        Ok(joined)
    }

    /// Labels that a match asks of each node.
    fn labels_of(
        &self,
        found: &Match,
        scope: &Scope,
    ) -> Result<BTreeMap<Slot, BTreeSet<String>>, Refused> {
        let mut labels: BTreeMap<Slot, BTreeSet<String>> = BTreeMap::new();
        for node in found.parts.iter().flat_map(|part| &part.nodes) {
            let Some(asked) = self.node_labels(&node.labels)? else {
                continue;
            };
            if let Some(known) = scope.get(&node.slot) {
                let Kind::Node(Some(known)) = &known.kind else {
                    return Err("a label that is asked of a node that was matched before".into());
                };
                if !known.is_subset(&asked) {
                    return Err("a label that is asked of a node that was matched before".into());
                }
                continue;
            }
            match labels.get(&node.slot) {
                Some(known) if *known != asked => {
                    return Err("a node of which different labels are asked".into());
                }
                _ => {
                    labels.insert(node.slot, asked);
                }
            }
        }
        Ok(labels)
    }

    fn node_labels(&self, test: &LabelTest) -> Result<Option<BTreeSet<String>>, Refused> {
        if test.names.len() > 1 && !test.any {
            return Err("a node with more than one label".into());
        }
        let names = test.names.iter();
        let names: BTreeSet<String> = names
            .filter_map(|&place| self.program.node_labels.get(place).cloned())
            .collect();
        Ok(Some(names).filter(|names| !names.is_empty()))
    }

    /// Joins one edge, or a part of any length; gives its alias.
    fn hop(
        &mut self,
        edge: &EdgeSpec,
        joined: &mut Joined,
        scope: &mut Scope,
    ) -> Result<String, Refused> {
        if scope.contains_key(&edge.slot) {
            return Err("an edge that was matched before".into());
        }
        let types = edge.types.iter();
        let labels: BTreeSet<String> = types
            .filter_map(|&place| self.program.edge_labels.get(place).cloned())
            .collect();
        if labels.is_empty() {
            return Err("an edge of any label".into());
        }
        let alias = self.alias();
        if let Some(range) = edge.range {
            if !edge.properties.is_empty() {
                return Err("properties of the edges of a path".into());
            }
            let ways = self.ways(&labels, edge.arrow, range)?;
            joined.from.push(format!("{ways} {alias}"));
            joined.ways.push(labels);
            let edges = Bound::plain(format!("{alias}.e"), Kind::Elements);
            scope.insert(edge.slot, edges);
            return Ok(alias);
        }
        let columns = self.needs.of(edge.slot);
        let edges = self.edges(&labels, edge.arrow, &columns)?;
        joined.from.push(format!("{edges} {alias}"));
        let mut made = Bound::plain(format!("{alias}._id"), Kind::Edge(labels.clone()));
        for column in columns {
            let kind = self.kind(Of::Edges, &labels, &column)?;
            let sql = format!("{alias}.{}", column.name());
            made.columns.insert(column, Term { sql, kind });
        }
        joined.edges.push((made.sql.clone(), labels));
        scope.insert(edge.slot, made);
        Ok(alias)
    }

    /// Joins a node to the hops beside it.
    fn node(
        &mut self,
        node: &NodeSpec,
        labels: &BTreeMap<Slot, BTreeSet<String>>,
        ends: [Option<String>; 2],
        joined: &mut Joined,
        scope: &mut Scope,
    ) -> Result<(), Refused> {
        let mut ends = ends.into_iter().flatten();
        let known = match scope.get(&node.slot) {
            Some(known) => known.clone(),
            None => {
                let made = self.fresh(node.slot, labels.get(&node.slot), &mut ends, joined)?;
                scope.insert(node.slot, made.clone());
                made
            }
        };
        if !matches!(known.kind, Kind::Node(_)) {
            return Err("a value in the place of a node".into());
        }
        let conditions = ends.map(|end| format!("{} = {end}", known.sql));
        joined.conditions.extend(conditions);
        Ok(())
    }

    /// A node that was not matched before: joined where its labels are known, else the end of an edge.
    fn fresh(
        &mut self,
        slot: Slot,
        labels: Option<&BTreeSet<String>>,
        ends: &mut dyn Iterator<Item = String>,
        joined: &mut Joined,
    ) -> Result<Bound, Refused> {
        let columns = self.needs.of(slot);
        let Some(labels) = labels else {
            if !columns.is_empty() {
                return Err("a property of a node without a label".into());
            }
            let end = ends.next().ok_or("a node of any label")?;
            return Ok(Bound::plain(end, Kind::Node(None)));
        };
        let alias = self.alias();
        let nodes = self.nodes(labels, &columns)?;
        joined.from.push(format!("{nodes} {alias}"));
        let kind = Kind::Node(Some(labels.clone()));
        let mut made = Bound::plain(format!("{alias}._id"), kind);
        for column in columns {
            let kind = self.kind(Of::Nodes, labels, &column)?;
            let sql = format!("{alias}.{}", column.name());
            made.columns.insert(column, Term { sql, kind });
        }
        Ok(made)
    }
}

/// Each edge once in a match.
fn trail(joined: &mut Joined) -> Result<(), Refused> {
    for (place, (one, labels)) in joined.edges.iter().enumerate() {
        for (other, others) in joined.edges.iter().skip(place + 1) {
            if !labels.is_disjoint(others) {
                joined.conditions.push(format!("{one} <> {other}"));
            }
        }
    }
    for (place, labels) in joined.ways.iter().enumerate() {
        let others = joined.ways.iter().skip(place + 1);
        let single = joined.edges.iter().map(|(_, labels)| labels);
        if others.chain(single).any(|other| !labels.is_disjoint(other)) {
            return Err("a path beside other edges of its labels".into());
        }
    }
    Ok(())
}

fn held(conditions: &[String]) -> String {
    match conditions {
        [] => String::new(),
        _ => format!("\n  WHERE {}", conditions.join(" AND ")),
    }
}
