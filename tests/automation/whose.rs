//! `prune`, and whose snapshots they are: instances that share a name, clouds that are unknown, very many, and the Director's.

use std::fs;
use std::io::Write;

use serde_json::Value;

use crate::prune::{at, left, run_at, say, sorted, take_at};
use crate::support::{Sandbox, disk_of, vm_of};

/// Imports `db/0` with this UUID and this disk.
fn recreated(sandbox: &Sandbox, uuid: &str, disk: &str) {
    let vm = vm_of(disk);
    sandbox.make_disk(disk, 1 << 20, disk);
    sandbox.make_vm(&vm, &[disk]);
    sandbox.write(
        "inventory.yml",
        &format!(
            "deployments:\n  - name: prod\n    instances:\n      - name: db/0\n        uuid: {uuid}\n        vm_cid: {vm}\n        \
             managed_by: nobody\n        disks:\n          - cid: {disk}\n            size_mib: 1\n"
        ),
    );
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
}

#[test]
fn an_instance_that_got_the_name_of_another_does_not_push_its_snapshots_out() {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    recreated(&sandbox, "29ae97ec-3106-450b-a848-98cb3b25d861", "disk-one");
    let former = [1, 2, 3].map(|hour| take_at(&sandbox, &at(1, hour), "db/0"));
    recreated(&sandbox, "29ae97ec-3106-450b-a848-98cb3b25d862", "disk-two");
    let now = [1, 2].map(|hour| take_at(&sandbox, &at(2, hour), "db/0"));
    say(&sandbox, "retention: {keep_last: 1}");
    // A name means the instance that has it now.
    assert_eq!(run_at(&sandbox, &at(3, 0), &["-n", "prune", "db/0"]).status, 0);
    assert_eq!(left(&sandbox), sorted(&[&former[0], &former[1], &former[2], &now[1]]));
    assert_eq!(run_at(&sandbox, &at(3, 0), &["-n", "prune"]).status, 0);
    assert_eq!(left(&sandbox), sorted(&[&former[2], &now[1]]), "each has its own floor");
}

#[test]
fn after_a_restore_the_snapshot_of_the_disk_before_stays_until_there_is_a_newer_one() {
    let sandbox = Sandbox::with(&["db/0"]);
    let [old, cid] = [1, 2].map(|hour| take_at(&sandbox, &at(1, hour), "db/0"));
    assert_eq!(run_at(&sandbox, &at(1, 3), &["-n", "restore", &cid, "--no-safety-snapshot"]).status, 0);
    say(&sandbox, "retention: {keep_last: 1, undo_within: 1h}");
    assert_eq!(run_at(&sandbox, &at(2, 0), &["-n", "prune"]).status, 0);
    assert_eq!(left(&sandbox), [cid], "{old} goes");
    let new = take_at(&sandbox, &at(2, 1), "db/0");
    assert_eq!(run_at(&sandbox, &at(2, 2), &["-n", "prune"]).status, 0);
    assert_eq!(left(&sandbox), [new]);
}

#[test]
fn a_cloud_that_is_not_known_any_more_keeps_no_other_from_being_pruned() {
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    let of = |instance: &str| [1, 2].map(|hour| take_at(&sandbox, &at(1, hour), instance));
    let (db, web) = (of("db/0"), of("web/0"));
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection.execute_batch("UPDATE snapshots SET cpi = 'left_cpi' WHERE grp = 'web'").unwrap();
    say(&sandbox, "retention: {keep_last: 1}");
    let ran = run_at(&sandbox, &at(2, 0), &["-n", "prune", "--output", "json"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let rows = document["snapshots"].as_array().unwrap();
    let result = |cid: &str| rows.iter().find(|row| row["cid"] == cid).unwrap()["result"].clone();
    assert_eq!((ran.status, result(&db[0]), result(&web[0])), (3, "deleted".into(), "failed".into()), "{ran:?}");
    assert_eq!(left(&sandbox), sorted(&[&db[1], &web[0], &web[1]]));
}

#[test]
fn what_is_the_directors_is_neither_counted_nor_touched() {
    let sandbox = Sandbox::with(&["db/0"]);
    let [old, directors, new] = [1, 2, 3].map(|hour| take_at(&sandbox, &at(1, hour), "db/0"));
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    let sql = "UPDATE snapshots SET owner = 'director', expires_at = 1 WHERE cid = ?1";
    connection.execute(sql, [&directors]).unwrap();
    say(&sandbox, "retention: {keep_last: 2}");
    assert_eq!(run_at(&sandbox, &at(2, 0), &["-n", "prune"]).status, 0);
    assert_eq!(left(&sandbox), sorted(&[&old, &directors, &new]));
    sandbox
        .run(&["hold", &directors, "--reason", "audit"])
        .refused(4, &["is the Director's", "snapback -d prod take db/0"]);
}

/// A dead clock battery, and one that jumps: what is known stays restorable.
#[test]
fn a_clock_that_jumps_takes_no_instance_its_last_one() {
    let sandbox = Sandbox::with(&["db/0"]);
    say(&sandbox, "retention: {keep_last: 2, keep_within: 1d}\n    lifespan: {default: 3d}");
    (1..5).for_each(|day| drop(take_at(&sandbox, &at(day, 0), "db/0")));
    assert_eq!(run_at(&sandbox, "1970-01-01T00:00:00Z", &["-n", "prune"]).status, 0);
    assert_eq!(left(&sandbox).len(), 4, "all of them are in the future");
    assert_eq!(run_at(&sandbox, "2096-01-01T00:00:00Z", &["-n", "prune"]).status, 0);
    assert_eq!(left(&sandbox).len(), 1, "all have expired, and the last one stays");
    let newest = take_at(&sandbox, &at(6, 0), "db/0");
    assert_eq!(run_at(&sandbox, &at(6, 1), &["-n", "prune"]).status, 0);
    assert!(left(&sandbox).contains(&newest));
}

#[test]
fn a_hundred_thousand_snapshots_are_planned() {
    let sandbox = Sandbox::with(&["db/0"]);
    let mut connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    let transaction = connection.transaction().unwrap();
    transaction
        .execute_batch(&format!(
            "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
             SELECT i FROM n;
             INSERT INTO snapshots (cpi, cid, disk, deployment, grp, idx, owner, purpose, created_at, clean, consistency)
             SELECT 'local_cpi', 'snap-' || i, '{}', 'prod', 'db', i % 1000, 'snapback', 'take',
             1700000000000 + i * 60000, 0, 'crash' FROM n;",
            disk_of("db/0")
        ))
        .unwrap();
    transaction.commit().unwrap();
    drop(connection);
    say(&sandbox, "retention: {keep_last: 100, keep_daily: 7}");
    let begun = std::time::Instant::now();
    let ran = run_at(&sandbox, &at(1, 0), &["prune", "--dry-run", "--output", "json"]);
    writeln!(std::io::stderr(), "100,000 snapshots are planned, and shown: {:?}", begun.elapsed()).unwrap();
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let rows = document["snapshots"].as_array().unwrap();
    assert_eq!((ran.status, rows.len()), (0, 100_000));
    assert!(rows.iter().all(|row| row["result"] == "kept"));
    fs::remove_file(sandbox.state()).unwrap();
}
