//! Which requests go through a proxy: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, as curl reads them.

use std::collections::BTreeMap;

/// The operator's proxies.
#[derive(Clone, Default)]
pub(super) struct Proxies {
    https: Option<String>,
    /// Hosts and domains that are reached without a proxy.
    spared: Vec<String>,
}

impl Proxies {
    /// Reads the proxies from environment variables; the lower-case name comes first.
    pub(super) fn of(environment: &BTreeMap<String, String>) -> Self {
        let said = |name: &str| {
            let values = [name.to_owned(), name.to_uppercase()].into_iter().filter_map(|name| environment.get(&name));
            values.map(|value| value.trim().to_owned()).find(|value| !value.is_empty())
        };
        let spared = said("no_proxy").unwrap_or_default();
        let spared =
            spared.split([',', ' ']).map(|entry| entry.trim().to_lowercase()).filter(|entry| !entry.is_empty());
        Proxies { https: said("https_proxy").or_else(|| said("all_proxy")), spared: spared.collect() }
    }

    /// The proxy of `https`, if there is one.
    ///
    /// # Errors
    /// The proxy cannot be used; in words, without its password.
    pub(super) fn for_https(&self) -> Result<Option<ureq::Proxy>, String> {
        let Some(proxy) = &self.https else { return Ok(None) };
        let proxy = ureq::Proxy::new(proxy).map_err(|_| "HTTPS_PROXY is not the address of a proxy".to_owned())?;
        Ok(Some(proxy))
    }

    /// Whether this host is reached without a proxy. A server nearby (a cloud's metadata service) always is.
    pub(super) fn spares(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).to_lowercase();
        let is_near = host == "localhost" || host == "::1" || host.starts_with("127.") || host.starts_with("169.254.");
        let spared = |entry: &String| {
            let domain = entry.trim_start_matches('*').trim_start_matches('.');
            entry == "*" || host == domain || host.strip_suffix(domain).is_some_and(|left| left.ends_with('.'))
        };
        is_near || self.spared.iter().any(spared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        let pairs = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Proxies::of(&pairs.collect())
    }

    #[test]
    fn hosts_and_domains_are_spared() {
        let known = proxies(&[("NO_PROXY", "one.example, .two.example,*.three.example")]);
        for host in ["one.example", "a.one.example", "two.example", "x.three.example", "LOCALHOST", "169.254.169.254"] {
            assert!(known.spares(host), "{host}");
        }
        for host in ["none.example", "ec2.eu-west-1.amazonaws.com", "one.example.com"] {
            assert!(!known.spares(host), "{host}");
        }
        assert!(proxies(&[("no_proxy", "*")]).spares("anything"));
    }

    #[test]
    fn the_lower_case_name_counts_first_and_a_bad_address_is_told_without_itself() {
        assert!(proxies(&[]).for_https().unwrap().is_none());
        let both = proxies(&[("https_proxy", "http://one:3128"), ("HTTPS_PROXY", "http://two:3128")]);
        assert_eq!(both.for_https().unwrap().unwrap().host(), "one");
        assert!(proxies(&[("ALL_PROXY", "http://all:1")]).for_https().unwrap().is_some());
        let error = proxies(&[("HTTPS_PROXY", "ftp://me:hush@x")]).for_https().unwrap_err();
        assert!(!error.contains("hush"), "{error}");
    }
}
