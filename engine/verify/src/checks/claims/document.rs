//! Everything that the claims of one document share: its text, and the amounts, dates and
//! three-character groups in it, each found once when the first claim asks for it.

use std::cell::OnceCell;
use std::ops::Range;

use ivendor_core::verdict::PageText;

use super::amount::{self, Amount};
use super::day::{self, Day};
use super::grams::Grams;
use super::text::{Span, Text};

/// Values of one kind that are looked at; the rest of an endless table is not.
const READS_MAX: usize = 20_000;

/// Finds the values of one line, with their characters.
type Scan<T> = fn(&[char]) -> Vec<(Range<usize>, T)>;

/// A value and where it was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Read<T> {
    pub(crate) span: Span,
    pub(crate) value: T,
}

/// One document as the claims see it.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(crate) text: Text<'a>,
    amounts: OnceCell<Vec<Read<Amount>>>,
    days: OnceCell<Vec<Read<Day>>>,
    grams: OnceCell<Grams>,
}

impl<'a> Document<'a> {
    pub(crate) fn new(pages: &'a [PageText]) -> Self {
        Self {
            text: Text::new(pages),
            amounts: OnceCell::new(),
            days: OnceCell::new(),
            grams: OnceCell::new(),
        }
    }

    /// The amounts, by line and place.
    pub(crate) fn amounts(&self) -> &[Read<Amount>] {
        self.amounts.get_or_init(|| {
            let mut amounts = self.scan(amount::scan);
            for read in amounts.iter_mut().filter(|read| !read.value.sure) {
                // Forms print the sign at the left edge of a box, and the amount at its right.
                let sign = self.text.sign_before(&read.span);
                let code = sign.and_then(|line| amount::currency(&self.text.whole(line)));
                read.value.currency = read.value.currency.or(code);
                read.value.sure = code.is_some();
            }
            amounts
        })
    }

    /// The dates, by line and place.
    pub(super) fn days(&self) -> &[Read<Day>] {
        self.days.get_or_init(|| self.scan(day::scan))
    }

    /// Where each group of three characters stands.
    pub(super) fn grams(&self) -> &Grams {
        self.grams.get_or_init(|| Grams::new(&self.text.glyphs))
    }

    fn scan<T>(&self, of_line: Scan<T>) -> Vec<Read<T>> {
        let lines = self.text.lines.iter().enumerate();
        lines
            .flat_map(|(line, read)| {
                of_line(&read.chars)
                    .into_iter()
                    .map(move |(chars, value)| Read { span: Span { line, chars }, value })
            })
            .take(READS_MAX)
            .collect()
    }
}
