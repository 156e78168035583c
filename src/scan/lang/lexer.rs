//! Text to tokens. Hand-written: the grammar is small, and every message needs its exact place.

use super::message::{Fault, Span};

/// What a token is. Words are not split into names and keywords: any word may be a name where a name is expected.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A word; `quoted` if it stood in backticks, and then it is never a keyword.
    Word { text: String, quoted: bool },
    /// A whole number, its digits without sign.
    Integer(Digits),
    /// A number with a fraction.
    Decimal(f64),
    /// A text.
    Text(String),
    /// `$name`.
    Parameter(String),
    /// A sign of one or two characters.
    Sign(&'static str),
    /// The end of the text.
    End,
}

/// A whole number as written: the largest magnitude that a sign before it may make fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits(pub u64);

/// A token and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    pub token: Token,
    pub span: Span,
}

/// Longest query, in bytes, without the comment that a pattern file opens with.
pub const QUERY_BYTES_MAX: usize = 16 * 1024;
/// Deepest nesting of brackets and operators.
pub const NESTING_MAX: usize = 64;

const SIGNS: [&str; 29] = [
    "<>", "<=", ">=", "=~", "..", "+=", "(", ")", "[", "]", "{", "}", ",", ";", ":", ".", "|", "+",
    "-", "*", "/", "%", "^", "=", "<", ">", "&", "!", "$",
];

/// Cuts a text into tokens, the last of which is the end.
pub fn tokens(text: &str) -> Result<Vec<Placed>, Fault> {
    let mut lexer = Lexer { text, at: 0 };
    let body = lexer.leading_comment();
    if text.len() - body > QUERY_BYTES_MAX {
        return Err(Fault::new(
            "V201",
            span(body, body),
            format!(
                "de vraag is {} bytes lang, meer dan de {QUERY_BYTES_MAX} die mogen",
                text.len() - body
            ),
            format!(
                "the query is {} bytes long, more than the {QUERY_BYTES_MAX} it may be",
                text.len() - body
            ),
        ));
    }
    let mut found = Vec::new();
    let mut open = Vec::new();
    loop {
        let placed = lexer.next()?;
        if let Token::Sign(sign) = placed.token {
            match sign {
                "(" | "[" | "{" => open.push(placed.span),
                ")" | "]" | "}" => drop(open.pop()),
                _ => {}
            }
            if open.len() > NESTING_MAX {
                return Err(too_deep(placed.span));
            }
        }
        let last = placed.token == Token::End;
        found.push(placed);
        if last {
            return Ok(found);
        }
    }
}

/// V201: nested too deep.
pub fn too_deep(place: Span) -> Fault {
    Fault::new(
        "V201",
        place,
        format!("dieper genest dan de {NESTING_MAX} lagen die mogen"),
        format!("nested deeper than the {NESTING_MAX} levels it may be"),
    )
}

fn span(start: usize, end: usize) -> Span {
    Span {
        start: start as u32,
        end: end as u32,
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Where the query begins: behind the comment that holds a pattern's front matter.
    fn leading_comment(&self) -> usize {
        let trimmed = self.text.trim_start();
        if !trimmed.starts_with("/*") {
            return 0;
        }
        let start = self.text.len() - trimmed.len();
        trimmed.find("*/").map_or(0, |end| start + end + 2)
    }

    fn skip_blank(&mut self) -> Result<(), Fault> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if let Some(inner) = rest.strip_prefix("/*") {
                match inner.find("*/") {
                    Some(end) => self.at += end + 4,
                    None => {
                        return Err(Fault::new(
                            "V102",
                            span(self.at, self.at + 2),
                            "deze opmerking wordt niet gesloten",
                            "this comment is never closed",
                        )
                        .hint("sluit haar met `*/`", "close it with `*/`"));
                    }
                }
            } else {
                return Ok(());
            }
        }
    }

    fn next(&mut self) -> Result<Placed, Fault> {
        self.skip_blank()?;
        let start = self.at;
        let token = match self.peek() {
            None => Token::End,
            Some(first) if is_word_start(first) => Token::Word {
                text: self.word(),
                quoted: false,
            },
            Some('`') => self.backticks()?,
            Some('\'' | '"') => self.quoted_text()?,
            Some('$') => self.parameter()?,
            Some(first) if first.is_ascii_digit() => self.number()?,
            Some('.')
                if self
                    .rest()
                    .chars()
                    .nth(1)
                    .is_some_and(|c| c.is_ascii_digit()) =>
            {
                self.number()?
            }
            Some(first) => self.sign(first)?,
        };
        Ok(Placed {
            token,
            span: span(start, self.at),
        })
    }

    fn word(&mut self) -> String {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default().to_owned();
        self.at += end;
        word
    }

    fn backticks(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            let Some(next) = self.peek() else {
                return Err(unclosed(span(start, self.at)));
            };
            self.at += next.len_utf8();
            if next != '`' {
                text.push(next);
            } else if self.peek() == Some('`') {
                self.at += 1;
                text.push('`');
            } else {
                return Ok(Token::Word { text, quoted: true });
            }
        }
    }

    fn parameter(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        self.at += 1;
        let name = match self.peek() {
            Some('`') => match self.backticks()? {
                Token::Word { text, .. } => text,
                _ => String::new(),
            },
            Some(first) if first.is_alphanumeric() || first == '_' => self.word(),
            Some(_) | None => String::new(),
        };
        if name.is_empty() {
            return Err(Fault::new(
                "V102",
                span(start, self.at),
                "achter `$` hoort de naam van een parameter",
                "a `$` is followed by the name of a parameter",
            ));
        }
        Ok(Token::Parameter(name))
    }

    fn quoted_text(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let quote = self.peek();
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(next) = self.peek() else {
                return Err(unclosed(span(start, self.at)));
            };
            let place = self.at;
            self.at += next.len_utf8();
            if Some(next) == quote {
                return Ok(Token::Text(text));
            }
            if next != '\\' {
                text.push(next);
                continue;
            }
            let Some(escaped) = self.peek() else {
                return Err(unclosed(span(start, self.at)));
            };
            self.at += escaped.len_utf8();
            text.push(match escaped {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                '\\' | '\'' | '"' => escaped,
                'u' => self.code_point(place, 4)?,
                'U' => self.code_point(place, 8)?,
                _ => {
                    return Err(Fault::new(
                        "V105",
                        span(place, self.at),
                        format!("`\\{escaped}` is geen teken"),
                        format!("`\\{escaped}` is no character"),
                    )
                    .hint(
                        "schrijf `\\\\` voor een schuine streep",
                        "write `\\\\` for a backslash",
                    ));
                }
            });
        }
    }

    fn code_point(&mut self, place: usize, digits: usize) -> Result<char, Fault> {
        let text = self.rest().get(..digits).unwrap_or_default();
        let code = text
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit())
            .then(|| u32::from_str_radix(text, 16).ok())
            .flatten()
            .and_then(char::from_u32);
        match code {
            Some(code) => {
                self.at += digits;
                Ok(code)
            }
            None => Err(Fault::new(
                "V105",
                span(place, self.at),
                format!("achter `\\u` horen {digits} hexadecimale cijfers van een teken"),
                format!("`\\u` is followed by {digits} hexadecimal digits of a character"),
            )),
        }
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let at = |place: usize| bytes.get(place).copied().unwrap_or(0);
        if at(0) == b'0' && matches!(at(1), b'x' | b'o') {
            return self.radix(start, if at(1) == b'x' { 16 } else { 8 });
        }
        let run = |from: usize| {
            let digits = bytes
                .iter()
                .skip(from)
                .take_while(|byte| byte.is_ascii_digit());
            from + digits.count()
        };
        let mut end = run(0);
        let mut fraction = false;
        if at(end) == b'.' && at(end + 1).is_ascii_digit() {
            fraction = true;
            end = run(end + 1);
        }
        if matches!(at(end), b'e' | b'E') {
            let sign = usize::from(matches!(at(end + 1), b'-' | b'+'));
            let after = run(end + 1 + sign);
            if after > end + 1 + sign {
                fraction = true;
                end = after;
            }
        }
        let text = rest.get(..end).unwrap_or_default().to_owned();
        let tail = rest.get(end..).unwrap_or_default();
        let glued = tail
            .chars()
            .take_while(|&c| c.is_alphanumeric() || c == '_');
        let glued: usize = glued.map(char::len_utf8).sum();
        self.at += end + glued;
        let place = span(start, self.at);
        if glued > 0 {
            return Err(bad_number(place));
        }
        if fraction {
            return match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Token::Decimal(number)),
                Ok(_) | Err(_) => Err(Fault::new(
                    "V104",
                    place,
                    "dit getal is te groot",
                    "this number is too large",
                )),
            };
        }
        if text.len() > 1 && text.starts_with('0') {
            return Err(bad_number(place).hint(
                "een getal begint niet met een nul",
                "a number does not begin with a zero",
            ));
        }
        text.parse()
            .map(|digits| Token::Integer(Digits(digits)))
            .map_err(|_| too_large(place))
    }

    fn radix(&mut self, start: usize, radix: u32) -> Result<Token, Fault> {
        self.at += 2;
        let word = self.word();
        let place = span(start, self.at);
        if word.is_empty() || !word.chars().all(|c| c.is_digit(radix)) {
            return Err(bad_number(place));
        }
        u64::from_str_radix(&word, radix)
            .map(|digits| Token::Integer(Digits(digits)))
            .map_err(|_| too_large(place))
    }

    fn sign(&mut self, first: char) -> Result<Token, Fault> {
        let found = SIGNS.iter().find(|sign| self.rest().starts_with(**sign));
        match found {
            Some(sign) => {
                self.at += sign.len();
                Ok(Token::Sign(sign))
            }
            None => Err(Fault::new(
                "V103",
                span(self.at, self.at + first.len_utf8()),
                format!("het teken `{}` hoort hier niet", first.escape_default()),
                format!(
                    "the character `{}` does not belong here",
                    first.escape_default()
                ),
            )),
        }
    }
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn unclosed(place: Span) -> Fault {
    Fault::new(
        "V102",
        place,
        "deze aanhaling wordt niet gesloten",
        "this quotation is never closed",
    )
}

fn bad_number(place: Span) -> Fault {
    Fault::new("V106", place, "dit is geen getal", "this is no number")
}

/// V107: a whole number past 64 bits.
pub fn too_large(place: Span) -> Fault {
    Fault::new(
        "V107",
        place,
        "dit gehele getal is te groot (64 bits)",
        "this whole number is too large (64 bits)",
    )
}
