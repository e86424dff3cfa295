//! The order in which a person would read the lines of a page: rows from top to bottom, each from
//! left to right.

use ivendor_core::geometry::Polygon;

/// The indices of `outlines` in reading order. Two lines share a row where the centre of one lies
/// within half a height of the row's last line, so that a slanted row stays together.
pub(super) fn reading_order(outlines: &[Polygon]) -> Vec<usize> {
    let mut by_y: Vec<usize> = (0..outlines.len()).collect();
    let centre = |i: usize| outlines[i].centre();
    let height = |i: usize| {
        let ys = outlines[i].0.map(|p| p.y);
        let high = ys.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        high - ys.iter().copied().fold(f32::INFINITY, f32::min)
    };
    by_y.sort_by(|a, b| centre(*a).y.total_cmp(&centre(*b).y));
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for i in by_y {
        let fits = rows.last().and_then(|row| row.last()).is_some_and(|last| {
            let reach = height(i).min(height(*last)) / 2.0;
            (centre(i).y - centre(*last).y).abs() < reach
        });
        match rows.last_mut() {
            Some(row) if fits => row.push(i),
            _ => rows.push(vec![i]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| centre(*a).x.total_cmp(&centre(*b).x));
    }
    rows.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ivendor_core::geometry::Point;

    fn line(x: f32, y: f32) -> Polygon {
        Polygon::rectangle(Point::new(x, y), Point::new(x + 50.0, y + 20.0))
    }

    #[test]
    fn rows_are_read_from_left_to_right_and_downwards() {
        let cases = [
            ("two rows", vec![line(100.0, 32.0), line(0.0, 30.0), line(50.0, 0.0)], vec![2, 1, 0]),
            (
                "slanted row",
                vec![line(200.0, 12.0), line(100.0, 6.0), line(0.0, 0.0)],
                vec![2, 1, 0],
            ),
            ("nothing", vec![], vec![]),
        ];
        for (name, lines, expected) in cases {
            assert_eq!(reading_order(&lines), expected, "{name}");
        }
    }
}
