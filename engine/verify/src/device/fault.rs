//! What can go wrong with a device: each error of a call to it is sorted here, and nowhere else.
//!
//! The libraries give words; the names in them are those of the driver and of its libraries.

use std::fmt;

use thiserror::Error;

/// What an error means for the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The work does not fit the memory; the device is well.
    OutOfMemory,
    /// The device, or this process's hold on it, is gone: every later call fails, too.
    Lost,
    /// A call failed, and the next one may succeed.
    Passing,
    /// The device computed something else than it should.
    Wrong,
    /// A call did not come back in time.
    Stuck,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::OutOfMemory, Self::Lost, Self::Passing, Self::Wrong, Self::Stuck];

    /// The name in metrics and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OutOfMemory => "out_of_memory",
            Self::Lost => "lost",
            Self::Passing => "passing",
            Self::Wrong => "wrong",
            Self::Stuck => "stuck",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfMemory => "out of memory",
            Self::Lost => "the device is lost",
            Self::Passing => "a call failed",
            Self::Wrong => "a wrong result",
            Self::Stuck => "no answer in time",
        })
    }
}

/// Something that went wrong with a device.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}: {detail}")]
pub struct Fault {
    /// What it means.
    pub kind: FaultKind,
    /// What the library said.
    pub detail: String,
}

/// The work does not fit.
const MEMORY: [&str; 4] = [
    "CUDA_ERROR_OUT_OF_MEMORY",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CURAND_STATUS_ALLOCATION_FAILED",
    "memory allocation of",
];

/// After these no call of this process to the device succeeds: the driver keeps them with the
/// context, or there is no device any more.
const LOST: [&str; 24] = [
    "CUDA_ERROR_ASSERT",
    "CUDA_ERROR_CONTAINED",
    "CUDA_ERROR_CONTEXT_IS_DESTROYED",
    "CUDA_ERROR_DEINITIALIZED",
    "CUDA_ERROR_DEVICE_UNAVAILABLE",
    "CUDA_ERROR_ECC_UNCORRECTABLE",
    "CUDA_ERROR_EXTERNAL_DEVICE",
    "CUDA_ERROR_HARDWARE_STACK_ERROR",
    "CUDA_ERROR_ILLEGAL_ADDRESS",
    "CUDA_ERROR_ILLEGAL_INSTRUCTION",
    "CUDA_ERROR_INVALID_ADDRESS_SPACE",
    "CUDA_ERROR_INVALID_CONTEXT",
    "CUDA_ERROR_INVALID_DEVICE",
    "CUDA_ERROR_INVALID_PC",
    "CUDA_ERROR_LAUNCH_FAILED",
    "CUDA_ERROR_LAUNCH_TIMEOUT",
    "CUDA_ERROR_MISALIGNED_ADDRESS",
    "CUDA_ERROR_MPS_CLIENT_TERMINATED",
    "CUDA_ERROR_MPS_CONNECTION_FAILED",
    "CUDA_ERROR_NO_DEVICE",
    "CUDA_ERROR_NVLINK_UNCORRECTABLE",
    "CUDA_ERROR_SYSTEM_NOT_READY",
    "CUDA_ERROR_TENSOR_MEMORY_LEAK",
    "CUDA_ERROR_UNKNOWN",
];

impl Fault {
    /// Sorts the words of an error. What is not known passes: a known question to the device then
    /// shows whether it does.
    #[must_use]
    pub fn of_words(words: &str) -> Self {
        let has = |names: &[&str]| names.iter().any(|name| words.contains(name));
        let kind = if has(&LOST) {
            FaultKind::Lost
        } else if has(&MEMORY) {
            FaultKind::OutOfMemory
        } else {
            FaultKind::Passing
        };
        Self { kind, detail: first_line(words) }
    }
}

impl From<candle_core::Error> for Fault {
    fn from(error: candle_core::Error) -> Self {
        Self::of_words(&error.to_string())
    }
}

/// An error's words without the backtrace that may follow them.
pub(super) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_sorted_by_what_they_mean_for_the_device() {
        use FaultKind::{Lost, OutOfMemory, Passing};
        let cases = [
            ("memory", "DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")", OutOfMemory),
            ("a product's memory", "CublasError(CUBLAS_STATUS_ALLOC_FAILED)", OutOfMemory),
            ("an address", "DriverError(CUDA_ERROR_ILLEGAL_ADDRESS, \"an illegal …\")", Lost),
            ("at a later call", "DriverError(CUDA_ERROR_LAUNCH_FAILED, \"unspecified\")", Lost),
            ("unplugged", "DriverError(CUDA_ERROR_NO_DEVICE, \"no device\")", Lost),
            ("a bit", "DriverError(CUDA_ERROR_ECC_UNCORRECTABLE, \"\")", Lost),
            ("both: what is worse counts", "CUDA_ERROR_OUT_OF_MEMORY CUDA_ERROR_UNKNOWN", Lost),
            ("a product", "CublasError(CUBLAS_STATUS_EXECUTION_FAILED)", Passing),
            ("a launch that was wrong", "DriverError(CUDA_ERROR_INVALID_VALUE, \"\")", Passing),
            ("no words", "", Passing),
        ];
        for (name, words, kind) in cases {
            let fault = Fault::from(candle_core::Error::Msg(words.to_owned()));
            assert_eq!(fault.kind, kind, "{name}");
        }
        let fault = Fault::of_words("what happened\n   0: backtrace");
        assert_eq!(fault.to_string(), "a call failed: what happened");
    }
}
