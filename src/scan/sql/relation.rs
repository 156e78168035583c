//! Tables as relations: nodes of some labels, edges of some labels from one side to the other, paths of any length unrolled.

use std::collections::BTreeSet;

use super::{Column, Dialect, Kind, Refused, Table, Term, Writer, is_plain};
use crate::model::{Schema, ValueType};
use crate::scan::lang::{Arrow, VALID_FROM, VALID_TO};

/// Longest path that is unrolled.
const HOPS_MAX: usize = 8;

/// What tables are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Nodes,
    Edges,
}

impl Writer<'_> {
    /// Nodes of some labels: `_id` and columns.
    pub(super) fn nodes(
        &mut self,
        labels: &BTreeSet<String>,
        columns: &BTreeSet<Column>,
    ) -> Result<String, Refused> {
        Ok(format!(
            "({})",
            self.union(Of::Nodes, labels, "_id", columns)?
        ))
    }

    /// Edges of some labels, `a` their end on the left of the arrow and `b` that on the right.
    pub(super) fn edges(
        &mut self,
        labels: &BTreeSet<String>,
        arrow: Arrow,
        columns: &BTreeSet<Column>,
    ) -> Result<String, Refused> {
        let mut along = |side| self.union(Of::Edges, labels, side, columns);
        let (right, left) = ("_id, _from AS a, _to AS b", "_id, _to AS a, _from AS b");
        Ok(match arrow {
            Arrow::Right => format!("({})", along(right)?),
            Arrow::Left => format!("({})", along(left)?),
            // A loop is one edge.
            Arrow::Either => format!(
                "({} UNION ALL SELECT * FROM ({}) back WHERE a <> b)",
                along(right)?,
                along(left)?
            ),
        })
    }

    /// Ways over edges of some labels: `a` and `b` their ends, `n` their nodes, `e` their edges, `l` their length.
    pub(super) fn ways(
        &mut self,
        labels: &BTreeSet<String>,
        arrow: Arrow,
        (least, most): (usize, usize),
    ) -> Result<String, Refused> {
        if least == 0 {
            return Err("a path that may have no edge".into());
        }
        if most > HOPS_MAX {
            return Err(format!("a path of more than {HOPS_MAX} edges").into());
        }
        let edges = self.edges(labels, arrow, &BTreeSet::new())?;
        let mut lengths = Vec::new();
        for length in least..=most {
            let mut joins = format!("{edges} e1");
            for hop in 2..=length {
                let before = hop - 1;
                joins.push_str(&format!(" JOIN {edges} e{hop} ON e{hop}.a = e{before}.b"));
                for other in 1..hop {
                    joins.push_str(&format!(" AND e{hop}._id <> e{other}._id"));
                }
            }
            let hops = |column: &str| -> Vec<String> {
                (1..=length).map(|hop| format!("e{hop}.{column}")).collect()
            };
            let nodes: Vec<String> = std::iter::once("e1.a".to_owned())
                .chain(hops("b"))
                .collect();
            lengths.push(format!(
                "SELECT e1.a AS a, e{length}.b AS b, {} AS n, {} AS e, {length} AS l FROM {joins}",
                self.list(&nodes),
                self.list(&hops("_id"))
            ));
        }
        Ok(format!("({})", lengths.join(" UNION ALL ")))
    }

    /// A list of elements.
    pub(super) fn list(&self, items: &[String]) -> String {
        match self.dialect {
            Dialect::DuckDb => format!("[{}]", items.join(", ")),
            Dialect::Spark => format!("array({})", items.join(", ")),
        }
    }

    /// Lists one behind the other.
    pub(super) fn joined(&self, lists: &[String]) -> String {
        match (lists, self.dialect) {
            ([one], _) => one.clone(),
            (_, Dialect::DuckDb) => format!("({})", lists.join(" || ")),
            (_, Dialect::Spark) => format!("concat({})", lists.join(", ")),
        }
    }

    fn union(
        &mut self,
        of: Of,
        labels: &BTreeSet<String>,
        ids: &str,
        columns: &BTreeSet<Column>,
    ) -> Result<String, Refused> {
        let mut parts = Vec::new();
        for label in labels {
            let table = match of {
                Of::Nodes => Table::Nodes(self.time, label.clone()),
                Of::Edges => Table::Edges(self.time, label.clone()),
            };
            let mut selected = vec![ids.to_owned()];
            let mut there = BTreeSet::new();
            for column in columns {
                let name = column.name();
                if kind_of(self.schema, of, label, column).is_some() {
                    there.insert(column.clone());
                    selected.push(name.to_owned());
                } else {
                    let kind = self.kind(of, labels, column)?;
                    selected.push(format!("CAST(NULL AS {}) AS {name}", kind.sql_type()));
                }
            }
            let name = self.used(table, there)?;
            parts.push(format!("SELECT {} FROM {name}", selected.join(", ")));
        }
        Ok(parts.join(" UNION ALL "))
    }

    /// What a column of elements of some labels holds.
    pub(super) fn kind(
        &self,
        of: Of,
        labels: &BTreeSet<String>,
        column: &Column,
    ) -> Result<Kind, Refused> {
        let mut kinds: Vec<Kind> = labels
            .iter()
            .filter_map(|label| kind_of(self.schema, of, label, column))
            .collect();
        kinds.dedup();
        let name = column.name();
        match kinds.as_slice() {
            [kind] => Ok(kind.clone()),
            [] => Err(format!("`{name}` of a label without such a property").into()),
            _ => Err(format!("`{name}` is of different types on different labels").into()),
        }
    }

    /// Notes that a table is read, and gives its name.
    fn used(&mut self, table: Table, columns: BTreeSet<Column>) -> Result<String, Refused> {
        let name = table.name();
        let named = columns.iter().filter_map(|column| match column {
            Column::Property(name) => Some(name),
            Column::Owner | Column::Source => None,
        });
        if let Some(odd) = named.chain([&name]).find(|one| !is_plain(one)) {
            return Err(format!("the name `{odd}`").into());
        }
        self.tables.entry(table).or_default().extend(columns);
        Ok(name)
    }

    /// Millionths left of a weight.
    pub(super) fn decay(
        &mut self,
        days: &str,
        half_life: i64,
        joins: &mut Vec<String>,
    ) -> Result<Term, Refused> {
        let table = self.used(Table::Decay(half_life), BTreeSet::new())?;
        let alias = self.alias();
        joins.push(format!(
            "\n  LEFT JOIN {table} {alias} ON {alias}.days = {days}"
        ));
        Ok(Term {
            sql: format!(
                "CASE WHEN {days} IS NULL THEN NULL WHEN {days} <= 0 THEN 1000000 ELSE coalesce({alias}.micro, 0) END"
            ),
            kind: Kind::Whole,
        })
    }
}

/// What a column of one label holds, where the label has it.
pub(super) fn kind_of(schema: &Schema, of: Of, label: &str, column: &Column) -> Option<Kind> {
    let Column::Property(name) = column else {
        return Some(Kind::Text);
    };
    let own = match of {
        Of::Nodes => schema.node_label(label)?.1.property(name),
        Of::Edges => schema.edge_label(label)?.1.property(name),
    };
    match own {
        Some((_, own)) => Some(Kind::of(own.value_type)),
        None => {
            let built_in = of == Of::Edges && [VALID_FROM, VALID_TO].contains(&name.as_str());
            built_in.then(|| Kind::of(ValueType::Date))
        }
    }
}
