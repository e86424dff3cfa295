//! A cut sheet of an invoice while it is set: its style, and the ways to put text on it.

use super::canvas::{Anchor, Area, Canvas};
use super::fonts::{Family, OFFICE_FAMILIES, Pen};
use super::invoice::Invoice;
use super::labels::Labels;
use super::region::Region;
use super::rng::Rng;

/// How the head of the first page is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    /// Company at the left, the word for invoice large at the right.
    Split,
    /// White on a band of colour.
    Band,
    /// Everything in the middle.
    Centred,
    /// Company at the right, the customer where an envelope has its window.
    Window,
}

/// How number and dates are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meta {
    /// Labels and values below one another at the right.
    Pairs,
    /// Side by side over the whole width, each label above its value.
    Row,
    /// The same in boxes.
    Boxes,
}

/// How the goods are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// A coloured line of headings.
    Filled,
    /// Thin lines between the rows.
    Ruled,
    /// Lines around every cell.
    Boxed,
    /// Every other row grey.
    Striped,
}

/// The manner of one invoice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) head: Head,
    pub(crate) meta: Meta,
    pub(crate) table: Table,
    pub(crate) family: Family,
    pub(crate) accent: [u8; 3],
    pub(crate) ink: [u8; 3],
    /// Whether the goods are numbered.
    pub(crate) numbered: bool,
    /// Whether labels end with a colon.
    pub(crate) colon: &'static str,
}

/// Colours of headings and lines.
pub(crate) const ACCENTS: [[u8; 3]; 9] = [
    [28, 62, 110],
    [20, 100, 120],
    [120, 32, 44],
    [40, 92, 60],
    [70, 60, 120],
    [196, 88, 28],
    [30, 30, 34],
    [30, 30, 34],
    [84, 92, 104],
];

impl Style {
    fn draw(region: Region, rng: &mut Rng) -> Self {
        let grey = rng.between(12, 52) as u8;
        let head = match region {
            Region::Germany if rng.chance(65) => Head::Window,
            _ => rng.pick(&[Head::Split, Head::Split, Head::Band, Head::Centred, Head::Window]),
        };
        Self {
            head,
            meta: rng.pick(&[Meta::Pairs, Meta::Pairs, Meta::Row, Meta::Boxes]),
            table: rng.pick(&[Table::Filled, Table::Ruled, Table::Boxed, Table::Striped]),
            family: rng.pick(&OFFICE_FAMILIES),
            accent: rng.pick(&ACCENTS),
            ink: [grey; 3],
            numbered: rng.chance(45),
            colon: rng.pick(&["", ":"]),
        }
    }
}

/// The sheet.
pub(crate) struct Sheet<'a> {
    pub(crate) invoice: &'a Invoice,
    pub(crate) labels: &'static Labels,
    pub(crate) style: Style,
    pub(crate) canvas: Canvas,
    /// Sheets that are full.
    pub(crate) done: Vec<Canvas>,
    pub(crate) rng: Rng,
    pub(crate) dpi: u32,
    /// Pixels to the millimetre.
    pub(crate) mm: f32,
    pub(crate) body: Pen,
    pub(crate) left: f32,
    pub(crate) right: f32,
    /// The baseline of the last line.
    pub(crate) y: f32,
    /// Where the footer begins.
    pub(crate) end: f32,
}

impl<'a> Sheet<'a> {
    /// An empty sheet: Letter in the United States, A4 elsewhere.
    pub(crate) fn new(invoice: &'a Invoice, rng: &mut Rng) -> Self {
        let mut rng = rng.fork();
        let dpi: u32 = rng.pick(&[150, 150, 150, 200]);
        let mm = dpi as f32 / 25.4;
        let (width, height) = match invoice.region {
            Region::UnitedStates => (215.9, 279.4),
            _ => (210.0, 297.0),
        };
        let style = Style::draw(invoice.region, &mut rng);
        let em = rng.span(3.1, 3.6) * mm;
        let margin = rng.span(16.0, 24.0) * mm;
        Self {
            invoice,
            labels: invoice.region.conventions().labels,
            style,
            canvas: Canvas::new((width * mm).round() as u32, (height * mm).round() as u32),
            done: Vec::new(),
            rng,
            dpi,
            mm,
            body: Pen::new(style.family.regular, em, style.ink),
            left: margin,
            right: width * mm - margin,
            y: 0.0,
            end: (height - 30.0) * mm,
        }
    }

    pub(crate) fn bold(&self) -> Pen {
        self.body.face(self.style.family.bold)
    }

    /// The distance between two baselines.
    pub(crate) fn leading(&self) -> f32 {
        self.body.em * 1.36
    }

    /// `label` as this style writes labels.
    pub(crate) fn label(&self, label: &str) -> String {
        format!("{}{}", label.trim_end_matches(':'), self.style.colon)
    }

    /// A date as this invoice writes dates.
    pub(crate) fn date(&self, date: jiff::civil::Date) -> String {
        self.invoice.region.date(date, self.invoice.date_pattern)
    }

    /// `text` at (`x`, `y`), made smaller where it is wider than `room`.
    pub(crate) fn put(&mut self, pen: Pen, (at, room): ((Anchor, f32, f32), f32), text: &str) {
        self.canvas.fit(pen, (at, room), text);
    }

    /// Lines below one another from `y` on, in a column from `left` of width `room`; gives the
    /// baseline of the last.
    pub(crate) fn column(
        &mut self,
        (left, y, room): (f32, f32, f32),
        lines: &[(Pen, String)],
    ) -> f32 {
        let mut y = y;
        for (pen, text) in lines {
            for line in pen.wrap(text, room) {
                y += (pen.em * 1.36).max(self.leading());
                self.put(*pen, ((Anchor::Left, left, y), room), &line);
            }
        }
        y
    }

    /// A hairline over the width of the text.
    pub(crate) fn rule(&mut self, y: f32, thick: f32) {
        self.canvas.rule((self.left, self.right, y), thick, self.style.accent);
    }

    /// Ends the page and begins the next, with its number at the foot of both.
    pub(crate) fn turn_page(&mut self) {
        let (width, height) = self.canvas.image.dimensions();
        let next = Canvas::new(width, height);
        self.done.push(std::mem::replace(&mut self.canvas, next));
        self.y = 24.0 * self.mm;
        let pen = self.body.scaled(0.88);
        let name = self.invoice.seller.name.clone();
        let number = format!("{} {}", self.labels.invoice_number[0], self.invoice.number);
        let half = (self.right - self.left) * 0.48;
        self.put(pen, ((Anchor::Left, self.left, self.y), half), &name);
        self.put(pen, ((Anchor::Right, self.right, self.y), half), &number);
        self.rule(self.y + 2.0 * self.mm, 1.0);
        self.y += 12.0 * self.mm;
    }

    /// The number of this page, at its foot.
    pub(crate) fn page_number(&mut self) {
        let text = format!("{} {}", self.labels.page, self.done.len() + 1);
        let y = self.canvas.image.height() as f32 - 7.0 * self.mm;
        let pen = self.body.scaled(0.8);
        self.put(pen, ((Anchor::Right, self.right, y), self.mm * 30.0), &text);
    }

    /// An upright rectangle from `top` to `bottom` over the width of the text.
    pub(crate) fn strip(&self, top: f32, bottom: f32) -> Area {
        Area::new([self.left, top, self.right, bottom])
    }
}
