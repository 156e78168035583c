//! Reads a pattern file and checks it whole.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::explain::{Piece, Sentence};
use super::front::{ExplainFile, Front, FrontFile, Parameter, ParameterType, TimeWord};
use super::{FILE_BYTES_MAX, Pattern};
use crate::model::{Schema, Title};
use crate::scan::lang::{self, Declared, Fault, Message, ParamType, Span, TimeMode};

const OPEN: &str = "/*+++";
const CLOSE: &str = "+++*/";

/// Longest title, as the algorithm register has it.
const TITLE_MAX: usize = 100;
/// Longest text of one field of the algorithm register.
const FIELD_MAX: usize = 2_500;
/// Longest that a flag may be kept: five years, the term of the WGS.
const RETENTION_DAYS_MAX: u32 = 5 * 365;
/// Most parameters: more are no pattern that people can weigh.
const PARAMETERS_MAX: usize = 20;
/// Columns that every pattern gives.
const REQUIRED: [&str; 3] = ["subject", "score", "evidence"];
/// Categories of the algorithm register, publication standard 1.0.0.
const CATEGORIES: [&str; 3] = [
    "Hoog-risico AI-systemen",
    "Impactvolle algoritmes",
    "Overige algoritmes",
];

/// A text, and what is wrong with it so far.
struct Checker<'a> {
    file: &'a str,
    text: &'a str,
    /// Where the front matter begins in the file.
    offset: usize,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    /// Notes a fault in the front matter, by bytes of it.
    fn fault(&mut self, span: Range<usize>, code: &'static str, nl: String, en: String) {
        let start = self.offset + span.start;
        let end = self.offset + span.end;
        self.faults
            .push(Fault::new(code, place(start..end), nl, en));
    }

    fn messages(self) -> Vec<Message> {
        let mut faults = self.faults;
        faults.sort_by_key(|fault| fault.span.start);
        let placed = faults.into_iter();
        placed
            .map(|fault| fault.place(self.file, self.text))
            .collect()
    }

    fn both(&mut self, span: &Range<usize>, name: &str, title: &Title, max: usize) {
        for (language, text) in [("nl", &title.nl), ("en", &title.en)] {
            let length = text.chars().count();
            if text.trim().is_empty() {
                self.fault(
                    span.clone(),
                    "P103",
                    format!("`{name}.{language}` is leeg"),
                    format!("`{name}.{language}` is empty"),
                );
            } else if length > max {
                self.fault(
                    span.clone(),
                    "P104",
                    format!("`{name}.{language}` heeft {length} tekens, hooguit {max} mag"),
                    format!(
                        "`{name}.{language}` has {length} characters, at most {max} are allowed"
                    ),
                );
            }
        }
    }
}

fn place(bytes: Range<usize>) -> Span {
    Span {
        start: u32::try_from(bytes.start).unwrap_or(u32::MAX),
        end: u32::try_from(bytes.end).unwrap_or(u32::MAX),
    }
}

pub(super) fn parse(file: &str, text: &str, schema: &Schema) -> Result<Pattern, Vec<Message>> {
    let mut checker = Checker {
        file,
        text,
        offset: OPEN.len(),
        faults: Vec::new(),
    };
    if text.len() > FILE_BYTES_MAX {
        checker.faults.push(Fault::new(
            "P100",
            Span::default(),
            format!("het bestand is groter dan {FILE_BYTES_MAX} bytes"),
            format!("the file is larger than {FILE_BYTES_MAX} bytes"),
        ));
        return Err(checker.messages());
    }
    let Some(front) = front_of(text) else {
        checker.faults.push(Fault::new(
            "P101",
            Span::default(),
            format!("het bestand begint niet met `{OPEN}`, TOML en `{CLOSE}`"),
            format!("the file does not begin with `{OPEN}`, TOML and `{CLOSE}`"),
        ));
        return Err(checker.messages());
    };
    let read: FrontFile = match toml::from_str(front) {
        Ok(read) => read,
        Err(error) => {
            let span = error.span().unwrap_or_default();
            let what = error.message().to_owned();
            checker.fault(
                span,
                "P102",
                format!("de kop is niet goed: {what}"),
                format!("the front matter is not right: {what}"),
            );
            return Err(checker.messages());
        }
    };
    check_front(&mut checker, &read, schema);
    let declared = Declared {
        params: read
            .params
            .iter()
            .map(|(name, parameter)| (name.clone(), lang_type(parameter.get_ref().kind)))
            .collect(),
        time: time_mode(read.time),
        complete: read
            .complete
            .iter()
            .map(|one| one.get_ref().clone())
            .collect(),
    };
    let compiled = match lang::compile(file, text, schema, &declared) {
        Ok(compiled) => compiled,
        Err(mut messages) => {
            messages.extend(checker.messages());
            messages.sort_by_key(|message| (message.line, message.column));
            return Err(messages);
        }
    };
    let columns: BTreeSet<&str> = compiled.columns().iter().map(String::as_str).collect();
    check_columns(&mut checker, &columns);
    let sentences = check_sentences(&mut checker, &read, &columns);
    match sentences {
        Some((sentence_nl, sentence_en)) if checker.faults.is_empty() => Ok(Pattern {
            front: checked(read),
            compiled,
            hash: blake3::hash(text.as_bytes()).to_hex().to_string(),
            sentence_nl,
            sentence_en,
            text: text.to_owned(),
        }),
        Some(_) | None => Err(checker.messages()),
    }
}

/// The TOML between the marks.
fn front_of(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(OPEN)?;
    rest.get(..rest.find(CLOSE)?)
}

fn time_mode(word: TimeWord) -> TimeMode {
    match word {
        TimeWord::AsOf => TimeMode::AsOf,
        TimeWord::History => TimeMode::History,
    }
}

fn lang_type(kind: ParameterType) -> ParamType {
    match kind {
        ParameterType::Int | ParameterType::Percent | ParameterType::M2 => ParamType::Int,
        ParameterType::Days => ParamType::Days,
        ParameterType::Micro => ParamType::Micro,
    }
}

fn check_front(checker: &mut Checker<'_>, read: &FrontFile, schema: &Schema) {
    let id = read.id.get_ref();
    let is_name = !id.is_empty()
        && id
            .chars()
            .all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-');
    let stem = std::path::Path::new(checker.file).file_stem();
    if !is_name || stem.is_none_or(|stem| stem.to_string_lossy() != id.as_str()) {
        checker.fault(
            read.id.span(),
            "P105",
            format!(
                "`id` is `{id}`: het moet de naam van het bestand zijn, kleine letters en streepjes"
            ),
            format!(
                "`id` is `{id}`: it must be the name of the file, in lower case letters and dashes"
            ),
        );
    }
    if *read.version.get_ref() == 0 {
        checker.fault(
            read.version.span(),
            "P105",
            "`version` begint bij 1".to_owned(),
            "`version` begins at 1".to_owned(),
        );
    }
    checker.both(&read.title.span(), "title", read.title.get_ref(), TITLE_MAX);
    checker.both(
        &read.meaning.span(),
        "meaning",
        read.meaning.get_ref(),
        FIELD_MAX,
    );
    checker.both(
        &read.lowers.span(),
        "lowers",
        read.lowers.get_ref(),
        FIELD_MAX,
    );
    for one in read.falsepositives.get_ref() {
        checker.both(
            &read.falsepositives.span(),
            "falsepositives",
            one,
            FIELD_MAX,
        );
    }
    if read.falsepositives.get_ref().is_empty() {
        checker.fault(
            read.falsepositives.span(),
            "P103",
            "noem wat erop lijkt en het niet is: elk patroon heeft dat".to_owned(),
            "name what looks like it and is not: every pattern has that".to_owned(),
        );
    }
    let subject = read.subject.get_ref();
    if schema.node_label(subject).is_none() {
        checker.fault(
            read.subject.span(),
            "P106",
            format!("`{subject}` is geen label van knopen"),
            format!("`{subject}` is no label of nodes"),
        );
    }
    for label in &read.complete {
        let name = label.get_ref();
        if schema.node_label(name).is_none() && schema.edge_label(name).is_none() {
            checker.fault(
                label.span(),
                "P106",
                format!("`{name}` is geen label"),
                format!("`{name}` is no label"),
            );
        }
    }
    if read.purposes.get_ref().is_empty() || read.legal.get_ref().basis.trim().is_empty() {
        checker.fault(
            read.legal.span(),
            "P107",
            "een patroon heeft een doel en een wettelijke grondslag".to_owned(),
            "a pattern has a purpose and a legal ground".to_owned(),
        );
    }
    let retention = *read.retention_days.get_ref();
    if retention == 0 || retention > RETENTION_DAYS_MAX {
        checker.fault(
            read.retention_days.span(),
            "P108",
            format!("`retention_days` is {retention}: 1 tot {RETENTION_DAYS_MAX} mag"),
            format!("`retention_days` is {retention}: 1 to {RETENTION_DAYS_MAX} is allowed"),
        );
    }
    let realert = *read.realert_after_days.get_ref();
    if realert == 0 || realert > retention {
        checker.fault(
            read.realert_after_days.span(),
            "P108",
            format!("`realert_after_days` is {realert}: 1 tot `retention_days` ({retention}) mag"),
            format!(
                "`realert_after_days` is {realert}: 1 to `retention_days` ({retention}) is allowed"
            ),
        );
    }
    check_register(checker, read);
    check_parameters(checker, read);
}

fn check_register(checker: &mut Checker<'_>, read: &FrontFile) {
    let fields = read.register.get_ref();
    let span = read.register.span();
    if !CATEGORIES.contains(&fields.category.as_str()) {
        checker.fault(
            span.clone(),
            "P109",
            format!("`register.category` is een van: {}", CATEGORIES.join(", ")),
            format!("`register.category` is one of: {}", CATEGORIES.join(", ")),
        );
    }
    for (name, text) in [
        ("goal", &fields.goal),
        ("considerations", &fields.considerations),
    ] {
        let length = text.chars().count();
        if text.trim().is_empty() || length > FIELD_MAX {
            checker.fault(
                span.clone(),
                "P109",
                format!("`register.{name}` heeft {length} tekens, 1 tot {FIELD_MAX} mag"),
                format!("`register.{name}` has {length} characters, 1 to {FIELD_MAX} are allowed"),
            );
        }
    }
    for month in fields.begin.iter().chain(&fields.end) {
        let digits: Vec<&str> = month.split('-').collect();
        let is_month = matches!(digits.as_slice(), [year, month]
            if year.len() == 4 && year.parse::<u16>().is_ok() && month.parse::<u8>().is_ok_and(|one| (1..=12).contains(&one)));
        if !is_month {
            checker.fault(
                span.clone(),
                "P109",
                format!("`{month}` is geen maand zoals 2026-11"),
                format!("`{month}` is no month such as 2026-11"),
            );
        }
    }
}

fn check_parameters(checker: &mut Checker<'_>, read: &FrontFile) {
    if read.params.len() > PARAMETERS_MAX {
        checker.fault(
            read.id.span(),
            "P110",
            format!("hooguit {PARAMETERS_MAX} parameters"),
            format!("at most {PARAMETERS_MAX} parameters"),
        );
    }
    for (name, spanned) in &read.params {
        let parameter: &Parameter = spanned.get_ref();
        if parameter.min > parameter.max || !parameter.allows(parameter.default) {
            let bounds = parameter.bounds_text();
            checker.fault(
                spanned.span(),
                "P110",
                format!(
                    "`{name}` is {}, grenzen {} tot {}",
                    parameter.default, parameter.min, parameter.max
                ),
                format!("`{name}` is {}, it must be {bounds}", parameter.default),
            );
        }
        checker.both(&spanned.span(), name, &parameter.title, TITLE_MAX);
        if parameter.source.trim().is_empty() {
            checker.fault(
                spanned.span(),
                "P110",
                format!("`{name}` zegt niet waar de grens vandaan komt (`source`)"),
                format!("`{name}` does not say where its threshold comes from (`source`)"),
            );
        }
        if !used(checker.text, name) {
            checker.fault(
                spanned.span(),
                "P111",
                format!("`${name}` staat nergens in de vraag"),
                format!("`${name}` stands nowhere in the query"),
            );
        }
    }
}

/// Whether the query names a parameter.
fn used(text: &str, name: &str) -> bool {
    let query = text.split_once(CLOSE).map_or("", |(_, query)| query);
    query.split('$').skip(1).any(|rest| {
        rest.strip_prefix(name).is_some_and(|after| {
            !after.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_')
        })
    })
}

fn check_columns(checker: &mut Checker<'_>, columns: &BTreeSet<&str>) {
    let end = checker.text.trim_end().len();
    let last = checker.text.rfind("RETURN").unwrap_or(0);
    for name in REQUIRED {
        if !columns.contains(name) {
            checker.faults.push(Fault::new(
                "P112",
                place(last..end),
                format!("de vraag geeft geen kolom `{name}`"),
                format!("the query gives no column `{name}`"),
            ));
        }
    }
}

fn check_sentences(
    checker: &mut Checker<'_>,
    read: &FrontFile,
    columns: &BTreeSet<&str>,
) -> Option<(Sentence, Sentence)> {
    let ExplainFile { nl, en } = &read.explain;
    let mut checked = Vec::new();
    for (spanned, decimal) in [(nl, ','), (en, '.')] {
        let text = spanned.get_ref();
        match Sentence::parse(text, decimal) {
            Err(misplaced) => {
                let what = misplaced.what;
                checker.fault(
                    spanned.span(),
                    "P113",
                    format!("{what} is geen plaats: schrijf `{{kolom}}`, `{{$parameter}}` of `{{kolom:micro}}`"),
                    format!("{what} is no place: write `{{column}}`, `{{$parameter}}` or `{{column:micro}}`"),
                );
            }
            Ok(sentence) => {
                for piece in sentence.pieces() {
                    let (known, name) = match piece {
                        Piece::Words(_) => continue,
                        Piece::Column(name, _) => (columns.contains(name.as_str()), name.clone()),
                        Piece::Parameter(name, _) => {
                            (read.params.contains_key(name), format!("${name}"))
                        }
                    };
                    if !known {
                        let list: Vec<&str> = columns.iter().copied().collect();
                        checker.fault(
                            spanned.span(),
                            "P114",
                            format!(
                                "`{{{name}}}` is geen kolom en geen parameter; er zijn: {}",
                                list.join(", ")
                            ),
                            format!(
                                "`{{{name}}}` is no column and no parameter; there are: {}",
                                list.join(", ")
                            ),
                        );
                    }
                }
                checked.push(sentence);
            }
        }
    }
    let mut checked = checked.into_iter();
    checked.next().zip(checked.next())
}

fn checked(read: FrontFile) -> Front {
    let params: BTreeMap<String, Parameter> = read
        .params
        .into_iter()
        .map(|(name, parameter)| (name, parameter.into_inner()))
        .collect();
    Front {
        id: read.id.into_inner(),
        version: read.version.into_inner(),
        status: read.status,
        title: read.title.into_inner(),
        meaning: read.meaning.into_inner(),
        subject: read.subject.into_inner(),
        time: time_mode(read.time),
        complete: read
            .complete
            .into_iter()
            .map(toml::Spanned::into_inner)
            .collect(),
        purposes: read.purposes.into_inner(),
        legal: read.legal.into_inner(),
        params,
        falsepositives: read.falsepositives.into_inner(),
        lowers: read.lowers.into_inner(),
        retention_days: read.retention_days.into_inner(),
        realert_after_days: read.realert_after_days.into_inner(),
        register: read.register.into_inner(),
    }
}
