//! create-env's command line: what it reads from pipes, what it leaves behind, and how it is said again.

use serde_json::{Value, json};
use sha2::{Digest, Sha512};

use crate::scene::{DISARMED, HUSH, OLD, Scene};
use crate::support::Ran;
use crate::support::fake_bosh::fault;
use crate::support::fake_env::manifest;

const SECRET: &str = "hush-in-a-pipe-0815";

impl Scene {
    /// A line of bash, in which `snapback` and `bosh` are what they are here.
    fn bash(&self, line: &str) -> Ran {
        let binary = env!("CARGO_BIN_EXE_snapback");
        let line = line.replace("snapback ", &format!("{binary} "));
        self.environment.director.prepare_of(std::path::Path::new("/bin/bash"), &["-c", &line]).go()
    }

    /// What create-env has read, run by run: the digest of each file.
    fn read(&self) -> Vec<String> {
        let events = self.environment.director.events_of("read");
        events.iter().map(|event| event["digest"].as_str().unwrap().to_owned()).collect()
    }

    /// The words of each run of create-env.
    fn lines(&self) -> Vec<String> {
        let words = |event: &Value| {
            event["arguments"]
                .as_array()
                .unwrap()
                .iter()
                .map(|word| word.as_str().unwrap())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let all = self.environment.director.events_of("command");
        all.iter().map(words).filter(|line| line.contains("create-env")).collect()
    }
}

fn digest(text: &str) -> String {
    format!("{:x}", Sha512::digest(text))
}

#[test]
fn what_comes_from_a_pipe_is_read_by_each_who_needs_it() {
    let scene = Scene::damaged();
    let sandbox = &scene.environment.director.sandbox;
    // The size of the disk comes from one, so that the plan depends on it.
    sandbox.write("bosh.yml", &manifest(1).replace("disk_size: 1", "disk_size: ((size))"));
    scene.environment.change_state(|state| state["current_manifest_sha"] = json!("of another"));
    let more = "- {type: replace, path: /tags?, value: {a: b}}\n";
    let vars = format!("size: 1\nsecret: {SECRET}\n");
    let pipes = format!("-l <(printf '{}') -o <(printf -- '{}')", vars.replace('\n', "\\n"), more.replace('\n', "\\n"));
    let line = format!("-- bosh create-env bosh.yml --state bosh-state.json --recreate {pipes} -o {DISARMED}");
    // The ops file is written by the first attempt, which lacks it on a dry run.
    scene.bash(&format!("snapback -n restore {} {line}", scene.cid)).quiet_success();
    assert_ne!(scene.disk(), OLD);
    scene.check("from pipes");
    let read = scene.read();
    assert!(read.contains(&digest(&vars)) && read.contains(&digest(more)), "{read:?}");
    assert!(!read.contains(&digest("")), "an empty pipe was read: {read:?}");
    // A run that goes back has it, too.
    scene.environment.director.faults(&[fault("create-env", "env:mount", "fail")]);
    let ran = scene.bash(&format!("snapback -n undo {line}"));
    assert_eq!(ran.status, 7, "{ran:?}");
    assert_eq!(scene.read().iter().filter(|read| **read == digest(&vars)).count(), 3);
    scene.check("back, from pipes");
    // It is a plan of the same disk for `apply`.
    scene.bash(&format!("snapback restore {} --dry-run --save plan.json {line}", scene.cid)).quiet_success();
    scene.bash(&format!("snapback -n apply plan.json {line}")).quiet_success();
    nothing_left(&scene, SECRET);
}

/// Killed in the middle, it leaves nothing of the pipe on a disk.
#[test]
fn a_kill_leaves_nothing_of_a_pipe() {
    let scene = Scene::damaged();
    scene.snapback(&[&["-n", "restore", &scene.cid], Scene::line(&["--recreate"]).as_slice()].concat());
    scene.environment.director.faults(&[fault("create-env", "env:mount", "die")]);
    let line = format!(
        "SNAPBACK_TEST_FAULT=settle.create_env.before=kill snapback -n restore {} -- bosh create-env bosh.yml --state \
         bosh-state.json --recreate -l <(echo secret: {SECRET}) -o {DISARMED}",
        scene.cid
    );
    let ran = scene.bash(&line);
    assert_eq!(ran.status, 128 + 9, "{ran:?}");
    nothing_left(&scene, SECRET);
    let line = format!(
        "snapback recover -- bosh create-env bosh.yml --state bosh-state.json --recreate -l <(echo secret: {SECRET}) -o {DISARMED}"
    );
    scene.bash(&line).quiet_success();
    scene.check("recovered");
}

fn nothing_left(scene: &Scene, secret: &str) {
    let root = scene.environment.director.sandbox.path("");
    let mut open = vec![root];
    while let Some(place) = open.pop() {
        for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                assert!(!String::from_utf8_lossy(&bytes).contains(secret), "{} has it", path.display());
            }
        }
    }
}

#[test]
fn a_pipe_where_a_file_is_due() {
    let scene = Scene::damaged();
    for (line, of) in [
        ("bosh create-env <(cat bosh.yml) --state bosh-state.json --recreate", "the manifest"),
        ("bosh create-env bosh.yml --state <(cat bosh-state.json) --recreate", "state"),
        ("bosh create-env bosh.yml --vars-store <(echo) --recreate", "vars-store"),
    ] {
        scene.bash(&format!("snapback -n restore {} -- {line}", scene.cid)).refused(2, &["gives a pipe for", of]);
    }
}

/// The way back is to the database of today: it runs without the ops file that disarms, unless it was there before.
#[test]
fn the_way_back_leaves_the_director_armed() {
    let scene = Scene::damaged();
    scene.environment.director.faults(&[fault("create-env", "env:mount", "fail")]);
    let ran = scene.restore();
    assert_eq!(ran.status, 7, "{ran:?}");
    let lines = scene.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains(DISARMED) && !lines[1].contains(DISARMED), "{lines:?}");
    assert!(ran.stderr.contains("without -o bosh-disarmed.yml"), "{ran:?}");
    // In one word with other options as well, which stay.
    let glued = format!("-no{DISARMED}");
    scene.environment.director.faults(&[fault("create-env", "env:mount", "fail")]);
    let line = Scene::line(&["--recreate", &glued]);
    let ran = scene.snapback(&[&["-n", "restore", scene.cid.as_str()], line.as_slice()].concat());
    assert_eq!(ran.status, 7, "{ran:?}");
    let lines = scene.lines();
    let [.., forward, back] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(forward.contains(&glued) && back.ends_with(" --recreate -n"), "{lines:?}");
    scene.restore().quiet_success();
    // The checklist is open: the Director stays disarmed, and that is said.
    scene.environment.director.faults(&[fault("create-env", "env:mount", "fail")]);
    let ran = scene.undo();
    assert_eq!(ran.status, 7, "{ran:?}");
    assert!(scene.lines().last().unwrap().contains(DISARMED), "{:?}", scene.lines());
    assert!(ran.stderr.contains("stays disarmed"), "{ran:?}");
}

/// What is to be typed next is said whole, but for what can be a secret.
#[test]
fn the_next_command_is_said_whole() {
    let scene = Scene::damaged();
    let ran = scene.restore();
    let line = "-- bosh create-env bosh.yml --state bosh-state.json -v password=... --recreate -o bosh-disarmed.yml";
    assert!(ran.stderr.contains(&format!("undo {} {line}", operation(&scene))), "{ran:?}");
    assert!(!format!("{ran:?}").contains(HUSH));
    scene
        .environment
        .director
        .faults(&[fault("create-env", "env:mount", "die"), fault("create-env", "env:begin", "fail")]);
    let ran = scene.prepare(&[&["-n", "undo"], Scene::whole_line().as_slice()].concat());
    let ran = ran.fault("undo.finish.before=error").go();
    assert!(ran.status != 0 && ran.stderr.contains(&format!("recover {line}")), "{ran:?}");
}

fn operation(scene: &Scene) -> String {
    scene.environment.director.sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned()
}

/// create-env makes a new VM each time: with the last step of the checklist the inventory is right by itself.
#[test]
fn the_inventory_is_right_after_the_last_step() {
    let scene = Scene::damaged();
    scene.restore().quiet_success();
    scene.environment.create_env(&["--recreate"]).quiet_success();
    let check = scene.snapback(&["check"]);
    assert!(!check.stdout.contains("inventory.yml") && !check.stderr.contains("inventory.yml"), "{check:?}");
    let id = operation(&scene);
    scene.snapback(&["operations", &id, "--done"]).quiet_success();
    scene.check("after the last step");
    scene.snapback(&["check"]).quiet_success();
    scene.snapback(&["take", "director/0"]).quiet_success();
}

/// It has deployed, and says that it has failed.
#[test]
fn a_failure_after_the_deployment_is_told() {
    let scene = Scene::damaged();
    scene.environment.change_state(|state| {
        let old = json!({"id": "old", "name": "ubuntu-jammy", "version": "1.1", "api_version": 3, "cid": "sc-old"});
        state["stemcells"].as_array_mut().unwrap().push(old);
    });
    scene.environment.director.faults(&[fault("cpi", "cpi:delete_stemcell:before", "fail:in use")]);
    let ran = scene.restore();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("it has deployed, and failed afterwards") && ran.stderr.contains("in use"), "{ran:?}");
    scene.check("deployed");
    // Programs are told as well.
    scene.environment.change_state(|state| {
        let old = json!({"id": "old", "name": "ubuntu-jammy", "version": "1.1", "api_version": 3, "cid": "sc-old"});
        state["stemcells"].as_array_mut().unwrap().push(old);
    });
    scene.environment.director.faults(&[fault("cpi", "cpi:delete_stemcell:before", "fail:in use")]);
    let line = [&["--output", "json", "-n", "undo"], Scene::whole_line().as_slice()].concat();
    let ran = scene.snapback(&line);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let remark = document["instances"][0]["remark"].as_str().unwrap_or_default();
    assert!(remark.contains("it has deployed, and failed afterwards") && remark.contains("in use"), "{ran:?}");
    let steps = scene.environment.director.sandbox.rows(&["operations", &operation(&scene)], "steps");
    assert!(steps.iter().any(|step| step["result"].to_string().contains("failed afterwards")), "{steps:#?}");
}

/// Numbers pass through a float, as create-env's do.
#[test]
fn a_number_is_the_same_in_either_form() {
    let scene = Scene::damaged();
    let sandbox = &scene.environment.director.sandbox;
    sandbox.write("bosh.yml", &manifest(1).replace("type: fast", "type: fast, iops: 1.0"));
    scene.environment.change_state(|state| state["disks"][0]["cloud_properties"] = json!({"type": "fast", "iops": 1}));
    scene.restore().quiet_success();
    assert_ne!(scene.disk(), OLD);
}

/// A CPI that the run deletes: nothing could be asked afterwards.
#[test]
fn a_cpi_of_the_installation_is_refused() {
    let scene = Scene::damaged();
    let sandbox = &scene.environment.director.sandbox;
    scene.restore().quiet_success();
    let text = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
    sandbox.write("bosh-director.yml", &text.replace("local_cpi", "other_cpi"));
    let state = scene.environment.state();
    let job = format!(".bosh/installations/{}/jobs/other_cpi/bin", state["installation_id"].as_str().unwrap());
    std::fs::create_dir_all(sandbox.path(&job)).unwrap();
    let double = crate::support::fake_bosh::binary();
    let home = sandbox.path("director");
    let script = format!("#!/bin/sh\nexport FAKE_BOSH_HOME='{}'\nexec '{}' __cpi\n", home.display(), double.display());
    sandbox.write(&format!("{job}/cpi"), &script);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(sandbox.path(&job).join("cpi"), mode).unwrap();
    std::fs::copy(sandbox.path("bosh-state.json"), sandbox.path("bosh-director-state.json")).unwrap();
    let first = ["-m", "bosh-director.yml", "--state", "other.db"];
    let cpis = scene.snapback(&[&first[..2], &["cpis"]].concat());
    assert!(cpis.stdout.contains("the next create-env deletes it"), "{cpis:?}");
    scene.snapback(&[&first, &["init"][..]].concat());
    scene.snapback(&[&first, &["import", "bosh-state.json"][..]].concat()).quiet_success();
    let taken = scene.snapback(&[&first, &["take", "director/0", "--output", "cid"][..]].concat());
    assert_eq!(taken.status, 0, "{taken:?}");
    let runs = scene.runs();
    let line = [&first, &["-n", "restore", taken.stdout.trim()][..], &Scene::whole_line()].concat();
    scene.snapback(&line).refused(8, &["each run of create-env deletes it", "--cpi-path other_cpi="]);
    assert_eq!(scene.runs(), runs);
}
