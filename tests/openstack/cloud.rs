//! OpenStack as a backend of the contract, and as the cloud of a sandbox.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use snapback::clock::{Clock, Ids};
use snapback::cpi::builtin::openstack::OpenstackCpi;
use snapback::cpi::registry::Settings;
use snapback::cpi::{Cpi, CpiResult};
use snapback::domain::ids::{CpiName, DiskCid, VmCid};
use snapback::fault::Faults;
use snapback::secret::{Redactor, Secret};

use crate::between::Ways;
use crate::conformance::{Content, Subject};
use crate::real::{Project, Real, real};
use crate::support::{Ran, Run, Sandbox};

/// The name for which the built-in cloud has to be asked.
pub const CPI: [&str; 2] = ["--cpi", "builtin:openstack_cpi"];
/// A call's time, where a test does not wait for its end.
pub const LONG: Duration = Duration::from_secs(60);

/// The section `openstack` of a manifest, for this project, by Keystone at this address.
pub fn properties(real: &Real, keystone: &str, project: &str) -> Value {
    json!({
        "auth_url": format!("http://{keystone}/v3"),
        "username": real.said("/username"),
        "api_key": real.said("/password"),
        "project": project,
        "domain": real.said("/user_domain"),
        "region": real.said("/region"),
    })
}

/// A client.
pub fn open(properties: &Value, deadline: Duration, environment: &[(&str, &str)]) -> CpiResult<OpenstackCpi> {
    let Value::Object(said) = properties.clone() else { panic!("no mapping") };
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    OpenstackCpi::new(&Settings {
        name: CpiName::new("openstack_cpi"),
        properties: Secret::new(said),
        home: "/nowhere".into(),
        redactor: Redactor::of(&json!({"openstack": properties})),
        environment: environment.collect::<BTreeMap<String, String>>(),
        deadline,
        lag: Duration::ZERO,
        stop: Arc::new(|| false),
        trace: Arc::new(()),
        clock: Clock::System,
        ids: Ids::Random,
        faults: Faults::none(),
        copied: snapback::cpi::Copied::default(),
    })
}

pub fn cpi(properties: &Value, deadline: Duration) -> OpenstackCpi {
    open(properties, deadline, &[]).unwrap()
}

/// A fresh project, without VMs: these are Nova's.
pub struct OpenStack {
    cpi: OpenstackCpi,
}

impl OpenStack {
    pub fn fresh() -> Self {
        let (real, project) = (real(), real().project());
        // A fresh cloud whose snapshots do not depend on what was made from them.
        let mut said = properties(real, &real.hosts()[0], &project.name);
        said["default_volume_type"] = json!("hdd");
        OpenStack { cpi: cpi(&said, LONG) }
    }
}

impl Subject for OpenStack {
    fn cpi(&self) -> &dyn Cpi {
        &self.cpi
    }

    fn vm(&self) -> VmCid {
        VmCid::new("6c8cf6e0-4c8f-442f-9196-9679737feec6")
    }

    fn other_vm(&self) -> VmCid {
        VmCid::new("7c8cf6e0-4c8f-442f-9196-9679737feec6")
    }

    fn content(&self) -> Option<&dyn Content> {
        Some(self)
    }

    fn unit_mib(&self) -> u64 {
        1024
    }

    fn snapshots_outlive_disks(&self) -> bool {
        false
    }
}

fn image(disk: &DiskCid) -> PathBuf {
    Path::new(real().said("/volumes")).join(format!("volume-{disk}"))
}

impl Content for OpenStack {
    fn write(&self, disk: &DiskCid, offset: u64, bytes: &[u8]) {
        File::options().write(true).open(image(disk)).unwrap().write_all_at(bytes, offset).unwrap();
    }

    fn read(&self, disk: &DiskCid, offset: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        File::open(image(disk)).unwrap().read_exact_at(&mut bytes, offset).unwrap();
        bytes
    }

    fn allocated(&self, disk: &DiskCid) -> u64 {
        std::fs::metadata(image(disk)).unwrap().blocks() * 512
    }
}

/// What stands at the beginning of a volume.
pub fn content(disk: &str) -> String {
    let mut bytes = vec![0; 64];
    File::open(image(&DiskCid::new(disk))).unwrap().read_exact_at(&mut bytes, 0).unwrap();
    String::from_utf8_lossy(&bytes).trim_end_matches('\0').to_owned()
}

/// Writes it.
pub fn write(disk: &str, text: &str) {
    File::options().write(true).open(image(&DiskCid::new(disk))).unwrap().write_all_at(text.as_bytes(), 0).unwrap();
}

/// A sandbox whose cloud is a project of its own, behind proxies, with one instance and its volume.
pub struct Scene {
    pub project: Project,
    pub ways: Ways,
    pub sandbox: Sandbox,
    pub disk: String,
}

impl Scene {
    pub fn new() -> Self {
        Scene::of("hdd")
    }

    /// The same, with a volume of this type.
    pub fn of(kind: &str) -> Self {
        let (project, ways, sandbox) = (real().project(), Ways::before(real()), Sandbox::empty());
        let disk = project.volume(kind, "z2");
        write(&disk, "before");
        let scene = Scene { project, ways, sandbox, disk };
        scene.manifest(|_| {});
        let disk = &scene.disk;
        scene.sandbox.write(
            "inventory.yml",
            &format!(
                "deployments:\n- name: prod\n  instances:\n  - name: db/0\n    vm_cid: vm-1\n    managed_by: nobody\n    \
                 disks: [{{cid: {disk}, size_mib: 1024}}]\n"
            ),
        );
        scene.run(&["import", "inventory.yml"]).quiet_success();
        scene
    }

    /// Writes the manifest, with a section that somebody has changed.
    pub fn manifest(&self, change: impl FnOnce(&mut Value)) {
        let mut said = properties(real(), &self.ways.keystone.address, &self.project.name);
        change(&mut said);
        let manifest = json!({
            "cloud_provider": {"template": {"name": "openstack_cpi"}, "properties": {"openstack": said}},
            "properties": {"director": {"name": "test", "enable_snapshots": true}, "snapback": {"cpi": {"lag": 0}}},
        });
        // JSON is YAML; without this it would be a manifest that BOSH has rendered.
        self.sandbox.write("director.yml", &format!("---\n{manifest}\n"));
    }

    /// snapback with the built-in OpenStack.
    pub fn prepare(&self, arguments: &[&str]) -> Run {
        self.sandbox.prepare(&[&CPI, arguments].concat())
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).go()
    }

    /// The rows of a listing.
    pub fn rows(&self, arguments: &[&str], content: &str) -> Vec<Value> {
        self.sandbox.rows(&[&CPI, arguments].concat(), content)
    }

    /// A snapshot of the instance's disk.
    pub fn take(&self) -> String {
        let before = self.project.ids("snapshots");
        let ran = self.run(&["take", "db/0"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let new: Vec<String> = self.project.ids("snapshots").into_iter().filter(|id| !before.contains(id)).collect();
        assert_eq!(new.len(), 1, "{new:?}");
        new[0].clone()
    }
}
