//! SIGKILL around each effect on OpenStack: what Cinder has made is found by its metadata, once.

use std::time::Duration;

use crate::between::Fate;
use crate::cloud::Scene;
use crate::support::at_once;

const POINTS: [(&str, &str); 10] = [
    ("take", "take.snapshot_disk.intended"),
    ("take", "take.snapshot_disk.effected"),
    ("take", "take.snapshot_disk.settled"),
    ("promote", "promote.create_disk_from_snapshot.intended"),
    ("promote", "promote.create_disk_from_snapshot.effected"),
    ("promote", "promote.create_disk_from_snapshot.settled"),
    ("delete", "delete.delete_snapshot.intended"),
    ("delete", "delete.delete_snapshot.effected"),
    ("delete-disk", "delete-disk.delete_disk.intended"),
    ("delete-disk", "delete-disk.delete_disk.effected"),
];

/// Each is killed; after one `recover`, everything that the project has is known, and nothing else.
#[test]
fn whatever_is_killed_is_recovered() {
    let count = at_once::several(2, &POINTS, |&(verb, point)| {
        let scene = Scene::new();
        let snapshot = scene.take();
        let mut line = vec![verb];
        let made;
        match verb {
            "take" => line.push("db/0"),
            "promote" => line.push(&snapshot),
            "delete" => line.extend([snapshot.as_str(), "-n"]),
            _ => {
                assert_eq!(scene.run(&["promote", &snapshot]).status, 0);
                made = scene.project.ids("volumes").into_iter().find(|id| *id != scene.disk).unwrap();
                line.extend([made.as_str(), "-n"]);
            }
        }
        let killed = scene.prepare(&line).fault(&format!("{point}=kill")).go();
        assert_eq!(killed.status, 137, "{point}: {killed:?}");
        let recovered = scene.run(&["recover"]);
        assert!([0, 3].contains(&recovered.status), "{point}: {recovered:?}");
        all_is_known(&scene, point);
    });
    eprintln!("OpenStack: {count} kills, nothing lost");
    assert_eq!(count, POINTS.len());
}

/// Killed in the middle of a request: Cinder does it, and nobody hears the answer.
#[test]
fn what_is_cut_off_in_the_middle_is_found() {
    let scene = Scene::new();
    let snapshot = scene.take();
    for (action, line) in
        [("POST snapshots", vec!["take", "db/0"]), ("POST volumes", vec!["promote", snapshot.as_str()])]
    {
        for fate in [Fate::DoneThenReset, Fate::DoneThenCut, Fate::DoneThenHtml(504)] {
            let what = format!("{action}: {fate:?}");
            let before = (scene.project.ids("snapshots"), scene.project.ids("volumes"));
            scene.ways.cinder.fails(move |seen, nth| (seen == action && nth == 1).then(|| fate.clone()));
            let ran = scene.run(&line);
            // What is found at once is done; else it is found by recover.
            if ran.status != 0 {
                let recovered = scene.run(&["recover"]);
                assert_eq!(recovered.status, 0, "{what}: {ran:?} {recovered:?}");
            }
            let after = (scene.project.ids("snapshots"), scene.project.ids("volumes"));
            assert_eq!(after.0.len() + after.1.len(), before.0.len() + before.1.len() + 1, "{what}: made once");
            all_is_known(&scene, &what);
        }
    }
}

/// Killed while Cinder still works on it.
#[test]
fn what_cinder_finishes_after_the_kill_is_found() {
    let scene = Scene::new();
    let control = crate::real::real().control("create_snapshot", &scene.disk);
    std::fs::write(&control, "{\"hold\": true}").unwrap();
    let mut running = scene.prepare(&["take", "db/0"]).start();
    while scene.project.ids("snapshots").is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    running.kill().unwrap();
    running.wait().unwrap();
    std::fs::remove_file(&control).unwrap();
    let recovered = scene.run(&["recover"]);
    assert_eq!(recovered.status, 0, "{recovered:?}");
    all_is_known(&scene, "held");
    assert_eq!(scene.project.ids("snapshots").len(), 1);
}

/// The state file knows each snapshot and each disk of the project, and no other.
fn all_is_known(scene: &Scene, what: &str) {
    let listed = |arguments: &[&str], content: &str, key: &str| {
        let rows = scene.rows(arguments, content);
        let mut cids: Vec<String> = rows.iter().filter_map(|row| Some(row[key].as_str()?.to_owned())).collect();
        cids.sort();
        cids
    };
    assert_eq!(listed(&["snapshots"], "snapshots", "cid"), scene.project.ids("snapshots"), "{what}");
    let mut disks = listed(&["disks"], "disks", "disk_cid");
    disks.extend(listed(&["disks", "--orphaned"], "disks", "disk_cid"));
    disks.sort();
    disks.dedup();
    assert_eq!(disks, scene.project.ids("volumes"), "{what}");
    let checked = scene.run(&["check"]);
    assert_eq!(checked.status, 0, "{what}: {checked:?}");
}
