//! Requests that a program makes up from the OpenAPI document, good ones and bad ones: none gets
//! an answer that the document does not name, and none breaks the server.

use std::path::PathBuf;
use std::process::Command;

use ivendor_settings::ReviewSettings;
use ivendor_store::reference::Scope;
use reqwest::Method;
use serde_json::json;

use crate::desk::{Ask, Desk};

/// The requests are the same at each run.
const SEED: &str = "20260309";
/// Requests of each operation and kind.
const EXAMPLES: &str = "25";

/// The program, in the folder that `scripts/schemathesis` prints.
fn program() -> PathBuf {
    let folder = std::env::var_os("IVENDOR_SCHEMATHESIS").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let folder = folder.or_else(|| Some(cache?.join("ivendor/schemathesis"))).unwrap();
    let program = folder.join("bin/st");
    assert!(program.is_file(), "{} is not there: run scripts/schemathesis", program.display());
    program
}

/// What is put into the paths: a case that can be looked at, taken and decided.
fn parameters(case: &str) -> String {
    let id = case.rsplit('/').next().unwrap();
    format!(
        "[parameters]\n\"path.tenant\" = \"acme\"\n\"path.case\" = \"{id}\"\n\
         \"path.document\" = \"a\"\n\"path.page\" = 1\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_the_answer_is_one_of_the_document() {
    let settings =
        ReviewSettings { requests_of_one_per_minute: u32::MAX, ..ReviewSettings::default() };
    let desk = Desk::new(settings).await;
    let case = desk.case("acme", "a").await;
    let ann = desk.token("ann", (Scope::Admin, &[])).await;
    let lease = (Method::POST, format!("{case}/lease"));
    desk.ask(Ask::send(lease, &ann, &json!({}))).await;
    let scratch = tempfile::tempdir().unwrap();
    // Once with names that are made up, once with those of a case that is there.
    for (name, config) in [("made up", String::new()), ("real", parameters(&case))] {
        let file = scratch.path().join("schemathesis.toml");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new(program());
        command
            .current_dir(scratch.path())
            .args(["--config-file", "schemathesis.toml", "run"])
            .arg(format!("{}/openapi.json", desk.base))
            .args(["--header", &format!("Authorization: Bearer {ann}")])
            .args(["--checks", "not_a_server_error,status_code_conformance"])
            .args(["--checks", "content_type_conformance,response_schema_conformance"])
            .args(["--checks", "response_headers_conformance,unsupported_method"])
            .args(["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES])
            .args(["--seed", SEED, "--generation-deterministic", "--workers", "1"])
            .args(["--request-timeout", "30", "--no-color", "--warnings", "off"]);
        let done = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{name}: {said}{}", String::from_utf8_lossy(&done.stderr));
        assert!(said.contains("No issues found"), "{name}: {said}");
    }
}
