//! jsonl tells of each disk and each snapshot as it comes to its end.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

use crate::support::Sandbox;

fn next(lines: &mut impl BufRead) -> Value {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
}

#[test]
fn the_first_line_is_read_while_the_second_snapshot_is_under_way() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let mut child = sandbox
        .prepare(&["take", "--parallel", "1", "--output", "jsonl"])
        .fault("local.snapshot_disk.before_rename#2=sleep:3000")
        .start();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let first = next(&mut lines);
    assert_eq!((&first["event"], &first["instance"]), (&Value::from("taken"), &Value::from("db/0")));
    assert!(child.try_wait().unwrap().is_none(), "it goes on");
    assert_eq!(sandbox.names("cloud/snapshots"), [first["cid"].as_str().unwrap()], "of two there is one");
    let operations = sandbox.rows(&["operations"], "operations");
    assert_eq!(operations[0]["state"], "running");
    let second = next(&mut lines);
    assert_eq!((&second["event"], &second["instance"]), (&Value::from("taken"), &Value::from("db/1")));
    let end = next(&mut lines);
    assert_eq!((&end["event"], &end["status"]), (&Value::from("end"), &Value::from(0)));
    assert_eq!(lines.read_to_end(&mut Vec::new()).unwrap(), 0, "and no row is told twice");
    assert!(child.wait().unwrap().success());
}

#[test]
fn delete_tells_of_each_snapshot_too() {
    let sandbox = Sandbox::with(&["db/0"]);
    let (one, two) = (sandbox.take("db/0"), sandbox.take("db/0"));
    let mut child = sandbox
        .prepare(&["-n", "delete", &one, &two, "--output", "jsonl"])
        .fault("delete.delete_snapshot.intended#2=sleep:3000")
        .start();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let first = next(&mut lines);
    assert_eq!((&first["event"], &first["cid"]), (&Value::from("deleted"), &Value::from(one)));
    assert!(child.try_wait().unwrap().is_none(), "it goes on");
    assert_eq!(sandbox.names("cloud/snapshots"), [two.as_str()]);
    assert_eq!(next(&mut lines)["cid"], Value::from(two));
    assert_eq!(next(&mut lines)["event"], "end");
    assert!(child.wait().unwrap().success());
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone()).collect()
}

#[test]
fn nothing_is_told_of_a_disk_before_it_is_known() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    // The snapshot is there, but the answer was lost: it is adopted, and never called failed.
    let ran = sandbox
        .prepare(&["take", "--parallel", "1", "--output", "jsonl"])
        .fault("take.snapshot_disk.effected#1=error")
        .go();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(events(&ran.stdout), ["taken", "taken", "end"]);
    assert!(ran.stdout.lines().next().unwrap().contains("db/1"), "db/0 was settled last: {ran:?}");
    let cids: Vec<String> = sandbox.names("cloud/snapshots");
    let arguments = [&["-n", "delete", "--output", "jsonl"], &cids.iter().map(String::as_str).collect::<Vec<_>>()[..]];
    let ran = sandbox.prepare(&arguments.concat()).fault("delete.delete_snapshot.effected#1=error").go();
    assert_eq!(
        (ran.status, events(&ran.stdout)),
        (0, ["deleted", "deleted", "end"].map(Value::from).into()),
        "{ran:?}"
    );
}

#[test]
fn an_interrupted_take_tells_of_each_disk() {
    let sandbox = Sandbox::with(&["db/0", "db/1", "db/2"]);
    let mut child = sandbox
        .prepare(&["take", "--parallel", "1", "--output", "jsonl"])
        .fault("local.snapshot_disk.before_rename#2=sleep:2000")
        .start();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(next(&mut lines)["event"], "taken");
    while sandbox.names("cloud/tmp").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    // The next one is refused while the former is still written down: either can be told first.
    let mut told = events(&rest);
    told[..2].sort_by_key(ToString::to_string);
    assert_eq!(told, ["failed", "taken", "error", "end"]);
    let schema = crate::forms::schema::Schema::committed("line.json");
    for line in rest.lines() {
        schema.check(&serde_json::from_str(line).unwrap(), "an interrupted take");
    }
}

#[test]
fn a_reader_that_leaves_does_not_stop_a_take() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let mut child = sandbox
        .prepare(&["take", "--parallel", "1", "--output", "jsonl"])
        .fault("local.snapshot_disk.before_rename#2=sleep:500")
        .start();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(next(&mut lines)["event"], "taken");
    drop(lines);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 2);
}

#[test]
fn other_forms_have_their_rows_in_the_order_of_the_plan() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let take = |form: &str| {
        let ran =
            sandbox.prepare(&["take", "--output", form]).fault("local.snapshot_disk.before_rename#1=sleep:700").go();
        ran.quiet_success();
        ran.stdout
    };
    let json: Value = serde_json::from_str(&take("json")).unwrap();
    assert_eq!([&json["snapshots"][0]["instance"], &json["snapshots"][1]["instance"]], ["db/0", "db/1"]);
    let tsv = take("tsv");
    let instances: Vec<&str> = tsv.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(instances, ["instance", "db/0", "db/1"]);
}
