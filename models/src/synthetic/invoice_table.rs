//! The goods of an invoice and what they add up to.

use super::canvas::{Anchor, Area, PAPER};
use super::fonts::Pen;
use super::money::percent;
use super::sheet::{Sheet, Table};

/// Grey of stripes and grids.
const STRIPE: [u8; 3] = [238, 239, 242];
const GRID: [u8; 3] = [150, 152, 158];

/// A column of the table: its heading, its edges and where its text stands.
#[derive(Debug, Clone)]
struct Column {
    heading: String,
    left: f32,
    right: f32,
    anchor: Anchor,
}

impl Column {
    fn x(&self, pad: f32) -> f32 {
        match self.anchor {
            Anchor::Left => self.left + pad,
            Anchor::Centre => (self.left + self.right) / 2.0,
            Anchor::Right => self.right - pad,
        }
    }
}

impl Sheet<'_> {
    /// The table, over as many pages as it needs.
    pub(crate) fn table(&mut self) {
        let columns = self.columns();
        let height = self.body.em * self.rng.span(1.85, 2.3);
        self.headings(&columns, height);
        let (mut sum, count) = (0, self.invoice.items.len());
        for index in 0..count {
            let item = &self.invoice.items[index];
            // Room for this row and the line that carries the sum over.
            if self.y + 2.0 * height > self.end {
                let carried = [self.labels.carried, &self.invoice.money.bare(sum)];
                self.carry(carried, height);
                self.page_number();
                self.turn_page();
                self.headings(&columns, height);
                self.carry(carried, height);
            }
            sum += item.amount;
            let money = self.invoice.money;
            let mut cells = vec![
                item.name.clone(),
                item.quantity.to_string(),
                money.bare(item.unit),
                money.bare(item.amount),
            ];
            if self.style.numbered {
                cells.insert(0, (index + 1).to_string());
            }
            if self.style.table == Table::Striped && index % 2 == 1 {
                let strip = self.strip(self.y, self.y + height);
                self.canvas.fill(strip, STRIPE);
            }
            self.row(&columns, (self.body, height), &cells);
        }
        if self.style.table != Table::Boxed {
            self.rule(self.y, if self.style.table == Table::Ruled { 3.0 } else { 1.0 });
        }
    }

    fn columns(&mut self) -> Vec<Column> {
        let labels = self.labels;
        let [name, quantity, price, amount] =
            [labels.description, labels.quantity, labels.unit_price, labels.amount]
                .map(|words| self.rng.pick(words));
        let width = self.right - self.left;
        let mut shares = vec![(name, 0.5), (quantity, 0.12), (price, 0.19), (amount, 0.19)];
        if self.style.numbered {
            shares[0].1 = 0.42;
            shares.insert(0, (labels.position, 0.08));
        }
        let mut left = self.left;
        let names = usize::from(self.style.numbered);
        let one = |(index, (heading, share)): (usize, (&str, f32))| {
            let right = left + width * share;
            let anchor = if index <= names { Anchor::Left } else { Anchor::Right };
            let column = Column { heading: heading.to_owned(), left, right, anchor };
            left = right;
            column
        };
        shares.into_iter().enumerate().map(one).collect()
    }

    fn headings(&mut self, columns: &[Column], height: f32) {
        let headings: Vec<String> = columns.iter().map(|column| column.heading.clone()).collect();
        let pen = match self.style.table {
            Table::Filled => {
                let strip = self.strip(self.y, self.y + height);
                self.canvas.fill(strip, self.style.accent);
                self.bold().ink(PAPER)
            }
            Table::Boxed => {
                let strip = self.strip(self.y, self.y + height);
                self.canvas.fill(strip, STRIPE);
                self.bold()
            }
            Table::Ruled | Table::Striped => self.bold().ink(self.style.accent),
        };
        self.row(columns, (pen, height), &headings);
        if matches!(self.style.table, Table::Ruled | Table::Striped) {
            self.rule(self.y, 3.0);
        }
    }

    fn row(&mut self, columns: &[Column], (pen, height): (Pen, f32), cells: &[String]) {
        let pad = self.body.em * 0.5;
        let baseline = self.y + height / 2.0 + pen.em * 0.35;
        for (column, cell) in columns.iter().zip(cells) {
            let room = column.right - column.left - 2.0 * pad;
            self.put(pen, ((column.anchor, column.x(pad), baseline), room), cell);
            if self.style.table == Table::Boxed {
                let area = Area::new([column.left, self.y, column.right + 1.0, self.y + height]);
                self.canvas.frame(area, 1.0, GRID);
            }
        }
        self.y += height;
        if self.style.table == Table::Ruled {
            self.canvas.rule((self.left, self.right, self.y), 1.0, GRID);
        }
    }

    /// The sum so far, where the table is broken.
    fn carry(&mut self, [label, amount]: [&str; 2], height: f32) {
        let pen = self.body.face(self.style.family.italic);
        let (pad, baseline) = (self.body.em * 0.5, self.y + height / 2.0 + pen.em * 0.35);
        let half = (self.right - self.left) / 2.0;
        self.put(pen, ((Anchor::Left, self.left + pad, baseline), half), label);
        self.put(pen, ((Anchor::Right, self.right - pad, baseline), half), amount);
        self.y += height;
    }

    /// Net, discount, tax and total at the right.
    pub(crate) fn totals(&mut self) {
        let (invoice, labels) = (self.invoice, self.labels);
        let money = invoice.money;
        if self.y + 5.2 * self.body.em * 1.9 > self.end {
            self.page_number();
            self.turn_page();
        }
        let full = self.rng.chance(50);
        let shown = |cents: i64| if full { money.full(cents) } else { money.bare(cents) };
        let net = self.rng.pick(labels.net).to_owned();
        let mut sums = vec![(net, shown(invoice.subtotal))];
        if invoice.discount > 0 {
            let label = self.rng.pick(labels.discount).to_owned();
            sums.push((label, shown(-invoice.discount)));
        }
        if invoice.tax > 0 {
            let rate = percent(invoice.tax_rate, money.decimal);
            let label = self.rng.pick(labels.tax);
            let label = label.replace("{name}", invoice.tax_name).replace("{rate}", &rate);
            sums.push((label, shown(invoice.tax)));
        }
        let pad = self.body.em * 0.5;
        let left = self.right - (self.right - self.left) * self.rng.span(0.4, 0.48);
        let (room, right) = ((self.right - left) * 0.54, self.right - pad);
        self.y += self.body.em * 0.6;
        for (label, amount) in &sums {
            self.y += self.body.em * 1.7;
            let label = self.label(label);
            self.put(self.body, ((Anchor::Left, left + pad, self.y), room), &label);
            self.put(self.body, ((Anchor::Right, right, self.y), room), amount);
        }
        self.total((left, room));
    }

    fn total(&mut self, (left, room): (f32, f32)) {
        let label = self.rng.pick(self.labels.amount_due);
        let label = self.label(label);
        let amount = self.invoice.money.full(self.invoice.total);
        let pad = self.body.em * 0.5;
        let (top, height) = (self.y + self.body.em * 0.7, self.body.em * 2.3);
        let area = Area::new([left, top, self.right, top + height]);
        let mut pen = self.bold().scaled(self.rng.span(1.05, 1.3));
        match self.rng.below(3) {
            0 => {
                self.canvas.fill(area, self.style.accent);
                pen = pen.ink(PAPER);
            }
            1 => self.canvas.frame(area, 2.0, self.style.accent),
            _ => self.canvas.rule((left, self.right, top), 2.0, self.style.accent),
        }
        let y = top + height / 2.0 + pen.em * 0.35;
        self.put(pen, ((Anchor::Left, left + pad, y), room * 0.82), &label);
        self.put(pen, ((Anchor::Right, self.right - pad, y), room), &amount);
        self.canvas.note("total");
        self.y = top + height;
    }
}
