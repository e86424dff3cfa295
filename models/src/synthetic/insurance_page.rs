//! How certificates of insurance are set: the broker's form of the United States with its table
//! of coverages, and the letter of an insurer elsewhere.

use super::canvas::{Anchor, Canvas, PAPER};
use super::form::{Column, Form, Value};
use super::insurance::{Certificate, Cover};
use super::marks;
use super::region::Region;
use super::rng::Rng;

/// Sets `certificate`; gives the sheet and its dots to the inch.
pub(crate) fn lay_out(certificate: &Certificate, rng: &mut Rng) -> (Canvas, u32) {
    let form = Form::office(certificate.region, rng);
    let mut page = Page { right: form.size.0 - 12.0, form, certificate };
    match certificate.region {
        Region::UnitedStates => page.broker(),
        _ => page.letter(),
    }
    (page.form.canvas, page.form.dpi)
}

struct Page<'a> {
    form: Form,
    certificate: &'a Certificate,
    right: f32,
}

const LEFT: f32 = 12.0;
const NOTICE: &str = "THIS CERTIFICATE IS ISSUED AS A MATTER OF INFORMATION ONLY AND CONFERS NO \
    RIGHTS UPON THE CERTIFICATE HOLDER. IT DOES NOT AMEND, EXTEND OR ALTER THE COVERAGE AFFORDED \
    BY THE POLICIES BELOW.";
const COVERAGES: &str = "THIS IS TO CERTIFY THAT THE POLICIES OF INSURANCE LISTED BELOW HAVE BEEN \
    ISSUED TO THE INSURED NAMED ABOVE FOR THE POLICY PERIOD INDICATED.";
const CANCELLATION: &str = "SHOULD ANY OF THE ABOVE DESCRIBED POLICIES BE CANCELLED BEFORE THE \
    EXPIRATION DATE THEREOF, NOTICE WILL BE DELIVERED IN ACCORDANCE WITH THE POLICY PROVISIONS.";

impl Page<'_> {
    fn date(&self, date: jiff::civil::Date) -> String {
        self.certificate.region.date(date, self.certificate.date_pattern)
    }

    fn broker(&mut self) {
        let (certificate, right) = (self.certificate, self.right);
        let middle = (LEFT + right) / 2.0;
        let date = self.date(certificate.date);
        let form = &mut self.form;
        let title = form.bold(5.2);
        let at = (Anchor::Centre, middle - 8.0, 17.0);
        form.text(title, (at, 118.0), "CERTIFICATE OF LIABILITY INSURANCE");
        form.field([right - 32.0, 9.0, right, 19.0], "DATE (MM/DD/YYYY)", &[("date", &date)]);
        form.frame([LEFT, 19.0, right, 30.0], 0.2);
        let small = form.regular(2.3);
        form.paragraph(small, (LEFT + 1.0, 19.2, right - LEFT - 2.0), NOTICE);
        let mut producer = vec![("producer", certificate.producer.as_str())];
        producer.extend(certificate.producer_address.iter().map(|part| ("", part.as_str())));
        form.field([LEFT, 30.0, middle, 55.0], "PRODUCER", &producer);
        let mut insured = vec![("company", certificate.insured.as_str())];
        insured.extend(certificate.address.iter().map(|part| ("", part.as_str())));
        form.field([LEFT, 55.0, middle, 80.0], "INSURED", &insured);
        form.field(
            [middle, 30.0, right, 41.0],
            "PHONE (A/C, No, Ext)",
            &[("", &certificate.phone)],
        );
        self.insurers(middle);
        let form = &mut self.form;
        form.frame([LEFT, 80.0, right, 94.0], 0.2);
        let (head, number) = (form.bold(3.0), &certificate.number);
        form.text(head, ((Anchor::Left, LEFT + 1.0, 84.0), 50.0), "COVERAGES");
        form.text(head, ((Anchor::Left, middle - 8.0, 84.0), 48.0), "CERTIFICATE NUMBER:");
        let place = (Anchor::Left, middle + 32.0, 84.0);
        form.value((place, 44.0), ("certificate_number", number));
        form.paragraph(small, (LEFT + 1.0, 85.4, right - LEFT - 2.0), COVERAGES);
        let low = self.coverages(94.0);
        self.holder(low);
    }

    fn insurers(&mut self, middle: f32) {
        let (certificate, right) = (self.certificate, self.right);
        let form = &mut self.form;
        form.frame([middle, 41.0, right, 80.0], 0.2);
        let small = form.bold(2.3);
        let at = (Anchor::Centre, (middle + right - 22.0) / 2.0, 45.0);
        form.text(small, (at, 70.0), "INSURER(S) AFFORDING COVERAGE");
        form.text(small, ((Anchor::Centre, right - 10.0, 45.0), 18.0), "NAIC #");
        let mut y = 47.0;
        for (place, letter) in ["A", "B", "C", "D"].into_iter().enumerate() {
            y += 7.6;
            form.rule((middle, right, y - 5.6), 0.2);
            let label = format!("INSURER {letter} :");
            let pen = form.regular(2.4);
            form.text(pen, ((Anchor::Left, middle + 1.0, y), 18.0), &label);
            if let Some((name, naic)) = certificate.insurers.get(place) {
                let key = if place == 0 { "insurer" } else { "" };
                form.value(((Anchor::Left, middle + 19.0, y), 52.0), (key, name));
                form.value(((Anchor::Centre, right - 10.0, y), 18.0), ("", naic));
            }
        }
    }

    /// The table; gives its lower edge.
    fn coverages(&mut self, top: f32) -> f32 {
        let (certificate, right) = (self.certificate, self.right);
        let column = |left, right, heading| Column {
            left: LEFT + left,
            right: LEFT + right,
            anchor: Anchor::Left,
            heading,
        };
        let columns = [
            column(0.0, 10.0, "LTR"),
            column(10.0, 58.0, "TYPE OF INSURANCE"),
            column(58.0, 92.0, "POLICY NUMBER"),
            column(92.0, 114.0, "POLICY EFF"),
            column(114.0, 136.0, "POLICY EXP"),
            Column { right, ..column(136.0, 0.0, "LIMITS") },
        ];
        self.form.headings((top, top + 7.0), &columns, false);
        let mut y = top + 7.0;
        for (place, cover) in certificate.covers.iter().enumerate() {
            let height = 6.0 + 5.4 * cover.limits.len().max(2) as f32;
            self.cover(place, (y, y + height), &columns);
            y += height;
        }
        for column in &columns {
            self.form.frame([column.left, top, column.right, y], 0.2);
        }
        y
    }

    fn cover(&mut self, place: usize, (top, bottom): (f32, f32), columns: &[Column]) {
        let cover = &self.certificate.covers[place];
        let (from, to) = (self.date(cover.from), self.date(cover.to));
        let form = &mut self.form;
        let letter = ["A", "B", "C"][place % self.certificate.insurers.len()];
        let (keys, y) = (place == 0, top + 5.0);
        let key = |name: &'static str| if keys { name } else { "" };
        let heading = form.bold(2.5);
        form.text(heading, ((Anchor::Left, columns[1].left + 1.0, y), 46.0), cover.name);
        if keys {
            form.tick((columns[1].left + 2.0, y + 5.0), false, "CLAIMS-MADE");
            form.tick((columns[1].left + 25.0, y + 5.0), true, "OCCUR");
        }
        let values: [Value; 4] = [
            ("", letter),
            (key("policy_number"), &cover.policy),
            (key("effective_date"), &from),
            (key("expiry_date"), &to),
        ];
        let pen = form.typed.scaled(0.92);
        let into = [columns[0], columns[2], columns[3], columns[4]];
        form.row(pen, (y + 2.0, &into), &values);
        let limits = columns[5];
        let small = form.regular(2.2);
        for (step, (what, cents)) in (0_u8..).zip(&cover.limits) {
            let y = y + 5.4 * f32::from(step);
            let room = (limits.right - limits.left) * 0.56;
            form.text(small, ((Anchor::Left, limits.left + 1.0, y), room), what);
            let sum = dollars(*cents);
            let key = if step == 0 { key("coverage") } else { "" };
            form.value(((Anchor::Right, limits.right - 1.0, y), room * 0.68), (key, &sum));
        }
        form.rule((columns[0].left, limits.right, bottom), 0.2);
    }

    fn holder(&mut self, low: f32) {
        let (certificate, right) = (self.certificate, self.right);
        let middle = (LEFT + right) / 2.0;
        let form = &mut self.form;
        let description = "DESCRIPTION OF OPERATIONS / LOCATIONS / VEHICLES";
        let said = format!("Certificate holder is additional insured: {}", certificate.holder);
        form.field([LEFT, low, right, low + 24.0], description, &[("", &said)]);
        let top = low + 24.0;
        let mut lines = vec![("holder", certificate.holder.as_str())];
        lines.extend(certificate.holder_address.iter().map(|part| ("", part.as_str())));
        let (head, small) = (form.bold(3.0), form.regular(2.2));
        form.text(head, ((Anchor::Left, LEFT + 1.0, top + 4.6), 60.0), "CERTIFICATE HOLDER");
        form.text(head, ((Anchor::Left, middle + 1.0, top + 4.6), 60.0), "CANCELLATION");
        form.frame([LEFT, top + 6.0, middle, top + 38.0], 0.2);
        form.frame([middle, top + 6.0, right, top + 38.0], 0.2);
        form.values((LEFT + 2.0, top + 8.0, middle - LEFT - 4.0), &lines);
        form.paragraph(small, (middle + 1.0, top + 6.4, right - middle - 2.0), CANCELLATION);
        let label = "AUTHORIZED REPRESENTATIVE";
        form.text(small, ((Anchor::Left, middle + 1.0, top + 23.0), 60.0), label);
        let area = form.area([middle + 8.0, top + 25.0, middle + 60.0, top + 36.0]);
        let ink = form.rng.pick(&marks::PENS);
        marks::signature(&mut form.canvas, area, ink, &mut form.rng);
    }
}

/// Whole dollars, as limits are printed.
fn dollars(cents: i64) -> String {
    let whole = Region::UnitedStates.conventions().money[0].full(cents);
    whole.trim_end_matches(".00").to_owned()
}

/// The words of an insurer's letter.
struct Labels {
    title: &'static str,
    intro: &'static str,
    insured: &'static str,
    address: &'static str,
    insurer: &'static str,
    policy: &'static str,
    from: &'static str,
    to: &'static str,
    kind: &'static str,
    certificate: &'static str,
    date: &'static str,
    holder: &'static str,
    close: &'static str,
}

const BRITISH: Labels = Labels {
    title: "Certificate of Insurance",
    intro: "We certify that the following insurance is in force for the policyholder named below.",
    insured: "Policyholder",
    address: "Address",
    insurer: "Insurer",
    policy: "Policy number",
    from: "Effective date",
    to: "Expiry date",
    kind: "Class of insurance",
    certificate: "Certificate number",
    date: "Date",
    holder: "Certificate holder",
    close: "Subject to the terms, conditions and exclusions of the policy.",
};
const GERMAN: Labels = Labels {
    title: "Versicherungsbestätigung",
    intro: "Wir bestätigen, dass für den genannten Versicherungsnehmer folgender \
        Versicherungsschutz besteht.",
    insured: "Versicherungsnehmer",
    address: "Anschrift",
    insurer: "Versicherer",
    policy: "Versicherungsschein-Nr.",
    from: "Versicherungsbeginn",
    to: "Versicherungsablauf",
    kind: "Art der Versicherung",
    certificate: "Bestätigung Nr.",
    date: "Datum",
    holder: "Vorzulegen bei",
    close: "Es gelten die Bedingungen des Versicherungsvertrags.",
};
const FRENCH: Labels = Labels {
    title: "Attestation d'assurance",
    intro: "Nous attestons que l'assuré désigné ci-dessous est titulaire des garanties suivantes.",
    insured: "Assuré",
    address: "Adresse",
    insurer: "Assureur",
    policy: "Police n°",
    from: "Date d'effet",
    to: "Date d'échéance",
    kind: "Nature de la garantie",
    certificate: "Attestation n°",
    date: "Date",
    holder: "Destinataire",
    close: "La présente attestation ne peut engager l'assureur au-delà du contrat.",
};

impl Page<'_> {
    /// The letter of an insurer.
    fn letter(&mut self) {
        let certificate = self.certificate;
        let words = match certificate.region {
            Region::Germany => &GERMAN,
            Region::France => &FRENCH,
            _ => &BRITISH,
        };
        let (left, right) = (LEFT + 10.0, self.right - 8.0);
        let insurer = &certificate.insurers[0].0;
        let head = self.form.bold(5.6).ink(self.form.accent);
        self.form.claim(head, ((Anchor::Left, left, 24.0), 110.0), ("insurer", insurer));
        let side = self.form.area([right - 14.0, 14.0, right, 28.0]);
        let inks = [self.form.accent, PAPER];
        marks::logo(&mut self.form.canvas, side, (insurer, inks), &mut self.form.rng);
        let title = self.form.bold(6.2);
        self.form.text(title, ((Anchor::Left, left, 46.0), right - left), words.title);
        let pen = self.form.regular(3.4);
        let mut y = self.form.paragraph(pen, (left, 49.0, right - left), words.intro) + 4.0;
        let cover = &certificate.covers[0];
        let address = certificate.address.join(", ");
        let facts = [
            (words.certificate, ("certificate_number", certificate.number.clone())),
            (words.date, ("date", self.date(certificate.date))),
            (words.insured, ("company", certificate.insured.clone())),
            (words.address, ("", address)),
            (words.insurer, ("", insurer.clone())),
            (words.policy, ("policy_number", cover.policy.clone())),
            (words.from, ("effective_date", self.date(cover.from))),
            (words.to, ("expiry_date", self.date(cover.to))),
            (words.holder, ("holder", certificate.holder.clone())),
        ];
        let boxed = self.form.rng.chance(40);
        for (label, (key, value)) in &facts {
            if boxed {
                self.form.field([left, y, right, y + 10.2], label, &[(key, value)]);
                y += 10.2;
            } else {
                y += 7.8;
                self.form.pair((left, left + 56.0, right), y, (label, (key, value)));
            }
        }
        y = self.letter_covers(words, (left, y + 8.0, right));
        self.form.paragraph(pen, (left, y + 4.0, right - left), words.close);
        let area = self.form.area([left, y + 16.0, left + 44.0, y + 28.0]);
        let ink = self.form.rng.pick(&marks::PENS);
        marks::signature(&mut self.form.canvas, area, ink, &mut self.form.rng);
    }

    /// Each kind of cover with its limit; gives the lower edge.
    fn letter_covers(&mut self, words: &Labels, (left, top, right): (f32, f32, f32)) -> f32 {
        let certificate = self.certificate;
        let money = certificate.region.conventions().money[0];
        let split = right - 62.0;
        let limit = |cover: &Cover| cover.limits[0];
        let columns = [
            Column { left, right: split, anchor: Anchor::Left, heading: words.kind },
            Column {
                left: split,
                right,
                anchor: Anchor::Right,
                heading: limit(&certificate.covers[0]).0,
            },
        ];
        let filled = self.form.rng.chance(50);
        self.form.headings((top, top + 6.6), &columns, filled);
        let (pen, mut y) = (self.form.regular(3.2), top + 6.6);
        for (place, cover) in certificate.covers.iter().enumerate() {
            y += 6.2;
            let sum = money.full(limit(cover).1);
            let keys = if place == 0 { ["coverage_type", "coverage"] } else { [""; 2] };
            self.form.row(pen, (y, &columns), &[(keys[0], cover.name), (keys[1], &sum)]);
        }
        self.form.rule((left, right, y + 2.4), 0.2);
        y + 4.0
    }
}
