//! What counts as the same document, and what does not.

use image::{RgbImage, imageops};
use ivendor_core::check::Outcome;
use ivendor_models::synthetic::{self, Config, Format, Kind, Wear};
use proptest::prelude::*;

use super::*;

/// A page of a drawn document.
fn page(seed: u64, kind: Kind) -> RgbImage {
    let config = Config { seed, kind, wear: Wear::LIGHT, pages_max: 1 };
    synthetic::document(&config).unwrap().pages.remove(0)
}

/// The page after a JPEG file of a low quality.
fn compressed(seed: u64, kind: Kind) -> RgbImage {
    let config = Config { seed, kind, wear: Wear::LIGHT, pages_max: 1 };
    let document = synthetic::document(&config).unwrap();
    let bytes = synthetic::encode(&document, Format::Jpeg { quality: 40 }).unwrap();
    image::load_from_memory(&bytes).unwrap().to_rgb8()
}

/// The page at `percent` of its size.
fn scaled(page: &RgbImage, percent: u32) -> RgbImage {
    let (width, height) = (page.width() * percent / 100, page.height() * percent / 100);
    imageops::resize(page, width, height, imageops::FilterType::Triangle)
}

/// A document of `tenant` and `vendor`; its bytes are those of `bytes`.
struct Sent {
    tenant: TenantId,
    vendor: VendorId,
    document: DocumentId,
    sha256: Sha256,
    pages: Vec<Option<Fingerprint>>,
    numbers: Numbers,
}

impl Sent {
    fn new(who: [&str; 3], bytes: &[u8], pages: Vec<Option<Fingerprint>>) -> Self {
        Self {
            tenant: who[0].parse().unwrap(),
            vendor: who[1].parse().unwrap(),
            document: who[2].parse().unwrap(),
            sha256: Sha256::of(bytes),
            pages,
            numbers: Numbers::default(),
        }
    }

    /// The same with these numbers on its first page.
    fn with(self, lines: &[&str]) -> Self {
        Self { numbers: Numbers::of(lines.iter().copied()), ..self }
    }

    fn to(&self, seen: &mut Seen) -> Option<Check> {
        seen.check(&Handed {
            tenant: &self.tenant,
            vendor: &self.vendor,
            document: &self.document,
            sha256: self.sha256,
            pages: &self.pages,
            numbers: &self.numbers,
        })
    }
}

/// What the last of several documents is told.
fn told(sent: &[Sent]) -> Option<String> {
    let mut seen = Seen::new();
    let last = sent.iter().map(|sent| sent.to(&mut seen)).last().flatten()?;
    assert_eq!((last.outcome, last.check.as_str()), (Outcome::Failed, DUPLICATE));
    assert_eq!(last.reason, Some(Reason::CONTENT_DUPLICATE));
    assert!(last.confidence < 0.5);
    last.found
}

#[test]
fn what_came_before_under_another_identifier_is_named() {
    let known = || fingerprint(&page(1, Kind::Invoice));
    let other = || fingerprint(&page(2, Kind::Invoice));
    let copy = || fingerprint(&scaled(&compressed(1, Kind::Invoice), 70));
    let a = |bytes: &[u8], pages| Sent::new(["t1", "v1", "a"], bytes, pages);
    let b = |bytes: &[u8], pages| Sent::new(["t1", "v2", "b"], bytes, pages);
    let elsewhere = Sent::new(["t2", "v1", "b"], b"1", vec![known()]);
    let bytes = Some("the same bytes as document a of vendor v1");
    let picture = Some("nearly the same picture as document a of vendor v1");
    let cases = [
        ("same bytes", vec![a(b"1", vec![]), b(b"1", vec![])], bytes),
        ("same picture", vec![a(b"1", vec![known()]), b(b"2", vec![copy()])], picture),
        ("another picture", vec![a(b"1", vec![known()]), b(b"2", vec![other()])], None),
        ("of another tenant", vec![a(b"1", vec![known()]), elsewhere], None),
        ("sent again", vec![a(b"1", vec![known()]), a(b"1", vec![known()])], None),
        ("scanned again", vec![a(b"1", vec![known()]), a(b"2", vec![copy()])], None),
        ("the first again", vec![a(b"1", vec![]), b(b"1", vec![]), a(b"1", vec![])], None),
        ("nothing known", vec![a(b"1", vec![None]), b(b"2", vec![None])], None),
        ("nothing before", vec![b(b"1", vec![known()])], None),
        ("one page more", vec![a(b"1", vec![known()]), b(b"2", vec![known(), other()])], None),
        (
            "a second page that differs",
            vec![a(b"1", vec![None, known()]), b(b"2", vec![None, other()])],
            None,
        ),
        (
            "both pages",
            vec![a(b"1", vec![known(), other()]), b(b"2", vec![copy(), other()])],
            picture,
        ),
    ];
    for (name, sent, expected) in cases {
        assert_eq!(told(&sent).as_deref(), expected, "{name}");
    }
}

#[test]
fn a_copy_that_was_shifted_is_known_by_its_numbers() {
    const BILL: [&str; 3] =
        ["No. 20417 of 12/05/2026", "12 x 340.00 4,080.00 816.00", "4,896.00 GB29NWBK6016"];
    const NEXT: [&str; 3] =
        ["No. 20511 of 09/06/2026", "9 x 340.00 3,060.00 612.00", "3,672.00 GB29NWBK6016"];
    let known = || fingerprint(&page(1, Kind::Invoice));
    let shifted = || {
        let page = page(1, Kind::Invoice);
        let (width, height) = page.dimensions();
        let part =
            imageops::crop_imm(&page, width / 20, height / 20, width * 9 / 10, height * 9 / 10);
        fingerprint(&part.to_image())
    };
    let a = |lines: &[&str]| Sent::new(["t1", "v1", "a"], b"1", vec![known()]).with(lines);
    let b = |lines: &[&str]| Sent::new(["t1", "v2", "b"], b"2", vec![shifted()]).with(lines);
    let numbers = Some("nearly the same numbers as document a of vendor v1");
    assert_eq!(told(&[a(&BILL), b(&BILL)]).as_deref(), numbers);
    assert_eq!(told(&[a(&BILL), b(&NEXT)]), None, "another bill");
    assert_eq!(told(&[a(&[]), b(&[])]), None, "nothing was read");
    let elsewhere = Sent::new(["t2", "v1", "b"], b"2", vec![shifted()]).with(&BILL);
    assert_eq!(told(&[a(&BILL), elsewhere]), None, "of another tenant");
    let again = Sent::new(["t1", "v1", "a"], b"2", vec![shifted()]).with(&BILL);
    assert_eq!(told(&[a(&BILL), again]), None, "the same document again");
}

#[test]
fn the_oldest_are_forgotten_and_the_rest_is_not() {
    let mut seen = Seen::holding(3);
    let send = |name: &str, bytes: &[u8]| Sent::new([name, "v1", name], bytes, vec![]);
    for (name, bytes) in [("a", b"1"), ("b", b"2"), ("c", b"3"), ("d", b"4")] {
        assert_eq!(send(name, bytes).to(&mut seen), None);
    }
    let again = |name: &str, bytes: &[u8], seen: &mut Seen| {
        Sent::new([name, "v1", "again"], bytes, vec![]).to(seen).is_some()
    };
    // Looking up is remembering, so each look-up lets go of one more.
    assert!(!again("a", b"1", &mut seen), "the first was let go of");
    assert!(again("d", b"4", &mut seen), "the last is known");
    assert!(seen.tenants.len() <= 3 && seen.pages <= 3, "{seen:?}");
}

#[test]
fn copies_are_near_and_other_documents_are_not() {
    for kind in [Kind::Receipt, Kind::Invoice] {
        let first = page(1, kind);
        let known = fingerprint(&first).unwrap();
        let copies = [compressed(1, kind), scaled(&first, 60), scaled(&first, 140)];
        for (i, copy) in copies.iter().enumerate() {
            assert!(known.is_near(&fingerprint(copy).unwrap()), "{kind:?}, copy {i}");
        }
        for seed in 2..6 {
            assert!(!known.is_near(&fingerprint(&page(seed, kind)).unwrap()), "{kind:?} {seed}");
        }
    }
}

#[test]
fn pages_without_a_picture_have_no_fingerprint() {
    let speck = |page: &mut RgbImage| page.put_pixel(5, 5, image::Rgb([0; 3]));
    let grey = |width, height| RgbImage::from_pixel(width, height, image::Rgb([200; 3]));
    let mut specked = grey(600, 800);
    speck(&mut specked);
    let cases = [("blank", grey(600, 800)), ("a speck", specked), ("tiny", grey(3, 900))];
    for (name, page) in cases {
        assert_eq!(fingerprint(&page), None, "{name}");
    }
    assert_eq!(fingerprint(&RgbImage::new(0, 0)), None, "nothing");
}

/// A fingerprint with these bits and some cells.
fn with_bits(bits: u64) -> Fingerprint {
    Fingerprint { bits, ..fingerprint(&page(3, Kind::Receipt)).unwrap() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn four_bits_that_differ_are_found_wherever_they_are(
        bits in any::<u64>(),
        flips in proptest::collection::hash_set(0_u32..64, 0..=8),
    ) {
        let other = flips.iter().fold(bits, |bits, flip| bits ^ 1 << flip);
        let mut seen = Seen::new();
        let sent = |name, bits| {
            Sent::new(["t1", "v1", name], name.as_bytes(), vec![Some(with_bits(bits))])
        };
        prop_assert!(sent("a", bits).to(&mut seen).is_none());
        prop_assert_eq!(sent("b", other).to(&mut seen).is_some(), flips.len() <= 4);
    }

    #[test]
    fn every_page_has_a_fingerprint_near_itself_or_none(
        (width, height) in (1_u32..200, 1_u32..200),
        noise in proptest::collection::vec(any::<u8>(), 64..256),
    ) {
        let page = RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([noise[(x / 7 * 31 + y / 5 * 17) as usize % noise.len()]; 3])
        });
        if let Some(print) = fingerprint(&page) {
            prop_assert!(print.is_near(&print));
        }
    }

    #[test]
    fn what_is_said_depends_on_the_order_alone_and_memory_stays_bounded(
        sent in proptest::collection::vec((0_u8..3, 0_u8..4, 0_u8..6, 0_usize..3), 0..60),
        capacity in 1_usize..20,
    ) {
        let sent: Vec<Sent> = sent
            .iter()
            .map(|(tenant, document, bytes, pages)| {
                let who = [format!("t{tenant}"), "v".to_owned(), format!("d{document}")];
                let pages = vec![None; *pages];
                Sent::new([&who[0], &who[1], &who[2]], &[*bytes], pages)
            })
            .collect();
        let run = || {
            let mut seen = Seen::holding(capacity);
            let said: Vec<_> = sent.iter().map(|sent| sent.to(&mut seen)).collect();
            (said, seen)
        };
        let (first, seen) = run();
        prop_assert_eq!(&first, &run().0);
        prop_assert!(seen.pages <= capacity || seen.order.len() == 1);
        let held: usize = seen.tenants.values().map(|memory| memory.entries.len()).sum();
        prop_assert_eq!(held, seen.order.len());
    }
}
