//! A whole cloud of records, for scripts with `"whole": true`: what is made has a content, what is not there is not found,
//! and a disk is attached to one VM at a time. Its VMs begin with the disks of `vms`.

use std::fs;

use serde_json::{Value, json};

use super::{Fake, failed, not_implemented};

const FOREIGN: &str = "Bosh::Clouds::CloudError";

impl Fake {
    /// The cloud's own answer.
    pub(super) fn whole(&self) -> Value {
        let first = self.argument(0);
        let result = match self.method.as_str() {
            "info" => self.script["info"].clone(),
            "has_disk" => json!(self.record("disks", &first).is_some()),
            "get_disks" => match self.shown(0) {
                Some(disks) => json!(disks),
                None => return failed("Bosh::Clouds::VMNotFound", "no such VM"),
            },
            "attach_disk" | "detach_disk" => return self.moved(self.method == "attach_disk"),
            "snapshot_disk" => match self.record("disks", &first) {
                None => return failed("Bosh::Clouds::DiskNotFound", "no such disk"),
                Some(disk) => {
                    let cid = self.new_cid("snap");
                    let row = json!({"cid": cid, "disk_cid": first, "created_at": chrono::Utc::now().to_rfc3339(),
                        "state": "ready", "metadata": self.request["arguments"][1], "content": disk["content"],
                        "size_mib": disk["size_mib"]});
                    self.keep("snapshots", &cid, &row);
                    json!(cid)
                }
            },
            "create_disk_from_snapshot" => match self.record("snapshots", &first) {
                None => return failed("Snapback::SnapshotNotFound", "no such snapshot"),
                Some(snapshot) => return self.made_of(&snapshot),
            },
            "describe_snapshot" => match self.record("snapshots", &first) {
                None => json!({"state": "missing"}),
                Some(snapshot) => json!({"state": "ready", "size_mib": snapshot["size_mib"]}),
            },
            "list_snapshots" => {
                let mut all = self.records("snapshots");
                let filter = self.request["arguments"][0].as_object().unwrap();
                all.retain(|record| filter.iter().all(|(key, value)| record["metadata"][key] == *value));
                json!(all)
            }
            "find_disk" => self.by_token(&first).map_or(Value::Null, |disk| json!({"disk_cid": disk["disk_cid"]})),
            "delete_disk" if self.holder(&first).is_some() => return failed(FOREIGN, "the disk is attached"),
            "delete_disk" => return self.removed("disks", "Bosh::Clouds::DiskNotFound"),
            "delete_snapshot" => return self.removed("snapshots", "Snapback::SnapshotNotFound"),
            "clear_leftovers" => json!(0),
            "set_disk_metadata" => Value::Null,
            other => return not_implemented(other),
        };
        json!({"result": result, "error": null, "log": ""})
    }

    fn moved(&self, on: bool) -> Value {
        let disk = self.argument(1);
        if on && self.record("disks", &disk).is_none() {
            return failed("Bosh::Clouds::DiskNotFound", "no such disk");
        }
        let holder = self.holder(&disk);
        match (on, &holder) {
            (true, Some(vm)) => return failed(FOREIGN, &format!("the disk is attached to {vm} already")),
            (false, holder) if holder.as_ref() != Some(&self.argument(0)) => {
                return failed("Bosh::Clouds::DiskNotAttached", "the disk is not attached to it");
            }
            _ => self.change_attachment(on),
        }
        json!({"result": "/dev/sdb", "error": null, "log": ""})
    }

    fn made_of(&self, snapshot: &Value) -> Value {
        let size = self.request["arguments"][1]["size_mib"].as_u64().or_else(|| snapshot["size_mib"].as_u64());
        if size < snapshot["size_mib"].as_u64() {
            return failed("Snapback::InvalidRequest", "a disk cannot be smaller than its snapshot");
        }
        let same = self.by_token(&self.token());
        let cid = same.map_or_else(|| self.new_cid("disk"), |disk| disk["disk_cid"].as_str().unwrap().to_owned());
        let row = json!({"disk_cid": cid, "token": self.token(), "created_at": chrono::Utc::now().to_rfc3339(),
            "content": snapshot["content"], "size_mib": size});
        self.keep("disks", &cid, &row);
        json!({"result": {"disk_cid": cid, "size_mib": size}, "error": null, "log": ""})
    }

    fn removed(&self, kind: &str, missing: &str) -> Value {
        match fs::remove_file(self.path(kind, &self.argument(0))) {
            Ok(()) => json!({"result": null, "error": null, "log": ""}),
            Err(_) => failed(missing, "it is not there"),
        }
    }

    fn record(&self, kind: &str, cid: &str) -> Option<Value> {
        Some(serde_json::from_slice(&fs::read(self.path(kind, cid)).ok()?).unwrap())
    }

    fn keep(&self, kind: &str, cid: &str, row: &Value) {
        fs::write(self.path(kind, cid), row.to_string()).unwrap();
    }

    fn by_token(&self, token: &str) -> Option<Value> {
        self.records("disks").into_iter().find(|disk| !token.is_empty() && disk["token"] == token)
    }

    /// The VM that has the disk.
    fn holder(&self, disk: &str) -> Option<String> {
        let vms = self.script["vms"].as_object().unwrap();
        vms.keys().find(|vm| self.shown_of(vm).is_some_and(|disks| disks.iter().any(|own| own == disk))).cloned()
    }

    fn new_cid(&self, kind: &str) -> String {
        format!("{kind}-{}-{}", std::process::id(), chrono::Utc::now().timestamp_micros() % 1_000_000_000)
    }
}
