//! What a till receipt says.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::goods::{Trade, shop};
use super::money::{MoneyStyle, share, share_inside};
use super::region::{Conventions, Region};
use super::rng::Rng;
use super::words;

/// One line of goods, in cents.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) quantity: i64,
    pub(crate) unit: i64,
    pub(crate) amount: i64,
}

/// How it was paid, in cents.
#[derive(Debug, Clone)]
pub(crate) enum Payment {
    Cash { tendered: i64, change: i64 },
    Card { brand: &'static str, last: String },
}

/// A receipt before it is laid out. Amounts are in cents.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) region: Region,
    /// What the company does, as in its name.
    pub(crate) trade: &'static str,
    pub(crate) company: String,
    pub(crate) registration: Option<String>,
    pub(crate) address: Vec<String>,
    pub(crate) phone: String,
    pub(crate) tax_id: Option<String>,
    pub(crate) date: Date,
    pub(crate) time: (i64, i64, i64),
    pub(crate) number: String,
    pub(crate) cashier: Option<&'static str>,
    pub(crate) items: Vec<Item>,
    pub(crate) subtotal: i64,
    pub(crate) discount: i64,
    /// Hundredths of a percent; 0 where no tax is charged.
    pub(crate) tax_rate: i64,
    pub(crate) tax_name: &'static str,
    pub(crate) tax: i64,
    pub(crate) tax_included: bool,
    pub(crate) rounding: i64,
    pub(crate) total: i64,
    pub(crate) payment: Payment,
    pub(crate) money: MoneyStyle,
    /// The `strftime` pattern of the date.
    pub(crate) date_pattern: &'static str,
}

/// Makes up what the receipt says.
pub(crate) fn compose(rng: &mut Rng) -> Receipt {
    let region = Region::draw(rng);
    let rules = region.conventions();
    let trade = shop(rng, region);
    let items = items(rng, trade);
    let mut receipt = Receipt {
        region,
        trade: trade.name,
        company: words::company(rng, region, trade.name),
        registration: rng.chance(50).then(|| registration(rng, region)).flatten(),
        address: words::address(rng, region),
        phone: words::phone(rng, region),
        tax_id: rng.chance(60).then(|| words::tax_id(rng, region)),
        date: day(rng),
        time: (rng.between(8, 21), rng.between(0, 59), rng.between(0, 59)),
        number: number(rng),
        cashier: rng.chance(65).then(|| words::person(rng)),
        subtotal: items.iter().map(|item| item.amount).sum(),
        items,
        discount: 0,
        tax_rate: 0,
        tax_name: rng.pick(rules.tax_name),
        tax: 0,
        tax_included: rules.tax_included,
        rounding: 0,
        total: 0,
        payment: Payment::Card { brand: "VISA", last: rng.digits(4) },
        money: rng.pick(rules.money),
        date_pattern: rng.pick(rules.dates),
    };
    settle(&mut receipt, rules, rng);
    receipt
}

/// Works out discount, tax, rounding, total and change.
fn settle(receipt: &mut Receipt, rules: &Conventions, rng: &mut Rng) {
    if rng.chance(15) {
        receipt.discount = share(receipt.subtotal, rng.pick(&[500, 1_000, 1_500]));
    }
    let net = receipt.subtotal - receipt.discount;
    if rng.chance(80) {
        receipt.tax_rate = rng.pick(rules.tax_rates);
    }
    let mut due = net;
    if receipt.tax_included {
        receipt.tax = share_inside(net, receipt.tax_rate);
    } else {
        receipt.tax = share(net, receipt.tax_rate);
        due += receipt.tax;
    }
    if rng.chance(70) {
        let step = rules.cash_step;
        receipt.total = (due + step / 2).div_euclid(step) * step;
        receipt.rounding = receipt.total - due;
        let tendered = tendered(receipt.total, rules.notes, rng);
        receipt.payment = Payment::Cash { tendered, change: tendered - receipt.total };
    } else {
        receipt.total = due;
        let brand = rng.pick(&["VISA", "MASTERCARD", "DEBIT"]);
        receipt.payment = Payment::Card { brand, last: rng.digits(4) };
    }
}

/// What a person hands over for `total`: more than it, in notes.
fn tendered(total: i64, notes: &[i64], rng: &mut Rng) -> i64 {
    let note = rng.pick(notes);
    (total / note + 1) * note
}

fn items(rng: &mut Rng, trade: Trade) -> Vec<Item> {
    let count = rng.between(2, (trade.goods.len() as i64).min(8));
    let mut left: Vec<_> = trade.goods.to_vec();
    let one = |_| {
        let (name, least, most) = left.swap_remove(rng.below(left.len()));
        let quantity = rng.pick(&[1, 1, 1, 1, 2, 2, 3, 4]);
        let step = rng.pick(&[1, 5, 10]);
        let unit = rng.between(least, most) / step * step;
        Item { name: name.to_owned(), quantity, unit, amount: unit * quantity }
    };
    (0..count).map(one).collect()
}

/// A day of the last years.
pub(crate) fn day(rng: &mut Rng) -> Date {
    date(2016, 1, 1).saturating_add(rng.between(0, 3_652).days())
}

fn number(rng: &mut Rng) -> String {
    match rng.below(4) {
        0 => rng.digits(6),
        1 => format!("{:04}-{}", rng.below(10_000), rng.digits(5)),
        2 => format!("{}{:07}", rng.pick(&["A", "CS", "R", "OR"]), rng.below(1_000_000)),
        _ => rng.digits(9),
    }
}

fn registration(rng: &mut Rng, region: Region) -> Option<String> {
    match region {
        Region::Malaysia => {
            Some(format!("({}-{})", rng.digits(6), rng.pick(&["A", "D", "K", "M", "T", "X"])))
        }
        Region::UnitedKingdom => Some(format!("Company No. 0{}", rng.digits(7))),
        Region::France => {
            Some(format!("SIRET 000 {} {} {}", rng.digits(3), rng.digits(3), rng.digits(5)))
        }
        Region::UnitedStates | Region::Germany => None,
    }
}

impl Receipt {
    /// All amounts that are printed, without repeats.
    pub(crate) fn amounts(&self) -> Vec<i64> {
        let mut amounts: Vec<i64> = self.items.iter().map(|item| item.amount).collect();
        amounts.extend([self.subtotal, self.total]);
        if let Payment::Cash { tendered, change } = self.payment {
            amounts.extend([tendered, change]);
        }
        amounts.retain(|&amount| amount > 0);
        amounts.sort_unstable();
        amounts.dedup();
        amounts
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    proptest! {
        #[test]
        fn the_totals_of_a_receipt_add_up(seed: u64) {
            let receipt = compose(&mut Rng::new(seed));
            for item in &receipt.items {
                prop_assert!(item.unit > 0 && item.amount == item.quantity * item.unit);
            }
            let goods: i64 = receipt.items.iter().map(|item| item.amount).sum();
            prop_assert_eq!(receipt.subtotal, goods);
            let added = if receipt.tax_included { 0 } else { receipt.tax };
            let due = goods - receipt.discount + added;
            prop_assert_eq!(receipt.total, due + receipt.rounding);
            prop_assert!(receipt.rounding.abs() <= 2 && receipt.total > 0);
            if let Payment::Cash { tendered, change } = receipt.payment {
                prop_assert_eq!(tendered - change, receipt.total);
                prop_assert!(change > 0);
                let step = receipt.region.conventions().cash_step;
                prop_assert_eq!(receipt.total % step, 0);
            }
            prop_assert!(receipt.amounts().contains(&receipt.total));
        }
    }
}
