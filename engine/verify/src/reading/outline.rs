//! From the detector's map to the outlines of lines: the post-processing of differentiable
//! binarisation (Liao et al. 2020), with the settings published for PP-OCRv6.

use ivendor_core::geometry::{Point, Polygon};

use super::geometry::{Rectangle, convex_hull};

/// A pixel above this probability belongs to a line.
const PIXEL_MIN: f32 = 0.3;
/// A line whose mean probability is below this is none.
const LINE_MIN: f32 = 0.5;
/// How far an outline is grown back, see [`Rectangle::unclip`].
const UNCLIP_RATIO: f32 = 1.6;
/// The least short side of an outline before and after growing, in pixels of the map.
const SIDE_MIN: (f32, f32) = (3.0, 5.0);
/// The most lines of a page.
const LINES_MAX: usize = 1000;

/// The detector's probabilities, row by row.
pub(super) struct Map {
    pub(super) values: Vec<f32>,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Pixels `from..=to` of one row.
#[derive(Clone, Copy)]
struct Run {
    y: usize,
    from: usize,
    to: usize,
}

/// The outlines of the lines on a map, in pixels of a page of (width, height).
pub(super) fn outlines(map: &Map, page: (u32, u32)) -> Vec<Polygon> {
    let (scale_x, scale_y) = (page.0 as f32 / map.width as f32, page.1 as f32 / map.height as f32);
    let on_page = |p: Point| {
        let x = (p.x * scale_x).round().clamp(0.0, page.0 as f32);
        Point::new(x, (p.y * scale_y).round().clamp(0.0, page.1 as f32))
    };
    let mut outlines = Vec::new();
    for runs in components(&runs(map)) {
        if outlines.len() == LINES_MAX {
            tracing::warn!(lines = LINES_MAX, "a page has more lines than are read");
            break;
        }
        let ends = runs.iter().flat_map(|run| {
            let y = run.y as f32;
            [Point::new(run.from as f32, y), Point::new(run.to as f32, y)]
        });
        let Some(core) = Rectangle::around(&convex_hull(ends.collect())) else { continue };
        if core.short_side() < SIDE_MIN.0 || mean(map, &core) < LINE_MIN {
            continue;
        }
        let whole = core.unclip(UNCLIP_RATIO);
        if whole.short_side() < SIDE_MIN.1 {
            continue;
        }
        let outline = Polygon(whole.corners().0.map(on_page));
        if outline.width() > 3.0 && outline.height() > 3.0 {
            outlines.push(outline);
        }
    }
    outlines
}

/// The pixels above [`PIXEL_MIN`] as runs, each pixel grown by one to the right and down, as the
/// published settings ask, so that hairline gaps close.
fn runs(map: &Map) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut upper = vec![false; map.width];
    let mut both = vec![false; map.width];
    for y in 0..map.height {
        let row = &map.values[y * map.width..][..map.width];
        for ((both, upper), value) in both.iter_mut().zip(&mut upper).zip(row) {
            let here = *value > PIXEL_MIN;
            *both = here || *upper;
            *upper = here;
        }
        let mut open: Option<Run> = None;
        for x in 0..map.width {
            let inside = both[x] || (x > 0 && both[x - 1]);
            match (&mut open, inside) {
                (Some(run), true) => run.to = x,
                (Some(_), false) => runs.extend(open.take()),
                (None, true) => open = Some(Run { y, from: x, to: x }),
                (None, false) => {}
            }
        }
        runs.extend(open);
    }
    runs
}

/// Groups runs that touch, corners included, in the order of their first run.
fn components(runs: &[Run]) -> Vec<Vec<Run>> {
    fn root(parents: &mut [usize], mut i: usize) -> usize {
        while parents[i] != i {
            parents[i] = parents[parents[i]];
            i = parents[i];
        }
        i
    }
    let mut parents: Vec<usize> = (0..runs.len()).collect();
    let mut above = 0;
    for (i, run) in runs.iter().enumerate() {
        while runs[above].y + 1 < run.y {
            above += 1;
        }
        let touching = runs[above..i].iter().enumerate().take_while(|(_, r)| r.y < run.y);
        for (j, other) in touching {
            if other.from <= run.to + 1 && run.from <= other.to + 1 {
                let (a, b) = (root(&mut parents, above + j), root(&mut parents, i));
                parents[a.max(b)] = a.min(b);
            }
        }
    }
    let mut places = vec![usize::MAX; runs.len()];
    let mut groups: Vec<Vec<Run>> = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        let root = root(&mut parents, i);
        if places[root] == usize::MAX {
            places[root] = groups.len();
            groups.push(Vec::new());
        }
        groups[places[root]].push(*run);
    }
    groups
}

/// The mean probability inside a rectangle.
fn mean(map: &Map, rectangle: &Rectangle) -> f32 {
    let corners = rectangle.corners().0;
    let range = |values: [f32; 4], size: usize| {
        let low = values.iter().copied().fold(f32::INFINITY, f32::min).floor().max(0.0);
        let high = values.iter().copied().fold(0.0, f32::max).ceil();
        low as usize..=(high as usize).min(size - 1)
    };
    let (mut sum, mut count) = (0.0_f64, 0_u32);
    for y in range(corners.map(|p| p.y), map.height) {
        for x in range(corners.map(|p| p.x), map.width) {
            if rectangle.contains(Point::new(x as f32, y as f32)) {
                sum += f64::from(map.values[y * map.width + x]);
                count += 1;
            }
        }
    }
    (sum / f64::from(count.max(1))) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map_of(boxes: &[(usize, usize, usize, usize, f32)]) -> Vec<f32> {
        let mut values = vec![0.0; 200 * 100];
        for &(x0, y0, x1, y1, value) in boxes {
            for y in y0..y1 {
                values[y * 200 + x0..y * 200 + x1].fill(value);
            }
        }
        values
    }

    fn found(boxes: &[(usize, usize, usize, usize, f32)]) -> Vec<Polygon> {
        outlines(&Map { values: map_of(boxes), width: 200, height: 100 }, (400, 100))
    }

    #[test]
    fn each_bright_patch_becomes_one_outline_on_the_page() {
        let lines = found(&[(20, 10, 120, 20, 0.9), (20, 50, 60, 62, 0.8)]);
        assert_eq!(lines.len(), 2);
        // The page is twice as wide as the map, and the outline is larger than the patch.
        let [top_left, _, bottom_right, _] = lines[0].0;
        assert!(top_left.x < 40.0 && top_left.y < 10.0, "{top_left:?}");
        assert!(bottom_right.x > 240.0 && bottom_right.y > 20.0, "{bottom_right:?}");
    }

    #[test]
    fn what_is_faint_or_small_is_no_line() {
        let cases = [
            ("faint", (20, 10, 120, 20, 0.4)),
            ("dark", (20, 10, 120, 20, 0.2)),
            ("speck", (20, 10, 22, 12, 0.9)),
        ];
        for (name, patch) in cases {
            assert!(found(&[patch]).is_empty(), "{name}");
        }
    }

    #[test]
    fn patches_that_touch_at_a_corner_are_one() {
        let cases = [
            ("at a corner", (61, 21, 100, 31, 0.9), 1),
            ("side by side", (60, 15, 100, 25, 0.9), 1),
            ("apart", (70, 21, 100, 31, 0.9), 2),
        ];
        for (name, other, expected) in cases {
            let values = map_of(&[(20, 10, 60, 20, 0.9), other]);
            let map = Map { values, width: 200, height: 100 };
            assert_eq!(components(&runs(&map)).len(), expected, "{name}");
        }
    }

    #[test]
    fn an_outline_never_leaves_the_page() {
        for line in found(&[(0, 0, 200, 9, 0.9), (150, 90, 200, 100, 0.9)]) {
            for p in line.0 {
                assert!((0.0..=400.0).contains(&p.x) && (0.0..=100.0).contains(&p.y), "{p:?}");
            }
        }
    }
}
