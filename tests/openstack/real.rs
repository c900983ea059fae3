//! The real Keystone and the real Cinder, started once for the group by `server/start`, and projects of their own for tests.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

/// A server. It ends with its standard input.
pub struct Real {
    _child: Child,
    _stdin: ChildStdin,
    admin: OnceLock<Client>,
    /// What it says of itself.
    pub facts: Value,
}

/// The one of this process.
pub fn real() -> &'static Real {
    static REAL: OnceLock<Real> = OnceLock::new();
    REAL.get_or_init(Real::start)
}

impl Real {
    fn start() -> Self {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openstack");
        std::fs::create_dir_all(&place).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openstack/server/start");
        let mut child = Command::new(script).arg(&place).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let facts = serde_json::from_str(&line);
        let facts = facts.unwrap_or_else(|_| {
            panic!(
                "the tests of OpenStack need Keystone and Cinder of Debian's packages, and tests/openstack/server/start did \
                 not start them (it says why above): {line}"
            )
        });
        let stdin = child.stdin.take().unwrap();
        Real { _child: child, _stdin: stdin, admin: OnceLock::new(), facts }
    }

    /// A text that it says of itself.
    pub fn said(&self, path: &str) -> &str {
        self.facts.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{path}: {}", self.facts))
    }

    /// Where Keystone and Cinder are, without scheme and path.
    pub fn hosts(&self) -> [String; 2] {
        ["/auth_url", "/volume_url"].map(|path| host(self.said(path)))
    }

    /// A file of the driver's, by which an operation on one thing is held, slowed down or broken.
    pub fn control(&self, operation: &str, id: &str) -> PathBuf {
        Path::new(self.said("/control")).join(format!("{operation}.{id}"))
    }

    fn admin(&self) -> &Client {
        self.admin.get_or_init(|| {
            let domain = self.said("/admin/domain");
            let who = (self.said("/admin/username"), self.said("/admin/password"), domain);
            Client::new(self, who, json!({"name": self.said("/admin/project"), "domain": {"name": domain}}))
        })
    }

    /// Ends a token before its time.
    pub fn revoke(&self, token: &str) {
        let address = format!("{}/auth/tokens", self.said("/auth_url"));
        let answer = ureq::delete(address).header("x-auth-token", &self.admin().token).header("x-subject-token", token);
        assert_eq!(answer.call().unwrap().status().as_u16(), 204);
    }

    /// A new project with nothing in it, in which `bosh` is a member.
    pub fn project(&self) -> Project {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let (admin, keystone) = (self.admin(), self.said("/auth_url"));
        let name = format!("p-{}-{number}", std::process::id());
        let made = json!({"project": {"name": name, "domain_id": self.said("/domain_id")}});
        let (_, made) = admin.at("POST", &format!("{keystone}/projects"), Some(&made));
        let id = made["project"]["id"].as_str().unwrap().to_owned();
        let (_, roles) = admin.at("GET", &format!("{keystone}/roles"), None);
        let member = roles["roles"].as_array().unwrap().iter().find(|role| role["name"] == "member").unwrap();
        let grant = format!(
            "{keystone}/projects/{id}/users/{}/roles/{}",
            self.said("/user_id"),
            member["id"].as_str().unwrap()
        );
        assert_eq!(admin.at("PUT", &grant, None).0, 204);
        let who = (self.said("/username"), self.said("/password"), self.said("/user_domain"));
        Project { client: Client::new(self, who, json!({"id": id})), name, id }
    }
}

/// The host and the port of an address.
pub fn host(address: &str) -> String {
    address.split("://").nth(1).unwrap().split('/').next().unwrap().to_owned()
}

/// Another client, with a token.
pub struct Client {
    token: String,
    storage: String,
}

impl Client {
    fn new(real: &Real, (name, password, domain): (&str, &str, &str), project: Value) -> Self {
        let user = json!({"name": name, "password": password, "domain": {"name": domain}});
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        let body = json!({"auth": {"identity": identity, "scope": {"project": project}}});
        let tokens =
            ureq::post(format!("{}/auth/tokens", real.said("/auth_url"))).header("content-type", "application/json");
        let answer = tokens.send(body.to_string()).unwrap();
        let token = answer.headers().get("x-subject-token").unwrap().to_str().unwrap().to_owned();
        let text = answer.into_body().read_to_string().unwrap();
        let said: Value = serde_json::from_str(&text).unwrap();
        let project = said["token"]["project"]["id"].as_str().unwrap().to_owned();
        Client { token, storage: format!("{}/{project}", real.said("/volume_url")) }
    }

    /// Status and answer.
    fn at(&self, method: &str, address: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = http::Request::builder().method(method).uri(address).header("x-auth-token", &self.token);
        let request = request.header("content-type", "application/json").body(body).unwrap();
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true).build().into();
        let answer = match method {
            "GET" | "DELETE" => agent.run(request.map(drop)),
            _ => agent.run(request),
        };
        let answer = answer.unwrap();
        let status = answer.status().as_u16();
        let text = answer.into_body().read_to_string().unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

/// A project of a test's own.
pub struct Project {
    client: Client,
    pub name: String,
    pub id: String,
}

impl Project {
    /// Asks Cinder, past snapback and the proxies.
    pub fn asked(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.client.at(method, &format!("{}/{path}", self.client.storage), body)
    }

    /// The same as the cloud's administrator.
    pub fn by_admin(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let admin = real().admin();
        admin.at(method, &format!("{}/{path}", admin.storage), Some(body))
    }

    /// Where it is, and a token, as a client of another author needs it.
    pub fn way(&self) -> Value {
        json!({"storage": self.client.storage, "token": self.client.token})
    }

    /// Notes, as Nova does, that a VM has a volume.
    pub fn attach(&self, volume: &str, vm: &str) {
        let attach = json!({"os-attach": {"instance_uuid": vm, "mountpoint": "/dev/vdc"}});
        for what in [json!({"os-reserve": {}}), attach] {
            let (status, said) = self.asked("POST", &format!("volumes/{volume}/action"), Some(&what));
            assert_eq!(status, 202, "{what}: {said}");
        }
        self.until(&format!("volumes/{volume}"), "volume", "in-use");
    }

    /// A new volume of one GiB, available, of this type and zone.
    pub fn volume(&self, kind: &str, zone: &str) -> String {
        let wish =
            json!({"volume": {"size": 1, "volume_type": kind, "availability_zone": zone, "name": "volume-of-bosh"}});
        let (status, made) = self.asked("POST", "volumes", Some(&wish));
        assert_eq!(status, 202, "{made}");
        let id = made["volume"]["id"].as_str().unwrap().to_owned();
        self.until(&format!("volumes/{id}"), "volume", "available");
        id
    }

    /// Waits until a thing has this status.
    pub fn until(&self, path: &str, key: &str, status: &str) -> Value {
        for _ in 0..600 {
            let (_, said) = self.asked("GET", path, None);
            if said[key]["status"] == status {
                return said[key].clone();
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("{path} is not '{status}'")
    }

    pub fn show(&self, kind: &str, id: &str) -> Value {
        self.asked("GET", &format!("{kind}s/{id}"), None).1[kind].clone()
    }

    /// The ids of what it has, in order.
    pub fn ids(&self, kinds: &str) -> Vec<String> {
        let (_, said) = self.asked("GET", &format!("{kinds}/detail"), None);
        let rows = said[kinds].as_array().unwrap_or_else(|| panic!("{said}"));
        let mut ids: Vec<String> = rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }
}
