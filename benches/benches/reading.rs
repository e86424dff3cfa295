//! A drawn receipt on its way: from its bytes to pixels, and all the way to its text. The second
//! needs the weights and is left out, with a word, where there are none.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use criterion::Criterion;
use ivendor_bench::ours::{EngineArgs, Ours, Task};
use ivendor_core::limits::DecodeLimits;
use ivendor_models::synthetic::{Config, Format, Kind, Wear, document, encode};

const JPEG: Format = Format::Jpeg { quality: 85 };

fn receipt(format: Format) -> Result<Vec<u8>, Box<dyn Error>> {
    let config = Config { seed: 1, kind: Kind::Receipt, wear: Wear::LIGHT, pages_max: 1 };
    Ok(encode(&document(&config)?, format)?)
}

fn decode(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let limits = DecodeLimits::default();
    for format in [JPEG, Format::Png, Format::Pdf] {
        let bytes = receipt(format)?;
        ivendor_pages::decode(&bytes, &limits)?;
        let name = format!("decode receipt.{}", format.extension());
        criterion.bench_function(&name, |b| b.iter(|| ivendor_pages::decode(&bytes, &limits)));
    }
    Ok(())
}

fn verify(criterion: &mut Criterion, folder: &Path) -> Result<(), Box<dyn Error>> {
    let ours = match Ours::open(&EngineArgs::default()) {
        Ok(ours) => ours,
        Err(error) => {
            eprintln!("left out: verify receipt.jpg ({error})");
            return Ok(());
        }
    };
    let path = folder.join("receipt.jpg");
    std::fs::write(&path, receipt(JPEG)?)?;
    let task = || Task {
        id: "receipt",
        path: &path,
        document_type: "receipt",
        claims: BTreeMap::new(),
        submitted_at: None,
    };
    criterion.bench_function("verify receipt.jpg", |b| b.iter(|| ours.verify(vec![task()])));
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let folder = tempfile::tempdir()?;
    decode(&mut criterion)?;
    verify(&mut criterion, folder.path())?;
    criterion.final_summary();
    Ok(())
}
