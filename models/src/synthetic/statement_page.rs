//! How a bank sets a statement: its head, the account, the balances and the transactions.

use super::canvas::{Anchor, Area, Canvas, PAPER};
use super::fonts::Pen;
use super::form::{Column, Form};
use super::marks;
use super::region::Region;
use super::rng::Rng;
use super::statement::{Account, Statement};

const LEFT: f32 = 18.0;

/// The words of a statement.
struct Labels {
    title: &'static str,
    holder: &'static str,
    account: &'static str,
    routing: &'static str,
    period: &'static str,
    issued: &'static str,
    number: &'static str,
    opening: &'static str,
    deposits: &'static str,
    withdrawals: &'static str,
    closing: &'static str,
    date: &'static str,
    text: &'static str,
    incoming: &'static str,
    outgoing: &'static str,
    amount: &'static str,
    balance: &'static str,
    /// Between the first and the last day.
    to: &'static str,
    note: &'static str,
}

const ENGLISH: Labels = Labels {
    title: "Account Statement",
    holder: "Account holder",
    account: "Account number",
    routing: "Routing number",
    period: "Statement period",
    issued: "Statement date",
    number: "Statement no.",
    opening: "Opening balance",
    deposits: "Total deposits",
    withdrawals: "Total withdrawals",
    closing: "Closing balance",
    date: "Date",
    text: "Description",
    incoming: "Paid in",
    outgoing: "Paid out",
    amount: "Amount",
    balance: "Balance",
    to: "to",
    note: "Please check the entries and tell us within 60 days if anything is not right.",
};
const AMERICAN: Labels = Labels {
    title: "Business Checking Statement",
    opening: "Beginning balance",
    deposits: "Deposits and additions",
    withdrawals: "Withdrawals and debits",
    closing: "Ending balance",
    incoming: "Deposits",
    outgoing: "Withdrawals",
    to: "through",
    ..ENGLISH
};
const GERMAN: Labels = Labels {
    title: "Kontoauszug",
    holder: "Kontoinhaber",
    account: "Kontonummer",
    routing: "BLZ",
    period: "Zeitraum",
    issued: "Datum",
    number: "Auszug Nr.",
    opening: "Alter Kontostand",
    deposits: "Summe Gutschriften",
    withdrawals: "Summe Lastschriften",
    closing: "Neuer Kontostand",
    date: "Buchungstag",
    text: "Verwendungszweck",
    incoming: "Gutschrift",
    outgoing: "Lastschrift",
    amount: "Betrag",
    balance: "Saldo",
    to: "bis",
    note: "Einwendungen erheben Sie bitte innerhalb von sechs Wochen.",
};
const FRENCH: Labels = Labels {
    title: "Relevé de compte",
    holder: "Titulaire",
    account: "Numéro de compte",
    routing: "Code banque",
    period: "Période",
    issued: "Date",
    number: "Relevé n°",
    opening: "Ancien solde",
    deposits: "Total crédits",
    withdrawals: "Total débits",
    closing: "Nouveau solde",
    date: "Date",
    text: "Libellé",
    incoming: "Crédit",
    outgoing: "Débit",
    amount: "Montant",
    balance: "Solde",
    to: "au",
    note: "Toute contestation est à adresser sous deux mois à votre agence.",
};

fn labels(region: Region) -> &'static Labels {
    match region {
        Region::UnitedStates => &AMERICAN,
        Region::UnitedKingdom | Region::Malaysia => &ENGLISH,
        Region::Germany => &GERMAN,
        Region::France => &FRENCH,
    }
}

/// How the transactions are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// A column for what comes in, one for what goes out, one for what is left.
    InOut,
    /// One column of amounts with their sign.
    Signed,
}

/// Sets `statement` in one of many manners; gives the sheet and its dots to the inch.
pub(crate) fn lay_out(statement: &Statement, rng: &mut Rng) -> (Canvas, u32) {
    let form = Form::office(statement.region, rng);
    let mut page = Page { right: form.size.0 - LEFT, form, statement, y: 0.0 };
    // Banks print a statement with one machine: no typewriter, no jitter.
    page.form.typed = page.form.regular(3.2);
    page.head();
    page.account();
    let summary_first = page.form.rng.chance(60);
    if summary_first {
        page.summary();
    }
    page.transactions(!summary_first);
    page.foot();
    (page.form.canvas, page.form.dpi)
}

struct Page<'a> {
    form: Form,
    statement: &'a Statement,
    right: f32,
    y: f32,
}

impl Page<'_> {
    fn date(&self, date: jiff::civil::Date) -> String {
        self.statement.region.date(date, self.statement.date_pattern)
    }

    fn head(&mut self) {
        let (form, statement) = (&mut self.form, self.statement);
        let words = labels(statement.region);
        let band = form.rng.chance(35);
        let mut name = form.bold(5.4).ink(form.accent);
        let top = form.rng.span(14.0, 19.0);
        if band {
            form.fill([0.0, 0.0, form.size.0, top + 9.0], form.accent);
            name = name.ink(PAPER);
        }
        let mut left = LEFT;
        if form.rng.chance(70) {
            let area: Area = form.area([left, top - 5.0, left + 11.0, top + 6.0]);
            let inks = if band { [PAPER, form.accent] } else { [form.accent, PAPER] };
            marks::logo(&mut form.canvas, area, (&statement.bank, inks), &mut form.rng);
            left += 14.0;
        }
        form.claim(name, ((Anchor::Left, left, top + 2.4), 92.0), ("bank", &statement.bank));
        let title = Pen { ink: name.ink, ..form.bold(4.6) };
        form.text(title, ((Anchor::Right, self.right, top + 2.4), 66.0), words.title);
        let address = statement.bank_address.join(", ");
        let small = form.regular(2.5);
        form.text(small, ((Anchor::Left, LEFT, top + 14.0), 110.0), &address);
        self.y = top + 24.0;
    }

    /// Whom it is sent to at the left, which account it is at the right.
    fn account(&mut self) {
        let statement = self.statement;
        let words = labels(statement.region);
        let [from, to, issued] =
            [statement.from, statement.to, statement.issued].map(|day| self.date(day));
        let form = &mut self.form;
        let labelled = form.rng.chance(60);
        let mut y = self.y;
        if labelled {
            let small = form.regular(2.6);
            form.text(small, ((Anchor::Left, LEFT, y), 70.0), words.holder);
            y += 1.0;
        }
        let mut lines = vec![("name", statement.holder.as_str())];
        lines.extend(statement.address.iter().map(|part| ("", part.as_str())));
        let low = form.values((LEFT, y, 84.0), &lines);
        let period = format!("{from} {} {to}", words.to);
        let number = format!("{}/{}", statement.from.month(), statement.from.year());
        let mut facts = vec![(words.number, ("", number)), (words.issued, ("", issued))];
        if form.rng.chance(50) {
            facts.push((words.period, ("period_start", period)));
        } else {
            let label = if statement.region == Region::Germany { "von" } else { "From" };
            facts.push((label, ("period_start", from)));
            let label = if statement.region == Region::Germany { "bis" } else { "To" };
            facts.push((label, ("period_end", to)));
        }
        match &statement.account {
            Account::Iban(iban) => facts.push(("IBAN", ("iban", iban.clone()))),
            Account::Number(number, routing) => {
                facts.push((words.account, ("account_number", number.clone())));
                if let Some(routing) = routing {
                    facts.push((words.routing, ("routing_number", routing.clone())));
                }
            }
        }
        let (middle, mut y) = (self.right - 46.0, self.y - 4.0);
        for (label, (key, value)) in &facts {
            y += 5.2;
            form.pair((self.right - 80.0, middle, self.right), y, (label, (*key, value)));
        }
        self.y = low.max(y) + 11.0;
    }

    fn summary(&mut self) {
        let (form, statement) = (&mut self.form, self.statement);
        let words = labels(statement.region);
        let shown = |cents| statement.money.full(cents);
        let sums = [
            (words.opening, "opening_balance", shown(statement.opening)),
            (words.deposits, "deposits", shown(statement.deposits())),
            (words.withdrawals, "withdrawals", shown(statement.withdrawals())),
            (words.closing, "closing_balance", shown(statement.closing())),
        ];
        if form.rng.chance(40) {
            let width = (self.right - LEFT) / 4.0;
            for (place, (label, key, value)) in (0_u8..).zip(&sums) {
                let left = LEFT + width * f32::from(place);
                form.field([left, self.y, left + width, self.y + 11.0], label, &[(key, value)]);
            }
            self.y += 19.0;
            return;
        }
        for (label, key, value) in &sums {
            self.y += 5.4;
            let pen = if *key == "closing_balance" { form.bold(3.3) } else { form.regular(3.2) };
            form.text(pen, ((Anchor::Left, LEFT, self.y), 70.0), label);
            form.claim(pen, ((Anchor::Right, LEFT + 108.0, self.y), 36.0), (key, value));
        }
        form.rule((LEFT, LEFT + 108.0, self.y - 4.2), 0.25);
        self.y += 9.0;
    }

    fn transactions(&mut self, with_balances: bool) {
        let statement = self.statement;
        let words = labels(statement.region);
        let manner = self.form.rng.pick(&[Manner::InOut, Manner::Signed]);
        let columns = columns(words, manner, self.right);
        let filled = self.form.rng.chance(50);
        self.form.headings((self.y, self.y + 6.2), &columns, filled);
        self.y += 6.2;
        let mut balance = statement.opening;
        if with_balances {
            let day = self.date(statement.from);
            let shown = statement.money.bare(balance);
            let opening = (day.as_str(), words.opening, ("opening_balance", shown.as_str()));
            self.balance_row(opening, &columns);
        }
        let striped = self.form.rng.chance(40);
        let pen = self.form.regular(3.0);
        for (place, entry) in statement.entries.iter().enumerate() {
            balance += entry.cents;
            self.y += 5.6;
            if striped && place % 2 == 1 {
                self.form.fill([LEFT, self.y - 4.0, self.right, self.y + 1.6], [238, 240, 243]);
            }
            let (date, money) = (self.date(entry.date), statement.money);
            let (amount, left) = (money.bare(entry.cents.abs()), money.bare(balance));
            let signed = format!("{}{amount}", if entry.cents < 0 { "-" } else { "+" });
            let cells = match manner {
                Manner::InOut if entry.cents < 0 => ["", &amount, &left],
                Manner::InOut => [amount.as_str(), "", &left],
                Manner::Signed => [signed.as_str(), &left, ""],
            };
            let cells = [&date, &entry.text, cells[0], cells[1], cells[2]].map(|text| ("", text));
            self.form.row(pen, (self.y, &columns), &cells);
        }
        if with_balances {
            let day = self.date(statement.to);
            let shown = statement.money.full(balance);
            let closing = (day.as_str(), words.closing, ("closing_balance", shown.as_str()));
            self.balance_row(closing, &columns);
            let sums = [
                (words.deposits, "deposits", statement.deposits()),
                (words.withdrawals, "withdrawals", statement.withdrawals()),
            ];
            for (label, key, cents) in sums {
                let shown = statement.money.bare(cents);
                self.balance_row(("", label, (key, shown.as_str())), &columns);
            }
        }
        self.form.rule((LEFT, self.right, self.y + 2.4), 0.3);
    }

    /// A line of the table that names a balance or a sum.
    fn balance_row(
        &mut self,
        (date, label, value): (&str, &str, (&'static str, &str)),
        columns: &[Column],
    ) {
        self.y += 5.8;
        let pen = self.form.bold(3.0);
        let mut cells = vec![("", date), ("", label)];
        cells.resize(columns.len() - 1, ("", ""));
        cells.push(value);
        self.form.row(pen, (self.y, columns), &cells);
    }

    fn foot(&mut self) {
        let form = &mut self.form;
        let (pen, y) = (form.regular(2.4), form.size.1 - 14.0);
        let words = labels(self.statement.region);
        form.text(pen, ((Anchor::Left, LEFT, y), self.right - LEFT), words.note);
    }
}

fn columns(words: &'static Labels, manner: Manner, right: f32) -> Vec<Column> {
    let column = |left, right, anchor, heading| Column { left, right, anchor, heading };
    let amounts = |at: f32| right - 28.0 * at;
    let mut columns = vec![
        column(LEFT, LEFT + 25.0, Anchor::Left, words.date),
        column(LEFT + 25.0, amounts(3.0), Anchor::Left, words.text),
    ];
    match manner {
        Manner::InOut => columns.extend([
            column(amounts(3.0), amounts(2.0), Anchor::Right, words.incoming),
            column(amounts(2.0), amounts(1.0), Anchor::Right, words.outgoing),
            column(amounts(1.0), right, Anchor::Right, words.balance),
        ]),
        Manner::Signed => {
            columns[1].right = amounts(2.0);
            columns.extend([
                column(amounts(2.0), amounts(1.0), Anchor::Right, words.amount),
                column(amounts(1.0), right, Anchor::Right, words.balance),
            ]);
        }
    }
    columns
}
