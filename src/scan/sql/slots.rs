//! Which properties are read of which slot, then or later: they are carried beside its identifier.

use std::collections::{BTreeMap, BTreeSet};

use super::Column;
use crate::scan::lang::Function;
use crate::scan::lang::ir::{Body, Expr, Op, Program, Slot};

/// Columns by slot.
#[derive(Debug, Default)]
pub(super) struct Need {
    columns: BTreeMap<Slot, BTreeSet<Column>>,
}

impl Need {
    pub fn of(&self, slot: Slot) -> BTreeSet<Column> {
        self.columns.get(&slot).cloned().unwrap_or_default()
    }
}

/// The column that an expression reads of a slot.
pub(super) fn read_of(expr: &Expr, keys: &[String]) -> Option<(Slot, Column)> {
    match expr {
        Expr::Property(inner, key) => match &**inner {
            Expr::Slot(slot) => Some((*slot, Column::Property(keys.get(*key)?.clone()))),
            _ => None,
        },
        Expr::Call(Function::Head, list) => match list.as_slice() {
            [Expr::Call(function, of)] => {
                let column = match function {
                    Function::Owners => Column::Owner,
                    Function::Sources => Column::Source,
                    _ => return None,
                };
                match of.as_slice() {
                    [Expr::Slot(slot)] => Some((*slot, column)),
                    _ => None,
                }
            }
            _ => None,
        },
        _ => None,
    }
}

/// Follows what is read back to where it was matched.
pub(super) fn needs(program: &Program) -> Need {
    let mut need = Need::default();
    program.body.walk(&mut |expr| {
        if let Some((slot, column)) = read_of(expr, &program.keys) {
            need.columns.entry(slot).or_default().insert(column);
        }
    });
    let mut renamed = Vec::new();
    renames(&program.body, &mut renamed);
    loop {
        let mut grew = false;
        for &(new, old) in &renamed {
            let wanted = need.of(new);
            let known = need.columns.entry(old).or_default();
            let before = known.len();
            known.extend(wanted);
            grew |= known.len() > before;
        }
        if !grew {
            return need;
        }
    }
}

fn renames(body: &Body, renamed: &mut Vec<(Slot, Slot)>) {
    let mut add = |items: &[(Slot, Expr)]| {
        for (new, expr) in items {
            if let Expr::Slot(old) = expr {
                renamed.push((*new, *old));
            }
        }
    };
    for stage in body.branches.iter().flat_map(|branch| &branch.stages) {
        for op in &stage.ops {
            if let Op::Assign(items) = op {
                add(items);
            }
        }
        if let Some(group) = &stage.sink.group {
            add(&group.keys);
        }
        add(&stage.sink.items);
    }
}
