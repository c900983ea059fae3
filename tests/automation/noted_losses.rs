//! A loss is noted only if it is seen from two sides, and what was noted wrongly is found back once the cloud shows it again.

use std::fs;

use crate::prune::say;
use crate::support::Sandbox;

fn findings(sandbox: &Sandbox) -> Vec<(String, String, String)> {
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let rows = sandbox.rows(&["check"], "findings");
    rows.iter().map(|row| (text(row, "finding"), text(row, "about"), text(row, "next"))).collect()
}

fn hide(sandbox: &Sandbox, cid: &str) {
    fs::rename(sandbox.path("cloud/snapshots").join(cid), sandbox.path(cid)).unwrap();
}

fn show(sandbox: &Sandbox, cid: &str) {
    fs::rename(sandbox.path(cid), sandbox.path("cloud/snapshots").join(cid)).unwrap();
}

fn known(sandbox: &Sandbox) -> Vec<String> {
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    rows.iter().map(|row| row["cid"].as_str().unwrap().to_owned()).collect()
}

/// What was taken off the list since the cloud did not show it comes back as it was, whoever took it off.
#[test]
fn what_was_noted_as_gone_and_shows_again_is_found_back_with_all_that_is_known_of_it() {
    for words in [&["delete", "CID"][..], &["check", "--forget", "CID"], &["prune"]] {
        let sandbox = Sandbox::with(&["db/0"]);
        let old = sandbox.run(&["take", "db/0", "--note", "before the upgrade", "--output", "cid"]);
        let old = old.stdout.trim().to_owned();
        let newer = [sandbox.take("db/0"), sandbox.take("db/0")];
        say(&sandbox, "retention: {keep_last: 1}");
        hide(&sandbox, &old);
        let line: Vec<&str> =
            [&["-n"], words].concat().into_iter().map(|word| if word == "CID" { &old } else { word }).collect();
        assert_eq!(sandbox.run(&line).status, 0, "{line:?}");
        assert!(!known(&sandbox).contains(&old), "{line:?}");
        show(&sandbox, &old);
        let adopt = format!("snapback check --adopt {old}");
        assert_eq!(findings(&sandbox), [("snapshot_back".to_owned(), old.clone(), adopt)], "{line:?}");
        let told = sandbox.run(&["check"]);
        assert!(told.stdout.contains("was noted as gone"), "{told:?}");
        sandbox.run(&["-n", "check", "--adopt", &old]).quiet_success();
        let row = sandbox.rows(&["snapshots"], "snapshots").into_iter().find(|row| row["cid"] == old.as_str()).unwrap();
        assert_eq!(row["note"], "before the upgrade", "{line:?}");
        assert!(findings(&sandbox).is_empty() && newer.len() == 2, "{:?}", findings(&sandbox));
    }
}

/// Of an instance that is gone, too: nothing but the row tells what it was of.
#[test]
fn what_shows_again_of_an_instance_that_is_gone_comes_back_as_well() {
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    let (old, _) = (sandbox.take("db/0"), [sandbox.take("db/0"), sandbox.take("web/0")]);
    hide(&sandbox, &old);
    assert_eq!(sandbox.run(&["-n", "delete", &old]).status, 0);
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    let (head, web) = (inventory.find("      - name: db/0").unwrap(), inventory.find("      - name: web/0").unwrap());
    sandbox.write("inventory.yml", &format!("{}{}", &inventory[..head], &inventory[web..]));
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    show(&sandbox, &old);
    assert!(
        findings(&sandbox).iter().any(|(kind, about, _)| kind == "snapshot_back" && *about == old),
        "{:?}",
        findings(&sandbox)
    );
    sandbox.run(&["-n", "check", "--adopt", &old]).quiet_success();
    assert!(known(&sandbox).contains(&old));
}

/// The disks are there, and of the snapshots of one instance none: they are elsewhere, as those of a wrong region are.
#[test]
fn a_drill_notes_no_loss_where_the_snapshot_may_be_elsewhere_with_its_disk() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0", "web/0"], "verify: [/bin/sh, -c, 'echo \"$SNAPBACK_HOOK_DISK\"']");
    let (lost, _) = (sandbox.take("db/0"), [sandbox.take("web/0"), sandbox.take("web/0")]);
    hide(&sandbox, &lost);
    fs::rename(sandbox.path("cloud/disks/disk-db-0"), sandbox.path("disk-db-0")).unwrap();
    let ran = sandbox.run(&["drill", &lost]);
    assert!(ran.status != 0 && ran.status != 11 && ran.stderr.contains("another region or project"), "{ran:?}");
    let noted = |cid: &str| {
        let row = sandbox.rows(&["snapshots"], "snapshots").into_iter().find(|row| row["cid"] == cid).unwrap();
        row["unsound_at"].is_string()
    };
    assert!(!noted(&lost));
    // From two sides it is lost.
    fs::rename(sandbox.path("disk-db-0"), sandbox.path("cloud/disks/disk-db-0")).unwrap();
    assert_eq!(sandbox.run(&["drill", &lost]).status, 11);
    assert!(noted(&lost));
    // It shows again: the next step is to try it, and not to delete it.
    show(&sandbox, &lost);
    let drill = format!("snapback drill {lost}");
    assert_eq!(findings(&sandbox), [("snapshot_unsound".to_owned(), lost.clone(), drill)]);
    sandbox.run(&["drill", &lost]).quiet_success();
    assert!(!noted(&lost) && findings(&sandbox).is_empty());
}

/// A directory with other snapshots, but with no disk of what is known: an orphaned disk is forgotten only if another one is seen.
#[test]
fn an_orphaned_disk_is_not_forgotten_where_no_disk_at_all_is_seen() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], "start: ['true']\nstop: ['true']");
    let cid = sandbox.take("db/0");
    let ran = sandbox.run(&["-n", "restore", &cid]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let orphans = sandbox.rows(&["disks", "--orphaned"], "disks");
    let orphan = orphans[0]["cid"].as_str().or(orphans[0]["disk_cid"].as_str()).unwrap().to_owned();
    fs::rename(sandbox.path("cloud/disks"), sandbox.path("disks")).unwrap();
    fs::create_dir(sandbox.path("cloud/disks")).unwrap();
    let ran = sandbox.run(&["-n", "check", "--forget", &orphan]);
    assert!(ran.status != 0 && ran.stderr.contains("none of the 2 disks"), "{ran:?}");
    fs::remove_dir(sandbox.path("cloud/disks")).unwrap();
    fs::rename(sandbox.path("disks"), sandbox.path("cloud/disks")).unwrap();
    fs::remove_dir_all(sandbox.path("cloud/disks").join(&orphan)).unwrap();
    sandbox.run(&["-n", "check", "--forget", &orphan]).quiet_success();
}

/// A mount point that holds an old copy of the disks, and on which nothing is mounted.
#[test]
fn a_directory_that_has_none_of_the_snapshots_that_are_known_is_warned_of() {
    let sandbox = Sandbox::with(&["db/0"]);
    let all = [sandbox.take("db/0"), sandbox.take("db/0")];
    fs::rename(sandbox.path("cloud/snapshots"), sandbox.path("away")).unwrap();
    fs::create_dir(sandbox.path("cloud/snapshots")).unwrap();
    let ran = sandbox.run(&["take", "db/0"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    for told in ["Warning: local_cpi has none of the 2 snapshots", "is it mounted?", "may be hidden later"] {
        assert!(ran.stderr.contains(told), "no '{told}' in {ran:?}");
    }
    let ran = sandbox.run(&["take", "db/0"]);
    assert!(ran.status == 0 && !ran.stderr.contains("Warning"), "it has one of them: {ran:?}");
    fs::remove_dir_all(sandbox.path("cloud/snapshots")).unwrap();
    fs::rename(sandbox.path("away"), sandbox.path("cloud/snapshots")).unwrap();
    sandbox.run(&["take", "db/0"]).quiet_success();
    assert!(all.iter().all(|cid| known(&sandbox).contains(cid)));
}
