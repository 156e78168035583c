//! The middle and the outline of a GML point or polygon.

use std::fmt::Write;

use crate::model::SHAPE_POSITIONS_MAX;

/// A ring of a polygon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ring {
    Exterior,
    /// A hole.
    Interior,
}

/// Sums up the points and rings of one object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Middle {
    /// What coordinates are taken from before they are multiplied: in RD they are so large that the areas of small
    /// buildings would drown in rounding.
    origin: Option<(f64, f64)>,
    point_sum: (f64, f64),
    point_count: u32,
    /// Area, and area times middle.
    area: f64,
    moment: (f64, f64),
    /// Its polygons: of each its rings, of each ring its positions as they stand there.
    polygons: Vec<Vec<Vec<(f64, f64)>>>,
}

impl Middle {
    /// Takes a position, `206335.699 447529.842 0.0`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn point(&mut self, text: &str) -> Result<(), String> {
        let numbers = numbers(text)?;
        let [x, y, ..] = numbers.as_slice() else {
            return Err("a position without two coordinates".to_owned());
        };
        self.add_point(*x, *y);
        Ok(())
    }

    /// Takes a list of positions.
    ///
    /// * `dimension`: coordinates of one position, 2 or 3.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn ring(&mut self, text: &str, dimension: usize, ring: Ring) -> Result<(), String> {
        let numbers = numbers(text)?;
        if !(2..=3).contains(&dimension) || !numbers.len().is_multiple_of(dimension) {
            return Err(format!(
                "a list of positions that is not {dimension} numbers each"
            ));
        }
        let sign = match ring {
            Ring::Exterior => 1.0,
            Ring::Interior => -1.0,
        };
        self.keep(&numbers, dimension, ring);
        let mut before: Option<(f64, f64)> = None;
        let (mut area, mut moment) = (0.0, (0.0, 0.0));
        for position in numbers.chunks(dimension) {
            let [x, y, ..] = position else {
                continue;
            };
            let here = self.add_point(*x, *y);
            if let Some((x_before, y_before)) = before {
                let cross = x_before * here.1 - here.0 * y_before;
                area += cross / 2.0;
                moment.0 += (x_before + here.0) * cross / 6.0;
                moment.1 += (y_before + here.1) * cross / 6.0;
            }
            before = Some(here);
        }
        // Rings run either way round; what counts is whether it is a hole.
        let turn = sign * f64::signum(area);
        self.area += turn * area;
        self.moment.0 += turn * moment.0;
        self.moment.1 += turn * moment.1;
        Ok(())
    }

    /// The middle, in the unit of the coordinates: of the area if there is one, else the mean of the points.
    /// Source: P. Bourke, "Calculating the area and centroid of a polygon", 1988.
    pub(crate) fn middle(&self) -> Option<(f64, f64)> {
        let origin = self.origin?;
        let (divisor, sum) = if self.area > 0.0 {
            (self.area, self.moment)
        } else {
            (f64::from(self.point_count), self.point_sum)
        };
        let middle = (origin.0 + sum.0 / divisor, origin.1 + sum.1 / divisor);
        (middle.0.is_finite() && middle.1.is_finite()).then_some(middle)
    }

    /// Where it lies, as well-known text: its outline, or its middle where it has none that a map can draw.
    pub(crate) fn shape(&self) -> Option<String> {
        let (x, y) = self.middle()?;
        let polygons = &self.polygons;
        let rings = || polygons.iter().flatten();
        let is_ring = |ring: &Vec<(f64, f64)>| ring.len() >= 4 && ring.first() == ring.last();
        if polygons.is_empty()
            || !rings().all(is_ring)
            || rings().map(Vec::len).sum::<usize>() > SHAPE_POSITIONS_MAX
        {
            return Some(format!("POINT({x:.3} {y:.3})"));
        }
        let written: Vec<String> = polygons.iter().map(|rings| polygon_text(rings)).collect();
        Some(match written.as_slice() {
            [only] => format!("POLYGON{only}"),
            several => format!("MULTIPOLYGON({})", several.join(",")),
        })
    }

    /// Keeps a ring: an outer one begins a polygon, a hole belongs to the one before it.
    fn keep(&mut self, numbers: &[f64], dimension: usize, ring: Ring) {
        let positions = numbers
            .chunks(dimension)
            .filter_map(|position| match position {
                [x, y, ..] => Some((*x, *y)),
                _ => None,
            });
        match (ring, self.polygons.last_mut()) {
            (Ring::Interior, Some(rings)) => rings.push(positions.collect()),
            (Ring::Exterior, _) => self.polygons.push(vec![positions.collect()]),
            (Ring::Interior, None) => {}
        }
    }

    fn add_point(&mut self, x: f64, y: f64) -> (f64, f64) {
        let origin = *self.origin.get_or_insert((x, y));
        let here = (x - origin.0, y - origin.1);
        self.point_sum.0 += here.0;
        self.point_sum.1 += here.1;
        self.point_count = self.point_count.saturating_add(1);
        here
    }
}

/// The rings of a polygon, `((x y,x y,...),(...))`, each number as short as it can be said.
fn polygon_text(rings: &[Vec<(f64, f64)>]) -> String {
    let mut text = String::from("(");
    for (place, ring) in rings.iter().enumerate() {
        text.push_str(if place == 0 { "(" } else { ",(" });
        for (place, (x, y)) in ring.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            // Writing to a text cannot fail.
            let _ = write!(text, "{comma}{x} {y}");
        }
        text.push(')');
    }
    text.push(')');
    text
}

fn numbers(text: &str) -> Result<Vec<f64>, String> {
    text.split_whitespace()
        .map(|number| {
            number
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite())
                .ok_or_else(|| "a coordinate that is no number".to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_square_with_a_hole_moves_away_from_the_hole() {
        let mut middle = Middle::default();
        middle
            .ring("0 0 4 0 4 4 0 4 0 0", 2, Ring::Exterior)
            .unwrap();
        assert_eq!(middle.middle(), Some((2.0, 2.0)));
        middle
            .ring("3 1 0 3 3 0 1 3 0 1 1 0 3 1 0", 3, Ring::Interior)
            .unwrap();
        assert_eq!(middle.middle(), Some((2.0, 2.0)));
        middle
            .ring("0 0 0 1 1 1 1 0 0 0", 2, Ring::Interior)
            .unwrap();
        assert_eq!(
            middle.shape().unwrap(),
            "POLYGON((0 0,4 0,4 4,0 4,0 0),(3 1,3 3,1 3,1 1,3 1),(0 0,0 1,1 1,1 0,0 0))"
        );
        let (x, y) = middle.middle().unwrap();
        assert!(x > 2.1 && (x - y).abs() < 1e-9, "{x} {y}");
    }

    #[test]
    fn a_line_has_the_mean_of_its_points_and_rubbish_is_told() {
        let mut middle = Middle::default();
        middle.ring("0 0 2 2", 2, Ring::Exterior).unwrap();
        assert_eq!(middle.middle(), Some((1.0, 1.0)));
        assert_eq!(middle.shape().unwrap(), "POINT(1.000 1.000)");
        assert!(middle.ring("0 0 2", 2, Ring::Exterior).is_err());
        assert!(middle.point("1").is_err());
        assert!(middle.point("a b").is_err());
        assert_eq!(Middle::default().middle(), None);
        assert_eq!(Middle::default().shape(), None);
        let mut two = Middle::default();
        two.ring("0 0 1 0 1 1 0 0", 2, Ring::Exterior).unwrap();
        two.ring("5 5 6 5 6 6.5 5 5", 2, Ring::Exterior).unwrap();
        assert_eq!(
            two.shape().unwrap(),
            "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6.5,5 5)))"
        );
    }
}
