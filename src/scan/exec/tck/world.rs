//! A graph without a schema, in memory, and the writer that sets it up.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::query;
use crate::model::{Day, Validity};
use crate::scan::exec::ExecError;
use crate::scan::exec::graph::{Element, Graph, Side};
use crate::scan::lang::testing::{self, Arrow, Pattern};
use crate::scan::value::{EdgeRef, Value};

type Properties = BTreeMap<Arc<str>, Value>;

#[derive(Default)]
pub struct World {
    names: Vec<Arc<str>>,
    nodes: Vec<(Vec<u32>, Properties)>,
    edges: Vec<(EdgeRef, Properties)>,
    slots: Vec<Vec<u32>>,
}

type Row = BTreeMap<String, Value>;

impl World {
    fn name(&mut self, name: &str) -> u32 {
        let found = self.names.iter().position(|known| **known == *name);
        let place = found.unwrap_or_else(|| {
            self.names.push(Arc::from(name));
            self.names.len() - 1
        });
        place as u32
    }

    /// Runs a set-up: `CREATE`, and what reads before it.
    pub fn create(&mut self, text: &str) -> Result<(), String> {
        for statement in text.split(';').filter(|one| !one.trim().is_empty()) {
            let mut rows: Vec<Row> = vec![Row::new()];
            for (keyword, part) in testing::parts(statement)? {
                match keyword.as_str() {
                    "CREATE" => {
                        for row in &mut rows {
                            let patterns = testing::patterns(&part)?;
                            for pattern in &patterns {
                                self.create_pattern(pattern, &part, row)?;
                            }
                        }
                    }
                    "READ" => rows = self.read(&part, &rows)?,
                    "DELETE" => {
                        for row in &rows {
                            for name in part.split(',').map(str::trim) {
                                if let Some(Value::Edge(edge)) = row.get(name) {
                                    self.slots[edge.from as usize].retain(|one| *one != edge.edge);
                                    self.slots[edge.to as usize].retain(|one| *one != edge.edge);
                                }
                            }
                        }
                    }
                    other => return Err(format!("{other} is not set up")),
                }
            }
        }
        Ok(())
    }

    /// Goes on from all rows at once: what is read may gather them.
    fn read(&self, part: &str, rows: &[Row]) -> Result<Vec<Row>, String> {
        let Some(first) = rows.first() else {
            return Ok(Vec::new());
        };
        let names: Vec<String> = first
            .keys()
            .map(|name| format!("row.{name} AS {name}"))
            .collect();
        let with = if names.is_empty() {
            String::new()
        } else {
            format!("UNWIND $rows AS row WITH {}", names.join(", "))
        };
        let maps = rows.iter().map(|row| {
            let entries = row.iter();
            let entries = entries.map(|(name, value)| (Arc::from(name.as_str()), value.clone()));
            Value::Map(Arc::new(entries.collect()))
        });
        let parameters = BTreeMap::from([("rows".to_owned(), Value::list(maps.collect()))]);
        let text = format!("{with} {part} RETURN *");
        let (columns, rows) = query(self, &text, &parameters).map_err(|(_, error)| error)?;
        Ok(rows
            .into_iter()
            .map(|row| columns.iter().cloned().zip(row).collect())
            .collect())
    }

    fn create_pattern(
        &mut self,
        pattern: &Pattern,
        text: &str,
        row: &mut Row,
    ) -> Result<(), String> {
        let mut at = self.create_node(&pattern.start, text, row)?;
        for (edge, node) in &pattern.steps {
            let next = self.create_node(node, text, row)?;
            let (from, to) = match edge.arrow {
                Arrow::Left => (next, at),
                Arrow::Right | Arrow::Either => (at, next),
            };
            let label = self.name(&edge.types[0].text);
            let properties = self.evaluate(edge.properties.as_ref(), text, row)?;
            let place = self.edges.len() as u32;
            let made = EdgeRef {
                edge: place,
                from,
                to,
                label,
            };
            self.edges.push((made, properties));
            self.slots[from as usize].push(place);
            if from != to {
                self.slots[to as usize].push(place);
            }
            if let Some(name) = &edge.name {
                row.insert(name.text.clone(), Value::Edge(made));
            }
            at = next;
        }
        Ok(())
    }

    fn create_node(
        &mut self,
        node: &testing::NodePattern,
        text: &str,
        row: &mut Row,
    ) -> Result<u32, String> {
        if let Some(name) = &node.name
            && let Some(Value::Node(known)) = row.get(&name.text)
        {
            return Ok(*known);
        }
        let properties = self.evaluate(node.properties.as_ref(), text, row)?;
        let labels = node
            .labels
            .names
            .iter()
            .map(|name| self.name(&name.text))
            .collect();
        self.nodes.push((labels, properties));
        self.slots.push(Vec::new());
        let made = self.nodes.len() as u32 - 1;
        if let Some(name) = &node.name {
            row.insert(name.text.clone(), Value::Node(made));
        }
        Ok(made)
    }

    fn evaluate(
        &self,
        map: Option<&testing::Expr>,
        text: &str,
        row: &Row,
    ) -> Result<Properties, String> {
        let Some(map) = map else {
            return Ok(Properties::new());
        };
        let written = &text[map.span.start as usize..map.span.end as usize];
        let names: Vec<String> = row
            .keys()
            .map(|name| format!("${name} AS {name}"))
            .collect();
        let with = if names.is_empty() {
            String::new()
        } else {
            format!("WITH {}", names.join(", "))
        };
        let (_, rows) = query(self, &format!("{with} RETURN {written} AS map"), row)
            .map_err(|(_, error)| error)?;
        match &rows[0][0] {
            Value::Map(entries) => Ok(entries
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (Arc::clone(key), value.clone()))
                .collect()),
            other => Err(format!("no map: {other:?}")),
        }
    }
}

impl Graph for World {
    type Key = Arc<str>;

    fn node_label(&self, name: &str) -> Option<u32> {
        let found = self.names.iter().position(|known| **known == *name);
        found.map(|place| place as u32)
    }

    fn edge_label(&self, name: &str) -> Option<u32> {
        self.node_label(name)
    }

    fn key(&self, name: &str) -> Arc<str> {
        Arc::from(name)
    }

    fn nodes(&self, label: Option<u32>) -> Vec<u32> {
        let all = 0..self.nodes.len() as u32;
        all.filter(|&node| label.is_none_or(|label| self.has_label(node, label)))
            .collect()
    }

    fn node_count(&self, label: Option<u32>) -> u64 {
        self.nodes(label).len() as u64
    }

    fn has_label(&self, node: u32, label: u32) -> bool {
        self.nodes[node as usize].0.contains(&label)
    }

    fn label_names(&self, node: u32) -> Vec<Arc<str>> {
        let labels = self.nodes[node as usize].0.iter();
        labels
            .map(|&label| Arc::clone(&self.names[label as usize]))
            .collect()
    }

    fn type_name(&self, edge: &EdgeRef) -> Arc<str> {
        Arc::clone(&self.names[edge.label as usize])
    }

    fn edges(
        &self,
        node: u32,
        side: Side,
        labels: Option<&[u32]>,
        visit: &mut dyn FnMut(EdgeRef) -> Result<bool, ExecError>,
    ) -> Result<bool, ExecError> {
        for &place in &self.slots[node as usize] {
            let edge = self.edges[place as usize].0;
            let sided = match side {
                Side::Out => edge.from == node,
                Side::In => edge.to == node,
                Side::Both => true,
            };
            if sided && labels.is_none_or(|labels| labels.contains(&edge.label)) && !visit(edge)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn property(&self, element: Element, key: &Arc<str>) -> Result<Value, ExecError> {
        Ok(self
            .properties(element)?
            .get(key)
            .cloned()
            .unwrap_or_default())
    }

    fn properties(&self, element: Element) -> Result<Properties, ExecError> {
        Ok(match element {
            Element::Node(node) => self.nodes[node as usize].1.clone(),
            Element::Edge(edge) => self.edges[edge.edge as usize].1.clone(),
        })
    }

    fn id(&self, element: Element) -> Value {
        Value::Integer(match element {
            Element::Node(node) => node.into(),
            Element::Edge(edge) => edge.edge.into(),
        })
    }

    fn find(&self, id: &Value) -> Option<u32> {
        match id {
            Value::Integer(id) => u32::try_from(*id)
                .ok()
                .filter(|id| (*id as usize) < self.nodes.len()),
            _ => None,
        }
    }

    fn validities(&self, _: &EdgeRef) -> Vec<Validity> {
        vec![Validity::ALWAYS]
    }

    fn owners(&self, _: Element) -> Result<Vec<String>, ExecError> {
        Ok(Vec::new())
    }

    fn sources(&self, _: Element) -> Result<Vec<String>, ExecError> {
        Ok(Vec::new())
    }

    fn days(&self) -> (Option<Day>, Day) {
        (None, Day::MAX)
    }
}
