//! The cloud, asked as the Director asks: a child process a call (bosh-director `clouds/external_cpi.rb`), whose world is
//! real files.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::faults;
use crate::home::Home;

/// What a CPI refuses with.
#[derive(Debug)]
pub struct CloudError {
    pub kind: String,
    pub message: String,
    pub method: String,
}

pub struct Cloud {
    home: Home,
    command: Vec<String>,
    directory: PathBuf,
    uuid: String,
    /// The kind of the task that calls, whose faults are met.
    at_work: Option<String>,
}

impl Cloud {
    pub fn of(home: &Home) -> Self {
        let world = home.read();
        let command = std::env::var("FAKE_BOSH_CPI").map_or(world.cpi, |program| vec![program]);
        Cloud { home: home.clone(), command, directory: PathBuf::from(world.cloud), uuid: world.uuid, at_work: None }
    }

    /// The same, for a task of this kind: its calls can go wrong at `cpi:METHOD:before` and `cpi:METHOD:after`.
    #[must_use]
    pub fn at_work(mut self, kind: &str) -> Self {
        self.at_work = Some(kind.to_owned());
        self
    }

    fn meet(&self, method: &str, phase: &str) -> Result<(), CloudError> {
        let Some(kind) = &self.at_work else { return Ok(()) };
        faults::meet(&self.home, kind, &format!("cpi:{method}:{phase}")).map_err(|message| CloudError {
            kind: "Bosh::Clouds::CloudError".to_owned(),
            message,
            method: method.to_owned(),
        })
    }

    /// One call, one process.
    pub fn call(&self, method: &str, arguments: Value) -> Result<Value, CloudError> {
        let request = json!({
            "method": method,
            "arguments": arguments,
            "context": {"director_uuid": self.uuid, "request_id": "cpi-1", "vm": {"stemcell": {"api_version": 2}}},
            "api_version": 2,
        });
        self.meet(method, "before")?;
        // Its caller is killed, and the call lives on: its effect comes so many milliseconds later.
        let late = self.at_work.as_ref().and_then(|kind| self.home.next_fault(kind, &format!("cpi:{method}:outlives")));
        let line = "sleep \"$0\"; exec \"$@\"";
        let mut words = self.command.clone();
        if let Some(late) = &late {
            self.home.log(
                "fault",
                json!({"command": self.at_work, "point": format!("cpi:{method}:outlives"), "action": late}),
            );
            let seconds = late.parse::<f64>().unwrap() / 1000.0;
            words = [vec!["sh".into(), "-c".into(), line.into(), seconds.to_string()], words].concat();
        }
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
        if late.is_some() {
            faults::die();
        }
        let output = child.wait_with_output().unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        self.home.log("cpi", json!({"method": method, "arguments": arguments, "error": answer["error"]}));
        self.meet(method, "after")?;
        if answer["error"].is_null() && answer.is_object() {
            return Ok(answer["result"].clone());
        }
        let text = |key: &str| answer["error"][key].as_str().unwrap_or("no answer").to_owned();
        Err(CloudError { kind: text("type"), message: text("message"), method: method.to_owned() })
    }

    /// A VM without disks.
    pub fn create_vm(&self, cid: &str) {
        fs::create_dir_all(self.directory.join("vms").join(cid)).unwrap();
        self.home.log("cpi", json!({"method": "create_vm", "result": cid}));
    }

    /// Clouds detach what a deleted VM has.
    pub fn delete_vm(&self, cid: &str) {
        let path = self.directory.join("vms").join(cid);
        for entry in fs::read_dir(&path).into_iter().flatten() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        let _ = fs::remove_dir(path);
        self.home.log("cpi", json!({"method": "delete_vm", "arguments": [cid]}));
    }

    pub fn has_vm(&self, cid: &str) -> bool {
        self.directory.join("vms").join(cid).exists()
    }

    /// What the VM has in truth.
    pub fn attached(&self, vm: &str) -> Vec<String> {
        let entries = fs::read_dir(self.directory.join("vms").join(vm)).into_iter().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Where a VM sees a disk.
    pub fn device(&self, vm: &str, disk: &str) -> PathBuf {
        self.directory.join("vms").join(vm).join(disk)
    }
}
