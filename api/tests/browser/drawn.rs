//! An invoice as a PDF of two pages, drawn for the tests, with what was claimed of it and where
//! each of its texts stands. The places count in the pixels in which a page is rendered.

use ivendor_core::check::{Check, Evidence};
use ivendor_core::geometry::{Point, Polygon};
use ivendor_core::reason::Reason;
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};

/// Width and height in points: A4.
const SIZE: (f32, f32) = (595.0, 842.0);
/// Where the column of the amounts ends.
const RIGHT: f32 = 545.0;
/// Pixels of a point, at the resolution at which vector pages are rendered.
const PX: f32 = 150.0 / 72.0;
/// Widths of Helvetica's characters from the space on, in thousandths.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// A text, where it begins in points from the top left, and how large it is.
#[derive(Debug, Clone)]
struct Text {
    page: u32,
    at: (f32, f32),
    size: f32,
    is_bold: bool,
    text: String,
}

/// A document, and what the engine would have said of it.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// The file.
    pub(crate) bytes: Vec<u8>,
    /// What was claimed.
    pub(crate) claims: Vec<(String, String)>,
    /// Every check.
    pub(crate) checks: Vec<Check>,
}

/// What an invoice shows, by the key of its claim; the rest of its texts is the same on all.
fn printed(number: u32) -> [(&'static str, String); 7] {
    [
        ("company", "Harbour Light Marine Supplies".to_owned()),
        ("invoice_number", format!("HL-{number}")),
        ("date", "9 March 2026".to_owned()),
        ("due_date", "8 April 2026".to_owned()),
        ("subtotal", "1,070.42".to_owned()),
        ("total", "1,273.80".to_owned()),
        ("iban", "DE89 3704 0044 0532 0130 00".to_owned()),
    ]
}

/// The invoice of this number. What is `claimed` of it differently than it is printed has failed;
/// every other text was claimed as it stands there.
pub(crate) fn invoice(number: u32, claimed: &[(&str, &str)]) -> Drawn {
    let printed = printed(number);
    let shown = |key: &str| printed.iter().find(|(name, _)| *name == key).map(|(_, text)| text);
    let places = places(&printed);
    let mut claims: Vec<(String, String)> =
        printed.iter().map(|(key, text)| ((*key).to_owned(), text.clone())).collect();
    for (key, value) in claimed {
        claims.retain(|(name, _)| name != key);
        claims.push(((*key).to_owned(), (*value).to_owned()));
    }
    let mut checks: Vec<Check> = claims
        .iter()
        .map(|(key, value)| {
            let place = places.iter().find(|(name, _)| name == key).map(|(_, text)| text);
            claim((key, value), shown(key), place)
        })
        .collect();
    checks.extend(of_the_picture());
    Drawn { bytes: pdf(&texts(&printed)), claims, checks }
}

/// The check of one claim against what is printed, if anything is.
fn claim((key, value): (&str, &str), shown: Option<&String>, place: Option<&Text>) -> Check {
    let name = format!("claim.{key}");
    let Some(shown) = shown else {
        return Check::failed(name, 0.02, Reason::claim_not_found(key)).expecting(value);
    };
    let at = place.into_iter().map(evidence).collect();
    let check = if shown == value {
        Check::passed(name, 0.99)
    } else {
        Check::failed(name, 0.03, Reason::claim_mismatch(key))
    };
    check.expecting(value).finding(shown.as_str()).at(at)
}

/// What is asked of every document.
fn of_the_picture() -> [Check; 6] {
    [
        Check::passed("content.decode", 1.0),
        Check::passed("image.resolution", 0.99),
        Check::passed("image.blur", 0.98),
        Check::passed("type.match", 0.97).finding("invoice"),
        Check::passed("arithmetic.total", 0.96),
        Check::not_executed("text.second_reader", Reason::SECOND_READER_ABSENT),
    ]
}

/// The texts that were claimed, by the key of the claim.
fn places(printed: &[(&'static str, String)]) -> Vec<(&'static str, Text)> {
    let place = |(key, text): &(&'static str, String)| {
        let (page, at, size, is_bold) = match *key {
            "company" => (1, (60.0, 84.0), 19.0, true),
            "invoice_number" => (1, (455.0, 174.0), 10.5, false),
            "date" => (1, (455.0, 192.0), 10.5, false),
            "due_date" => (1, (455.0, 210.0), 10.5, false),
            "subtotal" => (1, (RIGHT, 470.0), 10.5, false),
            "total" => (1, (RIGHT, 512.0), 13.0, true),
            _ => (2, (160.0, 150.0), 10.5, false),
        };
        (*key, Text { page, at, size, is_bold, text: text.clone() }.aligned())
    };
    printed.iter().map(place).collect()
}

fn texts(printed: &[(&'static str, String)]) -> Vec<Text> {
    let plain = |page, x: f32, y: f32, text: &str| Text {
        page,
        at: (x, y),
        size: 10.5,
        is_bold: false,
        text: text.to_owned(),
    };
    let mut texts = vec![
        plain(1, 60.0, 102.0, "12 Quay Street, Port Haven"),
        Text { size: 24.0, is_bold: true, ..plain(1, 362.0, 132.0, "INVOICE") },
        plain(1, 362.0, 174.0, "Invoice no."),
        plain(1, 362.0, 192.0, "Date"),
        plain(1, 362.0, 210.0, "Due date"),
        plain(1, 60.0, 174.0, "Bill to"),
        plain(1, 60.0, 192.0, "Saltmarsh Boatyard"),
        plain(1, 60.0, 210.0, "Dock 4, Port Haven"),
        plain(1, 388.0, 470.0, "Subtotal"),
        plain(1, 388.0, 488.0, "VAT 19 %"),
        plain(1, RIGHT, 488.0, "203.38"),
        Text { size: 13.0, is_bold: true, ..plain(1, 388.0, 512.0, "Total") },
        plain(1, 60.0, 600.0, "Payable within 30 days. Bank details are on the next page."),
        Text { size: 14.0, is_bold: true, ..plain(2, 60.0, 110.0, "Bank details") },
        plain(2, 60.0, 150.0, "IBAN"),
        plain(2, 60.0, 168.0, "Bank"),
        plain(2, 160.0, 168.0, "Port Haven Savings Bank"),
    ];
    let rows = [
        ("Description", "Quantity", "Amount"),
        ("Anchor chain, 8 mm, galvanised", "40 m", "388.00"),
        ("Mooring line, 16 mm, three-strand", "60 m", "174.60"),
        ("Fender, cylindrical, with eyes", "6", "233.82"),
        ("Navigation light, LED, port and starboard", "2", "274.00"),
    ];
    for (row, (name, count, amount)) in (0_u8..).zip(rows) {
        let (y, is_bold) = (280.0 + f32::from(row) * 30.0, row == 0);
        for (x, text) in [(60.0, name), (388.0, count), (RIGHT, amount)] {
            texts.push(Text { is_bold, ..plain(1, x, y, text) });
        }
    }
    let mut texts: Vec<Text> = texts.into_iter().map(Text::aligned).collect();
    texts.extend(places(printed).into_iter().map(|(_, text)| text));
    texts
}

impl Text {
    fn width(&self) -> f32 {
        let of = |c: u8| WIDTHS.get(usize::from(c.saturating_sub(b' '))).copied().unwrap_or(556);
        let sum: f32 = self.text.bytes().map(|byte| f32::from(of(byte))).sum();
        // The bold face is a little wider.
        sum / 1000.0 * self.size * if self.is_bold { 1.06 } else { 1.0 }
    }

    /// What is placed at [`RIGHT`] ends there.
    fn aligned(mut self) -> Self {
        if self.at.0 >= RIGHT {
            self.at.0 = RIGHT - self.width();
        }
        self
    }
}

fn evidence(text: &Text) -> Evidence {
    let (x, y) = text.at;
    let point = |x: f32, y: f32| Point::new(x * PX, y * PX);
    let top_left = point(x - 3.0, y - text.size * 0.9);
    let bottom_right = point(x + text.width() + 3.0, y + text.size * 0.35);
    let polygon = Polygon::rectangle(top_left, bottom_right);
    Evidence { page: text.page, polygon, text: text.text.clone() }
}

fn content(page: u32, texts: &[Text]) -> Content {
    let mut content = Content::new();
    content.set_stroke_gray(0.75);
    if page == 1 {
        for y in [288.0, 430.0, 494.0] {
            let from = if y > 490.0 { 388.0 } else { 60.0 };
            content.move_to(from, SIZE.1 - y).line_to(545.0, SIZE.1 - y).stroke();
        }
    }
    content.set_fill_rgb(0.1, 0.13, 0.16);
    for text in texts.iter().filter(|text| text.page == page) {
        let (x, y) = text.at;
        content.begin_text();
        let font = if text.is_bold { Name(b"B") } else { Name(b"R") };
        content.set_font(font, text.size).next_line(x, SIZE.1 - y);
        content.show(Str(text.text.as_bytes())).end_text();
    }
    content
}

fn pdf(texts: &[Text]) -> Vec<u8> {
    let (catalog, tree) = (Ref::new(1), Ref::new(2));
    let fonts = [(b"R", Ref::new(3), &b"Helvetica"[..]), (b"B", Ref::new(4), b"Helvetica-Bold")];
    let pages = [(Ref::new(5), Ref::new(6)), (Ref::new(7), Ref::new(8))];
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids(pages.map(|(page, _)| page)).count(2);
    for (_, font, name) in fonts {
        pdf.type1_font(font).base_font(Name(name));
    }
    for (number, (page, stream)) in (1_u32..).zip(pages) {
        let mut page = pdf.page(page);
        page.media_box(Rect::new(0.0, 0.0, SIZE.0, SIZE.1)).parent(tree).contents(stream);
        let mut resources = page.resources();
        let mut named = resources.fonts();
        for (name, font, _) in fonts {
            named.pair(Name(name), font);
        }
        named.finish();
        resources.finish();
        page.finish();
        pdf.stream(stream, &content(number, texts).finish());
    }
    pdf.finish()
}
