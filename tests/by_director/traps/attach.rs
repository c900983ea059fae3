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
            // A killed process commits what it has done so far.
            let half = action == "die" && !["task:before_detach", "task:after_detach"].contains(&point);
            let named = if half { "new" } else { "disk-db-0" };
            assert_eq!(director.instance(0)["disks"][0]["cid"], named, "{point} {action}");
            assert_eq!(
                director.world()["orphan_disks"].as_array().unwrap().len(),
                usize::from(half),
                "{point} {action}"
            );
            assert_eq!(director.world()["tasks"][1]["state"], "error", "{point} {action}");
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

/// The worker dies, and its call of the CPI lives on: the effect comes once the task is long over, with no task listed.
#[test]
fn a_call_outlives_its_killed_worker() {
    let director = one();
    promoted(&director, "new");
    stop(&director);
    director.faults(&[fault("attach-disk", "cpi:attach_disk:outlives", "1500")]);
    assert_eq!(attach(&director, "new").status, 1);
    assert_eq!(director.sandbox.attached("vm-db-0"), [""; 0]);
    assert!(director.list(&["tasks"]).is_empty());
    // The database has the new disk, by half a transaction; and the lock of the VM outlives its holder for a time.
    assert_eq!(director.instance(0)["disks"][0]["cid"], "new");
    let lock = &director.list(&["locks"])[0];
    assert_eq!((&lock["type"], &lock["resource"], &lock["task_id"]), (&json!("vm"), &json!("vm-db-0"), &json!("2")));
    director.wait_until("the late effect", || director.sandbox.attached("vm-db-0") == ["new"]);
    assert!(director.list(&["locks"]).is_empty());
}

/// It looks up only once the CPI has answered: the database is as before, the cloud has the new disk, and nobody mounted it.
#[test]
fn a_cancelled_attach_ends_after_its_call() {
    let director = one();
    promoted(&director, "new");
    stop(&director);
    director.faults(&[fault("attach-disk", "cpi:attach_disk:before", "pause_until:go")]);
    let client = director.prepare_bosh(&["-n", "-d", "prod", "attach-disk", &director.slug(), "new"]).start();
    director.wait_for("fault", |_| true);
    director.bosh(&["cancel-task", "2"]).quiet_success();
    director.release("go");
    assert_eq!(client.wait_with_output().unwrap().status.code(), Some(1));
    assert_eq!(director.world()["tasks"][1]["state"], "cancelled");
    assert_eq!(director.sandbox.attached("vm-db-0"), ["new"]);
    assert_eq!(director.instance(0)["disks"][0]["cid"], "disk-db-0");
    assert_eq!(director.instance(0)["agent"]["mounted"], Value::Null);
    let report = director.bosh(&["cck", "--report"]);
    assert!(report.stdout.contains("mount_info_mismatch"), "{report:?}");
}

/// An expired lock is listed for a time, and keeps nobody away.
#[test]
fn an_expired_lock_is_listed_and_keeps_nobody_away() {
    let director = one();
    director.change(|world| {
        world["lock_listed_ms"] = json!(60_000);
        let expired = (chrono::Utc::now() - chrono::Duration::seconds(5)).to_rfc3339();
        world["locks"] = json!([{"name": "lock:deployment:prod", "task": 900, "expires_at": expired}]);
    });
    assert_eq!(director.list(&["locks"]).len(), 1);
    stop(&director);
}

/// What the clouds behind it say of a VM's disks, each in its own way.
#[test]
fn clouds_that_cannot_tell_lag_or_say_too_much() {
    let asked = |script: &Value, vm: &str| {
        let director = Director::with_cpi(&["db/0"], script);
        let request =
            json!({"method": "get_disks", "arguments": [vm], "context": {"director_uuid": "x"}, "api_version": 2});
        let cpi = director.sandbox.path("director/cpi");
        let run = director.sandbox.prepare_of(&cpi, &[]).stdin(&request.to_string()).go();
        serde_json::from_str::<Value>(&run.stdout).unwrap()
    };
    let kind = |answer: &Value| answer["error"]["type"].as_str().unwrap_or_default().to_owned();
    assert_eq!(kind(&asked(&json!({"get_disks": "not_implemented"}), "vm-db-0")), "Bosh::Clouds::NotImplemented");
    assert_eq!(kind(&asked(&json!({"get_disks": "no_method"}), "vm-db-0")), "NoMethodError");
    assert_eq!(asked(&json!({"get_disks": "empty"}), "any")["result"], json!([]));
    let more = json!({"more": ["vol-root", ""]});
    assert_eq!(asked(&more, "vm-db-0")["result"], json!(["vol-root", "", "disk-db-0"]));

    let director = Director::with_cpi(&["db/0"], &json!({"get_disks": "lag:60000", "refuses_attached": true}));
    promoted(&director, "new");
    stop(&director);
    attach(&director, "new").quiet_success();
    let cpi = director.sandbox.path("director/cpi");
    let request =
        json!({"method": "get_disks", "arguments": ["vm-db-0"], "context": {"director_uuid": "x"}, "api_version": 2});
    let run = director.sandbox.prepare_of(&cpi, &[]).stdin(&request.to_string()).go();
    assert_eq!(
        serde_json::from_str::<Value>(&run.stdout).unwrap()["result"],
        json!(["disk-db-0"]),
        "what was true before"
    );
    let request = json!({"method": "attach_disk", "arguments": ["vm-db-0", "new"], "context": {"director_uuid": "x"}, "api_version": 2});
    let run = director.sandbox.prepare_of(&cpi, &[]).stdin(&request.to_string()).go();
    assert!(run.stdout.contains("already attached"), "{run:?}");
}
