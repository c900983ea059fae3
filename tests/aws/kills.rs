//! SIGKILL around each effect on AWS: what AWS has made is found by its tags, once, and the instance has a disk.

use crate::cloud::Scene;

const POINTS: [&str; 12] = [
    "restore.create_disk_from_snapshot.intended",
    "restore.create_disk_from_snapshot.effected",
    "restore.create_disk_from_snapshot.settled",
    "restore.snapshot_disk.intended",
    "restore.snapshot_disk.effected",
    "restore.detach_disk.intended",
    "restore.detach_disk.effected",
    "restore.detach_disk.settled",
    "restore.attach_disk.intended",
    "restore.attach_disk.effected",
    "restore.attach_disk.settled",
    "restore.finish.before",
];

#[test]
fn a_restore_that_is_killed_is_recovered() {
    let (mut forward, mut back) = (0, 0);
    for point in POINTS {
        let scene = Scene::new();
        let snapshot = scene.take();
        let killed = scene.prepare(&["restore", &snapshot, "-n"]).fault(&format!("{point}=kill")).go();
        assert_eq!(killed.status, 137, "{point}: {killed:?}");
        let recovered = scene.run(&["recover"]);
        assert_eq!(recovered.status, 0, "{point}: {recovered:?}");
        let has = scene.moto.of_vm(&scene.vm);
        assert_eq!(has.len(), 1, "{point}: the instance has one disk: {has:?}");
        let known = [scene.rows(&["disks"], "disks"), scene.rows(&["disks", "--orphaned"], "disks")].concat();
        let known = serde_json::Value::from(known).to_string();
        for volume in scene.moto.volumes() {
            assert!(known.contains(&volume), "{point}: nobody knows of {volume}: {known}");
        }
        let listed = serde_json::Value::from(scene.rows(&["snapshots"], "snapshots")).to_string();
        for snapshot in scene.moto.snapshots() {
            assert!(listed.contains(&snapshot), "{point}: nobody knows of {snapshot}: {listed}");
        }
        assert!(scene.moto.volumes().len() <= 2, "{point}: one volume was made, at most");
        let asked: Vec<String> = scene.between.seen().into_iter().map(|seen| seen.form).collect();
        let made = asked.iter().filter(|form| form.contains("Action=CreateVolume&"));
        let tokens: Vec<&str> = made.filter_map(|form| form.split("ClientToken=").nth(1)?.split('&').next()).collect();
        assert!(tokens.len() <= 1, "{point}: it was asked for once: {tokens:?}");
        assert!(tokens.iter().all(|token| token.starts_with("snapback-")), "{point}: {tokens:?}");
        if has[0] == scene.disk {
            back += 1;
        } else {
            forward += 1;
        }
        let checked = scene.run(&["check"]);
        assert_eq!(checked.status, 0, "{point}: {checked:?}");
    }
    eprintln!("AWS: {} kills, {forward} forward, {back} back", POINTS.len());
    assert!(forward > 0 && back > 0);
}

#[test]
fn a_take_that_is_killed_is_adopted() {
    for point in ["take.snapshot_disk.intended", "take.snapshot_disk.effected"] {
        let scene = Scene::new();
        let killed = scene.prepare(&["take", "db/0"]).fault(&format!("{point}=kill")).go();
        assert_eq!(killed.status, 137, "{point}: {killed:?}");
        let recovered = scene.run(&["recover"]);
        let made = scene.moto.snapshots();
        assert_eq!(made.len(), usize::from(point.ends_with("effected")), "{recovered:?}");
        let listed = scene.rows(&["snapshots"], "snapshots");
        let cids: Vec<&str> = listed.iter().filter_map(|row| row["cid"].as_str()).collect();
        assert_eq!(cids, made, "{point}: {recovered:?}");
    }
}
