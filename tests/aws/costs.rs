//! What is made and left behind is said before, is what then is in the cloud, and can be taken away again.

use serde_json::Value;

use crate::cloud::Scene;
use crate::moto::within;
use crate::pairing_scene::Paired;

/// The costs that a dry run tells programs.
fn costs(text: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(text).unwrap();
    let steps = document["steps"].as_array().unwrap();
    assert!(steps[1..].iter().all(|step| step["costs"] == Value::Array(Vec::new())), "{steps:?}");
    steps[0]["costs"].as_array().unwrap().iter().map(|cost| cost.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_plan_tells_what_it_costs_and_that_is_what_comes() {
    let paired = Paired::new();
    let scene = &paired.scene;
    let snapshot = paired.take();
    let zone =
        within(&scene.moto.asked("DescribeVolumes", &[("VolumeId.1", &scene.disk)]), "availabilityZone")[0].clone();
    let disk = &scene.disk;
    let expected = [
        format!("makes a disk of 1.0 GiB (gp3, 4000 IOPS, 250 MiB/s, encrypted) in {zone} from {snapshot}: "),
        "the cloud loads the new disk's bytes when they are first read".to_owned(),
        format!("makes a snapshot of {disk}: "),
        format!(
            "leaves {disk} behind: you pay for it until `snapback --cpi-path jobs/aws_cpi/bin/cpi delete-disk {disk}`"
        ),
    ];
    let planned = paired.run(&["restore", &snapshot, "--dry-run", "--output", "json"]);
    let told = costs(&planned.stdout);
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (told, expected) in told.iter().zip(&expected) {
        assert!(told.starts_with(expected.as_str()), "{told} is not {expected}");
    }
    // The same before the question, and it is a question: nothing is there yet.
    let asked = paired.run(&["restore", &snapshot, "--dry-run"]);
    assert!(expected.iter().all(|line| asked.stderr.contains(line.as_str())), "{asked:?}");
    paired.assert_untouched(&[&snapshot], &asked);
    let restored = paired.run(&["restore", &snapshot, "-n"]);
    assert!(expected.iter().all(|line| restored.stderr.contains(line.as_str())), "{restored:?}");
    let new = scene.moto.of_vm(&scene.vm)[0].clone();
    let volume = scene.moto.asked("DescribeVolumes", &[("VolumeId.1", &new)]);
    let said = ["size", "volumeType", "iops", "throughput", "encrypted", "availabilityZone"];
    let is = said.map(|name| within(&volume, name)[0].clone());
    assert_eq!(is, ["1", "gp3", "4000", "250", "true", &zone].map(str::to_owned));
    assert_eq!((scene.moto.volumes().len(), scene.moto.snapshots().len()), (2, 2), "a disk and a snapshot more");
    // An undo makes nothing, and leaves the new disk.
    let undo = costs(&paired.run(&["undo", "--dry-run", "--output", "json"]).stdout);
    assert!(undo.len() == 1 && undo[0].starts_with(&format!("leaves {new} behind")), "{undo:?}");
    // With the executable alone nothing is known, and nothing is invented.
    let alone = paired.run(&["--cpi", "executable", "undo", "--dry-run", "--output", "json"]);
    assert_eq!(costs(&alone.stdout), Vec::<String>::new());
}

/// A disk that nobody could make is refused when it is planned.
#[test]
fn a_disk_without_a_place_is_refused_before_the_first_effect() {
    let scene = Scene::new();
    let snapshot = scene.take();
    scene.moto.asked("DetachVolume", &[("VolumeId", &scene.disk), ("InstanceId", &scene.vm), ("Device", "/dev/sdf")]);
    scene.moto.asked("DeleteVolume", &[("VolumeId", &scene.disk)]);
    scene.moto.asked("DeleteTags", &[("ResourceId.1", &snapshot), ("Tag.1.Key", "snapback_volume")]);
    for arguments in [&["promote", &snapshot][..], &["promote", &snapshot, "--dry-run"]] {
        let refused = scene.run(arguments);
        assert_eq!(refused.status, 2, "{refused:?}");
        assert!(refused.stderr.contains("cannot find the availability zone"), "{refused:?}");
    }
    assert_eq!(scene.moto.volumes(), Vec::<String>::new());
    let begun = scene.rows(&["operations"], "operations");
    assert!(begun.iter().all(|row| row["verb"] != "promote"), "no step was begun: {begun:?}");
}

/// After a restore, an undo and a promotion, all that is left is listed, and goes; by both sides, and by one.
#[test]
fn what_snapback_leaves_is_listed_and_goes() {
    for native in [false, true] {
        let paired = Paired::new();
        let scene = &paired.scene;
        let run = |arguments: &[&str]| if native { scene.run(arguments) } else { paired.run(arguments) };
        let done = |arguments: &[&str]| {
            let ran = run(arguments);
            assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
        };
        let snapshot = if native { scene.take() } else { paired.take() };
        done(&["restore", &snapshot, "-n"]);
        let restored = scene.moto.of_vm(&scene.vm)[0].clone();
        done(&["undo", "-n"]);
        done(&["promote", &snapshot]);
        let listed = || -> Vec<String> {
            let rows = scene.sandbox.rows(&["disks", "--orphaned"], "disks");
            let mut cids: Vec<String> = rows.iter().map(|row| row["disk_cid"].as_str().unwrap().to_owned()).collect();
            cids.sort();
            cids
        };
        let mut left = scene.moto.volumes();
        left.retain(|volume| *volume != scene.disk);
        assert!(left.len() == 2 && left.contains(&restored), "{left:?}");
        assert_eq!(listed(), left, "each disk that is paid for is on the list");
        for disk in &left {
            let mut ran = run(&["delete-disk", disk, "-n"]);
            if ran.status == 4 {
                let operation = ran.stderr.rsplit("--give-up-undo ").next().unwrap().trim().to_owned();
                ran = run(&["delete-disk", disk, "--give-up-undo", &operation, "-n"]);
            }
            assert_eq!(ran.status, 0, "{ran:?}");
        }
        assert_eq!(scene.moto.volumes(), [scene.disk.as_str()]);
        assert_eq!(listed(), Vec::<String>::new());
        let calls = paired.calls();
        assert_eq!(calls.contains(&"delete_disk".to_owned()), !native, "{calls:?}");
    }
}
