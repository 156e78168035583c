//! Patterns: which slots they bind, which labels these can have, and what must hold.

use std::collections::BTreeSet;

use super::super::ast::{self, Arrow, Kind, Labels, Name, Pattern};
use super::super::ir::{EdgeSpec, Expr, LabelTest, Match, NodeSpec, Part, Slot};
use super::super::message::{Fault, Span};
use super::{Lower, Place, Refuse, Scope, Type};

/// Longest part of any length.
pub(crate) const PATH_EDGES_MAX: u64 = 8;

/// What a pattern may do to the names around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Bring new ones.
    Bind,
    /// Only use those that are there.
    Use,
}

impl Lower<'_> {
    /// Lowers patterns that are matched together, with what must hold. New names go into `scope`.
    pub(super) fn matching(
        &mut self,
        patterns: &[Pattern],
        filters: &[&ast::Expr],
        optional: bool,
        scope: &mut Scope,
        names: Names,
    ) -> Result<Match, Fault> {
        let bound: Vec<Slot> = scope.names.values().copied().collect();
        let first_fresh = self.variables.len();
        let mut edges_here = BTreeSet::new();
        let mut parts = Vec::new();
        for pattern in patterns {
            parts.push(self.part(pattern, scope, &mut edges_here, names)?);
        }
        self.infer(&parts);
        let fresh: Vec<Slot> = (first_fresh..self.variables.len()).collect();
        let mut conditions = Vec::new();
        for (pattern, part) in patterns.iter().zip(&mut parts) {
            self.conditions(pattern, part, scope, &mut conditions)?;
        }
        for filter in filters {
            let mut place = Place {
                scope: scope.clone(),
                patterns: true,
                gather: None,
                refuse: Refuse::Place,
            };
            self.condition(filter, &mut place, &mut conditions)?;
        }
        self.inspect(&parts);
        let id = self.program.matches;
        self.program.matches += 1;
        Ok(Match {
            id,
            optional,
            parts,
            filter: conditions,
            bound,
            fresh,
        })
    }

    /// Takes a condition apart at its `AND`s, so that each is tested as soon as it can be.
    fn condition(
        &mut self,
        filter: &ast::Expr,
        place: &mut Place<'_>,
        out: &mut Vec<Expr>,
    ) -> Result<(), Fault> {
        if let Kind::Binary(ast::Binary::And, one, two) = &filter.kind {
            self.condition(one, place, out)?;
            return self.condition(two, place, out);
        }
        let (expr, kind) = self.expression(filter, place)?;
        self.expect_boolean(kind, filter.span)?;
        out.push(expr);
        Ok(())
    }

    fn part(
        &mut self,
        pattern: &Pattern,
        scope: &mut Scope,
        edges_here: &mut BTreeSet<String>,
        names: Names,
    ) -> Result<Part, Fault> {
        let start = self.node(&pattern.start, scope, names)?;
        let mut part = Part {
            path: None,
            nodes: vec![start],
            edges: Vec::new(),
        };
        for (edge, node) in &pattern.steps {
            let edge = self.edge(edge, scope, edges_here, names)?;
            part.edges.push(edge);
            part.nodes.push(self.node(node, scope, names)?);
        }
        if let Some(name) = &pattern.name {
            if scope.names.contains_key(&name.text) {
                return Err(already(name));
            }
            let slot = self.new_slot(Type::Path);
            scope.names.insert(name.text.clone(), slot);
            part.path = Some(slot);
        }
        Ok(part)
    }

    fn node(
        &mut self,
        node: &ast::NodePattern,
        scope: &mut Scope,
        names: Names,
    ) -> Result<NodeSpec, Fault> {
        let labels = self.label_test(&node.labels)?;
        let allowed = node_labels(&node.labels);
        let slot = match &node.name {
            None => self.labelled_slot(Type::Node, allowed),
            Some(name) => match scope.names.get(&name.text) {
                Some(&slot) => {
                    if !self.kind(slot).may_be(&[Type::Node]) {
                        return Err(self.conflict(name, slot, Type::Node));
                    }
                    self.narrow(slot, allowed);
                    slot
                }
                None if names == Names::Use => {
                    return Err(self.undefined(&name.text, name.span, scope));
                }
                None => {
                    let slot = self.labelled_slot(Type::Node, allowed);
                    scope.names.insert(name.text.clone(), slot);
                    slot
                }
            },
        };
        Ok(NodeSpec { slot, labels })
    }

    pub(super) fn label_test(&mut self, labels: &Labels) -> Result<LabelTest, Fault> {
        let mut names = Vec::new();
        for name in &labels.names {
            names.push(self.node_label(name)?);
        }
        Ok(LabelTest {
            names,
            any: labels.any,
        })
    }

    fn edge(
        &mut self,
        edge: &ast::EdgePattern,
        scope: &mut Scope,
        edges_here: &mut BTreeSet<String>,
        names: Names,
    ) -> Result<EdgeSpec, Fault> {
        let mut types = Vec::new();
        for name in &edge.types {
            types.push(self.edge_label(name)?);
        }
        let range = edge.range.map(|range| self.range(range)).transpose()?;
        let kind = if range.is_some() {
            Type::Edges
        } else {
            Type::Edge
        };
        let allowed = (!edge.types.is_empty())
            .then(|| edge.types.iter().map(|name| name.text.clone()).collect());
        let slot = match &edge.name {
            None => self.labelled_slot(kind, allowed),
            Some(name) => {
                let known = scope.names.get(&name.text).copied();
                if !edges_here.insert(name.text.clone()) {
                    return Err(Fault::new(
                        "V129",
                        name.span,
                        format!("de relatie `{}` staat al in dit patroon", name.text),
                        format!("the edge `{}` stands in this pattern already", name.text),
                    ));
                }
                match known {
                    Some(slot) => {
                        let mine = self.kind(slot);
                        let fits = match kind {
                            Type::Edges => mine.may_be(&[Type::Edges, Type::List]),
                            _ => mine.may_be(&[Type::Edge]),
                        };
                        if !fits {
                            return Err(self.conflict(name, slot, kind));
                        }
                        slot
                    }
                    None if names == Names::Use => {
                        return Err(self.undefined(&name.text, name.span, scope));
                    }
                    None => {
                        let slot = self.labelled_slot(kind, allowed);
                        scope.names.insert(name.text.clone(), slot);
                        slot
                    }
                }
            }
        };
        Ok(EdgeSpec {
            slot,
            types,
            arrow: edge.arrow,
            range,
            properties: Vec::new(),
        })
    }

    fn range(&self, range: ast::Range) -> Result<(usize, usize), Fault> {
        let min = range.min.unwrap_or(1);
        if self.words.is_strict() {
            let max = range.max.unwrap_or(u64::MAX);
            if max > PATH_EDGES_MAX {
                let (nl, en) = if range.max.is_none() {
                    ("heeft geen bovengrens", "has no upper bound")
                } else {
                    ("gaat te ver", "goes too far")
                };
                let written = self
                    .text
                    .get(range.span.start as usize..range.span.end as usize);
                let written = written.unwrap_or("*").trim();
                return Err(Fault::new(
                    "V140",
                    range.span,
                    format!("`{written}` {nl}"),
                    format!("`{written}` {en}"),
                )
                .hint(
                    format!("schrijf `*1..n`, met n ten hoogste {PATH_EDGES_MAX}"),
                    format!("write `*1..n`, with n at most {PATH_EDGES_MAX}"),
                ));
            }
        }
        let bound = |bound: u64| usize::try_from(bound).unwrap_or(usize::MAX);
        Ok((bound(min), range.max.map_or(usize::MAX, bound)))
    }

    /// Property maps and conditions of edges.
    fn conditions(
        &mut self,
        pattern: &Pattern,
        part: &mut Part,
        scope: &Scope,
        out: &mut Vec<Expr>,
    ) -> Result<(), Fault> {
        let nodes =
            std::iter::once(&pattern.start).chain(pattern.steps.iter().map(|(_, node)| node));
        for (node, spec) in nodes.zip(&part.nodes) {
            let Some(properties) = &node.properties else {
                continue;
            };
            for (key, value) in self.entries(properties, spec.slot, scope)? {
                out.push(equal(spec.slot, key, value));
            }
        }
        for ((edge, _), spec) in pattern.steps.iter().zip(&mut part.edges) {
            if let Some(properties) = &edge.properties {
                let entries = self.entries(properties, spec.slot, scope)?;
                if spec.range.is_some() {
                    spec.properties = entries;
                } else {
                    out.extend(
                        entries
                            .into_iter()
                            .map(|(key, value)| equal(spec.slot, key, value)),
                    );
                }
            }
            if let Some(filter) = &edge.filter {
                if spec.range.is_some() {
                    return Err(Fault::new(
                        "V102",
                        filter.span,
                        "WHERE kan hier niet bij een deel van onbepaalde lengte",
                        "WHERE cannot stand here for a part of any length",
                    )
                    .hint(
                        "gebruik `all(r IN ... WHERE ...)` achter het patroon",
                        "use `all(r IN ... WHERE ...)` behind the pattern",
                    ));
                }
                let mut place = Place {
                    scope: scope.clone(),
                    patterns: true,
                    gather: None,
                    refuse: Refuse::Place,
                };
                self.condition(filter, &mut place, out)?;
            }
        }
        Ok(())
    }

    fn entries(
        &mut self,
        map: &ast::Expr,
        slot: Slot,
        scope: &Scope,
    ) -> Result<Vec<(usize, Expr)>, Fault> {
        let Kind::Map(entries) = &map.kind else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (name, value) in entries {
            self.property_type(name, Some(slot))?;
            let mut place = Place {
                scope: scope.clone(),
                patterns: false,
                gather: None,
                refuse: Refuse::Place,
            };
            let (value, _) = self.expression(value, &mut place)?;
            found.push((self.key(&name.text), value));
        }
        Ok(found)
    }

    /// V128.
    fn conflict(&self, name: &Name, slot: Slot, wanted: Type) -> Fault {
        let (is, wants) = (self.kind(slot).words(), wanted.words());
        Fault::new(
            "V128",
            name.span,
            format!("`{}` is {}, en staat hier als {}", name.text, is.0, wants.0),
            format!(
                "`{}` is {}, and stands here as {}",
                name.text, is.1, wants.1
            ),
        )
    }

    fn narrow(&mut self, slot: Slot, allowed: Option<BTreeSet<String>>) {
        let (Some(variable), Some(allowed)) = (self.variables.get_mut(slot), allowed) else {
            return;
        };
        variable.labels = Some(match &variable.labels {
            None => allowed,
            Some(labels) => labels.intersection(&allowed).cloned().collect(),
        });
    }

    /// Labels of nodes follow from the edges at them, by the schema. Never more than can be.
    fn infer(&mut self, parts: &[Part]) {
        let Some(schema) = self.words.schema() else {
            return;
        };
        for part in parts {
            for (edge, ends) in part.edges.iter().zip(part.nodes.windows(2)) {
                let [left, right] = ends else { continue };
                if edge.range.is_some_and(|(min, _)| min == 0) {
                    continue;
                }
                let labels: Vec<&str> = if edge.types.is_empty() {
                    schema.edges.iter().map(|one| one.label.as_str()).collect()
                } else {
                    let names = edge.types.iter();
                    names
                        .filter_map(|&label| self.program.edge_labels.get(label))
                        .map(String::as_str)
                        .collect()
                };
                let definitions = labels.iter().filter_map(|label| schema.edge_label(label));
                let (mut from, mut to) = (BTreeSet::new(), BTreeSet::new());
                for (_, definition) in definitions {
                    from.extend(definition.from.iter().cloned());
                    to.extend(definition.to.iter().cloned());
                }
                let either: BTreeSet<String> = from.union(&to).cloned().collect();
                // In the middle of a part of any length any end can be any of them.
                let (at_left, at_right) = match edge.arrow {
                    Arrow::Right => (from, to),
                    Arrow::Left => (to, from),
                    Arrow::Either => (either.clone(), either),
                };
                self.narrow(left.slot, Some(at_left));
                self.narrow(right.slot, Some(at_right));
            }
        }
    }

    /// Notes what the patterns look at.
    fn inspect(&mut self, parts: &[Part]) {
        let Some(schema) = self.words.schema() else {
            return;
        };
        for part in parts {
            for node in &part.nodes {
                match self
                    .variables
                    .get(node.slot)
                    .and_then(|one| one.labels.clone())
                {
                    Some(labels) => self.inspects.nodes.extend(labels),
                    None => {
                        let all = schema.nodes.iter().map(|one| one.label.clone());
                        self.inspects.nodes.extend(all);
                    }
                }
            }
            for edge in &part.edges {
                let any = edge.types.is_empty();
                if any {
                    let all = schema.edges.iter().map(|one| one.label.clone());
                    self.inspects.edges.extend(all);
                }
                for &label in &edge.types {
                    let name = self.program.edge_labels.get(label);
                    self.inspects.edges.extend(name.cloned());
                }
                if edge.range.is_some_and(|(_, max)| max > 1) {
                    // Nodes within: any end of such an edge.
                    for one in &schema.edges {
                        if any || self.inspects.edges.contains(&one.label) {
                            let ends = one.from.iter().chain(&one.to);
                            self.inspects.nodes.extend(ends.cloned());
                        }
                    }
                }
            }
        }
    }

    /// V162 where a truth value must stand.
    pub(super) fn expect_boolean(&self, kind: Type, span: Span) -> Result<(), Fault> {
        if kind.may_be(&[Type::Boolean]) {
            return Ok(());
        }
        Err(wrong_type(
            span,
            "een waarheidswaarde",
            "a truth value",
            kind,
        ))
    }
}

/// V162.
pub(super) fn wrong_type(span: Span, nl: &str, en: &str, found: Type) -> Fault {
    let words = found.words();
    Fault::new(
        "V162",
        span,
        format!("hier hoort {nl}, en dit is {}", words.0),
        format!("{en} belongs here, and this is {}", words.1),
    )
}

fn equal(slot: Slot, key: usize, value: Expr) -> Expr {
    Expr::Compare(
        ast::Compare::Equal,
        Box::new(Expr::Property(Box::new(Expr::Slot(slot)), key)),
        Box::new(value),
    )
}

fn node_labels(labels: &Labels) -> Option<BTreeSet<String>> {
    if labels.names.is_empty() {
        return None;
    }
    let names = labels.names.iter().map(|name| name.text.clone());
    if labels.any || labels.names.len() == 1 {
        return Some(names.collect());
    }
    // A node has one label: of several that it must all have, none can be told from the others.
    Some(names.collect())
}

/// V125: a name that stands for something else already.
fn already(name: &Name) -> Fault {
    Fault::new(
        "V125",
        name.span,
        format!("de naam `{}` is al gebruikt", name.text),
        format!("the name `{}` is used already", name.text),
    )
}
