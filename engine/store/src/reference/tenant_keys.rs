//! What a tenant may set for itself.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde_json::Value;

/// A number that a tenant may set, where the deployment's own does not suit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantKey {
    /// Share of its accepted documents that a person looks at all the same.
    SampledShare,
    /// Share of its cases that two people decide.
    SecondOpinionShare,
    /// Seconds within which a case of its should be decided, from when it opens.
    DueWithinS,
}

impl TenantKey {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SampledShare, Self::SecondOpinionShare, Self::DueWithinS];

    /// As it is stored and named on a command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SampledShare => "sampled_share",
            Self::SecondOpinionShare => "second_opinion_share",
            Self::DueWithinS => "due_within_s",
        }
    }

    /// What it may be.
    fn range(self) -> RangeInclusive<f64> {
        match self {
            Self::SampledShare | Self::SecondOpinionShare => 0.0..=1.0,
            // A minute to a year.
            Self::DueWithinS => 60.0..=31_536_000.0,
        }
    }

    /// What is wrong with a value, where it cannot be.
    #[must_use]
    pub fn problem(self, value: f64) -> Option<String> {
        let range = self.range();
        let (least, most) = (range.start(), range.end());
        (!range.contains(&value)).then(|| format!("must lie between {least} and {most}"))
    }

    /// What a tenant's settings say; nothing where they do not, or say what cannot be.
    #[must_use]
    pub fn of(self, settings: &BTreeMap<String, Value>) -> Option<f64> {
        let set = settings.get(self.name()).and_then(Value::as_f64);
        set.filter(|value| self.problem(*value).is_none())
    }
}

impl FromStr for TenantKey {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|key| key.name() == name);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            format!("{name:?} is nothing that a tenant may set; these are: {known}")
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_can_be_is_taken_from_a_tenants_settings() {
        let cases = [
            ("a share", TenantKey::SampledShare, json!(0.25), Some(0.25)),
            ("a whole one", TenantKey::SecondOpinionShare, json!(1), Some(1.0)),
            ("more than all", TenantKey::SampledShare, json!(1.5), None),
            ("no number", TenantKey::SampledShare, json!("half"), None),
            ("an hour", TenantKey::DueWithinS, json!(3600), Some(3600.0)),
            ("no time", TenantKey::DueWithinS, json!(0), None),
        ];
        for (name, key, value, expected) in cases {
            let settings = BTreeMap::from([(key.name().to_owned(), value)]);
            assert_eq!(key.of(&settings), expected, "{name}");
        }
        assert_eq!(TenantKey::DueWithinS.of(&BTreeMap::new()), None, "not set");
    }

    #[test]
    fn every_key_is_known_by_its_name() {
        for key in TenantKey::ALL {
            assert_eq!(key.name().parse(), Ok(key));
        }
        assert!("colour".parse::<TenantKey>().unwrap_err().contains("due_within_s"));
    }
}
