//! Every step of a device's life, and what holds whatever happens to it.

use proptest::prelude::*;

use super::*;

const RULES: DeviceRules = DeviceRules {
    canary_every: Duration::from_secs(60),
    rest_first: Duration::from_secs(5),
    rest_max: Duration::from_secs(40),
    read_max: Duration::from_secs(10),
};

/// What a device wants, without the times.
fn wanted(life: &mut Life, now: Instant) -> &'static str {
    match life.want(now) {
        Want::Read(_) => "read",
        Want::Canary => "canary",
        Want::Open => "open",
        Want::Rest(_) => "rest",
    }
}

#[test]
fn each_event_leads_where_it_should() {
    use Event::{Failed, Fault, Lost, NotOpened, Opened, OutOfMemory, Passed, Read};
    // Events at once, one after the other; then the seconds that pass.
    type Case<'a> = (&'a str, &'a [Event], u64, DeviceState, &'a str);
    let again = [OutOfMemory; FAULTS_MAX as usize];
    let flapping: Vec<Event> = (0..FAULTS_MAX).flat_map(|_| [Fault, Passed]).collect();
    let cases: [Case<'_>; 22] = [
        ("nothing", &[], 0, DeviceState::Serving, "read"),
        ("a canary is due", &[], 60, DeviceState::Serving, "canary"),
        ("and was sung", &[Passed], 59, DeviceState::Serving, "read"),
        ("reads", &[Read, Read], 0, DeviceState::Serving, "read"),
        ("no memory", &[OutOfMemory], 0, DeviceState::Serving, "read"),
        ("no memory at all", &again, 0, DeviceState::Broken, "rest"),
        ("a fault", &[Fault], 0, DeviceState::Suspect, "canary"),
        ("a fault that passes", &[Fault, Passed], 0, DeviceState::Serving, "read"),
        ("a fault that stays", &[Fault, Failed], 0, DeviceState::Broken, "rest"),
        ("a fault, then lost", &[Fault, Lost], 0, DeviceState::Broken, "rest"),
        ("faults in a row", &flapping, 0, DeviceState::Broken, "rest"),
        ("it computes wrongly", &[Failed], 0, DeviceState::Broken, "rest"),
        ("lost", &[Lost], 4, DeviceState::Broken, "rest"),
        ("lost and rested", &[Lost], 5, DeviceState::Probation, "open"),
        ("wrong and rested", &[Failed], 5, DeviceState::Probation, "canary"),
        ("opened while it rests", &[Lost, Opened], 4, DeviceState::Broken, "rest"),
        ("a late answer", &[Lost, Passed, Read], 4, DeviceState::Broken, "rest"),
        ("a late read", &[Fault, Read], 0, DeviceState::Suspect, "canary"),
        ("not there", &[NotOpened], 0, DeviceState::Broken, "rest"),
        ("no memory for the canary", &[Fault, OutOfMemory], 0, DeviceState::Broken, "rest"),
        ("the canary's own fault", &[Fault, Fault], 0, DeviceState::Broken, "rest"),
        ("twice broken rests as long", &[Failed, Failed], 5, DeviceState::Probation, "canary"),
    ];
    for (name, events, after_s, state, want) in cases {
        let start = Instant::now();
        let mut life = Life::serving(RULES, start);
        events.iter().for_each(|event| life.on(*event, start));
        let found = wanted(&mut life, start + Duration::from_secs(after_s));
        assert_eq!((life.state(), found), (state, want), "{name}");
    }
}

#[test]
fn one_that_comes_back_must_be_opened_and_pass_and_rests_longer_each_time() {
    let mut now = Instant::now();
    let mut life = Life::serving(RULES, now);
    let mut rests = Vec::new();
    for _ in 0..5 {
        life.on(Event::Lost, now);
        let Want::Rest(until) = life.want(now) else { panic!("it does not rest: {life:?}") };
        rests.push((until - now).as_secs());
        now = until;
        assert_eq!(life.want(now), Want::Open);
        life.on(Event::Passed, now);
        assert_eq!(life.want(now), Want::Open, "what was not opened has passed nothing");
        life.on(Event::Opened, now);
        assert_eq!(life.want(now), Want::Canary);
        life.on(Event::Passed, now);
        assert_eq!(life.state(), DeviceState::Serving);
    }
    assert_eq!(rests, [5, 10, 20, 40, 40]);
    (0..TRUSTED_READS).for_each(|_| life.on(Event::Read, now));
    life.on(Event::Lost, now);
    assert_eq!(life.want(now), Want::Rest(now + RULES.rest_first), "it was trusted again");
}

#[test]
fn looking_for_the_worst_document_of_a_group_does_not_break_a_device() {
    use super::super::station::{GROUP_DOCUMENTS_MAX, HALVINGS_MAX};
    let splits = GROUP_DOCUMENTS_MAX.ilog2() + 1;
    assert!(HALVINGS_MAX + splits < FAULTS_MAX, "{HALVINGS_MAX} + {splits}");
}

fn events() -> impl Strategy<Value = Vec<(Event, u64)>> {
    let event = prop_oneof![
        Just(Event::Read),
        Just(Event::OutOfMemory),
        Just(Event::Fault),
        Just(Event::Lost),
        Just(Event::Passed),
        Just(Event::Failed),
        Just(Event::Opened),
        Just(Event::NotOpened),
    ];
    proptest::collection::vec((event, 0_u64..50), 0..60)
}

proptest! {
    #[test]
    fn documents_go_only_to_a_device_that_has_passed_since_anything_went_wrong(
        events in events(),
    ) {
        let mut now = Instant::now();
        let mut life = Life::serving(RULES, now);
        let (mut trusted, mut held) = (true, true);
        for (event, seconds) in events {
            let before = life.want(now);
            life.on(event, now);
            match event {
                Event::Lost => (trusted, held) = (false, false),
                Event::Fault | Event::Failed | Event::NotOpened => trusted = false,
                Event::Opened => held = true,
                // An answer counts where it was asked for.
                Event::Passed if before == Want::Canary && held => trusted = true,
                _ => {}
            }
            now += Duration::from_secs(seconds);
            match life.want(now) {
                Want::Read(until) => prop_assert!(trusted && held && until > now, "{life:?}"),
                Want::Canary => prop_assert!(held, "{life:?}"),
                Want::Open => prop_assert!(!held, "{life:?}"),
                Want::Rest(until) => prop_assert!(until > now && until - now <= RULES.rest_max),
            }
        }
    }

    #[test]
    fn a_device_that_is_well_again_serves_again_within_its_longest_rest(events in events()) {
        let mut now = Instant::now();
        let mut life = Life::serving(RULES, now);
        for (event, seconds) in events {
            life.on(event, now);
            now += Duration::from_secs(seconds);
            life.want(now);
        }
        now += RULES.rest_max;
        for _ in 0..2 {
            match life.want(now) {
                Want::Open => life.on(Event::Opened, now),
                Want::Canary => life.on(Event::Passed, now),
                Want::Read(_) | Want::Rest(_) => {}
            }
        }
        prop_assert!(matches!(life.want(now), Want::Read(_)), "{life:?}");
    }
}
