//! The state file is the whole truth, and knows its place: a copy lists, and changes nothing until it is told
//! that it is the one that goes on.
#![cfg(debug_assertions)]

use crate::support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use support::{Ran, Run, Sandbox, disk_of, vm_of};
use tempfile::TempDir;

const KILLED: i32 = 137;

fn furnished() -> (Sandbox, TempDir) {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let home = directory.path().join("home");
    let sandbox = Sandbox::at(&home);
    sandbox.furnish(&["db/0"], "");
    (sandbox, directory)
}

/// Each file below a directory with its bytes, and each link with its target.
fn picture(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_symlink() {
                all.insert(path.clone(), fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes());
            } else {
                all.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    all
}

fn on(sandbox: &Sandbox, state: &Path, arguments: &[&str]) -> Ran {
    sandbox.run(&[&["--state", state.to_str().unwrap()], arguments].concat())
}

#[test]
fn killed_anywhere_the_one_file_has_all_that_was_committed() {
    let mut kills = 0;
    for nth in (1..).step_by(4) {
        let (sandbox, directory) = furnished();
        let cid = sandbox.take("db/0");
        sandbox.damage(&disk_of("db/0"), "damaged");
        let ran = sandbox.prepare(&["-n", "restore", &cid]).fault(&format!("*#{nth}=kill")).go();
        if ran.status == 0 {
            break;
        }
        assert_eq!(ran.status, KILLED, "{ran:?}");
        kills += 1;
        let elsewhere = directory.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        let copy = elsewhere.join("copy.db");
        fs::copy(sandbox.state(), &copy).unwrap();
        a_copy_lists_and_only_reports(&sandbox, &copy, directory.path());

        on(&sandbox, &copy, &["recover", "--resume"]).quiet_success();
        assert_eq!(on(&sandbox, &copy, &["recover"]).stderr, "Nothing is open\n");
        let listed = on(&sandbox, &copy, &["snapshots", "--output", "cid"]).stdout;
        let mut listed: Vec<&str> = listed.lines().collect();
        listed.sort_unstable();
        assert_eq!(listed, sandbox.names("cloud/snapshots"), "{ran:?}");
        assert_eq!(sandbox.attached(&vm_of("db/0")).len(), 1, "{ran:?}");
        on(&sandbox, &copy, &["take"]).quiet_success();
    }
    assert!(kills >= 8, "{kills}");
}

fn a_copy_lists_and_only_reports(sandbox: &Sandbox, copy: &Path, all: &Path) {
    let before = picture(all);
    for listing in ["snapshots", "operations", "disks", "instances"] {
        let arguments = [listing, "--output", "json"];
        // At the same time: ages are counted in seconds.
        let at = |run: Run| run.env("SNAPBACK_TEST_NOW", "2030-01-01T00:00:00Z").go();
        let here = at(sandbox.prepare(&arguments));
        let there = at(sandbox.prepare(&[&["--state", copy.to_str().unwrap()], &arguments[..]].concat()));
        // The locks stay at home: whether the operation lives cannot be told here.
        let told = there.stdout.replace("\"state\":\"unknown\"", "\"state\":\"pending\"");
        assert_eq!((there.status, &told), (0, &here.stdout));
    }
    let open = sandbox.rows(&["operations"], "operations").iter().filter(|row| row["state"] == "pending").count();
    let report = on(sandbox, copy, &["recover"]);
    assert_eq!(report.status, 0, "{report:?}");
    assert!(report.stderr.contains("is not where it belongs"), "{report:?}");
    assert!(report.stderr.contains("nothing is changed"), "{report:?}");
    assert_eq!(report.stdout.matches("may be running: its lock file is gone").count(), open, "{report:?}");
    for change in [&["take"][..], &["-n", "undo"], &["-n", "-d", "prod", "delete-all"], &["import", "inventory.yml"]] {
        on(sandbox, copy, change).refused(9, &["is not where it belongs", "recover --resume"]);
    }
    assert!(picture(all) == before, "something has changed");
}

#[test]
fn an_old_file_that_is_copied_back_over_the_newer_one_is_noticed() {
    let (sandbox, directory) = furnished();
    sandbox.take("db/0");
    let old = directory.path().join("old.db");
    fs::copy(sandbox.state(), &old).unwrap();
    let lost = sandbox.take("db/0");
    // The same path, and the same inode.
    fs::write(sandbox.state(), fs::read(&old).unwrap()).unwrap();

    let before = picture(directory.path());
    sandbox.run(&["take"]).refused(9, &["it knows 1 operation, and the file that was here knew 2"]);
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 1);
    sandbox.run(&["recover"]).quiet_success();
    assert!(picture(directory.path()) == before, "something has changed");

    sandbox.run(&["recover", "--resume"]).quiet_success();
    sandbox.run(&["take"]).quiet_success();
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 2);
    assert!(sandbox.names("cloud/snapshots").contains(&lost), "what the old file does not know is left alone");
}

#[test]
fn a_file_that_was_put_back_under_its_name_is_noticed() {
    let (sandbox, directory) = furnished();
    sandbox.take("db/0");
    let backup = directory.path().join("backup.db");
    sandbox.run(&["state", "backup", backup.to_str().unwrap()]).quiet_success();
    fs::remove_file(sandbox.state()).unwrap();
    fs::copy(&backup, sandbox.state()).unwrap();
    sandbox.run(&["take"]).refused(9, &["it was copied back to its place", "recover --resume"]);
    sandbox.run(&["snapshots"]).quiet_success();
    sandbox.run(&["recover", "--resume"]).quiet_success();
    sandbox.run(&["take"]).quiet_success();
}

#[test]
fn a_copy_is_replaced_by_a_later_one_of_the_same_state_and_by_nothing_else() {
    let (sandbox, directory) = furnished();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let backup = |state: &str, target: &str| sandbox.run(&["--state", state, "state", "backup", "--replace", target]);
    let listed = |file: &str| on(&sandbox, Path::new(file), &["snapshots", "--output", "cid"]).stdout;
    let (state, copy, older) = (sandbox.state().to_str().unwrap().to_owned(), path("copy.db"), path("older.db"));
    sandbox.take("db/0");
    backup(&state, &copy).quiet_success();
    backup(&state, &older).quiet_success();
    sandbox.take("db/0");
    backup(&state, &copy).quiet_success();
    assert_eq!(listed(&copy), listed(&state));
    assert_eq!(listed(&copy).lines().count(), 2);
    // As often as one likes.
    backup(&state, &copy).quiet_success();

    let before = picture(directory.path());
    backup(&older, &copy).refused(9, &["copy.db is not replaced: it knows 2 operations, and", "older.db only 1"]);
    backup(&state, &state).refused(9, &["it is the state file itself"]);
    let text = path("text");
    fs::write(&text, "notes").unwrap();
    backup(&state, &text).refused(9, &["is not a snapback state file"]);
    fs::remove_file(&text).unwrap();
    std::os::unix::fs::symlink(&copy, path("link")).unwrap();
    backup(&state, &path("link")).refused(9, &["it is not a regular file"]);
    fs::remove_file(path("link")).unwrap();
    assert!(picture(directory.path()) == before, "something has changed");
    let (other, _kept) = furnished();
    other.run(&["state", "backup", "--replace", &copy]).refused(9, &["it is a copy of another state"]);

    // Killed before it has its name: the copy of before is whole.
    let killed = sandbox.prepare(&["state", "backup", "--replace", &copy]).fault("state.backup.written=kill").go();
    assert_eq!(killed.status, KILLED, "{killed:?}");
    assert_eq!(listed(&copy), listed(&state));
    backup(&state, &copy).quiet_success();
    let drafts = fs::read_dir(directory.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".snapback-"));
    assert_eq!(drafts.count(), 0);
}

#[test]
fn a_directory_that_is_moved_as_a_whole_works_on() {
    let (sandbox, directory) = furnished();
    let cid = sandbox.take("db/0");
    let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.detach_disk.effected=kill").go();
    assert_eq!(killed.status, KILLED, "{killed:?}");
    let there = directory.path().join("there");
    fs::rename(sandbox.path(""), &there).unwrap();
    let moved = Sandbox::at(&there);
    moved.run(&["take"]).refused(6, &["which was interrupted"]);
    moved.run(&["recover"]).quiet_success();
    moved.run(&["take"]).quiet_success();
    assert_eq!(moved.rows(&["snapshots"], "snapshots").len(), moved.names("cloud/snapshots").len());
    assert_eq!(moved.run(&["recover"]).stderr, "Nothing is open\n");
}

#[test]
fn under_a_second_name_it_changes_nothing() {
    let (sandbox, directory) = furnished();
    sandbox.take("db/0");
    let second = directory.path().join("second.db");
    fs::hard_link(sandbox.state(), &second).unwrap();
    on(&sandbox, &second, &["take"]).refused(9, &["it also stands at"]);
    on(&sandbox, &second, &["snapshots"]).quiet_success();
    sandbox.run(&["take"]).quiet_success();

    // A symbolic link is no second name: the file is the same at its own.
    let link = directory.path().join("link.db");
    std::os::unix::fs::symlink(sandbox.state(), &link).unwrap();
    on(&sandbox, &link, &["take"]).quiet_success();
}

#[test]
fn another_directors_manifest_is_refused() {
    let (sandbox, directory) = furnished();
    sandbox.take("db/0");
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    sandbox.write("director.yml", &manifest.replace("name: test\n", "name: other\n"));
    let before = picture(directory.path());
    for change in [&["take"][..], &["-n", "undo"], &["recover"], &["import", "inventory.yml"]] {
        sandbox.run(change).refused(9, &["belongs to the Director 'test', and the manifest is of 'other'"]);
    }
    sandbox.run(&["snapshots"]).quiet_success();
    assert!(picture(directory.path()) == before, "something has changed");
}
