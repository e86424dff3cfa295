//! What an invoice says.

use jiff::ToSpan;
use jiff::civil::Date;

use super::goods::{Good, office};
use super::money::{MoneyStyle, share};
use super::receipt::{Item, day};
use super::region::Region;
use super::rng::Rng;
use super::words;

/// The most lines of goods that surely stay on one page.
const ITEMS_ONE_PAGE: i64 = 8;

/// Who sends or gets an invoice.
#[derive(Debug, Clone)]
pub(crate) struct Party {
    pub(crate) name: String,
    pub(crate) address: Vec<String>,
}

/// An invoice before it is laid out. Amounts are in cents.
#[derive(Debug, Clone)]
pub(crate) struct Invoice {
    pub(crate) region: Region,
    pub(crate) seller: Party,
    pub(crate) buyer: Party,
    pub(crate) phone: String,
    pub(crate) mail: String,
    pub(crate) tax_id: String,
    pub(crate) bank: String,
    pub(crate) account: String,
    pub(crate) number: String,
    pub(crate) order: Option<String>,
    pub(crate) date: Date,
    pub(crate) due: Date,
    pub(crate) days: i64,
    pub(crate) items: Vec<Item>,
    pub(crate) subtotal: i64,
    pub(crate) discount: i64,
    /// Hundredths of a percent; 0 where no tax is charged.
    pub(crate) tax_rate: i64,
    pub(crate) tax_name: &'static str,
    pub(crate) tax: i64,
    pub(crate) total: i64,
    pub(crate) money: MoneyStyle,
    /// A pattern for [`Region::date`].
    pub(crate) date_pattern: &'static str,
}

/// Makes up what the invoice says.
pub(crate) fn compose(rng: &mut Rng, pages_max: u32) -> Invoice {
    let region = Region::draw(rng);
    let rules = region.conventions();
    let (trade, buyers_trade) = (office(rng, region), office(rng, region));
    let seller = party(rng, region, trade.name);
    let items = items(rng, trade.goods, pages_max);
    let subtotal: i64 = items.iter().map(|item| item.amount).sum();
    let discount = if rng.chance(12) { share(subtotal, rng.pick(&[200, 300, 500])) } else { 0 };
    let tax_rate = if rng.chance(88) { rng.pick(rules.tax_rates) } else { 0 };
    let tax = share(subtotal - discount, tax_rate);
    let date = day(rng);
    let days = rng.pick(&[7, 10, 14, 14, 21, 30, 30, 30, 45, 60]);
    Invoice {
        region,
        mail: mail(rng, &seller.name),
        seller,
        buyer: party(rng, region, buyers_trade.name),
        phone: words::phone(rng, region),
        tax_id: words::tax_id(rng, region),
        bank: words::bank(rng, region),
        account: words::account(rng, region),
        number: number(rng, date),
        order: rng.chance(55).then(|| order(rng)),
        date,
        due: date.saturating_add(days.days()),
        days,
        items,
        subtotal,
        discount,
        tax_rate,
        tax_name: rng.pick(rules.tax_name),
        tax,
        total: subtotal - discount + tax,
        money: rng.pick(rules.money),
        date_pattern: rng.pick(rules.dates),
    }
}

fn party(rng: &mut Rng, region: Region, trade: &str) -> Party {
    Party { name: words::company(rng, region, trade), address: words::address(rng, region) }
}

fn items(rng: &mut Rng, goods: &[Good], pages_max: u32) -> Vec<Item> {
    let long = pages_max > 1 && rng.chance(18);
    let most = ITEMS_ONE_PAGE.min(goods.len() as i64);
    let count = if long { rng.between(30, 40) } else { rng.between(1, most) };
    let mut left = Vec::new();
    let one = |_| {
        if left.is_empty() {
            left = goods.to_vec();
        }
        let (name, least, most) = left.swap_remove(rng.below(left.len()));
        let quantity = match most {
            0..10_000 => rng.pick(&[1, 2, 3, 4, 6, 8, 10, 12, 24]),
            _ => rng.pick(&[1, 1, 1, 2, 3]),
        };
        let unit = rng.between(least, most) / 10 * 10;
        let name = match long {
            true => format!("{name} ({})", rng.digits(4)),
            false => name.to_owned(),
        };
        Item { name, quantity, unit, amount: unit * quantity }
    };
    (0..count).map(one).collect()
}

fn number(rng: &mut Rng, date: Date) -> String {
    match rng.below(6) {
        0 => format!("INV-{:04}", rng.between(12, 9_899)),
        1 => format!("{}-{:04}", date.year(), rng.between(3, 2_400)),
        2 => format!("RE{}", rng.digits(6)),
        3 => format!("{}/{:02}/{}", rng.digits(4), date.month(), date.year() % 100),
        4 => format!("F{}{:05}", date.year(), rng.between(1, 48_000)),
        _ => rng.digits(7),
    }
}

fn order(rng: &mut Rng) -> String {
    match rng.below(3) {
        0 => format!("PO-{}", rng.digits(5)),
        1 => format!("45{}", rng.digits(8)),
        _ => format!("{}-{}", rng.pick(&["A", "B", "K", "ORD"]), rng.digits(4)),
    }
}

/// An address that no mail reaches (RFC 2606).
fn mail(rng: &mut Rng, company: &str) -> String {
    let first: String = company.split(' ').take(2).collect();
    let host: String =
        first.to_lowercase().chars().filter(char::is_ascii_lowercase).take(18).collect();
    format!("{}@{host}.example", rng.pick(&["accounts", "billing", "info", "office", "hello"]))
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    proptest! {
        #[test]
        fn the_sums_of_an_invoice_add_up(seed: u64, pages_max in 1_u32..=2) {
            let invoice = compose(&mut Rng::new(seed), pages_max);
            for item in &invoice.items {
                prop_assert!(item.unit > 0 && item.amount == item.quantity * item.unit);
            }
            let goods: i64 = invoice.items.iter().map(|item| item.amount).sum();
            prop_assert_eq!(invoice.subtotal, goods);
            let net = goods - invoice.discount;
            prop_assert_eq!(invoice.tax, share(net, invoice.tax_rate));
            prop_assert_eq!(invoice.total, net + invoice.tax);
            prop_assert!(invoice.due > invoice.date);
            prop_assert!(pages_max > 1 || invoice.items.len() as i64 <= ITEMS_ONE_PAGE);
            prop_assert!(invoice.mail.ends_with(".example"));
        }
    }
}
