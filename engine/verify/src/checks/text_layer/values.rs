//! The values and words of a text, so that two texts of one page can be compared although they are
//! broken into lines and set with spaces in different ways.

use ivendor_core::verdict::PageText;
use unicode_normalization::UnicodeNormalization;

/// Characters of a page's text that are looked at; a full page has about 6,000.
const CHARS_MAX: usize = 60_000;
/// Values of a page's text that are looked at.
const VALUES_MAX: usize = 2_000;
/// Digits of a plain number that matters; shorter ones are counts and pages.
const NUMBER_DIGITS_MIN: usize = 4;
/// Letters of a word that tells whether two texts are the same.
const WORD_LETTERS_MIN: usize = 4;

/// What a value is, by how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// With two decimals.
    Amount,
    /// Three groups of digits with the same mark between them.
    Date,
    /// Any other long enough number.
    Number,
}

/// A value as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    pub(super) kind: Kind,
    /// Its digits alone.
    pub(super) digits: String,
    /// As written.
    pub(super) text: String,
    /// Index of its line.
    pub(super) line: usize,
}

/// A text, taken apart.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) values: Vec<Value>,
    /// Words of letters alone, in capitals.
    pub(super) words: Vec<String>,
    /// The digits in order, and letters that are taken for digits as such; a space where one is,
    /// `#` for other letters and the ends of lines, nothing for points and other marks.
    digits: Vec<u8>,
    /// All letters and digits in order, in capitals, without spaces.
    letters: String,
}

impl Taken {
    /// From lines of text.
    pub(super) fn of<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut taken = Self::default();
        let mut left = CHARS_MAX;
        for (number, line) in lines.enumerate() {
            let chars: Vec<char> = line.nfkc().take(left).collect();
            left -= chars.len();
            taken.line(number, &chars);
        }
        taken
    }

    /// From a page as it was read.
    pub(super) fn of_page(page: &PageText) -> Self {
        Self::of(page.lines.iter().map(|line| line.text.as_str()))
    }

    fn line(&mut self, number: usize, chars: &[char]) {
        self.letters
            .extend(chars.iter().filter(|c| c.is_alphanumeric()).flat_map(|c| c.to_uppercase()));
        // Spaces are lost and found: `12489054,30497523` are two numbers.
        let parted = |at: usize| if parts_numbers(chars, at) { ' ' } else { chars[at] };
        let chars: &[char] = &(0..chars.len()).map(parted).collect::<Vec<_>>();
        for token in chars.split(|c| c.is_whitespace()) {
            // `I2.O0` is a number that was misread, `USD12` a word and a number.
            let is_number = token.iter().any(char::is_ascii_digit)
                && token.iter().all(|c| !c.is_alphanumeric() || digit(*c).is_some());
            self.digits.extend(token.iter().filter_map(|c| match digit(*c) {
                Some(digit) if is_number || c.is_ascii_digit() => Some(digit),
                _ => c.is_alphanumeric().then_some(b'#'),
            }));
            self.digits.push(b' ');
        }
        self.digits.push(b'#');
        let words = chars.split(|c| !c.is_alphabetic()).filter(|w| w.len() >= WORD_LETTERS_MIN);
        self.words.extend(words.map(|word| word.iter().flat_map(|c| c.to_uppercase()).collect()));
        for run in runs(chars) {
            let text: String = run.iter().collect();
            let digits: String = run.iter().filter(|c| c.is_ascii_digit()).collect();
            if let Some(kind) = kind(run, digits.len()).filter(|_| self.values.len() < VALUES_MAX) {
                self.values.push(Value { kind, digits, text, line: number });
            }
        }
    }

    /// Whether these digits stand anywhere in the text, as a whole: spaces between them do not
    /// matter, another digit right before or after them does.
    pub(super) fn has(&self, digits: &str) -> bool {
        let starts = |at: &usize| *at == 0 || !self.digits[at - 1].is_ascii_digit();
        self.values.iter().any(|value| value.digits == digits)
            || (0..self.digits.len()).filter(starts).any(|at| self.has_at(at, digits.as_bytes()))
    }

    fn has_at(&self, mut at: usize, digits: &[u8]) -> bool {
        for (i, digit) in digits.iter().enumerate() {
            while i > 0 && self.digits.get(at) == Some(&b' ') {
                at += 1;
            }
            if self.digits.get(at) != Some(digit) {
                return false;
            }
            at += 1;
        }
        !self.digits.get(at).is_some_and(u8::is_ascii_digit)
    }

    /// Whether this word stands anywhere, even inside of another or across a gap.
    pub(super) fn says(&self, word: &str) -> bool {
        self.letters.contains(word)
    }
}

/// Whether a comma parts two numbers: more digits on both sides than thousands or decimals have.
fn parts_numbers(chars: &[char], at: usize) -> bool {
    const DIGITS: usize = 4;
    let digits = |part: &mut dyn Iterator<Item = &char>| {
        part.take(DIGITS).filter(|c| c.is_ascii_digit()).count() == DIGITS
    };
    chars[at] == ',' && digits(&mut chars[..at].iter().rev()) && digits(&mut chars[at + 1..].iter())
}

/// The digit that a character is or may have been misread for.
fn digit(c: char) -> Option<u8> {
    match c {
        '0'..='9' => Some(c as u8),
        'O' | 'o' | 'Q' | 'D' => Some(b'0'),
        'I' | 'l' | '|' | 'i' => Some(b'1'),
        'Z' | 'z' => Some(b'2'),
        'S' | 's' => Some(b'5'),
        'G' => Some(b'6'),
        'B' => Some(b'8'),
        _ => None,
    }
}

/// The runs of digits and what joins them. A run inside a word is a code, not a value.
fn runs(chars: &[char]) -> Vec<&[char]> {
    let joins = |c: char| matches!(c, '.' | ',' | '/' | '-' | '\'');
    let mut runs = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if !chars[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < chars.len()
            && (chars[at].is_ascii_digit()
                || joins(chars[at]) && chars.get(at + 1).is_some_and(char::is_ascii_digit))
        {
            at += 1;
        }
        let letter = |i: usize| chars.get(i).is_some_and(|c| c.is_alphabetic());
        // `RM12.00` is an amount, `AB1234` a code: the decimals make the difference.
        let inside = start > 0 && letter(start - 1) || letter(at);
        let run = &chars[start..at];
        if !inside || run.iter().any(|c| joins(*c)) {
            runs.push(run);
        }
    }
    runs
}

fn kind(run: &[char], digits: usize) -> Option<Kind> {
    let groups: Vec<&[char]> = run.split(|c| !c.is_ascii_digit()).collect();
    let marks: Vec<char> = run.iter().copied().filter(|c| !c.is_ascii_digit()).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let is_date = matches!(lengths[..], [1 | 2, 1 | 2, 2 | 4] | [4, 1 | 2, 1 | 2])
        && marks[0] == marks[1]
        && matches!(marks[0], '/' | '-' | '.');
    let decimals = lengths.len() > 1 && lengths.last() == Some(&2);
    if is_date {
        Some(Kind::Date)
    } else if decimals && matches!(marks.last(), Some('.' | ',')) {
        Some(Kind::Amount)
    } else if digits >= NUMBER_DIGITS_MIN {
        Some(Kind::Number)
    } else {
        None
    }
}
