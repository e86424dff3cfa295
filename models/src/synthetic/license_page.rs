//! How a town sets a licence: a certificate to hang up, or a filled-in form.

use super::canvas::{Anchor, Canvas, PAPER};
use super::fonts::Pen;
use super::form::{Form, Value};
use super::license::License;
use super::marks;
use super::region::Region;
use super::rng::Rng;

/// The words of a licence.
struct Labels {
    title: &'static [&'static str],
    intro: &'static str,
    company: &'static [&'static str],
    trade_name: &'static str,
    owner: &'static str,
    address: &'static [&'static str],
    number: &'static [&'static str],
    account: &'static str,
    activity: &'static [&'static str],
    issued: &'static [&'static str],
    expires: &'static [&'static str],
    fee: &'static str,
    post: &'static str,
    signed: &'static str,
}

const ENGLISH: Labels = Labels {
    title: &["BUSINESS LICENSE", "BUSINESS TAX CERTIFICATE", "BUSINESS LICENSE CERTIFICATE"],
    intro: "The person, firm or corporation named below is hereby licensed to conduct business \
        at the location stated, subject to the ordinances in force.",
    company: &["Business name", "Licensee", "Issued to"],
    trade_name: "Trade name (DBA)",
    owner: "Owner",
    address: &["Business address", "Location", "Address"],
    number: &["License number", "License No."],
    account: "Account number",
    activity: &["Business type", "Nature of business", "Classification"],
    issued: &["Issue date", "Date issued", "Effective date"],
    expires: &["Expiration date", "Expires", "Valid until"],
    fee: "Fee paid",
    post: "THIS LICENSE MUST BE POSTED IN A CONSPICUOUS PLACE. NOT TRANSFERABLE.",
    signed: "Licensing officer",
};
const BRITISH: Labels = Labels {
    title: &["BUSINESS LICENCE", "TRADE LICENCE", "BUSINESS PREMISES LICENCE"],
    number: &["Licence number", "Licence No."],
    expires: &["Expiry date", "Valid until", "Expires on"],
    post: "This licence must be displayed at the premises. It is not transferable.",
    ..ENGLISH
};
const GERMAN: Labels = Labels {
    title: &["GEWERBESCHEIN", "GEWERBEERLAUBNIS"],
    intro: "Hiermit wird bescheinigt, dass das nachstehend genannte Unternehmen zur Ausübung \
        des angegebenen Gewerbes berechtigt ist.",
    company: &["Firma", "Name des Betriebs"],
    trade_name: "Geschäftsbezeichnung",
    owner: "Inhaber",
    address: &["Betriebsstätte", "Anschrift"],
    number: &["Erlaubnis-Nr.", "Gewerbeschein-Nr."],
    account: "Kassenzeichen",
    activity: &["Tätigkeit", "Art des Gewerbes"],
    issued: &["Ausgestellt am", "Erteilt am"],
    expires: &["Gültig bis"],
    fee: "Gebühr",
    post: "Nicht übertragbar. Auf Verlangen der Behörde vorzulegen.",
    signed: "Im Auftrag",
};
const FRENCH: Labels = Labels {
    title: &["LICENCE D'EXPLOITATION", "AUTORISATION D'EXERCER"],
    intro: "Il est certifié que l'entreprise désignée ci-dessous est autorisée à exercer son \
        activité à l'adresse indiquée.",
    company: &["Raison sociale", "Titulaire"],
    trade_name: "Nom commercial",
    owner: "Gérant",
    address: &["Adresse", "Adresse de l'établissement"],
    number: &["Licence n°", "Numéro de licence"],
    account: "Dossier n°",
    activity: &["Activité"],
    issued: &["Délivrée le", "Date de délivrance"],
    expires: &["Valable jusqu'au", "Date d'expiration"],
    fee: "Redevance",
    post: "À afficher dans l'établissement. Non cessible.",
    signed: "Pour le maire",
};

/// Sets `license` in one of many manners; gives the sheet and its dots to the inch.
pub(crate) fn lay_out(license: &License, rng: &mut Rng) -> (Canvas, u32) {
    let labels = match license.region {
        Region::UnitedStates => &ENGLISH,
        Region::UnitedKingdom | Region::Malaysia => &BRITISH,
        Region::Germany => &GERMAN,
        Region::France => &FRENCH,
    };
    let hangs = rng.chance(45);
    let mut form = Form::office(license.region, rng);
    if hangs {
        let (width, height) = form.size;
        form = Form::new((height, width), form.dpi, rng);
    }
    let mut page = Page { form, license, labels };
    if hangs {
        page.certificate();
    } else {
        page.filled_in();
    }
    (page.form.canvas, page.form.dpi)
}

struct Page<'a> {
    form: Form,
    license: &'a License,
    labels: &'static Labels,
}

impl Page<'_> {
    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        self.form.rng.pick(words)
    }

    fn date(&self, date: jiff::civil::Date) -> String {
        self.license.region.date(date, self.license.date_pattern)
    }

    /// What stands beside which label, but for company and address.
    fn facts(&mut self) -> Vec<(&'static str, (&'static str, String))> {
        let (license, labels) = (self.license, self.labels);
        let number = (self.pick(labels.number), ("license_number", license.number.clone()));
        let issued = (self.pick(labels.issued), ("issue_date", self.date(license.issued)));
        let expires = (self.pick(labels.expires), ("expiry_date", self.date(license.expires)));
        let activity = (self.pick(labels.activity), ("activity", license.activity.to_owned()));
        let fee = license.region.conventions().money[0].full(license.fee);
        let mut facts = vec![number, issued, expires, activity];
        facts.push((labels.owner, ("owner", license.owner.name())));
        facts.push((labels.account, ("", license.account.clone())));
        facts.push((labels.fee, ("fee", fee)));
        facts
    }

    /// Across, in a frame, with everything in the middle.
    fn certificate(&mut self) {
        let (license, labels) = (self.license, self.labels);
        let (width, height) = self.form.size;
        let middle = width / 2.0;
        self.form.frame([9.0, 9.0, width - 9.0, height - 9.0], 1.2);
        self.form.frame([11.4, 11.4, width - 11.4, height - 11.4], 0.3);
        let centred = |form: &mut Form, pen: Pen, y: f32, value: Value| {
            form.claim(pen, ((Anchor::Centre, middle, y), width - 44.0), value);
        };
        let form = &mut self.form;
        let (mid, small, big) = (form.bold(4.6), form.regular(3.4), form.bold(9.0));
        centred(form, mid, 27.0, ("authority", &license.authority));
        let title = form.rng.pick(labels.title);
        centred(form, Pen { tracking: 2.0, ..big.ink(form.accent) }, 41.0, ("", title));
        let low = form.paragraph(small, (46.0, 46.0, width - 92.0), labels.intro);
        let name = form.bold(7.0);
        centred(form, name, low + 13.0, ("company", &license.company));
        let mut y = low + 13.0;
        if let Some(trade_name) = &license.trade_name {
            y += 7.5;
            let text = format!("{} {trade_name}", dba(license.region));
            centred(form, form.regular(4.2), y, ("trade_name", &text));
        }
        y += 7.5;
        let address = license.address.join(", ");
        centred(form, form.regular(4.2), y, ("", &address));
        let facts = self.facts();
        y += 12.0;
        let half = (width - 56.0) / 2.0;
        for (place, (label, (key, value))) in facts.iter().enumerate() {
            let left = if place % 2 == 0 { 28.0 } else { 28.0 + half };
            let row = y + 7.6 * (place / 2) as f32;
            self.form.pair((left, left + 42.0, left + half - 4.0), row, (label, (*key, value)));
        }
        self.sign((width - 92.0, height - 30.0));
        let post = self.form.bold(2.8);
        let at = (Anchor::Left, 28.0, height - 19.0);
        self.form.text(post, (at, width - 130.0), labels.post);
    }

    /// Upright, with a head in colour and a box for each value.
    fn filled_in(&mut self) {
        let (license, labels) = (self.license, self.labels);
        let (width, height) = self.form.size;
        let (left, right) = (20.0, width - 20.0);
        let form = &mut self.form;
        let band = form.rng.chance(50);
        let mut head = form.bold(6.4);
        if band {
            form.fill([0.0, 0.0, width, 34.0], form.accent);
            head = head.ink(PAPER);
        } else {
            form.rule((left, right, 36.0), 0.8);
        }
        let over = Pen { ink: head.ink, ..form.regular(4.0) };
        let authority = ("authority", license.authority.as_str());
        form.claim(over, ((Anchor::Left, left, 15.0), right - left), authority);
        let title = form.rng.pick(labels.title);
        form.text(head, ((Anchor::Left, left, 26.0), right - left), title);
        let intro = form.regular(3.2);
        let mut y = form.paragraph(intro, (left, 40.0, right - left), labels.intro) + 6.0;
        let company = self.pick(labels.company);
        let address = self.pick(labels.address);
        let lines: Vec<Value> = license.address.iter().map(|part| ("", part.as_str())).collect();
        let boxed = self.form.rng.chance(50);
        let mut rows = vec![(company, ("company", license.company.clone()))];
        if let Some(trade_name) = &license.trade_name {
            rows.push((labels.trade_name, ("trade_name", trade_name.clone())));
        }
        let facts = self.facts();
        if boxed {
            for (label, (key, value)) in &rows {
                self.form.field([left, y, right, y + 10.5], label, &[(key, value)]);
                y += 10.5;
            }
            let tall = 6.0 + 4.6 * lines.len() as f32;
            self.form.field([left, y, right, y + tall], address, &lines);
            y += tall;
            let half = (right - left) / 2.0;
            for (place, (label, (key, value))) in facts.iter().enumerate() {
                let x = left + half * (place % 2) as f32;
                let top = y + 10.5 * (place / 2) as f32;
                self.form.field([x, top, x + half, top + 10.5], label, &[(key, value)]);
            }
        } else {
            let columns = (left, left + 52.0, right);
            for (label, (key, value)) in rows.iter().chain(&facts) {
                y += 8.2;
                self.form.pair(columns, y, (label, (*key, value)));
            }
            y += 8.2;
            for (place, value) in (0_u8..).zip(&lines) {
                let label = if place == 0 { address } else { "" };
                self.form.pair(columns, y + 5.4 * f32::from(place), (label, *value));
            }
        }
        self.sign((right - 66.0, height - 48.0));
        let post = self.form.bold(2.9);
        let at = (Anchor::Centre, width / 2.0, height - 22.0);
        self.form.text(post, (at, right - left), labels.post);
    }

    /// A signature above a line, and now and then a stamp beside it.
    fn sign(&mut self, (x, y): (f32, f32)) {
        let area = self.form.area([x + 4.0, y - 13.0, x + 48.0, y - 1.0]);
        let form = &mut self.form;
        let ink = form.rng.pick(&marks::PENS);
        marks::signature(&mut form.canvas, area, ink, &mut form.rng);
        form.rule((x, x + 58.0, y), 0.25);
        let small = form.regular(2.6);
        form.text(small, ((Anchor::Left, x, y + 4.0), 58.0), self.labels.signed);
        if form.rng.chance(35) {
            let place = form.area([x - 30.0, y - 8.0, x, y]);
            let town = self.license.town.to_uppercase();
            let corner = (place.left, place.top);
            marks::stamp(&mut form.canvas, corner, [&town, ""], &mut form.rng);
        }
    }
}

/// What stands before a trade name.
fn dba(region: Region) -> &'static str {
    match region {
        Region::UnitedStates => "doing business as",
        Region::Germany => "unter der Bezeichnung",
        Region::France => "sous l'enseigne",
        _ => "trading as",
    }
}
