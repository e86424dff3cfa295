//! Decodes the files given as arguments and prints a line for each: pages, size, resolution,
//! milliseconds, characters of the text layer. With `IVENDOR_PAGES_OUT` set to a folder, writes the
//! pages there as PNG and the text layers as text.

#![allow(clippy::print_stdout, reason = "printing is what this example is for")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use ivendor_core::limits::DecodeLimits;
use ivendor_pages::{Document, decode};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = std::env::var_os("IVENDOR_PAGES_OUT").map(PathBuf::from);
    let limits = DecodeLimits::default();
    for path in std::env::args_os().skip(1).map(PathBuf::from) {
        let bytes = std::fs::read(&path)?;
        let start = Instant::now();
        let decoded = decode(&bytes, &limits);
        let ms = start.elapsed().as_secs_f64() * 1000.0;
        let name = path.display();
        match decoded {
            Ok(document) => {
                println!("{name}\t{}\t{ms:.0} ms", describe(&document));
                if let Some(folder) = &out {
                    write(&document, &path, folder)?;
                }
            }
            Err(error) => println!("{name}\t{}\t{error}\t{ms:.0} ms", error.reason()),
        }
    }
    Ok(())
}

fn describe(document: &Document) -> String {
    let pages = document.pages.iter().map(|page| {
        let (width, height) = page.pixels.dimensions();
        let dpi = page.dpi.map_or("?".to_owned(), |dpi| format!("{dpi:.0}"));
        let letters = page.text_layer.as_ref().map_or(0, |text| text.chars().count());
        format!("{width}x{height}@{dpi} {letters} letters")
    });
    format!("{}\t{}", document.media_type, pages.collect::<Vec<_>>().join(", "))
}

fn write(
    document: &Document,
    path: &Path,
    folder: &Path,
) -> Result<(), Box<dyn std::error::Error>> {
    let stem = path.file_name().unwrap_or_default().to_string_lossy();
    for page in &document.pages {
        let number = page.number;
        page.pixels.save(folder.join(format!("{stem}.{number}.png")))?;
        if let Some(text) = &page.text_layer {
            std::fs::write(folder.join(format!("{stem}.{number}.txt")), text)?;
        }
    }
    Ok(())
}
