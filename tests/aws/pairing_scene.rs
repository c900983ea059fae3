//! A scene in which the AWS CPI's executable (`cpi.py`) stands beside snapback's own AWS: both speak to one server of moto.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::cloud::Scene;
use crate::support::{Ran, Run};

/// The executable, in a directory of its own below the sandbox.
const HOME: &str = "jobs/aws_cpi/bin";

pub struct Paired {
    pub scene: Scene,
}

impl Paired {
    pub fn new() -> Self {
        let paired = Paired { scene: Scene::new() };
        paired.put(json!({}));
        paired
    }

    /// Writes the executable and its configuration, with these keys besides.
    pub fn put(&self, keys: Value) {
        let sandbox = &self.scene.sandbox;
        fs::create_dir_all(sandbox.path(HOME)).unwrap();
        let mut config = json!({"address": self.scene.moto.between().address, "region": "us-east-1"});
        config.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        sandbox.write(&format!("{HOME}/cpi.json"), &config.to_string());
        let program = sandbox.path(&format!("{HOME}/cpi"));
        fs::write(&program, include_str!("cpi.py")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The manifest with another region for snapback's own side.
    pub fn native_region(&self, region: &str) {
        let manifest = fs::read_to_string(self.scene.sandbox.path("director.yml")).unwrap();
        let (before, rest) = manifest.split_once("\"region\":\"").unwrap();
        let (_, after) = rest.split_once('"').unwrap();
        self.scene.sandbox.write("director.yml", &format!("{before}\"region\":\"{region}\"{after}"));
    }

    pub fn prepare(&self, arguments: &[&str]) -> Run {
        self.scene.sandbox.prepare(&[&["--cpi-path", &format!("{HOME}/cpi")], arguments].concat())
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).go()
    }

    /// The rows of a listing.
    pub fn rows(&self, arguments: &[&str], content: &str) -> Vec<Value> {
        self.scene.sandbox.rows(&[&["--cpi-path", &format!("{HOME}/cpi")], arguments].concat(), content)
    }

    /// The methods that the executable was called for, but for `info`; they are forgotten.
    pub fn calls(&self) -> Vec<String> {
        let path = self.scene.sandbox.path(&format!("{HOME}/calls.jsonl"));
        let text = fs::read_to_string(&path).unwrap_or_default();
        drop(fs::remove_file(path));
        let methods = text.lines().map(|line| {
            let call: Value = serde_json::from_str(line).unwrap();
            call["method"].as_str().unwrap().to_owned()
        });
        methods.filter(|method| method != "info").collect()
    }

    /// The actions that snapback itself has asked EC2 for, since it was asked last.
    pub fn native(&self) -> Vec<String> {
        let seen = self.scene.between.seen();
        seen.iter().filter_map(|seen| Some(seen.form.split("Action=").nth(1)?.split('&').next()?.to_owned())).collect()
    }

    /// A snapshot of the instance's disk.
    pub fn take(&self) -> String {
        let before = self.scene.moto.snapshots();
        let ran = self.run(&["take", "db/0"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let new: Vec<String> = self.scene.moto.snapshots().into_iter().filter(|id| !before.contains(id)).collect();
        assert_eq!(new.len(), 1, "{new:?}");
        new[0].clone()
    }

    /// Nothing is in the cloud but the instance's disk, and these snapshots.
    pub fn assert_untouched(&self, snapshots: &[&str], ran: &Ran) {
        assert_eq!(self.scene.moto.volumes(), [self.scene.disk.as_str()], "{ran:?}");
        assert_eq!(self.scene.moto.of_vm(&self.scene.vm), [self.scene.disk.as_str()], "{ran:?}");
        assert_eq!(self.scene.moto.snapshots(), snapshots, "{ran:?}");
    }
}
