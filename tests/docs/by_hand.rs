//! Where no CPI makes a disk from a snapshot: refused before the first effect, with the cloud's own commands.

use crate::support;

use std::process::Command;

use serde_json::json;
use support::fake_cpi::Scene;

/// A scene whose CPI has this name, and a snapshot of its disk.
fn on(cpi: &str) -> (Scene, String) {
    let scene = Scene::with(&[], &json!({"vms": {"vm-0": ["disk-0"]}}));
    let manifest = std::fs::read_to_string(scene.sandbox.path("director.yml")).unwrap();
    scene.sandbox.write("director.yml", &manifest.replace("fake_cpi", cpi));
    std::fs::remove_file(scene.sandbox.state()).unwrap();
    let inventory = "deployments: [{name: prod, instances: [{name: db/0, vm_cid: vm-0, managed_by: nobody, \
                     disks: [{cid: disk-0, size_mib: 2048}]}]}]";
    scene.sandbox.write("inventory.yml", inventory);
    scene.run(&["import", "inventory.yml"]).quiet_success();
    let taken = scene.run(&["take", "db/0", "--output", "cid"]);
    taken.quiet_success();
    (scene, taken.stdout.trim().to_owned())
}

#[test]
fn each_cloud_has_its_commands() {
    for (cpi, beginning) in [
        ("aws_cpi", "volume=$(aws ec2 create-volume --snapshot-id "),
        ("openstack_cpi", "disk=$(openstack volume create "),
        ("google_cpi", "gcloud compute disks create "),
        ("azure_cpi", "az disk create "),
        ("alicloud_cpi", "disk=$(aliyun ecs CreateDisk "),
    ] {
        let (scene, cid) = on(cpi);
        for arguments in [&["promote", &cid][..], &["-n", "restore", &cid], &["restore", &cid, "--dry-run"]] {
            let ran = scene.run(arguments);
            let restore = format!("restore {cid} --disk DISK-CID");
            ran.refused(8, &["cannot make a disk from a snapshot", beginning, &cid, "disk-0", &restore]);
            let command =
                ran.stderr.lines().find_map(|line| line.trim().strip_prefix("Hint: ")?.strip_prefix(beginning));
            let line = format!("{beginning}{}", command.unwrap_or_else(|| panic!("{ran:?}")));
            // It is a command of a shell's.
            let checked = Command::new("/bin/sh").args(["-n", "-c", &line]).output().unwrap();
            assert!(checked.status.success(), "{line}: {checked:?}");
        }
        assert!(!scene.methods().iter().any(|method| method.starts_with("create_disk")), "{:?}", scene.methods());
    }
}

#[test]
fn a_cloud_that_is_not_known_has_the_console() {
    let (scene, cid) = on("my_own_cpi");
    let texts = ["cannot make a disk from a snapshot", "in the cloud's console", "--disk DISK-CID"];
    scene.run(&["promote", &cid]).refused(8, &texts);
}
