//! A restore and its undo, where the CPI's executable is there: it takes, attaches and detaches; snapback's own side makes the
//! disk. The executable is a double (`cpi.py`) on the same Cinder.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::cloud::{Scene, content, write};
use crate::support::{Ran, Run};

const VM: &str = "6c8cf6e0-4c8f-442f-9196-9679737feec6";

/// A scene whose instance has its disk at a VM, and whose CPI has an executable.
pub struct Paired(pub Scene);

impl Paired {
    pub fn new() -> Self {
        let scene = Scene::new();
        let directory = scene.sandbox.path("job");
        fs::create_dir(&directory).unwrap();
        let program = include_str!("cpi.py");
        fs::write(directory.join("cpi"), program).unwrap();
        fs::set_permissions(directory.join("cpi"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(directory.join("cpi.json"), scene.project.way().to_string()).unwrap();
        let disk = &scene.disk;
        scene.sandbox.write(
            "inventory.yml",
            &format!(
                "deployments:\n- name: prod\n  instances:\n  - name: db/0\n    vm_cid: {VM}\n    managed_by: nobody\n    \
                 disks: [{{cid: {disk}, size_mib: 1024}}]\n"
            ),
        );
        scene.project.attach(disk, VM);
        let paired = Paired(scene);
        paired.run(&["import", "inventory.yml"]).quiet_success();
        paired
    }

    fn prepare(&self, arguments: &[&str]) -> Run {
        let path = format!("openstack_cpi={}", self.0.sandbox.path("job/cpi").display());
        self.0.sandbox.prepare(&[&["--cpi-path", &path], arguments].concat())
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).go()
    }

    /// The disks that the VM has, by Cinder.
    pub fn of_vm(&self) -> Vec<String> {
        let has = |id: &String| {
            let volume = self.0.project.show("volume", id);
            volume["attachments"].as_array().is_some_and(|places| places.iter().any(|place| place["server_id"] == VM))
        };
        self.0.project.ids("volumes").into_iter().filter(has).collect()
    }
}

#[test]
fn a_restore_and_its_undo() {
    let paired = Paired::new();
    let ran = paired.run(&["take", "db/0"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let snapshot = paired.0.project.ids("snapshots").remove(0);
    assert_eq!(paired.0.project.show("snapshot", &snapshot)["description"], "by the executable");
    write(&paired.0.disk, "after!");
    let restored = paired.run(&["restore", &snapshot, "-n"]);
    assert_eq!(restored.status, 0, "{restored:?}");
    let new = paired.of_vm();
    assert!(new.len() == 1 && new[0] != paired.0.disk, "{new:?}");
    assert_eq!(content(&new[0]), "before");
    let volume = paired.0.project.show("volume", &new[0]);
    assert_eq!((&volume["availability_zone"], &volume["volume_type"]), (&Value::from("z2"), &Value::from("hdd")));
    let undone = paired.run(&["undo", "-n"]);
    assert_eq!(undone.status, 0, "{undone:?}");
    assert_eq!(paired.of_vm(), [paired.0.disk.as_str()]);
    assert_eq!(content(&paired.0.disk), "after!");
    let checked = paired.run(&["check"]);
    assert_eq!(checked.status, 0, "{checked:?}");
}

/// SIGKILL around what each side does: the instance has one disk, and nothing is lost.
#[test]
fn a_restore_that_is_killed_is_recovered() {
    let points =
        ["restore.create_disk_from_snapshot.effected", "restore.detach_disk.effected", "restore.attach_disk.effected"];
    let count = crate::support::at_once::several(2, &points, |point| {
        let paired = Paired::new();
        assert_eq!(paired.run(&["take", "db/0"]).status, 0, "{point}");
        let snapshot = paired.0.project.ids("snapshots").remove(0);
        let killed = paired.prepare(&["restore", &snapshot, "-n"]).fault(&format!("{point}=kill")).go();
        assert_eq!(killed.status, 137, "{point}: {killed:?}");
        let recovered = paired.run(&["recover"]);
        assert_eq!(recovered.status, 0, "{point}: {recovered:?}");
        assert_eq!(paired.of_vm().len(), 1, "{point}");
        let disks = [paired.run(&["disks"]).stdout, paired.run(&["disks", "--orphaned"]).stdout].concat();
        for volume in paired.0.project.ids("volumes") {
            assert!(disks.contains(&volume), "{point}: nobody knows of {volume}: {disks}");
        }
        let listed = paired.run(&["snapshots"]).stdout;
        for snapshot in paired.0.project.ids("snapshots") {
            assert!(listed.contains(&snapshot), "{point}: nobody knows of {snapshot}: {listed}");
        }
    });
    eprintln!("OpenStack with an executable: {count} kills");
}
