//! Restores of a Director by create-env: the double of `tests/fake_bosh`, on a real cloud of files.
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

mod calls;
mod closing;
mod clouds;
mod kills;
mod lifespan;
mod line;
mod refusals;
mod remedies;
mod scene;
mod several;
#[path = "../support/mod.rs"]
mod support;

use scene::{HUSH, OLD, RUBBISH, Scene, VM};
use serde_json::json;
use support::fake_bosh::fault;
use support::fake_env::RECORD;

#[test]
fn restore_undo_and_undo_that() {
    let scene = Scene::damaged();
    let dry = scene.snapback(&[&["restore", "--dry-run", scene.cid.as_str()], Scene::whole_line().as_slice()].concat());
    dry.quiet_success();
    assert!(dry.stdout.contains("run your `bosh create-env`"), "{dry:?}");
    assert_eq!((scene.runs(), scene.disk().as_str()), (0, OLD));

    let ran = scene.restore();
    ran.quiet_success();
    let new = scene.disk();
    assert!(new != OLD && scene.environment.vm() != VM);
    scene.check("restore");
    assert!(ran.stderr.contains("Deleting VM 'vm-bosh-0'... Finished"), "{ran:?}");
    assert!(ran.stdout.contains("bosh cck --report") || ran.stderr.contains("bosh cck --report"), "{ran:?}");
    assert!(ran.stderr.contains("without -o bosh-disarmed.yml"), "{ran:?}");

    scene.undo().quiet_success();
    assert_eq!(scene.disk(), OLD);
    scene.check("undo");
    scene.undo().refused(5, &["there is no restore to undo: all of them are undone"]);
    scene.redo().quiet_success();
    assert_eq!(scene.disk(), new);
    scene.check("undo of the undo");
    // The next create-env of the operator's leaves it there.
    scene.environment.create_env(&["--recreate"]).quiet_success();
    assert_eq!(scene.disk(), new);
    // The state file says so, too: an import changes nothing.
    scene.snapback(&["import", "bosh-state.json"]).quiet_success();
    scene.check("imported again");
}

#[test]
fn the_state_file_is_kept_as_it_was() {
    let scene = Scene::damaged();
    scene.environment.change_state(|state| state["note"] = json!("of mine"));
    let sandbox = &scene.environment.director.sandbox;
    let before = std::fs::read(sandbox.path("bosh-state.json")).unwrap();
    scene.restore().quiet_success();
    let copies: Vec<String> =
        sandbox.names(".").into_iter().filter(|name| name.starts_with("bosh-state.json.before-")).collect();
    assert_eq!(copies.len(), 1, "{copies:?}");
    assert_eq!(std::fs::read(sandbox.path(&copies[0])).unwrap(), before);
    assert_eq!(scene.environment.state()["disks"][0]["id"], RECORD);
}

/// What is left to do is kept in mind until somebody says that it is done; of several only the newest counts.
#[test]
fn the_checklist_stays_open_until_it_is_done() {
    let scene = Scene::damaged();
    let open = || -> Vec<String> {
        let ran = scene.snapback(&["check", "--output", "json"]);
        let rows: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let rows = rows["findings"].as_array().unwrap().clone();
        let rows = rows.iter().filter(|row| row["finding"] == "open_checklist");
        rows.map(|row| row["next"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(open(), Vec::<String>::new());
    scene.restore().quiet_success();
    let listed = || scene.environment.director.sandbox.rows(&["operations"], "operations")[0].clone();
    assert!(listed()["summary"].as_str().unwrap().ends_with("to do: bosh cck --report, compare, re-arm"));
    let told = scene.snapback(&["check"]).stdout;
    assert!(told.contains("it is disarmed by ") && told.contains("until it is re-armed"), "{told}");
    let first = open();
    assert_eq!(first.len(), 1, "{first:?}");
    scene.undo().quiet_success();
    let second = open();
    assert!(second.len() == 1 && second != first, "{first:?} {second:?}");
    let next: Vec<&str> = second[0].split(' ').skip(1).collect();
    scene.snapback(&next).quiet_success();
    assert_eq!(open(), Vec::<String>::new());
    assert!(listed()["summary"].as_str().unwrap().ends_with("; checklist done"));
    scene.snapback(&next).refused(4, &["has no open checklist"]);
    // It is as undoable as before.
    scene.redo().quiet_success();
}

/// The password is on create-env's command line, and on no other.
#[test]
fn the_command_line_is_kept_nowhere() {
    let scene = Scene::damaged();
    scene.environment.director.faults(&[fault("create-env", "env:mount", &format!("fail:no {HUSH} here"))]);
    let ran = scene.restore();
    assert_ne!(ran.status, 0);
    assert!(ran.stderr.contains("no <redacted> here"), "{ran:?}");
    assert!(!format!("{ran:?}").contains(HUSH), "{ran:?}");
    let plan = ["restore", "--dry-run", "--save", "plan.json", scene.cid.as_str()];
    let saved = scene.snapback(&[&plan, Scene::whole_line().as_slice()].concat());
    saved.quiet_success();
    let sandbox = &scene.environment.director.sandbox;
    assert!(!std::fs::read_to_string(sandbox.path("plan.json")).unwrap().contains(HUSH));
    let state = std::fs::read(sandbox.state()).unwrap();
    assert!(!String::from_utf8_lossy(&state).contains(HUSH));
    let listed = sandbox.rows(&["operations"], "operations").iter().map(ToString::to_string).collect::<String>();
    assert!(listed.contains("-- <redacted>") && !listed.contains("bosh.yml"), "{listed}");
    // The plan is carried out with it given again.
    scene.snapback(&["-n", "apply", "plan.json"]).refused(4, &["snapback needs its create-env command line"]);
    scene.snapback(&[&["-n", "apply", "plan.json"], Scene::whole_line().as_slice()].concat()).quiet_success();
    scene.check("apply");
}

/// The new disk cannot be mounted: create-env makes yet another VM, with the old one.
#[test]
fn a_run_that_fails_in_the_middle_goes_back() {
    let scene = Scene::damaged();
    scene.environment.director.faults(&[fault("create-env", "env:mount", "fail")]);
    let ran = scene.restore();
    assert_eq!(ran.status, 7, "{ran:?}");
    assert!(ran.stderr.contains("is back on its old disk disk-bosh-0"), "{ran:?}");
    assert_eq!((scene.runs(), scene.disk().as_str()), (2, OLD));
    assert_ne!(scene.environment.vm(), VM);
    scene.check("back");
}

/// It has not begun: only the record goes back.
#[test]
fn a_run_that_fails_before_it_has_touched_anything() {
    let scene = Scene::damaged();
    scene.environment.director.faults(&[fault("create-env", "env:begin", "fail")]);
    let ran = scene.restore();
    assert_eq!(ran.status, 7, "{ran:?}");
    assert_eq!((scene.runs(), scene.disk().as_str(), scene.environment.vm().as_str()), (1, OLD, VM));
    scene.check("back");
}

/// Somebody has changed the manifest between plan and run, and create-env has moved the content to another disk: exit 0 is
/// not believed.
#[test]
fn an_exit_status_of_0_is_not_believed() {
    let scene = Scene::damaged();
    let sandbox = &scene.environment.director.sandbox;
    scene.environment.director.faults(&[fault("create-env", "env:begin", "pause_until:go")]);
    let child = scene.prepare(&scene.restore_line()).start();
    scene.environment.director.wait_for("fault", |event| event["command"] == "create-env");
    sandbox.write("bosh.yml", &support::fake_env::manifest(2));
    scene.environment.director.release("go");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("create-env has replaced"), "{said}");
    assert_eq!(scene.data(OLD), RUBBISH, "the old disk");
}

/// The Director's VM is gone: that is what the restore is for.
#[test]
fn a_vm_that_is_gone() {
    let scene = Scene::damaged();
    std::fs::remove_dir_all(scene.environment.director.sandbox.path("cloud/vms").join(VM)).unwrap();
    scene.restore().quiet_success();
    scene.check("a VM that was gone");
    assert_ne!(scene.disk(), OLD);
}

/// And so is its disk.
#[test]
fn a_disk_that_is_gone() {
    let scene = Scene::damaged();
    let sandbox = &scene.environment.director.sandbox;
    std::fs::remove_dir_all(sandbox.path("cloud/vms").join(VM)).unwrap();
    std::fs::remove_dir_all(sandbox.path("cloud/disks").join(OLD)).unwrap();
    let ran = scene.restore();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("the cloud no longer has disk disk-bosh-0"), "{ran:?}");
    assert_eq!(scene.data(&scene.disk()), scene::GOOD);
}
