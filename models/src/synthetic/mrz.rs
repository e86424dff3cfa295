//! Machine-readable zones as passports and cards carry them (ICAO Doc 9303, parts 3, 4 and 5).

use jiff::civil::Date;

/// Characters of a line of a passport's zone.
const TD3_WIDTH: usize = 44;
/// Characters of a line of a card's zone.
const TD1_WIDTH: usize = 30;
/// Characters of a document's number.
const NUMBER_WIDTH: usize = 9;

/// What a zone says.
#[derive(Debug, Clone)]
pub(crate) struct Bearer<'a> {
    /// Of the issuer and of the nationality: three letters.
    pub(crate) state: &'a str,
    pub(crate) surname: &'a str,
    pub(crate) given: &'a str,
    /// At most nine capitals and digits.
    pub(crate) number: &'a str,
    pub(crate) born: Date,
    /// `F` or `M`.
    pub(crate) sex: char,
    pub(crate) expires: Date,
    /// Optional data, capitals and digits; may be empty.
    pub(crate) optional: &'a str,
}

impl Bearer<'_> {
    /// The two lines of a passport.
    pub(crate) fn td3(&self) -> [String; 2] {
        let upper = filled(&format!("P<{}{}", self.state, self.names()), TD3_WIDTH);
        let number = checked(&filled(self.number, NUMBER_WIDTH));
        let (born, expires) = (checked(&day(self.born)), checked(&day(self.expires)));
        let optional = checked(&filled(self.optional, 14));
        let all = check_digit(&format!("{number}{born}{expires}{optional}"));
        let lower = format!("{number}{}{born}{}{expires}{optional}{all}", self.state, self.sex);
        [upper, lower]
    }

    /// The three lines of a card.
    pub(crate) fn td1(&self) -> [String; 3] {
        let number = checked(&filled(self.number, NUMBER_WIDTH));
        let optional = filled(self.optional, 15);
        let (born, expires) = (checked(&day(self.born)), checked(&day(self.expires)));
        let second = filled("", 11);
        let all = check_digit(&format!("{number}{optional}{born}{expires}{second}"));
        [
            format!("I<{}{number}{optional}", self.state),
            format!("{born}{}{expires}{}{second}{all}", self.sex, self.state),
            filled(&self.names(), TD1_WIDTH),
        ]
    }

    fn names(&self) -> String {
        format!("{}<<{}", letters(self.surname), letters(self.given))
    }
}

/// `text` followed by its check digit.
fn checked(text: &str) -> String {
    format!("{text}{}", check_digit(text))
}

/// The weighted sum by 7, 3, 1 modulo ten; letters count from 10, fillers nothing.
fn check_digit(text: &str) -> u32 {
    let weighed = text.chars().zip([7, 3, 1].into_iter().cycle());
    weighed.map(|(c, weight)| c.to_digit(36).unwrap_or(0) * weight).sum::<u32>() % 10
}

/// `text` with fillers to `width` characters; what is longer is cut.
fn filled(text: &str, width: usize) -> String {
    text.chars().chain(std::iter::repeat('<')).take(width).collect()
}

fn day(date: Date) -> String {
    date.strftime("%y%m%d").to_string()
}

/// A name in the letters that a zone has.
fn letters(name: &str) -> String {
    let mut letters = String::new();
    for c in name.to_uppercase().chars() {
        match c {
            'Ä' => letters.push_str("AE"),
            'Ö' => letters.push_str("OE"),
            'Ü' => letters.push_str("UE"),
            'É' | 'È' | 'Ê' | 'Ë' => letters.push('E'),
            'À' | 'Â' => letters.push('A'),
            'Ç' => letters.push('C'),
            'Ô' => letters.push('O'),
            'Î' | 'Ï' => letters.push('I'),
            'A'..='Z' => letters.push(c),
            ' ' | '-' => letters.push('<'),
            _ => {}
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn zones_are_those_of_the_standards_specimens() {
        let anna = Bearer {
            state: "UTO",
            surname: "Eriksson",
            given: "Anna Maria",
            number: "L898902C3",
            born: date(1974, 8, 12),
            sex: 'F',
            expires: date(2012, 4, 15),
            optional: "ZE184226B",
        };
        assert_eq!(
            anna.td3(),
            [
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
            ]
        );
        let card = Bearer { number: "D23145890", optional: "", ..anna };
        assert_eq!(
            card.td1(),
            [
                "I<UTOD231458907<<<<<<<<<<<<<<<",
                "7408122F1204159UTO<<<<<<<<<<<6",
                "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
            ]
        );
    }

    #[test]
    fn names_are_written_in_the_letters_of_the_zone() {
        let cases = [
            ("Grünhäuser", "GRUENHAEUSER"),
            ("Weißmoor", "WEISSMOOR"),
            ("Chaumeçon", "CHAUMECON"),
            ("Le Quéric", "LE<QUERIC"),
            ("Zoë", "ZOE"),
            ("O'Brin", "OBRIN"),
        ];
        for (name, expected) in cases {
            assert_eq!(letters(name), expected);
        }
    }
}
