//! The AWS CPI's executable with snapback's own AWS beside it: who does what, and that both mean the same cloud.

use std::fs;

use serde_json::{Value, json};

use crate::cloud::Scene;
use crate::moto::within;
use crate::pairing_scene::Paired;

/// The executable takes, attaches and detaches; snapback makes the disk, and finds by name what either has made.
#[test]
fn a_restore_and_its_undo_by_both_sides() {
    let paired = Paired::new();
    let scene = &paired.scene;
    let snapshot = paired.take();
    assert_eq!(paired.calls(), ["get_disks", "snapshot_disk"]);
    let tags = scene.moto.asked("DescribeSnapshots", &[("SnapshotId.1", &snapshot)]);
    for (key, value) in [("instance_name", "db/db/0"), ("Name", "prod/db/0/sdf"), ("snapback_step", "1")] {
        let tag = format!("<item><key>{key}</key><value>{value}</value></item>");
        assert!(tags.contains(&tag), "{tag}: {tags}");
    }
    assert!(!paired.native().contains(&"CreateSnapshot".to_owned()));

    let restored = paired.run(&["restore", &snapshot, "-n"]);
    assert_eq!(restored.status, 0, "{restored:?}");
    let new = scene.moto.of_vm(&scene.vm);
    assert!(new.len() == 1 && new[0] != scene.disk, "{new:?}");
    let volume = scene.moto.asked("DescribeVolumes", &[("VolumeId.1", &new[0])]);
    assert_eq!(within(&volume, "snapshotId")[0], snapshot);
    assert!(volume.contains("<key>snapback_step</key>"), "the disk has its step's name: {volume}");
    let (calls, native) = (paired.calls(), paired.native());
    for method in ["snapshot_disk", "detach_disk", "attach_disk", "has_disk", "get_disks"] {
        assert!(calls.contains(&method.to_owned()), "{method}: {calls:?}");
    }
    assert!(!calls.iter().any(|method| method.starts_with("create_disk")), "{calls:?}");
    assert!(native.contains(&"CreateVolume".to_owned()), "{native:?}");
    for action in ["AttachVolume", "DetachVolume", "CreateSnapshot", "DeleteVolume"] {
        assert!(!native.contains(&action.to_owned()), "{action}: {native:?}");
    }

    let undone = paired.run(&["undo", "-n"]);
    assert_eq!(undone.status, 0, "{undone:?}");
    assert_eq!(scene.moto.of_vm(&scene.vm), [scene.disk.as_str()]);
    let checked = paired.run(&["check"]);
    assert_eq!(checked.status, 0, "{checked:?}");
    // What is left can be deleted, by the executable.
    for snapshot in scene.moto.snapshots() {
        let gone = paired.run(&["delete", &snapshot, "-n"]);
        assert_eq!(gone.status, 0, "{gone:?}");
    }
    assert_eq!(scene.moto.snapshots(), Vec::<String>::new());
    assert!(!paired.native().contains(&"DeleteSnapshot".to_owned()));
}

/// Each method with its side and the reason, as text and as JSON.
#[test]
fn cpis_shows_who_does_what() {
    let paired = Paired::new();
    let sides = |arguments: &[&str]| {
        let row = paired.rows(&[arguments, &["cpis"]].concat(), "cpis").remove(0);
        let methods: Vec<String> =
            row["methods"].as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect();
        (methods, row["why_alone"].clone(), row["can"].clone())
    };
    let (both, why, can) = sides(&[]);
    assert_eq!((why, can.as_array().unwrap().len()), (Value::Null, 5));
    for line in [
        "snapshot_disk: executable (BOSH's protocol has it)",
        "attach_disk: executable (BOSH's protocol has it)",
        "create_disk_from_snapshot: native (BOSH's protocol lacks it)",
        "find_disk: native (the side that makes disks names them by their step)",
        "list_snapshots: native (BOSH's protocol lacks it)",
    ] {
        assert!(both.contains(&line.to_owned()), "{line}: {both:?}");
    }
    let (executable, why, can) = sides(&["--cpi", "executable"]);
    assert_eq!((why, can), (json!("--cpi asks for the executable"), json!([])));
    assert!(executable.contains(&"create_disk_from_snapshot: nobody (no side has it)".to_owned()), "{executable:?}");
    let native = paired.scene.sandbox.run(&["--cpi", "native", "cpis"]);
    assert!(native.stdout.contains("attach_disk: native (there is no other side)"), "{native:?}");
    let text = paired.run(&["cpis"]);
    assert!(text.stdout.contains("create_disk_from_snapshot: native (BOSH's protocol lacks it)"), "{text:?}");
    assert_eq!(paired.native(), Vec::<String>::new(), "nothing is asked of the cloud");
    assert_eq!(paired.calls(), Vec::<String>::new());
}

/// One of the two, for one run.
#[test]
fn one_side_can_be_forced() {
    let paired = Paired::new();
    let scene = &paired.scene;
    let snapshot = paired.take();
    paired.calls();
    for arguments in [vec!["promote", &snapshot], vec!["restore", &snapshot, "-n"]] {
        let alone = paired.run(&[&["--cpi", "executable"][..], &arguments].concat());
        alone.refused(8, &["cannot make a disk from a snapshot: nothing was done", "--cpi native:aws_cpi"]);
        paired.assert_untouched(&[&snapshot], &alone);
    }
    assert_eq!(paired.native().iter().filter(|action| action.starts_with("Create")).count(), 0);
    paired.calls();
    for word in ["native", "native:aws_cpi", "builtin:aws_cpi"] {
        let taken = scene.sandbox.run(&["--cpi", word, "take", "db/0"]);
        assert_eq!(taken.status, 0, "{word}: {taken:?}");
    }
    assert_eq!(paired.calls(), Vec::<String>::new());
    let both = paired.run(&["--cpi", "native", "take", "db/0"]);
    both.refused(2, &["--cpi native and --cpi-path", "one of them", "--cpi executable:aws_cpi"]);
}

/// Where no executable is found, AWS does everything by itself.
#[test]
fn without_an_executable_snapback_does_all() {
    let scene = Scene::new();
    let run = |arguments: &[&str]| {
        let ran = scene.sandbox.run(arguments);
        assert_eq!(ran.status, 0, "{ran:?}");
    };
    run(&["take", "db/0"]);
    let snapshot = scene.moto.snapshots()[0].clone();
    run(&["restore", &snapshot, "-n"]);
    assert_ne!(scene.moto.of_vm(&scene.vm), [scene.disk.as_str()]);
    run(&["undo", "-n"]);
    assert_eq!(scene.moto.of_vm(&scene.vm), [scene.disk.as_str()]);
    let row = scene.sandbox.rows(&["cpis"], "cpis").remove(0);
    assert_eq!(row["why_alone"], "no executable of it was found", "{row}");
    // Without settings nobody has meant the native side: then there is nothing.
    scene
        .sandbox
        .write("other.yml", "cloud_provider: {template: {name: aws_cpi}}\nproperties: {director: {name: test}}\n");
    let none = scene.sandbox.run(&["-m", "other.yml", "cpis"]);
    assert_eq!(none.status, 8, "{none:?}");
    assert!(none.stderr.contains("--cpi native:aws_cpi"), "{none:?}");
}

/// Each side has settings of its own. Where they mean different regions, nothing is done, whatever was asked for.
#[test]
fn two_clouds_are_refused_before_the_first_effect() {
    for theirs in [true, false] {
        let paired = Paired::new();
        let snapshot = paired.take();
        match theirs {
            true => paired.put(json!({"region": "us-west-2"})),
            false => paired.native_region("us-west-2"),
        }
        for arguments in [
            vec!["promote", snapshot.as_str()],
            vec!["promote", &snapshot, "--dry-run"],
            vec!["restore", &snapshot, "-n"],
            vec!["restore", &snapshot, "--dry-run"],
        ] {
            let refused = paired.run(&arguments);
            let has = if theirs { "native" } else { "executable" };
            let words = format!("are on different clouds: the {has} side has disk {}", paired.scene.disk);
            refused.refused(4, &[&words, "compare region, endpoint and account", "--cpi native or --cpi executable"]);
            paired.assert_untouched(&[&snapshot], &refused);
        }
        // What the executable takes, snapback could not find again.
        let taken = paired.run(&["take", "db/0"]);
        assert_ne!(taken.status, 0, "{taken:?}");
        paired.assert_untouched(&[&snapshot], &taken);
        let deleted = paired.run(&["delete", &snapshot, "-n"]);
        assert_ne!(deleted.status, 0, "{deleted:?}");
        let listed = paired.rows(&["snapshots"], "snapshots");
        assert!(listed.iter().any(|row| row["cid"] == snapshot.as_str()), "it stays on the list: {listed:?}");
    }
}

/// A snapshot of a call that died is not called untaken by a side that looks into another region.
#[test]
fn what_the_other_cloud_lacks_is_not_gone() {
    let paired = Paired::new();
    let killed = paired.prepare(&["take", "db/0"]).fault("take.snapshot_disk.effected=kill").go();
    assert_eq!(killed.status, 137, "{killed:?}");
    paired.native_region("us-west-2");
    for arguments in [vec!["recover"], vec!["recover", "--believe-empty"]] {
        let told = paired.run(&arguments);
        assert_ne!(told.status, 0, "{told:?}");
        assert!(told.stderr.contains("are on different clouds"), "{told:?}");
    }
    paired.native_region("us-east-1");
    let recovered = paired.run(&["recover"]);
    assert_eq!(recovered.status, 0, "{recovered:?}");
    let listed = paired.rows(&["snapshots"], "snapshots");
    let cids: Vec<&str> = listed.iter().filter_map(|row| row["cid"].as_str()).collect();
    assert_eq!(cids, paired.scene.moto.snapshots());
}

/// The cloud of a cpi-config has its settings there; the executable gets them with each call, and snapback as well.
#[test]
fn a_cpi_config_gives_both_sides_their_settings() {
    let paired = Paired::new();
    let scene = &paired.scene;
    // The manifest means another region, and keys that nobody has.
    paired.native_region("eu-central-1");
    paired.put(json!({"region": "eu-central-1"}));
    let program = scene.sandbox.path("jobs/aws_cpi/bin/cpi");
    let config = json!({"cpis": [{"name": "west", "type": "aws", "exec_path": program, "migrated_from": [{"name": "aws_cpi"}],
        "properties": {"region": "us-east-1", "access_key_id": "AKIAcAnArYWEST", "secret_access_key": "cAnArY-of-the-west"}}]});
    scene.sandbox.write("cpis.yml", &config.to_string());
    let run = |arguments: &[&str]| {
        let ran = scene.sandbox.run(&[&["--cpi-config", "cpis.yml", "--verbose"], arguments].concat());
        assert!(!ran.stdout.contains("cAnArY") && !ran.stderr.contains("cAnArY"), "{ran:?}");
        assert_eq!(ran.status, 0, "{ran:?}");
    };
    run(&["take", "db/0"]);
    let snapshot = scene.moto.snapshots()[0].clone();
    run(&["restore", &snapshot, "-n"]);
    assert!(paired.calls().contains(&"attach_disk".to_owned()));
    assert!(paired.native().contains(&"CreateVolume".to_owned()));
    assert!(scene.between.seen().iter().all(|seen| !seen.form.contains("CreateVolume") || seen.head.contains("WEST/")));
    run(&["undo", "-n"]);
    assert_eq!(scene.moto.of_vm(&scene.vm), [scene.disk.as_str()]);
    // The name in the state file stays.
    let state = String::from_utf8_lossy(&fs::read(scene.sandbox.state()).unwrap()).into_owned();
    assert!(!state.contains("cAnArY"), "no credential is kept");
    let listed = scene.sandbox.rows(&["snapshots"], "snapshots");
    assert!(listed.iter().all(|row| row["cpi"] == "aws_cpi"), "{listed:?}");
    // Without the executable, the native side alone, with the same settings.
    fs::remove_file(program).unwrap();
    run(&["--cpi", "native", "take", "db/0"]);
}

/// The protocol cannot tell how far a snapshot is that the executable waits for; snapback's own side can.
#[test]
fn how_far_the_executables_snapshot_is_is_told_in_percent() {
    let paired = Paired::new();
    paired.put(json!({"slow": 6}));
    paired.scene.between.fails(|action, _| {
        let is_it = action == "DescribeSnapshots";
        is_it.then_some(crate::between::Fate::Says("<progress>100%", "<progress>42%"))
    });
    let taken = paired.run(&["take", "db/0"]);
    assert_eq!(taken.status, 0, "{taken:?}");
    let snapshot = &paired.scene.moto.snapshots()[0];
    let told = format!("snapshot {snapshot} of disk {}: 42 %", paired.scene.disk);
    assert_eq!(taken.stderr.matches(&told).count(), 1, "once, as long as it stays the same: {taken:?}");
    let quiet = paired.run(&["--quiet", "take", "db/0"]);
    assert!(quiet.status == 0 && !quiet.stderr.contains("42 %"), "{quiet:?}");
}
