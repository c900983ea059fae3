//! Sequences at the edges: a state file moved or put back, an import, an interrupt or a stranger in the middle.
#![cfg(debug_assertions)]

use crate::support;

use std::fs;
use std::time::{Duration, Instant};

use support::{Sandbox, disk_of, vm_of};

fn wait_for(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A restore of db/0 that was killed when the old disk was off.
fn killed_in_the_middle(hooks: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0", "db/1"], hooks);
    let cid = sandbox.take("db/0");
    let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.attach_disk.before=kill").go();
    assert_eq!(killed.status, 137, "{killed:?}");
    (sandbox, cid)
}

#[test]
fn a_snapshot_whose_verified_file_system_is_gone_is_found_wrong_by_the_next_drill() {
    let sandbox = Sandbox::with(&["db/0"]);
    let image = sandbox.path("cloud/disks").join(support::disk_of("db/0")).join("disk.img");
    fs::File::options().write(true).open(&image).unwrap().set_len(8 << 20).unwrap();
    let made = std::process::Command::new("/usr/sbin/mkfs.ext4").args(["-q", "-F"]).arg(&image).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let cid = sandbox.take("db/0");
    sandbox.run(&["drill", &cid]).quiet_success();
    let copy = sandbox.path("cloud/snapshots").join(&cid).join("disk.img");
    assert!(copy.is_file(), "{:?}", sandbox.names(&format!("cloud/snapshots/{cid}")));
    let zeros = vec![0; 64 << 10];
    std::os::unix::fs::FileExt::write_all_at(&fs::File::options().write(true).open(copy).unwrap(), &zeros, 0).unwrap();
    sandbox.run(&["drill", &cid]).refused(11, &["is not right: it no longer has the file system"]);
    assert!(sandbox.rows(&["snapshots"], "snapshots")[0]["verified_at"].is_null());
    assert_eq!(sandbox.run(&["status", "--verified"]).status, 11);
}

#[test]
fn a_state_file_moved_away_from_under_a_living_restore() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let mut restore =
        sandbox.prepare(&["-n", "restore", &cid]).fault("restore.attach_disk.intended=sleep:2500").start();
    let steps = || {
        let rows = sandbox.rows(&["operations"], "operations");
        sandbox.rows(&["operations", rows[0]["operation"].as_str().unwrap()], "steps")
    };
    wait_for(|| steps().iter().any(|step| step["kind"] == "attach_disk"));
    // Nor does a copy go on while the original is at work.
    fs::copy(sandbox.state(), sandbox.path("copied.db")).unwrap();
    let copy = sandbox.run(&["--state", "copied.db", "-n", "recover", "--rollback"]);
    copy.refused(6, &["is still running"]);
    fs::rename(sandbox.state(), sandbox.path("moved.db")).unwrap();
    let ran = sandbox.run(&["--state", "moved.db", "-n", "recover", "--rollback"]);
    ran.refused(6, &["is still running"]);
    fs::rename(sandbox.path("moved.db"), sandbox.state()).unwrap();
    assert!(restore.wait().unwrap().success());
    assert_eq!(sandbox.attached(&vm_of("db/0")).len(), 1);
    // With nobody at work it may move.
    fs::rename(sandbox.state(), sandbox.path("moved.db")).unwrap();
    sandbox.run(&["--state", "moved.db", "take"]).quiet_success();
}

#[test]
fn a_backup_put_back_where_a_new_file_has_worked() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.take("db/0");
    sandbox.run(&["state", "backup", "bk.db"]).quiet_success();
    fs::remove_file(sandbox.state()).unwrap();
    sandbox.run(&["init"]).quiet_success();
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    for _ in 0..3 {
        sandbox.take("db/0");
    }
    fs::copy(sandbox.path("bk.db"), sandbox.state()).unwrap();
    let refused = sandbox.run(&["take"]);
    refused.refused(9, &["not where it belongs", "recover --resume"]);
    sandbox.run(&["recover", "--resume"]).quiet_success();
    sandbox.run(&["take"]).quiet_success();
    sandbox.run(&["take"]).quiet_success();
}

#[test]
fn an_import_that_lacks_an_instance_under_restore() {
    let (sandbox, _) = killed_in_the_middle("");
    let only = "deployments:\n  - name: prod\n    instances:\n      - name: db/1\n        vm_cid: vm-db-1\n        managed_by: nobody\n        disks: [{cid: disk-db-1}]\n";
    sandbox.write("less.yml", only);
    sandbox.run(&["import", "less.yml"]).refused(6, &["instance prod db/0 is claimed", "snapback recover"]);
    sandbox.run(&["recover"]).quiet_success();
    assert_eq!(sandbox.rows(&["instances"], "instances").len(), 2);
    sandbox.run(&["-n", "undo"]).quiet_success();
    sandbox.run(&["import", "less.yml"]).quiet_success();
}

#[test]
fn recover_does_not_go_on_without_the_hooks_it_began_with() {
    let hooks = "stop: [/bin/sh, -c, 'echo stop >> log']\nstart: [/bin/sh, -c, 'echo start >> log']";
    let (sandbox, _) = killed_in_the_middle(hooks);
    let whole = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    sandbox.manifest(true, "");
    let ran = sandbox.run(&["recover"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stderr.contains("begun with a stop hook") && ran.stderr.contains("snapback.hooks.stop"), "{ran:?}");
    assert!(sandbox.attached(&vm_of("db/0")).is_empty(), "nothing was done");
    sandbox.write("director.yml", &whole);
    sandbox.run(&["recover"]).quiet_success();
    assert_eq!(fs::read_to_string(sandbox.path("log")).unwrap(), "stop\nstart\n");
}

#[test]
fn one_interrupt_in_recover_turns_nothing_back() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0", "db/1"], "verify: [/bin/sh, -c, 'echo x >> verifying; sleep 1']");
    for instance in ["db/0", "db/1"] {
        let cid = sandbox.take(instance);
        let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.attach_disk.before=kill").go();
        assert_eq!(killed.status, 137);
    }
    let mut recover = sandbox.prepare(&["recover"]).start();
    wait_for(|| sandbox.path("verifying").exists());
    let pid = rustix::process::Pid::from_child(&recover);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(recover.wait().unwrap().code(), Some(130));
    assert!(sandbox.attached(&vm_of("db/1")).is_empty(), "the second one was left alone");
    sandbox.run(&["recover"]).quiet_success();
    assert_eq!(sandbox.content(&vm_of("db/1")), "db/1");
    assert_ne!(sandbox.attached(&vm_of("db/1")), [disk_of("db/1")], "and goes forward");
}

#[test]
fn a_stranger_that_comes_after_the_plan() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let cid = sandbox.take("db/0");
    let planned = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.begin.before=sleep:1000").start();
    std::thread::sleep(Duration::from_millis(500));
    sandbox.make_vm(&vm_of("db/0"), &[&disk_of("db/1")]);
    let output = planned.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains(&format!("has disk {}, which is known as active of db/1", disk_of("db/1"))), "{said}");
    assert_eq!(sandbox.attached(&vm_of("db/0")), [disk_of("db/0"), disk_of("db/1")]);
    assert_eq!(sandbox.run(&["recover"]).stderr, "Nothing is open\n");
}

#[test]
fn a_stranger_that_comes_in_the_middle_is_not_started_beside() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0", "db/1"], "start: [touch, started]");
    let cid = sandbox.take("db/0");
    let midway = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.confirm.before=sleep:1000").start();
    wait_for(|| sandbox.attached(&vm_of("db/0")).first().is_some_and(|disk| *disk != disk_of("db/0")));
    sandbox.make_vm(&vm_of("db/0"), &[&disk_of("db/1")]);
    let output = midway.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(sandbox.attached(&vm_of("db/0")), [disk_of("db/0"), disk_of("db/1")], "the old disk is back");
}

#[test]
fn what_a_pending_restore_has_put_away_is_its_own() {
    let (sandbox, cid) = killed_in_the_middle("");
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    let safety = rows.iter().find(|row| row["purpose"] == "safety").unwrap()["cid"].as_str().unwrap().to_owned();
    for command in [&["-n", "delete", &safety][..], &["-n", "-d", "prod", "delete-all"], &["-n", "delete", &cid]] {
        sandbox.run(command).refused(6, &["is claimed by operation", "snapback"]);
    }
    sandbox.run(&["recover"]).quiet_success();
    sandbox.run(&["-n", "delete", &safety]).quiet_success();
}

#[test]
fn an_undo_whose_disk_another_vm_has() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0", "db/1"], "stop: [touch, stopped]");
    let cid = sandbox.take("db/0");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    fs::remove_file(sandbox.path("stopped")).unwrap();
    sandbox.make_vm(&vm_of("db/1"), &[&disk_of("db/0")]);
    sandbox.run(&["-n", "undo"]).refused(4, &["is attached to VM vm-db-1 (db/1) now", "detach it there"]);
    assert!(!sandbox.path("stopped").exists(), "refused before the first effect");
}

#[test]
fn recover_of_one_is_about_that_one() {
    let (sandbox, _) = killed_in_the_middle("");
    let cid = sandbox.take("db/1");
    let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.attach_disk.before=kill").go();
    assert_eq!(killed.status, 137);
    let id = |at: usize| sandbox.rows(&["operations"], "operations")[at]["operation"].as_str().unwrap().to_owned();
    let (second, take) = (id(0), id(1));
    let asked = sandbox.prepare(&["recover", "--rollback", &second]).stdin("no\n").go();
    asked.refused(10, &[&second]);
    assert_eq!(asked.stderr.matches("restore").count(), 1, "only what it will touch: {asked:?}");
    assert_eq!(sandbox.rows(&["recover", "--dry-run", &second], "operations").len(), 1);
    sandbox.run(&["recover", &take]).refused(5, &["has ended: done", &format!("operations {take}")]);
    sandbox.run(&["recover", &second]).quiet_success();
    assert_eq!(sandbox.rows(&["recover", "--dry-run"], "operations").len(), 1);
}

#[test]
fn recover_that_could_not_start_it_does_not_say_that_all_is_well() {
    let (sandbox, _) = killed_in_the_middle("start: [/bin/false]");
    let ran = sandbox.run(&["-n", "recover", "--rollback"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("but is not started") && ran.stderr.contains("start it by hand"), "{ran:?}");
    assert_eq!(sandbox.attached(&vm_of("db/0")), [disk_of("db/0")]);
    assert_eq!(sandbox.run(&["recover"]).stderr, "Nothing is open\n");
}

#[test]
fn a_late_error_does_not_hide_what_was_done() {
    // Of two: an operation of one step ends with the outcome of that.
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let (one, two) = (sandbox.take("db/0"), sandbox.take("db/0"));
    let ran = sandbox.prepare(&["-n", "delete", &one, &two]).fault("delete.finish.before=error").go();
    assert_eq!((ran.status, ran.stdout.lines().count()), (3, 2), "{ran:?}");
    assert!(ran.stderr.contains("Hint: run: snapback recover"), "{ran:?}");
    let ran = sandbox.prepare(&["take", "--output", "cid"]).fault("take.finish.before=error").go();
    let mut told: Vec<&str> = ran.stdout.lines().collect();
    told.sort_unstable();
    assert_eq!(told, sandbox.names("cloud/snapshots"), "{ran:?}");
    sandbox.run(&["recover"]).quiet_success();
}

#[test]
fn a_disk_that_is_smaller_than_its_snapshot_is_refused_before_anything_is_made() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], "");
    let image = fs::File::options().write(true).open(sandbox.path("cloud/disks/disk-db-0/disk.img")).unwrap();
    image.set_len(4 << 20).unwrap();
    drop(image);
    let cid = sandbox.take("db/0");
    let before = sandbox.rows(&["operations"], "operations").len();
    sandbox.run(&["promote", &cid, "--size", "3"]).refused(2, &["--size 3", "4 MiB"]);
    assert_eq!(sandbox.rows(&["operations"], "operations").len(), before);
    assert_eq!(sandbox.names("cloud/disks"), ["disk-db-0"]);
    sandbox.run(&["promote", &cid, "--size", "4"]).quiet_success();
}
