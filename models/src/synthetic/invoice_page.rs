//! How an invoice is set: its head, the parties, number and dates, closing words and footer.

use super::canvas::{Anchor, Area, Canvas, PAPER};
use super::fonts::Pen;
use super::invoice::Invoice;
use super::marks;
use super::rng::Rng;
use super::sheet::{Head, Meta, Sheet};

/// Sets `invoice` in one of many manners; gives the sheets and their dots to the inch.
pub(crate) fn lay_out(invoice: &Invoice, rng: &mut Rng) -> (Vec<Canvas>, u32) {
    let mut sheet = Sheet::new(invoice, rng);
    match sheet.style.head {
        Head::Split => sheet.head_split(),
        Head::Band => sheet.head_band(),
        Head::Centred => sheet.head_centred(),
        Head::Window => sheet.head_window(),
    }
    sheet.table();
    sheet.totals();
    sheet.closing();
    sheet.footer();
    let mut sheets = sheet.done;
    sheets.push(sheet.canvas);
    (sheets, sheet.dpi)
}

impl Sheet<'_> {
    /// Where the seller can be reached, line by line.
    fn contact(&mut self) -> Vec<String> {
        let invoice = self.invoice;
        let per_line = self.rng.between(1, 2) as usize;
        let mut lines: Vec<String> =
            invoice.seller.address.chunks(per_line).map(|line| line.join(", ")).collect();
        lines.push(format!("{}{}", self.rng.pick(self.labels.phone), invoice.phone));
        if self.rng.chance(70) {
            lines.push(invoice.mail.clone());
        }
        if self.rng.chance(50) {
            lines.push(format!("{}{}", self.rng.pick(self.labels.tax_id), invoice.tax_id));
        }
        lines
    }

    /// Number, dates and what else an invoice is known by.
    fn facts(&mut self) -> Vec<(String, String)> {
        let (invoice, labels) = (self.invoice, self.labels);
        let mut facts = vec![
            (self.rng.pick(labels.invoice_number), invoice.number.clone()),
            (self.rng.pick(labels.invoice_date), self.date(invoice.date)),
        ];
        if self.rng.chance(50) {
            let days =
                self.rng.pick(labels.terms_days).replace("{days}", &invoice.days.to_string());
            facts.push((self.rng.pick(labels.terms), days));
        }
        facts.push((self.rng.pick(labels.due_date), self.date(invoice.due)));
        if let Some(order) = &invoice.order {
            facts.push((self.rng.pick(labels.order), order.clone()));
        }
        facts.into_iter().map(|(label, value)| (self.label(label), value)).collect()
    }

    /// A logo with its top left corner at (`x`, `y`).
    fn logo(&mut self, (x, y): (f32, f32), side: f32, ink: [u8; 3]) {
        let area = Area::new([x, y, x + side, y + side]);
        let name = &self.invoice.seller.name;
        let letter = if ink == PAPER { self.style.accent } else { PAPER };
        marks::logo(&mut self.canvas, area, (name, [ink, letter]), &mut self.rng);
    }

    fn title(&mut self) -> String {
        self.rng.pick(self.labels.invoice).to_owned()
    }

    fn head_split(&mut self) {
        let (mm, ink) = (self.mm, self.style.ink);
        let mut top = self.rng.span(12.0, 20.0) * mm;
        let right = self.right;
        let title = self.title();
        let big = self.bold().scaled(self.rng.span(2.0, 2.9)).ink(self.style.accent);
        self.put(big, ((Anchor::Right, right, top + big.em), 70.0 * mm), &title);
        let mut left = self.left;
        if self.rng.chance(65) {
            let side = self.rng.span(14.0, 22.0) * mm;
            self.logo((left, top), side, self.style.accent);
            if self.rng.chance(50) {
                left += side + 5.0 * mm;
            } else {
                top += side;
            }
        }
        let name = self.bold().scaled(self.rng.span(1.2, 1.6)).ink(ink);
        let mut lines = vec![(name, self.invoice.seller.name.clone())];
        let small = self.body.scaled(0.92);
        lines.extend(self.contact().into_iter().map(|line| (small, line)));
        let room = right - left - 74.0 * mm;
        self.y = self.column((left, top - 2.0 * mm, room), &lines) + 8.0 * mm;
        self.parties();
    }

    fn head_band(&mut self) {
        let mm = self.mm;
        let height = self.rng.span(24.0, 34.0) * mm;
        let width = self.canvas.image.width() as f32;
        self.canvas.fill(Area::new([0.0, 0.0, width, height]), self.style.accent);
        let mut left = self.left;
        if self.rng.chance(50) {
            let side = height * 0.5;
            self.logo((left, height * 0.25), side, PAPER);
            left += side + 5.0 * mm;
        }
        let (name, title) = (self.invoice.seller.name.clone(), self.title());
        let pen = self.bold().scaled(1.55).ink(PAPER);
        let y = height / 2.0 + pen.em * 0.35;
        let room = self.right - left - 56.0 * mm;
        self.put(pen, ((Anchor::Left, left, y), room), &name);
        let big = self.body.scaled(1.9).ink(PAPER);
        self.put(big, ((Anchor::Right, self.right, y), 50.0 * mm), &title);
        let contact = self.contact().join("  |  ");
        let small = self.body.scaled(0.9);
        let place = (self.left, height + mm, self.right - self.left);
        self.y = self.column(place, &[(small, contact)]) + 8.0 * mm;
        self.parties();
    }

    fn head_centred(&mut self) {
        let mm = self.mm;
        self.y = self.rng.span(14.0, 20.0) * mm;
        let middle = (self.left + self.right) / 2.0;
        let room = self.right - self.left;
        let name = self.bold().scaled(self.rng.span(1.5, 2.0)).ink(self.style.accent);
        self.y += name.em;
        let company = self.invoice.seller.name.clone();
        self.put(name, ((Anchor::Centre, middle, self.y), room), &company);
        let small = self.body.scaled(0.92);
        for line in self.contact() {
            self.y += self.leading();
            self.put(small, ((Anchor::Centre, middle, self.y), room), &line);
        }
        self.y += 4.0 * mm;
        self.rule(self.y, 3.0);
        let title = self.title();
        let big = Pen { tracking: 3.0, ..self.bold().scaled(1.5) };
        self.y += 4.0 * mm + big.em;
        self.put(big, ((Anchor::Centre, middle, self.y), room), &title);
        self.y += 6.0 * mm;
        self.parties();
    }

    /// The letter of DIN 5008: sender above the window, facts at the right, a subject below.
    fn head_window(&mut self) {
        let (mm, invoice) = (self.mm, self.invoice);
        let pen = self.bold().scaled(1.45).ink(self.style.accent);
        let company = invoice.seller.name.clone();
        let top = self.rng.span(14.0, 18.0) * mm;
        let side = 13.0 * mm;
        let mut right = self.right;
        if self.rng.chance(60) {
            self.logo((right - side, top - side * 0.3), side, self.style.accent);
            right -= side + 4.0 * mm;
        }
        self.put(pen, ((Anchor::Right, right, top + pen.em), 110.0 * mm), &company);
        let tiny = self.body.scaled(0.68);
        let sender = format!("{company} - {}", invoice.seller.address.join(" - "));
        let y = 46.0 * mm;
        self.put(tiny, ((Anchor::Left, self.left, y), 85.0 * mm), &sender);
        self.canvas.rule((self.left, self.left + 85.0 * mm, y + 1.2 * mm), 1.0, self.style.ink);
        let mut lines = vec![(self.body, invoice.buyer.name.clone())];
        lines.extend(invoice.buyer.address.iter().map(|part| (self.body, part.clone())));
        let low = self.column((self.left, y + 3.0 * mm, 85.0 * mm), &lines);
        let facts = self.facts();
        let facts_left = self.left + (self.right - self.left) * 0.58;
        let facts_low = self.pairs((facts_left, y - self.leading()), &facts);
        self.y = low.max(facts_low) + 14.0 * mm;
        let subject = format!("{} {}", self.title(), invoice.number);
        let pen = self.bold().scaled(1.3);
        self.put(pen, ((Anchor::Left, self.left, self.y), 120.0 * mm), &subject);
        self.y += 6.0 * mm;
    }

    /// The customer, with number and dates beside or below.
    fn parties(&mut self) {
        let (invoice, top) = (self.invoice, self.y);
        let head = self.bold().ink(self.style.accent);
        let to = self.rng.pick(self.labels.bill_to);
        let mut lines = vec![(head, self.label(to)), (self.bold(), invoice.buyer.name.clone())];
        let per_line = self.rng.between(1, 2) as usize;
        let address = invoice.buyer.address.chunks(per_line);
        lines.extend(address.map(|line| (self.body, line.join(", "))));
        let half = (self.right - self.left) * 0.48;
        let low = self.column((self.left, top, half), &lines);
        let facts = self.facts();
        if self.style.meta == Meta::Pairs {
            let left = self.left + (self.right - self.left) * 0.56;
            self.y = self.pairs((left, top), &facts).max(low) + 7.0 * self.mm;
        } else {
            self.y = low + 5.0 * self.mm;
            self.facts_row(&facts);
        }
    }

    /// Labels and values below one another; gives the last baseline.
    fn pairs(&mut self, (left, top): (f32, f32), facts: &[(String, String)]) -> f32 {
        let room = (self.right - left) * 0.52;
        let flush = self.rng.chance(50);
        let mut y = top;
        for (label, value) in facts {
            y += self.leading() * 1.08;
            self.put(self.body, ((Anchor::Left, left, y), room), label);
            let at = if flush {
                (Anchor::Right, self.right, y)
            } else {
                (Anchor::Left, left + room * 1.06, y)
            };
            self.put(self.bold(), (at, room * 0.86), value);
        }
        y
    }

    /// Labels above values, side by side.
    fn facts_row(&mut self, facts: &[(String, String)]) {
        let width = (self.right - self.left) / facts.len() as f32;
        let (height, pad) = (self.body.em * 3.5, self.body.em * 0.45);
        let boxed = self.style.meta == Meta::Boxes;
        for (place, (label, value)) in facts.iter().enumerate() {
            let left = self.left + width * place as f32;
            let area = Area::new([left, self.y, left + width + 1.0, self.y + height]);
            if boxed {
                self.canvas.frame(area, 1.0, self.style.ink);
            }
            let (room, x) = (width - 2.0 * pad, left + pad);
            let small = self.body.scaled(0.85).ink(self.style.accent);
            let upper = self.y + self.body.em * 1.35;
            self.put(small, ((Anchor::Left, x, upper), room), label);
            let lower = self.y + self.body.em * 2.75;
            self.put(self.bold(), ((Anchor::Left, x, lower), room), value);
        }
        self.y += height + 6.0 * self.mm;
    }

    /// What is said below the total; a stamp and a signature where there is room.
    fn closing(&mut self) {
        let mm = self.mm;
        self.y += 4.0 * mm;
        let due = self.date(self.invoice.due);
        let (sentences, first) = (self.labels.closing, self.rng.below(4));
        for place in 0..self.rng.between(1, 2) as usize {
            let sentence = sentences[(first + place) % sentences.len()].replace("{date}", &due);
            let pen = self.body.face(self.style.family.italic);
            if self.y + 2.0 * self.leading() < self.end {
                let place = (self.left, self.y, self.right - self.left);
                self.y = self.column(place, &[(pen, sentence)]) + 1.0 * mm;
            }
        }
        if self.y + 30.0 * mm > self.end {
            return;
        }
        let ink = self.rng.pick(&marks::PENS);
        if self.rng.chance(30) {
            let area = Area::new([self.left, self.y + 6.0 * mm, self.left + 46.0 * mm, 0.0]);
            let area = Area { bottom: area.top + 13.0 * mm, ..area };
            marks::signature(&mut self.canvas, area, ink, &mut self.rng);
            let end = self.left + 60.0 * mm;
            self.canvas.rule((self.left, end, area.bottom + mm), 1.0, self.style.ink);
        }
        if self.rng.chance(25) {
            let place = (self.right - 34.0 * mm, self.y + 14.0 * mm);
            let stamped = if self.rng.chance(50) { due } else { String::new() };
            let word = self.rng.pick(self.labels.stamps);
            marks::stamp(&mut self.canvas, place, [word, &stamped], &mut self.rng);
        }
    }

    /// Who to pay, in columns above the edge of the last page; holes in some.
    fn footer(&mut self) {
        let (mm, invoice) = (self.mm, self.invoice);
        let tiny = self.body.scaled(0.78);
        let top = self.end + 4.0 * mm;
        self.rule(top, 1.0);
        let width = (self.right - self.left) / 3.0;
        let [bank, account] = [self.labels.bank, self.labels.account].map(|w| self.rng.pick(w));
        let columns = [
            [invoice.seller.name.clone(), invoice.seller.address.join(", ")],
            [invoice.phone.clone(), invoice.mail.clone()],
            [format!("{bank}: {}", invoice.bank), format!("{account}: {}", invoice.account)],
        ];
        for (place, [upper, lower]) in columns.into_iter().enumerate() {
            let (left, room) = (self.left + width * place as f32, width - 3.0 * mm);
            let y = self.column((left, top, room), &[(tiny, upper)]);
            if place == 2 {
                // An account number is not broken.
                let y = y + self.leading();
                self.put(tiny, ((Anchor::Left, left, y), room), &lower);
            } else {
                self.column((left, y, room), &[(tiny, lower)]);
            }
        }
        if !self.done.is_empty() {
            self.page_number();
        }
        if self.rng.chance(20) {
            let inch = self.mm * 25.4;
            for canvas in self.done.iter_mut().chain([&mut self.canvas]) {
                marks::holes(canvas, inch, &mut self.rng.clone());
            }
        }
    }
}
