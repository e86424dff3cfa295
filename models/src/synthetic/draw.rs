//! Draws what was made up: the sheets, what may rightly be claimed of them, and what may not.

use std::collections::BTreeMap;

use super::money::plain;
use super::rng::Rng;
use super::scan::Paper;
use super::{Drawn, invoice, invoice_page, receipt, receipt_page, words};

/// Draws a receipt.
pub(crate) fn receipt(rng: &mut Rng) -> Drawn {
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
pub(crate) fn invoice(rng: &mut Rng, pages_max: u32) -> Drawn {
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
