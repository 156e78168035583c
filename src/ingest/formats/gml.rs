//! Collections of features in GML, such as the parcels of the cadastral map.
//!
//! Each feature, an element inside a member (`perceelMember`, `featureMember`), is a record whose kind is its name. Its
//! fields are its elements by their local names, within each other as they stand there
//! (`kadastraleAanduiding.TypeKadastraleAanduiding.sectie`); what stands there several times is a list. Of a geometry the
//! middle is kept, `begrenzingPerceel.x`, in metres (RD New) with three decimals, and the outline as well-known text,
//! `begrenzingPerceel.shape`. Attributes of the feature are `@id`.

use std::io::{BufReader, Read};

use quick_xml::events::BytesStart;
use serde_json::{Map, Value};

use super::super::error::IngestError;
use super::super::input::BUFFER_BYTES;
use super::super::intake::Intake;
use super::super::record::{Body, Record};
use super::empty;
use super::geometry::{Middle, Ring};
use super::xml::{self, At, Handler};

/// Elements that are a geometry.
const GEOMETRIES: [&str; 11] = [
    "Curve",
    "LineString",
    "MultiCurve",
    "MultiLineString",
    "MultiPoint",
    "MultiPolygon",
    "MultiSurface",
    "Point",
    "Polygon",
    "PolyhedralSurface",
    "Surface",
];

/// Reads the features of a document.
///
/// # Errors
/// [`IngestError`] for what is no XML, breaks off or is past a limit.
pub(crate) fn read(
    input: impl Read,
    name: &str,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    let mut document = Document {
        intake,
        has_root: false,
        feature: None,
    };
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    xml::walk(&mut input, name, &mut document)?;
    if !document.has_root {
        return Err(empty(name));
    }
    Ok(())
}

/// A feature while it is read.
struct Feature {
    kind: String,
    line: u32,
    /// Elements that are open inside the feature, the feature itself first.
    open: Vec<(String, Map<String, Value>)>,
    text: String,
    /// The depth of the geometry that is open, and its middle so far.
    geometry: Option<(usize, Middle)>,
    /// Elements within the geometry.
    in_geometry: Vec<(String, Option<usize>)>,
    trouble: Option<String>,
}

struct Document<'a, 'b> {
    intake: &'a mut Intake<'b>,
    has_root: bool,
    feature: Option<Feature>,
}

/// Depth of a feature: the collection, a member, the feature.
const FEATURE_DEPTH: usize = 3;

impl Handler for Document<'_, '_> {
    fn start(&mut self, tag: &BytesStart<'_>, at: At<'_>) -> Result<(), IngestError> {
        self.has_root = true;
        let name = tag.local_name().into_inner();
        if let Some(feature) = &mut self.feature {
            feature.start(name, tag, at.depth);
            return Ok(());
        }
        if at.depth == FEATURE_DEPTH {
            let mut fields = Map::new();
            for attribute in tag.attributes().flatten() {
                let name = attribute.key.local_name().into_inner();
                let value = Value::String(attribute.value.to_string());
                fields.insert(format!("@{name}"), value);
            }
            self.feature = Some(Feature {
                kind: name.to_owned(),
                line: at.line,
                open: vec![(name.to_owned(), fields)],
                text: String::new(),
                geometry: None,
                in_geometry: Vec::new(),
                trouble: None,
            });
        }
        Ok(())
    }

    fn text(&mut self, text: &str, at: At<'_>) -> Result<(), IngestError> {
        let Some(feature) = &mut self.feature else {
            return Ok(());
        };
        feature.text.push_str(text);
        // A list of positions is as long as a border; it is bounded as a record is.
        if feature.geometry.is_some() {
            return Ok(());
        }
        at.field(&feature.text)
    }

    fn end(&mut self, at: At<'_>) -> Result<(), IngestError> {
        let Some(feature) = &mut self.feature else {
            return Ok(());
        };
        if at.depth > FEATURE_DEPTH {
            feature.end(at.depth);
            return Ok(());
        }
        match self.feature.take() {
            Some(feature) => give(feature, self.intake),
            None => Ok(()),
        }
    }

    fn in_record(&self) -> bool {
        self.feature.is_some()
    }
}

impl Feature {
    fn start(&mut self, name: &str, tag: &BytesStart<'_>, depth: usize) {
        self.text.clear();
        if self.geometry.is_none() && !GEOMETRIES.contains(&name) {
            self.open.push((name.to_owned(), Map::new()));
            return;
        }
        self.geometry
            .get_or_insert_with(|| (depth, Middle::default()));
        let dimension = tag
            .try_get_attribute("srsDimension")
            .ok()
            .flatten()
            .and_then(|attribute| attribute.value.parse().ok());
        self.in_geometry.push((name.to_owned(), dimension));
    }

    fn end(&mut self, depth: usize) {
        if let Some((outermost, mut middle)) = self.geometry.take() {
            self.end_in_geometry(&mut middle);
            if outermost == depth {
                self.take_middle(&middle);
            } else {
                self.geometry = Some((outermost, middle));
            }
            return;
        }
        let text = std::mem::take(&mut self.text);
        let Some((name, fields)) = self.open.pop() else {
            return;
        };
        let value = match (fields.is_empty(), text.trim()) {
            (false, _) => Value::Object(fields),
            (true, "") => return,
            (true, text) => Value::String(text.to_owned()),
        };
        let Some((_, parent)) = self.open.last_mut() else {
            return;
        };
        match parent.get_mut(&name) {
            None => {
                parent.insert(name, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }

    fn end_in_geometry(&mut self, middle: &mut Middle) {
        let is_hole = self.in_geometry.iter().any(|(name, _)| name == "interior");
        let dimension = self
            .in_geometry
            .iter()
            .rev()
            .find_map(|(_, dimension)| *dimension);
        let ring = if is_hole {
            Ring::Interior
        } else {
            Ring::Exterior
        };
        let text = std::mem::take(&mut self.text);
        let taken = match self
            .in_geometry
            .pop()
            .as_ref()
            .map(|(name, _)| name.as_str())
        {
            Some("pos") => middle.point(&text),
            Some("posList") => middle.ring(&text, dimension.unwrap_or(2), ring),
            Some(_) | None => Ok(()),
        };
        if let Err(reason) = taken {
            self.trouble.get_or_insert(reason);
        }
    }

    fn take_middle(&mut self, middle: &Middle) {
        if let Some((x, y)) = middle.middle()
            && let Some((_, parent)) = self.open.last_mut()
        {
            for (name, coordinate) in [("x", x), ("y", y)] {
                let text = Value::String(format!("{coordinate:.3}"));
                parent.insert(name.to_owned(), text);
            }
            if let Some(shape) = middle.shape() {
                parent.insert("shape".to_owned(), Value::String(shape));
            }
        }
    }
}

fn give(mut feature: Feature, intake: &mut Intake<'_>) -> Result<(), IngestError> {
    if let Some(reason) = feature.trouble {
        let reason = format!("the geometry cannot be read: {reason}");
        intake.unreadable(feature.line, "", reason);
        return Ok(());
    }
    let fields = feature
        .open
        .pop()
        .map(|(_, fields)| fields)
        .unwrap_or_default();
    intake.record(&Record {
        line: feature.line,
        kinds: &[&feature.kind],
        body: Body::Tree(&Value::Object(fields)),
    })
}
