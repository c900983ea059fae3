//! AWS as a backend of the contract, and as the cloud of a sandbox.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use snapback::clock::{Clock, Ids};
use snapback::cpi::Cpi;
use snapback::cpi::builtin::aws::AwsCpi;
use snapback::cpi::registry::Settings;
use snapback::domain::ids::{CpiName, VmCid};
use snapback::fault::Faults;
use snapback::secret::{Redactor, Secret};

use crate::between::Between;
use crate::conformance::{Content, Subject};
use crate::moto::Moto;
use crate::support::{Ran, Run, Sandbox};

/// It stands in each credential.
pub const CANARY: &str = "cAnArY";
/// The name for which the built-in cloud has to be asked.
pub const CPI: [&str; 2] = ["--cpi", "builtin:aws_cpi"];

/// The section `aws` of a manifest for a server at this address.
pub fn properties(address: &str) -> Value {
    json!({
        "region": "us-east-1",
        "ec2_endpoint": format!("http://{address}"),
        "access_key_id": format!("AKIA{CANARY}ID"),
        "secret_access_key": format!("{CANARY}/secret+key"),
        "session_token": format!("{CANARY}token=="),
    })
}

/// A client of the server at this address.
pub fn cpi(properties: Value, deadline: Duration, environment: &[(&str, &str)]) -> AwsCpi {
    let Value::Object(said) = properties.clone() else { panic!("no mapping") };
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    AwsCpi::new(&Settings {
        name: CpiName::new("aws_cpi"),
        properties: Secret::new(said),
        home: "/nowhere".into(),
        redactor: Redactor::of(&json!({"aws": properties})),
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
    .unwrap()
}

/// A fresh cloud with two VMs.
pub struct Aws {
    cpi: AwsCpi,
    vms: [String; 2],
}

impl Aws {
    pub fn fresh() -> Self {
        let moto = Moto::start();
        let vms = [moto.vm(), moto.vm()];
        Aws { cpi: cpi(properties(&moto.between().address), Duration::from_secs(60), &[]), vms }
    }

    /// What these properties lead to, with two VMs.
    pub fn at(properties: Value, vms: [String; 2]) -> Self {
        Aws { cpi: cpi(properties, Duration::from_secs(60), &[]), vms }
    }

    /// What is at this address, with a VM of its own.
    pub fn of(address: &str, vm: &str) -> Self {
        Aws { cpi: cpi(properties(address), Duration::from_secs(60), &[]), vms: [vm.to_owned(), vm.to_owned()] }
    }
}

impl Subject for Aws {
    fn cpi(&self) -> &dyn Cpi {
        &self.cpi
    }

    fn vm(&self) -> VmCid {
        VmCid::new(&self.vms[0])
    }

    fn other_vm(&self) -> VmCid {
        VmCid::new(&self.vms[1])
    }

    /// moto's volumes hold no bytes.
    fn content(&self) -> Option<&dyn Content> {
        None
    }

    fn unit_mib(&self) -> u64 {
        1024
    }

    /// moto tells the second.
    fn clock_step(&self) -> Duration {
        Duration::from_secs(1)
    }
}

/// A sandbox whose cloud is moto, behind a proxy, with one instance and its volume.
pub struct Scene {
    pub moto: Moto,
    pub between: Between,
    pub sandbox: Sandbox,
    pub vm: String,
    pub disk: String,
}

impl Scene {
    pub fn new() -> Self {
        let moto = Moto::start();
        let between = moto.between();
        Scene::behind(moto, between)
    }

    /// The same, with a proxy that has been told what fails.
    pub fn behind(moto: Moto, between: Between) -> Self {
        let (vm, sandbox) = (moto.vm(), Sandbox::empty());
        let disk =
            moto.volume(&[("VolumeType", "gp3"), ("Iops", "4000"), ("Throughput", "250"), ("Encrypted", "true")]);
        moto.asked("AttachVolume", &[("VolumeId", &disk), ("InstanceId", &vm), ("Device", "/dev/sdf")]);
        let manifest = json!({
            "cloud_provider": {"template": {"name": "aws_cpi"}, "properties": {"aws": properties(&between.address)}},
            "properties": {"director": {"name": "test", "enable_snapshots": true}, "snapback": {"cpi": {"lag": 0}}},
        });
        // JSON is YAML; without this it would be a manifest that BOSH has rendered.
        sandbox.write("director.yml", &format!("---\n{manifest}\n"));
        sandbox.write(
            "inventory.yml",
            &format!(
                "deployments:\n- name: prod\n  instances:\n  - name: db/0\n    vm_cid: {vm}\n    managed_by: nobody\n    \
                 disks: [{{cid: {disk}, size_mib: 1024}}]\n"
            ),
        );
        let scene = Scene { moto, between, sandbox, vm, disk };
        scene.run(&["import", "inventory.yml"]).quiet_success();
        scene
    }

    /// snapback with the built-in AWS.
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
        let before = self.moto.snapshots();
        let ran = self.run(&["take", "db/0"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let new: Vec<String> = self.moto.snapshots().into_iter().filter(|id| !before.contains(id)).collect();
        assert_eq!(new.len(), 1, "{new:?}");
        new[0].clone()
    }
}
