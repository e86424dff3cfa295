//! The engine on a device that fails, with the real networks: `scripts/models` fetches the weights.

use std::collections::BTreeMap;
use std::slice;
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use ivendor_core::request::{Priority, REQUEST_SCHEMA, VerificationRequest};
use ivendor_core::result_key::ResultKey;
use ivendor_core::verdict::TimingsMs;
use ivendor_models::synthetic::{self, Config, Format, Kind, Wear, encode};
use jiff::Timestamp;

use super::*;
use crate::device::faulty::{Faults, Trouble};
use crate::device::{FaultKind, Gpus};
use crate::patience::until;

/// In single precision the CPU and the device that stands in for a GPU compute the same.
static CPU: LazyLock<Engine> = LazyLock::new(|| {
    Engine::open(EngineConfig { device: DeviceChoice::Cpu, ..config(Duration::ZERO) }).unwrap()
});

fn config(rest: Duration) -> EngineConfig {
    let rules = DeviceRules { rest_first: rest, rest_max: rest, ..DeviceRules::default() };
    EngineConfig {
        precision: PrecisionChoice::F32,
        device_rules: rules,
        device_budget_px: Some(1_600),
        ..EngineConfig::default()
    }
}

fn faulty(rest: Duration, faults: &[Arc<Faults>]) -> Engine {
    Engine::open_faulty(config(rest), faults).unwrap()
}

fn drawn(seed: u64) -> Job {
    let config = Config { seed, kind: Kind::Receipt, wear: Wear::LIGHT, pages_max: 1 };
    let document = synthetic::document(&config).unwrap();
    let bytes = encode(&document, Format::Jpeg { quality: 85 }).unwrap();
    let request = VerificationRequest {
        schema: REQUEST_SCHEMA.to_owned(),
        tenant_id: "t1".parse().unwrap(),
        vendor_id: "v1".parse().unwrap(),
        document_id: format!("drawn-{seed}").parse().unwrap(),
        document_type: Kind::Receipt.document_type().to_owned(),
        uri: "drawn".to_owned(),
        sha256: None,
        claims: document.truth.claims,
        submitted_at: None,
        priority: Priority::Normal,
    };
    Job { request, content: Ok(bytes), sha256: None, fetch_ms: 0.0 }
}

/// A batch with one document that cannot be decoded and one that comes twice.
fn jobs() -> Vec<Job> {
    let mut garbage = drawn(1);
    garbage.request.document_id = "garbage".parse().unwrap();
    garbage.content = Ok(b"no picture".to_vec());
    let mut again = drawn(2);
    again.request.document_id = "again".parse().unwrap();
    vec![drawn(1), garbage, drawn(2), again, drawn(3)]
}

/// A verdict without who computed it and when.
fn bare(verdict: &Verdict) -> String {
    let mut verdict = verdict.clone();
    verdict.timings_ms = TimingsMs::default();
    verdict.verified_at = Timestamp::UNIX_EPOCH;
    verdict.provenance.device.clear();
    verdict.provenance.fallback = false;
    serde_json::to_string(&verdict).unwrap()
}

/// Who computed each document, and whether in the place of another.
fn by(verdicts: &[Verdict]) -> BTreeMap<&str, (&str, bool)> {
    let mut by = BTreeMap::new();
    for Verdict { document_id, provenance, .. } in verdicts {
        by.insert(document_id.as_str(), (provenance.device.as_str(), provenance.fallback));
    }
    by
}

#[test]
fn a_device_gives_the_verdicts_of_the_cpu_and_one_that_fails_costs_none_of_them() {
    let expected = CPU.verify(jobs());
    let bared: Vec<String> = expected.iter().map(bare).collect();
    let keys: Vec<_> = expected.iter().map(|verdict| ResultKey::of(verdict).digest()).collect();
    assert!(expected.iter().all(|verdict| !verdict.provenance.fallback));
    let device = ("cuda:0 stand-in", false);
    let cpu = ("cpu", true);
    let cases: [(&str, Option<Trouble>, (&str, bool)); 5] = [
        ("well", None, device),
        ("lost", Some(Trouble::Lost), cpu),
        ("no memory once", Some(Trouble::OutOfMemory), device),
        ("a call that fails", Some(Trouble::Passing), device),
        ("a panic", Some(Trouble::Panic), device),
    ];
    for (name, trouble, wanted) in cases {
        let faults = Arc::new(Faults::default());
        let engine = faulty(Duration::from_secs(3600), slice::from_ref(&faults));
        if let Some(trouble) = trouble {
            faults.at(0, trouble);
        }
        let verdicts = engine.verify(jobs());
        assert_eq!(verdicts.iter().map(bare).collect::<Vec<_>>(), bared, "{name}");
        let found: Vec<_> = verdicts.iter().map(|v| ResultKey::of(v).digest()).collect();
        assert_eq!(found, keys, "{name}: the key does not depend on the device");
        let by = by(&verdicts);
        for id in ["drawn-1", "drawn-2", "again", "drawn-3"] {
            assert_eq!(by[id], wanted, "{name}: {id}");
        }
        let fallbacks = if wanted == cpu { 3 } else { 0 };
        assert_eq!(engine.watch().fallbacks(), fallbacks, "{name}");
        assert_eq!(engine.watch().degraded().is_empty(), wanted == device, "{name}");
    }
}

#[test]
fn two_devices_share_a_small_batch_and_one_that_is_lost_leaves_the_other_serving() {
    let expected: Vec<String> = CPU.verify(jobs()).iter().map(bare).collect();
    for lost in [false, true] {
        let faults = [Arc::new(Faults::default()), Arc::new(Faults::default())];
        let engine = faulty(Duration::from_secs(3600), &faults);
        // The first one does not come back before the second had its turn.
        faults[0].at(0, Trouble::Hang);
        if lost {
            faults[1].at(0, Trouble::Lost);
        }
        let second = || engine.watch().devices().swap_remove(1);
        let verdicts = thread::scope(|scope| {
            let verdicts = scope.spawn(|| engine.verify(jobs()));
            let had_its_turn = || second().documents > 0 || second().faults(FaultKind::Lost) > 0;
            until("the second device to have its turn", had_its_turn);
            faults[0].release();
            verdicts.join().unwrap()
        });
        assert_eq!(verdicts.iter().map(bare).collect::<Vec<_>>(), expected, "lost: {lost}");
        let down: Vec<String> =
            engine.watch().degraded().into_iter().map(|(name, _)| name).collect();
        let read: Vec<u64> =
            engine.watch().devices().iter().map(|device| device.documents).collect();
        assert!(read[0] > 0, "lost: {lost}");
        assert_eq!(read[1] > 0, !lost);
        assert_eq!(down, if lost { vec!["cuda:1 stand-in"] } else { vec![] });
        assert_eq!(engine.watch().fallbacks() > 0, lost);
        assert_eq!(read.iter().sum::<u64>() + engine.watch().fallbacks(), 4, "lost: {lost}");
    }
}

#[test]
fn each_device_gets_its_share_of_a_small_batch_and_whole_groups_of_a_large_one() {
    let cases =
        [(1, 3, vec![3]), (2, 3, vec![2, 1]), (4, 4, vec![1; 4]), (2, 300, vec![128, 128, 44])];
    for (devices, documents, expected) in cases {
        let request = drawn(1).request;
        let garbage = || Job {
            request: request.clone(),
            content: Ok(b"no picture".to_vec()),
            sha256: None,
            fetch_ms: 0.0,
        };
        let jobs = std::iter::repeat_with(garbage).take(documents).collect();
        let limits = DecodeLimits::default();
        let mut groups = Groups::new(jobs, Size::of_devices(devices, documents), &limits, false);
        let sizes: Vec<usize> =
            std::iter::from_fn(|| groups.next()).map(|group| group.len()).collect();
        assert_eq!(sizes, expected, "{documents} documents on {devices} devices");
    }
}

#[test]
fn only_the_document_that_the_device_cannot_read_is_read_by_the_cpu() {
    let expected: Vec<String> = CPU.verify(jobs()).iter().map(bare).collect();
    let faults = Arc::new(Faults::default());
    let engine = faulty(Duration::from_secs(3600), slice::from_ref(&faults));
    let poison = drawn(3).content.unwrap();
    faults.poison(image::load_from_memory(&poison).unwrap().to_rgb8().dimensions());
    let verdicts = engine.verify(jobs());
    assert_eq!(verdicts.iter().map(bare).collect::<Vec<_>>(), expected);
    let by = by(&verdicts);
    assert_eq!(by["drawn-3"], ("cpu", true));
    assert_eq!(by["drawn-1"], ("cuda:0 stand-in", false));
    assert!(engine.watch().degraded().is_empty(), "the device is well");
}

#[test]
fn a_device_that_computes_wrongly_serves_nothing_until_it_computes_rightly() {
    let faults = Arc::new(Faults::default());
    let engine = faulty(Duration::from_millis(1), slice::from_ref(&faults));
    faults.wrong(true);
    faults.at(0, Trouble::Passing);
    assert_eq!(by(&engine.verify(vec![drawn(1)]))["drawn-1"], ("cpu", true));
    assert!(!engine.watch().degraded().is_empty());
    faults.wrong(false);
    until("the device to serve", || engine.watch().degraded().is_empty());
    assert_eq!(by(&engine.verify(vec![drawn(1)]))["drawn-1"], ("cuda:0 stand-in", false));
}

#[test]
fn a_gpu_that_is_not_there_is_an_error_and_auto_takes_the_cpu() {
    let nowhere = Gpus::one(63).map(DeviceChoice::Cuda).unwrap();
    let error = Engine::open(EngineConfig { device: nowhere, ..config(Duration::ZERO) });
    let error = error.unwrap_err().to_string();
    assert!(error.contains("cuda:63") && error.contains("--device cpu"), "{error}");
    let auto = Engine::open(EngineConfig { device: DeviceChoice::Auto, ..config(Duration::ZERO) });
    assert!(!auto.unwrap().provenance().fallback, "nothing else was asked for");
}
