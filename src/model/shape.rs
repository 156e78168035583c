//! Where something lies: well-known text, as a property holds it, and what a map needs of it.
//!
//! A property that is found by place holds WKT (OGC 06-103r4): a `POINT`, `POLYGON` or `MULTIPOLYGON`, in metres of RD New
//! (EPSG:28992), or, with `SRID=4326;` before it as PostGIS writes it, in degrees of longitude and latitude.

use std::str::FromStr;

use wkt::Wkt;
use wkt::types::{Coord, LineString, Polygon};

/// Longitude and latitude in degrees, in that order, as GeoJSON has them.
pub type Degrees = [f64; 2];

/// Rings of longitudes and latitudes: the outer one, then the holes.
pub type Rings = Vec<Vec<Degrees>>;

/// Most positions of one shape: more is no building but a province.
pub const SHAPE_POSITIONS_MAX: usize = 5_000;

/// Longest text of a shape: that many positions of three coordinates.
const TEXT_BYTES_MAX: usize = SHAPE_POSITIONS_MAX * 48;

/// Where RD New holds, in metres: the Netherlands and the sea before it. Swapped axes fall outside it.
const RD_BOUNDS: ([f64; 2], [f64; 2]) = ([-7_000.0, 289_000.0], [300_000.0, 629_000.0]);

/// Cells that places are found by, in degrees: some hundred metres each way in the Netherlands.
const CELL_DEGREES: Degrees = [0.002, 0.001];

/// How two numbers of a reference system are a place on earth; none where they are out of bounds.
type ToDegrees = fn([f64; 2]) -> Option<Degrees>;

/// A place on earth.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Its outline; empty for a point.
    pub polygons: Vec<Rings>,
    /// Its middle: of the box around it.
    pub middle: Degrees,
}

impl Shape {
    /// Reads well-known text; `None` if it is none, not of a kind above, empty, out of bounds or past the limit.
    ///
    /// From RD New the series of Schreutelkamp and Strang van Hees (2001) are used: within half a metre, which a map does
    /// not show.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let (to_degrees, text): (ToDegrees, &str) = match text.split_once(';') {
            Some((reference, rest)) if reference.eq_ignore_ascii_case("srid=4326") => {
                (checked, rest)
            }
            Some((reference, rest)) if reference.eq_ignore_ascii_case("srid=28992") => {
                (from_rd, rest)
            }
            Some(_) => return None,
            None => (from_rd, text),
        };
        let text = text.trim_start();
        // Collections may hold collections, as deep as the text is long; they are no place, so they are not read at all.
        let kind: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
        if !["point", "polygon", "multipolygon"].contains(&kind.to_lowercase().as_str()) {
            return None;
        }
        let ring = |line: &LineString<f64>| -> Option<Vec<Degrees>> {
            line.coords()
                .iter()
                .map(|at| to_degrees([at.x, at.y]))
                .collect()
        };
        let rings = |polygon: &Polygon<f64>| -> Option<Rings> {
            polygon.rings().iter().map(ring).collect()
        };
        let polygons = match Wkt::from_str(text).ok()? {
            Wkt::Point(point) => {
                let Coord { x, y, .. } = *point.coord()?;
                return Some(Self {
                    polygons: Vec::new(),
                    middle: to_degrees([x, y])?,
                });
            }
            Wkt::Polygon(polygon) => vec![rings(&polygon)?],
            Wkt::MultiPolygon(several) => several
                .polygons()
                .iter()
                .map(rings)
                .collect::<Option<_>>()?,
            Wkt::LineString(_)
            | Wkt::MultiPoint(_)
            | Wkt::MultiLineString(_)
            | Wkt::GeometryCollection(_) => return None,
        };
        Self::around(polygons)
    }

    fn around(polygons: Vec<Rings>) -> Option<Self> {
        let is_ring = |ring: &Vec<Degrees>| ring.len() >= 4 && ring.first() == ring.last();
        let whole = |rings: &Rings| !rings.is_empty() && rings.iter().all(is_ring);
        let positions = || polygons.iter().flatten().flatten();
        if !polygons.iter().all(whole) || positions().count() > SHAPE_POSITIONS_MAX {
            return None;
        }
        let mut bounds: Option<[Degrees; 2]> = None;
        for &[x, y] in positions() {
            let [low, high] = bounds.get_or_insert([[x, y], [x, y]]);
            *low = [low[0].min(x), low[1].min(y)];
            *high = [high[0].max(x), high[1].max(y)];
        }
        let [low, high] = bounds?;
        Some(Self {
            middle: [
                f64::midpoint(low[0], high[0]),
                f64::midpoint(low[1], high[1]),
            ]
            .map(rounded),
            polygons,
        })
    }

    /// The cell that its middle lies in.
    pub fn cell(&self) -> String {
        cell_name(cell_of(self.middle))
    }
}

/// A box on the map: west, south, east, north, in degrees.
pub type DegreeBox = [f64; 4];

/// Whether a position lies in a box, its edges among it.
pub fn lies_in([x, y]: Degrees, [west, south, east, north]: DegreeBox) -> bool {
    (west..=east).contains(&x) && (south..=north).contains(&y)
}

/// The cells that a box touches, south to north and west to east; `None` if it is no box, or touches more than `max`.
pub fn cells(of: DegreeBox, max: usize) -> Option<Vec<String>> {
    let [west, south, east, north] = of;
    let (low, high) = (checked([west, south])?, checked([east, north])?);
    if low[0] > high[0] || low[1] > high[1] {
        return None;
    }
    let ([first_x, first_y], [last_x, last_y]) = (cell_of(low), cell_of(high));
    let count = u64::from(last_x - first_x + 1) * u64::from(last_y - first_y + 1);
    if count > max as u64 {
        return None;
    }
    let rows = (first_y..=last_y).flat_map(|y| (first_x..=last_x).map(move |x| [x, y]));
    Some(rows.map(cell_name).collect())
}

fn cell_of([x, y]: Degrees) -> [u32; 2] {
    // Not negative: longitudes and latitudes were checked.
    let at = |degrees: f64, from: f64, step: f64| ((degrees - from) / step).floor() as u32;
    [
        at(x, -180.0, CELL_DEGREES[0]),
        at(y, -90.0, CELL_DEGREES[1]),
    ]
}

/// All names are equally long, so that none begins with another.
fn cell_name([x, y]: [u32; 2]) -> String {
    format!("{y:06}{x:06}")
}

fn checked([x, y]: [f64; 2]) -> Option<Degrees> {
    let fits = (-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y);
    fits.then_some([rounded(x), rounded(y)])
}

fn from_rd([x, y]: [f64; 2]) -> Option<Degrees> {
    let (low, high) = RD_BOUNDS;
    let fits = (low[0]..=high[0]).contains(&x) && (low[1]..=high[1]).contains(&y);
    if !fits {
        return None;
    }
    let (latitude, longitude) = rijksdriehoek::rijksdriehoek_to_wgs84(x, y);
    checked([longitude, latitude])
}

/// To a millionth of a degree, a tenth of a metre: what lies behind that is noise.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::mutate::mutated;

    fn near(one: Degrees, other: Degrees) -> bool {
        (one[0] - other[0]).abs() < 1e-5 && (one[1] - other[1]).abs() < 1e-5
    }

    #[test]
    fn points_of_known_places_come_out_where_they_are() {
        // The reference point of RD New, and the Westertoren, as RDNAPTRANS gives it.
        let amersfoort = Shape::parse("POINT(155000 463000)").unwrap();
        assert!(
            near(amersfoort.middle, [5.387_206, 52.155_170]),
            "{amersfoort:?}"
        );
        let westertoren = Shape::parse("SRID=28992;POINT(120700.723 487525.501)").unwrap();
        assert!(
            near(westertoren.middle, [4.883_527, 52.374_532]),
            "{westertoren:?}"
        );
        let degrees = Shape::parse("srid=4326; POINT(-2.2426 53.4808)").unwrap();
        assert_eq!(degrees.middle, [-2.2426, 53.4808]);
    }

    #[test]
    fn outlines_keep_their_holes_and_have_a_middle() {
        let text = "POLYGON((155000 463000, 155040 463000, 155040 463020, 155000 463020, 155000 463000), \
                    (155010 463005, 155020 463005, 155020 463010, 155010 463005))";
        let shape = Shape::parse(text).unwrap();
        assert_eq!(shape.polygons.len(), 1);
        assert_eq!(shape.polygons[0].len(), 2);
        let middle = Shape::parse("POINT(155020 463010)").unwrap();
        assert!(near(shape.middle, middle.middle));
        assert_eq!(shape.cell(), middle.cell());
        let several = Shape::parse("MULTIPOLYGON(((1 1,2 1,2 2,1 1)))");
        assert_eq!(several, None, "not in the Netherlands");
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in [
            "",
            "POINT EMPTY",
            "POLYGON EMPTY",
            "POINT(NaN 463000)",
            "POINT(463000 155000)",
            "LINESTRING(155000 463000, 155001 463000)",
            "GEOMETRYCOLLECTION(POINT(155000 463000))",
            "POLYGON((155000 463000, 155040 463000, 155040 463020))",
            "SRID=3857;POINT(1 1)",
            "SRID=4326;POINT(181 0)",
        ] {
            assert_eq!(Shape::parse(text), None, "{text}");
        }
        let many = "155000 463000,".repeat(SHAPE_POSITIONS_MAX);
        assert_eq!(
            Shape::parse(&format!("POLYGON(({many}155000 463000))")),
            None
        );
    }

    #[test]
    fn a_box_has_the_cells_of_all_that_lies_in_it() {
        let place = Shape::parse("POINT(155000 463000)").unwrap();
        let [x, y] = place.middle;
        let around = [x - 0.003, y - 0.002, x + 0.003, y + 0.002];
        let cells_around = cells(around, 100).unwrap();
        assert!(cells_around.contains(&place.cell()));
        assert!(lies_in(place.middle, around));
        assert!(!lies_in(place.middle, [x + 0.001, y, x + 0.002, y]));
        assert_eq!(cells(around, 3), None);
        assert_eq!(cells([1.0, 0.0, 0.0, 1.0], 100), None);
        assert_eq!(cells([f64::NAN, 0.0, 0.0, 1.0], 100), None);
        assert_eq!(cells([-180.0, -90.0, 180.0, 90.0], 100), None);
    }

    #[test]
    fn no_mutated_shape_panics() {
        mutated(
            "shape",
            &[
                b"POLYGON((155000 463000, 155040 463000, 155040 463020, 155000 463000))",
                b"SRID=4326;POINT(5.3872 52.1551)",
                b"MULTIPOLYGON Z(((155000 463000 0, 155040 463000 0, 155040 463020 0, 155000 463000 0)))",
            ],
            |bytes| {
                let Ok(text) = std::str::from_utf8(bytes) else {
                    return;
                };
                if let Some(shape) = Shape::parse(text) {
                    assert_eq!(shape.cell().len(), 12);
                }
            },
        );
    }
}
