//! The one place where a device, and the precision of its products, is chosen.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;
use ivendor_models::weights::Precision;

use crate::error::EngineError;

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The first GPU that works, else the CPU with a warning.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// This GPU or an error.
    Cuda(usize),
}

/// How the large products of the networks are to be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PrecisionChoice {
    /// What the device computes fastest.
    #[default]
    Auto,
    /// In single precision.
    F32,
    /// In eight bits, on any CPU; without instructions for them this is slow.
    Int8,
}

impl PrecisionChoice {
    /// What is computed on this machine.
    #[must_use]
    pub fn resolve(self) -> Precision {
        match self {
            Self::Auto => Precision::fastest(),
            Self::F32 => Precision::F32,
            Self::Int8 => Precision::Int8,
        }
    }
}

impl FromStr for PrecisionChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "f32" => Ok(Self::F32),
            "int8" => Ok(Self::Int8),
            _ => Err(format!("{text:?} is no precision; use auto, f32 or int8")),
        }
    }
}

impl fmt::Display for PrecisionChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::F32 => "f32",
            Self::Int8 => "int8",
        })
    }
}

/// A device that answers.
#[derive(Debug, Clone)]
pub struct OpenDevice {
    /// As candle knows it.
    pub device: Device,
    /// For verdicts, e.g. `cpu`.
    pub name: String,
}

impl DeviceChoice {
    /// Opens the device that was asked for; `auto` takes the first GPU, and without one the CPU,
    /// with a warning.
    ///
    /// # Errors
    /// [`EngineError::Device`] where a GPU was asked for by number and is not there.
    pub fn open(self) -> Result<OpenDevice, EngineError> {
        let cpu = OpenDevice { device: Device::Cpu, name: "cpu".to_owned() };
        match self {
            Self::Cpu => Ok(cpu),
            Self::Cuda(number) => cuda(number),
            Self::Auto => Ok(cuda(0).unwrap_or_else(|error| {
                tracing::warn!(%error, "no GPU can be used; computing on the CPU");
                cpu
            })),
        }
    }
}

fn cuda(number: usize) -> Result<OpenDevice, EngineError> {
    let name = format!("cuda:{number}");
    match Device::new_cuda(number) {
        Ok(device) => Ok(OpenDevice { device, name }),
        Err(error) => {
            Err(EngineError::Device { device: name, problem: first_line(&error.to_string()) })
        }
    }
}

/// An error's words without the backtrace that may follow them.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|n| n.parse().ok())
                .map(Self::Cuda)
                .ok_or_else(|| format!("{text:?} is no device; use auto, cpu or cuda:N")),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(n) => write!(f, "cuda:{n}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_named_as_they_are_asked_for() {
        let cases = [
            ("auto", Some(DeviceChoice::Auto)),
            ("cpu", Some(DeviceChoice::Cpu)),
            ("cuda:0", Some(DeviceChoice::Cuda(0))),
            ("cuda:12", Some(DeviceChoice::Cuda(12))),
            ("cuda", None),
            ("cuda:-1", None),
            ("CPU", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let choice = text.parse::<DeviceChoice>();
            assert_eq!(choice.clone().ok(), expected, "{text}");
            match choice {
                Ok(choice) => assert_eq!(choice.to_string(), text),
                Err(error) => assert!(error.contains("cuda:N"), "{error}"),
            }
        }
    }

    #[test]
    fn precisions_are_named_as_they_are_asked_for() {
        for text in ["auto", "f32", "int8"] {
            assert_eq!(text.parse::<PrecisionChoice>().unwrap().to_string(), text);
        }
        assert!("f16".parse::<PrecisionChoice>().unwrap_err().contains("int8"));
        assert_eq!(PrecisionChoice::F32.resolve(), Precision::F32);
    }

    #[test]
    fn a_gpu_that_is_not_there_is_an_error_and_auto_takes_the_cpu() {
        let error = DeviceChoice::Cuda(63).open().unwrap_err();
        assert!(matches!(&error, EngineError::Device { device, .. } if device == "cuda:63"));
        assert!(error.to_string().contains("--device cpu"), "{error}");
        assert!(!DeviceChoice::Auto.open().unwrap().name.is_empty());
    }
}
