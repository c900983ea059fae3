//! What operations that have ended left half-made in the local cloud: `check` finds it, and `recover` removes it.
#![cfg(debug_assertions)]

use crate::support;

use std::fs;

use support::Sandbox;

const UUID: &str = "00000000-0000-4000-8000-000000000001";

/// What a power cut brings back: it was being removed, and nobody had made that durable.
fn left(sandbox: &Sandbox, operation: &str) -> String {
    let name = format!("{operation}-1-{UUID}");
    let directory = sandbox.path("cloud/tmp").join(&name);
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("disk.img"), "half of it").unwrap();
    name
}

fn newest(sandbox: &Sandbox) -> String {
    sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned()
}

#[test]
fn what_an_ended_operation_has_left_is_found_and_removed() {
    for by_name in [true, false] {
        let sandbox = Sandbox::with(&["db/0"]);
        sandbox.take("db/0");
        let id = newest(&sandbox);
        sandbox.run(&["check"]).quiet_success();
        left(&sandbox, &id);
        // Of another state file's operation nobody here knows whether it lives.
        let strange = left(&sandbox, "ffffffffffff");
        let ran = sandbox.run(&["check", "--output", "json"]);
        assert_eq!(ran.status, 11, "{ran:?}");
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let findings = document["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((&findings[0]["finding"], &findings[0]["about"]), (&"leftover".into(), &id.as_str().into()));
        let words: Vec<&str> = findings[0]["next"].as_str().unwrap().split(' ').skip(1).collect();
        let ran = sandbox.run(if by_name { &words } else { &["recover"] });
        assert!(ran.status == 0 && ran.stdout.contains(&id), "{ran:?}");
        assert_eq!(sandbox.names("cloud/tmp"), [strange]);
        sandbox.run(&["check"]).quiet_success();
        // Once it is removed, the operation has ended like any other.
        sandbox.run(&["recover", &id]).refused(5, &["has ended: done"]);
    }
}

#[test]
fn what_a_running_operation_makes_is_left_alone() {
    let sandbox = Sandbox::with(&["db/0"]);
    let child = sandbox.prepare(&["take"]).fault("local.snapshot_disk.copied=sleep:3000").start();
    while sandbox.names("cloud/tmp").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    sandbox.run(&["check"]);
    sandbox.run(&["recover"]);
    assert_eq!(sandbox.names("cloud/tmp").len(), 1);
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(sandbox.names("cloud/snapshots").len(), 1);
}

#[test]
fn a_deletion_without_file_descriptors_leaves_nothing_that_is_not_found() {
    let (mut failed, mut left_over) = (0, 0);
    for most in 5..=24 {
        let sandbox = Sandbox::with(&["db/0"]);
        let cid = sandbox.take("db/0");
        let line = format!("ulimit -n {most}; exec \"$@\"");
        let ran = sandbox.prepare(&["-n", "delete", &cid]).under(&["sh", "-c", &line, "sh"]).go();
        assert!(![70, 101, 134].contains(&ran.status), "{most}: {ran:?}");
        failed += usize::from(ran.status != 0);
        if !sandbox.names("cloud/tmp").is_empty() {
            left_over += 1;
            assert_eq!(sandbox.run(&["check"]).status, 11, "{most}: {ran:?}");
        }
        sandbox.run(&["recover"]);
        assert_eq!(sandbox.names("cloud/tmp"), [""; 0], "{most}: {ran:?}");
        sandbox.run(&["check"]).quiet_success();
    }
    eprintln!("of 20 limits {failed} made the deletion fail, {left_over} left something half-deleted");
    assert!(failed > 0);
}

#[test]
fn a_deletion_that_was_killed_in_its_midst_is_finished_by_the_recovery_of_its_own_operation() {
    for (verb, fault) in
        [("delete", "local.delete_snapshot.after_rename=kill"), ("delete-disk", "local.delete_disk.after_rename=kill")]
    {
        let sandbox = Sandbox::with(&["db/0"]);
        let mut cid = sandbox.take("db/0");
        if verb == "delete-disk" {
            cid = sandbox.line(&["promote", &cid, "--output", "cid"]);
        }
        let killed = sandbox.prepare(&["-n", verb, &cid]).fault(fault).go();
        assert_eq!((killed.status, sandbox.names("cloud/tmp").len()), (137, 1), "{killed:?}");
        let recovered = sandbox.run(&["recover", &newest(&sandbox)]);
        assert_eq!(recovered.status, 0, "{recovered:?}");
        assert!(recovered.stdout.contains("1 half-made things of it removed"), "{recovered:?}");
        assert_eq!(sandbox.names("cloud/tmp"), [""; 0], "{verb}");
    }
}
