//! Reads the manifest's section `openstack`: the properties of the OpenStack CPIs (bosh-openstack-cpi-release
//! `jobs/openstack_cpi/spec` and `jobs/openstack_cpi_golang/spec`), and also ids and a trust.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};

use super::login::{Login, Named, Scope};
use crate::cpi::builtin::http::Options;
use crate::cpi::builtin::kinds::{self, Kind};
use crate::domain::shell::quoted;
use crate::secret::Secret;

/// The kind that each setting must be of.
const KINDS: [(Kind, &str); 4] = [
    (
        Kind::Text,
        "auth_url username user_id api_key project project_id tenant domain domain_id user_domain_name user_domain_id \
         project_domain_name project_domain_id application_credential_id application_credential_secret trust_id region \
         endpoint_type default_volume_type connection_options.ca_cert connection_options.ssl_ca_file",
    ),
    (Kind::Truth, "connection_options.ssl_verify_peer"),
    (Kind::Number, "state_timeout connection_options.connect_timeout connection_options.read_timeout"),
    (Kind::Mapping, "connection_options"),
];

/// The settings, checked.
pub(super) struct Properties {
    /// Keystone's address, up to and with `/v3`.
    pub keystone: String,
    pub login: Login,
    pub region: Option<String>,
    /// `public`, `internal` or `admin`.
    pub interface: String,
    /// Additional certificates that are believed, in PEM.
    pub ca: Option<String>,
    /// The same, as a file.
    pub ca_file: Option<PathBuf>,
    pub options: Options,
    /// The type of new volumes if nothing else says.
    pub kind: Option<String>,
    /// How long the cloud may take to do something.
    pub patience: Option<Duration>,
}

/// Where a value is looked for: in the manifest, or in the environment if the manifest holds no credentials.
struct Said<'a> {
    manifest: &'a Map<String, Value>,
    environment: Option<&'a BTreeMap<String, String>>,
}

impl Said<'_> {
    fn text(&self, key: &str, variables: &[&str]) -> Option<String> {
        let said = self.manifest.get(key).and_then(Value::as_str).map(str::to_owned);
        let others = variables.iter().filter_map(|name| self.environment?.get(*name).cloned());
        said.into_iter().chain(others).find(|text| !text.is_empty())
    }

    /// A thing by its id or its name, from the first place that names it.
    fn named(&self, name: (&str, &[&str]), id: (&str, &[&str])) -> Option<Named> {
        let id = self.text(id.0, id.1).map(Named::Id);
        id.or_else(|| self.text(name.0, name.1).map(Named::Name))
    }
}

impl Properties {
    /// Reads the settings.
    ///
    /// # Errors
    /// What is missing or wrong, in words, without the value of any secret.
    pub(super) fn read(
        manifest: &Map<String, Value>,
        environment: &BTreeMap<String, String>,
        home: &Path,
    ) -> Result<Self, String> {
        kinds::check("openstack", manifest, &KINDS)?;
        let has = |key: &str| manifest.get(key).is_some_and(|value| *value != Value::Null && value != "");
        let keys = ["username", "user_id", "api_key", "application_credential_id", "application_credential_secret"];
        let is_theirs = !keys.into_iter().any(has);
        let said = Said { manifest, environment: is_theirs.then_some(environment) };
        if let Some(cloud) = said.environment.and_then(|all| all.get("OS_CLOUD")).filter(|cloud| !cloud.is_empty()) {
            return Err(of_clouds_yaml(cloud));
        }
        let address = said.text("auth_url", &["OS_AUTH_URL"]);
        let address = address.ok_or("`properties.openstack.auth_url` is missing: name the address of Keystone")?;
        let theirs = said.environment.and_then(|environment| environment.get("OS_AUTH_URL"));
        let keystone = keystone(&address)?;
        if theirs.is_some_and(|theirs| self::keystone(theirs).is_ok_and(|theirs| theirs != keystone)) {
            return Err(
                "`properties.openstack` has no credentials, and those of OS_* are for another `auth_url`: put the \
                        credentials into the manifest"
                    .to_owned(),
            );
        }
        let options = manifest.get("connection_options").and_then(Value::as_object);
        let option = |key: &str| options.and_then(|options| options.get(key));
        let seconds = |key: &str| option(key).and_then(Value::as_u64).map(Duration::from_secs);
        let text = |key: &str| option(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        let file = text("ssl_ca_file").map(str::to_owned);
        let file = file.or_else(|| said.environment?.get("OS_CACERT").filter(|file| !file.is_empty()).cloned());
        Ok(Properties {
            login: login(&said)?,
            region: said.text("region", &["OS_REGION_NAME"]),
            interface: interface(said.text("endpoint_type", &["OS_INTERFACE", "OS_ENDPOINT_TYPE"]).as_deref())?,
            ca: text("ca_cert").map(str::to_owned),
            ca_file: file.map(|file| home.join(file)),
            options: Options {
                unverified: option("ssl_verify_peer").and_then(Value::as_bool) == Some(false),
                connect: seconds("connect_timeout"),
                answer: seconds("read_timeout"),
            },
            kind: said.text("default_volume_type", &[]),
            patience: manifest.get("state_timeout").and_then(Value::as_u64).map(Duration::from_secs),
            keystone,
        })
    }
}

/// The error for a clouds.yaml. Neither of the CPIs reads that file, and half of it beside OS_* would be another cloud.
fn of_clouds_yaml(cloud: &str) -> String {
    let cloud = quoted(cloud);
    format!(
        "`properties.openstack` has no credentials, and OS_CLOUD names {cloud} of clouds.yaml, which snapback does not read: write what \
         `openstack --os-cloud {cloud} configuration show --unmask` shows into the manifest, or unset OS_CLOUD and set OS_AUTH_URL and \
         the others"
    )
}

fn login(said: &Said<'_>) -> Result<Login, String> {
    let id = said.text("application_credential_id", &["OS_APPLICATION_CREDENTIAL_ID"]);
    let secret = said.text("application_credential_secret", &["OS_APPLICATION_CREDENTIAL_SECRET"]);
    let user = said.named(("username", &["OS_USERNAME"]), ("user_id", &["OS_USER_ID"]));
    let password = said.text("api_key", &["OS_PASSWORD"]);
    match (id, secret, user, password) {
        (Some(id), Some(secret), None, None) => Ok(Login::Application { id, secret: Secret::new(secret) }),
        (None, None, Some(user), Some(password)) => Ok(Login::Password {
            user,
            domain: domain(said, "user"),
            password: Secret::new(password),
            scope: scope(said)?,
        }),
        _ => Err("`properties.openstack` needs `username` and `api_key`, or `application_credential_id` and \
                  `application_credential_secret`; without any of them, OS_USERNAME and OS_PASSWORD, or \
                  OS_APPLICATION_CREDENTIAL_ID and OS_APPLICATION_CREDENTIAL_SECRET"
            .to_owned()),
    }
}

fn scope(said: &Said<'_>) -> Result<Scope, String> {
    if let Some(trust) = said.text("trust_id", &["OS_TRUST_ID"]) {
        return Ok(Scope::Trust(trust));
    }
    let project = said
        .named(("project", &["OS_PROJECT_NAME"]), ("project_id", &["OS_PROJECT_ID", "OS_TENANT_ID"]))
        .or_else(|| said.text("tenant", &["OS_TENANT_NAME"]).map(Named::Name));
    let project = project.ok_or("`properties.openstack.project` is missing: name the project of the disks")?;
    Ok(Scope::Project { project, domain: domain(said, "project") })
}

/// The domain of a user or a project: its own, else the one for both, else Keystone's first.
fn domain(said: &Said<'_>, of: &str) -> Named {
    let upper = of.to_uppercase();
    let key = |what: &str| format!("{of}_domain_{what}");
    let variable = |what: &str| format!("OS_{upper}_DOMAIN_{what}");
    said.named((&key("name"), &[&variable("NAME")]), (&key("id"), &[&variable("ID")]))
        .or_else(|| said.named(("domain", &["OS_DOMAIN_NAME"]), ("domain_id", &["OS_DOMAIN_ID", "OS_DEFAULT_DOMAIN"])))
        .unwrap_or_else(|| Named::Id("default".to_owned()))
}

fn interface(said: Option<&str>) -> Result<String, String> {
    let plain = said.unwrap_or("publicURL").trim_end_matches("URL");
    match plain {
        "public" | "internal" | "admin" => Ok(plain.to_owned()),
        _ => Err("`properties.openstack.endpoint_type` is not publicURL, internalURL or adminURL".to_owned()),
    }
}

/// The address without the path that the CPI adds. The text before a host could be a password.
fn keystone(said: &str) -> Result<String, String> {
    let plain = said.trim().trim_end_matches('/').trim_end_matches("/tokens").trim_end_matches("/auth");
    let plain = plain.trim_end_matches('/');
    if plain.ends_with("/v2.0") {
        return Err(
            "`properties.openstack.auth_url` is of Keystone v2.0, which OpenStack removed in 2018: write the address \
             that ends in /v3, and `domain` and `project`"
                .to_owned(),
        );
    }
    let root = super::catalog::address(plain.trim_end_matches("/v3")).ok_or(
        "`properties.openstack.auth_url` is not an address: it begins with http:// or https://, and has no password",
    )?;
    Ok(format!("{root}/v3"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(said: Value, environment: &[(&str, &str)]) -> Result<Properties, String> {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Properties::read(said.as_object().unwrap(), &environment, Path::new("/home"))
    }

    fn body(said: Value, environment: &[(&str, &str)]) -> Value {
        read(said, environment).unwrap().login.body()["auth"].clone()
    }

    #[test]
    fn the_properties_of_the_openstack_cpi_are_understood() {
        let said = json!({
            "auth_url": "http://keystone:5000/v3", "username": "bosh", "api_key": "hush", "project": "p", "domain": "d",
            "region": "R", "endpoint_type": "internalURL", "default_volume_type": "ssd", "state_timeout": 600,
            "connection_options": {"ssl_verify_peer": false, "read_timeout": 360, "connect_timeout": 5},
        });
        let read_ = read(said.clone(), &[("OS_PASSWORD", "other"), ("OS_AUTH_URL", "http://other")]).unwrap();
        assert_eq!((read_.keystone.as_str(), read_.interface.as_str()), ("http://keystone:5000/v3", "internal"));
        assert_eq!((read_.region.as_deref(), read_.kind.as_deref()), (Some("R"), Some("ssd")));
        assert!(read_.options.unverified);
        assert_eq!(
            (read_.options.answer, read_.patience),
            (Some(Duration::from_secs(360)), Some(Duration::from_secs(600)))
        );
        let expected = json!({
            "identity": {"methods": ["password"], "password":
                {"user": {"name": "bosh", "domain": {"name": "d"}, "password": "hush"}}},
            "scope": {"project": {"name": "p", "domain": {"name": "d"}}},
        });
        assert_eq!(body(said.clone(), &[]), expected);
        let mut own = said.clone();
        own["user_domain_name"] = json!("ud");
        own["project_domain_name"] = json!("pd");
        let own = body(own, &[]);
        assert_eq!(own["identity"]["password"]["user"]["domain"], json!({"name": "ud"}));
        assert_eq!(own["scope"]["project"]["domain"], json!({"name": "pd"}));
        let ids = json!({"auth_url": "http://k", "user_id": "u", "api_key": "x", "project_id": "p"});
        let ids = body(ids, &[]);
        assert_eq!(ids["identity"]["password"]["user"], json!({"id": "u", "password": "x"}));
        assert_eq!(ids["scope"], json!({"project": {"id": "p"}}));
    }

    #[test]
    fn an_application_credential_and_a_trust_bring_their_own_project() {
        let said =
            json!({"auth_url": "http://k/", "application_credential_id": "i", "application_credential_secret": "s"});
        let identity =
            json!({"methods": ["application_credential"], "application_credential": {"id": "i", "secret": "s"}});
        assert_eq!(body(said, &[]), json!({"identity": identity}));
        let said = json!({"auth_url": "http://k", "username": "u", "api_key": "x", "trust_id": "t"});
        assert_eq!(body(said, &[])["scope"], json!({"OS-TRUST:trust": {"id": "t"}}));
    }

    #[test]
    fn the_environment_counts_only_where_the_manifest_has_no_credentials() {
        let environment = [
            ("OS_AUTH_URL", "https://k/v3/"),
            ("OS_USERNAME", "me"),
            ("OS_PASSWORD", "x"),
            ("OS_PROJECT_NAME", "p"),
            ("OS_REGION_NAME", "R"),
            ("OS_CACERT", "ca.pem"),
        ];
        let read_ = read(json!({"auth_url": "https://k", "region": "Q"}), &environment).unwrap();
        assert_eq!((read_.keystone.as_str(), read_.region.as_deref()), ("https://k/v3", Some("Q")));
        assert_eq!(read_.ca_file.as_deref(), Some(Path::new("/home/ca.pem")));
        assert_eq!(read_.login.body()["auth"]["identity"]["password"]["user"]["domain"], json!({"id": "default"}));
        assert!(read(json!({}), &environment).is_ok());
        let other = read(json!({"auth_url": "https://other"}), &environment).err().unwrap();
        assert!(other.contains("another `auth_url`"), "{other}");
        assert!(read(json!({"auth_url": "https://k", "username": "me"}), &environment).is_err(), "no mixture");
        // A name of clouds.yaml is not a cloud, with or without other variables. Beside credentials of the manifest it
        // means nothing.
        for more in [&environment[..], &[]] {
            let named = [more, &[("OS_CLOUD", "my cloud")]].concat();
            let told = read(json!({"auth_url": "https://k"}), &named).err().unwrap();
            assert!(told.contains("openstack --os-cloud 'my cloud' configuration show --unmask"), "{told}");
            let own = json!({"auth_url": "https://k", "username": "u", "api_key": "hush", "project": "p"});
            assert!(read(own, &named).is_ok());
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_a_secret() {
        for said in [
            json!({}),
            json!({"auth_url": "http://k", "username": "u"}),
            json!({"auth_url": "http://k", "username": "u", "api_key": "hush"}),
            json!({"auth_url": "http://k/v2.0/tokens", "username": "u", "api_key": "hush", "tenant": "t"}),
            json!({"auth_url": "http://me:hush@k", "username": "u", "api_key": "hush", "tenant": "t"}),
            json!({"auth_url": "ftp://k", "username": "u", "api_key": "hush", "tenant": "t"}),
            json!({"auth_url": "http://k", "username": "u", "api_key": "hush", "tenant": "t", "endpoint_type": "x"}),
            json!({"auth_url": "http://k", "username": "u", "api_key": "hush", "application_credential_id": "t"}),
            json!({"auth_url": "http://k", "username": "u", "api_key": "hush", "project": 42}),
            json!({"auth_url": "http://k", "username": "u", "api_key": "hush", "tenant": "t", "state_timeout": "300"}),
            json!({"auth_url": "http://k", "username": "u", "api_key": "hush", "tenant": "t", "connection_options": {"read_timeout": -1}}),
        ] {
            let error = read(said.clone(), &[]).err().unwrap_or_else(|| panic!("{said}"));
            assert!(!error.contains("hush"), "{error}");
        }
        for address in ["http://k/id/v3/auth/tokens", "http://k/id/v3/", "http://k/id", " http://k/id/ "] {
            assert_eq!(keystone(address).unwrap(), "http://k/id/v3", "{address}");
        }
    }
}
