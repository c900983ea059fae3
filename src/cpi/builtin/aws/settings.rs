//! Reads the manifest's section `aws`: the properties of the AWS CPI (bosh-aws-cpi-release `jobs/aws_cpi/spec`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::cpi::builtin::kinds::{self, Kind};
use crate::secret::Secret;

/// Where credentials come from.
pub(super) enum Source {
    /// The manifest.
    Given { id: String, secret: Secret<String>, session: Option<Secret<String>> },
    /// The usual chain: environment, profile, SSO, web identity, process, container, instance.
    Chain,
}

/// The kind that each setting must be of.
const KINDS: [(Kind, &str); 3] = [
    (
        Kind::Text,
        "region ec2_endpoint credentials_source access_key_id secret_access_key session_token role_arn kms_key_arn \
         connection_options.ca_cert",
    ),
    (Kind::Truth, "encrypted dualstack"),
    (Kind::Mapping, "connection_options"),
];

/// The settings, checked.
pub(super) struct Properties {
    pub region: String,
    /// The endpoint, with its scheme and without a path.
    pub endpoint: String,
    /// The endpoint of STS, for roles.
    pub sts: String,
    pub source: Source,
    pub role: Option<String>,
    pub ca: Option<String>,
    /// Whether new volumes are encrypted if nothing else says.
    pub encrypted: bool,
    /// The key for that encryption.
    pub key: Option<String>,
}

impl Properties {
    /// Reads the settings.
    ///
    /// # Errors
    /// What is missing or wrong, in words, without the value of any secret.
    pub(super) fn read(said: &Map<String, Value>, environment: &BTreeMap<String, String>) -> Result<Self, String> {
        kinds::check("aws", said, &KINDS)?;
        let text = |key: &str| said.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
        let region = text("region").or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
        let region = region.ok_or("`properties.aws.region` is missing: name the region of the disks")?;
        if !region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            return Err("`properties.aws.region` is not the name of a region".to_owned());
        }
        let dualstack = said.get("dualstack").and_then(Value::as_bool).unwrap_or(false);
        let own = |service: &str| if dualstack { both(service, &region) } else { usual(service, &region) };
        let named = text("ec2_endpoint").or_else(|| variable("AWS_ENDPOINT_URL_EC2"));
        let endpoint = address(&named.unwrap_or_else(|| own("ec2")))?;
        let sts = address(&variable("AWS_ENDPOINT_URL_STS").unwrap_or_else(|| usual("sts", &region)))?;
        let options = said.get("connection_options").and_then(Value::as_object);
        let ca = options.and_then(|options| options.get("ca_cert")).and_then(Value::as_str);
        Ok(Properties {
            endpoint,
            sts,
            source: source(said, text("access_key_id"), text("secret_access_key"), text("session_token"))?,
            role: text("role_arn"),
            ca: ca.filter(|pem| !pem.trim().is_empty()).map(str::to_owned),
            encrypted: said.get("encrypted").and_then(Value::as_bool).unwrap_or(false),
            key: text("kms_key_arn"),
            region,
        })
    }
}

/// The source of credentials, as for the AWS CPI, whose default is `static`; without any key, the chain is meant.
fn source(
    said: &Map<String, Value>,
    id: Option<String>,
    secret: Option<String>,
    session: Option<String>,
) -> Result<Source, String> {
    match (said.get("credentials_source").and_then(Value::as_str), id, secret) {
        (Some("env_or_profile"), ..) | (None, None, None) => Ok(Source::Chain),
        (Some("static") | None, Some(id), Some(secret)) => {
            Ok(Source::Given { id, secret: Secret::new(secret), session: session.map(Secret::new) })
        }
        (Some("static") | None, ..) => Err(
            "`properties.aws` needs `access_key_id` and `secret_access_key`, or `credentials_source: env_or_profile`"
                .to_owned(),
        ),
        (Some(_), ..) => Err("`properties.aws.credentials_source` is neither `static` nor `env_or_profile`".to_owned()),
    }
}

/// The endpoint of a service (docs.aws.amazon.com, "AWS service endpoints": the suffix is the partition's).
fn usual(service: &str, region: &str) -> String {
    let partitions = [("cn-", "amazonaws.com.cn"), ("us-iso-", "c2s.ic.gov"), ("us-isob-", "sc2s.sgov.gov")];
    let mut own = partitions.into_iter().filter(|(prefix, _)| region.starts_with(prefix));
    let suffix = own.next().map_or("amazonaws.com", |(_, suffix)| suffix);
    format!("https://{service}.{region}.{suffix}")
}

/// The endpoint with IPv4 and IPv6.
fn both(service: &str, region: &str) -> String {
    let suffix = if region.starts_with("cn-") { "api.amazonwebservices.com.cn" } else { "api.aws" };
    format!("https://{service}.{region}.{suffix}")
}

/// Adds the scheme if the manifest leaves it out. The error does not quote the text before a host: it could be a
/// password.
fn address(said: &str) -> Result<String, String> {
    let full = if said.contains("://") { said.to_owned() } else { format!("https://{said}") };
    let uri: http::Uri = full.parse().map_err(|_| "an endpoint of `properties.aws` is not an address".to_owned())?;
    let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let is_plain = !authority.contains('@') && ["", "/"].contains(&uri.path()) && uri.query().is_none();
    match (uri.scheme_str(), is_plain && !authority.is_empty()) {
        (Some(scheme @ ("http" | "https")), true) => Ok(format!("{scheme}://{authority}")),
        _ => Err("an endpoint of `properties.aws` is not a scheme and a host".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(said: Value) -> Result<Properties, String> {
        Properties::read(said.as_object().unwrap(), &BTreeMap::new())
    }

    #[test]
    fn the_properties_of_the_aws_cpi_are_understood() {
        let given = json!({"region": "cn-north-1", "access_key_id": "id", "secret_access_key": "hush"});
        let read_ = read(given).unwrap();
        assert_eq!(
            (read_.endpoint.as_str(), read_.sts.as_str()),
            ("https://ec2.cn-north-1.amazonaws.com.cn", "https://sts.cn-north-1.amazonaws.com.cn")
        );
        assert!(matches!(read_.source, Source::Given { .. }));
        let chain = read(json!({"region": "us-east-1", "credentials_source": "env_or_profile", "dualstack": true}));
        let chain = chain.unwrap();
        assert_eq!(chain.endpoint, "https://ec2.us-east-1.api.aws");
        assert!(matches!(chain.source, Source::Chain));
        let own = read(json!({"region": "us-east-1", "ec2_endpoint": "ec2.example:8443"})).unwrap();
        assert_eq!(own.endpoint, "https://ec2.example:8443");
    }

    #[test]
    fn what_is_wrong_is_said_without_a_secret() {
        for said in [
            json!({}),
            json!({"region": "x/../y"}),
            json!({"region": "us-east-1", "access_key_id": "id"}),
            json!({"region": "us-east-1", "credentials_source": "other", "secret_access_key": "hush"}),
            json!({"region": "us-east-1", "role_arn": ["hush"]}),
            json!({"region": "us-east-1", "encrypted": "true", "session_token": "hush"}),
            json!({"region": "us-east-1", "access_key_id": 12345, "secret_access_key": "hush"}),
            json!({"region": "us-east-1", "connection_options": {"ca_cert": {"hush": 1}}}),
            json!({"region": "us-east-1", "ec2_endpoint": "https://me:hush@host/path"}),
        ] {
            let error = read(said).err().unwrap();
            assert!(!error.contains("hush"), "{error}");
        }
    }
}
