//! What Cinder does after snapback was killed, what others do at the same time, and answers that name another thing.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Child;
use std::thread::sleep;
use std::time::Duration;

use serde_json::json;
use snapback::cpi::{CpiErrorKind, Effects, Queries};

use crate::between::Fate;
use crate::cloud::{LONG, Scene};
use crate::conformance::{sized, token_metadata};
use crate::errors::{Faulty, token};
use crate::real::real;
use crate::support::{Ran, at_once};

/// What Cinder's driver is at work on until the test lets it end.
struct Held(PathBuf);

impl Held {
    fn of(operation: &str, id: &str) -> Self {
        let path = real().control(operation, id);
        std::fs::write(&path, "{\"hold\": true}").unwrap();
        Held(path)
    }

    /// It goes on by this rule, which holds for each further try of Cinder's, too.
    fn go_on(&self, rule: &str) {
        let new = self.0.with_extension("new");
        std::fs::write(&new, rule).unwrap();
        std::fs::rename(new, &self.0).unwrap();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// Waits until one of these things has this status; gives its id.
fn until_one(scene: &Scene, kinds: &str, status: &str, running: &mut Child) -> String {
    let kind = kinds.trim_end_matches('s');
    loop {
        let ids = scene.project.ids(kinds);
        match ids.into_iter().find(|id| scene.project.show(kind, id)["status"] == status) {
            Some(id) => return id,
            None => assert!(running.try_wait().unwrap().is_none(), "it ended before Cinder was at work"),
        }
        sleep(Duration::from_millis(20));
    }
}

/// Starts a command, and kills it as soon as Cinder is at work on something; gives what that is.
fn killed_at_work(scene: &Scene, line: &[&str], kinds: &str, status: &str) -> String {
    let mut running = scene.prepare(line).start();
    let id = until_one(scene, kinds, status, &mut running);
    running.kill().unwrap();
    running.wait().unwrap();
    id
}

/// Waits until a thing has another status, or is gone.
fn until_no_more(scene: &Scene, kind: &str, id: &str, status: &str) {
    let is_so = || scene.project.show(kind, id)["status"] == status;
    assert!(
        (0..1200).any(|_| !is_so() || (sleep(Duration::from_millis(50)), false).1),
        "{kind} {id} is '{status}' for ever"
    );
}

fn is_listed(scene: &Scene, snapshot: &str) -> bool {
    scene.rows(&["snapshots"], "snapshots").iter().any(|row| row["cid"] == snapshot)
}

/// Cinder has taken a deletion on, and snapback is killed. Whether it happens is known when Cinder has done it, or not done it.
#[test]
fn a_deletion_that_a_kill_left_alone_is_known_by_its_end() {
    let ends = [("gone", "{}"), ("available", "{\"busy\": true}"), ("error_deleting", "{\"fail\": \"on fire\"}")];
    let count = at_once::several(3, &ends, |&(end, rule)| {
        let scene = Scene::new();
        let snapshot = scene.take();
        let held = Held::of("delete_snapshot", &snapshot);
        killed_at_work(&scene, &["delete", &snapshot, "-n"], "snapshots", "deleting");
        if end == "gone" {
            let early = scene.prepare(&["recover"]).env("SNAPBACK_TEST_PAUSE_MS", "1").go();
            assert_eq!(early.status, 7, "nobody can know: {early:?}");
            assert!(early.stderr.contains("is being deleted"), "{early:?}");
            assert!(
                early.stderr.contains("trying again in") && early.stderr.contains("(5 of 5)"),
                "it is told: {early:?}"
            );
        }
        assert!(is_listed(&scene, &snapshot), "{end}: it is not forgotten");
        held.go_on(rule);
        until_no_more(&scene, "snapshot", &snapshot, "deleting");
        let is_there = end != "gone";
        assert_eq!(scene.project.ids("snapshots").len(), usize::from(is_there), "{end}");
        let late = scene.run(&["recover"]);
        assert_eq!(late.status, 0, "{end}: {late:?}");
        assert_eq!(is_listed(&scene, &snapshot), is_there, "{end}: {late:?}");
        drop(held);
        if end == "error_deleting" {
            // Cinder deletes it only once its status is another one.
            let refused = scene.run(&["delete", &snapshot, "-n"]);
            assert!(refused.status != 0 && refused.stderr.contains("reset the status"), "{refused:?}");
            let reset = json!({"os-reset_status": {"status": "available"}});
            assert_eq!(scene.project.by_admin("POST", &format!("snapshots/{snapshot}/action"), &reset).0, 202);
        }
        if is_there {
            let again = scene.run(&["delete", &snapshot, "-n"]);
            assert_eq!(again.status, 0, "{end}: {again:?}");
            assert_eq!(scene.project.ids("snapshots"), Vec::<String>::new(), "{end}");
        }
        let checked = scene.run(&["check"]);
        assert_eq!(checked.status, 0, "{end}: {checked:?}");
    });
    eprintln!("OpenStack: {count} deletions went on after a kill");
}

/// Killed while Cinder works on it, and Cinder fails then: it is no snapshot of ours.
#[test]
fn a_snapshot_that_fails_after_the_kill_is_not_taken_for_one() {
    let scene = Scene::new();
    let held = Held::of("create_snapshot", &scene.disk);
    let broken = killed_at_work(&scene, &["take", "db/0"], "snapshots", "creating");
    held.go_on("{\"fail\": \"no room\"}");
    until_no_more(&scene, "snapshot", &broken, "creating");
    let recovered = scene.run(&["recover"]);
    assert_eq!(recovered.status, 0, "{recovered:?}");
    assert!(recovered.stdout.contains("failed in the cloud"), "{recovered:?}");
    assert!(!is_listed(&scene, &broken));
    // Nor is it by what check offers: the command that takes it away in the cloud.
    let offered = scene.run(&["check"]);
    assert!(offered.status == 11 && !offered.stdout.contains("--adopt"), "{offered:?}");
    assert!(offered.stdout.contains(&format!("openstack volume snapshot delete {broken}")), "{offered:?}");
    let adopted = scene.run(&["check", "--adopt", &broken]);
    assert_eq!(adopted.status, 4, "{adopted:?}");
    assert!(adopted.stderr.contains("is damaged in the cloud"), "{adopted:?}");
    assert!(!is_listed(&scene, &broken), "{adopted:?}");
    assert_eq!(scene.project.ids("snapshots"), [broken.as_str()], "it may be wanted by whoever looks for the reason");
    drop(held);
    assert_eq!(scene.project.asked("DELETE", &format!("snapshots/{broken}"), None).0, 202);
    until_no_more(&scene, "snapshot", &broken, "deleting");
    let checked = scene.run(&["check"]);
    assert_eq!(checked.status, 0, "{checked:?}");
}

/// What Cinder is about to delete is decided while `recover` asks again: whoever runs it waits, is told, and needs no second run.
#[test]
fn a_deletion_that_ends_while_recover_looks_is_settled() {
    let scene = Scene::new();
    let snapshot = scene.take();
    let held = Held::of("delete_snapshot", &snapshot);
    killed_at_work(&scene, &["delete", &snapshot, "-n"], "snapshots", "deleting");
    let mut recovering = scene.prepare(&["recover"]).start();
    let mut told = String::new();
    let mut stderr = BufReader::new(recovering.stderr.take().unwrap());
    while !told.contains("trying again in") {
        assert_ne!(stderr.read_line(&mut told).unwrap(), 0, "it looked, and did not wait: {told}");
    }
    held.go_on("{}");
    stderr.read_to_string(&mut told).unwrap();
    let mut recovered = Ran::of(recovering.wait_with_output().unwrap());
    recovered.stderr = told;
    assert_eq!(recovered.status, 0, "{recovered:?}");
    assert!(recovered.stderr.contains("is being deleted"), "{recovered:?}");
    assert!(!is_listed(&scene, &snapshot));
}

/// The same of a disk: the way out is told, and leads out.
#[test]
fn a_disk_that_fails_after_the_kill_is_not_taken_for_one() {
    let scene = Scene::new();
    let snapshot = scene.take();
    let held = Held::of("create_volume_from_snapshot", &snapshot);
    let broken = killed_at_work(&scene, &["promote", &snapshot], "volumes", "creating");
    held.go_on("{\"fail\": \"no room\"}");
    // Cinder tries a few times.
    until_no_more(&scene, "volume", &broken, "creating");
    assert_eq!(scene.project.show("volume", &broken)["status"], "error");
    let recovered = scene.run(&["recover"]);
    assert_ne!(recovered.status, 0, "{recovered:?}");
    assert!(
        recovered.stderr.contains(&format!("volume {broken}, but it cannot be used, so delete it")),
        "{recovered:?}"
    );
    let (status, said) = scene.project.asked("DELETE", &format!("volumes/{broken}"), None);
    assert_eq!(status, 202, "{said}");
    until_no_more(&scene, "volume", &broken, "deleting");
    let recovered = scene.run(&["recover"]);
    assert_eq!(recovered.status, 0, "{recovered:?}");
    let checked = scene.run(&["check"]);
    assert_eq!(checked.status, 0, "{checked:?}");
}

/// Somebody else deletes it at the same time: its end is waited for, and is what was wanted.
#[test]
fn a_deletion_that_somebody_else_has_begun_is_waited_for() {
    let faulty = Faulty::new();
    let snapshot = faulty.take(&faulty.cpi, 1).unwrap().cid;
    let disk = faulty.step(2, |intent| faulty.cpi.create_disk(intent, &sized(1024))).unwrap().cid;
    let wait_for = |action: &'static str, held: Held, act: &(dyn Fn() -> CpiErrorKind + Sync)| {
        faulty.ways.cinder.fails(|_, _| None);
        std::thread::scope(|scope| {
            let waits = scope.spawn(act);
            // What it asks next shows that the deletion was answered while the other one was under way.
            let waited = || faulty.ways.cinder.seen().iter().skip_while(|seen| seen.action != action).count() > 1;
            while !waited() && !waits.is_finished() {
                sleep(Duration::from_millis(20));
            }
            assert!(!waits.is_finished(), "it did not wait for the end of the other deletion");
            held.go_on("{}");
            waits.join().unwrap()
        })
    };
    let held = Held::of("delete_snapshot", snapshot.as_str());
    assert_eq!(faulty.project.asked("DELETE", &format!("snapshots/{snapshot}"), None).0, 202);
    let kind = |ended: Result<(), snapback::cpi::CpiError>| {
        ended.map_or_else(|error| error.kind, |()| CpiErrorKind::SnapshotNotFound)
    };
    let ended = wait_for("DELETE snapshots", held, &|| {
        kind(faulty.step(3, |intent| faulty.cpi.delete_snapshot(intent, &snapshot)))
    });
    assert_eq!(ended, CpiErrorKind::SnapshotNotFound);
    let held = Held::of("delete_volume", disk.as_str());
    assert_eq!(faulty.project.asked("DELETE", &format!("volumes/{disk}"), None).0, 202);
    let ended =
        wait_for("DELETE volumes", held, &|| match faulty.step(4, |intent| faulty.cpi.delete_disk(intent, &disk)) {
            Ok(()) => CpiErrorKind::DiskNotFound,
            Err(error) => error.kind,
        });
    assert_eq!(ended, CpiErrorKind::DiskNotFound);
    assert_eq!(faulty.project.ids("snapshots"), Vec::<String>::new());
    assert_eq!(faulty.project.ids("volumes"), [faulty.disk.to_string()]);
}

/// An answer that names another thing than what was made, as one that a proxy has kept: it is neither used nor taken away, not
/// even where it is in a state of which nothing good can come. What was made is found by its token.
#[test]
fn the_name_of_another_thing_is_neither_believed_nor_deleted() {
    let faulty = Faulty::new();
    let snapshot = faulty.take(&faulty.cpi, 1).unwrap().cid;
    let other = faulty.project.volume("hdd", "z1");
    let lie = |id: &str| -> &'static str { format!("\"id\": \"{id}\", \"was\": \"").leak() };
    let mut count = 0;
    for (begin, status) in [(10, "available"), (20, "error")] {
        for (kinds, id) in [("volumes", other.as_str()), ("snapshots", snapshot.as_str())] {
            let reset = json!({"os-reset_status": {"status": status}});
            let (answer, said) = faulty.project.by_admin("POST", &format!("{kinds}/{id}/action"), &reset);
            assert_eq!(answer, 202, "{said}");
        }
        let (volume, older) = (lie(&other), lie(snapshot.as_str()));
        faulty.ways.cinder.fails(move |action, _| match action {
            "POST volumes" => Some(Fate::Says("\"id\": \"", volume)),
            "POST snapshots" => Some(Fate::Says("\"id\": \"", older)),
            _ => None,
        });
        let made = faulty.step(begin, |intent| faulty.cpi.create_disk(intent, &sized(1024)));
        assert_eq!(made.unwrap_err().kind, CpiErrorKind::OutcomeUnknown, "{status}");
        let taken = faulty.take(&faulty.cpi, begin + 1);
        assert_eq!(taken.unwrap_err().kind, CpiErrorKind::OutcomeUnknown, "{status}");
        assert_eq!((faulty.ways.cinder.count("DELETE volumes"), faulty.ways.cinder.count("DELETE snapshots")), (0, 0));
        faulty.ways.cinder.fails(|_, _| None);
        // The same process and another one find what was made.
        for cpi in [&faulty.cpi, &faulty.anew(LONG)] {
            let found = cpi.find_disk(&token(begin)).unwrap().unwrap().cid;
            assert_ne!(found.as_str(), other, "{status}");
            let listed = cpi.list_snapshots(&token_metadata(&token(begin + 1))).unwrap();
            assert!(listed.len() == 1 && listed[0].cid != snapshot, "{status}: {listed:?}");
            count += 2;
        }
        let again = faulty.take(&faulty.cpi, begin + 1).unwrap().cid;
        assert_ne!(again, snapshot, "{status}");
    }
    eprintln!("OpenStack: answers that named another thing; {count} times the right one was found");
}
