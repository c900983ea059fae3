//! Clouds that cannot tell which disks a VM has, or tell late: nothing starts on what nobody has seen, and no side is named
//! as a witness that was not asked.

use std::io::Write;

use serde_json::json;

use crate::scene::{OLD, Scene, VM};
use crate::support::Ran;
use crate::support::at_once::each;
use crate::support::fake_bosh::{always, fault};

/// The ways of not telling.
const MUTE: [&str; 3] = ["not_implemented", "no_method", "empty"];

/// Others, each of which is known to have been said.
const MUTE_IN_OTHER_WORDS: [&str; 6] = ["unknown_method", "invalid_call", "invalid_method", "null", "text", "object"];

fn mute(how: &str) -> Scene {
    Scene::with_cpi(&json!({"get_disks": how}))
}

#[test]
fn a_restore_is_confirmed_by_those_who_can_tell() {
    for how in MUTE.into_iter().chain(MUTE_IN_OTHER_WORDS) {
        let scene = mute(how);
        let ran = scene.restore();
        ran.quiet_success();
        let told = "confirmed by the Director, and by a look inside (the CPI 'wrapped_cpi' cannot tell)";
        assert!(ran.stderr.contains(told) && !ran.stderr.contains("and the cloud:"), "{how}: {ran:?}");
        assert_eq!(scene.data(&scene.disk()), "db/0");
        scene.check(how);
    }
    let ran = Scene::with_cpi(&json!({})).restore();
    assert!(ran.stderr.contains("confirmed by the Director and the cloud: "), "{ran:?}");
}

/// The Director's database is rolled back, and names a disk that the VM does not have.
#[test]
fn nothing_is_started_without_a_disk_after_an_attach_that_failed() {
    let mut cases = Vec::new();
    for how in MUTE {
        for (point, action) in [
            ("task:after_detach", "fail"),
            ("cpi:attach_disk:before", "fail"),
            ("cpi:attach_disk:after", "fail"),
            ("task:mount", "fail"),
            ("task:before_commit", "fail"),
            ("task:after_detach", "die"),
            ("task:before_attach", "die"),
            ("cpi:attach_disk:outlives", "900"),
        ] {
            cases.push((how, point, action));
        }
    }
    cases.extend(MUTE_IN_OTHER_WORDS.map(|how| (how, "cpi:attach_disk:before", "fail")));
    let count = each(&cases, |(how, point, action)| {
        let scene = mute(how);
        scene.director.faults(&[fault("attach-disk", point, action)]);
        let ran = scene.restore();
        let what = format!("{how}, {point} {action}: {ran:?}");
        assert_ne!(ran.status, 0, "{what}");
        assert!(!ran.stderr.contains("confirmed by the Director and the cloud"), "{what}");
        assert_eq!(scene.disk(), OLD, "{what}");
        assert!(scene.director.starts().iter().all(|start| start["disk"] == OLD), "{what}");
        scene.check(&what);
    });
    writeln!(std::io::stderr(), "{count} failed attaches on a cloud that cannot tell").unwrap();
}

/// A hook that is content with anything does not stand for a look at where the disk is.
#[test]
fn a_verify_hook_does_not_replace_the_look() {
    let hook = |scene: &Scene| scene.set_hook("verify", "/bin/true");
    let scene = mute("empty");
    hook(&scene);
    scene.director.faults(&[always("ssh", "client:before_post", "fail:no gateway")]);
    let acts = scene.acts();
    scene.restore().refused(4, &["cannot tell which disks a VM has", "no gateway", "bosh -d prod ssh db/"]);
    assert_eq!(scene.acts(), acts);
    // Where the cloud can tell, it does.
    let scene = Scene::with_cpi(&json!({}));
    hook(&scene);
    scene.director.faults(&[always("ssh", "client:before_post", "fail:no gateway")]);
    scene.restore().quiet_success();

    // The way in is lost in the midst of it: it stays stopped, and what is where is told.
    let scene = mute("empty");
    hook(&scene);
    scene.director.faults(&[fault("attach-disk", "task:begin", "pause_until:go")]);
    let child = scene.prepare(&["-n", "restore", &scene.cid]).start();
    scene.director.wait_for("fault", |event| event["command"] == "attach-disk");
    scene.director.faults(&[
        always("ssh", "client:before_post", "fail:no gateway"),
        fault("attach-disk", "task:after_detach", "fail"),
    ]);
    scene.director.release("go");
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 7, "{ran:?}");
    for told in
        ["but is not started: snapback does not know whether db/0 has disk disk-db-0", "no gateway", "start db/"]
    {
        assert!(ran.stderr.contains(told), "{told}: {ran:?}");
    }
    assert!(scene.director.starts().is_empty());
    assert_eq!((scene.open_operations(), scene.disk()), (0, OLD.to_owned()));
    assert_eq!(scene.director.instance(0)["state"], "stopped");
}

/// Named once, its silence is no answer.
#[test]
fn a_cloud_that_could_tell_can_tell() {
    let scene = Scene::with_cpi(&json!({}));
    scene.director.faults(&[fault("attach-disk", "task:after_detach", "pause_until:go")]);
    let child = scene.prepare(&["-n", "restore", &scene.cid]).start();
    scene.director.wait_for("fault", |event| event["command"] == "attach-disk");
    scene.director.cpi(&json!({"get_disks": "not_implemented"}));
    scene.director.faults(&[fault("attach-disk", "cpi:attach_disk:before", "fail")]);
    scene.director.release("go");
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert!(ran.status != 0 && ran.stderr.contains("recover"), "{ran:?}");
    assert!(scene.director.starts().is_empty(), "{ran:?}");
    assert_eq!(scene.open_operations(), 1, "{ran:?}");
    scene.director.cpi(&json!({}));
    scene.snapback(&["recover"]).quiet_success();
    scene.check("a cloud that fell silent");
}

/// The new disk is in the cloud and not in the database: on a cloud that refuses what is attached, telling the Director of it
/// again leads nowhere.
#[test]
fn a_stray_disk_is_detached_with_its_proof() {
    let script = json!({"refuses_attached": true});
    let cancelled = |scene: &Scene| {
        scene.director.faults(&[fault("attach-disk", "cpi:attach_disk:before", "pause_until:go")]);
        let child = scene.prepare(&["-n", "restore", &scene.cid]).start();
        let event = scene.director.wait_for("fault", |event| event["command"] == "attach-disk");
        let tasks = scene.director.list(&["tasks"]);
        assert!(!tasks.is_empty(), "{event}");
        scene.director.bosh(&["cancel-task", tasks[0]["id"].as_str().unwrap()]).quiet_success();
        scene.director.release("go");
        Ran::of(child.wait_with_output().unwrap())
    };
    let scene = Scene::with_cpi(&script);
    let ran = cancelled(&scene);
    assert_eq!(ran.status, 7, "{ran:?}");
    assert!(ran.stderr.contains("nothing is mounted at /var/vcap/store"), "{ran:?}");
    assert!(ran.stderr.contains("back on its old disk"), "{ran:?}");
    scene.check("cancelled");
    let id = scene.director.sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    let journal = scene.snapback(&["operations", &id]).stdout;
    assert!(journal.contains("the Director on record for no instance; it was made by this operation"), "{journal}");
    // Other disks that the VM has are nobody's business.
    let scene = Scene::with_cpi(&json!({"refuses_attached": true, "more": ["vol-root", ""]}));
    assert_eq!(cancelled(&scene).status, 7);
    scene.check("cancelled, with a root disk in the list");
    // Without a way to look inside, the Director is asked first.
    let scene = Scene::with_cpi(&script);
    scene.set_hook("verify", "/bin/true");
    scene.director.faults(&[]);
    let ran = {
        scene.director.faults(&[
            always("ssh", "client:before_post", "fail:no gateway"),
            fault("attach-disk", "cpi:attach_disk:after", "fail"),
        ]);
        scene.restore()
    };
    assert_eq!(ran.status, 7, "{ran:?}");
    assert!(ran.stderr.contains("the Director could not take it"), "{ran:?}");
    scene.check("no way in");
    assert_eq!(scene.director.sandbox.attached(VM), [OLD]);
}

/// The stray disk is mounted, and the Director does not take it: it is not detached behind the agent's back. What is said
/// leads out.
#[test]
fn a_stray_disk_that_is_mounted_is_not_detached() {
    let scene = Scene::with_cpi(&json!({"refuses_attached": true}));
    // The transaction is rolled back once the agent has mounted the disk.
    scene.director.faults(&[fault("attach-disk", "task:before_commit", "fail")]);
    let ran = scene.restore();
    assert_eq!(ran.status, 7, "{ran:?}");
    let new = scene.disk();
    assert_ne!(new, OLD, "it was detached: {ran:?}");
    assert_eq!(scene.director.instance(0)["agent"]["mounted"], new.as_str());
    assert_eq!(scene.director.instance(0)["disks"][0]["cid"], OLD, "the Director knows nothing of it");
    let told = format!("VM vm-db-0 has disk {new} mounted, the Director does not know of it, and does not take it");
    assert!(ran.stderr.contains(&told), "{ran:?}");
    assert!(scene.director.starts().is_empty() && scene.open_operations() == 1, "{ran:?}");
    // Again, as long as it is mounted.
    let again = scene.snapback(&["recover"]);
    assert!(again.status == 7 && scene.disk() == new, "{again:?}");
    // The commands that are printed, as they are printed.
    let run = |line: &str| {
        let own = env!("CARGO_BIN_EXE_snapback");
        let line = line.replace("snapback ", &format!("{own} "));
        let shell = scene.director.prepare_of(std::path::Path::new("/bin/sh"), &["-c", &line]);
        shell.env("SNAPBACK_TEST_PAUSE_MS", "20").go()
    };
    let lines: Vec<&str> =
        ran.stderr.lines().filter_map(|line| line.split_once("run: ").map(|(_, line)| line)).collect();
    let unmount =
        lines.iter().find(|line| line.contains("umount /var/vcap/store")).unwrap_or_else(|| panic!("{ran:?}"));
    let recover = lines.iter().find(|line| line.contains("snapback recover ")).unwrap_or_else(|| panic!("{ran:?}"));
    run(unmount).quiet_success();
    let ended = run(recover);
    assert_eq!((ended.status, scene.disk()), (0, new), "{ended:?}");
    assert!(ended.stderr.contains("nothing is mounted at /var/vcap/store"), "{ended:?}");
    scene.check("unmounted by hand");
}

/// The worker is killed, its call of the CPI lives on, and comes to its effect long after the task has ended.
#[test]
fn a_call_that_outlives_its_task_is_waited_for() {
    let mut cases = Vec::new();
    for late in ["300", "1200"] {
        for how in ["", "empty", "lag:400"] {
            cases.push((late, how));
        }
    }
    each(&cases, |(late, how)| {
        let scene = Scene::with_cpi(&json!({"get_disks": how, "seconds": u64::from(*how == "lag:400")}));
        scene.director.faults(&[fault("attach-disk", "cpi:attach_disk:outlives", late)]);
        let ran = scene.restore();
        let what = format!("{late} ms late, get_disks '{how}': {ran:?}");
        assert!(ran.stderr.contains("a call of the CPI may go on without one"), "{what}");
        scene.check(&what);
    });
}
