//! What is known of a GPU without computing on it, and what is missing where it cannot be used.
//!
//! Outside of the operations this is the only place that depends on how GPUs were compiled in.

use std::fs;

use candle_core::Device;

/// Where the driver of the system tells its version.
const DRIVER: &str = "/proc/driver/nvidia/version";

/// What is known of a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its model, e.g. `NVIDIA H100`.
    pub model: String,
    /// Its compute capability.
    pub capability: (i32, i32),
    /// Its memory in bytes.
    pub memory_bytes: usize,
    /// What of it is free.
    pub free_bytes: usize,
}

/// Asks the driver.
#[cfg(feature = "cuda")]
pub(crate) fn facts(device: &Device) -> Option<Facts> {
    let device = device.as_cuda_device().ok()?;
    let stream = device.cuda_stream();
    let context = stream.context();
    let (free_bytes, memory_bytes) = context.mem_get_info().ok()?;
    Some(Facts {
        model: context.name().ok()?,
        capability: context.compute_capability().ok()?,
        memory_bytes,
        free_bytes,
    })
}

/// There is no driver to ask.
#[cfg(not(feature = "cuda"))]
pub(crate) fn facts(_: &Device) -> Option<Facts> {
    None
}

/// The version of the system's driver, as the driver says it.
#[must_use]
pub fn driver() -> Option<String> {
    let text = fs::read_to_string(DRIVER).ok()?;
    driver_version(&text)
}

/// The number after the words that stand before it in every version of the file.
fn driver_version(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("NVRM version:"))?;
    let is_version =
        |word: &&str| word.contains('.') && word.chars().all(|c| c.is_ascii_digit() || c == '.');
    line.split_whitespace().find(is_version).map(str::to_owned)
}

/// What an error of opening a GPU means, and what to do, for a person.
pub(crate) fn explain(error: &str) -> String {
    let advice: &[(&str, &str)] = &[
        (
            "not been built with cuda",
            "this program was built for the CPU alone; take the build for GPUs, or build with \
             --features cuda",
        ),
        (
            "CUDA_ERROR_NO_DEVICE",
            "no GPU, or no driver for it, is on this machine: nvidia-smi should list one; in a \
             container the GPU must be handed in",
        ),
        ("CUDA_ERROR_STUB_LIBRARY", "the driver's library libcuda.so.1 is not on this machine"),
        ("CUDA_ERROR_INVALID_DEVICE", "there is no GPU of this number; count from 0"),
        ("CUDA_ERROR_OUT_OF_MEMORY", "another program holds the memory of the GPU"),
        (
            "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
            "the driver in the kernel and its library have different versions: start anew",
        ),
        (
            "CUDA_ERROR_NO_BINARY_FOR_GPU",
            "this program has no kernels for the compute capability of this GPU",
        ),
        (
            "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
            "the driver is older than the toolkit of this program: it must know CUDA 13.0",
        ),
    ];
    let known = advice.iter().find(|(name, _)| error.contains(name));
    match known {
        Some((_, advice)) => format!("{advice} ({error})"),
        None => error.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_s_version_is_found_in_what_it_says() {
        let cases = [
            ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun", Some("580.65.06")),
            (
                "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  575.57.08  Release",
                Some("575.57.08"),
            ),
            ("GCC version:  gcc version 12.2.0", None),
            ("", None),
        ];
        for (text, version) in cases {
            assert_eq!(driver_version(text).as_deref(), version, "{text}");
        }
    }

    #[test]
    fn an_error_says_what_is_missing() {
        let cases = [
            ("the candle crate has not been built with cuda support", "--features cuda"),
            ("DriverError(CUDA_ERROR_NO_DEVICE, \"no device\")", "nvidia-smi"),
            ("DriverError(CUDA_ERROR_INVALID_DEVICE, \"\")", "count from 0"),
            ("something that nobody knows", "something that nobody knows"),
        ];
        for (error, advice) in cases {
            let said = explain(error);
            assert!(said.contains(advice) && said.contains(error), "{said}");
        }
    }

    #[test]
    fn the_cpu_is_no_gpu() {
        assert_eq!(facts(&Device::Cpu), None);
    }
}
