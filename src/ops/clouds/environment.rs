//! The environment variables of an executable.

use std::collections::BTreeMap;

use crate::cpi::executable::Manner;

/// Variables that lead to the cloud from the operator's machine; they mean nothing to a Director's VM.
const WAY_TO_THE_CLOUD: [&str; 14] = [
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
];

/// The environment of a call. The Director sets a PATH of its own, and passes on TMPDIR and HOME. A job that create-env
/// rendered and that was kept also needs the path to its packages, and the way to the cloud.
pub(super) fn of(own: &BTreeMap<String, String>, manner: &Manner) -> Vec<(String, String)> {
    const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
    match manner {
        Manner::Director => {
            let kept = ["TMPDIR", "HOME", "BOSH_PACKAGES_DIR", "BOSH_JOBS_DIR"].into_iter().chain(WAY_TO_THE_CLOUD);
            let kept = kept.filter_map(|name| Some((name.to_owned(), own.get(name)?.clone())));
            std::iter::once(("PATH".to_owned(), PATH.to_owned())).chain(kept).collect()
        }
        Manner::CreateEnv { packages, jobs } => {
            let mut all = own.clone();
            all.insert("BOSH_PACKAGES_DIR".to_owned(), packages.to_string_lossy().into_owned());
            all.insert("BOSH_JOBS_DIR".to_owned(), jobs.to_string_lossy().into_owned());
            all.into_iter().collect()
        }
    }
}
