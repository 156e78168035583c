//! XML, walked element by element with its dangers kept out: no document types, no entities of its own, no encoding but
//! UTF-8, a depth, and a length of one record.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::error::{IngestError, Place};
use super::super::input::{Bounded, Count, Lines, ReadLimit};
use super::super::record::FIELD_BYTES_MAX;
use super::{RECORD_LIMIT, read_failed};

/// Elements within each other. A BAG extract has about fifteen.
pub(crate) const XML_DEPTH_MAX: usize = 64;

/// Where a walk stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    /// The file.
    pub file: &'a str,
    /// Line, from 1.
    pub line: u32,
    /// Elements that are open, the one at hand included.
    pub depth: usize,
}

impl At<'_> {
    /// An error at this place.
    pub fn broken(&self, message: &str) -> IngestError {
        IngestError::Broken {
            place: Place::line(self.file, self.line),
            message: message.to_owned(),
        }
    }

    /// Whether a text is within the limit of one field.
    ///
    /// # Errors
    /// [`IngestError::Limit`].
    pub fn field(&self, text: &str) -> Result<(), IngestError> {
        if text.len() > FIELD_BYTES_MAX {
            return Err(IngestError::Limit {
                place: Place::line(self.file, self.line),
                what: "the length of one field in bytes",
                limit: FIELD_BYTES_MAX as u64,
            });
        }
        Ok(())
    }
}

/// Takes what a walk comes by.
pub(super) trait Handler {
    /// An element begins.
    fn start(&mut self, tag: &BytesStart<'_>, at: At<'_>) -> Result<(), IngestError>;
    /// A text, or a part of one.
    fn text(&mut self, text: &str, at: At<'_>) -> Result<(), IngestError>;
    /// An element ends.
    fn end(&mut self, at: At<'_>) -> Result<(), IngestError>;
    /// Whether a record is open: its length is bounded.
    fn in_record(&self) -> bool;
}

/// Walks a document.
///
/// # Errors
/// [`IngestError`] for what is no XML, breaks off, has a document type or is past a limit, and what the handler answers.
pub(super) fn walk<'a>(
    input: &'a mut dyn Read,
    file: &'a str,
    handler: &mut dyn Handler,
) -> Result<(), IngestError> {
    let (bounded, since_record) = Bounded::new(input, RECORD_LIMIT);
    let (lines, line) = Lines::new(bounded);
    let walk = Walk {
        file,
        xml: Reader::from_reader(lines),
        line,
        since_record,
        depth: 0,
    };
    walk.run(handler)
}

struct Walk<'a> {
    file: &'a str,
    xml: Reader<Lines<Bounded<&'a mut dyn Read>>>,
    line: Rc<Cell<u32>>,
    since_record: Count,
    depth: usize,
}

impl Walk<'_> {
    fn at(&self) -> At<'_> {
        At {
            file: self.file,
            line: self.line.get(),
            depth: self.depth,
        }
    }

    fn run(mut self, handler: &mut dyn Handler) -> Result<(), IngestError> {
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            if !handler.in_record() {
                self.since_record.reset();
            }
            // The line before the tag is read is the line on which it begins: texts before it are read by themselves.
            let line = self.line.get();
            let event = match self.xml.read_event_into(&mut buffer) {
                Ok(event) => event,
                Err(error) => return Err(self.broken_xml(error)),
            };
            match event {
                Event::Start(tag) => self.start(&tag, line, handler)?,
                Event::Empty(tag) => {
                    self.start(&tag, line, handler)?;
                    self.end(handler)?;
                }
                Event::End(_) => self.end(handler)?,
                Event::Text(text) => handler.text(&text.xml10_content(), self.at())?,
                Event::CData(text) => handler.text(&text.xml10_content(), self.at())?,
                Event::GeneralRef(reference) => {
                    let letter = match reference.resolve_char_ref() {
                        Ok(Some(letter)) => letter.to_string(),
                        Ok(None) => predefined(&reference.xml10_content())
                            .ok_or_else(|| self.broken("an entity that XML does not define"))?
                            .to_owned(),
                        Err(_) => return Err(self.broken("a character that does not exist")),
                    };
                    handler.text(&letter, self.at())?;
                }
                // Entities of one's own are how XML is blown up. No register has them.
                Event::DocType(_) => return Err(self.broken("a document type (DTD)")),
                Event::Decl(declaration) => {
                    let encoding = declaration.encoding().and_then(Result::ok);
                    if encoding.is_some_and(|name| !name.eq_ignore_ascii_case("utf-8")) {
                        return Err(self.broken("an encoding other than UTF-8"));
                    }
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof if self.depth > 0 => return Err(self.broken("the XML breaks off")),
                Event::Eof => return Ok(()),
            }
        }
    }

    fn start(
        &mut self,
        tag: &BytesStart<'_>,
        line: u32,
        handler: &mut dyn Handler,
    ) -> Result<(), IngestError> {
        self.depth += 1;
        if self.depth > XML_DEPTH_MAX {
            return Err(IngestError::Limit {
                place: Place::line(self.file, line),
                what: "the depth of elements within each other",
                limit: XML_DEPTH_MAX as u64,
            });
        }
        handler.start(tag, At { line, ..self.at() })
    }

    fn end(&mut self, handler: &mut dyn Handler) -> Result<(), IngestError> {
        handler.end(self.at())?;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn broken(&self, message: &str) -> IngestError {
        self.at().broken(message)
    }

    fn broken_xml(&self, error: quick_xml::Error) -> IngestError {
        match error {
            quick_xml::Error::Io(cause) => {
                // The reader shares its error; what is needed of it is what it says and which limit it was.
                let own = match ReadLimit::behind(&cause) {
                    Some(limit) => io::Error::other(limit),
                    None => io::Error::new(cause.kind(), cause.to_string()),
                };
                read_failed(self.file, self.line.get(), own)
            }
            quick_xml::Error::Encoding(_) => self.broken("not UTF-8"),
            error => self.broken(&format!("not XML: {error}")),
        }
    }
}

/// What XML itself defines.
fn predefined(name: &str) -> Option<&'static str> {
    match name {
        "lt" => Some("<"),
        "gt" => Some(">"),
        "amp" => Some("&"),
        "apos" => Some("'"),
        "quot" => Some("\""),
        _ => None,
    }
}
