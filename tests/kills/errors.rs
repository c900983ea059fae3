//! An error, instead of a death, at each point.

use super::cases::{Case, DELETE, DRILL, PROMOTE, RESTORE, TAKE, UNDO};
use super::matrix::point_of;
use super::scene::{DAMAGED, HOOKS, Scene};
use crate::support::at_once::counted;

/// Fails the command at each of its points, and gives the scene to `after` with the point's name and what
/// the command said. Then, where it named `recover`, that must settle the rest.
fn fail_everywhere(case: &Case, after: impl Fn(&Scene, &str, i32, &str) + Sync) {
    counted(|nth| {
        let (scene, line, _) = case.scene();
        let words: Vec<&str> = line.iter().map(String::as_str).collect();
        let ran = scene.sandbox.prepare(&words).fault(&format!("*#{nth}=loud-error")).go();
        if !ran.stderr.contains("fault: ") {
            assert_eq!(ran.status, 0, "{ran:?}");
            return false;
        }
        let point = point_of(&ran);
        assert!(ran.status < 70, "{point}: {ran:?}");
        assert_eq!(ran.status != 0, ran.stderr.contains("Error: "), "{point}: {ran:?}");
        assert_eq!(scene.sandbox.attached("vm-db-0").len(), 1, "{point}: {ran:?}");
        let open = scene.open_operations();
        if !open.is_empty() {
            assert!(ran.stderr.contains("Hint: run: snapback recover"), "{point}: {ran:?}");
            scene.sandbox.run(&["recover"]).quiet_success();
        }
        after(&scene, &point, ran.status, &ran.stderr);
        scene.check(&format!("failed at {point}"));
        true
    });
}

/// An error after the disk has changed its place: the cloud is asked, and shows it.
fn is_seen_all_the_same(point: &str) -> bool {
    ["local.detach_disk.after_rename", "local.attach_disk.after_rename"].contains(&point)
}

#[test]
fn an_error_between_any_two_steps_of_a_restore_goes_back_and_says_so() {
    fail_everywhere(&RESTORE, |scene, point, status, stderr| {
        if is_seen_all_the_same(point) {
            assert!(status == 0 && stderr.contains("the cloud shows it done all the same"), "{point}: {stderr}");
            assert_eq!(scene.content(), "db/0", "{point}: {stderr}");
            return;
        }
        assert_ne!(status, 0, "{point}");
        assert_eq!(stderr.matches("Error: ").count(), 1, "{point}: {stderr}");
        let ended = point.starts_with("restore.finish.");
        assert_eq!(scene.content(), if ended { "db/0" } else { DAMAGED }, "{point}: {stderr}");
        if !ended && !point.starts_with("restore.begin.") {
            let says = stderr.contains("db/0 is back on its old disk") || stderr.contains("db/0 was not touched");
            assert!(says, "{point}: {stderr}");
        }
    });
}

#[test]
fn an_error_between_any_two_steps_of_an_undo_goes_back_and_says_so() {
    fail_everywhere(&UNDO, |scene, point, status, stderr| {
        if is_seen_all_the_same(point) {
            assert!(status == 0 && stderr.contains("the cloud shows it done all the same"), "{point}: {stderr}");
            assert_eq!(scene.content(), DAMAGED, "{point}: {stderr}");
            return;
        }
        assert_ne!(status, 0, "{point}");
        let ended = point.starts_with("undo.finish.");
        assert_eq!(scene.content(), if ended { DAMAGED } else { "db/0" }, "{point}: {stderr}");
        if !ended && !point.starts_with("undo.begin.") {
            let says = stderr.contains("db/0 is back on its old disk") || stderr.contains("db/0 was not touched");
            assert!(says, "{point}: {stderr}");
        }
    });
}

#[test]
fn an_error_anywhere_in_take_delete_and_promote_loses_nothing() {
    for case in [TAKE, DELETE, PROMOTE] {
        fail_everywhere(&case, |_, _, _, _| {});
    }
}

#[test]
fn a_hook_that_fails_leads_back_to_the_old_disk() {
    for hook in ["stop", "verify", "start"] {
        let scene = Scene::new(&["db/0"], HOOKS);
        let cid = scene.take_and_damage();
        scene.sandbox.write(&format!("fail-{hook}"), "");
        let ran = scene.sandbox.run(&["-n", "restore", &cid]);
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.stderr.contains(&format!("the {hook} hook for db/0")), "{ran:?}");
        assert_eq!(scene.content(), DAMAGED, "{ran:?}");
        if hook == "start" {
            // It fails on the way back, too: that is told, and keeps nobody out.
            assert!(ran.stderr.contains("db/0 is back on its old disk disk-db-0, but is not started"), "{ran:?}");
            assert!(scene.open_operations().is_empty());
        } else {
            assert!(ran.stderr.contains("db/0 is back on its old disk"), "{ran:?}");
        }
        std::fs::remove_file(scene.sandbox.path(&format!("fail-{hook}"))).unwrap();
        scene.sandbox.run(&["recover"]).quiet_success();
        scene.check(hook);
        assert_eq!(scene.content(), DAMAGED);
        let log = std::fs::read_to_string(scene.sandbox.path("hooks.log")).unwrap();
        assert_eq!(log.lines().next(), Some("stop"));
        if hook != "start" {
            assert_eq!(log.lines().last(), Some("start"), "{log}");
        }
        scene.go_on(hook);
    }
}

#[test]
fn an_error_in_a_drill_leaves_no_scratch_disk_that_nobody_knows() {
    fail_everywhere(&DRILL, |scene, point, _, stderr| {
        let kept = scene.sandbox.names("cloud/disks").len() > 1;
        let told = stderr.contains("orphaned disk") || stderr.contains("recover");
        assert!(!kept || told, "{point}: {stderr}");
    });
}
