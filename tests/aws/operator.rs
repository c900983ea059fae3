//! An operator's day on AWS, by the binary: take, restore, undo, promote, delete; and no credential anywhere.

use std::fs;

use crate::cloud::{CANARY, Scene};
use crate::moto::within;
use crate::support::Ran;

/// The new disk is as the old one, in its zone, and the VM has it; undo gives the old one back.
#[test]
fn a_restore_and_its_undo() {
    let scene = Scene::new();
    let snapshot = scene.take();
    let tags = scene.moto.asked("DescribeSnapshots", &[("SnapshotId.1", &snapshot)]);
    for (key, value) in [
        ("deployment", "prod"),
        ("instance_index", "0"),
        ("instance_name", "db/db/0"),
        ("director", "test"),
        ("device", "/dev/sdf"),
        ("Name", "prod/db/0/sdf"),
        ("snapback_step", "1"),
    ] {
        let tag = format!("<item><key>{key}</key><value>{value}</value></item>");
        assert!(tags.contains(&tag), "{tag}: {tags}");
    }
    assert_eq!(within(&tags, "description"), ["prod/db/0/sdf"]);

    let restored = scene.run(&["restore", &snapshot, "-n"]);
    assert_eq!(restored.status, 0, "{restored:?}");
    let new = scene.moto.of_vm(&scene.vm);
    assert!(new.len() == 1 && new[0] != scene.disk, "{new:?}");
    let volume = scene.moto.asked("DescribeVolumes", &[("VolumeId.1", &new[0])]);
    let said = |name: &str| within(&volume, name)[0].clone();
    let old = scene.moto.asked("DescribeVolumes", &[("VolumeId.1", &scene.disk)]);
    for name in ["size", "availabilityZone", "volumeType", "iops", "encrypted", "kmsKeyId", "throughput"] {
        assert_eq!(within(&volume, name), within(&old, name), "{name}");
    }
    assert_eq!((said("snapshotId"), said("device")), (snapshot.clone(), "/dev/sdf".to_owned()));

    let undone = scene.run(&["undo", "-n"]);
    assert_eq!(undone.status, 0, "{undone:?}");
    assert_eq!(scene.moto.of_vm(&scene.vm), [scene.disk.as_str()]);
    let checked = scene.run(&["check"]);
    assert_eq!(checked.status, 0, "{checked:?}");
}

/// What is left behind is told, and can be deleted.
#[test]
fn what_is_left_behind_can_be_deleted() {
    let scene = Scene::new();
    let snapshot = scene.take();
    assert_eq!(scene.run(&["restore", &snapshot, "-n"]).status, 0);
    let orphans = scene.rows(&["disks", "--orphaned"], "disks");
    let left: Vec<&str> = orphans.iter().map(|row| row["disk_cid"].as_str().unwrap_or_default()).collect();
    assert_eq!(left, [scene.disk.as_str()], "{orphans:?}");
    let refused = scene.run(&["delete-disk", &scene.disk, "-n"]);
    assert_eq!(refused.status, 4, "an undo needs it: {refused:?}");
    let operation = refused.stderr.rsplit("--give-up-undo ").next().unwrap().trim().to_owned();
    let gone = scene.run(&["delete-disk", &scene.disk, "--give-up-undo", &operation, "-n"]);
    assert_eq!(gone.status, 0, "{gone:?}");
    assert!(!scene.moto.volumes().contains(&scene.disk));
    for snapshot in scene.moto.snapshots() {
        let gone = scene.run(&["delete", &snapshot, "-n"]);
        assert_eq!(gone.status, 0, "{gone:?}");
    }
    assert_eq!(scene.moto.snapshots(), Vec::<String>::new());
}

/// A snapshot keeps what its volume was like: its disk is made in the right zone and type after the volume is gone.
#[test]
fn a_disk_is_made_after_the_old_one_is_gone() {
    let scene = Scene::new();
    let snapshot = scene.take();
    scene.moto.asked("DetachVolume", &[("VolumeId", &scene.disk), ("InstanceId", &scene.vm), ("Device", "/dev/sdf")]);
    scene.moto.asked("DeleteVolume", &[("VolumeId", &scene.disk)]);
    let made = scene.run(&["promote", &snapshot]);
    assert_eq!(made.status, 0, "{made:?}");
    let volumes = scene.moto.volumes();
    assert_eq!(volumes.len(), 1, "{volumes:?}");
    let volume = scene.moto.asked("DescribeVolumes", &[("VolumeId.1", &volumes[0])]);
    let said = ["volumeType", "iops", "throughput"].map(|name| within(&volume, name)[0].clone());
    assert_eq!(said, ["gp3", "4000", "250"].map(str::to_owned));
}

/// In no stream, no file and no argument; and what goes to AWS holds the secret key nowhere, only what it signed.
#[test]
fn no_credential_is_told() {
    let scene = Scene::new();
    let mut told: Vec<(String, Ran)> = Vec::new();
    let mut run = |arguments: &[&str]| {
        let ran = scene.run(arguments);
        let status = ran.status;
        told.push((arguments.join(" "), ran));
        status
    };
    run(&["take", "db/0", "--verbose"]);
    let snapshot = scene.moto.snapshots()[0].clone();
    run(&["--verbose", "restore", &snapshot, "-n"]);
    run(&["--verbose", "cpis"]);
    let words = "Credential=AKIAcAnArYID token cAnArYtoken== and cAnArY/secret+key are wrong";
    for (code, status) in
        [("AuthFailure", 401), ("UnauthorizedOperation", 403), ("SignatureDoesNotMatch", 403), ("Odd", 400)]
    {
        scene.between.fails(move |_, _| Some(crate::between::Fate::Error(status, code, words)));
        assert_ne!(run(&["--verbose", "take", "db/0"]), 0, "{code}");
    }
    scene.between.fails(|_, _| None);
    run(&["--verbose", "undo", "-n"]);
    let signed = scene.between.seen();
    assert!(!signed.is_empty() && signed.iter().all(|seen| seen.head.contains("AWS4-HMAC-SHA256 Credential=AKIA")));
    assert!(signed.iter().all(|seen| !seen.head.contains("secret") && !seen.form.contains(CANARY)), "{signed:?}");
    for (line, ran) in &told {
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains(CANARY) && !text.contains("Signature="), "{line}: {text}");
        }
    }
    let mut files = 0;
    for entry in fs::read_dir(scene.sandbox.path(".")).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name != "director.yml" && entry.file_type().unwrap().is_file() {
            files += 1;
            let content = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
            assert!(!content.contains(CANARY), "{name}");
        }
    }
    assert!(files >= 2, "the state file and the inventory, at least");
    eprintln!("secrets: {} runs, {} requests, {files} files, no credential", told.len(), signed.len());
}
