//! What `prune` never takes: what an instance could be put back from.

use std::fs;

use crate::prune::{at, left, prune_at, run_at, say, sorted, take_at};
use crate::support::Sandbox;

/// The one that `restore --latest` would put back.
#[track_caller]
fn latest(sandbox: &Sandbox, now: &str) -> String {
    let ran = run_at(sandbox, now, &["restore", "--latest", "db/0", "--dry-run"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let told = format!("{}{}", ran.stdout, ran.stderr);
    let found: Vec<String> = left(sandbox).into_iter().filter(|cid| told.contains(cid.as_str())).collect();
    assert_eq!(found.len(), 1, "{told}");
    found[0].clone()
}

#[test]
fn after_the_clock_was_set_back_the_one_that_a_restore_takes_stays() {
    let sandbox = Sandbox::with(&["db/0"]);
    let _older = take_at(&sandbox, &at(23, 0), "db/0");
    let newer = take_at(&sandbox, &at(21, 1), "db/0");
    assert_eq!(latest(&sandbox, &at(24, 0)), newer);
    say(&sandbox, "retention: {keep_last: 1}");
    prune_at(&sandbox, &at(24, 0));
    assert_eq!(left(&sandbox), [newer.as_str()]);
    assert_eq!(latest(&sandbox, &at(24, 0)), newer);
}

/// The Director was asked while it knew only half, and the nightly prune comes next.
#[test]
fn an_inventory_that_was_cut_short_takes_no_last_snapshot_along() {
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    let old = take_at(&sandbox, &at(1, 1), "web/0");
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    let cut = inventory.find("      - name: web/0").unwrap();
    sandbox.write("inventory.yml", &inventory[..cut]);
    run_at(&sandbox, &at(20, 0), &["import", "inventory.yml"]).quiet_success();
    say(&sandbox, "retention: {keep_last: 1, gone_after: 10d}");
    prune_at(&sandbox, &at(20, 1));
    assert_eq!(left(&sandbox), [old.as_str()]);
    // It is there again, and gone again: that counts anew.
    sandbox.write("inventory.yml", &inventory);
    run_at(&sandbox, &at(21, 0), &["import", "inventory.yml"]).quiet_success();
    sandbox.write("inventory.yml", &inventory[..cut]);
    run_at(&sandbox, &at(22, 0), &["import", "inventory.yml"]).quiet_success();
    prune_at(&sandbox, "2026-12-01T23:00:00Z");
    assert_eq!(left(&sandbox), [old]);
    prune_at(&sandbox, "2026-12-02T01:00:00Z");
    assert!(left(&sandbox).is_empty());
}

/// A list that lags, or a snapshot that is not complete yet: the next look may show it again.
#[test]
fn what_the_cloud_hides_for_a_moment_is_not_deleted() {
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    let hidden = [take_at(&sandbox, &at(20, 1), "db/0"), take_at(&sandbox, &at(21, 1), "db/0")];
    let shown = take_at(&sandbox, &at(21, 1), "web/0");
    say(&sandbox, "lifespan: {default: 1d}\n    retention: {keep_last: 1}");
    let place = |cid: &str| sandbox.path("cloud/snapshots").join(cid);
    for cid in &hidden {
        fs::rename(place(cid), sandbox.path(cid)).unwrap();
    }
    let ran = prune_at(&sandbox, &at(25, 0));
    for cid in &hidden {
        fs::rename(sandbox.path(cid), place(cid)).unwrap();
    }
    assert!(left(&sandbox).contains(&hidden[1]) && left(&sandbox).contains(&shown), "{ran:?}");
    assert_eq!(latest(&sandbox, &at(25, 1)), hidden[1]);
}

/// The disks that a whole take is of are deleted, and of the new ones there is only half.
#[test]
fn the_last_whole_take_stays_though_its_disks_are_gone() {
    let sandbox = Sandbox::empty();
    sandbox.furnish_disks(&[("db/0", &["disk-db-0", "wal"])], "");
    let taken = run_at(&sandbox, &at(20, 1), &["take", "--output", "cid"]);
    let whole: Vec<String> = taken.stdout.lines().map(str::to_owned).collect();
    assert_eq!((taken.status, whole.len()), (0, 2), "{taken:?}");
    let restore = [&["-n", "restore"][..], &whole.iter().map(String::as_str).collect::<Vec<_>>()].concat();
    let restored = run_at(&sandbox, &at(20, 2), &restore);
    assert_eq!(restored.status, 0, "{restored:?}");
    let restore = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    for disk in ["disk-db-0", "wal"] {
        let deleted = run_at(&sandbox, &at(20, 3), &["-n", "delete-disk", disk, "--give-up-undo", &restore]);
        assert_eq!(deleted.status, 0, "{deleted:?}");
    }
    let half = sandbox.prepare(&["take", "--parallel", "1"]).env("SNAPBACK_TEST_NOW", &at(20, 4));
    assert_eq!(half.fault("take.snapshot_disk.before#2=error").go().status, 3);
    say(&sandbox, "retention: {keep_last: 1, undo_within: 1s}");
    prune_at(&sandbox, &at(25, 0));
    assert!(whole.iter().all(|cid| left(&sandbox).contains(cid)), "{whole:?}: {:?}", left(&sandbox));
}

#[test]
fn what_the_cloud_has_lost_pushes_none_out() {
    let sandbox = Sandbox::with(&["db/0"]);
    let taken = [1, 2, 3, 4, 5, 6].map(|hour| take_at(&sandbox, &at(20, hour), "db/0"));
    for lost in [&taken[3], &taken[4]] {
        fs::remove_dir_all(sandbox.path("cloud/snapshots").join(lost)).unwrap();
    }
    say(&sandbox, "retention: {keep_last: 3}");
    prune_at(&sandbox, &at(21, 0));
    assert_eq!(left(&sandbox), sorted(&[&taken[1], &taken[2], &taken[5]]));
}

#[test]
fn an_instance_with_nothing_good_keeps_the_best_that_there_is() {
    let sandbox = Sandbox::with(&["db/0"]);
    let wrong = take_at(&sandbox, &at(20, 1), "db/0");
    sandbox.manifest(true, "verify: ['false']");
    assert_ne!(sandbox.run(&["drill", &wrong]).status, 0);
    let lives = "lifespan: {default: 1h}";
    say(&sandbox, lives);
    let later = take_at(&sandbox, &at(20, 2), "db/0");
    sandbox.manifest(true, "verify: ['false']");
    assert_ne!(sandbox.run(&["drill", &later]).status, 0);
    say(&sandbox, lives);
    prune_at(&sandbox, &at(25, 0));
    assert!(left(&sandbox).contains(&later), "{:?}", left(&sandbox));
}

#[test]
fn takes_that_failed_halfway_push_no_whole_one_out() {
    let sandbox = Sandbox::empty();
    sandbox.furnish_disks(&[("db/0", &["disk-db-0", "wal"])], "");
    for hour in [1, 2] {
        assert_eq!(run_at(&sandbox, &at(20, hour), &["take"]).status, 0);
    }
    for hour in [3, 4] {
        let half = sandbox.prepare(&["take", "--parallel", "1"]).env("SNAPBACK_TEST_NOW", &at(20, hour));
        assert_eq!(half.fault("take.snapshot_disk.before#2=error").go().status, 3);
    }
    say(&sandbox, "retention: {keep_last: 2}");
    prune_at(&sandbox, &at(21, 0));
    assert_eq!(left(&sandbox).len(), 6);
}
