//! Several clouds behind one Director: the zone says on which an instance is, and a snapshot stays with its own.
#![cfg(debug_assertions)]

use crate::support;

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};
use support::{Ran, Sandbox, fake_cpi};

const CLOUDS: [&str; 2] = ["east", "west"];

/// Two clouds, each the scripted CPI in a directory of its own, which knows these disks of `vm-1`.
fn two_clouds() -> Sandbox {
    let sandbox = Sandbox::empty();
    let mut config = "cpis:\n".to_owned();
    for (cloud, disk) in CLOUDS.iter().zip(["disk-1", "disk-2"]) {
        fs::create_dir(sandbox.path(cloud)).unwrap();
        symlink(fake_cpi::binary(), sandbox.path(cloud).join("cpi")).unwrap();
        sandbox.write(&format!("{cloud}/fake.json"), &json!({"vms": {"vm-1": [disk]}}).to_string());
        config += &format!("- {{name: {cloud}, type: fake, exec_path: {cloud}/cpi}}\n");
    }
    sandbox.write("cpis.yml", &config);
    sandbox.write("cloud.yml", "azs:\n- {name: z1, cpi: east}\n- {name: z2, cpi: west}\n- {name: z3}\nvm_types: []\n");
    sandbox.write(
        "director.yml",
        "cloud_provider: {template: {name: fake_cpi}}\nproperties: {director: {name: test, enable_snapshots: true}}\n",
    );
    sandbox
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    sandbox.run(&[&["--cpi-config", "cpis.yml"], arguments].concat())
}

/// What `bosh instances --details --json` says of one instance.
fn instances(sandbox: &Sandbox, zone: &str, disk: &str) {
    let row = json!({"instance": "db/29ae97ec-3106-450b-a848-98cb3b25d86f", "process_state": "running", "az": zone,
        "ips": "", "deployment": "prod", "state": "started", "vm_cid": "vm-1", "vm_type": "x", "disk_cids": disk,
        "agent_id": "a", "index": "0", "bootstrap": "true", "ignore": "false"});
    let document = json!({"Tables": [{"Content": "instances", "Header": {}, "Rows": [row], "Notes": null}],
        "Blocks": null, "Lines": ["Succeeded"]});
    sandbox.write("instances.json", &document.to_string());
}

fn cpis_of(sandbox: &Sandbox, list: &str, by: &str) -> Vec<(Value, Value)> {
    sandbox.rows(&[list], list).iter().map(|row| (row[by].clone(), row["cpi"].clone())).collect()
}

#[test]
fn a_snapshot_is_deleted_by_the_cpi_that_made_it_wherever_its_instance_is_now() {
    let sandbox = two_clouds();
    instances(&sandbox, "z1", "disk-1");
    run(&sandbox, &["import", "--cloud-config", "cloud.yml", "instances.json"]).quiet_success();
    run(&sandbox, &["take", "db/0"]).quiet_success();
    assert_eq!((sandbox.names("east/snapshots").len(), sandbox.names("west/snapshots").len()), (1, 0));
    // Another zone, another cloud: BOSH makes another disk there.
    instances(&sandbox, "z2", "disk-2");
    run(&sandbox, &["import", "--cloud-config", "cloud.yml", "instances.json"]).quiet_success();
    run(&sandbox, &["take", "db/0"]).quiet_success();
    let (east, west) = (sandbox.names("east/snapshots"), sandbox.names("west/snapshots"));
    assert_eq!((east.len(), west.len()), (1, 1));
    let mut disks = cpis_of(&sandbox, "disks", "disk_cid");
    disks.sort_by_key(|(disk, _)| disk.to_string());
    assert_eq!(disks, [(json!("disk-1"), json!("east")), (json!("disk-2"), json!("west"))]);
    let mut expected = [(json!(east[0]), json!("east")), (json!(west[0]), json!("west"))];
    expected.sort_by_key(|(cid, _)| cid.to_string());
    let mut snapshots = cpis_of(&sandbox, "snapshots", "cid");
    snapshots.sort_by_key(|(cid, _)| cid.to_string());
    assert_eq!(snapshots, expected);
    // A later import that does not know the zones leaves the instance where it is.
    run(&sandbox, &["import", "instances.json"]).quiet_success();
    run(&sandbox, &["-n", "delete", &east[0]]).quiet_success();
    assert_eq!((sandbox.names("east/snapshots").len(), sandbox.names("west/snapshots").len()), (0, 1));
    let calls = fs::read_to_string(sandbox.path("west/calls.jsonl")).unwrap();
    assert!(!calls.contains("delete_snapshot"), "{calls}");
    run(&sandbox, &["-n", "-d", "prod", "delete-all"]).quiet_success();
    assert_eq!(sandbox.names("west/snapshots").len(), 0);
}

#[test]
fn a_zone_counts_less_than_a_cpi_that_is_written_and_more_than_the_manifests() {
    let sandbox = two_clouds();
    sandbox.write(
        "inventory.yml",
        "deployments:\n- name: prod\n  instances:\n  - {name: db/0, az: z1, disks: [{cid: d0}]}\n  \
         - {name: db/1, az: z1, cpi: west, disks: [{cid: d1}]}\n  - {name: db/2, az: z3, disks: [{cid: d2}]}\n  \
         - {name: db/3, disks: [{cid: d3}]}\n",
    );
    // Several files count as one.
    sandbox.write("more.yml", "azs: [{name: z3, cpi: west}, {name: z1, cpi: east}]\n");
    let files = ["import", "inventory.yml", "--cloud-config", "cloud.yml", "--cloud-config", "more.yml"];
    run(&sandbox, &files).quiet_success();
    let cpis: Vec<Value> = cpis_of(&sandbox, "disks", "disk_cid").into_iter().map(|(_, cpi)| cpi).collect();
    assert_eq!(cpis, ["east", "west", "west", "fake_cpi"]);
    // And not against each other.
    sandbox.write("other.yml", "azs:\n- {name: z1, cpi: west}\n");
    let twice =
        run(&sandbox, &["import", "inventory.yml", "--cloud-config", "cloud.yml", "--cloud-config", "other.yml"]);
    twice.refused(2, &["other.yml:2: azs[name=z1].cpi: the zone 'z1' is on the CPI 'east' already"]);
    run(&sandbox, &["import", "inventory.yml", "--cloud-config", "cpis.yml"])
        .refused(2, &["not a cloud-config", "azs"]);
    run(&sandbox, &["import", "cloud.yml"]).refused(2, &["a cloud-config, not an inventory", "--cloud-config"]);
}

/// Two clouds that number what they have name all alike.
#[test]
fn what_has_the_same_cid_on_another_cloud_stays_as_it_is() {
    let sandbox = two_clouds();
    let script = |does: &Value| {
        for cloud in CLOUDS {
            let script = json!({"attachments": true, "vms": {"vm-1": ["disk-1"]}, "does": does});
            sandbox.write(&format!("{cloud}/fake.json"), &script.to_string());
        }
    };
    script(&json!({}));
    for (deployment, zone) in [("prod", "z1"), ("test", "z2")] {
        let disks = "disks: [{cid: disk-1, size_mib: 1}]";
        sandbox.write(
            "one.yml",
            &format!(
                "deployments: [{{name: {deployment}, instances: [{{name: db/0, az: {zone}, vm_cid: vm-1, \
                 managed_by: nobody, {disks}}}]}}]"
            ),
        );
        run(&sandbox, &["import", "--cloud-config", "cloud.yml", "one.yml"]).quiet_success();
        run(&sandbox, &["-d", deployment, "take"]).quiet_success();
    }
    let (east, west) = (sandbox.names("east/snapshots"), sandbox.names("west/snapshots"));
    assert_eq!((east.len(), west.len()), (1, 1));
    let restored = run(&sandbox, &["-n", "-d", "prod", "restore", &east[0], "--disk", "disk-5"]);
    assert_eq!(restored.status, 0, "{restored:?}");
    let disks = || -> Vec<Value> {
        let rows = sandbox.rows(&["instances", "--details"], "instances");
        rows.iter().map(|row| json!([row["deployment"], row["disk_cids"]])).collect()
    };
    assert_eq!(disks(), [json!(["prod", ["disk-5"]]), json!(["test", ["disk-1"]])]);
    let orphans = sandbox.rows(&["disks", "--orphaned"], "disks");
    assert_eq!(
        orphans.iter().map(|row| (&row["disk_cid"], &row["cpi"])).collect::<Vec<_>>(),
        [(&json!("disk-1"), &json!("east"))]
    );
    run(&sandbox, &["-n", "delete-disk", "disk-1"]).refused(4, &["disk-1"]);
    // The one that is put away is lost, and forgotten.
    let lost = json!({"attachments": true, "vms": {"vm-1": ["disk-1"]}, "lost": ["disk-1"]});
    sandbox.write("east/fake.json", &lost.to_string());
    let forgotten = run(&sandbox, &["-n", "check", "--forget", "disk-1"]);
    assert!(sandbox.rows(&["disks", "--orphaned"], "disks").is_empty(), "{forgotten:?}");
    assert_eq!(disks()[1], json!(["test", ["disk-1"]]), "{forgotten:?}");
    // One CID for two snapshots.
    let answers = |result: &str| format!("answer:{{\"result\":{result},\"error\":null,\"log\":\"\"}}");
    script(&json!({"snapshot_disk": answers("\"snap-1\""), "delete_snapshot": answers("null")}));
    run(&sandbox, &["-d", "test", "take"]).quiet_success();
    assert_eq!(run(&sandbox, &["-d", "prod", "take"]).status, 0);
    let of = |cloud: &str| {
        let mut cids = cpis_of(&sandbox, "snapshots", "cid");
        cids.retain(|(_, cpi)| *cpi == cloud);
        cids.into_iter().map(|(cid, _)| cid.as_str().unwrap().to_owned()).collect::<std::collections::BTreeSet<_>>()
    };
    assert!(of("east").contains("snap-1") && of("west").contains("snap-1"), "{:?} {:?}", of("east"), of("west"));
    let deleted = run(&sandbox, &["-n", "-d", "prod", "delete-all"]);
    assert_eq!((deleted.status, of("east").len()), (0, 0), "{deleted:?}");
    assert_eq!(of("west"), [west[0].clone(), "snap-1".to_owned()].into());
}
