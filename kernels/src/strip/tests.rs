//! The counts against the definition, sample by sample.

use candle_core::{DType, Device};
use proptest::prelude::*;

use super::*;
use crate::crop::upload;

/// A page in plain loops.
struct Plain {
    width: i64,
    height: i64,
    levels: Vec<u8>,
}

impl Plain {
    fn new(bytes: &[u8], (width, height): (usize, usize), shrink: usize) -> Self {
        let (w, h) = (width / shrink, height / shrink);
        let level = |i: usize| {
            let squares = (0..shrink * shrink).map(|k| {
                let (x, y) = (i % w * shrink + k % shrink, i / w * shrink + k / shrink);
                let [r, g, b] = [0, 1, 2].map(|c| u32::from(bytes[(y * width + x) * 3 + c]));
                (77 * r + 150 * g + 29 * b) >> 8
            });
            (squares.sum::<u32>() / (shrink * shrink) as u32) as u8
        };
        Self { width: w as i64, height: h as i64, levels: (0..w * h).map(level).collect() }
    }

    fn level(&self, x: i64, y: i64) -> i64 {
        let (x, y) = (x.clamp(0, self.width - 1), y.clamp(0, self.height - 1));
        i64::from(self.levels[(y * self.width + x) as usize])
    }

    fn smooth(&self, x: i64, y: i64) -> i64 {
        let (x, y) = (x.clamp(0, self.width - 1), y.clamp(0, self.height - 1));
        let around = (-1..=1).flat_map(|i| (-1..=1).map(move |j| (i, j)));
        around
            .map(|(i, j): (i64, i64)| (2 - i.abs()) * (2 - j.abs()) * self.level(x + j, y + i))
            .sum()
    }

    fn step(&self, x: i64, y: i64) -> u64 {
        let around = self.smooth(x - 1, y) + self.smooth(x + 1, y);
        let around = around + self.smooth(x, y - 1) + self.smooth(x, y + 1);
        (4 * self.smooth(x, y) - around).unsigned_abs()
    }

    fn quiet(steps: &[u64]) -> u32 {
        let mut sorted = steps.to_vec();
        sorted.sort_unstable();
        let at = (steps.len() as f32 * QUIET) as usize;
        sorted.get(at).map_or(0, |step| *step as u32)
    }

    fn scattered(&self) -> u32 {
        let places = (0..self.width * self.height).step_by(SCATTER);
        Self::quiet(
            &places.map(|at| self.step(at % self.width, at / self.width)).collect::<Vec<_>>(),
        )
    }

    fn count(&self, line: &Line, shrink: usize) -> Counts {
        let grid = Grid { width: self.width as usize, height: self.height as usize, shrink };
        let strip = Strip::new(line, grid);
        let [a, b, c, d] = line.corners;
        let on = |p: f32, q: f32, t: f32| p + (q - p) * t;
        let sample = |column: usize, row: usize| {
            let v = (row as f32 + 0.5) / strip.rows as f32;
            let u = (column as f32 + 0.5) / strip.columns as f32;
            let u = u * (1.0 + 2.0 * strip.beyond) - strip.beyond;
            let [x, y] = [0, 1].map(|i| on(on(a[i], d[i], v), on(b[i], c[i], v), u));
            let [x, y] = [x, y].map(|at| (at * strip.scale).floor());
            let inside =
                (0.0..grid.width as f32).contains(&x) && (0.0..grid.height as f32).contains(&y);
            inside.then(|| (self.level(x as i64, y as i64) as usize, self.step(x as i64, y as i64)))
        };
        let column = |c: usize| (0..strip.rows).map(move |r| sample(c, r).unwrap_or((0, 0)));
        let saturated = |c: usize| {
            let count = column(c).filter(|(level, _)| *level >= usize::from(SATURATED_MIN)).count();
            count as f32 >= COLUMN_MIN * strip.rows as f32
        };
        let saturated: Vec<bool> = (0..strip.columns).map(saturated).collect();
        let (mut levels, mut hidden) = ([0; LEVELS], [0; LEVELS]);
        let mut steps = Vec::new();
        for c in strip.line.clone() {
            for (level, step) in column(c) {
                levels[level] += 1;
                hidden[level] += u32::from(saturated[c]);
                steps.push(step);
            }
        }
        Counts {
            levels,
            hidden,
            squares: steps.iter().map(|step| step * step).sum(),
            quiet: Self::quiet(&steps),
            saturated,
            line: strip.line.clone(),
            rows: strip.rows,
        }
    }
}

/// Bytes that look random, with a saturated patch in the middle.
fn bytes((width, height): (usize, usize)) -> Vec<u8> {
    let level = |i: usize| match (i % width * 3 / width, i / width * 4 / height) {
        (1, 0..3) => 255,
        _ => (i * i / 7 + i * 31) as u8,
    };
    (0..width * height).flat_map(|i| [level(i), level(i), level(i).wrapping_mul(3)]).collect()
}

fn line(page: usize, corners: [[f32; 2]; 4], sides: (f32, f32)) -> Line {
    Line { page, corners, sides }
}

/// Upright ones, slanting ones, one upside down, those that leave the page, and one without area.
fn lines(page: usize, (width, height): (usize, usize)) -> Vec<Line> {
    let (w, h) = (width as f32, height as f32);
    let whole = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]];
    let [a, b, c, d] = whole;
    let slanting =
        [[w * 0.2, h * 0.3], [w * 0.8, h * 0.4], [w * 0.78, h * 0.6], [w * 0.18, h * 0.5]];
    let far = [[-50.0, -50.0], [500.0, -50.0], [500.0, 500.0], [-50.0, 500.0]];
    let off = whole.map(|[x, y]| [x + 2.0 * w, y]);
    let nowhere = [[f32::NAN, 1e30], [1e30, -1e30], [0.0, 0.0], [1.0, f32::INFINITY]];
    vec![
        line(page, whole, (w, h)),
        line(page, [c, d, a, b], (w, h)),
        line(page, slanting, (w * 0.6, h * 0.2)),
        line(page, far, (550.0, 550.0)),
        line(page, off, (w, h)),
        line(page, [[5.0; 2]; 4], (0.0, 0.0)),
        line(page, nowhere, (f32::INFINITY, f32::NAN)),
    ]
}

fn check(size: (usize, usize), shrink: usize, bytes: &[u8], lines: &[Line]) {
    let pixels = upload(bytes, size, &Device::Cpu).unwrap();
    let counted = count(&[Page { pixels: &pixels, shrink }], lines).unwrap();
    let plain = Plain::new(bytes, size, shrink);
    assert_eq!(counted.quiet, [plain.scattered()], "{size:?} by {shrink}");
    for (line, counts) in lines.iter().zip(&counted.lines) {
        assert_eq!(*counts, plain.count(line, shrink), "{size:?} by {shrink}: {line:?}");
    }
}

#[test]
fn counts_are_those_of_the_definition_on_every_size() {
    for (width, height) in [(1, 1), (2, 1), (1, 5), (3, 3), (15, 16), (17, 33), (101, 64)] {
        for shrink in [1, 2, 3, 5] {
            if width >= shrink && height >= shrink {
                let size = (width, height);
                check(size, shrink, &bytes(size), &lines(0, size));
            }
        }
    }
}

#[test]
fn a_page_smaller_than_one_square_has_nothing_but_black() {
    let pixels = upload(&bytes((3, 2)), (3, 2), &Device::Cpu).unwrap();
    let counted = count(&[Page { pixels: &pixels, shrink: 4 }], &lines(0, (3, 2))).unwrap();
    assert_eq!(counted.quiet, [0]);
    for counts in &counted.lines {
        let samples = counts.line.len() * counts.rows;
        assert_eq!((counts.levels[0] as usize, counts.squares), (samples, 0));
    }
}

#[test]
fn glare_on_a_line_and_beyond_its_end_is_told_by_its_columns() {
    let size = (120, 10);
    let glare = |x: usize| (30..50).contains(&x) || x >= 110;
    let level = |i: usize| if glare(i % size.0) { 255 } else { 90 };
    let bytes: Vec<u8> = (0..size.0 * size.1).flat_map(|i| [level(i); 3]).collect();
    let pixels = upload(&bytes, size, &Device::Cpu).unwrap();
    let outline = line(0, [[20.0, 0.0], [100.0, 0.0], [100.0, 10.0], [20.0, 10.0]], (80.0, 10.0));
    let counted = count(&[Page { pixels: &pixels, shrink: 1 }], &[outline]).unwrap();
    let counts = &counted.lines[0];
    assert_eq!((counts.saturated.len(), counts.line.clone(), counts.rows), (120, 20..100, 10));
    assert!((0..120).all(|x| counts.saturated[x] == glare(x)));
    assert_eq!((counts.levels[255], counts.hidden[255], counts.levels[90]), (200, 200, 600));
}

#[test]
fn a_line_counts_the_same_in_any_company() {
    let (a, b) = ((61, 47), (21, 30));
    let upload = |size| upload(&bytes(size), size, &Device::Cpu).unwrap();
    let (first, second) = (upload(a), upload(b));
    let pages = [Page { pixels: &first, shrink: 2 }, Page { pixels: &second, shrink: 1 }];
    // The lines of the second page stand before those of the first.
    let all = [lines(1, b), lines(0, a)].concat();
    let together = count(&pages, &all).unwrap();
    assert_eq!(together.quiet[1], count(&pages[1..], &[]).unwrap().quiet[0]);
    for (line, counts) in all.iter().zip(&together.lines) {
        let alone = count(&pages[line.page..=line.page], &[Line { page: 0, ..*line }]).unwrap();
        assert_eq!(alone.lines[0], *counts);
    }
    assert_eq!(count(&[], &[]).unwrap(), Counted::default());
}

#[test]
fn what_is_no_page_of_bytes_is_refused() {
    let ones = |dims: &[usize], dtype| Tensor::ones(dims, dtype, &Device::Cpu).unwrap();
    let told = |pixels: &Tensor, page| {
        let line = line(page, [[0.0; 2]; 4], (1.0, 1.0));
        count(&[Page { pixels, shrink: 1 }], &[line]).unwrap_err().to_string()
    };
    assert!(told(&ones(&[4, 4], DType::U8), 0).contains("(H, W, 3)"));
    assert!(told(&ones(&[4, 4, 3], DType::F32), 0).contains("F32"));
    assert!(told(&ones(&[4, 4, 3], DType::U8), 1).contains("of 1 pages"));
    assert!(count(&[], &[line(0, [[0.0; 2]; 4], (1.0, 1.0))]).is_err());
}

#[test]
fn the_fastest_change_of_all_has_its_count() {
    // Bright where the centre's change adds up, dark where it takes away.
    let bright = |x: usize, y: usize| matches!((x.abs_diff(2), y.abs_diff(2)), (0, 0..2) | (1, 0));
    let bytes: Vec<u8> =
        (0..25).flat_map(|i| [if bright(i % 5, i / 5) { 255 } else { 0 }; 3]).collect();
    let centre = [[2.0, 2.0], [3.0, 2.0], [3.0, 3.0], [2.0, 3.0]];
    let pixels = upload(&bytes, (5, 5), &Device::Cpu).unwrap();
    let page = Page { pixels: &pixels, shrink: 1 };
    let counted = count(&[page], &[line(0, centre, (1.0, 1.0))]).unwrap();
    assert_eq!(counted.lines[0].quiet as usize, STEPS - 1);
}

proptest! {
    #[test]
    fn any_outline_counts_as_the_definition_says(
        (width, height, shrink) in (1_usize..60, 1_usize..60, 1_usize..4),
        corners in proptest::collection::vec((-40.0_f32..100.0, -40.0_f32..100.0), 4),
        sides in (0.0_f32..90.0, 0.0_f32..90.0),
    ) {
        prop_assume!(width >= shrink && height >= shrink);
        let size = (width, height);
        let corners = std::array::from_fn(|i| [corners[i].0, corners[i].1]);
        check(size, shrink, &bytes(size), &[line(0, corners, sides)]);
    }
}
