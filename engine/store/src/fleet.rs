//! How many connections all programs of a deployment may come to together.

use crate::settings::StoreSettings;

impl StoreSettings {
    /// What is wrong with the connections that the fleet may open to the reference database and
    /// so many shards, if anything.
    #[must_use]
    pub fn too_many_connections(&self, shards: usize) -> Option<String> {
        let databases = shards as u64 + 1;
        let (each, programs) = (u64::from(self.connections_max), u64::from(self.fleet_programs));
        let all = each.saturating_mul(databases).saturating_mul(programs);
        let max = u64::from(self.fleet_connections_max);
        (all > max).then(|| {
            format!(
                "{programs} programs (store.fleet_programs) with {each} connections \
                 (store.connections_max) to each of {databases} databases may come to {all}, more \
                 than the {max} of store.fleet_connections_max"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_connections_than_the_fleet_may_have_are_warned_of() {
        let of = |connections_max, fleet_programs| StoreSettings {
            connections_max,
            fleet_programs,
            ..StoreSettings::default()
        };
        let cases = [
            ("one program", of(4, 1), 16, None),
            ("just so many", of(4, 10), 4, None),
            ("one more", of(4, 11), 4, Some("220")),
            ("many shards", of(4, 8), 12, Some("416")),
            ("fewer each", of(1, 8), 12, None),
        ];
        for (name, settings, shards, all) in cases {
            let told = settings.too_many_connections(shards);
            assert_eq!(told.is_some(), all.is_some(), "{name}: {told:?}");
            let all = all.unwrap_or_default();
            assert!(told.unwrap_or_default().contains(all), "{name}");
        }
    }
}
