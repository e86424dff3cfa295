//! What a till prints: the parts of a receipt from its head to its foot.

use super::canvas::{Anchor, Area, Canvas, PAPER};
use super::fonts::{Face, Pen};
use super::marks;
use super::money::percent;
use super::receipt::{Payment, Receipt};
use super::rng::Rng;
use super::roll::Roll;

/// How the lines of goods are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goods {
    /// `2 x Flat White      6.80`
    OneLine,
    /// The name, and below it `2 x 3.40      6.80`.
    TwoLines,
    /// Columns under headings.
    Table,
}

/// Sets `receipt` in one of many manners; gives the sheet and its dots to the inch.
pub(crate) fn lay_out(receipt: &Receipt, rng: &mut Rng) -> (Canvas, u32) {
    let mut roll = Roll::new(receipt, rng);
    roll.header();
    roll.meta();
    roll.goods();
    roll.totals();
    roll.payment();
    roll.footer();
    let end = roll.y + roll.rng.span(40.0, 80.0);
    roll.canvas.crop(end);
    let dpi = roll.dpi();
    (roll.canvas, dpi)
}

impl Roll<'_> {
    fn header(&mut self) {
        let receipt = self.receipt;
        if self.rng.chance(35) {
            let side = self.rng.span(70.0, 120.0);
            let x = if self.centred { (self.left + self.right - side) / 2.0 } else { self.left };
            let area = Area::new([x, self.y, x + side, self.y + side]);
            let ink = self.body.ink;
            marks::logo(&mut self.canvas, area, (&receipt.company, [ink, PAPER]), &mut self.rng);
            self.y += side + 8.0;
        }
        let times = self.rng.span(1.15, 1.65);
        let tracking = if self.rng.chance(20) { 2.0 } else { 0.0 };
        let name = Pen { tracking, ..self.bold().scaled(times) };
        self.paragraph(name, &receipt.company);
        if let Some(registration) = &receipt.registration {
            self.paragraph(self.body.scaled(0.9), registration);
        }
        self.address();
        let phone = format!("{}{}", self.rng.pick(self.labels.phone), receipt.phone);
        self.paragraph(self.body, &phone);
        if let Some(tax_id) = &receipt.tax_id {
            let text = format!("{}{tax_id}", self.rng.pick(self.labels.tax_id));
            self.paragraph(self.body, &text);
        }
        self.separate();
        if self.rng.chance(45) {
            self.title();
        }
    }

    /// One to three lines.
    fn address(&mut self) {
        let parts = &self.receipt.address;
        let per_line = self.rng.between(2, 3) as usize;
        let lines: Vec<String> = parts.chunks(per_line).map(|line| line.join(", ")).collect();
        let last = lines.len() - 1;
        for (index, line) in lines.iter().enumerate() {
            let comma = if index < last && self.rng.chance(70) { "," } else { "" };
            self.paragraph(self.body, &format!("{line}{comma}"));
        }
    }

    fn title(&mut self) {
        let title = self.rng.pick(self.labels.receipt);
        let title = self.cased(title);
        if self.rng.chance(30) {
            let pen = self.bold().scaled(1.1).ink(PAPER);
            self.gap(0.5);
            let (top, bottom) = (self.y, self.y + pen.em * 1.5);
            self.canvas.fill(Area::new([self.left, top, self.right, bottom]), self.body.ink);
            let middle = (self.left + self.right) / 2.0;
            self.canvas.text(pen, (Anchor::Centre, middle, top + pen.em * 1.08), &title);
            self.y = bottom;
        } else {
            let stretch = self.rng.pick(&[1.0, 1.0, 1.3]);
            self.paragraph(Pen { stretch, ..self.bold().scaled(1.1) }, &title);
        }
        self.gap(0.2);
    }

    fn meta(&mut self) {
        let (receipt, labels) = (self.receipt, self.labels);
        let date = receipt.region.date(receipt.date, receipt.date_pattern);
        let (hour, minute, second) = receipt.time;
        let time = match self.rng.below(3) {
            0 => format!("{hour:02}:{minute:02}:{second:02}"),
            1 if hour > 12 && receipt.region.has_half_days() => {
                format!("{}:{minute:02} PM", hour - 12)
            }
            _ => format!("{hour:02}:{minute:02}"),
        };
        let number = format!("{} {}", self.rng.pick(labels.receipt_number), receipt.number);
        let label = self.rng.pick(labels.date);
        let dated = format!("{label} {date}").trim().to_owned();
        let timed = format!("{} {time}", self.rng.pick(labels.time));
        let served = receipt.cashier.map(|who| format!("{} {who}", self.rng.pick(labels.cashier)));
        let body = self.body;
        match self.rng.below(3) {
            0 => {
                self.line(body, Anchor::Left, &number);
                self.pair(body, &dated, &timed);
            }
            1 => {
                self.line(body, Anchor::Left, &dated);
                self.line(body, Anchor::Left, &timed);
                self.line(body, Anchor::Left, &number);
            }
            _ => {
                self.pair(body, label, &format!("{date} {time}"));
                self.line(body, Anchor::Left, &number);
            }
        }
        if let Some(served) = served {
            self.line(body, Anchor::Left, &served);
        }
        self.separate();
    }

    fn goods(&mut self) {
        let receipt = self.receipt;
        let manner = self.rng.pick(&[Goods::OneLine, Goods::TwoLines, Goods::Table, Goods::Table]);
        if manner == Goods::Table {
            self.headings();
        }
        for item in &receipt.items {
            let amount = receipt.money.bare(item.amount);
            let unit = receipt.money.bare(item.unit);
            match manner {
                Goods::OneLine => {
                    let name = match item.quantity {
                        1 => item.name.clone(),
                        count => format!("{count} x {}", item.name),
                    };
                    self.pair(self.body, &name, &amount);
                }
                Goods::TwoLines => {
                    self.line(self.body, Anchor::Left, &item.name);
                    let y = self.advance(self.body);
                    let count = format!("{} x {unit}", item.quantity);
                    let indent = self.left + self.body.em * 1.6;
                    self.canvas.text(self.body, (Anchor::Left, indent, y), &count);
                    self.canvas.text(self.body, (Anchor::Right, self.right, y), &amount);
                }
                Goods::Table => {
                    let quantity = item.quantity.to_string();
                    self.row(self.body, [&item.name, &quantity, &unit, &amount]);
                }
            }
        }
        self.separate();
        if self.rng.chance(25) {
            let count: i64 = receipt.items.iter().map(|item| item.quantity).sum();
            let text = format!("{}: {count}", self.labels.items_sold);
            self.line(self.body, Anchor::Left, &text);
        }
    }

    fn headings(&mut self) {
        let labels = self.labels;
        let cells = [labels.item, labels.quantity, labels.price, labels.amount];
        let mut cells = cells.map(|words| self.rng.pick(words));
        // A heading that would have to be made tiny gives way to the shortest one.
        for (cell, words) in
            cells[1..].iter_mut().zip([labels.quantity, labels.price, labels.amount])
        {
            if self.body.width(cell) > 1.3 * self.amount_width {
                *cell = words.iter().min_by_key(|word| word.len()).copied().unwrap_or(*cell);
            }
        }
        let pen = if self.rng.chance(50) { self.bold() } else { self.body };
        self.row(pen, cells);
        if self.rng.chance(50) {
            self.separate();
        }
    }

    /// Name, quantity, unit price and amount in their columns.
    fn row(&mut self, pen: Pen, [name, quantity, unit, amount]: [&str; 4]) {
        let y = self.advance(pen);
        let gap = self.body.em * 0.55;
        let column = self.amount_width + gap;
        let unit_x = self.right - column;
        let quantity_x = unit_x - column;
        let name = self.cased(name);
        let room = quantity_x - self.left - self.body.width("00") - gap;
        let name = pen.cut(&name, room).to_owned();
        self.canvas.text(pen, (Anchor::Left, self.left, y), &name);
        for (x, text) in [(quantity_x, quantity), (unit_x, unit), (self.right, amount)] {
            let text = self.cased(text);
            let narrow = pen.scaled(((column - gap * 0.5) / pen.width(&text)).min(1.0));
            self.canvas.text(narrow, (Anchor::Right, x, y), &text);
        }
    }

    fn totals(&mut self) {
        let (receipt, labels, body) = (self.receipt, self.labels, self.body);
        let money = receipt.money;
        if receipt.subtotal != receipt.total || self.rng.chance(60) {
            let label = self.rng.pick(labels.subtotal);
            self.sum(body, label, &money.bare(receipt.subtotal));
        }
        if receipt.discount > 0 {
            let label = self.rng.pick(labels.discount);
            self.sum(body, label, &money.bare(-receipt.discount));
        }
        let rate = percent(receipt.tax_rate, money.decimal);
        let named =
            |words: &str| words.replace("{name}", receipt.tax_name).replace("{rate}", &rate);
        if receipt.tax > 0 && !receipt.tax_included {
            let label = named(self.rng.pick(labels.tax));
            self.sum(body, &label, &money.bare(receipt.tax));
        }
        if receipt.rounding != 0 {
            let label = self.rng.pick(labels.rounding);
            self.sum(body, label, &money.bare(receipt.rounding));
        }
        let boxed = self.rng.chance(40);
        if boxed {
            self.gap(0.55);
            self.canvas.rule((self.left, self.right, self.y), 2.0, body.ink);
        }
        let label = self.rng.pick(labels.total);
        let shown =
            if self.rng.chance(65) { money.full(receipt.total) } else { money.bare(receipt.total) };
        let pen = self.bold().scaled(self.rng.span(1.05, 1.45));
        self.sum(pen, label, &shown);
        self.canvas.note("total");
        self.marked(pen.width(&shown), pen.em);
        if boxed {
            self.gap(0.4);
            self.canvas.rule((self.left, self.right, self.y), 2.0, body.ink);
            self.canvas.rule((self.left, self.right, self.y + 5.0), 2.0, body.ink);
            self.gap(0.2);
        }
        if receipt.tax > 0 && receipt.tax_included {
            let label = named(self.rng.pick(labels.tax_inside));
            self.sum(body, &label, &money.bare(receipt.tax));
        }
    }

    /// Now and then somebody draws a loop around the total, `width` wide and just printed.
    fn marked(&mut self, width: f32, em: f32) {
        if !self.rng.chance(14) {
            return;
        }
        let (left, right) = (self.right - width, self.right);
        let area = Area::new([left, self.y - em * 0.95, right, self.y + em * 0.3]);
        let ink = self.rng.pick(&marks::PENS);
        marks::pen_loop(&mut self.canvas, area, ink, &mut self.rng);
    }

    fn payment(&mut self) {
        let (receipt, labels, body) = (self.receipt, self.labels, self.body);
        self.gap(0.3);
        match &receipt.payment {
            Payment::Cash { tendered, change } => {
                let (cash, back) = (self.rng.pick(labels.cash), self.rng.pick(labels.change));
                self.sum(body, cash, &receipt.money.bare(*tendered));
                self.sum(body, back, &receipt.money.bare(*change));
            }
            Payment::Card { brand, last } => {
                let card = format!("{brand} **** {last}");
                self.sum(body, &card, &receipt.money.bare(receipt.total));
            }
        }
        self.separate();
    }

    fn footer(&mut self) {
        self.centred = true;
        let thanks = self.rng.pick(self.labels.thanks);
        self.gap(0.3);
        self.paragraph(self.body, thanks);
        if self.rng.chance(55) {
            let notice = self.rng.pick(self.labels.notices);
            self.paragraph(self.body.scaled(0.88), notice);
        }
        if self.rng.chance(40) {
            self.gap(0.9);
            let room = (self.right - self.left) * 0.14;
            let (left, right) = (self.left + room, self.right - room);
            let area = Area::new([left, self.y, right, self.y + 76.0]);
            marks::bar_code(&mut self.canvas, area, self.body.ink, &mut self.rng);
            self.y = area.bottom;
            let digits = self.rng.digits(13);
            let pen = Pen { tracking: 3.0, ..self.body.face(Face::Mono).scaled(0.8) };
            self.line(pen, Anchor::Centre, &digits);
        }
    }
}
