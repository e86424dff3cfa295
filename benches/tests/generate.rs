//! What `generate` writes is what the other programs read, and what it says of it is true.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::Parser;
use ivendor_bench::Ending;
use ivendor_bench::generate::{GenerateArgs, TruthRecord, run};
use ivendor_core::ids::Sha256;
use ivendor_core::request::VerificationRequest;
use ivendor_models::synthetic::Forgery;

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    args: GenerateArgs,
}

fn args(out: &Path, more: &[&str]) -> GenerateArgs {
    let start = ["generate", "--out", out.to_str().unwrap()];
    Command::try_parse_from(start.iter().chain(more)).unwrap().args
}

fn requests(out: &Path) -> Vec<VerificationRequest> {
    let text = fs::read_to_string(out.join("requests.jsonl")).unwrap();
    text.lines().map(|line| VerificationRequest::parse(line.as_bytes()).unwrap()).collect()
}

fn truths(out: &Path) -> Vec<TruthRecord> {
    let text = fs::read_to_string(out.join("truth.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn requests_are_valid_and_their_truth_says_which_claims_are_false() {
    let folder = tempfile::tempdir().unwrap();
    let ending = run(&args(folder.path(), &["--count", "12", "--wear", "none"])).unwrap();
    assert_eq!(ending, Ending::Done);
    let (requests, truths) = (requests(folder.path()), truths(folder.path()));
    assert_eq!((requests.len(), truths.len()), (12, 12));
    assert_eq!(truths.iter().filter(|truth| !truth.label).count(), 6);
    assert!(requests.iter().any(|request| request.sha256.is_some()));
    assert!(requests.iter().any(|request| request.sha256.is_none()));
    let mut endings = BTreeSet::new();
    for (request, truth) in requests.iter().zip(&truths) {
        assert_eq!(request.document_id.as_str(), truth.document_id);
        assert_eq!(request.document_type, truth.document_type);
        let bytes = fs::read(folder.path().join(&request.uri)).unwrap();
        assert!(request.sha256.is_none_or(|digest| digest == Sha256::of(&bytes)));
        endings.insert(request.uri.rsplit('.').next().unwrap().to_owned());
        for (key, value) in &request.claims {
            let is_false = truth.claims[key] != *value;
            assert_eq!(is_false, truth.false_keys.contains(key), "{key} of {}", request.uri);
        }
        assert_eq!(truth.label, truth.false_keys.is_empty());
        assert!(truth.lines.len() > 8 && truth.forgery.is_none());
        for line in &truth.lines {
            assert!((line.page as usize) <= truth.pages.len());
        }
    }
    assert_eq!(endings, ["jpg", "pdf", "png", "tiff"].map(str::to_owned).into());
}

#[test]
fn documents_belong_to_the_tenants_in_turns() {
    let folder = tempfile::tempdir().unwrap();
    run(&args(folder.path(), &["--count", "5", "--wear", "none", "--tenants", "3"])).unwrap();
    let tenants: Vec<_> = requests(folder.path()).into_iter().map(|r| r.tenant_id).collect();
    let tenants: Vec<_> = tenants.iter().map(ToString::to_string).collect();
    assert_eq!(tenants, ["demo-1", "demo-2", "demo-3", "demo-1", "demo-2"]);
}

#[test]
fn forgeries_stand_beside_their_untouched_twins() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--count", "40", "--wear", "none", "--forgeries", "0.3", "--formats", "pdf,jpeg"];
    run(&args(folder.path(), &more)).unwrap();
    let (requests, truths) = (requests(folder.path()), truths(folder.path()));
    let forged: Vec<usize> = (0..40).filter(|at| truths[*at].forgery.is_some()).collect();
    let kinds: BTreeSet<Forgery> = forged.iter().filter_map(|at| truths[*at].forgery).collect();
    assert_eq!((forged.len(), kinds), (12, Forgery::ALL.into()));
    let mut twins = BTreeSet::new();
    for at in forged {
        let (truth, request) = (&truths[at], &requests[at]);
        let id = truth.twin.as_ref().unwrap();
        let twin = truths.iter().position(|twin| twin.document_id == *id).unwrap();
        assert!(twin < at && twins.insert(twin), "{id} is the twin of one, and comes first");
        assert!(!truth.label && truths[twin].label && truths[twin].forgery.is_none());
        assert_eq!(truth.document_type, truths[twin].document_type);
        assert_eq!(request.submitted_at, requests[twin].submitted_at);
        assert_ne!(request.vendor_id, requests[twin].vendor_id);
        let false_keys = usize::from(matches!(
            truth.forgery,
            Some(Forgery::PastedTotal | Forgery::ReusedDocument)
        ));
        assert_eq!(truth.false_keys.len(), false_keys, "{:?}", truth.forgery);
    }
    assert!(truths.iter().all(|truth| truth.forgery.is_some() == truth.twin.is_some()));
    assert!(requests.iter().all(|request| request.submitted_at.is_some()));
}

#[test]
fn every_type_is_drawn_unless_some_are_named() {
    let folder = tempfile::tempdir().unwrap();
    run(&args(folder.path(), &["--count", "30", "--wear", "none"])).unwrap();
    let types: BTreeSet<String> =
        truths(folder.path()).into_iter().map(|truth| truth.document_type).collect();
    assert_eq!(types.len(), 7, "{types:?}");
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let written = |threads: usize| {
        let folder = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let args = args(folder.path(), &["--count", "4", "--seed", "7", "--wear", "heavy"]);
        pool.install(|| run(&args)).unwrap();
        let documents = requests(folder.path());
        let mut files: Vec<Vec<u8>> = documents
            .iter()
            .map(|request| fs::read(folder.path().join(&request.uri)).unwrap())
            .collect();
        files.push(fs::read(folder.path().join("requests.jsonl")).unwrap());
        files.push(fs::read(folder.path().join("truth.jsonl")).unwrap());
        files
    };
    assert!(written(1) == written(3));
}

#[test]
fn the_share_of_false_claims_and_the_types_are_as_asked() {
    for (share, expected) in [("0", 0), ("1", 5), ("0.4", 2)] {
        let folder = tempfile::tempdir().unwrap();
        let more = ["--count", "5", "--wear", "none", "--false-share", share];
        let types = ["--formats", "jpeg", "--types", "receipt"];
        run(&args(folder.path(), &[more.as_slice(), &types].concat())).unwrap();
        let truths = truths(folder.path());
        assert_eq!(truths.iter().filter(|truth| !truth.label).count(), expected, "{share}");
        assert!(truths.iter().all(|t| t.document_type == "receipt" && t.pages.len() == 1));
    }
}

#[test]
fn a_folder_in_use_is_refused_and_force_replaces_only_what_was_generated() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--count", "3", "--wear", "none", "--types", "receipt"];
    run(&args(folder.path(), &more)).unwrap();
    let note = folder.path().join("documents").join("note.txt");
    fs::write(&note, "mine").unwrap();
    let error = run(&args(folder.path(), &more)).unwrap_err().to_string();
    assert!(error.contains("--force") && error.contains("--out"), "{error}");
    let fewer = ["--count", "1", "--wear", "none", "--types", "receipt", "--force"];
    run(&args(folder.path(), &fewer)).unwrap();
    assert_eq!(fs::read_dir(folder.path().join("documents")).unwrap().count(), 2);
    assert_eq!(fs::read_to_string(note).unwrap(), "mine");
    assert_eq!(requests(folder.path()).len(), 1);
}

#[test]
fn wrong_arguments_are_refused_with_what_is_allowed() {
    let cases = [
        ("count of none", vec!["--count", "0"], "1..="),
        ("share above one", vec!["--false-share", "1.5"], "0 to 1"),
        ("share that is no number", vec!["--false-share", "half"], "0 to 1"),
        ("more forgeries than twins", vec!["--forgeries", "0.6"], "0 to 0.5"),
        ("unknown type", vec!["--types", "passport"], "id_document"),
        ("unknown wear", vec!["--wear", "hevy"], "none, light or heavy"),
        ("unknown format", vec!["--formats", "gif"], "tiff"),
    ];
    for (name, more, said) in cases {
        let all = [vec!["generate", "--out", "x"], more].concat();
        let error = Command::try_parse_from(all).unwrap_err().to_string();
        assert!(error.contains(said), "{name}: {error}");
    }
}
