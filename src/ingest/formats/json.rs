//! JSON documents: one record, or a list of records, at a path in the document.
//!
//! The document is walked twice. First it is proved to be JSON, which keeps nothing in memory but the bytes; then the
//! records are cut out one by one, so that each is known by its line and only one tree exists at a time.

use std::borrow::Cow;
use std::io::Read;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::super::error::{IngestError, Place};
use super::super::intake::Intake;
use super::super::record::{Body, Path, Record};
use super::{empty, read_failed};

/// Largest document. Larger deliveries come as JSON lines or in several files.
pub(crate) const DOCUMENT_BYTES_MAX: u64 = 1 << 30;

/// Reads the records of a document.
///
/// * `paths`: where the record or the list of records is, the first that is there; none means the document itself.
///
/// # Errors
/// [`IngestError`] for a document that is empty, too large, not UTF-8 or not JSON.
pub(crate) fn read(
    input: impl Read,
    name: &str,
    paths: &[Path],
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    let mut bytes = Vec::new();
    input
        .take(DOCUMENT_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| read_failed(name, 1, error))?;
    if bytes.len() as u64 > DOCUMENT_BYTES_MAX {
        return Err(IngestError::Limit {
            place: Place::file(name),
            what: "the length of a JSON document in bytes",
            limit: DOCUMENT_BYTES_MAX,
        });
    }
    let broken = |line: usize, message: String| IngestError::Broken {
        place: Place::line(name, u32::try_from(line).unwrap_or(u32::MAX)),
        message,
    };
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        broken(line_breaks(before) + 1, "not UTF-8".to_owned())
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(empty(name));
    }
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| {
        let message = format!("column {}: {}", error.column(), without_place(&error));
        broken(error.line(), message)
    })?;
    let Some(found) = find(text, paths) else {
        intake.unreadable(1, "", "nothing at the path of `records`".to_owned());
        return Ok(());
    };
    give(found, name, intake)
}

/// Gives the record, or the records of the list, that stand at a place in a document.
fn give(found: Cursor<'_>, name: &str, intake: &mut Intake<'_>) -> Result<(), IngestError> {
    let line = found.line;
    match found.peek() {
        Some(b'[') => {
            let mut items = found.items();
            while let Some(item) = items.next_value() {
                match serde_json::from_str::<Value>(item.value()) {
                    Ok(tree) => give_tree(&tree, item.line, intake)?,
                    Err(error) => intake.unreadable(item.line, "", without_place(&error)),
                }
            }
            Ok(())
        }
        Some(b'"') => {
            // Recorded answers have their body as a text now and then. It is a document of its own, on this line.
            let inner: Cow<'_, str> = match serde_json::from_str::<String>(found.value()) {
                Ok(text) => Cow::Owned(text),
                Err(_) => Cow::Borrowed(""),
            };
            match serde_json::from_str::<Value>(&inner) {
                Ok(Value::Array(trees)) => {
                    for tree in &trees {
                        give_tree(tree, line, intake)?;
                    }
                    Ok(())
                }
                Ok(tree) => give_tree(&tree, line, intake),
                Err(_) => {
                    intake.unreadable(line, "", "a text that is not JSON".to_owned());
                    Ok(())
                }
            }
        }
        Some(_) => match serde_json::from_str::<Value>(found.value()) {
            Ok(tree) => give_tree(&tree, line, intake),
            Err(error) => Err(IngestError::Broken {
                place: Place::line(name, line),
                message: without_place(&error),
            }),
        },
        None => Ok(()),
    }
}

fn give_tree(tree: &Value, line: u32, intake: &mut Intake<'_>) -> Result<(), IngestError> {
    if !tree.is_object() {
        intake.unreadable(line, "", "not a JSON object".to_owned());
        return Ok(());
    }
    intake.record(&Record {
        line,
        kinds: &[],
        body: Body::Tree(tree),
    })
}

/// The message of an error without the place at its end, which counts lines from elsewhere.
pub(crate) fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message.get(..end).unwrap_or(&message).to_owned(),
        None => message,
    }
}

fn line_breaks(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

/// The place of the first path that is there.
fn find<'t>(text: &'t str, paths: &[Path]) -> Option<Cursor<'t>> {
    let start = Cursor::new(text);
    if paths.is_empty() {
        return Some(start);
    }
    paths.iter().find_map(|path| {
        path.names()?
            .into_iter()
            .try_fold(start, |cursor, name| cursor.member(name))
    })
}

/// A place in a text that is known to be JSON, at the first byte of a value.
///
/// INVARIANT (text is JSON): `read` has proved it, so a quote has its end and a bracket its partner. Where that fails
/// all the same, the walk ends early and nothing is found.
#[derive(Debug, Clone, Copy)]
struct Cursor<'t> {
    rest: &'t str,
    line: u32,
}

impl<'t> Cursor<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            rest: text,
            line: 1,
        }
        .past_blanks()
    }

    fn peek(&self) -> Option<u8> {
        self.rest.bytes().next()
    }

    fn skip(self, bytes: usize) -> Self {
        let (skipped, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        let breaks = u32::try_from(line_breaks(skipped.as_bytes())).unwrap_or(u32::MAX);
        Self {
            rest,
            line: self.line.saturating_add(breaks),
        }
    }

    fn past_blanks(self) -> Self {
        let blanks = self.rest.len() - self.rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.skip(blanks)
    }

    /// Length of the value that begins here.
    fn length(&self) -> usize {
        let mut depth = 0_usize;
        let mut in_text = false;
        let mut escaped = false;
        for (position, byte) in self.rest.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_text => escaped = true,
                b'"' => {
                    in_text = !in_text;
                    if !in_text && depth == 0 {
                        return position + 1;
                    }
                }
                _ if in_text => {}
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth <= 1 => return position + depth,
                b'}' | b']' => depth -= 1,
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return position,
                _ => {}
            }
        }
        self.rest.len()
    }

    fn value(&self) -> &'t str {
        self.rest.get(..self.length()).unwrap_or(self.rest)
    }

    fn items(self) -> Items<'t> {
        Items {
            place: self.skip(1).past_blanks(),
        }
    }

    /// The value of a member of the object here.
    fn member(self, name: &str) -> Option<Self> {
        if self.peek() != Some(b'{') {
            return None;
        }
        let mut items = self.items();
        while let Some(key) = items.next_value() {
            let value = items.next_value()?;
            if serde_json::from_str::<String>(key.value()).is_ok_and(|key| key == name) {
                return Some(value);
            }
        }
        None
    }
}

/// The values between the brackets of a list; of an object, its names and values in turn.
struct Items<'t> {
    place: Cursor<'t>,
}

impl<'t> Items<'t> {
    fn next_value(&mut self) -> Option<Cursor<'t>> {
        let value = self.place;
        if matches!(value.peek(), None | Some(b']' | b'}')) {
            return None;
        }
        let mut behind = value.skip(value.length()).past_blanks();
        if matches!(behind.peek(), Some(b',' | b':')) {
            behind = behind.skip(1).past_blanks();
        }
        self.place = behind;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_cut_out_with_their_lines() {
        let text =
            "{\n \"a\": [1, \"]\\\"\"],\n \"b\": {\"c\":\n [ {\"x\": \"}\"},\n\n {\"y\": []} ] } }";
        let path = Path::parse("b.c").unwrap();
        let found = find(text, &[path]).unwrap();
        let mut items = found.items();
        let mut seen = Vec::new();
        while let Some(item) = items.next_value() {
            seen.push((item.line, item.value()));
        }
        assert_eq!(seen, [(4, "{\"x\": \"}\"}"), (6, "{\"y\": []}")]);
        assert!(find(text, &[Path::parse("b.d").unwrap()]).is_none());
        let second = [Path::parse("none").unwrap(), Path::parse("a").unwrap()];
        assert_eq!(find(text, &second).unwrap().value(), "[1, \"]\\\"\"]");
    }

    #[test]
    fn scalars_end_where_they_end() {
        for (text, value) in [
            ("12, 3", "12"),
            ("true}", "true"),
            ("\"a\\\\\" ,", "\"a\\\\\""),
            ("[]", "[]"),
            ("null", "null"),
        ] {
            assert_eq!(Cursor::new(text).value(), value, "{text}");
        }
    }
}
