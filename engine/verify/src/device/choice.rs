//! The one place where a device, and the precision of its products, is chosen.

use std::fmt;
use std::str::FromStr;

use ivendor_models::weights::Precision;

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The first GPU that works, else the CPU with a warning.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// These GPUs or an error.
    Cuda(Gpus),
}

/// How the large products of the networks are to be computed on the CPU; a GPU computes in f16.
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

/// GPUs by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gpus(u64);

/// GPUs of one machine at most.
const GPUS_MAX: usize = u64::BITS as usize;

impl Gpus {
    /// The GPU of this number; `None` where no machine has so many.
    #[must_use]
    pub fn one(number: usize) -> Option<Self> {
        (number < GPUS_MAX).then(|| Self(1 << number))
    }

    /// Their numbers, the least first.
    pub fn numbers(self) -> impl Iterator<Item = usize> {
        (0..GPUS_MAX).filter(move |number| self.0 >> number & 1 == 1)
    }

    fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| Self::one(text.parse().ok()?);
        text.split(',').try_fold(Self(0), |all, text| Some(Self(all.0 | number(text)?.0)))
    }
}

impl fmt::Display for Gpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.numbers().map(|number| number.to_string()).collect();
        f.write_str(&numbers.join(","))
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            _ => {
                text.strip_prefix("cuda:").and_then(Gpus::parse).map(Self::Cuda).ok_or_else(|| {
                    format!("{text:?} is no device; use auto, cpu, cuda:N or cuda:N,M")
                })
            }
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(gpus) => write!(f, "cuda:{gpus}"),
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
            ("cuda:0", Gpus::one(0).map(DeviceChoice::Cuda)),
            ("cuda:12", Gpus::one(12).map(DeviceChoice::Cuda)),
            ("cuda:0,3", Some(DeviceChoice::Cuda(Gpus(0b1001)))),
            ("cuda:0,", None),
            ("cuda:64", None),
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
}
