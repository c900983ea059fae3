//! Schedules beside each other: one that hangs, one with a deadline, what is not caught up, and what is left without any snapshot.
#![cfg(debug_assertions)]

use std::fs;

use super::clean::{executable, soon};
use super::schedule::{at, jobs};
use crate::support::{Ran, Sandbox};

const OFTEN: &str = "{name: often, cron: '0 * * * *', do: take, select: db/1}";

/// Two instances; the quiesce hook of `db/0` hangs, until it is ended.
fn hanging(job: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    executable(&sandbox, "quiesce", "#!/bin/sh\necho $$ > hook.new; mv hook.new hook\nexec sleep 600\n");
    executable(&sandbox, "resume", "#!/bin/sh\nrm -f hook\n");
    sandbox.furnish(&["db/0", "db/1"], "quiesce: [./quiesce]\nresume: [./resume]\nmax_still: 86400");
    jobs(&sandbox, &[job, OFTEN]);
    sandbox
}

fn taken_by(sandbox: &Sandbox, schedule: &str) -> usize {
    sandbox.rows(&["snapshots"], "snapshots").iter().filter(|row| row["schedule"] == schedule).count()
}

fn row(sandbox: &Sandbox, name: &str, key: &str) -> String {
    sandbox.rows(&["schedule", "show", name], "schedules")[0][key].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_child_that_hangs_keeps_no_other_schedule_from_being_on_time() {
    let sandbox = hanging("{name: stuck, cron: '0 2 * * *', do: take, select: db/0, clean: true}");
    let once = ["schedule", "run", "--once"];
    let first = sandbox.prepare(&once).env("SNAPBACK_TEST_NOW", "2027-03-01T02:00:00Z").start();
    soon("it hangs", || sandbox.path("hook").exists());
    // The other one of the same moment, and each that comes while it hangs.
    soon("the other is run", || taken_by(&sandbox, "often") == 1);
    for hour in 3..6 {
        let ran = at(&sandbox, &format!("2027-03-01T{hour:02}:00:00Z"), &once);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(!ran.stdout.contains("stuck"), "it is not begun again: {ran:?}");
        assert_eq!(taken_by(&sandbox, "often"), hour - 1, "{ran:?}");
        let due = row(&sandbox, "often", "last");
        assert!(due.is_empty() || due.contains(&format!("T{hour:02}:00")), "{due}");
    }
    assert_eq!((row(&sandbox, "stuck", "is").as_str(), taken_by(&sandbox, "stuck")), ("running", 0));
    let hook: i32 = fs::read_to_string(sandbox.path("hook")).unwrap().trim().parse().unwrap();
    let hook = rustix::process::Pid::from_raw(hook).unwrap();
    rustix::process::kill_process(hook, rustix::process::Signal::KILL).unwrap();
    let ran = Ran::of(first.wait_with_output().unwrap());
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stderr.contains("stuck failed, due at 2027-03-01 02:00:00 UTC"), "{ran:?}");
}

#[test]
fn a_run_that_takes_longer_than_its_deadline_is_ended_and_told_and_the_instance_goes_on() {
    let sandbox = hanging("{name: stuck, cron: '0 2 * * *', do: take, select: db/0, clean: true, deadline: 3s}");
    let ran = at(&sandbox, "2027-03-01T02:00:00Z", &["schedule", "run", "--once"]);
    ran.refused_after_rows(3, "it was still at work after 3s, its deadline, and was ended");
    assert_eq!((row(&sandbox, "stuck", "result").as_str(), taken_by(&sandbox, "often")), ("failed", 1), "{ran:?}");
    // Its process that keeps watch has run the resume hook.
    soon("it goes on", || !sandbox.path("hook").exists());
    sandbox.run(&["recover", "--wait-lock", "60"]).quiet_success();
    assert!(sandbox.rows(&["operations"], "operations").iter().all(|row| row["state"] != "pending"));
    // The next one is run at its own time.
    executable(&sandbox, "quiesce", "#!/bin/sh\n");
    at(&sandbox, "2027-03-02T02:00:00Z", &["schedule", "run", "--once"]).quiet_success();
    assert_eq!(taken_by(&sandbox, "stuck"), 1);
}

#[test]
fn what_the_manifest_says_is_not_caught_up_is_only_noted() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    jobs(&sandbox, &[OFTEN]);
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let set = |catch_up: &str| {
        let text = manifest.replace("    schedule:\n", &format!("    schedule:\n      catch_up: {catch_up}\n"));
        sandbox.write("director.yml", &text);
    };
    set("false");
    let once = ["schedule", "run", "--once"];
    let ran = at(&sandbox, "2027-03-01T05:30:00Z", &once);
    ran.refused_after_rows(1, "often missed, due at 2027-03-01 05:00:00 UTC: nothing was at work when it was due");
    assert_eq!((taken_by(&sandbox, "often"), row(&sandbox, "often", "result").as_str()), (0, "missed"));
    // A timer may be late by some minutes.
    at(&sandbox, "2027-03-01T06:14:00Z", &once).quiet_success();
    assert_eq!(taken_by(&sandbox, "often"), 1);
    set("maybe");
    at(&sandbox, "2027-03-01T07:00:00Z", &once).refused(2, &["schedule.catch_up"]);
    set("true");
    at(&sandbox, "2027-03-01T09:30:00Z", &once).quiet_success();
    assert_eq!(taken_by(&sandbox, "often"), 2);
}

/// Besides `prod`, a deployment of which nothing can be taken, and one of which nothing is.
fn several() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0"]);
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    let more = "  - name: router\n    instances:\n      - name: gorouter/0\n        vm_cid: vm-r\n        managed_by: nobody\n";
    sandbox.write("inventory.yml", &format!("{inventory}{more}"));
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    sandbox
}

#[test]
fn a_deployment_without_any_persistent_disk_is_named_and_no_error() {
    let sandbox = several();
    jobs(&sandbox, &["{name: all, cron: '0 2 * * *', do: take}"]);
    let ran = at(&sandbox, "2027-03-01T02:00:00Z", &["schedule", "run", "--once"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let says = "1 snapshot; no snapshot of router, without any persistent disk";
    assert!(ran.stderr.contains(says) && row(&sandbox, "all", "summary").contains(says), "{ran:?}");
    let take = sandbox.run(&["take", "--all-deployments", "--schedule", "all"]);
    let warned = "deployment router has no persistent disk: there is no snapshot of it at all";
    assert!(take.status == 0 && take.stderr.contains(warned), "{take:?}");
    let rows = sandbox.rows(&["take", "--all-deployments", "--schedule", "all"], "uncovered");
    assert!(rows.len() == 1 && rows[0]["deployment"] == "router" && rows[0]["disks"] == 0, "{rows:?}");
    // By hand nothing of it is said.
    let by_hand = sandbox.run(&["take", "--all-deployments"]);
    assert!(by_hand.status == 0 && !by_hand.stderr.contains("router"), "{by_hand:?}");
}

#[test]
fn a_deployment_with_persistent_disks_and_no_snapshot_at_all_is_an_error_of_the_run() {
    let sandbox = several();
    jobs(&sandbox, &["{name: all, cron: '0 2 * * *', do: take}"]);
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    // Its disk is there, and it has no VM just now.
    let with_disk = "managed_by: nobody\n        disks:\n          - cid: disk-r\n            size_mib: 1\n";
    let router =
        inventory.replace("        vm_cid: vm-r\n        managed_by: nobody\n", &format!("        {with_disk}"));
    sandbox.make_disk("disk-r", 1 << 20, "router");
    sandbox.write("inventory.yml", &router);
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    let ran = at(&sandbox, "2027-03-01T02:00:00Z", &["schedule", "run", "--once"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    for says in [
        "all failed, due at 2027-03-01 02:00:00 UTC",
        "gorouter/0: there is no snapshot of its disk disk-r at all",
        "deployment router has 1 persistent disk and no snapshot at all",
    ] {
        assert!(ran.stderr.contains(says), "no '{says}' in {ran:?}");
    }
    sandbox.run(&["-d", "router", "take", "--include-detached"]).quiet_success();
    at(&sandbox, "2027-03-02T02:00:00Z", &["schedule", "run", "--once"]).quiet_success();
}

#[test]
fn a_prune_of_its_own_and_that_of_a_take_at_the_same_minute_are_not_in_each_others_way() {
    let sandbox = Sandbox::with(&["db/0"]);
    for _ in 0..6 {
        sandbox.take("db/0");
    }
    crate::prune::say(&sandbox, "retention: {keep_last: 1}");
    let clean = "{name: clean, cron: '0 2 * * *', do: prune}";
    jobs(&sandbox, &["{name: nightly, cron: '0 2 * * *', do: take}", clean]);
    let ran = sandbox
        .prepare(&["schedule", "run", "--once", "--max-inventory-age", "off"])
        .env("SNAPBACK_TEST_NOW", "2027-03-01T02:00:00Z")
        .fault("prune.delete_snapshot.intended=sleep:200")
        .go();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 1);
    let told = sandbox.run(&["schedule", "show", "--output", "json"]).stdout;
    // That of the take is left to the other, which never is to it.
    assert!(told.matches("prune of another run was at work").count() <= 1, "{told}");
    assert_eq!(told.matches("\"result\":\"done\"").count(), 2, "{told}");
}
