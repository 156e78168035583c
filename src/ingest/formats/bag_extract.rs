//! BAG extracts: IMBAG-LV 2.1.0, the `stand` (all that is registered), as Kadaster delivers it in zips within zips.
//!
//! Each occurrence of an object (`bagObject`) is one record. Its fields are the local names of its leaves; a reference
//! is named after the element around it (`heeftAlsHoofdadres`, `maaktDeelUitVan`), and so is an `identificatie` that
//! is not the object's own. What stands there several times is a list. Of a geometry the middle is kept, `x` and `y`
//! in metres (RD New, EPSG:28992) with three decimals.
//!
//! Occurrences that Kadaster marks as wrong (`tijdstipInactief`) or taken out (`tijdstipNietBagLV`) are set aside. Doubts
//! (`kenmerkInOnderzoek`) and mutation deliveries are not read yet and named in the report.

use std::cell::Cell;
use std::io::{self, Read, Seek};
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::error::{IngestError, Place};
use super::super::input::{Bounded, Count, Lines, ReadLimit};
use super::super::intake::Intake;
use super::super::record::{Body, FIELD_BYTES_MAX, Record};
use super::archive::{self, Content};
use super::bag_object::Object;
use super::{RECORD_LIMIT, empty, read_failed};

/// Elements within each other. A BAG extract has about fifteen.
pub(crate) const XML_DEPTH_MAX: usize = 64;

/// Kinds of records.
pub(crate) const KINDS: [&str; 8] = [
    "Verblijfsobject",
    "Ligplaats",
    "Standplaats",
    "Pand",
    "Nummeraanduiding",
    "OpenbareRuimte",
    "Woonplaats",
    "GemeenteWoonplaatsRelatie",
];

/// Fields that records may have. Source: IMBAG-LV 2.1.0, with `x` and `y` for the geometry and `kind` for the
/// element's own name.
pub(crate) const FIELDS: [&str; 38] = [
    "begindatumTijdvakGeldigheid",
    "beginGeldigheid",
    "documentdatum",
    "documentnummer",
    "einddatumTijdvakGeldigheid",
    "eindGeldigheid",
    "eindRegistratie",
    "gebruiksdoel",
    "geconstateerd",
    "gerelateerdeGemeente",
    "gerelateerdeWoonplaats",
    "heeftAlsHoofdadres",
    "heeftAlsNevenadres",
    "huisletter",
    "huisnummer",
    "huisnummertoevoeging",
    "identificatie",
    "kind",
    "ligtAan",
    "ligtIn",
    "maaktDeelUitVan",
    "naam",
    "oorspronkelijkBouwjaar",
    "oppervlakte",
    "postcode",
    "status",
    "tijdstipEindRegistratieLV",
    "tijdstipInactief",
    "tijdstipInactiefLV",
    "tijdstipNietBagLV",
    "tijdstipRegistratie",
    "tijdstipRegistratieLV",
    "type",
    "typeAdresseerbaarObject",
    "verkorteNaam",
    "voorkomenidentificatie",
    "x",
    "y",
];

/// Reads an extract: an XML file, or a zip of XML files and zips.
///
/// # Errors
/// [`IngestError`] for a file that is neither, that breaks off, or that is past a limit.
pub(crate) fn read(
    file: impl Read + Seek,
    name: &str,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    let mut members = Members {
        intake,
        outer: name.to_owned(),
    };
    archive::visit(file, name, &mut members)
}

struct Members<'a, 'b> {
    intake: &'a mut Intake<'b>,
    outer: String,
}

impl archive::Visitor for Members<'_, '_> {
    fn file(
        &mut self,
        name: &str,
        content: Content,
        input: &mut dyn Read,
    ) -> Result<(), IngestError> {
        let is_member = name != self.outer;
        match content {
            Content::Xml => Document::new(input, name, self.intake).read(),
            Content::Empty if !is_member => Err(empty(name)),
            Content::Empty => {
                self.intake.not_read(name, "empty", None);
                Ok(())
            }
            Content::Other | Content::Zip if is_member => {
                self.intake.not_read(name, "neither XML nor a zip", None);
                Ok(())
            }
            Content::Other | Content::Zip => Err(IngestError::Broken {
                place: Place::line(name, 1),
                message: "neither XML nor a zip".to_owned(),
            }),
        }
    }
}

/// What an XML document is, by its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    /// Not come to yet.
    None,
    /// Records are in it.
    Records,
    /// Nothing in it is read.
    Ignored,
}

/// One XML document while it is read.
struct Document<'a, 'b, 'c> {
    name: &'a str,
    intake: &'b mut Intake<'c>,
    xml: Reader<Lines<Bounded<&'a mut dyn Read>>>,
    line: Rc<Cell<u32>>,
    since_record: Count,
    depth: usize,
    root: Root,
    begun: bool,
    doubts: u64,
    /// The element that holds records directly: the next one inside is a record.
    holder_depth: Option<usize>,
    record: Option<Object>,
}

impl<'a, 'b, 'c> Document<'a, 'b, 'c> {
    fn new(input: &'a mut dyn Read, name: &'a str, intake: &'b mut Intake<'c>) -> Self {
        let (bounded, since_record) = Bounded::new(input, RECORD_LIMIT);
        let (lines, line) = Lines::new(bounded);
        Self {
            name,
            intake,
            xml: Reader::from_reader(lines),
            line,
            since_record,
            depth: 0,
            root: Root::None,
            begun: false,
            doubts: 0,
            holder_depth: None,
            record: None,
        }
    }

    fn read(mut self) -> Result<(), IngestError> {
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            if self.record.is_none() {
                self.since_record.reset();
            }
            // The line before the tag is read is the line on which it begins: texts before it are read by themselves.
            let line = self.line.get();
            let event = match self.xml.read_event_into(&mut buffer) {
                Ok(event) => event,
                Err(error) => return Err(self.broken_xml(error)),
            };
            match event {
                Event::Start(tag) => self.start(&tag, line)?,
                Event::Empty(tag) => {
                    self.start(&tag, line)?;
                    self.end()?;
                }
                Event::End(_) => self.end()?,
                Event::Text(text) => self.text(&text.xml10_content())?,
                Event::CData(text) => self.text(&text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let letter = match reference.resolve_char_ref() {
                        Ok(Some(letter)) => letter.to_string(),
                        Ok(None) => predefined(&reference.xml10_content())
                            .ok_or_else(|| self.broken("an entity that XML does not define"))?
                            .to_owned(),
                        Err(_) => return Err(self.broken("a character that does not exist")),
                    };
                    self.text(&letter)?;
                }
                // Entities of one's own are how XML is blown up. No BAG extract has them.
                Event::DocType(_) => return Err(self.broken("a document type (DTD)")),
                Event::Decl(declaration) => {
                    let encoding = declaration.encoding().and_then(Result::ok);
                    if encoding.is_some_and(|name| !name.eq_ignore_ascii_case("utf-8")) {
                        return Err(self.broken("an encoding other than UTF-8"));
                    }
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => return self.finish(),
            }
        }
    }

    fn finish(mut self) -> Result<(), IngestError> {
        if self.depth > 0 {
            return Err(self.broken("the XML breaks off"));
        }
        if self.root == Root::None {
            return Err(empty(self.name));
        }
        if self.doubts > 0 {
            let reason = "doubts (InOnderzoek) are not read yet";
            self.intake.not_read(self.name, reason, Some(self.doubts));
        } else if self.root == Root::Records {
            self.begin_file()?;
        }
        Ok(())
    }

    fn begin_file(&mut self) -> Result<(), IngestError> {
        if !self.begun {
            self.begun = true;
            self.intake.begin_file(self.name)?;
        }
        Ok(())
    }

    fn start(&mut self, tag: &BytesStart<'_>, line: u32) -> Result<(), IngestError> {
        self.depth += 1;
        if self.depth > XML_DEPTH_MAX {
            return Err(IngestError::Limit {
                place: Place::line(self.name, line),
                what: "the depth of elements within each other",
                limit: XML_DEPTH_MAX as u64,
            });
        }
        let name = tag.local_name().into_inner();
        if self.depth == 1 {
            self.root(name);
        } else if let Some(object) = &mut self.record {
            object.open(name, tag);
        } else if self.root == Root::Records {
            match name {
                "bagObject" | "GemeenteWoonplaatsRelatieProduct" => {
                    self.holder_depth = Some(self.depth);
                }
                "kenmerkInOnderzoek" => self.doubts += 1,
                name if self.holder_depth == Some(self.depth - 1) => {
                    self.record = Some(Object::new(name, line, self.depth));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn root(&mut self, name: &str) {
        self.root = Root::Ignored;
        let reason = match name {
            "bagStand" | "BAG-GWR-Deelbestand-LVC" => {
                self.root = Root::Records;
                return;
            }
            "BAG-Extract-Levering" => "the delivery's own description",
            "bagMutaties" => "mutation deliveries are not read yet",
            _ => "not part of a BAG extract",
        };
        self.intake.not_read(self.name, reason, None);
    }

    fn text(&mut self, text: &str) -> Result<(), IngestError> {
        let Some(object) = &mut self.record else {
            return Ok(());
        };
        object.text.push_str(text);
        // A list of positions is as long as the border of a municipality; it is bounded as a record is.
        if object.text.len() > FIELD_BYTES_MAX && !object.in_geometry {
            return Err(IngestError::Limit {
                place: Place::line(self.name, object.line),
                what: "the length of one field in bytes",
                limit: FIELD_BYTES_MAX as u64,
            });
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), IngestError> {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        if self.holder_depth == Some(depth) {
            self.holder_depth = None;
        }
        let is_whole = match &mut self.record {
            Some(object) if object.depth == depth => true,
            Some(object) => {
                object.close();
                false
            }
            None => false,
        };
        match self.record.take_if(|_| is_whole) {
            Some(object) => self.give(object),
            None => Ok(()),
        }
    }

    fn give(&mut self, object: Object) -> Result<(), IngestError> {
        self.begin_file()?;
        let line = object.line;
        let kind = object.kind.clone();
        let tree = match object.into_tree() {
            Ok(tree) => tree,
            Err(reason) => {
                self.intake.unreadable(line, "", reason);
                return Ok(());
            }
        };
        for (field, reason) in [
            (
                "tijdstipInactief",
                "inactive: registered wrongly (tijdstipInactief)",
            ),
            (
                "tijdstipInactiefLV",
                "inactive: registered wrongly (tijdstipInactiefLV)",
            ),
            (
                "tijdstipNietBagLV",
                "taken out of the BAG (tijdstipNietBagLV)",
            ),
        ] {
            if tree.get(field).is_some() {
                self.intake.set_aside(line, reason);
                return Ok(());
            }
        }
        self.intake.record(&Record {
            line,
            kind: Some(&kind),
            body: Body::Tree(&tree),
        })
    }

    fn broken(&self, message: &str) -> IngestError {
        IngestError::Broken {
            place: Place::line(self.name, self.line.get()),
            message: message.to_owned(),
        }
    }

    fn broken_xml(&self, error: quick_xml::Error) -> IngestError {
        match error {
            quick_xml::Error::Io(cause) => {
                // The reader shares its error; what is needed of it is what it says and which limit it was.
                let line = self.line.get();
                let own = match ReadLimit::behind(&cause) {
                    Some(limit) => io::Error::other(limit),
                    None => io::Error::new(cause.kind(), cause.to_string()),
                };
                read_failed(self.name, line, own)
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
