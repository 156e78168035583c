//! What the writer of test graphs needs of the parser: statements cut at their clauses, and patterns alone.

pub(crate) use super::ast::{Arrow, Expr, NodePattern, Pattern};
use super::lexer::{Token, tokens};
use super::parser;

/// Cuts a statement into what reads (`READ`) and what changes (by its keyword), the text of each without the keyword of a
/// change.
pub(crate) fn parts(text: &str) -> Result<Vec<(String, String)>, String> {
    let tokens = tokens(text).map_err(|fault| fault.text.en)?;
    let mut parts: Vec<(String, usize, usize)> = Vec::new();
    let mut depth = 0_usize;
    for placed in &tokens {
        match &placed.token {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth -= 1,
            _ => {}
        }
        let Token::Word {
            text: word,
            quoted: false,
        } = &placed.token
        else {
            continue;
        };
        let word = word.to_uppercase();
        let (start, end) = (placed.span.start as usize, placed.span.end as usize);
        let changes = ["CREATE", "MERGE", "SET", "DELETE", "FOREACH", "REMOVE"];
        if depth > 0 {
            continue;
        }
        if changes.contains(&word.as_str()) {
            close(&mut parts, start);
            parts.push((word, end, text.len()));
        } else if ["MATCH", "UNWIND", "WITH", "OPTIONAL"].contains(&word.as_str())
            && parts.last().is_none_or(|(keyword, ..)| keyword != "READ")
        {
            close(&mut parts, start);
            parts.push(("READ".to_owned(), start, text.len()));
        }
    }
    Ok(parts
        .into_iter()
        .map(|(keyword, start, end)| (keyword, text[start..end].to_owned()))
        .collect())
}

fn close(parts: &mut [(String, usize, usize)], at: usize) {
    if let Some(last) = parts.last_mut() {
        last.2 = at;
    }
}

/// Patterns with commas between them.
pub(crate) fn patterns(text: &str) -> Result<Vec<Pattern>, String> {
    parser::parse_patterns(text).map_err(|fault| fault.text.en)
}
