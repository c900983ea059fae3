//! What is made and left behind is said before, is what then is in the cloud, and can be taken away again.

use serde_json::{Value, json};

use crate::paired::Paired;

/// The costs that a dry run tells programs.
fn costs(text: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(text).unwrap();
    let steps = document["steps"].as_array().unwrap();
    assert!(steps[1..].iter().all(|step| step["costs"] == json!([])), "{steps:?}");
    steps[0]["costs"].as_array().unwrap().iter().map(|cost| cost.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_plan_tells_what_it_costs_and_that_is_what_comes_and_goes() {
    let paired = Paired::new();
    let (scene, disk) = (&paired.0, &paired.0.disk);
    let done = |arguments: &[&str]| {
        let ran = paired.run(arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
        ran
    };
    done(&["take", "db/0"]);
    let snapshot = scene.project.ids("snapshots").remove(0);
    let makes = format!("makes a disk of 1.0 GiB (hdd) in z2 from {snapshot}: you pay for it until it is deleted");
    // The commands repeat what was typed.
    let snapback = format!("snapback --cpi-path openstack_cpi={}", scene.sandbox.path("job/cpi").display());
    let expected = [
        makes.clone(),
        format!("makes a snapshot of {disk}: you pay for it until `{snapback} delete CID` deletes it"),
        format!(
            "leaves {disk} behind: you pay for it until `{snapback} delete-disk {disk}`, which the cloud refuses as long as there are \
             snapshots of it"
        ),
    ];
    assert_eq!(costs(&done(&["restore", &snapshot, "--dry-run", "--output", "json"]).stdout), expected);
    let asked = done(&["restore", &snapshot, "--dry-run"]);
    assert!(expected.iter().all(|line| asked.stderr.contains(line.as_str())), "{asked:?}");
    // A promotion costs the disk alone, for programs as for people.
    assert_eq!(
        costs(&done(&["promote", &snapshot, "--dry-run", "--output", "json"]).stdout),
        std::slice::from_ref(&makes)
    );
    assert!(done(&["promote", &snapshot, "--dry-run"]).stderr.contains(&makes));
    assert_eq!(scene.project.ids("volumes"), [disk.as_str()], "nothing was made");

    let restored = done(&["restore", &snapshot, "-n"]);
    assert!(expected.iter().all(|line| restored.stderr.contains(line.as_str())), "{restored:?}");
    let new = paired.of_vm().remove(0);
    let volume = scene.project.show("volume", &new);
    let is = ["size", "volume_type", "availability_zone"].map(|key| volume[key].clone());
    assert_eq!(is, [json!(1), json!("hdd"), json!("z2")]);
    assert_eq!((scene.project.ids("volumes").len(), scene.project.ids("snapshots").len()), (2, 2));
    // An undo makes nothing, and leaves the new disk.
    let undo = costs(&done(&["undo", "--dry-run", "--output", "json"]).stdout);
    assert!(undo.len() == 1 && undo[0].starts_with(&format!("leaves {new} behind")), "{undo:?}");

    // What is left is listed. Cinder keeps it until its snapshots are gone, and says which.
    let listed = || -> Vec<String> {
        let rows = scene.sandbox.rows(&["disks", "--orphaned"], "disks");
        rows.iter().map(|row| row["disk_cid"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed(), [disk.as_str()]);
    let mut kept = paired.run(&["delete-disk", disk, "-n"]);
    let undoes = kept.stderr.rsplit("--give-up-undo ").next().unwrap().trim().to_owned();
    assert_eq!(kept.status, 4, "{kept:?}");
    kept = paired.run(&["delete-disk", disk, "--give-up-undo", &undoes, "-n"]);
    assert_ne!(kept.status, 0, "{kept:?}");
    let all = scene.project.ids("snapshots");
    assert!(all.iter().all(|snapshot| kept.stderr.contains(snapshot.as_str())), "{kept:?}");
    all.iter().for_each(|snapshot| drop(done(&["delete", snapshot, "-n"])));
    assert_eq!(scene.project.ids("snapshots"), Vec::<String>::new());
    let mut gone = paired.run(&["delete-disk", disk, "-n"]);
    if gone.status == 4 {
        gone = paired.run(&["delete-disk", disk, "--give-up-undo", &undoes, "-n"]);
    }
    assert_eq!(gone.status, 0, "{gone:?}");
    assert_eq!((scene.project.ids("volumes"), listed()), (vec![new], Vec::new()));
}
