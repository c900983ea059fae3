//! Children on a terminal: they have none of their own to ask on, and say so at once instead of being stopped.
#![cfg(debug_assertions)]

use crate::support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use support::{Ran, Sandbox};

/// How long a run may take where a child hangs; much longer than one that does not.
const DEADLINE: &str = "20";

/// A CPI that takes snapshots as `sudo` does its work: it asks for a password on the terminal first.
const ASKING: &str = r#"#!/bin/sh
request=$(cat)
case $request in
*'"info"'*) echo '{"result":{"api_version":2,"stemcell_formats":[]},"error":null,"log":""}' ;;
*'"get_disks"'*) echo '{"result":["disk-1"],"error":null,"log":""}' ;;
*'"has_disk"'*) echo '{"result":true,"error":null,"log":""}' ;;
*)
  if ! (: <>/dev/tty) 2>/dev/null; then
    echo 'sudo: a terminal is required to read the password' >&2
    exit 1
  fi
  exec 3<>/dev/tty
  printf 'Password: ' >&3
  read -r password <&3
  echo '{"result":"snap-1","error":null,"log":""}'
  ;;
esac
"#;

fn executable(sandbox: &Sandbox, name: &str, text: &str) {
    sandbox.write(name, text);
    fs::set_permissions(sandbox.path(name), fs::Permissions::from_mode(0o755)).unwrap();
}

fn sandbox(hooks: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    executable(&sandbox, "cpi", ASKING);
    sandbox.write(
        "director.yml",
        &format!(
            "cloud_provider:\n  template:\n    name: asking_cpi\nproperties:\n  director:\n    name: test\n    \
             enable_snapshots: true\n  snapback:\n    cpi:\n      path: cpi\n      lag: 0\n{hooks}"
        ),
    );
    sandbox.write(
        "inventory.yml",
        "deployments:\n  - name: prod\n    instances:\n      - name: db/0\n        vm_cid: vm-1\n        \
         managed_by: nobody\n        disks: [{cid: disk-1, size_mib: 1}]\n",
    );
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    sandbox
}

/// Runs snapback in a session of its own, with a terminal that is its controlling one.
fn on_a_terminal(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    let (_terminal, screen) = support::terminal();
    let output = Command::new("setsid")
        .args(["--ctty", "--wait", env!("CARGO_BIN_EXE_snapback"), "--timeout", DEADLINE])
        .args(arguments)
        .current_dir(sandbox.path(""))
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", sandbox.path(""))
        .stdin(Stdio::from(screen))
        .output()
        .unwrap();
    Ran::of(output)
}

#[test]
fn a_cpi_that_would_ask_fails_at_once_and_its_words_are_told() {
    let sandbox = sandbox("");
    let ran = on_a_terminal(&sandbox, &["take"]);
    assert!(ran.stderr.contains("a terminal is required to read the password"), "{ran:?}");
    assert!(!ran.stderr.contains("still running after"), "{ran:?}");
    assert!(!ran.stdout.contains("snap-1"), "{ran:?}");
}

#[test]
fn a_hook_that_would_ask_fails_at_once() {
    let sandbox = sandbox("");
    executable(
        &sandbox,
        "hook",
        "#!/bin/sh\n(: <>/dev/tty) || { echo no terminal here >&2; exit 1; }\nread -r x </dev/tty\n",
    );
    sandbox.furnish(&["db/0"], "stop: [./hook]");
    let cid = sandbox.take("db/0");
    let ran = on_a_terminal(&sandbox, &["-n", "restore", &cid]);
    assert!(ran.status != 0 && ran.stderr.contains("no terminal here"), "{ran:?}");
    assert_eq!(sandbox.content("vm-db-0"), "db/0");
}

#[test]
fn a_child_without_a_terminal_is_told_from_one_that_could_not_be_started() {
    let sandbox = sandbox("");
    let cpis = |path: &str| on_a_terminal(&sandbox, &["--cpi-path", path, "take"]);
    executable(&sandbox, "bad", "#!/no/such/interpreter\n");
    sandbox.write("plain", "#!/bin/sh\n");
    fs::create_dir(sandbox.path("directory")).unwrap();
    for (path, says) in [
        ("./bad", "its interpreter /no/such/interpreter is missing"),
        ("./plain", "may not be executed"),
        ("./directory", "a directory, not a program"),
        ("./nothing", "no such program"),
    ] {
        let ran = cpis(path);
        assert!(ran.status == 7 && ran.stderr.contains(says), "{path}: {ran:?}");
        // The same as without a terminal.
        let without = sandbox.run(&["--cpi-path", path, "take"]);
        let plain = |ran: &Ran| ran.stderr.split(" (request").next().unwrap().to_owned();
        assert_eq!(plain(&ran), plain(&without), "{path}");
    }
}

#[test]
fn a_child_that_hangs_is_ended_with_all_that_it_has_started() {
    let sandbox = sandbox("");
    executable(&sandbox, "cpi", "#!/bin/sh\nsleep 300 & echo $! >> pids; echo $$ >> pids; wait\n");
    let (_terminal, screen) = support::terminal();
    let output = Command::new("setsid")
        .args(["--ctty", "--wait", env!("CARGO_BIN_EXE_snapback"), "--timeout", "1", "take"])
        .current_dir(sandbox.path(""))
        .env_clear()
        .env("HOME", sandbox.path(""))
        .stdin(Stdio::from(screen))
        .output()
        .unwrap();
    let ran = Ran::of(output);
    assert!(ran.status == 7 && ran.stderr.contains("still running after 1 s"), "{ran:?}");
    let pids = fs::read_to_string(sandbox.path("pids")).unwrap();
    assert!(pids.lines().count() >= 2, "{pids}");
    for pid in pids.lines() {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        assert!(status.is_empty() || status.contains("State:\tZ"), "{pid} lives on: {status}");
    }
}
