//! A disk of the same CID that is another one, and a cloud in which a VM of the same CID is not to be found.

use std::fs;

use crate::support::{Sandbox, disk_of, vm_of};

fn newest(sandbox: &Sandbox) -> String {
    sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned()
}

#[test]
fn an_undo_does_not_take_a_new_disk_for_the_old_one_that_was_deleted() {
    let sandbox = Sandbox::with(&["db/0"]);
    let before = sandbox.content(&vm_of("db/0"));
    let cid = sandbox.take("db/0");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    let (old, restore) = (disk_of("db/0"), newest(&sandbox));
    sandbox.run(&["-n", "delete-disk", &old, "--give-up-undo", &restore]).quiet_success();
    // The cloud numbers anew.
    sandbox.make_disk(&old, 1 << 20, "of another machine");
    let undone = sandbox.run(&["-n", "undo"]);
    assert_eq!(undone.status, 0, "{undone:?}");
    assert!(!sandbox.attached(&vm_of("db/0")).contains(&old), "{undone:?}");
    assert_eq!(sandbox.content(&vm_of("db/0")), before, "{undone:?}");
    assert_eq!(sandbox.disk_content(&old), "of another machine");
}

#[test]
fn a_cloud_without_any_known_vm_does_not_tell_that_a_disk_is_off() {
    for point in ["restore.detach_disk.intended=kill", "restore.attach_disk.effected=kill"] {
        let sandbox = Sandbox::with(&["db/0", "db/1"]);
        let cid = sandbox.take("db/0");
        sandbox.prepare(&["-n", "restore", &cid]).fault(point).go();
        let (restore, before) = (newest(&sandbox), sandbox.rows(&["disks"], "disks"));
        fs::rename(sandbox.path("cloud"), sandbox.path("away")).unwrap();
        for kind in ["disks", "snapshots", "vms"] {
            fs::create_dir_all(sandbox.path("cloud").join(kind)).unwrap();
        }
        for words in [&["-n", "recover"][..], &["-n", "recover", "--close", &restore]] {
            let ran = sandbox.run(words);
            assert_eq!(ran.status, 7, "{point}: {words:?}: {ran:?}");
            let told = format!("{}{}", ran.stdout, ran.stderr);
            assert!(told.contains("does not believe that it is gone"), "{point}: {words:?}: {ran:?}");
            assert_eq!(sandbox.rows(&["disks"], "disks"), before, "{point}: {words:?}: {ran:?}");
        }
        fs::remove_dir_all(sandbox.path("cloud")).unwrap();
        fs::rename(sandbox.path("away"), sandbox.path("cloud")).unwrap();
        sandbox.run(&["-n", "recover"]).quiet_success();
        assert_eq!(sandbox.attached(&vm_of("db/0")).len(), 1, "{point}");
        sandbox.run(&["check"]).quiet_success();
    }
}
