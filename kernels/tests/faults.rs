//! What a program sees when the device fails: candle and cudarc on the emulated device
//! (`kernels/emulator`), whose faults the file `EMU_SWITCHES` sets while the program runs.

// The helpers of tests may fail as their tests may.
#![allow(clippy::expect_used)]

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use candle_core::{Device, Result, Tensor};

/// The switches of the device, and the right to set them: one test at a time has it.
struct Faults {
    path: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

impl Faults {
    fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let path = std::env::var_os("EMU_SWITCHES").map(PathBuf::from);
        let path = path.expect("EMU_SWITCHES must name a file: see kernels/emulator/README.md");
        let faults = Self { path, _alone: alone };
        // A test before may have broken the context. The device reads its switches when it is
        // called.
        faults.set("EMU_REPAIR=1\n");
        drop(device());
        faults.set("");
        faults
    }

    fn set(&self, lines: &str) {
        // A name of its own first, so that the device never reads half a file.
        let fresh = self.path.with_extension("fresh");
        std::fs::write(&fresh, lines).expect("the switches can be written");
        std::fs::rename(&fresh, &self.path).expect("the switches can be replaced");
    }
}

/// Some work of several launches and two products.
fn work(device: &Device) -> Result<Vec<f32>> {
    let x = Tensor::ones((16, 24), candle_core::DType::F32, device)?;
    let w = Tensor::full(0.5_f32, (24, 24), device)?;
    let y = x.matmul(&w)?.relu()?.affine(0.25, 1.0)?.matmul(&w)?.relu()?;
    y.flatten_all()?.to_vec1()
}

fn device() -> Device {
    Device::new_cuda(0).expect("the emulated device is on the library path")
}

fn expected() -> Vec<f32> {
    work(&Device::Cpu).expect("the CPU computes")
}

#[test]
fn out_of_memory_is_an_error_and_the_device_goes_on() {
    let faults = Faults::new();
    let device = device();
    assert_eq!(work(&device).expect("nothing is wrong yet"), expected());
    faults.set("EMU_OOM_ABOVE=2000\n");
    let error = work(&device).expect_err("the second matrix finds no memory").to_string();
    assert!(error.contains("OUT_OF_MEMORY"), "{error}");
    faults.set("");
    assert_eq!(work(&device).expect("there is memory again"), expected());
}

#[test]
fn a_product_that_fails_is_an_error_and_the_device_goes_on() {
    let faults = Faults::new();
    let device = device();
    faults.set("EMU_BLAS_FAIL_AT=+2\n");
    let error = work(&device).expect_err("its second product fails").to_string();
    assert!(error.contains("CUBLAS"), "{error}");
    faults.set("");
    assert_eq!(work(&device).expect("only one product failed"), expected());
}

/// Breaks the context at the third of the next launches, and checks that everything fails from
/// then on.
fn broken_context(late: &str) {
    let faults = Faults::new();
    // A device whose context is broken must be leaked: what drops it may end the process.
    let device = std::mem::ManuallyDrop::new(device());
    faults.set(&format!("EMU_STICKY_AT=+3\n{late}"));
    assert!(work(&device).is_err());
    let again = work(&device).expect_err("the context stays broken").to_string();
    assert!(again.contains("ILLEGAL_ADDRESS"), "{again}");
    assert!(Device::new_cuda(0).is_err(), "a second device shares the context");
    assert_eq!(work(&Device::Cpu).expect("the CPU goes on"), expected());
}

#[test]
fn a_broken_context_stays_broken_and_the_cpu_goes_on() {
    broken_context("");
}

#[test]
fn a_launch_that_fails_late_is_an_error_of_a_later_call() {
    broken_context("EMU_STICKY_ASYNC=1\n");
}

#[test]
fn a_device_that_is_gone_is_an_error() {
    let faults = Faults::new();
    let device = std::mem::ManuallyDrop::new(device());
    faults.set("EMU_VANISH_AT=0\n");
    assert!(work(&device).is_err());
    assert!(Device::new_cuda(0).is_err());
    faults.set("EMU_NO_DEVICE=1\n");
    let error = Device::new_cuda(0).expect_err("there is no device").to_string();
    assert!(error.contains("NO_DEVICE") || error.contains("INVALID_DEVICE"), "{error}");
}

#[test]
fn a_device_that_breaks_leaves_another_one_whole() {
    let faults = Faults::new();
    faults.set("EMU_DEVICES=2\n");
    let whole = device();
    let broken = Device::new_cuda(1).expect("there are two");
    let broken = std::mem::ManuallyDrop::new(broken);
    assert_eq!(work(&broken).expect("nothing is wrong yet"), expected());
    faults.set("EMU_DEVICES=2\nEMU_STICKY_AT_1=+3\n");
    assert_eq!(work(&whole).expect("its launches are not counted"), expected());
    assert!(work(&broken).is_err());
    assert!(Device::new_cuda(1).is_err(), "its context stays broken");
    assert_eq!(work(&whole).expect("it has a context of its own"), expected());
}

#[test]
fn a_kernel_that_computes_wrongly_gives_a_wrong_result_and_no_error() {
    let faults = Faults::new();
    let device = device();
    faults.set("EMU_WRONG=gemm\n");
    assert_ne!(work(&device).expect("nothing fails"), expected());
    faults.set("");
    assert_eq!(work(&device).expect("the product is right again"), expected());
}
