//! Whether a document is valid on the day on which it is judged: not expired, and no longer in
//! the future. Where neither the claims nor a machine-readable zone say until when, there is
//! nothing to check.

use std::collections::BTreeMap;

use ivendor_core::check::{Check, Evidence};
use ivendor_core::reason::Reason;
use ivendor_models::profile::Profile;
use jiff::civil::Date;

use super::claims::day::days;
use super::mrz::{Field, Zone, canonical};

/// Whether the last day of validity has not passed.
const EXPIRY: &str = "validity.expiry";
/// Whether the first day of validity has come.
const START: &str = "validity.start";
/// The types that are valid for a time, with their claims of its last and its first day.
const TYPES: [(&str, &str, &str); 3] = [
    ("business_license", "expiry_date", "issue_date"),
    ("id_document", "date_of_expiry", "date_of_issue"),
    ("insurance_certificate", "expiry_date", "effective_date"),
];
/// How sure a date is that may be read as two days, of which only one is as it should be.
const EITHER: f32 = 0.6;

/// A day that bounds the validity, in all its readings, and where it stands.
struct Bound {
    days: Vec<Date>,
    evidence: Vec<Evidence>,
}

/// Checks that `on` lies in the time for which the document is valid, the last day included, by
/// its claims and by its zone, where the zone's check digit holds.
#[must_use]
pub fn check(
    profile: &Profile,
    claims: &BTreeMap<String, String>,
    zone: Option<&Zone>,
    on: Date,
) -> Vec<Check> {
    let Some((_, last, first)) = TYPES.iter().find(|(name, ..)| *name == profile.name) else {
        return Vec::new();
    };
    let claimed = |wanted: &'static str| {
        claims
            .iter()
            .filter(move |(key, _)| canonical(profile, key) == wanted)
            .map(|(_, claim)| Bound { days: days(claim), evidence: Vec::new() })
            .filter(|bound| !bound.days.is_empty())
    };
    let in_zone = zone.and_then(|zone| {
        let day = zone.mrz.expiry.filter(|_| zone.mrz.holds(Field::Expiry))?;
        Some(Bound { days: vec![day], evidence: zone.evidence.clone() })
    });
    let until: Vec<Bound> = in_zone.into_iter().chain(claimed(last)).collect();
    let from: Vec<Bound> = claimed(first).collect();
    let expiry = judge(&until, |day| on <= day).map(|(holds, bound)| {
        to_check(EXPIRY, holds, &Reason::VALIDITY_EXPIRED)
            .expecting(format!("on or after {on}"))
            .finding(written(&bound.days))
            .at(bound.evidence.clone())
    });
    let start = judge(&from, |day| day <= on).map(|(holds, bound)| {
        to_check(START, holds, &Reason::VALIDITY_NOT_YET)
            .expecting(format!("on or before {on}"))
            .finding(written(&bound.days))
    });
    expiry.into_iter().chain(start).collect()
}

/// The bound of which the fewest readings are right, and their share; none without bounds.
fn judge(bounds: &[Bound], right: impl Fn(Date) -> bool) -> Option<(f32, &Bound)> {
    let share = |bound: &Bound| {
        let count = bound.days.iter().filter(|day| right(**day)).count();
        count as f32 / bound.days.len() as f32
    };
    bounds.iter().map(|bound| (share(bound), bound)).min_by(|a, b| a.0.total_cmp(&b.0))
}

fn to_check(name: &str, holds: f32, reason: &Reason) -> Check {
    match holds {
        1.0.. => Check::passed(name, 0.99),
        0.0 => Check::failed(name, 0.02, reason.clone()),
        _ => Check::passed(name, EITHER),
    }
}

fn written(days: &[Date]) -> String {
    days.iter().map(Date::to_string).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests;
