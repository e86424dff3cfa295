//! Writes the specimens and the sound documents into a folder, as seeds for a fuzzer.

use std::fs;
use std::path::PathBuf;

use ivendor_pages::specimens::{sound, specimens};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder: PathBuf = std::env::args_os().nth(1).ok_or("which folder?")?.into();
    fs::create_dir_all(&folder)?;
    let sound = sound().into_iter().map(|document| document.bytes);
    let damaged = specimens().into_iter().map(|specimen| specimen.bytes);
    for (number, bytes) in sound.chain(damaged).enumerate() {
        fs::write(folder.join(format!("{number:04}")), bytes)?;
    }
    Ok(())
}
