//! Operations, and what they left.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use super::desk::{Case, Desk, Stands};
use crate::support::fake_env::Environment;
use crate::support::{Ran, Sandbox};

pub const CASES: &[Case] = &[
    Case { finding: "running_operation", next: "snapback operations OPERATION", scene: running },
    Case { finding: "pending_operation", next: "snapback recover OPERATION", scene: killed },
    Case { finding: "pending_operation", next: "snapback recover --take-over OPERATION", scene: without_its_lock },
    Case { finding: "pending_operation", next: "snapback recover OPERATION", scene: behind_a_closed_lock },
    Case { finding: "open_checklist", next: "snapback operations OPERATION --done", scene: a_database_of_the_past },
    Case { finding: "leftover", next: "snapback recover OPERATION", scene: half_removed },
];

fn newest(sandbox: &Sandbox) -> String {
    sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned()
}

fn killed_take() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0"]);
    let killed = sandbox.prepare(&["take"]).fault("take.snapshot_disk.effected=kill").go();
    assert_eq!(killed.status, 128 + 9);
    sandbox
}

fn running(case: &Case, stands: Stands) {
    let sandbox = Sandbox::with(&["db/0"]);
    let held = sandbox.prepare(&["take"]).fault("take.snapshot_disk.effected=sleep:4000").start();
    let until = Instant::now() + Duration::from_secs(30);
    while sandbox.names("cloud/snapshots").is_empty() {
        assert!(Instant::now() < until, "nothing is taken");
        std::thread::sleep(Duration::from_millis(20));
    }
    let id = newest(&sandbox);
    let desk = Desk::at(&sandbox, stands);
    let before = desk.tells(case, &id, &[("OPERATION", &id)], &["take is running"]);
    assert_eq!(before[0]["severity"], "note");
    let ran = Ran::of(held.wait_with_output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    desk.is_gone(case, &id, &before);
}

fn killed(case: &Case, stands: Stands) {
    let sandbox = killed_take();
    let id = newest(&sandbox);
    let desk = Desk::at(&sandbox, stands);
    desk.mends(case, &id, &[("OPERATION", &id)]);
    assert!(desk.finds().is_empty(), "the snapshot is found, too: {:#?}", desk.finds());
}

fn without_its_lock(case: &Case, stands: Stands) {
    let sandbox = killed_take();
    let id = newest(&sandbox);
    fs::remove_file(sandbox.path("director-snapshots.db.locks").join(&id)).unwrap();
    Desk::at(&sandbox, stands).mends(case, &id, &[("OPERATION", &id)]);
}

/// As it is for a user who may not open what another one has made: recover says what is in the way, and is typed again.
fn behind_a_closed_lock(case: &Case, stands: Stands) {
    let sandbox = killed_take();
    let id = newest(&sandbox);
    let locks = sandbox.path("director-snapshots.db.locks");
    fs::set_permissions(&locks, fs::Permissions::from_mode(0o777)).unwrap();
    let (desk, words) = (Desk::at(&sandbox, stands), [("OPERATION", id.as_str())]);
    let finding = desk.found(case, &id, &words);
    assert!(finding["message"].as_str().unwrap().contains("let one do it who may"), "{finding:#?}");
    let ran = desk.types(finding["next"].as_str().unwrap());
    assert!(ran.status != 0 && ran.stderr.contains("chmod"), "{ran:?}");
    fs::set_permissions(&locks, fs::Permissions::from_mode(0o700)).unwrap();
    desk.mends(case, &id, &words);
}

fn a_database_of_the_past(case: &Case, stands: Stands) {
    let environment = Environment::deployed();
    let director = &environment.director;
    let run = |arguments: &[&str]| director.prepare(arguments).env("BOSH_ENVIRONMENT", "").go();
    run(&["import", "bosh-state.json"]).quiet_success();
    let cid = run(&["take", "director/0", "--output", "cid"]).stdout.trim().to_owned();
    let line =
        ["--", "bosh", "create-env", "bosh.yml", "--state", "bosh-state.json", "--recreate", "-o", "bosh-disarmed.yml"];
    run(&[&["-n", "restore", &cid], &line[..]].concat()).quiet_success();
    let id = newest(&director.sandbox);
    let desk = Desk::of(director, stands).named("director.yml", "director-snapshots.db", "self");
    desk.mends(case, &id, &[("OPERATION", &id)]);
}

/// A power cut brings it back: it was being removed, and nobody had made that durable.
fn half_removed(case: &Case, stands: Stands) {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.take("db/0");
    let id = newest(&sandbox);
    let left = sandbox.path("cloud/tmp").join(format!("{id}-1-00000000-0000-4000-8000-000000000001"));
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("disk.img"), "half of it").unwrap();
    Desk::at(&sandbox, stands).mends(case, &id, &[("OPERATION", &id)]);
    assert!(!left.exists());
}
