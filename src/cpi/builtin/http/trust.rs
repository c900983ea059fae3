//! The certificates that are believed: the system's, or those of `SSL_CERT_FILE`, `SSL_CERT_DIR` and `AWS_CA_BUNDLE`;
//! and those that the manifest names.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rustls_native_certs::{load_certs_from_paths, load_native_certs};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// The TLS of a client: rustls with ring, and these roots.
///
/// # Errors
/// A file that is named holds no certificate; in words.
pub(super) fn config(
    environment: &BTreeMap<String, String>,
    ca: Option<&str>,
    unverified: bool,
) -> Result<TlsConfig, String> {
    let mut roots = known(environment)?;
    if let Some(pem) = ca {
        let before = roots.len();
        let items = parse_pem(pem.as_bytes()).filter_map(Result::ok);
        roots.extend(items.filter_map(|item| if let PemItem::Certificate(one) = item { Some(one) } else { None }));
        if roots.len() == before {
            return Err("connection_options.ca_cert holds no certificate in PEM".to_owned());
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = TlsConfig::builder().root_certs(RootCerts::from(roots)).disable_verification(unverified);
    Ok(config.unversioned_rustls_crypto_provider(provider).build())
}

fn known(environment: &BTreeMap<String, String>) -> Result<Vec<Certificate<'static>>, String> {
    let said = |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(String::as_str);
    let (file, dir) = (said("AWS_CA_BUNDLE").or_else(|| said("SSL_CERT_FILE")), said("SSL_CERT_DIR"));
    let found = match (file, dir) {
        (None, None) => load_native_certs(),
        (file, dir) => load_certs_from_paths(file.map(Path::new), dir.map(Path::new)),
    };
    if let (true, Some(named)) = (found.certs.is_empty(), file.or(dir)) {
        return Err(format!("no certificate can be read from {named} (SSL_CERT_FILE, SSL_CERT_DIR, AWS_CA_BUNDLE)"));
    }
    Ok(found.certs.iter().map(|one| Certificate::from_der(one).to_owned()).collect())
}
