//! Availability zones, where a Director has several clouds.

use std::collections::BTreeMap;

use super::ids::CpiName;

/// Which CPI a zone is on (cloudfoundry/bosh `src/bosh-director/lib/bosh/director/az_cloud_factory.rb`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zones(BTreeMap<String, CpiName>);

impl Zones {
    /// None at all.
    pub const NONE: &'static Zones = &Zones(BTreeMap::new());

    /// Puts a zone on a CPI. Gives the CPI that it is on already, where that is another one.
    pub fn put(&mut self, zone: &str, cpi: CpiName) -> Option<&CpiName> {
        let has = self.0.entry(zone.to_owned()).or_insert_with(|| cpi.clone());
        (*has != cpi).then_some(has)
    }

    /// The CPI of what is in this zone, where that is known.
    pub fn cpi(&self, zone: Option<&str>) -> Option<&CpiName> {
        self.0.get(zone?)
    }
}
