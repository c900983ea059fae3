//! Clouds that tell of a VM's disks in their own ways: with its root disk, late, never, or with an error.

use crate::scene::{CLOUDS, OLD, Scene, VM};
use crate::support::fake_bosh::fault;

/// The root disk of the Director's VM is nobody's business; where the cloud tells nothing, the state file tells.
#[test]
fn a_restore_and_its_undo_on_each() {
    for cloud in CLOUDS {
        let scene = Scene::on_a_cloud(cloud);
        let ran = scene.restore();
        assert_eq!(ran.status, 0, "{cloud}: {ran:?}");
        assert!(scene.disk() != OLD && scene.runs() == 1, "{cloud}: {ran:?}");
        scene.check(cloud);
        let by_both = ran.stderr.contains("confirmed by the state file and the cloud");
        let tells = ["true", "root", "lagging:300"].contains(&cloud);
        assert_eq!(by_both, tells, "{cloud}: nobody is named who was not asked: {ran:?}");
        let ran = scene.undo();
        assert_eq!((ran.status, scene.disk().as_str()), (0, OLD), "{cloud}: {ran:?}");
        scene.check(&format!("undo on {cloud}"));
    }
}

/// The case that create-env is for.
#[test]
fn a_dead_vm_on_each() {
    for cloud in CLOUDS {
        let scene = Scene::on_a_cloud(cloud);
        std::fs::remove_dir_all(scene.environment.director.sandbox.path("cloud/vms").join(VM)).unwrap();
        let ran = scene.restore();
        assert_eq!((ran.status, scene.runs()), (0, 1), "{cloud}: {ran:?}");
        assert_ne!(scene.disk(), OLD, "{cloud}");
        scene.check(cloud);
    }
}

#[test]
fn the_way_back_on_each() {
    for cloud in CLOUDS {
        let scene = Scene::on_a_cloud(cloud);
        scene.environment.director.faults(&[fault("create-env", "env:mount", "fail")]);
        let ran = scene.restore();
        assert_eq!(ran.status, 7, "{cloud}: {ran:?}");
        assert!(ran.stderr.contains("is back on its old disk disk-bosh-0"), "{cloud}: {ran:?}");
        assert_eq!((scene.runs(), scene.disk().as_str()), (2, OLD), "{cloud}");
        scene.check(cloud);
    }
}

/// A disk that the state gives to another instance is somebody's business.
#[test]
fn a_disk_of_another_instance_at_the_vm() {
    let scene = Scene::on_a_cloud("root");
    let sandbox = &scene.environment.director.sandbox;
    sandbox.make_disk("disk-db-0", 1 << 20, "x");
    sandbox.make_vm(VM, &["disk-db-0"]);
    sandbox.write(
        "inventory.yml",
        "deployments:\n- name: prod\n  instances:\n  - {name: db/0, vm_cid: vm-db-0, managed_by: nobody, disks: [{cid: disk-db-0}]}\n",
    );
    scene.snapback(&["import", "inventory.yml"]).quiet_success();
    scene.restore().refused(4, &["VM vm-bosh-0 has disk disk-db-0, which is db/0's"]);
    assert_eq!(scene.runs(), 0);
}

/// Attached already, by the operator's own hand: what is seen is what is recorded.
#[test]
fn what_another_hand_has_done_is_recorded() {
    let scene = Scene::damaged();
    let ran = scene.prepare(&scene.restore_line()).fault("restore.replace_cid.settled=kill").go();
    assert_eq!(ran.status, 128 + 9, "{ran:?}");
    scene.environment.create_env(&["--recreate", "-o", crate::scene::DISARMED]).quiet_success();
    let (vm, disk) = (scene.environment.vm(), scene.disk());
    // Nothing is left for create-env to do: it is not run, and its command line is not needed.
    let ran = scene.snapback(&["recover"]);
    assert_eq!((ran.status, scene.runs()), (0, 1), "{ran:?}");
    assert_eq!((scene.environment.vm(), scene.disk()), (vm, disk.clone()));
    assert_ne!(disk, OLD);
    scene.check("by another hand");
}
