//! A printed form that was filled in: boxes with a label, pairs, tables, and values in a type of
//! their own. All places and sizes are in millimetres from the top left corner of the sheet.

use super::canvas::{Anchor, Area, Canvas, PAPER};
use super::fonts::{Face, Family, OFFICE_FAMILIES, Pen};
use super::region::Region;
use super::rng::Rng;
use super::sheet::ACCENTS;

/// A value and the claim that it is the value of; no claim where the key is empty.
pub(crate) type Value<'a> = (&'static str, &'a str);

/// Left, top, right and bottom in millimetres.
pub(crate) type Edges = [f32; 4];

/// A column of a table: its left and right edge, where its cells stand, and its heading.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) left: f32,
    pub(crate) right: f32,
    pub(crate) anchor: Anchor,
    pub(crate) heading: &'static str,
}

/// The sheet.
pub(crate) struct Form {
    pub(crate) canvas: Canvas,
    pub(crate) rng: Rng,
    pub(crate) dpi: u32,
    /// Width and height in millimetres.
    pub(crate) size: (f32, f32),
    pub(crate) family: Family,
    pub(crate) accent: [u8; 3],
    pub(crate) ink: [u8; 3],
    /// What the values are written with.
    pub(crate) typed: Pen,
    /// How far typed values leave their line.
    jitter: f32,
    mm: f32,
}

impl Form {
    /// An empty sheet of `size` millimetres.
    pub(crate) fn new(size: (f32, f32), dpi: u32, rng: &mut Rng) -> Self {
        let mut rng = rng.fork();
        let mm = dpi as f32 / 25.4;
        let grey = rng.between(12, 52) as u8;
        let family = rng.pick(&OFFICE_FAMILIES);
        let typed = rng.pick(&[Face::Mono, Face::Hack, Face::Sans, Face::Condensed, Face::Serif]);
        let ink = rng.pick(&[[20, 20, 24], [34, 34, 40], [24, 34, 92]]);
        Self {
            canvas: Canvas::new((size.0 * mm).round() as u32, (size.1 * mm).round() as u32),
            dpi,
            size,
            family,
            accent: rng.pick(&ACCENTS),
            ink: [grey; 3],
            typed: Pen::new(typed, rng.span(3.2, 3.6) * mm, ink),
            jitter: if typed.is_mono() && rng.chance(50) { 0.35 } else { 0.0 },
            mm,
            rng,
        }
    }

    /// An empty sheet of the region's office paper.
    pub(crate) fn office(region: Region, rng: &mut Rng) -> Self {
        let size = match region {
            Region::UnitedStates => (215.9, 279.4),
            _ => (210.0, 297.0),
        };
        let dpi = rng.pick(&[150, 150, 200]);
        Self::new(size, dpi, rng)
    }

    /// Running text of `em` millimetres.
    pub(crate) fn regular(&self, em: f32) -> Pen {
        Pen::new(self.family.regular, em * self.mm, self.ink)
    }

    /// Headings of `em` millimetres.
    pub(crate) fn bold(&self, em: f32) -> Pen {
        Pen::new(self.family.bold, em * self.mm, self.ink)
    }

    /// The rectangle of `edges` in pixels.
    pub(crate) fn area(&self, edges: Edges) -> Area {
        Area::new(edges.map(|edge| edge * self.mm))
    }

    /// `text` at a place, made smaller where it is wider than `room`.
    pub(crate) fn text(&mut self, pen: Pen, at: ((Anchor, f32, f32), f32), text: &str) {
        let ((anchor, x, y), room) = at;
        let mm = self.mm;
        self.canvas.fit(pen, ((anchor, x * mm, y * mm), room * mm), text);
    }

    /// The value of a claim with `pen`, which is noted where it is one.
    pub(crate) fn claim(&mut self, pen: Pen, at: ((Anchor, f32, f32), f32), (key, text): Value) {
        self.text(pen, at, text);
        if !key.is_empty() {
            self.canvas.note(key);
        }
    }

    /// A value as it was typed in.
    pub(crate) fn value(
        &mut self,
        ((anchor, x, y), room): ((Anchor, f32, f32), f32),
        value: Value,
    ) {
        let y = y + self.jitter * self.rng.span(-1.0, 1.0);
        self.claim(self.typed, ((anchor, x, y), room), value);
    }

    /// Text in as many lines as a column of width `room` from (`x`, `y`) on needs; gives the
    /// baseline of the last.
    pub(crate) fn paragraph(&mut self, pen: Pen, (x, y, room): (f32, f32, f32), text: &str) -> f32 {
        let (step, mut y) = (pen.em / self.mm * 1.3, y);
        for line in pen.wrap(text, room * self.mm) {
            y += step;
            self.text(pen, ((Anchor::Left, x, y), room), &line);
        }
        y
    }

    /// Values below one another from `y` on; gives the baseline of the last.
    pub(crate) fn values(&mut self, (x, y, room): (f32, f32, f32), values: &[Value]) -> f32 {
        let mut y = y;
        for value in values {
            y += self.typed.em / self.mm * 1.25;
            self.value(((Anchor::Left, x, y), room), *value);
        }
        y
    }

    /// A box with a small label in its corner and values below it.
    pub(crate) fn field(&mut self, edges: Edges, label: &str, values: &[Value]) {
        self.frame(edges, 0.2);
        let [left, top, right, _] = edges;
        let small = self.regular(2.2);
        let room = right - left - 2.0;
        self.text(small, ((Anchor::Left, left + 1.0, top + 2.7), room), label);
        self.values((left + 1.4, top + 3.0, room - 0.6), values);
    }

    /// A label at `left` and its value at `middle`, on the baseline `y`.
    pub(crate) fn pair(
        &mut self,
        (left, middle, right): (f32, f32, f32),
        y: f32,
        (label, value): (&str, Value),
    ) {
        let pen = self.regular(self.typed.em / self.mm);
        self.text(pen, ((Anchor::Left, left, y), middle - left - 2.0), label);
        self.value(((Anchor::Left, middle, y), right - middle), value);
    }

    /// A line of a table: a text in each column.
    pub(crate) fn row(&mut self, pen: Pen, (y, columns): (f32, &[Column]), cells: &[Value]) {
        for (column, cell) in columns.iter().zip(cells) {
            let Column { left, right, anchor, .. } = *column;
            let x = match anchor {
                Anchor::Left => left + 1.0,
                Anchor::Centre => (left + right) / 2.0,
                Anchor::Right => right - 1.0,
            };
            self.claim(pen, ((anchor, x, y), right - left - 2.0), *cell);
        }
    }

    /// The headings of a table in a strip from `top` to `bottom`: white on colour, or dark
    /// between lines.
    pub(crate) fn headings(&mut self, (top, bottom): (f32, f32), columns: &[Column], filled: bool) {
        let (left, right) = (columns[0].left, columns[columns.len() - 1].right);
        let mut pen = self.bold(2.7);
        if filled {
            self.fill([left, top, right, bottom], self.accent);
            pen = pen.ink(PAPER);
        } else {
            self.rule((left, right, top), 0.3);
            self.rule((left, right, bottom), 0.2);
        }
        let cells: Vec<Value> = columns.iter().map(|column| ("", column.heading)).collect();
        self.row(pen, ((top + bottom) / 2.0 + 1.0, columns), &cells);
    }

    /// A box that may be ticked, with its lower left corner at a place, and what it is for.
    pub(crate) fn tick(&mut self, (x, y): (f32, f32), ticked: bool, label: &str) {
        self.frame([x, y - 2.4, x + 2.4, y], 0.2);
        if ticked {
            let cross = Pen::new(Face::SansBold, 2.8 * self.mm, self.typed.ink);
            let at = (Anchor::Centre, (x + 1.2) * self.mm, (y - 0.2) * self.mm);
            self.canvas.ornament(cross, at, "X");
        }
        let pen = self.regular(2.4);
        self.text(pen, ((Anchor::Left, x + 3.4, y - 0.2), 60.0), label);
    }

    /// The outline of `edges`, `thick` millimetres wide.
    pub(crate) fn frame(&mut self, edges: Edges, thick: f32) {
        let thick = (thick * self.mm).max(1.0);
        self.canvas.frame(self.area(edges), thick, self.ink);
    }

    /// A horizontal line.
    pub(crate) fn rule(&mut self, (left, right, y): (f32, f32, f32), thick: f32) {
        let (mm, thick) = (self.mm, (thick * self.mm).max(1.0));
        self.canvas.rule((left * mm, right * mm, y * mm), thick, self.ink);
    }

    /// Fills `edges`.
    pub(crate) fn fill(&mut self, edges: Edges, ink: [u8; 3]) {
        self.canvas.fill(self.area(edges), ink);
    }
}
