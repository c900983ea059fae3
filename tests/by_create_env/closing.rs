//! A command line that is typed anew is looked at anew; and an operation that can go neither on nor back has an end.

use serde_json::json;

use crate::scene::{DISARMED, OLD, RUBBISH, Scene};
use crate::support::fake_bosh::fault;
use crate::support::fake_env::manifest;

/// A restore that was killed once the record had the new disk, with create-env cut off in the middle.
fn cut_off() -> Scene {
    let scene = Scene::damaged();
    scene.environment.director.faults(&[fault("create-env", "env:after_create_vm", "die")]);
    let ran = scene.prepare(&scene.restore_line()).fault("settle.create_env.before=kill").go();
    assert_eq!(ran.status, 128 + 9, "{ran:?}");
    scene
}

fn id(scene: &Scene) -> String {
    scene.environment.director.sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned()
}

/// Otherwise create-env would copy the disk to a new one, and delete the old.
#[test]
fn recover_looks_at_its_command_line_as_restore_does() {
    for way in [&["recover"][..], &["-n", "recover", "--resume"], &["-n", "recover", "--rollback"]] {
        let scene = cut_off();
        let sandbox = &scene.environment.director.sandbox;
        let whole = [way, Scene::whole_line().as_slice()].concat();
        let refused = |texts: &[&str], line: &[&str]| {
            let (state, runs) = (scene.environment.state(), scene.runs());
            let ran = scene.snapback(line);
            assert_eq!(ran.status, 4, "{ran:?}");
            assert!(texts.iter().all(|text| ran.stderr.contains(text)), "{texts:?}: {ran:?}");
            assert_eq!((scene.environment.state(), scene.runs(), scene.open_operations()), (state, runs, 1), "{ran:?}");
        };
        sandbox.write("bosh.yml", &manifest(2));
        refused(&["has 1 MiB, and the manifest wants 2"], &whole);
        sandbox.write("bosh.yml", &manifest(1).replace("type: fast", "type: slow"));
        refused(&["cloud_properties of the disk's record are not those"], &whole);
        sandbox.write("bosh.yml", &manifest(1).replace("disk_size: 1", "disk_size: ((size))"));
        refused(&["cannot be read to its end with this command line"], &whole);
        sandbox.write("bosh.yml", &manifest(1));
        let more = Scene::line(&["--recreate", "--recreate-persistent-disks", "-o", DISARMED]);
        refused(&["has --recreate-persistent-disks"], &[way, more.as_slice()].concat());
        refused(&["has no --recreate"], &[way, Scene::line(&["-o", DISARMED]).as_slice()].concat());
        scene.snapback(&whole).quiet_success();
        scene.check("with the right one");
        assert_eq!(scene.data(OLD), RUBBISH);
    }
}

/// `undo` and `apply`, too.
#[test]
fn undo_and_apply_look_at_theirs() {
    let scene = Scene::damaged();
    let plan = ["restore", "--dry-run", "--save", "plan.json", scene.cid.as_str()];
    scene.snapback(&[&plan, Scene::whole_line().as_slice()].concat()).quiet_success();
    let sandbox = &scene.environment.director.sandbox;
    sandbox.write("bosh.yml", &manifest(2));
    let apply = [&["-n", "apply", "plan.json"], Scene::whole_line().as_slice()].concat();
    scene.snapback(&apply).refused(4, &["the manifest wants 2"]);
    sandbox.write("bosh.yml", &manifest(1));
    scene.snapback(&apply).quiet_success();
    let runs = scene.runs();
    sandbox.write("bosh.yml", &manifest(2));
    let undo = scene.undo();
    undo.refused(4, &["the manifest wants 2"]);
    assert_eq!(scene.runs(), runs);
    scene.environment.director.sandbox.write("bosh.yml", &manifest(1));
    scene.undo().quiet_success();
}

/// create-env has migrated behind snapback's back: the record has a disk that nobody planned.
#[test]
fn a_disk_that_nobody_planned() {
    let scene = cut_off();
    let sandbox = &scene.environment.director.sandbox;
    sandbox.write("bosh.yml", &manifest(2));
    scene.environment.create_env(&["--recreate"]).quiet_success();
    sandbox.write("bosh.yml", &manifest(1));
    scene.environment.change_state(|state| state["disks"][0]["size"] = json!(1));
    let (vm, disk) = (scene.environment.vm(), scene.disk());
    for way in [&["recover"][..], &["-n", "recover", "--resume"], &["-n", "recover", "--rollback"]] {
        let ran = scene.snapback(&[way, Scene::whole_line().as_slice()].concat());
        assert!(ran.status != 0 && ran.stderr.contains("recover --close"), "{ran:?}");
        assert_eq!((scene.open_operations(), scene.disk()), (1, disk.clone()), "{ran:?}");
    }
    let id = id(&scene);
    // It asks, and shows what it would end.
    let ran = scene.prepare(&["recover", "--close", &id]).stdin("n\n").go();
    assert_eq!((ran.status, scene.open_operations()), (10, 1), "{ran:?}");
    let ran = scene.snapback(&["-n", "recover", "--close", &id]);
    ran.quiet_success();
    assert!(ran.stdout.contains("closed by the operator: director/0: ") && ran.stdout.contains(&disk), "{ran:?}");
    assert_eq!(scene.open_operations(), 0);
    let instance = sandbox.rows(&["instances", "--details"], "instances")[0].clone();
    assert_eq!((&instance["vm_cid"], &instance["disk_cids"]), (&json!(vm), &json!([disk])), "{instance}");
    // Nothing is forgotten, and nothing deleted.
    let known: Vec<String> =
        sandbox.rows(&["disks"], "disks").iter().map(|row| row["disk_cid"].as_str().unwrap().to_owned()).collect();
    for there in sandbox.names("cloud/disks") {
        assert!(known.contains(&there), "{there} is not in {known:?}");
    }
    assert_eq!(scene.data(OLD), RUBBISH);
    // Its Director may be disarmed, on a database of the past: that is not forgotten with the operation.
    let checked = scene.snapback(&["check"]);
    assert_eq!(checked.status, 11, "{checked:?}");
    assert!(
        checked.stdout.contains("it may be disarmed by ") && checked.stdout.contains("until it is re-armed"),
        "{checked:?}"
    );
    scene.snapback(&["operations", &id, "--done"]).quiet_success();
    assert!(!scene.snapback(&["check"]).stdout.contains("disarmed"));
    // It can be restored again.
    let all = scene.snapback(&[&["restore", "--dry-run", scene.cid.as_str()], Scene::whole_line().as_slice()].concat());
    assert!(all.status == 0 || all.stderr.contains("MiB"), "{all:?}");
}

/// A state file that is no more what it was, or is gone.
#[test]
fn a_state_file_that_cannot_be_read() {
    for text in [None, Some("{}"), Some("nonsense")] {
        let scene = cut_off();
        let sandbox = &scene.environment.director.sandbox;
        match text {
            None => std::fs::remove_file(sandbox.path("bosh-state.json")).unwrap(),
            Some(text) => sandbox.write("bosh-state.json", text),
        }
        let ran = scene.recover();
        assert_ne!(ran.status, 0, "{text:?}: {ran:?}");
        let id = id(&scene);
        let ran = scene.snapback(&["-n", "recover", "--close", &id]);
        assert_eq!((ran.status, scene.open_operations()), (0, 0), "{text:?}: {ran:?}");
    }
}

/// By the other methods, too: the cloud says what is where.
#[test]
fn an_operation_of_the_method_cpi() {
    use crate::support::Sandbox;
    for (point, on_new) in [("restore.detach_disk.settled", None), ("restore.attach_disk.settled", Some(true))] {
        let sandbox = Sandbox::with(&["db/0"]);
        let cid = sandbox.take("db/0");
        let ran = sandbox.prepare(&["-n", "restore", &cid]).fault(&format!("{point}=kill")).go();
        assert_eq!(ran.status, 128 + 9, "{ran:?}");
        let id = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
        let attached = sandbox.attached("vm-db-0");
        let ran = sandbox.run(&["-n", "recover", "--close", &id]);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(sandbox.attached("vm-db-0"), attached, "nothing is changed");
        let row = sandbox.rows(&["operations"], "operations")[0].clone();
        assert_eq!(row["state"], "partly", "{row}");
        if on_new == Some(true) {
            let instance = sandbox.rows(&["instances", "--details"], "instances")[0].clone();
            assert_eq!(instance["disk_cids"], json!(attached), "{instance}");
        }
    }
}

/// Killed, and finished by the operator's own create-env, without the ops file: the Director is armed.
#[test]
fn an_armed_director_is_told_of_first() {
    let scene = cut_off();
    scene.environment.create_env(&["--recreate"]).quiet_success();
    let ran = scene.recover();
    ran.quiet_success();
    let first = ran.stderr.lines().next().unwrap();
    assert!(first.contains("the Director is ARMED on a database of the past"), "{ran:?}");
    scene.check("armed");
    // With the ops file it is not.
    let scene = cut_off();
    scene.environment.create_env(&["--recreate", "-o", DISARMED]).quiet_success();
    let ran = scene.recover();
    ran.quiet_success();
    assert!(!ran.stderr.contains("ARMED"), "{ran:?}");
}
