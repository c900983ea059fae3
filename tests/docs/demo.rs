//! `snapback demo`, as a newcomer runs it.

use crate::support;

use std::fs;
use std::path::{Path, PathBuf};

use snapback::ops::demo::{Content, Tools};
use support::{Ran, Sandbox};

const PATH: &str = "/usr/bin:/bin";

fn demo(sandbox: &Sandbox, path: &str) -> Ran {
    let ran = sandbox.prepare(&["demo", "--keep", "there"]).env("PATH", path).env("SNAPBACK_STATE", "/nowhere/x").go();
    assert_eq!(ran.status, 0, "{ran:?}");
    ran
}

fn disk_of(sandbox: &Sandbox, vm: &str) -> PathBuf {
    let names = sandbox.names(&format!("there/snapback-disks/vms/{vm}"));
    assert_eq!(names.len(), 1, "{names:?}");
    sandbox.path("there/snapback-disks/vms").join(vm).join(&names[0])
}

/// The world after a demonstration, looked at without it.
fn check_what_is_left(sandbox: &Sandbox, content: &Content) {
    let scratch = sandbox.path("scratch");
    assert_eq!(content.read(&disk_of(sandbox, "vm-db-0"), &scratch).unwrap(), 1000);
    assert_eq!(content.read(&disk_of(sandbox, "vm-db-1"), &scratch).unwrap(), 500);
    // The one that was taken, and one before each restore.
    assert_eq!(sandbox.names("there/snapback-disks/snapshots").len(), 3);
    // The two that were made first, and one of each restore.
    assert_eq!(sandbox.names("there/snapback-disks/disks").len(), 4);
    assert!(!sandbox.path("there/scratch").exists());
}

fn check_words(ran: &Ran) {
    let mut rest = ran.stdout.as_str();
    for word in [
        "$ snapback -q import inventory.yml",
        "1000 accounts, PRAGMA integrity_check: ok",
        "$ snapback -q take db/0",
        "cannot be read",
        "checksum mismatch",
        " --dry-run",
        "5 steps",
        "$ snapback -n -q restore snap-",
        "1000 accounts, PRAGMA integrity_check: ok",
        "$ snapback -n -q undo",
        "cannot be read",
        "$ snapback -n -q restore snap-",
        "1000 accounts, PRAGMA integrity_check: ok",
        "500 accounts, PRAGMA integrity_check: ok",
        "  cd '",
        "snapback restore --latest db/1",
    ] {
        rest = rest.split_once(word).unwrap_or_else(|| panic!("no '{word}' in its place: {}", ran.stdout)).1;
    }
}

#[test]
fn it_runs_and_runs_again() {
    let sandbox = Sandbox::empty();
    let content = Content::with(Tools::find(PATH));
    check_words(&demo(&sandbox, PATH));
    check_what_is_left(&sandbox, &content);
    let first = disk_of(&sandbox, "vm-db-0");
    sandbox.write("there/notes.txt", "mine");
    check_words(&demo(&sandbox, PATH));
    check_what_is_left(&sandbox, &content);
    assert!(fs::symlink_metadata(first).is_err(), "the former demo is gone");
    assert_eq!(fs::read_to_string(sandbox.path("there/notes.txt")).unwrap(), "mine");
}

#[test]
fn without_mkfs_the_disks_are_raw() {
    let sandbox = Sandbox::empty();
    let ran = demo(&sandbox, sandbox.path("no-programs").to_str().unwrap());
    assert!(ran.stdout.replace('\n', " ").contains("no mkfs.ext4 and debugfs are at hand"), "{}", ran.stdout);
    check_words(&ran);
    check_what_is_left(&sandbox, &Content::Raw);
}

#[test]
fn what_it_tells_to_try_next_works() {
    let sandbox = Sandbox::empty();
    let ran = demo(&sandbox, PATH);
    let there = Sandbox::at(&sandbox.path("there"));
    let after = ran.stdout.split_once("to go on by hand:").unwrap().1;
    let commands: Vec<&str> = after
        .lines()
        .filter_map(|line| line.trim().strip_prefix("snapback "))
        .map(|line| line.split('#').next().unwrap().trim())
        .collect();
    assert!(commands.len() >= 4, "{commands:?}");
    for command in commands {
        let words: Vec<&str> = command.split(' ').collect();
        there.prepare(&words).stdin("yes\n").go().quiet_success();
    }
    there.run(&["-n", "undo"]).quiet_success();
}

#[test]
fn by_default_it_has_a_directory_of_its_own() {
    let sandbox = Sandbox::empty();
    let temporary = sandbox.path("tmp");
    fs::create_dir(&temporary).unwrap();
    sandbox.prepare(&["demo"]).env("TMPDIR", temporary.to_str().unwrap()).go().quiet_success();
    let made = sandbox.names("tmp");
    assert_eq!(made.len(), 1, "{made:?}");
    assert!(made[0].starts_with("snapback-demo-"), "{made:?}");
}

fn refused(sandbox: &Sandbox, arguments: &[&str], status: i32, text: &str) {
    sandbox.run(arguments).refused(status, &[text]);
}

fn all_below(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| format!("{:?}", entry.unwrap().path())).collect();
    names.sort();
    names
}

#[test]
fn what_is_somebodys_is_left_alone() {
    let sandbox = Sandbox::empty();
    fs::create_dir(sandbox.path("mine")).unwrap();
    sandbox.write("mine/director.yml", "mine");
    sandbox.write("file", "mine");
    let before = all_below(&sandbox.path("mine"));
    refused(&sandbox, &["demo", "--keep", "mine"], 4, "is not empty");
    refused(&sandbox, &["demo", "--keep", "file"], 4, "is not a directory");
    assert_eq!(all_below(&sandbox.path("mine")), before);
    assert_eq!(fs::read_to_string(sandbox.path("mine/director.yml")).unwrap(), "mine");
    for option in [&["--state", "x"][..], &["-m", "x"], &["-d", "x"]] {
        refused(&sandbox, &[&["demo", "--keep", "new"], option].concat(), 2, "its own manifest");
    }
    assert_eq!(sandbox.run(&["demo", "--keep", "new", "--json"]).status, 2);
    assert!(!sandbox.path("new").exists());
}

#[test]
fn a_step_that_does_not_end_as_it_should_ends_the_demo_by_name() {
    let sandbox = Sandbox::empty();
    fs::create_dir(sandbox.path("tools")).unwrap();
    let tool = |name: &str, script: &str| {
        let path = sandbox.path("tools").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    let path = sandbox.path("tools");
    let demo = || sandbox.prepare(&["demo", "--keep", "there"]).env("PATH", path.to_str().unwrap()).go();
    tool("mkfs.ext4", "exit 0");
    tool("debugfs", "exit 0");
    let ran = demo();
    assert_eq!(ran.status, 1, "{ran:?}");
    for word in ["the demo failed at: the disk of db/0 is as it was made", "no file system is found"] {
        assert!(ran.stderr.contains(word), "{ran:?}");
    }
    tool("mkfs.ext4", "echo out of luck >&2; exit 3");
    let ran = demo();
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("mkfs.ext4: exit status 3: out of luck"), "{ran:?}");
}

#[test]
fn two_do_not_share_a_directory() {
    let sandbox = Sandbox::empty();
    fs::create_dir(sandbox.path("there")).unwrap();
    let marker = fs::File::create(sandbox.path("there/.snapback-demo")).unwrap();
    sandbox.write("there/director.yml", "of the other demo");
    marker.lock().unwrap();
    refused(&sandbox, &["demo", "--keep", "there"], 6, "a demo is running in");
    assert_eq!(fs::read_to_string(sandbox.path("there/director.yml")).unwrap(), "of the other demo");
}
