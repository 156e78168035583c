//! `verband query`.

use std::collections::BTreeMap;

use clap::Args;

use super::print_json;
use super::read::ReadArguments;
use crate::query::Answer;
use crate::scan::{AskError, QueryAnswer, QueryForm, QueryRequest, QueryTime, ask};

/// Answers a query in the pattern language: a part of openCypher that only reads.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  verband query 'MATCH (a:Address)<-[:REGISTERED_AT]-(c:Company) WITH a, count(c) AS n WHERE n >= $n RETURN a, n ORDER BY n DESC' \\
    --param n=5 --config verband.toml --as analist --purpose ondermijning")]
pub struct QueryArguments {
    /// The query.
    text: String,
    /// Value of a parameter: a number, `true`, `false`, or text. May be given more than once.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    params: Vec<(String, serde_json::Value)>,
    /// Look at the day and all before it.
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    read: ReadArguments,
}

fn parameter(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| "write it as NAME=VALUE".to_owned())?;
    let value = match serde_json::from_str(value) {
        Ok(value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_))) => value,
        Ok(value @ serde_json::Value::Array(_)) => value,
        Ok(_) | Err(_) => value.into(),
    };
    Ok((name.to_owned(), value))
}

pub fn run(arguments: QueryArguments, json: bool) -> anyhow::Result<()> {
    let request = QueryRequest {
        text: arguments.text,
        params: arguments.params.into_iter().collect(),
        time: if arguments.history {
            QueryTime::History
        } else {
            QueryTime::AsOf
        },
        form: QueryForm::Rows,
    };
    let answer = arguments.read.read("query", |session| {
        ask(session, &request).map_err(|error| match error {
            // On a line of its own: the place is marked below it.
            AskError::Query(_) => anyhow::anyhow!("\n{error}"),
            other => other.into(),
        })
    })?;
    if json {
        return print_json(&answer);
    }
    print!("{}", table(&answer));
    Ok(())
}

/// Widest that a column is printed.
const COLUMN_CHARACTERS_MAX: usize = 60;

/// Rows as a table, and below it what there is to know about them.
fn table(answer: &Answer<QueryAnswer>) -> String {
    let body = &answer.body;
    let names: BTreeMap<&str, String> = body
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), format!("{} ({})", node.name, node.id)))
        .collect();
    let mut lines: Vec<Vec<String>> = vec![body.columns.clone()];
    for row in &body.rows {
        lines.push(row.iter().map(|cell| written(cell, &names)).collect());
    }
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..body.columns.len()).map(width).collect();
    let mut out = String::new();
    for step in &body.plan {
        out.push_str(&format!("plan: {step}\n"));
    }
    for line in &lines {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    let rows = body.rows.len();
    out.push_str(&format!(
        "{rows} {}, {} edges examined, on {}\n",
        if rows == 1 { "row" } else { "rows" },
        body.edges_examined,
        answer.as_of
    ));
    if let Some(truncated) = &answer.truncated {
        out.push_str(&format!(
            "not whole: the limit of {} {} was reached\n",
            truncated.max, truncated.limit
        ));
    }
    if !body.monotone {
        out.push_str(
            "what you do not see may make these rows wrong: absence for you is not absence\n",
        );
    }
    out
}

fn written(cell: &serde_json::Value, names: &BTreeMap<&str, String>) -> String {
    use serde_json::Value as Json;
    let told = match cell {
        Json::String(text) => text.clone(),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| written(item, names)).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(entries) => match entries.get("node").and_then(Json::as_str) {
            Some(id) => names.get(id).cloned().unwrap_or_else(|| id.to_owned()),
            None => cell.to_string(),
        },
        other => other.to_string(),
    };
    let shown: String = told
        .chars()
        .map(|one| if one.is_control() { ' ' } else { one })
        .take(COLUMN_CHARACTERS_MAX)
        .collect();
    if shown.chars().count() < told.chars().count() {
        format!("{shown}...")
    } else {
        shown
    }
}
