//! Where a flat sheet lies in the picture of it.

/// A map of the plane that keeps lines straight, in homogeneous coordinates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Homography([[f64; 3]; 3]);

impl Homography {
    /// The map of the rectangle from (0, 0) to (`width`, `height`) onto `corners`, clockwise from
    /// its top left (Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989).
    pub(crate) fn onto((width, height): (f32, f32), corners: [[f32; 2]; 4]) -> Self {
        let [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners.map(|c| c.map(f64::from));
        let (dx1, dx2, sx) = (x1 - x2, x3 - x2, x0 - x1 + x2 - x3);
        let (dy1, dy2, sy) = (y1 - y2, y3 - y2, y0 - y1 + y2 - y3);
        let det = dx1 * dy2 - dx2 * dy1;
        let g = (sx * dy2 - sy * dx2) / det;
        let h = (dx1 * sy - dy1 * sx) / det;
        let (w, t) = (f64::from(width), f64::from(height));
        Self([
            [(x1 - x0 + g * x1) / w, (x3 - x0 + h * x3) / t, x0],
            [(y1 - y0 + g * y1) / w, (y3 - y0 + h * y3) / t, y0],
            [g / w, h / t, 1.0],
        ])
    }

    /// Where `point` goes.
    pub(crate) fn map(&self, point: [f32; 2]) -> [f32; 2] {
        let [x, y] = point.map(f64::from);
        let [u, v, w] = self.0.map(|row| row[0] * x + row[1] * y + row[2]);
        [(u / w) as f32, (v / w) as f32]
    }

    /// The way back (the adjugate: a homography's scale is free).
    pub(crate) fn inverse(&self) -> Self {
        let m = &self.0;
        let minor = |row: usize, column: usize| {
            let (r, s) = ((row + 1) % 3, (row + 2) % 3);
            let (c, d) = ((column + 1) % 3, (column + 2) % 3);
            m[r][c] * m[s][d] - m[r][d] * m[s][c]
        };
        let mut inverse = [[0.0; 3]; 3];
        for (row, cells) in inverse.iter_mut().enumerate() {
            for (column, cell) in cells.iter_mut().enumerate() {
                *cell = minor(column, row);
            }
        }
        Self(inverse)
    }
}

/// The corners of a sheet of `width` by `height` that was turned clockwise about its middle.
pub(crate) fn turned((width, height): (f32, f32), degrees: f32) -> [[f32; 2]; 4] {
    let (sin, cos) = sin_cos(degrees);
    let (x, y) = (width / 2.0, height / 2.0);
    [[-x, -y], [x, -y], [x, y], [-x, y]]
        .map(|[dx, dy]| [x + dx * cos - dy * sin, y + dx * sin + dy * cos])
}

/// Sine and cosine of a small angle by their series: the same bits everywhere, and exact to
/// single precision up to 45 degrees.
fn sin_cos(degrees: f32) -> (f32, f32) {
    let a = f64::from(degrees) * std::f64::consts::PI / 180.0;
    let s = a * a;
    let sin = a * (1.0 - s / 6.0 * (1.0 - s / 20.0 * (1.0 - s / 42.0 * (1.0 - s / 72.0))));
    let cos = 1.0 - s / 2.0 * (1.0 - s / 12.0 * (1.0 - s / 30.0 * (1.0 - s / 56.0)));
    (sin as f32, cos as f32)
}

/// How a sheet lies in a picture: bent along its width, then put onto four corners.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lie {
    width: f32,
    curl: f32,
    to: Homography,
    back: Homography,
}

impl Lie {
    /// The sheet of `size`, its middle `curl` pixels lower than its sides, on `corners`.
    pub(crate) fn new(size: (f32, f32), curl: f32, corners: [[f32; 2]; 4]) -> Self {
        let to = Homography::onto(size, corners);
        Self { width: size.0, curl, to, back: to.inverse() }
    }

    fn sag(&self, x: f32) -> f32 {
        let t = (x / self.width).clamp(0.0, 1.0);
        self.curl * 4.0 * t * (1.0 - t)
    }

    /// Where a point of the sheet is in the picture.
    pub(crate) fn to_picture(self, [x, y]: [f32; 2]) -> [f32; 2] {
        self.to.map([x, y + self.sag(x)])
    }

    /// Which point of the sheet's plane is seen at a point of the picture.
    pub(crate) fn to_sheet(self, point: [f32; 2]) -> [f32; 2] {
        let [x, y] = self.back.map(point);
        [x, y - self.sag(x)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_go_where_they_are_told_and_every_point_finds_its_way_back() {
        let corners = [[12.0, 9.0], [310.0, 25.0], [295.0, 480.0], [3.0, 470.0]];
        let lie = Lie::new((300.0, 450.0), 6.0, corners);
        let near = |a: [f32; 2], b: [f32; 2]| {
            assert!((a[0] - b[0]).hypot(a[1] - b[1]) < 0.01, "{a:?} {b:?}");
        };
        let sheet = [[0.0, 0.0], [300.0, 0.0], [300.0, 450.0], [0.0, 450.0]];
        for (from, to) in sheet.into_iter().zip(corners) {
            near(lie.to_picture(from), to);
        }
        for x in 0..=10 {
            for y in 0..=10 {
                let point = [30.0 * x as f32, 45.0 * y as f32];
                near(lie.to_sheet(lie.to_picture(point)), point);
            }
        }
        let middle = lie.to_picture([150.0, 0.0])[1];
        assert!(middle > (9.0 + 25.0) / 2.0 + 4.0, "the middle sags: {middle}");
    }

    #[test]
    fn turning_keeps_lengths_and_agrees_with_the_sine() {
        for degrees in [-10.0_f32, -1.5, 0.0, 0.3, 9.0] {
            let (sin, cos) = sin_cos(degrees);
            assert!((sin - degrees.to_radians().sin()).abs() < 1e-6, "{degrees}");
            assert!((cos - degrees.to_radians().cos()).abs() < 1e-6, "{degrees}");
            let [a, b, _, _] = turned((200.0, 100.0), degrees);
            assert!(((a[0] - b[0]).hypot(a[1] - b[1]) - 200.0).abs() < 1e-3, "{degrees}");
        }
    }
}
