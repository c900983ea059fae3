//! A Director of create-env's among several instances: what is left to do is told with create-env's command line.

use crate::scene::{DISARMED, GOOD, OLD, RUBBISH, Scene};
use crate::support::Ran;

const LINE: &str = " -- bosh create-env bosh.yml --state bosh-state.json --recreate -o bosh-disarmed.yml";

/// A set of `db/0` and of the Director, both of whose disks are rubbish by now; the id of the set.
fn scene() -> (Scene, String) {
    let scene = Scene::damaged();
    let director = &scene.environment.director;
    let sandbox = &director.sandbox;
    sandbox.make_disk("disk-db-0", 1 << 20, GOOD);
    sandbox.make_vm("vm-db-0", &["disk-db-0"]);
    let instance = "{name: db/0, vm_cid: vm-db-0, managed_by: nobody, disks: [{cid: disk-db-0, size_mib: 1}]}";
    sandbox.write("inventory.yml", &format!("deployments: [{{name: prod, instances: [{instance}]}}]\n"));
    scene.snapback(&["import", "inventory.yml"]).quiet_success();
    director.write_files(OLD, &[("database", GOOD)]);
    scene.snapback(&["take", "--all-deployments"]).quiet_success();
    let set = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    director.write_files(OLD, &[("database", RUBBISH)]);
    sandbox.damage("disk-db-0", RUBBISH);
    (scene, set)
}

fn contents(scene: &Scene) -> [String; 2] {
    [scene.environment.director.sandbox.content("vm-db-0"), scene.data(&scene.disk())]
}

/// Types the last command that was printed as a hint.
fn follow(scene: &Scene, ran: &Ran, command: &str) -> Ran {
    let line = ran.stderr.lines().filter_map(|line| line.strip_prefix("Hint: run: snapback ")).next_back();
    let line = line.unwrap_or_else(|| panic!("{ran:?}"));
    assert_eq!(line, format!("{command}{LINE}"), "{ran:?}");
    scene.snapback(&[&["-n"], line.split(' ').collect::<Vec<_>>().as_slice()].concat())
}

#[test]
fn what_is_left_is_done_by_the_command_that_is_printed() {
    let (scene, set) = scene();
    let typed: Vec<&str> = LINE.split_whitespace().collect();
    let stopped = |words: &[&str], point: &str| {
        let ran = scene.prepare(&[&["-n"], words, typed.as_slice()].concat()).fault(point).go();
        assert_eq!(ran.status, 3, "{ran:?}");
        assert!(ran.stderr.contains("director/0 alone is left; to try it again"), "{ran:?}");
        ran
    };
    let ran = stopped(&["restore", "--set", &set], "restore.replace_cid.before=error");
    assert!(ran.stderr.contains(&format!(" undo{LINE}`; on an error")), "{ran:?}");
    assert_eq!(contents(&scene), [GOOD, RUBBISH]);
    follow(&scene, &ran, &format!("restore --set {set}")).quiet_success();
    assert_eq!(contents(&scene), [GOOD, GOOD]);
    assert!(scene.environment.director.sandbox.path(DISARMED).exists());
}

#[test]
fn an_undo_that_did_part_is_gone_on_with() {
    let (scene, set) = scene();
    let typed: Vec<&str> = LINE.split_whitespace().collect();
    let restored = scene.snapback(&[&["-n", "restore", "--set", set.as_str()], typed.as_slice()].concat());
    restored.quiet_success();
    let told =
        restored.stderr.lines().find_map(|line| line.strip_prefix("To go back with all 2: snapback undo ")).unwrap();
    assert!(told.ends_with(LINE), "{restored:?}");
    let undo = [&["-n", "undo"], typed.as_slice()].concat();
    let ran = scene.prepare(&undo).fault("undo.replace_cid.before=error").go();
    assert_eq!(ran.status, 3, "{ran:?}");
    assert_eq!(contents(&scene), [RUBBISH, GOOD]);
    follow(&scene, &ran, "undo").quiet_success();
    assert_eq!(contents(&scene), [RUBBISH, RUBBISH]);
}
