//! Tasks and their clients.

use serde_json::{Value, json};

use super::*;

/// Only blocks come through a pipe: neither the task's id nor its end.
#[test]
fn in_a_pipe_it_says_nothing_and_the_task_outlives_it() {
    let director = one();
    promoted(&director, "new");
    stop(&director);
    director.faults(&[fault("attach-disk", "task:after_attach", "pause_until:go")]);
    let arguments = ["-n", "-d", "prod", "attach-disk", &director.slug(), "new"];
    let mut client = director.prepare_bosh(&arguments).start();
    director.wait_for("fault", |_| true);
    client.kill().unwrap();
    let output = client.wait_with_output().unwrap();
    assert_eq!((output.stdout, output.stderr), (vec![], vec![]));

    let running = &director.list(&["tasks"])[0];
    assert_eq!(
        (&running["state"], &running["description"]),
        (&json!("processing"), &json!(format!("attach disk 'new' to '{}'", director.slug())))
    );
    // The cloud has changed, the database has not; and there is no lock.
    assert_eq!(director.sandbox.attached("vm-db-0"), ["new"]);
    assert_eq!(director.list(&["instances", "--details"])[0]["disk_cids"], "disk-db-0");
    assert!(director.list(&["locks"]).is_empty());
    director.release("go");
    director.wait_for_tasks();
    assert_eq!(director.list(&["instances", "--details"])[0]["disk_cids"], "new");
}

#[test]
fn the_task_has_nothing_open_of_its_client() {
    let director = one();
    let kept = director.sandbox.path("kept");
    director.faults(&[fault("stop", "task:after_stop", "hang")]);
    let words = ["sh", "-c", "exec 9>kept; \"$@\"", "sh"];
    let arguments = ["-n", "-d", "prod", "stop", &director.slug(), "--no-converge"];
    let mut client = director.prepare_bosh(&arguments).under(&words).start();
    director.wait_for("fault", |_| true);
    client.kill().unwrap();
    client.wait().unwrap();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        for open in std::fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten() {
            let is_client =
                std::fs::read_to_string(process.path().join("cmdline")).unwrap_or_default().contains("no-converge");
            assert!(is_client || std::fs::read_link(open.path()).unwrap_or_default() != kept, "{process:?}");
        }
    }
    assert_eq!(director.list(&["locks"])[0]["resource"], "prod");
    director.release("release");
    director.wait_for_tasks();
    assert!(director.list(&["locks"]).is_empty());
}

/// As snapback ends what takes too long.
#[test]
fn a_signal_to_the_clients_group_does_not_reach_the_task() {
    let director = one();
    director.faults(&[fault("stop", "task:after_stop", "pause_until:go")]);
    let arguments = ["-n", "-d", "prod", "stop", &director.slug(), "--no-converge"];
    let mut client = director.prepare_bosh(&arguments).under(&["setsid"]).start();
    director.wait_for("fault", |_| true);
    let group = i32::try_from(director.events_of("command")[0]["pid"].as_i64().unwrap()).unwrap();
    let group = rustix::process::Pid::from_raw(group).unwrap();
    rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
    client.wait().unwrap();
    assert_eq!(director.list(&["tasks"])[0]["state"], "processing");
    director.release("go");
    director.wait_for_tasks();
    assert_eq!(director.instance(0)["state"], "stopped");
}

#[test]
fn a_killed_worker_ends_its_task_and_its_lock_outlives_it() {
    let director = one();
    director.faults(&[fault("stop", "task:after_stop", "die")]);
    let ran = director.bosh(&["stop", &director.slug(), "--no-converge"]);
    assert!(ran.stderr.contains("Expected task '1' to succeed but state is 'error'"), "{ran:?}");
    assert_eq!(director.list(&["tasks", "--recent"])[0]["result"], "Task 1 was terminated");
    assert_eq!(director.list(&["locks"])[0]["resource"], "prod");
    director.wait_until("the end of the lock", || director.list(&["locks"]).is_empty());
}

#[test]
fn answers_can_be_hostile() {
    let director = one();
    director.faults(&[always("locks", "client:answer", "html")]);
    assert!(director.bosh(&["locks", "--json"]).stdout.starts_with("<html>"));
    director.faults(&[fault("locks", "client:answer", "truncated:50"), fault("locks", "client:answer", "exit:1")]);
    assert!(serde_json::from_str::<Value>(&director.bosh(&["locks", "--json"]).stdout).is_err());
    assert_eq!(director.bosh(&["locks", "--json"]).status, 1);
    assert_eq!(director.bosh(&["locks"]).status, 0);
    director.faults(&[fault("configs", "client:begin", "fail:Not authenticated: '401'")]);
    let ran = director.bosh(&["configs", "--type=cpi", "--json"]);
    assert!(ran.status == 1 && ran.stdout.contains("\"Not authenticated: '401'\""), "{ran:?}");
}

#[test]
fn a_cancelled_task_ends_at_its_next_checkpoint() {
    let director = one();
    director.faults(&[fault("stop", "task:begin", "pause_until:go")]);
    let client = director.prepare_bosh(&["-n", "-d", "prod", "stop", &director.slug(), "--no-converge"]).start();
    director.wait_for("fault", |_| true);
    director.bosh(&["cancel-task", "1"]).quiet_success();
    assert_eq!(director.list(&["tasks"])[0]["state"], "cancelling");
    director.release("go");
    let output = client.wait_with_output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("but state is 'cancelled'"));
    assert!(director.events_of("stop").is_empty());
}

#[test]
fn a_client_can_lose_its_answer_and_the_task_goes_on() {
    for point in ["client:after_post", "client:after_print", "client:poll"] {
        for action in ["fail", "die"] {
            let director = one();
            director.faults(&[fault("stop", point, action)]);
            let ran = director.bosh(&["stop", &director.slug(), "--no-converge"]);
            assert_ne!(ran.status, 0, "{point} {action}");
            director.wait_for_tasks();
            assert_eq!(director.instance(0)["state"], "stopped", "{point} {action}");
        }
    }
    let director = one();
    director.faults(&[fault("stop", "client:before_post", "die")]);
    assert_eq!(director.bosh(&["stop", &director.slug(), "--no-converge"]).status, 128 + 9);
    assert_eq!(director.world()["tasks"], json!([]));
}

#[test]
fn a_task_can_be_followed_and_fails_as_it_did() {
    let director = one();
    director.faults(&[fault("stop", "task:after_stop", "fail:the snapshot failed")]);
    director.bosh(&["stop", &director.slug(), "--no-converge"]);
    let ran = director.bosh(&["--tty", "task", "1"]);
    assert!(
        ran.stdout.contains("Updating instance db/00000000-0000-4000-8000-000000000000 (0): Stopping instance ("),
        "{ran:?}"
    );
    assert!(
        ran.stdout.contains("L Error: the snapshot failed\n") || ran.stdout.contains("L Error: the snapshot failed"),
        "{ran:?}"
    );
    assert_eq!(
        ran.stderr,
        "Capturing task '1' output:\n  Expected task '1' to succeed but state is 'error'\nExit code 1\n"
    );
    assert!(director.bosh(&["task", "9"]).stderr.contains("Task 9 not found"));
}

#[test]
fn it_reads_the_operators_environment_and_keeps_no_secret() {
    let director = one();
    let ran = director.prepare_bosh(&["locks"]).env("BOSH_ENVIRONMENT", "").go();
    assert_eq!((ran.status, ran.stderr.as_str()), (1, "Expected non-empty Director URL\nExit code 1\n"));
    let command = &director.events_of("command")[0];
    assert!(command["environment"].as_array().unwrap().contains(&json!("BOSH_CLIENT_SECRET")));
    let text = std::fs::read_to_string(director.sandbox.path("director/events.jsonl")).unwrap();
    assert!(!text.contains(crate::support::fake_bosh::SECRET));
}
