//! Whether a bank statement leads from its opening to its closing balance: by its sums (opening
//! balance, what came in, what went out) and by its transactions, each of which leads from one
//! balance to the next.
//!
//! A label that stands only above a column says nothing here: below it stand transactions.

use std::collections::BTreeMap;

use ivendor_core::check::Check;
use ivendor_core::reason::Reason;
use ivendor_models::profile::Profile;

use super::sums::Sum;
use super::terms::{Kind, Term, Terms, parted};
use super::{CONTRADICTS, FITS, claimed, read_surely, shown};
use crate::checks::claims::document::Document;
use crate::checks::claims::labels::{Labels, Role};

/// The type of document.
pub(super) const TYPE: &str = "bank_statement";
/// The name of the check.
const NAME: &str = "arithmetic.balance";
/// The claim whose amount is to come out.
const CLOSING: &str = "closing_balance";
/// Places of each kind that are tried.
const PLACES_MAX: usize = 6;
/// Transactions in a row without which their balances tell nothing.
const LINKS_MIN: usize = 3;

/// Labels of the four amounts that stand beside nothing else, column heads least of all.
const SURE: [(Kind, &str, &[&str]); 4] = [
    (
        Kind::Opening,
        "opening_balance",
        &["alter kontostand", "alter saldo", "ancien solde", "previous balance", "saldo inicial"],
    ),
    (
        Kind::Closing,
        CLOSING,
        &["neuer kontostand", "neuer saldo", "new balance", "nouveau solde", "saldo final"],
    ),
    (
        Kind::Credits,
        "deposits",
        &["deposits and additions", "summe gutschriften", "total credits", "total deposits"],
    ),
    (
        Kind::Debits,
        "withdrawals",
        &["summe lastschriften", "total debits", "total withdrawals", "withdrawals and debits"],
    ),
];

fn labels(profile: &Profile) -> Vec<(Kind, Labels)> {
    let lists = SURE.map(|(kind, key, own)| {
        let spec = profile.claim(key);
        let mut sure: Vec<String> = own.iter().map(|label| (*label).to_owned()).collect();
        sure.extend(spec.labels_sure.iter().cloned());
        (kind, sure, spec.labels.clone())
    });
    parted(&lists)
}

/// The check; none where the page does not tell.
pub(super) fn check(
    profile: &Profile,
    claims: &BTreeMap<String, String>,
    document: &Document<'_>,
) -> Option<Check> {
    let terms = Terms::of(&labels(profile), document);
    let of = |kind: Kind| {
        let beside = terms.of_kind(kind).filter(|term| term.role >= Role::Labelled);
        beside.take(PLACES_MAX).collect::<Vec<_>>()
    };
    let wanted = claimed(profile, claims, CLOSING);
    let mut closing = of(Kind::Closing);
    if closing.iter().any(|term| Some(term.value) == wanted) {
        closing.retain(|term| Some(term.value) == wanted);
    }
    let scene = Scene {
        opening: of(Kind::Opening),
        credits: of(Kind::Credits),
        debits: of(Kind::Debits),
        chain: chain(&terms, &of(Kind::Opening), document),
        closing,
        terms: &terms,
        document,
    };
    let passed = |sum: Sum<'_>| shown(Check::passed(NAME, FITS), &sum, document);
    let failed = |sum: Sum<'_>| {
        let check = Check::failed(NAME, CONTRADICTS, Reason::ARITHMETIC_MISMATCH);
        shown(check, &sum, document)
    };
    // Two ways to the same balance: where they differ, one of its amounts was changed.
    let contradicted = scene.moved_otherwise().or_else(|| scene.summed_otherwise());
    contradicted.map(failed).or_else(|| scene.fitting().map(passed))
}

/// What is known of the balances, each kind in the places in which it stands.
struct Scene<'a> {
    opening: Vec<&'a Term<'a>>,
    credits: Vec<&'a Term<'a>>,
    debits: Vec<&'a Term<'a>>,
    /// The claimed closing balance where it stands there, else all of them.
    closing: Vec<&'a Term<'a>>,
    /// The transactions, where they lead from the opening balance to the last one.
    chain: Option<Chain<'a>>,
    terms: &'a Terms<'a>,
    document: &'a Document<'a>,
}

/// Transactions without a gap.
struct Chain<'a> {
    opening: &'a Term<'a>,
    /// Each transaction with its sign.
    moves: Vec<(&'a Term<'a>, i64)>,
    /// The balance behind the last one.
    last: &'a Term<'a>,
}

impl<'a> Scene<'a> {
    fn certain(&self, terms: &[&Term<'_>]) -> bool {
        !terms.is_empty() && terms.iter().all(|term| read_surely(term, self.document))
    }

    /// Every sum of an opening balance, what came in and what went out, beside a closing one.
    fn sums(&self) -> impl Iterator<Item = (i64, [&'a Term<'a>; 4])> + '_ {
        let [first, come, gone, last] = [&self.opening, &self.credits, &self.debits, &self.closing];
        let pairs = first.iter().flat_map(move |first| come.iter().map(move |come| (first, come)));
        let ends = move |(first, come)| {
            let ends = gone.iter().flat_map(move |gone| last.iter().map(move |last| (gone, last)));
            ends.map(move |(gone, last): (&&'a Term<'a>, &&'a Term<'a>)| {
                let (first, come): (&&'a Term<'a>, &&'a Term<'a>) = (first, come);
                let sum = first.value + come.value.abs() - gone.value.abs();
                (sum - last.value, [*first, *come, *gone, *last])
            })
        };
        pairs.flat_map(ends)
    }

    fn sum([first, come, gone, last]: [&'a Term<'a>; 4]) -> Sum<'a> {
        let moves = [(come, come.value.abs()), (gone, -gone.value.abs())];
        Sum::new([(first, first.value)].into_iter().chain(moves).collect(), last)
    }

    /// The first way that gives a closing balance.
    fn fitting(&self) -> Option<Sum<'a>> {
        let sum = self.sums().find(|(rest, _)| *rest == 0);
        sum.map(|(_, terms)| Self::sum(terms)).or_else(|| {
            let chain = self.chain.as_ref()?;
            let gives = |term: &&&Term<'_>| term.value == chain.last.value;
            Some(chain.sum(self.closing.iter().find(gives)?))
        })
    }

    /// Transactions that lead somewhere else, all of them read with certainty.
    fn moved_otherwise(&self) -> Option<Sum<'a>> {
        let chain = self.chain.as_ref()?;
        let other = |term: &&Term<'_>| term.value != chain.last.value;
        let moves: Vec<&Term<'_>> = chain.moves.iter().map(|(term, _)| *term).collect();
        let certain = self.certain(&self.closing)
            && self.certain(&moves)
            && self.certain(&[chain.opening, chain.last]);
        let all = self.closing.iter().all(other);
        (certain && all).then(|| self.closing.last().map(|closing| chain.sum(closing)))?
    }

    /// Sums none of which gives a closing balance, all of them read with certainty and without
    /// another amount on the page that explains the difference, such as fees.
    fn summed_otherwise(&self) -> Option<Sum<'a>> {
        let kinds = [&self.opening, &self.credits, &self.debits, &self.closing];
        let one = |terms: &Vec<&Term<'_>>| terms.iter().all(|term| term.value == terms[0].value);
        if !kinds.iter().all(|terms| self.certain(terms) && one(terms)) {
            return None;
        }
        let (rest, terms) = self.sums().next()?;
        let stands = |value: i64| self.terms.all().iter().any(|t| t.value.abs() == value);
        (rest != 0 && !stands(rest.abs())).then(|| Self::sum(terms))
    }
}

impl<'a> Chain<'a> {
    fn sum(&self, closing: &'a Term<'a>) -> Sum<'a> {
        let first = [(self.opening, self.opening.value)];
        Sum::new(first.into_iter().chain(self.moves.iter().copied()).collect(), closing)
    }
}

/// The transactions of a table whose last column is the balance: each row leads from the balance
/// above it to its own. None where a row does not, or where there are too few.
fn chain<'a>(
    terms: &'a Terms<'a>,
    openings: &[&'a Term<'a>],
    document: &Document<'_>,
) -> Option<Chain<'a>> {
    let rows: Vec<Vec<&Term<'_>>> = rows(terms, document);
    let step = |from: i64, row: &[&'a Term<'a>]| {
        let (balance, moves) = row.split_last()?;
        let leads = |term: &&'a Term<'a>| {
            let size = term.value.abs();
            let sign = [size, -size].into_iter().find(|sign| from + sign == balance.value)?;
            Some((*term, sign))
        };
        Some((*balance, moves.iter().find_map(leads)?))
    };
    let begins = |row: &Vec<&'a Term<'a>>| {
        openings.iter().find_map(|opening| Some((*opening, step(opening.value, row)?)))
    };
    // What stands above the table does not lead on from the opening balance.
    let mut table = rows.iter().filter(|row| row.len() >= 2);
    let (opening, (mut last, link)) = table.find_map(begins)?;
    let mut moves = vec![link];
    for row in table {
        let (balance, link) = step(last.value, row)?;
        last = balance;
        moves.push(link);
    }
    (moves.len() >= LINKS_MIN).then_some(Chain { opening, moves, last })
}

/// The amounts in rows from top to bottom, each row from left to right.
fn rows<'a>(terms: &'a Terms<'a>, document: &Document<'_>) -> Vec<Vec<&'a Term<'a>>> {
    let line = |term: &Term<'_>| &document.text.lines[term.read.span.line];
    let mut all: Vec<&Term<'_>> = terms.all().iter().collect();
    all.sort_by(|a, b| (line(a).page.cmp(&line(b).page)).then(line(a).y.total_cmp(&line(b).y)));
    let mut rows: Vec<Vec<&Term<'_>>> = Vec::new();
    for term in all {
        let beside = |row: &&mut Vec<&Term<'_>>| {
            let first = line(row[0]);
            first.page == line(term).page
                && (line(term).y - first.y).abs() <= 0.5 * first.height.min(line(term).height)
        };
        match rows.last_mut().filter(beside) {
            Some(row) => row.push(term),
            None => rows.push(vec![term]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| {
            let place = |term: &Term<'_>| (line(term).x.start, term.read.span.chars.start);
            let ((x, at), (other_x, other_at)) = (place(a), place(b));
            x.total_cmp(&other_x).then(at.cmp(&other_at))
        });
    }
    rows
}
