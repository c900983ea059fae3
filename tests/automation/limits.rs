//! What the manifest's limits allow: how many takes, of how large disks, and how full it may get.

use std::fs;

use serde_json::Value;

use crate::prune::{at, left, run_at, say, sorted, take_at};
use crate::support::{Sandbox, disk_of};

#[test]
fn one_take_too_many_is_refused_before_anything_is_done() {
    let sandbox = Sandbox::with(&["db/0"]);
    let first = take_at(&sandbox, &at(1, 1), "db/0");
    say(&sandbox, "limits: {max_per_instance: 1}");
    let refused =
        ["has 1 take, and may have 1: director.yml, line ", "limits.max_per_instance", "snapback delete snap-"];
    sandbox.run(&["take"]).refused(4, &refused);
    sandbox.run(&["take", "--dry-run"]).refused(4, &refused);
    assert_eq!((left(&sandbox), sandbox.rows(&["operations"], "operations").len()), (vec![first.clone()], 1));
    sandbox.run(&["-n", "delete", &first]).quiet_success();
    sandbox.run(&["take"]).quiet_success();
}

#[test]
fn a_new_take_replaces_the_oldest_once_it_is_there() {
    let sandbox = Sandbox::empty();
    sandbox.furnish_disks(&[("db/0", &["disk-db-0", "wal"])], "");
    say(&sandbox, "limits: {max_per_instance: 1, replace: true}");
    for hour in [1, 2, 3] {
        let ran = run_at(&sandbox, &at(1, hour), &["take"]);
        assert_eq!((ran.status, left(&sandbox).len()), (0, 2), "{ran:?}");
    }
    // Where only one of its disks could be taken, the take before stays whole.
    let failed = sandbox.prepare(&["take", "--parallel", "1"]).fault("take.snapshot_disk.before#2=error").go();
    assert_eq!((failed.status, left(&sandbox).len()), (3, 3), "{failed:?}");
}

/// A kill between the new one and the old one leaves both.
#[test]
fn a_take_that_is_killed_has_replaced_nothing() {
    let sandbox = Sandbox::with(&["db/0"]);
    say(&sandbox, "limits: {max_per_instance: 1, replace: true}");
    let old = take_at(&sandbox, &at(1, 1), "db/0");
    let take = || sandbox.prepare(&["take"]).env("SNAPBACK_TEST_NOW", &at(1, 2));
    assert_eq!(take().fault("take.snapshot_disk.effected=kill").go().status, 137);
    sandbox.run(&["recover"]).quiet_success();
    assert_eq!(left(&sandbox).len(), 2);
    assert_eq!(take().fault("prune.delete_snapshot.intended=kill").go().status, 137);
    assert_eq!(left(&sandbox).len(), 3);
    sandbox.run(&["recover"]).quiet_success();
    take().go().quiet_success();
    assert!(left(&sandbox).len() == 1 && !left(&sandbox).contains(&old));
}

#[test]
fn a_take_that_is_held_is_not_replaced() {
    let sandbox = Sandbox::with(&["db/0"]);
    say(&sandbox, "limits: {max_per_instance: 2, replace: true}");
    let [held, old, new] = [1, 2, 3].map(|hour| {
        let cid = take_at(&sandbox, &at(1, hour), "db/0");
        if hour == 1 {
            sandbox.run(&["hold", &cid, "--reason", "audit"]).quiet_success();
        }
        cid
    });
    assert_eq!(left(&sandbox), sorted(&[&held, &old, &new]), "one more than two, but for the one that is held");
    sandbox.run(&["hold", &new, "--reason", "audit"]).quiet_success();
    sandbox.run(&["take"]).refused(4, &["2 takes, and as many are held", &format!("snapback release {held}")]);
}

#[test]
fn a_disk_that_is_too_large_is_refused_and_the_others_are_taken() {
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    let large = inventory.replacen("size_mib: 1\n", "size_mib: 2097152\n", 1);
    sandbox.write("inventory.yml", &large);
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    say(&sandbox, "limits: {max_disk_size: 1TiB}");
    let disk = disk_of("db/0");
    sandbox.run(&["take", "db/0"]).refused(4, &[&disk, "2.0 TiB", "up to 1.0 TiB", "limits.max_disk_size"]);
    assert!(left(&sandbox).is_empty() && sandbox.rows(&["operations"], "operations").is_empty());
    let dry = sandbox.run(&["take", "--dry-run"]);
    assert!(dry.status == 0 && dry.stderr.contains("it would be refused: db/0: disk"), "{dry:?}");
    let ran = sandbox.run(&["take", "--output", "json"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let rows = document["snapshots"].as_array().unwrap();
    let of = |instance: &str| rows.iter().find(|row| row["instance"] == instance).unwrap();
    assert_eq!((ran.status, left(&sandbox).len()), (3, 1), "{ran:?}");
    assert!(of("web/0")["cid"].is_string() && of("db/0")["error"].as_str().unwrap().contains("1.0 TiB"), "{rows:?}");
}

#[test]
fn take_and_check_say_how_little_is_free() {
    let sandbox = Sandbox::with(&["db/0"]);
    say(&sandbox, "limits: {min_free: 1MiB}");
    let enough = sandbox.run(&["take"]);
    assert!(enough.status == 0 && !enough.stderr.contains("free"), "{enough:?}");
    say(&sandbox, "limits: {min_free: 1000000TiB}");
    let take = sandbox.run(&["take"]);
    assert!(take.status == 0 && take.stderr.contains("less than snapback.limits.min_free"), "{take:?}");
    let check = sandbox.run(&["check"]);
    assert!(check.status == 11 && check.stdout.contains("little_space"), "{check:?}");
}

#[test]
fn a_restore_of_a_disk_with_a_catalogue_of_backups_is_warned_of() {
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    let [db, web] = ["db/0", "web/0"].map(|instance| sandbox.take(instance));
    say(&sandbox, "backup_catalogue: [db]");
    let warned = |cid: &str| {
        let ran = sandbox.run(&["restore", cid, "--dry-run"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.stderr.contains("a catalogue of backups lives on the disk of db/0")
    };
    assert!(warned(&db) && !warned(&web));
    say(&sandbox, "backup_catalogue: true");
    let ran = sandbox.run(&["-n", "restore", &web]);
    assert!(ran.status == 0 && ran.stderr.contains("a catalogue of backups lives on the disk of web/0"), "{ran:?}");
}

/// A backend says it of itself; the warning of a take is in the tests of OpenStack.
#[test]
fn what_snapshots_block_is_a_property_of_the_cloud() {
    use snapback::cpi::registry::builtin;
    use snapback::domain::ids::CpiName;
    for (name, is) in [("openstack_cpi", true), ("aws_cpi", false), ("local_cpi", false)] {
        assert_eq!(builtin(&CpiName::new(name)).unwrap().blocked_by_snapshots.is_some(), is, "{name}");
    }
}

#[test]
fn a_guard_keeps_to_the_limits() {
    let sandbox = Sandbox::with(&["db/0"]);
    let old = take_at(&sandbox, &at(1, 1), "db/0");
    say(&sandbox, "limits: {max_per_instance: 1}");
    let refused = sandbox.run(&["guard", "--", "touch", "ran"]);
    assert!(refused.status == 125 && refused.stderr.contains("max_per_instance"), "{refused:?}");
    assert!(!sandbox.path("ran").exists() && left(&sandbox) == [old.as_str()]);
    say(&sandbox, "limits: {max_per_instance: 1, replace: true}");
    sandbox.run(&["guard", "--", "touch", "ran"]).quiet_success();
    assert!(sandbox.path("ran").exists() && left(&sandbox).len() == 1 && left(&sandbox) != [old.as_str()]);
}
