//! Who asks, in the form that Keystone wants (docs.openstack.org, "Identity API v3", "Authentication and token
//! management").

use serde_json::{Value, json};

use crate::secret::Secret;

/// A thing in Keystone, by its id or its name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    Id(String),
    Name(String),
}

/// The scope of a token.
pub(super) enum Scope {
    Project {
        project: Named,
        /// The domain; only a name needs one.
        domain: Named,
    },
    /// A trust, which has its own project and roles.
    Trust(String),
}

/// Credentials.
pub(super) enum Login {
    Password {
        user: Named,
        /// The domain; only a name needs one.
        domain: Named,
        password: Secret<String>,
        scope: Scope,
    },
    /// An application credential, which has its own user, project and roles.
    Application { id: String, secret: Secret<String> },
}

impl Named {
    fn alone(&self) -> Value {
        match self {
            Named::Id(id) => json!({"id": id}),
            Named::Name(name) => json!({"name": name}),
        }
    }

    fn within(&self, domain: &Named) -> Value {
        match self {
            Named::Id(_) => self.alone(),
            Named::Name(name) => json!({"name": name, "domain": domain.alone()}),
        }
    }
}

impl Login {
    /// The body of the request for a token. It holds the secret.
    pub(super) fn body(&self) -> Value {
        match self {
            Login::Application { id, secret } => json!({"auth": {"identity": {
                "methods": ["application_credential"],
                "application_credential": {"id": id, "secret": secret.expose()},
            }}}),
            Login::Password { user, domain, password, scope } => {
                let mut user = user.within(domain);
                user["password"] = json!(password.expose());
                json!({"auth": {
                    "identity": {"methods": ["password"], "password": {"user": user}},
                    "scope": match scope {
                        Scope::Project { project, domain } => json!({"project": project.within(domain)}),
                        Scope::Trust(trust) => json!({"OS-TRUST:trust": {"id": trust}}),
                    },
                }})
            }
        }
    }

    /// The next step if Keystone refuses the login: the properties to check.
    pub(super) fn advice(&self) -> &'static str {
        match self {
            Login::Password { scope: Scope::Trust(_), .. } => {
                "look at `username`, `api_key` and `user_domain_name` of `properties.openstack`, and whether the trust \
                 `trust_id` is still valid"
            }
            Login::Password { .. } => {
                "look at `username`, `api_key`, `project`, `domain`, `user_domain_name` and `project_domain_name` of \
                 `properties.openstack`, and whether the password has expired"
            }
            Login::Application { .. } => {
                "look at `application_credential_id` and `application_credential_secret` of `properties.openstack`, \
                 and whether the application credential has expired"
            }
        }
    }
}
