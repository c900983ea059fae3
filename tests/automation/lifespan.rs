//! How long snapshots live: what is asked for, what is allowed, what expires, and what begins anew.

use serde_json::{Value, json};

use crate::prune::{at, left, run_at, say, sorted};
use crate::support::{Sandbox, disk_of};

/// When each snapshot expires, in the order of the list.
fn expiries(sandbox: &Sandbox) -> Vec<Value> {
    let rows = sandbox.rows(&["snapshots", "--wide"], "snapshots");
    let time = |row: &Value| row["expires"].as_str().map_or(Value::Null, |time| json!(time.replace(".000Z", "Z")));
    rows.iter().map(time).collect()
}

#[track_caller]
fn take_for(sandbox: &Sandbox, time: &str, lifespan: &[&str]) -> String {
    let ran = run_at(sandbox, time, &[&["take", "db/0", "--output", "cid"], lifespan].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.stdout.trim().to_owned()
}

#[test]
fn a_lifespan_is_what_was_asked_for_or_what_the_manifest_says() {
    let sandbox = Sandbox::with(&["db/0"]);
    take_for(&sandbox, &at(1, 1), &[]);
    take_for(&sandbox, &at(1, 2), &["--lifespan", "2d"]);
    say(&sandbox, "lifespan: {default: 3d}");
    take_for(&sandbox, &at(1, 3), &[]);
    take_for(&sandbox, &at(1, 4), &["--lifespan", "none"]);
    say(&sandbox, "lifespan: {max: 10d}");
    take_for(&sandbox, &at(1, 5), &[]);
    let expected = [Value::Null, json!("2026-11-03T02:00:00Z"), json!("2026-11-04T03:00:00Z"), Value::Null];
    let found = expiries(&sandbox);
    assert_eq!(&found[..4], expected, "{found:?}");
    assert_eq!(found[4], "2026-11-11T05:00:00Z", "what is allowed holds where nobody says anything");
}

#[test]
fn longer_than_the_cap_is_refused_before_anything_is_done() {
    let sandbox = Sandbox::with(&["db/0"]);
    say(&sandbox, "lifespan: {default: 3d, max: 10d}");
    for longer in ["11d", "10d 1s", "none"] {
        let refused = ["director.yml, line ", "properties.snapback.lifespan", "at most 10d"];
        sandbox.run(&["take", "--lifespan", longer]).refused(4, &refused);
        sandbox.run(&["take", "--lifespan", longer, "--dry-run"]).refused(4, &refused);
    }
    assert!(left(&sandbox).is_empty() && sandbox.rows(&["operations"], "operations").is_empty());
    sandbox.run(&["take", "--lifespan", "10"]).refused(2, &["10d, 12h, or `none`"]);
    sandbox.run(&["take", "--lifespan", "10d"]).quiet_success();
}

#[test]
fn what_has_expired_goes_at_the_next_prune_but_the_last_one() {
    let sandbox = Sandbox::with(&["db/0"]);
    take_for(&sandbox, &at(1, 1), &["--lifespan", "1d"]);
    let longer = take_for(&sandbox, &at(1, 2), &["--lifespan", "3d"]);
    let last = take_for(&sandbox, &at(1, 3), &["--lifespan", "1d"]);
    assert_eq!(run_at(&sandbox, &at(2, 12), &["-n", "prune"]).status, 0);
    assert_eq!(left(&sandbox), sorted(&[&longer, &last]));
    assert_eq!(run_at(&sandbox, &at(9, 0), &["-n", "prune"]).status, 0);
    assert_eq!(left(&sandbox), [last], "the last one stays, though it has expired");
}

#[test]
fn a_snapshot_that_was_restored_is_kept_and_its_lifespan_begins_anew() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = take_for(&sandbox, &at(1, 1), &["--lifespan", "2d"]);
    sandbox.damage(&disk_of("db/0"), "damaged");
    assert_eq!(run_at(&sandbox, &at(2, 0), &["restore", &cid, "--dry-run", "--save", "plan.json"]).status, 0);
    assert_eq!(expiries(&sandbox)[0], "2026-11-03T01:00:00Z", "a dry run changes nothing");
    assert_eq!(run_at(&sandbox, &at(2, 0), &["-n", "restore", &cid]).status, 0);
    assert_eq!(expiries(&sandbox)[0], "2026-11-04T00:00:00Z");
    assert_eq!(expiries(&sandbox)[1], Value::Null, "the safety snapshot never expires by itself");
    assert_eq!(run_at(&sandbox, &at(2, 1), &["-n", "undo"]).status, 0);
    assert_eq!(run_at(&sandbox, &at(2, 2), &["restore", &cid, "--dry-run", "--save", "again.json"]).status, 0);
    let applied = run_at(&sandbox, &at(2, 3), &["-n", "apply", "again.json"]);
    assert_eq!(applied.status, 0, "{applied:?}");
    assert_eq!(expiries(&sandbox)[0], "2026-11-04T03:00:00Z");
}

#[test]
fn a_restore_of_several_lets_the_lifespan_of_each_begin_anew() {
    let sandbox = Sandbox::empty();
    sandbox.furnish_disks(&[("db/0", &["disk-db-0", "wal"])], "");
    let ran = run_at(&sandbox, &at(1, 1), &["take", "--lifespan", "2d", "--output", "cid"]);
    let [one, other] = ran.stdout.lines().collect::<Vec<_>>()[..] else { panic!("{ran:?}") };
    take_for(&sandbox, &at(1, 2), &["--lifespan", "2d"]);
    let restored = run_at(&sandbox, &at(2, 0), &["-n", "restore", one, other, "--no-safety-snapshot"]);
    assert_eq!(restored.status, 0, "{restored:?}");
    let (anew, not) = (json!("2026-11-04T00:00:00Z"), json!("2026-11-03T02:00:00Z"));
    assert_eq!(expiries(&sandbox), [anew.clone(), anew.clone(), not.clone(), not.clone()]);
    let set = sandbox.rows(&["snapshots"], "snapshots")[0]["operation"].as_str().unwrap().to_owned();
    let restored = run_at(&sandbox, &at(2, 5), &["-n", "restore", "--set", &set, "--no-safety-snapshot"]);
    assert_eq!(restored.status, 0, "{restored:?}");
    let later = json!("2026-11-04T05:00:00Z");
    assert_eq!(expiries(&sandbox), [later.clone(), later, not.clone(), not]);
}

/// The instance has its disk by then: that is what counts.
#[test]
fn a_lifespan_that_cannot_begin_anew_is_a_remark_of_the_restore() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = take_for(&sandbox, &at(1, 1), &["--lifespan", "2d"]);
    let restore = sandbox.prepare(&["-n", "restore", &cid, "--output", "json"]).env("SNAPBACK_TEST_NOW", &at(2, 0));
    let ran = restore.fault("restore.begin_lifespan.before=error").go();
    assert!(ran.status == 0 && ran.stdout.contains("does not begin anew"), "{ran:?}");
    assert_eq!(expiries(&sandbox)[0], "2026-11-03T01:00:00Z");
}

#[test]
fn old_snapshots_are_warned_of_whatever_is_set() {
    let sandbox = Sandbox::with(&["db/0"]);
    take_for(&sandbox, &at(1, 0), &[]);
    let warned = |time: &str| {
        let ran = run_at(&sandbox, time, &["snapshots"]);
        assert_eq!((ran.status, ran.stdout.lines().count()), (0, 1), "{ran:?}");
        ran.stderr.contains("not a backup")
    };
    assert!(!warned(&at(10, 23)) && warned(&at(11, 1)));
    say(&sandbox, "warn_age: 2d");
    assert!(!warned(&at(2, 23)) && warned(&at(3, 1)));
    let check = run_at(&sandbox, &at(3, 1), &["check", "--output", "json", "--max-inventory-age", "off"]);
    let found: Value = serde_json::from_str(&check.stdout).unwrap();
    let of_old = found["findings"].as_array().unwrap().iter().find(|one| one["finding"] == "old_snapshots").unwrap();
    assert_eq!((&of_old["severity"], &of_old["about"]), (&json!("note"), &json!("db/0")));
    assert_eq!(check.status, 0, "{check:?}");
}

#[test]
fn a_negative_lifespan_gets_one_message_and_a_misspelt_schedule_a_warning() {
    let sandbox = Sandbox::with(&["db/0"]);
    let ran = sandbox.run(&["take", "--lifespan", "-1d"]);
    assert!(ran.status == 2 && ran.stderr.contains("write 10d, 12h, or `none`"), "{ran:?}");
    say(&sandbox, "schedule: {jobs: [{name: nightly, cron: '0 2 * * *', do: take}]}");
    let ran = sandbox.run(&["take", "--schedule", "nigthly"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("--schedule nigthly: the manifest has no schedule of that name; did you mean 'nightly'?")
    );
    for known in ["nightly", "self", "deployments"] {
        let ran = sandbox.run(&["take", "--schedule", known]);
        assert!(ran.status == 0 && !ran.stderr.contains("no schedule of that name"), "{ran:?}");
    }
}
