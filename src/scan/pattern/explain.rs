//! The sentence of a flag: words, and places that are filled from the columns of a row.
//!
//! A place is `{column}`, `{$parameter}` or `{subject}`; `{column:micro}` writes millionths with two decimals and
//! `{column:percent}` hundredths as they are. A column that is a node is written by whoever reads: the stored sentence has
//! its identifier, a reader gets the name that their own view gives it.

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As it is.
    Plain,
    /// Millionths, as a number with two decimals.
    Micro,
}

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Words(String),
    /// A column of the row.
    Column(String, Format),
    /// A parameter of the run.
    Parameter(String, Format),
}

/// A sentence in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    pieces: Vec<Piece>,
    decimal: char,
}

/// A place that is not written right, by its bytes in the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misplaced {
    pub(super) span: std::ops::Range<usize>,
    pub(super) what: String,
}

impl Sentence {
    /// Reads a sentence; `decimal` stands in its numbers.
    pub(super) fn parse(text: &str, decimal: char) -> Result<Self, Misplaced> {
        let mut pieces = Vec::new();
        let mut rest = 0;
        while let Some(open) = text.get(rest..).and_then(|part| part.find('{')) {
            let open = rest + open;
            let inside = text.get(open + 1..).unwrap_or_default();
            let Some(length) = inside.find('}') else {
                return Err(Misplaced {
                    span: open..text.len(),
                    what: "`{` without `}`".to_owned(),
                });
            };
            let close = open + 1 + length;
            if open > rest {
                let words = text.get(rest..open).unwrap_or_default();
                pieces.push(Piece::Words(words.to_owned()));
            }
            let name = text.get(open + 1..close).unwrap_or_default();
            pieces.push(place(name).ok_or_else(|| Misplaced {
                span: open..close + 1,
                what: format!("`{{{name}}}`"),
            })?);
            rest = close + 1;
        }
        let words = text.get(rest..).unwrap_or_default();
        if !words.is_empty() {
            pieces.push(Piece::Words(words.to_owned()));
        }
        Ok(Self { pieces, decimal })
    }

    /// The parts.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Fills the places. `column` and `parameter` give what stands there: a number, or a text such as a name.
    pub fn fill(
        &self,
        mut column: impl FnMut(&str) -> Filled,
        mut parameter: impl FnMut(&str) -> Option<i64>,
    ) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            let (filled, format) = match piece {
                Piece::Words(words) => {
                    out.push_str(words);
                    continue;
                }
                Piece::Column(name, format) => (column(name), *format),
                Piece::Parameter(name, format) => {
                    let value = parameter(name).map_or(Filled::Unknown, Filled::Number);
                    (value, *format)
                }
            };
            match filled {
                Filled::Number(number) => out.push_str(&self.number(number, format)),
                Filled::Text(text) => out.push_str(&text),
                Filled::Unknown => out.push('?'),
            }
        }
        out
    }

    fn number(&self, number: i64, format: Format) -> String {
        match format {
            Format::Plain => number.to_string(),
            Format::Micro => {
                // Rounded to hundredths, half away from zero.
                let hundredths = (number.unsigned_abs() + 5_000) / 10_000;
                let sign = if number < 0 && hundredths > 0 {
                    "-"
                } else {
                    ""
                };
                let (whole, part) = (hundredths / 100, hundredths % 100);
                format!("{sign}{whole}{}{part:02}", self.decimal)
            }
        }
    }
}

/// What stands in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filled {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
    /// The row has nothing there.
    Unknown,
}

fn place(text: &str) -> Option<Piece> {
    let (name, format) = match text.split_once(':') {
        None => (text, Format::Plain),
        Some((name, "micro")) => (name, Format::Micro),
        Some(_) => return None,
    };
    let bare = name.strip_prefix('$').unwrap_or(name);
    let is_name = !bare.is_empty()
        && bare
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !is_name {
        return None;
    }
    Some(if name.starts_with('$') {
        Piece::Parameter(bare.to_owned(), format)
    } else {
        Piece::Column(bare.to_owned(), format)
    })
}
