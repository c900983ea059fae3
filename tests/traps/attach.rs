//! `attach-disk` (D/jobs/attach_disk.rb), and what the agent does with what it gets.

use serde_json::{Value, json};

use super::*;

#[test]
fn a_disk_is_exchanged_and_the_old_one_is_an_orphan() {
    let director = one();
    promoted(&director, "new");
    stop(&director);
    let ran = attach(&director, "new");
    ran.quiet_success();
    assert_eq!(
        ran.stdout,
        "Using environment 'https://127.0.0.1:25555' as client 'admin'\n\nUsing deployment 'prod'\n\nTask 2. Done\n\nSucceeded\n"
    );
    let disk = &director.instance(0)["disks"][0];
    assert_eq!(
        (&disk["cid"], &disk["size"], &disk["cloud_properties"]),
        (&json!("new"), &json!(1), &json!({"type": "fast"}))
    );
    assert_eq!(director.sandbox.attached("vm-db-0"), ["new"]);
    assert_eq!(director.list(&["disks", "--orphaned"])[0]["disk_cid"], "disk-db-0");
    director.bosh(&["start", &director.slug(), "--no-converge"]).quiet_success();
    let start = &director.starts()[0];
    assert_eq!((&start["disk"], &start["formatted"]), (&json!("new"), &json!(false)));
    assert_eq!(start["files"], json!([{"name": "data", "data": "older"}]));
}

#[test]
fn attach_disk_finds_no_index_and_no_running_instance() {
    let director = one();
    promoted(&director, "new");
    let ran = director.bosh(&["--tty", "attach-disk", &director.slug(), "new"]);
    assert!(
        ran.stdout.contains(&format!(
            "Error: Instance '{}' in deployment 'prod' must be in 'bosh stopped' state",
            director.slug()
        )),
        "{ran:?}"
    );
    assert_eq!(
        (ran.status, ran.stderr.as_str()),
        (1, "Expected task '1' to succeed but state is 'error'\nExit code 1\n")
    );
    stop(&director);
    let ran = director.bosh(&["--tty", "attach-disk", "db/0", "new"]);
    assert!(ran.stdout.contains("Error: Instance 'db/0' in deployment 'prod' was not found"), "{ran:?}");
    assert!(ran.stdout.contains("\nTask 3 error\n"), "it was a task, too: {ran:?}");
    director.change_instance(0, |instance| instance["ignore"] = json!(true));
    assert!(attach(&director, "new").stdout.contains("is in 'ignore' state."));
    assert_eq!(director.sandbox.attached("vm-db-0"), ["disk-db-0"]);
}

/// Where it is cut off, OLD is what the database says, and what the cloud has is another matter.
#[test]
fn the_database_is_rolled_back_and_the_cloud_is_not() {
    for (point, attached) in [
        ("task:before_detach", vec!["disk-db-0"]),
        ("task:after_detach", vec![]),
        ("task:after_attach", vec!["new"]),
        ("task:after_mount", vec!["new"]),
        ("task:before_commit", vec!["new"]),
        // Only a mount that fails is cleaned up after.
        ("task:mount", vec![]),
    ] {
        for action in ["fail", "die"] {
            let director = one();
            promoted(&director, "new");
            stop(&director);
            director.faults(&[fault("attach-disk", point, action)]);
            assert_eq!(attach(&director, "new").status, 1, "{point}");
            let attached = if (point, action) == ("task:mount", "die") { vec!["new"] } else { attached.clone() };
            assert_eq!(director.sandbox.attached("vm-db-0"), attached, "{point} {action}");
            assert_eq!(director.instance(0)["disks"][0]["cid"], "disk-db-0", "{point} {action}");
            assert_eq!(director.world()["orphan_disks"], json!([]), "{point} {action}");
            // A start now is one on no disk, or on one that was not confirmed.
            director.bosh(&["start", &director.slug(), "--no-converge"]).quiet_success();
            let mounted = director.starts()[0]["disk"].clone();
            assert_eq!(
                mounted.is_null(),
                !["task:before_detach", "task:after_mount", "task:before_commit"].contains(&point)
            );
        }
    }
}

#[test]
fn the_old_disk_can_be_attached_again_after_a_failure() {
    let director = one();
    promoted(&director, "new");
    stop(&director);
    director.faults(&[fault("attach-disk", "task:after_mount", "fail")]);
    attach(&director, "new");
    attach(&director, "disk-db-0").quiet_success();
    // That the database's own disk was not attached is forgiven; that another one is, nobody has noticed.
    assert_eq!(director.sandbox.attached("vm-db-0"), ["disk-db-0", "new"]);
    assert_eq!(director.instance(0)["agent"]["migration"], "disk-db-0", "the new one is mounted still");
    // Until the VM boots.
    assert_eq!(director.prepare_bosh(&["__reboot", &uuid(0)]).go().status, 1);
    assert_eq!(director.events_of("boot")[0]["refused"], "Comparing persistent disks: Unexpected disk attached");
    assert_eq!(director.list(&["instances"])[0]["process_state"], "unresponsive agent");
}

#[test]
fn the_agent_formats_what_it_does_not_know() {
    let director = one();
    director.sandbox.make_disk("damaged", 1 << 20, "a superblock of old");
    stop(&director);
    attach(&director, "damaged").quiet_success();
    assert!(director.is_empty_fs("damaged"));
    let ran = director.bosh(&["ssh", &director.slug(), "-c", "ls -A /var/vcap/store", "--results", "--json"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["Tables"][0]["Rows"][0]["stdout"], "lost+found\n");
    director.bosh(&["start", &director.slug(), "--no-converge"]).quiet_success();
    assert_eq!((&director.starts()[0]["formatted"], &director.starts()[0]["files"]), (&json!(true), &json!([])));
}

#[test]
fn a_detached_instance_gets_a_vm_with_the_recorded_disk() {
    let director = one();
    promoted(&director, "new");
    director.bosh(&["stop", &director.slug(), "--no-converge", "--hard"]).quiet_success();
    assert_eq!(
        (director.instance(0)["state"].clone(), director.instance(0)["vm_cid"].clone()),
        (json!("detached"), Value::Null)
    );
    attach(&director, "new").quiet_success();
    director.bosh(&["start", &director.slug(), "--no-converge"]).quiet_success();
    let start = &director.starts()[0];
    assert_eq!((&start["disk"], &start["attached"]), (&json!("new"), &json!(["new"])));
}

#[test]
fn several_disks_have_names_and_one_more_is_added() {
    let director = one();
    promoted(&director, "new");
    director.change_instance(0, |instance| instance["disks"][0]["name"] = json!("data"));
    stop(&director);
    attach(&director, "new").quiet_success();
    assert_eq!(director.list(&["instances", "--details"])[0]["disk_cids"], "disk-db-0\nnew");
    let added = &director.instance(0)["disks"][1];
    assert_eq!((&added["size"], &added["cloud_properties"]), (&json!(1), &json!({})), "there was nothing to copy");
    assert_eq!(director.sandbox.attached("vm-db-0"), ["disk-db-0", "new"]);
}

/// Attached by hand, behind everybody's back: the agent knows which disk it had.
#[test]
fn an_agent_boots_with_no_other_disk_than_its_last() {
    let director = one();
    promoted(&director, "new");
    let links = director.sandbox.path("cloud/vms/vm-db-0");
    std::fs::remove_file(links.join("disk-db-0")).unwrap();
    std::os::unix::fs::symlink("../../disks/new/disk.img", links.join("new")).unwrap();
    assert_eq!(director.prepare_bosh(&["__reboot", &uuid(0)]).go().status, 1);
    let refused = "Checking last mounted CID: Attached disk disagrees with previous mount";
    assert_eq!(director.events_of("boot")[0]["refused"], refused);
    // With its own disk it boots, and has it mounted.
    std::fs::rename(links.join("new"), links.join("disk-db-0")).unwrap();
    assert_eq!(director.prepare_bosh(&["__reboot", &uuid(0)]).go().status, 0);
    assert_eq!(director.instance(0)["agent"]["mounted"], "disk-db-0");
}

/// With a cpi-config, the detached way leads to a disk that the Director asks the wrong CPI for.
#[test]
fn a_disk_attached_to_no_vm_is_recorded_without_its_cpi() {
    let director = one();
    promoted(&director, "new");
    director.change_instance(0, |instance| {
        instance["cpi"] = json!("z1");
        instance["disks"][0]["cpi"] = json!("z1");
    });
    director.bosh(&["stop", &director.slug(), "--no-converge", "--hard"]).quiet_success();
    attach(&director, "new").quiet_success();
    assert_eq!(director.instance(0)["disks"][0]["cpi"], "");
    let ran = director.bosh(&["--tty", "start", &director.slug(), "--no-converge"]);
    assert!(ran.stdout.contains("not found by CPI ''"), "{ran:?}");
    assert_eq!(director.instance(0)["state"], "detached", "with a VM that has no disk");
    // In the soft way it is.
    let director = one();
    promoted(&director, "new");
    director.change_instance(0, |instance| {
        instance["cpi"] = json!("z1");
        instance["disks"][0]["cpi"] = json!("z1");
    });
    stop(&director);
    attach(&director, "new").quiet_success();
    assert_eq!(director.instance(0)["disks"][0]["cpi"], "z1");
}
