//! How a country prints its papers: money, dates, taxes and the words on the page.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::money::MoneyStyle;
use super::rng::Rng;

/// The country whose habits a document follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// Dollars, month before day, sales tax added at the till.
    UnitedStates,
    /// Pounds, VAT included in the prices.
    UnitedKingdom,
    /// Ringgit, service tax added, cash totals rounded to five sen.
    Malaysia,
    /// Euros with a decimal comma, German words.
    Germany,
    /// Euros with a decimal comma, French words.
    France,
}

/// Ways to write one word of the page; a document takes one and keeps to it.
pub(crate) type Words = &'static [&'static str];

/// The words on a receipt or an invoice.
#[derive(Debug)]
pub(crate) struct Labels {
    pub(crate) receipt: Words,
    pub(crate) date: Words,
    pub(crate) time: Words,
    pub(crate) receipt_number: Words,
    pub(crate) cashier: Words,
    pub(crate) item: Words,
    pub(crate) quantity: Words,
    pub(crate) price: Words,
    pub(crate) amount: Words,
    pub(crate) subtotal: Words,
    pub(crate) discount: Words,
    pub(crate) tax: Words,
    pub(crate) tax_inside: Words,
    pub(crate) rounding: Words,
    pub(crate) total: Words,
    pub(crate) cash: Words,
    pub(crate) change: Words,
    pub(crate) phone: Words,
    pub(crate) tax_id: Words,
    pub(crate) thanks: Words,
    pub(crate) notices: Words,
    pub(crate) invoice: Words,
    pub(crate) invoice_number: Words,
    pub(crate) invoice_date: Words,
    pub(crate) due_date: Words,
    pub(crate) order: Words,
    pub(crate) bill_to: Words,
    pub(crate) description: Words,
    pub(crate) amount_due: Words,
    pub(crate) bank: Words,
    pub(crate) account: Words,
    pub(crate) terms: Words,
    /// `{days}` is the number of days.
    pub(crate) terms_days: Words,
    pub(crate) unit_price: Words,
    pub(crate) net: Words,
    pub(crate) position: &'static str,
    pub(crate) carried: &'static str,
    pub(crate) page: &'static str,
    /// Sentences below an invoice's total; `{date}` is the day on which it is due.
    pub(crate) closing: Words,
    pub(crate) stamps: Words,
    pub(crate) items_sold: &'static str,
}

/// What all documents of a region have in common.
#[derive(Debug)]
pub(crate) struct Conventions {
    pub(crate) money: &'static [MoneyStyle],
    /// Patterns for [`Region::date`].
    pub(crate) dates: Words,
    pub(crate) tax_name: Words,
    /// Hundredths of a percent.
    pub(crate) tax_rates: &'static [i64],
    /// Whether the prices on a receipt contain the tax.
    pub(crate) tax_included: bool,
    /// Cash totals are rounded to a multiple of these cents.
    pub(crate) cash_step: i64,
    /// Notes and coins that a person hands over, in cents.
    pub(crate) notes: &'static [i64],
    pub(crate) labels: &'static Labels,
}

impl Region {
    /// Every region.
    pub const ALL: [Self; 5] =
        [Self::UnitedStates, Self::UnitedKingdom, Self::Malaysia, Self::Germany, Self::France];

    /// `date` as `pattern` says: a `strftime` pattern in which `@` is the month's name.
    pub(crate) fn date(self, date: Date, pattern: &str) -> String {
        let names = match self {
            Self::Germany => &MONTHS_DE,
            Self::France => &MONTHS_FR,
            _ => &MONTHS_EN,
        };
        let month = names[(date.month() - 1) as usize];
        date.strftime(pattern).to_string().replace('@', month)
    }

    pub(crate) fn draw(rng: &mut Rng) -> Self {
        match rng.below(20) {
            0..6 => Self::UnitedStates,
            6..10 => Self::UnitedKingdom,
            10..15 => Self::Malaysia,
            15..18 => Self::Germany,
            _ => Self::France,
        }
    }

    pub(crate) fn conventions(self) -> &'static Conventions {
        match self {
            Self::UnitedStates => &UNITED_STATES,
            Self::UnitedKingdom => &UNITED_KINGDOM,
            Self::Malaysia => &MALAYSIA,
            Self::Germany => &GERMANY,
            Self::France => &FRANCE,
        }
    }
}

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

const fn money(
    prefix: &'static str,
    suffix: &'static str,
    decimal: char,
    group: Option<char>,
) -> MoneyStyle {
    MoneyStyle { prefix, suffix, decimal, group }
}

static UNITED_STATES: Conventions = Conventions {
    money: &[money("$", "", '.', Some(',')), money("$ ", "", '.', Some(','))],
    dates: &["%m/%d/%Y", "%b %d, %Y", "@ %-d, %Y", "%m-%d-%Y", "%m/%d/%y", "%Y-%m-%d"],
    tax_name: &["Sales Tax", "Tax", "State Tax"],
    tax_rates: &[625, 700, 825, 550],
    tax_included: false,
    cash_step: 1,
    notes: &[100, 500, 1_000, 2_000, 5_000, 10_000],
    labels: &ENGLISH,
};

static UNITED_KINGDOM: Conventions = Conventions {
    money: &[money("£", "", '.', Some(',')), money("GBP ", "", '.', Some(','))],
    dates: &["%d/%m/%Y", "%d %b %Y", "%-d @ %Y", "%d.%m.%Y", "%d-%b-%Y", "%d/%m/%y"],
    tax_name: &["VAT"],
    tax_rates: &[2_000],
    tax_included: true,
    cash_step: 1,
    notes: &[100, 500, 1_000, 2_000, 5_000],
    labels: &ENGLISH,
};

static MALAYSIA: Conventions = Conventions {
    money: &[
        money("RM ", "", '.', Some(',')),
        money("RM", "", '.', Some(',')),
        money("MYR ", "", '.', Some(',')),
    ],
    dates: &["%d/%m/%Y", "%d-%m-%Y", "%d %b %Y", "%d/%m/%y", "%Y-%m-%d", "%d-%b-%Y"],
    tax_name: &["SST", "Service Tax", "GST"],
    tax_rates: &[600],
    tax_included: false,
    cash_step: 5,
    notes: &[100, 500, 1_000, 2_000, 5_000, 10_000],
    labels: &ENGLISH,
};

static GERMANY: Conventions = Conventions {
    money: &[money("", " €", ',', Some('.')), money("EUR ", "", ',', Some('.'))],
    dates: &["%d.%m.%Y", "%d.%m.%y", "%d.%m.%Y", "%-d. @ %Y"],
    tax_name: &["MwSt.", "USt."],
    tax_rates: &[1_900, 700],
    tax_included: true,
    cash_step: 1,
    notes: &[100, 500, 1_000, 2_000, 5_000],
    labels: &GERMAN,
};

static FRANCE: Conventions = Conventions {
    money: &[money("", " €", ',', Some(' ')), money("", " EUR", ',', Some(' '))],
    dates: &["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%-d @ %Y"],
    tax_name: &["TVA"],
    tax_rates: &[2_000, 1_000, 550],
    tax_included: true,
    cash_step: 1,
    notes: &[100, 500, 1_000, 2_000, 5_000],
    labels: &FRENCH,
};

static ENGLISH: Labels = Labels {
    receipt: &["Receipt", "Sales Receipt", "Cash Bill", "Tax Invoice", "Official Receipt"],
    date: &["Date:", "Date", "Date :", "Bill Date:", "Trans Date:", ""],
    time: &["Time:", "Time", "Time :"],
    receipt_number: &["Receipt No:", "Bill No.", "Receipt #", "Trans No:", "Slip No."],
    cashier: &["Cashier:", "Served by:", "Staff:", "Operator:"],
    item: &["Item", "Description"],
    quantity: &["Qty", "QTY"],
    price: &["Price", "Unit Price", "Each"],
    amount: &["Amount", "Amt", "Total"],
    subtotal: &["Subtotal", "Sub Total", "Sub-total", "Subtotal:"],
    discount: &["Discount", "Member Discount", "Promo"],
    tax: &["{name} {rate}", "{name} ({rate})", "{name} @ {rate}"],
    tax_inside: &["Incl. {name} {rate}", "{name} {rate} included", "{name} ({rate}) incl."],
    rounding: &["Rounding", "Rounding Adj", "Rounding Adjustment"],
    total: &["TOTAL", "Total", "Grand Total", "TOTAL DUE", "Amount Due", "Total Amount", "Total:"],
    cash: &["Cash", "CASH", "Cash Tendered", "Paid Cash"],
    change: &["Change", "CHANGE", "Change Due"],
    phone: &["Tel: ", "Tel. ", "Phone: ", "T: ", "Tel "],
    tax_id: &["Tax ID: ", "Reg. No. ", "Tax Reg. No: "],
    thanks: &[
        "Thank you, please come again",
        "Thank you for your purchase!",
        "Thank you for shopping with us",
        "*** THANK YOU ***",
        "Have a nice day",
    ],
    notices: &[
        "Goods sold are not refundable",
        "Exchange within 7 days with this receipt",
        "Please keep this receipt for your records",
        "Returns accepted within 14 days",
    ],
    invoice: &["INVOICE", "Invoice", "TAX INVOICE"],
    invoice_number: &["Invoice No.", "Invoice #", "Invoice number", "Invoice No:"],
    invoice_date: &["Invoice date", "Date", "Date of issue", "Issued"],
    due_date: &["Due date", "Payment due", "Due", "Due by"],
    order: &["Your order", "PO number", "Purchase order", "Reference"],
    bill_to: &["Bill to", "Billed to", "Invoice to", "Customer"],
    description: &["Description", "Item", "Details", "Service"],
    amount_due: &["Total", "Amount due", "Total due", "Balance due", "TOTAL"],
    bank: &["Bank", "Payable to", "Bank details"],
    account: &["Account", "Account no.", "Account number"],
    terms: &["Payment terms", "Terms"],
    terms_days: &["{days} days net", "Net {days}", "{days} days"],
    unit_price: &["Unit price", "Rate", "Price"],
    net: &["Subtotal", "Net amount", "Sub-total", "Net total"],
    position: "#",
    carried: "Carried forward",
    page: "Page",
    closing: &[
        "Please quote the invoice number with your payment.",
        "Payment is due by {date}. Thank you for your business.",
        "We thank you for your order. Goods remain our property until paid in full.",
        "Thank you for your business!",
    ],
    stamps: &["PAID", "RECEIVED", "APPROVED", "POSTED"],
    items_sold: "Item(s)",
};

static GERMAN: Labels = Labels {
    receipt: &["Kassenbon", "Quittung", "Rechnung", "Beleg"],
    date: &["Datum:", "Datum", ""],
    time: &["Uhrzeit:", "Zeit:"],
    receipt_number: &["Bon-Nr.", "Beleg-Nr.:", "Beleg"],
    cashier: &["Es bediente Sie:", "Kasse:", "Bediener:"],
    item: &["Artikel", "Bezeichnung"],
    quantity: &["Menge", "Anz."],
    price: &["Preis", "E-Preis"],
    amount: &["Betrag", "EUR"],
    subtotal: &["Zwischensumme", "Zw-Summe"],
    discount: &["Rabatt", "Kundenrabatt"],
    tax: &["zzgl. {name} {rate}", "{name} {rate}"],
    tax_inside: &["inkl. {name} {rate}", "enth. {name} {rate}"],
    rounding: &["Rundung"],
    total: &["SUMME", "Gesamtbetrag", "Summe EUR", "Zu zahlen", "GESAMT"],
    cash: &["Bar", "Gegeben", "BAR"],
    change: &["Rückgeld", "Zurück"],
    phone: &["Tel. ", "Tel.: ", "Telefon "],
    tax_id: &["USt-IdNr. ", "Steuer-Nr. "],
    thanks: &["Vielen Dank für Ihren Einkauf!", "Danke für Ihren Besuch", "Auf Wiedersehen!"],
    notices: &["Umtausch nur mit Kassenbon", "Umtausch innerhalb von 14 Tagen"],
    invoice: &["RECHNUNG", "Rechnung"],
    invoice_number: &["Rechnungsnummer", "Rechnungs-Nr.", "Rechnung Nr."],
    invoice_date: &["Rechnungsdatum", "Datum"],
    due_date: &["Fällig am", "Zahlbar bis"],
    order: &["Ihre Bestellung", "Bestellnummer", "Ihr Zeichen"],
    bill_to: &["Rechnung an", "Kunde", "Empfänger"],
    description: &["Beschreibung", "Leistung", "Bezeichnung"],
    amount_due: &["Gesamtbetrag", "Rechnungsbetrag", "Zu zahlen"],
    bank: &["Bank", "Bankverbindung"],
    account: &["IBAN"],
    terms: &["Zahlungsziel", "Zahlungsbedingungen"],
    terms_days: &["{days} Tage netto", "{days} Tage ohne Abzug"],
    unit_price: &["Einzelpreis", "E-Preis", "Preis"],
    net: &["Nettobetrag", "Zwischensumme", "Summe netto"],
    position: "Pos.",
    carried: "Übertrag",
    page: "Seite",
    closing: &[
        "Bitte überweisen Sie den Betrag bis zum {date}.",
        "Vielen Dank für Ihren Auftrag.",
        "Die Ware bleibt bis zur vollständigen Bezahlung unser Eigentum.",
    ],
    stamps: &["BEZAHLT", "EINGEGANGEN", "GEPRÜFT", "GEBUCHT"],
    items_sold: "Artikel",
};

static FRENCH: Labels = Labels {
    receipt: &["Ticket de caisse", "Reçu", "Ticket"],
    date: &["Date :", "Le", "Date"],
    time: &["Heure :", "à"],
    receipt_number: &["Ticket n°", "N° de ticket :", "Reçu n°"],
    cashier: &["Servi par :", "Caisse :", "Hôte :"],
    item: &["Article", "Désignation"],
    quantity: &["Qté", "Quantité"],
    price: &["P.U.", "Prix"],
    amount: &["Montant", "Total"],
    subtotal: &["Sous-total", "Sous total"],
    discount: &["Remise", "Remise fidélité"],
    tax: &["{name} {rate}"],
    tax_inside: &["dont {name} {rate}", "{name} {rate} incluse"],
    rounding: &["Arrondi"],
    total: &["TOTAL TTC", "TOTAL", "Total à payer", "NET À PAYER"],
    cash: &["Espèces", "ESPÈCES"],
    change: &["Rendu", "Monnaie rendue"],
    phone: &["Tél. ", "Tél : "],
    tax_id: &["N° TVA ", "TVA intracom. "],
    thanks: &["Merci de votre visite", "Merci et à bientôt !", "Bonne journée"],
    notices: &["Échange sous 14 jours avec ticket", "Ni repris ni échangé"],
    invoice: &["FACTURE", "Facture"],
    invoice_number: &["Facture n°", "Numéro de facture", "N° facture"],
    invoice_date: &["Date de facture", "Date", "Émise le"],
    due_date: &["Échéance", "À régler avant le", "Date d'échéance"],
    order: &["Votre commande", "Bon de commande", "Référence"],
    bill_to: &["Facturé à", "Client", "Destinataire"],
    description: &["Désignation", "Description", "Prestation"],
    amount_due: &["Total TTC", "Net à payer", "Montant dû"],
    bank: &["Banque", "Coordonnées bancaires"],
    account: &["IBAN"],
    terms: &["Conditions de paiement", "Règlement"],
    terms_days: &["{days} jours net", "à {days} jours"],
    unit_price: &["Prix unitaire", "P.U. HT", "Prix"],
    net: &["Total HT", "Sous-total", "Montant HT"],
    position: "N°",
    carried: "À reporter",
    page: "Page",
    closing: &[
        "Merci de régler cette facture avant le {date}.",
        "Nous vous remercions de votre confiance.",
        "Pas d'escompte pour paiement anticipé.",
    ],
    stamps: &["PAYÉ", "REÇU", "COMPTABILISÉ"],
    items_sold: "Articles",
};
