//! Compiles the CUDA kernels where the feature `cuda` asks for them: one fatbin a `.cu` file, with
//! machine code for the chips of [`CHIPS`] and PTX from which a driver makes code for later ones.
//! `NVCC` names the compiler, else `CUDA_HOME` or `CUDA_PATH` its toolkit, else the search path.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Compute capabilities that get machine code: A100, L4 and L40S, H100 and H200.
const CHIPS: [&str; 3] = ["80", "89", "90"];

/// The compute capability whose PTX serves the chips after it.
const PTX: &str = "90";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_CUDA").is_none() {
        return ExitCode::SUCCESS;
    }
    for variable in ["NVCC", "CUDA_HOME", "CUDA_PATH"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    match compile_all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("cargo::error={problem}");
            ExitCode::FAILURE
        }
    }
}

fn compile_all() -> Result<(), String> {
    let out = std::env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?;
    let nvcc = nvcc();
    // A new operation is named there; its sources are not known to cargo yet.
    println!("cargo::rerun-if-changed=src/lib.rs");
    for header in files(Path::new("src"), "cuh")? {
        println!("cargo::rerun-if-changed={}", header.display());
    }
    for source in files(Path::new("src"), "cu")? {
        println!("cargo::rerun-if-changed={}", source.display());
        compile(&nvcc, &source, Path::new(&out))?;
    }
    Ok(())
}

/// The compiler, as the environment names it.
fn nvcc() -> PathBuf {
    let given = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let below = |home: PathBuf| home.join("bin/nvcc");
    given("NVCC")
        .or_else(|| given("CUDA_HOME").map(below))
        .or_else(|| given("CUDA_PATH").map(below))
        .unwrap_or_else(|| PathBuf::from("nvcc"))
}

/// The files with an ending in a folder and in those directly below it.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let entries = |folder: &Path| -> Result<Vec<PathBuf>, String> {
        let problem = |error| format!("{} cannot be listed: {error}", folder.display());
        let entries = std::fs::read_dir(folder).map_err(problem)?;
        entries.map(|entry| entry.map(|e| e.path()).map_err(problem)).collect()
    };
    let mut found = Vec::new();
    for path in entries(folder)? {
        match path.is_dir() {
            true => found.extend(entries(&path)?),
            false => found.push(path),
        }
    }
    found.retain(|path| path.extension().is_some_and(|e| e == ending));
    found.sort();
    Ok(found)
}

/// Writes `NAME.fatbin`, and beside it in `NAME.ptxas` what the assembler says of registers,
/// spills and shared memory.
fn compile(nvcc: &Path, source: &Path, out: &Path) -> Result<(), String> {
    let name = source.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let mut command = Command::new(nvcc);
    command.args(["-fatbin", "-O3", "-std=c++17", "-Xptxas", "-v"]);
    // Uncompressed, so that the names of the kernels can be read from the file.
    command.arg("--no-compress");
    for chip in CHIPS {
        command.args(["-gencode", &format!("arch=compute_{chip},code=sm_{chip}")]);
    }
    command.args(["-gencode", &format!("arch=compute_{PTX},code=compute_{PTX}")]);
    command.arg("-o").arg(out.join(name).with_extension("fatbin")).arg(source);
    let output = command.output().map_err(|error| {
        format!(
            "the CUDA compiler {} cannot be run ({error}); run scripts/cuda-toolchain, or set \
             NVCC or CUDA_HOME",
            nvcc.display()
        )
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        for line in said.lines() {
            println!("cargo::warning={line}");
        }
        return Err(format!("{} does not compile; see above", source.display()));
    }
    let report = out.join(name).with_extension("ptxas");
    std::fs::write(&report, &*said)
        .map_err(|error| format!("{} cannot be written: {error}", report.display()))
}
