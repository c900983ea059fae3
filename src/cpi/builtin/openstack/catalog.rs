//! The catalogue of services that comes with a token. It has the address of block storage in each region.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The names of block storage v3, the usual one first (docs.openstack.org, "Service types authority").
const KINDS: [&str; 3] = ["volumev3", "block-storage", "volume"];

/// A service of the catalogue.
#[derive(Debug, Deserialize)]
pub(super) struct Service {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    endpoints: Vec<Endpoint>,
}

#[derive(Debug, Deserialize)]
struct Endpoint {
    interface: String,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    region_id: Option<String>,
    url: String,
}

impl Endpoint {
    fn region(&self) -> &str {
        self.region_id.as_deref().or(self.region.as_deref()).unwrap_or("(no region)")
    }

    fn is_of(&self, region: &str) -> bool {
        [&self.region_id, &self.region].into_iter().flatten().any(|own| own == region)
    }
}

/// The address of block storage v3, without a `/` at its end.
///
/// # Errors
/// What the catalogue has instead, in words.
pub(super) fn block_storage(catalog: &[Service], interface: &str, region: Option<&str>) -> Result<String, String> {
    let of = |kind: &'static str| catalog.iter().filter(move |one| one.kind == kind).flat_map(|one| &one.endpoints);
    let is_v3 = |kind: &str, one: &Endpoint| kind == KINDS[0] || !one.url.contains("/v2");
    let kind = KINDS.into_iter().find(|kind| of(kind).any(|one| is_v3(kind, one)));
    let Some(kind) = kind else {
        let all: BTreeSet<&str> = catalog.iter().map(|service| service.kind.as_str()).collect();
        return Err(match all.is_empty() {
            true => "Keystone's catalogue is empty: the credentials are of no project".to_owned(),
            false => format!("Keystone's catalogue has no block storage v3 (volumev3), only {}", listed(all)),
        });
    };
    let facing: Vec<&Endpoint> = of(kind).filter(|one| one.interface == interface && is_v3(kind, one)).collect();
    if facing.is_empty() {
        let interfaces = of(kind).map(|one| one.interface.as_str()).collect();
        return Err(format!(
            "Keystone's catalogue has no {interface} address of block storage, only {}: look at `endpoint_type` of \
             `properties.openstack`",
            listed(interfaces)
        ));
    }
    let regions: BTreeSet<&str> = facing.iter().map(|one| one.region()).collect();
    let mut meant = facing.iter().filter(|one| region.is_none_or(|region| one.is_of(region)));
    let one = match (region, meant.next()) {
        (None, Some(_)) if regions.len() > 1 => Err(format!(
            "block storage is in several regions, {}: name one in `properties.openstack.region`",
            listed(regions)
        )),
        (_, Some(one)) => Ok(one),
        (_, None) => Err(format!(
            "region '{}' has no block storage; Keystone's catalogue has {}: look at `properties.openstack.region`",
            region.unwrap_or_default(),
            listed(regions)
        )),
    }?;
    address(&one.url).ok_or_else(|| "Keystone's catalogue names no address that block storage can have".to_owned())
}

fn listed(names: BTreeSet<&str>) -> String {
    names.into_iter().take(20).collect::<Vec<&str>>().join(", ")
}

/// An address of a service: a scheme, a host and perhaps a path. The text before a host could be a password.
pub(super) fn address(said: &str) -> Option<String> {
    let uri: http::Uri = said.parse().ok()?;
    let authority = uri.authority()?.as_str();
    let is_plain = !authority.is_empty() && !authority.contains('@') && uri.query().is_none();
    let scheme = uri.scheme_str().filter(|scheme| is_plain && ["http", "https"].contains(scheme))?;
    Some(format!("{scheme}://{authority}{}", uri.path().trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn catalog() -> Vec<Service> {
        let endpoint = |interface: &str, region: &str, url: &str| json!({"id": "e", "interface": interface, "region": region, "region_id": region, "url": url});
        serde_json::from_value(json!([
            {"type": "identity", "name": "keystone", "id": "i", "endpoints": [endpoint("public", "One", "http://k")]},
            {"type": "volumev2", "name": "cinder", "endpoints": [endpoint("public", "Old", "http://c/v2/p")]},
            {"type": "volumev3", "name": "cinder", "endpoints": [
                endpoint("public", "One", "http://one/v3/p/"), endpoint("public", "Two", "https://two:8776/v3/p"),
                endpoint("internal", "One", "http://inner/v3/p")]},
        ]))
        .unwrap()
    }

    #[test]
    fn region_and_interface_choose() {
        let of = |interface: &str, region: Option<&str>| block_storage(&catalog(), interface, region);
        assert_eq!(of("public", Some("Two")).unwrap(), "https://two:8776/v3/p");
        assert_eq!(of("internal", None).unwrap(), "http://inner/v3/p");
        let several = of("public", None).unwrap_err();
        assert!(several.contains("One, Two"), "{several}");
        let wrong = of("public", Some("Three")).unwrap_err();
        assert!(wrong.contains("'Three'") && wrong.contains("One, Two") && !wrong.contains("Old"), "{wrong}");
        let none = of("admin", None).unwrap_err();
        assert!(none.contains("internal, public") && none.contains("endpoint_type"), "{none}");
    }

    #[test]
    fn a_catalogue_without_block_storage_says_what_it_has() {
        let mut catalog = catalog();
        catalog.pop();
        let none = block_storage(&catalog, "public", None).unwrap_err();
        assert!(none.contains("identity, volumev2"), "{none}");
        assert!(block_storage(&[], "public", None).unwrap_err().contains("no project"));
        let named = |kind: &str, url: &str| {
            let service = json!([{"type": kind, "endpoints": [{"interface": "public", "region": "R", "url": url}]}]);
            block_storage(&serde_json::from_value::<Vec<Service>>(service).unwrap(), "public", None)
        };
        assert_eq!(named("block-storage", "http://c/volume/v3").unwrap(), "http://c/volume/v3");
        assert!(named("volume", "http://c/v2/p").is_err());
        for hostile in ["http://me:hush@c/v3", "file:///etc/passwd", "", "c/v3"] {
            let error = named("volumev3", hostile).unwrap_err();
            assert!(!error.contains("hush"), "{error}");
        }
    }
}
