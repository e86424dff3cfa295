//! What a device does to the documents that go to it, whatever goes wrong with it.

use image::{Rgb, RgbImage};
use ivendor_pages::Page;
use proptest::prelude::*;

use super::*;
use crate::device::drawn::Drawn;
use crate::device::faulty::{Faults, FaultyDevice, Trouble};
use crate::device::pool::{Pool, PoolConfig};
use crate::patience::until;

const LONG: Duration = Duration::from_secs(3600);
/// Longer than a busy machine keeps a thread from a call that takes no time.
const STUCK_AFTER: Duration = Duration::from_millis(500);

/// A device that comes on probation at once.
const AT_ONCE: DeviceRules = DeviceRules {
    canary_every: LONG,
    rest_first: Duration::ZERO,
    rest_max: Duration::ZERO,
    read_max: LONG,
};

/// One that stays broken for the test.
const NEVER: DeviceRules = DeviceRules { rest_first: LONG, rest_max: LONG, ..AT_ONCE };

fn open(faults: &[&Arc<Faults>], rules: DeviceRules) -> Result<Pool, EngineError> {
    let device = |(number, faults): (usize, &&Arc<Faults>)| {
        Box::new(FaultyDevice::drawn(&format!("cuda:{number}"), faults)) as Box<dyn Opener>
    };
    let openers = faults.iter().enumerate().map(device).collect();
    let learn = || Ok(Canary::learn(&Drawn).unwrap());
    Pool::open(openers, learn, &PoolConfig { rules, budget_px: Some(6_400) })
}

fn one(rules: DeviceRules) -> (Arc<Faults>, Pool) {
    let faults = Arc::new(Faults::default());
    let pool = open(&[&faults], rules).unwrap();
    (faults, pool)
}

/// Documents of one page each, of these widths.
fn group(widths: impl IntoIterator<Item = u32>) -> Vec<Pages> {
    let page = |width| {
        let pixels = RgbImage::from_pixel(width, 10, Rgb([255; 3]));
        Arc::new(vec![Page { number: 1, pixels, dpi: None, text_layer: None }])
    };
    widths.into_iter().map(page).collect()
}

/// The widths of a group as they were read; `None` where no device did.
fn read(pool: &Pool, widths: impl IntoIterator<Item = u32>) -> Vec<Option<u32>> {
    let order = pool.put(group(widths), false);
    let width = |read: DeviceRead| {
        assert_eq!(read.pages.len(), 1);
        read.pages[0].lines[0].text.split(' ').next().unwrap().parse().unwrap()
    };
    pool.answers(&order).into_iter().map(|answer| answer.map(width)).collect()
}

fn all(widths: std::ops::Range<u32>) -> Vec<Option<u32>> {
    widths.map(Some).collect()
}

fn state(pool: &Pool) -> DeviceState {
    pool.watch().devices()[0].state
}

#[test]
fn documents_come_back_in_their_order() {
    let (_, pool) = one(NEVER);
    assert_eq!(read(&pool, 1..33), all(1..33));
    assert_eq!(read(&pool, []), []);
    assert_eq!(pool.watch().devices()[0].documents, 32);
    assert!(pool.watch().degraded().is_empty());
}

#[test]
fn a_budget_for_which_there_is_no_memory_is_halved_and_comes_back() {
    let (faults, pool) = one(NEVER);
    faults.memory_px(Some(1_600));
    assert_eq!(read(&pool, 1..5), all(1..5), "nothing is lost by it");
    let report = pool.watch().devices().remove(0);
    assert_eq!((report.budget_px, report.faults(FaultKind::OutOfMemory)), (1_600, 2));
    faults.memory_px(None);
    for _ in 0..200 {
        assert_eq!(read(&pool, 1..3), all(1..3));
    }
    assert_eq!(pool.watch().devices()[0].budget_px, 6_400);
    assert_eq!(state(&pool), DeviceState::Serving);
}

#[test]
fn the_document_that_a_device_cannot_read_is_found_and_the_others_are_read_there() {
    for poison in [1, 7, 32] {
        let (faults, pool) = one(NEVER);
        faults.poison((poison, 10));
        let mut expected = all(1..33);
        expected[poison as usize - 1] = None;
        assert_eq!(read(&pool, 1..33), expected, "{poison}");
        assert_eq!(state(&pool), DeviceState::Serving, "{poison}");
        assert_eq!(read(&pool, 40..50), all(40..50), "{poison}");
    }
}

#[test]
fn a_call_that_fails_once_costs_a_canary_and_no_document() {
    for trouble in [Trouble::Passing, Trouble::Panic, Trouble::OutOfMemory] {
        let (faults, pool) = one(NEVER);
        faults.at(0, trouble);
        assert_eq!(read(&pool, 1..9), all(1..9), "{trouble:?}");
        let report = pool.watch().devices().remove(0);
        let sung = if trouble == Trouble::OutOfMemory { 1 } else { 2 };
        assert_eq!((report.state, report.canaries), (DeviceState::Serving, sung), "{trouble:?}");
    }
}

#[test]
fn a_lost_device_gives_back_what_it_has_is_never_dropped_and_comes_back() {
    let (faults, pool) = one(AT_ONCE);
    faults.gone(true);
    faults.at(0, Trouble::Lost);
    assert_eq!(read(&pool, 1..4), [None, None, None]);
    assert_eq!(read(&pool, 4..6).len(), 2, "what comes meanwhile comes back, too");
    let said = pool.watch().degraded();
    assert!(said[0].0.starts_with("cuda:0"), "{said:?}");
    faults.gone(false);
    until("the device to serve", || state(&pool) == DeviceState::Serving);
    assert_eq!(read(&pool, 1..4), all(1..4));
    assert_eq!((faults.opened(), faults.dropped_lost()), (2, 0));
    drop(pool);
    assert_eq!(faults.dropped_lost(), 0);
}

#[test]
fn a_device_that_computes_wrongly_is_caught_by_its_canary_and_comes_back_with_a_right_one() {
    let (faults, pool) = one(AT_ONCE);
    faults.wrong(true);
    faults.at(0, Trouble::Passing);
    let unread = read(&pool, 1..4);
    assert_eq!(unread, [None, None, None], "nothing is taken from it");
    assert!(pool.watch().devices()[0].faults(FaultKind::Wrong) > 0);
    faults.wrong(false);
    until("the device to serve", || state(&pool) == DeviceState::Serving);
    assert_eq!(read(&pool, 1..4), all(1..4));
    assert_eq!(faults.opened(), 1, "it was not lost");
}

#[test]
fn a_canary_is_sung_from_time_to_time_though_nothing_comes() {
    let (faults, pool) = one(DeviceRules { canary_every: Duration::from_millis(1), ..NEVER });
    until("a canary", || pool.watch().devices()[0].canaries > 2);
    faults.wrong(true);
    until("the canary to fail", || state(&pool) == DeviceState::Broken);
    assert_eq!(read(&pool, 1..3), [None, None]);
}

#[test]
fn a_device_that_hangs_is_left_alone_until_it_has_come_back_and_passed() {
    let (faults, pool) = one(DeviceRules { read_max: STUCK_AFTER, ..AT_ONCE });
    faults.at(0, Trouble::Hang);
    assert_eq!(read(&pool, 1..3), [None, None]);
    let report = pool.watch().devices().remove(0);
    assert_eq!((report.state, report.faults(FaultKind::Stuck)), (DeviceState::Broken, 1));
    assert_eq!(read(&pool, 1..3), [None, None], "nobody waits for it again");
    faults.release();
    until("the device to serve", || state(&pool) == DeviceState::Serving);
    assert_eq!(pool.watch().devices()[0].canaries, 2);
    assert_eq!(read(&pool, 1..3).len(), 2);
}

#[test]
fn a_device_that_is_gone_or_wrong_at_the_start_is_an_error() {
    let gone = Arc::new(Faults::default());
    gone.gone(true);
    let wrong = Arc::new(Faults::default());
    wrong.wrong(true);
    let full = Arc::new(Faults::default());
    full.at(0, Trouble::OutOfMemory);
    let well = Arc::new(Faults::default());
    assert!(matches!(open(&[&well, &gone], NEVER), Err(EngineError::Device { .. })));
    assert!(matches!(open(&[&full], NEVER), Err(EngineError::Device { .. })));
    let error = open(&[&wrong, &well], NEVER).unwrap_err();
    assert!(matches!(&error, EngineError::Canary { device, .. } if device == "cuda:0"), "{error}");
}

#[test]
fn two_devices_read_at_the_same_time_and_one_that_is_lost_is_passed_over() {
    let faults = [Arc::new(Faults::default()), Arc::new(Faults::default())];
    let pool = open(&[&faults[0], &faults[1]], NEVER).unwrap();
    faults.iter().for_each(|faults| faults.at(0, Trouble::Hang));
    let orders = [pool.put(group(1..4), false), pool.put(group(4..9), true)];
    until("both to read", || faults.iter().all(|faults| faults.calls() == 2));
    faults.iter().for_each(|faults| faults.release());
    for order in orders {
        assert!(pool.answers(&order).iter().all(Option::is_some));
    }
    faults[0].at(0, Trouble::Lost);
    let unread = (0..50).filter(|_| read(&pool, 1..4) == [None, None, None]).count();
    let lost = state(&pool) == DeviceState::Broken;
    assert_eq!(unread, usize::from(lost), "only what it had in hand");
    assert_eq!(read(&pool, 1..4), all(1..4));
}

fn troubles() -> impl Strategy<Value = Vec<(u64, Trouble)>> {
    let trouble = prop_oneof![
        Just(Trouble::OutOfMemory),
        Just(Trouble::Lost),
        Just(Trouble::Passing),
        Just(Trouble::Panic),
    ];
    proptest::collection::vec((0_u64..40, trouble), 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_document_comes_back_once_as_itself_or_unread_whatever_goes_wrong(
        troubles in troubles(),
        groups in proptest::collection::vec(0_u32..33, 1..12),
        poison in proptest::option::of(1_u32..40),
    ) {
        let (faults, pool) = one(AT_ONCE);
        if let Some(poison) = poison {
            faults.poison((poison, 10));
        }
        troubles.iter().for_each(|(call, trouble)| faults.at(*call, *trouble));
        let orders: Vec<_> =
            groups.iter().map(|&size| pool.put(group(1..=size), size % 2 == 0)).collect();
        for (size, order) in groups.iter().zip(orders) {
            let answers = pool.answers(&order);
            prop_assert_eq!(answers.len(), *size as usize);
            for (width, answer) in (1..).zip(answers) {
                let Some(read) = answer else { continue };
                prop_assert_ne!(Some(width), poison);
                let said = &read.pages[0].lines[0].text;
                prop_assert_eq!(said, &format!("{width} x 10"));
            }
        }
        prop_assert_eq!(faults.dropped_lost(), 0);
    }
}
