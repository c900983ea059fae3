//! An executable beside which snapback's own AWS cannot stand, and both in a place that is not the snapshot's: nothing is done in
//! silence, and nothing is taken for gone.

use serde_json::json;

use crate::moto::within;
use crate::pairing_scene::Paired;

/// The native side's settings are wrong. What needs it is refused before the first effect, with the setting, the file and the way
/// out; what does not need it is done, and told.
#[test]
fn a_wrong_setting_of_the_native_side_is_told_wherever_it_counts() {
    let paired = Paired::new();
    let snapshot = paired.take();
    for (region, words) in
        [("", "`properties.aws.region` is missing"), ("x/../y", "`properties.aws.region` is not the name of a region")]
    {
        paired.native_region(region);
        for line in [
            &["promote", snapshot.as_str()][..],
            &["promote", &snapshot, "--dry-run"],
            &["restore", &snapshot, "-n"],
            &["restore", &snapshot, "--dry-run"],
            &["restore", "--latest", "db/0", "-n"],
        ] {
            let refused = paired.run(line);
            let place = "the settings are `aws` below `cloud_provider.properties` or `properties` of director.yml";
            refused.refused(2, &["cannot make a disk from a snapshot: nothing was done", words, place]);
            paired.assert_untouched(&[&snapshot], &refused);
        }
        let told = paired.run(&["check"]);
        assert!(told.stderr.contains("Warning: CPI 'aws_cpi': snapback's own side cannot be used"), "{told:?}");
        assert!(told.stdout.contains(words), "what could not be looked at is told with why: {told:?}");
    }
    paired.calls();
    let taken = paired.run(&["take", "db/0"]);
    assert_eq!(taken.status, 0, "the executable takes it: {taken:?}");
    assert!(taken.stderr.contains("so the executable works alone"), "{taken:?}");
    assert!(paired.calls().contains(&"snapshot_disk".to_owned()));
    assert_eq!(paired.scene.moto.snapshots().len(), 2);
    // A take that died cannot be found by the executable: why not is told.
    let killed = paired.prepare(&["take", "db/0"]).fault("take.snapshot_disk.effected=kill").go();
    assert_eq!(killed.status, 137, "{killed:?}");
    let told = paired.run(&["recover"]);
    assert!(told.status == 7 && told.stderr.contains("is not the name of a region"), "{told:?}");
    paired.native_region("us-east-1");
    let found = paired.run(&["recover"]);
    assert_eq!(found.status, 0, "{found:?}");
    assert_eq!(paired.rows(&["snapshots"], "snapshots").len(), 3);
}

/// Nobody has written any settings: the refusal says so, and where they belong.
#[test]
fn without_settings_the_refusal_says_where_they_belong() {
    let paired = Paired::new();
    let snapshot = paired.take();
    paired
        .scene
        .sandbox
        .write("director.yml", "cloud_provider: {template: {name: aws_cpi}}\nproperties: {director: {name: test}}\n");
    let refused = paired.run(&["promote", &snapshot]);
    refused.refused(
        8,
        &[
            "neither the manifest nor a cpi-config has settings of it (`aws`)",
            "write the settings of the cloud into director.yml, as `properties.aws`",
            "--cpi native:aws_cpi",
        ],
    );
    paired.assert_untouched(&[&snapshot], &refused);
}

/// The same wrong region for both sides. There the instance has a new disk, so the cloud is not empty; the snapshot and its disk
/// are in the old region. The executable says that it has deleted the snapshot; it stays on the list.
#[test]
fn what_neither_side_finds_in_a_wrong_region_is_not_gone() {
    let paired = Paired::new();
    let scene = &paired.scene;
    let snapshot = paired.take();
    let (vm, disk) = scene.moto.elsewhere("us-west-2");
    scene.sandbox.write(
        "west.yml",
        &format!(
            "deployments:\n- name: prod\n  instances:\n  - name: db/1\n    vm_cid: {vm}\n    managed_by: nobody\n    \
             disks: [{{cid: {disk}, size_mib: 1024}}]\n"
        ),
    );
    let imported = paired.run(&["import", "west.yml"]);
    assert_eq!(imported.status, 0, "{imported:?}");
    let move_to = |region: &str| {
        paired.put(json!({"region": region}));
        paired.native_region(region);
    };
    let is_listed = || paired.rows(&["snapshots"], "snapshots").iter().any(|row| row["cid"] == snapshot.as_str());
    move_to("us-west-2");
    let told = paired.run(&["delete", &snapshot, "-n"]);
    assert_eq!(told.status, 7, "{told:?}");
    let words = format!(
        "snapback does not know whether snapshot {snapshot} is gone: the cloud has neither it nor its disk {}",
        scene.disk
    );
    assert!(told.stderr.contains(&words) && told.stderr.contains("--believe-empty"), "{told:?}");
    assert!(!told.stderr.contains(": deleted"), "{told:?}");
    assert!(is_listed(), "{told:?}");
    let forgotten = paired.run(&["check", "--forget", &snapshot, "-n"]);
    assert!(forgotten.status == 7 && is_listed(), "{forgotten:?}");
    // Nor where the executable dies before it has answered.
    paired.put(json!({"region": "us-west-2", "does": {"delete_snapshot": "die after"}}));
    let died = paired.run(&["delete", &snapshot, "-n"]);
    assert_eq!(died.status, 7, "{died:?}");
    let open = paired.run(&["recover"]);
    assert_ne!(open.status, 0, "{open:?}");
    assert!(is_listed() && open.stderr.contains("another region or project"), "{open:?}");
    // In the right region all of it comes to its end.
    move_to("us-east-1");
    let recovered = paired.run(&["recover"]);
    assert_eq!(recovered.status, 0, "{recovered:?}");
    assert!(is_listed(), "{recovered:?}");
    let gone = paired.run(&["delete", &snapshot, "-n"]);
    assert_eq!(gone.status, 0, "{gone:?}");
    assert_eq!(scene.moto.snapshots(), Vec::<String>::new());
}

/// What another hand has deleted is gone: its disk is there, so this is the place. It is not said to be deleted now.
#[test]
fn what_another_hand_has_deleted_is_said_to_be_gone_already() {
    let paired = Paired::new();
    let snapshot = paired.take();
    paired.scene.moto.asked("DeleteSnapshot", &[("SnapshotId", &snapshot)]);
    let told = paired.run(&["delete", &snapshot, "-n"]);
    assert_eq!(told.status, 0, "{told:?}");
    assert!(told.stderr.contains(&format!("{snapshot}: was gone already")), "{told:?}");
    assert_eq!(paired.rows(&["snapshots"], "snapshots").len(), 0);
}

/// A disk that is larger than its snapshot is made so; one that would be smaller, or in a zone that nobody knows, is not.
#[test]
fn the_size_that_was_asked_for_is_what_comes() {
    let paired = Paired::new();
    let (scene, snapshot) = (&paired.scene, paired.take());
    paired.run(&["promote", &snapshot, "--size", "512"]).refused(2, &["a disk cannot be smaller"]);
    paired.run(&["promote", &snapshot, "--size", "512", "--dry-run"]).refused(2, &["a disk cannot be smaller"]);
    let planned = paired.run(&["promote", &snapshot, "--size", "2000", "--dry-run", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&planned.stdout).unwrap();
    let costs = document["steps"][0]["costs"].to_string();
    assert!(costs.contains("makes a disk of 2.0 GiB (gp3, 4000 IOPS, 250 MiB/s, encrypted) in"), "{document}");
    assert!(costs.contains("when they are first read"), "{document}");
    assert_eq!(document["steps"][0]["step"], format!("make a new disk from snapshot {snapshot}"));
    paired.assert_untouched(&[&snapshot], &planned);
    assert_eq!(paired.run(&["promote", &snapshot, "--size", "2000"]).status, 0);
    let made = scene.moto.volumes().into_iter().find(|id| *id != scene.disk).unwrap();
    let volume = scene.moto.asked("DescribeVolumes", &[("VolumeId.1", &made)]);
    assert_eq!(within(&volume, "size")[0], "2");
}
