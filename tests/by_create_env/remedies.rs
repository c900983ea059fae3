//! What `check` says to type is typed: a disk that its VM lacks, for each who may manage the instance. No command that is
//! printed names its deployment twice.

use serde_json::{Value, json};

use crate::scene::{OLD, Scene};
use crate::support::fake_bosh::Director;
use crate::support::{Ran, Sandbox, disk_of, vm_of};

/// What `check` found of the disk: the command to type.
fn next(ran: &Ran) -> String {
    let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let rows = document["findings"].as_array().unwrap().clone();
    let row = rows.iter().find(|row| row["finding"] == "disk_not_attached").unwrap_or_else(|| panic!("{ran:?}"));
    row["next"].as_str().unwrap().to_owned()
}

fn take_off(sandbox: &Sandbox, name: &str) {
    std::fs::remove_file(sandbox.path("cloud/vms").join(vm_of(name)).join(disk_of(name))).unwrap();
}

#[test]
fn of_an_instance_that_nobody_manages() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    take_off(&sandbox, "db/0");
    let line = next(&sandbox.run(&["check", "--output", "json"]));
    assert_eq!(line, "snapback check --attach disk-db-0");
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    sandbox.run(&[&words[..], &["--dry-run"]].concat()).quiet_success();
    assert_eq!(sandbox.attached("vm-db-0"), [""; 0]);
    let no = sandbox.prepare(&words).stdin("n\n").go();
    assert_eq!((no.status, sandbox.attached("vm-db-0").len()), (10, 0), "{no:?}");
    let ran = sandbox.run(&[&["-n"], &words[..]].concat());
    ran.quiet_success();
    assert!(ran.stdout.contains("attached"), "{ran:?}");
    assert_eq!(sandbox.attached("vm-db-0"), ["disk-db-0"]);
    sandbox.run(&["check"]).quiet_success();
    let listed = sandbox.rows(&["operations"], "operations")[0].clone();
    assert_eq!((&listed["verb"], &listed["state"]), (&json!("check"), &json!("done")), "{listed}");

    // Whatever is not so is refused, and nothing is done.
    sandbox.run(&["-n", "check", "--attach", "disk-db-0"]).refused(4, &["VM vm-db-0 of db/0 has disk disk-db-0"]);
    sandbox.run(&["-n", "check", "--attach", "nope"]).refused(5, &["no disk 'nope' is known"]);
    take_off(&sandbox, "db/0");
    sandbox.make_vm("vm-db-1", &["disk-db-0"]);
    sandbox.run(&["-n", "check", "--attach", "disk-db-0"]).refused(4, &["is attached to VM vm-db-1 (db/1) now"]);
    std::fs::remove_file(sandbox.path("cloud/vms/vm-db-1/disk-db-0")).unwrap();
    std::fs::remove_dir_all(sandbox.path("cloud/disks/disk-db-0")).unwrap();
    sandbox
        .run(&["-n", "check", "--attach", "disk-db-0"])
        .refused(4, &["no longer has disk disk-db-0", "restore --latest"]);
}

/// Killed and failed at each point: it is attached in the end, or said not to be, and one command ends it.
#[test]
fn and_killed_or_failed_anywhere() {
    let line = ["-n", "check", "--attach", "disk-db-0"];
    let mut count = 0;
    for action in ["kill", "loud-error"] {
        for nth in 1.. {
            let sandbox = Sandbox::with(&["db/0"]);
            take_off(&sandbox, "db/0");
            let ran = sandbox.prepare(&line).fault(&format!("*#{nth}={action}")).go();
            if ran.status == 0 && !ran.stderr.contains("fault: ") {
                break;
            }
            count += 1;
            if sandbox.rows(&["operations"], "operations").iter().any(|row| row["state"] == "pending") {
                sandbox.run(&["recover"]).quiet_success();
            }
            if sandbox.attached("vm-db-0").is_empty() {
                assert_ne!(ran.status, 0, "{ran:?}");
                sandbox.run(&line).quiet_success();
            }
            assert_eq!(sandbox.attached("vm-db-0"), ["disk-db-0"], "{ran:?}");
            sandbox.run(&["check"]).quiet_success();
        }
    }
    assert!(count >= 12, "{count}");
}

#[test]
fn of_a_directors() {
    let director = Director::with(&["db/0"]);
    director.run(&["import", "--from-bosh"]).quiet_success();
    take_off(&director.sandbox, "db/0");
    let line = next(&director.run(&["check", "--from-bosh", "--output", "json"]));
    let refused = director.run(&["-n", "check", "--attach", "disk-db-0"]);
    refused.refused(4, &["managed by its Director", "run: snapback check --from-bosh"]);
    let ran = director.prepare_of(std::path::Path::new("/bin/sh"), &["-c", &line]).go();
    assert_eq!(ran.status, 0, "{line}: {ran:?}");
    assert_eq!(director.sandbox.attached("vm-db-0"), ["disk-db-0"]);
    assert_eq!(director.instance(0)["state"], "started");
    director.run(&["check"]).quiet_success();
}

#[test]
fn of_create_envs() {
    let scene = Scene::damaged();
    let sandbox = &scene.environment.director.sandbox;
    std::fs::remove_file(sandbox.path("cloud/vms/vm-bosh-0").join(OLD)).unwrap();
    let line = next(&scene.snapback(&["check", "--output", "json"]));
    assert_eq!(line, "bosh create-env MANIFEST --state FILE ... --recreate && snapback import FILE");
    scene.snapback(&["-n", "check", "--attach", OLD]).refused(4, &["managed by create-env", &line]);
    scene.environment.create_env(&["--recreate"]).quiet_success();
    assert_eq!(scene.disk(), OLD);
    scene.snapback(&["import", "bosh-state.json"]).quiet_success();
    scene.snapback(&["check"]).quiet_success();
}

#[test]
fn no_deployment_is_named_twice() {
    let sandbox = Sandbox::with(&["db/0", "db/1", "db/2"]);
    let cid = sandbox.take("db/0");
    std::fs::remove_dir_all(sandbox.path("cloud/disks/disk-db-0")).unwrap();
    std::fs::remove_dir_all(sandbox.path("cloud/vms/vm-db-2")).unwrap();
    take_off(&sandbox, "db/1");
    let mut told = 0;
    for line in [
        &["check"][..],
        &["check", "--output", "json"],
        &["restore", "--latest", "db/1"],
        &["restore", "--latest", "db/9"],
        &["restore", "nope"],
        &["undo"],
        &["delete", "nope"],
        &["take", "db/9"],
        &["snapshots", "db/9"],
        &["operations", "nope"],
        &["-n", "restore", &cid],
        &["-n", "undo"],
    ] {
        let ran = sandbox.run(&[&["-d", "prod"], line].concat());
        for text in [&ran.stdout, &ran.stderr] {
            for said in text.lines().filter(|said| said.contains("-d prod")) {
                told += 1;
                assert!(!said.contains("-d prod -d"), "{line:?}: {said}");
            }
        }
    }
    assert!(told >= 8, "{told}");
}
