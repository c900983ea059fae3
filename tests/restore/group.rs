//! `restore --latest GROUP`: several instances, planned together and done one after another.

use crate::support;

use support::{Sandbox, disk_of, vm_of};

const ALL: [&str; 3] = ["db/0", "db/1", "db/2"];

/// Three instances with good snapshots, and rubbish on their disks.
fn damaged() -> Sandbox {
    let sandbox = Sandbox::with(&ALL);
    sandbox.run(&["take", "db"]).quiet_success();
    for name in ALL {
        sandbox.damage(&disk_of(name), "rubbish");
    }
    sandbox
}

fn contents(sandbox: &Sandbox) -> Vec<String> {
    ALL.iter().map(|name| sandbox.content(&vm_of(name))).collect()
}

#[test]
fn all_of_a_group_and_each_back() {
    let sandbox = damaged();
    let dry = sandbox.run(&["restore", "--latest", "db", "--dry-run", "--output", "json"]);
    dry.quiet_success();
    let plan: serde_json::Value = serde_json::from_str(&dry.stdout).unwrap();
    let of = |name: &str| plan["steps"].as_array().unwrap().iter().filter(|step| step["instance"] == name).count();
    assert!(of("db/0") >= 4 && of("db/0") == of("db/2"), "{plan:#}");
    assert_eq!(contents(&sandbox), ["rubbish"; 3]);

    let ran = sandbox.run(&["-n", "restore", "--latest", "db"]);
    ran.quiet_success();
    assert_eq!(ran.stdout.lines().count(), 3, "{ran:?}");
    assert_eq!(contents(&sandbox), ALL);
    let operations: Vec<&str> = ran.stdout.lines().map(|line| line.split('\t').nth(4).unwrap().trim()).collect();
    sandbox.run(&["-n", "undo", operations[1]]).quiet_success();
    assert_eq!(contents(&sandbox), ["db/0", "rubbish", "db/2"]);
}

#[test]
fn one_that_cannot_be_planned_keeps_all_from_being_begun() {
    let sandbox = damaged();
    let rows = sandbox.rows(&["snapshots", "db/2"], "snapshots");
    sandbox.run(&["-n", "delete", rows[0]["cid"].as_str().unwrap()]).quiet_success();
    sandbox.run(&["-n", "restore", "--latest", "db"]).refused(5, &["no snapshot of db/2"]);
    assert_eq!(contents(&sandbox), ["rubbish"; 3]);
    assert!(sandbox.rows(&["operations"], "operations").iter().all(|row| row["verb"] != "restore"));
}

#[test]
fn it_stops_at_the_first_that_fails_and_goes_on_when_told_again() {
    let sandbox = damaged();
    let disks = sandbox.names("cloud/disks").len();
    let ran = sandbox.prepare(&["-n", "restore", "--latest", "db"]).fault("restore.attach_disk.before#2=error").go();
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stderr.contains("not begun: db/2; to go on with these"), "{ran:?}");
    assert!(ran.stdout.starts_with("db/0\t") && ran.stdout.lines().count() == 1, "{ran:?}");
    assert_eq!(contents(&sandbox), ["db/0", "rubbish", "rubbish"]);
    assert!(ran.stderr.contains("restore --latest db\n"), "{ran:?}");
    sandbox.run(&["-n", "restore", "--latest", "db"]).quiet_success();
    assert_eq!(contents(&sandbox), ALL);
    // The spare disk of the one that failed is the only one made for nothing.
    assert_eq!(sandbox.names("cloud/disks").len(), disks + 4);
    let again = sandbox.run(&["-n", "restore", "--latest", "db"]);
    again.quiet_success();
    assert!(again.stderr.contains("Nothing is left to do") && again.stdout.is_empty(), "{again:?}");
    assert_eq!(sandbox.names("cloud/disks").len(), disks + 4);
}

#[test]
fn killed_in_the_midst_nothing_is_promoted_twice() {
    for point in
        ["restore.create_disk_from_snapshot.settled#2", "restore.attach_disk.settled#2", "restore.finish.after#2"]
    {
        let sandbox = damaged();
        let ran = sandbox.prepare(&["-n", "restore", "--latest", "db"]).fault(&format!("{point}=kill")).go();
        assert_eq!(ran.status, 128 + 9, "{point}: {ran:?}");
        sandbox.run(&["recover", "--resume", "-n"]).quiet_success();
        sandbox.run(&["-n", "restore", "--latest", "db"]).quiet_success();
        assert_eq!(contents(&sandbox), ALL, "{point}");
        assert_eq!(sandbox.names("cloud/disks").len(), 6, "{point}");
    }
}

#[test]
fn what_is_for_one_instance_is_refused() {
    let sandbox = damaged();
    for (option, value) in [("--to", "db/1"), ("--disk", "disk-x")] {
        let ran = sandbox.run(&["-n", "restore", "--latest", "db", option, value]);
        ran.refused(2, &[option, "is for one instance, and 'db' means 3", "--latest db/0"]);
    }
}
