//! What the bosh CLI prints, in short.

use serde_json::{Value, json};

use crate::support::Sandbox;

/// UUIDs of instances.
pub const A: &str = "aaaaaaaa-1111-4111-8111-111111111111";
pub const B: &str = "bbbbbbbb-2222-4222-8222-222222222222";

pub fn table(content: &str, rows: &[Value]) -> String {
    json!({"Tables": [{"Content": content, "Header": {}, "Rows": rows, "Notes": null}], "Lines": ["Succeeded"]})
        .to_string()
}

/// A row of `bosh -d prod instances --details`.
pub fn instance(name: &str, uuid: &str, vm: &str, disks: &[&str]) -> Value {
    let (group, index) = name.split_once('/').unwrap();
    json!({"instance": format!("{group}/{uuid}"), "index": index, "deployment": "prod", "vm_cid": vm,
        "disk_cids": disks.join("\n"), "agent_id": "agent", "az": "", "process_state": "running", "ips": "",
        "state": "started", "vm_type": "", "bootstrap": "false", "ignore": "false"})
}

/// A row of `bosh -d prod snapshots`; the time as bosh prints it.
pub fn snapshot(instance: &str, cid: &str, time: &str) -> Value {
    json!({"instance": instance, "cid": cid, "created_at": time, "clean": "false"})
}

/// Imports a list of instances.
#[track_caller]
pub fn import(sandbox: &Sandbox, instances: &[Value]) -> Vec<String> {
    sandbox.write("instances.json", &table("instances", instances));
    changes(sandbox, &["import", "instances.json"])
}

/// Imports lists of instances and of snapshots.
#[track_caller]
pub fn import_both(sandbox: &Sandbox, instances: &[Value], snapshots: &[Value]) -> Vec<String> {
    sandbox.write("instances.json", &table("instances", instances));
    sandbox.write("snapshots.json", &table("snapshots", snapshots));
    changes(sandbox, &["import", "-d", "prod", "instances.json", "snapshots.json"])
}

#[track_caller]
fn changes(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let rows = sandbox.rows(arguments, "changes");
    rows.iter().map(|row| format!("{} {}", row["what"].as_str().unwrap(), row["change"].as_str().unwrap())).collect()
}

/// `CID DOUBTS` of each snapshot that is listed.
pub fn doubts(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let rows = sandbox.rows(&[&["snapshots"], arguments].concat(), "snapshots");
    let doubt = |row: &Value| {
        let doubts: Vec<&str> = row["doubts"].as_array().unwrap().iter().map(|doubt| doubt.as_str().unwrap()).collect();
        format!("{} {}", row["cid"].as_str().unwrap(), doubts.join(" ")).trim().to_owned()
    };
    let mut doubts: Vec<String> = rows.iter().map(doubt).collect();
    doubts.sort();
    doubts
}
