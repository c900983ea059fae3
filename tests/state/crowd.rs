//! Several snapbacks at once: they wait for each other or refuse, and never get in each other's way.
#![cfg(debug_assertions)]

use crate::support;

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use snapback::clock::{Clock, Ids};
use snapback::cpi::Queries;
use snapback::cpi::builtin::local::LocalCpi;
use snapback::domain::ids::{CpiName, VmCid};
use snapback::domain::snapshot::Metadata;
use snapback::state::{Binding, Reader};
use support::{Sandbox, disk_of, vm_of};
use tempfile::TempDir;

const SLOW_STOP: &str = "stop: [/bin/sh, -c, 'echo begun >> hooks.log; sleep 2']";

fn furnished(instances: &[&str], hooks: &str) -> (Sandbox, TempDir) {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let sandbox = Sandbox::at(directory.path());
    sandbox.furnish(instances, hooks);
    (sandbox, directory)
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < until, "{what}: waited in vain");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn operations(sandbox: &Sandbox, state: &str) -> usize {
    sandbox.rows(&["operations"], "operations").iter().filter(|row| row["state"] == state).count()
}

/// A restore that is in its slow stop hook.
fn slow_restore(sandbox: &Sandbox, cid: &str) -> Child {
    let child = sandbox.prepare(&["-n", "restore", cid]).start();
    wait_until("the stop hook", || sandbox.path("hooks.log").exists());
    child
}

fn ends_well(child: Child) {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn is_sound(sandbox: &Sandbox) {
    assert_eq!(sandbox.run(&["recover"]).stderr, "Nothing is open\n");
    let sorted = |command: &str, key: &str| {
        let rows = sandbox.rows(&[command], command);
        let mut cids: Vec<String> = rows.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect();
        cids.sort();
        cids
    };
    assert_eq!(sorted("snapshots", "cid"), sandbox.names("cloud/snapshots"));
    assert_eq!(sorted("disks", "disk_cid"), sandbox.names("cloud/disks"));
    assert_eq!(sandbox.names("cloud/tmp"), [""; 0]);
    assert_eq!(sandbox.attached(&vm_of("db/0")).len(), 1);
}

struct OnDrop<'a>(&'a AtomicUsize);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn eight_processes_take_fifty_snapshots_each() {
    let (sandbox, _directory) = furnished(&["db/0"], "");
    let left = AtomicUsize::new(8);
    std::thread::scope(|scope| {
        // Whoever looks meanwhile sees the file where it belongs, however fast its generations follow.
        scope.spawn(|| {
            let reader = Reader::open(&sandbox.state()).unwrap();
            while left.load(Ordering::SeqCst) > 0 {
                assert_eq!(reader.binding().unwrap(), Binding::Home);
            }
        });
        for _ in 0..8 {
            scope.spawn(|| {
                let _one_less = OnDrop(&left);
                for _ in 0..50 {
                    let ran = sandbox.run(&["take", "db/0", "--output", "cid"]);
                    assert_eq!(ran.status, 0, "{ran:?}");
                    assert!(!ran.stderr.contains("locked") && !ran.stderr.contains("Error"), "{ran:?}");
                }
            });
        }
    });
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 400);
    assert_eq!(sandbox.names("cloud/snapshots").len(), 400);
    assert_eq!(operations(&sandbox, "done"), 400);
    is_sound(&sandbox);
}

#[test]
fn of_two_restores_of_one_instance_one_wins() {
    let (sandbox, _directory) = furnished(&["db/0"], SLOW_STOP);
    let cid = sandbox.take("db/0");
    let winner = slow_restore(&sandbox, &cid);
    let loser = sandbox.run(&["-n", "restore", &cid]);
    loser.refused(6, &["instance prod db/0 is claimed by operation", "(restore), which is running", "--wait-lock"]);
    ends_well(winner);
    assert_eq!(operations(&sandbox, "done"), 2);
    is_sound(&sandbox);
}

#[test]
fn a_restore_that_waited_for_another_makes_its_plan_then() {
    let (sandbox, _directory) = furnished(&["db/0"], SLOW_STOP);
    let cid = sandbox.take("db/0");
    let winner = slow_restore(&sandbox, &cid);
    sandbox.run(&["-n", "--wait-lock", "30", "restore", &cid]).quiet_success();
    ends_well(winner);
    // The first one, and one of each restore; the second put away what the first had attached.
    assert_eq!(sandbox.names("cloud/disks").len(), 3);
    is_sound(&sandbox);
}

#[test]
fn a_plan_that_was_shown_is_looked_at_again_before_it_is_followed() {
    let (sandbox, _directory) = furnished(&["db/0"], "");
    let cid = sandbox.take("db/0");
    let asleep = "restore.begin.before=sleep:3000";
    let mut slow = sandbox.prepare(&["restore", &cid]).stdin("yes\n").fault(asleep).start();
    let mut said = BufReader::new(slow.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("Way back") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "no plan was shown");
    }
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(slow.wait().unwrap().code(), Some(6), "{rest}");
    assert!(rest.contains("has changed since the plan was made"), "{rest}");
    is_sound(&sandbox);
}

#[test]
fn a_restore_and_a_take_keep_out_of_each_others_way() {
    let (sandbox, _directory) = furnished(&["db/0", "db/1"], SLOW_STOP);
    let cid = sandbox.take("db/0");
    sandbox.damage(&disk_of("db/0"), "damaged");

    let take = sandbox.prepare(&["take", "db/0"]).fault("local.snapshot_disk.copied=sleep:2000").start();
    wait_until("the take", || operations(&sandbox, "running") == 1);
    sandbox.run(&["-n", "restore", &cid]).refused(6, &["(take), which is running"]);
    sandbox.run(&["-n", "--wait-lock", "30", "restore", &cid]).quiet_success();
    ends_well(take);
    assert_eq!(sandbox.content(&vm_of("db/0")), "db/0");
    assert_eq!(operations(&sandbox, "done"), 3);

    std::fs::remove_file(sandbox.path("hooks.log")).unwrap();
    let restore = slow_restore(&sandbox, &cid);
    sandbox.run(&["take", "db/0"]).refused(6, &["(restore), which is running"]);
    sandbox.run(&["take"]).refused(6, &["(restore), which is running"]);
    sandbox.run(&["take", "db/1"]).quiet_success();
    // The disk that it finds when its turn comes is another one than when it was asked.
    let late = sandbox.line(&["--wait-lock", "30", "take", "db/0", "--output", "cid"]);
    ends_well(restore);
    let rows = sandbox.rows(&["snapshots", "--wide"], "snapshots");
    let row = rows.iter().find(|row| row["cid"] == late.as_str()).unwrap();
    assert_eq!(row["disk_cid"], sandbox.attached(&vm_of("db/0"))[0].as_str());
    is_sound(&sandbox);
}

#[test]
fn a_snapshot_that_is_restored_from_cannot_be_deleted_meanwhile() {
    let (sandbox, _directory) = furnished(&["db/0"], SLOW_STOP);
    let cid = sandbox.take("db/0");
    let restore = slow_restore(&sandbox, &cid);
    sandbox.run(&["-n", "delete", &cid]).refused(6, &[&cid, "(restore), which is running"]);
    sandbox.run(&["-n", "-d", "prod", "delete-all"]).refused(6, &[&cid]);
    sandbox.run(&["promote", &cid]).quiet_success();
    sandbox.run(&["-n", "--wait-lock", "30", "delete", &cid]).quiet_success();
    ends_well(restore);
    assert_eq!(sandbox.content(&vm_of("db/0")), "db/0");
    is_sound(&sandbox);
}

#[test]
fn who_waits_for_the_living_never_takes_them_for_dead() {
    let (sandbox, _directory) = furnished(&["db/0"], "");
    let cid = sandbox.take("db/0");
    let done = AtomicUsize::new(1);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..12 {
                    let ran = sandbox.run(&["-n", "--wait-lock", "120", "restore", &cid]);
                    match ran.status {
                        0 => _ = done.fetch_add(1, Ordering::SeqCst),
                        // Another one was quicker, after the plan or while it was made.
                        6 if ran.stderr.contains("has changed since the plan was made") => {}
                        _ => panic!("{ran:?}"),
                    }
                }
            });
        }
    });
    assert_eq!(operations(&sandbox, "done"), done.into_inner());
    is_sound(&sandbox);
}

#[test]
fn listing_goes_on_while_others_delete_and_detach() {
    let (sandbox, _directory) = furnished(&["db/0"], "");
    let cpi = LocalCpi::new(
        CpiName::new("local_cpi"),
        sandbox.path("cloud"),
        Clock::System,
        Ids::Random,
        snapback::fault::Faults::none(),
    );
    for _ in 0..60 {
        sandbox.take("db/0");
    }
    let kept = sandbox.take("db/0");
    let (ended, vm) = (AtomicBool::new(false), VmCid::new(vm_of("db/0")));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                cpi.list_snapshots(&Metadata::new()).unwrap();
            }
        });
        scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                assert!(cpi.get_disks(&vm).unwrap().len() < 2);
            }
        });
        for _ in 0..15 {
            sandbox.run(&["-n", "restore", &kept]).quiet_success();
        }
        sandbox.run(&["-n", "-d", "prod", "delete-all"]).quiet_success();
        ended.store(true, Ordering::SeqCst);
    });
    is_sound(&sandbox);
}

#[test]
fn nobody_waits_for_the_dead() {
    let (sandbox, _directory) = furnished(&["db/0"], "");
    let cid = sandbox.take("db/0");
    let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.detach_disk.effected=kill").go();
    assert_eq!(killed.status, 137, "{killed:?}");
    let begun = Instant::now();
    for line in [&["take", "db/0"][..], &["-n", "restore", &cid]] {
        let ran = sandbox.run(&[&["--wait-lock", "60"], line].concat());
        ran.refused(6, &["which was interrupted", "Hint: run: snapback recover"]);
    }
    assert!(begun.elapsed() < Duration::from_secs(30));
    sandbox.run(&["recover"]).quiet_success();
    is_sound(&sandbox);
}

/// The cloud and the plan have nothing to differ in: only the state shows that another one came between.
#[test]
fn an_instance_without_a_disk_gets_one_once() {
    let (sandbox, _directory) = furnished(&["db/0"], "");
    let cid = sandbox.take("db/0");
    let text = std::fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    sandbox.write("inventory.yml", text.split("        disks:").next().unwrap());
    std::fs::remove_file(sandbox.path("cloud/vms").join(vm_of("db/0")).join(disk_of("db/0"))).unwrap();
    assert_eq!(sandbox.run(&["import", "inventory.yml"]).status, 0);
    let mut slow = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.begin.before=sleep:3000").start();
    let mut said = BufReader::new(slow.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("Way back") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "no plan was shown");
    }
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    let attached = sandbox.attached(&vm_of("db/0"));
    assert_eq!(attached.len(), 1, "{attached:?}");
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(slow.wait().unwrap().code(), Some(6), "{rest}");
    assert!(rest.contains("has changed since the plan was made"), "{rest}");
    assert_eq!(sandbox.attached(&vm_of("db/0")), attached);
    is_sound(&sandbox);
}
