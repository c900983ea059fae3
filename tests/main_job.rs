//! The whole path, through the binary.
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

mod support;

use support::{Sandbox, disk_of, vm_of};

#[test]
fn take_damage_restore_undo_and_undo_that() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let (vm, disk) = (vm_of("db/0"), disk_of("db/0"));
    let cid = sandbox.take("db/0");
    sandbox.damage(&disk, "garbage");

    sandbox.run(&["restore", &cid, "--dry-run"]).quiet_success();
    assert_eq!(sandbox.content(&vm), "garbage");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    assert_eq!(sandbox.content(&vm), "db/0");
    assert_eq!(sandbox.disk_content(&disk), "garbage", "the old disk is kept");
    sandbox.run(&["-n", "undo"]).quiet_success();
    assert_eq!(sandbox.attached(&vm), [disk]);
    sandbox.run(&["-n", "undo"]).quiet_success();
    assert_eq!(sandbox.content(&vm), "db/0");
    assert_eq!(sandbox.content(&vm_of("db/1")), "db/1");

    // The snapshot that was asked for, and the safety snapshot of the damaged disk.
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 2);
    sandbox.run(&["-n", "-d", "prod", "delete-all"]).quiet_success();
    assert!(sandbox.names("cloud/snapshots").is_empty());
    assert_eq!(sandbox.run(&["recover"]).stderr, "Nothing is open\n");
}
