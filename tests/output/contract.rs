//! What scripts rely on: exit codes, streams, prompts, documents.

use crate::support;

use std::io::{BufRead, BufReader, Read};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Ran, Sandbox, disk_of, vm_of};

#[test]
fn the_bytes_of_a_take_and_of_a_list() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.prepare(&["take", "db/0"]).fixed().go().is(
        &sandbox,
        0,
        "db/0\tdisk-db-0\tsnap-a2a213cb-d9e4-8e0e-bddd-c56290aeaf96\tSun Nov 22 02:50:00 UTC 2026\tcrash\t\n",
        "db/0: snap-a2a213cb-d9e4-8e0e-bddd-c56290aeaf96\n",
    );
    sandbox.run(&["snapshots"]).is(
        &sandbox,
        0,
        "db/0\tsnap-a2a213cb-d9e4-8e0e-bddd-c56290aeaf96\tSun Nov 22 02:50:00 UTC 2026\tfalse\tprod\t\n",
        "",
    );
    sandbox.run(&["snapshots", "--column", "CID", "--output", "tsv"]).quiet_success();
    let ran = sandbox.run(&["snapshots", "--json"]);
    assert!(ran.stdout.contains("\"created_at\": \"Sun Nov 22 02:50:00 UTC 2026\""), "{ran:?}");
    let row = &sandbox.rows(&["snapshots"], "snapshots")[0];
    assert_eq!(row["created_at"], "2026-11-22T02:50:00.000Z");
    assert_eq!((&row["clean"], &row["size"], &row["note"]), (&Value::Bool(false), &Value::from(1), &Value::Null));
}

#[test]
fn answers_to_the_prompt() {
    let sandbox = Sandbox::with(&["db/0"]);
    for answer in ["", "\n", "no\n", "yep\n", "y e s\n"] {
        let cid = sandbox.take("db/0");
        let ran = sandbox.prepare(&["delete", &cid]).stdin(answer).go();
        ran.refused(10, &["Continue? [yN]: ", "nothing was done"]);
    }
    for answer in ["y\n", "Y\n", "yes\n", "Yes\n", "YES\n", " y \n", "y", "yes"] {
        let cid = sandbox.take("db/0");
        sandbox.prepare(&["delete", &cid]).stdin(answer).go().quiet_success();
    }
    let cid = sandbox.take("db/0");
    sandbox.prepare(&["restore", &cid]).stdin("no\n").go().refused(10, &["Continue?"]);
    assert_eq!(sandbox.attached(&vm_of("db/0")), [disk_of("db/0")]);
}

#[test]
fn what_would_ask_cannot_where_a_program_reads() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    for command in [&["delete", &cid][..], &["delete-all"], &["restore", &cid], &["undo"], &["recover", "--rollback"]] {
        let ran = sandbox.prepare(&[command, &["--output", "json"]].concat()).stdin("yes\n").go();
        assert_eq!(ran.status, 2, "{ran:?}");
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((&document["error"]["kind"], &document["status"]), (&Value::from("usage"), &Value::from(2)));
        assert_eq!(ran.stderr, "", "with --output, errors are in the document");
    }
    assert_eq!(sandbox.names("cloud/snapshots").len(), 1);
    sandbox.run(&["restore", &cid, "--dry-run", "--output", "json"]).quiet_success();
    let said = sandbox.prepare(&["delete", &cid]).env("BOSH_NON_INTERACTIVE", "true").go();
    said.quiet_success();
    assert!(said.stderr.contains("Not asking: BOSH_NON_INTERACTIVE is set"), "{said:?}");
    sandbox.take("db/0");
    let said = sandbox.prepare(&["-d", "prod", "delete-all"]).env("BOSH_NON_INTERACTIVE", "maybe").go();
    said.refused(2, &["BOSH_NON_INTERACTIVE is neither true nor false"]);
}

#[test]
fn exactly_one_document_whatever_the_status() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    // A partial failure: db/1's disk is gone.
    std::fs::remove_dir_all(sandbox.path("cloud/disks").join(disk_of("db/1"))).unwrap();
    let partly = sandbox.run(&["take", "--output", "json"]);
    let document: Value = serde_json::from_str(&partly.stdout).unwrap();
    assert_eq!((partly.status, &document["status"]), (3, &Value::from(3)));
    assert_eq!(document["snapshots"].as_array().unwrap().len(), 2, "a row for each");
    assert_eq!(document["errors"].as_array().unwrap().len(), 1);
    for arguments in [
        &["snapshots"][..],
        &["instances"],
        &["disks"],
        &["operations"],
        &["take", "nope"],
        &["nosuch"],
        &["snapshots", "--state", "nope"],
    ] {
        let json = sandbox.run(&[arguments, &["--output", "json"]].concat());
        let document: Value = serde_json::from_str(&json.stdout).unwrap_or_else(|_| panic!("{json:?}"));
        assert_eq!((&document["schema"], &document["status"]), (&Value::from(1), &Value::from(json.status)));
        assert_eq!(document["error"].is_null(), json.status == 0, "{json:?}");
        let bosh = sandbox.run(&[arguments, &["--json"]].concat());
        let document: Value = serde_json::from_str(&bosh.stdout).unwrap_or_else(|_| panic!("{bosh:?}"));
        assert_eq!(document.as_object().unwrap().len(), 3, "Tables, Blocks, Lines: {bosh:?}");
        let lines = sandbox.run(&[arguments, &["--output", "jsonl"]].concat());
        assert!(lines.stdout.lines().count() > 0);
        for line in lines.stdout.lines() {
            assert!(serde_json::from_str::<Value>(line).unwrap()["event"].is_string(), "{lines:?}");
        }
    }
}

#[test]
fn a_partial_failure_is_three_and_a_whole_one_its_own() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    std::fs::remove_dir_all(sandbox.path("cloud/disks").join(disk_of("db/1"))).unwrap();
    let ran = sandbox.run(&["take"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 2);
    let ran = sandbox.run(&["take", "db/1"]);
    assert_eq!((ran.status, ran.stdout.lines().count()), (5, 1), "{ran:?}");
    let states: Vec<Value> =
        sandbox.rows(&["operations"], "operations").iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["failed", "partly"]);
}

#[test]
fn a_closed_stdout_is_no_failure() {
    let sandbox = Sandbox::with(&["db/0"]);
    for _ in 0..3 {
        sandbox.take("db/0");
    }
    let binary = env!("CARGO_BIN_EXE_snapback");
    let status = |script: &str| {
        let output = Command::new("/bin/sh").args(["-c", script]).current_dir(sandbox.path("")).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    // The reader is gone before the first byte.
    let readers = status(&format!("( sleep 0.3; {binary} snapshots --json; echo $? >&2 ) | true"));
    assert_eq!(readers.1, "0\n");
    let takers = status(&format!("( sleep 0.3; {binary} -q take; echo $? >&2 ) | true"));
    assert_eq!(takers.1, "0\n");
    assert_eq!(sandbox.names("cloud/snapshots").len(), 4, "a mutating command finishes");
    let full = status(&format!("{binary} snapshots > /dev/full; echo $? >&2"));
    assert!(full.1.contains("could not be written to stdout") && full.1.ends_with("1\n"), "{full:?}");
}

#[test]
fn hostile_text_does_not_reach_a_terminal() {
    let sandbox = Sandbox::with(&["db/0"]);
    let note = "\u{1b}[2J\u{1b}]0;owned\u{7}";
    sandbox.run(&["take", "--note", note]).quiet_success();
    for arguments in [&["snapshots", "--wide"][..], &["snapshots", "--wide", "--tty", "--no-color"], &["operations"]] {
        let ran = sandbox.run(arguments);
        assert!(!ran.stdout.contains(['\u{1b}', '\u{7}']), "{ran:?}");
        assert!(ran.stdout.contains("[2J"), "{ran:?}");
    }
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots")[0]["note"], note, "a program gets it as it is");
}

#[test]
fn an_interrupted_take_records_what_it_took() {
    let sandbox = Sandbox::with(&["db/0", "db/1", "db/2"]);
    let mut child =
        sandbox.prepare(&["take", "--parallel", "1"]).fault("local.snapshot_disk.before_rename#1=sleep:1500").start();
    wait_for(|| sandbox.names("cloud/tmp").len() == 1);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert_eq!(sandbox.names("cloud/snapshots").len(), 1, "the running one was waited for, and no other begun");
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 1);
    assert_eq!(sandbox.run(&["recover"]).stderr, "Nothing is open\n");
}

#[test]
fn an_interrupted_restore_goes_back() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], "stop: [/bin/sh, -c, 'touch stopping; sleep 1']\nstart: [touch, started]");
    let cid = sandbox.take("db/0");
    let mut child = sandbox.prepare(&["-n", "restore", &cid]).start();
    wait_for(|| sandbox.path("stopping").exists());
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let said: Vec<String> = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(143), "{said:?}");
    assert!(said.iter().any(|line| line.contains("is back on its old disk disk-db-0")), "{said:?}");
    assert_eq!(sandbox.attached(&vm_of("db/0")), [disk_of("db/0")]);
    assert!(sandbox.path("started").exists());
}

#[test]
fn a_bug_is_seventy_and_says_nothing_secret() {
    let sandbox = Sandbox::with(&["db/0"]);
    let ran = sandbox.prepare(&["take"]).fault("take.begin.before=panic").go();
    assert_eq!(ran.status, 70, "{ran:?}");
    assert!(ran.stderr.contains("a bug in snapback") && !ran.stderr.contains("fault injected"), "{ran:?}");
}

#[test]
fn a_line_without_a_command_is_told_the_commands() {
    let sandbox = Sandbox::with(&[]);
    for (arguments, names, help) in [
        (&["-n"][..], "commands: snapshots, take, take-snapshot, guard, delete,", "run: snapback help\n"),
        (&["state"], "commands: backup\n", "run: snapback help state\n"),
    ] {
        let ran = sandbox.run(arguments);
        ran.refused(2, &["Error: which command?\n", names, help]);
        assert!(ran.stdout.is_empty() && ran.stderr.lines().count() == 3, "{ran:?}");
    }
    let ran = sandbox.run(&["--output", "json"]);
    assert!(ran.status == 2 && ran.stdout.contains(r#""message":"which command?""#), "{ran:?}");
}

#[test]
fn the_version() {
    let sandbox = Sandbox::empty();
    let Ran { status, stdout, .. } = sandbox.run(&["--version"]);
    assert_eq!((status, stdout), (0, format!("snapback {}\n", env!("CARGO_PKG_VERSION"))));
}

fn wait_for(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn secrets_of_the_manifest_stay_in_it() {
    const CANARY: &str = "hush-4f1c9";
    let sandbox = Sandbox::with(&["db/0"]);
    let manifest = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
    sandbox.write(
        "director.yml",
        &manifest.replace("    local:\n", &format!("    aws: {{secret_access_key: {CANARY}}}\n    local:\n")),
    );
    let cid = sandbox.take("db/0");
    let mut said = String::new();
    for arguments in [
        &["take"][..],
        &["snapshots", "--wide"],
        &["promote", &cid, "--cloud-properties", &format!("{{\"key\": \"{CANARY}\"}}")],
        &["promote", &cid, &format!("--cloud-properties=[{CANARY}]")],
        &["-n", "restore", &cid],
        &["operations"],
        &["take", "nope"],
        &["recover"],
    ] {
        let ran = sandbox.prepare(arguments).env("BOSH_CLIENT_SECRET", CANARY).go();
        said += &format!("{}{}", ran.stdout, ran.stderr);
    }
    assert!(said.len() > 1000 && !said.contains(CANARY), "{said}");
    // The operator's own --cloud-properties are needed again at the next restore; the command line is not.
    let rows = sandbox.rows(&["operations"], "operations");
    assert!(rows.iter().any(|row| row["arguments"].as_str().unwrap().contains("<redacted>")), "{rows:?}");
    let broken = manifest.replace("name: local_cpi", &format!("name: [{CANARY}"));
    sandbox.write("director.yml", &broken);
    let ran = sandbox.run(&["take"]);
    assert!(ran.status == 2 && !ran.stderr.contains(CANARY), "{ran:?}");
}
