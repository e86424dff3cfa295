//! How a passport's data page and a card are set. Where a photograph would be is the outline of
//! nobody.

use super::canvas::{Anchor, Area, Canvas};
use super::fonts::{Face, Pen};
use super::form::{Edges, Form, Value};
use super::identity::{Identity, Make, STATE};
use super::marks;
use super::region::Region;
use super::rng::Rng;

/// The page of a passport and a card in millimetres (ICAO Doc 9303, parts 3 and 5).
const PAGE: (f32, f32) = (125.0, 88.0);
const CARD: (f32, f32) = (85.6, 54.0);
/// Around and between the two faces of a card.
const GAP: f32 = 6.0;
/// Where the zone's first character stands.
const ZONE_LEFT: f32 = 5.0;

/// The words of a document.
struct Labels {
    passport: &'static str,
    card: &'static str,
    state: &'static str,
    kind: &'static str,
    code: &'static str,
    passport_number: &'static str,
    card_number: &'static str,
    surname: &'static str,
    given: &'static str,
    nationality: &'static str,
    born: &'static str,
    sex: &'static str,
    birthplace: &'static str,
    issued: &'static str,
    authority: &'static str,
    expires: &'static str,
    signature: &'static str,
    address: &'static str,
    height: &'static str,
}

const ENGLISH: Labels = Labels {
    passport: "PASSPORT",
    card: "IDENTITY CARD",
    state: "UTOPIA",
    kind: "Type / Type",
    code: "Code / Code",
    passport_number: "Passport No. / No. du passeport",
    card_number: "Document No.",
    surname: "Surname / Nom",
    given: "Given names / Prénoms",
    nationality: "Nationality / Nationalité",
    born: "Date of birth / Date de naissance",
    sex: "Sex / Sexe",
    birthplace: "Place of birth / Lieu de naissance",
    issued: "Date of issue / Date de délivrance",
    authority: "Authority / Autorité",
    expires: "Date of expiry / Date d'expiration",
    signature: "Holder's signature / Signature du titulaire",
    address: "Address",
    height: "Height",
};
const GERMAN: Labels = Labels {
    passport: "REISEPASS",
    card: "PERSONALAUSWEIS",
    state: "UTOPIA",
    kind: "Typ / Type",
    code: "Kode / Code",
    passport_number: "Pass-Nr. / Passport No.",
    card_number: "Ausweisnummer / Document No.",
    surname: "Name / Surname",
    given: "Vornamen / Given names",
    nationality: "Staatsangehörigkeit / Nationality",
    born: "Geburtsdatum / Date of birth",
    sex: "Geschlecht / Sex",
    birthplace: "Geburtsort / Place of birth",
    issued: "Ausstellungsdatum / Date of issue",
    authority: "Behörde / Authority",
    expires: "Gültig bis / Date of expiry",
    signature: "Unterschrift / Signature of bearer",
    address: "Anschrift / Address",
    height: "Größe / Height",
};
const FRENCH: Labels = Labels {
    passport: "PASSEPORT",
    card: "CARTE NATIONALE D'IDENTITÉ",
    state: "UTOPIA",
    kind: "Type / Type",
    code: "Code / Code",
    passport_number: "No. du passeport / Passport No.",
    card_number: "No. du document / Document No.",
    surname: "Nom / Surname",
    given: "Prénoms / Given names",
    nationality: "Nationalité / Nationality",
    born: "Date de naissance / Date of birth",
    sex: "Sexe / Sex",
    birthplace: "Lieu de naissance / Place of birth",
    issued: "Date de délivrance / Date of issue",
    authority: "Autorité / Authority",
    expires: "Date d'expiration / Date of expiry",
    signature: "Signature du titulaire / Holder's signature",
    address: "Adresse / Address",
    height: "Taille / Height",
};

/// Colours of the paper: green, blue, rose, sand.
const TINTS: [[u8; 3]; 4] = [[226, 238, 228], [226, 234, 244], [244, 230, 232], [242, 238, 226]];

/// Sets `identity`; gives the sheet and its dots to the inch.
pub(crate) fn lay_out(identity: &Identity, rng: &mut Rng) -> (Canvas, u32) {
    let dpi = rng.pick(&[200, 300]);
    let size = match identity.make {
        Make::Passport => PAGE,
        Make::Card => (CARD.0 + 2.0 * GAP, 2.0 * CARD.1 + 3.0 * GAP),
    };
    let mut form = Form::new(size, dpi, rng);
    form.typed = form.bold(3.1);
    let labels = match identity.region {
        Region::Germany => &GERMAN,
        Region::France => &FRENCH,
        _ => &ENGLISH,
    };
    let tint = form.rng.pick(&TINTS);
    let mut page = Page { form, identity, labels, tint };
    match identity.make {
        Make::Passport => page.passport(),
        Make::Card => page.card(),
    }
    (page.form.canvas, dpi)
}

struct Page<'a> {
    form: Form,
    identity: &'a Identity,
    labels: &'static Labels,
    tint: [u8; 3],
}

impl Page<'_> {
    fn date(&self, date: jiff::civil::Date) -> String {
        let text = self.identity.region.date(date, self.identity.date_pattern);
        text.to_uppercase()
    }

    /// The coloured paper of `edges` with fine waves.
    fn ground(&mut self, edges: Edges) {
        self.form.fill(edges, self.tint);
        let ink = self.tint.map(|value| value - 14);
        let [left, top, right, bottom] = edges;
        let area = self.form.area(edges);
        let (step, swing) = (self.form.rng.span(3.0, 5.0), self.form.rng.span(0.8, 1.8));
        let mut y = top + swing;
        while y < bottom - 2.0 * swing {
            let count = ((right - left) / step) as usize + 2;
            let points: Vec<(f32, f32)> = (0..count)
                .map(|at| {
                    let up = if at % 2 == 0 { swing } else { -swing };
                    let x = (left + step * (at as f32 - 0.5)).clamp(left, right);
                    let spot = self.form.area([x, y + up, x, y + up]);
                    (spot.left.min(area.right - 1.0), spot.top)
                })
                .collect();
            self.form.canvas.stroke(&points, 1.0, ink);
            y += 3.2;
        }
    }

    /// The outline of head and shoulders on grey.
    fn portrait(&mut self, [left, top, right, bottom]: Edges) {
        let form = &mut self.form;
        form.fill([left, top, right, bottom], [206, 210, 214]);
        let (width, height, ink) = (right - left, bottom - top, [150, 156, 164]);
        let middle = left + width / 2.0;
        let head = [middle - width * 0.2, top + height * 0.16, middle + width * 0.2];
        let head = form.area([head[0], head[1], head[2], top + height * 0.6]);
        form.canvas.disc(head, ink);
        let shoulders =
            form.area([left + width * 0.1, top + height * 0.66, right - width * 0.1, bottom]);
        let low = shoulders.bottom - shoulders.top;
        form.canvas.disc(Area { bottom: shoulders.bottom + low, ..shoulders }, ink);
        // What is below the picture's edge is paper again.
        form.fill([left, bottom, right, bottom + height * 0.36], self.tint);
        form.frame([left, top, right, bottom], 0.15);
    }

    /// A small label with its value below.
    fn field(&mut self, (x, y, room): (f32, f32, f32), label: &str, value: Value) {
        let form = &mut self.form;
        let small = form.regular(1.75);
        form.text(small, ((Anchor::Left, x, y), room), label);
        form.value(((Anchor::Left, x, y + 3.5), room), value);
    }

    /// The zone, its first baseline at `y`, on a white strip `wide` millimetres wide.
    fn zone(&mut self, (left, y, wide): (f32, f32, f32), step: f32) {
        let lines = self.identity.zone();
        let pen = Pen::new(Face::Hack, 100.0, [22, 22, 26]);
        let room = self.form.area([0.0, 0.0, wide - 2.0 * ZONE_LEFT, 1.0]).width();
        let pen = pen.scaled(room / pen.width(&lines[0]));
        let low = y + step * lines.len() as f32;
        self.form.fill([left, y - 5.2, left + wide, low - step + 3.0], [250, 250, 248]);
        for (line, place) in lines.iter().zip(0_u8..) {
            let at = (Anchor::Left, left + ZONE_LEFT, y + step * f32::from(place));
            self.form.text(pen, (at, wide), line);
        }
    }

    fn sex(&self) -> String {
        self.identity.bearer.sex.to_string()
    }

    fn passport(&mut self) {
        let (identity, labels) = (self.identity, self.labels);
        self.ground([0.0, 0.0, PAGE.0, PAGE.1]);
        let head = self.form.bold(4.6).ink(self.form.accent);
        self.form.text(head, ((Anchor::Left, 5.0, 8.0), 42.0), labels.passport);
        self.form.text(head, ((Anchor::Right, 120.0, 8.0), 40.0), labels.state);
        self.portrait([5.0, 14.0, 38.0, 57.0]);
        let born = self.date(identity.bearer.born);
        let issued = self.date(identity.issued);
        let expires = self.date(identity.expires);
        let surname = identity.bearer.surname.to_uppercase();
        let given = identity.bearer.given.to_uppercase();
        let authority = identity.authority.to_uppercase();
        let birthplace = identity.birthplace.to_uppercase();
        self.field((42.0, 13.0, 14.0), labels.kind, ("", "P"));
        self.field((57.0, 13.0, 20.0), labels.code, ("", STATE));
        let number = ("document_number", identity.number.as_str());
        self.field((78.0, 13.0, 42.0), labels.passport_number, number);
        self.field((42.0, 20.6, 76.0), labels.surname, ("surname", &surname));
        self.field((42.0, 28.2, 76.0), labels.given, ("given_names", &given));
        self.field((42.0, 35.8, 44.0), labels.nationality, ("nationality", identity.nationality()));
        self.field((42.0, 43.4, 40.0), labels.born, ("date_of_birth", &born));
        let sex = self.sex();
        self.field((84.0, 43.4, 12.0), labels.sex, ("", &sex));
        self.field((97.0, 43.4, 25.0), labels.birthplace, ("place_of_birth", &birthplace));
        self.field((42.0, 51.0, 40.0), labels.issued, ("date_of_issue", &issued));
        self.field((84.0, 51.0, 38.0), labels.authority, ("", &authority));
        self.field((42.0, 58.6, 40.0), labels.expires, ("date_of_expiry", &expires));
        self.signature([84.0, 58.0, 116.0, 66.0]);
        self.zone((0.0, 75.5, PAGE.0), 6.4);
    }

    fn signature(&mut self, edges: Edges) {
        let small = self.form.regular(1.5);
        let at = (Anchor::Left, edges[0], edges[1]);
        self.form.text(small, (at, edges[2] - edges[0]), self.labels.signature);
        let area = self.form.area([edges[0], edges[1] + 1.0, edges[2], edges[3]]);
        marks::signature(&mut self.form.canvas, area, [30, 34, 60], &mut self.form.rng);
    }

    /// The front of the card above its back.
    fn card(&mut self) {
        let (identity, labels) = (self.identity, self.labels);
        let (x, y) = (GAP, GAP);
        self.ground([x, y, x + CARD.0, y + CARD.1]);
        self.portrait([x + 4.0, y + 13.0, x + 26.0, y + 41.0]);
        let head = self.form.bold(3.5).ink(self.form.accent);
        self.form.text(head, ((Anchor::Left, x + 4.0, y + 7.0), 52.0), labels.card);
        self.form.text(head, ((Anchor::Right, x + 81.6, y + 7.0), 22.0), labels.state);
        let born = self.date(identity.bearer.born);
        let expires = self.date(identity.expires);
        let surname = identity.bearer.surname.to_uppercase();
        let given = identity.bearer.given.to_uppercase();
        let column = x + 30.0;
        self.field((column, y + 12.0, 50.0), labels.surname, ("surname", &surname));
        self.field((column, y + 19.4, 50.0), labels.given, ("given_names", &given));
        self.field((column, y + 26.8, 32.0), labels.born, ("date_of_birth", &born));
        self.field(
            (column + 34.0, y + 26.8, 17.0),
            labels.nationality,
            ("nationality", identity.nationality()),
        );
        self.field((column, y + 34.2, 32.0), labels.expires, ("date_of_expiry", &expires));
        let sex = self.sex();
        self.field((column + 34.0, y + 34.2, 12.0), labels.sex, ("", &sex));
        let number = ("document_number", identity.number.as_str());
        self.field((column, y + 41.6, 40.0), labels.card_number, number);
        self.form.frame([x, y, x + CARD.0, y + CARD.1], 0.15);
        self.card_back(y + CARD.1 + GAP);
    }

    fn card_back(&mut self, y: f32) {
        let (identity, labels, x) = (self.identity, self.labels, GAP);
        self.ground([x, y, x + CARD.0, y + CARD.1]);
        let birthplace = identity.birthplace.to_uppercase();
        let issued = self.date(identity.issued);
        let authority = identity.authority.to_uppercase();
        let height = format!("{} cm", identity.height_cm);
        self.field((x + 4.0, y + 4.0, 38.0), labels.birthplace, ("place_of_birth", &birthplace));
        self.field((x + 4.0, y + 11.4, 38.0), labels.issued, ("date_of_issue", &issued));
        self.field((x + 4.0, y + 18.8, 38.0), labels.authority, ("", &authority));
        self.field((x + 46.0, y + 18.8, 30.0), labels.height, ("", &height));
        let small = self.form.regular(1.75);
        self.form.text(small, ((Anchor::Left, x + 46.0, y + 4.0), 36.0), labels.address);
        let per_line = identity.address.len().div_ceil(3);
        let lines: Vec<String> =
            identity.address.chunks(per_line).map(|part| part.join(", ")).collect();
        let values: Vec<Value> = lines.iter().map(|line| ("", line.as_str())).collect();
        self.form.typed = self.form.bold(2.5);
        self.form.values((x + 46.0, y + 4.2, 37.0), &values);
        self.zone((x, y + 36.0, CARD.0), 6.2);
        self.form.frame([x, y, x + CARD.0, y + CARD.1], 0.15);
    }
}
