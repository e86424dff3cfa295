//! Convex hulls and the smallest rectangle around them.

use ivendor_core::geometry::{Point, Polygon};

/// Twice the signed area of the triangle `o`, `a`, `b`: positive where the way turns right on a
/// page whose y grows downwards.
fn cross(o: Point, a: Point, b: Point) -> f32 {
    (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x)
}

/// The convex hull, by Andrew's monotone chain.
pub(super) fn convex_hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let mut hull: Vec<Point> = Vec::with_capacity(points.len() + 1);
    let mut chain = |points: &mut dyn Iterator<Item = Point>| {
        let start = hull.len();
        for point in points {
            while hull.len() >= start + 2
                && cross(hull[hull.len() - 2], hull[hull.len() - 1], point) <= 0.0
            {
                hull.pop();
            }
            hull.push(point);
        }
        // The last point is the first of the other chain.
        hull.pop();
    };
    chain(&mut points.iter().copied());
    chain(&mut points.iter().rev().copied());
    hull
}

/// A rectangle at any angle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rectangle {
    centre: Point,
    /// The direction of the first side, of length one.
    axis: Point,
    /// Lengths along `axis` and across it.
    sides: (f32, f32),
}

impl Rectangle {
    /// The rectangle of least area around a convex hull; one of its sides lies on a side of the
    /// hull (Freeman and Shapira 1975).
    pub(super) fn around(hull: &[Point]) -> Option<Self> {
        let first = *hull.first()?;
        let mut best: Option<Self> = None;
        for (i, &from) in hull.iter().enumerate() {
            let to = hull[(i + 1) % hull.len()];
            let length = from.distance(to);
            let axis = match length > 0.0 {
                true => Point::new((to.x - from.x) / length, (to.y - from.y) / length),
                false => Point::new(1.0, 0.0),
            };
            let mut low = (f32::INFINITY, f32::INFINITY);
            let mut high = (f32::NEG_INFINITY, f32::NEG_INFINITY);
            for point in hull {
                let (dx, dy) = (point.x - first.x, point.y - first.y);
                let (along, across) = (dx * axis.x + dy * axis.y, dy * axis.x - dx * axis.y);
                low = (low.0.min(along), low.1.min(across));
                high = (high.0.max(along), high.1.max(across));
            }
            let sides = (high.0 - low.0, high.1 - low.1);
            if best.is_none_or(|b| sides.0 * sides.1 < b.sides.0 * b.sides.1) {
                let (u, v) = ((low.0 + high.0) / 2.0, (low.1 + high.1) / 2.0);
                let centre = Point::new(
                    first.x + u * axis.x - v * axis.y,
                    first.y + u * axis.y + v * axis.x,
                );
                best = Some(Self { centre, axis, sides });
            }
        }
        best
    }

    pub(super) fn short_side(&self) -> f32 {
        self.sides.0.min(self.sides.1)
    }

    /// The rectangle grown on every side by area · `ratio` / perimeter, the inverse of the
    /// shrinking with which the detector was trained (Liao et al. 2020).
    pub(super) fn unclip(&self, ratio: f32) -> Self {
        let (a, b) = self.sides;
        let grow = if a + b > 0.0 { a * b * ratio / (2.0 * (a + b)) } else { 0.0 };
        Self { sides: (a + 2.0 * grow, b + 2.0 * grow), ..*self }
    }

    /// The corners, clockwise from the top left one.
    pub(super) fn corners(&self) -> Polygon {
        let (a, b) = (self.sides.0 / 2.0, self.sides.1 / 2.0);
        let corner = |s: f32, t: f32| {
            Point::new(
                self.centre.x + s * a * self.axis.x - t * b * self.axis.y,
                self.centre.y + s * a * self.axis.y + t * b * self.axis.x,
            )
        };
        let mut corners =
            [corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)];
        corners.sort_by(|p, q| p.x.total_cmp(&q.x));
        let [l1, l2, r1, r2] = corners;
        let (top_left, bottom_left) = if l1.y <= l2.y { (l1, l2) } else { (l2, l1) };
        let (top_right, bottom_right) = if r1.y <= r2.y { (r1, r2) } else { (r2, r1) };
        Polygon([top_left, top_right, bottom_right, bottom_left])
    }

    /// Whether a point lies inside or on the edge.
    pub(super) fn contains(&self, point: Point) -> bool {
        let (dx, dy) = (point.x - self.centre.x, point.y - self.centre.y);
        let along = dx * self.axis.x + dy * self.axis.y;
        let across = dy * self.axis.x - dx * self.axis.y;
        2.0 * along.abs() <= self.sides.0 + 1e-3 && 2.0 * across.abs() <= self.sides.1 + 1e-3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_rectangle_of_a_turned_line_has_its_angle_and_size() {
        for degrees in [0.0_f32, 5.0, 30.0, 60.0, 90.0] {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let turn =
                |x: f32, y: f32| Point::new(50.0 + x * cos - y * sin, 60.0 + x * sin + y * cos);
            let points = vec![
                turn(-40.0, -5.0),
                turn(40.0, -5.0),
                turn(40.0, 5.0),
                turn(-40.0, 5.0),
                turn(3.0, 2.0),
            ];
            let rectangle = Rectangle::around(&convex_hull(points)).unwrap();
            assert!((rectangle.short_side() - 10.0).abs() < 1e-3, "{degrees}");
            let corners = rectangle.corners();
            assert!((corners.width().max(corners.height()) - 80.0).abs() < 1e-3, "{degrees}");
            assert!(corners.centre().distance(Point::new(50.0, 60.0)) < 1e-3, "{degrees}");
        }
    }

    #[test]
    fn growing_undoes_the_shrinking_of_the_training() {
        let hull = convex_hull(vec![
            Point::new(0.0, 0.0),
            Point::new(80.0, 0.0),
            Point::new(80.0, 20.0),
            Point::new(0.0, 20.0),
        ]);
        let grown = Rectangle::around(&hull).unwrap().unclip(1.6);
        // 80 · 20 · 1.6 / 200 = 12.8 on each side
        let corners = grown.corners();
        assert!((corners.width() - 105.6).abs() < 1e-3 && (corners.height() - 45.6).abs() < 1e-3);
    }

    proptest! {
        #[test]
        fn every_point_lies_in_the_rectangle_of_its_hull(
            points in proptest::collection::vec((0_i16..500, 0_i16..500), 1..60),
        ) {
            let points: Vec<Point> =
                points.iter().map(|&(x, y)| Point::new(f32::from(x), f32::from(y))).collect();
            let rectangle = Rectangle::around(&convex_hull(points.clone())).unwrap();
            let (a, b) = rectangle.sides;
            let grown = Rectangle { sides: (a + 0.1, b + 0.1), ..rectangle };
            prop_assert!(points.iter().all(|point| grown.contains(*point)));
        }
    }
}
