//! What one `take` took is a set: listed, put back and deleted together.

use crate::support;

use support::{Sandbox, disk_of, vm_of};

/// Three instances with a set of their snapshots, and one more snapshot of the first; the disks have changed since.
fn sandbox() -> (Sandbox, String) {
    let sandbox = Sandbox::with(&["db/0", "db/1", "web/0"]);
    let ran = sandbox.run(&["take"]);
    ran.quiet_success();
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    let set = rows[0]["operation"].as_str().unwrap().to_owned();
    assert!(ran.stderr.contains(&format!("These 3 are the set {set}: snapback snapshots --set {set}")), "{ran:?}");
    for instance in ["db/0", "db/1", "web/0"] {
        sandbox.damage(&disk_of(instance), "damaged");
    }
    sandbox.take("db/0");
    (sandbox, set)
}

#[test]
fn a_set_is_listed_by_its_id_or_the_beginning_of_that() {
    let (sandbox, set) = sandbox();
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 4);
    for id in [&set[..], &set[..6]] {
        let rows = sandbox.rows(&["snapshots", "--set", id], "snapshots");
        let of: Vec<&str> = rows.iter().map(|row| row["instance"].as_str().unwrap()).collect();
        assert_eq!(of, ["db/0", "db/1", "web/0"]);
    }
    assert_eq!(sandbox.rows(&["snapshots", "db", "--set", &set], "snapshots").len(), 2);
    let rows = sandbox.rows(&["take", "db/1"], "snapshots");
    let one = rows[0]["set"].as_str().unwrap();
    assert_eq!(sandbox.rows(&["snapshots", "--set", one], "snapshots").len(), 1);
    sandbox.run(&["snapshots", "--set", "ffffffffffff"]).refused(5, &["no operation 'ffffffffffff' is known"]);
}

#[test]
fn a_set_is_restored_each_member_on_its_own_instance() {
    let (sandbox, set) = sandbox();
    let plan = sandbox.run(&["restore", "--set", &set, "--dry-run"]);
    assert!(plan.status == 0 && plan.stderr.contains("Nothing was done (--dry-run)"), "{plan:?}");
    assert_eq!(sandbox.content(&vm_of("web/0")), "damaged");
    sandbox.run(&["-n", "restore", "--set", &set]).quiet_success();
    for instance in ["db/0", "db/1", "web/0"] {
        assert_eq!(sandbox.content(&vm_of(instance)), instance);
    }
    let again = sandbox.run(&["-n", "restore", "--set", &set]);
    assert!(again.status == 0 && again.stderr.matches("passed over").count() == 3, "{again:?}");
    // A restore is an operation, and no set.
    let rows = sandbox.rows(&["operations"], "operations");
    let restore = rows.iter().find(|row| row["verb"] == "restore").unwrap()["operation"].as_str().unwrap().to_owned();
    sandbox.run(&["-n", "restore", "--set", &restore]).refused(5, &["is not a set: it is a restore"]);
}

#[test]
fn what_has_failed_is_gone_on_with_by_the_command_that_is_printed() {
    let (sandbox, set) = sandbox();
    std::fs::remove_dir_all(sandbox.path("cloud/vms").join(vm_of("db/1"))).unwrap();
    let ran = sandbox.run(&["-n", "restore", "--set", &set]);
    assert!(ran.status != 0, "{ran:?}");
    assert_eq!(sandbox.content(&vm_of("db/0")), "damaged", "all are planned before the first is touched: {ran:?}");
}

#[test]
fn an_instance_that_a_set_would_put_back_in_part_is_refused() {
    let sandbox = Sandbox::empty();
    sandbox.furnish_disks(&[("db/0", &["disk-data", "disk-wal"]), ("web/0", &["disk-web"])], "");
    sandbox.run(&["take"]).quiet_success();
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    let set = rows[0]["operation"].as_str().unwrap().to_owned();
    let of = |disk: &str| rows.iter().find(|row| row["disk_cid"] == disk).unwrap()["cid"].as_str().unwrap().to_owned();
    sandbox.run(&["-n", "delete", &of("disk-web")]).quiet_success();
    // An instance that it lacks altogether stays as it is, and that is said.
    let ran = sandbox.run(&["-n", "restore", "--set", &set]);
    assert!(ran.status == 0 && ran.stderr.contains("no snapshot of web/0 any more"), "{ran:?}");
    sandbox.run(&["-n", "delete", &of("disk-wal")]).quiet_success();
    let refused = sandbox.run(&["-n", "restore", "--set", &set]);
    refused.refused(4, &["no snapshot of disk disk-wal of db/0", &of("disk-data")]);
    assert_eq!(sandbox.follow_hints(&refused), 1);
}

#[test]
fn an_instance_whose_old_disks_are_deleted_goes_back_to_its_set_again() {
    let sandbox = Sandbox::empty();
    sandbox.furnish_disks(&[("db/0", &["disk-data", "disk-wal"])], "");
    sandbox.run(&["take"]).quiet_success();
    sandbox.run(&["-n", "restore", "--latest", "db/0"]).quiet_success();
    let restore = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    sandbox.run(&["-n", "delete-disk", "disk-data", "disk-wal", "--give-up-undo", &restore]).quiet_success();
    sandbox.run(&["status"]).quiet_success();
    sandbox.run(&["-n", "restore", "--latest", "db/0"]).quiet_success();
}

#[test]
fn a_set_is_deleted_together_and_nothing_else_is() {
    let (sandbox, set) = sandbox();
    let plan = sandbox.rows(&["delete", "--set", &set, "--dry-run"], "snapshots");
    assert_eq!(plan.len(), 3);
    sandbox.run(&["-n", "delete", "--set", &set]).quiet_success();
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 1);
    assert_eq!(sandbox.names("cloud/snapshots").len(), 1);
    let gone = sandbox.run(&["-n", "delete", "--set", &set]);
    gone.refused(5, &["no snapshot of the set", "is left"]);
    assert_eq!(sandbox.follow_hints(&gone), 1);
    sandbox.run(&["-n", "delete", "--set", &set, "snap-1"]).refused(2, &["cannot be used with"]);
}

#[test]
fn a_set_with_an_instance_that_is_no_more_names_the_others_and_how_to_put_them_back() {
    let (sandbox, set) = sandbox();
    let inventory = std::fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    let (from, to) = (inventory.find("      - name: db/1").unwrap(), inventory.find("      - name: web/0").unwrap());
    sandbox.write("inventory.yml", &format!("{}{}", &inventory[..from], &inventory[to..]));
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    let refused = sandbox.run(&["-n", "restore", "--set", &set]);
    refused.refused(5, &["has no instance 'db/1': nothing was done", "to put back the others of the set"]);
    let hints: Vec<&str> =
        refused.stderr.lines().filter_map(|line| line.strip_prefix("Hint: run: snapback ")).collect();
    assert_eq!(hints.len(), 2, "{refused:?}");
    for hint in hints {
        let words: Vec<&str> = std::iter::once("-n").chain(hint.split(' ')).collect();
        sandbox.run(&words).quiet_success();
    }
    assert_eq!(
        (sandbox.content(&vm_of("db/0")).as_str(), sandbox.content(&vm_of("web/0")).as_str()),
        ("db/0", "web/0")
    );
}

#[test]
fn a_disk_whose_snapshot_failed_is_missing_in_its_set_as_one_that_was_deleted_is() {
    let sandbox = Sandbox::empty();
    sandbox.furnish_disks(&[("db/0", &["disk-data", "disk-wal"])], "");
    sandbox.detach_by_hand(&vm_of("db/0"), "disk-wal");
    assert_eq!(sandbox.run(&["take"]).status, 3);
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    let set = rows[0]["operation"].as_str().unwrap().to_owned();
    sandbox.attach_by_hand(&vm_of("db/0"), "disk-wal");
    let refused = sandbox.run(&["-n", "restore", "--set", &set]);
    refused.refused(4, &["no snapshot of disk disk-wal of db/0", rows[0]["cid"].as_str().unwrap()]);
    assert_eq!(sandbox.follow_hints(&refused), 1);
}
