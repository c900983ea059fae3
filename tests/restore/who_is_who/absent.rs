//! What is not there, and is does not believe that it is gone.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::{Ran, Sandbox};
use crate::who_is_who::lists::{A, instance, table};

fn count(sandbox: &Sandbox) -> usize {
    sandbox.rows(&["snapshots"], "snapshots").len()
}

#[test]
fn an_empty_cloud_is_believed_only_where_that_is_said() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    sandbox.run(&["take"]).quiet_success();
    let cid = sandbox.rows(&["snapshots"], "snapshots")[0]["cid"].as_str().unwrap().to_owned();
    fs::rename(sandbox.path("cloud"), sandbox.path("elsewhere")).unwrap();
    for area in ["cloud/disks", "cloud/snapshots", "cloud/vms"] {
        fs::create_dir_all(sandbox.path(area)).unwrap();
    }
    for arguments in
        [&["-n", "-d", "prod", "delete-all"][..], &["-n", "delete", &cid], &["-n", "check", "--forget", &cid]]
    {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.status, 7, "{ran:?}");
        assert!(
            ran.stderr.contains("does not believe that it is gone") && ran.stderr.contains("--believe-empty"),
            "{ran:?}"
        );
        assert_eq!(count(&sandbox), 2);
    }
    // It is there again.
    fs::remove_dir_all(sandbox.path("cloud")).unwrap();
    fs::rename(sandbox.path("elsewhere"), sandbox.path("cloud")).unwrap();
    fs::remove_dir_all(sandbox.path("cloud/snapshots").join(&cid)).unwrap();
    sandbox.run(&["-n", "delete", &cid]).quiet_success();
    assert_eq!(count(&sandbox), 1);
    // It is true.
    fs::remove_dir_all(sandbox.path("cloud")).unwrap();
    for area in ["cloud/disks", "cloud/snapshots", "cloud/vms"] {
        fs::create_dir_all(sandbox.path(area)).unwrap();
    }
    sandbox.run(&["-n", "-d", "prod", "delete-all", "--believe-empty"]).quiet_success();
    assert_eq!(count(&sandbox), 0);
}

#[test]
fn recover_does_not_believe_an_empty_cloud() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let killed = sandbox.prepare(&["-n", "delete", &cid]).fault("delete.delete_snapshot.intended=kill").go();
    assert_eq!(killed.status, 137, "{killed:?}");
    fs::rename(sandbox.path("cloud"), sandbox.path("elsewhere")).unwrap();
    for area in ["cloud/disks", "cloud/snapshots", "cloud/vms"] {
        fs::create_dir_all(sandbox.path(area)).unwrap();
    }
    let ran = sandbox.run(&["recover"]);
    assert_eq!(ran.status, 7, "{ran:?}");
    fs::remove_dir_all(sandbox.path("cloud")).unwrap();
    fs::rename(sandbox.path("elsewhere"), sandbox.path("cloud")).unwrap();
    sandbox.run(&["recover"]).quiet_success();
}

fn state_file(ids: (&str, &str), vm: &str, disk: &str) -> String {
    json!({"director_id": ids.0, "installation_id": ids.1, "current_vm_cid": vm, "current_disk_id": "d",
        "disks": [{"id": "d", "cid": disk, "size": 1024, "cloud_properties": {}}]})
    .to_string()
}

#[test]
fn the_state_file_of_another_create_env_takes_nobodys_place_unasked() {
    let sandbox = Sandbox::with(&[]);
    sandbox.write("bosh-state.json", &state_file(("one", "one"), "vm-bosh", "disk-bosh"));
    sandbox.write("jumpbox-state.json", &state_file(("two", "two"), "vm-jumpbox", "disk-jumpbox"));
    sandbox.run(&["import", "bosh-state.json"]).quiet_success();
    let ran = sandbox.run(&["import", "jumpbox-state.json"]);
    ran.refused(4, &["another create-env", "--create-env-as jumpbox", "--replace-create-env"]);
    assert_eq!(sandbox.follow_hints(&ran), 1);
    let rows = sandbox.rows(&["disks"], "disks");
    let active = |disk: &str| rows.iter().any(|row| row["disk_cid"] == disk && row["state"] == "active");
    assert!(active("disk-bosh") && active("disk-jumpbox"), "{rows:#?}");
    // The same one, on another VM and another disk.
    sandbox.write("bosh-state.json", &state_file(("one", "one"), "vm-new", "disk-new"));
    sandbox.run(&["import", "bosh-state.json"]).quiet_success();
    sandbox.run(&["import", "--replace-create-env", "jumpbox-state.json", "--create-env-as", "other"]).quiet_success();
    sandbox.write("rebuilt.json", &state_file(("three", "three"), "vm-3", "disk-3"));
    sandbox.run(&["import", "rebuilt.json"]).refused(4, &["another create-env"]);
    sandbox.run(&["import", "--replace-create-env", "rebuilt.json"]).quiet_success();
}

#[test]
fn what_a_whole_list_lacks_is_gone_where_the_cloud_has_it_not() {
    let sandbox = Sandbox::with(&[]);
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh/fake");
    fs::create_dir(sandbox.path("bosh")).unwrap();
    let answer = |name: &str, content: &str, rows: &[serde_json::Value]| {
        sandbox.write(&format!("bosh/{name}"), &table(content, rows));
    };
    let import = || -> Ran {
        let run = sandbox.prepare(&["import", "--from-bosh"]).env("BOSH_ENVIRONMENT", "https://10.0.0.6:25555");
        run.env("PATH", &format!("{}:/usr/bin:/bin", fixtures.display()))
            .env("FAKE_BOSH", sandbox.path("bosh").to_str().unwrap())
            .go()
    };
    answer("environment", "", &[json!({"name": "test", "uuid": "u", "version": "282.0.0"})]);
    answer("deployments", "deployments", &[json!({"name": "prod", "release_s": "x/1"})]);
    answer("prod.instances", "instances", &[instance("db/0", A, "vm-1", &["disk-1"])]);
    answer(
        "prod.snapshots",
        "snapshots",
        &[crate::who_is_who::lists::snapshot("db/0", "snap-1", "Mon Sep 21 18:02:10 UTC 2026")],
    );
    answer("disks", "disks", &[]);
    import().quiet_success();
    // Its disk is exchanged, and orphaned.
    sandbox.make_disk("disk-2", 1 << 20, "new");
    answer("prod.instances", "instances", &[instance("db/0", A, "vm-1", &["disk-2"])]);
    answer("prod.snapshots", "snapshots", &[]);
    let orphan = json!({"disk_cid": "disk-1", "size": "1.0 GiB", "deployment": "prod", "instance": format!("db/{A}"),
        "az": "", "orphaned_at": "Tue Sep 22 18:02:10 UTC 2026"});
    answer("disks", "disks", &[orphan]);
    import().quiet_success();
    assert_eq!(sandbox.rows(&["disks", "--orphaned"], "disks").len(), 1);
    assert_eq!(count(&sandbox), 1);
    // The Director says that it is gone, and the cloud has it.
    sandbox.make_disk("disk-1", 1 << 20, "old");
    answer("disks", "disks", &[]);
    let ran = import();
    ran.quiet_success();
    assert!(ran.stderr.contains("and the cloud still has it: kept"), "{ran:?}");
    assert_eq!((sandbox.rows(&["disks", "--orphaned"], "disks").len(), count(&sandbox)), (1, 1));
    // Both say so.
    fs::remove_dir_all(sandbox.path("cloud/disks/disk-1")).unwrap();
    let ran = import();
    ran.quiet_success();
    let told = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("disk disk-1 gone") && told.contains("snapshot snap-1 gone"), "{ran:?}");
    assert_eq!((sandbox.rows(&["disks", "--orphaned"], "disks").len(), count(&sandbox)), (0, 0));
    assert!(!import().stdout.contains("gone"));
}

#[test]
fn the_newest_one_is_the_last_in_the_journal() {
    let sandbox = Sandbox::with(&["db/0"]);
    let at = |time: &str, ids: &str| {
        let run = sandbox.prepare(&["take", "--output", "cid"]).env("SNAPBACK_TEST_NOW", time);
        let ran = run.env("SNAPBACK_TEST_IDS", ids).go();
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.stdout.trim().to_owned()
    };
    let ahead = at("2026-11-22T03:00:00Z", "100");
    let corrected = at("2026-11-22T02:00:00Z", "200");
    assert_ne!(ahead, corrected);
    let ran = sandbox.run(&["restore", "--latest", "db/0", "--dry-run"]);
    assert!(ran.stderr.contains(&format!("Newest snapshot of db/0: {corrected}")), "{ran:?}");
    assert!(ran.stderr.contains("The clock was set back"), "{ran:?}");
    let later = at("2026-11-22T02:30:00Z", "300");
    assert!(sandbox.run(&["restore", "--latest", "db/0", "--dry-run"]).stderr.contains(&format!("db/0: {later}")));
}
