//! The model on counts whose result can be computed by hand.

use super::chips::{Assumptions, CHIPS};
use super::counts::Counts;
use super::roofline::{Near, Stage, Taken, on_bus, on_chip, on_cores, on_streams, stages};

const REPORT: &str = r#"{
  "launches": 30, "h2d": 2, "h2d_bytes": 3000, "d2h": 1, "d2h_bytes": 100, "near_mb": [4, 16],
  "kernels": [
    {"name": "small", "launches": 10, "read_bytes": 100, "written_bytes": 100, "threads": 1,
     "flops": 0, "half_flops": 0},
    {"name": "large", "launches": 20, "read_bytes": 9000, "written_bytes": 1000, "threads": 1,
     "flops": 7, "half_flops": 5, "near_bytes": [500, 6000]}],
  "products": [
    {"m": 10, "n": 20, "k": 30, "batch": 2, "added": true, "type": "f16", "count": 4,
     "near_bytes": [0, 80]},
    {"m": 10, "n": 5, "k": 30, "batch": 1, "added": true, "type": "f16", "count": 1,
     "near_bytes": [0, 8]},
    {"m": 1, "n": 1, "k": 1, "batch": 1, "type": "f32", "count": 1}]
}"#;

fn counts() -> Counts {
    serde_json::from_str(REPORT).unwrap()
}

#[test]
fn counts_become_stages_largest_first_and_grow_with_the_batch() {
    let stages = stages(&counts(), 10.0);
    let names: Vec<&str> = stages.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["product 30 to 10 and shortcut", "large", "small", "product 1 to 1"]);
    // Products of one layer are one stage, however many rows they have.
    let flops = 2.0 * 10.0 * 20.0 * 30.0 * 2.0 * 4.0 + 2.0 * 10.0 * 5.0 * 30.0;
    assert_eq!((stages[0].half_flops, stages[0].launches), (flops * 10.0, 50.0));
    assert_eq!(stages[3].single_flops, 20.0);
    // The result's size counts twice: something as large was added.
    let many = (10.0 * 30.0 + 30.0 * 20.0 + 10.0 * 20.0 * 2.0) * 2.0 * 4.0;
    let few = 10.0 * 30.0 + 30.0 * 5.0 + 10.0 * 5.0 * 2.0;
    assert_eq!((stages[0].bytes, stages[3].bytes), ((many + few) * 2.0 * 10.0, 120.0));
    assert_eq!((stages[1].bytes, stages[1].launches), (100_000.0, 200.0));
    assert_eq!((stages[1].single_flops, stages[1].tile_flops), (70.0, 50.0));
    let near = |stage: &Stage| stage.near.iter().map(|n| (n.mb, n.bytes)).collect::<Vec<_>>();
    assert_eq!(near(&stages[0]), [(4.0, 0.0), (16.0, 880.0)]);
    assert_eq!(near(&stages[1]), [(4.0, 5_000.0), (16.0, 60_000.0)]);
}

#[test]
fn what_a_shorter_run_did_is_taken_away() {
    let mut shorter = counts();
    shorter.kernels.remove(1);
    shorter.products[0].count = 1.0;
    shorter.products[0].near_bytes[1] = 20.0;
    shorter.h2d_bytes = 1000.0;
    let left = counts().beyond(&shorter);
    assert_eq!(left.h2d_bytes, 2000.0);
    assert_eq!(left.kernels.len(), 1, "small ran as often in both");
    assert_eq!(left.products.len(), 1, "so did the other products");
    assert_eq!((left.products[0].count, left.products[0].near_bytes[1]), (3.0, 60.0));
}

#[test]
fn a_stage_takes_as_long_as_its_slowest_part() {
    let chip = &CHIPS[1];
    let assumed = Assumptions::default();
    let stage = |half_flops, bytes, launches| Stage {
        name: "stage".to_owned(),
        half_flops,
        bytes,
        launches,
        ..Stage::default()
    };
    let peak = chip.half_tflops * 1e12 * assumed.product_share;
    let memory = chip.memory_gb_s * 1e9 * assumed.memory_share;
    let cases = [
        ("arithmetic", stage(peak, memory / 2.0, 1.0), 1000.0),
        ("memory", stage(peak / 2.0, memory, 1.0), 1000.0),
        ("launches", stage(peak / 1e6, memory / 1e6, 1000.0), assumed.launch_us),
    ];
    for (bound, stage, ms) in cases {
        let taken = on_chip(&stage, chip, &assumed);
        assert_eq!(taken.bound, bound);
        assert!((taken.ms - ms).abs() < 1e-6, "{bound}: {}", taken.ms);
    }
    // What a quarter of the cache holds, 12.5 MB here, goes through the cache alone.
    let near = |mb, bytes| vec![Near { mb, bytes }];
    let cases = [
        ("memory", near(16.0, memory), 1000.0),
        ("memory", near(12.0, memory * 0.25), 750.0),
        ("cache", near(12.0, memory), 1000.0 / assumed.cache_gain),
    ];
    for (bound, near, ms) in cases {
        let taken = on_chip(&Stage { near, ..stage(0.0, memory, 1.0) }, chip, &assumed);
        assert_eq!(taken.bound, bound);
        assert!((taken.ms - ms).abs() < 1e-6, "{bound}: {}", taken.ms);
    }
    let tiles = Stage { tile_flops: peak, ..Stage::default() };
    let slower = assumed.product_share / assumed.tile_share;
    assert!((on_chip(&tiles, chip, &assumed).ms - 1000.0 * slower).abs() < 1e-6);
}

#[test]
fn streams_hide_each_others_launches_and_no_work() {
    let taken = |ms, work_ms| Taken { stage: String::new(), ms, work_ms, bound: "" };
    let assumed = Assumptions { streams: 2.0, ..Assumptions::default() };
    let cases = [
        ("work alone", vec![taken(30.0, 30.0), taken(10.0, 10.0)], 40.0),
        ("more launches than work", vec![taken(30.0, 30.0), taken(50.0, 2.0)], 40.0),
        ("fewer", vec![taken(30.0, 30.0), taken(20.0, 10.0)], 40.0),
    ];
    for (name, taken, ms) in cases {
        assert_eq!(on_streams(&taken, &assumed), ms, "{name}");
    }
}

#[test]
fn the_bus_and_the_cores_have_their_own_bounds() {
    let chip = &CHIPS[0];
    let assumed = Assumptions::default();
    let bus = chip.pcie_gb_s * 1e9 * assumed.pcie_share;
    assert_eq!(on_bus("in", bus, 1.0, (chip, &assumed)).bound, "bus");
    assert_eq!(on_bus("in", 1.0, 1.0, (chip, &assumed)).bound, "launches");
    let taken = on_cores("decoding", 16.0, 1000.0, &assumed);
    assert!((taken.ms - 1000.0).abs() < 1e-9, "{}", taken.ms);
}
