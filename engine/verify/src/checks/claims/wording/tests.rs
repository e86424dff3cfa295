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

#[test]
fn a_caption_that_asks_for_more_is_the_label_of_what_stands_below() {
    let form = &[
        "PAYER'S name, street address, city or town, state, ZIP code",
        "NORTHWIND HOLDING",
        "7 Harbour Road",
        "RECIPIENT'S name",
        "ANNA LIM",
    ];
    let role = |key: &str, claim: &str| {
        let check = ask("tax_form", key, claim, form);
        (check.measures["role_near"], check.measures["role_against"])
    };
    assert_eq!(role("payer", "Northwind Holding"), (1.0, 0.0));
    assert_eq!(role("name", "Northwind Holding"), (0.0, 1.0));
    assert_eq!(role("name", "Anna Lim"), (1.0, 0.0));
    assert_eq!(role("payer", "Anna Lim"), (0.0, 1.0));
}

#[test]
fn who_issued_a_document_stands_above_its_page() {
    let rows = &["NORTHWIND BANK", "12 Mill Lane", "ACME TRADING LTD", "7 Harbour Road"];
    let measure = |key: &str, claim: &str, name: &str| {
        let measured = ask("bank_statement", key, claim, rows).measures.get(name).copied();
        measured.map(|value| (value * 6.0).round())
    };
    assert_eq!(measure("bank", "Northwind Bank", "issuer_below"), Some(0.0));
    assert_eq!(measure("bank", "Acme Trading Ltd", "issuer_below"), Some(4.0));
    assert_eq!(measure("name", "Northwind Bank", "party_heads"), Some(6.0));
    assert_eq!(measure("name", "Acme Trading Ltd", "party_heads"), Some(2.0));
    assert_eq!(measure("address", "7 Harbour Road", "party_heads"), None, "no name");
    let tax = ask("tax_form", "name", "Acme Trading Ltd", rows);
    assert_eq!(tax.measures.get("party_heads"), None, "a type without a letterhead");
}

#[test]
fn of_equal_places_the_labelled_one_counts_and_another_ones_is_told() {
    let rows = &[
        "NORTHWIND INSURANCE",
        "Certificate of Insurance",
        "We certify that the following insurance is in force for the company that is named below.",
        "It neither amends nor extends the cover that its policies afford.",
        "Insurer: | NORTHWIND INSURANCE",
    ];
    let measures = |key: &str| {
        let check = ask("insurance_certificate", key, "Northwind Insurance", rows);
        (check.measures["role_labelled"], check.measures["otherwise"])
    };
    assert_eq!(measures("insurer"), (1.0, 0.0));
    assert_eq!(measures("company"), (0.0, 1.0), "it stands beside the insurer's label");
}

#[test]
fn an_address_goes_on_in_the_next_box_of_a_form() {
    let beside = "13 Excess golden parachute payments and what is to be said of them here";
    let form = &[
        "Street address (including apt. no.) | 10 Crop insurance proceeds",
        &format!("130 Westchester Lane | {beside} | {beside}"),
        &format!("City or town, state or province, country, and ZIP | {beside} | {beside}"),
        &format!("Sunnyvale, CA 12345 | {beside}"),
    ];
    let elsewhere = &[form[0], form[1], form[2], &format!("| {}", form[3])];
    let cases: &[Case<'_>] = &[
        ("as it stands", "130 Westchester Lane Sunnyvale, CA 12345", form, Accepted, None),
        ("another house", "138 Westchester Lane Sunnyvale, CA 12345", form, Mismatch, None),
        ("another code", "130 Westchester Lane Sunnyvale, CA 12845", form, Mismatch, None),
        ("a number of the caption", "10 Westchester Lane Sunnyvale, CA", form, Mismatch, None),
    ];
    assert_cases("tax_form", "address", cases);
    let jumps = |rows: &[&str]| {
        let claim = "130 Westchester Lane Sunnyvale, CA 12345";
        ask("tax_form", "address", claim, rows).measures["jumps"]
    };
    assert_eq!(jumps(form), 0.0);
    assert_eq!(jumps(elsewhere), 1.0, "in another column");
}
