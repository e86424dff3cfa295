//! How the tax forms are printed, and where their values are typed in.

use super::canvas::{Anchor, Canvas};
use super::fonts::Pen;
use super::form::{Form, Value};
use super::marks;
use super::money::plain;
use super::region::Region;
use super::rng::Rng;
use super::tax_form::{Make, TaxForm};

const LEFT: f32 = 14.0;
const RIGHT: f32 = 202.0;
const PERJURY: &str = "Under penalties of perjury, I declare that I have examined the information \
    on this form and to the best of my knowledge and belief it is true, correct, and complete.";

/// Sets `filled`; gives the sheet and its dots to the inch.
pub(crate) fn lay_out(filled: &TaxForm, rng: &mut Rng) -> (Canvas, u32) {
    // Forms are printed by the administration, whatever its user has at hand.
    let form = Form::office(Region::UnitedStates, rng);
    let mut page = Page { form, filled };
    match filled.make {
        Make::W9 => page.w9(),
        Make::Nec => page.nec(),
        Make::W8Ben => page.w8ben(),
    }
    (page.form.canvas, page.form.dpi)
}

struct Page<'a> {
    form: Form,
    filled: &'a TaxForm,
}

impl Page<'_> {
    fn date(&self) -> String {
        Region::UnitedStates.date(self.filled.date, "%m/%d/%Y")
    }

    /// The parts of an address in two lines: street, and town with state and code.
    fn address(&self) -> [String; 2] {
        let parts = &self.filled.address;
        let (street, town) = parts.split_at((parts.len() - 1).div_ceil(2));
        [street.join(", "), town.join(", ")]
    }

    /// The head of a form: its number at the left, its name in the middle, a note at the right.
    fn head(&mut self, revision: &str, title: &[&str], note: &str) {
        let form = &mut self.form;
        let name = self.filled.name();
        let (big, small, bold) = (form.bold(7.6), form.regular(2.3), form.bold(4.8));
        form.text(small, ((Anchor::Left, LEFT, 16.0), 8.0), "Form");
        form.claim(big, ((Anchor::Left, LEFT + 8.0, 16.0), 32.0), ("form", name));
        form.text(small, ((Anchor::Left, LEFT, 20.6), 38.0), revision);
        form.text(small, ((Anchor::Left, LEFT, 24.0), 38.0), "Department of the Treasury");
        form.text(small, ((Anchor::Left, LEFT, 27.2), 38.0), "Internal Revenue Service");
        for (line, y) in title.iter().zip([15.0, 21.0, 27.0]) {
            form.text(bold, ((Anchor::Centre, 106.0, y), 108.0), line);
        }
        form.paragraph(form.bold(2.7), (168.0, 11.0, 34.0), note);
        form.rule((LEFT, RIGHT, 29.4), 0.6);
    }

    /// A numbered line of a form: a printed label with a value below it and a rule under both.
    fn line(&mut self, y: f32, label: &str, value: Value) -> f32 {
        let form = &mut self.form;
        let small = form.regular(2.5);
        form.text(small, ((Anchor::Left, LEFT + 1.0, y + 3.4), RIGHT - LEFT - 4.0), label);
        form.value(((Anchor::Left, LEFT + 5.0, y + 8.0), 150.0), value);
        form.rule((LEFT, RIGHT, y + 10.0), 0.2);
        y + 10.0
    }

    fn part(&mut self, y: f32, number: &str, title: &str) {
        let form = &mut self.form;
        form.fill([LEFT, y, LEFT + 13.0, y + 5.0], form.ink);
        let label = form.bold(3.0).ink(super::canvas::PAPER);
        form.text(label, ((Anchor::Centre, LEFT + 6.5, y + 3.7), 12.0), number);
        let pen = form.bold(3.4);
        form.text(pen, ((Anchor::Left, LEFT + 16.0, y + 3.8), 150.0), title);
        form.rule((LEFT, RIGHT, y + 5.6), 0.3);
    }

    /// The nine digits of a number, each in its cell or with its dashes in one box;
    /// cells of a number that is not given stay empty.
    fn cells(&mut self, (left, y): (f32, f32), comb: bool, (key, number): Value) {
        let form = &mut self.form;
        let side = 4.3;
        if !comb {
            form.frame([left, y, left + side * 11.0, y + 6.4], 0.2);
            form.value(((Anchor::Left, left + 3.0, y + 4.6), side * 10.0), (key, number));
            return;
        }
        let mut x = left;
        let dashes = if key == "ssn" { "000-00-0000" } else { "00-0000000" };
        for character in dashes.chars() {
            if character != '-' {
                form.frame([x, y, x + side + 0.15, y + 6.4], 0.2);
            }
            x += side;
        }
        // One line of print: each digit in the middle of its cell.
        let area = form.area([0.0, 0.0, side, 1.0]);
        let digit = Pen { face: super::fonts::Face::Mono, ..form.typed };
        let tracking = area.width() - digit.width("0");
        let pen = Pen { tracking, ..digit };
        let first = left + (side - side * digit.width("0") / area.width()) / 2.0;
        form.claim(pen, ((Anchor::Left, first, y + 4.7), side * 12.0), (key, number));
    }

    fn sign(&mut self, y: f32, label: &str) {
        let date = self.date();
        let form = &mut self.form;
        let (bold, small) = (form.bold(3.4), form.regular(2.5));
        form.text(bold, ((Anchor::Left, LEFT, y), 16.0), "Sign Here");
        form.text(small, ((Anchor::Left, LEFT + 20.0, y), 24.0), label);
        let area = form.area([LEFT + 46.0, y - 9.0, LEFT + 98.0, y + 1.0]);
        let ink = form.rng.pick(&marks::PENS);
        marks::signature(&mut form.canvas, area, ink, &mut form.rng);
        form.text(small, ((Anchor::Left, 140.0, y), 12.0), "Date");
        form.value(((Anchor::Left, 152.0, y), 40.0), ("date", &date));
        form.rule((LEFT, RIGHT, y + 3.0), 0.5);
    }

    fn w9(&mut self) {
        let filled = self.filled;
        let title = ["Request for Taxpayer", "Identification Number and Certification"];
        self.head(
            "(Rev. March 2024)",
            &title,
            "Give form to the requester. Do not send to the IRS.",
        );
        let name = filled.person.name();
        let label = "1  Name of entity/individual. An entry is required.";
        let mut y = self.line(31.0, label, ("name", &name));
        let label = "2  Business name/disregarded entity name, if different from above.";
        let business = filled.business.as_deref().unwrap_or_default();
        y = self.line(y, label, ("business_name", business));
        let small = self.form.regular(2.5);
        let label = "3a  Check the appropriate box for federal tax classification. Check only one.";
        self.form.text(small, ((Anchor::Left, LEFT + 1.0, y + 4.0), 170.0), label);
        let ticked = self.form.rng.below(3);
        let classes = ["Individual/sole proprietor", "C corporation", "LLC", "Partnership"];
        for (place, class) in classes.into_iter().enumerate() {
            let x = LEFT + 6.0 + 46.0 * place as f32;
            self.form.tick((x, y + 9.4), place == ticked, class);
        }
        self.form.rule((LEFT, RIGHT, y + 12.0), 0.2);
        let [street, town] = self.address();
        let label = "5  Address (number, street, and apt. or suite no.). See instructions.";
        y = self.line(y + 12.0, label, ("", &street));
        y = self.line(y, "6  City, state, and ZIP code", ("", &town));
        let account = if self.form.rng.chance(30) { filled.account.as_str() } else { "" };
        y = self.line(y, "7  List account number(s) here (optional)", ("", account));
        self.part(y + 2.0, "Part I", "Taxpayer Identification Number (TIN)");
        let text = "Enter your TIN in the appropriate box. The TIN provided must match the name \
            given on line 1 to avoid backup withholding. For individuals, this is generally your \
            social security number (SSN). For other entities, it is your employer identification \
            number (EIN).";
        self.form.paragraph(small, (LEFT, y + 8.0, 116.0), text);
        let comb = self.form.rng.chance(40);
        let bold = self.form.bold(2.6);
        let at = (Anchor::Left, 140.0, y + 12.0);
        self.form.text(bold, (at, 60.0), "Social security number");
        let ssn = if filled.by_ein { "" } else { &filled.ssn };
        self.cells((140.0, y + 13.6), comb, ("ssn", ssn));
        self.form.text(bold, ((Anchor::Left, 140.0, y + 24.4), 6.0), "or");
        let at = (Anchor::Left, 140.0, y + 29.0);
        self.form.text(bold, (at, 60.0), "Employer identification number");
        let ein = if filled.by_ein { filled.ein.as_str() } else { "" };
        self.cells((140.0, y + 30.6), comb, ("ein", ein));
        y += 42.0;
        self.part(y, "Part II", "Certification");
        let text = "Under penalties of perjury, I certify that: 1. The number shown on this form \
            is my correct taxpayer identification number; and 2. I am not subject to backup \
            withholding; and 3. I am a U.S. citizen or other U.S. person; and 4. The FATCA code \
            entered on this form (if any) indicating that I am exempt is correct.";
        y = self.form.paragraph(small, (LEFT, y + 6.6, RIGHT - LEFT), text);
        self.sign(y + 16.0, "Signature of U.S. person");
    }

    fn nec(&mut self) {
        let filled = self.filled;
        let (top, middle) = (20.0, 108.0);
        let year = filled.year.to_string();
        let mut payer = vec![("payer", filled.payer.as_str())];
        payer.extend(filled.payer_address.iter().map(|part| ("", part.as_str())));
        let label = "PAYER'S name, street address, city or town, state, ZIP code, telephone no.";
        let form = &mut self.form;
        form.field([LEFT, top, middle, top + 30.0], label, &payer);
        form.frame([middle, top, 148.0, top + 30.0], 0.2);
        let (small, big, bold) = (form.regular(2.3), form.bold(5.0), form.bold(3.4));
        form.text(small, ((Anchor::Left, middle + 2.0, top + 4.0), 36.0), "OMB No. 1545-0116");
        let at = (Anchor::Left, middle + 2.0, top + 12.0);
        form.text(small, (at, 8.0), "Form");
        form.claim(big, ((Anchor::Left, middle + 9.0, top + 12.0), 30.0), ("form", filled.name()));
        let at = (Anchor::Left, middle + 2.0, top + 19.0);
        form.text(small, (at, 36.0), "For calendar year");
        form.value(((Anchor::Left, middle + 22.0, top + 19.0), 16.0), ("year", &year));
        for (text, y) in [("Nonemployee", 8.0), ("Compensation", 13.0), ("Copy B", 21.0)] {
            form.text(bold, ((Anchor::Left, 152.0, top + y), 48.0), text);
        }
        form.text(small, ((Anchor::Left, 152.0, top + 26.0), 48.0), "For Recipient");
        let mut y = top + 30.0;
        let half = (LEFT + middle) / 2.0;
        form.field([LEFT, y, half, y + 11.0], "PAYER'S TIN", &[("ein", &filled.payer_ein)]);
        form.field([half, y, middle, y + 11.0], "RECIPIENT'S TIN", &[("ssn", &filled.ssn)]);
        let money = |cents: i64| if cents > 0 { format!("$ {}", plain(cents)) } else { "$".into() };
        let amount = money(filled.amount);
        let label = "1  Nonemployee compensation";
        form.field([middle, y, 180.0, y + 11.0], label, &[("amount", &amount)]);
        let name = filled.person.name();
        y += 11.0;
        form.field([LEFT, y, middle, y + 13.0], "RECIPIENT'S name", &[("name", &name)]);
        let label = "2  Payer made direct sales totaling $5,000 or more";
        form.field([middle, y, 180.0, y + 13.0], label, &[]);
        y += 13.0;
        let [street, town] = self.address();
        let form = &mut self.form;
        let label = "Street address (including apt. no.)";
        form.field([LEFT, y, middle, y + 12.0], label, &[("", &street)]);
        form.field([middle, y, 180.0, y + 12.0], "3  Excess golden parachute payments", &[]);
        y += 12.0;
        let label = "City or town, state or province, country, and ZIP or foreign postal code";
        form.field([LEFT, y, middle, y + 12.0], label, &[("", &town)]);
        let withheld = money(filled.withheld);
        let label = "4  Federal income tax withheld";
        form.field([middle, y, 180.0, y + 12.0], label, &[("tax_withheld", &withheld)]);
        y += 12.0;
        let account = [("account_number", filled.account.as_str())];
        form.field([LEFT, y, middle, y + 12.0], "Account number (see instructions)", &account);
        form.field([middle, y, 144.0, y + 12.0], "5  State tax withheld", &[]);
        form.field([144.0, y, 180.0, y + 12.0], "6  State/Payer's state no.", &[]);
        form.frame([180.0, top + 30.0, RIGHT, y + 12.0], 0.2);
        let note = "This is important tax information and is being furnished to the IRS.";
        form.paragraph(small, (181.0, top + 32.0, RIGHT - 182.0), note);
        let foot = "(keep for your records)     Department of the Treasury - Internal Revenue \
            Service";
        form.text(small, ((Anchor::Left, LEFT, y + 16.0), RIGHT - LEFT), foot);
        form.canvas.crop(form.area([0.0, 0.0, 0.0, y + 30.0]).bottom);
    }

    fn w8ben(&mut self) {
        let filled = self.filled;
        let title = [
            "Certificate of Foreign Status of Beneficial",
            "Owner for United States Tax Withholding",
            "and Reporting (Individuals)",
        ];
        self.head("(Rev. October 2021)", &title, "Give this form to the withholding agent.");
        let form = &mut self.form;
        let small = form.regular(2.5);
        let note = "For use by individuals. Entities must use another form. Section references \
            are to the Internal Revenue Code.";
        form.paragraph(small, (LEFT, 30.0, RIGHT - LEFT), note);
        self.part(40.0, "Part I", "Identification of Beneficial Owner (see instructions)");
        let name = filled.person.name();
        let label = "1  Name of individual who is the beneficial owner";
        let mut y = self.line(46.0, label, ("name", &name));
        y = self.line(y, "2  Country of citizenship", ("country", filled.country()));
        let [street, town] = self.address();
        let label = "3  Permanent residence address (street, apt. or suite no., or rural route)";
        y = self.line(y, label, ("", &street));
        let label = "City or town, state or province. Include postal code where appropriate.";
        y = self.line(y, label, ("", &town));
        y = self.line(y, "4  Mailing address (if different from above)", ("", ""));
        let label = "5  U.S. taxpayer identification number (SSN or ITIN), if required";
        y = self.line(y, label, ("", ""));
        let label = "6a  Foreign tax identifying number (see instructions)";
        y = self.line(y, label, ("tin", &filled.foreign_tin));
        let born = Region::UnitedStates.date(filled.person.born, "%m-%d-%Y");
        let label = "8  Date of birth (MM-DD-YYYY) (see instructions)";
        y = self.line(y, label, ("date_of_birth", &born));
        self.part(y + 2.0, "Part II", "Claim of Tax Treaty Benefits (for chapter 3 purposes only)");
        let text = format!(
            "9  I certify that the beneficial owner is a resident of {} within the meaning of the \
             income tax treaty between the United States and that country.",
            filled.country()
        );
        y = self.form.paragraph(small, (LEFT, y + 8.4, RIGHT - LEFT), &text) + 4.0;
        self.part(y, "Part III", "Certification");
        y = self.form.paragraph(small, (LEFT, y + 6.4, RIGHT - LEFT), PERJURY);
        self.sign(y + 16.0, "Signature of beneficial owner");
    }
}
