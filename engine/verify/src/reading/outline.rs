//! From the detector's map to the outlines of lines: the post-processing of differentiable
//! binarisation (Liao et al. 2020), with the settings published for PP-OCRv6.

use ivendor_core::geometry::{Point, Polygon};
use memchr::memchr;

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
        let mut ends = Vec::with_capacity(2 * runs.len());
        for run in &runs {
            let y = run.y as f32;
            ends.push(Point::new(run.from as f32, y));
            ends.push(Point::new(run.to as f32, y));
        }
        let Some(core) = Rectangle::around(&convex_hull(ends)) else { continue };
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
    // A byte for each pixel of a row, 1 where it is inside: what is found with whole registers.
    let mut upper = vec![0_u8; map.width];
    let mut both = vec![0_u8; map.width];
    let mut inside = vec![0_u8; map.width];
    for y in 0..map.height {
        let row = &map.values[y * map.width..][..map.width];
        for ((both, upper), value) in both.iter_mut().zip(&mut upper).zip(row) {
            let here = u8::from(*value > PIXEL_MIN);
            *both = here | *upper;
            *upper = here;
        }
        inside.copy_from_slice(&both);
        for (inside, left) in inside.iter_mut().skip(1).zip(&both) {
            *inside |= left;
        }
        let mut at = 0;
        while let Some(gap) = memchr(1, &inside[at..]) {
            let from = at + gap;
            at = memchr(0, &inside[from..]).map_or(map.width, |length| from + length);
            runs.push(Run { y, from, to: at - 1 });
        }
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
    let columns = range(corners.map(|p| p.x), map.width);
    for y in range(corners.map(|p| p.y), map.height) {
        // A row meets a rectangle in one piece: its ends say what lies between them.
        let is_inside = |x: &usize| rectangle.contains(Point::new(*x as f32, y as f32));
        let Some(first) = columns.clone().find(is_inside) else { continue };
        let last = (first..=*columns.end()).rfind(is_inside).unwrap_or(first);
        let piece = &map.values[y * map.width..][first..=last];
        // One after the other: a sum in another order is another sum.
        sum = piece.iter().fold(sum, |sum, value| sum + f64::from(*value));
        count += piece.len() as u32;
    }
    (sum / f64::from(count.max(1))) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    /// By a look at every pixel.
    fn mean_of_each(map: &Map, rectangle: &Rectangle) -> f32 {
        let each = (0..map.height).flat_map(|y| (0..map.width).map(move |x| (x, y)));
        let inside = each.filter(|(x, y)| rectangle.contains(Point::new(*x as f32, *y as f32)));
        let values = inside.map(|(x, y)| f64::from(map.values[y * map.width + x]));
        let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), v| (sum + v, count + 1));
        (sum / f64::from(count.max(1))) as f32
    }

    proptest! {
        #[test]
        fn a_mean_is_that_of_every_pixel_inside(
            points in proptest::collection::vec((0_u8..60, 0_u8..40), 1..12),
        ) {
            let values = (0..60 * 40_u16).map(|n| f32::from(n % 97) / 96.7).collect();
            let map = Map { values, width: 60, height: 40 };
            let points = points.iter().map(|(x, y)| Point::new(f32::from(*x), f32::from(*y)));
            let rectangle = Rectangle::around(&convex_hull(points.collect())).unwrap();
            let (found, expected) = (mean(&map, &rectangle), mean_of_each(&map, &rectangle));
            prop_assert_eq!(found.to_bits(), expected.to_bits());
        }
    }
}
