//! Reads the kit's feature files: the part of Gherkin that they use.

use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Compile,
    Run,
    Any,
}

#[derive(Debug, Clone)]
pub enum Expected {
    Rows {
        columns: Vec<String>,
        rows: Vec<Vec<String>>,
        in_order: bool,
        lists_in_any_order: bool,
    },
    Error(Phase, String),
}

#[derive(Debug, Clone)]
pub struct Scenario {
    /// File, name, and number of the example.
    pub name: String,
    pub folder: String,
    pub setups: Vec<String>,
    pub parameters: Vec<(String, String)>,
    pub query: String,
    pub expected: Expected,
    procedures: bool,
}

#[derive(Debug, Clone, Default)]
struct StepText {
    words: String,
    text: Option<String>,
    table: Vec<Vec<String>>,
}

#[derive(Debug, Clone, Default)]
struct Raw {
    name: String,
    steps: Vec<StepText>,
    examples: Vec<Vec<Vec<String>>>,
}

impl Scenario {
    /// Reads only, calls no procedure, and no function of time.
    pub fn in_scope(&self) -> bool {
        let writes = [
            "call", "create", "delete", "merge", "remove", "set", "temporal",
        ];
        if self.procedures || writes.contains(&self.folder.as_str()) {
            return false;
        }
        let texts: Vec<String> = std::iter::once(&self.query)
            .chain(&self.setups)
            .map(|text| text.to_lowercase())
            .collect();
        let query = texts[0].as_str();
        let word = |text: &str, word: &str| {
            text.split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(|one| one == word)
        };
        let changes = ["create", "merge", "delete", "set", "remove", "call"]
            .iter()
            .any(|one| word(query, one));
        let times = [
            "date",
            "datetime",
            "localdatetime",
            "time",
            "localtime",
            "duration",
        ];
        let timely = texts.iter().any(|text| {
            times.iter().any(|one| {
                [format!("{one}("), format!("{one}.")].iter().any(|call| {
                    text.match_indices(call.as_str()).any(|(at, _)| {
                        !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.')
                    })
                })
            })
        });
        !changes && !timely
    }
}

pub fn read_all(root: &Path) -> Vec<Scenario> {
    let mut files = Vec::new();
    collect(&root.join("features"), &mut files);
    files.sort();
    let mut scenarios = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let folder = file
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        for raw in read(&text) {
            expand(&raw, &stem, &folder, root, &mut scenarios);
        }
    }
    scenarios
}

fn collect(directory: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "feature")
        {
            files.push(path);
        }
    }
}

fn read(text: &str) -> Vec<Raw> {
    let mut scenarios: Vec<Raw> = Vec::new();
    let mut background: Vec<StepText> = Vec::new();
    let mut in_background = false;
    let mut in_examples = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') || trimmed.starts_with('@') {
            continue;
        }
        if trimmed.starts_with("Feature:") {
            continue;
        }
        if trimmed.starts_with("Background:") {
            in_background = true;
            continue;
        }
        let heading = ["Scenario Outline:", "Scenario:"];
        if let Some(name) = heading
            .iter()
            .find_map(|heading| trimmed.strip_prefix(heading))
        {
            in_background = false;
            in_examples = false;
            scenarios.push(Raw {
                name: name.trim().to_owned(),
                steps: background.clone(),
                examples: Vec::new(),
            });
            continue;
        }
        if trimmed.starts_with("Examples:") {
            in_examples = true;
            scenarios.last_mut().unwrap().examples.push(Vec::new());
            continue;
        }
        if trimmed.starts_with('|') {
            let row = cells(trimmed);
            if in_examples {
                let raw = scenarios.last_mut().unwrap();
                raw.examples.last_mut().unwrap().push(row);
            } else {
                let steps = if in_background {
                    &mut background
                } else {
                    &mut scenarios.last_mut().unwrap().steps
                };
                steps.last_mut().unwrap().table.push(row);
            }
            continue;
        }
        if trimmed.starts_with("\"\"\"") {
            let indent = line.len() - line.trim_start().len();
            let mut body = Vec::new();
            for line in lines.by_ref() {
                if line.trim() == "\"\"\"" {
                    break;
                }
                let start = line.len() - line.trim_start().len();
                body.push(line.get(indent.min(start)..).unwrap_or_default());
            }
            let steps = if in_background {
                &mut background
            } else {
                &mut scenarios.last_mut().unwrap().steps
            };
            steps.last_mut().unwrap().text = Some(body.join("\n"));
            continue;
        }
        let keywords = ["Given ", "When ", "Then ", "And ", "But "];
        if let Some(words) = keywords
            .iter()
            .find_map(|keyword| trimmed.strip_prefix(keyword))
        {
            let step = StepText {
                words: words.trim().to_owned(),
                ..StepText::default()
            };
            if in_background {
                background.push(step);
            } else if let Some(raw) = scenarios.last_mut() {
                raw.steps.push(step);
            }
        }
    }
    scenarios
}

/// Cells of a row of a table. `\|` and `\\` are a bar and a backslash.
fn cells(line: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut characters = line.trim().chars().skip(1);
    while let Some(one) = characters.next() {
        match one {
            '\\' => match characters.next() {
                Some('|') => cell.push('|'),
                Some('\\') => cell.push('\\'),
                Some('n') => cell.push('\n'),
                Some(other) => {
                    cell.push('\\');
                    cell.push(other);
                }
                None => cell.push('\\'),
            },
            '|' => cells.push(std::mem::take(&mut cell).trim().to_owned()),
            other => cell.push(other),
        }
    }
    cells
}

fn expand(raw: &Raw, stem: &str, folder: &str, root: &Path, out: &mut Vec<Scenario>) {
    let mut number = 0;
    let tables = raw.examples.iter().filter(|table| !table.is_empty());
    let mut examples: Vec<Vec<(&String, &String)>> = Vec::new();
    for table in tables {
        for row in &table[1..] {
            examples.push(table[0].iter().zip(row).collect());
        }
    }
    if raw.examples.is_empty() {
        examples.push(Vec::new());
    }
    for example in examples {
        number += 1;
        let fill = |text: &str| {
            let mut filled = text.to_owned();
            for (name, value) in &example {
                filled = filled.replace(&format!("<{name}>"), value);
            }
            filled
        };
        let mut name = format!("{stem} {}", raw.name);
        if !raw.examples.is_empty() {
            name = format!("{name} #{number}");
        }
        out.push(scenario(raw, name, folder, root, &fill));
    }
}

fn scenario(
    raw: &Raw,
    name: String,
    folder: &str,
    root: &Path,
    fill: &dyn Fn(&str) -> String,
) -> Scenario {
    let mut scenario = Scenario {
        name,
        folder: folder.to_owned(),
        setups: Vec::new(),
        parameters: Vec::new(),
        query: String::new(),
        expected: Expected::Error(Phase::Any, "nothing".to_owned()),
        procedures: false,
    };
    let mut asked = 0;
    for step in &raw.steps {
        let words = fill(&step.words);
        let text = || fill(step.text.as_ref().unwrap());
        let table = || -> Vec<Vec<String>> {
            let rows = step.table.iter();
            rows.map(|row| row.iter().map(|cell| fill(cell)).collect())
                .collect()
        };
        if let Some(graph) = words
            .strip_prefix("the ")
            .and_then(|rest| rest.strip_suffix(" graph"))
        {
            let file = root
                .join("graphs")
                .join(graph)
                .join(format!("{graph}.cypher"));
            scenario.setups.push(std::fs::read_to_string(file).unwrap());
        } else if words.starts_with("having executed") {
            scenario.setups.push(text());
        } else if words.starts_with("parameters are") {
            let rows = table().into_iter();
            scenario.parameters = rows.map(|row| (row[0].clone(), row[1].clone())).collect();
        } else if words.starts_with("there exists a procedure") {
            scenario.procedures = true;
        } else if words.starts_with("executing query")
            || words.starts_with("executing control query")
        {
            asked += 1;
            scenario.query = text();
        } else if words.starts_with("the result should be") {
            let mut rows = table();
            let columns = if rows.is_empty() {
                Vec::new()
            } else {
                rows.remove(0)
            };
            scenario.expected = Expected::Rows {
                columns,
                rows,
                in_order: words.contains("in order"),
                lists_in_any_order: words.contains("ignoring element order"),
            };
        } else if words.contains("should be raised at") {
            let phase = if words.contains("compile time") {
                Phase::Compile
            } else if words.contains("runtime") {
                Phase::Run
            } else {
                Phase::Any
            };
            scenario.expected = Expected::Error(phase, words);
        }
    }
    // A control query follows a change.
    scenario.procedures |= asked > 1;
    scenario
}
