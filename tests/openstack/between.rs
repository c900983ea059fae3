//! The proxies of the tests, in OpenStack's words: one before Keystone, whose catalogue leads to the one before Cinder.

use serde_json::json;

use crate::support::between::Dialect;
pub use crate::support::between::{Between, Fate};

use crate::real::Real;

const OPENSTACK: Dialect = Dialect { action, error };

/// The method, and what the path is made of; ids are left out.
fn action(head: &str, _: &str) -> String {
    let mut words = head.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default();
    let plain = path.split('/').filter(|part| !part.is_empty() && *part != "v3" && part.len() < 30);
    format!("{method} {}", plain.collect::<Vec<&str>>().join("/"))
}

fn error(status: u16, code: &str, words: &str) -> (&'static str, String) {
    ("application/json", json!({code: {"code": status, "message": words}}).to_string())
}

/// Both proxies.
pub struct Ways {
    pub keystone: Between,
    pub cinder: Between,
}

impl Ways {
    pub fn before(real: &Real) -> Self {
        let [keystone, cinder] = real.hosts();
        let storage = Between::of(OPENSTACK, &cinder, &[]);
        let keystone = Between::of(OPENSTACK, &keystone, &[(cinder, storage.address.clone())]);
        Ways { keystone, cinder: storage }
    }
}
