//! `docs/recovery.md`: each of its blocks, typed as it stands there, one command after the other.
#![cfg(debug_assertions)]

use crate::support;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::json;
use support::fake_bosh::{Director, file_system, uuid};
use support::fake_cpi;
use support::fake_env::Environment;
use support::{Ran, Run, Sandbox, disk_of};

const OLD: &str = "disk-db-0";
/// When the snapshot was taken, and when it is looked for.
const BEFORE: &str = "2026-11-22T02:30:00Z";
const AFTER: &str = "2026-11-22T03:05:00Z";

/// A command of the page, and what it is said to print.
struct Command {
    line: String,
    prints: Vec<String>,
}

/// The blocks of the page, in order: the heading that each stands under, and its commands.
fn blocks() -> Vec<(String, Vec<Command>)> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recovery.md")).unwrap();
    let (mut blocks, mut heading, mut inside) = (Vec::new(), String::new(), false);
    for line in page.lines() {
        match (inside, line) {
            (false, "```console") => {
                blocks.push((heading.clone(), Vec::new()));
                inside = true;
            }
            (true, "```") => inside = false,
            (false, line) => {
                if let Some(title) = line.strip_prefix('#') {
                    heading = title.trim_start_matches('#').trim().to_owned();
                }
            }
            (true, line) => {
                let commands: &mut Vec<Command> = &mut blocks.last_mut().unwrap().1;
                match line.strip_prefix("$ ") {
                    Some(line) => commands.push(Command { line: line.to_owned(), prints: Vec::new() }),
                    None => commands.last_mut().unwrap().prints.push(line.to_owned()),
                }
            }
        }
    }
    blocks
}

fn block(heading: &str, nth: usize) -> Vec<Command> {
    let found = blocks().into_iter().filter(|(title, _)| title == heading).nth(nth);
    found.unwrap_or_else(|| panic!("no block {nth} below '{heading}'")).1
}

/// Whether a line is this one, in which `...` stands for anything.
fn is_like(line: &str, pattern: &str) -> bool {
    let mut parts = pattern.split("...");
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || pattern.ends_with("...")
}

/// Types the commands of a block, with a `y` to each question; gives how they ended.
#[track_caller]
fn type_block(heading: &str, nth: usize, filled_in: &[(&str, &str)], run: &dyn Fn(&str) -> Run) -> Vec<Ran> {
    let fill = |text: &str| filled_in.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    let mut all = Vec::new();
    for command in block(heading, nth) {
        let line = fill(&command.line);
        let ran = run(&line).env("SNAPBACK_TEST_NOW", AFTER).env("SNAPBACK_TEST_PAUSE_MS", "20").stdin("y\n").go();
        let said: Vec<&str> = ran.stderr.lines().chain(ran.stdout.lines()).collect();
        for pattern in &command.prints {
            let pattern = fill(pattern);
            assert!(said.iter().any(|line| is_like(line, &pattern)), "{heading}: {line}: no '{pattern}': {ran:#?}");
        }
        all.push(ran);
    }
    all
}

/// A Director with one instance whose content is rubbish, and a good snapshot of it from before that.
struct Night {
    director: Director,
    cid: String,
}

impl Night {
    fn falls() -> Self {
        let director = Director::with(&["db/0"]);
        symlink(env!("CARGO_BIN_EXE_snapback"), director.sandbox.path("bin/snapback")).unwrap();
        director.run(&["import", "--from-bosh"]).quiet_success();
        let take = director.prepare(&["take", "db/0", "--output", "cid"]).env("SNAPBACK_TEST_NOW", BEFORE).go();
        director.write_files(OLD, &[("data", "rubbish")]);
        Night { director, cid: take.stdout.trim().to_owned() }
    }

    #[track_caller]
    fn types(&self, heading: &str, nth: usize, filled_in: &[(&str, &str)]) {
        let run = |line: &str| self.director.prepare_of(Path::new("/bin/sh"), &["-c", line]);
        for ran in type_block(heading, nth, filled_in, &run) {
            assert_eq!(ran.status, 0, "{heading}: {ran:#?}");
        }
    }

    /// The only disk of the instance, and its content.
    fn has(&self) -> (String, String) {
        self.director.wait_for_tasks();
        let attached = self.director.sandbox.attached("vm-db-0");
        assert_eq!(attached.len(), 1, "{attached:?}");
        let files = self.director.files(&attached[0]).unwrap();
        (attached[0].clone(), files.into_iter().find(|(name, _)| name == "data").unwrap().1)
    }

    fn has_the_good_one(&self) -> bool {
        self.has().1 == "db/0"
    }

    fn restore(&self) {
        let run = self.director.prepare(&["-n", "restore", &self.cid]).env("SNAPBACK_TEST_PAUSE_MS", "20");
        run.go().quiet_success();
    }

    fn newest_operation(&self) -> String {
        self.director.sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned()
    }
}

const MANAGED: &str = "A Director manages the instance";

#[test]
fn a_director_manages_it() {
    let night = Night::falls();
    for (nth, good) in [(0, false), (1, false), (2, true), (3, true), (4, false)] {
        night.types(MANAGED, nth, &[]);
        assert_eq!(night.has_the_good_one(), good, "after block {nth}");
    }
    assert_eq!(night.has(), (OLD.to_owned(), "rubbish".to_owned()));
    night.types(MANAGED, 5, &[("OPERATION", &night.newest_operation())]);
    assert!(night.has_the_good_one(), "after the redo");
}

/// A Director of create-env's, with a good snapshot from before its disk was rubbish.
fn dead_director() -> Environment {
    let environment = Environment::deployed();
    let director = &environment.director;
    let of = |content| file_system(&[("database", content)]);
    director.sandbox.make_disk("disk-bosh-0", 1 << 20, &of("of yesterday"));
    symlink(env!("CARGO_BIN_EXE_snapback"), director.sandbox.path("bin/snapback")).unwrap();
    director.run(&["import", "bosh-state.json"]).quiet_success();
    director.prepare(&["take", "director/0"]).env("SNAPBACK_TEST_NOW", BEFORE).go().quiet_success();
    director.sandbox.damage("disk-bosh-0", &of("of today"));
    environment
}

/// Its restore, in which create-env meets these faults and snapback dies at `fault`; gives the operation.
fn cut_off(environment: &Environment, faults: &[serde_json::Value], fault: &str) -> String {
    let director = &environment.director;
    let line = ["--", "bosh", "create-env", "bosh.yml", "--state", "bosh-state.json", "-v", "password=hush-hush-4711"];
    let line = [&line[..], &["--recreate", "-o", "bosh-disarmed.yml"]].concat();
    let restore = [&["-n", "--timeout", "2", "restore", "--latest", "director/0"], line.as_slice()].concat();
    director.faults(faults);
    let ran = director.prepare(&restore).env("BOSH_ENVIRONMENT", "").fault(fault).go();
    assert_ne!(ran.status, 0, "{ran:?}");
    director.sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned()
}

#[track_caller]
fn type_of_create_env(environment: &Environment, heading: &str, nth: usize, filled_in: &[(&str, &str)]) {
    let director = &environment.director;
    let run = |line: &str| director.prepare_of(Path::new("/bin/sh"), &["-c", line]).env("BOSH_ENVIRONMENT", "");
    let filled_in = [&[("OPTIONS", "-v password=hush-hush-4711")], filled_in].concat();
    let ended = type_block(heading, nth, &filled_in, &run);
    assert!(ended.iter().all(|ran| ran.status == 0 || ran.status == 11), "{ended:#?}");
    let open = director.sandbox.rows(&["operations"], "operations");
    assert!(open.iter().all(|row| row["state"] != "pending" && row["state"] != "running"), "{open:#?}");
}

const AT_WORK: &str = "create-env is dead, and what it started is still at work";

#[test]
fn a_call_and_a_process_that_outlive_create_env() {
    use support::fake_bosh::fault;
    let environment = dead_director();
    cut_off(&environment, &[fault("cpi", "cpi:attach_disk:before", "slow:6000")], "none=kill");
    type_of_create_env(&environment, AT_WORK, 0, &[]);
    let environment = dead_director();
    let faults = [fault("cpi", "cpi:create_vm:after", "leave:600"), fault("create-env", "env:mount", "die")];
    let operation = cut_off(&environment, &faults, "none=kill");
    let dry = environment.director.prepare(&["recover"]).go();
    let pid = dry.stderr.split("process ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    type_of_create_env(&environment, AT_WORK, 1, &[("OPERATION", &operation), ("PID", &pid)]);
    let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn an_armed_director_and_a_disk_that_nobody_planned() {
    use support::fake_bosh::fault;
    let die = [fault("create-env", "env:after_create_vm", "die")];
    let environment = dead_director();
    cut_off(&environment, &die, "settle.create_env.before=kill");
    environment.create_env(&["--recreate"]).quiet_success();
    type_of_create_env(&environment, "recover says that the Director is armed", 0, &[]);
    let environment = dead_director();
    let operation = cut_off(&environment, &die, "settle.create_env.before=kill");
    environment.director.sandbox.write("bosh.yml", &support::fake_env::manifest(2));
    environment.create_env(&["--recreate"]).quiet_success();
    type_of_create_env(&environment, "recover can go neither on nor back", 0, &[("OPERATION", &operation)]);
}

#[test]
fn the_director_is_dead() {
    let environment = dead_director();
    let director = &environment.director;
    let types = |nth: usize, operation: &str| {
        let filled_in = [("OPTIONS", "-v password=hush-hush-4711"), ("OPERATION", operation)];
        let run = |line: &str| director.prepare_of(Path::new("/bin/sh"), &["-c", line]).env("BOSH_ENVIRONMENT", "");
        let ended = type_block("The Director itself is dead", nth, &filled_in, &run);
        assert!(ended.iter().all(|ran| ran.status == 0), "{ended:#?}");
        let attached = environment.attached();
        assert_eq!(attached.len(), 1, "{attached:?}");
        director.files(&attached[0]).unwrap()[0].1.clone()
    };
    assert_eq!(types(0, ""), "of yesterday");
    let operation = director.sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    assert_eq!(types(1, &operation), "of yesterday");
    assert_eq!(types(2, ""), "of today");
}

#[test]
fn nobody_manages_it() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.prepare(&["take", "db/0"]).env("SNAPBACK_TEST_NOW", BEFORE).go().quiet_success();
    sandbox.damage(&disk_of("db/0"), "rubbish");
    let seen = RefCell::new(Vec::new());
    let program = Path::new(env!("CARGO_BIN_EXE_snapback")).parent().unwrap().display();
    let ended = type_block("Nobody manages the instance", 0, &[], &|line| {
        seen.borrow_mut().push(sandbox.content("vm-db-0").starts_with("db/0"));
        sandbox.prepare_of(Path::new("/bin/sh"), &["-c", line]).env("PATH", &format!("{program}:/usr/bin:/bin"))
    });
    assert!(ended.iter().all(|ran| ran.status == 0), "{ended:#?}");
    // After the restore it is the snapshot's, until the undo.
    assert_eq!(seen.into_inner(), [false, false, false, true, true]);
    assert!(sandbox.content("vm-db-0").starts_with("rubbish"));
}

#[test]
fn it_died_in_the_middle() {
    for point in ["restore.bosh_attach_disk.intended", "restore.bosh_attach_disk.settled"] {
        let night = Night::falls();
        let fault = format!("{point}=kill");
        assert_eq!(night.director.prepare(&["-n", "restore", &night.cid]).fault(&fault).go().status, 137);
        night.types("snapback or the connection died in the middle", 0, &[]);
        assert_eq!(night.has_the_good_one(), point.ends_with("settled"));
    }
}

#[test]
fn a_step_that_nobody_can_tell_of() {
    for (nth, known) in [(1, 1), (2, 0)] {
        let scene = fake_cpi::Scene::with(&["db/0"], &json!({}));
        let info = json!({"api_version": 2, "snapback": {"version": 1, "methods": ["list_snapshots"]}});
        scene.script(&json!({
            "info": info, "vms": {"vm-0": ["disk-0"]}, "does": {"snapshot_disk": "act + exit:1"}, "forgets": true,
        }));
        assert_eq!(scene.run(&["take", "db/0"]).status, 7);
        let operation = scene.sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
        let cid = scene.snapshots()[0].clone();
        let program = Path::new(env!("CARGO_BIN_EXE_snapback")).parent().unwrap().display();
        let run = |line: &str| {
            let shell = scene.sandbox.prepare_of(Path::new("/bin/sh"), &["-c", line]);
            shell.env("PATH", &format!("{program}:/usr/bin:/bin"))
        };
        let filled_in = [("OPERATION", operation.as_str()), ("CID", cid.as_str())];
        let heading = "recover cannot tell whether a step happened";
        assert_eq!(type_block(heading, 0, &filled_in, &run)[0].status, 7);
        assert_eq!(type_block(heading, nth, &filled_in, &run)[0].status, 0);
        assert_eq!(scene.known().len(), known);
        assert_eq!(scene.run(&["recover"]).stderr, "Nothing is open\n");
    }
}

#[test]
fn the_wrong_one_and_a_deleted_old_disk() {
    let night = Night::falls();
    night.restore();
    night.types("It was the wrong snapshot, or the wrong instance", 0, &[("OPERATION", &night.newest_operation())]);
    assert_eq!(night.has().1, "rubbish");

    let night = Night::falls();
    night.restore();
    night.director.bosh(&["clean-up", "--all"]).quiet_success();
    night.types("BOSH has deleted the old disk", 0, &[]);
    let (disk, content) = night.has();
    assert!(disk != OLD && content == "rubbish", "{disk} {content}");
}

#[test]
fn the_deadline_and_the_damaged_disk() {
    let night = Night::falls();
    night.restore();
    night.types("The deadline: 5 days", 0, &[]);
    let rows = night.director.sandbox.rows(&["snapshots"], "snapshots");
    let safety = rows.iter().find(|row| row["purpose"] == "safety").unwrap()["cid"].as_str().unwrap().to_owned();
    let before: BTreeSet<String> = night.director.sandbox.names("cloud/disks").into_iter().collect();
    night.types("The old disk is damaged", 0, &[("CID", &safety)]);
    let made = night.director.sandbox.names("cloud/disks").into_iter().find(|disk| !before.contains(disk)).unwrap();
    assert_eq!(night.director.files(&made).unwrap()[0].1, "rubbish");
}

#[test]
fn a_silent_agent_and_an_old_inventory() {
    let night = Night::falls();
    night.director.change_instance(0, |one| {
        one["process_state"] = json!("unresponsive agent");
        one["agent"]["unresponsive"] = json!(true);
    });
    night.types("The agent is silent", 0, &[("UUID", &uuid(0))]);
    let vm = night.director.instance(0)["vm_cid"].as_str().unwrap().to_owned();
    let attached = night.director.sandbox.attached(&vm);
    assert_eq!(night.director.files(&attached[0]).unwrap()[0].1, "db/0");

    let night = Night::falls();
    night.director.bosh(&["recreate", &night.director.slug(), "--no-converge"]).quiet_success();
    night.director.run(&["-n", "restore", &night.cid]).refused(4, &["import --from-bosh"]);
    night.types("The inventory is out of date", 0, &[]);
    night.restore();
}

#[test]
fn a_disk_made_by_hand_and_a_wait() {
    let night = Night::falls();
    let made = night.director.run(&["promote", &night.cid, "--output", "cid"]).stdout.trim().to_owned();
    let filled_in = [("CID", night.cid.as_str()), ("DISK", made.as_str())];
    night.types("The CPI cannot make a disk from a snapshot", 0, &filled_in);
    assert_eq!(night.has(), (made, "db/0".to_owned()));

    let night = Night::falls();
    night.director.faults(&[support::fake_bosh::fault("stop", "task:begin", "slow:500")]);
    let mut other = night.director.prepare_bosh(&["-n", "-d", "prod", "stop", &night.director.slug(), "--no-converge"]);
    other = other.env("SNAPBACK_TEST_PAUSE_MS", "20");
    let mut other = other.start();
    night.director.wait_for("fault", |event| event["command"] == "stop");
    night.types("The Director is at work, or another snapback", 0, &[]);
    assert!(other.wait().unwrap().success() && night.has_the_good_one());
}

#[test]
fn a_task_that_hangs_and_an_instance_that_stays_stopped() {
    let night = Night::falls();
    night.director.faults(&[support::fake_bosh::fault("stop", "task:begin", "pause_until:go")]);
    let stop = ["-n", "-d", "prod", "stop", &night.director.slug(), "--no-converge"];
    let other = night.director.prepare_bosh(&stop).start();
    night.director.wait_for("fault", |event| event["command"] == "stop");
    let task = night.director.list(&["tasks"])[0]["id"].as_str().unwrap().to_owned();
    night.types("A task of the Director hangs, or a lock stays", 0, &[("TASK", &task)]);
    night.director.release("go");
    assert_eq!(other.wait_with_output().unwrap().status.code(), Some(1));
    assert_eq!(night.director.instance(0)["state"], "started");

    night.director.bosh(&["stop", &night.director.slug(), "--no-converge"]).quiet_success();
    night.types("It is back on its old disk, and stays stopped", 0, &[("UUID", &uuid(0))]);
    assert_eq!(night.director.instance(0)["state"], "started");
}

#[test]
fn a_vm_without_its_disk() {
    let night = Night::falls();
    fs::remove_file(night.director.sandbox.path("cloud/vms/vm-db-0").join(OLD)).unwrap();
    let check = night.director.run(&["check", "--from-bosh"]);
    assert_eq!(check.status, 11, "{check:?}");
    assert!(check.stdout.contains("attach-disk db/"), "{check:?}");
    night.types("The VM lacks the disk that the Director has on record", 0, &[("UUID", &uuid(0)), ("DISK", OLD)]);
    assert_eq!(night.has().0, OLD);
}

#[test]
fn a_lost_state_file() {
    let night = Night::falls();
    fs::remove_file(night.director.sandbox.state()).unwrap();
    let filled_in = [("CID", night.cid.as_str())];
    let run = |line: &str| night.director.prepare_of(Path::new("/bin/sh"), &["-c", line]);
    let ended = type_block("The state file is lost", 0, &filled_in, &run);
    // `check` has found something.
    assert_eq!(ended.iter().map(|ran| ran.status).collect::<Vec<_>>(), [0, 0, 11, 0], "{ended:#?}");
    night.restore();
    assert!(night.has_the_good_one());
}

/// A block that no test types fails this one.
#[test]
fn each_block_is_typed() {
    let source = include_str!("recovery_page.rs");
    let headings: BTreeSet<String> = blocks().into_iter().map(|(heading, _)| heading).collect();
    for heading in &headings {
        assert!(source.contains(&format!("\"{heading}\"")), "nobody types what stands below '{heading}'");
    }
    let count = |heading: &str| blocks().iter().filter(|(title, _)| title == heading).count();
    let several: Vec<(&str, usize)> =
        headings.iter().map(|heading| (heading.as_str(), count(heading))).filter(|(_, count)| *count != 1).collect();
    assert_eq!(
        several,
        [
            (MANAGED, 6),
            ("The Director itself is dead", 3),
            (AT_WORK, 2),
            ("recover cannot tell whether a step happened", 3)
        ]
    );
    assert!(is_like("a b c", "a ... c") && is_like("a b", "a...") && !is_like("a b c d", "a ... c"));
}
