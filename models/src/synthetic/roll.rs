//! A paper roll and the ways in which a till prints a line on it.

use super::canvas::{Anchor, Canvas};
use super::fonts::{Family, Pen, RECEIPT_FAMILIES};
use super::labels::Labels;
use super::receipt::Receipt;
use super::rng::Rng;

/// Long enough for any receipt; cut off below the last line.
const LENGTH_PX: u32 = 4_000;
/// Paper rolls are 80 mm wide.
const WIDTH_INCH: f32 = 3.15;

/// What separates the parts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Separator {
    Rule,
    Characters(&'static str),
    Blank,
}

/// Where the labels of the sums stand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sums {
    /// At the left edge.
    Edge,
    /// Ending at this share of the width, with a colon or not.
    Column(f32, &'static str),
}

/// The paper roll while it is printed on.
pub(crate) struct Roll<'a> {
    pub(crate) receipt: &'a Receipt,
    pub(crate) labels: &'static Labels,
    pub(crate) canvas: Canvas,
    pub(crate) rng: Rng,
    pub(crate) body: Pen,
    pub(crate) family: Family,
    pub(crate) left: f32,
    pub(crate) right: f32,
    pub(crate) y: f32,
    pub(crate) leading: f32,
    pub(crate) upper: bool,
    pub(crate) centred: bool,
    pub(crate) separator: Separator,
    pub(crate) sums: Sums,
    /// The pixels that the widest amount of the goods takes.
    pub(crate) amount_width: f32,
}

impl<'a> Roll<'a> {
    pub(crate) fn new(receipt: &'a Receipt, rng: &mut Rng) -> Self {
        let mut rng = rng.fork();
        let width = rng.between(600, 780) as u32;
        let margin = rng.span(30.0, 48.0);
        let family = rng.pick(&RECEIPT_FAMILIES);
        let grey = rng.between(18, 62) as u8;
        let ink = [grey, grey, grey.saturating_add(rng.pick(&[0, 4, 14]))];
        let room = width as f32 - 2.0 * margin;
        let stretch = rng.span(0.8, 1.04);
        let em = if family.regular.is_mono() {
            room / rng.span(33.0, 41.0) / 0.602 / stretch
        } else {
            room / rng.span(21.0, 25.0) / stretch
        };
        let sums = match rng.below(3) {
            0 => Sums::Column(rng.span(0.56, 0.66), rng.pick(&["", " :", ":"])),
            _ => Sums::Edge,
        };
        let separator = match rng.below(6) {
            0 => Separator::Rule,
            1 => Separator::Characters("="),
            2 => Separator::Characters("*"),
            3 => Separator::Blank,
            _ => Separator::Characters("-"),
        };
        let body = Pen { stretch, ..Pen::new(family.regular, em, ink) };
        let amounts = receipt.items.iter().map(|item| receipt.money.bare(item.amount));
        let amount_width =
            amounts.map(|amount| body.width(&amount)).fold(body.width("00.00"), f32::max);
        Self {
            amount_width,
            receipt,
            labels: receipt.region.conventions().labels,
            canvas: Canvas::new(width, LENGTH_PX),
            body,
            family,
            left: margin,
            right: width as f32 - margin,
            y: rng.span(24.0, 60.0),
            leading: rng.span(1.22, 1.5),
            upper: rng.chance(45),
            centred: rng.chance(75),
            separator,
            sums,
            rng,
        }
    }

    /// Dots to the inch of the paper.
    pub(crate) fn dpi(&self) -> u32 {
        (self.canvas.image.width() as f32 / WIDTH_INCH).round() as u32
    }

    pub(crate) fn bold(&self) -> Pen {
        self.body.face(self.family.bold)
    }

    /// Capitals if this printer has no other; `ß` stays, as on real tills.
    pub(crate) fn cased(&self, text: &str) -> String {
        let capital = |c: char| {
            let mut upper = c.to_uppercase();
            if upper.len() == 1 { upper.next().unwrap_or(c) } else { c }
        };
        if self.upper { text.chars().map(capital).collect() } else { text.to_owned() }
    }

    pub(crate) fn advance(&mut self, pen: Pen) -> f32 {
        self.y += pen.em * self.leading;
        self.y
    }

    pub(crate) fn gap(&mut self, lines: f32) {
        self.y += self.body.em * lines;
    }

    /// One text on a line of its own, shrunk if it is too wide.
    pub(crate) fn line(&mut self, pen: Pen, anchor: Anchor, text: &str) {
        let text = self.cased(text);
        let room = self.right - self.left;
        let pen = pen.scaled((room / pen.width(&text).max(1.0)).min(1.0));
        let y = self.advance(pen);
        let x = match anchor {
            Anchor::Left => self.left,
            Anchor::Centre => (self.left + self.right) / 2.0,
            Anchor::Right => self.right,
        };
        self.canvas.text(pen, (anchor, x, y), &text);
    }

    /// As many lines as `text` needs; one that is little too wide is shrunk.
    pub(crate) fn paragraph(&mut self, pen: Pen, text: &str) {
        let anchor = if self.centred { Anchor::Centre } else { Anchor::Left };
        let (text, room) = (self.cased(text), self.right - self.left);
        let little = pen.width(&text) <= room * 1.2;
        let lines = if little { vec![text] } else { pen.wrap(&text, room) };
        for line in lines {
            self.line(pen, anchor, &line);
        }
    }

    /// A label at the left and a value at the right of one line.
    pub(crate) fn pair(&mut self, pen: Pen, label: &str, value: &str) {
        let (label, value) = (self.cased(label), self.cased(value));
        let y = self.advance(pen);
        let room = self.right - self.left - pen.width(&value) - pen.em * 0.8;
        let label_pen = pen.scaled((room / pen.width(&label).max(1.0)).min(1.0));
        self.canvas.text(label_pen, (Anchor::Left, self.left, y), &label);
        self.canvas.text(pen, (Anchor::Right, self.right, y), &value);
    }

    /// A label and an amount below the goods.
    pub(crate) fn sum(&mut self, pen: Pen, label: &str, amount: &str) {
        let Sums::Column(share, colon) = self.sums else {
            self.pair(pen, label, amount);
            return;
        };
        let label = format!("{}{colon}", self.cased(label).trim_end_matches(':'));
        let y = self.advance(pen);
        let room = self.right - self.left;
        let end = (self.left + room * share).min(self.right - pen.width(amount) - pen.em * 0.6);
        let label_pen = pen.scaled(((end - self.left) / pen.width(&label)).min(1.0));
        self.canvas.text(label_pen, (Anchor::Right, end, y), &label);
        self.canvas.text(pen, (Anchor::Right, self.right, y), &self.cased(amount));
    }

    pub(crate) fn separate(&mut self) {
        let pen = self.body;
        match self.separator {
            Separator::Rule => {
                self.gap(0.6);
                self.canvas.rule((self.left, self.right, self.y), 2.0, pen.ink);
                self.gap(0.15);
            }
            Separator::Characters(character) => {
                let count = ((self.right - self.left) / pen.width(character)).floor() as usize;
                let y = self.advance(pen.scaled(0.85));
                self.canvas.ornament(pen, (Anchor::Left, self.left, y), &character.repeat(count));
            }
            Separator::Blank => self.gap(0.7),
        }
    }
}
