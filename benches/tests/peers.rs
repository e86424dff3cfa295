//! The programs of the peers keep the protocol, in the real environment that `scripts/peers` makes.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use clap::Parser;
use ivendor_bench::accuracy::Pair;
use ivendor_bench::generate::{GenerateArgs, run};
use ivendor_bench::peer::{CLAIMS_SCRIPT, PASSPORT_EYE, PeerChoice, Program, RAPIDOCR};
use ivendor_bench::samples::{Choice, DataSet};
use ivendor_bench::script::scores;
use ivendor_bench::side::{Asked, Side};

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    args: GenerateArgs,
}

fn start(program: Program) -> Side {
    let mut left_out = Vec::new();
    let side = PeerChoice::Rapidocr.start(program, 1, &mut left_out).unwrap();
    side.unwrap_or_else(|| panic!("{left_out:?}"))
}

/// Two drawn receipts, one of them a PDF.
fn receipts(folder: &Path) -> DataSet {
    for (name, format) in [("jpeg", "jpeg"), ("pdf", "pdf")] {
        let out = folder.join(name);
        let start = ["generate", "--out", out.to_str().unwrap(), "--formats", format];
        let rest = ["--count", "1", "--wear", "none", "--types", "receipt", "--false-share", "0"];
        run(&Command::try_parse_from(start.iter().chain(&rest)).unwrap().args).unwrap();
    }
    let load = |name: &str| {
        let data = folder.join(name);
        DataSet::load(&Choice { data, ..Choice::default() }).unwrap()
    };
    let mut data = load("jpeg");
    data.samples.extend(load("pdf").samples);
    data
}

#[test]
fn the_script_finds_true_claims_on_pictures_and_pdfs_and_doubts_a_wrong_total() {
    let folder = tempfile::tempdir().unwrap();
    let data = receipts(folder.path());
    let mut sets = Vec::new();
    for (sample, known) in data.samples.iter().enumerate() {
        let claims = known.claims.clone().unwrap();
        let mut wrong = claims.clone();
        wrong.insert("total".to_owned(), "98765.43".to_owned());
        sets.extend([wrong, claims].map(|claims| Pair { sample, claims, lie: None }));
    }
    // The order of the answers is that of the sets, also where they are mixed.
    sets.swap(0, 3);
    let scores =
        scores(start(CLAIMS_SCRIPT), &data.samples, &sets.iter().collect::<Vec<_>>()).unwrap();
    let [true_pdf, true_jpeg, false_pdf, false_jpeg] = scores[..] else { panic!("{scores:?}") };
    assert!(true_jpeg > 0.7 && true_pdf > 0.7, "{scores:?}");
    assert!(false_jpeg < true_jpeg && false_pdf < true_pdf, "{scores:?}");
}

#[test]
fn no_peer_is_ended_by_a_file_that_is_no_picture() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.jpg");
    fs::write(&path, "no picture").unwrap();
    for program in [RAPIDOCR, PASSPORT_EYE] {
        let mut side = start(program);
        for _ in 0..2 {
            let read = side.read(&[&path]).unwrap().documents;
            assert!(read[0].lines.is_empty() && read[0].error.is_some(), "{}", program.name);
        }
        side.finish().unwrap();
    }
    let claims = [("total".to_owned(), "9.00".to_owned())].into();
    let mut side = start(CLAIMS_SCRIPT);
    let asked = Asked { path: &path, sets: vec![&claims] };
    let scored = side.score(&[asked]).unwrap();
    assert!(scored[0].scores == [0.0] && scored[0].error.is_some(), "{scored:?}");
    side.finish().unwrap();
}

#[test]
fn what_passport_eye_takes_for_a_zone_has_rows_of_one_of_the_standard_s_widths() {
    let folder = tempfile::tempdir().unwrap();
    let data = receipts(folder.path());
    let mut side = start(PASSPORT_EYE);
    // It finds one on nearly any picture, so that only what its rows say can be compared.
    let read = side.read(&[&data.samples[0].path]).unwrap().documents;
    assert_eq!(read[0].error, None);
    let rows = &read[0].lines;
    assert!(rows.iter().all(|row| [30, 36, 44].contains(&row.len())), "{rows:?}");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{rows:?}");
    side.finish().unwrap();
}
