//! The amounts of a document and the part that each plays in its sum, by the label beside it.

use std::collections::BTreeSet;

use ivendor_models::profile::Profile;

use crate::checks::claims::amount::Amount;
use crate::checks::claims::document::{Document, Read};
use crate::checks::claims::labels::{Labels, Role, Values};
use crate::checks::claims::text::Span;

/// The part of an amount in a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// What is to be paid.
    Total,
    /// A few coins up or down.
    Rounding,
    /// What is taken off.
    Discount,
    /// Service, delivery, a tip.
    Charge,
    /// Tax that is added, or that is inside already.
    Tax,
    /// What was handed over.
    Paid,
    /// What came back.
    Back,
    /// The sum before the rest.
    Subtotal,
    /// What was on an account before.
    Opening,
    /// What is on it afterwards.
    Closing,
    /// All that came in.
    Credits,
    /// All that went out.
    Debits,
    /// Something with a label of its own, such as points or a card.
    Aside,
    /// Nothing says what: a price or the amount of a line.
    Unknown,
}

/// Labels of what profiles do not name as claims.
const ROUNDING: &[&str] = &[
    "afronding",
    "arredondamento",
    "arrondi",
    "arrotondamento",
    "pembundaran",
    "redondeo",
    "round adj",
    "round amt",
    "round off",
    "rounding",
    "rounding adj",
    "rounding adjustment",
    "rounding off",
    "rundung",
];
const DISCOUNT: &[&str] = &[
    "bill discount",
    "coupon",
    "desconto",
    "descuento",
    "disc",
    "discount",
    "diskaun",
    "korting",
    "less discount",
    "nachlass",
    "potongan",
    "rabatt",
    "rebate",
    "remise",
    "sconto",
    "total discount",
    "voucher",
];
const CHARGE: &[&str] = &[
    "delivery",
    "delivery charge",
    "envio",
    "frais de port",
    "freight",
    "gratuity",
    "handling",
    "livraison",
    "postage",
    "porto",
    "serv charge",
    "service",
    "service charge",
    "service fee",
    "shipping",
    "spedizione",
    "svc charge",
    "svr tax",
    "tip",
    "versand",
    "versandkosten",
    "verzendkosten",
];

/// An amount in its part.
#[derive(Debug, Clone)]
pub(super) struct Term<'a> {
    pub(super) read: &'a Read<Amount>,
    pub(super) kind: Kind,
    /// What the label beside it is worth.
    pub(super) role: Role,
    /// In thousandths.
    pub(super) value: i64,
    /// Whether its label, its digits and its decimals leave no doubt.
    pub(super) sure: bool,
}

/// The amounts of a document, by line and place.
#[derive(Debug)]
pub(super) struct Terms<'a>(Vec<Term<'a>>);

impl<'a> Terms<'a> {
    /// Finds the part of each amount that has decimals or a currency, by the labels of each.
    pub(super) fn of(labels: &[(Kind, Labels)], document: &'a Document<'_>) -> Self {
        let amounts = document.amounts().iter().filter(|read| read.value.sure);
        let spans: Vec<Span> = amounts.clone().map(|read| read.span.clone()).collect();
        let term = |read: &'a Read<Amount>| {
            let role = |labels: &Labels| labels.role(&document.text, &read.span, Values(&spans));
            let roles: Vec<(Kind, Role)> =
                labels.iter().map(|(kind, labels)| (*kind, role(labels))).collect();
            let by = |wanted: &[Role]| roles.iter().find(|(_, role)| wanted.contains(role));
            let surely = by(&[Role::Sure]);
            let kind = surely.or_else(|| by(&[Role::Labelled, Role::Near]));
            Term {
                read,
                kind: kind.map_or(Kind::Unknown, |(kind, _)| *kind),
                role: kind.map_or(Role::Unlabelled, |(_, role)| *role),
                value: read.value.readings[0],
                sure: surely.is_some()
                    && read.value.confused == 0
                    && read.value.readings.len() == 1,
            }
        };
        Self(amounts.map(term).collect())
    }

    pub(super) fn all(&self) -> &[Term<'a>] {
        &self.0
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Term<'a>> {
        self.0.iter().filter(move |term| term.kind == kind)
    }

    /// What is added to a subtotal or taken from it, without repeats.
    pub(super) fn adjustments(&self) -> impl Iterator<Item = &Term<'a>> {
        let changes = |term: &&Term<'_>| {
            matches!(term.kind, Kind::Rounding | Kind::Discount | Kind::Charge | Kind::Tax)
                && term.value != 0
        };
        let mut seen = BTreeSet::new();
        let new = move |term: &&Term<'_>| seen.insert((term.kind, term.value.abs()));
        self.0.iter().filter(changes).filter(new)
    }

    /// The column of amounts that stands above `end`, flush with it on the right: one a row.
    pub(super) fn column(&self, end: &Term<'_>, document: &Document<'_>) -> Vec<&Term<'a>> {
        let lines = &document.text.lines;
        let right = |term: &Term<'_>| {
            let line = &lines[term.read.span.line];
            let part = term.read.span.chars.end as f32 / line.chars.len().max(1) as f32;
            line.x.start + (line.x.end - line.x.start) * part
        };
        let last = &lines[end.read.span.line];
        let above = |term: &&Term<'_>| {
            let line = &lines[term.read.span.line];
            line.page == last.page
                && line.y < last.y - 0.5 * last.height
                && (right(term) - right(end)).abs() <= 2.0 * last.height
                && !term.sure
        };
        let mut rows: Vec<&Term<'_>> = Vec::new();
        for term in self.0.iter().filter(above) {
            let line = &lines[term.read.span.line];
            let same_row = |other: &&Term<'_>| {
                (lines[other.read.span.line].y - line.y).abs() <= 0.5 * line.height
            };
            match rows.iter_mut().find(|other| same_row(other)) {
                Some(other) if right(term) > right(other) => *other = term,
                Some(_) => {}
                None => rows.push(term),
            }
        }
        rows
    }

    /// Whether the column above `end` adds up to it.
    pub(super) fn items_give(&self, end: &Term<'_>, document: &Document<'_>) -> bool {
        let column = self.column(end, document);
        !column.is_empty() && column.iter().map(|term| term.value).sum::<i64>() == end.value
    }

    /// Whether an amount without a label stands between two others and may belong to the sum.
    pub(super) fn between(&self, from: &Term<'_>, to: &Term<'_>, document: &Document<'_>) -> bool {
        let line = |term: &Term<'_>| &document.text.lines[term.read.span.line];
        let (first, last) = (line(from), line(to));
        let (top, bottom) = (first.y.min(last.y), first.y.max(last.y));
        let inside = |term: &&Term<'_>| {
            let place = line(term);
            place.page == first.page && (top..=bottom).contains(&place.y)
        };
        let unknown = |term: &Term<'_>| matches!(term.kind, Kind::Unknown) || !term.sure;
        first.page != last.page || self.0.iter().filter(inside).any(unknown)
    }
}

/// The labels of a receipt or an invoice, by kind.
pub(super) fn of_bill(profile: &Profile) -> Vec<(Kind, Labels)> {
    let [total, subtotal, tax] = ["total", "subtotal", "tax"].map(|key| profile.claim(key));
    let own = |list: &[&str]| list.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>();
    let joined = |lists: [&Vec<String>; 2]| lists.into_iter().flatten().cloned().collect();
    let settled = total.settled.as_ref();
    let lists: [(Kind, Vec<String>); 9] = [
        (Kind::Total, joined([&total.labels_sure, &total.labels])),
        (Kind::Rounding, own(ROUNDING)),
        (Kind::Discount, own(DISCOUNT)),
        (Kind::Charge, own(CHARGE)),
        (Kind::Tax, joined([&tax.labels_sure, &tax.labels])),
        (Kind::Paid, settled.map(|s| s.paid.clone()).unwrap_or_default()),
        (Kind::Back, settled.map(|s| s.back.clone()).unwrap_or_default()),
        (Kind::Subtotal, joined([&subtotal.labels_sure, &subtotal.labels])),
        (Kind::Aside, joined([&total.labels_against, &tax.labels_against])),
    ];
    // A label that stands in several lists counts in the first.
    let mut seen = BTreeSet::new();
    let lists = lists.map(|(kind, list)| {
        let new = list.into_iter().filter(|label| seen.insert(label.clone()));
        (kind, new.collect::<Vec<_>>())
    });
    parted(&lists.map(|(kind, list)| (kind, list, Vec::new())))
}

/// The labels of each kind, sure ones and usual ones, those of all others against it: the longest
/// that fits counts.
pub(super) fn parted(lists: &[(Kind, Vec<String>, Vec<String>)]) -> Vec<(Kind, Labels)> {
    let kinds = lists.iter().map(|(kind, sure, usual)| {
        let others = lists.iter().filter(|(other, ..)| other != kind);
        let mut roles: Vec<(&[String], Role)> = others
            .flat_map(|(_, sure, usual)| [sure, usual])
            .map(|list| (list.as_slice(), Role::Against))
            .collect();
        roles.extend([(usual.as_slice(), Role::Labelled), (sure.as_slice(), Role::Sure)]);
        (*kind, Labels::new(&roles))
    });
    kinds.collect()
}
