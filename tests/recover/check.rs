//! `check`: each thing that can differ is found, with the next command to type; nothing hides another; and what is put
//! right on request is journalled.

use crate::support;

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};
use support::{Ran, Sandbox, disk_of, fake_cpi, vm_of};

/// The document that a run has printed.
fn document(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"))
}

/// Runs it, and gives the findings; its status must be of them.
#[track_caller]
fn found(sandbox: &Sandbox, arguments: &[&str]) -> Vec<Value> {
    let ran = sandbox.run(&[&["check", "--output", "json"], arguments].concat());
    let document = document(&ran);
    let found = document["findings"].as_array().unwrap().clone();
    let problems = found.iter().filter(|finding| finding["severity"] == "problem").count();
    assert_eq!(ran.status, if problems > 0 { 11 } else { 0 }, "{ran:?}");
    assert_eq!(document["error"]["kind"], if problems > 0 { json!("problems") } else { Value::Null });
    found
}

/// The only finding, which must be of this kind; its command is typed.
#[track_caller]
fn only(sandbox: &Sandbox, kind: &str) -> Value {
    let mut found = found(sandbox, &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["finding"], kind, "{found:#?}");
    follow(sandbox, &found[0]);
    found.remove(0)
}

#[track_caller]
fn follow(sandbox: &Sandbox, finding: &Value) {
    let next = finding["next"].as_str().unwrap();
    let Some(rest) = next.strip_prefix("snapback ") else { return assert!(next.starts_with("bosh -d "), "{next}") };
    let rest = rest.split(" && ").next().unwrap();
    let rest = rest.strip_prefix("--verbose ").unwrap_or(rest);
    let words: Vec<&str> = rest.split(' ').chain(["--dry-run"]).collect();
    let takes_no_dry_run = ["disks", "operations", "check", "manifest", "cpis", "snapshots"].contains(&words[0]);
    let words =
        if takes_no_dry_run && !rest.contains("--adopt") && !rest.contains("--forget") && !rest.contains("--attach") {
            &words[..words.len() - 1]
        } else {
            &words[..]
        };
    let ran = sandbox.run(words);
    assert!(ran.status != 2 && ran.status != 70, "{next}: {ran:?}");
}

fn forget_in_the_state_file(sandbox: &Sandbox, cid: &str) {
    let connection = Connection::open(sandbox.state()).unwrap();
    assert_eq!(connection.execute("DELETE FROM snapshots WHERE cid = ?1", [cid]).unwrap(), 1);
}

fn lose_snapshot(sandbox: &Sandbox, cid: &str) {
    fs::remove_dir_all(sandbox.path("cloud/snapshots").join(cid)).unwrap();
}

#[test]
fn nothing_to_find_is_0() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    sandbox.take("db/0");
    let before = fs::read(sandbox.state()).unwrap();
    let ran = sandbox.run(&["check"]);
    ran.is(&sandbox, 0, "", "No problems found\n");
    assert!(fs::read(sandbox.state()).unwrap() == before, "it only reads");
}

#[test]
fn people_read_a_table_and_11() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    lose_snapshot(&sandbox, &cid);
    let ran = sandbox.run(&["check"]);
    let row = format!(
        "snapshot_gone\t{cid}\tthe cloud no longer has this snapshot of db/0\tsnapback check --forget {cid}\t\n"
    );
    let says = format!(
        "Error: 1 problem found\nHint: each row ends with the next command to type\nHint: run: snapback check --forget {cid}\n"
    );
    ran.is(&sandbox, 11, &row, &says);
}

#[test]
fn a_snapshot_that_only_the_state_file_has_is_forgotten_on_request() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    sandbox.run(&["-n", "check", "--forget", &cid]).refused(4, &["the cloud has snapshot", "snapback delete"]);
    lose_snapshot(&sandbox, &cid);
    assert_eq!(only(&sandbox, "snapshot_gone")["about"], json!(cid));
    let declined = sandbox.prepare(&["check", "--forget", &cid]).stdin("no\n").go();
    assert_eq!(declined.status, 10, "{declined:?}");
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 1);
    sandbox.run(&["check", "--forget", &cid, "--output", "json"]).status.eq(&2).then_some(()).unwrap();
    sandbox.run(&["-n", "check", "--forget", &cid]).quiet_success();
    assert!(sandbox.rows(&["snapshots"], "snapshots").is_empty());
    let operation = &sandbox.rows(&["operations"], "operations")[0];
    assert_eq!((&operation["verb"], &operation["state"]), (&json!("check"), &json!("done")));
    assert_eq!(found(&sandbox, &[]), [json!(null); 0]);
    sandbox.run(&["-n", "undo", operation["operation"].as_str().unwrap()]).refused(4, &["cannot be undone"]);
}

#[test]
fn a_snapshot_that_only_the_cloud_has_is_adopted_on_request() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    forget_in_the_state_file(&sandbox, &cid);
    assert_eq!(only(&sandbox, "snapshot_unknown")["about"], json!(cid));
    sandbox.run(&["-n", "check", "--adopt", &cid]).quiet_success();
    let row = &sandbox.rows(&["snapshots"], "snapshots")[0];
    assert_eq!((&row["cid"], &row["instance"], &row["note"]), (&json!(cid), &json!("db/0"), &json!("adopted")));
    assert_eq!(row["operation"], sandbox.rows(&["operations"], "operations")[1]["operation"], "the take's");
    assert_eq!(found(&sandbox, &[]), [json!(null); 0]);
    sandbox.run(&["-n", "check", "--adopt", &cid]).refused(4, &["is known already"]);
    sandbox.run(&["-n", "check", "--adopt", "snap-none"]).refused(5, &["no cloud lists a snapshot snap-none"]);
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
}

#[test]
fn a_snapshot_that_recover_would_find_is_left_to_it() {
    let sandbox = Sandbox::with(&["db/0"]);
    let killed = sandbox.prepare(&["take"]).fault("take.snapshot_disk.effected=kill").go();
    assert_eq!(killed.status, 128 + 9);
    let found = found(&sandbox, &[]);
    let kinds: Vec<&Value> = found.iter().map(|finding| &finding["finding"]).collect();
    assert_eq!(kinds, ["pending_operation", "snapshot_unknown"], "{found:#?}");
    assert!(found[0]["message"].as_str().unwrap().contains("it is not known whether one step"), "{found:#?}");
    let cid = found[1]["about"].as_str().unwrap();
    sandbox.run(&["-n", "check", "--adopt", cid]).refused(6, &["has not ended", "recover"]);
    follow(&sandbox, &found[0]);
}

/// Runs `check` while another command is held in the midst of a step.
fn beside(sandbox: &Sandbox, arguments: &[&str], point: &str, reached: impl Fn(&Sandbox) -> bool) -> Vec<Value> {
    let held = sandbox.prepare(arguments).fault(&format!("{point}=sleep:4000")).start();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !reached(sandbox) {
        assert!(std::time::Instant::now() < until, "{point} is not reached");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let found = found(sandbox, &[]);
    let ran = Ran::of(held.wait_with_output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    found
}

#[test]
fn what_a_running_operation_is_about_is_no_finding_of_its_own() {
    let sandbox = Sandbox::with(&["db/0"]);
    let snapshots = |sandbox: &Sandbox| sandbox.names("cloud/snapshots").len();
    let found = beside(&sandbox, &["take"], "take.snapshot_disk.effected", |sandbox| snapshots(sandbox) == 1);
    let told: Vec<&Value> = found.iter().map(|finding| &finding["finding"]).collect();
    assert_eq!(told, ["running_operation"], "{found:#?}");
    let cid = sandbox.names("cloud/snapshots").remove(0);
    let delete = ["-n", "delete", &cid];
    let found = beside(&sandbox, &delete, "delete.delete_snapshot.effected", |sandbox| snapshots(sandbox) == 0);
    let told: Vec<&Value> = found.iter().map(|finding| &finding["finding"]).collect();
    assert_eq!(told, ["running_operation"], "{found:#?}");
}

#[test]
fn disks_that_vanished_and_vms_that_have_others() {
    let sandbox = Sandbox::with(&["db/0", "db/1", "db/2", "db/3"]);
    let cid = sandbox.take("db/0");
    let orphan = sandbox.line(&["promote", &cid, "--output", "cid"]);
    fs::remove_dir_all(sandbox.path("cloud/disks").join(&orphan)).unwrap();
    fs::remove_file(sandbox.path("cloud/vms").join(vm_of("db/1")).join(disk_of("db/1"))).unwrap();
    // Root disks and the like are nobody's business; another instance's disk is.
    sandbox.make_disk("disk-root", 1 << 20, "root");
    sandbox.make_vm(&vm_of("db/2"), &["disk-root", &disk_of("db/1")]);
    fs::remove_dir_all(sandbox.path("cloud/vms").join(vm_of("db/3"))).unwrap();
    let found = found(&sandbox, &[]);
    let seen: Vec<(&str, &str)> =
        found.iter().map(|one| (one["finding"].as_str().unwrap(), one["about"].as_str().unwrap())).collect();
    assert_eq!(
        seen,
        [
            ("disk_gone", orphan.as_str()),
            ("disk_not_attached", disk_of("db/1").as_str()),
            ("stranger", disk_of("db/1").as_str()),
            ("vm_gone", "db/3"),
        ],
        "{found:#?}"
    );
    found.iter().for_each(|finding| follow(&sandbox, finding));
    sandbox.run(&["-n", "check", "--forget", &orphan]).quiet_success();
    assert!(sandbox.rows(&["disks", "--orphaned"], "disks").is_empty());
    sandbox.run(&["-n", "check", "--forget", &disk_of("db/1")]).refused(4, &["is an instance's current disk"]);
    sandbox.run(&["-n", "check", "--forget", "nope"]).refused(5, &["no snapshot and no disk 'nope'"]);
    assert_eq!(sandbox.run(&["-d", "nope", "check"]).status, 5);
}

#[test]
fn an_instance_whose_disk_is_gone_is_told_to_go_back_to_a_snapshot() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.take("db/0");
    fs::remove_dir_all(sandbox.path("cloud/disks").join(disk_of("db/0"))).unwrap();
    let found = found(&sandbox, &[]);
    let gone = found.iter().find(|finding| finding["finding"] == "disk_gone").unwrap();
    assert_eq!(gone["next"], "snapback -d prod restore --latest db/0 && snapback check --forget disk-db-0");
    follow(&sandbox, gone);
}

#[test]
fn a_damaged_snapshot_is_found() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let image = sandbox.path("cloud/snapshots").join(&cid).join("disk.img");
    fs::set_permissions(&image, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    fs::File::options().write(true).open(&image).unwrap().set_len(7).unwrap();
    assert_eq!(only(&sandbox, "snapshot_failed")["next"], format!("snapback delete {cid}"));
}

#[test]
fn an_inventory_that_is_too_old() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.prepare(&["import", "inventory.yml"]).fixed().go().quiet_success();
    let later = sandbox.prepare(&["check"]).env("SNAPBACK_TEST_NOW", "2026-11-24T02:50:00Z").go();
    assert_eq!(later.status, 11, "{later:?}");
    assert!(
        later
            .stdout
            .contains("stale_inventory\tprod\t1 of its instances were last confirmed longer than 1d ago; db/0 2d ago"),
        "{later:?}"
    );
    let allowed =
        sandbox.prepare(&["--max-inventory-age", "off", "check"]).env("SNAPBACK_TEST_NOW", "2026-11-24T02:50:00Z");
    assert_eq!(allowed.go().status, 0);
}

#[test]
fn a_cpi_that_fails_hides_nothing() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let cid = sandbox.take("db/0");
    fs::write(sandbox.path("cloud/snapshots").join(&cid).join("meta.json"), "{").unwrap();
    fs::remove_dir_all(sandbox.path("cloud/vms").join(vm_of("db/1"))).unwrap();
    let found_here = found(&sandbox, &[]);
    let kinds: Vec<&Value> = found_here.iter().map(|finding| &finding["finding"]).collect();
    // Without the list each snapshot is asked for, so that one that is damaged hides no other.
    assert_eq!(kinds, ["vm_gone", "cpi_failed", "cpi_failed"], "{found_here:#?}");
    // One that is not there at all, beside the one that is.
    let connection = Connection::open(sandbox.state()).unwrap();
    connection.execute("UPDATE instances SET cpi = 'other_cpi' WHERE idx = 1", []).unwrap();
    connection.execute("UPDATE disks SET cpi = 'other_cpi' WHERE idx = 1", []).unwrap();
    lose_snapshot(&sandbox, &cid);
    let found_there = found(&sandbox, &[]);
    let kinds: Vec<(&Value, &Value)> =
        found_there.iter().map(|finding| (&finding["finding"], &finding["about"])).collect();
    assert_eq!(
        kinds,
        [(&json!("snapshot_gone"), &json!(cid)), (&json!("cpi_failed"), &json!("other_cpi"))],
        "{found_there:#?}"
    );
    found_there.iter().for_each(|finding| follow(&sandbox, finding));
}

#[test]
fn a_cpi_that_keeps_failing_is_asked_no_more() {
    let instances: Vec<String> = (0..6).map(|index| format!("db/{index}")).collect();
    let sandbox = Sandbox::with(&instances.iter().map(String::as_str).collect::<Vec<_>>());
    let fails = "error:Bosh::Clouds::CloudError|down|no";
    fake_cpi::install(&sandbox, &json!({"does": {"has_disk": [fails], "get_disks": [fails]}}));
    let ran = sandbox.run(&["--cpi-path", "fake/cpi", "check", "--output", "json"]);
    assert_eq!(ran.status, 11, "{ran:?}");
    let found = document(&ran)["findings"].as_array().unwrap().clone();
    let failed = found.iter().filter(|finding| finding["finding"] == "cpi_failed").count();
    assert_eq!((failed, found.len()), (1, 1), "one finding is enough where nothing was seen: {found:#?}");
    assert!(
        found[0]["message"].as_str().unwrap().contains("failed 3 times, so snapback asked it no more"),
        "{found:#?}"
    );
    let calls = fs::read_to_string(sandbox.path("fake/calls.jsonl")).unwrap();
    assert_eq!(calls.matches("\"method\":\"has_disk\"").count(), 3, "{calls}");
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh")
}

/// A Director `test` that has the deployment `dep`, imported.
fn directed() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    fs::create_dir_all(sandbox.path("bosh")).unwrap();
    let table = |content: &str, rows: &str| {
        format!(
            r#"{{"Tables": [{{"Content": "{content}", "Header": {{}}, "Rows": [{rows}], "Notes": null}}], "Blocks": null, "Lines": ["Succeeded"]}}"#
        )
    };
    sandbox.write("bosh/environment", &table("", r#"{"name": "test", "uuid": "u", "version": "282.0.0"}"#));
    sandbox.write("bosh/deployments", &table("deployments", r#"{"name": "dep", "release_s": "x/1"}"#));
    for (name, fixture) in [
        ("dep.instances", "instances_details.json"),
        ("dep.snapshots", "snapshots.json"),
        ("disks", "disks_orphaned.json"),
    ] {
        fs::copy(fixtures().join(fixture), sandbox.path("bosh").join(name)).unwrap();
    }
    let ran = by_bosh(&sandbox, &["import", "--from-bosh"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    sandbox
}

fn by_bosh(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    sandbox
        .prepare(arguments)
        .env("PATH", &format!("{}:/usr/bin:/bin", fixtures().join("fake").display()))
        .env("FAKE_BOSH", sandbox.path("bosh").to_str().unwrap())
        .env("BOSH_ENVIRONMENT", "https://10.0.0.6:25555")
        .env("BOSH_CLIENT", "admin")
        .env("BOSH_CLIENT_SECRET", "hush")
        .go()
}

fn differences(sandbox: &Sandbox) -> Vec<(String, String)> {
    let ran = by_bosh(sandbox, &["check", "--from-bosh", "--output", "json"]);
    let document = document(&ran);
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let found = document["findings"].as_array().unwrap_or_else(|| panic!("{ran:?}"));
    let differ = found.iter().filter(|finding| finding["finding"] == "director_differs");
    differ.map(|finding| (text(finding, "about"), text(finding, "message"))).collect()
}

#[test]
fn the_director_is_compared_both_ways() {
    let sandbox = directed();
    let before = fs::read(sandbox.state()).unwrap();
    assert_eq!(differences(&sandbox), []);
    let edit = |name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(sandbox.path(&format!("bosh/{name}"))).unwrap();
        assert!(text.contains(from), "{name}: {text}");
        sandbox.write(&format!("bosh/{name}"), &text.replace(from, to));
    };
    edit("dep.snapshots", "snap-7b1f0b00", "snap-new");
    edit("dep.instances", "disk-1", "disk-resized");
    let found = differences(&sandbox);
    let has = |about: &str, text: &str| found.iter().any(|(one, message)| one == about && message.contains(text));
    assert!(has("snap-new", "the Director has this snapshot of db/"), "{found:#?}");
    assert!(has("snap-7b1f0b00", "the Director no longer has this snapshot"), "{found:#?}");
    assert!(has("db/0", "the Director says disk disk-resized"), "{found:#?}");
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(fs::read(sandbox.state()).unwrap() == before, "it only reads");
    sandbox.write("bosh/deployments.rc", "1");
    assert_ne!(by_bosh(&sandbox, &["check", "--from-bosh"]).status, 0);
}

#[test]
fn the_deadline_of_an_orphaned_disk_of_a_director() {
    let sandbox = directed();
    let connection = Connection::open(sandbox.state()).unwrap();
    // As a restore leaves it behind, two and a half days before the night.
    connection
        .execute(
            "INSERT INTO disks (cpi, cid, deployment, grp, idx, slot, state, orphaned_at)
             VALUES ('local_cpi', 'disk-old', 'dep', 'db', 0, 0, 'orphaned', 1795099800000)",
            [],
        )
        .unwrap();
    let at = |now: &str| {
        let run = sandbox.prepare(&["check", "--output", "json"]).env("SNAPBACK_TEST_NOW", now);
        let found = document(&run.go())["findings"].as_array().unwrap().clone();
        let mut found =
            found.into_iter().filter(|one| one["finding"] == "orphan_deadline" && one["about"] == "disk-old");
        let finding = found.next().unwrap();
        (finding["severity"].as_str().unwrap().to_owned(), finding["message"].as_str().unwrap().to_owned())
    };
    let (severity, message) = at("2026-11-22T02:50:00Z");
    assert!(
        severity == "note" && message.contains("BOSH deletes it after 2026-11-24 14:50 UTC, in 2d 12h"),
        "{message}"
    );
    let (severity, message) = at("2026-11-24T10:50:00Z");
    assert!(severity == "problem" && message.contains("in 4h, or at the next `bosh clean-up --all`"), "{message}");
    let (severity, message) = at("2026-11-25T10:50:00Z");
    assert!(
        severity == "problem" && message.contains("BOSH may have deleted it since 2026-11-24 14:50 UTC"),
        "{message}"
    );
}
