//! Draws what was made up: the sheets, what may rightly be claimed of them, and what may not.

use std::collections::BTreeMap;

use super::canvas::Canvas;
use super::money::plain;
use super::period::Judged;
use super::region::Region;
use super::rng::Rng;
use super::scan::Paper;
use super::{
    Drawn, Kind, identity, identity_page, insurance, insurance_page, invoice, invoice_page,
    license, license_page, receipt, receipt_page, statement, statement_page, tax_form,
    tax_form_page, words,
};

/// What may rightly be claimed of a document, and values near at hand that may not.
#[derive(Debug, Default)]
pub(crate) struct Told {
    claims: BTreeMap<String, String>,
    neighbours: BTreeMap<String, Vec<String>>,
}

impl Told {
    /// Adds a claim with the values that are wrong for it.
    pub(crate) fn claim(&mut self, key: &str, value: &str, near: impl IntoIterator<Item = String>) {
        self.claims.insert(key.to_owned(), value.to_owned());
        self.neighbours.insert(key.to_owned(), near.into_iter().collect());
    }
}

/// Draws a document of `kind` that is judged on a day; only invoices may have two pages.
pub(crate) fn draw(kind: Kind, rng: &mut Rng, judged: Judged, pages_max: u32) -> Drawn {
    match kind {
        Kind::Receipt => receipt(rng),
        Kind::Invoice => invoice(rng, pages_max),
        Kind::TaxForm => {
            let form = tax_form::compose(&mut rng.fork(), judged);
            let sheet = tax_form_page::lay_out(&form, &mut rng.fork());
            one_sheet((sheet, Paper::Office), form.region, form.told(rng))
        }
        Kind::IdDocument => {
            let identity = identity::compose(&mut rng.fork(), judged);
            let sheet = identity_page::lay_out(&identity, &mut rng.fork());
            one_sheet((sheet, Paper::Card), identity.region, identity.told(rng))
        }
        Kind::BusinessLicense => {
            let license = license::compose(&mut rng.fork(), judged);
            let sheet = license_page::lay_out(&license, &mut rng.fork());
            one_sheet((sheet, Paper::Office), license.region, license.told(rng))
        }
        Kind::InsuranceCertificate => {
            let certificate = insurance::compose(&mut rng.fork(), judged);
            let sheet = insurance_page::lay_out(&certificate, &mut rng.fork());
            one_sheet((sheet, Paper::Office), certificate.region, certificate.told(rng))
        }
        Kind::BankStatement => {
            let statement = statement::compose(&mut rng.fork(), judged);
            let sheet = statement_page::lay_out(&statement, &mut rng.fork());
            one_sheet((sheet, Paper::Office), statement.region, statement.told(rng))
        }
    }
}

fn one_sheet(((sheet, dpi), paper): ((Canvas, u32), Paper), region: Region, told: Told) -> Drawn {
    let Told { claims, neighbours } = told;
    Drawn { sheets: vec![sheet], dpi, region, claims, neighbours, paper }
}

/// Draws a receipt.
fn receipt(rng: &mut Rng) -> Drawn {
    let receipt = receipt::compose(&mut rng.fork());
    let (sheet, dpi) = receipt_page::lay_out(&receipt, &mut rng.fork());
    let mut claims = BTreeMap::from(
        [
            ("company", receipt.company.clone()),
            ("date", receipt.date.to_string()),
            ("address", receipt.address.join(", ")),
            ("total", plain(receipt.total)),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    if rng.chance(40) {
        claims.insert("receipt_number".to_owned(), receipt.number.clone());
    }
    if receipt.tax > 0 && rng.chance(30) {
        claims.insert("tax".to_owned(), plain(receipt.tax));
    }
    let amounts = |but: i64| {
        let others = receipt.amounts().into_iter().filter(|&amount| amount != but);
        others.map(plain).collect::<Vec<_>>()
    };
    let other_company = words::company(rng, receipt.region, receipt.trade);
    let other_address = words::address(rng, receipt.region).join(", ");
    let neighbours = BTreeMap::from([
        ("total".to_owned(), amounts(receipt.total)),
        ("tax".to_owned(), amounts(receipt.tax)),
        ("company".to_owned(), vec![other_company]),
        ("address".to_owned(), vec![other_address]),
    ]);
    let region = receipt.region;
    Drawn { sheets: vec![sheet], dpi, region, claims, neighbours, paper: Paper::Thermal }
}

/// Draws an invoice on at most `pages_max` pages.
fn invoice(rng: &mut Rng, pages_max: u32) -> Drawn {
    let invoice = invoice::compose(&mut rng.fork(), pages_max);
    let (sheets, dpi) = invoice_page::lay_out(&invoice, &mut rng.fork());
    let region = invoice.region;
    let mut claims = vec![
        ("company", invoice.seller.name.clone()),
        ("address", invoice.seller.address.join(", ")),
        ("invoice_number", invoice.number.clone()),
        ("date", invoice.date.to_string()),
        ("due_date", invoice.due.to_string()),
        ("total", plain(invoice.total)),
    ];
    if invoice.tax > 0 {
        claims.push(("tax", plain(invoice.tax)));
    }
    if rng.chance(50) {
        claims.push(("customer", invoice.buyer.name.clone()));
    }
    if rng.chance(40) && invoice.discount == 0 {
        claims.push(("subtotal", plain(invoice.subtotal)));
    }
    if let Some(order) = invoice.order.as_ref().filter(|_| rng.chance(50)) {
        claims.push(("purchase_order", order.clone()));
    }
    let mut amounts: Vec<i64> = invoice.items.iter().map(|item| item.amount).collect();
    amounts.extend([invoice.subtotal, invoice.tax, invoice.total]);
    amounts.retain(|&amount| amount > 0);
    let amounts: Vec<String> = amounts.into_iter().map(plain).collect();
    let other = words::address(rng, region).join(", ");
    let neighbours = [
        ("company", vec![invoice.buyer.name.clone()]),
        ("customer", vec![invoice.seller.name.clone()]),
        ("address", vec![invoice.buyer.address.join(", "), other]),
        ("date", vec![invoice.due.to_string()]),
        ("due_date", vec![invoice.date.to_string()]),
        ("invoice_number", invoice.order.clone().into_iter().collect()),
        ("total", amounts.clone()),
        ("subtotal", amounts.clone()),
        ("tax", amounts),
    ];
    Drawn {
        sheets,
        dpi,
        region,
        claims: claims.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        neighbours: neighbours.into_iter().map(|(key, near)| (key.to_owned(), near)).collect(),
        paper: Paper::Office,
    }
}
