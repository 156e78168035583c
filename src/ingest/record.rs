//! A record as its format gives it, and how rules look up fields in it.

use std::borrow::Cow;

use csv::StringRecord;
use serde_json::Value;

/// Longest text of one field. Longer is no register's value but a quote that was never closed, or an attack.
pub(crate) const FIELD_BYTES_MAX: usize = 1 << 20;

/// What a record consists of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body<'a> {
    /// Columns.
    Row(&'a StringRecord),
    /// Named values, lists of them, and so on.
    Tree(&'a Value),
}

/// One record of a delivery.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    /// Line on which it begins, from 1.
    pub line: u32,
    /// Its kinds, in formats that have kinds: mostly one.
    pub kinds: &'a [&'a str],
    /// What it holds.
    pub body: Body<'a>,
}

/// Position of a field in [`Fields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FieldId(usize);

impl FieldId {
    /// The position as an index.
    pub(crate) fn index(self) -> usize {
        self.0
    }
}

/// What kind of rule names a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// One that runs on rows.
    Column,
    /// One that runs on records with paths.
    Record,
    /// One that runs on the items of a list (`each`).
    Item,
}

/// Where a field is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Record,
    Item,
    ItemBefore,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Position(usize),
}

/// A field as a rule names it.
#[derive(Debug, Clone)]
struct Field {
    name: String,
    lookup: Lookup,
    scope: Scope,
    path: Path,
    /// Which part of the text between slashes, from 1.
    part: Option<usize>,
}

/// The way to a value inside a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path(Vec<Step>);

impl Path {
    /// Reads `_embedded.eigenaar.rsin`, `handelsnamen[0].naam`; `.` is the value itself.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        if text == "." {
            return Ok(Self(steps));
        }
        for part in text.split('.') {
            let (name, mut positions) = part.split_at(part.find('[').unwrap_or(part.len()));
            if name.is_empty() {
                return Err(format!("`{text}` has an empty name between its dots"));
            }
            steps.push(Step::Name(name.to_owned()));
            while !positions.is_empty() {
                let (digits, rest) = positions
                    .strip_prefix('[')
                    .and_then(|open| open.split_once(']'))
                    .ok_or_else(|| format!("`{text}` has a bracket that is not closed"))?;
                let position = digits
                    .parse()
                    .map_err(|_| format!("`[{digits}]` in `{text}` is no position in a list"))?;
                steps.push(Step::Position(position));
                positions = rest;
            }
        }
        Ok(Self(steps))
    }

    /// The value at the end of the way; `None` if the way ends before.
    pub(crate) fn find<'a>(&self, tree: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(tree, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Position(position) => value.get(position),
        })
    }

    /// The name that the way begins with.
    pub(crate) fn first_name(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Name(name)) => Some(name),
            Some(Step::Position(_)) | None => None,
        }
    }

    /// Whether every step is a name, and their names if so.
    pub(crate) fn names(&self) -> Option<Vec<&str>> {
        self.0
            .iter()
            .map(|step| match step {
                Step::Name(name) => Some(name.as_str()),
                Step::Position(_) => None,
            })
            .collect()
    }
}

/// Splits `self.href[/2]` into the path and which part of the text between slashes is meant.
fn split_part(name: &str) -> Result<(&str, Option<usize>), String> {
    let Some((path, behind)) = name.split_once("[/") else {
        return Ok((name, None));
    };
    match behind
        .strip_suffix(']')
        .and_then(|digits| digits.parse().ok())
    {
        Some(part) if part > 0 => Ok((path, Some(part))),
        Some(_) | None => Err(format!(
            "`[/{behind}` in `{name}` names no part of a text (`[/2]`)"
        )),
    }
}

/// The path behind `^.` or `<.`; nothing there means the item itself.
fn path_behind(name: &str) -> Result<Path, String> {
    match name.get(2..) {
        None | Some("") => Path::parse("."),
        Some(path) => Path::parse(path),
    }
}

/// All fields that the rules of a source file name, each once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<Field>);

impl Fields {
    /// Gives a field its position.
    ///
    /// # Errors
    /// What is wrong with the name.
    pub(crate) fn intern(&mut self, name: &str, lookup: Lookup) -> Result<FieldId, String> {
        let known = |field: &Field| field.name == name && field.lookup == lookup;
        if let Some(position) = self.0.iter().position(known) {
            return Ok(FieldId(position));
        }
        let (name_of_path, part) = match lookup {
            Lookup::Column => (name, None),
            Lookup::Record | Lookup::Item => split_part(name)?,
        };
        let (scope, path) = match (lookup, name.get(..2)) {
            // A column may be called anything, dots and brackets included.
            (Lookup::Column, _) => (Scope::Record, Path(Vec::new())),
            (Lookup::Record, Some("^." | "<.")) => {
                return Err(format!(
                    "`{name}` looks outside an item, and this rule set has no `each`"
                ));
            }
            (Lookup::Record, _) => (Scope::Record, Path::parse(name_of_path)?),
            (Lookup::Item, Some("^.")) => (Scope::Record, path_behind(name_of_path)?),
            (Lookup::Item, Some("<.")) => (Scope::ItemBefore, path_behind(name_of_path)?),
            (Lookup::Item, _) => (Scope::Item, Path::parse(name_of_path)?),
        };
        self.0.push(Field {
            name: name.to_owned(),
            lookup,
            scope,
            path,
            part,
        });
        Ok(FieldId(self.0.len() - 1))
    }

    /// The field as the rule spells it.
    pub(crate) fn name(&self, id: FieldId) -> &str {
        self.0.get(id.0).map_or("", |field| field.name.as_str())
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The name that must be among the fields of the record itself for this field to be found; `None` for fields of
    /// items, which each item has or has not.
    pub(crate) fn name_in_record(&self, id: FieldId) -> Option<&str> {
        let field = self.0.get(id.0)?;
        match (field.lookup, field.scope) {
            (Lookup::Column, _) => Some(&field.name),
            (Lookup::Record | Lookup::Item, Scope::Record) => field.path.first_name(),
            (Lookup::Record | Lookup::Item, Scope::Item | Scope::ItemBefore) => None,
        }
    }
}

/// Says why a field has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldTrouble {
    /// An object, or a list of them, where a value should be.
    Nested,
    /// Longer than [`FIELD_BYTES_MAX`].
    TooLong,
    /// A zero byte: no text has one, and programs that meet one stop reading there.
    Zero,
}

impl FieldTrouble {
    pub(crate) fn reason(self) -> String {
        match self {
            Self::Nested => "holds an object where a value should be".to_owned(),
            Self::Zero => "holds a zero byte".to_owned(),
            Self::TooLong => format!("longer than the limit of {FIELD_BYTES_MAX} bytes"),
        }
    }
}

/// What a rule looks at: a record, and in rule sets with `each` one of its items.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub fields: &'a Fields,
    /// Column of each field, for rows.
    pub columns: &'a [Option<usize>],
    pub body: Body<'a>,
    pub item: Option<&'a Value>,
    pub item_before: Option<&'a Value>,
}

impl<'a> Context<'a> {
    /// The text of a field, trimmed; `None` if it is missing or empty. Of a list, its first filled value.
    ///
    /// # Errors
    /// [`FieldTrouble`].
    pub(crate) fn text(&self, id: FieldId) -> Result<Option<Cow<'a, str>>, FieldTrouble> {
        match self.body {
            Body::Row(row) => match self.cell(row, id) {
                Some(text) => bounded(Cow::Borrowed(text)),
                None => Ok(None),
            },
            Body::Tree(tree) if self.part(id).is_some() => {
                let text = self.value(tree, id).map_or(Ok(None), scalar)?;
                let part = self.part(id).unwrap_or(1);
                let nth = |text: &str| {
                    let mut parts = text.split('/').filter(|part| !part.is_empty());
                    parts.nth(part - 1).map(str::to_owned)
                };
                Ok(text.and_then(|text| nth(&text)).map(Cow::Owned))
            }
            Body::Tree(tree) => match self.value(tree, id) {
                Some(Value::Array(values)) => {
                    for value in values {
                        if let Some(text) = scalar(value)? {
                            return Ok(Some(text));
                        }
                    }
                    Ok(None)
                }
                Some(value) => scalar(value),
                None => Ok(None),
            },
        }
    }

    /// The texts of all values of a field that may be a list.
    ///
    /// # Errors
    /// [`FieldTrouble`].
    pub(crate) fn texts(&self, id: FieldId) -> Result<Vec<Cow<'a, str>>, FieldTrouble> {
        if let Body::Tree(tree) = self.body
            && let Some(Value::Array(values)) = self.value(tree, id)
        {
            return values
                .iter()
                .filter_map(|value| scalar(value).transpose())
                .collect();
        }
        Ok(self.text(id)?.into_iter().collect())
    }

    /// Whether anything stands in the field, an object or a list too.
    pub(crate) fn is_filled(&self, id: FieldId) -> bool {
        match self.body {
            Body::Row(row) => self.cell(row, id).is_some(),
            Body::Tree(tree) => self.value(tree, id).is_some_and(|value| match value {
                Value::Null => false,
                Value::Bool(_) | Value::Number(_) => true,
                Value::String(text) => !text.trim().is_empty(),
                Value::Array(values) => !values.is_empty(),
                Value::Object(members) => !members.is_empty(),
            }),
        }
    }

    fn cell(&self, row: &'a StringRecord, id: FieldId) -> Option<&'a str> {
        let column = self.columns.get(id.0).copied().flatten()?;
        let text = row.get(column)?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn part(&self, id: FieldId) -> Option<usize> {
        self.fields.0.get(id.0)?.part
    }

    fn value(&self, tree: &'a Value, id: FieldId) -> Option<&'a Value> {
        let field = self.fields.0.get(id.0)?;
        let start = match field.scope {
            Scope::Record => tree,
            Scope::Item => self.item?,
            Scope::ItemBefore => self.item_before?,
        };
        field.path.find(start)
    }
}

fn scalar(value: &Value) -> Result<Option<Cow<'_, str>>, FieldTrouble> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(true) => Ok(Some(Cow::Borrowed("true"))),
        Value::Bool(false) => Ok(Some(Cow::Borrowed("false"))),
        Value::Number(number) => Ok(Some(Cow::Owned(number.to_string()))),
        Value::String(text) => match text.trim() {
            "" => Ok(None),
            text => bounded(Cow::Borrowed(text)),
        },
        Value::Array(_) | Value::Object(_) => Err(FieldTrouble::Nested),
    }
}

fn bounded(text: Cow<'_, str>) -> Result<Option<Cow<'_, str>>, FieldTrouble> {
    if text.len() > FIELD_BYTES_MAX {
        return Err(FieldTrouble::TooLong);
    }
    if text.as_bytes().contains(&0) {
        return Err(FieldTrouble::Zero);
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_up(tree: &Value, name: &str) -> Result<Option<String>, FieldTrouble> {
        let mut fields = Fields::default();
        let id = fields.intern(name, Lookup::Record).unwrap();
        let context = Context {
            fields: &fields,
            columns: &[],
            body: Body::Tree(tree),
            item: None,
            item_before: None,
        };
        Ok(context.text(id)?.map(Cow::into_owned))
    }

    #[test]
    fn fields_of_a_tree_are_found_by_their_path() {
        let tree = serde_json::json!({
            "a": {"b": [{"c": " x "}, {"c": 7}]}, "list": [null, "", "first", "second"], "yes": true, "empty": "  "
        });
        for (path, expected) in [
            ("a.b[0].c", Ok(Some("x"))),
            ("a.b[1].c", Ok(Some("7"))),
            ("a.b[2].c", Ok(None)),
            ("list", Ok(Some("first"))),
            ("yes", Ok(Some("true"))),
            ("empty", Ok(None)),
            ("missing.further", Ok(None)),
            ("a", Err(FieldTrouble::Nested)),
            ("a.b", Err(FieldTrouble::Nested)),
        ] {
            let found = look_up(&tree, path);
            assert_eq!(
                found,
                expected.map(|text| text.map(str::to_owned)),
                "{path}"
            );
        }
    }

    #[test]
    fn a_field_past_the_limit_is_refused() {
        let tree = serde_json::json!({ "long": "x".repeat(FIELD_BYTES_MAX + 1) });
        assert_eq!(look_up(&tree, "long"), Err(FieldTrouble::TooLong));
    }

    #[test]
    fn a_path_that_cannot_be_is_told() {
        for text in ["a..b", "a[", "a[x]", ""] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn looking_outside_an_item_needs_items() {
        assert!(Fields::default().intern("<.begin", Lookup::Record).is_err());
        assert!(Fields::default().intern("<.begin", Lookup::Item).is_ok());
    }
}
