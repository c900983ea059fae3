//! SIGKILL around each effect of a restore by both sides, and wrong answers of either.

use serde_json::{Value, json};

use crate::pairing_scene::Paired;

const POINTS: [&str; 6] = [
    "restore.create_disk_from_snapshot.effected",
    "restore.snapshot_disk.effected",
    "restore.detach_disk.intended",
    "restore.detach_disk.effected",
    "restore.attach_disk.effected",
    "restore.finish.before",
];

/// The instance has one disk, and what is in the cloud is known.
fn assert_whole(paired: &Paired, at: &str) {
    let scene = &paired.scene;
    let has = scene.moto.of_vm(&scene.vm);
    assert_eq!(has.len(), 1, "{at}: the instance has one disk: {has:?}");
    let known = [paired.rows(&["disks"], "disks"), paired.rows(&["disks", "--orphaned"], "disks")].concat();
    let known = Value::from(known).to_string();
    for volume in scene.moto.volumes() {
        assert!(known.contains(&volume), "{at}: nobody knows of {volume}: {known}");
    }
    let listed = Value::from(paired.rows(&["snapshots"], "snapshots")).to_string();
    for snapshot in scene.moto.snapshots() {
        assert!(listed.contains(&snapshot), "{at}: nobody knows of {snapshot}: {listed}");
    }
    assert!(scene.moto.volumes().len() <= 2, "{at}: one volume was made, at most");
}

#[test]
fn a_restore_that_is_killed_is_recovered() {
    let (mut forward, mut back) = (0, 0);
    for point in POINTS {
        let paired = Paired::new();
        let snapshot = paired.take();
        let killed = paired.prepare(&["restore", &snapshot, "-n"]).fault(&format!("{point}=kill")).go();
        assert_eq!(killed.status, 137, "{point}: {killed:?}");
        let recovered = paired.run(&["recover"]);
        assert_eq!(recovered.status, 0, "{point}: {recovered:?}");
        assert_whole(&paired, point);
        match paired.scene.moto.of_vm(&paired.scene.vm)[0] == paired.scene.disk {
            true => back += 1,
            false => forward += 1,
        }
        let checked = paired.run(&["check"]);
        assert_eq!(checked.status, 0, "{point}: {checked:?}");
    }
    eprintln!("pair: {} kills, {forward} forward, {back} back", POINTS.len());
    assert!(forward > 0 && back > 0);
}

/// The executable dies after its effect, and says nothing: snapback finds by the tags what it has made.
#[test]
fn an_executable_that_dies_after_its_effect() {
    for method in ["snapshot_disk", "detach_disk", "attach_disk"] {
        let paired = Paired::new();
        let snapshot = paired.take();
        paired.put(json!({"does": {method: "die after"}}));
        let restored = paired.run(&["restore", &snapshot, "-n"]);
        paired.put(json!({}));
        let recovered = paired.run(&["recover"]);
        assert_eq!(recovered.status, 0, "{method}: {restored:?} {recovered:?}");
        assert_whole(&paired, method);
        assert_eq!(paired.run(&["check"]).status, 0, "{method}");
    }
    let paired = Paired::new();
    paired.put(json!({"does": {"snapshot_disk": "die after"}}));
    let taken = paired.run(&["take", "db/0"]);
    assert_eq!(paired.scene.moto.snapshots().len(), 1, "{taken:?}");
    paired.put(json!({}));
    paired.run(&["recover"]);
    assert_whole(&paired, "take");
}

/// What one side says is looked at from the other one.
#[test]
fn a_lie_of_one_side_is_seen_by_the_other() {
    let paired = Paired::new();
    let snapshot = paired.take();
    // A snapshot that was never made.
    paired.put(json!({"does": {"snapshot_disk": {"result": "snap-0123456789abcdef0"}}}));
    let taken = paired.run(&["take", "db/0"]);
    assert_ne!(taken.status, 0, "{taken:?}");
    paired.assert_untouched(&[&snapshot], &taken);
    paired.put(json!({}));
    assert_eq!(paired.run(&["recover"]).status, 0);
    assert_eq!(paired.rows(&["snapshots"], "snapshots").len(), 1);
    // A deletion that was none.
    paired.put(json!({"does": {"delete_snapshot": {"result": null}}}));
    let deleted = paired.run(&["delete", &snapshot, "-n"]);
    assert_ne!(deleted.status, 0, "{deleted:?}");
    assert_eq!(paired.rows(&["snapshots"], "snapshots").len(), 1, "{deleted:?}");
    // A disk that is there, and is said not to be.
    paired.put(json!({"does": {"has_disk": {"result": false}}}));
    let restored = paired.run(&["restore", &snapshot, "-n"]);
    restored.refused(4, &["are on different clouds: the native side has disk"]);
    paired.assert_untouched(&[&snapshot], &restored);
    // An error names its side.
    let error = json!({"type": "Unknown", "message": "the executable is ill", "ok_to_retry": false});
    paired.put(json!({"does": {"get_disks": {"error": error}}}));
    let told = paired.run(&["restore", &snapshot, "-n"]);
    assert!(told.stderr.contains("(executable) ") && told.status != 0, "{told:?}");
    paired.put(json!({}));
    paired.scene.between.fails(|_, _| Some(crate::between::Fate::Error(401, "AuthFailure", "not you")));
    let told = paired.run(&["promote", &snapshot]);
    paired.scene.between.fails(|_, _| None);
    assert!(told.stderr.contains("(native) ") && told.status == 7, "{told:?}");
    assert!(told.stderr.contains("--cpi executable"), "{told:?}");
    paired.assert_untouched(&[&snapshot], &told);
}
