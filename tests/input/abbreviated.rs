//! CIDs that are typed by their beginning: at a terminal, never in a script.

use crate::support;

use support::{Ran, Sandbox, disk_of, vm_of};

/// A beginning of a CID of the sandbox's, which no other one has.
fn beginning(cid: &str) -> &str {
    &cid[..16]
}

#[track_caller]
fn says(ran: &Ran, typed: &str, whole: &str) {
    assert!(ran.stderr.starts_with(&format!("{typed}… is {whole}\n")), "{ran:?}");
}

/// Snapshots of the Director's, for a list in which CIDs begin with another one.
fn import(sandbox: &Sandbox, cids: &[&str]) {
    let row = |cid: &&str| {
        format!(
            r#"{{"instance": "db/0", "cid": "{cid}", "created_at": "Sun Sep 20 18:02:09 UTC 2026", "clean": "true"}}"#
        )
    };
    let rows = cids.iter().map(row).collect::<Vec<_>>().join(", ");
    sandbox.write("list.json", &format!(r#"{{"Tables": [{{"Content": "snapshots", "Rows": [{rows}]}}]}}"#));
    sandbox.run(&["import", "list.json"]).quiet_success();
}

#[test]
fn a_unique_beginning_is_enough_at_a_terminal() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let (cid, other) = (sandbox.take("db/0"), sandbox.take("db/1"));
    let typed = beginning(&cid);
    let declined = sandbox.prepare(&["delete", typed]).typed("n\n");
    assert_eq!(declined.status, 10, "{declined:?}");
    says(&declined, typed, &cid);
    let planned = format!("db/0  {cid}  ");
    assert!(declined.stderr.find(&planned) < declined.stderr.find("Continue?"), "{declined:?}");
    for command in [
        &["hold", typed, "--reason", "audit"][..],
        &["release", typed],
        &["promote", typed, "--dry-run"],
        &["restore", typed, "--dry-run"],
    ] {
        let ran = sandbox.prepare(command).typed("n\n");
        ran.quiet_success();
        says(&ran, typed, &cid);
        assert!(!ran.stdout.contains(&format!("{typed} ")) && !ran.stdout.contains(&other), "{ran:?}");
    }
    // It is found, and nobody can look at what is on it.
    says(&sandbox.prepare(&["drill", typed, "--dry-run"]).typed("n\n"), typed, &cid);
    let deleted = sandbox.prepare(&["delete", typed]).typed("y\n");
    deleted.quiet_success();
    assert!(deleted.stdout.contains(&cid), "{deleted:?}");
    assert_eq!(sandbox.names("cloud/snapshots"), [other]);
    let newest = sandbox.rows(&["operations"], "operations").remove(0);
    assert_eq!(newest["arguments"], format!("snapback delete {cid}"), "the journal has the whole CID");
}

#[test]
fn a_beginning_of_several_is_refused_with_what_may_be_meant() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cids: Vec<String> = (0..7).map(|_| sandbox.take("db/0")).collect();
    let ran = sandbox.prepare(&["delete", "snap"]).typed("y\n");
    ran.refused(2, &["7 snapshots begin with 'snap': nothing was done", ", and 2 more"]);
    assert_eq!(cids.iter().filter(|cid| ran.stderr.contains(*cid)).count(), 5, "{ran:?}");
    // Also where others are well named, and where unknown ones are passed over.
    for command in [&["delete", &cids[0], "snap-"][..], &["delete", "--ignore-missing", "snap-"]] {
        sandbox.prepare(command).typed("y\n").refused(2, &["7 snapshots begin with 'snap-'"]);
    }
    assert_eq!(sandbox.names("cloud/snapshots").len(), 7);
}

#[test]
fn a_beginning_has_four_characters() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let ran = sandbox.prepare(&["delete", "sna"]).typed("y\n");
    ran.refused(5, &["no snapshot 'sna' is known", "has 4 characters or more"]);
    let none = sandbox.prepare(&["delete", "nope"]).typed("y\n");
    none.refused(5, &["no snapshot 'nope' is known"]);
    assert!(!none.stderr.contains("characters"), "{none:?}");
    let ran = sandbox.prepare(&["delete", "snap"]).typed("y\n");
    says(&ran, "snap", &cid);
    assert!(sandbox.names("cloud/snapshots").is_empty());
}

#[test]
fn an_exact_cid_wins_also_one_that_is_gone() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let longer = format!("{cid}-more");
    import(&sandbox, &[&longer]);
    let ran = sandbox.prepare(&["delete", &cid]).typed("y\n");
    ran.quiet_success();
    assert!(!ran.stderr.contains("… is"), "{ran:?}");
    assert_eq!(sandbox.line(&["snapshots", "--output", "cid"]), longer);
    for words in [&["release", cid.as_str()][..], &["--abbrev", "release", &cid]] {
        sandbox.prepare(words).typed("").refused(5, &[&format!("no snapshot '{cid}' is known")]);
    }
    // A beginning means the one that is left.
    let shorter = &cid[..cid.len() - 1];
    let ran = sandbox.prepare(&["release", shorter]).typed("");
    ran.refused(4, &["the Director's"]);
    says(&ran, shorter, &longer);
}

#[test]
fn scripts_type_whole_cids_unless_they_say_otherwise() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let typed = beginning(&cid);
    let reason = ["--reason", "audit"];
    let hint = format!("it is the beginning of {cid}: type the whole CID, or add --abbrev");
    let unknown = format!("no snapshot '{typed}' is known");
    let held = |words: &[&str]| sandbox.prepare(&[words, &["hold", typed], &reason].concat());
    held(&[]).go().refused(5, &[&unknown, &hint]);
    held(&["-n"]).typed("").refused(5, &[&unknown, &hint]);
    held(&[]).env("BOSH_NON_INTERACTIVE", "true").typed("").refused(5, &[&unknown, &hint]);
    for form in [&["--json"][..], &["--output", "json"], &["--output", "tsv"]] {
        let ran = held(form).typed("");
        assert_eq!(ran.status, 5, "{ran:?}");
        assert!(format!("{}{}", ran.stdout, ran.stderr).contains("or add --abbrev"), "{ran:?}");
    }
    // What is passed over in a script stays so.
    let ran = sandbox.run(&["-n", "delete", "--ignore-missing", typed]);
    assert_eq!((ran.status, sandbox.names("cloud/snapshots").len()), (0, 1), "{ran:?}");
    // Several are no hint at a CID.
    let second = sandbox.take("db/0");
    let ran = sandbox.run(&["-n", "delete", "snap-"]);
    ran.refused(5, &["no snapshot 'snap-' is known"]);
    assert!(!ran.stderr.contains("--abbrev"), "{ran:?}");
    let ran = held(&["--abbrev"]).go();
    ran.quiet_success();
    says(&ran, typed, &cid);
    let rows = sandbox.rows(&["--abbrev", "release", typed], "snapshots");
    assert_eq!((&rows[0]["cid"], &rows[0]["result"]), (&cid.as_str().into(), &"released".into()));
    sandbox.run(&["--abbrev", "-n", "delete", "snap-"]).refused(2, &["2 snapshots begin with 'snap-'"]);
    sandbox.run(&["--abbrev", "-n", "delete", typed]).quiet_success();
    assert_eq!(sandbox.names("cloud/snapshots"), [second]);
}

#[test]
fn disks_are_abbreviated_too() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let disk = sandbox.line(&["promote", &cid, "--output", "cid"]);
    let typed = beginning(&disk);
    sandbox.run(&["-n", "delete-disk", typed]).refused(5, &["no disk", "or add --abbrev"]);
    sandbox.prepare(&["delete-disk", "disk"]).typed("y\n").refused(2, &["2 disks begin with 'disk'", &disk_of("db/0")]);
    // A disk of which the cloud says that it has it by that name is meant by it, known or not.
    let shorter = typed.to_owned();
    sandbox.make_disk(&shorter, 1, "made by hand");
    let ran = sandbox.prepare(&["restore", &cid, "--disk", &shorter, "--dry-run"]).typed("");
    assert!(!ran.stderr.contains("… is"), "{ran:?}");
    std::fs::remove_dir_all(sandbox.path("cloud/disks").join(&shorter)).unwrap();
    let ran = sandbox.prepare(&["restore", &cid, "--disk", typed, "--dry-run"]).typed("");
    says(&ran, typed, &disk);
    let ran = sandbox.prepare(&["delete-disk", typed]).typed("y\n");
    ran.quiet_success();
    says(&ran, typed, &disk);
    assert_eq!(sandbox.names("cloud/disks"), [disk_of("db/0")]);
    assert_eq!(sandbox.attached(&vm_of("db/0")), [disk_of("db/0")]);
}

#[test]
fn what_check_forgets_is_abbreviated_and_what_it_adopts_is_not() {
    let sandbox = Sandbox::with(&["db/0"]);
    let (cid, kept) = (sandbox.take("db/0"), sandbox.take("db/0"));
    std::fs::remove_dir_all(sandbox.path("cloud/snapshots").join(&cid)).unwrap();
    let typed = beginning(&cid);
    sandbox.run(&["-n", "check", "--forget", typed]).refused(5, &["no snapshot and no disk", "or add --abbrev"]);
    sandbox.prepare(&["check", "--adopt", typed]).typed("y\n").refused(5, &["no cloud lists a snapshot"]);
    let ran = sandbox.prepare(&["check", "--forget", typed]).typed("y\n");
    ran.quiet_success();
    says(&ran, typed, &cid);
    assert_eq!(sandbox.line(&["snapshots", "--output", "cid"]), kept);
}

#[test]
fn a_saved_plan_has_whole_cids() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let typed = beginning(&cid);
    let saved = sandbox.prepare(&["restore", typed, "--dry-run", "--save", "plan.json"]).typed("");
    saved.quiet_success();
    says(&saved, typed, &cid);
    let plan = std::fs::read_to_string(sandbox.path("plan.json")).unwrap();
    assert!(plan.contains(&format!("\"{cid}\"")) && !plan.contains(&format!("\"{typed}\"")), "{plan}");
    // Who carries it out types no CID.
    sandbox.run(&["-n", "apply", "plan.json"]).quiet_success();
}

#[test]
fn the_disk_that_check_attaches_is_abbreviated() {
    let sandbox = Sandbox::with(&["db/0"]);
    let (disk, typed) = (disk_of("db/0"), "disk-d");
    sandbox.detach_by_hand(&vm_of("db/0"), &disk);
    sandbox.run(&["-n", "check", "--attach", typed]).refused(5, &["no disk 'disk-d' is known", "or add --abbrev"]);
    let ran = sandbox.prepare(&["check", "--attach", typed]).typed("y\n");
    ran.quiet_success();
    says(&ran, typed, &disk);
    assert_eq!(sandbox.attached(&vm_of("db/0")), [disk]);
}
