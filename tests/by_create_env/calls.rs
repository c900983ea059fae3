//! Calls of create-env's CPI that outlive their client: nothing is decided while one is at work.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::scene::{OLD, Scene};
use crate::support::at_once::counted;
use crate::support::fake_bosh::fault;

const CALLS: [&str; 4] = ["delete_vm", "create_vm", "attach_disk", "set_disk_metadata"];
/// With `get_disks`, without, with one that fails, and with one that lags.
const TELLING: [&str; 4] = ["root", "none", "failing", "lagging:300"];

/// The client's time is over, its call goes on: the way back waits for it, in the same process.
#[test]
fn a_timed_out_client_whose_call_goes_on() {
    for call in ["attach_disk", "create_vm"] {
        let scene = Scene::damaged();
        scene.environment.director.faults(&[fault("cpi", &format!("cpi:{call}:before"), "slow:4500")]);
        let line = scene.restore_line();
        let ran = scene.snapback(&[&["--timeout", "3"], line.as_slice()].concat());
        if ran.status == 0 || scene.open_operations() == 0 {
            assert_ne!(ran.status, 0, "{call}: the client was ended: {ran:?}");
        } else {
            assert!(ran.stderr.contains("still at work") || ran.stderr.contains("recover"), "{call}: {ran:?}");
            let again = [&["--wait-lock", "30", "recover"], Scene::whole_line().as_slice()].concat();
            let recovered = scene.snapback(&again);
            assert_eq!(recovered.status, 0, "{call}: {ran:?} {recovered:?}");
        }
        scene.check(call);
        let calls = scene.environment.director.events_of("cpi");
        let ended = calls.iter().position(|event| event["method"] == call && !event["pid"].is_null()).unwrap();
        let next = calls.iter().rposition(|event| event["method"] == "has_vm").unwrap();
        assert!(ended < next || call == "create_vm", "{call}: the way back ran beside it: {calls:#?}");
    }
}

/// The call outlives client and patience: the operation waits, and says for whom.
#[test]
fn a_call_without_an_end() {
    let scene = Scene::damaged();
    scene.environment.director.faults(&[fault("cpi", "cpi:attach_disk:before", "pause_until:go")]);
    let line = scene.restore_line();
    let ran = scene.snapback(&[&["--timeout", "1"], line.as_slice()].concat());
    assert!(
        ran.status != 0 && ran.stderr.contains("what create-env has started is still at work: process "),
        "{ran:?}"
    );
    assert!(ran.stderr.contains(", fake-bosh"), "its program is named: {ran:?}");
    assert_eq!((scene.open_operations(), scene.runs()), (1, 1), "nothing was run beside it: {ran:?}");
    let early = scene.recover();
    assert!(early.status == 6 && early.stderr.contains("fake-bosh"), "{early:?}");
    assert!(early.stderr.contains("--ignore-process"), "{early:?}");
    scene.environment.director.release("go");
    let ran = scene.snapback(&[&["--wait-lock", "30", "recover"], Scene::whole_line().as_slice()].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    scene.check("once it had ended");
}

/// `sudo` closes what a call inherits, the operation's lock and the leash of its run among it: such a call is found by its
/// session.
#[test]
fn a_call_that_has_closed_what_it_inherited() {
    for dies in ["the client", "snapback and the client"] {
        let scene = Scene::damaged();
        let director = &scene.environment.director;
        director.sandbox.write("director/closes", "");
        director.faults(&[fault("cpi", "cpi:attach_disk:before", "pause_until:go")]);
        let line = [&["--timeout", "3"], scene.restore_line().as_slice()].concat();
        let mut child = scene.prepare(&line).start();
        director.wait_for("fault", |event| event["command"] == "cpi");
        let client = director.events_of("command").last().unwrap()["pid"].as_i64().unwrap();
        if dies != "the client" {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        kill(client);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let waits =
            said.contains("what create-env has started is still at work: process ") && said.contains("fake-bosh");
        assert!(waits || dies != "the client", "{dies}: {said}");
        assert_eq!((scene.open_operations(), scene.runs()), (1, 1), "{dies}: something was run beside it: {said}");
        let early = scene.recover();
        assert!(early.status == 6 && early.stderr.contains("fake-bosh"), "{dies}: {early:?}");
        assert_eq!(scene.runs(), 1, "{dies}: {early:?}");
        director.release("go");
        let ran = scene.snapback(&[&["--wait-lock", "30", "recover"], Scene::whole_line().as_slice()].concat());
        assert_eq!(ran.status, 0, "{dies}: {ran:?}");
        scene.check(dies);
    }
}

/// So is one of a CPI that snapback calls itself (Warden's is a wrapper of `sudo`).
#[test]
fn a_call_of_a_cpi_that_has_closed_what_it_inherited() {
    use crate::support::Sandbox;
    let sandbox = Sandbox::with(&["db/0"]);
    let script = format!(
        "#!/bin/bash\nfor fd in /proc/$$/fd/*; do fd=${{fd##*/}}; [ $fd -gt 2 ] && eval \"exec $fd>&-\"; done\nrequest=$(cat)\n\
         case $request in *'\"attach_disk\"'*) : >at-work; while [ ! -e go ]; do sleep 0.05; done;; esac\n\
         exec '{}' cpi local --path cloud <<<\"$request\"\n",
        env!("CARGO_BIN_EXE_snapback")
    );
    sandbox.write("closing_cpi", &script);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(sandbox.path("closing_cpi"), mode).unwrap();
    let cpi = ["--cpi-path", "./closing_cpi"];
    let cid = sandbox.take("db/0");
    let mut child = sandbox.prepare(&[&cpi, &["-n", "restore", cid.as_str()][..]].concat()).start();
    while !sandbox.path("at-work").exists() {
        assert!(child.try_wait().unwrap().is_none(), "{:?}", child.wait_with_output());
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let early = sandbox.run(&[&cpi, &["recover"][..]].concat());
    assert!(early.status == 6 && early.stderr.contains("closing_cpi"), "{early:?}");
    assert_eq!(sandbox.rows(&["operations"], "operations")[0]["state"], "running");
    assert_eq!(sandbox.attached("vm-db-0"), [""; 0], "nothing was done beside it");
    sandbox.write("go", "");
    let ran = sandbox.run(&[&cpi, &["--wait-lock", "30", "recover"][..]].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(sandbox.attached("vm-db-0").len(), 1);
    let instance = sandbox.rows(&["instances", "--details"], "instances")[0].clone();
    assert_eq!(instance["disk_cids"], serde_json::json!(sandbox.attached("vm-db-0")));
}

/// A VM that is a process of a CPI's holds the lock for as long as it lives.
#[test]
fn a_process_that_is_no_call() {
    let scene = Scene::damaged();
    scene
        .environment
        .director
        .faults(&[fault("cpi", "cpi:create_vm:after", "leave:600"), fault("create-env", "env:mount", "die")]);
    let line = scene.restore_line();
    let ran = scene.snapback(&[&["--timeout", "2"], line.as_slice()].concat());
    assert!(ran.status != 0 && ran.stderr.contains("sleep"), "{ran:?}");
    assert_eq!((scene.open_operations(), scene.runs()), (1, 1));
    let early = scene.recover();
    assert!(early.status == 6 && early.stderr.contains(", sleep"), "{early:?}");
    let pid = early.stderr.split("process ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let id = scene.environment.director.sandbox.rows(&["operations"], "operations")[0]["operation"]
        .as_str()
        .unwrap()
        .to_owned();
    scene.snapback(&["recover", "--ignore-process", &pid]).refused(2, &["name the operation"]);
    let own = std::process::id().to_string();
    let other = scene.snapback(&["recover", &id, "--ignore-process", &own]);
    assert_eq!(other.status, 6, "another process is not the one: {other:?}");
    let ran = scene.snapback(&[&["recover", &id, "--ignore-process", &pid], Scene::whole_line().as_slice()].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    scene.check("passed over");
    kill(pid.parse().unwrap());
}

/// Each cloud, each call, each way: an error before and after the effect; the client or snapback killed while the call is
/// at work, which goes on.
#[test]
fn matrix_of_calls() {
    let ways = [
        ("before", "fail"),
        ("after", "fail"),
        ("before", "client dies"),
        ("after", "client dies"),
        ("before", "snapback dies"),
        ("after", "snapback dies"),
        ("before", "time-out"),
        ("after", "time-out"),
    ];
    let mut cases = Vec::new();
    for cloud in TELLING {
        for call in CALLS {
            cases.extend(ways.map(|(phase, way)| (cloud, call, phase, way)));
        }
    }
    let ended_new = AtomicUsize::new(0);
    let count = counted(|nth| {
        let Some((cloud, call, phase, way)) = cases.get(nth - 1) else { return false };
        one_of_the_matrix(cloud, call, phase, way, &ended_new);
        true
    });
    let new = ended_new.into_inner();
    writeln!(std::io::stderr(), "{count} faults of calls of create-env's CPI: {new} ended on the new disk").unwrap();
    assert_eq!(count, TELLING.len() * CALLS.len() * ways.len());
}

fn one_of_the_matrix(cloud: &str, call: &str, phase: &str, way: &str, ended_new: &AtomicUsize) {
    let what = format!("{cloud}: {call}: {phase}: {way}");
    let scene = Scene::on_a_cloud(cloud);
    let act = if way == "fail" { "fail" } else { "pause_until:go" };
    scene.environment.director.faults(&[fault("cpi", &format!("cpi:{call}:{phase}"), act)]);
    let line = scene.restore_line();
    let timeout = if way == "time-out" { "2" } else { "60" };
    let mut child = scene.prepare(&[&["--timeout", timeout], line.as_slice()].concat()).start();
    if way == "time-out" {
        // It is ended, and its call is not: nothing is decided meanwhile.
        child.wait().unwrap();
        assert_eq!((scene.open_operations(), scene.runs()), (1, 1), "{what}");
        scene.environment.director.release("go");
    } else if way != "fail" {
        scene.environment.director.wait_for("fault", |event| event["command"] == "cpi");
        if way == "client dies" {
            kill(scene.environment.director.events_of("command").last().unwrap()["pid"].as_i64().unwrap());
        } else {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        scene.environment.director.release("go");
    }
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if scene.open_operations() > 0 {
        let line = [&["--wait-lock", "30", "recover"], Scene::whole_line().as_slice()].concat();
        let ran = scene.snapback(&line);
        assert_eq!(ran.status, 0, "{what}: {said} {ran:?}");
    }
    scene.check(&what);
    if output.status.success() {
        assert_ne!(scene.disk(), OLD, "{what}: {said}");
    }
    if scene.disk() != OLD {
        ended_new.fetch_add(1, Ordering::SeqCst);
    }
}

fn kill(pid: i64) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}
