//! The openCypher technology compatibility kit, run against this engine.
//!
//! The kit's graphs have no schema, so they are no views: `world` is a graph in memory that implements the same trait, and
//! has the only writer of this module, for the statements that set a scenario up. `feature` reads the kit's files, `text` its
//! notation of values.
//!
//! In scope is what reads: no write clauses, no procedures, no functions of time (the kit's; ours are tested elsewhere). What
//! is in scope and deviates stands with its reason in `tck/known.toml`; one that stands there and passes fails the test, as
//! does one that fails and does not stand there.

mod feature;
mod text;
mod world;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use self::feature::{Expected, Phase, Scenario};
use self::world::World;
use super::{Budgets, execute};
use crate::scan::lang::{Declared, Vocabulary, compile_with};
use crate::scan::value::Value;

/// Scenarios in the kit, outlines expanded.
const SCENARIOS: usize = 3_897;
/// Those in scope.
const IN_SCOPE: usize = 2_476;

pub(super) const BUDGETS: Budgets = Budgets {
    time: Duration::from_secs(20),
    edges_per_start: 10_000_000,
    edges: 100_000_000,
    rows: 1_000_000,
    bytes: 1024 * 1024 * 1024,
    collect: usize::MAX,
};

#[derive(Debug)]
enum Outcome {
    Passed,
    Failed(String),
}

/// Names of columns, and rows.
type Table = (Vec<String>, Vec<Vec<Value>>);

/// Runs a query on a world.
pub(super) fn query(
    world: &World,
    text: &str,
    parameters: &BTreeMap<String, Value>,
) -> Result<Table, (Phase, String)> {
    let compiled = compile_with("query", text, Vocabulary::Any, &Declared::default())
        .map_err(|messages| (Phase::Compile, messages[0].to_english()))?;
    let mut values = Vec::new();
    for name in compiled.parameters() {
        match parameters.get(name) {
            Some(value) => values.push(value.clone()),
            None => return Err((Phase::Compile, format!("no parameter {name}"))),
        }
    }
    let cancel = AtomicBool::new(false);
    let (outcome, _) = execute(world, &compiled, &values, (&BUDGETS, &cancel), None, false);
    match outcome {
        Ok(driven) => Ok((compiled.columns().to_vec(), driven.rows)),
        Err(error) => Err((Phase::Run, error.to_string())),
    }
}

fn run(scenario: &Scenario) -> Outcome {
    let mut world = World::default();
    for setup in &scenario.setups {
        if let Err(error) = world.create(setup) {
            return Outcome::Failed(format!("the set-up: {error}"));
        }
    }
    let mut parameters = BTreeMap::new();
    for (name, cell) in &scenario.parameters {
        parameters.insert(name.clone(), text::parse(cell).to_value());
    }
    let answer = query(&world, &scenario.query, &parameters);
    match (&scenario.expected, answer) {
        (Expected::Error(phase, what), Err((found, error))) => {
            if !is_meant(what, &error) {
                Outcome::Failed(format!("{what}, for another reason: {error}"))
            } else if *phase == Phase::Any || *phase == found {
                Outcome::Passed
            } else {
                Outcome::Failed(format!("{what} at another time: {error}"))
            }
        }
        (Expected::Error(_, what), Ok(_)) => Outcome::Failed(format!("no error; expected {what}")),
        (_, Err((_, error))) => Outcome::Failed(format!("an error: {error}")),
        (
            Expected::Rows {
                columns,
                rows,
                in_order,
                lists_in_any_order,
            },
            Ok((names, found)),
        ) => {
            if *columns != names && !(columns.is_empty() && found.is_empty()) {
                return Outcome::Failed(format!("columns {names:?}, expected {columns:?}"));
            }
            let any = *lists_in_any_order;
            let mut expected: Vec<String> = rows
                .iter()
                .map(|row| {
                    let cells = row.iter().map(|cell| text::parse(cell).write(any));
                    cells.collect::<Vec<_>>().join(" | ")
                })
                .collect();
            let mut found: Vec<String> = found
                .iter()
                .map(|row| {
                    let cells = row
                        .iter()
                        .map(|value| text::Told::new(value, &world).write(any));
                    cells.collect::<Vec<_>>().join(" | ")
                })
                .collect();
            if !in_order {
                expected.sort();
                found.sort();
            }
            if expected == found {
                Outcome::Passed
            } else {
                Outcome::Failed(format!("found {found:?}, expected {expected:?}"))
            }
        }
    }
}

/// Whether an error is the one that the kit means: by its code, for those that the compiler finds.
fn is_meant(what: &str, error: &str) -> bool {
    let codes: &[&str] = match what.rsplit(": ").next().unwrap_or_default() {
        "UndefinedVariable" => &["V120", "V121", "V122"],
        "VariableAlreadyBound" => &["V125", "V128"],
        "VariableTypeConflict" => &["V128"],
        "AmbiguousAggregationExpression" => &["V121", "V122"],
        "InvalidAggregation" => &["V121"],
        "NestedAggregation" => &["V134"],
        "IntegerOverflow" => &["V107"],
        "FloatingPointOverflow" => &["V104"],
        "InvalidNumberLiteral" => &["V106"],
        "InvalidParameterUse" => &["V108"],
        "InvalidNumberOfArguments" => &["V160"],
        "NegativeIntegerArgument" => &["V127", "R310"],
        "NonConstantExpression" => &["V126"],
        "InvalidClauseComposition" => &["V110", "V113"],
        "UnknownFunction" => &["V161"],
        "RelationshipUniquenessViolation" => &["V129"],
        "NoVariablesInScope" => &["V123"],
        "NoExpressionAlias" => &["V124"],
        "InvalidUnicodeLiteral" => &["V105"],
        "InvalidUnicodeCharacter" => &["V103"],
        "DifferentColumnsInUnion" => &["V132"],
        "ColumnNameConflict" => &["V125"],
        "InvalidArgumentType" => &["V162", "R310"],
        "UnexpectedSyntax" => &["V101", "V102", "V103", "V106", "V133"],
        "InvalidRelationshipPattern" => &["V102"],
        _ => return true,
    };
    codes.iter().any(|code| error.contains(code))
}

/// Deviations that are known, with their reasons.
fn known() -> BTreeMap<String, String> {
    #[derive(serde::Deserialize)]
    struct Known {
        #[serde(default)]
        deviation: Vec<Deviation>,
    }
    #[derive(serde::Deserialize)]
    struct Deviation {
        scenarios: Vec<String>,
        reason: String,
    }
    let known: Known = toml::from_str(include_str!("tck/known.toml")).unwrap();
    let mut list = BTreeMap::new();
    for deviation in known.deviation {
        for scenario in deviation.scenarios {
            list.insert(scenario, deviation.reason.clone());
        }
    }
    list
}

#[test]
fn the_engine_passes_the_compatibility_kit_but_for_what_is_known() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/opencypher-tck");
    if !root.join("features").is_dir() {
        println!("skipped: the openCypher kit is not at {}", root.display());
        return;
    }
    let scenarios = feature::read_all(&root);
    assert_eq!(scenarios.len(), SCENARIOS);
    let in_scope: Vec<&Scenario> = scenarios
        .iter()
        .filter(|scenario| scenario.in_scope())
        .collect();
    let known = known();
    let (mut passed, mut failed) = (0, 0);
    let mut wrong = Vec::new();
    for scenario in &in_scope {
        match run(scenario) {
            Outcome::Passed => {
                passed += 1;
                if known.contains_key(&scenario.name) {
                    wrong.push(format!("passes, and is listed: {}", scenario.name));
                }
            }
            Outcome::Failed(why) => {
                failed += 1;
                if !known.contains_key(&scenario.name) {
                    wrong.push(format!(
                        "fails: {}\n    {}\n    {why}",
                        scenario.name,
                        scenario.query.replace('\n', "\n    ")
                    ));
                }
            }
        }
    }
    println!(
        "openCypher kit: {passed} passed, {failed} failed, {} skipped (of {} scenarios, {} in scope)",
        scenarios.len() - in_scope.len(),
        scenarios.len(),
        in_scope.len()
    );
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(in_scope.len(), IN_SCOPE);
}
