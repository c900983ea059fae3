//! What Cinder takes on and does not do: deletions that come back, things that end in an error, quotas, disks in use.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use snapback::cpi::{CpiErrorKind, Effects, Queries, SnapshotState};
use snapback::domain::ids::{DiskCid, SnapshotCid};

use crate::between::Fate;
use crate::cloud::{LONG, Scene};
use crate::conformance::sized;
use crate::errors::{Faulty, token};
use crate::real::real;

/// A rule of the driver's, until it is dropped.
struct Rule(PathBuf);

impl Rule {
    fn of(operation: &str, id: &str, rule: &str) -> Self {
        let path = real().control(operation, id);
        fs::write(&path, rule).unwrap();
        Rule(path)
    }
}

impl Drop for Rule {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

/// As on Ceph: the deletion is taken on, and the snapshot comes back, since a disk depends on it.
#[test]
fn a_snapshot_that_a_disk_depends_on_is_kept_and_said_to_be() {
    let scene = Scene::of("ssd");
    let snapshot = scene.take();
    assert_eq!(scene.run(&["promote", &snapshot]).status, 0);
    let clone = scene.project.ids("volumes").into_iter().find(|id| *id != scene.disk).unwrap();
    let kept = scene.run(&["delete", &snapshot, "-n"]);
    assert_ne!(kept.status, 0, "{kept:?}");
    assert!(kept.stderr.contains("Cinder kept") && kept.stderr.contains(&clone), "{kept:?}");
    assert_eq!(scene.project.ids("snapshots"), [snapshot.as_str()]);
    let listed = scene.rows(&["snapshots"], "snapshots");
    assert!(listed.iter().any(|row| row["cid"] == snapshot.as_str()), "it is not forgotten: {listed:?}");
    let checked = scene.run(&["check"]);
    assert_eq!(checked.status, 0, "{checked:?}");
    // The way that was told.
    assert_eq!(scene.run(&["delete-disk", &clone, "-n"]).status, 0);
    let gone = scene.run(&["delete", &snapshot, "-n"]);
    assert_eq!(gone.status, 0, "{gone:?}");
    assert_eq!(scene.project.ids("snapshots"), Vec::<String>::new());
}

/// Busy without a disk that one could name; broken in the deletion; and held for longer than anybody waits.
#[test]
fn deletions_that_do_not_come_about_are_told_apart() {
    let faulty = Faulty::new();
    let snapshot = faulty.take(&faulty.cpi, 1).unwrap().cid;
    let delete = |step: u32| faulty.step(step, |intent| faulty.cpi.delete_snapshot(intent, &snapshot));
    let busy = Rule::of("delete_snapshot", snapshot.as_str(), r#"{"busy": true}"#);
    let error = delete(2).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::InUse, "{error}");
    drop(busy);

    let held = Rule::of("delete_snapshot", snapshot.as_str(), r#"{"hold": true}"#);
    let short = faulty.anew(Duration::from_secs(15));
    let error = faulty.step(3, |intent| short.delete_snapshot(intent, &snapshot)).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::OutcomeUnknown, "{error}");
    // Neither there nor gone, until it is decided.
    let undecided = short.describe_snapshot(&snapshot).unwrap_err();
    assert_eq!((undecided.kind, undecided.ok_to_retry), (CpiErrorKind::NoAnswer, true), "{undecided}");
    drop(held);
    while faulty.project.ids("snapshots").contains(&snapshot.to_string()) {}
    assert_eq!(faulty.cpi.describe_snapshot(&snapshot).unwrap().state, SnapshotState::Missing);
    assert_eq!(delete(4).unwrap_err().kind, CpiErrorKind::SnapshotNotFound);

    let other = faulty.take(&faulty.cpi, 5).unwrap().cid;
    let _broken = Rule::of("delete_snapshot", other.as_str(), r#"{"fail": "the disk array is on fire"}"#);
    let error = faulty.step(6, |intent| faulty.cpi.delete_snapshot(intent, &other)).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::Cloud, "{error}");
    assert!(error.message.contains("error_deleting"), "{error}");
    assert_eq!(faulty.cpi.describe_snapshot(&other).unwrap().state, SnapshotState::Failed);
}

/// The same of volumes.
#[test]
fn a_disk_that_cinder_cannot_delete_is_not_gone() {
    let faulty = Faulty::new();
    let made = |step: u32| faulty.step(step, |intent| faulty.cpi.create_disk(intent, &sized(1024))).unwrap().cid;
    let disk = made(1);
    let broken = Rule::of("delete_volume", disk.as_str(), r#"{"fail": "no"}"#);
    let error = faulty.step(2, |intent| faulty.cpi.delete_disk(intent, &disk)).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::Cloud, "{error}");
    assert!(faulty.cpi.has_disk(&disk).unwrap());
    drop(broken);

    let disk = made(3);
    let held = Rule::of("delete_volume", disk.as_str(), r#"{"hold": true}"#);
    let short = faulty.anew(Duration::from_secs(15));
    let error = faulty.step(4, |intent| short.delete_disk(intent, &disk)).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::OutcomeUnknown, "{error}");
    assert_eq!(short.has_disk(&disk).unwrap_err().kind, CpiErrorKind::NoAnswer);
    assert_eq!(short.find_disk(&token(3)).unwrap_err().kind, CpiErrorKind::NoAnswer);
    drop(held);
    while faulty.project.ids("volumes").contains(&disk.to_string()) {}
    assert!(!faulty.cpi.has_disk(&disk).unwrap());
    assert_eq!(faulty.cpi.find_disk(&token(3)).unwrap(), None);
}

/// What ends in an error is taken away again: it is of no use, and nobody else's.
#[test]
fn what_cinder_could_not_make_leaves_nothing_behind() {
    let faulty = Faulty::new();
    let broken = Rule::of("create_snapshot", faulty.disk.as_str(), r#"{"fail": "no room"}"#);
    let error = faulty.take(&faulty.cpi, 1).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::Cloud, "{error}");
    assert!(error.message.contains("'error'"), "{error}");
    assert_eq!(faulty.project.ids("snapshots"), Vec::<String>::new());
    drop(broken);

    let snapshot = faulty.take(&faulty.cpi, 2).unwrap().cid;
    let _broken = Rule::of("create_volume_from_snapshot", snapshot.as_str(), r#"{"fail": "no room"}"#);
    let make =
        |step: u32| faulty.step(step, |intent| faulty.cpi.create_disk_from_snapshot(intent, &snapshot, &sized(1024)));
    let error = make(3).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::Cloud, "{error}");
    assert_eq!(faulty.project.ids("volumes"), [faulty.disk.to_string()]);
    assert_eq!(faulty.cpi.find_disk(&token(3)).unwrap(), None);

    // Not even that can be taken away: nobody takes it for a disk, nor for none.
    faulty.ways.cinder.fails(|action, _| {
        (action == "DELETE volumes").then_some(Fate::Error(400, "badRequest", "Invalid volume: no"))
    });
    let error = make(4).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::OutcomeUnknown, "{error}");
    let error = faulty.anew(LONG).find_disk(&token(4)).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::Cloud, "{error}");
    assert!(error.hints.concat().contains("openstack volume delete"), "{error:?}");
}

/// A quota is named as such, by the real Cinder's own words.
#[test]
fn a_quota_is_no_throttle() {
    let faulty = Faulty::new();
    let quota = format!("os-quota-sets/{}", faulty.project.id);
    let (status, said) = faulty.project.by_admin("PUT", &quota, &json!({"quota_set": {"snapshots": 0, "volumes": 1}}));
    assert_eq!(status, 200, "{said}");
    let error = faulty.take(&faulty.cpi, 1).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::NoSpace, "{error}");
    assert!(error.hints.concat().contains("quota"), "{:?}", error.hints);
    let error = faulty.step(2, |intent| faulty.cpi.create_disk(intent, &sized(1024))).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::NoSpace, "{error}");
}

/// A disk that a VM has is snapshotted, named after its device, and not deleted.
#[test]
fn a_disk_in_use() {
    let faulty = Faulty::new();
    let vm = "6c8cf6e0-4c8f-442f-9196-9679737feec6";
    faulty.project.attach(faulty.disk.as_str(), vm);
    let error = faulty.step(1, |intent| faulty.cpi.delete_disk(intent, &faulty.disk)).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::InUse, "{error}");
    assert!(error.message.contains(vm), "{error}");
    let taken = faulty.take(&faulty.cpi, 2).unwrap().cid;
    assert_eq!(faulty.project.show("snapshot", taken.as_str())["description"], "vdc");
    assert!(faulty.cpi.has_disk(&faulty.disk).unwrap());
}

/// Nobody is there: nothing was sent, so nothing has happened.
#[test]
fn an_endpoint_that_is_not_there_is_no_answer() {
    let mut said = crate::cloud::properties(real(), &real().hosts()[0], real().said("/project"));
    said["region"] = json!(real().said("/region_nowhere"));
    let nowhere = crate::cloud::cpi(&said, LONG);
    let faulty = Faulty::new();
    let missing = SnapshotCid::new("6c8cf6e0-4c8f-442f-9196-9679737feec6");
    let error = faulty.step(1, |intent| nowhere.delete_snapshot(intent, &missing)).unwrap_err();
    assert_eq!((error.kind, error.ok_to_retry), (CpiErrorKind::NoAnswer, false), "{error}");
    assert!(error.hints.concat().contains("endpoint_type"), "{error:?}");
    assert!(nowhere.has_disk(&DiskCid::new("6c8cf6e0-4c8f-442f-9196-9679737feec6")).is_err());
}
