//! Files beside the state file: nothing that was planted there leads elsewhere, and with `--group` several users work
//! on one state file.
#![cfg(debug_assertions)]

use crate::support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use support::loop_mount::skip;
use support::{NOW, Run, Sandbox};

const STATE: &str = "director-snapshots.db";
const LOCKS: &str = "director-snapshots.db.locks";
const SECRET: &str = "what must not be overwritten\n";

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: impl AsRef<Path>, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A file and a directory that somebody would have snapback write to.
fn victims(sandbox: &Sandbox) -> (PathBuf, PathBuf) {
    let (file, directory) = (sandbox.path("victim"), sandbox.path("victims"));
    fs::write(&file, SECRET).unwrap();
    set_mode(&file, 0o640);
    fs::create_dir_all(&directory).unwrap();
    (file, directory)
}

#[track_caller]
fn are_untouched(sandbox: &Sandbox, what: &str) {
    assert_eq!(fs::read_to_string(sandbox.path("victim")).unwrap(), SECRET, "{what}");
    assert_eq!(mode(sandbox.path("victim")), 0o640, "{what}");
    assert_eq!(sandbox.names("victims"), [""; 0], "{what}");
}

#[test]
fn a_link_that_was_planted_leads_nowhere() {
    // What stands beside the state file, and below the local cloud; the id is the first of a counted run.
    let names = [
        LOCKS,
        "director-snapshots.db.locks/generation",
        "director-snapshots.db.locks/generation.next",
        "director-snapshots.db.locks/000000000001",
        "director-snapshots.db.locks/000000000002",
        "director-snapshots.db-journal",
        "cloud/lock",
        "cloud/tmp",
        "cloud/snapshots",
    ];
    let (mut refused, mut passed) = (0, 0);
    for name in names {
        for to in ["victim", "victims", "nothing-there"] {
            let sandbox = Sandbox::with(&["db/0"]);
            victims(&sandbox);
            let path = sandbox.path(name);
            let _ = fs::remove_file(&path);
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            symlink(sandbox.path(to), &path).unwrap();
            let what = format!("{name} -> {to}");
            let ran = sandbox.prepare(&["take"]).fixed().go();
            are_untouched(&sandbox, &what);
            assert!(!sandbox.path("nothing-there").exists(), "{what}: {ran:?}");
            match ran.status {
                0 => passed += 1,
                // In the cloud's directory that is the CPI's to say.
                7 | 9 => refused += 1,
                _ => panic!("{what}: {ran:?}"),
            }
            if name == LOCKS {
                assert_eq!(ran.status, 9, "{what}: {ran:?}");
                ran.refused(9, &["cannot be trusted", "run: mv"]);
            }
        }
    }
    eprintln!("{} planted links: {refused} runs refused, {passed} went past them", names.len() * 3);
    assert!(refused > 0 && passed > 0);
}

#[test]
fn a_new_state_file_and_a_backup_follow_no_link() {
    for to in ["victim", "nothing-there"] {
        for name in [STATE, "backup.db", LOCKS] {
            let sandbox = Sandbox::with(&["db/0"]);
            victims(&sandbox);
            if name != "backup.db" {
                fs::remove_file(sandbox.state()).unwrap();
                let _ = fs::remove_dir_all(sandbox.path(LOCKS));
            }
            symlink(sandbox.path(to), sandbox.path(name)).unwrap();
            let ran = match name {
                "backup.db" => sandbox.run(&["state", "backup", "backup.db"]),
                _ => sandbox.run(&["init"]),
            };
            assert_eq!(ran.status, 9, "{name} -> {to}: {ran:?}");
            are_untouched(&sandbox, name);
            assert!(!sandbox.path("nothing-there").exists(), "{name}: {ran:?}");
        }
    }
}

#[test]
fn a_fifo_keeps_nobody_waiting() {
    for name in ["generation", "generation.next", "000000000001"] {
        let sandbox = Sandbox::with(&["db/0"]);
        sandbox.run(&["take"]).quiet_success();
        let path = sandbox.path(LOCKS).join(name);
        let _ = fs::remove_file(&path);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        sandbox.run(&["snapshots"]).quiet_success();
        let ran = sandbox.prepare(&["take"]).env("SNAPBACK_TEST_NOW", NOW).go();
        assert_eq!(ran.status, 0, "{name}: {ran:?}");
    }
}

#[test]
fn a_directory_that_others_can_write_to_is_refused_before_anything_is_done() {
    let cases: [(&str, u32, Option<u32>, &str); 4] = [
        ("all", 0o777, None, "run: chmod o-w"),
        ("a group", 0o770, None, "run: chmod g-w"),
        ("sticky", 0o1777, None, "run: chmod o-w"),
        ("another user's", 0o700, Some(65534), "run: sudo rm -r"),
    ];
    let is_root = rustix::process::geteuid().is_root();
    for (what, mode, owner, remedy) in cases {
        if owner.is_some() && !is_root {
            skip("a directory of another user");
            continue;
        }
        for state_is_there in [true, false] {
            let sandbox = Sandbox::with(&["db/0"]);
            sandbox.run(&["take"]).quiet_success();
            if !state_is_there {
                fs::remove_file(sandbox.state()).unwrap();
            }
            set_mode(sandbox.path(LOCKS), mode);
            chown(sandbox.path(LOCKS), owner, None).unwrap();
            let before = (sandbox.names("cloud/snapshots"), sandbox.names(LOCKS));
            for command in [&["take"][..], &["import", "inventory.yml"], &["init"], &["recover"]] {
                if command == ["recover"] && !state_is_there {
                    continue;
                }
                sandbox.run(command).refused(9, &["cannot be trusted", remedy]);
            }
            assert_eq!((sandbox.names("cloud/snapshots"), sandbox.names(LOCKS)), before, "{what}");
            if state_is_there {
                sandbox.run(&["snapshots"]).quiet_success();
            }
        }
    }
}

/// Two users who share a group and a state file, and one who does not.
struct Shared {
    sandbox: Sandbox,
}

const GROUP: &str = "4242";
const ALICE: &str = "5001";
const BOB: &str = "5002";
const MALLORY: &str = "5003";

impl Shared {
    /// None where nobody can be two users here.
    fn new(directory_mode: u32) -> Option<Self> {
        let found = Command::new("setpriv").arg("--version").output();
        if !rustix::process::geteuid().is_root() || found.is_err() {
            skip("a state file that two users share");
            return None;
        }
        let sandbox = Sandbox::empty();
        sandbox.manifest(true, "");
        sandbox.make_disk("disk-1", 1 << 20, "content");
        sandbox.make_vm("vm-1", &["disk-1"]);
        sandbox.write(
            "inventory.yml",
            "deployments:\n  - name: prod\n    instances:\n      - name: db/0\n        vm_cid: vm-1\n        \
             managed_by: nobody\n        disks: [{cid: disk-1, size_mib: 1}]\n",
        );
        // The build's own directory may be closed to others.
        fs::copy(env!("CARGO_BIN_EXE_snapback"), sandbox.path("snapback")).unwrap();
        sandbox.write("cloud/lock", "");
        for area in [
            "cloud",
            "cloud/disks",
            "cloud/disks/disk-1",
            "cloud/snapshots",
            "cloud/vms",
            "cloud/vms/vm-1",
            "cloud/tmp",
        ] {
            fs::create_dir_all(sandbox.path(area)).unwrap();
            set_mode(sandbox.path(area), 0o777);
        }
        for file in ["cloud/lock", "cloud/disks/disk-1/disk.img"] {
            set_mode(sandbox.path(file), 0o666);
        }
        chown(sandbox.path(""), Some(0), Some(GROUP.parse().unwrap())).unwrap();
        set_mode(sandbox.path(""), directory_mode);
        Some(Shared { sandbox })
    }

    fn prepare(&self, user: &str, umask: &str, arguments: &[&str]) -> Run {
        let line = format!("umask {umask}; exec \"$@\"");
        let (user_id, group_id) = (format!("--reuid={user}"), format!("--regid={user}"));
        let groups = if user == MALLORY { "--clear-groups".to_owned() } else { format!("--groups={GROUP}") };
        let words = ["setpriv", &user_id, &group_id, &groups, "sh", "-c", &line, "sh"];
        self.sandbox.prepare_of(&self.sandbox.path("snapback"), arguments).under(&words).env("USER", user)
    }

    /// As in most shells, and as those have it who trust nobody.
    fn run(&self, user: &str, arguments: &[&str]) -> support::Ran {
        self.prepare(user, if user == ALICE { "077" } else { "022" }, arguments).go()
    }

    #[track_caller]
    fn all_is_the_groups(&self) {
        let group: u32 = GROUP.parse().unwrap();
        let mut files = vec![self.sandbox.state(), self.sandbox.path("director-snapshots.db-journal")];
        files.extend(self.sandbox.names(LOCKS).iter().map(|name| self.sandbox.path(LOCKS).join(name)));
        for file in files {
            assert_eq!((mode(&file), fs::metadata(&file).unwrap().gid()), (0o660, group), "{}", file.display());
        }
        let locks = self.sandbox.path(LOCKS);
        assert_eq!((mode(&locks), fs::metadata(&locks).unwrap().gid()), (0o2770, group));
    }
}

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}: it did not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

const TAKE: [&str; 2] = ["take", "--allow-torn"];

#[test]
fn two_users_of_a_group_work_on_one_state_file() {
    let Some(shared) = Shared::new(0o2770) else { return };
    shared.run(ALICE, &["init", "--group"]).quiet_success();
    shared.all_is_the_groups();
    shared.run(BOB, &["import", "inventory.yml"]).quiet_success();
    for user in [ALICE, BOB, ALICE, BOB] {
        shared.run(user, &TAKE).quiet_success();
        shared.all_is_the_groups();
    }
    // Who removes the directory has it back, whoever comes next.
    fs::remove_dir_all(shared.sandbox.path(LOCKS)).unwrap();
    for user in [BOB, ALICE] {
        shared.run(user, &TAKE).quiet_success();
        shared.all_is_the_groups();
    }
    let stranger = shared.run(MALLORY, &["snapshots"]);
    assert_ne!(stranger.status, 0, "{stranger:?}");
}

#[test]
fn what_another_user_runs_is_seen_to_run_and_is_taken_over_when_it_is_dead() {
    let Some(shared) = Shared::new(0o2770) else { return };
    shared.run(ALICE, &["init", "--group"]).quiet_success();
    shared.run(ALICE, &["import", "inventory.yml"]).quiet_success();
    let state = |user: &str| {
        let ran = shared.run(user, &["operations", "--output", "json"]);
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        document["operations"][0]["state"].as_str().unwrap_or_default().to_owned()
    };
    for (user, other) in [(ALICE, BOB), (BOB, ALICE)] {
        let child = shared.prepare(user, "077", &TAKE).fault("take.snapshot_disk.intended=sleep:4000").start();
        wait_for("the take", || {
            shared.sandbox.names(LOCKS).iter().any(|name| name.len() == 12) && state(other) == "running"
        });
        let ran = shared.run(other, &["recover"]);
        assert!(ran.status == 6 && ran.stderr.contains("is still running"), "{ran:?}");
        assert!(child.wait_with_output().unwrap().status.success());

        let killed = shared.prepare(user, "077", &TAKE).fault("take.snapshot_disk.before=kill").go();
        assert_eq!(killed.status, 137, "{killed:?}");
        assert_eq!(state(other), "pending");
        // What became of the step the cloud has to tell, to whoever asks.
        assert!(
            Command::new("chmod").args(["-R", "a+rX"]).arg(shared.sandbox.path("cloud")).status().unwrap().success()
        );
        let ran = shared.run(other, &["recover"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_ne!(state(user), "pending");
        shared.run(user, &TAKE).quiet_success();
    }
}

#[test]
fn a_lock_that_may_not_be_opened_is_not_called_free() {
    let Some(shared) = Shared::new(0o2770) else { return };
    shared.run(ALICE, &["init", "--group"]).quiet_success();
    shared.run(ALICE, &["import", "inventory.yml"]).quiet_success();
    let child = shared.prepare(ALICE, "077", &TAKE).fault("take.snapshot_disk.intended=sleep:4000").start();
    let lock = || shared.sandbox.names(LOCKS).into_iter().find(|name| name.len() == 12);
    wait_for("the take", || lock().is_some());
    // As an older snapback made it.
    set_mode(shared.sandbox.path(LOCKS).join(lock().unwrap()), 0o600);
    wait_for("the row", || shared.run(BOB, &["operations"]).stdout.contains("unknown"));
    let ran = shared.run(BOB, &["recover"]);
    assert!(ran.status == 6 && ran.stderr.contains("this user may not open its lock file"), "{ran:?}");
    let ran = shared.run(BOB, &["recover", "--take-over", &lock().unwrap()]);
    assert!(ran.status == 6 && ran.stderr.contains("this user may not open its lock file"), "{ran:?}");
    assert!(child.wait_with_output().unwrap().status.success());
}

#[test]
fn a_member_cannot_have_root_overwrite_a_file() {
    let Some(shared) = Shared::new(0o2770) else { return };
    shared.run(ALICE, &["init", "--group"]).quiet_success();
    shared.run(ALICE, &["import", "inventory.yml"]).quiet_success();
    victims(&shared.sandbox);
    let locks = shared.sandbox.path(LOCKS);
    for name in ["generation.next", "generation"] {
        let planted = Command::new("setpriv")
            .args(["--reuid=5002", "--regid=5002", "--groups=4242", "ln", "-sfT"])
            .args([shared.sandbox.path("victim"), locks.join(name)])
            .status()
            .unwrap();
        assert!(planted.success(), "{name}");
        shared.sandbox.run(&TAKE).quiet_success();
        are_untouched(&shared.sandbox, name);
        shared.run(BOB, &TAKE).quiet_success();
    }
}

#[test]
fn who_may_write_beside_it_but_is_no_member_plants_no_directory() {
    let Some(shared) = Shared::new(0o1777) else { return };
    let locks = shared.sandbox.path(LOCKS);
    fs::create_dir(&locks).unwrap();
    chown(&locks, Some(MALLORY.parse().unwrap()), Some(MALLORY.parse().unwrap())).unwrap();
    for arguments in [&["init"][..], &["init", "--group"], &["import", "inventory.yml"]] {
        shared.sandbox.run(arguments).refused(9, &["belongs to another user (uid 5003)", "run: sudo rm -r"]);
        shared.run(ALICE, arguments).refused(9, &["belongs to another user (uid 5003)"]);
    }
    assert!(!shared.sandbox.state().exists());
}

#[test]
fn what_a_killed_run_has_half_written_is_removed_by_the_next() {
    let drafts = |sandbox: &Sandbox| {
        sandbox.names("").into_iter().filter(|name| name.starts_with(".snapback-")).collect::<Vec<_>>()
    };
    let cases: [(&str, &[&str], &str); 4] = [
        ("init.file.written#1", &["init"], ""),
        ("init.file.written#2", &["init"], ""),
        ("state.create.written", &["init"], ""),
        ("state.backup.written", &["state", "backup", "backup.db"], STATE),
    ];
    for (point, command, already) in cases {
        let sandbox = if already.is_empty() { Sandbox::empty() } else { Sandbox::with(&["db/0"]) };
        let killed = sandbox.prepare(command).fault(&format!("{point}=kill")).go();
        assert_eq!(killed.status, 137, "{point}: {killed:?}");
        assert_eq!(drafts(&sandbox).len(), 1, "{point}");
        assert!(sandbox.names("").iter().all(|name| !name.ends_with("-journal") || name.starts_with(STATE)), "{point}");
        // Where it is another file that is written next, too.
        let next = if already.is_empty() { command } else { &["state", "backup", "another.db"][..] };
        sandbox.run(next).quiet_success();
        assert_eq!(drafts(&sandbox), [""; 0], "{point}");
        if already.is_empty() {
            sandbox.run(&["import", "inventory.yml"]).quiet_success();
        }
    }
}
