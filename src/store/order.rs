//! Labels and properties in the order in which readers meet them.
//!
//! In the tables a label is its place in order of arrival: places stay as schemas grow. Above the store that order would
//! tell of hidden deliveries, so arrays and statements name places of [`Schema::in_shown_order`].

use super::codec::damaged;
use super::error::StoreError;
use crate::model::{PropertyDef, PropertyId, Schema, Statement};

/// What the places of one schema are in another that has the same names.
#[derive(Debug)]
pub struct Order {
    nodes: Vec<Place>,
    edges: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    label: u8,
    properties: Vec<u8>,
}

impl Order {
    /// The places in `shown` of all that `stored` has.
    pub fn between(stored: &Schema, shown: &Schema) -> Result<Self, StoreError> {
        let missing = || damaged("its two orders of labels do not have the same labels");
        let nodes = stored.nodes.iter().map(|node| {
            let (place, label) = shown.node_label(&node.label).ok_or_else(missing)?;
            Ok(Place {
                label: place.0,
                properties: places(&node.properties, &label.properties).ok_or_else(missing)?,
            })
        });
        let edges = stored.edges.iter().map(|edge| {
            let (place, label) = shown.edge_label(&edge.label).ok_or_else(missing)?;
            Ok(Place {
                label: place.0,
                properties: places(&edge.properties, &label.properties).ok_or_else(missing)?,
            })
        });
        Ok(Self {
            nodes: nodes.collect::<Result<_, StoreError>>()?,
            edges: edges.collect::<Result<_, StoreError>>()?,
        })
    }

    /// Number of node labels.
    pub fn node_label_count(&self) -> usize {
        self.nodes.len()
    }

    /// The place of a node label.
    pub fn node(&self, stored: u8) -> Result<u8, StoreError> {
        Ok(find(&self.nodes, stored)?.label)
    }

    /// The place of an edge label.
    pub fn edge(&self, stored: u8) -> Result<u8, StoreError> {
        Ok(find(&self.edges, stored)?.label)
    }

    /// Moves the properties of a statement about a node to their places.
    pub fn arrange_node(&self, stored: u8, statement: &mut Statement) -> Result<(), StoreError> {
        arrange(find(&self.nodes, stored)?, statement)
    }

    /// Moves the properties of a statement about an edge to their places.
    pub fn arrange_edge(&self, stored: u8, statement: &mut Statement) -> Result<(), StoreError> {
        arrange(find(&self.edges, stored)?, statement)
    }
}

fn find(places: &[Place], stored: u8) -> Result<&Place, StoreError> {
    places
        .get(usize::from(stored))
        .ok_or_else(|| damaged("a label is not in its schema"))
}

fn places(stored: &[PropertyDef], shown: &[PropertyDef]) -> Option<Vec<u8>> {
    let place = |name: &str| shown.iter().position(|property| property.name == name);
    let places = stored.iter().map(|property| place(&property.name));
    places
        .map(|place| place.map(|place| place as u8))
        .collect::<Option<Vec<u8>>>()
}

fn arrange(place: &Place, statement: &mut Statement) -> Result<(), StoreError> {
    for (property, _) in &mut statement.properties {
        let shown = place.properties.get(property.index());
        let &shown = shown.ok_or_else(|| damaged("a property is not in its schema"))?;
        *property = PropertyId(shown);
    }
    statement.properties.sort_by_key(|&(property, _)| property);
    Ok(())
}
