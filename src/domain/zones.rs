//! Availability zones, for a Director with several clouds.

use std::collections::BTreeMap;

use super::ids::CpiName;

/// The CPI of each zone (cloudfoundry/bosh `src/bosh-director/lib/bosh/director/az_cloud_factory.rb`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zones(BTreeMap<String, CpiName>);

impl Zones {
    /// No zones.
    pub const NONE: &'static Zones = &Zones(BTreeMap::new());

    /// Puts a zone on a CPI. Returns the CPI that the zone is on already, if that is another one.
    pub fn put(&mut self, zone: &str, cpi: CpiName) -> Option<&CpiName> {
        let has = self.0.entry(zone.to_owned()).or_insert_with(|| cpi.clone());
        (*has != cpi).then_some(has)
    }

    /// The CPI of things in this zone, if known.
    pub fn cpi(&self, zone: Option<&str>) -> Option<&CpiName> {
        self.0.get(zone?)
    }
}
