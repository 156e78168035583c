//! Templates: texts with fields in them, such as `{postcode} {huisnummer}{huisletter?}[-{toevoeging}]`.

use super::record::{Context, FieldId, FieldTrouble};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// `{field}`.
    Needed(FieldId),
    /// `{field?}`.
    Optional(FieldId),
    /// `[...]`: written only when every needed field in it is filled.
    Group(Vec<Part>),
}

/// A text with fields in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
    first_field: Option<FieldId>,
}

impl Template {
    /// Reads a template.
    ///
    /// * `intern`: gives each field its position.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn parse(
        text: &str,
        intern: &mut dyn FnMut(&str) -> Result<FieldId, String>,
    ) -> Result<Self, String> {
        let mut first_field = None;
        let mut parts = Vec::new();
        let mut group: Option<Vec<Part>> = None;
        let mut rest = text;
        while let Some(sign) = rest.chars().next() {
            let open = group.is_some();
            let target = group.as_mut().unwrap_or(&mut parts);
            match sign {
                '{' => {
                    let (name, after) = rest
                        .split_at(1)
                        .1
                        .split_once('}')
                        .ok_or_else(|| format!("`{text}` has a brace that is not closed"))?;
                    let id = intern(name.trim_end_matches('?'))?;
                    first_field = first_field.or(Some(id));
                    target.push(if name.ends_with('?') {
                        Part::Optional(id)
                    } else {
                        Part::Needed(id)
                    });
                    rest = after;
                }
                '[' if open => return Err(format!("`{text}` has a group within a group")),
                '[' => {
                    group = Some(Vec::new());
                    rest = rest.split_at(1).1;
                }
                ']' => {
                    let inner = group
                        .take()
                        .ok_or_else(|| format!("`{text}` closes a group that is not open"))?;
                    parts.push(Part::Group(inner));
                    rest = rest.split_at(1).1;
                }
                _ => {
                    let end = rest.find(['{', '[', ']']).unwrap_or(rest.len());
                    let (literal, after) = rest.split_at(end);
                    target.push(Part::Literal(literal.to_owned()));
                    rest = after;
                }
            }
        }
        if group.is_some() {
            return Err(format!("`{text}` has a group that is not closed"));
        }
        Ok(Self { parts, first_field })
    }

    /// The field that a report names for the whole template.
    pub(crate) fn first_field(&self) -> Option<FieldId> {
        self.first_field
    }

    /// Fills in the fields; `None` if a needed one is empty. Runs of blanks become one, ends are trimmed.
    ///
    /// # Errors
    /// The field that cannot be read, and why.
    pub(crate) fn fill(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<String>, (FieldId, FieldTrouble)> {
        let mut text = String::new();
        if !write(&self.parts, context, &mut text)? {
            return Ok(None);
        }
        let text = collapse(text);
        Ok((!text.is_empty()).then_some(text))
    }
}

fn write(
    parts: &[Part],
    context: &Context<'_>,
    text: &mut String,
) -> Result<bool, (FieldId, FieldTrouble)> {
    for part in parts {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Needed(id) => match context.text(*id).map_err(|trouble| (*id, trouble))? {
                Some(value) => text.push_str(&value),
                None => return Ok(false),
            },
            Part::Optional(id) => {
                if let Some(value) = context.text(*id).map_err(|trouble| (*id, trouble))? {
                    text.push_str(&value);
                }
            }
            Part::Group(inner) => {
                let length = text.len();
                if !write(inner, context, text)? {
                    text.truncate(length);
                }
            }
        }
    }
    Ok(true)
}

/// Makes runs of blanks one and trims the ends. Most texts need neither, so they are looked at before they are copied.
pub(crate) fn collapse(text: String) -> String {
    let mut before_is_blank = true;
    let mut is_clean = true;
    for letter in text.chars() {
        let blank = letter.is_whitespace();
        is_clean &= !(blank && (before_is_blank || letter != ' '));
        before_is_blank = blank;
    }
    if is_clean && !before_is_blank {
        return text;
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::record::{Body, Fields, Lookup};
    use super::*;

    fn fill(template: &str, record: serde_json::Value) -> Result<Option<String>, String> {
        let mut fields = Fields::default();
        let parsed = Template::parse(template, &mut |name| fields.intern(name, Lookup::Record))?;
        let context = Context {
            fields: &fields,
            columns: &[],
            body: Body::Tree(&record),
            item: None,
            item_before: None,
        };
        parsed
            .fill(&context)
            .map_err(|(_, trouble)| trouble.reason())
    }

    #[test]
    fn a_template_writes_what_is_filled() {
        let template = "{s} {n}{l?}[-{t}], {p?}";
        for (record, expected) in [
            (
                serde_json::json!({"s": "A", "n": 1, "p": "P"}),
                Some("A 1, P"),
            ),
            (
                serde_json::json!({"s": "A  B", "n": 1, "l": "x", "t": "bis"}),
                Some("A B 1x-bis,"),
            ),
            (serde_json::json!({"s": "A"}), None),
        ] {
            assert_eq!(
                fill(template, record.clone()).unwrap().as_deref(),
                expected,
                "{record}"
            );
        }
    }

    #[test]
    fn a_template_of_nothing_but_blanks_gives_nothing() {
        assert_eq!(fill(" {a?} ", serde_json::json!({})), Ok(None));
    }

    #[test]
    fn a_template_that_cannot_be_read_is_told() {
        for text in ["{a", "[x", "x]", "[[x]]"] {
            assert!(fill(text, serde_json::json!({})).is_err(), "{text}");
        }
    }

    #[test]
    fn blanks_collapse() {
        for (text, expected) in [
            ("a b", "a b"),
            (" a", "a"),
            ("a ", "a"),
            ("a\t b\n", "a b"),
            ("", ""),
            ("a\u{a0}b", "a b"),
        ] {
            assert_eq!(collapse(text.to_owned()), expected, "{text:?}");
        }
    }
}
