//! What a bank statement says.

use jiff::ToSpan;
use jiff::civil::Date;

use super::draw::Told;
use super::money::{MoneyStyle, plain};
use super::period::Judged;
use super::region::Region;
use super::rng::Rng;
use super::{goods, words};

/// One transaction. Money that comes in is positive.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) date: Date,
    pub(crate) text: String,
    pub(crate) cents: i64,
}

/// How the account is named.
#[derive(Debug, Clone)]
pub(crate) enum Account {
    Iban(String),
    /// A number and the bank's routing number, where it has one.
    Number(String, Option<String>),
}

/// A statement before it is laid out. Amounts are in cents.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) region: Region,
    pub(crate) bank: String,
    pub(crate) bank_address: Vec<String>,
    pub(crate) holder: String,
    pub(crate) address: Vec<String>,
    pub(crate) account: Account,
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) issued: Date,
    pub(crate) opening: i64,
    pub(crate) entries: Vec<Entry>,
    pub(crate) money: MoneyStyle,
    /// A pattern for [`Region::date`].
    pub(crate) date_pattern: &'static str,
}

/// Makes up what the statement says.
pub(crate) fn compose(rng: &mut Rng, judged: Judged) -> Statement {
    let region = Region::draw(rng);
    let rules = region.conventions();
    let month = judged.on.first_of_month();
    let from = month.saturating_sub(rng.between(1, 4).months());
    let to = from.last_of_month();
    let trade = goods::office(rng, region);
    let opening = rng.between(120_000, 4_800_000);
    Statement {
        region,
        bank: words::bank(rng, region),
        bank_address: words::address(rng, region),
        holder: words::company(rng, region, trade.name),
        address: words::address(rng, region),
        account: account(rng, region),
        from,
        to,
        issued: to.saturating_add(rng.between(1, 3).days()),
        opening,
        entries: entries(rng, (region, from, to), opening),
        money: rng.pick(rules.money),
        date_pattern: rng.pick(rules.dates),
    }
}

fn account(rng: &mut Rng, region: Region) -> Account {
    match region {
        Region::UnitedStates => {
            let number = format!("00{}", rng.digits(8));
            Account::Number(number, Some(routing(rng)))
        }
        Region::Malaysia => Account::Number(words::account(rng, region), None),
        _ => Account::Iban(words::account(rng, region)),
    }
}

/// A routing number with the right last digit (weights 3, 7, 1) in a range that no bank has.
fn routing(rng: &mut Rng) -> String {
    let start = format!("5{}", rng.digits(7));
    let weighed = start.bytes().zip([3, 7, 1].into_iter().cycle());
    let sum: u32 = weighed.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{start}{}", (10 - sum % 10) % 10)
}

/// Transactions in order, none of which overdraws the account.
fn entries(rng: &mut Rng, (region, from, to): (Region, Date, Date), opening: i64) -> Vec<Entry> {
    let last = i64::from(to.day()) - 1;
    let mut days: Vec<i64> = (0..rng.between(6, 15)).map(|_| rng.between(0, last)).collect();
    days.sort_unstable();
    let mut balance = opening;
    let mut entry = |day: i64| {
        let incoming = rng.chance(38) || balance < 60_000;
        let most = if incoming { 900_000 } else { (balance / 2).min(640_000) };
        let cents = rng.between(1_250, most) * if incoming { 1 } else { -1 };
        balance += cents;
        Entry { date: from.saturating_add(day.days()), text: text(rng, region, incoming), cents }
    };
    days.into_iter().map(&mut entry).collect()
}

fn text(rng: &mut Rng, region: Region, incoming: bool) -> String {
    let (name, number) = (words::name(rng), rng.digits(5));
    let patterns: &[&str] = match (region, incoming) {
        (Region::Germany, true) => &["Gutschrift {name} RE {no}", "Überweisung von {name} GmbH"],
        (Region::Germany, false) => &[
            "Lastschrift {name} Energie",
            "Dauerauftrag Miete {name}",
            "Kartenzahlung {name} Markt",
            "Überweisung {name} KG {no}",
        ],
        (Region::France, true) => &["Virement reçu {name} {no}", "Remise chèque {no}"],
        (Region::France, false) => &[
            "Prélèvement {name} Énergie",
            "Carte {name} Fournitures",
            "Virement émis {name} {no}",
            "Loyer {name} Gestion",
        ],
        (_, true) => &["Transfer from {name} {no}", "Deposit {name} INV {no}", "Credit {name} Ltd"],
        (_, false) => &[
            "Direct debit {name} Energy",
            "Card payment {name} Supplies",
            "Standing order {name} Rent",
            "Transfer to {name} {no}",
            "Check {no}",
        ],
    };
    rng.pick(patterns).replace("{name}", &name).replace("{no}", &number)
}

impl Statement {
    /// What came in.
    pub(crate) fn deposits(&self) -> i64 {
        self.entries.iter().map(|entry| entry.cents.max(0)).sum()
    }

    /// What went out, without its sign.
    pub(crate) fn withdrawals(&self) -> i64 {
        self.entries.iter().map(|entry| (-entry.cents).max(0)).sum()
    }

    /// What is left at the end.
    pub(crate) fn closing(&self) -> i64 {
        self.opening + self.deposits() - self.withdrawals()
    }

    /// What may be claimed of it.
    pub(crate) fn told(&self, rng: &mut Rng) -> Told {
        let mut told = Told::default();
        let other = words::company(rng, self.region, "Holding");
        told.claim("name", &self.holder, [other, self.bank.clone()]);
        told.claim("bank", &self.bank, [self.holder.clone()]);
        let near = [self.bank_address.join(", "), words::address(rng, self.region).join(", ")];
        told.claim("address", &self.address.join(", "), near);
        match &self.account {
            Account::Iban(iban) => told.claim("iban", iban, [words::account(rng, self.region)]),
            Account::Number(number, routing) => {
                told.claim("account_number", number, routing.clone());
                if let Some(routing) = routing {
                    told.claim("routing_number", routing, []);
                }
            }
        }
        let [from, to] = [self.from, self.to].map(|day| day.to_string());
        told.claim("period_start", &from, [to.clone()]);
        told.claim("period_end", &to, [from, self.issued.to_string()]);
        let mut amounts = vec![self.opening, self.closing()];
        amounts.extend(self.entries.iter().map(|entry| entry.cents.abs()));
        let near = |but: i64| {
            amounts.iter().filter(move |a| **a != but).map(|a| plain(*a)).collect::<Vec<_>>()
        };
        told.claim("opening_balance", &plain(self.opening), near(self.opening));
        told.claim("closing_balance", &plain(self.closing()), near(self.closing()));
        if rng.chance(40) {
            told.claim("deposits", &plain(self.deposits()), near(self.deposits()));
            told.claim("withdrawals", &plain(self.withdrawals()), near(self.withdrawals()));
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    const JUDGED: Judged = Judged { on: date(2026, 3, 1), expired: false };

    proptest! {
        #[test]
        fn the_transactions_lead_from_the_opening_to_the_closing_balance(seed: u64) {
            let statement = compose(&mut Rng::new(seed), JUDGED);
            let mut balance = statement.opening;
            for entry in &statement.entries {
                balance += entry.cents;
                prop_assert!(entry.cents != 0 && balance > 0);
                prop_assert!(statement.from <= entry.date && entry.date <= statement.to);
            }
            prop_assert_eq!(balance, statement.closing());
            prop_assert!(statement.entries.is_sorted_by_key(|entry| entry.date));
            prop_assert!(statement.issued < JUDGED.on.saturating_add(4.days()));
        }

        #[test]
        fn routing_numbers_hold_their_check_digit(seed: u64) {
            let number = routing(&mut Rng::new(seed));
            let digits = number.bytes().map(|digit| u32::from(digit - b'0'));
            let sum: u32 = digits.zip([3, 7, 1].into_iter().cycle()).map(|(d, w)| d * w).sum();
            prop_assert!(number.len() == 9 && sum.is_multiple_of(10), "{}", number);
        }
    }
}
