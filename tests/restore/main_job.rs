//! The whole path, through the binary.

use crate::support;

use support::{Sandbox, disk_of, vm_of};

#[test]
fn take_damage_restore_undo_and_undo_that() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let (vm, disk) = (vm_of("db/0"), disk_of("db/0"));
    let cid = sandbox.take("db/0");
    sandbox.damage(&disk, "garbage");

    sandbox.run(&["restore", &cid, "--dry-run"]).quiet_success();
    assert_eq!(sandbox.content(&vm), "garbage");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    assert_eq!(sandbox.content(&vm), "db/0");
    assert_eq!(sandbox.disk_content(&disk), "garbage", "the old disk is kept");
    sandbox.run(&["-n", "undo"]).quiet_success();
    assert_eq!(sandbox.attached(&vm), [disk]);
    let undo = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    sandbox.run(&["-n", "undo", &undo]).quiet_success();
    assert_eq!(sandbox.content(&vm), "db/0");
    assert_eq!(sandbox.content(&vm_of("db/1")), "db/1");

    // The snapshot that was asked for, and the safety snapshot of the damaged disk.
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 2);
    sandbox.run(&["-n", "-d", "prod", "delete-all"]).quiet_success();
    assert!(sandbox.names("cloud/snapshots").is_empty());
    assert_eq!(sandbox.run(&["recover"]).stderr, "Nothing is open\n");
}

#[test]
fn an_old_disk_that_is_detached_already() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], "stop: [/bin/sh, -c, 'echo stop >> log']\nstart: [/bin/sh, -c, 'echo start >> log']");
    let (vm, disk) = (vm_of("db/0"), disk_of("db/0"));
    let cid = sandbox.take("db/0");
    sandbox.damage(&disk, "garbage");
    std::fs::remove_file(sandbox.path("cloud/vms").join(&vm).join(&disk)).unwrap();
    // An error puts nothing back that was not there.
    let failed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.confirm.before=error").go();
    assert_eq!(failed.status, 1, "{failed:?}");
    assert!(sandbox.attached(&vm).is_empty());
    // And nothing is started on no disk.
    assert!(failed.stderr.contains(&format!("but is not started: disk {disk} is not attached")), "{failed:?}");
    assert!(!failed.stderr.contains("is back on"), "{failed:?}");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    assert_eq!(sandbox.content(&vm), "db/0");
    // Its content was kept by a safety snapshot each time.
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 3);
    assert_eq!(std::fs::read_to_string(sandbox.path("log")).unwrap(), "stop\nstop\nstop\nstart\n");
    sandbox.run(&["-n", "undo"]).quiet_success();
    assert_eq!(sandbox.content(&vm), "garbage");
}

#[test]
fn an_old_disk_that_the_cloud_has_lost() {
    let sandbox = Sandbox::with(&["db/0"]);
    let (vm, disk) = (vm_of("db/0"), disk_of("db/0"));
    let cid = sandbox.take("db/0");
    std::fs::remove_file(sandbox.path("cloud/vms").join(&vm).join(&disk)).unwrap();
    std::fs::remove_dir_all(sandbox.path("cloud/disks").join(&disk)).unwrap();
    let ran = sandbox.run(&["-n", "restore", &cid]);
    ran.quiet_success();
    assert!(ran.stderr.contains("the cloud no longer has disk disk-db-0"), "{ran:?}");
    assert_eq!(sandbox.content(&vm), "db/0");
    sandbox.run(&["-n", "undo"]).refused(4, &["had no disk before it"]);
}

#[test]
fn onto_another_instance() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let cid = sandbox.take("db/0");
    let ran = sandbox.run(&["-n", "restore", &cid, "--to", "db/1"]);
    ran.quiet_success();
    assert!(ran.stderr.contains("is of db/0 (prod), not of db/1 (prod)"), "{ran:?}");
    assert_eq!((sandbox.content(&vm_of("db/0")), sandbox.content(&vm_of("db/1"))), ("db/0".into(), "db/0".into()));
    assert_eq!(sandbox.disk_content(&disk_of("db/1")), "db/1");
}

#[test]
fn the_newest_before_a_time() {
    let sandbox = Sandbox::with(&["db/0"]);
    let at = |now: &str| {
        let taken = sandbox.prepare(&["take", "--output", "cid"]).env("SNAPBACK_TEST_NOW", now).go();
        taken.stdout.trim().to_owned()
    };
    let (one, two) = (at("2026-11-22T02:30:00Z"), at("2026-11-22T02:45:00Z"));
    let plan = |arguments: &[&str]| {
        let all = [&["restore", "--dry-run", "--latest", "db/0"], arguments].concat();
        sandbox.prepare(&all).env("SNAPBACK_TEST_NOW", "2026-11-22T02:50:00Z").go().stderr
    };
    assert!(plan(&[]).contains(&format!("{two}, 5m old")));
    assert!(plan(&["--before", "02:40"]).contains(&format!("{one}, 20m old")));
    assert!(plan(&["--before", "02:30"]).contains("snapback knows no snapshot of db/0 that could be restored"));
}

#[test]
fn a_snapshot_that_the_cloud_no_longer_has() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    std::fs::remove_dir_all(sandbox.path("cloud/snapshots").join(&cid)).unwrap();
    for command in [&["-n", "restore", &cid][..], &["promote", &cid]] {
        let ran = sandbox.run(command);
        ran.refused(5, &["no longer has snapshot", &format!("snapback delete {cid}")]);
    }
    let ran = sandbox.run(&["-n", "delete", &cid]);
    ran.quiet_success();
    assert!(ran.stdout.contains("was gone already"), "{ran:?}");
    assert!(sandbox.rows(&["snapshots"], "snapshots").is_empty());
}

#[test]
fn the_state_file_is_the_owners_alone_unless_shared() {
    use std::os::unix::fs::PermissionsExt;
    let modes = |arguments: &[&str]| {
        let sandbox = Sandbox::empty();
        sandbox.manifest(true, "");
        sandbox.run(arguments).quiet_success();
        sandbox.furnish(&["db/0"], "");
        sandbox.take("db/0");
        // A killed one leaves its lock behind.
        sandbox.prepare(&["take"]).fault("take.begin.after=kill").go();
        let mode = |path: std::path::PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        let lock = sandbox.names("director-snapshots.db.locks").into_iter().find(|name| name != "generation").unwrap();
        (
            mode(sandbox.state()),
            mode(sandbox.path("director-snapshots.db.locks")),
            mode(sandbox.path("director-snapshots.db.locks").join(lock)),
        )
    };
    assert_eq!(modes(&["init"]), (0o600, 0o700, 0o600));
    assert_eq!(modes(&["init", "--group"]), (0o660, 0o2770, 0o660));
}

#[test]
fn a_disk_of_no_whole_mib_keeps_its_size() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.make_disk(&disk_of("db/0"), 123_457, "odd");
    let cid = sandbox.take("db/0");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    let disk = sandbox.attached(&vm_of("db/0")).remove(0);
    let image = sandbox.path("cloud/disks").join(disk).join("disk.img");
    assert_eq!(std::fs::metadata(image).unwrap().len(), 123_457);
}

#[test]
fn a_daemon_of_the_start_hook_holds_no_lock() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], "start: [/bin/sh, -c, 'sleep 30 >/dev/null 2>&1 & echo $! > daemon']");
    let cid = sandbox.take("db/0");
    let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.start_hook.effected=kill").go();
    assert_eq!(killed.status, 137, "{killed:?}");
    let recovered = sandbox.run(&["recover"]);
    let daemon = std::fs::read_to_string(sandbox.path("daemon")).unwrap();
    let daemons: i32 = daemon.trim().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(daemons).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    recovered.quiet_success();
    assert_eq!(sandbox.content(&vm_of("db/0")), "db/0");
}

#[test]
fn the_newest_is_no_safety_snapshot() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    sandbox.damage(&disk_of("db/0"), "garbage");
    sandbox.run(&["-n", "restore", "--latest", "db/0"]).quiet_success();
    let again = sandbox.run(&["restore", "--latest", "db/0", "--dry-run"]);
    assert!(again.stderr.contains(&format!("{cid}, 0s old; passed over: 1 safety")), "{again:?}");
}

#[test]
fn the_next_command_names_the_same_files() {
    let sandbox = Sandbox::with(&["db/0"]);
    std::fs::rename(sandbox.path("director.yml"), sandbox.path("my manifest.yml")).unwrap();
    let ran = sandbox.run(&["-m", "my manifest.yml", "--state", "nowhere.db", "-n", "undo"]);
    ran.refused(9, &["Hint: run: snapback -m 'my manifest.yml' --state nowhere.db init\n"]);
}

#[test]
fn a_start_hook_that_always_fails_keeps_nobody_out() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], "start: [/bin/sh, -c, 'echo no license >&2; exit 3']");
    let cid = sandbox.take("db/0");
    let ran = sandbox.run(&["-n", "restore", &cid]);
    ran.refused(1, &["the start hook for db/0", "back on its old disk disk-db-0, but is not started", "no license"]);
    assert_eq!(sandbox.attached(&vm_of("db/0")), [disk_of("db/0")]);
    assert_eq!(sandbox.run(&["recover"]).stderr, "Nothing is open\n");
    sandbox.run(&["take"]).quiet_success();
    assert_eq!(sandbox.rows(&["operations"], "operations")[1]["state"], "rolled back");
}

#[test]
fn of_several_disks_the_one_in_the_snapshots_place() {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    for (cid, text) in [("disk-a", "first"), ("disk-b", "second")] {
        sandbox.make_disk(cid, 1 << 20, text);
    }
    sandbox.make_vm("vm-1", &["disk-a", "disk-b"]);
    let inventory = "deployments:\n  - name: prod\n    instances:\n      - name: db/0\n        vm_cid: vm-1\n        managed_by: nobody\n        disks: [{cid: disk-a}, {cid: disk-b}]\n";
    sandbox.write("inventory.yml", inventory);
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    sandbox.run(&["take"]).quiet_success();
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    let of = |disk: &str| {
        let row = rows.iter().find(|row| row["disk_cid"] == disk).unwrap();
        row["cid"].as_str().unwrap().to_owned()
    };
    sandbox.damage("disk-b", "garbage");
    sandbox.run(&["-n", "restore", &of("disk-b")]).quiet_success();
    let attached = sandbox.attached("vm-1");
    assert!(attached.len() == 2 && attached.contains(&"disk-a".to_owned()), "{attached:?}");
    // Once more: the snapshot's own disk is not the current one any more, but its place is known.
    sandbox.run(&["-n", "restore", &of("disk-b")]).quiet_success();
    let attached = sandbox.attached("vm-1");
    let new = attached.iter().find(|cid| *cid != "disk-a").unwrap();
    assert_eq!((attached.len(), sandbox.disk_content(new).as_str()), (2, "second"));
    sandbox.run(&["-n", "undo"]).quiet_success();
    sandbox.run(&["-n", "restore", &of("disk-a"), "--to", "db/0"]).quiet_success();
    assert_eq!(sandbox.attached("vm-1").len(), 2);
}
