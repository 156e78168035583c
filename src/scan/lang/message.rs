//! What is wrong with a query, where, and what to do: in Dutch and in English.

use serde::Serialize;

/// A place in a query text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// First byte after.
    pub end: u32,
}

impl Span {
    /// From the first byte of one to the last of another.
    pub fn to(self, other: Self) -> Self {
        Self {
            start: self.start,
            end: other.end.max(self.start),
        }
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// Dutch.
    pub nl: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Takes both.
    pub fn new(nl: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            nl: nl.into(),
            en: en.into(),
        }
    }
}

/// What is wrong with a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Stable code, `V101` and on.
    pub code: &'static str,
    /// The file, as the caller named it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub text: Text,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
    /// The line, and below it a caret under the place.
    pub snippet: String,
}

/// A message before its place is made readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub(crate) code: &'static str,
    pub(crate) span: Span,
    pub(crate) text: Text,
    pub(crate) hint: Option<Text>,
}

impl Fault {
    pub(crate) fn new(
        code: &'static str,
        span: Span,
        nl: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            code,
            span,
            text: Text::new(nl, en),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, nl: impl Into<String>, en: impl Into<String>) -> Self {
        self.hint = Some(Text::new(nl, en));
        self
    }

    /// Adds line, column and the line itself.
    pub(crate) fn place(self, file: &str, text: &str) -> Message {
        let at = floor_boundary(text, self.span.start as usize);
        let before = text.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |place| place + 1);
        let line_text = text
            .get(line_start..)
            .and_then(|rest| rest.lines().next())
            .unwrap_or_default();
        let column = before.get(line_start..).unwrap_or_default().chars().count();
        let end = floor_boundary(text, self.span.end as usize);
        let marked = text
            .get(at..end.max(at))
            .and_then(|marked| marked.lines().next())
            .map_or(0, |marked| marked.chars().count())
            .clamp(1, SNIPPET_CHARACTERS_MAX);
        Message {
            code: self.code,
            file: file.to_owned(),
            line: before.matches('\n').count() as u32 + 1,
            column: column as u32 + 1,
            text: self.text,
            hint: self.hint,
            snippet: snippet(line_text, column, marked),
        }
    }
}

/// Characters of a line that a message shows.
const SNIPPET_CHARACTERS_MAX: usize = 100;

/// The line, cut around the place when it is long, and the caret. Control characters are shown as spaces: a message is
/// printed on terminals.
fn snippet(line: &str, column: usize, marked: usize) -> String {
    let first = column.saturating_sub(SNIPPET_CHARACTERS_MAX / 2);
    let shown: String = line
        .chars()
        .skip(first)
        .take(SNIPPET_CHARACTERS_MAX)
        .map(|one| if one.is_control() { ' ' } else { one })
        .collect();
    let room = SNIPPET_CHARACTERS_MAX.saturating_sub(column - first);
    let marks = "^".repeat(marked.min(room.max(1)));
    format!("{shown}\n{}{marks}", " ".repeat(column - first))
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while at > 0 && !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl Message {
    /// The message as text, in English.
    pub fn to_english(&self) -> String {
        self.write(|text| &text.en)
    }

    /// The message as text, in Dutch.
    pub fn to_dutch(&self) -> String {
        self.write(|text| &text.nl)
    }

    fn write(&self, language: impl Fn(&Text) -> &String) -> String {
        let mut out = format!(
            "{}:{}:{}: {} {}\n",
            self.file,
            self.line,
            self.column,
            self.code,
            language(&self.text)
        );
        for line in self.snippet.lines() {
            out.push_str("  | ");
            out.push_str(line);
            out.push('\n');
        }
        if let Some(hint) = &self.hint {
            out.push_str("  = ");
            out.push_str(language(hint));
            out.push('\n');
        }
        out
    }
}

impl std::fmt::Display for Message {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.to_english().trim_end())
    }
}

/// The word nearest to another among some, if it is near enough to be meant: at most a third of its letters differ.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    known
        .into_iter()
        .map(|other| (distance(&folded, &other.to_lowercase()), other))
        .filter(|(far, other)| *far <= 1 + other.chars().count().min(folded.len()) / 4)
        .min()
        .map(|(_, other)| other)
}

/// Letters to change, add, take away or swap to make one word of another (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    const LETTERS_MAX: usize = 64;
    let one: Vec<char> = one.chars().take(LETTERS_MAX).collect();
    let other: Vec<char> = other.chars().take(LETTERS_MAX).collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let at = |back: usize, place: usize| {
                rows.len()
                    .checked_sub(back)
                    .and_then(|row| rows.get(row))
                    .and_then(|row| row.get(place))
                    .copied()
                    .unwrap_or(usize::MAX / 2)
            };
            let replaced = at(1, j) + usize::from(a != b);
            let removed = at(1, j + 1) + 1;
            let added = row.last().copied().unwrap_or(0) + 1;
            let swapped =
                if i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a) {
                    at(2, j - 1) + 1
                } else {
                    usize::MAX
                };
            row.push(replaced.min(removed).min(added).min(swapped));
        }
        rows.push(row);
    }
    rows.last()
        .and_then(|row| row.last())
        .copied()
        .unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_one_that_can_be_meant() {
        assert_eq!(nearest("RETRUN", ["MATCH", "RETURN"]), Some("RETURN"));
        assert_eq!(nearest("LIVES_ON", ["LIVES_AT", "OWNS"]), Some("LIVES_AT"));
        assert_eq!(nearest("q", ["a", "p"]), Some("a"));
        assert_eq!(nearest("Koopsom", ["MATCH", "RETURN"]), None);
    }

    #[test]
    fn a_place_is_told_in_characters() {
        let text = "MATCH (é)\nRETRUN é";
        let fault = Fault::new("V101", Span { start: 11, end: 17 }, "x", "x");
        let message = fault.place("a.cypher", text);
        assert_eq!((message.line, message.column), (2, 1));
        assert_eq!(message.snippet, "RETRUN é\n^^^^^^");
    }
}
