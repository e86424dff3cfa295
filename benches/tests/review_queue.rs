//! The measure of the review queue, with real services and the real server.

use std::process::Command;

use ivendor_bench::api::ApiResult;

#[test]
fn every_kind_of_request_is_answered_and_the_result_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("api.json");
    let bench = || Command::new(env!("CARGO_BIN_EXE_ivendor-bench"));
    let small = ["--cases", "3000", "--shards", "2", "--connections", "20", "--seconds", "1"];
    let run = bench().arg("api").args(small).arg("--json").arg(&json).output().unwrap();
    let told = String::from_utf8(run.stderr).unwrap();
    let result = std::fs::read_to_string(&json).unwrap_or_else(|error| panic!("{error}: {told}"));
    let result: ApiResult = serde_json::from_str(&result).unwrap();
    // So few cases may all be taken before the time is up; nothing else may go wrong.
    let kinds = result.passes.iter().flat_map(|pass| pass.requests.values());
    let mut problems = kinds.flat_map(|requests| requests.problems.keys());
    assert!(problems.all(|problem| problem == "204 No Content"), "{result:#?}");
    assert_eq!(run.status.success(), result.problems() == 0, "{told}");
    // Alone, and each kind of work flat out and at a steady rate.
    assert_eq!(result.passes.len(), 1 + 4 * 2);
    for pass in &result.passes {
        for (what, requests) in &pass.requests {
            assert!(requests.took.count > 0 && requests.took.p50_ms > 0.0, "{what}");
            assert!(pass.connections == 1 || requests.per_s > 0.0, "{what}");
        }
        assert!(pass.memory_bytes > 0 && pass.database_connections > 0);
    }
    let page = folder.path().join("report.md");
    let report = bench().arg("report").arg(&json).arg("--out").arg(&page).output().unwrap();
    assert!(report.status.success(), "{}", String::from_utf8_lossy(&report.stderr));
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("The review queue under load") && page.contains("give back"));
}
