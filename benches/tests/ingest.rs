//! The measure of what is around the engine, with real services.

use std::process::Command;

use ivendor_bench::ingest::IngestResult;

#[test]
fn every_side_handles_all_messages_and_the_result_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("ingest.json");
    let bench = || Command::new(env!("CARGO_BIN_EXE_ivendor-bench"));
    let small = ["--messages", "3000", "--partitions", "4", "--shards", "2", "--rounds", "1"];
    let run = bench().arg("ingest").args(small).arg("--json").arg(&json).output().unwrap();
    let told = String::from_utf8(run.stderr).unwrap();
    assert!(run.status.success(), "{told}");
    let result: IngestResult =
        serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    let [round] = result.rounds[..] else { panic!("{} rounds", result.rounds.len()) };
    let worker = round.worker.per_s;
    assert!(worker > 0.0 && worker.is_finite(), "{worker}");
    for alone in [round.send, round.receive, round.copy] {
        assert!(alone.per_s > 0.0 && alone.cpu_us >= 0.0);
    }
    let page = folder.path().join("report.md");
    let report = bench().arg("report").arg(&json).arg("--out").arg(&page).output().unwrap();
    assert!(report.status.success(), "{}", String::from_utf8_lossy(&report.stderr));
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("From the queue to the shards") && page.contains("the worker"));
}
