//! A name that another instance has got: snapshots stay with the one that they were taken of.

use serde_json::Value;

use crate::support::Sandbox;
use crate::who_is_who::lists::{A, B, doubts, import, import_both, instance, snapshot};

/// Instances as an inventory has them: name, UUID, VM, disk.
fn inventory(sandbox: &Sandbox, instances: &[(&str, &str, &str, &str)]) -> Vec<String> {
    let mut text = "deployments:\n  - name: prod\n    instances:\n".to_owned();
    for (name, uuid, vm, disk) in instances {
        text += &format!("      - name: {name}\n        managed_by: nobody\n        vm_cid: {vm}\n");
        if !uuid.is_empty() {
            text += &format!("        uuid: {uuid}\n");
        }
        text += &format!("        disks: [{{cid: {disk}}}]\n");
    }
    sandbox.write("inventory.yml", &text);
    let rows = sandbox.rows(&["import", "inventory.yml"], "changes");
    rows.iter().map(|row| format!("{} {}", row["what"].as_str().unwrap(), row["change"].as_str().unwrap())).collect()
}

/// db/0 has a snapshot, and then another instance has its name.
fn replaced() -> (Sandbox, String) {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    inventory(&sandbox, &[("db/0", A, "vm-db-0", "disk-db-0")]);
    let cid = sandbox.take("db/0");
    let changes = inventory(&sandbox, &[("db/0", B, "vm-db-1", "disk-db-1")]);
    assert!(changes.contains(&"db/0 replaced".to_owned()), "{changes:?}");
    (sandbox, cid)
}

#[test]
fn the_newest_snapshot_is_never_that_of_another_machine() {
    let (sandbox, cid) = replaced();
    let ran = sandbox.run(&["-n", "restore", "--latest", "db/0"]);
    ran.refused(
        5,
        &["snapback knows no snapshot of db/0 that could be restored", "1 of another instance that had this name"],
    );
    assert_eq!(sandbox.content("vm-db-1"), "db/1");
    assert_eq!(doubts(&sandbox, &["db/0"]), [format!("{cid} other_instance")]);
    let own = sandbox.take("db/0");
    let choice = sandbox.rows(&["restore", "--latest", "db/0", "--dry-run"], "choice");
    assert_eq!(choice[0]["cid"], own.as_str());
    // By the UUID each has its own.
    assert_eq!(doubts(&sandbox, &[&format!("db/{A}")]), [format!("{cid} other_instance")]);
    assert_eq!(doubts(&sandbox, &[&format!("db/{B}")]), [own]);
    sandbox.run(&["snapshots", "db/cccccccc-3333-4333-8333-333333333333"]).refused(5, &["has no instance"]);
}

#[test]
fn a_snapshot_of_another_machine_is_restored_only_where_that_is_said() {
    let (sandbox, cid) = replaced();
    let ran = sandbox.run(&["-n", "restore", &cid]);
    ran.refused(4, &["db/0 is another instance now", &format!("restore {cid} --to db/0")]);
    assert_eq!(sandbox.content("vm-db-1"), "db/1");
    let ran = sandbox.run(&["-n", "restore", &cid, "--to", "db/0"]);
    ran.quiet_success();
    assert!(ran.stderr.contains("is of another instance that was db/0 before"), "{ran:?}");
    assert_eq!(sandbox.content("vm-db-1"), "db/0");
}

#[test]
fn a_moved_instance_keeps_its_snapshots() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    inventory(&sandbox, &[("db/0", A, "vm-db-0", "disk-db-0"), ("db/1", B, "vm-db-1", "disk-db-1")]);
    let (of_a, of_b) = (sandbox.take("db/0"), sandbox.take("db/1"));
    // They change their places.
    inventory(&sandbox, &[("db/1", A, "vm-db-0", "disk-db-0"), ("db/0", B, "vm-db-1", "disk-db-1")]);
    let chosen = |name: &str| sandbox.rows(&["restore", "--latest", name, "--dry-run"], "choice")[0]["cid"].clone();
    assert_eq!((chosen("db/1"), chosen("db/0")), (Value::from(of_a.as_str()), Value::from(of_b)));
    sandbox.damage("disk-db-0", "rubbish");
    sandbox.run(&["-n", "restore", &of_a]).quiet_success();
    assert_eq!(sandbox.content("vm-db-0"), "db/0", "the machine that it was taken of, whatever it is called");
}

#[test]
fn an_undo_touches_no_other_machine() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    inventory(&sandbox, &[("db/0", A, "vm-db-0", "disk-db-0")]);
    let cid = sandbox.take("db/0");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    inventory(&sandbox, &[("db/0", B, "vm-db-1", "disk-db-1")]);
    let ran = sandbox.run(&["-n", "undo"]);
    ran.refused(4, &["db/0 is another instance now, with another UUID"]);
    assert!(sandbox.follow_hints(&ran) > 0);
    assert_eq!(sandbox.attached("vm-db-1"), ["disk-db-1"]);
}

#[test]
fn instances_without_uuids_are_their_names() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let cid = sandbox.take("db/0");
    inventory(&sandbox, &[("db/0", "", "vm-db-1", "disk-db-1")]);
    assert_eq!(doubts(&sandbox, &[]), std::slice::from_ref(&cid));
    sandbox.run(&["-n", "restore", "--latest", "db/0"]).quiet_success();
    // One that says no UUID is not another one than it was.
    inventory(&sandbox, &[("db/0", A, "vm-db-0", "disk-db-0")]);
    inventory(&sandbox, &[("db/0", "", "vm-db-0", "disk-db-0")]);
    let rows = sandbox.rows(&["instances", "--details"], "instances");
    assert_eq!(rows[0]["uuid"], A);
    // What was taken before its UUID was known is its own, where it has the disk still.
    assert!(doubts(&sandbox, &[]).contains(&cid));
    inventory(&sandbox, &[("db/0", B, "vm-db-1", "disk-db-1")]);
    assert!(doubts(&sandbox, &[]).iter().any(|row| *row == format!("{cid} other_instance")));
}

#[test]
fn the_directors_snapshots_stay_with_their_instance_too() {
    let sandbox = Sandbox::with(&[]);
    let time = "Mon Sep 21 18:02:10 UTC 2026";
    import_both(&sandbox, &[instance("db/0", A, "vm-1", &["disk-1"])], &[snapshot("db/0", "snap-1", time)]);
    import(&sandbox, &[instance("db/0", B, "vm-2", &["disk-2"])]);
    assert_eq!(doubts(&sandbox, &[]), ["snap-1 other_instance"]);
    // The index moves with the instance.
    import(&sandbox, &[instance("db/0", B, "vm-2", &["disk-2"]), instance("db/4", A, "vm-1", &["disk-1"])]);
    assert_eq!(doubts(&sandbox, &["db/4"]), ["snap-1"]);
}

#[test]
fn delete_all_by_a_name_leaves_what_is_of_the_instance_that_had_it_before() {
    let (sandbox, former) = replaced();
    let own = sandbox.take("db/0");
    for name in [&["db/0"][..], &["db", "0"], &["db"]] {
        let planned = sandbox.rows(&[&["-d", "prod", "delete-all", "--dry-run"], name].concat(), "snapshots");
        assert_eq!(planned.iter().map(|row| row["cid"].as_str().unwrap()).collect::<Vec<_>>(), [own.as_str()]);
    }
    let ran = sandbox.run(&["-n", "-d", "prod", "delete-all", "db/0"]);
    ran.quiet_success();
    assert!(
        ran.stderr.contains("1 snapshot is of another instance that had the name before, and passed over"),
        "{ran:?}"
    );
    let left = sandbox.rows(&["snapshots"], "snapshots");
    assert_eq!(left.iter().map(|row| row["cid"].as_str().unwrap()).collect::<Vec<_>>(), [former.as_str()]);
    // Nothing but such: that is no typing error, and nothing goes.
    let ran = sandbox.run(&["-n", "-d", "prod", "delete-all", "db/0"]);
    assert_eq!((ran.status, sandbox.rows(&["snapshots"], "snapshots").len()), (0, 1), "{ran:?}");
    sandbox.run(&["-n", "-d", "prod", "delete-all", &format!("db/{A}")]).quiet_success();
    assert!(sandbox.rows(&["snapshots"], "snapshots").is_empty());
}

#[test]
fn a_snapshot_that_is_adopted_stays_with_the_instance_that_it_was_taken_of() {
    let (sandbox, cid) = replaced();
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection.execute("DELETE FROM snapshots", []).unwrap();
    // Its disk is forgotten as well: only the metadata tell whose it was.
    connection.execute("DELETE FROM disks WHERE cid = 'disk-db-0'", []).unwrap();
    drop(connection);
    sandbox.run(&["-n", "check", "--adopt", &cid]).quiet_success();
    assert_eq!(doubts(&sandbox, &["db/0"]), [format!("{cid} other_instance")]);
    sandbox
        .run(&["-n", "restore", "--latest", "db/0"])
        .refused(5, &["snapback knows no snapshot of db/0 that could be restored"]);
    // Once that instance is known by another name, it is that one's.
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection.execute("DELETE FROM snapshots", []).unwrap();
    drop(connection);
    inventory(&sandbox, &[("db/0", B, "vm-db-1", "disk-db-1"), ("db/5", A, "vm-db-0", "disk-db-0")]);
    sandbox.run(&["-n", "check", "--adopt", &cid]).quiet_success();
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots")[0]["instance"], "db/5");
}
