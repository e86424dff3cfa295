//! Names, addresses and plain text, letter by letter and digit by digit.

use super::super::testing::Comes::{Accepted, Doubtful, Invalid, Mismatch, NotFound};
use super::super::testing::{Case, ask, assert_cases, comes};

const SHOP: &[&str] = &[
    "LIAN HING STATIONERY SDN BHD",
    "(CO. REG. 162761-M)",
    "NO.32 & 33, JALAN SR 1/9,",
    "SEKSYEN 9, TAMAN SERDANG RAYA,",
    "43300 SERI KEMBANGAN, SELANGOR",
    "TEL 03-8948 1234 | CASHIER: MAJU",
    "TOTAL | 9.00",
];

#[test]
fn a_name_is_its_letters_in_whatever_spacing() {
    let cases: &[Case<'_>] = &[
        ("exact", "LIAN HING STATIONERY SDN BHD", SHOP, Accepted, Some(SHOP[0])),
        ("case and punctuation", "Lian Hing Stationery Sdn. Bhd.", SHOP, Accepted, Some(SHOP[0])),
        ("lost spaces", "Café Straße Nord", &["CAFESTRASSE NORD"], Accepted, None),
        ("over two lines", "Lian Hing Stationery", &["LIAN HING", "STATIONERY"], Accepted, None),
        ("a digit for a letter", "LOTUS TRADING", &["L0TUS TRADING"], Accepted, None),
        ("a lost dot", "Perindustrian Jaya", &["Perindustrlan Jaya"], Doubtful, None),
        ("a bar among small letters", "World Trading", &["WorId Trading"], Accepted, None),
        ("a look-alike letter", "HARDEN TRADING", &["NARDEN TRADING"], Doubtful, None),
        ("one letter changed", "LIAN HANG STATIONERY SDN BHD", SHOP, Mismatch, Some(SHOP[0])),
        ("one letter missing", "LIAN HING STATIONRY SDN BHD", SHOP, Mismatch, None),
        ("one letter too many", "LIAN HINGS STATIONERY SDN BHD", SHOP, Mismatch, None),
        ("cut off", "LIAN HING STATIONERY SDN BH", SHOP, Doubtful, None),
        ("one word changed", "LIAN HING HARDWARE SDN BHD", SHOP, Mismatch, None),
        ("another name", "GOLDEN KEY MAKER", SHOP, NotFound, None),
        ("inside a word", "MAJ", SHOP, Mismatch, None),
        ("no letters", " -.,", SHOP, Invalid, None),
        ("empty", "", SHOP, Invalid, None),
        ("another script", "東京商店", &["東京商店 領収書"], Accepted, None),
    ];
    assert_cases("receipt", "company", cases);
}

#[test]
fn words_may_stand_in_another_order_at_a_price() {
    let cases: &[Case<'_>] = &[
        ("surname first", "John Michael Smithson", &["SMITHSON JOHN MICHAEL"], Accepted, None),
        ("far apart", "Johnathan Smithson", &["JOHNATHAN", "SMITHSON"], Accepted, None),
    ];
    assert_cases("other", "name", cases);
}

#[test]
fn every_digit_of_an_address_counts() {
    let claim = "NO.32 & 33, JALAN SR 1/9, SEKSYEN 9, TAMAN SERDANG RAYA, \
                 43300 SERI KEMBANGAN, SELANGOR";
    let changed = |from: &str, to: &str| claim.replace(from, to);
    let (number, road, code) = (changed("32", "37"), changed("1/9", "1/8"), changed("433", "438"));
    let (less, more) = (changed("43300", "4330"), changed("SR 1/9", "SR 1/95"));
    let (short, letter) = (changed(" & 33", ""), changed("TAMAN", "TAMIN"));
    let cases: &[Case<'_>] = &[
        ("exact, over three lines", claim, SHOP, Accepted, None),
        ("house number", &number, SHOP, Mismatch, None),
        ("road", &road, SHOP, Mismatch, None),
        ("postal code", &code, SHOP, Mismatch, None),
        ("one digit less", &less, SHOP, Mismatch, None),
        ("one digit more", &more, SHOP, Mismatch, None),
        ("a number left out", &short, SHOP, Accepted, None),
        ("a letter changed", &letter, SHOP, Doubtful, None),
        ("a part of it", "JALAN SR 1/9, SEKSYEN 9", SHOP, Accepted, None),
        (
            "a lost dot",
            "12 Milton Street, Lillehammer",
            &["12 MiIton Street", "LiIlehammer"],
            Accepted,
            None,
        ),
        ("another address", "12 MAIN STREET, SPRINGFIELD", SHOP, NotFound, None),
        (
            "cut in a number",
            "JALAN SR 1/9, SEKSYEN 9, TAMAN SERDANG RAYA, 43",
            SHOP,
            Mismatch,
            None,
        ),
        ("a letter read for a digit", "15 MAIN STREET", &["1S MAIN STREET"], Doubtful, None),
    ];
    assert_cases("receipt", "address", cases);
}

#[test]
fn a_name_beside_another_ones_label_is_not_the_claimed_one() {
    let invoice: &[&str] = &["ACME TRADING LTD", "Bill to: | NORTHWIND HOLDINGS"];
    let cases: &[Case<'_>] = &[
        ("the seller", "Acme Trading Ltd", invoice, Accepted, None),
        ("the buyer", "Northwind Holdings", invoice, Mismatch, None),
    ];
    assert_cases("invoice", "company", cases);
    let buyer: &[Case<'_>] = &[("the buyer", "Northwind Holdings", invoice, Accepted, None)];
    assert_cases("invoice", "customer", buyer);
}

#[test]
fn a_short_text_needs_its_label() {
    let card: &[&str] = &["Sex: F", "Nationality | GBR", "FORM A"];
    let cases: &[Case<'_>] = &[
        ("labelled", "F", card, Accepted, None),
        ("not labelled", "A", card, Doubtful, None),
        ("nowhere", "M", card, NotFound, None),
    ];
    assert_cases("id_document", "sex", cases);
    let unknown: &[Case<'_>] = &[("an unknown key", "blue paper", &["BLUE PAPER"], Accepted, None)];
    assert_cases("receipt", "colour", unknown);
}

#[test]
fn a_name_in_the_buyers_block_is_not_the_sellers() {
    let rows = &[
        "ACME TRADING LTD | Invoice No: 17",
        "12 Mill Lane",
        "Bill to | Ship to",
        "NORTHWIND HOLDING | NORTHWIND HOLDING",
        "7 Harbour Road",
        "Bristol",
    ];
    let against = |key: &str, claim: &str| {
        let check = ask("invoice", key, claim, rows);
        (check.measures["role_against"] == 1.0, comes(&check) == Accepted)
    };
    assert_eq!(against("company", "Acme Trading Ltd"), (false, true));
    assert_eq!(against("address", "12 Mill Lane"), (false, true));
    assert_eq!(against("company", "Northwind Holding"), (true, false), "below the heading");
    assert_eq!(against("address", "7 Harbour Road, Bristol"), (true, false), "further down");
    assert_eq!(against("customer", "Northwind Holding"), (false, true));
    let receipt = &["ACME TRADING LTD", "CUSTOMER: NORTHWIND HOLDING", "TOTAL | 9.00"];
    let role = |claim: &str| ask("receipt", "company", claim, receipt).measures["role_against"];
    assert_eq!((role("Acme Trading Ltd"), role("Northwind Holding")), (0.0, 1.0));
}
