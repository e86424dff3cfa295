//! Points and quadrilaterals in the pixels of a page.

use serde::{Deserialize, Serialize};

/// A point in pixels; x grows to the right, y downwards, from the page's top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "[f32; 2]", into = "[f32; 2]")]
pub struct Point {
    /// Pixels from the left edge.
    pub x: f32,
    /// Pixels from the top edge.
    pub y: f32,
}

impl Point {
    /// The point (`x`, `y`).
    #[must_use]
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The distance to `other` in pixels.
    #[must_use]
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

impl From<[f32; 2]> for Point {
    fn from([x, y]: [f32; 2]) -> Self {
        Self { x, y }
    }
}

impl From<Point> for [f32; 2] {
    /// Coordinates leave the program with a tenth of a pixel: more is noise.
    fn from(point: Point) -> Self {
        [(point.x * 10.0).round() / 10.0, (point.y * 10.0).round() / 10.0]
    }
}

/// Four corners, clockwise from the top left of the text that they enclose.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Polygon(pub [Point; 4]);

impl Polygon {
    /// The upright rectangle from `top_left` to `bottom_right`.
    #[must_use]
    pub const fn rectangle(top_left: Point, bottom_right: Point) -> Self {
        Self([
            top_left,
            Point::new(bottom_right.x, top_left.y),
            bottom_right,
            Point::new(top_left.x, bottom_right.y),
        ])
    }

    /// The longer of the top and bottom edges, in pixels.
    #[must_use]
    pub fn width(&self) -> f32 {
        let [a, b, c, d] = self.0;
        a.distance(b).max(d.distance(c))
    }

    /// The longer of the left and right edges, in pixels.
    #[must_use]
    pub fn height(&self) -> f32 {
        let [a, b, c, d] = self.0;
        a.distance(d).max(b.distance(c))
    }

    /// The mean of the corners.
    #[must_use]
    pub fn centre(&self) -> Point {
        let sum = self.0.iter().fold(Point::default(), |s, p| Point::new(s.x + p.x, s.y + p.y));
        Point::new(sum.x / 4.0, sum.y / 4.0)
    }

    /// The part between the fractions `from` and `to` (0–1) along the text's direction.
    #[must_use]
    pub fn slice(&self, from: f32, to: f32) -> Self {
        let [a, b, c, d] = self.0;
        let on =
            |p: Point, q: Point, t: f32| Point::new(p.x + (q.x - p.x) * t, p.y + (q.y - p.y) * t);
        Self([on(a, b, from), on(a, b, to), on(d, c, to), on(d, c, from)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_of_a_line_lies_where_its_characters_are() {
        let line = Polygon::rectangle(Point::new(10.0, 20.0), Point::new(110.0, 40.0));
        let slice = line.slice(0.25, 0.5);
        assert_eq!(slice.0[0], Point::new(35.0, 20.0));
        assert_eq!(slice.0[2], Point::new(60.0, 40.0));
        assert_eq!((line.width(), line.height()), (100.0, 20.0));
        assert_eq!(line.centre(), Point::new(60.0, 30.0));
    }
}
