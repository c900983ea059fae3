//! What is too old, or late.

use std::fs;

use chrono::{TimeDelta, Utc};

use super::desk::{Case, Desk, Stands};
use super::directors::{directed, exchange};
use super::disks::{desk, environment, filled};
use crate::support::Sandbox;
use crate::support::fake_bosh::Director;

const ASK: &str = "snapback import --from-bosh && snapback check --from-bosh";

pub const CASES: &[Case] = &[
    Case { finding: "stale_inventory", next: "snapback import inventory.yml", scene: stale },
    Case { finding: "stale_inventory", next: "snapback import bosh-state.json", scene: stale_of_create_envs },
    Case { finding: "stale_inventory", next: "snapback import --from-bosh", scene: stale_of_a_directors },
    Case { finding: "orphan_deadline", next: "snapback disks --orphaned", scene: to_be_deleted },
    Case { finding: "orphan_deadline", next: ASK, scene: deleted },
    Case { finding: "orphan_deadline", next: "snapback import --from-bosh", scene: deleted_and_asked },
    Case { finding: "old_snapshots", next: "snapback -d DEPLOYMENT prune --dry-run INSTANCE", scene: old },
    Case { finding: "schedule_overdue", next: "snapback schedule run --once", scene: overdue },
    Case { finding: "schedule_never_runs", next: "snapback schedule show NAME", scene: never_run },
];

/// So many hours from now on.
fn in_hours(hours: i64) -> String {
    (Utc::now() + TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn stale(case: &Case, stands: Stands) {
    let sandbox = Sandbox::with(&["db/0"]);
    let desk = Desk::at(&sandbox, stands).env("SNAPBACK_TEST_NOW", &in_hours(48));
    let file = sandbox.path("inventory.yml");
    desk.mends_with(case, "prod", &[], &[("inventory.yml", file.to_str().unwrap())]);
}

fn stale_of_create_envs(case: &Case, stands: Stands) {
    let environment = environment();
    let desk = desk(&environment, stands).env("SNAPBACK_TEST_NOW", &in_hours(48));
    desk.mends_with(case, "self", &[], &[("import bosh-state.json", &filled(&environment)[3].1)]);
}

fn stale_of_a_directors(case: &Case, stands: Stands) {
    let director = directed();
    Desk::of(&director, stands).env("SNAPBACK_TEST_NOW", &in_hours(48)).mends(case, "prod", &[]);
}

/// The Director has put `disk-db-0` away.
fn exchanged() -> Director {
    let director = directed();
    exchange(&director);
    director.run(&["import", "--from-bosh"]).quiet_success();
    director
}

fn to_be_deleted(case: &Case, stands: Stands) {
    let director = exchanged();
    for (hours, severity) in [(1, "note"), (4 * 24 + 12, "problem")] {
        let desk = Desk::of(&director, stands).env("SNAPBACK_TEST_NOW", &in_hours(hours));
        let before = desk.tells(case, "disk-db-0", &[], &["BOSH deletes it after", "save before what you need of it"]);
        assert!(before.iter().any(|one| one["finding"] == case.finding && one["severity"] == severity), "{before:#?}");
    }
    // Past it, the Director has it still.
    let desk = Desk::of(&director, stands).env("SNAPBACK_TEST_NOW", &in_hours(6 * 24)).checking(&["--from-bosh"]);
    let before = desk.tells(case, "disk-db-0", &[], &["lists it still"]);
    director.bosh(&["delete-disk", "disk-db-0"]).quiet_success();
    assert_eq!(desk.types(&desk.line("snapback import --from-bosh", &[])).status, 0);
    desk.is_gone(case, "disk-db-0", &before);
}

fn deleted(case: &Case, stands: Stands) {
    let director = exchanged();
    director.bosh(&["delete-disk", "disk-db-0"]).quiet_success();
    Desk::of(&director, stands).env("SNAPBACK_TEST_NOW", &in_hours(6 * 24)).mends(case, "disk-db-0", &[]);
}

fn deleted_and_asked(case: &Case, stands: Stands) {
    let director = exchanged();
    director.bosh(&["delete-disk", "disk-db-0"]).quiet_success();
    let desk = Desk::of(&director, stands).env("SNAPBACK_TEST_NOW", &in_hours(6 * 24));
    desk.checking(&["--from-bosh"]).mends(case, "disk-db-0", &[]);
}

fn says(sandbox: &Sandbox, lines: &str) {
    sandbox.manifest(true, "");
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    sandbox.write("director.yml", &format!("{manifest}  snapback:\n{lines}"));
}

/// A note: whether they go is for the operator to say, who sees first which would go.
fn old(case: &Case, stands: Stands) {
    for by in ["snapback -d prod prune db/0", "snapback delete CID"] {
        let sandbox = Sandbox::with(&["db/0"]);
        says(&sandbox, "    retention: {keep_last: 1}\n");
        let taken = sandbox.prepare(&["take", "db/0", "--output", "cid"]).env("SNAPBACK_TEST_NOW", &in_hours(-24 * 20));
        let cid = taken.go().stdout.trim().to_owned();
        sandbox.take("db/0");
        let desk = Desk::at(&sandbox, stands);
        let words = [("DEPLOYMENT", "prod"), ("INSTANCE", "db/0"), ("CID", &cid)];
        let before = desk.tells(case, "db/0", &words, &["`snapback prune`", "`snapback delete`"]);
        assert_eq!(before[0]["severity"], "note");
        assert_eq!(desk.types(&desk.line(by, &words)).status, 0);
        desk.is_gone(case, "db/0", &before);
    }
}

fn overdue(case: &Case, stands: Stands) {
    let sandbox = Sandbox::with(&["db/0"]);
    says(&sandbox, "    schedule:\n      jobs: [{name: nightly, cron: '0 2 * * *', do: take, select: db/0}]\n");
    sandbox.prepare(&["schedule", "run", "--once"]).env("SNAPBACK_TEST_NOW", &in_hours(-100)).go().quiet_success();
    Desk::at(&sandbox, stands).mends(case, "nightly", &[]);
}

/// By nature the manifest has to be put right; the next command shows where.
fn never_run(case: &Case, stands: Stands) {
    let sandbox = Sandbox::with(&["db/0"]);
    let cron = |is: &str| {
        says(&sandbox, "    schedule: {deployments: true}\n");
        let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
        let line = format!("enable_snapshots: true\n    snapshot_schedule: '{is}'");
        sandbox.write("director.yml", &manifest.replace("enable_snapshots: true", &line));
    };
    cron("bad cron");
    let desk = Desk::at(&sandbox, stands);
    let before = desk.tells(case, "deployments", &[("NAME", "deployments")], &["director.yml:", "is never run"]);
    cron("0 0 7 * * * UTC");
    desk.is_gone(case, "deployments", &before);
}
