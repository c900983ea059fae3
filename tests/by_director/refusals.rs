//! What cannot be carried through is refused before the first effect: no operation is begun, and bosh changes nothing.

use serde_json::{Value, json};

use crate::scene::{OLD, Scene};
use crate::support::fake_bosh::DEPLOYMENT;

/// Changes the scene, restores, and sees it refused so.
fn refused(change: impl FnOnce(&Scene), arguments: &[&str], status: i32, texts: &[&str]) {
    let scene = Scene::damaged();
    change(&scene);
    let acts = scene.acts();
    let before = scene.director.sandbox.names("cloud/disks");
    let ran = scene.snapback(&[&["-n", "restore", &scene.cid], arguments].concat());
    ran.refused(status, texts);
    assert_eq!(scene.acts(), acts, "{ran:?}");
    assert_eq!(scene.director.sandbox.names("cloud/disks"), before, "{ran:?}");
    assert!(scene.director.sandbox.attached("vm-db-0").contains(&OLD.to_owned()), "{ran:?}");
}

fn instance(change: impl FnOnce(&mut Value)) -> impl FnOnce(&Scene) {
    |scene: &Scene| scene.director.change_instance(0, change)
}

#[test]
fn an_instance_that_is_ignored() {
    refused(instance(|one| one["ignore"] = json!(true)), &[], 4, &["ignores db/", "run: bosh -d prod unignore db/"]);
}

#[test]
fn several_disks_and_disks_with_names() {
    let second = json!({"cid": "disk-second", "active": true, "size": 1, "cloud_properties": {}, "name": "logs"});
    refused(
        instance(|one| one["disks"].as_array_mut().unwrap().push(second)),
        &[],
        8,
        &["has 2 disks of db/0", "snapback promote CID"],
    );
    let named = format!(
        "name: {DEPLOYMENT}\ninstance_groups:\n- name: db\n  instances: 1\n  azs: [z1]\n  persistent_disks:\n  - {{name: a, type: fast}}\n"
    );
    let manifest = |scene: &Scene| scene.director.change(|world| world["deployments"][0]["manifest"] = json!(named));
    refused(manifest, &[], 8, &["the disks of db/0 have names", "would add one"]);
}

#[test]
fn an_inventory_that_the_director_has_left_behind() {
    let other = instance(|one| one["disks"][0]["cid"] = json!("disk-since"));
    refused(other, &[], 4, &["the Director has disk disk-since", "run: snapback", "import --from-bosh"]);
    let moved = instance(|one| one["vm_cid"] = json!("vm-since"));
    refused(moved, &[], 4, &["on VM vm-since now", "import --from-bosh"]);
    let gone = instance(|one| one["uuid"] = json!("00000000-0000-4000-8000-00000000beef"));
    refused(gone, &[], 5, &["the Director has no instance db/", "import --from-bosh"]);
}

#[test]
fn a_cloud_that_is_at_odds_with_the_director() {
    let lacks = |scene: &Scene| {
        std::fs::rename(
            scene.director.sandbox.path("cloud/vms/vm-db-0").join(OLD),
            scene.director.sandbox.path("cloud/elsewhere"),
        )
        .unwrap();
    };
    let scene = Scene::damaged();
    lacks(&scene);
    scene.restore().refused(4, &["but the cloud says that it has: none", "cck --report"]);
    assert_eq!(scene.acts(), [""; 0]);
    // A disk that the state knows as another's is one; what nobody knows may be the root disk.
    let known = |scene: &Scene| {
        let spare = scene.snapback(&["promote", &scene.cid, "--output", "cid"]).stdout.trim().to_owned();
        scene.director.sandbox.make_vm("vm-db-0", &[&spare]);
    };
    refused(known, &[], 4, &["as well, which is", "cck --report"]);
    let scene = Scene::damaged();
    scene.director.sandbox.make_disk("vol-root", 1 << 20, "x");
    scene.director.sandbox.make_vm("vm-db-0", &["vol-root"]);
    scene.restore().quiet_success();
    let attached = scene.director.sandbox.attached("vm-db-0");
    assert!(attached.len() == 2 && attached.contains(&"vol-root".to_owned()), "{attached:?}");
}

#[test]
fn a_dead_agent_is_told_what_works_instead() {
    let dead = |scene: &Scene| {
        scene.director.change_instance(0, |one| {
            one["process_state"] = json!("unresponsive agent");
            one["agent"]["unresponsive"] = json!(true);
        });
    };
    refused(dead, &[], 8, &["does not answer", "run: bosh -d prod recreate db/", "--no-converge --fix"]);
    // And that works.
    let scene = Scene::damaged();
    dead(&scene);
    scene.director.bosh(&["recreate", &scene.director.slug(), "--no-converge", "--fix"]).quiet_success();
    scene.snapback(&["import", "--from-bosh"]).quiet_success();
    scene.restore().quiet_success();
}

#[test]
fn a_director_at_work() {
    let task = json!({
        "id": 900, "kind": "deploy", "state": "queued", "timestamp": "2026-01-01T00:00:00Z", "user": "admin",
        "deployment": DEPLOYMENT, "description": "create deployment",
    });
    let busy = |scene: &Scene| scene.director.change(|world| world["tasks"].as_array_mut().unwrap().push(task));
    refused(
        busy,
        &[],
        6,
        &["task 900 (create deployment) is queued", "run: bosh task 900", "run: bosh cancel-task 900", "no worker"],
    );
}

/// A task of another kind may hold the lock, or one that has died.
#[test]
fn a_deployment_that_is_locked() {
    let lock =
        json!({"name": format!("lock:deployment:{DEPLOYMENT}"), "task": 900, "expires_at": "2036-01-01T00:00:00Z"});
    let locked = |scene: &Scene| scene.director.change(|world| world["locks"] = json!([lock]));
    refused(
        locked,
        &[],
        6,
        &[
            "the lock of deployment prod (task 900) is held",
            "worker was killed",
            "run: bosh locks",
            "bosh cancel-task 900",
        ],
    );
    // The lock of the VM, as well; and one that has expired is listed, and keeps nobody away.
    let with = |name: &str, expires_at: &str| {
        let lock = json!({"name": name, "task": 900, "expires_at": expires_at});
        move |scene: &Scene| {
            scene.director.change(|world| {
                world["lock_listed_ms"] = json!(600_000);
                world["locks"] = json!([lock]);
            });
        }
    };
    refused(with("lock:vm:vm-db-0", "2036-01-01T00:00:00Z"), &[], 6, &["the lock of vm vm-db-0 (task 900) is held"]);
    let scene = Scene::damaged();
    let expired = (chrono::Utc::now() - chrono::Duration::seconds(30)).to_rfc3339();
    with("lock:vm:vm-db-0", &expired)(&scene);
    scene.restore().quiet_success();
}

#[test]
fn a_content_that_could_not_be_checked() {
    let mute = |scene: &Scene| {
        scene.director.faults(&[crate::support::fake_bosh::always("ssh", "client:before_post", "fail:no gateway")]);
    };
    refused(mute, &[], 4, &["could not be checked", "hooks.verify: [", "within 30 s", "bosh -d prod ssh db/"]);
}

#[test]
fn the_cpi_behind_a_directors_back() {
    refused(|_| {}, &["--via", "cpi"], 8, &["managed by its Director", "not via 'cpi'"]);
    refused(|_| {}, &["--via", "create-env"], 8, &["not via 'create-env'"]);
}

#[test]
fn no_safety_snapshot_of_a_disk_that_may_be_damaged() {
    let failing = instance(|one| one["process_state"] = json!("failing"));
    refused(
        failing,
        &["--no-safety-snapshot"],
        4,
        &["are failing: its disk may be damaged", "makes a new file system"],
    );
}

#[test]
fn a_director_at_work_can_be_waited_for() {
    let scene = Scene::damaged();
    scene.director.faults(&[crate::support::fake_bosh::fault("stop", "task:begin", "pause_until:go")]);
    let other = scene.director.prepare_bosh(&["-n", "-d", DEPLOYMENT, "stop", &scene.director.slug(), "--no-converge"]);
    let mut other = other.start();
    scene.director.wait_for("fault", |event| event["command"] == "stop");
    scene.restore().refused(6, &["at work on deployment 'prod'", "--wait-lock"]);
    let waiting = scene.prepare(&["-n", "--wait-lock", "30", "restore", &scene.cid]).start();
    std::thread::sleep(std::time::Duration::from_millis(300));
    scene.director.release("go");
    let output = waiting.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(other.wait().unwrap().success());
    assert_eq!(scene.data(&scene.disk()), "db/0");
}
