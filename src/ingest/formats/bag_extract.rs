//! BAG extracts: IMBAG-LV 2.1.0, the `stand` (all that is registered), as Kadaster delivers it in zips within zips.
//!
//! Each occurrence of an object (`bagObject`) is one record. Its fields are the local names of its leaves; a reference
//! is named after the element around it (`heeftAlsHoofdadres`, `maaktDeelUitVan`), and so is an `identificatie` that
//! is not the object's own. What stands there several times is a list. Of a geometry the outline is kept as
//! well-known text, `shape`, and the middle, `x` and `y` in metres (RD New, EPSG:28992) with three decimals.
//!
//! Occurrences that Kadaster marks as wrong (`tijdstipInactief`) or taken out (`tijdstipNietBagLV`) are set aside, so that
//! each is told. A doubt (`kenmerkInOnderzoek`) is a record of its own: which property of which object was in doubt, from
//! when to when. Mutation deliveries are not read and named in the report.

use std::io::{Read, Seek};

use quick_xml::events::BytesStart;

use super::super::error::{IngestError, Place};
use super::super::intake::Intake;
use super::super::record::{Body, Record};
use super::archive::{self, Content};
use super::bag_object::Object;
use super::empty;
use super::xml::{self, At, Handler};

/// Kinds of records.
pub(crate) const KINDS: [&str; 15] = [
    "Verblijfsobject",
    "Ligplaats",
    "Standplaats",
    "Pand",
    "Nummeraanduiding",
    "OpenbareRuimte",
    "Woonplaats",
    "GemeenteWoonplaatsRelatie",
    "KenmerkVerblijfsobjectInOnderzoek",
    "KenmerkLigplaatsInOnderzoek",
    "KenmerkStandplaatsInOnderzoek",
    "KenmerkPandInOnderzoek",
    "KenmerkNummeraanduidingInOnderzoek",
    "KenmerkOpenbareRuimteInOnderzoek",
    "KenmerkWoonplaatsInOnderzoek",
];

/// Fields that records may have. Source: IMBAG-LV 2.1.0, with `x` and `y` for the geometry and `kind` for the
/// element's own name.
pub(crate) const FIELDS: [&str; 48] = [
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
    "identificatieVanLigplaats",
    "identificatieVanNummeraanduiding",
    "identificatieVanOpenbareRuimte",
    "identificatieVanPand",
    "identificatieVanStandplaats",
    "identificatieVanVerblijfsobject",
    "identificatieVanWoonplaats",
    "inOnderzoek",
    "kenmerk",
    "kind",
    "ligtAan",
    "ligtIn",
    "maaktDeelUitVan",
    "naam",
    "oorspronkelijkBouwjaar",
    "oppervlakte",
    "postcode",
    "shape",
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
            Content::Xml => Document::new(name, self.intake).read(input),
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
struct Document<'a, 'c> {
    name: &'a str,
    intake: &'a mut Intake<'c>,
    root: Root,
    begun: bool,
    /// The element that holds records directly: the next one inside is a record.
    holder_depth: Option<usize>,
    record: Option<Object>,
}

impl<'a, 'c> Document<'a, 'c> {
    fn new(name: &'a str, intake: &'a mut Intake<'c>) -> Self {
        Self {
            name,
            intake,
            root: Root::None,
            begun: false,
            holder_depth: None,
            record: None,
        }
    }

    fn read(mut self, input: &mut dyn Read) -> Result<(), IngestError> {
        xml::walk(input, self.name, &mut self)?;
        match self.root {
            Root::None => Err(empty(self.name)),
            Root::Records => self.begin_file(),
            Root::Ignored => Ok(()),
        }
    }

    fn begin_file(&mut self) -> Result<(), IngestError> {
        if !self.begun {
            self.begun = true;
            self.intake.begin_file(self.name)?;
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
            "bagMutaties" => "mutation deliveries are not read",
            _ => "not part of a BAG extract",
        };
        self.intake.not_read(self.name, reason, None);
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
            kinds: &[&kind],
            body: Body::Tree(&tree),
        })
    }
}

impl Handler for Document<'_, '_> {
    fn start(&mut self, tag: &BytesStart<'_>, at: At<'_>) -> Result<(), IngestError> {
        let name = tag.local_name().into_inner();
        if at.depth == 1 {
            self.root(name);
        } else if let Some(object) = &mut self.record {
            object.open(name, tag);
        } else if self.root == Root::Records {
            match name {
                "bagObject" | "kenmerkInOnderzoek" | "GemeenteWoonplaatsRelatieProduct" => {
                    self.holder_depth = Some(at.depth);
                }
                name if self.holder_depth == Some(at.depth - 1) => {
                    self.record = Some(Object::new(name, at.line, at.depth));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str, at: At<'_>) -> Result<(), IngestError> {
        let Some(object) = &mut self.record else {
            return Ok(());
        };
        object.text.push_str(text);
        // A list of positions is as long as the border of a municipality; it is bounded as a record is.
        if object.in_geometry {
            return Ok(());
        }
        at.field(&object.text)
    }

    fn end(&mut self, at: At<'_>) -> Result<(), IngestError> {
        if self.holder_depth == Some(at.depth) {
            self.holder_depth = None;
        }
        let is_whole = match &mut self.record {
            Some(object) if object.depth == at.depth => true,
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

    fn in_record(&self) -> bool {
        self.record.is_some()
    }
}
